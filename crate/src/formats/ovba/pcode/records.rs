//! Records of declarations: procedures, parameters, variables and their types.

use std::collections::HashMap;

use super::cache::{Cache, Operation};
use super::names::Names;

/// Most parameters of a procedure that are read: VBA allows 60.
const PARAMETERS: usize = 64;

/// First word of an imported function that is known by its number in the library.
const BY_ORDINAL: u16 = 1;

/// Reads the records of one cache.
pub(super) struct Records<'c, 'a> {
    cache: &'c Cache<'a>,
    names: &'c Names,
    /// Classes of other libraries, by their offset in the table of objects.
    external: HashMap<usize, String>,
}

/// The head of a procedure, or an imported function.
#[derive(Debug, Default)]
pub(super) struct Procedure {
    pub(super) name: u16,
    /// Offsets of its parameters.
    pub(super) parameters: Vec<usize>,
    /// `Sub`, `Function`, `Property Get` …
    pub(super) kind: &'static str,
    pub(super) scope: &'static str,
    pub(super) returns: String,
    /// Library and name in it, of an imported function.
    pub(super) import: Option<(String, String)>,
}

/// Names of types by their number; the upper bits are flags.
fn type_name(number: u8) -> &'static str {
    let pointer = number & 0x80 != 0;
    match number & 0x1F {
        2 => "Integer",
        3 if pointer => "LongPtr",
        3 => "Long",
        4 => "Single",
        5 => "Double",
        6 => "Currency",
        7 => "Date",
        8 => "String",
        9 => "Object",
        11 => "Boolean",
        12 => "Variant",
        17 => "Byte",
        20 if pointer => "LongPtr",
        20 => "LongLong",
        24 => "Any",
        _ => "",
    }
}

const USER_TYPE: u8 = 0x1D;

impl<'c, 'a> Records<'c, 'a> {
    pub(super) fn new(cache: &'c Cache<'a>, names: &'c Names) -> Self {
        let mut records = Self { cache, names, external: HashMap::new() };
        records.read_external();
        records
    }

    pub(super) fn name(&self, number: u16) -> String {
        match self.names.get(number, self.cache.compiler) {
            Some(name) => name.to_owned(),
            None if number == u16::MAX => "Me".to_owned(),
            None => format!("name_{number:04X}"),
        }
    }

    /// Whether 64-bit Office wrote the records.
    pub(super) const fn is_wide(&self) -> bool {
        self.cache.compiler.wide
    }

    /// Whether it is not known where a record says which library a function comes from.
    pub(super) const fn hides_imports(&self) -> bool {
        self.cache.compiler.wide || self.cache.compiler.is_vba3()
    }

    /// 1 where offsets are longer.
    const fn wide(&self) -> usize {
        if self.is_wide() { 1 } else { 0 }
    }

    /// Reads the record of a procedure.
    pub(super) fn procedure(&self, operation: &Operation<'_>) -> Option<Procedure> {
        let (records, compiler) = (self.cache.records, self.cache.compiler);
        let at = operation.record;
        if compiler.is_vba3() {
            let kind = if matches!(operation.flags, 2 | 6) { "Function" } else { "Sub" };
            return Some(Procedure { name: self.variable_name(at)?, kind, ..Procedure::default() });
        }
        let later =
            at.checked_add(self.wide().saturating_mul(16))?.checked_add(if compiler.is_vba5() { 0 } else { 4 })?;
        let flags = records.u16(at)?;
        let late_wide = compiler.wide && compiler.version > 0x97;
        let more = later.saturating_add(if late_wide { 6 } else { 0 });
        let options = records.u8(more.saturating_add(54)).unwrap_or(0);
        let modern = records.u8(more.saturating_add(57)).unwrap_or(0);
        let public = if compiler.is_vba5() { flags & 0x0008 != 0 } else { modern & 0x02 != 0 };
        let kind = match flags & 0xF000 {
            0x2000 => "Property Get",
            0x4000 => "Property Let",
            0x8000 => "Property Set",
            _ if matches!(operation.flags, 2 | 6) => "Function",
            _ => "Sub",
        };
        let mut procedure = Procedure {
            name: records.u16(at.checked_add(2)?)?,
            parameters: self.parameters(records.offset(later.checked_add(36)?).unwrap_or(0)),
            kind,
            scope: if public { "" } else { "Private " },
            returns: String::new(),
            import: None,
        };
        if flags & 0x0020 != 0 {
            procedure.returns = self.declared_type(later.checked_add(40)?);
        }
        let import = records.u16(later.checked_add(44)?).unwrap_or(u16::MAX);
        if options & 0x90 == 0 && import != u16::MAX {
            procedure.import = self.import(usize::from(import), procedure.name);
        }
        Some(procedure)
    }

