//! Random access into what can only be decoded forwards.
//!
//! A decoder runs only as far as somebody reads. What it produced is kept as pages; a page of one repeated byte costs
//! nothing, so a document padded with 500 MB of zeros costs what its real part costs. All decoders of a scan share one
//! allowance for their pages and for themselves; beyond it what was not used for longest goes, and reading it again
//! starts the decoder anew, which the budget of expanded bytes bounds.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::rc::Rc;

use super::inflate::SLACK;
use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::source::{ReadAt, Source, Stream};

pub(crate) const PAGE: usize = 1 << 16;

/// How far something is measured that grows more than so many times.
const FOLLOWED: u64 = 640 << 20;
const RATIO: u64 = 500;

/// Starts a decoder from its first byte.
pub(crate) type Start = Box<dyn Fn() -> Result<Box<dyn Stream>>>;

/// Decodes everything at once into the room, of which it should take so much; whether it took just that and is whole.
pub(crate) type AtOnce = Box<dyn Fn(&mut [u8], usize) -> bool>;

/// Why a decoder stopped, in a form that can be told again.
#[derive(Clone, Copy)]
pub(super) enum Broken {
    Limit(LimitKind),
    Damaged,
    Unsupported(&'static str),
    Failed(io::ErrorKind),
}

impl Broken {
    pub(super) fn remember(error: io::Error) -> Self {
        let kind = error.kind();
        match Error::from(error) {
            Error::Limit(limit) => Self::Limit(limit),
            Error::Malformed { .. } => Self::Damaged,
            Error::Unsupported(what) => Self::Unsupported(what),
            Error::Io(_) => Self::Failed(kind),
        }
    }

