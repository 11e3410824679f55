//! Cells, names and shared strings of a workbook ([ECMA-376] part 1, 18.2 to 18.4), for the macros that read them.

use std::collections::HashMap;

use quick_xml::events::Event;

use super::package;
use super::texts::{Gather, NAMED, open, pull, pull_while, with_text};
use super::{Document, Package};
use crate::error::Result;
use crate::finding::{EXCERPT, cut};
use crate::formats::office_xml::dde_formula;
use crate::formats::xml_walk::{attribute, decode};
use crate::languages::conversations::runs;
use crate::languages::surroundings::{Cell, Sheet};
use crate::languages::xlm::functions::is_function;
use crate::scan::Scan;

/// What a kept cell costs beside its text.
const CELL: usize = 32;

/// Where the sheets of a workbook and their drawings stand.
#[derive(Default)]
pub(super) struct Book {
    /// Name on the tab, by the key of the sheet's part.
    tabs: HashMap<String, String>,
    /// The same, by the key of a drawing's part.
    drawings: HashMap<String, String>,
}

impl Book {
    pub(super) fn tab(&self, key: &str) -> &str {
        self.tabs.get(key).map_or("", String::as_str)
    }

    /// The sheet a drawing stands on.
    pub(super) fn owner(&self, key: &str) -> Option<&str> {
        self.drawings.get(key).map(String::as_str)
    }
}

/// Sheets and defined names of the workbook part.
pub(super) fn book(scan: &mut Scan, package: &Package<'_>, document: &Document, gather: &mut Gather) -> Book {
    let mut book = Book::default();
    let Some(index) = package.find("xl/workbook.xml") else { return book };
    let Some(bytes) = open(scan, package, (index, "xl/workbook.xml"), None, false) else { return book };
    let mut tabs = HashMap::new();
    let mut name: Option<(String, String)> = None;
    // The reader of macro sheets says what is damaged.
    let _ = pull(&decode(&bytes), |event| match event {
        Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
            "sheet" => {
                tabs.insert(attribute(element, "id"), attribute(element, "name"));
            }
            "definedName" => name = Some((attribute(element, "name"), String::new())),
            _ => {}
        },
        Event::End(element) if element.local_name().as_ref() == "definedName" => {
            if let Some(name) = name.take().filter(|_| gather.around.names.len() < NAMED) {
                gather.around.names.push(name);
            }
        }
        event => {
            if let Some((_, refers_to)) = &mut name {
                with_text(event, |text| refers_to.push_str(gather.take(text)));
            }
        }
    });
    for (rels, all) in document.relationships.iter().filter(|(rels, _)| rels.ends_with("workbook.xml.rels")) {
        let folder = package::folder_of_relationships(rels);
        for relationship in all {
            if let Some(tab) = tabs.get(&relationship.id) {
                book.tabs.insert(package::resolve(folder, &relationship.target), tab.clone());
            }
        }
    }
    for (rels, all) in &document.relationships {
        let folder = package::folder_of_relationships(rels);
        let file = rels.rsplit('/').next().and_then(|file| file.strip_suffix(".rels")).unwrap_or_default();
        let Some(tab) = book.tabs.get(&format!("{folder}{file}")) else { continue };
        for relationship in all.iter().filter(|relationship| relationship.kind.to_lowercase().ends_with("drawing")) {
            book.drawings.insert(package::resolve(folder, &relationship.target), tab.clone());
        }
    }
    book
}

/// Shared strings: as text, and each for the cells that name it.
pub(super) fn strings(gather: &mut Gather, strings: &mut Vec<String>, xml: &str) -> (String, Result<()>) {
    let (mut all, mut start, mut listening, mut phonetic) = (String::new(), 0_usize, false, false);
    let result = pull(xml, |event| match event {
        Event::Start(element) => match element.local_name().as_ref() {
            "t" => listening = !phonetic,
            // Readings of Japanese words, not shown.
            "rPh" => phonetic = true,
            _ => {}
        },
        Event::End(element) => match element.local_name().as_ref() {
            "t" => listening = false,
            "rPh" => phonetic = false,
            "si" => {
                if gather.macros {
                    let text = all.get(start..).unwrap_or_default().to_owned();
                    // Empty strings count too: cells go by number.
                    if gather.pay(CELL) {
                        strings.push(text);
                    }
                }
                all.push('\n');
                start = all.len();
            }
            _ => {}
        },
        Event::Empty(element) if element.local_name().as_ref() == "si" && gather.macros && gather.pay(CELL) => {
            strings.push(String::new());
        }
        event if listening => with_text(event, |text| all.push_str(gather.take(text))),
        _ => {}
    });
    (all, result)
}

