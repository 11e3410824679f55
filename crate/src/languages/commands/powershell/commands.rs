//! Commands of PowerShell: what they give, and what they would do.

use std::rc::Rc;

use super::names::{VARIABLES, known};
use super::pattern::wild;
use super::run::{Given, Runner};
use super::value::{LIST, Object, Value, join};
use crate::error::Result;
use crate::languages::ActionKind;
use crate::languages::commands::{GAP, Item, Reader, urls};
use crate::languages::places::{starts_from_registry, weakens};

impl Runner<'_, '_> {
    /// Calls what a name or value means.
    pub(super) fn invoke(&mut self, name: Value, given: Given, input: Option<Vec<Value>>) -> Result<Vec<Value>> {
        let name = match name {
            Value::Block(_) => {
                let Value::Block(block) = &name else { return Ok(Vec::new()) };
                return self.call(block, given.plain);
            }
            Value::Object(Object::Command(name)) => name.as_ref().to_owned(),
            Value::Object(Object::Fetched(_)) => return Ok(vec![Value::Gap]),
            Value::List(values) if values.len() == 1 => values.first().map(Value::to_text).unwrap_or_default(),
            other => other.to_text(),
        };
        let lower = name.trim().to_lowercase();
        if let Some(block) = self.functions.get(&lower).cloned() {
            let mut arguments = given.plain;
            for (parameter, value) in &given.named {
                if let Some(at) = block.parameters.iter().position(|name| name.starts_with(parameter.as_str())) {
                    while arguments.len() <= at {
                        arguments.push(Value::Null);
                    }
                    if let Some(place) = arguments.get_mut(at) {
                        *place = value.clone();
                    }
                }
            }
            return self.call(&block, arguments);
        }
        let lower = self.aliases.get(&lower).cloned().unwrap_or(lower);
        let full = known(&lower);
        let input_values = || input.clone().unwrap_or_default();
        let one = |value: Value| Ok(vec![value]);
        match full.as_str() {
            "invoke-expression" => {
                let script = match given.get(&["command"], 0) {
                    Some(script) => script.clone(),
                    None => Value::from_output(input_values()),
                };
                self.run_text(&script)
            }
            "invoke-command" | "start-job" | "start-threadjob" => match given.get(&["scriptblock"], 0) {
                Some(block @ Value::Block(_)) => self.run_text(&block.clone()),
                _ => Ok(vec![Value::Gap]),
            },
            "foreach-object" => self.for_each(&given, input_values()),
            "where-object" => self.filter(&given, input_values()),
            "new-object" => self.new_object(&given),
            "invoke-webrequest" | "invoke-restmethod" => self.web_request(&given, input_values()),
            "start-bitstransfer" => {
                let (from, to) = (
                    given.text(&["source"], 0).unwrap_or_default(),
                    given.text(&["destination"], 1).unwrap_or_default(),
                );
                self.decoder.download(&from, &to);
                Ok(Vec::new())
            }
            "start-process" => {
                let program = given.text(&["filepath"], 0).unwrap_or_else(|| GAP.into());
                let arguments = given
                    .get(&["argumentlist", "args"], 1)
                    .map(|list| join(list.items().iter().map(Value::to_text), " "));
                let quoted = if program.contains(' ') { format!("\"{program}\"") } else { program };
                let line = format!("{quoted} {}", arguments.unwrap_or_default());
                self.decoder.layer(Reader::Program, line.trim());
                Ok(Vec::new())
            }
            "invoke-item" => {
                let file =
                    given.text(&["path", "literalpath"], 0).or_else(|| input_values().first().map(Value::to_text));
                self.decoder.layer(Reader::Program, &file.unwrap_or_else(|| GAP.into()));
                Ok(Vec::new())
            }
            "invoke-wmimethod" | "invoke-cimmethod" => {
                let line = given.text(&["argumentlist", "arguments"], 2).unwrap_or_else(|| GAP.into());
                self.decoder.layer(Reader::Program, &line);
                Ok(Vec::new())
            }
            "add-type" => {
                let code = join(
                    given.plain.iter().chain(given.named.iter().map(|(_, value)| value)).map(Value::to_text),
                    "\n",
                );
                if injects(&code) {
                    self.decoder.step(ActionKind::Inject, "Add-Type DllImport");
                }
                one(Value::Object(Object::Other("type".into())))
            }
            "add-mppreference"
            | "set-mppreference"
            | "uninstall-windowsfeature"
            | "set-netfirewallprofile"
            | "disable-netfirewallrule"
            | "remove-mppreference" => {
                self.decoder.step(ActionKind::Weaken, format!("{name}{}", given.line));
                Ok(Vec::new())
            }
            "stop-service" | "set-service" if given.line.to_lowercase().contains("defend") => {
                self.decoder.step(ActionKind::Weaken, format!("{name}{}", given.line));
                Ok(Vec::new())
            }
            "new-itemproperty" | "set-itemproperty" | "new-item" => {
                self.new_item(&full, &given);
                Ok(Vec::new())
            }
            "register-scheduledtask"
            | "new-scheduledtaskaction"
            | "register-scheduledjob"
            | "new-service"
            | "set-wmiinstance" => {
                if full != "register-scheduledtask" || given.named(&["xml"]).is_some() {
                    let line = given
                        .text(&["execute", "binarypathname", "xml", "scriptblock"], 1)
                        .unwrap_or_else(|| given.line.clone());
                    let arguments = given.text(&["argument"], 1).unwrap_or_default();
                    let line = format!("{line} {arguments}");
                    self.decoder.step(ActionKind::Persist, line.trim());
                    self.decoder.layer(Reader::Program, line.trim());
                }
                one(Value::Object(Object::Other("task".into())))
            }
            "set-content" | "add-content" | "out-file" | "tee-object" | "export-csv" | "set-clipboard"
                if full != "set-clipboard" =>
            {
                let file = given.text(&["filepath", "path", "literalpath"], 0).unwrap_or_else(|| GAP.into());
                let content = given
                    .get(&["value", "inputobject"], 1)
                    .cloned()
                    .unwrap_or_else(|| Value::from_output(input_values()));
                let text = match &content {
                    Value::List(values) => join(values.iter().map(Value::to_text), "\r\n"),
                    other => other.to_text(),
                };
                // What an address gave is stored: that is one step for a person.
                match &content {
                    Value::Object(Object::Fetched(url)) => {
                        let url = Rc::clone(url);
                        self.decoder.download(&url, &file);
                    }
                    _ => self.write_file(&file, &text),
                }
                Ok(Vec::new())
            }
            "copy-item" | "move-item" => {
                let (from, to) = (
                    given.text(&["path", "literalpath"], 0).unwrap_or_default(),
                    given.text(&["destination"], 1).unwrap_or_default(),
                );
                if from.starts_with("\\\\") {
                    self.decoder.download(&from, &to);
                } else {
                    self.decoder.written(&to);
                }
                Ok(Vec::new())
            }
            "expand-archive" => {
                let to = given.text(&["destinationpath"], 1).unwrap_or_else(|| GAP.into());
                self.decoder.written(&to);
                Ok(Vec::new())
            }
            "remove-item" => {
                let file = given.text(&["path", "literalpath"], 0).unwrap_or_else(|| GAP.into());
                self.decoder.step(ActionKind::Delete, file);
                Ok(Vec::new())
            }
            "get-content" => {
                let file = given.text(&["path", "literalpath"], 0).unwrap_or_default();
                let content = self.decoder.files.get(&file);
                one(content.map_or(Value::Gap, |text| Value::text(&text)))
            }
            "set-variable" | "new-variable" | "set-item" => {
                if let Some(variable) = given.text(&["name", "path"], 0) {
                    let value = given.get(&["value"], 1).cloned().unwrap_or(Value::Null);
                    let variable = variable.to_lowercase();
                    if let Some(alias) =
                        variable.strip_prefix("alias:").map(|name| name.trim_start_matches(['\\', '/']))
                    {
                        self.aliases.insert(alias.to_owned(), value.to_text().to_lowercase());
                    } else {
                        let variable = variable
                            .strip_prefix("variable:")
                            .unwrap_or(&variable)
                            .trim_start_matches(['\\', '/'])
                            .to_owned();
                        self.set(&variable, value);
                    }
                }
                Ok(Vec::new())
            }
            "set-alias" | "new-alias" => {
                if let (Some(alias), Some(target)) = (given.text(&["name"], 0), given.text(&["value"], 1))
                    && self.aliases.len() < 256
                {
                    self.aliases.insert(alias.to_lowercase(), target.to_lowercase());
                }
                Ok(Vec::new())
            }
            "get-variable" | "get-item" | "get-childitem" | "get-itemproperty" => one(self.get_item(&full, &given)),
            "get-command" | "get-alias" => {
                let wanted = given.text(&["name", "definition"], 0).unwrap_or_default();
                one(Value::Object(Object::Command(known(&wanted).into())))
            }
            "write-output" | "write-host" | "out-string" | "out-default" | "sort-object" | "write-information"
            | "tee" => {
                let mut values = input_values();
                values.extend(given.plain.iter().flat_map(Value::items));
                Ok(values.into_iter().take(LIST).collect())
            }
            "select-object" => {
                let mut values = input_values();
                if let Some(n) = given.named(&["first"]).and_then(Value::to_int).and_then(|n| usize::try_from(n).ok()) {
                    values.truncate(n);
                }
                match given.text(&["expandproperty", "expand"], 9) {
                    Some(property) => Ok(values.iter().map(|value| self.member(value, &property)).collect()),
                    None => Ok(values),
                }
            }
            "join-path" => {
                let parent = given.text(&["path"], 0).unwrap_or_default();
                let child = given.text(&["childpath"], 1).unwrap_or_default();
                one(Value::text(&format!("{}\\{}", parent.trim_end_matches('\\'), child.trim_start_matches('\\'))))
            }
            "split-path"
            | "convertto-securestring"
            | "get-random"
            | "get-date"
            | "get-location"
            | "test-path"
            | "get-process"
            | "get-service"
            | "get-wmiobject"
            | "get-ciminstance"
            | "get-host"
            | "read-host"
            | "get-random-string"
            | "test-connection" => one(Value::Gap),
            "out-null"
            | "start-sleep"
            | "sleep"
            | "set-location"
            | "cd"
            | "pushd"
            | "popd"
            | "clear-host"
            | "cls"
            | "set-executionpolicy"
            | "set-strictmode"
            | "import-module"
            | "write-verbose"
            | "write-warning"
            | "write-error"
            | "write-progress"
            | "exit"
            | "mkdir"
            | "md"
            | "stop-process"
            | "kill"
            | "get-help"
            | "measure-object"
            | "format-table"
            | "format-list"
            | "new-timespan"
            | "wait-process"
            | "wait-job"
            | "clear-content"
            | "clear-variable"
            | "remove-variable"
            | "set-clipboard"
            | "start-scheduledtask"
            | "hidden" => Ok(Vec::new()),
            _ => {
                self.native(&name, &given, input);
                Ok(vec![Value::Gap])
            }
        }
    }