    pub(super) fn tell(self) -> io::Error {
        match self {
            Self::Limit(limit) => Error::Limit(limit).into(),
            Self::Damaged => Error::malformed("compressed data", 0).into(),
            Self::Unsupported(what) => Error::Unsupported(what).into(),
            Self::Failed(kind) => kind.into(),
        }
    }
}

pub(crate) enum Page {
    Fill(u8),
    Bytes(Box<[u8]>),
}

impl Page {
    fn new(bytes: &[u8]) -> Self {
        match bytes.first() {
            Some(first) if bytes.len() == PAGE && bytes.iter().all(|byte| byte == first) => Self::Fill(*first),
            _ => Self::Bytes(bytes.into()),
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
            Self::Bytes(bytes) => copy(bytes, skip, buf),
        }
    }
}

fn copy(page: &[u8], skip: usize, buf: &mut [u8]) -> usize {
    let from = page.get(skip..).unwrap_or_default();
    let n = from.len().min(buf.len());
    if let (Some(to), Some(from)) = (buf.get_mut(..n), from.get(..n)) {
        to.copy_from_slice(from);
    }
    n
}

/// What a decoder at rest costs: its tables, its input and a small window. Larger windows are paid for by themselves,
/// see [`Budget::window`].
const DECODER: u64 = 48 << 10;

/// What is kept: pages, and the decoders that wait for the next read.
pub(crate) enum Kept {
    Page(Page),
    Decoder(Box<dyn Stream>),
}

impl Kept {
    const fn held(&self) -> u64 {
        match self {
            Self::Page(Page::Fill(_)) => 0,
            Self::Page(Page::Bytes(bytes)) => bytes.len() as u64,
            Self::Decoder(_) => DECODER,
        }
    }
}

/// What went out of the cache, to be dropped when that is not borrowed.
pub(crate) struct Gone(#[expect(dead_code, reason = "kept to be dropped")] Kept);

/// Whose, and which page; the decoder stands behind all pages.
type Key = (u64, u64);

const NO_PAGE: u64 = u64::MAX;

/// What all decoders of a scan keep; what was not used for longest goes first.
///
/// What goes may own the last handle on another [`Paged`], which then takes its own out of here. So everything that
/// goes is handed to the caller, to be dropped when the cache is not borrowed.
#[derive(Default)]
pub(crate) struct Cache {
    most: u64,
    held: u64,
    kept: BTreeMap<Key, (u64, Kept)>,
    /// By last use; without what costs nothing.
    ages: BTreeMap<u64, Key>,
    now: u64,
    owners: u64,
    /// Room for one page under way.
    spare: Vec<u8>,
}

impl Cache {
    pub(crate) fn new(most: u64) -> Self {
        Self { most, ..Self::default() }
    }

    const fn owner(&mut self) -> u64 {
        self.owners = self.owners.saturating_add(1);
        self.owners
    }

    fn get(&mut self, key: Key) -> Option<&Page> {
        let (age, kept) = self.kept.get_mut(&key)?;
        let Kept::Page(page) = kept else { return None };
        if *age != self.now && self.ages.remove(age).is_some() {
            self.now = self.now.saturating_add(1);
            *age = self.now;
            self.ages.insert(self.now, key);
        }
        Some(page)
    }

    #[must_use]
    fn take(&mut self, key: Key) -> Option<Kept> {
        let (age, kept) = self.kept.remove(&key)?;
        self.ages.remove(&age);
        self.held = self.held.saturating_sub(kept.held());
        Some(kept)
    }

    #[must_use]
    fn put(&mut self, key: Key, kept: Kept) -> Vec<Kept> {
        let mut gone: Vec<Kept> = self.take(key).into_iter().collect();
        self.now = self.now.saturating_add(1);
        if kept.held() > 0 {
            self.held = self.held.saturating_add(kept.held());
            self.ages.insert(self.now, key);
        }
        self.kept.insert(key, (self.now, kept));
        gone.extend(self.shrink(self.most));
        gone
    }

    /// Keeps no more than `most` bytes for now.
    #[must_use]
    pub(crate) fn shrink(&mut self, most: u64) -> Vec<Kept> {
        let mut gone = Vec::new();
        while self.held > most
            && let Some((_, oldest)) = self.ages.pop_first()
        {
            gone.extend(self.take(oldest));
        }
        gone
    }

    /// The decoder that was not used for longest.
    #[must_use]
    pub(crate) fn take_decoder(&mut self) -> Option<Gone> {
        let key = self.ages.values().find(|(_, page)| *page == NO_PAGE).copied()?;
        self.take(key).map(Gone)
    }

    #[must_use]
    fn take_all(&mut self, owner: u64) -> Vec<Kept> {
        let mut all = Vec::new();
        while let Some((key, _)) = self.kept.range((owner, 0)..=(owner, NO_PAGE)).next() {
            let key = *key;
            all.extend(self.take(key));
        }
        all
    }
}

/// A forward decoder with random access.
pub(crate) struct Paged {
    start: Start,
    at_once: Option<AtOnce>,
    len: u64,
    budget: Rc<Budget>,
    /// Whose pages these are in the cache.
    owner: u64,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// The decoder on its way to the wanted page; between two reads it waits in the cache.
    running: Option<Box<dyn Stream>>,
    /// Pages decoded so far by the decoder.
    next: u64,
    /// Length, once the end was seen.
    end: Option<u64>,
    /// Where the decoder failed. It does not get better by asking again.
    broken: Option<(u64, Broken)>,
}

impl Paged {
    /// `len` is what the container declares; less than that is an end, more is never read.
    pub(crate) fn source(len: u64, budget: Rc<Budget>, start: Start) -> Source {
        Self::small(len, budget, start, None)
    }

    /// As [`Self::source`]; what fits into a page is decoded `at_once`, and by the decoder only if that finds anything
    /// wrong with it.
    pub(crate) fn small(len: u64, budget: Rc<Budget>, start: Start, at_once: Option<AtOnce>) -> Source {
        let owner = budget.cache().borrow_mut().owner();
        Source::new(Self { start, at_once, len, budget, owner, state: RefCell::default() })
    }

    /// As [`Self::source`], of something nobody knows the length of: it is decoded once to its end, and what is kept on
    /// the way is what later reads need least work for. With it, why it ended if that is not its end.
    /// What grows out of `packed` bytes as only padding does is not followed for ever.
    pub(crate) fn measured(packed: u64, budget: Rc<Budget>, start: Start) -> (Source, Option<Error>) {
        let owner = budget.cache().borrow_mut().owner();
        let mut paged = Self { start, at_once: None, len: u64::MAX, budget, owner, state: RefCell::default() };
        let mut error = None;
        {
            let mut state = paged.state.borrow_mut();
            while state.end.is_none() && state.broken.is_none() {
                let next = state.next;
                let len = next.saturating_mul(PAGE as u64);
                if len > FOLLOWED && len / RATIO > packed {
                    state.broken = Some((len, Broken::Limit(LimitKind::Expanded)));
                    break;
                }
                if let Err(failed) = paged.decode_page(&mut state, next, 0, &mut []) {
                    error = Some(failed.into());
                    break;
                }
            }
            if let (Some((_, broken)), None) = (state.broken, &error) {
                error = Some(broken.tell().into());
            }
        }
        let state = paged.state.get_mut();
        paged.len = state.end.or(state.broken.map(|(at, _)| at)).unwrap_or_default();
        (Source::new(paged), error)
    }

    /// Decodes the next page, keeps it and copies from it if it is the `wanted` one.
    fn decode_page(&self, state: &mut State, wanted: u64, skip: usize, buf: &mut [u8]) -> io::Result<usize> {
        if let Some(result) = self.decode_at_once(state, skip, buf) {
            return result;
        }
        let mut page = std::mem::take(&mut self.budget.cache().borrow_mut().spare);
        page.resize(PAGE, 0);
        let result = self.fill(state, wanted, &mut page);
        let mut copied = 0;
        if let Ok((filled, decoder)) = result {
            let index = state.next;
            state.next = index.saturating_add(1);
            let bytes = page.get(..filled).unwrap_or_default();
            if !bytes.is_empty() {
                if index == wanted {
                    copied = copy(bytes, skip, buf);
                }
                self.keep(index, Kept::Page(Page::new(bytes)));
            }
            // After its page: where there is room for one of them, it is the one that cannot be had again.
            if index < wanted {
                state.running = decoder;
            } else if let Some(decoder) = decoder {
                self.keep(NO_PAGE, Kept::Decoder(decoder));
            }
            self.budget.cache().borrow_mut().spare = page;
            return Ok(copied);
        }
        self.budget.cache().borrow_mut().spare = page;
        result.map(|_| copied)
    }

    /// Fills as much of `page` as the decoder gives, and gives back the decoder if there is more to come. Damage after
    /// some bytes counts as the end the first time, so that what came before it can be read.
    fn fill(&self, state: &mut State, wanted: u64, page: &mut [u8]) -> io::Result<(usize, Option<Box<dyn Stream>>)> {
        let running = state.running.take().map(Kept::Decoder);
        let waiting = running.or_else(|| self.budget.cache().borrow_mut().take((self.owner, NO_PAGE)));
        let mut decoder = match waiting {
            Some(Kept::Decoder(decoder)) if state.next <= wanted => decoder,
            _ => {
                // The first read, or a page that was given back: decode from the start.
                state.next = 0;
                (self.start)().map_err(|error| break_at(state, 0, error.into()))?
            }
        };
        let at = state.next.saturating_mul(PAGE as u64);
        let mut filled = 0_usize;
        let mut more = true;
        while let Some(rest) = page.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match decoder.read(rest) {
                Ok(0) => {
                    state.end = Some(at.saturating_add(filled as u64));
                    more = false;
                    break;
                }
                Ok(n) => filled = filled.saturating_add(n).min(PAGE),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let told = break_at(state, at.saturating_add(filled as u64), error);
                    if filled == 0 {
                        return Err(told);
                    }
                    more = false;
                    break;
                }
            }
        }
        self.budget.expand(filled as u64).map_err(|error| break_at(state, at, error.into()))?;
        let stop = at.saturating_add(filled as u64);
        if more && stop >= self.len {
            // The decoder may not agree that this is the end; see `Source::verify_end`.
            more = false;
            if let Err(error) = decoder.read(&mut [0]) {
                break_at(state, stop, error);
            }
        }
        Ok((filled, more.then_some(decoder)))
    }

