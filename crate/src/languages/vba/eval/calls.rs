//! Calls of the project's own procedures ([MS-VBAL] 5.3.1, 5.4.2.1).

use std::rc::Rc;

use super::ast::{Body, Expression};
use super::machine::{Class, Frame, Machine, Ref, Variable};
use super::parse;
use super::statements::Flow;
use super::value::{Kind, Value};
use crate::hashed::HashSet;
use crate::languages::vba::ModuleKind;

/// What a call gives.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) name: Option<Rc<str>>,
    pub(super) value: Value,
    /// The variable it stands in.
    pub(super) place: Option<Ref>,
}

impl Given {
    pub(super) const fn value(value: Value) -> Self {
        Self { name: None, value, place: None }
    }
}

impl Machine<'_, '_> {
    /// A procedure, read when it is first called.
    pub(super) fn body(&mut self, procedure: usize) -> Rc<Body> {
        if let Some(Some(body)) = self.bodies.get(procedure) {
            return Rc::clone(body);
        }
        let empty = || Body {
            module: 0,
            symbols: Vec::new(),
            declared: Vec::new(),
            assigned: Vec::new(),
            parameters: Vec::new(),
            result: None,
            kind: Kind::Variant,
            statics: Vec::new(),
            block: Vec::new(),
            torn: false,
            taken: 0,
        };
        let body = match (self.outline.procedures.get(procedure), self.outline.unit(procedure)) {
            (Some(found), Some(unit)) => {
                let statements = self.outline.body(procedure);
                let end = statements.last().map_or(found.at, |last| last.range().end).saturating_add(1);
                self.spend(end.saturating_sub(found.at) as u64 / 4);
                let end = end.min(unit.code.len());
                let room = self.budget.room();
                parse::procedure(&unit.code, found.module, found.at, end, &self.defined, room)
            }
            _ => empty(),
        };
        self.outcome.cut |= body.torn;
        if self.budget.hold(body.taken).is_err() {
            self.exhaust();
        }
        let body = Rc::new(body);
        if let Some(slot) = self.bodies.get_mut(procedure) {
            *slot = Some(Rc::clone(&body));
        }
        body
    }

    /// Calls a procedure of a module that stands for itself.
    pub(super) fn invoke_in_module(&mut self, procedure: usize, given: Vec<Given>) -> Value {
        let Some(module) = self.outline.procedures.get(procedure).map(|procedure| procedure.module) else {
            return Value::Unknown;
        };
        let here = self.frame().filter(|frame| frame.module == module).map(|frame| (frame.me.clone(), frame.fields));
        let (me, fields) = match here {
            Some(here) => here,
            None if self.outline.units.get(module).is_some_and(|unit| unit.kind == ModuleKind::Class) => {
                match self.new_instance(module) {
                    Value::Object(id) => match self.object(id).map(|object| object.class.clone()) {
                        Some(Class::Instance(_, fields)) => (Value::Object(id), fields),
                        _ => return Value::Unknown,
                    },
                    _ => return Value::Unknown,
                }
            }
            None => (self.module_object(module), self.modules.get(module).map_or(0, |module| module.base)),
        };
        self.invoke(procedure, given, me, fields)
    }

    pub(super) fn invoke(&mut self, procedure: usize, given: Vec<Given>, me: Value, fields: u32) -> Value {
        let active = self.active.get(&procedure).copied().unwrap_or(0);
        let most = if self.is_unsure() { 4 } else { 60 };
        if active >= most || !self.spend(4) {
            self.exhaust();
            return Value::Unknown;
        }
        if !self.descend() {
            self.ascend();
            return Value::Unknown;
        }
        let body = self.body(procedure);
        self.active.insert(procedure, active.saturating_add(1));
        let result = self.run(procedure, &body, given, me, fields);
        self.active.insert(procedure, active);
        self.ascend();
        result
    }

