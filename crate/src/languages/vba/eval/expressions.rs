//! Expressions ([MS-VBAL] 5.6).

use super::ast::{Argument, Expression, Operator};
use super::parse::{DEPTH, Parser};
use super::value::{Value, parse, radix};
use crate::languages::vba::lexer::Kind;

/// Rank of the comparisons; `Not` stands below, joining and computing above.
pub(super) const COMPARISON: u8 = 6;
const NEGATION: u8 = 12;

impl Parser<'_, '_> {
    pub(super) fn operator(&self) -> Option<(Operator, u8)> {
        use Operator::{
            Add, And, Concatenate, Divide, Equal, Eqv, Imp, IntegerDivide, Is, Less, LessOrEqual, Like, Modulo, More,
            MoreOrEqual, Multiply, Or, Power, Subtract, Unequal, Xor,
        };
        Some(match self.kind() {
            Kind::Name => match self.code.text(self.at).to_ascii_lowercase().as_str() {
                "imp" => (Imp, 0),
                "eqv" => (Eqv, 1),
                "xor" => (Xor, 2),
                "or" => (Or, 3),
                "and" => (And, 4),
                "is" => (Is, COMPARISON),
                "like" => (Like, COMPARISON),
                "mod" => (Modulo, 9),
                _ => return None,
            },
            Kind::Mark => match self.code.text(self.at) {
                "=" => (Equal, COMPARISON),
                "<>" => (Unequal, COMPARISON),
                "<" => (Less, COMPARISON),
                ">" => (More, COMPARISON),
                "<=" => (LessOrEqual, COMPARISON),
                ">=" => (MoreOrEqual, COMPARISON),
                "&" => (Concatenate, 7),
                "+" => (Add, 8),
                "-" => (Subtract, 8),
                "\\" => (IntegerDivide, 10),
                "*" => (Multiply, 11),
                "/" => (Divide, 11),
                "^" => (Power, 13),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Takes an operator; `= <`, `> <` and the like are one.
    pub(super) fn skip_operator(&mut self) {
        self.skip();
    }

    /// Operators of at least this rank.
    pub(super) fn expression(&mut self, least: u8) -> Expression {
        if self.depth > DEPTH {
            self.tear();
            self.skip_argument();
            return Expression::Unreadable;
        }
        self.depth = self.depth.saturating_add(1);
        let mut left = self.operand();
        let mut last = u8::MAX;
        while let Some((operator, rank)) = self.operator().filter(|(_, rank)| !self.lost && *rank >= least) {
            self.skip_operator();
            let right = self.expression(rank.saturating_add(1));
            left = match left {
                Expression::Operators(first, mut rest) if last == rank => {
                    if rest.len() == rest.capacity() {
                        rest.reserve_exact((rest.len() / 2).max(2));
                    }
                    rest.push((operator, right));
                    Expression::Operators(first, rest)
                }
                left => Expression::Operators(Box::new(left), vec![(operator, right)]),
            };
            last = rank;
        }
        self.depth = self.depth.saturating_sub(1);
        left
    }

    /// To the end of what cannot be read: a comma or parenthesis of the same level.
    fn skip_argument(&mut self) {
        while !self.ends() && !self.is_mark(",") && !self.is_mark(")") && !self.is("then") {
            let close = self.code.pair(self.at).filter(|close| *close > self.at && *close < self.end);
            self.at = close.unwrap_or(self.at).saturating_add(1);
        }
    }

    fn operand(&mut self) -> Expression {
        // Twice, for the list or box it comes to stand in.
        self.take_room(size_of::<Expression>().saturating_mul(2));
        let at = u32::try_from(self.at).unwrap_or(u32::MAX);
        match self.kind() {
            Kind::Text => {
                let text = self.code.string(self.at);
                self.take_room(text.as_ref().map_or(0, String::len).saturating_add(32));
                self.skip();
                Expression::Literal(text.map_or(Value::Unknown, |text| Value::text(&text)))
            }
            Kind::Number => {
                let value = self.number();
                self.skip();
                Expression::Literal(value)
            }
            Kind::Date => {
                let date = super::dates::read(self.code.text(self.at).trim_matches('#'), true);
                self.skip();
                Expression::Literal(date.map_or(Value::Unknown, Value::Date))
            }
            Kind::Mark => match self.code.text(self.at) {
                "-" => {
                    self.skip();
                    match self.expression(NEGATION) {
                        Expression::Literal(Value::Int(n)) => Expression::Literal(Value::Int(n.saturating_neg())),
                        Expression::Literal(Value::Real(n)) => Expression::Literal(Value::Real(-n)),
                        other => Expression::Negative(Box::new(other)),
                    }
                }
                "+" => {
                    self.skip();
                    self.expression(NEGATION)
                }
                "(" => {
                    self.skip();
                    let inner = self.expression(0);
                    if !self.take_mark(")") {
                        self.tear();
                    }
                    self.members(inner, false)
                }
                "." | "!" => self.primary(false),
                _ => self.unreadable(),
            },
            Kind::Name => match self.code.text(self.at).to_ascii_lowercase().as_str() {
                _ if self.code.is_foreign(self.at) => self.primary(false),
                "not" => {
                    self.skip();
                    Expression::Not(Box::new(self.expression(COMPARISON.saturating_sub(1))))
                }
                "byval" => {
                    self.skip();
                    self.operand()
                }
                "new" => {
                    self.skip();
                    let mut name = self.code.name(self.at).to_owned();
                    self.skip();
                    while self.take_mark(".") {
                        name = format!("{name}.{}", self.code.name(self.at));
                        self.skip();
                    }
                    Expression::New(name.as_str().into(), at)
                }
                "typeof" => {
                    self.skip();
                    self.primary(false);
                    if self.take("is") {
                        self.primary(false);
                    }
                    Expression::Literal(Value::Unknown)
                }
                "addressof" => {
                    self.skip();
                    self.primary(false);
                    Expression::Address
                }
                _ => self.primary(false),
            },
            Kind::End => self.unreadable(),
        }
    }

    fn unreadable(&mut self) -> Expression {
        self.tear();
        Expression::Unreadable
    }

    fn number(&self) -> Value {
        let text = self.code.text(self.at);
        let suffix = self.code.behind(self.at);
        let lower = text.to_ascii_lowercase();
        let long = matches!(suffix, Some('&' | '^'));
        let base =
            lower.strip_prefix("&h").map(|digits| (digits, 16)).or(lower.strip_prefix("&o").map(|digits| (digits, 8)));
        if let Some((digits, base)) = base {
            return radix(digits, base, long).map_or(Value::Unknown, Value::Int);
        }
        let whole = lower.bytes().all(|b| b.is_ascii_digit()) && !matches!(suffix, Some('#' | '!' | '@'));
        match lower.parse() {
            Ok(n) if whole => Value::Int(n),
            _ => parse(&lower).map_or(Value::Unknown, Value::Real),
        }
    }

    /// A name with its members and arguments (5.6.10 to 5.6.15). At the head of a statement, parentheses may belong to
    /// the first argument.
    pub(super) fn primary(&mut self, statement: bool) -> Expression {
        let at = u32::try_from(self.at).unwrap_or(u32::MAX);
        let first = if self.is_mark("(") {
            return self.operand();
        } else if self.take_mark(".") {
            let name = self.code.name(self.at);
            self.skip();
            Expression::Member(None, name.into(), at.saturating_add(1))
        } else if self.take_mark("!") {
            let name = self.code.text(self.at).to_owned();
            self.skip();
            let default = Expression::Member(None, "item".into(), at);
            return self.members(call(default, Expression::Literal(Value::text(&name)), at), statement);
        } else if self.kind() != Kind::Name {
            return self.unreadable();
        } else if self.code.is_foreign(self.at) && !is_plain_name(self.code.text(self.at)) {
            let text = self.code.text(self.at);
            self.skip();
            Expression::Foreign(text.into(), at)
        } else {
            let name = self.code.name(self.at);
            // `[secret]`: a name of the workbook, unless the procedure knows it.
            let foreign = !statement && self.code.is_foreign(self.at) && !self.knows(name);
            self.skip();
            match name {
                "me" => Expression::Me,
                "true" => Expression::Literal(Value::Bool(true)),
                "false" => Expression::Literal(Value::Bool(false)),
                "nothing" => Expression::Literal(Value::Nothing),
                "null" => Expression::Literal(Value::Null),
                "empty" => Expression::Literal(Value::Empty),
                _ if foreign && !self.is_mark("(") && !self.is_mark(".") => Expression::Foreign(name.into(), at),
                _ => Expression::Name(self.symbol(name), at),
            }
        };
        self.members(first, statement)
    }

    fn members(&mut self, first: Expression, statement: bool) -> Expression {
        let mut left = first;
        let mut links = 0_u32;
        loop {
            links = links.saturating_add(1);
            if links > DEPTH {
                self.tear();
                self.skip_argument();
                return Expression::Unreadable;
            }
            let at = u32::try_from(self.at).unwrap_or(u32::MAX);
            let next = self.at.saturating_add(1);
            let joined = self.code.is_joined(self.at);
            if self.is_mark(".") && joined && self.code.kind(next) == Kind::Name {
                self.skip();
                let name = self.code.name(self.at);
                self.skip();
                left = Expression::Member(Some(Box::new(left)), name.into(), at.saturating_add(1));
            } else if self.is_mark("!") && joined && self.code.kind(next) == Kind::Name {
                self.skip();
                let name = self.code.text(self.at).to_owned();
                self.skip();
                left = call(left, Expression::Literal(Value::text(&name)), at);
            } else if self.is_mark("(") {
                let Some(close) = self.code.pair(self.at).filter(|close| *close < self.end) else { return left };
                if statement && self.belongs_to_argument(close) {
                    return left;
                }
                self.skip();
                let arguments = self.arguments();
                if self.at != close {
                    self.tear();
                }
                self.at = close.saturating_add(1);
                left = Expression::Call(Box::new(left), arguments, at);
            } else {
                return left;
            }
        }
    }

    /// `x.Run (a) & b`, `x.Run (a), b`
    fn belongs_to_argument(&self, close: usize) -> bool {
        let next = close.saturating_add(1);
        if next >= self.end || self.code.kind(next) == Kind::End || self.in_line_end(next) {
            return false;
        }
        !["=", ".", "!", "(", ":"].iter().any(|mark| self.code.is_mark(next, mark))
    }

    fn in_line_end(&self, at: usize) -> bool {
        self.code.is(at, "else")
    }

    /// Arguments up to `)` or the end of the statement.
    pub(super) fn arguments(&mut self) -> Vec<Argument> {
        let mut arguments = Vec::new();
        loop {
            if self.lost || self.ends() || self.is_mark(")") {
                return arguments;
            }
            if arguments.len() == arguments.capacity() {
                arguments.reserve_exact((arguments.len() / 2).max(1));
            }
            if self.take_mark(",") || self.take_mark(";") {
                arguments.push(Argument { name: None, value: None });
                continue;
            }
            let next = self.at.saturating_add(1);
            let name = (self.kind() == Kind::Name && self.code.is_mark(next, ":=")).then(|| {
                let name = self.code.name(self.at);
                self.skip();
                self.skip();
                name.into()
            });
            // `Input(n, #1)`
            self.take_mark("#");
            let start = self.at;
            let boxed = self.is_mark("(");
            let mut value = self.expression(0);
            // `(name)` is a value; what is done to it is not done to the variable.
            if boxed && matches!(value, Expression::Name(..)) && self.at > start.saturating_add(2) {
                value = Expression::Operators(Box::new(value), Vec::new());
            }
            arguments.push(Argument { name, value: Some(value) });
            if self.take_mark(",") || self.take_mark(";") {
                continue;
            }
            if self.at == start || !(self.ends() || self.is_mark(")")) {
                self.tear();
                self.skip_argument();
                if !self.take_mark(",") {
                    return arguments;
                }
            }
        }
    }
}

/// Whether what stood between brackets is a name, and no cell or formula.
fn is_plain_name(text: &str) -> bool {
    let cell = text.len() < 12
        && text.ends_with(|c: char| c.is_ascii_digit())
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.trim_start_matches(|c: char| c.is_ascii_alphabetic()).bytes().all(|b| b.is_ascii_digit());
    !cell && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn call(callee: Expression, argument: Expression, at: u32) -> Expression {
    Expression::Call(Box::new(callee), vec![Argument { name: None, value: Some(argument) }], at)
}
