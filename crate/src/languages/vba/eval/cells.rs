//! Sheets and cells as macros see them.

use std::rc::Rc;

use super::calls::Given;
use super::host::{MOST, same};
use super::machine::Machine;
use super::operators::{cell, count};
use super::value::{Array, Kind, Value, size};
use crate::languages::surroundings::Cell;
use crate::languages::xlm::formula::column_letters;

/// A rectangle of cells: sheet, first row and column, rows and columns.
pub(super) type Area = (Option<usize>, u32, u32, u32, u32);

impl Machine<'_, '_> {
    pub(super) fn sheet_named(&self, name: &str, code: bool) -> Option<usize> {
        let wanted = |sheet: &crate::languages::surroundings::Sheet| {
            if code { same(&sheet.code_name, name) } else { same(&sheet.name, name) }
        };
        self.around.sheets.iter().position(wanted)
    }

    pub(super) fn own_sheet(&self, module: usize) -> Option<usize> {
        self.outline.units.get(module).and_then(|unit| self.sheet_named(&unit.name, true))
    }

    pub(super) fn sheet_object(&mut self, sheet: Option<usize>) -> Value {
        let made = self.host_object("sheet");
        if let (Value::Object(id), Some(sheet)) = (&made, sheet) {
            self.set_property(*id, "sheet", count(sheet));
        }
        made
    }

