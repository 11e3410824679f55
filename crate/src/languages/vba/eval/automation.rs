//! Objects that CreateObject makes, as far as macros use them: what they are told to do, and what they give back.

use std::rc::Rc;

use super::calls::Given;
use super::containers::{decoded, encoding};
use super::machine::{Class, Machine, Topic};
use super::operators::count;
use super::texts;
use super::value::Value;
use crate::languages::conversations;
use crate::languages::places::Effect;
use crate::languages::vba::objects::{self, Object};
use crate::languages::{ActionKind, places};

/// Kinds of objects by the family of their ProgID, where [`objects::of_name`] knows no more than that they are other.
const FAMILIES: &[(&str, &str)] = &[
    ("scripting.dictionary", "dictionary"),
    ("dictionary", "dictionary"),
    ("collection", "collection"),
    ("system.collections.arraylist", "list"),
    ("vbscript.regexp", "pattern"),
    ("regexp", "pattern"),
    ("msxml2.domdocument", "dom"),
    ("msxml2.freethreadeddomdocument", "dom"),
    ("microsoft.xmldom", "dom"),
    ("domdocument", "dom"),
    ("microsoft.freethreadedxmldom", "dom"),
    ("system.text.utf8encoding", "utf8"),
    ("system.text.asciiencoding", "utf8"),
    ("system.text.unicodeencoding", "utf16"),
    ("system.io.memorystream", "memory"),
    ("excel.application", "program"),
    ("word.application", "program"),
    ("powerpoint.application", "program"),
];

/// Stand for what a person copied, and for every drive.
pub(super) const CLIPBOARD: &str = "%Clipboard%";
const DRIVE: &str = "%Drive%";

impl Machine<'_, '_> {
    /// What CreateObject, New and GetObject make of a name.
    pub(super) fn create(&mut self, name: &Value, called: bool) -> Value {
        let text = name.shown().unwrap_or_default();
        let known = name.known().is_some() && !text.is_empty();
        let lower = text.trim().to_lowercase();
        // MSForms.DataObject.
        if lower.ends_with("dataobject") || lower.contains("1c3b4210-f441-11ce-b9ea-00aa006b1a69") {
            self.seen(Topic::Creation, true);
            return self.child("clipboard");
        }
        let object = match known {
            true => objects::of_name(&text),
            false if objects::is_office(&text.to_lowercase()) => Some(Object::Other),
            false => None,
        };
        if called {
            self.seen(Topic::Creation, object.is_some_and(|object| object != Object::Hidden));
        }
        let Some(object) = object else {
            if called {
                self.act(ActionKind::Hidden, name, false);
            }
            return Value::Unknown;
        };
        if object == Object::Mail && called {
            self.act(ActionKind::Send, name, true);
        }
        let class = match object {
            Object::Other | Object::Hidden => {
                let family = text.trim().to_lowercase();
                let family = family.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
                FAMILIES.iter().find(|(known, _)| *known == family).map_or("other", |(_, class)| class)
            }
            known => known.class(),
        };
        self.make(Class::Automation(class))
    }

    /// GetObject(path, class): the class decides; a path alone is a moniker or a file.
    pub(super) fn get_object(&mut self, values: &[Value]) -> Value {
        let path = values.first().filter(|value| **value != Value::Missing).cloned();
        let class = values.get(1).filter(|value| **value != Value::Missing).cloned();
        if let Some(class) = class {
            return self.create(&class, true);
        }
        let Some(path) = path else { return Value::Unknown };
        let text = path.shown().unwrap_or_default();
        let moniker = text.trim_start().to_lowercase();
        if ["script:", "scriptlet:", "http", "soap:"].iter().any(|start| moniker.starts_with(start)) {
            self.act(ActionKind::Run, &path, true);
            return Value::Unknown;
        }
        if moniker.starts_with("winmgmts") {
            let class = if moniker.contains("win32_process") { "process" } else { "wmi" };
            self.seen(Topic::Creation, true);
            return self.make(Class::Automation(class));
        }
        if text.contains(['\\', '/']) && !moniker.contains("script:") && !moniker.contains("new:") {
            self.seen(Topic::Creation, true);
            return self.make(Class::Automation("other"));
        }
        self.create(&path, true)
    }

