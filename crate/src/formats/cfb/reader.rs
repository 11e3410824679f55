//! Opening a compound file ([MS-CFB] 2.2) as leniently as Office does.

use std::cell::RefCell;
use std::rc::Rc;

use super::allocation::{Allocation, Chain, MAXREGSECT, Notes, Table, difat};
use super::directory::{Directory, Entry, EntryKind};
use crate::budget::Budget;
use crate::error::{Error, Result};
use crate::source::Source;

/// A compound file: a small file system in a file.
pub(crate) struct Cfb {
    directory: Directory,
    fat: Rc<Allocation>,
    mini: Option<Rc<Allocation>>,
    notes: Rc<Notes>,
}

/// Streams below this size stand in the mini stream (2.2, Mini Stream Cutoff Size).
const CUTOFF: u64 = 4096;

impl Cfb {
    pub(crate) fn open(source: &Source, budget: &Rc<Budget>) -> Result<Self> {
        let notes = Rc::new(Notes::default());
        let header: [u8; 512] = source.array(0, "Compound File Header")?;
        let u16_at = |at: usize| header.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b));
        let u32_at = |at: usize| header.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b));
        let version = u16_at(26);
        let shift = sector_shift(version, u16_at(30), &notes);
        if u16_at(28) != 0xFFFE {
            notes.irregular("Byte Order", 28);
        }
        if u16_at(32) != 6 {
            notes.irregular("Mini Sector Shift", 32);
        }
        if u64::from(u32_at(56)) != CUTOFF {
            notes.irregular("Mini Stream Cutoff Size", 56);
        }
        let locations = difat(source, shift, &header, &notes, budget)?;
        if locations.len() as u64 != u64::from(u32_at(44)) {
            notes.irregular("Number of FAT Sectors", 44);
        }
        let size = 1_u64 << shift.min(16);
        let fat = Rc::new(Allocation {
            data: source.clone(),
            base: size,
            shift,
            table: Table::Fat { locations, cached: RefCell::default() },
            notes: Rc::clone(&notes),
            budget: Rc::clone(budget),
        });
        if u64::from(u32_at(48)) >= fat.count() {
            return Err(Error::malformed("First Directory Sector Location", 48));
        }
        let stream = Chain::open_ended(&fat, u32_at(48), "directory");
        let directory = Directory::read(&stream, version, &notes, budget)?;
        let mini = Self::mini(&directory, &fat, u32_at(60), &notes, budget);
        let cfb = Self { directory, fat, mini, notes };
        cfb.note_truncation()?;
        Ok(cfb)
    }

    /// The mini stream hangs on the root entry; its length is that of its chain, whatever the entry says.
    fn mini(
        directory: &Directory,
        fat: &Rc<Allocation>,
        first: u32,
        notes: &Rc<Notes>,
        budget: &Rc<Budget>,
    ) -> Option<Rc<Allocation>> {
        let root = directory.entries.get(&0)?;
        if u64::from(first) >= fat.count() || u64::from(root.start) >= fat.count() {
            return None;
        }
        Some(Rc::new(Allocation {
            data: Chain::open_ended(fat, root.start, "mini stream"),
            base: 0,
            shift: 6,
            table: Table::MiniFat { stream: Chain::open_ended(fat, first, "mini FAT"), cached: RefCell::default() },
            notes: Rc::clone(notes),
            budget: Rc::clone(budget),
        }))
    }

    /// A FAT that speaks of sectors behind the end of the file belongs to a file that was cut. Unused tables are
    /// padded with zeros by some writers, so zero counts as free here.
    fn note_truncation(&self) -> Result<()> {
        let end = self.fat.count();
        if let Some(sector) = self.fat.first_used(end..end.saturating_add(4096))? {
            self.notes.irregular("FAT entry behind the end of the file", sector);
        }
        // The streams below the cutoff stand in the root's.
        let root = self.directory.entries.get(&0).filter(|root| self.mini.is_none() && root.size > 0);
        if let Some(root) = root.filter(|root| u64::from(root.start) >= end && root.start < MAXREGSECT) {
            self.notes.lost("mini stream", self.fat.offset(root.start));
        }
        for id in &self.directory.order {
            let Some(entry) = self.directory.entries.get(id).filter(|entry| entry.kind == EntryKind::Stream) else {
                continue;
            };
            // A stream whose first sector, or whose least last sector, lies behind the end of the file.
            if entry.size >= CUTOFF && entry.size < u64::from(u32::MAX) {
                let needed = entry.size.div_ceil(self.fat.sector_size());
                if u64::from(entry.start) >= end || needed > end {
                    self.notes.lost("stream", self.fat.offset(entry.start));
                }
            }
        }
        Ok(())
    }

    /// Storages and streams in the order of the file, with their ids.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.directory.order.iter().filter_map(|id| self.directory.entries.get(id).map(|entry| (*id, entry)))
    }

    /// Only the streams.
    pub(crate) fn streams(&self) -> impl Iterator<Item = (usize, &Entry)> {
        self.entries().filter(|(_, entry)| entry.kind == EntryKind::Stream)
    }

    pub(crate) fn entry(&self, id: usize) -> Option<&Entry> {
        self.directory.entries.get(&id)
    }

    /// CLSID of the root entry, in the byte order of the file.
    pub(crate) fn clsid(&self) -> [u8; 16] {
        self.entry(0).map(|root| root.clsid).unwrap_or_default()
    }

    /// A child of a storage (the root is 0), without regard to case.
    pub(crate) fn child(&self, parent: Option<usize>, name: &str) -> Option<usize> {
        self.directory.child(parent, name)
    }

    /// A stream at the root.
    pub(crate) fn root_stream(&self, name: &str) -> Option<Source> {
        let id = self.child(Some(0), name)?;
        (self.entry(id)?.kind == EntryKind::Stream).then(|| self.stream(id))
    }

    /// Names from the root to an entry, joined by `/`.
    pub(crate) fn path(&self, id: usize) -> String {
        self.directory.path(id)
    }

    /// The bytes of a stream; empty for what is none.
    pub(crate) fn stream(&self, id: usize) -> Source {
        let Some(entry) = self.entry(id).filter(|entry| entry.kind == EntryKind::Stream && entry.size > 0) else {
            return Source::memory(Vec::new());
        };
        match &self.mini {
            Some(mini) if entry.size < CUTOFF => Chain::stream(mini, entry.start, entry.size, "stream"),
            _ => Chain::stream(&self.fat, entry.start, entry.size, "stream"),
        }
    }

    /// Which stream the byte at `at` of the file belongs to (the root for all that stand in the mini stream), and where
    /// the last sector ends that a stream or the FAT takes. What the FAT calls used does not count: anybody can say so.
    pub(crate) fn reach(&self, at: u64) -> Result<(Option<usize>, u64)> {
        let size = self.fat.sector_size();
        let wanted = at.checked_sub(self.fat.base).map(|at| at >> self.fat.shift);
        let mut holder = None;
        let mut end = self.fat.base;
        let mut seen = vec![false; usize::try_from(self.fat.count()).unwrap_or_default()];
        if let Table::Fat { locations, .. } = &self.fat.table {
            end = locations.iter().fold(end, |end, sector| end.max(self.fat.offset(*sector).saturating_add(size)));
        }
        for (id, entry) in self.entries() {
            let is_mini = self.mini.is_some() && entry.kind == EntryKind::Stream && entry.size < CUTOFF;
            if is_mini || entry.kind == EntryKind::Storage {
                continue;
            }
            let mut next = Some(entry.start);
            let mut left = entry.size.div_ceil(size);
            while let Some(sector) = next.filter(|sector| left > 0 && self.fat.exists(*sector)) {
                // Chains that meet were followed before.
                match usize::try_from(sector).ok().and_then(|sector| seen.get_mut(sector)) {
                    Some(seen) if !*seen => *seen = true,
                    _ => break,
                }
                if wanted == Some(u64::from(sector)) {
                    holder = Some(id);
                }
                end = end.max(self.fat.offset(sector).saturating_add(size));
                left = left.saturating_sub(1);
                next = self.fat.next(sector)?;
            }
        }
        Ok((holder, end))
    }

    /// What was tolerated so far: specification's name and place.
    pub(crate) fn irregularities(&self) -> Vec<(&'static str, u64)> {
        self.notes.irregular.borrow().iter().map(|(what, at)| (*what, *at)).collect()
    }

    /// What could not be read so far.
    pub(crate) fn losses(&self) -> Vec<(&'static str, u64)> {
        self.notes.lost.borrow().iter().map(|(what, at)| (*what, *at)).collect()
    }
}

/// Office goes by the shift; where it makes no sense, by the version.
fn sector_shift(version: u16, shift: u16, notes: &Notes) -> u32 {
    let by_version = if version == 4 { 12 } else { 9 };
    if !matches!(version, 3 | 4) {
        notes.irregular("Major Version", 26);
    }
    if shift != by_version {
        notes.irregular("Sector Shift", 30);
    }
    if matches!(shift, 7..=16) { u32::from(shift) } else { u32::from(by_version) }
}
