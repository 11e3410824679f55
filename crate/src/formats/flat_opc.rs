//! Office documents as one XML file ("flat OPC"): every part stands in a `pkg:part`, XML as it is, everything else as
//! base64 ([ECMA-376] part 2 parts in the form of `http://schemas.microsoft.com/office/2006/xmlPackage`).
//!
//! Word and PowerPoint open it like the ZIP it stands for, macros included; a scanner that looks for `PK` sees text.

use std::collections::HashMap;
use std::ops::Range;

use super::xml::Root;
use super::xml_walk::{Piece, attribute, walk};
use super::zip::part_key;
use super::{Format, Reading, ooxml};
use crate::artifact::Class;
use crate::budget::Budget;
use crate::codecs::base64;
use crate::error::{Error, LimitKind, Result};
use crate::scan::Scan;
use crate::source::Source;

pub(super) const FORMATS: &[Format] = &[Format::new("flat-opc", Class::Document, &[])
    .probe(|p| p.root().is_some_and(is_root))
    .reading(Reading::With(inspect))];

pub(super) fn is_root(root: &Root) -> bool {
    root.is("package") && root.holds("/2006/xmlpackage")
}

/// The parts of such a file.
pub(super) struct Parts {
    text: String,
    parts: Vec<Part>,
    index: HashMap<String, usize>,
}

struct Part {
    name: String,
    key: String,
    content_type: String,
    /// Where its content stands in the text.
    range: Range<usize>,
    is_base64: bool,
}

/// Parts of one document; the largest seen have a few hundred.
const MOST: usize = 1 << 16;

impl Parts {
    /// Damage is an error beside the parts that stood before it.
    fn read(text: String, budget: &Budget) -> (Self, Result<()>) {
        let mut parts: Vec<Part> = Vec::new();
        let mut current: Option<(String, String)> = None;
        // Element that holds content, how deep we are in it, and where it began.
        let mut open: Option<(bool, usize, usize)> = None;
        let result = walk(&text, budget, |piece| match piece {
            Piece::Start { name, element, end } => match &mut open {
                Some((_, depth, _)) => *depth = depth.saturating_add(1),
                None if name == "part" => {
                    current = Some((attribute(element, "name"), attribute(element, "contentType")));
                }
                None if name == "xmlData" || name == "binaryData" => open = Some((name == "binaryData", 0, end)),
                None => {}
            },
            Piece::Text(_) => {}
            Piece::End { start, .. } => match &mut open {
                Some((is_base64, 0, begin)) => {
                    if let Some((name, content_type)) = current.clone().filter(|_| parts.len() < MOST) {
                        let key = part_key(&name);
                        let name = name.trim_start_matches('/').to_owned();
                        parts.push(Part { name, key, content_type, range: *begin..start, is_base64: *is_base64 });
                    }
                    open = None;
                }
                Some((_, depth, _)) => *depth = depth.saturating_sub(1),
                None => {}
            },
        });
        let result = if parts.len() < MOST { result } else { result.and(Err(Error::Limit(LimitKind::Artifacts))) };
        // What a cut file still holds of its last part.
        if let (Some((is_base64, _, begin)), Some((name, content_type))) = (open, current) {
            let key = part_key(&name);
            parts.push(Part { name, key, content_type, range: begin..text.len(), is_base64 });
        }
        let mut index = HashMap::new();
        for (i, part) in parts.iter().enumerate() {
            index.entry(part.key.clone()).or_insert(i);
        }
        (Self { text, parts, index }, result)
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.index.get(&part_key(name)).copied()
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        self.parts.iter().enumerate().map(|(i, part)| (i, part.name.as_str(), part.key.as_str()))
    }

    /// Name and content type of every part.
    pub(super) fn types(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parts.iter().map(|part| (part.name.as_str(), part.content_type.as_str()))
    }

    fn content(&self, index: usize, most: usize) -> Vec<u8> {
        let Some(part) = self.parts.get(index) else { return Vec::new() };
        let text = self.text.get(part.range.clone()).unwrap_or_default().as_bytes();
        if part.is_base64 {
            return base64::decode(text, most);
        }
        let text = text.trim_ascii_start();
        text.get(..text.len().min(most)).unwrap_or_default().to_vec()
    }

    pub(super) fn head(&self, index: usize) -> Vec<u8> {
        let Some(part) = self.parts.get(index) else { return Vec::new() };
        // Line breaks and stray signs may stand between.
        let end = part.range.start.saturating_add(4096).min(part.range.end);
        let text = self.text.as_bytes().get(part.range.start..end).unwrap_or_default();
        if part.is_base64 { base64::decode(text, 16) } else { self.content(index, 16) }
    }

    pub(super) fn open(&self, index: usize, budget: &Budget) -> Result<Source> {
        let bytes = self.content(index, usize::MAX);
        budget.expand(bytes.len() as u64)?;
        Ok(Source::memory(bytes))
    }
}

pub(super) fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let (bytes, error) = scan.budget.read_source(source.clone());
    let text = super::xml_walk::decode(&bytes).into_owned();
    let (parts, result) = Parts::read(text, &scan.budget);
    if parts.parts.is_empty() && result.is_ok() {
        return Err(Error::malformed("part", 0));
    }
    ooxml::inspect(scan, &ooxml::Package::Flat(&parts))?;
    error.map_or(result, Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    #[test]
    fn parts_as_xml_and_as_base64() {
        let xml = r#"<pkg:package xmlns:pkg="x"><pkg:part pkg:name="/word/A.xml" pkg:contentType="T/A"><pkg:xmlData>
            <a><b/>x</a></pkg:xmlData></pkg:part><pkg:part pkg:name="/b.bin"><pkg:binaryData>QUJ
            D</pkg:binaryData></pkg:part><pkg:part pkg:name="/cut.bin"><pkg:binaryData>QUJDRA"#;
        let budget = Budget::new(Limits::default(), |_| ());
        let (parts, _) = Parts::read(xml.into(), &budget);
        let content = |name: &str| parts.content(parts.find(name).unwrap(), 99);
        assert_eq!(content("word/a.xml"), b"<a><b/>x</a>");
        assert_eq!(content("/b.bin"), b"ABC");
        assert_eq!(content("cut.bin"), b"ABCD");
        assert_eq!(parts.types().next(), Some(("word/A.xml", "T/A")));
    }
}
