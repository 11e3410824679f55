//! What a name means where it stands ([MS-VBAL] 5.6.10), and the values of expressions.

use std::rc::Rc;

use super::ast::{Argument, Body, Expression, Operator, Symbol};
use super::calls::Given;
use super::library::Function;
use super::machine::{Class, Machine, Ref, With};
use super::operators::{combine, negate, opposite};
use super::value::Value;
use crate::languages::vba::ModuleKind;

/// What a name of a procedure means.
#[derive(Clone, Debug)]
pub(super) enum Binding {
    Local,
    /// A variable of its own module or instance.
    Field(u32),
    /// A variable of another module.
    Global(Ref),
    Procedure(usize),
    Module(usize),
    Import,
    Function(Function),
    Constant(Value),
    /// A control of the form or document, a sheet, or what the program offers everywhere.
    Host,
}

/// Handlers of one event that run.
const HANDLERS: usize = 8;

impl Machine<'_, '_> {
    fn binding(&mut self, symbol: Symbol) -> Binding {
        let Some(procedure) = self.frame().map(|frame| frame.procedure) else { return Binding::Local };
        let at = symbol as usize;
        if let Some(binding) = self.bindings.get(procedure).and_then(|row| row.get(at)).and_then(Option::as_ref) {
            return binding.clone();
        }
        let body = self.body(procedure);
        let binding = self.bind(&body, at);
        if let Some(row) = self.bindings.get_mut(procedure) {
            row.resize(body.symbols.len().max(row.len()), None);
            if let Some(slot) = row.get_mut(at) {
                *slot = Some(binding.clone());
            }
        }
        binding
    }

    fn bind(&mut self, body: &Body, at: usize) -> Binding {
        let Some(name) = body.symbols.get(at) else { return Binding::Local };
        if body.declared.get(at) == Some(&true) {
            return Binding::Local;
        }
        let module = body.module;
        let own = self.modules.get(module).and_then(|found| found.fields.get(name.as_ref()).copied());
        if let Some(field) = own {
            return Binding::Field(field);
        }
        let symbol = self.outline.find(name);
        let named = symbol.map(|symbol| self.outline.named(symbol)).unwrap_or_default();
        let module_of = |id: &usize| self.outline.procedures.get(*id).map(|procedure| procedure.module);
        if let Some(id) = named.iter().find(|id| module_of(id) == Some(module)) {
            return Binding::Procedure(*id);
        }
        if let Some((place, _)) = self.globals.get(name.as_ref()) {
            return Binding::Global(*place);
        }
        if symbol.is_some_and(|symbol| self.outline.is_visible(module, symbol)) {
            let standard = |id: &&usize| {
                let kind = module_of(id).and_then(|module| self.outline.units.get(module)).map(|unit| unit.kind);
                kind == Some(ModuleKind::Standard)
            };
            if let Some(id) = named.iter().find(standard) {
                return Binding::Procedure(*id);
            }
        }
        if self.is_control(module, name) {
            return Binding::Host;
        }
        if let Some(module) = symbol.and_then(|symbol| self.outline.module(symbol)) {
            return Binding::Module(module);
        }
        if symbol.is_some_and(|symbol| self.outline.imports.contains_key(&symbol)) {
            return Binding::Import;
        }
        if let Some(value) = super::library::constant(name) {
            return Binding::Constant(value);
        }
        if let Some(function) = super::library::function(name) {
            return Binding::Function(function);
        }
        if self.is_global(name) { Binding::Host } else { Binding::Local }
    }

    /// The variable a name stands for.
    pub(super) fn variable_of(&mut self, symbol: Symbol) -> Option<Ref> {
        let binding = self.binding(symbol);
        let frame = self.frame()?;
        let place = match binding {
            Binding::Local => Ref::stack(frame.base.saturating_add(symbol as usize)),
            Binding::Field(field) => Ref::heap(frame.fields.saturating_add(field) as usize),
            Binding::Global(place) => place,
            _ => return None,
        };
        Some(self.resolve(place))
    }