    pub(super) fn value_at(&mut self, given: &[Given], at: usize) -> Value {
        match given.get(at).map(|given| given.value.clone()) {
            Some(Value::Missing) | None => Value::Unknown,
            Some(value) => self.plain(value),
        }
    }

    pub(super) fn child(&mut self, class: &'static str) -> Value {
        self.make(Class::Automation(class))
    }

    /// A member of an automation object.
    pub(super) fn automation(&mut self, class: &'static str, id: u32, name: &str, given: &[Given]) -> Value {
        let first = self.value_at(given, 0);
        match class {
            "shell" => self.shell_member(name, &first, given),
            "explorer" => self.explorer_member(id, name, &first, given),
            "folder" => {
                if matches!(name, "copyhere" | "movehere") {
                    let path = self.property(id, "path").unwrap_or(Value::Unknown);
                    self.store(&path, true);
                }
                self.child("item")
            }
            // A folder that the person points at.
            "picked" if matches!(name, "self" | "items" | "item") => Value::Object(id),
            "picked" if name == "path" => Value::stand_in("%PickedFolder%"),
            "item" | "picked" => {
                if matches!(name, "invokeverb" | "invokeverbex" | "doit") {
                    self.act(ActionKind::Run, &Value::Unknown, true);
                }
                self.child("item")
            }
            "shortcut" => {
                if name == "save" {
                    let target = self.property(id, "path").unwrap_or(Value::Unknown);
                    if target.shown().is_some_and(|path| places::starts_later(&path)) {
                        self.store(&target, true);
                    }
                    self.keep_shortcut(id);
                }
                self.property(id, name).unwrap_or(Value::Unknown)
            }
            "wmi" | "process" | "startup" => self.wmi_member(class, id, name, &first, given),
            "http" => self.http_member(id, name, &first, given),
            "browser" => {
                if matches!(name, "navigate" | "navigate2") {
                    let runs = first.shown().is_some_and(|address| objects::is_started_by_browser(&address));
                    self.act(if runs { ActionKind::Run } else { ActionKind::Fetch }, &first, true);
                }
                match name {
                    "navigate" | "navigate2" => {
                        // `javascript:…` is a script of the page that is shown.
                        let text = first.known().unwrap_or_default();
                        let lower = text.trim_start().to_lowercase();
                        let at = ["javascript:", "vbscript:"].iter().find(|scheme| lower.starts_with(**scheme));
                        if let Some(code) = at.and_then(|scheme| text.trim_start().get(scheme.len()..)) {
                            self.script("execscript", &Value::text(code));
                            match lower.starts_with("vbs") {
                                true => self.script_text("execute", &Value::text(code)),
                                false => self.script_member(id, "execscript", &Value::text(code), &[]),
                            };
                        }
                        Value::Unknown
                    }
                    "document" | "parentwindow" => Value::Object(id),
                    "write" | "writeln" | "execscript" => {
                        self.script(name, &first);
                        self.script_member(id, name, &first, given)
                    }
                    _ => Value::Unknown,
                }
            }
            "clipboard" => match (name, self.property(id, "filled")) {
                ("getfromclipboard", _) => {
                    self.set_property(id, "filled", Value::Bool(true));
                    Value::Empty
                }
                ("gettext", Some(_)) => Value::stand_in(CLIPBOARD),
                _ => Value::Unknown,
            },
            "script" | "window" if name == "clipboarddata" => self.child("page clipboard"),
            "page clipboard" if name == "getdata" => Value::stand_in(CLIPBOARD),
            // A folder, or a file in one.
            "found" => self.found_member(id, name),
            "stream" | "memory" => self.stream_member(id, name, &first),
            "files" => self.files_member(name, &first, given),
            "textfile" => {
                if matches!(name, "write" | "writeline") {
                    let end = Value::text(if name == "writeline" { "\r\n" } else { "" });
                    if let Some(path) = self.property(id, "path") {
                        self.write_file(&path, &first.join(&end), true);
                    }
                }
                match (name, self.property(id, "path")) {
                    ("readall", Some(path)) => self.content_of(&path).unwrap_or(Value::Unknown),
                    _ => Value::Unknown,
                }
            }
            "script" => {
                if matches!(
                    name,
                    "eval"
                        | "executestatement"
                        | "addcode"
                        | "execscript"
                        | "settimeout"
                        | "setinterval"
                        | "write"
                        | "writeln"
                ) {
                    self.script(name, &first);
                }
                self.script_member(id, name, &first, given)
            }
            "console" => {
                if name == "executeshellcommand" {
                    let command = self
                        .command_of(&[given.first(), given.get(2)].into_iter().flatten().cloned().collect::<Vec<_>>());
                    self.start_program(&command, true);
                }
                Value::Object(id)
            }
            "formatter" => {
                if matches!(name, "deserialize" | "deserialize_2") {
                    self.act(ActionKind::Inject, &Value::text(name), true);
                }
                Value::Unknown
            }
            "scheduler" => {
                if matches!(name, "registertaskdefinition" | "registertask") {
                    let path = self.property(id, "path").unwrap_or_else(|| match self.value_at(given, 1).shown() {
                        Some(task) if task.contains("<Command>") => {
                            Value::stand_in([inner(&task, "Command"), inner(&task, "Arguments")].join(" ").trim())
                        }
                        _ => first,
                    });
                    self.act(ActionKind::Persist, &path, true);
                }
                Value::Object(id)
            }
            "dictionary" => self.dictionary_member(id, name, &first, given),
            "collection" => self.collection_member(id, name, &first, given),
            "list" => self.list_of_net(id, name, &first, given),
            "pattern" => self.pattern_member(id, name, &first, given),
            "match" => match self.property(id, if name == "item" { "value" } else { name }) {
                Some(list @ Value::Object(_)) if !given.is_empty() => self.index(&list, given.to_vec()),
                found => found.unwrap_or(Value::Unknown),
            },
            "dom" => {
                match name {
                    "load" => {
                        self.set_property(id, "loaded", first.clone());
                        // A style sheet of the web whose scripts are allowed.
                        if self.property(id, "scripts").is_some()
                            && first.shown().is_some_and(|from| objects::is_on_web(&from))
                        {
                            self.act(ActionKind::Run, &first, true);
                        }
                    }
                    "loadxml" => self.set_property(id, "sheet", first.clone()),
                    "setproperty" if first.known().is_some_and(|name| name.eq_ignore_ascii_case("AllowXsltScript")) => {
                        let second = self.value_at(given, 1);
                        if second.truth() != Some(false) {
                            self.set_property(id, "scripts", second);
                        }
                    }
                    // A style sheet may hold a script; one from the web is the web's.
                    "transformnode" | "transformnodetoobject" => {
                        let sheet = given.first().map(|given| given.value.clone()).unwrap_or_default();
                        let from = if let Value::Object(sheet) = sheet { self.property(sheet, "loaded") } else { None };
                        if let Some(from) =
                            from.filter(|from| from.shown().is_some_and(|from| objects::is_on_web(&from)))
                        {
                            self.act(ActionKind::Run, &from, true);
                        }
                        let text = if let Value::Object(sheet) = sheet { self.property(sheet, "sheet") } else { None };
                        if let Some(text) = text.and_then(|text| text.known()) {
                            self.style_sheet(&text);
                        }
                    }
                    _ => {}
                }
                self.dom_member(id, name, &first)
            }
            // Documents, Workbooks, Presentations of another program.
            "other" if matches!(name, "open" | "opentext") => self.document_member("open", given),
            "utf8" | "utf16" => encoding(class, name, &first),
            "values" => match first.known() {
                Some(name) => {
                    let kept = self.property(id, &format!("= {}", name.to_lowercase()));
                    kept.unwrap_or_else(|| Value::stand_in(&format!("%{name}%")))
                }
                None => Value::Unknown,
            },
            "program" => self.program_member(name, given),
            "mail" => {
                if name == "send" {
                    self.act(ActionKind::Send, &Value::Unknown, false);
                }
                self.child("mail")
            }
            _ => Value::Unknown,
        }
    }

