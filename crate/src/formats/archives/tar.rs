//! TAR archives (\[POSIX\] pax Interchange Format, and what GNU tar added).
//!
//! A row of 512-byte headers, each followed by its file. There is no list: the names are found by going from header to
//! header, and the rest of an archive behind a damaged one cannot be told.

use std::collections::HashMap;

use super::{Entry, check_rest, list};
use crate::codecs::text;
use crate::error::{Error, Result};
use crate::scan::{Content, Scan};
use crate::source::Source;

const BLOCK: u64 = 512;

/// Most bytes of one extended header: names longer than this are nobody's.
const EXTENDED: u64 = 1 << 20;

pub(super) fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    let mut told = Told::default();
    let (mut at, mut rest) = (0, None);
    let end = loop {
        scan.budget.steps(16)?;
        if entries.len() as u64 > u64::from(scan.budget.limits().artifacts) {
            break Ok(());
        }
        let header: [u8; 512] = match source.array(at, "tar header") {
            Ok(header) => header,
            // Two empty blocks should end an archive; many writers leave them out.
            Err(Error::Malformed { .. }) if at == source.len() => break Ok(()),
            Err(error) => break Err(error),
        };
        if header.iter().all(|byte| *byte == 0) {
            rest = Some(at);
            break Ok(());
        }
        let Some(header) = Header::read(&header) else { break Err(Error::malformed("tar header", at)) };
        let body = at.saturating_add(BLOCK);
        match header.kind {
            b'x' | b'g' | b'L' | b'K' => {
                let bytes = source.peek(body, usize::try_from(header.size.min(EXTENDED)).unwrap_or_default())?;
                told.take(header.kind, &bytes);
                at = next(body, header.size);
            }
            kind => {
                let size = told.number("size").unwrap_or(header.size);
                let has_body = !matches!(kind, b'1'..=b'6');
                let path = told.text("path").unwrap_or(header.path);
                let link = told.text("linkpath").unwrap_or(header.link);
                let left = source.len().saturating_sub(body);
                entries.push(Entry {
                    is_folder: kind == b'5' || (path.ends_with('/') && size == 0),
                    link: matches!(kind, b'1' | b'2').then_some(link),
                    path,
                    at,
                    size: Some(size),
                    packed: Some(size),
                });
                data.push((body, size, kind == b'S'));
                told.forget();
                if has_body && size > left {
                    break Err(Error::malformed("tar entry", at));
                }
                at = next(body, if has_body { size } else { 0 });
            }
        }
    };
    list(scan, &entries, |_, index| match data.get(index) {
        Some((_, _, true)) => Err(Error::Unsupported("sparse file")),
        Some((at, size, _)) => Ok(Content::Bytes { source: source.slice(*at, *size), crc32: None }),
        None => Err(Error::malformed("tar entry", 0)),
    })?;
    // Programs stop at the empty blocks, unless they are told to go on.
    if let Some(at) = rest {
        let at = past_zeros(scan, source, at)?;
        check_rest(scan, source, at)?;
    }
    end
}

/// The first byte from `at` on that is not zero, or the end.
fn past_zeros(scan: &Scan, source: &Source, mut at: u64) -> Result<u64> {
    loop {
        let chunk = source.peek(at, 1 << 16)?;
        scan.budget.steps((chunk.len() as u64) >> 8)?;
        let zeros = chunk.iter().position(|byte| *byte != 0);
        at = at.saturating_add(zeros.unwrap_or(chunk.len()) as u64);
        if zeros.is_some() || chunk.is_empty() {
            return Ok(at);
        }
    }
}

/// Where the next header stands: files are filled up to whole blocks.
const fn next(body: u64, size: u64) -> u64 {
    body.saturating_add(size.div_ceil(BLOCK).saturating_mul(BLOCK))
}

struct Header {
    path: String,
    link: String,
    size: u64,
    kind: u8,
}

impl Header {
    /// `None` when its sum is wrong.
    fn read(bytes: &[u8; 512]) -> Option<Self> {
        let field = |at: usize, len: usize| bytes.get(at..at.saturating_add(len)).unwrap_or_default();
        let blank = |(at, byte): (usize, &u8)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) };
        if number(field(148, 8))? != bytes.iter().enumerate().map(blank).sum::<u64>() {
            return None;
        }
        let name = text::of_unknown_encoding(until_zero(field(0, 100)));
        let prefix = text::of_unknown_encoding(until_zero(field(345, 155)));
        let path = if field(257, 6) == b"ustar\0" && !prefix.is_empty() { format!("{prefix}/{name}") } else { name };
        Some(Self {
            path,
            link: text::of_unknown_encoding(until_zero(field(157, 100))),
            size: number(field(124, 12))?,
            kind: *bytes.get(156)?,
        })
    }
}

/// Octal digits, or, where the first bit is set, a number of base 256 (GNU).
fn number(field: &[u8]) -> Option<u64> {
    if field.first().is_some_and(|byte| byte & 0x80 != 0) {
        let tail = field.get(field.len().checked_sub(8)?..)?;
        return Some(u64::from_be_bytes(tail.try_into().ok()?));
    }
    let digits: String = field.iter().map(|b| char::from(*b)).filter(|c| c.is_digit(8)).collect();
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(&digits, 8).ok() }
}

fn until_zero(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// What extended headers say of the next entry, or of all that follow.
#[derive(Default)]
struct Told {
    next: HashMap<String, String>,
    all: HashMap<String, String>,
}

impl Told {
    fn take(&mut self, kind: u8, bytes: &[u8]) {
        let key = match kind {
            b'L' => "path",
            b'K' => "linkpath",
            _ => {
                let into = if kind == b'g' { &mut self.all } else { &mut self.next };
                return records(bytes).for_each(|(key, value)| {
                    into.insert(key, value);
                });
            }
        };
        self.next.insert(key.into(), text::of_unknown_encoding(until_zero(bytes)));
    }

    fn text(&self, key: &str) -> Option<String> {
        self.next.get(key).or_else(|| self.all.get(key)).cloned()
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.text(key)?.parse().ok()
    }

    fn forget(&mut self) {
        self.next.clear();
    }
}

/// `length key=value\n`, one behind the other.
fn records(mut bytes: &[u8]) -> impl Iterator<Item = (String, String)> {
    std::iter::from_fn(move || {
        let space = bytes.iter().position(|byte| *byte == b' ')?;
        let len: usize = std::str::from_utf8(bytes.get(..space)?).ok()?.parse().ok()?;
        let record = bytes.get(space.checked_add(1)?..len)?;
        bytes = bytes.get(len..)?;
        let text = String::from_utf8_lossy(record.strip_suffix(b"\n").unwrap_or(record));
        let (key, value) = text.split_once('=')?;
        Some((key.to_owned(), value.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_both_kinds() {
        assert_eq!(number(b"0000644\0"), Some(0o644));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\0\x01\0\0\0"), Some(1 << 24));
        assert_eq!(number(b" \0"), Some(0));
    }

    #[test]
    fn extended_records_carry_their_own_length() {
        let found: Vec<_> = records("14 path=a\u{3042}b\n11 size=20\n9 cut".as_bytes()).collect();
        assert_eq!(found, [("path".into(), "a\u{3042}b".into()), ("size".into(), "20".into())]);
    }
}
