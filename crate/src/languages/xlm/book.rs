//! A workbook as macros see it, whatever its format: the readers of BIFF, binary and XML packages and SYLK fill it in.

use std::collections::BTreeMap;

use super::formula::Expr;
use crate::formats::xls::Visibility;

/// Cells kept of one workbook. The largest honest macro workbook seen has 900,000.
pub(crate) const MOST_CELLS: usize = 1 << 20;

/// What a cell takes in memory, and a text beside its letters.
pub(crate) const CELL: usize = 72;
pub(crate) const TEXT: usize = 16;

/// A workbook.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// In the order of the tabs.
    pub(crate) sheets: Vec<SheetCells>,
    pub(crate) names: Vec<DefinedName>,
    /// Part or stream that names the sheets.
    pub(crate) path: String,
    /// What of it could not be read (`formula-tokens` …): macros may do more than is seen.
    pub(crate) unread: Vec<&'static str>,
}

/// A sheet and what stands in its cells.
#[derive(Debug)]
pub(crate) struct SheetCells {
    /// On its tab.
    pub(crate) name: String,
    /// Part or stream it stands in.
    pub(crate) path: String,
    /// Whether it is an Excel 4.0 macro sheet.
    pub(crate) is_macro: bool,
    pub(crate) hidden: Visibility,
    /// By row and column, from 1.
    pub(crate) cells: BTreeMap<(u32, u32), CellContent>,
}

/// What stands in a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CellContent {
    pub(crate) formula: Option<Box<Expr>>,
    /// The constant, or what the formula was when the workbook was saved.
    pub(crate) value: Option<Value>,
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Number(f64),
    Text(String),
    Bool(bool),
    /// `BErr` ([MS-XLS] 2.5.10).
    Error(u8),
}

/// A defined name.
#[derive(Clone, Debug)]
pub(crate) struct DefinedName {
    /// As written; a built-in one by its English name (`Auto_Open` for 01h), with or without `_xlnm.`.
    pub(crate) name: String,
    /// Index of the sheet it belongs to; `None` for the workbook.
    pub(crate) sheet: Option<usize>,
    pub(crate) refers_to: Option<Expr>,
}
