//! Days and times ([MS-VBAL] 2.1, 6.1.2.4): a Date is the days since 30 December 1899, the time behind the point.
//!
//! What is asked of the clock is not known. What is computed from a date that the code names is, and attackers take
//! numbers and keys from it. Names of days and months, and the order of day and month in a text, depend on the machine:
//! those stay unknown.

use super::machine::Machine;
use super::value::{Value, parse, round, size, whole, wide};
use crate::languages::calendar;

/// 1 January 100 and 31 December 9999.
const FIRST: i64 = -657_434;
const LAST: i64 = 2_958_465;
const SECONDS: i64 = 86_400;
/// Letters of one pattern.
const PATTERN: usize = 256;

/// A moment by its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

/// The number of a day that a Date can hold; months and days may lie outside of theirs.
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    if [year, month, day].iter().any(|n| n.unsigned_abs() > 1_000_000) {
        return None;
    }
    let days = calendar::number(year, month, day);
    (FIRST..=LAST).contains(&days).then_some(days)
}

/// The day and the second of a date; below zero the time still counts forwards.
fn split(date: f64) -> Option<(i64, i64)> {
    let day = whole(date.trunc());
    let second = round((date - date.trunc()).abs() * wide(SECONDS));
    let day = day.saturating_add(second.div_euclid(SECONDS));
    (FIRST..=LAST).contains(&day).then_some((day, second.rem_euclid(SECONDS)))
}

fn join(day: i64, second: i64) -> Value {
    let time = wide(second) / wide(SECONDS);
    Value::Date(if day < 0 { wide(day) - time } else { wide(day) + time })
}

fn parts(value: &Value) -> Option<Parts> {
    let (day, second) = split(serial(value)?)?;
    let (year, month, of_month) = calendar::date(day);
    let minutes = second.div_euclid(60);
    Some(Parts {
        year,
        month,
        day: of_month,
        hour: minutes.div_euclid(60),
        minute: minutes.rem_euclid(60),
        second: second.rem_euclid(60),
    })
}

/// A value as a date.
fn serial(value: &Value) -> Option<f64> {
    match value {
        Value::Text(_, true) => {
            let text = value.known()?;
            read(&text, false).or_else(|| parse(&text))
        }
        other => other.number(),
    }
    .filter(|n| n.is_finite())
}

/// A text as a date, if it says the same everywhere: the year first, or a month that is a word. In source
/// (`american`), the month stands before the day ([MS-VBAL] 3.3.3).
pub(super) fn read(text: &str, american: bool) -> Option<f64> {
    let lower = text.trim().to_ascii_lowercase();
    if lower.is_empty() || lower.len() > 64 {
        return None;
    }
    let mut numbers: Vec<i64> = Vec::new();
    let mut word = None;
    let mut time: Vec<i64> = Vec::new();
    let mut afternoon = None;
    for piece in lower.split([' ', ',', '\t', 't']).flat_map(|piece| piece.split(['/', '-'])) {
        if let Some(month) = month_of(piece) {
            word = Some(numbers.len());
            numbers.push(month);
            continue;
        }
        let (digits, half) = match piece.strip_suffix("am").map(|rest| (rest, false)) {
            Some(found) => (found.0, Some(found.1)),
            None => piece.strip_suffix("pm").map_or((piece, None), |rest| (rest, Some(true))),
        };
        afternoon = half.or(afternoon);
        if digits.contains(':') || half.is_some() && !digits.is_empty() {
            for part in digits.split(':') {
                time.push(part.parse().ok().filter(|n| (0..60).contains(n))?);
            }
        } else if !digits.is_empty() {
            numbers.push(digits.parse().ok().filter(|n| (0..10_000).contains(n))?);
        }
    }
    let day = match (numbers.as_slice(), word) {
        ([], _) if !time.is_empty() => 0,
        ([month, day, year], Some(0)) | ([day, month, year], Some(1)) => date_of(*year, *month, *day)?,
        ([year, month, day], None) if *year > 31 => date_of(*year, *month, *day)?,
        // Day and month that are the same, or of which one can only be the day.
        ([a, b, year], None) if american || a == b => date_of(*year, *a, *b)?,
        ([a, b, year], None) if *a > 12 && *b <= 12 => date_of(*year, *b, *a)?,
        ([a, b, year], None) if *b > 12 && *a <= 12 => date_of(*year, *a, *b)?,
        _ => return None,
    };
    let hour = match (time.first().copied().unwrap_or(0), afternoon) {
        (12, Some(false)) => 0,
        (hour, Some(true)) if hour < 12 => hour.saturating_add(12),
        (hour, _) => hour,
    };
    let minutes = hour.saturating_mul(60).saturating_add(time.get(1).copied().unwrap_or(0));
    let seconds = minutes.saturating_mul(60).saturating_add(time.get(2).copied().unwrap_or(0));
    if time.len() > 3 || seconds >= SECONDS {
        return None;
    }
    join(day, seconds).number()
}

