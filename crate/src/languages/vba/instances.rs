//! Which object an expression is: what CreateObject made, followed through variables, functions and parameters.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use super::ModuleKind;
use super::actions::{Here, Walker};
use super::chain::{Chain, Link, arguments};
use super::lexer::{Code, Kind};
use super::names::Symbol;
use super::objects::{self, Object, Objects};
use super::values::Value;
use crate::budget::Budget;
use crate::error::Result;
use crate::hashed::{HashMap, HashSet};

/// A variable or function: its procedure, or `None` for the project, and its name.
type Key = (Option<usize>, Symbol);

/// What is known of object variables, and of the functions that return objects.
#[derive(Debug, Default)]
pub(super) struct Instances {
    variables: HashMap<Key, Objects>,
    /// Every sort of object the project makes anywhere.
    pub(super) made: Objects,
    /// Functions that make what a parameter says, by the number of that parameter.
    factories: HashMap<usize, usize>,
    classes: HashMap<Key, Class>,
    /// Those declared `As New`: the object comes into being where it is named.
    new: HashSet<Key>,
    /// What callers give parameters, by procedure and name.
    parameters: RefCell<HashMap<(usize, Symbol), Objects>>,
    /// Calls followed for the name of an object.
    followed: Cell<u32>,
    /// Bytes taken since they were last counted.
    taken: u64,
}

/// What a variable is declared or set to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A class or form of the project.
    Own(usize),
    /// Something of Office or of the language.
    Foreign,
    Several,
}

/// What a variable takes in memory.
const VARIABLE: u64 = 112;
/// Calls that an object is followed through, and namesakes that are looked at.
const DEPTH: u8 = 4;
const FOLLOWED: u32 = 1 << 14;
const NAMESAKES: usize = 8;

impl<'o, 'a> Walker<'o, 'a> {
    pub(super) fn read_variables(&mut self, module: usize, budget: &Budget) -> Result<()> {
        let outline = self.outline;
        let Some(unit) = outline.units.get(module) else { return Ok(()) };
        // A procedure reaches from its header to its last statement, and they stand one behind the other.
        let mut procedures = unit.procedures.clone().peekable();
        let reach = |id: usize| outline.procedures.get(id).map_or(0..0, |found| found.body.clone());
        // What callers give is known better than it was when the last module was read.
        self.instances.parameters.take();
        for (index, statement) in unit.statements.iter().enumerate() {
            let statement = &statement.range();
            while procedures.next_if(|id| reach(*id).end <= index && reach(*id).start <= index).is_some() {}
            let owner = procedures.peek().copied().filter(|id| reach(*id).start.saturating_sub(1) <= index);
            budget.steps(statement.end.saturating_sub(statement.start) as u64)?;
            self.procedure = owner.unwrap_or(usize::MAX);
            let here = Here { module, procedure: self.procedure, code: &unit.code, depth: 0 };
            self.read_statement_variables(here, statement, owner);
            budget.hold_sparing(std::mem::take(&mut self.instances.taken), 1)?;
        }
        Ok(())
    }

    fn read_statement_variables(&mut self, here: Here<'o, 'a>, statement: &Range<usize>, owner: Option<usize>) {
        let code = here.code;
        let start = statement.start;
        if code.is(start, "set") {
            let name = start.saturating_add(1);
            if code.is_mark(name.saturating_add(1), "=") {
                let value = name.saturating_add(2)..statement.end;
                let key = self.key(owner, code.symbol(name));
                if !self.is_factory(here, owner, key.1, &value) {
                    let objects = self.objects_of(here, &value);
                    self.remember(key, objects);
                }
                if code.is(value.start, "new") {
                    self.remember_class(key, &dotted(code, value.start.saturating_add(1), value.end), false);
                }
            }
            return;
        }
        // StarBasic needs no `Set`.
        let value = start.saturating_add(2)..statement.end;
        if code.is_mark(start.saturating_add(1), "=")
            && value.clone().any(|at| ["createunoservice", "createinstance"].iter().any(|name| code.is(at, name)))
        {
            let key = self.key(owner, code.symbol(start));
            let objects = self.objects_of(here, &value);
            self.remember(key, objects);
        }
        for at in statement.clone() {
            if !code.is(at, "as") {
                continue;
            }
            let next = at.saturating_add(1);
            let new = code.is(next, "new");
            let kind = next.saturating_add(usize::from(new));
            let Some(name) = at.checked_sub(1).filter(|name| *name >= start && code.kind(*name) == Kind::Name) else {
                continue;
            };
            let of_type = dotted(code, kind, statement.end);
            let key = self.key(owner, code.symbol(name));
            if let Some(object) = objects::of_name(&of_type)
                && !matches!(object, Object::Other | Object::Mail | Object::Scheduler | Object::Hidden)
            {
                self.remember(key, object.into());
            }
            self.remember_class(key, &of_type, new);
        }
    }

