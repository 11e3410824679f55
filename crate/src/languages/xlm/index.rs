//! Where things of a workbook are found: sheets and names by their names, formulas by column.

use super::book::Book;
use super::values::Position;
use crate::formats::xls::Visibility;
use crate::hashed::HashMap;

/// A workbook by name and column.
pub(super) struct Index {
    sheets: HashMap<String, usize>,
    names: HashMap<(Option<usize>, String), usize>,
    /// Rows of the formulas of macro sheets, by sheet and column.
    columns: HashMap<(usize, u32), Vec<u32>>,
    /// The sheet that is shown first.
    pub(super) active: usize,
}

impl Index {
    pub(super) fn new(book: &Book) -> Self {
        let mut columns: HashMap<(usize, u32), Vec<u32>> = HashMap::default();
        for (id, sheet) in book.sheets.iter().enumerate().filter(|(_, sheet)| sheet.is_macro) {
            // In the order of rows already.
            for ((row, column), _) in sheet.cells.iter().filter(|(_, cell)| cell.formula.is_some()) {
                columns.entry((id, *column)).or_default().push(*row);
            }
        }
        let mut sheets = HashMap::default();
        for (id, sheet) in book.sheets.iter().enumerate() {
            sheets.entry(sheet.name.to_lowercase()).or_insert(id);
        }
        let mut names = HashMap::default();
        for (id, name) in book.names.iter().enumerate() {
            names.entry((name.sheet, plain(&name.name))).or_insert(id);
        }
        let active = book.sheets.iter().position(|sheet| sheet.hidden == Visibility::Visible).unwrap_or(0);
        Self { sheets, names, columns, active }
    }

    pub(super) fn sheet(&self, name: &str) -> Option<usize> {
        self.sheets.get(&name.to_lowercase()).copied()
    }

    /// A defined name, given in lower case and with or without its sheet, seen from a sheet.
    pub(super) fn name(&self, name: &str, from: usize) -> Option<usize> {
        let (sheet, local) = match name.rsplit_once('!') {
            Some((sheet, local)) => (self.sheet(sheet.trim_matches('\'')), local),
            None => (None, name),
        };
        let local = plain(local);
        let at = |sheet: Option<usize>| self.names.get(&(sheet, local.clone())).copied();
        sheet.and_then(|sheet| at(Some(sheet))).or_else(|| at(Some(from))).or_else(|| at(None)).or_else(|| {
            // Of another sheet: wrong in Excel, but nothing is lost by following it.
            (0..self.sheets.len().min(64)).find_map(|sheet| at(Some(sheet)))
        })
    }

    /// Row of the next saved formula at or below a cell.
    pub(super) fn next(&self, at: Position) -> Option<u32> {
        let rows = self.columns.get(&(at.sheet, at.column))?;
        rows.get(rows.partition_point(|row| *row < at.row)).copied()
    }
}

/// A name as it is compared.
fn plain(name: &str) -> String {
    let name = name.replace('\0', "").to_lowercase();
    name.strip_prefix("_xlnm.").unwrap_or(&name).to_owned()
}
