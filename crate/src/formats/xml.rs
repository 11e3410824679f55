//! XML: the root element says what it is, and the kinds of document that are one XML file.
//!
//! Word and Excel open their 2003 and "flat" XML under the names of the binary formats, macros included; attackers
//! use that because scanners that look for ZIP or compound files see only text.

use super::{Format, Probe, flat_opc, markup, office_xml, opendocument};
use crate::artifact::{Class, Status};
use crate::budget::Budget;
use crate::detections::types;
use crate::error::{Error, Result};
use crate::finding::{Evidence, Observation};
use crate::scan::{Scan, UNKNOWN};
use crate::source::Source;

pub(super) const FORMATS: &[Format] = &[
    Format::new("infopath", Class::Document, &["infopathxml"])
        .probe(|p| p.root().is_some_and(|r| r.calls("infopath.document"))),
    Format::new("xfa", Class::Document, &["xdp"]).probe(|p| p.root().is_some_and(|r| r.is("xdp"))),
    Format::new("xslt", Class::Script, &["xsl", "xslt"])
        .probe(|p| {
            p.root().is_some_and(|r| (r.is("stylesheet") || r.is("transform")) && r.holds("/xsl/transform"))
                || p.is_text_named(&["xsl", "xslt"])
        })
        .reading(super::Reading::With(inspect_stylesheet)),
    Format::new("plist-xml", Class::Data, &[])
        .probe(|p| p.root().is_some_and(|r| r.is("plist")))
        .reading(super::Reading::Passive),
    Format::new(
        "xml",
        Class::Data,
        &[
            "xml", "xsd", "wsdl", "rss", "atom", "rdf", "kml", "gpx", "xaml", "manifest", "config", "vml", "dita",
            "opml", "resx", "rels", "tei",
        ],
    )
    .named()
    .probe(|p| p.root().is_some() && p.text_starts(&["<?xml"]))
    .reading(super::Reading::With(inspect_xml)),
];

pub(super) fn is_word(root: &Root) -> bool {
    root.is("worddocument") || root.calls("word.document")
}

pub(super) fn is_excel(root: &Root) -> bool {
    (root.is("workbook") && root.holds("office:spreadsheet")) || root.calls("excel.sheet")
}

/// The front of an XML or HTML file, in lower case.
#[derive(Debug)]
pub(super) struct Root {
    /// What stands before the root element: declaration, processing instructions, comments.
    pub(super) prolog: String,
    /// The root's start tag without its brackets.
    tag: String,
}

impl Root {
    /// Whether the root's name without prefix is `name`.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name() == name
    }

    pub(super) fn name(&self) -> &str {
        let name = self.tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        name.rsplit(':').next().unwrap_or_default()
    }

    /// Whether the prolog asks for the program with this id, as `<?mso-application progid="…"?>` does.
    fn calls(&self, program: &str) -> bool {
        ['"', '\''].iter().any(|quote| self.prolog.contains(&format!("progid={quote}{program}")))
    }

    /// Whether the root's start tag (its namespaces) holds `needle`.
    pub(super) fn holds(&self, needle: &str) -> bool {
        self.tag.contains(needle)
    }
}

/// How far the search for the root element got.
enum Found {
    Root(Root),
    /// The text ends before it.
    Cut,
    Nothing,
}

fn find_root(text: &str) -> Found {
    let text = text.to_ascii_lowercase();
    let mut rest = text.as_str();
    loop {
        rest = rest.trim_start();
        let skipped = if let Some(inside) = rest.strip_prefix("<!--") {
            inside.split_once("-->")
        } else if let Some(inside) = rest.strip_prefix("<?") {
            inside.split_once('>')
        } else if let Some(inside) = rest.strip_prefix("<!") {
            match inside.split_once('>') {
                Some((declaration, _)) if declaration.contains('[') => {
                    behind_subset(inside).map(|after| (inside, after))
                }
                plain => plain,
            }
        } else if let Some(inside) =
            rest.strip_prefix('<').filter(|t| t.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        {
            let before = text.len().saturating_sub(rest.len());
            let tag = inside.split('>').next().unwrap_or_default().to_owned();
            return Found::Root(Root { prolog: text.get(..before).unwrap_or_default().to_owned(), tag });
        } else {
            return if rest.is_empty() || rest == "<" { Found::Cut } else { Found::Nothing };
        };
        match skipped {
            Some((_, after)) => rest = after,
            None => return Found::Cut,
        }
    }
}

/// Behind the internal subset of a document type: `]`, white space, `>`.
fn behind_subset(inside: &str) -> Option<&str> {
    inside
        .match_indices(']')
        .find_map(|(at, bracket)| inside.get(at.saturating_add(bracket.len())..)?.trim_start().strip_prefix('>'))
}

impl Probe<'_> {
    /// The root element, if this is text that starts with markup.
    pub(super) fn root(&self) -> Option<&Root> {
        self.root
            .get_or_init(|| match find_root(self.text()?) {
                Found::Root(root) => Some(root),
                Found::Nothing => None,
                // Pages and scripts are hidden behind screens of white space and comments.
                Found::Cut => match self.find_root_far() {
                    Found::Root(root) => Some(root),
                    Found::Cut | Found::Nothing => None,
                },
            })
            .as_ref()
    }

    fn find_root_far(&self) -> Found {
        let text = self.source.peek(0, FAR).ok().and_then(|front| super::text::decode(&front));
        text.map_or(Found::Nothing, |text| find_root(&text))
    }

    /// Whether this is text in which a root element may stand behind everything that was looked at.
    pub(super) fn is_root_out_of_reach(&self) -> bool {
        self.source.len() > FAR as u64
            && self.text().is_some_and(|text| matches!(find_root(text), Found::Cut))
            && matches!(self.find_root_far(), Found::Cut)
    }
}

