//! Word and Excel documents of 2003 as one XML file ([MS-OI29500] knows only their successors; the schemas are those of
//! the "Office 2003 XML Reference Schemas").
//!
//! Word keeps the macro project in `w:binData` named `editdata.mso`, objects in `oledata.mso`, and opens all of it under
//! the name `.doc`. Excel keeps no macros in its XML, but formulas reach other programs and other servers.

use super::xml_walk::{Kept, Piece, all_attributes, attribute, decode, walk};
use super::{Format, Reading, flat_opc, xml};
use crate::artifact::{Class, Origin};
use crate::codecs::base64;
use crate::error::{Error, Result};
use crate::scan::{Child, Content, Scan};
use crate::source::Source;
use crate::view::{self, View};

pub(super) const FORMATS: &[Format] = &[
    Format::new("word-2003-xml", Class::Document, &["wordml"])
        .probe(|p| p.root().is_some_and(xml::is_word))
        .reading(Reading::With(inspect_word)),
    Format::new("excel-2003-xml", Class::Document, &["xmlss"])
        .probe(|p| p.root().is_some_and(xml::is_excel))
        .reading(Reading::With(inspect_excel)),
];

/// Text kept of one document, in bytes.
const TEXT: usize = 1 << 20;

/// Nesting of fields that is followed; Word itself allows 20.
const FIELDS: usize = 32;

/// What a document names, to be shown when the whole of it has been seen.
#[derive(Default)]
struct Found {
    /// Kind and target.
    links: Kept<(&'static str, String)>,
    /// Instructions of fields ([ECMA-376] part 1, 17.16).
    fields: Kept<String>,
    /// Name and base64 of what is kept as bytes.
    binaries: Kept<(String, String)>,
    dde: Kept<(String, String)>,
    /// What a person reads, a line per paragraph or cell.
    text: String,
    connections: Kept<(String, bool)>,
}

impl Found {
    fn link(&mut self, kind: &'static str, target: &str) {
        if !target.trim().is_empty() {
            self.links.push((kind, target.trim().to_owned()));
        }
    }

    fn read(&mut self, text: &str) {
        if self.text.len() < TEXT {
            self.text.push_str(text);
        }
    }

