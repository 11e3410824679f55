//! Writers of discs (\[ECMA-119\], \[ECMA-167\]), of FAT12 and NTFS volumes, and of what wraps a disk.
//!
//! The readers were compared with 7-Zip on images that real programs made: `genisoimage -J -R -udf`, `xorriso`,
//! `mkfs.fat` with `mcopy`, `mkntfs` with `ntfscp`, `mkfs.exfat`, `mkudffs`, `qemu-img convert -O vpc|vhdx`,
//! `wimlib-imagex capture --compress=none`.

use super::types::shell_link;
use super::{Fixture, ooxml};

/// A file of bytes written at places.
#[derive(Default)]
struct Image(Vec<u8>);

impl Image {
    fn put(&mut self, at: usize, bytes: &[u8]) -> &mut Self {
        self.0.resize(self.0.len().max(at + bytes.len()), 0);
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
        self
    }

    fn u16(&mut self, at: usize, number: u16) -> &mut Self {
        self.put(at, &number.to_le_bytes())
    }

    fn u32(&mut self, at: usize, number: usize) -> &mut Self {
        self.put(at, &u32::try_from(number).unwrap().to_le_bytes())
    }

    fn u64(&mut self, at: usize, number: usize) -> &mut Self {
        self.put(at, &(number as u64).to_le_bytes())
    }

    fn end(&mut self, len: usize) -> Vec<u8> {
        self.0.resize(len.max(self.0.len()), 0);
        std::mem::take(&mut self.0)
    }
}

fn utf_16_le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn utf_16_be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

// ---- ISO 9660 ------------------------------------------------------------------------------------------------------

const SECTOR: usize = 2048;

/// One file of a disc, and what each tree calls it; `None` where a tree does not show it.
struct Shown<'a> {
    plain: Option<&'a str>,
    rock: Option<&'a str>,
    joliet: Option<&'a str>,
    data: &'a [u8],
}

/// A directory record (9.1).
fn record(identifier: &[u8], sector: usize, len: usize, flags: u8, system_use: &[u8]) -> Vec<u8> {
    let both = |number: usize| {
        let number = u32::try_from(number).unwrap();
        [number.to_le_bytes(), number.to_be_bytes()].concat()
    };
    let mut bytes = [&[0, 0][..], &both(sector), &both(len), &[0; 7], &[flags, 0, 0, 1, 0, 0, 1]].concat();
    bytes.push(u8::try_from(identifier.len()).unwrap());
    bytes.extend(identifier);
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes.extend(system_use);
    bytes[0] = u8::try_from(bytes.len()).unwrap();
    bytes
}

/// A volume descriptor (8.4, 8.5).
fn descriptor(kind: u8, root: usize) -> Vec<u8> {
    let mut image = Image::default();
    image.put(0, &[kind]).put(1, b"CD001\x01").put(128, b"\0\x08\x08\0").put(156, &record(&[0], root, SECTOR, 2, b""));
    if kind == 2 {
        image.put(88, b"%/E");
    }
    image.end(SECTOR)
}

/// Where the roots of both trees and the first file stand.
const ROOT: usize = 20;
const JOLIET: usize = 21;
const DATA: usize = 22;

