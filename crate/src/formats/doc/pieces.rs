//! The text of a document, put together from its pieces ([MS-DOC] 2.4.1, 2.9.38, 2.9.177).

use super::fib::{Fib, Part, u16_at, u32_at};
use crate::budget::Budget;
use crate::codecs::encoding::{Encoding, WINDOWS_1252};
use crate::error::{Error, LimitKind, Result};
use crate::source::Source;

/// Characters kept of a document. A book of 2,000 pages has 5 million.
const MOST: usize = 8 << 20;

/// The characters of all stories, by their positions.
pub(super) enum Units {
    /// UTF-16.
    Wide(Vec<u16>),
    /// Word 6 and 95: bytes of a code page, each one position.
    Narrow(Vec<u8>, Encoding),
}

impl Units {
    /// The text between two positions, cut at the end of what there is.
    pub(super) fn text(&self, from: usize, to: usize) -> String {
        match self {
            Self::Wide(units) => String::from_utf16_lossy(units.get(from..to.min(units.len())).unwrap_or_default()),
            Self::Narrow(bytes, encoding) => {
                let bytes = bytes.get(from..to.min(bytes.len())).unwrap_or_default();
                encoding.decode(bytes).into_owned()
            }
        }
    }

    /// Positions.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Wide(units) => units.len(),
            Self::Narrow(bytes, _) => bytes.len(),
        }
    }

    /// Adds the bytes of a piece; `compressed` are those of cp1252.
    fn add(&mut self, bytes: &[u8], compressed: bool) {
        match self {
            Self::Wide(units) if compressed => {
                units.extend(WINDOWS_1252.decode(bytes).encode_utf16());
            }
            Self::Wide(units) => units.extend(bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit))),
            Self::Narrow(all, _) => all.extend_from_slice(bytes),
        }
    }
}

/// All text there is; what could not be read comes back beside it.
pub(super) fn text(stream: &Source, fib: &Fib, budget: &Budget) -> Result<(Units, Option<Error>)> {
    let wanted = fib.stories().iter().fold(0_usize, |sum, count| sum.saturating_add(*count));
    let mut units = if fib.old { Units::Narrow(Vec::new(), fib.encoding()) } else { Units::Wide(Vec::new()) };
    let mut damage = (wanted > MOST).then_some(Error::Limit(LimitKind::ArtifactBytes));
    if fib.old && !fib.complex() {
        let bytes = stream.peek(fib.text_start(), wanted.min(MOST))?;
        if bytes.len() < wanted.min(MOST) {
            damage = Some(Error::malformed("text", fib.text_start()));
        }
        units.add(&bytes, true);
        return Ok((units, damage));
    }
    if wanted == 0 && fib.place(Part::Clx).1 == 0 {
        return Ok((units, None));
    }
    let clx = fib.part(Part::Clx)?;
    let Some(table) = piece_table(&clx, budget)? else {
        return Ok((units, Some(fib.malformed("Clx"))));
    };
    // PlcPcd: the positions, one more than there are pieces, and for each piece a Pcd of 8 bytes.
    let count = table.len().saturating_sub(4) / 12;
    let pcds = table.get(count.saturating_add(1).saturating_mul(4)..).unwrap_or_default();
    for (index, pcd) in pcds.as_chunks::<8>().0.iter().take(count).enumerate() {
        budget.steps(4)?;
        let at = index.saturating_mul(4);
        let (from, to) = (u32_at(table, at), u32_at(table, at.saturating_add(4)));
        let chars = usize::try_from(to.saturating_sub(from)).unwrap_or_default();
        let chars = chars.min(MOST.saturating_sub(units.len()));
        // FcCompressed (2.9.73): bit 30 says that each character is one byte, at half the offset.
        let fc = u32_at(pcd, 2);
        let compressed = fib.old || fc & 0x4000_0000 != 0;
        let offset = fc & 0x3FFF_FFFF;
        let (offset, size) = match (fib.old, compressed) {
            (true, _) => (offset, chars),
            (false, true) => (offset >> 1, chars),
            (false, false) => (offset, chars.saturating_mul(2)),
        };
        budget.steps(chars as u64 >> 4)?;
        let bytes = stream.peek(u64::from(offset), size)?;
        let missing = size.saturating_sub(bytes.len());
        units.add(&bytes, compressed);
        if missing > 0 && damage.is_none() {
            damage = Some(fib.malformed("PlcPcd"));
        }
    }
    if units.len() < wanted.min(MOST) && damage.is_none() {
        damage = Some(fib.malformed("PlcPcd"));
    }
    Ok((units, damage))
}

/// The piece table behind the property modifiers (2.9.38).
fn piece_table<'c>(clx: &'c [u8], budget: &Budget) -> Result<Option<&'c [u8]>> {
    let mut rest = clx;
    loop {
        budget.steps(1)?;
        let next = match rest.first() {
            Some(1) => rest.get(usize::from(u16_at(rest, 1)).saturating_add(3)..),
            Some(2) => {
                let size = usize::try_from(u32_at(rest, 1)).unwrap_or(usize::MAX);
                let table = rest.get(5..).unwrap_or_default();
                return Ok(table.get(..size.min(table.len())).filter(|table| table.len() >= 16));
            }
            _ => None,
        };
        let Some(next) = next else { return Ok(None) };
        rest = next;
    }
}