    /// The variable an expression stands for, if it is one.
    pub(super) fn place_of(&mut self, expression: &Expression) -> Option<Ref> {
        if let Expression::Name(symbol, _) = expression { self.variable_of(*symbol) } else { None }
    }

    pub(super) fn symbol_name(&mut self, symbol: Symbol) -> Rc<str> {
        let procedure = self.frame().map_or(0, |frame| frame.procedure);
        self.body(procedure).symbols.get(symbol as usize).cloned().unwrap_or_else(|| "".into())
    }

    // ---- values ------------------------------------------------------------------------------------------------------

    /// The value of an expression; an object stays one.
    pub(super) fn evaluate(&mut self, expression: &Expression) -> Value {
        match expression {
            Expression::Literal(value) => return value.clone(),
            Expression::Name(symbol, at) => return self.name(*symbol, *at),
            Expression::Me => return self.frame().map_or(Value::Unknown, |frame| frame.me.clone()),
            Expression::Address | Expression::Unreadable => return Value::Unknown,
            _ => {}
        }
        if !self.spend(1) {
            return Value::Unknown;
        }
        if !self.descend() {
            self.ascend();
            return Value::Unknown;
        }
        let value = match expression {
            Expression::Operators(first, rest) => self.operators(first, rest),
            Expression::Not(inner) => {
                let value = self.evaluate(inner);
                opposite(&self.plain(value))
            }
            Expression::Negative(inner) => {
                let value = self.evaluate(inner);
                negate(&self.plain(value))
            }
            Expression::Member(owner, name, at) => self.member(owner.as_deref(), name, &[], *at),
            Expression::Call(callee, arguments, at) => self.call(callee, arguments, *at),
            Expression::New(name, at) => {
                self.at(*at);
                self.new_object(name)
            }
            Expression::Foreign(text, at) => {
                self.at(*at);
                self.foreign(text)
            }
            _ => Value::Unknown,
        };
        self.ascend();
        value
    }

    /// What a value is where no object is asked for: the default member of an object.
    pub(super) fn plain(&mut self, value: Value) -> Value {
        match value {
            Value::Object(id) => self.default_of(id),
            other => other,
        }
    }

    fn operators(&mut self, first: &Expression, rest: &[(Operator, Expression)]) -> Value {
        let value = self.evaluate(first);
        let mut left = if matches!(rest.first(), None | Some((Operator::Is, _))) { value } else { self.plain(value) };
        for (operator, right) in rest {
            let right = self.evaluate(right);
            if *operator == Operator::Is {
                left = match (&left, &right) {
                    (Value::Nothing, Value::Nothing) => Value::Bool(true),
                    (Value::Object(a), Value::Object(b)) => Value::Bool(a == b),
                    // An object is made even where the machine may lack it.
                    (Value::Object(_), Value::Nothing) | (Value::Nothing, Value::Object(_)) => Value::Unknown,
                    _ => Value::Unknown,
                };
                continue;
            }
            let right = self.plain(right);
            self.spend(1_u64.saturating_add(right.weight() >> 5).saturating_add(left.shared_weight() >> 5));
            let zero = match operator {
                Operator::Divide => right.number() == Some(0.0),
                Operator::IntegerDivide | Operator::Modulo => right.integer() == Some(0),
                _ => false,
            };
            if zero && left.number().is_some() {
                self.raised = true;
                self.forget_error();
                self.set_property(0, "err number", Value::Int(11));
            }
            left = self.compared(*operator, left, &right);
        }
        left
    }

