//! The PROJECT stream ([MS-OVBA] 2.3.1): what the modules are, and who may look at them in the editor.
//!
//! Locking a project is honest; damaging what says so is how attackers keep the editor from showing anything, while
//! Office runs the macros all the same.

use std::collections::BTreeMap;

use crate::order;

/// What PROJECT calls a module (2.3.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    Document,
    Standard,
    Class,
    Designer,
}

/// What the stream says.
#[derive(Debug, Default)]
pub(super) struct Properties {
    /// Modules, with lower-case names.
    pub(super) modules: BTreeMap<String, Declared>,
    /// How the project is locked: words of the report.
    pub(super) locks: Vec<&'static str>,
    /// What was damaged so that the editor gives up, and how it stands there.
    pub(super) damage: Vec<(&'static str, String)>,
}

impl Properties {
    pub(super) fn parse(text: &str) -> Self {
        let mut properties = Self::default();
        let mut odd = None;
        let mut has_password_key = false;
        // Sections like `[Workspace]` follow the properties and repeat the module names.
        for line in text.lines().take_while(|line| !line.trim_start().starts_with('[')) {
            let Some((key, value)) = line.split_once('=') else { continue };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            let declared = match key.as_str() {
                "document" => Declared::Document,
                "module" => Declared::Standard,
                "class" => Declared::Class,
                "baseclass" => Declared::Designer,
                "cmg" | "dpb" | "gc" => {
                    has_password_key |= key == "dpb";
                    properties.protection(&key, value, line);
                    continue;
                }
                // `DPx`: the trick that makes the editor ask nothing and show nothing.
                _ if key.len() == 3 && key.starts_with("dp") => {
                    odd = Some(line.trim().to_owned());
                    continue;
                }
                _ => continue,
            };
            let name = value.split_once('/').map_or(value, |(name, _)| name);
            properties.modules.entry(name.trim().to_lowercase()).or_insert(declared);
        }
        // The one that says most comes first.
        order::sort_by_key(&mut properties.locks, |lock| std::cmp::Reverse(*lock));
        if let Some(line) = odd.filter(|_| !has_password_key) {
            properties.damage.push(("project password", line));
        }
        properties
    }

    /// ProjectProtectionState, ProjectPassword, ProjectVisibilityState (2.3.1.15 to 2.3.1.17).
    fn protection(&mut self, key: &str, value: &str, line: &str) {
        let data = hexadecimal(value.trim_matches('"')).and_then(|bytes| decrypt(&bytes));
        match (key, data.as_deref()) {
            ("cmg", Some([state, _, _, _])) => {
                // fUserProtected, fHostProtected, fVBEProtected
                if state & 7 != 0 {
                    self.locks.push("project locked by its author");
                }
            }
            ("dpb", Some([0])) => {}
            // A hash of 29 bytes, or the password itself.
            ("dpb", Some([_, ..])) => self.locks.push("project locked with a password"),
            ("gc", Some([0])) => self.locks.push("project hidden in the editor"),
            ("gc", Some([_])) => {}
            _ => self.damage.push(("project protection", line.trim().to_owned())),
        }
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Data Decryption (2.4.3.3): every byte is mixed with the two before it.
fn decrypt(bytes: &[u8]) -> Option<Vec<u8>> {
    let ([seed, version, key], rest) = bytes.split_first_chunk::<3>()?;
    if seed ^ version != 2 {
        return None;
    }
    let mut plain = seed ^ key;
    let (mut before, mut last) = (*version, *key);
    let mut clear = Vec::with_capacity(rest.len());
    for byte in rest {
        plain = byte ^ before.wrapping_add(plain);
        before = last;
        last = *byte;
        clear.push(plain);
    }
    let ignored = usize::from(seed & 6) / 2;
    let (length, data) = clear.get(ignored..)?.split_first_chunk::<4>()?;
    (usize::try_from(u32::from_le_bytes(*length)).ok()? == data.len()).then(|| data.to_vec())
}

/// Whether a reference of a project (a Libid, [MS-OVBA] 2.1.1.8, or the path of another project) leads to another
/// machine.
pub(super) fn remote(reference: &str) -> Option<&str> {
    let rest = reference.strip_prefix("*\\").unwrap_or(reference);
    // A registered library: {GUID}#version#locale#path#description; a project: its path behind one letter.
    let path = if rest.contains('{') { rest.split('#').nth(3)? } else { rest.get(1..)? };
    let lower = path.trim().to_lowercase();
    let address = ["http:", "https:", "ftp:"].iter().any(|scheme| lower.starts_with(scheme));
    let share = lower.strip_prefix("file:").unwrap_or(&lower).replace('/', "\\");
    let host = share.strip_prefix("\\\\").unwrap_or_default().split('\\').next().unwrap_or_default();
    let is_share = !matches!(host, "" | "." | "?" | "localhost") && share.len() > host.len().saturating_add(3);
    (address || is_share).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn project_tells_documents_from_classes() {
        let text = "ID=\"{0}\"\r\nDocument=ThisWorkbook/&H00000000\r\nModule=Mod1\r\nClass=C\r\nBaseClass=Form1\r\n\
                    [Workspace]\r\nModule=Not\r\n";
        let modules = Properties::parse(text).modules;
        assert_eq!(modules.len(), 4);
        assert_eq!(modules["thisworkbook"], Declared::Document);
        assert_eq!(modules["form1"], Declared::Designer);
    }

    /// The example of [MS-OVBA] 3.1.1.
    #[test]
    fn a_project_without_locks() {
        let text =
            "CMG=\"0705D8E3D8EDDBF1DBF1DBF1DBF1\"\r\nDPB=\"0E0CD1ECDFF4E7F5E7F5E7\"\r\nGC=\"1517CAF1D6F9D7F9D706\"\r\n";
        let properties = Properties::parse(text);
        assert!(properties.locks.is_empty() && properties.damage.is_empty(), "{properties:?}");
    }

    #[test]
    fn damage_is_told_from_locks() {
        let what = |text: &str| Properties::parse(text).damage.first().map(|(what, _)| *what);
        assert_eq!(what("CMG=\"\"\r\nDPB=\"\"\r\nGC=\"\"\r\n"), Some("project protection"));
        assert_eq!(what("DPx=\"0E0CD1ECDFF4E7F5E7F5E7\"\r\n"), Some("project password"));
        assert_eq!(what("GC=\"1517CAF1D6F9D7F9D7\"\r\n"), Some("project protection"));
        assert_eq!(what("Name=\"x\"\r\n"), None);
    }

    #[test]
    fn references_to_other_machines() {
        for (reference, there) in [
            ("*\\G{00020813-0000-0000-C000-000000000046}#1.9#0#\\\\files.example\\share\\a.tlb#Lib", true),
            ("*\\A\\\\files.example\\share\\tools.xlam", true),
            ("*\\Ahttps://files.example/tools.dotm", true),
            ("*\\G{00020813-0000-0000-C000-000000000046}#1.9#0#C:\\Program Files\\EXCEL.EXE#Excel", false),
            ("*\\CC:\\Users\\a\\tools.xlam", false),
            ("*\\A\\\\.\\pipe", false),
            ("", false),
        ] {
            assert_eq!(remote(reference).is_some(), there, "{reference}");
        }
    }
}
