//! The head of an XZ stream ([xz-file-format] 2.1.1, 3.1): how large its dictionary is.

use std::io;

use crate::codecs::feed::Feed;

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
