//! Excel 4.0 macros (XLM): formulas of macro sheets that are carried out cell by cell.
//!
//! The macro language of 1992 still runs, in formulas that no reader of VBA sees: ZLoader, Qbot and Emotet lived in it
//! from 2020 to 2022. The readers of workbooks fill a [`Book`]; [`analyse`] finds the names that start by themselves and
//! follows what they start. ([MS-XLS] 2.2.2 and 2.5.198 give the formulas, the *Microsoft Excel Macro Functions
//! Reference* says what the functions do.)

mod api;
pub(crate) mod book;
mod clock;
mod explore;
pub(crate) mod formula;
pub(crate) mod functions;
mod index;
mod lists;
mod machine;
mod macros;
mod numerals;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod text;
mod values;
mod worksheet;
mod worth;

pub(crate) use book::{Book, CellContent, DefinedName, SheetCells, Value};
use explore::Explorer;
use formula::{Expr, column_letters};
use index::Index;
use values::Position;
pub(crate) use worth::{Worth, worth};

use super::{Action, Behaviour, Language, Place, Trigger};
use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::formats::xls::{MacroSheet, is_auto};
use crate::listings::{self, Listings, Marks};

/// Macros without a trigger that are looked at.
const MOST_MACROS: u32 = 4096;

/// Follows the macros of a workbook. A limit ends it; what was seen before stays, and the limit comes back beside it.
pub(crate) fn analyse(book: &Book, budget: &Budget) -> (Behaviour, Result<()>) {
    let mut behaviour = Behaviour { language: Language::Xlm, unknown: !book.unread.is_empty(), ..Behaviour::default() };
    for sheet in book.sheets.iter().filter(|sheet| sheet.is_macro) {
        behaviour.sheets.push(MacroSheet {
            path: sheet.path.clone(),
            name: sheet.name.clone(),
            hidden: sheet.hidden,
            auto: None,
        });
    }
    if behaviour.sheets.is_empty() {
        return (behaviour, Ok(()));
    }
    let index = Index::new(book);
    let mut explorer = Explorer::new(book, &index, budget);
    let mut result = follow(book, &mut explorer, &mut behaviour);
    behaviour.unknown |= explorer.lost || explorer.capped || result.is_err();
    if result.is_ok() {
        result = glance(book, &mut explorer);
    }
    if explorer.capped && result.is_ok() {
        result = Err(Error::Limit(LimitKind::Steps));
    }
    behaviour.modules = modules(book);
    behaviour.actions = explorer
        .acts
        .iter()
        .map(|(act, trigger)| Action {
            kind: act.kind,
            detail: act.detail.clone(),
            place: place(book, act.at, act.excerpt.clone()),
            reached_by: *trigger,
            decoded_from: None,
        })
        .collect();
    (behaviour, result)
}

/// Follows every name that starts by itself.
fn follow(book: &Book, explorer: &mut Explorer<'_>, behaviour: &mut Behaviour) -> Result<()> {
    // A name whose cell was deleted (`#REF!`) starts nothing.
    let is_dead = |name: &DefinedName| matches!(name.refers_to, Some(Expr::Error(_)));
    for name in book.names.iter().filter(|name| is_auto(&name.name) && !is_dead(name)) {
        let trigger = behaviour.triggers.len();
        let refers_to = name.refers_to.as_ref().map(ToString::to_string).unwrap_or_default();
        behaviour.triggers.push(Trigger {
            name: name.name.replace('\0', "").trim_start_matches("_xlnm.").to_owned(),
            automatic: true,
            place: Place { path: book.path.clone(), line: 1, excerpt: format!("{}: {refers_to}", name.name) },
        });
        let target = match &name.refers_to {
            Some(expr) => explorer.target(expr, name.sheet)?,
            None => None,
        };
        match target {
            Some(target) => explorer.follow(target, trigger)?,
            None => explorer.lost = true,
        }
    }
    Ok(())
}

/// Looks at the macros that nothing starts.
fn glance(book: &Book, explorer: &mut Explorer<'_>) -> Result<()> {
    let mut seen = 0_u32;
    for (sheet, cells) in book.sheets.iter().enumerate().filter(|(_, sheet)| sheet.is_macro) {
        for ((row, column), cell) in &cells.cells {
            let at = Position { sheet, row: *row, column: *column };
            if cell.formula.is_none() || explorer.executed.contains(&at) {
                continue;
            }
            seen = seen.saturating_add(1);
            if seen > MOST_MACROS {
                explorer.capped = true;
                return Ok(());
            }
            explorer.glance(at)?;
        }
    }
    Ok(())
}

/// The first formula of every macro sheet.
fn modules(book: &Book) -> Vec<Place> {
    let mut places = Vec::new();
    for (sheet, cells) in book.sheets.iter().enumerate().filter(|(_, sheet)| sheet.is_macro) {
        let first = cells.cells.iter().find_map(|(at, cell)| cell.formula.as_ref().map(|formula| (at, formula)));
        if let Some(((row, column), formula)) = first {
            places.push(place(book, Position { sheet, row: *row, column: *column }, format!("={formula}")));
        }
    }
    places
}

/// Sheets with more cells are kept in the report only where something happens.
const LISTED: usize = 2000;

/// Keeps formulas and texts of the macro sheets for the report, a line for a cell.
pub(crate) fn list(book: &Book, to: &mut Listings, artifact: u32, marks: &Marks<'_>) {
    for (sheet, cells) in book.sheets.iter().enumerate().filter(|(_, sheet)| sheet.is_macro) {
        let is_whole = cells.cells.len() <= LISTED;
        let (mut lines, mut marked, mut n) = (String::new(), Vec::new(), 0_u32);
        for ((row, column), cell) in &cells.cells {
            if lines.len() >= listings::ALL {
                break;
            }
            let at = place(book, Position { sheet, row: *row, column: *column }, String::new());
            let is_marked = marks.has(&at.path, *row);
            let text = match (&cell.formula, &cell.value) {
                (Some(formula), _) if is_whole || is_marked => format!("={formula}"),
                (None, Some(Value::Text(text))) if is_whole => text.replace(['\r', '\n'], " "),
                _ => continue,
            };
            n = n.saturating_add(1);
            marked.extend(is_marked.then_some(n));
            lines.push_str(&format!("{}{row}: {text}\n", column_letters(*column)));
        }
        to.take(artifact, &format!("{}#{}", cells.path, cells.name), marked, [(1, lines.as_str())], !is_whole);
    }
}

fn place(book: &Book, at: Position, excerpt: String) -> Place {
    let (path, name) = book.sheets.get(at.sheet).map_or(("", ""), |sheet| (sheet.path.as_str(), sheet.name.as_str()));
    Place { path: format!("{path}#{name}!{}{}", column_letters(at.column), at.row), line: at.row, excerpt }
}

/// Whether an expression is a conversation with another program (DDE): `server|topic!item`.
pub(crate) fn conversation(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::External(text) if text.contains('|') => Some(text),
        Expr::Call { arguments: list, .. } | Expr::Join(list) => list.iter().find_map(conversation),
        Expr::Invoke { target, arguments } => conversation(target).or_else(|| arguments.iter().find_map(conversation)),
        Expr::Unary { operand, .. } => conversation(operand),
        Expr::Binary { left, right, .. } => conversation(left).or_else(|| conversation(right)),
        _ => None,
    }
}
