//! What an expression is, as far as it can be told without running anything.
//!
//! Literals, what string functions make of them, names that are given a value in one place or line after line, and
//! parameters that every caller gives the same. Everything else is unknown, and an unknown piece of a text shows as `…`.
//! The operators bind as in [MS-VBAL] 5.6.9.

use std::cell::{Cell, OnceCell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use super::chain::{Chain, Link, arguments};
use super::flow::Flow;
use super::functions::{constant, function, length, number};
use super::lexer::{Code, Kind};
use super::names::Symbol;
use super::outline::{Outline, PROCEDURE};
use super::sites::{Site, Sites};
use crate::budget::Budget;
use crate::hashed::HashMap;
use crate::order;

/// The value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(f64),
    /// A text, and whether all of it is known.
    Text(String, bool),
    /// What `Array` and `Split` make.
    List(Rc<Vec<Value>>),
    Unknown,
}

/// Longest text kept: the longest line cmd.exe takes.
pub(super) const LONGEST: usize = 1 << 13;
/// Bytes of texts remembered in all; what comes later is unknown.
const REMEMBERED: usize = 8 << 20;
/// What each takes in memory: a variable handed over, a name with values, a value, a statement of a procedure.
const PASS: u64 = 128;
const KEY: u64 = 128;
const VALUE: u64 = 80;
const PLACE: u64 = 24;
/// Nesting of parentheses and calls that is followed.
const DEPTH: u32 = 24;
/// Values of one function that are told apart.
const CHOICES: usize = 16;
/// Stands for what is not known.
const GAP: char = '…';

impl Value {
    /// As text, with gaps; `None` if nothing is known.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text, _) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::List(_) | Self::Unknown => None,
        }
    }

    /// As text, if all of it is known.
    pub(super) fn known(&self) -> Option<String> {
        if matches!(self, Self::Text(_, false)) { None } else { self.text() }
    }

    pub(super) const fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// Bytes it keeps.
    fn held(&self) -> usize {
        match self {
            Self::Text(text, _) => text.len(),
            Self::List(list) => list.len().saturating_mul(size_of::<Self>()),
            Self::Number(_) | Self::Unknown => 0,
        }
    }

    /// One value of a list.
    fn item(&self, index: &[Self]) -> Self {
        let Self::List(list) = self else { return Self::Unknown };
        let index = index.first().and_then(Self::number).and_then(length);
        index.and_then(|index| list.get(index)).cloned().unwrap_or(Self::Unknown)
    }

    pub(super) fn join(self, other: &Self) -> Self {
        if self == Self::Unknown && *other == Self::Unknown {
            return Self::Unknown;
        }
        let mut known = true;
        let mut text = String::new();
        for value in [&self, other] {
            known &= value.known().is_some();
            match value.text() {
                Some(part) => text.push_str(&part),
                None if text.ends_with(GAP) => {}
                None => text.push(GAP),
            }
        }
        if text.len() > LONGEST { Self::Unknown } else { Self::Text(text, known) }
    }
}

/// Where a name gets its values.
struct Assigned {
    module: usize,
    /// `usize::MAX` for a constant.
    procedure: usize,
    /// What it is given, in the order of lines; an empty range is a value nobody can tell.
    ranges: Vec<Range<usize>>,
    /// Given values by several procedures.
    mixed: bool,
}

/// A variable, function or constant: its procedure, or `None` for the project, and its name.
type Key = (Option<usize>, Symbol);

/// Values of names, worked out when asked for.
pub(super) struct Values<'o, 'a> {
    outline: &'o Outline<'a>,
    budget: &'o Budget,
    assigned: HashMap<Key, Assigned>,
    /// By module and first token of what is assigned.
    done: RefCell<HashMap<(usize, usize), Value>>,
    /// By procedure and number of the parameter.
    parameters: RefCell<HashMap<(usize, usize), Value>>,
    flows: RefCell<HashMap<usize, Rc<Flow>>>,
    sites: OnceCell<Sites>,
    remembered: Cell<usize>,
    /// Not every assignment is kept, so that no name has a value that is certain.
    blind: Cell<bool>,
}

