//! Declarations, written from their records.

use super::cache::Operation;
use super::operations::{Access, Effect};
use super::source::{Declaring, Writer, literal};

impl Writer<'_, '_, '_> {
    pub(super) fn take_declaration(&mut self, operation: &Operation<'_>) {
        match operation.effect {
            Effect::Declare | Effect::DeclareImplicitly => {
                self.close();
                let mut words = match operation.flags {
                    flags if flags & 0x04 != 0 => "Global ",
                    flags if flags & 0x08 != 0 => "Public ",
                    flags if flags & 0x10 != 0 => "Private ",
                    flags if flags & 0x20 != 0 => "Static ",
                    _ if operation.effect == Effect::Declare && operation.flags & 0x01 == 0 => "Dim ",
                    _ => "",
                }
                .to_owned();
                if operation.flags & 0x01 != 0 {
                    words += "Const ";
                }
                let constant = operation.flags & 0x01 != 0;
                self.declaring = Some(Declaring { words, constant, from: self.stack.len() });
            }
            Effect::Variable => self.variable(operation),
            Effect::Procedure | Effect::Event => self.procedure(operation),
            Effect::TypeBlock => {
                let number = self.records.variable_name(operation.record).unwrap_or(0);
                let name = self.records.name(number);
                self.push(format!("{} {name}", if self.is_enumeration { "Enum" } else { "Type" }));
            }
            Effect::Option => {
                let option = match operation.flags {
                    0 => "Base 0",
                    1 => "Base 1",
                    2 => "Compare Text",
                    3 => "Compare Binary",
                    4 => "Explicit",
                    5 => "Private Module",
                    _ => "Compare Database",
                };
                self.push(format!("Option {option}"));
            }
            _ => {}
        }
    }

    /// A declared variable. Between the word that began the declaration and this stand bounds, a length or a value.
    fn variable(&mut self, operation: &Operation<'_>) {
        let number = self.records.variable_name(operation.record).unwrap_or(0);
        let name = self.records.name(number);
        let kind = self.records.variable_type(operation.record);
        let Declaring { words, constant, from } = self.declaring.take().unwrap_or_else(|| Declaring {
            words: "Dim ".to_owned(),
            constant: false,
            from: self.stack.len(),
        });
        let extra = self.stack.split_off(from.min(self.stack.len()));
        let events = if operation.flags & 0x20 != 0 { "WithEvents " } else { "" };
        let text = match extra.as_slice() {
            [] => format!("{words}{events}{name}{kind}"),
            [value] if constant || kind.is_empty() => format!("{words}{name}{kind} = {value}"),
            [length] => format!("{words}{name}{kind} * {length}"),
            bounds => format!("{words}{name}({}){}", ranges(bounds), kind.trim_start_matches("()")),
        };
        self.push(text);
        // Another variable of the same statement follows without a word of its own.
        self.declaring = Some(Declaring { words: ", ".to_owned(), constant, from: self.stack.len() });
    }

    fn procedure(&mut self, operation: &Operation<'_>) {
        let Some(procedure) = self.records.procedure(operation) else { return };
        let mut defaults = self.stack.split_off(0).into_iter();
        let parameters: Vec<String> = procedure
            .parameters
            .iter()
            .map(|at| match self.records.parameter(*at) {
                (text, true) => match defaults.next().filter(|value| !value.is_empty()) {
                    Some(value) => format!("{text} = {value}"),
                    None => text,
                },
                (text, false) => text,
            })
            .collect();
        let name = self.records.name(procedure.name);
        let (scope, kind, parameters) = (procedure.scope, procedure.kind, parameters.join(", "));
        // An imported function has no end. Where its entry cannot be read, its name still says what it may be.
        let import = match procedure.import {
            None if self.records.hides_imports() => Some((String::new(), name.clone())),
            import => import,
        };
        self.push(match import.filter(|_| !self.has_end) {
            _ if operation.effect == Effect::Event => format!("Event {name}({parameters})"),
            Some((library, alias)) => {
                let alias = if alias == name { String::new() } else { format!(" Alias {}", literal(&alias)) };
                let library = literal(&library);
                format!("{scope}Declare {kind} {name} Lib {library}{alias}({parameters}){}", procedure.returns)
            }
            None => format!("{scope}{kind} {name}({parameters}){}", procedure.returns),
        });
    }

    pub(super) fn redim(&mut self, operation: &Operation<'_>, access: Access) {
        let object = match access {
            Access::Member => self.pop() + ".",
            Access::With => ".".to_owned(),
            _ => String::new(),
        };
        let bounds = self.stack.split_off(
            self.stack.iter().rposition(|text| text.starts_with("ReDim ")).map_or(0, |at| at.saturating_add(1)),
        );
        let name = self.records.name(operation.name);
        let text = format!("{object}{name}({})", ranges(&bounds));
        match self.stack.last_mut() {
            Some(top) => *top += &format!(", {text}"),
            None => {
                let preserve = if operation.flags & 16 != 0 { "Preserve " } else { "" };
                self.push(format!("ReDim {preserve}{text}"));
            }
        }
    }
}

/// Bounds of an array: pairs, where a lower bound that was not written is empty.
fn ranges(bounds: &[String]) -> String {
    let pairs: Vec<String> = bounds
        .chunks(2)
        .map(|pair| match pair {
            [from, to] if !from.is_empty() => format!("{from} To {to}"),
            [_, to] => to.clone(),
            _ => pair.join(""),
        })
        .collect();
    pairs.join(", ")
}
