//! Symbolic Link (SYLK): a workbook of one sheet as lines of text (the SYLK summary of 1986, and what Excel writes).
//!
//! Excel opens it without Protected View's help, and one letter (`O;E`) makes the sheet a macro sheet: a few lines of
//! text are a macro that starts by itself. Excel goes by the first letters `ID;P`, whatever the file is called.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Format, Probe, Reading};
use crate::artifact::Class;
use crate::budget::Budget;
use crate::codecs::encoding::cp1252;
use crate::detections::types::QUERY;
use crate::error::{Error, LimitKind, Result};
use crate::formats::xls::{Visibility, is_auto};
use crate::languages::xlm::book::{CELL, MOST_CELLS, TEXT};
use crate::languages::xlm::formula::error_code;
use crate::languages::xlm::text::{Notation, moved, parse};
use crate::languages::xlm::{Book, CellContent, DefinedName, SheetCells, Value};
use crate::scan::Scan;
use crate::source::Source;

pub(super) const FORMATS: &[Format] =
    &[Format::new("slk", Class::Document, &["slk", "sylk"]).risk(&QUERY).probe(is_slk).reading(Reading::With(inspect))];

fn is_slk(probe: &Probe<'_>) -> bool {
    let front = probe.head.first_chunk::<4>();
    let starts = front.is_some_and(|front| front.eq_ignore_ascii_case(b"ID;P")) || probe.text_starts(&["id;p"]);
    probe.is_text_named(&["slk", "sylk"]) || starts && has_records(probe.source)
}

/// Whether a record that matters follows: the first line of a table may be `ID;Preis;Name`.
fn has_records(source: &Source) -> bool {
    let size = usize::try_from(super::xml::LONGEST).unwrap_or(usize::MAX);
    let Ok(bytes) = source.peek(0, size) else { return true };
    let starts = |line: &[u8]| {
        let kind = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        kind.len() < line.len() && [&b"C"[..], b"O", b"NN"].iter().any(|record| kind.eq_ignore_ascii_case(record))
    };
    bytes.split(|byte| matches!(byte, b'\r' | b'\n')).any(starts)
}

fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let (text, error) = super::xml::read_text(&scan.budget, source);
    scan.budget.steps(text.len() as u64)?;
    let budget = Rc::clone(&scan.budget);
    let _held = budget.scope();
    budget.hold(text.len() as u64)?;
    let mut sheet = Sheet::default();
    let read = sheet.read(&text, scan);
    drop(text);
    let stem = scan.name().rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem).to_owned();
    let shown = super::macro_sheets::show(scan, &sheet.into_book(stem));
    error.map_or(Ok(()), Err).and(read).and(shown)
}

/// The one sheet of a file.
#[derive(Default)]
struct Sheet {
    /// `O;E`: the sheet holds macros.
    is_macro: bool,
    cells: BTreeMap<(u32, u32), CellContent>,
    names: Vec<DefinedName>,
    /// The cell that the last record was about.
    row: u32,
    column: u32,
    unread: bool,
}

/// Largest row and column of Excel.
const ROWS: u32 = 1 << 20;
const COLUMNS: u32 = 1 << 14;
/// Names kept; Excel itself writes one line for each.
const MOST_NAMES: usize = 1 << 14;

impl Sheet {
    fn read(&mut self, text: &str, scan: &Scan) -> Result<()> {
        (self.row, self.column) = (1, 1);
        for line in text.split(['\r', '\n']).filter(|line| !line.is_empty()) {
            let fields = fields(line);
            let Some((kind, fields)) = fields.split_first() else { continue };
            let kind = kind.trim().to_ascii_uppercase();
            let has = |letter: char| fields.iter().any(|field| field.starts_with(letter));
            if matches!(kind.as_str(), "C" | "F") {
                self.place(fields);
            }
            match kind.as_str() {
                "C" => {
                    scan.budget.steps(line.len() as u64)?;
                    let kept = self.cell(fields, &scan.budget);
                    self.unread |= kept.is_err();
                    kept?;
                }
                "O" => self.is_macro |= has('E') || has('e'),
                "NN" => self.name(fields),
                _ => {}
            }
        }
        Ok(())
    }

    /// `X` and `Y` stay what they were until they are given again.
    fn place(&mut self, fields: &[String]) {
        for field in fields {
            let number = field.get(1..).and_then(|number| number.trim().parse::<u32>().ok());
            match (field.chars().next(), number) {
                (Some('X' | 'x'), Some(x)) if (1..=COLUMNS).contains(&x) => self.column = x,
                (Some('Y' | 'y'), Some(y)) if (1..=ROWS).contains(&y) => self.row = y,
                _ => {}
            }
        }
    }

