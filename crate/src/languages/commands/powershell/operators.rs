//! Operators and casts.

use std::rc::Rc;

use super::pattern::wild;
use super::run::Runner;
use super::value::{Encoding, LIST, Object, Value, join, parse_int};
use crate::error::Result;
use crate::languages::commands::{GAP, LAYER};

impl Runner<'_, '_> {
    pub(super) fn operate(&mut self, operator: &str, left: Value, right: Value) -> Result<Value> {
        let size = |value: &Value| match value {
            Value::Text(text) => text.len() / 8,
            Value::List(values) => values.len() / 4,
            _ => 0,
        };
        if !self.pay(size(&left).saturating_add(size(&right)))? {
            return Ok(Value::Gap);
        }
        if operator == ".." && !self.pay(to_range(&left, &right))? {
            return Ok(Value::Gap);
        }
        let result = self.operate_inner(operator, left, right)?;
        Ok(if self.pay(size(&result))? { result } else { Value::Gap })
    }

    fn operate_inner(&mut self, operator: &str, left: Value, right: Value) -> Result<Value> {
        let lower = operator;
        let exact = lower.starts_with('c') && lower.len() > 2 && lower != "contains";
        let plain = match lower {
            "contains" | "in" | "is" | "isnot" => lower,
            _ => lower.strip_prefix(['c', 'i']).filter(|rest| rest.len() >= 2).unwrap_or(lower),
        };
        Ok(match plain {
            "+" => add(left, &right),
            "-" | "*" | "/" | "%" => calculate(plain, &left, &right),
            "band" | "bor" | "bxor" | "shl" | "shr" => match (left.to_int(), right.to_int()) {
                (Some(left), Some(right)) => Value::Int(match plain {
                    "band" => left & right,
                    "bor" => left | right,
                    "bxor" => left ^ right,
                    "shl" => left.checked_shl(u32::try_from(right & 63).unwrap_or(0)).unwrap_or(0),
                    _ => left.checked_shr(u32::try_from(right & 63).unwrap_or(0)).unwrap_or(0),
                }),
                _ => Value::Gap,
            },
            ".." => range(&left, &right),
            "f" => Value::text(&format(&left.to_text(), &right.items())),
            "join" => Value::text(&join(left.items().iter().map(Value::to_text), &right.to_text())),
            "split" => {
                let (pattern, most) = match &right {
                    Value::List(values) => {
                        (values.first().map(Value::to_text).unwrap_or_default(), values.get(1).and_then(Value::to_int))
                    }
                    other => (other.to_text(), None),
                };
                self.split(&left, &pattern, most, exact)?
            }
            "replace" => {
                let (pattern, with) = match &right {
                    Value::List(values) => (
                        values.first().map(Value::to_text).unwrap_or_default(),
                        values.get(1).map(Value::to_text).unwrap_or_default(),
                    ),
                    other => (other.to_text(), String::new()),
                };
                self.replace_in(&left, &pattern, &with, exact)?
            }
            "eq" | "ne" | "gt" | "ge" | "lt" | "le" => compare(plain, &left, &right, exact),
            "like" | "notlike" => match (&left, &right) {
                (Value::Gap, _) | (_, Value::Gap) => Value::Gap,
                _ if left.to_text().contains(GAP) => Value::Gap,
                _ => Value::Bool(
                    wild(&right.to_text().to_lowercase(), &left.to_text().to_lowercase()) == (plain == "like"),
                ),
            },
            "and" => logic(left.truth(), right.truth(), |a, b| a && b),
            "or" => logic(left.truth(), right.truth(), |a, b| a || b),
            "xor" => logic(left.truth(), right.truth(), |a, b| a != b),
            "as" => match &right {
                Value::Type(kind) => {
                    let kind = Rc::clone(kind);
                    self.cast(&kind, left)?
                }
                other => {
                    let kind = other.to_text().to_lowercase();
                    self.cast(&kind, left)?
                }
            },
            "contains" | "in" => {
                let (set, item) = if plain == "in" { (&right, &left) } else { (&left, &right) };
                let item = item.to_text();
                Value::Bool(set.items().iter().any(|value| value.to_text().eq_ignore_ascii_case(&item)))
            }
            _ => Value::Gap,
        })
    }

    pub(super) fn unary(&mut self, operator: &str, operand: Value) -> Result<Value> {
        self.pay(0)?;
        Ok(match operator {
            "-" => operand.to_int().map_or(Value::Gap, |n| Value::Int(n.saturating_neg())),
            "not" => operand.truth().map_or(Value::Gap, |truth| Value::Bool(!truth)),
            "bnot" => operand.to_int().map_or(Value::Gap, |n| Value::Int(!n)),
            "join" => Value::text(&join(operand.items().iter().map(Value::to_text), "")),
            "split" => Value::list(operand.to_text().split_whitespace().map(Value::text).collect()),
            _ => Value::Gap,
        })
    }

