//! What an expression is worth, as far as it can be told without running anything.

use std::rc::Rc;

use super::book;
use super::formula::{error_code, error_text, number_text};
use crate::codecs::encoding::cp1252;

/// Stands in a text for what is not known.
pub(super) const GAP: char = '…';
/// Longest text of a cell.
pub(super) const LONGEST: usize = 1 << 15;

pub(super) const VALUE: Datum = Datum::Error(0x0F);
pub(super) const NOT_AVAILABLE: Datum = Datum::Error(0x2A);
pub(super) const NUMBER: Datum = Datum::Error(0x24);
pub(super) const REFERENCE: Datum = Datum::Error(0x17);

/// A cell: sheet, row and column, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Position {
    pub(super) sheet: usize,
    pub(super) row: u32,
    pub(super) column: u32,
}

/// Cells in a rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) first: Position,
    pub(super) rows: u32,
    pub(super) columns: u32,
}

impl Area {
    pub(super) const fn cell(first: Position) -> Self {
        Self { first, rows: 1, columns: 1 }
    }

    /// The cell so many rows and columns from the first one.
    pub(super) const fn at(self, row: u32, column: u32) -> Position {
        let Position { sheet, row: first_row, column: first_column } = self.first;
        Position { sheet, row: first_row.saturating_add(row), column: first_column.saturating_add(column) }
    }
}

/// What an expression is worth.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Datum {
    /// An empty cell or an argument left out.
    Empty,
    Number(f64),
    /// A text, and whether all of it is known.
    Text(Rc<str>, bool),
    Bool(bool),
    Error(u8),
    Area(Area),
    Array(Rc<Vec<Vec<Datum>>>),
    Unknown,
}

impl From<&book::Value> for Datum {
    fn from(value: &book::Value) -> Self {
        match value {
            book::Value::Number(number) => Self::Number(*number),
            book::Value::Text(text) => Self::text(text),
            book::Value::Bool(value) => Self::Bool(*value),
            book::Value::Error(code) => Self::Error(*code),
        }
    }
}

impl Datum {
    pub(super) fn text(text: &str) -> Self {
        Self::partial(text, true)
    }

    /// A text of which something may be unknown. What is longer than a cell holds is an error, as in Excel.
    pub(super) fn partial(text: &str, known: bool) -> Self {
        if text.len() > LONGEST { VALUE } else { Self::Text(text.into(), known) }
    }

    pub(super) fn gap() -> Self {
        Self::partial("…", false)
    }

    /// As text with gaps.
    pub(super) fn shown(&self) -> Rc<str> {
        match self {
            Self::Empty => "".into(),
            Self::Number(number) => number_text(*number).into(),
            Self::Text(text, _) => Rc::clone(text),
            Self::Bool(value) => if *value { "TRUE" } else { "FALSE" }.into(),
            Self::Error(code) => error_text(*code).into(),
            Self::Area(_) | Self::Array(_) | Self::Unknown => "…".into(),
        }
    }

    /// As text, if all of it is known.
    pub(super) fn known(&self) -> Option<Rc<str>> {
        match self {
            Self::Text(_, false) | Self::Unknown | Self::Area(_) | Self::Array(_) | Self::Error(_) => None,
            other => Some(other.shown()),
        }
    }

    pub(super) const fn is_known(&self) -> bool {
        !matches!(self, Self::Text(_, false) | Self::Unknown)
    }

    /// As a number: texts that look like one count.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Empty => Some(0.0),
            Self::Text(text, true) => parse_number(text),
            _ => None,
        }
    }

    /// As a condition.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Number(number) => Some(*number != 0.0),
            Self::Empty => Some(false),
            Self::Text(text, true) if text.eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text, true) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// `self` and `other` as one text.
    pub(super) fn join(parts: &[Self]) -> Self {
        if let Some(error) = parts.iter().find(|part| matches!(part, Self::Error(_))) {
            return error.clone();
        }
        let mut known = true;
        let mut text = String::new();
        for part in parts {
            known &= part.is_known() && !matches!(part, Self::Area(_) | Self::Array(_));
            let shown = part.shown();
            if !(text.ends_with(GAP) && &*shown == "…") {
                text.push_str(&shown);
            }
            if text.len() > LONGEST {
                return VALUE;
            }
        }
        Self::partial(&text, known)
    }
}

/// A number as Excel reads it from a text: with blanks around, thousands separators, a percent sign or as hex of VBA not.
pub(super) fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let (text, factor) = text.strip_suffix('%').map_or((text, 1.0), |rest| (rest.trim_end(), 0.01));
    if text.is_empty() || text.len() > 64 || !text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE,".contains(&b)) {
        return None;
    }
    let number: f64 = text.replace(',', "").parse().ok()?;
    number.is_finite().then_some(number * factor)
}

/// What somebody typing `text` into a cell gets.
pub(super) fn typed(text: &str) -> Datum {
    if let Some(number) = parse_number(text) {
        return Datum::Number(number);
    }
    match text.to_ascii_uppercase().as_str() {
        "TRUE" => Datum::Bool(true),
        "FALSE" => Datum::Bool(false),
        upper => error_code(upper).map_or_else(|| Datum::text(text), Datum::Error),
    }
}

/// A whole number from 0 to 2^32, its fraction cut off.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked before")]
pub(super) fn whole(number: f64) -> Option<u32> {
    (0.0..4_294_967_296.0).contains(&number).then_some(number as u32)
}

/// A whole number of either sign, its fraction cut off.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked before")]
pub(super) fn integer(number: f64) -> Option<i64> {
    (-9e15..9e15).contains(&number).then_some(number as i64)
}

/// A whole number as a value.
#[expect(clippy::cast_precision_loss, reason = "whole numbers of this size are exact")]
pub(super) fn from_integer(number: i64) -> Datum {
    Datum::Number(number as f64)
}

/// The character of the Windows code page, as `CHAR` gives it.
pub(super) fn character(code: u32) -> Option<char> {
    let byte = u8::try_from(code).ok().filter(|byte| *byte != 0)?;
    Some(cp1252(byte))
}

/// The code of a character in the Windows code page, as `CODE` gives it.
pub(super) fn code(c: char) -> u8 {
    // Searched, not encoded: the tables of the encoder would weigh more than everything else here.
    let high = || (0x80..=u8::MAX).find(|byte| character(u32::from(*byte)) == Some(c));
    u8::try_from(c).ok().filter(u8::is_ascii).or_else(high).unwrap_or(b'?')
}
