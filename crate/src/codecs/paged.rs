//! Random access into what can only be decoded forwards.
//!
//! A decoder runs only as far as somebody reads. What it produced is kept as pages; a page of one repeated byte costs
//! nothing, so a document padded with 500 MB of zeros costs what its real part costs. All decoders of a scan share one
//! allowance of resident pages; beyond it the oldest page goes, and reading it again starts the decoder anew, which the
//! budget of expanded bytes bounds.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::io::{self, Read};
use std::rc::Rc;

use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::source::{ReadAt, Source};

const PAGE: usize = 1 << 16;

/// Starts a decoder from its first byte.
pub(crate) type Start = Box<dyn Fn() -> Result<Box<dyn Read>>>;

/// Why a decoder stopped, in a form that can be told again.
#[derive(Clone, Copy)]
enum Broken {
    Limit(LimitKind),
    Damaged,
    Failed(io::ErrorKind),
}

impl Broken {
    fn remember(error: io::Error) -> Self {
        let kind = error.kind();
        match Error::from(error) {
            Error::Limit(limit) => Self::Limit(limit),
            Error::Malformed { .. } | Error::Unsupported(_) => Self::Damaged,
            Error::Io(_) => Self::Failed(kind),
        }
    }

    fn tell(self) -> io::Error {
        match self {
            Self::Limit(limit) => Error::Limit(limit).into(),
            Self::Damaged => Error::malformed("compressed data", 0).into(),
            Self::Failed(kind) => kind.into(),
        }
    }
}

enum Page {
    Fill(u8),
    Bytes(Box<[u8]>),
}

/// A forward decoder with random access.
pub(crate) struct Paged {
    start: Start,
    len: u64,
    budget: Rc<Budget>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    decoder: Option<Box<dyn Read>>,
    /// Pages decoded so far by the running decoder.
    next: u64,
    pages: HashMap<u64, Page>,
    /// Resident pages of bytes, oldest first.
    order: VecDeque<u64>,
    /// Length, once the end was seen.
    end: Option<u64>,
    /// A decoder that failed does not get better by asking again.
    broken: Option<Broken>,
    spare: Vec<u8>,
}

impl Paged {
    /// `len` is what the container declares; less than that is an end, more is never read.
    pub(crate) fn source(len: u64, budget: Rc<Budget>, start: Start) -> Source {
        Source::new(Self { start, len, budget, state: RefCell::default() })
    }

    fn decode_page(&self, state: &mut State) -> io::Result<()> {
        let mut page = std::mem::take(&mut state.spare);
        page.resize(PAGE, 0);
        let result = self.fill(state, &mut page);
        let filled = *result.as_ref().unwrap_or(&0);
        if filled < PAGE && result.is_ok() && state.broken.is_none() {
            state.end = Some(state.next.saturating_mul(PAGE as u64).saturating_add(filled as u64));
        }
        if filled > 0 {
            self.keep(state, page.get(..filled).unwrap_or_default());
        }
        state.next = state.next.saturating_add(1);
        state.spare = page;
        result.map(|_| ())
    }

    /// Fills as much of `page` as the decoder gives. Damage after some bytes counts as the end the first time, so that
    /// what came before it can be read.
    fn fill(&self, state: &mut State, page: &mut [u8]) -> io::Result<usize> {
        if let Some(broken) = state.broken {
            return Err(broken.tell());
        }
        if state.decoder.is_none() {
            state.decoder = Some((self.start)().map_err(io::Error::from)?);
            state.next = 0;
        }
        let mut filled = 0_usize;
        while let Some(rest) = page.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match state.decoder.as_mut().map_or(Ok(0), |decoder| decoder.read(rest)) {
                Ok(0) => break,
                Ok(n) => filled = filled.saturating_add(n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let broken = Broken::remember(error);
                    state.broken = Some(broken);
                    if filled == 0 {
                        return Err(broken.tell());
                    }
                    break;
                }
            }
        }
        self.budget.expand(filled as u64).map_err(io::Error::from)?;
        Ok(filled)
    }

    fn keep(&self, state: &mut State, bytes: &[u8]) {
        let first = bytes.first().copied().unwrap_or_default();
        let index = state.next;
        if bytes.len() == PAGE && bytes.iter().all(|byte| *byte == first) {
            state.pages.insert(index, Page::Fill(first));
            return;
        }
        let resident = self.budget.resident();
        while resident.get() >= self.budget.limits().resident && state.order.len() > 1 {
            if let Some(oldest) = state.order.pop_front()
                && let Some(Page::Bytes(page)) = state.pages.remove(&oldest) {
                    resident.set(resident.get().saturating_sub(page.len() as u64));
                }
        }
        resident.set(resident.get().saturating_add(bytes.len() as u64));
        state.order.push_back(index);
        state.pages.insert(index, Page::Bytes(bytes.into()));
    }
}

