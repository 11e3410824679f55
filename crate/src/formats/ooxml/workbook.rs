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

const BRT_NAME: u32 = 39;
const BRT_BUNDLE_SH: u32 = 156;

/// Type and length are little-endian numbers of 7 bits a byte: at most two and four bytes ([MS-XLSB] 2.1.4).
pub(super) fn record(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let (kind, rest) = number(bytes, 2)?;
    let (len, rest) = number(rest, 4)?;
    let (value, rest) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    Some((kind, value, rest))
}

fn number(bytes: &[u8], most: usize) -> Option<(u32, &[u8])> {
    let mut value = 0_u32;
    for (i, byte) in bytes.iter().enumerate().take(most) {
        let shift = u32::try_from(i).ok()?.checked_mul(7)?;
        value |= u32::from(byte & 0x7F).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(i.checked_add(1)?..)?));
        }
    }
    None
}

/// `XLWideString` (2.5.168).
pub(super) fn wide_string(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    let len = u32::from_le_bytes(*len);
    let len = if len == u32::MAX { 0 } else { usize::try_from(len).ok()?.checked_mul(2)? };
    let (text, rest) = rest.split_at_checked(len)?;
    let units = text.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    Some((char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect(), rest))
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
