//! RAR archives, versions 1.5 to 7 (RARLAB's technical notes on RAR 4 and RAR 5.0).
//!
//! Both generations are rows of headers, each followed by its data. In a solid archive a file is packed with what came
//! before it; all files of such a group are one stream here, and each file a part of it, so that however many are looked
//! into, the group is decoded once.

use std::io::Read;
use std::rc::Rc;

use super::{Entry, NAMES_ENCRYPTED, check_rest, list};
use crate::artifact::Status;
use crate::budget::Paid;
use crate::codecs::lz::LARGEST;
use crate::codecs::lz::rar3::{self, Rar3};
use crate::codecs::lz::rar5::{self, Rar5};
use crate::codecs::paged::Paged;
use crate::crypto::PasswordSource;
use crate::error::{Error, LimitKind, Result};
use crate::finding::{Evidence, Observation};
use crate::scan::{Content, Scan};
use crate::source::{Chain, Source, Stream};
use crate::view::{Text, View};

mod headers3;
mod headers5;
mod keys;

use keys::{Keys, Lock};

/// How a file was packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Stored,
    Rar3,
    Rar5 {
        window: u64,
        long_distances: bool,
    },
    /// Known by name only.
    Other(&'static str),
}

/// What one header says of a file.
struct File {
    entry: Entry,
    data: Source,
    method: Method,
    /// Packed with what came before it.
    is_solid: bool,
    /// A part of it is in another volume.
    is_split: bool,
    crc32: Option<u32>,
    lock: Option<Lock>,
    /// A hard link or a copy has the content of the file of this name.
    same_as: Option<String>,
    role: Role,
}

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    File,
    /// A second stream of the file before it (NTFS).
    Stream,
    /// Text for the person.
    Comment,
}

/// What was read of an archive.
#[derive(Default)]
struct Archive {
    files: Vec<File>,
    /// Headers that need a password nobody has.
    names_locked: bool,
    /// Where the password that opened the headers came from.
    password: Option<PasswordSource>,
    /// What is wrong with a header that was read all the same.
    doubt: Option<Error>,
    /// Why the rest was not read.
    end: Option<Error>,
    /// Where the last header says that nothing follows.
    rest: Option<u64>,
}

pub(super) fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let mut keys = Keys::default();
    let mut archive = Archive::default();
    let head: [u8; 8] = source.array(0, "rar header")?;
    let read = match head {
        [b'R', b'a', b'r', b'!', 0x1A, 7, 1, 0] => headers5::read(scan, source, &mut keys, &mut archive),
        [b'R', b'a', b'r', b'!', 0x1A, 7, 0, _] => headers3::read(scan, source, &mut keys, &mut archive),
        _ => return Err(Error::Unsupported("rar-method")),
    };
    let Archive { files, names_locked, password, doubt, end, rest } = archive;
    if names_locked {
        scan.report(Observation::new(&NAMES_ENCRYPTED, Evidence::quote(scan.name())));
        scan.set_status(Status::Locked);
    }
    let mut contents = open_all(scan, &files, &mut keys, password)?;
    for (file, content) in files.iter().zip(&contents).filter(|(file, _)| file.role == Role::Comment) {
        if let Found::Open(Opened { source, .. }) = content {
            let text = String::from_utf8_lossy(&source.peek(0, COMMENT)?).into_owned();
            scan.show(&View::Text(Text { path: &file.entry.path, text: &text }));
        }
    }
    let mut shown = files.iter().map(|file| file.role != Role::Comment);
    contents.retain(|_| shown.next().unwrap_or_default());
    let entries: Vec<Entry> =
        files.into_iter().filter(|file| file.role != Role::Comment).map(|file| file.entry).collect();
    list(scan, &entries, |_, index| match contents.get(index) {
        Some(Found::Open(opened)) => Ok(opened.content()),
        Some(Found::Locked) => Ok(Content::Locked),
        Some(Found::Unsupported(what)) => Err(Error::Unsupported(what)),
        Some(Found::TooLarge) => Err(Error::Limit(LimitKind::ArtifactBytes)),
        Some(Found::Damaged) | None => Err(Error::malformed("rar entry", 0)),
    })?;
    for error in [doubt, end, read.err()].into_iter().flatten() {
        scan.note(&error, None);
    }
    rest.map_or(Ok(()), |at| check_rest(scan, source, at))
}

