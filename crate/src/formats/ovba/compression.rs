//! VBA source compression ([MS-OVBA] 2.4.1).
//!
//! Droppers damage it on purpose where Office does not look. What can be decoded is kept: a copy token that points
//! before the start, or a chunk with the wrong signature, is an irregularity and not an end.

use crate::budget::Budget;
use crate::error::Result;

/// What came out of a container.
pub(crate) struct Decompressed {
    pub(crate) bytes: Vec<u8>,
    /// Whether the container broke the rules somewhere.
    pub(crate) irregular: bool,
    /// There is more than may be kept.
    pub(crate) cut: bool,
}

/// A decompressed chunk has at most this size (2.4.1.1.3).
const CHUNK: usize = 4096;

/// How many zeros `bytes` ends with. Looking for them costs steps: directory entries can share one chain of sectors.
pub(crate) fn padding(bytes: &[u8], budget: &Budget) -> Result<usize> {
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    let padding = bytes.len().saturating_sub(used);
    budget.steps(padding as u64 >> 3)?;
    Ok(padding)
}

/// Decompresses a CompressedContainer (2.4.1.3.1); `None` if `container` does not start like one.
pub(crate) fn decompress(container: &[u8], budget: &Budget) -> Result<Option<Decompressed>> {
    if container.first() != Some(&0x01) {
        return Ok(None);
    }
    decompress_padded(container, padding(container, budget)?, budget)
}

/// As [`decompress`], for a container that is known to end with `padding` zeros.
pub(crate) fn decompress_padded(container: &[u8], padding: usize, budget: &Budget) -> Result<Option<Decompressed>> {
    let Some((0x01, mut rest)) = container.split_first().map(|(first, rest)| (*first, rest)) else { return Ok(None) };
    let most = usize::try_from(budget.limits().artifact_bytes).unwrap_or(usize::MAX);
    let mut out = Decompressed { bytes: Vec::new(), irregular: false, cut: false };
    out.bytes.reserve_exact(chunks(rest, padding).saturating_mul(CHUNK).min(most.saturating_add(CHUNK)));
    while let Some((header, body)) = rest.split_first_chunk::<2>() {
        if rest.len() <= padding {
            // Zeros behind the last chunk are padding.
            break;
        }
        let header = u16::from_le_bytes(*header);
        // CompressedChunkSize counts the header and is stored minus three (2.4.1.1.5).
        let size = usize::from(header & 0x0FFF).saturating_add(1);
        out.irregular |= header & 0x7000 != 0x3000;
        if out.bytes.len() > most {
            out.cut = true;
            return Ok(Some(out));
        }
        let before = out.bytes.len();
        let left = rest.len();
        if header & 0x8000 == 0 {
            // A raw chunk is 4 096 bytes whatever its header says (2.4.1.3.3).
            let size = CHUNK.min(body.len());
            out.bytes.extend_from_slice(body.get(..size).unwrap_or_default());
            rest = body.get(size..).unwrap_or_default();
        } else {
            out.irregular |= body.len() < size;
            let size = size.min(body.len());
            out.irregular |= !chunk(body.get(..size).unwrap_or_default(), &mut out.bytes);
            rest = body.get(size..).unwrap_or_default();
        }
        let made = out.bytes.len().saturating_sub(before) as u64;
        budget.expand(made)?;
        let used = left.saturating_sub(rest.len()) as u64;
        budget.steps((made.max(used) >> 3).saturating_add(1))?;
    }
    out.irregular |= rest.len() > padding;
    Ok(Some(out))
}

/// How many chunks there are, by what their headers say of their sizes.
fn chunks(mut rest: &[u8], padding: usize) -> usize {
    let mut count = 0_usize;
    while let Some((header, body)) = rest.split_first_chunk::<2>().filter(|_| rest.len() > padding) {
        let header = u16::from_le_bytes(*header);
        let size = if header & 0x8000 == 0 { CHUNK } else { usize::from(header & 0x0FFF).saturating_add(1) };
        rest = body.get(size..).unwrap_or_default();
        count = count.saturating_add(1);
    }
    count
}

/// Token sequences of one chunk (2.4.1.3.2); whether they followed the rules.
fn chunk(mut body: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let mut regular = true;
    while let Some((flags, mut tokens)) = body.split_first() {
        for bit in 0..8 {
            if tokens.is_empty() {
                break;
            }
            if flags >> bit & 1 == 0 {
                if let Some((literal, rest)) = tokens.split_first() {
                    out.push(*literal);
                    tokens = rest;
                }
            } else if let Some((token, rest)) = tokens.split_first_chunk::<2>() {
                regular &= copy(u16::from_le_bytes(*token), start, out);
                tokens = rest;
            } else {
                // Half a token at the end.
                return false;
            }
        }
        if out.len().saturating_sub(start) > CHUNK {
            // Office's buffer ends here.
            out.truncate(start.saturating_add(CHUNK));
            return false;
        }
        body = tokens;
    }
    regular
}

