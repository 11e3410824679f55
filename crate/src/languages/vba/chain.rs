//! Member chains: `a.b(1).c x, y` ([MS-VBAL] 5.6.12 and 5.4.2.1).

use std::ops::Range;

use super::lexer::{Code, Kind};
use super::names::Symbol;

/// One name of a chain.
#[derive(Debug)]
pub(super) struct Link<'c> {
    pub(super) symbol: Symbol,
    /// Lower case.
    pub(super) name: &'c str,
    pub(super) at: usize,
    /// What it is called with, without the parentheses.
    pub(super) arguments: Option<Range<usize>>,
    /// What follows in parentheses of its own: `Split(x)(1)`.
    pub(super) index: Option<Range<usize>>,
}

/// Names joined by `.` or `!`.
#[derive(Debug)]
pub(super) struct Chain<'c> {
    pub(super) links: Vec<Link<'c>>,
    /// First token behind it.
    pub(super) end: usize,
    /// Starts with a dot: a member of what the enclosing `With` names.
    pub(super) of_with: bool,
}

impl<'c> Chain<'c> {
    /// Whether a chain starts at this name: nothing joins it to what stands before.
    pub(super) fn starts_at(code: &Code<'_>, at: usize, statement: &Range<usize>) -> bool {
        if code.kind(at) != Kind::Name {
            return false;
        }
        let Some(before) = at.checked_sub(1).filter(|before| *before >= statement.start) else { return true };
        if !is_joint(code, before) {
            return true;
        }
        // A leading dot: nothing it could belong to stands before it.
        let Some(owner) = before.checked_sub(1).filter(|owner| *owner >= statement.start) else { return true };
        !(code.is_joined(before) && (code.is_mark(owner, ")") || code.kind(owner) == Kind::Name))
    }

    /// Whether the name at `at` is a chain by itself, and nothing is called or set by it.
    pub(super) fn is_name_alone(code: &Code<'_>, at: usize) -> bool {
        let joined = at.checked_sub(1).is_some_and(|before| is_joint(code, before));
        !joined && !code.is_any_mark(at.saturating_add(1), b"(.!=")
    }

    /// Reads the chain whose first name is at `at`.
    pub(super) fn read(code: &'c Code<'_>, at: usize, end: usize) -> Self {
        Self::read_into(Vec::with_capacity(1), code, at, end)
    }

    /// As [`Chain::read`], with the memory of links that are no longer needed.
    pub(super) fn read_into(mut links: Vec<Link<'c>>, code: &'c Code<'_>, at: usize, end: usize) -> Self {
        links.clear();
        let of_with = at.checked_sub(1).is_some_and(|before| is_joint(code, before));
        let mut chain = Self { links, end: at, of_with };
        let mut at = at;
        loop {
            let mut link = Link { symbol: code.symbol(at), name: code.name(at), at, arguments: None, index: None };
            let mut next = at.saturating_add(1);
            // A list without its end is no list: VBA refuses the line.
            while let Some(close) = code.pair(next).filter(|close| next < *close && *close < end) {
                let list = if link.arguments.is_none() { &mut link.arguments } else { &mut link.index };
                if list.is_none() {
                    *list = Some(next.saturating_add(1)..close);
                }
                next = close.saturating_add(1);
            }
            chain.links.push(link);
            chain.end = next.min(end);
            let name = next.saturating_add(1);
            if name >= end || !is_joint(code, next) || !code.is_joined(next) || code.kind(name) != Kind::Name {
                return chain;
            }
            at = name;
        }
    }

    /// Gives a chain that is a statement of its own (`x.Run a, b`) the arguments that follow it without parentheses.
    pub(super) fn take_statement_arguments(&mut self, code: &Code<'_>, statement: &Range<usize>) {
        if self.end >= statement.end {
            return;
        }
        let Some(last) = self.links.last_mut() else { return };
        let follows = self.end;
        // `x.Run (a), b` and `x.Run (a) & b`: the parentheses belong to the first argument.
        let from = match &last.arguments {
            Some(_) if code.is_mark(follows, ",") || code.is_mark(follows, "&") || code.is_mark(follows, "+") => {
                last.at.saturating_add(1)
            }
            None if code.kind(follows) != Kind::Mark
                || ["-", "(", ".", "!", "#"].iter().any(|m| code.is_mark(follows, m)) =>
            {
                follows
            }
            _ => return,
        };
        last.arguments = Some(from..statement.end);
    }
}

/// Arguments of one list that are looked at.
const MOST: usize = 1 << 14;

/// The arguments of a list: split at the commas outside parentheses.
pub(super) fn arguments(code: &Code<'_>, range: &Range<usize>) -> Vec<Range<usize>> {
    let mut arguments = Vec::new();
    let mut start = range.start;
    let mut at = range.start;
    while at < range.end && arguments.len() < MOST {
        if code.is_mark(at, "(") {
            at = code.pair(at).unwrap_or(at).max(at);
        } else if code.is_mark(at, ",") {
            arguments.push(start..at);
            start = at.saturating_add(1);
        }
        at = at.saturating_add(1);
    }
    if start < range.end || !arguments.is_empty() {
        arguments.push(start..range.end);
    }
    arguments
}

fn is_joint(code: &Code<'_>, at: usize) -> bool {
    code.is_any_mark(at, b".!")
}
