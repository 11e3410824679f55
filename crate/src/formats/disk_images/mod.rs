//! Disk images: a double click shows a new drive, and what lies on it no longer bears the mark of the internet.
//!
//! After macros were blocked they carried most of the mailed malware, because the mark did not reach the files inside
//! and the system therefore gave no warning. Nobody mails documents as a disk.
//!
//! An image may start with anything (the first 32 KiB of an ISO are free, a fixed VHD has only a footer), so the rows
//! that look further stand after those of all other binary formats.
//!
//! # How it is built
//!
//! A container of a disk ([`vhd`], [`vhdx`]) is a [`Source`] of the disk inside it. [`partitions`] finds the volumes on
//! a disk; [`optical`], [`fat`], [`exfat`] and [`ntfs`] read the file system of one into a [`Listing`], and every file
//! is a [`Source`] of the places where its bytes stand. Nothing is copied, so that a disk of 2 GB costs what its
//! directories cost.

use super::{Format, Probe, Reading};
use crate::artifact::Class;
use crate::detections::types::DISK_IMAGE;
use crate::error::{Error, Result};
use crate::scan::Scan;
use crate::source::Source;

mod exfat;
mod fat;
mod iso;
mod ntfs;
mod optical;
mod partitions;
mod udf;
mod vhd;
mod vhdx;
mod volume;
mod wim;

use volume::Listing;

/// The block of a virtual disk that holds `at`, how far into it that is, and the part of `buf` that the block can fill.
fn within_block(at: u64, block: u64, len: u64, buf: &mut [u8]) -> (u64, u64, &mut [u8]) {
    let (index, skip) = (at.checked_div(block).unwrap_or(0), at.checked_rem(block).unwrap_or(0));
    let left = block.saturating_sub(skip).min(len.saturating_sub(at));
    let n = buf.len().min(usize::try_from(left).unwrap_or(usize::MAX));
    (index, skip, buf.get_mut(..n).unwrap_or_default())
}

const fn image(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::DiskImage, extensions).risk(&DISK_IMAGE)
}

pub(super) const FORMATS: &[Format] = &[
    image("vhdx", &["vhdx", "avhdx"]).probe(|p| p.starts_with(b"vhdxfile")).reading(Reading::With(inspect_vhdx)),
    image("vhd", &["vhd", "avhd"])
        .probe(|p| p.starts_with(b"conectix") || has_footer(p, b"conectix"))
        .reading(Reading::With(inspect_vhd)),
    image("wim", &["wim", "swm", "esd"]).probe(|p| p.starts_with(b"MSWIM\0\0\0")).reading(Reading::With(wim::inspect)),
    image("qcow", &["qcow2", "qcow"]).probe(|p| p.starts_with(b"QFI\xFB")),
    image("vmdk", &["vmdk"])
        .probe(|p| p.starts_with(b"KDMV") || p.starts_with(b"COWD") || p.text_starts(&["# disk descriptorfile"])),
    image("vdi", &["vdi"]).probe(|p| p.starts_with(b"<<< ") && p.has_at(0x40, b"\x7F\x10\xDA\xBE")),
    image("squashfs", &["squashfs", "sfs", "snap"]).probe(|p| p.starts_with(b"hsqs")),
    image("alcohol", &["mds", "mdx"]).probe(|p| p.starts_with(b"MEDIA DESCRIPTOR")),
    image("iso", &["iso", "cdr", "isz"]).probe(is_iso_9660).reading(Reading::With(inspect_disc)),
    image("udf", &["udf"]).probe(is_udf).reading(Reading::With(inspect_disc)),
    image("dmg", &["dmg", "sparseimage"]).probe(|p| {
        has_footer(p, b"koly") || p.has_at(1024, b"H+\0\x04") || p.has_at(1024, b"HX\0\x05") || p.has_at(32, b"NXSB")
    }),
    image("disk-image", &["img", "ima", "vfd", "flp"]).probe(is_file_system).reading(Reading::With(inspect_disk)),
];

/// Footers are 512 bytes; a VHD of old versions of Virtual PC has 511.
fn has_footer(p: &Probe<'_>, magic: &[u8]) -> bool {
    !p.is_text()
        && [512, 511].iter().any(|size| p.source.len().checked_sub(*size).is_some_and(|at| p.has_at(at, magic)))
}

/// A volume descriptor in the first sector that may hold one (\[ECMA-119\] 8.1), also of images with raw sectors.
fn is_iso_9660(p: &Probe<'_>) -> bool {
    let raw = optical::RAW.iter().map(|raw| raw.place(16).saturating_add(1));
    [0x8001, 0x8801, 0x9001].into_iter().chain(raw).any(|at| p.has_at(at, b"CD001"))
}

/// A volume recognition sequence (\[ECMA-167\] 2/9.1) of UDF.
fn is_udf(p: &Probe<'_>) -> bool {
    [0x8001_u64, 0x8801, 0x9001, 0x9801, 0xA001].iter().any(|at| p.has_at(*at, b"NSR02") || p.has_at(*at, b"NSR03"))
}

/// A bare FAT, NTFS or exFAT volume, or a whole disk with its partition table.
fn is_file_system(p: &Probe<'_>) -> bool {
    let named = [(3, b"NTFS    "), (3, b"EXFAT   "), (0x36, b"FAT12   "), (0x36, b"FAT16   "), (0x52, b"FAT32   ")];
    let table = matches!(p.extension.as_str(), "img" | "ima" | "bin" | "vfd" | "flp" | "dd" | "raw");
    p.has_at(510, b"\x55\xAA")
        && (named.iter().any(|(at, name)| p.has_at(*at, *name)) || p.has_at(512, b"EFI PART") || table)
}

fn inspect_vhd(scan: &mut Scan, source: &Source) -> Result<()> {
    let disk = vhd::open(source)?;
    list_disk(scan, &disk, source.len())
}

fn inspect_vhdx(scan: &mut Scan, source: &Source) -> Result<()> {
    let disk = vhdx::open(scan, source)?;
    list_disk(scan, &disk, source.len())
}

fn inspect_disk(scan: &mut Scan, source: &Source) -> Result<()> {
    list_disk(scan, source, source.len())
}

/// Lists what stands on a disk in an image of `size`, and keeps what was read before something broke.
fn list_disk(scan: &mut Scan, disk: &Source, size: u64) -> Result<()> {
    let mut listing = Listing::default();
    let read = partitions::read(scan, disk, &mut listing);
    listing.show(scan, size)?;
    read
}

fn inspect_disc(scan: &mut Scan, source: &Source) -> Result<()> {
    let mut listing = Listing::default();
    let read = optical::read(scan, source, &mut listing);
    listing.show(scan, source.len())?;
    read
}

/// Reads the file system of a volume, if it is one this engine knows.
fn read_volume(scan: &mut Scan, volume: &Source, listing: &mut Listing) -> Result<()> {
    let head = volume.peek(0, 512)?;
    match head.get(3..11) {
        Some(b"NTFS    ") => ntfs::read(scan, volume, listing),
        Some(b"EXFAT   ") => exfat::read(scan, volume, listing),
        _ if fat::is_volume(&head) => fat::read(scan, volume, listing),
        _ if optical::is_volume(volume)? => optical::read(scan, volume, listing),
        _ if is_blank(volume)? => Ok(()),
        _ => Err(Error::Unsupported("file system")),
    }
}

/// Whether a volume was never formatted: every file system has begun by here.
fn is_blank(volume: &Source) -> Result<bool> {
    Ok(volume.peek(0, 72 << 10)?.iter().all(|byte| *byte == 0))
}
