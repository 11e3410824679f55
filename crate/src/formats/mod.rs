//! What the bytes are: the table of formats.
//!
//! # To add a format
//!
//! 1. Write `formats/foo.rs` with `pub(super) const FORMATS: &[Format]` (one row per id; a file for a family), the
//!    probe and, if this engine looks inside, the reader and the findings only that reader can make.
//! 2. Add `mod foo;` and its row in [`FORMATS`] below: first match wins, most specific first.
//! 3. Add the display name of each id to every catalogue of `web/messages/`, a builder in `tests/builders/`, one line
//!    in `tests/reports.rs`, run `scripts/bless` and read the golden report.

use std::cell::OnceCell;
use std::io;
use std::sync::LazyLock;

use crate::artifact::Class;
use crate::error::Result;
use crate::finding::{FindingKind, Level};
use crate::hashed::HashMap;
use crate::scan::Scan;
use crate::source::Source;

mod active_mime;
pub(crate) mod archives;
mod art;
pub(crate) mod cfb;
mod csv;
mod data;
mod disk_images;
pub(crate) mod doc;
mod documents;
mod flat_opc;
mod fonts;
mod installers;
pub(crate) mod macro_sheets;
mod mail;
mod markup;
mod media;
mod mht;
pub(crate) mod mime;
mod msi;
mod office_xml;
pub(crate) mod ole;
mod onenote;
mod ooxml;
mod opendocument;
pub(crate) mod ovba;
mod pdf;
mod pictures;
pub(crate) mod ppt;
mod programs;
mod properties;
mod query;
mod rtf;
mod scripts;
mod shortcuts;
mod slk;
pub(crate) mod text;
mod web;
pub(crate) mod xls;
mod xml;
pub(crate) mod xml_walk;
pub(crate) mod zip;

/// All formats, in the order they are tried.
const FORMATS: &[&[Format]] = &[
    programs::FORMATS,
    zip::FORMATS,
    cfb::FORMATS,
    ooxml::FORMATS,
    opendocument::FORMATS,
    active_mime::FORMATS,
    installers::FORMATS,
    archives::FORMATS,
    data::FORMATS,
    pictures::FORMATS,
    fonts::FORMATS,
    scripts::FORMATS,
    shortcuts::FORMATS,
    rtf::FORMATS,
    query::FORMATS,
    slk::FORMATS,
    documents::FORMATS,
    media::FORMATS,
    disk_images::FORMATS,
    mht::FORMATS,
    web::FORMATS,
    flat_opc::FORMATS,
    office_xml::FORMATS,
    xml::FORMATS,
    mail::FORMATS,
    text::FORMATS,
];

/// Findings made by readers.
const KINDS: &[&[&FindingKind]] = &[
    archives::KINDS,
    zip::KINDS,
    cfb::KINDS,
    ovba::KINDS,
    rtf::KINDS,
    mht::KINDS,
    msi::KINDS,
    opendocument::KINDS,
    csv::KINDS,
    query::KINDS,
    pdf::KINDS,
];

/// One kind of file.
#[derive(Debug)]
pub(crate) struct Format {
    /// Stable id, as in the report and in the catalogues.
    pub(crate) id: &'static str,
    pub(crate) class: Class,
    /// Extensions that claim this format, lower case, most usual first. An extension belongs to one format.
    pub(crate) extensions: &'static [&'static str],
    /// What it means that somebody mails such a thing, whatever is inside.
    pub(crate) risk: Option<&'static FindingKind>,
    /// Recognises it by its bytes; `None` where only a container's reader can tell (`.docx` is a ZIP).
    pub(crate) probe: Option<fn(&Probe<'_>) -> bool>,
    /// Whether text with one of its extensions is it, because the system goes by the name.
    pub(crate) named: bool,
    pub(crate) reading: Reading,
}

/// What this engine does with a format.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading {
    /// Holds nothing that could start.
    Passive,
    /// Its kind is the whole answer.
    ByKind,
    /// Recognised, not looked into.
    Unsupported,
    /// Looked into.
    With(fn(&mut Scan, &Source) -> Result<()>),
}