/// The cells of a sheet; text that stands in the sheet itself comes back. Damage of a sheet is not told here: where
/// only its head was read, its end is missing.
pub(super) fn sheet(gather: &mut Gather, strings: &[String], key: &str, tab: &str, xml: &str) -> String {
    let mut sheet = Sheet { name: tab.to_owned(), ..Sheet::default() };
    let (mut text, mut value) = (String::new(), String::new());
    let (mut place, mut kind) = ((1_u32, 1_u32), Kind::Number);
    let (mut listening, mut in_formula, mut formula) = (false, false, String::new());
    let _ = pull_while(xml, |event| {
        match event {
            Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                "v" | "t" => listening = matches!(event, Event::Start(_)),
                "f" => {
                    formula.clear();
                    in_formula = matches!(event, Event::Start(_));
                }
                "c" => {
                    place.1 = place.1.saturating_add(1);
                    kind = Kind::Number;
                    for attribute in element.attributes().with_checks(false).flatten() {
                        match attribute.key.local_name().as_ref() {
                            "r" if gather.macros => place = cell_place(&attribute.value).unwrap_or(place),
                            "t" => kind = Kind::of(&attribute.value),
                            _ => {}
                        }
                    }
                    value.clear();
                }
                "row" => {
                    let row = attribute(element, "r").parse().unwrap_or_else(|_| place.0.saturating_add(1));
                    place = (row, 0);
                }
                "control" => {
                    let owner = if sheet.code_name.is_empty() { tab } else { &sheet.code_name };
                    gather.place(key, owner, element);
                }
                "sheetPr" => sheet.code_name = attribute(element, "codeName"),
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "v" | "t" => listening = false,
                "f" => {
                    in_formula = false;
                    gather.formula(&formula);
                }
                "c" => {
                    if kind == Kind::Inline {
                        text.push_str(gather.take(&value));
                        text.push('\n');
                    }
                    if gather.macros
                        && let Some(cell) = kind.cell(&value, strings)
                    {
                        let size = if let Cell::Text(text) = &cell { text.len() } else { 0 };
                        if gather.pay(size.saturating_add(CELL)) {
                            sheet.cells.insert(place, cell);
                        }
                    }
                }
                _ => {}
            },
            event if listening => with_text(event, |text| value.push_str(text)),
            event if in_formula && formula.len() < FORMULA => with_text(event, |text| formula.push_str(text)),
            _ => {}
        }
        gather.has_room()
    });
    if gather.macros {
        gather.around.sheets.push(sheet);
    }
    text
}

/// Longest formula looked at: Excel takes 8,192 characters.
const FORMULA: usize = 8192;

/// Longest name of a function, in bytes, and names looked up.
const NAME: usize = 255;
const MOST_NAMES: usize = 4096;

impl Gather {
    /// A formula that fetches a page from the web, starts a program or calls a macro.
    fn formula(&mut self, formula: &str) {
        for (at, _) in formula.match_indices('(').filter(|_| self.macros) {
            let front = formula.get(..at).unwrap_or_default();
            let name = front.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            if !(1..=NAME).contains(&name.len()) || self.functions.contains(name) || self.functions.len() >= MOST_NAMES
            {
                continue;
            }
            self.functions.insert(name.to_owned());
            if !is_function(&name.to_uppercase()) {
                self.around.call(name);
            }
        }
        const FETCHES: &str = "WEBSERVICE(";
        let named = |at: usize| formula.get(at..at.saturating_add(FETCHES.len()));
        let fetches = formula
            .match_indices(['W', 'w'])
            .any(|(at, _)| named(at).is_some_and(|name| name.eq_ignore_ascii_case(FETCHES)))
            || formula.contains('|') && dde_formula(formula).is_some_and(|(service, topic)| runs(&service, &topic));
        if fetches && self.fetching.len() < MOST_FETCHING {
            self.fetching.push(cut(formula, EXCERPT).to_owned());
        }
    }
}

