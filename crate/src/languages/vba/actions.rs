//! Who calls whom, and what happens at each call site.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::ops::Range;

use super::chain::{Chain, Link, arguments};
use super::lexer::{Code, Kind};
use super::objects::{self, Object, Use};
use super::outline::Outline;
use super::triggers::{self, Start};
use super::values::{Value, Values};
use super::{Action, ActionKind, Behaviour, ModuleKind, Place, Trigger};
use crate::budget::Budget;
use crate::error::Result;

/// Actions kept of one project; honest libraries write many files.
const MOST: usize = 2000;

/// Walks every procedure and fills `behaviour`.
pub(super) fn walk(outline: &Outline<'_>, budget: &Budget, behaviour: &mut Behaviour) -> Result<()> {
    let mut walker = Walker {
        outline,
        values: Values::new(outline, budget),
        variables: HashMap::new(),
        made: HashSet::new(),
        calls: vec![BTreeSet::new(); outline.procedures.len()],
        writes: false,
        indirect: BTreeSet::new(),
        with_object: with_object(outline),
        found: Vec::new(),
        procedure: 0,
        with: Vec::new(),
    };
    let result = walker.read(budget);
    let (starts, triggers) = walker.triggers();
    let reached = walker.reached(&starts);
    behaviour.triggers = triggers;
    let weak_imports = walker.imports_inject();
    for Found { procedure, at, kind, detail, needs_injection } in std::mem::take(&mut walker.found) {
        if needs_injection && !weak_imports {
            continue;
        }
        behaviour.actions.push(Action {
            kind,
            detail,
            place: walker.place(procedure, at),
            reached_by: reached.get(&procedure).copied(),
        });
    }
    result
}

/// Who may be called. One name can stand for many procedures and be called from many, so the two meet only where the
/// graph is walked, and each target is followed once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Target {
    /// Every procedure of this name.
    Named(String),
    /// That of one module.
    In(usize, String),
    /// Those of forms and classes: a member of an object nobody knows.
    Member(String),
    /// What runs when a module's object comes into being.
    Handlers(usize),
}

struct Found {
    procedure: usize,
    at: usize,
    kind: ActionKind,
    detail: String,
    /// Counts only beside functions that make memory executable.
    needs_injection: bool,
}

struct Walker<'o, 'a> {
    outline: &'o Outline<'a>,
    values: Values<'o, 'a>,
    /// What is known of object variables, by procedure (or the project) and name.
    variables: HashMap<(Option<usize>, String), Object>,
    /// Every sort of object the project makes anywhere.
    made: HashSet<Object>,
    calls: Vec<BTreeSet<Target>>,
    /// Whether something that stores files has been seen.
    writes: bool,
    /// Procedures that call something by a name made at run time.
    indirect: BTreeSet<usize>,
    /// Procedures that run when a module's object comes into being.
    with_object: HashMap<usize, Vec<usize>>,
    found: Vec<Found>,
    procedure: usize,
    /// Objects of the open `With` blocks.
    with: Vec<Option<Object>>,
}

/// Event handlers of forms and classes: `UserForm_Initialize`, `Class_Initialize`, and those of `WithEvents` variables.
fn with_object(outline: &Outline<'_>) -> HashMap<usize, Vec<usize>> {
    let mut handlers: HashMap<usize, Vec<usize>> = HashMap::new();
    for (id, procedure) in outline.procedures.iter().enumerate() {
        let Some(unit) = outline.units.get(procedure.module) else { continue };
        let starts = triggers::start(&procedure.name, &unit.name, unit.kind) == Some(Start::WithObject);
        let name = procedure.name.to_lowercase();
        let event = name.rsplit_once('_').map(|(variable, _)| (procedure.module, variable.to_owned()));
        if starts || event.is_some_and(|event| outline.with_events.contains(&event)) {
            handlers.entry(procedure.module).or_default().push(id);
        }
    }
    handlers
}

impl<'o, 'a> Walker<'o, 'a> {
    fn read(&mut self, budget: &Budget) -> Result<()> {
        // Twice, so that an alias is known wherever it stands.
        for _ in 0..2 {
            for module in 0..self.outline.units.len() {
                self.read_variables(module, budget)?;
            }
        }
        for procedure in 0..self.outline.procedures.len() {
            self.procedure = procedure;
            self.with.clear();
            for statement in self.outline.body(procedure) {
                let tokens = statement.end.saturating_sub(statement.start);
                budget.steps(tokens as u64)?;
                self.statement(statement);
            }
        }
        Ok(())
    }

