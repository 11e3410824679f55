//! Word, Excel and PowerPoint as macros see them: the texts of the document around them, and what they write there.

use std::rc::Rc;

use super::automation::inner;
use super::calls::Given;
use super::machine::{Class, Machine, Topic};
use super::operators::count;
use super::value::{Value, size};
use crate::languages::surroundings::{Control, Shape};
use crate::languages::vba::objects;
use crate::languages::xlm::functions::is_function;
use crate::languages::xlm::text::Notation;
use crate::languages::{ActionKind, places};

/// Entries of one collection, cells of one range.
pub(super) const MOST: usize = 4096;

/// What the program offers without an object.
const GLOBALS: &[&str] = &[
    "application",
    "excel",
    "word",
    "activedocument",
    "thisdocument",
    "documents",
    "thisworkbook",
    "activeworkbook",
    "workbooks",
    "activesheet",
    "worksheets",
    "sheets",
    "range",
    "cells",
    "activecell",
    "selection",
    "evaluate",
    "run",
    "activepresentation",
    "presentations",
    "err",
    "debug",
    "options",
    "executeexcel4macro",
    "ddeinitiate",
    "worksheetfunction",
    "userforms",
    "names",
    "ontime",
    "wordbasic",
];

impl Machine<'_, '_> {
    pub(super) fn is_global(&self, name: &str) -> bool {
        GLOBALS.contains(&name)
            || self.outline.is_script && matches!(name, "execute" | "executeglobal" | "eval")
            || self.sheet_named(name, true).is_some()
            || self.owns_controls(name)
    }

    /// Whether a form of this name is known by its controls alone.
    pub(super) fn owns_controls(&self, name: &str) -> bool {
        self.controls.iter().chain(&self.around.controls).any(|control| same(&control.owner, name))
    }

    pub(super) fn host_object(&mut self, class: &'static str) -> Value {
        self.make(Class::Host(class))
    }

    pub(super) fn with_value(&mut self, class: &'static str, value: Value) -> Value {
        let made = self.host_object(class);
        if let Value::Object(id) = made {
            self.set_property(id, "value", value);
        }
        made
    }

    pub(super) fn plain_at(&mut self, given: &[Given], at: usize) -> Value {
        match given.get(at).map(|given| given.value.clone()) {
            Some(Value::Missing) | None => Value::Unknown,
            Some(value) => self.plain(value),
        }
    }

    /// What the program offers everywhere, or a control of the module.
    pub(super) fn global(&mut self, name: &str, given: &[Given]) -> Value {
        let module = self.frame().map_or(0, |frame| frame.module);
        if let Some(control) = self.control(module, name) {
            return control;
        }
        match name {
            "application" | "excel" | "word" => self.host_object("application"),
            "activedocument" | "thisdocument" | "documents" | "activepresentation" | "presentations" => {
                self.host_object("text document")
            }
            "thisworkbook" | "activeworkbook" | "workbooks" => self.host_object("workbook"),
            "err" => self.host_object("err"),
            "debug" => self.host_object("debug"),
            "options" => self.host_object("options"),
            "worksheetfunction" => self.host_object("functions"),
            "activesheet" => self.sheet_object(None),
            "worksheets" | "sheets" => self.workbook_member("sheets", given),
            "names" if !given.is_empty() => self.workbook_member(name, given),
            "execute" | "executeglobal" | "eval" if self.outline.is_script => {
                let text = self.plain_at(given, 0);
                self.script_text(name, &text)
            }
            "range" | "cells" | "evaluate" | "activecell" | "selection" => {
                let sheet = self.own_sheet(module);
                self.sheet_member(sheet, name, given)
            }
            _ => match self.sheet_named(name, true) {
                Some(sheet) => self.sheet_object(Some(sheet)),
                None if self.owns_controls(name) => {
                    let made = self.host_object("form");
                    if let Value::Object(id) = made {
                        self.set_property(id, "owner", Value::text(name));
                    }
                    made
                }
                None => self.application_member(name, given),
            },
        }
    }

