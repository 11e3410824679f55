//! What running macros shows, on: bytes of texts, formulas, scripts, patterns, and the rarer statements.

use super::tests_eval::{all, check, details, opened};
use super::*;
use crate::languages::ActionKind;

#[test]
fn bytes_formulas_scripts_and_patterns() {
    let table: &[(&str, &str, &str)] = &[
        // --- functions of letters and bytes
        ("Shell Chr(99 + 0 * Rnd) & \"md\"", "", "…md"),
        ("Randomize\nShell \"cmd\" & Int(Rnd * 10)", "", "cmd…"),
        ("Shell StrConv(ChrB(99) & ChrB(109) & ChrB(100), vbUnicode)", "", "cmd"),
        ("s = StrConv(\"xcmdx\", vbFromUnicode)\nShell StrConv(MidB(s, 2, 3), vbUnicode)", "", "cmd"),
        ("s = StrConv(\"cmdx\", vbFromUnicode)\nShell StrConv(LeftB(s, 3), vbUnicode)", "", "cmd"),
        ("s = StrConv(\"xcmd\", vbFromUnicode)\nShell StrConv(RightB(s, 3), vbUnicode)", "", "cmd"),
        ("Shell Left(\"cmdx\", InStrB(\"abcd\", \"b\"))", "", "cmd"),
        ("Shell Mid(\"xxcmd\", InStrB(StrConv(\"abc\", 128), StrConv(\"c\", 128)))", "", "cmd"),
        (
            "Shell Chr(AscB(\"c\")) & ChrW(AscW(\"m\")) & Chr$(LenB(\"12345678901234567890123456789012345678901234567890\"))",
            "",
            "cmd",
        ),
        ("Shell Left$(\"cmdxx\", InStrRev(\"a.b.c\", \".\") - 1)", "", "cmd"),
        ("Shell StrConv(StrConv(\"CMD\", vbLowerCase), vbProperCase)", "", "Cmd"),
        ("Shell Join(Filter(Array(\"c1\", \"x\", \"m1\", \"d1\"), \"1\"), \"\")", "", "c1m1d1"),
        ("Shell Join(Filter(Array(\"c\", \"x1\", \"md\"), \"1\", False), \"\")", "", "cmd"),
        ("Shell \"a\" & Partition(5, 0, 99, 10)", "", "a  0:  9"),
        ("Shell \"a\" & Partition(20, 0, 99, 5)", "", "a 20: 24"),
        ("Shell Switch(1 > 2, \"x\", 2 > 1, \"cmd\")", "", "cmd"),
        ("Shell Choose(2, \"x\", \"cmd\", \"y\")", "", "cmd"),
        ("Shell String(2, \"c\") & String$(1, 109) & Space$(1) & \"d\"", "", "ccm d"),
        ("Shell Hex(255) & Oct(8) & Hex$(-1)", "", "FF10FFFF"),
        ("Shell TypeName(\"a\") & VarType(1)", "", "String2"),
        ("Shell Format(5, \"000\") & Format$(\"AB\", \"<\") & Format(0.5, \"0%\")", "", "005ab50%"),
        (
            "Shell StrComp(\"a\", \"b\") & StrComp(\"A\", \"a\", 1) & Sgn(-3) & Abs(-2) & Fix(-2.5) & Int(-2.5)",
            "",
            "-10-12-2-3",
        ),
        (
            "Shell RTrim(LTrim(\"  cmd  \")) & LSet2",
            "Function LSet2()\nDim t As String * 5\nLSet t = \"ab\"\nLSet2 = t & \"|\"\nEnd Function",
            "cmdab   |",
        ),
        ("Dim t As String * 5\nRSet t = \"ab\"\nShell \"x\" & t", "", "x   ab"),
        ("s = \"xxx\"\nLSet s = \"cm\"\nShell s & \"d\"", "", "cm d"),
        ("s = \"cxd\"\nMid(s, 2, 1) = \"m\"\nShell s", "", "cmd"),
        ("s = \"xxxx\"\nMidB(s, 1, 2) = \"c\"\nShell s", "", "cxxx"),
        // --- ScriptControl
        (
            "Set s = CreateObject(\"MSScriptControl.ScriptControl\")\ns.Language = \"VBScript\"\nShell s.Eval(\"Chr(99) & \"\"md\"\"\")",
            "",
            "cmd",
        ),
        (
            "Set s = CreateObject(\"ScriptControl\")\ns.Language = \"VBScript\"\ns.AddCode \"Function F(a)\" & vbLf & \"F = a & \"\"md\"\"\" & vbLf & \"End Function\"\nShell s.Run(\"F\", \"c\")",
            "",
            "cmd",
        ),
        (
            "Set s = CreateObject(\"MSScriptControl.ScriptControl\")\ns.Language = \"VBScript\"\ns.ExecuteStatement \"CreateObject(\"\"WScript.Shell\"\").Run StrReverse(\"\"dmc\"\")\"",
            "",
            "cmd",
        ),
        (
            "Set s = CreateObject(\"MSScriptControl.ScriptControl\")\ns.Language = \"VBScript\"\ns.AddCode \"Sub G()\" & vbLf & \"CreateObject(\"\"WScript.Shell\"\").Run \"\"cm\"\" & Chr(100)\" & vbLf & \"End Sub\"\ns.Run \"G\"",
            "",
            "cmd",
        ),
        (
            "Set s = CreateObject(\"MSScriptControl.ScriptControl\")\ns.Language = \"VBScript\"\ns.AddCode \"Function F(a): F = a & \"\"md\"\": End Function\"\nShell s.CodeObject.F(\"c\")",
            "",
            "cmd",
        ),
        (
            "Set s = CreateObject(\"MSScriptControl.ScriptControl\")\ns.Language = \"VBScript\"\ns.AddCode \"x = \"\"cmd\"\"\"\nShell s.Eval(\"x\")",
            "",
            "cmd",
        ),
        (
            "Set h = CreateObject(\"htmlfile\")\nh.parentWindow.execScript \"CreateObject(\"\"WScript.Shell\"\").Run StrReverse(\"\"dmc\"\")\", \"VBScript\"",
            "",
            "cmd",
        ),
        // --- Evaluate, Excel 4
        ("Shell Evaluate(\"CHAR(99)&\"\"md\"\"\")", "", "cmd"),
        ("Shell Application.Evaluate(\"=SUBSTITUTE(\"\"cxmd\"\",\"\"x\"\",\"\"\"\")\")", "", "cmd"),
        ("Shell [CHAR(99)&\"md\"]", "", "cmd"),
        ("Shell ExecuteExcel4Macro(\"CHAR(99)&\"\"md\"\"\")", "", "cmd"),
        ("Shell Evaluate(\"Data!A1\")", "", "cmd /c cell"),
        ("Shell Evaluate(\"Data!A1&\"\" x\"\"\")", "", "cmd /c cell x"),
        // --- worksheet functions
        ("Shell WorksheetFunction.Substitute(\"cxmxd\", \"x\", \"\")", "", "cmd"),
        ("Shell WorksheetFunction.Substitute(\"xcxmd\", \"x\", \"\", 2)", "", "xcmd"),
        ("Shell \"a\" & WorksheetFunction.Dec2Hex(99, 4)", "", "a0063"),
        (
            "Shell Chr(WorksheetFunction.Hex2Dec(\"63\")) & Chr(WorksheetFunction.Bin2Dec(\"1101101\")) & Chr(WorksheetFunction.Oct2Dec(\"144\"))",
            "",
            "cmd",
        ),
        (
            "Shell WorksheetFunction.Concat(\"c\", \"m\", \"d\") & WorksheetFunction.TextJoin(\"-\", True, \"a\", \"\", \"b\")",
            "",
            "cmda-b",
        ),
        ("Shell WorksheetFunction.TextJoin(\"\", True, Array(\"c\", \"md\"))", "", "cmd"),
        ("Shell WorksheetFunction.Rept(\"c\", 2) & Application.Rept(\"m\", 1)", "", "ccm"),
        (
            "Shell Application.Trim(\"  cmd   x \") & Application.WorksheetFunction.Clean(\"a\" & Chr(7) & \"b\")",
            "",
            "cmd xab",
        ),
        ("Shell Application.Clean(\"cm\" & vbLf & \"d\")", "", "cmd"),
        (
            "Shell WorksheetFunction.Dec2Bin(5) & WorksheetFunction.Base(255, 16) & WorksheetFunction.Decimal(\"ff\", 16)",
            "",
            "101FF255",
        ),
        (
            "Shell Chr(WorksheetFunction.Bitand(227, 127)) & Chr(WorksheetFunction.Power(10, 2) + 9) & WorksheetFunction.Replace(\"xx\", 1, 2, \"d\")",
            "",
            "cmd",
        ),
        ("Shell WorksheetFunction.Index(Array(\"x\", \"cmd\"), 2)", "", "cmd"),
        (
            "Shell Left(\"cmdxx\", WorksheetFunction.Search(\"D\", \"abcd\") - 1) & WorksheetFunction.Find(\"b\", \"abc\")",
            "",
            "cmd2",
        ),
        ("Shell Left(\"cmdx\", WorksheetFunction.CountA(Array(1, 2, 3)))", "", "cmd"),
        ("Shell Left(\"cmdx\", WorksheetFunction.RoundUp(2.1, 0)) & WorksheetFunction.Round(2.5, 0)", "", "cmd3"),
        // --- RegExp
        (
            "Set r = CreateObject(\"VBScript.RegExp\")\nr.Pattern = \"x+\"\nr.Global = True\nShell r.Replace(\"cxxmxd\", \"\")",
            "",
            "cmd",
        ),
        ("Set r = CreateObject(\"VBScript.RegExp\")\nr.Pattern = \"x\"\nShell r.Replace(\"cxmdx\", \"\")", "", "cmdx"),
        (
            "Set r = New RegExp\nr.Pattern = \"(\\w)(\\d)\"\nr.Global = True\nShell r.Replace(\"c1m2d3\", \"$1\")",
            "",
            "cmd",
        ),
        (
            "Set r = CreateObject(\"VBScript.RegExp\")\nr.Pattern = \"[a-z]+\"\nr.Global = True\nFor Each f In r.Execute(\"12c34m56d\")\ns = s & f.Value\nNext\nShell s",
            "",
            "cmd",
        ),
        (
            "Set r = CreateObject(\"VBScript.RegExp\")\nr.Pattern = \"key=(\\w+);\"\nSet f = r.Execute(\"x key=cmd; y\")\nShell f(0).SubMatches(0)",
            "",
            "cmd",
        ),
        (
            "Set r = CreateObject(\"VBScript.RegExp\")\nr.Pattern = \"\\d\"\nIf r.Test(\"a1\") Then Shell \"cmd\" & Chr(47)",
            "",
            "cmd/",
        ),
        (
            "Set r = CreateObject(\"VBScript.RegExp\")\nr.Pattern = \"..\"\nr.Global = True\nSet ms = r.Execute(\"636d64\")\nFor i = 0 To ms.Count - 1\ns = s & Chr(\"&H\" & ms(i))\nNext\nShell s",
            "",
            "cmd",
        ),
    ];
    check(
        table.iter().map(|(body, other, expected)| (ActionKind::Run, format!("{other}\n{}", opened(body)), *expected)),
    );
}

