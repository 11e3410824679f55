//! What a call does: functions, imported functions, and members of objects.

use std::ops::Range;

use super::actions::{Here, Needs, Walker};
use super::chain::{Chain, Link, arguments};
use super::instances::named;
use super::objects::{self, Object, Objects, Use};
use super::values::Value;
use crate::languages::places::Effect;
use crate::languages::{ActionKind, conversations, places};

impl<'o, 'a> Walker<'o, 'a> {
    pub(super) fn actions_of(&mut self, here: Here<'o, 'a>, chain: &Chain<'_>, statement: &Range<usize>) {
        let mut receiver = self.with_of(here, chain);
        for (i, link) in chain.links.iter().enumerate() {
            let qualified = i == 1
                && chain
                    .links
                    .first()
                    .is_some_and(|link| matches!(link.name, "vba" | "interaction" | "vbainteraction"));
            let global = i == 0 && !chain.of_with || qualified;
            if global {
                let own = !qualified
                    && (self.outline.is_visible(here.module, link.symbol)
                        || self.outline.is_local(self.procedure, link.symbol));
                if !own {
                    self.global(here, link);
                }
            }
            if i > 0 || chain.of_with {
                let owner = i.checked_sub(1).and_then(|i| chain.links.get(i));
                self.member(Member { here, link, owner, receiver, statement });
            }
            receiver = self.through(here, receiver, link, i == 0 && !chain.of_with);
            if matches!(link.name, "createobject" | "getobject" | "createunoservice") && link.arguments.is_some() {
                let owner = i.checked_sub(1).and_then(|i| chain.links.get(i)).map(|link| link.name);
                // Other objects have methods of these names that make other things.
                let global =
                    matches!(owner, None | Some("vba" | "interaction" | "application" | "wscript")) && !chain.of_with;
                self.creation(here, link, global);
            }
        }
    }

    /// Functions that need no object.
    fn global(&mut self, here: Here<'o, 'a>, link: &Link<'_>) {
        if let Some(imports) = self.outline.imports.get(&link.symbol) {
            let uses: Vec<Use> =
                imports.iter().filter_map(|import| objects::of_function(&import.function, &import.library)).collect();
            let elsewhere =
                imports.iter().map(|import| &import.library).find(|path| objects::is_library_elsewhere(path));
            let odd = imports.iter().find(|import| objects::is_odd_library(&import.library));
            if let Some(import) = odd.filter(|_| uses.is_empty()) {
                self.add(link.at, ActionKind::Hidden, Some(import.library.clone()));
            } else if let Some(path) = elsewhere.filter(|_| uses.is_empty()) {
                self.load(link.at, Some(path.clone()));
            } else if let Some(import) = imports.first().filter(|_| uses.is_empty()) {
                // One that it puts there itself, whatever its name ends with.
                let name = import.library.clone();
                let name = if name.contains('.') { name } else { format!("{name}.dll") };
                self.push(here.procedure, link.at, ActionKind::Load, Some(name), Needs::Put);
            }
            if let Some(import) = imports.iter().find(|import| objects::is_numbered(&import.function, &import.library))
            {
                let name = format!("{} {}", import.library, import.function);
                self.add(link.at, ActionKind::Hidden, Some(name));
            }
            let opens = objects::open_by_shell(imports);
            for purpose in uses {
                match purpose {
                    Use::Run if opens => self.open_by_shell(here, link),
                    _ => self.import(here, link, purpose),
                }
            }
            return;
        }
        if link.arguments.is_none() {
            // `[EXEC("…")]` is a formula.
            let text = here.code.text(link.at);
            if link.name.contains(['(', '|']) && objects::is_starting_formula(&format!("={text}")) {
                self.add(link.at, ActionKind::Run, Some(text.to_owned()));
            }
            return;
        }
        match link.name {
            "evaluate" => self.formula(here, link),
            "shell" => {
                let command = self.first(here, link);
                if self.writes && command.as_deref().is_some_and(objects::is_disguised) {
                    self.add(link.at, ActionKind::Run, command);
                } else {
                    self.run(link.at, command);
                }
            }
            "executeexcel4macro" => self.excel4(here, link),
            "ddeinitiate" => self.converse(here, link),
            "ddeexecute" => self.tells_program(here, link),
            "macscript" => {
                let script = self.first(here, link).unwrap_or_default();
                if script.to_lowercase().contains("do shell script") {
                    self.add(link.at, ActionKind::Run, Some(script));
                }
            }
            "callbyname" => self.call_by_name(here, link),
            _ => {}
        }
    }

