//! Cabinets (\[MS-CAB\]).
//!
//! Files are packed together in folders; a folder is one stream here and each file a part of it.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

use flate2::{Decompress, FlushDecompress};

use super::{CRC_MISMATCH, Entry, list};
use crate::codecs::lz::lzx::Lzx;
use crate::codecs::paged::Paged;
use crate::codecs::text;
use crate::error::{Error, Result};
use crate::finding::{Evidence, Observation};
use crate::scan::{Content, Scan};
use crate::source::{Chain, Source, Stream};

/// Longest name (\[MS-CAB\] 2.3).
const NAME: usize = 257;

const HAS_PREVIOUS: u16 = 1;
const HAS_NEXT: u16 = 2;
const HAS_RESERVE: u16 = 4;

/// CFDATA: packed bytes and the length of what they give.
#[derive(Clone)]
struct Block {
    packed: Source,
    len: u16,
}

struct Folder {
    content: Result<Source, &'static str>,
    is_right: bool,
}

pub(in crate::formats) fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let head: [u8; 36] = source.array(0, "cabinet header")?;
    if !head.starts_with(b"MSCF") {
        return Err(Error::Unsupported("cab-installshield"));
    }
    let word = |at: usize| head.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |b| u16::from_le_bytes(*b));
    let [mut at, per_folder, per_block] = [36, 0, 0];
    let (mut per_folder, mut per_block): (u64, u64) = (per_folder, per_block);
    let flags = word(30);
    if flags & HAS_RESERVE != 0 {
        let [a, b, folder, block] = source.array(at, "cabinet header")?;
        (per_folder, per_block) = (folder.into(), block.into());
        at = at.saturating_add(4).saturating_add(u64::from(u16::from_le_bytes([a, b])));
    }
    for flag in [HAS_PREVIOUS, HAS_PREVIOUS, HAS_NEXT, HAS_NEXT] {
        if flags & flag != 0 {
            at = at.saturating_add(read_name(source, at)?.len() as u64).saturating_add(1);
        }
    }
    let mut folders = Vec::new();
    let mut end = None;
    // However folders overlap, no cabinet has more blocks than bytes.
    let mut left = source.len();
    for _ in 0..word(26) {
        match read_folder(scan, source, at, per_block, &mut left) {
            Ok(folder) => folders.push(folder),
            Err(error) => {
                end = Some(error);
                break;
            }
        }
        at = at.saturating_add(8).saturating_add(per_folder);
    }
    let [a, b] = [word(16), word(18)].map(u64::from);
    at = b << 16 | a;
    let (mut entries, mut places) = (Vec::new(), Vec::new());
    for _ in 0..word(28) {
        scan.budget.steps(16)?;
        match read_file(source, at) {
            Ok(((mut entry, length), start, folder)) => {
                at = at.saturating_add(17).saturating_add(length);
                places.push((start, folder));
                if let Some(name) = scan.name_of(&entry.path) {
                    entry.path = format!("{}/{name}", entry.path);
                }
                entries.push(entry);
            }
            Err(error) => {
                end = end.or(Some(error));
                break;
            }
        }
    }
    for (entry, _) in entries
        .iter()
        .zip(&places)
        .filter(|(_, (_, folder))| folders.get(usize::from(*folder)).is_some_and(|folder: &Folder| !folder.is_right))
    {
        let evidence = Evidence::quote(&entry.path).offset(entry.at);
        scan.report(Observation::new(&CRC_MISMATCH, evidence).with("name", &entry.path));
    }
    list(scan, &entries, |_, index| {
        let missing = || Error::malformed("cabinet folder", 0);
        let (start, folder) = places.get(index).copied().ok_or_else(missing)?;
        if folder >= 0xFFFD {
            return Err(Error::Unsupported("split archive"));
        }
        let folder = folders.get(usize::from(folder)).ok_or_else(missing)?;
        let content = folder.content.as_ref().map_err(|what| Error::Unsupported(what))?;
        let size = entries.get(index).and_then(|entry| entry.size).unwrap_or_default();
        Ok(Content::Bytes { source: content.slice(u64::from(start), size), crc32: None })
    })?;
    end.map_or(Ok(()), Err)
}

fn read_name(source: &Source, at: u64) -> Result<Vec<u8>> {
    let bytes = source.peek(at, NAME)?;
    let len = bytes.iter().position(|byte| *byte == 0).ok_or(Error::malformed("cabinet name", at))?;
    Ok(bytes.into_iter().take(len).collect())
}