    fn shell_member(&mut self, name: &str, first: &Value, given: &[Given]) -> Value {
        match name {
            "run" | "exec" if !given.is_empty() => {
                self.start_program(first, true);
                Value::Unknown
            }
            "sendkeys" => self.type_keys(first),
            "expandenvironmentstrings" => first.units().map_or(Value::Unknown, |(units, _)| Value::Text(units, false)),
            "specialfolders" if !given.is_empty() => {
                first.known().map_or(Value::Unknown, |name| Value::stand_in(&format!("%{name}%")))
            }
            "specialfolders" => self.child("values"),
            "environment" => {
                let made = self.child("values");
                if let Value::Object(id) = made {
                    self.set_property(id, "environment", first.clone());
                }
                made
            }
            "createshortcut" => {
                let made = self.child("shortcut");
                if let Value::Object(id) = made {
                    self.set_property(id, "path", first.clone());
                }
                if first.shown().is_some_and(|path| places::starts_later(&path)) {
                    self.store(first, true);
                }
                made
            }
            "regwrite" => {
                let second = self.value_at(given, 1);
                let path = first.clone().join(&Value::text("\\")).join(&second);
                self.put_registry(&path);
                Value::Empty
            }
            "currentdirectory" => Value::stand_in("%CD%"),
            _ => Value::Unknown,
        }
    }

