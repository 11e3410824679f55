//! Partition tables: the master boot record and its chain of extended records, and GPT (\[UEFI\] 5).

use super::volume::{Listing, le};
use super::{fat, is_blank, optical, read_volume};
use crate::error::{Error, Result};
use crate::scan::Scan;
use crate::source::Source;

/// Most partitions looked into; a GPT has room for 128.
const MOST: usize = 128;

/// Reads every volume of a disk, or the one volume that fills it.
pub(super) fn read(scan: &mut Scan, disk: &Source, listing: &mut Listing) -> Result<()> {
    let head = disk.peek(0, 512)?;
    let named = matches!(head.get(3..11), Some(b"NTFS    " | b"EXFAT   "));
    if named || fat::is_volume(&head) {
        return read_volume(scan, disk, listing);
    }
    let volumes = find(scan, disk, &head)?;
    if volumes.is_empty() {
        if optical::is_volume(disk)? {
            return optical::read(scan, disk, listing);
        }
        if is_blank(disk)? {
            return Ok(());
        }
        return Err(Error::Unsupported("file system"));
    }
    for (index, volume) in volumes.iter().enumerate() {
        listing.prefix =
            if volumes.len() > 1 { format!("partition {}/", index.saturating_add(1)) } else { String::new() };
        if let Err(error) = read_volume(scan, volume, listing) {
            let path = listing.prefix.clone();
            scan.note(&error, Some(&path).filter(|path| !path.is_empty()).map(String::as_str));
        }
    }
    Ok(())
}

/// The volumes a partition table names.
fn find(scan: &mut Scan, disk: &Source, head: &[u8]) -> Result<Vec<Source>> {
    if head.get(510..512) == Some(b"\x55\xAA") {
        let table = records(head);
        if !table.iter().any(|record| record.kind == PROTECTIVE) {
            return master(scan, disk, &table);
        }
    }
    for sector in [512, 4096] {
        let header = disk.peek(sector, 92)?;
        if header.starts_with(b"EFI PART") {
            return guid(scan, disk, sector, &header);
        }
        // The copy stands in the last sector.
        let copy = disk.peek(disk.len().saturating_sub(sector), 92)?;
        if copy.starts_with(b"EFI PART") {
            return guid(scan, disk, sector, &copy);
        }
    }
    Ok(Vec::new())
}

const PROTECTIVE: u8 = 0xEE;

struct Record {
    kind: u8,
    /// First sector and number of sectors.
    start: u64,
    count: u64,
}

/// The four records of a boot sector that name something.
fn records(sector: &[u8]) -> Vec<Record> {
    let table = sector.get(446..510).unwrap_or_default();
    let records = table.as_chunks::<16>().0.iter().map(|record| Record {
        kind: record[4],
        start: le(record, 8, 4),
        count: le(record, 12, 4),
    });
    records.filter(|record| record.kind != 0 && record.count > 0).collect()
}

const SECTOR: u64 = 512;

fn master(scan: &mut Scan, disk: &Source, table: &[Record]) -> Result<Vec<Source>> {
    let volume = |start: u64, count: u64| disk.slice(start.saturating_mul(SECTOR), count.saturating_mul(SECTOR));
    let mut volumes = Vec::new();
    for record in table {
        if !matches!(record.kind, 0x05 | 0x0F | 0x85) {
            volumes.push(volume(record.start, record.count));
            continue;
        }
        // Each extended record names one volume, relative to itself, and the next record, relative to the first.
        let mut at = record.start;
        while volumes.len() < MOST {
            scan.budget.steps(16)?;
            let sector = disk.peek(at.saturating_mul(SECTOR), 512)?;
            if sector.get(510..512) != Some(b"\x55\xAA") {
                scan.note(&Error::malformed("partition table", at.saturating_mul(SECTOR)), None);
                break;
            }
            let inner = records(&sector);
            let (next, named): (Vec<_>, Vec<_>) =
                inner.iter().partition(|record| matches!(record.kind, 0x05 | 0x0F | 0x85));
            volumes.extend(named.iter().map(|inner| volume(at.saturating_add(inner.start), inner.count)));
            match next.first() {
                Some(next) if record.start.saturating_add(next.start) > at => {
                    at = record.start.saturating_add(next.start)
                }
                Some(_) => {
                    scan.note(&Error::malformed("partition table", at.saturating_mul(SECTOR)), None);
                    break;
                }
                None => break,
            }
        }
    }
    Ok(volumes)
}

/// What Windows sets aside for itself: nothing stands there.
const RESERVED: [u8; 16] = *b"\x16\xE3\xC9\xE3\x5C\x0B\xB8\x4D\x81\x7D\xF9\x2D\xF0\x02\x15\xAE";

fn guid(scan: &mut Scan, disk: &Source, sector: u64, header: &[u8]) -> Result<Vec<Source>> {
    let (at, count, size) = (le(header, 72, 8).saturating_mul(sector), le(header, 80, 4), le(header, 84, 4).max(128));
    let mut volumes = Vec::new();
    for index in 0..count.min(1024) {
        scan.budget.steps(4)?;
        let entry = disk.peek(at.saturating_add(index.saturating_mul(size)), 48)?;
        let kind = entry.get(..16).unwrap_or_default();
        let (first, last) = (le(&entry, 32, 8), le(&entry, 40, 8));
        if kind.iter().all(|byte| *byte == 0) || kind == RESERVED || last < first || volumes.len() >= MOST {
            continue;
        }
        let sectors = last.saturating_sub(first).saturating_add(1);
        volumes.push(disk.slice(first.saturating_mul(sector), sectors.saturating_mul(sector)));
    }
    Ok(volumes)
}
