//! LZH archives of LHA and its relatives (the header levels 0 to 3 of H. Yoshizaki and later authors).

use std::io::{self, Read};
use std::rc::Rc;

use super::{Entry, check_rest, list};
use crate::codecs::lz::lzh::{Layout, Lzh, Lzss};
use crate::codecs::paged::Paged;
use crate::codecs::text;
use crate::error::{Error, Result};
use crate::scan::{Content, Scan};
use crate::source::{Source, Stream};

/// Largest header with all that extends it.
const LARGEST: u64 = 1 << 16;

struct File {
    entry: Entry,
    method: [u8; 5],
    data: Source,
    crc16: Option<u16>,
    next: u64,
}

pub(super) fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let (mut entries, mut files) = (Vec::new(), Vec::new());
    let mut at = 0;
    let end = loop {
        scan.budget.steps(32)?;
        // One zero byte ends an archive; many writers leave it out.
        let is_over = source.peek(at, 1)?.first().is_none_or(|size| *size == 0);
        if is_over || files.len() as u64 > u64::from(scan.budget.limits().artifacts) {
            break Ok(());
        }
        let Some(mut file) = read_header(source, at)? else { break Err(Error::malformed("lzh header", at)) };
        at = file.next;
        entries.push(std::mem::take(&mut file.entry));
        files.push(file);
        if at > source.len() {
            break Err(Error::malformed("lzh entry", at));
        }
    };
    list(scan, &entries, |scan, index| {
        let (Some(file), Some(entry)) = (files.get(index), entries.get(index)) else {
            return Err(Error::malformed("lzh entry", 0));
        };
        let size = entry.size.unwrap_or_default();
        let packed = file.data.clone();
        let open: Box<dyn Fn(Source) -> Box<dyn Stream>> = match &file.method {
            b"-lh0-" | b"-lz4-" | b"-pm0-" => Box::new(move |packed| Box::new(packed.slice(0, size))),
            b"-lh4-" => Box::new(move |packed| Box::new(Lzh::new(packed, size, 12))),
            b"-lh5-" => Box::new(move |packed| Box::new(Lzh::new(packed, size, 13))),
            b"-lh6-" => Box::new(move |packed| Box::new(Lzh::new(packed, size, 15))),
            b"-lh7-" => Box::new(move |packed| Box::new(Lzh::new(packed, size, 16))),
            b"-lzs-" => Box::new(move |packed| Box::new(Lzss::new(packed, size, Layout::Lzs))),
            b"-lz5-" => Box::new(move |packed| Box::new(Lzss::new(packed, size, Layout::Lz5))),
            _ => return Err(Error::Unsupported("lzh-method")),
        };
        let crc16 = file.crc16;
        let start = move || Ok(Box::new(Summed { inner: open(packed.clone()), crc: 0, crc16 }) as Box<dyn Stream>);
        let source = Paged::source(size, Rc::clone(&scan.budget), Box::new(start));
        Ok(Content::Bytes { source, crc32: None })
    })?;
    if end.is_ok() {
        // Behind the zero byte.
        check_rest(scan, source, at.saturating_add(1).min(source.len()))?;
    }
    end
}

/// Fails at the end if the sum is wrong.
struct Summed {
    inner: Box<dyn Stream>,
    crc: u16,
    crc16: Option<u16>,
}

impl Read for Summed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.crc = buf.get(..n).unwrap_or_default().iter().fold(self.crc, |crc, byte| crc16(crc, *byte));
        if n == 0 && self.crc16.is_some_and(|told| told != self.crc) {
            return Err(Error::malformed("compressed data", 0).into());
        }
        Ok(n)
    }
}

/// CRC-16 with the polynomial 0xA001.
fn crc16(crc: u16, byte: u8) -> u16 {
    (0..8).fold(crc ^ u16::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 })
}