    fn run(&mut self, at: usize, command: Option<String>) {
        let text = command.clone().unwrap_or_default();
        let shows = objects::only_shows(&text) || !self.writes && objects::is_folder_window(&text);
        self.add(at, if shows { ActionKind::View } else { ActionKind::Run }, command);
    }

    fn import(&mut self, here: Here<'o, 'a>, link: &Link<'_>, purpose: Use) {
        let name = Some(link.name.to_owned());
        match purpose {
            Use::Run => {
                // WinExec(command, …), CreateProcess(program, command …)
                let list = link.arguments.as_ref().map(|range| arguments(here.code, range)).unwrap_or_default();
                let texts: Vec<String> = list
                    .iter()
                    .filter_map(|range| self.value(here, range).text())
                    .filter(|text| text.chars().any(char::is_alphabetic) && !objects::is_verb(text))
                    .collect();
                let detail = if texts.is_empty() { None } else { Some(texts.join(" ")) };
                self.shell_execute(link.at, detail);
            }
            Use::Download => {
                let text = |at: usize| self.argument(here, link, at).and_then(|value| value.text());
                let (url, path) = (text(1), text(2));
                // A table that is stored is no program.
                if path.as_deref().is_some_and(objects::is_data_file)
                    && !url.as_deref().is_some_and(objects::is_program)
                {
                    self.add(link.at, ActionKind::Fetch, url);
                    self.add_write(link.at, path);
                } else {
                    self.add(link.at, ActionKind::Download, url);
                }
            }
            Use::Install => {
                let path = self.first(here, link);
                self.install(link.at, path);
            }
            Use::Service => self.add(link.at, ActionKind::Persist, name),
            Use::Variable => {
                let name = self.first(here, link);
                match name.as_deref().and_then(places::of_environment) {
                    Some(Effect::Weakens) => self.add(link.at, ActionKind::Weaken, name),
                    Some(Effect::Starts) => self.add(link.at, ActionKind::Persist, name),
                    None => {}
                }
            }
            // The evaluator follows which key is meant.
            Use::Key | Use::Setting | Use::Map | Use::Write | Use::Delete => {}
            Use::Fetch => self.add(link.at, ActionKind::Fetch, name),
            Use::Inject => self.add(link.at, ActionKind::Inject, name),
            Use::Copy => self.push(here.procedure, link.at, ActionKind::Inject, name, Needs::Injection),
            Use::CallBack => {
                let range = link.arguments.clone().unwrap_or(0..0);
                if !range.into_iter().any(|at| here.code.is(at, "addressof")) {
                    self.push(here.procedure, link.at, ActionKind::Inject, name, Needs::Injection);
                }
            }
            Use::Load => {
                let list = link.arguments.as_ref().map(|range| arguments(here.code, range)).unwrap_or_default();
                let path = list.iter().filter_map(|range| self.value(here, range).text()).find(|text| text.len() > 1);
                self.load(link.at, path.or(name));
            }
        }
    }