fn month_of(word: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let at = MONTHS.iter().position(|month| *month == word || word.len() == 3 && month.starts_with(word))?;
    i64::try_from(at).ok()?.checked_add(1)
}

/// A day that exists; two digits of a year are those of 1930 to 2029.
fn date_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let number = day_number(century(year), month, day)?;
    ((1..=12).contains(&month) && calendar::date(number).2 == day).then_some(number)
}

fn century(year: i64) -> i64 {
    match year {
        0..=29 => year.saturating_add(2000),
        30..=99 => year.saturating_add(1900),
        _ => year,
    }
}

// ---- functions -------------------------------------------------------------------------------------------------------

type Known<'v> = &'v [Value];

fn at(a: Known<'_>, index: usize) -> Option<&Value> {
    a.get(index).filter(|value| **value != Value::Missing)
}

fn int(a: Known<'_>, index: usize) -> Option<i64> {
    at(a, index)?.integer()
}

fn or_unknown(value: Option<Value>) -> Value {
    value.unwrap_or(Value::Unknown)
}

/// `Year(date)` and the like.
pub(super) fn part(a: Known<'_>, interval: &str) -> Value {
    or_unknown(at(a, 0).and_then(|date| interval_of(date, interval, 1)))
}

fn interval_of(date: &Value, interval: &str, first_day: i64) -> Option<Value> {
    let found = parts(date)?;
    Some(Value::Int(match interval {
        "yyyy" => found.year,
        "q" => found.month.saturating_add(2).div_euclid(3),
        "m" => found.month,
        "y" => split(serial(date)?)?.0.saturating_sub(day_number(found.year, 1, 1)?).saturating_add(1),
        "d" => found.day,
        "w" => weekday_of(split(serial(date)?)?.0, first_day),
        "h" => found.hour,
        "n" => found.minute,
        "s" => found.second,
        _ => return None,
    }))
}

/// 1 to 7; day 1 was a Sunday.
fn weekday_of(day: i64, first_day: i64) -> i64 {
    day.saturating_sub(first_day).rem_euclid(7).saturating_add(1)
}

/// `Weekday(date, first)`, whose first day is the machine's where it is 0.
pub(super) fn weekday(a: Known<'_>) -> Value {
    let first = if at(a, 1).is_some() { int(a, 1) } else { Some(1) };
    let day = at(a, 0).and_then(serial).and_then(split);
    let known = first.filter(|first| (1..=7).contains(first)).zip(day);
    or_unknown(known.map(|(first, (day, _))| Value::Int(weekday_of(day, first))))
}

/// `DatePart(interval, date, first)`
pub(super) fn date_part(a: Known<'_>) -> Value {
    let first = if at(a, 2).is_some() { int(a, 2) } else { Some(1) };
    let known = a.first().and_then(Value::known).zip(at(a, 1)).zip(first.filter(|first| (1..=7).contains(first)));
    or_unknown(known.and_then(|((interval, date), first)| interval_of(date, &interval.to_lowercase(), first)))
}

pub(super) fn date_serial(a: Known<'_>) -> Value {
    let known = int(a, 0).zip(int(a, 1)).zip(int(a, 2));
    or_unknown(known.and_then(|((year, month), day)| day_number(century(year), month, day)).map(|day| join(day, 0)))
}

