//! Variables, arrays, records: how they come into being and how their parts change ([MS-VBAL] 5.4.3).

use std::rc::Rc;

use super::ast::{Argument, Declared, Expression};
use super::calls::Given;
use super::machine::{Class, Machine, Ref, Variable, With};
use super::value::{Array, Kind, Value, WIDEST, size};

/// Nesting of records.
const DEPTH: u8 = 4;

impl Machine<'_, '_> {
    /// What a variable declared like this holds at first.
    pub(super) fn initial_of(&mut self, declared: &Declared) -> Value {
        match &declared.bounds {
            Some(bounds) if bounds.is_empty() => Value::Array(Rc::new(Array {
                kind: declared.kind.clone(),
                bounds: Vec::new(),
                items: Vec::new(),
                blurred: false,
            })),
            Some(bounds) => match self.bounds(bounds) {
                Some(bounds) => self.array(&declared.kind, bounds),
                None => Value::Unknown,
            },
            None => self.initial_of_kind(&declared.kind, 0),
        }
    }

    fn initial_of_kind(&mut self, kind: &Kind, depth: u8) -> Value {
        let Kind::Named(name) = kind else { return kind.initial() };
        let here = self.frame().map_or(0, |frame| frame.module);
        let found = self.modules.get(here).and_then(|module| module.types.get(name)).cloned();
        let found = found.or_else(|| self.modules.iter().find_map(|module| module.types.get(name).cloned()));
        let Some(fields) = found.filter(|_| depth < DEPTH) else { return Value::Nothing };
        let mut record = Vec::with_capacity(fields.len());
        for (name, kind, length) in fields {
            let value = match length {
                Some(length) => self.array(&kind, if length == 0 { Vec::new() } else { vec![(0, length)] }),
                None => self.initial_of_kind(&kind, depth.saturating_add(1)),
            };
            record.push((name, value));
        }
        self.spend(record.len() as u64 / 4);
        Value::Record(Rc::new(record))
    }

    fn bounds(&mut self, bounds: &[(Option<Expression>, Expression)]) -> Option<Vec<(i64, usize)>> {
        let mut found = Vec::with_capacity(bounds.len());
        for (lower, upper) in bounds {
            let lower = match lower {
                Some(lower) => self.evaluate(lower),
                None => Value::Int(self.first_index()),
            };
            let upper = self.evaluate(upper);
            let (lower, upper) = (self.plain(lower).integer()?, self.plain(upper).integer()?);
            let length = upper.checked_sub(lower)?.checked_add(1)?;
            found.push((lower, size(length).filter(|length| *length <= WIDEST)?));
        }
        Some(found)
    }

    fn array(&mut self, kind: &Kind, bounds: Vec<(i64, usize)>) -> Value {
        let length = if bounds.is_empty() {
            Some(0)
        } else {
            bounds.iter().try_fold(1_usize, |length, (_, more)| length.checked_mul(*more))
        };
        let Some(length) = length.filter(|length| *length <= WIDEST) else { return Value::Unknown };
        self.spend(length as u64 / 8);
        let item = self.initial_of_kind(kind, 1);
        Value::Array(Rc::new(Array { kind: kind.clone(), bounds, items: vec![item; length], blurred: false }))
    }

    pub(super) fn dim(&mut self, declared: &[Declared]) {
        for declared in declared {
            let Some((procedure, base)) = self.frame().map(|frame| (frame.procedure, frame.base)) else { return };
            let body = self.body(procedure);
            let place = Ref::stack(base.saturating_add(declared.name as usize));
            if body.statics.contains(&declared.name) {
                let kept = self.statics.get(&(procedure, declared.name)).copied();
                let kept = match kept {
                    Some(kept) => kept,
                    None => {
                        let value = self.initial_of(declared);
                        let kind = if declared.bounds.is_some() { Kind::Variant } else { declared.kind.clone() };
                        let made =
                            self.allocate(Variable { value, kind, fresh: declared.fresh, ..Variable::default() });
                        self.statics.insert((procedure, declared.name), made);
                        made
                    }
                };
                if let Some(variable) = self.raw(place) {
                    variable.link = Some(kept);
                }
                continue;
            }
            // A Dim that is passed again (in a loop) changes nothing.
            let again = self.variable(place).is_some_and(|variable| {
                variable.kind != Kind::Variant || !matches!(variable.value, Value::Empty) || variable.link.is_some()
            });
            if again {
                continue;
            }
            let value = self.initial_of(declared);
            let kind = if declared.bounds.is_some() { Kind::Variant } else { declared.kind.clone() };
            if let Some(variable) = self.touch(place) {
                variable.kind = kind;
                variable.fresh = declared.fresh;
                variable.value = value;
            }
        }
    }

