//! VBScript that a macro puts together and hands to a ScriptControl: nearly VBA, and run as such, in a machine of its
//! own with a share of the fuel.

use super::calls::Given;
use super::machine::Machine;
use super::value::Value;
use crate::hashed::HashSet;
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
            }
            return Value::Unknown;
        }
        if !language.to_lowercase().contains("vbs") {
            return if matches!(name, "parentwindow" | "document" | "open") {
                Value::Object(id)
            } else {
                Value::Unknown
            };
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
                first.known().map_or(Value::Unknown, |name| self.script_call(id, &code, &name, &rest))
            }
            name => {
                let all: Vec<Value> = (0..given.len()).map(|at| self.plain_at(given, at)).collect();
                self.script_call(id, &code, name, &all)
            }
        }
    }

    fn script_call(&mut self, id: u32, code: &str, name: &str, values: &[Value]) -> Value {
        if code.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Value::Unknown;
        }
        let values = values.get(..values.len().min(ARGUMENTS)).unwrap_or_default();
        let names: Vec<String> = (0..values.len()).map(|at| format!("argument{at}__")).collect();
        self.script_run(Some(id), code, &format!("{MAIN} = {name}({})", names.join(", ")), values)
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
            self.outcome.cut = true;
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

/// A script as a module: its variables, its procedures, and one procedure of all that stands outside of them.
fn rearranged(code: &str, last: &str, arguments: usize) -> String {
    let (mut names, mut procedures, mut outside) = (String::new(), String::new(), String::new());
    let mut open = false;
    for statement in statements(code) {
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