#[test]
fn more_statements_and_objects() {
    let table: &[(&str, &str, &str)] = &[
        (
            "Set d = CreateObject(\"Scripting.Dictionary\")\nd.Add 1, \"c\"\nd.Add 2, \"md\"\nShell Join(d.Items, \"\")",
            "",
            "cmd",
        ),
        (
            "Set d = CreateObject(\"Scripting.Dictionary\")\nd.Add \"c\", 1\nd.Add \"md\", 2\nShell Join(d.Keys(), \"\")",
            "",
            "cmd",
        ),
        (
            "Set d = CreateObject(\"Scripting.Dictionary\")\nd(\"x\") = \"cm\"\nFor Each k In d\nShell d(k) & \"d\"\nNext",
            "",
            "cmd",
        ),
        (
            "Set d = CreateObject(\"Scripting.Dictionary\")\nd(\"x\") = \"cm\"\nk = d.Keys\nShell d(k(0)) & \"d\"",
            "",
            "cmd",
        ),
        ("Set d = CreateObject(\"Scripting.Dictionary\")\nd(\"x\") = \"cm\"\nShell d.Items()(0) & \"d\"", "", "cmd"),
        ("Dim d As New Dictionary\nd!x = \"cmd\"\nShell d!x", "", "cmd"),
        (
            "Set d = CreateObject(\"Scripting.Dictionary\")\nd.Add \"a\", \"cmd\"\nd.Key(\"a\") = \"b\"\nShell d(\"b\")",
            "",
            "cmd",
        ),
        (
            "Dim c As New Collection\nc.Add \"c\"\nc.Add \"d\"\nc.Add \"m\", , 2\nFor Each x In c\ns = s & x\nNext\nShell s",
            "",
            "cmd",
        ),
        ("Dim c As New Collection\nc.Add Item:=\"cmd\", Key:=\"k\"\nShell c.Item(\"K\")", "", "cmd"),
        (
            "Dim c As Collection\nSet c = New Collection\nc.Add \"d\"\nc.Add \"c\", Before:=1\nc.Add \"m\", After:=1\nFor i = 1 To c.Count: s = s & c(i): Next\nShell s",
            "",
            "cmd",
        ),
        ("Select Case \"b\"\nCase \"a\" To \"c\"\ns = \"cmd\"\nCase Else\ns = \"no\"\nEnd Select\nShell s", "", "cmd"),
        ("x = 7\nSelect Case x\nCase Is < 5: s = \"no\"\nCase Is >= 7: s = \"cmd\"\nEnd Select\nShell s", "", "cmd"),
        ("i = 2\nOn i GoSub a, b\nShell s\nExit Sub\na: s = \"no\": Return\nb: s = \"cmd\"\nReturn", "", "cmd"),
        (
            "On Error GoTo h\nx = CInt(\"abc\")\nShell \"no\"\nExit Sub\nh:\ns = \"cmd\"\nResume n\nn:\nShell s",
            "",
            "cmd",
        ),
        ("On Error GoTo h\nx = 1 \\ 0\nShell \"cm\" & s\nExit Sub\nh:\ns = \"d\"\nResume Next", "", "cmd"),
        ("On Error Resume Next\nx = 1 / 0\nIf Err.Number = 11 Then Shell \"cm\" & Chr(100)", "", "cmd"),
        ("On Error Resume Next\nx = 1 / 0\nIf Err Then Shell \"cm\" & Chr(100)", "", "cmd"),
        ("Shell P(\"c\", \"m\", \"d\")", "Function P(a, ParamArray r())\nP = a & Join(r, \"\")\nEnd Function", "cmd"),
        (
            "Shell P(\"c\", \"m\", \"d\")",
            "Function P(a, ParamArray r())\nP = a & r(LBound(r)) & r(UBound(r))\nEnd Function",
            "cmd",
        ),
        (
            "Dim t As T\nt.a = \"c\"\nt.i.b = \"md\"\nShell F(t)",
            "Type U\nb As String\nEnd Type\nType T\na As String\ni As U\nEnd Type\nFunction F(x As T)\nF = x.a & x.i.b\nEnd Function",
            "cmd",
        ),
        ("Dim t As T, u As T\nt.a = \"cmd\"\nu = t\nt.a = \"no\"\nShell u.a", "Type T\na As String\nEnd Type", "cmd"),
        (
            "Dim t(1) As T\nt(0).a(1) = \"cm\"\nt(1) = t(0)\nWith t(1)\n.a(0) = .a(1) & \"d\"\nShell .a(0)\nEnd With",
            "Type T\na(2) As String\nEnd Type",
            "cmd",
        ),
        (
            "With CreateObject(\"Scripting.Dictionary\")\n.Add \"a\", \"cmd\"\nWith CreateObject(\"WScript.Shell\")\n.Run \"x\"\nEnd With\nShell .Item(\"a\")\nEnd With",
            "",
            "cmd",
        ),
        (
            "Dim a(1, 1)\na(0, 0) = \"c\": a(1, 0) = \"m\": a(0, 1) = \"d\"\nFor Each x In a\ns = s & x\nNext\nShell s",
            "",
            "cmd",
        ),
        ("O \"c\", s\nShell s", "Sub O(a, ByRef r)\nr = a & \"md\"\nEnd Sub", "cmd"),
        (
            "Dim a(2) As String\nO a\nShell Join(a, \"\")",
            "Sub O(r() As String)\nr(0) = \"c\": r(1) = \"m\": r(2) = \"d\"\nEnd Sub",
            "cmd",
        ),
        ("s = \"c\"\nO (s)\nO s\nShell s", "Sub O(r)\nr = r & \"md\"\nEnd Sub", "cmd"),
        (
            "Shell F(b:=\"d\", a:=\"cm\")",
            "Function F(a, Optional b = \"x\", Optional c = \"\")\nF = a & b & c\nEnd Function",
            "cmd",
        ),
        ("Shell F()(1)", "Function F()\nF = Array(\"no\", \"cmd\")\nEnd Function", "cmd"),
        (
            "Dim f As String\nf = \"cmd\"\nDim b() As Byte\nb = f\nFor i = 0 To UBound(b) Step 2\ns = s & Chr(b(i))\nNext\nShell s",
            "",
            "cmd",
        ),
        (
            "Dim b() As Byte\nReDim b(0 To 5)\nb(0) = 99: b(2) = 109: b(4) = 100\nDim s As String\ns = b\nShell s",
            "",
            "cmd",
        ),
        ("Shell S1(1) & S1(2)", "Static Function S1(n)\nDim k\nk = k + n\nS1 = Chr(98 + k)\nEnd Function", "ce"),
        ("Do Until i = 3\ni = i + 1\ns = s & Choose(i, \"c\", \"m\", \"d\")\nLoop\nShell s", "", "cmd"),
        ("For i = 3 To 1 Step -1\ns = Mid(\"cmd\", i, 1) & s\nIf i = 1 Then Exit For\nNext\nShell s", "", "cmd"),
        ("Dim x As Integer: x = \"99\"\nShell Chr(x) & \"md\"", "", "cmd"),
        ("Const K As String = \"cm\" & \"d\"\nShell K", "", "cmd"),
        (
            "Shell M.G & Other",
            "Public Const G = \"cm\"\nPrivate Property Get Other() As String\nOther = \"d\"\nEnd Property",
            "cmd",
        ),
        (
            "a = \"c\" & IIf(Len(\"ab\") = 2 And Not False, \"m\", \"x\") & IIf(5 Imp 5, \"d\", \"d\")\nShell a",
            "",
            "cmd",
        ),
        ("If \"cmd\" Like \"c?d\" And \"a1\" Like \"[a-c]#\" Then Shell \"cm\" & Chr(100)", "", "cmd"),
        ("Dim v: v = [{\"c\",\"m\",\"d\"}]\nShell v(1) & v(2) & v(3)", "", "cmd"),
        ("Dim v: v = Evaluate(\"{99,109,100}\")\nFor Each x In v: s = s & Chr(x): Next\nShell s", "", "cmd"),
        ("s = CStr(99): Shell Chr(s) & Chr(\"109\") & Chr(CDbl(\"1E2\"))", "", "cmd"),
        ("Erase a\nReDim a(1 To 3)\na(3) = \"cmd\"\nShell a(UBound(a))", "", "cmd"),
        ("x = &H63&: y = &O155: z = 100%\nShell Chr(x) & Chr(y) & Chr(z)", "", "cmd"),
        ("Open \"x\" For Binary As #1\nPut #1, , \"a\"\nClose #1\nShell \"cm\" & Chr(100)", "", "cmd"),
        (
            "f = FreeFile\nOpen Environ(\"TEMP\") & \"\\a.bat\" For Output As #f\nPrint #f, \"start calc\"\nClose #f\nShell Environ(\"TEMP\") & \"\\a.bat\"",
            "",
            "%TEMP%\\a.bat",
        ),
        ("Dim s$, n&\ns$ = \"cm\": n& = 100\nShell s$ & Chr$(n&)", "", "cmd"),
        ("Let s = \"cmd\"\nCall Shell(s, vbHide)", "", "cmd"),
        ("s = \"cmd\": If True Then GoTo x Else Exit Sub\nx: Shell s", "", "cmd"),
        (
            "Dim a: a = Array(\"d\", \"m\", \"c\")\nFor i = UBound(a) To LBound(a) Step -1: s = s & a(i): Next\nShell s",
            "",
            "cmd",
        ),
        ("Shell CStr(CVar(\"cmd\")) & CLng(\"&HFF\") & CByte(5) & CBool(1)", "", "cmd2555True"),
        (
            "x = Split(\"a=cmd;b=x\", \";\")\nFor Each p In x\nk = Split(p, \"=\")\nIf k(0) = \"a\" Then Shell k(1)\nNext",
            "",
            "cmd",
        ),
        (
            "Dim o As Object\nSet o = CreateObject(\"WScript.Shell\")\nWith o\n.CurrentDirectory = \"C:\\\"\n.Run \"cm\" & Chr(100), 0, True\nEnd With",
            "",
            "cmd",
        ),
        (
            "s = \"%63%6D%64\"\nFor i = 1 To Len(s) Step 3\nt = t & Chr(\"&H\" & Mid(s, i + 1, 2))\nNext\nShell t",
            "",
            "cmd",
        ),
        ("Shell Replace(Replace(\"c~m~d\", \"~\", \"\"), \"x\", \"y\", , , vbTextCompare)", "", "cmd"),
        ("t = Timer\nDo While Timer < t + 5\nDoEvents\nLoop\nShell \"cm\" & Chr(100)", "", "cmd"),
        ("If MsgBox(\"x\", vbYesNo) = vbYes Then Shell \"cm\" & Chr(100)", "", "cmd"),
        ("a = InputBox(\"x\")\nShell \"cmd \" & a", "", "cmd …"),
        ("Dim x As C2\nSet x = New C2\nShell \"cmd\"", "", "cmd"),
        ("Shell Environ$(\"COMSPEC\") & \" /c x\"", "", "%COMSPEC% /c x"),
        ("Shell CStr(Array(\"cmd\")(0))", "", "cmd"),
        ("Debug.Print \"x\";: Shell \"cm\" & Chr(100)", "", "cmd"),
        ("#Const X = 1\n#If X = 1 Then\nShell \"cm\" & Chr(100)\n#End If", "", "cmd"),
        ("s = GetSetting(\"a\", \"b\", \"c\", \"cmd\")\nShell s", "", "cmd"),
        ("SaveSetting \"a\", \"b\", \"c\", \"cmd\"\nShell GetSetting(\"a\", \"b\", \"c\")", "", "cmd"),
        ("Application.Caption = \"cmd\"\nShell Application.Caption", "", "cmd"),
        ("ActiveDocument.Variables.Add \"v\", \"cmd\"\nShell ActiveDocument.Variables(\"v\")", "", "cmd"),
        ("Shell Sheets(1).Name & ActiveWorkbook.Sheets.Count", "", "Data1"),
        ("Range(\"B1:B2\").Value = \"c\"\nShell Range(\"B1\") & Range(\"B2\").Text & Cells(1, \"B\")", "", "ccc"),
        ("Shell Range(\"A1\").Offset(0, 0).Value & Range(\"A1:A3\").Cells(1, 1).Text", "", "cmd /c cellcmd /c cell"),
        ("Shell StrReverse(Sheet1.Range(\"A1\").Comment.Text)", "", "…"),
        ("Shell Split(\"a b cmd\")(2)", "", "cmd"),
        (
            "Shell VBA.CStr(VBA.Conversion.Hex(10)) & VBA.Strings.Left(\"cmdx\", 3) & VBA.Interaction.Choose(1, \"z\")",
            "",
            "Acmdz",
        ),
    ];
    check(
        table.iter().map(|(body, other, expected)| (ActionKind::Run, format!("{other}\n{}", opened(body)), *expected)),
    );
}

