//! exFAT (Microsoft's "exFAT file system specification").

use std::collections::VecDeque;
use std::rc::Rc;

use super::fat::{Clusters, Width, chain, stop_at_limits};
use super::volume::{File, Listing, Seen, le, pieces, utf_16};
use crate::error::{Error, Result};
use crate::scan::Scan;
use crate::source::Source;

const FILE: u8 = 0x85;
const STREAM_EXTENSION: u8 = 0xC0;
const FILE_NAME: u8 = 0xC1;

/// Attribute of a folder (7.4.4).
const DIRECTORY: u64 = 0x10;

/// The clusters stand one behind the other, and the table says nothing of them (6.3.4.2).
const NO_FAT_CHAIN: u64 = 2;

/// Most bytes of a folder (7.1).
const FOLDER: u64 = 256 << 20;

pub(super) fn read(scan: &mut Scan, volume: &Source, listing: &mut Listing) -> Result<()> {
    let head: [u8; 512] = volume.array(0, "exFAT boot sector")?;
    let (sector, cluster) = (le(&head, 108, 1), le(&head, 109, 1));
    if !(9..=12).contains(&sector) || cluster > 25_u64.saturating_sub(sector) {
        return Err(Error::malformed("exFAT boot sector", 108));
    }
    let bytes = |sectors: u64| sectors << sector;
    let clusters = Rc::new(Clusters {
        volume: volume.clone(),
        width: Width::ExFat,
        table: bytes(le(&head, 80, 4)),
        data: bytes(le(&head, 88, 4)),
        size: bytes(1 << cluster),
        count: le(&head, 92, 4),
        budget: Rc::clone(&scan.budget),
    });
    let root = le(&head, 96, 4);
    let mut seen = Seen::default();
    seen.enter(scan, root, "");
    let mut waiting = VecDeque::from([(String::new(), content(&clusters, root, FOLDER, 0), true)]);
    while let Some((path, file, is_root)) = waiting.pop_front() {
        let Some(source) = file.source() else { continue };
        let result = entries(scan, &clusters, &path, (source, is_root), listing, &mut |scan, path, first, file| {
            if seen.enter(scan, first, &path) {
                waiting.push_back((path, file, false));
            }
        });
        if let Err(error) = result {
            stop_at_limits(scan, error, &path)?;
        }
    }
    Ok(())
}

fn content(clusters: &Rc<Clusters>, first: u64, len: u64, flags: u64) -> File {
    if flags & NO_FAT_CHAIN != 0 {
        return pieces(&clusters.volume, &[(Some(clusters.place(first)), len)], len);
    }
    chain(clusters, first, len)
}

/// A set of entries: the file, its stream extension and its name (7.4, 7.6, 7.7).
#[derive(Default)]
struct Set {
    attributes: u64,
    /// Entries of the set that are still to come.
    left: u64,
    flags: u64,
    name_units: usize,
    name: Vec<u8>,
    first: u64,
    len: u64,
}

fn entries(
    scan: &mut Scan,
    clusters: &Rc<Clusters>,
    path: &str,
    (source, is_root): (&Source, bool),
    listing: &mut Listing,
    enter: &mut dyn FnMut(&mut Scan, String, u64, File),
) -> Result<()> {
    let (mut at, mut set) = (0, Set::default());
    while at < source.len() {
        scan.budget.steps(2)?;
        let entry: [u8; 32] = match source.array(at, "directory") {
            Ok(entry) => {
                source.verify_end()?;
                entry
            }
            // The root has no length: it ends with its chain.
            Err(Error::Malformed { what: "cluster chain", .. }) if is_root && at.is_multiple_of(clusters.size) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        at = at.saturating_add(32);
        match entry[0] {
            0 => break,
            FILE => set = Set { attributes: le(&entry, 4, 2), left: le(&entry, 1, 1), ..Set::default() },
            STREAM_EXTENSION => {
                set.flags = le(&entry, 1, 1);
                set.name_units = usize::from(entry[3]);
                (set.first, set.len) = (le(&entry, 20, 4), le(&entry, 24, 8));
                set.left = set.left.saturating_sub(1);
            }
            FILE_NAME => {
                set.name.extend(entry.get(2..).unwrap_or_default());
                set.left = set.left.saturating_sub(1);
            }
            _ => set.left = set.left.saturating_sub(u64::from(entry[0] & 0xC0 == 0xC0)),
        }
        let is_complete = set.left == 0 && set.name_units > 0 && set.name.len() >= set.name_units.saturating_mul(2);
        if !is_complete {
            continue;
        }
        let set = std::mem::take(&mut set);
        let name = utf_16(set.name.get(..set.name_units.saturating_mul(2)).unwrap_or_default());
        let path = listing.path(scan, path, &name)?;
        let place = clusters.place(set.first);
        let file = content(clusters, set.first, set.len, set.flags);
        if set.attributes & DIRECTORY == 0 {
            listing.file(scan, path, place, set.len, file)?;
        } else {
            listing.folder(scan, path.clone(), place)?;
            enter(scan, path, set.first, file);
        }
    }
    Ok(())
}
