//! FAT12, FAT16 and FAT32 (Microsoft's "FAT32 File System Specification", 1.03), with long names.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;

use super::volume::{File, Listing, Seen, le, utf_16};
use crate::budget::Budget;
use crate::codecs::text;
use crate::error::{Error, LimitKind, Result};
use crate::scan::Scan;
use crate::source::{ReadAt, Source};

const HIDDEN_END: u8 = 0x00;
const DELETED: u8 = 0xE5;

const VOLUME_ID: u8 = 0x08;
const DIRECTORY: u8 = 0x10;
const LONG_NAME: u8 = 0x0F;

/// Whether a boot sector describes a FAT volume; the words `FAT12` in it are only a comment.
pub(super) fn is_volume(head: &[u8]) -> bool {
    let (sector, cluster) = (le(head, 11, 2), le(head, 13, 1));
    matches!(head.first(), Some(0xEB | 0xE9))
        && matches!(sector, 512 | 1024 | 2048 | 4096)
        && cluster.is_power_of_two()
        && le(head, 14, 2) > 0
        && matches!(le(head, 16, 1), 1 | 2)
        && head.get(21).is_some_and(|media| *media >= 0xF0)
}

/// How wide an entry of the table is, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Fat12,
    Fat16,
    Fat32,
    ExFat,
}

/// The table of which cluster comes next, and the clusters.
pub(super) struct Clusters {
    pub(super) volume: Source,
    pub(super) width: Width,
    /// Where the table stands.
    pub(super) table: u64,
    /// Where cluster 2 stands.
    pub(super) data: u64,
    /// Bytes of one cluster.
    pub(super) size: u64,
    /// Number of clusters.
    pub(super) count: u64,
    pub(super) budget: Rc<Budget>,
}

impl Clusters {
    /// The cluster behind this one; `None` at the end of a chain.
    fn next(&self, cluster: u64) -> Result<Option<u64>> {
        self.budget.steps(1)?;
        let read = |at: u64, n: usize| -> Result<u64> {
            let bytes = self.volume.peek(self.table.saturating_add(at), n)?;
            if bytes.len() < n {
                Err(Error::malformed("file allocation table", self.table))
            } else {
                Ok(le(&bytes, 0, n))
            }
        };
        let (next, end) = match self.width {
            Width::Fat12 => {
                let pair = read(cluster.saturating_add(cluster / 2), 2)?;
                (if cluster.is_multiple_of(2) { pair & 0xFFF } else { pair >> 4 }, 0xFF8)
            }
            Width::Fat16 => (read(cluster.saturating_mul(2), 2)?, 0xFFF8),
            Width::Fat32 => (read(cluster.saturating_mul(4), 4)? & 0x0FFF_FFFF, 0x0FFF_FFF8),
            Width::ExFat => (read(cluster.saturating_mul(4), 4)?, 0xFFFF_FFF8),
        };
        if next >= end {
            return Ok(None);
        }
        if !self.exists(next) {
            return Err(Error::malformed("file allocation table", self.table));
        }
        Ok(Some(next))
    }

    pub(super) const fn exists(&self, cluster: u64) -> bool {
        cluster >= 2 && cluster.saturating_sub(2) < self.count
    }

    pub(super) const fn place(&self, cluster: u64) -> u64 {
        self.data.saturating_add(cluster.saturating_sub(2).saturating_mul(self.size))
    }
}

/// A chain of clusters, followed only as far as somebody reads.
struct Chain {
    clusters: Rc<Clusters>,
    len: u64,
    known: RefCell<Known>,
}

/// What was followed of a chain: runs of neighbours, with the number of clusters before each.
struct Known {
    runs: Vec<(u64, u64)>,
    last: u64,
    count: u64,
    /// A cluster seen before, to find a chain that turns back into itself (Brent's algorithm).
    mark: u64,
    mark_again: u64,
    is_cyclic: bool,
}

/// Most runs of one chain that are kept.
const RUNS: usize = 1 << 20;

/// The bytes of a chain from `first`.
pub(super) fn chain(clusters: &Rc<Clusters>, first: u64, len: u64) -> File {
    if len == 0 || !clusters.exists(first) {
        let empty = Source::memory(Vec::new());
        return if len == 0 { File::Bytes(empty) } else { File::Cut(empty) };
    }
    let known = Known { runs: vec![(0, first)], last: first, count: 1, mark: first, mark_again: 2, is_cyclic: false };
    let most = clusters.count.saturating_mul(clusters.size);
    let source = Source::new(Chain { clusters: Rc::clone(clusters), len: len.min(most), known: RefCell::new(known) });
    if len > most { File::Cut(source) } else { File::Bytes(source) }
}

