//! The globals substream ([MS-XLS] 2.1.7.20.3): sheets, names, shared texts, supporting links.

use super::Visibility;
use super::links::{Book, Links, MOST, SheetReference, Target, target, virtual_path};
use super::records::{Body, Record, Records};
use super::strings::Reader;
use super::texts::Texts;
use super::tokens::Dialect;
use crate::budget::Budget;
use crate::codecs::encoding::{Encoding, WINDOWS_1252};
use crate::crypto::binary;
use crate::error::{Error, LimitKind, Result};

pub(super) const BOUND_SHEET: u16 = 0x0085;
const LBL: u16 = 0x0018;
const LBL_3: u16 = 0x0218;
pub(super) const FILE_PASS: u16 = 0x002F;
const CODE_PAGE: u16 = 0x0042;
pub(super) const CODE_NAME: u16 = 0x01BA;
const SST: u16 = 0x00FC;
const EXTERN_SHEET: u16 = 0x0017;
const EXTERN_NAME: u16 = 0x0023;
const EXTERN_NAME_3: u16 = 0x0223;
const SUP_BOOK: u16 = 0x01AE;
/// Where data comes from: connections, and queries of pivot tables.
const DCONN: u16 = 0x0876;
const DB_QUERY: u16 = 0x00DC;
const SX_STRING: u16 = 0x00CD;
/// Which stream holds what a pivot table shows, and where that comes from.
const SX_STREAM_ID: u16 = 0x00D5;
const SX_VS: u16 = 0x00E3;

/// A sheet as the globals name it.
#[derive(Debug)]
pub(super) struct BoundSheet {
    pub(super) name: String,
    pub(super) hidden: Visibility,
    /// `dt`: 0 worksheet, 1 macro sheet, 2 chart, 6 module of Excel 5.
    pub(super) kind: u8,
    /// `lbPlyPos`: where its substream starts.
    pub(super) at: u64,
}

/// A defined name, its formula still tokens.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) name: String,
    /// Index of its sheet.
    pub(super) sheet: Option<usize>,
    pub(super) rgce: Vec<u8>,
    pub(super) rgcb: Vec<u8>,
}

/// What the globals substream says.
#[derive(Debug)]
pub(super) struct Globals {
    pub(super) dialect: Dialect,
    pub(super) encoding: Encoding,
    pub(super) sheets: Vec<BoundSheet>,
    pub(super) names: Vec<Name>,
    pub(super) texts: Texts,
    pub(super) links: Links,
    /// Where FilePass stands, and how the records behind it are encrypted.
    pub(super) encryption: Option<(u64, Result<binary::Scheme>)>,
    /// Where data comes from, and whether it is asked for when the workbook is opened.
    pub(super) connections: Vec<(String, bool)>,
    /// Names of functions of macros that formulas call (Lbl: `fFunc`, `fOB` and `fProc`).
    pub(super) functions: Vec<String>,
    /// Whether texts of a query follow.
    pub(super) queries: bool,
    /// The stream of the pivot table that is described here.
    pub(super) stream: u16,
    /// Streams of pivot tables whose data comes from elsewhere.
    pub(super) pivots: Vec<u16>,
    /// Structures that could not be read.
    pub(super) damaged: Vec<(&'static str, u64)>,
}

impl Default for Globals {
    fn default() -> Self {
        Self {
            dialect: Dialect::Biff8,
            encoding: WINDOWS_1252,
            sheets: Vec::new(),
            names: Vec::new(),
            texts: Texts::default(),
            links: Links::default(),
            encryption: None,
            stream: 0,
            pivots: Vec::new(),
            connections: Vec::new(),
            functions: Vec::new(),
            queries: false,
            damaged: Vec::new(),
        }
    }
}

/// Whether a text may be an address, a file, a connection, or what a server is told to run.
pub(super) fn says_source(text: &str) -> bool {
    text.contains(['=', '\\', '/']) || text.to_ascii_lowercase().contains("xp_cmdshell")
}

/// Sources of data that are told, and the longest of them, in letters.
const MOST_SOURCES: usize = 256;
const LONGEST_SOURCE: usize = 4096;

/// `Lbl.Name` of a built-in name ([MS-XLS] 2.4.150).
const BUILT_IN: [&str; 14] = [
    "_xlnm.Consolidate_Area",
    "Auto_Open",
    "Auto_Close",
    "_xlnm.Extract",
    "_xlnm.Database",
    "_xlnm.Criteria",
    "_xlnm.Print_Area",
    "_xlnm.Print_Titles",
    "_xlnm.Recorder",
    "_xlnm.Data_Form",
    "Auto_Activate",
    "Auto_Deactivate",
    "_xlnm.Sheet_Title",
    "_xlnm._FilterDatabase",
];

impl Globals {
    /// Takes what a record says of a supporting link; others pass.
    pub(super) fn take_link(&mut self, records: &mut Records<'_>, record: Record) -> Result<()> {
        if matches!(record.id, EXTERN_SHEET | EXTERN_NAME) { self.take(records, record) } else { Ok(()) }
    }

