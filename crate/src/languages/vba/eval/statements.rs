//! Statements, one after the other ([MS-VBAL] 5.4).

use std::rc::Rc;

use super::ast::{Block, Case, Condition, Exit, Expression, Node, OnError, Operator, Statement};
use super::machine::{Machine, Ref, Variable, With};
use super::operators::combine;
use super::value::{Value, real, size, wide};
use crate::languages::{ActionKind, places};

/// Where it goes on.
#[derive(Clone, Debug)]
pub(super) enum Flow {
    Next,
    Exit(Exit),
    Goto(Rc<str>),
    /// From GoSub.
    Return,
    /// Back to where an error was raised.
    Resume,
    /// `End`, or nothing is left to spend.
    Stop,
    /// An error nobody has handled yet.
    Raise,
}

/// Rounds of a loop that is given up when half of the fuel is gone; checked against it.
impl Machine<'_, '_> {
    pub(super) fn block(&mut self, block: &Block) -> Flow {
        self.block_from(block, 0)
    }

    pub(super) fn block_from(&mut self, block: &Block, from: usize) -> Flow {
        if !self.descend() {
            self.ascend();
            return Flow::Next;
        }
        let flow = self.nodes(block, from);
        self.ascend();
        flow
    }

    fn nodes(&mut self, block: &Block, from: usize) -> Flow {
        let mut at = from;
        while let Some(node) = block.get(at) {
            at = at.saturating_add(1);
            if !self.spend(1) {
                return Flow::Stop;
            }
            let mut flow = self.statement(node);
            if std::mem::take(&mut self.raised) {
                flow = Flow::Raise;
            }
            if matches!(flow, Flow::Raise) {
                let frame = self.frames.last_mut();
                match frame.map(|frame| (frame.resume_next, frame.handler.take(), &mut frame.resumed)) {
                    Some((true, ..)) => flow = Flow::Next,
                    Some((_, Some(label), resumed)) => {
                        *resumed = Some((std::ptr::null(), 0, Rc::clone(&label)));
                        flow = Flow::Goto(label);
                    }
                    _ => return Flow::Raise,
                }
            }
            if matches!(flow, Flow::Resume) {
                let floor = self.frame().map_or(0, |frame| frame.floor);
                let back = self.frames.last_mut().and_then(|frame| {
                    let (_, at, label) = frame.resumed.take_if(|(to, ..)| *to == block.as_ptr())?;
                    frame.handler = Some(label);
                    Some(at)
                });
                flow = Flow::Next;
                if let Some(back) = back.filter(|_| self.fuel > floor && self.spend(block.len() as u64 / 16)) {
                    at = back;
                }
            }
            match flow {
                Flow::Next => {}
                Flow::Goto(label) => {
                    let found = block
                        .iter()
                        .position(|node| matches!(&node.statement, Statement::Label(name) if *name == label));
                    let floor = self.frame().map_or(0, |frame| frame.floor);
                    match found {
                        Some(_) if self.fuel <= floor || !self.spend(block.len() as u64 / 16) => {
                            self.exhaust();
                            return Flow::Exit(Exit::Procedure);
                        }
                        Some(found) => {
                            // The statement in which the error was raised stands in this block.
                            let resumed = self.frames.last_mut().and_then(|frame| frame.resumed.as_mut());
                            if let Some((to, next, handler)) = resumed
                                && to.is_null()
                                && *handler == label
                            {
                                (*to, *next) = (block.as_ptr(), at);
                            }
                            at = found;
                        }
                        None => return Flow::Goto(label),
                    }
                }
                other => return other,
            }
        }
        Flow::Next
    }

