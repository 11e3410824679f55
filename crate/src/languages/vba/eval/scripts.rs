//! Scripts that a macro puts together and hands to a ScriptControl or page. VBScript is nearly VBA, and run as such, in
//! a machine of its own with a share of the fuel; JScript has its own.

use super::calls::Given;
use super::machine::Machine;
use super::value::Value;
use crate::hashed::HashSet;
use crate::languages::encoded::plain;
use crate::languages::jscript::{self, Known};
use crate::languages::vba::outline::Outline;
use crate::languages::vba::{Module, ModuleKind};

/// Scripts inside scripts.
const NESTED: u8 = 2;
/// Fuel of one run.
const FUEL: u64 = 1_000_000;
/// Longest script, in bytes.
const LONGEST: usize = 1 << 18;
/// Arguments of a call from outside.
const ARGUMENTS: usize = 16;
/// Where code that is written into a project is kept.
const GENERATED: &str = "generated";
/// The procedure that stands for what is not in one.
const MAIN: &str = "main__";

impl Machine<'_, '_> {
    /// A member of a ScriptControl: its code so far is that of earlier calls.
    pub(super) fn script_member(&mut self, id: u32, name: &str, first: &Value, given: &[Given]) -> Value {
        let language = self.property(id, "language").and_then(|language| language.known()).unwrap_or_default();
        // `execScript code, "VBScript"` and `setTimeout code, 1, "VBScript"` of a page.
        if matches!(name, "execscript" | "settimeout" | "setinterval") {
            let says = given.iter().skip(1).filter_map(|given| given.value.known());
            if says.into_iter().any(|language| language.to_lowercase().contains("vbs")) {
                self.script_text("execute", first);
                return Value::Unknown;
            }
        }
        if !language.to_lowercase().contains("vbs") {
            return self.jscript_member(id, name, first, given);
        }
        let code = self.property(id, "code").and_then(|code| code.known()).unwrap_or_default();
        match name {
            "addcode" | "executestatement" => {
                let Some(text) = first.known() else {
                    self.set_property(id, "code", Value::Unknown);
                    return Value::Empty;
                };
                let code = format!("{code}\n{text}");
                self.set_property(id, "code", Value::text(&code));
                self.script_run(Some(id), &code, "", &[]);
                Value::Empty
            }
            "eval" => match first.known() {
                Some(text) => self.script_run(Some(id), &code, &format!("{MAIN} = ({text})"), &[]),
                None => Value::Unknown,
            },
            "codeobject" | "modules" | "item" | "procedures" => Value::Object(id),
            "reset" => {
                self.set_property(id, "code", Value::text(""));
                Value::Empty
            }
            "run" => {
                let rest: Vec<Value> = (1..given.len()).map(|at| self.plain_at(given, at)).collect();
                first.known().map_or(Value::Unknown, |name| self.script_call(Some(id), &code, &name, &rest))
            }
            name => {
                let all: Vec<Value> = (0..given.len()).map(|at| self.plain_at(given, at)).collect();
                self.script_call(Some(id), &code, name, &all)
            }
        }
    }

