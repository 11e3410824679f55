//! The bytes of an entry, read as far as somebody looks.

use std::io::{BufReader, Read};
use std::rc::Rc;

use flate2::bufread::DeflateDecoder;

use super::cipher::{self, Key};
use super::layout::Entry;
use super::records::{self, AES, DATA_DESCRIPTOR, DEFLATED, Header, STORED, extra_field, u16_at};
use crate::budget::Budget;
use crate::codecs::encoding::encode_shift_jis;
use crate::codecs::inflate;
use crate::codecs::paged::{AtOnce, PAGE, Paged};
use crate::codecs::unpack::{Exact, Method};
use crate::error::{Error, Result};
use crate::formats::archives::PROOF;
use crate::source::{Source, Stream};

/// Deflate cannot make data longer than this; a larger compressed size means the declared size is a lie.
const fn longest_deflate(size: u64) -> u64 {
    size.saturating_add(size / 1000).saturating_add(1024)
}

fn data(archive: &Source, entry: &Entry) -> Result<Source> {
    let (at, len) = entry.data.ok_or_else(|| Error::malformed("local file header", entry.header.offset))?;
    Ok(archive.slice(at, len))
}

/// The content of an entry that is not encrypted.
pub(super) fn plain(archive: &Source, entry: &Entry, budget: &Rc<Budget>) -> Result<Source> {
    let data = data(archive, entry)?;
    let header = &entry.header;
    match header.method {
        STORED => Ok(data),
        DEFLATED if header.compressed > longest_deflate(header.size) => {
            let len = inflated_len(&data, budget)?;
            Ok(inflate(data, len, budget))
        }
        _ => unpacked(header, budget, at_once(header, &data), move || Box::new(data.clone())),
    }
}