/// Most of a comment shown.
const COMMENT: usize = 1 << 16;

#[derive(Clone)]
struct Opened {
    source: Source,
    crc32: Option<u32>,
    password: Option<PasswordSource>,
}

impl Opened {
    fn content(&self) -> Content {
        let Self { source, crc32, password } = self.clone();
        match password {
            Some(password) => Content::Unlocked { source, crc32, password },
            None => Content::Bytes { source, crc32 },
        }
    }
}

/// What there is of a file's content.
#[derive(Clone)]
enum Found {
    Open(Opened),
    Locked,
    Unsupported(&'static str),
    TooLarge,
    Damaged,
}

/// A file ready to be decoded: which, its packed bytes, and the password.
type Ready = (usize, Source, Option<PasswordSource>);

/// Finds passwords, groups what is packed together, and gives every file a source.
fn open_all(scan: &mut Scan, files: &[File], keys: &mut Keys, headers: Option<PasswordSource>) -> Result<Vec<Found>> {
    let mut found = vec![Found::Damaged; files.len()];
    let mut group: Vec<Ready> = Vec::new();
    // Why what continues the group cannot be decoded.
    let mut broken = Some(Found::Damaged);
    for (index, file) in files.iter().enumerate() {
        scan.budget.steps(8)?;
        if file.entry.is_folder || file.entry.link.is_some() || file.same_as.is_some() {
            continue;
        }
        let blocked = match file.method {
            Method::Other(what) => Some(Found::Unsupported(what)),
            _ if file.is_split => Some(Found::Unsupported("split archive")),
            _ => None,
        };
        let is_alone = file.method == Method::Stored || file.role != Role::File;
        let goes_on = file.is_solid && !is_alone;
        if !goes_on && !is_alone {
            finish(scan, files, &mut group, &mut found);
            broken = None;
        }
        let blocked = blocked.or_else(|| broken.clone().filter(|_| goes_on));
        let result = match blocked {
            Some(why) => Err(why),
            None => unlock(scan, file, keys, if goes_on { &group } else { &[] }, files, headers)?,
        };
        match result {
            Ok((packed, password)) if is_alone => {
                let mut alone = vec![(index, packed, password)];
                finish(scan, files, &mut alone, &mut found);
            }
            Ok((packed, password)) => group.push((index, packed, password)),
            Err(why) => {
                if !is_alone {
                    broken = Some(why.clone());
                }
                if let Some(slot) = found.get_mut(index) {
                    *slot = why;
                }
            }
        }
    }
    finish(scan, files, &mut group, &mut found);
    copy_contents(files, &mut found);
    Ok(found)
}

/// Gives every file of a group its part of one stream.
fn finish(scan: &Scan, files: &[File], group: &mut Vec<Ready>, found: &mut [Found]) {
    let group = std::mem::take(group);
    let stream = stream(scan, files, &group);
    let mut at = 0_u64;
    for (index, _, password) in group {
        let Some(file) = files.get(index) else { continue };
        let size = file.entry.size.unwrap_or_default();
        let opened = Opened { source: stream.slice(at, size), crc32: file.crc32, password };
        at = at.saturating_add(size);
        if let Some(slot) = found.get_mut(index) {
            *slot = Found::Open(opened);
        }
    }
}

/// The content of these files, one behind the other.
fn stream(scan: &Scan, files: &[File], group: &[Ready]) -> Source {
    let files: Vec<_> = group.iter().filter_map(|(index, packed, _)| Some((files.get(*index)?, packed))).collect();
    let size_of = |file: &File| file.entry.size.unwrap_or_default();
    let len = files.iter().fold(0, |len: u64, (file, _)| len.saturating_add(size_of(file)));
    match files.first().map(|(file, _)| file.method) {
        Some(Method::Rar3) => {
            let member =
                |(file, packed): &(&File, &Source)| rar3::Member { packed: (*packed).clone(), size: size_of(file) };
            let members: Rc<[rar3::Member]> = files.iter().map(member).collect();
            let budget = Rc::clone(&scan.budget);
            let start = move || {
                let _window = budget.window(rar3::WINDOW.min(len))?;
                Ok(Box::new(Paid { reader: Rar3::new(members.iter().cloned()), _window }) as Box<dyn Stream>)
            };
            Paged::source(len, Rc::clone(&scan.budget), Box::new(start))
        }
        Some(Method::Rar5 { .. }) => {
            let member = |(file, packed): &(&File, &Source)| {
                let (window, long_distances) = match file.method {
                    Method::Rar5 { window, long_distances } => (window, long_distances),
                    _ => (0, false),
                };
                // No byte stands further back than the first one.
                let window = window.min(len);
                rar5::Member { packed: (*packed).clone(), size: size_of(file), window, long_distances }
            };
            let members: Rc<[rar5::Member]> = files.iter().map(member).collect();
            let window = members.iter().map(|member| member.window).max().unwrap_or_default().min(LARGEST);
            let budget = Rc::clone(&scan.budget);
            let start = move || {
                let _window = budget.window(window)?;
                Ok(Box::new(Paid { reader: Rar5::new(members.iter().cloned()), _window }) as Box<dyn Stream>)
            };
            Paged::source(len, Rc::clone(&scan.budget), Box::new(start))
        }
        _ => Source::new(Chain::new(files.iter().map(|(file, packed)| packed.slice(0, size_of(file))))),
    }
}

/// The packed bytes of a file, decrypted if they are encrypted.
fn unlock(
    scan: &mut Scan,
    file: &File,
    keys: &mut Keys,
    group: &[Ready],
    files: &[File],
    headers: Option<PasswordSource>,
) -> Result<Result<(Source, Option<PasswordSource>), Found>> {
    let plain = match &file.lock {
        None => Some((file.data.clone(), headers)),
        Some(lock) => {
            // Where there is no other way to tell whether a password fits, the content itself tells.
            let fits = |scan: &Scan, packed: &Source| -> Result<bool> {
                let Some(crc32) = file.crc32.filter(|_| group.is_empty()) else { return Ok(!group.is_empty()) };
                if file.entry.size.unwrap_or_default() > scan.budget.limits().hashed {
                    return Err(Error::Limit(LimitKind::ArtifactBytes));
                }
                let index = files.iter().position(|other| std::ptr::eq(other, file)).unwrap_or_default();
                let content = stream(scan, files, &[(index, packed.clone(), None)]);
                match sum(content) {
                    Ok(sum) => Ok(sum == crc32),
                    Err(Error::Malformed { .. } | Error::Unsupported(_)) => Ok(false),
                    Err(other) => Err(other),
                }
            };
            match keys.open(scan, lock, &file.data, fits) {
                Ok(opened) => opened.map(|(source, password)| (source, Some(password))),
                Err(Error::Unsupported(what)) => return Ok(Err(Found::Unsupported(what))),
                Err(Error::Limit(LimitKind::ArtifactBytes)) => return Ok(Err(Found::TooLarge)),
                Err(other) => return Err(other),
            }
        }
    };
    let Some((packed, password)) = plain else { return Ok(Err(Found::Locked)) };
    // PPMd is told by the first bit of the packed bytes.
    if file.method == Method::Rar3 && rar3::begins_with_ppmd(&packed).unwrap_or_default() {
        return Ok(Err(Found::Unsupported("ppmd")));
    }
    Ok(Ok((packed, password)))
}

fn sum(mut content: Source) -> Result<u32> {
    let mut crc = flate2::Crc::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        match content.read(&mut chunk)? {
            0 => return Ok(crc.sum()),
            n => crc.update(chunk.get(..n).unwrap_or_default()),
        }
    }
}

/// Hard links and copies have the content of the file they name: under another name it may do something else.
fn copy_contents(files: &[File], found: &mut [Found]) {
    let names: std::collections::HashMap<&str, usize> =
        files.iter().enumerate().map(|(index, file)| (file.entry.path.as_str(), index)).collect();
    for (index, file) in files.iter().enumerate() {
        let same = file.same_as.as_deref().and_then(|name| found.get(*names.get(name)?).cloned());
        if let (Some(same), Some(slot)) = (same, found.get_mut(index)) {
            *slot = same;
        }
    }
}
