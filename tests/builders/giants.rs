//! Archives that contain themselves, or more than anybody could read. All of them are small; what they hold is zeros.

use std::io::Write;

use flate2::{Compression, write::DeflateEncoder};

use super::zip::{Entry, crc32, zip};
use super::{Fixture, ooxml};

/// Bits, the lowest of each byte first (RFC 1951, 3.1.1).
#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn number(mut self, value: usize, bits: usize) -> Self {
        self.0.extend((0..bits).map(|bit| value >> bit & 1 == 1));
        self
    }

    /// A prefix code, the highest bit first.
    fn code(mut self, value: usize, bits: usize) -> Self {
        self.0.extend((0..bits).rev().map(|bit| value >> bit & 1 == 1));
        self
    }

    fn bytes(self) -> Vec<u8> {
        self.0.chunks(8).map(|eight| eight.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
    }
}

/// Bytes of one instruction of a quine.
const UNIT: usize = 5;

/// "Print the next `n` bytes": the header of a stored block.
fn literal(n: usize, is_last: bool) -> Vec<u8> {
    let len = u16::try_from(n).unwrap();
    [vec![u8::from(is_last)], len.to_le_bytes().to_vec(), (!len).to_le_bytes().to_vec()].concat()
}

/// "Print the last `n` bytes again": a block of fixed codes that takes exactly five bytes, which is possible for 20
/// (two matches of 10 bytes) and 258 (one match, and an empty block).
fn repeat(n: usize) -> Vec<u8> {
    let block = Bits::default().number(2, 3);
    let bits = match n {
        // Length 10 is symbol 264; distance 20 is symbol 8 (17 to 24).
        20 => (0..2).fold(block, |bits, _| bits.code(8, 7).code(8, 5).number(3, 3)).code(0, 7),
        // Length 258 is symbol 285; distance 258 is symbol 16 (257 to 384).
        258 => block.code(0b1100_0101, 8).code(16, 5).number(1, 7).code(0, 7).number(2, 3).code(0, 7),
        _ => panic!("no such repetition"),
    };
    assert_eq!(bits.0.len(), 8 * UNIT);
    bits.bytes()
}

/// A deflate stream that gives `before`, itself and `after` (after the idea of Russ Cox, "Zip Files All The Way Down").
///
/// Each step prints what stands between what was printed so far and itself, or more.
fn quine(before: &[u8], after: &[u8]) -> Vec<u8> {
    let (print, again) = (|units: usize| literal(units * UNIT, false), repeat(4 * UNIT));
    let start = repeat(before.len() + UNIT);
    let nothing = print(0);
    // `rest` is what its last instruction but one prints, and so are `end` and `after`.
    let end = literal(0, true);
    let last = [end.clone(), after.to_vec()].concat();
    let pads = (258 - 3 * UNIT - after.len()) / UNIT;
    let rest = [repeat(258), nothing.repeat(pads), literal(last.len(), false), last.clone()].concat();
    assert_eq!(rest.len(), 258);
    let four = [again.clone(), nothing.clone(), nothing, literal(rest.len(), false)].concat();
    [
        literal(before.len() + UNIT, false),
        before.to_vec(),
        literal(before.len() + UNIT, false),
        start.clone(),
        print(1),
        start.clone(),
        print(1),
        print(1),
        print(4),
        start,
        print(1),
        print(1),
        print(4),
        again.clone(),
        print(4),
        again.clone(),
        print(4),
        again.clone(),
        print(4),
        again,
        print(4),
        four.clone(),
        four,
        rest.clone(),
        rest,
        end,
    ]
    .concat()
}

/// Finds the CRC-32 that `make` must be told for what it makes to have it: every bit of the sum depends on every bit of
/// what is told by exclusive or, which is a system of 32 equations.
fn with_own_sum(make: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    let base = crc32(&make(0));
    // Row by row: which bits of the answer make this bit of the sum differ from that of the answer; then the constant.
    let columns: Vec<u32> = (0..32).map(|bit| crc32(&make(1 << bit)) ^ base ^ (1 << bit)).collect();
    let mut rows: Vec<u64> = (0..32)
        .map(|row| {
            let bits = (0..32).fold(0_u64, |bits, column| bits | u64::from(columns[column] >> row & 1) << column);
            bits | u64::from(base >> row & 1) << 32
        })
        .collect();
    let mut pivots = Vec::new();
    for column in 0..32 {
        let Some(found) = (pivots.len()..32).find(|row| rows[*row] >> column & 1 == 1) else { continue };
        rows.swap(pivots.len(), found);
        let pivot = rows[pivots.len()];
        for (row, bits) in rows.iter_mut().enumerate() {
            if row != pivots.len() && *bits >> column & 1 == 1 {
                *bits ^= pivot;
            }
        }
        pivots.push(column);
    }
    let sum = pivots.iter().zip(&rows).fold(0, |sum, (column, row)| sum | u32::from(row >> 32 & 1 == 1) << column);
    let made = make(sum);
    assert_eq!(crc32(&made), sum, "no sum fits");
    made
}

/// A `.gz` that unpacks to itself.
fn gzip_quine() -> Vec<u8> {
    // Its name makes the header 15 bytes long.
    let before = b"\x1F\x8B\x08\x08\0\0\0\0\0\xFFr.gz\0";
    let len = before.len() + quine(before, &[0; 8]).len() + 8;
    with_own_sum(|sum| {
        let after = [sum.to_le_bytes(), u32::try_from(len).unwrap().to_le_bytes()].concat();
        [before.to_vec(), quine(before, &after), after].concat()
    })
}