    /// ShellExecute(window, verb, file, parameters, folder, show): the folder is where it starts, and tells nothing of
    /// what starts.
    fn open_by_shell(&mut self, here: Here<'o, 'a>, link: &Link<'_>) {
        let list = link.arguments.as_ref().map(|range| arguments(here.code, range)).unwrap_or_default();
        let is_named = list.iter().any(|range| here.code.is_mark(range.start.saturating_add(1), ":="));
        if list.len() < 5 || is_named {
            return self.import(here, link, Use::Run);
        }
        let text = |at: usize| list.get(at).and_then(|range| self.value(here, range).text());
        let parameters = text(3).filter(|text| text.chars().any(char::is_alphabetic));
        let file = text(2).unwrap_or_else(|| "…".into());
        let detail = parameters.map_or_else(|| file.clone(), |parameters| format!("{file} {parameters}"));
        self.shell_execute(link.at, Some(detail));
    }

    /// A library, wherever it lies.
    fn load(&mut self, at: usize, path: Option<String>) {
        let on_web = path.as_deref().is_some_and(objects::is_on_web);
        self.add(at, if on_web { ActionKind::Download } else { ActionKind::Load }, path);
    }

    /// A package of Windows Installer.
    fn install(&mut self, at: usize, path: Option<String>) {
        let on_web = path.as_deref().is_some_and(objects::is_on_web);
        self.add(at, if on_web { ActionKind::Download } else { ActionKind::Run }, path);
    }

    /// `DDEInitiate program, topic`: Office offers to start the program, with the topic as its arguments.
    fn converse(&mut self, here: Here<'_, '_>, link: &Link<'_>) {
        let program = self.first(here, link).unwrap_or_default();
        let topic = self.argument(here, link, 1).and_then(|value| value.text()).unwrap_or_default();
        if conversations::runs(&program, &topic) && !program.contains('…') {
            self.add(link.at, ActionKind::Run, Some(format!("{program} {topic}")));
        }
    }

    /// `DDEExecute channel, "[AddItem(…)]"`: the program manager makes what Windows starts, Excel runs what it is told.
    fn tells_program(&mut self, here: Here<'_, '_>, link: &Link<'_>) {
        let text = self.argument(here, link, 1).and_then(|value| value.text()).unwrap_or_default();
        let told: String = text.to_lowercase().split_whitespace().collect();
        if told.contains("additem(") {
            self.add(link.at, ActionKind::Persist, Some(text));
        } else if ["[exec(", "[call(", "[register(", "[shell("].iter().any(|word| told.contains(word)) {
            self.add(link.at, ActionKind::Run, Some(text));
        }
    }

    /// A document that is opened, or made after a template: what comes from the web may bring macros.
    fn opens(&mut self, here: Here<'o, 'a>, link: &Link<'_>) {
        let list = link.arguments.as_ref().map(|range| arguments(here.code, range)).unwrap_or_default();
        let texts = list.iter().take(16).filter_map(|range| self.value(here, range).text());
        let Some(path) = texts.into_iter().find(|text| objects::is_on_web(text)) else { return };
        if objects::brings_macros(&path, false) {
            self.add(link.at, ActionKind::Download, Some(path));
        } else if objects::brings_macros(&path, true) && !objects::is_data_file(&path) {
            self.push(here.procedure, link.at, ActionKind::Download, Some(path), Needs::Lowered);
        }
    }

    /// Opening a web page or a mail in the person's own program is what honest macros use ShellExecute for.
    fn shell_execute(&mut self, at: usize, command: Option<String>) {
        let text = command.clone().unwrap_or_default().to_lowercase();
        let text = text.strip_prefix("open ").unwrap_or(&text);
        if objects::is_page(text) && !objects::is_program(text) {
            self.add(at, ActionKind::View, command);
        } else {
            self.run(at, command);
        }
    }

    fn excel4(&mut self, here: Here<'o, 'a>, link: &Link<'_>) {
        match self.first(here, link) {
            None => self.add(link.at, ActionKind::Indirect, None),
            Some(text) => {
                let macro_text: String = text.to_lowercase().split_whitespace().collect();
                if ["exec(", "call(", "register("].iter().any(|function| macro_text.contains(function)) {
                    self.add(link.at, ActionKind::Run, Some(text));
                }
            }
        }
    }

