//! LZX, the densest method of cabinets (Microsoft LZX Data Compression Format; \[MS-PATCH\] 2.1 describes its relative), and
//! as disk images of Windows use it: piece by piece, each from the beginning.

use std::io::{self, Read};

use super::{Bits, DAMAGED, PrefixCode, Window, give};
use crate::error::Result;
use crate::source::Source;

/// Every so many bytes the stream starts anew at a whole word, and calls are translated.
const FRAME: usize = 1 << 15;

/// What disk images translate calls by.
const CALLS: i32 = 12_000_000;

/// Lengths of matches beyond the shortest seven.
const LENGTHS: usize = 249;

/// Words of 16 bits, the lower byte first, as bytes whose bits can be read from the highest down.
struct Swapped(Source);

impl Read for Swapped {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let even = buf.len() & !1;
        let Some(buf) = buf.get_mut(..even) else { return Ok(0) };
        let n = self.0.read(buf)?;
        if let Some(odd) = buf.get_mut(n).filter(|_| n & 1 == 1) {
            *odd = 0;
        }
        let n = n.saturating_add(n & 1);
        for pair in buf.get_mut(..n).unwrap_or_default().chunks_exact_mut(2) {
            pair.reverse();
        }
        Ok(n)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Verbatim,
    Aligned,
    Plain,
}

/// A decoder of one folder.
pub(crate) struct Lzx {
    bits: Bits<Swapped>,
    window: Window,
    left: u64,
    /// What calls are translated to, if they are: the length of the whole.
    calls: Option<i32>,
    has_begun: bool,
    /// A piece of a disk image: one frame whose calls are always translated, blocks that mostly leave out their length.
    is_piece: bool,
    kind: Block,
    in_block: u32,
    /// Kinds of distances: as many as the window is long.
    slots: usize,
    main_lengths: Vec<u8>,
    length_lengths: Vec<u8>,
    main: PrefixCode,
    length: PrefixCode,
    low: PrefixCode,
    distances: [u64; 3],
    /// The second byte of a word of a plain block.
    half: Option<u8>,
    frame: Vec<u8>,
    frames: u32,
    out: Vec<u8>,
    at: usize,
}

impl Lzx {
    /// `window`: its size as a power of two, 15 to 21.
    pub(crate) fn new(packed: Source, size: u64, window: u32) -> Self {
        let slots = match window {
            21.. => 50,
            20 => 42,
            other => usize::try_from(other).unwrap_or_default().saturating_mul(2),
        };
        Self {
            bits: Bits::new(Swapped(packed)),
            window: Window::new(1_u64.unbounded_shl(window), 0),
            left: size,
            calls: None,
            has_begun: false,
            is_piece: false,
            kind: Block::Verbatim,
            in_block: 0,
            slots,
            main_lengths: vec![0; slots.saturating_mul(8).saturating_add(256)],
            length_lengths: vec![0; LENGTHS],
            main: PrefixCode::default(),
            length: PrefixCode::default(),
            low: PrefixCode::default(),
            distances: [1; 3],
            half: None,
            frame: Vec::new(),
            frames: 0,
            out: Vec::new(),
            at: 0,
        }
    }

    /// One piece of a disk image; `window` is its whole length as a power of two.
    pub(crate) fn piece(packed: Source, size: u64, window: u32) -> Self {
        Self { is_piece: true, has_begun: true, calls: Some(CALLS), ..Self::new(packed, size, window) }
    }

    fn decode_frame(&mut self) -> Result<()> {
        if !self.has_begun {
            self.has_begun = true;
            if self.bits.flag()? {
                let size = self.bits.take(32)?;
                self.calls = Some(size.cast_signed()).filter(|size| *size != 0);
            }
        }
        let frame = if self.is_piece { usize::MAX } else { FRAME };
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(frame);
        while self.frame.len() < wanted {
            if self.in_block == 0 {
                self.read_block()?;
            }
            if self.kind == Block::Plain { self.copy_plain(wanted)? } else { self.decode_block(wanted)? }
        }
        let rest = u32::try_from(self.bits.taken() & 15).unwrap_or_default();
        if rest > 0 && self.left > wanted as u64 {
            self.bits.take(16_u32.saturating_sub(rest))?;
        }
        // A match may reach over the end of the frame.
        let behind = self.frame.split_off(wanted.min(self.frame.len()));
        let mut frame = std::mem::replace(&mut self.frame, behind);
        self.left = self.left.saturating_sub(frame.len() as u64);
        if let Some(size) = self.calls.filter(|_| self.frames < 1 << 15) {
            translate(&mut frame, i32::try_from(self.frames << 15).unwrap_or(i32::MAX), size);
        }
        self.frames = self.frames.saturating_add(1);
        self.out = frame;
        Ok(())
    }