pub(super) fn time_serial(a: Known<'_>) -> Value {
    let known = int(a, 0).zip(int(a, 1)).zip(int(a, 2)).map(|((hour, minute), second)| {
        hour.saturating_mul(3600).saturating_add(minute.saturating_mul(60)).saturating_add(second)
    });
    or_unknown(known.filter(|seconds| (0..SECONDS).contains(seconds)).map(|seconds| join(0, seconds)))
}

/// `CDate`, and with `day` or `time` what DateValue and TimeValue keep of it.
pub(super) fn date_of_value(a: Known<'_>, day: bool, time: bool) -> Value {
    let found = at(a, 0).filter(|value| !matches!(value, Value::Null | Value::Nothing)).and_then(serial);
    or_unknown(
        found.and_then(split).map(|(number, second)| join(if day { number } else { 0 }, if time { second } else { 0 })),
    )
}

/// `IsDate`: what reads as one here does so everywhere; the rest nobody knows.
pub(super) fn is_date(a: Known<'_>) -> Value {
    match at(a, 0) {
        Some(Value::Date(_)) => Value::Bool(true),
        Some(Value::Text(units, true)) if units.is_empty() => Value::Bool(false),
        Some(value @ Value::Text(_, true)) => match value.known().and_then(|text| read(&text, false)) {
            Some(_) => Value::Bool(true),
            None => Value::Unknown,
        },
        Some(Value::Int(_) | Value::Real(_) | Value::Bool(_) | Value::Empty | Value::Null) => Value::Bool(false),
        _ => Value::Unknown,
    }
}

/// `DateAdd(interval, number, date)`
pub(super) fn date_add(a: Known<'_>) -> Value {
    let add = || {
        let (interval, n, date) = (a.first()?.known()?.to_lowercase(), int(a, 1)?, at(a, 2)?);
        let found = parts(date)?;
        let (day, second) = split(serial(date)?)?;
        let months = |months: i64| {
            let month = found.month.saturating_add(months);
            // The last day of a shorter month.
            let last = calendar::date(day_number(found.year, month.saturating_add(1), 1)?.saturating_sub(1)).2;
            day_number(found.year, month, found.day.min(last))
        };
        let seconds = |unit: i64| {
            let all = day.saturating_mul(SECONDS).saturating_add(second).saturating_add(n.saturating_mul(unit));
            (all.div_euclid(SECONDS), all.rem_euclid(SECONDS))
        };
        let (day, second) = match interval.as_str() {
            "yyyy" => (months(n.saturating_mul(12))?, second),
            "q" => (months(n.saturating_mul(3))?, second),
            "m" => (months(n)?, second),
            "d" | "y" | "w" => (day.saturating_add(n), second),
            "ww" => (day.saturating_add(n.saturating_mul(7)), second),
            "h" => seconds(3600),
            "n" => seconds(60),
            "s" => seconds(1),
            _ => return None,
        };
        (FIRST..=LAST).contains(&day).then(|| join(day, second))
    };
    or_unknown(add())
}

/// `DateDiff(interval, from, to)`: how many borders of the interval lie between.
pub(super) fn date_diff(a: Known<'_>) -> Value {
    let difference = || {
        let interval = a.first()?.known()?.to_lowercase();
        let (from, to) = (parts(at(a, 1)?)?, parts(at(a, 2)?)?);
        let (first, last) = (split(serial(at(a, 1)?)?)?, split(serial(at(a, 2)?)?)?);
        let months = |parts: Parts| parts.year.saturating_mul(12).saturating_add(parts.month).saturating_sub(1);
        let seconds = |(day, second): (i64, i64)| day.saturating_mul(SECONDS).saturating_add(second);
        let days = last.0.saturating_sub(first.0);
        let borders = |unit: i64| seconds(last).div_euclid(unit).saturating_sub(seconds(first).div_euclid(unit));
        Some(Value::Int(match interval.as_str() {
            "yyyy" => to.year.saturating_sub(from.year),
            "q" => months(to).div_euclid(3).saturating_sub(months(from).div_euclid(3)),
            "m" => months(to).saturating_sub(months(from)),
            "d" | "y" => days,
            "w" => days.checked_div(7)?,
            "ww" => last.0.saturating_sub(1).div_euclid(7).saturating_sub(first.0.saturating_sub(1).div_euclid(7)),
            "h" => borders(3600),
            "n" => borders(60),
            "s" => borders(1),
            _ => return None,
        }))
    };
    or_unknown(difference())
}

