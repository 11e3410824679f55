//! What every file system has: folders, files and the places where their bytes stand.

use std::collections::HashSet;
use std::io;
use std::rc::Rc;

use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::finding::{Evidence, Observation};
use crate::formats::archives::{self, Entry};
use crate::scan::{Content, IRREGULAR, Scan};
use crate::source::{ReadAt, Source};

/// Folders inside folders; no path that Windows opens has more.
const DEPTH: usize = 128;

/// Where bytes stand in the image, and how many; `None` is a hole, which reads as zeros.
pub(super) type Piece = (Option<u64>, u64);

/// The content of a file.
pub(super) enum File {
    Bytes(Source),
    /// As much of it as there is: the rest would stand behind the end of the image.
    Cut(Source),
    /// What it would take to read it.
    Unread(&'static str),
}

/// A file or folder.
pub(super) struct Node {
    pub(super) entry: Entry,
    pub(super) file: File,
    /// Where its first byte stands; `None` if it has none there.
    pub(super) place: Option<u64>,
}

/// What was found on a volume.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) nodes: Vec<Node>,
    /// What stands before every path: the partition.
    pub(super) prefix: String,
    /// Length of all paths together.
    paths: u64,
}

impl Listing {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    /// The path of what lies in a folder.
    pub(super) fn path(&mut self, scan: &Scan, folder: &str, name: &str) -> Result<String> {
        if folder.matches('/').count() >= DEPTH {
            return Err(Error::Limit(LimitKind::Depth));
        }
        let path = if folder.is_empty() { format!("{}{name}", self.prefix) } else { format!("{folder}/{name}") };
        self.keep(scan, path)
    }

    /// The path of a stream beside the content of a file.
    pub(super) fn path_of_stream(&mut self, scan: &Scan, file: &str, name: &str) -> Result<String> {
        self.keep(scan, format!("{file}:{name}"))
    }

    fn keep(&mut self, scan: &Scan, path: String) -> Result<String> {
        self.paths = self.paths.saturating_add(path.len() as u64);
        if self.paths > scan.budget.limits().artifact_bytes {
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
        Ok(path)
    }

    pub(super) fn folder(&mut self, scan: &Scan, path: String, at: u64) -> Result<()> {
        let entry = Entry { path, at, is_folder: true, ..Entry::default() };
        self.add(scan, Node { entry, file: File::Unread("file system"), place: None })
    }

    pub(super) fn link(&mut self, scan: &Scan, path: String, at: u64, target: String) -> Result<()> {
        let entry = Entry { path, at, link: Some(target), ..Entry::default() };
        self.add(scan, Node { entry, file: File::Unread("file system"), place: None })
    }

    pub(super) fn file(&mut self, scan: &Scan, path: String, at: u64, size: u64, file: File) -> Result<()> {
        let entry = Entry { path, at, size: Some(size), ..Entry::default() };
        self.add(scan, Node { entry, file, place: None })
    }

    pub(super) fn add(&mut self, scan: &Scan, node: Node) -> Result<()> {
        if self.nodes.len() as u64 >= u64::from(scan.budget.limits().artifacts) {
            return Err(Error::Limit(LimitKind::Artifacts));
        }
        self.nodes.push(node);
        Ok(())
    }

    /// Queues every file.
    ///
    /// Files may share their bytes, and holes cost nothing, so a small image can declare more than anybody could read:
    /// what goes beyond the size of the image (`unpaid`) is paid for as if a decoder had made it.
    pub(super) fn show(self, scan: &mut Scan, mut unpaid: u64) -> Result<()> {
        let (entries, files): (Vec<Entry>, Vec<File>) =
            self.nodes.into_iter().map(|node| (node.entry, node.file)).unzip();
        let budget = Rc::clone(&scan.budget);
        archives::list(scan, &entries, |scan, index| {
            let path = entries.get(index).map(|entry| entry.path.as_str());
            let source = match files.get(index) {
                Some(File::Bytes(source)) => source.clone(),
                Some(File::Cut(source)) => {
                    scan.note(&Error::malformed("file behind the end of the image", source.len()), path);
                    source.clone()
                }
                Some(File::Unread(what)) => return Err(Error::Unsupported(what)),
                None => return Err(Error::malformed("directory", 0)),
            };
            let source = match unpaid.checked_sub(source.len()) {
                Some(left) => {
                    unpaid = left;
                    source
                }
                None => Source::new(Charged { source, budget: Rc::clone(&budget) }),
            };
            Ok(Content::Bytes { source, crc32: None })
        })
    }
}

/// Bytes that are paid for as often as they are read.
struct Charged {
    source: Source,
    budget: Rc<Budget>,
}

impl ReadAt for Charged {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        if at >= self.source.len() {
            self.source.verify_end()?;
        }
        let n = self.source.read_at(at, buf)?;
        self.budget.expand(n as u64)?;
        Ok(n)
    }
}

