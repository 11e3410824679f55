//! The records of a BIFF stream ([MS-XLS] 2.1.4): a number, a size, a body, and CONTINUE records where it did not fit.

use memchr::memchr_iter;

use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::source::Source;

pub(super) const BOF: u16 = 0x0809;
/// BOF of Excel 2, 3 and 4: the upper byte is the version.
pub(super) const BOF_2: u16 = 0x0009;
pub(super) const BOF_3: u16 = 0x0209;
pub(super) const BOF_4: u16 = 0x0409;
pub(super) const EOF: u16 = 0x000A;
pub(super) const CONTINUE: u16 = 0x003C;

/// The head of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) id: u16,
    /// Where it starts in the stream.
    pub(super) at: u64,
    size: u16,
}

/// A body with those of the CONTINUE records behind it.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// Where the CONTINUE records start.
    pub(super) seams: Vec<usize>,
}

/// Walks over records; bytes are read in large pieces.
pub(super) struct Records<'a> {
    source: &'a Source,
    budget: &'a Budget,
    /// Where the next record starts.
    at: u64,
    window: Vec<u8>,
    start: u64,
}

/// Bytes read at once: more than the largest record has.
const WINDOW: usize = 1 << 17;

impl<'a> Records<'a> {
    pub(super) const fn new(source: &'a Source, budget: &'a Budget, at: u64) -> Self {
        Self { source, budget, at, window: Vec::new(), start: 0 }
    }

    pub(super) const fn budget(&self) -> &'a Budget {
        self.budget
    }

    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    /// The next record, and steps over it. `None` at the end of the stream; a record that reaches behind it is an error.
    pub(super) fn next(&mut self) -> Result<Option<Record>> {
        let Some(record) = self.peek()? else { return Ok(None) };
        self.budget.steps(1)?;
        let end = record.at.saturating_add(4).saturating_add(u64::from(record.size));
        if end > self.source.len() {
            return Err(Error::malformed("BIFF record", record.at));
        }
        self.at = end;
        Ok(Some(record))
    }

    fn peek(&mut self) -> Result<Option<Record>> {
        let at = self.at;
        let Some([id0, id1, size0, size1]) = self.bytes(at, 4)?.first_chunk().copied() else { return Ok(None) };
        Ok(Some(Record { id: u16::from_le_bytes([id0, id1]), at, size: u16::from_le_bytes([size0, size1]) }))
    }

    /// The body of a record, as far as the stream has it.
    pub(super) fn body(&mut self, record: Record) -> Result<&[u8]> {
        self.bytes(record.at.saturating_add(4), usize::from(record.size))
    }

    /// The body of the record just stepped over, with what continues it.
    pub(super) fn whole(&mut self, record: Record) -> Result<Body> {
        let mut body = Body { bytes: self.body(record)?.to_vec(), seams: Vec::new() };
        let seam = size_of::<usize>() as u64;
        let most = self.budget.limits().artifact_bytes;
        while let Some(next) = self.peek()?.filter(|next| next.id == CONTINUE) {
            let Some(next) = self.next().ok().flatten().filter(|_| next.size > 0) else { break };
            body.seams.push(body.bytes.len());
            let more = self.body(next)?;
            // By a quarter, not to twice.
            if body.bytes.capacity().saturating_sub(body.bytes.len()) < more.len() {
                body.bytes.reserve_exact((body.bytes.len() / 4).max(more.len()));
            }
            body.bytes.extend_from_slice(more);
            if (body.bytes.len() as u64).saturating_add(seam.saturating_mul(body.seams.len() as u64)) > most {
                return Err(Error::Limit(LimitKind::ArtifactBytes));
            }
        }
        Ok(body)
    }

    /// Up to `count` bytes at an offset.
    fn bytes(&mut self, at: u64, count: usize) -> Result<&[u8]> {
        let inside = |start: u64, len: usize| {
            let from = usize::try_from(at.checked_sub(start)?).ok()?;
            (from.checked_add(count)? <= len).then_some(from)
        };
        let from = match inside(self.start, self.window.len()) {
            Some(from) => from,
            None => {
                self.window = self.source.peek(at, WINDOW)?;
                self.start = at;
                0
            }
        };
        let end = from.saturating_add(count).min(self.window.len());
        Ok(self.window.get(from..end).unwrap_or_default())
    }

    /// Goes on at the next BOF of Excel 5 or 97 ([MS-XLS] 2.4.21) behind bytes that are no records; whether there is
    /// one, after `skip` bytes. Excel finds a sheet by its offset, so anything may stand before it.
    pub(super) fn find_bof(&mut self, skip: u64) -> Result<bool> {
        self.at = self.at.saturating_add(skip);
        loop {
            self.budget.steps(256)?;
            let window = self.source.peek(self.at, WINDOW)?;
            let is_bof = |at: &usize| matches!(window.get(*at..), Some([_, 0x08, 8..=16, 0, 0, 5 | 6, ..]));
            let found = memchr_iter(0x09, &window).find(is_bof);
            if let Some(found) = found {
                self.at = self.at.saturating_add(found as u64);
                return Ok(true);
            }
            if window.len() < WINDOW {
                return Ok(false);
            }
            self.at = self.at.saturating_add(window.len().saturating_sub(5) as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn record(id: u16, body: &[u8]) -> Vec<u8> {
        [&id.to_le_bytes()[..], &u16::try_from(body.len()).unwrap().to_le_bytes(), body].concat()
    }

    #[test]
    fn bodies_go_on_in_further_records() {
        let bytes = [record(0xFC, b"abc"), record(CONTINUE, b"de"), record(CONTINUE, b"f"), record(EOF, b"")].concat();
        let source = Source::memory(bytes);
        let budget = Budget::new(Limits::default(), |_| ());
        let mut records = Records::new(&source, &budget, 0);
        let first = records.next().unwrap().unwrap();
        let body = records.whole(first).unwrap();
        assert_eq!((body.bytes.as_slice(), body.seams.as_slice()), (&b"abcdef"[..], &[3, 5][..]));
        assert_eq!(records.next().unwrap().unwrap().id, EOF);
        assert!(records.next().unwrap().is_none());
    }

    #[test]
    fn a_record_behind_the_end_is_an_error_and_junk_is_searched() {
        let source =
            Source::memory([&[7; 200_000][..], &record(BOF, &[0, 6, 0x40, 0, 0, 0, 0, 0]), &[1, 2, 9, 9]].concat());
        let budget = Budget::new(Limits::default(), |_| ());
        let mut records = Records::new(&source, &budget, 3);
        assert!(records.find_bof(0).unwrap());
        assert_eq!(records.next().unwrap().unwrap().at, 200_000);
        assert!(matches!(records.next(), Err(Error::Malformed { what: "BIFF record", .. })));
    }
}
