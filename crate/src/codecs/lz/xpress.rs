//! XPRESS with Huffman codes (\[MS-XCA\] 2.2), as disk images of Windows pack their pieces.
//!
//! Bits and whole bytes stand in one stream: words of 16 bits are fetched ahead, and bytes are taken from behind them.

use super::{DAMAGED, PrefixCode};
use crate::error::Result;

/// Bytes of the code's lengths, two of them in each.
const LENGTHS: usize = 256;

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next 32 bits, and how many of them beyond 16 are there.
    next: u32,
    extra: i32,
}

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or_default();
        self.at = self.at.saturating_add(1);
        byte
    }

    /// Zeros behind the end, as the programs see it.
    fn word(&mut self) -> u32 {
        u32::from(u16::from_le_bytes([self.byte(), self.byte()]))
    }

    fn skip(&mut self, n: u32) {
        self.next = self.next.unbounded_shl(n);
        self.extra = self.extra.saturating_sub_unsigned(n);
        if self.extra < 0 {
            self.next |= self.word().unbounded_shl(self.extra.unsigned_abs());
            self.extra = self.extra.saturating_add(16);
        }
    }

    fn take(&mut self, n: u32) -> u32 {
        let bits = self.next.unbounded_shr(32_u32.saturating_sub(n));
        self.skip(n);
        bits
    }
}

/// One piece of `len` bytes.
pub(crate) fn decode(packed: &[u8], len: usize) -> Result<Vec<u8>> {
    let (lengths, bytes) = packed.split_at_checked(LENGTHS).ok_or(DAMAGED)?;
    let lengths: Vec<u8> = lengths.iter().flat_map(|two| [two & 15, two >> 4]).collect();
    let code = PrefixCode::new(&lengths)?;
    let mut input = Input { bytes, at: 0, next: 0, extra: 16 };
    input.next = input.word() << 16;
    input.next |= input.word();
    let mut out: Vec<u8> = Vec::with_capacity(len);
    while out.len() < len {
        // What was fetched ahead may lie behind the end; nothing beyond that.
        if input.at > bytes.len().saturating_add(4) {
            return Err(DAMAGED);
        }
        let (symbol, bits) = code.look_up(input.next >> 16).ok_or(DAMAGED)?;
        input.skip(bits);
        let Some(found) = symbol.checked_sub(256).map(u32::from) else {
            out.push(symbol.to_le_bytes()[0]);
            continue;
        };
        let mut length = found & 15;
        if length == 15 {
            length = match input.byte() {
                255 => match input.word() {
                    0 => input.word() | input.word() << 16,
                    long => long,
                },
                short => u32::from(short).saturating_add(15),
            };
        }
        let more = found >> 4;
        let distance = input.take(more).saturating_add(1_u32.unbounded_shl(more));
        let from = out.len().checked_sub(usize::try_from(distance).map_err(|_| DAMAGED)?).ok_or(DAMAGED)?;
        let length = usize::try_from(length).map_err(|_| DAMAGED)?.saturating_add(3);
        if length > len.saturating_sub(out.len()) {
            return Err(DAMAGED);
        }
        for at in from..from.saturating_add(length) {
            out.push(out.get(at).copied().ok_or(DAMAGED)?);
        }
    }
    Ok(out)
}
