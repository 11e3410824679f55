//! Binary workbooks, `.xlsb` ([MS-XLSB]): the parts of an OOXML workbook as records instead of XML.
//!
//! Formulas are the tokens of BIFF with other widths, so the trees are made by the reader of `.xls`. As there, cells are
//! read only where macros may ask for them.

mod sheet;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use self::sheet::Sheet;
use super::package::{self, Relationship};
use super::texts::note_part;
use super::{Document, Package, parse_part, read_part};
use crate::budget::Budget;
use crate::codecs::encoding::UTF_8;
use crate::error::{Error, LimitKind, Result};
use crate::finding::{Evidence, Observation};
use crate::formats::macro_sheets;
use crate::formats::xls::links::{Book as Link, Links, MOST, SheetReference, Target};
use crate::formats::xls::strings::{Reader, wide};
use crate::formats::xls::tokens::{Context, Dialect, Tokens, room};
use crate::formats::xls::{self, Visibility, Words, is_auto};
use crate::languages::surroundings::{self, Surroundings};
use crate::languages::xlm::{Book, DefinedName, SheetCells};
use crate::order;
use crate::scan::{IRREGULAR, Scan};

const SST_ITEM: u32 = 19;
const NAME: u32 = 39;
const BEGIN_BOOK: u32 = 131;
const BUNDLE_SH: u32 = 156;
const SUP_BOOK_SRC: u32 = 355;
const SUP_SELF: u32 = 357;
const SUP_SAME: u32 = 358;
const SUP_TABS: u32 = 359;
const BEGIN_SUP_BOOK: u32 = 360;
const EXTERN_SHEET: u32 = 362;
const SUP_NAME_START: u32 = 577;
const SUP_ADD_IN: u32 = 667;

