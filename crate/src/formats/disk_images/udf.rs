//! UDF (\[ECMA-167\] as OSTA's Universal Disk Format 1.02 to 2.60 uses it).

use std::collections::{BTreeMap, VecDeque};

use super::volume::{File, Listing, Node, Piece, Seen, le, part, pieces, utf_16_be};
use crate::error::{Error, Result};
use crate::formats::archives::Entry;
use crate::scan::Scan;
use crate::source::Source;

/// Descriptor tags (\[ECMA-167\] 3/7.2.1 and 4/7.2.1).
mod tag {
    pub(super) const ANCHOR: u64 = 2;
    pub(super) const VOLUME_POINTER: u64 = 3;
    pub(super) const PARTITION: u64 = 5;
    pub(super) const LOGICAL_VOLUME: u64 = 6;
    pub(super) const TERMINATING: u64 = 8;
    pub(super) const FILE_SET: u64 = 256;
    pub(super) const FILE_IDENTIFIER: u64 = 257;
    pub(super) const ALLOCATION_EXTENT: u64 = 258;
    pub(super) const INDIRECT_ENTRY: u64 = 259;
    pub(super) const FILE_ENTRY: u64 = 261;
    pub(super) const EXTENDED_FILE_ENTRY: u64 = 266;
}

/// Most descriptors of a sequence, partitions of a volume, and steps from one entry or list to the next.
const MOST: usize = 64;

/// Reads the tree of names; `None` if there is no UDF here.
pub(super) fn read(scan: &mut Scan, disc: &Source, prefix: &str) -> Result<Option<Listing>> {
    let Some((block, sequences)) = anchor(disc)? else {
        return if is_announced(disc)? {
            Err(Error::malformed("Anchor Volume Descriptor Pointer", 256 * 2048))
        } else {
            Ok(None)
        };
    };
    let mut udf = Udf { disc: disc.clone(), block, partitions: Vec::new() };
    let mut root = udf.volume(scan, sequences.0);
    // The reserve sequence says the same again.
    if root.is_err() {
        root = udf.volume(scan, sequences.1);
    }
    let root = root?;
    let mut listing = Listing::new(prefix);
    if let Err(error) = udf.walk(scan, root, &mut listing) {
        scan.note(&error, None);
    }
    Ok(Some(listing))
}

