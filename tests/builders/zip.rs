//! A writer of ZIP files that lies on request (APPNOTE 6.3.10, 4.3).

use std::io::Write;

use flate2::{Compression, write::DeflateEncoder};

use super::Fixture;

pub(crate) const STORED: u16 = 0;
pub(crate) const DEFLATED: u16 = 8;
const ENCRYPTED: u16 = 1;
const UTF8: u16 = 1 << 11;

/// One entry; what the two headers say can be changed one by one.
#[derive(Clone)]
pub(crate) struct Entry {
    name: Vec<u8>,
    local_name: Vec<u8>,
    data: Vec<u8>,
    flags: u16,
    method: u16,
    local_method: u16,
    crc32: u32,
    size: u32,
    in_directory: bool,
    /// Bytes put before this entry's local header.
    before: Vec<u8>,
    /// Extra field of both headers.
    extra: Vec<u8>,
    /// Kind and rights, as a Unix program writes them; 0 for other programs.
    mode: u16,
}

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

impl Entry {
    pub(crate) fn deflated(name: &str, bytes: &[u8]) -> Self {
        Self { data: deflate(bytes), method: DEFLATED, local_method: DEFLATED, ..Self::stored(name, bytes) }
    }

    pub(crate) fn stored(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.into(),
            local_name: name.into(),
            data: bytes.into(),
            flags: if name.is_ascii() { 0 } else { UTF8 },
            method: STORED,
            local_method: STORED,
            crc32: crc32(bytes),
            size: bytes.len() as u32,
            in_directory: true,
            before: Vec::new(),
            extra: Vec::new(),
            mode: 0,
        }
    }

    /// PKWARE's traditional encryption (6.1).
    pub(crate) fn zip_crypto(mut self, password: &[u8]) -> Self {
        let mut keys = Keys::new(password);
        let mut plain = vec![7; 11]; // the header is random; any bytes do
        plain.push((self.crc32 >> 24) as u8);
        plain.extend(&self.data);
        self.data = plain.into_iter().map(|byte| keys.encrypt(byte)).collect();
        self.flags |= ENCRYPTED;
        self
    }

    pub(crate) fn raw_name(mut self, name: &[u8]) -> Self {
        (self.name, self.local_name) = (name.into(), name.into());
        self.flags &= !UTF8;
        self
    }

    pub(crate) fn unix(mut self, mode: u16) -> Self {
        self.mode = mode;
        self
    }

    pub(crate) fn extra(mut self, extra: Vec<u8>) -> Self {
        self.extra = extra;
        self
    }

    pub(crate) fn flags(mut self, flags: u16) -> Self {
        self.flags |= flags;
        self
    }

    /// The data is what `method` made of `size` bytes with this CRC.
    pub(crate) fn packed(mut self, method: u16, size: u32, crc32: u32) -> Self {
        (self.method, self.local_method, self.size, self.crc32) = (method, method, size, crc32);
        self
    }

    fn local_name(mut self, name: &str) -> Self {
        self.local_name = name.into();
        self
    }

    fn local_method(mut self, method: u16) -> Self {
        self.local_method = method;
        self
    }

    /// Both headers say "stored"; the data stays deflated (CVE-2026-0866).
    fn claims_stored(mut self) -> Self {
        (self.method, self.local_method) = (STORED, STORED);
        self
    }

    fn hidden(mut self) -> Self {
        self.in_directory = false;
        self
    }

    fn wrong_crc(mut self) -> Self {
        self.crc32 ^= 1;
        self
    }

    fn before(mut self, bytes: &[u8]) -> Self {
        self.before = bytes.into();
        self
    }

    fn shared(&self, method: u16, name: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(20_u16.to_le_bytes()); // version needed to extract
        out.extend(self.flags.to_le_bytes());
        out.extend(method.to_le_bytes());
        out.extend([0, 0, 0x21, 0x5A]); // 2025-01-01 00:00
        out.extend(self.crc32.to_le_bytes());
        out.extend((self.data.len() as u32).to_le_bytes());
        out.extend(self.size.to_le_bytes());
        out.extend((name.len() as u16).to_le_bytes());
        out.extend((self.extra.len() as u16).to_le_bytes());
        out
    }
}

