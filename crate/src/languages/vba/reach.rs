//! Who calls whom, what Office calls, and what that reaches.

use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;

use super::ModuleKind;
use super::actions::{Here, MOST, Walker};
use super::chain::{Chain, Link};
use super::guards::Guard;
use super::instances::Class;
use super::lexer::Kind;
use super::names::Symbol;
use super::objects::{self, Use};
use super::outline::{IMPLEMENTED, MODULE, Outline, PROCEDURE};
use super::sites::Site;
use super::triggers::{self, Start};
use crate::hashed::{HashMap, HashSet};
use crate::languages::{ActionKind, Trigger};

/// Who may be called. One name can stand for many procedures and be called from many, so the two meet only where the
/// graph is walked, and each target is followed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Target {
    /// Every procedure of this name.
    Named(Symbol),
    /// That of one module.
    In(usize, Symbol),
    /// Those of forms and classes: a member of an object nobody knows.
    Member(Symbol),
    /// Those that implement it for an interface.
    Implemented(Symbol),
    /// What runs when a module's object comes into being.
    Handlers(usize),
}

/// Event handlers of forms and classes by module: `UserForm_Initialize`, `Class_Initialize`, and those of `WithEvents`
/// variables, but not what follows from a click.
pub(super) fn handlers(outline: &Outline<'_>) -> HashMap<usize, Vec<usize>> {
    let mut handlers: HashMap<usize, Vec<usize>> = HashMap::default();
    for (id, procedure) in outline.procedures.iter().enumerate() {
        let Some(unit) = outline.units.get(procedure.module) else { continue };
        let starts = triggers::start(&procedure.name, &unit.name, unit.kind) == Some(Start::WithObject);
        let of_variable = !outline.with_events.is_empty()
            && outline.name(procedure.symbol).rsplit_once('_').is_some_and(|(variable, event)| {
                let variable = outline.find(variable).map(|variable| (procedure.module, variable));
                variable.is_some_and(|variable| outline.with_events.contains(&variable)) && !triggers::is_by_hand(event)
            });
        if starts || of_variable {
            handlers.entry(procedure.module).or_default().push(id);
        }
    }
    handlers
}

/// The handlers of one module.
pub(super) fn handlers_of(outline: &Outline<'_>, module: usize) -> Option<Vec<usize>> {
    handlers(outline).remove(&module)
}

/// What the callers of a procedure give one of its parameters; `None` where not all of them can be told.
type Given = HashMap<(usize, usize), Option<Vec<(usize, Option<String>)>>>;

/// How often the cases that are still closed are asked again before all of them count as taken.
const ROUNDS: usize = 32;

/// Whether a key of `OnKey` is one that is pressed to write or to go on.
fn is_plain_key(key: &str) -> bool {
    let name = key.trim_matches(['{', '}']);
    let is_function = name.strip_prefix(['F', 'f']).is_some_and(|number| number.parse::<u8>().is_ok());
    !key.is_empty() && !key.starts_with(['^', '%', '+', '…']) && !is_function
}

/// Events of cells that are set: of their sheet, of its workbook.
const CHANGE: &[&str] = &["worksheet_change", "workbook_sheetchange"];

impl<'o, 'a> Walker<'o, 'a> {
    fn call(&mut self, target: Target) {
        if let Some(guard) = self.guard.as_ref().filter(|_| self.guarded.len() < MOST) {
            self.guarded.push((self.procedure, Rc::clone(guard), target));
        } else if let Some(calls) = self.calls.get_mut(self.procedure) {
            calls.insert(target);
        }
    }

    /// `Set App = Application`, `Set k.App = Application`: the handlers of a `WithEvents` variable run once it is set.
    pub(super) fn event_source(&mut self, here: Here<'o, 'a>, at: usize, statement: &Range<usize>) {
        if self.outline.with_events.is_empty() || !Chain::starts_at(here.code, at, statement) {
            return;
        }
        let chain = Chain::read(here.code, at, statement.end);
        let Some((last, owners)) = chain.links.split_last() else { return };
        let class = owners.last().map(|owner| self.own_class(here.procedure, owner.symbol));
        let modules: Vec<usize> = self
            .outline
            .with_events
            .iter()
            .filter(|(_, name)| *name == last.symbol)
            .map(|(module, _)| *module)
            .filter(|module| match class {
                None if !chain.of_with => *module == here.module,
                Some(Some(class)) => *module == class,
                _ => true,
            })
            .collect();
        for module in modules {
            self.call(Target::Handlers(module));
        }
    }