/// A disc with all files in its root.
fn disc(files: &[Shown<'_>], more: &[Vec<u8>]) -> Vec<u8> {
    let mut image = Image::default();
    image.put(16 * SECTOR, &descriptor(1, ROOT)).put(18 * SECTOR, b"\xFFCD001\x01");
    if files.iter().any(|file| file.joliet.is_some()) {
        image.put(17 * SECTOR, &descriptor(2, JOLIET));
    } else {
        image.put(17 * SECTOR, b"\xFFCD001\x01");
    }
    let mut trees = [ROOT, JOLIET].map(|root| {
        let system_use: &[u8] = if root == ROOT { b"SP\x07\x01\xBE\xEF\0" } else { b"" };
        [record(&[0], root, SECTOR, 2, system_use), record(&[1], root, SECTOR, 2, b"")].concat()
    });
    let mut sector = DATA;
    for Shown { plain, rock, joliet, data } in files {
        if let Some(plain) = plain {
            let rock =
                rock.map(|name| [b"NM", &[u8::try_from(name.len() + 5).unwrap(), 1, 0][..], name.as_bytes()].concat());
            trees[0].extend(record(plain.as_bytes(), sector, data.len(), 0, &rock.unwrap_or_default()));
        }
        if let Some(joliet) = joliet {
            trees[1].extend(record(&utf_16_be(joliet), sector, data.len(), 0, b""));
        }
        image.put(sector * SECTOR, data);
        sector += data.len().div_ceil(SECTOR);
    }
    more.iter().for_each(|record| trees[0].extend(record));
    image.put(ROOT * SECTOR, &trees[0]).put(JOLIET * SECTOR, &trees[1]);
    image.end(sector * SECTOR)
}

/// The same file in every tree, as honest writers do it.
fn shown<'a>(plain: &'a str, name: &'a str, data: &'a [u8]) -> Shown<'a> {
    Shown { plain: Some(plain), rock: Some(name), joliet: Some(name), data }
}

/// Sectors with their headers, as a copier of discs writes them (mode 1).
fn raw(disc: &[u8]) -> Vec<u8> {
    let sync = b"\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\0\0\0\0\x01";
    disc.chunks(SECTOR).flat_map(|data| [&sync[..], data, &[0; 288]].concat()).collect()
}

// ---- UDF -----------------------------------------------------------------------------------------------------------

/// Bytes of a block; small, so that the anchor in block 256 does not stand far away.
const BLOCK: usize = 512;
/// Where the partition begins.
const PARTITION: usize = 257;

/// A descriptor with its tag (3/7.2).
fn tagged(id: u16, location: usize, mut body: Vec<u8>) -> Vec<u8> {
    body[..2].copy_from_slice(&id.to_le_bytes());
    body[2] = 2;
    body[12..16].copy_from_slice(&u32::try_from(location).unwrap().to_le_bytes());
    body[4] = 0;
    body[4] = body[..16].iter().fold(0, |sum, byte| sum.wrapping_add(*byte));
    body
}

/// Where a file entry says its content is (the lowest bits of its flags).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Short = 0,
    Long = 1,
    Inside = 3,
}

/// A file entry (4/14.9) with these extents, or with its content inside.
fn file_entry(location: usize, kind: u8, data: &[u8], form: Form, extents: &[(usize, usize)]) -> Vec<u8> {
    let mut image = Image::default();
    image.put(27, &[kind]).put(34, &[form as u8]).u64(56, data.len());
    let size = if form == Form::Long { 16 } else { 8 };
    for (index, (block, len)) in extents.iter().enumerate() {
        image.u32(176 + index * size, *len).u32(180 + index * size, *block);
    }
    image.u32(172, if form == Form::Inside { data.len() } else { extents.len() * size });
    if form == Form::Inside {
        image.put(176, data);
    }
    tagged(261, location, image.end(BLOCK))
}

/// A file identifier descriptor (4/14.4).
fn identifier(name: &str, block: usize, metadata: bool) -> Vec<u8> {
    let name = [&[16][..], &utf_16_be(name)].concat();
    let mut image = Image::default();
    image
        .put(16, &[1, 0, 0, u8::try_from(name.len()).unwrap()])
        .u32(20, BLOCK)
        .u32(24, block)
        .put(28, &[u8::from(metadata)])
        .put(38, &name);
    let len = (38 + name.len()).next_multiple_of(4);
    tagged(257, 0, image.end(len))
}

