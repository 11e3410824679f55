//! Runs a script over what is known: what it has to hand, its calls and variables.
//!
//! Where a condition is not known every branch is run; a loop that nobody knows the end of is run once. Everything lives
//! in lists of the machine and goes with it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::syntax::{Function, Statement};
use super::value::{GAP, Value, shown};
use super::{lexer, syntax};
use crate::hashed::HashMap;
use crate::languages::ActionKind;
use crate::languages::commands::{Files, Step};
use crate::languages::encoded::plain;

/// Sentences and expressions inside one another, calls included.
const DEPTH: u32 = 160;
/// Objects, and variables of calls.
pub(super) const OBJECTS: usize = 50_000;
/// Bytes of all texts that are made.
pub(super) const MADE: usize = 24 << 20;
/// Longest text, in units.
pub(super) const LONGEST: usize = 1 << 18;
/// Things done that are kept, and bytes of one of them.
const STEPS: usize = 256;
const DETAIL: usize = 1 << 16;
/// Texts that are run as scripts, and their bytes in all: a tree takes far more.
const SCRIPTS: u32 = 64;
const READ: usize = 1 << 19;

/// What an object is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Plain,
    Array(Vec<Value>),
    /// A function and the scope it was made in.
    Function(Rc<Function>, usize),
    /// A function or object of the language or its host, by its name.
    Native(Rc<str>),
    Pattern(Rc<str>, Rc<str>),
    /// An object of Windows; the word says what.
    Host(&'static str),
}

#[derive(Debug)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) fields: BTreeMap<Rc<str>, Value>,
}

#[derive(Default)]
pub(super) struct Scope {
    pub(super) variables: HashMap<Rc<str>, Value>,
    parent: Option<usize>,
}

/// How a sentence ends.
pub(super) enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
    Throw(Value),
}

pub(super) struct Machine {
    pub(super) objects: Vec<Object>,
    pub(super) scopes: Vec<Scope>,
    pub(super) scope: usize,
    pub(super) this: Value,
    pub(super) fuel: u64,
    depth: u32,
    pub(super) made: usize,
    scripts: u32,
    read: usize,
    pub(super) steps: Vec<Step>,
    pub(super) files: Files,
    /// Something was not run to its end, or is not known here.
    pub(super) cut: bool,
    /// Because an allowance ended.
    pub(super) exhausted: bool,
}

impl Machine {
    pub(super) fn new(fuel: u64) -> Self {
        Self {
            objects: Vec::new(),
            scopes: vec![Scope::default()],
            scope: 0,
            this: Value::Unknown,
            fuel,
            depth: 0,
            made: 0,
            scripts: 0,
            read: 0,
            steps: Vec::new(),
            files: Files::default(),
            cut: false,
            exhausted: false,
        }
    }

    pub(super) fn spend(&mut self, n: usize) -> bool {
        self.fuel = self.fuel.saturating_sub(n as u64);
        if self.fuel == 0 {
            self.exhaust();
        }
        self.fuel > 0
    }

    /// Says that an allowance ended before the script did.
    pub(super) fn exhaust(&mut self) {
        self.cut = true;
        self.exhausted = true;
    }

    pub(super) fn act(&mut self, kind: ActionKind, detail: &Value) {
        let mut detail = self.string(detail);
        if detail.len() > DETAIL {
            self.exhaust();
            detail.truncate((0..=DETAIL).rev().find(|at| detail.is_char_boundary(*at)).unwrap_or(0));
        }
        let step = Step { kind, detail };
        if self.steps.contains(&step) {
            return;
        }
        if self.steps.len() < STEPS {
            self.steps.push(step);
        } else {
            self.exhaust();
        }
    }

    pub(super) fn make(&mut self, kind: Kind) -> Value {
        if self.objects.len() >= OBJECTS {
            self.exhaust();
            return Value::Unknown;
        }
        self.objects.push(Object { kind, fields: BTreeMap::new() });
        Value::Object(self.objects.len().saturating_sub(1))
    }

    pub(super) fn kind(&self, value: &Value) -> Option<&Kind> {
        if let Value::Object(at) = value { self.objects.get(*at).map(|object| &object.kind) } else { None }
    }

