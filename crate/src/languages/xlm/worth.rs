//! What a formula is worth outside a workbook: VBA asks the worksheet to compute (`Evaluate`, `WorksheetFunction`).

use super::book::Book;
use super::clock::Clock;
use super::formula::Expr;
use super::index::Index;
use super::machine::Machine;
use super::values::{Datum, Position};
use crate::budget::Budget;

/// Expressions evaluated for one question.
const STEPS: u32 = 20_000;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Worth {
    Empty,
    Number(f64),
    /// A text, and whether all of it is known.
    Text(String, bool),
    Bool(bool),
    Array(Vec<Vec<Worth>>),
    Unknown,
}

/// The worth of an expression that names no cells, and the steps it took. Nothing is done by it.
pub(crate) fn worth(expr: &Expr, budget: &Budget) -> (Worth, u32) {
    let book = Book::default();
    let index = Index::new(&book);
    let mut machine = Machine::new((&book, &index, budget), Clock::default(), Vec::new(), STEPS);
    machine.passive = 1;
    let value = machine.eval(expr, Position { sheet: 0, row: 1, column: 1 });
    // What depends on the day is not known.
    let worth = if machine.assumed { Worth::Unknown } else { value.map_or(Worth::Unknown, |value| of(&value)) };
    (worth, machine.spent())
}

fn of(value: &Datum) -> Worth {
    match value {
        Datum::Empty => Worth::Empty,
        Datum::Number(number) => Worth::Number(*number),
        Datum::Text(text, known) => Worth::Text(text.as_ref().to_owned(), *known),
        Datum::Bool(value) => Worth::Bool(*value),
        Datum::Array(rows) => Worth::Array(rows.iter().map(|row| row.iter().map(of).collect()).collect()),
        Datum::Error(_) | Datum::Area(_) | Datum::Unknown => Worth::Unknown,
    }
}
