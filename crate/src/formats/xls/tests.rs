//! Formulas of all three dialects.

use std::cell::Cell as Slot;

use super::links::{Book, Links, SheetReference, Target};
use super::tokens::{Context, Dialect, Formula, Tokens};
use crate::budget::{Budget, Limits};
use crate::codecs::encoding::WINDOWS_1252;
use crate::error::Error;

/// A workbook of two sheets and two names, with links to itself, to another workbook, to a program and to an add-in.
fn links() -> Links {
    let workbook = Target::Workbook { path: "C:\\data\\a.xls".into(), sheets: vec!["Prices".into()] };
    let conversation = Target::Conversation { server: "cmd".into(), topic: "/c x".into() };
    let named = |target, name: &str| Book { names: vec![name.into()], ..Book::new(target) };
    let sheet = |book, first| SheetReference { book, first };
    Links {
        books: vec![
            Book::new(Target::Own),
            named(workbook, "Rate"),
            named(conversation, "A0"),
            named(Target::AddIn, "_xlfn.CONCAT"),
        ],
        sheets: vec![sheet(0, 1), sheet(1, 0), sheet(2, -2), sheet(3, -2), sheet(0, -1)],
    }
}

fn read(dialect: Dialect, rgce: &[u8], rgcb: &[u8], base: (u32, u32)) -> Formula {
    let budget = Budget::new(Limits::default(), |_| ());
    let (sheets, names) = (["First".to_owned(), "Second one".to_owned()], ["Total".to_owned(), "Start".to_owned()]);
    let context = Context {
        dialect,
        encoding: WINDOWS_1252,
        sheets: &sheets,
        names: &names,
        links: &links(),
        budget: &budget,
        room: &Slot::new(1 << 24),
    };
    Tokens { rgce, rgcb }.tree(&context, base).unwrap()
}

/// A formula that is not damaged, as Excel writes it.
fn text(dialect: Dialect, rgce: &[u8], rgcb: &[u8]) -> String {
    let formula = read(dialect, rgce, rgcb, (9, 4));
    assert!(!formula.damaged, "{rgce:x?} {:?}", formula.expr);
    formula.expr.to_string()
}

#[test]
fn operators_and_literals() {
    let biff8 = |rgce: &[u8]| text(Dialect::Biff8, rgce, &[]);
    assert_eq!(biff8(&[0x1E, 1, 0, 0x1E, 2, 0, 0x03, 0x15, 0x1E, 3, 0, 0x05]), "(1+2)*3");
    assert_eq!(biff8(b"\x17\x02\0a\"\x17\x01\0b\x08\x1D\x01\x08"), "\"a\"\"\"&\"b\"&TRUE");
    assert_eq!(biff8(&[0x1C, 0x07, 0x13, 0x14]), "-#DIV/0!%");
    assert_eq!(biff8(&[0x1F, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F]), "0.5");
    // Spaces, a hint of IF, and a table of CHOOSE between the tokens of CHOOSE(2,"a","b").
    let choose =
        b"\x19\x40\x00\x01\x1E\x02\0\x19\x04\x02\0\x01\0\x02\0\x03\0\x17\x01\0a\x19\x08\x03\0\x17\x01\0b\x42\x03\x64\0";
    assert_eq!(biff8(choose), "CHOOSE(2,\"a\",\"b\")");
    assert_eq!(biff8(&[0x24, 0, 0, 0, 0xC0, 0x19, 0x10, 0, 0]), "SUM(A1)");
}

#[test]
fn references_of_every_width() {
    assert_eq!(text(Dialect::Biff5, &[0x44, 0x04, 0x80, 2], &[]), "$C5");
    assert_eq!(text(Dialect::Biff8, &[0x44, 4, 0, 2, 0x40], &[]), "C$5");
    assert_eq!(text(Dialect::Biff12, &[0x44, 4, 0, 1, 0, 2, 0xC0], &[]), "C65541");
    assert_eq!(text(Dialect::Biff8, &[0x25, 0, 0, 0xFF, 0xFF, 1, 0, 2, 0], &[]), "$B:$C");
    assert_eq!(text(Dialect::Biff8, &[0x25, 1, 0, 2, 0, 0, 0, 0xFF, 0], &[]), "$2:$3");
    // Offsets count from E10 and wrap: up two rows, left one column; up ten rows is the last row.
    assert_eq!(text(Dialect::Biff8, &[0x4C, 0xFE, 0xFF, 0xFF, 0xC0], &[]), "D8");
    assert_eq!(text(Dialect::Biff8, &[0x4C, 0xF6, 0xFF, 0, 0xC0], &[]), "E65536");
    assert_eq!(text(Dialect::Biff5, &[0x4C, 0xFF, 0xFF, 0xFF], &[]), "D9");
    assert_eq!(text(Dialect::Biff12, &[0x4C, 0xFF, 0xFF, 0x0F, 0, 0xFF, 0xFF], &[]), "D9");
    assert_eq!(text(Dialect::Biff8, &[0x2A, 0, 0, 0, 0, 0x2B, 0, 0, 0, 0, 0, 0, 0, 0, 0x10], &[]), "#REF!,#REF!");
}

