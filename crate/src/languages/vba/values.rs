//! What an expression is, as far as it can be told without running anything.
//!
//! Literals, what string functions make of them, and names that are given one value in one place. Everything else is
//! unknown, and an unknown piece of a text shows as `…`. The operators bind as in [MS-VBAL] 5.6.9.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;

use super::chain::Chain;
use super::lexer::{Code, Kind};
use super::outline::Outline;
use crate::budget::Budget;

/// The value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(f64),
    /// A text, and whether all of it is known.
    Text(String, bool),
    Unknown,
}

/// Longest text kept: the longest line cmd.exe takes.
const LONGEST: usize = 1 << 13;
/// Bytes of texts remembered in all; what comes later is unknown.
const REMEMBERED: usize = 8 << 20;
/// Nesting of parentheses and calls that is followed.
const DEPTH: u32 = 24;
/// Stands for what is not known.
const GAP: char = '…';

impl Value {
    /// As text, with gaps; `None` if nothing is known.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text, _) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Unknown => None,
        }
    }

    /// As text, if all of it is known.
    pub(super) fn known(&self) -> Option<String> {
        if matches!(self, Self::Text(_, false)) { None } else { self.text() }
    }

    const fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    fn join(self, other: &Self) -> Self {
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

/// Where a name gets its value.
struct Assigned {
    module: usize,
    procedure: usize,
    range: Range<usize>,
    times: u32,
}

/// Values of names, worked out when asked for.
pub(super) struct Values<'o, 'a> {
    outline: &'o Outline<'a>,
    budget: &'o Budget,
    assigned: HashMap<(Option<usize>, String), Assigned>,
    done: RefCell<HashMap<(Option<usize>, String), Value>>,
    remembered: Cell<usize>,
}

impl<'o, 'a> Values<'o, 'a> {
    pub(super) fn new(outline: &'o Outline<'a>, budget: &'o Budget) -> Self {
        let mut values = Self { outline, budget, assigned: HashMap::new(), done: RefCell::default(), remembered: Cell::new(0) };
        for procedure in 0..outline.procedures.len() {
            let Some(unit) = outline.unit(procedure) else { continue };
            let module = outline.procedures.get(procedure).map_or(0, |p| p.module);
            for statement in outline.body(procedure) {
                values.assignment(&unit.code, module, procedure, statement);
            }
        }
        for (module, unit) in outline.units.iter().enumerate() {
            for statement in &unit.statements {
                if (statement.start..statement.end.min(statement.start.saturating_add(3))).any(|at| unit.code.is(at, "const")) {
                    values.constants(&unit.code, module, statement);
                }
            }
        }
        values
    }

    /// `x = …`, `Let x = …`, `For x = …`; `Set` never gives a text.
    fn assignment(&mut self, code: &Code<'_>, module: usize, procedure: usize, statement: &Range<usize>) {
        let let_word = code.is(statement.start, "let") || code.is(statement.start, "for");
        let name = statement.start.saturating_add(usize::from(let_word));
        let equals = name.saturating_add(1);
        if code.kind(name) == Kind::Name && code.is_mark(equals, "=") {
            // A loop variable has many values.
            let times = if code.is(statement.start, "for") { 2 } else { 1 };
            let scope = self.outline.scope(procedure, &code.name(name));
            self.assign((scope, code.name(name)), module, procedure, equals.saturating_add(1)..statement.end, times);
        }
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
                self.assign((None, code.name(start)), module, usize::MAX, next..end, 1);
                start = end;
            }
        }
    }

    fn assign(&mut self, key: (Option<usize>, String), module: usize, procedure: usize, range: Range<usize>, times: u32) {
        let entry = self.assigned.entry(key).or_insert(Assigned { module, procedure, range, times: 0 });
        entry.times = entry.times.saturating_add(times);
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
    fn elsewhere(&self, name: &str) -> (Option<usize>, String) {
        let function = self.outline.by_name.get(name).and_then(|named| <[usize; 1]>::try_from(named.as_slice()).ok());
        (function.map(|[id]| id), name.to_owned())
    }

    fn name(&self, procedure: usize, name: &str, depth: u32) -> Value {
        let local = (self.outline.scope(procedure, name), name.to_owned());
        let key = if self.assigned.contains_key(&local) { local } else { self.elsewhere(name) };
        if let Some(value) = self.done.borrow().get(&key) {
            return value.clone();
        }
        let Some(assigned) = self.assigned.get(&key).filter(|assigned| assigned.times == 1) else {
            return Value::Unknown;
        };
        // A name that is defined by itself is unknown while it is being worked out.
        self.done.borrow_mut().insert(key.clone(), Value::Unknown);
        let value = self.at_depth(assigned.module, assigned.procedure, &assigned.range, depth.saturating_add(1));
        let held = if let Value::Text(text, _) = &value { text.len() } else { 0 };
        self.remembered.set(self.remembered.get().saturating_add(held));
        if self.remembered.get() > REMEMBERED {
            return Value::Unknown;
        }
        self.done.borrow_mut().insert(key, value.clone());
        value
    }
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
            return ["and", "or", "xor", "is", "like", "eqv", "imp"].iter().any(|w| self.code.is(self.at, w)).then_some((0, '?'));
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
        let qualified = chain.links.first().is_some_and(|link| matches!(link.name.as_str(), "vba" | "strings" | "vba_strings"));
        let links = chain.links.get(usize::from(qualified)..).unwrap_or_default();
        let [link] = links else { return Value::Unknown };
        if let Some(value) = constant(&link.name) {
            return value;
        }
        match &link.arguments {
            None => self.values.name(self.procedure, &link.name, self.depth),
            Some(range) => {
                let arguments: Vec<Value> = super::chain::arguments(self.code, range)
                    .iter()
                    .map(|range| self.values.at_depth(self.module, self.procedure, range, self.depth.saturating_add(1)))
                    .collect();
                if self.values.outline.by_name.contains_key(&link.name) {
                    return self.values.name(self.procedure, &link.name, self.depth);
                }
                function(&link.name, &arguments)
            }
        }
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

fn number(text: &str) -> Value {
    let lower = text.to_ascii_lowercase();
    let value = if let Some(hex) = lower.strip_prefix("&h") {
        // Four digits are an Integer, and &HFFFF is -1; only as a character code does that matter, and there it does not.
        i64::from_str_radix(hex, 16).ok().map(|n| n as f64)
    } else if let Some(octal) = lower.strip_prefix("&o") {
        i64::from_str_radix(octal, 8).ok().map(|n| n as f64)
    } else {
        lower.replace('d', "e").parse().ok()
    };
    value.map_or(Value::Unknown, Value::Number)
}

fn constant(name: &str) -> Option<Value> {
    let text = match name {
        "vbnullstring" | "empty" => "",
        "vbcrlf" | "vbnewline" => "\r\n",
        "vbcr" => "\r",
        "vblf" => "\n",
        "vbtab" => "\t",
        "vbnullchar" => "\0",
        "vbback" => "\u{8}",
        "true" => return Some(Value::Number(-1.0)),
        "false" => return Some(Value::Number(0.0)),
        _ => return None,
    };
    Some(Value::Text(text.into(), true))
}

/// String functions ([MS-VBAL] 6.1.2.11) on known arguments.
fn function(name: &str, arguments: &[Value]) -> Value {
    let text = |at: usize| arguments.get(at).and_then(Value::known);
    let count = |at: usize| arguments.get(at).and_then(Value::number).and_then(length);
    let result = match name {
        "chr" | "chrw" | "chrb" => arguments.first().and_then(Value::number).and_then(character).map(String::from),
        "strreverse" => text(0).map(|text| text.chars().rev().collect()),
        "lcase" => text(0).map(|text| text.to_lowercase()),
        "ucase" => text(0).map(|text| text.to_uppercase()),
        "trim" | "ltrim" | "rtrim" => text(0).map(|text| text.trim_matches(' ').to_owned()),
        "cstr" | "str" | "cvar" => text(0),
        "environ" => text(0).map(|text| format!("%{text}%")),
        "space" => count(0).map(|n| " ".repeat(n)),
        "string" => count(0).zip(text(1)).map(|(n, text)| text.chars().take(1).cycle().take(n).collect()),
        "left" => text(0).zip(count(1)).map(|(text, n)| text.chars().take(n).collect()),
        "right" => text(0).zip(count(1)).map(|(text, n)| {
            let skip = text.chars().count().saturating_sub(n);
            text.chars().skip(skip).collect()
        }),
        "mid" => text(0).zip(count(1)).map(|(text, from)| {
            text.chars().skip(from.saturating_sub(1)).take(count(2).unwrap_or(LONGEST)).collect()
        }),
        "replace" => text(0).zip(text(1)).zip(text(2)).and_then(|((text, from), to)| replace(&text, &from, &to)),
        _ => return numeric(name, arguments),
    };
    result.filter(|text| text.len() <= LONGEST).map_or(Value::Unknown, |text| Value::Text(text, true))
}

fn numeric(name: &str, arguments: &[Value]) -> Value {
    let first = arguments.first();
    let value = match name {
        "asc" | "ascw" => first.and_then(Value::known).and_then(|text| text.chars().next()).map(|c| f64::from(u32::from(c))),
        "len" => first.and_then(Value::known).map(|text| text.chars().count() as f64),
        "val" | "cint" | "clng" | "cdbl" | "int" | "fix" | "cbyte" | "csng" => match first {
            Some(Value::Number(n)) => Some(*n),
            Some(Value::Text(text, true)) => text.trim().parse().ok(),
            _ => None,
        },
        _ => None,
    };
    value.map_or(Value::Unknown, Value::Number)
}

fn replace(text: &str, from: &str, to: &str) -> Option<String> {
    let grown = text.matches(from).count().checked_mul(to.len())?.checked_add(text.len())?;
    (grown <= LONGEST && !from.is_empty()).then(|| text.replace(from, to))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked before")]
fn length(n: f64) -> Option<usize> {
    (0.0..=LONGEST as f64).contains(&n).then_some(n as usize)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked before")]
fn character(n: f64) -> Option<char> {
    let code = if n < 0.0 { n + 65536.0 } else { n };
    (0.0..=65535.0).contains(&code).then_some(code as u32).and_then(char::from_u32)
}
