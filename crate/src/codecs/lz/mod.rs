//! What the old archive formats have in common: bits from the highest down, prefix codes given by their lengths, and a
//! window of what was decoded last.

use std::io::{self, Read};

use crate::error::{Error, LimitKind, Result};

pub(crate) mod filters;
pub(crate) mod lzh;
pub(crate) mod lzx;
pub(crate) mod rar3;
pub(crate) mod rar5;
pub(crate) mod xpress;

/// Bytes read from the input at once.
const CHUNK: usize = 1 << 12;

/// A stream that does not say what its format asks for.
pub(crate) const DAMAGED: Error = Error::malformed("compressed data", 0);

/// Bits of a stream, the highest of each byte first.
pub(crate) struct Bits<R> {
    reader: R,
    buffer: Vec<u8>,
    at: usize,
    /// What was read and not yet given; only the lowest `count` bits count.
    held: u64,
    count: u32,
    taken: u64,
    ended: bool,
}

impl<R: Read> Bits<R> {
    pub(crate) const fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), at: 0, held: 0, count: 0, taken: 0, ended: false }
    }

    /// Bits given so far.
    pub(crate) const fn taken(&self) -> u64 {
        self.taken
    }

    fn byte(&mut self) -> Result<Option<u8>> {
        if self.at >= self.buffer.len() && !self.ended {
            self.buffer.resize(CHUNK, 0);
            let n = loop {
                match self.reader.read(&mut self.buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
            self.buffer.truncate(n);
            self.at = 0;
            self.ended = n == 0;
        }
        let byte = self.buffer.get(self.at).copied();
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    fn refill(&mut self) -> Result<()> {
        while self.count <= 56 {
            let Some(byte) = self.byte()? else { break };
            self.held = (self.held << 8) | u64::from(byte);
            self.count = self.count.saturating_add(8);
        }
        Ok(())
    }

    /// The next `n` bits (at most 32); zeros behind the end.
    pub(crate) fn peek(&mut self, n: u32) -> Result<u32> {
        if self.count < n {
            self.refill()?;
        }
        let bits = match self.count.checked_sub(n) {
            Some(more) => self.held.unbounded_shr(more),
            None => self.held.unbounded_shl(n.saturating_sub(self.count)),
        };
        let mask = 1_u64.unbounded_shl(n).wrapping_sub(1);
        Ok(u32::try_from(bits & mask).unwrap_or_default())
    }

    /// Passes over `n` bits that were peeked at.
    pub(crate) fn skip(&mut self, n: u32) -> Result<()> {
        self.count = self.count.checked_sub(n).ok_or(DAMAGED)?;
        self.taken = self.taken.saturating_add(u64::from(n));
        Ok(())
    }

    /// Takes `n` bits (at most 32).
    pub(crate) fn take(&mut self, n: u32) -> Result<u32> {
        let bits = self.peek(n)?;
        self.skip(n)?;
        Ok(bits)
    }

    pub(crate) fn flag(&mut self) -> Result<bool> {
        Ok(self.take(1)? == 1)
    }

    /// Passes over the rest of the byte.
    pub(crate) fn align(&mut self) -> Result<()> {
        self.skip(self.count & 7)
    }

    /// Whether there is nothing more.
    pub(crate) fn is_at_end(&mut self) -> Result<bool> {
        if self.count == 0 {
            self.refill()?;
        }
        Ok(self.count == 0)
    }
}

/// Codes up to this length are found in one step.
const QUICK: u32 = 9;

/// No code is longer.
const LONGEST: usize = 16;

/// A canonical prefix code: shorter codes come first, equal ones in the order of their symbols.
#[derive(Clone, Default)]
pub(crate) struct PrefixCode {
    /// Symbol and length by the next bits; length 0 where the code is longer.
    quick: Vec<(u16, u8)>,
    /// By length: the first code and the first one beyond, with 16 bits, and where its symbols begin.
    lengths: [(u32, u32, usize); LONGEST + 1],
    symbols: Vec<u16>,
}

impl PrefixCode {
    /// From the length of every symbol's code (0: it has none). A code may leave bits unused, but never use them twice.
    pub(crate) fn new(lengths: &[u8]) -> Result<Self> {
        let mut code = 0_u32;
        let mut this = Self { quick: vec![(0, 0); 1 << QUICK], ..Self::default() };
        for (length, row) in (0_u8..).zip(this.lengths.iter_mut()).skip(1) {
            let left = 16_u32.saturating_sub(u32::from(length));
            let first = code;
            let begin = this.symbols.len();
            let symbols = (0_u16..).zip(lengths).filter(|(_, l)| **l == length).map(|(symbol, _)| symbol);
            for symbol in symbols {
                this.symbols.push(symbol);
                if u32::from(length) <= QUICK {
                    let from = usize::try_from(code >> (16 - QUICK)).unwrap_or_default();
                    let to = from.saturating_add(1_usize.unbounded_shl(QUICK.saturating_sub(u32::from(length))));
                    this.quick.get_mut(from..to).unwrap_or_default().fill((symbol, length));
                }
                code = code.saturating_add(1_u32.unbounded_shl(left));
            }
            if code > 1 << 16 {
                return Err(DAMAGED);
            }
            *row = (first, code, begin);
        }
        Ok(this)
    }

    /// A code of one symbol that takes no bits.
    pub(crate) fn constant(symbol: u16) -> Self {
        let mut this = Self { symbols: vec![symbol], ..Self::default() };
        if let Some(row) = this.lengths.first_mut() {
            *row = (0, 1 << 16, 0);
        }
        this
    }

    #[inline]
    pub(crate) fn read<R: Read>(&self, bits: &mut Bits<R>) -> Result<u16> {
        let (symbol, length) = self.look_up(bits.peek(16)?).ok_or(DAMAGED)?;
        bits.skip(length)?;
        Ok(symbol)
    }

    /// The symbol that the next 16 bits begin with, and how many of them are its own.
    #[inline]
    pub(crate) fn look_up(&self, next: u32) -> Option<(u16, u32)> {
        let quick = usize::try_from(next >> (16 - QUICK)).unwrap_or_default();
        if let Some((symbol, length)) = self.quick.get(quick).filter(|(_, length)| *length > 0) {
            return Some((*symbol, u32::from(*length)));
        }
        for (length, (first, beyond, begin)) in (0_u32..).zip(&self.lengths) {
            if next < *beyond && next >= *first {
                let index = next.wrapping_sub(*first).unbounded_shr(16_u32.saturating_sub(length));
                let at = begin.saturating_add(usize::try_from(index).unwrap_or(usize::MAX));
                return self.symbols.get(at).map(|symbol| (*symbol, length));
            }
        }
        None
    }
}

/// A window that has filled so much takes the rest too.
const MUCH: usize = 1 << 20;

/// Most bytes of a window kept, whatever a stream declares.
pub(crate) const LARGEST: u64 = 64 << 20;

/// What was decoded last. It grows with what is decoded: a declared size costs nothing.
pub(crate) struct Window {
    bytes: Vec<u8>,
    size: usize,
    next: usize,
    /// What stands before the first byte.
    before: u8,
}

impl Window {
    pub(crate) fn new(size: u64, before: u8) -> Self {
        let size = usize::try_from(size.clamp(1, LARGEST)).unwrap_or(1);
        Self { bytes: Vec::new(), size, next: 0, before }
    }

    /// As [`Self::new`], but what was decoded stays where it fits.
    pub(crate) fn grow(&mut self, size: u64) {
        let size = usize::try_from(size.clamp(1, LARGEST)).unwrap_or(1);
        if size > self.size {
            let oldest = if self.bytes.len() == self.size { self.next } else { 0 };
            self.bytes.rotate_left(oldest);
            self.next = self.bytes.len();
            self.size = size;
        }
    }

    pub(crate) fn push(&mut self, byte: u8) {
        if self.next >= self.size {
            self.next = 0;
        }
        match self.bytes.get_mut(self.next) {
            Some(old) => *old = byte,
            None => self.lengthen(byte),
        }
        self.next = self.next.saturating_add(1);
    }

    /// The first bytes take what they need, more takes all of it at once: memory is never moved while it is large.
    fn lengthen(&mut self, byte: u8) {
        if self.bytes.len() == self.bytes.capacity() {
            let most = if self.bytes.len() < MUCH {
                MUCH.min(self.bytes.len().saturating_mul(2).max(1 << 12))
            } else {
                self.size
            };
            self.bytes.reserve_exact(most.min(self.size).saturating_sub(self.bytes.len()).max(1));
        }
        self.bytes.push(byte);
    }

    /// Repeats `len` bytes from `distance` back, also into `out`.
    pub(crate) fn copy(&mut self, distance: u64, len: usize, out: &mut Vec<u8>) -> Result<()> {
        if distance > LARGEST && self.size as u64 == LARGEST && self.bytes.len() == self.size {
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
        let distance = usize::try_from(distance).unwrap_or(usize::MAX);
        for _ in 0..len {
            let from = self.next.checked_sub(distance).or_else(|| {
                // It wraps only when the window is full.
                let full = self.bytes.len() == self.size && distance <= self.size;
                full.then(|| self.next.saturating_add(self.size).saturating_sub(distance))
            });
            let byte = from.and_then(|from| self.bytes.get(from)).copied().unwrap_or(self.before);
            self.push(byte);
            out.push(byte);
        }
        Ok(())
    }
}

/// Copies what is ready of `out` from `at` on.
pub(crate) fn give(out: &mut Vec<u8>, at: &mut usize, buf: &mut [u8]) -> usize {
    let ready = out.get(*at..).unwrap_or_default();
    let n = ready.len().min(buf.len());
    if let (Some(to), Some(from)) = (buf.get_mut(..n), ready.get(..n)) {
        to.copy_from_slice(from);
    }
    *at = at.saturating_add(n);
    if *at >= out.len() {
        out.clear();
        *at = 0;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_from_the_highest_down_and_end() {
        let mut bits = Bits::new(&[0b1010_0000, 0xFF][..]);
        assert_eq!(bits.take(3).unwrap(), 0b101);
        assert_eq!(bits.peek(16).unwrap(), 0b0000_0111_1111_1000);
        bits.align().unwrap();
        assert_eq!(bits.take(8).unwrap(), 0xFF);
        assert!(bits.is_at_end().unwrap());
        assert!(bits.take(1).is_err());
    }

    #[test]
    fn a_code_is_built_from_its_lengths() {
        // a: 0, c: 10, b: 110 …, and one of 12 bits.
        let mut lengths = vec![1, 3, 2];
        lengths.push(12);
        let code = PrefixCode::new(&lengths).unwrap();
        let mut bits = Bits::new(&[0b0101_1011, 0b1000_0000, 0b0000_0000][..]);
        let read: Vec<u16> = (0..4).map(|_| code.read(&mut bits).unwrap()).collect();
        assert_eq!(read, [0, 2, 1, 3]);
        assert!(PrefixCode::new(&[1, 1, 1]).is_err());
        assert!(code.read(&mut Bits::new(&[0xFF, 0xFF][..])).is_err());
        assert_eq!(PrefixCode::constant(7).read(&mut Bits::new(&[][..])).unwrap(), 7);
    }

    #[test]
    fn a_window_wraps_and_repeats_itself() {
        let mut window = Window::new(4, b' ');
        let mut out = Vec::new();
        window.copy(2, 1, &mut out).unwrap();
        b"abc".iter().for_each(|byte| window.push(*byte));
        window.copy(3, 2, &mut out).unwrap();
        window.copy(1, 3, &mut out).unwrap();
        assert_eq!(out, b" abbbb");
        window.grow(8);
        window.push(b'x');
        let mut out = Vec::new();
        window.copy(5, 5, &mut out).unwrap();
        assert_eq!(out, b"bbbbx");
    }
}
