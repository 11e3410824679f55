//! Functions of DLLs that a project declares ([MS-VBAL] 5.2.3.5), by what they are good for.

use super::calls::Given;
use super::machine::{Machine, Topic};
use super::value::Value;
use crate::languages::places::Effect;
use crate::languages::vba::objects::{self, Use};
use crate::languages::{ActionKind, places};

impl Machine<'_, '_> {
    pub(super) fn import(&mut self, name: &str, given: &[Given]) -> Value {
        let imports = self.outline.imports_named(name);
        let uses: Vec<Use> =
            imports.iter().filter_map(|import| objects::of_function(&import.function, &import.library)).collect();
        let values: Vec<Value> = given.iter().map(|given| self.plain(given.value.clone())).collect();
        // What a DLL is handed by reference may be changed by it.
        for given in given {
            if let Some(place) = given.place
                && matches!(given.value, Value::Int(_) | Value::Record(_))
                && uses.is_empty()
            {
                self.write_raw(place, Value::Unknown);
            }
        }
        let called = Value::text(name);
        if let Some(import) = imports.first() {
            self.listens(&import.function, values.first());
        }
        // A function that is not declared but asked for by its name, to be called by its address.
        if imports.iter().any(|import| import.function == "getprocaddress")
            && let Some(function) = values.get(1)
            && let Some(purpose) = function.known().and_then(|name| objects::of_function(&name.to_lowercase(), ""))
        {
            match purpose {
                Use::Run => self.act(ActionKind::Run, function, true),
                Use::Download => self.act(ActionKind::Download, function, true),
                Use::Fetch => self.act(ActionKind::Fetch, function, true),
                Use::Inject => self.act(ActionKind::Inject, function, true),
                Use::Install => self.act(ActionKind::Run, function, true),
                Use::Copy | Use::CallBack | Use::Load | Use::Map => {}
                Use::Key | Use::Setting | Use::Service | Use::Variable | Use::Write | Use::Delete => {}
            }
        }
        for purpose in uses {
            match purpose {
                // ShellExecute(window, verb, file, parameters, folder, show)
                Use::Run if objects::open_by_shell(imports) && values.len() >= 5 => {
                    let text = |at: usize| values.get(at).filter(|value| matches!(value, Value::Text(..))).cloned();
                    let told = |value: &Value| value.shown().is_some_and(|text| text.chars().any(char::is_alphabetic));
                    let file = text(2).unwrap_or(Value::Unknown);
                    let command = match text(3).filter(told) {
                        Some(parameters) => file.join(&Value::text(" ")).join(&parameters),
                        None => file,
                    };
                    self.start_document(&command, true);
                }
                Use::Run
                    if objects::is_of_mac(imports) && values.first().is_none_or(|value| value.shown().is_none()) =>
                {
                    self.act(ActionKind::Indirect, &called, true);
                }
                Use::Run => {
                    let texts: Vec<Value> = values
                        .iter()
                        .filter(|value| matches!(value, Value::Text(..)))
                        .filter(|value| {
                            value
                                .shown()
                                .is_some_and(|text| text.chars().any(char::is_alphabetic) && !objects::is_verb(&text))
                        })
                        .cloned()
                        .collect();
                    let mut texts = texts.into_iter();
                    let first = texts.next().unwrap_or(Value::Unknown);
                    let blank = Value::text(" ");
                    let command = texts.fold(first, |command, part| command.join(&blank).join(&part));
                    self.start_document(&command, true);
                }
                Use::Download => {
                    let url = values.get(1).cloned().unwrap_or(Value::Unknown);
                    let path = values.get(2).cloned().unwrap_or(Value::Unknown);
                    // A table that is stored is no program.
                    if path.shown().is_some_and(|path| objects::is_data_file(&path))
                        && !url.shown().is_some_and(|url| objects::is_program(&url))
                    {
                        self.act(ActionKind::Fetch, &url, true);
                        self.store(&path, true);
                        continue;
                    }
                    self.act(ActionKind::Download, &url, true);
                    if path.shown().is_some_and(|path| places::starts_later(&path)) {
                        self.act(ActionKind::Persist, &path, true);
                    }
                }
                Use::Fetch => {
                    let url = values.iter().find(|value| value.shown().is_some_and(|text| text.contains("://")));
                    self.act(ActionKind::Fetch, &url.cloned().unwrap_or(called.clone()), true);
                }
                Use::Inject => self.act(ActionKind::Inject, &called, true),
                Use::Install => self.install(values.first().unwrap_or(&Value::Unknown)),
                Use::Service => self.act(ActionKind::Persist, &called, true),
                // PAGE_EXECUTE and what is above it.
                Use::Map => {
                    if values.get(2).and_then(Value::integer).is_some_and(|protection| protection & 0xF0 != 0) {
                        self.act(ActionKind::Inject, &called, true);
                    }
                }
                // The key that was opened last is the one whose values are written.
                Use::Key => {
                    let key = longest(&values);
                    self.set_property(0, "registry key", key);
                }
                Use::Setting => {
                    let key = self.property(0, "registry key").unwrap_or_else(|| Value::text(""));
                    let texts = values.iter().filter(|value| matches!(value, Value::Text(..))).take(2);
                    let key = texts.fold(key, |key, part| key.join(&Value::text("\\")).join(part));
                    self.put_registry(&key);
                }
                // The static reading tells of it.
                Use::Variable | Use::Write | Use::Delete => {}
                // Injection only beside others: the static reading weighs that.
                Use::Copy | Use::CallBack => self.act(ActionKind::Inject, &called, false),
                Use::Load => {
                    let path = longest(&values);
                    let path = if matches!(path, Value::Text(..)) { path } else { called.clone() };
                    let on_web = path.shown().is_some_and(|path| objects::is_on_web(&path));
                    self.act(if on_web { ActionKind::Download } else { ActionKind::Load }, &path, true);
                }
            }
        }
        Value::Unknown
    }

