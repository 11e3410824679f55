//! ZIP archives and everything built on them (APPNOTE 6.3.10).
//!
//! The usual envelope of mailed malware in Japan: a document in a ZIP with a password, so that no gateway can look
//! inside. Names stay readable even then, and are judged.

use std::collections::HashMap;

use crate::artifact::{Class, Origin};
use crate::error::{Error, Result};
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::formats::{self, Format, Probe, Reading, ooxml, opendocument};
use crate::scan::{Child, Content, Scan};
use crate::source::Source;

mod content;
mod layout;
mod names;
mod records;

use layout::{Entry, Layout};
pub(super) use names::part_key;

pub(crate) const ENCRYPTED: FindingKind = FindingKind::new("zip.encrypted", Level::Unchecked, Some("E1"));
pub(crate) const HEADER_MISMATCH: FindingKind = FindingKind::new("zip.header-mismatch", Level::Stop, Some("Z2"));
pub(crate) const METHOD_MISMATCH: FindingKind = FindingKind::new("zip.method-mismatch", Level::Stop, Some("Z2"));
pub(crate) const CONCATENATED: FindingKind = FindingKind::new("zip.concatenated", Level::Stop, Some("Z2"));
pub(crate) const HIDDEN_ENTRY: FindingKind = FindingKind::new("zip.hidden-entry", Level::Stop, Some("Z2"));
pub(crate) const EXTRA_DATA: FindingKind = FindingKind::new("zip.extra-data", Level::Hold, Some("Z2"));
pub(crate) const DIRECTORY_DAMAGED: FindingKind = FindingKind::new("zip.directory-damaged", Level::Hold, Some("D1"));
pub(crate) const PATH_ESCAPE: FindingKind = FindingKind::new("zip.path-escape", Level::Stop, Some("Z2"));
pub(crate) const DUPLICATE_NAME: FindingKind = FindingKind::new("zip.duplicate-name", Level::Hold, Some("Z2"));
pub(crate) const CRC_MISMATCH: FindingKind = FindingKind::new("zip.crc-mismatch", Level::Hold, Some("D1"));
pub(crate) const EXPANDS: FindingKind = FindingKind::new("archive.expands", Level::Hold, Some("Z1"));
pub(crate) const NESTED: FindingKind = FindingKind::new("archive.nested", Level::Notice, Some("Z1"));

pub(super) const KINDS: &[&FindingKind] = &[
    &ENCRYPTED,
    &HEADER_MISMATCH,
    &METHOD_MISMATCH,
    &CONCATENATED,
    &HIDDEN_ENTRY,
    &EXTRA_DATA,
    &DIRECTORY_DAMAGED,
    &PATH_ESCAPE,
    &DUPLICATE_NAME,
    &CRC_MISMATCH,
    &EXPANDS,
    &NESTED,
];

/// An entry that grows beyond both of these is padded, as the documents of the 2023 wave were (0.66 MB to 500 MB).
const PADDED_SIZE: u64 = 100 << 20;
const PADDED_RATIO: u64 = 100;

/// Most names quoted in one finding.
const NAMES: usize = 8;

pub(super) const FORMATS: &[Format] = &[
    Format::new("zip", Class::Archive, &["zip", "zipx"]).probe(is_zip).reading(Reading::With(inspect)),
    Format::new("jar", Class::Program, &["jar", "war", "ear"])
        .risk(&crate::detections::types::PROGRAM)
        .reading(Reading::ByKind),
    Format::new("apk", Class::Installer, &["apk", "aab", "xapk"])
        .risk(&crate::detections::types::INSTALLER)
        .reading(Reading::ByKind),
    Format::new("msix", Class::Installer, &["msix", "appx", "msixbundle", "appxbundle"])
        .risk(&crate::detections::types::INSTALLER)
        .reading(Reading::ByKind),
    Format::new("epub", Class::Document, &["epub"]),
    Format::new("ipa", Class::Installer, &["ipa"]),
];

/// By its first record; a file that only claims to be one of this family may carry other bytes in front, which the
/// programs that open it skip.
fn is_zip(probe: &Probe<'_>) -> bool {
    if [records::LOCAL_FILE_HEADER, records::END_OF_CENTRAL_DIRECTORY].iter().any(|magic| probe.starts_with(*magic)) {
        return true;
    }
    let claimed = probe.starts_with(b"PK00PK\x03\x04") || is_family(&probe.extension);
    claimed
        && !probe.starts_with(b"\xD0\xCF\x11\xE0")
        && (probe.head.windows(4).any(|window| window == records::LOCAL_FILE_HEADER)
            || records::end(probe.source).is_ok_and(|end| end.is_some()))
}

