//! Excel 4.0 macros (XLM): formulas of macro sheets that are carried out cell by cell.
//!
//! The macro language of 1992 still runs, in formulas that no reader of VBA sees. ([MS-XLS] 2.2.3 names its functions,
//! the *Microsoft Excel Macro Functions Reference* says what they do.)

pub(crate) mod book;
pub(crate) mod formula;
pub(crate) mod functions;

pub(crate) use book::{Book, CellContent, DefinedName, SheetCells, Value};