struct Keys([u32; 3]);

impl Keys {
    fn new(password: &[u8]) -> Self {
        let mut keys = Self([0x1234_5678, 0x2345_6789, 0x3456_7890]);
        password.iter().for_each(|byte| keys.update(*byte));
        keys
    }

    fn crc(key: u32, byte: u8) -> u32 {
        let mut value = (key ^ u32::from(byte)) & 0xFF;
        for _ in 0..8 {
            value = if value & 1 == 1 { (value >> 1) ^ 0xEDB8_8320 } else { value >> 1 };
        }
        (key >> 8) ^ value
    }

    fn update(&mut self, byte: u8) {
        self.0[0] = Self::crc(self.0[0], byte);
        self.0[1] = self.0[1].wrapping_add(self.0[0] & 0xFF).wrapping_mul(134_775_813).wrapping_add(1);
        self.0[2] = Self::crc(self.0[2], (self.0[1] >> 24) as u8);
    }

    fn encrypt(&mut self, byte: u8) -> u8 {
        let temp = (self.0[2] | 2) & 0xFFFF;
        let mask = (temp.wrapping_mul(temp ^ 1) >> 8) as u8;
        self.update(byte);
        byte ^ mask
    }
}

/// An archive of these entries.
pub(crate) fn zip(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    let mut count = 0_u16;
    for entry in entries {
        out.extend(&entry.before);
        let offset = out.len() as u32;
        out.extend(b"PK\x03\x04");
        out.extend(entry.shared(entry.local_method, &entry.local_name));
        out.extend(&entry.local_name);
        out.extend(&entry.extra);
        out.extend(&entry.data);
        if entry.in_directory {
            count += 1;
            directory.extend(b"PK\x01\x02");
            let system = if entry.mode == 0 { 0 } else { 3 };
            directory.extend([20, system]); // version made by
            directory.extend(entry.shared(entry.method, &entry.name));
            directory.extend([0; 8]); // comment length, disk, internal and lower external attributes
            directory.extend(entry.mode.to_le_bytes());
            directory.extend(offset.to_le_bytes());
            directory.extend(&entry.name);
            directory.extend(&entry.extra);
        }
    }
    let offset = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend([0, 0]); // comment length
    out
}

/// A document of the 2023 wave: a small file that inflates to `size` bytes, nearly all of them zero.
pub(crate) fn padded(name: &str, head: &[u8], size: usize) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let mut crc = flate2::Crc::new();
    let zeros = vec![0; 1 << 20];
    let mut left = size;
    for chunk in std::iter::once(head).chain(std::iter::repeat(&zeros[..])) {
        let chunk = &chunk[..chunk.len().min(left)];
        crc.update(chunk);
        encoder.write_all(chunk).unwrap();
        left -= chunk.len();
        if left == 0 {
            break;
        }
    }
    let entry = Entry {
        crc32: crc.sum(),
        size: u32::try_from(size).unwrap(),
        data: encoder.finish().unwrap(),
        ..Entry::deflated(name, b"")
    };
    zip(&[entry])
}

const TEXT: &[u8] = b"Minutes of the meeting.\r\nNothing else is in here.\r\n";
const PROGRAM: &[u8] = b"MZ\x90\0 an inert stub, not a program: it has no code\0\0\0\0";

