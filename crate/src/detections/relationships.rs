//! Content that a document fetches from outside when it is opened (remote template injection, CVE-2017-0199,
//! CVE-2021-40444, CVE-2022-30190).
//!
//! The document itself holds nothing that a scanner could find; Word fetches the template with the macro, or the page
//! with the exploit, from a server. Ordinary links wait for a click and are left in peace; so are links to files on
//! this machine or beside the document, which in-house templates and workbooks are full of.

use crate::detections::Detection;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::view::{Reads, View};

const CONTENT: FindingKind = FindingKind::new("ooxml.external-content", Level::Stop, Some("N1"));
const LINK: FindingKind = FindingKind::new("ooxml.external-link", Level::Hold, Some("N1"));

pub(super) const DETECTION: Detection = Detection { kinds: &[&CONTENT, &LINK], reads: Reads::Relationship, find };

/// Where a target leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A handler that runs what it is given.
    Handler,
    Web,
    /// A file server.
    Share,
    /// This machine, or beside the document.
    Local,
}

/// Where a target leads, by its scheme and slashes.
pub(super) fn place(target: &str) -> Place {
    let target = target.trim().to_lowercase();
    let inner = target.strip_prefix("mhtml:").unwrap_or(&target);
    let handlers = ["mhtml:", "ms-msdt:", "search-ms:", "script:", "javascript:", "vbscript:", "ms-officecmd:"];
    if handlers.iter().any(|handler| target.starts_with(handler)) || inner.contains("!x-usc:") {
        return Place::Handler;
    }
    if ["http:", "https:", "ftp:", "ftps:"].iter().any(|scheme| target.starts_with(scheme)) {
        return Place::Web;
    }
    let path = target.strip_prefix("file:").unwrap_or(&target).replace('/', "\\");
    let slashes = path.len().saturating_sub(path.trim_start_matches('\\').len());
    let rest = path.trim_start_matches('\\');
    let drive = matches!(rest.as_bytes(), [letter, b':' | b'|', ..] if letter.is_ascii_alphabetic());
    // file:///C:\x is local; file://server/x, \\server\x and file:///\\server\x are not.
    let host = rest.split('\\').next().unwrap_or_default();
    let remote = match slashes {
        0 | 1 | 3 => false,
        _ => !drive && !host.is_empty() && host != "localhost",
    };
    if remote { Place::Share } else { Place::Local }
}

pub(super) fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Relationship(relationship) = view else { return };
    let kind = relationship.kind.to_lowercase();
    let fetched = matches!(
        kind.as_str(),
        "attachedtemplate" | "oleobject" | "frame" | "subdocument" | "afchunk" | "package" | "control"
    );
    let finding = match (place(relationship.target), kind.as_str()) {
        (Place::Handler, _) => &CONTENT,
        (Place::Web, _) if fetched => &CONTENT,
        (Place::Share, "attachedtemplate" | "frame" | "subdocument" | "afchunk" | "control") => &CONTENT,
        (Place::Share, kind) if kind != "hyperlink" => &LINK,
        (
            Place::Web,
            "externallinkpath" | "externallink" | "slideupdateurl" | "slideupdateinfo" | "mailmergesource",
        ) => &LINK,
        _ => return,
    };
    let evidence = Evidence::quote(relationship.target).path(relationship.part);
    found.push(Observation::new(finding, evidence).with("kind", relationship.kind).with("target", relationship.target));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Relationship;

    fn fires(kind: &str, target: &str) -> Option<&'static str> {
        let mut found = Vec::new();
        find(&View::Relationship(Relationship { part: "word/_rels/settings.xml.rels", kind, target }), &mut found);
        found.first().map(|observation| observation.kind.id)
    }

    #[test]
    fn content_from_outside() {
        for (kind, target) in [
            ("attachedTemplate", "https://evil.example/t.dotm"),
            ("attachedTemplate", "\\\\10.0.0.1\\share\\t.dotm"),
            ("attachedTemplate", "file://server.example/t.dotm"),
            ("attachedTemplate", "file:///\\\\server.example\\t.dotm"),
            ("oleObject", "mhtml:http://evil.example/x.html!x-usc:http://evil.example/x.html"),
            ("oleObject", "HTTP://evil.example/x.html!"),
            ("frame", "http://evil.example/"),
            ("hyperlink", "ms-msdt:/id"),
        ] {
            assert_eq!(fires(kind, target), Some("ooxml.external-content"), "{kind} {target}");
        }
    }

    #[test]
    fn links_to_other_machines() {
        for (kind, target) in [
            ("externalLinkPath", "file:///\\\\server\\share\\book.xlsx"),
            ("externalLinkPath", "https://intra.example/book.xlsx"),
            ("image", "\\\\server.example\\a.png"),
            ("oleObject", "file:///\\\\server\\share\\book.xlsx"),
        ] {
            assert_eq!(fires(kind, target), Some("ooxml.external-link"), "{kind} {target}");
        }
    }

    #[test]
    fn lookalikes_that_are_everyday() {
        for (kind, target) in [
            ("hyperlink", "https://www.example/"),
            ("hyperlink", "mailto:a@b.example"),
            ("hyperlink", "file:///\\\\server\\share\\a.docx"),
            ("attachedTemplate", "file:///C:\\Users\\a\\AppData\\Roaming\\Microsoft\\Templates\\Normal.dotm"),
            ("attachedTemplate", "Normal.dotm"),
            ("externalLinkPath", "book.xlsx"),
            ("externalLinkPath", "/Users/a/book.xlsx"),
            ("image", "https://www.example/logo.png"),
            ("oleObject", "file:///D:\\data\\book.xlsx"),
        ] {
            assert_eq!(fires(kind, target), None, "{kind} {target}");
        }
    }
}