    /// `TextBox1.Text = x`, `TextBox1 = x`: setting what a control shows raises its events.
    pub(super) fn control_is_set(&mut self, here: Here<'o, 'a>, chain: &Chain<'_>) {
        let Some((last, owners)) = chain.links.split_last() else { return };
        if !self.hears_controls || !here.code.is_mark(last.at.saturating_add(1), "=") {
            return;
        }
        // A new caption raises nothing, a new text no click.
        let (control, events): (_, &[&str]) = match (last.name, owners.last()) {
            ("value" | "listindex" | "selected", Some(owner)) => (owner.name, &["change", "click"]),
            ("text", Some(owner)) => (owner.name, &["change"]),
            (name, _) => (name, &["change", "click"]),
        };
        for event in events {
            self.raise(&format!("{control}_{event}"));
        }
    }

    /// `Range("A1") = x`, `Cells(1, 2).Select`, `ThisWorkbook.Save`: what code does raises the events that follow from what
    /// a person does.
    pub(super) fn events_are_raised(&mut self, here: Here<'o, 'a>, chain: &Chain<'_>) {
        const CELLS: [&str; 8] = ["range", "cells", "activecell", "offset", "resize", "rows", "columns", "usedrange"];
        let Some(last) = chain.links.last() else { return };
        let is_cells = || chain.of_with || chain.links.iter().any(|link| CELLS.contains(&link.name));
        let events: &[&str] = match last.name {
            "select" | "activate" if is_cells() => &["worksheet_selectionchange", "workbook_sheetselectionchange"],
            "clear" | "clearcontents" | "delete" | "insert" | "filldown" | "fillright" | "pastespecial"
                if is_cells() =>
            {
                CHANGE
            }
            "value" | "value2" | "formula" | "formular1c1" if here.code.is_mark(chain.end, "=") => CHANGE,
            _ if here.code.is_mark(chain.end, "=") && is_cells() => CHANGE,
            "save" | "saveas" | "saveas2" | "close" => &["workbook_beforesave"],
            "printout" | "printpreview" => &["workbook_beforeprint"],
            _ => return,
        };
        for handler in events {
            self.raise(handler);
        }
    }

    /// Calls the handlers of an event, wherever a program looks for them.
    fn raise(&mut self, handler: &str) {
        let Some(handler) = self.outline.find(handler) else { return };
        let ids = self.outline.named(handler);
        let modules = ids.iter().take(64).filter_map(|id| self.outline.procedures.get(*id)).map(|found| found.module);
        let is_standard =
            |module: &usize| self.outline.units.get(*module).is_none_or(|unit| unit.kind == ModuleKind::Standard);
        let modules: Vec<usize> = modules.filter(|module| !is_standard(module)).collect();
        for module in modules {
            self.call(Target::In(module, handler));
        }
    }

    pub(super) fn calls_of(&mut self, here: Here<'o, 'a>, chain: &Chain<'_>, statement: &Range<usize>, made: bool) {
        let outline = self.outline;
        for (i, link) in chain.links.iter().enumerate() {
            let direct = i == 0 && !chain.of_with;
            if !outline.is(link.symbol, PROCEDURE | MODULE | IMPLEMENTED) && !self.makes_new() {
                continue;
            }
            if direct && let Some(module) = self.comes_into_being(here.procedure, link.symbol) {
                self.call(Target::Handlers(module));
            }
            if direct && outline.is_local(here.procedure, link.symbol) {
                continue;
            }
            // A form comes into being where it is named, a class where it is made.
            if let Some(module) = outline.module(link.symbol) {
                let kind = outline.units.get(module).map(|unit| unit.kind);
                if made || kind == Some(ModuleKind::Form) {
                    self.call(Target::Handlers(module));
                }
            }
            let is_implemented = outline.is(link.symbol, IMPLEMENTED);
            let is_named = outline.is(link.symbol, PROCEDURE);
            if !is_named && !is_implemented {
                continue;
            }
            let qualifier = i.checked_sub(1).and_then(|i| chain.links.get(i));
            let class = qualifier
                .filter(|_| i == 1 && !chain.of_with)
                .and_then(|qualifier| self.class_of(here.procedure, qualifier.symbol));
            // A class can stand for others (`Implements`): theirs is called IClass_Method.
            if class.is_some() && is_implemented {
                self.call(Target::Implemented(link.symbol));
            }
            if !is_named || class == Some(Class::Foreign) {
                continue;
            }
            let name = link.symbol;
            self.call(match qualifier.map(|qualifier| (qualifier.name, outline.module(qualifier.symbol))) {
                _ if direct => Target::Named(name),
                Some((_, Some(module))) => Target::In(module, name),
                Some(("me", None)) => Target::In(here.module, name),
                _ => match class {
                    Some(Class::Own(class)) => Target::In(class, name),
                    _ => Target::Member(name),
                },
            });
        }
        self.calls_by_text(here, chain);
        self.set_or_made_by_text(here, chain, statement);
    }

