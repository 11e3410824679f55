//! From tokens to statements ([MS-VBAL] 5.3.1, 5.4).
//!
//! A line that does not parse is skipped and remembered; everything else stays.

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::{
    Block, Body, Case, Condition, Declared, Exit, Expression, Node, OnError, Parameter, Statement, Symbol,
};
use super::value::Kind;
use crate::languages::vba::lexer::{self, Code};

/// Nesting of blocks, and of expressions, that is read.
pub(super) const DEPTH: u32 = 40;

pub(super) struct Parser<'c, 'a> {
    pub(super) code: &'c Code<'a>,
    pub(super) at: usize,
    pub(super) end: usize,
    symbols: Vec<Rc<str>>,
    by_name: HashMap<Rc<str>, Symbol>,
    declared: Vec<bool>,
    /// Names that are given a value here.
    pub(super) assigned: Vec<bool>,
    statics: Vec<Symbol>,
    pub(super) depth: u32,
    pub(super) torn: bool,
    /// `Next i, j` ends more loops than one.
    closing: usize,
    /// Reading the line of a one-line If.
    in_line: u32,
    /// Nested deeper than is read: nothing behind counts.
    lost: bool,
    defined: &'c HashMap<String, bool>,
}

/// Reads a procedure whose name is at `name`, up to `end`.
pub(super) fn procedure(
    code: &Code<'_>,
    module: usize,
    name: usize,
    end: usize,
    defined: &HashMap<String, bool>,
) -> Body {
    let before = name.checked_sub(1);
    let returns = before.is_some_and(|at| code.is(at, "function") || code.is(at, "get"));
    let mut parser = Parser::new(code, name.saturating_add(1), end, defined);
    let result = returns.then(|| parser.declare(&code.name(name)));
    let (parameters, kind) = parser.signature();
    let block = parser.block(&["end sub", "end function", "end property"]);
    Body {
        module,
        declared: parser.declared,
        assigned: parser.assigned,
        symbols: parser.symbols,
        parameters,
        result,
        kind,
        statics: parser.statics,
        block,
        torn: parser.torn || parser.lost,
    }
}

impl<'c, 'a> Parser<'c, 'a> {
    pub(super) fn new(code: &'c Code<'a>, at: usize, end: usize, defined: &'c HashMap<String, bool>) -> Self {
        Self {
            code,
            at,
            end,
            symbols: Vec::new(),
            by_name: HashMap::new(),
            declared: Vec::new(),
            assigned: Vec::new(),
            statics: Vec::new(),
            depth: 0,
            torn: false,
            closing: 0,
            in_line: 0,
            lost: false,
            defined,
        }
    }

    /// A parser for what stands outside procedures; its names are those of `symbols`.
    pub(super) fn into_symbols(self) -> (Vec<Rc<str>>, Vec<bool>) {
        (self.symbols, self.declared)
    }

    pub(super) fn symbol(&mut self, name: &str) -> Symbol {
        if let Some(symbol) = self.by_name.get(name) {
            return *symbol;
        }
        let symbol = Symbol::try_from(self.symbols.len()).unwrap_or(Symbol::MAX);
        let name: Rc<str> = name.into();
        self.symbols.push(Rc::clone(&name));
        self.declared.push(false);
        self.assigned.push(false);
        self.by_name.insert(name, symbol);
        symbol
    }

    /// Whether a name has been met in this procedure.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// A name that is given a value.
    fn assigns(&mut self, target: &Expression) {
        let symbol = match target {
            Expression::Name(symbol, _) => *symbol,
            Expression::Call(callee, ..) => match &**callee {
                Expression::Name(symbol, _) => *symbol,
                _ => return,
            },
            _ => return,
        };
        if let Some(assigned) = self.assigned.get_mut(symbol as usize) {
            *assigned = true;
        }
    }

    fn declare(&mut self, name: &str) -> Symbol {
        let symbol = self.symbol(name);
        if let Some(declared) = self.declared.get_mut(symbol as usize) {
            *declared = true;
        }
        symbol
    }

    // ---- tokens ------------------------------------------------------------------------------------------------------

