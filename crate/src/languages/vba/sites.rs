//! Call sites: what the parameters of a procedure are given.

use std::ops::Range;

use super::ModuleKind;
use super::chain::{Chain, arguments};
use super::lexer::Kind;
use super::names::Symbol;
use super::outline::{Outline, PROCEDURE};
use crate::budget::Budget;
use crate::hashed::{HashMap, HashSet};

/// One call.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) module: usize,
    /// The procedure that calls.
    pub(super) procedure: usize,
    /// Token of the name called.
    pub(super) at: usize,
    arguments: Vec<Range<usize>>,
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Direct,
    Of(usize),
    /// Of an object nobody knows.
    Member,
}

/// All calls of a project by the name of what is called.
#[derive(Debug, Default)]
pub(super) struct Sites {
    by_name: HashMap<Symbol, Vec<Site>>,
    /// Names that also stand in a text, where `Application.Run` could find them.
    in_texts: HashSet<Symbol>,
    /// Something is called by a name made at run time.
    indirect: bool,
    /// A member of some object is (`CallByName`): never a procedure of a standard module.
    indirect_member: bool,
}

/// What calls by a name in a text.
const BY_TEXT: [&str; 3] = ["run", "ontime", "callbyname"];

/// Calls of one name that are looked at.
const MOST: usize = 64;

impl Sites {
    pub(super) fn read(outline: &Outline<'_>, budget: &Budget) -> Self {
        let mut sites = Self::default();
        let by_text = BY_TEXT.map(|name| outline.find(name).unwrap_or(Symbol::EMPTY));
        for procedure in 0..outline.procedures.len() {
            let module = outline.procedures.get(procedure).map_or(0, |procedure| procedure.module);
            for statement in outline.body(procedure) {
                let statement = &statement.range();
                if budget.steps(statement.end.saturating_sub(statement.start) as u64).is_err() {
                    sites.indirect = true;
                    return sites;
                }
                let Some(code) = outline.units.get(module).map(|unit| &unit.code) else { continue };
                let mut calls = false;
                for at in statement.clone() {
                    if let Some(text) = code.literal(at) {
                        sites.in_texts.extend(outline.named_in(&text));
                    }
                    let name = code.symbol(at);
                    calls |= outline.is(name, PROCEDURE) || name != Symbol::EMPTY && by_text.contains(&name);
                }
                if calls {
                    sites.statement(outline, module, procedure, statement);
                }
            }
        }
        sites
    }

    fn statement(&mut self, outline: &Outline<'_>, module: usize, procedure: usize, statement: &Range<usize>) {
        let Some(code) = outline.units.get(module).map(|unit| &unit.code) else { return };
        let start = statement.start;
        for at in statement.clone() {
            if !Chain::starts_at(code, at, statement) {
                continue;
            }
            let mut chain = Chain::read(code, at, statement.end);
            let head = at.saturating_sub(usize::from(chain.of_with));
            if head == start || head == start.saturating_add(1) && code.is(start, "call") {
                chain.take_statement_arguments(code, statement);
            }
            for (i, link) in chain.links.iter().enumerate() {
                let by_text = BY_TEXT.contains(&link.name);
                let is_named = outline.is(link.symbol, PROCEDURE);
                if !by_text && !is_named {
                    continue;
                }
                let list = link.arguments.as_ref().map(|range| arguments(code, range)).unwrap_or_default();
                let named = match link.name {
                    "run" => list.first(),
                    "ontime" | "callbyname" => list.get(1),
                    _ => None,
                };
                let is_text = |range: &Range<usize>| {
                    range.start.saturating_add(1) == range.end && code.kind(range.start) == Kind::Text
                };
                let is_made = named.is_some_and(|range| !is_text(range));
                match link.name {
                    "callbyname" => self.indirect_member |= is_made,
                    _ => self.indirect |= is_made,
                }
                let returned = link.arguments.is_none() && code.is_mark(link.at.saturating_add(1), "=");
                if returned || !is_named {
                    continue;
                }
                let qualifier = i.checked_sub(1).and_then(|i| chain.links.get(i));
                let way = match qualifier.map(|link| (link.name, outline.module(link.symbol))) {
                    None if !chain.of_with => Way::Direct,
                    Some((_, Some(module))) => Way::Of(module),
                    Some(("me", None)) => Way::Of(module),
                    _ => Way::Member,
                };
                let site = Site { module, procedure, at: link.at, arguments: list, way };
                let sites = self.by_name.entry(link.symbol).or_default();
                if sites.len() <= MOST {
                    sites.push(site);
                }
            }
        }
    }

    /// The calls that can mean this procedure; `None` where not all of them can be told.
    pub(super) fn of(&self, outline: &Outline<'_>, procedure: usize) -> Option<Vec<&Site>> {
        let called = outline.procedures.get(procedure)?;
        let name = called.symbol;
        let named = self.by_name.get(&name).map(Vec::as_slice).unwrap_or_default();
        let kind = outline.units.get(called.module).map(|unit| unit.kind);
        let hidden = self.indirect || self.indirect_member && kind != Some(ModuleKind::Standard);
        if hidden || self.in_texts.contains(&name) || named.len() > MOST {
            return None;
        }
        let namesakes = outline.named(name);
        let own = |module: usize| {
            namesakes
                .iter()
                .take(MOST)
                .any(|id| outline.procedures.get(*id).is_some_and(|found| found.module == module))
        };
        let means = |site: &&Site| match site.way {
            Way::Of(module) => module == called.module,
            Way::Direct => site.module == called.module || kind == Some(ModuleKind::Standard) && !own(site.module),
            Way::Member => kind != Some(ModuleKind::Standard),
        };
        Some(named.iter().filter(means).collect()).filter(|sites: &Vec<_>| !sites.is_empty())
    }
}

impl Site {
    /// What the call gives a parameter: by name, or by its place.
    pub(super) fn argument(&self, outline: &Outline<'_>, parameter: Symbol, index: usize) -> Option<Range<usize>> {
        let code = &outline.units.get(self.module)?.code;
        let is_named = |range: &&Range<usize>| code.is_mark(range.start.saturating_add(1), ":=");
        let by_name = self.arguments.iter().filter(is_named).find(|range| code.symbol(range.start) == parameter);
        by_name
            .map(|range| range.start.saturating_add(2)..range.end)
            .or_else(|| self.arguments.get(index).filter(|range| !is_named(range)).cloned())
    }
}
