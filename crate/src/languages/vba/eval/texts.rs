//! Texts as sequences of UTF-16 units.

use std::rc::Rc;

use super::operators::plain_number;
use super::value::{LONGEST, Value, parse};

pub(super) type Text = Rc<Vec<u16>>;

/// Code page 1252 from 0x80 to 0x9F: what Chr makes of them, and StrConv of bytes.
const HIGH: [u16; 32] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D,
    0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,
    0x017E, 0x0178,
];

pub(super) fn from_ansi(unit: u16) -> u16 {
    unit.checked_sub(0x80).and_then(|at| HIGH.get(at as usize)).copied().unwrap_or(unit)
}

pub(super) fn ansi_code(unit: u16) -> i64 {
    let high = HIGH.iter().zip(0x80..).find(|(known, _)| **known == unit).map(|(_, code)| code);
    high.unwrap_or_else(|| if unit < 256 { i64::from(unit) } else { 63 })
}

pub(super) fn to_ansi(units: &[u16]) -> Vec<u8> {
    units.iter().map(|unit| u8::try_from(ansi_code(*unit)).unwrap_or(b'?')).collect()
}

/// Bytes of a text from one byte on.
pub(super) fn to_bytes(units: &[u16], from: usize, length: usize) -> Vec<u8> {
    units.iter().flat_map(|unit| unit.to_le_bytes()).skip(from).take(length).collect()
}

/// Bytes as units; an odd one is a unit of its own.
pub(super) fn of_bytes(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks(2)
        .map(|pair| match pair {
            [low, high] => u16::from_le_bytes([*low, *high]),
            [low] => u16::from(*low),
            _ => 0,
        })
        .collect()
}

fn lower(unit: u16) -> u16 {
    match unit {
        0x41..=0x5A => unit | 0x20,
        0..=0x7F => unit,
        _ => char::from_u32(u32::from(unit))
            .and_then(|c| c.to_lowercase().next())
            .and_then(|c| u16::try_from(u32::from(c)).ok())
            .unwrap_or(unit),
    }
}

fn upper(unit: u16) -> u16 {
    match unit {
        0x61..=0x7A => unit & !0x20,
        0..=0x7F => unit,
        _ => char::from_u32(u32::from(unit))
            .and_then(|c| c.to_uppercase().next())
            .and_then(|c| u16::try_from(u32::from(c)).ok())
            .unwrap_or(unit),
    }
}

pub(super) fn cased(units: &[u16], up: bool) -> Vec<u16> {
    units.iter().map(|unit| if up { upper(*unit) } else { lower(*unit) }).collect()
}

/// Letters of full width for those of ASCII, or the other way round.
pub(super) fn widened(units: &[u16], wide: bool) -> Vec<u16> {
    let change = |unit: &u16| match unit {
        0x21..=0x7E if wide => unit.saturating_add(0xFEE0),
        0x20 if wide => 0x3000,
        0xFF01..=0xFF5E if !wide => unit.saturating_sub(0xFEE0),
        0x3000 if !wide => 0x20,
        _ => *unit,
    };
    units.iter().map(change).collect()
}

pub(super) fn proper(units: &[u16]) -> Vec<u16> {
    let mut start = true;
    units
        .iter()
        .map(|unit| {
            let made = if start { upper(*unit) } else { lower(*unit) };
            start = *unit <= 0x20;
            made
        })
        .collect()
}

pub(super) fn trimmed(units: &[u16], left: bool, right: bool) -> Vec<u16> {
    let mut rest = units;
    while let (true, [0x20, tail @ ..]) = (left, rest) {
        rest = tail;
    }
    while let (true, [head @ .., 0x20]) = (right, rest) {
        rest = head;
    }
    rest.to_vec()
}

/// Where `part` stands at or behind `from`.
pub(super) fn find(text: &[u16], part: &[u16], from: usize, any_case: bool) -> Option<usize> {
    if any_case {
        return find(&cased(text, false), &cased(part, false), from, false);
    }
    if part.len() > SHORT {
        return find_long(text.get(from..)?, part)?.checked_add(from);
    }
    let first = *part.first()?;
    let mut at = from;
    while let Some(rest) = text.get(at..) {
        let skip = rest.iter().position(|unit| *unit == first)?;
        let here = rest.get(skip..)?;
        if here.starts_with(part) {
            return at.checked_add(skip);
        }
        at = at.checked_add(skip)?.checked_add(1)?;
    }
    None
}

