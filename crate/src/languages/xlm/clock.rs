//! The day a macro believes it is.
//!
//! Attackers tie the key of their text to the date, so that a sandbox a day late sees nothing. The machine asks this
//! clock, remembers which part of the date mattered, and is run again with other dates.

use super::values::{Datum, from_integer, integer};
use crate::languages::calendar;

/// A moment, and which parts of it were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) asked: Asked,
}

/// Parts of a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) year: bool,
    pub(super) month: bool,
    pub(super) day: bool,
    pub(super) hour: bool,
}

impl Default for Clock {
    /// The height of the last wave of such macros; a month of 31 days.
    fn default() -> Self {
        Self { year: 2021, month: 5, day: 12, hour: 10, asked: Asked::default() }
    }
}

/// `DATE`.
pub(super) fn serial(year: i64, month: i64, day: i64) -> i64 {
    let year = if (0..1900).contains(&year) { year.saturating_add(1900) } else { year };
    calendar::number(year, month, day)
}

impl Clock {
    /// `TODAY()`.
    pub(super) fn today(&self) -> f64 {
        from_integer(serial(self.year, self.month, self.day)).number().unwrap_or(0.0)
    }

    /// `NOW()`.
    pub(super) fn now(&self) -> f64 {
        self.today() + from_integer(self.hour).number().unwrap_or(0.0) / 24.0
    }

    /// `DAY(…)` and its like; `None` for another function.
    pub(super) fn part(&mut self, function: &str, moment: &Datum) -> Option<Datum> {
        let number = match moment {
            Datum::Text(text, true) => {
                let parts: Vec<i64> = text.split(['-', '/', '.']).filter_map(|part| part.trim().parse().ok()).collect();
                let serial = match parts.as_slice() {
                    [year, month, day] if *year > 31 => serial(*year, *month, *day),
                    [month, day, year] => serial(*year, *month, *day),
                    _ => return Some(super::values::VALUE),
                };
                from_integer(serial).number()
            }
            other => other.number(),
        };
        let Some(number) = number else { return Some(Datum::Unknown) };
        let (year, month, day) = calendar::date(integer(number.floor())?);
        let seconds = integer(((number - number.floor()) * 86_400.0).round())?;
        let value = match function {
            "DAY" => {
                self.asked.day = true;
                day
            }
            "MONTH" => {
                self.asked.month = true;
                month
            }
            "YEAR" => {
                self.asked.year = true;
                year
            }
            "WEEKDAY" => {
                self.asked.day = true;
                integer(number.floor())?.saturating_sub(1).rem_euclid(7).saturating_add(1)
            }
            "HOUR" => {
                self.asked.hour = true;
                seconds.div_euclid(3600)
            }
            "MINUTE" => seconds.div_euclid(60).rem_euclid(60),
            "SECOND" => seconds.rem_euclid(60),
            _ => return None,
        };
        Some(from_integer(value))
    }

    /// `TEXT` of a moment in a format of date letters only; `None` for other formats.
    pub(super) fn text(&mut self, number: f64, format: &str) -> Option<String> {
        let lower = format.to_ascii_lowercase();
        let of =
            |clock: &mut Self, function: &str| clock.part(function, &Datum::Number(number)).and_then(|v| v.number());
        let mut out = String::new();
        let mut rest = lower.as_str();
        while let Some(c) = rest.chars().next() {
            let run = rest.chars().take_while(|other| *other == c).count();
            let (function, wide) = match c {
                'd' => ("DAY", 2),
                'm' => ("MONTH", 2),
                'y' => ("YEAR", 4),
                'h' => ("HOUR", 2),
                's' => ("SECOND", 2),
                '-' | '/' | ' ' | '.' | ':' => {
                    out.push(c);
                    rest = rest.get(1..)?;
                    continue;
                }
                _ => return None,
            };
            let value = integer(of(self, function)?)?;
            match (c, run) {
                ('y', 1 | 2) => out.push_str(&format!("{:02}", value.rem_euclid(100))),
                (_, 1) => out.push_str(&value.to_string()),
                (_, run) if run <= wide => out.push_str(&format!("{value:0wide$}")),
                _ => return None,
            }
            rest = rest.get(run..)?;
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_excel() {
        assert_eq!(serial(2020, 5, 12), 43_963);
        assert_eq!(serial(2000, 2, 29), 36_585);
        let mut clock = Clock { year: 2020, month: 2, day: 29, ..Clock::default() };
        let moment = Datum::Number(clock.now());
        for (function, value) in [("DAY", 29.0), ("MONTH", 2.0), ("YEAR", 2020.0), ("HOUR", 10.0), ("WEEKDAY", 7.0)] {
            assert_eq!(clock.part(function, &moment), Some(Datum::Number(value)), "{function}");
        }
        assert_eq!(clock.text(clock.now(), "dd/mm/yyyy").as_deref(), Some("29/02/2020"));
        assert!(clock.asked.day && clock.asked.month);
    }
}
