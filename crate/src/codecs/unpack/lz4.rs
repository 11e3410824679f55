//! LZ4 frames, also those of old (LZ4 Frame Format 1.6.4; LZ4 Block Format).

use std::io::{self, Read};

use crate::codecs::feed::Feed;

pub(crate) const MAGIC: &[u8; 4] = b"\x04\x22\x4D\x18";
pub(crate) const LEGACY: &[u8; 4] = b"\x02\x21\x4C\x18";

/// How far back a match may lie.
const WINDOW: usize = 1 << 16;
const LEGACY_BLOCK: usize = 8 << 20;

/// A block as it is packed, and what it gives.
pub(super) fn held(feed: &mut Feed) -> io::Result<u64> {
    let block = match feed.ahead(8)? {
        [4, 0x22, 0x4D, 0x18, _, sizes, ..] => block_size(*sizes).unwrap_or_default(),
        _ => LEGACY_BLOCK,
    };
    Ok((block as u64).saturating_mul(2).saturating_add(WINDOW as u64))
}

fn block_size(descriptor: u8) -> Option<usize> {
    match (descriptor >> 4) & 7 {
        size @ 4..=7 => Some(1 << (usize::from(size).saturating_mul(2).saturating_add(8))),
        _ => None,
    }
}

pub(super) struct Frame {
    feed: Feed,
    block: usize,
    /// Each block and the whole are followed by sums; blocks may look back at what came before them.
    block_sum: bool,
    content_sum: bool,
    linked: bool,
    legacy: bool,
    packed: Vec<u8>,
    /// The window, and behind it what the block under way gave.
    out: Vec<u8>,
    from: usize,
    done: bool,
}

impl Frame {
    pub(super) fn new(mut feed: Feed) -> io::Result<Self> {
        let magic: [u8; 4] = array(&mut feed)?;
        let mut frame = Self {
            feed,
            block: LEGACY_BLOCK,
            block_sum: false,
            content_sum: false,
            linked: false,
            legacy: true,
            packed: Vec::new(),
            out: Vec::new(),
            from: 0,
            done: false,
        };
        if &magic == MAGIC {
            frame.legacy = false;
            let [flags, sizes] = array(&mut frame.feed)?;
            frame.block = block_size(sizes).filter(|_| flags >> 6 == 1).ok_or(io::ErrorKind::InvalidData)?;
            frame.linked = flags & 0x20 == 0;
            frame.block_sum = flags & 0x10 != 0;
            frame.content_sum = flags & 4 != 0;
            // The length of the content, the id of a dictionary, and the sum of the header.
            let size = if flags & 8 != 0 { 8_u64 } else { 0 };
            let dictionary = if flags & 1 != 0 { 4 } else { 0 };
            skip(&mut frame.feed, size.saturating_add(dictionary).saturating_add(1))?;
        } else if &magic != LEGACY {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(frame)
    }

    /// Unpacks the next block; `false` at the end.
    fn next_block(&mut self) -> io::Result<bool> {
        // An old frame has no end: it goes on until nothing follows, or another frame does.
        if self.legacy && matches!(self.feed.ahead(4)?, [] | [2, 0x21, 0x4C, 0x18, ..] | [4, 0x22, 0x4D, 0x18, ..]) {
            return Ok(false);
        }
        let size = u32::from_le_bytes(array(&mut self.feed)?);
        if size == 0 && !self.legacy {
            if self.content_sum {
                skip(&mut self.feed, 4)?;
            }
            return Ok(false);
        }
        let is_plain = !self.legacy && size >> 31 != 0;
        let len = usize::try_from(if self.legacy { size } else { size & 0x7FFF_FFFF }).unwrap_or(usize::MAX);
        // What cannot be packed grows a little in old frames.
        if len > self.block.saturating_add(self.block >> 7).saturating_add(16) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.packed.clear();
        self.feed.by_ref().take(len as u64).read_to_end(&mut self.packed)?;
        if self.packed.len() < len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if self.block_sum {
            skip(&mut self.feed, 4)?;
        }
        let keep = if self.linked { self.out.len().min(WINDOW) } else { 0 };
        self.out.drain(..self.out.len().saturating_sub(keep));
        self.from = keep;
        let most = keep.saturating_add(self.block);
        if is_plain {
            self.out.extend_from_slice(&self.packed);
            return Ok(true);
        }
        unpack(&self.packed, &mut self.out, most).map(|()| true).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

impl Read for Frame {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.from >= self.out.len() && !self.done {
            self.done = !self.next_block()?;
        }
        let rest = self.out.get(self.from..).unwrap_or_default();
        let n = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        self.from = self.from.saturating_add(n);
        Ok(n)
    }
}

fn array<const N: usize>(feed: &mut Feed) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    feed.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn skip(feed: &mut Feed, n: u64) -> io::Result<()> {
    let skipped = io::copy(&mut feed.take(n), &mut io::sink())?;
    if skipped < n { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

/// Unpacks one block behind what `out` holds, to at most `most` bytes; `None` if it is no such block.
fn unpack(mut packed: &[u8], out: &mut Vec<u8>, most: usize) -> Option<()> {
    loop {
        let (token, rest) = packed.split_first()?;
        packed = rest;
        let literals = length(usize::from(token >> 4), &mut packed)?;
        let (bytes, rest) = packed.split_at_checked(literals)?;
        if out.len().saturating_add(literals) > most {
            return None;
        }
        out.extend_from_slice(bytes);
        packed = rest;
        // The last sequence has no match.
        let Some((distance, rest)) = packed.split_first_chunk() else { return packed.is_empty().then_some(()) };
        packed = rest;
        let distance = usize::from(u16::from_le_bytes(*distance));
        let mut left = length(usize::from(token & 15), &mut packed)?.saturating_add(4);
        if distance == 0 || out.len().saturating_add(left) > most {
            return None;
        }
        while left > 0 {
            // A match may overlap what it makes.
            let from = out.len().checked_sub(distance)?;
            let n = left.min(distance);
            out.extend_from_within(from..from.saturating_add(n));
            left = left.saturating_sub(n);
        }
    }
}

/// Fifteen goes on in the next bytes, until one is not 255.
fn length(short: usize, packed: &mut &[u8]) -> Option<usize> {
    let mut length = short;
    if short == 15 {
        loop {
            let (byte, rest) = packed.split_first()?;
            *packed = rest;
            length = length.saturating_add(usize::from(*byte));
            if *byte < 255 {
                break;
            }
        }
    }
    Some(length)
}
