//! What every reader of workbooks does with the macros in their sheets, once it has filled a [`Book`].

use crate::detections::dde_formula;
use crate::error::{Error, Result};
use crate::languages::conversations;
use crate::languages::xlm::formula::column_letters;
use crate::languages::xlm::{self, Book};
use crate::scan::Scan;
use crate::view::{Dde, View};

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

/// Shows the macros of a workbook whose links are known from elsewhere.
pub(crate) fn show_macros(scan: &mut Scan, book: &Book) -> Result<()> {
    let (behaviour, followed) = xlm::analyse(book, &scan.budget);
    let shown = scan.show_macros(behaviour, |to, artifact, marks| xlm::list(book, to, artifact, marks));
    if !book.unread.is_empty() && book.sheets.iter().any(|sheet| sheet.is_macro) {
        scan.note(&Error::Unsupported("xlm-formulas"), Some(&book.path));
    }
    followed.and(shown)
}