impl<'o, 'a> Values<'o, 'a> {
    pub(super) fn new(outline: &'o Outline<'a>, budget: &'o Budget) -> Self {
        let mut values = Self {
            outline,
            budget,
            assigned: HashMap::default(),
            done: RefCell::default(),
            parameters: RefCell::default(),
            flows: RefCell::default(),
            sites: OnceCell::new(),
            remembered: Cell::new(0),
            blind: Cell::new(false),
        };
        let mut passed = Vec::new();
        for procedure in 0..outline.procedures.len() {
            let Some(unit) = outline.unit(procedure) else { continue };
            let module = outline.procedures.get(procedure).map_or(0, |p| p.module);
            for statement in outline.body(procedure) {
                let statement = &statement.range();
                values.assignment(&unit.code, module, procedure, statement);
                for pass in passes(outline, &unit.code, statement) {
                    if values.hold(PASS) {
                        passed.push((module, procedure, pass));
                    }
                }
            }
        }
        let given_back = |(module, procedure, pass)| values.given_back(module, procedure, pass);
        let changed = order::set(passed.into_iter().filter_map(given_back));
        for key in changed {
            if let Some(assigned) = values.assigned.get_mut(&key) {
                order::sort_by_key(&mut assigned.ranges, |range| range.start);
            }
        }
        for (module, unit) in outline.units.iter().enumerate() {
            for statement in &unit.statements {
                let statement = &statement.range();
                if (statement.start..statement.end.min(statement.start.saturating_add(3)))
                    .any(|at| unit.code.is(at, "const"))
                {
                    values.constants(&unit.code, module, statement);
                }
            }
        }
        values
    }

    /// `x = …`, `Let x = …`, `For x = …`; `Set` never gives a text. What changes a part of a value makes it unknown.
    fn assignment(&mut self, code: &Code<'_>, module: usize, procedure: usize, statement: &Range<usize>) {
        let start = statement.start;
        let let_word = code.is(start, "let") || code.is(start, "for");
        let name = start.saturating_add(usize::from(let_word));
        let equals = name.saturating_add(1);
        if code.kind(name) != Kind::Name {
            return;
        }
        if code.is_mark(equals, "=") {
            let from = equals.saturating_add(1);
            // A loop variable has many values.
            let range = from..if code.is(start, "for") { from } else { statement.end };
            self.assign(code.symbol(name), module, procedure, range);
        } else if let Some(close) = code.pair(equals).filter(|close| code.is_mark(close.saturating_add(1), "=")) {
            // `Mid(s, 1) = …`, `list(0) = …`
            let part = if code.is(name, "mid") || code.is(name, "midb") { equals.saturating_add(1) } else { name };
            if close < statement.end && self.is_variable(procedure, code.symbol(part)) {
                self.assign(code.symbol(part), module, procedure, close..close);
            }
        } else if code.is(name, "input") || code.is(name, "line") && code.is(equals, "input") || code.is(name, "get") {
            // `Line Input #1, s`
            if let Some(last) = statement.end.checked_sub(1).filter(|last| code.kind(*last) == Kind::Name) {
                self.assign(code.symbol(last), module, procedure, last..last);
            }
        }
    }

    fn is_variable(&self, procedure: usize, name: Symbol) -> bool {
        self.outline.globals.contains(&name)
            || self.outline.is_local(procedure, name)
            || self.assigned.contains_key(&(Some(procedure), name))
    }

    /// A variable that a procedure of the project is handed has another value behind the call, if that one changes it.
    fn given_back(&mut self, module: usize, procedure: usize, pass: Pass) -> Option<Key> {
        let called = self.outline.named(pass.called);
        let changes = called.iter().take(DEPTH as usize).any(|id| {
            let parameter = self.outline.procedures.get(*id).and_then(|p| p.parameters.get(pass.index));
            parameter.is_some_and(|name| self.assigned.contains_key(&(Some(*id), *name)))
        });
        let key = (self.outline.scope(procedure, pass.variable), pass.variable);
        let assigns = changes && self.assigned.contains_key(&key);
        assigns.then(|| {
            self.assign(pass.variable, module, procedure, pass.at..pass.at);
            key
        })
    }

    fn constants(&mut self, code: &Code<'_>, module: usize, statement: &Range<usize>) {
        let mut start = statement.start;
        for at in statement.clone() {
            let next = at.saturating_add(1);
            if code.is(at, "const") || code.is_mark(at, ",") {
                start = next;
            } else if code.is_mark(at, "=") && code.kind(start) == Kind::Name {
                let end = (next..statement.end).find(|at| code.is_mark(*at, ",")).unwrap_or(statement.end);
                // Constants of procedures share the scope of the project; a name with two values has none.
                self.assign_to((None, code.symbol(start)), module, usize::MAX, next..end);
                start = end;
            }
        }
    }

