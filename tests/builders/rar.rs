//! A writer of RAR archives (RARLAB's technical notes): stored files, and packed ones in one block of bytes only.

use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::zip::crc32;
use super::{Fixture, ooxml};

const SIGNATURE: &[u8] = b"Rar!\x1A\x07\x01\0";

/// Rounds of the passwords: 2 to the power of this.
const POWER: u8 = 2;
const SALT: [u8; 16] = [7; 16];
const IV: [u8; 16] = [9; 16];
const PASSWORD: &str = "rakuda";

fn vint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7F {
        bytes.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A header of RAR 5 with its data.
fn header5(kind: u8, fields: &[u8], extra: &[u8], data: &[u8]) -> Vec<u8> {
    let flags = u8::from(!extra.is_empty()) | if data.is_empty() { 0 } else { 2 };
    let mut body = vec![kind, flags];
    if !extra.is_empty() {
        body.extend(vint(extra.len()));
    }
    if !data.is_empty() {
        body.extend(vint(data.len()));
    }
    body.extend(fields);
    body.extend(extra);
    let sized = [vint(body.len()), body].concat();
    [crc32(&sized).to_le_bytes().to_vec(), sized, data.to_vec()].concat()
}

fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    [vint(body.len() + 1), vec![kind], body.to_vec()].concat()
}

struct File<'a> {
    name: &'a str,
    content: &'a [u8],
    packed: Vec<u8>,
    packing: usize,
    extra: Vec<u8>,
}

impl<'a> File<'a> {
    fn stored(name: &'a str, content: &'a [u8]) -> Self {
        Self { name, content, packed: content.to_vec(), packing: 0, extra: Vec::new() }
    }

    fn packed(name: &'a str, content: &'a [u8]) -> Self {
        Self { packed: pack5(content), packing: 3 << 7, ..Self::stored(name, content) }
    }

    fn locked(mut self) -> Self {
        self.packed.resize(self.packed.len().next_multiple_of(16), 0);
        let (key, check) = derive(PASSWORD);
        self.packed = encrypt(&key, IV, &self.packed);
        let fields = [vec![0, 1, POWER], SALT.to_vec(), IV.to_vec(), check].concat();
        self.extra.extend(record(1, &fields));
        self
    }

    fn write(&self, kind: u8) -> Vec<u8> {
        let is_folder = self.name.ends_with('/');
        let mut fields = vec![if is_folder { 1 } else { 4 }];
        fields.extend(vint(self.content.len()));
        fields.push(0x20); // attributes
        if !is_folder {
            fields.extend(crc32(self.content).to_le_bytes());
        }
        fields.extend(vint(self.packing));
        fields.push(0); // Windows
        fields.extend(vint(self.name.trim_end_matches('/').len()));
        fields.extend(self.name.trim_end_matches('/').as_bytes());
        header5(kind, &fields, &self.extra, &self.packed)
    }
}

fn archive5(headers: &[Vec<u8>]) -> Vec<u8> {
    [SIGNATURE, &header5(1, &[0], &[], &[]), &headers.concat(), &header5(5, &[0], &[], &[])].concat()
}

/// Every header behind its own initial vector, encrypted.
fn hidden(headers: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let (key, check) = derive(PASSWORD);
    let lock = [vec![0, 1, POWER], SALT.to_vec(), check].concat();
    let mut bytes = [SIGNATURE, &header5(4, &lock, &[], &[])].concat();
    for (header, data) in headers {
        let mut header = header[..header.len() - data.len()].to_vec();
        header.resize(header.len().next_multiple_of(16), 0);
        bytes.extend(IV);
        bytes.extend(encrypt(&key, IV, &header));
        bytes.extend(data);
    }
    bytes
}

