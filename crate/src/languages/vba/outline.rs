//! What a project consists of ([MS-VBAL] 5): procedures, imported functions, declared names, statements.

use std::ops::Range;
use std::rc::Rc;

use super::lexer::{Code, Kind, Read};
use super::names::{Names, Symbol};
use super::skim;
use super::{Module, ModuleKind};
use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::hashed::{HashMap, HashSet};

/// A Sub, Function or Property.
#[derive(Debug)]
pub(super) struct Procedure {
    /// As written.
    pub(super) name: String,
    pub(super) symbol: Symbol,
    pub(super) module: usize,
    /// Token of the name.
    pub(super) at: usize,
    /// Statements of the body: indices into [`Unit::statements`].
    pub(super) body: Range<usize>,
    pub(super) parameters: Vec<Symbol>,
    /// Seen by its own module alone.
    private: bool,
}

/// A `Declare` (5.2.3.5): a function of a DLL.
#[derive(Debug)]
pub(super) struct Import {
    /// The function of the DLL: the alias where there is one, lower case.
    pub(super) function: String,
    pub(super) library: String,
}

/// A range of tokens; there are millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn new(range: Range<usize>) -> Self {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: narrow(range.start), end: narrow(range.end) }
    }

    pub(super) const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One module, read.
pub(super) struct Unit<'a> {
    pub(super) name: String,
    pub(super) path: &'a str,
    pub(super) kind: ModuleKind,
    pub(super) code: Code<'a>,
    /// Statements as ranges of tokens; what follows `Then` and `Else` on a line counts as its own.
    pub(super) statements: Vec<Span>,
    /// Its procedures: indices into [`Outline::procedures`].
    pub(super) procedures: Range<usize>,
}

/// A project, read.
#[derive(Default)]
pub(super) struct Outline<'a> {
    pub(super) units: Vec<Unit<'a>>,
    pub(super) procedures: Vec<Procedure>,
    names: Rc<Names>,
    by_name: HashMap<Symbol, Vec<usize>>,
    /// What each name stands for, by its number: see [`Outline::is`].
    roles: Vec<u8>,
    /// Two modules may give one name to two functions.
    pub(super) imports: HashMap<Symbol, Vec<Import>>,
    modules: HashMap<Symbol, usize>,
    /// Names declared outside procedures.
    pub(super) globals: HashSet<Symbol>,
    /// Names declared in a procedure, its parameters included.
    locals: HashSet<(usize, Symbol)>,
    /// Procedures of classes that stand for those of an interface (`Implements`), by the name of its member.
    pub(super) implemented: HashMap<Symbol, Vec<usize>>,
    /// Variables declared `WithEvents`: module and name.
    pub(super) with_events: HashSet<(usize, Symbol)>,
    /// Procedures that the document itself starts, lower case.
    pub(super) starts: HashSet<String>,
    /// Functions that formulas of cells call, lower case.
    pub(super) in_cells: HashSet<String>,
    /// Whether it is a project of Word.
    pub(super) is_word: bool,
    /// Whether it is VBScript.
    pub(super) is_script: bool,
}

/// What a declared name costs in memory with all that is kept about it.
const NAME: u64 = 96;

/// Procedures of one name, and imports of one name, that are looked at.
const MOST: usize = 64;

/// Roles of a name: anywhere in the project it is given to one of these.
pub(super) const PROCEDURE: u8 = 1;
pub(super) const MODULE: u8 = 2;
pub(super) const IMPORT: u8 = 4;
pub(super) const GLOBAL: u8 = 8;
/// A member of an interface that classes implement.
pub(super) const IMPLEMENTED: u8 = 16;

impl<'a> Outline<'a> {
    /// Whether one of its modules is that of a text document.
    pub(super) fn has_document(&self) -> bool {
        let is_document = |unit: &Unit<'_>| unit.kind == ModuleKind::Document;
        self.units.iter().any(|unit| is_document(unit) && unit.name.eq_ignore_ascii_case("thisdocument"))
    }

