//! VBA 3, of Excel 5 and 95: p-code alone, for it kept no source.
//!
//! A storage `_VBA_PROJECT` holds `dir` and one stream per module. Nothing of it is specified; the operations are those
//! of later versions under other numbers, as published tables say, and the rest was learned from files. Both streams
//! are made of blocks, each `FF FF 01 00` or `FF FF 01 01`, a 32-bit length and as many bytes:
//!
//! * names are entries of ten bytes, three to 32, and a pool of texts that the entries point into; p-code means a name
//!   by the place of its entry;
//! * lines of p-code stand in a table of twelve bytes each, as later, but with offsets of 16 bits.
//!
//! Where the parameters of a procedure stand is not known: they are names without a declaration.

use std::collections::BTreeSet;

use super::bytes::{Bytes, Cursor};
use super::cache::{Cache, MAGIC};
use super::names::{Compiler, Names};
use super::operations::{Access, Effect};
use crate::codecs::encoding::Encoding;

/// Bytes of one entry of the table of names, and of three with what fills them up.
const ENTRY: usize = 10;
const ENTRIES: usize = 32;

/// Where the index of a name stands in the list of [`Names`].
pub(super) fn index(number: u16) -> usize {
    let number = usize::from(number);
    (number / ENTRIES).saturating_mul(3).saturating_add(number % ENTRIES / ENTRY)
}

/// A block: where its bytes start.
fn block(stream: Bytes<'_>, at: usize) -> Option<(usize, Bytes<'_>)> {
    let mark = stream.slice(at, 4)?;
    let length = stream.offset(at.checked_add(4)?)?;
    let start = at.checked_add(8)?;
    let is_block = matches!(mark, [0xFF, 0xFF, 1, 0 | 1]);
    is_block.then(|| (start, stream.part(start, length)))
}

/// Entries that point to texts which follow one another.
fn points_into(table: Bytes<'_>, pool: Bytes<'_>) -> bool {
    let text = |at: usize| table.u16(at.saturating_add(6)).map(usize::from);
    let starts = |at: usize| {
        at == 0 || at.checked_sub(1).and_then(|before| pool.u8(before)).is_some_and(|b| b == 0 || b == 0xFF)
    };
    let first = [0, ENTRY, ENTRY.saturating_mul(2)];
    !table.all.is_empty()
        && text(0) == Some(0)
        && first
            .iter()
            .filter(|at| at.saturating_add(ENTRY) <= table.all.len())
            .all(|at| text(*at).is_some_and(|text| text < pool.all.len() && starts(text)))
}

/// The code page that `dir` names behind the language; 1252 where it names none.
pub(crate) fn encoding(dir: &[u8]) -> Encoding {
    let found = dir.windows(12).find_map(|bytes| match bytes {
        [1, 0, _, _, 0, 0, 1, 0, 0, 0, low, high] => Some(u16::from_le_bytes([*low, *high])),
        _ => None,
    });
    Encoding::of_code_page(found.unwrap_or(1252))
}

/// Reads the names out of `dir`.
pub(crate) fn names(dir: &[u8], decode: impl Fn(&[u8]) -> String) -> Option<Names> {
    let stream = Bytes { all: dir, big: false };
    let marks = dir.windows(3).enumerate().filter(|(_, bytes)| matches!(bytes, [0xFF, 0xFF, 1]));
    let (table, pool) = marks.map(|(at, _)| at).find_map(|at| {
        let (start, table) = block(stream, at)?;
        let (_, pool) = block(stream, start.checked_add(table.all.len())?)?;
        points_into(table, pool).then_some((table, pool))
    })?;
    let mut list = Vec::new();
    for group in (0..table.all.len()).step_by(ENTRIES) {
        for entry in 0..3_usize {
            let at = group.saturating_add(entry.saturating_mul(ENTRY)).saturating_add(6);
            let text = table.u16(at).and_then(|text| pool.zero_ended(usize::from(text))).unwrap_or_default();
            list.push(decode(text));
        }
    }
    Some(Names::vba3(list))
}

/// Opens a module.
pub(crate) fn open(stream: &[u8]) -> Option<Cache<'_>> {
    let stream = Bytes { all: stream, big: false };
    let imports = block(stream, 6).map_or(Bytes::default(), |(_, imports)| imports);
    // Behind the imported functions stand the places of the other tables; where they do not, the lines are searched.
    let at = 14_usize.saturating_add(imports.all.len()).saturating_add(18);
    let records = stream.offset(at.saturating_add(8)).and_then(|place| block(stream, place.checked_add(2)?));
    let said = stream.offset(at.saturating_add(27)).and_then(|place| place.checked_add(0x3C));
    let is_magic = |at: &usize| stream.u16(*at) == Some(MAGIC);
    let lines =
        said.filter(is_magic).or_else(|| stream.all.windows(2).position(|bytes| bytes == MAGIC.to_le_bytes()))?;
    let mut cursor = Cursor::new(stream, lines.checked_add(4)?);
    let count = cursor.u16()?;
    let (start, code) = block(stream, cursor.at.checked_add(usize::from(count).checked_mul(12)?)?)?;
    let mut list = Vec::new();
    let mut left = code.all.len();
    for _ in 0..count {
        cursor.skip(6);
        let (length, _, offset) = (usize::from(cursor.u16()?), cursor.u16()?, cursor.u16()?);
        // What overlaps is not read more often than the code is long.
        let Some(rest) = left.checked_sub(length) else { break };
        left = rest;
        list.push((if length == 0 { 0 } else { start.saturating_add(usize::from(offset)) }, length));
    }
    Some(Cache {
        stream,
        compiler: Compiler::VBA3,
        imports,
        records: records.map_or(Bytes::default(), |(_, records)| records),
        objects: Bytes::default(),
        objects_end: stream.all.len(),
        lines: list,
    })
}

/// Whether a procedure of the module is called with arguments: what its parameters are called is not known.
pub(crate) fn has_parameters(cache: &Cache<'_>) -> bool {
    let operations = || cache.lines.iter().flat_map(|line| cache.line(*line));
    let own: BTreeSet<u16> = operations()
        .filter(|operation| operation.effect == Effect::Procedure)
        .filter_map(|operation| cache.records.u16(operation.record.saturating_add(4)))
        .collect();
    operations().any(|operation| {
        let calls = matches!(operation.effect, Effect::Call(Access::Bare) | Effect::Load(Access::Bare, true));
        calls && operation.word > 0 && own.contains(&operation.name)
    })
}
