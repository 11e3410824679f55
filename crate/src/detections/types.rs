//! Kinds of files that nobody needs to mail: what opening them does is the finding.

use crate::detections::Detection;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::formats::Format;
use crate::view::{Reads, View};

pub(crate) const PROGRAM: FindingKind = FindingKind::new("type.program", Level::Stop, Some("X1"));
pub(crate) const SCRIPT: FindingKind = FindingKind::new("type.script", Level::Stop, Some("X1"));
/// Among the files of a project scripts are what one expects; a person who is sent none should still ask.
const SCRIPT_IN_SOURCE: FindingKind = FindingKind::new("type.script-in-source", Level::Hold, None);
pub(crate) const SHORTCUT: FindingKind = FindingKind::new("type.shortcut", Level::Stop, Some("X2"));
pub(crate) const INTERNET_SHORTCUT: FindingKind = FindingKind::new("type.internet-shortcut", Level::Hold, Some("X2"));
pub(crate) const INSTALLER: FindingKind = FindingKind::new("type.installer", Level::Stop, Some("X1"));
pub(crate) const REMOTE_FOLDER: FindingKind = FindingKind::new("type.remote-folder", Level::Stop, Some("X3"));
pub(crate) const REMOTE_DESKTOP: FindingKind = FindingKind::new("type.remote-desktop", Level::Stop, Some("X5"));
pub(crate) const DISK_IMAGE: FindingKind = FindingKind::new("type.disk-image", Level::Stop, Some("X1"));
pub(crate) const ADD_IN: FindingKind = FindingKind::new("type.add-in", Level::Hold, Some("M6"));
pub(crate) const QUERY: FindingKind = FindingKind::new("type.query", Level::Hold, Some("N3"));
pub(crate) const RARE: FindingKind = FindingKind::new("type.rare", Level::Hold, Some("F3"));
pub(crate) const WEB_PAGE: FindingKind = FindingKind::new("type.web-page", Level::Hold, Some("W1"));
pub(crate) const NOTEBOOK: FindingKind = FindingKind::new("type.notebook", Level::Hold, Some("X4"));

pub(super) const DETECTION: Detection = Detection {
    kinds: &[
        &PROGRAM,
        &SCRIPT,
        &SCRIPT_IN_SOURCE,
        &SHORTCUT,
        &INTERNET_SHORTCUT,
        &INSTALLER,
        &REMOTE_FOLDER,
        &REMOTE_DESKTOP,
        &DISK_IMAGE,
        &ADD_IN,
        &QUERY,
        &RARE,
        &WEB_PAGE,
        &NOTEBOOK,
    ],
    reads: Reads::Named,
    find,
};

/// Scripts that source code consists of. Those that only Windows starts, or that hide what they are, are not among them.
const SOURCE: &[&str] = &["js", "python", "perl", "ruby", "shell-script", "tcl", "powershell", "bat", "msbuild", "lua"];

/// Content decides. Where it says nothing or something dull, the name still does, because the system goes by it: a
/// batch file may start with any bytes, and a page of HTML named `.hta` is a program.
fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Named(named) = view else { return };
    let risk_of = |format: &'static Format| {
        let is_source = named.in_source && SOURCE.contains(&format.id);
        format.risk.map(|risk| (format, if is_source { &SCRIPT_IN_SOURCE } else { risk }))
    };
    if let Some((format, risk)) = named.format.and_then(risk_of) {
        found.push(Observation::new(risk, Evidence::quote(named.name)).with("type", format.id));
        if risk.severity == Level::Stop || risk.id == SCRIPT_IN_SOURCE.id {
            return;
        }
    }
    // A packed or printed thing under the name of an internet shortcut is opened as a shortcut.
    let is_shortcut =
        |id: &str| named.claimed.is_some_and(|claimed| claimed.id == id) && named.offered && !named.locked;
    if is_shortcut("url")
        && named.format.is_some_and(|format| !matches!(format.id, "url" | "apple-double") && !format.acts())
    {
        found.push(Observation::new(&SHORTCUT, Evidence::quote(named.name)).with("type", "url"));
    }
    let is_apple_double = named.format.is_some_and(|format| format.id == "apple-double");
    let by_name = named.claimed.filter(|_| named.offered && !named.locked && !is_apple_double);
    if let Some((claimed, risk)) = by_name.and_then(risk_of)
        && (risk.severity == Level::Stop || risk.id == SCRIPT_IN_SOURCE.id)
        && !named.format.is_some_and(Format::acts)
    {
        found.push(Observation::new(risk, Evidence::quote(named.name)).with("type", claimed.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats;
    use crate::view::Named;

    fn found(name: &str, format: Option<&str>, offered: bool) -> Vec<(&'static str, String)> {
        let format = format.map(|id| formats::by_id(id).unwrap());
        let claimed = formats::by_extension(&formats::extension(name));
        let mut found = Vec::new();
        find(&View::Named(Named { name, format, claimed, locked: false, offered, in_source: false }), &mut found);
        found.iter().map(|o| (o.kind.id, o.values["type"].clone())).collect()
    }

    #[test]
    fn the_kind_is_the_finding() {
        assert_eq!(found("a.bin", Some("exe"), true), [("type.program", "exe".into())]);
        assert_eq!(found("a.lzh", Some("lzh"), true), [("type.rare", "lzh".into())]);
        assert!(found("a.png", Some("png"), true).is_empty());
    }

    #[test]
    fn a_name_that_runs_counts_whatever_the_bytes() {
        assert_eq!(found("a.bat", None, true), [("type.script", "bat".into())]);
        assert_eq!(found("a.hta", Some("png"), true), [("type.script", "hta".into())]);
        assert_eq!(found("a.dll", Some("exe"), true), [("type.program", "exe".into())]);
        assert!(found("._a.command", Some("apple-double"), true).is_empty());
        assert_eq!(found("a.url", Some("zip"), true), [("type.shortcut", "url".into())]);
        assert_eq!(found("a.url", Some("pdf"), true), [("type.shortcut", "url".into())]);
        assert!(
            found("a.url", Some("url"), true).is_empty() && found("._a.url", Some("apple-double"), true).is_empty()
        );
        assert_eq!(found("a.js?", Some("text"), true), [("type.script", "js".into())]);
        assert!(found("xl/a.bat", None, false).is_empty());
        assert!(found("a.pdf", None, true).is_empty());
    }
}
