//! Windows disk images (Microsoft's "Windows Imaging File Format", 2007).
//!
//! A table says where every stream of bytes stands, by its SHA-1; each image in the file has a tree of names that give
//! the SHA-1 of their content. What is packed (as nearly everything that Microsoft writes) is named and not looked into.

use std::collections::{HashMap, VecDeque};

use super::volume::{File, Listing, Seen, le, part, utf_16};
use crate::error::{Error, Result};
use crate::scan::Scan;
use crate::source::Source;

/// Flags of a resource.
const METADATA: u64 = 0x02;
const COMPRESSED: u64 = 0x04;
/// Several streams packed as one.
const SOLID: u64 = 0x10;

const DIRECTORY: u64 = 0x10;
const REPARSE_POINT: u64 = 0x400;

type Hash = [u8; 20];

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

    fn open(self, source: &Source) -> File {
        if self.flags & (COMPRESSED | SOLID) != 0 {
            return File::Unread("compressed disk image");
        }
        super::volume::pieces(source, &[(Some(self.at), self.packed)], self.size)
    }
}

pub(super) fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let head: [u8; 152] = source.array(0, "WIM header")?;
    if le(&head, 42, 2) > 1 {
        return Err(Error::Unsupported("split archive"));
    }
    let table = Resource::read(part(&head, 48, 24));
    let mut streams: HashMap<Hash, Resource> = HashMap::new();
    let mut images = Vec::new();
    let File::Bytes(lookup) = table.open(source) else {
        return Err(match table.open(source) {
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
        let read = match image.open(source) {
            File::Bytes(metadata) => tree(scan, source, &metadata, &streams, &mut listing),
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
    source: &Source,
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
                    Some(resource) => listing.file(scan, path, resource.at, resource.size, resource.open(source)),
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
