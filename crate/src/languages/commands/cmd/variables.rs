//! Variables: `%name%`, `%name:~from,length%`, `%name:old=new%`, and the same between exclamation marks.

use std::collections::BTreeMap;

use crate::languages::commands::{GAP, LAYER, cut};
use crate::order;

/// The variables of a process.
#[derive(Clone, Debug, Default)]
pub(in crate::languages::commands) struct Environment {
    /// Those of [`USUAL`] that the line took away, by bit.
    gone: u32,
    /// Set by the line itself, by lower-case name.
    own: BTreeMap<String, String>,
    /// Whether `!variables!` were asked for (`/v:on`); then one that is not set is empty.
    pub(super) delayed: bool,
}

/// What they hold on a usual machine. The names of the user and of the machine are not known.
const USUAL: [(&str, &str); 31] = [
    ("ALLUSERSPROFILE", "C:\\ProgramData"),
    ("APPDATA", "C:\\Users\\…\\AppData\\Roaming"),
    ("CommonProgramFiles", "C:\\Program Files\\Common Files"),
    ("CommonProgramFiles(x86)", "C:\\Program Files (x86)\\Common Files"),
    ("CommonProgramW6432", "C:\\Program Files\\Common Files"),
    ("ComSpec", "C:\\WINDOWS\\system32\\cmd.exe"),
    ("DriverData", "C:\\Windows\\System32\\Drivers\\DriverData"),
    ("HOMEDRIVE", "C:"),
    ("HOMEPATH", "\\Users\\…"),
    ("LOCALAPPDATA", "C:\\Users\\…\\AppData\\Local"),
    ("NUMBER_OF_PROCESSORS", "…"),
    ("OS", "Windows_NT"),
    (
        "Path",
        "C:\\WINDOWS\\system32;C:\\WINDOWS;C:\\WINDOWS\\System32\\Wbem;C:\\WINDOWS\\System32\\WindowsPowerShell\\v1.0\\",
    ),
    ("PATHEXT", ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC"),
    ("PROCESSOR_ARCHITECTURE", "AMD64"),
    ("PROCESSOR_IDENTIFIER", "Intel64 Family …"),
    ("PROCESSOR_LEVEL", "6"),
    ("ProgramData", "C:\\ProgramData"),
    ("ProgramFiles", "C:\\Program Files"),
    ("ProgramFiles(x86)", "C:\\Program Files (x86)"),
    ("ProgramW6432", "C:\\Program Files"),
    (
        "PSModulePath",
        "C:\\Program Files\\WindowsPowerShell\\Modules;C:\\WINDOWS\\system32\\WindowsPowerShell\\v1.0\\Modules",
    ),
    ("PUBLIC", "C:\\Users\\Public"),
    ("SESSIONNAME", "Console"),
    ("SystemDrive", "C:"),
    ("SystemRoot", "C:\\WINDOWS"),
    ("TEMP", "C:\\Users\\…\\AppData\\Local\\Temp"),
    ("TMP", "C:\\Users\\…\\AppData\\Local\\Temp"),
    ("USERNAME", "…"),
    ("USERPROFILE", "C:\\Users\\…"),
    ("windir", "C:\\WINDOWS"),
];

/// Variables of the line itself.
const OWN: usize = 512;

impl Environment {
    pub(in crate::languages::commands) fn get(&self, name: &str) -> Option<&str> {
        let name = name.to_lowercase();
        self.own.get(&name).map(String::as_str).or_else(|| self.usual(&name).map(|(_, value)| value))
    }

    /// The bit and the value of a usual variable that is still there.
    fn usual(&self, name: &str) -> Option<(u32, &'static str)> {
        let usual = (0..).zip(USUAL).find(|(_, (usual, _))| usual.eq_ignore_ascii_case(name));
        usual.map(|(bit, (_, value))| (bit, value)).filter(|(bit, _)| self.gone >> bit & 1 == 0)
    }

    pub(in crate::languages::commands) fn set(&mut self, name: &str, value: &str) {
        let name = name.to_lowercase();
        if value.is_empty() {
            self.own.remove(&name);
            if let Some((bit, _)) = self.usual(&name) {
                self.gone |= 1 << bit;
            }
        } else if self.own.len() < OWN {
            self.own.insert(name, cut(value, LAYER).to_owned());
        }
    }

    /// What `set prefix` prints.
    pub(super) fn list(&self, prefix: &str) -> String {
        let prefix = prefix.trim().to_lowercase();
        let mut lines: Vec<String> = USUAL
            .iter()
            .filter(|(name, _)| !self.own.contains_key(&name.to_lowercase()) && self.usual(name).is_some())
            .map(|(name, value)| format!("{name}={value}"))
            .chain(self.own.iter().map(|(name, value)| format!("{name}={value}")))
            .filter(|line| line.to_lowercase().starts_with(&prefix))
            .collect();
        order::sort(&mut lines);
        lines.join("\n")
    }

    /// What a name between its marks stands for. A place that depends on the user stays as it is written: the report
    /// says more with `%APPDATA%`.
    fn resolve(&self, inside: &str, mark: char) -> Option<String> {
        if let Some(value) = self.get(inside) {
            let shown = value.contains(GAP) && mark == '%' && !self.own.contains_key(&inside.to_lowercase());
            return Some(if shown { format!("%{inside}%") } else { value.to_owned() });
        }
        let (name, change) = inside.split_once(':')?;
        let value = self.get(name)?;
        if let Some(range) = change.strip_prefix('~') {
            let (from, length) = range.split_once(',').map_or((range, None), |(from, length)| (from, Some(length)));
            return Some(part(value, number(from)?, length.map(number).unwrap_or(None)));
        }
        let (old, new) = change.split_once('=')?;
        if let Some(old) = old.strip_prefix('*') {
            let at = find_ignoring_case(value, old)?;
            return Some(format!("{new}{}", value.get(at.saturating_add(old.len())..).unwrap_or_default()));
        }
        Some(replace_ignoring_case(value, old, new))
    }

    /// What a variable that is not set stands for where that is known.
    fn empty(&self, name: &str, mark: char) -> Option<String> {
        let is_name = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '~' | ',' | '-' | '='));
        (mark == '!' && self.delayed && is_name).then(String::new)
    }

    /// Replaces every known variable between two `mark`s; what is not known stays, as on the command line. Linear: each
    /// mark looks for its partner once.
    pub(in crate::languages::commands) fn expand(&self, text: &str, mark: char) -> String {
        let mut out = String::new();
        let mut pieces = text.split(mark);
        out.push_str(pieces.next().unwrap_or_default());
        // The piece before the current one, waiting for its closing mark.
        let mut open: Option<&str> = None;
        for piece in pieces {
            open = match open {
                None => Some(piece),
                Some(name) => {
                    match self.resolve(name, mark).or_else(|| self.empty(name, mark)).filter(|_| !name.is_empty()) {
                        Some(value) if out.len().saturating_add(value.len()) <= LAYER => {
                            out.push_str(&value);
                            out.push_str(piece);
                            None
                        }
                        _ => {
                            out.push(mark);
                            out.push_str(name);
                            Some(piece)
                        }
                    }
                }
            };
        }
        if let Some(rest) = open {
            out.push(mark);
            out.push_str(rest);
        }
        out
    }
}