    /// Offsets of the parameters: a list in which each points to the next.
    fn parameters(&self, first: usize) -> Vec<usize> {
        let mut parameters = Vec::new();
        let mut next = first;
        let link = 20_usize.saturating_add(self.wide().saturating_mul(4));
        while next != 0 && parameters.len() < PARAMETERS && !parameters.contains(&next) {
            let Some(name) = self.parameter_name(next) else { break };
            if name < 0xFFFE {
                parameters.push(next);
            }
            let Some(after) = self.cache.records.offset(next.saturating_add(link)) else { break };
            next = after;
        }
        parameters
    }

    pub(super) fn parameter_name(&self, at: usize) -> Option<u16> {
        self.cache.records.u16(at.checked_add(2)?)
    }

    /// A parameter as it is written.
    pub(super) fn parameter(&self, at: usize) -> (String, bool) {
        let records = self.cache.records;
        let later = at.saturating_add(self.wide().saturating_mul(4));
        let options = records.u16(later.saturating_add(24)).unwrap_or(0);
        let optional = options & 0x0200 != 0;
        let mut text = String::new();
        for (bit, word) in [(0x0001, "ParamArray "), (0x0200, "Optional "), (0x0004, "ByVal "), (0x0002, "ByRef ")] {
            if options & bit != 0 {
                text += word;
            }
        }
        text += &self.name(self.parameter_name(at).unwrap_or(0));
        if options & 0x0001 != 0 {
            text += "()";
        }
        if records.u16(at).unwrap_or(0) & 0x0020 != 0 {
            text += &self.declared_type(later.saturating_add(12));
        }
        (text, optional)
    }

    /// The number of the name of a variable; in VBA 3 the place of the next record stands before it.
    pub(super) fn variable_name(&self, at: usize) -> Option<u16> {
        self.cache.records.u16(at.checked_add(if self.cache.compiler.is_vba3() { 4 } else { 2 })?)
    }

    /// ` As New X`, or nothing.
    pub(super) fn variable_type(&self, at: usize) -> String {
        let records = self.cache.records;
        if self.cache.compiler.is_vba3() {
            return String::new();
        }
        let (has_type, is_new) = (
            records.u8(at).is_some_and(|flags| flags & 0x20 != 0),
            records.u8(at.saturating_add(1)).is_some_and(|flags| flags & 0x20 != 0),
        );
        if !has_type {
            return String::new();
        }
        let named = self.declared_type(at.saturating_add(12).saturating_add(self.wide().saturating_mul(4)));
        if is_new { named.replacen(" As ", " As New ", 1) } else { named }
    }

    /// The type at `at`: a number, or the offset of a description.
    fn declared_type(&self, at: usize) -> String {
        let records = self.cache.records;
        let Some(value) = records.u32(at) else { return String::new() };
        let [low, ..] = value.to_le_bytes();
        if value & 0xFFFF_0000 == 0xFFFF_0000 {
            return as_type(type_name(low));
        }
        let at = usize::try_from(value).unwrap_or(usize::MAX);
        let Some(flags) = records.u16(at) else { return String::new() };
        let number = records.u8(at.saturating_add(6)).unwrap_or(0);
        let array = if flags & 0x0800 != 0 { "()" } else { "" };
        let named = if flags & 0x02 != 0 {
            if number == USER_TYPE {
                self.object(records.u16(at.saturating_add(8)).unwrap_or(0))
            } else {
                type_name(number).to_owned()
            }
        } else {
            self.object(records.u16(at.saturating_add(2)).unwrap_or(0))
        };
        let named = if named.is_empty() { type_name(number).to_owned() } else { named };
        format!("{array}{}", as_type(&named))
    }