    /// A formula that is worked out.
    fn formula(&mut self, here: Here<'o, 'a>, link: &Link<'_>) {
        let text = self.first(here, link).unwrap_or_default();
        if objects::is_starting_formula(&format!("={}", text.trim_start().trim_start_matches('='))) {
            self.add(link.at, ActionKind::Run, Some(text));
        }
    }

    fn call_by_name(&mut self, here: Here<'o, 'a>, link: &Link<'_>) {
        let list = link.arguments.as_ref().map(|range| arguments(here.code, range)).unwrap_or_default();
        let objects = list.first().map(|range| self.objects_of(here, range)).unwrap_or_default();
        let runs = objects.has_any(&[Object::Shell, Object::Explorer, Object::Process, Object::Wmi, Object::Hidden]);
        let name = self.argument(here, link, 1).and_then(|value| value.known());
        let detail = list.get(3).and_then(|range| self.value(here, range).text());
        match name.map(|name| name.to_lowercase()).as_deref() {
            Some("run" | "exec" | "shellexecute" | "create") if runs => self.add(link.at, ActionKind::Run, detail),
            None if runs => self.add(link.at, ActionKind::Run, detail),
            None => self.add(link.at, ActionKind::Indirect, None),
            Some(_) => {}
        }
    }

    fn creation(&mut self, here: Here<'o, 'a>, link: &Link<'_>, global: bool) {
        let objects = self.made_by(here, link);
        let name = self.first(here, link);
        self.instances.made = self.instances.made.and(objects);
        let moniker = name.as_deref().unwrap_or_default().trim_start().to_lowercase();
        if moniker.starts_with("script:") || moniker.starts_with("scriptlet:") || moniker.starts_with("http") {
            // A moniker that fetches a script and runs it.
            self.add(link.at, ActionKind::Run, name);
        } else if objects.has(Object::Hidden) && global && !self.outline.is_visible(here.module, link.symbol) {
            self.hidden_creation(here, link, name);
        } else if objects.has(Object::Mail) {
            self.add(link.at, ActionKind::Send, name);
        }
    }

    /// Where the name is a parameter, it is the call that hides it.
    fn hidden_creation(&mut self, here: Here<'o, 'a>, link: &Link<'_>, name: Option<String>) {
        let given = named(here.code, link).map(|range| self.given_names(here, &range)).unwrap_or_default();
        if given.is_empty() {
            self.add(link.at, ActionKind::Hidden, name);
        }
        for (procedure, at, object) in given {
            if object == Object::Hidden {
                self.push(procedure, at, ActionKind::Hidden, None, Needs::Nothing);
            }
        }
    }

