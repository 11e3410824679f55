//! ZIP archives and everything built on them (APPNOTE 6.3.10).
//!
//! The usual envelope of mailed malware in Japan: a document in a ZIP with a password, so that no gateway can look
//! inside. Names stay readable even then, and are judged.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crate::artifact::{Class, Origin};
use crate::budget::Budget;
use crate::error::{Error, Result};
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::formats::archives;
use crate::formats::{self, Format, Probe, Reading, ooxml, opendocument};
use crate::scan::{Child, Content, Scan};
use crate::source::Source;

mod cipher;
mod content;
mod layout;
mod names;
mod records;

pub(super) use layout::is_padding;
use layout::{Entry, Layout};
pub(super) use names::part_key;

pub(crate) const HEADER_MISMATCH: FindingKind = FindingKind::new("zip.header-mismatch", Level::Stop, Some("Z2"));
pub(crate) const METHOD_MISMATCH: FindingKind = FindingKind::new("zip.method-mismatch", Level::Stop, Some("Z2"));
pub(crate) const CONCATENATED: FindingKind = FindingKind::new("zip.concatenated", Level::Stop, Some("Z2"));
pub(crate) const HIDDEN_ENTRY: FindingKind = FindingKind::new("zip.hidden-entry", Level::Stop, Some("Z2"));
pub(crate) const EXTRA_DATA: FindingKind = FindingKind::new("zip.extra-data", Level::Hold, Some("Z2"));
pub(crate) const DIRECTORY_DAMAGED: FindingKind = FindingKind::new("zip.directory-damaged", Level::Hold, Some("D1"));

pub(super) const KINDS: &[&FindingKind] =
    &[&HEADER_MISMATCH, &METHOD_MISMATCH, &CONCATENATED, &HIDDEN_ENTRY, &EXTRA_DATA, &DIRECTORY_DAMAGED];

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

/// Whether an archive of this family ends here, with offsets that fit.
pub(super) fn has_end(source: &Source) -> Result<bool> {
    Ok(records::end(source)?.is_some())
}

/// Where the archive of this family begins and ends that is the last thing in it, if there is one.
pub(super) fn last_archive(source: &Source) -> Result<Option<(u64, u64)>> {
    /// Offset of the local header in an entry of the directory (4.3.12).
    const LOCAL: u64 = 42;
    let end = records::end(source)?.filter(|end| end.entries > 0 && source.len().saturating_sub(end.end) <= 64);
    let Some(end) = end else { return Ok(None) };
    let first = source.array(end.directory.saturating_add(LOCAL), "central directory")?;
    Ok(Some((end.shift.saturating_add(u32::from_le_bytes(first).into()), end.end)))
}

/// Contents of an archive's entries in a folder, given in lower case: what another reader finds in its own container.
pub(crate) fn parts_of(source: &Source, budget: &Rc<Budget>, folder: &str) -> Result<Vec<Source>> {
    const MOST: usize = 16;
    let Layout { entries, error, .. } = layout::read(source, budget)?;
    let parts =
        entries.iter().filter(|entry| !entry.header.is_directory() && part_key(&entry.name).starts_with(folder));
    let parts: Vec<Source> =
        parts.take(MOST).map(|entry| content::plain(source, entry, budget)).collect::<Result<_>>()?;
    match error {
        Some(error) if parts.is_empty() => Err(error),
        _ if entries.is_empty() => Err(Error::malformed("central directory", 0)),
        _ => Ok(parts),
    }
}

fn is_family(extension: &str) -> bool {
    FORMATS
        .iter()
        .chain(ooxml::FORMATS)
        .chain(opendocument::FORMATS)
        .any(|format| format.extensions.contains(&extension))
}

fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let budget = Rc::clone(&scan.budget);
    let Layout { entries, gaps, found, error, .. } = layout::read(source, &budget)?;
    found.into_iter().for_each(|observation| scan.report(observation));
    if let Some(error) = error {
        scan.note(&error, None);
    }
    let package = Package::new(source, &entries, Rc::clone(&budget));
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
        // Not read as a document yet; what acts by its name is shown even so, and what has no place in a book: who
        // unpacks it finds them.
        let stands_out = |format: &Format| format.acts() || matches!(format.class, Class::Archive | Class::Document);
        package.list(scan, |entry| formats::by_extension(&formats::extension(&entry.name)).is_some_and(stands_out))?;
        scan.note(&Error::Unsupported(id), None);
    }
    Ok(())
}

/// Bytes that tell whether a part can be text.
const HEAD: usize = 16;

/// An archive that turns out to be a document or an application, as its reader sees it.
pub(super) struct Package<'a> {
    source: &'a Source,
    entries: &'a [Entry],
    budget: Rc<Budget>,
    /// Spelling-independent name of each entry, and the first entry of each such name.
    keys: Vec<String>,
    index: HashMap<String, usize>,
    /// Entries that were opened: several readers look at one part, and what is decoded stays as long as there is room.
    opened: RefCell<BTreeMap<usize, Source>>,
}

