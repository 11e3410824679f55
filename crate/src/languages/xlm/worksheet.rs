//! Worksheet functions on plain values ([ECMA-376] part 1, 18.17.7): what macros compute their texts with.

use std::rc::Rc;

use super::formula::number_text;
use super::numerals;
use super::values::{
    Datum, LONGEST, NOT_AVAILABLE, NUMBER, VALUE, character, code, from_integer, integer, parse_number, whole,
};

/// The value of a function whose arguments are single values; `None` if it is another kind of function. What is not
/// known in an argument is not known in the value either.
pub(super) fn call(name: &str, arguments: &[Datum]) -> Option<Datum> {
    if let Some(value) = about(name, arguments) {
        return Some(value);
    }
    if !TEXTS.contains(&name) && !NUMBERS.contains(&name) {
        return None;
    }
    if let Some(error) = arguments.iter().find(|argument| matches!(argument, Datum::Error(_))) {
        return Some(error.clone());
    }
    if TEXTS.contains(&name) {
        if let Some(unknown) = arguments.iter().find(|argument| !argument.is_known()) {
            return Some(partly(name, arguments, unknown));
        }
        return Some(text(name, arguments).unwrap_or(VALUE));
    }
    if arguments.iter().any(|argument| !argument.is_known()) {
        return Some(Datum::Unknown);
    }
    let numbers: Option<Vec<f64>> = arguments.iter().map(Datum::number).collect();
    Some(numbers.and_then(|numbers| number(name, &numbers)).unwrap_or(NUMBER))
}

/// What asks about a value, errors included.
fn about(name: &str, arguments: &[Datum]) -> Option<Datum> {
    let first = arguments.first().unwrap_or(&Datum::Empty);
    let is = |value: bool| if *first == Datum::Unknown { Datum::Unknown } else { Datum::Bool(value) };
    Some(match name {
        "ISERROR" => is(matches!(first, Datum::Error(_))),
        "ISERR" => is(matches!(first, Datum::Error(code) if *code != 0x2A)),
        "ISNA" => is(matches!(first, Datum::Error(0x2A))),
        "ISBLANK" => is(*first == Datum::Empty),
        "ISTEXT" => is(matches!(first, Datum::Text(..))),
        "ISNONTEXT" => is(!matches!(first, Datum::Text(..))),
        "ISNUMBER" => is(matches!(first, Datum::Number(_))),
        "ISLOGICAL" => is(matches!(first, Datum::Bool(_))),
        "TYPE" => match first {
            Datum::Number(_) | Datum::Empty => Datum::Number(1.0),
            Datum::Text(..) => Datum::Number(2.0),
            Datum::Bool(_) => Datum::Number(4.0),
            Datum::Error(_) => Datum::Number(16.0),
            Datum::Array(_) | Datum::Area(_) => Datum::Number(64.0),
            Datum::Unknown => Datum::Unknown,
        },
        "ERROR.TYPE" => match first {
            Datum::Error(code) => {
                let codes = [0x00, 0x07, 0x0F, 0x17, 0x1D, 0x24, 0x2A, 0x2B];
                codes.iter().position(|c| c == code).map_or(NOT_AVAILABLE, |at| count(at.saturating_add(1)))
            }
            Datum::Unknown => Datum::Unknown,
            _ => NOT_AVAILABLE,
        },
        "TRUE" => Datum::Bool(true),
        "FALSE" => Datum::Bool(false),
        "NA" => NOT_AVAILABLE,
        "PI" => Datum::Number(std::f64::consts::PI),
        "T" => match first {
            Datum::Text(..) | Datum::Error(_) => first.clone(),
            Datum::Unknown => Datum::gap(),
            _ => Datum::text(""),
        },
        "N" => match first {
            Datum::Number(_) | Datum::Error(_) | Datum::Unknown => first.clone(),
            Datum::Bool(_) => Datum::Number(first.number().unwrap_or(0.0)),
            _ => Datum::Number(0.0),
        },
        "NOT" => match first {
            Datum::Error(_) => first.clone(),
            _ => first.truth().map_or(Datum::Unknown, |value| Datum::Bool(!value)),
        },
        "RAND" | "RANDBETWEEN" => Datum::Unknown,
        _ => return None,
    })
}

