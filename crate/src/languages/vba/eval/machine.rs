//! The state of a running project.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::ast::{Body, Symbol};
use super::automation::CLIPBOARD;
use super::declarations::Module;
use super::names::Binding;
use super::value::{Kind, Value};
use crate::budget::Budget;
use crate::error::Result;
use crate::finding::cut;
use crate::hashed::{HashMap, HashSet};
use crate::languages::ActionKind;
use crate::languages::commands::Files;
use crate::languages::surroundings::{Control, Surroundings};
use crate::languages::vba::objects;
use crate::languages::vba::outline::Outline;

/// Steps for all procedures that nothing starts by itself.
const FUEL_OF_OTHERS: u64 = 300_000;
/// Calls inside calls.
const DEPTH: u32 = 90;
/// Objects made by one project.
const OBJECTS: usize = 20_000;
/// Variables that live longer than a call.
const HEAP: usize = 400_000;
/// Details kept of one call site.
const DETAILS: u8 = 8;
/// Events in all.
const EVENTS: usize = 2000;
/// Bytes of a value that containers keep without counting.
const SHORT: u64 = 512;
/// Longest detail, in bytes: what cmd.exe takes, and more for PowerShell.
const DETAIL: usize = 1 << 16;

/// A variable: on the heap if the highest bit is set, otherwise on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Ref(u32);

const ON_HEAP: u32 = 1 << 31;

impl Ref {
    pub(super) fn heap(at: usize) -> Self {
        Self(u32::try_from(at).unwrap_or(0) | ON_HEAP)
    }

    pub(super) fn stack(at: usize) -> Self {
        Self(u32::try_from(at).unwrap_or(0) & !ON_HEAP)
    }

    const fn on_heap(self) -> bool {
        self.0 & ON_HEAP != 0
    }

    const fn at(self) -> usize {
        (self.0 & !ON_HEAP) as usize
    }

    /// Whether it lives on the stack at or above `length`.
    pub(super) const fn is_above(self, length: usize) -> bool {
        !self.on_heap() && self.at() >= length
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Variable {
    pub(super) value: Value,
    pub(super) kind: Kind,
    /// `As New`
    pub(super) fresh: bool,
    /// Another variable that this one stands for (ByRef, Static).
    pub(super) link: Option<Ref>,
    pub(super) stamp: u32,
    pub(super) loop_stamp: u32,
}

/// What an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Of a class module: its module and first field.
    Instance(usize, u32),
    /// A module that stands for itself: a form, a document, a standard module.
    Module(usize),
    /// Made by its ProgID, or reached from such an object; the word says what.
    Automation(&'static str),
    /// Of the program the macros run in.
    Host(&'static str),
}

pub(super) type Properties = BTreeMap<Rc<str>, Value>;

#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) class: Class,
    pub(super) properties: Rc<Properties>,
    /// Keys and values of collections.
    pub(super) items: Rc<Vec<(Value, Value)>>,
    /// What it holds is no longer known.
    pub(super) blurred: bool,
    pub(super) stamp: u32,
    pub(super) loop_stamp: u32,
}

/// What `With` stands for.
#[derive(Clone, Debug)]
pub(super) enum With {
    Value(Value),
    /// A record in a variable, which is changed in place.
    Place(Ref),
}

/// A running procedure.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) procedure: usize,
    pub(super) module: usize,
    /// Its first variable on the stack.
    pub(super) base: usize,
    pub(super) me: Value,
    /// First variable of the module or instance, on the heap.
    pub(super) fields: u32,
    pub(super) with: Vec<With>,
    pub(super) handler: Option<Rc<str>>,
    pub(super) resume_next: bool,
    /// Labels that may have been jumped to.
    pub(super) pending: Vec<Rc<str>>,
    pub(super) visited: HashSet<Rc<str>>,
    /// Fuel below which it jumps no more.
    pub(super) floor: u64,
    /// Where `Resume Next` goes on: a block, the statement in it, and the handler that was left. The block is none
    /// until the one is found where the handler stands.
    pub(super) resumed: Option<(*const super::ast::Node, usize, Rc<str>)>,
}

/// What an event or a harmless call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::languages::vba) enum Topic {
    Creation,
    Start,
    ByName,
}

