//! Writers of cabinets (\[MS-CAB\]), LZH, cpio, ar, SZDD and uuencode.

use super::zip::{crc32, deflate};
use super::{Fixture, ooxml};

/// A cabinet of one folder; `blocks` are its packed bytes and what they give.
fn cabinet(method: u16, blocks: &[(Vec<u8>, usize)], files: &[(&str, usize)]) -> Vec<u8> {
    let mut list = Vec::new();
    let mut start = 0;
    for (name, len) in files {
        list.extend((*len as u32).to_le_bytes());
        list.extend((start as u32).to_le_bytes());
        list.extend([0; 6]); // folder, date, time
        list.extend(if name.is_ascii() { [0x20, 0] } else { [0xA0, 0] });
        list.extend(name.as_bytes());
        list.push(0);
        start += len;
    }
    let mut data = Vec::new();
    for (packed, len) in blocks {
        data.extend([0; 4]); // no sum
        data.extend((packed.len() as u16).to_le_bytes());
        data.extend((*len as u16).to_le_bytes());
        data.extend(packed);
    }
    let data_at = 36 + 8 + list.len();
    let mut bytes = b"MSCF\0\0\0\0".to_vec();
    bytes.extend(((data_at + data.len()) as u32).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(44_u32.to_le_bytes());
    bytes.extend([0, 0, 0, 0, 3, 1, 1, 0]);
    bytes.extend((files.len() as u16).to_le_bytes());
    bytes.extend([0; 6]); // flags, set, index
    bytes.extend((data_at as u32).to_le_bytes());
    bytes.extend((blocks.len() as u16).to_le_bytes());
    bytes.extend(method.to_le_bytes());
    [bytes, list, data].concat()
}

fn zipped(content: &[u8]) -> Vec<(Vec<u8>, usize)> {
    content.chunks(1 << 12).map(|chunk| ([b"CK", deflate(chunk).as_slice()].concat(), chunk.len())).collect()
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xA001 } else { crc >> 1 })
    })
}

/// Header level 0, stored.
fn lzh(name: &[u8], content: &[u8]) -> Vec<u8> {
    let len = content.len() as u32;
    let mut body = b"-lh0-".to_vec();
    body.extend(len.to_le_bytes());
    body.extend(len.to_le_bytes());
    body.extend([0, 0, 0, 0, 0x20, 0, name.len() as u8]);
    body.extend(name);
    body.extend(crc16(content).to_le_bytes());
    let sum = body.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    [&[body.len() as u8, sum], body.as_slice(), content].concat()
}

fn newc(name: &str, content: &[u8]) -> Vec<u8> {
    let mode = if content.is_empty() { 0o100_000 } else { 0o100_644 };
    let mut bytes =
        format!("07070100000001{mode:08x}{:032x}{:08x}{:032x}{:08x}{:08x}", 0, content.len(), 0, name.len() + 1, 0)
            .into_bytes();
    bytes.extend(name.as_bytes());
    bytes.push(0);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn ar(name: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len()).into_bytes();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    bytes
}

/// Bytes only: a flag of ones before every eight.
fn szdd(content: &[u8]) -> Vec<u8> {
    let mut bytes = b"SZDD\x88\xF0\x27\x33Am".to_vec();
    bytes.extend((content.len() as u32).to_le_bytes());
    content.chunks(8).for_each(|eight| {
        bytes.push(0xFF);
        bytes.extend(eight);
    });
    bytes
}