    /// A shortcut whose program does what its arguments say, wherever it is put: the person starts it in the place of
    /// something else.
    fn keep_shortcut(&mut self, id: u32) {
        let target = self.property(id, "targetpath").unwrap_or(Value::Unknown);
        let arguments = self.property(id, "arguments").unwrap_or_else(|| Value::text(""));
        let command = target.join(&Value::text(" ")).join(&arguments);
        if command.shown().is_some_and(|command| conversations::is_command_line(command.trim())) {
            self.act(ActionKind::Persist, &command, true);
        }
    }

    fn explorer_member(&mut self, id: u32, name: &str, first: &Value, given: &[Given]) -> Value {
        match name {
            "shellexecute" if !given.is_empty() => {
                let command = self.command_of(given);
                self.start_document(&command, true);
                Value::Unknown
            }
            "open" | "shellrun" => {
                self.start_document(first, true);
                Value::Unknown
            }
            // A part of the control panel is a library; those of Windows are named without a folder.
            "controlpanelitem" => {
                if first.shown().is_some_and(|path| path.contains(['\\', '/'])) {
                    self.act(ActionKind::Run, first, true);
                }
                Value::Empty
            }
            "namespace" => {
                let made = self.child("folder");
                if let Value::Object(id) = made {
                    let path = match first.integer() {
                        Some(7 | 24) if !matches!(first, Value::Text(..)) => Value::stand_in("%Startup%"),
                        _ => first.clone(),
                    };
                    self.set_property(id, "path", path);
                }
                made
            }
            "invokeverb" | "invokeverbex" | "doit" => {
                self.act(ActionKind::Run, &Value::Unknown, true);
                Value::Unknown
            }
            "browseforfolder" => self.child("picked"),
            // Windows, Item, Document, Application, Parent: all lead to the same.
            _ => Value::Object(id),
        }
    }