impl Drop for Paged {
    fn drop(&mut self) {
        let held: u64 = self.state.borrow().pages.values().map(Page::held).sum();
        let resident = self.budget.resident();
        resident.set(resident.get().saturating_sub(held));
    }
}

impl Page {
    fn held(&self) -> u64 {
        match self {
            Self::Fill(_) => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }

    /// Copies from `skip` on.
    fn copy(&self, skip: usize, buf: &mut [u8]) -> usize {
        match self {
            Self::Fill(byte) => {
                let n = PAGE.saturating_sub(skip).min(buf.len());
                buf.get_mut(..n).unwrap_or_default().fill(*byte);
                n
            }
            Self::Bytes(bytes) => {
                let from = bytes.get(skip..).unwrap_or_default();
                let n = from.len().min(buf.len());
                if let (Some(to), Some(from)) = (buf.get_mut(..n), from.get(..n)) {
                    to.copy_from_slice(from);
                }
                n
            }
        }
    }
}

impl ReadAt for Paged {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let index = at.div_euclid(PAGE as u64);
        let skip = usize::try_from(at.rem_euclid(PAGE as u64)).unwrap_or_default();
        let mut state = self.state.borrow_mut();
        loop {
            if let Some(page) = state.pages.get(&index) {
                return match (page.copy(skip, buf), state.broken) {
                    (0, Some(broken)) if !buf.is_empty() && state.end.is_none() => Err(broken.tell()),
                    (n, _) => Ok(n),
                };
            }
            if state.end.is_some_and(|end| at >= end) || at >= self.len {
                return Ok(0);
            }
            if index < state.next {
                // The page was given back; decode again from the start.
                state.decoder = None;
            }
            self.decode_page(&mut state)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn budget(resident: u64, expanded: u64) -> Rc<Budget> {
        Rc::new(Budget::new(Limits { resident, expanded, ..Limits::default() }, |_| ()))
    }

    fn pattern(len: usize) -> Vec<u8> {
        (0..len).map(|i| u8::try_from((i / 3) % 253).unwrap()).collect()
    }

    fn paged(bytes: &[u8], budget: &Rc<Budget>) -> Source {
        let bytes = bytes.to_vec();
        let start = Box::new(move || Ok(Box::new(io::Cursor::new(bytes.clone())) as Box<dyn Read>));
        Paged::source(1 << 40, Rc::clone(budget), start)
    }

    #[test]
    fn reads_anywhere_with_few_resident_pages() {
        let bytes = pattern(10 * PAGE + 5);
        let budget = budget(2 * PAGE as u64, 1 << 30);
        let source = paged(&bytes, &budget);
        for at in [0, 9 * PAGE, 3 * PAGE - 2, 10 * PAGE, 1] {
            assert_eq!(source.peek(at as u64, 4).unwrap(), bytes[at..bytes.len().min(at + 4)], "at {at}");
        }
        assert!(budget.resident().get() <= 3 * PAGE as u64);
        drop(source);
        assert_eq!(budget.resident().get(), 0);
    }

    #[test]
    fn uniform_pages_cost_nothing() {
        let budget = budget(PAGE as u64, 1 << 30);
        let source = paged(&vec![0; 40 * PAGE], &budget);
        assert_eq!(source.peek(39 * PAGE as u64, 3).unwrap(), [0, 0, 0]);
        assert_eq!(budget.resident().get(), 0);
    }

    #[test]
    fn damage_keeps_what_came_before_and_is_never_an_end() {
        struct Breaks(usize);
        impl Read for Breaks {
            fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                let n = self.0.min(buf.len());
                self.0 -= n;
                buf[..n].fill(b'x');
                if n == 0 { Err(io::ErrorKind::InvalidData.into()) } else { Ok(n) }
            }
        }
        let start: Start = Box::new(|| Ok(Box::new(Breaks(10)) as Box<dyn Read>));
        let source = Paged::source(100, budget(1 << 20, 1 << 20), start);
        assert_eq!(source.peek(0, 10).unwrap(), b"xxxxxxxxxx");
        let error: Error = source.peek(10, 1).unwrap_err().into();
        assert!(matches!(error, Error::Malformed { .. }));
    }

    #[test]
    fn decoding_is_paid_for() {
        let source = paged(&pattern(4 * PAGE), &budget(1 << 20, 2 * PAGE as u64));
        assert!(source.peek(0, 10).is_ok());
        let error: Error = source.peek(3 * PAGE as u64, 10).unwrap_err().into();
        assert!(matches!(error, Error::Limit(LimitKind::Expanded)));
    }
}
