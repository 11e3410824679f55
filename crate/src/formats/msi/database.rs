//! The database inside: strings, columns and tables.
//!
//! Its layout is not published; this follows what `msiinfo` and `msidump` of msitools write and read. Names of streams
//! pack two characters into one; all text stands once in `_StringData`, its lengths in `_StringPool`; a table is
//! a stream of columns one behind the other, and `_Columns` says which.

use std::collections::HashMap;

use crate::budget::Budget;
use crate::codecs::encoding::Encoding;
use crate::error::{Error, LimitKind, Result};
use crate::formats::cfb::Cfb;
use crate::order;
use crate::source::Source;

/// Stands before the name of a table.
const TABLE: char = '\u{4840}';

/// Strings of a pool. The largest honest installers have about 200,000.
const STRINGS: u64 = 1 << 20;

/// Longest string that is read, in bytes.
const LONGEST: u64 = 1 << 16;

/// Columns of all tables. The installer's own tables have about 500.
const COLUMNS: usize = 1 << 14;

/// Bytes of one table.
const TABLE_BYTES: u64 = 4 << 20;

/// The name of a stream as the installer sees it, and whether it is a table.
pub(super) fn stream_name(packed: &str) -> (String, bool) {
    const LETTERS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    let letter = |bits: u32| {
        let at = usize::try_from(bits & 63).unwrap_or_default();
        LETTERS.get(at).copied().map_or('?', char::from)
    };
    let is_table = packed.starts_with(TABLE);
    let mut name = String::new();
    for c in packed.chars().skip(usize::from(is_table)) {
        match u32::from(c) {
            code @ 0x3800..0x4800 => {
                let code = code.saturating_sub(0x3800);
                name.extend([letter(code), letter(code >> 6)]);
            }
            code @ 0x4800..0x4840 => name.push(letter(code)),
            _ => name.push(c),
        }
    }
    (name, is_table)
}

/// All strings, by number.
struct Pool {
    data: Source,
    /// Where each string ends in `data`.
    ends: Vec<u32>,
    /// Bytes of a string's number.
    width: usize,
    encoding: Encoding,
}

impl Pool {
    fn read(pool: &Source, data: Source, budget: &Budget) -> Result<Self> {
        let [page, page2, _, flags] = pool.array(0, "installer strings")?;
        // The highest bit tells of numbers of three bytes.
        let width = if flags & 0x80 != 0 { 3 } else { 2 };
        let encoding = Encoding::of_code_page(u16::from_le_bytes([page, page2]));
        let mut ends = vec![0];
        let (mut at, mut end) = (4_u64, 0_u32);
        let mut long = false;
        loop {
            let chunk = pool.peek(at, 1 << 15)?;
            if chunk.is_empty() {
                break;
            }
            budget.steps(chunk.len() as u64 / 4)?;
            for [a, b, c, d] in chunk.as_chunks::<4>().0 {
                let (low, high) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
                // No length, but uses: the length follows in four bytes, for it is longer than two can tell.
                if !long && low == 0 && high != 0 {
                    long = true;
                    continue;
                }
                let len = if long { u32::from_le_bytes([*a, *b, *c, *d]) } else { u32::from(low) };
                long = false;
                end = end.saturating_add(len);
                ends.push(end);
            }
            if ends.len() as u64 > STRINGS {
                return Err(Error::Limit(LimitKind::ArtifactBytes));
            }
            at = at.saturating_add(chunk.len() as u64);
        }
        budget.hold((ends.capacity() as u64).saturating_mul(4))?;
        Ok(Self { data, ends, width, encoding })
    }

    fn text(&self, number: u32, budget: &Budget) -> Result<String> {
        let Ok(at) = usize::try_from(number) else { return Ok(String::new()) };
        let (Some(before), Some(end)) = (at.checked_sub(1), self.ends.get(at)) else { return Ok(String::new()) };
        let start = self.ends.get(before).copied().unwrap_or_default();
        let len = u64::from(end.saturating_sub(start)).min(LONGEST);
        budget.steps((len >> 3).saturating_add(1))?;
        let bytes = self.data.peek(start.into(), usize::try_from(len).unwrap_or_default())?;
        Ok(self.encoding.decode(&bytes).into_owned())
    }
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// Two bytes; also the mark that a stream of that name is there.
    Short,
    Long,
}

impl Kind {
    /// The type of a column as `_Columns` tells it.
    const fn of(bits: u32) -> Self {
        const STREAM: u32 = 0x0900;
        const TEXT: u32 = 0x0800;
        match bits & 0x0FFF {
            STREAM => Self::Short,
            bits if bits & TEXT != 0 => Self::Text,
            bits if bits & 0xFF == 4 => Self::Long,
            _ => Self::Short,
        }
    }
}

struct Column {
    number: i64,
    name: String,
    kind: Kind,
}

/// The database of an installer.
pub(super) struct Database<'a> {
    cfb: &'a Cfb,
    budget: &'a Budget,
    pool: Pool,
    /// Streams that are tables, by name.
    tables: HashMap<String, usize>,
    columns: HashMap<String, Vec<Column>>,
}

