//! Sheets and workbooks of Excel 2, 3 and 4 (BIFF2 to BIFF4), which Excel still opens, macros included.
//!
//! A file is one sheet, which says itself what it is, with its own names and links; only Excel 4 also had workbooks,
//! whose sheets stand inside one another's frame: SHEETHDR names what the next BOF starts. The layouts are those of the
//! file format description of the OpenOffice.org project; \[MS-XLS\] begins with Excel 97.

use std::rc::Rc;

use super::globals::Globals;
use super::links::MOST;
use super::locked;
use super::records::{BOF_2, BOF_3, BOF_4, EOF, Record, Records};
use super::sheet::{NESTED, Need, SheetReader};
use super::texts::Texts;
use super::tokens::{Context, Dialect, room};
use super::{MACRO_SHEET, MacroSheet, Substream, Visibility, Words, Workbook};
use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::formats::macro_sheets;
use crate::languages::surroundings::Surroundings;
use crate::languages::xlm::Book;
use crate::scan::Scan;
use crate::source::Source;
use crate::view::View;

const SHEET_HDR: u16 = 0x008F;
const WINDOW_1: u16 = 0x003D;

/// `BOF` of a workbook of Excel 4, and of the list of files that one of Excel 3 is.
const WORKBOOK: u16 = 0x0100;

/// The dialect of a stream that starts as Excel 2, 3 or 4 start theirs.
pub(super) fn dialect(stream: &Source) -> Result<Option<Dialect>> {
    Ok(match *stream.peek(0, 4)? {
        [id0, id1, 4..=32, 0] => of_bof(u16::from_le_bytes([id0, id1])),
        _ => None,
    })
}

const fn of_bof(id: u16) -> Option<Dialect> {
    match id {
        BOF_2 => Some(Dialect::Biff2),
        BOF_3 => Some(Dialect::Biff3),
        BOF_4 => Some(Dialect::Biff4),
        _ => None,
    }
}

/// A sheet, and the names and links that only it has.
struct Sheet {
    start: Substream,
    globals: Globals,
}

/// What a walk over the stream finds.
#[derive(Default)]
struct Survey {
    sheets: Vec<Sheet>,
    /// Where FilePass stands, and how the records behind it are encrypted.
    encryption: Option<(u64, Result<crate::crypto::binary::Scheme>)>,
    is_cut: bool,
}

impl Survey {
    fn read(&mut self, stream: &Source, budget: &Budget, name: &str) -> Result<()> {
        let mut records = Records::new(stream, budget, 0);
        let mut named = None;
        // The sheets that are open, and the frame around them as none.
        let mut open: Vec<Option<usize>> = Vec::new();
        while let Some(record) = records.next()? {
            if let Some(dialect) = of_bof(record.id) {
                let kind = records.body(record)?.get(2..4).and_then(|kind| kind.first_chunk().copied());
                let kind = kind.map_or(0, u16::from_le_bytes);
                let sheet = (kind != WORKBOOK).then_some(self.sheets.len());
                if sheet.is_some() {
                    let name = named.take().unwrap_or_else(|| name.to_owned());
                    let is_macro = kind == MACRO_SHEET;
                    let start = Substream { name, hidden: Visibility::Visible, at: record.at, is_macro };
                    let globals = Globals { dialect, ..Globals::default() };
                    self.sheets.push(Sheet { start, globals });
                }
                open.push(sheet);
                if open.len() > NESTED as usize || self.sheets.len() >= MOST {
                    return Err(Error::Limit(LimitKind::ArtifactBytes));
                }
                continue;
            }
            match record.id {
                EOF => {
                    open.pop();
                    let next = stream.peek(records.at(), 2)?;
                    let goes_on = next.first_chunk().is_some_and(|id| of_bof(u16::from_le_bytes(*id)).is_some());
                    if open.is_empty() && !goes_on {
                        return Ok(());
                    }
                }
                SHEET_HDR => {
                    let body = records.body(record)?;
                    let count = body.get(4).map_or(0, |count| usize::from(*count));
                    let letters = body.get(5..).map_or(&[][..], |rest| rest.get(..count).unwrap_or(rest));
                    named = Some(crate::codecs::encoding::WINDOWS_1252.decode(letters).into_owned());
                }
                _ => {
                    self.take(&mut records, record, open.last().copied().flatten())?;
                    if self.encryption.is_some() {
                        return Ok(());
                    }
                }
            }
        }
        self.is_cut = true;
        Ok(())
    }

