//! Values: text in every kind of quotes, numbers, variables, types, tables.

use super::{Expr, NESTING, Parser, is_double, is_name, is_single};

impl Parser {
    /// `[name]`, without blanks and backticks, lower case.
    pub(super) fn type_name(&mut self) -> Option<String> {
        self.eat('[');
        let (mut name, mut open) = (String::new(), 0_usize);
        loop {
            match self.next()? {
                '[' => {
                    open = open.saturating_add(1);
                    name.push('[');
                }
                ']' if open == 0 => return Some(name),
                ']' => {
                    open = open.saturating_sub(1);
                    name.push(']');
                }
                '`' => {}
                c if c.is_whitespace() => {}
                c if name.len() < 512 => name.extend(c.to_lowercase()),
                _ => {}
            }
        }
    }

    pub(super) fn primary(&mut self) -> Option<Expr> {
        if self.depth >= NESTING {
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = self.primary_inner();
        self.depth = self.depth.saturating_sub(1);
        result
    }

    pub(super) fn primary_inner(&mut self) -> Option<Expr> {
        let first = self.peek()?;
        match first {
            '(' => {
                self.next();
                let statements = self.statements();
                self.eat(')');
                Some(Expr::Statements(statements, false))
            }
            '{' => self.block().map(Expr::Block),
            '$' if self.ahead(1) == Some('(') => {
                self.next();
                self.next();
                let statements = self.statements();
                self.eat(')');
                Some(Expr::Statements(statements, false))
            }
            '$' => self.variable(),
            '@' => match self.ahead(1) {
                Some('(') => {
                    self.next();
                    self.next();
                    let statements = self.statements();
                    self.eat(')');
                    Some(Expr::Statements(statements, true))
                }
                Some('{') => self.hash(),
                Some(c) if is_single(c) || is_double(c) => Some(self.here_string(is_single(c))),
                _ => {
                    self.next();
                    self.variable_name().map(Expr::Variable)
                }
            },
            '[' => self.type_name().map(Expr::Type),
            c if is_single(c) => Some(self.literal()),
            c if is_double(c) => {
                self.next();
                Some(self.interpolated(false))
            }
            c if c.is_ascii_digit() => self.number(),
            _ => {
                // A bare word where a value should be: `-f foo`.
                let word: String = self.word_ahead();
                if word.is_empty() {
                    return None;
                }
                self.at = self.at.saturating_add(word.len());
                Some(Expr::Text(word.into()))
            }
        }
    }

    pub(super) fn number(&mut self) -> Option<Expr> {
        let mut digits = String::new();
        let hex = self.peek() == Some('0') && matches!(self.ahead(1), Some('x' | 'X'));
        if hex {
            self.next();
            self.next();
        }
        while let Some(c) = self.peek().filter(|c| if hex { c.is_ascii_hexdigit() } else { c.is_ascii_digit() }) {
            self.next();
            digits.push(c);
        }
        let mut value = i64::from_str_radix(&digits, if hex { 16 } else { 10 }).unwrap_or(0);
        // A fraction is cut: no text depends on it.
        if !hex && self.peek() == Some('.') && self.ahead(1).is_some_and(|c| c.is_ascii_digit()) {
            self.next();
            while self.peek().is_some_and(|c| c.is_ascii_digit()) {
                self.next();
            }
        }
        for (unit, factor) in [("kb", 1024_i64), ("mb", 1 << 20), ("gb", 1 << 30)] {
            if self.sees(unit) {
                self.next();
                self.next();
                value = value.saturating_mul(factor);
            }
        }
        if matches!(self.peek(), Some('l' | 'L' | 'd' | 'D')) && !self.ahead(1).is_some_and(is_name) {
            self.next();
        }
        Some(Expr::Number(value))
    }

    pub(super) fn variable(&mut self) -> Option<Expr> {
        if !self.eat('$') {
            return None;
        }
        self.variable_name().map(Expr::Variable)
    }

    pub(super) fn variable_name(&mut self) -> Option<String> {
        let mut name = String::new();
        if self.eat('{') {
            while let Some(c) = self.next() {
                match c {
                    '}' => break,
                    '`' => name.extend(self.next()),
                    c => name.push(c),
                }
            }
        } else {
            if let c @ ('$' | '?' | '^') = self.peek()? {
                self.next();
                return Some(c.to_string());
            }
            while let Some(c) = self.peek() {
                let scope = c == ':' && self.ahead(1).is_some_and(is_name) && !name.contains(':') && !name.is_empty();
                if !is_name(c) && !scope {
                    break;
                }
                self.next();
                name.push(c);
            }
            // `$env:ProgramFiles(x86)` needs braces, `$x:` does not end a name.
        }
        let name = name.to_lowercase();
        let name = ["global:", "script:", "local:", "private:", "variable:"]
            .iter()
            .find_map(|scope| name.strip_prefix(scope))
            .map_or_else(|| name.clone(), str::to_owned);
        (!name.is_empty()).then_some(name)
    }

    /// `'…'`
    pub(super) fn literal(&mut self) -> Expr {
        self.next();
        let mut text = String::new();
        while let Some(c) = self.next() {
            if is_single(c) {
                if self.peek().is_some_and(is_single) {
                    self.next();
                } else {
                    break;
                }
                text.push('\'');
            } else {
                text.push(c);
            }
        }
        Expr::Text(text.into())
    }

    /// `"…"` behind its first quote, or a here-string.
    pub(super) fn interpolated(&mut self, here: bool) -> Expr {
        let mut parts: Vec<Expr> = Vec::new();
        let mut text = String::new();
        while let Some(c) = self.peek() {
            match c {
                '\n' if here && self.ahead(1).is_some_and(is_double) && self.ahead(2) == Some('@') => {
                    self.at = self.at.saturating_add(3);
                    break;
                }
                c if is_double(c) && !here => {
                    self.next();
                    if self.peek().is_some_and(is_double) {
                        self.next();
                        text.push('"');
                        continue;
                    }
                    break;
                }
                '`' => {
                    self.next();
                    if let Some(escaped) = self.next() {
                        text.push(match escaped {
                            'n' => '\n',
                            'r' => '\r',
                            't' => '\t',
                            '0' => '\0',
                            'a' => '\u{7}',
                            'b' => '\u{8}',
                            'f' => '\u{C}',
                            'v' => '\u{B}',
                            c => c,
                        });
                    }
                }
                '$' if self.ahead(1).is_some_and(|c| is_name(c) || matches!(c, '(' | '{')) => {
                    let mark = self.at;
                    match self.primary() {
                        Some(value) => {
                            parts.push(Expr::Text(std::mem::take(&mut text).into()));
                            parts.push(value);
                        }
                        None => {
                            self.at = mark.saturating_add(1);
                            text.push('$');
                        }
                    }
                }
                c => {
                    self.next();
                    text.push(c);
                }
            }
        }
        if here && text.ends_with('\r') {
            text.pop();
        }
        if parts.is_empty() {
            return Expr::Text(text.into());
        }
        parts.push(Expr::Text(text.into()));
        Expr::Parts(parts)
    }

    /// `@'` … `'@`
    pub(super) fn here_string(&mut self, plain: bool) -> Expr {
        self.next();
        self.next();
        while self.peek().is_some_and(|c| c != '\n') {
            self.next();
        }
        if !plain {
            self.next();
            return self.interpolated(true);
        }
        self.next();
        let mut text = String::new();
        while let Some(c) = self.next() {
            if c == '\n' && self.peek().is_some_and(is_single) && self.ahead(1) == Some('@') {
                self.next();
                self.next();
                break;
            }
            text.push(c);
        }
        if text.ends_with('\r') {
            text.pop();
        }
        Expr::Text(text.into())
    }

    /// `@{ key = value; … }`
    pub(super) fn hash(&mut self) -> Option<Expr> {
        self.next();
        self.next();
        let mut entries = Vec::new();
        loop {
            self.blanks(true);
            while self.eat(';') {
                self.blanks(true);
            }
            if self.eat('}') || self.peek().is_none() || entries.len() > 4096 {
                return Some(Expr::Hash(entries));
            }
            let mut word = String::new();
            while let Some(c) = self.peek().filter(|c| is_name(*c)) {
                self.next();
                word.push(c);
            }
            let key = if word.is_empty() { self.unary()? } else { Expr::Text(word.into()) };
            self.blanks(true);
            self.eat('=').then_some(())?;
            self.blanks(true);
            let value = self.statement()?;
            entries.push((key, Expr::Statements(vec![value], false)));
        }
    }
}
