//! What expressions are worth.

use std::rc::Rc;

use super::machine::{Kind, LONGEST, MADE, Machine, OBJECTS};
use super::syntax::{Expression, Suffix};
use super::value::{GAP, Value, bits};

impl Machine {
    pub(super) fn value(&mut self, expression: &Expression) -> Value {
        if !self.spend(1) || !self.descend() {
            return Value::Unknown;
        }
        let value = self.any_value(expression);
        self.ascend();
        value
    }

    fn any_value(&mut self, expression: &Expression) -> Value {
        match expression {
            Expression::Number(number) => Value::Number(*number),
            Expression::Text(text) => Value::Text(Rc::clone(text)),
            Expression::Pattern(source, flags) => self.make(Kind::Pattern(Rc::clone(source), Rc::clone(flags))),
            Expression::Name(name) => self.get(name),
            Expression::Array(list) => {
                let list = list.iter().map(|item| self.value(item)).collect();
                self.make(Kind::Array(list))
            }
            Expression::Object(fields) => {
                let made = self.make(Kind::Plain);
                for (name, value) in fields {
                    let value = self.value(value);
                    self.set_field(&made, name, value);
                }
                made
            }
            Expression::Function(function) => self.make(Kind::Function(Rc::clone(function), self.scope)),
            Expression::Unary(operator, operand) => self.unary(operator, operand),
            Expression::Step(step, old, target) => {
                let before = self.value(target).number();
                let number = |n: Option<f64>| n.map_or(Value::Unknown, Value::Number);
                let after = number(before.map(|before| before + step));
                self.assign(target, after.clone());
                if *old { number(before) } else { after }
            }
            Expression::Chain(first, rest) => self.chain(first, rest),
            Expression::Assign(operator, target, value) => self.assignment(operator, target, value),
            Expression::Choice(choice) => {
                let (condition, then, other) = &**choice;
                match self.value(condition).holds() {
                    Some(true) => self.value(then),
                    Some(false) => self.value(other),
                    None => {
                        let value = self.value(then);
                        self.value(other);
                        value
                    }
                }
            }
            Expression::Path(base, suffixes) => self.path(base, suffixes),
            Expression::New(class, arguments) => {
                let class = self.value(class);
                let arguments: Vec<Value> = arguments.iter().map(|argument| self.value(argument)).collect();
                if let Some(Kind::Function(..)) = self.kind(&class) {
                    let made = self.make(Kind::Plain);
                    return match self.call(&class, made.clone(), arguments) {
                        value @ Value::Object(_) => value,
                        _ => made,
                    };
                }
                self.call(&class, Value::Unknown, arguments)
            }
            Expression::List(list) => list.iter().fold(Value::Undefined, |_, item| self.value(item)),
        }
    }

    fn unary(&mut self, operator: &str, operand: &Expression) -> Value {
        if operator == "typeof"
            && matches!(operand, Expression::Name(name) if self.holder(name).is_none() && super::host::global(name).is_none() && !super::library::is_native(name))
        {
            return Value::Unknown;
        }
        let value = self.value(operand);
        self.weigh(&[&value]);
        let number = |n: Option<f64>| n.map_or(Value::Unknown, Value::Number);
        match operator {
            "!" => value.holds().map_or(Value::Unknown, |holds| Value::Bool(!holds)),
            "-" => number(value.number().map(|n| -n)),
            "+" => number(value.number()),
            "~" => number(value.number().map(|n| f64::from((!bits(n)).cast_signed()))),
            "typeof" => match (&value, self.kind(&value)) {
                (Value::Unknown, _) => Value::Unknown,
                (Value::Undefined, _) => Value::text("undefined"),
                (Value::Bool(_), _) => Value::text("boolean"),
                (Value::Number(_), _) => Value::text("number"),
                (Value::Text(_), _) => Value::text("string"),
                (_, Some(Kind::Function(..) | Kind::Native(_))) => Value::text("function"),
                _ => Value::text("object"),
            },
            _ => Value::Undefined,
        }
    }