fn derive(password: &str) -> ([u8; 32], Vec<u8>) {
    let round = |bytes: &[u8]| -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(password.as_bytes()).unwrap();
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    };
    let mut last = round(&[&SALT[..], &[0, 0, 0, 1]].concat());
    let mut sum = last;
    let mut key = sum;
    for at in 1..(1 << POWER) + 32 {
        last = round(&last);
        sum.iter_mut().zip(last).for_each(|(sum, byte)| *sum ^= byte);
        if at + 1 == 1 << POWER {
            key = sum;
        }
    }
    let mut check = vec![0; 8];
    sum.iter().enumerate().for_each(|(at, byte)| check[at % 8] ^= byte);
    let control = Sha256::digest(&check);
    check.extend(&control[..4]);
    (key, check)
}

fn encrypt(key: &[u8; 32], iv: [u8; 16], plain: &[u8]) -> Vec<u8> {
    let cipher = aes::Aes256Enc::new(&Array(*key));
    let mut before = iv;
    let mut packed = Vec::new();
    for block in plain.chunks_exact(16) {
        let mut block: [u8; 16] = block.try_into().unwrap();
        block.iter_mut().zip(before).for_each(|(byte, before)| *byte ^= before);
        let mut block = Array(block);
        cipher.encrypt_block(&mut block);
        before = block.into();
        packed.extend(before);
    }
    packed
}

/// Bits from the highest down.
#[derive(Default)]
struct Bits(Vec<u8>, usize);

impl Bits {
    fn put(&mut self, value: usize, len: usize) {
        for at in (0..len).rev() {
            if self.1.is_multiple_of(8) {
                self.0.push(0);
            }
            *self.0.last_mut().unwrap() |= ((value >> at & 1) as u8) << (7 - self.1 % 8);
            self.1 += 1;
        }
    }
}

/// Codes of eight bits for all bytes and none for anything else, then the bytes.
fn literals(bits: &mut Bits, symbols: usize, content: &[u8]) {
    (0..20).for_each(|level| bits.put(usize::from(level == 8 || level == 19), 4));
    (0..256).for_each(|_| bits.put(0, 1));
    let mut zeros = symbols - 256;
    while zeros > 0 {
        let run = if zeros > 138 { 100 } else { zeros };
        bits.put(1, 1);
        bits.put(run - 11, 7);
        zeros -= run;
    }
    content.iter().for_each(|byte| bits.put(usize::from(*byte), 8));
}

fn pack5(content: &[u8]) -> Vec<u8> {
    let mut bits = Bits::default();
    literals(&mut bits, 306 + 64 + 16 + 44, content);
    let size = (bits.0.len() as u32).to_le_bytes();
    let flags = 0xC0 | 2 << 3 | ((bits.1 - 1) & 7) as u8;
    let sum = 0x5A ^ flags ^ size[0] ^ size[1] ^ size[2];
    [vec![flags, sum], size[..3].to_vec(), bits.0].concat()
}

fn pack3(content: &[u8]) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0, 2);
    literals(&mut bits, 299 + 60 + 17 + 28, content);
    bits.0
}

/// A block of RAR 4.
fn block4(kind: u8, flags: u16, fields: &[u8], data: &[u8]) -> Vec<u8> {
    let len = (7 + fields.len()) as u16;
    let body = [&[kind][..], &flags.to_le_bytes(), &len.to_le_bytes(), fields].concat();
    [&(crc32(&body) as u16).to_le_bytes(), body.as_slice(), data].concat()
}

fn file4(name: &[u8], flags: u16, method: u8, content: &[u8], packed: &[u8]) -> Vec<u8> {
    let fields = [
        &(packed.len() as u32).to_le_bytes()[..],
        &(content.len() as u32).to_le_bytes(),
        &[2],
        &crc32(content).to_le_bytes(),
        &[0; 4],
        &[29, method],
        &(name.len() as u16).to_le_bytes(),
        &0x20_u32.to_le_bytes(),
        name,
    ]
    .concat();
    block4(0x74, 0x8000 | flags, &fields, packed)
}