/// Pieces of an image one behind the other.
struct Pieces {
    image: Source,
    /// With the offset in the file where each begins.
    pieces: Vec<(u64, Piece)>,
    len: u64,
}

/// The first `size` bytes of what the pieces hold.
pub(super) fn pieces(image: &Source, pieces: &[Piece], size: u64) -> File {
    let (mut kept, mut len, mut cut) = (Vec::<(u64, Piece)>::new(), 0_u64, false);
    for (place, wanted) in pieces {
        let wanted = (*wanted).min(size.saturating_sub(len));
        let there = place.map_or(wanted, |at| wanted.min(image.len().saturating_sub(at)));
        cut |= there < wanted;
        if there > 0 {
            kept.push((len, (*place, there)));
            len = len.saturating_add(there);
        }
        if cut {
            break;
        }
    }
    cut |= len < size;
    let source = match kept.as_slice() {
        [(_, (Some(at), len))] => image.slice(*at, *len),
        _ => Source::new(Pieces { image: image.clone(), pieces: kept, len }),
    };
    if cut { File::Cut(source) } else { File::Bytes(source) }
}

impl ReadAt for Pieces {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let index = self.pieces.partition_point(|(start, (_, len))| start.saturating_add(*len) <= at);
        let Some((start, (place, len))) = self.pieces.get(index) else { return Ok(0) };
        let skip = at.saturating_sub(*start);
        let n = buf.len().min(usize::try_from(len.saturating_sub(skip)).unwrap_or(usize::MAX));
        let buf = buf.get_mut(..n).unwrap_or_default();
        match place {
            Some(place) => self.image.read_at(place.saturating_add(skip), buf),
            None => {
                buf.fill(0);
                Ok(n)
            }
        }
    }
}

impl File {
    /// What there is of it.
    pub(super) fn source(&self) -> Option<&Source> {
        match self {
            Self::Bytes(source) | Self::Cut(source) => Some(source),
            Self::Unread(_) => None,
        }
    }
}

/// Folders that were opened: one that contains itself would never end.
#[derive(Default)]
pub(super) struct Seen(HashSet<u64>);

impl Seen {
    /// Whether a folder is opened for the first time; says so otherwise.
    pub(super) fn enter(&mut self, scan: &mut Scan, folder: u64, path: &str) -> bool {
        let new = self.0.insert(folder);
        if !new {
            scan.note(&Error::malformed("directory loop", folder), Some(path));
        }
        new
    }
}

/// A departure that the systems tolerate.
pub(super) fn irregular(scan: &mut Scan, what: &'static str, at: u64) {
    scan.report(Observation::new(&IRREGULAR, Evidence::quote(what).offset(at)).with("what", what));
}

/// A number of `n` bytes, least significant first; what is missing is zero.
pub(super) fn le(bytes: &[u8], at: usize, n: usize) -> u64 {
    let field = bytes.get(at..at.saturating_add(n)).unwrap_or_default();
    field.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// A number of `n` bytes, most significant first; what is missing is zero.
pub(super) fn be(bytes: &[u8], at: usize, n: usize) -> u64 {
    let field = bytes.get(at..at.saturating_add(n)).unwrap_or_default();
    field.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// The part of a structure from `at`, as far as there is one.
pub(super) fn part(bytes: &[u8], at: u64, len: u64) -> &[u8] {
    let at = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    let end = usize::try_from(len).unwrap_or(usize::MAX).saturating_add(at).min(bytes.len());
    bytes.get(at..end).unwrap_or_default()
}

/// Text of 16-bit units, least significant byte first.
pub(super) fn utf_16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    String::from_utf16_lossy(&units)
}

/// As [`utf_16`], most significant byte first.
pub(super) fn utf_16_be(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: File) -> (Vec<u8>, bool) {
        let cut = matches!(file, File::Cut(_));
        (file.source().unwrap().peek(0, 100).unwrap(), cut)
    }

    #[test]
    fn a_file_is_its_pieces_in_order() {
        let image = Source::memory((0..20).collect());
        assert_eq!(
            read(pieces(&image, &[(Some(10), 2), (None, 2), (Some(0), 9)], 6)),
            (vec![10, 11, 0, 0, 0, 1], false)
        );
        assert_eq!(read(pieces(&image, &[(Some(18), 4), (Some(0), 4)], 8)), (vec![18, 19], true));
        assert_eq!(read(pieces(&image, &[(Some(3), 2)], 4)), (vec![3, 4], true));
        assert_eq!(read(pieces(&image, &[], 0)), (vec![], false));
    }

    #[test]
    fn numbers_of_both_orders() {
        assert_eq!((le(&[1, 2, 3], 1, 2), be(&[1, 2, 3], 1, 2), le(&[1], 0, 4)), (0x0302, 0x0203, 0));
    }
}
