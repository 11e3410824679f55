//! P-code back to source, good enough to be read like what its author wrote.
//!
//! P-code keeps the order and the parentheses of the source: every expression is a walk over a stack of texts. What
//! cannot be told leaves a gap, never an end.

use std::collections::BTreeSet;

use super::cache::{Cache, Operation};
use super::names::Names;
use super::operations::{Access, Effect};
use super::records::Records;
use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};

/// Most bytes that are moved for one line. VBA lines end at 1 023 characters, and 25 of them may be joined.
const STATEMENT: usize = 1 << 20;

/// Writes the source of a module; lines of what nobody can name are left out.
pub(crate) fn decompile(
    cache: &Cache<'_>,
    names: &Names,
    decode: impl Fn(&[u8]) -> String,
    budget: &Budget,
) -> Result<String> {
    let mut out = String::new();
    let mut writer = Writer {
        records: Records::new(cache, names),
        decode: &decode,
        stack: Vec::new(),
        size: 0,
        declaring: None,
        is_enumeration: false,
        has_end: false,
    };
    let most = usize::try_from(budget.limits().artifact_bytes).unwrap_or(usize::MAX);
    let blocks = Blocks::read(cache);
    for (index, line) in cache.lines.iter().enumerate() {
        writer.is_enumeration = blocks.enumerations.contains(&index);
        writer.has_end = blocks.procedures.contains(&index);
        for operation in cache.line(*line) {
            budget.steps(4)?;
            writer.take(&operation);
            if writer.size > STATEMENT {
                // No compiler writes this; what follows of the line cannot be trusted either.
                break;
            }
        }
        budget.steps(writer.size as u64 >> 3)?;
        writer.finish(&mut out);
        if out.len() > most {
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
    }
    Ok(out)
}

/// What only later lines tell of a line.
#[derive(Default)]
struct Blocks {
    /// Lines that begin an Enum: its end tells it from a Type.
    enumerations: BTreeSet<usize>,
    /// Lines that begin a procedure with an end; others are imported functions.
    procedures: BTreeSet<usize>,
}

impl Blocks {
    fn read(cache: &Cache<'_>) -> Self {
        let mut blocks = Self::default();
        let (mut block, mut procedure) = (None, None);
        for (index, line) in cache.lines.iter().enumerate() {
            for operation in cache.line(*line) {
                match operation.effect {
                    Effect::TypeBlock => block = Some(index),
                    Effect::Procedure => procedure = Some(index),
                    Effect::Push("End Enum") => blocks.enumerations.extend(block.take()),
                    Effect::Push("End Sub" | "End Function" | "End Property") => {
                        blocks.procedures.extend(procedure.take());
                    }
                    _ => {}
                }
            }
        }
        blocks
    }
}

pub(super) struct Writer<'w, 'c, 'a> {
    pub(super) records: Records<'c, 'a>,
    decode: &'w dyn Fn(&[u8]) -> String,
    pub(super) stack: Vec<String>,
    /// Bytes written for this line so far.
    size: usize,
    pub(super) declaring: Option<Declaring>,
    /// Whether the line begins an Enum.
    pub(super) is_enumeration: bool,
    /// Whether the procedure that the line begins has an end.
    pub(super) has_end: bool,
}

/// A declaration under way.
pub(super) struct Declaring {
    /// What the next variable is put behind.
    pub(super) words: String,
    pub(super) constant: bool,
    /// How much stood on the stack before its bounds or value.
    pub(super) from: usize,
}