    /// Applies to a text, or to each of a list.
    fn replace_in(&mut self, value: &Value, pattern: &str, with: &str, exact: bool) -> Result<Value> {
        match value {
            Value::List(values) => {
                let made: Result<Vec<Value>> =
                    values.iter().map(|value| self.replace(&value.to_text(), pattern, with, exact)).collect();
                Ok(Value::list(made?))
            }
            other => self.replace(&other.to_text(), pattern, with, exact),
        }
    }

    fn split(&mut self, value: &Value, pattern: &str, most: Option<i64>, exact: bool) -> Result<Value> {
        let most = most.and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0).unwrap_or(LIST);
        let mut out = Vec::new();
        for item in value.items() {
            let text = item.to_text();
            match self.parts(&text, pattern, most, exact)? {
                Some(parts) => out.extend(parts),
                None => return Ok(Value::Gap),
            }
        }
        Ok(Value::list(out))
    }

    pub(super) fn cast(&mut self, kind: &str, value: Value) -> Result<Value> {
        let kind = kind.strip_prefix("system.").unwrap_or(kind);
        if !self.pay(value.len().unwrap_or(0) / 8)? {
            return Ok(Value::Gap);
        }
        Ok(match kind {
            "string" => Value::text(&value.to_text()),
            "char" => one_char(&value),
            "char[]" => match &value {
                Value::Text(text) => Value::list(text.chars().map(Value::Char).collect()),
                other => Value::list(other.items().iter().map(one_char).collect()),
            },
            "byte[]" => value.to_bytes().map_or(Value::Gap, Value::bytes),
            "int" | "int32" | "int64" | "long" | "byte" | "uint32" | "int16" | "uint16" | "uint64" | "sbyte"
            | "double" | "decimal" => value.to_int().map_or(Value::Gap, Value::Int),
            "int[]" | "int32[]" | "string[]" | "object[]" | "array" | "double[]" | "uint32[]" => {
                let element = kind.trim_end_matches("[]");
                let mut values = Vec::new();
                for item in value.items() {
                    values.push(if matches!(element, "object" | "array") { item } else { self.cast(element, item)? });
                }
                Value::list(values)
            }
            "bool" | "boolean" => value.truth().map_or(Value::Gap, Value::Bool),
            "io.memorystream" => {
                value.to_bytes().map_or(Value::Gap, |bytes| Value::Object(Object::Stream(Rc::new(bytes))))
            }
            "scriptblock"
            | "management.automation.scriptblock"
            | "void"
            | "psobject"
            | "object"
            | "psvariable"
            | "ref" => value,
            "type" => Value::Type(value.to_text().to_lowercase().into()),
            "net.webclient" => Value::Object(Object::WebClient),
            "text.encoding" => {
                Encoding::of(&value.to_text()).map_or(Value::Gap, |e| Value::Object(Object::Encoding(e)))
            }
            _ => value,
        })
    }
}

fn one_char(value: &Value) -> Value {
    let code = |n: i64| u32::try_from(n).ok().and_then(char::from_u32).map_or(Value::Gap, Value::Char);
    match value {
        Value::Char(c) => Value::Char(*c),
        Value::Int(n) => code(*n),
        Value::Text(text) => {
            let mut chars = text.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => Value::Char(c),
                _ => parse_int(text).map_or(Value::Gap, code),
            }
        }
        _ => Value::Gap,
    }
}

fn add(left: Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Int(left), right) => match right.to_int() {
            Some(right) => Value::Int(left.saturating_add(right)),
            None => Value::text(&format!("{left}{}", right.to_text())),
        },
        (Value::Text(left), right) => {
            let right = right.to_text();
            if left.len().saturating_add(right.len()) > LAYER {
                Value::Text(left)
            } else {
                Value::text(&format!("{left}{right}"))
            }
        }
        (Value::Char(left), right) => Value::text(&format!("{left}{}", right.to_text())),
        (Value::Null, right) => right.clone(),
        (Value::List(mut values), right) => {
            let more = right.items();
            if values.len().saturating_add(more.len()) <= LIST {
                Rc::make_mut(&mut values).extend(more);
            }
            Value::List(values)
        }
        (Value::Bytes(mut bytes), right) => match right.to_bytes() {
            Some(more) if bytes.len().saturating_add(more.len()) <= LIST => {
                Rc::make_mut(&mut bytes).extend(more);
                Value::Bytes(bytes)
            }
            _ => Value::Gap,
        },
        (Value::Gap, right) => match right {
            Value::Text(_) | Value::Char(_) => Value::text(&format!("{GAP}{}", right.to_text())),
            _ => Value::Gap,
        },
        (left @ Value::Object(_), right @ (Value::Text(_) | Value::Char(_))) => {
            Value::text(&format!("{}{}", left.to_text(), right.to_text()))
        }
        _ => Value::Gap,
    }
}