    fn code(&self) -> Option<&'o Code<'a>> {
        self.outline.unit(self.procedure).map(|unit| &unit.code)
    }

    fn module(&self) -> usize {
        self.outline.procedures.get(self.procedure).map_or(0, |procedure| procedure.module)
    }

    // ---- objects -----------------------------------------------------------------------------------------------------

    fn read_variables(&mut self, module: usize, budget: &Budget) -> Result<()> {
        let outline = self.outline;
        let Some(unit) = outline.units.get(module) else { return Ok(()) };
        let mut owner = vec![None; unit.statements.len()];
        for id in unit.procedures.clone() {
            let Some(procedure) = outline.procedures.get(id) else { continue };
            let header = procedure.body.start.saturating_sub(1);
            for slot in owner.get_mut(header..procedure.body.end).unwrap_or_default() {
                *slot = Some(id);
            }
        }
        for (statement, owner) in unit.statements.iter().zip(owner) {
            budget.steps(statement.end.saturating_sub(statement.start) as u64)?;
            self.procedure = owner.unwrap_or(usize::MAX);
            self.read_statement_variables(module, &unit.code, statement, owner);
        }
        Ok(())
    }

    fn read_statement_variables(
        &mut self,
        module: usize,
        code: &Code<'_>,
        statement: &Range<usize>,
        owner: Option<usize>,
    ) {
        let scope = |outline: &Outline<'_>, name: &str| owner.and_then(|id| outline.scope(id, name));
        let start = statement.start;
        if code.is(start, "set") {
            let name = start.saturating_add(1);
            if code.is_mark(name.saturating_add(1), "=") {
                let value = name.saturating_add(2)..statement.end;
                if let Some(object) = self.object_of(module, code, &value) {
                    let name = code.name(name);
                    self.remember(scope(self.outline, &name), name, object);
                }
            }
            return;
        }
        for at in statement.clone() {
            if !code.is(at, "as") {
                continue;
            }
            let next = at.saturating_add(1);
            let kind = next.saturating_add(usize::from(code.is(next, "new")));
            let Some(name) = at.checked_sub(1).filter(|name| *name >= start) else { continue };
            if let Some(object @ (Object::Shell | Object::Explorer | Object::Wmi | Object::Http | Object::Stream
                | Object::Files | Object::Script | Object::Browser | Object::Console)) = objects::of_name(&dotted(code, kind, statement.end))
            {
                let name = code.name(name);
                self.remember(scope(self.outline, &name), name, object);
            }
        }
    }

    fn remember(&mut self, scope: Option<usize>, name: String, object: Object) {
        self.made.insert(object);
        let known = self.variables.entry((scope, name)).or_insert(object);
        if *known == Object::Other {
            *known = object;
        }
    }

    /// What an expression makes or names.
    fn object_of(&self, module: usize, code: &Code<'_>, range: &Range<usize>) -> Option<Object> {
        if code.is(range.start, "new") {
            return objects::of_name(&dotted(code, range.start.saturating_add(1), range.end));
        }
        let dot = usize::from(code.is_mark(range.start, ".")).saturating_add(range.start);
        if code.kind(dot) != Kind::Name {
            return None;
        }
        let chain = Chain::read(code, dot, range.end);
        self.receiver(module, code, &chain, chain.links.len())
    }

    /// The object that the first `count` links of a chain lead to.
    fn receiver(&self, module: usize, code: &Code<'_>, chain: &Chain, count: usize) -> Option<Object> {
        let mut object = self.with_of(chain);
        for (i, link) in chain.links.iter().take(count).enumerate() {
            object = self.through(module, code, object, link, i == 0 && !chain.of_with);
        }
        object
    }

    /// The object of the enclosing `With`, for a chain that starts with a dot.
    fn with_of(&self, chain: &Chain) -> Option<Object> {
        if chain.of_with { self.with.last().copied().flatten() } else { None }
    }