    fn assign(&mut self, name: Symbol, module: usize, procedure: usize, range: Range<usize>) {
        self.assign_to((self.outline.scope(procedure, name), name), module, procedure, range);
    }

    fn assign_to(&mut self, key: Key, module: usize, procedure: usize, range: Range<usize>) {
        let new = if self.assigned.contains_key(&key) { 0 } else { KEY };
        if !self.hold(new.saturating_add(size_of::<Range<usize>>() as u64)) {
            return;
        }
        let entry =
            self.assigned.entry(key).or_insert(Assigned { module, procedure, ranges: Vec::new(), mixed: false });
        entry.mixed |= (entry.module, entry.procedure) != (module, procedure);
        if !entry.mixed {
            entry.ranges.push(range);
        }
    }

    /// Counts memory; without any left, nothing is certain.
    fn hold(&self, bytes: u64) -> bool {
        let held = !self.blind.get() && self.budget.hold_sparing(bytes, 1).is_ok();
        self.blind.set(!held);
        held
    }

    /// The value of an argument: a range of tokens without commas outside parentheses.
    pub(super) fn argument(&self, module: usize, procedure: usize, range: &Range<usize>) -> Value {
        self.at_depth(module, procedure, range, 0)
    }

    fn at_depth(&self, module: usize, procedure: usize, range: &Range<usize>, depth: u32) -> Value {
        let Some(unit) = self.outline.units.get(module) else { return Value::Unknown };
        let mut start = range.start;
        // A named argument.
        if unit.code.is_mark(start.saturating_add(1), ":=") {
            start = start.saturating_add(2);
        }
        if start >= range.end || depth > DEPTH {
            return Value::Unknown;
        }
        let mut parser = Parser { values: self, code: &unit.code, module, procedure, at: start, end: range.end, depth };
        let value = parser.expression(0);
        if parser.at >= range.end { value } else { value.join(&Value::Unknown) }
    }

    /// A name that has no value here: a constant or variable of the project, or a function that returns one value.
    fn elsewhere(&self, name: Symbol) -> Key {
        let function = <[usize; 1]>::try_from(self.outline.named(name)).ok();
        (function.map(|[id]| id), name)
    }

    fn is_parameter(&self, procedure: usize, name: Symbol) -> bool {
        self.outline.procedures.get(procedure).is_some_and(|p| p.parameters.contains(&name))
    }

    /// What a name is at the token `at` of a procedure.
    fn name(&self, procedure: usize, name: Symbol, at: usize, depth: u32) -> Value {
        if self.blind.get() {
            return Value::Unknown;
        }
        let mut key = (self.outline.scope(procedure, name), name);
        if !self.assigned.contains_key(&key) {
            if self.is_parameter(procedure, name) {
                return self.parameter(procedure, name, depth);
            }
            key = self.elsewhere(name);
        }
        let Some(assigned) = self.assigned.get(&key).filter(|assigned| !assigned.mixed) else { return Value::Unknown };
        let at = if assigned.procedure == procedure { at } else { usize::MAX };
        let before = assigned.ranges.partition_point(|range| range.end <= at);
        let next = assigned.ranges.get(before).map_or(usize::MAX, |range| range.start);
        // The value it is just being given is made of the one it has.
        let grows = next <= at && at != usize::MAX;
        match before.checked_sub(1).and_then(|last| assigned.ranges.get(last).map(|range| (last, range))) {
            None if grows => self.at_first(key, procedure, at, next, depth),
            _ if assigned.ranges.len() == 1 && !grows => self.value(assigned, 0, depth),
            None => Value::Unknown,
            Some((last, range)) => {
                let certain =
                    assigned.procedure != usize::MAX && self.flow(assigned.procedure).is_certain(range.start, at, next);
                if certain { self.value(assigned, last, depth) } else { Value::Unknown }
            }
        }
    }

    /// `Module.NAME`: a constant by the module that it stands in.
    fn constant_of(&self, procedure: usize, (module, name): (Symbol, Symbol), depth: u32) -> Value {
        let module = self.outline.module(module).filter(|_| !self.outline.is_local(procedure, module));
        let assigned = self.assigned.get(&(None, name)).filter(|assigned| !assigned.mixed && !self.blind.get());
        match assigned.zip(module) {
            Some((assigned, module)) if assigned.procedure == usize::MAX && assigned.module == module => {
                self.value(assigned, 0, depth)
            }
            _ => Value::Unknown,
        }
    }