    fn key(&self, owner: Option<usize>, name: Symbol) -> Key {
        (owner.and_then(|id| self.outline.scope(id, name)), name)
    }

    fn remember(&mut self, key: Key, objects: Objects) {
        if !objects.is_empty() {
            self.instances.made = self.instances.made.and(objects);
            self.instances.taken = self.instances.taken.saturating_add(VARIABLE);
            let known = self.instances.variables.entry(key).or_default();
            *known = known.and(objects);
        }
    }

    fn remember_class(&mut self, key: Key, name: &str, new: bool) {
        let name = name.rsplit('.').next().unwrap_or_default();
        let class = match self.outline.module_named(name) {
            Some(module) => Class::Own(module),
            None if matches!(name, "" | "object" | "variant" | "any" | "iunknown" | "idispatch") => Class::Several,
            None => Class::Foreign,
        };
        if new {
            self.instances.new.insert(key);
        }
        self.instances.taken = self.instances.taken.saturating_add(VARIABLE);
        let known = self.instances.classes.entry(key).or_insert(class);
        if *known != class {
            *known = Class::Several;
        }
    }

    /// What a variable holds, if it is declared.
    pub(super) fn class_of(&self, procedure: usize, name: Symbol) -> Option<Class> {
        let key = (self.outline.scope(procedure, name), name);
        self.instances.classes.get(&key).copied()
    }

    /// The class of the project that a variable holds.
    pub(super) fn own_class(&self, procedure: usize, name: Symbol) -> Option<usize> {
        if let Some(Class::Own(module)) = self.class_of(procedure, name) { Some(module) } else { None }
    }

    /// The class whose object comes into being where this variable is named.
    pub(super) fn comes_into_being(&self, procedure: usize, name: Symbol) -> Option<usize> {
        let is_new =
            !self.instances.new.is_empty() && self.instances.new.contains(&(self.outline.scope(procedure, name), name));
        if is_new { self.own_class(procedure, name) } else { None }
    }

    /// `Set f = CreateObject(p)` in `Function f(p)`: the callers say what it returns.
    fn is_factory(&mut self, here: Here<'_, '_>, owner: Option<usize>, name: Symbol, value: &Range<usize>) -> bool {
        let Some(procedure) = owner.and_then(|id| self.outline.procedures.get(id).map(|found| (id, found))) else {
            return false;
        };
        let (id, found) = procedure;
        let start = value.start;
        let range = start.saturating_add(2)..start.saturating_add(3);
        let makes = here.code.is(start, "createobject") && here.code.pair(start.saturating_add(1)) == Some(range.end);
        let parameter = found.parameters.iter().position(|parameter| here.code.symbol(range.start) == *parameter);
        let Some(parameter) = parameter.filter(|_| makes && found.symbol == name) else {
            return false;
        };
        let index = *self.instances.factories.entry(id).or_insert(parameter);
        index == parameter
    }

    // ---- expressions -------------------------------------------------------------------------------------------------

    /// What an expression makes or names.
    pub(super) fn objects_of(&self, here: Here<'_, '_>, range: &Range<usize>) -> Objects {
        let code = here.code;
        if code.is(range.start, "new") {
            let name = dotted(code, range.start.saturating_add(1), range.end);
            return objects::of_name(&name).map_or_else(Objects::default, Objects::from);
        }
        let dot = usize::from(code.is_mark(range.start, ".")).saturating_add(range.start);
        if code.kind(dot) != Kind::Name {
            return Objects::default();
        }
        let chain = Chain::read(code, dot, range.end);
        let mut objects = self.with_of(here, &chain);
        for (i, link) in chain.links.iter().enumerate() {
            objects = self.through(here, objects, link, i == 0 && !chain.of_with);
        }
        objects
    }

