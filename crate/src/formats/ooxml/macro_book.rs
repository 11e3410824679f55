//! The cells, names and macro sheets of an XML workbook ([ECMA-376] part 1, 18.2 and 18.3; [MS-OFFMACRO2] 2.2.1.5).
//!
//! Read only where a workbook holds macro sheets: their formulas are commands, and the texts those are put together from
//! may stand on any sheet.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::{Document, Package, package as names, read_part};
use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::formats::macro_sheets;
use crate::formats::xls::Visibility;
use crate::formats::xml_walk::{self, Piece, attribute, decode};
use crate::languages::xlm::book::{CELL, MOST_CELLS};
use crate::languages::xlm::formula::{Expr, error_code};
use crate::languages::xlm::text::{Notation, moved, parse};
use crate::languages::xlm::{Book, CellContent, DefinedName, SheetCells, Value};
use crate::scan::Scan;

/// Bytes of formulas kept.
const MOST_HELD: usize = 16 << 20;

/// Reads the sheets of a workbook with the macro sheets at `macro_parts` (their keys), and shows its macros.
pub(super) fn inspect(
    document: &Document,
    scan: &mut Scan,
    package: &Package<'_>,
    macro_parts: &[String],
) -> Result<()> {
    let budget = Rc::clone(&scan.budget);
    let _held = budget.scope();
    let main = document.main_key(package).unwrap_or_else(|| "xl/workbook.xml".to_owned());
    let related = document.related(&main);
    let workbook: Workbook = part(scan, package, &main, |xml| Workbook::parse(xml, &budget)).unwrap_or_default();
    let texts = related.iter().find(|(_, kind, _)| kind.eq_ignore_ascii_case("sharedStrings"));
    let texts =
        texts.and_then(|(_, _, key)| part(scan, package, key, |xml| texts_of(xml, &budget))).unwrap_or_default();
    let mut book = Book { names: workbook.names, path: main, ..Book::default() };
    let mut reader = Reader { texts: &texts, budget: &budget, cells: 0, held: 0, is_macro: false, unread: false };
    let mut seen = Vec::new();
    let listed = workbook.sheets.into_iter().map(|(name, hidden, id)| {
        let target = related.iter().find(|(other, ..)| *other == id).map(|(_, _, key)| key.clone());
        (name, hidden, target.unwrap_or_default())
    });
    let listed: Vec<_> = listed.collect();
    // Macro sheets that the workbook does not list are looked at too.
    let lost = macro_parts.iter().filter(|key| !listed.iter().any(|(.., listed)| listed == *key));
    let lost: Vec<_> = lost.map(|key| (key.clone(), Visibility::Visible, key.clone())).collect();
    for (name, hidden, key) in listed.iter().chain(&lost) {
        let is_macro = macro_parts.contains(key);
        reader.is_macro = is_macro;
        let cells = if seen.contains(key) { None } else { part(scan, package, key, |xml| reader.sheet(xml)) };
        seen.push(key.clone());
        book.sheets.push(SheetCells {
            name: name.clone(),
            path: key.clone(),
            is_macro,
            hidden: *hidden,
            cells: cells.unwrap_or_default(),
        });
    }
    if reader.unread {
        book.unread.push("formula-text");
    }
    macro_sheets::show(scan, &book)
}

/// A part by its key; damage is a finding.
pub(super) fn part<T>(
    scan: &mut Scan,
    package: &Package<'_>,
    key: &str,
    parse: impl FnOnce(&[u8]) -> (T, Result<()>),
) -> Option<T> {
    let index = package.find(key)?;
    read_part(scan, package, (index, key), parse)
}

impl Document {
    /// Key of the main part.
    pub(super) fn main_key(&self, package: &Package<'_>) -> Option<String> {
        let root = self.relationships.iter().filter(|(part, _)| part == "_rels/.rels").flat_map(|(_, all)| all);
        root.filter(|relationship| relationship.kind.eq_ignore_ascii_case("officeDocument"))
            .map(|relationship| names::resolve("", &relationship.target))
            .find(|key| package.has(key))
            .or_else(|| {
                let is_main = |key: &str| super::MAIN_PARTS.iter().any(|(main, _)| *main == self.types.of(key));
                package.parts().find(|(_, name, _)| is_main(name)).map(|(.., key)| key.to_owned())
            })
    }

