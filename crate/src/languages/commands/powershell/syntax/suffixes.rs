//! Members, calls and indexes behind a value.

use super::{Expr, NESTING, Parser, Suffix, is_dash, is_double, is_name, is_single, rank};

impl Parser {
    /// Members, calls and indexes behind a value.
    pub(super) fn suffixes(&mut self, value: Expr, argument: bool) -> Expr {
        let mut suffixes = Vec::new();
        loop {
            let mark = self.at;
            let is_type = suffixes.is_empty() && matches!(value, Expr::Type(_));
            let Some(c) = self.peek() else { break };
            if c == '[' {
                self.next();
                self.blanks(true);
                let index = self.binary(0);
                self.blanks(true);
                while self.peek().is_some_and(|c| c != ']') && index.is_none() {
                    self.next();
                }
                self.eat(']');
                suffixes.push(Suffix::Index(index.unwrap_or(Expr::Gap)));
                continue;
            }
            let double = c == ':' && self.ahead(1) == Some(':');
            if double || c == '.' && self.ahead(1) != Some('.') || is_type && c == ':' {
                self.next();
                if double {
                    self.next();
                }
                if !argument {
                    self.blanks(true);
                }
                let Some(name) = self.member_name() else {
                    self.at = mark;
                    break;
                };
                if self.peek() == Some('(') {
                    self.next();
                    let arguments = self.call_arguments();
                    suffixes.push(Suffix::Call(name, arguments));
                } else {
                    suffixes.push(Suffix::Member(name));
                }
                continue;
            }
            if !argument && (c == '+' && self.ahead(1) == Some('+') || is_dash(c) && self.ahead(1).is_some_and(is_dash))
            {
                self.next();
                self.next();
                suffixes.push(Suffix::Step(if c == '+' { 1 } else { -1 }));
                continue;
            }
            break;
        }
        if suffixes.is_empty() { value } else { Expr::Suffixed(Box::new(value), suffixes) }
    }

    pub(super) fn member_name(&mut self) -> Option<Expr> {
        match self.peek()? {
            c if is_single(c) => Some(self.literal()),
            c if is_double(c) => {
                self.next();
                Some(self.interpolated(false))
            }
            '$' | '(' => self.primary(),
            _ => {
                let mut name = String::new();
                while let Some(c) = self.peek().filter(|c| is_name(*c) || *c == '`') {
                    self.next();
                    if c != '`' {
                        name.push(c);
                    }
                }
                (!name.is_empty()).then(|| Expr::Text(name.into()))
            }
        }
    }

    pub(super) fn call_arguments(&mut self) -> Vec<Expr> {
        let mut arguments = Vec::new();
        loop {
            self.blanks(true);
            if self.eat(')') || self.peek().is_none() {
                return arguments;
            }
            if self.eat(',') {
                // `f(,$x)` gives an array of one.
                if arguments.is_empty()
                    && let Some(item) = self.no_comma()
                {
                    arguments.push(Expr::Array(vec![item]));
                }
                continue;
            }
            let before = self.at;
            match self.no_comma() {
                Some(argument) if arguments.len() < 4096 => arguments.push(argument),
                _ => {}
            }
            if self.at == before {
                self.next();
            }
        }
    }

    /// An expression up to the next comma: in a call a comma parts arguments.
    pub(super) fn no_comma(&mut self) -> Option<Expr> {
        if self.depth >= NESTING {
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = self.no_comma_inner();
        self.depth = self.depth.saturating_sub(1);
        result
    }

    pub(super) fn no_comma_inner(&mut self) -> Option<Expr> {
        let mut left = self.unary()?;
        let mut rest: Vec<(String, Expr)> = Vec::new();
        let mut ranks: Vec<u8> = Vec::new();
        loop {
            let mark = self.at;
            self.blanks(true);
            let Some((operator, length)) = self.operator() else {
                self.at = mark;
                break;
            };
            self.at = self.at.saturating_add(length);
            self.blanks(true);
            // Behind `-f`, `-split` and `-replace` the comma would be theirs, but in a call it is not.
            let Some(right) = self.unary() else { break };
            ranks.push(rank(&operator).unwrap_or(0));
            rest.push((operator, right));
        }
        // By rank, the highest first; each pass joins neighbours.
        for rank in (1..=7).rev() {
            if !ranks.contains(&rank) {
                continue;
            }
            let (mut new_rest, mut new_ranks) = (Vec::new(), Vec::new());
            let mut current = left;
            let mut first = None;
            for ((operator, right), own) in rest.into_iter().zip(ranks) {
                if own == rank {
                    current = match current {
                        Expr::Chain(head, mut tail)
                            if tail.last().is_some_and(|(o, _)| self::rank(o) == Some(rank)) =>
                        {
                            tail.push((operator, right));
                            Expr::Chain(head, tail)
                        }
                        other => Expr::Chain(Box::new(other), vec![(operator, right)]),
                    };
                } else {
                    push(&mut first, &mut new_rest, current);
                    new_rest.push((operator, Expr::Gap));
                    new_ranks.push(own);
                    current = right;
                }
            }
            push(&mut first, &mut new_rest, current);
            left = first.unwrap_or(Expr::Gap);
            rest = new_rest;
            ranks = new_ranks;
        }
        Some(left)
    }
}

/// Puts a finished operand where it belongs: first of all, or behind the last operator.
fn push(first: &mut Option<Expr>, rest: &mut [(String, Expr)], operand: Expr) {
    match rest.last_mut() {
        Some((_, place)) => *place = operand,
        None => *first = Some(operand),
    }
}
