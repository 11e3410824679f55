//! Word, Excel and PowerPoint as macros see them: the texts of the document around them, and what they write there.

use std::rc::Rc;

use super::calls::Given;
use super::machine::{Class, Machine, Ref, Topic};
use super::operators::{cell, count};
use super::value::{Array, Kind, Value, size};
use crate::languages::ActionKind;
use crate::languages::surroundings::{Cell, Control, Shape};
use crate::languages::vba::objects;

/// Entries of one collection, cells of one range.
const MOST: usize = 4096;

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
    "worksheetfunction",
    "userforms",
    "names",
    "ontime",
];

/// A rectangle of cells: sheet, first row and column, rows and columns.
type Area = (Option<usize>, u32, u32, u32, u32);

impl Machine<'_, '_> {
    pub(super) fn is_global(&self, name: &str) -> bool {
        GLOBALS.contains(&name) || self.sheet_named(name, true).is_some() || self.owns_controls(name)
    }

    /// Whether a form of this name is known by its controls alone.
    fn owns_controls(&self, name: &str) -> bool {
        self.controls.iter().chain(&self.around.controls).any(|control| same(&control.owner, name))
    }

    fn host_object(&mut self, class: &'static str) -> Value {
        self.make(Class::Host(class))
    }

    fn with_value(&mut self, class: &'static str, value: Value) -> Value {
        let made = self.host_object(class);
        if let Value::Object(id) = made {
            self.set_property(id, "value", value);
        }
        made
    }

    fn plain_at(&mut self, given: &[Given], at: usize) -> Value {
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

    /// `[A1]`, `[Sheet1!A1]`, `[name]`
    pub(super) fn foreign(&mut self, text: &str) -> Value {
        let module = self.frame().map_or(0, |frame| frame.module);
        let sheet = self.own_sheet(module);
        match self.area(text, sheet) {
            Some(area) => self.range(area),
            None => Value::Unknown,
        }
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
            "range" => self.range_member(id, name, given),
            "list" => self.list_member(id, name, given),
            "functions" => self.worksheet_function(name, given),
            "err" => {
                if name == "raise" {
                    self.raised = true;
                }
                Value::Unknown
            }
            "debug" | "options" => Value::Empty,
            "form" => {
                let owner = self.property(id, "owner").and_then(|owner| owner.known()).unwrap_or_default();
                self.form_member(&owner, name, given)
            }
            "control" => match name {
                "value" | "text" | "caption" => self.property(id, name).unwrap_or_else(|| self.default_of(id)),
                _ => self.property(id, name).unwrap_or(Value::Unknown),
            },
            // A shape, a bookmark, a paragraph, a variable: what stands in it.
            _ => match name {
                "range" | "textframe" | "textframe2" | "textrange" | "characters" | "item" | "content"
                | "oleformat" | "formattedtext" | "textrange2" | "paragraphs" | "words" => Value::Object(id),
                "object" => self.property(id, "control").unwrap_or(Value::Object(id)),
                "text" | "xml" | "value" => self.property(id, "value").unwrap_or(Value::Unknown),
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
            Some(Class::Host(_)) => self.property(id, "value").unwrap_or(Value::Unknown),
            _ => Value::Object(id),
        }
    }

    fn application_member(&mut self, name: &str, given: &[Given]) -> Value {
        let first = self.plain_at(given, 0);
        match name {
            "run" => {
                let rest: Vec<Given> = given.iter().skip(1).cloned().collect();
                match first.known() {
                    Some(name) => {
                        self.seen(Topic::ByName, true);
                        self.call_text(&name, rest).unwrap_or(Value::Unknown)
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
                self.act(ActionKind::Load, &first, true);
                Value::Unknown
            }
            "pathseparator" => Value::text("\\"),
            "wait" | "screenupdating" | "displayalerts" | "enableevents" => Value::Empty,
            "application" => self.host_object("application"),
            "createobject" => self.create(&first, true),
            // Its own functions stand for those of the worksheet.
            "substitute" | "rept" | "char" | "code" | "hex2dec" | "dec2hex" | "transpose" => {
                self.worksheet_function(name, given)
            }
            _ => Value::Unknown,
        }
    }

    fn worksheet_function(&mut self, name: &str, given: &[Given]) -> Value {
        let values: Vec<Value> = (0..given.len()).map(|at| self.plain_at(given, at)).collect();
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
            "transpose" => return Value::Unknown,
            other => other,
        };
        match super::library::function(name).filter(|_| {
            matches!(
                name,
                "replace" | "chrw" | "ascw" | "hex" | "ucase" | "lcase" | "trim" | "mid" | "left" | "right" | "len"
            )
        }) {
            Some(function) => function(self, &values),
            None => Value::Unknown,
        }
    }

    fn workbook_member(&mut self, name: &str, given: &[Given]) -> Value {
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
            "path" | "fullname" | "name" => Value::Unknown,
            "names" => {
                let text = self.plain_at(given, 0).known().unwrap_or_default();
                self.foreign(&text)
            }
            "saveas" | "savecopyas" if !given.is_empty() => {
                let path = self.plain_at(given, 0);
                self.store(&path, true);
                Value::Empty
            }
            "open" | "add" | "opentext" => Value::Unknown,
            "range" | "cells" => self.global(name, given),
            _ => self.document_member(name, given),
        }
    }

    /// Of a text document or presentation, and what workbooks have too.
    fn document_member(&mut self, name: &str, given: &[Given]) -> Value {
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
            "item" | "application" | "parent" => self.host_object("text document"),
            "followhyperlink" => {
                let target = self.plain_at(given, 0);
                if target.shown().is_some_and(|target| objects::is_program(&target)) {
                    self.act(ActionKind::Run, &target, true);
                }
                Value::Empty
            }
            "saveas" | "saveas2" if !given.is_empty() => {
                let path = self.plain_at(given, 0);
                self.store(&path, true);
                Value::Empty
            }
            _ => Value::Unknown,
        }
    }

