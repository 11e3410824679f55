//! JScript: what scripts of Windows, of pages and of style sheets would do.
//!
//! A script is read with the grammar of the language (\[ECMA-262\] 3rd edition) and run over what is known, as far as an
//! allowance of steps goes. Objects of Windows say what they are told to do. Nothing of the machine is touched.

mod expressions;
mod host;
mod lexer;
mod library;
mod machine;
mod statements;
mod syntax;
mod value;

use self::machine::Machine;
use self::value::Value;
use super::commands::{Files, Step};
use crate::budget::Budget;
use crate::error::Result;

/// Steps of one run, and what is read of a script, in bytes.
const FUEL: u64 = 1_500_000;
const LONGEST: usize = 1 << 18;

/// What a run showed.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) steps: Vec<Step>,
    /// What was written into files.
    pub(crate) files: Files,
    /// What the last expression is, if that is known.
    pub(crate) value: Option<Known>,
    /// Not everything was run, or is known.
    pub(crate) cut: bool,
    /// An allowance ended before the script did.
    pub(crate) exhausted: bool,
    /// Steps it took.
    pub(crate) spent: u64,
}

/// A value for another language.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Known {
    Text(String),
    Number(f64),
    Bool(bool),
}

/// Runs a script, encoded or not; `None` where it is none, or longer than is read.
pub(crate) fn run(script: &str, budget: &Budget) -> Result<Option<Outcome>> {
    let length = script.len().min(LONGEST);
    budget.steps(length as u64)?;
    if script.len() > LONGEST {
        return Ok(None);
    }
    let fuel = FUEL.min(budget.limits().evaluation);
    let mut machine = Machine::new(fuel);
    let found = machine.run(script);
    let spent = fuel.saturating_sub(machine.fuel);
    budget.steps(spent >> 2)?;
    let Some(value) = found else { return Ok(None) };
    let value = match value {
        Value::Text(units) => Some(Known::Text(String::from_utf16_lossy(&units))),
        Value::Number(n) => Some(Known::Number(n)),
        Value::Bool(value) => Some(Known::Bool(value)),
        _ => None,
    };
    let value = value.filter(|value| !matches!(value, Known::Text(text) if text.contains('…')));
    let Machine { steps, files, cut, exhausted, .. } = machine;
    Ok(Some(Outcome { steps, files, value, cut, exhausted, spent }))
}

/// A script inside a page or another kind of markup.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) text: String,
    /// VBScript.
    pub(crate) is_basic: bool,
}

/// Scripts of one page that are told apart, and letters of the name of a tag.
const SCRIPTS: usize = 64;
const LONGEST_NAME: usize = 40;

/// What stands between the tags of scripts (`<script>`, `<msxsl:script>`), in their order.
pub(crate) fn scripts(page: &str) -> Vec<Script> {
    let lower = page.to_ascii_lowercase();
    let (mut list, mut at, mut is_full) = (Vec::new(), 0_usize, false);
    while let Some(open) = lower.get(at..).and_then(|rest| rest.find('<')).map(|open| at.saturating_add(open)) {
        at = open.saturating_add(1);
        let Some(rest) = lower.get(at..) else { break };
        let ends = |(_, c): &(usize, char)| c.is_whitespace() || matches!(c, '>' | '/');
        let Some((end, _)) = rest.char_indices().take(LONGEST_NAME).find(ends) else { continue };
        let name = rest.get(..end).unwrap_or_default();
        if name.rsplit(':').next() != Some("script") || name.is_empty() {
            continue;
        }
        let Some(inside) = rest.find('>').map(|end| at.saturating_add(end).saturating_add(1)) else { break };
        let tag = lower.get(at..inside).unwrap_or_default();
        let body = lower.get(inside..).unwrap_or_default();
        // A tag that ends itself has nothing inside.
        let end = if tag.ends_with("/>") { 0 } else { body.find(&format!("</{name}")).unwrap_or(body.len()) };
        let text = page.get(inside..inside.saturating_add(end)).unwrap_or_default();
        let text = text.trim().strip_prefix("<![CDATA[").map_or(text, |text| text.trim_end().trim_end_matches("]]>"));
        let is_basic = tag.contains("vbs");
        let last = list.iter_mut().rev().take(SCRIPTS).find(|script: &&mut Script| script.is_basic == is_basic);
        match last.filter(|_| is_full) {
            _ if text.trim().is_empty() => {}
            // Further ones go on where the last of their language ends.
            Some(last) => last.text.extend(["\n", text]),
            None => list.push(Script { text: text.to_owned(), is_basic }),
        }
        is_full |= list.len() >= SCRIPTS;
        at = inside.saturating_add(end);
    }
    list
}

#[cfg(test)]
mod tests;
