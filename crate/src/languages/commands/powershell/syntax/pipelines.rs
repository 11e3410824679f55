//! Commands and their arguments: the other half of the language, where a word needs no quotes.

use super::{Argument, Command, Expr, Parser, Stage, is_dash, is_double, is_name, is_single};

impl Parser {
    pub(super) fn stage(&mut self) -> Option<Stage> {
        let first = self.peek()?;
        let value = match first {
            '$' | '(' | '[' | '!' | ',' | '{' => true,
            '@' => matches!(self.ahead(1), Some('(' | '{' | '\'' | '"')),
            c if is_single(c) || is_double(c) || c.is_ascii_digit() => true,
            c if is_dash(c) || c == '+' => true,
            _ => false,
        };
        if value {
            let value = self.binary(0)?;
            self.redirections();
            return Some(Stage::Value(value));
        }
        self.command().map(Stage::Command)
    }

    pub(super) fn command(&mut self) -> Option<Command> {
        if matches!(self.peek(), Some('&' | '.'))
            && !self.ahead(1).is_some_and(|c| matches!(c, '\\' | '/' | '.') || c.is_ascii_digit())
        {
            self.next();
            self.blanks(false);
        }
        let Some(Argument::Value(name)) = self.argument() else { return None };
        let mut command = Command { name, arguments: Vec::new(), writes: Vec::new() };
        loop {
            self.blanks(false);
            match self.peek() {
                None | Some(';' | '|' | ')' | '}' | '\n' | '\r' | '&') => break,
                Some(',') => {
                    self.next();
                }
                Some('>') => command.writes.extend(self.redirect()),
                Some(c) if c.is_ascii_digit() && self.ahead(1) == Some('>') => {
                    self.next();
                    command.writes.extend(self.redirect());
                }
                Some(_) => {
                    let before = self.at;
                    let Some(argument) = self.argument() else {
                        self.next();
                        continue;
                    };
                    if self.at == before {
                        self.next();
                    }
                    if command.arguments.len() < 4096 {
                        command.arguments.push(argument);
                    }
                }
            }
        }
        Some(command)
    }

    pub(super) fn redirect(&mut self) -> Option<Expr> {
        while self.eat('>') {}
        if self.eat('&') {
            self.next();
            return None;
        }
        self.blanks(false);
        match self.argument()? {
            Argument::Value(file) => Some(file),
            Argument::Name(..) => None,
        }
    }

    pub(super) fn redirections(&mut self) {
        self.blanks(false);
        while self.peek() == Some('>') {
            self.redirect();
            self.blanks(false);
        }
    }

    /// One argument of a command: a value, or a name with a dash.
    pub(super) fn argument(&mut self) -> Option<Argument> {
        let first = self.peek()?;
        if is_dash(first) && self.ahead(1).is_some_and(|c| c.is_alphabetic() || c == '_' || c == '`') {
            self.next();
            let mut name = String::new();
            while let Some(c) = self.peek().filter(|c| is_name(*c) || *c == '`' || is_dash(*c)) {
                self.next();
                if c != '`' {
                    name.push(c);
                }
            }
            let mut value = None;
            if self.eat(':') {
                self.blanks(false);
                value = match self.argument() {
                    Some(Argument::Value(value)) => Some(value),
                    _ => None,
                };
            }
            return Some(Argument::Name(name, value));
        }
        let mut items = vec![self.item()?];
        loop {
            let mark = self.at;
            self.blanks(false);
            if self.peek() == Some(',') {
                self.next();
                self.blanks(true);
                if let Some(item) = self.item() {
                    items.push(item);
                    continue;
                }
            } else {
                self.at = mark;
            }
            break;
        }
        let value = if items.len() == 1 { items.pop()? } else { Expr::Array(items) };
        Some(Argument::Value(value))
    }

    /// One item of an argument: a value in brackets or quotes, or a bare word with variables in it.
    pub(super) fn item(&mut self) -> Option<Expr> {
        let first = self.peek()?;
        let starts = match first {
            '(' | '{' => true,
            '@' => matches!(self.ahead(1), Some('(' | '{' | '\'' | '"')),
            '$' => self.ahead(1).is_some_and(|c| is_name(c) || matches!(c, '(' | '{' | '?' | '$' | ':')),
            '[' => true,
            c => is_single(c) || is_double(c),
        };
        let mark = self.at;
        let mut parts = Vec::new();
        if starts {
            let value = self.primary()?;
            let value = self.suffixes(value, true);
            match self.peek() {
                None | Some(';' | '|' | ')' | '}' | ',' | '>' | '&' | '(' | '{') => return Some(value),
                Some(c) if c.is_whitespace() => return Some(value),
                _ if matches!(first, '(' | '{' | '@') => return Some(value),
                // `$env:temp\a.exe`, `'a'b`
                _ => parts.push(value),
            }
        }
        let mut text = String::new();
        while let Some(c) = self.peek() {
            match c {
                '`' => {
                    self.next();
                    text.extend(self.next().filter(|c| !matches!(c, '\n' | '\r')));
                    continue;
                }
                c if c.is_whitespace() => break,
                ';' | '|' | ')' | '}' | ',' | '>' | '<' | '(' | '{' => break,
                '&' => break,
                '$' if self.ahead(1).is_some_and(|c| is_name(c) || matches!(c, '(' | '{')) => {
                    parts.push(Expr::Text(std::mem::take(&mut text).into()));
                    parts.push(self.primary()?);
                    continue;
                }
                c if is_single(c) || is_double(c) => {
                    parts.push(Expr::Text(std::mem::take(&mut text).into()));
                    parts.push(self.primary()?);
                    continue;
                }
                _ => {}
            }
            self.next();
            text.push(c);
        }
        if self.at == mark {
            return None;
        }
        if parts.is_empty() {
            if let Ok(number) = text.parse() {
                return Some(Expr::Number(number));
            }
            return Some(Expr::Text(text.into()));
        }
        parts.push(Expr::Text(text.into()));
        Some(Expr::Parts(parts))
    }
}
