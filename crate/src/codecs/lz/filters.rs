//! What RAR does to some kinds of data before it packs them, undone.
//!
//! A filter covers a stretch of what was decoded. Everything before the stretch can be given at once, the stretch itself
//! when it is complete.

use std::collections::VecDeque;

use super::DAMAGED;
use crate::error::Result;

/// Longest stretch (RAR itself stays far below).
const LONGEST: u64 = 1 << 22;

/// Most filters waiting at once.
const WAITING: usize = 8192;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Every channel holds differences.
    Delta { channels: usize },
    /// Calls (and jumps) of x86 code hold absolute addresses.
    X86 { jumps: bool },
    /// The same for ARM.
    Arm,
    /// Pictures of three colours.
    Rgb { width: usize, red: usize },
    /// Sound.
    Audio { channels: usize },
}

/// One stretch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filter {
    pub(crate) kind: Kind,
    /// From where in the file.
    pub(crate) start: u64,
    pub(crate) len: u64,
}

impl Filter {
    const fn end(&self) -> u64 {
        self.start.saturating_add(self.len)
    }
}

/// What was decoded of a file and not yet given.
#[derive(Default)]
pub(crate) struct Pending {
    pub(crate) bytes: Vec<u8>,
    /// Where in the file `bytes` start, and how many of them were given.
    start: u64,
    given: usize,
    filters: VecDeque<Filter>,
}

impl Pending {
    /// How much was decoded of the file so far.
    pub(crate) const fn decoded(&self) -> u64 {
        self.start.saturating_add(self.bytes.len() as u64)
    }

    pub(crate) fn add(&mut self, filter: Filter) -> Result<()> {
        let in_order = self.filters.back().is_none_or(|last| filter.start >= last.start);
        if filter.len > LONGEST || filter.start < self.decoded() || !in_order || self.filters.len() >= WAITING {
            return Err(DAMAGED);
        }
        self.filters.push_back(filter);
        Ok(())
    }

    /// How many bytes wait for the end of their stretch or to be given.
    pub(crate) fn waiting(&self) -> usize {
        self.bytes.len().saturating_sub(self.given)
    }

    /// Copies what is ready; `ended` says that nothing more comes.
    pub(crate) fn give(&mut self, buf: &mut [u8], ended: bool) -> Result<usize> {
        let mut ready = self.bytes.len();
        let start = self.start;
        let within = |at: u64| usize::try_from(at.saturating_sub(start)).unwrap_or(usize::MAX);
        while let Some(filter) = self.filters.front().copied() {
            if filter.end() <= self.decoded() {
                let stretch = self.bytes.get_mut(within(filter.start)..within(filter.end())).ok_or(DAMAGED)?;
                undo(filter.kind, stretch, filter.start);
            } else if !ended {
                ready = ready.min(within(filter.start));
                break;
            }
            self.filters.pop_front();
        }
        let from = self.bytes.get(self.given..ready).unwrap_or_default();
        let n = from.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), from.get(..n)) {
            to.copy_from_slice(from);
        }
        self.given = self.given.saturating_add(n);
        if n == 0 || self.given >= self.bytes.len() {
            self.start = self.start.saturating_add(self.given as u64);
            self.bytes.drain(..self.given.min(self.bytes.len()));
            self.given = 0;
        }
        Ok(n)
    }
}

fn undo(kind: Kind, bytes: &mut [u8], start: u64) {
    match kind {
        Kind::Delta { channels } => delta(bytes, channels),
        Kind::X86 { jumps } => x86(bytes, start, jumps),
        Kind::Arm => arm(bytes, start),
        Kind::Rgb { width, red } => rgb(bytes, width, red),
        Kind::Audio { channels } => audio(bytes, channels),
    }
}

fn delta(bytes: &mut [u8], channels: usize) {
    let packed = bytes.to_vec();
    let mut packed = packed.iter();
    for channel in 0..channels.min(bytes.len()) {
        let mut last = 0_u8;
        for (byte, difference) in bytes.iter_mut().skip(channel).step_by(channels.max(1)).zip(packed.by_ref()) {
            last = last.wrapping_sub(*difference);
            *byte = last;
        }
    }
}

/// Addresses count as if the file were this long.
const X86_SIZE: u32 = 1 << 24;

fn x86(bytes: &mut [u8], start: u64, jumps: bool) {
    let start = u32::try_from(start & 0xFFFF_FFFF).unwrap_or_default();
    let mut at = 0_usize;
    while let Some([opcode, rest @ ..]) = bytes.get_mut(at..) {
        let Some(address) = rest.first_chunk_mut::<4>() else { break };
        at = at.saturating_add(1);
        if *opcode != 0xE8 && !(jumps && *opcode == 0xE9) {
            continue;
        }
        let offset = start.wrapping_add(u32::try_from(at).unwrap_or_default()) & X86_SIZE.wrapping_sub(1);
        let old = u32::from_le_bytes(*address);
        if old < X86_SIZE {
            *address = old.wrapping_sub(offset).to_le_bytes();
        } else if old >= 1 << 31 && old.wrapping_add(offset) < 1 << 31 {
            *address = old.wrapping_add(X86_SIZE).to_le_bytes();
        }
        at = at.saturating_add(4);
    }
}

fn arm(bytes: &mut [u8], start: u64) {
    let start = u32::try_from(start & 0xFFFF_FFFF).unwrap_or_default();
    for (index, instruction) in (0_u32..).zip(bytes.chunks_exact_mut(4)) {
        if let [a, b, c, 0xEB] = instruction {
            let address = u32::from_le_bytes([*a, *b, *c, 0]);
            let here = start.wrapping_add(index.wrapping_mul(4)) >> 2;
            let [x, y, z, _] = address.wrapping_sub(here).to_le_bytes();
            (*a, *b, *c) = (x, y, z);
        }
    }
}