    fn wmi_member(&mut self, class: &str, id: u32, name: &str, first: &Value, given: &[Given]) -> Value {
        let text = first.shown().unwrap_or_default().to_lowercase();
        match name {
            "get" | "connectserver" | "instancesof" | "execquery" | "nextevent" | "subclassesof" => {
                if text.contains("eventconsumer") && name == "get" {
                    self.act(ActionKind::Persist, first, true);
                }
                if text.contains("win32_process") && name != "execquery" {
                    self.child("process")
                } else {
                    self.child("wmi")
                }
            }
            // What is to be done is a property of the consumer.
            "put_" => {
                for property in ["commandlinetemplate", "scripttext"] {
                    if let Some(command) = self.property(id, property) {
                        self.act(ActionKind::Persist, &command, true);
                    }
                }
                Value::Unknown
            }
            "properties_" | "item" => Value::Object(id),
            "install" if !given.is_empty() => {
                self.install(first);
                Value::Int(0)
            }
            "create" if class != "startup" && !given.is_empty() => {
                self.start_program(first, true);
                Value::Int(0)
            }
            "execmethod" | "execmethod_" => {
                let given = self.value_at(given, 2);
                let command = match given {
                    Value::Object(id) => self.property(id, "commandline").unwrap_or(Value::Unknown),
                    other => other,
                };
                self.act(ActionKind::Run, &command, true);
                Value::Unknown
            }
            "spawninstance_" | "inparameters" | "methods_" => self.child("startup"),
            "security_" => self.child("other"),
            // StdRegProv: hive, key, name, value.
            "setstringvalue" | "setexpandedstringvalue" | "setmultistringvalue" | "setdwordvalue" | "createkey" => {
                let key = self.value_at(given, 1).join(&Value::text("\\")).join(&self.value_at(given, 2));
                // To make a key starts nothing yet.
                if name != "createkey" || places::weakens(&key.shown().unwrap_or_default()) {
                    self.put_registry(&key);
                }
                Value::Int(0)
            }
            _ => Value::Unknown,
        }
    }

    fn http_member(&mut self, id: u32, name: &str, first: &Value, given: &[Given]) -> Value {
        match name {
            "open" => {
                let url = self.value_at(given, 1);
                self.set_property(id, "url", url.clone());
                self.act(ActionKind::Fetch, &url, true);
                Value::Empty
            }
            "send" => {
                if first.shown().is_some_and(|text| text.contains(CLIPBOARD)) {
                    let url = self.property(id, "url").unwrap_or(Value::Unknown);
                    self.act(ActionKind::Spy, &url, true);
                }
                Value::Empty
            }
            "responsebody" | "responsetext" | "responsestream" | "responsexml" => {
                let made = self.child("fetched");
                if let (Value::Object(to), Some(url)) = (&made, self.property(id, "url")) {
                    self.set_property(*to, "url", url);
                }
                made
            }
            "status" | "readystate" | "waitforresponse" => Value::Unknown,
            _ => Value::Unknown,
        }
    }

    /// A folder or file of the FileSystemObject, by its path.
    fn found_member(&mut self, id: u32, name: &str) -> Value {
        let path = self.property(id, "path").unwrap_or(Value::Unknown);
        match name {
            "files" | "subfolders" | "drives" | "rootfolder" => Value::Object(id),
            "delete" => {
                self.delete(&path);
                Value::Empty
            }
            "path" | "self" | "drive" => path,
            "driveletter" => Value::stand_in(DRIVE),
            "openastextstream" | "createtextfile" => {
                self.store(&path, true);
                self.child("other")
            }
            "name" => Value::stand_in(places::FOUND),
            _ => Value::Unknown,
        }
    }

    fn found(&mut self, path: Value) -> Value {
        let made = self.child("found");
        if let Value::Object(id) = made {
            self.set_property(id, "path", path);
        }
        made
    }

