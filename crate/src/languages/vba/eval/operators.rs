//! What operators make of values ([MS-VBAL] 5.6.9).

use super::ast::Operator;
use super::texts::like;
use super::value::{Value, whole, wide};

/// `left operator right`
pub(super) fn combine(operator: Operator, left: Value, right: &Value) -> Value {
    use Operator::{
        Add, And, Concatenate, Divide, Equal, Eqv, Imp, IntegerDivide, Is, Less, LessOrEqual, Like, Modulo, More,
        MoreOrEqual, Multiply, Or, Power, Subtract, Unequal, Xor,
    };
    match operator {
        Concatenate => left.join(right),
        Add => add(left, right),
        And | Or | Xor | Eqv | Imp => logical(operator, &left, right),
        Equal | Unequal | Less | More | LessOrEqual | MoreOrEqual => compare(operator, &left, right),
        Like => match (left.known(), right.known()) {
            (Some(text), Some(pattern)) if text.len() < 4096 && pattern.len() < 256 => {
                like(&text, &pattern).map_or(Value::Unknown, Value::Bool)
            }
            _ => Value::Unknown,
        },
        Is => Value::Unknown,
        Subtract | Multiply | IntegerDivide | Modulo => {
            if let (Value::Int(a), Value::Int(b)) = (&left, right) {
                let result = match operator {
                    Subtract => a.checked_sub(*b),
                    Multiply => a.checked_mul(*b),
                    IntegerDivide => a.checked_div(*b),
                    _ => a.checked_rem(*b),
                };
                return result.map_or(Value::Unknown, Value::Int);
            }
            let Some((a, b)) = left.number().zip(right.number()) else { return Value::Unknown };
            match operator {
                Subtract if is_date(&left) != is_date(right) => Value::Date(a - b),
                Subtract => number(a - b, &left, right),
                Multiply => number(a * b, &left, right),
                _ => {
                    let (a, b) = (super::value::round(a), super::value::round(b));
                    let result = if operator == IntegerDivide { a.checked_div(b) } else { a.checked_rem(b) };
                    result.map_or(Value::Unknown, Value::Int)
                }
            }
        }
        Divide | Power => {
            let Some((a, b)) = left.number().zip(right.number()) else { return Value::Unknown };
            let result = if operator == Power { a.powf(b) } else { a / b };
            if result.is_finite() { Value::Real(result) } else { Value::Unknown }
        }
    }
}

/// Whole numbers stay whole where both operands are.
fn number(n: f64, left: &Value, right: &Value) -> Value {
    let is_whole = |value: &Value| matches!(value, Value::Int(_) | Value::Bool(_) | Value::Empty);
    if is_whole(left) && is_whole(right) && n.abs() < 9e15 { Value::Int(whole(n)) } else { Value::Real(n) }
}

/// A date and a number of days are a date; between two dates lies a number.
const fn is_date(value: &Value) -> bool {
    matches!(value, Value::Date(_))
}

fn add(left: Value, right: &Value) -> Value {
    match (&left, right) {
        (Value::Int(a), Value::Int(b)) => a.checked_add(*b).map_or(Value::Unknown, Value::Int),
        (Value::Text(..), Value::Text(..) | Value::Empty) | (Value::Empty, Value::Text(..)) => left.join(right),
        (Value::Text(..), other) | (other, Value::Text(..)) if *other == Value::Unknown || other.number().is_none() => {
            left.join(right)
        }
        _ => match left.number().zip(right.number()) {
            Some((a, b)) if is_date(&left) || is_date(right) => Value::Date(a + b),
            Some((a, b)) => number(a + b, &left, right),
            None => Value::Unknown,
        },
    }
}

fn logical(operator: Operator, left: &Value, right: &Value) -> Value {
    let sides = (left.integer(), right.integer());
    let result = match (operator, sides) {
        (Operator::And, (Some(0), _) | (_, Some(0))) => 0,
        (Operator::Or, (Some(-1), _) | (_, Some(-1))) => -1,
        (_, (Some(a), Some(b))) => match operator {
            Operator::And => a & b,
            Operator::Or => a | b,
            Operator::Xor => a ^ b,
            Operator::Eqv => !(a ^ b),
            _ => !a | b,
        },
        _ => return Value::Unknown,
    };
    let is_bool = |value: &Value| matches!(value, Value::Bool(_) | Value::Unknown);
    if is_bool(left) && is_bool(right) { Value::Bool(result != 0) } else { Value::Int(result) }
}

/// `Not value`
pub(super) fn opposite(value: &Value) -> Value {
    match value {
        Value::Bool(b) => Value::Bool(!b),
        other => other.integer().map_or(Value::Unknown, |n| Value::Int(!n)),
    }
}

/// `-value`
pub(super) fn negate(value: &Value) -> Value {
    match value {
        Value::Int(n) => n.checked_neg().map_or(Value::Unknown, Value::Int),
        other => other.number().map_or(Value::Unknown, |n| Value::Real(-n)),
    }
}

fn compare(operator: Operator, left: &Value, right: &Value) -> Value {
    use std::cmp::Ordering;
    let order = match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Text(a, true), Value::Text(b, true)) => Some(a.cmp(b)),
        // A text nobody knows all of can still be longer than nothing.
        (Value::Text(a, false), Value::Text(b, true)) if b.is_empty() && a.len() > 3 => Some(Ordering::Greater),
        (Value::Text(..), Value::Empty) | (Value::Empty, Value::Text(..)) => {
            left.known_units().zip(right.known_units()).map(|(a, b)| a.cmp(&b))
        }
        (Value::Text(..), _) | (_, Value::Text(..)) => match (left.number(), right.number()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            // A number beside a text that is none: `Cells(1, 2) <> ""`.
            _ => left.known_units().zip(right.known_units()).map(|(a, b)| a.cmp(&b)),
        },
        _ => left.number().zip(right.number()).and_then(|(a, b)| a.partial_cmp(&b)),
    };
    let Some(order) = order else { return Value::Unknown };
    Value::Bool(match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::Unequal => order != Ordering::Equal,
        Operator::Less => order == Ordering::Less,
        Operator::More => order == Ordering::Greater,
        Operator::LessOrEqual => order != Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

/// A number as its own kind: whole if it is.
pub(super) fn plain_number(n: f64) -> Value {
    if n.fract() == 0.0 && n.abs() < 9e15 { Value::Int(whole(n)) } else { Value::Real(n) }
}

/// For what counts in Longs.
pub(super) fn count(n: usize) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

/// The value of a cell.
pub(super) fn cell(n: f64) -> Value {
    if n.fract() == 0.0 && n.abs() < 9e15 { Value::Real(wide(whole(n))) } else { Value::Real(n) }
}