    fn script_call(&mut self, id: Option<u32>, code: &str, name: &str, values: &[Value]) -> Value {
        if code.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Value::Unknown;
        }
        let values = values.get(..values.len().min(ARGUMENTS)).unwrap_or_default();
        let names: Vec<String> = (0..values.len()).map(|at| format!("argument{at}__")).collect();
        self.script_run(id, code, &format!("{MAIN} = {name}({})", names.join(", ")), values)
    }

    /// Code that is written into a project, here or in another program.
    pub(super) fn generate(&mut self, name: &str, given: &[Given]) {
        let at = match name {
            "addfromstring" => 0,
            "insertlines" | "replaceline" => 1,
            _ => return,
        };
        let code = self.property(0, GENERATED).and_then(|code| code.known()).unwrap_or_default();
        if let Some(text) = self.plain_at(given, at).known() {
            let code = if code.len() > LONGEST { text } else { format!("{code}\n{text}") };
            self.set_property(0, GENERATED, Value::text(&code));
        }
    }

    /// Runs a procedure of code that was written before; `first` is where its arguments start.
    pub(super) fn run_generated(&mut self, name: &str, given: &[Given], first: usize) -> Value {
        let Some(code) = self.property(0, GENERATED).and_then(|code| code.known()) else { return Value::Unknown };
        let name = name.rsplit(['!', '.']).next().unwrap_or_default();
        let values: Vec<Value> = (first..given.len()).map(|at| self.plain_at(given, at)).collect();
        self.script_call(None, &code, name, &values)
    }

    /// A member of a ScriptControl or page whose language is JScript.
    fn jscript_member(&mut self, id: u32, name: &str, first: &Value, given: &[Given]) -> Value {
        let code = self.property(id, "code").and_then(|code| code.known()).unwrap_or_default();
        let text = first.known();
        match name {
            "addcode" | "executestatement" | "execscript" | "settimeout" | "setinterval" | "write" | "writeln" => {
                let Some(text) = text else { return Value::Empty };
                let text = if name.starts_with("write") { self.page(&text) } else { text };
                let code = format!("{code}\n;{text}");
                self.set_property(id, "code", Value::text(&code));
                self.jscript(Some(id), &code, "")
            }
            "eval" => text.map_or(Value::Unknown, |text| self.jscript(Some(id), &code, &format!("({text})"))),
            "parentwindow" | "document" | "open" | "codeobject" | "modules" | "item" | "procedures" | "script" => {
                Value::Object(id)
            }
            "reset" => {
                self.set_property(id, "code", Value::text(""));
                Value::Empty
            }
            "run" => text.map_or(Value::Unknown, |name| self.jscript_call(id, &code, &name, given, 1)),
            name => self.jscript_call(id, &code, name, given, 0),
        }
    }

    fn jscript_call(&mut self, id: u32, code: &str, name: &str, given: &[Given], from: usize) -> Value {
        if code.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Value::Unknown;
        }
        let arguments: Vec<String> = (from..given.len().min(ARGUMENTS))
            .map(|at| match self.plain_at(given, at) {
                text @ Value::Text(..) => text.known().map_or("unknown__".into(), |text| format!("{text:?}")),
                other => other.number().map_or("unknown__".into(), |n| n.to_string()),
            })
            .collect();
        // VBA does not tell names by their case.
        let lower = code.to_lowercase();
        let named = lower.match_indices(&name.to_lowercase()).find_map(|(at, found)| {
            let before = lower.get(..at)?.trim_end();
            before.ends_with("function").then(|| code.get(at..at.saturating_add(found.len()))).flatten()
        });
        let name = named.unwrap_or(name);
        self.jscript(Some(id), code, &format!("{name}({})", arguments.join(",")))
    }

    /// What the scripts of a page are; those of VBScript are run at once.
    fn page(&mut self, page: &str) -> String {
        let (basic, others): (Vec<_>, Vec<_>) = jscript::scripts(page).into_iter().partition(|script| script.is_basic);
        for script in basic {
            self.script_text("execute", &Value::text(&script.text));
        }
        others.into_iter().map(|script| script.text).collect::<Vec<_>>().join("\n;")
    }

    /// Scripts in a style sheet that is used.
    pub(super) fn style_sheet(&mut self, text: &str) {
        let code = self.page(text);
        // Its functions are called by the templates.
        let names: Vec<String> = code
            .match_indices("function ")
            .filter_map(|(at, found)| code.get(at.saturating_add(found.len())..))
            .filter_map(|rest| rest.split_once('(').map(|(name, _)| format!("{}();", name.trim())))
            .filter(|call| call.len() > 3)
            .collect();
        self.jscript(None, &code, &names.concat());
    }

    /// Runs JScript and gives what its last expression is.
    fn jscript(&mut self, id: Option<u32>, code: &str, last: &str) -> Value {
        let script = format!("{code}\n;{last}");
        if script.len() > LONGEST || !self.spend((script.len() as u64).saturating_add(64)) {
            self.exhaust();
            return Value::Unknown;
        }
        let outcome = match jscript::run(&script, self.budget) {
            Ok(Some(outcome)) => outcome,
            Ok(None) => {
                self.outcome.cut = true;
                return Value::Unknown;
            }
            Err(_) => {
                self.fuel = 0;
                self.exhaust();
                return Value::Unknown;
            }
        };
        self.spend(outcome.spent);
        self.outcome.cut |= outcome.cut;
        self.outcome.exhausted |= outcome.exhausted;
        self.outcome.files.extend(outcome.files);
        // What earlier code did was told when it was added.
        let told = id.and_then(|id| self.property(id, "told")).and_then(|told| told.integer()).unwrap_or(0);
        let count = outcome.steps.len();
        for step in outcome.steps.into_iter().skip(usize::try_from(told).unwrap_or(0)) {
            let known = !step.detail.contains('…');
            let detail = if known { Value::text(&step.detail) } else { Value::stand_in(&step.detail) };
            self.act(step.kind, &detail, true);
        }
        if let Some(id) = id.filter(|_| last.is_empty()) {
            self.set_property(id, "told", super::operators::count(count));
        }
        match outcome.value {
            Some(Known::Text(text)) => self.made(text.encode_utf16().collect()),
            Some(Known::Number(n)) => super::operators::plain_number(n),
            Some(Known::Bool(value)) => Value::Bool(value),
            None => Value::Unknown,
        }
    }

    /// `Execute`, `ExecuteGlobal` and `Eval` of a script.
    pub(super) fn script_text(&mut self, name: &str, text: &Value) -> Value {
        match (text.known(), name) {
            (Some(text), "eval") => self.script_run(None, "", &format!("{MAIN} = ({text})"), &[]),
            (Some(text), _) => self.script_run(None, &text, "", &[]),
            (None, _) => Value::Unknown,
        }
    }

    /// Runs a script, then a last statement with values for its arguments, and gives what that one makes.
    fn script_run(&mut self, id: Option<u32>, code: &str, last: &str, values: &[Value]) -> Value {
        let size = code.len().saturating_add(last.len());
        if self.level >= NESTED || size > LONGEST || !self.spend((size as u64).saturating_add(64)) {
            self.exhaust();
            return Value::Unknown;
        }
        let source = rearranged(code, last, values.len());
        let modules = [Module { name: "script__".into(), path: String::new(), kind: ModuleKind::Standard, source }];
        let _held = self.budget.scope();
        let (outline, read) = Outline::read(&modules, HashSet::default(), self.budget);
        let Some(main) = outline.procedures_named(MAIN).first().copied().filter(|_| read.is_ok()) else {
            return Value::Unknown;
        };
        let mut inner = Machine::new(&outline, self.around, self.controls, self.budget);
        inner.level = self.level.saturating_add(1);
        inner.fuel = FUEL.min(self.fuel / 2);
        let before = inner.fuel;
        let value = inner.invoke_in_module(main, values.iter().cloned().map(Given::value).collect());
        let spent = before.saturating_sub(inner.fuel);
        let outcome = inner.finish();
        self.spend(spent);
        self.outcome.cut |= outcome.cut;
        self.outcome.exhausted |= outcome.exhausted;
        // What earlier code did was told when it was added.
        let told = id.and_then(|id| self.property(id, "told")).and_then(|told| told.integer()).unwrap_or(0);
        let count = outcome.events.len();
        for event in outcome.events.into_iter().skip(usize::try_from(told).unwrap_or(0)) {
            let detail = if event.known { Value::text(&event.detail) } else { Value::stand_in(&event.detail) };
            self.act(event.kind, &detail, event.certain);
        }
        if let Some(id) = id.filter(|_| last.is_empty()) {
            self.set_property(id, "told", super::operators::count(count));
        }
        // Its objects are not of this machine.
        match value {
            Value::Object(_) => Value::Unknown,
            Value::Array(array)
                if array.items.iter().any(|item| matches!(item, Value::Object(_) | Value::Array(_))) =>
            {
                Value::Unknown
            }
            value => value,
        }
    }
}

