//! Formulas of the old Equation Editor: MTEF 1 to 3 behind a header ("How MTEF is Stored in Files and Objects", "MathType
//! MTEF v.3").
//!
//! The editor was taken out of Office in January 2018, because it copies what a formula gives into buffers of fixed size:
//! names of fonts (CVE-2017-11882, CVE-2018-0802) and the lines of a matrix (CVE-2018-0798). Honest formulas of the
//! years before stay far below those sizes, so the formula itself tells an attack from an old textbook.

use super::Class;

/// What a formula turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Equation {
    /// As the editor wrote it.
    Sound,
    /// Larger than what the editor keeps it in.
    Overflow,
    /// Not a formula the editor could have written.
    Damaged,
    /// Of a newer program (MathType), which reads it with other code.
    Newer,
}

/// Longest font name with its terminator that the editor has room for (LOGFONT has 32).
const FONT: usize = 40;
/// Rows and columns whose lines fit into the 8 bytes there are for them, two bits for each.
const CELLS: u8 = 31;
/// Size of EQNOLEFILEHDR.
const HEADER: u16 = 28;

/// Classes of the editor, by its versions.
pub(crate) const EDITORS: &[Class] =
    &[Class::office(0x0002_CE02), Class::office(0x0002_1700), Class::office(0x0003_000B)];

/// Judges a formula: the stream "Equation Native" with its header, or the native data of an OLE1 object, which may have
/// none.
pub(crate) fn judge(stream: &[u8]) -> Equation {
    let size = stream.first_chunk().map_or(0, |size| u16::from_le_bytes(*size));
    let rest = if size == HEADER { stream.get(usize::from(HEADER)..).unwrap_or_default() } else { stream };
    let (version, start) = match rest {
        // MTEF 1 has a header of one byte, 2 and 3 have platform, product, version and subversion behind it.
        [1 | 101, ..] => (1, 1),
        [version @ (2 | 3), ..] => (*version, 5),
        [4 | 5, ..] => return Equation::Newer,
        _ => return Equation::Damaged,
    };
    let mut walk = Walk { rest: rest.get(start..).unwrap_or_default(), version, depth: 0, overflow: false };
    let ended = walk.records().is_some();
    match (walk.overflow, ended) {
        (true, _) => Equation::Overflow,
        (false, true) => Equation::Sound,
        (false, false) => Equation::Damaged,
    }
}

struct Walk<'a> {
    rest: &'a [u8],
    version: u8,
    /// Lists that have not ended.
    depth: u32,
    overflow: bool,
}

