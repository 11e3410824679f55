//! Worksheet functions of any number of values ([ECMA-376] part 1, 18.17.7).

use super::values::{Datum, NUMBER, VALUE, from_integer, integer, whole};
use crate::order;

/// The functions that take values and ranges alike, as one list.
const NAMES: &[&str] = &[
    "AND",
    "AVERAGE",
    "COUNT",
    "COUNTA",
    "COUNTBLANK",
    "GCD",
    "LARGE",
    "LCM",
    "MAX",
    "MEDIAN",
    "MIN",
    "OR",
    "PRODUCT",
    "SMALL",
    "SUM",
    "SUMSQ",
    "XOR",
];

pub(super) fn is_aggregate(name: &str) -> bool {
    NAMES.contains(&name)
}

fn count(n: usize) -> Datum {
    i64::try_from(n).map_or(NUMBER, from_integer)
}

/// The value of one of these functions.
pub(super) fn aggregate(name: &str, values: &[Datum]) -> Datum {
    match name {
        "COUNTA" => return count(values.iter().filter(|value| **value != Datum::Empty).count()),
        "COUNTBLANK" => return count(values.iter().filter(|value| **value == Datum::Empty).count()),
        "COUNT" => {
            let is_number = |value: &&Datum| matches!(value, Datum::Number(_));
            return count(values.iter().filter(is_number).count());
        }
        _ => {}
    }
    if matches!(name, "AND" | "OR" | "XOR") {
        return logical(name, values);
    }
    if let Some(error) = values.iter().find(|value| matches!(value, Datum::Error(_))) {
        return error.clone();
    }
    if values.contains(&Datum::Unknown) {
        return Datum::Unknown;
    }
    let numbers = || values.iter().filter(|value| !matches!(value, Datum::Empty)).filter_map(Datum::number);
    let n = numbers().count();
    let value = match name {
        "SUM" => numbers().sum(),
        "PRODUCT" => {
            if n == 0 {
                0.0
            } else {
                numbers().product()
            }
        }
        "MAX" => numbers().fold(f64::NEG_INFINITY, f64::max),
        "MIN" => numbers().fold(f64::INFINITY, f64::min),
        "SUMSQ" => numbers().map(|number| number * number).sum(),
        "GCD" | "LCM" => return divisors(name == "LCM", &numbers().collect::<Vec<_>>()),
        "MEDIAN" | "LARGE" | "SMALL" => return ranked(name, numbers().collect()).unwrap_or(NUMBER),
        _ if n == 0 => return Datum::Error(0x07),
        _ => numbers().sum::<f64>() / count(n).number().unwrap_or(1.0),
    };
    if value.is_finite() {
        Datum::Number(value)
    } else if n == 0 {
        Datum::Number(0.0)
    } else {
        NUMBER
    }
}

/// The greatest common divisor, or the least common multiple.
fn divisors(multiple: bool, numbers: &[f64]) -> Datum {
    let mut made: Option<i64> = None;
    for number in numbers {
        let Some(number) = integer(*number).filter(|number| *number >= 0) else { return NUMBER };
        let Some(before) = made else {
            made = Some(number);
            continue;
        };
        let (mut a, mut b) = (before, number);
        while let Some(rest) = a.checked_rem(b) {
            (a, b) = (b, rest);
        }
        made = if multiple { before.checked_mul(number.checked_div(a).unwrap_or(0)) } else { Some(a) };
        if made.is_none() {
            return NUMBER;
        }
    }
    made.map_or(VALUE, from_integer)
}

/// The middle number, or the last number's place counted from one end of the others.
fn ranked(name: &str, mut numbers: Vec<f64>) -> Option<Datum> {
    let place = if name == "MEDIAN" { None } else { usize::try_from(whole(numbers.pop()?)?).ok() };
    order::sort_by(&mut numbers, f64::total_cmp);
    let last = numbers.len().checked_sub(1)?;
    let at = |index: usize| numbers.get(index).copied();
    Some(Datum::Number(match name {
        "SMALL" => at(place?.checked_sub(1)?)?,
        "LARGE" => at(last.checked_sub(place?.checked_sub(1)?)?)?,
        _ => f64::midpoint(at(last.checked_div(2)?)?, at(last.div_ceil(2))?),
    }))
}

fn logical(name: &str, values: &[Datum]) -> Datum {
    let truths: Vec<Option<bool>> = values
        .iter()
        .filter(|value| !matches!(value, Datum::Empty))
        .map(|value| if let Datum::Text(..) = value { None } else { value.truth() })
        .collect();
    let any = |wanted: bool| truths.contains(&Some(wanted));
    match name {
        "AND" if any(false) => Datum::Bool(false),
        "OR" if any(true) => Datum::Bool(true),
        _ if truths.contains(&None) => {
            values.iter().find(|value| matches!(value, Datum::Error(_))).cloned().unwrap_or(Datum::Unknown)
        }
        "AND" => Datum::Bool(true),
        "OR" => Datum::Bool(false),
        _ => Datum::Bool(truths.iter().filter(|truth| **truth == Some(true)).count().checked_rem(2) == Some(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_their_values() {
        for (name, numbers, value) in [
            ("SUM", &[1.0, 2.0][..], 3.0),
            ("MEDIAN", &[9.0, 1.0, 5.0], 5.0),
            ("MEDIAN", &[9.0, 1.0, 5.0, 6.0], 5.5),
            ("LARGE", &[9.0, 1.0, 5.0, 1.0], 9.0),
            ("SMALL", &[9.0, 1.0, 5.0, 2.0], 5.0),
            ("GCD", &[198.0, 297.0], 99.0),
            ("GCD", &[0.0, 7.0], 7.0),
            ("LCM", &[9.0, 11.0], 99.0),
            ("SUMSQ", &[3.0, 4.0], 25.0),
        ] {
            let values: Vec<Datum> = numbers.iter().copied().map(Datum::Number).collect();
            assert_eq!(aggregate(name, &values), Datum::Number(value), "{name}");
        }
        assert_eq!(aggregate("LARGE", &[Datum::Number(1.0), Datum::Number(2.0)]), NUMBER);
        assert_eq!(aggregate("SUM", &[Datum::Number(1.0), Datum::Unknown]), Datum::Unknown);
        assert_eq!(aggregate("OR", &[Datum::Unknown, Datum::Bool(true)]), Datum::Bool(true));
    }
}
