//! What RAR 2.9 to 4 pack with, except PPMd.
//!
//! Written after the public description of the format by the `rar-research` project; no code of UnRAR was used. What
//! RAR does to some kinds of data before packing is told here by small programs for a virtual machine. The programs that
//! RAR itself writes are known by their checksum; others are not run.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::filters::{Filter, Kind, Pending};
use super::rar5::{read_level_code, read_run};
use super::{Bits, DAMAGED, PrefixCode, Window};
use crate::error::{Error, Result};
use crate::source::Source;

/// One packed file; what follows it in a solid archive goes on with its window and codes.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) packed: Source,
    pub(crate) size: u64,
}

/// Whether a file begins with a block of PPMd.
pub(crate) fn begins_with_ppmd(packed: &Source) -> Result<bool> {
    Ok(packed.peek(0, 1)?.first().is_some_and(|byte| byte & 0x80 != 0))
}

/// No window is larger.
pub(crate) const WINDOW: u64 = 4 << 20;

const MAIN: usize = 299;
const DISTANCES: usize = 60;
const LOW: usize = 17;
const LENGTHS: usize = 28;
const ALL: usize = MAIN + DISTANCES + LOW + LENGTHS;

/// Decoded at once.
const STRIDE: usize = 1 << 14;

/// Most programs kept.
const PROGRAMS: usize = 1024;

const LENGTH_BASE: [u8; LENGTHS] =
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224];

const SHORT: [(u64, u32); 8] = [(0, 2), (4, 2), (8, 3), (16, 4), (32, 5), (64, 6), (128, 6), (192, 6)];

#[derive(Default)]
struct Codes {
    main: PrefixCode,
    distance: PrefixCode,
    low: PrefixCode,
    length: PrefixCode,
}

/// A program of the virtual machine: what it does, if it is one of RAR's own, and the length it was last used with.
#[derive(Clone, Copy)]
struct Program {
    kind: Option<Known>,
    len: u64,
}

#[derive(Clone, Copy)]
enum Known {
    Delta,
    X86 { jumps: bool },
    Rgb,
    Audio,
}

/// Length and CRC-32 of the programs that RAR writes.
const KNOWN: &[(usize, u32, Known)] = &[
    (53, 0xAD57_6887, Known::X86 { jumps: false }),
    (57, 0x3CD7_E57E, Known::X86 { jumps: true }),
    (29, 0x0E06_077D, Known::Delta),
    (149, 0x1C2C_5DC8, Known::Rgb),
    (216, 0xBC85_E701, Known::Audio),
];

/// Files one behind the other.
pub(crate) struct Rar3 {
    members: VecDeque<Member>,
    current: Option<Current>,
    window: Window,
    lengths: Vec<u8>,
    /// `None` before the first file, and where the next one brings its own.
    codes: Option<Codes>,
    distances: [u64; 4],
    last_length: usize,
    last_low: u64,
    low_repeats: u32,
    programs: Vec<Program>,
    last_program: usize,
}

struct Current {
    bits: Bits<Source>,
    size: u64,
    pending: Pending,
    /// The mark at its end was seen.
    is_over: bool,
}

impl Rar3 {
    pub(crate) fn new(members: impl IntoIterator<Item = Member>) -> Self {
        Self {
            members: members.into_iter().collect(),
            current: None,
            window: Window::new(WINDOW, 0),
            lengths: vec![0; ALL],
            codes: None,
            distances: [u64::MAX; 4],
            last_length: 0,
            last_low: 0,
            low_repeats: 0,
            programs: Vec::new(),
            last_program: 0,
        }
    }

    fn next(&mut self, buf: &mut [u8]) -> Result<usize> {
        loop {
            if self.current.is_none() {
                let Some(Member { packed, size }) = self.members.pop_front() else { return Ok(0) };
                let (bits, pending) = (Bits::new(packed), Pending::default());
                self.current = Some(Current { bits, size, pending, is_over: size == 0 });
                if size > 0 && self.codes.is_none() {
                    self.read_codes()?;
                }
            }
            let Some(current) = &mut self.current else { return Ok(0) };
            let ended = current.pending.decoded() >= current.size;
            let given = current.pending.give(buf, ended)?;
            if given > 0 {
                return Ok(given);
            }
            if ended && current.pending.waiting() == 0 {
                // What stands behind the last byte says whether the next file brings its own codes.
                if !current.is_over && !self.members.is_empty() {
                    self.read_end()?;
                }
                self.current = None;
                continue;
            }
            if current.is_over {
                return Err(DAMAGED);
            }
            self.decode()?;
        }
    }

