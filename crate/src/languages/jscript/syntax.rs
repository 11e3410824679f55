//! Sentences of JScript (\[ECMA-262\] 3rd edition, 11 to 14). Sums and chains of members are kept flat, however long.

use std::rc::Rc;

use super::lexer::{Placed, Token};

#[derive(Debug)]
pub(super) enum Expression {
    Number(f64),
    Text(Rc<Vec<u16>>),
    Pattern(Rc<str>, Rc<str>),
    Name(Rc<str>),
    Array(Vec<Expression>),
    Object(Vec<(Rc<str>, Expression)>),
    Function(Rc<Function>),
    Unary(&'static str, Box<Expression>),
    /// `++x`, `x--`: what is added, and whether the old value is the result.
    Step(f64, bool, Box<Expression>),
    /// Operands of operators that bind alike, from the left.
    Chain(Box<Expression>, Vec<(&'static str, Expression)>),
    /// The operator before `=`, if any.
    Assign(&'static str, Box<Expression>, Box<Expression>),
    Choice(Box<(Expression, Expression, Expression)>),
    /// Members, calls.
    Path(Box<Expression>, Vec<Suffix>),
    New(Box<Expression>, Vec<Expression>),
    List(Vec<Expression>),
}

#[derive(Debug)]
pub(super) enum Suffix {
    Member(Rc<str>),
    Index(Expression),
    Call(Vec<Expression>),
}

#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: Rc<str>,
    pub(super) parameters: Vec<Rc<str>>,
    pub(super) body: Vec<Statement>,
}

#[derive(Debug)]
pub(super) enum Statement {
    Expression(Expression),
    Variables(Vec<(Rc<str>, Option<Expression>)>),
    Function(Rc<Function>),
    Block(Vec<Statement>),
    If(Expression, Box<Statement>, Option<Box<Statement>>),
    /// Condition, step, body, and whether the body comes first.
    Loop(Option<Expression>, Option<Expression>, Box<Statement>, bool),
    Each(Rc<str>, Expression, Box<Statement>),
    Return(Option<Expression>),
    Throw(Expression),
    Break,
    Continue,
    Try(Vec<Statement>, Option<(Rc<str>, Vec<Statement>)>, Vec<Statement>),
    Switch(Expression, Vec<(Option<Expression>, Vec<Statement>)>),
}

/// Nesting of whatever kind.
const DEPTH: u32 = 90;

/// Operators by how they bind, the loosest first.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!=", "===", "!=="],
    &["<", ">", "<=", ">=", "instanceof", "in"],
    &["<<", ">>", ">>>"],
    &["+", "-"],
    &["*", "/", "%"],
];

pub(super) struct Parser<'t> {
    tokens: &'t [Placed],
    at: usize,
    depth: u32,
    /// Inside the head of `for`, where `in` is no operator.
    no_in: bool,
}

type Read<T> = Option<T>;

/// Reads a script; `None` where it is none.
pub(super) fn read(tokens: &[Placed]) -> Read<Vec<Statement>> {
    let mut parser = Parser { tokens, at: 0, depth: 0, no_in: false };
    let mut list = Vec::new();
    while parser.at < tokens.len() {
        list.push(parser.statement()?);
    }
    Some(list)
}

impl Parser<'_> {
    fn token(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.token().cloned();
        self.at = self.at.saturating_add(1);
        token
    }