/// Looks into the workbook of a package, if it is binary; keys of the sheets that were read.
pub(super) fn inspect(document: &Document, scan: &mut Scan, package: &Package<'_>) -> Result<HashSet<String>> {
    let mut read = HashSet::new();
    let Some(main) = document.main_key(package) else { return Ok(read) };
    let budget = Rc::clone(&scan.budget);
    let Some(index) = package.find(&main) else { return Ok(read) };
    if !package.head(index).is_ok_and(|head| record(&head).is_some_and(|(kind, ..)| kind == BEGIN_BOOK)) {
        return Ok(read);
    }
    let parsed = read_part(scan, package, (index, &main), |bytes| Workbook::parse(bytes, &budget));
    let Some(mut book) = parsed else { return Ok(read) };
    book.links(document, scan, package, &main);
    let path = main.as_str();
    let targets = document.relations(path);
    let sheets: Vec<Part> = book.sheets.iter().map(|sheet| Part::new(document, &targets, sheet)).collect();
    let has_macros = sheets.iter().any(|sheet| sheet.is_macro);
    let has_vba = document.targets(|kind| kind.eq_ignore_ascii_case("vbaProject")).into_keys().next().is_some();
    let mut words = Words::default();
    words.show(scan, path, book.sheets.iter().map(|sheet| sheet.name.as_str()));
    let texts = book.texts(scan, package, &targets, has_macros || has_vba);
    words.show(scan, path, texts.iter().map(String::as_str));
    book.links.show_conversations(scan, path);
    let linked = book.links.books.iter().flat_map(|link| &link.names);
    let fetches = book.names.iter().map(|name| &name.name).chain(linked).any(|name| macro_sheets::fetches(name));
    if !has_macros && !has_vba && !fetches {
        return Ok(read);
    }
    let formulas = has_macros || fetches;
    let tabs: Vec<String> = book.sheets.iter().map(|sheet| sheet.name.clone()).collect();
    let names: Vec<String> = book.names.iter().map(|name| name.name.clone()).collect();
    let held = budget.scope();
    let room = room(&budget, formulas);
    let context = Context {
        dialect: Dialect::Biff12,
        encoding: UTF_8,
        sheets: &tabs,
        names: &names,
        links: &book.links,
        budget: &budget,
        room: &room,
    };
    let mut around = Surroundings::default();
    let mut cells = Book { path: path.to_owned(), ..Book::default() };
    for part in sheets {
        let mut sheet = Sheet::new(&context, &texts, formulas);
        if let Some(index) = package.find(&part.key) {
            let (_, result) = parse_part(scan, package, index, |bytes| ((), sheet.read(bytes)));
            if let Err(error) = result {
                sheet.cut = true;
                note_part(scan, &error, &part.key, !has_macros);
            }
        }
        if sheet.damaged {
            irregular(scan, "formula tokens", &part.key);
            cells.unread.push("formula-tokens");
        }
        read.insert(part.key.clone());
        if fetches {
            macro_sheets::show_fetching(scan, &part.key, &sheet.cells);
        }
        if has_vba {
            let value = |at: (u32, u32), value: Option<crate::languages::xlm::Value>| Some((at, xls::value(value?)?));
            let cells = match formulas {
                true => order::map(sheet.cells.iter().filter_map(|(at, cell)| value(*at, cell.value.clone()))),
                false => {
                    let cells = std::mem::take(&mut sheet.cells).into_iter();
                    order::map(cells.filter_map(|(at, cell)| value(at, cell.value)))
                }
            };
            let (name, code_name) = (part.name.clone(), std::mem::take(&mut sheet.code_name));
            around.sheets.push(surroundings::Sheet { name, code_name, cells, cut: sheet.cut });
        }
        if has_macros {
            let Part { name, key: path, hidden, is_macro } = part;
            cells.sheets.push(SheetCells { name, path, is_macro, hidden, cells: sheet.cells });
        }
    }
    for name in &book.names {
        let tokens = Tokens { rgce: &name.rgce, rgcb: &name.rgcb };
        let read = if name.rgce.is_empty() { Ok(None) } else { tokens.tree(&context, (0, 0)).map(Some) };
        let refers_to = read.unwrap_or_else(|error| {
            note_part(scan, &error, path, !has_macros);
            None
        });
        if refers_to.as_ref().is_some_and(|formula| formula.damaged) && is_auto(&name.name) {
            cells.unread.push("formula-tokens");
        }
        let refers_to = refers_to.map(|formula| formula.expr);
        around.names.push((name.name.clone(), refers_to.as_ref().map(ToString::to_string).unwrap_or_default()));
        cells.names.push(DefinedName { name: name.name.clone(), sheet: name.sheet, refers_to });
    }
    let _ = budget.hold(budget.room().saturating_sub(room.get() as u64));
    if has_macros {
        macro_sheets::show_macros(scan, &cells)?;
    }
    drop((cells, held));
    if has_vba {
        scan.surround(around);
    }
    Ok(read)
}

fn irregular(scan: &mut Scan, what: &'static str, path: &str) {
    scan.report(Observation::new(&IRREGULAR, Evidence::quote(what).path(path)).with("what", what));
}

/// A sheet's part and what the workbook says of it.
struct Part {
    name: String,
    key: String,
    hidden: Visibility,
    is_macro: bool,
}

impl Part {
    fn new(document: &Document, targets: &HashMap<&str, (String, &Relationship)>, sheet: &BundleSheet) -> Self {
        let target = targets.get(sheet.relationship.as_str());
        let key = target.map(|(key, _)| key.clone()).unwrap_or_default();
        let says = |text: &str| text.to_lowercase().contains("macrosheet");
        let is_macro =
            target.is_some_and(|(_, relationship)| says(&relationship.kind)) || says(document.types.of(&key));
        Self { name: sheet.name.clone(), key, hidden: sheet.hidden, is_macro }
    }
}

struct BundleSheet {
    name: String,
    relationship: String,
    hidden: Visibility,
}

