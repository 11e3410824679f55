//! NTFS, as the drivers of Linux describe it; Microsoft publishes no specification.
//!
//! Every file is a record of the master file table (`$MFT`), so the table is walked from end to end and the paths are
//! built from the names, which say in which folder they stand: no index is needed, and a file that was taken out of its
//! folder's index is still found. A file may have streams beside its content, which Explorer does not show: each is
//! listed as `file:stream`.

use std::collections::BTreeMap;

use super::volume::{File, Listing, Piece, Seen, le, part, pieces, utf_16};
use crate::error::{Error, LimitKind, Result};
use crate::scan::Scan;
use crate::source::Source;

/// Records that describe the volume itself.
const SYSTEM: u64 = 16;
const ROOT: u64 = 5;

const ATTRIBUTE_LIST: u64 = 0x20;
const FILE_NAME: u64 = 0x30;
const DATA: u64 = 0x80;
const REPARSE_POINT: u64 = 0xC0;
const END: u64 = 0xFFFF_FFFF;

const COMPRESSED: u64 = 0x00FF;
const ENCRYPTED: u64 = 0x4000;

/// Names of one folder inside another.
const DEPTH: usize = 128;

pub(super) fn read(scan: &mut Scan, volume: &Source, listing: &mut Listing) -> Result<()> {
    let head: [u8; 512] = volume.array(0, "NTFS boot sector")?;
    let sector = le(&head, 11, 2);
    let per_cluster = match le(&head, 13, 1) {
        // Clusters of more than 64 KiB are written as a power of two.
        n @ 0x81..=0xFF => 1_u64.checked_shl(u32::try_from(256_u64.saturating_sub(n)).unwrap_or(32)).unwrap_or(0),
        n => n,
    };
    let cluster = sector.saturating_mul(per_cluster);
    let record = match head[64] {
        power @ 0x80.. => 1_u64.checked_shl(u32::from(power.wrapping_neg())).unwrap_or(0),
        clusters => cluster.saturating_mul(u64::from(clusters)),
    };
    if !matches!(sector, 256..=4096) || cluster == 0 || cluster > 2 << 20 || !matches!(record, 512..=65_536) {
        return Err(Error::malformed("NTFS boot sector", 11));
    }
    let mut table = Table { volume: volume.clone(), cluster, record, files: BTreeMap::new(), kept: 0 };
    let walked = table.walk(scan, le(&head, 48, 8).saturating_mul(cluster));
    table.list(scan, listing)?;
    walked
}

struct Table {
    volume: Source,
    cluster: u64,
    /// Bytes of one record.
    record: u64,
    files: BTreeMap<u64, Record>,
    /// Bytes kept of resident streams and names.
    kept: u64,
}

/// What is known of one file, from its record and the records that continue it.
#[derive(Default)]
struct Record {
    is_folder: bool,
    at: u64,
    names: Vec<Name>,
    streams: BTreeMap<String, Stream>,
    reparse: Option<(u64, String)>,
}

struct Name {
    parent: u64,
    text: String,
}

#[derive(Default)]
struct Stream {
    size: u64,
    flags: u64,
    resident: Option<Vec<u8>>,
    /// Runs of clusters by the first cluster number of the stream they hold.
    runs: BTreeMap<u64, Vec<Piece>>,
}

impl Table {
    /// Reads every record of the table, whose first one describes the table itself.
    fn walk(&mut self, scan: &mut Scan, at: u64) -> Result<()> {
        let first = self.load(&self.volume.clone(), at)?.ok_or(Error::malformed("MFT record", at))?;
        self.take(scan, 0, at, &first)?;
        let (mut index, mut table, mut runs) = (1_u64, self.content(0)?, self.count_runs());
        while index.saturating_mul(self.record) < table.len() {
            scan.budget.steps(32)?;
            if self.files.len() as u64 > u64::from(scan.budget.limits().artifacts).saturating_mul(2) {
                return Err(Error::Limit(LimitKind::Artifacts));
            }
            let at = index.saturating_mul(self.record);
            match self.load(&table, at) {
                Ok(Some(record)) => {
                    if let Err(error) = self.take(scan, index, at, &record) {
                        super::fat::stop_at_limits(scan, error, "")?;
                    }
                    // Of a table in many pieces, other records describe the rest.
                    if self.count_runs() > runs {
                        scan.budget.steps(runs as u64)?;
                        (table, runs) = (self.content(0)?, self.count_runs());
                    }
                }
                Ok(None) => {}
                Err(error) => super::fat::stop_at_limits(scan, error, "")?,
            }
            index = index.saturating_add(1);
        }
        Ok(())
    }

