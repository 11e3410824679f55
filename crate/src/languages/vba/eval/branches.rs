//! Conditions nobody knows: every branch is run, and what they leave different is unknown afterwards. Loops nobody
//! knows the end of: the body is run with what there is, and again with what it changed unknown.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::ast::{Block, Exit};
use super::machine::{Machine, Object, Ref};
use super::statements::Flow;
use super::value::Value;

/// What changed since one branch began.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) serial: u32,
    pub(super) variables: Vec<(Ref, Value)>,
    pub(super) objects: Vec<(u32, Object)>,
}

/// What changed since a loop began.
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) serial: u32,
    pub(super) variables: BTreeSet<Ref>,
    pub(super) objects: BTreeSet<u32>,
}

/// How one branch ended, and what it left.
struct End {
    flow: Flow,
    variables: BTreeMap<Ref, Value>,
    objects: BTreeMap<u32, Object>,
}

impl Machine<'_, '_> {
    fn serial(&mut self) -> u32 {
        self.serial = self.serial.saturating_add(1);
        self.serial
    }

    /// Whether some condition that led here is not known.
    pub(super) fn is_unsure(&self) -> bool {
        !self.branches.is_empty()
    }

    /// Runs every one of the blocks from the same state.
    pub(super) fn every_branch(&mut self, blocks: &[&Block]) -> Flow {
        let height = self.stack.len();
        let mut ends: Vec<End> = Vec::new();
        let mut before: BTreeMap<Ref, Value> = BTreeMap::new();
        let mut objects_before: BTreeMap<u32, Object> = BTreeMap::new();
        for block in blocks {
            let serial = self.serial();
            self.branches.push(Branch { serial, variables: Vec::new(), objects: Vec::new() });
            let with = self.frame().map_or(0, |frame| frame.with.len());
            let flow = self.block(block);
            if let Some(frame) = self.frames.last_mut() {
                frame.with.truncate(with);
            }
            let Some(branch) = self.branches.pop() else { return flow };
            let mut end = End { flow, variables: BTreeMap::new(), objects: BTreeMap::new() };
            // The oldest entry of a variable is what it was before the branch.
            for (place, old) in branch.variables.into_iter().rev().filter(|(place, _)| !place.is_above(height)) {
                if let Some(variable) = self.raw(place) {
                    let new = std::mem::replace(&mut variable.value, old.clone());
                    end.variables.entry(place).or_insert(new);
                }
                before.insert(place, old);
            }
            for (id, old) in branch.objects.into_iter().rev() {
                if let Some(object) = self.objects.get_mut(id as usize) {
                    let new = std::mem::replace(object, old.clone());
                    end.objects.entry(id).or_insert(new);
                }
                objects_before.insert(id, old);
            }
            self.spend(1);
            ends.push(end);
        }
        self.merge(&ends, &before, &objects_before)
    }

    fn merge(&mut self, ends: &[End], before: &BTreeMap<Ref, Value>, objects_before: &BTreeMap<u32, Object>) -> Flow {
        let goes_on = ends.iter().any(|end| matches!(end.flow, Flow::Next));
        let counts = |end: &&End| matches!(end.flow, Flow::Next) || !goes_on;
        for (place, old) in before {
            let mut values = ends.iter().filter(counts).map(|end| end.variables.get(place).unwrap_or(old));
            let Some(first) = values.next() else { continue };
            let mut weight = 0_u64;
            let same = values.all(|value| {
                weight = weight.saturating_add(value.weight());
                same(value, first)
            });
            // Short ones are paid with the statement that wrote them.
            self.spend(weight >> 6);
            self.write_raw(*place, if same { first.clone() } else { Value::Unknown });
        }
        for (id, old) in objects_before {
            let mut all = ends.iter().filter(counts).map(|end| end.objects.get(id).unwrap_or(old));
            let Some(first) = all.next() else { continue };
            let merged = all.fold(first.clone(), merge_objects);
            if let Some(object) = self.touch_object(*id) {
                object.properties = merged.properties;
                object.items = merged.items;
                object.blurred = merged.blurred;
            }
        }
        let mut flow = Flow::Next;
        for end in ends {
            match &end.flow {
                Flow::Stop if self.fuel == 0 => return Flow::Stop,
                Flow::Goto(label) if goes_on => {
                    self.outcome.cut = true;
                    if let Some(frame) = self.frames.last_mut()
                        && frame.pending.len() < 16
                    {
                        frame.pending.push(Rc::clone(label));
                    }
                }
                Flow::Exit(Exit::For | Exit::Do) if goes_on => self.doubt = true,
                other if !goes_on && matches!(flow, Flow::Next) => flow = other.clone(),
                _ => {}
            }
        }
        if !goes_on && ends.iter().any(|end| matches!(end.flow, Flow::Exit(Exit::For | Exit::Do))) {
            self.doubt = true;
        }
        flow
    }

