//! Sectors, the FAT and the chains through it ([MS-CFB] 2.3 to 2.5).
//!
//! A chain is followed only as far as somebody reads, and kept as runs of neighbouring sectors: a stream padded to
//! 500 MB costs what its first bytes cost. Every chain ends: a sector is never visited twice.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;

use crate::budget::Budget;
use crate::error::Result;
use crate::source::{ReadAt, Source};

/// Highest regular sector number.
pub(super) const MAXREGSECT: u32 = 0xFFFF_FFFA;
pub(super) const ENDOFCHAIN: u32 = 0xFFFF_FFFE;
pub(super) const FREESECT: u32 = 0xFFFF_FFFF;

/// What a reader tolerated (`irregular`) and what it could not read (`lost`), by name and first offset or sector.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) irregular: RefCell<BTreeMap<&'static str, u64>>,
    pub(super) lost: RefCell<BTreeMap<&'static str, u64>>,
}

impl Notes {
    pub(super) fn irregular(&self, what: &'static str, at: u64) {
        self.irregular.borrow_mut().entry(what).or_insert(at);
    }

    pub(super) fn lost(&self, what: &'static str, at: u64) {
        self.lost.borrow_mut().entry(what).or_insert(at);
    }
}

/// A table of "which sector comes next": the FAT (2.3) or the mini FAT (2.4).
pub(super) enum Table {
    /// Sector numbers of the FAT, in order.
    Fat { locations: Vec<u32>, cached: Cached },
    /// The mini FAT as a stream; unlike the FAT it has no table of its own sectors.
    MiniFat { stream: Source, cached: Cached },
}

/// The piece of a table that was read last, and which it is: one sector's worth.
pub(super) type Cached = RefCell<(u64, Vec<u8>)>;

/// Sectors of one size and the table that links them.
pub(super) struct Allocation {
    /// Where the sectors stand.
    pub(super) data: Source,
    /// Offset of sector 0: behind the header, or the start of the mini stream.
    pub(super) base: u64,
    /// Power of two of the sector size.
    pub(super) shift: u32,
    pub(super) table: Table,
    pub(super) notes: Rc<Notes>,
    pub(super) budget: Rc<Budget>,
}

impl Allocation {
    pub(super) fn sector_size(&self) -> u64 {
        1 << self.shift.min(16)
    }

    /// Offset of a sector in `data`.
    pub(super) fn offset(&self, sector: u32) -> u64 {
        u64::from(sector).saturating_mul(self.sector_size()).saturating_add(self.base)
    }

    /// Sectors there are bytes for; the last may be short, which Office accepts.
    pub(super) fn count(&self) -> u64 {
        self.data.len().saturating_sub(self.base).div_ceil(self.sector_size())
    }

    pub(super) fn exists(&self, sector: u32) -> bool {
        sector <= MAXREGSECT && u64::from(sector) < self.count()
    }

    /// The table's entry for `sector`; `None` where the table has none.
    pub(super) fn next(&self, sector: u32) -> io::Result<Option<u32>> {
        self.budget.steps(1).map_err(io::Error::from)?;
        Ok(self.look(u64::from(sector), |rest| entry(rest, 0))?.flatten())
    }

    /// The first of so many sectors that the table takes for used: neither free nor zero.
    pub(super) fn first_used(&self, sectors: std::ops::Range<u64>) -> io::Result<Option<u64>> {
        let mut at = sectors.start;
        while at < sectors.end {
            let most = usize::try_from(sectors.end.saturating_sub(at)).unwrap_or(usize::MAX);
            let seen = self.look(at, |rest| {
                let entries = rest.as_chunks::<4>().0;
                let entries = entries.get(..most).unwrap_or(entries);
                let used = entries.iter().position(|entry| !matches!(u32::from_le_bytes(*entry), 0 | FREESECT));
                (entries.len() as u64, used)
            })?;
            match seen {
                None | Some((0, _)) => break,
                Some((_, Some(used))) => return Ok(Some(at.saturating_add(used as u64))),
                Some((count, None)) => {
                    self.budget.steps(count).map_err(io::Error::from)?;
                    at = at.saturating_add(count);
                }
            }
        }
        Ok(None)
    }

