//! Excel 97–2003 and 5/95 workbooks: BIFF8 and BIFF5 records ([MS-XLS] 2.1.4).
//!
//! The globals of a workbook name its sheets (BoundSheet8, 2.4.28) and its defined names (Lbl, 2.4.150). A sheet of type
//! "macro" holds Excel 4.0 macros; a defined name `Auto_Open` says where Excel starts them. Both stand in clear even
//! when attackers hide the sheet ("very hidden" sheets cannot be shown by the person). The formulas themselves are not
//! read yet, so a workbook with a macro sheet stays partly read.

use crate::error::{Error, Result};
use crate::formats::cfb::{Cfb, encrypted};
use crate::scan::Scan;
use crate::source::Source;
use crate::view::View;

/// Whether a person can see a sheet: `hsState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    Visible,
    Hidden,
    /// Not even offered by the program.
    VeryHidden,
}

/// An Excel 4.0 macro sheet.
#[derive(Debug)]
pub(crate) struct MacroSheet {
    /// Stream or part that says so.
    pub(crate) path: String,
    /// Its name on the tab.
    pub(crate) name: String,
    pub(crate) hidden: Visibility,
    /// The defined name that starts it by itself.
    pub(crate) auto: Option<String>,
}

const BOF: u16 = 0x0809;
const END: u16 = 0x000A;
const BOUND_SHEET: u16 = 0x0085;
const LBL: u16 = 0x0018;
const FILE_PASS: u16 = 0x002F;

/// Looks into every workbook: that of the file, and those embedded in it.
pub(crate) fn inspect(scan: &mut Scan<'_>, cfb: &Cfb) -> Result<()> {
    let books: Vec<usize> = cfb
        .streams()
        .filter(|(_, entry)| ["workbook", "book"].contains(&entry.name.to_lowercase().as_str()))
        .map(|(id, _)| id)
        .collect();
    for id in books {
        let path = cfb.path(id);
        if let Err(error) = globals(scan, &cfb.stream(id), &path) {
            scan.note(&error, Some(&path));
        }
    }
    Ok(())
}

/// What the globals substream says.
#[derive(Default)]
struct Globals {
    biff8: bool,
    sheets: Vec<(String, Visibility)>,
    /// Names that start a macro.
    auto: Vec<String>,
    encryption: Option<&'static str>,
}

/// The substream of the globals, from its BOF to its EOF. A workbook of a raw BIFF file starts the same way.
fn globals(scan: &mut Scan<'_>, stream: &Source, path: &str) -> Result<()> {
    let mut globals = Globals::default();
    let mut at = 0_u64;
    let mut malformed = None;
    while at < stream.len() {
        scan.budget.steps(4)?;
        let Ok(header) = stream.array::<4>(at, "BIFF record") else { break };
        let [id0, id1, size0, size1] = header;
        let (id, size) = (u16::from_le_bytes([id0, id1]), u16::from_le_bytes([size0, size1]));
        let body = at.saturating_add(4);
        if at == 0 && !matches!(id, BOF | 0x0009 | 0x0209 | 0x0409) {
            malformed = Some(Error::malformed("BOF", 0));
            break;
        }
        if id == END {
            break;
        }
        // Behind FilePass the contents of records are encrypted (2.2.10).
        let clear = globals.encryption.is_none();
        if matches!(id, BOF | BOUND_SHEET | LBL | FILE_PASS) && clear {
            let bytes = stream.peek(body, usize::from(size))?;
            globals.take(id, &bytes);
        }
        at = body.saturating_add(u64::from(size));
    }
    show(scan, path, &globals);
    malformed.map_or(Ok(()), Err)
}

