//! Functions and constants of VBA ([MS-VBAL] 6.1).

use std::rc::Rc;

use super::calls::Given;
use super::dates;
use super::machine::{Machine, Topic};
use super::operators::{count, plain_number};
use super::texts::{self, Text};
use super::value::{Array, Kind, LONGEST, Value, real, size, whole};
use crate::languages::vba::{keys, objects};
use crate::languages::{ActionKind, places};

/// A function: what it makes of its arguments.
pub(super) type Function = for<'m, 'o, 'a> fn(&'m mut Machine<'o, 'a>, &[Value]) -> Value;

/// A function by its lower-case name.
pub(super) fn function(name: &str) -> Option<Function> {
    FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
}

/// Parameters of functions that are called by name.
const PARAMETERS: &[(&str, &[&str])] = &[
    ("shell", &["pathname", "windowstyle"]),
    ("replace", &["expression", "find", "replace", "start", "count", "compare"]),
    ("split", &["expression", "delimiter", "limit", "compare"]),
    ("join", &["sourcearray", "delimiter"]),
    ("mid", &["string", "start", "length"]),
    ("left", &["string", "length"]),
    ("right", &["string", "length"]),
    ("strreverse", &["expression"]),
    ("createobject", &["class", "servername"]),
    ("getobject", &["pathname", "class"]),
    ("strconv", &["string", "conversion", "localeid"]),
    ("callbyname", &["object", "procname", "calltype", "args"]),
    ("string", &["number", "character"]),
    ("chr", &["charcode"]),
];

/// Constants of VBA that texts are made with.
pub(super) fn constant(name: &str) -> Option<Value> {
    let text = match name {
        "vbnullstring" => "",
        "vbcrlf" | "vbnewline" => "\r\n",
        "vbcr" => "\r",
        "vblf" => "\n",
        "vbtab" => "\t",
        "vbnullchar" => "\0",
        "vbback" => "\u{8}",
        "vbformfeed" => "\u{c}",
        "vbverticaltab" => "\u{b}",
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        _ => {
            let number = NUMBERS.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
            return number.or_else(|| keys::code(name).map(i64::from)).map(Value::Int);
        }
    };
    Some(Value::text(text))
}

const NUMBERS: &[(&str, i64)] = &[
    ("vbhide", 0),
    ("vbnormalfocus", 1),
    ("vbminimizedfocus", 2),
    ("vbmaximizedfocus", 3),
    ("vbnormalnofocus", 4),
    ("vbminimizednofocus", 6),
    ("vbuppercase", 1),
    ("vblowercase", 2),
    ("vbpropercase", 3),
    ("vbwide", 4),
    ("vbnarrow", 8),
    ("vbunicode", 64),
    ("vbfromunicode", 128),
    ("vbbinarycompare", 0),
    ("vbtextcompare", 1),
    ("vbmethod", 1),
    ("vbget", 2),
    ("vblet", 4),
    ("vbset", 8),
    ("vbempty", 0),
    ("vbnull", 1),
    ("vbinteger", 2),
    ("vblong", 3),
    ("vbstring", 8),
    ("vbobject", 9),
    ("vbarray", 8192),
    ("vbbyte", 17),
    ("vbobjecterror", -2_147_221_504),
    ("vbok", 1),
    ("vbcancel", 2),
    ("vbabort", 3),
    ("vbretry", 4),
    ("vbignore", 5),
    ("vbyes", 6),
    ("vbno", 7),
    ("vbokcancel", 1),
    ("vbyesnocancel", 3),
    ("vbyesno", 4),
    ("vbcritical", 16),
    ("vbquestion", 32),
    ("vbexclamation", 48),
    ("vbinformation", 64),
    ("vbblack", 0),
    ("vbred", 0xFF),
    ("vbgreen", 0xFF00),
    ("vbyellow", 0xFFFF),
    ("vbblue", 0x00FF_0000),
    ("vbmagenta", 0x00FF_00FF),
    ("vbcyan", 0x00FF_FF00),
    ("vbwhite", 0x00FF_FFFF),
    ("vbsunday", 1),
    ("vbmonday", 2),
    ("vbtuesday", 3),
    ("vbwednesday", 4),
    ("vbthursday", 5),
    ("vbfriday", 6),
    ("vbsaturday", 7),
    ("vbsingle", 4),
    ("vbdouble", 5),
    ("vbcurrency", 6),
    ("vbdate", 7),
    ("vberror", 10),
    ("vbboolean", 11),
    ("vbvariant", 12),
    ("vbreadonly", 1),
    ("vbsystem", 4),
    ("vbvolume", 8),
    ("vbarchive", 32),
    ("vbnormal", 0),
    ("vbhidden", 2),
    ("vbdirectory", 16),
    ("xlup", -4162),
    ("adtypebinary", 1),
    ("adtypetext", 2),
    ("forreading", 1),
    ("forwriting", 2),
    ("forappending", 8),
    ("adsavecreateoverwrite", 2),
];