    /// What `For Each` finds in a folder, or among the drives.
    pub(super) fn found_in(&mut self, over: &Value) -> Value {
        let Value::Object(id) = over else { return Value::Unknown };
        if self.object(*id).is_none_or(|object| object.class != Class::Automation("found")) {
            return Value::Unknown;
        }
        let path = match self.property(*id, "path") {
            // Folders in folders: one stands for all.
            Some(path) if path.shown().is_some_and(|path| path.matches(places::FOUND).count() > 1) => path,
            Some(path) => path.join(&Value::text("\\")).join(&Value::stand_in(places::FOUND)),
            None => Value::stand_in(DRIVE),
        };
        self.found(path)
    }

    /// ADODB.Stream: bytes or text in, text or a file out.
    fn stream_member(&mut self, id: u32, name: &str, first: &Value) -> Value {
        match name {
            "open" | "close" | "flush" | "seteos" | "cancel" => Value::Empty,
            "write" | "writetext" => {
                let before = self.property(id, "content");
                let value = match before {
                    Some(before @ Value::Text(..)) if name == "writetext" => before.join(first),
                    _ => first.clone(),
                };
                self.spend(value.weight() >> 4);
                self.set_property(id, "content", value);
                Value::Empty
            }
            "loadfromfile" => {
                self.set_property(id, "content", Value::Unknown);
                Value::Empty
            }
            "read" | "toarray" | "getbuffer" => self.stream_bytes(id),
            "readtext" => match self.property(id, "content") {
                Some(text @ Value::Text(..)) => text,
                Some(Value::Array(array)) => {
                    let charset = self.property(id, "charset").and_then(|charset| charset.known()).unwrap_or_default();
                    array.to_bytes().map_or(Value::Unknown, |bytes| decoded(&bytes, &charset))
                }
                _ => Value::Unknown,
            },
            "savetofile" => {
                let content = self.property(id, "content").unwrap_or(Value::Unknown);
                let url = match content {
                    Value::Object(from) => self.property(from, "url"),
                    _ => None,
                };
                match url {
                    Some(url)
                        if first.shown().is_some_and(|path| objects::is_data_file(&path))
                            && !url.shown().is_some_and(|url| objects::is_program(&url)) =>
                    {
                        self.store(first, true);
                    }
                    Some(url) => {
                        let both = url.join(&Value::text(" ")).join(first);
                        self.act(ActionKind::Download, &both, true);
                        if first.shown().is_some_and(|path| places::starts_later(&path)) {
                            self.store(first, true);
                        }
                    }
                    None => {
                        if let Some(text @ Value::Text(..)) = self.property(id, "content") {
                            self.write_file(first, &text, false);
                        }
                        self.store(first, true);
                    }
                }
                Value::Empty
            }
            "size" | "length" => match self.stream_bytes(id) {
                Value::Array(array) => count(array.items.len()),
                _ => Value::Unknown,
            },
            _ => self.property(id, name).unwrap_or(Value::Unknown),
        }
    }

    fn stream_bytes(&self, id: u32) -> Value {
        match self.property(id, "content") {
            Some(Value::Text(units, true)) => {
                let charset = self.property(id, "charset").and_then(|charset| charset.known()).unwrap_or_default();
                match charset.to_lowercase().as_str() {
                    "utf-8" | "utf8" => Value::bytes(String::from_utf16_lossy(&units).as_bytes()),
                    "" | "unicode" | "utf-16" | "utf-16le" => {
                        Value::bytes(&units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>())
                    }
                    _ => Value::bytes(&texts::to_ansi(&units)),
                }
            }
            Some(value @ (Value::Array(_) | Value::Object(_))) => value,
            _ => Value::Unknown,
        }
    }

