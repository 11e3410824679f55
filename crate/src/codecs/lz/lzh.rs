//! What LHA, LArc and Microsoft's `COMPRESS` pack with.

use std::io::{self, Read};

use super::{Bits, DAMAGED, PrefixCode, Window, give};
use crate::error::Result;
use crate::source::Source;

/// Decoded at once.
const STRIDE: usize = 1 << 14;

/// `-lh4-` to `-lh7-`: Huffman codes for bytes and lengths, and for distances, new ones in every block.
pub(crate) struct Lzh {
    bits: Bits<Source>,
    window: Window,
    /// Bits of the largest distance's length.
    distance_bits: u32,
    left: u64,
    in_block: u32,
    symbols: PrefixCode,
    distances: PrefixCode,
    out: Vec<u8>,
    at: usize,
}

/// Symbols of the code for lengths of codes, of bytes and lengths, and of distances.
const LEVELS: usize = 19;
const SYMBOLS: usize = 510;
const DISTANCES: usize = 17;

impl Lzh {
    /// `window`: how many bits a distance has.
    pub(crate) fn new(packed: Source, size: u64, window: u32) -> Self {
        Self {
            bits: Bits::new(packed),
            window: Window::new(1_u64.unbounded_shl(window), b' '),
            distance_bits: if window > 13 { 5 } else { 4 },
            left: size,
            in_block: 0,
            symbols: PrefixCode::default(),
            distances: PrefixCode::default(),
            out: Vec::new(),
            at: 0,
        }
    }

    fn decode(&mut self) -> Result<()> {
        while self.out.len() < STRIDE && self.left > 0 {
            if self.in_block == 0 {
                self.in_block = self.bits.take(16)?;
                let levels = read_lengths(&mut self.bits, LEVELS, 5, Some(3))?;
                self.symbols = read_symbols(&mut self.bits, &levels)?;
                self.distances = read_lengths(&mut self.bits, DISTANCES, self.distance_bits, None)?;
                if self.in_block == 0 {
                    return Err(DAMAGED);
                }
            }
            self.in_block = self.in_block.saturating_sub(1);
            let symbol = self.symbols.read(&mut self.bits)?;
            let [byte, is_long] = symbol.to_le_bytes();
            if is_long == 0 {
                self.window.push(byte);
                self.out.push(byte);
                self.left = self.left.saturating_sub(1);
                continue;
            }
            let len = u64::from(symbol.wrapping_sub(256)).saturating_add(3).min(self.left);
            let distance = match u32::from(self.distances.read(&mut self.bits)?).checked_sub(1) {
                None => 0,
                Some(more) => 1_u64.unbounded_shl(more) | u64::from(self.bits.take(more)?),
            };
            self.left = self.left.saturating_sub(len);
            self.window.copy(distance.saturating_add(1), usize::try_from(len).unwrap_or_default(), &mut self.out)?;
        }
        Ok(())
    }
}

impl Read for Lzh {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.out.is_empty() {
            self.decode()?;
        }
        Ok(give(&mut self.out, &mut self.at, buf))
    }
}

/// Lengths in three bits each, longer ones in unary; behind the first three of the levels a run of zeros.
fn read_lengths(bits: &mut Bits<Source>, most: usize, width: u32, gap: Option<usize>) -> Result<PrefixCode> {
    let count = usize::try_from(bits.take(width)?).unwrap_or_default();
    if count == 0 {
        return Ok(PrefixCode::constant(u16::try_from(bits.take(width)?).unwrap_or_default()));
    }
    let mut lengths = Vec::new();
    while lengths.len() < count {
        let mut length = u8::try_from(bits.take(3)?).unwrap_or_default();
        while length >= 7 && bits.flag()? {
            length = length.saturating_add(1);
            if length > 16 {
                return Err(DAMAGED);
            }
        }
        lengths.push(length);
        if Some(lengths.len()) == gap {
            let run = usize::try_from(bits.take(2)?).unwrap_or_default();
            lengths.resize(lengths.len().saturating_add(run), 0);
        }
    }
    if lengths.len() > most.saturating_add(3) {
        return Err(DAMAGED);
    }
    PrefixCode::new(&lengths)
}