    /// A program. A command that nobody knows is one, too.
    fn native(&mut self, name: &str, given: &Given, input: Option<Vec<Value>>) {
        let name = name.trim();
        // What stands where a command should and is not one: text of a script that could not be read.
        if name.is_empty() || name.chars().all(|c| !c.is_alphanumeric()) && name != GAP {
            return;
        }
        if name.contains('-') && !name.contains(['.', '\\', '/', ':']) {
            return;
        }
        let quoted = if name.contains(' ') { format!("\"{name}\"") } else { name.to_owned() };
        let text = input.map(|values| join(values.iter().map(Value::to_text), "\r\n"));
        self.decoder.layer_in(Reader::Program, &format!("{quoted}{}", given.line), text.as_deref(), None);
    }

    fn for_each(&mut self, given: &Given, input: Vec<Value>) -> Result<Vec<Value>> {
        let blocks: Vec<Value> = given.plain.iter().chain(given.named(&["process"])).cloned().collect();
        let mut output = Vec::new();
        for item in input.into_iter().take(LIST) {
            if !self.pay(1)? {
                break;
            }
            self.variables.insert("_".into(), item.clone());
            self.variables.insert("psitem".into(), item.clone());
            match blocks.last() {
                Some(Value::Block(block)) => {
                    let values = self.block(block)?;
                    output.extend(values.into_iter().take(LIST.saturating_sub(output.len())));
                }
                Some(Value::Text(member)) => output.push(self.member(&item, member)),
                _ => {}
            }
        }
        self.variables.remove("_");
        Ok(output)
    }