    /// Takes what a record says; others pass.
    pub(super) fn take(&mut self, records: &mut Records<'_>, record: Record) -> Result<()> {
        let wanted = matches!(
            record.id,
            BOUND_SHEET
                | LBL
                | LBL_3
                | FILE_PASS
                | CODE_PAGE
                | SST
                | EXTERN_SHEET
                | EXTERN_NAME
                | EXTERN_NAME_3
                | SUP_BOOK
                | DCONN
                | DB_QUERY
                | SX_STRING
                | SX_STREAM_ID
                | SX_VS
        );
        // Behind FilePass the contents of records are encrypted (2.2.10).
        if !wanted || self.encryption.is_some() {
            return Ok(());
        }
        let body = records.whole(record)?;
        if self.sheets.len().max(self.names.len()).max(self.links.books.len()) >= MOST {
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
        let taken = match record.id {
            BOUND_SHEET => self.bound_sheet(&body.bytes),
            LBL | LBL_3 if self.dialect < Dialect::Biff5 => self.early_name(&body.bytes, record.id == LBL),
            LBL | LBL_3 => self.lbl(&body.bytes),
            FILE_PASS => {
                self.file_pass(&body.bytes, record.at);
                Some(())
            }
            CODE_PAGE => Reader::new(&body.bytes).u16().map(|page| self.encoding = Encoding::of_code_page(page)),
            SST => return self.sst(&body, record.at, records.budget()),
            EXTERN_SHEET => self.extern_sheet(&body.bytes),
            EXTERN_NAME | EXTERN_NAME_3 if self.dialect < Dialect::Biff5 => {
                self.early_extern_name(&body.bytes, record.id == EXTERN_NAME)
            }
            EXTERN_NAME | EXTERN_NAME_3 => self.extern_name(&body.bytes),
            DCONN => return self.connection(&body.bytes, records.budget()),
            DB_QUERY => {
                self.queries = true;
                return Ok(());
            }
            SX_STRING => {
                let text = Reader::with_seams(&body.bytes, &body.seams).unicode().filter(|_| self.queries);
                self.connect(text, false);
                return Ok(());
            }
            SX_STREAM_ID => Reader::new(&body.bytes).u16().map(|stream| self.stream = stream),
            // SXVS (2.4.317): 2 is a source outside of the workbook.
            SX_VS => Reader::new(&body.bytes).u16().map(|source| {
                if source == 2 && self.pivots.len() < MOST_SOURCES {
                    self.pivots.push(self.stream);
                }
            }),
            _ => self.sup_book(&body),
        };
        if taken.is_none() {
            self.damaged.push((what(record.id), record.at));
        }
        Ok(())
    }

    /// FilePass (2.4.117): in BIFF8 the kind of encryption first; BIFF5 knew only one.
    fn file_pass(&mut self, bytes: &[u8], at: u64) {
        let mut reader = Reader::new(bytes);
        let kind = if self.dialect <= Dialect::Biff5 { Some(0) } else { reader.u16() };
        let scheme = match kind {
            Some(0) => match (reader.u16(), reader.u16()) {
                (Some(key), Some(verifier)) => Ok(binary::Scheme::Xor { key, verifier }),
                _ => Err(Error::malformed("FilePass", at)),
            },
            Some(1) => binary::Scheme::read(reader.rest()),
            _ => Err(Error::malformed("FilePass", at)),
        };
        self.encryption = Some((at, scheme));
    }

    /// DConn (2.4.84): `fRefreshOnLoad`, and texts wherever in the record they stand.
    fn connection(&mut self, bytes: &[u8], budget: &Budget) -> Result<()> {
        let automatic = bytes.get(6).is_some_and(|flags| flags & 0x80 != 0);
        let mut rest = bytes.get(8..).unwrap_or_default();
        while let [low, high, flags, ..] = rest {
            let count = usize::from(u16::from_le_bytes([*low, *high]));
            let mut text = None;
            let mut reader = Reader::new(rest);
            if *flags <= 1 && (6..LONGEST_SOURCE).contains(&count) {
                budget.steps(count as u64 >> 2)?;
                text = reader.unicode().filter(|text| !text.contains(|c: char| c.is_control() || c == '\u{FFFD}'));
            }
            rest = if text.is_some() { reader.rest() } else { rest.get(1..).unwrap_or_default() };
            self.connect(text, automatic);
        }
        Ok(())
    }

    /// A text that may be an address, a file or what a database is asked with.
    fn connect(&mut self, text: Option<String>, automatic: bool) {
        if let Some(text) = text.filter(|text| says_source(text))
            && self.connections.len() < MOST_SOURCES
        {
            self.connections.push((text, automatic));
        }
    }

    /// BoundSheet8 (2.4.28): lbPlyPos, hsState, dt, stName.
    fn bound_sheet(&mut self, bytes: &[u8]) -> Option<()> {
        let mut reader = Reader::new(bytes);
        let at = u64::from(reader.u32()?);
        let hidden = match reader.u8()? & 3 {
            0 => Visibility::Visible,
            1 => Visibility::Hidden,
            _ => Visibility::VeryHidden,
        };
        let kind = reader.u8()?;
        let count = usize::from(reader.u8()?);
        let name = self.letters(&mut reader, count).unwrap_or_default();
        self.sheets.push(BoundSheet { name, hidden, kind, at });
        Some(())
    }

    /// Lbl (2.4.150): flags, chKey, cch, cce, itab, Name, rgce; in BIFF5 the same without the flag byte of the name.
    fn lbl(&mut self, bytes: &[u8]) -> Option<()> {
        let mut reader = Reader::new(bytes);
        let flags = reader.u16()?;
        reader.skip(1)?;
        let count = usize::from(reader.u8()?);
        let size = usize::from(reader.u16()?);
        reader.skip(2)?;
        let sheet = usize::from(reader.u16()?).checked_sub(1);
        reader.skip(4)?;
        let name = self.letters(&mut reader, count)?;
        if flags & 0x2E == 0x0E {
            self.functions.push(name.clone());
        }
        let start = reader.rest();
        let (rgce, rgcb) = start.split_at_checked(size).unwrap_or((start, &[]));
        self.names.push(Name { name: built_in(name, flags), sheet, rgce: rgce.to_vec(), rgcb: rgcb.to_vec() });
        Some(())
    }

    /// NAME of Excel 2 (flags of one byte, a size of one byte) and of Excel 3 and 4, as the specification of the
    /// OpenOffice.org project has them.
    fn early_name(&mut self, bytes: &[u8], narrow: bool) -> Option<()> {
        let mut reader = Reader::new(bytes);
        let flags = reader.u16()?;
        reader.skip(1)?;
        let count = usize::from(reader.u8()?);
        let size = if narrow { usize::from(reader.u8()?) } else { usize::from(reader.u16()?) };
        let name = self.letters(&mut reader, count)?;
        let rest = reader.rest();
        let (rgce, rgcb) = rest.split_at_checked(size).unwrap_or((rest, &[]));
        let flags = if narrow { 0 } else { flags };
        self.names.push(Name { name: built_in(name, flags), sheet: None, rgce: rgce.to_vec(), rgcb: rgcb.to_vec() });
        Some(())
    }

    /// EXTERNNAME of Excel 2, which is a name only, and of Excel 3 and 4; behind a name that starts with 01h stand the
    /// tokens of the cells it is for.
    fn early_extern_name(&mut self, bytes: &[u8], narrow: bool) -> Option<()> {
        let mut reader = Reader::new(bytes);
        if !narrow {
            reader.skip(2)?;
        }
        let name = reader.short_bytes(self.encoding)?;
        let is_cells = name.starts_with('\u{1}');
        let size = if !is_cells {
            None
        } else if narrow {
            reader.u8().map(u16::from)
        } else {
            reader.u16()
        };
        let cells = size.and_then(|size| reader.take(usize::from(size))).unwrap_or_default();
        let book = self.links.books.last_mut()?;
        if book.names.len() < MOST {
            book.names.push(name);
            book.cells.push(cells.to_vec());
        }
        Some(())
    }

    /// Letters without a count: in BIFF8 with a byte in front that says whether they are two bytes wide.
    fn letters(&self, reader: &mut Reader<'_>, count: usize) -> Option<String> {
        if self.dialect == Dialect::Biff8 {
            return reader.letters(count);
        }
        let bytes = reader.take(count.min(reader.left()))?;
        Some(self.encoding.decode(bytes).into_owned())
    }

    /// SST (2.4.265).
    fn sst(&mut self, body: &Body, at: u64, budget: &Budget) -> Result<()> {
        let _held = budget.scope();
        budget.hold(body.bytes.len() as u64)?;
        let room = budget.room();
        let mut reader = Reader::with_seams(&body.bytes, &body.seams);
        let count = reader.skip(4).and_then(|()| reader.u32()).unwrap_or(0);
        for _ in 0..count {
            match reader.rich() {
                Some(text) => {
                    self.texts.push(&text);
                    if self.texts.held() as u64 > room {
                        return Err(Error::Limit(LimitKind::ArtifactBytes));
                    }
                }
                // Excel shows what it could read; a cell that asks for more is empty.
                None => {
                    self.damaged.push(("SST", at));
                    break;
                }
            }
        }
        Ok(())
    }

    /// SupBook (2.4.271).
    fn sup_book(&mut self, body: &Body) -> Option<()> {
        let mut reader = Reader::with_seams(&body.bytes, &body.seams);
        let count = reader.u16()?;
        let book = match reader.u16()? {
            0x0401 => Target::Own,
            0x3A01 => Target::AddIn,
            letters => {
                let path = reader.letters(usize::from(letters))?;
                let mut sheets = Vec::new();
                for _ in 0..count {
                    let Some(name) = reader.unicode() else { break };
                    sheets.push(name);
                }
                target(&path, sheets)
            }
        };
        self.links.books.push(Book::new(book));
        Some(())
    }

    /// ExternSheet: in BIFF8 the table of XTIs (2.4.106); in BIFF5 one supporting link each, whose first byte says of
    /// what kind it is.
    fn extern_sheet(&mut self, bytes: &[u8]) -> Option<()> {
        let mut reader = Reader::new(bytes);
        if self.dialect == Dialect::Biff8 {
            let count = reader.u16()?;
            for _ in 0..count {
                let book = usize::from(reader.u16()?);
                let first = i32::from(reader.i16()?);
                reader.skip(2)?;
                self.links.sheets.push(SheetReference { book, first });
            }
            return Some(());
        }
        let count = usize::from(reader.u8()?);
        if let Some(sheet) = self.own_sheet(reader.rest()) {
            self.links.books.push(Book::new(Target::Workbook { path: String::new(), sheets: vec![sheet] }));
            return Some(());
        }
        let kind = *reader.rest().first()?;
        let target = match kind {
            // The byte that counts leaves out the one that says the kind.
            2..=4 => Target::Own,
            b':' if count == 1 => Target::AddIn,
            _ => {
                let path = reader.take(count.min(reader.left()))?;
                let path = self.encoding.decode(path).into_owned();
                match target(&path, Vec::new()) {
                    Target::Workbook { .. } => workbook_of_5(&path),
                    other => other,
                }
            }
        };
        self.links.books.push(Book::new(target));
        Some(())
    }

    /// The sheet that EXTERNSHEET names in a workbook of Excel 4: its name stands behind the bytes 01h and 09h.
    fn own_sheet(&self, bytes: &[u8]) -> Option<String> {
        let at = bytes.iter().position(|byte| *byte == 0x09).filter(|_| self.dialect < Dialect::Biff5)?;
        Some(self.encoding.decode(bytes.get(at.saturating_add(1)..)?).into_owned())
    }

    /// ExternName (2.4.105): flags, four bytes of whatever the link needs, and the name; it belongs to the last link.
    fn extern_name(&mut self, bytes: &[u8]) -> Option<()> {
        let mut reader = Reader::new(bytes);
        let flags = reader.u16()?;
        reader.skip(4)?;
        let name = match self.dialect {
            Dialect::Biff8 => reader.short_unicode()?,
            _ => reader.short_bytes(self.encoding)?,
        };
        let book = self.links.books.last_mut()?;
        if book.names.len() < MOST {
            book.names.push(name);
        }
        book.ole |= flags & 0x0010 != 0;
        Some(())
    }
}

/// The record of a number.
const fn what(id: u16) -> &'static str {
    match id {
        BOUND_SHEET => "BoundSheet8",
        LBL => "Lbl",
        EXTERN_SHEET => "ExternSheet",
        EXTERN_NAME => "ExternName",
        SUP_BOOK => "SupBook",
        _ => "BIFF record",
    }
}

/// A built-in name is one letter, and the flag `fBuiltin` says so; the letter alone is taken for it too.
fn built_in(name: String, flags: u16) -> String {
    let mut letters = name.chars();
    let first = letters.next().and_then(|c| BUILT_IN.get(usize::try_from(u32::from(c)).unwrap_or(usize::MAX)));
    let rest = letters.as_str();
    match first {
        Some(known) if flags & 0x20 != 0 || rest.is_empty() => format!("{known}{rest}"),
        _ => name,
    }
}

/// `\u{1}path[book]sheet` of Excel 5.
fn workbook_of_5(path: &str) -> Target {
    let path = virtual_path(path);
    let (book, sheet) = path.rsplit_once(']').unwrap_or((&path, ""));
    Target::Workbook { path: book.replacen('[', "", 1), sheets: vec![sheet.to_owned()] }
}

#[cfg(test)]
mod tests {
    use super::super::is_auto;
    use super::*;