/// A volume with two files. With `metadata`, folders and file entries stand in a file of their own, in two pieces.
fn udf(name: &str, data: &[u8], looping: bool, metadata: bool) -> Vec<u8> {
    let mut image = Image::default();
    for (at, id) in [(16, b"BEA01"), (17, b"NSR02"), (18, b"TEA01")] {
        image.put(at * SECTOR + 1, id);
    }
    let anchor = Image::default().u32(16, 16 * BLOCK).u32(20, 96).u32(24, 16 * BLOCK).u32(28, 96).end(BLOCK);
    let partition = Image::default().u32(188, PARTITION).u32(192, 64).end(BLOCK);
    let mut logical = Image::default();
    logical.u32(212, BLOCK).u32(248, BLOCK).u32(264, 6).u32(268, 1).put(440, &[1, 6, 1, 0, 0, 0]);
    if metadata {
        logical
            .put(256, &[1])
            .u32(264, 70)
            .u32(268, 2)
            .put(446, &[2, 64])
            .put(451, b"*UDF Metadata Partition")
            .u32(486, 20);
    }
    let logical = logical.end(BLOCK);
    let mut set = Image::default();
    let set = set.u32(400, BLOCK).u32(404, 1).put(408, &[u8::from(metadata)]).end(BLOCK);
    let mut root = [identifier(name, 2, metadata), identifier("note.txt", 3, metadata)].concat();
    if looping {
        root.extend(identifier("again", 1, metadata));
    }
    let place = |block: usize| match (metadata, block) {
        (false, _) => PARTITION + block,
        (true, ..2) => PARTITION + 30 + block,
        (true, _) => PARTITION + 40 + block,
    };
    let form = if metadata { Form::Long } else { Form::Short };
    let put = |image: &mut Image, at: usize, bytes: &[u8]| _ = image.put(at * BLOCK, bytes);
    put(&mut image, 256, &tagged(2, 256, anchor));
    put(&mut image, 96, &tagged(5, 96, partition));
    put(&mut image, 97, &tagged(6, 97, logical));
    put(&mut image, 98, &tagged(8, 98, vec![0; BLOCK]));
    put(&mut image, place(0), &tagged(256, 0, set));
    put(&mut image, place(1), &file_entry(1, 4, &root, Form::Short, &[(4, root.len())]));
    put(&mut image, place(2), &file_entry(2, 5, data, form, &[(60, data.len())]));
    put(&mut image, place(3), &file_entry(3, 5, b"hello", Form::Inside, &[]));
    put(&mut image, place(4), &root);
    if metadata {
        let file = file_entry(20, 250, &[0; 8 * BLOCK], Form::Short, &[(30, 2 * BLOCK), (42, 6 * BLOCK)]);
        put(&mut image, PARTITION + 20, &file);
    }
    put(&mut image, PARTITION + 60, data);
    let len = image.0.len().next_multiple_of(BLOCK);
    image.end(len)
}

// ---- FAT12 ---------------------------------------------------------------------------------------------------------

/// A short entry, behind its long name if there is one.
fn fat_entry(short: &[u8; 11], long: &str, attributes: u8, cluster: u16, size: usize) -> Vec<u8> {
    let sum = short.iter().fold(0_u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte));
    let mut units: Vec<u16> = long.encode_utf16().collect();
    if !units.len().is_multiple_of(13) {
        units.push(0);
        units.resize(units.len().next_multiple_of(13), 0xFFFF);
    }
    let parts: Vec<&[u16]> = if long.is_empty() { Vec::new() } else { units.chunks(13).collect() };
    let mut bytes = Vec::new();
    for (index, part) in parts.iter().enumerate().rev() {
        let last = if index + 1 == parts.len() { 0x40 } else { 0 };
        let text: Vec<u8> = part.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let order = u8::try_from(index + 1).unwrap() | last;
        bytes.extend([&[order], &text[..10], &[0x0F, 0, sum], &text[10..22], &[0, 0], &text[22..]].concat());
    }
    let size = u32::try_from(size).unwrap().to_le_bytes();
    bytes.extend([&short[..], &[attributes], &[0; 14], &cluster.to_le_bytes(), &size].concat());
    bytes
}

