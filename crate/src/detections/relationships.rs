//! Content that a document fetches from outside when it is opened (remote template injection, CVE-2017-0199,
//! CVE-2021-40444, CVE-2022-30190).
//!
//! The document itself holds nothing that a scanner could find; Word fetches the template with the macro, or the page
//! with the exploit, from a server. Ordinary links wait for a click and are left in peace; so are links to files on
//! this machine or beside the document, which in-house templates and workbooks are full of.

use crate::detections::Detection;
use crate::finding::{Evidence, FindingKind, Level, Observation, is_invisible};
use crate::formats::{self, Format};
use crate::languages::{ActionKind, places};
use crate::view::{Reads, View};

const CONTENT: FindingKind = FindingKind::new("ooxml.external-content", Level::Stop, Some("N1"));
const LINK: FindingKind = FindingKind::new("ooxml.external-link", Level::Hold, Some("N1"));
/// Pictures, sound and video: whoever serves them learns that the document was opened, and by whom.
const MEDIA: FindingKind = FindingKind::new("ooxml.external-media", Level::Notice, Some("N1"));

/// A link of the web that waits for a click, and then hands over something that runs.
const PROGRAM: FindingKind = FindingKind::new("ooxml.link-to-program", Level::Notice, None);

pub(super) const DETECTION: Detection =
    Detection { kinds: &[&CONTENT, &LINK, &MEDIA, &PROGRAM], reads: Reads::Relationship, find };

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

/// Protocols whose handlers have run what a link gave them.
const HANDLERS: &[&str] = &[
    "mhtml:",
    "ms-msdt:",
    "search-ms:",
    "search:",
    "script:",
    "javascript:",
    "vbscript:",
    "ms-officecmd:",
    "ms-appinstaller:",
    "ms-its:",
    "its:",
    "mk:",
    "res:",
    "shell:",
    "data:",
    "hcp:",
    "vnd.libreoffice.command:",
    ".uno:",
    "slot:",
    "service:",
];

/// A target as the programs read it: white space, controls and marks nobody sees are dropped, escapes undone.
fn clean(target: &str) -> String {
    let mut bytes = Vec::with_capacity(target.len());
    let mut rest = target.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| byte == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let shown = text.chars().filter(|c| !is_invisible(*c));
    shown.collect::<String>().trim().to_lowercase()
}

pub(super) fn place(target: &str) -> Place {
    let target = clean(target);
    // Protocols are compared without white space in them.
    let packed: String = target.chars().filter(|c| !c.is_whitespace()).take(64).collect();
    if HANDLERS.iter().any(|handler| packed.starts_with(handler)) || target.contains("!x-usc:") {
        return Place::Handler;
    }
    // `url:http://…` and `file:http://…` are followed too.
    let packed = packed.trim_start_matches("url:");
    // `ms-word:ofe|u|https://…`: Office opens what follows.
    let packed = match packed.strip_prefix("ms-").and_then(|rest| rest.split_once("|u|")) {
        Some((_, address)) => address,
        None => packed,
    };
    if ["http:", "https:", "ftp:", "ftps:", "file:http", "vnd.sun.star.webdav", "dav:", "davs:"]
        .iter()
        .any(|scheme| packed.starts_with(scheme))
    {
        return Place::Web;
    }
    let target = target.strip_prefix("smb:").unwrap_or(&target);
    let path = target.strip_prefix("file:").unwrap_or(target).trim_start().replace('/', "\\");
    let slashes = path.len().saturating_sub(path.trim_start_matches('\\').len());
    let rest = path.trim_start_matches('\\');
    let drive = matches!(rest.as_bytes(), [letter, b':' | b'|', ..] if letter.is_ascii_alphabetic());
    // file:///C:\x is local; file://server/x, \\server\x and file:///\\server\x are not.
    let host = rest.split('\\').next().unwrap_or_default();
    // \\?\UNC\server\x, and \\?\C:\x.
    let device = matches!(host, "?" | ".");
    let after = rest.get(host.len()..).unwrap_or_default().trim_start_matches('\\');
    let remote = match slashes {
        0 | 1 | 3 => false,
        _ if device => after.starts_with("unc\\"),
        _ => !drive && !host.is_empty() && !matches!(host, "localhost" | "127.0.0.1"),
    };
    if remote { Place::Share } else { Place::Local }
}