    fn filter(&mut self, given: &Given, input: Vec<Value>) -> Result<Vec<Value>> {
        let block = given.plain.iter().chain(given.named(&["filterscript"])).find_map(|value| match value {
            Value::Block(block) => Some(Rc::clone(block)),
            _ => None,
        });
        let Some(block) = block else { return Ok(input) };
        let mut output = Vec::new();
        for item in input {
            if !self.pay(1)? {
                break;
            }
            self.variables.insert("_".into(), item.clone());
            if Value::from_output(self.block(&block)?).truth() != Some(false) {
                output.push(item);
            }
        }
        Ok(output)
    }

    fn new_object(&mut self, given: &Given) -> Result<Vec<Value>> {
        if let Some(name) = given.text(&["comobject", "com"], 99) {
            return Ok(vec![Value::Object(Object::Com(name.to_lowercase().into()))]);
        }
        let kind = given.text(&["typename"], 0).unwrap_or_default();
        let mut arguments: Vec<Value> = match given.named(&["argumentlist", "args"]) {
            Some(list) => list.items(),
            None => given
                .plain
                .iter()
                .skip(1)
                .flat_map(|value| match value {
                    Value::List(values) => values.as_ref().clone(),
                    other => vec![other.clone()],
                })
                .collect(),
        };
        // `New-Object IO.MemoryStream(,$bytes)`: an array of one array.
        if let [Value::List(values)] = arguments.as_slice() {
            arguments = values.as_ref().clone();
        }
        if arguments.len() > 8 && kind.to_lowercase().contains("memorystream") {
            arguments = vec![Value::list(arguments)];
        }
        Ok(vec![self.make(&kind, &arguments)?])
    }