impl<'a> Walk<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// All records up to the end of the outermost list; `None` if they break off or make no sense.
    fn records(&mut self) -> Option<()> {
        loop {
            let tag = self.byte()?;
            let (kind, options) = (tag & 0x0F, tag >> 4);
            // Displacement: two bytes, or two numbers of two bytes.
            if matches!(kind, 1..=6) && options & 8 != 0 && self.take(2)? == [0x80, 0x80] {
                self.take(4)?;
            }
            match kind {
                0 => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(());
                    }
                }
                1 => {
                    if options & 4 != 0 {
                        self.take(2)?;
                    }
                    self.ruler(options)?;
                    // A line that is not there has no list.
                    if options & 1 == 0 {
                        self.depth = self.depth.saturating_add(1);
                    }
                }
                2 => {
                    self.take(if self.version == 3 { 3 } else { 2 })?;
                    if options & 2 != 0 {
                        self.depth = self.depth.saturating_add(1);
                    }
                }
                3 => {
                    self.take(3)?;
                    self.depth = self.depth.saturating_add(1);
                }
                4 => {
                    self.take(2)?;
                    self.ruler(options)?;
                    self.depth = self.depth.saturating_add(1);
                }
                5 => self.matrix()?,
                6 => {
                    self.take(1)?;
                }
                7 => {
                    let stops = usize::from(self.byte()?);
                    self.take(stops.saturating_mul(3))?;
                }
                8 => self.font()?,
                9 => match self.byte()? {
                    101 => self.take(2).map(drop)?,
                    100 => self.take(3).map(drop)?,
                    _ => self.take(1).map(drop)?,
                },
                10..=14 => {}
                _ => return None,
            }
        }
    }

    fn ruler(&mut self, options: u8) -> Option<()> {
        if options & 2 != 0 {
            // A whole record follows, with its own tag.
            self.take(1)?;
            let stops = usize::from(self.byte()?);
            self.take(stops.saturating_mul(3))?;
        }
        Some(())
    }

    /// Typeface, style, name.
    fn font(&mut self) -> Option<()> {
        self.take(2)?;
        let length = self.rest.iter().position(|byte| *byte == 0);
        if length.unwrap_or(self.rest.len()) >= FONT {
            self.overflow = true;
        }
        self.take(length?.saturating_add(1)).map(drop)
    }

    /// Alignments, rows, columns, and two bits for each line between and around them.
    fn matrix(&mut self) -> Option<()> {
        let [_, _, _, rows, columns] = *self.take(5)?.first_chunk()?;
        if rows > CELLS || columns > CELLS {
            self.overflow = true;
        }
        for count in [rows, columns] {
            self.take(usize::from(count).saturating_add(1).saturating_mul(2).div_ceil(8))?;
        }
        self.depth = self.depth.saturating_add(1);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equation(records: &[u8]) -> Vec<u8> {
        let body = [&[3, 1, 1, 3, 0][..], records].concat();
        let mut stream = vec![28, 0, 0, 0, 2, 0, 0, 0];
        stream.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        stream.resize(28, 0);
        [stream, body].concat()
    }

    #[test]
    fn formulas_as_the_editor_writes_them() {
        // x over y, in full size.
        let records = [0x0A, 1, 3, 0x0E, 0, 0, 1, 2, 0x83, b'x', 0, 0, 1, 2, 0x83, b'y', 0, 0, 0, 0, 0];
        assert_eq!(judge(&equation(&records)), Equation::Sound);
        let font = [&[0x0A, 8, 1, 0][..], b"Times New Roman\0", &[1, 0, 0]].concat();
        assert_eq!(judge(&equation(&font)), Equation::Sound);
        assert_eq!(judge(&equation(&[0x0A, 1, 5, 1, 1, 1, 2, 2, 0, 0, 0, 0, 0])), Equation::Sound);
        // Version 2 as an OLE1 object: F = x.
        assert_eq!(
            judge(&[2, 0, 0, 3, 0, 0x0A, 1, 0x12, 0x83, 0x46, 2, 0x86, 0x3D, 2, 0x83, 0x78, 0, 0]),
            Equation::Sound
        );
    }

    #[test]
    fn formulas_that_overflow() {
        let font = [&[0x0A, 1, 8, 0x5A, 0x5A][..], &[b'a'; 48], &[0, 0, 0]].concat();
        assert_eq!(judge(&equation(&font)), Equation::Overflow);
        assert_eq!(judge(&equation(&[&[8, 1, 1][..], &[b'a'; 60]].concat())), Equation::Overflow);
        let matrix = [&[0x0A, 1, 5, 1, 1, 1, 28, 200][..], &[0x44; 80]].concat();
        assert_eq!(judge(&equation(&matrix)), Equation::Overflow);
    }

    #[test]
    fn what_is_no_formula() {
        assert_eq!(judge(&equation(&[0x0A, 1])), Equation::Damaged);
        assert_eq!(judge(&equation(&[0x0F, 1, 0, 0])), Equation::Damaged);
        assert_eq!(judge(b""), Equation::Damaged);
        assert_eq!(judge(&[0x90; 100]), Equation::Damaged);
        let mut newer = equation(&[0]);
        newer[28] = 5;
        assert_eq!(judge(&newer), Equation::Newer);
    }
}
