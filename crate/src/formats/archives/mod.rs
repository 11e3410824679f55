//! Archives: what all of them share, whatever their format.
//!
//! # To add an archive
//!
//! Write `archives/foo.rs` with `pub(super) fn inspect(scan, source) -> Result<()>` that reads the list of entries into
//! [`Entry`] and hands it to [`list`] with a way to open one of them; name it as the reading of its row in `kinds.rs`.
//! Entries are opened lazily: a [`crate::source::Source`] that decodes only as far as somebody reads (`codecs::paged`). Everything that
//! can be said of an entry whatever the format (names that lead elsewhere, twins, growth, locks, layers) is said here.

use std::collections::{HashMap, HashSet};

use crate::artifact::Origin;
use crate::error::Result;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::formats::{self, Format};
use crate::scan::{Child, Content, Scan};
use crate::source::Source;

mod arj;
mod behind;
pub(super) mod cab;
mod encoded;
mod kinds;
mod lzh;
mod rar;
mod sevenz;
mod single;
mod stub;
mod tar;
pub(super) mod unix;

pub(crate) use behind::look as look_behind;
pub(super) use kinds::FORMATS;
pub(super) use sevenz::PROOF;
pub(crate) use single::FORMATS as SINGLE;
pub(super) use stub::inspect as behind_stub;

pub(crate) const ENCRYPTED: FindingKind = FindingKind::new("archive.encrypted", Level::Unchecked, Some("E1"));
pub(crate) const NAMES_ENCRYPTED: FindingKind =
    FindingKind::new("archive.names-encrypted", Level::Unchecked, Some("E1"));
pub(crate) const PATH_ESCAPE: FindingKind = FindingKind::new("archive.path-escape", Level::Stop, Some("Z2"));
/// A folder that is shown as the document beside it (CVE-2023-38831).
pub(crate) const TWIN_FOLDER: FindingKind = FindingKind::new("archive.twin-folder", Level::Stop, Some("Z2"));
pub(crate) const DUPLICATE_NAME: FindingKind = FindingKind::new("archive.duplicate-name", Level::Hold, Some("Z2"));
pub(crate) const CRC_MISMATCH: FindingKind = FindingKind::new("archive.crc-mismatch", Level::Hold, Some("D1"));
pub(crate) const EXPANDS: FindingKind = FindingKind::new("archive.expands", Level::Hold, Some("Z1"));
/// What one program shows of it and another does not.
pub(crate) const READINGS_DIFFER: FindingKind = FindingKind::new("archive.readings-differ", Level::Hold, Some("Z2"));
/// Looks like something else, and an archive program opens it all the same.
pub(crate) const BEHIND: FindingKind = FindingKind::new("archive.behind", Level::Hold, Some("Z2"));
pub(crate) const NESTED: FindingKind = FindingKind::new("archive.nested", Level::Notice, Some("Z1"));

pub(super) const KINDS: &[&FindingKind] = &[
    &ENCRYPTED,
    &NAMES_ENCRYPTED,
    &PATH_ESCAPE,
    &TWIN_FOLDER,
    &DUPLICATE_NAME,
    &CRC_MISMATCH,
    &EXPANDS,
    &READINGS_DIFFER,
    &BEHIND,
    &NESTED,
];

/// An entry that grows beyond both of these is padded, as the documents of the 2023 wave were (0.66 MB to 500 MB).
const PADDED_SIZE: u64 = 100 << 20;
const PADDED_RATIO: u64 = 100;

/// Most names quoted in one finding.
const NAMES: usize = 8;

/// One entry of an archive, as its reader found it.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// Its name with folders, decoded: hostile text.
    pub(super) path: String,
    /// Where its header stands, in bytes.
    pub(super) at: u64,
    /// Length unpacked and packed, as declared; `None` where the archive does not say.
    pub(super) size: Option<u64>,
    pub(super) packed: Option<u64>,
    pub(super) is_folder: bool,
    /// What it points to, if it is a link.
    pub(super) link: Option<String>,
}

/// Queues every entry as something a person can take out. An entry that cannot be opened is listed, with the reason.
pub(super) fn list(
    scan: &mut Scan,
    entries: &[Entry],
    open: impl FnMut(&mut Scan, usize) -> Result<Content>,
) -> Result<()> {
    if scan.is_nested_archive() {
        scan.report(Observation::new(&NESTED, Evidence::quote(scan.name())));
    }
    let names: Vec<_> = entries.iter().map(|entry| (entry.path.as_str(), entry.at, entry.is_folder)).collect();
    check_names(&names, |path| path.replace('\\', "/")).into_iter().for_each(|found| scan.report(found));
    check_links(entries).into_iter().for_each(|found| scan.report(found));
    push(scan, entries, open)
}