pub(super) fn find_last(text: &[u16], part: &[u16]) -> Option<usize> {
    if part.is_empty() || part.len() > text.len() {
        return None;
    }
    if part.len() <= SHORT {
        return text.windows(part.len()).rposition(|window| window == part);
    }
    let reverse = |units: &[u16]| units.iter().rev().copied().collect::<Vec<_>>();
    let behind = find_long(&reverse(text), &reverse(part))?;
    text.len().checked_sub(behind)?.checked_sub(part.len())
}

/// Parts that are compared at every place of a text.
const SHORT: usize = 8;

/// As [`find`], in a time that grows with the text only: how much of the part stands before each place (Knuth, Morris,
/// Pratt).
fn find_long(text: &[u16], part: &[u16]) -> Option<usize> {
    let grown = |borders: &[usize], mut held: usize, unit: u16| loop {
        if part.get(held) == Some(&unit) {
            return held.saturating_add(1);
        }
        let Some(last) = held.checked_sub(1) else { return 0 };
        held = borders.get(last).copied().unwrap_or(0);
    };
    let mut borders = vec![0_usize];
    let mut held = 0_usize;
    for unit in part.iter().skip(1) {
        held = grown(&borders, held, *unit);
        borders.push(held);
    }
    held = 0;
    for (at, unit) in text.iter().enumerate() {
        held = grown(&borders, held, *unit);
        if held == part.len() {
            return at.saturating_add(1).checked_sub(held);
        }
    }
    None
}

pub(super) fn split<'t>(text: &'t [u16], by: &[u16], limit: usize, any_case: bool) -> Vec<&'t [u16]> {
    let folded = if any_case { Some((cased(text, false), cased(by, false))) } else { None };
    let (seek, by) = folded.as_ref().map_or((text, by), |(text, by)| (text.as_slice(), by.as_slice()));
    let mut parts = Vec::new();
    let mut from = 0_usize;
    while parts.len().saturating_add(1) < limit {
        let Some(at) = find(seek, by, from, false) else { break };
        parts.push(text.get(from..at).unwrap_or_default());
        from = at.saturating_add(by.len());
    }
    parts.push(text.get(from..).unwrap_or_default());
    parts
}

pub(super) fn replace(text: &[u16], from: &[u16], to: &[u16], most: usize, any_case: bool) -> Option<Vec<u16>> {
    if from.is_empty() {
        return Some(text.to_vec());
    }
    let mut made = Vec::with_capacity(text.len());
    for (index, part) in split(text, from, most.saturating_add(1), any_case).into_iter().enumerate() {
        if index > 0 {
            made.extend_from_slice(to);
        }
        made.extend_from_slice(part);
        if made.len() > LONGEST {
            return None;
        }
    }
    Some(made)
}

/// `Val`: the number at the beginning, blanks left out.
pub(super) fn val(units: &[u16]) -> Value {
    let text: String = char::decode_utf16(units.iter().copied())
        .map(|c| c.unwrap_or('\u{FFFD}'))
        .filter(|c| !c.is_whitespace())
        .take(64)
        .collect();
    let lower = text.to_ascii_lowercase();
    if let Some(rest) = lower.strip_prefix("&h") {
        let digits: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        return super::value::radix(&digits, 16, rest.contains('&')).map_or(Value::Int(0), Value::Int);
    }
    let mut end = 0_usize;
    let mut seen = false;
    for (at, c) in lower.char_indices() {
        let good = c.is_ascii_digit()
            || c == '.'
            || at == 0 && matches!(c, '-' | '+')
            || seen && matches!(c, 'e' | 'd')
            || matches!(c, '-' | '+') && lower.get(..at).is_some_and(|before| before.ends_with(['e', 'd']));
        if !good {
            break;
        }
        seen |= c.is_ascii_digit();
        end = at.saturating_add(1);
    }
    let mut number = lower.get(..end).unwrap_or_default();
    loop {
        if let Some(n) = parse(number) {
            return plain_number(n);
        }
        let Some(shorter) = number.len().checked_sub(1).and_then(|end| number.get(..end)) else { return Value::Int(0) };
        number = shorter;
    }
}

