//! Scripts: text that runs when opened.
//!
//! Most have no signature; Windows goes by the name alone, and so does this table: text named `.js` is a script. Where
//! the content does tell (encoded scripts, registry files, console files), it tells under any name, because mail asks
//! people to "rename it first". The rows stand before pages and text: a page named `.hta` is no page.

use super::{Format, Probe, Reading, xml};
use crate::artifact::Class;
use crate::detections::types::SCRIPT;
use crate::error::{Error, LimitKind, Result};
use crate::finding::{Evidence, Observation};
use crate::languages::commands::{Step, decode};
use crate::languages::encoded::{self, Decoded};
use crate::languages::jscript::{self, Script};
use crate::languages::{ActionKind, vba};
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
    read(script("vbe", &["vbe"]).probe(|p| p.starts_with(ENCODED) && p.extension.starts_with("vb")), |scan, source| {
        inspect(scan, source, "vbe")
    }),
    read(script("jse", &["jse"]).probe(|p| p.starts_with(ENCODED)), |scan, source| inspect(scan, source, "jse")),
    // Text that tells.
    script("reg", &["reg"]).probe(|p| p.text_starts(&["windows registry editor version", "regedit4"])),
    script("msc", &["msc"]).probe(|p| has_root(p, "mmc_consolefile")),
    read(
        script("hta", &["hta"]).probe(|p| p.text_starts(&["<"]) && p.text_holds("<hta:application")),
        |scan, source| inspect(scan, source, "hta"),
    ),
    read(
        script("wsf", &["wsf", "ws"]).probe(|p| {
            p.root().is_some_and(|root| root.is("job") || root.is("package"))
                && p.text_holds("<script")
                && p.text_holds("language")
        }),
        |scan, source| inspect(scan, source, "wsf"),
    ),
    read(
        script("scriptlet", &["sct", "wsc"])
            .probe(|p| p.root().is_some_and(|r| r.is("scriptlet") || r.is("component")) && p.text_holds("<script")),
        |scan, source| inspect(scan, source, "scriptlet"),
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
        |scan, source| inspect(scan, source, "js"),
    ),
    read(script("vbs", &["vbs"]), |scan, source| inspect(scan, source, "vbs")),
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
fn inspect(scan: &mut Scan, source: &Source, id: &'static str) -> Result<()> {
    if !scan.runs_script()? {
        return Ok(());
    }
    let (text, error) = xml::read_text(&scan.budget, source);
    if let Some(error) = error {
        return Err(error);
    }
    scan.budget.steps(text.len() as u64 >> 2)?;
    if text.len() > LONGEST {
        return Err(Error::Limit(LimitKind::ArtifactBytes));
    }
    // A script by its name is one; others are pages.
    let parts = match id {
        "js" | "jse" => vec![Script { text, is_basic: false }],
        "vbs" | "vbe" => vec![Script { text, is_basic: true }],
        _ => jscript::scripts(&text),
    };
    // What one script of a page sets the next one finds.
    let mut all = [String::new(), String::new()];
    for part in parts {
        let text = decoded(scan, part);
        if let Some(all) = all.get_mut(usize::from(text.is_basic)) {
            all.push_str(&text.text);
            all.push('\n');
        }
    }
    let mut steps = Vec::new();
    let mut result = Ok(());
    for (text, is_basic) in all.iter().zip([false, true]).filter(|(text, _)| !text.trim().is_empty()) {
        result = result.and(run(scan, text, is_basic, id, &mut steps));
    }
    if steps.len() > STEPS {
        result = result.and(Err(Error::Limit(LimitKind::Findings)));
    }
    for step in steps.into_iter().take(STEPS) {
        let evidence = Evidence::quote(&step.detail);
        scan.report(Observation::new(&SCRIPT, evidence).with("type", id).acts(step.kind, step.detail));
    }
    result
}

/// An encoded script is shown as it is decoded, as far as it can be.
fn decoded(scan: &mut Scan, script: Script) -> Script {
    let Some(Decoded { text, is_damaged }) = encoded::decode(&script.text) else { return script };
    scan.list_script(if script.is_basic { "decoded.vbs" } else { "decoded.js" }, &text);
    if is_damaged {
        scan.note(&Error::malformed("encoded script", 0), None);
    }
    Script { text, ..script }
}

fn run(scan: &Scan, script: &str, is_basic: bool, id: &str, steps: &mut Vec<Step>) -> Result<()> {
    let spent = |exhausted: bool| if exhausted { Err(Error::Limit(LimitKind::Steps)) } else { Ok(()) };
    if is_basic {
        let (mut behaviour, result) = vba::analyse_script(script, &scan.budget);
        let decoded = behaviour.decode_commands(&scan.budget);
        let reached = behaviour.actions.into_iter().filter(|action| action.reached_by.is_some());
        steps.extend(reached.map(|action| Step { kind: action.kind, detail: action.detail }));
        return result.and(decoded).and(spent(behaviour.exhausted));
    }
    let outcome = match jscript::run(script, &scan.budget)? {
        Some(outcome) => outcome,
        // Encoded, under any name: the language is not told.
        None if id == "jse" => return run(scan, script, true, id, steps),
        None => return Ok(()),
    };
    for step in outcome.steps {
        let inner = match step.kind {
            ActionKind::Run => decode(&step.detail, &outcome.files, &scan.budget)?,
            _ => Vec::new(),
        };
        steps.push(step);
        steps.extend(inner);
    }
    spent(outcome.exhausted)
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
