//! Unix compress (`.Z`): LZW with codes of 9 to 16 bits, as its first implementation wrote it down.
//!
//! Codes stand in groups of eight; where their width changes, the rest of the group is thrown away.

use std::io::{self, Read};

use crate::codecs::feed::Feed;

const CLEAR: usize = 256;

pub(super) struct Lzw {
    feed: Feed,
    /// Widest code.
    most: u32,
    /// Whether code 256 starts a new table.
    clears: bool,
    /// Which code a longer one is built on, and its last byte; from 256 on.
    table: Vec<(u16, u8)>,
    width: u32,
    /// Codes of the group under way.
    group: Vec<u8>,
    bit: usize,
    previous: Option<usize>,
    /// First byte of what the previous code stood for.
    first: u8,
    /// What a code stood for, last byte first.
    out: Vec<u8>,
}

impl Lzw {
    pub(super) fn new(mut feed: Feed) -> io::Result<Self> {
        let mut header = [0; 3];
        feed.read_exact(&mut header)?;
        let most = u32::from(header[2] & 0x1F);
        if !(9..=16).contains(&most) || header[..2] != *b"\x1F\x9D" {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let clears = header[2] & 0x80 != 0;
        Ok(Self {
            feed,
            most,
            clears,
            table: Vec::new(),
            width: 9,
            group: Vec::new(),
            bit: 0,
            previous: None,
            first: 0,
            out: Vec::new(),
        })
    }

    /// Codes known so far; with a table that can be cleared the first one stands for that.
    fn next_free(&self) -> usize {
        self.table.len().saturating_add(if self.clears { 257 } else { 256 })
    }

    fn code(&mut self) -> io::Result<Option<usize>> {
        let width = self.width as usize;
        if self.bit.saturating_add(width) > self.group.len().saturating_mul(8) {
            // A group is eight codes, and so as many bytes as a code has bits.
            self.group.clear();
            self.bit = 0;
            self.feed.by_ref().take(u64::from(self.width)).read_to_end(&mut self.group)?;
            if self.group.len().saturating_mul(8) < width {
                return Ok(None);
            }
        }
        let mut code = 0_usize;
        for i in 0..width {
            let at = self.bit.saturating_add(i);
            let byte = self.group.get(at >> 3).copied().unwrap_or_default();
            code |= usize::from((byte >> (at & 7)) & 1) << i;
        }
        self.bit = self.bit.saturating_add(width);
        Ok(Some(code))
    }

    fn new_width(&mut self, width: u32) {
        self.width = width;
        self.group.clear();
        self.bit = 0;
    }

    /// Reads one code into `out`; `false` at the end.
    fn step(&mut self) -> io::Result<bool> {
        let Some(code) = self.code()? else { return Ok(false) };
        if code == CLEAR && self.clears {
            self.table.clear();
            self.previous = None;
            self.new_width(9);
            return Ok(true);
        }
        let next = self.next_free();
        let base = if self.clears { 257 } else { 256 };
        let mut at = code;
        if code >= next {
            // The code that is being made: what the previous one stood for, and its first byte again.
            let previous = self.previous.filter(|_| code == next).ok_or(io::ErrorKind::InvalidData)?;
            self.out.push(self.first);
            at = previous;
        }
        while at >= 256 {
            let known = at.checked_sub(base).and_then(|at| self.table.get(at)).ok_or(io::ErrorKind::InvalidData)?;
            self.out.push(known.1);
            at = usize::from(known.0);
        }
        self.first = u8::try_from(at).unwrap_or_default();
        self.out.push(self.first);
        if let Some(previous) = self.previous
            && next < 1 << self.most
        {
            self.table.push((u16::try_from(previous).unwrap_or_default(), self.first));
            if self.next_free() >= 1 << self.width && self.width < self.most {
                self.new_width(self.width.saturating_add(1));
            }
        }
        self.previous = Some(code);
        Ok(true)
    }
}

impl Read for Lzw {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut n = 0_usize;
        while n < buf.len() {
            if let Some(byte) = self.out.pop() {
                if let Some(to) = buf.get_mut(n) {
                    *to = byte;
                }
                n = n.saturating_add(1);
            } else {
                match self.step() {
                    Ok(true) => {}
                    Ok(false) => break,
                    // What came before it is good; it fails again when asked again.
                    Err(_) if n > 0 => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(n)
    }
}
