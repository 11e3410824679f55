//! The names and string literals of code, counted: what is compared where the same code exists twice.

use super::lexer::{Code, Kind};
use crate::budget::Budget;
use crate::error::Result;
use crate::hashed::HashMap;

/// Names and literals, without case, and how often each occurs.
#[derive(Debug, Default)]
pub(crate) struct Words {
    pub(crate) names: HashMap<String, u32>,
    pub(crate) texts: HashMap<String, u32>,
    /// Library and function of every import.
    pub(crate) imports: Vec<(String, String)>,
    /// Lines of code: neither attributes nor options.
    pub(crate) lines: usize,
}

impl Words {
    pub(crate) fn add_name(&mut self, name: &str, times: u32) {
        // Most names occur again and again, in one spelling.
        match self.names.get_mut(name) {
            Some(slot) => *slot = slot.saturating_add(times),
            None => add(&mut self.names, name.to_lowercase(), times),
        }
    }

    pub(crate) fn add_text(&mut self, text: &str) {
        add(&mut self.texts, text.to_owned(), 1);
    }

    /// Adds the code of a module or line.
    pub(crate) fn add_source(&mut self, source: &str, budget: &Budget) -> Result<()> {
        let _held = budget.scope();
        let (code, result) = Code::read(source, &[], budget);
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
                Kind::Name => self.add_name(code.text(at), 1),
                Kind::Text => self.add_text(&code.string(at).unwrap_or_default()),
                Kind::End if at > 0 && code.kind(at.saturating_sub(1)) != Kind::End => {
                    self.lines = self.lines.saturating_add(1);
                }
                _ => {}
            }
            at = at.saturating_add(1);
        }
        result
    }
}

fn add(words: &mut HashMap<String, u32>, word: String, times: u32) {
    let slot = words.entry(word).or_default();
    *slot = slot.saturating_add(times);
}
