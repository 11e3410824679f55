//! Sheets and workbooks of Excel 2, 3 and 4, which are no compound files, in the layouts that the file format description
//! of the OpenOffice.org project gives. The commands are inert.

use super::Fixture;

/// Excel 2, 3 or 4.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Version {
    Two,
    Three,
    Four,
}

use Version::{Four, Three, Two};

const WORKSHEET: u16 = 0x0010;
const MACROS: u16 = 0x0040;
const WORKBOOK: u16 = 0x0100;

fn record(id: u16, body: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &(body.len() as u16).to_le_bytes(), body].concat()
}

impl Version {
    /// One of three numbers.
    const fn of<T: Copy>(self, numbers: [T; 3]) -> T {
        numbers[self as usize]
    }

    fn bof(self, kind: u16) -> Vec<u8> {
        let body = [self.of([2_u16, 3, 4]).to_le_bytes(), kind.to_le_bytes(), [0; 2]].concat();
        record(self.of([0x0009, 0x0209, 0x0409]), &body[..self.of([4, 6, 6])])
    }

    /// Row, column, and attributes or the number of a format.
    fn head(self, row: u16, column: u16) -> Vec<u8> {
        [&row.to_le_bytes()[..], &column.to_le_bytes(), &[0; 3][..self.of([3, 2, 2])]].concat()
    }

    /// A size: of one byte in Excel 2.
    fn size(self, size: usize) -> Vec<u8> {
        (size as u16).to_le_bytes()[..self.of([1, 2, 2])].to_vec()
    }

    fn label(self, row: u16, column: u16, text: &str) -> Vec<u8> {
        let body = [self.head(row, column), self.size(text.len()), text.as_bytes().to_vec()].concat();
        record(self.of([0x0004, 0x0204, 0x0204]), &body)
    }

    fn number(self, row: u16, column: u16, value: f64) -> Vec<u8> {
        let body = [self.head(row, column), value.to_le_bytes().to_vec()].concat();
        record(self.of([0x0003, 0x0203, 0x0203]), &body)
    }

    fn formula(self, row: u16, column: u16, value: f64, rgce: &[u8]) -> Vec<u8> {
        let flags = vec![0; self.of([1, 2, 2])];
        let body = [self.head(row, column), value.to_le_bytes().to_vec(), flags, self.size(rgce.len()), rgce.to_vec()]
            .concat();
        record(self.of([0x0006, 0x0206, 0x0406]), &body)
    }

    /// NAME; Excel 2 repeats the size of the formula at the end.
    fn name(self, flags: u8, name: &str, rgce: &[u8]) -> Vec<u8> {
        let head = [flags, 0, 0, name.len() as u8];
        let last = &[rgce.len() as u8][..self.of([1, 0, 0])];
        let body = [&head[..], &self.size(rgce.len()), name.as_bytes(), rgce, last].concat();
        record(self.of([0x0018, 0x0218, 0x0218]), &body)
    }

    /// PtgFuncVar.
    fn call(self, number: u8, arguments: u8) -> Vec<u8> {
        [&[0x42, arguments, number][..], &[0][..self.of([0, 0, 1])]].concat()
    }

    /// PtgFunc.
    fn fixed(self, number: u8) -> Vec<u8> {
        [&[0x41, number][..], &[0][..self.of([0, 0, 1])]].concat()
    }

    /// A command of a macro sheet: PtgFuncCE up to Excel 3, PtgFuncVar with the highest bit in Excel 4.
    fn command(self, number: u8, arguments: u8) -> Vec<u8> {
        if self < Four { vec![0x58, arguments, number] } else { vec![0x42, arguments, number, 0x80] }
    }

    /// PtgAttr with spaces, which Excel 2 only has as a mark of what is volatile.
    fn attribute(self) -> Vec<u8> {
        self.of([&[0x19, 0x01, 0][..], &[0x19, 0x40, 0, 1], &[0x19, 0x40, 0, 1]]).to_vec()
    }

    /// PtgSheet, PtgName, PtgEndSheet: a name that a link defines, numbers from 1.
    fn linked(self, link: u8, name: u8) -> Vec<u8> {
        let sheet = [&[0x1A][..], &vec![0; self.of([4, 6, 6])], &[link, 0], &vec![0; self.of([1, 2, 2])]].concat();
        let name = [&[0x43, name, 0][..], &vec![0; self.of([5, 8, 8])]].concat();
        [sheet, name, vec![0x1B], vec![0; self.of([3, 4, 4])]].concat()
    }

    /// EXTERNSHEET, and EXTERNNAME with the cells it may stand for.
    fn link(self, path: &str, name: &str, cells: &[u8]) -> Vec<u8> {
        let flags = vec![0; self.of([0, 2, 2])];
        let cells = if cells.is_empty() { Vec::new() } else { [self.size(cells.len()), cells.to_vec()].concat() };
        let name = [flags, vec![name.len() as u8], name.as_bytes().to_vec(), cells].concat();
        [
            record(0x0017, &[&[path.len() as u8], path.as_bytes()].concat()),
            record(self.of([0x0023, 0x0223, 0x0223]), &name),
        ]
        .concat()
    }

