//! Texts of BIFF records, and the reader of their bodies ([MS-XLS] 2.5.240, 2.5.293 ff.).

use crate::codecs::encoding::Encoding;

/// Reads the body of a record from front to back; `None` where it ends.
///
/// A body that did not fit into one record goes on in CONTINUE records; where letters of a text are split so, the next
/// record starts with a byte that says anew how wide they are (2.5.293).
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    /// Where the CONTINUE records start, ascending.
    seams: &'a [usize],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, seams: &[], at: 0 }
    }

    pub(crate) const fn with_seams(bytes: &'a [u8], seams: &'a [usize]) -> Self {
        Self { bytes, seams, at: 0 }
    }

    pub(crate) const fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Goes on at an offset of the body.
    pub(crate) fn seek(&mut self, at: usize) -> Option<()> {
        self.at = at;
        (at <= self.bytes.len()).then_some(())
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let bytes = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    pub(crate) fn skip(&mut self, count: usize) -> Option<()> {
        self.take(count).map(|_| ())
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N).and_then(|bytes| bytes.first_chunk().copied())
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(crate) fn i16(&mut self) -> Option<i16> {
        self.array().map(i16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_le_bytes)
    }

    pub(crate) fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// ShortXLUnicodeString (2.5.240): a byte that counts, then as [`Self::letters`].
    pub(crate) fn short_unicode(&mut self) -> Option<String> {
        let count = usize::from(self.u8()?);
        self.letters(count)
    }

    /// XLUnicodeString (2.5.294).
    pub(crate) fn unicode(&mut self) -> Option<String> {
        let count = usize::from(self.u16()?);
        self.letters(count)
    }

    /// A text of Excel 5: a byte that counts, then letters of the code page.
    pub(crate) fn short_bytes(&mut self, encoding: Encoding) -> Option<String> {
        let count = usize::from(self.u8()?);
        Some(encoding.decode(self.take(count)?).into_owned())
    }

    /// XLUnicodeStringNoCch (2.5.296): a byte that says whether letters take two bytes, then the letters.
    pub(crate) fn letters(&mut self, count: usize) -> Option<String> {
        if count == 0 {
            self.at = self.bytes.len().min(self.at.saturating_add(1));
            return Some(String::new());
        }
        let flags = self.u8()?;
        self.run(count, flags)
    }

    /// XLUnicodeRichExtendedString (2.5.293), without its formatting.
    pub(crate) fn rich(&mut self) -> Option<String> {
        let count = usize::from(self.u16()?);
        let flags = self.u8()?;
        let runs = if flags & 8 != 0 { usize::from(self.u16()?) } else { 0 };
        let extension = if flags & 4 != 0 { usize::try_from(self.u32()?).ok()? } else { 0 };
        let text = self.run(count, flags)?;
        let after = runs.checked_mul(4)?.checked_add(extension)?;
        self.at = self.at.saturating_add(after).min(self.bytes.len());
        Some(text)
    }

    /// Letters that may go on in further records. What is cut off is left out.
    pub(crate) fn run(&mut self, count: usize, flags: u8) -> Option<String> {
        let (mut units, mut left, mut wide) = (Vec::with_capacity(count.min(self.left())), count, flags & 1 != 0);
        while left > 0 {
            if self.seams.binary_search(&self.at).is_ok() {
                wide = self.u8()? & 1 != 0;
            }
            let next = self.seams.partition_point(|seam| *seam <= self.at);
            let end = self.seams.get(next).copied().unwrap_or(self.bytes.len());
            let bytes = self.bytes.get(self.at..end).unwrap_or_default();
            let width = if wide { 2_usize } else { 1 };
            let here = left.min(bytes.len().checked_div(width)?);
            let bytes = bytes.get(..here.checked_mul(width)?)?;
            if wide {
                units.extend(bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)));
            } else {
                units.extend(bytes.iter().map(|byte| u16::from(*byte)));
            }
            self.at = self.at.saturating_add(bytes.len());
            left = left.saturating_sub(here);
            if left > 0 {
                // Half a letter before a seam, or the end of the body.
                if next >= self.seams.len() {
                    self.at = self.bytes.len();
                    return (!units.is_empty()).then(|| String::from_utf16_lossy(&units));
                }
                self.at = end;
            }
        }
        Some(String::from_utf16_lossy(&units))
    }
}

/// UTF-16 without a count; half a letter at the end is left out.
pub(crate) fn wide(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect()
}

/// RkNumber (2.5.217): 30 bits of an integer or of the upper half of a number, perhaps hundredths.
pub(crate) fn rk(value: u32) -> f64 {
    let number = if value & 2 != 0 {
        f64::from(value.cast_signed() >> 2)
    } else {
        f64::from_bits(u64::from(value & 0xFFFF_FFFC) << 32)
    };
    if value & 1 != 0 { number / 100.0 } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_both_widths() {
        assert_eq!(Reader::new(b"\x02\0ab").short_unicode().as_deref(), Some("ab"));
        assert_eq!(Reader::new(b"\x01\x01\x42\x30").short_unicode().as_deref(), Some("あ"));
        assert_eq!(Reader::new(b"\x03\0\0ab").unicode().as_deref(), Some("ab"));
        assert_eq!(Reader::new(b"\x09").short_unicode(), None);
    }

    #[test]
    fn texts_change_width_where_a_record_goes_on() {
        // Three letters, one byte wide; behind the seam two bytes wide.
        let body = b"\x04\0\0ab\x01c\0d\0\x01\0\0e";
        let mut reader = Reader::with_seams(body, &[5]);
        assert_eq!(reader.unicode().as_deref(), Some("abcd"));
        assert_eq!(reader.unicode().as_deref(), Some("e"));
        // The seam stands between the head of a text and its letters.
        let mut reader = Reader::with_seams(b"\x02\0\0\x01a\0b\0", &[3]);
        assert_eq!(reader.rich().as_deref(), Some("ab"));
    }

    #[test]
    fn formatting_behind_a_text_is_passed_over() {
        let mut reader = Reader::new(b"\x01\0\x0C\x01\0\x02\0\0\0a1234xx\x01\0\0b");
        assert_eq!(reader.rich().as_deref(), Some("a"));
        assert_eq!(reader.rich().as_deref(), Some("b"));
    }

    #[test]
    fn short_numbers() {
        assert_eq!(rk(0x3FF0_0000), 1.0);
        assert_eq!(rk(0x3FF0_0001), 0.01);
        assert_eq!(rk(((-5_i32) << 2).cast_unsigned() | 2), -5.0);
        assert_eq!(rk((1234 << 2) | 3), 12.34);
    }
}
