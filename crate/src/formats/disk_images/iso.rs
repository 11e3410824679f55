//! ISO 9660 (\[ECMA-119\]), with the names of Joliet and of Rock Ridge (\[RRIP\] 1.12, on \[SUSP\] 1.12).

use std::collections::{HashSet, VecDeque};

use super::optical::SECTOR;
use super::volume::{File, Listing, Node, Piece, Seen, le, part, pieces, utf_16_be};
use crate::codecs::text;
use crate::error::{Error, Result};
use crate::formats::archives::Entry;
use crate::order;
use crate::scan::Scan;
use crate::source::Source;

/// How the names of a tree are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Upper-case letters, digits and a version; nobody holds to it.
    Plain,
    /// 16-bit units (Joliet).
    Wide,
}

/// Most volume descriptors looked at.
const DESCRIPTORS: u64 = 64;

/// Reads every tree, that of Joliet first. What was read before something broke stays in `trees`.
pub(super) fn read(scan: &mut Scan, disc: &Source, prefix: &str, trees: &mut Vec<Listing>) -> Result<()> {
    let (mut roots, mut seen) = (Vec::new(), HashSet::new());
    for index in 16..DESCRIPTORS.saturating_add(16) {
        let descriptor = disc.peek(index.saturating_mul(SECTOR), 190)?;
        if descriptor.get(1..6) != Some(b"CD001") {
            break;
        }
        let names = match descriptor.first() {
            Some(1) => Names::Plain,
            // The escape sequences of UCS-2, levels 1 to 3 (Joliet, "SVD Escape Sequences").
            Some(2) if matches!(descriptor.get(88..91), Some(b"%/@" | b"%/C" | b"%/E")) => Names::Wide,
            Some(2) => Names::Plain,
            Some(255) => break,
            _ => continue,
        };
        let root = part(&descriptor, 156, 34);
        let block = le(&descriptor, 128, 2);
        let extent = (le(root, 2, 4).saturating_mul(block), le(root, 10, 4));
        if !block.is_power_of_two() || block > SECTOR || root.len() < 34 {
            return Err(Error::malformed("volume descriptor", index.saturating_mul(SECTOR)));
        }
        if seen.insert(extent) {
            roots.push((names, block, extent));
        }
    }
    order::sort_by_key(&mut roots, |(names, ..)| *names != Names::Wide);
    let mut first = Ok(());
    for (names, block, root) in roots {
        let mut tree = Tree { disc: disc.clone(), names, block, skip: None, listing: Listing::new(prefix) };
        let walked = tree.walk(scan, root);
        trees.push(tree.listing);
        first = first.and(walked);
    }
    first
}

struct Tree {
    disc: Source,
    names: Names,
    /// Bytes of a logical block.
    block: u64,
    /// Bytes before the system use fields, if Rock Ridge is in use (\[SUSP\] 5.3).
    skip: Option<u64>,
    listing: Listing,
}

/// A directory record (9.1).
struct DirectoryRecord {
    identifier: Vec<u8>,
    at: u64,
    extent: u64,
    len: u64,
    flags: u8,
    is_interleaved: bool,
    rock: Rock,
}

const IS_DIRECTORY: u8 = 0x02;
const MULTI_EXTENT: u8 = 0x80;

impl Tree {
    fn walk(&mut self, scan: &mut Scan, root: (u64, u64)) -> Result<()> {
        let (mut waiting, mut seen) = (VecDeque::from([(String::new(), root.0, root.1)]), Seen::default());
        while let Some((path, at, len)) = waiting.pop_front() {
            if !seen.enter(scan, at, &path) {
                continue;
            }
            if let Err(error) = self.directory(scan, &path, at, len, &mut waiting) {
                super::fat::stop_at_limits(scan, error, &path)?;
            }
        }
        Ok(())
    }

