//! What stands outside procedures ([MS-VBAL] 5.2): variables, constants, enumerations, types.

use std::rc::Rc;

use super::ast::{Body, Declared};
use super::machine::{Class, Frame, Machine, Ref, Variable};
use super::parse::Parser;
use super::value::{Kind, Value};
use crate::hashed::HashMap;
use crate::languages::vba::ModuleKind;
use crate::languages::vba::lexer;

/// Variables of one module.
pub(super) const MOST: usize = 20_000;

/// Fields of every type: name, kind, and length where it is an array.
pub(super) type Types = HashMap<Rc<str>, Vec<(Rc<str>, Kind, Option<usize>)>>;

/// A module as far as procedures need it.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// Its variables and constants by name.
    pub(super) fields: HashMap<Rc<str>, u32>,
    /// Where they stand on the heap.
    pub(super) base: u32,
    /// What each is at first, for instances of a class.
    pub(super) initial: Vec<(Value, Kind, bool)>,
    pub(super) object: Option<u32>,
    /// Fields of its types.
    pub(super) types: Types,
    /// `Option Compare Text`
    pub(super) compares_text: bool,
    /// `Option Base 1`
    pub(super) counts_from_1: bool,
}

struct Read {
    declared: Vec<(Declared, bool)>,
    types: Types,
    symbols: Vec<Rc<str>>,
    compares_text: bool,
    counts_from_1: bool,
    torn: bool,
}

impl Machine<'_, '_> {
    pub(super) fn declare_modules(&mut self) {
        for module in 0..self.outline.units.len() {
            let read = self.read_module(module);
            let count = self.outline.procedures.len();
            let base = u32::try_from(self.heap.len()).unwrap_or(0);
            let is_standard = self.outline.units.get(module).is_some_and(|unit| unit.kind != ModuleKind::Class);
            let object = match self.make(Class::Module(module)) {
                Value::Object(id) => Some(id),
                _ => None,
            };
            let mut found =
                Module { base, object, types: read.types, compares_text: read.compares_text, ..Module::default() };
            found.counts_from_1 = read.counts_from_1;
            for (index, (declared, private)) in read.declared.iter().enumerate() {
                let Some(name) = read.symbols.get(declared.name as usize) else { continue };
                let field = u32::try_from(index).unwrap_or(0);
                found.fields.entry(Rc::clone(name)).or_insert(field);
                let place = self.allocate(Variable::default());
                let taken = self.globals.get(name).is_some_and(|(_, other)| *other != module);
                if is_standard && !*private && !taken {
                    self.globals.insert(Rc::clone(name), (place, module));
                }
            }
            self.modules.push(Rc::new(found));
            let torn = read.torn;
            self.outcome.cut |= torn;
            let body = Body {
                module,
                declared: vec![false; read.symbols.len()],
                assigned: vec![false; read.symbols.len()],
                symbols: read.symbols,
                parameters: Vec::new(),
                result: None,
                kind: Kind::Variant,
                statics: Vec::new(),
                block: vec![super::ast::Node {
                    at: 0,
                    statement: super::ast::Statement::Const(
                        read.declared.into_iter().map(|(declared, _)| declared).collect(),
                    ),
                }],
                torn,
                taken: 0,
            };
            if let Some(slot) = self.bodies.get_mut(count.saturating_add(module)) {
                *slot = Some(Rc::new(body));
            }
        }
        // Twice, so that a constant is known wherever it stands.
        for _ in 0..2 {
            for module in 0..self.outline.units.len() {
                self.initialise(module);
            }
        }
    }

    fn initialise(&mut self, module: usize) {
        let procedure = self.outline.procedures.len().saturating_add(module);
        let body = self.body(procedure);
        let Some(super::ast::Statement::Const(declared)) = body.block.first().map(|node| &node.statement) else {
            return;
        };
        if declared.is_empty() {
            return;
        }
        let Some(found) = self.modules.get(module).cloned() else { return };
        let base = self.stack.len();
        self.stack.resize_with(base.saturating_add(body.symbols.len()), Variable::default);
        self.frames.push(Frame {
            procedure,
            module,
            base,
            me: found.object.map_or(Value::Unknown, Value::Object),
            fields: found.base,
            with: Vec::new(),
            handler: None,
            resume_next: false,
            pending: Vec::new(),
            visited: crate::hashed::HashSet::default(),
            floor: 0,
            resumed: None,
        });
        let mut initial = Vec::new();
        for (index, declared) in declared.iter().enumerate() {
            let value = match &declared.value {
                Some(value) => {
                    let value = self.evaluate(value);
                    declared.kind.take(value)
                }
                None => self.initial_of(declared),
            };
            let place = Ref::heap((found.base as usize).saturating_add(index));
            if let Some(variable) = self.raw(place) {
                variable.value = value.clone();
                variable.kind = if declared.bounds.is_some() { Kind::Variant } else { declared.kind.clone() };
                variable.fresh = declared.fresh;
            }
            initial.push((value, declared.kind.clone(), declared.fresh));
        }
        self.frames.pop();
        self.stack.truncate(base);
        self.raised = false;
        if let Some(slot) = self.modules.get_mut(module)
            && let Some(found) = Rc::get_mut(slot)
        {
            found.initial = initial;
        } else if let Some(slot) = self.modules.get_mut(module) {
            let old = Rc::clone(slot);
            *slot = Rc::new(Module {
                fields: old.fields.clone(),
                base: old.base,
                initial,
                object: old.object,
                types: old.types.clone(),
                compares_text: old.compares_text,
                counts_from_1: old.counts_from_1,
            });
        }
    }