    /// The object of the enclosing `With`, for a chain that starts with a dot.
    pub(super) fn with_of(&self, here: Here<'_, '_>, chain: &Chain<'_>) -> Objects {
        let known = chain.of_with && here.procedure == self.procedure;
        self.with.last().copied().filter(|_| known).unwrap_or_default()
    }

    /// What a link makes of the objects before it.
    pub(super) fn through(&self, here: Here<'_, '_>, objects: Objects, link: &Link<'_>, first: bool) -> Objects {
        match link.name {
            "createobject" | "getobject" | "createobjectex" | "createunoservice" => self.made_by(here, link),
            // The OLE bridge of UNO makes objects of Windows by their names.
            "createinstance" | "createinstancewithcontext" if link.arguments.is_some() => self.made_by(here, link),
            "get" | "instancesof" if self.first(here, link).is_some_and(|text| is_process(&text)) => {
                Object::Process.into()
            }
            "vba" | "interaction" if first => Objects::default(),
            _ if first => {
                let variable = self.variable(here, link.symbol);
                if variable.is_empty() { self.returned(here, link, true) } else { variable }
            }
            "connectserver" | "spawninstance_" | "methods_" | "document" | "application" | "parentwindow" | "item"
            | "language" | "timeout" | "parent" | "get" => objects,
            _ => self.returned(here, link, false),
        }
    }

    fn variable(&self, here: Here<'_, '_>, name: Symbol) -> Objects {
        let scope = self.outline.scope(here.procedure, name);
        let variables = &self.instances.variables;
        // A name that is nowhere declared is one variable per procedure, but code that forgot Option Explicit often
        // means one for all; an object in any of them is worth knowing.
        let local = variables.get(&(scope, name)).or_else(|| variables.get(&(None, name)));
        local.copied().unwrap_or_else(|| self.parameter(here, name))
    }

    /// What the callers give a parameter.
    fn parameter(&self, here: Here<'_, '_>, name: Symbol) -> Objects {
        let found = self.outline.procedures.get(here.procedure);
        let index = found.and_then(|found| found.parameters.iter().position(|parameter| *parameter == name));
        let Some(index) = index.filter(|_| here.depth < DEPTH) else { return Objects::default() };
        let key = (here.procedure, name);
        if let Some(objects) = self.instances.parameters.borrow().get(&key) {
            return *objects;
        }
        // Nothing, while it is being worked out.
        self.instances.parameters.borrow_mut().insert(key, Objects::default());
        let mut objects = Objects::default();
        for site in self.values.sites(here.procedure).unwrap_or_default() {
            if let Some((there, range)) = self.given(here, site, name, index) {
                objects = objects.and(self.objects_of(there, &range));
            }
        }
        self.instances.parameters.borrow_mut().insert(key, objects);
        objects
    }

    /// The argument of a call, and where it stands.
    fn given(
        &self,
        here: Here<'_, '_>,
        site: &super::sites::Site,
        name: Symbol,
        index: usize,
    ) -> Option<(Here<'o, 'a>, Range<usize>)> {
        let code = &self.outline.units.get(site.module)?.code;
        let there = Here { module: site.module, procedure: site.procedure, code, depth: here.depth.saturating_add(1) };
        Some((there, site.argument(self.outline, name, index)?))
    }

    /// What functions and properties of the project return: those of any module, or those of objects.
    fn returned(&self, here: Here<'_, '_>, link: &Link<'_>, first: bool) -> Objects {
        let mut objects = Objects::default();
        for id in self.outline.named(link.symbol).iter().take(NAMESAKES) {
            let kind = self.outline.unit(*id).map(|unit| unit.kind);
            if !first && kind == Some(ModuleKind::Document) {
                continue;
            }
            objects = objects.and(self.instances.variables.get(&(Some(*id), link.symbol)).copied().unwrap_or_default());
            if let Some(index) = self.instances.factories.get(id) {
                let value = self.argument(here, link, *index).unwrap_or(Value::Unknown);
                objects = objects.and(classified(&value, false).into());
            }
        }
        objects
    }