    /// `QueryTables.Add("URL;https://…", …)`: a page that cells are filled from.
    fn query(&mut self, given: &[Given]) {
        for at in 0..given.len() {
            let source = self.plain_at(given, at);
            let text = source.shown().unwrap_or_default();
            let address = text.split_once(';').filter(|(kind, _)| {
                ["url", "text", "finder"].iter().any(|known| kind.trim().eq_ignore_ascii_case(known))
            });
            let Some((_, address)) = address.filter(|(_, address)| objects::is_page(address)) else { continue };
            let address = if source.known().is_some() { Value::text(address) } else { Value::stand_in(address) };
            self.act(ActionKind::View, &address, true);
        }
    }

    /// The error that was raised is not the last one any more.
    pub(super) fn forget_error(&mut self) {
        for property in ["err number", "err description"] {
            if self.property(0, property).is_some() {
                self.set_property(0, property, Value::Unknown);
            }
        }
    }

    /// `[A1]`, `[Sheet1!A1]`, `[name]`
    pub(super) fn foreign(&mut self, text: &str) -> Value {
        let module = self.frame().map_or(0, |frame| frame.module);
        let sheet = self.own_sheet(module);
        match self.area(text, sheet) {
            Some(area) => self.range(area),
            None => self.evaluated(text),
        }
    }

    /// What a formula gives; one that starts a program does.
    pub(super) fn evaluated(&mut self, text: &str) -> Value {
        if objects::is_starting_formula(&format!("={}", text.trim_start().trim_start_matches('='))) {
            self.act(ActionKind::Run, &Value::text(text), true);
        }
        self.formula_value(text, Notation::A1)
    }

    /// Cells by their place or name.
    pub(super) fn named_cells(&mut self, text: &str) -> Value {
        let module = self.frame().map_or(0, |frame| frame.module);
        let sheet = self.own_sheet(module);
        self.area(text, sheet).map_or(Value::Unknown, |area| self.range(area))
    }

    // ---- members -----------------------------------------------------------------------------------------------------