    /// What a name is before anything is assigned to it: nothing, or what the caller gave.
    fn at_first(&self, key: Key, procedure: usize, at: usize, next: usize, depth: u32) -> Value {
        let (scope, name) = key;
        if scope != Some(procedure) || self.flow(procedure).comes_back(None, at, next) {
            Value::Unknown
        } else if self.is_parameter(procedure, name) {
            self.parameter(procedure, name, depth)
        } else {
            Value::Text(String::new(), true)
        }
    }

    fn flow(&self, procedure: usize) -> Rc<Flow> {
        if let Some(flow) = self.flows.borrow().get(&procedure) {
            return Rc::clone(flow);
        }
        let body = self.outline.body(procedure);
        if !self.hold(PLACE.saturating_mul(body.len() as u64)) {
            return Rc::default();
        }
        let flow =
            Rc::new(self.outline.unit(procedure).map_or_else(Flow::default, |unit| Flow::read(&unit.code, body)));
        self.flows.borrow_mut().insert(procedure, Rc::clone(&flow));
        flow
    }

    /// The value that the assignment of this number gives. Those before it come first, so that a text that grows over
    /// thousands of lines needs no nesting.
    fn value(&self, assigned: &Assigned, last: usize, depth: u32) -> Value {
        let key = |range: &Range<usize>| (assigned.module, range.start);
        if let Some(value) = assigned.ranges.get(last).and_then(|range| self.done.borrow().get(&key(range)).cloned()) {
            let spent = self.budget.steps(value.held() as u64 >> 6);
            return spent.map_or(Value::Unknown, |()| value);
        }
        let ranges = assigned.ranges.get(..=last).unwrap_or_default();
        let from = ranges.iter().rposition(|range| self.done.borrow().contains_key(&key(range)));
        let mut value = Value::Unknown;
        for range in ranges.iter().skip(from.map_or(0, |from| from.saturating_add(1))) {
            // A name that is defined by itself is unknown while it is being worked out.
            self.done.borrow_mut().insert(key(range), Value::Unknown);
            value = self.at_depth(assigned.module, assigned.procedure, range, depth.saturating_add(1));
            self.remembered.set(self.remembered.get().saturating_add(value.held()));
            if !self.hold(VALUE.saturating_add(value.held() as u64)) {
                return Value::Unknown;
            }
            if self.remembered.get() > REMEMBERED || self.budget.steps(value.held() as u64 >> 4).is_err() {
                return Value::Unknown;
            }
            self.done.borrow_mut().insert(key(range), value.clone());
        }
        value
    }

    /// What a function of the project may return that is called here, or whose value is all that a variable is given.
    pub(super) fn choices(&self, procedure: usize, range: &Range<usize>) -> Vec<Value> {
        let Some(unit) = self.outline.unit(procedure) else { return Vec::new() };
        let name = unit.code.symbol(range.start);
        let variable = self.assigned.get(&(self.outline.scope(procedure, name), name));
        let given = variable.filter(|given| given.procedure == procedure && !given.mixed && given.ranges.len() == 1);
        let range = given.and_then(|given| given.ranges.first()).unwrap_or(range);
        let function = unit.code.symbol(range.start);
        let calls = unit.code.pair(range.start.saturating_add(1)) == range.end.checked_sub(1);
        let returned = self.assigned.get(&self.elsewhere(function)).filter(|_| calls && !self.blind.get());
        let Some(returned) = returned.filter(|returned| !returned.mixed && returned.ranges.len() <= CHOICES) else {
            return Vec::new();
        };
        returned.ranges.iter().map(|range| self.at_depth(returned.module, returned.procedure, range, 1)).collect()
    }

    /// The calls of a procedure; `None` where not all of them can be told.
    pub(super) fn sites(&self, procedure: usize) -> Option<Vec<&Site>> {
        self.sites.get_or_init(|| Sites::read(self.outline, self.budget)).of(self.outline, procedure)
    }