    fn count_runs(&self) -> usize {
        self.files.get(&0).and_then(|file| file.streams.get("")).map_or(0, |stream| stream.runs.len())
    }

    fn content(&self, index: u64) -> Result<Source> {
        let stream = self.files.get(&index).and_then(|file| file.streams.get(""));
        let file = stream.map(|stream| self.file(stream));
        file.and_then(|file| file.source().cloned()).ok_or(Error::malformed("MFT record", 0))
    }

    /// One record in use, with the last two bytes of its sectors put back (they hold a mark that shows torn writes).
    fn load(&self, table: &Source, at: u64) -> Result<Option<Vec<u8>>> {
        let mut record = table.peek(at, usize::try_from(self.record).unwrap_or(1024))?;
        if !record.starts_with(b"FILE") || le(&record, 22, 2) & 1 == 0 {
            let damaged = record.starts_with(b"BAAD");
            return if damaged { Err(Error::malformed("MFT record", at)) } else { Ok(None) };
        }
        let (marks, count) = (le(&record, 4, 2), le(&record, 6, 2));
        let saved = part(&record, marks, count.saturating_mul(2)).to_vec();
        let Some((mark, saved)) = saved.as_chunks::<2>().0.split_first() else { return Ok(Some(record)) };
        for (index, saved) in saved.iter().enumerate() {
            let end = index.saturating_add(1).saturating_mul(512);
            let Some(place) = record.get_mut(end.saturating_sub(2)..end) else { break };
            if place != mark {
                return Err(Error::malformed("MFT record", at));
            }
            place.copy_from_slice(saved);
        }
        Ok(Some(record))
    }

    /// Takes the attributes of a record; those of a continuing record belong to its base.
    fn take(&mut self, scan: &Scan, index: u64, at: u64, record: &[u8]) -> Result<()> {
        let base = le(record, 32, 6);
        let owner = if base == 0 { index } else { base };
        let mut file = self.files.remove(&owner).unwrap_or_default();
        if base == 0 {
            (file.is_folder, file.at) = (le(record, 22, 2) & 2 != 0, at);
        }
        let result = self.attributes(scan, at, record, &mut file);
        self.files.insert(owner, file);
        result
    }

    fn attributes(&mut self, scan: &Scan, place: u64, record: &[u8], file: &mut Record) -> Result<()> {
        let mut at = le(record, 20, 2);
        loop {
            scan.budget.steps(2)?;
            let head = part(record, at, u64::MAX);
            let (kind, len) = (le(head, 0, 4), le(head, 4, 4));
            if kind == END || head.len() < 8 {
                return Ok(());
            }
            if len < 24 || len > head.len() as u64 {
                return Err(Error::malformed("MFT record", place));
            }
            let attribute = part(record, at, len);
            match kind {
                FILE_NAME => file.names.extend(name(value(attribute))),
                REPARSE_POINT if le(attribute, 8, 1) == 0 => file.reparse = Some(reparse(value(attribute))),
                DATA => self.data(attribute, place, file)?,
                // What it lists is found by walking the table.
                ATTRIBUTE_LIST => {}
                _ => {}
            }
            self.kept = self.kept.saturating_add(match kind {
                FILE_NAME | REPARSE_POINT | DATA => len,
                _ => 0,
            });
            if self.kept > scan.budget.limits().artifact_bytes {
                return Err(Error::Limit(LimitKind::ArtifactBytes));
            }
            at = at.saturating_add(len);
        }
    }

