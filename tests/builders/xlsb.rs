//! Binary workbooks of Excel 2007 and later ([MS-XLSB]): a small writer of parts.

use super::ooxml::Package;

/// A record: type and length in seven bits a byte (2.1.4).
fn record(kind: u32, value: &[u8]) -> Vec<u8> {
    let number = |mut n: u32| {
        let mut bytes = Vec::new();
        while n > 0x7F {
            bytes.push((n & 0x7F) as u8 | 0x80);
            n >>= 7;
        }
        bytes.push(n as u8);
        bytes
    };
    [number(kind), number(value.len() as u32), value.to_vec()].concat()
}

/// XLWideString (2.5.169).
fn text(text: &str) -> Vec<u8> {
    let mut out = (text.encode_utf16().count() as u32).to_le_bytes().to_vec();
    out.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    out
}

/// A parsed formula (2.5.98): tokens, and nothing behind them.
fn tokens(rgce: &[u8]) -> Vec<u8> {
    [&(rgce.len() as u32).to_le_bytes()[..], rgce, &[0; 4]].concat()
}

/// BrtFmlaNum (2.4.679).
fn formula(column: u32, rgce: &[u8]) -> Vec<u8> {
    let mut value = column.to_le_bytes().to_vec();
    value.extend([0; 4 + 8 + 2]);
    value.extend(tokens(rgce));
    record(9, &value)
}

fn row(row: u32) -> Vec<u8> {
    let mut value = row.to_le_bytes().to_vec();
    value.extend([0; 13]);
    record(0, &value)
}

/// A sheet part: BrtBeginSheet … BrtEndSheet around the rows.
fn sheet(rows: &[Vec<u8>]) -> Vec<u8> {
    [record(129, &[]), record(145, &[]), rows.concat(), record(146, &[]), record(130, &[])].concat()
}

/// BrtBundleSh (2.4.311).
fn bundle(state: u32, id: u32, name: &str) -> Vec<u8> {
    let mut value = state.to_le_bytes().to_vec();
    value.extend(id.to_le_bytes());
    value.extend(text(&format!("rId{id}")));
    value.extend(text(name));
    record(156, &value)
}

