//! What expressions are worth while a macro is carried out.

use std::rc::Rc;

use super::{DEPTH, Machine, Run, Stop};
use crate::languages::xlm::formula::{Binary, Expr, Unary};
use crate::languages::xlm::values::{self, Area, Datum, NOT_AVAILABLE, Position, VALUE};
use crate::languages::xlm::{functions, lists, worksheet};

impl Machine<'_> {
    /// What an expression is worth. References stay references.
    pub(in crate::languages::xlm) fn eval(&mut self, expr: &Expr, at: Position) -> Run<Datum> {
        self.step(0)?;
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH {
            self.out.capped = true;
            return Err(Stop::Halt);
        }
        let value = match expr {
            Expr::Number(number) => Datum::Number(*number),
            Expr::Text(text) => {
                self.step(text.len())?;
                Datum::text(text)
            }
            Expr::Bool(value) => Datum::Bool(*value),
            Expr::Error(code) => Datum::Error(*code),
            Expr::Missing => Datum::Empty,
            Expr::Cell(cell) => self.area(cell, cell, at).map_or(Datum::Unknown, Datum::Area),
            Expr::Area { first, last } => self.area(first, last, at).map_or(Datum::Unknown, Datum::Area),
            Expr::Name(name) => self.name(name, at)?.unwrap_or(Datum::Error(0x1D)),
            Expr::External(_) => Datum::Unknown,
            Expr::Unknown(_) => {
                self.out.lost |= self.passive == 0;
                Datum::Unknown
            }
            Expr::Call { function, arguments } => self.call(function, arguments, at)?,
            Expr::Invoke { target, arguments } => self.invoke(target, arguments, at)?,
            Expr::Unary { operator, operand } => self.unary(*operator, operand, at)?,
            Expr::Binary { operator, left, right } => self.binary(*operator, left, right, at)?,
            Expr::Join(parts) => {
                let parts = self.scalars(parts, at)?;
                let joined = Datum::join(&parts);
                self.step(if let Datum::Text(text, _) = &joined { text.len() } else { 0 })?;
                joined
            }
            Expr::Array(rows) => self.array(rows, at)?,
        };
        self.depth = self.depth.saturating_sub(1);
        Ok(value)
    }

    fn array(&mut self, rows: &[Vec<Expr>], at: Position) -> Run<Datum> {
        let mut values = Vec::with_capacity(rows.len());
        for row in rows {
            values.push(self.scalars(row, at)?);
        }
        Ok(Datum::Array(Rc::new(values)))
    }

    /// The single value of a value: of the cell, of the cell in the same row or column, of the first one.
    pub(in crate::languages::xlm) fn scalar(&mut self, value: Datum, at: Position) -> Run<Datum> {
        match value {
            Datum::Area(area) => {
                let inside = |first: u32, n: u32, of: u32| of.checked_sub(first).filter(|by| *by < n);
                let cell = match (area.rows, area.columns) {
                    (1, 1) => area.first,
                    (_, 1) => area.at(inside(area.first.row, area.rows, at.row).unwrap_or(0), 0),
                    (1, _) => area.at(0, inside(area.first.column, area.columns, at.column).unwrap_or(0)),
                    _ => area.first,
                };
                self.value(cell)
            }
            Datum::Array(rows) => Ok(rows.first().and_then(|row| row.first()).cloned().unwrap_or(Datum::Empty)),
            other => Ok(other),
        }
    }

    pub(in crate::languages::xlm) fn scalars(&mut self, exprs: &[Expr], at: Position) -> Run<Vec<Datum>> {
        let mut values = Vec::with_capacity(exprs.len());
        for expr in exprs {
            let value = self.eval(expr, at)?;
            values.push(self.scalar(value, at)?);
        }
        Ok(values)
    }

    /// Every value in arguments that may be ranges.
    pub(in crate::languages::xlm) fn flatten(&mut self, arguments: &[Datum]) -> Run<Vec<Datum>> {
        let mut values = Vec::new();
        for argument in arguments {
            match argument {
                Datum::Area(area) => {
                    for cell in self.cells(*area)? {
                        values.push(self.value(cell)?);
                    }
                }
                Datum::Array(rows) => values.extend(rows.iter().flatten().cloned()),
                other => values.push(other.clone()),
            }
        }
        Ok(values)
    }

    fn unary(&mut self, operator: Unary, operand: &Expr, at: Position) -> Run<Datum> {
        let value = self.eval(operand, at)?;
        if matches!(operator, Unary::Paren) {
            return Ok(value);
        }
        let value = self.scalar(value, at)?;
        let factor = match operator {
            Unary::Minus => -1.0,
            Unary::Percent => 0.01,
            _ => return Ok(value),
        };
        Ok(calculate(Binary::Mul, &value, &Datum::Number(factor)))
    }

    fn binary(&mut self, operator: Binary, left: &Expr, right: &Expr, at: Position) -> Run<Datum> {
        let (left, right) = (self.eval(left, at)?, self.eval(right, at)?);
        match operator {
            Binary::Range => {
                return Ok(match (left, right) {
                    (Datum::Area(a), Datum::Area(b)) => Datum::Area(around(a, b)),
                    _ => Datum::Unknown,
                });
            }
            Binary::Union | Binary::Intersect => return Ok(left),
            _ => {}
        }
        let (left, right) = (self.scalar(left, at)?, self.scalar(right, at)?);
        Ok(calculate(operator, &left, &right))
    }

    fn call(&mut self, function: &str, arguments: &[Expr], at: Position) -> Run<Datum> {
        match function {
            "IF" => return self.choose_if(arguments, at),
            "CHOOSE" => {
                let Some((which, rest)) = arguments.split_first() else { return Ok(VALUE) };
                let which = self.eval(which, at)?;
                let which = self.scalar(which, at)?.number().and_then(values::whole);
                let chosen = which.and_then(|which| rest.get(which.checked_sub(1)? as usize));
                return chosen.map_or(Ok(Datum::Unknown), |chosen| self.eval(chosen, at));
            }
            "IFS" => return self.choose_ifs(arguments, at),
            "SWITCH" => return self.switch(arguments, at),
            "IFERROR" | "IFNA" => {
                let Some(first) = arguments.first() else { return Ok(VALUE) };
                let value = self.eval(first, at)?;
                let value = self.scalar(value, at)?;
                let is_error = match value {
                    Datum::Error(code) => function == "IFERROR" || code == 0x2A,
                    _ => false,
                };
                return match arguments.get(1).filter(|_| is_error) {
                    Some(other) => self.eval(other, at),
                    None => Ok(value),
                };
            }
            _ => {}
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.eval(argument, at)?);
        }
        self.function(function, &values, at)
    }

    /// The value of a function whose arguments are known.
    pub(in crate::languages::xlm) fn function(&mut self, name: &str, arguments: &[Datum], at: Position) -> Run<Datum> {
        if let Some(value) = self.macro_function(name, arguments, at)? {
            return Ok(value);
        }
        if let Some(value) = self.reference_function(name, arguments, at)? {
            return Ok(value);
        }
        if lists::is_aggregate(name) {
            let values = self.flatten(arguments)?;
            return Ok(lists::aggregate(name, &values));
        }
        if matches!(name, "CONCAT" | "TEXTJOIN") {
            return self.text_join(name, arguments);
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.scalar(argument.clone(), at)?);
        }
        for value in &values {
            self.step(if let Datum::Text(text, _) = value { text.len() } else { 0 })?;
        }
        if let Some(value) = self.moment(name, &values) {
            return Ok(value);
        }
        let value = worksheet::call(name, &values).unwrap_or(Datum::Unknown);
        self.step(if let Datum::Text(text, _) = &value { text.len() } else { 0 })?;
        self.assumed |= matches!(name, "RAND" | "RANDBETWEEN");
        Ok(value)
    }

    fn text_join(&mut self, name: &str, arguments: &[Datum]) -> Run<Datum> {
        if name == "CONCAT" {
            let values = self.flatten(arguments)?;
            return Ok(Datum::join(&values));
        }
        let separator = self.flatten(arguments.get(..1).unwrap_or_default())?;
        let skip = self.flatten(arguments.get(1..2).unwrap_or_default())?.first().and_then(Datum::truth) != Some(false);
        let separator = separator.first().cloned().unwrap_or(Datum::Empty);
        let mut parts = Vec::new();
        for value in self.flatten(arguments.get(2..).unwrap_or_default())? {
            if skip && (value == Datum::Empty || value == Datum::text("")) {
                continue;
            }
            if !parts.is_empty() {
                parts.push(separator.clone());
            }
            parts.push(value);
        }
        Ok(Datum::join(&parts))
    }

    /// Functions of the date.
    fn moment(&mut self, name: &str, arguments: &[Datum]) -> Option<Datum> {
        match name {
            "NOW" | "TODAY" => {
                self.assumed = true;
                let clock = self.out.clock;
                Some(Datum::Number(if name == "NOW" { clock.now() } else { clock.today() }))
            }
            "DAY" | "MONTH" | "YEAR" | "WEEKDAY" | "HOUR" | "MINUTE" | "SECOND" => {
                let moment = arguments.first().cloned().unwrap_or(Datum::Empty);
                if let Datum::Error(_) = moment {
                    return Some(moment);
                }
                self.out.clock.part(name, &moment)
            }
            "TEXT" => {
                let (number, format) = (arguments.first()?.number()?, arguments.get(1)?.known()?);
                let format = format.trim();
                let is_date = !format.is_empty() && format.chars().all(|c| "dmyhsDMYHS-/ .:".contains(c));
                let text = is_date.then(|| self.out.clock.text(number, format)).flatten()?;
                Some(Datum::text(&text))
            }
            _ => None,
        }
    }

    fn choose_if(&mut self, arguments: &[Expr], at: Position) -> Run<Datum> {
        match self.branch(arguments, at)? {
            Ok(branch) => self.eval(branch, at),
            Err(value) => Ok(value),
        }
    }

    /// The value after the first condition that holds.
    fn choose_ifs(&mut self, arguments: &[Expr], at: Position) -> Run<Datum> {
        for pair in arguments.chunks_exact(2) {
            match self.branch(pair, at)? {
                Ok(branch) => return self.eval(branch, at),
                Err(Datum::Bool(_)) => {}
                Err(value) => return Ok(value),
            }
        }
        Ok(NOT_AVAILABLE)
    }

    /// The value after the first one that equals the first argument, or the last argument.
    fn switch(&mut self, arguments: &[Expr], at: Position) -> Run<Datum> {
        let Some((wanted, cases)) = arguments.split_first() else { return Ok(VALUE) };
        let wanted = self.eval(wanted, at)?;
        let wanted = self.scalar(wanted, at)?;
        let mut cases = cases.chunks_exact(2);
        for case in cases.by_ref() {
            let [value, result] = case else { continue };
            let value = self.eval(value, at)?;
            let value = self.scalar(value, at)?;
            match calculate(Binary::Eq, &wanted, &value).truth() {
                Some(true) => return self.eval(result, at),
                Some(false) => {}
                None => return Ok(Datum::Unknown),
            }
        }
        cases.remainder().first().map_or(Ok(NOT_AVAILABLE), |otherwise| self.eval(otherwise, at))
    }

    /// The branch of an `IF`, or what it is worth without one.
    pub(super) fn branch<'e>(&mut self, arguments: &'e [Expr], at: Position) -> Run<Result<&'e Expr, Datum>> {
        let (yes, no) = (arguments.get(1), arguments.get(2));
        let before = std::mem::take(&mut self.assumed);
        let condition = match arguments.first() {
            Some(condition) => {
                let value = self.eval(condition, at)?;
                self.scalar(value, at)?
            }
            None => Datum::Empty,
        };
        let assumed = self.assumed;
        self.assumed |= before;
        let truth = condition.truth();
        if self.passive > 0 && truth.is_none() {
            return Ok(Err(Datum::Unknown));
        }
        // Where nobody knows, the way that goes on.
        let ends = (self.ends(yes, at), self.ends(no, at));
        let prefer = match ends {
            (true, false) => false,
            (false, true) => true,
            _ => truth.unwrap_or(true),
        };
        let truth = if assumed && ends.0 != ends.1 { None } else { truth };
        Ok(match if self.decide(truth, assumed, prefer) { yes } else { no } {
            Some(Expr::Missing) => Err(Datum::Number(0.0)),
            Some(branch) => Ok(branch),
            None => Err(Datum::Bool(arguments.len() < 2)),
        })
    }

    /// Whether an expression ends the macro.
    fn ends(&self, expr: Option<&Expr>, at: Position) -> bool {
        let Some(Expr::Call { function, arguments }) = expr.map(bare) else { return false };
        let closes = |function: &str| {
            matches!(function, "CLOSE" | "FILE.CLOSE" | "CLOSE.ALL" | "QUIT" | "HALT" | "RETURN" | "ALERT" | "BREAK")
        };
        if closes(function) {
            return true;
        }
        let target = match arguments.first() {
            Some(Expr::Cell(cell)) if matches!(function.as_str(), "GOTO" | "RUN") => self.area(cell, cell, at),
            _ => None,
        };
        let formula = target.and_then(|area| self.formula(area.first));
        formula.is_some_and(|formula| matches!(bare(&formula), Expr::Call { function, .. } if closes(function)))
    }

    /// A call of a macro, or of a registered procedure, by name or cell.
    fn invoke(&mut self, target: &Expr, arguments: &[Expr], at: Position) -> Run<Datum> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.eval(argument, at)?);
        }
        let target = match target {
            Expr::Name(name) => {
                if let Some(procedure) = self.procedures.get(&name.to_lowercase()).copied() {
                    return self.native(procedure, &values, at);
                }
                match self.name(name, at)? {
                    Some(target) => target,
                    None if functions::is_function(&name.to_uppercase()) => {
                        return self.function(&name.to_uppercase(), &values, at);
                    }
                    None => {
                        self.out.lost |= self.passive == 0;
                        return Ok(Datum::Unknown);
                    }
                }
            }
            other => self.eval(other, at)?,
        };
        match target {
            Datum::Area(area) if self.passive == 0 => self.run(area.first, values.into()),
            Datum::Number(_) => match self.registration(&target) {
                Some(procedure) => self.native(procedure, &values, at),
                None => Ok(VALUE),
            },
            _ => {
                self.out.lost |= self.passive == 0;
                Ok(Datum::Unknown)
            }
        }
    }
}