    fn chain(&mut self, first: &Expression, rest: &[(&'static str, Expression)]) -> Value {
        let mut left = self.value(first);
        for (operator, right) in rest {
            left = match (*operator, left.holds()) {
                ("||", Some(true)) | ("&&", Some(false)) => return left,
                ("||", Some(false)) | ("&&", Some(true)) => self.value(right),
                ("||" | "&&", None) => {
                    self.value(right);
                    Value::Unknown
                }
                _ => {
                    let right = self.value(right);
                    self.binary(operator, left, &right)
                }
            };
        }
        left
    }

    fn is_text(&self, value: &Value) -> bool {
        matches!(value, Value::Text(_)) || matches!(self.kind(value), Some(Kind::Array(_)))
    }

    fn binary(&mut self, operator: &str, left: Value, right: &Value) -> Value {
        if operator == "+" && (self.is_text(&left) || self.is_text(right)) {
            let right = self.units(right);
            let mut left = match left {
                Value::Text(left) => left,
                other => self.units(&other),
            };
            if left.len().saturating_add(right.len()) > LONGEST || !self.spend(right.len() >> 3) {
                self.exhaust();
                return Value::Unknown;
            }
            // In place where nobody else has it.
            let copied = if Rc::strong_count(&left) > 1 { left.len() } else { 0 };
            self.made = self.made.saturating_add(copied.saturating_add(right.len()).saturating_mul(2));
            if self.made > MADE || !self.spend(copied >> 3) {
                self.exhaust();
                return Value::Unknown;
            }
            Rc::make_mut(&mut left).extend_from_slice(&right);
            return Value::Text(left);
        }
        if !self.weigh(&[&left, right]) {
            return Value::Unknown;
        }
        match operator {
            "==" | "===" => return self.equal(&left, right).map_or(Value::Unknown, Value::Bool),
            "!=" | "!==" => return self.equal(&left, right).map_or(Value::Unknown, |equal| Value::Bool(!equal)),
            _ => {}
        }
        if let (Value::Text(a), Value::Text(b), "<" | ">" | "<=" | ">=") = (&left, right, operator) {
            return Value::Bool(match operator {
                "<" => a < b,
                ">" => a > b,
                "<=" => a <= b,
                _ => a >= b,
            });
        }
        let (Some(a), Some(b)) = (left.number(), right.number()) else { return Value::Unknown };
        let signed = |n: u32| Value::Number(f64::from(n.cast_signed()));
        let (x, y) = (bits(a), bits(b));
        match operator {
            "+" => Value::Number(a + b),
            "-" => Value::Number(a - b),
            "*" => Value::Number(a * b),
            "/" => Value::Number(a / b),
            "%" => Value::Number(a % b),
            "&" => signed(x & y),
            "|" => signed(x | y),
            "^" => signed(x ^ y),
            "<<" => signed(x.wrapping_shl(y & 31)),
            ">>" => Value::Number(f64::from(x.cast_signed().wrapping_shr(y & 31))),
            ">>>" => Value::Number(f64::from(x.wrapping_shr(y & 31))),
            "<" => Value::Bool(a < b),
            ">" => Value::Bool(a > b),
            "<=" => Value::Bool(a <= b),
            ">=" => Value::Bool(a >= b),
            _ => Value::Unknown,
        }
    }

    pub(super) fn equal(&self, left: &Value, right: &Value) -> Option<bool> {
        match (left, right) {
            (Value::Unknown, _) | (_, Value::Unknown) => None,
            (Value::Text(a), Value::Text(b)) => (!a.contains(&GAP) && !b.contains(&GAP)).then(|| a == b),
            (Value::Undefined | Value::Null, other) | (other, Value::Undefined | Value::Null) => {
                Some(matches!(other, Value::Undefined | Value::Null))
            }
            (Value::Object(a), Value::Object(b)) => Some(a == b),
            (Value::Object(_), _) | (_, Value::Object(_)) => None,
            (a, b) => Some(a.number()? == b.number()?),
        }
    }

    fn assignment(&mut self, operator: &'static str, target: &Expression, value: &Expression) -> Value {
        // `x = x + …` grows a text as `x += …` does.
        let (operator, own) = match (operator, target, value) {
            ("", Expression::Name(name), Expression::Chain(first, rest))
                if rest.iter().all(|(operator, _)| *operator == "+")
                    && matches!(&**first, Expression::Name(first) if first == name) =>
            {
                ("+", Some(rest.as_slice()))
            }
            (operator, ..) => (operator, None),
        };
        if operator.is_empty() {
            let value = self.value(value);
            self.assign(target, value.clone());
            return value;
        }
        let rights: Vec<Value> = match own {
            Some(rest) => rest.iter().map(|(_, right)| self.value(right)).collect(),
            None => vec![self.value(value)],
        };
        let mut left = match target {
            Expression::Name(name) => {
                let at = self.holder(name);
                let slot = at.and_then(|at| self.scopes.get_mut(at)).and_then(|scope| scope.variables.get_mut(name));
                slot.map_or(Value::Unknown, |slot| std::mem::replace(slot, Value::Unknown))
            }
            other => self.value(other),
        };
        for right in &rights {
            left = self.binary(operator, left, right);
        }
        if let (Expression::Name(_), Value::Text(_)) = (target, &left) {
            // The result of the sentence itself is seldom wanted, and a second owner would copy it next time.
            self.assign(target, left);
            return Value::Unknown;
        }
        self.assign(target, left.clone());
        left
    }

    fn assign(&mut self, target: &Expression, value: Value) {
        match target {
            Expression::Name(name) => self.set(name, value, false),
            Expression::Path(base, suffixes) => {
                let Some((last, before)) = suffixes.split_last() else { return };
                let owner = if before.is_empty() { self.value(base) } else { self.path(base, before) };
                let key = match last {
                    Suffix::Member(name) => Rc::clone(name),
                    Suffix::Index(index) => {
                        let index = self.value(index);
                        self.string(&index).into()
                    }
                    Suffix::Call(_) => return,
                };
                self.put(&owner, &key, value);
            }
            _ => {}
        }
    }

    fn put(&mut self, owner: &Value, key: &str, value: Value) {
        if let Some(class) = self.host(owner) {
            self.put_host(class, owner, key, value);
            return;
        }
        let at = key.parse::<usize>().ok().filter(|at| *at < OBJECTS);
        if let (Some(at), Some(list)) = (at, self.list_mut(owner)) {
            if at >= list.len() {
                let grown = at.saturating_sub(list.len());
                list.resize(at.saturating_add(1), Value::Undefined);
                self.spend(grown);
            }
            if let Some(slot) = self.list_mut(owner).and_then(|list| list.get_mut(at)) {
                *slot = value;
            }
            return;
        }
        self.set_field(owner, key, value);
    }

    /// Members and calls, from the left; a call knows the object that stands before its name.
    fn path(&mut self, base: &Expression, suffixes: &[Suffix]) -> Value {
        let mut value = self.value(base);
        let mut member: Option<(Value, Rc<str>)> = None;
        let mut rest = suffixes.iter().peekable();
        while let Some(suffix) = rest.next() {
            match suffix {
                Suffix::Member(_) | Suffix::Index(_) => {
                    let name: Rc<str> = match suffix {
                        Suffix::Member(name) => Rc::clone(name),
                        Suffix::Index(index) => {
                            let index = self.value(index);
                            // A place in a list or text.
                            if let (Value::Number(_), Some(at)) = (&index, index.index()) {
                                let item = match &value {
                                    Value::Text(text) => {
                                        Some(text.get(at).map_or(Value::Undefined, |unit| Value::units(&[*unit])))
                                    }
                                    list => {
                                        self.list(list).map(|list| list.get(at).cloned().unwrap_or(Value::Undefined))
                                    }
                                };
                                if let Some(item) = item {
                                    (value, member) = (item, None);
                                    continue;
                                }
                            }
                            self.string(&index).into()
                        }
                        Suffix::Call(_) => continue,
                    };
                    if matches!(rest.peek(), Some(Suffix::Call(_))) {
                        member = Some((value.clone(), name));
                    } else {
                        value = self.property(&value, &name);
                        member = None;
                    }
                }
                Suffix::Call(arguments) => {
                    let arguments: Vec<Value> = arguments.iter().map(|argument| self.value(argument)).collect();
                    value = match member.take() {
                        Some((owner, name)) => self.method(owner, &name, arguments),
                        None => self.call(&value, Value::Unknown, arguments),
                    };
                }
            }
            if self.fuel == 0 {
                return Value::Unknown;
            }
        }
        value
    }
}