fn is_family(extension: &str) -> bool {
    FORMATS
        .iter()
        .chain(ooxml::FORMATS)
        .chain(opendocument::FORMATS)
        .any(|format| format.extensions.contains(&extension))
}

fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let budget = std::rc::Rc::clone(&scan.budget);
    let Layout { entries, gaps, found, error, .. } = layout::read(source, &budget)?;
    found.into_iter().for_each(|observation| scan.report(observation));
    if let Some(error) = error {
        scan.note(&error, None);
    }
    let package = Package::new(source, &entries);
    for gap in gaps {
        // Not the archive's own name: it would claim to be another archive.
        let name = format!("{}@{}", gap.place, gap.at);
        let origin = Origin::Object { path: name.clone() };
        let content = Content::Bytes { source: source.slice(gap.at, gap.len), crc32: None };
        scan.push(Child { name, origin, size: None, content })?;
    }
    if package.has("[Content_Types].xml") {
        return ooxml::inspect(scan, &ooxml::Package::Zip(&package));
    }
    let Some(id) = package.special() else { return list(scan, &package) };
    scan.set_format(id);
    if id == "opendocument" {
        return opendocument::inspect(scan, &package);
    }
    if matches!(crate::formats::by_id(id).map(|format| format.reading), Some(Reading::Unsupported)) {
        // Not read as a document yet; what acts by its name is shown even so.
        package
            .list(scan, |entry| formats::by_extension(&formats::extension(&entry.name)).is_some_and(Format::acts))?;
        scan.note(&Error::Unsupported(id), None);
    }
    Ok(())
}

/// An archive that turns out to be a document or an application, as its reader sees it.
pub(super) struct Package<'a> {
    source: &'a Source,
    entries: &'a [Entry],
    /// Spelling-independent name of each entry, and the first entry of each such name.
    keys: Vec<String>,
    index: HashMap<String, usize>,
}

impl<'a> Package<'a> {
    fn new(source: &'a Source, entries: &'a [Entry]) -> Self {
        let keys: Vec<String> = entries.iter().map(|entry| part_key(&entry.name)).collect();
        let mut index = HashMap::new();
        for (i, key) in keys.iter().enumerate() {
            index.entry(key.clone()).or_insert(i);
        }
        Self { source, entries, keys, index }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The first entry of that name, however it is spelled.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.index.get(&part_key(name)).copied()
    }

    /// Index, name and key of every entry: twins of a name are each there.
    pub(super) fn parts(&self) -> impl Iterator<Item = (usize, &'a str, &str)> {
        self.entries.iter().zip(&self.keys).enumerate().map(|(i, (entry, key))| (i, entry.name.as_str(), key.as_str()))
    }

    /// First bytes of a part.
    pub(super) fn head(&self, index: usize) -> Result<Vec<u8>> {
        match self.entries.get(index) {
            Some(entry) if entry.is_locked() => Err(Error::Unsupported("encrypted part")),
            Some(entry) => content::head::<16>(self.source, entry),
            None => Err(Error::malformed("part", 0)),
        }
    }

    /// A part as a reader of the document wants it: its bytes or why not.
    pub(super) fn open(&self, index: usize, scan: &Scan) -> Result<Source> {
        match self.entries.get(index) {
            Some(entry) if entry.is_locked() => {
                content::decrypt(self.source, entry, &scan.options.passwords, &scan.budget)?
                    .ok_or(Error::Unsupported("encrypted part"))
            }
            Some(entry) => content::plain(self.source, entry, &scan.budget),
            None => Err(Error::malformed("part", 0)),
        }
    }

    /// A part as a child of the document, to be recognised by its content.
    pub(super) fn content(&self, index: usize, scan: &mut Scan) -> Content {
        match self.entries.get(index) {
            Some(entry) if entry.is_locked() => unlock(scan, self.source, entry, &mut None),
            Some(entry) => open(scan, self.source, entry),
            None => Content::Unread,
        }
    }

    /// Pushes the entries that `wanted` picks as things a person can take out.
    fn list(&self, scan: &mut Scan, wanted: impl Fn(&Entry) -> bool) -> Result<()> {
        let mut locked = Vec::new();
        let mut known: Option<String> = None;
        for entry in self.entries.iter().filter(|entry| !entry.header.is_directory() && wanted(entry)) {
            check_growth(scan, entry);
            let content = if entry.is_locked() {
                unlock(scan, self.source, entry, &mut known)
            } else {
                open(scan, self.source, entry)
            };
            if matches!(content, Content::Locked) {
                locked.push(entry.name.as_str());
            }
            let path = entry.name.trim_end_matches(['/', '\\']);
            let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            let password = entry.is_locked() && matches!(content, Content::Bytes { .. });
            let origin = Origin::Entry { path: entry.name.clone(), password };
            scan.push(Child { name, origin, size: Some(entry.header.size), content })?;
        }
        if let Some(first) = locked.first() {
            let names = locked.iter().take(NAMES).copied().collect::<Vec<_>>().join(", ");
            scan.report(Observation::new(&ENCRYPTED, Evidence::quote(first)).with("names", names));
        }
        Ok(())
    }