const TEXTS: &[&str] = &[
    "ADDRESS",
    "ARABIC",
    "BASE",
    "BIN2DEC",
    "BIN2HEX",
    "CHAR",
    "CLEAN",
    "CODE",
    "CONCAT",
    "CONCATENATE",
    "DEC2BIN",
    "DEC2HEX",
    "DEC2OCT",
    "DECIMAL",
    "DOLLAR",
    "EXACT",
    "FIND",
    "FINDB",
    "FIXED",
    "HEX2BIN",
    "HEX2DEC",
    "LEFT",
    "LEFTB",
    "LEN",
    "LENB",
    "LOWER",
    "MID",
    "MIDB",
    "OCT2DEC",
    "PROPER",
    "REPLACE",
    "REPLACEB",
    "REPT",
    "RIGHT",
    "RIGHTB",
    "ROMAN",
    "SEARCH",
    "SEARCHB",
    "SUBSTITUTE",
    "TEXT",
    "TRIM",
    "UNICHAR",
    "UNICODE",
    "UPPER",
    "VALUE",
    "NUMBERVALUE",
];

const NUMBERS: &[&str] = &[
    "ABS",
    "ACOS",
    "ASIN",
    "ATAN",
    "ATAN2",
    "BITAND",
    "BITLSHIFT",
    "BITOR",
    "BITRSHIFT",
    "BITXOR",
    "CEILING",
    "COMBIN",
    "COS",
    "DATE",
    "EVEN",
    "EXP",
    "FACT",
    "FLOOR",
    "INT",
    "ISEVEN",
    "ISODD",
    "LN",
    "LOG",
    "LOG10",
    "MOD",
    "MROUND",
    "ODD",
    "POWER",
    "QUOTIENT",
    "ROUND",
    "ROUNDDOWN",
    "ROUNDUP",
    "SIGN",
    "SIN",
    "SQRT",
    "TAN",
    "TRUNC",
];

/// A text of which something is not known.
fn partly(name: &str, arguments: &[Datum], unknown: &Datum) -> Datum {
    match name {
        "CONCAT" | "CONCATENATE" => Datum::join(arguments),
        // What these do to the known letters, they do to the text.
        "LOWER" => Datum::partial(&unknown.shown().to_lowercase(), false),
        "UPPER" => Datum::partial(&unknown.shown().to_uppercase(), false),
        "CLEAN" | "TRIM" => unknown.clone(),
        "LEN" | "LENB" | "CODE" | "SEARCH" | "SEARCHB" | "FIND" | "FINDB" | "EXACT" | "VALUE" | "HEX2DEC"
        | "UNICODE" => Datum::Unknown,
        "SUBSTITUTE" | "REPLACE" if arguments.iter().skip(1).all(Datum::is_known) => unknown.clone(),
        _ => Datum::gap(),
    }
}

fn count(n: usize) -> Datum {
    i64::try_from(n).map_or(NUMBER, from_integer)
}