    /// As [`combine`], without the case of letters where the module says so.
    pub(super) fn compared(&mut self, operator: Operator, left: Value, right: &Value) -> Value {
        use Operator::{Equal, Less, LessOrEqual, Like, More, MoreOrEqual, Unequal};
        let compares = matches!(operator, Equal | Unequal | Less | More | LessOrEqual | MoreOrEqual | Like);
        match (&left, right) {
            (Value::Text(a, known), Value::Text(b, also)) if compares && self.compares_text() => {
                self.spend((a.len().saturating_add(b.len()) as u64) / 16);
                let small = |units: &[u16], known| Value::from_units(super::texts::cased(units, false), known);
                combine(operator, small(a, *known), &small(b, *also))
            }
            _ => combine(operator, left, right),
        }
    }

    /// Where something is called from now on.
    pub(super) fn at(&mut self, at: u32) {
        let module = self.frame().map_or(0, |frame| frame.module);
        self.site = (module, at as usize);
    }

    fn name(&mut self, symbol: Symbol, at: u32) -> Value {
        match self.binding(symbol) {
            Binding::Constant(value) => value,
            Binding::Procedure(id) => {
                self.at(at);
                self.invoke_in_module(id, Vec::new())
            }
            Binding::Module(module) => self.module_object(module),
            Binding::Function(function) => {
                self.at(at);
                function(self, &[])
            }
            Binding::Import => {
                self.at(at);
                let name = self.symbol_name(symbol);
                self.import(&name, &[])
            }
            Binding::Host => {
                self.at(at);
                let name = self.symbol_name(symbol);
                self.global(&name, &[])
            }
            _ => match self.variable_of(symbol).map_or(Value::Unknown, |place| self.read(place)) {
                Value::Unknown => {
                    self.at(at);
                    self.run_made(symbol, &[])
                }
                value => value,
            },
        }
    }