/// A ZIP whose only entry is itself (APPNOTE 4.3.7, 4.3.12, 4.3.16).
fn zip_quine() -> Vec<u8> {
    let name = b"myself.zip";
    let make = |sum: u32, packed: u32, size: u32| {
        let [sum, packed, size] = [sum, packed, size].map(u32::to_le_bytes);
        // Version, flags, method, time, date, sum, sizes, length of the name; then of the extra field.
        let fields = [&[20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0][..], &sum, &packed, &size, &[10, 0]].concat();
        let extra = 253 - 30 - name.len();
        let field =
            [&0x9999_u16.to_le_bytes()[..], &u16::try_from(extra - 4).unwrap().to_le_bytes(), &vec![0; extra - 4]];
        let before = [
            b"PK\x03\x04".to_vec(),
            fields.clone(),
            u16::try_from(extra).unwrap().to_le_bytes().to_vec(),
            name.to_vec(),
            field.concat(),
        ]
        .concat();
        let directory = [&b"PK\x01\x02\x14\0"[..], &fields, &[0; 16], name].concat();
        let at = u32::from_le_bytes(packed) + 253;
        let after = [
            &directory[..],
            b"PK\x05\x06\0\0\0\0\x01\0\x01\0",
            &u32::try_from(directory.len()).unwrap().to_le_bytes(),
            &at.to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        let stream = quine(&before, &after);
        (stream.len(), [before, stream, after].concat())
    };
    let (packed, whole) = make(0, 0, 0);
    let (packed, size) = (u32::try_from(packed).unwrap(), u32::try_from(whole.len()).unwrap());
    with_own_sum(|sum| make(sum, packed, size).1)
}

/// Archives in each other.
fn nested(depth: usize) -> Vec<u8> {
    (0..depth).fold(b"end".to_vec(), |inner, _| zip(&[Entry::stored("a.zip", &inner)]))
}

/// `fan` names for the same archive, `depth` times.
pub(crate) fn fans(fan: usize, depth: usize) -> Vec<u8> {
    (0..depth).fold(b"MZ".to_vec(), |inner, _| {
        let entries: Vec<Entry> = (0..fan).map(|n| Entry::deflated(&format!("{n:x}.zip"), &inner)).collect();
        zip(&entries)
    })
}

/// `size` zeros deflated, without holding them.
fn zeros(size: usize) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    for at in (0..size).step_by(1 << 16) {
        encoder.write_all(&vec![0; (size - at).min(1 << 16)]).unwrap();
    }
    encoder.finish().unwrap()
}

/// Each entry quotes the headers of those behind it in stored blocks, so that all of them share one kernel (after
/// David Fifield, "A better zip bomb").
pub(crate) fn overlapping(names: usize, kernel: usize) -> Vec<u8> {
    let header = |name: &str, packed: usize, size: usize| {
        let [packed, size] = [packed, size].map(|n| u32::try_from(n).unwrap().to_le_bytes());
        let name_len = u16::try_from(name.len()).unwrap().to_le_bytes();
        [&[20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0, 0, 0, 0, 0][..], &packed, &size, &name_len, &[0, 0]].concat()
    };
    let (mut body, mut size, mut entries) = (zeros(kernel), kernel, Vec::new());
    for index in (0..names).rev() {
        let name = format!("{index:03}");
        let (packed, whole) = (body.len(), size);
        let local = [&b"PK\x03\x04"[..], &header(&name, packed, whole), name.as_bytes()].concat();
        entries.push((header(&name, packed, whole), name, local.len()));
        size += local.len();
        let quote = if index == 0 { Vec::new() } else { literal(local.len(), false) };
        body = [quote, local, body].concat();
    }
    let (mut at, mut directory) = (0_usize, Vec::new());
    for (fields, name, len) in entries.iter().rev() {
        let offset = u32::try_from(at).unwrap().to_le_bytes();
        directory.extend([&b"PK\x01\x02\x14\0"[..], fields, &[0; 10], &offset, name.as_bytes()].concat());
        at += len + UNIT;
    }
    let count = &u16::try_from(names).unwrap().to_le_bytes();
    let [len, start] = [directory.len(), body.len()].map(|n| u32::try_from(n).unwrap().to_le_bytes());
    let end = [&b"PK\x05\x06\0\0\0\0"[..], count, count, &len, &start, &[0, 0]].concat();
    [body, directory, end].concat()
}

/// Field codes behind more text than anybody reads.
pub(crate) fn far_behind_text() -> Vec<u8> {
    let text = " ".repeat(25 << 20);
    let body = format!(
        "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body><w:p><w:r><w:t>{text}\
         </w:t></w:r><w:fldSimple w:instr='DDEAUTO cmd x'/></w:p></w:body></w:document>"
    );
    let kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
    ooxml::Package::new("word/document.xml", kind, &body).build()
}

/// A picture larger than what is searched for archives behind it, and what stands behind it.
fn album(behind: &[u8]) -> Vec<u8> {
    zip(&[Entry::deflated("photo.png", &[ooxml::PNG, &vec![0; 33 << 20], behind].concat())])
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    vec![
        Fixture::new("gz-quine", "r.gz", gzip_quine()),
        Fixture::new("zip-quine", "myself.zip", zip_quine()),
        Fixture::new("zip-nested-1000", "a.zip", nested(1000)),
        Fixture::new("zip-overlapping", "a.zip", overlapping(20, 1 << 17)),
        Fixture::new("zip-large-picture", "album.zip", album(&[])).honest(),
        Fixture::new(
            "zip-large-picture-archive",
            "album.zip",
            album(&zip(&[Entry::deflated("invoice.xlsm", &ooxml::acting_workbook())])),
        ),
    ]
}