    /// What a link makes of the object before it.
    fn through(&self, module: usize, code: &Code<'_>, object: Option<Object>, link: &Link, first: bool) -> Option<Object> {
        match link.name.as_str() {
            "createobject" | "getobject" | "createobjectex" => Some(self.made_by(module, code, link)),
            "get" | "instancesof" if self.first(module, code, link).is_some_and(|text| is_process(&text)) => {
                Some(Object::Process)
            }
            "vba" | "interaction" if first => None,
            "connectserver" | "spawninstance_" | "methods_" | "document" | "application" | "parentwindow" | "item"
            | "language" | "timeout" | "parent" | "get" => object,
            name if first => self.variable(name),
            _ => None,
        }
    }

    fn variable(&self, name: &str) -> Option<Object> {
        let scope = self.outline.scope(self.procedure, name);
        let local = self.variables.get(&(scope, name.to_owned()));
        // A name that is nowhere declared is one variable per procedure, but code that forgot Option Explicit often
        // means one for all; an object in any of them is worth knowing.
        local.or_else(|| self.variables.get(&(None, name.to_owned()))).copied()
    }

    /// What CreateObject or GetObject makes of its arguments.
    fn made_by(&self, module: usize, code: &Code<'_>, link: &Link) -> Object {
        let Some(range) = &link.arguments else { return Object::Other };
        let list = arguments(code, range);
        let value = |at: usize| list.get(at).map(|range| self.values.argument(module, self.procedure, range));
        let empty = list.first().is_none_or(|range| range.is_empty());
        // GetObject(path, class): the class decides, and a path alone that cannot be told may be a moniker.
        let which = if link.name == "getobject" && (empty || list.len() > 1) { 1 } else { 0 };
        match value(which) {
            None | Some(Value::Unknown) => Object::Hidden,
            Some(value) => {
                let text = value.text().unwrap_or_default();
                let known = value.known().is_some();
                let moniker = text.to_lowercase();
                match objects::of_name(&text) {
                    Some(object) if known || moniker.starts_with("winmgmts") => object,
                    // The beginning of a path is enough to know that a file is opened and no object made.
                    Some(_) if link.name == "getobject" && text.contains(['\\', '/']) && !moniker.contains("script:") => {
                        Object::Other
                    }
                    _ => Object::Hidden,
                }
            }
        }
    }

    fn first(&self, module: usize, code: &Code<'_>, link: &Link) -> Option<String> {
        self.argument(module, code, link, 0)?.text()
    }

    fn argument(&self, module: usize, code: &Code<'_>, link: &Link, index: usize) -> Option<Value> {
        let list = arguments(code, link.arguments.as_ref()?);
        list.get(index).map(|range| self.values.argument(module, self.procedure, range))
    }

    // ---- statements --------------------------------------------------------------------------------------------------

    fn statement(&mut self, statement: &Range<usize>) {
        let Some(code) = self.code() else { return };
        let start = statement.start;
        let next = start.saturating_add(1);
        self.keyword(code, statement);
        for at in statement.clone() {
            if Chain::starts_at(code, at, statement) {
                let mut chain = Chain::read(code, at, statement.end);
                let head = at.saturating_sub(usize::from(chain.of_with));
                if head == start || head == next && code.is(start, "call") {
                    chain.take_statement_arguments(code, statement);
                }
                let made = at.checked_sub(1).is_some_and(|before| code.is(before, "new"));
                self.calls_of(code, &chain, made);
                let is_type = made || at.checked_sub(1).is_some_and(|before| code.is(before, "as"));
                if !is_type {
                    self.actions_of(code, &chain, statement);
                }
            }
        }
        if code.is(start, "with") {
            let object = self.object_of(self.module(), code, &(next..statement.end));
            self.with.push(object);
        } else if code.is(start, "end") && code.is(next, "with") {
            self.with.pop();
        }
    }