    pub(super) fn kind(&self) -> lexer::Kind {
        if self.at < self.end { self.code.kind(self.at) } else { lexer::Kind::End }
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.at < self.end && self.code.is(self.at, word) && !self.code.is_foreign(self.at)
    }

    fn next_is(&self, word: &str) -> bool {
        let next = self.at.saturating_add(1);
        next < self.end && self.code.is(next, word)
    }

    pub(super) fn is_mark(&self, mark: &str) -> bool {
        self.at < self.end && self.code.is_mark(self.at, mark)
    }

    pub(super) fn skip(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    pub(super) fn take(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at = self.at.saturating_add(usize::from(found));
        found
    }

    pub(super) fn take_mark(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        self.at = self.at.saturating_add(usize::from(found));
        found
    }

    fn word(&mut self) -> Option<String> {
        let name = (self.kind() == lexer::Kind::Name).then(|| self.code.name(self.at))?;
        self.skip();
        Some(name)
    }

    /// Whether a statement ends here.
    pub(super) fn ends(&self) -> bool {
        self.kind() == lexer::Kind::End || self.is_mark(":") || self.in_line > 0 && self.is("else")
    }

    pub(super) fn skip_line(&mut self) {
        while self.kind() != lexer::Kind::End {
            self.skip();
        }
    }

    fn skip_statement(&mut self) {
        while !self.ends() {
            self.skip();
        }
    }

    // ---- declarations ------------------------------------------------------------------------------------------------

    fn signature(&mut self) -> (Vec<Parameter>, Kind) {
        let mut parameters = Vec::new();
        if self.take_mark("(") {
            while !self.is_mark(")") && self.kind() != lexer::Kind::End {
                let start = self.at;
                parameters.extend(self.parameter());
                if !self.take_mark(",") && self.at == start {
                    self.skip();
                }
            }
            self.take_mark(")");
        }
        let kind = self.as_type().0;
        self.skip_line();
        (parameters, kind)
    }

    fn parameter(&mut self) -> Option<Parameter> {
        let (mut by_value, mut optional, mut list) = (false, false, false);
        loop {
            if self.take("optional") {
                optional = true;
            } else if self.take("byval") {
                by_value = true;
            } else if self.take("paramarray") {
                list = true;
            } else if !self.take("byref") {
                break;
            }
        }
        let suffix = self.suffix();
        let word = self.word()?;
        let name = self.declare(&word);
        if self.take_mark("(") {
            self.take_mark(")");
        }
        let kind = if self.is("as") { self.as_type().0 } else { suffix };
        let default = self.take_mark("=").then(|| self.expression(0));
        Some(Parameter { name, by_value, optional, list, kind, default })
    }

    /// The kind that the suffix of the name here says.
    fn suffix(&self) -> Kind {
        match self.code.behind(self.at) {
            Some('$') => Kind::Text,
            Some('%') => Kind::Integer,
            Some('&') => Kind::Long,
            Some('^') => Kind::Wide,
            Some('#' | '!' | '@') => Kind::Real,
            _ => Kind::Variant,
        }
    }

    /// `As [New] A.B [* n]`, and whether New.
    pub(super) fn as_type(&mut self) -> (Kind, bool) {
        if !self.take("as") {
            return (Kind::Variant, false);
        }
        let fresh = self.take("new");
        let mut name = self.word().unwrap_or_default();
        while self.is_mark(".") {
            self.skip();
            let Some(part) = self.word() else { break };
            name = format!("{name}.{part}");
        }
        if self.take_mark("*") {
            let length = self.code.text(self.at).parse().unwrap_or(0);
            self.skip();
            return (Kind::Fixed(length), fresh);
        }
        if self.is_mark("(") {
            self.skip();
            self.take_mark(")");
        }
        (Kind::of(&name), fresh)
    }

    /// `a(1 To 2) As T, b$ …`
    pub(super) fn declarations(&mut self, constants: bool, redim: bool) -> Vec<Declared> {
        let mut declared = Vec::new();
        loop {
            self.take("withevents");
            let suffix = self.suffix();
            if self.kind() != lexer::Kind::Name {
                break;
            }
            let word = self.word().unwrap_or_default();
            // ReDim of a member (`x.y(1)`) is not followed.
            if self.is_mark(".") {
                self.torn = true;
                self.skip_statement();
                break;
            }
            let name = if redim { self.redimensioned(&word) } else { self.declare(&word) };
            let bounds = self.is_mark("(").then(|| self.bounds());
            let (kind, fresh) = if self.is("as") { self.as_type() } else { (suffix, false) };
            let value = (constants && self.take_mark("=")).then(|| self.expression(0));
            declared.push(Declared { name, kind, fresh, bounds, value });
            if !self.take_mark(",") {
                break;
            }
        }
        declared
    }

    fn redimensioned(&mut self, name: &str) -> Symbol {
        let symbol = self.symbol(name);
        self.assigns(&Expression::Name(symbol, 0));
        symbol
    }

    fn bounds(&mut self) -> Vec<(Option<Expression>, Expression)> {
        let mut bounds = Vec::new();
        self.skip();
        while !self.is_mark(")") && self.kind() != lexer::Kind::End {
            let first = self.expression(0);
            if self.take("to") {
                let upper = self.expression(0);
                bounds.push((Some(first), upper));
            } else {
                bounds.push((None, first));
            }
            if !self.take_mark(",") {
                break;
            }
        }
        self.take_mark(")");
        bounds
    }

    // ---- blocks ------------------------------------------------------------------------------------------------------

    /// Whether one of these ends a block here.
    fn at_end_of(&self, ends: &[&str]) -> bool {
        ends.iter().any(|end| match end.split_once(' ') {
            Some((first, second)) => {
                self.is(first) && self.next_is(second)
                    || first == "end" && self.code.name(self.at).strip_prefix("end") == Some(second)
            }
            None => self.is(end) && !(*end == "case" && self.next_is("=")),
        })
    }

    /// Statements up to one of the ends, which stays.
    fn block(&mut self, ends: &[&str]) -> Block {
        let mut block = Vec::new();
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH {
            self.lost = true;
        }
        while self.at < self.end && !self.lost {
            if self.closing > 0 {
                break;
            }
            if self.kind() == lexer::Kind::End || self.is_mark(":") {
                self.skip();
                continue;
            }
            if self.at_end_of(ends) {
                break;
            }
            if self.is_mark("#") {
                self.directive();
                continue;
            }
            let first = self.at == 0 || self.code.kind(self.at.saturating_sub(1)) == lexer::Kind::End;
            let start = u32::try_from(self.at).unwrap_or(u32::MAX);
            if first && self.label(&mut block, start) {
                continue;
            }
            let before = self.at;
            let statement = self.statement();
            block.push(Node { at: start, statement });
            if !self.ends() {
                self.torn = true;
                block.push(Node { at: start, statement: Statement::Unreadable });
                self.skip_statement();
                if self.at == before {
                    self.skip();
                }
            }
        }
        self.depth = self.depth.saturating_sub(1);
        block
    }

    fn label(&mut self, block: &mut Block, start: u32) -> bool {
        let next = self.at.saturating_add(1);
        if self.kind() == lexer::Kind::Number {
            block.push(Node { at: start, statement: Statement::Label(self.code.text(self.at).into()) });
            self.skip();
            self.take_mark(":");
            return true;
        }
        let is_label = self.kind() == lexer::Kind::Name
            && self.code.is_mark(next, ":")
            && !["else", "do", "wend", "loop", "next", "end", "return", "resume", "stop", "close", "doevents", "beep"]
                .iter()
                .any(|word| self.is(word));
        if is_label {
            block.push(Node { at: start, statement: Statement::Label(self.code.name(self.at).as_str().into()) });
            self.skip();
            self.skip();
        }
        is_label
    }

    /// `#If`: the branch that a current Office on Windows compiles ([MS-VBAL] 3.4).
    pub(super) fn directive(&mut self) {
        self.skip();
        if self.take("if") {
            if !self.condition() {
                self.skip_branch();
            }
        } else {
            // `#ElseIf`, `#Else` behind the branch that counts.
            let over = self.is("else") || self.is("elseif");
            self.skip_line();
            if over {
                self.skip_to_end_if();
            }
        }
    }

    fn condition(&mut self) -> bool {
        let mut result: Option<bool> = None;
        let (mut negative, mut or) = (false, true);
        while self.kind() != lexer::Kind::End && !self.is("then") {
            let word = self.code.name(self.at);
            match word.as_str() {
                "not" => negative = true,
                "and" => or = false,
                "or" => or = true,
                _ => {
                    let value = match self.kind() {
                        lexer::Kind::Number => self.code.text(self.at) != "0",
                        lexer::Kind::Name => self
                            .defined
                            .get(&word)
                            .copied()
                            .unwrap_or(matches!(word.as_str(), "vba7" | "vba6" | "win64" | "win32" | "true")),
                        // `= 1`, `> 6`: what is defined is true.
                        _ => {
                            self.skip();
                            if self.kind() == lexer::Kind::Number {
                                if self.code.text(self.at) == "0" {
                                    result = result.map(|value| !value);
                                }
                                self.skip();
                            }
                            continue;
                        }
                    };
                    let value = value != negative;
                    negative = false;
                    result = Some(result.map_or(value, |before| if or { before || value } else { before && value }));
                }
            }
            self.skip();
        }
        self.skip_line();
        result.unwrap_or(true)
    }

    /// To the branch that counts, or behind `#End If`.
    fn skip_branch(&mut self) {
        let mut depth = 0_u32;
        while self.at < self.end {
            if self.is_mark("#") && (self.at == 0 || self.code.kind(self.at.saturating_sub(1)) == lexer::Kind::End) {
                self.skip();
                if self.is("if") {
                    depth = depth.saturating_add(1);
                } else if self.is("end") || self.is("endif") {
                    if depth == 0 {
                        self.skip_line();
                        return;
                    }
                    depth = depth.saturating_sub(1);
                } else if depth == 0 && self.take("else") {
                    self.skip_line();
                    return;
                } else if depth == 0 && self.take("elseif") && self.condition() {
                    return;
                }
            }
            self.skip();
        }
    }

    fn skip_to_end_if(&mut self) {
        let mut depth = 0_u32;
        while self.at < self.end {
            if self.is_mark("#") && self.code.kind(self.at.saturating_sub(1)) == lexer::Kind::End {
                self.skip();
                if self.is("if") {
                    depth = depth.saturating_add(1);
                } else if self.is("end") || self.is("endif") {
                    if depth == 0 {
                        self.skip_line();
                        return;
                    }
                    depth = depth.saturating_sub(1);
                }
            }
            self.skip();
        }
    }

    // ---- statements --------------------------------------------------------------------------------------------------

    fn statement(&mut self) -> Statement {
        let word = if self.code.is_foreign(self.at) { String::new() } else { self.code.name(self.at) };
        let next = self.at.saturating_add(1);
        // A keyword that is used as a name: `Name = x`, `Open.Do`.
        let as_name = self.code.is_mark(next, "=") || self.code.is_mark(next, ".") && self.code.is_joined(next);
        if as_name && !matches!(word.as_str(), "if" | "call" | "set" | "let" | "with" | "select" | "elseif" | "case") {
            return self.assignment_or_call();
        }
        match word.as_str() {
            "if" => self.if_statement(),
            "select" => self.select(),
            "for" => self.for_statement(),
            "do" => self.do_statement(),
            "while" => self.while_statement(),
            "with" => {
                self.skip();
                let object = self.expression(0);
                let body = self.block(&["end with", "end sub", "end function", "end property"]);
                self.close(&["end", "endwith"], 2);
                Statement::With(object, body)
            }
            "dim" | "private" | "public" => {
                self.skip();
                Statement::Dim(self.declarations(false, false))
            }
            "static" => {
                self.skip();
                let declared = self.declarations(false, false);
                self.statics.extend(declared.iter().map(|declared| declared.name));
                Statement::Dim(declared)
            }
            "const" => {
                self.skip();
                Statement::Const(self.declarations(true, false))
            }
            "redim" => {
                self.skip();
                let preserve = self.take("preserve");
                Statement::ReDim(preserve, self.declarations(false, true))
            }
            "set" | "let" | "lset" | "rset" => self.assignment(),
            "call" => {
                self.skip();
                Statement::Call(self.primary(false))
            }
            "exit" | "goto" | "gosub" | "return" | "on" | "resume" | "end" | "stop" => self.jump(&word),
            "erase" => {
                self.skip();
                Statement::Erase(self.expressions())
            }
            "mid" | "midb" | "mid$" if self.code.is_mark(next, "(") => self.mid(),
            "open" | "print" | "write" | "put" | "get" | "input" | "line" | "close" | "reset" | "seek" | "lock"
            | "unlock" | "width" | "filecopy" | "name" => self.file(&word),
            "option" | "attribute" | "raiseevent" | "randomize" | "defint" | "deflng" | "defstr" | "rem" => {
                self.skip_statement();
                Statement::Dim(Vec::new())
            }
            _ => self.assignment_or_call(),
        }
    }

    /// Takes the words that close a block.
    fn close(&mut self, words: &[&str], count: usize) {
        if self.lost || self.at >= self.end {
            return;
        }
        if self.is("end") && ["sub", "function", "property"].iter().any(|word| self.next_is(word)) {
            self.torn = true;
            return;
        }
        for word in words {
            if self.take(word) {
                if *word == "end" && count == 2 {
                    self.skip();
                }
                return;
            }
        }
        self.torn = true;
    }

    fn assignment(&mut self) -> Statement {
        let set = self.is("set");
        self.skip();
        let target = self.primary(false);
        if !self.take_mark("=") {
            self.torn = true;
            return Statement::Unreadable;
        }
        self.assigns(&target);
        let value = self.expression(0);
        if set { Statement::Set(target, value) } else { Statement::Let(target, value) }
    }

    fn assignment_or_call(&mut self) -> Statement {
        let start = u32::try_from(self.at).unwrap_or(u32::MAX);
        let target = self.primary(true);
        if self.take_mark("=") {
            self.assigns(&target);
            return Statement::Let(target, self.expression(0));
        }
        if self.ends() {
            return Statement::Call(target);
        }
        let arguments = self.arguments();
        Statement::Call(Expression::Call(Box::new(target), arguments, start))
    }

    fn if_statement(&mut self) -> Statement {
        const ENDS: [&str; 7] = ["elseif", "else", "end if", "end sub", "end function", "end property", "endif"];
        self.skip();
        let condition = self.expression(0);
        self.take("then");
        if self.kind() != lexer::Kind::End && !(self.is_mark(":") && self.line_is_over()) {
            return self.one_line_if(condition);
        }
        let mut branches = vec![(condition, self.block(&ENDS))];
        let mut otherwise = Vec::new();
        while !self.lost {
            if self.take("elseif") {
                let condition = self.expression(0);
                self.take("then");
                branches.push((condition, self.block(&ENDS)));
            } else if self.take("else") {
                otherwise = self.block(&ENDS);
            } else {
                self.close(&["endif", "end"], 2);
                break;
            }
        }
        Statement::If(branches, otherwise)
    }

    fn line_is_over(&self) -> bool {
        self.code.kind(self.at.saturating_add(1)) == lexer::Kind::End
    }

    fn one_line_if(&mut self, condition: Expression) -> Statement {
        self.in_line = self.in_line.saturating_add(1);
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH {
            self.lost = true;
        }
        let body = self.line();
        let otherwise = if self.take("else") { self.line() } else { Vec::new() };
        self.depth = self.depth.saturating_sub(1);
        self.in_line = self.in_line.saturating_sub(1);
        Statement::If(vec![(condition, body)], otherwise)
    }

    /// Statements up to the end of the line or `Else`.
    fn line(&mut self) -> Block {
        let mut block = Vec::new();
        while self.kind() != lexer::Kind::End && !self.is("else") && !self.lost {
            if self.take_mark(":") {
                continue;
            }
            let start = self.at;
            let at = u32::try_from(start).unwrap_or(u32::MAX);
            if self.kind() == lexer::Kind::Number {
                // `If x Then 10`
                block.push(Node { at, statement: Statement::GoTo(self.code.text(self.at).into()) });
                self.skip();
                continue;
            }
            let statement = self.statement();
            block.push(Node { at, statement });
            if !self.ends() {
                self.torn = true;
                self.skip_statement();
            }
            if self.at == start {
                self.skip();
            }
        }
        block
    }

    fn select(&mut self) -> Statement {
        const ENDS: [&str; 5] = ["case", "end select", "end sub", "end function", "end property"];
        self.skip();
        self.take("case");
        let subject = self.expression(0);
        let (mut cases, mut otherwise) = (Vec::new(), Vec::new());
        // Nothing may stand before the first Case.
        let before = self.block(&ENDS);
        self.torn |= !before.is_empty();
        while !self.lost && self.take("case") {
            if self.take("else") {
                otherwise = self.block(&ENDS);
                continue;
            }
            let mut clauses = Vec::new();
            loop {
                clauses.push(self.case());
                if !self.take_mark(",") {
                    break;
                }
            }
            cases.push((clauses, self.block(&ENDS)));
        }
        self.close(&["end"], 2);
        Statement::Select(subject, cases, otherwise)
    }

    fn case(&mut self) -> Case {
        self.take("is");
        if let Some((operator, rank)) = self.operator()
            && rank == super::expressions::COMPARISON
        {
            self.skip_operator();
            return Case::Is(operator, self.expression(0));
        }
        let first = self.expression(0);
        if self.take("to") { Case::Range(first, self.expression(0)) } else { Case::Value(first) }
    }

    fn for_statement(&mut self) -> Statement {
        self.skip();
        if self.take("each") {
            let variable = self.primary(false);
            self.assigns(&variable);
            self.take("in");
            let over = self.expression(0);
            let body = self.loop_body();
            return Statement::ForEach { variable, over, body };
        }
        let variable = self.primary(false);
        self.assigns(&variable);
        self.take_mark("=");
        let from = self.expression(0);
        self.take("to");
        let to = self.expression(0);
        let step = self.take("step").then(|| self.expression(0));
        let body = self.loop_body();
        Statement::For { variable, from, to, step, body }
    }

    fn loop_body(&mut self) -> Block {
        let ends: &[&str] = &["next", "end sub", "end function", "end property"];
        let body = if self.in_line > 0 { self.line_block(ends) } else { self.block(ends) };
        if self.closing > 0 {
            self.closing = self.closing.saturating_sub(1);
            return body;
        }
        if self.take("next") {
            let mut loops = 0_usize;
            while self.kind() == lexer::Kind::Name && !self.ends() {
                self.primary(false);
                loops = loops.saturating_add(1);
                if !self.take_mark(",") {
                    break;
                }
            }
            self.closing = loops.saturating_sub(1);
        } else {
            self.torn = true;
        }
        body
    }

    /// The body of a loop that stands on the line of an If.
    fn line_block(&mut self, ends: &[&str]) -> Block {
        let mut block = Vec::new();
        while self.kind() != lexer::Kind::End && !self.at_end_of(ends) && !self.lost {
            if self.take_mark(":") {
                continue;
            }
            let start = self.at;
            let statement = self.statement();
            block.push(Node { at: u32::try_from(start).unwrap_or(u32::MAX), statement });
            if self.at == start {
                self.skip();
            }
        }
        block
    }

    fn do_statement(&mut self) -> Statement {
        self.skip();
        let mut condition = self.loop_condition(false);
        let ends: &[&str] = &["loop", "end sub", "end function", "end property"];
        let body = if self.in_line > 0 { self.line_block(ends) } else { self.block(ends) };
        if self.take("loop") {
            let after = self.loop_condition(true);
            condition = condition.or(after);
        } else if self.closing == 0 {
            self.torn = true;
        }
        Statement::Do(condition, body)
    }

    fn loop_condition(&mut self, after: bool) -> Option<Condition> {
        let until = if self.take("until") {
            true
        } else if self.take("while") {
            false
        } else {
            return None;
        };
        Some(Condition { test: self.expression(0), until, after })
    }

    fn while_statement(&mut self) -> Statement {
        self.skip();
        let test = self.expression(0);
        let ends: &[&str] = &["wend", "end sub", "end function", "end property"];
        let body = if self.in_line > 0 { self.line_block(ends) } else { self.block(ends) };
        self.torn |= !self.take("wend");
        Statement::Do(Some(Condition { test, until: false, after: false }), body)
    }

    fn target(&mut self) -> Rc<str> {
        let target = self.code.text(self.at).to_lowercase();
        self.skip();
        target.as_str().into()
    }

    fn jump(&mut self, word: &str) -> Statement {
        self.skip();
        match word {
            "exit" => {
                let exit = match self.word().unwrap_or_default().as_str() {
                    "for" => Exit::For,
                    "do" => Exit::Do,
                    _ => Exit::Procedure,
                };
                Statement::Exit(exit)
            }
            "goto" => Statement::GoTo(self.target()),
            "gosub" => Statement::GoSub(self.target()),
            "return" => Statement::Return,
            "resume" => {
                if self.ends() || self.take("next") {
                    return Statement::Resume;
                }
                Statement::GoTo(self.target())
            }
            "on" => self.on(),
            // `End` alone; an end that closes nothing is not read.
            _ if self.ends() => Statement::End,
            _ => {
                self.torn = true;
                self.skip_statement();
                Statement::Unreadable
            }
        }
    }

    fn on(&mut self) -> Statement {
        self.take("local");
        if self.take("error") {
            if self.take("resume") {
                self.take("next");
                return Statement::OnError(OnError::ResumeNext);
            }
            self.take("goto");
            let minus = self.take_mark("-");
            let label = self.target();
            let off = minus || &*label == "0";
            return Statement::OnError(if off { OnError::Off } else { OnError::GoTo(label) });
        }
        let choice = self.expression(0);
        if !self.take("goto") {
            self.take("gosub");
        }
        let mut labels = vec![self.target()];
        while self.take_mark(",") {
            labels.push(self.target());
        }
        Statement::OnGoTo(choice, labels)
    }

    fn mid(&mut self) -> Statement {
        let start = self.at;
        let bytes = self.is("midb");
        self.skip();
        self.skip();
        let target = self.primary(false);
        self.assigns(&target);
        self.take_mark(",");
        let from = self.expression(0);
        let length = self.take_mark(",").then(|| self.expression(0));
        if self.take_mark(")") && self.take_mark("=") {
            return Statement::Mid { target, from, length, value: self.expression(0), bytes };
        }
        self.at = start;
        self.assignment_or_call()
    }

    fn expressions(&mut self) -> Vec<Expression> {
        let mut list = Vec::new();
        while !self.ends() {
            let start = self.at;
            if !self.take_mark(",") && !self.take_mark(";") {
                self.take_mark("#");
                list.push(self.expression(0));
            }
            if self.at == start {
                break;
            }
        }
        list
    }

    fn file(&mut self, word: &str) -> Statement {
        let start = self.at;
        self.skip();
        let numbered = self.is_mark("#");
        match word {
            "open" => {
                let path = self.expression(0);
                if !self.take("for") {
                    // A procedure of this name.
                    self.at = start;
                    return self.assignment_or_call();
                }
                let mode = self.word().unwrap_or_default();
                let (mut reads, mut writes) = (false, false);
                while !self.ends() && !self.is("as") {
                    reads |= self.is("read");
                    writes |= self.is("write");
                    self.skip();
                }
                self.take("as");
                self.take_mark("#");
                let number = self.expression(0);
                self.skip_statement();
                let can = matches!(mode.as_str(), "output" | "append" | "binary" | "random");
                Statement::Open { path, number, writes: can && (writes || !reads) }
            }
            "print" | "write" if numbered => {
                self.skip();
                let number = self.expression(0);
                Statement::Print { number, values: self.expressions(), line: true }
            }
            "put" => {
                self.take_mark("#");
                let number = self.expression(0);
                let mut values = self.expressions();
                values.drain(..values.len().saturating_sub(1));
                Statement::Print { number, values, line: false }
            }
            "line" | "input" | "get" => {
                self.take("input");
                self.take_mark("#");
                let mut values = self.expressions();
                values.drain(..usize::from(!values.is_empty()));
                for value in &values {
                    self.assigns(value);
                }
                Statement::Input(values)
            }
            "filecopy" => {
                let from = self.expression(0);
                self.take_mark(",");
                Statement::FileCopy(from, self.expression(0))
            }
            "name" => {
                self.expression(0);
                self.take("as");
                Statement::Rename(self.expression(0))
            }
            "print" | "write" => {
                self.at = start;
                self.assignment_or_call()
            }
            _ => {
                self.skip_statement();
                Statement::Close
            }
        }
    }
}
