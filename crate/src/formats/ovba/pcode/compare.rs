//! Stomping: whether the source of a module says the same as its p-code.
//!
//! Both are reduced to what survives any spelling: the names and the string literals of their code, counted, without
//! case, type suffixes, brackets, comments, attributes and the words of the language. One odd token is no alarm: what
//! the compiler itself adds, and what a line with an error keeps, differ in honest files too.

use std::cell::LazyCell;

use super::cache::Cache;
use super::names::Names;
use super::operations::Effect;
use super::records::Records;
use crate::budget::Budget;
use crate::error::Result;
use crate::hashed::{HashMap, HashSet};
use crate::languages::vba::Words;
use crate::order;

/// What the p-code of a module consists of.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) words: Words,
    /// Lines that do something: neither empty nor comments nor options.
    pub(crate) lines: usize,
    /// Whether the names could.
    names_known: bool,
    /// Lines that make no sense from somewhere on.
    pub(crate) failures: usize,
}

/// How source and p-code differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// There is no code in the source.
    Removed,
    /// Other code stands in the source.
    Replaced,
    /// The source lacks strings that the p-code has.
    Changed,
}

impl Difference {
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Removed => "macro text removed",
            Self::Replaced => "macro text replaced",
            Self::Changed => "macro text changed",
        }
    }
}

impl Contents {
    /// Reads every line of a cache.
    pub(crate) fn read(
        cache: &Cache<'_>,
        names: &Names,
        decode: impl Fn(&[u8]) -> String,
        budget: &Budget,
    ) -> Result<Self> {
        let records = Records::new(cache, names);
        let mut contents = Self { names_known: names.complete, ..Self::default() };
        let mut numbers: HashMap<u16, u32> = HashMap::default();
        let mut count = |number: u16| {
            let slot = numbers.entry(number).or_default();
            *slot = slot.saturating_add(1);
        };
        for line in &cache.lines {
            budget.steps((line.1 as u64 >> 2).saturating_add(1))?;
            let mut does = false;
            let mut operations = cache.line(*line);
            for operation in operations.by_ref() {
                does |= !matches!(
                    operation.effect,
                    Effect::Ignore | Effect::Statement | Effect::Comment(_) | Effect::Option | Effect::DefType
                );
                match operation.effect {
                    Effect::Text => contents.words.add_text(decode(operation.bytes)),
                    // Options of the statement, not names.
                    Effect::OnError | Effect::Resume if operation.flags != 0 => {}
                    Effect::LineNumber => {}
                    // A line the compiler could not read stands there as it was typed.
                    Effect::Source => contents.words.add_source(&decode(operation.bytes), budget)?,
                    Effect::Procedure | Effect::Event => {
                        let Some(procedure) = records.procedure(&operation) else { continue };
                        budget.steps((procedure.parameters.len() as u64).saturating_mul(4))?;
                        count(procedure.name);
                        procedure.parameters.iter().filter_map(|at| records.parameter_name(*at)).for_each(&mut count);
                        if let Some((library, alias)) =
                            procedure.import.filter(|(library, _)| !library.is_empty() && !cache.compiler.wide)
                        {
                            // In 64-bit caches the place of the alias is not certain enough for an alarm.
                            contents.words.imports.push((library, alias));
                        }
                    }
                    Effect::Variable | Effect::TypeBlock => {
                        records.variable_name(operation.record).into_iter().for_each(&mut count);
                    }
                    _ if operation.has_name => count(operation.name),
                    _ => {}
                }
            }
            contents.lines = contents.lines.saturating_add(usize::from(does));
            contents.failures = contents.failures.saturating_add(usize::from(operations.failed));
        }
        // The words of the language come first.
        for (number, times) in numbers.into_iter().filter(|(number, _)| number >> 1 >= 0x100) {
            if let Some(name) = names.get(number, cache.compiler) {
                contents.words.add_name(plain(name), times);
            }
        }
        Ok(contents)
    }

    /// Compares with the source of the same module.
    pub(crate) fn compare(&self, source: &Words) -> Option<Stomped> {
        let (mut missing, mut all, mut absent) = (0_u32, 0_u32, 0_u32);
        let mut texts = Vec::new();
        let mut names = Vec::new();
        for (word, times) in self.words.names().filter(|_| self.names_known) {
            let found = source.times_of_name(word);
            all = all.saturating_add(times);
            missing = missing.saturating_add(times.saturating_sub(found));
            if found == 0 {
                absent = absent.saturating_add(1);
                names.push(word.to_owned());
            }
        }
        let known: LazyCell<HashSet<String>, _> =
            LazyCell::new(|| source.texts.keys().map(|text| letters(text)).collect());
        for (text, times) in &self.words.texts {
            all = all.saturating_add(*times);
            if source.texts.contains_key(text) {
                continue;
            }
            let told = letters(text);
            if told.chars().count() >= TOLD && !known.contains(&told) {
                missing = missing.saturating_add(*times);
                texts.push(text.clone());
            }
        }
        for (library, function) in &self.words.imports {
            if source.times(&function.to_lowercase()) == 0 && !known.contains(&letters(function)) {
                texts.push(format!("{library}!{function}"));
            }
        }
        let share = f64::from(missing) / f64::from(all.max(1));
        let difference = if source.lines == 0 && self.lines > 0 && (all > 0 || !self.names_known) {
            Difference::Removed
        } else if (absent >= 2 && share >= 0.5) || (absent >= 3 && share >= 0.2) {
            Difference::Replaced
        } else if !texts.is_empty() {
            Difference::Changed
        } else {
            return None;
        };
        // Longer texts tell more; the order must not depend on hashing.
        order::sort_by(&mut texts, |a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        order::sort(&mut names);
        texts.truncate(SHOWN);
        names.truncate(SHOWN);
        Some(Stomped { difference, missing, texts, names, names_known: self.names_known })
    }
}

/// What stomping took out of the source.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stomped {
    pub(crate) difference: Difference,
    /// How many words of the p-code the source lacks.
    pub(crate) missing: u32,
    /// Some of the string literals and imports among them.
    pub(crate) texts: Vec<String>,
    /// Some of the names.
    pub(crate) names: Vec<String>,
    /// Whether the p-code's names could be told.
    pub(crate) names_known: bool,
}

/// A literal shorter than this says nothing by itself.
const TOLD: usize = 3;

/// Missing words that are shown of each kind.
const SHOWN: usize = 6;

/// What survives any code page and any quotes of a literal.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The compiler stores functions that exist with and without `$` under names of its own: `_B_var_Left`.
fn plain(name: &str) -> &str {
    ["_B_var_", "_B_str_"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}
