//! Limits that only many or large files reach: none is silent.

use std::io::Cursor;

use unopened::{Options, Report};

use crate::builders::zip::{Entry, zip};

fn inspect(bytes: Vec<u8>, name: &str) -> Report {
    unopened::inspect(Cursor::new(bytes), name, &Options::default(), |_| ()).unwrap()
}

/// The limits that a report names, with the artifact.
fn limits(report: &Report) -> Vec<(u32, &str)> {
    let hit = report.findings.iter().filter(|finding| finding.id == "file.limit-reached");
    hit.map(|finding| (finding.artifact, finding.values["limit"].as_str())).collect()
}

const RUN: &str = "new ActiveXObject('WScript.Shell').Run('cmd /c echo unopened');";

#[test]
fn a_script_that_is_too_long_to_be_run_says_so() {
    let padded = |n: usize| format!("//{}\n{RUN}", "x".repeat(n)).into_bytes();
    let whole = inspect(padded(1000), "invoice.js");
    assert!(limits(&whole).is_empty() && !whole.actions.is_empty() && !whole.verdict.incomplete);
    let long = inspect(padded(300 << 10), "invoice.js");
    assert_eq!(limits(&long), [(0, "artifact-bytes")]);
    assert!(long.verdict.incomplete && long.actions.is_empty());
}

#[test]
fn scripts_beyond_those_that_are_run_say_so() {
    let entries: Vec<Entry> = (0..42).map(|at| Entry::stored(&format!("a{at}.js"), RUN.as_bytes())).collect();
    let report = inspect(zip(&entries), "invoices.zip");
    let last = u32::try_from(report.artifacts.len()).unwrap() - 1;
    assert_eq!(limits(&report), [(last - 1, "steps"), (last, "steps")]);
}

#[test]
fn a_script_that_uses_up_its_steps_says_so() {
    for (name, script) in [
        ("invoice.js", format!("function f(n) {{ return f(n + 1) + f(n) }} f(0); {RUN}")),
        ("invoice.vbs", "Do\nx = x + 1\nLoop\nCreateObject(\"WScript.Shell\").Run \"calc.exe\"".into()),
    ] {
        let report = inspect(script.into_bytes(), name);
        assert_eq!(limits(&report), [(0, "steps")], "{name}");
    }
    let many = format!(
        "var s = new ActiveXObject('WScript.Shell'); for (var i = 0; i < 99; i++) s.Run('a' + i + '.exe'); {RUN}"
    );
    assert_eq!(limits(&inspect(many.into_bytes(), "invoice.js")), [(0, "findings")]);
}
