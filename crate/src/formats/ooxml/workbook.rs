//! Excel 4.0 macro sheets of `.xlsm` workbooks ([ECMA-376] part 1, 18.2).
//!
//! The 2022 wave of Emotet hid its commands in such sheets and let a defined name start them. Which sheets there are,
//! whether they are hidden, and whether a name starts one: the formulas are not read here.

use std::collections::HashMap;

use super::package::{attribute, elements};
use crate::error::Result;
use crate::formats::xls::{MacroSheet, Visibility, is_auto};

/// Sheets and names of the workbook part.
#[derive(Default)]
pub(super) struct Workbook {
    /// Name and state of each sheet, by the id of its relationship.
    sheets: HashMap<String, (String, Visibility)>,
    /// The defined name that starts by itself.
    auto: Option<String>,
}

impl Workbook {
    pub(super) fn parse_xml(xml: &[u8]) -> (Self, Result<()>) {
        let mut book = Self::default();
        let result = elements(xml, "workbook", |name, element| match name {
            "sheet" => {
                let state = match attribute(element, "state").as_str() {
                    "hidden" => Visibility::Hidden,
                    "veryHidden" => Visibility::VeryHidden,
                    _ => Visibility::Visible,
                };
                book.sheets.insert(attribute(element, "id"), (attribute(element, "name"), state));
            }
            "definedName" => book.name(attribute(element, "name")),
            _ => {}
        });
        (book, result)
    }

    fn name(&mut self, name: String) {
        if is_auto(&name) {
            self.auto.get_or_insert(name);
        }
    }

    /// The macro sheet that a relationship of the workbook leads to.
    pub(super) fn macro_sheet(&self, relationship: Option<&str>, part: &str) -> MacroSheet {
        let known = relationship.and_then(|id| self.sheets.get(id)).cloned();
        let (name, state) = known.unwrap_or_else(|| (part.to_owned(), Visibility::Visible));
        MacroSheet { path: part.to_owned(), name, hidden: state, auto: self.auto.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_and_names_of_an_xml_workbook() {
        let xml = br#"<workbook><sheets><sheet name="Macro1" sheetId="1" state="veryHidden" r:id="rId1"/></sheets>
            <definedNames><definedName name="_xlnm.Auto_Open">Macro1!$A$1</definedName></definedNames></workbook>"#;
        let sheet = Workbook::parse_xml(xml).0.macro_sheet(Some("rId1"), "xl/macrosheets/sheet1.xml");
        assert_eq!((sheet.name.as_str(), sheet.hidden), ("Macro1", Visibility::VeryHidden));
        assert_eq!(sheet.auto.as_deref(), Some("_xlnm.Auto_Open"));
    }
}