impl Globals {
    fn take(&mut self, id: u16, bytes: &[u8]) {
        let u16_at = |at: usize| bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b));
        match id {
            // BIFF8 says 0x0600; a file that lies is read as what the sizes of its names say.
            BOF => self.biff8 |= u16_at(0) == 0x0600,
            FILE_PASS => {
                self.encryption = Some(match (u16_at(0), u16_at(2), u16_at(4)) {
                    _ if !self.biff8 => "xor",
                    (0, ..) => "xor",
                    (1, 1, 1) => "rc4",
                    _ => "rc4-cryptoapi",
                });
            }
            BOUND_SHEET => self.bound_sheet(bytes),
            LBL => self.lbl(bytes),
            _ => {}
        }
    }

    /// BoundSheet8 (2.4.28): lbPlyPos, hsState, dt, stName.
    fn bound_sheet(&mut self, bytes: &[u8]) {
        let (Some(state), Some(1)) = (bytes.get(4), bytes.get(5)) else { return };
        let state = match state & 3 {
            0 => Visibility::Visible,
            1 => Visibility::Hidden,
            _ => Visibility::VeryHidden,
        };
        let count = bytes.get(6).map_or(0, |count| usize::from(*count));
        self.sheets.push((self.text(bytes.get(7..).unwrap_or_default(), count), state));
    }

    /// Lbl (2.4.150): fBuiltin is bit 5 of the flags, cch at 3, Name at 14; in BIFF5 the same without the flag byte of
    /// the text.
    fn lbl(&mut self, bytes: &[u8]) {
        let Some(&flags) = bytes.first() else { return };
        let count = bytes.get(3).map_or(0, |count| usize::from(*count));
        let name = self.text(bytes.get(14..).unwrap_or_default(), count);
        let builtin = match name.chars().next() {
            Some('\u{1}') => Some("Auto_Open"),
            Some('\u{2}') => Some("Auto_Close"),
            Some('\u{A}') => Some("Auto_Activate"),
            Some('\u{B}') => Some("Auto_Deactivate"),
            _ => None,
        };
        if let Some(builtin) = builtin.filter(|_| flags & 0x20 != 0 || count == 1) {
            self.auto.push(builtin.to_owned());
        } else if is_auto(&name) {
            self.auto.push(name);
        }
    }

    /// A text of `count` characters: in BIFF8 with a byte in front that says whether they are two bytes wide.
    fn text(&self, bytes: &[u8], count: usize) -> String {
        let (wide, bytes) = match bytes.split_first() {
            Some((flag, rest)) if self.biff8 => (flag & 1 != 0, rest),
            _ => (false, bytes),
        };
        if wide {
            let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().take(count).map(|b| u16::from_le_bytes(*b)).collect();
            return String::from_utf16_lossy(&units);
        }
        let bytes = bytes.get(..count.min(bytes.len())).unwrap_or_default();
        // BIFF8 leaves out zero high bytes; BIFF5 has a code page that only the names of sheets would need.
        bytes.iter().map(|byte| char::from(*byte)).collect()
    }
}

/// Excel starts every name that begins like this (`Auto_Open_1` too), in any case, and passes over NULs inside it.
pub(crate) fn is_auto(name: &str) -> bool {
    let name = name.replace('\0', "").to_lowercase();
    let name = name.trim_start_matches("_xlnm.");
    ["auto_open", "auto_close", "auto_activate", "auto_deactivate"].iter().any(|auto| name.starts_with(auto))
}

fn show(scan: &mut Scan<'_>, path: &str, globals: &Globals) {
    let auto = globals.auto.first().cloned();
    for (name, state) in &globals.sheets {
        let sheet = MacroSheet { path: path.to_owned(), name: name.clone(), hidden: *state, auto: auto.clone() };
        scan.show(&View::MacroSheet(&sheet));
        scan.note(&Error::Unsupported("xlm-formulas"), Some(path));
    }
    if let Some(scheme) = globals.encryption {
        encrypted(scan, scheme, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_both_widths() {
        let globals = Globals { biff8: true, ..Globals::default() };
        assert_eq!(globals.text(b"\0abc", 2), "ab");
        assert_eq!(globals.text(b"\x01\x42\x30", 1), "あ");
        assert_eq!(Globals::default().text(b"abc", 9), "abc");
    }

    #[test]
    fn built_in_and_written_names_start() {
        let lbl = |flags: u8, name: &[u8]| {
            let mut globals = Globals { biff8: true, ..Globals::default() };
            let count = u8::try_from(name.len()).unwrap();
            globals.lbl(&[&[flags, 0, 0, count], &[0; 10][..], &[0], name].concat());
            globals.auto
        };
        assert_eq!(lbl(0x20, b"\x01"), ["Auto_Open"]);
        assert_eq!(lbl(0x00, b"auto_open99"), ["auto_open99"]);
        assert_eq!(lbl(0x00, b"\0Auto\0_Ope\0n"), ["\0Auto\0_Ope\0n"]);
        assert!(lbl(0, b"\0Auto\0mation").is_empty());
        assert!(lbl(0x20, b"\x06").is_empty() && lbl(0, b"Open").is_empty());
    }
}
