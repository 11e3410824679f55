//! String tables of the table stream: variables, bookmarks, associated strings ([MS-DOC] 2.2.4).

use super::fib::{Fib, Part, u16_at, u32_at};
use crate::error::Result;

/// Strings of a table, texts of bookmarks, of each.
const MOST: usize = 1 << 14;

/// Longest text kept of a variable or bookmark, in characters.
const LONG: usize = 64 << 10;

/// An STTB and what stands behind it: strings of two bytes a character if it says so, each with `cbExtra` more bytes.
fn strings<'b>(bytes: &'b [u8], fib: &Fib) -> (Vec<String>, &'b [u8]) {
    let mut all = Vec::new();
    let wide = u16_at(bytes, 0) == 0xFFFF;
    let Some(mut rest) = bytes.get(if wide { 6.. } else { 4.. }) else { return (all, &[]) };
    let (count, extra) = if wide { (u16_at(bytes, 2), u16_at(bytes, 4)) } else { (u16_at(bytes, 0), u16_at(bytes, 2)) };
    // The table of Word 6 starts with its size in bytes and has no extra data.
    let (count, extra) = if fib.old { (u16::MAX, 0) } else { (count, extra) };
    if fib.old {
        rest = bytes.get(2..).unwrap_or_default();
    }
    for _ in 0..usize::from(count).min(MOST) {
        let (length, text) = if wide {
            (usize::from(u16_at(rest, 0)).saturating_mul(2), rest.get(2..))
        } else {
            (rest.first().map_or(0, |length| usize::from(*length)), rest.get(1..))
        };
        let Some((text, after)) = text.and_then(|text| text.split_at_checked(length)) else { return (all, &[]) };
        all.push(if wide { utf16(text) } else { fib.encoding().decode(text).into_owned() });
        let Some(after) = after.get(usize::from(extra)..) else { return (all, &[]) };
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    (all, rest)
}

pub(super) fn utf16(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
    char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect()
}

/// Variables (StwUser, 2.9.298): their names, then their values.
pub(super) fn variables(fib: &Fib) -> Result<Vec<(String, String)>> {
    let bytes = fib.part(Part::StwUser)?;
    let (names, mut rest) = strings(&bytes, fib);
    let mut all = Vec::new();
    for name in names {
        let length = usize::from(u16_at(rest, 0)).saturating_mul(2);
        let Some((value, after)) = rest.get(2..).and_then(|value| value.split_at_checked(length)) else { break };
        all.push((name, utf16(value).trim_end_matches('\0').to_owned()));
        rest = after;
    }
    Ok(all)
}

/// Bookmarks and their texts (2.9.10, 2.8.10).
pub(super) fn bookmarks(fib: &Fib, text: impl Fn(usize, usize) -> String) -> Result<Vec<(String, String)>> {
    let names = fib.part(Part::SttbfBkmk)?;
    let (names, _) = strings(&names, fib);
    let first = fib.part(Part::PlcfBkf)?;
    let (starts, ends) = (positions(&first, 4), positions(&fib.part(Part::PlcfBkl)?, 0));
    // FBKF (2.9.71) behind the positions: which end belongs to a start.
    let fbkf = first.get(starts.len().saturating_mul(4)..).unwrap_or_default();
    let mut all = Vec::new();
    let mut room = LONG.saturating_mul(16);
    for ((name, start), fbkf) in names.into_iter().zip(starts).zip(fbkf.as_chunks::<4>().0) {
        let end = ends.get(usize::from(u16_at(fbkf, 0))).copied().unwrap_or(start);
        let end = end.min(start.saturating_add(LONG.min(room)));
        if end > start {
            room = room.saturating_sub(end.saturating_sub(start));
            all.push((name, text(start, end)));
        }
    }
    Ok(all)
}

/// The positions of a PLC whose elements have `size` bytes (2.2.2).
pub(super) fn positions(plc: &[u8], size: usize) -> Vec<usize> {
    let each = size.saturating_add(4);
    let count = plc.len().saturating_sub(4).checked_div(each).unwrap_or_default();
    let wanted = if plc.len() < 4 { 0 } else { count.saturating_add(1).min(MOST) };
    (0..wanted).map(|at| usize::try_from(u32_at(plc, at.saturating_mul(4))).unwrap_or_default()).collect()
}

/// The template the document is attached to (SttbfAssoc, 2.9.276, index 1).
pub(super) fn template(fib: &Fib) -> Result<Option<String>> {
    let bytes = fib.part(Part::SttbfAssoc)?;
    let (strings, _) = strings(&bytes, fib);
    Ok(strings.into_iter().nth(1).filter(|template| !template.is_empty()))
}