// ---- texts -----------------------------------------------------------------------------------------------------------

/// `Format(date, "yyyymmdd")`, as far as a pattern asks for digits only.
pub(super) fn formatted(machine: &mut Machine<'_, '_>, date: &Value, pattern: &str) -> Value {
    machine.spend(pattern.len() as u64 / 8);
    or_unknown(parts(date).and_then(|parts| with_pattern(parts, pattern)).map(|text| Value::text(&text)))
}

/// Whether a pattern for a number is one for a date.
pub(super) fn is_pattern(pattern: &str) -> bool {
    let lower = pattern.to_ascii_lowercase();
    ["yy", "mm", "dd", "hh", "nn", "ss"].iter().any(|part| lower.contains(part)) && !lower.contains(['0', '#'])
}

fn with_pattern(parts: Parts, pattern: &str) -> Option<String> {
    let letters: Vec<char> = pattern.chars().take(PATTERN.saturating_add(1)).collect();
    if letters.is_empty() || letters.len() > PATTERN {
        return None;
    }
    let twelve = pattern.to_ascii_lowercase().contains("am/pm") || pattern.to_ascii_lowercase().contains("ampm");
    let mut out = String::new();
    let mut place = 0_usize;
    let mut last = ' ';
    while let Some(letter) = letters.get(place).map(char::to_ascii_lowercase) {
        let run = letters.iter().skip(place).take_while(|c| c.to_ascii_lowercase() == letter).count();
        let digits = |n: i64, width: usize| Some(format!("{n:0>width$}"));
        let width = if run == 1 { 1 } else { 2 };
        let text = match (letter, run) {
            ('y', 4) => digits(parts.year, 4),
            ('y', 2) => digits(parts.year.rem_euclid(100), 2),
            // Behind hours, minutes.
            ('m', 1 | 2) if last == 'h' => digits(parts.minute, width),
            ('m', 1 | 2) => digits(parts.month, width),
            ('d', 1 | 2) => digits(parts.day, width),
            ('h', 1 | 2) if twelve => {
                digits(if parts.hour.rem_euclid(12) == 0 { 12 } else { parts.hour.rem_euclid(12) }, width)
            }
            ('h', 1 | 2) => digits(parts.hour, width),
            ('n', 1 | 2) => digits(parts.minute, width),
            ('s', 1 | 2) => digits(parts.second, width),
            ('q', 1) => digits(parts.month.saturating_add(2).div_euclid(3), 1),
            ('\\', _) => {
                out.extend(letters.get(place.saturating_add(1)));
                place = place.saturating_add(2);
                continue;
            }
            ('"', _) => {
                let inside = letters.iter().skip(place.saturating_add(1)).take_while(|c| **c != '"');
                let length = inside.clone().count();
                out.extend(inside);
                place = place.saturating_add(length).saturating_add(2);
                continue;
            }
            // Names of days and months, years of emperors, what follows the settings of the machine.
            (c, _) if c.is_ascii_alphabetic() || matches!(c, '@' | '&' | '!' | '<' | '>' | ';' | '0' | '#') => None,
            (c, run) => {
                out.extend(std::iter::repeat_n(c, run));
                place = place.saturating_add(run);
                continue;
            }
        };
        out.push_str(&text?);
        last = letter;
        place = place.saturating_add(run);
    }
    Some(out)
}