    fn read_block(&mut self) -> Result<()> {
        // An odd plain block is filled up to a whole word: the byte held back was that filling.
        self.half = None;
        let bits = &mut self.bits;
        let kind = bits.take(3)?;
        self.in_block = if !self.is_piece {
            bits.take(24)?
        } else if bits.flag()? {
            1 << 15
        } else {
            bits.take(if self.slots > 30 { 24 } else { 16 })?
        };
        self.kind = match kind {
            1 => Block::Verbatim,
            2 => Block::Aligned,
            3 => Block::Plain,
            _ => return Err(DAMAGED),
        };
        if self.in_block == 0 {
            return Err(DAMAGED);
        }
        if self.kind == Block::Plain {
            let rest = u32::try_from(bits.taken() & 15).unwrap_or_default();
            bits.take(16_u32.saturating_sub(rest))?;
            for distance in &mut self.distances {
                let low = bits.take(16)?;
                *distance = u64::from(bits.take(16)? << 16 | low);
            }
            return Ok(());
        }
        if self.kind == Block::Aligned {
            let mut lengths = [0; 8];
            for length in &mut lengths {
                *length = u8::try_from(bits.take(3)?).unwrap_or_default();
            }
            self.low = PrefixCode::new(&lengths)?;
        }
        let (bytes, matches) = self.main_lengths.split_at_mut_checked(256).ok_or(DAMAGED)?;
        read_lengths(bits, bytes)?;
        read_lengths(bits, matches)?;
        self.main = PrefixCode::new(&self.main_lengths)?;
        read_lengths(bits, &mut self.length_lengths)?;
        self.length = PrefixCode::new(&self.length_lengths)?;
        Ok(())
    }

    fn copy_plain(&mut self, wanted: usize) -> Result<()> {
        while self.in_block > 0 && self.frame.len() < wanted {
            let byte = match self.half.take() {
                Some(byte) => byte,
                None => {
                    let [low, high, ..] = self.bits.take(16)?.to_le_bytes();
                    self.half = Some(high);
                    low
                }
            };
            self.window.push(byte);
            self.frame.push(byte);
            self.in_block = self.in_block.saturating_sub(1);
        }
        Ok(())
    }

    fn decode_block(&mut self, wanted: usize) -> Result<()> {
        let bits = &mut self.bits;
        while self.in_block > 0 && self.frame.len() < wanted {
            let symbol = self.main.read(bits)?;
            let Some(found) = symbol.checked_sub(256) else {
                let [byte, _] = symbol.to_le_bytes();
                self.window.push(byte);
                self.frame.push(byte);
                self.in_block = self.in_block.saturating_sub(1);
                continue;
            };
            let mut len = u32::from(found & 7);
            if len == 7 {
                len = len.saturating_add(u32::from(self.length.read(bits)?));
            }
            let len = len.saturating_add(2);
            match found >> 3 {
                0 => {}
                1 => self.distances.swap(0, 1),
                2 => self.distances.swap(0, 2),
                slot => {
                    let slot = u64::from(slot);
                    let (base, more) = match u32::try_from(slot >> 1).unwrap_or_default().saturating_sub(1) {
                        0 => (slot, 0),
                        more @ 1..=16 => ((2 | (slot & 1)).unbounded_shl(more), more),
                        _ => (slot.saturating_sub(34) << 17, 17),
                    };
                    let extra = match more.checked_sub(3).filter(|_| self.kind == Block::Aligned) {
                        Some(high) => bits.take(high)? << 3 | u32::from(self.low.read(bits)?),
                        None => bits.take(more)?,
                    };
                    self.distances.rotate_right(1);
                    self.distances[0] = base.saturating_add(u64::from(extra)).saturating_sub(2);
                }
            }
            if len > self.in_block {
                return Err(DAMAGED);
            }
            self.in_block = self.in_block.saturating_sub(len);
            self.window.copy(self.distances[0], usize::try_from(len).unwrap_or_default(), &mut self.frame)?;
        }
        Ok(())
    }
}

impl Read for Lzx {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.out.is_empty() && self.left > 0 {
            self.decode_frame()?;
        }
        Ok(give(&mut self.out, &mut self.at, buf))
    }
}

/// Lengths as differences from those of the block before.
fn read_lengths<R: Read>(bits: &mut Bits<R>, lengths: &mut [u8]) -> Result<()> {
    let mut levels = [0; 20];
    for level in &mut levels {
        *level = u8::try_from(bits.take(4)?).unwrap_or_default();
    }
    let levels = PrefixCode::new(&levels)?;
    let less = |old: u8, by: u16| old.wrapping_add(17).wrapping_sub(u8::try_from(by).unwrap_or_default()) % 17;
    let mut at = 0_usize;
    while let Some(old) = lengths.get(at).copied() {
        let (run, length) = match levels.read(bits)? {
            17 => (bits.take(4)?.saturating_add(4), 0),
            18 => (bits.take(5)?.saturating_add(20), 0),
            19 => {
                let run = bits.take(1)?.saturating_add(4);
                let by = levels.read(bits)?;
                (run, if by <= 16 { less(old, by) } else { return Err(DAMAGED) })
            }
            by => (1, less(old, by)),
        };
        let end = at.saturating_add(usize::try_from(run).unwrap_or_default()).min(lengths.len());
        lengths.get_mut(at..end).unwrap_or_default().fill(length);
        at = end;
    }
    Ok(())
}

/// Calls of x86 code hold absolute addresses; the last ten bytes of a frame are never touched.
fn translate(frame: &mut [u8], start: i32, size: i32) {
    let mut at = 0_usize;
    while at.saturating_add(10) < frame.len() {
        let here = start.wrapping_add(i32::try_from(at).unwrap_or_default());
        let Some([0xE8, rest @ ..]) = frame.get_mut(at..) else {
            at = at.saturating_add(1);
            continue;
        };
        if let Some(address) = rest.first_chunk_mut::<4>() {
            let value = i32::from_le_bytes(*address);
            if value >= here.wrapping_neg() && value < size {
                let by = if value >= 0 { here.wrapping_neg() } else { size };
                *address = value.wrapping_add(by).to_le_bytes();
            }
        }
        at = at.saturating_add(5);
    }
}
