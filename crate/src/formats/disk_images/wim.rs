//! Windows disk images (Microsoft's "Windows Imaging File Format", 2007).
//!
//! A table says where every stream of bytes stands, by its SHA-1; each image in the file has a tree of names that give
//! the SHA-1 of their content. Streams are packed in pieces that stand for themselves, so that any of them can be read alone;
//! several streams packed as one (LZMS) are named and not looked into.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::io::{self, Read};
use std::rc::Rc;

use super::volume::{File, Listing, Seen, le, part, utf_16};
use crate::budget::Budget;
use crate::codecs::lz::lzx::Lzx;
use crate::codecs::lz::xpress;
use crate::error::{Error, Result};
use crate::scan::Scan;
use crate::source::{ReadAt, Source};

/// Flags of a resource.
const METADATA: u64 = 0x02;
const COMPRESSED: u64 = 0x04;
/// Several streams packed as one.
const SOLID: u64 = 0x10;

const DIRECTORY: u64 = 0x10;
const REPARSE_POINT: u64 = 0x400;

type Hash = [u8; 20];

/// How pieces are packed.
#[derive(Clone, Copy)]
enum Method {
    Xpress,
    Lzx,
}

/// Method, and length of a piece as a power of two, of all that is packed in the file.
#[derive(Clone)]
struct Packing {
    method: Option<Method>,
    shift: u32,
    budget: Rc<Budget>,
}

impl Packing {
    fn read(head: &[u8], budget: &Rc<Budget>) -> Self {
        const XPRESS: u64 = 0x2_0000;
        const LZX: u64 = 0x4_0000;
        let (flags, piece) = (le(head, 16, 4), le(head, 20, 4));
        let shift = if piece.is_power_of_two() { piece.trailing_zeros() } else { 0 };
        let method = match flags & 0xFFFF_0000 {
            XPRESS if (12..=16).contains(&shift) => Some(Method::Xpress),
            LZX if (15..=21).contains(&shift) => Some(Method::Lzx),
            _ => None,
        };
        Self { method, shift, budget: Rc::clone(budget) }
    }
}

/// A packed resource: where each piece but the first begins, then the pieces.
struct Pieces {
    packed: Source,
    size: u64,
    method: Method,
    packing: Packing,
    /// The piece that was read last.
    last: RefCell<(u64, Vec<u8>)>,
}

impl Pieces {
    /// Begin of a piece; behind the last one, the end of all.
    fn begin(&self, piece: u64, count: u64) -> Result<u64> {
        let wide = self.size > u64::from(u32::MAX);
        let width = if wide { 8 } else { 4 };
        let table = count.saturating_sub(1).saturating_mul(width);
        Ok(match piece.checked_sub(1) {
            None => table,
            Some(_) if piece >= count => self.packed.len(),
            Some(entry) => {
                let bytes = self.packed.peek(entry.saturating_mul(width), if wide { 8 } else { 4 })?;
                table.saturating_add(le(&bytes, 0, bytes.len()))
            }
        })
    }

    fn decode(&self, piece: u64) -> Result<Vec<u8>> {
        let whole = 1_u64 << self.packing.shift;
        let count = self.size.div_ceil(whole);
        let (begin, end) = (self.begin(piece, count)?, self.begin(piece.saturating_add(1), count)?);
        let len = self.size.saturating_sub(piece.saturating_mul(whole)).min(whole);
        self.packing.budget.expand(len)?;
        let damaged = || Error::malformed("compressed data", begin);
        // Packed, it is never longer than plain; as long, it is plain.
        let packed_len = end.checked_sub(begin).filter(|packed| *packed <= len).ok_or_else(damaged)?;
        let packed = self.packed.slice(begin, packed_len);
        let bytes = match self.method {
            _ if packed_len == len => packed.peek(0, usize::try_from(len).unwrap_or_default())?,
            Method::Xpress => {
                let packed = packed.peek(0, usize::try_from(packed_len).unwrap_or_default())?;
                xpress::decode(&packed, usize::try_from(len).unwrap_or_default())?
            }
            Method::Lzx => {
                let mut bytes = Vec::new();
                Lzx::piece(packed, len, self.packing.shift).read_to_end(&mut bytes)?;
                bytes
            }
        };
        if bytes.len() as u64 == len { Ok(bytes) } else { Err(damaged()) }
    }
}

impl ReadAt for Pieces {
    fn len(&self) -> u64 {
        self.size
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        if at >= self.size || buf.is_empty() {
            return Ok(0);
        }
        let piece = at >> self.packing.shift;
        let mut last = self.last.borrow_mut();
        if last.0 != piece || last.1.is_empty() {
            *last = (piece, self.decode(piece)?);
        }
        let skip = usize::try_from(at.saturating_sub(piece << self.packing.shift)).unwrap_or(usize::MAX);
        let from = last.1.get(skip..).unwrap_or_default();
        let n = from.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), from.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }
}

/// Where a resource stands.
#[derive(Clone, Copy)]
struct Resource {
    at: u64,
    /// Length as it stands, and unpacked.
    packed: u64,
    size: u64,
    flags: u64,
}

impl Resource {
    fn read(bytes: &[u8]) -> Self {
        Self { packed: le(bytes, 0, 7), flags: le(bytes, 7, 1), at: le(bytes, 8, 8), size: le(bytes, 16, 8) }
    }

