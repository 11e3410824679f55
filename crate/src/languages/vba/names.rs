//! Names without case: each is kept once in lower case, and is a number from then on.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

/// A name of a project: names that differ in case alone are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Symbol(u32);

impl Symbol {
    /// The empty name, which also stands for what is no name.
    pub(super) const EMPTY: Self = Self(0);

    /// A number that fits into `bits` bits.
    pub(super) const fn narrow(self, bits: u32) -> Option<u32> {
        if self.0 >> bits == 0 { Some(self.0) } else { None }
    }

    /// The symbol with this number.
    pub(super) const fn of(number: u32) -> Self {
        Self(number)
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a name takes in memory beside its letters: where it ends, and its share of the table.
pub(super) const NAME: u64 = 16;
/// Places of the table that are looked at for nothing.
const NEAR: u32 = 4;

/// All names of a project.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// One name behind the other.
    letters: String,
    /// Where each of them ends in `letters`.
    ends: Vec<u32>,
    /// Numbers of names by hash, each at the first free place from there on; a power of two, at most half full.
    table: Vec<u32>,
    /// Names as they were spelled last, each at the place that its letters give.
    recent: Vec<(Spelled, Symbol)>,
    /// Places that were looked at beyond what a name should take.
    work: u64,
}

/// A short name as it is spelled: its first and last letters are all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Spelled {
    start: u64,
    end: u64,
    length: usize,
}

const FREE: u32 = u32::MAX;

/// Places of the first table.
const TABLE: usize = 256;

impl Names {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes that they take.
    pub(super) fn held(&self) -> u64 {
        (self.ends.len() as u64).saturating_mul(NAME).saturating_add(self.letters.len() as u64)
    }

    /// What names that collide have cost since it was last asked.
    pub(super) const fn take_work(&mut self) -> u64 {
        std::mem::replace(&mut self.work, 0)
    }

    /// A name in lower case.
    pub(super) fn get(&self, symbol: Symbol) -> &str {
        let start = symbol.index().checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(symbol.index()).copied().unwrap_or(0);
        self.letters.get(start as usize..end as usize).unwrap_or_default()
    }

    /// The symbol of a name in any case.
    pub(super) fn symbol(&mut self, name: &str) -> Symbol {
        if self.ends.is_empty() {
            self.table = vec![FREE; TABLE];
            self.recent = vec![(Spelled::default(), Symbol::EMPTY); RECENT];
            self.add("");
        }
        let spelled = Spelled::of(name.as_bytes());
        let place = spelled.place();
        if let Some((_, symbol)) = self.recent.get(place).filter(|(known, _)| *known == spelled) {
            return *symbol;
        }
        let symbol = self.add(name);
        if let Some(slot) = self.recent.get_mut(place).filter(|_| name.len() <= SPELLED) {
            *slot = (spelled, symbol);
        }
        symbol
    }

    fn add(&mut self, name: &str) -> Symbol {
        let mut short = [0; SHORT];
        match short.get_mut(..name.len()).filter(|_| name.is_ascii()) {
            Some(lower) => {
                lower.copy_from_slice(name.as_bytes());
                short.make_ascii_lowercase();
                let hash = hash_short(&short);
                self.add_lower(short.get(..name.len()).unwrap_or_default(), hash)
            }
            None => {
                let lower = name.to_lowercase();
                self.add_lower(lower.as_bytes(), hash(&lower))
            }
        }
    }

    fn add_lower(&mut self, name: &[u8], hash: u64) -> Symbol {
        let (place, known) = self.place(hash, name);
        if known != FREE {
            return Symbol(known);
        }
        let start = self.letters.len();
        let end = u32::try_from(start.saturating_add(name.len()));
        let (Ok(number), Ok(end)) = (u32::try_from(self.ends.len()), end) else {
            // No source is that long.
            return Symbol::EMPTY;
        };
        // By a quarter, not to twice: there may be millions.
        if self.letters.capacity().saturating_sub(start) < name.len() {
            self.letters.reserve_exact((start / 4).max(name.len()).max(1 << 10));
        }
        self.letters.push_str(std::str::from_utf8(name).unwrap_or_default());
        if self.ends.len() == self.ends.capacity() {
            self.ends.reserve_exact((self.ends.len() / 4).max(128));
        }
        self.ends.push(end);
        if let Some(slot) = self.table.get_mut(place) {
            *slot = number;
        }
        if self.ends.len().saturating_mul(2) > self.table.len() {
            self.grow();
        }
        Symbol(number)
    }

    /// The symbol of a name in lower case, if the project has it.
    pub(super) fn find(&self, name: &str) -> Option<Symbol> {
        let mut at = self.first(hash(name));
        loop {
            match self.table.get(at).copied().unwrap_or(FREE) {
                FREE => return None,
                number if self.get(Symbol(number)) == name => return Some(Symbol(number)),
                _ => at = self.next(at),
            }
        }
    }