/// How far a root element is looked for.
const FAR: usize = 1 << 20;

/// The whole text of an artifact, as far as the budget allows, and why it ended early.
pub(super) fn read_text(budget: &Budget, source: &Source) -> (String, Option<Error>) {
    let allowed = budget.limits().artifact_bytes.min(LONGEST);
    let (bytes, error) = budget.read_source(source.slice(0, allowed));
    let cut = (source.len() > allowed).then_some(Error::Limit(crate::error::LimitKind::ArtifactBytes));
    let text = super::text::decode(&bytes).unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned());
    (text, error.or(cut))
}

/// Longest text read for markup and formulas. The largest honest drawing seen is under 5 MB.
pub(super) const LONGEST: u64 = 8 << 20;

/// Shows XML to a browser's eyes: elements of XHTML and SVG in any XML file are alive there.
fn inspect_xml(scan: &mut Scan, source: &Source) -> Result<()> {
    let (text, error) = read_text(&scan.budget, source);
    scan.budget.steps(text.len() as u64)?;
    let shown = ["http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg", "<?xml-stylesheet"];
    if shown.iter().any(|mark| text.contains(mark)) && markup::report_active(scan, &text, markup::Dialect::Xml, "xml") {
        return Err(Error::Unsupported("xml"));
    }
    // Windows asks the prolog which program opens a file named `.xml`, however far away it ends.
    match find_root(&text) {
        Found::Root(root) if is_word(&root) => return office_xml::inspect_word(scan, source),
        Found::Root(root) if is_excel(&root) => return office_xml::inspect_excel(scan, source),
        Found::Root(root) if flat_opc::is_root(&root) => return flat_opc::inspect(scan, source),
        Found::Root(root) if opendocument::is_flat(&root) => return opendocument::inspect_flat(scan, source),
        Found::Root(_) => {}
        Found::Cut | Found::Nothing if super::extension(scan.name()) == "xml" => {
            scan.report(Observation::new(&UNKNOWN, Evidence::quote(scan.name())));
            scan.set_status(Status::Unread);
        }
        Found::Cut | Found::Nothing => {}
    }
    error.map_or(Ok(()), Err)
}

/// A stylesheet may carry script (`msxsl:script`), which MSXML runs when told to transform.
fn inspect_stylesheet(scan: &mut Scan, source: &Source) -> Result<()> {
    let (text, error) = read_text(&scan.budget, source);
    scan.budget.steps(text.len() as u64)?;
    let lower = text.to_ascii_lowercase();
    if let Some(at) = lower.find(":script").filter(|_| lower.contains("urn:schemas-microsoft-com:xslt")) {
        let excerpt: String = text.get(at.saturating_sub(8)..).unwrap_or_default().chars().take(120).collect();
        scan.report(Observation::new(&types::SCRIPT, Evidence::quote(&excerpt).offset(at as u64)).with("type", "xslt"));
    }
    error.map_or(Err(Error::Unsupported("xslt")), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> Option<String> {
        match find_root(text) {
            Found::Root(root) => Some(root.name().to_owned()),
            _ => None,
        }
    }

    #[test]
    fn the_root_is_found_behind_everything_that_may_precede_it() {
        let text = "\n<?xml version='1.0'?><!-- <b> --><!DOCTYPE x [ <!ENTITY a \"<i>\"> ]>\n<svg:SVG a='1'>";
        assert_eq!(root(text).as_deref(), Some("svg"));
        assert_eq!(root("<!DOCTYPE html><html>").as_deref(), Some("html"));
        assert_eq!(root("a < b"), None);
        assert_eq!(root("<!-- never closed <html>"), None);
    }

    #[test]
    fn a_root_behind_more_than_is_looked_at_is_not_a_missing_root() {
        let out = |text: String| {
            let source = Source::memory(text.into_bytes());
            Probe::new(&source, "x").unwrap().is_root_out_of_reach()
        };
        assert!(out(format!("<!--{}--><a>", "x".repeat(FAR))) && out(format!("{}<a>", " ".repeat(FAR))));
        assert!(
            !out("<!-- never closed".into()) && !out("words ".repeat(FAR)) && !out(format!("<a>{}", " ".repeat(FAR)))
        );
    }

    #[test]
    fn many_declarations_take_no_longer_than_their_length() {
        assert!(root(&"<!a>".repeat(200_000)).is_none() && root(&"<!a[>] >".repeat(100_000)).is_none());
        assert_eq!(root("<!DOCTYPE x [ <!ENTITY a \"b]c\"> ]\n><y>").as_deref(), Some("y"));
    }

    #[test]
    fn padding_does_not_hide_the_root() {
        let source = Source::memory(format!("{}<MMC_ConsoleFile>", " ".repeat(20_000)).into_bytes());
        let probe = Probe::new(&source, "x").unwrap();
        assert!(probe.root().unwrap().is("mmc_consolefile"));
    }
}