    pub(super) fn arguments(&mut self, arguments: &[Argument]) -> Vec<Given> {
        let mut given = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let (value, place) = match &argument.value {
                Some(expression) => match self.place_of(expression) {
                    Some(place) => (self.read(place), Some(place)),
                    None => (self.evaluate(expression), None),
                },
                None => (Value::Missing, None),
            };
            given.push(Given { name: argument.name.clone(), value, place });
        }
        given
    }

    /// A call or an index.
    fn call(&mut self, callee: &Expression, arguments: &[Argument], at: u32) -> Value {
        match callee {
            Expression::Name(symbol, at) => {
                let given = self.arguments(arguments);
                self.call_name(*symbol, given, *at)
            }
            Expression::Member(owner, name, at) => self.member(owner.as_deref(), name, arguments, *at),
            other => {
                let value = self.evaluate(other);
                let given = self.arguments(arguments);
                self.at(at);
                self.index(&value, given)
            }
        }
    }

    fn call_name(&mut self, symbol: Symbol, given: Vec<Given>, at: u32) -> Value {
        let binding = self.binding(symbol);
        self.at(at);
        match binding {
            Binding::Procedure(id) => self.invoke_in_module(id, given),
            Binding::Function(function) => {
                let name = self.symbol_name(symbol);
                let values = self.in_order(&name, given);
                self.at(at);
                self.pay_for_arrays(&name, &values);
                function(self, &values)
            }
            Binding::Import => {
                let name = self.symbol_name(symbol);
                self.import(&name, &given)
            }
            Binding::Host => {
                let name = self.symbol_name(symbol);
                self.global(&name, &given)
            }
            Binding::Constant(_) => Value::Unknown,
            Binding::Module(module) => {
                let object = self.module_object(module);
                self.index(&object, given)
            }
            Binding::Local | Binding::Field(_) | Binding::Global(_) => {
                let value = self.variable_of(symbol).map_or(Value::Unknown, |place| self.read(place));
                // A function that calls itself.
                let frame = self.frame().map_or(0, |frame| frame.procedure);
                let body = self.body(frame);
                if body.result == Some(symbol) && !matches!(value, Value::Array(_)) {
                    return self.invoke_in_module(frame, given);
                }
                if value == Value::Unknown {
                    return self.run_made(symbol, &given);
                }
                self.index(&value, given)
            }
        }
    }

    /// An event of a class: its handlers in the modules that have a variable for it.
    pub(super) fn raise_event(&mut self, event: &Expression) {
        let (name, arguments) = match event {
            Expression::Call(callee, arguments, _) => (&**callee, arguments.as_slice()),
            name => (name, &[][..]),
        };
        let Expression::Name(symbol, _) = name else { return };
        let event = self.symbol_name(*symbol);
        let variables = self.outline.with_events.iter();
        let mut handlers: Vec<usize> = variables
            .filter_map(|(module, variable)| {
                let handler = format!("{}_{event}", self.outline.name(*variable));
                self.procedure_of(*module, &handler, true)
            })
            .collect();
        handlers.sort_unstable();
        let given = self.arguments(arguments);
        for id in handlers.into_iter().take(HANDLERS) {
            self.invoke_in_module(id, given.clone());
        }
    }

    /// A function that takes a text makes one of an array of bytes.
    fn pay_for_arrays(&mut self, function: &str, values: &[Value]) {
        let looks_only = ["lbound", "ubound", "isarray", "typename", "vartype", "iif", "choose", "array", "callbyname"];
        if !looks_only.contains(&function) {
            let arrays = values.iter().filter(|value| matches!(value, Value::Array(_)));
            let items: u64 = arrays.map(Value::weight).sum();
            self.spend(items >> 5);
        }
    }

    /// `owner.name(arguments)`
    fn member(&mut self, owner: Option<&Expression>, name: &Rc<str>, arguments: &[Argument], at: u32) -> Value {
        if let Some(owner) = owner
            && self.is_library(owner)
        {
            let given = self.arguments(arguments);
            self.at(at);
            if let Some(value) = super::library::constant(name) {
                return value;
            }
            return match super::library::function(name) {
                Some(function) => {
                    let values = self.in_order(name, given);
                    self.pay_for_arrays(name, &values);
                    function(self, &values)
                }
                None => self.global(name, &given),
            };
        }
        if let Some(Expression::Name(symbol, _)) = owner
            && let Some(value) = self.enumerated(*symbol, name)
        {
            return value;
        }
        if let (Some(Expression::Name(symbol, _)), "count") = (owner, name.as_ref())
            && let Some(count) = self.whole_sheet(*symbol)
        {
            return Value::Int(count);
        }
        let owner = match owner {
            Some(owner) => self.evaluate(owner),
            None => match self.frame().and_then(|frame| frame.with.last()).cloned() {
                Some(With::Value(value)) => value,
                Some(With::Place(place)) => self.read(place),
                None => Value::Unknown,
            },
        };
        let given = self.arguments(arguments);
        self.at(at);
        self.member_of(&owner, name, given)
    }

    /// A member of an enumeration behind its name.
    fn enumerated(&mut self, symbol: Symbol, name: &str) -> Option<Value> {
        let frame = self.frame()?;
        let (procedure, module) = (frame.procedure, frame.module);
        let is_variable = self.body(procedure).declared.get(symbol as usize) == Some(&true);
        if is_variable || !matches!(self.binding(symbol), Binding::Local) {
            return None;
        }
        let full = format!("{}.{name}", self.symbol_name(symbol));
        let own = self.modules.get(module).and_then(|found| found.fields.get(full.as_str()).copied());
        let place = match own {
            Some(field) => {
                let base = self.modules.get(module).map_or(0, |found| found.base);
                Ref::heap(base.saturating_add(field) as usize)
            }
            None => self.globals.get(full.as_str())?.0,
        };
        Some(self.read(place))
    }

    /// `Rows.Count` and `Columns.Count` without an owner, unless the procedure has a variable of that name.
    fn whole_sheet(&mut self, symbol: Symbol) -> Option<i64> {
        let count = match self.symbol_name(symbol).as_ref() {
            "rows" => 1 << 20,
            "columns" => 1 << 14,
            _ => return None,
        };
        let is_free = matches!(self.binding(symbol), Binding::Local);
        let value = self.variable_of(symbol).map(|place| self.read(place));
        (is_free && value.is_none_or(|value| value == Value::Unknown)).then_some(count)
    }

    /// `VBA`, `VBA.Strings`: a library and its modules, whose members are the functions.
    fn is_library(&mut self, owner: &Expression) -> bool {
        match owner {
            Expression::Name(symbol, _) => {
                matches!(self.binding(*symbol), Binding::Local | Binding::Host)
                    && names_library(&self.symbol_name(*symbol))
                    && self.variable_of(*symbol).is_none_or(|place| self.read(place) == Value::Unknown)
            }
            Expression::Member(Some(owner), name, _) => {
                names_library(name) && matches!(**owner, Expression::Name(..)) && self.is_library(owner)
            }
            _ => false,
        }
    }

    /// A member of a value.
    pub(super) fn member_of(&mut self, owner: &Value, name: &str, given: Vec<Given>) -> Value {
        self.spend(2);
        self.generate(name, &given);
        match owner {
            Value::Record(fields) => {
                let field = fields.iter().find(|(field, _)| &**field == name).map(|(_, value)| value.clone());
                let value = field.unwrap_or(Value::Unknown);
                if given.is_empty() { value } else { self.index(&value, given) }
            }
            Value::Object(id) => match self.object(*id).map(|object| object.class.clone()) {
                Some(Class::Instance(module, fields)) => self.own_member(owner, module, fields, name, given),
                Some(Class::Module(module)) => {
                    let fields = self.modules.get(module).map_or(0, |module| module.base);
                    self.own_member(owner, module, fields, name, given)
                }
                Some(Class::Automation(kind)) => self.automation(kind, *id, name, &given),
                Some(Class::Host(kind)) => self.host(kind, *id, name, &given),
                None => Value::Unknown,
            },
            _ => self.unknown_member(name, &given),
        }
    }

    /// A member of a module of the project.
    fn own_member(&mut self, owner: &Value, module: usize, fields: u32, name: &str, given: Vec<Given>) -> Value {
        if let Some(id) = self.procedure_of(module, name, true).or_else(|| self.implementation_of(module, name)) {
            return self.invoke(id, given, owner.clone(), fields);
        }
        let field = self.modules.get(module).and_then(|found| found.fields.get(name).copied());
        if let Some(field) = field {
            let value = self.read(Ref::heap(fields.saturating_add(field) as usize));
            return if given.is_empty() { value } else { self.index(&value, given) };
        }
        self.module_member(module, owner, name, &given)
    }

    /// What a class does for a member of an interface: `Interface_Member`.
    fn implementation_of(&self, module: usize, name: &str) -> Option<usize> {
        let all = self.outline.implemented.get(&self.outline.find(name)?)?;
        all.iter().find(|id| self.outline.procedures.get(**id).is_some_and(|found| found.module == module)).copied()
    }

    /// Procedure of a module by its name: what reads a property, or what sets it.
    pub(super) fn procedure_of(&self, module: usize, name: &str, reads: bool) -> Option<usize> {
        let named = self.outline.procedures_named(name);
        let unit = self.outline.units.get(module)?;
        let mut own = named.iter().filter(|id| self.outline.procedures.get(**id).is_some_and(|p| p.module == module));
        own.find(|id| {
            let at = self.outline.procedures.get(**id).map_or(0, |procedure| procedure.at);
            let sets = at.checked_sub(1).is_some_and(|at| unit.code.is(at, "let") || unit.code.is(at, "set"));
            sets != reads
        })
        .copied()
    }
}

fn names_library(name: &str) -> bool {
    matches!(
        name,
        "vba"
            | "strings"
            | "vba_strings"
            | "interaction"
            | "conversion"
            | "math"
            | "information"
            | "filesystem"
            | "global"
    )
}