    /// Shows the table from the entry for `sector` on, as far as it is read at once; `None` where there is no such sector
    /// of it.
    fn look<T>(&self, sector: u64, show: impl FnOnce(&[u8]) -> T) -> io::Result<Option<T>> {
        let at = sector.saturating_mul(4);
        let (Table::Fat { cached, .. } | Table::MiniFat { cached, .. }) = &self.table;
        let piece = self.piece_shift();
        let (index, skip) = (at >> piece, at & (1_u64 << piece).saturating_sub(1));
        let mut cached = cached.borrow_mut();
        if cached.0 != index || cached.1.is_empty() {
            let Some(piece) = self.piece(index)? else { return Ok(None) };
            *cached = (index, piece);
        }
        let rest = usize::try_from(skip).ok().and_then(|skip| cached.1.get(skip..));
        Ok(rest.map(show))
    }

    /// Power of two of the bytes of the table read at once: no more than a sector of it.
    fn piece_shift(&self) -> u32 {
        match self.table {
            Table::Fat { .. } => self.shift.min(9),
            Table::MiniFat { .. } => 9,
        }
    }

    /// A piece of the table; `None` where there is no such sector of it.
    fn piece(&self, index: u64) -> io::Result<Option<Vec<u8>>> {
        let (at, len) = (index << self.piece_shift(), 1_usize << self.piece_shift());
        match &self.table {
            Table::MiniFat { stream, .. } => stream.peek(at, len).map(Some),
            Table::Fat { locations, .. } => {
                let location = usize::try_from(at >> self.shift).ok().and_then(|i| locations.get(i));
                let Some(location) = location else { return Ok(None) };
                let within = at & self.sector_size().saturating_sub(1);
                self.data.peek(self.offset(*location).saturating_add(within), len).map(Some)
            }
        }
    }
}

fn entry(sector: &[u8], at: u64) -> Option<u32> {
    let bytes = usize::try_from(at).ok().and_then(|at| sector.get(at..)).and_then(|rest| rest.first_chunk())?;
    Some(u32::from_le_bytes(*bytes))
}

/// A chain of sectors as random access.
pub(super) struct Chain {
    allocation: Rc<Allocation>,
    len: u64,
    /// The specification's name of what the chain holds, for notes.
    what: &'static str,
    state: RefCell<State>,
    /// Whether running out of sectors is a loss; a directory or a table has no size of its own.
    sized: bool,
}

#[derive(Default)]
struct State {
    /// Runs in logical order: logical index of the first sector, its number, how many.
    runs: Vec<(u64, u32, u64)>,
    /// The same runs but the last by sector number, to see loops.
    seen: BTreeMap<u32, u64>,
    next: Option<u32>,
    sectors: u64,
}

impl Chain {
    /// A stream of `len` bytes that starts at `start`; `len` is cut to what the sectors there are could hold.
    pub(super) fn stream(allocation: &Rc<Allocation>, start: u32, len: u64, what: &'static str) -> Source {
        Self::source(allocation, start, len, what, true)
    }

    /// A chain without a declared size: it ends where it ends.
    pub(super) fn open_ended(allocation: &Rc<Allocation>, start: u32, what: &'static str) -> Source {
        Self::source(allocation, start, u64::MAX, what, false)
    }

    fn source(allocation: &Rc<Allocation>, start: u32, len: u64, what: &'static str, sized: bool) -> Source {
        let room = allocation.count().saturating_mul(allocation.sector_size());
        if sized && len > room {
            allocation.notes.lost(what, allocation.offset(start.min(MAXREGSECT)));
        }
        let next = (start <= MAXREGSECT).then_some(start);
        if sized && next.is_none() && len > 0 {
            allocation.notes.lost(what, 0);
        }
        Source::new(Self {
            allocation: Rc::clone(allocation),
            len: len.min(room),
            what,
            state: RefCell::new(State { next, ..State::default() }),
            sized,
        })
    }

    /// Follows the chain until it has `wanted` sectors or ends.
    fn extend(&self, state: &mut State, wanted: u64) -> io::Result<()> {
        while state.sectors < wanted {
            let Some(sector) = state.next.take() else { break };
            if !self.allocation.exists(sector) || state.is_visited(sector) {
                // A stream's loss shows by its size; what has no size may have lost anything behind here.
                let notes = &self.allocation.notes;
                if self.sized || state.sectors == 0 {
                    notes.irregular("chain", self.allocation.offset(sector));
                } else {
                    notes.lost(self.what, self.allocation.offset(sector));
                }
                break;
            }
            state.visit(sector);
            match self.allocation.next(sector)? {
                Some(next) if next <= MAXREGSECT => state.next = Some(next),
                Some(ENDOFCHAIN) => {}
                // Some writers close a chain with another mark; what was read is still good.
                Some(_) => self.allocation.notes.irregular("end of chain", self.allocation.offset(sector)),
                None => self.allocation.notes.irregular("FAT entry", self.allocation.offset(sector)),
            }
        }
        let short = state.sectors < wanted && state.next.is_none();
        if short && self.sized {
            self.allocation.notes.lost(self.what, state.sectors);
        }
        Ok(())
    }
}