    pub(super) fn begin_loop(&mut self) -> usize {
        let serial = self.serial();
        self.loops.push(Loop { serial, variables: BTreeSet::new(), objects: BTreeSet::new() });
        self.stack.len()
    }

    /// Leaves a loop; where its end is in doubt, what it changed is unknown.
    pub(super) fn end_loop(&mut self, height: usize, doubt: bool) {
        if doubt {
            self.blur(height);
        }
        let Some(inner) = self.loops.pop() else { return };
        if let Some(outer) = self.loops.last_mut() {
            outer.variables.extend(inner.variables.into_iter().filter(|place| !place.is_above(height)));
            outer.objects.extend(inner.objects);
        }
    }

    /// Makes what the innermost loop changed unknown.
    pub(super) fn blur(&mut self, height: usize) -> bool {
        let Some(running) = self.loops.last() else { return false };
        let places: Vec<Ref> = running.variables.iter().copied().filter(|place| !place.is_above(height)).collect();
        let objects: Vec<u32> = running.objects.iter().copied().collect();
        self.spend(places.len() as u64);
        let changed = !places.is_empty();
        for place in places {
            let value = match self.variable(place).map(|variable| &variable.value) {
                Some(Value::Array(array)) => {
                    let mut array = (**array).clone();
                    array.blurred = true;
                    Value::Array(Rc::new(array))
                }
                _ => Value::Unknown,
            };
            self.write_raw(place, value);
        }
        for id in objects {
            if let Some(object) = self.touch_object(id) {
                // What was set last is still worth showing.
                for value in Rc::make_mut(&mut object.properties).values_mut() {
                    *value = match std::mem::take(value) {
                        Value::Text(units, _) => Value::Text(units, false),
                        Value::Object(id) => Value::Object(id),
                        _ => Value::Unknown,
                    };
                }
                object.blurred = true;
            }
        }
        changed
    }

    /// A loop whose number of rounds is not known. `next` gives its variable a value nobody knows.
    pub(super) fn unknown_loop(&mut self, body: &Block, height: usize, next: &mut dyn FnMut(&mut Self)) -> Flow {
        let mut flow = Flow::Next;
        let rounds = if self.loops.len() > 3 { 1 } else { 2 };
        self.guesses = self.guesses.saturating_add(1);
        for _ in 0..rounds {
            next(self);
            flow = self.block(body);
            let changed = self.blur(height);
            if !changed || matches!(flow, Flow::Stop) {
                break;
            }
        }
        self.guesses = self.guesses.saturating_sub(1);
        match flow {
            // It may not have been run at all.
            Flow::Stop if self.fuel == 0 => Flow::Stop,
            Flow::Goto(label) => {
                self.outcome.cut = true;
                if let Some(frame) = self.frames.last_mut()
                    && frame.pending.len() < 16
                {
                    frame.pending.push(label);
                }
                Flow::Next
            }
            _ => Flow::Next,
        }
    }
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Text(a, _), Value::Text(b, _)) if Rc::ptr_eq(a, b) => true,
        (Value::Array(a), Value::Array(b)) if Rc::ptr_eq(a, b) => true,
        _ => one == other,
    }
}

fn merge_objects(mut merged: Object, other: &Object) -> Object {
    if !Rc::ptr_eq(&merged.properties, &other.properties) {
        let mut properties = (*merged.properties).clone();
        for (name, value) in other.properties.iter() {
            match properties.get(name.as_ref()) {
                Some(found) if same(found, value) => {}
                _ => {
                    properties.insert(Rc::clone(name), Value::Unknown);
                }
            }
        }
        for (name, value) in &mut properties {
            if !other.properties.contains_key(name) {
                *value = Value::Unknown;
            }
        }
        merged.properties = Rc::new(properties);
    }
    merged.blurred |= other.blurred || !Rc::ptr_eq(&merged.items, &other.items) && merged.items != other.items;
    merged
}