    /// What every caller gives a parameter, if it is the same.
    fn parameter(&self, procedure: usize, name: Symbol, depth: u32) -> Value {
        let parameters = self.outline.procedures.get(procedure).map(|p| p.parameters.as_slice()).unwrap_or_default();
        let Some(index) = parameters.iter().position(|parameter| *parameter == name) else { return Value::Unknown };
        if let Some(value) = self.parameters.borrow().get(&(procedure, index)) {
            return value.clone();
        }
        self.parameters.borrow_mut().insert((procedure, index), Value::Unknown);
        let given = |site: &Site| {
            let range = site.argument(self.outline, name, index)?;
            Some(self.at_depth(site.module, site.procedure, &range, depth.saturating_add(1)))
        };
        let sites = self.sites(procedure).unwrap_or_default();
        let mut values = sites.into_iter().map(|site| given(site).unwrap_or(Value::Unknown));
        let first = values.next().unwrap_or(Value::Unknown);
        let value = if values.all(|value| value == first) { first } else { Value::Unknown };
        self.parameters.borrow_mut().insert((procedure, index), value.clone());
        value
    }
}

/// A variable that stands alone as an argument.
struct Pass {
    called: Symbol,
    index: usize,
    variable: Symbol,
    at: usize,
}

/// The variables that a statement hands to a procedure of the project.
fn passes(outline: &Outline<'_>, code: &Code<'_>, statement: &Range<usize>) -> Vec<Pass> {
    let start = statement.start.saturating_add(usize::from(code.is(statement.start, "call")));
    let follows = start.saturating_add(1);
    if code.kind(start) != Kind::Name || follows >= statement.end || code.is_mark(follows, "=") {
        return Vec::new();
    }
    if !(start..statement.end).any(|at| outline.is(code.symbol(at), PROCEDURE)) {
        return Vec::new();
    }
    let mut chain = Chain::read(code, start, statement.end);
    if !chain.links.last().is_some_and(|link| outline.is(link.symbol, PROCEDURE)) {
        return Vec::new();
    }
    chain.take_statement_arguments(code, statement);
    let Some((called, range)) = chain.links.pop().and_then(|link| Some((link.symbol, link.arguments?))) else {
        return Vec::new();
    };
    let alone = |(index, range): (usize, Range<usize>)| {
        let is_name = range.start.saturating_add(1) == range.end && code.kind(range.start) == Kind::Name;
        is_name.then(|| Pass { called, index, variable: code.symbol(range.start), at: range.start })
    };
    arguments(code, &range).into_iter().enumerate().filter_map(alone).collect()
}

struct Parser<'v, 'o, 'a> {
    values: &'v Values<'o, 'a>,
    code: &'v Code<'a>,
    module: usize,
    procedure: usize,
    at: usize,
    end: usize,
    depth: u32,
}