/// Formulas that fetch something, kept.
const MOST_FETCHING: usize = 16;

/// The type of a cell (18.18.11).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    /// The number of a shared string.
    Shared,
    /// Text in the sheet itself.
    Inline,
    Bool,
    Error,
}

impl Kind {
    fn of(kind: &str) -> Self {
        match kind {
            "s" => Self::Shared,
            "inlineStr" | "str" | "d" => Self::Inline,
            "b" => Self::Bool,
            "e" => Self::Error,
            _ => Self::Number,
        }
    }

    fn cell(self, value: &str, strings: &[String]) -> Option<Cell> {
        Some(match self {
            Self::Shared => Cell::Text(strings.get(value.trim().parse::<usize>().ok()?)?.clone()),
            Self::Inline => Cell::Text(value.to_owned()),
            Self::Bool => Cell::Bool(value.trim() == "1"),
            Self::Error => return None,
            Self::Number => Cell::Number(value.trim().parse().ok()?),
        })
    }
}

/// `B7` → row 7, column 2.
fn cell_place(reference: &str) -> Option<(u32, u32)> {
    let split = reference.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = reference.split_at_checked(split)?;
    let column = letters.bytes().try_fold(0_u32, |column, letter| {
        let letter = letter.to_ascii_uppercase().checked_sub(b'A').filter(|letter| *letter < 26)?;
        column.checked_mul(26)?.checked_add(u32::from(letter))?.checked_add(1)
    })?;
    Some((digits.parse().ok()?, column)).filter(|(_, column)| *column > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_places_and_values() {
        let mut gather = Gather::with_macros();
        let mut shared = Vec::new();
        let (text, result) = strings(
            &mut gather,
            &mut shared,
            "<sst><si><t>a&amp;b</t></si><si><r><t>c</t></r><r><t>d</t></r><rPh><t>x</t></rPh></si><si/></sst>",
        );
        result.unwrap();
        assert_eq!((text.as_str(), shared.len()), ("a&b\ncd\n", 3));
        let xml = "<worksheet><sheetPr codeName='Tabelle1'/><sheetData><row r='2'><c r='B2' t='s'><v>1</v></c>\
            <c><v>1.5</v></c><c r='AA2' t='b'><v>1</v></c><c t='inlineStr'><is><t>in</t></is></c></row></sheetData>";
        assert_eq!(sheet(&mut gather, &shared, "xl/worksheets/sheet1.xml", "Data", xml), "in\n");
        let sheet = &gather.around.sheets[0];
        assert_eq!((sheet.name.as_str(), sheet.code_name.as_str()), ("Data", "Tabelle1"));
        let cells: Vec<_> = sheet.cells.iter().map(|(place, cell)| (*place, cell.clone())).collect();
        assert_eq!(
            cells,
            [
                ((2, 2), Cell::Text("cd".into())),
                ((2, 3), Cell::Number(1.5)),
                ((2, 27), Cell::Bool(true)),
                ((2, 28), Cell::Text("in".into())),
            ]
        );
        let formulas = "<worksheet><sheetData><row><c r='A1'><f>SUM(A2)+Own_F(B1)+_xlfn.CONCAT(\"a|b\")</f></c>\
            <c r='A2'><f>cmd|'/c calc'!A0</f></c></row></sheetData></worksheet>";
        super::sheet(&mut gather, &shared, "xl/worksheets/sheet2.xml", "B", formulas);
        assert_eq!(gather.around.called.iter().collect::<Vec<_>>(), ["own_f"]);
        assert_eq!(gather.fetching, ["cmd|'/c calc'!A0"]);
        assert_eq!(cell_place("XFD1048576"), Some((1_048_576, 16_384)));
        assert!(["", "1", "A", "ZZZZZZZZZ1", "é1"].iter().all(|bad| cell_place(bad).is_none()));
    }
}
