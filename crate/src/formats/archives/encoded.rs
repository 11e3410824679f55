//! One file, packed or written as text: Microsoft's `COMPRESS` and uuencode.

use std::rc::Rc;

use super::{Entry, list};
use crate::codecs::lz::lzh::{Layout, Lzss};
use crate::codecs::paged::Paged;
use crate::codecs::{base64, text};
use crate::error::{Error, Result};
use crate::scan::{Content, Scan};
use crate::source::{Source, Stream};

/// SZDD: magic, method, the last letter of the name, and the length.
pub(super) fn szdd(scan: &mut Scan, source: &Source) -> Result<()> {
    let [magic, .., method, last, a, b, c, d] = source.array::<14>(0, "szdd header")?;
    if magic != b'S' || method != b'A' {
        return Err(Error::Unsupported("lzh-method"));
    }
    // `setup.ex_` was `setup.exe`.
    let name = scan.name().to_owned();
    let path = match (name.strip_suffix('_'), last) {
        (Some(stem), b' '..=b'~') => format!("{stem}{}", char::from(last)),
        _ => name,
    };
    let size = u64::from(u32::from_le_bytes([a, b, c, d]));
    let packed = source.slice(14, source.len());
    let entry = Entry { path, size: Some(size), packed: Some(packed.len()), ..Entry::default() };
    list(scan, &[entry], |scan, _| {
        let packed = packed.clone();
        let start = move || Ok(Box::new(Lzss::new(packed.clone(), size, Layout::Szdd)) as Box<dyn Stream>);
        Ok(Content::Bytes { source: Paged::source(size, Rc::clone(&scan.budget), Box::new(start)), crc32: None })
    })
}

const XX: &[u8; 64] = b"+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `begin 644 name`, lines, `end`; also as xxencode and with Base64 (\[POSIX\] uuencode).
pub(super) fn uue(scan: &mut Scan, source: &Source) -> Result<()> {
    let text = scan.budget.read_to_vec(source.clone())?;
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let (mut entries, mut files) = (Vec::new(), Vec::new());
    let mut end = Ok(());
    while let Some(line) = lines.next() {
        scan.budget.steps(1)?;
        let is_base64 = line.starts_with(b"begin-base64 ");
        if !is_base64 && !line.starts_with(b"begin ") {
            continue;
        }
        let name = line.splitn(3, |byte| *byte == b' ').nth(2).unwrap_or_default();
        let mut body: Vec<&[u8]> = Vec::new();
        let is_end = |line: &&[u8]| if is_base64 { *line == b"====" } else { line.eq_ignore_ascii_case(b"end") };
        let is_complete = loop {
            match lines.next() {
                Some(line) if is_end(&line) => break true,
                Some(line) => body.push(line),
                None => break false,
            }
        };
        if !is_complete {
            end = Err(Error::malformed("uue entry", 0));
        }
        let bytes = if is_base64 { base64::decode(&body.concat(), usize::MAX) } else { decode(&body) };
        scan.budget.expand(bytes.len() as u64)?;
        let path = text::of_unknown_encoding(name);
        entries.push(Entry { path, size: Some(bytes.len() as u64), ..Entry::default() });
        files.push(Source::memory(bytes));
    }
    list(scan, &entries, |_, index| {
        let source = files.get(index).cloned().ok_or(Error::malformed("uue entry", 0))?;
        Ok(Content::Bytes { source, crc32: None })
    })?;
    end
}

/// Every line begins with its length; four letters are three bytes. Lower-case letters stand in xxencode only.
fn decode(lines: &[&[u8]]) -> Vec<u8> {
    let is_xx = lines.iter().any(|line| line.iter().any(u8::is_ascii_lowercase));
    let value = |byte: &u8| -> u32 {
        let found = if is_xx { XX.iter().position(|letter| letter == byte) } else { None };
        let plain = u32::from(byte.wrapping_sub(32)) & 63;
        found.map_or(plain, |at| u32::try_from(at).unwrap_or_default())
    };
    let mut bytes = Vec::new();
    for (first, letters) in lines.iter().filter_map(|line| line.split_first()) {
        let len = usize::try_from(value(first)).unwrap_or_default();
        let mut line = Vec::new();
        for four in letters.chunks(4) {
            let mut letters = four.iter().map(value).chain(std::iter::repeat(0));
            let word = (0..4).fold(0, |word, _| word << 6 | letters.next().unwrap_or_default());
            let [_, a, b, c] = word.to_be_bytes();
            line.extend([a, b, c]);
        }
        bytes.extend(line.into_iter().take(len));
    }
    bytes
}
