//! What every reader of workbooks does with the macros in their sheets, once it has filled a [`Book`].

use std::collections::BTreeMap;

use crate::detections::dde_formula;
use crate::error::{Error, Result};
use crate::languages::conversations;
use crate::languages::xlm::formula::{DEPTH, Expr, column_letters};
use crate::languages::xlm::{self, Book, CellContent};
use crate::scan::Scan;
use crate::view::{Connection, Dde, Relationship, View};

/// Shows the macros of a workbook and the formulas that talk to other programs.
pub(crate) fn show(scan: &mut Scan, book: &Book) -> Result<()> {
    for sheet in &book.sheets {
        for ((row, column), cell) in &sheet.cells {
            if let Some(conversation) = cell.formula.as_deref().and_then(xlm::conversation) {
                let path = format!("{}#{}!{}{row}", sheet.path, sheet.name, column_letters(*column));
                show_conversation(scan, conversation, &path);
            }
        }
    }
    show_macros(scan, book)
}

/// A cell that asks another program: a command line, or a table of prices from a program that is installed.
fn show_conversation(scan: &mut Scan, conversation: &str, path: &str) {
    let (service, topic) = conversation.split_once('|').unwrap_or((conversation, ""));
    if conversations::runs(service, topic) {
        scan.report(dde_formula::found(conversation, path));
    } else {
        scan.show(&View::Dde(Dde { path, service, topic }));
    }
}

/// Formulas that fetch something, shown of one sheet.
const MOST_FETCHING: usize = 16;

/// The function of worksheets that fetches a page from the web; formulas name it by a name of the workbook.
pub(crate) fn fetches(name: &str) -> bool {
    let name = name.get(..6).filter(|prefix| prefix.eq_ignore_ascii_case("_xlfn.")).and(name.get(6..)).unwrap_or(name);
    name.eq_ignore_ascii_case("WEBSERVICE")
}

/// Shows the formulas of a sheet that fetch a page from the web.
pub(crate) fn show_fetching(scan: &mut Scan, path: &str, cells: &BTreeMap<(u32, u32), CellContent>) {
    let formulas = cells.values().filter_map(|cell| cell.formula.as_deref()).filter(|formula| calls(formula, 0));
    for formula in formulas.take(MOST_FETCHING) {
        show_fetch(scan, path, &formula.to_string());
    }
}

/// Whether a formula calls the function that fetches.
fn calls(formula: &Expr, depth: u16) -> bool {
    if depth > DEPTH {
        return true;
    }
    let inside = |expr: &Expr| calls(expr, depth.saturating_add(1));
    match formula {
        Expr::Call { function, arguments } => fetches(function) || arguments.iter().any(inside),
        Expr::Invoke { target, arguments } => inside(target) || arguments.iter().any(inside),
        Expr::Name(name) | Expr::External(name) => fetches(name),
        Expr::Unary { operand, .. } => inside(operand),
        Expr::Binary { left, right, .. } => inside(left) || inside(right),
        Expr::Join(parts) => parts.iter().any(inside),
        _ => false,
    }
}

/// Shows a formula that fetches a page from the web: its address, if it is written out.
pub(crate) fn show_fetch(scan: &mut Scan, path: &str, formula: &str) {
    let address = formula.split('"').skip(1).step_by(2).find(|text| text.contains("://"));
    scan.show(&match address {
        Some(target) => View::Relationship(Relationship { part: path, kind: "connection", target }),
        None => View::Connection(Connection { path, target: formula, automatic: false }),
    });
}

/// Shows the macros of a workbook whose links are known from elsewhere.
pub(crate) fn show_macros(scan: &mut Scan, book: &Book) -> Result<()> {
    let (behaviour, followed) = xlm::analyse(book, &scan.budget);
    let shown = scan.show_macros(behaviour, |to, artifact, marks| xlm::list(book, to, artifact, marks));
    if !book.unread.is_empty() && book.sheets.iter().any(|sheet| sheet.is_macro) {
        scan.note(&Error::Unsupported("xlm-formulas"), Some(&book.path));
    }
    followed.and(shown)
}