    fn directory(
        &mut self,
        scan: &mut Scan,
        folder: &str,
        start: u64,
        len: u64,
        waiting: &mut VecDeque<(String, u64, u64)>,
    ) -> Result<()> {
        let mut at = 0_u64;
        // A file of several extents has a record for each (7.5.1).
        let mut extents: Vec<Piece> = Vec::new();
        while at < len {
            scan.budget.steps(4)?;
            let place = start.saturating_add(at);
            let left = usize::try_from(len.saturating_sub(at)).unwrap_or(usize::MAX).min(255);
            let bytes = self.disc.peek(place, left)?;
            let size = match bytes.first() {
                None => return Err(Error::malformed("directory record", place)),
                // No record crosses the end of a sector.
                Some(0) => {
                    at = at.saturating_add(1).next_multiple_of(SECTOR);
                    continue;
                }
                Some(size) => u64::from(*size),
            };
            let record = self.record(scan, part(&bytes, 0, size), place)?;
            at = at.saturating_add(size);
            if record.identifier == [0] || record.identifier == [1] {
                continue;
            }
            if record.rock.relocated {
                continue;
            }
            let name = record.rock.name.clone().unwrap_or_else(|| self.name(&record));
            if let Some(moved) = record.rock.child {
                let path = self.listing.path(scan, folder, &name)?;
                self.listing.folder(scan, path.clone(), place)?;
                let moved = moved.saturating_mul(self.block);
                // The length of a directory stands in its own first record.
                let len = le(&self.disc.peek(moved, 34)?, 10, 4);
                waiting.push_back((path, moved, len));
                continue;
            }
            if record.flags & IS_DIRECTORY != 0 {
                let path = self.listing.path(scan, folder, &name)?;
                self.listing.folder(scan, path.clone(), place)?;
                waiting.push_back((path, record.extent, record.len));
                continue;
            }
            extents.push((Some(record.extent), record.len));
            if record.flags & MULTI_EXTENT == 0 {
                let path = self.listing.path(scan, folder, &name)?;
                self.file(scan, path, &record, &std::mem::take(&mut extents))?;
            }
        }
        Ok(())
    }

    fn file(&mut self, scan: &Scan, path: String, record: &DirectoryRecord, extents: &[Piece]) -> Result<()> {
        if let Some(target) = &record.rock.link {
            return self.listing.link(scan, path, record.at, target.clone());
        }
        let size = extents.iter().fold(0_u64, |sum, (_, len)| sum.saturating_add(*len));
        let file = match () {
            () if record.is_interleaved => File::Unread("interleaved file"),
            () if record.rock.packed => File::Unread("compressed file"),
            () => pieces(&self.disc, extents, size),
        };
        let place = extents.first().and_then(|(place, _)| *place).filter(|_| size > 0);
        let entry = Entry { path, at: record.at, size: Some(size), ..Entry::default() };
        self.listing.add(scan, Node { entry, file, place })
    }

    fn record(&mut self, scan: &mut Scan, bytes: &[u8], at: u64) -> Result<DirectoryRecord> {
        let len = le(bytes, 32, 1);
        let identifier = part(bytes, 33, len).to_vec();
        if bytes.len() < 34 || identifier.len() as u64 != len {
            return Err(Error::malformed("directory record", at));
        }
        let system_use = part(bytes, 33_u64.saturating_add(len | 1), u64::MAX);
        if self.skip.is_none() && self.names == Names::Plain && identifier == [0] {
            // `SP` stands in the first record of the root; behind 14 bytes on discs of CD-ROM XA.
            let sp = [0_usize, 14]
                .into_iter()
                .find_map(|at| system_use.get(at..).filter(|use_| use_.starts_with(b"SP\x07\x01\xBE\xEF")));
            self.skip = sp.map(|sp| le(sp, 6, 1));
        }
        let rock = match self.skip {
            Some(skip) => {
                let skip = if identifier == [0] { 0 } else { skip };
                Rock::read(scan, &self.disc, self.block, part(system_use, skip, u64::MAX))?
            }
            None => Rock::default(),
        };
        // An extended attribute record stands before the file (9.1.2).
        let block = le(bytes, 2, 4).saturating_add(le(bytes, 1, 1));
        Ok(DirectoryRecord {
            identifier,
            at,
            extent: block.saturating_mul(self.block),
            len: le(bytes, 10, 4),
            flags: bytes.get(25).copied().unwrap_or_default(),
            is_interleaved: le(bytes, 26, 1) != 0,
            rock,
        })
    }

