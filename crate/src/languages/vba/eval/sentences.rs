//! From tokens to single statements ([MS-VBAL] 5.4).

use std::rc::Rc;

use super::ast::{Argument, Block, Case, Condition, Exit, Expression, Node, OnError, Statement};
use super::parse::{DEPTH, Parser};
use crate::languages::vba::lexer;

impl Parser<'_, '_> {
    pub(super) fn statement(&mut self) -> Statement {
        let word = if self.code.is_foreign(self.at) { "" } else { self.code.name(self.at) };
        let next = self.at.saturating_add(1);
        // A keyword that is used as a name: `Name = x`, `Open.Do`.
        let as_name = self.code.is_mark(next, "=") || self.code.is_mark(next, ".") && self.code.is_joined(next);
        if as_name && !matches!(word, "if" | "call" | "set" | "let" | "with" | "select" | "elseif" | "case") {
            return self.assignment_or_call();
        }
        match word {
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
            "exit" | "goto" | "gosub" | "return" | "on" | "resume" | "end" | "stop" => self.jump(word),
            "erase" => {
                self.skip();
                Statement::Erase(self.expressions())
            }
            "mid" | "midb" | "mid$" if self.code.is_mark(next, "(") => self.mid(),
            "open" | "print" | "write" | "put" | "get" | "input" | "line" | "close" | "reset" | "seek" | "lock"
            | "unlock" | "width" | "filecopy" | "name" => self.file(word),
            "raiseevent" => {
                self.skip();
                Statement::Raise(self.primary(false))
            }
            "option" | "attribute" | "randomize" | "defint" | "deflng" | "defstr" | "rem" => {
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
            self.tear();
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
        self.tear();
    }

    fn assignment(&mut self) -> Statement {
        let set = self.is("set");
        let aligned = if self.is("lset") || self.is("rset") { Some(self.is("rset")) } else { None };
        self.skip();
        let target = self.primary(false);
        if !self.take_mark("=") {
            self.tear();
            return Statement::Unreadable;
        }
        self.assigns(&target);
        let value = self.expression(0);
        match aligned {
            Some(right) => Statement::Align(target, value, right),
            None if set => Statement::Set(target, value),
            None => Statement::Let(target, value),
        }
    }

    fn assignment_or_call(&mut self) -> Statement {
        let start = u32::try_from(self.at).unwrap_or(u32::MAX);
        let target = self.primary(true);
        if self.take_mark("=") {
            self.assigns(&target);
            return Statement::Let(target, self.expression(0));
        }
        if self.ends() {
            // `F (x)`: a value, as between further parentheses.
            let target = match target {
                Expression::Call(callee, mut arguments, at) => {
                    if let [Argument { name: None, value: Some(value @ Expression::Name(..)) }] =
                        arguments.as_mut_slice()
                    {
                        let inner = std::mem::replace(value, Expression::Unreadable);
                        *value = Expression::Operators(Box::new(inner), Vec::new());
                    }
                    Expression::Call(callee, arguments, at)
                }
                other => other,
            };
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
            self.push(&mut block, at, statement);
            if !self.ends() {
                self.tear();
                self.skip_statement();
            }
            if self.at == start {
                self.skip();
            }
        }
        block.shrink_to_fit();
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
                if self.lost || !self.take_mark(",") {
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
            let variable = Box::new(self.primary(false));
            self.assigns(&variable);
            self.take("in");
            let over = Box::new(self.expression(0));
            let body = self.loop_body();
            return Statement::ForEach { variable, over, body };
        }
        let variable = Box::new(self.primary(false));
        self.assigns(&variable);
        self.take_mark("=");
        let from = Box::new(self.expression(0));
        self.take("to");
        let to = Box::new(self.expression(0));
        let step = self.take("step").then(|| Box::new(self.expression(0)));
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
            self.tear();
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
            self.push(&mut block, u32::try_from(start).unwrap_or(u32::MAX), statement);
            if self.at == start {
                self.skip();
            }
        }
        block.shrink_to_fit();
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
            self.tear();
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
                let exit = match self.word().unwrap_or_default() {
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
                self.tear();
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
        let returns = !self.take("goto") && self.take("gosub");
        let mut labels = vec![self.target()];
        while self.take_mark(",") {
            labels.push(self.target());
        }
        Statement::OnGoTo(choice, labels, returns)
    }

    fn mid(&mut self) -> Statement {
        let start = self.at;
        let bytes = self.is("midb");
        self.skip();
        self.skip();
        let target = Box::new(self.primary(false));
        self.assigns(&target);
        self.take_mark(",");
        let from = Box::new(self.expression(0));
        let length = self.take_mark(",").then(|| Box::new(self.expression(0)));
        if self.take_mark(")") && self.take_mark("=") {
            return Statement::Mid { target, from, length, value: Box::new(self.expression(0)), bytes };
        }
        self.at = start;
        self.assignment_or_call()
    }

    fn expressions(&mut self) -> Vec<Expression> {
        let mut list = Vec::new();
        while !self.lost && !self.ends() {
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
                let can = matches!(mode, "output" | "append" | "binary" | "random");
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
                let values = self.expressions();
                for value in values.iter().skip(1) {
                    self.assigns(value);
                }
                // What `Get` reads is no line.
                Statement::Input(if word == "get" { values.into_iter().skip(1).collect() } else { values })
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
