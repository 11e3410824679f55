//! What of a project that is too large to be kept as a whole is worth keeping.
//!
//! Attackers bury a dropper under a hundred thousand procedures that nothing calls. So where the tokens of a project take
//! more memory than there is, its procedures are listed without keeping a token, those that Office calls are followed
//! from name to name, and what nothing leads to is left out first.

use std::collections::VecDeque;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use super::lexer::{self, Kind};
use super::triggers::{self, Start};
use super::{Module, ModuleKind};
use crate::budget::Budget;
use crate::hashed::HashSet;

/// A procedure, from its first word to its `End Sub`.
#[derive(Clone, Copy)]
struct Found {
    name: u32,
    module: u32,
    start: u32,
    end: u32,
}

/// What a procedure costs in memory beside its tokens.
pub(super) const PROCEDURE: u64 = 400;
/// What a token costs in memory until everything about it is known: itself, and its share of values and trees.
const TOKEN: u64 = 32;
/// Namesakes that are followed.
const NAMESAKES: usize = 64;

/// The parts of every module that are left out, ascending.
pub(super) fn left_out(modules: &[Module], starts: &HashSet<String>, budget: &Budget) -> Vec<Vec<Range<u32>>> {
    let _held = budget.scope();
    let mut left = budget.room() / 2;
    let list = List::read(modules, starts, budget);
    let mut by_name: Vec<u32> = (0..).take(list.found.len()).collect();
    let name = |index: u32| list.found.get(index as usize).map_or(0, |found| found.name);
    by_name.sort_unstable_by_key(|index| (name(*index), *index));
    let mut chosen = vec![false; list.found.len()];
    let mut queue: VecDeque<u32> = list.automatic.iter().chain(&list.other).copied().collect();
    while let Some(index) = queue.pop_front() {
        let Some((slot, found)) = chosen.get_mut(index as usize).zip(list.found.get(index as usize)) else { continue };
        if std::mem::replace(slot, true) {
            continue;
        }
        let mut cost = PROCEDURE;
        let mut called = HashSet::default();
        let source = modules.get(found.module as usize).map_or("", |module| module.source.as_str());
        lexer::each(source, found.start as usize..found.end as usize, |kind, text, _| {
            cost = cost.saturating_add(TOKEN);
            let text = match kind {
                Kind::Name => text,
                // `Application.Run "Module1.x"`
                Kind::Text => text.rsplit(['!', '.']).next().unwrap_or_default().trim_matches(['"', '\'', ' ']),
                _ => return,
            };
            if called.len() < 1 << 12 {
                called.insert(hash(text));
            }
        });
        left = left.saturating_sub(cost);
        if left == 0 || budget.steps(cost / TOKEN).is_err() {
            break;
        }
        let mut called: Vec<u32> = called.into_iter().collect();
        called.sort_unstable();
        for wanted in called {
            let first = by_name.partition_point(|index| name(*index) < wanted);
            let named = by_name.get(first..).unwrap_or_default().iter().take_while(|index| name(**index) == wanted);
            queue.extend(named.take(NAMESAKES));
        }
    }
    // Room that is left goes to the rest, in its order.
    let mut without = vec![Vec::new(); modules.len()];
    for (found, is_chosen) in list.found.iter().zip(chosen) {
        let length = u64::from(found.end.saturating_sub(found.start));
        let cost = PROCEDURE.saturating_add((length / 4).saturating_mul(TOKEN));
        if is_chosen {
            continue;
        }
        match left.checked_sub(cost) {
            Some(rest) => left = rest,
            None => {
                if let Some(parts) = without.get_mut(found.module as usize) {
                    join(parts, found.start..found.end);
                }
            }
        }
    }
    for (module, end) in list.unlisted {
        let length = modules.get(module).map_or(0, |module| u32::try_from(module.source.len()).unwrap_or(u32::MAX));
        if let Some(parts) = without.get_mut(module) {
            join(parts, end..length);
        }
    }
    without
}

/// Parts that touch become one.
fn join(parts: &mut Vec<Range<u32>>, part: Range<u32>) {
    match parts.last_mut().filter(|last| last.end >= part.start) {
        Some(last) => last.end = last.end.max(part.end),
        None => parts.push(part),
    }
}

fn hash(name: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    name.chars().flat_map(char::to_lowercase).for_each(|c| c.hash(&mut hasher));
    u32::try_from(hasher.finish() >> 32).unwrap_or(0)
}

/// Where the reader of a statement stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    /// At its start, or behind `Public`.
    First,
    /// Behind `Property`.
    Property,
    /// Behind `Sub`.
    Name,
    /// Behind `End`.
    End,
    Other,
}

