//! The language taken apart (Windows PowerShell Language Specification 3.0, chapters 2, 6, 7 and 8).
//!
//! Chains of operators and of members are lists, not nests, because obfuscation makes them thousands long; everything
//! that nests has a limit.

mod expressions;
mod pipelines;
mod primaries;
mod statements;
mod suffixes;

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
        matches!(
            *rest,
            "eq" | "ne"
                | "gt"
                | "ge"
                | "lt"
                | "le"
                | "like"
                | "notlike"
                | "match"
                | "notmatch"
                | "replace"
                | "split"
                | "contains"
                | "notcontains"
                | "in"
                | "notin"
        )
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
}
