//! Runs a script over what is known. Where a condition is not known every branch is run; a loop that nobody knows the
//! end of is run once. Everything lives in lists of the machine and goes with it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::syntax::{Expression, Function, Statement, Suffix};
use super::value::{GAP, Value, bits, shown};
use super::{lexer, syntax};
use crate::hashed::HashMap;
use crate::languages::ActionKind;
use crate::languages::commands::{Files, Step};

/// Sentences and expressions inside one another, calls included.
const DEPTH: u32 = 160;
/// Objects, and variables of calls.
const OBJECTS: usize = 50_000;
/// Bytes of all texts that are made.
const MADE: usize = 24 << 20;
/// Longest text, in units.
const LONGEST: usize = 1 << 18;
/// Things done that are kept, and bytes of one of them.
const STEPS: usize = 256;
const DETAIL: usize = 1 << 14;
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
struct Scope {
    variables: HashMap<Rc<str>, Value>,
    parent: Option<usize>,
}

/// How a sentence ends.
enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
    Throw(Value),
}

pub(super) struct Machine {
    pub(super) objects: Vec<Object>,
    scopes: Vec<Scope>,
    scope: usize,
    pub(super) this: Value,
    pub(super) fuel: u64,
    depth: u32,
    made: usize,
    scripts: u32,
    read: usize,
    pub(super) steps: Vec<Step>,
    pub(super) files: Files,
    /// Something was not run to its end, or is not known here.
    pub(super) cut: bool,
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
        }
    }

    // ---- means -------------------------------------------------------------------------------------------------------

    pub(super) fn spend(&mut self, n: usize) -> bool {
        self.fuel = self.fuel.saturating_sub(n as u64);
        self.cut |= self.fuel == 0;
        self.fuel > 0
    }

    pub(super) fn act(&mut self, kind: ActionKind, detail: &Value) {
        let mut detail = self.string(detail);
        if detail.len() > DETAIL {
            detail.truncate((0..=DETAIL).rev().find(|at| detail.is_char_boundary(*at)).unwrap_or(0));
        }
        let step = Step { kind, detail };
        if self.steps.len() < STEPS && !self.steps.contains(&step) {
            self.steps.push(step);
        }
    }

    pub(super) fn make(&mut self, kind: Kind) -> Value {
        if self.objects.len() >= OBJECTS {
            self.cut = true;
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
        if let Value::Object(at) = object
            && let Some(object) = self.objects.get_mut(*at)
            && (object.fields.len() < OBJECTS / 10 || object.fields.contains_key(name))
        {
            object.fields.insert(name.into(), value);
        }
    }

    /// A text that is made, counted.
    pub(super) fn made(&mut self, units: Vec<u16>) -> Value {
        self.made = self.made.saturating_add(units.len().saturating_mul(2));
        if units.len() > LONGEST || self.made > MADE || !self.spend(units.len() >> 3) {
            self.cut = true;
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
                            self.cut = true;
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
            self.cut = true;
            return "…".into();
        }
        String::from_utf16_lossy(&units)
    }

    /// Pays for looking at texts as a whole.
    pub(super) fn weigh(&mut self, values: &[&Value]) -> bool {
        let length = |value: &&Value| if let Value::Text(text) = value { text.len() >> 4 } else { 0 };
        self.spend(values.iter().map(length).fold(0, usize::saturating_add))
    }

    // ---- scripts and calls -------------------------------------------------------------------------------------------

    /// Runs a text as a script, in the scope that is open; `None` where it is none.
    pub(super) fn run(&mut self, script: &str) -> Option<Value> {
        self.scripts = self.scripts.saturating_add(1);
        self.read = self.read.saturating_add(script.len());
        if self.scripts > SCRIPTS || self.read > READ || !self.spend(script.len()) {
            self.cut = true;
            return Some(Value::Unknown);
        }
        let tokens = lexer::tokens(script)?;
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

    fn declare(&mut self, list: &[Statement]) {
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
            self.cut = true;
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

    fn descend(&mut self) -> bool {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH {
            self.depth = self.depth.saturating_sub(1);
            self.cut = true;
            return false;
        }
        true
    }

    fn ascend(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    // ---- variables ---------------------------------------------------------------------------------------------------

    fn holder(&self, name: &str) -> Option<usize> {
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

    fn set(&mut self, name: &Rc<str>, value: Value, here: bool) {
        let at = if here { self.scope } else { self.holder(name).unwrap_or(0) };
        if let Some(scope) = self.scopes.get_mut(at) {
            scope.variables.insert(Rc::clone(name), value);
        }
    }

    fn get(&mut self, name: &Rc<str>) -> Value {
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
    fn kept(&mut self, name: &Rc<str>, kind: Kind) -> Value {
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

    // ---- statements --------------------------------------------------------------------------------------------------

    fn block(&mut self, list: &[Statement]) -> Flow {
        self.declare(list);
        for statement in list {
            match self.statement(statement) {
                Flow::Next => {}
                other => return other,
            }
        }
        Flow::Next
    }

    fn statement(&mut self, statement: &Statement) -> Flow {
        if !self.spend(1) || !self.descend() {
            return Flow::Return(Value::Unknown);
        }
        let flow = self.any_statement(statement);
        self.ascend();
        flow
    }

    fn any_statement(&mut self, statement: &Statement) -> Flow {
        match statement {
            Statement::Expression(expression) => {
                self.value(expression);
                Flow::Next
            }
            Statement::Variables(list) => {
                for (name, value) in list {
                    let value = value.as_ref().map(|value| self.value(value));
                    if value.is_some() || self.holder(name).is_none_or(|at| at != self.scope) {
                        self.set(name, value.unwrap_or(Value::Undefined), true);
                    }
                }
                Flow::Next
            }
            Statement::Function(_) => Flow::Next,
            Statement::Block(list) => self.block(list),
            Statement::If(condition, then, other) => match self.value(condition).holds() {
                Some(true) => self.statement(then),
                Some(false) => other.as_ref().map_or(Flow::Next, |other| self.statement(other)),
                None => {
                    let one = self.statement(then);
                    let two = other.as_ref().map_or(Flow::Next, |other| self.statement(other));
                    match (one, two) {
                        (Flow::Return(value), Flow::Return(_)) => Flow::Return(value),
                        (Flow::Break, Flow::Break) => Flow::Break,
                        _ => Flow::Next,
                    }
                }
            },
            Statement::Loop(condition, step, body, first) => {
                self.repeat(condition.as_ref(), step.as_ref(), body, *first)
            }
            Statement::Each(name, list, body) => self.each(name, list, body),
            Statement::Return(value) => {
                Flow::Return(value.as_ref().map_or(Value::Undefined, |value| self.value(value)))
            }
            Statement::Throw(value) => Flow::Throw(self.value(value)),
            Statement::Break => Flow::Break,
            Statement::Continue => Flow::Continue,
            Statement::Try(body, handler, last) => {
                let flow = self.block(body);
                // Whether Windows raises an error is not known.
                let flow = match (flow, handler) {
                    (Flow::Throw(value), Some((name, body))) => {
                        self.set(name, value, true);
                        self.block(body)
                    }
                    (flow, Some((name, body))) => {
                        self.set(name, Value::Unknown, true);
                        self.block(body);
                        flow
                    }
                    (flow, None) => flow,
                };
                match self.block(last) {
                    Flow::Next => flow,
                    other => other,
                }
            }
            Statement::Switch(head, cases) => self.switch(head, cases),
        }
    }

    fn repeat(
        &mut self,
        condition: Option<&Expression>,
        step: Option<&Expression>,
        body: &Statement,
        first: bool,
    ) -> Flow {
        // A loop may take half of what is left.
        let floor = self.fuel / 2;
        let mut skips = first;
        loop {
            let holds = match condition {
                Some(condition) if !skips => self.value(condition).holds(),
                _ => Some(true),
            };
            skips = false;
            if holds == Some(false) {
                return Flow::Next;
            }
            match self.statement(body) {
                Flow::Break => return Flow::Next,
                Flow::Next | Flow::Continue => {}
                other => return other,
            }
            if let Some(step) = step {
                self.value(step);
            }
            if self.fuel <= floor || !self.spend(1) {
                self.cut = true;
                return Flow::Next;
            }
            if holds.is_none() {
                return Flow::Next;
            }
        }
    }

    fn each(&mut self, name: &Rc<str>, list: &Expression, body: &Statement) -> Flow {
        let list = self.value(list);
        let keys: Vec<Value> = match (&list, self.kind(&list)) {
            (_, Some(Kind::Array(items))) => (0..items.len()).map(|at| Value::text(&at.to_string())).collect(),
            (Value::Object(at), Some(Kind::Plain)) => self
                .objects
                .get(*at)
                .map_or(Vec::new(), |object| object.fields.keys().map(|key| Value::text(key)).collect()),
            _ => vec![Value::Unknown],
        };
        for key in keys {
            if !self.spend(1) {
                break;
            }
            self.set(name, key, false);
            match self.statement(body) {
                Flow::Break => break,
                Flow::Next | Flow::Continue => {}
                other => return other,
            }
        }
        Flow::Next
    }

    fn switch(&mut self, head: &Expression, cases: &[(Option<Expression>, Vec<Statement>)]) -> Flow {
        let head = self.value(head);
        let mut start = None;
        let mut known = true;
        for (at, (case, _)) in cases.iter().enumerate() {
            let Some(case) = case else { continue };
            let case = self.value(case);
            match self.equal(&head, &case) {
                Some(true) => {
                    start = Some(at);
                    break;
                }
                Some(false) => {}
                None => known = false,
            }
        }
        let start = match start {
            Some(start) => start,
            None if known => match cases.iter().position(|(case, _)| case.is_none()) {
                Some(start) => start,
                None => return Flow::Next,
            },
            None => {
                // Any of them.
                for (_, body) in cases {
                    self.block(body);
                }
                return Flow::Next;
            }
        };
        for (_, body) in cases.iter().skip(start) {
            match self.block(body) {
                Flow::Next => {}
                Flow::Break => return Flow::Next,
                other => return other,
            }
        }
        Flow::Next
    }

    // ---- expressions -------------------------------------------------------------------------------------------------

    pub(super) fn value(&mut self, expression: &Expression) -> Value {
        if !self.spend(1) || !self.descend() {
            return Value::Unknown;
        }
        let value = self.any_value(expression);
        self.ascend();
        value
    }

    fn any_value(&mut self, expression: &Expression) -> Value {
        match expression {
            Expression::Number(number) => Value::Number(*number),
            Expression::Text(text) => Value::Text(Rc::clone(text)),
            Expression::Pattern(source, flags) => self.make(Kind::Pattern(Rc::clone(source), Rc::clone(flags))),
            Expression::Name(name) => self.get(name),
            Expression::Array(list) => {
                let list = list.iter().map(|item| self.value(item)).collect();
                self.make(Kind::Array(list))
            }
            Expression::Object(fields) => {
                let made = self.make(Kind::Plain);
                for (name, value) in fields {
                    let value = self.value(value);
                    self.set_field(&made, name, value);
                }
                made
            }
            Expression::Function(function) => self.make(Kind::Function(Rc::clone(function), self.scope)),
            Expression::Unary(operator, operand) => self.unary(operator, operand),
            Expression::Step(step, old, target) => {
                let before = self.value(target).number();
                let number = |n: Option<f64>| n.map_or(Value::Unknown, Value::Number);
                let after = number(before.map(|before| before + step));
                self.assign(target, after.clone());
                if *old { number(before) } else { after }
            }
            Expression::Chain(first, rest) => self.chain(first, rest),
            Expression::Assign(operator, target, value) => self.assignment(operator, target, value),
            Expression::Choice(choice) => {
                let (condition, then, other) = &**choice;
                match self.value(condition).holds() {
                    Some(true) => self.value(then),
                    Some(false) => self.value(other),
                    None => {
                        let value = self.value(then);
                        self.value(other);
                        value
                    }
                }
            }
            Expression::Path(base, suffixes) => self.path(base, suffixes),
            Expression::New(class, arguments) => {
                let class = self.value(class);
                let arguments: Vec<Value> = arguments.iter().map(|argument| self.value(argument)).collect();
                if let Some(Kind::Function(..)) = self.kind(&class) {
                    let made = self.make(Kind::Plain);
                    return match self.call(&class, made.clone(), arguments) {
                        value @ Value::Object(_) => value,
                        _ => made,
                    };
                }
                self.call(&class, Value::Unknown, arguments)
            }
            Expression::List(list) => list.iter().fold(Value::Undefined, |_, item| self.value(item)),
        }
    }

    fn unary(&mut self, operator: &str, operand: &Expression) -> Value {
        if operator == "typeof"
            && matches!(operand, Expression::Name(name) if self.holder(name).is_none() && super::host::global(name).is_none() && !super::library::is_native(name))
        {
            return Value::Unknown;
        }
        let value = self.value(operand);
        self.weigh(&[&value]);
        let number = |n: Option<f64>| n.map_or(Value::Unknown, Value::Number);
        match operator {
            "!" => value.holds().map_or(Value::Unknown, |holds| Value::Bool(!holds)),
            "-" => number(value.number().map(|n| -n)),
            "+" => number(value.number()),
            "~" => number(value.number().map(|n| f64::from((!bits(n)).cast_signed()))),
            "typeof" => match (&value, self.kind(&value)) {
                (Value::Unknown, _) => Value::Unknown,
                (Value::Undefined, _) => Value::text("undefined"),
                (Value::Bool(_), _) => Value::text("boolean"),
                (Value::Number(_), _) => Value::text("number"),
                (Value::Text(_), _) => Value::text("string"),
                (_, Some(Kind::Function(..) | Kind::Native(_))) => Value::text("function"),
                _ => Value::text("object"),
            },
            _ => Value::Undefined,
        }
    }

    fn chain(&mut self, first: &Expression, rest: &[(&'static str, Expression)]) -> Value {
        let mut left = self.value(first);
        for (operator, right) in rest {
            left = match (*operator, left.holds()) {
                ("||", Some(true)) | ("&&", Some(false)) => return left,
                ("||", Some(false)) | ("&&", Some(true)) => self.value(right),
                ("||" | "&&", None) => {
                    self.value(right);
                    Value::Unknown
                }
                _ => {
                    let right = self.value(right);
                    self.binary(operator, left, &right)
                }
            };
        }
        left
    }

    fn is_text(&self, value: &Value) -> bool {
        matches!(value, Value::Text(_)) || matches!(self.kind(value), Some(Kind::Array(_)))
    }

    fn binary(&mut self, operator: &str, left: Value, right: &Value) -> Value {
        if operator == "+" && (self.is_text(&left) || self.is_text(right)) {
            let right = self.units(right);
            let mut left = match left {
                Value::Text(left) => left,
                other => self.units(&other),
            };
            if left.len().saturating_add(right.len()) > LONGEST || !self.spend(right.len() >> 3) {
                self.cut = true;
                return Value::Unknown;
            }
            // In place where nobody else has it.
            let copied = if Rc::strong_count(&left) > 1 { left.len() } else { 0 };
            self.made = self.made.saturating_add(copied.saturating_add(right.len()).saturating_mul(2));
            if self.made > MADE || !self.spend(copied >> 3) {
                self.cut = true;
                return Value::Unknown;
            }
            Rc::make_mut(&mut left).extend_from_slice(&right);
            return Value::Text(left);
        }
        if !self.weigh(&[&left, right]) {
            return Value::Unknown;
        }
        match operator {
            "==" | "===" => return self.equal(&left, right).map_or(Value::Unknown, Value::Bool),
            "!=" | "!==" => return self.equal(&left, right).map_or(Value::Unknown, |equal| Value::Bool(!equal)),
            _ => {}
        }
        if let (Value::Text(a), Value::Text(b), "<" | ">" | "<=" | ">=") = (&left, right, operator) {
            return Value::Bool(match operator {
                "<" => a < b,
                ">" => a > b,
                "<=" => a <= b,
                _ => a >= b,
            });
        }
        let (Some(a), Some(b)) = (left.number(), right.number()) else { return Value::Unknown };
        let signed = |n: u32| Value::Number(f64::from(n.cast_signed()));
        let (x, y) = (bits(a), bits(b));
        match operator {
            "+" => Value::Number(a + b),
            "-" => Value::Number(a - b),
            "*" => Value::Number(a * b),
            "/" => Value::Number(a / b),
            "%" => Value::Number(a % b),
            "&" => signed(x & y),
            "|" => signed(x | y),
            "^" => signed(x ^ y),
            "<<" => signed(x.wrapping_shl(y & 31)),
            ">>" => Value::Number(f64::from(x.cast_signed().wrapping_shr(y & 31))),
            ">>>" => Value::Number(f64::from(x.wrapping_shr(y & 31))),
            "<" => Value::Bool(a < b),
            ">" => Value::Bool(a > b),
            "<=" => Value::Bool(a <= b),
            ">=" => Value::Bool(a >= b),
            _ => Value::Unknown,
        }
    }

    fn equal(&self, left: &Value, right: &Value) -> Option<bool> {
        match (left, right) {
            (Value::Unknown, _) | (_, Value::Unknown) => None,
            (Value::Text(a), Value::Text(b)) => (!a.contains(&GAP) && !b.contains(&GAP)).then(|| a == b),
            (Value::Undefined | Value::Null, other) | (other, Value::Undefined | Value::Null) => {
                Some(matches!(other, Value::Undefined | Value::Null))
            }
            (Value::Object(a), Value::Object(b)) => Some(a == b),
            (Value::Object(_), _) | (_, Value::Object(_)) => None,
            (a, b) => Some(a.number()? == b.number()?),
        }
    }

    fn assignment(&mut self, operator: &'static str, target: &Expression, value: &Expression) -> Value {
        // `x = x + …` grows a text as `x += …` does.
        let (operator, own) = match (operator, target, value) {
            ("", Expression::Name(name), Expression::Chain(first, rest))
                if rest.iter().all(|(operator, _)| *operator == "+")
                    && matches!(&**first, Expression::Name(first) if first == name) =>
            {
                ("+", Some(rest.as_slice()))
            }
            (operator, ..) => (operator, None),
        };
        if operator.is_empty() {
            let value = self.value(value);
            self.assign(target, value.clone());
            return value;
        }
        let rights: Vec<Value> = match own {
            Some(rest) => rest.iter().map(|(_, right)| self.value(right)).collect(),
            None => vec![self.value(value)],
        };
        let mut left = match target {
            Expression::Name(name) => {
                let at = self.holder(name);
                let slot = at.and_then(|at| self.scopes.get_mut(at)).and_then(|scope| scope.variables.get_mut(name));
                slot.map_or(Value::Unknown, |slot| std::mem::replace(slot, Value::Unknown))
            }
            other => self.value(other),
        };
        for right in &rights {
            left = self.binary(operator, left, right);
        }
        if let (Expression::Name(_), Value::Text(_)) = (target, &left) {
            // The result of the sentence itself is seldom wanted, and a second owner would copy it next time.
            self.assign(target, left);
            return Value::Unknown;
        }
        self.assign(target, left.clone());
        left
    }

    fn assign(&mut self, target: &Expression, value: Value) {
        match target {
            Expression::Name(name) => self.set(name, value, false),
            Expression::Path(base, suffixes) => {
                let Some((last, before)) = suffixes.split_last() else { return };
                let owner = if before.is_empty() { self.value(base) } else { self.path(base, before) };
                let key = match last {
                    Suffix::Member(name) => Rc::clone(name),
                    Suffix::Index(index) => {
                        let index = self.value(index);
                        self.string(&index).into()
                    }
                    Suffix::Call(_) => return,
                };
                self.put(&owner, &key, value);
            }
            _ => {}
        }
    }

    fn put(&mut self, owner: &Value, key: &str, value: Value) {
        if let Some(class) = self.host(owner) {
            self.put_host(class, owner, key, value);
            return;
        }
        let at = key.parse::<usize>().ok().filter(|at| *at < OBJECTS);
        if let (Some(at), Some(list)) = (at, self.list_mut(owner)) {
            if at >= list.len() {
                let grown = at.saturating_sub(list.len());
                list.resize(at.saturating_add(1), Value::Undefined);
                self.spend(grown);
            }
            if let Some(slot) = self.list_mut(owner).and_then(|list| list.get_mut(at)) {
                *slot = value;
            }
            return;
        }
        self.set_field(owner, key, value);
    }

    /// Members and calls, from the left; a call knows the object that stands before its name.
    fn path(&mut self, base: &Expression, suffixes: &[Suffix]) -> Value {
        let mut value = self.value(base);
        let mut member: Option<(Value, Rc<str>)> = None;
        let mut rest = suffixes.iter().peekable();
        while let Some(suffix) = rest.next() {
            match suffix {
                Suffix::Member(_) | Suffix::Index(_) => {
                    let name: Rc<str> = match suffix {
                        Suffix::Member(name) => Rc::clone(name),
                        Suffix::Index(index) => {
                            let index = self.value(index);
                            // A place in a list or text.
                            if let (Value::Number(_), Some(at)) = (&index, index.index()) {
                                let item = match &value {
                                    Value::Text(text) => {
                                        Some(text.get(at).map_or(Value::Undefined, |unit| Value::units(&[*unit])))
                                    }
                                    list => {
                                        self.list(list).map(|list| list.get(at).cloned().unwrap_or(Value::Undefined))
                                    }
                                };
                                if let Some(item) = item {
                                    (value, member) = (item, None);
                                    continue;
                                }
                            }
                            self.string(&index).into()
                        }
                        Suffix::Call(_) => continue,
                    };
                    if matches!(rest.peek(), Some(Suffix::Call(_))) {
                        member = Some((value.clone(), name));
                    } else {
                        value = self.property(&value, &name);
                        member = None;
                    }
                }
                Suffix::Call(arguments) => {
                    let arguments: Vec<Value> = arguments.iter().map(|argument| self.value(argument)).collect();
                    value = match member.take() {
                        Some((owner, name)) => self.method(owner, &name, arguments),
                        None => self.call(&value, Value::Unknown, arguments),
                    };
                }
            }
            if self.fuel == 0 {
                return Value::Unknown;
            }
        }
        value
    }
}