/// One table, read whole.
pub(super) struct Table {
    bytes: Vec<u8>,
    rows: usize,
    /// Name, kind, and where the column starts.
    columns: Vec<(String, Kind, usize)>,
    width: usize,
}

impl<'a> Database<'a> {
    pub(super) fn open(cfb: &'a Cfb, budget: &'a Budget) -> Result<Self> {
        let mut tables = HashMap::new();
        for (id, entry) in cfb.streams().filter(|(_, entry)| entry.parent == Some(0)) {
            if let (name, true) = stream_name(&entry.name) {
                tables.entry(name).or_insert(id);
            }
        }
        let stream = |name: &str| tables.get(name).map(|id| cfb.stream(*id));
        let missing = || Error::malformed("installer strings", 0);
        let pool = stream("_StringPool").ok_or_else(missing)?;
        let data = stream("_StringData").ok_or_else(missing)?;
        let pool = Pool::read(&pool, data, budget)?;
        let mut database = Self { cfb, budget, pool, tables, columns: HashMap::new() };
        // The one table whose columns are known without it.
        let fixed = [("Table", Kind::Text), ("Number", Kind::Short), ("Name", Kind::Text), ("Type", Kind::Short)];
        let fixed =
            fixed.iter().zip(1..).map(|((name, kind), number)| Column { number, name: (*name).into(), kind: *kind });
        database.columns.insert("_Columns".into(), fixed.collect());
        if let Some(table) = database.table("_Columns")? {
            for row in 0..table.rows().min(COLUMNS) {
                let name = database.text(&table, row, "Table")?;
                let column = Column {
                    number: table.number(row, "Number").unwrap_or_default(),
                    name: database.text(&table, row, "Name")?,
                    kind: Kind::of(u32::try_from(table.number(row, "Type").unwrap_or_default()).unwrap_or_default()),
                };
                if name != "_Columns" {
                    database.columns.entry(name).or_default().push(column);
                }
            }
        }
        database.columns.values_mut().for_each(|columns| order::sort_by_key(columns, |column| column.number));
        Ok(database)
    }

    /// A table; `None` where there is none of that name.
    pub(super) fn table(&self, name: &str) -> Result<Option<Table>> {
        let (Some(id), Some(columns)) = (self.tables.get(name), self.columns.get(name)) else { return Ok(None) };
        let stream = self.cfb.stream(*id);
        if stream.len() > TABLE_BYTES {
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
        let (bytes, error) = self.budget.read_source(stream);
        if let Some(error) = error.filter(|_| bytes.is_empty()) {
            return Err(error);
        }
        let width = |kind: Kind| match kind {
            Kind::Text => self.pool.width,
            Kind::Short => 2,
            Kind::Long => 4,
        };
        let row = columns.iter().fold(0_usize, |sum, column| sum.saturating_add(width(column.kind)));
        let rows = bytes.len().checked_div(row).unwrap_or_default();
        self.budget.steps(rows as u64)?;
        let mut at = 0_usize;
        let mut placed = Vec::new();
        for column in columns {
            placed.push((column.name.clone(), column.kind, at));
            at = at.saturating_add(rows.saturating_mul(width(column.kind)));
        }
        Ok(Some(Table { bytes, rows, columns: placed, width: self.pool.width }))
    }

    /// A cell of text; empty where there is none. What is read is held: one long string may stand in every row.
    pub(super) fn text(&self, table: &Table, row: usize, column: &str) -> Result<String> {
        let Some(number) = table.cell(row, column) else { return Ok(String::new()) };
        let text = self.pool.text(number, self.budget)?;
        self.budget.hold((text.len() as u64).saturating_add(48))?;
        Ok(text)
    }
}

impl Table {
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// The bits of a cell, whatever it holds.
    fn cell(&self, row: usize, column: &str) -> Option<u32> {
        let (_, kind, start) = self.columns.iter().find(|(name, ..)| name == column)?;
        let width = match kind {
            Kind::Text => self.width,
            Kind::Short => 2,
            Kind::Long => 4,
        };
        let at = start.checked_add(row.checked_mul(width)?)?;
        let bytes = self.bytes.get(at..at.checked_add(width)?)?;
        Some(bytes.iter().rev().fold(0, |bits, byte| bits << 8 | u32::from(*byte)))
    }

    /// A cell of a number; none where it is empty. The sign is turned round, so that zero means nothing.
    pub(super) fn number(&self, row: usize, column: &str) -> Option<i64> {
        let (_, kind, _) = self.columns.iter().find(|(name, ..)| name == column)?;
        let bits = self.cell(row, column).filter(|bits| *bits != 0)?;
        let zero = if *kind == Kind::Long { 0x8000_0000 } else { 0x8000 };
        i64::from(bits).checked_sub(zero)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_streams_are_unpacked() {
        assert_eq!(stream_name("\u{4840}\u{3B3F}\u{43F2}\u{4438}\u{45B1}"), ("_Columns".into(), true));
        assert_eq!(stream_name("\u{5}SummaryInformation"), ("\u{5}SummaryInformation".into(), false));
    }
}