fn read_header(source: &Source, at: u64) -> Result<Option<File>> {
    let head: [u8; 22] = match source.array(at, "lzh header") {
        Ok(head) => head,
        Err(Error::Malformed { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let word = |from: usize| head.get(from..).and_then(<[u8]>::first_chunk).map_or(0, |b| u32::from_le_bytes(*b));
    let [size, _, a, b, c, d, e, ..] = head;
    let level = head.get(20).copied().unwrap_or_default();
    if (a, e) != (b'-', b'-') {
        return Ok(None);
    }
    let bytes = source.peek(at, usize::try_from(LARGEST).unwrap_or_default())?;
    let u16_at = |from: usize| bytes.get(from..).and_then(<[u8]>::first_chunk).map(|b| u16::from_le_bytes(*b));
    let u32_at = |from: usize| bytes.get(from..).and_then(<[u8]>::first_chunk).map(|b| u32::from_le_bytes(*b));
    let mut packed = u64::from(word(7));
    let mut name = Vec::new();
    // Where the extensions begin, the length of the first, how long such a length is, and where the header ends.
    let (crc, mut ext, mut next, width, end) = match level {
        0 | 1 => {
            let len = usize::from(bytes.get(21).copied().unwrap_or_default());
            let after = len.saturating_add(22);
            name = bytes.get(22..after).unwrap_or_default().to_vec();
            let base = usize::from(size).saturating_add(2);
            let more = if level == 1 { u16_at(base.saturating_sub(2)).unwrap_or_default() } else { 0 };
            (u16_at(after), base, u32::from(more), 2_usize, base)
        }
        2 => (u16_at(21), 26, u32::from(u16_at(24).unwrap_or_default()), 2, usize::from(u16_at(0).unwrap_or_default())),
        3 => {
            let whole = usize::try_from(u32_at(24).unwrap_or_default()).unwrap_or(usize::MAX);
            (u16_at(21), 32, u32_at(28).unwrap_or_default(), 4, whole)
        }
        _ => return Ok(None),
    };
    let mut folder = Vec::new();
    let mut unicode = [None, None];
    while next > 0 {
        let len = usize::try_from(next).unwrap_or(usize::MAX);
        let stop = ext.saturating_add(len);
        let Some([kind, record @ ..]) = bytes.get(ext..stop.saturating_sub(width)) else { return Ok(None) };
        match kind {
            1 => name = record.to_vec(),
            2 => folder = record.to_vec(),
            0x44 => unicode[0] = Some(utf16(record)),
            0x45 => unicode[1] = Some(utf16(record)),
            _ => {}
        }
        let tail = stop.saturating_sub(width);
        next = if width == 2 { u16_at(tail).map(u32::from) } else { u32_at(tail) }.unwrap_or_default();
        if level == 1 {
            packed = packed.saturating_sub(len as u64);
        }
        ext = stop;
    }
    let end = if level == 1 { ext } else { end };
    if end < 22 {
        return Ok(None);
    }
    let data = at.saturating_add(end as u64);
    // Folders end with 0xFF: as bytes, because a letter of Shift_JIS may hold what looks like a separator.
    let split = |raw: &[u8]| -> String {
        raw.split(|byte| *byte == 0xFF).map(text::of_unknown_encoding).collect::<Vec<_>>().join("/")
    };
    let [file_name, folder_name] = unicode;
    let name =
        file_name.unwrap_or_else(|| text::of_unknown_encoding(name.split(|b| *b == 0).next().unwrap_or_default()));
    let folder = folder_name.unwrap_or_else(|| split(&folder));
    let is_folder = [c, d] == [b'h', b'd'] && b == b'l';
    let path = format!("{folder}{name}").replace('\\', "/");
    // Unix keeps the target of a link behind its name.
    let (path, link) = match path.split_once('|') {
        Some((path, target)) if is_folder => (path.to_owned(), Some(target.to_owned())),
        _ => (path, None),
    };
    let entry = Entry {
        path,
        at,
        size: Some(u64::from(word(11))),
        packed: Some(packed),
        is_folder: is_folder && link.is_none(),
        link,
    };
    let method = [a, b, c, d, e];
    Ok(Some(File { entry, method, data: source.slice(data, packed), crc16: crc, next: data.saturating_add(packed) }))
}

fn utf16(record: &[u8]) -> String {
    let units = record.chunks_exact(2).map(|pair| pair.first_chunk().map_or(0, |pair| u16::from_le_bytes(*pair)));
    let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.replace('\u{FFFF}', "/")
}