    fn cell(&mut self, fields: &[String], budget: &Budget) -> Result<()> {
        let at = (self.row, self.column);
        let mut cell = CellContent::default();
        let (mut shared, mut from) = (false, at);
        for field in fields {
            let (letter, rest) = split(field);
            let number = || rest.trim().parse::<u32>().ok();
            match letter.to_ascii_uppercase() {
                'K' => cell.value = value(rest),
                'E' | 'M' => {
                    let formula = parse(rest.trim_start_matches('='), Notation::R1C1, at);
                    self.unread |= formula.is_err();
                    cell.formula = formula.ok().map(Box::new);
                    budget.hold(cell.formula.as_ref().map_or(0, |formula| formula.weight() as u64))?;
                }
                'S' => shared = true,
                'R' => from.0 = number().unwrap_or(from.0),
                'C' => from.1 = number().unwrap_or(from.1),
                _ => {}
            }
        }
        if shared && let Some(formula) = self.cells.get(&from).and_then(|origin| origin.formula.as_ref()) {
            let by = |to: u32, from: u32| i64::from(to).saturating_sub(i64::from(from));
            budget.hold(formula.weight() as u64)?;
            cell.formula = Some(Box::new(moved(formula, by(at.0, from.0), by(at.1, from.1))));
        }
        if self.cells.len() >= MOST_CELLS {
            self.unread = true;
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
        if cell != CellContent::default() {
            let letters = if let Some(Value::Text(text)) = &cell.value { text.len().saturating_add(TEXT) } else { 0 };
            budget.hold(CELL.saturating_add(letters) as u64)?;
            self.cells.insert(at, cell);
        }
        Ok(())
    }

    fn name(&mut self, fields: &[String]) {
        let (mut name, mut refers_to) = (String::new(), None);
        for field in fields {
            let (letter, rest) = split(field);
            match letter.to_ascii_uppercase() {
                'N' => name = rest.to_owned(),
                'E' => refers_to = parse(rest.trim_start_matches('='), Notation::R1C1, (1, 1)).ok(),
                _ => {}
            }
        }
        if self.names.len() < MOST_NAMES {
            self.names.push(DefinedName { name, sheet: None, refers_to });
        }
    }

    fn into_book(self, name: String) -> Book {
        // A name that starts by itself needs a macro sheet, whether or not the file says so.
        let is_macro = self.is_macro || self.names.iter().any(|name| is_auto(&name.name));
        let path = String::from("SYLK");
        let unread = if self.unread { vec!["formula-text"] } else { Vec::new() };
        let (cells, hidden) = (self.cells, Visibility::Visible);
        let sheet = SheetCells { name, path: path.clone(), is_macro, hidden, cells };
        Book { sheets: vec![sheet], names: self.names, path, unread }
    }
}

fn split(field: &str) -> (char, &str) {
    let mut chars = field.chars();
    (chars.next().unwrap_or(' '), chars.as_str())
}

/// Fields end at a semicolon; two stand for one.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(field) = fields.last_mut() else { break };
        match c {
            ';' if chars.next_if_eq(&';').is_some() => field.push(';'),
            ';' => fields.push(String::new()),
            // A byte in two characters: 0x20 and its high half, 0x30 and its low half.
            '\u{1B}' => field.extend(escaped(&mut chars)),
            c => field.push(c),
        }
    }
    fields
}

fn escaped(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    let high = chars.next_if(|c| ('\u{20}'..='\u{2F}').contains(c))?;
    let low = chars.next_if(|c| ('\u{30}'..='\u{3F}').contains(c))?;
    let nibble = |c: char| u8::try_from(u32::from(c)).ok().map(|byte| byte & 0x0F);
    let byte = nibble(high)?.checked_shl(4)? | nibble(low)?;
    Some(cp1252(byte))
}

fn value(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Some(quoted) = text.strip_prefix('"') {
        return Some(Value::Text(quoted.strip_suffix('"').unwrap_or(quoted).replace("\"\"", "\"")));
    }
    match text {
        "" => None,
        "TRUE" => Some(Value::Bool(true)),
        "FALSE" => Some(Value::Bool(false)),
        text => match error_code(text) {
            Some(code) => Some(Value::Error(code)),
            None => Some(text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Number)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_that_start_alike_are_not_symbolic_links() {
        let is = |text: &str, name| is_slk(&Probe::new(&Source::memory(text.as_bytes().to_vec()), name).unwrap());
        assert!(is("ID;P\nC;X1;Y1;K1\n", "a.csv") && is("id;PWXL\r\rO;E\r", "a.xls") && is("ID;P\n", "a.slk"));
        assert!(is(&format!("ID;P\n{}NN;NAuto_open;ER1C1\n", "x\n".repeat(100_000)), "a.csv"));
        assert!(!is("ID;Preis;Name\n1;20;Stuhl\n2;30;Tisch\n", "a.csv"));
    }

    #[test]
    fn fields_of_records() {
        assert_eq!(fields("C;X1;K\"a;;b\""), ["C", "X1", "K\"a;b\""]);
        assert_eq!(fields("C;K\"a\u{1B} :b\""), ["C", "K\"a\nb\""]);
        assert_eq!(value("\"a\"\"b\""), Some(Value::Text("a\"b".into())));
        assert_eq!(value("#N/A"), Some(Value::Error(0x2A)));
    }

    #[test]
    fn cells_and_names_of_a_macro_sheet() {
        let mut sheet = Sheet::default();
        (sheet.row, sheet.column) = (1, 1);
        let lines = ["C;Y3;X2;K1;EEXEC(\"a\"&R[-1]C)", "C;X4;K\"t\"", "C;Y9;X2;S;R3;C2"];
        for line in lines {
            let fields = fields(line);
            sheet.place(&fields[1..]);
            sheet.cell(&fields[1..], &Budget::new(crate::budget::Limits::default(), |_| ())).unwrap();
        }
        sheet.name(&fields("NN;NAuto_open;ER3C2;F")[1..]);
        let book = sheet.into_book("a".into());
        let formula = |at| book.sheets[0].cells[&at].formula.as_ref().unwrap().to_string();
        assert_eq!(formula((3, 2)), "EXEC(\"a\"&B2)");
        assert_eq!(formula((9, 2)), "EXEC(\"a\"&B8)");
        assert_eq!(book.sheets[0].cells[&(3, 4)].value, Some(Value::Text("t".into())));
        assert!(book.sheets[0].is_macro);
        assert_eq!(book.names[0].refers_to.as_ref().unwrap().to_string(), "$B$3");
    }
}