impl Format {
    pub(crate) const fn new(id: &'static str, class: Class, extensions: &'static [&'static str]) -> Self {
        Self { id, class, extensions, risk: None, probe: None, named: false, reading: Reading::Unsupported }
    }

    pub(crate) const fn probe(mut self, probe: fn(&Probe<'_>) -> bool) -> Self {
        self.probe = Some(probe);
        self
    }

    pub(crate) const fn named(mut self) -> Self {
        self.named = true;
        self
    }

    pub(crate) const fn risk(mut self, risk: &'static FindingKind) -> Self {
        self.risk = Some(risk);
        self
    }

    pub(crate) const fn reading(mut self, reading: Reading) -> Self {
        self.reading = reading;
        self
    }
}

impl Format {
    fn matches(&self, probe: &Probe<'_>) -> bool {
        self.probe.is_some_and(|matches| matches(probe)) || (self.named && probe.is_text_named(self.extensions))
    }

    /// Whether opening it runs, installs or connects to something: the kinds nobody needs to mail. An internet
    /// shortcut counts here, because only its content tells an honest one.
    pub(crate) fn acts(&self) -> bool {
        self.risk.is_some_and(|risk| risk.severity == Level::Stop) || self.id == "url"
    }
}

/// The first bytes of an artifact, and the rest for those who must look further.
pub(crate) struct Probe<'a> {
    /// Up to [`HEAD`] bytes.
    pub(crate) head: Vec<u8>,
    pub(crate) source: &'a Source,
    /// Extension of the name, lower case, without the dot; only a hint, and only for formats without a signature.
    pub(crate) extension: String,
    text: OnceCell<Option<String>>,
    root: OnceCell<Option<xml::Root>>,
}

/// Bytes a probe sees without reading further.
pub(crate) const HEAD: usize = 4096;

impl<'a> Probe<'a> {
    pub(crate) fn new(source: &'a Source, name: &str) -> io::Result<Self> {
        Ok(Self {
            head: source.peek(0, HEAD)?,
            source,
            extension: extension(name),
            text: OnceCell::new(),
            root: OnceCell::new(),
        })
    }

    pub(crate) fn starts_with(&self, magic: &[u8]) -> bool {
        self.head.starts_with(magic)
    }

    /// Whether `magic` stands at `at`, which may lie behind the head. Unreadable bytes do not match.
    pub(crate) fn has_at(&self, at: u64, magic: &[u8]) -> bool {
        match usize::try_from(at).ok().and_then(|at| self.head.get(at..)) {
            Some(head) if head.len() >= magic.len() => head.starts_with(magic),
            _ => self.source.peek(at, magic.len()).is_ok_and(|bytes| bytes == magic),
        }
    }
}

/// The format of some bytes, unless it does nothing and the name does: a shortcut may start with any bytes, a table
/// with the first words of a picture.
pub(crate) fn recognise(probe: &Probe<'_>) -> Option<&'static Format> {
    let content = all().find(|format| format.matches(probe));
    if content.is_some_and(|format| format.acts() || format.id == "apple-double") {
        return content;
    }
    let is_read = |format: &Format| matches!(format.reading, Reading::With(_));
    let claimed = by_extension(&probe.extension).filter(|claimed| claimed.named && is_read(claimed));
    if content.is_none_or(|content| !is_read(content))
        && let Some(shortcut) = claimed.filter(|claimed| claimed.class == Class::Shortcut)
    {
        return Some(shortcut);
    }
    let content = content?;
    let is_dull = matches!(content.reading, Reading::Passive)
        && matches!(content.class, Class::Picture | Class::Media | Class::Font | Class::Document);
    if is_dull && probe.is_text() {
        let hidden = || all().find(|format| format.class == Class::Shortcut && format.matches(probe));
        return claimed.or_else(hidden).or(Some(content));
    }
    Some(content)
}

/// Extension of a name as Windows writes it: lower case, without the dot. The name ends at a zero, as in C; what no
/// file name may hold is dropped, a stream of NTFS (`::$DATA`) is the file itself, and trailing dots and spaces go.
pub(crate) fn extension(name: &str) -> String {
    let name = name.split('\0').next().unwrap_or_default();
    let name = name.split("::$").next().unwrap_or_default();
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_kept = |c: char| !c.is_control() && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*');
    let dropped: String;
    let file = if file.chars().all(is_kept) {
        file
    } else {
        dropped = file.chars().filter(|c| is_kept(*c)).collect();
        &dropped
    };
    let file = file.trim_end_matches(['.', ' ']);
    file.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default()
}

/// Formats by what they are asked for.
type Index = LazyLock<HashMap<&'static str, &'static Format>>;

pub(crate) fn by_extension(extension: &str) -> Option<&'static Format> {
    static INDEX: Index = Index::new(|| {
        all().flat_map(|format| format.extensions.iter().map(move |extension| (*extension, format))).collect()
    });
    INDEX.get(extension).copied()
}

pub(crate) fn by_id(id: &str) -> Option<&'static Format> {
    static INDEX: Index = Index::new(|| all().map(|format| (format.id, format)).collect());
    INDEX.get(id).copied()
}

