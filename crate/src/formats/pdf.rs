//! Whether a PDF is encrypted ([ISO 32000-2] 7.6), and whether it opens without asking. What is in it is not read yet.
//!
//! The trailer names the encryption dictionary; it stands behind the word `trailer` or in the dictionary of a stream of
//! cross-references (7.5.5, 7.5.8). Programs repair what is broken here, so wherever one of them stands it counts.

use std::collections::VecDeque;

use crate::artifact::Status;
use crate::crypto::pdf::Encryption;
use crate::error::Result;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::scan::Scan;
use crate::source::Source;

pub(crate) const ENCRYPTED: FindingKind = FindingKind::new("pdf.encrypted", Level::Unchecked, Some("E1"));
/// Everybody may read it, and programs are asked not to print or copy it: common among honest documents.
pub(crate) const RESTRICTED: FindingKind = FindingKind::new("pdf.restricted", Level::None, None);

pub(super) const KINDS: &[&FindingKind] = &[&ENCRYPTED, &RESTRICTED];

/// Bytes of a trailer that are looked at, before and behind the word that gives it away.
const TRAILER: usize = 4096;

/// Trailers that are looked at: one for every time the document was saved.
const TRAILERS: usize = 256;

/// Bytes of the end that are looked at where a document is too long to be read as a whole.
const END: u64 = 1 << 20;

/// Says whether the document is encrypted; `front` is what was read of it.
pub(super) fn encryption(scan: &mut Scan, source: &Source, front: &[u8]) -> Result<()> {
    let mut found = find(front);
    if found.is_none() && (front.len() as u64) < source.len() {
        let at = source.len().saturating_sub(END).max(front.len() as u64);
        let end = source.peek(at, usize::try_from(END).unwrap_or_default())?;
        // The dictionary itself may stand in front.
        found = find(&[front, &end].concat());
    }
    scan.budget.steps(front.len() as u64 >> 4)?;
    let Some((at, encryption)) = found else { return Ok(()) };
    let evidence = Evidence::quote("/Encrypt").offset(at as u64);
    match encryption {
        Some(encryption) if encryption.opens("") => {
            scan.report(Observation::new(&RESTRICTED, evidence));
        }
        Some(encryption) => match scan.unlock(300, |password| Ok(encryption.opens(password).then_some(())))? {
            Some((_, password)) => scan.set_password(password),
            None => locked(scan, evidence),
        },
        // Another handler than the standard one, for example with certificates.
        None => locked(scan, evidence),
    }
    Ok(())
}

fn locked(scan: &mut Scan, evidence: Evidence) {
    let tried = scan.tried().to_string();
    scan.report(Observation::new(&ENCRYPTED, evidence).with("tried", tried));
    scan.set_status(Status::Locked);
}

/// Where the document says that it is encrypted, and how, if that is the standard way.
fn find(bytes: &[u8]) -> Option<(usize, Option<Encryption>)> {
    // Only the last ones are looked at further.
    let mut words: VecDeque<usize> = VecDeque::new();
    let mut any = None;
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| matches!(byte, b't' | b'/')) {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.starts_with(b"trailer") || is_name(rest, b"XRef") {
            words.push_back(at);
            if words.len() > TRAILERS {
                words.pop_front();
            }
        } else if any.is_none() && is_name(rest, b"Encrypt") && names_something(rest) {
            any = Some(at);
        }
    }
    let trailers: Vec<(usize, usize)> = words.into_iter().map(|at| trailer(bytes, at)).collect();
    any?;
    let mut id = Vec::new();
    let mut encrypt = None;
    // The last one counts; what it leaves out an earlier one may say.
    for (from, to) in trailers.iter().rev() {
        let dictionary = Dictionary::read(bytes.get(*from..(*to).min(bytes.len())).unwrap_or_default());
        if let Some(Value::String(first)) = dictionary.get(b"ID")
            && id.is_empty()
        {
            id.clone_from(first);
        }
        if encrypt.is_none()
            && let Some(value) = dictionary.get(b"Encrypt")
        {
            encrypt = Some((*from, value.clone()));
        }
    }
    let (at, value) = match encrypt {
        Some(found) => found,
        None if trailers.is_empty() => {
            let at = any?;
            let dictionary = Dictionary::read(bytes.get(at..at.saturating_add(TRAILER).min(bytes.len()))?);
            (at, dictionary.get(b"Encrypt")?.clone())
        }
        None => return None,
    };
    let dictionary = match value {
        Value::Dictionary(inside) => Dictionary::read(&inside),
        Value::Reference(number) => Dictionary::read(object(bytes, number)?),
        _ => return Some((at, None)),
    };
    Some((at, standard(&dictionary, id)))
}