    fn run(&mut self, procedure: usize, body: &Rc<Body>, given: Vec<Given>, me: Value, fields: u32) -> Value {
        let base = self.stack.len();
        self.spend(body.symbols.len() as u64 / 4);
        self.stack.resize_with(base.saturating_add(body.symbols.len()), Variable::default);
        // A name that nobody gives a value may be one of the program's that is not known here.
        let unknown = body.declared.iter().zip(&body.assigned).map(|(declared, assigned)| !declared && !assigned);
        for (variable, unknown) in self.stack.iter_mut().skip(base).zip(unknown) {
            if unknown {
                variable.value = Value::Unknown;
                variable.fresh = true;
            }
        }
        let frame = Frame {
            procedure,
            module: body.module,
            base,
            me,
            fields,
            with: Vec::new(),
            handler: None,
            resume_next: false,
            pending: Vec::new(),
            visited: HashSet::default(),
            floor: self.fuel / 2,
            resumed: None,
        };
        self.frames.push(frame);
        self.parameters(body, base, given);
        if let Some(result) = body.result {
            self.set_local(
                base,
                result,
                Variable { value: body.kind.initial(), kind: body.kind.clone(), ..Variable::default() },
            );
        }
        let site = self.site;
        let mut flow = self.block(&body.block);
        self.leftovers(body, &mut flow);
        self.site = site;
        if matches!(flow, Flow::Raise) {
            self.raised = true;
        }
        let value = body.result.and_then(|result| self.stack.get(base.saturating_add(result as usize)));
        let value = value.map_or(Value::Unknown, |variable| variable.value.clone());
        self.frames.pop();
        self.stack.truncate(base);
        value
    }

    /// Runs what may have been jumped to.
    fn leftovers(&mut self, body: &Rc<Body>, flow: &mut Flow) {
        for _ in 0..16 {
            let Some(frame) = self.frames.last_mut() else { return };
            let Some(label) = frame.pending.pop() else { return };
            if !frame.visited.insert(Rc::clone(&label)) {
                continue;
            }
            frame.handler = None;
            frame.resume_next = true;
            let found = body
                .block
                .iter()
                .position(|node| matches!(&node.statement, super::ast::Statement::Label(name) if *name == label));
            if let Some(found) = found {
                let after = self.block_from(&body.block, found);
                if matches!(after, Flow::Stop) {
                    *flow = after;
                    return;
                }
            }
        }
    }

    fn set_local(&mut self, base: usize, symbol: u32, variable: Variable) {
        if let Some(slot) = self.stack.get_mut(base.saturating_add(symbol as usize)) {
            *slot = variable;
        }
    }

    fn parameters(&mut self, body: &Rc<Body>, base: usize, given: Vec<Given>) {
        let mut given: Vec<Option<Given>> = given.into_iter().map(Some).collect();
        for (index, parameter) in body.parameters.iter().enumerate() {
            let name = body.symbols.get(parameter.name as usize);
            if parameter.list {
                let rest: Vec<Value> =
                    given.iter_mut().skip(index).filter_map(Option::take).map(|given| given.value).collect();
                let variable = Variable { value: Value::list(rest), ..Variable::default() };
                self.set_local(base, parameter.name, variable);
                break;
            }
            let named = given.iter().position(|given| {
                given.as_ref().and_then(|given| given.name.as_ref()).is_some_and(|given| Some(given) == name)
            });
            let found = named.or_else(|| (given.get(index)?.as_ref()?.name.is_none()).then_some(index));
            let found = found.and_then(|at| given.get_mut(at)).and_then(Option::take);
            let kind = parameter.kind.clone();
            let variable = match found {
                Some(Given { place: Some(place), .. }) if !parameter.by_value => {
                    // Nothing yet, for whoever fills it.
                    if let Some(empty) = self.raw(place).filter(|v| v.fresh && v.value == Value::Unknown) {
                        empty.fresh = false;
                        empty.value = Value::Empty;
                    }
                    Variable { link: Some(place), ..Variable::default() }
                }
                Some(Given { value, .. }) if value != Value::Missing => {
                    let value = if kind == Kind::Variant {
                        value
                    } else {
                        let value =
                            if matches!(kind, Kind::Object | Kind::Named(_)) { value } else { self.plain(value) };
                        kind.take(value)
                    };
                    Variable { value, kind, ..Variable::default() }
                }
                _ => {
                    let value = match &parameter.default {
                        Some(default) => {
                            let value = self.evaluate(default);
                            kind.take(value)
                        }
                        None if parameter.optional && kind == Kind::Variant => Value::Missing,
                        None => kind.initial(),
                    };
                    Variable { value, kind, ..Variable::default() }
                }
            };
            self.set_local(base, parameter.name, variable);
        }
    }

