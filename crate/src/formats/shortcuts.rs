//! Shortcuts: small files that make Windows run, open or visit something else.
//!
//! A shortcut shows any icon and any name and hides its extension, so it replaced the macro as the way in. A link to a
//! foreign server does harm before it is opened: to draw the icon, Windows signs in there. Internet shortcuts are
//! common and mostly honest; their reader looks for targets that are no web page.

use super::{Format, Reading, xml};
use crate::artifact::Class;
use crate::detections::types::{INTERNET_SHORTCUT, RARE, REMOTE_DESKTOP, REMOTE_FOLDER, SHORTCUT};
use crate::error::{Error, Result};
use crate::finding::{Evidence, FindingKind, Observation};
use crate::scan::Scan;
use crate::source::Source;

/// `HeaderSize` and `LinkCLSID` of a `ShellLinkHeader` ([MS-SHLLINK] 2.1).
const SHELL_LINK: &[u8] = b"\x4C\0\0\0\x01\x14\x02\0\0\0\0\0\xC0\0\0\0\0\0\0\x46";

const fn shortcut(id: &'static str, extensions: &'static [&'static str], risk: &'static FindingKind) -> Format {
    Format::new(id, Class::Shortcut, extensions).risk(risk).reading(Reading::ByKind)
}

pub(super) const FORMATS: &[Format] = &[
    shortcut("lnk", &["lnk", "xnk"], &SHORTCUT).probe(|p| p.starts_with(SHELL_LINK)),
    // Each letter stands for what it opens in the database: a form, a macro, a query …
    shortcut("access-shortcut", &["mad", "maf", "mag", "mam", "maq", "mas", "mau", "mav", "maw"], &SHORTCUT).named(),
    // A page with a list of sites is saved as `.website`; it holds the same section.
    Format::new("url", Class::Shortcut, &["url", "website"])
        .named()
        .probe(|p| p.has_line("[internetshortcut]"))
        .reading(Reading::With(inspect_url)),
    Format::new("webloc", Class::Shortcut, &["webloc", "inetloc", "fileloc"])
        .named()
        .probe(|p| p.starts_with(b"bplist00") && matches!(p.extension.as_str(), "webloc" | "inetloc" | "fileloc"))
        .reading(Reading::With(inspect_webloc)),
    shortcut("desktop-entry", &["desktop"], &SHORTCUT).named().probe(|p| p.text_starts(&["[desktop entry]"])),
    shortcut("settingcontent-ms", &["settingcontent-ms"], &SHORTCUT)
        .named()
        .probe(|p| p.root().is_some_and(|r| r.is("pcsettings"))),
    shortcut("library-ms", &["library-ms"], &REMOTE_FOLDER)
        .named()
        .probe(|p| p.root().is_some_and(|r| r.is("librarydescription"))),
    shortcut("search-ms", &["search-ms"], &REMOTE_FOLDER)
        .named()
        .probe(|p| p.root().is_some_and(|r| r.is("persistedquery"))),
    shortcut("searchconnector-ms", &["searchconnector-ms"], &REMOTE_FOLDER)
        .named()
        .probe(|p| p.root().is_some_and(|r| r.is("searchconnectordescription"))),
    shortcut("scf", &["scf"], &REMOTE_FOLDER)
        .named()
        .probe(|p| p.text_starts(&["[shell]"]) && p.text_holds("iconfile")),
    Format::new("desktop-ini", Class::Shortcut, &[])
        .probe(|p| p.has_line("[.shellclassinfo]"))
        .reading(Reading::With(|scan, source| inspect_ini(scan, source, "desktop-ini"))),
    Format::new("theme", Class::Shortcut, &["theme"])
        .named()
        .risk(&RARE)
        .probe(|p| p.has_line("[theme]") && p.text_holds("[control panel\\"))
        .reading(Reading::With(|scan, source| inspect_ini(scan, source, "theme"))),
    shortcut("rdp", &["rdp"], &REMOTE_DESKTOP).named().probe(|p| p.has_line_starting("full address:s:")),
];

fn report(scan: &mut Scan, kind: &'static FindingKind, id: &str, line: usize, excerpt: &str) {
    let evidence = Evidence::quote(excerpt).line(u32::try_from(line).unwrap_or(u32::MAX));
    scan.report(Observation::new(kind, evidence).with("type", id));
}

/// Lines of an INI file that name a place, as (line number, key in lower case, value).
fn places(text: &str) -> impl Iterator<Item = (usize, String, &str)> {
    const KEYS: &[&str] = &[
        "url",
        "baseurl",
        "origurl",
        "workingdirectory",
        "iconfile",
        "iconresource",
        "infotip",
        "localizedresourcename",
        "wallpaper",
        "scrnsave.exe",
        "path",
        "brandimage",
        "logo",
        "defaultvalue",
        "iconarea_image",
        "file",
    ];
    text.lines().enumerate().filter_map(|(line, text)| {
        let (key, value) = text.split_once('=')?;
        let key = key.trim().to_ascii_lowercase();
        KEYS.contains(&key.as_str()).then(|| (line.saturating_add(1), key, value.trim().trim_matches('"')))
    })
}

/// Whether a place is reached by the file system and not by a browser: a share, WebDAV, a local file.
fn is_file_place(value: &str) -> bool {
    let value = value.trim_start_matches('@').to_ascii_lowercase().replace('/', "\\");
    value.starts_with("\\\\") || value.starts_with("file:") || value.contains("@ssl\\") || value.contains("davwwwroot")
}

/// Whether a target is a page or a mail, and nothing else.
fn is_web(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    ["http://", "https://", "ftp://", "mailto:", "www.", "about:"].iter().any(|scheme| value.starts_with(scheme))
}

fn inspect_url(scan: &mut Scan, source: &Source) -> Result<()> {
    let (text, error) = xml::read_text(&scan.budget, source);
    let mut risky = false;
    for (line, key, value) in places(&text) {
        if is_file_place(value) || (key == "url" && !value.is_empty() && !is_web(value)) {
            risky = true;
            report(scan, &SHORTCUT, "url", line, &format!("{key}={value}"));
        }
    }
    if !risky {
        let (line, target) =
            places(&text).find(|(_, key, _)| key == "url").map_or((1, ""), |(line, _, value)| (line, value));
        report(scan, &INTERNET_SHORTCUT, "url", line, target);
    }
    error.map_or(Ok(()), Err)
}

/// macOS keeps the target in a property list, as text or packed.
fn inspect_webloc(scan: &mut Scan, source: &Source) -> Result<()> {
    let (text, error) = xml::read_text(&scan.budget, source);
    let lower = text.to_ascii_lowercase();
    let target = |scheme: &str| {
        lower.find(scheme).and_then(|at| text.get(at..)).map(|t| t.chars().take(120).collect::<String>())
    };
    match target("file:") {
        Some(found) => report(scan, &SHORTCUT, "webloc", 1, &found),
        None => report(scan, &INTERNET_SHORTCUT, "webloc", 1, &target("http").unwrap_or_default()),
    }
    error.map_or(Ok(()), Err)
}

/// `desktop.ini` lies in ordinary folders; only one that points to another machine is a trap.
fn inspect_ini(scan: &mut Scan, source: &Source, id: &'static str) -> Result<()> {
    let (text, error) = xml::read_text(&scan.budget, source);
    for (line, key, value) in places(&text) {
        let remote = value.trim_start_matches('@').starts_with("http")
            || (is_file_place(value) && !value.starts_with("file:///"));
        if remote {
            report(scan, &REMOTE_FOLDER, id, line, &format!("{key}={value}"));
        }
    }
    error.map_or(Ok(()), |error: Error| Err(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_told_from_pages() {
        for place in ["\\\\host.invalid\\a", "//host.invalid/a", "FILE:///c:/x", "\\\\h@SSL\\DavWWWRoot\\x", "h@ssl/x"]
        {
            assert!(is_file_place(place), "{place}");
        }
        for place in
            ["https://www.example/", "C:\\Windows\\system32\\shell32.dll", "%SystemRoot%\\x.dll", "imageres.dll,-3"]
        {
            assert!(!is_file_place(place), "{place}");
        }
        assert!(!is_web("ms-msdt:/id") && !is_web("C:\\a.exe") && is_web("HTTPS://a.example"));
    }
}