fn calculate(operator: &str, left: &Value, right: &Value) -> Value {
    if operator == "*" {
        let times = || right.to_int().and_then(|n| usize::try_from(n).ok());
        match (left, times()) {
            (Value::Text(text), Some(times)) if text.len().saturating_mul(times) <= LAYER => {
                return Value::text(&text.repeat(times));
            }
            (Value::Char(c), Some(times)) if times <= LAYER / 4 => return Value::text(&c.to_string().repeat(times)),
            (Value::List(values), Some(times)) if values.len().saturating_mul(times) <= LIST => {
                return Value::list(values.iter().cycle().take(values.len().saturating_mul(times)).cloned().collect());
            }
            (Value::Text(_) | Value::Char(_) | Value::List(_), _) => return Value::Gap,
            _ => {}
        }
    }
    let (Some(left), Some(right)) = (left.to_int(), right.to_int()) else { return Value::Gap };
    let result = match operator {
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "/" => left.checked_div(right),
        _ => left.checked_rem(right),
    };
    result.map_or(Value::Gap, Value::Int)
}

/// How long a range is.
fn to_range(left: &Value, right: &Value) -> usize {
    match (left.to_int(), right.to_int()) {
        (Some(from), Some(to)) => usize::try_from(from.abs_diff(to)).unwrap_or(LIST).min(LIST),
        _ => 0,
    }
}

fn range(left: &Value, right: &Value) -> Value {
    let (Some(from), Some(to)) = (left.to_int(), right.to_int()) else { return Value::Gap };
    if from.abs_diff(to) >= LIST as u64 {
        return Value::Gap;
    }
    if from <= to {
        Value::list((from..=to).map(Value::Int).collect())
    } else {
        Value::list((to..=from).rev().map(Value::Int).collect())
    }
}

fn compare(operator: &str, left: &Value, right: &Value, exact: bool) -> Value {
    if let Value::List(values) = left {
        let kept =
            values.iter().filter(|value| matches!(compare(operator, &simple(value), right, exact), Value::Bool(true)));
        return Value::list(kept.cloned().collect());
    }
    let unknown = |value: &Value| {
        matches!(value, Value::Gap | Value::Object(_)) || matches!(value, Value::Text(text) if text.contains(GAP))
    };
    if unknown(left) || unknown(right) {
        return Value::Gap;
    }
    let order = match (left, right) {
        (Value::Int(_) | Value::Bool(_), right) if right.to_int().is_some() => left.to_int().cmp(&right.to_int()),
        _ => {
            let fold = |value: &Value| if exact { value.to_text() } else { value.to_text().to_lowercase() };
            fold(left).cmp(&fold(right))
        }
    };
    Value::Bool(match operator {
        "eq" => order.is_eq(),
        "ne" => order.is_ne(),
        "gt" => order.is_gt(),
        "ge" => order.is_ge(),
        "lt" => order.is_lt(),
        _ => order.is_le(),
    })
}

/// A list inside a list is compared as text: it ends there.
fn simple(value: &Value) -> Value {
    match value {
        Value::List(_) => Value::text(&value.to_text()),
        other => other.clone(),
    }
}

fn logic(left: Option<bool>, right: Option<bool>, of: impl Fn(bool, bool) -> bool) -> Value {
    match (left, right) {
        (Some(left), Some(right)) => Value::Bool(of(left, right)),
        _ => Value::Gap,
    }
}

/// `"{1}{0,5:x2}" -f b, a`
pub(super) fn format(template: &str, values: &[Value]) -> String {
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        if out.len() > LAYER {
            break;
        }
        match c {
            '{' if chars.next_if_eq(&'{').is_some() => out.push('{'),
            '}' if chars.next_if_eq(&'}').is_some() => out.push('}'),
            '{' => {
                let mut inside = String::new();
                for c in chars.by_ref() {
                    if c == '}' || inside.len() > 64 {
                        break;
                    }
                    inside.push(c);
                }
                let (index, shape) = inside.split_once(':').unwrap_or((&inside, ""));
                let (index, width) = index.split_once(',').unwrap_or((index, ""));
                let value = index.trim().parse().ok().and_then(|n: usize| values.get(n));
                let shape = shape.to_ascii_lowercase();
                let text = match (value, shape.chars().next()) {
                    (Some(value), Some('x')) => match value.to_int() {
                        Some(n) => {
                            let least = shape.get(1..).and_then(|n| n.parse().ok()).unwrap_or(0_usize).min(32);
                            format!("{n:0least$x}")
                        }
                        None => value.to_text(),
                    },
                    (Some(value), _) => value.to_text(),
                    (None, _) => GAP.into(),
                };
                let width = width.trim().parse::<i32>().unwrap_or(0);
                let pad =
                    usize::try_from(width.unsigned_abs()).unwrap_or(0).min(256).saturating_sub(text.chars().count());
                if width > 0 {
                    out.extend(std::iter::repeat_n(' ', pad));
                }
                out.push_str(&text);
                if width < 0 {
                    out.extend(std::iter::repeat_n(' ', pad));
                }
            }
            c => out.push(c),
        }
    }
    out
}