/// `Format(number, pattern)` of digits: `0`, `#,##0.00`, `0%`.
pub(super) fn number(n: f64, pattern: &str) -> Option<String> {
    if pattern.is_empty()
        || pattern.len() > 64
        || !pattern.bytes().all(|b| matches!(b, b'0' | b'#' | b',' | b'.' | b'%'))
    {
        return None;
    }
    let percent = pattern.ends_with('%');
    let pattern = pattern.strip_suffix('%').unwrap_or(pattern);
    let (before, behind) = pattern.split_once('.').unwrap_or((pattern, ""));
    // A comma at the end divides; a second point or sign is nothing anybody writes.
    if pattern.contains('%') || behind.contains([',', '.']) || before.ends_with(',') || behind.len() > 15 {
        return None;
    }
    let n = if percent { n * 100.0 } else { n };
    let scale = 10_f64.powi(i32::try_from(behind.len()).ok()?);
    // More digits than a Double has.
    if n.abs() * scale >= 9e15 {
        return None;
    }
    // Half away from zero.
    let scaled = whole((n.abs() * scale).round());
    let unit = whole(scale);
    let (integer, fraction) = (scaled.checked_div(unit)?, scaled.checked_rem(unit)?);
    let least = before.bytes().filter(|b| *b == b'0').count();
    let mut digits = if integer == 0 { String::new() } else { integer.to_string() };
    digits = format!("{digits:0>least$}");
    if before.contains(',') {
        let count = digits.len();
        let grouped = digits.char_indices().flat_map(|(at, c)| {
            let comma = at > 0 && count.saturating_sub(at).is_multiple_of(3);
            comma.then_some(',').into_iter().chain([c])
        });
        digits = grouped.collect();
    }
    let mut out = String::new();
    if n < 0.0 && scaled != 0 {
        out.push('-');
    }
    out.push_str(&digits);
    if !behind.is_empty() {
        let text = format!("{fraction:0>width$}", width = behind.len());
        let least = behind.rfind('0').map_or(0, |at| at.saturating_add(1));
        let (kept, rest) = text.split_at_checked(least)?;
        out.push('.');
        out.push_str(kept);
        out.push_str(rest.trim_end_matches('0'));
    }
    if percent {
        out.push('%');
    }
    size(i64::try_from(out.len()).ok()?).map(|_| out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_numbers() {
        assert_eq!(day_number(1899, 12, 30), Some(0));
        assert_eq!(day_number(1970, 1, 1), Some(25_569));
        assert_eq!(day_number(2020, 14, 31), day_number(2021, 3, 3));
        assert_eq!((day_number(9999, 12, 31), day_number(100, 1, 1)), (Some(LAST), Some(FIRST)));
        assert_eq!((day_number(10_000, 1, 1), day_number(i64::MIN, 1, i64::MAX)), (None, None));
        assert_eq!(calendar::date(43_890), (2020, 2, 29));
        assert_eq!(split(-1.25), Some((-1, 21_600)));
    }

    #[test]
    fn texts_that_mean_one_day() {
        let day = |year, month, day| day_number(year, month, day).map(wide);
        assert_eq!(read("2020/01/05", false), day(2020, 1, 5));
        assert_eq!(read("5 Feb 2020", false), day(2020, 2, 5));
        assert_eq!(read("1/2/2020", true), day(2020, 1, 2));
        assert_eq!(read("13/2/2020", false), day(2020, 2, 13));
        assert_eq!(read("6:00:00 PM", true), Some(0.75));
        assert_eq!(read("2020-01-05 12:00 am", true), day(2020, 1, 5));
        // January or February, and what is no date.
        for text in ["1/2/2020", "2020/02/30", "cmd", "2020", "", "25:00", "1-", "//"] {
            assert_eq!(read(text, false), None, "{text}");
        }
    }

    #[test]
    fn patterns_of_digits() {
        let format = |pattern: &str| with_pattern(parts(&Value::Date(43_890.543_75)).unwrap(), pattern);
        assert_eq!(format("yyyymmdd_hhnnss").as_deref(), Some("20200229_130300"));
        assert_eq!(format("yy/m/d h:mm").as_deref(), Some("20/2/29 13:03"));
        assert_eq!(format("yyyy\"年\"m月\\d").as_deref(), Some("2020年2月d"));
        assert_eq!((format("dddd"), format("mmm"), format("ggge")), (None, None, None));
        assert_eq!(number(98.6, "0").as_deref(), Some("99"));
        assert_eq!(number(-1234.5, "#,##0.00").as_deref(), Some("-1,234.50"));
        assert_eq!(number(0.994, "0.0%").as_deref(), Some("99.4%"));
        assert_eq!(number(0.5, "0.##").as_deref(), Some("0.5"));
        assert_eq!(number(1e12, "0.0000"), None);
        assert_eq!((number(5.0, "000").as_deref(), number(1.0, "0\"x\"")), (Some("005"), None));
    }
}