fn archive4(blocks: &[Vec<u8>]) -> Vec<u8> {
    [b"Rar!\x1A\x07\0", block4(0x73, 0, &[0; 6], &[]).as_slice(), &blocks.concat(), &block4(0x7B, 0x4000, &[], &[])]
        .concat()
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let workbook = ooxml::acting_workbook();
    let text = b"Just a text.\r\n".as_slice();
    let stream = File { extra: record(7, b":..\\..\\..\\Startup\\x.txt"), ..File::stored("STM", text) };
    let target = [&[5_u8, 0, 8][..], b"data.bin"].concat();
    let copy = File { extra: record(5, &target), packed: Vec::new(), ..File::stored("invoice.xlsm", &workbook) };
    let solid = File { packing: 3 << 7 | 0x40, ..File::packed("b/invoice.xlsm", &workbook) };
    let hidden = hidden(&[(header5(1, &[0], &[], &[]), Vec::new()), {
        let file = File::stored("scan.xlsm", &workbook).locked();
        (file.write(2), file.packed)
    }]);
    // "請", "求" by their high bytes, the rest as it stands.
    let japanese = [b"__.xlsm".as_slice(), &[0, 0x8A, 0b1010_1100, 0xCB, 0x8A, 0x42, 0x6C, 3]].concat();
    let whole = archive5(&[File::stored("readme.txt", text).write(2), File::stored("scan.xlsm", &workbook).write(2)]);
    vec![
        Fixture::new(
            "rar5-document",
            "docs.rar",
            archive5(&[
                File::stored("docs/", b"").write(2),
                File::stored("docs/請求書.xlsm", &workbook).write(2),
                File::packed("docs/readme.txt", text).write(2),
            ]),
        ),
        Fixture::new("rar5-solid", "docs.rar", archive5(&[File::packed("a.txt", text).write(2), solid.write(2)])),
        Fixture::new(
            "rar5-stream-outside",
            "cv.rar",
            archive5(&[File::stored("cv.txt", text).write(2), stream.write(3)]),
        ),
        Fixture::new(
            "rar5-copy-acts",
            "docs.rar",
            archive5(&[File::stored("data.bin", &workbook).write(2), copy.write(2)]),
        ),
        Fixture::new(
            "rar5-blank-folder",
            "cv.rar",
            archive5(&[
                File::stored("cv.txt ", text).write(2),
                File::stored("cv.txt /cv.txt .cmd", b"@echo off\r\n").write(2),
            ]),
        ),
        Fixture::new("rar5-locked", "docs.rar", archive5(&[File::stored("scan.xlsm", &workbook).locked().write(2)])),
        Fixture::new(
            "rar5-locked-wrong",
            "docs.rar",
            archive5(&[File::packed("scan.xlsm", &workbook).locked().write(2)]),
        )
        .passwords(&["kirin"]),
        Fixture::new(
            "rar5-locked-opened",
            "docs.rar",
            archive5(&[File::packed("scan.xlsm", &workbook).locked().write(2)]),
        )
        .passwords(&["kirin", PASSWORD]),
        Fixture::new("rar5-names-locked", "docs.rar", hidden.clone()),
        Fixture::new("rar5-names-opened", "docs.rar", hidden).passwords(&[PASSWORD]),
        Fixture::new("rar5-cut", "docs.rar", whole[..whole.len() - 500].to_vec()),
        Fixture::new(
            "rar4-document",
            "docs.rar",
            archive4(&[
                file4(&japanese, 0x200, 0x30, &workbook, &workbook),
                file4(b"a\\readme.txt", 0, 0x33, text, &pack3(text)),
            ]),
        ),
        // A second archive behind the end of the first.
        Fixture::new(
            "rar5-and-rar5",
            "docs.rar",
            [
                archive5(&[File::packed("docs/readme.txt", text).write(2)]),
                archive5(&[File::stored("scan.xlsm", &workbook).write(2)]),
            ]
            .concat(),
        ),
        Fixture::new("rar5-honest", "docs.rar", archive5(&[File::packed("docs/readme.txt", text).write(2)])).honest(),
    ]
}