    /// The class or type a reference means; empty if that is not known.
    pub(super) fn object(&self, reference: u16) -> String {
        let shift = if self.cache.compiler.wide { 3 } else { 2 };
        let at = usize::from(reference >> shift).saturating_mul(10);
        let number = self.cache.objects.u16(at.saturating_add(6)).unwrap_or(0);
        if number == 0 || usize::from(number >> 1) < 0x100 {
            return self.external.get(&at).cloned().unwrap_or_default();
        }
        self.names.get(number, self.cache.compiler).unwrap_or_default().to_owned()
    }

    /// Behind the table of objects stand pairs of library and class for those of its entries that have no name.
    fn read_external(&mut self) {
        let objects = self.cache.objects;
        let nameless =
            |at: &usize| objects.u16(at.saturating_add(6)).is_some_and(|name| usize::from(name >> 1) < 0x100);
        let mut entries = (0..objects.all.len()).step_by(10).filter(nameless);
        let stream = self.cache.stream;
        let mut at = self.cache.objects_end;
        while stream.u16(at) == Some(u16::MAX) {
            let Some(size) = stream.offset(at.saturating_add(4)).filter(|size| *size >= 6) else { return };
            let mut pair = at.saturating_add(8);
            let end = pair.saturating_add(size);
            while pair.saturating_add(8) <= end {
                let (library, class) = (stream.u16(pair.saturating_add(2)), stream.u16(pair.saturating_add(4)));
                let (Some(library), Some(class), Some(entry)) = (library, class, entries.next()) else { return };
                let compiler = self.cache.compiler;
                if let (Some(library), Some(class)) =
                    (self.names.get(library, compiler), self.names.get(class, compiler))
                {
                    self.external.insert(entry, format!("{library}.{class}"));
                }
                pair = pair.saturating_add(8);
            }
            at = end;
        }
    }

    /// An imported function: the number of its library's name, and the offset of its own name there or its number in the
    /// library. In 64-bit Office the library stands in front of the entry, and the name in it.
    fn import(&self, at: usize, own: u16) -> Option<(String, String)> {
        let (imports, compiler) = (self.cache.imports, self.cache.compiler);
        let latin = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
        let ordinal;
        let (library, alias) = if compiler.wide {
            let late = compiler.version > 0x97;
            let before = at.checked_sub(2).filter(|_| late).and_then(|at| imports.u16(at));
            let alias = imports.zero_ended(at.checked_add(if late { 0x1C } else { 0x20 })?);
            (before.or_else(|| imports.u16(at.saturating_add(2))), alias)
        } else {
            let alias = imports.u16(at.checked_add(4)?)?;
            if imports.u16(at) == Some(BY_ORDINAL) {
                ordinal = format!("#{alias}");
                (imports.u16(at.checked_add(2)?), Some(ordinal.as_bytes()))
            } else {
                (imports.u16(at.checked_add(2)?), imports.zero_ended(usize::from(alias)))
            }
        };
        // A word of the language is no library: it stands elsewhere.
        let library = library.filter(|number| number >> 1 >= 0x100).and_then(|number| self.names.get(number, compiler));
        let alias = alias.filter(|alias| alias.len() > 1 && alias.iter().all(u8::is_ascii_graphic));
        let alias = alias.map_or_else(|| self.name(own), latin);
        Some((library.unwrap_or_default().to_owned(), alias))
    }
}

fn as_type(named: &str) -> String {
    if named.is_empty() { String::new() } else { format!(" As {named}") }
}

#[cfg(test)]
mod tests {
    use super::super::bytes::Bytes;
    use super::super::names::Compiler;
    use super::*;

    #[test]
    fn imported_functions_by_name_and_by_ordinal() {
        let table = [&[0, 0, 0x08, 2, 12, 0, 1, 0, 0x08, 2, 0x9D, 1][..], b"CopyFileA\0"].concat();
        let none = Bytes::default();
        let compiler = Compiler { version: 0xA3, wide: false };
        let imports = Bytes { all: &table, big: false };
        let lines = Vec::new();
        let cache = Cache { stream: none, compiler, imports, records: none, objects: none, objects_end: 0, lines };
        let names = Names::of(&["kernel32"]);
        let records = Records::new(&cache, &names);
        assert_eq!(records.import(0, 0), Some(("kernel32".to_owned(), "CopyFileA".to_owned())));
        assert_eq!(records.import(6, 0), Some(("kernel32".to_owned(), "#413".to_owned())));
    }
}