    /// Everything as the only page, if it is small and whole.
    fn decode_at_once(&self, state: &mut State, skip: usize, buf: &mut [u8]) -> Option<io::Result<usize>> {
        let decode = self.at_once.as_ref()?;
        let length = usize::try_from(self.len).ok().filter(|length| *length <= PAGE)?;
        let mut room = std::mem::take(&mut self.budget.cache().borrow_mut().spare);
        let wanted = length.saturating_add(SLACK);
        if room.len() < wanted {
            room.resize(wanted, 0);
        }
        let mut copied = None;
        if decode(room.get_mut(..wanted).unwrap_or_default(), length) {
            copied = Some(self.budget.expand(self.len).map_err(|error| break_at(state, 0, error.into())).map(|()| {
                (state.next, state.end) = (1, Some(self.len));
                let bytes = room.get(..length).unwrap_or_default();
                self.keep(0, Kept::Page(Page::new(bytes)));
                copy(bytes, skip, buf)
            }));
        }
        self.budget.cache().borrow_mut().spare = room;
        copied
    }

    fn keep(&self, index: u64, kept: Kept) {
        let gone = self.budget.cache().borrow_mut().put((self.owner, index), kept);
        drop(gone);
    }
}

fn break_at(state: &mut State, at: u64, error: io::Error) -> io::Error {
    let broken = Broken::remember(error);
    state.broken = Some((at, broken));
    broken.tell()
}

impl Drop for Paged {
    fn drop(&mut self) {
        let gone = self.budget.cache().borrow_mut().take_all(self.owner);
        drop(gone);
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
            if let Some((_, broken)) = state.broken.filter(|(broken, _)| at >= *broken) {
                return Err(broken.tell());
            }
            if buf.is_empty() || at >= self.len || state.end.is_some_and(|end| at >= end) {
                return Ok(0);
            }
            if let Some(page) = self.budget.cache().borrow_mut().get((self.owner, index)) {
                return Ok(page.copy(skip, buf));
            }
            match self.decode_page(&mut state, index, skip, buf)? {
                0 => {}
                n => return Ok(n),
            }
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
        let start = Box::new(move || Ok(Box::new(io::Cursor::new(bytes.clone())) as Box<dyn Stream>));
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
        assert!(budget.cache().borrow().held <= 2 * PAGE as u64);
        drop(source);
        assert_eq!(budget.cache().borrow().held, 0);
        assert!(budget.cache().borrow().kept.is_empty());
    }