/// A volume with `data` in one file, and `chain` as the table says how its clusters follow each other; a shortcut lies
/// in a hidden folder, beside `again`, which may lead back.
fn fat(data: &[u8], chain: impl Fn(u16, bool) -> u16, again: bool) -> Vec<u8> {
    let count = u16::try_from(data.len().div_ceil(512)).unwrap();
    let mut table = vec![0xF8, 0xFF, 0xFF];
    table.resize(512 * 2, 0);
    let mut set = |cluster: u16, next: u16| {
        let at = usize::from(cluster) * 3 / 2;
        let shift = if cluster.is_multiple_of(2) { 0 } else { 4 };
        let pair = u16::from_le_bytes([table[at], table[at + 1]]) | (next << shift);
        table[at..at + 2].copy_from_slice(&pair.to_le_bytes());
    };
    (2..2 + count).for_each(|cluster| set(cluster, chain(cluster, cluster + 1 == 2 + count)));
    let folder = 2 + count;
    set(folder, 0xFFF);
    set(folder + 1, 0xFFF);
    let link = shell_link();
    let root = [
        fat_entry(b"DISK       ", "", 0x08, 0, 0),
        fat_entry(b"SEIKYU~1XLS", "請求書 2024年 4月分.xlsm", 0x20, 2, data.len()),
        fat_entry(b"PARTS      ", "", 0x12, folder, 0),
        fat_entry(b"\xE5ELETED TXT", "", 0x20, 2, 9),
    ]
    .concat();
    let mut inner =
        [fat_entry(b".          ", "", 0x10, folder, 0), fat_entry(b"OPEN    LNK", "", 0x22, folder + 1, link.len())]
            .concat();
    if again {
        inner.extend(fat_entry(b"AGAIN      ", "", 0x10, folder, 0));
    }
    let mut image = Image::default();
    image.put(0, b"\xEB\x3C\x90MSDOS5.0").u16(11, 512).put(13, &[1]).u16(14, 1).put(16, &[1]).u16(17, 16);
    image.u16(19, count + 6).put(21, b"\xF8").u16(22, 2).put(0x36, b"FAT12   ").put(510, b"\x55\xAA");
    image.put(512, &table).put(512 * 3, &root).put(512 * 4, data);
    image.put(512 * (4 + usize::from(count)), &inner).put(512 * (5 + usize::from(count)), &link);
    image.end(512 * (6 + usize::from(count)))
}

fn whole(cluster: u16, is_last: bool) -> u16 {
    if is_last { 0xFFF } else { cluster + 1 }
}

// ---- NTFS ----------------------------------------------------------------------------------------------------------

/// An attribute whose value stands in the record.
fn resident(kind: u8, name: &str, value: &[u8]) -> Vec<u8> {
    let at = (24 + name.len() * 2).next_multiple_of(8);
    let mut image = Image::default();
    let len = (at + value.len()).next_multiple_of(8);
    image.put(0, &[kind]).u32(4, len).put(9, &[u8::try_from(name.len()).unwrap(), 24]).u32(16, value.len());
    image.u16(20, u16::try_from(at).unwrap()).put(24, &utf_16_le(name)).put(at, value);
    image.end(len)
}

/// Content that stands in clusters.
fn in_clusters(runs: &[u8], size: usize) -> Vec<u8> {
    let mut image = Image::default();
    let len = (64 + runs.len()).next_multiple_of(8);
    image.put(0, &[0x80]).u32(4, len).put(8, &[1]).u16(32, 64).u64(40, size).u64(48, size).u64(56, size).put(64, runs);
    image.end(len)
}

fn ntfs_name(parent: u8, name: &str) -> Vec<u8> {
    let units = utf_16_le(name);
    let value = [&[parent][..], &[0; 63], &[u8::try_from(units.len() / 2).unwrap(), 1], &units].concat();
    resident(0x30, "", &value)
}

const RECORD: usize = 1024;

/// A record of the table, with the marks at the ends of its sectors.
fn mft_record(flags: u16, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut image = Image::default();
    image.put(0, b"FILE").u16(4, 48).u16(6, 3).u16(20, 56).u16(22, flags);
    image.put(56, &[attributes.concat(), vec![0xFF; 4]].concat());
    let mut record = image.end(RECORD);
    record[48..50].copy_from_slice(b"\x07\0");
    for sector in [1, 2] {
        let end = sector * 512;
        let saved = [record[end - 2], record[end - 1]];
        record[48 + sector * 2..50 + sector * 2].copy_from_slice(&saved);
        record[end - 2..end].copy_from_slice(b"\x07\0");
    }
    record
}

