//! The bytes of an entry.
//!
//! Stored and deflated entries are read where they stand, as far as somebody looks. Everything that is encrypted goes
//! through the `zip` crate, which knows the ciphers; it is given an archive of one entry, made of that entry's own
//! bytes and a directory without contradictions, so that it decides nothing about what the archive contains.

use std::io::{self, BufReader, Read};
use std::rc::Rc;

use flate2::bufread::DeflateDecoder;
use flate2::{Decompress, FlushDecompress};
use zip::ZipArchive;
use zip::result::ZipError;

use super::layout::Entry;
use super::records::{AES, DEFLATED, Header, STORED, UTF8, extra_field, u16_at};
use crate::budget::Budget;
use crate::codecs::paged::Paged;
use crate::error::{Error, LimitKind, Result};
use crate::source::{Chain, Source};

/// Deflate cannot make data longer than this; a larger compressed size means the declared size is a lie.
const fn longest_deflate(size: u64) -> u64 {
    size.saturating_add(size / 1000).saturating_add(1024)
}

/// The content of an entry that is not encrypted.
pub(super) fn plain(archive: &Source, entry: &Entry, budget: &Rc<Budget>) -> Result<Source> {
    let Some((at, len)) = entry.data else { return Err(Error::malformed("local file header", entry.header.offset)) };
    let data = archive.slice(at, len);
    match entry.header.method {
        STORED => Ok(data),
        DEFLATED if entry.header.compressed > longest_deflate(entry.header.size) => {
            let len = inflated_len(&data, budget)?;
            Ok(inflate(data, len, budget))
        }
        DEFLATED => Ok(inflate(data, entry.header.size, budget)),
        method => Err(Error::Unsupported(method_name(method))),
    }
}

/// First bytes of an entry that is not encrypted, without keeping a decoder.
pub(super) fn head<const N: usize>(archive: &Source, entry: &Entry) -> Result<Vec<u8>> {
    let Some((at, len)) = entry.data else { return Err(Error::malformed("local file header", entry.header.offset)) };
    match entry.header.method {
        STORED => Ok(archive.slice(at, len).peek(0, N)?),
        DEFLATED => {
            let compressed = archive.slice(at, len).peek(0, N.saturating_add(512))?;
            let mut bytes = vec![0; N];
            let mut inflate = Decompress::new(false);
            let status = inflate.decompress(&compressed, &mut bytes, FlushDecompress::None);
            bytes.truncate(usize::try_from(inflate.total_out()).unwrap_or_default());
            if status.is_err() && bytes.is_empty() {
                return Err(Error::malformed("compressed data", at));
            }
            Ok(bytes)
        }
        method => Err(Error::Unsupported(method_name(method))),
    }
}

/// Inflates `data` on demand; `len` is the length the result is known to have.
pub(super) fn inflate(data: Source, len: u64, budget: &Rc<Budget>) -> Source {
    let start = move || {
        let decoder = DeflateDecoder::new(reader(&data));
        Ok(Box::new(Exact { decoder, left: len }) as Box<dyn Read>)
    };
    Paged::source(len, Rc::clone(budget), Box::new(start))
}

/// Ends where the headers say, and fails if there is more: what a program shows then depends on whom it believes.
struct Exact<R> {
    decoder: R,
    left: u64,
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        if most == 0 && !buf.is_empty() {
            let more = self.decoder.read(&mut [0])?;
            return if more == 0 { Ok(0) } else { Err(Error::malformed("uncompressed size", 0).into()) };
        }
        let n = self.decoder.read(buf.get_mut(..most).unwrap_or_default())?;
        self.left = self.left.saturating_sub(n as u64);
        Ok(n)
    }
}

fn reader(data: &Source) -> BufReader<Source> {
    let capacity = usize::try_from(data.len()).unwrap_or(usize::MAX).clamp(16, 1 << 16);
    BufReader::with_capacity(capacity, data.clone())
}

/// Length of what a deflate stream gives, found by decoding it once.
pub(super) fn inflated_len(data: &Source, budget: &Budget) -> Result<u64> {
    let mut decoder = DeflateDecoder::new(reader(data));
    let mut chunk = vec![0; 1 << 16];
    loop {
        match decoder.read(&mut chunk)? {
            0 => return Ok(decoder.total_out()),
            n => budget.expand(n as u64)?,
        }
    }
}

