//! Every statement of every procedure, read once: what it does, whom it calls.

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use super::chain::{Chain, arguments};
use super::guards::{Guard, Guards};
use super::instances::Instances;
use super::lexer::Code;
use super::objects::{self, Objects};
use super::outline::Outline;
use super::reach::{Target, handlers};
use super::values::{Value, Values};
use crate::budget::Budget;
use crate::error::Result;
use crate::hashed::HashMap;
use crate::languages::{Action, ActionKind, Behaviour, Place, places};
use crate::order;

/// Actions kept of one project; honest libraries write many files.
pub(super) const MOST: usize = 2000;

/// What running the project starts from.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Procedures that Office calls by itself, with the index of their trigger.
    pub(super) starts: Vec<(usize, usize)>,
    /// Module and token of every action.
    pub(super) sites: Vec<(usize, usize)>,
}

/// Walks every procedure and fills `behaviour`.
pub(super) fn walk(outline: &Outline<'_>, budget: &Budget, behaviour: &mut Behaviour) -> (Result<()>, Walked) {
    let mut walker = Walker {
        outline,
        values: Values::new(outline, budget),
        instances: Instances::default(),
        calls: vec![BTreeSet::new(); outline.procedures.len()],
        guards: Guards::default(),
        guard: None,
        guarded: Vec::new(),
        writes: false,
        opens_normal: false,
        lists_addresses: false,
        lowers_security: false,
        indirect: BTreeSet::new(),
        handlers: handlers(outline),
        found: Vec::new(),
        procedure: 0,
        with: Vec::new(),
    };
    let result = walker.read(budget);
    let (starts, triggers) = walker.triggers();
    let reached = walker.reached(&starts, &triggers);
    behaviour.triggers = triggers;
    let weak_imports = walker.imports_inject();
    let mut sites = Vec::new();
    let found = std::mem::take(&mut walker.found);
    let put = order::set(found.iter().filter_map(Found::put));
    // Copying memory tells where what makes it executable can be reached too: not beside a tool that is never called.
    let injects = || found.iter().filter(|found| found.kind == ActionKind::Inject && found.needs == Needs::Nothing);
    let apart = injects().next().is_some() && !injects().any(|found| reached.contains_key(&found.procedure));
    for Found { procedure, at, kind, detail, needs } in found {
        let holds = match needs {
            Needs::Nothing => true,
            Needs::Injection => weak_imports && !(apart && reached.contains_key(&procedure)),
            Needs::Normal => walker.opens_normal,
            Needs::Addresses => walker.lists_addresses,
            Needs::Lowered => walker.lowers_security,
            Needs::Put => put.contains(&detail),
        };
        if !holds {
            continue;
        }
        sites.push((outline.procedures.get(procedure).map_or(0, |found| found.module), at));
        behaviour.actions.push(Action {
            kind,
            detail,
            place: walker.place(procedure, at),
            reached_by: reached.get(&procedure).copied(),
            decoded_from: None,
        });
    }
    (result, Walked { starts, sites })
}

struct Found {
    procedure: usize,
    at: usize,
    kind: ActionKind,
    detail: String,
    needs: Needs,
}

impl Found {
    /// The name of a file that is put somewhere, lower case.
    fn put(&self) -> Option<String> {
        let name = self.detail.trim().rsplit(['\\', '/']).next().unwrap_or_default().to_lowercase();
        let puts = matches!(self.kind, ActionKind::Write | ActionKind::Persist);
        (puts && name.contains('.') && !name.contains('…')).then_some(name)
    }
}

/// What else the project must do for an action to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Nothing,
    /// Functions that make memory executable.
    Injection,
    /// The project of the template of every document.
    Normal,
    /// The addresses of everybody the person knows.
    Addresses,
    /// That macros of documents it opens start without a question.
    Lowered,
    /// The file of this name, put there by itself.
    Put,
}