impl Chain {
    /// Where the cluster with this number in the chain stands; `None` behind its end.
    fn find(&self, index: u64) -> Result<Option<u64>> {
        let mut known = self.known.borrow_mut();
        while known.count <= index {
            let Some(next) = self.clusters.next(known.last)? else { return Ok(None) };
            known.is_cyclic |= next == known.mark;
            if known.runs.len() >= RUNS {
                return Err(Error::Limit(LimitKind::ArtifactBytes));
            }
            if known.last.saturating_add(1) != next {
                let count = known.count;
                known.runs.push((count, next));
            }
            known.last = next;
            known.count = known.count.saturating_add(1);
            if known.count >= known.mark_again {
                known.mark = next;
                known.mark_again = known.mark_again.saturating_mul(2);
            }
        }
        let run = known.runs.partition_point(|(start, _)| *start <= index).saturating_sub(1);
        Ok(known.runs.get(run).map(|(start, cluster)| cluster.saturating_add(index.saturating_sub(*start))))
    }
}

impl Chain {
    fn broken(&self) -> Error {
        Error::malformed("cluster chain", self.clusters.place(self.known.borrow().last))
    }
}

impl ReadAt for Chain {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        if at >= self.len {
            // Windows follows such a chain round and round, as far as the file is long.
            return if self.known.borrow().is_cyclic { Err(self.broken().into()) } else { Ok(0) };
        }
        let size = self.clusters.size;
        let (index, skip) = (at.checked_div(size).unwrap_or(0), at.checked_rem(size).unwrap_or(0));
        let left = size.saturating_sub(skip).min(self.len.saturating_sub(at));
        let n = buf.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let buf = buf.get_mut(..n).unwrap_or_default();
        let Some(cluster) = self.find(index)? else {
            return Err(self.broken().into());
        };
        let place = self.clusters.place(cluster).saturating_add(skip);
        if self.clusters.volume.read_at(place, buf)? < n {
            return Err(Error::malformed("cluster chain", place).into());
        }
        Ok(n)
    }
}

/// A folder that waits to be read.
struct Folder {
    path: String,
    source: Source,
}

pub(super) fn read(scan: &mut Scan, volume: &Source, listing: &mut Listing) -> Result<()> {
    let head: [u8; 512] = volume.array(0, "FAT boot sector")?;
    let field = |at: usize, n: usize| le(&head, at, n);
    let sector = field(11, 2);
    let either = |short: u64, long: u64| if short == 0 { long } else { short };
    let table_size = either(field(22, 2), field(36, 4)).saturating_mul(sector);
    let table = field(14, 2).saturating_mul(sector);
    let root = table.saturating_add(table_size.saturating_mul(field(16, 1)));
    let root_size = field(17, 2).saturating_mul(32);
    let data = root.saturating_add(root_size.next_multiple_of(sector));
    let size = field(13, 1).saturating_mul(sector);
    let total = either(field(19, 2), field(32, 4)).saturating_mul(sector);
    let count = total.saturating_sub(data).checked_div(size).unwrap_or(0);
    let width = match count {
        _ if field(22, 2) == 0 => Width::Fat32,
        0..4085 => Width::Fat12,
        4085..65525 => Width::Fat16,
        _ => Width::Fat32,
    };
    let clusters =
        Rc::new(Clusters { volume: volume.clone(), width, table, data, size, count, budget: Rc::clone(&scan.budget) });
    let (mut waiting, mut seen) = (VecDeque::new(), Seen::default());
    let top = if width == Width::Fat32 {
        seen.enter(scan, field(44, 4), "");
        folder(&clusters, field(44, 4))
    } else {
        volume.slice(root, root_size)
    };
    waiting.push_back(Folder { path: String::new(), source: top });
    while let Some(Folder { path, source }) = waiting.pop_front() {
        if let Err(error) = entries(scan, &clusters, &path, &source, listing, &mut |scan, path, first| {
            if seen.enter(scan, first, &path) {
                waiting.push_back(Folder { source: folder(&clusters, first), path });
            }
        }) {
            stop_at_limits(scan, error, &path)?;
        }
    }
    Ok(())
}

/// A damaged folder costs what lies in it, a limit costs the rest.
pub(super) fn stop_at_limits(scan: &mut Scan, error: Error, path: &str) -> Result<()> {
    if matches!(error, Error::Limit(_) | Error::Io(_)) {
        return Err(error);
    }
    scan.note(&error, Some(path));
    Ok(())
}

/// Most bytes of a folder (FAT32 File System Specification, "FAT directory structure").
const FOLDER: u64 = 65_536 * 32;

/// A folder has no size of its own: it ends with its chain.
fn folder(clusters: &Rc<Clusters>, first: u64) -> Source {
    chain(clusters, first, FOLDER).source().cloned().unwrap_or_else(|| Source::memory(Vec::new()))
}