/// Whether a target leads to another machine, or to a handler.
pub(super) fn is_remote(target: &str) -> bool {
    place(target) != Place::Local
}

/// Whether a server is one of a company's own network.
pub(super) fn is_inside(target: &str) -> bool {
    places::is_inside(&clean(target))
}

/// Whether a link's target is a program or script.
fn is_program(target: &str) -> bool {
    let target = clean(target);
    let path = target.split(['?', '#']).next().unwrap_or_default();
    // `mailto:a@b.com` and `www.example.com` are no programs.
    let scheme = path.find(':').filter(|at| *at > 1).and_then(|at| path.get(..at));
    if scheme.is_some_and(|scheme| scheme != "file") || path.ends_with(".com") && !path.contains(['\\', ':']) {
        return false;
    }
    formats::by_extension(&formats::extension(path)).is_some_and(Format::acts)
}

/// Endings under which servers hand out what Windows or Android runs. Pages are made by scripts too (`.py`, `.pl`), and
/// hosts end in `.com`: those are none.
const FETCHED: [&str; 24] = [
    "exe",
    "msi",
    "msp",
    "msix",
    "msixbundle",
    "appx",
    "appinstaller",
    "application",
    "scr",
    "hta",
    "jse",
    "vbs",
    "vbe",
    "wsf",
    "bat",
    "cmd",
    "ps1",
    "lnk",
    "iso",
    "img",
    "vhd",
    "vhdx",
    "xll",
    "apk",
];

/// Whether an address of the web names a program behind its host.
fn is_program_on_web(target: &str) -> bool {
    let target = clean(target);
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let behind = path.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    behind.is_some_and(|(_, path)| FETCHED.contains(&formats::extension(path).as_str()))
}

