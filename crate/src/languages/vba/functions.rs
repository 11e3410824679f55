//! VBA's own functions and constants, as far as they make texts ([MS-VBAL] 6.1).

use std::rc::Rc;

use super::keys;
use super::values::{LONGEST, Value};

/// A literal number (3.3.2).
pub(super) fn number(text: &str) -> Value {
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

/// Constants of VBA that texts are made with.
pub(super) fn constant(name: &str) -> Option<Value> {
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
        _ => return keys::code(name).map(|code| Value::Number(code.into())),
    };
    Some(Value::Text(text.into(), true))
}

/// String functions ([MS-VBAL] 6.1.2.11) on known arguments.
pub(super) fn function(name: &str, arguments: Vec<Value>) -> Value {
    let text = |at: usize| arguments.get(at).and_then(Value::known);
    let count = |at: usize| arguments.get(at).and_then(Value::number).and_then(length);
    let result = match name {
        "chr" | "chrw" | "chrb" => arguments.first().and_then(Value::number).and_then(character).map(String::from),
        "strreverse" => text(0).map(|text| text.chars().rev().collect()),
        "lcase" => text(0).map(|text| text.to_lowercase()),
        "ucase" => text(0).map(|text| text.to_uppercase()),
        "trim" | "ltrim" | "rtrim" => text(0).map(|text| text.trim_matches(' ').to_owned()),
        "cstr" | "str" | "cvar" | "strptr" => text(0),
        "environ" => text(0).map(|text| format!("%{text}%")),
        "space" => count(0).map(|n| " ".repeat(n)),
        "string" => count(0).zip(text(1)).map(|(n, text)| text.chars().take(1).cycle().take(n).collect()),
        "left" => text(0).zip(count(1)).map(|(text, n)| text.chars().take(n).collect()),
        "right" => text(0).zip(count(1)).map(|(text, n)| {
            let skip = text.chars().count().saturating_sub(n);
            text.chars().skip(skip).collect()
        }),
        "mid" => text(0)
            .zip(count(1))
            .map(|(text, from)| text.chars().skip(from.saturating_sub(1)).take(count(2).unwrap_or(LONGEST)).collect()),
        "replace" => text(0).zip(text(1)).zip(text(2)).and_then(|((text, from), to)| replace(&text, &from, &to)),
        "hex" => count(0).map(|n| format!("{n:X}")),
        "oct" => count(0).map(|n| format!("{n:o}")),
        "join" => match arguments.first() {
            Some(Value::List(list)) => return join(list, arguments.get(1)),
            _ => None,
        },
        "split" => return text(0).map_or(Value::Unknown, |text| split(&text, arguments.get(1))),
        "array" => return list(arguments),
        _ => return numeric(name, &arguments),
    };
    result.filter(|text| text.len() <= LONGEST).map_or(Value::Unknown, |text| Value::Text(text, true))
}

fn numeric(name: &str, arguments: &[Value]) -> Value {
    let first = arguments.first();
    let value = match name {
        "asc" | "ascw" => {
            first.and_then(Value::known).and_then(|text| text.chars().next()).map(|c| f64::from(u32::from(c)))
        }
        "len" => first.and_then(Value::known).map(|text| text.chars().count() as f64),
        "val" | "cint" | "clng" | "cdbl" | "int" | "fix" | "cbyte" | "csng" => match first {
            Some(Value::Number(n)) => Some(*n),
            Some(Value::Text(text, true)) => match number(text.trim()) {
                Value::Number(n) => Some(n),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    value.map_or(Value::Unknown, Value::Number)
}

fn list(values: Vec<Value>) -> Value {
    if values.len() > LONGEST { Value::Unknown } else { Value::List(Rc::new(values)) }
}

fn join(list: &[Value], between: Option<&Value>) -> Value {
    let between = between.map_or_else(|| Value::Text(" ".into(), true), Clone::clone);
    let (mut joined, mut first) = (Value::Text(String::new(), true), true);
    for value in list {
        if !first {
            joined = joined.join(&between);
        }
        joined = joined.join(value);
        if joined == Value::Unknown {
            return joined;
        }
        first = false;
    }
    joined
}

fn split(text: &str, at: Option<&Value>) -> Value {
    match at.map_or_else(|| Some(" ".to_owned()), Value::known) {
        Some(at) if !at.is_empty() => list(text.split(&at).map(|part| Value::Text(part.to_owned(), true)).collect()),
        Some(_) => list(vec![Value::Text(text.to_owned(), true)]),
        None => Value::Unknown,
    }
}

fn replace(text: &str, from: &str, to: &str) -> Option<String> {
    let grown = text.matches(from).count().checked_mul(to.len())?.checked_add(text.len())?;
    (grown <= LONGEST && !from.is_empty()).then(|| text.replace(from, to))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked before")]
pub(super) fn length(n: f64) -> Option<usize> {
    (0.0..=LONGEST as f64).contains(&n).then_some(n as usize)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked before")]
fn character(n: f64) -> Option<char> {
    let code = if n < 0.0 { n + 65536.0 } else { n };
    (0.0..=65535.0).contains(&code).then_some(code as u32).and_then(char::from_u32)
}
