//! The directory: storages and streams in red-black trees ([MS-CFB] 2.6).
//!
//! The trees of real files are broken in every way (wrong colours, wrong order, siblings that point to themselves), and
//! a name that cannot be reached through them can still be found by reading the entries one after the other. So the
//! trees only say who is whose child; entries no tree reaches are listed as orphans.

use std::collections::{BTreeMap, BTreeSet};

use super::allocation::Notes;
use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::order;
use crate::source::Source;

/// What a directory entry is: its Object Type (2.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Storage,
    Stream,
    Root,
}

/// One storage or stream.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) kind: EntryKind,
    pub(crate) clsid: [u8; 16],
    /// Index of the storage it stands in; `None` for the root and for orphans.
    pub(crate) parent: Option<usize>,
    /// Size of a stream as declared.
    pub(crate) size: u64,
    pub(super) start: u32,
    links: [u32; 3],
}

/// All entries, by their index.
#[derive(Default)]
pub(super) struct Directory {
    pub(super) entries: BTreeMap<usize, Entry>,
    /// The same in the order of the file.
    pub(super) order: Vec<usize>,
    /// Storage, name in lower case, and entry: sorted, the first of a name first.
    children: Vec<(Option<usize>, String, usize)>,
}

const ENTRY: usize = 128;
/// Depth of storages a path is told for; deeper ones are cut, not refused.
const DEPTH: usize = 32;

impl Directory {
    pub(super) fn read(stream: &Source, version: u16, notes: &Notes, budget: &Budget) -> Result<Self> {
        let mut directory = Self::default();
        let most = budget.limits().artifact_bytes >> 7;
        let mut at = 0_u64;
        let mut index = 0_usize;
        loop {
            budget.steps(4)?;
            let mut bytes = [0; ENTRY];
            if stream.read_at(at, &mut bytes)? < ENTRY {
                break;
            }
            if index as u64 >= most {
                return Err(Error::Limit(LimitKind::ArtifactBytes));
            }
            if let Some(entry) = parse(&bytes, index, version, notes, at) {
                directory.entries.insert(index, entry);
                directory.order.push(index);
            }
            at = at.saturating_add(ENTRY as u64);
            index = index.saturating_add(1);
        }
        directory.link(notes, budget)?;
        order::sort_by(&mut directory.children, |(a, first, _), (b, second, _)| {
            (a, first.len(), first).cmp(&(b, second.len(), second))
        });
        Ok(directory)
    }

    /// Walks the trees: the root's first, then those of entries nobody reached.
    fn link(&mut self, notes: &Notes, budget: &Budget) -> Result<()> {
        let mut visited = BTreeSet::new();
        let roots = self.order.clone();
        for root in roots {
            if !visited.insert(root) {
                continue;
            }
            if self.entries.get(&root).is_some_and(|entry| entry.kind != EntryKind::Root) {
                notes.irregular("directory entry outside the tree", root as u64);
                self.remember(root);
            }
            let mut storages = vec![root];
            while let Some(storage) = storages.pop() {
                let Some(child) = self.entries.get(&storage).map(|entry| entry.links[2]) else { continue };
                let mut siblings = vec![child];
                while let Some(sibling) = siblings.pop() {
                    budget.steps(1)?;
                    let Ok(id) = usize::try_from(sibling) else { continue };
                    let Some(entry) = self.entries.get_mut(&id).filter(|entry| entry.kind != EntryKind::Root) else {
                        continue;
                    };
                    if !visited.insert(id) {
                        notes.irregular("directory tree", id as u64);
                        continue;
                    }
                    entry.parent = Some(storage);
                    siblings.extend([entry.links[1], entry.links[0]]);
                    if entry.kind == EntryKind::Storage {
                        storages.push(id);
                    }
                    self.remember(id);
                }
            }
        }
        Ok(())
    }

    fn remember(&mut self, id: usize) {
        if let Some(entry) = self.entries.get(&id) {
            self.children.push((entry.parent, in_lower_case(&entry.name), id));
        }
    }

    /// The child of a storage by name; names are compared as Windows does, without case (2.6.4).
    pub(super) fn child(&self, parent: Option<usize>, name: &str) -> Option<usize> {
        let lower;
        let name = if name.is_ascii() {
            name
        } else {
            lower = in_lower_case(name);
            lower.as_str()
        };
        let letters = || name.bytes().map(|byte| byte.to_ascii_lowercase());
        let order = |(storage, known, _): &(Option<usize>, String, usize)| {
            let length = (*storage, known.len()).cmp(&(parent, name.len()));
            length.then_with(|| known.bytes().cmp(letters()))
        };
        let at = self.children.partition_point(|child| order(child).is_lt());
        self.children.get(at).filter(|child| order(child).is_eq()).map(|(.., id)| *id)
    }

    pub(super) fn path(&self, id: usize) -> String {
        let mut names = Vec::new();
        let mut at = Some(id);
        while let Some(entry) = at.and_then(|id| self.entries.get(&id)) {
            if entry.kind == EntryKind::Root || names.len() > DEPTH {
                break;
            }
            names.push(entry.name.as_str());
            at = entry.parent;
        }
        names.reverse();
        names.join("/")
    }
}

fn in_lower_case(name: &str) -> String {
    if name.is_ascii() { name.to_ascii_lowercase() } else { lower(name).collect() }
}

/// Letter by letter, so that nothing is copied to compare names.
fn lower(name: &str) -> impl Iterator<Item = char> {
    name.chars().flat_map(char::to_lowercase)
}

fn parse(bytes: &[u8; ENTRY], index: usize, version: u16, notes: &Notes, at: u64) -> Option<Entry> {
    let u16_at = |at: usize| bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b));
    let u32_at = |at: usize| bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b));
    let kind = match bytes.get(66) {
        // The first entry is the root whatever it calls itself.
        Some(5) if index == 0 => EntryKind::Root,
        _ if index == 0 => {
            notes.irregular("root entry", at);
            EntryKind::Root
        }
        Some(1) => EntryKind::Storage,
        Some(2) => EntryKind::Stream,
        Some(0) => return None,
        _ => {
            notes.irregular("object type", at);
            return None;
        }
    };
    let length = usize::from(u16_at(64));
    if length % 2 != 0 || !(2..=64).contains(&length) {
        notes.irregular("directory entry name length", at);
    }
    let units = bytes.first_chunk::<64>().map(|name| name.as_chunks::<2>().0).unwrap_or_default();
    // The terminator counts into the length; where the length is wrong, the terminator decides.
    let most = if (2..=64).contains(&length) { length.div_ceil(2).saturating_sub(1) } else { 32 };
    let units = units.iter().take(most).map(|b| u16::from_le_bytes(*b)).take_while(|unit| *unit != 0);
    let mut name = String::with_capacity(most);
    name.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
    let high = if version >= 4 { u64::from(u32_at(124)) << 32 } else { 0 };
    Some(Entry {
        name,
        kind,
        clsid: bytes.get(80..96).and_then(|b| b.first_chunk()).copied().unwrap_or_default(),
        parent: None,
        size: high | u64::from(u32_at(120)),
        start: u32_at(116),
        links: [u32_at(68), u32_at(72), u32_at(76)],
    })
}