    fn show(self, scan: &mut Scan) -> Result<()> {
        if !self.text.trim().is_empty() {
            scan.show(&View::Text(view::Text { path: PATH, text: &self.text }));
        }
        for (kind, target) in self.links.iter() {
            scan.show(&View::Relationship(view::Relationship { part: PATH, kind, target }));
        }
        for field in self.fields.iter() {
            if let Some((service, topic)) = dde_field(field) {
                scan.show(&View::Dde(view::Dde { path: PATH, service: &service, topic: &topic }));
            } else if let Some((kind, target)) = linking_field(field) {
                scan.show(&View::Relationship(view::Relationship { part: PATH, kind, target: &target }));
            }
        }
        for (service, topic) in self.dde.iter() {
            scan.show(&View::Dde(view::Dde { path: PATH, service, topic }));
        }
        for (target, automatic) in self.connections.iter() {
            scan.show(&View::Connection(view::Connection { path: PATH, target, automatic: *automatic }));
        }
        let full = [self.links.check(), self.fields.check(), self.dde.check(), self.connections.check()];
        let full = full.into_iter().fold(self.binaries.check(), Result::and);
        for (name, text) in self.binaries {
            let bytes = base64::decode(text.as_bytes(), usize::MAX);
            scan.budget.expand(bytes.len() as u64)?;
            let file = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            let origin = Origin::Part { path: name };
            let content = Content::Bytes { source: Source::memory(bytes), crc32: None };
            scan.push(Child { name: file, origin, size: None, content })?;
        }
        full
    }
}

/// Everything stands in the one file.
const PATH: &str = "XML";

fn read(scan: &Scan, source: &Source) -> (String, Option<Error>) {
    let (bytes, error) = scan.budget.read_source(source.clone());
    (decode(&bytes).into_owned(), error)
}

pub(super) fn inspect_word(scan: &mut Scan, source: &Source) -> Result<()> {
    let (text, error) = read(scan, source);
    let mut found = Found::default();
    let mut open: Vec<String> = Vec::new();
    let mut root: Option<String> = None;
    let mut name = String::new();
    let mut binary: Option<String> = None;
    let budget = std::rc::Rc::clone(&scan.budget);
    let result = walk(&text, &budget, |piece| match piece {
        Piece::Start { name: tag, element, .. } => {
            name.clear();
            name.push_str(tag);
            root.get_or_insert_with(|| tag.to_owned());
            let value = || attribute(element, "val");
            match tag {
                "binData" => {
                    binary = Some(String::new());
                    found.binaries.push((attribute(element, "name"), String::new()));
                }
                "attachedTemplate" => found.link("attachedTemplate", &value()),
                "subDoc" => found.link("subDocument", &attribute(element, "link")),
                "sourceFileName" => found.link("frame", &value()),
                "imagedata" => found.link("image", &attribute(element, "src")),
                "hlink" => found.link("hyperlink", &attribute(element, "dest")),
                "connectString" | "query" | "dataSource" => {
                    found.connections.push((value(), true));
                }
                "fldSimple" => found.fields.push(attribute(element, "instr")),
                "fldChar" => match attribute(element, "fldCharType").as_str() {
                    "begin" if open.len() < FIELDS => open.push(String::new()),
                    "separate" | "end" => {
                        open.pop()
                            .filter(|text| !text.trim().is_empty())
                            .into_iter()
                            .for_each(|text| found.fields.push(text));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Piece::Text(text) => match &mut binary {
            Some(binary) => binary.push_str(text),
            None if name == "instrText" => {
                if let Some(field) = open.last_mut() {
                    field.push_str(text);
                }
            }
            None if name == "t" => found.read(text),
            None => {}
        },
        Piece::End { name: tag, .. } => {
            if tag == "binData"
                && let (Some(text), Some(last)) = (binary.take(), found.binaries.last_mut())
            {
                last.1 = text;
            }
            if tag == "p" {
                found.read("\n");
            }
            name.clear();
        }
    });
    if let (Some(text), Some(last)) = (binary, found.binaries.last_mut()) {
        last.1 = text;
    }
    open.into_iter().for_each(|text| found.fields.push(text));
    found.show(scan)?;
    // Word is called by the prolog, whatever the root is: it may be parts, or XML of anybody's with a transform.
    match root.as_deref() {
        Some("package") => return flat_opc::inspect(scan, source),
        Some("wordDocument") => {}
        _ => scan.note(&Error::Unsupported("word-2003-xml"), None),
    }
    error.map_or(result, Err)
}

pub(super) fn inspect_excel(scan: &mut Scan, source: &Source) -> Result<()> {
    let (text, error) = read(scan, source);
    let mut found = Found::default();
    let (mut name, mut content) = (String::new(), String::new());
    let mut refreshes = false;
    let mut root: Option<String> = None;
    let budget = std::rc::Rc::clone(&scan.budget);
    let result = walk(&text, &budget, |piece| match piece {
        Piece::Start { name: tag, element, .. } => {
            name.clear();
            name.push_str(tag);
            content.clear();
            root.get_or_insert_with(|| tag.to_owned());
            refreshes |= tag == "RefreshOnFileOpen";
            for (key, value) in all_attributes(element) {
                match key.as_str() {
                    "Formula" | "RefersTo" => formula(&mut found, &value),
                    "HRef" => found.link("hyperlink", &value),
                    _ => {}
                }
            }
        }
        Piece::Text(text) => content.push_str(text),
        Piece::End { name: tag, .. } => {
            if tag == name {
                match tag {
                    "Path" => match content.split_once(['|', '\u{3}']) {
                        Some((service, topic)) => found.dde.push((service.into(), topic.into())),
                        None => found.link("externalLinkPath", &content),
                    },
                    "URLString" | "Connection" | "CommandText" | "FileName" => {
                        found.connections.push((content.clone(), false));
                    }
                    "Data" => {
                        found.read(&content);
                        found.read("\n");
                    }
                    _ => {}
                }
            }
            content.clear();
        }
    });
    if refreshes {
        found.connections.iter_mut().for_each(|(_, automatic)| *automatic = true);
    }
    found.show(scan)?;
    if root.as_deref() != Some("Workbook") {
        scan.note(&Error::Unsupported("excel-2003-xml"), None);
    }
    error.map_or(result, Err)
}

/// What a formula reaches outside the workbook.
fn formula(found: &mut Found, formula: &str) {
    if let Some(link) = dde_formula(formula) {
        found.dde.push(link);
    }
    // `'\\server\share\[book.xls]Sheet'!A1`
    for piece in formula.split('\'') {
        if let Some((folder, _)) = piece.split_once('[')
            && (folder.contains("\\\\") || folder.contains("://"))
        {
            found.link("externalLinkPath", folder);
        }
    }
}

/// `service|topic!item` in a formula; service and topic may stand in quotes. In a string or a sheet's name `|` is a
/// character like any other.
pub(super) fn dde_formula(formula: &str) -> Option<(String, String)> {
    let mut quote = None;
    for (at, c) in formula.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '|' => {
                let before = formula.get(..at)?.trim_end();
                let service = match before.strip_suffix('\'') {
                    Some(quoted) => quoted.rsplit('\'').next(),
                    None => {
                        before.rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '\\' | ':'))).next()
                    }
                }?;
                let after = formula.get(at.saturating_add(1)..)?.trim_start();
                let topic = match after.strip_prefix('\'') {
                    Some(quoted) => quoted.split('\'').next(),
                    None => after.split('!').next(),
                }?;
                return (!service.is_empty()).then(|| (service.to_owned(), topic.to_owned()));
            }
            None => {}
        }
    }
    None
}

