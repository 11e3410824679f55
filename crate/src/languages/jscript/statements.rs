//! How sentences are run.

use std::rc::Rc;

use super::machine::{Flow, Kind, Machine};
use super::syntax::{Expression, Statement};
use super::value::Value;

impl Machine {
    pub(super) fn block(&mut self, list: &[Statement]) -> Flow {
        self.declare(list);
        for statement in list {
            match self.statement(statement) {
                Flow::Next => {}
                other => return other,
            }
        }
        Flow::Next
    }

    pub(super) fn statement(&mut self, statement: &Statement) -> Flow {
        if !self.spend(1) || !self.descend() {
            return Flow::Return(Value::Unknown);
        }
        let flow = self.any_statement(statement);
        self.ascend();
        flow
    }

    fn any_statement(&mut self, statement: &Statement) -> Flow {
        match statement {
            Statement::Expression(expression) => {
                self.value(expression);
                Flow::Next
            }
            Statement::Variables(list) => {
                for (name, value) in list {
                    let value = value.as_ref().map(|value| self.value(value));
                    if value.is_some() || self.holder(name).is_none_or(|at| at != self.scope) {
                        self.set(name, value.unwrap_or(Value::Undefined), true);
                    }
                }
                Flow::Next
            }
            Statement::Function(_) => Flow::Next,
            Statement::Block(list) => self.block(list),
            Statement::If(condition, then, other) => match self.value(condition).holds() {
                Some(true) => self.statement(then),
                Some(false) => other.as_ref().map_or(Flow::Next, |other| self.statement(other)),
                None => {
                    let one = self.statement(then);
                    let two = other.as_ref().map_or(Flow::Next, |other| self.statement(other));
                    match (one, two) {
                        (Flow::Return(value), Flow::Return(_)) => Flow::Return(value),
                        (Flow::Break, Flow::Break) => Flow::Break,
                        _ => Flow::Next,
                    }
                }
            },
            Statement::Loop(condition, step, body, first) => {
                self.repeat(condition.as_ref(), step.as_ref(), body, *first)
            }
            Statement::Each(name, list, body) => self.each(name, list, body),
            Statement::Return(value) => {
                Flow::Return(value.as_ref().map_or(Value::Undefined, |value| self.value(value)))
            }
            Statement::Throw(value) => Flow::Throw(self.value(value)),
            Statement::Break => Flow::Break,
            Statement::Continue => Flow::Continue,
            Statement::Try(body, handler, last) => {
                let flow = self.block(body);
                // Whether Windows raises an error is not known.
                let flow = match (flow, handler) {
                    (Flow::Throw(value), Some((name, body))) => {
                        self.set(name, value, true);
                        self.block(body)
                    }
                    (flow, Some((name, body))) => {
                        self.set(name, Value::Unknown, true);
                        self.block(body);
                        flow
                    }
                    (flow, None) => flow,
                };
                match self.block(last) {
                    Flow::Next => flow,
                    other => other,
                }
            }
            Statement::Switch(head, cases) => self.switch(head, cases),
        }
    }

    fn repeat(
        &mut self,
        condition: Option<&Expression>,
        step: Option<&Expression>,
        body: &Statement,
        first: bool,
    ) -> Flow {
        // A loop may take half of what is left.
        let floor = self.fuel / 2;
        let mut skips = first;
        loop {
            let holds = match condition {
                Some(condition) if !skips => self.value(condition).holds(),
                _ => Some(true),
            };
            skips = false;
            if holds == Some(false) {
                return Flow::Next;
            }
            match self.statement(body) {
                Flow::Break => return Flow::Next,
                Flow::Next | Flow::Continue => {}
                other => return other,
            }
            if let Some(step) = step {
                self.value(step);
            }
            if self.fuel <= floor || !self.spend(1) {
                self.exhaust();
                return Flow::Next;
            }
            if holds.is_none() {
                return Flow::Next;
            }
        }
    }

    fn each(&mut self, name: &Rc<str>, list: &Expression, body: &Statement) -> Flow {
        let list = self.value(list);
        let keys: Vec<Value> = match (&list, self.kind(&list)) {
            (_, Some(Kind::Array(items))) => (0..items.len()).map(|at| Value::text(&at.to_string())).collect(),
            (Value::Object(at), Some(Kind::Plain)) => self
                .objects
                .get(*at)
                .map_or(Vec::new(), |object| object.fields.keys().map(|key| Value::text(key)).collect()),
            _ => vec![Value::Unknown],
        };
        for key in keys {
            if !self.spend(1) {
                break;
            }
            self.set(name, key, false);
            match self.statement(body) {
                Flow::Break => break,
                Flow::Next | Flow::Continue => {}
                other => return other,
            }
        }
        Flow::Next
    }

    fn switch(&mut self, head: &Expression, cases: &[(Option<Expression>, Vec<Statement>)]) -> Flow {
        let head = self.value(head);
        let mut start = None;
        let mut known = true;
        for (at, (case, _)) in cases.iter().enumerate() {
            let Some(case) = case else { continue };
            let case = self.value(case);
            match self.equal(&head, &case) {
                Some(true) => {
                    start = Some(at);
                    break;
                }
                Some(false) => {}
                None => known = false,
            }
        }
        let start = match start {
            Some(start) => start,
            None if known => match cases.iter().position(|(case, _)| case.is_none()) {
                Some(start) => start,
                None => return Flow::Next,
            },
            None => {
                // Any of them.
                for (_, body) in cases {
                    self.block(body);
                }
                return Flow::Next;
            }
        };
        for (_, body) in cases.iter().skip(start) {
            match self.block(body) {
                Flow::Next => {}
                Flow::Break => return Flow::Next,
                other => return other,
            }
        }
        Flow::Next
    }
}