#[test]
fn scripts_patterns_and_handlers_that_never_end_do() {
    let all_of_them = [
        "Set s = CreateObject(\"ScriptControl\")\ns.Language = \"VBScript\"\nDo\ns.AddCode \"x = x & \"\"y\"\"\"\nLoop",
        "Set s = CreateObject(\"ScriptControl\")\ns.Language = \"VBScript\"\ns.AddCode \"Do\" & vbLf & \"Loop\"\ns.Eval \"1\"",
        "Set s = CreateObject(\"ScriptControl\")\ns.Language = \"VBScript\"\ns.ExecuteStatement \"Sub F(t): Execute t: End Sub: F \"\"F t\"\"\"",
        "Set r = CreateObject(\"VBScript.RegExp\")\nr.Pattern = \"(a|a)*(a|a)*b\"\nDo\nr.Test String(100, \"a\")\nLoop",
        "Set r = CreateObject(\"VBScript.RegExp\")\nr.Pattern = \".\"\nr.Global = True\nt = String(100000, \"a\")\nDo\nt = r.Replace(t, \"$&$&\")\nr.Execute t\nLoop",
        "On Error GoTo h\na:\nx = 1 / 0\nGoTo a\nh:\nResume Next",
        "On Error GoTo h\nx = 1 / 0\nh:\nx = 1 / 0\nResume",
        "Do\ns = s & ChrB(99)\nLoop",
        "Do\nx = Evaluate(\"REPT(\"\"a\"\",30000)&\"\"b\"\"\")\nLoop",
        "Do\nx = Evaluate(\"SUM(A1:Z99999)\")\nLoop",
        "Dim c As New Collection\nDo\nc.Add 1, , 1\nc.Add 1\nLoop",
    ];
    for body in all_of_them {
        let start = std::time::Instant::now();
        let found = all(&[("M", ModuleKind::Standard, &opened(&format!("{body}\nShell \"x.exe\"")))]);
        assert!(found.iter().any(|action| action.kind == ActionKind::Run), "{body}");
        assert!(start.elapsed().as_secs() < 20, "{body} {:?}", start.elapsed());
    }
}

