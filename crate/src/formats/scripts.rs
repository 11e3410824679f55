//! Scripts: text that runs when opened.
//!
//! Most have no signature; Windows goes by the name alone, and so does this table: text named `.js` is a script. Where
//! the content does tell (encoded scripts, registry files, console files), it tells under any name, because mail asks
//! people to "rename it first". The rows stand before pages and text: a page named `.hta` is no page.

use super::{Format, Probe, Reading, xml};
use crate::artifact::Class;
use crate::detections::types::SCRIPT;
use crate::error::Result;
use crate::finding::{Evidence, Observation};
use crate::languages::commands::{Step, decode};
use crate::languages::{ActionKind, jscript, vba};
use crate::scan::Scan;
use crate::source::Source;

const fn script(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Script, extensions).risk(&SCRIPT).reading(Reading::ByKind).named()
}

/// A script that is run over what is known, so that the report says what it would do.
const fn read(format: Format, inspect: fn(&mut Scan, &Source) -> Result<()>) -> Format {
    format.reading(Reading::With(inspect))
}

/// Start of a script encoded by Microsoft's Script Encoder.
const ENCODED: &[u8] = b"#@~^";

pub(super) const FORMATS: &[Format] = &[
    // Not text.
    script("chm", &["chm", "its"]).probe(|p| p.starts_with(b"ITSF")),
    script("hlp", &["hlp", "hpj"]).probe(|p| p.starts_with(b"?_\x03\0") || p.starts_with(b"LN\x02\0")),
    script("applescript-compiled", &["scpt", "scptd"]).probe(|p| p.starts_with(b"FasdUAS")),
    script("autoit-compiled", &["a3x"]).probe(|p| p.starts_with(b"\xA3\x48\x4B\xBE\x98\x6C\x4A\xA9")),
    script("vbe", &["vbe"]).probe(|p| p.starts_with(ENCODED) && p.extension == "vbe"),
    script("jse", &["jse"]).probe(|p| p.starts_with(ENCODED)),
    // Text that tells.
    script("reg", &["reg"]).probe(|p| p.text_starts(&["windows registry editor version", "regedit4"])),
    script("msc", &["msc"]).probe(|p| has_root(p, "mmc_consolefile")),
    read(
        script("hta", &["hta"]).probe(|p| p.text_starts(&["<"]) && p.text_holds("<hta:application")),
        |scan, source| inspect(scan, source, "hta", false),
    ),
    read(
        script("wsf", &["wsf", "ws"]).probe(|p| {
            p.root().is_some_and(|root| root.is("job") || root.is("package"))
                && p.text_holds("<script")
                && p.text_holds("language")
        }),
        |scan, source| inspect(scan, source, "wsf", false),
    ),
    read(
        script("scriptlet", &["sct", "wsc"])
            .probe(|p| p.root().is_some_and(|r| r.is("scriptlet") || r.is("component")) && p.text_holds("<script")),
        |scan, source| inspect(scan, source, "scriptlet", false),
    ),
    script("macos-terminal", &["terminal"]).probe(|p| has_root(p, "plist") && p.text_holds("<key>commandstring</key>")),
    script("windows-sandbox", &["wsb"]).probe(|p| has_root(p, "configuration") && p.text_holds("<logoncommand")),
    script("python", &["py", "pyw", "pyi", "pyz", "pyzw"])
        .probe(|p| interpreter(p).is_some_and(|i| i.contains("python"))),
    script("perl", &["pl", "pm", "t"]).probe(|p| interpreter(p).is_some_and(|i| i.contains("perl"))),
    script("ruby", &["rb"]).probe(|p| interpreter(p).is_some_and(|i| i.contains("ruby"))),
    script("macos-command", &["command", "tool"]),
    // Text that is what its name says.
    read(
        script("js", &["js", "mjs", "cjs"]).probe(|p| interpreter(p).is_some_and(|i| i.contains("node"))),
        |scan, source| inspect(scan, source, "js", false),
    ),
    read(script("vbs", &["vbs"]), |scan, source| inspect(scan, source, "vbs", true)),
    script("wsh", &["wsh"]).probe(|p| p.has_line("[scriptfile]")),
    script(
        "powershell",
        &[
            "ps1", "psm1", "psd1", "ps1xml", "psc1", "pssc", "psrc", "cdxml", "ps2", "ps2xml", "msh", "msh1", "msh2",
            "mshxml", "msh1xml", "msh2xml",
        ],
    )
    .probe(|p| interpreter(p).is_some_and(|i| i.contains("pwsh"))),
    script("bat", &["bat", "cmd", "nsh"])
        .probe(|p| p.text_starts(&["@echo off", "@cls", "&cls"]) || p.starts_with(b"\xFF\xFE&cls\r\n")),
    script("inf", &["inf"])
        .probe(|p| p.has_line("[version]") && p.text_holds("signature") && p.text_holds("$chicago$")),
    script("msbuild", &["csproj", "vbproj", "fsproj", "vcxproj", "proj", "targets", "props", "wixproj", "shproj"]),
    // Kept by Windows and by programs that run what they hold without asking.
    script("scrap", &["shs", "shb"]),
    script("scheduled-task", &["job"]),
    script("foxpro", &["prg", "fxp"]),
    script("visual-studio-macros", &["vsmacros"]),
    script("tcl", &["tcl"]),
    script("applescript", &["applescript"]),
    script("autoit", &["au3"]),
    script("autohotkey", &["ahk"]),
    script("lua", &["lua", "luac"]).probe(|p| p.starts_with(b"\x1BLua")),
    script("shell-script", &["sh", "bash", "zsh", "ksh", "csh", "fish", "run", "shar"])
        .probe(|p| interpreter(p).is_some()),
];