fn text(name: &str, arguments: &[Datum]) -> Option<Datum> {
    let shown = |at: usize| arguments.get(at).map(Datum::shown);
    let first: Rc<str> = shown(0)?;
    let length = |at: usize, otherwise: u32| match arguments.get(at) {
        None => Some(otherwise),
        Some(argument) => argument.number().and_then(whole),
    };
    let take =
        |text: &str, skip: u32, n: u32| -> String { text.chars().skip(skip as usize).take(n as usize).collect() };
    let chars = || u32::try_from(first.chars().count()).unwrap_or(u32::MAX);
    let done = |text: String| Some(Datum::text(&text));
    match name {
        "CHAR" => Some(
            arguments
                .first()?
                .number()
                .and_then(whole)
                .and_then(character)
                .map_or(VALUE, |c| Datum::text(c.encode_utf8(&mut [0; 4]))),
        ),
        "UNICHAR" => {
            let c = arguments.first()?.number().and_then(whole).and_then(char::from_u32).filter(|c| *c != '\0')?;
            done(c.to_string())
        }
        "CODE" => Some(Datum::Number(f64::from(code(first.chars().next()?)))),
        "UNICODE" => Some(Datum::Number(f64::from(u32::from(first.chars().next()?)))),
        "LEN" | "LENB" => Some(Datum::Number(f64::from(u32::try_from(first.encode_utf16().count()).ok()?))),
        "LEFT" | "LEFTB" => done(take(&first, 0, length(1, 1)?)),
        "RIGHT" | "RIGHTB" => done(take(&first, chars().saturating_sub(length(1, 1)?), u32::MAX)),
        "MID" | "MIDB" => done(take(&first, length(1, 1)?.checked_sub(1)?, length(2, 1)?)),
        "REPLACE" | "REPLACEB" => {
            let (start, n) = (length(1, 1)?.checked_sub(1)?, length(2, 0)?);
            let tail = take(&first, start.saturating_add(n), u32::MAX);
            done([&*take(&first, 0, start), &*shown(3)?, &*tail].concat())
        }
        "CONCATENATE" | "CONCAT" => Some(Datum::join(arguments)),
        "SUBSTITUTE" => substitute(&first, &shown(1)?, &shown(2)?, arguments.get(3)),
        "REPT" => {
            let n = length(1, 0)? as usize;
            if first.len().checked_mul(n)? > LONGEST { Some(VALUE) } else { done(first.repeat(n)) }
        }
        "UPPER" => done(first.to_uppercase()),
        "LOWER" => done(first.to_lowercase()),
        "PROPER" => done(proper(&first)),
        "TRIM" => done(first.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")),
        "CLEAN" => done(first.chars().filter(|c| u32::from(*c) >= 32).collect()),
        "EXACT" => Some(Datum::Bool(first == shown(1)?)),
        "SEARCH" | "SEARCHB" => Some(find(&first.to_lowercase(), &shown(1)?.to_lowercase(), length(2, 1)?, true)),
        "FIND" | "FINDB" => Some(find(&first, &shown(1)?, length(2, 1)?, false)),
        "VALUE" | "NUMBERVALUE" => Some(match arguments.first()? {
            Datum::Number(number) => Datum::Number(*number),
            other => parse_number(&other.shown()).map_or(VALUE, Datum::Number),
        }),
        "FIXED" | "DOLLAR" => {
            let number = arguments.first()?.number()?;
            let digits = arguments.get(1).map_or(Some(2), |digits| digits.number().and_then(whole))?.min(30) as usize;
            done(format!("{number:.digits$}"))
        }
        "TEXT" => Some(format_number(arguments.first()?, &shown(1)?)),
        "ADDRESS" => address(arguments),
        "ARABIC" => Some(numerals::arabic(&first)),
        "ROMAN" => Some(numerals::roman(arguments.first()?.number()?, arguments.get(1))),
        _ => in_base(name, &first, arguments),
    }
}

/// Numbers in another base.
fn in_base(name: &str, first: &str, arguments: &[Datum]) -> Option<Datum> {
    let read = |base: u32, bits: u32| {
        let value = i64::from_str_radix(first.trim(), base).ok().filter(|_| first.len() <= 10)?;
        let half = 1_i64.checked_shl(bits.saturating_sub(1))?;
        Some(if value >= half { value.saturating_sub(half.saturating_mul(2)) } else { value })
    };
    let write = |value: i64, base: u32, places: usize| {
        let mut value = if value < 0 { value.saturating_add(1 << 40) } else { value };
        let mut digits = Vec::new();
        while value > 0 || digits.is_empty() {
            let digit = u32::try_from(value.checked_rem(i64::from(base))?).ok()?;
            digits.push(char::from_digit(digit, base)?.to_ascii_uppercase());
            value = value.checked_div(i64::from(base))?;
        }
        digits.resize(digits.len().max(places.min(255)), '0');
        Some(Datum::text(&digits.iter().rev().collect::<String>()))
    };
    let number = |at: usize| arguments.get(at).and_then(Datum::number).and_then(integer);
    let places = |at: usize| number(at).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    match name {
        "HEX2DEC" => read(16, 40).map(from_integer),
        "OCT2DEC" => read(8, 30).map(from_integer),
        "BIN2DEC" => read(2, 10).map(from_integer),
        "HEX2BIN" => write(read(16, 40)?, 2, places(1)),
        "BIN2HEX" => write(read(2, 10)?, 16, places(1)),
        "DEC2HEX" => write(number(0)?, 16, places(1)),
        "DEC2BIN" => write(number(0)?, 2, places(1)),
        "DEC2OCT" => write(number(0)?, 8, places(1)),
        "BASE" => {
            let base = number(1).and_then(|base| u32::try_from(base).ok()).filter(|base| (2..=36).contains(base))?;
            write(number(0)?, base, places(2))
        }
        "DECIMAL" => {
            let base = number(1).and_then(|base| u32::try_from(base).ok()).filter(|base| (2..=36).contains(base))?;
            i64::from_str_radix(first.trim(), base).ok().map(from_integer)
        }
        _ => None,
    }
}

fn substitute(text: &str, old: &str, new: &str, which: Option<&Datum>) -> Option<Datum> {
    if old.is_empty() {
        return Some(Datum::text(text));
    }
    let grown = text.matches(old).count().saturating_mul(new.len()).saturating_add(text.len());
    if grown > LONGEST.saturating_mul(2) {
        return Some(VALUE);
    }
    let Some(which) = which else { return Some(Datum::text(&text.replace(old, new))) };
    let which = which.number().and_then(whole)?.checked_sub(1)? as usize;
    let Some((at, _)) = text.match_indices(old).nth(which) else { return Some(Datum::text(text)) };
    let (head, tail) = text.split_at_checked(at)?;
    Some(Datum::text(&format!("{head}{new}{}", tail.get(old.len()..)?)))
}

fn proper(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        inside = c.is_alphabetic();
    }
    out
}