    /// Id, kind and key of what a part leads to.
    pub(super) fn related(&self, part: &str) -> Vec<(String, String, String)> {
        let (folder, file) =
            part.rfind('/').and_then(|at| part.split_at_checked(at.saturating_add(1))).unwrap_or(("", part));
        let rels = format!("{folder}_rels/{file}.rels");
        let all = self.relationships.iter().filter(|(key, _)| *key == rels).flat_map(|(_, all)| all);
        all.filter(|relationship| !relationship.external)
            .map(|r| (r.id.clone(), r.kind.clone(), names::resolve(folder, &r.target)))
            .collect()
    }
}

/// A piece of XML, with names without prefix.
enum Xml<'a> {
    Start(&'a str, &'a quick_xml::events::BytesStart<'a>),
    End(&'a str),
    Text(&'a str),
}

/// Calls `each` with every piece until one fails. A document without the root it must have was not read.
fn walk(
    xml: &[u8],
    budget: &Budget,
    is_root: impl Fn(&str) -> bool,
    mut each: impl FnMut(Xml<'_>) -> Result<()>,
) -> Result<()> {
    let (mut rooted, mut told) = (false, Ok(()));
    let walked = xml_walk::walk(&decode(xml), budget, |piece| {
        let piece = match piece {
            Piece::Start { name, element, .. } => {
                rooted |= is_root(name);
                Xml::Start(name, element)
            }
            Piece::Text(text) => Xml::Text(text),
            Piece::End { name, .. } => Xml::End(name),
        };
        if told.is_ok() {
            told = each(piece);
        }
    });
    told.and(walked).and(if rooted { Ok(()) } else { Err(Error::malformed("XML", 0)) })
}

/// What the workbook part says: name, state and relationship of each sheet (18.2.19), and the names (18.2.5).
#[derive(Default)]
struct Workbook {
    sheets: Vec<(String, Visibility, String)>,
    names: Vec<DefinedName>,
}

impl Workbook {
    fn parse(xml: &[u8], budget: &Budget) -> (Self, Result<()>) {
        let mut book = Self::default();
        let mut name: Option<DefinedName> = None;
        let mut text = String::new();
        let result = walk(
            xml,
            budget,
            |name| name == "workbook",
            |event| {
                match event {
                    Xml::Start("sheet", element) => {
                        let state = match attribute(element, "state").as_str() {
                            "hidden" => Visibility::Hidden,
                            "veryHidden" => Visibility::VeryHidden,
                            _ => Visibility::Visible,
                        };
                        book.sheets.push((unescape(&attribute(element, "name")), state, attribute(element, "id")));
                    }
                    Xml::Start("definedName", element) => {
                        text.clear();
                        name = Some(DefinedName {
                            name: unescape(&attribute(element, "name")),
                            sheet: attribute(element, "localSheetId").parse().ok(),
                            refers_to: None,
                        });
                    }
                    Xml::Text(more) if name.is_some() => text.push_str(more),
                    Xml::End("definedName") => {
                        if let Some(mut name) = name.take() {
                            let formula = unescape(text.trim().trim_start_matches('='));
                            name.refers_to = parse(&formula, Notation::A1, (1, 1)).ok();
                            book.names.push(name);
                        }
                    }
                    _ => {}
                }
                Ok(())
            },
        );
        (book, result)
    }
}

/// The shared strings (18.4.9): the texts of each, without its phonetic runs.
fn texts_of(xml: &[u8], budget: &Budget) -> (Vec<String>, Result<()>) {
    let mut texts: Vec<String> = Vec::new();
    let (mut inside, mut phonetic) = (false, false);
    let result = walk(
        xml,
        budget,
        |name| name == "sst",
        |event| {
            match event {
                Xml::Start("si", _) => texts.push(String::new()),
                Xml::Start("rPh", _) => phonetic = true,
                Xml::End("rPh") => phonetic = false,
                Xml::Start("t", _) => inside = true,
                Xml::End("t") => inside = false,
                Xml::Text(more) if inside && !phonetic => {
                    if let Some(text) = texts.last_mut() {
                        text.push_str(more);
                    }
                }
                _ => {}
            }
            Ok(())
        },
    );
    texts.iter_mut().for_each(|text| *text = unescape(text));
    (texts, result)
}

/// `_x000D_` stands for a character (`ST_Xstring`, 22.9.2.19).
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("_x") {
        out.push_str(before);
        let code = after.get(..5).and_then(|code| code.strip_suffix('_'));
        let c = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        match c {
            Some(c) => {
                out.push(c);
                rest = after.get(5..).unwrap_or_default();
            }
            None => {
                out.push_str("_x");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Reads sheets.
struct Reader<'a> {
    texts: &'a [String],
    budget: &'a Budget,
    /// Cells kept so far, of all sheets.
    cells: usize,
    /// Bytes of formulas kept so far.
    held: usize,
    /// Whether the sheet holds macros.
    is_macro: bool,
    /// A formula that could not be read.
    unread: bool,
}

/// The cell being read.
#[derive(Default)]
struct Open {
    kind: String,
    formula: String,
    /// Number of a shared formula.
    shared: Option<u32>,
    value: String,
    inline: String,
    into: Into,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Into {
    #[default]
    Nothing,
    Formula,
    Value,
    Inline,
}

type Cells = BTreeMap<(u32, u32), CellContent>;
/// Shared formulas by their number: the formula, its cell and its weight.
type Shared = HashMap<u32, (Expr, (u32, u32), usize)>;

impl Reader<'_> {
    /// `sheetData` (18.3.1.80).
    fn sheet(&mut self, xml: &[u8]) -> (Cells, Result<()>) {
        let mut cells = Cells::new();
        let mut shared = Shared::new();
        let (mut row, mut column) = (0_u32, 0_u32);
        let mut open: Option<Open> = None;
        let mut phonetic = false;
        let root = |name: &str| matches!(name, "worksheet" | "macrosheet" | "dialogsheet" | "chartsheet");
        let budget = self.budget;
        let result = budget.steps(xml.len() as u64).and_then(|()| {
            walk(xml, budget, root, |event| {
                match event {
                    Xml::Start("row", element) => {
                        row = attribute(element, "r").parse().unwrap_or_else(|_| row.saturating_add(1));
                        column = 0;
                    }
                    Xml::Start("c", element) => {
                        column = column.saturating_add(1);
                        if let Ok(Expr::Cell(at)) = parse(&attribute(element, "r"), Notation::A1, (1, 1)) {
                            (row, column) = (at.row, at.column);
                        }
                        open = Some(Open { kind: attribute(element, "t"), ..Open::default() });
                    }
                    Xml::Start("f", element) => {
                        if let Some(cell) = &mut open {
                            cell.into = Into::Formula;
                            if attribute(element, "t") == "shared" {
                                cell.shared = attribute(element, "si").parse().ok();
                            }
                        }
                    }
                    Xml::Start("v", _) => open.iter_mut().for_each(|cell| cell.into = Into::Value),
                    Xml::Start("t", _) => open.iter_mut().for_each(|cell| cell.into = Into::Inline),
                    Xml::Start("rPh", _) => phonetic = true,
                    Xml::End("rPh") => phonetic = false,
                    Xml::End("f" | "v" | "t") => open.iter_mut().for_each(|cell| cell.into = Into::Nothing),
                    Xml::Text(more) if !phonetic => {
                        if let Some(cell) = &mut open {
                            match cell.into {
                                Into::Formula => cell.formula.push_str(more),
                                Into::Value => cell.value.push_str(more),
                                Into::Inline => cell.inline.push_str(more),
                                Into::Nothing => {}
                            }
                        }
                    }
                    Xml::End("c") => {
                        if let Some(cell) = open.take() {
                            let content = self.content(&cell, (row, column), &mut shared)?;
                            if content != CellContent::default() {
                                self.cells = self.cells.saturating_add(1);
                                let text = if let Some(Value::Text(text)) = &content.value { text.len() } else { 0 };
                                budget.hold(CELL.saturating_add(text) as u64)?;
                                if self.cells > MOST_CELLS {
                                    return Err(Error::Limit(LimitKind::ArtifactBytes));
                                }
                                cells.insert((row, column), content);
                            }
                        }
                    }
                    _ => {}
                }
                Ok(())
            })
        });
        self.unread |= result.is_err();
        (cells, result)
    }

    fn content(&mut self, cell: &Open, at: (u32, u32), shared: &mut Shared) -> Result<CellContent> {
        let value = self.value(cell);
        // Of a cell of a worksheet the value is enough, where there are too many formulas to keep.
        if self.held > MOST_HELD && !self.is_macro && value.is_some() {
            return Ok(CellContent { formula: None, value });
        }
        Ok(CellContent { formula: self.formula(cell, at, shared)?.map(Box::new), value })
    }

    fn formula(&mut self, cell: &Open, at: (u32, u32), shared: &mut Shared) -> Result<Option<Expr>> {
        let text = cell.formula.trim();
        if text.is_empty() {
            let Some((formula, from, weight)) = cell.shared.and_then(|id| shared.get(&id)) else { return Ok(None) };
            self.keep(*weight)?;
            let by = |to: u32, from: u32| i64::from(to).saturating_sub(i64::from(from));
            return Ok(Some(moved(formula, by(at.0, from.0), by(at.1, from.1))));
        }
        self.budget.steps(text.len() as u64)?;
        match parse(&unescape(text.trim_start_matches('=')), Notation::A1, at) {
            Ok(formula) => {
                let weight = formula.weight();
                self.keep(weight)?;
                if let Some(id) = cell.shared {
                    self.keep(weight)?;
                    shared.insert(id, (formula.clone(), at, weight));
                }
                Ok(Some(formula))
            }
            Err(why) => {
                self.unread = true;
                Ok(Some(Expr::Unknown(why)))
            }
        }
    }

    /// Counts the bytes of a formula.
    fn keep(&mut self, weight: usize) -> Result<()> {
        self.held = self.held.saturating_add(weight);
        self.budget.steps(weight as u64 / 16)?;
        // Twice as much as of worksheets: what stands on a macro sheet counts.
        if self.held > MOST_HELD.saturating_mul(2) {
            Err(Error::Limit(LimitKind::ArtifactBytes))
        } else {
            self.budget.hold(weight as u64)
        }
    }

    /// The value by its type (18.18.11).
    fn value(&self, cell: &Open) -> Option<Value> {
        let text = cell.value.trim();
        match cell.kind.as_str() {
            "s" => {
                let id: usize = text.parse().ok()?;
                self.texts.get(id).map(|text| Value::Text(text.clone()))
            }
            "inlineStr" => Some(Value::Text(unescape(&cell.inline))),
            "str" => Some(Value::Text(unescape(&cell.value))),
            "b" => (!text.is_empty()).then_some(Value::Bool(matches!(text, "1" | "true"))),
            "e" => error_code(text).map(Value::Error),
            _ if text.is_empty() => None,
            _ => text.parse().ok().map(Value::Number),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    #[test]
    fn cells_of_every_kind() {
        let xml = br#"<xm:macrosheet xmlns:xm="x"><sheetData><row r="2"><c r="B2" t="s"><v>0</v></c><c t="b"><v>1</v></c>
            <c r="E2" t="str"><f t="shared" ref="E2:E3" si="0">EXEC(A2&amp;"&#97;_x000D_")</f><v>x</v></c></row>
            <row><c r="E3"><f t="shared" si="0"/></c><c t="inlineStr"><is><t>in</t></is></c><c t="e"><v>#REF!</v></c></row>
            <row r="9"><c><v>1.5</v></c></row></sheetData></xm:macrosheet>"#;
        let budget = Budget::new(Limits::default(), |_| ());
        let texts = ["shared".to_owned()];
        let mut reader = Reader { texts: &texts, budget: &budget, cells: 0, held: 0, is_macro: true, unread: false };
        let (cells, result) = reader.sheet(xml);
        result.unwrap();
        let value = |at| cells[&at].value.clone().unwrap();
        let formula = |at| cells[&at].formula.as_ref().unwrap().to_string();
        assert_eq!(value((2, 2)), Value::Text("shared".into()));
        assert_eq!(value((2, 3)), Value::Bool(true));
        assert_eq!(formula((2, 5)), "EXEC(A2&\"a\r\")");
        assert_eq!(formula((3, 5)), "EXEC(A3&\"a\r\")");
        assert_eq!(value((3, 6)), Value::Text("in".into()));
        assert_eq!(value((3, 7)), Value::Error(0x17));
        assert_eq!(value((9, 1)), Value::Number(1.5));
    }

    #[test]
    fn sheets_and_names() {
        let xml = br#"<workbook><sheets><sheet name="M" state="veryHidden" r:id="rId1"/></sheets>
            <definedNames><definedName name="_xlnm.Auto_Open" hidden="1">'M'!$A$1</definedName></definedNames></workbook>"#;
        let budget = Budget::new(crate::budget::Limits::default(), |_| ());
        let (book, result) = Workbook::parse(xml, &budget);
        result.unwrap();
        assert_eq!(book.sheets, [("M".to_owned(), Visibility::VeryHidden, "rId1".to_owned())]);
        assert_eq!(book.names[0].refers_to.as_ref().unwrap().to_string(), "M!$A$1");
    }
}
