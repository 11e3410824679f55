//! The PerformanceCache of a module stream ([MS-OVBA] 2.3.4.3): its tables and its lines of p-code.
//!
//! The specification says only that readers must ignore it. Every offset and count in it is therefore a claim: what
//! leads out of the stream ends the reading there, and overlapping lines are not read more often than the stream is
//! long.

use super::bytes::{Bytes, Cursor};
use super::names::Compiler;
use super::operations::{Effect, OPERATIONS, Shape, canonical};

/// A cache whose tables were found.
#[derive(Debug)]
pub(crate) struct Cache<'a> {
    pub(super) stream: Bytes<'a>,
    pub(super) compiler: Compiler,
    /// Imported functions.
    pub(super) imports: Bytes<'a>,
    /// Procedures, parameters, variables, types.
    pub(super) records: Bytes<'a>,
    /// References to classes and types.
    pub(super) objects: Bytes<'a>,
    /// Where `objects` ends in the stream.
    pub(super) objects_end: usize,
    /// Where each line stands, and its length.
    pub(super) lines: Vec<(usize, usize)>,
}

/// What the table of lines starts with.
pub(super) const MAGIC: u16 = 0xCAFE;

impl<'a> Cache<'a> {
    /// Finds the tables of a module stream that a compiler of this kind wrote.
    pub(crate) fn open(stream: &'a [u8], version: u16, wide: bool) -> Option<Self> {
        let big = Bytes { all: stream, big: false }.u16(2)? > 0xFF;
        // The version stands in the byte order of the machine, but not in every writer's files.
        let version = if version > 0x1FF { version.swap_bytes() } else { version };
        let stream = Bytes { all: stream, big };
        let compiler = Compiler { version, wide };
        let tables = if compiler.is_vba5() { Tables::vba5(stream)? } else { Tables::vba6(stream, wide)? };
        let mut cursor = Cursor::new(stream, stream.offset(tables.lines)?.checked_add(0x3C)?);
        if cursor.u16()? != MAGIC {
            return None;
        }
        cursor.skip(2);
        let count = cursor.u16()?;
        let start = cursor.at.saturating_add(usize::from(count).saturating_mul(12)).saturating_add(10);
        let mut lines = Vec::new();
        let mut left = stream.all.len();
        for _ in 0..count {
            cursor.skip(4);
            let Some(length) = cursor.u16().map(usize::from) else { break };
            cursor.skip(2);
            let Some(offset) = cursor.u32().and_then(|offset| usize::try_from(offset).ok()) else { break };
            if length > left {
                break;
            }
            left = left.saturating_sub(length);
            lines.push((if length == 0 { 0 } else { start.saturating_add(offset) }, length));
        }
        Some(Self {
            stream,
            compiler,
            imports: tables.imports,
            records: tables.records,
            objects: tables.objects,
            objects_end: tables.objects_end,
            lines,
        })
    }

    /// The operations of one line.
    pub(super) fn line(&self, (start, length): (usize, usize)) -> Operations<'a> {
        Operations {
            cursor: Cursor::new(self.stream.part(0, start.saturating_add(length)), start),
            compiler: self.compiler,
            failed: false,
        }
    }

    /// Bytes of all lines together.
    pub(crate) fn lines_length(&self) -> usize {
        self.lines.iter().fold(0, |sum, (_, length)| sum.saturating_add(*length))
    }

    /// Lines that have something.
    pub(crate) fn lines_filled(&self) -> usize {
        self.lines.iter().filter(|(_, length)| *length > 0).count()
    }

    /// Lines that make no sense from somewhere on.
    pub(crate) fn failures(&self) -> usize {
        let fails = |line: &&(usize, usize)| {
            let mut operations = self.line(**line);
            operations.by_ref().for_each(drop);
            operations.failed
        };
        self.lines.iter().filter(fails).count()
    }
}

struct Tables<'a> {
    imports: Bytes<'a>,
    records: Bytes<'a>,
    objects: Bytes<'a>,
    objects_end: usize,
    /// Where the offset of the lines stands.
    lines: usize,
}

