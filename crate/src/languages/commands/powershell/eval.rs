//! Expressions: their values, and what is assigned to what.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::run::{NESTING, Runner};
use super::syntax::{Expr, Suffix};
use super::value::{Object, Value};
use crate::error::Result;
use crate::languages::commands::{GAP, LAYER};

impl Runner<'_, '_> {
    pub(super) fn assign(&mut self, target: &Expr, operator: &str, value: Value) -> Result<()> {
        let value = if operator.is_empty() {
            value
        } else {
            // Taken out, so that what grows in a loop is not copied each time.
            let before = match target {
                Expr::Variable(name) => self.variables.remove(name).unwrap_or(Value::Null),
                _ => self.eval(target)?,
            };
            self.operate(operator, before, value)?
        };
        match target {
            Expr::Variable(name) => self.set(name, value),
            // `[string]$x = …`
            Expr::Cast(kind, inner) => {
                let value = self.cast(kind, value)?;
                self.assign(inner, "", value)?;
            }
            Expr::Array(targets) => {
                let mut values = value.items().into_iter();
                for target in targets {
                    let value = values.next().unwrap_or(Value::Null);
                    self.assign(target, "", value)?;
                }
            }
            Expr::Suffixed(owner, suffixes) => {
                if let (Expr::Variable(name), [Suffix::Index(index)]) = (owner.as_ref(), suffixes.as_slice()) {
                    let index = self.eval(index)?;
                    self.assign_item(name, &index, value);
                } else if let Some((last, owners)) = suffixes.split_last() {
                    let object = self.suffixed(owner, owners)?;
                    if let Suffix::Member(member) = last {
                        let member = self.eval(member)?.to_text().to_lowercase();
                        self.set_member(&object, &member, &value);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        if let Some(variable) = name.strip_prefix("env:") {
            let mut environment = (*self.decoder.here.environment).clone();
            environment.set(variable, &value.to_text());
            self.decoder.here.environment = Rc::new(environment);
        } else if self.variables.len() < 4096 || self.variables.contains_key(name) {
            self.variables.insert(name.to_owned(), value);
        }
    }

    pub(super) fn assign_item(&mut self, name: &str, index: &Value, value: Value) {
        let Some(list) = self.variables.get_mut(name) else { return };
        if let Value::Hash(entries) = list {
            if entries.len() < 4096 {
                Rc::make_mut(entries).insert(index.to_text().to_lowercase(), value);
            }
            return;
        }
        let Some(at) = index.to_int() else {
            *list = Value::Gap;
            return;
        };
        let len = i64::try_from(list.len().unwrap_or(0)).unwrap_or(0);
        let at = usize::try_from(if at < 0 { at.saturating_add(len) } else { at }).unwrap_or(usize::MAX);
        match list {
            Value::Bytes(bytes) => {
                if let (Some(place), Some(value)) = (Rc::make_mut(bytes).get_mut(at), value.to_int()) {
                    *place = u8::try_from(value & 0xFF).unwrap_or(0);
                }
            }
            Value::List(values) => {
                if let Some(place) = Rc::make_mut(values).get_mut(at) {
                    *place = value;
                }
            }
            _ => {}
        }
    }

    pub(super) fn eval(&mut self, expr: &Expr) -> Result<Value> {
        if !self.pay(0)? || self.depth > NESTING {
            return Ok(Value::Gap);
        }
        self.depth = self.depth.saturating_add(1);
        let value = self.eval_inner(expr);
        self.depth = self.depth.saturating_sub(1);
        value
    }

    pub(super) fn eval_inner(&mut self, expr: &Expr) -> Result<Value> {
        Ok(match expr {
            Expr::Text(text) => Value::Text(Rc::clone(text)),
            Expr::Number(number) => Value::Int(*number),
            Expr::Parts(parts) => {
                let mut out = String::new();
                for part in parts {
                    let part = self.eval(part)?;
                    out.push_str(&part.to_text());
                    if out.len() > LAYER {
                        break;
                    }
                }
                self.pay(out.len() / 16)?;
                Value::text(&out)
            }
            Expr::Variable(name) => self.variable(name),
            Expr::Array(items) => {
                let mut values = Vec::new();
                for item in items {
                    values.push(self.eval(item)?);
                }
                Value::list(values)
            }
            Expr::Chain(first, rest) => {
                let mut left = self.eval(first)?;
                for (operator, right) in rest {
                    // The right side of `-and` and `-or` runs only if it must.
                    let skips = matches!((operator.as_str(), left.truth()), ("and", Some(false)) | ("or", Some(true)));
                    if !skips {
                        let right = self.eval(right)?;
                        left = self.operate(operator, left, right)?;
                    }
                }
                left
            }
            Expr::Unary(operator, operand) => {
                let operand = self.eval(operand)?;
                self.unary(operator, operand)?
            }
            Expr::Cast(kind, operand) => {
                let operand = self.eval(operand)?;
                self.cast(kind, operand)?
            }
            Expr::Type(name) => Value::Type(name.as_str().into()),
            Expr::Suffixed(owner, suffixes) => self.suffixed(owner, suffixes)?,
            Expr::Block(block) => Value::Block(Rc::clone(block)),
            Expr::Hash(entries) => {
                let mut hash = BTreeMap::new();
                for (key, value) in entries {
                    let key = self.eval(key)?.to_text().to_lowercase();
                    hash.insert(key, self.eval(value)?);
                }
                Value::Hash(Rc::new(hash))
            }
            Expr::Statements(statements, array) => {
                let values = self.statements(statements)?;
                if *array && !(values.len() == 1 && matches!(values.first(), Some(Value::List(_) | Value::Bytes(_)))) {
                    Value::list(values)
                } else {
                    Value::from_output(values)
                }
            }
            Expr::Gap => Value::Gap,
        })
    }

    pub(super) fn suffixed(&mut self, owner: &Expr, suffixes: &[Suffix]) -> Result<Value> {
        let mut value = self.eval(owner)?;
        for suffix in suffixes {
            if !self.pay(0)? {
                return Ok(Value::Gap);
            }
            value = match suffix {
                Suffix::Member(name) => {
                    let name = self.eval(name)?.to_text();
                    self.member(&value, &name)
                }
                Suffix::Index(index) => {
                    let index = self.eval(index)?;
                    self.index(&value, &index)
                }
                Suffix::Call(name, arguments) => {
                    let name = self.eval(name)?.to_text();
                    let mut values = Vec::new();
                    for argument in arguments {
                        values.push(self.eval(argument)?);
                    }
                    let result = self.call_member(&value, &name.to_lowercase(), &values)?;
                    // `[array]::Reverse($x)` changes its argument.
                    if let (Value::Type(kind), Some(Expr::Variable(variable))) = (&value, arguments.first())
                        && kind.ends_with("array")
                        && name.eq_ignore_ascii_case("reverse")
                    {
                        self.set(variable, result);
                        Value::Null
                    } else {
                        result
                    }
                }
                Suffix::Step(by) => {
                    if let Expr::Variable(name) = owner {
                        let next = value.to_int().map_or(Value::Gap, |n| Value::Int(n.saturating_add(*by)));
                        self.set(name, next);
                    }
                    return Ok(Value::Null);
                }
            };
        }
        Ok(value)
    }

    pub(super) fn variable(&mut self, name: &str) -> Value {
        if let Some(value) = self.variables.get(name) {
            return value.clone();
        }
        if let Some(variable) = name.strip_prefix("env:") {
            return match self.decoder.here.environment.get(variable) {
                // A place that depends on the user is shown by its name.
                Some(value) if value.contains(GAP) => Value::text(&format!("%{}%", variable.to_uppercase())),
                Some(value) => Value::text(value),
                None => Value::Gap,
            };
        }
        Self::automatic(name)
    }

    /// Variables that every session has.
    pub(super) fn automatic(name: &str) -> Value {
        let text = match name {
            "true" => return Value::Bool(true),
            "false" => return Value::Bool(false),
            "null" => return Value::Null,
            "pshome" => "C:\\Windows\\System32\\WindowsPowerShell\\v1.0",
            "shellid" => "Microsoft.PowerShell",
            "verbosepreference" | "debugpreference" | "warningpreferenc" => "SilentlyContinue",
            "warningpreference" | "erroractionpreference" | "progresspreference" => "Continue",
            "ofs" => " ",
            "maximumdrivecount" | "maximumaliascount" | "maximumfunctioncount" | "maximumvariablecount" => {
                return Value::Int(4096);
            }
            "home" => "%USERPROFILE%",
            "pid" | "host" | "profile" | "pwd" => return Value::Gap,
            "executioncontext" | "psversiontable" => return Value::Object(Object::Other(name.into())),
            // A variable nobody set is empty; one of a script that was not seen whole is not known.
            "_" | "args" | "input" | "this" | "psitem" | "matches" => return Value::Gap,
            _ => return Value::Null,
        };
        Value::text(text)
    }
}