impl Machine<'_, '_> {
    /// Arguments in the order of the parameters, objects as their values except where an object is meant.
    pub(super) fn in_order(&mut self, name: &str, given: Vec<Given>) -> Vec<Value> {
        let keeps =
            matches!(name, "callbyname" | "isobject" | "typename" | "vartype" | "objptr" | "iif" | "choose" | "array");
        let names = PARAMETERS.iter().find(|(known, _)| *known == name).map(|(_, names)| *names).unwrap_or_default();
        let mut values: Vec<Value> = Vec::with_capacity(given.len());
        for given in given {
            let value = if keeps { given.value } else { self.plain(given.value) };
            let place = given.name.and_then(|name| names.iter().position(|known| **known == *name));
            match place {
                Some(place) => {
                    if values.len() <= place {
                        values.resize(place.saturating_add(1), Value::Missing);
                    }
                    if let Some(slot) = values.get_mut(place) {
                        *slot = value;
                    }
                }
                None => values.push(value),
            }
        }
        values
    }

    /// Spends what a text of this length costs, and makes a value of it.
    pub(super) fn made(&mut self, units: Vec<u16>) -> Value {
        self.spend(units.len() as u64 / 32);
        Value::from_units(units, true)
    }

    /// A program is started: those that only show something are told apart.
    pub(super) fn start_program(&mut self, command: &Value, certain: bool) {
        let text = command.shown().unwrap_or_default();
        let shows = objects::only_shows(&text) || !self.wrote && objects::is_folder_window(&text);
        self.seen(Topic::Start, shows && (command.known().is_some() || objects::only_shows(&text)));
        self.act(if shows { ActionKind::View } else { ActionKind::Run }, command, certain);
    }

    /// As [`Self::start_program`], for what knows no documents.
    fn start_process(&mut self, command: &Value) {
        if self.wrote && command.shown().is_some_and(|text| objects::is_disguised(&text)) {
            self.seen(Topic::Start, false);
            self.act(ActionKind::Run, command, true);
        } else {
            self.start_program(command, true);
        }
    }

    /// As [`Self::start_program`], for what opens pages in the person's own program too.
    pub(super) fn start_document(&mut self, command: &Value, certain: bool) {
        let text = command.shown().unwrap_or_default().to_lowercase();
        let text = text.strip_prefix("open ").unwrap_or(&text);
        if objects::is_page(text) && !objects::is_program(text) {
            self.seen(Topic::Start, command.known().is_some());
            self.act(ActionKind::View, command, certain);
        } else {
            self.start_program(command, certain);
        }
    }

    /// `CallByName object, name, kind, arguments`
    fn call_by_name(&mut self, values: &[Value]) -> Value {
        let owner = values.first().cloned().unwrap_or(Value::Unknown);
        let kind = values.get(2).and_then(Value::integer).unwrap_or(1);
        let rest: Vec<Given> = values.iter().skip(3).cloned().map(Given::value).collect();
        let Some(name) = values.get(1).and_then(Value::known).map(|name| name.trim().to_lowercase()) else {
            self.seen(Topic::ByName, false);
            return Value::Unknown;
        };
        self.seen(Topic::ByName, true);
        if kind & 12 != 0 {
            let mut rest = rest;
            let value = rest.pop().map_or(Value::Unknown, |given| given.value);
            self.put(&owner, &name, &rest, value);
            return Value::Empty;
        }
        self.member_of(&owner, &name, rest)
    }
}

fn arg(a: &[Value], at: usize) -> &Value {
    a.get(at).filter(|value| **value != Value::Missing).unwrap_or(&Value::Unknown)
}

fn given(a: &[Value], at: usize) -> bool {
    a.get(at).is_some_and(|value| *value != Value::Missing)
}

fn units(a: &[Value], at: usize) -> Option<Text> {
    arg(a, at).known_units()
}

fn int(a: &[Value], at: usize) -> Option<i64> {
    arg(a, at).integer()
}

fn or_unknown<T>(value: Option<T>, make: impl FnOnce(T) -> Value) -> Value {
    value.map_or(Value::Unknown, make)
}

/// A text function that keeps a text nobody knows all of as far as it goes.
fn map_text(m: &mut Machine<'_, '_>, a: &[Value], change: impl FnOnce(&[u16]) -> Vec<u16>) -> Value {
    match arg(a, 0).units() {
        Some((units, true)) => {
            let made = change(&units);
            m.made(made)
        }
        Some((units, false)) => Value::Text(units, false),
        None => Value::Unknown,
    }
}

