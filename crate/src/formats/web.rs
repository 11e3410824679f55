//! Web pages and drawings that are pages.
//!
//! More malicious mail carries a page than anything else: a sign-in form, a file built by script, a command to paste.
//! An SVG is a page that looks like a picture. Honest pages exist (reports, envelopes of secure mail), so a page alone
//! never asks for more than to check with the sender.
//!
//! A drawing without anything alive is read completely by the same scan, and is then what it seems. A page without
//! anything alive still leads somewhere with its words, which nobody here reads: it stays unchecked.

use super::markup::{Dialect, report_active};
use super::{Format, Probe, Reading, xml};
use crate::artifact::Class;
use crate::detections::types::WEB_PAGE;
use crate::error::{Error, Result};
use crate::scan::Scan;
use crate::source::Source;

pub(super) const FORMATS: &[Format] = &[
    Format::new("svg", Class::Web, &["svg"])
        .probe(|p| p.root().is_some_and(|r| r.is("svg")) || p.is_text_named(&["svg"]))
        .reading(Reading::With(|scan, source| inspect(scan, source, Dialect::Svg, "svg"))),
    Format::new("webarchive", Class::Web, &["webarchive"])
        .probe(|p| p.starts_with(b"bplist00") && p.extension == "webarchive")
        .risk(&WEB_PAGE),
    Format::new("xhtml", Class::Web, &["xhtml", "xht"])
        .probe(|p| {
            p.root()
                .is_some_and(|r| r.is("html") && r.holds("http://www.w3.org/1999/xhtml") && r.prolog.contains("<?xml"))
                || p.is_text_named(&["xhtml", "xht"])
        })
        .reading(Reading::With(|scan, source| inspect(scan, source, Dialect::Xml, "xhtml"))),
    Format::new("html", Class::Web, &["html", "htm", "shtml", "shtm", "stm", "htc"])
        .named()
        .probe(is_html)
        .reading(Reading::With(|scan, source| inspect(scan, source, Dialect::Html, "html"))),
];

/// Elements that make a browser take text for a page (\[MIMESNIFF\] 7.1).
const FIRST: &[&str] = &[
    "html", "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b", "body", "br", "p",
    "meta", "center", "form",
];

/// A browser shows whatever bears the name, stray controls and zeros included.
fn is_html(p: &Probe<'_>) -> bool {
    matches!(p.extension.as_str(), "html" | "htm" | "shtml")
        || p.text_starts(&["<!doctype html"])
        || p.root()
            .is_some_and(|root| root.is("html") || (FIRST.contains(&root.name()) && !root.prolog.contains("<?xml")))
}

fn inspect(scan: &mut Scan, source: &Source, dialect: Dialect, id: &'static str) -> Result<()> {
    let (text, error) = xml::read_text(&scan.budget, source);
    scan.budget.steps(text.len() as u64)?;
    let alive = report_active(scan, &text, dialect, id);
    match error {
        Some(error) => Err(error),
        None if alive || dialect != Dialect::Svg => Err(Error::Unsupported(id)),
        None => Ok(()),
    }
}
