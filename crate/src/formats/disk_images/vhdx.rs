//! Virtual hard disks of the second version (\[MS-VHDX\]).

use std::io;

use super::volume::{irregular, le};
use crate::error::{Error, Result};
use crate::scan::Scan;
use crate::source::{ReadAt, Source};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

const BAT: &[u8] = b"\x66\x77\xC2\x2D\x23\xF6\x00\x42\x9D\x64\x11\x5E\x9B\xFD\x4A\x08";
const METADATA: &[u8] = b"\x06\xA2\x7C\x8B\x90\x47\x9A\x4B\xB8\xFE\x57\x5F\x05\x0F\x88\x6E";
const FILE_PARAMETERS: &[u8] = b"\x37\x67\xA1\xCA\x36\xFA\x43\x4D\xB3\xB6\x33\xF0\xAA\x44\xE7\x6B";
const VIRTUAL_DISK_SIZE: &[u8] = b"\x24\x42\xA5\x2F\x1B\xCD\x76\x48\xB2\x11\x5D\xBE\xD8\x3B\xF4\xB8";
const LOGICAL_SECTOR_SIZE: &[u8] = b"\x1D\xBF\x41\x81\x6F\xA9\x09\x47\xBA\x47\xF2\x33\xA8\xFA\xAB\x5F";

/// The disk inside.
pub(super) fn open(scan: &mut Scan, source: &Source) -> Result<Source> {
    check_log(scan, source)?;
    let (bat, metadata) = regions(source)?;
    disk_of(source, bat, metadata)
}

fn disk_of(source: &Source, bat: u64, metadata: u64) -> Result<Source> {
    let item = |id: &[u8]| item(source, metadata, id);
    let parameters = item(FILE_PARAMETERS)?.ok_or(Error::malformed("VHDX metadata", metadata))?;
    let len = le(&item(VIRTUAL_DISK_SIZE)?.ok_or(Error::malformed("VHDX metadata", metadata))?, 0, 8);
    let sector = item(LOGICAL_SECTOR_SIZE)?.map_or(512, |bytes| le(&bytes, 0, 4));
    let block = le(&parameters, 0, 4);
    // HasParent (2.6.2.1).
    if le(&parameters, 4, 4) & 2 != 0 {
        return Err(Error::Unsupported("differencing disk"));
    }
    if !block.is_power_of_two() || block < MIB || !matches!(sector, 512 | 4096) {
        return Err(Error::malformed("VHDX metadata", metadata));
    }
    let chunk = sector.saturating_mul(1 << 23).checked_div(block).unwrap_or(1).max(1);
    Ok(Source::new(Blocks { file: source.clone(), bat, block, chunk, len }))
}

/// Changes may stand in the log of a disk that was not closed (2.3); a program that opens it for reading only may not
/// see them either. The current header is the one with the higher sequence number (2.2.2).
fn check_log(scan: &mut Scan, source: &Source) -> Result<()> {
    let mut headers = Vec::new();
    for at in [64 * KIB, 128 * KIB] {
        let header = source.peek(at, 80)?;
        if header.starts_with(b"head") {
            headers.push((le(&header, 8, 8), le(&header, 48, 8) | le(&header, 56, 8)));
        }
    }
    match headers.iter().max_by_key(|(sequence, _)| *sequence) {
        None => scan.note(&Error::malformed("VHDX header", 64 * KIB), None),
        Some((_, log)) if *log != 0 => irregular(scan, "VHDX log", 64 * KIB),
        Some(_) => {}
    }
    Ok(())
}

/// Where the block allocation table and the metadata stand (2.2.3); the table of regions stands twice.
fn regions(source: &Source) -> Result<(u64, u64)> {
    for at in [192 * KIB, 256 * KIB] {
        let table = source.peek(at, 64 << 10)?;
        if !table.starts_with(b"regi") {
            continue;
        }
        let count = usize::try_from(le(&table, 8, 4)).unwrap_or(0).min(2047);
        let entries = table.get(16..).unwrap_or_default().as_chunks::<32>().0;
        let place = |id: &[u8]| {
            entries.iter().take(count).find(|entry| entry.starts_with(id)).map(|entry| le(entry.as_slice(), 16, 8))
        };
        if let (Some(bat), Some(metadata)) = (place(BAT), place(METADATA)) {
            return Ok((bat, metadata));
        }
    }
    Err(Error::malformed("VHDX region table", 192 * KIB))
}

