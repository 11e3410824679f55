//! PowerShell: its arguments, and its language as far as values are known.
//!
//! A script is taken apart completely (`syntax`) and then carried out straight through (`run`): text is joined, cut,
//! replaced, decoded and unpacked; commands that would do something are told, not done. What cannot be known is `…`
//! and stays so in whatever is made of it.

mod commands;
mod eval;
mod members;
mod names;
mod operators;
mod pattern;
mod run;
mod statics;
mod syntax;
mod text;
mod value;

use super::words::{switch, words};
use super::{Decoder, Reader};
use crate::error::Result;
use crate::languages::ActionKind;

/// The switches of `powershell.exe`, in the order in which a shortened one is tried, and whether a value follows.
const SWITCHES: [(&str, &str, bool); 22] = [
    // Full name, shortest form, value.
    ("version", "v", true),
    ("nologo", "nol", false),
    ("noexit", "noe", false),
    ("noprofileloadtime", "noprofilel", false),
    ("noprofile", "nop", false),
    ("noninteractive", "noni", false),
    ("sta", "s", false),
    ("mta", "mt", false),
    ("login", "l", false),
    ("inputformat", "i", true),
    ("outputformat", "o", true),
    ("windowstyle", "w", true),
    ("workingdirectory", "wo", true),
    ("configurationname", "config", true),
    ("configurationfile", "configurationf", true),
    ("custompipename", "cus", true),
    ("psconsolefile", "p", true),
    ("executionpolicy", "ex", true),
    ("encodedarguments", "encodeda", true),
    ("settingsfile", "set", true),
    ("nonint", "noni", false),
    ("of", "of", true),
];

/// What a switch asks for.
enum Asked {
    Encoded,
    Command,
    File,
    Value,
    Nothing,
}

fn asked(name: &str) -> Option<Asked> {
    let name = name.to_lowercase();
    let shortens = |full: &str, shortest: &str| name.len() >= shortest.len() && full.starts_with(&name);
    if shortens("encodedcommand", "e") || name == "ec" {
        return Some(Asked::Encoded);
    }
    if shortens("command", "c") || shortens("commandwithargs", "commandw") || name == "cwa" {
        return Some(Asked::Command);
    }
    if shortens("file", "f") {
        return Some(Asked::File);
    }
    if matches!(name.as_str(), "ep" | "if" | "wd" | "ea") {
        return Some(Asked::Value);
    }
    SWITCHES
        .iter()
        .find(|(full, shortest, _)| shortens(full, shortest))
        .map(|(_, _, value)| if *value { Asked::Value } else { Asked::Nothing })
}

impl Decoder<'_> {
    /// The arguments of PowerShell. Everything behind `-Command`, or without a switch, is the script.
    pub(super) fn powershell_arguments(&mut self, rest: &str, input: Option<&str>) {
        let words = words(rest);
        let mut at = 0_usize;
        let mut run = false;
        while let Some(word) = words.get(at) {
            at = at.saturating_add(1);
            let script = |from: usize| {
                let words = words.get(from..).unwrap_or_default();
                words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
            };
            let name = switch(&word.text).filter(|name| !name.is_empty());
            let (name, joined) = match name.and_then(|name| name.split_once(':')) {
                Some((name, value)) => (Some(name), Some(value)),
                None => (name, None),
            };
            match name.map(asked) {
                Some(Some(Asked::Encoded)) => {
                    run = true;
                    let coded = joined.or_else(|| words.get(at).map(|word| word.text.as_str())).unwrap_or_default();
                    match base64(coded).map(|bytes| utf_16(&bytes)) {
                        Some(script) => {
                            self.step(ActionKind::Run, &script);
                            self.layer(Reader::PowerShell, &script);
                        }
                        None => self.step(ActionKind::Run, super::GAP),
                    }
                    at = at.saturating_add(1);
                }
                Some(Some(Asked::Command)) => {
                    let script = script(at);
                    if script.trim() == "-" || script.is_empty() {
                        break;
                    }
                    self.layer(Reader::PowerShell, &script);
                    return;
                }
                Some(Some(Asked::File)) => {
                    self.script_file(&words.get(at).map(|word| word.text.clone()).unwrap_or_default());
                    return;
                }
                Some(Some(Asked::Value)) => at = at.saturating_add(usize::from(joined.is_none())),
                Some(Some(Asked::Nothing)) => {}
                Some(None) | None if word.text == "-" => break,
                Some(None) if word.text.starts_with('-') && word.text.len() > 1 && at < words.len() && !run => {
                    // An unknown switch: Windows refuses it or takes it for a script.
                }
                _ => {
                    if run {
                        return;
                    }
                    let script = script(at.saturating_sub(1));
                    let is_file = word.text.to_ascii_lowercase().ends_with(".ps1");
                    if is_file {
                        self.script_file(&word.text);
                    } else {
                        self.layer(Reader::PowerShell, &script);
                    }
                    return;
                }
            }
        }
        if let Some(input) = input.filter(|_| !run) {
            self.layer(Reader::PowerShell, input);
        }
    }

    /// A script file: one the line wrote is read, any other only named where nothing shows it yet.
    fn script_file(&mut self, file: &str) {
        if file.starts_with("\\\\") {
            self.step(ActionKind::Fetch, file);
        }
        if let Some(text) = self.files.take(file) {
            self.layer(Reader::PowerShell, &text);
        } else {
            self.reveal(file);
        }
    }

    pub(super) fn powershell(&mut self, script: &str) -> Result<()> {
        run::run(self, script)
    }
}

/// Decodes Base64 as .NET does, but without its rigour: blanks anywhere, the end may be missing.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for c in text.chars() {
        let value = match c {
            'A'..='Z' => u32::from(c).saturating_sub(u32::from('A')),
            'a'..='z' => u32::from(c).saturating_sub(u32::from('a')).saturating_add(26),
            '0'..='9' => u32::from(c).saturating_sub(u32::from('0')).saturating_add(52),
            '+' | '-' => 62,
            '/' | '_' => 63,
            '=' => break,
            c if c.is_whitespace() || matches!(c, '"' | '\'' | '^') => continue,
            _ => return None,
        };
        bits = (bits << 6) | value;
        count = count.saturating_add(6);
        if count >= 8 {
            count = count.saturating_sub(8);
            out.push(u8::try_from((bits >> count) & 0xFF).unwrap_or(0));
            bits &= [0, 0x1, 0x3, 0x7, 0xF, 0x1F, 0x3F, 0x7F].get(count as usize).copied().unwrap_or(0);
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Text of UTF-16LE; a single byte at the end is dropped.
pub(super) fn utf_16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    String::from_utf16_lossy(&units)
}