pub(super) fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Relationship(relationship) = view else { return };
    let kind = relationship.kind.to_lowercase();
    let fetched = matches!(
        kind.as_str(),
        "attachedtemplate" | "oleobject" | "frame" | "subdocument" | "afchunk" | "package" | "control" | "vbaproject"
    );
    let finding = match (place(relationship.target), kind.as_str()) {
        (Place::Handler, "image" | "media" | "audio" | "video" | "font")
            if clean(relationship.target).starts_with("data:") =>
        {
            return;
        }
        // Text copied from web pages brings links that only a browser would follow.
        (Place::Handler, "hyperlink") if clean(relationship.target).starts_with("javascript:") => return,
        (Place::Handler, _) => &CONTENT,
        (Place::Web | Place::Share, _) if fetched && is_inside(relationship.target) => &LINK,
        (Place::Web, _) if fetched => &CONTENT,
        (Place::Share, "attachedtemplate" | "frame" | "subdocument" | "afchunk" | "control" | "vbaproject") => &CONTENT,
        (Place::Share, kind) if kind != "hyperlink" => &LINK,
        (Place::Web, "image" | "media" | "audio" | "video" | "font" | "hdphoto" | "model3d" | "linkedimage") => &MEDIA,
        // Links of a workbook, slides and sources elsewhere; and kinds that no program writes with an address of the web,
        // which some program follows all the same.
        (Place::Web, kind) if kind != "hyperlink" => &LINK,
        (Place::Share | Place::Local, "hyperlink") if is_program(relationship.target) => &LINK,
        (Place::Web, "hyperlink") if is_program_on_web(relationship.target) => &PROGRAM,
        _ => return,
    };
    let evidence = Evidence::quote(relationship.target).path(relationship.part);
    let observation =
        Observation::new(finding, evidence).with("kind", relationship.kind).with("target", relationship.target);
    let waits = finding.id != CONTENT.id || kind == "hyperlink";
    found.push(if waits { observation } else { observation.acts(ActionKind::Fetch, relationship.target) });
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
    fn links_that_hand_over_a_program() {
        for target in ["https://a.example/Invoice.exe", "http://a.example/d/Scan.ISO?id=3", "https://a.example/x%2Emsi"]
        {
            assert_eq!(fires("hyperlink", target), Some("ooxml.link-to-program"), "{target}");
        }
        for target in [
            "https://www.example/",
            "https://setup.exe",
            "https://web.example/2020/http://www.example.com",
            "https://a.example/run.py?x=1",
            "mailto:a@b.example/x.exe",
        ] {
            assert_eq!(fires("hyperlink", target), None, "{target}");
        }
    }

    #[test]
    fn content_from_outside() {
        for (kind, target) in [
            ("attachedTemplate", "https://evil.example/t.dotm"),
            ("attachedTemplate", "\\\\10.0.0.1\\share\\t.dotm"),
            ("attachedTemplate", "\\\\evil@80\\share\\t.dotm"),
            ("attachedTemplate", "http://3232235777/t.dotm"),
            ("attachedTemplate", "http://0x7f000001/t.dotm"),
            ("attachedTemplate", "https://a.sharepoint.com@evil.example/t.dotm"),
            ("attachedTemplate", "https://a.sharepoint.com/:w:/g/t"),
            ("attachedTemplate", "https://a.sharepoint.com/_layouts/15/download.aspx?share=t"),
            ("attachedTemplate", "https://a.sharepoint.com.evil.example/t.dotm"),
            ("attachedTemplate", "ms-word:ofe|u|http://evil.example/t.dotm"),
            ("attachedTemplate", "https://tenant.sharepoint.example/t.dotm"),
            ("attachedTemplate", "file://server.example/t.dotm"),
            ("attachedTemplate", "file:///\\\\server.example\\t.dotm"),
            ("oleObject", "mhtml:http://evil.example/x.html!x-usc:http://evil.example/x.html"),
            ("oleObject", "HTTP://evil.example/x.html!"),
            ("frame", "http://evil.example/"),
            ("hyperlink", "ms-msdt:/id"),
            ("attachedTemplate", " hTTps\u{200B}://evil.example/t.dotm"),
            ("attachedTemplate", "%68ttp://evil.example/t.dotm"),
            ("attachedTemplate", "\\\\evil.example@SSL\\davwwwroot\\t.dotm"),
            ("attachedTemplate", "//evil.example/t.dotm"),
            ("attachedTemplate", "\\\\?\\UNC\\evil.example\\t.dotm"),
            ("frame", "file://///evil.example/x"),
            ("image", "mhtml:http://evil.example/x.html!x-usc:http://evil.example/x.html"),
            ("vbaProject", "http://evil.example/editdata.mso"),
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
            ("hyperlink", "file:///\\\\server\\share\\setup.exe"),
            ("hyperlink", "..\\a.lnk"),
            ("section", "https://intra.example/part.odt"),
            ("externalLinkLongPath", "https://intra.example/book.xlsx"),
            ("glossaryDocument", "https://evil.example/part"),
            ("attachedTemplate", "file:///\\\\fileserver\\templates\\letter.dotx"),
            ("attachedTemplate", "\\\\fs01.company.local\\templates\\letter.dotm"),
            ("attachedTemplate", "\\\\?\\UNC\\fileserver\\letter.dotm"),
            ("attachedTemplate", "http://intranet/templates/letter.dotm"),
            ("attachedTemplate", "https://tenant.sharepoint.com/sites/it/Forms/letter.dotm"),
            ("subDocument", "\\\\fileserver\\book\\chapter1.docx"),
        ] {
            assert_eq!(fires(kind, target), Some("ooxml.external-link"), "{kind} {target}");
        }
    }

    #[test]
    fn pictures_from_outside_are_worth_a_word() {
        assert_eq!(fires("image", "https://www.example/logo.png"), Some("ooxml.external-media"));
        assert_eq!(fires("video", "https://www.example/embed/1"), Some("ooxml.external-media"));
    }

    #[test]
    fn lookalikes_that_are_everyday() {
        for (kind, target) in [
            ("hyperlink", "https://www.example/"),
            ("hyperlink", "mailto:a@b.example"),
            ("hyperlink", "mailto:a@b.com"),
            ("hyperlink", "www.b.com"),
            ("hyperlink", "javascript:go('/search/redir.aspx?AssetID=1')"),
            ("hyperlink", "file:///\\\\server\\share\\a.docx"),
            ("attachedTemplate", "file:///C:\\Users\\a\\AppData\\Roaming\\Microsoft\\Templates\\Normal.dotm"),
            ("attachedTemplate", "Normal.dotm"),
            ("externalLinkPath", "book.xlsx"),
            ("externalLinkPath", "/Users/a/book.xlsx"),
            ("image", "data:image/png;base64,AAAA"),
            ("attachedTemplate", "\\\\?\\C:\\t.dotm"),
            ("oleObject", "file:///D:\\data\\book.xlsx"),
        ] {
            assert_eq!(fires(kind, target), None, "{kind} {target}");
        }
    }
}