pub(super) struct Walker<'o, 'a> {
    pub(super) outline: &'o Outline<'a>,
    pub(super) values: Values<'o, 'a>,
    pub(super) instances: Instances,
    pub(super) calls: Vec<BTreeSet<Target>>,
    /// Cases of the current procedure, and that of the current statement.
    guards: Guards,
    pub(super) guard: Option<Rc<Guard>>,
    /// Calls in cases, by the procedure they stand in.
    pub(super) guarded: Vec<(usize, Rc<Guard>, Target)>,
    /// Whether something that stores files has been seen.
    pub(super) writes: bool,
    /// Whether `NormalTemplate.VBProject` has been seen.
    pub(super) opens_normal: bool,
    /// Whether the entries of an address book have been seen, and mail that is made.
    pub(super) lists_addresses: bool,
    /// Whether documents that it opens shall start their macros without a question.
    pub(super) lowers_security: bool,
    /// Procedures that call something by a name made at run time.
    pub(super) indirect: BTreeSet<usize>,
    /// Procedures that run when a module's object comes into being.
    pub(super) handlers: HashMap<usize, Vec<usize>>,
    found: Vec<Found>,
    pub(super) procedure: usize,
    /// Objects of the open `With` blocks.
    pub(super) with: Vec<Objects>,
}

/// Where an expression stands.
#[derive(Clone, Copy)]
pub(super) struct Here<'o, 'a> {
    pub(super) module: usize,
    /// `usize::MAX` outside procedures.
    pub(super) procedure: usize,
    pub(super) code: &'o Code<'a>,
    /// How many calls it was followed through.
    pub(super) depth: u8,
}

impl<'o, 'a> Walker<'o, 'a> {
    fn read(&mut self, budget: &Budget) -> Result<()> {
        // Twice, so that an alias is known wherever it stands.
        for _ in 0..2 {
            for module in 0..self.outline.units.len() {
                self.read_variables(module, budget)?;
            }
        }
        self.marks();
        for procedure in 0..self.outline.procedures.len() {
            self.procedure = procedure;
            self.with.clear();
            self.guards = Guards::read(self.outline, procedure);
            for statement in self.outline.body(procedure) {
                let statement = &statement.range();
                let tokens = statement.end.saturating_sub(statement.start);
                budget.steps(tokens as u64)?;
                self.statement(statement);
            }
        }
        Ok(())
    }

    /// What the project names anywhere that says what it does elsewhere is for.
    fn marks(&mut self) {
        let knows = |name: &str| self.outline.find(name).is_some();
        self.opens_normal = knows("normaltemplate") && knows("vbproject");
        self.lists_addresses =
            (knows("addressentries") || knows("addresslists")) && (knows("createitem") || knows("recipients"));
    }

    pub(super) fn here(&self) -> Option<Here<'o, 'a>> {
        let module = self.outline.procedures.get(self.procedure)?.module;
        let code = &self.outline.units.get(module)?.code;
        Some(Here { module, procedure: self.procedure, code, depth: 0 })
    }

    // ---- statements --------------------------------------------------------------------------------------------------

    fn statement(&mut self, statement: &Range<usize>) {
        let Some(here) = self.here() else { return };
        let code = here.code;
        let start = statement.start;
        let next = start.saturating_add(1);
        self.guard = self.guards.at(start).cloned();
        self.keyword(here, statement);
        for at in statement.clone() {
            if Chain::starts_at(code, at, statement) {
                let mut chain = Chain::read(code, at, statement.end);
                let head = at.saturating_sub(usize::from(chain.of_with));
                if head == start || head == next && code.is(start, "call") {
                    chain.take_statement_arguments(code, statement);
                }
                let made = at.checked_sub(1).is_some_and(|before| code.is(before, "new"));
                self.calls_of(here, &chain, statement, made);
                if head == start {
                    self.control_is_set(here, &chain);
                    self.events_are_raised(here, &chain);
                }
                let is_type = made || at.checked_sub(1).is_some_and(|before| code.is(before, "as"));
                if !is_type {
                    self.actions_of(here, &chain, statement);
                }
            }
        }
        if code.is(start, "with") {
            let objects = self.objects_of(here, &(next..statement.end));
            self.with.push(objects);
        } else if code.is(start, "end") && code.is(next, "with") {
            self.with.pop();
        }
    }