impl<'a> Tables<'a> {
    /// VBA 6 and 7: offsets at fixed places.
    fn vba6(stream: Bytes<'a>, wide: bool) -> Option<Self> {
        let imports = counted(stream, if wide { 0x43 } else { 0x3F });
        let records = counted(stream, stream.offset(0x11)?.checked_add(if wide { 12 } else { 10 })?);
        let objects_at = stream.offset(5)?.checked_add(0x8A)?;
        let objects = counted(stream, objects_at);
        let objects_end = objects_at.saturating_add(4).saturating_add(objects.all.len());
        Some(Self { imports, records, objects, objects_end, lines: 0x19 })
    }

    /// VBA 5: tables one behind the other.
    fn vba5(stream: Bytes<'a>) -> Option<Self> {
        let mut cursor = Cursor::new(stream, 11);
        let imports = counted(stream, cursor.at);
        cursor.skip_long()?;
        cursor.skip(64);
        cursor.skip_counted(16)?;
        cursor.skip_long()?;
        cursor.skip(6);
        cursor.skip_long()?;
        let at = cursor.at;
        let records = counted(stream, stream.offset(at.checked_add(8)?)?.checked_add(10)?);
        let objects_at = stream.offset(at)?.checked_add(0x8A)?;
        let objects = counted(stream, objects_at);
        let objects_end = objects_at.saturating_add(4).saturating_add(objects.all.len());
        Some(Self { imports, records, objects, objects_end, lines: at.checked_add(77)? })
    }
}

/// A 32-bit length and as many bytes; a length that leads out of the stream is cut.
fn counted(stream: Bytes<'_>, at: usize) -> Bytes<'_> {
    let length = stream.offset(at).unwrap_or(0);
    stream.part(at.saturating_add(4), length)
}

/// One operation with what follows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation<'a> {
    pub(super) effect: Effect,
    /// The upper six bits: type of a name, kind of a declaration …
    pub(super) flags: u8,
    pub(super) name: u16,
    pub(super) word: u16,
    /// Two or four words, the lowest first.
    pub(super) number: u64,
    pub(super) record: usize,
    pub(super) bytes: &'a [u8],
    pub(super) has_name: bool,
}

/// The operations of a line, up to the first that makes no sense.
pub(super) struct Operations<'a> {
    cursor: Cursor<'a>,
    compiler: Compiler,
    pub(super) failed: bool,
}

impl<'a> Iterator for Operations<'a> {
    type Item = Operation<'a>;

    fn next(&mut self) -> Option<Operation<'a>> {
        if self.failed || self.cursor.at >= self.cursor.bytes.all.len() {
            // A line that starts behind the end of the stream has nothing.
            self.failed |= self.cursor.at > self.cursor.bytes.all.len();
            return None;
        }
        let operation = self.read();
        self.failed = operation.is_none();
        operation
    }
}

impl<'a> Operations<'a> {
    fn read(&mut self) -> Option<Operation<'a>> {
        let word = self.cursor.u16()?;
        let number = canonical(word & 0x03FF, self.compiler);
        let (shape, effect) = *OPERATIONS.get(usize::from(number))?;
        let mut operation = Operation {
            effect,
            flags: u8::try_from(word >> 10).unwrap_or(0),
            name: 0,
            word: 0,
            number: 0,
            record: 0,
            bytes: &[],
            has_name: matches!(shape, Shape::Name | Shape::NameWord | Shape::NameWordRecord),
        };
        if operation.has_name {
            operation.name = self.cursor.u16()?;
        }
        if matches!(shape, Shape::Word | Shape::NameWord | Shape::NameWordRecord | Shape::Object | Shape::WordBytes) {
            operation.word = self.cursor.u16()?;
        }
        match shape {
            Shape::Words(count) => {
                for word in 0..count {
                    operation.number |= u64::from(self.cursor.u16()?) << u32::from(word).saturating_mul(16);
                }
            }
            Shape::Record | Shape::NameWordRecord => {
                operation.record = match self.compiler.is_vba3() {
                    true => usize::from(self.cursor.u16()?),
                    false => usize::try_from(self.cursor.u32()?).ok()?,
                };
                if effect == Effect::Variable && operation.flags & 0x10 != 0 {
                    operation.word = self.cursor.u16()?;
                }
            }
            Shape::Context => self.cursor.skip(if self.compiler.wide { 8 } else { 4 }),
            Shape::Bytes | Shape::WordBytes => {
                let length = usize::from(self.cursor.u16()?);
                operation.bytes = self.cursor.take(length)?;
                self.cursor.skip(length & 1);
            }
            _ => {}
        }
        Some(operation)
    }
}