/// First bytes of an entry that is not encrypted, without keeping a decoder.
pub(super) fn head<const N: usize>(archive: &Source, entry: &Entry, budget: &Rc<Budget>) -> Result<Vec<u8>> {
    let data = data(archive, entry)?;
    match entry.header.method {
        STORED => Ok(data.peek(0, N)?),
        DEFLATED => {
            let compressed = data.peek(0, N.saturating_add(512))?;
            let mut bytes = vec![0; N];
            let (filled, sound) = inflate::head(&compressed, &mut bytes);
            bytes.truncate(filled);
            if !sound && bytes.is_empty() {
                return Err(Error::malformed("compressed data", entry.header.offset));
            }
            Ok(bytes)
        }
        _ => {
            let mut bytes = Vec::new();
            unpack(Box::new(data), &entry.header, budget)?.take(N as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        }
    }
}

/// Inflates `data` on demand; `len` is the length the result is known to have.
pub(super) fn inflate(data: Source, len: u64, budget: &Rc<Budget>) -> Source {
    let start = move || {
        let decoder = DeflateDecoder::new(reader(&data));
        Ok(Box::new(Exact::new(decoder, len, false)) as Box<dyn Stream>)
    };
    Paged::source(len, Rc::clone(budget), Box::new(start))
}

fn reader(data: &Source) -> BufReader<Source> {
    let capacity = usize::try_from(data.len()).unwrap_or(usize::MAX).clamp(16, 1 << 16);
    BufReader::with_capacity(capacity, data.clone())
}

/// Length of what a deflate stream gives, found by decoding it once.
pub(super) fn inflated_len(data: &Source, budget: &Budget) -> Result<u64> {
    inflated(data, budget).map(|(len, _)| len)
}

/// Length and CRC of what a deflate stream gives.
fn inflated(data: &Source, budget: &Budget) -> Result<(u64, u32)> {
    let mut decoder = DeflateDecoder::new(reader(data));
    let (mut crc, mut chunk) = (flate2::Crc::new(), vec![0; 1 << 16]);
    loop {
        let n = decoder.read(&mut chunk)?;
        if n == 0 {
            return Ok((decoder.total_out(), crc.sum()));
        }
        crc.update(chunk.get(..n).unwrap_or_default());
        budget.expand(n as u64)?;
    }
}

/// How a small entry is inflated in one go.
fn at_once(header: &Header, data: &Source) -> Option<AtOnce> {
    let most = PAGE as u64;
    if header.method != DEFLATED || header.size > most || data.len() > most {
        return None;
    }
    let data = data.clone();
    // Read before the shared decoder is taken: these bytes may come out of it too.
    Some(Box::new(move |out, length| data.peek(0, PAGE).is_ok_and(|packed| inflate::whole(&packed, out, length))))
}

/// What the packed bytes of an entry give, unpacked on demand.
fn unpacked(
    header: &Header,
    budget: &Rc<Budget>,
    at_once: Option<AtOnce>,
    packed: impl Fn() -> Box<dyn Stream> + 'static,
) -> Result<Source> {
    let method = real_method(header);
    if !matches!(method, STORED | DEFLATED | 9 | 12 | 14 | 20 | 93 | 95 | 98) {
        return Err(Error::Unsupported(method_name(method)));
    }
    let (len, inner) = (header.size, Rc::clone(budget));
    let header = Header { name: Vec::new(), extra: header.extra.clone(), ..*header };
    let start = move || {
        let decoder = unpack(packed(), &header, &inner)?;
        Ok(Box::new(Exact::new(decoder, header.size, false)) as Box<dyn Stream>)
    };
    Ok(Paged::small(len, Rc::clone(budget), Box::new(start), at_once))
}

/// Starts unpacking (4.4.5; 5 for what stands before the packed bytes).
fn unpack(mut packed: Box<dyn Stream>, header: &Header, budget: &Rc<Budget>) -> Result<Box<dyn Stream>> {
    /// An end is marked in LZMA data (4.4.4).
    const MARKED: u16 = 2;
    let method = match real_method(header) {
        STORED => Method::Stored,
        DEFLATED => Method::Deflate,
        9 => Method::Deflate64,
        12 => Method::Bzip2,
        14 => {
            let mut properties = [0; 9];
            packed.read_exact(&mut properties)?;
            let [_, _, _, _, props, size @ ..] = properties;
            let len = (header.flags & MARKED == 0).then_some(header.size);
            Method::Lzma { props, dictionary: u32::from_le_bytes(size), len }
        }
        20 | 93 => Method::Zstd,
        95 => Method::Xz,
        98 => {
            let mut properties = [0; 2];
            packed.read_exact(&mut properties)?;
            let bits = u32::from(u16::from_le_bytes(properties));
            let memory = ((bits >> 4) & 0xFF).saturating_add(1) << 20;
            let restore = u8::try_from(bits >> 12).unwrap_or_default();
            Method::Ppmd8 { order: (bits & 15).saturating_add(1), memory, restore }
        }
        other => return Err(Error::Unsupported(method_name(other))),
    };
    Ok(Box::new(method.start(packed, Some(header.size), budget)?))
}

/// Whether a password could open an entry at all.
pub(super) fn check_cipher(entry: &Entry) -> Result<()> {
    if entry.header.flags & (records::STRONG | records::MASKED) != 0 {
        return Err(Error::Unsupported("zip-strong-encryption"));
    }
    Ok(())
}

/// Rounds of hashing one password costs.
pub(super) const fn cost(entry: &Entry) -> u64 {
    if entry.header.method == AES { cipher::COST } else { 0 }
}

/// Opens an encrypted entry: its content, and its CRC if that is still to be checked; `None` when the password does
/// not fit.
pub(super) fn decrypt(
    archive: &Source,
    entry: &Entry,
    password: &str,
    budget: &Rc<Budget>,
) -> Result<Option<(Source, Option<u32>)>> {
    let utf8 = password.as_bytes();
    if let Some(opened) = decrypt_with(archive, entry, utf8, budget)? {
        return Ok(Some(opened));
    }
    // Windows programs in Japan take the bytes of their code page.
    let local = encode_shift_jis(password).filter(|local| local != utf8);
    local.map_or(Ok(None), |local| decrypt_with(archive, entry, &local, budget))
}

fn decrypt_with(
    archive: &Source,
    entry: &Entry,
    password: &[u8],
    budget: &Rc<Budget>,
) -> Result<Option<(Source, Option<u32>)>> {
    let data = data(archive, entry)?;
    let header = &entry.header;
    let (key, body) = if header.method == AES {
        let field = extra_field(&header.extra, 0x9901).unwrap_or_default();
        let Some((key, body)) = Key::aes(&data, field.get(4).copied().unwrap_or_default(), password)? else {
            return Ok(None);
        };
        let is_sealed = key.authenticates(&data, &body, budget)?;
        // AE-2 leaves the CRC out, because it would tell of the content.
        let crc32 = (u16_at(field, 0) == 1).then_some(header.crc32);
        if is_sealed || crc32.is_none() {
            let source = unpacked(header, budget, None, move || key.reader(body.clone()))?;
            return Ok(is_sealed.then_some((source, crc32)));
        }
        (key, body)
    } else {
        // What the check byte is held against depends on the program.
        let crc = header.crc32.to_be_bytes()[0];
        let time = header.time.to_be_bytes()[0];
        let checks: &[u8] = if header.flags & DATA_DESCRIPTOR != 0 { &[time, crc] } else { &[crc] };
        let Some(opened) = Key::traditional(&data, checks, password)? else { return Ok(None) };
        opened
    };
    // One byte of proof is no proof: only the whole content tells, or much of it where a wrong key gives errors.
    let source = unpacked(header, budget, None, move || key.reader(body.clone()))?;
    let is_long = header.size > PROOF && matches!(real_method(header), DEFLATED | 9 | 12 | 14 | 20 | 93 | 95);
    let read = if is_long { source.slice(0, PROOF) } else { source.clone() };
    let fits = match crc32(&read) {
        Ok(_) if is_long => return Ok(Some((source, (!entry.unverified).then_some(header.crc32)))),
        Ok(crc) => entry.unverified || crc == header.crc32,
        Err(Error::Malformed { .. }) => false,
        Err(other) => return Err(other),
    };
    Ok(fits.then_some((source, None)))
}

fn crc32(source: &Source) -> Result<u32> {
    let mut crc = flate2::Crc::new();
    let (mut at, mut chunk) = (0, vec![0; 1 << 16]);
    loop {
        let n = source.read_at(at, &mut chunk)?;
        if n == 0 {
            source.verify_end()?;
            return Ok(crc.sum());
        }
        crc.update(chunk.get(..n).unwrap_or_default());
        at = at.saturating_add(n as u64);
    }
}

/// The method under the encryption.
pub(super) fn real_method(header: &Header) -> u16 {
    if header.method != AES {
        return header.method;
    }
    extra_field(&header.extra, 0x9901).map_or(AES, |field| u16_at(field, 5))
}

/// Names of the compression methods that are not read (4.4.5).
pub(super) const fn method_name(method: u16) -> &'static str {
    match method {
        1..=6 => "zip-legacy",
        96 => "jpeg",
        97 => "wavpack",
        _ => "zip-method",
    }
}

/// Whether an entry that says it is stored holds a deflate stream of the declared size (CVE-2026-0866): programs that
/// believe the header see noise, and the person gets the document.
pub(super) fn hidden_deflate(archive: &Source, entry: &Entry, budget: &Budget) -> Option<u64> {
    let (at, len) = entry.data?;
    let header = &entry.header;
    if header.method != STORED || header.is_encrypted() || len == 0 {
        return None;
    }
    let data = archive.slice(at, len);
    let (size, crc) = inflated(&data, budget).ok().filter(|(size, _)| *size > 0)?;
    // With sizes that agree, the CRC gives it away: it is that of what a person gets.
    (header.size != header.compressed || crc == header.crc32).then_some(size)
}
