//! Functions and methods of the language itself.

use std::rc::Rc;

use super::machine::{Kind, Machine};
use super::value::{GAP, Value, bits, in_radix, whole};
use crate::languages::patterns::{Pattern, replaced};

/// Functions and classes that scripts find without asking for them.
pub(super) fn is_native(name: &str) -> bool {
    const NAMES: [&str; 24] = [
        "eval",
        "unescape",
        "escape",
        "decodeURIComponent",
        "decodeURI",
        "encodeURIComponent",
        "encodeURI",
        "parseInt",
        "parseFloat",
        "String",
        "Number",
        "Boolean",
        "Array",
        "Object",
        "RegExp",
        "Function",
        "Date",
        "isNaN",
        "atob",
        "ActiveXObject",
        "GetObject",
        "setTimeout",
        "setInterval",
        "execScript",
    ];
    NAMES.contains(&name)
}

/// Longest text made by one call.
const LONGEST: usize = 1 << 18;

impl Machine {
    pub(super) fn native(&mut self, name: &str, given: &[Value]) -> Value {
        let first = given.first().cloned().unwrap_or(Value::Undefined);
        match name {
            "eval" => match &first {
                Value::Text(text) => {
                    let script = String::from_utf16_lossy(text);
                    self.run_text(&script)
                }
                other => other.clone(),
            },
            "setTimeout" | "setInterval" | "execScript" => {
                match &first {
                    Value::Text(text) => {
                        let script = String::from_utf16_lossy(text);
                        self.run_text(&script);
                    }
                    function => {
                        self.call(&function.clone(), Value::Unknown, Vec::new());
                    }
                }
                Value::Unknown
            }
            "Function" => {
                let (body, names) =
                    given.split_last().map_or((Value::text(""), &[][..]), |(body, names)| (body.clone(), names));
                let names: Vec<String> = names.iter().map(|name| self.string(name)).collect();
                let script = format!("(function ({}) {{ {}\n}})", names.join(","), self.string(&body));
                self.run_text(&script)
            }
            "unescape" | "decodeURIComponent" | "decodeURI" => {
                let text = self.units(&first);
                let units = unescaped(&text, name == "unescape");
                self.made(units)
            }
            "escape" | "encodeURIComponent" | "encodeURI" => Value::Unknown,
            "atob" => {
                let text = self.string(&first);
                if text.contains('…') {
                    return Value::Unknown;
                }
                let bytes = crate::codecs::base64::decode(text.as_bytes(), LONGEST);
                self.made(bytes.into_iter().map(u16::from).collect())
            }
            "parseInt" => {
                let text = self.string(&first);
                let radix =
                    given.get(1).and_then(Value::number).map_or(10, |radix| u32::try_from(whole(radix)).unwrap_or(10));
                parse_int(&text, radix).map_or(Value::Number(f64::NAN), Value::Number)
            }
            "parseFloat" | "Number" => first.number().map_or(Value::Unknown, Value::Number),
            "isNaN" => first.number().map_or(Value::Unknown, |n| Value::Bool(n.is_nan())),
            "Boolean" => first.holds().map_or(Value::Unknown, Value::Bool),
            "String" if given.is_empty() => Value::text(""),
            "String" => Value::Text(self.units(&first)),
            "Array" => {
                let list = match (given, first.index()) {
                    ([Value::Number(_)], Some(count)) if self.spend(count.min(4096)) => {
                        vec![Value::Undefined; count.min(4096)]
                    }
                    _ => given.to_vec(),
                };
                self.make(Kind::Array(list))
            }
            "Object" => self.make(Kind::Plain),
            "RegExp" => {
                let source = self.string(&first);
                let flags = given.get(1).cloned().map(|flags| self.string(&flags)).unwrap_or_default();
                self.make(Kind::Pattern(source.into(), flags.into()))
            }
            "Date" => self.make(Kind::Host("date")),
            "ActiveXObject" => self.create(&first),
            "GetObject" => self.get_object(given),
            _ => Value::Unknown,
        }
    }