/// Where a trailer starts and ends, given the word that gives it away.
fn trailer(bytes: &[u8], at: usize) -> (usize, usize) {
    let rest = bytes.get(at..).unwrap_or_default();
    if !rest.starts_with(b"/") {
        return (at, at.saturating_add(TRAILER));
    }
    // The dictionary around `XRef` starts behind `obj` and ends before `stream`.
    let from = at.saturating_sub(TRAILER);
    let before = bytes.get(from..at).unwrap_or_default();
    let start = before.windows(4).rposition(|four| four == b" obj").unwrap_or_default();
    let end = rest.windows(6).take(TRAILER).position(|six| six == b"stream").unwrap_or(TRAILER);
    (from.saturating_add(start), at.saturating_add(end))
}

/// Whether a reference or a dictionary follows the name.
fn names_something(rest: &[u8]) -> bool {
    let after = rest.get(8..).unwrap_or_default().trim_ascii_start();
    after.starts_with(b"<<")
        || after.first().is_some_and(u8::is_ascii_digit)
        || rest.get(..24).unwrap_or(rest).contains(&b'#')
}

/// Whether a name stands here, which may be written with `#` and digits (7.3.5).
fn is_name(bytes: &[u8], name: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(b"/") else { return false };
    // The first letter is looked at alone first, because this is asked of every name.
    if !rest.first().is_some_and(|first| *first == b'#' || Some(first) == name.first()) {
        return false;
    }
    let (is, _) = take_name(rest);
    is == name
}

/// A name without its slash, decoded, and what follows it.
fn take_name(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let end = bytes.iter().take(384).position(|byte| !is_regular(*byte)).unwrap_or(bytes.len().min(384));
    let (raw, rest) = bytes.split_at(end.min(bytes.len()));
    let mut name = Vec::new();
    let mut raw = raw.iter();
    while let Some(byte) = raw.next() {
        let pair: Vec<u8> = raw.as_slice().iter().take(2).copied().collect();
        let hex = std::str::from_utf8(&pair).ok().filter(|hex| hex.len() == 2);
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *byte == b'#') {
            Some(decoded) => {
                name.push(decoded);
                raw.by_ref().take(2).for_each(drop);
            }
            None => name.push(*byte),
        }
    }
    (name, rest)
}

const fn is_regular(byte: u8) -> bool {
    !matches!(
        byte,
        0 | b'\t' | b'\n' | 12 | b'\r' | b' ' | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

/// The last object of a number.
fn object(bytes: &[u8], number: u32) -> Option<&[u8]> {
    let head = format!("{number} ");
    let is_head = |at: usize| {
        let alone = at.checked_sub(1).and_then(|before| bytes.get(before)).is_none_or(|byte| !byte.is_ascii_digit());
        let generation = bytes.get(at.saturating_add(head.len())..).unwrap_or_default();
        let digits = generation.iter().take(5).take_while(|byte| byte.is_ascii_digit()).count();
        alone && digits > 0 && generation.get(digits..).unwrap_or_default().trim_ascii_start().starts_with(b"obj")
    };
    let first = head.as_bytes().first()?;
    let hits = bytes.iter().enumerate().filter(|(_, byte)| *byte == first).map(|(at, _)| at);
    let mut heads =
        hits.filter(|at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(head.as_bytes())) && is_head(*at));
    let at = heads.next_back()?;
    bytes.get(at..at.saturating_add(TRAILER).min(bytes.len()))
}

/// The entries of the standard security handler (7.6.4.2).
fn standard(dictionary: &Dictionary, id: Vec<u8>) -> Option<Encryption> {
    let number = |name: &[u8]| match dictionary.get(name) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    };
    let string = |name: &[u8]| match dictionary.get(name) {
        Some(Value::String(bytes)) => bytes.clone(),
        _ => Vec::new(),
    };
    if !matches!(dictionary.get(b"Filter"), Some(Value::Name(name)) if name == b"Standard") {
        return None;
    }
    let permissions = number(b"P").unwrap_or_default();
    Some(Encryption {
        revision: u32::try_from(number(b"R")?).ok()?,
        bits: number(b"Length").and_then(|bits| usize::try_from(bits).ok()).filter(|bits| *bits >= 40).unwrap_or(
            // Version 4 has its length with each filter, and it is always this.
            if number(b"V") == Some(4) { 128 } else { 40 },
        ),
        // Some writers forget that it is negative.
        permissions: i32::try_from(permissions)
            .or_else(|_| u32::try_from(permissions).map(u32::cast_signed))
            .unwrap_or_default(),
        owner: string(b"O"),
        user: string(b"U"),
        metadata: !matches!(dictionary.get(b"EncryptMetadata"), Some(Value::Word(word)) if word == b"false"),
        id,
    })
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Number(i64),
    Name(Vec<u8>),
    String(Vec<u8>),
    Reference(u32),
    /// What stands between the brackets.
    Dictionary(Vec<u8>),
    Word(Vec<u8>),
}