    fn read_end(&mut self) -> Result<()> {
        while let Some(current) = &mut self.current
            && !current.is_over
            && !current.bits.is_at_end()?
        {
            let symbol = self.codes.as_ref().ok_or(DAMAGED)?.main.read(&mut current.bits)?;
            if symbol != 256 {
                break;
            }
            self.end_block()?;
        }
        Ok(())
    }

    /// Behind symbol 256: new codes, or the end of the file.
    fn end_block(&mut self) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        if current.bits.flag()? {
            return self.read_codes();
        }
        current.is_over = true;
        if current.bits.flag()? {
            self.codes = None;
        }
        Ok(())
    }

    fn read_codes(&mut self) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let bits = &mut current.bits;
        bits.align()?;
        if bits.flag()? {
            return Err(Error::Unsupported("ppmd"));
        }
        if !bits.flag()? {
            self.lengths.fill(0);
        }
        self.last_low = 0;
        self.low_repeats = 0;
        let level = read_level_code(bits)?;
        let mut at = 0_usize;
        while at < ALL {
            let symbol = level.read(bits)?;
            if symbol < 16 {
                if let Some(length) = self.lengths.get_mut(at) {
                    *length = length.wrapping_add(u8::try_from(symbol).unwrap_or_default()) & 15;
                }
                at = at.saturating_add(1);
            } else {
                let (run, is_zero) = read_run(bits, symbol)?;
                let before = at.checked_sub(1).and_then(|before| self.lengths.get(before).copied());
                let length = if is_zero { 0 } else { before.ok_or(DAMAGED)? };
                let end = at.saturating_add(run).min(ALL);
                self.lengths.get_mut(at..end).unwrap_or_default().fill(length);
                at = end;
            }
        }
        let mut rest = self.lengths.as_slice();
        let mut next = |size: usize| {
            let (these, others) = rest.split_at_checked(size).ok_or(DAMAGED)?;
            rest = others;
            PrefixCode::new(these)
        };
        self.codes =
            Some(Codes { main: next(MAIN)?, distance: next(DISTANCES)?, low: next(LOW)?, length: next(LENGTHS)? });
        Ok(())
    }

    fn decode(&mut self) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let stop = current.pending.bytes.len().saturating_add(STRIDE);
        let codes = self.codes.as_ref().ok_or(DAMAGED)?;
        let bits = &mut current.bits;
        while current.pending.bytes.len() < stop && current.pending.decoded() < current.size {
            let symbol = codes.main.read(bits)?;
            let (distance, length) = match symbol {
                0..=255 => {
                    let [byte, _] = symbol.to_le_bytes();
                    self.window.push(byte);
                    current.pending.bytes.push(byte);
                    continue;
                }
                256 => return self.end_block(),
                257 => return self.read_filter(),
                258 => (self.distances[0], self.last_length),
                259..=262 => {
                    let index = usize::from(symbol.wrapping_sub(259));
                    self.distances.get_mut(..=index).unwrap_or_default().rotate_right(1);
                    let slot = codes.length.read(bits)?;
                    (self.distances[0], read_length(bits, slot)?.saturating_add(2))
                }
                263..=270 => {
                    let (base, more) = *SHORT.get(usize::from(symbol.wrapping_sub(263))).ok_or(DAMAGED)?;
                    self.distances.rotate_right(1);
                    self.distances[0] = base.saturating_add(u64::from(bits.take(more)?)).saturating_add(1);
                    (self.distances[0], 2)
                }
                _ => {
                    let length = read_length(bits, symbol.wrapping_sub(271))?.saturating_add(3);
                    let slot = codes.distance.read(bits)?;
                    let distance = read_distance(bits, slot, &codes.low, &mut self.last_low, &mut self.low_repeats)?;
                    self.distances.rotate_right(1);
                    self.distances[0] = distance;
                    let far = [0x2000, 0x4_0000].iter().filter(|limit| distance >= **limit).count();
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

    /// Behind symbol 257: which program, over which stretch, with what in its registers.
    fn read_filter(&mut self) -> Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        let bits = &mut current.bits;
        let flags = bits.take(8)?;
        let len = match (flags & 7).saturating_add(1) {
            7 => bits.take(8)?.saturating_add(7),
            8 => bits.take(16)?,
            len => len,
        };
        let mut bytes = Vec::new();
        for _ in 0..len {
            bytes.push(u8::try_from(bits.take(8)?).unwrap_or_default());
        }
        let mut told = Bits::new(bytes.as_slice());
        if flags & 0x80 != 0 {
            match usize::try_from(number(&mut told)?).unwrap_or(usize::MAX).checked_sub(1) {
                Some(program) => self.last_program = program,
                None => {
                    self.programs.clear();
                    self.last_program = 0;
                }
            }
        }
        let is_new = self.last_program == self.programs.len();
        if self.last_program > self.programs.len() || self.programs.len() >= PROGRAMS {
            return Err(DAMAGED);
        }
        let mut start = u64::from(number(&mut told)?);
        if flags & 0x40 != 0 {
            start = start.saturating_add(258);
        }
        let known_len = self.programs.get(self.last_program).map_or(0, |program| program.len);
        let len = if flags & 0x20 != 0 { u64::from(number(&mut told)?) } else { known_len };
        let mut registers = [0_u32; 7];
        if flags & 0x10 != 0 {
            let mask = told.take(7)?;
            for (at, register) in (0_u32..).zip(&mut registers) {
                if mask.unbounded_shr(at) & 1 == 1 {
                    *register = number(&mut told)?;
                }
            }
        }
        if is_new {
            let mut code = Vec::new();
            for _ in 0..number(&mut told)? {
                code.push(u8::try_from(told.take(8)?).unwrap_or_default());
            }
            let mut crc = flate2::Crc::new();
            crc.update(&code);
            let known = KNOWN.iter().find(|(len, sum, _)| *len == code.len() && *sum == crc.sum());
            self.programs.push(Program { kind: known.map(|(.., kind)| *kind), len });
        }
        let program = self.programs.get_mut(self.last_program).ok_or(DAMAGED)?;
        program.len = len;
        let [first, second, ..] = registers.map(|register| usize::try_from(register).unwrap_or(usize::MAX));
        let kind = match program.kind.ok_or(Error::Unsupported("rar-filter"))? {
            Known::Delta => Kind::Delta { channels: first },
            Known::X86 { jumps } => Kind::X86 { jumps },
            Known::Rgb => Kind::Rgb { width: first.saturating_sub(3), red: second },
            Known::Audio => Kind::Audio { channels: first },
        };
        current.pending.add(Filter { kind, start: current.pending.decoded().saturating_add(start), len })
    }
}

impl Read for Rar3 {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        Ok(self.next(buf)?)
    }
}