/// BrtName (2.4.712) of the workbook.
fn name(name: &str, rgce: &[u8]) -> Vec<u8> {
    let mut value = vec![1, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
    value.extend(text(name));
    value.extend(tokens(rgce));
    record(39, &value)
}

fn workbook(records: &[Vec<u8>]) -> Package {
    let body = [record(131, &[]), records.concat(), record(132, &[])].concat();
    Package::binary_workbook(&body)
}

const SHEET: &str = "application/vnd.ms-excel.worksheet";
const MACRO_SHEET: &str = "application/vnd.ms-excel.macrosheet";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const MICROSOFT: &str = "http://schemas.microsoft.com/office/2006/relationships";

/// The link to the workbook itself, and the reference to one of its sheets.
fn own_sheet(sheet: u32) -> Vec<u8> {
    let value = [1, 0, sheet, sheet].iter().flat_map(|n: &u32| n.to_le_bytes()).collect::<Vec<_>>();
    [record(353, &[]), record(357, &[]), record(362, &value), record(354, &[])].concat()
}

/// A very hidden macro sheet that starts a program when the workbook opens.
pub(crate) fn exec() -> Vec<u8> {
    let command: Vec<u8> = "cmd.exe /c echo hello".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let exec = [&[0x17, 21, 0][..], &command, &[0x42, 1, 0x6E, 0]].concat();
    let macros = sheet(&[row(0), formula(0, &exec), row(1), formula(0, &[0x42, 0, 0x36, 0])]);
    let start = name("_xlnm.Auto_Open", &[0x3A, 0, 0, 0, 0, 0, 0, 0, 0]);
    workbook(&[bundle(0, 1, "Sheet1"), bundle(2, 2, "Macro1"), own_sheet(1), start])
        .related(&format!("{OFFICE}/worksheet"), "worksheets/sheet1.bin", false)
        .related(&format!("{MICROSOFT}/xlMacrosheet"), "macrosheets/sheet1.bin", false)
        .part("xl/worksheets/sheet1.bin", SHEET, &sheet(&[]))
        .part("xl/macrosheets/sheet1.bin", MACRO_SHEET, &macros)
        .build()
}

/// A sheet with a number, a text and a sum.
pub(crate) fn honest() -> Vec<u8> {
    let number = record(5, &[&[0; 8][..], &2.5_f64.to_le_bytes()].concat());
    let label = record(7, &[&[1, 0, 0, 0, 0, 0, 0, 0][..], &[0; 4]].concat());
    let sum = [&[0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &[0x42, 1, 4, 0]].concat();
    let texts =
        [record(159, &[1, 0, 0, 0, 1, 0, 0, 0]), record(19, &[&[0][..], &text("合計")].concat()), record(160, &[])];
    workbook(&[bundle(0, 1, "集計"), own_sheet(0)])
        .related(&format!("{OFFICE}/worksheet"), "worksheets/sheet1.bin", false)
        .related(&format!("{OFFICE}/sharedStrings"), "sharedStrings.bin", false)
        .part("xl/worksheets/sheet1.bin", SHEET, &sheet(&[row(0), number, label, row(1), formula(0, &sum)]))
        .part("xl/sharedStrings.bin", "application/vnd.ms-excel.sharedStrings", &texts.concat())
        .build()
}

/// Rows of numbers beside macros of either kind.
pub(crate) fn long_table(rows: u32, project: &[u8], has_macro_sheet: bool) -> Vec<u8> {
    let number = record(5, &[&[0; 8][..], &2.5_f64.to_le_bytes()].concat());
    let rows: Vec<Vec<u8>> = (0..rows).map(|n| [row(n), number.clone()].concat()).collect();
    let mut sheets = vec![bundle(0, 1, "Sheet1")];
    if has_macro_sheet {
        sheets.push(bundle(0, 2, "Macro1"));
    }
    sheets.push(name("Rates", &[0x1E, 5, 0]));
    workbook(&sheets)
        .related(&format!("{OFFICE}/worksheet"), "worksheets/sheet1.bin", false)
        .related(&format!("{MICROSOFT}/xlMacrosheet"), "macrosheets/sheet1.bin", false)
        .part("xl/worksheets/sheet1.bin", SHEET, &sheet(&rows))
        .part("xl/macrosheets/sheet1.bin", MACRO_SHEET, &sheet(&[row(0), formula(0, &[0x42, 0, 0x36, 0])]))
        .macros(project)
        .build()
}

/// A link to another program.
pub(crate) fn conversation(server: &str, topic: &str) -> Vec<u8> {
    let begin = [&[1, 0][..], &text(server), &text(topic)].concat();
    let link = [record(360, &begin), record(577, &text("A0")), record(588, &[])].concat();
    workbook(&[bundle(0, 1, "Sheet1"), record(353, &[]), record(355, &text("rId2")), record(354, &[])])
        .related(&format!("{OFFICE}/worksheet"), "worksheets/sheet1.bin", false)
        .related(&format!("{OFFICE}/externalLink"), "externalLinks/externalLink1.bin", false)
        .part("xl/worksheets/sheet1.bin", SHEET, &sheet(&[]))
        .part("xl/externalLinks/externalLink1.bin", "application/vnd.ms-excel.externalLink", &link)
        .build()
}

/// Connections that are refreshed when the workbook is opened, or not (2.1.7.24): BrtBeginExtConnection, and the address
/// in BrtBeginECWebProps.
pub(crate) fn connection(automatic: bool, address: &str) -> Vec<u8> {
    connected(automatic, address).build()
}

/// The same with a pivot table that shows it, whose cache is filled when the workbook is opened, or not (2.1.7.38):
/// BrtBeginPivotCacheDef, BrtBeginPCDSource.
pub(crate) fn pivot(loads: bool, address: &str) -> Vec<u8> {
    let begin = [&[3, 3, 3, if loads { 0x25 } else { 0x21 }, 0][..], &[0; 16]].concat();
    let parts = [record(179, &begin), record(185, &[1, 0, 0, 0, 1, 0, 0, 0]), record(186, &[]), record(180, &[])];
    connected(false, address)
        .related(&format!("{OFFICE}/pivotCacheDefinition"), "pivotCache/pivotCacheDefinition1.bin", false)
        .part(
            "xl/pivotCache/pivotCacheDefinition1.bin",
            "application/vnd.ms-excel.pivotCacheDefinition",
            &parts.concat(),
        )
        .build()
}

fn connected(automatic: bool, address: &str) -> Package {
    let mut begin = vec![6, 0, 0, 0, 0, 0, if automatic { 0x20 } else { 0 }, 0, 8, 0];
    begin.extend([4, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]);
    begin.extend(text("Rates"));
    let parts = [
        record(429, &[1, 0, 0, 0]),
        record(201, &begin),
        record(261, &[&[0, 0, 1][..], &text(address)].concat()),
        record(262, &[]),
        record(202, &[]),
        record(430, &[]),
    ];
    workbook(&[bundle(0, 1, "Sheet1")])
        .related(&format!("{OFFICE}/worksheet"), "worksheets/sheet1.bin", false)
        .related(&format!("{OFFICE}/connections"), "connections.bin", false)
        .part("xl/worksheets/sheet1.bin", SHEET, &sheet(&[]))
        .part("xl/connections.bin", "application/vnd.ms-excel.connections", &parts.concat())
}

/// A cell that fetches a page: `=WEBSERVICE("…")` by the name that functions newer than the format have.
pub(crate) fn fetch(address: &str) -> Vec<u8> {
    let letters: Vec<u8> = address.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let count = (letters.len() / 2) as u16;
    let call = [&[0x23, 1, 0, 0, 0, 0x17][..], &count.to_le_bytes(), &letters, &[0x42, 2, 0xFF, 0]].concat();
    workbook(&[bundle(0, 1, "Sheet1"), name("_xlfn.WEBSERVICE", &[0x1C, 0x1D])])
        .related(&format!("{OFFICE}/worksheet"), "worksheets/sheet1.bin", false)
        .part("xl/worksheets/sheet1.bin", SHEET, &sheet(&[row(0), formula(0, &call)]))
        .build()
}