    /// A text that is run as a script; one that is none is not known.
    pub(super) fn run_text(&mut self, script: &str) -> Value {
        self.run(script).unwrap_or_else(|| {
            self.cut = true;
            Value::Unknown
        })
    }

    // ---- members -----------------------------------------------------------------------------------------------------

    pub(super) fn property(&mut self, owner: &Value, name: &str) -> Value {
        if let Some(class) = self.host(owner) {
            return self.host_property(class, owner, name);
        }
        if let Some(value) = self.field(owner, name) {
            return value;
        }
        match (owner, self.kind(owner)) {
            (Value::Text(text), _) if name == "length" => Value::count(text.len()),
            (_, Some(Kind::Array(list))) => match name.parse::<usize>() {
                Ok(at) => list.get(at).cloned().unwrap_or(Value::Undefined),
                Err(_) if name == "length" => Value::count(list.len()),
                Err(_) => Value::Unknown,
            },
            (Value::Text(text), _) => match name.parse::<usize>() {
                Ok(at) => text.get(at).map_or(Value::Undefined, |unit| Value::units(&[*unit])),
                Err(_) => Value::Unknown,
            },
            (_, Some(Kind::Plain)) => Value::Undefined,
            _ => Value::Unknown,
        }
    }

    pub(super) fn method(&mut self, owner: Value, name: &str, given: Vec<Value>) -> Value {
        if !self.weigh(&given.iter().collect::<Vec<_>>()) {
            return Value::Unknown;
        }
        if let Some(class) = self.host(&owner) {
            return self.host_method(class, &owner, name, &given);
        }
        if let Some(function) = self.field(&owner, name).filter(|function| matches!(function, Value::Object(_))) {
            return self.call(&function, owner, given);
        }
        let kind = self.kind(&owner).cloned();
        match (&owner, kind) {
            (Value::Text(text), _) => {
                let text = Rc::clone(text);
                self.text_method(&text, name, &given)
            }
            (Value::Number(n), _) if name == "toString" => {
                let radix = given.first().and_then(Value::number).map_or(10.0, |radix| radix);
                let text = if radix == 10.0 { super::value::shown(*n) } else { in_radix(*n, bits(radix)) };
                Value::text(&text)
            }
            (_, Some(Kind::Array(_))) => self.list_method(&owner, name, given),
            (_, Some(Kind::Native(class))) => self.class_method(&class, name, given),
            (_, Some(Kind::Function(..))) => match name {
                "call" => {
                    let mut given = given.into_iter();
                    let this = given.next().unwrap_or(Value::Unknown);
                    self.call(&owner, this, given.collect())
                }
                "apply" => {
                    let this = given.first().cloned().unwrap_or(Value::Unknown);
                    let list = given.get(1).and_then(|list| self.list(list)).cloned().unwrap_or_default();
                    self.call(&owner, this, list)
                }
                _ => Value::Unknown,
            },
            (_, Some(Kind::Pattern(source, flags))) => match name {
                "test" => {
                    let text = given.first().cloned().unwrap_or(Value::Undefined);
                    let text = self.units(&text);
                    self.matches(&text, &source, &flags).map_or(Value::Unknown, |found| Value::Bool(!found.is_empty()))
                }
                _ => Value::Unknown,
            },
            // An object that nobody knows may be any.
            (Value::Unknown, _) => self.host_method("hidden", &owner, name, &given),
            _ => {
                self.cut = true;
                Value::Unknown
            }
        }
    }

    fn class_method(&mut self, class: &str, name: &str, given: Vec<Value>) -> Value {
        match (class, name) {
            ("String", "fromCharCode") => {
                let units: Option<Vec<u16>> =
                    given.iter().map(|code| code.number().and_then(|n| u16::try_from(bits(n) & 0xFFFF).ok())).collect();
                match units {
                    Some(units) => self.made(units),
                    None => Value::units(&[GAP]),
                }
            }
            // `String.fromCharCode.apply(null, list)` and `eval.call(window, …)`.
            (native, "call") if is_native(native) => self.native(native, given.get(1..).unwrap_or_default()),
            _ => Value::Unknown,
        }
    }