    // ---- collections -------------------------------------------------------------------------------------------------

    /// A collection that is made once; each entry with its name.
    fn list(&mut self, key: &str, build: impl FnOnce(&mut Self) -> Vec<(String, Value)>) -> Value {
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

    fn texts(&mut self, key: &str, entries: &[(String, String)]) -> Value {
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

    fn shapes(&mut self, owner: Option<&str>) -> Value {
        let around = self.around;
        let key = format!("shapes {}", owner.unwrap_or_default().to_lowercase());
        self.list(&key, |machine| {
            let of = |shape: &&Shape| owner.is_none_or(|owner| same(&shape.owner, owner) || shape.owner.is_empty());
            around
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
                .collect()
        })
    }

    /// A collection, or what its index picks.
    fn pick(&mut self, list: &Value, given: &[Given]) -> Value {
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
    fn new_entry(&mut self, _list: u32, _index: &Value) -> Value {
        self.with_value("text", Value::Unknown)
    }

    fn list_member(&mut self, id: u32, name: &str, given: &[Given]) -> Value {
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
                let made = self.with_value("text", value);
                if let Some(name) = entry.known()
                    && let Some(object) = self.touch_object(id)
                {
                    Rc::make_mut(&mut object.items).push((Value::text(&name.to_lowercase()), made.clone()));
                }
                made
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

    // ---- cells -------------------------------------------------------------------------------------------------------

    fn sheet_named(&self, name: &str, code: bool) -> Option<usize> {
        let wanted = |sheet: &crate::languages::surroundings::Sheet| {
            if code { same(&sheet.code_name, name) } else { same(&sheet.name, name) }
        };
        self.around.sheets.iter().position(wanted)
    }

    fn own_sheet(&self, module: usize) -> Option<usize> {
        self.outline.units.get(module).and_then(|unit| self.sheet_named(&unit.name, true))
    }

    fn sheet_object(&mut self, sheet: Option<usize>) -> Value {
        let made = self.host_object("sheet");
        if let (Value::Object(id), Some(sheet)) = (&made, sheet) {
            self.set_property(*id, "sheet", count(sheet));
        }
        made
    }

    fn sheet_member(&mut self, sheet: Option<usize>, name: &str, given: &[Given]) -> Value {
        match name {
            "range" | "evaluate" => {
                let first = self.plain_at(given, 0);
                let text = match first.known() {
                    Some(text) if given.len() < 2 => text,
                    _ => return Value::Unknown,
                };
                match self.area(&text, sheet) {
                    Some(area) => self.range(area),
                    None => Value::Unknown,
                }
            }
            "cells" => {
                if given.is_empty() {
                    return self.range((sheet, 1, 1, 1 << 20, 1 << 14));
                }
                let (row, column) = (self.plain_at(given, 0), self.plain_at(given, 1));
                match (row.integer().and_then(|n| u32::try_from(n).ok()), column_of(&column)) {
                    (Some(row), Some(column)) => self.range((sheet, row, column, 1, 1)),
                    _ => Value::Unknown,
                }
            }
            "usedrange" => {
                let found = sheet.and_then(|sheet| self.around.sheets.get(sheet));
                let Some(found) = found.filter(|sheet| !sheet.cells.is_empty()) else { return Value::Unknown };
                let rows = found.cells.keys().map(|(row, _)| *row).max().unwrap_or(1);
                let columns = found.cells.keys().map(|(_, column)| *column).max().unwrap_or(1);
                self.spend(found.cells.len() as u64 / 16);
                self.range((sheet, 1, 1, rows, columns))
            }
            "name" => match sheet.and_then(|sheet| self.around.sheets.get(sheet)) {
                Some(sheet) => Value::text(&sheet.name),
                None => Value::Unknown,
            },
            "shapes" => {
                let owner = sheet.and_then(|sheet| self.around.sheets.get(sheet)).map(|sheet| sheet.name.clone());
                let list = self.shapes(owner.as_deref());
                self.pick(&list, given)
            }
            "oleobjects" => {
                let wanted = self.plain_at(given, 0).known().unwrap_or_default();
                let owner = sheet.and_then(|sheet| self.around.sheets.get(sheet));
                let owners = owner.map(|sheet| [sheet.name.clone(), sheet.code_name.clone()]);
                let control = self.find_control(&owners.unwrap_or_default(), &wanted);
                match control {
                    Some(control) => {
                        let holder = self.host_object("shape");
                        if let Value::Object(id) = holder {
                            self.set_property(id, "control", control);
                        }
                        holder
                    }
                    None => Value::Unknown,
                }
            }
            _ => {
                let owner = sheet.and_then(|sheet| self.around.sheets.get(sheet));
                let owners = owner.map(|sheet| [sheet.name.clone(), sheet.code_name.clone()]);
                owners.and_then(|owners| self.find_control(&owners, name)).unwrap_or(Value::Unknown)
            }
        }
    }

    fn range(&mut self, area: Area) -> Value {
        let (sheet, row, column, rows, columns) = area;
        let made = self.host_object("range");
        if let Value::Object(id) = made
            && let Some(object) = self.objects.get_mut(id as usize)
        {
            let properties = Rc::make_mut(&mut object.properties);
            if let Some(sheet) = sheet {
                properties.insert("sheet".into(), count(sheet));
            }
            for (name, n) in [("row", row), ("column", column), ("rows", rows), ("columns", columns)] {
                properties.insert(name.into(), Value::Int(i64::from(n)));
            }
        }
        made
    }

    fn area_of(&self, id: u32) -> Option<Area> {
        let n = |name: &str| self.property(id, name)?.integer().and_then(|n| u32::try_from(n).ok());
        let sheet = self.property(id, "sheet").and_then(|sheet| sheet.integer()).and_then(size);
        Some((sheet, n("row")?, n("column")?, n("rows")?, n("columns")?))
    }

    /// `A1`, `$A$1:B3`, `Sheet1!A1`, a defined name.
    fn area(&self, text: &str, sheet: Option<usize>) -> Option<Area> {
        let text = text.trim().trim_start_matches('=');
        let (sheet, place) = match text.rsplit_once('!') {
            Some((name, place)) => {
                let name = name.trim_matches('\'').rsplit(']').next().unwrap_or_default();
                (Some(self.sheet_named(name, false)?), place)
            }
            None => (sheet, text),
        };
        let (from, to) = place.split_once(':').unwrap_or((place, place));
        if let (Some((row, column)), Some((last_row, last_column))) = (reference(from), reference(to)) {
            let rows = last_row.checked_sub(row)?.saturating_add(1);
            let columns = last_column.checked_sub(column)?.saturating_add(1);
            return Some((sheet, row, column, rows, columns));
        }
        let refers = self.around.names.iter().find(|(name, _)| same(name, text)).map(|(_, refers)| refers)?;
        let refers = refers.trim_start_matches('=');
        let (name, place) = refers.rsplit_once('!')?;
        let sheet = self.sheet_named(name.trim_matches('\''), false);
        let (from, to) = place.split_once(':').unwrap_or((place, place));
        let ((row, column), (last_row, last_column)) = (reference(from)?, reference(to)?);
        Some((
            sheet,
            row,
            column,
            last_row.checked_sub(row)?.saturating_add(1),
            last_column.checked_sub(column)?.saturating_add(1),
        ))
    }

    fn cell_value(&self, sheet: Option<usize>, row: u32, column: u32) -> Value {
        // Nobody knows which sheet is in front; a document with one that holds something there leaves little doubt.
        let sheet = sheet.or_else(|| {
            let mut holding = (0..self.around.sheets.len()).filter(|sheet| self.cell_of(*sheet, row, column).is_some());
            holding.next().filter(|_| holding.next().is_none())
        });
        let key = format!("cell {} {row} {column}", sheet.map_or(-1, |sheet| i64::try_from(sheet).unwrap_or(-1)));
        if let Some(written) = self.property(0, &key) {
            return written;
        }
        let Some(sheet) = sheet else { return Value::Unknown };
        match self.cell_of(sheet, row, column) {
            Some(Cell::Text(text)) => Value::text(text),
            Some(Cell::Number(n)) => cell(*n),
            Some(Cell::Bool(b)) => Value::Bool(*b),
            None if self.around.sheets.get(sheet).is_some_and(|sheet| !sheet.cells.is_empty()) => Value::Empty,
            None => Value::Unknown,
        }
    }

    fn cell_of(&self, sheet: usize, row: u32, column: u32) -> Option<&Cell> {
        self.around.sheets.get(sheet)?.cells.get(&(row, column))
    }

    fn range_value(&mut self, id: u32) -> Value {
        let Some((sheet, row, column, rows, columns)) = self.area_of(id) else { return Value::Unknown };
        if (rows, columns) == (1, 1) {
            return self.cell_value(sheet, row, column);
        }
        let count = (rows as usize).saturating_mul(columns as usize);
        if count > MOST.saturating_mul(4) || !self.spend(count as u64) {
            return Value::Unknown;
        }
        let mut items = Vec::with_capacity(count);
        for c in 0..columns {
            for r in 0..rows {
                items.push(self.cell_value(sheet, row.saturating_add(r), column.saturating_add(c)));
            }
        }
        let bounds = vec![(1, rows as usize), (1, columns as usize)];
        Value::Array(Rc::new(Array { kind: Kind::Variant, bounds, items, blurred: false }))
    }

    fn range_member(&mut self, id: u32, name: &str, given: &[Given]) -> Value {
        let Some((sheet, row, column, rows, columns)) = self.area_of(id) else { return Value::Unknown };
        let number = |value: Value| value.integer().and_then(|n| u32::try_from(n).ok());
        match name {
            "value" | "value2" | "text" | "formula" | "formular1c1" | "formulalocal" => self.range_value(id),
            "cells" | "item" | "range" if !given.is_empty() => {
                let first = self.plain_at(given, 0);
                if let Value::Text(..) = first {
                    let inner = first.known().and_then(|text| reference(&text));
                    return match inner {
                        Some((r, c)) => self.range((
                            sheet,
                            row.saturating_add(r).saturating_sub(1),
                            column.saturating_add(c).saturating_sub(1),
                            1,
                            1,
                        )),
                        None => Value::Unknown,
                    };
                }
                let Some(r) = number(first) else { return Value::Unknown };
                let (r, c) = match given.len() {
                    1 if columns > 0 => {
                        let at = r.saturating_sub(1);
                        (at.checked_div(columns).unwrap_or(0), at.checked_rem(columns).unwrap_or(0))
                    }
                    _ => {
                        let second = self.plain_at(given, 1);
                        let Some(c) = column_of(&second) else { return Value::Unknown };
                        (r.saturating_sub(1), c.saturating_sub(1))
                    }
                };
                self.range((sheet, row.saturating_add(r), column.saturating_add(c), 1, 1))
            }
            "cells" | "range" => Value::Object(id),
            "offset" => {
                let (r, c) = (self.plain_at(given, 0), self.plain_at(given, 1));
                let c = if given.len() < 2 { Some(0) } else { c.integer() };
                let moved = |from: u32, by: Option<i64>| u32::try_from(i64::from(from).checked_add(by?)?).ok();
                match (moved(row, r.integer()), moved(column, c)) {
                    (Some(row), Some(column)) => self.range((sheet, row, column, rows, columns)),
                    _ => Value::Unknown,
                }
            }
            "count" => Value::Int(i64::from(rows).saturating_mul(i64::from(columns))),
            "row" => Value::Int(i64::from(row)),
            "column" => Value::Int(i64::from(column)),
            "rows" | "columns" => {
                let index = number(self.plain_at(given, 0));
                match (name, index) {
                    ("rows", Some(at)) => {
                        self.range((sheet, row.saturating_add(at).saturating_sub(1), column, 1, columns))
                    }
                    ("rows", None) => self.range((sheet, row, column, rows, 1)),
                    (_, Some(at)) => self.range((sheet, row, column.saturating_add(at).saturating_sub(1), rows, 1)),
                    (_, None) => self.range((sheet, row, column, 1, columns)),
                }
            }
            "worksheet" | "parent" => self.sheet_object(sheet),
            _ => Value::Unknown,
        }
    }

    // ---- controls ----------------------------------------------------------------------------------------------------

    fn known_control(&self, owners: &[String], name: &str) -> Option<(usize, Control)> {
        let mut all = self.controls.iter().chain(&self.around.controls).enumerate();
        all.find(|(_, control)| {
            same(&control.name, name) && owners.iter().any(|owner| !owner.is_empty() && same(&control.owner, owner))
        })
        .map(|(at, control)| (at, control.clone()))
    }

    fn find_control(&mut self, owners: &[String], name: &str) -> Option<Value> {
        let (at, control) = self.known_control(owners, name)?;
        let list = self.list(&format!("control {at}"), |machine| {
            let made = machine.host_object("control");
            if let Value::Object(id) = made {
                for (property, value) in &control.properties {
                    machine.set_property(id, property, Value::text(value));
                }
                machine.set_property(id, "name", Value::text(&control.name));
            }
            vec![(control.name.clone(), made)]
        });
        Some(self.pick(&list, &[Given::value(Value::Int(1))]))
    }

    pub(super) fn is_control(&self, module: usize, name: &str) -> bool {
        let Some(unit) = self.outline.units.get(module) else { return false };
        self.known_control(std::slice::from_ref(&unit.name), name).is_some()
    }

    fn control(&mut self, module: usize, name: &str) -> Option<Value> {
        let owner = self.outline.units.get(module)?.name.clone();
        self.find_control(&[owner], name)
    }

    /// A member of a form or document module that its source does not define.
    pub(super) fn module_member(&mut self, module: usize, owner: &Value, name: &str, given: &[Given]) -> Value {
        use crate::languages::vba::ModuleKind;
        let Some(unit) = self.outline.units.get(module) else { return Value::Unknown };
        let (kind, unit_name) = (unit.kind, unit.name.clone());
        if let Some(control) = self.control(module, name) {
            return control;
        }
        match kind {
            ModuleKind::Form => match name {
                "show" | "load" => {
                    self.events_of(module, owner);
                    Value::Empty
                }
                _ => self.form_member(&unit_name, name, given),
            },
            ModuleKind::Document => match self.own_sheet(module) {
                Some(sheet) => self.sheet_member(Some(sheet), name, given),
                None if same(&unit_name, "thisdocument") => self.document_member(name, given),
                None => self.workbook_member(name, given),
            },
            _ => Value::Unknown,
        }
    }

    /// A member of a form: a control, all of them, or a property of its own.
    fn form_member(&mut self, owner: &str, name: &str, given: &[Given]) -> Value {
        let owners = [owner.to_owned()];
        if let Some(control) = self.find_control(&owners, name) {
            return control;
        }
        if !matches!(name, "controls" | "item") {
            // The form itself is a control that is called like its owner, or not at all.
            let form = [owner, ""].iter().find_map(|own| self.find_control(&owners, own));
            return match form {
                Some(Value::Object(id)) => self.property(id, name).unwrap_or(Value::Unknown),
                _ => Value::Unknown,
            };
        }
        if let Some(wanted) = self.plain_at(given, 0).known() {
            return self.find_control(&owners, &wanted).unwrap_or(Value::Unknown);
        }
        let names: Vec<String> = self
            .controls
            .iter()
            .chain(&self.around.controls)
            .filter(|control| same(&control.owner, owner) && !same(&control.name, owner) && !control.name.is_empty())
            .map(|control| control.name.clone())
            .take(MOST)
            .collect();
        let list = self.list(&format!("controls {owner}"), |machine| {
            names
                .into_iter()
                .filter_map(|name| machine.find_control(&owners, &name).map(|control| (name, control)))
                .collect()
        });
        self.pick(&list, given)
    }

    // ---- setting -----------------------------------------------------------------------------------------------------

    /// `name = value` where the name is no variable.
    pub(super) fn put_name(&mut self, name: &str, value: Value, _set: bool) {
        let module = self.frame().map_or(0, |frame| frame.module);
        if let Some(setter) = self.procedure_of(module, name, false) {
            self.invoke_in_module(setter, vec![Given::value(value)]);
            return;
        }
        let other = self.outline.by_name.get(name).into_iter().flatten().copied().find(|id| {
            let module = self.outline.procedures.get(*id).map(|procedure| procedure.module);
            module.is_some_and(|module| self.procedure_of(module, name, false) == Some(*id))
        });
        if let Some(setter) = other {
            self.invoke_in_module(setter, vec![Given::value(value)]);
            return;
        }
        let owner = self.global(name, &[]);
        self.put(&owner, "value", &[], value);
    }

    /// `owner.name(given) = value`
    pub(super) fn put(&mut self, owner: &Value, name: &str, given: &[Given], value: Value) {
        self.spend(2);
        let Value::Object(id) = owner else {
            if name == "virusprotection" && value.truth() == Some(false) {
                self.act(ActionKind::Weaken, &Value::text("VirusProtection"), true);
            }
            return;
        };
        match self.object(*id).map(|object| object.class.clone()) {
            Some(Class::Instance(module, fields)) => self.put_own(owner, module, fields, name, given, value),
            Some(Class::Module(module)) => {
                let fields = self.modules.get(module).map_or(0, |module| module.base);
                self.put_own(owner, module, fields, name, given, value);
            }
            Some(Class::Automation(class)) => self.put_automation(class, *id, name, given, value),
            Some(Class::Host("range")) => self.put_cells(*id, &value),
            Some(Class::Host("options")) if name == "virusprotection" && value.truth() == Some(false) => {
                self.act(ActionKind::Weaken, &Value::text("VirusProtection"), true);
            }
            Some(Class::Host(_)) => {
                let name = match name {
                    "text" | "item" if self.property(*id, "value").is_some() => "value",
                    other => other,
                };
                self.set_property(*id, name, value);
            }
            None => {}
        }
    }

    pub(super) fn set_member(&mut self, owner: &Value, name: &str, given: &[Given], value: Value) {
        self.put(owner, name, given, value);
    }

    fn put_own(&mut self, owner: &Value, module: usize, fields: u32, name: &str, given: &[Given], value: Value) {
        if let Some(setter) = self.procedure_of(module, name, false) {
            let mut given = given.to_vec();
            given.push(Given::value(value));
            self.invoke(setter, given, owner.clone(), fields);
            return;
        }
        let field = self.modules.get(module).and_then(|found| found.fields.get(name).copied());
        if let Some(field) = field {
            let place = Ref::heap(fields.saturating_add(field) as usize);
            self.write(place, value.clone());
            self.event_source(place, &value);
            return;
        }
        if let Some(control) = self.control(module, name) {
            self.put(&control, "value", &[], value);
        }
    }

    fn put_cells(&mut self, id: u32, value: &Value) {
        let Some((sheet, row, column, rows, columns)) = self.area_of(id) else { return };
        if (rows as usize).saturating_mul(columns as usize) > MOST {
            return;
        }
        let sheet = sheet.map_or(-1, |sheet| i64::try_from(sheet).unwrap_or(-1));
        for r in 0..rows {
            for c in 0..columns {
                let item = match value {
                    Value::Array(array) => array.get(&[i64::from(r).saturating_add(1), i64::from(c).saturating_add(1)]),
                    other => other.clone(),
                };
                let key = format!("cell {sheet} {} {}", row.saturating_add(r), column.saturating_add(c));
                self.spend(4);
                self.set_property(0, &key, item);
            }
        }
    }

    /// `Set App = Application` where App is WithEvents: its handlers run from now on.
    pub(super) fn event_source(&mut self, place: Ref, value: &Value) {
        if self.outline.with_events.is_empty() || !matches!(value, Value::Object(_) | Value::Unknown) {
            return;
        }
        let found = self.modules.iter().position(|module| {
            let count = u32::try_from(module.initial.len()).unwrap_or(0);
            (0..count).any(|field| Ref::heap(module.base.saturating_add(field) as usize) == place)
        });
        let frame = self.frame().map(|frame| (frame.module, frame.me.clone()));
        let instance = self.objects.iter().enumerate().rev().take(64).find_map(|(id, object)| match object.class {
            Class::Instance(module, fields) => {
                let count = self.modules.get(module).map_or(0, |module| module.initial.len());
                let own = (0..count).any(|field| Ref::heap((fields as usize).saturating_add(field)) == place);
                own.then(|| (module, Value::Object(u32::try_from(id).unwrap_or(0))))
            }
            _ => None,
        });
        let owner = instance.or_else(|| found.zip(frame).map(|(module, (_, me))| (module, me)));
        let Some((module, me)) = owner else { return };
        let listens = self.outline.with_events.iter().any(|(owner, _)| *owner == module);
        if listens && self.shown.insert(module) {
            self.events_of(module, &me);
        }
    }
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || !one.is_ascii() && one.to_lowercase() == other.to_lowercase()
}

/// A column by number or letters.
fn column_of(value: &Value) -> Option<u32> {
    match value {
        Value::Text(..) => reference(&format!("{}1", value.known()?)).map(|(_, column)| column),
        other => other.integer().and_then(|n| u32::try_from(n).ok()),
    }
}

/// `$A$1` as row and column.
fn reference(text: &str) -> Option<(u32, u32)> {
    let text = text.trim().replace('$', "");
    let letters = text.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = text.split_at_checked(letters)?;
    if letters.is_empty() || letters.len() > 3 || !letters.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let column = letters.bytes().fold(0_u32, |column, letter| {
        column.saturating_mul(26).saturating_add(u32::from(letter.to_ascii_uppercase().saturating_sub(b'@')))
    });
    Some((digits.parse().ok()?, column))
}