/// Numbers of cmd.exe: decimal, octal with a leading zero, hexadecimal.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits.trim_start()),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        i64::from_str_radix(hex, 16).ok()?
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(digits, 8).ok()?
    } else {
        digits.parse().ok()?
    };
    Some(value.saturating_mul(sign))
}

/// The part of a value that starts at `from` and has `length`; negative numbers count from the end.
fn part(value: &str, from: i64, length: Option<i64>) -> String {
    let count = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
    let start = if from < 0 { count.saturating_add(from).max(0) } else { from.min(count) };
    let end = match length {
        None => count,
        Some(length) if length < 0 => count.saturating_add(length),
        Some(length) => start.saturating_add(length).min(count),
    };
    let skip = usize::try_from(start).unwrap_or(0);
    let take = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
    value.chars().skip(skip).take(take).collect()
}

/// Where `needle` stands, ASCII case aside.
pub(in crate::languages::commands) fn find_ignoring_case(text: &str, needle: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(&needle.to_ascii_lowercase())
}

/// Replaces, ASCII case aside.
pub(in crate::languages::commands) fn replace_ignoring_case(text: &str, old: &str, new: &str) -> String {
    if old.is_empty() {
        return text.to_owned();
    }
    let (lower, old) = (text.to_ascii_lowercase(), old.to_ascii_lowercase());
    let (mut out, mut last) = (String::new(), 0_usize);
    for (at, found) in lower.match_indices(&old) {
        out.push_str(text.get(last..at).unwrap_or_default());
        out.push_str(new);
        last = at.saturating_add(found.len());
        if out.len() > LAYER {
            return cut(&out, LAYER).to_owned();
        }
    }
    out.push_str(text.get(last..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_cut_and_replaced() {
        let mut environment = Environment::default();
        environment.set("x", "abcdef");
        let of = |text| environment.expand(text, '%');
        assert_eq!(of("%x:~1,2%%X:~-2%%x:~0,-4%%x:c=ZZ%%x:*d=%"), "bcefabababZZdefef".replace("abababZZ", "ababZZ"));
        assert_eq!(of("%PROGRAMDATA:~0,1%%comspec:~-7,3%"), "Ccmd");
        assert_eq!(of("100% %nothing% %APPDATA%\\a %"), "100% %nothing% %APPDATA%\\a %");
        assert_eq!(environment.expand("!x!", '!'), "abcdef");
        assert_eq!(number("010"), Some(8));
    }
}
