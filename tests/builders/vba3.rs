//! Macros of Excel 5 and 95 (VBA 3): names in `dir`, p-code in one stream per module, no source.

use super::Fixture;
use super::xls::{bound_sheet, workbook};

/// The names of a project, in the order of their entries.
#[derive(Default)]
struct Names(Vec<&'static str>);

impl Names {
    /// Where the entry of a name stands: three of ten bytes in 32.
    fn place(&mut self, name: &'static str) -> [u8; 2] {
        let index = self.0.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.0.push(name);
            self.0.len() - 1
        });
        ((index / 3 * 32 + index % 3 * 10) as u16).to_le_bytes()
    }

    fn dir(&self) -> Vec<u8> {
        let (mut table, mut pool) = (Vec::new(), Vec::new());
        for (index, name) in self.0.iter().enumerate() {
            table.extend([0x5A, 0xA5, 0xFF, 0xFF, 0xFF, 0xFF]);
            table.extend((pool.len() as u16).to_le_bytes());
            table.extend([0xC2, 0xFF]);
            if index % 3 == 2 {
                table.extend([0, 0]);
            }
            pool.extend(name.as_bytes());
            pool.push(0);
            pool.resize(pool.len().next_multiple_of(2), 0);
        }
        let mut out = vec![0xCC, 0x61, 4, 0, 0xCC, 0x5D, 0x0B, 0, 0, 0];
        // The language and its code page.
        out.extend([1, 0, 9, 4, 0, 0, 1, 0, 0, 0, 0xE4, 4]);
        out.extend([0xFF; 40]);
        out.extend(block(0, &table));
        out.extend(block(0, &pool));
        out
    }
}

fn block(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [&[0xFF, 0xFF, 1, kind][..], &(bytes.len() as u32).to_le_bytes(), bytes].concat()
}

#[derive(Default)]
struct Code {
    lines: Vec<Vec<u8>>,
    records: Vec<u8>,
}

impl Code {
    fn line(&mut self, operations: &[&[u8]]) {
        self.lines.push(operations.concat());
    }

    fn sub(&mut self, name: [u8; 2]) {
        let at = (self.records.len() as u16).to_le_bytes();
        self.records.extend([0x8B, 0x10, 0xFF, 0xFF]);
        self.records.extend(name);
        self.records.extend([0xFF; 22]);
        self.line(&[&[0x8E, 4], &at]);
    }

    fn end_sub(&mut self) {
        self.line(&[&[0x6B, 0]]);
    }

    fn stream(&self) -> Vec<u8> {
        let mut out = vec![1, 8, 1, 0, 0xB6, 0];
        out.extend(block(1, &[]));
        out.extend([0; 18]);
        let places = out.len();
        out.resize(places + 31, 0);
        let put = |out: &mut Vec<u8>, at: usize, value: usize| {
            out[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes());
        };
        let at = out.len() - 2;
        put(&mut out, places + 8, at);
        out.extend(block(1, &self.records));
        let at = out.len() - 0x3C;
        put(&mut out, places + 27, at);
        out.extend([0xFE, 0xCA, 0, 0]);
        out.extend((self.lines.len() as u16).to_le_bytes());
        let mut code = Vec::new();
        for line in &self.lines {
            out.extend([0, 1, 0, 0, 1, 1]);
            out.extend((line.len() as u16).to_le_bytes());
            out.extend([0, 0]);
            out.extend((code.len() as u16).to_le_bytes());
            code.extend(line);
            code.resize(code.len().next_multiple_of(4), 0);
        }
        out.extend(block(1, &code));
        out
    }
}

/// LitStr.
fn text(text: &str) -> Vec<u8> {
    let mut out = vec![0xAD, 0];
    out.extend((text.len() as u16).to_le_bytes());
    out.extend(text.as_bytes());
    out.resize(out.len().next_multiple_of(2), 0);
    out
}

/// A name, a member of an object, a function with one argument, a statement with arguments.
fn load(name: [u8; 2]) -> Vec<u8> {
    [&[0x20, 0], &name[..]].concat()
}

fn apply(name: [u8; 2]) -> Vec<u8> {
    [&[0x24, 0], &name[..], &[1, 0]].concat()
}

fn call(name: [u8; 2], arguments: u8) -> Vec<u8> {
    [&[0x41, 0x40], &name[..], &[arguments, 0]].concat()
}

fn call_member(name: [u8; 2]) -> Vec<u8> {
    [&[0x42, 0x40], &name[..], &[0, 0]].concat()
}

fn book(names: &Names, code: &Code) -> Vec<u8> {
    workbook(&[bound_sheet("Sheet1", 0, 0)])
        .stream("_VBA_PROJECT/dir", names.dir())
        .stream("_VBA_PROJECT/24bb04edb", code.stream())
        .build()
}

/// `Auto_Open` starts a program whose name is put together.
fn starts() -> Vec<u8> {
    let (mut names, mut code) = (Names::default(), Code::default());
    names.place("VBA");
    code.sub(names.place("Auto_Open"));
    let shell = names.place("Shell");
    code.line(&[&text("cmd /c "), &text("echo unopened"), &[0x11, 0], &call(shell, 1)]);
    code.end_sub();
    book(&names, &code)
}

/// What the recorder wrote.
fn recorded() -> Vec<u8> {
    let (mut names, mut code) = (Names::default(), Code::default());
    names.place("VBA");
    code.sub(names.place("Macro1"));
    let (range, select) = (names.place("Range"), names.place("Select"));
    code.line(&[&text("L15"), &apply(range), &call_member(select)]);
    let (selection, copy) = (names.place("Selection"), names.place("Copy"));
    code.line(&[&load(selection), &call_member(copy)]);
    code.end_sub();
    book(&names, &code)
}

/// A procedure with a parameter, whose name nobody knows.
fn parameters() -> Vec<u8> {
    let (mut names, mut code) = (Names::default(), Code::default());
    let go = names.place("Go");
    code.sub(names.place("Auto_Open"));
    code.line(&[&text("cmd /c echo unopened"), &call(go, 1)]);
    code.end_sub();
    code.sub(go);
    let (what, shell) = (names.place("what"), names.place("Shell"));
    code.line(&[&load(what), &call(shell, 1)]);
    code.end_sub();
    book(&names, &code)
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    vec![
        Fixture::new("vba3-starts", "old.xls", starts()),
        Fixture::new("vba3-recorded", "old.xls", recorded()).honest(),
        Fixture::new("vba3-parameters", "old.xls", parameters()),
    ]
}