    fn web_request(&mut self, given: &Given, input: Vec<Value>) -> Result<Vec<Value>> {
        // `curl.exe` is a program; the alias takes PowerShell's names, and people write either.
        let address =
            given.text(&["uri", "url"], 0).or_else(|| input.first().map(Value::to_text)).unwrap_or_else(|| GAP.into());
        let file = given.text(&["outfile", "o"], 99);
        let method = given.text(&["method"], 99).unwrap_or_default().to_lowercase();
        match file {
            Some(file) => self.decoder.download(&address, &file),
            None if matches!(method.as_str(), "post" | "put") && given.named(&["body", "infile"]).is_some() => {
                self.decoder.step(ActionKind::Send, &address);
            }
            None => self.decoder.step(ActionKind::Fetch, &address),
        }
        Ok(vec![Value::Object(Object::Fetched(address.into()))])
    }

    fn new_item(&mut self, command: &str, given: &Given) {
        let path = given.text(&["path", "literalpath"], 0).unwrap_or_default();
        let name = given.text(&["name"], 1).unwrap_or_default();
        let value = given.text(&["value", "target"], 2).unwrap_or_default();
        let place = format!("{path}\\{name}");
        let lower = place.to_lowercase();
        let registry =
            ["hkcu", "hklm", "registry::", "hkey_", "hku:", "hkcr"].iter().any(|root| lower.starts_with(root));
        if registry && weakens(&place) {
            self.decoder.step(ActionKind::Weaken, format!("{place} → {value}"));
        } else if registry && starts_from_registry(&place) {
            if command != "new-item" || !value.is_empty() {
                self.decoder.step(ActionKind::Persist, format!("{place} → {value}"));
                self.decoder.layer(Reader::Program, &value);
            }
        } else if registry {
            self.decoder.step(ActionKind::Write, place);
        } else if command == "new-item" && !given.line.to_lowercase().contains("directory") {
            self.decoder.written(place.trim_end_matches('\\'));
        }
    }