/// As [`list`], without a word about the names: for the reader that has judged them.
pub(super) fn push(
    scan: &mut Scan,
    entries: &[Entry],
    mut open: impl FnMut(&mut Scan, usize) -> Result<Content>,
) -> Result<()> {
    scan.hold_source(source_folders(entries));
    let mut locked = Vec::new();
    learn(scan, entries, &mut open);
    for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.is_folder && entry.link.is_none()) {
        if let (Some(packed), Some(size)) = (entry.packed, entry.size) {
            check_growth(scan, Evidence::quote(&entry.path).offset(entry.at), packed, size);
        }
        let content = open(scan, index).unwrap_or_else(|error| {
            scan.note(&error, Some(&entry.path));
            Content::Unread
        });
        if matches!(content, Content::Locked) {
            locked.push(entry.path.as_str());
        }
        let path = entry.path.trim_end_matches(['/', '\\']);
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let origin = Origin::Entry { path: entry.path.clone() };
        scan.push(Child { name, origin, size: entry.size, content })?;
    }
    if let Some(first) = locked.first() {
        let names = locked.iter().take(NAMES).copied().collect::<Vec<_>>().join(", ");
        scan.report(Observation::new(&ENCRYPTED, Evidence::quote(first)).with("names", names));
    }
    Ok(())
}

/// Texts beside what is locked, and their length in bytes, where somebody may have written the password.
const LETTERS: usize = 8;
const LETTER: u64 = 16 << 10;

/// Keeps the passwords that names and short texts of an archive may hold, before anything in it is opened.
fn learn(scan: &mut Scan, entries: &[Entry], open: &mut impl FnMut(&mut Scan, usize) -> Result<Content>) {
    // Of thousands of names none says more than the first ones.
    for entry in entries.iter().take(NAMES.saturating_mul(32)) {
        scan.learn_name(&entry.path);
    }
    let is_letter = |entry: &Entry| {
        let extension = formats::extension(&entry.path);
        !entry.is_folder
            && entry.link.is_none()
            && entry.size.is_some_and(|size| (1..=LETTER).contains(&size))
            && matches!(extension.as_str(), "txt" | "text" | "md" | "nfo" | "eml" | "html" | "htm" | "me" | "1st")
    };
    let letters = entries.iter().enumerate().filter(|(_, entry)| is_letter(entry));
    for (index, _) in letters.take(LETTERS) {
        // What cannot be opened is told when its turn comes.
        if let Ok(Content::Bytes { source, .. } | Content::Unlocked { source, .. }) = open(scan, index) {
            let bytes = source.peek(0, usize::try_from(LETTER).unwrap_or_default()).unwrap_or_default();
            scan.learn_text(&bytes);
        }
    }
}

/// Says what stands behind the end of an archive, and shows it.
pub(super) fn check_rest(scan: &mut Scan, source: &Source, end: u64) -> Result<()> {
    let rest = source.slice(end, u64::MAX);
    if rest.len() == 0 || end == 0 || formats::zip::is_padding(&rest, &scan.budget)? {
        return Ok(());
    }
    let text = format!("{} bytes", rest.len());
    scan.report(Observation::new(&formats::zip::EXTRA_DATA, Evidence::quote(&text).offset(end)).with("where", "after"));
    let name = format!("after@{end}");
    let origin = Origin::Object { path: name.clone() };
    scan.push(Child { name, origin, size: None, content: Content::Bytes { source: rest, crc32: None } })
}

/// Files that stand at the top of a project's source, whatever its language.
const PROJECT: &[&str] = &[
    "package.json",
    "pyproject.toml",
    "setup.py",
    "cargo.toml",
    "go.mod",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "composer.json",
    "gemfile",
    "cmakelists.txt",
    "configure.ac",
    "makefile",
    "pkg-info",
];

/// Files that a project has at least; beside fewer a script is what was sent.
const PROJECT_FILES: usize = 10;

/// The folders in which the source code of a program lies.
fn source_folders(entries: &[Entry]) -> Vec<String> {
    let mut folders: Vec<String> = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.is_folder) {
        let start = entry.path.rfind('/').map_or(0, |slash| slash.saturating_add(1));
        let (folder, name) = entry.path.split_at_checked(start).unwrap_or_default();
        let known = || folders.iter().any(|known| folder.starts_with(known.as_str()));
        if folders.len() < NAMES && PROJECT.contains(&name.to_lowercase().as_str()) && !known() {
            folders.push(folder.to_owned());
        }
    }
    let files = |folder: &String| {
        entries.iter().filter(|entry| !entry.is_folder && entry.path.starts_with(folder.as_str())).count()
    };
    folders.retain(|folder| files(folder) >= PROJECT_FILES);
    folders
}