/// Where `needle` stands, counting from 1; `?` and `*` of `SEARCH` stand for any letter and any letters.
fn find(needle: &str, text: &str, start: u32, wild: bool) -> Datum {
    let Some(skip) = start.checked_sub(1) else { return VALUE };
    let skip = skip as usize;
    let Some(from) = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(skip) else { return VALUE };
    let rest = text.get(from..).unwrap_or_default();
    let found = if wild && needle.contains(['?', '*', '~']) { search(needle, rest) } else { rest.find(needle) };
    match found {
        Some(at) => {
            let before = rest.get(..at).unwrap_or_default().chars().count();
            count(before.saturating_add(skip).saturating_add(1))
        }
        None => VALUE,
    }
}

/// The first place where a pattern fits: its pieces between `*` in their order, each as early as possible.
fn search(pattern: &str, text: &str) -> Option<usize> {
    // A pattern of many pieces on a long text is nobody's honest search, and would cost too much.
    if pattern.len().saturating_mul(text.len()) > 1 << 20 {
        return None;
    }
    let fits = |piece: &str, at: usize| -> Option<usize> {
        let mut rest = text.get(at..)?.char_indices();
        let mut end = at;
        let mut escaped = false;
        for c in piece.chars() {
            if c == '~' && !escaped {
                escaped = true;
                continue;
            }
            let (offset, other) = rest.next()?;
            if (c != '?' || escaped) && c != other {
                return None;
            }
            escaped = false;
            end = at.saturating_add(offset).saturating_add(other.len_utf8());
        }
        Some(end)
    };
    let mut pieces = pattern.split('*').filter(|piece| !piece.is_empty());
    let Some(first) = pieces.next() else { return Some(0) };
    let places = |from: usize| text.char_indices().map(|(at, _)| at).chain([text.len()]).filter(move |at| *at >= from);
    let start = places(0).find(|at| fits(first, *at).is_some())?;
    let start = if pattern.starts_with('*') { 0 } else { start };
    let mut end = places(start).find_map(|at| fits(first, at))?;
    for piece in pieces {
        end = places(end).find_map(|at| fits(piece, at))?;
    }
    Some(start)
}