    pub(super) fn host(&mut self, class: &'static str, id: u32, name: &str, given: &[Given]) -> Value {
        match class {
            "application" => self.application_member(name, given),
            "workbook" => self.workbook_member(name, given),
            "text document" => self.document_member(name, given),
            "sheet" => {
                let sheet = self.property(id, "sheet").and_then(|sheet| sheet.integer()).and_then(size);
                self.sheet_member(sheet, name, given)
            }
            "queries" => {
                if name == "add" {
                    self.query(given);
                }
                Value::Unknown
            }
            "range" => self.range_member(id, name, given),
            "list" => self.list_member(id, name, given),
            "functions" => self.worksheet_function(name, given),
            "err" => {
                match name {
                    "raise" => {
                        // What a handler finds: number, source, description.
                        for (at, property) in [(0, "err number"), (2, "err description")] {
                            let value = self.plain_at(given, at);
                            self.set_property(0, property, value);
                        }
                        self.raised = true;
                        Value::Unknown
                    }
                    "clear" => {
                        self.set_property(0, "err number", Value::Int(0));
                        self.set_property(0, "err description", Value::text(""));
                        Value::Empty
                    }
                    "number" | "description" => self.property(0, &format!("err {name}")).unwrap_or(Value::Unknown),
                    _ => Value::Unknown,
                }
            }
            "debug" | "options" => Value::Empty,
            "wordbasic" => {
                match name {
                    "shell" => {
                        let command = self.plain_at(given, 0);
                        self.start_program(&command, true);
                    }
                    "ddeinitiate" => self.converse(given),
                    _ => {}
                }
                Value::Unknown
            }
            "form" => {
                let owner = self.property(id, "owner").and_then(|owner| owner.known()).unwrap_or_default();
                self.form_member(&owner, name, given)
            }
            "control" => match name {
                "controls" | "pages" => self.inner_controls(id, given),
                "object" | "oleformat" => Value::Object(id),
                "value" | "text" | "caption" => self.property(id, name).unwrap_or_else(|| self.default_of(id)),
                _ => self.property(id, name).unwrap_or(Value::Unknown),
            },
            // A shape, a bookmark, a paragraph, a variable: what stands in it.
            _ => match name {
                "range" | "textframe" | "textframe2" | "textrange" | "characters" | "item" | "content"
                | "oleformat" | "formattedtext" | "textrange2" | "paragraphs" | "words" => Value::Object(id),
                "object" => self.property(id, "control").unwrap_or(Value::Object(id)),
                "text" | "xml" | "value" | "refersto" => self.property(id, "value").unwrap_or(Value::Unknown),
                // The element that a path ends with, in a part of XML.
                "selectsinglenode" | "selectnodes" => {
                    let (text, path) = (self.property(id, "value"), self.plain_at(given, 0).known());
                    let found = text.and_then(|text| text.known()).zip(path).map(|(text, path)| {
                        let name = path.rsplit(['/', ':']).next().unwrap_or_default();
                        let name = name.split('[').next().unwrap_or_default();
                        let signs = [("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
                        signs
                            .iter()
                            .fold(inner(&text, name).to_owned(), |text, (entity, sign)| text.replace(entity, sign))
                    });
                    self.with_value("text", found.map_or(Value::Unknown, |text| Value::text(&text)))
                }
                _ => self.property(id, name).unwrap_or(Value::Unknown),
            },
        }
    }

    /// What an object is where a value is asked for.
    pub(super) fn default_of(&mut self, id: u32) -> Value {
        match self.object(id).map(|object| object.class.clone()) {
            Some(Class::Host("range")) => self.range_value(id),
            Some(Class::Host("control")) => {
                ["value", "text", "caption"].iter().find_map(|name| self.property(id, name)).unwrap_or(Value::Unknown)
            }
            Some(Class::Automation("found")) => self.property(id, "path").unwrap_or(Value::Unknown),
            Some(Class::Host(_) | Class::Automation("match")) => self.property(id, "value").unwrap_or(Value::Unknown),
            _ => Value::Object(id),
        }
    }

    pub(super) fn application_member(&mut self, name: &str, given: &[Given]) -> Value {
        let first = self.plain_at(given, 0);
        match name {
            "run" => {
                let rest: Vec<Given> = given.iter().skip(1).cloned().collect();
                match first.known() {
                    Some(name) => {
                        self.seen(Topic::ByName, true);
                        if objects::is_on_web(&name) && name.contains('!') {
                            self.act(ActionKind::Download, &first, true);
                        }
                        match self.call_text(&name, rest) {
                            Some(value) => value,
                            None => self.run_generated(&name, given, 1),
                        }
                    }
                    None => {
                        self.seen(Topic::ByName, false);
                        Value::Unknown
                    }
                }
            }
            "ontime" => {
                let second = self.plain_at(given, 1);
                match second.known() {
                    Some(name) if self.later.len() < 64 => {
                        self.seen(Topic::ByName, true);
                        self.later.push(name);
                    }
                    _ => self.seen(Topic::ByName, false),
                }
                Value::Empty
            }
            "executeexcel4macro" => {
                self.excel4(&first);
                first.known().map_or(Value::Unknown, |text| self.formula_value(&text, Notation::Either))
            }
            "ddeinitiate" => {
                self.converse(given);
                Value::Unknown
            }
            "evaluate" => match first.known() {
                Some(text) => self.foreign(&text),
                None => Value::Unknown,
            },
            "worksheetfunction" => self.host_object("functions"),
            "startuppath" | "altstartuppath" => Value::stand_in("%StartupPath%"),
            "userlibrarypath" | "templatespath" | "path" | "userdefinedpath" => Value::Unknown,
            "options" => self.host_object("options"),
            "activedocument" | "documents" | "normaltemplate" | "activepresentation" | "presentations" => {
                self.host_object("text document")
            }
            "thisworkbook" | "activeworkbook" | "workbooks" => self.host_object("workbook"),
            "activesheet" | "worksheets" | "sheets" | "range" | "cells" | "activecell" | "selection" => {
                self.global(name, given)
            }
            "registerxll" => {
                let on_web = first.shown().is_some_and(|path| objects::is_on_web(&path));
                self.act(if on_web { ActionKind::Download } else { ActionKind::Load }, &first, true);
                Value::Unknown
            }
            "wordbasic" => self.host_object("wordbasic"),
            "pathseparator" => Value::text("\\"),
            "sendkeys" => self.type_keys(&first),
            // A file of help is a page that may start programs.
            "help" => {
                if first.shown().is_some_and(|path| objects::is_on_web(&path)) {
                    self.act(ActionKind::Run, &first, true);
                }
                Value::Empty
            }
            "wait" | "screenupdating" | "displayalerts" | "enableevents" => Value::Empty,
            "application" => self.host_object("application"),
            "createobject" => self.create(&first, true),
            // Its own functions stand for those of the worksheet.
            _ if is_function(&name.to_uppercase()) => self.worksheet_function(name, given),
            // What it was told to show.
            _ => self.property(0, &format!("application {name}")).unwrap_or(Value::Unknown),
        }
    }

    pub(super) fn worksheet_function(&mut self, name: &str, given: &[Given]) -> Value {
        let values: Vec<Value> = (0..given.len()).map(|at| self.plain_at(given, at)).collect();
        if let ("webservice", Some(url)) = (name, values.first()) {
            self.act(ActionKind::Fetch, url, true);
            let made = self.child("fetched");
            if let Value::Object(id) = made {
                self.set_property(id, "url", url.clone());
            }
            return made;
        }
        if let Some(value) = self.worksheet_value(name, &values) {
            return value;
        }
        let name = match name {
            "substitute" => "replace",
            "char" | "unichar" => "chrw",
            "code" | "unicode" => "ascw",
            "dec2hex" => "hex",
            "upper" => "ucase",
            "lower" => "lcase",
            "clean" => return values.first().cloned().unwrap_or(Value::Unknown),
            "rept" => {
                let (Some(text), Some(n)) = (
                    values.first().and_then(Value::known_units),
                    values.get(1).and_then(Value::integer).and_then(size),
                ) else {
                    return Value::Unknown;
                };
                return match text.len().checked_mul(n).filter(|length| *length <= super::value::LONGEST) {
                    Some(_) => self.made(text.repeat(n)),
                    None => Value::Unknown,
                };
            }
            "hex2dec" => {
                let digits = values.first().and_then(Value::known).unwrap_or_default();
                return i64::from_str_radix(digits.trim(), 16).map_or(Value::Unknown, Value::Int);
            }
            "bitxor" => {
                let both = values.first().and_then(Value::integer).zip(values.get(1).and_then(Value::integer));
                return both.map_or(Value::Unknown, |(a, b)| Value::Int(a ^ b));
            }
            "concat" | "concatenate" => {
                return values.iter().fold(Value::text(""), |text, value| text.join(value));
            }
            "sum" | "max" | "min" => {
                let mut numbers =
                    values.iter().map(|value| if let Value::Text(..) = value { None } else { value.number() });
                let first = numbers.next().flatten();
                let fold = |sum: Option<f64>, n: Option<f64>| {
                    sum.zip(n).map(|(a, b)| match name {
                        "sum" => a + b,
                        "max" => a.max(b),
                        _ => a.min(b),
                    })
                };
                return numbers.fold(first, fold).map_or(Value::Unknown, super::operators::plain_number);
            }
            "proper" => {
                let units = values.first().and_then(Value::known_units);
                return units.map_or(Value::Unknown, |units| self.made(super::texts::proper(&units)));
            }
            "text" => "format",
            "transpose" => return Value::Unknown,
            other => other,
        };
        match super::library::function(name).filter(|_| {
            matches!(
                name,
                "replace"
                    | "chrw"
                    | "ascw"
                    | "hex"
                    | "ucase"
                    | "lcase"
                    | "trim"
                    | "mid"
                    | "left"
                    | "right"
                    | "len"
                    | "format"
            )
        }) {
            Some(function) => function(self, &values),
            None => Value::Unknown,
        }
    }

    pub(super) fn workbook_member(&mut self, name: &str, given: &[Given]) -> Value {
        match name {
            "sheets" | "worksheets" => {
                let list = self.list("sheets", |machine| {
                    (0..machine.around.sheets.len().min(MOST))
                        .map(|sheet| {
                            let name = machine.around.sheets.get(sheet).map(|sheet| sheet.name.clone());
                            (name.unwrap_or_default(), machine.sheet_object(Some(sheet)))
                        })
                        .collect()
                });
                self.pick(&list, given)
            }
            "activesheet" => self.sheet_object(None),
            "item" | "application" | "parent" => self.host_object("workbook"),
            "fullname" | "name" => Value::Unknown,
            "author" | "title" | "subject" | "keywords" | "comments" => {
                self.document_member("builtindocumentproperties", &[Given::value(Value::text(name))])
            }
            "names" if given.is_empty() => {
                let all = self.around.names.iter().take(MOST);
                let all: Vec<_> =
                    all.map(|(name, refers)| (name.clone(), format!("={}", refers.trim_start_matches('=')))).collect();
                self.texts("names", &all)
            }
            "names" => {
                let text = self.plain_at(given, 0).known().unwrap_or_default();
                self.foreign(&text)
            }
            "saveas" | "savecopyas" if !given.is_empty() => {
                let path = self.plain_at(given, 0);
                self.store(&path, true);
                Value::Empty
            }
            "range" | "cells" => self.global(name, given),
            _ => self.document_member(name, given),
        }
    }

    /// Of a text document or presentation, and what workbooks have too.
    pub(super) fn document_member(&mut self, name: &str, given: &[Given]) -> Value {
        let around = self.around;
        match name {
            "variables" => {
                let list = self.texts("variables", &around.variables);
                self.pick(&list, given)
            }
            "builtindocumentproperties" | "customdocumentproperties" => {
                let list = self.texts("properties", &around.properties);
                self.pick(&list, given)
            }
            "bookmarks" => {
                let list = self.texts("bookmarks", &around.bookmarks);
                self.pick(&list, given)
            }
            "shapes" | "inlineshapes" => {
                let list = self.shapes(None);
                self.pick(&list, given)
            }
            "slides" | "slidemaster" | "slideshowwindow" => self.host_object("text document"),
            "paragraphs" => {
                let list = self.list("paragraphs", |machine| {
                    let texts = machine.around.paragraphs.iter().take(MOST);
                    let texts: Vec<String> = texts.map(|text| format!("{text}\r")).collect();
                    texts.iter().map(|text| (String::new(), machine.with_value("text", Value::text(text)))).collect()
                });
                self.pick(&list, given)
            }
            "content" | "range" | "storyranges" => {
                if around.paragraphs.is_empty() {
                    return self.with_value("text", Value::Unknown);
                }
                let text: String = around.paragraphs.iter().map(|text| format!("{text}\r")).collect();
                let text = self.made(text.encode_utf16().collect());
                self.with_value("text", text)
            }
            "customxmlparts" => {
                let list = self.list("custom xml", |machine| {
                    let parts: Vec<String> = machine.around.custom_xml.iter().take(MOST).cloned().collect();
                    parts.iter().map(|text| (String::new(), machine.with_value("text", Value::text(text)))).collect()
                });
                self.pick(&list, given)
            }
            "path" => Value::stand_in("%DocumentPath%"),
            "item" | "application" | "parent" => self.host_object("text document"),
            "open" | "add" | "opentext" => {
                // A document from the web opens as if a person had opened it.
                let target = self.plain_at(given, 0);
                let text = target.shown().unwrap_or_default();
                if objects::brings_macros(&text, false) {
                    self.act(ActionKind::Download, &target, true);
                } else if objects::is_page(&text) {
                    self.act(ActionKind::View, &target, true);
                }
                Value::Unknown
            }
            "followhyperlink" => {
                let target = self.plain_at(given, 0);
                let text = target.shown().unwrap_or_default();
                if objects::is_program(&text) || objects::is_handler(&text) {
                    self.act(ActionKind::Run, &target, true);
                } else if objects::is_page(&text) {
                    self.act(ActionKind::View, &target, true);
                }
                Value::Empty
            }
            "saveas" | "saveas2" if !given.is_empty() => {
                let path = self.plain_at(given, 0);
                if path.shown().is_some_and(|path| places::is_trusted(&path)) {
                    self.act(ActionKind::Persist, &path, true);
                } else {
                    self.store(&path, true);
                }
                Value::Empty
            }
            _ => Value::Unknown,
        }
    }

    // ---- collections -------------------------------------------------------------------------------------------------

    /// A collection that is made once; each entry with its name.
    pub(super) fn list(&mut self, key: &str, build: impl FnOnce(&mut Self) -> Vec<(String, Value)>) -> Value {
        let key = format!("list {key}");
        if let Some(list) = self.property(0, &key) {
            return list;
        }
        let entries = build(self);
        self.spend(entries.len() as u64);
        let made = self.host_object("list");
        if let Value::Object(id) = made
            && let Some(object) = self.objects.get_mut(id as usize)
        {
            let entries = entries.into_iter().map(|(name, value)| (Value::text(&name.to_lowercase()), value));
            object.items = Rc::new(entries.collect());
        }
        if !self.is_unsure() {
            self.set_property(0, &key, made.clone());
        }
        made
    }

    pub(super) fn texts(&mut self, key: &str, entries: &[(String, String)]) -> Value {
        self.list(key, |machine| {
            let entry = |(name, text): &(String, String)| {
                let made = machine.with_value("text", Value::text(text));
                if let Value::Object(id) = made {
                    machine.set_property(id, "name", Value::text(name));
                }
                (name.clone(), made)
            };
            entries.iter().take(MOST).map(entry).collect()
        })
    }

    pub(super) fn shapes(&mut self, owner: Option<&str>) -> Value {
        let around = self.around;
        let key = format!("shapes {}", owner.unwrap_or_default().to_lowercase());
        self.list(&key, |machine| {
            let of = |shape: &&Shape| owner.is_none_or(|owner| same(&shape.owner, owner) || shape.owner.is_empty());
            let mut made: Vec<(String, Value)> = around
                .shapes
                .iter()
                .filter(of)
                .take(MOST)
                .map(|shape| {
                    let made = machine.with_value("shape", Value::text(&shape.text));
                    if let Value::Object(id) = made {
                        machine.set_property(id, "name", Value::text(&shape.name));
                        machine.set_property(id, "title", Value::text(&shape.title));
                        machine.set_property(id, "alternativetext", Value::text(&shape.alternative));
                    }
                    (shape.name.clone(), made)
                })
                .collect();
            machine.with_controls(owner, &mut made);
            made
        })
    }

    /// Controls among the shapes of a page: by the name of a shape, else in their own order.
    fn with_controls(&mut self, owner: Option<&str>, shapes: &mut Vec<(String, Value)>) {
        let owners = self.owners_of(owner.unwrap_or("ThisDocument"));
        for (place, name) in self.controls_of(&owners).into_iter().enumerate() {
            let Some(control) = self.find_control(&owners, &name) else { continue };
            let named = shapes.iter().position(|(shape, _)| same(shape, &name));
            match shapes.get(named.unwrap_or(place)) {
                Some((_, Value::Object(shape))) => self.set_property(*shape, "control", control),
                _ => {
                    let holder = self.holder(control);
                    shapes.push((name, holder));
                }
            }
        }
    }

    /// What stands on a page for a control.
    pub(super) fn holder(&mut self, control: Value) -> Value {
        let holder = self.host_object("shape");
        if let Value::Object(id) = holder {
            self.set_property(id, "control", control);
        }
        holder
    }

    /// Both names of a sheet, or that of another page.
    pub(super) fn owners_of(&self, page: &str) -> Vec<String> {
        let sheet = self.around.sheets.iter().find(|sheet| same(&sheet.name, page));
        sheet.map_or_else(|| vec![page.to_owned()], |sheet| vec![sheet.name.clone(), sheet.code_name.clone()])
    }

    /// Names of the controls that stand on a page, in their order.
    pub(super) fn controls_of(&self, owners: &[String]) -> Vec<String> {
        let all = self.controls.iter().chain(&self.around.controls);
        let of = |control: &&Control| {
            !control.name.is_empty() && owners.iter().any(|owner| !owner.is_empty() && same(&control.owner, owner))
        };
        all.filter(of).map(|control| control.name.clone()).take(MOST).collect()
    }

    /// A collection, or what its index picks.
    pub(super) fn pick(&mut self, list: &Value, given: &[Given]) -> Value {
        let (Value::Object(id), false) = (list, given.is_empty()) else { return list.clone() };
        let index = self.plain_at(given, 0);
        let Some(object) = self.object(*id) else { return Value::Unknown };
        let at = match &index {
            Value::Text(_, true) => {
                let name = Value::text(&index.known().unwrap_or_default().to_lowercase());
                object.items.iter().position(|(key, _)| *key == name)
            }
            other => other.integer().and_then(|n| usize::try_from(n.saturating_sub(1)).ok()),
        };
        let found = at.and_then(|at| object.items.get(at)).map(|(_, value)| value.clone());
        self.spend(1);
        match found {
            Some(found) => found,
            None => self.new_entry(*id, &index),
        }
    }

    /// An entry that is not there: a document variable may be made by naming it.
    pub(super) fn new_entry(&mut self, _list: u32, _index: &Value) -> Value {
        self.with_value("text", Value::Unknown)
    }

    pub(super) fn list_member(&mut self, id: u32, name: &str, given: &[Given]) -> Value {
        match name {
            "count" => self.object(id).map_or(Value::Unknown, |object| count(object.items.len())),
            "item" | "range" | "placeholders" => self.pick(&Value::Object(id), given),
            "first" => self.pick(&Value::Object(id), &[Given::value(Value::Int(1))]),
            "last" => {
                let last = self.object(id).map_or(0, |object| object.items.len());
                self.pick(&Value::Object(id), &[Given::value(count(last))])
            }
            "add" => {
                let (entry, value) = (self.plain_at(given, 0), self.plain_at(given, 1));
                // Names.Add name, formula
                self.formula(&value);
                let made = self.with_value("text", value);
                if let Some(name) = entry.known()
                    && let Some(object) = self.touch_object(id)
                {
                    Rc::make_mut(&mut object.items).push((Value::text(&name.to_lowercase()), made.clone()));
                }
                made
            }
            "addoleobject" => {
                let named =
                    given.iter().position(|given| given.name.as_deref().is_some_and(|name| same(name, "filename")));
                let path = self.plain_at(given, named.unwrap_or(1));
                if path.shown().is_some_and(|path| objects::is_on_web(&path) && objects::is_program(&path)) {
                    self.act(ActionKind::Download, &path, true);
                }
                Value::Unknown
            }
            _ => Value::Unknown,
        }
    }

    /// What For Each runs over.
    pub(super) fn host_items(&mut self, id: u32) -> Option<Vec<Value>> {
        let object = self.object(id)?;
        match object.class {
            Class::Host("list") if !object.items.is_empty() => {
                Some(object.items.iter().map(|(_, value)| value.clone()).collect())
            }
            Class::Host("range") => {
                let (sheet, row, column, rows, columns) = self.area_of(id)?;
                sheet?;
                if (rows as usize).checked_mul(columns as usize)? > MOST {
                    return None;
                }
                let mut cells = Vec::new();
                for r in 0..rows {
                    for c in 0..columns {
                        cells.push(self.range((sheet, row.saturating_add(r), column.saturating_add(c), 1, 1)));
                    }
                }
                Some(cells)
            }
            _ => None,
        }
    }
}

/// Whether two names are the same to a program that ignores case.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || !one.is_ascii() && one.to_lowercase() == other.to_lowercase()
}