    fn data(&self, attribute: &[u8], place: u64, file: &mut Record) -> Result<()> {
        let name = utf_16(part(attribute, le(attribute, 10, 2), le(attribute, 9, 1).saturating_mul(2)));
        let stream = file.streams.entry(name).or_default();
        stream.flags |= le(attribute, 12, 2);
        if le(attribute, 8, 1) == 0 {
            let value = value(attribute).to_vec();
            stream.size = value.len() as u64;
            stream.resident = Some(value);
            return Ok(());
        }
        let first = le(attribute, 16, 8);
        // Only the first piece says how long the whole is.
        if first == 0 {
            stream.size = le(attribute, 48, 8);
        }
        let runs = runs(part(attribute, le(attribute, 32, 2), u64::MAX), self.cluster);
        stream.runs.insert(first, runs.ok_or(Error::malformed("runlist", place))?);
        Ok(())
    }

    fn file(&self, stream: &Stream) -> File {
        if stream.flags & ENCRYPTED != 0 {
            return File::Unread("encrypted file");
        }
        if let Some(bytes) = &stream.resident {
            return File::Bytes(Source::memory(bytes.clone()));
        }
        if stream.flags & COMPRESSED != 0 {
            return File::Unread("compressed file");
        }
        let all: Vec<Piece> = stream.runs.values().flatten().copied().collect();
        pieces(&self.volume, &all, stream.size)
    }