/// A defined name, its formula still tokens.
struct Name {
    name: String,
    sheet: Option<usize>,
    rgce: Vec<u8>,
    rgcb: Vec<u8>,
}

/// What the workbook part says.
#[derive(Default)]
struct Workbook {
    sheets: Vec<BundleSheet>,
    names: Vec<Name>,
    links: Links,
    /// Relationship of each link that has a part, by its index.
    sources: Vec<(usize, String)>,
}

impl Workbook {
    fn parse(bytes: &[u8], budget: &Budget) -> (Self, Result<()>) {
        let mut book = Self::default();
        let result = records(bytes, budget, |kind, value| {
            let mut value = Reader::new(value);
            book.take(kind, &mut value);
            if book.sheets.len().max(book.names.len()).max(book.links.books.len()) > MOST {
                return Err(Error::Limit(LimitKind::ArtifactBytes));
            }
            Ok(())
        });
        (book, result)
    }

    fn take(&mut self, kind: u32, value: &mut Reader<'_>) -> Option<()> {
        match kind {
            BUNDLE_SH => {
                let hidden = match value.u32()? {
                    0 => Visibility::Visible,
                    1 => Visibility::Hidden,
                    _ => Visibility::VeryHidden,
                };
                value.skip(4)?;
                let relationship = text(value)?;
                let name = text(value)?;
                self.sheets.push(BundleSheet { name, relationship, hidden });
            }
            NAME => self.name(value)?,
            SUP_BOOK_SRC => {
                self.sources.push((self.links.books.len(), text(value)?));
                self.links.books.push(Link::new(Target::Unknown));
            }
            SUP_SELF => self.links.books.push(Link::new(Target::Own)),
            SUP_SAME => self.links.books.push(Link::new(Target::SameSheet)),
            SUP_ADD_IN => self.links.books.push(Link::new(Target::AddIn)),
            // Names of an add-in's functions stand in the workbook itself.
            SUP_NAME_START => {
                let name = text(value)?;
                self.links.books.last_mut()?.names.push(name);
            }
            EXTERN_SHEET => {
                value.skip(4)?;
                while let Some((book, first)) = value.u32().zip(value.i32()) {
                    value.skip(4)?;
                    let book = usize::try_from(book).ok()?;
                    self.links.sheets.push(SheetReference { book, first });
                }
            }
            _ => {}
        }
        Some(())
    }

    /// BrtName (2.4.712): flags, shortcut key and sheet, then the name and its formula.
    fn name(&mut self, value: &mut Reader<'_>) -> Option<()> {
        value.u32()?;
        value.skip(1)?;
        let sheet = value.u32().filter(|sheet| *sheet != u32::MAX).and_then(|sheet| usize::try_from(sheet).ok());
        let name = text(value)?;
        let tokens = tokens(value).unwrap_or_default();
        self.names.push(Name { name, sheet, rgce: tokens.rgce.to_vec(), rgcb: tokens.rgcb.to_vec() });
        Some(())
    }

    /// Reads the parts of the supporting links (2.1.7.25).
    fn links(&mut self, document: &Document, scan: &mut Scan, package: &Package<'_>, main: &str) {
        let budget = Rc::clone(&scan.budget);
        let targets = document.relations(main);
        for (at, id) in std::mem::take(&mut self.sources) {
            let Some((key, _)) = targets.get(id.as_str()) else { continue };
            let Some(index) = package.find(key) else { continue };
            let outside = document.relations(key);
            let link = read_part(scan, package, (index, key), |bytes| link(bytes, &outside, &budget));
            if let (Some(link), Some(book)) = (link, self.links.books.get_mut(at)) {
                *book = link;
            }
        }
    }