    pub(super) fn call_statement(&mut self, call: &Expression) {
        self.evaluate(call);
    }

    /// A procedure by a text: `Run "Book1!Module1.Go"`. `None` if there is none of this name.
    pub(super) fn call_text(&mut self, name: &str, given: Vec<Given>) -> Option<Value> {
        let name = name.trim_matches(['\'', ' ', '"']).to_lowercase();
        let name = name.rsplit('!').next().unwrap_or_default().trim_matches(['\'', ' ']);
        let word = name.split([' ', '(']).next().unwrap_or_default();
        let (module, last) = match word.rsplit_once('.') {
            Some((module, last)) => (Some(module.rsplit('.').next().unwrap_or_default()), last),
            None => (None, word),
        };
        let wanted = module.and_then(|module| self.outline.module_named(module));
        let ids = self.outline.procedures_named(last);
        let of = |id: &usize| self.outline.procedures.get(*id).map(|procedure| procedure.module);
        let id = ids.iter().find(|id| wanted.is_none() || of(id) == wanted).or_else(|| ids.first())?;
        Some(self.invoke_in_module(*id, given))
    }

    // ---- objects of the project --------------------------------------------------------------------------------------

    /// A module that stands for itself; a form comes into being where it is named.
    pub(super) fn module_object(&mut self, module: usize) -> Value {
        let id = self.modules.get(module).and_then(|module| module.object);
        let object = id.map_or(Value::Unknown, Value::Object);
        let is_form = self.outline.units.get(module).is_some_and(|unit| unit.kind == ModuleKind::Form);
        if is_form && self.shown.insert(module) {
            self.handlers(module, &object);
        }
        object
    }

    /// What runs when a module's object comes into being: its initialisation at once, the rest later.
    fn handlers(&mut self, module: usize, me: &Value) {
        let fields = self.fields_of(me);
        for name in ["userform_initialize", "class_initialize"] {
            if let Some(id) = self.procedure_of(module, name, true) {
                self.invoke(id, Vec::new(), me.clone(), fields);
            }
        }
    }

    /// The rest of a form's or class's events that nobody has to click for.
    pub(super) fn events_of(&mut self, module: usize, me: &Value) {
        let Some(ids) = crate::languages::vba::reach::handlers_of(self.outline, module) else { return };
        let fields = self.fields_of(me);
        for id in ids {
            let name = self.outline.procedures.get(id).map(|procedure| procedure.name.to_lowercase());
            if !name.is_some_and(|name| name.ends_with("_initialize")) {
                let count = self.body(id).parameters.len();
                let given = (0..count).map(|_| Given::value(Value::Unknown)).collect();
                self.invoke(id, given, me.clone(), fields);
            }
        }
    }

    fn fields_of(&self, me: &Value) -> u32 {
        let Value::Object(id) = me else { return 0 };
        match self.object(*id).map(|object| &object.class) {
            Some(Class::Instance(_, fields)) => *fields,
            Some(Class::Module(module)) => self.modules.get(*module).map_or(0, |module| module.base),
            _ => 0,
        }
    }

    pub(super) fn new_instance(&mut self, module: usize) -> Value {
        let Some(declared) = self.modules.get(module).cloned() else { return Value::Unknown };
        let fields = u32::try_from(self.heap.len()).unwrap_or(0);
        for (value, kind, fresh) in &declared.initial {
            self.allocate(Variable { value: value.clone(), kind: kind.clone(), fresh: *fresh, ..Variable::default() });
        }
        let object = self.make(Class::Instance(module, fields));
        self.handlers(module, &object);
        object
    }

    /// `New name`, `As New name`.
    pub(super) fn new_object(&mut self, name: &str) -> Value {
        if let Some(module) = self.outline.module_named(name) {
            return match self.outline.units.get(module).map(|unit| unit.kind) {
                Some(ModuleKind::Class) => self.new_instance(module),
                _ => self.module_object(module),
            };
        }
        if self.owns_controls(name) {
            return self.global(name, &[]);
        }
        self.create(&Value::text(name), false)
    }
}