    pub(super) fn constants(&mut self, declared: &[Declared]) {
        for declared in declared {
            let Some(base) = self.frame().map(|frame| frame.base) else { return };
            let Some(value) = &declared.value else { continue };
            let value = self.evaluate(value);
            self.write(Ref::stack(base.saturating_add(declared.name as usize)), declared.kind.take(value));
        }
    }

    pub(super) fn redim(&mut self, preserve: bool, declared: &[Declared]) {
        for declared in declared {
            let place = if declared.member.is_none() { self.variable_of(declared.name) } else { None };
            if place.is_none() && declared.member.is_none() {
                continue;
            }
            let bounds = declared.bounds.as_deref().unwrap_or_default();
            let bounds = self.bounds(bounds);
            let before = match (place, &declared.member) {
                (Some(place), _) => self.variable(place).map(|variable| variable.value.clone()),
                (None, member) => member.as_ref().map(|member| self.evaluate(member)),
            };
            let old = match before {
                Some(Value::Array(array)) => Some(array),
                _ => None,
            };
            let kind = match (&declared.kind, &old) {
                (Kind::Variant, Some(old)) => old.kind.clone(),
                (kind, _) => kind.clone(),
            };
            let mut value = bounds.map_or(Value::Unknown, |bounds| self.array(&kind, bounds));
            if let (true, Some(old), Value::Array(array)) = (preserve, &old, &mut value) {
                self.spend(old.items.len() as u64 / 4);
                let array = Rc::make_mut(array);
                array.blurred = old.blurred;
                for (slot, item) in array.items.iter_mut().zip(&old.items) {
                    *slot = item.clone();
                }
            }
            match (place, &declared.member) {
                (Some(place), _) => self.write_raw(place, value),
                (None, Some(member)) => self.assign(member, value, false),
                (None, None) => {}
            }
        }
    }

    pub(super) fn erase(&mut self, target: &Expression) {
        let Some(place) = self.place_of(target) else { return };
        let value = match self.variable(place).map(|variable| variable.value.clone()) {
            Some(Value::Array(array)) => self.array(&array.kind.clone(), array.bounds.clone()),
            _ => Value::Empty,
        };
        self.write_raw(place, value);
    }

    // ---- reading parts -----------------------------------------------------------------------------------------------

    fn indexes(&mut self, given: Vec<Given>) -> Option<Vec<i64>> {
        given.into_iter().map(|given| self.plain(given.value).integer()).collect()
    }

