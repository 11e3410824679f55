//! Disk images: a double click shows a new drive, and what lies on it no longer bears the mark of the internet.
//!
//! After macros were blocked they carried most of the mailed malware, because the mark did not reach the files inside
//! and the system therefore gave no warning. Nobody mails documents as a disk.
//!
//! An image may start with anything (the first 32 KiB of an ISO are free, a fixed VHD has only a footer), so the rows
//! that look further stand after those of all other binary formats.

use super::{Format, Probe, Reading};
use crate::artifact::Class;
use crate::detections::types::DISK_IMAGE;

const fn image(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::DiskImage, extensions).risk(&DISK_IMAGE).reading(Reading::ByKind)
}

pub(super) const FORMATS: &[Format] = &[
    image("vhdx", &["vhdx", "avhdx"]).probe(|p| p.starts_with(b"vhdxfile")),
    image("vhd", &["vhd", "avhd"]).probe(|p| p.starts_with(b"conectix") || has_footer(p, b"conectix")),
    image("wim", &["wim", "swm", "esd"]).probe(|p| p.starts_with(b"MSWIM\0\0\0")),
    image("qcow", &["qcow2", "qcow"]).probe(|p| p.starts_with(b"QFI\xFB")),
    image("vmdk", &["vmdk"])
        .probe(|p| p.starts_with(b"KDMV") || p.starts_with(b"COWD") || p.text_starts(&["# disk descriptorfile"])),
    image("vdi", &["vdi"]).probe(|p| p.starts_with(b"<<< ") && p.has_at(0x40, b"\x7F\x10\xDA\xBE")),
    image("squashfs", &["squashfs", "sfs", "snap"]).probe(|p| p.starts_with(b"hsqs")),
    image("alcohol", &["mds", "mdx"]).probe(|p| p.starts_with(b"MEDIA DESCRIPTOR")),
    image("iso", &["iso", "cdr", "isz"]).probe(is_iso_9660),
    image("udf", &["udf"]).probe(is_udf),
    image("dmg", &["dmg", "sparseimage"]).probe(|p| {
        has_footer(p, b"koly") || p.has_at(1024, b"H+\0\x04") || p.has_at(1024, b"HX\0\x05") || p.has_at(32, b"NXSB")
    }),
    image("disk-image", &["img", "ima", "vfd", "flp"]).probe(is_file_system),
];

/// Footers are 512 bytes; a VHD of old versions of Virtual PC has 511.
fn has_footer(p: &Probe<'_>, magic: &[u8]) -> bool {
    !p.is_text()
        && [512, 511].iter().any(|size| p.source.len().checked_sub(*size).is_some_and(|at| p.has_at(at, magic)))
}

/// A volume descriptor in the first sector that may hold one ([ECMA-119] 8.1), also of images with raw sectors.
fn is_iso_9660(p: &Probe<'_>) -> bool {
    [0x8001, 0x8801, 0x9001, 0x9319].iter().any(|at| p.has_at(*at, b"CD001"))
}

/// A volume recognition sequence ([ECMA-167] 2/9.1) of UDF.
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
