//! VBScript and JScript given as an argument (`mshta vbscript:…`, `rundll32 javascript:…`) or written into a file.
//!
//! They are read for what they name: text between quotes, put together where it is only joined. A script that starts
//! things names what it starts.

use std::borrow::Cow;

use super::words::unescaped;
use super::{Decoder, GAP, Reader, urls};
use crate::error::Result;
use crate::languages::{ActionKind, encoded, jscript};

/// Words by which a script starts a program, and by which it fetches.
const STARTS: [&str; 7] =
    [".run", ".exec", "shellexecute", "shell(", ".create(", "shell ", "createobject(\"wscript.shell\").run"];
const FETCHES: [&str; 8] =
    ["xmlhttp", "winhttp", "getobject", "responsebody", "responsetext", "urldownloadtofile", "adodb.stream", "script:"];

impl Decoder<'_> {
    pub(super) fn script(&mut self, script: &str) -> Result<()> {
        let decoded = encoded::plain(script);
        if let Cow::Owned(text) = &decoded {
            self.reveal(text);
        }
        let script = &*decoded;
        let inside = jscript::scripts(script);
        if inside.is_empty() {
            self.one_script(script)
        } else {
            inside.iter().try_for_each(|script| self.one_script(&encoded::plain(&script.text)))
        }
    }

    /// A script of JScript is run; what is none, or does nothing that is known, is searched for what it names.
    fn one_script(&mut self, script: &str) -> Result<()> {
        let unescaped = unescaped(script, "%");
        for script in [script, &unescaped] {
            let Some(outcome) = jscript::run(script, self.budget)? else { continue };
            for step in &outcome.steps {
                match step.kind {
                    // The script that a moniker fetches.
                    ActionKind::Run if step.detail.trim_start().to_lowercase().starts_with("script") => {
                        let url = urls(&step.detail).next().unwrap_or(&step.detail);
                        self.step(ActionKind::Fetch, url);
                    }
                    ActionKind::Run => self.layer(Reader::Program, &step.detail),
                    _ => self.step(step.kind, &step.detail),
                }
            }
            let has_steps = !outcome.steps.is_empty();
            self.files.extend(outcome.files);
            if outcome.exhausted {
                self.step(ActionKind::Run, GAP);
            }
            // Where not all of it was run, what it names may still come.
            if has_steps && !outcome.cut {
                return Ok(());
            }
        }
        self.named(unescaped);
        Ok(())
    }

    fn named(&mut self, script: String) {
        let lower = script.to_ascii_lowercase();
        let texts = texts(&script);
        let starts = STARTS.iter().any(|word| lower.contains(word));
        let fetches = FETCHES.iter().any(|word| lower.contains(word)) || lower.contains("http");
        if fetches {
            for url in texts.iter().flat_map(|text| urls(text)).take(8).collect::<Vec<_>>() {
                let is_argument =
                    texts.iter().any(|text| text.len() > url.len().saturating_add(8) && text.contains(url));
                if !(starts && is_argument) {
                    self.step(ActionKind::Fetch, url);
                }
            }
        }
        if starts {
            for text in texts.iter().take(64) {
                let inner = text.to_ascii_lowercase();
                if is_command(text) {
                    self.layer(Reader::Program, text);
                } else if text.contains(['"', '\'']) && STARTS.iter().any(|word| inner.contains(word)) {
                    // Text that the script runs as a script.
                    self.layer(Reader::Script, text);
                }
            }
        }
    }
}

/// Whether a text names a program: it starts with one, or with a path to one.
fn is_command(text: &str) -> bool {
    const PROGRAMS: [&str; 22] = [
        "cmd",
        "powershell",
        "pwsh",
        "mshta",
        "rundll32",
        "regsvr32",
        "wscript",
        "cscript",
        "certutil",
        "bitsadmin",
        "curl",
        "msiexec",
        "schtasks",
        "reg",
        "wmic",
        "conhost",
        "forfiles",
        "explorer",
        "notepad",
        "calc",
        "msbuild",
        "%comspec%",
    ];
    let base = super::words::base(&super::words::program(text).0);
    PROGRAMS.contains(&base.as_str())
        || [".exe", ".bat", ".cmd", ".dll", ".ps1", ".vbs", ".js"]
            .iter()
            .any(|end| super::words::program(text).0.to_ascii_lowercase().ends_with(end))
}

/// Texts between quotes, joined where `+` or `&` joins them. A quote is doubled (VBScript) or escaped (JScript).
fn texts(script: &str) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut joined = false;
    let mut chars = script.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' => {
                let mut text = String::new();
                while let Some(inner) = chars.next() {
                    match inner {
                        '\\' if matches!(chars.peek(), Some('\\' | '"' | '\'')) => text.extend(chars.next()),
                        inner if inner == c => {
                            if chars.next_if_eq(&c).is_none() {
                                break;
                            }
                            text.push(c);
                        }
                        inner => text.push(inner),
                    }
                }
                if let Some(last) = texts.last_mut().filter(|_| joined) {
                    last.push_str(&text);
                } else if texts.len() < 512 {
                    texts.push(text);
                }
                joined = false;
            }
            '+' | '&' => joined = !texts.is_empty(),
            c if c.is_whitespace() => {}
            _ => joined = false,
        }
    }
    texts
}
