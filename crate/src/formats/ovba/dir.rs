//! The `dir` stream: which modules a project has, and what it refers to ([MS-OVBA] 2.3.4.2).
//!
//! Droppers put records here that no specification knows. Every record is id, size, data, so an unknown one is skipped;
//! where a size makes no sense, the reader looks for the next module by its shape.

use crate::codecs::encoding::{Encoding, WINDOWS_1252};

/// A MODULE record (2.3.4.2.3.2).
#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) stream: String,
    /// The same name as the code page writes it, where the two records disagree.
    pub(super) stream_mbcs: String,
    pub(super) offset: u32,
    /// MODULETYPE 0x0021: procedural; 0x0022: document, class or designer.
    pub(super) procedural: bool,
}

/// What the stream says.
pub(super) struct Dir {
    pub(super) encoding: Encoding,
    /// PROJECTSYSKIND: whether 64-bit Windows wrote the project.
    pub(super) wide: bool,
    pub(super) modules: Vec<Listed>,
    /// Libids and paths of the libraries and projects it refers to (2.3.4.2.2).
    pub(super) references: Vec<String>,
    /// Whether records were skipped because they made no sense.
    pub(super) irregular: bool,
}

impl Dir {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut dir =
            Self { encoding: WINDOWS_1252, wide: false, modules: Vec::new(), references: Vec::new(), irregular: false };
        let mut rest = bytes;
        while let Some((id, data, after)) = record(rest) {
            dir.take(id, data);
            rest = after;
            if id == 0x0010 {
                return dir;
            }
        }
        dir.irregular = true;
        // A record that does not fit: go on at the next thing that looks like MODULENAME, if any.
        while let Some(at) = next_module(rest) {
            rest = rest.get(at..).unwrap_or_default();
            while let Some((id, data, after)) = record(rest) {
                dir.take(id, data);
                rest = after;
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        dir
    }

    fn take(&mut self, id: u16, data: &[u8]) {
        match id {
            // PROJECTSYSKIND
            0x0001 => self.wide = data.first() == Some(&3),
            // PROJECTCODEPAGE
            0x0003 => {
                let code_page = data.first_chunk().map_or(1252, |b| u16::from_le_bytes(*b));
                self.encoding = Encoding::of_code_page(code_page);
            }
            // REFERENCEREGISTERED, REFERENCEPROJECT with its absolute and relative path, REFERENCEORIGINAL
            0x000D | 0x000E => {
                let mut rest = data;
                while self.references.len() < REFERENCES
                    && let Some((size, after)) = rest.split_first_chunk::<4>()
                    && let Ok(size) = usize::try_from(u32::from_le_bytes(*size))
                    && let Some(libid) = after.get(..size).filter(|libid| !libid.is_empty())
                {
                    self.references.push(self.text(libid));
                    rest = after.get(size..).unwrap_or_default();
                }
            }
            0x0033 if self.references.len() < REFERENCES => self.references.push(self.text(data)),
            // MODULENAME; there are at most as many as PROJECTMODULES can count.
            0x0019 if self.modules.len() >= usize::from(u16::MAX) => self.irregular = true,
            0x0019 => {
                let name = self.text(data);
                self.modules.push(Listed { stream: name.clone(), name, ..Listed::default() });
            }
            _ => self.take_of_module(id, data),
        }
    }

    fn take_of_module(&mut self, id: u16, data: &[u8]) {
        let encoding = self.encoding;
        let text = || if matches!(id, 0x0047 | 0x0032) { utf16(data) } else { encoding.decode(data).into_owned() };
        let Some(module) = self.modules.last_mut() else { return };
        match id {
            // MODULENAMEUNICODE
            0x0047 => rename(&mut module.name, text()),
            // MODULESTREAMNAME and its Unicode half
            0x001A => {
                module.stream = text();
                module.stream_mbcs.clone_from(&module.stream);
            }
            0x0032 => rename(&mut module.stream, text()),
            // MODULEOFFSET
            0x0031 => module.offset = data.first_chunk().map_or(0, |b| u32::from_le_bytes(*b)),
            // MODULETYPE
            0x0021 => module.procedural = true,
            0x0022 => module.procedural = false,
            _ => {}
        }
    }

    fn text(&self, bytes: &[u8]) -> String {
        self.encoding.decode(bytes).into_owned()
    }
}

/// Empty ones occur beside names that count.
fn rename(name: &mut String, new: String) {
    if !new.is_empty() {
        *name = new;
    }
}

/// Most references that are kept.
const REFERENCES: usize = 1024;

fn record(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (id, rest) = bytes.split_first_chunk::<2>()?;
    let id = u16::from_le_bytes(*id);
    let (size, rest) = rest.split_first_chunk::<4>()?;
    // PROJECTVERSION (2.3.4.2.1.11) has a Reserved field of 4 where others have their size, and six bytes.
    let size = if id == 0x0009 { 6 } else { usize::try_from(u32::from_le_bytes(*size)).ok()? };
    Some((id, rest.get(..size)?, rest.get(size..)?))
}

/// Offset of the next MODULENAME whose size is a name's.
fn next_module(bytes: &[u8]) -> Option<usize> {
    bytes.windows(6).position(|w| matches!(w, [0x19, 0, size, 0, 0, 0] if (1..=124).contains(size)))
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b)).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: u16, data: &[u8]) -> Vec<u8> {
        let size = u32::try_from(data.len()).unwrap();
        [&id.to_le_bytes()[..], &size.to_le_bytes(), data].concat()
    }

    #[test]
    fn modules_with_their_code_page() {
        let bytes = [
            record(0x0003, &932_u16.to_le_bytes()),
            vec![0x09, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0],
            record(0x7777, b"unknown"),
            record(0x0019, b"\x8F\x88\x97\x9D"),
            record(0x001A, b"\x8F\x88\x97\x9D"),
            record(0x0031, &77_u32.to_le_bytes()),
            record(0x0021, b""),
            record(0x002B, b""),
            record(0x0010, b""),
        ]
        .concat();
        let dir = Dir::parse(&bytes);
        assert!(!dir.irregular);
        let module = &dir.modules[0];
        assert_eq!((module.name.as_str(), module.stream.as_str()), ("処理", "処理"));
        assert_eq!((module.offset, module.procedural), (77, true));
    }

    #[test]
    fn a_record_that_does_not_fit_loses_only_itself() {
        let bytes = [
            record(0x0019, b"First"),
            vec![0x1C, 0, 0xFF, 0xFF, 0xFF, 0x7F, 1, 2, 3],
            record(0x0019, b"Second"),
            record(0x0031, &5_u32.to_le_bytes()),
        ]
        .concat();
        let dir = Dir::parse(&bytes);
        assert!(dir.irregular);
        let names: Vec<_> = dir.modules.iter().map(|m| (m.name.as_str(), m.offset)).collect();
        assert_eq!(names, [("First", 0), ("Second", 5)]);
    }
}