/// The entries of the first dictionary in some bytes; of arrays their first value.
#[derive(Debug, Default)]
struct Dictionary {
    entries: Vec<(Vec<u8>, Value)>,
}

impl Dictionary {
    fn get(&self, name: &[u8]) -> Option<&Value> {
        self.entries.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    fn read(bytes: &[u8]) -> Self {
        let mut all = Self::default();
        let start = bytes.windows(2).position(|two| two == b"<<").map_or(0, |at| at.saturating_add(2));
        // Bytes that are a dictionary's inside already begin with a name.
        let start = if bytes.trim_ascii_start().starts_with(b"/") { 0 } else { start };
        let mut rest = bytes.get(start..).unwrap_or_default();
        let mut key: Option<Vec<u8>> = None;
        loop {
            rest = rest.trim_ascii_start();
            let Some(first) = rest.first() else { break };
            if rest.starts_with(b">>") {
                break;
            }
            let value;
            (value, rest) = match first {
                b'/' => {
                    let (name, after) = take_name(rest.get(1..).unwrap_or_default());
                    (Some(Value::Name(name)), after)
                }
                b'(' => take_string(rest.get(1..).unwrap_or_default()),
                b'<' if rest.starts_with(b"<<") => take_inside(rest.get(2..).unwrap_or_default()),
                b'<' => take_hex(rest.get(1..).unwrap_or_default()),
                b'[' | b']' => (None, rest.get(1..).unwrap_or_default()),
                b'%' => (
                    None,
                    rest.iter()
                        .position(|byte| matches!(byte, b'\n' | b'\r'))
                        .and_then(|end| rest.get(end..))
                        .unwrap_or_default(),
                ),
                _ => take_word(rest),
            };
            match (key.take(), value) {
                (None, Some(Value::Name(name))) => key = Some(name),
                (Some(name), Some(value)) => all.entries.push((name, value)),
                (waiting, None) => key = waiting,
                // The further values of an array.
                (None, Some(_)) => {}
            }
        }
        all
    }
}

/// A number, a reference or a word.
fn take_word(bytes: &[u8]) -> (Option<Value>, &[u8]) {
    let end = bytes.iter().position(|byte| !is_regular(*byte)).unwrap_or(bytes.len()).max(1);
    let (word, rest) = bytes.split_at(end.min(bytes.len()));
    let Some(number) = std::str::from_utf8(word).ok().and_then(|word| word.parse::<i64>().ok()) else {
        return (Some(Value::Word(word.to_vec())), rest);
    };
    // `5 0 R`
    let after = rest.trim_ascii_start();
    let digits = after.iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
    let behind = after.get(digits..).unwrap_or_default().trim_ascii_start();
    if digits > 0
        && let Some(left) = behind.strip_prefix(b"R")
        && !left.first().is_some_and(|byte| is_regular(*byte))
        && let Ok(number) = u32::try_from(number)
    {
        return (Some(Value::Reference(number)), left);
    }
    (Some(Value::Number(number)), rest)
}

/// A string behind its bracket (7.3.4.2).
fn take_string(bytes: &[u8]) -> (Option<Value>, &[u8]) {
    let mut out = Vec::new();
    let mut depth = 0_u32;
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\\' => {
                let Some((escaped, after)) = rest.split_first() else { break };
                let octal = rest.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
                if octal > 0 {
                    let digits = rest.get(..octal).unwrap_or_default();
                    out.push(digits.iter().fold(0_u8, |value, digit| value.wrapping_mul(8).wrapping_add(digit & 7)));
                    rest = rest.get(octal..).unwrap_or_default();
                    continue;
                }
                rest = after;
                match escaped {
                    b'n' => out.push(b'\n'),
                    b'r' => out.push(b'\r'),
                    b't' => out.push(b'\t'),
                    b'b' => out.push(8),
                    b'f' => out.push(12),
                    b'\r' => rest = rest.strip_prefix(b"\n").unwrap_or(rest),
                    b'\n' => {}
                    other => out.push(*other),
                }
            }
            b'(' => {
                depth = depth.saturating_add(1);
                out.push(*byte);
            }
            b')' if depth == 0 => break,
            b')' => {
                depth = depth.saturating_sub(1);
                out.push(*byte);
            }
            _ => out.push(*byte),
        }
    }
    (Some(Value::String(out)), rest)
}