#[test]
fn sheets_names_and_links() {
    let biff8 = |rgce: &[u8]| text(Dialect::Biff8, rgce, &[]);
    assert_eq!(biff8(&[0x3A, 0, 0, 0, 0, 0, 0]), "'Second one'!$A$1");
    assert_eq!(biff8(&[0x3B, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0]), "'C:\\data\\[a.xls]Prices'!$A$1:$A$2");
    assert_eq!(biff8(&[0x3A, 4, 0, 0, 0, 0, 0]), "#REF!");
    assert_eq!(biff8(&[0x43, 2, 0, 0, 0]), "Start");
    assert_eq!(biff8(&[0x59, 1, 0, 1, 0, 0, 0]), "'C:\\data\\a.xls'!Rate");
    assert_eq!(biff8(&[0x59, 2, 0, 1, 0, 0, 0]), "cmd|'/c x'!A0");
    let five = [&[0x5A, 0xFF, 0xFF][..], &[0; 8], &[1, 0, 1, 0], &[2, 0, 3]].concat();
    assert_eq!(text(Dialect::Biff5, &five, &[]), "'Second one'!$D$3");
    let name = [&[0x43, 1, 0][..], &[0; 12]].concat();
    assert_eq!(text(Dialect::Biff5, &name, &[]), "Total");
}

#[test]
fn functions_commands_and_what_others_define() {
    let biff8 = |rgce: &[u8]| text(Dialect::Biff8, rgce, &[]);
    assert_eq!(biff8(b"\x1E\x41\0\x41\x6F\0\x42\x01\x6E\0"), "EXEC(CHAR(65))");
    assert_eq!(biff8(b"\x17\x01\0a\x42\x01\x76\x80"), "ALERT(\"a\")");
    assert_eq!(biff8(b"\x43\x02\0\0\0\x16\x1E\x01\0\x42\x03\xFF\0"), "Start(,1)");
    assert_eq!(biff8(b"\x59\x03\0\x01\0\0\0\x1E\x01\0\x42\x02\xFF\0"), "CONCAT(1)");
    assert_eq!(biff8(b"\x42\x00\xEE\x02"), "FUNC.750()");
}

#[test]
fn array_constants_stand_behind_the_tokens() {
    let eight = [&[1, 0, 0, 1][..], &2.0_f64.to_le_bytes(), b"\x02\x01\0\0x"].concat();
    assert_eq!(text(Dialect::Biff8, &[0x60, 0, 0, 0, 0, 0, 0, 0], &eight), "{2,\"x\"}");
    let five = [&[1, 2, 0, 4][..], &[1, 0, 0, 0, 0, 0, 0, 0], b"\x02\x01x"].concat();
    assert_eq!(text(Dialect::Biff5, &[0x60, 0, 0, 0, 0, 0, 0, 0], &five), "{TRUE;\"x\"}");
    let twelve = [&[2, 0, 0, 0, 1, 0, 0, 0, 4, 0x2A, 0, 0, 0][..], b"\x01\x01\0x\0"].concat();
    assert_eq!(text(Dialect::Biff12, &[&[0x60][..], &[0; 14]].concat(), &twelve), "{#N/A;\"x\"}");
}