impl State {
    fn is_visited(&self, sector: u32) -> bool {
        let holds =
            |first: u32, count: u64| sector >= first && u64::from(sector) < u64::from(first).saturating_add(count);
        self.runs.last().is_some_and(|(_, first, count)| holds(*first, *count))
            || self.seen.range(..=sector).next_back().is_some_and(|(first, count)| holds(*first, *count))
    }

    fn visit(&mut self, sector: u32) {
        let index = self.sectors;
        self.sectors = index.saturating_add(1);
        if let Some((_, first, count)) = self.runs.last_mut() {
            if u64::from(*first).saturating_add(*count) == u64::from(sector) {
                *count = count.saturating_add(1);
                return;
            }
            self.seen.insert(*first, *count);
        }
        self.runs.push((index, sector, 1));
    }
}

impl ReadAt for Chain {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        if at >= self.len {
            return Ok(0);
        }
        let size = self.allocation.sector_size();
        let wanted = u64::try_from(buf.len()).unwrap_or(u64::MAX).min(self.len.saturating_sub(at));
        let mut state = self.state.borrow_mut();
        self.extend(&mut state, at.saturating_add(wanted).div_ceil(size))?;
        let index = at >> self.allocation.shift;
        let run = state.runs.partition_point(|(first, ..)| *first <= index).checked_sub(1);
        let Some(&(first, sector, count)) = run.and_then(|run| state.runs.get(run)) else { return Ok(0) };
        let skip = at.saturating_sub(first.saturating_mul(size));
        let left = count.saturating_mul(size).saturating_sub(skip).min(wanted);
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        let Some(buf) = buf.get_mut(..n) else { return Ok(0) };
        let read = self.allocation.data.read_at(self.allocation.offset(sector).saturating_add(skip), buf)?;
        if read == 0 && n > 0 && self.sized {
            self.allocation.notes.lost(self.what, at);
        }
        Ok(read)
    }
}

/// Sector numbers of the FAT: 109 in the header, the rest in a chain of DIFAT sectors (2.5).
pub(super) fn difat(data: &Source, shift: u32, header: &[u8; 512], notes: &Notes, budget: &Budget) -> Result<Vec<u32>> {
    let size = 1_u64 << shift.min(16);
    let sectors = data.len().saturating_sub(size).div_ceil(size);
    let exists = |sector: u32| sector <= MAXREGSECT && u64::from(sector) < sectors;
    let mut locations = Vec::new();
    let mut add = |sector: u32, at: u64| {
        if exists(sector) {
            locations.push(sector);
        } else if sector != FREESECT && sector != ENDOFCHAIN {
            notes.irregular("DIFAT", at);
        }
    };
    for (i, bytes) in header.get(76..).unwrap_or_default().as_chunks::<4>().0.iter().enumerate() {
        add(u32::from_le_bytes(*bytes), u64::try_from(i).unwrap_or(0).saturating_mul(4).saturating_add(76));
    }
    let field = |at: usize| entry(header, at as u64).unwrap_or(FREESECT);
    let (mut next, mut visited) = (field(68), std::collections::BTreeSet::new());
    while exists(next) && visited.insert(next) {
        budget.steps(size / 4)?;
        let at = u64::from(next).saturating_add(1).saturating_mul(size);
        let sector = data.peek(at, usize::try_from(size).unwrap_or(512))?;
        let entries = sector.as_chunks::<4>().0;
        let last = entries.len().saturating_sub(1);
        next = ENDOFCHAIN;
        for (i, bytes) in entries.iter().enumerate() {
            let value = u32::from_le_bytes(*bytes);
            if i == last {
                next = value;
            } else {
                add(value, at);
            }
        }
    }
    // Some writers close the chain with FREESECT; Office accepts it.
    if !matches!(next, ENDOFCHAIN | FREESECT) {
        notes.irregular("DIFAT", u64::from(next));
    }
    Ok(locations)
}