    fn files_member(&mut self, name: &str, first: &Value, given: &[Given]) -> Value {
        let second = self.value_at(given, 1);
        match name {
            "createtextfile" | "opentextfile" => {
                // For reading, for writing, for what goes behind.
                let mode = if name == "createtextfile" { Some(2) } else { second.integer() };
                if mode.is_some_and(|mode| mode >= 2) {
                    self.store(first, true);
                }
                if mode == Some(2) {
                    self.write_file(first, &Value::text(""), false);
                }
                let made = self.child("textfile");
                if let Value::Object(id) = made {
                    self.set_property(id, "path", first.clone());
                }
                made
            }
            "copyfile" | "movefile" => {
                self.store(&second, true);
                Value::Empty
            }
            "getbasename" => first.units().map_or(Value::Unknown, |(units, known)| {
                let text = String::from_utf16_lossy(&units);
                let file = text.rsplit(['\\', '/']).next().unwrap_or_default();
                let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
                if known { Value::text(stem) } else { Value::stand_in(stem) }
            }),
            "deletefile" | "deletefolder" => {
                self.delete(first);
                Value::Empty
            }
            "getspecialfolder" => match first.integer() {
                Some(0) => Value::stand_in("%WINDIR%"),
                Some(1) => Value::stand_in("%SystemRoot%\\System32"),
                Some(2) => Value::stand_in("%TEMP%"),
                _ => Value::Unknown,
            },
            "getfolder" | "getfile" => self.found(first.clone()),
            "drives" => self.child("found"),
            "buildpath" => {
                let ends = first.shown().is_some_and(|path| path.ends_with(['\\', '/']));
                let base = if ends { first.clone() } else { first.clone().join(&Value::text("\\")) };
                base.join(&second)
            }
            "gettempname" => Value::stand_in("%TempName%.tmp"),
            "getabsolutepathname" => first.clone(),
            "getfilename" => first
                .known()
                .map_or(Value::Unknown, |path| Value::text(path.rsplit(['\\', '/']).next().unwrap_or_default())),
            "getextensionname" => first.known().map_or(Value::Unknown, |path| {
                Value::text(path.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default())
            }),
            _ => Value::Unknown,
        }
    }

    /// A script given to an interpreter. A page that is read (`htmlfile.write`) is none until it holds one.
    fn script(&mut self, name: &str, script: &Value) {
        let text = script.shown().unwrap_or_default();
        let is_page = name.starts_with("write");
        let kind = match is_page {
            true if !text.to_lowercase().contains("<script") => return,
            false if objects::is_harmless_script(&text) && script.known().is_some() => ActionKind::Indirect,
            _ => ActionKind::Run,
        };
        self.act(kind, script, true);
    }

    /// Another Excel or Word: Run takes the name of a macro there.
    fn program_member(&mut self, name: &str, given: &[Given]) -> Value {
        match name {
            "executeexcel4macro" => {
                let text = self.value_at(given, 0);
                self.excel4(&text);
                Value::Unknown
            }
            "registerxll" => {
                let path = self.value_at(given, 0);
                let on_web = path.shown().is_some_and(|path| objects::is_on_web(&path));
                self.act(if on_web { ActionKind::Download } else { ActionKind::Load }, &path, true);
                Value::Unknown
            }
            "run" => match self.value_at(given, 0).known() {
                Some(name) => self.run_generated(&name, given, 1),
                None => Value::Unknown,
            },
            "ddeinitiate" => {
                self.converse(given);
                Value::Unknown
            }
            _ => self.child("other"),
        }
    }

    // ---- setting -----------------------------------------------------------------------------------------------------