/// An expression without the signs that change nothing.
pub(super) fn bare(expr: &Expr) -> &Expr {
    let mut expr = expr;
    while let Expr::Unary { operator: Unary::Plus | Unary::Paren | Unary::Intersection, operand } = expr {
        expr = operand;
    }
    expr
}

/// Whether Excel computes a formula each time.
pub(super) fn is_volatile(expr: &Expr) -> bool {
    match expr {
        Expr::Call { function, arguments } => {
            matches!(function.as_str(), "NOW" | "TODAY" | "RAND" | "RANDBETWEEN" | "INDIRECT" | "OFFSET")
                || arguments.iter().any(is_volatile)
        }
        Expr::Unary { operand, .. } => is_volatile(operand),
        Expr::Binary { left, right, .. } => is_volatile(left) || is_volatile(right),
        Expr::Join(parts) => parts.iter().any(is_volatile),
        _ => false,
    }
}

/// The smallest area around two.
fn around(a: Area, b: Area) -> Area {
    let end = |area: Area| area.at(area.rows.saturating_sub(1), area.columns.saturating_sub(1));
    let (row, column) = (a.first.row.min(b.first.row), a.first.column.min(b.first.column));
    let (last_row, last_column) = (end(a).row.max(end(b).row), end(a).column.max(end(b).column));
    Area {
        first: Position { sheet: a.first.sheet, row, column },
        rows: last_row.saturating_sub(row).saturating_add(1),
        columns: last_column.saturating_sub(column).saturating_add(1),
    }
}

