//! XML: the root element says what it is, and the kinds of document that are one XML file.
//!
//! Word and Excel open their 2003 and "flat" XML under the names of the binary formats, macros included; attackers
//! use that because scanners that look for ZIP or compound files see only text.

use std::io::Read;

use super::{Format, Probe, markup};
use crate::artifact::Class;
use crate::budget::Budget;
use crate::detections::types;
use crate::error::{Error, Result};
use crate::finding::{Evidence, Observation};
use crate::scan::Scan;
use crate::source::Source;

pub(super) const FORMATS: &[Format] = &[
    Format::new("word-2003-xml", Class::Document, &["wordml"])
        .probe(|p| p.root().is_some_and(|r| r.is("worddocument") || r.prolog.contains("progid=\"word.document"))),
    Format::new("excel-2003-xml", Class::Document, &["xmlss"])
        .probe(|p| p.root().is_some_and(|r| (r.is("workbook") && r.holds("office:spreadsheet")) || r.prolog.contains("progid=\"excel.sheet"))),
    Format::new("flat-opc", Class::Document, &[])
        .probe(|p| p.root().is_some_and(|r| r.is("package") && r.holds("/2006/xmlpackage"))),
    Format::new("infopath", Class::Document, &["infopathxml"])
        .probe(|p| p.root().is_some_and(|r| r.prolog.contains("progid=\"infopath.document"))),
    Format::new("flat-odf", Class::Document, &["fodt", "fods", "fodp", "fodg"])
        .probe(|p| p.root().is_some_and(|r| r.is("document") && r.holds("opendocument:xmlns:office"))),
    Format::new("xfa", Class::Document, &["xdp"]).probe(|p| p.root().is_some_and(|r| r.is("xdp"))),
    Format::new("xslt", Class::Script, &["xsl", "xslt"])
        .probe(|p| p.root().is_some_and(|r| (r.is("stylesheet") || r.is("transform")) && r.holds("/xsl/transform")) || p.is_text_named(&["xsl", "xslt"]))
        .reading(super::Reading::With(inspect_stylesheet)),
    Format::new("plist-xml", Class::Data, &[])
        .probe(|p| p.root().is_some_and(|r| r.is("plist")))
        .reading(super::Reading::Passive),
    Format::new(
        "xml",
        Class::Data,
        &["xml", "xsd", "wsdl", "rss", "atom", "rdf", "kml", "gpx", "xaml", "manifest", "config", "vml", "dita", "opml", "resx", "rels", "tei"],
    )
    .named()
    .probe(|p| p.root().is_some() && p.text_starts(&["<?xml"]))
    .reading(super::Reading::With(inspect_xml)),
];

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
            match (inside.find('['), inside.find('>')) {
                (Some(subset), Some(end)) if subset < end => inside.split_once("]>").or_else(|| inside.split_once("] >")),
                _ => inside.split_once('>'),
            }
        } else if let Some(inside) = rest.strip_prefix('<').filter(|t| t.starts_with(|c: char| c.is_alphabetic() || c == '_')) {
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

impl Probe<'_> {
    /// The root element, if this is text that starts with markup.
    pub(super) fn root(&self) -> Option<&Root> {
        self.root
            .get_or_init(|| match find_root(self.text()?) {
                Found::Root(root) => Some(root),
                Found::Nothing => None,
                // Pages and scripts are hidden behind screens of white space and comments.
                Found::Cut => match find_root(&super::text::decode(&self.source.peek(0, FAR).ok()?)?) {
                    Found::Root(root) => Some(root),
                    Found::Cut | Found::Nothing => None,
                },
            })
            .as_ref()
    }
}

/// How far a root element is looked for.
const FAR: usize = 1 << 18;

/// The whole text of an artifact, as far as the budget allows, and why it ended early.
pub(super) fn read_text(budget: &Budget, source: &Source) -> (String, Option<Error>) {
    let allowed = budget.limits().artifact_bytes.min(LONGEST);
    let (bytes, error) = budget.read_as_far_as_possible(source.clone().take(allowed));
    let cut = (source.len() > allowed).then_some(Error::Limit(crate::error::LimitKind::ArtifactBytes));
    let text = super::text::decode(&bytes).unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned());
    (text, error.or(cut))
}

/// Longest text read for markup and formulas. The largest honest drawing seen is under 5 MB.
const LONGEST: u64 = 8 << 20;

/// Shows XML to a browser's eyes: elements of XHTML and SVG in any XML file are alive there.
fn inspect_xml(scan: &mut Scan<'_>, source: &Source) -> Result<()> {
    let (text, error) = read_text(&scan.budget, source);
    scan.budget.steps(text.len() as u64)?;
    let shown = ["http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg", "<?xml-stylesheet"];
    if shown.iter().any(|mark| text.contains(mark)) && markup::report_active(scan, &text, markup::Dialect::Xml, "xml") {
        return Err(Error::Unsupported("xml"));
    }
    error.map_or(Ok(()), Err)
}

/// A stylesheet may carry script (`msxsl:script`), which MSXML runs when told to transform.
fn inspect_stylesheet(scan: &mut Scan<'_>, source: &Source) -> Result<()> {
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
    fn padding_does_not_hide_the_root() {
        let source = Source::memory(format!("{}<MMC_ConsoleFile>", " ".repeat(20_000)).into_bytes());
        let probe = Probe::new(&source, "x").unwrap();
        assert!(probe.root().unwrap().is("mmc_consolefile"));
    }
}
