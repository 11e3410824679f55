//! 7z archives (7zFormat.txt of the LZMA SDK).
//!
//! The list stands at the end, mostly packed and often locked; files are packed together, so that one stream serves
//! all of them. What cannot be unpacked is still listed.

use std::rc::Rc;

use super::{Entry, NAMES_ENCRYPTED, check_rest, list};
use crate::artifact::Status;
use crate::budget::Budget;
use crate::crypto::PasswordSource;
use crate::error::{Error, Result};
use crate::finding::{Evidence, Observation};
use crate::scan::{Content, IRREGULAR, Scan};
use crate::source::Source;

mod folder;
mod header;

use folder::{Keys, Packed};
use header::{File, Header, Part, Streams};

/// Length of the first header; offsets count from its end.
const START: u64 = 32;

/// Lists packed in lists: 7-Zip writes one.
const LAYERS: usize = 4;

/// Bytes unpacked without an error that prove a password.
pub(in crate::formats) const PROOF: u64 = 1 << 20;

/// Bytes of the target of a link that are read.
const TARGET: usize = 1 << 12;

pub(super) fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let start: [u8; 32] = source.array(0, "7z header")?;
    let [offset, size] = [12_usize, 20]
        .map(|at| u64::from_le_bytes(start.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default()));
    let mut archive = Archive { source: source.clone(), budget: Rc::clone(&scan.budget), keys: Keys::default() };
    let at = START.saturating_add(offset);
    let end = at.saturating_add(size);
    if size == 0 {
        // An empty archive, or one whose writer was stopped.
        return check_rest(scan, source, START);
    }
    if end > source.len() {
        return Err(Error::malformed("7z header", at));
    }
    let bytes = scan.budget.read_to_vec(source.slice(at, size))?;
    let declared = u32::from_le_bytes(start.get(28..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default());
    if crc32(&bytes) != declared {
        scan.note(&Error::malformed("7z header", at), None);
    }
    if let Some((streams, files)) = archive.list(scan, bytes)? {
        archive.push(scan, &streams, &files)?;
    }
    check_rest(scan, source, end)
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Whether unlocked bytes are a list, or one more layer around it.
fn reads_as_list(source: &Source, budget: &Budget) -> bool {
    budget.read_to_vec(source.clone()).and_then(|bytes| header::read(&bytes, budget)).is_ok()
}

/// A folder, opened once for all files in it.
#[derive(Clone)]
enum Opened {
    Plain(Source),
    Unlocked(Source, PasswordSource),
    Locked,
    Unread,
}

struct Archive {
    source: Source,
    budget: Rc<Budget>,
    keys: Keys,
}

impl Archive {
    /// The list, unpacked and unlocked; `None` if it is locked.
    fn list(&mut self, scan: &mut Scan, mut bytes: Vec<u8>) -> Result<Option<(Streams, Vec<File>)>> {
        for _ in 0..LAYERS {
            let streams = match header::read(&bytes, &self.budget)? {
                Header::Plain(streams, files) => return Ok(Some((streams, files))),
                Header::Encoded(streams) => streams,
            };
            let packed = self.packed(&streams).into_iter().next().ok_or_else(|| Error::malformed("7z header", 0))?;
            let part = Part { folder: 0, at: 0, size: packed.folder.size(), crc: packed.folder.crc };
            // Without a sum, only what reads as a list shows that the password is the right one.
            let source = match self.open(scan, packed, Some(&part), part.crc.is_none())? {
                Opened::Plain(source) | Opened::Unlocked(source, _) => source,
                Opened::Locked | Opened::Unread => {
                    scan.report(Observation::new(&NAMES_ENCRYPTED, Evidence::quote(scan.name())));
                    scan.set_status(Status::Locked);
                    return Ok(None);
                }
            };
            bytes = self.budget.read_to_vec(source)?;
        }
        Err(Error::malformed("7z header", 0))
    }

    /// The folders with their packed bytes.
    fn packed(&self, streams: &Streams) -> Vec<Packed> {
        let mut at = START.saturating_add(streams.at);
        let mut sizes = streams.packed.iter();
        let mut packed = Vec::new();
        for folder in &streams.folders {
            let mut sources = Vec::new();
            for size in sizes.by_ref().take(folder.packed.len()) {
                sources.push(self.source.slice(at, *size));
                at = at.saturating_add(*size);
            }
            packed.push(Packed { folder: folder.clone(), streams: sources });
        }
        packed
    }

    /// Opens a folder. Whether a password is the right one shows in the first of its files.
    fn open(&mut self, scan: &Scan, packed: Packed, first: Option<&Part>, is_list: bool) -> Result<Opened> {
        if packed.lock().is_none() {
            return packed.source(None, &self.budget).map(Opened::Plain);
        }
        let (budget, keys) = (Rc::clone(&self.budget), &mut self.keys);
        let opened = scan.unlock(packed.cost(), |password| {
            let key = packed.key(password, keys)?;
            let source = packed.clone().source(key, &budget)?;
            let fits = fits(&source, first, packed.notices_damage())? && (!is_list || reads_as_list(&source, &budget));
            Ok(fits.then_some(source))
        })?;
        Ok(opened.map_or(Opened::Locked, |(source, password)| Opened::Unlocked(source, password)))
    }

    fn push(&mut self, scan: &mut Scan, streams: &Streams, files: &[File]) -> Result<()> {
        let packed = self.packed(streams);
        let mut folders: Vec<Option<Opened>> = vec![None; packed.len()];
        let mut entries = Vec::new();
        let mut shown = Vec::new();
        for file in files {
            if file.is_anti {
                let evidence = Evidence::quote(&file.name);
                scan.report(Observation::new(&IRREGULAR, evidence).with("what", "entry that deletes"));
                continue;
            }
            let link = match &file.part {
                Some(part) if is_link(file.attributes) => {
                    let opened = self.folder(scan, &packed, &mut folders, streams, part);
                    let target = match opened {
                        Opened::Plain(source) | Opened::Unlocked(source, _) => {
                            source.slice(part.at, part.size).peek(0, TARGET).unwrap_or_default()
                        }
                        Opened::Locked | Opened::Unread => Vec::new(),
                    };
                    Some(String::from_utf8_lossy(&target).into_owned())
                }
                _ => None,
            };
            // Of files packed together only the whole is known: none of them took more.
            let folder = file.part.as_ref().and_then(|part| packed.get(part.folder));
            let taken = folder.map(|folder| folder.streams.iter().fold(0, |sum: u64, s| sum.saturating_add(s.len())));
            entries.push(Entry {
                path: file.name.clone(),
                at: 0,
                size: Some(file.part.map_or(0, |part| part.size)),
                packed: taken,
                is_folder: file.is_folder,
                link,
            });
            shown.push(file);
        }
        list(scan, &entries, |scan, index| {
            let Some(file) = shown.get(index) else { return Err(Error::malformed("7z header", 0)) };
            let Some(part) = &file.part else {
                return Ok(Content::Bytes { source: Source::memory(Vec::new()), crc32: None });
            };
            let crc32 = part.crc;
            Ok(match self.folder(scan, &packed, &mut folders, streams, part) {
                Opened::Plain(source) => Content::Bytes { source: source.slice(part.at, part.size), crc32 },
                Opened::Unlocked(source, password) => {
                    Content::Unlocked { source: source.slice(part.at, part.size), crc32, password }
                }
                Opened::Locked => Content::Locked,
                Opened::Unread => Content::Unread,
            })
        })
    }

    /// The folder a file is in, opened when the first of its files is.
    fn folder(
        &mut self,
        scan: &mut Scan,
        packed: &[Packed],
        folders: &mut [Option<Opened>],
        streams: &Streams,
        part: &Part,
    ) -> Opened {
        let (Some(packed), Some(known)) = (packed.get(part.folder), folders.get_mut(part.folder)) else {
            return Opened::Unread;
        };
        if let Some(opened) = known {
            return opened.clone();
        }
        let first = streams.parts.iter().find(|first| first.folder == part.folder && first.size > 0);
        let opened = self.open(scan, packed.clone(), first, false).unwrap_or_else(|error| {
            scan.note(&error, None);
            if packed.lock().is_some() { Opened::Locked } else { Opened::Unread }
        });
        *known = Some(opened.clone());
        opened
    }
}

/// Whether what came out is what went in: the CRC of the first file says so. What notices damage on the way has given
/// no errors for long enough: under a wrong key it does at once. So a document of 500 MB is not unpacked for the answer.
fn fits(source: &Source, first: Option<&Part>, notices_damage: bool) -> Result<bool> {
    let Some(first) = first else { return Ok(true) };
    let is_long = notices_damage && first.size > PROOF;
    let content = source.slice(first.at, if is_long { PROOF } else { first.size });
    let mut crc = flate2::Crc::new();
    let (mut at, mut chunk) = (0, vec![0; 1 << 16]);
    loop {
        match content.read_at(at, &mut chunk).map_err(Error::from) {
            Ok(0) => break,
            Ok(n) => {
                crc.update(chunk.get(..n).unwrap_or_default());
                at = at.saturating_add(n as u64);
            }
            Err(Error::Malformed { .. }) => return Ok(false),
            Err(other) => return Err(other),
        }
    }
    Ok(at == content.len() && (is_long || first.crc.is_none_or(|declared| declared == crc.sum())))
}

/// A symbolic link of Unix, whose mode stands above the attributes of Windows, or a reparse point.
const fn is_link(attributes: u32) -> bool {
    const UNIX: u32 = 0x8000;
    const REPARSE_POINT: u32 = 0x400;
    (attributes & UNIX != 0 && (attributes >> 28) == 0xA) || attributes & REPARSE_POINT != 0
}
