//! Objects that hold values and decode them: dictionaries, collections, XML elements, encodings.

use std::rc::Rc;

use super::calls::Given;
use super::host::same;
use super::machine::Machine;
use super::operators::count;
use super::statements::key;
use super::texts;
use super::value::{LONGEST, Value};
use crate::languages::ActionKind;
use crate::languages::patterns::{Found, Pattern, replaced};

impl Machine<'_, '_> {
    pub(super) fn dictionary_member(&mut self, id: u32, name: &str, first: &Value, given: &[Given]) -> Value {
        self.spend(2);
        let entry = self.entry_name(id, first);
        match name {
            "add" => {
                let mut given = placed(given, &["key", "item"]).into_iter();
                let entry = given.next().flatten().map_or(Value::Unknown, |entry| self.plain(entry));
                let value = given.next().flatten().unwrap_or(Value::Unknown);
                self.put_entry(id, &entry, value);
                Value::Empty
            }
            "item" | "items" | "keys" if given.is_empty() => {
                let Some(object) = self.object(id).filter(|object| !object.blurred) else { return Value::Unknown };
                let entries = Rc::clone(&object.items);
                self.spend(entries.len() as u64);
                let list = entries.iter().map(|(key, _)| if name == "keys" { key.clone() } else { Value::Empty });
                let list: Vec<Value> = if name == "keys" {
                    list.collect()
                } else {
                    entries
                        .iter()
                        .map(|(entry, _)| self.entry_name(id, entry).and_then(|name| self.property(id, &name)))
                        .map(|value| value.unwrap_or(Value::Unknown))
                        .collect()
                };
                Value::list(list)
            }
            "item" => {
                if self.object(id).is_none_or(|object| object.blurred) {
                    return Value::Unknown;
                }
                entry.map_or(Value::Unknown, |entry| self.property(id, &entry).unwrap_or(Value::Empty))
            }
            "exists" => match entry {
                Some(entry) if self.object(id).is_some_and(|object| !object.blurred) => {
                    Value::Bool(self.property(id, &entry).is_some())
                }
                _ => Value::Unknown,
            },
            "count" => match self.object(id).filter(|object| !object.blurred) {
                Some(object) => count(object.items.len()),
                None => Value::Unknown,
            },
            "remove" | "removeall" => {
                let all = name == "removeall";
                if let Some(object) = self.touch_object(id) {
                    let entries = Rc::make_mut(&mut object.items);
                    if all {
                        entries.clear();
                    } else {
                        entries.retain(|(other, _)| other != first);
                    }
                    let properties = Rc::make_mut(&mut object.properties);
                    if all {
                        properties.clear();
                    } else if let Some(entry) = entry {
                        properties.remove(entry.as_str());
                    }
                }
                Value::Empty
            }
            // `d!name`, or the default member.
            _ => self.property(id, &format!("= {name}")).unwrap_or(Value::Unknown),
        }
    }

    /// How an entry is kept: without case where CompareMode says so.
    fn entry_name(&self, id: u32, entry: &Value) -> Option<String> {
        let name = key(entry)?;
        let any_case = self.property(id, "comparemode").and_then(|mode| mode.integer()) == Some(1);
        Some(if any_case { format!("= {}", name.to_lowercase()) } else { format!("= {name}") })
    }

    pub(super) fn put_entry(&mut self, id: u32, entry: &Value, value: Value) {
        let Some(name) = self.entry_name(id, entry) else {
            if let Some(object) = self.touch_object(id) {
                object.blurred = true;
            }
            return;
        };
        let fresh = self.property(id, &name).is_none();
        let value = self.keep(value);
        if let Some(object) = self.touch_object(id) {
            if fresh {
                Rc::make_mut(&mut object.items).push((entry.clone(), Value::Empty));
            }
            Rc::make_mut(&mut object.properties).insert(name.as_str().into(), value);
        }
    }

