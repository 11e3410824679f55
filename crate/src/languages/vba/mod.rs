//! VBA: what the macros of a project would do, and what of it starts by itself.
//!
//! [`analyse`] reads every module with the language's own lexical grammar, finds the procedures, who calls whom, which
//! of them Office calls (*triggers*), and what they would do at which call site (*actions*). Nothing is judged here:
//! a detection weighs. Nothing is run either: an argument is known when constants, literals and string functions say
//! what it is, and otherwise it is a gap, and a gap where it matters is itself an action (`hidden`).
//!
//! The language is [MS-VBAL].

mod actions;
mod chain;
mod flow;
mod functions;
mod instances;
mod lexer;
mod members;
mod objects;
mod outline;
mod reach;
mod sites;
mod triggers;
mod values;

use crate::budget::Budget;
use crate::error::Result;

/// What a module is; decides which of its procedures Office calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ModuleKind {
    Standard,
    /// A document, workbook or sheet.
    Document,
    Class,
    Form,
}

/// The source of one module.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) name: String,
    /// Where it stood, for evidence.
    pub(crate) path: String,
    pub(crate) kind: ModuleKind,
    pub(crate) source: String,
}

/// A place in the source of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Path of the module.
    pub(crate) path: String,
    /// From 1, attribute lines included.
    pub(crate) line: u32,
    /// The line itself.
    pub(crate) excerpt: String,
}

/// A procedure that Office calls.
#[derive(Debug)]
pub(crate) struct Trigger {
    pub(crate) name: String,
    /// Whether opening, showing or closing is enough; otherwise a person has to do something.
    pub(crate) automatic: bool,
    pub(crate) place: Place,
}

/// What code would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ActionKind {
    Delete,
    Send,
    Load,
    /// A procedure or object whose name is made at run time.
    Indirect,
    Write,
    /// Fetches into memory.
    Fetch,
    /// Starts a program that only shows something.
    View,
    Hidden,
    /// Writes code into a project.
    Generate,
    Weaken,
    Persist,
    /// Fetches into a file.
    Download,
    Inject,
    Run,
}

impl ActionKind {
    /// The word of the report.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Send => "send",
            Self::Load => "load",
            Self::Indirect | Self::Hidden | Self::Generate => "hidden",
            Self::Write => "write",
            Self::Fetch | Self::Download => "download",
            Self::View | Self::Run => "run",
            Self::Weaken => "weaken",
            Self::Persist => "persist",
            Self::Inject => "inject",
        }
    }
}

/// One call site that does something.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) kind: ActionKind,
    /// The command, address or name as far as it is known; `…` stands for what is not.
    pub(crate) detail: String,
    pub(crate) place: Place,
    /// Index of an automatic trigger from which the call site can be reached.
    pub(crate) reached_by: Option<usize>,
}

/// What a project does.
#[derive(Debug, Default)]
pub(crate) struct Behaviour {
    /// The first line of every module that has procedures; of any module where none has.
    pub(crate) modules: Vec<Place>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) actions: Vec<Action>,
}

/// Reads a project. A limit ends the reading; what was seen before it stays, and the limit comes back beside it.
pub(crate) fn analyse(modules: &[Module], budget: &Budget) -> (Behaviour, Result<()>) {
    let (outline, read) = outline::Outline::read(modules, budget);
    let mut behaviour = Behaviour { modules: places(&outline), ..Behaviour::default() };
    let walked = actions::walk(&outline, budget, &mut behaviour);
    (behaviour, read.and(walked))
}

fn places(outline: &outline::Outline<'_>) -> Vec<Place> {
    let place = |unit: &outline::Unit<'_>, at: usize| Place {
        path: unit.path.to_owned(),
        line: unit.code.line(at),
        excerpt: unit.code.line_text(at).to_owned(),
    };
    let mut seen = std::collections::BTreeSet::new();
    let mut places: Vec<Place> = Vec::new();
    for procedure in &outline.procedures {
        if let Some(unit) = outline.units.get(procedure.module).filter(|_| seen.insert(procedure.module)) {
            places.push(place(unit, procedure.at));
        }
    }
    if places.is_empty() {
        places.extend(outline.units.iter().map(|unit| place(unit, 0)));
    }
    places
}

#[cfg(test)]
mod tests;
