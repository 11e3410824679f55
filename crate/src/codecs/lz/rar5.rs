//! What RAR 5 and 7 pack with.
//!
//! Blocks of bytes, each with its length in bits and mostly with its own codes. Written after the public description of
//! the format by the `rar-research` project; no code of UnRAR was used.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::filters::{Filter, Kind, Pending};
use super::{Bits, DAMAGED, PrefixCode, Window};
use crate::error::{Error, Result};
use crate::source::Source;

/// One packed file; what follows it in a solid archive goes on with its window and codes.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) packed: Source,
    pub(crate) size: u64,
    /// Bytes of the window.
    pub(crate) window: u64,
    /// Whether distances may be longer than 4 GB.
    pub(crate) long_distances: bool,
}

/// Symbols of the four codes.
const MAIN: usize = 306;
const DISTANCES: usize = 64;
const LONG_DISTANCES: usize = 80;
const LOW: usize = 16;
const LENGTHS: usize = 44;

/// Decoded at once.
const STRIDE: usize = 1 << 14;

#[derive(Default)]
struct Codes {
    main: PrefixCode,
    distance: PrefixCode,
    low: PrefixCode,
    length: PrefixCode,
}

/// Files one behind the other.
pub(crate) struct Rar5 {
    members: VecDeque<Member>,
    current: Option<Current>,
    window: Window,
    codes: Option<Codes>,
    distances: [u64; 4],
    last_length: usize,
}

struct Current {
    bits: Bits<Source>,
    size: u64,
    long_distances: bool,
    pending: Pending,
    /// Where the block ends, in bits, and whether no other follows.
    block: u64,
    is_last: bool,
}

impl Rar5 {
    pub(crate) fn new(members: impl IntoIterator<Item = Member>) -> Self {
        Self {
            members: members.into_iter().collect(),
            current: None,
            window: Window::new(1, 0),
            codes: None,
            distances: [u64::MAX; 4],
            last_length: 0,
        }
    }

    /// Decodes until something can be given, and gives it; 0 only at the end of all files.
    fn next(&mut self, buf: &mut [u8]) -> Result<usize> {
        loop {
            if self.current.is_none() {
                let Some(Member { packed, size, window, long_distances }) = self.members.pop_front() else {
                    return Ok(0);
                };
                self.window.grow(window);
                let pending = Pending::default();
                let bits = Bits::new(packed);
                self.current = Some(Current { bits, size, long_distances, pending, block: 0, is_last: false });
            }
            let Some(current) = &mut self.current else { return Ok(0) };
            let ended = current.pending.decoded() >= current.size;
            let given = current.pending.give(buf, ended)?;
            if given > 0 {
                return Ok(given);
            }
            if ended && current.pending.waiting() == 0 {
                self.current = None;
                continue;
            }
            self.decode()?;
        }
    }

    fn decode(&mut self) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let bits = &mut current.bits;
        while bits.taken() >= current.block {
            if current.is_last {
                return Err(DAMAGED);
            }
            let (block, is_last, has_codes) = read_block(bits)?;
            (current.block, current.is_last) = (block, is_last);
            if has_codes {
                self.codes = Some(read_codes(bits, current.long_distances)?);
            }
        }
        let codes = self.codes.as_ref().ok_or(DAMAGED)?;
        let stop = current.pending.bytes.len().saturating_add(STRIDE);
        while bits.taken() < current.block
            && current.pending.bytes.len() < stop
            && current.pending.decoded() < current.size
        {
            let symbol = codes.main.read(bits)?;
            let (distance, length) = match symbol {
                0..=255 => {
                    let [byte, _] = symbol.to_le_bytes();
                    self.window.push(byte);
                    current.pending.bytes.push(byte);
                    continue;
                }
                256 => {
                    let filter = read_filter(bits, current.pending.decoded())?;
                    current.pending.add(filter)?;
                    continue;
                }
                257 => (self.distances[0], self.last_length),
                258..=261 => {
                    let index = usize::from(symbol.wrapping_sub(258));
                    self.distances.get_mut(..=index).unwrap_or_default().rotate_right(1);
                    let slot = codes.length.read(bits)?;
                    (self.distances[0], read_length(bits, slot)?)
                }
                _ => {
                    let length = read_length(bits, symbol.wrapping_sub(262))?;
                    let slot = codes.distance.read(bits)?;
                    let distance = read_distance(bits, slot, &codes.low)?;
                    self.distances.rotate_right(1);
                    self.distances[0] = distance;
                    let far = [0x100, 0x2000, 0x4_0000].iter().filter(|limit| distance > **limit).count();
                    (distance, length.saturating_add(far))
                }
            };
            self.last_length = length;
            let left = current.size.saturating_sub(current.pending.decoded());
            let length = length.min(usize::try_from(left).unwrap_or(usize::MAX));
            self.window.copy(distance, length, &mut current.pending.bytes)?;
        }
        Ok(())
    }
}

impl Read for Rar5 {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        Ok(self.next(buf)?)
    }
}