/// Something that was done.
#[derive(Debug)]
pub(in crate::languages::vba) struct Event {
    pub(in crate::languages::vba) module: usize,
    pub(in crate::languages::vba) at: usize,
    pub(in crate::languages::vba) kind: ActionKind,
    pub(in crate::languages::vba) detail: String,
    /// No piece of it is missing.
    pub(in crate::languages::vba) known: bool,
    /// What it was done with is known; otherwise it only tells more about what was found without running.
    pub(in crate::languages::vba) certain: bool,
    /// Index of the trigger that led here.
    pub(in crate::languages::vba) trigger: Option<usize>,
}

/// What running a project showed.
#[derive(Debug, Default)]
pub(in crate::languages::vba) struct Outcome {
    pub(in crate::languages::vba) events: Vec<Event>,
    /// Call sites by module, line and topic: whether everything seen there was known and harmless.
    pub(in crate::languages::vba) harmless: BTreeMap<(usize, u32, Topic), bool>,
    /// What was written into files.
    pub(in crate::languages::vba) files: Files,
    /// Not everything was run.
    pub(in crate::languages::vba) cut: bool,
    /// Because an allowance (steps, depth, variables) ended.
    pub(in crate::languages::vba) exhausted: bool,
}

/// Runs procedures of a project.
pub(in crate::languages::vba) struct Machine<'o, 'a> {
    pub(super) outline: &'o Outline<'a>,
    pub(super) around: &'o Surroundings,
    pub(super) controls: &'o [Control],
    pub(super) budget: &'o Budget,
    pub(super) fuel: u64,
    pub(super) depth: u32,
    pub(super) bodies: Vec<Option<Rc<Body>>>,
    pub(super) bindings: Vec<Vec<Option<Binding>>>,
    pub(super) modules: Vec<Rc<Module>>,
    pub(super) defined: HashMap<String, bool>,
    pub(super) globals: HashMap<Rc<str>, (Ref, usize)>,
    pub(super) statics: HashMap<(usize, Symbol), Ref>,
    pub(super) stack: Vec<Variable>,
    pub(super) heap: Vec<Variable>,
    pub(super) objects: Vec<Object>,
    pub(super) frames: Vec<Frame>,
    pub(super) branches: Vec<super::branches::Branch>,
    pub(super) loops: Vec<super::branches::Loop>,
    pub(super) serial: u32,
    /// How often a procedure is running now.
    pub(super) active: HashMap<usize, u32>,
    /// An error was raised and nobody handled it yet.
    pub(super) raised: bool,
    pub(super) doubt: bool,
    /// Loops around the current statement whose end nobody knows.
    pub(super) guesses: usize,
    /// Names of procedures that a timer calls later.
    pub(super) later: Vec<String>,
    /// Keys that were pressed since the last end of a line.
    pub(super) typed: String,
    /// Module objects that were made (forms shown, classes), to run their handlers once.
    pub(super) shown: BTreeSet<usize>,
    pub(super) site: (usize, usize),
    pub(super) trigger: Option<usize>,
    pub(super) wrote: bool,
    /// Keys of which it was asked whether they are pressed.
    pub(super) asked: BTreeSet<i64>,
    /// Scripts this one runs inside of.
    pub(super) level: u8,
    per_site: HashMap<(usize, usize), u8>,
    told: BTreeSet<(usize, usize, ActionKind, String)>,
    pub(super) outcome: Outcome,
}