/// A volume of clusters of 512 bytes: the table from cluster 8, a document behind it.
fn ntfs(document: &[u8], program: &[u8], loop_: bool) -> Vec<u8> {
    let count = 28;
    let data = 8 + count * 2;
    let clusters = u8::try_from(document.len().div_ceil(512)).unwrap();
    let half = clusters / 2;
    // Two runs, the second one relative to the first.
    let runs = [0x21, half, u8::try_from(data).unwrap(), 0, 0x11, clusters - half, half, 0];
    let mut image = Image::default();
    image.put(0, b"\xEB\x52\x90NTFS    ").u16(11, 512).put(13, &[1]).u64(48, 8).put(64, &[0xF6]).put(510, b"\x55\xAA");
    let mut put = |index: usize, record: Vec<u8>| _ = image.put(8 * 512 + index * RECORD, &record);
    put(
        0,
        mft_record(
            1,
            &[ntfs_name(5, "$MFT"), in_clusters(&[0x11, u8::try_from(count * 2).unwrap(), 8, 0], count * RECORD)],
        ),
    );
    put(5, mft_record(3, &[ntfs_name(5, ".")]));
    let zone = b"[ZoneTransfer]\r\nZoneId=3\r\n";
    put(
        24,
        mft_record(
            1,
            &[ntfs_name(25, "scan.xlsm"), in_clusters(&runs, document.len()), resident(0x80, "Zone.Identifier", zone)],
        ),
    );
    put(25, mft_record(3, &[ntfs_name(if loop_ { 25 } else { 5 }, "docs")]));
    put(
        26,
        mft_record(
            1,
            &[ntfs_name(5, "readme.txt"), resident(0x80, "", b"hello"), resident(0x80, "setup.exe", program)],
        ),
    );
    put(27, mft_record(1, &[ntfs_name(5, "holes.txt"), in_clusters(&[0x01, 2, 0], 1024)]));
    image.put(data * 512, document);
    image.end((data + usize::from(clusters)) * 512)
}

// ---- what wraps a disk ---------------------------------------------------------------------------------------------

/// A disk with one partition.
fn partitioned(volume: &[u8], kind: u8) -> Vec<u8> {
    let mut image = Image::default();
    image.put(446 + 4, &[kind]).u32(446 + 8, 1).u32(446 + 12, volume.len() / 512).put(510, b"\x55\xAA");
    image.put(512, volume);
    let len = image.0.len();
    image.end(len)
}

/// The footer of a VHD.
fn footer(kind: u8, len: usize, header: u64) -> Vec<u8> {
    let mut image = Image::default();
    image.put(0, b"conectix").put(16, &header.to_be_bytes());
    image.put(40, &(len as u64).to_be_bytes()).put(48, &(len as u64).to_be_bytes()).put(63, &[kind]);
    image.end(512)
}

fn vhd_fixed(disk: &[u8]) -> Vec<u8> {
    [disk, &footer(2, disk.len(), u64::MAX)].concat()
}