/// Longest script that is run, in bytes.
const LONGEST: usize = 1 << 18;
/// Things done that are told of one file.
const STEPS: usize = 64;

/// Says what a script would do: what it is run with is not known, and its kind is a finding whatever comes out.
fn inspect(scan: &mut Scan, source: &Source, id: &'static str, is_basic: bool) -> Result<()> {
    if !scan.may_run_script() {
        return Ok(());
    }
    let (text, error) = xml::read_text(&scan.budget, source);
    if let Some(error) = error {
        return Err(error);
    }
    scan.budget.steps(text.len() as u64 >> 2)?;
    if text.len() > LONGEST || scan.budget.limits().evaluation == 0 {
        return Ok(());
    }
    let parts = if matches!(id, "js" | "vbs") { Vec::new() } else { jscript::scripts(&text) };
    let mut steps = Vec::new();
    if parts.is_empty() && matches!(id, "js" | "vbs") {
        run(scan, &text, is_basic, &mut steps)?;
    }
    for basic in [false, true] {
        // What one script of a page sets the next one finds.
        let all: Vec<&str> =
            parts.iter().filter(|part| part.is_basic == basic).map(|part| part.text.as_str()).collect();
        if !all.is_empty() {
            run(scan, &all.join("\n"), basic, &mut steps)?;
        }
    }
    for step in steps.into_iter().take(STEPS) {
        let evidence = Evidence::quote(&step.detail);
        scan.report(Observation::new(&SCRIPT, evidence).with("type", id).acts(step.kind, step.detail));
    }
    Ok(())
}

fn run(scan: &Scan, script: &str, is_basic: bool, steps: &mut Vec<Step>) -> Result<()> {
    if is_basic {
        let (mut behaviour, result) = vba::analyse_script(script, &scan.budget);
        let decoded = behaviour.decode_commands(&scan.budget);
        let reached = behaviour.actions.into_iter().filter(|action| action.reached_by.is_some());
        steps.extend(reached.map(|action| Step { kind: action.kind, detail: action.detail }));
        return result.and(decoded);
    }
    let Some(outcome) = jscript::run(script, &scan.budget)? else { return Ok(()) };
    for step in outcome.steps {
        let inner = match step.kind {
            ActionKind::Run => decode(&step.detail, &outcome.files, &scan.budget)?,
            _ => Vec::new(),
        };
        steps.push(step);
        steps.extend(inner);
    }
    Ok(())
}

fn has_root(p: &Probe<'_>, name: &str) -> bool {
    p.root().is_some_and(|root| root.is(name))
}

/// The program named in a first line `#!`.
fn interpreter<'p>(p: &'p Probe<'_>) -> Option<&'p str> {
    if !p.starts_with(b"#!") || p.starts_with(b"#!AMR") {
        return None;
    }
    let line = p.text()?.lines().next()?;
    line.trim_start_matches("#!").trim_start().starts_with('/').then_some(line)
}