impl Writer<'_, '_, '_> {
    pub(super) fn push(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.size = self.size.saturating_add(text.len());
        self.stack.push(text);
    }

    pub(super) fn pop(&mut self) -> String {
        self.stack.pop().unwrap_or_default()
    }

    /// The `count` topmost operands, separated by commas.
    fn list(&mut self, count: usize) -> String {
        let from = self.stack.len().saturating_sub(count);
        self.stack.split_off(from).join(", ")
    }

    fn name(&self, operation: &Operation<'_>) -> String {
        let name = self.records.name(operation.name);
        match operation.flags {
            // Type suffixes; 32 marks a [foreign name].
            2 => name + "%",
            3 => name + "&",
            4 => name + "!",
            5 => name + "#",
            6 => name + "@",
            8 => name + "$",
            32 => format!("[{name}]"),
            _ => name,
        }
    }

    /// What is loaded, stored or called: `object.name(arguments)`.
    fn target(&mut self, operation: &Operation<'_>, access: Access, arguments: Option<usize>) -> String {
        let name = if access == Access::Index { String::new() } else { self.name(operation) };
        let object = match access {
            Access::Member | Access::Dictionary | Access::Index => self.pop(),
            _ => String::new(),
        };
        let joint = match access {
            Access::Bare | Access::Index => "",
            Access::Member | Access::With => ".",
            Access::Dictionary | Access::WithDictionary => "!",
        };
        let arguments = arguments.map(|count| format!("({})", self.list(count))).unwrap_or_default();
        object + joint + &name + &arguments
    }

    fn take(&mut self, operation: &Operation<'_>) {
        let count = usize::from(operation.word);
        match operation.effect {
            Effect::Ignore => {}
            Effect::Push(text) => self.push(text),
            Effect::Binary(operator) => {
                let right = self.pop();
                let mut left = self.pop();
                left += operator;
                left += &right;
                // Long sums grow at their end: only what was added counts.
                self.size = self.size.saturating_add(right.len()).saturating_add(operator.len());
                self.stack.push(left);
            }
            Effect::Around(before, behind) => {
                let inner = self.pop();
                self.push(format!("{before}{inner}{behind}"));
            }
            Effect::Apply(function, arguments) => self.apply(function, usize::from(arguments)),
            Effect::ApplyFlags(function) => self.apply(function, usize::from(operation.flags)),
            Effect::ApplyBound(function) => self.apply(function, count.saturating_add(1)),
            Effect::List(statement) => {
                let list = self.list(count);
                self.push(format!("{statement}{list}"));
            }
            Effect::Load(access, has_arguments) => {
                let text = self.target(operation, access, has_arguments.then_some(count));
                self.push(text);
            }
            Effect::Store(access, has_arguments, is_set) => {
                let target = self.target(operation, access, has_arguments.then_some(count));
                let value = self.pop();
                self.push(format!("{}{target} = {value}", if is_set { "Set " } else { "" }));
            }
            Effect::Call(access) => self.call(operation, access),
            Effect::RaiseEvent(access) => {
                let target = self.target(operation, access, Some(count));
                self.push(format!("RaiseEvent {target}"));
            }
            Effect::AddressOf(is_member) => {
                let access = if is_member { Access::Member } else { Access::Bare };
                let target = self.target(operation, access, None);
                self.push(format!("AddressOf {target}"));
            }
            _ => self.take_statement(operation),
        }
    }

    fn apply(&mut self, function: &str, arguments: usize) {
        let list = self.list(arguments);
        self.push(format!("{function}({list})"));
    }

    /// A call as a statement: with the word Call, arguments stand in parentheses.
    fn call(&mut self, operation: &Operation<'_>, access: Access) {
        let called = operation.flags < 16;
        let mut operation = *operation;
        operation.flags &= 15;
        let mut target = self.target(&operation, access, None);
        let arguments = self.list(usize::from(operation.word));
        target = match (called, arguments.is_empty()) {
            (true, true) => format!("Call {target}"),
            (true, false) => format!("Call {target}({arguments})"),
            (false, true) => target,
            (false, false) => format!("{target} {arguments}"),
        };
        self.push(target);
    }

    fn take_statement(&mut self, operation: &Operation<'_>) {
        let count = usize::from(operation.word);
        match operation.effect {
            Effect::Case(relation) => {
                let value = self.pop();
                self.case(&format!("{relation}{value}"));
            }
            Effect::CaseTo => {
                let (to, from) = (self.pop(), self.pop());
                self.case(&format!("{from} To {to}"));
            }
            Effect::For(has_step) => {
                let step = if has_step { format!(" Step {}", self.pop()) } else { String::new() };
                let (to, from, variable) = (self.pop(), self.pop(), self.pop());
                self.push(format!("For {variable} = {from} To {to}{step}"));
            }
            Effect::ForEach => {
                let (collection, variable) = (self.pop(), self.pop());
                self.push(format!("For Each {variable} In {collection}"));
            }
            Effect::Next => {
                let variable = self.pop();
                match self.stack.last_mut().filter(|top| top.starts_with("Next ")) {
                    Some(top) => *top += &format!(", {variable}"),
                    None => self.push(format!("Next {variable}")),
                }
            }
            Effect::Goto(statement) => {
                let name = self.records.name(operation.name);
                self.push(format!("{statement}{name}"));
            }
            Effect::OnError => {
                let name = self.records.name(operation.name);
                self.push(match operation.flags {
                    1 => "On Error Resume Next".to_owned(),
                    2 => "On Error GoTo 0".to_owned(),
                    _ => format!("On Error GoTo {name}"),
                });
            }
            Effect::Resume => {
                let name = self.records.name(operation.name);
                self.push(match operation.flags {
                    0 => format!("Resume {name}"),
                    1 => "Resume Next".to_owned(),
                    _ => "Resume".to_owned(),
                });
            }
            Effect::OnGoto(statement) => {
                let pairs = operation.bytes.as_chunks::<2>().0.iter();
                let names: Vec<_> = pairs.map(|pair| self.records.name(u16::from_le_bytes(*pair))).collect();
                let value = self.pop();
                self.push(format!("On {value}{statement}{}", names.join(", ")));
            }
            Effect::Label => {
                let name = self.records.name(operation.name);
                self.push(format!("{name}:"));
            }
            Effect::LineNumber => {
                let name = self.records.name(operation.name);
                self.push(name);
            }
            Effect::Named => {
                let (name, value) = (self.records.name(operation.name), self.pop());
                self.push(format!("{name}:={value}"));
            }
            Effect::Constant => {
                let (name, value) = (self.records.name(operation.name), self.pop());
                self.push(format!("#Const {name} = {value}"));
            }
            Effect::Statement => {
                if !self.stack.is_empty() {
                    self.close();
                    self.push(":");
                }
            }
            Effect::TypeOf(before, behind) => {
                let (object, class) = (self.pop(), self.records.object(operation.word));
                self.push(format!("{before}{object} Is {class}{behind}"));
            }
            Effect::New => {
                let class = self.records.object(operation.word);
                self.push(format!("New {class}"));
            }
            Effect::Redim(access) => self.redim(operation, access),
            Effect::Graphics(method) => {
                let (object, list) = (self.pop(), self.list(count.max(7)));
                self.push(format!("{object}.{method} {list}"));
            }
            _ => self.take_literal(operation),
        }
    }

    fn take_literal(&mut self, operation: &Operation<'_>) {
        match operation.effect {
            Effect::Text => {
                let text = literal(&(self.decode)(operation.bytes));
                self.push(text);
            }
            Effect::Number(radix, size) => self.push(number(operation.number | u64::from(operation.word), radix, size)),
            Effect::SmallNumber => self.push(operation.flags.to_string()),
            Effect::Float(4) => {
                let bits = u32::try_from(operation.number & 0xFFFF_FFFF).unwrap_or(0);
                self.push(f32::from_bits(bits).to_string());
            }
            Effect::Float(_) => self.push(f64::from_bits(operation.number).to_string()),
            Effect::Currency => {
                let value = operation.number.cast_signed();
                let (whole, part) = (value / 10_000, value.unsigned_abs() % 10_000);
                self.push(if part == 0 { whole.to_string() } else { format!("{whole}.{part:04}") });
            }
            Effect::Date => self.push(format!("CDate({})", f64::from_bits(operation.number))),
            Effect::Special => self.push(
                ["False", "True", "Null", "Empty"].get(usize::from(operation.flags)).copied().unwrap_or_default(),
            ),
            Effect::Comment(mark) => {
                let text = (self.decode)(operation.bytes);
                self.push(format!("{mark}{text}").replace(['\r', '\n'], " "));
            }
            Effect::Source => {
                let text = (self.decode)(operation.bytes);
                self.push(text);
            }
            Effect::Coerce => {
                let function = match operation.flags {
                    2 => "CInt",
                    3 => "CLng",
                    4 => "CSng",
                    5 => "CDbl",
                    6 => "CCur",
                    7 => "CDate",
                    8 => "CStr",
                    10 => "CVErr",
                    11 => "CBool",
                    17 => "CByte",
                    0 | 12 => "CVar",
                    _ => "CLngPtr",
                };
                self.apply(function, 1);
            }
            _ => self.take_file(operation),
        }
    }

    /// Statements about files, and text output.
    fn take_file(&mut self, operation: &Operation<'_>) {
        match operation.effect {
            Effect::Open => {
                let (length, channel, path) = (self.pop(), self.pop(), self.pop());
                let length = if length.is_empty() { length } else { format!(" Len = {length}") };
                self.push(format!("Open {path}{} As {channel}{length}", mode(operation.word)));
            }
            Effect::Name => {
                let (to, from) = (self.pop(), self.pop());
                self.push(format!("Name {from} As {to}"));
            }
            Effect::Record(statement) => {
                let (variable, number, channel) = (self.pop(), self.pop(), self.pop());
                self.push(format!("{statement}{channel}, {number}, {variable}"));
            }
            Effect::Assign(statement) => {
                let (target, value) = (self.pop(), self.pop());
                self.push(format!("{statement}{target} = {value}"));
            }
            Effect::MidStatement(statement) => {
                // The value comes first; a length follows only where one was written.
                let arguments = self.stack.len().saturating_sub(1).min(3);
                let list = self.list(arguments);
                let value = self.pop();
                self.push(format!("{statement}({list}) = {value}"));
            }
            Effect::Pair(statement) => {
                let list = self.list(2);
                self.push(format!("{statement}{list}"));
            }
            Effect::LineInput => {
                let (variable, channel) = (self.pop(), self.pop());
                self.push(format!("Line Input {channel}, {variable}"));
            }
            Effect::Lock(statement) => {
                let list = self.list(3);
                self.push(format!("{statement}{list}"));
            }
            Effect::Separator(mark) => self.push(mark),
            Effect::Item(mark) => {
                let item = self.pop();
                self.push(item + mark);
            }
            Effect::PrintObject => {
                let object = self.pop();
                self.push(if object.is_empty() { "Print".to_owned() } else { object + ".Print" });
            }
            _ => self.take_declaration(operation),
        }
    }

    fn case(&mut self, clause: &str) {
        match self.stack.last_mut().filter(|top| top.starts_with("Case ")) {
            Some(top) => *top += &format!(", {clause}"),
            None => self.push(format!("Case {clause}")),
        }
    }

    /// Ends a declaration.
    pub(super) fn close(&mut self) {
        self.declaring = None;
    }

    /// Writes the line.
    fn finish(&mut self, out: &mut String) {
        self.close();
        self.size = 0;
        for (at, text) in self.stack.drain(..).enumerate() {
            // `a: b`, `Dim a, b`, and no blank where nothing stands.
            let joined = text.starts_with([':', ',']) || text.is_empty() || at == 0;
            if !joined {
                out.push(' ');
            }
            out.push_str(&text);
        }
        out.push('\n');
    }
}

