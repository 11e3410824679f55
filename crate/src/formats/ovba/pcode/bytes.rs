//! Numbers in the byte order of the machine that wrote a cache.

/// Bytes with their byte order. Every read may fail; offsets never wrap.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bytes<'a> {
    pub(super) all: &'a [u8],
    /// Macintosh before Intel.
    pub(super) big: bool,
}

impl<'a> Bytes<'a> {
    pub(super) fn u8(&self, at: usize) -> Option<u8> {
        self.all.get(at).copied()
    }

    pub(super) fn u16(&self, at: usize) -> Option<u16> {
        let bytes = *self.all.get(at..)?.first_chunk()?;
        Some(if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    pub(super) fn u32(&self, at: usize) -> Option<u32> {
        let bytes = *self.all.get(at..)?.first_chunk()?;
        Some(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// A 32-bit number as an offset.
    pub(super) fn offset(&self, at: usize) -> Option<usize> {
        usize::try_from(self.u32(at)?).ok()
    }

    /// `len` bytes from `at` on.
    pub(super) fn slice(&self, at: usize, len: usize) -> Option<&'a [u8]> {
        self.all.get(at..at.checked_add(len)?)
    }

    /// As many of the `len` bytes from `at` on as there are.
    pub(super) fn part(&self, at: usize, len: usize) -> Self {
        let end = at.saturating_add(len).min(self.all.len());
        Self { all: self.all.get(at..end).unwrap_or_default(), big: self.big }
    }

    /// The text up to the next zero.
    pub(super) fn zero_ended(&self, at: usize) -> Option<&'a [u8]> {
        let rest = self.all.get(at..)?.split(|byte| *byte == 0).next()?;
        rest.get(..rest.len().min(255))
    }
}

/// Reads one number after the other.
pub(super) struct Cursor<'a> {
    pub(super) bytes: Bytes<'a>,
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(bytes: Bytes<'a>, at: usize) -> Self {
        Self { bytes, at }
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        let value = self.bytes.u16(self.at)?;
        self.skip(2);
        Some(value)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        let value = self.bytes.u32(self.at)?;
        self.skip(4);
        Some(value)
    }

    pub(super) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let bytes = self.bytes.slice(self.at, len)?;
        self.skip(len);
        Some(bytes)
    }

    pub(super) const fn skip(&mut self, n: usize) {
        self.at = self.at.saturating_add(n);
    }

    /// Skips a 16-bit count and as many elements of `size` bytes.
    pub(super) fn skip_counted(&mut self, size: usize) -> Option<()> {
        let count = usize::from(self.u16()?);
        self.skip(count.saturating_mul(size));
        Some(())
    }

    /// As [`Self::skip_counted`] with bytes, where 0xFFFF says that there is nothing.
    pub(super) fn skip_optional(&mut self) -> Option<()> {
        let count = self.u16()?;
        if count != u16::MAX {
            self.skip(usize::from(count));
        }
        Some(())
    }

    /// Skips a 32-bit count and as many bytes.
    pub(super) fn skip_long(&mut self) -> Option<()> {
        let count = self.bytes.offset(self.at)?;
        self.skip(4);
        self.skip(count);
        Some(())
    }
}