    pub(super) fn sheet_member(&mut self, sheet: Option<usize>, name: &str, given: &[Given]) -> Value {
        match name {
            "range" | "evaluate" => {
                let first = self.plain_at(given, 0);
                let text = match first.known() {
                    Some(text) if given.len() < 2 => text,
                    _ => return Value::Unknown,
                };
                match self.area(&text, sheet) {
                    Some(area) => self.range(area),
                    None if name == "evaluate" => self.evaluated(&text),
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
            "rows" if given.is_empty() => self.range((sheet, 1, 1, 1 << 20, 1)),
            "columns" if given.is_empty() => self.range((sheet, 1, 1, 1, 1 << 14)),
            "usedrange" => {
                // The only sheet there is, whatever code calls it.
                let sheet = sheet.or_else(|| (self.around.sheets.len() == 1).then_some(0));
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
            "querytables" | "listobjects" => self.host_object("queries"),
            "shapes" => {
                let owner = sheet.and_then(|sheet| self.around.sheets.get(sheet)).map(|sheet| sheet.name.clone());
                let list = self.shapes(owner.as_deref());
                self.pick(&list, given)
            }
            "oleobjects" => {
                let wanted = self.plain_at(given, 0);
                let owner = sheet.and_then(|sheet| self.around.sheets.get(sheet));
                let owners = owner.map(|sheet| [sheet.name.clone(), sheet.code_name.clone()]).unwrap_or_default();
                let name = match &wanted {
                    Value::Text(..) => wanted.known(),
                    other => {
                        let at = other.integer().and_then(|n| usize::try_from(n.saturating_sub(1)).ok());
                        at.and_then(|at| self.controls_of(&owners).get(at).cloned())
                    }
                };
                match name.and_then(|name| self.find_control(&owners, &name)) {
                    Some(control) => self.holder(control),
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

    pub(super) fn range(&mut self, area: Area) -> Value {
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

    pub(super) fn area_of(&self, id: u32) -> Option<Area> {
        let n = |name: &str| self.property(id, name)?.integer().and_then(|n| u32::try_from(n).ok());
        let sheet = self.property(id, "sheet").and_then(|sheet| sheet.integer()).and_then(size);
        Some((sheet, n("row")?, n("column")?, n("rows")?, n("columns")?))
    }

    /// `A1`, `$A$1:B3`, `Sheet1!A1`, a defined name.
    pub(super) fn area(&self, text: &str, sheet: Option<usize>) -> Option<Area> {
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

    pub(super) fn cell_value(&self, sheet: Option<usize>, row: u32, column: u32) -> Value {
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
            None if self.around.sheets.get(sheet).is_some_and(|sheet| !sheet.cells.is_empty() && !sheet.cut) => {
                Value::Empty
            }
            None => Value::Unknown,
        }
    }

    pub(super) fn cell_of(&self, sheet: usize, row: u32, column: u32) -> Option<&Cell> {
        self.around.sheets.get(sheet)?.cells.get(&(row, column))
    }

    pub(super) fn range_value(&mut self, id: u32) -> Value {
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

    pub(super) fn range_member(&mut self, id: u32, name: &str, given: &[Given]) -> Value {
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
            "referstorange" => Value::Object(id),
            "refersto" => {
                let name = sheet.and_then(|sheet| self.around.sheets.get(sheet)).map(|sheet| sheet.name.clone());
                let place = |row: u32, column: u32| format!("${}${row}", column_letters(column));
                let last =
                    (row.saturating_add(rows).saturating_sub(1), column.saturating_add(columns).saturating_sub(1));
                name.map_or(Value::Unknown, |name| {
                    Value::text(&format!("='{name}'!{}:{}", place(row, column), place(last.0, last.1)))
                })
            }
            "resize" => {
                let size = |value: Value, old: u32| match value {
                    Value::Missing | Value::Unknown => Some(old),
                    value => number(value),
                };
                let (high, wide) = (self.plain_at(given, 0), self.plain_at(given, 1));
                match (size(high, rows), size(wide, columns)) {
                    (Some(rows), Some(columns)) => self.range((sheet, row, column, rows, columns)),
                    _ => Value::Unknown,
                }
            }
            "end" => match (self.plain_at(given, 0).integer(), sheet) {
                // xlUp: the last cell above that holds something.
                (Some(-4162), Some(at)) => self.last_cell(at, row, column),
                _ => Value::Unknown,
            },
            "find" => {
                let wanted = self.plain_at(given, 0).known().map(|wanted| wanted.to_lowercase());
                match (wanted, sheet) {
                    (Some(wanted), Some(at)) => self.found_cell(at, (row, column, rows, columns), &wanted),
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
}

/// Rows, columns and sizes of a part of a sheet.
type Part = (u32, u32, u32, u32);

impl Machine<'_, '_> {
    /// The lowest cell of a column that holds something, from a row up.
    fn last_cell(&mut self, sheet: usize, row: u32, column: u32) -> Value {
        let Some(found) = self.around.sheets.get(sheet).filter(|sheet| !sheet.cut && !sheet.cells.is_empty()) else {
            return Value::Unknown;
        };
        self.spend(found.cells.len() as u64 / 8);
        let rows = found.cells.keys().filter(|(r, c)| *c == column && *r <= row).map(|(r, _)| *r);
        let last = rows.max().unwrap_or(1);
        self.range((Some(sheet), last, column, 1, 1))
    }

    /// The first cell of a part whose text holds another, without its case.
    fn found_cell(&mut self, sheet: usize, (row, column, rows, columns): Part, wanted: &str) -> Value {
        let Some(found) = self.around.sheets.get(sheet).filter(|sheet| !sheet.cut && !sheet.cells.is_empty()) else {
            return Value::Unknown;
        };
        let weight: usize =
            found.cells.values().map(|cell| if let Cell::Text(text) = cell { text.len() } else { 1 }).sum();
        self.spend(weight as u64 / 8);
        let inside = |at: &(u32, u32)| {
            at.0.checked_sub(row).is_some_and(|by| by < rows) && at.1.checked_sub(column).is_some_and(|by| by < columns)
        };
        let holds = |cell: &Cell| matches!(cell, Cell::Text(text) if text.to_lowercase().contains(wanted));
        match found.cells.iter().find(|(at, cell)| inside(at) && holds(cell)).map(|(at, _)| *at) {
            Some((row, column)) => self.range((Some(sheet), row, column, 1, 1)),
            None => Value::Unknown,
        }
    }
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