    /// `Application.Run "'https://a/b.xlsm'!x"`
    fn runs_from_web(&mut self, here: Here<'o, 'a>, link: &Link<'_>) {
        let text = self.first(here, link);
        if text.as_deref().is_some_and(|text| objects::is_on_web(text) && text.contains('!')) {
            self.add(link.at, ActionKind::Download, text);
        }
    }

    /// `Application.OnSheetActivate = "x"`: what Excel calls as if it were an event; `UserForms.Add "F"`.
    fn set_or_made_by_text(&mut self, here: Here<'o, 'a>, chain: &Chain<'_>, statement: &Range<usize>) {
        let Some(last) = chain.links.last() else { return };
        let next = last.at.saturating_add(1);
        if triggers::SET.contains(&last.name) && here.code.is_mark(next, "=") {
            let text = self.value(here, &(next.saturating_add(1)..statement.end)).text().unwrap_or_default();
            let name = text.rsplit(['!', '.']).next().unwrap_or_default().trim_matches(['\'', ' ']).to_lowercase();
            if let Some(name) = self.outline.find(&name) {
                self.call(Target::Named(name));
            }
        }
        let mut pairs = chain.links.iter().zip(chain.links.iter().skip(1));
        if let Some((_, add)) = pairs.find(|(owner, add)| owner.name == "userforms" && add.name == "add") {
            let name = self.first(here, add).unwrap_or_default().to_lowercase();
            if let Some(module) = self.outline.find(&name).and_then(|name| self.outline.module(name)) {
                self.call(Target::Handlers(module));
            }
        }
    }

    /// `Application.Run "x"`, `OnTime t, "x"`, `CallByName o, "x"`.
    fn calls_by_text(&mut self, here: Here<'o, 'a>, chain: &Chain<'_>) {
        for (i, link) in chain.links.iter().enumerate() {
            let index = match link.name {
                "run" => 0,
                "ontime" | "callbyname" => 1,
                // A key that everybody presses, without Ctrl, Alt or Shift, and none of the function keys.
                "onkey" if self.first(here, link).is_some_and(|key| is_plain_key(&key)) => 1,
                _ => continue,
            };
            let owner = i.checked_sub(1).and_then(|i| chain.links.get(i)).map(|link| link.name);
            let of_host = owner.is_none() && !chain.of_with || matches!(owner, Some("application" | "excel" | "word"));
            let local = i == 0 && !chain.of_with && self.outline.is(link.symbol, PROCEDURE);
            if link.name == "run" && !local {
                self.runs_from_web(here, link);
            }
            let Some(value) = self.argument(here, link, index).filter(|_| !local) else { continue };
            let text = value.text().unwrap_or_default();
            let name = text.rsplit(['!', '.']).next().unwrap_or_default().trim_matches(['\'', ' ']).to_lowercase();
            if !name.is_empty() && !name.contains('…') {
                if let Some(name) = self.outline.find(&name) {
                    self.call(Target::Named(name));
                }
            } else if of_host && matches!(link.name, "run" | "ontime") {
                self.indirect.insert(self.procedure);
                self.add(link.at, ActionKind::Indirect, Some(text));
            }
        }
    }

    // ---- what reaches what -------------------------------------------------------------------------------------------

    /// The procedures Office calls by itself with the index of their trigger, and the triggers.
    pub(super) fn triggers(&self) -> (Vec<(usize, usize)>, Vec<Trigger>) {
        let (mut starts, mut triggers) = (Vec::new(), Vec::new());
        let mut by_hand = 0_usize;
        let is_word = self.outline.is_word;
        for (id, procedure) in self.outline.procedures.iter().enumerate() {
            let Some(unit) = self.outline.units.get(procedure.module) else { continue };
            let started = self.outline.starts.contains(self.outline.name(procedure.symbol));
            let start = triggers::start(&procedure.name, &unit.name, unit.kind);
            let in_cell = self.outline.in_cells.contains(self.outline.name(procedure.symbol));
            // What everybody does who reads the document starts it as well.
            let in_use = start == Some(Start::InUse)
                || is_word && start == Some(Start::Command)
                || in_cell
                || self.is_event_in_use(procedure.module, self.outline.name(procedure.symbol));
            let automatic = match start {
                _ if started => true,
                Some(Start::Automatic) => true,
                _ if in_use => false,
                Some(Start::ByHand | Start::InUse | Start::Command) => false,
                Some(Start::WithObject) | None => continue,
            };
            by_hand = by_hand.saturating_add(usize::from(!automatic));
            let room = if automatic { triggers.len() < MOST } else { by_hand < MOST / 4 };
            if room {
                let name = if in_cell { format!("={}", procedure.name) } else { procedure.name.clone() };
                triggers.push(Trigger { name, automatic, place: self.place_of(id) });
            }
            if automatic || in_use && room {
                // One that is no longer listed still starts: the last listed one stands for it.
                starts.push((id, triggers.len().saturating_sub(1)));
            }
        }
        (starts, triggers)
    }