    /// Lists all files under their paths.
    fn list(&self, scan: &mut Scan, listing: &mut Listing) -> Result<()> {
        for (index, file) in &self.files {
            scan.budget.steps(4)?;
            let orphan = [Name { parent: ROOT, text: format!("record {index}") }];
            let names = if file.names.is_empty() { &orphan[..] } else { &file.names };
            for name in names {
                let parts = if *index == ROOT { Vec::new() } else { self.parts(scan, name)? };
                let describes = *index < SYSTEM || describes_volume(&parts);
                let path = listing.path(scan, "", &parts.join("/"))?;
                if !describes {
                    self.list_one(scan, listing, file, &path)?;
                }
                for (name, stream) in file.streams.iter().filter(|(name, _)| !name.is_empty()) {
                    if !(describes && name.starts_with('$')) && name != "WofCompressedData" {
                        let path = listing.path_of_stream(scan, &path, name)?;
                        listing.file(scan, path, file.at, stream.size, self.file(stream))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn list_one(&self, scan: &Scan, listing: &mut Listing, file: &Record, path: &str) -> Result<()> {
        let path = path.to_owned();
        match (&file.reparse, file.streams.get("")) {
            (Some((SYMLINK | MOUNT_POINT, target)), _) => listing.link(scan, path, file.at, target.clone()),
            // The content stands packed in a stream of its own, or on a server.
            (Some((PACKED, _)), Some(stream)) => {
                listing.file(scan, path, file.at, stream.size, File::Unread("compressed file"))
            }
            _ if file.is_folder => listing.folder(scan, path, file.at),
            (_, Some(stream)) => listing.file(scan, path, file.at, stream.size, self.file(stream)),
            (_, None) => Ok(()),
        }
    }

    /// The folders of a name, and the name.
    fn parts<'a>(&'a self, scan: &mut Scan, name: &'a Name) -> Result<Vec<&'a str>> {
        let (mut parts, mut parent, mut seen) = (vec![name.text.as_str()], name.parent, Seen::default());
        while parent != ROOT {
            scan.budget.steps(1)?;
            let Some(folder) = self.files.get(&parent).and_then(|folder| folder.names.first()) else {
                parts.push("?");
                break;
            };
            if parts.len() >= DEPTH {
                return Err(Error::Limit(LimitKind::Depth));
            }
            if !seen.enter(scan, parent, &name.text) {
                break;
            }
            parts.push(&folder.text);
            parent = folder.parent;
        }
        parts.reverse();
        Ok(parts)
    }
}

const SYMLINK: u64 = 0xA000_000C;
const MOUNT_POINT: u64 = 0xA000_0003;
const PACKED: u64 = 0x8000_0017;

/// Files in `$Extend` that describe the volume.
const DESCRIBING: &[&str] =
    &["$ObjId", "$Quota", "$Reparse", "$UsnJrnl", "$RmMetadata", "$Deleted", "$Repair", "$Tops", "$TxfLog", "$Txf"];

/// Whether a file in `$Extend` is one of those.
fn describes_volume(parts: &[&str]) -> bool {
    matches!(parts, ["$Extend", top, .., last] if DESCRIBING.contains(top) && last.starts_with('$'))
        || matches!(parts, ["$Extend", top] if DESCRIBING.contains(top))
}

/// The value of an attribute that stands in its record.
fn value(attribute: &[u8]) -> &[u8] {
    if le(attribute, 8, 1) == 0 { part(attribute, le(attribute, 20, 2), le(attribute, 16, 4)) } else { &[] }
}

/// A name and its folder; not the short one of DOS that stands beside a long one.
fn name(value: &[u8]) -> Option<Name> {
    let (len, space) = (le(value, 64, 1), le(value, 65, 1));
    let text = utf_16(part(value, 66, len.saturating_mul(2)));
    (space != 2 && !text.is_empty()).then_some(Name { parent: le(value, 0, 6), text })
}

/// What kind of detour a file is, and where a link leads (\[MS-FSCC\] 2.1.2).
fn reparse(value: &[u8]) -> (u64, String) {
    let tag = le(value, 0, 4);
    let names = if tag == SYMLINK { 20 } else { 16 };
    let (at, len) = (le(value, 8, 2), le(value, 10, 2));
    (tag, utf_16(part(value, at.saturating_add(names), len)).trim_start_matches("\\??\\").to_owned())
}

/// Runs of clusters: how long each is, and how far from the one before; one without a place is a hole.
fn runs(mut bytes: &[u8], cluster: u64) -> Option<Vec<Piece>> {
    let (mut runs, mut place) = (Vec::new(), 0_i64);
    loop {
        let (head, rest) = bytes.split_first()?;
        if *head == 0 {
            return Some(runs);
        }
        let (len_size, place_size) = (usize::from(head & 15), usize::from(head >> 4));
        if len_size == 0 || len_size > 8 || place_size > 8 {
            return None;
        }
        let end = len_size.saturating_add(place_size);
        let by = rest.get(len_size..end)?;
        let len = le(rest, 0, len_size).checked_mul(cluster)?;
        let negative = by.last().is_some_and(|byte| byte & 0x80 != 0);
        let missing = u32::try_from(8_usize.saturating_sub(place_size).saturating_mul(8)).unwrap_or(64);
        let sign = if negative && missing < 64 {
            u64::MAX.checked_shl(64_u32.saturating_sub(missing)).unwrap_or(0)
        } else {
            0
        };
        place = place.checked_add((le(by, 0, place_size) | sign).cast_signed())?;
        let at = if place_size == 0 { None } else { Some(u64::try_from(place).ok()?.checked_mul(cluster)?) };
        runs.push((at, len));
        bytes = rest.get(end..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_relative_and_may_go_back() {
        let bytes = [0x21, 0x02, 0x00, 0x01, 0x11, 0x03, 0xF0, 0x01, 0x05, 0x18, 0x00];
        let found = runs(&bytes[..9], 1);
        assert_eq!(found, None);
        let bytes = [0x21, 0x02, 0x00, 0x01, 0x11, 0x03, 0xF0, 0x01, 0x05, 0x00];
        assert_eq!(runs(&bytes, 10), Some(vec![(Some(2560), 20), (Some(2400), 30), (None, 50)]));
        assert_eq!(runs(&[0x11, 0x03, 0xF0, 0x00], 1), None);
        assert_eq!(runs(&[0x91, 0x03], 1), None);
    }
}
