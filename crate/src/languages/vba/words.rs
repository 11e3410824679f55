//! The names and string literals of code, counted: what is compared where the same code exists twice.

use std::rc::Rc;

use super::lexer::{Code, Kind, Read, is_name_part};
use super::names::{Names, Symbol};
use crate::budget::Budget;
use crate::error::Result;
use crate::hashed::{HashMap, HashSet};

/// Names and literals, without case, and how often each occurs.
#[derive(Debug, Default)]
pub(crate) struct Words {
    names: Rc<Names>,
    /// By number of the name.
    times: Vec<u32>,
    pub(crate) texts: HashMap<String, u32>,
    /// Library and function of every import.
    pub(crate) imports: Vec<(String, String)>,
    /// Lines of code: neither attributes nor options.
    pub(crate) lines: usize,
    /// Words that no name of this code page can be, as they stand in the source.
    foreign: HashSet<String>,
}

impl Words {
    pub(crate) fn add_name(&mut self, name: &str, times: u32) {
        let symbol = Rc::make_mut(&mut self.names).symbol(name);
        self.count(symbol, times);
    }

    fn count(&mut self, symbol: Symbol, times: u32) {
        if self.times.len() <= symbol.index() {
            self.times.resize(self.names.len(), 0);
        }
        if let Some(slot) = self.times.get_mut(symbol.index()) {
            *slot = slot.saturating_add(times);
        }
    }

    /// How often a name, in lower case, occurs.
    pub(crate) fn times(&self, name: &str) -> u32 {
        let index = self.names.find(name).map(Symbol::index);
        index.and_then(|index| self.times.get(index)).copied().unwrap_or(0)
    }

    /// How often a name, in lower case, occurs. One that was written under another code page than the project says falls
    /// apart in the source, but not in p-code: it counts as whole where all of it stands in one word.
    pub(crate) fn times_of_name(&self, name: &str) -> u32 {
        match self.times(name) {
            0 if !self.foreign.is_empty() && self.foreign.contains(name) => u32::MAX,
            times => times,
        }
    }

    /// Every name in lower case, and how often it occurs.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, u32)> {
        let times = self.times.iter().copied();
        (0..).map(|number| self.names.get(Symbol::of(number))).zip(times).filter(|(_, times)| *times > 0)
    }

    fn add_foreign(&mut self, source: &str, budget: &Budget) -> Result<()> {
        if source.is_ascii() {
            return Ok(());
        }
        budget.steps(source.len() as u64 >> 2)?;
        let ends = |c: char| c.is_whitespace() || "()[],;:.=+-*/\\^&<>\"'".contains(c);
        for word in source.split(ends).filter(|word| !word.is_ascii() && !word.chars().all(is_name_part)) {
            budget.hold(word.len() as u64)?;
            self.foreign.insert(word.to_lowercase());
        }
        Ok(())
    }

    pub(crate) fn add_text(&mut self, text: String) {
        let slot = self.texts.entry(text).or_default();
        *slot = slot.saturating_add(1);
    }

    /// The words of a module, and its tokens into `read`.
    pub(crate) fn of_module(source: &str, read: &mut Read, budget: &Budget) -> Result<Self> {
        let mut words = Self::default();
        if !read.has_room(source, budget) {
            words.add_source(source, budget)?;
            return Ok(words);
        }
        words.names = std::mem::take(&mut read.names);
        let code = words.read_source(source, budget)?;
        read.names = Rc::clone(&words.names);
        read.take(code);
        Ok(words)
    }

    /// Adds the code of a module or line.
    pub(crate) fn add_source(&mut self, source: &str, budget: &Budget) -> Result<()> {
        let _held = budget.scope();
        self.read_source(source, budget).map(drop)
    }

    fn read_source<'a>(&mut self, source: &'a str, budget: &Budget) -> Result<Code<'a>> {
        self.add_foreign(source, budget)?;
        let (code, result) = Code::read(source, &[], Rc::make_mut(&mut self.names), budget);
        let mut at = 0;
        while at < code.len() {
            let starts_statement = at == 0 || code.kind(at.saturating_sub(1)) == Kind::End;
            if starts_statement && ["attribute", "option"].iter().any(|word| code.is(at, word)) {
                while at < code.len() && code.kind(at) != Kind::End {
                    at = at.saturating_add(1);
                }
                at = at.saturating_add(1);
                continue;
            }
            match code.kind(at) {
                Kind::Name => match code.symbol(at) {
                    // One without its symbol.
                    Symbol::EMPTY => self.add_name(code.text(at), 1),
                    symbol => self.count(symbol, 1),
                },
                Kind::Text => self.add_text(code.string(at).unwrap_or_default()),
                Kind::End if at > 0 && code.kind(at.saturating_sub(1)) != Kind::End => {
                    self.lines = self.lines.saturating_add(1);
                }
                _ => {}
            }
            at = at.saturating_add(1);
        }
        result.map(|()| code)
    }
}