    /// Reads all modules; also the limit, when one was hit: what was read before it stays.
    pub(super) fn read(
        modules: &'a [Module],
        read: Read,
        starts: HashSet<String>,
        budget: &Budget,
    ) -> (Self, Result<()>) {
        let held = budget.scope();
        let (mut outline, mut result) = Self::read_without(modules, read, &[], budget);
        if let Err(Error::Limit(LimitKind::ArtifactBytes)) = result {
            drop((outline, held));
            let without = skim::left_out(modules, &starts, budget);
            (outline, _) = Self::read_without(modules, Read::default(), &without, budget);
            // Something is left out in any case.
            result = Err(Error::Limit(LimitKind::ArtifactBytes));
        } else {
            held.keep();
        }
        outline.starts = starts;
        (outline, result)
    }

    fn read_without(
        modules: &'a [Module],
        mut before: Read,
        without: &[Vec<Range<u32>>],
        budget: &Budget,
    ) -> (Self, Result<()>) {
        let mut outline = Self::default();
        let mut shared = std::mem::take(&mut before.names);
        let names = Rc::make_mut(&mut shared);
        let mut read = Ok(());
        for (number, module) in modules.iter().enumerate() {
            let without = without.get(number).map(Vec::as_slice).unwrap_or_default();
            let (code, result) = match before.modules.remove(&number) {
                Some(tokens) => (Code::of(&module.source, tokens), Ok(())),
                None => Code::read(&module.source, without, names, budget),
            };
            outline.modules.insert(names.symbol(&module.name), number);
            let statements = statements(&code);
            outline.units.push(Unit {
                name: module.name.clone(),
                path: &module.path,
                kind: module.kind,
                code,
                statements,
                procedures: 0..0,
            });
            if result.is_err() {
                read = result;
                break;
            }
        }
        outline.units.iter_mut().for_each(|unit| unit.code.share(&shared));
        outline.names = shared;
        for module in 0..outline.units.len() {
            if let Err(error) = outline.declarations(module, budget) {
                read = read.and(Err(error));
                break;
            }
        }
        outline.give_roles();
        (outline, read)
    }

    fn give_roles(&mut self) {
        self.roles = vec![0; self.names.len()];
        let procedures = self.by_name.keys().map(|name| (name, PROCEDURE));
        let modules = self.modules.keys().map(|name| (name, MODULE));
        let imports = self.imports.keys().map(|name| (name, IMPORT));
        let globals = self.globals.iter().map(|name| (name, GLOBAL));
        let implemented = self.implemented.keys().map(|name| (name, IMPLEMENTED));
        for (name, role) in procedures.chain(modules).chain(imports).chain(globals).chain(implemented) {
            if let Some(slot) = self.roles.get_mut(name.index()) {
                *slot |= role;
            }
        }
    }

    /// Whether a name has one of these roles: quicker than to look it up.
    pub(super) fn is(&self, name: Symbol, roles: u8) -> bool {
        self.roles.get(name.index()).is_some_and(|role| role & roles != 0)
    }

    fn declarations(&mut self, module: usize, budget: &Budget) -> Result<()> {
        let Some(unit) = self.units.get(module) else { return Ok(()) };
        let mut result = Ok(());
        let mut declare = |names: usize| {
            result = std::mem::replace(&mut result, Ok(()))
                .and_then(|()| budget.hold_sparing((names as u64).saturating_mul(NAME), 2));
            result.is_ok()
        };
        let code = &unit.code;
        let mut open: Option<Procedure> = None;
        let mut procedures = Vec::new();
        let mut implements = false;
        for (index, statement) in unit.statements.iter().map(|statement| statement.range()).enumerate() {
            let statement = &statement;
            let (at, words) = skip_modifiers(code, statement);
            if let Some(name) = procedure_name(code, at, statement.end) {
                if budget
                    .hold_sparing(skim::PROCEDURE.saturating_add((code.text(name).len() as u64).saturating_mul(4)), 2)
                    .is_err()
                {
                    declare(usize::MAX);
                    break;
                }
                let parameters = parameters(code, name, statement.end);
                let next = index.saturating_add(1);
                procedures.extend(open.take());
                open = Some(Procedure {
                    name: code.text(name).to_owned(),
                    symbol: code.symbol(name),
                    module,
                    at: name,
                    body: next..next,
                    parameters,
                    private: code.is(statement.start, "private"),
                });
            } else if is_end(code, at) {
                procedures.extend(open.take());
            } else if code.is(at, "declare") {
                if let Some((name, import)) = import(code, at, statement.end) {
                    if !declare(2) {
                        break;
                    }
                    let imports = self.imports.entry(name).or_default();
                    if imports.len() < MOST {
                        imports.push(import);
                    }
                }
            } else if code.is(at, "implements") && open.is_none() {
                implements = true;
            } else if let Some(procedure) = &mut open {
                procedure.body.end = index.saturating_add(1);
            } else if words > 0 || code.is(at, "const") || code.is(at, "withevents") {
                for (name, with_events) in declared(code, at, statement.end) {
                    if !declare(1) {
                        break;
                    }
                    if with_events {
                        self.with_events.insert((module, name));
                    }
                    self.globals.insert(name);
                }
            }
        }
        procedures.extend(open);
        let first = self.procedures.len();
        for (offset, procedure) in procedures.iter().enumerate() {
            let id = first.saturating_add(offset);
            let mut local = |name: Symbol| {
                if declare(1) {
                    self.locals.insert((id, name));
                }
            };
            procedure.parameters.iter().for_each(|parameter| local(*parameter));
            for statement in unit.statements.get(procedure.body.clone()).unwrap_or_default() {
                let statement = &statement.range();
                let (at, words) = skip_modifiers(code, statement);
                if words > 0 || code.is(at, "const") {
                    declared(code, at, statement.end).into_iter().for_each(|(name, _)| local(name));
                }
            }
            // A member whose name stands nowhere is called nowhere.
            let member = code.names().get(procedure.symbol).split_once('_').filter(|_| implements);
            if let Some(member) = member.and_then(|(_, member)| code.names().find(member)) {
                self.implemented.entry(member).or_default().push(id);
            }
            self.by_name.entry(procedure.symbol).or_default().push(id);
        }
        self.procedures.extend(procedures);
        let end = self.procedures.len();
        if let Some(unit) = self.units.get_mut(module) {
            unit.procedures = first..end;
        }
        result
    }