/// A string of digits behind its bracket (7.3.4.3).
fn take_hex(bytes: &[u8]) -> (Option<Value>, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'>').unwrap_or(bytes.len());
    let digits: Vec<u8> = bytes
        .get(..end)
        .unwrap_or_default()
        .iter()
        .filter_map(|byte| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let pair = |pair: &[u8]| {
        let digit = |at: usize| pair.get(at).copied().unwrap_or_default();
        digit(0) << 4 | digit(1)
    };
    (Some(Value::String(digits.chunks(2).map(pair).collect())), bytes.get(end.saturating_add(1)..).unwrap_or_default())
}

/// What stands in a dictionary behind its brackets, and what follows it. Brackets in strings are rare enough there.
fn take_inside(bytes: &[u8]) -> (Option<Value>, &[u8]) {
    let mut depth = 0_u32;
    let mut at = 0_usize;
    while let Some(two) = bytes.get(at..at.saturating_add(2)) {
        match two {
            b"<<" => depth = depth.saturating_add(1),
            b">>" if depth == 0 => break,
            b">>" => depth = depth.saturating_sub(1),
            _ => {
                at = at.saturating_add(1);
                continue;
            }
        }
        at = at.saturating_add(2);
    }
    let inside = bytes.get(..at).unwrap_or(bytes);
    (Some(Value::Dictionary(inside.to_vec())), bytes.get(at.saturating_add(2)..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dictionaries_as_writers_write_them() {
        let all = Dictionary::read(b"5 0 obj<</Encr#79pt 12 0 R/ID[<0aFF>(b)]/P -4 /S(a\\)\\061(b)) /N<</Z 1>>/L/q>>");
        assert_eq!(all.get(b"Encrypt"), Some(&Value::Reference(12)));
        assert_eq!(all.get(b"ID"), Some(&Value::String(vec![10, 255])));
        assert_eq!(all.get(b"P"), Some(&Value::Number(-4)));
        assert_eq!(all.get(b"S"), Some(&Value::String(b"a)1(b)".to_vec())));
        assert_eq!(all.get(b"L"), Some(&Value::Name(b"q".to_vec())));
        assert!(all.get(b"Z").is_none());
    }

    #[test]
    fn only_a_trailer_counts_where_there_is_one() {
        assert!(find(b"%PDF-1.4\n(/Encrypt 5 0 R)\ntrailer<</Size 3>>").is_none());
        assert!(find(b"%PDF-1.4\n/Encrypt<</Filter/Standard").is_some());
        assert!(find(b"%PDF-1.4\ntrailer\n<</Size 3/Encrypt<</Filter/X/V 1>>>>").is_some_and(|(_, how)| how.is_none()));
        assert!(find(b"%PDF-1.5\n7 0 obj<</Type/XRef/Encrypt 9 0 R>>stream").is_none());
        let many = [&b"trailer<</Size 1>>".repeat(300)[..], b"trailer<</Encrypt<</Filter/X>>>>"].concat();
        assert!(find(&many).is_some());
    }
}