/// A string as it is written; what cannot stand between quotes is put together.
pub(super) fn literal(text: &str) -> String {
    let quoted = text.replace('"', "\"\"");
    if !quoted.contains(['\r', '\n', '\0', '\u{2028}', '\u{2029}']) {
        return format!("\"{quoted}\"");
    }
    let mut out = String::from("\"");
    for c in quoted.chars() {
        match c {
            '\r' | '\n' | '\0' => out += &format!("\" & Chr({}) & \"", u32::from(c)),
            '\u{2028}' | '\u{2029}' => out += &format!("\" & ChrW({}) & \"", u32::from(c)),
            _ => out.push(c),
        }
    }
    out + "\""
}

/// A whole number of 2, 4 or 8 bytes.
fn number(value: u64, radix: u32, size: u8) -> String {
    let [a, b, c, d, ..] = value.to_le_bytes();
    match (radix, size) {
        (16, _) => format!("&H{value:X}"),
        (8, _) => format!("&O{value:o}"),
        (_, 2) => i16::from_le_bytes([a, b]).to_string(),
        (_, 4) => i32::from_le_bytes([a, b, c, d]).to_string(),
        _ => value.cast_signed().to_string(),
    }
}

/// Mode, access and lock of Open.
fn mode(word: u16) -> String {
    let mode = match word & 0xFF {
        mode if mode & 0x01 != 0 => "Input",
        mode if mode & 0x02 != 0 => "Output",
        mode if mode & 0x04 != 0 => "Random",
        mode if mode & 0x08 != 0 => "Append",
        _ => "Binary",
    };
    let access = match word >> 8 & 0x0F {
        1 => " Access Read",
        2 => " Access Write",
        3 => " Access Read Write",
        _ => "",
    };
    let lock = match word >> 12 {
        lock if lock & 4 != 0 => " Shared",
        1 => " Lock Read Write",
        2 => " Lock Write",
        3 => " Lock Read",
        _ => "",
    };
    format!(" For {mode}{access}{lock}")
}