#[test]
fn formulas_before_excel_5() {
    let (two, three, four) = (Dialect::Biff2, Dialect::Biff3, Dialect::Biff4);
    // Functions have numbers of one byte up to Excel 3, commands a token of their own.
    assert_eq!(text(two, b"\x1E\x41\0\x41\x6F\x42\x01\x6E", &[]), "EXEC(CHAR(65))");
    assert_eq!(text(three, b"\x17\x01a\x58\x01\x76", &[]), "ALERT(\"a\")");
    // Those that take a varying number of arguments today took a fixed one.
    assert_eq!(text(two, b"\x1E\x01\0\x41\x46", &[]), "WEEKDAY(1)");
    assert_eq!(text(four, b"\x41\x36\0", &[]), "HALT()");
    // A hint of CHOOSE with its table, and memory that covers what follows, in widths of one byte and of two.
    assert_eq!(text(two, b"\x1E\x01\0\x19\x04\x01\x02\x04\x17\x01a\x42\x02\x64", &[]), "CHOOSE(1,\"a\")");
    assert_eq!(text(two, b"\x29\x04\x44\0\x80\0", &[]), "$A1");
    assert_eq!(text(three, b"\x29\x04\0\x44\0\x80\0", &[]), "$A1");
    let values = [&[2, 1, 0, 1][..], &2.0_f64.to_le_bytes(), b"\x02\x01x"].concat();
    assert_eq!(text(two, &[0x60, 0, 0, 0, 0, 0, 0], &values), "{2,\"x\"}");
    // References between PtgSheet and PtgEndSheet lead through a link; its number counts from 1.
    let linked = |dialect, before: usize, behind: usize, unused: usize, end: usize| {
        let sheet = [&[0x1A][..], &vec![0; before], &[3, 0], &vec![0; behind]].concat();
        let name = [&[0x43, 1, 0][..], &vec![0; unused], &[0x1B], &vec![0; end]].concat();
        text(dialect, &[sheet, name].concat(), &[])
    };
    assert_eq!(linked(two, 4, 1, 5, 3), "cmd|'/c x'!A0");
    assert_eq!(linked(four, 6, 2, 8, 4), "cmd|'/c x'!A0");
    assert_eq!(Tokens { rgce: &[1, 3, 0, 2], rgcb: &[] }.anchor(two), Some((3, 2)));
}

#[test]
fn damage_is_said_and_keeps_what_was_read() {
    for (rgce, expected) in [
        (&[0x44, 0][..], "…formula-tokens"),
        (&[0x1B], "…formula-tokens"),
        (&[0xFF], "…formula-tokens"),
        (&[], "…formula-tokens"),
        // An operator without operands, two results, a call before the damage.
        (&[0x03], "…formula-tokens+…formula-tokens"),
        (&[0x1E, 1, 0, 0x1E, 2, 0], "2"),
        (b"\x17\x01\0a\x42\x01\x6E\0\x1B", "EXEC(\"a\")"),
        (b"\x42\x05\x6E\0", "EXEC()"),
        (&[0x43, 9, 0, 0, 0], "…formula-tokens"),
        (&[0x60, 0, 0, 0, 0, 0, 0, 0], "…formula-tokens"),
    ] {
        let formula = read(Dialect::Biff8, rgce, &[], (0, 0));
        assert!(formula.damaged, "{rgce:x?}");
        assert_eq!(formula.expr.to_string(), expected, "{rgce:x?}");
    }
}

#[test]
fn trees_end_where_memory_does() {
    let budget = Budget::new(Limits::default(), |_| ());
    let names = ["n".repeat(255)];
    let context = Context {
        dialect: Dialect::Biff8,
        encoding: WINDOWS_1252,
        sheets: &[],
        names: &names,
        links: &Links::default(),
        budget: &budget,
        room: &Slot::new(1000),
    };
    let rgce = [0x43, 1, 0, 0, 0].repeat(100);
    let limit = Tokens { rgce: &rgce, rgcb: &[] }.tree(&context, (0, 0));
    assert!(matches!(limit, Err(Error::Limit(_))));
}

#[test]
fn shared_formulas_name_their_cell() {
    assert_eq!(Tokens { rgce: &[1, 3, 0, 2, 0], rgcb: &[] }.anchor(Dialect::Biff8), Some((3, 2)));
    assert_eq!(Tokens { rgce: &[1, 3, 0, 1, 0], rgcb: &[2, 0, 0, 0] }.anchor(Dialect::Biff12), Some((65_539, 2)));
    assert_eq!(Tokens { rgce: &[2, 3, 0, 2, 0], rgcb: &[] }.anchor(Dialect::Biff8), None);
}

mod streams {
    use super::super::{Need, Records, SheetReader, Survey};
    use super::*;
    use crate::source::Source;