/// A VHD of blocks of 4 KiB in reverse order, without those that are empty.
fn vhd_dynamic(disk: &[u8]) -> Vec<u8> {
    let blocks: Vec<&[u8]> = disk.chunks(4096).collect();
    let footer = footer(3, disk.len(), 512);
    let mut image = Image::default();
    image.put(0, &footer).put(512, b"cxsparse").put(512 + 16, &1536_u64.to_be_bytes());
    image.put(512 + 28, &u32::try_from(blocks.len()).unwrap().to_be_bytes()).put(512 + 32, &4096_u32.to_be_bytes());
    let mut at = (1536 + blocks.len() * 4).next_multiple_of(512);
    for (index, block) in blocks.iter().enumerate().rev() {
        let entry = if block.iter().all(|byte| *byte == 0) { u32::MAX } else { u32::try_from(at / 512).unwrap() };
        image.put(1536 + index * 4, &entry.to_be_bytes());
        if entry != u32::MAX {
            image.put(at, &[0xFF; 512]).put(at + 512, block);
            at += 512 + 4096;
        }
    }
    let mut bytes = image.end(at);
    bytes.extend(footer);
    bytes
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let document = ooxml::acting_workbook();
    let link = shell_link();
    let folder = |name: &str, sector: usize| record(name.as_bytes(), sector, SECTOR, 2, b"");
    let plain = disc(
        &[
            shown("SCAN.XLS;1", "請求書.xlsm", &document),
            shown("OPEN.LNK;1", "open me.lnk", &link),
            shown("A.TXT;1", "a.txt", b"a"),
        ],
        &[],
    );
    let hidden = Shown { plain: Some("OPEN.LNK;1"), rock: None, joliet: None, data: &link };
    let renamed = Shown { plain: Some("SETUP.JS;1"), rock: None, joliet: Some("notes.txt"), data: b"// inert" };
    let [readme, notes] = [shown("README.TXT;1", "readme.txt", b"hello"), shown("NOTES.TXT;1", "notes.txt", b"two")];
    let only = |name| Shown { plain: None, rock: None, joliet: Some(name), data: b"hello" };
    let alone = Shown { plain: Some("README.TXT;1"), rock: None, joliet: None, data: b"read this elsewhere" };
    let volume = fat(&document, whole, false);
    let long = [&document[..], &[0; 8192]].concat();
    vec![
        Fixture::new("iso-document", "scan.iso", plain.clone()),
        Fixture::new("iso-raw", "scan.img", raw(&plain)),
        Fixture::new("iso-hidden-from-joliet", "scan.iso", disc(&[readme, notes, hidden], &[])),
        Fixture::new("iso-other-names", "scan.iso", disc(&[renamed], &[])),
        Fixture::new("iso-one-file-for-others", "setup.iso", disc(&[only("a.txt"), only("b.txt"), alone], &[])),
        Fixture::new(
            "iso-loop",
            "scan.iso",
            disc(&[shown("A.TXT;1", "a.txt", b"hello")], &[folder("LOOP", ROOT), folder("AWAY", 9000)]),
        ),
        Fixture::new(
            "iso-cut",
            "scan.iso",
            disc(
                &[Shown { plain: Some("A.TXT;1"), rock: None, joliet: None, data: b"hello" }],
                &[record(b"BIG.TXT;1", DATA, 5_000_000, 0, b"")],
            ),
        ),
        Fixture::new(
            "iso-escape",
            "scan.iso",
            disc(&[Shown { plain: Some("A.TXT;1"), rock: Some("../a.txt"), joliet: None, data: b"hello" }], &[]),
        ),
        Fixture::new("udf-document", "scan.iso", udf("請求書.xlsm", &document, false, false)),
        Fixture::new("udf-metadata", "scan.iso", udf("請求書.xlsm", &document, false, true)),
        Fixture::new("udf-loop", "scan.iso", udf("a.txt", b"hello", true, false)),
        Fixture::new("fat-document", "scan.img", volume.clone()),
        Fixture::new("fat-loop", "scan.img", fat(b"hello", whole, true)),
        Fixture::new(
            "fat-chain-cycle",
            "scan.img",
            fat(&long, |cluster, _| if cluster == 9 { 4 } else { cluster + 1 }, false),
        ),
        Fixture::new(
            "ntfs-streams",
            "scan.img",
            ntfs(&document, &super::types::program(super::types::EXECUTABLE, b""), false),
        ),
        Fixture::new("ntfs-loop", "scan.img", ntfs(&document, b"", true)),
        Fixture::new("vhd-fixed", "scan.vhd", vhd_fixed(&partitioned(&volume, 1))),
        Fixture::new("vhd-dynamic", "scan.vhd", vhd_dynamic(&partitioned(&volume, 1))),
        Fixture::new("vhd-differencing", "scan.vhd", [vec![0; 512], footer(4, 512, 512)].concat()),
        Fixture::new("disk-unknown-file-system", "scan.img", partitioned(&[&[1; 1024][..], &[0; 4096]].concat(), 0x83)),
        Fixture::new("wim-header", "scan.wim", [b"MSWIM\0\0\0".as_slice(), &[0; 200]].concat()),
    ]
}
