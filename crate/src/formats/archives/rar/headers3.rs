//! Headers of RAR 1.5 to 4.

use super::keys::{Keys, Lock};
use super::{Archive, Entry, File, Method, Role};
use crate::codecs::text;
use crate::error::{Error, Result};
use crate::scan::Scan;
use crate::source::Source;

const MAIN: u8 = 0x73;
const FILE: u8 = 0x74;
const SERVICE: u8 = 0x7A;
const END: u8 = 0x7B;

/// Fields of a file header before its name.
const FIXED: usize = 32;

pub(super) fn read(scan: &mut Scan, source: &Source, keys: &mut Keys, archive: &mut Archive) -> Result<()> {
    let mut at = 7;
    let mut is_locked = false;
    while at < source.len() {
        scan.budget.steps(32)?;
        if archive.files.len() as u64 > u64::from(scan.budget.limits().artifacts) {
            break;
        }
        // Encrypted headers stand behind their salt and are filled up to whole blocks.
        let (header, before) = if is_locked {
            let salt = source.array(at, "rar header")?;
            let opened = keys.open(
                scan,
                &Lock::Rar3 { salt },
                &source.slice(at.saturating_add(8), source.len()),
                |_, plain| Ok(read_header(plain).is_some_and(|(_, is_right)| is_right)),
            )?;
            let Some((plain, password)) = opened else {
                archive.names_locked = true;
                break;
            };
            archive.password = Some(password);
            (plain, 8)
        } else {
            (source.slice(at, source.len()), 0)
        };
        let here = at;
        let broken = || Error::malformed("rar header", here);
        let (bytes, is_right) = read_header(&header).ok_or_else(broken)?;
        let kind = bytes.get(2).copied().unwrap_or_default();
        let flags = u16_at(&bytes, 3);
        // The authenticity block of old versions has no sum.
        if !is_right && matches!(kind, MAIN | FILE | SERVICE) {
            archive.doubt = Some(broken());
        }
        let len = bytes.len() as u64;
        let len = if before > 0 { len.next_multiple_of(16) } else { len };
        let data = at.saturating_add(before).saturating_add(len);
        let mut packed = if flags & 0x8000 != 0 { u64::from(u32_at(&bytes, 7)) } else { 0 };
        if matches!(kind, FILE | SERVICE) {
            packed = u64::from(u32_at(&bytes, 7));
            if flags & 0x100 != 0 {
                packed |= u64::from(u32_at(&bytes, FIXED)) << 32;
            }
            let mut file = read_file(&bytes, flags, source.slice(data, packed), packed).ok_or_else(broken)?;
            file.entry.at = at;
            if packed > source.len().saturating_sub(data) && !file.is_split {
                archive.end = Some(Error::malformed("rar entry", at));
            }
            archive.add(kind == SERVICE, file, |_| Some(stream_name(&bytes, flags)));
        }
        match kind {
            MAIN => is_locked = flags & 0x80 != 0,
            END => {
                archive.rest = Some(data.saturating_add(packed));
                break;
            }
            _ => {}
        }
        at = data.saturating_add(packed);
    }
    Ok(())
}