    /// The shared texts. Where only words are wanted, those at the end of a very large part are not missed.
    fn texts(
        &self,
        scan: &mut Scan,
        package: &Package<'_>,
        targets: &HashMap<&str, (String, &Relationship)>,
        needed: bool,
    ) -> Vec<String> {
        let budget = Rc::clone(&scan.budget);
        let shared = targets.values().find(|(_, relationship)| relationship.kind.eq_ignore_ascii_case("sharedStrings"));
        let Some((key, index)) = shared.and_then(|(key, _)| Some((key, package.find(key)?))) else { return Vec::new() };
        let parse = |bytes: &[u8]| {
            let mut texts = Vec::new();
            let result = records(bytes, &budget, |kind, value| {
                if kind == SST_ITEM {
                    let mut value = Reader::new(value);
                    texts.push(value.skip(1).and_then(|()| text(&mut value)).unwrap_or_default());
                }
                Ok(())
            });
            (texts, result)
        };
        if needed {
            return read_part(scan, package, (index, key), parse).unwrap_or_default();
        }
        match package.open(index, scan) {
            Ok(source) => parse(&scan.budget.read_source(source).0).0,
            Err(_) => Vec::new(),
        }
    }
}

/// BrtBeginSupBook (2.4.234), and the names and sheets behind it.
fn link(bytes: &[u8], outside: &HashMap<&str, (String, &Relationship)>, budget: &Budget) -> (Link, Result<()>) {
    let mut link = Link::new(Target::Unknown);
    let result = records(bytes, budget, |kind, value| {
        let mut value = Reader::new(value);
        match kind {
            BEGIN_SUP_BOOK => {
                let (kind, first, second) =
                    (value.u16(), text(&mut value).unwrap_or_default(), text(&mut value).unwrap_or_default());
                let target = |id: &str| outside.get(id).map(|(_, there)| there.target.clone()).unwrap_or_default();
                link.target = match kind {
                    // Shown as a relationship of the part already.
                    Some(0) => Target::Workbook { path: target(&first), sheets: Vec::new() },
                    Some(1) => Target::Conversation { server: first, topic: second },
                    _ => {
                        link.ole = true;
                        Target::Conversation { server: second, topic: target(&first) }
                    }
                };
            }
            SUP_TABS => {
                if let (Target::Workbook { sheets, .. }, Some(())) = (&mut link.target, value.skip(4)) {
                    while let Some(name) = text(&mut value) {
                        sheets.push(name);
                    }
                }
            }
            SUP_NAME_START => link.names.extend(text(&mut value)),
            _ => {}
        }
        Ok(())
    });
    (link, result)
}

/// CellParsedFormula and its like (2.5.98.4): sizes and bytes of the tokens and of what belongs to them.
fn tokens<'a>(value: &mut Reader<'a>) -> Option<Tokens<'a>> {
    let size = usize::try_from(value.u32()?).ok()?;
    let rgce = value.take(size)?;
    let size = value.u32().and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
    Some(Tokens { rgce, rgcb: value.take(size.min(value.left()))? })
}

/// XLWideString (2.5.169) and XLNullableWideString.
pub(super) fn text(value: &mut Reader<'_>) -> Option<String> {
    let count = value.u32()?;
    if count == u32::MAX {
        return Some(String::new());
    }
    Some(wide(value.take(usize::try_from(count).ok()?.checked_mul(2)?)?))
}

/// Calls `each` with every record: its number and its value.
pub(super) fn records(bytes: &[u8], budget: &Budget, mut each: impl FnMut(u32, &[u8]) -> Result<()>) -> Result<()> {
    let mut rest = bytes;
    while let Some((kind, value, next)) = record(rest) {
        budget.steps(1)?;
        each(kind, value)?;
        rest = next;
    }
    if rest.is_empty() { Ok(()) } else { Err(Error::malformed("workbook record", 0)) }
}

/// Type and length are little-endian numbers of 7 bits a byte: at most two and four bytes (2.1.4).
fn record(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let (kind, rest) = number(bytes, 2)?;
    let (len, rest) = number(rest, 4)?;
    let (value, rest) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    Some((kind, value, rest))
}

