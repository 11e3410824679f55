//! Statements: keywords, blocks, assignments.

use std::rc::Rc;

use super::{Argument, Block, Expr, NESTING, Parser, Stage, Statement, is_dash, is_name};

impl Parser {
    /// Statements up to a closing bracket or the end.
    pub(super) fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        loop {
            self.blanks(true);
            while matches!(self.peek(), Some(';' | '&')) && (self.peek() == Some(';') || self.ahead(1) == Some('&')) {
                if self.next() == Some('&') {
                    self.next();
                }
                self.blanks(true);
            }
            match self.peek() {
                None | Some(')' | '}' | ']') => return statements,
                _ => {}
            }
            let before = self.at;
            statements.extend(self.statement());
            if self.at == before {
                self.next();
            }
        }
    }

    pub(super) fn word_ahead(&self) -> String {
        self.chars
            .get(self.at..)
            .unwrap_or_default()
            .iter()
            .take(12)
            .take_while(|c| c.is_ascii_alphabetic())
            .collect::<String>()
            .to_ascii_lowercase()
    }

    pub(super) fn statement(&mut self) -> Option<Statement> {
        let word = self.word_ahead();
        let ends =
            !self.ahead(word.len()).is_some_and(|c| is_name(c) || matches!(c, '-' | '`' | '.' | '\\' | '"' | '\''));
        if ends && self.depth < NESTING {
            let start = self.at;
            self.at = self.at.saturating_add(word.len());
            self.depth = self.depth.saturating_add(1);
            let made = self.keyword(&word);
            self.depth = self.depth.saturating_sub(1);
            match made {
                Some(statement) => return Some(statement),
                None if matches!(
                    word.as_str(),
                    "param" | "using" | "catch" | "finally" | "begin" | "process" | "end"
                ) =>
                {
                    return self.leftover(&word);
                }
                None => self.at = start,
            }
        }
        let mut stages = vec![self.stage()?];
        self.blanks(false);
        // `$x = …`, `$x += …`
        if let (Some(Stage::Value(_)), Some(operator)) = (stages.first(), self.assignment()) {
            let Some(Stage::Value(target)) = stages.pop() else { return None };
            self.blanks(true);
            let value = if self.depth < NESTING {
                self.depth = self.depth.saturating_add(1);
                let value = self.statement();
                self.depth = self.depth.saturating_sub(1);
                value?
            } else {
                Statement::Break
            };
            return Some(Statement::Assign(target, operator, Box::new(value)));
        }
        loop {
            self.blanks(false);
            if self.peek() != Some('|') {
                break;
            }
            self.next();
            if self.eat('|') {
                return Some(Statement::Pipeline(stages));
            }
            self.blanks(true);
            match self.stage() {
                Some(stage) if stages.len() < 256 => stages.push(stage),
                _ => break,
            }
        }
        Some(Statement::Pipeline(stages))
    }

    /// Blocks whose beginning was cut off or that are only declarations.
    pub(super) fn leftover(&mut self, word: &str) -> Option<Statement> {
        self.blanks(true);
        match (word, self.peek()) {
            ("param", Some('(')) => {
                self.parameters();
                None
            }
            ("using", _) => {
                while self.peek().is_some_and(|c| !matches!(c, '\n' | ';')) {
                    self.next();
                }
                None
            }
            (_, Some('{')) => self.block().map(|block| Statement::Blocks(vec![block])),
            _ => None,
        }
    }

    pub(super) fn assignment(&mut self) -> Option<String> {
        let (first, second) = (self.peek()?, self.ahead(1));
        if first == '=' {
            self.next();
            return Some(String::new());
        }
        let operator = if is_dash(first) { '-' } else { first };
        if matches!(operator, '+' | '-' | '*' | '/' | '%') && second == Some('=') {
            self.next();
            self.next();
            return Some(operator.to_string());
        }
        None
    }

    pub(super) fn keyword(&mut self, word: &str) -> Option<Statement> {
        match word {
            "if" => {
                let mut branches = Vec::new();
                let mut otherwise = None;
                loop {
                    let condition = self.bracketed()?;
                    branches.push((condition, self.block()?));
                    let mark = self.at;
                    self.blanks(true);
                    if self.sees("elseif") && branches.len() < 256 {
                        self.at = self.at.saturating_add(6);
                        continue;
                    }
                    if self.sees("else") {
                        self.at = self.at.saturating_add(4);
                        otherwise = self.block();
                    } else {
                        self.at = mark;
                    }
                    return Some(Statement::If(branches, otherwise));
                }
            }
            "foreach" => {
                self.blanks(true);
                if !self.eat('(') {
                    return None;
                }
                self.blanks(true);
                let Expr::Variable(name) = self.variable()? else { return None };
                self.blanks(true);
                if !self.sees("in") {
                    return None;
                }
                self.at = self.at.saturating_add(2);
                let set = self.statements();
                self.eat(')');
                Some(Statement::ForEach(name, set, self.block()?))
            }
            "for" => {
                self.blanks(true);
                if !self.eat('(') {
                    return None;
                }
                let mut parts = [Vec::new(), Vec::new(), Vec::new()];
                for part in &mut parts {
                    self.blanks(true);
                    if !matches!(self.peek(), Some(';' | ')')) {
                        part.extend(self.statement());
                    }
                    self.blanks(true);
                    self.eat(';');
                }
                self.blanks(true);
                self.eat(')');
                let [first, condition, next] = parts;
                Some(Statement::For(first, condition, next, self.block()?))
            }
            "while" => Some(Statement::While(self.bracketed()?, self.block()?, false)),
            "do" => {
                let body = self.block()?;
                self.blanks(true);
                let until = self.sees("until");
                if !until && !self.sees("while") {
                    return None;
                }
                self.at = self.at.saturating_add(5);
                let mut condition = self.bracketed()?;
                if until {
                    let inner = Expr::Unary("not".into(), Box::new(Expr::Statements(condition, false)));
                    condition = vec![Statement::Pipeline(vec![Stage::Value(inner)])];
                }
                Some(Statement::While(condition, body, true))
            }
            "switch" => {
                self.blanks(true);
                let value = self.bracketed()?;
                self.blanks(true);
                if !self.eat('{') {
                    return None;
                }
                let mut cases = Vec::new();
                loop {
                    self.blanks(true);
                    while self.eat(';') {
                        self.blanks(true);
                    }
                    if self.eat('}') || self.peek().is_none() || cases.len() > 256 {
                        break;
                    }
                    let Some(Argument::Value(case)) = self.argument() else { break };
                    let Some(block) = self.block() else { break };
                    cases.push((case, block));
                }
                Some(Statement::Switch(value, cases))
            }
            "function" | "filter" => {
                self.blanks(true);
                let mut name = String::new();
                while let Some(c) = self.peek().filter(|c| is_name(*c) || is_dash(*c) || *c == ':' || *c == '`') {
                    self.next();
                    if c != '`' {
                        name.extend(c.to_lowercase());
                    }
                }
                self.blanks(true);
                let parameters = if self.peek() == Some('(') { self.parameters() } else { Vec::new() };
                let block = self.block()?;
                let block = if parameters.is_empty() {
                    block
                } else {
                    Rc::new(Block { parameters, statements: block.statements.clone() })
                };
                let name = name.rsplit(':').next().unwrap_or_default().to_owned();
                Some(Statement::Function(name, block))
            }
            "return" | "throw" | "exit" => {
                self.blanks(false);
                let value = match self.peek() {
                    None | Some(';' | '}' | ')' | '\n' | '\r') => None,
                    _ => self.statement(),
                };
                Some(Statement::Return(value.into_iter().collect()))
            }
            "try" => {
                let mut blocks = vec![self.block()?];
                loop {
                    let mark = self.at;
                    self.blanks(true);
                    let word = self.word_ahead();
                    if !matches!(word.as_str(), "catch" | "finally") || blocks.len() > 64 {
                        self.at = mark;
                        return Some(Statement::Blocks(blocks));
                    }
                    self.at = self.at.saturating_add(word.len());
                    self.blanks(true);
                    while self.peek() == Some('[') {
                        self.type_name();
                        self.blanks(true);
                        self.eat(',');
                        self.blanks(true);
                    }
                    blocks.push(self.block()?);
                }
            }
            "break" | "continue" => Some(Statement::Break),
            _ => None,
        }
    }

    /// `( … )` of a keyword.
    pub(super) fn bracketed(&mut self) -> Option<Vec<Statement>> {
        self.blanks(true);
        if !self.eat('(') {
            return None;
        }
        let statements = self.statements();
        self.eat(')');
        Some(statements)
    }

    /// `(…)` of `param` or of a function: the names.
    pub(super) fn parameters(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        self.eat('(');
        let mut open = 0_usize;
        while let Some(c) = self.peek() {
            match c {
                '(' | '{' => open = open.saturating_add(1),
                ')' if open == 0 => {
                    self.next();
                    break;
                }
                ')' | '}' => open = open.saturating_sub(1),
                '$' if open == 0 => {
                    if let Some(Expr::Variable(name)) = self.variable()
                        && names.len() < 64
                        && !matches!(name.as_str(), "true" | "false" | "null")
                    {
                        names.push(name);
                    }
                    continue;
                }
                _ => {}
            }
            self.next();
        }
        names
    }

    /// `{ … }`
    pub(super) fn block(&mut self) -> Option<Rc<Block>> {
        self.blanks(true);
        if !self.eat('{') {
            return None;
        }
        if self.depth >= NESTING {
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        self.blanks(true);
        let mut parameters = Vec::new();
        if self.sees("param") {
            let mark = self.at;
            self.at = self.at.saturating_add(5);
            self.blanks(true);
            if self.peek() == Some('(') {
                parameters = self.parameters();
            } else {
                self.at = mark;
            }
        }
        let statements = self.statements();
        self.eat('}');
        self.depth = self.depth.saturating_sub(1);
        Some(Rc::new(Block { parameters, statements }))
    }
}