    /// `value(arguments)`
    pub(super) fn index(&mut self, value: &Value, given: Vec<Given>) -> Value {
        self.spend(1);
        match value {
            // `a()` is all of it.
            Value::Array(_) if given.is_empty() => value.clone(),
            Value::Array(array) => match self.indexes(given) {
                Some(index) => array.get(&index),
                None => Value::Unknown,
            },
            Value::Object(id) => match self.object(*id).map(|object| object.class.clone()) {
                Some(Class::Instance(..) | Class::Module(_)) => self.member_of(value, "item", given),
                Some(Class::Automation(kind)) => self.automation(kind, *id, "item", &given),
                Some(Class::Host(kind)) => self.host(kind, *id, "item", &given),
                None => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    /// What For Each runs over; `None` if it is not known.
    pub(super) fn items_of(&mut self, over: &Value) -> Option<Vec<Value>> {
        match over {
            Value::Array(array) if !array.blurred => {
                self.spend(array.items.len() as u64 / 8);
                Some(array.items.clone())
            }
            Value::Object(id) => {
                let object = self.object(*id).filter(|object| !object.blurred)?;
                match object.class {
                    Class::Automation("dictionary") => Some(object.items.iter().map(|(key, _)| key.clone()).collect()),
                    Class::Automation("collection" | "list") => {
                        Some(object.items.iter().map(|(_, value)| value.clone()).collect())
                    }
                    Class::Host(_) => self.host_items(*id),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    // ---- writing -----------------------------------------------------------------------------------------------------

    /// `target = value`, `Set target = value`.
    pub(super) fn assign(&mut self, target: &Expression, value: Value, set: bool) {
        let value = if set { value } else { self.plain(value) };
        match target {
            Expression::Name(symbol, at) => {
                if let Some(place) = self.variable_of(*symbol) {
                    // `x = 1` where x holds an object sets its default member.
                    let object = match self.variable(place).map(|variable| &variable.value) {
                        Some(Value::Object(id)) if !set && !matches!(value, Value::Object(_)) => Some(*id),
                        _ => None,
                    };
                    match object.filter(|id| matches!(self.object(*id).map(|o| &o.class), Some(Class::Host(_)))) {
                        Some(id) => {
                            self.at(*at);
                            self.put(&Value::Object(id), "value", &[], value);
                        }
                        None => self.assign_variable(place, value, set),
                    }
                } else {
                    self.at(*at);
                    let name = self.symbol_name(*symbol);
                    self.put_name(&name, value, set);
                }
            }
            Expression::Call(callee, arguments, at) => self.assign_part(callee, arguments, *at, value, set),
            Expression::Member(owner, name, at) => self.assign_member(owner.as_deref(), name, &[], *at, value, set),
            Expression::Foreign(text, at) => {
                self.at(*at);
                let cell = self.foreign(text);
                self.put(&cell, "value", &[], value);
            }
            _ => {}
        }
    }

    fn assign_variable(&mut self, place: Ref, value: Value, set: bool) {
        let weight = value.weight();
        self.spend(if matches!(value, Value::Array(_)) { weight >> 6 } else { 0 });
        // A Byte array takes the units of a text, and the other way round.
        let to_bytes = match self.variable(place).map(|variable| &variable.value) {
            Some(Value::Array(array)) if array.kind == Kind::Byte => matches!(value, Value::Text(..)),
            _ => false,
        };
        let value = if to_bytes {
            value.known_units().map_or(Value::Unknown, |units| {
                let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
                Value::bytes(&bytes)
            })
        } else {
            value
        };
        self.write(place, value.clone());
        if set {
            self.event_source(place, &value);
        }
    }

    fn assign_part(&mut self, callee: &Expression, arguments: &[Argument], at: u32, value: Value, set: bool) {
        match callee {
            Expression::Name(symbol, _) => {
                let Some(place) = self.variable_of(*symbol) else {
                    let mut given = self.arguments(arguments);
                    self.at(at);
                    let name = self.symbol_name(*symbol);
                    let module = self.frame().map_or(0, |frame| frame.module);
                    if let Some(setter) = self.procedure_of(module, &name, false) {
                        given.push(Given::value(value));
                        self.invoke_in_module(setter, given);
                        return;
                    }
                    let owner = self.global(&name, &given);
                    self.put(&owner, "value", &[], value);
                    return;
                };
                let given = self.arguments(arguments);
                self.at(at);
                let held = match self.variable(place) {
                    Some(variable) if variable.fresh => Some(self.read(place)),
                    found => found.map(|variable| variable.value.clone()),
                };
                if let Some(Value::Object(id)) = held {
                    self.put(&Value::Object(id), "item", &given, value);
                    return;
                }
                let index = self.indexes(given);
                self.change(place, |held| put_item(held, index.as_deref(), value));
            }
            Expression::Member(owner, name, member) => {
                self.assign_member(owner.as_deref(), name, arguments, *member, value, set);
            }
            other => {
                let owner = self.evaluate(other);
                let given = self.arguments(arguments);
                self.at(at);
                self.put(&owner, "item", &given, value);
            }
        }
    }

    fn change(&mut self, place: Ref, change: impl FnOnce(&mut Value)) {
        // A copy is made where a branch keeps the old one.
        let shared = match self.variable(place).map(|variable| &variable.value) {
            Some(Value::Array(array)) if Rc::strong_count(array) > 1 => array.items.len() as u64 / 16,
            _ => 0,
        };
        self.spend(shared);
        if let Some(variable) = self.touch(place) {
            change(&mut variable.value);
        }
    }

    fn assign_member(
        &mut self,
        owner: Option<&Expression>,
        name: &Rc<str>,
        arguments: &[Argument],
        at: u32,
        value: Value,
        set: bool,
    ) {
        // A record in a variable, or in an array of records.
        let place = match owner {
            Some(owner) => self.record_place(owner),
            None => match self.frame().and_then(|frame| frame.with.last()) {
                Some(With::Place(place)) => Some((*place, Vec::new())),
                _ => None,
            },
        };
        let index = if place.is_some() {
            let given = self.arguments(arguments);
            if given.is_empty() { None } else { Some(self.indexes(given)) }
        } else {
            None
        };
        if let Some((place, path)) = place {
            let name = Rc::clone(name);
            self.change(place, |held| {
                let Some(Value::Record(fields)) = walk(held, &path) else { return };
                let field = Rc::make_mut(fields).iter_mut().find(|(field, _)| *field == name);
                match (field, index) {
                    (Some((_, slot)), None) => *slot = value,
                    (Some((_, slot)), Some(index)) => put_item(slot, index.as_deref(), value),
                    _ => {}
                }
            });
            return;
        }
        let owner = match owner {
            Some(owner) => self.evaluate(owner),
            None => match self.frame().and_then(|frame| frame.with.last()).cloned() {
                Some(With::Value(value)) => value,
                _ => Value::Unknown,
            },
        };
        let given = self.arguments(arguments);
        self.at(at);
        if set && let Value::Object(_) = owner {
            self.set_member(&owner, name, &given, value);
        } else {
            self.put(&owner, name, &given, value);
        }
    }

    /// The variable and the way into it, where an expression is (a part of) a record.
    fn record_place(&mut self, expression: &Expression) -> Option<(Ref, Vec<Step>)> {
        let mut steps = Vec::new();
        let mut expression = expression;
        for _ in 0..8 {
            match expression {
                Expression::Name(symbol, _) => {
                    let place = self.variable_of(*symbol)?;
                    steps.reverse();
                    let value = &self.variable(place)?.value;
                    let fits = match (value, steps.first()) {
                        (Value::Record(_), _) => true,
                        (Value::Array(array), Some(Step::Index(_))) => {
                            matches!(array.items.first(), Some(Value::Record(_)))
                        }
                        _ => false,
                    };
                    return fits.then_some((place, steps));
                }
                Expression::Member(Some(owner), name, _) => {
                    steps.push(Step::Field(Rc::clone(name)));
                    expression = owner;
                }
                Expression::Member(None, name, _) => {
                    let Some(With::Place(place)) = self.frame().and_then(|frame| frame.with.last()) else {
                        return None;
                    };
                    let place = *place;
                    steps.push(Step::Field(Rc::clone(name)));
                    steps.reverse();
                    return Some((place, steps));
                }
                Expression::Call(callee, arguments, _) => {
                    // Only where it is an array of records; otherwise a call would be made twice.
                    if !matches!(&**callee, Expression::Name(..) | Expression::Member(..)) || !self.is_records(callee) {
                        return None;
                    }
                    let given = self.arguments(arguments);
                    steps.push(Step::Index(self.indexes(given)?));
                    expression = callee;
                }
                _ => return None,
            }
        }
        None
    }

    /// A record in an array or in another record: the variable, the way into it, and what stands there.
    pub(super) fn part_of(&mut self, expression: &Expression) -> Option<(Ref, Vec<Step>, Value)> {
        if !matches!(expression, Expression::Call(..) | Expression::Member(..)) {
            return None;
        }
        let (place, path) = self.record_place(expression).filter(|(_, path)| !path.is_empty())?;
        let mut held = self.variable(place)?.value.clone();
        let value = walk(&mut held, &path)?.clone();
        matches!(value, Value::Record(_)).then_some((place, path, value))
    }

    pub(super) fn put_part(&mut self, place: Ref, path: &[Step], value: Value) {
        self.change(place, |held| {
            if let Some(slot) = walk(held, path) {
                *slot = value;
            }
        });
    }

    /// `LSet target = value`, `RSet`: as long as the text was.
    pub(super) fn align(&mut self, target: &Expression, value: Value, right: bool) {
        let old = self.evaluate(target);
        let (old, value) = (self.plain(old), self.plain(value));
        let new = match (old.known_units(), value.units()) {
            (Some(old), Some((units, known))) => {
                self.spend(old.len() as u64 / 32);
                let mut made = units.to_vec();
                made.truncate(old.len());
                let blanks = vec![0x20; old.len().saturating_sub(made.len())];
                made.splice(if right { 0..0 } else { made.len()..made.len() }, blanks);
                Value::from_units(made, known)
            }
            _ => Value::Unknown,
        };
        self.assign(target, new, false);
    }

    fn is_records(&mut self, callee: &Expression) -> bool {
        match callee {
            Expression::Name(symbol, _) => self.variable_of(*symbol).is_some_and(|place| {
                matches!(self.variable(place).map(|variable| &variable.value),
                    Some(Value::Array(array)) if matches!(array.items.first(), Some(Value::Record(_))))
            }),
            Expression::Member(Some(owner), ..) => self.record_place(owner).is_some(),
            _ => false,
        }
    }

    /// `Mid(target, from, length) = value`
    pub(super) fn replace_part(
        &mut self,
        target: &Expression,
        from: &Value,
        length: Option<&Value>,
        value: &Value,
        bytes: bool,
    ) {
        let old = self.evaluate(target);
        let old = self.plain(old);
        let parts = old.known_units().zip(value.known_units()).zip(from.integer());
        let new = match parts {
            Some(((old, new), from)) if bytes => {
                let mut all = super::texts::to_bytes(&old, 0, usize::MAX);
                let most = length.map_or(usize::MAX, |length| length.integer().and_then(size).unwrap_or(0));
                let from = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
                self.spend(all.len() as u64 / 32);
                let new = super::texts::to_bytes(&new, 0, most);
                for (slot, byte) in all.iter_mut().skip(from).zip(new) {
                    *slot = byte;
                }
                Value::from_units(super::texts::of_bytes(&all), true)
            }
            Some(((old, new), from)) => {
                let mut units = old.to_vec();
                let most = match length {
                    Some(length) => length.integer().and_then(size).unwrap_or(0),
                    None => usize::MAX,
                };
                let from = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
                self.spend(units.len() as u64 / 64);
                for (slot, unit) in units.iter_mut().skip(from).zip(new.iter().take(most)) {
                    *slot = *unit;
                }
                Value::from_units(units, true)
            }
            _ => Value::Unknown,
        };
        self.assign(target, new, false);
    }
}

/// A step into a value.
#[derive(Debug)]
pub(super) enum Step {
    Field(Rc<str>),
    Index(Vec<i64>),
}

fn walk<'v>(held: &'v mut Value, path: &[Step]) -> Option<&'v mut Value> {
    let mut held = held;
    for step in path {
        held = match (step, held) {
            (Step::Field(name), Value::Record(fields)) => {
                Rc::make_mut(fields).iter_mut().find(|(field, _)| field == name).map(|(_, value)| value)?
            }
            (Step::Index(index), Value::Array(array)) => {
                let place = array.place(index)?;
                Rc::make_mut(array).items.get_mut(place)?
            }
            _ => return None,
        };
    }
    Some(held)
}

fn put_item(held: &mut Value, index: Option<&[i64]>, value: Value) {
    let Value::Array(array) = held else {
        *held = Value::Unknown;
        return;
    };
    let array = Rc::make_mut(array);
    let place = index.map(|index| array.place(index));
    match place {
        Some(Some(place)) => {
            let value = array.kind.take(value);
            if let Some(slot) = array.items.get_mut(place) {
                *slot = value;
            }
        }
        // Outside of it: an error, and nothing changes.
        Some(None) => {}
        None => array.blurred = true,
    }
}