fn number(bytes: &[u8], most: usize) -> Option<(u32, &[u8])> {
    let mut value = 0_u32;
    for (i, byte) in bytes.iter().enumerate().take(most) {
        let shift = u32::try_from(i).ok()?.checked_mul(7)?;
        value |= u32::from(byte & 0x7F).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(i.checked_add(1)?..)?));
        }
    }
    None
}

impl Document {
    /// Relationships of a part by their ids, with the keys of the parts they lead to.
    fn relations(&self, key: &str) -> HashMap<&str, (String, &Relationship)> {
        let (folder, file) =
            key.rfind('/').and_then(|at| key.split_at_checked(at.saturating_add(1))).unwrap_or(("", key));
        let rels = format!("{folder}_rels/{file}.rels");
        let all = self.relationships.iter().filter(|(part, _)| *part == rels).flat_map(|(_, all)| all);
        all.map(|there| (there.id.as_str(), (package::resolve(folder, &there.target), there))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn wide_string(text: &str) -> Vec<u8> {
        let mut bytes = u32::try_from(text.encode_utf16().count()).unwrap().to_le_bytes().to_vec();
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    }

    fn written(kind: u32, value: &[u8]) -> Vec<u8> {
        let number = |mut n: u32| {
            let mut bytes = Vec::new();
            while n > 0x7F {
                bytes.push(u8::try_from(n & 0x7F).unwrap() | 0x80);
                n >>= 7;
            }
            bytes.push(u8::try_from(n).unwrap());
            bytes
        };
        [number(kind), number(u32::try_from(value.len()).unwrap()), value.to_vec()].concat()
    }

    #[test]
    fn sheets_names_and_links_of_a_binary_workbook() {
        let sheet = [vec![1, 0, 0, 0, 1, 0, 0, 0], wide_string("rId3"), wide_string("Evil")].concat();
        // A reference to A1 of the first sheet of the first link.
        let formula = [&9_u32.to_le_bytes()[..], &[0x3A, 0, 0, 0, 0, 0, 0, 0, 0], &0_u32.to_le_bytes()].concat();
        let name = [vec![9, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], wide_string("Auto_Open"), formula].concat();
        let sheets = [1_u32, 0, 0, 0].map(u32::to_le_bytes).concat();
        let bytes =
            [written(BUNDLE_SH, &sheet), written(SUP_SELF, &[]), written(EXTERN_SHEET, &sheets), written(NAME, &name)]
                .concat();
        let budget = Budget::new(Limits::default(), |_| ());
        let (book, result) = Workbook::parse(&bytes, &budget);
        assert!(result.is_ok());
        assert_eq!((book.sheets[0].name.as_str(), book.sheets[0].hidden), ("Evil", Visibility::Hidden));
        let context = Context {
            dialect: Dialect::Biff12,
            encoding: UTF_8,
            sheets: &["Evil".to_owned()],
            names: &[],
            links: &book.links,
            budget: &budget,
            room: &room(&budget, true),
        };
        let name = &book.names[0];
        assert!(name.sheet.is_none() && is_auto(&name.name));
        let formula = Tokens { rgce: &name.rgce, rgcb: &name.rgcb }.tree(&context, (0, 0)).unwrap();
        assert_eq!((formula.expr.to_string().as_str(), formula.damaged), ("Evil!$A$1", false));
    }

    #[test]
    fn a_cut_record_keeps_what_came_before_it() {
        let budget = Budget::new(Limits::default(), |_| ());
        let sheet = [vec![0; 8], wide_string("rId1"), wide_string("Sheet1")].concat();
        let bytes = [written(BUNDLE_SH, &sheet), vec![0x9C, 0x01, 0x7F, 0]].concat();
        let (book, result) = Workbook::parse(&bytes, &budget);
        assert!(result.is_err() && book.sheets.len() == 1);
    }
}
