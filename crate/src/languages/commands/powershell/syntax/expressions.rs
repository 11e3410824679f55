//! Operators by their rank, and what stands before a value: signs and casts.

use super::{Expr, NESTING, Parser, is_dash, is_double, is_name, is_single, rank};

impl Parser {
    /// An operator at this place, without moving, and its length.
    pub(super) fn operator(&self) -> Option<(String, usize)> {
        let first = self.peek()?;
        if is_dash(first) {
            let letters: String = self
                .chars
                .get(self.at.saturating_add(1)..)
                .unwrap_or_default()
                .iter()
                .take(12)
                .take_while(|c| c.is_ascii_alphabetic())
                .collect::<String>()
                .to_ascii_lowercase();
            if letters.is_empty() {
                let follows = self.ahead(1);
                let assigns = follows == Some('=') || follows.is_some_and(is_dash);
                return (!assigns).then(|| ("-".to_owned(), 1));
            }
            return rank(&letters).map(|_| (letters.clone(), letters.len().saturating_add(1)));
        }
        match first {
            '+' if !matches!(self.ahead(1), Some('=' | '+')) => Some(("+".into(), 1)),
            c @ ('*' | '/' | '%') if self.ahead(1) != Some('=') => Some((c.to_string(), 1)),
            '.' if self.ahead(1) == Some('.') => Some(("..".into(), 2)),
            _ => None,
        }
    }

    /// Operators of at least this rank.
    pub(super) fn binary(&mut self, least: u8) -> Option<Expr> {
        if self.depth >= NESTING {
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = self.binary_inner(least);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    pub(super) fn binary_inner(&mut self, least: u8) -> Option<Expr> {
        let mut left = self.array()?;
        let mut left_rank = u8::MAX;
        loop {
            let mark = self.at;
            // Inside brackets a line may end before an operator, too; obfuscation does it.
            self.blanks(false);
            let Some((operator, length)) = self.operator() else {
                self.at = mark;
                return Some(left);
            };
            let Some(rank) = rank(&operator).filter(|rank| *rank >= least) else {
                self.at = mark;
                return Some(left);
            };
            self.at = self.at.saturating_add(length);
            self.blanks(true);
            let Some(right) = self.binary(rank.saturating_add(1)) else { return Some(left) };
            match &mut left {
                Expr::Chain(_, rest) if left_rank == rank => rest.push((operator, right)),
                _ => {
                    left = Expr::Chain(Box::new(left), vec![(operator, right)]);
                    left_rank = rank;
                }
            }
        }
    }

    /// Items with commas between them.
    pub(super) fn array(&mut self) -> Option<Expr> {
        self.blanks(true);
        if self.eat(',') {
            let item = self.unary()?;
            return Some(Expr::Array(vec![item]));
        }
        let first = self.unary()?;
        let mut items = vec![first];
        loop {
            let mark = self.at;
            self.blanks(false);
            if !self.eat(',') {
                self.at = mark;
                break;
            }
            self.blanks(true);
            match self.unary() {
                Some(item) => items.push(item),
                None => break,
            }
        }
        if items.len() == 1 { items.pop() } else { Some(Expr::Array(items)) }
    }

    pub(super) fn unary(&mut self) -> Option<Expr> {
        if self.depth >= NESTING {
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = self.unary_inner();
        self.depth = self.depth.saturating_sub(1);
        result
    }

    pub(super) fn unary_inner(&mut self) -> Option<Expr> {
        self.blanks(true);
        let first = self.peek()?;
        if is_dash(first) {
            for name in ["join", "split", "isplit", "csplit", "not", "bnot"] {
                self.at = self.at.saturating_add(1);
                let found = self.sees(name) && !self.ahead(name.len()).is_some_and(is_name);
                if found {
                    self.at = self.at.saturating_add(name.len());
                    self.blanks(true);
                    let name = if name.ends_with("split") { "split" } else { name };
                    return Some(Expr::Unary(name.into(), Box::new(self.unary()?)));
                }
                self.at = self.at.saturating_sub(1);
            }
            self.next();
            if self.peek().is_some_and(is_dash) {
                self.next();
            }
            return Some(Expr::Unary("-".into(), Box::new(self.unary()?)));
        }
        match first {
            '!' => {
                self.next();
                Some(Expr::Unary("not".into(), Box::new(self.unary()?)))
            }
            '+' => {
                self.next();
                self.eat('+');
                self.unary()
            }
            '[' => {
                let name = self.type_name()?;
                // A cast if a value follows on the line.
                let mark = self.at;
                self.blanks(false);
                let casts = self.peek().is_some_and(|c| {
                    matches!(c, '$' | '(' | '[' | '@' | '{')
                        || is_single(c)
                        || is_double(c)
                        || c.is_ascii_digit()
                        || c == ',' && name.ends_with(']')
                        || is_dash(c) && self.ahead(1).is_some_and(|c| c.is_ascii_digit() || c == '(')
                        || is_dash(c) && (self.at.saturating_add(1) < self.chars.len()) && {
                            let ahead: String = self
                                .chars
                                .get(self.at.saturating_add(1)..)
                                .unwrap_or_default()
                                .iter()
                                .take(4)
                                .collect();
                            ahead.eq_ignore_ascii_case("join")
                        }
                });
                if casts && let Some(value) = self.unary() {
                    return Some(Expr::Cast(name, Box::new(value)));
                }
                self.at = mark;
                Some(self.suffixes(Expr::Type(name), false))
            }
            _ => {
                let value = self.primary()?;
                Some(self.suffixes(value, false))
            }
        }
    }
}