    /// An ArrayList: as a collection, but counted from 0.
    pub(super) fn list_of_net(&mut self, id: u32, name: &str, first: &Value, given: &[Given]) -> Value {
        let next = first.integer().map_or(Value::Unknown, |n| Value::Int(n.saturating_add(1)));
        match name {
            "item" => self.collection_member(id, name, &next, given),
            "removeat" => self.collection_member(id, "remove", &next, given),
            "add" => {
                let only: Vec<Given> = given.first().cloned().into_iter().collect();
                self.collection_member(id, name, first, &only)
            }
            "count" | "toarray" => self.collection_member(id, name, first, given),
            "reverse" if given.is_empty() => {
                if let Some(object) = self.touch_object(id) {
                    Rc::make_mut(&mut object.items).reverse();
                }
                Value::Empty
            }
            _ => {
                if let Some(object) = self.touch_object(id) {
                    object.blurred |= !matches!(name, "contains" | "indexof" | "clone");
                }
                Value::Unknown
            }
        }
    }

    /// A pattern (VBScript.RegExp): what it finds, and what stands there instead.
    pub(super) fn pattern_member(&mut self, id: u32, name: &str, first: &Value, given: &[Given]) -> Value {
        if !matches!(name, "replace" | "execute" | "test") {
            return self.property(id, name).unwrap_or(Value::Unknown);
        }
        let truth = |property: Option<Value>| property.and_then(|value| value.truth()).unwrap_or(false);
        let (global, any_case) = (truth(self.property(id, "global")), truth(self.property(id, "ignorecase")));
        let lines = truth(self.property(id, "multiline"));
        let pattern = self.property(id, "pattern").and_then(|pattern| pattern.known());
        let pattern = pattern.and_then(|pattern| Pattern::new(&pattern, any_case, lines));
        let (Some(text), Some(pattern)) = (first.known(), pattern) else { return Value::Unknown };
        let text: Vec<char> = text.chars().collect();
        if !self.spend((text.len() as u64 / 4).saturating_add(64)) {
            return Value::Unknown;
        }
        let (found, ways) = pattern.all(&text, global && name != "test");
        let Some(found) = found.filter(|_| self.spend(ways / 8)) else { return Value::Unknown };
        match name {
            "test" => Value::Bool(!found.is_empty()),
            "execute" => self.matches(&text, found),
            _ => {
                let Some(with) = self.value_at(given, 1).known() else { return Value::Unknown };
                let with: Vec<char> = with.chars().collect();
                let made = replaced(&text, &found, &with, LONGEST);
                let Some(made) = made.filter(|_| self.spend(found.len() as u64)) else { return Value::Unknown };
                self.made(made.into_iter().collect::<String>().encode_utf16().collect())
            }
        }
    }

    /// The matches of a pattern: a list counted from 0.
    fn matches(&mut self, text: &[char], found: Vec<Found>) -> Value {
        let part =
            |from: usize, to: usize| Value::text(&text.get(from..to).unwrap_or_default().iter().collect::<String>());
        let list = self.child("list");
        for (start, end, groups) in found.into_iter().take(MATCHES) {
            let (one, inner) = (self.child("match"), self.child("list"));
            let groups: Vec<_> = groups
                .into_iter()
                .map(|group| (Value::Missing, group.map_or(Value::Empty, |(from, to)| part(from, to))))
                .collect();
            if let Value::Object(id) = inner {
                self.fill(id, groups);
            }
            let (Value::Object(id), Value::Object(to)) = (&one, &list) else { return Value::Unknown };
            let before = text.get(..start).unwrap_or_default();
            self.spend((before.len() as u64 / 8).saturating_add(2));
            self.set_property(*id, "value", part(start, end));
            self.set_property(*id, "firstindex", count(before.iter().map(|c| c.len_utf16()).sum()));
            self.set_property(*id, "length", count(part(start, end).known_units().map_or(0, |units| units.len())));
            self.set_property(*id, "submatches", inner);
            self.fill(*to, vec![(Value::Missing, one.clone())]);
        }
        list
    }