    pub(super) fn unit(&self, procedure: usize) -> Option<&Unit<'a>> {
        self.units.get(self.procedures.get(procedure)?.module)
    }

    /// The statements of a procedure.
    pub(super) fn body(&self, procedure: usize) -> &[Span] {
        let statements = self.unit(procedure).map(|unit| unit.statements.as_slice()).unwrap_or_default();
        self.procedures.get(procedure).and_then(|p| statements.get(p.body.clone())).unwrap_or_default()
    }

    /// A name, if it stands anywhere in the project.
    pub(super) fn find(&self, name: &str) -> Option<Symbol> {
        self.names.find(name)
    }

    /// The procedure's name that a text gives to `Application.Run` and its like.
    pub(super) fn named_in(&self, text: &str) -> Option<Symbol> {
        let name = text.rsplit(['!', '.']).next().unwrap_or_default().trim_matches(['\'', ' ']);
        self.names.find_in_any_case(name).filter(|name| self.is(*name, PROCEDURE))
    }

    /// A name in lower case.
    pub(super) fn name(&self, symbol: Symbol) -> &str {
        self.names.get(symbol)
    }

    /// The procedures of a name.
    pub(super) fn named(&self, name: Symbol) -> &[usize] {
        self.by_name.get(&name).map(Vec::as_slice).unwrap_or_default()
    }

    /// The procedures of a name in lower case.
    pub(super) fn procedures_named(&self, name: &str) -> &[usize] {
        self.find(name).map(|name| self.named(name)).unwrap_or_default()
    }

    /// The module of a name.
    pub(super) fn module(&self, name: Symbol) -> Option<usize> {
        self.modules.get(&name).copied()
    }

    /// The module of a name in lower case.
    pub(super) fn module_named(&self, name: &str) -> Option<usize> {
        self.find(name).and_then(|name| self.module(name))
    }

    /// The functions imported under a name in lower case.
    pub(super) fn imports_named(&self, name: &str) -> &[Import] {
        self.find(name).and_then(|name| self.imports.get(&name)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a name alone, in this module, means a procedure of the project.
    pub(super) fn is_visible(&self, module: usize, name: Symbol) -> bool {
        let is_standard = |module: usize| self.units.get(module).is_some_and(|unit| unit.kind == ModuleKind::Standard);
        if !self.is(name, PROCEDURE) {
            return false;
        }
        let mut procedures = self.named(name).iter().take(MOST).filter_map(|id| self.procedures.get(*id));
        procedures.any(|found| found.module == module || !found.private && is_standard(found.module))
    }

    /// Whether a procedure declares this name, or takes it as a parameter.
    pub(super) fn is_local(&self, procedure: usize, name: Symbol) -> bool {
        self.locals.contains(&(procedure, name))
    }

    /// Where a variable of this name lives, seen from a procedure: the procedure itself, or `None` for the project.
    pub(super) fn scope(&self, procedure: usize, name: Symbol) -> Option<usize> {
        let local = !self.is(name, GLOBAL) || self.is_local(procedure, name);
        local.then_some(procedure)
    }
}

fn statements(code: &Code<'_>) -> Vec<Span> {
    let mut statements = Vec::new();
    let mut start = 0;
    for at in 0..code.len() {
        let next = at.saturating_add(1);
        // A line number is a label ([MS-VBAL] 5.4.1.1), and the statement stands behind it.
        if at == start && code.kind(at) == Kind::Number {
            start = next;
            continue;
        }
        if code.ends_statement(at) {
            if start < at && !code.is_mark(start, "#") {
                if statements.len() == statements.capacity() {
                    statements.reserve_exact((statements.len() / 4).max(16));
                }
                statements.push(Span::new(start..at));
            }
            start = next;
        }
    }
    statements
}

/// The first token behind `Public Static …`, and how many of those words (`Dim` among them) there were.
fn skip_modifiers(code: &Code<'_>, statement: &Range<usize>) -> (usize, usize) {
    const WORDS: [&str; 6] = ["public", "private", "friend", "static", "global", "dim"];
    let mut at = statement.start;
    while at < statement.end && WORDS.iter().any(|word| code.is(at, word)) {
        at = at.saturating_add(1);
    }
    (at, at.saturating_sub(statement.start))
}

/// Token of the name if a procedure starts here.
fn procedure_name(code: &Code<'_>, at: usize, end: usize) -> Option<usize> {
    let next = at.saturating_add(1);
    let name = if code.is(at, "sub") || code.is(at, "function") {
        next
    } else if code.is(at, "property") && ["get", "let", "set"].iter().any(|word| code.is(next, word)) {
        next.saturating_add(1)
    } else {
        return None;
    };
    (name < end && code.kind(name) == Kind::Name).then_some(name)
}

fn is_end(code: &Code<'_>, at: usize) -> bool {
    let next = at.saturating_add(1);
    code.is(at, "end") && ["sub", "function", "property"].iter().any(|word| code.is(next, word))
}

fn parameters(code: &Code<'_>, name: usize, end: usize) -> Vec<Symbol> {
    let open = name.saturating_add(1);
    let close = code.pair(open).unwrap_or(end).min(end);
    let mut names = Vec::new();
    let mut fresh = true;
    for at in open.saturating_add(1)..close {
        if code.is_mark(at, ",") {
            fresh = true;
        } else if fresh
            && code.kind(at) == Kind::Name
            && !matches!(code.name(at), "byval" | "byref" | "optional" | "paramarray")
        {
            names.push(code.symbol(at));
            fresh = false;
        }
    }
    names
}

/// `Declare [PtrSafe] Sub|Function name Lib "x" [Alias "y"]`.
fn import(code: &Code<'_>, at: usize, end: usize) -> Option<(Symbol, Import)> {
    let name = (at..end).find(|at| code.is(*at, "sub") || code.is(*at, "function"))?.saturating_add(1);
    let library = (name..end).find(|at| code.is(*at, "lib"))?.saturating_add(1);
    let alias = (library..end).find(|at| code.is(*at, "alias")).and_then(|at| code.string(at.saturating_add(1)));
    let library = code.string(library).unwrap_or_default().to_lowercase();
    let function = alias.map_or_else(|| code.name(name).to_owned(), |alias| alias.to_lowercase());
    Some((code.symbol(name), Import { function, library }))
}

/// Names a declaration statement declares, and whether `WithEvents`.
fn declared(code: &Code<'_>, at: usize, end: usize) -> Vec<(Symbol, bool)> {
    let mut names = Vec::new();
    let (mut fresh, mut with_events) = (true, false);
    let mut at = at;
    while at < end {
        if code.is_mark(at, "(") {
            at = code.pair(at).unwrap_or(at);
        } else if code.is_mark(at, ",") {
            fresh = true;
        } else if code.is(at, "withevents") {
            with_events = true;
        } else if fresh && code.kind(at) == Kind::Name && !code.is(at, "const") {
            names.push((code.symbol(at), with_events));
            (fresh, with_events) = (false, false);
        }
        at = at.saturating_add(1);
    }
    names
}
