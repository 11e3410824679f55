//! What XZ streams tell of themselves: the dictionary at the head ([xz-file-format] 2.1.1, 3.1), and how long the content
//! is at the end (2.1.2, 4).

use std::io;

use crate::budget::Budget;
use crate::codecs::feed::Feed;
use crate::error::Result;
use crate::source::Source;

/// Length of a stream's header and of its footer.
const HEADER: u64 = 12;

/// Longest index that is read, in bytes: `xz -T0` writes a record for every 24 MiB.
const INDEX: u64 = 1 << 16;

/// How long the content of all streams is together, if they tell it and nothing else stands between them.
pub(crate) fn length(source: &Source, budget: &Budget) -> Result<Option<u64>> {
    let (mut end, mut sum) = (source.len(), 0_u64);
    while end > 0 {
        budget.steps(64)?;
        let Some(footer) = end.checked_sub(HEADER) else { return Ok(None) };
        let [_, _, _, _, a, b, c, d, _, _, b'Y', b'Z'] = source.array(footer, "compressed data")? else {
            return Ok(None);
        };
        let size = u64::from(u32::from_le_bytes([a, b, c, d])).saturating_add(1).saturating_mul(4);
        let Some(at) = footer.checked_sub(size).filter(|_| size <= INDEX) else { return Ok(None) };
        let index = source.peek(at, usize::try_from(size).unwrap_or_default())?;
        budget.steps(size)?;
        let Some((packed, unpacked)) = records(&index) else { return Ok(None) };
        let start = at.checked_sub(packed).and_then(|at| at.checked_sub(HEADER));
        let Some(start) = start.filter(|_| packed > 0) else { return Ok(None) };
        if source.peek(start, 6)? != b"\xFD7zXZ\0" {
            return Ok(None);
        }
        (end, sum) = (start, sum.saturating_add(unpacked));
    }
    Ok(Some(sum))
}

/// The packed bytes of all blocks with their padding, and what they give (4.3).
fn records(index: &[u8]) -> Option<(u64, u64)> {
    let (0, mut rest) = index.split_first()? else { return None };
    let (mut packed, mut unpacked) = (0_u64, 0_u64);
    for _ in 0..number(&mut rest)? {
        packed = packed.checked_add(number(&mut rest)?.checked_next_multiple_of(4)?)?;
        unpacked = unpacked.checked_add(number(&mut rest)?)?;
    }
    Some((packed, unpacked))
}

/// Size of the dictionary of the first block. Other blocks with larger ones are refused: nobody writes them.
pub(super) fn dictionary(feed: &mut Feed) -> io::Result<u64> {
    // What is not understood here fails in the decoder.
    Ok(read(feed.ahead(64)?).unwrap_or(1 << 12))
}

fn read(bytes: &[u8]) -> Option<u64> {
    const LZMA2: u64 = 0x21;
    let header = bytes.get(12..)?;
    let (_, rest) = header.split_first()?;
    let (flags, mut rest) = rest.split_first()?;
    for declared in [0x40, 0x80] {
        if flags & declared != 0 {
            number(&mut rest)?;
        }
    }
    for _ in 0..=(flags & 3) {
        let id = number(&mut rest)?;
        let len = usize::try_from(number(&mut rest)?).ok()?;
        if id == LZMA2 {
            return dictionary_size(*rest.first()?).map(u64::from);
        }
        rest = rest.get(len..)?;
    }
    None
}

/// Seven bits a byte, lowest first.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The size of an LZMA2 dictionary from its one byte of properties.
pub(crate) fn dictionary_size(props: u8) -> Option<u32> {
    match props {
        40 => Some(u32::MAX),
        0..40 => Some((2 | u32::from(props & 1)) << (props >> 1).saturating_add(11)),
        _ => None,
    }
}