/// A script as a module, and the procedure that stands for all of it.
pub(in crate::languages::vba) fn module_of(script: &str) -> (String, &'static str) {
    (rearranged(script, "", 0), MAIN)
}

/// A script as a module: its variables, its procedures, and one procedure of all that stands outside of them.
fn rearranged(code: &str, last: &str, arguments: usize) -> String {
    let (mut names, mut procedures, mut outside) = (String::new(), String::new(), String::new());
    let mut open = false;
    for statement in statements(&plain(code)) {
        let lower = statement.trim_start().to_lowercase();
        let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let mut word = words.next().unwrap_or_default();
        while matches!(word, "public" | "private" | "default") {
            word = words.next().unwrap_or_default();
        }
        let starts = matches!(word, "sub" | "function" | "property" | "class");
        let ends = word == "end" && matches!(words.next(), Some("sub" | "function" | "property" | "class"));
        open |= starts;
        let to = if open { &mut procedures } else { &mut outside };
        to.push_str(statement.trim_start());
        to.push('\n');
        // A name that is given a value outside of procedures is one for all of them.
        let target = lower.strip_prefix("set ").unwrap_or(&lower).split_once('=').map(|(target, _)| target.trim());
        let is_name = |name: &&str| {
            name.chars().all(|c| c.is_alphanumeric() || c == '_') && name.starts_with(|c: char| c.is_alphabetic())
        };
        if let Some(name) = target.filter(is_name).filter(|_| !open) {
            names.push_str(&format!("Dim {name}\n"));
        }
        open &= !ends;
    }
    let list: Vec<String> = (0..arguments).map(|at| format!("argument{at}__")).collect();
    format!("{names}{procedures}Function {MAIN}({})\n{outside}{last}\nEnd Function\n", list.join(", "))
}

/// The statements of a script: lines, and what stands between colons on one.
fn statements(code: &str) -> Vec<String> {
    let code = code.replace("_\r\n", " ").replace("_\n", " ");
    let (mut all, mut text, mut quoted, mut comment) = (Vec::new(), String::new(), false, false);
    for c in code.chars() {
        match c {
            '\n' | '\r' => {
                all.push(std::mem::take(&mut text));
                (quoted, comment) = (false, false);
                continue;
            }
            '"' if !comment => quoted = !quoted,
            '\'' if !quoted => comment = true,
            // A procedure on one line; other lines stay whole, for what `Then` governs.
            ':' if !quoted && !comment => {
                let is_if = text.trim_start().to_lowercase().starts_with("if ");
                if !is_if {
                    all.push(std::mem::take(&mut text));
                    continue;
                }
            }
            _ => {}
        }
        if !comment {
            text.push(c);
        }
    }
    all.push(text);
    all
}