fn math(a: &[Value], function: impl FnOnce(f64) -> f64) -> Value {
    or_unknown(arg(a, 0).number().map(function).filter(|n| n.is_finite()), Value::Real)
}

fn integer_part(a: &[Value], function: impl FnOnce(f64) -> f64) -> Value {
    match arg(a, 0) {
        Value::Int(n) => Value::Int(*n),
        value => {
            or_unknown(
                value.number().map(function),
                |n| if n.abs() < 9e15 { Value::Int(whole(n)) } else { Value::Real(n) },
            )
        }
    }
}

fn convert(a: &[Value], kind: &Kind) -> Value {
    if *arg(a, 0) == Value::Unknown { Value::Unknown } else { kind.take(arg(a, 0).clone()) }
}

fn character(m: &mut Machine<'_, '_>, a: &[Value], ansi: bool) -> Value {
    let unit = int(a, 0).and_then(|n| {
        let n = if n < 0 { n.checked_add(0x1_0000)? } else { n };
        u16::try_from(n).ok()
    });
    or_unknown(unit, |unit| m.made(vec![if ansi && unit < 256 { texts::from_ansi(unit) } else { unit }]))
}

fn instr(m: &mut Machine<'_, '_>, a: &[Value], step: usize) -> Value {
    // InStr([start,] text, part[, compare])
    let shifted = a.len() > 2 && arg(a, 0).number().is_some() && !matches!(arg(a, 0), Value::Text(..));
    let (start, at) = if shifted { (int(a, 0), 1_usize) } else { (Some(1), 0_usize) };
    let which = at.saturating_add(2);
    let compare = if given(a, which) { int(a, which) == Some(1) } else { m.compares_text() };
    let (Some(text), Some(part), Some(start)) = (units(a, at), units(a, at.saturating_add(1)), start) else {
        return Value::Unknown;
    };
    m.spend(text.len() as u64 / 16);
    let from = usize::try_from(start.saturating_sub(1)).unwrap_or(0).saturating_mul(step);
    count(texts::find(&text, &part, from, compare).map_or(0, |found| found.saturating_add(1)))
}

fn switch(a: &[Value]) -> Value {
    for pair in a.chunks(2) {
        match pair.first().and_then(Value::truth) {
            Some(true) => return pair.get(1).cloned().unwrap_or(Value::Null),
            Some(false) => {}
            None => return Value::Unknown,
        }
    }
    Value::Null
}

fn bound(a: &[Value], upper: bool) -> Value {
    let Value::Array(array) = arg(a, 0) else { return Value::Unknown };
    let dimension = if given(a, 1) { int(a, 1).and_then(size).unwrap_or(1) } else { 1 };
    or_unknown(dimension.checked_sub(1).and_then(|at| array.bounds.get(at)), |(lower, length)| {
        let last = i64::try_from(*length).unwrap_or(0).saturating_sub(1);
        Value::Int(if upper { lower.saturating_add(last) } else { *lower })
    })
}

fn split(m: &mut Machine<'_, '_>, a: &[Value]) -> Value {
    let Some(text) = units(a, 0) else { return Value::Unknown };
    let by = if given(a, 1) { units(a, 1) } else { Some(Rc::new(vec![0x20])) };
    let Some(by) = by else { return Value::Unknown };
    let limit = int(a, 2).and_then(size).filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    m.spend(text.len() as u64 / 8);
    if text.is_empty() {
        return Value::list(Vec::new());
    }
    let limit = limit.min(super::value::WIDEST.saturating_add(1));
    let parts = texts::split(&text, &by, limit, int(a, 3) == Some(1));
    if parts.len() > super::value::WIDEST {
        return Value::Unknown;
    }
    let items = parts.into_iter().map(|part| Value::from_units(part.to_vec(), true)).collect::<Vec<_>>();
    let mut array = Array::list(items);
    array.kind = Kind::Text;
    Value::Array(Rc::new(array))
}

fn join(m: &mut Machine<'_, '_>, a: &[Value]) -> Value {
    let Value::Array(array) = arg(a, 0) else { return Value::Unknown };
    if array.blurred {
        return Value::Unknown;
    }
    let by = if given(a, 1) { arg(a, 1).clone() } else { Value::text(" ") };
    // Paid before it is made: one text may stand in every item.
    let items = array.items.len() as u64;
    let weight: u64 = array.items.iter().map(Value::weight).sum();
    m.spend(items / 4);
    if !m.spend(weight.saturating_add(by.weight().saturating_mul(items)) / 16) {
        return Value::Unknown;
    }
    let mut joined = Value::text("");
    for (index, item) in array.items.iter().enumerate() {
        if index > 0 {
            joined = joined.join(&by);
        }
        joined = joined.join(item);
    }
    joined
}

