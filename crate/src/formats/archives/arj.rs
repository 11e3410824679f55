//! ARJ (R. Jung's technical information file) and ACE: the list, what is stored, and ARJ's methods 1 to 3, which pack
//! as `-lh7-` does.

use std::rc::Rc;

use super::{Entry, list};
use crate::codecs::lz::lzh::Lzh;
use crate::codecs::paged::Paged;
use crate::codecs::text;
use crate::error::{Error, Result};
use crate::scan::{Content, Scan};
use crate::source::{Source, Stream};

/// What is known of an entry's content.
struct File {
    data: Source,
    packing: Packing,
    is_locked: bool,
    is_split: bool,
    crc32: Option<u32>,
}

#[derive(Clone, Copy)]
enum Packing {
    Stored,
    /// As `-lh7-`, with a smaller window.
    Lzh,
    Unread,
}

/// Fields of a header, in the order of bytes that both formats use.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or_default()
    }

    fn word(&self, at: usize) -> u16 {
        u16::from_le_bytes([self.byte(at), self.byte(at.saturating_add(1))])
    }

    fn long(&self, at: usize) -> u32 {
        u32::from(self.word(at.saturating_add(2))) << 16 | u32::from(self.word(at))
    }
}

pub(super) fn arj(scan: &mut Scan, source: &Source) -> Result<()> {
    let (mut entries, mut files) = (Vec::new(), Vec::new());
    let mut at = 0;
    let end = loop {
        scan.budget.steps(16)?;
        let start = source.peek(at, 4)?;
        let [0x60, 0xEA, a, b] = start[..] else { break Err(Error::malformed("arj header", at)) };
        let len = u16::from_le_bytes([a, b]);
        if len == 0 || entries.len() as u64 > u64::from(scan.budget.limits().artifacts) {
            break Ok(());
        }
        let bytes = source.peek(at.saturating_add(4), len.into())?;
        if bytes.len() < usize::from(len) {
            break Err(Error::malformed("arj header", at));
        }
        let header = Fields(&bytes);
        let name = bytes.get(usize::from(header.byte(0))..).unwrap_or_default().split(|byte| *byte == 0).next();
        // Behind the header its sum, then extensions until one of no length.
        let mut data = at.saturating_add(8).saturating_add(len.into());
        loop {
            scan.budget.steps(1)?;
            let [a, b] = source.array(data, "arj header")?;
            data = data.saturating_add(2);
            match u16::from_le_bytes([a, b]) {
                0 => break,
                more => data = data.saturating_add(u64::from(more)).saturating_add(4),
            }
        }
        let kind = header.byte(6);
        // The main header only names the archive.
        if kind == 2 {
            at = data;
            continue;
        }
        let (packed, size) = (u64::from(header.long(12)), u64::from(header.long(16)));
        entries.push(Entry {
            path: text::of_unknown_encoding(name.unwrap_or_default()),
            at,
            size: Some(size),
            packed: Some(packed),
            is_folder: kind == 3,
            link: None,
        });
        files.push(File {
            data: source.slice(data, packed),
            packing: match header.byte(5) {
                0 => Packing::Stored,
                1..=3 => Packing::Lzh,
                _ => Packing::Unread,
            },
            is_locked: header.byte(4) & 1 != 0,
            is_split: header.byte(4) & 0x0C != 0,
            crc32: Some(header.long(20)),
        });
        at = data.saturating_add(packed);
        if at > source.len() {
            break Err(Error::malformed("arj entry", data));
        }
    };
    open(scan, &entries, &files)?;
    end
}

pub(super) fn ace(scan: &mut Scan, source: &Source) -> Result<()> {
    let (mut entries, mut files) = (Vec::new(), Vec::new());
    let mut at = 0;
    let end = loop {
        scan.budget.steps(16)?;
        if at >= source.len() || entries.len() as u64 > u64::from(scan.budget.limits().artifacts) {
            break Ok(());
        }
        let [_, _, a, b] = source.array(at, "ace header")?;
        let len = u16::from_le_bytes([a, b]);
        let bytes = source.peek(at.saturating_add(4), len.into())?;
        if bytes.len() < usize::from(len) || len < 3 {
            break Err(Error::malformed("ace header", at));
        }
        let header = Fields(&bytes);
        let flags = header.word(1);
        let packed = if flags & 1 != 0 { u64::from(header.long(3)) } else { 0 };
        let data = at.saturating_add(4).saturating_add(len.into());
        if header.byte(0) == 1 {
            let name =
                bytes.get(31..).unwrap_or_default().iter().take(header.word(29).into()).copied().collect::<Vec<_>>();
            let size = u64::from(header.long(7));
            entries.push(Entry {
                path: text::of_unknown_encoding(&name),
                at,
                size: Some(size),
                packed: Some(packed),
                is_folder: header.long(15) & 0x10 != 0,
                link: None,
            });
            files.push(File {
                data: source.slice(data, packed.min(size)),
                packing: if header.byte(23) == 0 { Packing::Stored } else { Packing::Unread },
                is_locked: flags & 0x4000 != 0,
                is_split: flags & 0x3000 != 0,
                // ACE leaves out the last step of the sum.
                crc32: Some(!header.long(19)),
            });
        }
        at = data.saturating_add(packed);
        if at > source.len() {
            break Err(Error::malformed("ace entry", data));
        }
    };
    open(scan, &entries, &files)?;
    end
}

fn open(scan: &mut Scan, entries: &[Entry], files: &[File]) -> Result<()> {
    list(scan, entries, |scan, index| match files.get(index) {
        Some(file) if file.is_locked => Ok(Content::Locked),
        Some(file) if file.is_split => Err(Error::Unsupported("split archive")),
        Some(File { data, packing: Packing::Stored, crc32, .. }) => {
            Ok(Content::Bytes { source: data.clone(), crc32: *crc32 })
        }
        Some(File { data, packing: Packing::Lzh, crc32, .. }) => {
            let size = entries.get(index).and_then(|entry| entry.size).unwrap_or_default();
            let packed = data.clone();
            let start = move || Ok(Box::new(Lzh::new(packed.clone(), size, 16)) as Box<dyn Stream>);
            let source = Paged::source(size, Rc::clone(&scan.budget), Box::new(start));
            Ok(Content::Bytes { source, crc32: *crc32 })
        }
        _ => Err(Error::Unsupported("lzh-method")),
    })
}