/// Words of an instruction: separated by white space, or in quotes.
fn words(field: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = field.trim_start();
    while !rest.is_empty() && words.len() < 8 {
        let (word, after) = match rest.strip_prefix(['"', '\u{201C}', '\u{201D}']) {
            Some(quoted) => quoted.split_once(['"', '\u{201C}', '\u{201D}']).unwrap_or((quoted, "")),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        words.push(word.replace("\\\\", "\\"));
        rest = after.trim_start();
    }
    words
}

/// `DDE` and `DDEAUTO` with the program and what it is told ([ECMA-376] part 1, 17.16.5.16 names their kin).
fn dde_field(field: &str) -> Option<(String, String)> {
    let mut words = words(field).into_iter();
    let name = words.next()?.to_ascii_uppercase();
    let (service, topic) = (words.next(), words.next().unwrap_or_default());
    matches!(name.as_str(), "DDE" | "DDEAUTO").then(|| (service.unwrap_or_default(), topic))
}

/// Fields that bring in something from elsewhere.
fn linking_field(field: &str) -> Option<(&'static str, String)> {
    let words = words(field);
    let kind = match words.first()?.to_ascii_uppercase().as_str() {
        "INCLUDEPICTURE" | "IMPORT" => "image",
        "INCLUDETEXT" | "INCLUDE" | "RD" => "subDocument",
        "LINK" => return words.get(2).map(|target| ("oleObject", target.clone())),
        _ => return None,
    };
    words.get(1).map(|target| (kind, target.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_programs_in_formulas() {
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(dde_formula("=cmd|'/c calc'!A0"), pair("cmd", "/c calc"));
        assert_eq!(dde_formula("=1+MSEXCEL|'\\..\\..\\cmd.exe /c x'!''"), pair("MSEXCEL", "\\..\\..\\cmd.exe /c x"));
        assert_eq!(dde_formula("='my app'|topic!x"), pair("my app", "topic"));
        assert_eq!(dde_formula("=\"a|b\"&'x|y'!A1"), None);
        assert_eq!(dde_formula("=|"), None);
    }

    #[test]
    fn instructions_of_fields() {
        let field = dde_field(" DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe \"/k calc.exe\" ").unwrap();
        assert_eq!(field, ("c:\\windows\\system32\\cmd.exe".into(), "/k calc.exe".into()));
        assert_eq!(dde_field("DATE \\@ x"), None);
        assert_eq!(
            linking_field("INCLUDEPICTURE \"http://a.example/x.png\" \\d"),
            Some(("image", "http://a.example/x.png".into()))
        );
    }
}
