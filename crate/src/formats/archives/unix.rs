//! Archives of the Unix world beside TAR: cpio (\[POSIX\] pax, and the older forms) and ar.

use super::{Entry, check_rest, list};
use crate::codecs::text;
use crate::error::{Error, Result};
use crate::scan::{Content, Scan};
use crate::source::Source;

/// Longest name.
const NAME: u64 = 1 << 16;

/// What a header of cpio says: mode, length of the name, length of the file, length of the header, alignment.
type Header = (u64, u64, u64, u64, u64);

pub(super) fn cpio(scan: &mut Scan, source: &Source) -> Result<()> {
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    let (mut at, mut rest) = (0, 0);
    let end = loop {
        scan.budget.steps(16)?;
        if at >= source.len() || entries.len() as u64 > u64::from(scan.budget.limits().artifacts) {
            break Ok(());
        }
        let Some((mode, name, size, len, align)) = header(&source.peek(at, 110)?) else {
            break Err(Error::malformed("cpio header", at));
        };
        let start = at.saturating_add(len);
        let raw = source.peek(start, usize::try_from(name.min(NAME)).unwrap_or_default())?;
        let path = text::of_unknown_encoding(raw.split(|byte| *byte == 0).next().unwrap_or_default());
        if path == "TRAILER!!!" {
            rest = start.saturating_add(name).next_multiple_of(align);
            break Ok(());
        }
        let body = start.saturating_add(name).next_multiple_of(align);
        let kind = mode & 0o17_0000;
        let link = if kind == 0o12_0000 {
            Some(text::of_unknown_encoding(&source.peek(body, usize::try_from(size.min(4096)).unwrap_or_default())?))
        } else {
            None
        };
        let is_folder = kind == 0o4_0000;
        entries.push(Entry { path, at, size: Some(size), packed: Some(size), is_folder, link });
        data.push((body, size));
        if size > source.len().saturating_sub(body) {
            break Err(Error::malformed("cpio entry", at));
        }
        at = body.saturating_add(size).next_multiple_of(align);
    };
    stored(scan, source, &entries, &data)?;
    check_rest(scan, source, rest)?;
    end
}

fn stored(scan: &mut Scan, source: &Source, entries: &[Entry], data: &[(u64, u64)]) -> Result<()> {
    list(scan, entries, |_, index| match data.get(index) {
        Some((at, size)) => Ok(Content::Bytes { source: source.slice(*at, *size), crc32: None }),
        None => Err(Error::malformed("end of data", 0)),
    })
}

fn header(bytes: &[u8]) -> Option<Header> {
    let number = |at: usize, len: usize, radix: u32| -> Option<u64> {
        let digits = std::str::from_utf8(bytes.get(at..at.checked_add(len)?)?).ok()?;
        u64::from_str_radix(digits, radix).ok()
    };
    match bytes {
        [b'0', b'7', b'0', b'7', b'0', b'1' | b'2', ..] => {
            Some((number(14, 8, 16)?, number(94, 8, 16)?, number(54, 8, 16)?, 110, 4))
        }
        [b'0', b'7', b'0', b'7', b'0', b'7', ..] => {
            Some((number(18, 6, 8)?, number(59, 6, 8)?, number(65, 11, 8)?, 76, 1))
        }
        [a @ (0xC7 | 0x71), b @ (0x71 | 0xC7), ..] if a != b => {
            let is_little = *a == 0xC7;
            let word = |at: usize| -> Option<u64> {
                let pair = *bytes.get(at..)?.first_chunk()?;
                Some(u64::from(if is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }))
            };
            Some((word(6)?, word(20)?, word(22)? << 16 | word(24)?, 26, 2))
        }
        _ => None,
    }
}

pub(in crate::formats) fn ar(scan: &mut Scan, source: &Source) -> Result<()> {
    // A thin archive only names its files.
    if source.peek(0, 7)? == b"!<thin>" {
        return Err(Error::Unsupported("ar"));
    }
    let (mut entries, mut data) = (Vec::new(), Vec::new());
    let mut names = Vec::new();
    let mut at = 8;
    let end = loop {
        scan.budget.steps(16)?;
        if at >= source.len() || entries.len() as u64 > u64::from(scan.budget.limits().artifacts) {
            break Ok(());
        }
        let header: [u8; 60] = match source.array(at, "ar header") {
            Ok(header) => header,
            Err(error) => break Err(error),
        };
        let field = |from: usize, to: usize| -> String {
            let raw = header.get(from..to).unwrap_or_default();
            text::of_unknown_encoding(raw).trim_end().to_owned()
        };
        let (Ok(size), true) = (field(48, 58).parse::<u64>(), header.ends_with(b"`\n")) else {
            break Err(Error::malformed("ar header", at));
        };
        let mut body = at.saturating_add(60);
        let mut len = size;
        let mut name = field(0, 16);
        // Long names stand in a table of their own (GNU), or before the file (BSD).
        if name == "//" {
            names = source.peek(body, usize::try_from(size.min(1 << 20)).unwrap_or_default())?;
        } else if let Some(offset) = name.strip_prefix('/').and_then(|at| at.parse::<usize>().ok()) {
            let raw = names.get(offset..).unwrap_or_default().split(|byte| matches!(byte, b'\n' | 0)).next();
            name = text::of_unknown_encoding(raw.unwrap_or_default());
        } else if let Some(longer) = name.strip_prefix("#1/").and_then(|len| len.parse::<u64>().ok()) {
            let raw = source.peek(body, usize::try_from(longer.min(NAME)).unwrap_or_default())?;
            name = text::of_unknown_encoding(raw.split(|byte| *byte == 0).next().unwrap_or_default());
            body = body.saturating_add(longer);
            len = len.saturating_sub(longer);
        }
        let path = name.trim_end_matches('/').to_owned();
        // The symbol table and the names themselves are nobody's files.
        if !path.is_empty() && !path.starts_with("/SYM") && !path.starts_with("__.SYMDEF") {
            entries.push(Entry { path, at, size: Some(len), packed: Some(len), ..Entry::default() });
            data.push((body, len));
        }
        if len > source.len().saturating_sub(body) {
            break Err(Error::malformed("ar entry", at));
        }
        at = at.saturating_add(60).saturating_add(size).next_multiple_of(2);
    };
    stored(scan, source, &entries, &data)?;
    end
}