/// All procedures of a project.
#[derive(Default)]
struct List {
    found: Vec<Found>,
    /// Those that Office calls by itself.
    automatic: Vec<u32>,
    /// Those that something else may start: events of objects, the person.
    other: Vec<u32>,
    /// Modules of which not everything is listed, and where the list ends.
    unlisted: Vec<(usize, u32)>,
}

impl List {
    fn read(modules: &[Module], starts: &HashSet<String>, budget: &Budget) -> Self {
        let mut list = Self::default();
        for (index, module) in modules.iter().enumerate() {
            let (mut word, mut start, mut open) = (Word::First, None, None);
            let mut full = None;
            lexer::each(&module.source, 0..module.source.len(), |kind, text, at| {
                if kind == Kind::End || kind == Kind::Mark && text == ":" {
                    (word, start) = (Word::First, None);
                    return;
                }
                let is =
                    |words: &[&str]| kind == Kind::Name && words.iter().any(|word| text.eq_ignore_ascii_case(word));
                let begins = *start.get_or_insert(at.start);
                word = match word {
                    Word::First if is(&["public", "private", "friend", "static", "global"]) => Word::First,
                    Word::First if is(&["sub", "function"]) => Word::Name,
                    Word::First if is(&["property"]) => Word::Property,
                    Word::First if is(&["end"]) => Word::End,
                    Word::First if kind == Kind::Number => Word::First,
                    Word::Property if is(&["get", "let", "set"]) => Word::Name,
                    Word::Name if kind == Kind::Name => {
                        list.close(&mut open, begins);
                        if full.is_none() && budget.hold((size_of::<Found>() as u64).saturating_mul(2)).is_err() {
                            full = Some(begins);
                        }
                        if full.is_none() {
                            list.weigh(text, module, starts);
                            let place = u32::try_from(index).unwrap_or(u32::MAX);
                            open = Some(Found { name: hash(text), module: place, start: begins, end: begins });
                        }
                        Word::Other
                    }
                    Word::End if is(&["sub", "function", "property"]) => {
                        list.close(&mut open, at.end);
                        Word::Other
                    }
                    _ => Word::Other,
                };
            });
            list.close(&mut open, u32::try_from(module.source.len()).unwrap_or(u32::MAX));
            list.unlisted.extend(full.map(|at| (index, at)));
            if budget.steps(module.source.len() as u64 / 4).is_err() {
                break;
            }
        }
        list
    }

    fn close(&mut self, open: &mut Option<Found>, end: u32) {
        self.found.extend(open.take().map(|found| Found { end, ..found }));
    }

    /// Notes whether the next procedure starts by itself.
    fn weigh(&mut self, name: &str, module: &Module, starts: &HashSet<String>) {
        let next = u32::try_from(self.found.len()).unwrap_or(u32::MAX);
        match triggers::start(name, &module.name, module.kind) {
            Some(Start::Automatic) => self.automatic.push(next),
            None if starts.contains(&name.to_lowercase()) => self.automatic.push(next),
            Some(_) => self.other.push(next),
            None if module.kind != ModuleKind::Standard && name.contains('_') => self.other.push(next),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn kept(source: &str, memory: u64) -> String {
        let module = |kind, source: &str| Module {
            name: "ThisDocument".into(),
            path: String::new(),
            kind,
            source: source.to_owned(),
        };
        let budget = Budget::new(Limits { memory, ..Limits::default() }, |_| ());
        let without = left_out(&[module(ModuleKind::Document, source)], &HashSet::default(), &budget);
        let mut kept = source.to_owned();
        for part in without.concat().iter().rev() {
            kept.replace_range(part.start as usize..part.end as usize, "");
        }
        kept
    }

    #[test]
    fn what_office_calls_is_kept_first() {
        let junk = "Sub Junk()\nx = 1\nEnd Sub\n";
        let wanted =
            "Private Sub Document_Open(): Application.Run \"a.B\": End Sub\nFunction B()\nShell \"x\"\nEnd Function\n";
        let source = format!("Dim g\n{}{wanted}{}", junk.repeat(50), junk.repeat(50));
        let kept = kept(&source, 6000);
        assert!(kept.starts_with("Dim g\n") && kept.contains("Document_Open") && kept.contains("Function B()\nShell"));
        assert!(kept.len() < source.len() / 2);
    }

    #[test]
    fn room_that_is_left_goes_to_the_rest() {
        let source = "Sub A()\nEnd Sub\nSub B()\nEnd Sub\n";
        assert_eq!(kept(source, 1 << 20), source);
    }
}