pub(crate) fn fixtures() -> Vec<Fixture> {
    let text = || Entry::deflated("minutes.txt", TEXT);
    let locked = |name: &str, bytes: &[u8]| Entry::deflated(name, bytes).zip_crypto(b"5678");
    let directory_cut = {
        let mut bytes = zip(&[text(), Entry::stored("b.txt", TEXT)]);
        let cut = bytes.len() - 60;
        bytes.truncate(cut);
        bytes
    };
    let streamed = {
        // As a pipe writes it: sizes follow the data (4.3.9). The directory was lost.
        let data = deflate(TEXT);
        let mut bytes = b"PK\x03\x04\x14\0\x08\0\x08\0\0\0\x21\x5A".to_vec();
        bytes.extend([0; 12]);
        bytes.extend([5, 0, 0, 0]);
        bytes.extend(b"a.txt");
        bytes.extend(data);
        bytes
    };
    vec![
        Fixture::new(
            "zip-honest",
            "minutes.zip",
            zip(&[text(), Entry::stored("folder/", b""), Entry::deflated("folder/議事録.txt", TEXT)]),
        )
        .honest(),
        Fixture::new(
            "zip-cp932-names",
            "reports.zip",
            zip(&[text().raw_name(&encoding_rs::SHIFT_JIS.encode("報告書①.txt").0)]),
        )
        .honest(),
        Fixture::new("zip-empty", "empty.zip", zip(&[])).honest(),
        Fixture::new("zip-locked", "invoice.zip", zip(&[locked("請求書.txt", TEXT), locked("b.txt", TEXT)])),
        Fixture::new("zip-locked-opened", "invoice.zip", zip(&[locked("請求書.txt", TEXT)]))
            .passwords(&["wrong", "5678"]),
        Fixture::new("zip-locked-program", "invoice.zip", zip(&[locked("invoice.pdf.exe", TEXT)])),
        Fixture::new("zip-program", "invoice.zip", zip(&[Entry::deflated("invoice.exe", PROGRAM)])),
        Fixture::new("zip-name-mismatch", "a.zip", zip(&[text().local_name("evil.scr!!!")])),
        Fixture::new("zip-method-lie", "a.zip", zip(&[text().local_method(STORED)])),
        Fixture::new("zip-stored-deflate", "a.zip", zip(&[text().claims_stored()])),
        Fixture::new("zip-hidden-entry", "a.zip", zip(&[text(), Entry::deflated("hidden.exe", PROGRAM).hidden()])),
        Fixture::new(
            "zip-concatenated",
            "a.zip",
            [zip(&[text()]), zip(&[Entry::deflated("second.txt", TEXT)])].concat(),
        ),
        Fixture::new(
            "zip-data-between",
            "a.zip",
            zip(&[text(), Entry::stored("b.txt", TEXT).before(&[b"MZ ".as_slice(), &[1; 200]].concat())]),
        ),
        Fixture::new("zip-data-after", "a.zip", [zip(&[text()]), vec![0xA5; 300]].concat()),
        Fixture::new("zip-zeros-after", "a.zip", [zip(&[text()]), vec![0; 300]].concat()).honest(),
        Fixture::new("zip-directory-cut", "a.zip", directory_cut),
        Fixture::new("zip-streamed-cut", "a.zip", streamed),
        Fixture::new("zip-path-escape", "a.zip", zip(&[Entry::deflated("../../startup.txt", TEXT)])),
        Fixture::new(
            "zip-folder-like-file",
            "a.zip",
            zip(&[Entry::deflated("cv.pdf ", TEXT), Entry::deflated("cv.pdf /cv.pdf .cmd", b"rem inert")]),
        ),
        Fixture::new("zip-duplicate", "a.zip", zip(&[text(), text()])),
        Fixture::new("zip-wrong-crc", "a.zip", zip(&[text().wrong_crc()])),
        Fixture::new("zip-nested", "a.zip", zip(&[Entry::stored("b.zip", &zip(&[text()]))])),
        Fixture::new(
            "zip-nested-deep",
            "a.zip",
            (0..20).fold(zip(&[text()]), |inner, _| zip(&[Entry::stored("b.zip", &inner)])),
        ),
        Fixture::new("zip-padded", "invoice.zip", padded("data.txt", TEXT, 130 << 20)),
        Fixture::new("empty-file", "empty.bin", Vec::new()),
        Fixture::new("unknown-file", "data.qqq", (0..255_u8).rev().collect()),
    ]
}
