//! The stream `\x01Ole` of an object ([MS-OLEDS] 2.3.3): where a link leads.
//!
//! A link is kept as monikers: a class identifier and what that class keeps behind it (2.3.3.1). Sizes and counts
//! around them are what attackers get wrong on purpose, so the monikers are found by their identifiers wherever they
//! stand in the stream.

use super::{Class, ansi, wide};

/// A link's moniker.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Moniker {
    /// An address or a path.
    Target(String),
    /// A class that does more than lead somewhere.
    Other(Class),
}

pub(crate) const FILE: Class = Class::office(0x303);
pub(crate) const URL: Class = Class::new(0x79EA_C9E0, 0xBAF9, 0x11CE, [0x8C, 0x82, 0x00, 0xAA, 0x00, 0x4B, 0xA9, 0x0B]);
/// Runs the script that the moniker before it leads to (CVE-2017-8570, CVE-2017-0199).
pub(crate) const SCRIPT: Class =
    Class::new(0x0629_0BD3, 0x48AA, 0x11D2, [0x84, 0x32, 0x00, 0x60, 0x08, 0xC3, 0xFB, 0xFC]);
/// The file class of scriptlets, to which a composite of "new" and file monikers leads.
pub(crate) const SCRIPTLET: Class =
    Class::new(0x0629_0BD2, 0x48AA, 0x11D2, [0x84, 0x32, 0x00, 0x60, 0x08, 0xC3, 0xFB, 0xFC]);
pub(crate) const NEW: Class = Class::new(0xECAB_AFC6, 0x7F19, 0x11D2, [0x97, 0x8E, 0x00, 0x00, 0xF8, 0x75, 0x7E, 0x2A]);
/// CVE-2017-8759.
pub(crate) const SOAP: Class =
    Class::new(0xECAB_B0C7, 0x7F19, 0x11D2, [0x97, 0x8E, 0x00, 0x00, 0xF8, 0x75, 0x7E, 0x2A]);
pub(crate) const PACKAGER: Class = Class::office(0x308);

const MONIKERS: &[Class] = &[FILE, URL, SCRIPT, SCRIPTLET, NEW, SOAP, PACKAGER];

/// Longest address in characters, and most monikers of one stream.
const LONGEST: usize = 2048;
const MOST: usize = 32;

/// The monikers of a stream, in their order.
pub(crate) fn monikers(stream: &[u8]) -> Vec<Moniker> {
    let mut found = Vec::new();
    for (at, window) in stream.windows(16).enumerate() {
        let Some(class) = MONIKERS.iter().find(|class| class.0 == window) else { continue };
        let rest = stream.get(at.saturating_add(16)..).unwrap_or_default();
        let moniker = match *class {
            // URLMoniker ([MS-OSHARED] 2.3.7.6): length, address in UTF-16.
            URL => rest.get(4..).map(|url| Moniker::Target(wide(url, LONGEST))),
            FILE => file(rest).map(Moniker::Target),
            class => Some(Moniker::Other(class)),
        };
        found.extend(moniker.filter(|moniker| !matches!(moniker, Moniker::Target(target) if target.is_empty())));
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// FileMoniker ([MS-OSHARED] 2.3.7.8): count of `..\`, length and path in the system's code page, 24 bytes, and where
/// that is not enough the path in UTF-16.
fn file(bytes: &[u8]) -> Option<String> {
    let length = usize::try_from(u32::from_le_bytes(*bytes.get(2..)?.first_chunk()?)).ok()?.min(LONGEST);
    let path = bytes.get(6..)?;
    let (path, after) = path.split_at_checked(length).unwrap_or((path, &[]));
    let end = path.iter().position(|byte| *byte == 0).unwrap_or(path.len());
    let narrow = ansi(path.get(..end).unwrap_or(path));
    // endServer, versionNumber, 20 bytes, cbUnicodePathSize, cbUnicodePathBytes, usKeyValue.
    let size = after.get(24..).and_then(|rest| rest.first_chunk()).map_or(0, |size| u32::from_le_bytes(*size));
    let wide_path = after.get(34..).filter(|_| size > 6).map(|path| {
        let most = usize::try_from(size.saturating_sub(6) / 2).unwrap_or(LONGEST).min(LONGEST);
        wide(path, most)
    });
    Some(wide_path.filter(|path| !path.is_empty()).unwrap_or(narrow))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn links_lead_somewhere() {
        let url = utf16("https://host.example/a.hta");
        let stream = [&[1, 0, 0, 2, 1, 0, 0, 0], &[0; 16][..], &URL.0, &[0, 0, 0, 0], &url, &[0; 8]].concat();
        assert_eq!(monikers(&stream), [Moniker::Target("https://host.example/a.hta".into())]);
        let path = b"C:\\a.sct\0";
        let file = [&FILE.0[..], &[0, 0], &9_u32.to_le_bytes(), path, &[0; 24], &[0; 4]].concat();
        let stream = [&NEW.0[..], &file, &SCRIPT.0].concat();
        let expected = [Moniker::Other(NEW), Moniker::Target("C:\\a.sct".into()), Moniker::Other(SCRIPT)];
        assert_eq!(monikers(&stream), expected);
        assert!(monikers(&[0; 20]).is_empty() && monikers(&URL.0).is_empty());
    }
}