    /// As [`Names::find`], for a name in any case.
    pub(super) fn find_in_any_case(&self, name: &str) -> Option<Symbol> {
        let mut short = [0; SHORT];
        let lower = match short.get_mut(..name.len()).filter(|_| name.is_ascii()) {
            Some(lower) => {
                lower.copy_from_slice(name.as_bytes());
                lower.make_ascii_lowercase();
                std::str::from_utf8(lower).map(Cow::Borrowed).unwrap_or_default()
            }
            None => Cow::Owned(name.to_lowercase()),
        };
        self.find(&lower)
    }

    /// Where a name stands or would stand in the table, and its number there.
    fn place(&mut self, hash: u64, name: &[u8]) -> (usize, u32) {
        let mut at = self.first(hash);
        let mut seen = 0_u32;
        loop {
            match self.table.get(at).copied().unwrap_or(FREE) {
                FREE => break,
                number if self.get(Symbol(number)).as_bytes() == name => {
                    self.work = self.work.saturating_add(u64::from(seen.saturating_sub(NEAR)));
                    return (at, number);
                }
                _ => at = self.next(at),
            }
            seen = seen.saturating_add(1);
        }
        self.work = self.work.saturating_add(u64::from(seen.saturating_sub(NEAR)));
        (at, FREE)
    }

    fn first(&self, hash: u64) -> usize {
        // The upper half of the hash; the table has a power of two places.
        usize::try_from(hash >> 32).unwrap_or(0) & self.table.len().saturating_sub(1)
    }

    fn next(&self, at: usize) -> usize {
        at.saturating_add(1) & self.table.len().saturating_sub(1)
    }

    fn grow(&mut self) {
        let length = self.table.len().saturating_mul(2);
        self.table = Vec::new();
        self.table.resize(length, FREE);
        for number in 0..u32::try_from(self.ends.len()).unwrap_or(FREE) {
            let mut at = self.first(hash(self.get(Symbol(number))));
            while self.table.get(at).is_some_and(|number| *number != FREE) {
                at = self.next(at);
                self.work = self.work.saturating_add(1);
            }
            if let Some(slot) = self.table.get_mut(at) {
                *slot = number;
            }
        }
    }
}

/// Names that are kept as they were spelled, and how long they are at most.
const RECENT: usize = 256;
const SPELLED: usize = 16;

impl Spelled {
    fn of(name: &[u8]) -> Self {
        let short = |at: usize| name.get(at).copied().map_or(0, u64::from);
        let (start, end) = if let (Some(start), Some(end)) = (name.first_chunk::<8>(), name.last_chunk::<8>()) {
            (u64::from_le_bytes(*start), u64::from_le_bytes(*end))
        } else if let (Some(start), Some(end)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
            (u32::from_le_bytes(*start).into(), u32::from_le_bytes(*end).into())
        } else {
            (short(0), short(1) | short(2) << 8)
        };
        Self { start, end, length: name.len() }
    }

    fn place(self) -> usize {
        let mixed = self.start.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ self.end.wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        usize::from(mixed.to_be_bytes().first().copied().unwrap_or(0))
    }
}

/// Names up to this length are hashed with zeros behind them.
const SHORT: usize = 32;

fn hash(name: &str) -> u64 {
    let mut short = [0; SHORT];
    match short.get_mut(..name.len()) {
        Some(start) => {
            start.copy_from_slice(name.as_bytes());
            hash_short(&short)
        }
        None => FixedState::default().hash_one(name.as_bytes()),
    }
}

fn hash_short(name: &[u8; SHORT]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    for part in name.as_chunks::<8>().0 {
        hasher.write_u64(u64::from_le_bytes(*part));
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_are_one() {
        let mut names = Names::default();
        let [shell, other, same, capital] = ["Shell", "x", "SHELL", "ÄRGER"].map(|name| names.symbol(name));
        assert_eq!((shell, names.get(shell)), (same, "shell"));
        assert_ne!(shell, other);
        assert_eq!((names.find("ärger"), names.get(capital)), (Some(capital), "ärger"));
        assert_eq!((names.find(""), names.find("y")), (Some(Symbol::EMPTY), None));
    }

    #[test]
    fn many_names_stay_apart() {
        let mut names = Names::default();
        let all: Vec<Symbol> = (0..5000).map(|i| names.symbol(&format!("Name{i}"))).collect();
        assert_eq!(names.len(), 5001);
        for (i, symbol) in all.iter().enumerate() {
            assert_eq!(
                (names.get(*symbol), names.find(&format!("name{i}"))),
                (format!("name{i}").as_str(), Some(*symbol))
            );
        }
        assert!(names.take_work() < 5000);
    }
}
