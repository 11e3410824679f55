//! Objects of Windows and of the page around a script: what they are told to do, and what they give back.

use super::machine::{Kind, Machine};
use super::value::{Value, bits};
use crate::languages::vba::automation::{is_data_file, is_harmless_moniker, of_name};
use crate::languages::{ActionKind, places};

/// Objects that stand there by name.
pub(super) fn global(name: &str) -> Option<&'static str> {
    Some(match name {
        "WScript" | "WSH" => "wscript",
        "window" | "self" | "top" | "parent" | "globalThis" => "window",
        "document" => "document",
        "Math" => "math",
        "location" | "navigator" | "console" | "history" | "screen" | "external" => "other",
        _ => return None,
    })
}

impl Machine {
    fn child(&mut self, class: &'static str) -> Value {
        self.make(Kind::Host(class))
    }

    /// `new ActiveXObject(name)`
    pub(super) fn create(&mut self, name: &Value) -> Value {
        let text = self.string(name);
        let object = if text.contains('…') { None } else { of_name(&text) };
        match object {
            Some(object) => self.child(object.class()),
            None => {
                self.act(ActionKind::Hidden, name);
                self.child("hidden")
            }
        }
    }

    pub(super) fn get_object(&mut self, given: &[Value]) -> Value {
        let first = given.first().cloned().unwrap_or(Value::Undefined);
        let text = self.string(&first);
        let moniker = text.trim_start().to_lowercase();
        if moniker.starts_with("script:") || moniker.starts_with("scriptlet:") || moniker.starts_with("http") {
            self.act(ActionKind::Run, &first);
            return self.child("other");
        }
        match given.get(1) {
            Some(class) => self.create(&class.clone()),
            None if is_harmless_moniker(&moniker) => self.child("other"),
            None => self.create(&first),
        }
    }

    fn store(&mut self, path: &Value) {
        let text = self.string(path);
        let later = places::starts_later(&text);
        self.act(if later { ActionKind::Persist } else { ActionKind::Write }, path);
    }

    pub(super) fn joined(&mut self, given: &[Value]) -> Value {
        let mut units = Vec::new();
        for value in given.iter().filter(|value| !matches!(value, Value::Undefined | Value::Null | Value::Unknown)) {
            if !units.is_empty() {
                units.push(32);
            }
            units.extend_from_slice(&self.units(value));
        }
        self.made(units)
    }

    fn setting(&mut self, key: &Value) {
        let text = self.string(key);
        if places::weakens(&text) {
            self.act(ActionKind::Weaken, key);
        } else if places::starts_from_registry(&text) {
            self.act(ActionKind::Persist, key);
        }
    }

    /// Scripts in a page that is written.
    fn page(&mut self, text: &Value) {
        let text = self.string(text);
        for script in super::scripts(&text) {
            if !script.is_basic {
                self.run_text(&script.text);
            }
        }
    }

