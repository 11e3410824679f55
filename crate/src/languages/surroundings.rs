//! What macros can read out of the document around them.
//!
//! Attackers keep the text of a command where no reader of source sees it: in the caption of a button, a document
//! variable, a cell, the alternative text of a picture. Formats fill this in; evaluators ask it.

use std::collections::{BTreeMap, BTreeSet};

/// Texts kept of one document, in bytes. Honest macro workbooks hold less than 2 MB of text.
pub(crate) const MOST: usize = 8 << 20;

/// One control of a form or document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Control {
    /// Form, sheet or document it stands on, as code names it.
    pub(crate) owner: String,
    pub(crate) name: String,
    /// The frame or page it stands in, if that is not the form itself.
    pub(crate) parent: String,
    /// Its ProgID or kind, if known: `Forms.TextBox.1`.
    pub(crate) class: String,
    /// Property, lower case (`caption`, `text`, `value`, `tag`, `controltiptext` …), and its value.
    pub(crate) properties: BTreeMap<&'static str, String>,
}

/// A picture, text box or other drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Sheet or slide it stands on; empty in a text document.
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) title: String,
    /// `AlternativeText`.
    pub(crate) alternative: String,
    pub(crate) text: String,
}

/// The value of a cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Number(f64),
    Text(String),
    Bool(bool),
}

/// A sheet of a workbook.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    /// On its tab.
    pub(crate) name: String,
    /// In code: `Sheet1`, `ThisWorkbook`.
    pub(crate) code_name: String,
    /// Row and column, from 1.
    pub(crate) cells: BTreeMap<(u32, u32), Cell>,
    /// There are more: a cell that is not here is not known.
    pub(crate) cut: bool,
}

impl Sheet {
    /// What its cells take in memory.
    fn held(&self) -> usize {
        let letters = self.cells.values().map(|cell| if let Cell::Text(text) = cell { text.len() } else { 0 });
        letters.fold(self.cells.len().saturating_mul(CELL), usize::saturating_add)
    }
}

/// Functions of formulas that are kept.
const CALLED: usize = 4096;

/// What the value of a cell takes in memory beside letters.
const CELL: usize = 40;

/// Everything a document offers its macros. Names are as written; they are compared without case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    pub(crate) controls: Vec<Control>,
    /// Document variables.
    pub(crate) variables: Vec<(String, String)>,
    /// Built-in and custom document properties, by the name code uses: `Comments`, `Author`, `Company` …
    pub(crate) properties: Vec<(String, String)>,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) sheets: Vec<Sheet>,
    /// Defined names and what they refer to, as text: `Sheet1!$A$1`.
    pub(crate) names: Vec<(String, String)>,
    pub(crate) bookmarks: Vec<(String, String)>,
    /// Paragraphs of the main text.
    pub(crate) paragraphs: Vec<String>,
    /// Custom XML parts.
    pub(crate) custom_xml: Vec<String>,
    /// Procedures that the document itself starts: a ribbon when it is loaded, a slide when the pointer passes.
    pub(crate) starts: Vec<String>,
    /// Functions that formulas of its cells call and Excel does not know, lower case: those of macros.
    pub(crate) called: BTreeSet<String>,
}

impl Surroundings {
    /// Bytes that its cells take; all other texts are bounded by [`MOST`].
    pub(crate) fn held(&self) -> usize {
        self.sheets.iter().map(Sheet::held).fold(0, usize::saturating_add)
    }

    /// Adds what another reader of the same document found.
    pub(crate) fn extend(&mut self, other: Self) {
        self.controls.extend(other.controls);
        self.variables.extend(other.variables);
        self.properties.extend(other.properties);
        self.shapes.extend(other.shapes);
        self.sheets.extend(other.sheets);
        self.names.extend(other.names);
        self.bookmarks.extend(other.bookmarks);
        self.paragraphs.extend(other.paragraphs);
        self.custom_xml.extend(other.custom_xml);
        self.starts.extend(other.starts);
        self.called.extend(other.called);
    }

    /// Keeps the name of a function that a formula calls.
    pub(crate) fn call(&mut self, function: &str) {
        if self.called.len() < CALLED {
            self.called.insert(function.to_lowercase());
        }
    }
}