fn entries(
    scan: &mut Scan,
    clusters: &Rc<Clusters>,
    path: &str,
    source: &Source,
    listing: &mut Listing,
    enter: &mut dyn FnMut(&mut Scan, String, u64),
) -> Result<()> {
    let (mut at, mut long) = (0, LongName::default());
    while at < source.len() {
        scan.budget.steps(2)?;
        let entry: [u8; 32] = match source.array(at, "directory") {
            Ok(entry) => {
                source.verify_end()?;
                entry
            }
            // A chain ends where its table says so, with or without an end mark.
            Err(Error::Malformed { what: "cluster chain", .. }) if at.is_multiple_of(clusters.size) && at > 0 => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        at = at.saturating_add(32);
        let (first, attributes) = (entry[0], entry[11]);
        if first == HIDDEN_END {
            break;
        }
        if first == DELETED {
            long = LongName::default();
            continue;
        }
        if attributes & 0x3F == LONG_NAME {
            long.take(&entry);
            continue;
        }
        let name = std::mem::take(&mut long).finish(&entry).unwrap_or_else(|| short_name(&entry));
        if attributes & VOLUME_ID != 0 || name == "." || name == ".." {
            continue;
        }
        let high = if clusters.width == Width::Fat32 { le(&entry, 20, 2) << 16 } else { 0 };
        let (cluster, size) = (high | le(&entry, 26, 2), le(&entry, 28, 4));
        let path = listing.path(scan, path, &name)?;
        let place = clusters.place(cluster);
        if attributes & DIRECTORY != 0 {
            listing.folder(scan, path.clone(), place)?;
            if clusters.exists(cluster) {
                enter(scan, path, cluster);
            } else {
                scan.note(&Error::malformed("directory", at), Some(&path));
            }
        } else {
            listing.file(scan, path, place, size, chain(clusters, cluster, size))?;
        }
    }
    Ok(())
}

/// A long name: entries before the short one, last part first, each with the sum of the short name.
#[derive(Default)]
struct LongName {
    parts: Vec<Vec<u8>>,
    /// The number of the part that comes next.
    next: u8,
    sum: u8,
}

impl LongName {
    fn take(&mut self, entry: &[u8; 32]) {
        let (order, sum) = (entry[0] & 0x3F, entry[13]);
        if entry[0] & 0x40 != 0 {
            *self = Self { parts: Vec::new(), next: order, sum };
        } else if order != self.next || sum != self.sum {
            *self = Self::default();
            return;
        }
        let field = |at: usize, n: usize| entry.get(at..at.saturating_add(n)).unwrap_or_default();
        self.parts.push([field(1, 10), field(14, 12), field(28, 4)].concat());
        self.next = order.saturating_sub(1);
    }

    /// The name, if it is complete and belongs to this short name; as Windows does.
    fn finish(self, short: &[u8; 32]) -> Option<String> {
        let sum = short.iter().take(11).fold(0_u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte));
        if self.parts.is_empty() || self.next != 0 || self.sum != sum {
            return None;
        }
        let bytes: Vec<u8> = self.parts.into_iter().rev().flatten().collect();
        let end = bytes.as_chunks::<2>().0.iter().position(|unit| *unit == [0, 0]);
        let name =
            utf_16(bytes.get(..end.unwrap_or(usize::MAX).saturating_mul(2).min(bytes.len())).unwrap_or_default());
        (!name.is_empty()).then_some(name)
    }
}

/// `NAME    EXT`, with the case that Windows NT keeps beside it.
fn short_name(entry: &[u8; 32]) -> String {
    let part = |from: usize, to: usize, lower: u8| {
        let mut raw = entry.get(from..to).unwrap_or_default().to_vec();
        if let (0, Some(first @ 0x05)) = (from, raw.first_mut()) {
            *first = DELETED;
        }
        let text = text::of_unknown_encoding(&raw);
        let text = text.trim_end_matches(' ');
        if entry[12] & lower != 0 { text.to_lowercase() } else { text.to_owned() }
    };
    let (name, extension) = (part(0, 8, 0x08), part(8, 11, 0x10));
    if extension.is_empty() { name } else { format!("{name}.{extension}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_keep_their_case() {
        let mut entry = [0_u8; 32];
        entry[..11].copy_from_slice(b"README  TXT");
        assert_eq!(short_name(&entry), "README.TXT");
        entry[12] = 0x18;
        assert_eq!(short_name(&entry), "readme.txt");
        entry[..11].copy_from_slice(b"A          ");
        assert_eq!(short_name(&entry), "a");
    }

    #[test]
    fn a_long_name_of_another_short_name_is_nobodys() {
        let mut short = [0x20_u8; 32];
        short[..11].copy_from_slice(b"A~1     EXE");
        let sum = short[..11].iter().fold(0_u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte));
        let mut long = [0_u8; 32];
        (long[0], long[11], long[13]) = (0x41, LONG_NAME, sum);
        long[1] = b'x';
        let name = |long: &[u8; 32]| {
            let mut name = LongName::default();
            name.take(long);
            name.finish(&short)
        };
        assert_eq!(name(&long).as_deref(), Some("x"));
        long[13] ^= 1;
        assert_eq!(name(&long), None);
        (long[13], long[0]) = (sum, 0x42);
        assert_eq!(name(&long), None);
    }
}