fn read_symbols(bits: &mut Bits<Source>, levels: &PrefixCode) -> Result<PrefixCode> {
    let count = usize::try_from(bits.take(9)?).unwrap_or_default();
    if count == 0 {
        return Ok(PrefixCode::constant(u16::try_from(bits.take(9)?).unwrap_or_default()));
    }
    let mut lengths = Vec::with_capacity(SYMBOLS);
    while lengths.len() < count {
        let run = match levels.read(bits)? {
            0 => 1,
            1 => bits.take(4)?.saturating_add(3),
            2 => bits.take(9)?.saturating_add(20),
            level => {
                lengths.push(u8::try_from(level.wrapping_sub(2)).unwrap_or(u8::MAX));
                continue;
            }
        };
        lengths.resize(lengths.len().saturating_add(usize::try_from(run).unwrap_or_default()), 0);
    }
    if lengths.len() > SYMBOLS.saturating_add(2) || lengths.iter().any(|length| *length > 16) {
        return Err(DAMAGED);
    }
    PrefixCode::new(&lengths)
}

/// Where the older methods keep the flag, the place and the length of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// `-lzs-`: bits, a window of 2 KB.
    Lzs,
    /// `-lz5-`: a byte of eight flags before eight items, a window of 4 KB that is not empty.
    Lz5,
    /// SZDD: as before, with an empty window.
    Szdd,
}

/// LZSS with places in a ring.
pub(crate) struct Lzss {
    bits: Bits<Source>,
    layout: Layout,
    ring: Vec<u8>,
    next: usize,
    left: u64,
    /// Flags of the items to come, with a bit on top that says when they are used up.
    flags: u32,
    out: Vec<u8>,
    at: usize,
}

impl Lzss {
    pub(crate) fn new(packed: Source, size: u64, layout: Layout) -> Self {
        let (ring, next) = match layout {
            Layout::Lzs => (vec![b' '; 1 << 11], 2048 - 17),
            Layout::Lz5 => (lz5_ring(), 4096 - 18),
            Layout::Szdd => (vec![b' '; 1 << 12], 4096 - 16),
        };
        Self { bits: Bits::new(packed), layout, ring, next, left: size, flags: 1, out: Vec::new(), at: 0 }
    }

    fn item(&mut self) -> Result<()> {
        let is_byte = if self.layout == Layout::Lzs {
            self.bits.flag()?
        } else {
            if self.flags == 1 {
                self.flags = self.bits.take(8)? | 0x100;
            }
            let flag = self.flags & 1 == 1;
            self.flags >>= 1;
            flag
        };
        if is_byte {
            let byte = u8::try_from(self.bits.take(8)?).unwrap_or_default();
            self.push(byte);
            return Ok(());
        }
        let (place, len) = if self.layout == Layout::Lzs {
            (self.bits.take(11)?, self.bits.take(4)?.saturating_add(2))
        } else {
            let (low, high) = (self.bits.take(8)?, self.bits.take(8)?);
            (low | (high & 0xF0) << 4, (high & 0xF).saturating_add(3))
        };
        let mut place = usize::try_from(place).unwrap_or_default();
        for _ in 0..u64::from(len).min(self.left) {
            let byte = self.ring.get(place).copied().unwrap_or_default();
            place = place.saturating_add(1) & self.ring.len().saturating_sub(1);
            self.push(byte);
        }
        Ok(())
    }

    fn push(&mut self, byte: u8) {
        if let Some(old) = self.ring.get_mut(self.next) {
            *old = byte;
        }
        self.next = self.next.saturating_add(1) & self.ring.len().saturating_sub(1);
        self.out.push(byte);
        self.left = self.left.saturating_sub(1);
    }
}

impl Read for Lzss {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while self.out.is_empty() && self.left > 0 {
            for _ in 0..STRIDE / 18 {
                if self.left > 0 {
                    self.item()?;
                }
            }
        }
        Ok(give(&mut self.out, &mut self.at, buf))
    }
}

/// Every byte thirteen times, all bytes up and down, zeros and spaces: as the ring stands when its end comes first.
fn lz5_ring() -> Vec<u8> {
    let thirteen = (0..=u8::MAX).flat_map(|byte| [byte; 13]);
    let mut ring: Vec<u8> = thirteen.chain(0..=u8::MAX).chain((0..=u8::MAX).rev()).collect();
    ring.resize(ring.len().saturating_add(128), 0);
    ring.resize(1 << 12, b' ');
    ring
}