/// The value of an operator between two single values.
pub(in crate::languages::xlm) fn calculate(operator: Binary, left: &Datum, right: &Datum) -> Datum {
    for side in [left, right] {
        if let Datum::Error(_) = side {
            return side.clone();
        }
    }
    match operator {
        Binary::Lt | Binary::Le | Binary::Eq | Binary::Ge | Binary::Gt | Binary::Ne => compare(operator, left, right),
        Binary::Concat => Datum::join(&[left.clone(), right.clone()]),
        _ => {
            if !left.is_known() || !right.is_known() {
                return Datum::Unknown;
            }
            let (Some(a), Some(b)) = (left.number(), right.number()) else { return VALUE };
            let value = match operator {
                Binary::Add => a + b,
                Binary::Sub => a - b,
                Binary::Mul => a * b,
                Binary::Div if b == 0.0 => return Datum::Error(0x07),
                Binary::Div => a / b,
                _ => a.powf(b),
            };
            if value.is_finite() { Datum::Number(value) } else { values::NUMBER }
        }
    }
}

/// Numbers come before texts, texts before truth values; case does not count.
fn compare(operator: Binary, left: &Datum, right: &Datum) -> Datum {
    use std::cmp::Ordering;
    if !left.is_known() || !right.is_known() {
        return Datum::Unknown;
    }
    let like = |value: &Datum, other: &Datum| match (value, other) {
        (Datum::Empty, Datum::Text(..)) => Datum::text(""),
        (Datum::Empty, Datum::Bool(_)) => Datum::Bool(false),
        (Datum::Empty, _) => Datum::Number(0.0),
        _ => value.clone(),
    };
    let rank = |value: &Datum| match value {
        Datum::Number(_) => 0,
        Datum::Text(..) => 1,
        _ => 2,
    };
    let (left, right) = (like(left, right), like(right, left));
    let order = match (&left, &right) {
        (Datum::Number(a), Datum::Number(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Datum::Text(a, _), Datum::Text(b, _)) => a.to_lowercase().cmp(&b.to_lowercase()),
        (Datum::Bool(a), Datum::Bool(b)) => a.cmp(b),
        _ => rank(&left).cmp(&rank(&right)),
    };
    Datum::Bool(match operator {
        Binary::Lt => order.is_lt(),
        Binary::Le => order.is_le(),
        Binary::Eq => order.is_eq(),
        Binary::Ge => order.is_ge(),
        Binary::Gt => order.is_gt(),
        _ => order.is_ne(),
    })
}