    fn is(&self, mark: &str) -> bool {
        matches!(self.token(), Some(Token::Mark(found)) if *found == mark)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.token(), Some(Token::Name(found)) if &**found == word)
    }

    fn take(&mut self, mark: &str) -> bool {
        let found = self.is(mark);
        self.at = self.at.saturating_add(usize::from(found));
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at = self.at.saturating_add(usize::from(found));
        found
    }

    fn expect(&mut self, mark: &str) -> Read<()> {
        self.take(mark).then_some(())
    }

    fn name(&mut self) -> Read<Rc<str>> {
        match self.next()? {
            Token::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The end of a statement: a semicolon, or what stands for one (7.9).
    fn end(&mut self) -> Read<()> {
        let line = self.tokens.get(self.at).is_none_or(|(_, line)| *line);
        (self.take(";") || line || self.is("}")).then_some(())
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.depth = self.depth.checked_add(1).filter(|depth| *depth <= DEPTH)?;
        let result = read(self);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    // ---- statements --------------------------------------------------------------------------------------------------

    fn block(&mut self) -> Read<Vec<Statement>> {
        self.expect("{")?;
        let mut list = Vec::new();
        while !self.take("}") {
            list.push(self.statement()?);
        }
        Some(list)
    }

    fn statement(&mut self) -> Read<Statement> {
        self.deeper(Self::any_statement)
    }

    fn boxed(&mut self) -> Read<Box<Statement>> {
        self.statement().map(Box::new)
    }

    fn head(&mut self) -> Read<Expression> {
        self.expect("(")?;
        let head = self.expression()?;
        self.expect(")")?;
        Some(head)
    }

    fn any_statement(&mut self) -> Read<Statement> {
        if self.is("{") {
            return self.block().map(Statement::Block);
        }
        if self.take(";") {
            return Some(Statement::Block(Vec::new()));
        }
        let word = match self.token()? {
            Token::Name(name) => Rc::clone(name),
            _ => "".into(),
        };
        // `label:`
        if matches!(self.tokens.get(self.at.checked_add(1)?), Some((Token::Mark(":"), _)))
            && !word.is_empty()
            && &*word != "default"
        {
            self.at = self.at.checked_add(2)?;
            return self.statement();
        }
        let start = self.at;
        self.at = self.at.checked_add(1)?;
        let found = match &*word {
            "var" | "let" | "const" => {
                let list = self.variables()?;
                self.end()?;
                Statement::Variables(list)
            }
            "function" if matches!(self.token(), Some(Token::Name(_))) => Statement::Function(self.function()?),
            "if" => {
                let (head, then) = (self.head()?, self.boxed()?);
                let other = if self.take_word("else") { Some(self.boxed()?) } else { None };
                Statement::If(head, then, other)
            }
            "while" => Statement::Loop(Some(self.head()?), None, self.boxed()?, false),
            "do" => {
                let body = self.boxed()?;
                self.take_word("while").then_some(())?;
                let head = self.head()?;
                self.take(";");
                Statement::Loop(Some(head), None, body, true)
            }
            "for" => self.for_loop()?,
            "return" | "throw" => {
                let bare = self.end_is_here();
                let value = if bare { None } else { Some(self.expression()?) };
                self.end()?;
                match (value, &*word) {
                    (Some(value), "throw") => Statement::Throw(value),
                    (value, _) => Statement::Return(value),
                }
            }
            "break" | "continue" => {
                if !self.end_is_here() {
                    self.name()?;
                }
                self.end()?;
                if &*word == "break" { Statement::Break } else { Statement::Continue }
            }
            "try" => {
                let body = self.block()?;
                let handler = if self.take_word("catch") {
                    self.expect("(")?;
                    let name = self.name()?;
                    self.expect(")")?;
                    Some((name, self.block()?))
                } else {
                    None
                };
                let last = if self.take_word("finally") { self.block()? } else { Vec::new() };
                Statement::Try(body, handler, last)
            }
            "switch" => self.switch()?,
            "with" => {
                let head = self.head()?;
                Statement::Block(vec![Statement::Expression(head), self.statement()?])
            }
            _ => {
                self.at = start;
                let value = self.expression()?;
                self.end()?;
                Statement::Expression(value)
            }
        };
        Some(found)
    }

    fn end_is_here(&self) -> bool {
        self.is(";") || self.is("}") || self.tokens.get(self.at).is_none_or(|(_, line)| *line)
    }

    fn variables(&mut self) -> Read<Vec<(Rc<str>, Option<Expression>)>> {
        let mut list = Vec::new();
        loop {
            let name = self.name()?;
            let value = if self.take("=") { Some(self.assignment()?) } else { None };
            list.push((name, value));
            if !self.take(",") {
                return Some(list);
            }
        }
    }

    fn for_loop(&mut self) -> Read<Statement> {
        self.expect("(")?;
        let declares = self.take_word("var") || self.take_word("let") || self.take_word("const");
        let is_each = matches!(self.tokens.get(self.at.checked_add(1)?), Some((Token::Name(word), _)) if matches!(&**word, "in" | "of"));
        if is_each {
            let name = self.name()?;
            self.at = self.at.checked_add(1)?;
            let list = self.expression()?;
            self.expect(")")?;
            return Some(Statement::Each(name, list, self.boxed()?));
        }
        self.no_in = true;
        let first = match (declares, self.is(";")) {
            (_, true) => None,
            (true, _) => Some(Statement::Variables(self.variables()?)),
            (false, _) => Some(Statement::Expression(self.expression()?)),
        };
        self.no_in = false;
        self.expect(";")?;
        let condition = if self.is(";") { None } else { Some(self.expression()?) };
        self.expect(";")?;
        let step = if self.is(")") { None } else { Some(self.expression()?) };
        self.expect(")")?;
        let body = Statement::Loop(condition, step, self.boxed()?, false);
        Some(Statement::Block(first.into_iter().chain([body]).collect()))
    }

    fn switch(&mut self) -> Read<Statement> {
        let head = self.head()?;
        self.expect("{")?;
        let mut cases = Vec::new();
        while !self.take("}") {
            let value = if self.take_word("default") {
                None
            } else {
                self.take_word("case").then_some(())?;
                Some(self.expression()?)
            };
            self.expect(":")?;
            let mut body = Vec::new();
            while !self.is("}") && !self.is_word("case") && !self.is_word("default") {
                body.push(self.statement()?);
            }
            cases.push((value, body));
        }
        Some(Statement::Switch(head, cases))
    }

    fn function(&mut self) -> Read<Rc<Function>> {
        let name = if self.is("(") { "".into() } else { self.name()? };
        self.expect("(")?;
        let mut parameters = Vec::new();
        while !self.take(")") {
            parameters.push(self.name()?);
            self.take(",");
        }
        let no_in = std::mem::take(&mut self.no_in);
        let body = self.block()?;
        self.no_in = no_in;
        Some(Rc::new(Function { name, parameters, body }))
    }

    // ---- expressions -------------------------------------------------------------------------------------------------

    fn expression(&mut self) -> Read<Expression> {
        let first = self.assignment()?;
        if !self.is(",") {
            return Some(first);
        }
        let mut list = vec![first];
        while self.take(",") {
            list.push(self.assignment()?);
        }
        Some(Expression::List(list))
    }

    fn assignment(&mut self) -> Read<Expression> {
        self.deeper(|parser| {
            let target = parser.choice()?;
            let operator = match parser.token() {
                Some(Token::Mark(mark)) => *mark,
                _ => "",
            };
            let is_comparison = matches!(operator, "==" | "===" | "!=" | "!==" | "<=" | ">=");
            match operator.strip_suffix('=').filter(|_| !is_comparison) {
                Some(operator) => {
                    parser.at = parser.at.checked_add(1)?;
                    Some(Expression::Assign(operator, Box::new(target), Box::new(parser.assignment()?)))
                }
                None => Some(target),
            }
        })
    }

    fn choice(&mut self) -> Read<Expression> {
        let condition = self.chain(0)?;
        if !self.take("?") {
            return Some(condition);
        }
        let then = self.assignment()?;
        self.expect(":")?;
        let other = self.assignment()?;
        Some(Expression::Choice(Box::new((condition, then, other))))
    }

    fn operator(&self, level: &[&'static str]) -> Option<&'static str> {
        let found = match self.token()? {
            Token::Mark(mark) => level.iter().find(|operator| *operator == mark),
            Token::Name(name) => level.iter().find(|operator| **operator == &**name),
            _ => None,
        };
        found.copied().filter(|operator| !(self.no_in && *operator == "in"))
    }

    fn chain(&mut self, level: usize) -> Read<Expression> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let first = self.chain(level.checked_add(1)?)?;
        let mut rest = Vec::new();
        while let Some(operator) = self.operator(operators) {
            self.at = self.at.checked_add(1)?;
            rest.push((operator, self.chain(level.checked_add(1)?)?));
        }
        Some(if rest.is_empty() { first } else { Expression::Chain(Box::new(first), rest) })
    }

    fn unary(&mut self) -> Read<Expression> {
        const MARKS: [&str; 4] = ["!", "-", "+", "~"];
        const WORDS: [&str; 3] = ["typeof", "void", "delete"];
        let found =
            MARKS.into_iter().find(|mark| self.is(mark)).or_else(|| WORDS.into_iter().find(|word| self.is_word(word)));
        if let Some(operator) = found {
            self.at = self.at.checked_add(1)?;
            return self.deeper(|parser| Some(Expression::Unary(operator, Box::new(parser.unary()?))));
        }
        for (mark, step) in [("++", 1.0), ("--", -1.0)] {
            if self.take(mark) {
                return self.deeper(|parser| Some(Expression::Step(step, false, Box::new(parser.unary()?))));
            }
        }
        let value = self.path()?;
        let same_line = self.tokens.get(self.at).is_some_and(|(_, line)| !line);
        for (mark, step) in [("++", 1.0), ("--", -1.0)] {
            if same_line && self.take(mark) {
                return Some(Expression::Step(step, true, Box::new(value)));
            }
        }
        Some(value)
    }

    fn arguments(&mut self) -> Read<Vec<Expression>> {
        let mut list = Vec::new();
        let no_in = std::mem::take(&mut self.no_in);
        while !self.take(")") {
            list.push(self.assignment()?);
            if !self.take(",") {
                self.expect(")")?;
                break;
            }
        }
        self.no_in = no_in;
        Some(list)
    }

    fn path(&mut self) -> Read<Expression> {
        let base = if self.take_word("new") { self.deeper(Self::made)? } else { self.deeper(Self::primary)? };
        let suffixes = self.suffixes(true)?;
        Some(if suffixes.is_empty() { base } else { Expression::Path(Box::new(base), suffixes) })
    }

    fn suffixes(&mut self, calls: bool) -> Read<Vec<Suffix>> {
        let mut list = Vec::new();
        loop {
            list.push(if self.take(".") {
                Suffix::Member(self.name()?)
            } else if self.take("[") {
                let no_in = std::mem::take(&mut self.no_in);
                let index = self.deeper(Self::expression)?;
                self.no_in = no_in;
                self.expect("]")?;
                Suffix::Index(index)
            } else if calls && self.take("(") {
                Suffix::Call(self.arguments()?)
            } else {
                return Some(list);
            });
        }
    }

    fn made(&mut self) -> Read<Expression> {
        let base = if self.take_word("new") { self.deeper(Self::made)? } else { self.primary()? };
        let suffixes = self.suffixes(false)?;
        let class = if suffixes.is_empty() { base } else { Expression::Path(Box::new(base), suffixes) };
        let arguments = if self.take("(") { self.arguments()? } else { Vec::new() };
        Some(Expression::New(Box::new(class), arguments))
    }

    fn primary(&mut self) -> Read<Expression> {
        Some(match self.next()? {
            Token::Number(number) => Expression::Number(number),
            Token::Text(text) => Expression::Text(text),
            Token::Pattern(source, flags) => Expression::Pattern(source, flags),
            Token::Name(name) if &*name == "function" => Expression::Function(self.function()?),
            Token::Name(name) => Expression::Name(name),
            Token::Mark("(") => {
                let no_in = std::mem::take(&mut self.no_in);
                let inside = self.expression()?;
                self.no_in = no_in;
                self.expect(")")?;
                inside
            }
            Token::Mark("[") => {
                let mut list = Vec::new();
                while !self.take("]") {
                    if self.take(",") {
                        continue;
                    }
                    list.push(self.assignment()?);
                    if !self.is("]") {
                        self.expect(",")?;
                    }
                }
                Expression::Array(list)
            }
            Token::Mark("{") => {
                let mut list = Vec::new();
                while !self.take("}") {
                    let key = match self.next()? {
                        Token::Name(name) => name,
                        Token::Text(text) => String::from_utf16_lossy(&text).into(),
                        Token::Number(number) => number.to_string().into(),
                        _ => return None,
                    };
                    self.expect(":")?;
                    list.push((key, self.assignment()?));
                    if !self.is("}") {
                        self.expect(",")?;
                    }
                }
                Expression::Object(list)
            }
            _ => return None,
        })
    }
}
