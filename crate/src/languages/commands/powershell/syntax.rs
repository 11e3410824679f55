//! The language taken apart (Windows PowerShell Language Specification 3.0, chapters 2, 6, 7 and 8).
//!
//! Chains of operators and of members are lists, not nests, because obfuscation makes them thousands long; everything
//! that nests has a limit.

use std::rc::Rc;

/// An expression.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    Text(Rc<str>),
    Number(i64),
    /// `"… $x …"`
    Parts(Vec<Expr>),
    /// Lower case, with its scope: `env:path`.
    Variable(String),
    Array(Vec<Expr>),
    /// Operators of one rank, from left to right.
    Chain(Box<Expr>, Vec<(String, Expr)>),
    /// `-join x`, `-not x`, `-x`.
    Unary(String, Box<Expr>),
    /// `[type] x`
    Cast(String, Box<Expr>),
    /// `[type]`
    Type(String),
    /// `x.y`, `x::y`, `x[y]`, `x.y(z)`.
    Suffixed(Box<Expr>, Vec<Suffix>),
    Block(Rc<Block>),
    Hash(Vec<(Expr, Expr)>),
    /// `( … )`, `$( … )`; the flag says `@( … )`.
    Statements(Vec<Statement>, bool),
    /// What could not be read.
    Gap,
}

/// `{ param(…) … }`
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) parameters: Vec<String>,
    pub(super) statements: Vec<Statement>,
}

#[derive(Clone, Debug)]
pub(super) enum Suffix {
    Member(Expr),
    Call(Expr, Vec<Expr>),
    Index(Expr),
    /// `++` and `--`.
    Step(i64),
}

#[derive(Clone, Debug)]
pub(super) enum Statement {
    Pipeline(Vec<Stage>),
    /// Target, operator without its `=`, value.
    Assign(Expr, String, Box<Statement>),
    If(Vec<(Vec<Statement>, Rc<Block>)>, Option<Rc<Block>>),
    ForEach(String, Vec<Statement>, Rc<Block>),
    For(Vec<Statement>, Vec<Statement>, Vec<Statement>, Rc<Block>),
    /// Condition, body, whether the body comes first.
    While(Vec<Statement>, Rc<Block>, bool),
    Switch(Vec<Statement>, Vec<(Expr, Rc<Block>)>),
    Function(String, Rc<Block>),
    Return(Vec<Statement>),
    /// `try`, `catch`, `finally`: whichever comes.
    Blocks(Vec<Rc<Block>>),
    Break,
}

#[derive(Clone, Debug)]
pub(super) enum Stage {
    Value(Expr),
    Command(Command),
}

#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) name: Expr,
    pub(super) arguments: Vec<Argument>,
    /// The line as it is written, for programs.
    pub(super) writes: Vec<Expr>,
}

#[derive(Clone, Debug)]
pub(super) enum Argument {
    /// Without the dash; with what is joined to it by a colon.
    Name(String, Option<Expr>),
    Value(Expr),
}

/// Brackets inside brackets.
const NESTING: usize = 120;

/// Reads a script. What does not fit is skipped to the next statement.
pub(super) fn parse(script: &str) -> Vec<Statement> {
    let mut parser = Parser { chars: script.chars().collect(), at: 0, depth: 0 };
    let mut statements = Vec::new();
    while parser.at < parser.chars.len() {
        let before = parser.at;
        statements.extend(parser.statements());
        // A stray bracket.
        if parser.at == before || parser.at < parser.chars.len() {
            parser.at = parser.at.saturating_add(1);
        }
    }
    statements
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

const fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2013}' | '\u{2014}' | '\u{2015}')
}

const fn is_single(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}')
}