    /// A property of an automation object is set.
    pub(super) fn put_automation(&mut self, class: &'static str, id: u32, name: &str, given: &[Given], value: Value) {
        let name = match (class, name) {
            ("values", "item" | "value") => {
                if let Some(name) = self.value_at(given, 0).known() {
                    if self.property(id, "environment").is_some()
                        && let Some(effect) = places::of_environment(&name)
                    {
                        let starts = effect == Effect::Starts;
                        let kind = if starts { ActionKind::Persist } else { ActionKind::Weaken };
                        self.act(kind, &Value::text(&name), true);
                    }
                    self.set_property(id, &format!("= {}", name.to_lowercase()), value);
                }
                return;
            }
            ("dictionary", "key") => {
                let entry = self.value_at(given, 0);
                let kept = self.dictionary_member(id, "item", &entry, given);
                self.dictionary_member(id, "remove", &entry, given);
                self.put_entry(id, &value, kept);
                return;
            }
            ("dictionary", "item" | "value") => {
                let entry = self.value_at(given, 0);
                self.put_entry(id, &entry, value);
                return;
            }
            ("dom", "nodetypedvalue") => "bytes",
            (_, name) => name,
        };
        // `Properties_.Item("CommandLine") = x`, `Properties_("CommandLine") = x`
        if matches!(class, "startup" | "wmi" | "process") && matches!(name, "item" | "properties_") {
            if let Some(name) = self.value_at(given, 0).known() {
                self.set_property(id, &name.to_lowercase(), value);
            }
            return;
        }
        // A manifest names the library that an activation context loads.
        if class == "other" && name == "manifest" {
            self.act(ActionKind::Load, &value, true);
        }
        if class == "dom"
            && name == "text"
            && let Some(object) = self.touch_object(id)
        {
            Rc::make_mut(&mut object.properties).remove("bytes");
        }
        if class == "scheduler" && matches!(name, "path" | "arguments") {
            let before = if name == "path" { Value::text("") } else { self.property(id, "path").unwrap_or_default() };
            let blank = Value::text(if name == "path" { "" } else { " " });
            self.set_property(id, "path", before.join(&blank).join(&value));
            return;
        }
        if matches!(class, "script" | "browser") && matches!(name, "innerhtml" | "outerhtml") {
            self.script("write", &value);
        }
        self.set_property(id, name, value);
    }

    /// `DDEInitiate program, topic`: Office offers to start the program, with the topic as its arguments.
    pub(super) fn converse(&mut self, given: &[Given]) {
        let (program, topic) = (self.value_at(given, 0), self.value_at(given, 1));
        let told = |value: &Value| value.shown().unwrap_or_default();
        let certain = conversations::runs(&told(&program), &told(&topic));
        let command = program.join(&Value::text(" ")).join(&topic);
        self.act(ActionKind::Run, &command, certain);
    }

    /// The text of a cell or name that is set: a formula of a macro sheet, or one that starts a program.
    pub(super) fn formula(&mut self, text: &Value) {
        if matches!(text, Value::Text(..)) && text.shown().is_some_and(|text| objects::is_starting_formula(&text)) {
            self.act(ActionKind::Run, text, true);
        }
    }

    /// Formula text for Excel 4.0.
    pub(super) fn excel4(&mut self, text: &Value) {
        // What was fetched is the formula.
        if let Value::Object(id) = text
            && let Some(url) = self.property(*id, "url")
        {
            self.act(ActionKind::Run, &url, true);
        }
        let Some(shown) = text.shown() else {
            self.seen(Topic::ByName, false);
            return;
        };
        let formula: String = shown.to_lowercase().split_whitespace().collect();
        let acts = ["exec(", "call(", "register("].iter().any(|function| formula.contains(function));
        self.seen(Topic::ByName, !acts && text.known().is_some());
        if acts {
            self.act(ActionKind::Run, text, true);
        }
    }
}

/// What stands between the first tags of a name.
pub(super) fn inner<'t>(xml: &'t str, name: &str) -> &'t str {
    let from = xml.find(&format!("<{name}>")).and_then(|at| xml.get(at.saturating_add(name.len()).saturating_add(2)..));
    from.and_then(|rest| rest.split("</").next()).unwrap_or_default()
}