fn uuencode(name: &str, content: &[u8]) -> Vec<u8> {
    let letter = |six: u32| if six == 0 { '`' } else { char::from(six as u8 + 32) };
    let mut text = format!("begin 644 {name}\n");
    for line in content.chunks(45) {
        text.push(letter(line.len() as u32));
        for three in line.chunks(3) {
            let word = (0..3).fold(0, |word, at| word << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
            (0..4).rev().for_each(|at| text.push(letter(word >> (6 * at) & 63)));
        }
        text.push('\n');
    }
    text.push_str("`\nend\n");
    text.into_bytes()
}

/// A header of ARJ: its kind says whether it is the archive's own.
fn arj(kind: u8, flags: u8, name: &str, content: &[u8]) -> Vec<u8> {
    let len = (content.len() as u32).to_le_bytes();
    let sum = crc32(content).to_le_bytes();
    let mut body = vec![30, 11, 1, 0, flags, 0, kind, 0, 0, 0, 0, 0];
    body.extend([len, len, sum].concat());
    body.extend([0; 6]);
    body.extend(name.as_bytes());
    body.extend([0, 0]);
    let start = [&[0x60, 0xEA][..], &(body.len() as u16).to_le_bytes()].concat();
    [start, body.clone(), crc32(&body).to_le_bytes().to_vec(), vec![0, 0], content.to_vec()].concat()
}

fn ace(kind: u8, flags: u16, fields: &[u8], content: &[u8]) -> Vec<u8> {
    let body = [&[kind][..], &flags.to_le_bytes(), fields].concat();
    [&[0, 0][..], &(body.len() as u16).to_le_bytes(), &body, content].concat()
}

fn ace_file(name: &str, content: &[u8]) -> Vec<u8> {
    let len = (content.len() as u32).to_le_bytes();
    let sum = (!crc32(content)).to_le_bytes();
    let fields = [&len[..], &len, &[0; 4], &0x20_u32.to_le_bytes(), &sum, &[0; 6], &(name.len() as u16).to_le_bytes()];
    ace(1, 1, &[&fields.concat(), name.as_bytes()].concat(), content)
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let workbook = ooxml::acting_workbook();
    let text = b"Just a text.\r\n".as_slice();
    let both = [text, &workbook].concat();
    let files = [("readme.txt", text.len()), ("請求書.xlsm", workbook.len())];
    let mut wrong = lzh(b"readme.txt", text);
    *wrong.last_mut().unwrap() ^= 1;
    // "請求書.xlsm" in Shift_JIS.
    let japanese = [b"\x90\xBF\x8B\x81\x8F\x91".as_slice(), b".xlsm"].concat();
    vec![
        Fixture::new("cab-zipped", "docs.cab", cabinet(1, &zipped(&both), &files)),
        Fixture::new("cab-stored", "docs.cab", cabinet(0, &[(both.clone(), both.len())], &files)),
        Fixture::new("cab-quantum", "docs.cab", cabinet(2, &[(both.clone(), both.len())], &files)),
        Fixture::new(
            "cab-path-escape",
            "docs.cab",
            cabinet(0, &[(text.into(), text.len())], &[("..\\..\\readme.txt", text.len())]),
        ),
        Fixture::new("lzh-document", "docs.lzh", [lzh(&japanese, &workbook), vec![0]].concat()),
        Fixture::new("lzh-wrong-sum", "docs.lzh", [wrong, vec![0]].concat()),
        Fixture::new(
            "cpio-document",
            "docs.cpio",
            [newc("readme.txt", text), newc("scan.xlsm", &workbook), newc("TRAILER!!!", b"")].concat(),
        ),
        Fixture::new(
            "ar-document",
            "docs.a",
            [b"!<arch>\n".to_vec(), ar("//", b"a-rather-long-name.xlsm/\n"), ar("/0", &workbook)].concat(),
        ),
        Fixture::new(
            "arj-document",
            "docs.arj",
            [arj(2, 0, "docs.arj", b""), arj(0, 0, "scan.xlsm", &workbook), b"\x60\xEA\0\0".to_vec()].concat(),
        ),
        Fixture::new(
            "arj-locked",
            "docs.arj",
            [arj(2, 0, "docs.arj", b""), arj(0, 1, "scan.exe", text), b"\x60\xEA\0\0".to_vec()].concat(),
        ),
        Fixture::new(
            "ace-document",
            "docs.ace",
            [ace(0, 0, b"**ACE**\x14\x14\x02\0\0\0\0\0\0\0\0\0\0\0\0\0", b""), ace_file("scan.xlsm", &workbook)]
                .concat(),
        ),
        Fixture::new("szdd-document", "scan.xls_", szdd(&workbook)),
        Fixture::new("uue-document", "docs.uue", uuencode("scan.xlsm", &workbook)),
    ]
}