    fn record(id: u16, body: &[u8]) -> Vec<u8> {
        [&id.to_le_bytes()[..], &u16::try_from(body.len()).unwrap().to_le_bytes(), body].concat()
    }

    fn bof(kind: u8) -> Vec<u8> {
        record(0x0809, &[0, 6, kind, 0, 0, 0, 0, 0])
    }

    fn survey(stream: Vec<u8>) -> (Survey, Source, Budget) {
        let (source, budget) = (Source::memory(stream), Budget::new(Limits::default(), |_| ()));
        let mut survey = Survey::default();
        let _ = survey.read(&source, &budget);
        (survey, source, budget)
    }

    #[test]
    fn sheets_behind_junk_and_false_starts_are_found() {
        let end = record(0x000A, &[]);
        let globals = [bof(5), bof(0x20), record(0x0018, &[0; 15]), end.clone(), end.clone()].concat();
        let junk = [&[0; 40][..], &[0x09, 0x08, 8, 0, 0, 6, 0x10, 0, 0, 0, 0, 0, 7, 7, 0xFF, 0xFF], &[1; 9]].concat();
        let (mut survey, source, _) =
            survey([globals, junk, bof(0x40), end.clone(), bof(5), record(0x002F, &[0; 6])].concat());
        assert_eq!(survey.globals.names.len(), 1, "the globals go on behind what is nested in them");
        assert!(survey.globals.encryption.is_none(), "only the first globals count");
        let substreams = survey.substreams(&source).unwrap();
        assert!(substreams.iter().any(|substream| substream.is_macro));
    }

    #[test]
    fn cells_values_and_shared_formulas() {
        let head = |row: u8, column: u8| [row, 0, column, 0, 0, 0];
        let number = record(0x0203, &[&head(0, 0)[..], &1.5_f64.to_le_bytes()].concat());
        let rks =
            record(0x00BD, &[&[1, 0, 0, 0][..], &[0, 0, 0x0E, 0, 0, 0], &[0, 0, 0x12, 0, 0, 0], &[1, 0]].concat());
        let formula = |row: u8, value: [u8; 8], rgce: &[u8]| {
            let size = u8::try_from(rgce.len()).unwrap();
            record(0x0006, &[&head(row, 0)[..], &value, &[0; 6], &[size, 0], rgce].concat())
        };
        let shared = record(0x04BC, &[&[2, 0, 3, 0, 0, 0, 0, 2, 5, 0][..], &[0x4C, 0xFF, 0xFF, 0, 0xC0]].concat());
        let text = [0, 0, 0, 0, 0, 0, 0xFF, 0xFF];
        let sheet = [
            bof(0x40),
            number,
            rks,
            formula(2, text, &[1, 2, 0, 0, 0]),
            shared,
            record(0x0207, b"\x02\0\0ab"),
            formula(3, [2, 0, 0x17, 0, 0, 0, 0xFF, 0xFF], &[1, 2, 0, 0, 0]),
            record(0x0205, &[&head(4, 1)[..], &[1, 0]].concat()),
            record(0x0204, &[&head(5, 1)[..], b"\x01\0\0x"].concat()),
            record(0x000A, &[]),
        ]
        .concat();
        let (survey, source, budget) = survey(sheet);
        let room = Slot::new(1 << 24);
        let context = Context {
            dialect: Dialect::Biff8,
            encoding: WINDOWS_1252,
            sheets: &[],
            names: &[],
            links: &survey.globals.links,
            budget: &budget,
            room: &room,
        };
        let texts = crate::formats::xls::texts::Texts::default();
        let mut reader = SheetReader::new(&context, &texts, Need::Formulas);
        reader.read(&mut Records::new(&source, &budget, 0)).unwrap();
        let shown: Vec<String> = reader
            .sheet
            .cells
            .iter()
            .map(|(at, cell)| {
                let formula = cell.formula.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("{},{} {formula} {:?}", at.0, at.1, cell.value.as_ref().unwrap())
            })
            .collect();
        assert_eq!(
            shown,
            [
                "1,1  Number(1.5)",
                "2,1  Number(3.0)",
                "2,2  Number(4.0)",
                "3,1 A2 Text(\"ab\")",
                "4,1 A3 Error(23)",
                "5,2  Bool(true)",
                "6,2  Text(\"x\")",
            ]
        );
    }
}
