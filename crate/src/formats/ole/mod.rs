//! Object linking and embedding ([MS-OLEDS]): what a document says about the objects in it.
//!
//! The same few structures occur in Word's ObjectPool, in Excel's `MBD…` storages, in PowerPoint's records, in parts of
//! OOXML packages and as hex digits in RTF. Readers of those containers hand over bytes; what the objects mean is told
//! by their class identifiers (`detections/objects.rs`).

pub(crate) mod class;
pub(crate) mod equation;
pub(crate) mod link;
pub(crate) mod ole1;
pub(crate) mod package;

pub(crate) use class::Class;

use crate::codecs::encoding::{SHIFT_JIS, WINDOWS_1252};

/// First bytes of what is worth looking into on its own.
pub(crate) const MAGIC: &[&[u8]] =
    &[b"PK\x03\x04", b"\xD0\xCF\x11\xE0", b"\x0E\x11\xFC\x0D", b"%PDF", b"{\\rt", b"MZ", b"L\0\0\0\x01\x14\x02\0"];

/// A cursor over the little-endian fields of a structure.
pub(crate) fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    let (number, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_le_bytes(*number))
}

/// LengthPrefixedAnsiString ([MS-OLEDS] 2.1.4): the length counts the terminator.
pub(crate) fn take_prefixed(rest: &mut &[u8]) -> Option<String> {
    let mut at = *rest;
    let length = usize::try_from(take_u32(&mut at)?).ok()?;
    let (text, after) = at.split_at_checked(length)?;
    *rest = after;
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    Some(ansi(text.get(..end).unwrap_or(text)))
}

/// Names have the code page of the machine that made them, which nothing tells: UTF-8 and Shift_JIS show by their
/// structure, and the rest reads as Western.
pub(crate) fn ansi(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    SHIFT_JIS.decode_strictly(bytes).unwrap_or_else(|| WINDOWS_1252.decode(bytes)).into_owned()
}

/// UTF-16 up to its terminator or the end.
pub(crate) fn wide(bytes: &[u8], most: usize) -> String {
    let units = bytes.as_chunks::<2>().0.iter().take(most).map(|unit| u16::from_le_bytes(*unit));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    String::from_utf16_lossy(&units)
}