pub(crate) fn all() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().copied().flatten()
}

pub(crate) fn kinds() -> impl Iterator<Item = &'static &'static FindingKind> {
    KINDS.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_and_extensions_belong_to_one_format() {
        let (mut ids, mut extensions) = (BTreeSet::new(), BTreeSet::new());
        for format in all() {
            assert!(ids.insert(format.id), "{} stands twice", format.id);
            for extension in format.extensions {
                assert_eq!(*extension, extension.to_lowercase());
                assert!(extensions.insert(*extension), "{extension} of {} belongs to another format too", format.id);
            }
        }
    }

    #[test]
    fn extensions_are_what_windows_sees() {
        for (name, expected) in
            [("a.PDF", "pdf"), ("dir.x/b", ""), ("a.exe. .", "exe"), ("a\\b.Lnk ", "lnk"), (".ini", "ini")]
        {
            assert_eq!(extension(name), expected, "{name}");
        }
    }

    #[test]
    fn extensions_are_what_extractors_write() {
        for name in [
            "a.js?",
            "a.j*s",
            "a.js\0.txt",
            "a.js\0/b.txt",
            "a.js\n",
            "a.js\t ",
            "a.js::$DATA",
            "a.\"js\"",
            "a.js .",
            "a<b>.j|s",
        ] {
            assert_eq!(extension(name), "js", "{name:?}");
        }
        for (name, expected) in [("12:30.txt", "txt"), ("why?.pdf", "pdf"), ("a.js_", "js_"), ("請求書.pdf", "pdf")]
        {
            assert_eq!(extension(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_that_leads_elsewhere_beats_bytes_that_do_nothing() {
        let id = |name: &str, bytes: &[u8]| {
            let source = Source::memory(bytes.to_vec());
            recognise(&Probe::new(&source, name).unwrap()).map(|format| format.id)
        };
        let xpm = "/* XPM */\nstatic char *a[] = {};\n[InternetShortcut]\nURL=file://host.invalid/a\n".as_bytes();
        let gif = [&b"GIF89a\x01\0\x01\0\0\0\0;\r\n"[..], xpm].concat();
        assert_eq!(id("a.url", xpm), Some("url"));
        assert_eq!(id("a.xpm", xpm), Some("url"));
        assert_eq!(id("a.url", &gif), Some("url"));
        assert_eq!(id("a.url", b"ID3\r\n\0\r\n[InternetShortcut]\r\n"), Some("url"));
        assert_eq!(id("a.url", b"\0\r\n[InternetShortcut]\r\n"), Some("url"));
        assert_eq!(id("a.csv", b"/* XPM */ static char,\n=1\n"), Some("csv"));
        assert_eq!(id("a.gif", &gif), Some("gif"));
        assert_eq!(id("a.xpm", b"/* XPM */\nstatic char *a[] = {};\n"), Some("xpm"));
        assert_eq!(id("._a.url", b"\0\x05\x16\x07\0\x02\0\0"), Some("apple-double"));
        assert_eq!(id("a.txt", b"/* XPM */\nwords\n"), Some("text"));
    }
}