    /// Statements that are keywords ([MS-VBAL] 5.4.5): files are opened, copied, renamed, deleted.
    fn keyword(&mut self, here: Here<'o, 'a>, statement: &Range<usize>) {
        let code = here.code;
        let start = statement.start;
        let next = start.saturating_add(1);
        if next >= statement.end || code.is_mark(next, "=") || code.is_mark(next, ".") {
            return;
        }
        let text = |range: &Range<usize>| self.values.argument(here.module, here.procedure, range).text();
        match code.name(start) {
            "kill" | "rmdir" => {
                let detail = text(&(next..statement.end));
                self.add_delete(start, detail);
            }
            "filecopy" => {
                let detail = arguments(code, &(next..statement.end)).get(1).and_then(text);
                self.add_write(start, detail);
            }
            "open" => {
                let Some(mode) = statement.clone().find(|at| code.is(*at, "for")) else { return };
                let kind = code.name(mode.saturating_add(1));
                if matches!(kind, "output" | "append" | "binary" | "random") {
                    // `Open x For Binary Access Read` only reads.
                    let reads =
                        statement.clone().any(|at| code.is(at, "access") && code.is(at.saturating_add(1), "read"))
                            && !statement.clone().any(|at| code.is(at, "write"));
                    let detail = text(&(next..mode));
                    if !reads {
                        self.add_write(start, detail);
                    }
                }
            }
            "name" => {
                if let Some(mark) = statement.clone().find(|at| code.is(*at, "as")) {
                    let detail = text(&(mark.saturating_add(1)..statement.end));
                    self.add_write(start, detail);
                }
            }
            "set" => self.event_source(here, next, statement),
            _ => {}
        }
    }

    pub(super) fn add(&mut self, at: usize, kind: ActionKind, detail: Option<String>) {
        self.push(self.procedure, at, kind, detail, Needs::Nothing);
    }

    /// A file: in some folders one that is started later.
    pub(super) fn add_write(&mut self, at: usize, path: Option<String>) {
        let later = path.as_deref().is_some_and(places::starts_later);
        if path.as_deref().is_some_and(places::redirects) {
            self.add(at, ActionKind::Weaken, path);
            return;
        }
        // A file of data starts nothing, whoever opens it.
        self.writes |= !path.as_deref().is_some_and(objects::is_data_file);
        self.add(at, if later { ActionKind::Persist } else { ActionKind::Write }, path);
    }

    pub(super) fn add_delete(&mut self, at: usize, path: Option<String>) {
        let destroys = path.as_deref().is_some_and(places::destroys);
        self.add(at, if destroys { ActionKind::Destroy } else { ActionKind::Delete }, path);
    }

    pub(super) fn push(&mut self, procedure: usize, at: usize, kind: ActionKind, detail: Option<String>, needs: Needs) {
        self.writes |= matches!(kind, ActionKind::Download | ActionKind::Fetch);
        if self.found.len() < MOST || kind >= ActionKind::Hidden && self.found.len() < MOST.saturating_mul(2) {
            let detail = detail.unwrap_or_else(|| "…".into());
            self.found.push(Found { procedure, at, kind, detail, needs });
        }
    }

    // ---- arguments ---------------------------------------------------------------------------------------------------

    pub(super) fn value(&self, here: Here<'_, '_>, range: &Range<usize>) -> Value {
        self.values.argument(here.module, here.procedure, range)
    }

    fn place(&self, procedure: usize, at: usize) -> Place {
        self.outline.unit(procedure).map_or_else(
            || Place { path: String::new(), line: 0, excerpt: String::new() },
            |unit| Place {
                path: unit.path.to_owned(),
                line: unit.code.line(at),
                excerpt: unit.code.line_text(at).to_owned(),
            },
        )
    }

    pub(super) fn place_of(&self, procedure: usize) -> Place {
        self.place(procedure, self.outline.procedures.get(procedure).map_or(0, |found| found.at))
    }
}
