//! The two tables of a package: content types and relationships ([ECMA-376] part 2, 7.2.3 and 6.5).
//!
//! Office finds parts by these tables, not by their paths, so a macro project may be called `word/media/logo.xml`.

use std::collections::BTreeMap;

use crate::error::{Error, LimitKind, Result};
pub(super) use crate::formats::xml_walk::{attribute, attributes, elements};
use crate::formats::zip::part_key;

/// `[Content_Types].xml`.
#[derive(Default)]
pub(super) struct ContentTypes {
    defaults: BTreeMap<String, String>,
    overrides: BTreeMap<String, String>,
}

/// Parts of a package that are told apart: more than a scan takes out.
const MOST: usize = 1 << 16;

impl ContentTypes {
    pub(super) fn parse(xml: &[u8]) -> (Self, Result<()>) {
        let mut types = Self::default();
        let mut full = false;
        let result = elements(xml, "Types", |name, element| {
            let [content_type, extension, part] = attributes(element, ["ContentType", "Extension", "PartName"]);
            full |= types.overrides.len() >= MOST || types.defaults.len() >= MOST;
            match name {
                _ if full => {}
                "Default" => {
                    types.defaults.insert(lower(extension), lower(content_type));
                }
                "Override" => {
                    types.overrides.insert(part_key(&part), lower(content_type));
                }
                _ => {}
            }
        });
        let result = if full { Err(Error::Limit(LimitKind::ArtifactBytes)) } else { result };
        (types, result)
    }

    pub(super) fn insert(&mut self, part: &str, content_type: &str) {
        self.overrides.insert(part_key(part), content_type.trim().to_lowercase());
    }

    /// The content type of a part, lower case; empty when nobody says.
    pub(super) fn of(&self, part: &str) -> &str {
        self.of_key(part, &part_key(part))
    }

    /// The same, of a part whose key is known.
    pub(super) fn of_key(&self, part: &str, key: &str) -> &str {
        let extension = || part.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default();
        let by_extension = || self.defaults.get(&extension());
        self.overrides.get(key).or_else(by_extension).map_or("", String::as_str)
    }
}

/// In lower case; what is ASCII is not copied.
fn lower(mut text: String) -> String {
    if text.is_ascii() {
        text.make_ascii_lowercase();
        return text;
    }
    text.to_lowercase()
}

/// One `<Relationship>`.
pub(super) struct Relationship {
    pub(super) id: String,
    /// Last segment of the type URI.
    pub(super) kind: String,
    pub(super) target: String,
    pub(super) external: bool,
}

pub(super) fn relationships(xml: &[u8]) -> (Vec<Relationship>, Result<()>) {
    let mut all = Vec::new();
    let result = elements(xml, "Relationships", |name, element| {
        if name == "Relationship" {
            let [id, kind, target, mode] = attributes(element, ["Id", "Type", "Target", "TargetMode"]);
            all.push(Relationship {
                id,
                kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                target,
                external: mode.eq_ignore_ascii_case("external"),
            });
        }
    });
    (all, result)
}

/// Part that a `.rels` part belongs to, and its folder: `word/_rels/document.xml.rels` → `word/`.
pub(super) fn folder_of_relationships(part: &str) -> &str {
    part.rfind("_rels/").and_then(|at| part.get(..at)).unwrap_or_default()
}

/// Key of the part a relationship's target names, seen from `folder`: targets are URI references.
pub(super) fn resolve(folder: &str, target: &str) -> String {
    let target = target.trim().split(['#', '?']).next().unwrap_or_default();
    let base = if target.starts_with(['/', '\\']) { "" } else { folder };
    let mut path: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split(['/', '\\']) {
        match part {
            "." | "" => {}
            ".." => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    part_key(&path.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_come_before_defaults_whatever_the_case() {
        let xml = br#"<Types><Default Extension="BIN" ContentType="a/Default"/>
            <Override PartName="/Word/x.bin" ContentType="a/override"/></Types>"#;
        let types = ContentTypes::parse(xml).0;
        assert_eq!(types.of("word/X.bin"), "a/override");
        assert_eq!(types.of("word/y.Bin"), "a/default");
        assert_eq!(types.of("word/y.xml"), "");
    }

    #[test]
    fn relationships_with_any_prefix_entities_and_utf_16() {
        let xml = r#"<r:Relationships xmlns:r="x"><r:Relationship Type="http://x/attachedTemplate" Target="http://a.example/?a&amp;b" TargetMode="External"/></r:Relationships>"#;
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(xml.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let declared = format!("<?xml version='1.0' encoding='windows-1252'?>{xml}");
        for bytes in [xml.as_bytes(), &utf16, &utf16[2..], declared.as_bytes()] {
            let all = relationships(bytes).0;
            assert_eq!(all.len(), 1);
            assert!(all[0].external && all[0].kind == "attachedTemplate");
            assert_eq!(all[0].target, "http://a.example/?a&b");
        }
    }

    #[test]
    fn targets_resolve_from_their_folder() {
        assert_eq!(folder_of_relationships("word/_rels/document.xml.rels"), "word/");
        assert_eq!(resolve("word/", "vbaProject.bin"), "word/vbaproject.bin");
        assert_eq!(resolve("xl/worksheets/", "../media/a.png"), "xl/media/a.png");
        assert_eq!(resolve("word/", "/x/y.bin"), "x/y.bin");
        for odd in ["lo%67o.xml", "/word/./logo.xml", "/x/../word/logo.xml", " logo.xml", "logo.xml#a"] {
            assert_eq!(resolve("word/", odd), "word/logo.xml", "{odd}");
        }
    }

    #[test]
    fn what_is_not_the_expected_document_is_an_error() {
        assert!(relationships(b"+ADw-Relationships/+AD4-").1.is_err());
        assert!(relationships(b"<other/>").1.is_err());
        assert!(relationships(b"<Relationships/>").1.is_ok());
    }

    #[test]
    fn broken_xml_is_an_error_that_keeps_what_came_before() {
        let mut seen = 0;
        assert!(elements(b"<a/><b x='", "a", |_, _| seen += 1).is_err());
        assert_eq!(seen, 1);
    }
}