    /// Members of objects.
    fn member(&mut self, member: Member<'_, 'o, 'a>) {
        use Object::{Browser, Explorer, Files, Hidden, Http, Process, Scheduler, Script, Shell, Stream, Wmi};
        let Member { here, link, owner, receiver, .. } = member;
        let first = || self.first(here, link);
        let has_arguments = link.arguments.is_some();
        // An object nobody knows, in a project that makes such ones, and no method of the project's own modules.
        let own = || {
            let outline = self.outline;
            let of =
                |module: usize, id: &usize| outline.procedures.get(*id).is_some_and(|found| found.module == module);
            owner.is_some_and(|owner| {
                let module = outline.module(owner.symbol);
                module.is_some_and(|module| outline.named(link.symbol).iter().any(|id| of(module, id)))
                    || self.own_class(here.procedure, owner.symbol).is_some()
            })
        };
        // The program itself, unless the project calls something else so.
        let host = || {
            owner.is_some_and(|owner| {
                matches!(owner.name, "application" | "excel" | "word" | "powerpoint")
                    && !self.outline.is_local(self.procedure, owner.symbol)
                    && !self.outline.globals.contains(&owner.symbol)
                    && !self.outline.is_visible(here.module, owner.symbol)
            })
        };
        let unknown = |made: Object| receiver.is_empty() && self.instances.made.has(made) && !own() && !host();
        let is = |objects: &[Object]| receiver.has_any(objects);
        match link.name {
            "run" | "exec" if has_arguments && (is(&[Shell, Hidden]) || unknown(Shell)) => {
                let command = first();
                // An unknown object may be another Excel, whose Run takes the name of a macro.
                if !receiver.is_empty()
                    || link.name == "exec"
                    || command.as_deref().is_none_or(|text| text.contains([' ', '.', '\\', '%']))
                {
                    self.run(link.at, command);
                }
            }
            "shellexecute" if has_arguments => {
                let command = [first(), self.argument(here, link, 1).and_then(|value| value.text())];
                let command = command.into_iter().flatten().collect::<Vec<_>>().join(" ");
                self.shell_execute(link.at, Some(command).filter(|text| !text.is_empty()));
            }
            // UNO: SystemShellExecute.execute(command, parameters, flags).
            "execute" if has_arguments && (is(&[Explorer]) || unknown(Explorer) && link_count(here, link) >= 3) => {
                let command = [first(), self.argument(here, link, 1).and_then(|value| value.text())];
                let command = command.into_iter().flatten().collect::<Vec<_>>().join(" ");
                self.shell_execute(link.at, Some(command.trim().to_owned()).filter(|text| !text.is_empty()));
            }
            // UNO: SimpleFileAccess, and opening a document from an address.
            "copy" | "openfilewrite" | "writefile" if has_arguments && is(&[Files]) => {
                let (from, to) = (first(), self.argument(here, link, 1).and_then(|value| value.text()));
                if from.as_deref().is_some_and(|from| from.trim_start().to_lowercase().starts_with("http")) {
                    self.add(link.at, ActionKind::Download, from);
                } else {
                    self.add_write(link.at, if link.name == "copy" { to } else { from });
                }
            }
            "loadcomponentfromurl" => {
                let target = first().unwrap_or_default();
                if target.trim_start().to_lowercase().starts_with("http") {
                    self.add(link.at, ActionKind::Fetch, Some(target));
                }
            }
            "open" if is(&[Explorer]) => {
                let command = first();
                self.shell_execute(link.at, command);
            }
            "shell" if has_arguments && owner.is_some_and(|owner| owner.name == "wordbasic") => {
                let command = first();
                self.run(link.at, command);
            }
            "ddeinitiate" if has_arguments => self.converse(here, link),
            "ddeexecute" if has_arguments => self.tells_program(here, link),
            // A part of the control panel is a library; those of Windows are named without a folder.
            "controlpanelitem" if first().is_some_and(|path| path.contains(['\\', '/'])) => {
                let path = first();
                self.add(link.at, ActionKind::Run, path);
            }
            // WSHController.
            "createscript" if has_arguments => {
                let path = first();
                self.add(link.at, ActionKind::Run, path);
            }
            "open" | "add" | "opencurrentdatabase" | "opendatabase" | "openxml"
                if has_arguments
                    && (link.name.len() > 4
                        || owner.is_some_and(|owner| {
                            matches!(owner.name, "documents" | "workbooks" | "presentations" | "addins")
                        })) =>
            {
                // What stands where anybody may write is no add-in that somebody installed.
                let is_addin = owner.is_some_and(|owner| owner.name == "addins");
                let path = first().filter(|path| is_addin && objects::is_passing(path));
                self.opens(here, link);
                if path.is_some() {
                    self.add(link.at, ActionKind::Load, path);
                }
            }
            // WinNT://…: another account of Windows.
            "create"
                if has_arguments
                    && link_count(here, link) == 2
                    && first().is_some_and(|class| class.eq_ignore_ascii_case("user"))
                    && self.outline.find("setpassword").is_some() =>
            {
                let name = self.argument(here, link, 1).and_then(|value| value.text());
                self.add(link.at, ActionKind::Persist, name);
            }
            "install" if has_arguments && (is(&[Wmi, Hidden]) || unknown(Wmi)) => {
                let path = first();
                self.install(link.at, path);
            }
            // FileSystemObject.GetFile(path).Copy target
            "copy"
                if has_arguments
                    && (owner.is_some_and(|owner| owner.name == "getfile")
                        || first().is_some_and(|path| places::starts_later(&path))) =>
            {
                let path = first();
                self.add_write(link.at, path);
            }
            "send" if !is(&[Http]) => {
                self.push(here.procedure, link.at, ActionKind::Spread, None, Needs::Addresses);
            }
            "macrocopy" if has_arguments => {
                let target = self.argument(here, link, 1).and_then(|value| value.text());
                self.add(link.at, ActionKind::Generate, target);
            }
            "filesaveas" if has_arguments => {
                let path = first();
                self.add_write(link.at, path);
            }
            "get" if first().is_some_and(|class| class.to_lowercase().contains("eventconsumer")) => {
                let class = first();
                self.add(link.at, ActionKind::Persist, class);
            }
            "execute" | "eval" | "runsql" | "openrecordset"
                if first().is_some_and(|text| objects::asks_for_shell(&text)) =>
            {
                let text = first();
                self.run(link.at, text);
            }
            "follow" => {
                let target = owner.filter(|owner| owner.name == "add").and_then(|owner| self.argument(here, owner, 1));
                let target = target.and_then(|target| target.text()).unwrap_or_default();
                if objects::is_program(&target) {
                    self.add(link.at, ActionKind::Run, Some(target));
                }
            }
            "invokeverb" | "invokeverbex" | "doit" if is(&[Explorer]) || unknown(Explorer) => {
                self.run(link.at, None);
            }
            "executeshellcommand" => {
                let command = first();
                self.run(link.at, command);
            }
            "deserialize" | "deserialize_2" if is(&[Object::Formatter]) => {
                self.add(link.at, ActionKind::Inject, Some(link.name.to_owned()));
            }
            "create" if has_arguments && (is(&[Process, Hidden]) || unknown(Process) || unknown(Wmi)) => {
                let command = first();
                self.run(link.at, command);
            }
            "execmethod_" | "execmethod" if is(&[Process, Wmi, Hidden]) || unknown(Process) || unknown(Wmi) => {
                self.run(link.at, None);
            }
            "eval" | "executestatement" | "addcode" | "execscript" | "settimeout" | "setinterval" | "write"
            | "writeln"
                if is(&[Script, Hidden])
                    || link.name == "execscript" && (is(&[Browser]) || unknown(Browser) || unknown(Script)) =>
            {
                let script = first();
                self.script(link, script);
            }
            "registertaskdefinition" | "registertask" if is(&[Scheduler]) || unknown(Scheduler) => {
                self.add(link.at, ActionKind::Persist, None);
            }
            "open" if has_arguments && (receiver.is_empty() || is(&[Http, Hidden])) => {
                let verb = first().unwrap_or_default().to_lowercase();
                if is(&[Http]) || matches!(verb.as_str(), "get" | "post" | "put") {
                    let url = self.argument(here, link, 1).and_then(|value| value.text());
                    self.add(link.at, ActionKind::Fetch, url);
                }
            }
            "navigate" | "navigate2" if is(&[Browser]) => {
                let url = first();
                let runs = url.as_deref().is_some_and(objects::is_started_by_browser);
                self.add(link.at, if runs { ActionKind::Run } else { ActionKind::Fetch }, url);
            }
            "savetofile" => {
                let path = first();
                self.add_write(link.at, path);
            }
            "opentextfile" if has_arguments => {
                let mode = self.argument(here, link, 1);
                let list = link.arguments.as_ref().map(|range| arguments(here.code, range)).unwrap_or_default();
                let named = list.get(1).is_some_and(|range| {
                    here.code.is(range.start, "forwriting") || here.code.is(range.start, "forappending")
                });
                if named || matches!(mode, Some(Value::Number(n)) if n >= 2.0) {
                    let path = first();
                    self.add_write(link.at, path);
                }
            }
            "copyfile" | "movefile" if has_arguments || is(&[Files]) => {
                let path = self.argument(here, link, 1).and_then(|value| value.text());
                self.add_write(link.at, path);
            }
            "createtextfile" | "saveas" | "saveas2" | "savecopyas" | "saveasrtf"
                if has_arguments || is(&[Files, Stream]) =>
            {
                let path = first();
                if link.name.starts_with("save") && path.as_deref().is_some_and(places::is_trusted) {
                    self.add(link.at, ActionKind::Persist, path);
                    return;
                }
                self.add_write(link.at, path);
            }
            // Beside other programs' own, which are what honest macros make on the desktop.
            "createshortcut" if first().is_some_and(|path| places::starts_later(&path)) => {
                let path = first();
                self.add_write(link.at, path);
            }
            "copyhere" | "movehere" => {
                let folder =
                    owner.filter(|owner| owner.name == "namespace").and_then(|owner| self.argument(here, owner, 0));
                let path = match folder {
                    // ssfSTARTUP, ssfCOMMONSTARTUP.
                    Some(Value::Number(7.0 | 24.0)) => Some("%Startup%".to_owned()),
                    folder => folder.and_then(|folder| folder.text()),
                };
                self.add_write(link.at, path);
            }
            "deletefile" | "deletefolder" if has_arguments => {
                let path = first();
                self.add_delete(link.at, path);
            }
            "registerxll" | "doverb" => {
                let path = first();
                self.load(link.at, path);
            }
            // Windows Installer.
            "installproduct" if has_arguments => {
                let path = first();
                self.install(link.at, path);
            }
            "followhyperlink" if has_arguments => {
                let target = first().unwrap_or_default();
                if objects::is_program(&target) || objects::is_handler(&target) {
                    self.add(link.at, ActionKind::Run, Some(target));
                } else if objects::is_page(&target) {
                    self.add(link.at, ActionKind::View, Some(target));
                }
            }
            "executeexcel4macro" if has_arguments => self.excel4(here, link),
            "evaluate" if has_arguments => self.formula(here, link),
            _ => self.setting(&member),
        }
    }