fn format_number(value: &Datum, format: &str) -> Datum {
    let Some(number) = value.number().filter(|_| !matches!(value, Datum::Bool(_))) else {
        return Datum::text(&value.shown());
    };
    let format = format.trim();
    if format.eq_ignore_ascii_case("general") || format == "@" || format.is_empty() {
        return Datum::text(&number_text(number));
    }
    if !format.chars().all(|c| matches!(c, '0' | '#' | '.' | ',' | '%')) {
        return Datum::gap();
    }
    let percent = format.ends_with('%');
    let number = if percent { number * 100.0 } else { number };
    let (whole, fraction) = format.trim_end_matches('%').split_once('.').unwrap_or((format.trim_end_matches('%'), ""));
    let digits = fraction.len().min(30);
    let width = whole.chars().filter(|c| *c == '0').count().min(255);
    let text = format!("{:.digits$}", number.abs());
    let (before, after) = text.split_once('.').unwrap_or((&text, ""));
    let before = if before == "0" && width == 0 { "" } else { before };
    let least = fraction.chars().filter(|c| *c == '0').count();
    let after = after.get(..least).map_or(after, |kept| {
        let rest = after.get(least..).unwrap_or_default().trim_end_matches('0');
        after.get(..kept.len().saturating_add(rest.len())).unwrap_or(after)
    });
    let before = format!("{before:0>width$}");
    let before = if whole.contains(',') { thousands(&before) } else { before };
    let sign = if number < 0.0 && text.bytes().any(|b| b.is_ascii_digit() && b != b'0') { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    Datum::text(&format!("{sign}{before}{point}{after}{}", if percent { "%" } else { "" }))
}

fn thousands(digits: &str) -> String {
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(i);
        if i > 0 && left.checked_rem(3) == Some(0) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

fn address(arguments: &[Datum]) -> Option<Datum> {
    let number = |at: usize| arguments.get(at).and_then(Datum::number).and_then(whole);
    let (row, column) = (number(0)?, number(1)?);
    let kind = arguments.get(2).filter(|a| **a != Datum::Empty).map_or(Some(1), |a| a.number().and_then(whole))?;
    let a1 = arguments.get(3).filter(|a| **a != Datum::Empty).is_none_or(|a| a.truth() != Some(false));
    let sheet = arguments.get(4).map(|sheet| format!("{}!", sheet.shown())).unwrap_or_default();
    let (fixed_row, fixed_column) = (matches!(kind, 1 | 2), matches!(kind, 1 | 3));
    let text = if a1 {
        let mark = |fixed: bool| if fixed { "$" } else { "" };
        let letters = super::formula::column_letters(column);
        format!("{sheet}{}{letters}{}{row}", mark(fixed_column), mark(fixed_row))
    } else {
        let part = |letter: char, value: u32, fixed: bool| {
            if fixed { format!("{letter}{value}") } else { format!("{letter}[{value}]") }
        };
        format!("{sheet}{}{}", part('R', row, fixed_row), part('C', column, fixed_column))
    };
    Some(Datum::text(&text))
}

#[expect(clippy::float_cmp, reason = "Excel compares what it shows")]
fn number(name: &str, numbers: &[f64]) -> Option<Datum> {
    let first = *numbers.first()?;
    let second = numbers.get(1).copied();
    let digits = || integer(second.unwrap_or(0.0)).and_then(|d| i32::try_from(d).ok()).filter(|d| d.abs() < 300);
    let scaled = |round: fn(f64) -> f64| {
        let scale = 10_f64.powi(digits()?);
        // 2.675 is stored a little lower: Excel rounds what it shows.
        let exact = format!("{:.14e}", first * scale).parse::<f64>().ok()?;
        Some(round(exact) / scale)
    };
    let bits = |join: fn(i64, i64) -> i64| {
        let (a, b) = (integer(first)?, integer(second?)?);
        (a >= 0 && b >= 0).then(|| join(a, b)).and_then(|value| from_integer(value).number())
    };
    let shift = |by: i64| {
        let value = integer(first)?;
        let size = u32::try_from(by.unsigned_abs()).ok().filter(|size| *size < 53)?;
        let shifted = if by < 0 { value.checked_shr(size)? } else { value.checked_mul(1_i64.checked_shl(size)?)? };
        from_integer(shifted).number()
    };
    let parity = |odd: bool| {
        let up = integer(first.abs().ceil())?;
        let up = if (up.rem_euclid(2) == 1) == odd { up } else { up.saturating_add(1) };
        from_integer(up).number().map(|up| if first < 0.0 { -up } else { up })
    };
    let value = match name {
        "ABS" => first.abs(),
        "INT" => first.floor(),
        "SIGN" => {
            if first == 0.0 {
                0.0
            } else {
                first.signum()
            }
        }
        "SQRT" => first.sqrt(),
        "EXP" => first.exp(),
        "LN" => first.ln(),
        "LOG10" => first.log10(),
        "LOG" => {
            let base = second.unwrap_or(10.0);
            if base == 10.0 {
                first.log10()
            } else if base == 2.0 {
                first.log2()
            } else {
                first.ln() / base.ln()
            }
        }
        "POWER" => first.powf(second?),
        "SIN" => first.sin(),
        "COS" => first.cos(),
        "TAN" => first.tan(),
        "ATAN" => first.atan(),
        "ASIN" => first.asin(),
        "ACOS" => first.acos(),
        "ATAN2" => second?.atan2(first),
        "MOD" => {
            let by = second?;
            if by == 0.0 {
                return Some(Datum::Error(0x07));
            }
            first - by * (first / by).floor()
        }
        "QUOTIENT" => {
            let by = second?;
            if by == 0.0 {
                return Some(Datum::Error(0x07));
            }
            (first / by).trunc()
        }
        "ROUND" => scaled(f64::round)?,
        "ROUNDUP" => scaled(|n| if n < 0.0 { n.floor() } else { n.ceil() })?,
        "ROUNDDOWN" | "TRUNC" => scaled(f64::trunc)?,
        "CEILING" => {
            if second? == 0.0 {
                0.0
            } else {
                (first / second?).ceil() * second?
            }
        }
        "FLOOR" => {
            if second? == 0.0 {
                0.0
            } else {
                (first / second?).floor() * second?
            }
        }
        "MROUND" => {
            if second? == 0.0 {
                0.0
            } else {
                (first / second?).round() * second?
            }
        }
        "EVEN" => parity(false)?,
        "ODD" => parity(true)?,
        "FACT" => {
            let n = whole(first).filter(|n| *n <= 170)?;
            (1..=n).map(f64::from).product()
        }
        "COMBIN" => {
            let (n, k) = (whole(first)?, whole(second?)?);
            let k = k.min(n.checked_sub(k)?);
            // More than this is no number of Excel, or no code of a character.
            let steps = (k < 512).then_some(1..=k)?;
            steps.fold(1.0, |made, at| made * f64::from(n.saturating_sub(k).saturating_add(at)) / f64::from(at)).round()
        }
        "ISEVEN" | "ISODD" => {
            let odd = integer(first)?.rem_euclid(2) == 1;
            return Some(Datum::Bool(odd == (name == "ISODD")));
        }
        "BITAND" => bits(|a, b| a & b)?,
        "BITOR" => bits(|a, b| a | b)?,
        "BITXOR" => bits(|a, b| a ^ b)?,
        "BITLSHIFT" => shift(integer(second?)?)?,
        "BITRSHIFT" => shift(integer(second?)?.saturating_neg())?,
        "DATE" => {
            let part = |at: usize| numbers.get(at).copied().and_then(integer).filter(|n| n.abs() < 1 << 20);
            from_integer(super::clock::serial(part(0)?, part(1)?, part(2)?)).number()?
        }
        _ => return None,
    };
    Some(if value.is_finite() { Datum::Number(value) } else { NUMBER })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, arguments: &[&str]) -> String {
        let of = |argument: &&str| match argument.parse() {
            Ok(number) if !argument.starts_with('0') => Datum::Number(number),
            _ => Datum::text(argument),
        };
        let arguments: Vec<Datum> = arguments.iter().map(of).collect();
        call(name, &arguments).map_or_else(|| "-".into(), |value| value.shown().to_string())
    }

    #[test]
    fn functions_compute_what_excel_shows() {
        for (name, arguments, value) in [
            ("CHAR", &["101"][..], "e"),
            ("CHAR", &["128"], "€"),
            ("CODE", &["€"], "128"),
            ("MID", &["abcdef", "2", "3"], "bcd"),
            ("RIGHT", &["abc", "2"], "bc"),
            ("LEFT", &["abc"], "a"),
            ("REPLACE", &["abcdef", "3", "2", "X"], "abXef"),
            ("SUBSTITUTE", &["a-b-c", "-", "+", "2"], "a-b+c"),
            ("SUBSTITUTE", &["a-b-c", "-", ""], "abc"),
            ("SEARCH", &["WIN", "Microsoft Windows"], "11"),
            ("SEARCH", &["w?n*s", "a Windows"], "3"),
            ("FIND", &["win", "Microsoft Windows"], "#VALUE!"),
            ("PROPER", &["hello wORLD"], "Hello World"),
            ("TRIM", &["  a   b "], "a b"),
            ("REPT", &["ab", "3"], "ababab"),
            ("HEX2DEC", &["FF"], "255"),
            ("HEX2DEC", &["FFFFFFFFFF"], "-1"),
            ("DEC2HEX", &["255", "4"], "00FF"),
            ("BASE", &["7", "2"], "111"),
            ("BITXOR", &["5", "3"], "6"),
            ("ROUND", &["2.675", "2"], "2.68"),
            ("ROUNDUP", &["-1.1", "0"], "-2"),
            ("MOD", &["-3", "2"], "1"),
            ("INT", &["-1.5"], "-2"),
            ("TEXT", &["3", "000"], "003"),
            ("TEXT", &["1234.5", "#,##0.00"], "1,234.50"),
            ("FIXED", &["3.14159", "2"], "3.14"),
            ("ADDRESS", &["2", "28"], "$AB$2"),
            ("QUOTIENT", &["7", "2"], "3"),
            ("VALUE", &[" 12 "], "12"),
            ("ARABIC", &["xcix"], "99"),
            ("ROMAN", &["99"], "XCIX"),
            ("COMBIN", &["8", "2"], "28"),
            ("COMBIN", &["2", "8"], "#NUM!"),
            ("ISODD", &["-3"], "TRUE"),
            ("ISEVEN", &["3"], "FALSE"),
        ] {
            assert_eq!(of(name, arguments), value, "{name}{arguments:?}");
        }
        assert_eq!(of("EXEC", &["x"]), "-");
    }

    #[test]
    fn what_is_not_known_stays_a_gap() {
        let gap = Datum::gap();
        assert_eq!(call("CHAR", std::slice::from_ref(&Datum::Unknown)), Some(gap.clone()));
        assert_eq!(call("CONCATENATE", &[Datum::text("a"), gap.clone(), gap]), Some(Datum::partial("a…", false)));
    }
}