    pub(super) fn host_method(&mut self, class: &'static str, owner: &Value, name: &str, given: &[Value]) -> Value {
        let first = given.first().cloned().unwrap_or(Value::Undefined);
        let second = given.get(1).cloned().unwrap_or(Value::Undefined);
        let lower = name.to_ascii_lowercase();
        match (class, lower.as_str()) {
            ("shell" | "hidden", "run" | "exec") if !given.is_empty() => {
                self.act(ActionKind::Run, &first);
                Value::Number(0.0)
            }
            ("explorer" | "hidden", "shellexecute") => {
                let command = self.joined(given.get(..given.len().min(2)).unwrap_or_default());
                self.act(ActionKind::Run, &command);
                Value::Unknown
            }
            ("explorer", "open" | "shellrun") => {
                self.act(ActionKind::Run, &first);
                Value::Unknown
            }
            ("shell", "regwrite") => {
                self.setting(&first);
                Value::Undefined
            }
            ("shell", "expandenvironmentstrings") => first,
            ("shell", "specialfolders" | "environment") if !given.is_empty() => {
                let name = self.string(&first);
                if lower == "environment" { self.child("values") } else { Value::text(&format!("%{name}%")) }
            }
            ("values", _) => {
                let name = self.string(&first);
                Value::text(&format!("%{name}%"))
            }
            ("shell", "createshortcut") => {
                let path = self.string(&first);
                if places::starts_later(&path) {
                    self.act(ActionKind::Persist, &first);
                }
                self.child("other")
            }
            ("wscript", "createobject") => self.create(&first),
            ("wscript", "getobject") => self.get_object(given),
            ("explorer", "namespace") => {
                let made = self.child("folder");
                let startup = matches!(&first, Value::Number(n) if *n == 7.0 || *n == 24.0);
                let path = if startup { Value::text("%Startup%") } else { first };
                self.set_field(&made, "path", path);
                made
            }
            ("folder", "copyhere" | "movehere") => {
                let path = self.field(owner, "path").unwrap_or(Value::Unknown);
                self.store(&path);
                Value::Unknown
            }
            ("explorer" | "folder" | "item", "invokeverb" | "invokeverbex" | "doit") => {
                self.act(ActionKind::Run, &Value::Unknown);
                Value::Unknown
            }
            ("explorer", _) => owner.clone(),
            ("folder" | "item", _) => self.child("item"),
            ("wmi" | "process", "get" | "connectserver" | "spawninstance_" | "execquery" | "instancesof") => {
                let text = self.string(&first).to_lowercase();
                let is_process = text.contains("win32_process") && lower != "execquery";
                self.child(if is_process { "process" } else { "wmi" })
            }
            ("process" | "wmi" | "hidden", "create") if !given.is_empty() => {
                self.act(ActionKind::Run, &first);
                Value::Number(0.0)
            }
            ("http" | "hidden", "open") if given.len() >= 2 => {
                self.set_field(owner, "url", second.clone());
                self.act(ActionKind::Fetch, &second);
                Value::Undefined
            }
            ("browser", "navigate" | "navigate2") => {
                self.act(ActionKind::Fetch, &first);
                Value::Undefined
            }
            ("stream", "write" | "writetext") => {
                let value = match (self.field(owner, "content"), &first) {
                    (Some(Value::Text(before)), Value::Text(text)) => {
                        self.made([before.as_slice(), text.as_slice()].concat())
                    }
                    _ => first,
                };
                self.set_field(owner, "content", value);
                Value::Undefined
            }
            ("stream", "savetofile") => {
                let content = self.field(owner, "content").unwrap_or(Value::Unknown);
                match self.field(&content, "url") {
                    Some(url) => {
                        let path = self.string(&first);
                        if is_data_file(&path) {
                            self.store(&first);
                        } else {
                            let both = self.joined(&[url, first.clone()]);
                            self.act(ActionKind::Download, &both);
                        }
                    }
                    None => {
                        if let Value::Text(_) = content {
                            let (path, text) = (self.string(&first), self.string(&content));
                            self.files.replace(&path, &text);
                        }
                        self.store(&first);
                    }
                }
                Value::Undefined
            }
            ("stream", "readtext" | "read") => self.field(owner, "content").unwrap_or(Value::Unknown),
            ("files", "createtextfile" | "opentextfile") => {
                let mode = if lower == "createtextfile" { Some(2.0) } else { second.number() };
                if mode.is_some_and(|mode| mode >= 2.0) {
                    self.store(&first);
                }
                if mode == Some(2.0) {
                    let path = self.string(&first);
                    self.files.replace(&path, "");
                }
                let made = self.child("textfile");
                self.set_field(&made, "path", first);
                made
            }
            ("textfile", "write" | "writeline") => {
                let path = self.field(owner, "path").unwrap_or(Value::Unknown);
                let (path, text) = (self.string(&path), self.string(&first));
                self.files.append(&path, &if lower == "write" { text } else { text + "\r\n" });
                Value::Undefined
            }
            ("files", "copyfile" | "movefile") => {
                self.store(&second);
                Value::Undefined
            }
            ("files", "deletefile" | "deletefolder") => {
                self.act(ActionKind::Delete, &first);
                Value::Undefined
            }
            ("files", "getspecialfolder") => match first.number().map(bits) {
                Some(0) => Value::text("%WINDIR%"),
                Some(1) => Value::text("%SystemRoot%\\System32"),
                Some(2) => Value::text("%TEMP%"),
                _ => Value::Unknown,
            },
            ("files", "buildpath") => {
                let (base, name) = (self.string(&first), self.string(&second));
                Value::text(&format!("{}\\{name}", base.trim_end_matches('\\')))
            }
            ("files", "getabsolutepathname") => first,
            ("console" | "hidden", "executeshellcommand") => {
                let command = self.joined(&[first, given.get(2).cloned().unwrap_or(Value::Undefined)]);
                self.act(ActionKind::Run, &command);
                Value::Undefined
            }
            ("console", _) => owner.clone(),
            ("formatter", "deserialize" | "deserialize_2") => {
                self.act(ActionKind::Inject, &Value::text(name));
                Value::Unknown
            }
            ("scheduler", "registertaskdefinition" | "registertask") => {
                self.act(ActionKind::Persist, &first);
                Value::Unknown
            }
            ("scheduler", _) => owner.clone(),
            (
                "script" | "window" | "browser",
                "eval" | "execscript" | "settimeout" | "setinterval" | "addcode" | "executestatement",
            ) => {
                let given: Vec<Value> = given.to_vec();
                self.native(if lower == "eval" { "eval" } else { "execScript" }, &given)
            }
            ("document" | "script", "write" | "writeln") => {
                let page = self.joined(given);
                self.page(&page);
                Value::Undefined
            }
            ("math", _) => math(&lower, given),
            ("window", _) => {
                let function = self.global(name);
                self.call(&function, Value::Unknown, given.to_vec())
            }
            ("wscript", _) => Value::Undefined,
            ("hidden", "toString" | "valueOf") => Value::Unknown,
            _ => {
                self.cut |= matches!(class, "hidden" | "other" | "mail" | "document");
                Value::Unknown
            }
        }
    }