/// A block's end in bits, whether it is the last of its file, and whether codes follow.
fn read_block(bits: &mut Bits<Source>) -> Result<(u64, bool, bool)> {
    bits.align()?;
    let flags = bits.take(8)?;
    let sum = bits.take(8)?;
    let bytes = ((flags >> 3) & 3).saturating_add(1);
    if bytes > 3 {
        return Err(DAMAGED);
    }
    let (mut size, mut check) = (0_u64, 0x5A ^ flags);
    for at in 0..bytes {
        let byte = bits.take(8)?;
        check ^= byte;
        size |= u64::from(byte) << at.saturating_mul(8);
    }
    if check != sum || size == 0 {
        return Err(DAMAGED);
    }
    let in_last = u64::from(flags & 7).saturating_add(1);
    let end = bits.taken().saturating_add(size.saturating_sub(1).saturating_mul(8)).saturating_add(in_last);
    Ok((end, flags & 0x40 != 0, flags & 0x80 != 0))
}

/// The lengths of the code that gives the lengths of the others. The same in RAR 3.
pub(super) fn read_level_code(bits: &mut Bits<Source>) -> Result<PrefixCode> {
    let mut lengths = Vec::with_capacity(20);
    while lengths.len() < 20 {
        match bits.take(4)? {
            15 => match usize::try_from(bits.take(4)?).unwrap_or_default() {
                0 => lengths.push(15),
                run => lengths.resize(lengths.len().saturating_add(run).saturating_add(2).min(20), 0),
            },
            length => lengths.push(u8::try_from(length).unwrap_or_default()),
        }
    }
    PrefixCode::new(&lengths)
}

/// How often a symbol of the level code says to repeat, and whether it repeats zero.
pub(super) fn read_run(bits: &mut Bits<Source>, symbol: u16) -> Result<(usize, bool)> {
    let run = match symbol {
        16 | 18 => bits.take(3)?.saturating_add(3),
        _ => bits.take(7)?.saturating_add(11),
    };
    Ok((usize::try_from(run).unwrap_or_default(), symbol >= 18))
}

fn read_codes(bits: &mut Bits<Source>, long_distances: bool) -> Result<Codes> {
    let level = read_level_code(bits)?;
    let sizes = [MAIN, if long_distances { LONG_DISTANCES } else { DISTANCES }, LOW, LENGTHS];
    let all = sizes.iter().sum();
    let mut lengths: Vec<u8> = Vec::with_capacity(all);
    while lengths.len() < all {
        match level.read(bits)? {
            symbol @ 0..=15 => lengths.push(u8::try_from(symbol).unwrap_or_default()),
            symbol => {
                let (run, is_zero) = read_run(bits, symbol)?;
                let length = if is_zero { 0 } else { *lengths.last().ok_or(DAMAGED)? };
                lengths.resize(lengths.len().saturating_add(run).min(all), length);
            }
        }
    }
    let mut rest = lengths.as_slice();
    let mut next = |size: usize| {
        let (these, others) = rest.split_at_checked(size).ok_or(DAMAGED)?;
        rest = others;
        PrefixCode::new(these)
    };
    let [main, distance, low, length] = sizes;
    Ok(Codes { main: next(main)?, distance: next(distance)?, low: next(low)?, length: next(length)? })
}

fn read_length(bits: &mut Bits<Source>, slot: u16) -> Result<usize> {
    let slot = u32::from(slot);
    let length = match (slot >> 2).checked_sub(1) {
        Some(more) if slot >= 8 => (4 | (slot & 3)).unbounded_shl(more) | bits.take(more)?,
        _ => slot,
    };
    Ok(usize::try_from(length).unwrap_or_default().saturating_add(2))
}

fn read_distance(bits: &mut Bits<Source>, slot: u16, low: &PrefixCode) -> Result<u64> {
    let slot = u64::from(slot);
    if slot < 4 {
        return Ok(slot.saturating_add(1));
    }
    let more = u32::try_from(slot >> 1).unwrap_or_default().saturating_sub(1);
    let base = (2 | (slot & 1)).unbounded_shl(more);
    let extra = match more.checked_sub(4) {
        None => u64::from(bits.take(more)?),
        Some(high) => {
            let above = high.saturating_sub(32);
            let high = u64::from(bits.take(above)?) << 32 | u64::from(bits.take(high.min(32))?);
            high << 4 | u64::from(low.read(bits)?)
        }
    };
    Ok(base.saturating_add(extra).saturating_add(1))
}

fn read_number(bits: &mut Bits<Source>) -> Result<u64> {
    let bytes = bits.take(2)?.saturating_add(1);
    let mut number = 0;
    for at in 0..bytes {
        number |= u64::from(bits.take(8)?) << at.saturating_mul(8);
    }
    Ok(number)
}

fn read_filter(bits: &mut Bits<Source>, decoded: u64) -> Result<Filter> {
    let start = decoded.saturating_add(read_number(bits)?);
    let len = read_number(bits)?;
    let kind = match bits.take(3)? {
        0 => Kind::Delta { channels: usize::try_from(bits.take(5)?).unwrap_or_default().saturating_add(1) },
        1 => Kind::X86 { jumps: false },
        2 => Kind::X86 { jumps: true },
        3 => Kind::Arm,
        _ => return Err(Error::Unsupported("rar-filter")),
    };
    Ok(Filter { kind, start, len })
}