/// Whether `packed` bytes grow to `size` as only padding does.
fn check_growth(scan: &mut Scan, evidence: Evidence, packed: u64, size: u64) {
    let ratio = size.checked_div(packed).unwrap_or(size);
    if size > PADDED_SIZE && ratio > PADDED_RATIO {
        scan.budget.spare();
        scan.report(
            Observation::new(&EXPANDS, evidence).with("ratio", ratio.to_string()).with("size", size.to_string()),
        );
    }
}

/// Names that mislead an extractor or a person; each with its offset and whether it is a folder. `key` gives what two
/// names that are one file have in common.
pub(super) fn check_names<'n>(names: &[(&'n str, u64, bool)], key: impl Fn(&str) -> String) -> Vec<Observation> {
    let mut found = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    // Either slash divides folders, and Windows drops blanks and dots at the end of a name.
    let shown = |name: &str| name.replace('\\', "/").trim_end_matches([' ', '.']).to_owned();
    let folder = |name: &'n str| name.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder);
    let mut files: HashSet<String> = HashSet::new();
    if names.iter().any(|(name, ..)| folder(name).ends_with([' ', '.'])) {
        files.extend(names.iter().filter(|(.., is_folder)| !is_folder).map(|(name, ..)| shown(name)));
    }
    for (name, at, is_folder) in names {
        let evidence = || Evidence::quote(name).offset(*at);
        // `a.pdf ` beside a folder `a.pdf /`: opening the document runs what lies in the folder (CVE-2023-38831).
        let folder = folder(name);
        let twin = folder.ends_with([' ', '.']) && files.contains(&shown(folder));
        for (kind, holds) in [(&PATH_ESCAPE, escapes(name)), (&TWIN_FOLDER, twin)] {
            if holds {
                found.push(Observation::new(kind, evidence()).with("name", *name));
            }
        }
        if !is_folder {
            let count = seen.entry(key(name)).or_default();
            *count = count.saturating_add(1);
            if *count == 2 {
                found.push(Observation::new(&DUPLICATE_NAME, evidence()).with("name", *name));
            }
        }
    }
    found
}

/// A link that leads out of the folder does nothing by itself; an entry that is then written through it, or in its
/// place, does.
pub(super) fn check_links(entries: &[Entry]) -> Vec<Observation> {
    // As Windows and macOS compare names.
    let key = |path: &str| path.replace('\\', "/").trim_end_matches('/').to_lowercase();
    let links: Vec<(String, &str)> =
        entries.iter().filter_map(|entry| Some((key(&entry.path), entry.link.as_deref()?))).collect();
    let mut out: HashSet<String> = HashSet::new();
    // A link may lead to a link; each round follows one more.
    for _ in 0..LINKS {
        let before = out.len();
        for (path, target) in &links {
            if leads_out(path, target) || resolve(path, target).is_some_and(|to| leads_through(&to, &out)) {
                out.insert(path.clone());
            }
        }
        if out.len() == before {
            break;
        }
    }
    entries
        .iter()
        .filter(|entry| !out.is_empty() && entry.link.is_none() && !entry.is_folder)
        .filter(|entry| leads_through(&key(&entry.path), &out))
        .map(|entry| {
            let evidence = Evidence::quote(&entry.path).offset(entry.at);
            Observation::new(&PATH_ESCAPE, evidence).with("name", &entry.path)
        })
        .collect()
}

/// Links to links that are followed.
const LINKS: usize = 8;

/// Whether a path, or a folder on it, is one of these.
fn leads_through(path: &str, links: &HashSet<String>) -> bool {
    let folders = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    folders.chain([path]).any(|up| links.contains(up))
}

/// Where a link at `path` leads within the archive.
fn resolve(path: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/").to_lowercase())
}

/// Whether a link at `path` points outside the folder the archive is unpacked to.
fn leads_out(path: &str, target: &str) -> bool {
    let mut depth = path.matches('/').count();
    let parts = target.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".");
    let climbs = parts.into_iter().any(|part| {
        let next = if part == ".." { depth.checked_sub(1) } else { depth.checked_add(1) };
        depth = next.unwrap_or_default();
        next.is_none()
    });
    climbs || target.starts_with(['/', '\\']) || target.get(1..2) == Some(":")
}