    /// Every key is looked at, or all that is typed in Windows comes by. Honest macros ask for a few keys.
    fn listens(&mut self, function: &str, first: Option<&Value>) {
        const KEYS: usize = 40;
        const WH_KEYBOARD_LL: i64 = 13;
        let Some(n) = first.and_then(Value::integer) else { return };
        let is_spying = match function {
            "getasynckeystate" | "getkeystate" => {
                self.asked.insert(n & 0xFF);
                self.asked.len() >= KEYS
            }
            "setwindowshookex" | "setwindowshookexa" | "setwindowshookexw" => n == WH_KEYBOARD_LL,
            _ => false,
        };
        if is_spying {
            self.act(ActionKind::Spy, &Value::text(function), true);
        }
    }

    /// A package of Windows Installer.
    pub(super) fn install(&mut self, package: &Value) {
        let on_web = package.shown().is_some_and(|path| objects::is_on_web(&path));
        self.act(if on_web { ActionKind::Download } else { ActionKind::Run }, package, true);
    }

    /// A value of the registry that is written.
    pub(super) fn put_registry(&mut self, key: &Value) {
        match places::of_registry(&key.shown().unwrap_or_default()) {
            Some(Effect::Weakens) => self.act(ActionKind::Weaken, key, true),
            Some(Effect::Starts) => self.act(ActionKind::Persist, key, true),
            None => {}
        }
    }

    /// A member of an object nobody knows: what is found there without running is told more about.
    pub(super) fn unknown_member(&mut self, name: &str, given: &[Given]) -> Value {
        let first = given.first().map(|given| given.value.clone()).unwrap_or(Value::Unknown);
        let first = self.plain(first);
        // A class or form of the project may be meant.
        self.outcome.cut |= !self.outline.procedures_named(name).is_empty();
        match name {
            "run" | "exec" | "create" | "open" | "executeshellcommand" => {
                self.seen(Topic::Start, false);
                self.act(ActionKind::Run, &first, false);
                if let Some(procedure) = first.known().filter(|_| name == "run") {
                    return self.run_generated(&procedure, given, 1);
                }
            }
            "shellexecute" => {
                let command = self.command_of(given);
                self.seen(Topic::Start, false);
                self.act(ActionKind::Run, &command, false);
            }
            "savetofile" | "saveas" | "saveas2" | "savecopyas" | "createtextfile" | "copyfile" => {
                let path = if name == "copyfile" { given.get(1).map(|given| given.value.clone()) } else { Some(first) };
                self.store(&path.unwrap_or(Value::Unknown), false);
            }
            // Names.Add name, formula
            "add" => {
                for given in given {
                    let text = self.plain(given.value.clone());
                    self.formula(&text);
                }
            }
            _ => {}
        }
        Value::Unknown
    }

    /// File and parameters of a ShellExecute.
    pub(super) fn command_of(&mut self, given: &[Given]) -> Value {
        let file = given.first().map_or(Value::Unknown, |given| given.value.clone());
        let file = self.plain(file);
        match given.get(1).map(|given| given.value.clone()).filter(|value| *value != Value::Missing) {
            Some(parameters) => {
                let parameters = self.plain(parameters);
                if parameters.known().is_some_and(|text| text.is_empty()) {
                    return file;
                }
                file.join(&Value::text(" ")).join(&parameters)
            }
            None => file,
        }
    }
}

/// The longest text among what a function is given: of a key of the registry its path, of a library its place.
fn longest(values: &[Value]) -> Value {
    let texts = values.iter().filter(|value| matches!(value, Value::Text(..)));
    texts.max_by_key(|value| value.shown().map_or(0, |text| text.len())).cloned().unwrap_or(Value::Unknown)
}
