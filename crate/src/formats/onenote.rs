//! OneNote sections (`.one`): the files and pictures that lie on their pages ([MS-ONESTORE]).
//!
//! A file on a page is stored as it is, between two marks ([MS-ONESTORE] 2.6.13), and a page shows it under any picture:
//! "double-click to view". What it is called when it is opened stands elsewhere: an object (2.5.27) names it by an
//! identity and gives its extension, and a list (2.5.22) says where each identity is stored. Those three are looked for
//! wherever they stand; what else the pages say is not read, nor sections that are locked or packed for a server.

use std::collections::BTreeMap;

use crate::artifact::Origin;
use crate::error::{Error, LimitKind, Result};
use crate::order;
use crate::scan::{Child, Content, Scan};
use crate::source::Source;

/// `guidHeader` of a stored file: {BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC}.
const STORED: [u8; 16] = *b"\xE7\x16\xE3\xBD\x65\x26\x11\x45\xA4\xC4\x8D\x4D\x0B\x7A\x9E\xAC";
/// What an identity starts with, as UTF-16: `<ifndf>{`.
const NAMED: [u8; 16] = *b"<\0i\0f\0n\0d\0f\0>\0{\0";
/// The id of the node that says where an identity is stored (`FileDataStoreObjectReferenceFND`).
const REFERENCE: u32 = 0x94;

/// Header, length, and two fields that mean nothing.
const BEFORE: u64 = 36;
/// Characters of an extension that is kept.
const EXTENSION: usize = 16;
/// Stored files, and identities.
const MOST: usize = 4096;
/// Bytes looked at in one go.
const CHUNK: usize = 1 << 16;

pub(super) fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let mut stored: Vec<u64> = Vec::new();
    let mut named: Vec<u64> = Vec::new();
    let mut full = false;
    each_sixteen(scan, source, |at, bytes| {
        let to = match bytes {
            bytes if *bytes == STORED => &mut stored,
            bytes if *bytes == NAMED => &mut named,
            _ => return,
        };
        full |= to.len() >= MOST;
        if to.len() < MOST {
            to.push(at);
        }
    })?;
    let extensions = order::map(named.into_iter().filter_map(|at| extension(source, at)));
    let places = places(scan, source, &extensions)?;
    for at in stored {
        let Some(length) = source.peek(at.saturating_add(16), 8).ok().and_then(|bytes| bytes.first_chunk().copied())
        else {
            continue;
        };
        let from = at.saturating_add(BEFORE);
        let bytes = source.slice(from, u64::from_le_bytes(length));
        let name = format!("file@{at}{}", places.get(&at).map_or("", String::as_str));
        let origin = Origin::Object { path: name.clone() };
        scan.push(Child { name, origin, size: None, content: Content::Bytes { source: bytes, crc32: None } })?;
    }
    Err(if full { Error::Limit(LimitKind::Artifacts) } else { Error::Unsupported("one") })
}

/// Calls `each` with every sixteen bytes and where they stand.
fn each_sixteen(scan: &Scan, source: &Source, mut each: impl FnMut(u64, &[u8; 16])) -> Result<()> {
    let mut at = 0_u64;
    while at < source.len() {
        let chunk = source.peek(at, CHUNK.saturating_add(15))?;
        scan.budget.steps((chunk.len() / 4) as u64)?;
        for (from, bytes) in (at..).zip(chunk.windows(16)) {
            if let Some(bytes) = bytes.first_chunk() {
                each(from, bytes);
            }
        }
        at = at.saturating_add(CHUNK as u64);
    }
    Ok(())
}

/// The identity whose text starts at `at`, and the extension behind it: two strings with their lengths in front
/// ([MS-ONESTORE] 2.2.3).
fn extension(source: &Source, at: u64) -> Option<([u8; 16], String)> {
    let bytes = source.peek(at, 256).ok()?;
    let (text, rest) = bytes.split_at_checked(90)?;
    let text: String = text.iter().step_by(2).map(|byte| char::from(*byte)).collect();
    let guid = guid(text.strip_prefix("<ifndf>{")?.strip_suffix('}')?)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?.min(EXTENSION);
    let units = rest.as_chunks::<2>().0.iter().take(length).map(|unit| u16::from_le_bytes(*unit));
    let extension: String = char::decode_utf16(units).filter_map(|c| c.ok().filter(|c| !c.is_control())).collect();
    Some((guid, extension))
}

/// A GUID from its text, as it is stored: its first three groups with the lowest byte first.
fn guid(text: &str) -> Option<[u8; 16]> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    let mut bytes = [0; 16];
    if digits.len() != 32 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
    let mut stored = [d, c, b, a, f, e, h, g, 0, 0, 0, 0, 0, 0, 0, 0];
    stored.iter_mut().skip(8).zip(rest).for_each(|(to, byte)| *to = byte);
    Some(stored)
}

/// Where the files with these identities are stored, and their extensions.
fn places(scan: &Scan, source: &Source, extensions: &BTreeMap<[u8; 16], String>) -> Result<BTreeMap<u64, String>> {
    let mut starts = [false; 256];
    for start in extensions.keys().filter_map(|guid| guid.first()) {
        starts.get_mut(usize::from(*start)).into_iter().for_each(|start| *start = true);
    }
    let mut found: Vec<(u64, &String)> = Vec::new();
    each_sixteen(scan, source, |at, bytes| {
        let first = bytes.first().is_some_and(|first| starts.get(usize::from(*first)) == Some(&true));
        if let Some(extension) = extensions.get(bytes).filter(|_| first && found.len() < MOST) {
            found.push((at, extension));
        }
    })?;
    let mut places = BTreeMap::new();
    for (at, extension) in found {
        scan.budget.steps(16)?;
        places.extend(reference(source, at).map(|place| (place, extension.clone())));
    }
    Ok(places)
}

/// Where the node whose identity stands at `at` says that the file is: a header ([MS-ONESTORE] 2.4.3) that gives the
/// widths of what follows it, and a reference of those widths (2.2.4.2).
fn reference(source: &Source, at: u64) -> Option<u64> {
    const PLACES: [(u64, u64); 4] = [(8, 1), (4, 1), (2, 8), (4, 8)];
    const LENGTHS: [u64; 4] = [4, 8, 1, 2];
    for (place_format, (width, unit)) in (0_u32..).zip(PLACES) {
        for (length_format, length) in (0_u32..).zip(LENGTHS) {
            let from = at.checked_sub(width)?.checked_sub(length)?;
            let Some(header) = from.checked_sub(4).and_then(|at| source.peek(at, 4).ok()) else { continue };
            let Some(header) = header.first_chunk().map(|bytes| u32::from_le_bytes(*bytes)) else { continue };
            if header & 0x3FF != REFERENCE || header >> 23 & 3 != place_format || header >> 25 & 3 != length_format {
                continue;
            }
            let place = source.peek(from, usize::try_from(width).ok()?).ok()?;
            let place = place.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
            return place.checked_mul(unit);
        }
    }
    None
}