    fn open(self, source: &Source, packing: &Packing) -> File {
        match packing.method.filter(|_| self.flags & SOLID == 0) {
            _ if self.flags & (COMPRESSED | SOLID) == 0 => {}
            Some(method) => {
                let packed = source.slice(self.at, self.packed);
                let is_cut = packed.len() < self.packed;
                let packing = packing.clone();
                let pieces = Pieces { packed, size: self.size, method, packing, last: RefCell::default() };
                let pieces = Source::new(pieces);
                return if is_cut { File::Cut(pieces) } else { File::Bytes(pieces) };
            }
            None => return File::Unread("compressed disk image"),
        }
        super::volume::pieces(source, &[(Some(self.at), self.packed)], self.size)
    }
}

pub(super) fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let head: [u8; 152] = source.array(0, "WIM header")?;
    if le(&head, 42, 2) > 1 {
        return Err(Error::Unsupported("split archive"));
    }
    let packing = Packing::read(&head, &scan.budget);
    let table = Resource::read(part(&head, 48, 24));
    let mut streams: HashMap<Hash, Resource> = HashMap::new();
    let mut images = Vec::new();
    let File::Bytes(lookup) = table.open(source, &packing) else {
        return Err(match table.open(source, &packing) {
            File::Unread(what) => Error::Unsupported(what),
            _ => Error::malformed("WIM lookup table", table.at),
        });
    };
    let mut at = 0_u64;
    while at.saturating_add(50) <= lookup.len() {
        scan.budget.steps(2)?;
        let entry: [u8; 50] = lookup.array(at, "WIM lookup table")?;
        let resource = Resource::read(&entry);
        if resource.flags & METADATA != 0 {
            images.push(resource);
        } else if let Some(hash) = entry.get(30..).and_then(|hash| hash.first_chunk()) {
            streams.insert(*hash, resource);
        }
        at = at.saturating_add(50);
    }
    if images.is_empty() {
        return Err(Error::malformed("WIM lookup table", table.at));
    }
    let mut listing = Listing::default();
    let mut result = Ok(());
    for (index, image) in images.iter().enumerate() {
        listing.prefix = if images.len() > 1 { format!("image {}/", index.saturating_add(1)) } else { String::new() };
        let read = match image.open(source, &packing) {
            File::Bytes(metadata) => {
                let open = |resource: &Resource| resource.open(source, &packing);
                tree(scan, &open, &metadata, &streams, &mut listing)
            }
            File::Unread(what) => Err(Error::Unsupported(what)),
            File::Cut(_) => Err(Error::malformed("WIM metadata", image.at)),
        };
        result = result.and(read);
    }
    listing.show(scan, source.len())?;
    result
}

/// The tree of one image: entries of a folder stand one behind the other, and a length of zero ends them.
fn tree(
    scan: &mut Scan,
    unpack: &dyn Fn(&Resource) -> File,
    metadata: &Source,
    streams: &HashMap<Hash, Resource>,
    listing: &mut Listing,
) -> Result<()> {
    // Access rights come first, filled up to eight bytes.
    let security: [u8; 4] = metadata.array(0, "WIM metadata")?;
    let root = le(&security, 0, 4).max(8).next_multiple_of(8);
    let mut seen = Seen::default();
    let first = metadata.peek(root, 24)?;
    let mut waiting = VecDeque::from([(String::new(), le(&first, 16, 8))]);
    while let Some((folder, start)) = waiting.pop_front() {
        if !seen.enter(scan, start, &folder) {
            continue;
        }
        let mut at = start;
        loop {
            scan.budget.steps(4)?;
            let entry = metadata.peek(at, 102)?;
            let len = le(&entry, 0, 8);
            if len <= 8 {
                break;
            }
            if entry.len() < 102 || len < 102 {
                return Err(Error::malformed("WIM metadata", at));
            }
            let units = metadata.peek(at.saturating_add(102), usize::try_from(le(&entry, 100, 2)).unwrap_or(0))?;
            let path = listing.path(scan, &folder, &utf_16(&units))?;
            let (attributes, below) = (le(&entry, 8, 4), le(&entry, 16, 8));
            let open = |hash: &[u8], scan: &Scan, listing: &mut Listing, path: String| -> Result<()> {
                let hash: Hash = hash.first_chunk().copied().unwrap_or_default();
                if hash == Hash::default() {
                    return listing.file(scan, path, at, 0, File::Bytes(Source::memory(Vec::new())));
                }
                match streams.get(&hash) {
                    Some(resource) => listing.file(scan, path, resource.at, resource.size, unpack(resource)),
                    None => listing.file(scan, path, at, 0, File::Cut(Source::memory(Vec::new()))),
                }
            };
            if attributes & DIRECTORY != 0 {
                listing.folder(scan, path.clone(), at)?;
                if below != 0 && attributes & REPARSE_POINT == 0 {
                    waiting.push_back((path.clone(), below));
                }
            }
            let mut next = at.saturating_add(len).next_multiple_of(8);
            let (mut unnamed, count) = (part(&entry, 64, 20).to_vec(), le(&entry, 96, 2));
            for _ in 0..count {
                scan.budget.steps(1)?;
                let stream = metadata.peek(next, 38)?;
                let len = le(&stream, 0, 8);
                if len < 38 || stream.len() < 38 {
                    return Err(Error::malformed("WIM metadata", next));
                }
                let name = metadata.peek(next.saturating_add(38), usize::try_from(le(&stream, 36, 2)).unwrap_or(0))?;
                if name.is_empty() {
                    unnamed = part(&stream, 16, 20).to_vec();
                } else {
                    let path = listing.path_of_stream(scan, &path, &utf_16(&name))?;
                    open(part(&stream, 16, 20), scan, listing, path)?;
                }
                next = next.saturating_add(len).next_multiple_of(8);
            }
            if attributes & DIRECTORY == 0 {
                open(&unnamed, scan, listing, path)?;
            }
            at = next;
        }
    }
    Ok(())
}