    fn get_item(&mut self, command: &str, given: &Given) -> Value {
        let Some(wanted) = given.text(&["name", "path", "literalpath"], 0) else { return Value::Gap };
        let wanted = wanted.to_lowercase();
        let drive = wanted.split_once(':').map(|(drive, _)| drive.to_owned()).unwrap_or_default();
        let name = wanted.split_once(':').map_or(wanted.as_str(), |(_, name)| name).trim_start_matches(['\\', '/']);
        let values_only = given.named(&["valueonly"]).is_some();
        if drive == "env" {
            let value = self.variable(&format!("env:{name}"));
            return Value::Object(Object::Named(name.into(), Rc::new(value)));
        }
        if drive != "variable" && command != "get-variable" {
            return Value::Gap;
        }
        let found = self.variables.keys().find(|own| wild(name, own)).cloned();
        let found =
            found.or_else(|| VARIABLES.iter().find(|own| wild(name, &own.to_lowercase())).map(|own| (*own).to_owned()));
        match found {
            Some(own) => {
                let value = self.variable(&own.to_lowercase());
                if values_only { value } else { Value::Object(Object::Named(own.into(), Rc::new(value))) }
            }
            None => Value::Gap,
        }
    }

    /// What the words of a script say beside what carrying it out has shown.
    pub(super) fn judge_script(&mut self, script: &str) {
        let lower = script.to_lowercase();
        let told = |runner: &Self, what: &str, kind: Option<ActionKind>| {
            runner.decoder.out.iter().any(|item| match item {
                Item::Step(step) => {
                    step.kind != ActionKind::Run
                        && kind.is_none_or(|kind| kind == step.kind)
                        && step.detail.contains(what)
                }
                Item::Layer(layer) => layer.text.contains(what),
            })
        };
        if injects(&lower) && !told(self, "", Some(ActionKind::Inject)) {
            self.decoder.step(ActionKind::Inject, "DllImport");
        }
        if ["amsiutils", "amsiscanbuffer", "amsiinitfailed"].iter().any(|word| lower.contains(word))
            && !told(self, "", Some(ActionKind::Weaken))
        {
            self.decoder.step(ActionKind::Weaken, "AMSI");
        }
        const VERBS: [&str; 12] = [
            "download",
            "webclient",
            "invoke-webrequest",
            "invoke-restmethod",
            "iwr ",
            "irm ",
            "curl ",
            "wget ",
            "bitstransfer",
            "webrequest",
            "xmlhttp",
            "httpclient",
        ];
        if VERBS.iter().any(|verb| lower.contains(verb)) {
            for url in urls(script).take(16) {
                if !told(self, url, None) {
                    self.decoder.step(ActionKind::Fetch, url);
                }
            }
        }
    }
}

/// Whether code declares functions that put code into memory.
fn injects(code: &str) -> bool {
    let lower = code.to_lowercase();
    const FUNCTIONS: [&str; 12] = [
        "virtualalloc",
        "virtualprotect",
        "createthread",
        "createremotethread",
        "writeprocessmemory",
        "rtlmovememory",
        "queueuserapc",
        "ntmapviewofsection",
        "heapcreate",
        "enumsystemlocales",
        "setthreadcontext",
        "getdelegateforfunctionpointer",
    ];
    (lower.contains("dllimport") || lower.contains("definedynamic") || lower.contains("kernel32"))
        && FUNCTIONS.iter().any(|function| lower.contains(function))
}