    pub(super) fn host_property(&mut self, class: &'static str, owner: &Value, name: &str) -> Value {
        let lower = name.to_ascii_lowercase();
        if let Some(value) = self.field(owner, &lower) {
            return value;
        }
        match (class, lower.as_str()) {
            ("window", "document") => self.child("document"),
            ("window", "window" | "self" | "parent" | "top") => owner.clone(),
            ("window", _) => self.global(name),
            ("document" | "script" | "browser", "parentwindow" | "defaultview") => self.child("window"),
            ("document" | "script" | "browser", _) => owner.clone(),
            ("http", "responsetext" | "responsebody" | "responsestream" | "responsexml" | "response") => {
                let made = self.child("fetched");
                if let Some(url) = self.field(owner, "url") {
                    self.set_field(&made, "url", url);
                }
                made
            }
            ("explorer" | "console" | "scheduler", _) => owner.clone(),
            ("process", "commandline") => Value::Unknown,
            ("shell", "environment") => self.child("values"),
            ("wscript", "scriptfullname" | "scriptname") => Value::text("%ScriptPath%"),
            ("math", "pi") => Value::Number(std::f64::consts::PI),
            _ => Value::Unknown,
        }
    }

    pub(super) fn put_host(&mut self, class: &'static str, owner: &Value, name: &str, value: Value) {
        let lower = name.to_ascii_lowercase();
        match (class, lower.as_str()) {
            ("window", _) => self.set_global(name, value),
            ("document" | "script", "innerhtml" | "outerhtml") => self.page(&value),
            ("browser" | "other", "location" | "href") => {}
            _ => self.set_field(owner, &lower, value),
        }
    }
}

fn math(name: &str, given: &[Value]) -> Value {
    let n = |at: usize| given.get(at).and_then(Value::number);
    let one = |f: fn(f64) -> f64| n(0).map(f);
    let value = match name {
        "floor" => one(f64::floor),
        "ceil" => one(f64::ceil),
        "round" => one(|n| (n + 0.5).floor()),
        "abs" => one(f64::abs),
        "sqrt" => one(f64::sqrt),
        "pow" => n(0).zip(n(1)).map(|(a, b)| a.powf(b)),
        "max" => n(0).zip(n(1)).map(|(a, b)| a.max(b)),
        "min" => n(0).zip(n(1)).map(|(a, b)| a.min(b)),
        _ => None,
    };
    value.map_or(Value::Unknown, Value::Number)
}