    /// Puts values behind those an object holds.
    fn fill(&mut self, id: u32, values: Vec<(Value, Value)>) {
        if let Some(object) = self.touch_object(id) {
            Rc::make_mut(&mut object.items).extend(values);
        }
    }

    pub(super) fn collection_member(&mut self, id: u32, name: &str, first: &Value, given: &[Given]) -> Value {
        self.spend(2);
        let Some(object) = self.object(id) else { return Value::Unknown };
        if object.blurred {
            return Value::Unknown;
        }
        let at = match first {
            Value::Text(..) => {
                let wanted = first.known().unwrap_or_default();
                object.items.iter().position(|(key, _)| key.known().is_some_and(|key| same(&key, &wanted)))
            }
            other => other.integer().and_then(|n| usize::try_from(n.saturating_sub(1)).ok()),
        };
        let length = object.items.len();
        match name {
            "add" => {
                let mut given = placed(given, &["item", "key", "before", "after"]).into_iter();
                let value = given.next().flatten().unwrap_or(Value::Unknown);
                let mut next = || given.next().flatten();
                let (entry, before, after) = (next(), next(), next());
                let entry = entry.map_or(Value::Missing, |entry| self.plain(entry));
                let value = self.keep(value);
                let place = |wanted: Value, items: &[(Value, Value)]| match &wanted {
                    Value::Text(..) => items.iter().position(|(key, _)| *key == wanted),
                    other => other.integer().and_then(|n| usize::try_from(n.saturating_sub(1)).ok()),
                };
                if let Some(object) = self.touch_object(id) {
                    let items = Rc::make_mut(&mut object.items);
                    let at = match (before, after) {
                        (Some(before), _) => place(before, items),
                        (None, Some(after)) => place(after, items).map(|at| at.saturating_add(1)),
                        (None, None) => Some(items.len()),
                    };
                    match at.filter(|at| *at <= items.len()) {
                        Some(at) => items.insert(at, (entry, value)),
                        None => object.blurred = true,
                    }
                }
                count(length)
            }
            "count" => count(length),
            "item" => at
                .and_then(|at| self.object(id).and_then(|object| object.items.get(at)))
                .map_or(Value::Unknown, |(_, value)| value.clone()),
            "remove" => {
                if let Some(object) = self.touch_object(id) {
                    let entries = Rc::make_mut(&mut object.items);
                    match at.filter(|at| *at < entries.len()) {
                        Some(at) => {
                            entries.remove(at);
                        }
                        None => object.blurred = true,
                    }
                }
                Value::Empty
            }
            "toarray" => {
                let items = self.object(id).map(|object| Rc::clone(&object.items)).unwrap_or_default();
                Value::list(items.iter().map(|(_, value)| value.clone()).collect())
            }
            _ => Value::Unknown,
        }
    }

