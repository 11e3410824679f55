//! The file information block: counts of characters and where every other structure stands ([MS-DOC] 2.5).

use super::malformed;
use crate::codecs::encoding::{
    BIG5, EUC_KR, Encoding, GBK, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254,
};
use crate::crypto::binary;
use crate::error::{Error, Result};
use crate::source::Source;

/// Structures read here, by their number in FibRgFcLcb97 (2.5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    SttbfBkmk = 21,
    PlcfBkf = 22,
    PlcfBkl = 23,
    SttbfAssoc = 32,
    Clx = 33,
    DggInfo = 50,
    PlcftxbxTxt = 56,
    StwUser = 60,
}

/// Longest structure read, in bytes.
const LONGEST: u64 = 16 << 20;

pub(super) struct Fib {
    head: Vec<u8>,
    /// The table stream; in Word 6 the document's own.
    table: Source,
    /// Word 6 and 95 (the FIB of 1993).
    pub(super) old: bool,
    pub(super) encrypted: bool,
}

/// Bytes that have one key, and those at the front of the stream that stay clear (2.2.6.1 to 2.2.6.3); of Word 6 only
/// the FIB's base does.
const BLOCK: u64 = 512;
const CLEAR: u64 = 68;
const CLEAR_OF_WORD_6: u64 = 52;

/// Text boxes among the [stories](Fib::stories).
pub(super) const TEXT_BOXES: usize = 6;

/// `wIdent` of Word 97 and later (2.5.2).
const WORD_97: u16 = 0xA5EC;

impl Fib {
    pub(super) fn read(stream: &Source, table: impl Fn(&str) -> Option<Source>) -> Result<Self> {
        let head = stream.peek(0, 1024)?;
        if head.len() < 32 {
            return Err(malformed("FibBase"));
        }
        let (ident, version, flags) = (u16_at(&head, 0), u16_at(&head, 2), u16_at(&head, 10));
        // Word goes by the version; where it makes no sense, by the mark.
        let old = if ident == WORD_97 { version < 0x0069 } else { version < 0x00C1 };
        let encrypted = flags & 0x0100 != 0;
        let (name, other) = if flags & 0x0200 == 0 { ("0Table", "1Table") } else { ("1Table", "0Table") };
        let table = if old { Some(stream.clone()) } else { table(name).or_else(|| table(other)) };
        match table {
            Some(table) => Ok(Self { head, table, old, encrypted }),
            None if encrypted => Ok(Self { head, table: Source::memory(Vec::new()), old, encrypted }),
            None => Err(malformed("Table Stream")),
        }
    }

    fn flags(&self) -> u16 {
        u16_at(&self.head, 10)
    }

    /// How the text is encrypted. The table stream starts with the encryption header ([MS-OFFCRYPTO] 2.3.5.1, 2.3.6.1);
    /// Word 95 knew only XOR, whose key and verifier stand in `lKey`.
    pub(super) fn scheme(&self) -> Result<binary::Scheme> {
        if self.flags() & 0x8000 != 0 || self.old {
            let (verifier, key) = (u16_at(&self.head, 14), u16_at(&self.head, 16));
            return Ok(binary::Scheme::Xor { key, verifier });
        }
        binary::Scheme::read(&self.table.peek(0, 1024)?)
    }

    /// The same with everything decrypted; what stays clear of the stream the caller has seen to. In Word 6 the stream
    /// holds its tables itself.
    pub(super) fn unlocked(&self, key: binary::Key, stream: &Source) -> Result<(Self, Source)> {
        let clear = if self.old { CLEAR_OF_WORD_6 } else { CLEAR };
        let plain = key.clone().stream(stream.clone(), BLOCK, clear);
        let table = if self.old { plain.clone() } else { key.stream(self.table.clone(), BLOCK, 0) };
        Ok((Self { head: plain.peek(0, 1024)?, table, old: self.old, encrypted: false }, plain))
    }

    /// Characters of the main document, footnotes, headers, comments, endnotes, text boxes, text boxes of headers
    /// (2.5.5), in the order of the text. The third of Word 6 are its macros' texts.
    pub(super) fn stories(&self) -> [usize; 8] {
        let base = if self.old { 0x34 } else { 0x4C };
        let mut counts = [0; 8];
        for (count, at) in counts.iter_mut().zip((0_usize..).step_by(4)) {
            // Negative counts mean none.
            let value = u32_at(&self.head, at.saturating_add(base));
            *count = i32::try_from(value).ok().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        }
        counts
    }

    /// Bytes of a structure; empty when there is none.
    pub(super) fn part(&self, part: Part) -> Result<Vec<u8>> {
        let (fc, lcb) = self.place(part);
        let lcb = usize::try_from(lcb.min(LONGEST)).unwrap_or_default();
        if lcb == 0 { Ok(Vec::new()) } else { Ok(self.table.peek(fc, lcb)?) }
    }

    /// Offset and size of a structure.
    pub(super) fn place(&self, part: Part) -> (u64, u64) {
        let at = match (self.old, part) {
            (true, Part::SttbfAssoc) => 0x158,
            (true, Part::Clx) => 0x160,
            (true, _) => return (0, 0),
            (false, part) => {
                // csw, cslw and cbRgFcLcb say how long each portion is (2.5.1).
                let words = usize::from(u16_at(&self.head, 32));
                let longs_at = words.saturating_mul(2).saturating_add(34);
                let longs = usize::from(u16_at(&self.head, longs_at));
                let pairs_at = longs.saturating_mul(4).saturating_add(longs_at).saturating_add(2);
                if usize::from(u16_at(&self.head, pairs_at)) <= part as usize {
                    return (0, 0);
                }
                pairs_at.saturating_add(2).saturating_add((part as usize).saturating_mul(8))
            }
        };
        (u64::from(u32_at(&self.head, at)), u64::from(u32_at(&self.head, at.saturating_add(4))))
    }

    /// Where the text starts when it stands in one piece: Word 6 without fast saving (`fcMin`).
    pub(super) fn text_start(&self) -> u64 {
        u64::from(u32_at(&self.head, 0x18))
    }

    /// `fComplex`: the text stands in pieces.
    pub(super) fn complex(&self) -> bool {
        self.flags() & 0x0004 != 0
    }

    /// The encoding of eight-bit text of Word 6 and 95, by the language of the program that wrote it.
    pub(super) fn encoding(&self) -> Encoding {
        match u16_at(&self.head, 6) {
            0x0411 => SHIFT_JIS,
            0x0404 | 0x0C04 => BIG5,
            0x0804 | 0x1004 => GBK,
            0x0412 => EUC_KR,
            0x0402 | 0x0419 | 0x0422 | 0x0423 => WINDOWS_1251,
            0x0405 | 0x040E | 0x0415 | 0x0418 | 0x041A | 0x041B | 0x0424 => WINDOWS_1250,
            0x0408 => WINDOWS_1253,
            0x041F => WINDOWS_1254,
            _ => WINDOWS_1252,
        }
    }

    /// Where the piece table stands.
    pub(super) fn malformed(&self, what: &'static str) -> Error {
        Error::malformed(what, self.place(Part::Clx).0)
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b))
}
