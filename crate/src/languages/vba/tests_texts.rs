//! Texts that macros take from where no reader of source sees them, and what is told of them.

use super::tests_eval::{all, details, opened};
use super::*;
use crate::languages::ActionKind;
use crate::languages::surroundings::{Cell, Sheet};

#[test]
fn what_the_document_holds() {
    let around = Surroundings {
        names: vec![("_a".into(), "\"cmd /c \"".into()), ("_b".into(), "\"name\"".into())],
        properties: vec![("Author".into(), "cmd /c author".into())],
        custom_xml: vec!["<r><c>cmd /c &quot;xml&quot;</c></r>".into()],
        paragraphs: vec!["x".into()],
        sheets: vec![Sheet {
            name: "Data".into(),
            cells: [99.0, 109.0, 100.0, 32.0, 120.0]
                .iter()
                .zip(1..)
                .map(|(n, row)| ((row, 1), Cell::Number(*n)))
                .chain([((1, 2), Cell::Text("cmd /c ".into())), ((2, 2), Cell::Text("joined".into()))])
                .collect(),
            ..Sheet::default()
        }],
        ..Surroundings::default()
    };
    for (body, expected) in [
        (
            "For Each n In ThisWorkbook.Names\nIf n.Name Like \"_*\" Then t = t & Evaluate(n.RefersTo)\nNext\nShell t",
            "cmd /c name",
        ),
        ("Shell ThisWorkbook.Author", "cmd /c author"),
        // What a cell holds is its value, also where it is joined to what was there.
        ("s = \"\"\nFor i = 1 To 2\ns = s & Sheets(1).Cells(i, 2)\nNext\nShell s", "cmd /c joined"),
        ("Shell ActiveDocument.CustomXMLParts(1).SelectSingleNode(\"/r/c\").Text", "cmd /c \"xml\""),
        // A number is not an empty text, and the cell below the last is.
        (
            "i = 1\nDo While Sheets(1).Cells(i, 1).Value <> \"\"\ns = s & Chr(Sheets(1).Cells(i, 1).Value)\ni = i + 1\nLoop\nShell s",
            "cmd x",
        ),
    ] {
        let found = tests::behaviour(&[("M", ModuleKind::Standard, &opened(body))], &around).actions;
        let found: Vec<_> = found.iter().map(|action| action.detail.as_str()).collect();
        assert!(found.contains(&expected), "{body} {found:?}");
    }
}

#[test]
fn commands_in_properties_of_other_objects() {
    for (kind, body, expected) in [
        (
            ActionKind::Persist,
            "Set s = CreateObject(\"Schedule.Service\")\ns.Connect\nx = \"<Exec><Command>mshta</Command><Arguments>a.hta</Arguments></Exec>\"\ns.GetFolder(\"\\\").RegisterTask \"Upd\", x, 6, Null, Null, 3",
            "mshta a.hta",
        ),
        (
            ActionKind::Persist,
            "Set s = GetObject(\"winmgmts:root\\subscription\")\nSet c = s.Get(\"CommandLineEventConsumer\").SpawnInstance_\nc.CommandLineTemplate = \"mshta b.hta\"\nc.Put_",
            "mshta b.hta",
        ),
        (
            ActionKind::Run,
            "Set s = GetObject(\"winmgmts:\")\nSet p = s.Get(\"Win32_Process\").Methods_(\"Create\").InParameters.SpawnInstance_\np.Properties_.Item(\"CommandLine\") = \"mshta c.hta\"\ns.ExecMethod \"Win32_Process\", \"Create\", p",
            "mshta c.hta",
        ),
        (
            ActionKind::Run,
            "Set f = CreateObject(\"Scripting.FileSystemObject\")\nShell f.GetBaseName(\"C:\\a\\mshta.txt\") & \" d.hta\"",
            "mshta d.hta",
        ),
    ] {
        let found = details(kind, &opened(body));
        assert!(found.iter().any(|detail| detail == expected), "{body} {found:?}");
    }
}

#[test]
fn what_events_and_interfaces_are_given() {
    let runs = |modules: &[(&str, ModuleKind, &str)]| -> Vec<String> {
        all(modules).into_iter().filter(|action| action.kind == ActionKind::Run).map(|action| action.detail).collect()
    };
    let event = [
        (
            "ThisDocument",
            ModuleKind::Document,
            "Dim WithEvents k As K1\nSub Document_Open()\nSet k = New K1\nk.Fire \"cmd /c event\"\nEnd Sub\nPrivate Sub k_Done(ByVal s As String)\nShell s\nEnd Sub",
        ),
        (
            "K1",
            ModuleKind::Class,
            "Public Event Done(ByVal s As String)\nPublic Sub Fire(x)\nRaiseEvent Done(x)\nEnd Sub",
        ),
    ];
    assert!(runs(&event).contains(&"cmd /c event".to_owned()));
    let interface = [
        (
            "ThisDocument",
            ModuleKind::Document,
            "Sub Document_Open()\nDim k As IGo: Set k = New K1\nk.Go \"interface\"\nEnd Sub",
        ),
        ("IGo", ModuleKind::Class, "Sub Go(x)\nEnd Sub"),
        ("K1", ModuleKind::Class, "Implements IGo\nPrivate Sub IGo_Go(x)\nShell \"cmd /c \" & x\nEnd Sub"),
    ];
    assert_eq!(runs(&interface), ["cmd /c interface"]);
    // A handler that raises its own event ends.
    let endless = event.map(|(name, kind, source)| (name, kind, source.replace("Shell s", "Shell s\nk.Fire s & 1")));
    let endless: Vec<_> = endless.iter().map(|(name, kind, source)| (*name, *kind, source.as_str())).collect();
    assert!(!runs(&endless).is_empty());
}