    /// The identifier without version and empty extension (7.5.1).
    fn name(&self, record: &DirectoryRecord) -> String {
        let name = match self.names {
            Names::Wide => utf_16_be(&record.identifier),
            Names::Plain => text::of_unknown_encoding(&record.identifier),
        };
        let digits = |version: &str| !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
        let name = match name.rsplit_once(';') {
            Some((name, version)) if digits(version) => name.to_owned(),
            _ => name,
        };
        name.strip_suffix('.').filter(|name| !name.is_empty()).map(str::to_owned).unwrap_or(name)
    }
}

/// What Rock Ridge says of a file.
#[derive(Default)]
struct Rock {
    name: Option<String>,
    link: Option<String>,
    /// Where the directory stands that was moved because it lay too deep.
    child: Option<u64>,
    /// It is such a directory, which is shown at its old place.
    relocated: bool,
    /// Packed by zisofs.
    packed: bool,
}

/// Most continuation areas of one record.
const AREAS: usize = 16;

impl Rock {
    fn read(scan: &mut Scan, disc: &Source, block: u64, system_use: &[u8]) -> Result<Self> {
        let (mut rock, mut name, mut link) = (Self::default(), None::<Vec<u8>>, None::<Link>);
        let (mut area, mut areas) = (system_use.to_vec(), 0_usize);
        loop {
            let (mut at, mut next) = (0_u64, None);
            loop {
                scan.budget.steps(1)?;
                let field = part(&area, at, u64::MAX);
                let len = le(field, 2, 1);
                let Some(id) = field.get(..2).filter(|_| len >= 4) else { break };
                let field = part(field, 0, len);
                let data = part(field, 5, u64::MAX);
                match id {
                    b"NM" if le(field, 4, 1) & 6 == 0 => name.get_or_insert_default().extend_from_slice(data),
                    b"SL" => link.get_or_insert_default().take(data),
                    b"CL" => rock.child = Some(le(field, 4, 4)),
                    b"RE" => rock.relocated = true,
                    b"ZF" => rock.packed = data.starts_with(b"z") && le(field, 4, 1) == u64::from(b'p'),
                    b"CE" => next = Some((le(field, 4, 4), le(field, 12, 4), le(field, 20, 4))),
                    b"ST" => break,
                    _ => {}
                }
                at = at.saturating_add(len);
            }
            let Some((index, offset, len)) = next else { break };
            areas = areas.saturating_add(1);
            if areas > AREAS {
                scan.note(&Error::malformed("continuation area", index.saturating_mul(block)), None);
                break;
            }
            let place = index.saturating_mul(block).saturating_add(offset);
            area = disc.peek(place, usize::try_from(len.min(SECTOR)).unwrap_or(0))?;
        }
        rock.name = name.map(|name| text::of_unknown_encoding(&name)).filter(|name| !name.is_empty());
        rock.link = link.map(|link| text::of_unknown_encoding(&link.target));
        Ok(rock)
    }
}

/// A symbolic link, in components (\[RRIP\] 4.1.3).
#[derive(Default)]
struct Link {
    target: Vec<u8>,
    /// The last component goes on in the next one.
    is_open: bool,
}

impl Link {
    fn take(&mut self, mut components: &[u8]) {
        while let [flags, len, rest @ ..] = components {
            if !self.target.is_empty() && !self.is_open && !self.target.ends_with(b"/") {
                self.target.push(b'/');
            }
            let content = part(rest, 0, u64::from(*len));
            match flags & 0x0E {
                2 => self.target.push(b'.'),
                4 => self.target.extend_from_slice(b".."),
                8 => self.target.push(b'/'),
                _ => self.target.extend_from_slice(content),
            }
            self.is_open = flags & 1 != 0;
            components = part(rest, u64::from(*len), u64::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_put_together() {
        let mut link = Link::default();
        link.take(b"\x04\x00\x04\x00\x00\x03etc\x01\x02pa");
        link.take(b"\x00\x04sswd");
        assert_eq!(link.target, b"../../etc/passwd");
        let mut link = Link::default();
        link.take(b"\x08\x00\x00\x03bin");
        assert_eq!(link.target, b"/bin");
    }
}