    /// Applications and documents that are not OOXML, by the names they must have.
    pub(super) fn special(&self) -> Option<&'static str> {
        let first = self.entries.first();
        let mimetype = first.filter(|entry| entry.name == "mimetype" && entry.header.method == records::STORED);
        if let Some((at, len)) = mimetype.and_then(|entry| entry.data) {
            let text = self.source.peek(at, usize::try_from(len.min(128)).unwrap_or_default()).unwrap_or_default();
            if text.starts_with(b"application/epub+zip") {
                return Some("epub");
            }
            if text.starts_with(b"application/vnd.oasis.opendocument") || text.starts_with(b"application/vnd.sun.xml") {
                return Some("opendocument");
            }
        }
        // LibreOffice opens a document without the entry that names its kind.
        let holds = |folder: &str| self.keys.iter().any(|key| key.starts_with(folder));
        if self.has("content.xml") && (self.has("META-INF/manifest.xml") || self.has("styles.xml") || holds("basic/"))
            || self.has("encrypted-package") && self.has("META-INF/manifest.xml")
        {
            return Some("opendocument");
        }
        if self.has("AppxManifest.xml") || self.has("AppxMetadata/AppxBundleManifest.xml") {
            return Some("msix");
        }
        if self.has("AndroidManifest.xml") && (self.has("classes.dex") || self.has("resources.arsc")) {
            return Some("apk");
        }
        let classes = self.keys.iter().any(|key| key.ends_with(".class"));
        (classes && self.has("META-INF/MANIFEST.MF")).then_some("jar")
    }
}

/// A plain archive: every entry is something a person can take out.
pub(super) fn list(scan: &mut Scan, package: &Package<'_>) -> Result<()> {
    if scan.is_nested_archive() {
        scan.report(Observation::new(&NESTED, Evidence::quote(scan.name())));
    }
    package.list(scan, |_| true)
}

fn check_growth(scan: &mut Scan, entry: &Entry) {
    let (size, compressed) = (entry.header.size, entry.header.compressed);
    let ratio = size.checked_div(compressed).unwrap_or(size);
    if size > PADDED_SIZE && ratio > PADDED_RATIO {
        let evidence = Evidence::quote(&entry.name).offset(entry.header.offset);
        scan.report(
            Observation::new(&EXPANDS, evidence).with("ratio", ratio.to_string()).with("size", size.to_string()),
        );
    }
}

fn open(scan: &mut Scan, archive: &Source, entry: &Entry) -> Content {
    let crc32 = (!entry.unverified).then_some(entry.header.crc32);
    if let Some(len) = content::hidden_deflate(archive, entry, &scan.budget) {
        let text = format!("stored / deflate, {len} bytes");
        let evidence = Evidence::quote(&text).path(&entry.name).offset(entry.header.offset);
        scan.report(Observation::new(&METHOD_MISMATCH, evidence).with("name", &entry.name));
        let (at, size) = entry.data.unwrap_or_default();
        return Content::Bytes { source: content::inflate(archive.slice(at, size), len, &scan.budget), crc32: None };
    }
    match content::plain(archive, entry, &scan.budget) {
        Ok(source) => Content::Bytes { source, crc32 },
        Err(error) => {
            scan.note(&error, Some(&entry.name));
            Content::Unread
        }
    }
}

/// Tries the password that opened the entry before, then the others.
fn unlock(scan: &mut Scan, archive: &Source, entry: &Entry, known: &mut Option<String>) -> Content {
    let mut passwords: Vec<String> = known.iter().cloned().collect();
    passwords.extend(scan.options.passwords.iter().filter(|password| Some(*password) != known.as_ref()).cloned());
    for password in passwords {
        match content::decrypt(archive, entry, std::slice::from_ref(&password), &scan.budget) {
            Ok(Some(source)) => {
                *known = Some(password);
                return Content::Bytes { source, crc32: None };
            }
            Ok(None) => {}
            Err(error) => {
                scan.note(&error, Some(&entry.name));
                return Content::Unread;
            }
        }
    }
    Content::Locked
}