fn read_length(bits: &mut Bits<Source>, slot: u16) -> Result<usize> {
    let base = *LENGTH_BASE.get(usize::from(slot)).ok_or(DAMAGED)?;
    let more = u32::from(slot >> 2).saturating_sub(1);
    Ok(usize::from(base).saturating_add(usize::try_from(bits.take(more)?).unwrap_or_default()))
}

/// Smallest distance of a slot, less 1, and how many bits say the rest.
fn distance_base(slot: u16) -> (u64, u32) {
    let slot = u64::from(slot);
    match slot {
        0..=3 => (slot, 0),
        4..=35 => {
            let more = u32::try_from(slot >> 1).unwrap_or_default().saturating_sub(1);
            ((2 | (slot & 1)).unbounded_shl(more), more)
        }
        36..=47 => (slot.saturating_sub(32) << 16, 16),
        _ => (slot.saturating_sub(44) << 18, 18),
    }
}

fn read_distance(
    bits: &mut Bits<Source>,
    slot: u16,
    low: &PrefixCode,
    last_low: &mut u64,
    low_repeats: &mut u32,
) -> Result<u64> {
    let (base, more) = distance_base(slot);
    let base = base.saturating_add(1);
    if slot <= 9 {
        return Ok(base.saturating_add(u64::from(bits.take(more)?)));
    }
    let high = u64::from(bits.take(more.saturating_sub(4))?) << 4;
    if *low_repeats > 0 {
        *low_repeats = low_repeats.saturating_sub(1);
    } else {
        match low.read(bits)? {
            16 => *low_repeats = 15,
            symbol => *last_low = u64::from(symbol),
        }
    }
    Ok(base.saturating_add(high).saturating_add(*last_low))
}

/// A number of the virtual machine.
fn number<R: Read>(bits: &mut Bits<R>) -> Result<u32> {
    match bits.take(2)? {
        0 => bits.take(4),
        1 => match bits.take(8)? {
            byte if byte >= 16 => Ok(byte),
            byte => Ok(0xFFFF_FF00 | (byte << 4) | bits.take(4)?),
        },
        2 => bits.take(16),
        _ => bits.take(32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_grow_without_gaps() {
        assert_eq!([4, 5, 35].map(distance_base), [(4, 1), (6, 1), (196_608, 16)]);
        assert_eq!(
            [36, 47, 48, 59].map(distance_base),
            [(262_144, 16), (983_040, 16), (1_048_576, 18), (3_932_160, 18)]
        );
    }
}
