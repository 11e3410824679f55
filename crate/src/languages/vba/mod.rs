//! VBA: what the macros of a project would do, and what of it starts by itself.
//!
//! [`analyse`] reads every module with the language's own lexical grammar, finds the procedures, who calls whom, which
//! of them Office calls (*triggers*), and what they would do at which call site (*actions*). Nothing is judged here:
//! a detection weighs.
//!
//! It is read twice. The first reading (`actions.rs`) follows every call whatever is asked before it (but for a text that
//! every caller gives, `guards.rs`), so no call site that a trigger reaches is missed; an argument is known there when constants, literals and string functions say what
//! it is, and otherwise it is a gap, and a gap where it matters is itself an action (`hidden`). Then the procedures that
//! Office calls are run over known values (`eval`), which fills the gaps (`executed.rs`).
//!
//! The language is [MS-VBAL].

mod actions;
mod chain;
mod eval;
mod executed;
mod flow;
mod functions;
mod guards;
mod instances;
mod keys;
mod lexer;
mod members;
mod names;
mod objects;
mod outline;
mod reach;
mod sites;
mod skim;
mod triggers;
mod values;
mod words;

pub(crate) use self::objects::{is_data_file, is_passing};

/// Objects of Windows by their name, as other languages make them too.
pub(in crate::languages) mod automation {
    pub(in crate::languages) use super::objects::{is_data_file, is_harmless_moniker, of_name};
}
pub(crate) use self::lexer::Read;
pub(crate) use self::words::Words;

use std::cell::RefCell;

use super::surroundings::{Control, Surroundings};
use super::{Behaviour, Place};
use crate::budget::Budget;
use crate::error::Result;
use crate::listings::{Listings, Marks};

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

/// A project as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct Project {
    pub(crate) modules: Vec<Module>,
    /// The controls of its forms.
    pub(crate) controls: Vec<Control>,
    /// Procedures that the document itself starts.
    pub(crate) starts: Vec<String>,
    /// What of the modules was read before.
    pub(crate) read: RefCell<Read>,
    /// VBScript by itself.
    pub(crate) is_script: bool,
}

impl Project {
    /// Keeps the source of its modules for the report.
    pub(crate) fn list(&self, to: &mut Listings, artifact: u32, marks: &Marks<'_>) {
        let modules = self.modules.iter().map(|module| (module.path.as_str(), module.source.as_str()));
        to.take_modules(artifact, marks, modules);
    }
}

/// Reads a project that stands in `around`. A limit ends the reading; what was seen before it stays, and the limit comes
/// back beside it.
pub(crate) fn analyse(project: &Project, around: &Surroundings, budget: &Budget) -> (Behaviour, Result<()>) {
    let _held = budget.scope();
    let starts = project.starts.iter().chain(&around.starts).map(|name| name.to_lowercase()).collect();
    let (mut outline, read) = outline::Outline::read(&project.modules, project.read.take(), starts, budget);
    // Its module may have another name; paragraphs without sheets are Word's.
    outline.is_word = outline.has_document() || around.sheets.is_empty() && !around.paragraphs.is_empty();
    outline.in_cells = around.called.iter().cloned().collect();
    outline.is_script = project.is_script;
    let mut behaviour = Behaviour { modules: places(&outline), ..Behaviour::default() };
    if project.modules.iter().any(|module| module.source.contains("://")) {
        behaviour.addresses = addresses(&outline, budget);
    }
    let (result, walked) = actions::walk(&outline, budget, &mut behaviour);
    let executed = executed::run(&outline, around, &project.controls, budget, &walked, &mut behaviour);
    (behaviour, read.and(result).and(executed))
}

/// Reads a script of VBScript, which starts with its first line.
pub(crate) fn analyse_script(script: &str, budget: &Budget) -> (Behaviour, Result<()>) {
    let (modules, start) = eval::modules_of(script);
    let project = Project { modules, starts: vec![start.into()], is_script: true, ..Project::default() };
    analyse(&project, &Surroundings::default(), budget)
}

/// Addresses that are kept.
const ADDRESSES: usize = 32;

/// Addresses of the web in the texts of the code. Names of XML only look like some.
fn addresses(outline: &outline::Outline<'_>, budget: &Budget) -> Vec<Place> {
    let mut found: Vec<Place> = Vec::new();
    for unit in &outline.units {
        let code = &unit.code;
        for at in (0..code.len()).filter(|at| code.kind(*at) == lexer::Kind::Text) {
            let text = code.text(at);
            if budget.steps(text.len() as u64 / 16).is_err() {
                return found;
            }
            for piece in text.split(['"', '\'', '<', '>', ' ', '|', '\\']).filter(|piece| piece.contains("://")) {
                if found.len() >= ADDRESSES {
                    return found;
                }
                let start = ["http", "ftp"].iter().filter_map(|scheme| piece.to_ascii_lowercase().find(scheme)).min();
                let address = start.and_then(|start| piece.get(start..)).unwrap_or_default();
                let (scheme, rest) = address.split_once("://").unwrap_or_default();
                let is_name = rest.starts_with("schemas.") || rest.starts_with("www.w3.org/");
                if scheme.len() < 6 && rest.len() > 3 && !is_name && !found.iter().any(|place| place.excerpt == address)
                {
                    let (path, line) = (unit.path.to_owned(), code.line(at));
                    found.push(Place { path, line, excerpt: address.to_owned() });
                }
            }
        }
    }
    found
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
#[cfg(test)]
mod tests_deep;
#[cfg(test)]
mod tests_eval;
#[cfg(test)]
mod tests_scripts;
#[cfg(test)]
mod tests_texts;