/// CFFILE: an entry with the length of its name, where it starts in which folder.
fn read_file(source: &Source, at: u64) -> Result<((Entry, u64), u32, u16)> {
    let [a, b, c, d, e, f, g, h, folder, folder2, .., attributes, _] = source.array::<16>(at, "cabinet file")?;
    let raw = read_name(source, at.saturating_add(16))?;
    // Without the mark of UTF-8 the name is in the code page of its author.
    let path = if attributes & 0x80 != 0 {
        String::from_utf8_lossy(&raw).into_owned()
    } else {
        text::of_unknown_encoding(&raw)
    };
    let size = u64::from(u32::from_le_bytes([a, b, c, d]));
    let entry = Entry { path, at, size: Some(size), ..Entry::default() };
    Ok(((entry, raw.len() as u64), u32::from_le_bytes([e, f, g, h]), u16::from_le_bytes([folder, folder2])))
}

/// CFFOLDER with its blocks.
fn read_folder(scan: &Scan, source: &Source, at: u64, reserve: u64, left: &mut u64) -> Result<Folder> {
    let [a, b, c, d, n, n2, kind, more] = source.array(at, "cabinet folder")?;
    let mut at = u64::from(u32::from_le_bytes([a, b, c, d]));
    let (mut blocks, mut is_right) = (Vec::new(), true);
    let mut size = 0_u64;
    for _ in 0..u16::from_le_bytes([n, n2]) {
        scan.budget.steps(4)?;
        let Ok([s, u, m, x, p, q, l, l2]) = source.array::<8>(at, "cabinet data") else { break };
        let (packed, len) = (u16::from_le_bytes([p, q]), u16::from_le_bytes([l, l2]));
        let start = at.saturating_add(8).saturating_add(reserve);
        at = start.saturating_add(u64::from(packed));
        *left = left.checked_sub(u64::from(packed).saturating_add(8)).ok_or(Error::malformed("cabinet data", at))?;
        let bytes = source.peek(start, packed.into())?;
        let told = u32::from_le_bytes([s, u, m, x]);
        is_right &= told == 0 || told == sum(&bytes, sum(&[p, q, l, l2], 0));
        blocks.push(Block { packed: source.slice(start, packed.into()), len });
        size = size.saturating_add(len.into());
    }
    let content = match kind & 15 {
        0 => Ok(Source::new(Chain::new(blocks.into_iter().map(|block| block.packed)))),
        1 => {
            let blocks: Rc<[Block]> = blocks.into();
            let start = move || Ok(Box::new(MsZip::new(&blocks)) as Box<dyn Stream>);
            Ok(Paged::source(size, Rc::clone(&scan.budget), Box::new(start)))
        }
        3 => {
            let packed = Source::new(Chain::new(blocks.into_iter().map(|block| block.packed)));
            let window = u32::from(more & 31).clamp(15, 21);
            let start = move || Ok(Box::new(Lzx::new(packed.clone(), size, window)) as Box<dyn Stream>);
            Ok(Paged::source(size, Rc::clone(&scan.budget), Box::new(start)))
        }
        _ => Err("quantum"),
    };
    Ok(Folder { content, is_right })
}

/// \[MS-CAB\] 3.1: four bytes at a time; what is left of the last four counts from the other end.
fn sum(bytes: &[u8], seed: u32) -> u32 {
    let fours = bytes.chunks_exact(4);
    let rest = fours.remainder().iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    fours.fold(seed, |sum, four| sum ^ four.first_chunk().map_or(0, |four| u32::from_le_bytes(*four))) ^ rest
}

/// MSZIP (\[MS-MCI\]): each block is a deflate stream that goes on with what the block before gave.
struct MsZip {
    blocks: VecDeque<Block>,
    out: Vec<u8>,
    at: usize,
}

impl MsZip {
    fn new(blocks: &[Block]) -> Self {
        Self { blocks: blocks.iter().cloned().collect(), out: Vec::new(), at: 0 }
    }

    fn decode(&mut self, block: &Block) -> Result<()> {
        let damaged = || Error::malformed("compressed data", 0);
        let packed = block.packed.peek(0, usize::from(u16::MAX))?;
        let packed = packed.strip_prefix(b"CK").ok_or_else(damaged)?;
        let mut inflate = Decompress::new(false);
        if !self.out.is_empty() {
            inflate.set_dictionary(&self.out).map_err(|_| damaged())?;
        }
        let mut out = vec![0; usize::from(block.len)];
        inflate.decompress(packed, &mut out, FlushDecompress::Finish).map_err(|_| damaged())?;
        if inflate.total_out() != u64::from(block.len) {
            return Err(damaged());
        }
        (self.out, self.at) = (out, 0);
        Ok(())
    }
}

impl Read for MsZip {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.out.len() {
            let Some(block) = self.blocks.pop_front() else { return Ok(0) };
            self.decode(&block)?;
        }
        let ready = self.out.get(self.at..).unwrap_or_default();
        let n = ready.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), ready.get(..n)) {
            to.copy_from_slice(from);
        }
        self.at = self.at.saturating_add(n);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_count_the_rest_from_the_other_end() {
        assert_eq!(sum(&[1, 2, 3, 4, 5, 6], 0), 0x0403_0201 ^ 0x0506);
    }
}