/// Whether an extractor would write outside the folder it extracts to, or into an alternate data stream that runs.
///
/// A leading slash alone is common in honest archives, and every program strips it. A colon stands in honest names too:
/// Finder writes one for every slash a person typed.
pub(super) fn escapes(name: &str) -> bool {
    let drive = matches!(name.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    // A server, or Windows' own spelling of a full path.
    let unc = name.starts_with("\\\\") || name.starts_with("\\??\\");
    let climbs = |part: &str| part.rsplit(':').next().is_some_and(|last| last.trim_end_matches(' ') == "..");
    drive || unc || name.split(['/', '\\']).any(|part| climbs(part) || is_acting_stream(part))
}

/// `file.txt:stream.exe` names an alternate data stream on NTFS.
fn is_acting_stream(part: &str) -> bool {
    part.split_once(':').is_some_and(|(file, stream)| {
        let stream = stream.split(':').next().unwrap_or_default();
        !file.is_empty() && formats::by_extension(&formats::extension(stream)).is_some_and(Format::acts)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_folder() {
        for hostile in [
            "cv.pdf:x.exe:$DATA",
            "\\??\\C:\\x",
            "../x",
            "a/../../x",
            "a\\..\\x",
            "C:\\x",
            "a/.. /x",
            "cv.pdf:..\\x",
            "cv.pdf:x.exe",
            "C:/x",
            "\\\\h\\x",
        ] {
            assert!(escapes(hostile), "{hostile}");
        }
        for honest in [
            "a/b.txt",
            "/abs.txt",
            "a..b",
            "...",
            "a/..b/c",
            "12:30 notes.txt",
            "Re: x.eml",
            "A:B test results.xlsx",
            "v.a:b.txt",
            "a\\b.txt",
        ] {
            assert!(!escapes(honest), "{honest}");
        }
    }

    #[test]
    fn a_project_is_a_folder_with_its_description_and_many_files() {
        let file = |path: &str| Entry { path: path.into(), ..Entry::default() };
        let mut entries: Vec<Entry> = (0..9).map(|n| file(&format!("app/src/{n}.js"))).collect();
        assert!(source_folders(&entries).is_empty());
        entries.push(file("app/Package.json"));
        assert_eq!(source_folders(&entries), ["app/"]);
        entries.push(file("app/vendor/x/package.json"));
        entries.push(file("invoice.js"));
        assert_eq!(source_folders(&entries), ["app/"]);
        assert!(source_folders(&[file("package.json"), file("invoice.js")]).is_empty());
    }

    #[test]
    fn only_what_is_written_through_a_link_that_leads_out_escapes() {
        let link = |path: &str, to: &str| Entry { path: path.into(), link: Some(to.into()), ..Entry::default() };
        let file = |path: &str| Entry { path: path.into(), ..Entry::default() };
        let found = |entries: &[Entry]| check_links(entries).len();
        assert_eq!(found(&[link("a/b", "../../etc"), file("a/b/c")]), 1);
        assert_eq!(found(&[link("a", "/etc"), file("a/c/d")]), 1);
        assert_eq!(found(&[link("a", "C:\\Users"), file("a/c")]), 1);
        assert_eq!(found(&[link("a/b", "../lib"), file("a/b/c")]), 0);
        assert_eq!(found(&[link("bin/sh", "/bin/busybox"), file("bin/ls")]), 0);
        assert_eq!(found(&[link("A\\B", "..\\..\\etc"), file("a/b/c")]), 1);
        assert_eq!(found(&[link("a", "b"), link("b", "/etc"), file("a/c")]), 1);
        assert_eq!(found(&[link("a", "/etc/passwd"), file("a")]), 1);
        assert_eq!(found(&[link("bin", "usr/bin"), link("usr/bin/sh", "/bin/busybox"), file("bin/ls")]), 0);
    }

    #[test]
    fn a_folder_that_is_shown_as_the_file_beside_it() {
        let found = |names: &[(&str, u64, bool)]| check_names(names, str::to_owned).len();
        assert_eq!(found(&[("a.pdf", 0, false), ("a.pdf /x.cmd", 9, false)]), 1);
        assert_eq!(found(&[("a.pdf ", 0, false), ("a.pdf \\x.cmd", 9, false)]), 1);
        assert_eq!(found(&[("a.pdf", 0, false), ("a.pdf./x.cmd", 9, false)]), 1);
        assert_eq!(found(&[(".", 0, true), ("./a", 1, false), ("a ", 2, true), ("a /b", 3, false)]), 0);
    }
}