/// `text Like pattern`; `None` where that would take too long to tell.
pub(super) fn like(text: &str, pattern: &str) -> Option<bool> {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut t, mut p) = (0_usize, 0_usize);
    let (mut star, mut mark) = (None, 0_usize);
    let mut steps = 0_u32;
    while t < text.len() {
        steps = steps.saturating_add(1);
        if steps > 100_000 {
            return None;
        }
        let c = *text.get(t)?;
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some(p);
                mark = t;
                p = p.saturating_add(1);
                continue;
            }
            Some('?') => Some(p.saturating_add(1)),
            Some('#') => c.is_ascii_digit().then(|| p.saturating_add(1)),
            Some('[') => class(&pattern, p, c),
            Some(other) => (*other == c).then(|| p.saturating_add(1)),
            None => None,
        };
        match (step, star) {
            (Some(next), _) => {
                t = t.saturating_add(1);
                p = next;
            }
            (None, Some(at)) => {
                mark = mark.saturating_add(1);
                t = mark;
                p = at.saturating_add(1);
            }
            (None, None) => return Some(false),
        }
    }
    Some(pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*'))
}

/// Behind `[a-z]` if the character is one of it.
fn class(pattern: &[char], open: usize, c: char) -> Option<usize> {
    let close = pattern.iter().skip(open).position(|c| *c == ']')?.checked_add(open)?;
    let inner = pattern.get(open.saturating_add(1)..close)?;
    let (inner, negative) = match inner {
        ['!', rest @ ..] => (rest, true),
        _ => (inner, false),
    };
    let mut found = false;
    let mut at = 0_usize;
    while let Some(low) = inner.get(at) {
        match (inner.get(at.saturating_add(1)), inner.get(at.saturating_add(2))) {
            (Some('-'), Some(high)) => {
                found |= (*low..=*high).contains(&c);
                at = at.saturating_add(3);
            }
            _ => {
                found |= *low == c;
                at = at.saturating_add(1);
            }
        }
    }
    (found != negative).then(|| close.saturating_add(1))
}

/// Base64, blanks and line ends left out; damage ends it.
pub(super) fn base64(units: &[u16]) -> Vec<u8> {
    let mut out = Vec::with_capacity(units.len());
    let (mut held, mut bits) = (0_u32, 0_u32);
    for unit in units {
        let value = match unit {
            0x41..=0x5A => unit.saturating_sub(0x41),
            0x61..=0x7A => unit.saturating_sub(0x61).saturating_add(26),
            0x30..=0x39 => unit.saturating_sub(0x30).saturating_add(52),
            0x2B | 0x2D => 62,
            0x2F | 0x5F => 63,
            0x3D => break,
            _ => continue,
        };
        held = held << 6 & 0xFF_FFFF | u32::from(value);
        bits = bits.saturating_add(6);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            out.extend(u8::try_from(held >> bits & 0xFF));
        }
    }
    out
}

/// Hexadecimal digits as bytes.
pub(super) fn hexadecimal(units: &[u16]) -> Vec<u8> {
    let digits: Vec<u8> = units
        .iter()
        .filter_map(|unit| char::from_u32(u32::from(*unit)).and_then(|c| c.to_digit(16)))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect()
}

pub(super) fn to_base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let held = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let letter = LETTERS.get((held >> shift & 63) as usize).copied().unwrap_or(b'A');
            out.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_parts_are_found_where_short_ones_are() {
        let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        let text = units("xabababababacabababababaab");
        for part in ["abababababac", "ababababab", "abababababaab", "abababababad", "xabababababacabababababaab"] {
            let part = units(part);
            assert_eq!(find_long(&text, &part), text.windows(part.len()).position(|window| window == part));
            assert_eq!(find_last(&text, &part), text.windows(part.len()).rposition(|window| window == part));
        }
        assert_eq!(find(&text, &units("ABABABABABA"), 2, true), Some(13));
        assert_eq!(find(&text, &units("ababababab"), 99, false), None);
    }
}