    fn matches(&mut self, text: &[u16], source: &str, flags: &str) -> Option<Vec<(usize, usize)>> {
        if !self.spend(text.len()) {
            return None;
        }
        let chars: Vec<char> = String::from_utf16_lossy(text).chars().collect();
        let pattern = Pattern::new(source, flags.contains('i'), flags.contains('m'))?;
        let (found, tried) = pattern.all(&chars, flags.contains('g'));
        self.spend(usize::try_from(tried).unwrap_or(usize::MAX));
        Some(found?.into_iter().map(|(start, end, _)| (start, end)).collect())
    }

    fn text_method(&mut self, text: &Rc<Vec<u16>>, name: &str, given: &[Value]) -> Value {
        let first = given.first().cloned().unwrap_or(Value::Undefined);
        let at = |n: usize| given.get(n).and_then(Value::number).map(whole);
        let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
        // From the end where it is negative, and inside the text.
        let place =
            |n: i64| usize::try_from(if n < 0 { length.saturating_add(n) } else { n }.clamp(0, length)).unwrap_or(0);
        let part = |from: usize, to: usize| text.get(from..to.max(from)).unwrap_or_default().to_vec();
        let is_known = given.iter().take(2).all(|value| !matches!(value, Value::Unknown));
        match name {
            "toString" | "valueOf" | "normalize" => Value::Text(Rc::clone(text)),
            "charAt" | "charCodeAt" if is_known => {
                let unit = usize::try_from(at(0).unwrap_or(0)).ok().and_then(|at| text.get(at));
                match (name, unit) {
                    ("charAt", unit) => Value::Text(Rc::new(unit.into_iter().copied().collect())),
                    (_, Some(unit)) if *unit != GAP => Value::Number(f64::from(*unit)),
                    (_, None) => Value::Number(f64::NAN),
                    _ => Value::Unknown,
                }
            }
            "substr" if is_known => {
                let from = place(at(0).unwrap_or(0));
                let count = at(1).map_or(text.len(), |count| usize::try_from(count.max(0)).unwrap_or(0));
                self.made(part(from, from.saturating_add(count).min(text.len())))
            }
            "slice" if is_known => self.made(part(place(at(0).unwrap_or(0)), at(1).map_or(text.len(), place))),
            "substring" if is_known => {
                let (from, to) = (place(at(0).unwrap_or(0).max(0)), at(1).map_or(text.len(), |n| place(n.max(0))));
                self.made(part(from.min(to), from.max(to)))
            }
            "toLowerCase" | "toUpperCase" | "trim" | "toLocaleLowerCase" | "toLocaleUpperCase" => {
                let text = String::from_utf16_lossy(text);
                let text = match name {
                    "trim" => text.trim().to_owned(),
                    name if name.ends_with("LowerCase") => text.to_lowercase(),
                    _ => text.to_uppercase(),
                };
                self.made(text.encode_utf16().collect())
            }
            "concat" => {
                let mut units = text.to_vec();
                for value in given {
                    units.extend_from_slice(&self.units(value));
                }
                self.made(units)
            }
            "repeat" if is_known => {
                let count = first.index().unwrap_or(0).min(LONGEST.checked_div(text.len().max(1)).unwrap_or(0));
                self.made(text.repeat(count))
            }
            "indexOf" | "lastIndexOf" if is_known => {
                let wanted = self.units(&first);
                if !self.spend(search_cost(text.len(), wanted.len())) {
                    return Value::Unknown;
                }
                let last = text.len().saturating_sub(wanted.len());
                let is_at = |at: &usize| text.get(*at..).is_some_and(|rest| rest.starts_with(&wanted));
                let from = at(1).map_or(0, |n| usize::try_from(n).unwrap_or(0));
                let found = if name == "indexOf" { (from..=last).find(is_at) } else { (0..=last).rev().find(is_at) };
                found.map_or(Value::Number(-1.0), Value::count)
            }
            "split" if is_known => self.split(text, &first),
            "replace" if is_known => self.replace(text, &first, given.get(1).cloned().unwrap_or(Value::Undefined)),
            "match" => match self.kind(&first).cloned() {
                Some(Kind::Pattern(source, flags)) => match self.matches(text, &source, &flags) {
                    Some(found) if found.is_empty() => Value::Null,
                    Some(found) => {
                        let chars: Vec<char> = String::from_utf16_lossy(text).chars().collect();
                        let list = found.iter().map(|(from, to)| {
                            Value::text(&chars.get(*from..*to).unwrap_or_default().iter().collect::<String>())
                        });
                        let list = list.collect();
                        self.make(Kind::Array(list))
                    }
                    None => Value::Unknown,
                },
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    fn split(&mut self, text: &Rc<Vec<u16>>, mark: &Value) -> Value {
        if !self.spend(text.len()) {
            return Value::Unknown;
        }
        let pieces: Vec<Vec<u16>> = match self.kind(mark).cloned() {
            Some(Kind::Pattern(source, flags)) => {
                let Some(found) = self.matches(text, &source, &format!("{flags}g")) else { return Value::Unknown };
                let chars: Vec<char> = String::from_utf16_lossy(text).chars().collect();
                let mut from = 0;
                let mut pieces: Vec<Vec<u16>> = Vec::new();
                let piece = |from: usize, to: usize| {
                    chars.get(from..to).unwrap_or_default().iter().collect::<String>().encode_utf16().collect()
                };
                for (start, end) in found.into_iter().filter(|(start, end)| end > start) {
                    pieces.push(piece(from, start));
                    from = end;
                }
                pieces.push(piece(from, chars.len()));
                pieces
            }
            _ if matches!(mark, Value::Undefined) => vec![text.to_vec()],
            _ => {
                let mark = self.units(mark);
                if !self.spend(search_cost(text.len(), mark.len())) {
                    return Value::Unknown;
                }
                if mark.is_empty() {
                    text.iter().map(|unit| vec![*unit]).collect()
                } else {
                    let (mut pieces, mut from, mut at) = (Vec::new(), 0_usize, 0_usize);
                    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
                        if rest.starts_with(&mark) {
                            pieces.push(text.get(from..at).unwrap_or_default().to_vec());
                            at = at.saturating_add(mark.len());
                            from = at;
                        } else {
                            at = at.saturating_add(1);
                        }
                    }
                    pieces.push(text.get(from..).unwrap_or_default().to_vec());
                    pieces
                }
            }
        };
        self.spend(pieces.len());
        let list: Vec<Value> = pieces.into_iter().map(|piece| self.made(piece)).collect();
        self.make(Kind::Array(list))
    }

    fn replace(&mut self, text: &Rc<Vec<u16>>, what: &Value, with: Value) -> Value {
        let function = matches!(self.kind(&with), Some(Kind::Function(..))).then(|| with.clone());
        if !self.spend(text.len()) {
            return Value::Unknown;
        }
        let chars: Vec<char> = String::from_utf16_lossy(text).chars().collect();
        let found: Vec<_> = match self.kind(what).cloned() {
            Some(Kind::Pattern(source, flags)) => {
                let Some(pattern) = Pattern::new(&source, flags.contains('i'), flags.contains('m')) else {
                    return Value::Unknown;
                };
                let (found, tried) = pattern.all(&chars, flags.contains('g'));
                self.spend(usize::try_from(tried).unwrap_or(usize::MAX));
                let Some(found) = found else { return Value::Unknown };
                found
            }
            _ => {
                let what: Vec<char> = self.string(what).chars().collect();
                if !self.spend(search_cost(chars.len(), what.len())) {
                    return Value::Unknown;
                }
                let at = (0..chars.len()).find(|at| chars.get(*at..).is_some_and(|rest| rest.starts_with(&what)));
                at.map(|at| (at, at.saturating_add(what.len()), Vec::new())).into_iter().collect()
            }
        };
        let made = match function {
            Some(function) => {
                let (mut made, mut at) = (Vec::new(), 0_usize);
                for (start, end, groups) in &found {
                    let piece = |from: usize, to: usize| {
                        Value::text(&chars.get(from..to).unwrap_or_default().iter().collect::<String>())
                    };
                    let groups =
                        groups.iter().map(|group| group.map_or(Value::Undefined, |(from, to)| piece(from, to)));
                    let given = std::iter::once(piece(*start, *end)).chain(groups).collect();
                    made.extend_from_slice(chars.get(at..*start).unwrap_or_default());
                    let value = self.call(&function, Value::Unknown, given);
                    made.extend(self.string(&value).chars());
                    at = *end;
                    if made.len() > LONGEST || !self.spend(1) {
                        self.exhaust();
                        return Value::Unknown;
                    }
                }
                made.extend_from_slice(chars.get(at..).unwrap_or_default());
                made
            }
            None => {
                let with: Vec<char> = self.string(&with).chars().collect();
                let Some(made) = replaced(&chars, &found, &with, LONGEST) else {
                    self.exhaust();
                    return Value::Unknown;
                };
                made
            }
        };
        self.made(made.into_iter().collect::<String>().encode_utf16().collect())
    }

    fn list_method(&mut self, owner: &Value, name: &str, given: Vec<Value>) -> Value {
        let first = given.first().cloned().unwrap_or(Value::Undefined);
        let length = self.list(owner).map_or(0, Vec::len);
        if !self.spend(length) {
            return Value::Unknown;
        }
        let place = |value: Option<&Value>, otherwise: usize| {
            let n = value.and_then(Value::number).map(whole);
            let count = i64::try_from(length).unwrap_or(i64::MAX);
            n.map_or(otherwise, |n| {
                usize::try_from(if n < 0 { count.saturating_add(n) } else { n }.clamp(0, count)).unwrap_or(0)
            })
        };
        match name {
            "join" => {
                let mark =
                    if matches!(first, Value::Undefined) { Rc::new(vec![u16::from(b',')]) } else { self.units(&first) };
                let list = self.list(owner).cloned().unwrap_or_default();
                let mut units = Vec::new();
                for (at, item) in list.iter().enumerate() {
                    if at > 0 {
                        units.extend_from_slice(&mark);
                    }
                    if !matches!(item, Value::Undefined | Value::Null) {
                        units.extend_from_slice(&self.units(item));
                    }
                    if units.len() > LONGEST {
                        self.exhaust();
                        break;
                    }
                }
                self.made(units)
            }
            "toString" => Value::Text(self.units(owner)),
            "reverse" => {
                if let Some(list) = self.list_mut(owner) {
                    list.reverse();
                }
                owner.clone()
            }
            "push" | "unshift" => {
                self.spend(given.len().saturating_add(if name == "push" { 0 } else { length }));
                let Some(list) = self.list_mut(owner).filter(|list| list.len() < LONGEST) else {
                    return Value::Unknown;
                };
                if name == "push" {
                    list.extend(given);
                } else {
                    list.splice(0..0, given);
                }
                Value::count(list.len())
            }
            "pop" => self.list_mut(owner).and_then(Vec::pop).unwrap_or(Value::Undefined),
            "shift" => {
                self.spend(length);
                match self.list_mut(owner) {
                    Some(list) if !list.is_empty() => list.remove(0),
                    _ => Value::Undefined,
                }
            }
            "slice" => {
                let (from, to) = (place(given.first(), 0), place(given.get(1), length));
                let part = self.list(owner).and_then(|list| list.get(from..to)).unwrap_or_default().to_vec();
                self.make(Kind::Array(part))
            }
            "splice" => {
                let from = place(given.first(), 0);
                let count = given.get(1).and_then(Value::index).unwrap_or(length).min(length.saturating_sub(from));
                let rest = given.get(2..).unwrap_or_default().to_vec();
                let gone = match self.list_mut(owner) {
                    Some(list) => list.splice(from..from.saturating_add(count), rest).collect(),
                    None => Vec::new(),
                };
                self.make(Kind::Array(gone))
            }
            "concat" => {
                let mut list = self.list(owner).cloned().unwrap_or_default();
                for value in &given {
                    match self.list(value) {
                        Some(more) => list.extend_from_slice(more),
                        None => list.push(value.clone()),
                    }
                }
                if list.len() > LONGEST {
                    self.exhaust();
                    return Value::Unknown;
                }
                self.make(Kind::Array(list))
            }
            "indexOf" => {
                let wanted = self.units(&first);
                let list = self.list(owner).cloned().unwrap_or_default();
                let found = list.iter().position(|item| matches!(item, Value::Text(text) if *text == wanted));
                found.map_or(Value::Number(-1.0), Value::count)
            }
            "map" | "forEach" | "filter" | "reduce" => {
                let list = self.list(owner).cloned().unwrap_or_default();
                let mut made = Vec::new();
                for (at, item) in list.into_iter().enumerate() {
                    if !self.spend(1) {
                        break;
                    }
                    made.push(self.call(&first, Value::Unknown, vec![item, Value::count(at), owner.clone()]));
                }
                if name == "map" { self.make(Kind::Array(made)) } else { Value::Unknown }
            }
            _ => Value::Unknown,
        }
    }
}

/// What looking for a text in another costs where every place is nearly one.
fn search_cost(text: usize, wanted: usize) -> usize {
    text.saturating_mul((wanted >> 5).saturating_add(1)) >> 2
}

/// `%41`, and `%u0041` where it is taken; of UTF-8 where it is not.
fn unescaped(text: &[u16], wide: bool) -> Vec<u16> {
    let hex = |from: usize, count: usize| {
        let digits = text.get(from..from.saturating_add(count))?;
        u16::from_str_radix(&String::from_utf16_lossy(digits), 16).ok()
    };
    let (mut units, mut bytes, mut at) = (Vec::new(), Vec::new(), 0_usize);
    while let Some(unit) = text.get(at) {
        let is_mark = *unit == u16::from(b'%');
        let next = at.saturating_add(1);
        let long = is_mark && wide && matches!(text.get(next), Some(0x75 | 0x55));
        let (value, length) = match (is_mark, long) {
            (true, true) => (hex(at.saturating_add(2), 4), 6),
            (true, false) => (hex(next, 2), 3),
            _ => (None, 1),
        };
        match value {
            Some(value) if !wide => bytes.push(u8::try_from(value).unwrap_or(b'?')),
            value => {
                units.extend(String::from_utf8_lossy(&std::mem::take(&mut bytes)).encode_utf16());
                units.push(value.unwrap_or(*unit));
            }
        }
        at = at.saturating_add(if value.is_some() { length } else { 1 });
    }
    units.extend(String::from_utf8_lossy(&bytes).encode_utf16());
    units
}

fn parse_int(text: &str, radix: u32) -> Option<f64> {
    let text = text.trim();
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).filter(|_| matches!(radix, 10 | 16 | 0));
    let (text, radix) = hex.map_or((text, if radix == 0 { 10 } else { radix }), |hex| (hex, 16));
    if !(2..=36).contains(&radix) {
        return None;
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    let value = digits
        .get(..end)?
        .chars()
        .fold(0.0, |value, digit| value * f64::from(radix) + f64::from(digit.to_digit(radix).unwrap_or(0)));
    (end > 0).then_some(if text.starts_with('-') { -value } else { value })
}
