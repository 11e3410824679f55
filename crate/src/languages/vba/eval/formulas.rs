//! Formulas that code asks the worksheet to compute: `Evaluate`, `[…]`, `ExecuteExcel4Macro`, `WorksheetFunction`.

use super::machine::Machine;
use super::operators::plain_number;
use super::value::{Array, Kind, Value};
use crate::languages::xlm::formula::Expr;
use crate::languages::xlm::functions::is_function;
use crate::languages::xlm::text::{Notation, parse};
use crate::languages::xlm::{Worth, worth};
use std::rc::Rc;

/// Nesting that is followed; the parser of formulas allows no more.
const DEPTH: u32 = 128;
/// Cells of one range in a formula.
const CELLS: usize = 4096;

impl Machine<'_, '_> {
    /// The value of a formula's text.
    pub(super) fn formula_value(&mut self, text: &str, notation: Notation) -> Value {
        let text = text.trim();
        if !self.spend((text.len() as u64 / 8).saturating_add(8)) {
            return Value::Unknown;
        }
        match parse(text.strip_prefix('=').unwrap_or(text), notation, (1, 1)) {
            Ok(expr) => {
                let expr = self.grounded(&expr, 0);
                self.worth_of(&expr)
            }
            Err(_) => Value::Unknown,
        }
    }

    /// The value of a function of the worksheet, if every argument is known.
    pub(super) fn worksheet_value(&mut self, name: &str, values: &[Value]) -> Option<Value> {
        let function = name.replace('_', ".").to_uppercase();
        if !is_function(&function) {
            return None;
        }
        let weight: u64 = values.iter().map(Value::weight).sum();
        if !self.spend((weight / 4).saturating_add(8)) {
            return None;
        }
        let arguments: Vec<Expr> = values.iter().map(literal).collect::<Option<_>>()?;
        let value = self.worth_of(&Expr::Call { function, arguments });
        (value != Value::Unknown).then_some(value)
    }

    fn worth_of(&mut self, expr: &Expr) -> Value {
        let (worth, steps) = worth(expr, self.budget);
        self.spend(u64::from(steps));
        value_of(worth)
    }

    /// A formula with the values of its cells and names in their places.
    fn grounded(&mut self, expr: &Expr, depth: u32) -> Expr {
        let unknown = Expr::Unknown("cell");
        if depth > DEPTH || !self.spend(1) {
            return unknown;
        }
        let next = depth.saturating_add(1);
        match expr {
            Expr::Cell(_) | Expr::Area { .. } | Expr::Name(_) => match self.named_cells(&expr.to_string()) {
                Value::Object(id) => {
                    let value = self.default_of(id);
                    self.spend(value.weight());
                    if value.weight() > CELLS as u64 { unknown } else { literal(&value).unwrap_or(unknown) }
                }
                _ => unknown,
            },
            Expr::Call { function, arguments } => {
                let arguments = arguments.iter().map(|argument| self.grounded(argument, next)).collect();
                Expr::Call { function: function.clone(), arguments }
            }
            Expr::Unary { operator, operand } => {
                Expr::Unary { operator: *operator, operand: Box::new(self.grounded(operand, next)) }
            }
            Expr::Binary { operator, left, right } => Expr::Binary {
                operator: *operator,
                left: Box::new(self.grounded(left, next)),
                right: Box::new(self.grounded(right, next)),
            },
            Expr::Join(parts) => Expr::Join(parts.iter().map(|part| self.grounded(part, next)).collect()),
            Expr::Invoke { .. } | Expr::External(_) => unknown,
            other => other.clone(),
        }
    }
}

/// A value as it stands in a formula; `None` where not all of it is known.
fn literal(value: &Value) -> Option<Expr> {
    Some(match value {
        Value::Array(array) => {
            if array.blurred {
                return None;
            }
            let items: Vec<Expr> = array.items.iter().map(literal).collect::<Option<_>>()?;
            match array.bounds.as_slice() {
                // The first index runs fastest.
                [(_, rows), (_, columns)] => {
                    let row =
                        |at: usize| items.iter().skip(at).step_by((*rows).max(1)).take(*columns).cloned().collect();
                    Expr::Array((0..*rows).map(row).collect())
                }
                _ => Expr::Array(vec![items]),
            }
        }
        Value::Empty | Value::Missing => Expr::Missing,
        Value::Bool(value) => Expr::Bool(*value),
        Value::Text(units, true) => Expr::Text(String::from_utf16_lossy(units)),
        other => Expr::Number(other.number()?),
    })
}

fn value_of(worth: Worth) -> Value {
    match worth {
        Worth::Empty => Value::Empty,
        Worth::Number(number) => plain_number(number),
        Worth::Text(text, true) => Value::text(&text),
        Worth::Text(text, false) => Value::stand_in(&text),
        Worth::Bool(value) => Value::Bool(value),
        Worth::Unknown => Value::Unknown,
        Worth::Array(rows) => {
            let (height, width) = (rows.len(), rows.first().map_or(0, Vec::len));
            // A single row is a list to VBA.
            let bounds = if height == 1 { vec![(1, width)] } else { vec![(1, height), (1, width)] };
            let mut columns: Vec<Vec<Value>> = vec![Vec::with_capacity(height); width];
            for row in rows {
                for (column, value) in columns.iter_mut().zip(row) {
                    column.push(value_of(value));
                }
            }
            let items: Vec<Value> = columns.into_iter().flatten().collect();
            if items.len() != height.saturating_mul(width) {
                return Value::Unknown;
            }
            Value::Array(Rc::new(Array { kind: Kind::Variant, bounds, items, blurred: false }))
        }
    }
}