/// One item of the metadata (2.6).
fn item(source: &Source, metadata: u64, id: &[u8]) -> Result<Option<Vec<u8>>> {
    let table = source.peek(metadata, 64 << 10)?;
    if !table.starts_with(b"metadata") {
        return Err(Error::malformed("VHDX metadata", metadata));
    }
    let count = usize::try_from(le(&table, 10, 2)).unwrap_or(0);
    let entries = table.get(32..).unwrap_or_default().as_chunks::<32>().0;
    let entry = entries.iter().take(count).find(|entry| entry.starts_with(id));
    let Some(entry) = entry else { return Ok(None) };
    Ok(Some(source.peek(metadata.saturating_add(le(entry, 16, 4)), 8)?))
}

struct Blocks {
    file: Source,
    bat: u64,
    block: u64,
    /// Blocks between two entries of the table that are not blocks (2.5).
    chunk: u64,
    len: u64,
}

impl ReadAt for Blocks {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let (index, skip, buf) = super::within_block(at, self.block, self.len, buf);
        let n = buf.len();
        let entry = index.saturating_add(index.checked_div(self.chunk).unwrap_or(0));
        let entry: [u8; 8] = self.file.array(self.bat.saturating_add(entry.saturating_mul(8)), "VHDX block table")?;
        let entry = u64::from_le_bytes(entry);
        match entry & 7 {
            // PAYLOAD_BLOCK_FULLY_PRESENT, PAYLOAD_BLOCK_PARTIALLY_PRESENT (2.5.1.1)
            6 | 7 => {
                let place = (entry >> 20).saturating_mul(MIB).saturating_add(skip);
                if self.file.read_at(place, buf)? < n {
                    return Err(Error::malformed("VHDX block table", place).into());
                }
            }
            _ => buf.fill(0),
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk of three blocks: the second one stands in the file, the others were never written.
    fn image(parent: u8) -> Vec<u8> {
        let mut image = vec![0; 1 << 20];
        let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
        let (table, bat, metadata) = (256 << 10, 320 << 10, 384 << 10);
        put(table, b"regi");
        put(table + 8, &[2]);
        for (index, (id, at)) in [(BAT, bat), (METADATA, metadata)].iter().enumerate() {
            put(table + 16 + index * 32, id);
            put(table + 32 + index * 32, &(*at as u64).to_le_bytes());
        }
        put(metadata, b"metadata");
        put(metadata + 10, &[3]);
        let items: [(&[u8], u64); 3] = [
            (FILE_PARAMETERS, (u64::from(parent) << 32) | MIB),
            (VIRTUAL_DISK_SIZE, 3 * MIB),
            (LOGICAL_SECTOR_SIZE, 512),
        ];
        for (index, (id, value)) in items.iter().enumerate() {
            put(metadata + 32 + index * 32, id);
            put(metadata + 48 + index * 32, &(1024 + index as u32 * 8).to_le_bytes());
            put(metadata + 1024 + index * 8, &value.to_le_bytes());
        }
        put(bat + 8, &(MIB | 6).to_le_bytes());
        image.resize(2 << 20, 7);
        image
    }

    fn disk(image: Vec<u8>) -> Result<Source> {
        let source = Source::memory(image);
        let (bat, metadata) = regions(&source)?;
        disk_of(&source, bat, metadata)
    }

    #[test]
    fn blocks_stand_where_the_table_says() {
        let disk = disk(image(0)).unwrap();
        assert_eq!(disk.len(), 3 * MIB);
        assert_eq!(disk.peek(MIB - 2, 4).unwrap(), [0, 0, 7, 7]);
        assert_eq!(disk.peek(2 * MIB - 2, 4).unwrap(), [7, 7, 0, 0]);
    }

    #[test]
    fn a_disk_that_needs_another_is_not_read() {
        assert!(matches!(disk(image(2)), Err(Error::Unsupported("differencing disk"))));
    }

    #[test]
    fn a_block_behind_the_end_is_an_error() {
        let mut image = image(0);
        image.truncate(1 << 20);
        assert!(disk(image).unwrap().peek(MIB, 4).is_err());
    }
}