fn filter(m: &mut Machine<'_, '_>, a: &[Value]) -> Value {
    let (Value::Array(array), Some(part)) = (arg(a, 0), units(a, 1)) else { return Value::Unknown };
    let include = if given(a, 2) { arg(a, 2).truth().unwrap_or(true) } else { true };
    let weight: u64 = array.items.iter().map(Value::weight).sum();
    if !m.spend(weight / 8) {
        return Value::Unknown;
    }
    let items = array
        .items
        .iter()
        .filter(|item| item.known_units().is_some_and(|text| texts::find(&text, &part, 0, false).is_some() == include));
    Value::list(items.cloned().collect())
}

fn replace(m: &mut Machine<'_, '_>, a: &[Value]) -> Value {
    let (Some(text), Some(from), Some(to)) = (units(a, 0), units(a, 1), units(a, 2)) else {
        // What is replaced in a text nobody knows all of.
        return match arg(a, 0).units() {
            Some((text, false)) => Value::Text(text, false),
            _ => Value::Unknown,
        };
    };
    let start = int(a, 3).and_then(size).unwrap_or(1).max(1).saturating_sub(1);
    let most = int(a, 4).and_then(size).unwrap_or(usize::MAX);
    m.spend(text.len() as u64 / 8);
    or_unknown(texts::replace(text.get(start..).unwrap_or_default(), &from, &to, most, int(a, 5) == Some(1)), |made| {
        m.made(made)
    })
}

