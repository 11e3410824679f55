//! Forms, their controls, and what macros set.

use super::calls::Given;
use super::host::{MOST, same};
use super::machine::{Class, Machine, Ref};
use super::value::Value;
use crate::languages::ActionKind;
use crate::languages::surroundings::Control;
use crate::languages::vba::{objects, triggers};

impl Machine<'_, '_> {
    pub(super) fn known_control(&self, owners: &[String], name: &str) -> Option<(usize, Control)> {
        let mut all = self.controls.iter().chain(&self.around.controls).enumerate();
        all.find(|(_, control)| {
            same(&control.name, name) && owners.iter().any(|owner| !owner.is_empty() && same(&control.owner, owner))
        })
        .map(|(at, control)| (at, control.clone()))
    }

    pub(super) fn find_control(&mut self, owners: &[String], name: &str) -> Option<Value> {
        let (at, control) = self.known_control(owners, name)?;
        let list = self.list(&format!("control {at}"), |machine| {
            let made = machine.host_object("control");
            if let Value::Object(id) = made {
                for (property, value) in &control.properties {
                    machine.set_property(id, property, Value::text(value));
                }
                machine.set_property(id, "name", Value::text(&control.name));
                machine.set_property(id, " owner", Value::text(&control.owner));
            }
            vec![(control.name.clone(), made)]
        });
        Some(self.pick(&list, &[Given::value(Value::Int(1))]))
    }

    pub(super) fn is_control(&self, module: usize, name: &str) -> bool {
        let Some(unit) = self.outline.units.get(module) else { return false };
        self.known_control(std::slice::from_ref(&unit.name), name).is_some()
    }

    pub(super) fn control(&mut self, module: usize, name: &str) -> Option<Value> {
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
    pub(super) fn form_member(&mut self, owner: &str, name: &str, given: &[Given]) -> Value {
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
        let wanted = self.plain_at(given, 0);
        if let Value::Text(_, true) = wanted {
            let wanted = wanted.known().unwrap_or_default();
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
        // Counted from 0.
        match wanted.integer().filter(|_| !given.is_empty()) {
            Some(at) => self.pick(&list, &[Given::value(Value::Int(at.saturating_add(1)))]),
            None => self.pick(&list, given),
        }
    }

    /// `Frame1.Controls(0)`: what stands in a frame, counted from 0, or by name.
    pub(super) fn inner_controls(&mut self, id: u32, given: &[Given]) -> Value {
        let text = |property: Option<Value>| property.and_then(|value| value.known()).unwrap_or_default();
        let (owner, frame) = (text(self.property(id, " owner")), text(self.property(id, "name")));
        let owners = [owner];
        let wanted = self.plain_at(given, 0);
        let name = match wanted.integer().filter(|_| !matches!(wanted, Value::Text(..))) {
            Some(at) => {
                let all = self.controls.iter().chain(&self.around.controls);
                let inside = |control: &&Control| {
                    owners.iter().any(|owner| same(&control.owner, owner)) && same(&control.parent, &frame)
                };
                usize::try_from(at).ok().and_then(|at| all.filter(inside).nth(at)).map(|control| control.name.clone())
            }
            None => wanted.known(),
        };
        name.and_then(|name| self.find_control(&owners, &name)).unwrap_or(Value::Unknown)
    }

    // ---- setting -----------------------------------------------------------------------------------------------------

    /// `name = value` where the name is no variable.
    pub(super) fn put_name(&mut self, name: &str, value: Value, _set: bool) {
        let module = self.frame().map_or(0, |frame| frame.module);
        if let Some(setter) = self.procedure_of(module, name, false) {
            self.invoke_in_module(setter, vec![Given::value(value)]);
            return;
        }
        let other = self.outline.procedures_named(name).iter().copied().find(|id| {
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
        let is_foreign = match owner {
            Value::Unknown => true,
            Value::Object(id) => {
                matches!(self.object(*id).map(|object| &object.class), Some(Class::Host(class)) if *class != "range")
            }
            _ => false,
        };
        if is_foreign && (name.starts_with("formula") || matches!(name, "value" | "value2" | "refersto" | "item")) {
            self.formulas(&value);
        }
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
            // `Cells(1, 1) = x`: the cell's value.
            Some(Class::Host(class @ ("sheet" | "workbook" | "application" | "range")))
                if matches!(name, "cells" | "range" | "offset" | "activecell" | "selection") =>
            {
                match self.host(class, *id, name, given) {
                    Value::Object(cell) if self.area_of(cell).is_some() => self.put_cells(cell, &value),
                    _ => self.formulas(&value),
                }
            }
            Some(Class::Host("range")) => self.put_cells(*id, &value),
            Some(Class::Host("text document"))
                if name == "attachedtemplate" && value.shown().is_some_and(|path| objects::is_on_web(&path)) =>
            {
                self.act(ActionKind::Download, &value, true);
            }
            Some(Class::Host("application" | "sheet" | "workbook")) if triggers::SET.contains(&name) => {
                if let Some(name) = value.known().filter(|_| self.later.len() < 64) {
                    self.later.push(name);
                }
            }
            Some(Class::Host("options")) if name == "virusprotection" && value.truth() == Some(false) => {
                self.act(ActionKind::Weaken, &Value::text("VirusProtection"), true);
            }
            Some(Class::Host("application")) => self.set_property(0, &format!("application {name}"), value),
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

    pub(super) fn put_own(
        &mut self,
        owner: &Value,
        module: usize,
        fields: u32,
        name: &str,
        given: &[Given],
        value: Value,
    ) {
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

    fn formulas(&mut self, value: &Value) {
        match value {
            Value::Array(array) => {
                let cells: Vec<Value> = array.items.iter().take(MOST).cloned().collect();
                self.spend(cells.len() as u64);
                cells.iter().for_each(|cell| self.formula(cell));
            }
            value => self.formula(value),
        }
    }

    pub(super) fn put_cells(&mut self, id: u32, value: &Value) {
        self.formulas(value);
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