const fn is_double(c: char) -> bool {
    matches!(c, '"' | '\u{201C}' | '\u{201D}' | '\u{201E}')
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Rank of a binary operator; the higher binds first.
fn rank(operator: &str) -> Option<u8> {
    let plain = operator.strip_prefix(['c', 'i']).filter(|rest| {
        matches!(*rest, "eq" | "ne" | "gt" | "ge" | "lt" | "le" | "like" | "notlike" | "match" | "notmatch" | "replace" | "split" | "contains" | "notcontains" | "in" | "notin")
    });
    Some(match plain.unwrap_or(operator) {
        "and" | "or" | "xor" => 1,
        "band" | "bor" | "bxor" => 2,
        "eq" | "ne" | "gt" | "ge" | "lt" | "le" | "like" | "notlike" | "match" | "notmatch" | "replace" | "split"
        | "join" | "contains" | "notcontains" | "in" | "notin" | "is" | "isnot" | "as" | "shl" | "shr" => 3,
        "+" | "-" => 4,
        "*" | "/" | "%" => 5,
        "f" => 6,
        ".." => 7,
        _ => return None,
    })
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.ahead(0)
    }

    fn ahead(&self, n: usize) -> Option<char> {
        self.chars.get(self.at.saturating_add(n)).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at = self.at.saturating_add(1).min(self.chars.len());
        c
    }

    fn eat(&mut self, c: char) -> bool {
        let eaten = self.peek() == Some(c);
        if eaten {
            self.next();
        }
        eaten
    }

    fn sees(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(n, c)| self.ahead(n).is_some_and(|other| other.eq_ignore_ascii_case(&c)))
    }

    /// White space, comments and continued lines; line ends only where they mean nothing.
    fn blanks(&mut self, lines: bool) {
        loop {
            match self.peek() {
                Some('\n' | '\r') if lines => {
                    self.next();
                }
                Some('`') if matches!(self.ahead(1), Some('\n' | '\r')) => {
                    self.next();
                    self.next();
                    self.eat('\n');
                }
                Some('<') if self.ahead(1) == Some('#') => {
                    while self.peek().is_some() && !(self.peek() == Some('#') && self.ahead(1) == Some('>')) {
                        self.next();
                    }
                    self.next();
                    self.next();
                }
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.next();
                    }
                }
                Some(c) if c != '\n' && c != '\r' && (c.is_whitespace() || c == '\u{FEFF}' || c == '\0') => {
                    self.next();
                }
                _ => return,
            }
        }
    }

    // ---- statements ------------------------------------------------------------------------------------------------

    /// Statements up to a closing bracket or the end.
    fn statements(&mut self) -> Vec<Statement> {
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

    fn word_ahead(&self) -> String {
        self.chars.get(self.at..).unwrap_or_default().iter().take(12).take_while(|c| c.is_ascii_alphabetic()).collect::<String>().to_ascii_lowercase()
    }

    fn statement(&mut self) -> Option<Statement> {
        let word = self.word_ahead();
        let ends = !self.ahead(word.len()).is_some_and(|c| is_name(c) || matches!(c, '-' | '`' | '.' | '\\' | '"' | '\''));
        if ends && self.depth < NESTING {
            let start = self.at;
            self.at = self.at.saturating_add(word.len());
            self.depth = self.depth.saturating_add(1);
            let made = self.keyword(&word);
            self.depth = self.depth.saturating_sub(1);
            match made {
                Some(statement) => return Some(statement),
                None if matches!(word.as_str(), "param" | "using" | "catch" | "finally" | "begin" | "process" | "end") => {
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
    fn leftover(&mut self, word: &str) -> Option<Statement> {
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

    fn assignment(&mut self) -> Option<String> {
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

    fn keyword(&mut self, word: &str) -> Option<Statement> {
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
    fn bracketed(&mut self) -> Option<Vec<Statement>> {
        self.blanks(true);
        if !self.eat('(') {
            return None;
        }
        let statements = self.statements();
        self.eat(')');
        Some(statements)
    }

    /// `(…)` of `param` or of a function: the names.
    fn parameters(&mut self) -> Vec<String> {
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
    fn block(&mut self) -> Option<Rc<Block>> {
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

    // ---- pipelines -------------------------------------------------------------------------------------------------

    fn stage(&mut self) -> Option<Stage> {
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

    fn command(&mut self) -> Option<Command> {
        if matches!(self.peek(), Some('&' | '.')) && !self.ahead(1).is_some_and(|c| matches!(c, '\\' | '/' | '.') || c.is_ascii_digit()) {
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

    fn redirect(&mut self) -> Option<Expr> {
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

    fn redirections(&mut self) {
        self.blanks(false);
        while self.peek() == Some('>') {
            self.redirect();
            self.blanks(false);
        }
    }

    /// One argument of a command: a value, or a name with a dash.
    fn argument(&mut self) -> Option<Argument> {
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
    fn item(&mut self) -> Option<Expr> {
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

    // ---- expressions -----------------------------------------------------------------------------------------------

    /// An operator at this place, without moving, and its length.
    fn operator(&self) -> Option<(String, usize)> {
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
    fn binary(&mut self, least: u8) -> Option<Expr> {
        if self.depth >= NESTING {
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = self.binary_inner(least);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    fn binary_inner(&mut self, least: u8) -> Option<Expr> {
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
    fn array(&mut self) -> Option<Expr> {
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

    fn unary(&mut self) -> Option<Expr> {
        if self.depth >= NESTING {
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = self.unary_inner();
        self.depth = self.depth.saturating_sub(1);
        result
    }

    fn unary_inner(&mut self) -> Option<Expr> {
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
                    matches!(c, '$' | '(' | '[' | '@' | '{') || is_single(c) || is_double(c) || c.is_ascii_digit()
                        || c == ',' && name.ends_with(']')
                        || is_dash(c) && self.ahead(1).is_some_and(|c| c.is_ascii_digit() || c == '(')
                        || is_dash(c) && (self.at.saturating_add(1) < self.chars.len()) && {
                            let ahead: String = self.chars.get(self.at.saturating_add(1)..).unwrap_or_default().iter().take(4).collect();
                            ahead.eq_ignore_ascii_case("join")
                        }
                });
                if casts {
                    if let Some(value) = self.unary() {
                        return Some(Expr::Cast(name, Box::new(value)));
                    }
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

    /// `[name]`, without blanks and backticks, lower case.
    fn type_name(&mut self) -> Option<String> {
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

    fn primary(&mut self) -> Option<Expr> {
        if self.depth >= NESTING {
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = self.primary_inner();
        self.depth = self.depth.saturating_sub(1);
        result
    }

    fn primary_inner(&mut self) -> Option<Expr> {
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

    fn number(&mut self) -> Option<Expr> {
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

    fn variable(&mut self) -> Option<Expr> {
        if !self.eat('$') {
            return None;
        }
        self.variable_name().map(Expr::Variable)
    }

    fn variable_name(&mut self) -> Option<String> {
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
            match self.peek()? {
                c @ ('$' | '?' | '^') => {
                    self.next();
                    return Some(c.to_string());
                }
                _ => {}
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
    fn literal(&mut self) -> Expr {
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
    fn interpolated(&mut self, here: bool) -> Expr {
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
    fn here_string(&mut self, plain: bool) -> Expr {
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
    fn hash(&mut self) -> Option<Expr> {
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

    // ---- suffixes --------------------------------------------------------------------------------------------------

    /// Members, calls and indexes behind a value.
    fn suffixes(&mut self, value: Expr, argument: bool) -> Expr {
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
            if !argument && (c == '+' && self.ahead(1) == Some('+') || is_dash(c) && self.ahead(1).is_some_and(is_dash)) {
                self.next();
                self.next();
                suffixes.push(Suffix::Step(if c == '+' { 1 } else { -1 }));
                continue;
            }
            break;
        }
        if suffixes.is_empty() { value } else { Expr::Suffixed(Box::new(value), suffixes) }
    }

    fn member_name(&mut self) -> Option<Expr> {
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

    fn call_arguments(&mut self) -> Vec<Expr> {
        let mut arguments = Vec::new();
        loop {
            self.blanks(true);
            if self.eat(')') || self.peek().is_none() {
                return arguments;
            }
            if self.eat(',') {
                // `f(,$x)` gives an array of one.
                if arguments.is_empty() {
                    if let Some(item) = self.no_comma() {
                        arguments.push(Expr::Array(vec![item]));
                    }
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
    fn no_comma(&mut self) -> Option<Expr> {
        if self.depth >= NESTING {
            return None;
        }
        self.depth = self.depth.saturating_add(1);
        let result = self.no_comma_inner();
        self.depth = self.depth.saturating_sub(1);
        result
    }

    fn no_comma_inner(&mut self) -> Option<Expr> {
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
                        Expr::Chain(head, mut tail) if tail.last().is_some_and(|(o, _)| self::rank(o) == Some(rank)) => {
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