impl<'o, 'a> Machine<'o, 'a> {
    pub(in crate::languages::vba) fn new(
        outline: &'o Outline<'a>,
        around: &'o Surroundings,
        controls: &'o [Control],
        budget: &'o Budget,
    ) -> Self {
        let count = outline.procedures.len().saturating_add(outline.units.len());
        let mut machine = Self {
            outline,
            around,
            controls,
            budget,
            fuel: budget.limits().evaluation,
            depth: 0,
            bodies: vec![None; count],
            bindings: vec![Vec::new(); count],
            modules: Vec::new(),
            defined: HashMap::default(),
            globals: HashMap::default(),
            statics: HashMap::default(),
            stack: Vec::new(),
            heap: Vec::new(),
            objects: Vec::new(),
            frames: Vec::new(),
            branches: Vec::new(),
            loops: Vec::new(),
            serial: 0,
            active: HashMap::default(),
            raised: false,
            doubt: false,
            guesses: 0,
            later: Vec::new(),
            typed: String::new(),
            shown: BTreeSet::new(),
            site: (0, 0),
            trigger: None,
            wrote: false,
            asked: BTreeSet::new(),
            level: 0,
            per_site: HashMap::default(),
            told: BTreeSet::new(),
            outcome: Outcome::default(),
        };
        // The document itself: cells that are written, files.
        machine.make(Class::Host("document"));
        machine.declare_modules();
        machine
    }

    /// Runs procedures that Office calls, with the index of their trigger, and whatever they put off.
    pub(in crate::languages::vba) fn start(&mut self, starts: &[(usize, Option<usize>)]) -> Result<()> {
        for (procedure, trigger) in starts {
            self.trigger = *trigger;
            let (before, made) = (self.fuel, self.objects.len());
            self.enter(*procedure);
            let mut rounds = 0_u32;
            while let Some(name) = self.later.pop() {
                rounds = rounds.saturating_add(1);
                if rounds > 64 {
                    self.later.clear();
                    break;
                }
                self.call_text(&name, Vec::new());
            }
            self.terminate(made);
            self.budget.steps(before.saturating_sub(self.fuel))?;
            if self.fuel == 0 {
                self.exhaust();
                break;
            }
        }
        Ok(())
    }

    /// Objects of the project's classes that were made go, whenever that is.
    pub(super) fn terminate(&mut self, from: usize) {
        let instances = self.objects.iter().enumerate().skip(from).filter_map(|(id, object)| match object.class {
            Class::Instance(module, fields) => Some((u32::try_from(id).unwrap_or(0), module, fields)),
            _ => None,
        });
        let ending: Vec<_> = instances
            .filter_map(|(id, module, fields)| Some((id, self.procedure_of(module, "class_terminate", true)?, fields)))
            .collect();
        for (id, procedure, fields) in ending {
            if self.fuel == 0 {
                return;
            }
            self.raised = false;
            self.invoke(procedure, Vec::new(), Value::Object(id), fields);
        }
    }

    /// As [`Self::start`], for procedures that only a person starts.
    pub(in crate::languages::vba) fn start_others(&mut self, procedures: &[usize]) -> Result<()> {
        self.fuel = self.fuel.min(FUEL_OF_OTHERS);
        let starts: Vec<_> = procedures.iter().map(|procedure| (*procedure, None)).collect();
        self.start(&starts)
    }

    pub(in crate::languages::vba) fn finish(self) -> Outcome {
        self.outcome
    }

    fn enter(&mut self, procedure: usize) {
        self.raised = false;
        self.stack.clear();
        self.frames.clear();
        self.branches.clear();
        self.loops.clear();
        self.active.clear();
        self.depth = 0;
        self.guesses = 0;
        // Arguments of an event are not known.
        let count = self.body(procedure).parameters.len();
        let arguments = (0..count).map(|_| super::calls::Given::value(Value::Unknown)).collect();
        self.invoke_in_module(procedure, arguments);
    }

    // ---- fuel --------------------------------------------------------------------------------------------------------

    /// Spends fuel; `false` when none is left.
    pub(super) fn spend(&mut self, steps: u64) -> bool {
        // Conditions nobody knows inside one another make ever more ways through a program.
        let toll = match self.branches.len().saturating_add(self.guesses) {
            0..=2 => 1,
            3 | 4 => 4,
            _ => 16,
        };
        self.fuel = self.fuel.saturating_sub(steps.saturating_mul(toll));
        if self.fuel == 0 {
            self.exhaust();
        }
        self.fuel > 0
    }

    /// Says that an allowance ended before the code did.
    pub(super) fn exhaust(&mut self) {
        self.outcome.cut = true;
        self.outcome.exhausted = true;
    }