    /// What CreateObject or GetObject makes of its arguments.
    pub(super) fn made_by(&self, here: Here<'_, '_>, link: &Link<'_>) -> Objects {
        let Some(range) = named(here.code, link) else { return Object::Other.into() };
        let object = classified(&self.value(here, &range), link.name == "getobject");
        if object != Object::Hidden {
            return object.into();
        }
        let mut objects = Objects::default();
        for (_, _, object) in self.given_names(here, &range) {
            objects = objects.and(object.into());
        }
        if objects.is_empty() { Object::Hidden.into() } else { objects }
    }

    /// Where the name of an object is a parameter: every call, and what it would make.
    pub(super) fn given_names(&self, here: Here<'_, '_>, range: &Range<usize>) -> Vec<(usize, usize, Object)> {
        let name = here.code.symbol(range.start);
        let found = self.outline.procedures.get(here.procedure);
        let index = found.and_then(|found| found.parameters.iter().position(|parameter| *parameter == name));
        let alone = range.start.saturating_add(1) == range.end && here.depth < DEPTH;
        let (Some(index), true) = (index, alone) else { return Vec::new() };
        let mut made = Vec::new();
        for site in self.values.sites(here.procedure).unwrap_or_default() {
            self.instances.followed.set(self.instances.followed.get().saturating_add(1));
            if self.instances.followed.get() > FOLLOWED {
                // Nobody calls CreateObject in so many ways; it stays hidden.
                return Vec::new();
            }
            match self.given(here, site, name, index) {
                None => made.push((site.procedure, site.at, Object::Hidden)),
                Some((there, range)) => {
                    let object = classified(&self.value(there, &range), false);
                    let further = if object == Object::Hidden { self.given_names(there, &range) } else { Vec::new() };
                    if further.is_empty() {
                        made.push((site.procedure, site.at, object));
                    }
                    made.extend(further);
                }
            }
        }
        made
    }

    pub(super) fn first(&self, here: Here<'_, '_>, link: &Link<'_>) -> Option<String> {
        self.argument(here, link, 0)?.text()
    }

    pub(super) fn argument(&self, here: Here<'_, '_>, link: &Link<'_>, index: usize) -> Option<Value> {
        let list = arguments(here.code, link.arguments.as_ref()?);
        list.get(index).map(|range| self.value(here, range))
    }
}

/// The argument that names what CreateObject or GetObject makes. GetObject(path, class): the class decides, and a path
/// alone that cannot be told may be a moniker.
pub(super) fn named(code: &Code<'_>, link: &Link<'_>) -> Option<Range<usize>> {
    let list = arguments(code, link.arguments.as_ref()?);
    // `Class:=name`
    let has_name = |range: &&Range<usize>| code.is_mark(range.start.saturating_add(1), ":=");
    if let Some(range) = list.iter().find(|range| has_name(range) && code.is(range.start, "class")) {
        return Some(range.start.saturating_add(2)..range.end);
    }
    let empty = list.first().is_none_or(|range| range.is_empty());
    let which = if link.name == "getobject" && (empty || list.len() > 1) { 1 } else { 0 };
    list.get(which).cloned().or(Some(0..0))
}

fn classified(name: &Value, is_moniker: bool) -> Object {
    let text = name.text().unwrap_or_default();
    let known = name.known().is_some();
    let moniker = text.to_lowercase();
    match objects::of_name(&text) {
        _ if text.is_empty() => Object::Hidden,
        Some(object) if known || moniker.starts_with("winmgmts") => object,
        // The beginning of a path is enough to know that a file is opened and no object made.
        Some(_) if is_moniker && text.contains(['\\', '/']) && !moniker.contains("script:") => Object::Other,
        _ => Object::Hidden,
    }
}

fn is_process(text: &str) -> bool {
    text.to_lowercase().contains("win32_process")
}

/// `A.B` from the tokens of a type name.
fn dotted(code: &Code<'_>, at: usize, end: usize) -> String {
    if code.kind(at) != Kind::Name {
        return String::new();
    }
    let chain = Chain::read(code, at, end);
    chain.links.iter().map(|link| link.name).collect::<Vec<_>>().join(".")
}