    /// An XML document and its elements: attackers have them decode Base64 and hexadecimal digits.
    pub(super) fn dom_member(&mut self, id: u32, name: &str, first: &Value) -> Value {
        match name {
            "createelement" | "createnode" | "documentelement" | "selectsinglenode" | "createtextnode"
            | "createcdatasection" => {
                if name != "createelement"
                    && name != "createnode"
                    && let Some(kept) = self.property(id, "child")
                {
                    return kept;
                }
                let made = self.child("dom");
                self.set_property(id, "child", made.clone());
                if let (Value::Object(child), "createtextnode" | "createcdatasection") = (&made, name) {
                    self.set_property(*child, "text", first.clone());
                }
                made
            }
            "nodetypedvalue" => {
                let (text, bytes) = (self.property(id, "text"), self.property(id, "bytes"));
                if let Some(bytes) = bytes {
                    return bytes;
                }
                let kind =
                    self.property(id, "datatype").and_then(|kind| kind.known()).unwrap_or_default().to_lowercase();
                match (text.and_then(|text| text.known_units()), kind.as_str()) {
                    (Some(units), "bin.base64") => {
                        self.spend(units.len() as u64 / 4);
                        Value::bytes(&texts::base64(&units))
                    }
                    (Some(units), "bin.hex") => {
                        self.spend(units.len() as u64 / 4);
                        Value::bytes(&texts::hexadecimal(&units))
                    }
                    (Some(units), _) => Value::Text(units, true),
                    _ => Value::Unknown,
                }
            }
            "text" | "nodevalue" | "xml" => {
                let kind =
                    self.property(id, "datatype").and_then(|kind| kind.known()).unwrap_or_default().to_lowercase();
                match self.property(id, "bytes") {
                    Some(Value::Array(array)) => match (array.to_bytes(), kind.as_str()) {
                        (Some(bytes), "bin.base64") => Value::text(&texts::to_base64(&bytes)),
                        (Some(bytes), "bin.hex") => {
                            Value::text(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
                        }
                        _ => Value::Unknown,
                    },
                    _ => self.property(id, "text").unwrap_or(Value::Unknown),
                }
            }
            "appendchild" => Value::Object(id),
            "load" => {
                if first.shown().is_some_and(|url| url.contains("://")) {
                    self.act(ActionKind::Fetch, first, true);
                }
                Value::Unknown
            }
            "loadxml" => {
                // `<a>text</a>`: what its only element holds.
                if let Some(xml) = first.known() {
                    let inner =
                        xml.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</")).map(|(inner, _)| inner);
                    let made = self.child("dom");
                    if let (Value::Object(child), Some(inner)) = (&made, inner.filter(|inner| !inner.contains('<'))) {
                        self.set_property(*child, "text", Value::text(inner));
                    }
                    self.set_property(id, "child", made);
                }
                Value::Bool(true)
            }
            "transformnode" | "transformnodetoobject" => {
                self.act(ActionKind::Run, &Value::Unknown, false);
                Value::Unknown
            }
            _ => self.property(id, name).unwrap_or(Value::Unknown),
        }
    }
}

/// Matches of one pattern that are kept.
const MATCHES: usize = 4096;

/// Arguments in the order of their names; what was left out is none.
fn placed(given: &[Given], names: &[&str]) -> Vec<Option<Value>> {
    let mut placed = vec![None; names.len()];
    for (at, given) in given.iter().enumerate() {
        let named = given.name.as_ref().and_then(|name| names.iter().position(|known| **known == **name));
        if let Some(slot) = placed.get_mut(named.unwrap_or(at)) {
            *slot = (given.value != Value::Missing).then(|| given.value.clone());
        }
    }
    placed
}

pub(super) fn encoding(class: &str, name: &str, first: &Value) -> Value {
    match (name, first) {
        ("getbytes" | "getbytes_4", Value::Text(units, true)) => {
            if class == "utf16" {
                Value::bytes(&units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>())
            } else {
                Value::bytes(String::from_utf16_lossy(units).as_bytes())
            }
        }
        ("getstring", Value::Array(array)) => array
            .to_bytes()
            .map_or(Value::Unknown, |bytes| decoded(&bytes, if class == "utf16" { "" } else { "utf-8" })),
        _ => Value::Unknown,
    }
}

/// Bytes as text, as a stream with this Charset reads them.
pub(super) fn decoded(bytes: &[u8], charset: &str) -> Value {
    match charset.to_lowercase().as_str() {
        "utf-8" | "utf8" => Value::text(&String::from_utf8_lossy(bytes)),
        "" | "unicode" | "utf-16" | "utf-16le" => Value::from_units(texts::of_bytes(bytes), true),
        _ => Value::from_units(bytes.iter().map(|byte| texts::from_ansi(u16::from(*byte))).collect(), true),
    }
}