    fn statement(&mut self, node: &Node) -> Flow {
        match &node.statement {
            Statement::Let(target, value) => self.let_value(target, value),
            Statement::Set(target, value) => {
                let value = self.evaluate(value);
                self.assign(target, value, true);
            }
            Statement::Call(call) => {
                self.call_statement(call);
            }
            Statement::Raise(event) => self.raise_event(event),
            Statement::If(branches, otherwise) => return self.if_statement(branches, otherwise),
            Statement::Select(subject, cases, otherwise) => return self.select(subject, cases, otherwise),
            Statement::For { variable, from, to, step, body } => {
                return self.for_statement(variable, [Some(&**from), Some(&**to), step.as_deref()], body);
            }
            Statement::ForEach { variable, over, body } => return self.for_each(variable, over, body),
            Statement::Do(condition, body) => return self.do_statement(condition.as_ref(), body),
            Statement::With(object, body) => return self.with(object, body),
            Statement::Dim(declared) => self.dim(declared),
            Statement::Const(declared) => self.constants(declared),
            Statement::ReDim(preserve, declared) => self.redim(*preserve, declared),
            Statement::Erase(targets) => {
                for target in targets {
                    self.erase(target);
                }
            }
            Statement::Exit(exit) => return Flow::Exit(*exit),
            Statement::Label(label) => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.visited.insert(Rc::clone(label));
                }
            }
            Statement::GoTo(label) => return Flow::Goto(Rc::clone(label)),
            Statement::GoSub(label) => self.go_sub(label),
            Statement::OnGoTo(choice, labels, returns) => return self.on_go_to(choice, labels, *returns),
            Statement::Align(target, value, right) => {
                let value = self.evaluate(value);
                self.align(target, value, *right);
            }
            Statement::Return => return Flow::Return,
            Statement::OnError(on) => self.on_error(on),
            Statement::Resume => return Flow::Resume,
            Statement::Close => {}
            Statement::End => return Flow::Stop,
            Statement::Mid { target, from, length, value, bytes } => {
                let length = length.as_ref().map(|length| self.evaluate(length));
                let (from, value) = (self.evaluate(from), self.evaluate(value));
                self.replace_part(target, &from, length.as_ref(), &value, *bytes);
            }
            Statement::Open { .. }
            | Statement::Print { .. }
            | Statement::Input(_)
            | Statement::FileCopy(..)
            | Statement::Rename(_) => self.file(node),
            Statement::Unreadable => self.outcome.cut = true,
        }
        Flow::Next
    }

    /// `s = s & x` grows the text in its place.
    fn let_value(&mut self, target: &Expression, value: &Expression) {
        if let (Expression::Name(name, _), Expression::Operators(first, rest)) = (target, value)
            && let Expression::Name(source, _) = &**first
            && source == name
            && rest.iter().all(|(operator, _)| matches!(operator, Operator::Concatenate | Operator::Add))
            && let Some(place) = self.variable_of(*name)
        {
            let texts = matches!(self.variable(place).map(|variable| &variable.value), Some(Value::Text(..)));
            let joins = rest.iter().all(|(operator, _)| *operator == Operator::Concatenate);
            if texts && (joins || rest.len() == 1) {
                for (operator, part) in rest {
                    let part = self.evaluate(part);
                    let part = self.plain(part);
                    self.spend(part.weight() >> 4);
                    let joined = *operator == Operator::Concatenate || matches!(part, Value::Text(..) | Value::Unknown);
                    let left = self.touch(place).map(|variable| std::mem::take(&mut variable.value));
                    let left = left.unwrap_or_default();
                    self.spend(left.shared_weight() >> 5);
                    let value = if joined { left.join(&part) } else { combine(Operator::Add, left, &part) };
                    self.write(place, value);
                }
                return;
            }
        }
        let value = self.evaluate(value);
        self.assign(target, value, false);
    }

    fn if_statement(&mut self, branches: &[(Expression, Block)], otherwise: &Block) -> Flow {
        self.choose(branches, otherwise, |machine, condition| machine.evaluate(condition).truth())
    }

    fn select(&mut self, subject: &Expression, cases: &[(Vec<Case>, Block)], otherwise: &Block) -> Flow {
        let subject = self.evaluate(subject);
        self.choose(cases, otherwise, |machine, clauses| {
            let mut met = Some(false);
            for clause in clauses {
                met = match (met, machine.case(&subject, clause)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (None, _) | (_, None) => None,
                    _ => Some(false),
                };
            }
            met
        })
    }

    /// The first block whose condition is met; where it cannot be told, every one that could be.
    fn choose<C>(
        &mut self,
        branches: &[(C, Block)],
        otherwise: &Block,
        mut is_met: impl FnMut(&mut Self, &C) -> Option<bool>,
    ) -> Flow {
        let mut open: Vec<&Block> = Vec::new();
        for (condition, block) in branches {
            match is_met(self, condition) {
                Some(true) if open.is_empty() => return self.block(block),
                Some(true) => {
                    open.push(block);
                    return self.every_branch(&open);
                }
                Some(false) => {}
                None => open.push(block),
            }
        }
        if open.is_empty() {
            return self.block(otherwise);
        }
        open.push(otherwise);
        self.every_branch(&open)
    }

    fn case(&mut self, subject: &Value, clause: &Case) -> Option<bool> {
        match clause {
            Case::Value(value) => {
                let value = self.evaluate(value);
                self.compared(Operator::Equal, subject.clone(), &value).truth()
            }
            Case::Is(operator, value) => {
                let value = self.evaluate(value);
                self.compared(*operator, subject.clone(), &value).truth()
            }
            Case::Range(low, high) => {
                let (low, high) = (self.evaluate(low), self.evaluate(high));
                let above = self.compared(Operator::MoreOrEqual, subject.clone(), &low).truth()?;
                let below = self.compared(Operator::LessOrEqual, subject.clone(), &high).truth()?;
                Some(above && below)
            }
        }
    }

    // ---- loops -------------------------------------------------------------------------------------------------------

    fn for_statement(&mut self, variable: &Expression, bounds: [Option<&Expression>; 3], body: &Block) -> Flow {
        let [from, to, step] = bounds.map(|bound| bound.map(|bound| self.evaluate(bound)));
        let step = step.unwrap_or(Value::Int(1));
        let whole = |value: &Option<Value>| {
            matches!(value, Some(Value::Int(_) | Value::Bool(_) | Value::Text(_, true) | Value::Empty))
        };
        let is_whole = whole(&from) && whole(&to) && matches!(step, Value::Int(_))
            || from.as_ref().and_then(Value::number).is_some_and(|n| n.fract() == 0.0)
                && step.number().is_some_and(|n| n.fract() == 0.0);
        let numbers = (
            from.as_ref().and_then(Value::number),
            to.as_ref().and_then(Value::number),
            step.number().filter(|step| *step != 0.0),
        );
        let height = self.begin_loop();
        let outer_doubt = std::mem::take(&mut self.doubt);
        let floor = self.fuel / 2;
        let make = |n: f64| if is_whole { Value::Int(super::value::round(n)) } else { Value::Real(n) };
        let mut flow = Flow::Next;
        if let (Some(from), Some(to), Some(step)) = numbers {
            let mut n = from;
            loop {
                self.assign(variable, make(n), false);
                if if step > 0.0 { n > to } else { n < to } {
                    break;
                }
                if self.fuel <= floor {
                    self.exhaust();
                    self.doubt = true;
                    break;
                }
                flow = self.block(body);
                if !matches!(flow, Flow::Next) {
                    break;
                }
                self.spend(1);
                // The body may change the variable.
                n = self.evaluate(variable).number().unwrap_or(n) + step;
            }
            if self.fuel <= floor && self.doubt && self.fuel > 0 && matches!(flow, Flow::Next) {
                self.blur(height);
                flow = self.block(body);
            }
        } else {
            if let Some(from) = numbers.0 {
                self.assign(variable, make(from), false);
            }
            let mut first = numbers.0.is_some();
            flow = self.unknown_loop(body, height, &mut |machine: &mut Self| {
                if !std::mem::take(&mut first) {
                    machine.assign(variable, Value::Unknown, false);
                }
            });
            self.doubt = true;
        }
        let doubt = std::mem::replace(&mut self.doubt, outer_doubt);
        self.end_loop(height, doubt);
        match flow {
            Flow::Exit(Exit::For) => Flow::Next,
            other => other,
        }
    }

    fn for_each(&mut self, variable: &Expression, over: &Expression, body: &Block) -> Flow {
        let over = self.evaluate(over);
        let items = self.items_of(&over);
        let height = self.begin_loop();
        let outer_doubt = std::mem::take(&mut self.doubt);
        let floor = self.fuel / 2;
        let mut flow = Flow::Next;
        if let Some(items) = items {
            for item in items {
                self.assign(variable, item, true);
                if self.fuel <= floor {
                    self.exhaust();
                    self.doubt = true;
                    break;
                }
                flow = self.block(body);
                if !matches!(flow, Flow::Next) {
                    break;
                }
            }
        } else {
            let found = self.found_in(&over);
            flow = self.unknown_loop(body, height, &mut |machine: &mut Self| {
                machine.assign(variable, found.clone(), true);
            });
            self.doubt = true;
        }
        let doubt = std::mem::replace(&mut self.doubt, outer_doubt);
        self.end_loop(height, doubt);
        match flow {
            Flow::Exit(Exit::For) => Flow::Next,
            other => other,
        }
    }

    fn do_statement(&mut self, condition: Option<&Condition>, body: &Block) -> Flow {
        let height = self.begin_loop();
        let outer_doubt = std::mem::take(&mut self.doubt);
        let floor = self.fuel / 2;
        let mut flow = Flow::Next;
        let mut asked = condition.is_some_and(|condition| !condition.after);
        loop {
            if asked && let Some(condition) = condition {
                let met = self.evaluate(&condition.test).truth().map(|truth| truth != condition.until);
                match met {
                    Some(true) => {}
                    Some(false) => break,
                    None => {
                        flow = self.unknown_loop(body, height, &mut |_: &mut Self| ());
                        self.doubt = true;
                        break;
                    }
                }
            }
            asked = true;
            if self.fuel <= floor {
                self.exhaust();
                self.blur(height);
                flow = if self.fuel > 0 { self.block(body) } else { Flow::Stop };
                self.doubt = true;
                break;
            }
            flow = self.block(body);
            if !matches!(flow, Flow::Next) {
                break;
            }
            // `Do … Loop` that a branch nobody knows may leave.
            if condition.is_none() && self.doubt {
                flow = self.unknown_loop(body, height, &mut |_: &mut Self| ());
                break;
            }
            self.spend(1);
        }
        let doubt = std::mem::replace(&mut self.doubt, outer_doubt);
        self.end_loop(height, doubt);
        match flow {
            Flow::Exit(Exit::Do) => Flow::Next,
            other => other,
        }
    }

    // ---- the rest ----------------------------------------------------------------------------------------------------

    fn with(&mut self, object: &Expression, body: &Block) -> Flow {
        let place = self.place_of(object);
        let record = place
            .filter(|place| matches!(self.variable(*place).map(|variable| &variable.value), Some(Value::Record(_))));
        // A record in an array or in another record is changed in a variable of its own, and put back.
        let part = if record.is_none() { self.part_of(object) } else { None };
        let length = self.stack.len();
        let with = match (record, &part) {
            (Some(place), _) => With::Place(place),
            (None, Some((.., value))) => {
                self.stack.push(Variable { value: value.clone(), ..Variable::default() });
                With::Place(Ref::stack(length))
            }
            (None, None) => With::Value(self.evaluate(object)),
        };
        if let Some(frame) = self.frames.last_mut() {
            frame.with.push(with);
        }
        let flow = self.block(body);
        if let Some(frame) = self.frames.last_mut() {
            frame.with.pop();
        }
        if let Some((place, path, _)) = part {
            let value = self.read(Ref::stack(length));
            self.stack.truncate(length);
            self.put_part(place, &path, value);
        }
        flow
    }

    fn go_sub(&mut self, label: &Rc<str>) {
        let Some(procedure) = self.frame().map(|frame| frame.procedure) else { return };
        let body = self.body(procedure);
        let found =
            body.block.iter().position(|node| matches!(&node.statement, Statement::Label(name) if name == label));
        if let Some(found) = found {
            self.block_from(&body.block, found);
        } else {
            self.outcome.cut = true;
        }
    }

    fn on_go_to(&mut self, choice: &Expression, labels: &[Rc<str>], returns: bool) -> Flow {
        match self.evaluate(choice).integer() {
            Some(n) => {
                let label = usize::try_from(n.saturating_sub(1)).ok().and_then(|at| labels.get(at));
                if let Some(label) = label.filter(|_| returns) {
                    self.go_sub(label);
                    return Flow::Next;
                }
                label.map_or(Flow::Next, |label| Flow::Goto(Rc::clone(label)))
            }
            None => {
                self.outcome.cut = true;
                if let Some(frame) = self.frames.last_mut() {
                    frame.pending.extend(labels.iter().take(16).cloned());
                }
                Flow::Next
            }
        }
    }

    fn on_error(&mut self, on: &OnError) {
        self.forget_error();
        let Some(frame) = self.frames.last_mut() else { return };
        (frame.resume_next, frame.handler) = match on {
            OnError::ResumeNext => (true, None),
            OnError::Off => (false, None),
            OnError::GoTo(label) => {
                // An error nobody sees here may lead there.
                if frame.pending.len() < 16 && !frame.pending.contains(label) {
                    frame.pending.push(Rc::clone(label));
                }
                (false, Some(Rc::clone(label)))
            }
        };
    }

    fn file(&mut self, node: &Node) {
        let module = self.frame().map_or(0, |frame| frame.module);
        match &node.statement {
            Statement::Open { path, number, writes } => {
                let path = self.evaluate(path);
                let number = self.evaluate(number);
                self.site = (module, node.at as usize);
                let key = number.known().unwrap_or_default();
                self.set_property(0, &format!("file {key}"), path.clone());
                self.set_property(0, &format!("line {key}"), Value::Int(0));
                if *writes {
                    self.store(&path, true);
                }
            }
            Statement::Print { number, values, line } => {
                let key = self.evaluate(number).known().unwrap_or_default();
                let mut text = Value::text("");
                for value in values {
                    let value = self.evaluate(value);
                    text = text.join(&value);
                }
                if *line {
                    text = text.join(&Value::text("\r\n"));
                }
                if let Some(path) = self.property(0, &format!("file {key}")) {
                    self.write_file(&path, &text, true);
                }
            }
            Statement::Input(targets) => {
                let (number, targets) = targets.split_at(targets.len().min(1));
                let line = match number.first() {
                    Some(number) => {
                        let number = self.evaluate(number);
                        self.next_line(&number)
                    }
                    None => Value::Unknown,
                };
                for target in targets {
                    let only = targets.len() == 1;
                    self.assign(target, if only { line.clone() } else { Value::Unknown }, false);
                }
            }
            Statement::FileCopy(from, to) => {
                self.evaluate(from);
                let to = self.evaluate(to);
                self.site = (module, node.at as usize);
                self.store(&to, true);
            }
            Statement::Rename(to) => {
                let to = self.evaluate(to);
                self.site = (module, node.at as usize);
                self.store(&to, true);
            }
            _ => {}
        }
    }

    /// Text goes into a file, behind what is there or in its place.
    pub(super) fn write_file(&mut self, path: &Value, text: &Value, behind: bool) {
        let (Some(shown), Some(told)) = (path.shown(), text.shown()) else { return };
        let before = self.content_of(path).filter(|_| behind).unwrap_or_else(|| Value::text(""));
        self.spend(before.weight().saturating_add(text.weight()) >> 4);
        self.set_property(0, &content_key(&shown), before.join(text));
        if behind {
            self.outcome.files.append(&shown, &told);
        } else {
            self.outcome.files.replace(&shown, &told);
        }
    }

    /// What the macros wrote into a file, as far as it is known.
    pub(super) fn content_of(&self, path: &Value) -> Option<Value> {
        self.property(0, &content_key(&path.shown()?))
    }

    /// The lines of an open file that the macros wrote, and how many of them have been read.
    fn lines_of(&mut self, number: &Value) -> Option<(Vec<String>, usize)> {
        let key = number.known()?;
        let content = self.property(0, &format!("file {key}")).and_then(|path| self.content_of(&path))?.known()?;
        self.spend(content.len() as u64 / 8);
        let read = self.property(0, &format!("line {key}")).and_then(|read| read.integer()).and_then(size).unwrap_or(0);
        Some((content.lines().map(str::to_owned).collect(), read))
    }

    fn next_line(&mut self, number: &Value) -> Value {
        let Some((lines, read)) = self.lines_of(number) else { return Value::Unknown };
        let key = number.known().unwrap_or_default();
        self.set_property(0, &format!("line {key}"), super::operators::count(read.saturating_add(1)));
        lines.get(read).map_or(Value::Unknown, |line| Value::text(line))
    }

    /// `EOF(number)`
    pub(super) fn is_read(&mut self, number: &Value) -> Value {
        self.lines_of(number).map_or(Value::Unknown, |(lines, read)| Value::Bool(read >= lines.len()))
    }

    /// A file is written: in some folders one that is started later.
    pub(super) fn store(&mut self, path: &Value, certain: bool) {
        let text = path.shown().unwrap_or_default();
        let kind = match () {
            () if places::starts_later(&text) => ActionKind::Persist,
            () if places::redirects(&text) => ActionKind::Weaken,
            // Each file that was found is written over.
            () if places::is_what_a_person_keeps(&text) => ActionKind::Destroy,
            () => ActionKind::Write,
        };
        self.act(kind, path, certain);
    }

    /// A file or folder that is deleted.
    pub(super) fn delete(&mut self, path: &Value) {
        let destroys = path.shown().is_some_and(|path| places::destroys(&path));
        self.act(if destroys { ActionKind::Destroy } else { ActionKind::Delete }, path, true);
    }
}

fn content_key(path: &str) -> String {
    format!("content {}", path.to_lowercase())
}

/// A number as a text, for keys.
pub(super) fn key(value: &Value) -> Option<String> {
    match value {
        Value::Real(n) => Some(real(*n)),
        Value::Int(n) => Some(real(wide(*n))),
        other => other.known(),
    }
}