    /// Whether a procedure handles an event of a `WithEvents` variable that comes with reading.
    fn is_event_in_use(&self, module: usize, name: &str) -> bool {
        !self.outline.with_events.is_empty()
            && name.rsplit_once('_').is_some_and(|(variable, event)| {
                let variable = self.outline.find(variable).map(|variable| (module, variable));
                triggers::is_in_use(event)
                    && variable.is_some_and(|variable| self.outline.with_events.contains(&variable))
            })
    }

    /// For every procedure that a trigger reaches: that trigger's index, an automatic one where there is one.
    pub(super) fn reached(&self, starts: &[(usize, usize)], triggers: &[Trigger]) -> HashMap<usize, usize> {
        let mut reached = HashMap::default();
        let mut followed: HashSet<&Target> = HashSet::default();
        let mut all = false;
        let mut given = Given::default();
        let started: HashSet<usize> = starts.iter().map(|(id, _)| *id).collect();
        let mut closed: Vec<&(usize, Rc<Guard>, Target)> = self.guarded.iter().collect();
        for automatic in [true, false] {
            let is_one = |(_, trigger): &&(usize, usize)| {
                triggers.get(*trigger).is_none_or(|trigger| trigger.automatic) == automatic
            };
            let mut queue: VecDeque<(usize, usize)> = starts.iter().filter(is_one).copied().collect();
            let mut round = 0_usize;
            loop {
                while let Some((id, trigger)) = queue.pop_front() {
                    if reached.contains_key(&id) {
                        continue;
                    }
                    reached.insert(id, trigger);
                    for target in self.calls.get(id).into_iter().flatten() {
                        if followed.insert(target) {
                            queue.extend(self.procedures_of(target).into_iter().map(|callee| (callee, trigger)));
                        }
                    }
                    // A name made at run time can be any procedure's.
                    if self.indirect.contains(&id) && !all && automatic {
                        all = true;
                        queue.extend((0..self.outline.procedures.len()).map(|callee| (callee, trigger)));
                    }
                }
                closed.retain(|(id, guard, target)| {
                    let Some(trigger) = reached.get(id) else { return true };
                    let opens =
                        round >= ROUNDS || started.contains(id) || self.is_met(*id, guard, &reached, &mut given);
                    if opens && followed.insert(target) {
                        queue.extend(self.procedures_of(target).into_iter().map(|callee| (callee, *trigger)));
                    }
                    !opens
                });
                if queue.is_empty() {
                    break;
                }
                round = round.saturating_add(1);
            }
        }
        reached
    }

    /// Whether one of those that run gives a parameter what a case asks for, or what nobody can tell.
    fn is_met(&self, id: usize, guard: &Guard, reached: &HashMap<usize, usize>, given: &mut Given) -> bool {
        let given = given.entry((id, guard.index)).or_insert_with(|| {
            let text = |site: &Site| {
                let range = site.argument(self.outline, guard.parameter, guard.index)?;
                let code = &self.outline.units.get(site.module)?.code;
                let alone = range.start.saturating_add(1) == range.end && code.kind(range.start) == Kind::Text;
                code.string(range.start).filter(|_| alone).map(|text| text.to_lowercase())
            };
            let sites = self.values.sites(id)?;
            Some(sites.into_iter().map(|site| (site.procedure, text(site))).collect())
        });
        given.as_ref().is_none_or(|given| {
            given.iter().any(|(caller, text)| {
                reached.contains_key(caller) && text.as_ref().is_none_or(|text| guard.texts.contains(text))
            })
        })
    }

    fn procedures_of(&self, target: &Target) -> Vec<usize> {
        let module = |id: usize| self.outline.procedures.get(id).map(|procedure| procedure.module);
        let named = |name: &Symbol| self.outline.named(*name).iter().copied();
        match target {
            Target::Named(name) => named(name).collect(),
            Target::In(wanted, name) => named(name).filter(|id| module(*id) == Some(*wanted)).collect(),
            Target::Member(name) => {
                let is_object = |id: usize| {
                    let kind = module(id).and_then(|module| self.outline.units.get(module)).map(|unit| unit.kind);
                    matches!(kind, Some(ModuleKind::Class | ModuleKind::Form))
                };
                named(name).filter(|id| is_object(*id)).collect()
            }
            Target::Implemented(name) => self.outline.implemented.get(name).cloned().unwrap_or_default(),
            Target::Handlers(module) => self.handlers.get(module).cloned().unwrap_or_default(),
        }
    }

    pub(super) fn imports_inject(&self) -> bool {
        self.outline
            .imports
            .values()
            .flatten()
            .any(|import| objects::of_function(&import.function, &import.library) == Some(Use::Inject))
    }
}