impl Parser<'_, '_, '_> {
    fn operator(&self) -> Option<(u8, char)> {
        if self.at >= self.end {
            return None;
        }
        if self.code.is(self.at, "mod") {
            return Some((3, '%'));
        }
        if self.code.kind(self.at) != Kind::Mark {
            return ["and", "or", "xor", "is", "like", "eqv", "imp"]
                .iter()
                .any(|w| self.code.is(self.at, w))
                .then_some((0, '?'));
        }
        Some(match self.code.text(self.at) {
            "^" => (6, '^'),
            "*" => (5, '*'),
            "/" => (5, '/'),
            "\\" => (4, '\\'),
            "+" => (2, '+'),
            "-" => (2, '-'),
            "&" => (1, '&'),
            "=" | "<" | ">" | "<=" | ">=" | "<>" => (0, '?'),
            _ => return None,
        })
    }

    fn expression(&mut self, least: u8) -> Value {
        let mut left = self.operand();
        while let Some((binding, operator)) = self.operator().filter(|(binding, _)| *binding >= least) {
            if self.values.budget.steps(1).is_err() {
                self.at = self.end;
                return Value::Unknown;
            }
            self.at = self.at.saturating_add(1);
            let right = self.expression(binding.saturating_add(1));
            left = combine(operator, left, &right);
        }
        left
    }

    fn operand(&mut self) -> Value {
        let at = self.at;
        self.at = at.saturating_add(1);
        if at >= self.end {
            return Value::Unknown;
        }
        match self.code.kind(at) {
            Kind::Text => self.code.string(at).map_or(Value::Unknown, |text| Value::Text(text, true)),
            Kind::Number => number(self.code.text(at)),
            Kind::Mark if self.code.is_mark(at, "-") => {
                let value = self.nested(|parser| parser.expression(6));
                value.number().map_or(Value::Unknown, |n| Value::Number(-n))
            }
            Kind::Mark if self.code.is_mark(at, ".") && self.code.kind(self.at) == Kind::Name => self.named(self.at),
            Kind::Mark if self.code.is_mark(at, "(") => {
                let close = self.code.pair(at).unwrap_or(self.end).min(self.end);
                let value =
                    self.values.at_depth(self.module, self.procedure, &(self.at..close), self.depth.saturating_add(1));
                self.at = close.saturating_add(1);
                value
            }
            Kind::Name => self.named(at),
            _ => Value::Unknown,
        }
    }

    fn nested(&mut self, parse: impl FnOnce(&mut Self) -> Value) -> Value {
        if self.depth > DEPTH {
            self.at = self.end;
            return Value::Unknown;
        }
        self.depth = self.depth.saturating_add(1);
        let value = parse(self);
        self.depth = self.depth.saturating_sub(1);
        value
    }

    fn named(&mut self, at: usize) -> Value {
        let chain = Chain::read(self.code, at, self.end);
        self.at = chain.end;
        if let Some(folder) = self.folder(&chain) {
            return folder;
        }
        let qualified = chain.links.first().is_some_and(|link| matches!(link.name, "vba" | "strings" | "vba_strings"));
        let links = chain.links.get(usize::from(qualified)..).unwrap_or_default();
        if chain.of_with {
            return Value::Unknown;
        }
        let link = match links {
            [link] => link,
            [module, link] if module.arguments.is_none() && link.arguments.is_none() => {
                return self.values.constant_of(self.procedure, (module.symbol, link.symbol), self.depth);
            }
            _ => return Value::Unknown,
        };
        if let Some(value) = constant(link.name) {
            return value;
        }
        let value = match &link.arguments {
            None => self.values.name(self.procedure, link.symbol, at, self.depth),
            Some(range) => self.called(at, link, range),
        };
        match &link.index {
            Some(index) => value.item(&self.arguments(index)),
            None => value,
        }
    }

    fn arguments(&self, range: &Range<usize>) -> Vec<Value> {
        let depth = self.depth.saturating_add(1);
        let value = |range: &Range<usize>| self.values.at_depth(self.module, self.procedure, range, depth);
        arguments(self.code, range).iter().map(value).collect()
    }

    /// A function, or an item of a list.
    fn called(&self, at: usize, link: &Link<'_>, range: &Range<usize>) -> Value {
        let outline = self.values.outline;
        let name = link.symbol;
        if outline.is(name, PROCEDURE) {
            let own = outline.procedures.get(self.procedure).is_some_and(|p| p.symbol == name);
            return if own { Value::Unknown } else { self.values.name(self.procedure, name, at, self.depth) };
        }
        let arguments = self.arguments(range);
        match self.values.name(self.procedure, name, at, self.depth) {
            list @ Value::List(_) => list.item(&arguments),
            _ => function(link.name, arguments),
        }
    }

    /// Folders that programs know by name: `SpecialFolders("Startup")`, `Application.StartupPath`.
    fn folder(&self, chain: &Chain<'_>) -> Option<Value> {
        let mut links = chain.links.iter().skip_while(|link| link.name != "specialfolders");
        if let Some(link) = links.next() {
            let range = link.arguments.as_ref().or_else(|| links.next()?.arguments.as_ref())?;
            let name = self.arguments(range).first().and_then(Value::known)?;
            return Some(Value::Text(format!("%{name}%"), true));
        }
        let last = chain.links.last()?;
        let starts = match last.name {
            "startuppath" | "altstartuppath" => true,
            "defaultfilepath" => last.arguments.as_ref().is_some_and(|range| {
                self.code.is(range.start, "wdstartuppath") || self.arguments(range).first() == Some(&Value::Number(8.0))
            }),
            _ => false,
        };
        starts.then(|| Value::Text("%StartupPath%".into(), true))
    }
}

fn combine(operator: char, left: Value, right: &Value) -> Value {
    if operator == '&' {
        return left.join(right);
    }
    if let (Some(a), Some(b)) = (left.number(), right.number()) {
        let value = match operator {
            '+' => a + b,
            '-' => a - b,
            '*' => a * b,
            '/' => a / b,
            '\\' => (a.trunc() / b.trunc()).trunc(),
            '%' => a.trunc() % b.trunc(),
            '^' => a.powf(b),
            _ => return Value::Unknown,
        };
        return if value.is_finite() { Value::Number(value) } else { Value::Unknown };
    }
    match (operator, &left, right) {
        ('+', Value::Text(..), _) | ('+', _, Value::Text(..)) => left.join(right),
        _ => Value::Unknown,
    }
}