/// Whether the volume recognition sequence names UDF (2/9.1).
fn is_announced(disc: &Source) -> Result<bool> {
    for sector in 16..32_u64 {
        if disc.peek(sector.saturating_mul(2048).saturating_add(1), 4)? == b"NSR0" {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Most blank stretches of 64 KiB behind the last file of a disc.
const BLANK: usize = 1024;

type Extent = (u64, u64);

/// The size of a sector, and where both volume descriptor sequences stand (3/8.4.2.1): the anchor is in sector 256, in
/// the last one, or 256 before it.
fn anchor(disc: &Source) -> Result<Option<(u64, (Extent, Extent))>> {
    if !is_announced(disc)? {
        return Ok(None);
    }
    for block in [2048_u64, 512, 4096, 1024] {
        let last = disc.len().checked_div(block).unwrap_or(0).saturating_sub(1);
        for sector in [256, last, last.saturating_sub(256), 512] {
            let bytes = disc.peek(sector.saturating_mul(block), 32)?;
            if is_tag(&bytes, tag::ANCHOR) && le(&bytes, 12, 4) == sector {
                let extent = |at: usize| (le(&bytes, at.saturating_add(4), 4).saturating_mul(block), le(&bytes, at, 4));
                return Ok(Some((block, (extent(16), extent(24)))));
            }
        }
    }
    Ok(None)
}

/// Whether a descriptor has this tag, and the sum that goes with it.
fn is_tag(bytes: &[u8], id: u64) -> bool {
    let sum = |skip: usize| {
        part(bytes, 0, 16)
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != skip)
            .fold(0_u8, |sum, (_, byte)| sum.wrapping_add(*byte))
    };
    le(bytes, 0, 2) == id && bytes.len() >= 16 && u64::from(sum(4)) == le(bytes, 4, 1)
}

/// Where the blocks of a partition stand (UDF 2.2.8 to 2.2.13).
enum Partition {
    /// One behind the other from here.
    Plain(u64),
    /// As before, but for packets that were moved because their place went bad.
    Sparable { start: u64, packet: u64, moved: BTreeMap<u64, u64> },
    /// In a table, as on a disc that is written once.
    Virtual { start: u64, table: Vec<u8> },
    /// In a file of their own.
    Metadata(Vec<Piece>),
}

/// A block of a partition.
#[derive(Clone, Copy)]
struct Address {
    block: u64,
    partition: u64,
}

struct Udf {
    disc: Source,
    block: u64,
    partitions: Vec<Partition>,
}

/// A file entry.
struct FileEntry {
    /// Where it stands.
    at: u64,
    kind: u64,
    size: u64,
    pieces: Vec<Piece>,
    /// Its content stands in the entry itself.
    is_embedded: bool,
    /// Its named streams.
    streams: Option<Address>,
}

const DIRECTORY: u64 = 4;
const SYMBOLIC_LINK: u64 = 12;

impl Udf {
    /// Reads a volume descriptor sequence; where the root stands.
    fn volume(&mut self, scan: &mut Scan, extent: Extent) -> Result<Address> {
        let (mut starts, mut logical) = (BTreeMap::new(), Vec::new());
        let ((mut at, mut len), mut left) = (extent, MOST);
        while len >= self.block && left > 0 {
            scan.budget.steps(16)?;
            left = left.saturating_sub(1);
            let bytes = self.disc.peek(at, usize::try_from(self.block.max(4096)).unwrap_or(4096))?;
            match le(&bytes, 0, 2) {
                tag::VOLUME_POINTER if is_tag(&bytes, tag::VOLUME_POINTER) => {
                    (at, len) = (le(&bytes, 24, 4).saturating_mul(self.block), le(&bytes, 20, 4));
                    continue;
                }
                tag::PARTITION => _ = starts.insert(le(&bytes, 22, 2), le(&bytes, 188, 4).saturating_mul(self.block)),
                tag::LOGICAL_VOLUME => logical = bytes,
                tag::TERMINATING => break,
                _ => {}
            }
            (at, len) = (at.saturating_add(self.block), len.saturating_sub(self.block));
        }
        if starts.is_empty() || logical.is_empty() {
            return Err(Error::malformed("volume descriptor sequence", extent.0));
        }
        if le(&logical, 212, 4) != self.block {
            return Err(Error::malformed("Logical Volume Descriptor", extent.0));
        }
        self.maps(scan, &logical, &starts)?;
        let set = long_address(part(&logical, 248, 16));
        let bytes = self.disc.peek(self.place(set)?, 512)?;
        if !is_tag(&bytes, tag::FILE_SET) {
            return Err(Error::malformed("File Set Descriptor", self.place(set)?));
        }
        Ok(long_address(part(&bytes, 400, 16)))
    }

    /// Reads the partition maps (3/10.7).
    fn maps(&mut self, scan: &mut Scan, logical: &[u8], starts: &BTreeMap<u64, u64>) -> Result<()> {
        self.partitions.clear();
        let mut at = 440_u64;
        for _ in 0..le(logical, 268, 4).min(MOST as u64) {
            let map = part(logical, at, u64::MAX);
            let (kind, len) = (le(map, 0, 1), le(map, 1, 1));
            let number = if kind == 1 { le(map, 4, 2) } else { le(map, 38, 2) };
            let Some(start) = starts.get(&number).copied().filter(|_| len >= 6) else {
                return Err(Error::malformed("partition map", at));
            };
            let id = part(map, 5, 23);
            let partition = match () {
                () if kind == 1 => Partition::Plain(start),
                () if id.starts_with(b"*UDF Sparable Partition") => self.sparable(map, start)?,
                () if id.starts_with(b"*UDF Virtual Partition") => self.virtual_(scan, start)?,
                () if id.starts_with(b"*UDF Metadata Partition") => self.metadata(scan, map, start)?,
                () => return Err(Error::Unsupported("file system")),
            };
            self.partitions.push(partition);
            at = at.saturating_add(len);
        }
        Ok(())
    }

    fn sparable(&self, map: &[u8], start: u64) -> Result<Partition> {
        let mut moved = BTreeMap::new();
        for index in 0..usize::try_from(le(map, 42, 1)).unwrap_or(0).min(4) {
            let at = le(map, index.saturating_mul(4).saturating_add(48), 4).saturating_mul(self.block);
            let table = self.disc.peek(at, 64 << 10)?;
            if part(&table, 17, 18) != b"*UDF Sparing Table" {
                continue;
            }
            let count = usize::try_from(le(&table, 48, 2)).unwrap_or(0);
            for entry in part(&table, 56, u64::MAX).as_chunks::<8>().0.iter().take(count) {
                // Above stand marks for packets that are free or bad.
                if le(entry, 0, 4) < 0xFFFF_FFF0 {
                    moved.insert(le(entry, 0, 4), le(entry, 4, 4));
                }
            }
            break;
        }
        Ok(Partition::Sparable { start, packet: le(map, 40, 2).max(1), moved })
    }

    /// The table of a disc that is written once is the last file on it.
    fn virtual_(&self, scan: &Scan, start: u64) -> Result<Partition> {
        let last = self.recorded(scan)?.div_ceil(self.block);
        for back in 1..=MOST as u64 {
            let at = last.saturating_sub(back).saturating_mul(self.block);
            let bytes = self.disc.peek(at, 32)?;
            let is_entry = is_tag(&bytes, tag::FILE_ENTRY) || is_tag(&bytes, tag::EXTENDED_FILE_ENTRY);
            let kind = le(&bytes, 27, 1);
            if !is_entry || !matches!(kind, 0 | 248) {
                continue;
            }
            let plain = Self { disc: self.disc.clone(), block: self.block, partitions: vec![Partition::Plain(start)] };
            let entry = plain.entry_at(scan, at, Address { block: 0, partition: 0 })?;
            let file = pieces(&self.disc, &entry.pieces, entry.size);
            let Some(source) = file.source() else { break };
            let table = scan.budget.read_to_vec(source.clone())?;
            // Before 2.00 the table began at once and had an identifier behind it (UDF 1.50 2.2.10).
            let header = if kind == 248 { le(&table, 0, 2) } else { 0 };
            return Ok(Partition::Virtual { start, table: part(&table, header, u64::MAX).to_vec() });
        }
        Err(Error::malformed("Virtual Allocation Table", self.disc.len()))
    }

    /// Where the disc ends, without what was never written behind it.
    fn recorded(&self, scan: &Scan) -> Result<u64> {
        let mut end = self.disc.len();
        for _ in 0..BLANK {
            scan.budget.steps(64)?;
            let start = end.saturating_sub(64 << 10);
            let bytes = self.disc.peek(start, 64 << 10)?;
            if let Some(at) = bytes.iter().rposition(|byte| *byte != 0) {
                return Ok(start.saturating_add(at as u64).saturating_add(1));
            }
            end = start;
        }
        Ok(end)
    }

    fn metadata(&self, scan: &Scan, map: &[u8], start: u64) -> Result<Partition> {
        let plain = Self { disc: self.disc.clone(), block: self.block, partitions: vec![Partition::Plain(start)] };
        let mut error = Error::malformed("Metadata File", start);
        for at in [40, 44] {
            let place = le(map, at, 4).saturating_mul(self.block).saturating_add(start);
            match plain.entry_at(scan, place, Address { block: 0, partition: 0 }) {
                Ok(entry) => return Ok(Partition::Metadata(entry.pieces)),
                Err(e) => error = e,
            }
        }
        Err(error)
    }

    /// Where a block stands.
    fn place(&self, address: Address) -> Result<u64> {
        let bad = || Error::malformed("partition map", address.block);
        let partition =
            usize::try_from(address.partition).ok().and_then(|at| self.partitions.get(at)).ok_or_else(bad)?;
        let bytes = |start: u64, block: u64| start.saturating_add(block.saturating_mul(self.block));
        Ok(match partition {
            Partition::Plain(start) => bytes(*start, address.block),
            Partition::Sparable { start, packet, moved } => {
                let within = address.block.checked_rem(*packet).unwrap_or(0);
                match moved.get(&address.block.saturating_sub(within)) {
                    Some(to) => bytes(0, to.saturating_add(within)),
                    None => bytes(*start, address.block),
                }
            }
            Partition::Virtual { start, table } => {
                let at = usize::try_from(address.block.saturating_mul(4)).unwrap_or(usize::MAX);
                if at >= table.len() {
                    return Err(bad());
                }
                bytes(*start, le(table, at, 4))
            }
            Partition::Metadata(pieces) => {
                let mut left = address.block.saturating_mul(self.block);
                for (place, len) in pieces {
                    if left < *len {
                        return place.map(|place| place.saturating_add(left)).ok_or_else(bad);
                    }
                    left = left.saturating_sub(*len);
                }
                return Err(bad());
            }
        })
    }

    /// The pieces of an extent. Only a plain partition keeps neighbours together.
    fn extent(&self, scan: &Scan, address: Address, len: u64, into: &mut Vec<Piece>) -> Result<()> {
        let index = usize::try_from(address.partition).unwrap_or(usize::MAX);
        if let Some(Partition::Plain(_)) = self.partitions.get(index) {
            into.push((Some(self.place(address)?), len));
            return Ok(());
        }
        let (mut block, mut left) = (address.block, len);
        while left > 0 {
            scan.budget.steps(1)?;
            let place = self.place(Address { block, ..address })?;
            let n = left.min(self.block);
            match into.last_mut() {
                Some((Some(at), len)) if at.saturating_add(*len) == place => *len = len.saturating_add(n),
                _ => into.push((Some(place), n)),
            }
            (block, left) = (block.saturating_add(1), left.saturating_sub(n));
        }
        Ok(())
    }

    fn entry(&self, scan: &Scan, address: Address) -> Result<FileEntry> {
        let mut next = address;
        for _ in 0..MOST {
            let place = self.place(next)?;
            let bytes = self.disc.peek(place, 64)?;
            if !is_tag(&bytes, tag::INDIRECT_ENTRY) {
                return self.entry_at(scan, place, next);
            }
            next = long_address(part(&bytes, 36, 16));
        }
        Err(Error::malformed("File Entry", address.block))
    }

    /// A file entry or extended file entry (4/14.9, 4/14.17).
    fn entry_at(&self, scan: &Scan, at: u64, address: Address) -> Result<FileEntry> {
        scan.budget.steps(8)?;
        let bytes = self.disc.peek(at, usize::try_from(self.block).unwrap_or(2048))?;
        let head = match () {
            () if is_tag(&bytes, tag::FILE_ENTRY) => 176_u64,
            () if is_tag(&bytes, tag::EXTENDED_FILE_ENTRY) => 216,
            () => return Err(Error::malformed("File Entry", at)),
        };
        let lengths = usize::try_from(head.saturating_sub(8)).unwrap_or(0);
        let descriptors = head.saturating_add(le(&bytes, lengths, 4));
        let len = le(&bytes, lengths.saturating_add(4), 4);
        let mut entry = FileEntry {
            at,
            kind: le(&bytes, 27, 1),
            size: le(&bytes, 56, 8),
            pieces: Vec::new(),
            is_embedded: le(&bytes, 34, 2) & 7 == 3,
            streams: None,
        };
        if head == 216 && le(&bytes, 152, 4) & 0x3FFF_FFFF > 0 {
            entry.streams = Some(long_address(part(&bytes, 152, 16)));
        }
        if entry.is_embedded {
            entry.pieces.push((Some(at.saturating_add(descriptors)), entry.size.min(len)));
        } else {
            self.allocation(scan, part(&bytes, descriptors, len), le(&bytes, 34, 2) & 7, address, &mut entry.pieces)?;
        }
        Ok(entry)
    }

    /// Allocation descriptors (4/14.14), and where they go on.
    fn allocation(&self, scan: &Scan, first: &[u8], form: u64, address: Address, into: &mut Vec<Piece>) -> Result<()> {
        let size = match form {
            0 => 8,
            1 => 16,
            _ => 20,
        };
        let (mut list, mut lists) = (first.to_vec(), 0_usize);
        'lists: loop {
            for descriptor in list.chunks_exact(size) {
                scan.budget.steps(1)?;
                let at = match form {
                    0 => Address { block: le(descriptor, 4, 4), ..address },
                    1 => long_address(descriptor),
                    _ => Address { block: le(descriptor, 12, 4), partition: le(descriptor, 16, 2) },
                };
                let (kind, len) = (le(descriptor, 0, 4) >> 30, le(descriptor, 0, 4) & 0x3FFF_FFFF);
                match kind {
                    _ if len == 0 => break 'lists,
                    0 => self.extent(scan, at, len, into)?,
                    3 => {
                        lists = lists.saturating_add(1);
                        let place = self.place(at)?;
                        let bytes = self.disc.peek(place, usize::try_from(self.block).unwrap_or(2048))?;
                        if !is_tag(&bytes, tag::ALLOCATION_EXTENT) || lists > MOST.saturating_mul(64) {
                            return Err(Error::malformed("Allocation Extent Descriptor", place));
                        }
                        list = part(&bytes, 24, le(&bytes, 20, 4)).to_vec();
                        continue 'lists;
                    }
                    // Allocated and never written, or not even allocated.
                    _ => into.push((None, len)),
                }
            }
            break;
        }
        Ok(())
    }

    fn walk(&self, scan: &mut Scan, root: Address, listing: &mut Listing) -> Result<()> {
        let root = self.entry(scan, root)?;
        let (mut waiting, mut seen) = (VecDeque::from([(String::new(), '/', root)]), Seen::default());
        while let Some((path, between, folder)) = waiting.pop_front() {
            if !seen.enter(scan, folder.at, &path) {
                continue;
            }
            if let Err(error) = self.directory(scan, &path, between, &folder, listing, &mut waiting) {
                super::fat::stop_at_limits(scan, error, &path)?;
            }
        }
        Ok(())
    }

    fn directory(
        &self,
        scan: &mut Scan,
        folder: &str,
        between: char,
        entry: &FileEntry,
        listing: &mut Listing,
        waiting: &mut VecDeque<(String, char, FileEntry)>,
    ) -> Result<()> {
        let file = pieces(&self.disc, &entry.pieces, entry.size);
        let Some(source) = file.source() else { return Ok(()) };
        let mut at = 0;
        while at < source.len() {
            scan.budget.steps(4)?;
            let head: [u8; 38] = source.array(at, "File Identifier Descriptor")?;
            if !is_tag(&head, tag::FILE_IDENTIFIER) {
                return Err(Error::malformed("File Identifier Descriptor", entry.at));
            }
            let (flags, len, skip) = (head[18], u64::from(head[19]), le(&head, 36, 2));
            let name = source.peek(at.saturating_add(38).saturating_add(skip), usize::try_from(len).unwrap_or(255))?;
            at = at.saturating_add(38_u64.saturating_add(skip).saturating_add(len).next_multiple_of(4));
            // Deleted, or the folder above.
            if flags & 0x0C != 0 {
                continue;
            }
            let name = compressed_unicode(&name);
            let path = match between {
                ':' => listing.path_of_stream(scan, folder, &name),
                _ => listing.path(scan, folder, &name),
            }?;
            match self.entry(scan, long_address(part(&head, 20, 16))) {
                Ok(child) => self.child(scan, path, child, listing, waiting)?,
                Err(error) => super::fat::stop_at_limits(scan, error, &path)?,
            }
        }
        if matches!(file, File::Cut(_)) { Err(Error::malformed("directory", entry.at)) } else { Ok(()) }
    }

    fn child(
        &self,
        scan: &Scan,
        path: String,
        child: FileEntry,
        listing: &mut Listing,
        waiting: &mut VecDeque<(String, char, FileEntry)>,
    ) -> Result<()> {
        if let Some(streams) = child.streams
            && let Ok(streams) = self.entry(scan, streams)
        {
            waiting.push_back((path.clone(), ':', streams));
        }
        if child.kind == DIRECTORY {
            listing.folder(scan, path.clone(), child.at)?;
            waiting.push_back((path, '/', child));
            return Ok(());
        }
        let file = pieces(&self.disc, &child.pieces, child.size);
        if child.kind == SYMBOLIC_LINK {
            let bytes = file.source().map(|source| source.peek(0, 4096)).transpose()?.unwrap_or_default();
            return listing.link(scan, path, child.at, target(&bytes));
        }
        let place = child.pieces.first().and_then(|(place, _)| *place).filter(|_| !child.is_embedded && child.size > 0);
        let entry = Entry { path, at: child.at, size: Some(child.size), ..Entry::default() };
        listing.add(scan, Node { entry, file, place })
    }
}

/// The address in a long allocation descriptor (4/14.14.2).
fn long_address(descriptor: &[u8]) -> Address {
    Address { block: le(descriptor, 4, 4), partition: le(descriptor, 8, 2) }
}

/// OSTA compressed Unicode (UDF 2.1.1): 8 or 16 bits for each character.
fn compressed_unicode(bytes: &[u8]) -> String {
    match bytes.split_first() {
        Some((16 | 255, rest)) => utf_16_be(rest),
        Some((8 | 254, rest)) => rest.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Where a symbolic link leads (4/14.16).
fn target(mut bytes: &[u8]) -> String {
    let mut parts: Vec<String> = Vec::new();
    while bytes.len() >= 4 {
        let len = le(bytes, 1, 1);
        parts.push(match le(bytes, 0, 1) {
            1 | 2 => String::new(),
            3 => "..".into(),
            4 => ".".into(),
            _ => compressed_unicode(part(bytes, 4, len)),
        });
        bytes = part(bytes, len.saturating_add(4), u64::MAX);
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_both_widths() {
        assert_eq!(compressed_unicode(b"\x08a\xE9"), "a\u{E9}");
        assert_eq!(compressed_unicode(b"\x10\x8A\xCB\x6C\x42"), "請求");
    }
}