    /// Statements that are keywords ([MS-VBAL] 5.4.5): files are opened, copied, renamed, deleted.
    fn keyword(&mut self, code: &Code<'_>, statement: &Range<usize>) {
        let start = statement.start;
        let next = start.saturating_add(1);
        if next >= statement.end || code.is_mark(next, "=") || code.is_mark(next, ".") {
            return;
        }
        let argument = |end: usize| self.values.argument(self.module(), self.procedure, &(next..end)).text();
        let word = code.name(start);
        match word.as_str() {
            "kill" => {
                let detail = argument(statement.end);
                self.add(start, ActionKind::Delete, detail);
            }
            "filecopy" => {
                let detail = arguments(code, &(next..statement.end))
                    .get(1)
                    .and_then(|range| self.values.argument(self.module(), self.procedure, range).text());
                self.add(start, ActionKind::Write, detail);
            }
            "open" => {
                let Some(mode) = statement.clone().find(|at| code.is(*at, "for")) else { return };
                let kind = code.name(mode.saturating_add(1));
                if matches!(kind.as_str(), "output" | "append" | "binary" | "random") {
                    // `Open x For Binary Access Read` only reads.
                    let reads = statement.clone().any(|at| code.is(at, "access") && code.is(at.saturating_add(1), "read"))
                        && !statement.clone().any(|at| code.is(at, "write"));
                    let detail = argument(mode);
                    if !reads {
                        self.add(start, ActionKind::Write, detail);
                    }
                }
            }
            "name" => {
                if let Some(mark) = statement.clone().find(|at| code.is(*at, "as")) {
                    let range = mark.saturating_add(1)..statement.end;
                    let detail = self.values.argument(self.module(), self.procedure, &range).text();
                    self.add(start, ActionKind::Write, detail);
                }
            }
            // Handlers of a WithEvents variable run once it is set.
            "set" => {
                let module = self.module();
                let variable = code.name(next);
                if self.outline.with_events.contains(&(module, variable)) {
                    self.call(Target::Handlers(module));
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, at: usize, kind: ActionKind, detail: Option<String>) {
        self.push(at, kind, detail, false);
    }

    fn push(&mut self, at: usize, kind: ActionKind, detail: Option<String>, needs_injection: bool) {
        self.writes |= matches!(kind, ActionKind::Download | ActionKind::Write | ActionKind::Fetch);
        if self.found.len() < MOST || kind >= ActionKind::Hidden && self.found.len() < MOST.saturating_mul(2) {
            let detail = detail.unwrap_or_else(|| "…".into());
            self.found.push(Found { procedure: self.procedure, at, kind, detail, needs_injection });
        }
    }

    // ---- calls -------------------------------------------------------------------------------------------------------

    fn call(&mut self, target: Target) {
        if let Some(calls) = self.calls.get_mut(self.procedure) {
            calls.insert(target);
        }
    }

    fn calls_of(&mut self, code: &Code<'_>, chain: &Chain, made: bool) {
        let outline = self.outline;
        for (i, link) in chain.links.iter().enumerate() {
            let direct = i == 0 && !chain.of_with;
            if direct && outline.locals.contains(&(self.procedure, link.name.clone())) {
                continue;
            }
            // A form comes into being where it is named, a class where it is made.
            if let Some(module) = outline.modules.get(&link.name) {
                let kind = outline.units.get(*module).map(|unit| unit.kind);
                if made || kind == Some(ModuleKind::Form) {
                    self.call(Target::Handlers(*module));
                }
            }
            if !outline.by_name.contains_key(&link.name) {
                continue;
            }
            let qualifier = i.checked_sub(1).and_then(|i| chain.links.get(i)).map(|link| link.name.as_str());
            let name = link.name.clone();
            self.call(match qualifier.map(|name| (name, outline.modules.get(name))) {
                _ if direct => Target::Named(name),
                Some((_, Some(module))) => Target::In(*module, name),
                Some(("me", None)) => Target::In(self.module(), name),
                _ => Target::Member(name),
            });
        }
        self.calls_by_text(code, chain);
    }

    /// `Application.Run "x"`, `OnTime t, "x"`, `CallByName o, "x"`.
    fn calls_by_text(&mut self, code: &Code<'_>, chain: &Chain) {
        let module = self.module();
        for (i, link) in chain.links.iter().enumerate() {
            let index = match link.name.as_str() {
                "run" => 0,
                "ontime" | "callbyname" => 1,
                _ => continue,
            };
            let owner = i.checked_sub(1).and_then(|i| chain.links.get(i)).map(|link| link.name.as_str());
            let of_host = owner.is_none() && !chain.of_with || matches!(owner, Some("application" | "excel" | "word"));
            let local = i == 0 && !chain.of_with && self.outline.by_name.contains_key(&link.name);
            let Some(value) = self.argument(module, code, link, index).filter(|_| !local) else { continue };
            let text = value.text().unwrap_or_default();
            let name = text.rsplit(['!', '.']).next().unwrap_or_default().trim_matches(['\'', ' ']).to_lowercase();
            if !name.is_empty() && !name.contains('…') {
                self.call(Target::Named(name));
            } else if of_host && link.name != "callbyname" {
                self.indirect.insert(self.procedure);
                self.add(link.at, ActionKind::Indirect, Some(text));
            }
        }
    }

    // ---- actions -----------------------------------------------------------------------------------------------------

    fn actions_of(&mut self, code: &Code<'_>, chain: &Chain, statement: &Range<usize>) {
        let module = self.module();
        let mut receiver = self.with_of(chain);
        for (i, link) in chain.links.iter().enumerate() {
            let qualified = i == 1 && chain.links.first().is_some_and(|link| matches!(link.name.as_str(), "vba" | "interaction" | "vbainteraction"));
            let global = i == 0 && !chain.of_with || qualified;
            if global {
                let own = !qualified
                    && (self.outline.by_name.contains_key(&link.name)
                        || self.outline.locals.contains(&(self.procedure, link.name.clone())));
                if !own {
                    self.global(module, code, link);
                }
            }
            if i > 0 || chain.of_with {
                self.member(module, code, link, receiver, statement);
            }
            receiver = self.through(module, code, receiver, link, i == 0 && !chain.of_with);
            if matches!(link.name.as_str(), "createobject" | "getobject") && link.arguments.is_some() {
                let owner = i.checked_sub(1).and_then(|i| chain.links.get(i)).map(|link| link.name.as_str());
                // Other objects have methods of these names that make other things.
                let global = matches!(owner, None | Some("vba" | "interaction" | "application" | "wscript")) && !chain.of_with;
                self.creation(module, code, link, global);
            }
        }
    }

    /// Functions that need no object.
    fn global(&mut self, module: usize, code: &Code<'_>, link: &Link) {
        if let Some(import) = self.outline.imports.get(&link.name) {
            if let Some(purpose) = objects::of_function(&import.function, &import.library) {
                self.import(module, code, link, purpose);
            }
            return;
        }
        if link.arguments.is_none() {
            return;
        }
        match link.name.as_str() {
            "shell" => {
                let command = self.first(module, code, link);
                self.run(link.at, command);
            }
            "executeexcel4macro" => self.excel4(module, code, link),
            "macscript" => {
                let script = self.first(module, code, link).unwrap_or_default();
                if script.to_lowercase().contains("do shell script") {
                    self.add(link.at, ActionKind::Run, Some(script));
                }
            }
            "callbyname" => self.call_by_name(module, code, link),
            _ => {}
        }
    }

    fn run(&mut self, at: usize, command: Option<String>) {
        let text = command.clone().unwrap_or_default();
        let shows = objects::is_viewer(&text) || !self.writes && objects::is_folder_window(&text);
        self.add(at, if shows { ActionKind::View } else { ActionKind::Run }, command);
    }

    fn import(&mut self, module: usize, code: &Code<'_>, link: &Link, purpose: Use) {
        let name = Some(link.name.clone());
        match purpose {
            Use::Run => {
                // ShellExecute(window, verb, file, parameters …), WinExec(command, …), CreateProcess(program, command …)
                let list = link.arguments.as_ref().map(|range| arguments(code, range)).unwrap_or_default();
                let texts: Vec<String> = list
                    .iter()
                    .filter_map(|range| self.values.argument(module, self.procedure, range).text())
                    .filter(|text| text.chars().any(char::is_alphabetic) && text.len() > 4)
                    .collect();
                let detail = if texts.is_empty() { None } else { Some(texts.join(" ")) };
                self.shell_execute(link.at, detail);
            }
            Use::Download => {
                let url = self.argument(module, code, link, 1).and_then(|value| value.text());
                self.add(link.at, ActionKind::Download, url);
            }
            Use::Fetch => self.add(link.at, ActionKind::Fetch, name),
            Use::Inject => self.add(link.at, ActionKind::Inject, name),
            Use::Copy => self.push(link.at, ActionKind::Inject, name, true),
            Use::CallBack => {
                let range = link.arguments.clone().unwrap_or(0..0);
                if !range.into_iter().any(|at| code.is(at, "addressof")) {
                    self.push(link.at, ActionKind::Inject, name, true);
                }
            }
            Use::Load => self.add(link.at, ActionKind::Load, name),
        }
    }

    /// Opening a web page or a mail in the person's own program is what honest macros use ShellExecute for.
    fn shell_execute(&mut self, at: usize, command: Option<String>) {
        let text = command.clone().unwrap_or_default().to_lowercase();
        let text = text.strip_prefix("open ").unwrap_or(&text);
        let shows = text.starts_with("http://") || text.starts_with("https://") || text.starts_with("mailto:");
        if shows {
            self.add(at, ActionKind::View, command);
        } else {
            self.run(at, command);
        }
    }

    fn excel4(&mut self, module: usize, code: &Code<'_>, link: &Link) {
        match self.first(module, code, link) {
            None => self.add(link.at, ActionKind::Indirect, None),
            Some(text) => {
                let macro_text: String = text.to_lowercase().split_whitespace().collect();
                if ["exec(", "call(", "register("].iter().any(|function| macro_text.contains(function)) {
                    self.add(link.at, ActionKind::Run, Some(text));
                }
            }
        }
    }

    fn call_by_name(&mut self, module: usize, code: &Code<'_>, link: &Link) {
        let list = link.arguments.as_ref().map(|range| arguments(code, range)).unwrap_or_default();
        let object = list.first().and_then(|range| self.object_of(module, code, range));
        let runs = matches!(object, Some(Object::Shell | Object::Explorer | Object::Process | Object::Wmi | Object::Hidden));
        let name = self.argument(module, code, link, 1).and_then(|value| value.known());
        let detail = list.get(3).and_then(|range| self.values.argument(module, self.procedure, range).text());
        match name.map(|name| name.to_lowercase()).as_deref() {
            Some("run" | "exec" | "shellexecute" | "create") if runs => self.add(link.at, ActionKind::Run, detail),
            None if runs => self.add(link.at, ActionKind::Run, detail),
            None => self.add(link.at, ActionKind::Indirect, None),
            Some(_) => {}
        }
    }

    fn creation(&mut self, module: usize, code: &Code<'_>, link: &Link, global: bool) {
        let object = self.made_by(module, code, link);
        let name = self.first(module, code, link);
        self.made.insert(object);
        let moniker = name.as_deref().unwrap_or_default().trim_start().to_lowercase();
        if moniker.starts_with("script:") || moniker.starts_with("scriptlet:") || moniker.starts_with("http") {
            // A moniker that fetches a script and runs it.
            self.add(link.at, ActionKind::Run, name);
            return;
        }
        match object {
            Object::Hidden if global && !self.outline.by_name.contains_key(&link.name) => {
                self.add(link.at, ActionKind::Hidden, name);
            }
            Object::Mail => self.add(link.at, ActionKind::Send, name),
            _ => {}
        }
    }

    /// Members of objects.
    fn member(&mut self, module: usize, code: &Code<'_>, link: &Link, receiver: Option<Object>, statement: &Range<usize>) {
        use Object::{Browser, Explorer, Files, Hidden, Http, Process, Scheduler, Script, Shell, Stream, Wmi};
        let first = || self.first(module, code, link);
        let has_arguments = link.arguments.is_some();
        let unknown = |made: Object| receiver.is_none() && self.made.contains(&made);
        match link.name.as_str() {
            "run" | "exec" if has_arguments && (matches!(receiver, Some(Shell | Hidden)) || unknown(Shell)) => {
                let command = first();
                // An unknown object may be another Excel, whose Run takes the name of a macro.
                if receiver.is_some() || link.name == "exec" || command.as_deref().is_none_or(|text| text.contains([' ', '.', '\\', '%'])) {
                    self.run(link.at, command);
                }
            }
            "shellexecute" if has_arguments => {
                let command = [first(), self.argument(module, code, link, 1).and_then(|value| value.text())];
                let command = command.into_iter().flatten().collect::<Vec<_>>().join(" ");
                self.shell_execute(link.at, Some(command).filter(|text| !text.is_empty()));
            }
            "open" if matches!(receiver, Some(Explorer)) => {
                let command = first();
                self.shell_execute(link.at, command);
            }
            "invokeverb" | "invokeverbex" | "doit" if matches!(receiver, Some(Explorer)) || unknown(Explorer) => {
                self.run(link.at, None);
            }
            "executeshellcommand" => {
                let command = first();
                self.run(link.at, command);
            }
            "create" if has_arguments && (matches!(receiver, Some(Process | Hidden)) || unknown(Process) || unknown(Wmi)) => {
                let command = first();
                self.run(link.at, command);
            }
            "execmethod_" | "execmethod" if matches!(receiver, Some(Process | Wmi | Hidden)) || unknown(Process) || unknown(Wmi) => {
                self.run(link.at, None);
            }
            "eval" | "executestatement" | "addcode" | "execscript" | "settimeout" | "setinterval"
                if matches!(receiver, Some(Script | Hidden)) =>
            {
                // Evaluating JSON is what honest macros make a ScriptControl for.
                let script = first();
                self.add(link.at, ActionKind::Indirect, script);
            }
            "registertaskdefinition" | "registertask" if matches!(receiver, Some(Scheduler)) || unknown(Scheduler) => {
                self.add(link.at, ActionKind::Persist, None);
            }
            "open" if has_arguments && matches!(receiver, None | Some(Http | Hidden)) => {
                let verb = first().unwrap_or_default().to_lowercase();
                if receiver == Some(Http) || matches!(verb.as_str(), "get" | "post" | "put") {
                    let url = self.argument(module, code, link, 1).and_then(|value| value.text());
                    self.add(link.at, ActionKind::Fetch, url);
                }
            }
            "navigate" | "navigate2" if matches!(receiver, Some(Browser)) => {
                let url = first();
                self.add(link.at, ActionKind::Fetch, url);
            }
            "savetofile" => {
                let path = first();
                self.add(link.at, ActionKind::Write, path);
            }
            "opentextfile" if has_arguments => {
                let mode = self.argument(module, code, link, 1);
                let list = link.arguments.as_ref().map(|range| arguments(code, range)).unwrap_or_default();
                let named = list.get(1).is_some_and(|range| code.is(range.start, "forwriting") || code.is(range.start, "forappending"));
                if named || matches!(mode, Some(Value::Number(n)) if n >= 2.0) {
                    let path = first();
                    self.add(link.at, ActionKind::Write, path);
                }
            }
            "createtextfile" | "copyfile" | "movefile" | "saveas" | "saveas2" | "savecopyas" | "saveasrtf"
                if has_arguments || matches!(receiver, Some(Files | Stream)) =>
            {
                let path = first();
                self.add(link.at, ActionKind::Write, path);
            }
            "copyhere" | "movehere" => self.add(link.at, ActionKind::Write, None),
            "deletefile" | "deletefolder" if has_arguments => {
                let path = first();
                self.add(link.at, ActionKind::Delete, path);
            }
            "registerxll" | "doverb" => {
                let path = first();
                self.add(link.at, ActionKind::Load, path);
            }
            "followhyperlink" if has_arguments => {
                let target = first().unwrap_or_default();
                if objects::is_program(&target) {
                    self.add(link.at, ActionKind::Run, Some(target));
                }
            }
            "executeexcel4macro" if has_arguments => self.excel4(module, code, link),
            _ => self.setting(module, code, link, statement),
        }
    }

    /// Registry, macro protection, and macros that write macros.
    fn setting(&mut self, module: usize, code: &Code<'_>, link: &Link, statement: &Range<usize>) {
        match link.name.as_str() {
            "regwrite" | "privateprofilestring" => {
                let texts: Vec<String> = link
                    .arguments
                    .iter()
                    .flat_map(|range| arguments(code, range))
                    .filter_map(|range| self.values.argument(module, self.procedure, &range).text())
                    .collect();
                let key = texts.join("\\");
                // Reading the setting is no change: `PrivateProfileString(…) = value` is.
                let writes = link.name == "regwrite" || statement.clone().any(|at| code.is_mark(at, "=") && at > link.at);
                if writes && objects::weakens(&key) {
                    self.add(link.at, ActionKind::Weaken, Some(key));
                } else if writes && objects::persists(&key) {
                    self.add(link.at, ActionKind::Persist, Some(key));
                }
            }
            "virusprotection" if code.is_mark(link.at.saturating_add(1), "=") => {
                let range = link.at.saturating_add(2)..statement.end;
                if self.values.argument(module, self.procedure, &range) == Value::Number(0.0) {
                    self.add(link.at, ActionKind::Weaken, Some(code.text(link.at).to_owned()));
                }
            }
            "addfromstring" | "addfromfile" | "insertlines" | "replaceline" => {
                let text = self.first(module, code, link);
                self.add(link.at, ActionKind::Load, text);
            }
            _ => {}
        }
    }

    // ---- what reaches what -------------------------------------------------------------------------------------------

    /// The procedures Office calls by itself with the index of their trigger, and the triggers.
    fn triggers(&self) -> (Vec<(usize, usize)>, Vec<Trigger>) {
        let (mut starts, mut triggers) = (Vec::new(), Vec::new());
        let mut by_hand = 0_usize;
        for (id, procedure) in self.outline.procedures.iter().enumerate() {
            let Some(unit) = self.outline.units.get(procedure.module) else { continue };
            let automatic = match triggers::start(&procedure.name, &unit.name, unit.kind) {
                Some(Start::Automatic) => true,
                Some(Start::ByHand) => false,
                Some(Start::WithObject) | None => continue,
            };
            by_hand = by_hand.saturating_add(usize::from(!automatic));
            let room = if automatic { triggers.len() < MOST } else { by_hand < MOST / 4 };
            if room {
                let place = self.place(id, procedure.at);
                triggers.push(Trigger { name: procedure.name.clone(), automatic, place });
            }
            if automatic {
                // One that is no longer listed still starts: the last listed one stands for it.
                starts.push((id, triggers.len().saturating_sub(1)));
            }
        }
        (starts, triggers)
    }

    /// For every procedure that an automatic trigger reaches: that trigger's index.
    fn reached(&self, starts: &[(usize, usize)]) -> HashMap<usize, usize> {
        let mut reached = HashMap::new();
        let mut followed: HashSet<&Target> = HashSet::new();
        let mut queue: VecDeque<(usize, usize)> = starts.iter().copied().collect();
        let mut all = false;
        while let Some((id, trigger)) = queue.pop_front() {
            if reached.contains_key(&id) {
                continue;
            }
            reached.insert(id, trigger);
            for target in self.calls.get(id).into_iter().flatten() {
                if followed.insert(target) {
                    queue.extend(self.procedures_of(target).into_iter().map(|callee| (callee, trigger)));
                }
            }
            // A name made at run time can be any procedure's.
            if self.indirect.contains(&id) && !all {
                all = true;
                queue.extend((0..self.outline.procedures.len()).map(|callee| (callee, trigger)));
            }
        }
        reached
    }

    fn procedures_of(&self, target: &Target) -> Vec<usize> {
        let module = |id: usize| self.outline.procedures.get(id).map(|procedure| procedure.module);
        let named = |name: &str| self.outline.by_name.get(name).cloned().unwrap_or_default();
        match target {
            Target::Named(name) => named(name),
            Target::In(wanted, name) => named(name).into_iter().filter(|id| module(*id) == Some(*wanted)).collect(),
            Target::Member(name) => {
                let is_object = |id: usize| {
                    let kind = module(id).and_then(|module| self.outline.units.get(module)).map(|unit| unit.kind);
                    matches!(kind, Some(ModuleKind::Class | ModuleKind::Form))
                };
                named(name).into_iter().filter(|id| is_object(*id)).collect()
            }
            Target::Handlers(module) => self.with_object.get(module).cloned().unwrap_or_default(),
        }
    }

    fn imports_inject(&self) -> bool {
        self.outline.imports.values().any(|import| objects::of_function(&import.function, &import.library) == Some(Use::Inject))
    }

    fn place(&self, procedure: usize, at: usize) -> Place {
        self.outline.unit(procedure).map_or_else(
            || Place { path: String::new(), line: 0, excerpt: String::new() },
            |unit| Place {
                path: unit.path.to_owned(),
                line: unit.code.line(at),
                excerpt: unit.code.line_text(at).to_owned(),
            },
        )
    }
}

fn is_process(text: &str) -> bool {
    text.to_lowercase().contains("win32_process")
}

/// `A.B` from the tokens of a type name.
fn dotted(code: &Code<'_>, at: usize, end: usize) -> String {
    if code.kind(at) != Kind::Name {
        return String::new();
    }
    let chain = Chain::read(code, at, end);
    chain.links.iter().map(|link| link.name.as_str()).collect::<Vec<_>>().join(".")
}