/// A CopyToken (2.4.1.3.19.2): how many of its bits are offset depends on how much of the chunk is done.
fn copy(token: u16, start: usize, out: &mut Vec<u8>) -> bool {
    let done = out.len().saturating_sub(start).max(1);
    let bit_count = usize::BITS.saturating_sub(done.saturating_sub(1).leading_zeros()).clamp(4, 12);
    let length_mask = 0xFFFF_u16 >> bit_count;
    let length = usize::from(token & length_mask).saturating_add(3);
    let offset = usize::from(token.checked_shr(16_u32.saturating_sub(bit_count)).unwrap_or(0)).saturating_add(1);
    let Some(from) = out.len().checked_sub(offset) else { return false };
    let end = out.len().saturating_add(length);
    while out.len() < end {
        // What reaches into its own copy repeats.
        let there = out.len().min(from.saturating_add(end.saturating_sub(out.len())));
        out.extend_from_within(from..there);
    }
    offset <= done
}

/// Where a compressed module may start in a stream whose description is lost: in front of every `Attribut` that follows
/// the flag byte of a first token sequence. Later ones first: the source stands behind the performance cache.
pub(crate) fn carve(stream: &[u8]) -> Vec<usize> {
    const MARK: &[u8] = b"\0Attribut";
    let mut found: Vec<usize> = Vec::new();
    for at in memchr(stream, MARK) {
        let start = at.saturating_sub(3);
        if at >= 3 && stream.get(start) == Some(&0x01) {
            found.push(start);
        }
    }
    found.reverse();
    found
}

fn memchr<'a>(stream: &'a [u8], mark: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    stream.windows(mark.len()).enumerate().filter(move |(_, window)| *window == mark).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;
    use crate::error::{Error, LimitKind};

    fn decode(container: &[u8]) -> (String, bool) {
        let budget = Budget::new(Limits::default(), |_| ());
        let out = decompress(container, &budget).unwrap().unwrap();
        (String::from_utf8(out.bytes).unwrap(), out.irregular)
    }

    /// The examples of [MS-OVBA] 3.2.
    #[test]
    fn the_examples_of_the_specification() {
        let plain = b"\x01\x19\xB0\x00abcdefgh\x00ijklmnop\x00qrstuv.";
        assert_eq!(decode(plain), ("abcdefghijklmnopqrstuv.".into(), false));
        let normal = [
            0x01, 0x2F, 0xB0, 0x00, 0x23, 0x61, 0x61, 0x61, 0x62, 0x63, 0x64, 0x65, 0x82, 0x66, 0x00, 0x70, 0x61, 0x67,
            0x68, 0x69, 0x6A, 0x01, 0x38, 0x08, 0x61, 0x6B, 0x6C, 0x00, 0x30, 0x6D, 0x6E, 0x6F, 0x70, 0x06, 0x71, 0x02,
            0x70, 0x04, 0x10, 0x72, 0x73, 0x74, 0x75, 0x76, 0x10, 0x77, 0x78, 0x79, 0x7A, 0x00, 0x3C,
        ];
        let text = "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa";
        assert_eq!(decode(&normal), (text.into(), false));
        let best = [0x01, 0x03, 0xB0, 0x02, 0x61, 0x45, 0x00];
        assert_eq!(decode(&best), ("a".repeat(73), false));
    }

    #[test]
    fn damage_keeps_what_was_decoded() {
        assert_eq!(decode(b"\x01\x19\xB0\x00abcdefgh\x00ij"), ("abcdefghij".into(), true));
        assert_eq!(decode(b"\x01\x03\xB0\x01\xFF\xFFa"), ("a".into(), true));
        let budget = Budget::new(Limits::default(), |_| ());
        assert!(decompress(b"\x02\x19\xB0", &budget).unwrap().is_none());
    }

    #[test]
    fn zeros_behind_the_last_chunk_are_padding_and_scanned_once() {
        assert_eq!(decode(b"\x01\x03\xB0\x02\x61\x45\x00\0\0\0\0\0"), ("a".repeat(73), false));
        let mut container = vec![0; 8 << 20];
        container[0] = 0x01;
        *container.last_mut().unwrap() = 0x07;
        let steps = container.len() as u64 / 4;
        let budget = Budget::new(Limits { steps, ..Limits::default() }, |_| ());
        let out = decompress(&container, &budget).unwrap().unwrap();
        assert!(out.irregular && out.bytes.len() > container.len() - (1 << 14));
        // The same chain under many names is paid for each time.
        assert!(matches!(decompress(&container, &budget), Err(Error::Limit(LimitKind::Steps))));
        let budget = Budget::new(Limits { steps: 1 << 10, ..Limits::default() }, |_| ());
        assert!(padding(&vec![0; 1 << 20], &budget).is_err());
    }

    #[test]
    fn carving_finds_the_last_container_first() {
        let mut stream = b"xx\x01\x19\xB0\0Attribut".to_vec();
        stream.extend_from_slice(b"..\x01\x20\xB0\0Attribut\0e VB_");
        assert_eq!(carve(&stream), [16, 2]);
    }
}