    /// Names and links of the innermost sheet; a password may also stand in the frame.
    fn take(&mut self, records: &mut Records<'_>, record: Record, sheet: Option<usize>) -> Result<()> {
        let mut frame = Globals { dialect: Dialect::Biff4, ..Globals::default() };
        let sheet = sheet.and_then(|sheet| self.sheets.get_mut(sheet));
        let globals = match sheet {
            Some(sheet) if record.id == WINDOW_1 => {
                if records.body(record)?.get(8).is_some_and(|flags| flags & 1 != 0) {
                    sheet.start.hidden = Visibility::Hidden;
                }
                return Ok(());
            }
            Some(sheet) => &mut sheet.globals,
            None => &mut frame,
        };
        globals.take(records, record)?;
        self.encryption = globals.encryption.take();
        Ok(())
    }
}

/// Reads every sheet, as far as somebody needs it.
pub(super) fn workbook(scan: &mut Scan, stream: &Source, path: &str) -> Result<()> {
    let budget = Rc::clone(&scan.budget);
    let file = scan.name().rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let tab = file.rsplit_once('.').map_or(file.as_str(), |(stem, _)| stem);
    let mut survey = Survey::default();
    let mut result = survey.read(stream, &budget, tab);
    let mut decrypted = None;
    if let Some(encryption) = survey.encryption.take() {
        let Some(plain) = locked::open(scan, stream, path, encryption)? else {
            // What a sheet is stays clear.
            for Sheet { start, .. } in survey.sheets.into_iter().filter(|sheet| sheet.start.is_macro) {
                let sheet = MacroSheet { path: path.to_owned(), name: start.name, hidden: start.hidden, auto: None };
                scan.show(&View::MacroSheet(&sheet));
            }
            return result;
        };
        survey = Survey::default();
        result = survey.read(&plain, &budget, tab);
        decrypted = Some(plain);
    }
    let stream = decrypted.as_ref().unwrap_or(stream);
    let has_macros = survey.sheets.iter().any(|sheet| sheet.start.is_macro);
    let need = if has_macros { Need::Formulas } else { Need::Words };
    let tabs: Vec<String> = survey.sheets.iter().map(|sheet| sheet.start.name.clone()).collect();
    let room = room(&budget, has_macros);
    let book = Book { path: path.to_owned(), ..Book::default() };
    let mut all = Workbook { path, book, words: Words::default(), controls: None };
    if survey.is_cut {
        all.irregular(scan, "end of the BIFF stream", stream.len());
    }
    for (index, Sheet { start, mut globals }) in survey.sheets.into_iter().enumerate() {
        for (what, at) in &globals.damaged {
            all.irregular(scan, what, *at);
        }
        globals.links.show(scan, path);
        let names: Vec<String> = globals.names.iter().map(|name| name.name.clone()).collect();
        let context = Context {
            dialect: globals.dialect,
            encoding: globals.encoding,
            sheets: &tabs,
            names: &names,
            links: &globals.links,
            budget: &budget,
            room: &room,
        };
        if need == Need::Formulas {
            globals.names.iter_mut().for_each(|name| name.sheet = Some(index));
        }
        let texts = Texts::default();
        let mut reader = SheetReader::new(&context, &texts, need);
        let read = reader.read(&mut Records::new(stream, &budget, start.at));
        all.sheet(scan, start, reader.sheet, need, None);
        result = result.and(read);
        if has_macros {
            result = result.and(all.names(scan, &globals, &context, &mut Surroundings::default()));
        }
    }
    if has_macros {
        result = result.and(macro_sheets::show_macros(scan, &all.book));
    }
    result
}