    pub(super) fn host(&self, value: &Value) -> Option<&'static str> {
        if let Some(Kind::Host(class)) = self.kind(value) { Some(class) } else { None }
    }

    pub(super) fn list(&self, value: &Value) -> Option<&Vec<Value>> {
        if let Some(Kind::Array(list)) = self.kind(value) { Some(list) } else { None }
    }

    pub(super) fn list_mut(&mut self, value: &Value) -> Option<&mut Vec<Value>> {
        let Value::Object(at) = value else { return None };
        match self.objects.get_mut(*at).map(|object| &mut object.kind) {
            Some(Kind::Array(list)) => Some(list),
            _ => None,
        }
    }

    pub(super) fn field(&self, value: &Value, name: &str) -> Option<Value> {
        let Value::Object(at) = value else { return None };
        self.objects.get(*at)?.fields.get(name).cloned()
    }

    pub(super) fn set_field(&mut self, object: &Value, name: &str, value: Value) {
        let Value::Object(at) = object else { return };
        let Some(object) = self.objects.get_mut(*at) else { return };
        if object.fields.len() < OBJECTS / 10 || object.fields.contains_key(name) {
            object.fields.insert(name.into(), value);
        } else {
            self.exhaust();
        }
    }

    /// A text that is made, counted.
    pub(super) fn made(&mut self, units: Vec<u16>) -> Value {
        self.made = self.made.saturating_add(units.len().saturating_mul(2));
        if units.len() > LONGEST || self.made > MADE || !self.spend(units.len() >> 3) {
            self.exhaust();
            return Value::Unknown;
        }
        Value::Text(Rc::new(units))
    }

    /// What a value is as text.
    pub(super) fn units(&mut self, value: &Value) -> Rc<Vec<u16>> {
        self.units_in(value, 0)
    }

    fn units_in(&mut self, value: &Value, depth: u8) -> Rc<Vec<u16>> {
        let text = |text: &str| Rc::new(text.encode_utf16().collect());
        match value {
            Value::Text(units) => Rc::clone(units),
            Value::Undefined => text("undefined"),
            Value::Null => text("null"),
            Value::Bool(value) => text(if *value { "true" } else { "false" }),
            Value::Number(n) => text(&shown(*n)),
            Value::Object(_) if depth < 4 => match self.list(value).cloned() {
                Some(list) => {
                    let mut units = Vec::new();
                    for (at, item) in list.iter().enumerate() {
                        if at > 0 {
                            units.push(u16::from(b','));
                        }
                        if !matches!(item, Value::Undefined | Value::Null) {
                            units.extend_from_slice(&self.units_in(item, depth.saturating_add(1)));
                        }
                        if units.len() > LONGEST || !self.spend(1) {
                            self.exhaust();
                            break;
                        }
                    }
                    Rc::new(units)
                }
                None => Rc::new(vec![GAP]),
            },
            Value::Unknown | Value::Object(_) => Rc::new(vec![GAP]),
        }
    }

    pub(super) fn string(&mut self, value: &Value) -> String {
        let units = self.units(value);
        self.made = self.made.saturating_add(units.len());
        if self.made > MADE || !self.spend(units.len() >> 4) {
            self.exhaust();
            return "…".into();
        }
        String::from_utf16_lossy(&units)
    }

    /// Pays for looking at texts as a whole.
    pub(super) fn weigh(&mut self, values: &[&Value]) -> bool {
        let length = |value: &&Value| if let Value::Text(text) = value { text.len() >> 4 } else { 0 };
        self.spend(values.iter().map(length).fold(0, usize::saturating_add))
    }

    /// Runs a text as a script, in the scope that is open; `None` where it is none.
    pub(super) fn run(&mut self, script: &str) -> Option<Value> {
        self.scripts = self.scripts.saturating_add(1);
        self.read = self.read.saturating_add(script.len());
        if self.scripts > SCRIPTS || self.read > READ || !self.spend(script.len()) {
            self.exhaust();
            return Some(Value::Unknown);
        }
        let tokens = lexer::tokens(&plain(script))?;
        let list = syntax::read(&tokens)?;
        let mut last = Value::Undefined;
        self.declare(&list);
        for statement in &list {
            match statement {
                Statement::Expression(expression) => last = self.value(expression),
                statement => {
                    if let Flow::Throw(_) | Flow::Return(_) = self.statement(statement) {
                        break;
                    }
                }
            }
        }
        Some(last)
    }

    pub(super) fn declare(&mut self, list: &[Statement]) {
        for statement in list {
            if let Statement::Function(function) = statement {
                let made = self.make(Kind::Function(Rc::clone(function), self.scope));
                self.set(&function.name, made, true);
            }
        }
    }

    /// Calls a function with what it is told.
    pub(super) fn call(&mut self, function: &Value, this: Value, arguments: Vec<Value>) -> Value {
        let (function, scope) = match self.kind(function) {
            Some(Kind::Function(function, scope)) => (Rc::clone(function), *scope),
            Some(Kind::Native(name)) => {
                let name = Rc::clone(name);
                return self.native(&name, &arguments);
            }
            _ => {
                self.cut = true;
                return Value::Unknown;
            }
        };
        if self.scopes.len() >= OBJECTS || !self.spend(arguments.len()) || !self.descend() {
            self.exhaust();
            return Value::Unknown;
        }
        let all = self.make(Kind::Array(arguments.clone()));
        let mut given = arguments.into_iter();
        let mut variables: HashMap<Rc<str>, Value> = HashMap::default();
        variables.insert("arguments".into(), all);
        for name in &function.parameters {
            variables.insert(Rc::clone(name), given.next().unwrap_or(Value::Undefined));
        }
        self.scopes.push(Scope { variables, parent: Some(scope) });
        let outer = (self.scope, std::mem::replace(&mut self.this, this));
        self.scope = self.scopes.len().saturating_sub(1);
        let flow = self.block(&function.body);
        (self.scope, self.this) = outer;
        self.ascend();
        match flow {
            Flow::Return(value) => value,
            Flow::Throw(_) => Value::Unknown,
            _ => Value::Undefined,
        }
    }

    pub(super) fn descend(&mut self) -> bool {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH {
            self.depth = self.depth.saturating_sub(1);
            self.exhaust();
            return false;
        }
        true
    }

    pub(super) fn ascend(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub(super) fn holder(&self, name: &str) -> Option<usize> {
        let mut at = Some(self.scope);
        for _ in 0..DEPTH {
            let scope = self.scopes.get(at?)?;
            if scope.variables.contains_key(name) {
                return at;
            }
            at = scope.parent;
        }
        None
    }

    pub(super) fn set(&mut self, name: &Rc<str>, value: Value, here: bool) {
        let at = if here { self.scope } else { self.holder(name).unwrap_or(0) };
        if let Some(scope) = self.scopes.get_mut(at) {
            scope.variables.insert(Rc::clone(name), value);
        }
    }

    pub(super) fn get(&mut self, name: &Rc<str>) -> Value {
        let found = self.holder(name).and_then(|at| self.scopes.get(at));
        if let Some(value) = found.and_then(|scope| scope.variables.get(name)) {
            return value.clone();
        }
        match &**name {
            "undefined" => Value::Undefined,
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "NaN" => Value::Number(f64::NAN),
            "Infinity" => Value::Number(f64::INFINITY),
            "this" => self.this.clone(),
            other => match super::host::global(other) {
                Some(class) => self.kept(name, Kind::Host(class)),
                None if super::library::is_native(other) => self.kept(name, Kind::Native(Rc::clone(name))),
                None => {
                    self.cut = true;
                    Value::Unknown
                }
            },
        }
    }

    /// A value of the host, made once.
    pub(super) fn kept(&mut self, name: &Rc<str>, kind: Kind) -> Value {
        let made = self.make(kind);
        if let Some(scope) = self.scopes.first_mut() {
            scope.variables.insert(Rc::clone(name), made.clone());
        }
        made
    }

    pub(super) fn global(&mut self, name: &str) -> Value {
        self.get(&Rc::from(name))
    }

    pub(super) fn set_global(&mut self, name: &str, value: Value) {
        if let Some(scope) = self.scopes.first_mut() {
            scope.variables.insert(name.into(), value);
        }
    }
}