/// Opens an encrypted entry; `None` when the password does not fit.
pub(super) fn decrypt(archive: &Source, entry: &Entry, password: &str, budget: &Rc<Budget>) -> Result<Option<Source>> {
    match decrypt_with(archive, entry, password.as_bytes(), budget) {
        Ok(bytes) => Ok(Some(Source::memory(bytes))),
        Err(Error::Malformed { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Decrypts to the end, because ZipCrypto checks one byte: only the CRC tells whether the password was right.
fn decrypt_with(archive: &Source, entry: &Entry, password: &[u8], budget: &Rc<Budget>) -> Result<Vec<u8>> {
    let wrong = || Error::malformed("encrypted data", entry.header.offset);
    if entry.header.size > budget.limits().artifact_bytes {
        return Err(Error::Limit(LimitKind::ArtifactBytes));
    }
    let mut lone = ZipArchive::new(lone_archive(archive, entry).ok_or_else(wrong)?).map_err(|_| wrong())?;
    let file = lone.by_index_decrypt(0, password).map_err(|error| match error {
        ZipError::UnsupportedArchive(_) => Error::Unsupported(method_name(real_method(&entry.header))),
        _ => wrong(),
    })?;
    let bytes =
        budget.read_to_vec(file).map_err(|error| if matches!(error, Error::Io(_)) { wrong() } else { error })?;
    budget.expand(bytes.len() as u64)?;
    Ok(bytes)
}

/// An archive that holds this entry alone, with headers that agree (4.3.7, 4.3.12, 4.3.16).
fn lone_archive(archive: &Source, entry: &Entry) -> Option<Source> {
    let header = &entry.header;
    let (at, len) = entry.data?;
    let [compressed, size] = [u32::try_from(len).ok()?, u32::try_from(header.size).ok()?];
    let aes = extra_field(&header.extra, 0x9901).unwrap_or_default();
    let mut extra = Vec::new();
    if header.method == AES {
        extra.extend([0x01, 0x99]);
        extra.extend(u16::try_from(aes.len()).ok()?.to_le_bytes());
        extra.extend(aes);
    }
    let mut shared = Vec::new();
    shared.extend(51_u16.to_le_bytes()); // version needed to extract
    // With a data descriptor ZipCrypto checks the password against the time, without one against the CRC.
    shared.extend((header.flags & !UTF8).to_le_bytes());
    shared.extend(header.method.to_le_bytes());
    shared.extend(header.time.to_le_bytes());
    shared.extend(header.date.to_le_bytes());
    shared.extend(header.crc32.to_le_bytes());
    shared.extend(compressed.to_le_bytes());
    shared.extend(size.to_le_bytes());
    shared.extend(1_u16.to_le_bytes()); // file name length
    shared.extend(u16::try_from(extra.len()).ok()?.to_le_bytes());
    let mut before = super::records::LOCAL_FILE_HEADER.to_vec();
    before.extend(&shared);
    before.push(b'x');
    before.extend(&extra);
    let mut after = super::records::CENTRAL_FILE_HEADER.to_vec();
    after.extend(51_u16.to_le_bytes()); // version made by
    after.extend(&shared);
    after.extend([0; 14]); // comment length, disk, attributes, offset of the local header
    after.push(b'x');
    after.extend(&extra);
    let directory = u32::try_from(after.len()).ok()?;
    let offset = u32::try_from(before.len()).ok()?.checked_add(compressed)?;
    after.extend(super::records::END_OF_CENTRAL_DIRECTORY);
    after.extend([0, 0, 0, 0, 1, 0, 1, 0]); // disks and entry counts
    after.extend(directory.to_le_bytes());
    after.extend(offset.to_le_bytes());
    after.extend([0, 0]); // comment length
    Some(Source::new(Chain::new([Source::memory(before), archive.slice(at, len), Source::memory(after)])))
}

/// The method under the encryption.
pub(super) fn real_method(header: &Header) -> u16 {
    if header.method != AES {
        return header.method;
    }
    extra_field(&header.extra, 0x9901).map_or(AES, |field| u16_at(field, 5))
}

/// Names of compression methods (4.4.5).
pub(super) const fn method_name(method: u16) -> &'static str {
    match method {
        1..=6 => "zip-legacy",
        9 => "deflate64",
        12 => "bzip2",
        14 => "lzma",
        20 | 93 => "zstd",
        95 => "xz",
        96 => "jpeg",
        97 => "wavpack",
        98 => "ppmd",
        _ => "zip-method",
    }
}

/// Whether an entry that says it is stored holds a deflate stream of the declared size (CVE-2026-0866): programs that
/// believe the header see noise, and the person gets the document.
pub(super) fn hidden_deflate(archive: &Source, entry: &Entry, budget: &Budget) -> Option<u64> {
    let (at, len) = entry.data?;
    let header = &entry.header;
    if header.method != STORED || header.is_encrypted() || header.size == header.compressed || len == 0 {
        return None;
    }
    inflated_len(&archive.slice(at, len), budget).ok().filter(|size| *size > 0)
}