    #[test]
    fn uniform_pages_cost_nothing() {
        let budget = budget(PAGE as u64, 1 << 30);
        let source = paged(&vec![0; 40 * PAGE], &budget);
        assert_eq!(source.peek(39 * PAGE as u64, 3).unwrap(), [0, 0, 0]);
        // Only the decoder, which has not seen the end.
        assert_eq!(budget.cache().borrow().held, DECODER);
    }

    #[test]
    fn the_allowance_holds_over_all_decoders() {
        let budget = budget(2 * PAGE as u64, 1 << 30);
        let bytes = pattern(3 * PAGE + 7);
        let sources: Vec<_> = (0..50).map(|_| paged(&bytes, &budget)).collect();
        for source in &sources {
            assert_eq!(source.peek(PAGE as u64 - 2, 4).unwrap(), bytes[PAGE - 2..PAGE + 2]);
            assert!(budget.cache().borrow().held <= 2 * PAGE as u64);
        }
        assert_eq!(sources[0].peek(0, bytes.len()).unwrap(), bytes);
        drop(sources);
        assert_eq!(budget.cache().borrow().held, 0);
    }

    #[test]
    fn without_any_allowance_reads_are_still_served() {
        let budget = budget(0, 1 << 30);
        let bytes = pattern(2 * PAGE + 7);
        assert_eq!(paged(&bytes, &budget).peek(1, bytes.len()).unwrap(), bytes[1..]);
        assert_eq!(budget.cache().borrow().held, 0);
    }

    #[test]
    fn nothing_but_its_bytes_is_kept_of_what_was_read_to_its_end() {
        let budget = budget(1 << 20, 1 << 30);
        let source = paged(b"a hundred bytes", &budget);
        assert_eq!(source.peek(0, 100).unwrap(), b"a hundred bytes");
        assert_eq!(budget.cache().borrow().held, 15);
    }

    #[test]
    fn a_decoder_that_goes_may_own_another_one() {
        let budget = budget(PAGE as u64, 1 << 30);
        let inner = paged(&pattern(3 * PAGE), &budget);
        let start = Box::new(move || Ok(Box::new(inner.clone()) as Box<dyn Stream>));
        let outer = Paged::source(3 * PAGE as u64, Rc::clone(&budget), start);
        assert_eq!(outer.peek(2 * PAGE as u64 - 1, 2).unwrap(), pattern(3 * PAGE)[2 * PAGE - 1..=2 * PAGE]);
        drop(outer);
        assert!(budget.cache().borrow().kept.is_empty());
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
        let start: Start = Box::new(|| Ok(Box::new(Breaks(10)) as Box<dyn Stream>));
        let source = Paged::source(100, budget(1 << 20, 1 << 20), start);
        assert_eq!(source.peek(0, 10).unwrap(), b"xxxxxxxxxx");
        let error: Error = source.peek(10, 1).unwrap_err().into();
        assert!(matches!(error, Error::Malformed { .. }));
    }

    #[test]
    fn what_nobody_knows_the_length_of_is_measured() {
        let bytes = pattern(3 * PAGE + 7);
        let budget = budget(1 << 20, 4 * PAGE as u64);
        let copy = bytes.clone();
        let start = Box::new(move || Ok(Box::new(io::Cursor::new(copy.clone())) as Box<dyn Stream>));
        let (source, error) = Paged::measured(1 << 30, Rc::clone(&budget), start);
        assert!(error.is_none());
        assert_eq!(source.len(), bytes.len() as u64);
        // Nothing is decoded again while there is room for all of it.
        assert_eq!(source.peek(0, bytes.len()).unwrap(), bytes);
        let start: Start = Box::new(|| Ok(Box::new(io::repeat(b'x')) as Box<dyn Stream>));
        let (source, error) = Paged::measured(1 << 30, budget, start);
        assert!(matches!(error, Some(Error::Limit(LimitKind::Expanded))));
        assert!(source.len() < PAGE as u64 + 1);
    }

    #[test]
    fn decoding_is_paid_for() {
        let source = paged(&pattern(4 * PAGE), &budget(1 << 20, 2 * PAGE as u64));
        assert!(source.peek(0, 10).is_ok());
        let error: Error = source.peek(3 * PAGE as u64, 10).unwrap_err().into();
        assert!(matches!(error, Error::Limit(LimitKind::Expanded)));
    }
}