    /// Registry, macro protection, and macros that write macros.
    fn setting(&mut self, member: &Member<'_, 'o, 'a>) {
        let Member { here, link, owner, statement, .. } = *member;
        match link.name {
            "regdelete" if self.first(here, link).as_deref().is_some_and(places::is_guard) => {
                let key = self.first(here, link);
                self.add(link.at, ActionKind::Weaken, key);
            }
            "regwrite" | "privateprofilestring" => {
                let texts: Vec<String> = link
                    .arguments
                    .iter()
                    .flat_map(|range| arguments(here.code, range))
                    .filter_map(|range| self.value(here, &range).text())
                    .collect();
                let key = texts.join("\\");
                // Reading the setting is no change: `PrivateProfileString(…) = value` is.
                let writes =
                    link.name == "regwrite" || statement.clone().any(|at| here.code.is_mark(at, "=") && at > link.at);
                match places::of_registry(&key).filter(|_| writes) {
                    Some(Effect::Weakens) => self.add(link.at, ActionKind::Weaken, Some(key)),
                    Some(Effect::Starts) => self.add(link.at, ActionKind::Persist, Some(key)),
                    None => {}
                }
            }
            "firewallenabled" if statement.clone().any(|at| here.code.is_mark(at, "=") && at > link.at) => {
                let value = statement.clone().rev().find(|at| here.code.is_mark(*at, "="));
                let range = value.map_or(0..0, |at| at.saturating_add(1)..statement.end);
                if self.value(here, &range) == Value::Number(0.0) {
                    self.add(link.at, ActionKind::Weaken, Some(here.code.text(link.at).to_owned()));
                }
            }
            "automationsecurity" if here.code.is_mark(link.at.saturating_add(1), "=") => {
                let at = link.at.saturating_add(2);
                let low = here.code.is(at, "msoautomationsecuritylow")
                    || self.value(here, &(at..statement.end)) == Value::Number(1.0);
                self.lowers_security |= low;
            }
            "virusprotection" if here.code.is_mark(link.at.saturating_add(1), "=") => {
                let range = link.at.saturating_add(2)..statement.end;
                if self.value(here, &range) == Value::Number(0.0) {
                    self.add(link.at, ActionKind::Weaken, Some(here.code.text(link.at).to_owned()));
                }
            }
            "attachedtemplate" if here.code.is_mark(link.at.saturating_add(1), "=") => {
                let range = link.at.saturating_add(2)..statement.end;
                let path = self.value(here, &range).text();
                if path.as_deref().is_some_and(objects::is_on_web) {
                    self.add(link.at, ActionKind::Download, path);
                }
            }
            // Modules that are copied into the template of every document.
            "organizercopy" => {
                let mut list = link.arguments.clone().unwrap_or_default();
                let kind = || {
                    let all = link.arguments.as_ref().map(|range| arguments(here.code, range)).unwrap_or_default();
                    all.iter().any(|range| self.value(here, range) == Value::Number(3.0))
                };
                if list.any(|at| here.code.is(at, "wdorganizerobjectprojectitems")) || kind() {
                    let target = self.argument(here, link, 1).and_then(|value| value.text());
                    self.add(link.at, ActionKind::Generate, target);
                }
            }
            "import"
                if owner.is_some_and(|owner| owner.name == "vbcomponents")
                    && statement.clone().any(|at| here.code.is(at, "normaltemplate")) =>
            {
                let path = self.first(here, link);
                self.add(link.at, ActionKind::Generate, path);
            }
            "addfromstring" | "addfromfile" | "insertlines" | "replaceline" => {
                let at = usize::from(matches!(link.name, "insertlines" | "replaceline"));
                let text = self.argument(here, link, at).and_then(|value| value.text());
                // A reference to a library is no code of a project, but the library is loaded.
                match owner.is_some_and(|owner| owner.name == "references") {
                    true if text.as_deref().is_some_and(objects::is_installed) => {}
                    true => self.load(link.at, text),
                    false => self.add(link.at, ActionKind::Generate, text),
                }
            }
            "import" if owner.is_some_and(|owner| owner.name == "vbcomponents") => {
                let path = self.first(here, link);
                self.push(here.procedure, link.at, ActionKind::Generate, path.clone(), Needs::Normal);
                self.add(link.at, ActionKind::Load, path);
            }
            _ => {}
        }
    }

    /// A script given to an interpreter. A page that is read (`htmlfile.write`) is none until it holds one.
    fn script(&mut self, link: &Link<'_>, script: Option<String>) {
        let text = script.as_deref().unwrap_or_default();
        let is_page = link.name.starts_with("write");
        let kind = match is_page {
            true if !text.to_lowercase().contains("<script") => return,
            false if objects::is_harmless_script(text) && !text.contains('…') => ActionKind::Indirect,
            _ => ActionKind::Run,
        };
        self.add(link.at, kind, script);
    }
}

/// How many arguments a link is called with.
fn link_count(here: Here<'_, '_>, link: &Link<'_>) -> usize {
    link.arguments.as_ref().map_or(0, |range| arguments(here.code, range).len())
}

/// One link of a chain, called on what stands before it.
#[derive(Clone, Copy)]
struct Member<'s, 'o, 'a> {
    here: Here<'o, 'a>,
    link: &'s Link<'s>,
    /// The link before it.
    owner: Option<&'s Link<'s>>,
    receiver: Objects,
    statement: &'s Range<usize>,
}