    #[test]
    fn built_in_and_written_names() {
        let lbl = |flags: u8, name: &[u8]| {
            let mut globals = Globals::default();
            let count = u8::try_from(name.len()).unwrap();
            globals.lbl(&[&[flags, 0, 0, count], &[0; 10][..], &[0], name].concat()).unwrap();
            globals.names.remove(0).name
        };
        assert_eq!(lbl(0x20, b"\x01"), "Auto_Open");
        assert_eq!(lbl(0x20, b"\x01x"), "Auto_Openx");
        assert_eq!(lbl(0x20, b"\x06"), "_xlnm.Print_Area");
        assert_eq!(lbl(0, b"auto_open99"), "auto_open99");
        for (name, auto) in
            [("auto_open99", true), ("\0Auto\0_Ope\0n", true), ("\0Auto\0mation", false), ("Open", false)]
        {
            assert_eq!(is_auto(name), auto, "{name:?}");
        }
    }

    #[test]
    fn links_of_excel_5() {
        let mut globals = Globals { dialect: Dialect::Biff5, ..Globals::default() };
        globals.extern_sheet(b"\x06\x03Sheet1").unwrap();
        globals.extern_sheet(b"\x11\x01[Book.xls]Prices").unwrap();
        globals.extern_sheet(b"\x0A\x63md\x03/c dir").unwrap();
        let targets: Vec<_> = globals.links.books.iter().map(|book| &book.target).collect();
        assert_eq!(targets[0], &Target::Own);
        assert_eq!(targets[1], &Target::Workbook { path: "Book.xls".into(), sheets: vec!["Prices".into()] });
        assert_eq!(targets[2], &Target::Conversation { server: "cmd".into(), topic: "/c dir".into() });
    }
}