    fn read_module(&mut self, module: usize) -> Read {
        let mut read = Read {
            declared: Vec::new(),
            types: HashMap::default(),
            symbols: Vec::new(),
            compares_text: false,
            counts_from_1: false,
            torn: false,
        };
        let Some(unit) = self.outline.units.get(module) else { return read };
        let first = self.outline.procedures.get(unit.procedures.clone()).and_then(|procedures| procedures.first());
        let end = first.map_or(unit.code.len(), |procedure| procedure.at);
        self.spend(end as u64 / 8);
        let defined = self.defined.clone();
        let room = self.budget.room();
        let mut parser = Parser::new(&unit.code, 0, end, &defined, room);
        while parser.at < end && !parser.lost && read.declared.len() < MOST {
            let before = parser.at;
            declaration(&mut parser, &mut read, &mut self.defined);
            if parser.at == before {
                parser.skip();
            }
        }
        read.torn |= parser.torn || parser.lost;
        let taken = parser.taken;
        read.symbols = parser.into_symbols().0;
        if self.budget.hold(taken).is_err() {
            self.exhaust();
        }
        read
    }
}

fn declaration(parser: &mut Parser<'_, '_>, read: &mut Read, defined: &mut HashMap<String, bool>) {
    if parser.kind() == lexer::Kind::End {
        parser.skip();
        return;
    }
    if parser.is_mark("#") {
        if parser.code.is(parser.at.saturating_add(1), "const") {
            let name = parser.code.name(parser.at.saturating_add(2));
            let value = parser.code.text(parser.at.saturating_add(4));
            defined.insert(name.to_owned(), !matches!(value.to_ascii_lowercase().as_str(), "0" | "false"));
            parser.skip_line();
        } else {
            parser.directive();
        }
        return;
    }
    let mut private = true;
    let mut modified = false;
    while ["public", "private", "global", "dim", "static", "friend"].iter().any(|word| parser.is(word)) {
        private &= !(parser.is("public") || parser.is("global"));
        modified = true;
        parser.skip();
    }
    if parser.take("const") {
        read.declared.extend(parser.declarations(true, false).into_iter().map(|declared| (declared, private)));
    } else if parser.is("enum") && parser.code.kind(parser.at.saturating_add(1)) == lexer::Kind::Name {
        let name = parser.code.name(parser.at.saturating_add(1));
        parser.skip_line();
        enumeration(parser, read, name);
    } else if parser.is("type") && parser.code.kind(parser.at.saturating_add(1)) == lexer::Kind::Name {
        record(parser, read);
    } else if parser.take("option") {
        let next = parser.at.saturating_add(1);
        read.compares_text |= parser.is("compare") && parser.code.is(next, "text");
        read.counts_from_1 |= parser.is("base") && parser.code.text(next) == "1";
    } else if modified && !["declare", "sub", "function", "property", "event"].iter().any(|word| parser.is(word)) {
        read.declared.extend(parser.declarations(false, false).into_iter().map(|declared| (declared, private)));
    }
    parser.skip_line();
}

/// Its members are known by their names, and behind that of the enumeration.
fn enumeration(parser: &mut Parser<'_, '_>, read: &mut Read, owner: &str) {
    let mut last: Option<i64> = Some(-1);
    while parser.at < parser.end && !parser.is("end") {
        if parser.kind() == lexer::Kind::Name && read.declared.len() < MOST {
            let name = parser.code.name(parser.at);
            parser.skip();
            let symbol = parser.symbol(name);
            let value = parser.take_mark("=").then(|| parser.expression(0));
            let value = value.unwrap_or_else(|| {
                last = last.map(|last| last.saturating_add(1));
                super::ast::Expression::Literal(last.map_or(Value::Unknown, Value::Int))
            });
            last = match &value {
                super::ast::Expression::Literal(Value::Int(n)) => Some(*n),
                _ => None,
            };
            let declared = Declared {
                name: symbol,
                kind: Kind::Variant,
                fresh: false,
                bounds: None,
                value: Some(value),
                member: None,
            };
            read.declared.push((declared, false));
            let full = parser.symbol(&format!("{owner}.{name}"));
            let at = u32::try_from(parser.at).unwrap_or(u32::MAX);
            let same = super::ast::Expression::Name(symbol, at);
            let declared = Declared {
                name: full,
                kind: Kind::Variant,
                fresh: false,
                bounds: None,
                value: Some(same),
                member: None,
            };
            read.declared.push((declared, false));
        }
        parser.skip_line();
        parser.skip();
    }
}

fn record(parser: &mut Parser<'_, '_>, read: &mut Read) {
    parser.skip();
    let name = parser.code.name(parser.at);
    parser.skip_line();
    let mut fields = Vec::new();
    while parser.at < parser.end && !parser.is("end") {
        if parser.kind() == lexer::Kind::Name && fields.len() < 1000 {
            let field = parser.code.name(parser.at);
            parser.skip();
            let mut length = None;
            if parser.take_mark("(") {
                length = Some(0);
                while !parser.is_mark(")") && parser.kind() != lexer::Kind::End {
                    if let Ok(upper) = parser.code.text(parser.at).parse::<usize>() {
                        length = Some(upper.saturating_add(1).min(1 << 12));
                    }
                    parser.skip();
                }
                parser.skip();
            }
            let (kind, _) = parser.as_type();
            fields.push((field.into(), kind, length));
        }
        parser.skip_line();
        parser.skip();
    }
    read.types.insert(name.into(), fields);
}
