//! Excel 4.0 macro sheets of `.xlsm` and `.xlsb` workbooks ([MS-XLSB] 2.4; [ECMA-376] part 1, 18.2).
//!
//! The 2022 wave of Emotet hid its commands in such sheets and let a defined name start them. Which sheets there are,
//! whether they are hidden, and whether a name starts one: the formulas are not read here.

use std::collections::HashMap;

use super::package::{attribute, elements};
use crate::budget::Budget;
use crate::error::{Error, Result};
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

    /// `workbook.bin`: records of a type, a length and a value ([MS-XLSB] 2.1.4).
    pub(super) fn parse_binary(bytes: &[u8], budget: &Budget) -> (Self, Result<()>) {
        let mut book = Self::default();
        let mut rest = bytes;
        while let Some((kind, value, next)) = record(rest) {
            if let Err(limit) = budget.steps(1) {
                return (book, Err(limit));
            }
            match kind {
                BRT_BUNDLE_SH => book.bundle_sheet(value),
                // Flags, shortcut key and sheet stand before the name (2.4.712).
                BRT_NAME => {
                    book.name(wide_string(value.get(9..).unwrap_or_default()).map(|(name, _)| name).unwrap_or_default())
                }
                _ => {}
            }
            rest = next;
        }
        let result = if rest.is_empty() { Ok(()) } else { Err(Error::malformed("workbook record", 0)) };
        (book, result)
    }

    /// `BrtBundleSh` (2.4.311): state, sheet id, relationship id, name.
    fn bundle_sheet(&mut self, value: &[u8]) {
        let state = match value.first() {
            Some(1) => Visibility::Hidden,
            Some(2) => Visibility::VeryHidden,
            _ => Visibility::Visible,
        };
        let Some((id, rest)) = wide_string(value.get(8..).unwrap_or_default()) else { return };
        let Some((name, _)) = wide_string(rest) else { return };
        self.sheets.insert(id, (name, state));
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
    use crate::budget::Limits;

    #[test]
    fn sheets_and_names_of_an_xml_workbook() {
        let xml = br#"<workbook><sheets><sheet name="Macro1" sheetId="1" state="veryHidden" r:id="rId1"/></sheets>
            <definedNames><definedName name="_xlnm.Auto_Open">Macro1!$A$1</definedName></definedNames></workbook>"#;
        let sheet = Workbook::parse_xml(xml).0.macro_sheet(Some("rId1"), "xl/macrosheets/sheet1.xml");
        assert_eq!((sheet.name.as_str(), sheet.hidden), ("Macro1", Visibility::VeryHidden));
        assert_eq!(sheet.auto.as_deref(), Some("_xlnm.Auto_Open"));
    }

    #[test]
    fn sheets_and_names_of_a_binary_workbook() {
        let wide = |text: &str| {
            let mut bytes = u32::try_from(text.encode_utf16().count()).unwrap().to_le_bytes().to_vec();
            bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
            bytes
        };
        let record = |kind: u8, value: Vec<u8>| {
            let kind = if kind < 0x80 { vec![kind] } else { vec![kind, 1] };
            [kind, vec![u8::try_from(value.len()).unwrap()], value].concat()
        };
        let sheet = [vec![1, 0, 0, 0, 1, 0, 0, 0], wide("rId3"), wide("Evil")].concat();
        let name = [vec![0; 9], wide("Auto_Open")].concat();
        // 156 = 0x9C 0x01
        let bytes = [record(0x9C, sheet), record(39, name)].concat();
        let budget = Budget::new(Limits::default(), |_| ());
        let sheet = Workbook::parse_binary(&bytes, &budget).0.macro_sheet(Some("rId3"), "x");
        assert_eq!(
            (sheet.name.as_str(), sheet.hidden, sheet.auto.as_deref()),
            ("Evil", Visibility::Hidden, Some("Auto_Open"))
        );
    }
}