/// A header's bytes, and whether its sum is right.
fn read_header(source: &Source) -> Option<(Vec<u8>, bool)> {
    let start: [u8; 7] = source.array(0, "rar header").ok()?;
    let [a, b, _, _, _, c, d] = start;
    let len = u16::from_le_bytes([c, d]);
    let bytes =
        source.peek(0, usize::from(len)).ok().filter(|bytes| bytes.len() >= 7 && bytes.len() == usize::from(len))?;
    let mut crc = flate2::Crc::new();
    // The sum of the main header leaves out what was added to it later.
    let end = if bytes.get(2) == Some(&MAIN) { bytes.len().min(13) } else { bytes.len() };
    crc.update(bytes.get(2..end)?);
    let [x, y, ..] = crc.sum().to_le_bytes();
    Some((bytes, [a, b] == [x, y]))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// Where the name starts and ends.
fn name_range(bytes: &[u8], flags: u16) -> (usize, usize) {
    let start = if flags & 0x100 != 0 { FIXED.saturating_add(8) } else { FIXED };
    (start, start.saturating_add(usize::from(u16_at(bytes, 26))))
}

/// Behind the name of a service, in UTF-16.
fn stream_name(bytes: &[u8], flags: u16) -> String {
    let (_, start) = name_range(bytes, flags);
    let end = bytes.len().saturating_sub(if flags & 0x400 != 0 { 8 } else { 0 });
    let units = bytes.get(start..end).unwrap_or_default().chunks_exact(2);
    let units = units.map(|pair| pair.first_chunk().map_or(0, |pair| u16::from_le_bytes(*pair)));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn read_file(bytes: &[u8], flags: u16, data: Source, packed: u64) -> Option<File> {
    bytes.get(..FIXED)?;
    let mut size = u64::from(u32_at(bytes, 11));
    if flags & 0x100 != 0 {
        size |= u64::from(u32_at(bytes, FIXED.saturating_add(4))) << 32;
    }
    let (start, end) = name_range(bytes, flags);
    let raw = bytes.get(start..end)?;
    let system = bytes.get(15).copied()?;
    let version = bytes.get(24).copied()?;
    let attributes = u32_at(bytes, 28);
    let is_folder = if version < 20 { attributes & 0x10 != 0 } else { flags & 0xE0 == 0xE0 };
    let is_split = flags & 3 != 0;
    let is_link = system == 3 && attributes & 0xF000 == 0xA000;
    let method = match (bytes.get(25).copied()?, version) {
        (0x30, _) => Method::Stored,
        (0x31..=0x35, 29 | 36) => Method::Rar3,
        _ => Method::Other("rar-method"),
    };
    let lock = (flags & 4 != 0).then(|| {
        let salt = bytes.get(end..).and_then(<[u8]>::first_chunk).copied();
        salt.filter(|_| flags & 0x400 != 0 && version >= 29).map_or(Lock::Old, |salt| Lock::Rar3 { salt })
    });
    // Where the target of a link is packed or encrypted, it is enough to know that it is one.
    let link = is_link.then(|| match (method, &lock) {
        (Method::Stored, None) => {
            data.peek(0, 4096).map_or_else(|_| String::new(), |target| text::of_unknown_encoding(&target))
        }
        _ => String::new(),
    });
    Some(File {
        entry: Entry {
            path: name(raw, flags & 0x200 != 0).replace('\\', "/"),
            at: 0,
            size: Some(size),
            packed: Some(packed),
            is_folder,
            link,
        },
        data,
        method,
        is_solid: flags & 0x10 != 0,
        is_split,
        crc32: Some(u32_at(bytes, 16)).filter(|_| !is_split),
        lock,
        same_as: None,
        role: Role::File,
    })
}

/// A name in the code page of its author, and behind a zero the same in Unicode, as what is different.
fn name(raw: &[u8], is_unicode: bool) -> String {
    let Some(zero) = raw.iter().position(|byte| *byte == 0).filter(|_| is_unicode) else {
        return text::of_unknown_encoding(raw);
    };
    let (plain, packed) = raw.split_at_checked(zero).unwrap_or_default();
    let mut packed = packed.iter().skip(1).copied();
    let mut units: Vec<u16> = Vec::new();
    let high = packed.next().unwrap_or_default();
    let (mut flags, mut left) = (0_u8, 0_u8);
    let wide = |low: u8, high: u8| u16::from_le_bytes([low, high]);
    // A name has no more letters than a header has bytes, whatever is repeated.
    while units.len() < usize::from(u16::MAX) {
        if left == 0 {
            let Some(next) = packed.next() else { break };
            (flags, left) = (next, 4);
        }
        left = left.saturating_sub(1);
        let mode = flags >> 6;
        flags <<= 2;
        let Some(byte) = packed.next() else { break };
        match mode {
            0 => units.push(wide(byte, 0)),
            1 => units.push(wide(byte, high)),
            2 => units.push(wide(byte, packed.next().unwrap_or_default())),
            _ => {
                let by = if byte & 0x80 != 0 { packed.next() } else { None };
                for _ in 0..u16::from(byte & 0x7F).saturating_add(2) {
                    let Some(old) = plain.get(units.len()) else { break };
                    units.push(by.map_or(u16::from(*old), |by| wide(old.wrapping_add(by), high)));
                }
            }
        }
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unpacked() {
        assert_eq!(name("請求書.doc".as_bytes(), true), "請求書.doc");
        // "a", then U+3042 by its own high byte, then U+3044 in full, then ".x" as it stands.
        let packed = [b"a__.x".as_slice(), &[0, 0x30, 0b0001_1011, b'a', 0x42, 0x44, 0x30, 0]].concat();
        assert_eq!(name(&packed, true), "a\u{3042}\u{3044}.x");
    }
}