#[test]
fn a_script_says_what_it_does_once() {
    let source = "Set s = CreateObject(\"MSScriptControl.ScriptControl\")\ns.Language = \"VBScript\"\n\
        s.AddCode \"CreateObject(\"\"WScript.Shell\"\").Run \"\"cm\"\" & Chr(100)\"\nx = s.Eval(\"1\")\ny = s.Eval(\"2\")";
    let found = details(ActionKind::Run, &opened(source));
    assert_eq!(found.iter().filter(|detail| *detail == "cmd").count(), 1, "{found:?}");
}

#[test]
fn files_cells_and_options() {
    let table: &[(&str, &str, &str)] = &[
        ("a = Array(\"x\", \"cmd\")\nShell a(2)", "Option Base 1", "cmd"),
        ("Dim a(2)\na(1) = \"c\": a(2) = \"md\"\nShell a(1) & a(2) & LBound(a)", "Option Base 1", "cmd1"),
        ("t = \"no\"\nIf \"ABC\" = \"abc\" Then t = \"cmd\"\nShell t", "Option Compare Text", "cmd"),
        ("Shell Mid(\"xxcmd\", InStr(\"abC\", \"c\"))", "Option Compare Text", "cmd"),
        (
            "Set f = CreateObject(\"Scripting.FileSystemObject\")\nSet t = f.CreateTextFile(\"C:\\a.txt\")\nt.Write \"cm\"\nt.Close\nShell f.OpenTextFile(\"C:\\a.txt\").ReadAll & \"d\"",
            "",
            "cmd",
        ),
        (
            "Open \"C:\\a.txt\" For Output As #1\nPrint #1, \"cmd\"\nClose #1\nOpen \"C:\\a.txt\" For Input As #1\nLine Input #1, s\nClose #1\nShell s",
            "",
            "cmd",
        ),
        ("Shell Replace(ActiveDocument.Content.Text, vbCr, \"\")", "", "firstcmd /c paragraph"),
        ("Shell Split(ActiveDocument.Range.Text, vbCr)(1)", "", "cmd /c paragraph"),
        ("Shell Join(Application.Transpose(Sheet1.Range(\"A1:A3\").Value), \"|\")", "", "cmd /c cell|99|109"),
        ("Shell Application.WorksheetFunction.Index(Sheet1.Range(\"A1:A3\"), 1, 1)", "", "cmd /c cell"),
        ("Shell Sheet1.Range(\"A1\").Resize(1, 1).Value & Sheet1.Range(\"A1:A3\").Rows.Count", "", "cmd /c cell3"),
        (
            "For i = 2 To Sheet1.Cells(Rows.Count, 1).End(xlUp).Row\ns = s & Chr(Sheet1.Cells(i, 1))\nNext\nShell s & \"d\"",
            "",
            "cmd",
        ),
        ("Set r = Sheet1.Cells.Find(\"cmd\")\nShell r.Value", "", "cmd /c cell"),
        (
            "Open \"C:\\a.txt\" For Output As #1\nPrint #1, \"c\"\nPrint #1, \"md\"\nClose #1\nOpen \"C:\\a.txt\" For Input As #1\nDo Until EOF(1)\nLine Input #1, l\ns = s & l\nLoop\nShell s",
            "",
            "cmd",
        ),
        ("Shell Sheet1.UsedRange.Cells(1, 1).Text", "", "cmd /c cell"),
        ("Shell Range(Names(\"secret\").RefersTo).Value", "", "cmd /c cell"),
        ("Shell Names(\"secret\").RefersToRange.Value", "", "cmd /c cell"),
        ("Shell ThisWorkbook.Names(\"secret\").RefersToRange.Value", "", "cmd /c cell"),
        ("Shell UserForm1.Controls.Item(\"Label1\").Caption", "", "cmd /c caption"),
        ("Shell UserForm1.Controls(0).Tag", "", "cmd /c tag"),
        ("Dim u As New UserForm1\nShell u.Label1.Caption", "", "cmd /c caption"),
        ("With UserForm1\nWith .Label1\nShell .Caption\nEnd With\nEnd With", "", "cmd /c caption"),
        ("Shell F(1)(0)", "Function F(n)\nDim a(1) As String\na(0) = \"cmd\"\nF = a\nEnd Function", "cmd"),
        (
            "x = P(2): P(2) = \"cmd\"\nShell P(2)",
            "Dim k\nProperty Get P(i)\nP = k\nEnd Property\nProperty Let P(i, v)\nk = v\nEnd Property",
            "cmd",
        ),
        (
            "Dim a() As String\nReDim a(1, 1)\na(0, 0) = \"c\"\nReDim Preserve a(1, 2)\na(1, 2) = \"md\"\nShell a(0, 0) & a(1, 2)",
            "",
            "cmd",
        ),
        ("Dim a(1 To 3) As Variant\na(1) = Array(\"c\", \"m\")\na(1)(0) = \"x\"\nShell a(1)(1) & \"d\"", "", "md"),
        ("On Error GoTo h\nDim a(2)\nx = a(5)\nShell \"no\"\nExit Sub\nh:\nShell \"cm\" & Chr(100)", "", "cmd"),
        (
            "On Error GoTo h\nDim i As Integer\ni = 40000\nShell \"no\"\nExit Sub\nh:\nShell \"cm\" & Chr(100)",
            "",
            "cmd",
        ),
        ("On Error GoTo h\nSet o = Nothing\no.x\nShell \"no\"\nExit Sub\nh:\nShell \"cm\" & Chr(100)", "", "cmd"),
        ("On Error GoTo h\nx = CLng(\"zz\")\ns = \"no\"\nGoTo e\nh:\ns = \"cmd\"\nResume e\ne:\nShell s", "", "cmd"),
        (
            "Dim d As Object: Set d = CreateObject(\"Scripting.Dictionary\")\nd.Add Key:=\"a\", Item:=\"cmd\"\nShell d.Item(Key:=\"a\")",
            "",
            "cmd",
        ),
        ("s = \"c\" : s = s & _\n\"m\" & _\n\"d\" : Shell s", "", "cmd"),
        ("Shell (\"cm\" & Chr$(100)), vbHide", "", "cmd"),
        ("Dim f As Variant\nf = Array(AddressOf X, \"cmd\")\nShell f(1)", "Sub X()\nEnd Sub", "cmd"),
        ("Call VBA.Interaction.Shell(VBA.Join(Array(\"c\", \"md\"), vbNullString), 0)", "", "cmd"),
        ("Shell Array(\"a\", \"cmd\")(LBound(Array(1)) + 1)", "", "cmd"),
        ("a = \"1\" & 2 + 3: Shell \"cmd\" & a", "", "cmd15"),
        ("Shell \"cmd\" & 7 \\ 2 & 2 ^ 3 & 7 Mod 4 & -2 ^ 2 & (1 = 1)", "", "cmd383-4True"),
        ("Shell Right(\"0\" & Hex(5), 2) & Val(\"12abc\") & Val(\"&HFF\")", "", "0512255"),
        ("Shell LCase$(UCase(\"cmd\")) & Len(\"abc\") & Asc(\"A\") & StrReverse(12)", "", "cmd36521"),
        ("Shell Mid$(\"abcmd\", 3) & Left(\"x\", 5) & Right$(\"xy\", 1)", "", "cmdxy"),
        ("Shell Trim(Str(5)) & CStr(5.5) & CStr(1E+20) & 0.1", "", "55.51E+200.1"),
        ("Dim v As Variant\nv = \"cmd\"\nDim p As Variant\nSet p = Nothing\nIf p Is Nothing Then Shell v", "", "cmd"),
        ("For Each v In Split(StrReverse(\"d|m|c\"), \"|\")\ns = s & v\nNext v\nShell s", "", "cmd"),
        (
            "Dim i As Byte\nFor i = 99 To 100\nIf i = 99 Then s = Chr(i) & \"m\" Else s = s & Chr(i)\nNext\nShell s",
            "",
            "cmd",
        ),
        ("Shell CallByName(Application, \"Name\", VbGet) & \"x\"", "", "…x"),
        ("s = ActiveWorkbook.CustomDocumentProperties(\"Comments\").Value\nShell s", "", "cmd /c comments"),
        ("Shell ActiveDocument.CustomXMLParts(1).XML", "", "<a>cmd</a>"),
        (
            "Set s = CreateObject(\"ADODB.Stream\")\ns.Type = 2\ns.Charset = \"utf-8\"\ns.Open\ns.WriteText \"cmd\"\ns.Position = 0\nShell s.ReadText",
            "",
            "cmd",
        ),
        ("Dim x As Long: x = &H636D64\nShell Chr(x \\ 65536) & Chr((x \\ 256) Mod 256) & Chr(x And 255)", "", "cmd"),
        (
            "Dim b(0 To 2) As Byte\nb(0) = 99 Xor 0: b(1) = Asc(\"m\"): b(2) = &H64\nShell StrConv(b(), vbUnicode)",
            "",
            "cmd",
        ),
        (
            "k = \"key\"\nFor i = 1 To 3\ns = s & Chr(Asc(Mid(Chr(8) & Chr(8) & Chr(29), i, 1)) Xor Asc(Mid(k, i, 1)))\nNext\nShell s",
            "",
            "cmd",
        ),
        ("Shell Environ(\"windir\") & \"\\system32\\cm\" & \"d.exe\"", "", "%windir%\\system32\\cmd.exe"),
        ("Set w = GetObject(\"new:{72C24DD5-D70A-438B-8A42-98424B88AFB8}\")\nw.Run \"cm\" & \"d\"", "", "cmd"),
        (
            "With CreateObject(\"WScript.Shell\").Environment(\"Process\")\n.Item(\"a\") = \"cmd\"\nShell .Item(\"a\")\nEnd With",
            "",
            "cmd",
        ),
        (
            "#If Mac Then\nShell \"no\"\n#ElseIf Win64 Then\nShell \"cm\" & \"d\"\n#Else\nShell \"cm\" & \"d\"\n#End If",
            "",
            "cmd",
        ),
        ("Static n\nn = n & \"cmd\"\nShell n", "", "cmd"),
        ("Dim s As String\ns = String$(3, 0)\nMid$(s, 1) = \"cmd\"\nShell s", "", "cmd"),
        ("Shell Join(Split(Join(Array(\"c\", \"m\", \"d\"), \"#\"), \"#\", 2), \"\")", "", "cm#d"),
        ("If Not (1 > 2) And (2 > 1 Or 1 > 3) Then Shell \"cm\" & Chr(100)", "", "cmd"),
        ("Do While True\ni = i + 1\nIf i > 2 Then Exit Do\nLoop\nShell \"cmd\" & i", "", "cmd3"),
    ];
    check(
        table.iter().map(|(body, other, expected)| (ActionKind::Run, format!("{other}\n{}", opened(body)), *expected)),
    );
}