    /// One level deeper; `false` if that is too deep.
    pub(super) fn descend(&mut self) -> bool {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH {
            self.exhaust();
        }
        self.depth <= DEPTH
    }

    pub(super) fn ascend(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Whether texts are compared without their case where the code stands.
    pub(super) fn compares_text(&self) -> bool {
        self.frame().and_then(|frame| self.modules.get(frame.module)).is_some_and(|module| module.compares_text)
    }

    /// The first index of an array that is not said.
    pub(super) fn first_index(&self) -> i64 {
        let from_1 = self.frame().and_then(|frame| self.modules.get(frame.module)).is_some_and(|m| m.counts_from_1);
        i64::from(from_1)
    }

    // ---- variables ---------------------------------------------------------------------------------------------------

    pub(super) fn frame(&self) -> Option<&Frame> {
        self.frames.last()
    }

    pub(super) fn allocate(&mut self, variable: Variable) -> Ref {
        if self.heap.len() >= HEAP {
            self.fuel = 0;
            self.exhaust();
            return Ref::heap(0);
        }
        self.heap.push(variable);
        Ref::heap(self.heap.len().saturating_sub(1))
    }

    pub(super) fn variable(&self, place: Ref) -> Option<&Variable> {
        let mut place = place;
        for _ in 0..4 {
            let found = if place.on_heap() { self.heap.get(place.at()) } else { self.stack.get(place.at()) };
            match found {
                Some(Variable { link: Some(link), .. }) => place = *link,
                found => return found,
            }
        }
        None
    }

    /// Where links lead.
    pub(super) fn resolve(&self, place: Ref) -> Ref {
        let mut place = place;
        for _ in 0..4 {
            let found = if place.on_heap() { self.heap.get(place.at()) } else { self.stack.get(place.at()) };
            match found.and_then(|variable| variable.link) {
                Some(link) => place = link,
                None => break,
            }
        }
        place
    }

    pub(super) fn raw(&mut self, place: Ref) -> Option<&mut Variable> {
        if place.on_heap() { self.heap.get_mut(place.at()) } else { self.stack.get_mut(place.at()) }
    }

    pub(super) fn read(&mut self, place: Ref) -> Value {
        let place = self.resolve(place);
        let Some(variable) = self.variable(place) else { return Value::Unknown };
        if variable.fresh && matches!(variable.value, Value::Nothing | Value::Empty) {
            let Kind::Named(name) = variable.kind.clone() else { return Value::Unknown };
            let made = self.new_object(&name);
            self.write_raw(place, made.clone());
            return made;
        }
        variable.value.clone()
    }

    /// A variable that is about to change, for whoever has to know what it was.
    pub(super) fn touch(&mut self, place: Ref) -> Option<&mut Variable> {
        let place = self.resolve(place);
        let branch = self.branches.last().map_or(0, |branch| branch.serial);
        let running = self.loops.last().map_or(0, |found| found.serial);
        let variable = self.raw(place)?;
        let (journal, listed) = (variable.stamp != branch, variable.loop_stamp != running);
        variable.stamp = branch;
        variable.loop_stamp = running;
        let old = journal.then(|| variable.value.clone());
        if let Some((old, branch)) = old.zip(self.branches.last_mut()) {
            branch.variables.push((place, old));
        }
        if listed && let Some(found) = self.loops.last_mut() {
            found.variables.insert(place);
        }
        self.raw(place)
    }

    pub(super) fn write_raw(&mut self, place: Ref, value: Value) {
        if let Some(variable) = self.touch(place) {
            variable.value = value;
        }
    }

    /// Puts a value into a variable, as its declared type takes it.
    pub(super) fn write(&mut self, place: Ref, value: Value) {
        if let Some(variable) = self.touch(place) {
            variable.value = match &variable.kind {
                Kind::Variant => value,
                kind => kind.take(value),
            };
        }
    }

    // ---- objects -----------------------------------------------------------------------------------------------------

    pub(super) fn make(&mut self, class: Class) -> Value {
        if self.objects.len() >= OBJECTS {
            self.outcome.cut = true;
            return Value::Unknown;
        }
        self.objects.push(Object {
            class,
            properties: Rc::default(),
            items: Rc::default(),
            blurred: false,
            stamp: 0,
            loop_stamp: 0,
        });
        Value::Object(u32::try_from(self.objects.len().saturating_sub(1)).unwrap_or(0))
    }

    pub(super) fn object(&self, id: u32) -> Option<&Object> {
        self.objects.get(id as usize)
    }

    pub(super) fn touch_object(&mut self, id: u32) -> Option<&mut Object> {
        let branch = self.branches.last().map_or(0, |branch| branch.serial);
        let running = self.loops.last().map_or(0, |found| found.serial);
        let object = self.objects.get_mut(id as usize)?;
        if object.stamp != branch {
            object.stamp = branch;
            if let Some(branch) = self.branches.last_mut() {
                branch.objects.push((id, object.clone()));
            }
        }
        if object.loop_stamp != running {
            object.loop_stamp = running;
            if let Some(found) = self.loops.last_mut() {
                found.objects.insert(id);
            }
        }
        self.objects.get_mut(id as usize)
    }

    /// A value that a container keeps: counted where it is long, and not known where there is no memory left.
    pub(super) fn keep(&mut self, value: Value) -> Value {
        let value = value.without_room();
        let weight = value.weight().saturating_mul(2);
        if weight > SHORT && self.budget.hold(weight).is_err() {
            self.exhaust();
            return Value::Unknown;
        }
        value
    }

    pub(super) fn property(&self, id: u32, name: &str) -> Option<Value> {
        self.object(id).and_then(|object| object.properties.get(name)).cloned()
    }

    pub(super) fn set_property(&mut self, id: u32, name: &str, value: Value) {
        let value = self.keep(value);
        if let Some(object) = self.touch_object(id) {
            Rc::make_mut(&mut object.properties).insert(name.into(), value);
        }
    }

    // ---- what is seen ------------------------------------------------------------------------------------------------

    /// Something is done at the current site.
    pub(super) fn act(&mut self, kind: ActionKind, detail: &Value, certain: bool) {
        // Where an error may lead elsewhere, what is shown may be something else.
        let handled = kind == ActionKind::View && self.frames.iter().any(|frame| frame.handler.is_some());
        let mut text = detail.shown().unwrap_or_else(|| "…".into());
        let shows = kind == ActionKind::View && objects::only_shows(&text);
        let known = (detail.known().is_some() || shows) && !handled;
        text.truncate(cut(&text, DETAIL).len());
        if matches!(kind, ActionKind::Fetch | ActionKind::Download) && text.contains(CLIPBOARD) {
            self.act(ActionKind::Spy, detail, true);
        }
        // A file of data starts nothing, whoever opens it.
        self.wrote |= match kind {
            ActionKind::Write => !objects::is_data_file(&text),
            kind => matches!(kind, ActionKind::Download | ActionKind::Fetch),
        };
        let (module, at) = self.site;
        let key = (module, at, kind, text.clone());
        if self.outcome.events.len() >= EVENTS || self.told.contains(&key) {
            return;
        }
        let count = self.per_site.entry((module, at)).or_insert(0);
        // Files of data must not crowd out a program among them.
        let plain = kind == ActionKind::Write && objects::is_data_file(&text);
        if *count >= if plain { DETAILS } else { DETAILS.saturating_mul(2) } {
            return;
        }
        *count = count.saturating_add(1);
        self.told.insert(key);
        let trigger = self.trigger;
        self.outcome.events.push(Event { module, at, kind, detail: text, known, certain, trigger });
    }

    /// A call at the current site, and whether it is known to do no harm.
    pub(super) fn seen(&mut self, topic: Topic, harmless: bool) {
        let (module, at) = self.site;
        let line = self.outline.units.get(module).map_or(0, |unit| unit.code.line(at));
        // A name nobody knows can be any procedure's.
        self.outcome.cut |= topic == Topic::ByName && !harmless;
        let entry = self.outcome.harmless.entry((module, line, topic)).or_insert(true);
        *entry &= harmless;
    }
}