fn str_conv(m: &mut Machine<'_, '_>, a: &[Value]) -> Value {
    let value = arg(a, 0);
    match int(a, 1) {
        Some(n) if n & 64 != 0 => {
            let bytes = match value {
                Value::Array(array) => array.to_bytes(),
                other => other.known_units().map(|units| units.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
            };
            or_unknown(bytes, |bytes| m.made(bytes.iter().map(|byte| texts::from_ansi(u16::from(*byte))).collect()))
        }
        Some(n) if n & 128 != 0 => or_unknown(value.known_units(), |units| {
            m.spend(units.len() as u64 / 8);
            Value::bytes(&texts::to_ansi(&units))
        }),
        Some(1) => map_text(m, a, |units| texts::cased(units, true)),
        Some(2) => map_text(m, a, |units| texts::cased(units, false)),
        Some(3) => map_text(m, a, texts::proper),
        Some(4) => map_text(m, a, |units| texts::widened(units, true)),
        Some(8) => map_text(m, a, |units| texts::widened(units, false)),
        _ => value.clone(),
    }
}

fn format(m: &mut Machine<'_, '_>, a: &[Value]) -> Value {
    m.spend(arg(a, 0).weight().saturating_add(arg(a, 1).weight()) / 32);
    if !given(a, 1) {
        return arg(a, 0).units().map_or(Value::Unknown, |(units, known)| Value::Text(units, known));
    }
    let pattern = arg(a, 1).known().unwrap_or_default();
    match (arg(a, 0), pattern.as_str()) {
        (Value::Text(units, known), "" | "@") => Value::Text(Rc::clone(units), *known),
        (Value::Text(units, true), ">") => Value::from_units(texts::cased(units, true), true),
        (Value::Text(units, true), "<") => Value::from_units(texts::cased(units, false), true),
        (value @ Value::Date(_), pattern) => dates::formatted(m, value, pattern),
        (value @ Value::Text(_, true), pattern) if dates::is_pattern(pattern) => dates::formatted(m, value, pattern),
        (value @ (Value::Int(_) | Value::Real(_)), pattern) if dates::is_pattern(pattern) => {
            dates::formatted(m, value, pattern)
        }
        (value, "") => or_unknown(value.number(), |n| Value::text(&real(n))),
        (value, pattern) => {
            or_unknown(value.number().and_then(|n| dates::number(n, pattern)), |text| Value::text(&text))
        }
    }
}

fn part(m: &mut Machine<'_, '_>, a: &[Value], bytes: bool) -> Value {
    // Mid(text, start[, length])
    let (Some(text), Some(start)) = (units(a, 0), int(a, 1)) else { return Value::Unknown };
    let length = if given(a, 2) { int(a, 2).and_then(size) } else { Some(usize::MAX) };
    let (Some(start), Some(length)) = (start.checked_sub(1).and_then(size), length) else { return Value::Unknown };
    if bytes {
        m.spend(start.saturating_add(length).min(text.len()) as u64 / 16);
        return halves(a, |all| texts::to_bytes(&text, start, length.min(all.saturating_sub(start))));
    }
    let end = start.saturating_add(length).min(text.len());
    m.made(text.get(start..end).unwrap_or_default().to_vec())
}

/// A part of the bytes of the first argument, of which there are so many.
fn halves(a: &[Value], part: impl FnOnce(usize) -> Vec<u8>) -> Value {
    let all = match arg(a, 0) {
        Value::Array(array) => array.items.len(),
        other => other.known_units().map_or(0, |units| units.len().saturating_mul(2)),
    };
    Value::of_halves(&part(all))
}

/// `InStrB([start,] text, part)`: the byte at which the part starts.
fn instr_b(m: &mut Machine<'_, '_>, a: &[Value]) -> Value {
    let shifted = a.len() > 2 && !matches!(arg(a, 0), Value::Text(..) | Value::Array(_));
    let (start, at) = if shifted { (int(a, 0), 1_usize) } else { (Some(1), 0_usize) };
    let bytes = |value: &Value| {
        let halves = value.odd_bytes();
        halves.or_else(|| value.known_units().map(|units| texts::to_bytes(&units, 0, usize::MAX)))
    };
    let (text, part) = (bytes(arg(a, at)), bytes(arg(a, at.saturating_add(1))));
    let (Some(text), Some(part), Some(start)) = (text, part, start.and_then(size)) else { return Value::Unknown };
    if !m.spend((text.len() as u64).saturating_mul(part.len().min(8) as u64) / 8) {
        return Value::Unknown;
    }
    let wide = |bytes: &[u8]| bytes.iter().map(|byte| u16::from(*byte)).collect::<Vec<_>>();
    let found = texts::find(&wide(&text), &wide(&part), start.saturating_sub(1), false);
    count(found.map_or(0, |found| found.saturating_add(1)))
}

/// Partition(number, start, stop, interval): the range a number falls into, as ` 20: 24`.
fn partition(a: &[Value]) -> Value {
    let numbers = (int(a, 0), int(a, 1), int(a, 2), int(a, 3).filter(|width| *width > 0));
    let (Some(n), Some(start), Some(stop), Some(width)) = numbers else { return Value::Unknown };
    let (from, to) = match n {
        n if n < start => (String::new(), start.saturating_sub(1).to_string()),
        n if n > stop => (stop.saturating_add(1).to_string(), String::new()),
        n => {
            let rounds = n.saturating_sub(start).checked_div(width).unwrap_or(0);
            let from = start.saturating_add(rounds.saturating_mul(width));
            (from.to_string(), from.saturating_add(width).saturating_sub(1).min(stop).to_string())
        }
    };
    let places = start.saturating_sub(1).to_string().len().max(stop.saturating_add(1).to_string().len());
    Value::text(&format!("{from:>places$}:{to:>places$}"))
}

fn side(m: &mut Machine<'_, '_>, a: &[Value], left: bool, bytes: bool) -> Value {
    let (Some(text), Some(length)) = (units(a, 0), int(a, 1).and_then(size)) else { return Value::Unknown };
    if bytes {
        m.spend(text.len() as u64 / 16);
        return halves(a, |all| {
            let from = if left { 0 } else { all.saturating_sub(length) };
            texts::to_bytes(&text, from, length.min(all.saturating_sub(from)))
        });
    }
    let length = length.min(text.len());
    let from = if left { 0 } else { text.len().saturating_sub(length) };
    m.made(text.get(from..from.saturating_add(length)).unwrap_or_default().to_vec())
}

fn repeat(m: &mut Machine<'_, '_>, n: Option<i64>, unit: Option<u16>) -> Value {
    match (n.and_then(size).filter(|n| *n <= LONGEST), unit) {
        (Some(n), Some(unit)) => m.made(vec![unit; n]),
        _ => Value::Unknown,
    }
}

fn radix(a: &[Value], base: u32) -> Value {
    or_unknown(int(a, 0), |n| {
        // A negative Integer has four digits, a negative Long eight.
        let n = match n {
            -0x8000..=-1 => n.saturating_add(0x1_0000),
            i64::MIN..-0x8000 => n.saturating_add(0x1_0000_0000),
            _ => n,
        };
        Value::text(&if base == 16 { format!("{n:X}") } else { format!("{n:o}") })
    })
}

fn type_name(value: &Value) -> Value {
    Value::text(match value {
        Value::Empty => "Empty",
        Value::Null => "Null",
        Value::Nothing => "Nothing",
        Value::Bool(_) => "Boolean",
        Value::Int(n) if i16::try_from(*n).is_ok() => "Integer",
        Value::Int(_) => "Long",
        Value::Real(_) => "Double",
        Value::Date(_) => "Date",
        Value::Text(..) => "String",
        Value::Array(_) => "Variant()",
        _ => return Value::Unknown,
    })
}

fn var_type(value: &Value) -> Value {
    Value::Int(match value {
        Value::Empty => 0,
        Value::Null => 1,
        Value::Int(n) if i16::try_from(*n).is_ok() => 2,
        Value::Int(_) => 3,
        Value::Real(_) => 5,
        Value::Date(_) => 7,
        Value::Text(..) => 8,
        Value::Bool(_) => 11,
        Value::Array(array) if array.kind == Kind::Byte => 8209,
        Value::Array(_) => 8204,
        _ => return Value::Unknown,
    })
}

fn is(a: &[Value], test: impl FnOnce(&Value) -> bool) -> Value {
    match a.first() {
        Some(Value::Unknown) | None => Value::Unknown,
        Some(value) => Value::Bool(test(value)),
    }
}

fn choose(a: &[Value]) -> Value {
    or_unknown(
        int(a, 0).and_then(size),
        |n| if n == 0 { Value::Null } else { a.get(n).cloned().unwrap_or(Value::Null) },
    )
}

/// What a setting of the registry is kept as: program, section, key.
fn setting(a: &[Value]) -> Option<String> {
    let part = |at: usize| arg(a, at).known().map(|part| part.to_lowercase());
    Some(format!("setting {} {} {}", part(0)?, part(1)?, part(2)?))
}

/// Every function, in the order of its kind.
const FUNCTIONS: &[(&str, Function)] = &[
    // Texts
    ("chr", |m, a| character(m, a, true)),
    ("chrw", |m, a| character(m, a, false)),
    ("chrb", |m, a| {
        m.spend(16);
        or_unknown(int(a, 0).and_then(|n| u8::try_from(n).ok()), |byte| Value::bytes(&[byte]))
    }),
    ("asc", |_, a| or_unknown(units(a, 0).and_then(|t| t.first().copied()), |u| Value::Int(texts::ansi_code(u)))),
    ("ascw", |_, a| {
        or_unknown(units(a, 0).and_then(|t| t.first().copied()), |u| Value::Int(i64::from(u.cast_signed())))
    }),
    ("ascb", |_, a| or_unknown(units(a, 0).and_then(|t| t.first().copied()), |u| Value::Int(i64::from(u & 0xFF)))),
    ("mid", |m, a| part(m, a, false)),
    ("midb", |m, a| part(m, a, true)),
    ("left", |m, a| side(m, a, true, false)),
    ("leftb", |m, a| side(m, a, true, true)),
    ("right", |m, a| side(m, a, false, false)),
    ("rightb", |m, a| side(m, a, false, true)),
    ("len", |_, a| match arg(a, 0) {
        Value::Text(units, true) => count(units.len()),
        Value::Unknown | Value::Text(_, false) => Value::Unknown,
        value => or_unknown(value.known_units(), |units| count(units.len())),
    }),
    ("lenb", |_, a| match arg(a, 0) {
        Value::Array(array) if array.kind == Kind::Byte => count(array.items.len()),
        value => or_unknown(value.known_units(), |units| count(units.len().saturating_mul(2))),
    }),
    ("strreverse", |m, a| map_text(m, a, |units| units.iter().rev().copied().collect())),
    ("replace", replace),
    ("split", split),
    ("join", join),
    ("filter", filter),
    ("ucase", |m, a| map_text(m, a, |units| texts::cased(units, true))),
    ("lcase", |m, a| map_text(m, a, |units| texts::cased(units, false))),
    ("trim", |m, a| map_text(m, a, |units| texts::trimmed(units, true, true))),
    ("ltrim", |m, a| map_text(m, a, |units| texts::trimmed(units, true, false))),
    ("rtrim", |m, a| map_text(m, a, |units| texts::trimmed(units, false, true))),
    ("space", |m, a| repeat(m, int(a, 0), Some(0x20))),
    ("string", |m, a| {
        let unit = match arg(a, 1) {
            Value::Text(units, true) => units.first().copied(),
            other => other.integer().and_then(|n| u16::try_from(n).ok()),
        };
        repeat(m, int(a, 0), unit)
    }),
    ("instr", |m, a| instr(m, a, 1)),
    ("instrb", instr_b),
    ("partition", |_, a| partition(a)),
    ("instrrev", |m, a| {
        let (Some(text), Some(part)) = (units(a, 0), units(a, 1)) else { return Value::Unknown };
        m.spend(text.len() as u64 / 8);
        let end = int(a, 2).filter(|end| *end > 0).and_then(size).unwrap_or(text.len()).min(text.len());
        count(texts::find_last(text.get(..end).unwrap_or_default(), &part).map_or(0, |at| at.saturating_add(1)))
    }),
    ("strcomp", |m, a| {
        let (Some(one), Some(other)) = (units(a, 0), units(a, 1)) else { return Value::Unknown };
        m.spend(one.len().saturating_add(other.len()) as u64 / 32);
        let any_case = if given(a, 2) { int(a, 2) == Some(1) } else { m.compares_text() };
        let order =
            if any_case { texts::cased(&one, false).cmp(&texts::cased(&other, false)) } else { one.cmp(&other) };
        Value::Int(order as i64)
    }),
    ("strconv", str_conv),
    ("format", format),
    ("hex", |_, a| radix(a, 16)),
    ("oct", |_, a| radix(a, 8)),
    // Conversions
    ("val", |_, a| or_unknown(units(a, 0), |text| texts::val(&text))),
    ("cstr", |_, a| convert(a, &Kind::Text)),
    ("str", |_, a| {
        or_unknown(arg(a, 0).number(), |n| Value::text(&if n < 0.0 { real(n) } else { format!(" {}", real(n)) }))
    }),
    ("cvar", |_, a| arg(a, 0).clone()),
    ("cint", |_, a| convert(a, &Kind::Integer)),
    ("clng", |_, a| convert(a, &Kind::Long)),
    ("clnglng", |_, a| convert(a, &Kind::Wide)),
    ("clngptr", |_, a| convert(a, &Kind::Wide)),
    ("cbyte", |_, a| convert(a, &Kind::Byte)),
    ("cbool", |_, a| convert(a, &Kind::Bool)),
    ("cdbl", |_, a| convert(a, &Kind::Real)),
    ("csng", |_, a| convert(a, &Kind::Real)),
    ("ccur", |_, a| convert(a, &Kind::Real)),
    ("cdec", |_, a| or_unknown(arg(a, 0).number(), plain_number)),
    // Numbers
    ("abs", |_, a| match arg(a, 0) {
        Value::Int(n) => Value::Int(n.saturating_abs()),
        value => or_unknown(value.number(), |n| Value::Real(n.abs())),
    }),
    ("int", |_, a| integer_part(a, f64::floor)),
    ("fix", |_, a| integer_part(a, f64::trunc)),
    ("sgn", |_, a| or_unknown(arg(a, 0).number(), |n| Value::Int(if n == 0.0 { 0 } else { whole(n.signum()) }))),
    ("sqr", |_, a| math(a, f64::sqrt)),
    ("exp", |_, a| math(a, f64::exp)),
    ("log", |_, a| math(a, f64::ln)),
    ("sin", |_, a| math(a, f64::sin)),
    ("cos", |_, a| math(a, f64::cos)),
    ("tan", |_, a| math(a, f64::tan)),
    ("atn", |_, a| math(a, f64::atan)),
    ("round", |_, a| {
        let digits = if given(a, 1) { int(a, 1).and_then(|n| i32::try_from(n).ok()).unwrap_or(0).min(20) } else { 0 };
        or_unknown(arg(a, 0).number(), |n| {
            let scale = 10_f64.powi(digits);
            plain_number((n * scale).round_ties_even() / scale)
        })
    }),
    ("rnd", |_, _| Value::Unknown),
    ("rgb", |_, a| {
        or_unknown(int(a, 0).zip(int(a, 1)).zip(int(a, 2)), |((r, g), b)| {
            Value::Int((r & 255) | (g & 255).saturating_mul(256) | (b & 255).saturating_mul(65536))
        })
    }),
    // Choices
    ("iif", |_, a| match arg(a, 0).truth() {
        Some(true) => arg(a, 1).clone(),
        Some(false) => arg(a, 2).clone(),
        None => Value::Unknown,
    }),
    ("choose", |_, a| choose(a)),
    ("switch", |_, a| switch(a)),
    // Arrays and kinds
    ("array", |m, a| {
        let mut array = Array::list(a.to_vec());
        array.bounds = vec![(m.first_index(), a.len())];
        if a.len() > super::value::WIDEST { Value::Unknown } else { Value::Array(Rc::new(array)) }
    }),
    ("lbound", |_, a| bound(a, false)),
    ("ubound", |_, a| bound(a, true)),
    ("isarray", |_, a| is(a, |value| matches!(value, Value::Array(_)))),
    ("isempty", |_, a| is(a, |value| *value == Value::Empty)),
    ("isnull", |_, a| is(a, |value| *value == Value::Null)),
    ("isobject", |_, a| is(a, |value| matches!(value, Value::Object(_) | Value::Nothing))),
    ("ismissing", |_, a| is(a, |value| *value == Value::Missing)),
    ("iserror", |_, a| is(a, |_| false)),
    ("isdate", |_, a| dates::is_date(a)),
    ("isnumeric", |_, a| match arg(a, 0) {
        Value::Unknown | Value::Text(_, false) => Value::Unknown,
        value => Value::Bool(value.number().is_some()),
    }),
    ("typename", |_, a| type_name(arg(a, 0))),
    ("vartype", |_, a| var_type(arg(a, 0))),
    // The machine
    ("environ", |_, a| match arg(a, 0) {
        Value::Text(units, true) => Value::stand_in(&format!("%{}%", String::from_utf16_lossy(units))),
        _ => Value::Unknown,
    }),
    ("shell", |m, a| {
        if !a.is_empty() {
            m.start_process(arg(a, 0));
        }
        Value::Unknown
    }),
    ("createobject", |m, a| m.create(arg(a, 0), true)),
    ("getobject", |m, a| m.get_object(a)),
    ("callbyname", |m, a| m.call_by_name(a)),
    ("macscript", |m, a| {
        if arg(a, 0).shown().is_some_and(|script| script.to_lowercase().contains("do shell script")) {
            m.act(ActionKind::Run, arg(a, 0), true);
        }
        Value::Unknown
    }),
    ("kill", |m, a| {
        m.delete(arg(a, 0));
        Value::Empty
    }),
    ("error", |m, a| {
        m.raised = !a.is_empty();
        Value::Unknown
    }),
    ("load", |_, _| Value::Empty),
    ("unload", |_, _| Value::Empty),
    ("mkdir", |_, _| Value::Empty),
    ("rmdir", |_, _| Value::Empty),
    ("chdir", |_, _| Value::Empty),
    ("chdrive", |_, _| Value::Empty),
    ("setattr", |_, _| Value::Empty),
    ("getattr", |_, _| Value::Unknown),
    ("dir", |_, _| Value::stand_in(places::FOUND)),
    ("filelen", |_, _| Value::Unknown),
    ("filedatetime", |_, _| Value::Unknown),
    ("curdir", |_, _| Value::stand_in("%CD%")),
    ("freefile", |_, _| Value::Int(1)),
    ("eof", |m, a| m.is_read(arg(a, 0))),
    ("lof", |_, _| Value::Unknown),
    ("loc", |_, _| Value::Unknown),
    ("doevents", |_, _| Value::Int(0)),
    ("beep", |_, _| Value::Empty),
    ("savesetting", |m, a| {
        if let Some(key) = setting(a) {
            m.set_property(0, &key, arg(a, 3).clone());
        }
        Value::Empty
    }),
    ("getsetting", |m, a| {
        let kept = setting(a).and_then(|key| m.property(0, &key));
        kept.unwrap_or_else(|| arg(a, 3).clone())
    }),
    ("deletesetting", |_, _| Value::Empty),
    ("appactivate", |_, _| Value::Empty),
    ("sendkeys", |machine, values| machine.type_keys(&values.first().cloned().unwrap_or(Value::Unknown))),
    ("msgbox", |_, _| Value::Unknown),
    ("inputbox", |_, _| Value::Unknown),
    ("command", |_, _| Value::Unknown),
    ("varptr", |_, _| Value::Unknown),
    // Where a text lies stands for the text: functions of DLLs are given it.
    ("strptr", |_, a| match arg(a, 0) {
        Value::Text(units, _) => Value::Text(units.clone(), false),
        _ => Value::Unknown,
    }),
    ("objptr", |_, _| Value::Unknown),
    // Time
    ("now", |_, _| Value::Unknown),
    ("date", |_, _| Value::Unknown),
    ("time", |_, _| Value::Unknown),
    ("timer", |_, _| Value::Unknown),
    ("year", |_, a| dates::part(a, "yyyy")),
    ("month", |_, a| dates::part(a, "m")),
    ("day", |_, a| dates::part(a, "d")),
    ("hour", |_, a| dates::part(a, "h")),
    ("minute", |_, a| dates::part(a, "n")),
    ("second", |_, a| dates::part(a, "s")),
    ("weekday", |_, a| dates::weekday(a)),
    ("dateadd", |_, a| dates::date_add(a)),
    ("datediff", |_, a| dates::date_diff(a)),
    ("datepart", |_, a| dates::date_part(a)),
    ("dateserial", |_, a| dates::date_serial(a)),
    ("datevalue", |_, a| dates::date_of_value(a, true, false)),
    ("timeserial", |_, a| dates::time_serial(a)),
    ("timevalue", |_, a| dates::date_of_value(a, false, true)),
    ("cdate", |_, a| dates::date_of_value(a, true, true)),
    ("cvdate", |_, a| dates::date_of_value(a, true, true)),
];
