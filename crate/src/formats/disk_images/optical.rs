//! Discs: one image may hold up to four trees of names over the same files, for different systems.
//!
//! Windows shows UDF if there is one, else Joliet, else ISO 9660; Linux prefers Rock Ridge to Joliet; archive programs
//! choose in their own ways. So every tree is read and what they show is joined. Whoever writes a disc for all systems
//! gives the same files in each, whatever they are called there: files are compared by the place of their bytes.

use std::collections::{HashMap, HashSet};
use std::io;

use super::volume::{Listing, Node};
use super::{iso, udf};
use crate::error::{Error, Result};
use crate::finding::{Evidence, Observation};
use crate::formats::archives::READINGS_DIFFER;
use crate::formats::{self, Format};
use crate::order;
use crate::scan::Scan;
use crate::source::{ReadAt, Source};

/// Bytes of a sector without what surrounds it on the disc.
pub(super) const SECTOR: u64 = 2048;

/// A way to write sectors with their headers and error correction (\[ECMA-130\] 14).
#[derive(Clone, Copy)]
pub(super) struct Raw {
    sector: u64,
    skip: u64,
}

impl Raw {
    /// Where the data of a sector stands.
    pub(super) const fn place(self, sector: u64) -> u64 {
        sector.saturating_mul(self.sector).saturating_add(self.skip)
    }
}

/// Mode 1 and mode 2 of 2352 bytes, mode 2 without synchronisation, and both with sub-channels.
pub(super) const RAW: &[Raw] = &[
    Raw { sector: 2352, skip: 16 },
    Raw { sector: 2352, skip: 24 },
    Raw { sector: 2336, skip: 8 },
    Raw { sector: 2448, skip: 16 },
    Raw { sector: 2448, skip: 24 },
];

/// The data of raw sectors.
struct Cooked {
    source: Source,
    raw: Raw,
}

impl ReadAt for Cooked {
    fn len(&self) -> u64 {
        self.source.len().checked_div(self.raw.sector).unwrap_or(0).saturating_mul(SECTOR)
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let (sector, skip) = (at / SECTOR, at % SECTOR);
        let n = buf.len().min(usize::try_from(SECTOR.saturating_sub(skip)).unwrap_or(0));
        self.source.read_at(self.raw.place(sector).saturating_add(skip), buf.get_mut(..n).unwrap_or_default())
    }
}

fn cooked(source: &Source) -> Result<Source> {
    for raw in RAW {
        if source.peek(raw.place(16).saturating_add(1), 5)? == b"CD001" {
            return Ok(Source::new(Cooked { source: source.clone(), raw: *raw }));
        }
    }
    Ok(source.clone())
}

/// Whether a volume of a disk is written like a disc.
pub(super) fn is_volume(volume: &Source) -> Result<bool> {
    for sector in 16..21_u64 {
        let id = volume.peek(sector.saturating_mul(SECTOR).saturating_add(1), 5)?;
        if matches!(id.as_slice(), b"CD001" | b"NSR02" | b"NSR03") {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn read(scan: &mut Scan, source: &Source, listing: &mut Listing) -> Result<()> {
    let disc = cooked(source)?;
    let mut trees = Vec::new();
    let udf = udf::read(scan, &disc, &listing.prefix);
    let iso = iso::read(scan, &disc, &listing.prefix, &mut trees);
    let tree = match udf {
        Ok(tree) => tree,
        Err(error) if trees.is_empty() => return Err(error),
        Err(error) => {
            scan.note(&error, None);
            None
        }
    };
    trees.splice(0..0, tree);
    match iso {
        Err(error) if trees.is_empty() => return Err(error),
        Err(error) => scan.note(&error, None),
        Ok(()) => {}
    }
    join(scan, trees, listing)
}

/// What all trees show, each file once.
fn join(scan: &mut Scan, trees: Vec<Listing>, listing: &mut Listing) -> Result<()> {
    let mut trees = trees.into_iter();
    let Some(first) = trees.next() else { return Err(Error::malformed("volume descriptor", 16 * SECTOR)) };
    let mut shown: HashMap<(u64, u64), String> = HashMap::new();
    for node in first.nodes {
        if let Some(key) = key(&node) {
            shown.entry(key).or_insert_with(|| node.entry.path.clone());
        }
        listing.add(scan, node)?;
    }
    let windows: Vec<((u64, u64), String)> = shown.iter().map(|(key, path)| (*key, path.clone())).collect();
    for tree in trees {
        let keys: HashSet<(u64, u64)> = tree.nodes.iter().filter_map(key).collect();
        // A disc for UDF alone says so in a single file to those who cannot read it.
        if keys.len() > 1 {
            let mut missing: Vec<&String> =
                windows.iter().filter(|(key, _)| !keys.contains(key)).map(|(_, path)| path).collect();
            order::sort(&mut missing);
            missing.into_iter().for_each(|path| differ(scan, path));
        }
        for node in tree.nodes {
            let Some(key) = key(&node) else { continue };
            let known = shown.get(&key);
            if known.is_some_and(|path| !acts_only_here(&node.entry.path, path)) {
                continue;
            }
            if keys.len() > 1 || known.is_some() {
                differ(scan, &node.entry.path);
            }
            shown.insert(key, node.entry.path.clone());
            listing.add(scan, node)?;
        }
    }
    Ok(())
}

fn key(node: &Node) -> Option<(u64, u64)> {
    Some((node.place?, node.entry.size?))
}

/// Whether a name of the same bytes runs in one tree and not in the other. Endings are cut to three letters in ISO 9660.
fn acts_only_here(here: &str, there: &str) -> bool {
    let acts = |extension: &str| formats::by_extension(extension).is_some_and(Format::acts);
    let (here, there) = (formats::extension(here), formats::extension(there));
    acts(&here) && !acts(&there) && !there.starts_with(&here)
}

fn differ(scan: &mut Scan, path: &str) {
    scan.report(Observation::new(&READINGS_DIFFER, Evidence::quote(path)).with("name", path));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_cut_short_are_no_other_names() {
        assert!(acts_only_here("A.EXE", "a.txt"));
        assert!(!acts_only_here("A.HTA", "a.htaccess"));
        assert!(!acts_only_here("A.EXE", "a.exe"));
    }
}
