//! The bytes of objects: hex digits, and what stands between them.

use super::super::tokens::nibble;
use super::{Reader, To};
use crate::error::Result;

/// One `\objdata`.
pub(in super::super) struct Data {
    /// Index of its object.
    pub(in super::super) object: Option<usize>,
    pub(in super::super) at: u64,
    /// The bytes as the specification has them.
    pub(in super::super) bytes: Hex,
    /// The bytes if every hex digit counts, where that makes a difference.
    pub(in super::super) every: Option<Hex>,
    /// What stood between the digits and is no blank.
    pub(in super::super) interruptions: u32,
}

/// Bytes written as hex digits.
#[derive(Clone, Default)]
pub(in super::super) struct Hex {
    pub(in super::super) bytes: Vec<u8>,
    pub(super) half: Option<u8>,
}

impl Hex {
    fn digit(&mut self, digit: u8) {
        match self.half.take() {
            Some(high) => self.bytes.push((high << 4) | digit),
            None => self.half = Some(digit),
        }
    }
}

impl Reader<'_> {
    pub(super) fn digit(&mut self, index: usize, byte: u8) {
        let Some(digit) = nibble(byte) else {
            if !byte.is_ascii_whitespace() && byte != 0 {
                self.interrupt();
            }
            return;
        };
        let Some(data) = self.document.data.get_mut(index) else { return };
        let Some(left) = self.room.checked_sub(if data.every.is_some() { 2 } else { 1 }) else {
            self.document.cut = true;
            return;
        };
        // Room is counted in digits.
        self.room = left;
        data.bytes.digit(digit);
        if let Some(every) = &mut data.every {
            every.digit(digit);
        }
    }

    pub(super) fn uncertain_digit(&mut self, byte: u8) {
        let Some(every) = self.current.around.and_then(|index| self.document.data.get_mut(index)?.every.as_mut())
        else {
            return;
        };
        if let Some(digit) = nibble(byte) {
            match self.room.checked_sub(1) {
                Some(left) => {
                    self.room = left;
                    every.digit(digit);
                }
                None => self.document.cut = true,
            }
        }
    }

    pub(super) fn keep_every(&mut self, index: usize) {
        if let Some(data) = self.document.data.get_mut(index)
            && data.every.is_none()
        {
            let cost = (data.bytes.bytes.len() as u64).saturating_mul(2);
            match self.room.checked_sub(cost) {
                Some(left) => {
                    self.room = left;
                    data.every = Some(data.bytes.clone());
                }
                None => self.document.cut = true,
            }
        }
    }

    /// Something that honest programs do not write between the digits of an object.
    pub(super) fn interrupt(&mut self) {
        if let To::Data(index) = self.current.to
            && let Some(data) = self.document.data.get_mut(index)
        {
            data.interruptions = data.interruptions.saturating_add(1);
        }
    }

    pub(super) fn binary(&mut self, count: u64) -> Result<()> {
        let at = self.tokens.position();
        if count > self.tokens.left() {
            // Nobody can say what a reader makes of this; what follows is read as text.
            self.document.short.get_or_insert(at);
            return Ok(());
        }
        let To::Data(index) = self.current.to else {
            self.tokens.skip(count);
            return Ok(());
        };
        let Some(data) = self.document.data.get_mut(index) else { return Ok(()) };
        let cost = count.saturating_mul(if data.every.is_some() { 4 } else { 2 });
        match self.room.checked_sub(cost) {
            Some(left) => {
                self.room = left;
                self.tokens.bytes(count, |piece| {
                    data.bytes.bytes.extend_from_slice(piece);
                    if let Some(every) = &mut data.every {
                        every.bytes.extend_from_slice(piece);
                    }
                })
            }
            None => {
                self.document.cut = true;
                self.tokens.skip(count);
                Ok(())
            }
        }
    }
}