fn rgb(bytes: &mut [u8], width: usize, red: usize) {
    let packed = bytes.to_vec();
    let mut packed = packed.iter();
    let len = bytes.len();
    for channel in 0..3_usize {
        let mut last = 0_u8;
        for (at, difference) in (channel..len).step_by(3).zip(packed.by_ref()) {
            let above = at.checked_sub(width).and_then(|above| Some((above.checked_sub(3)?, above)));
            let predicted = match above.and_then(|(corner, above)| Some((*bytes.get(corner)?, *bytes.get(above)?))) {
                Some((corner, above)) => paeth(last, above, corner),
                None => last,
            };
            last = predicted.wrapping_sub(*difference);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = last;
            }
        }
    }
    for pixel in bytes.get_mut(red..).unwrap_or_default().chunks_exact_mut(3) {
        if let [r, g, b] = pixel {
            *r = r.wrapping_add(*g);
            *b = b.wrapping_add(*g);
        }
    }
}

/// Whichever of the three is nearest to `left + above - corner`.
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let [l, a, c] = [left, above, corner].map(i32::from);
    let guess = l.wrapping_add(a).wrapping_sub(c);
    let [dl, da, dc] = [l, a, c].map(|value| guess.wrapping_sub(value).abs());
    if dl <= da && dl <= dc {
        left
    } else if da <= dc {
        above
    } else {
        corner
    }
}

fn audio(bytes: &mut [u8], channels: usize) {
    let packed = bytes.to_vec();
    let mut packed = packed.iter();
    for channel in 0..channels.min(bytes.len()) {
        let mut voice = Voice::default();
        for (byte, difference) in bytes.iter_mut().skip(channel).step_by(channels.max(1)).zip(packed.by_ref()) {
            *byte = voice.next(*difference);
        }
    }
}

/// A predictor that learns from its mistakes.
#[derive(Default)]
struct Voice {
    last: u8,
    last_delta: i32,
    deltas: [i32; 3],
    weights: [i32; 3],
    errors: [u32; 7],
    count: u32,
}

impl Voice {
    fn next(&mut self, difference: u8) -> u8 {
        let [first, second, _] = self.deltas;
        self.deltas = [self.last_delta, self.last_delta.wrapping_sub(first), second];
        let sum = self
            .deltas
            .iter()
            .zip(self.weights)
            .fold(i32::from(self.last).wrapping_mul(8), |sum, (d, w)| sum.wrapping_add(d.wrapping_mul(w)));
        let [predicted, ..] = (sum >> 3).to_le_bytes();
        let byte = predicted.wrapping_sub(difference);
        self.last_delta = i32::from(byte.wrapping_sub(self.last).cast_signed());
        self.last = byte;
        self.learn(i32::from(difference.cast_signed()).wrapping_mul(8));
        byte
    }

    fn learn(&mut self, error: i32) {
        let [a, b, c] = self.deltas;
        let tries = [0, a.wrapping_neg(), a, b.wrapping_neg(), b, c.wrapping_neg(), c];
        for (sum, by) in self.errors.iter_mut().zip(tries) {
            *sum = sum.wrapping_add(error.wrapping_add(by).unsigned_abs());
        }
        if self.count & 31 == 0 {
            let mut best = (0, u32::MAX);
            for (index, sum) in (0_usize..).zip(&mut self.errors) {
                if *sum < best.1 {
                    best = (index, *sum);
                }
                *sum = 0;
            }
            if let Some(index) = best.0.checked_sub(1)
                && let Some(weight) = self.weights.get_mut(index >> 1)
            {
                if index & 1 == 0 && *weight >= -16 {
                    *weight = weight.wrapping_sub(1);
                } else if index & 1 == 1 && *weight < 16 {
                    *weight = weight.wrapping_add(1);
                }
            }
        }
        self.count = self.count.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_become_relative_again() {
        let mut bytes = [0xE8, 0x10, 0, 0, 0, 0x90, 0xE9, 0x10, 0, 0, 0];
        x86(&mut bytes, 0, false);
        assert_eq!(bytes, [0xE8, 0x0F, 0, 0, 0, 0x90, 0xE9, 0x10, 0, 0, 0]);
        x86(&mut bytes[5..], 5, true);
        assert_eq!(bytes[6..], [0xE9, 0x09, 0, 0, 0]);
    }

    #[test]
    fn channels_are_put_together_again() {
        let mut bytes = [1, 1, 1, 2, 2];
        delta(&mut bytes, 2);
        assert_eq!(bytes, [255, 254, 254, 252, 253]);
    }

    #[test]
    fn a_stretch_is_given_when_it_is_complete() {
        let mut pending = Pending::default();
        pending.add(Filter { kind: Kind::Delta { channels: 1 }, start: 2, len: 2 }).unwrap();
        assert!(pending.add(Filter { kind: Kind::Arm, start: 1, len: 2 }).is_err());
        let mut buf = [0; 8];
        pending.bytes.extend(b"ab\xFF");
        assert_eq!(pending.give(&mut buf, false).unwrap(), 2);
        assert_eq!(pending.give(&mut buf, false).unwrap(), 0);
        pending.bytes.extend(b"\xFFz");
        assert_eq!(pending.give(&mut buf, false).unwrap(), 3);
        assert_eq!(&buf[..3], [1, 2, b'z']);
        assert_eq!(pending.decoded(), 5);
    }
}
