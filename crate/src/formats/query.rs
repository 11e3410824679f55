//! Queries: small files of text that tell Excel where to get a table.
//!
//! A web query (`.iqy`) is three lines long, the third an address; what comes back goes into cells, and a formula that
//! comes back may start a program. Nobody's filter minds three lines of text, so they were mailed by the million.
//! Connections (`.odc`, `.dqy`, `.rqy`, `.oqy`, `.udl`) name a database; honest ones are used inside a company.

use super::{Format, Reading};
use crate::artifact::Class;
use crate::detections::types::QUERY;
use crate::error::Result;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::languages::ActionKind;
use crate::languages::commands::urls;
use crate::scan::Scan;
use crate::source::Source;

/// A web query that leads to a server.
const REMOTE: FindingKind = FindingKind::new("query.remote", Level::Stop, Some("N3"));

/// Findings made here.
pub(super) const KINDS: &[&FindingKind] = &[&REMOTE];

const fn query(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Shortcut, extensions).risk(&QUERY).named()
}

pub(super) const FORMATS: &[Format] = &[
    query("iqy", &["iqy"])
        .probe(|p| p.text_starts(&["web\r\n1\r\n", "web\n1\n", "web\r1\r"]))
        .reading(Reading::With(inspect_web)),
    query("odc", &["odc"])
        .probe(|p| p.text_starts(&["<"]) && p.text_holds("text/x-ms-odc"))
        .reading(Reading::With(inspect_office)),
    query("dqy", &["dqy", "rqy", "oqy", "udl"])
        .probe(|p| p.text_starts(&["xlodbc\r\n", "xlodbc\n", "querytype="]) || p.has_line("[oledb]"))
        .reading(Reading::With(inspect_database)),
];

fn report(scan: &mut Scan, kind: &'static FindingKind, id: &'static str, line: usize, target: &str, excerpt: &str) {
    let evidence = Evidence::quote(excerpt).line(u32::try_from(line.saturating_add(1)).unwrap_or(u32::MAX));
    let observation = Observation::new(kind, evidence);
    scan.report(if kind.id == REMOTE.id {
        observation.with("target", target).acts(ActionKind::Fetch, target)
    } else {
        observation.with("type", id)
    });
}

/// Lines shown of one file.
const MOST: usize = 8;

/// Web queries: Excel needs the address only; where it stands does not matter here.
fn inspect_web(scan: &mut Scan, source: &Source) -> Result<()> {
    let (text, error) = super::xml::read_text(&scan.budget, source);
    scan.budget.steps(text.len() as u64)?;
    let lines = text.split(['\n', '\r']).filter(|line| !line.trim().is_empty()).enumerate();
    for (number, line) in lines.filter(|(_, line)| urls(line).next().is_some() || is_file_address(line)).take(MOST) {
        let target = urls(line).next().unwrap_or_else(|| line.trim());
        report(scan, &REMOTE, "iqy", number, target, line);
    }
    error.map_or(Ok(()), Err)
}

/// `file://host/…`
fn is_file_address(line: &str) -> bool {
    let lower = line.trim().to_ascii_lowercase();
    lower
        .strip_prefix("file:")
        .is_some_and(|rest| rest.starts_with("//") && !rest.starts_with("///") || rest.starts_with("\\\\"))
}

/// Office data connections: a page with XML inside that Excel looks for.
fn inspect_office(scan: &mut Scan, source: &Source) -> Result<()> {
    let (text, error) = super::xml::read_text(&scan.budget, source);
    scan.budget.steps(text.len() as u64)?;
    let lower = text.to_ascii_lowercase();
    for tag in ["odc:connectionstring", "odc:commandtext", "odc:sourcefile", "odc:url"] {
        let Some(at) = lower.find(&format!("<{tag}")) else { continue };
        let inside = text.get(at..).and_then(|rest| rest.split_once('>')).map_or("", |(_, rest)| rest);
        let value = inside.split('<').next().unwrap_or_default().trim();
        if !value.is_empty() {
            let line = text.get(..at).unwrap_or_default().matches('\n').count();
            report(scan, &QUERY, "odc", line, "", &unescaped(value));
        }
    }
    error.map_or(Ok(()), Err)
}

/// Connections as lines of text: those that name the database or ask it.
fn inspect_database(scan: &mut Scan, source: &Source) -> Result<()> {
    const KEYS: [&str; 8] =
        ["provider=", "dsn=", "driver=", "data source=", "connection=", "commandtext=", "select ", "exec "];
    let (text, error) = super::xml::read_text(&scan.budget, source);
    scan.budget.steps(text.len() as u64)?;
    let says = |line: &str| {
        let lower = line.trim_start().to_ascii_lowercase();
        !lower.starts_with(';') && KEYS.iter().any(|key| lower.starts_with(key))
    };
    for (number, line) in text.lines().enumerate().filter(|(_, line)| says(line)).take(MOST) {
        report(scan, &QUERY, "dqy", number, "", line);
    }
    error.map_or(Ok(()), Err)
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&apos;", "'").replace("&amp;", "&")
}