impl<'a> Package<'a> {
    fn new(source: &'a Source, entries: &'a [Entry], budget: Rc<Budget>) -> Self {
        let keys: Vec<String> = entries.iter().map(|entry| part_key(&entry.name)).collect();
        let mut index = HashMap::with_capacity(keys.len());
        for (i, key) in keys.iter().enumerate() {
            index.entry(key.clone()).or_insert(i);
        }
        Self { source, entries, budget, keys, index, opened: RefCell::default() }
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
        let known = self.opened.borrow().get(&index).and_then(|opened| opened.peek(0, HEAD).ok());
        if let Some(head) = known.filter(|head| head.len() == HEAD) {
            return Ok(head);
        }
        match self.entries.get(index) {
            Some(entry) if entry.is_locked() => Err(Error::Unsupported("encrypted part")),
            Some(entry) => content::head::<HEAD>(self.source, entry, &self.budget),
            None => Err(Error::malformed("part", 0)),
        }
    }

    /// A part as a reader of the document wants it: its bytes or why not.
    pub(super) fn open(&self, index: usize, scan: &Scan) -> Result<Source> {
        match self.entries.get(index) {
            Some(entry) if entry.is_locked() => {
                content::check_cipher(entry)?;
                let cost = content::cost(entry);
                let opened =
                    scan.unlock(cost, |password| content::decrypt(self.source, entry, password, &scan.budget))?;
                opened.map(|((source, _), _)| source).ok_or(Error::Unsupported("encrypted part"))
            }
            Some(entry) => {
                if let Some(opened) = self.opened.borrow().get(&index) {
                    return Ok(opened.clone());
                }
                let source = content::plain(self.source, entry, &scan.budget)?;
                self.opened.borrow_mut().insert(index, source.clone());
                Ok(source)
            }
            None => Err(Error::malformed("part", 0)),
        }
    }

    /// What was packed before it was encrypted, in a part whose contents `data` are; `size` as declared.
    pub(super) fn inflate(data: Source, size: u64, scan: &Scan) -> Source {
        content::inflate(data, size, &scan.budget)
    }

    /// A part as a child of the document, to be recognised by its content.
    pub(super) fn content(&self, index: usize, scan: &mut Scan) -> Content {
        let Some(entry) = self.entries.get(index) else { return Content::Unread };
        open(scan, self.source, entry).unwrap_or_else(|error| {
            scan.note(&error, Some(&entry.name));
            Content::Unread
        })
    }

    /// Pushes the entries that `wanted` picks as things a person can take out.
    fn list(&self, scan: &mut Scan, wanted: impl Fn(&Entry) -> bool) -> Result<()> {
        let picked: Vec<&Entry> = self.entries.iter().filter(|entry| wanted(entry)).collect();
        let entries: Vec<_> = picked
            .iter()
            .map(|entry| archives::Entry {
                path: entry.name.clone(),
                at: entry.header.offset,
                size: Some(entry.header.size),
                packed: Some(entry.header.compressed),
                is_folder: entry.header.is_directory(),
                link: self.link(entry),
            })
            .collect();
        archives::check_links(&entries).into_iter().for_each(|found| scan.report(found));
        archives::push(scan, &entries, |scan, index| match picked.get(index) {
            Some(entry) => open(scan, self.source, entry),
            None => Err(Error::malformed("part", 0)),
        })
    }

    /// What an entry points to if it is a symbolic link. Programs that know none write a small file instead, so it
    /// counts only where such a file could do nothing.
    fn link(&self, entry: &Entry) -> Option<String> {
        const LONGEST: u64 = 1 << 10;
        if !entry.header.is_symbolic_link() || entry.is_locked() || entry.header.size > LONGEST {
            return None;
        }
        let bytes = content::head::<1024>(self.source, entry, &self.budget).ok()?;
        let target = String::from_utf8(bytes).ok()?;
        let is_path = !target.is_empty()
            && !target.starts_with("\\\\")
            && !target.contains(|c: char| c.is_control() || matches!(c, '<' | '>' | '"' | '|' | '?' | '*' | '='));
        let acts = formats::by_extension(&formats::extension(&entry.name)).is_some_and(Format::acts);
        (is_path && !acts).then_some(target)
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
        scan.report(Observation::new(&archives::NESTED, Evidence::quote(scan.name())));
    }
    package.list(scan, |_| true)
}

fn open(scan: &mut Scan, archive: &Source, entry: &Entry) -> Result<Content> {
    if entry.is_locked() {
        if let Err(error) = content::check_cipher(entry) {
            scan.note(&error, Some(&entry.name));
            return Ok(Content::Locked);
        }
        let cost = content::cost(entry);
        let opened = scan.unlock(cost, |password| content::decrypt(archive, entry, password, &scan.budget))?;
        return Ok(match opened {
            Some(((source, crc32), password)) => Content::Unlocked { source, crc32, password },
            None => Content::Locked,
        });
    }
    if let Some(len) = content::hidden_deflate(archive, entry, &scan.budget) {
        let text = format!("stored / deflate, {len} bytes");
        let evidence = Evidence::quote(&text).path(&entry.name).offset(entry.header.offset);
        scan.report(Observation::new(&METHOD_MISMATCH, evidence).with("name", &entry.name));
        let (at, size) = entry.data.unwrap_or_default();
        let source = content::inflate(archive.slice(at, size), len, &scan.budget);
        return Ok(Content::Bytes { source, crc32: None });
    }
    let crc32 = (!entry.unverified).then_some(entry.header.crc32);
    Ok(Content::Bytes { source: content::plain(archive, entry, &scan.budget)?, crc32 })
}