    fn sheet(self, kind: u16, records: &[Vec<u8>]) -> Vec<u8> {
        [self.bof(kind), records.concat(), record(0x000A, &[])].concat()
    }

    /// A macro sheet that joins a command from two texts, starts it, and ends.
    fn exec(self, name: Vec<u8>) -> Vec<u8> {
        let join = [text("cmd.exe /c "), self.attribute(), text("echo hello"), vec![0x08], self.call(0x6E, 1)].concat();
        let records = [
            name,
            self.formula(0, 0, 0.0, &join),
            self.formula(1, 0, 0.0, &[text("done"), self.command(0x76, 1)].concat()),
            self.formula(2, 0, 0.0, &self.fixed(0x36)),
        ];
        self.sheet(MACROS, &records)
    }
}

fn text(text: &str) -> Vec<u8> {
    [&[0x17, text.len() as u8], text.as_bytes()].concat()
}

/// A cell of the same sheet, row and column from 0, with `$`.
fn cell(row: u8, column: u8) -> Vec<u8> {
    vec![0x24, row, 0, column]
}

/// A workbook of Excel 4: its macro takes the command from the other sheet.
fn workbook() -> Vec<u8> {
    let sheets = [
        ("Orders", Four.sheet(WORKSHEET, &[Four.label(0, 0, "Total"), Four.label(4, 1, "cmd.exe /c echo hello")])),
        (
            "Macro1",
            Four.sheet(
                MACROS,
                &[
                    Four.link("\u{1}\u{9}Orders", "\u{1}A", &cell(4, 1)),
                    Four.name(0x20, "\u{1}", &cell(0, 0)),
                    Four.formula(0, 0, 0.0, &[Four.linked(1, 1), Four.call(0x6E, 1)].concat()),
                    Four.formula(1, 0, 0.0, &Four.call(0x36, 0)),
                ],
            ),
        ),
    ];
    let mut out = Four.bof(WORKBOOK);
    let named: Vec<u8> =
        sheets.iter().flat_map(|(name, _)| record(0x0085, &[&[name.len() as u8], name.as_bytes()].concat())).collect();
    // SHEETSOFFSET: where the first of the heads stands.
    out.extend(record(0x008E, &((out.len() + named.len() + 8) as u32).to_le_bytes()));
    out.extend(named);
    for (name, sheet) in sheets {
        let head = [&(sheet.len() as u32).to_le_bytes()[..], &[name.len() as u8], name.as_bytes()].concat();
        out.extend(record(0x008F, &head));
        out.extend(sheet);
    }
    out.extend(record(0x000A, &[]));
    out
}

/// A price list: numbers, a sum, a name.
fn table(version: Version) -> Vec<u8> {
    let sum = [&[0x25, 0, 0, 1, 0, 1, 1][..], &version.call(0x04, 1)].concat();
    version.sheet(
        WORKSHEET,
        &[
            version.name(0, "Prices", &[0x25, 0, 0, 1, 0, 1, 1]),
            version.label(0, 0, "Paper"),
            version.number(0, 1, 120.0),
            version.label(1, 0, "Ink"),
            version.number(1, 1, 80.5),
            version.formula(2, 1, 200.5, &sum),
        ],
    )
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let auto = |version: Version| version.exec(version.name(0, "Auto_Open", &cell(0, 0)));
    let conversation = |version: Version| {
        let records =
            [version.link("cmd\u{3}/c echo hello", "A0", &[]), version.formula(0, 0, 0.0, &version.linked(1, 1))];
        version.sheet(WORKSHEET, &records)
    };
    let damaged = Three.sheet(
        MACROS,
        &[
            Three.name(0x20, "\u{1}", &cell(0, 0)),
            Three.formula(0, 0, 0.0, &[0x41, 0x6E]),
            Three.formula(1, 0, 0.0, &[text("done"), Three.command(0x76, 1)].concat()),
        ],
    );
    vec![
        Fixture::new("early-excel-2-auto-open", "order.xls", auto(Two)),
        Fixture::new("early-excel-3-auto-open", "order.xls", Three.exec(Three.name(0x20, "\u{1}", &cell(0, 0)))),
        Fixture::new("early-excel-4-auto-open", "order.xlm", auto(Four)),
        Fixture::new("early-excel-4-workbook", "order.xls", workbook()),
        Fixture::new("early-excel-3-damaged", "order.xls", damaged),
        Fixture::new("early-excel-2-dde", "order.xls", conversation(Two)),
        Fixture::new("early-excel-4-dde", "order.xls", conversation(Four)),
        Fixture::new("early-excel-2-table", "prices.xls", table(Two)),
        Fixture::new("early-excel-4-table", "prices.xls", table(Four)),
    ]
}
