//! Shells and interpreters of other systems: `sh -c`, `python -c`, `osascript -e`. Read for what they fetch and start.

use super::words::{self, is_switch, words};
use super::{Decoder, Reader, urls};
use crate::languages::ActionKind;

impl Decoder<'_> {
    /// A line of a shell, or a script of an interpreter.
    pub(super) fn unix(&mut self, script: &str) {
        let lower = script.to_ascii_lowercase();
        for command in ["base64 -d", "base64 --decode", "base64 -D"] {
            if script.contains(command) {
                let coded =
                    words(script).into_iter().map(|word| word.text).find(|word| word.len() >= 16 && is_base64(word));
                if let Some(text) =
                    coded.and_then(|word| super::powershell::base64(&word)).and_then(|b| String::from_utf8(b).ok())
                {
                    self.reveal(&text);
                    self.layer(Reader::Unix, &text);
                }
                break;
            }
        }
        let is_apple_script = lower.contains("do shell script");
        for part in script.split(['\n', '\r', ';', '|', '&']).filter(|_| !is_apple_script) {
            let (program, rest) = words::program(part.trim());
            match words::base(&program).as_str() {
                name @ ("curl" | "wget") => {
                    self.fetcher(name, rest);
                }
                "osascript" | "sh" | "bash" | "zsh" | "python" | "python3" | "perl" => self.interpreter(rest),
                "sudo" | "nohup" | "exec" | "eval" => self.layer(Reader::Unix, rest.trim()),
                "do" => {}
                name if name.starts_with("chmod") && rest.contains("+x") => {
                    let file = rest.split_whitespace().last().unwrap_or_default().to_owned();
                    self.step(ActionKind::Run, file);
                }
                _ => {}
            }
        }
        // AppleScript's and Python's ways to a shell.
        for mark in ["do shell script", "os.system(", "subprocess", "os.popen("] {
            if let Some(at) = lower.find(mark) {
                let behind = script.get(at.saturating_add(mark.len())..).unwrap_or_default();
                if let Some(text) = behind.split(['"', '\'']).nth(1) {
                    let text = text.to_owned();
                    self.reveal(&text);
                    self.layer(Reader::Unix, &text);
                }
            }
        }
        let fetches =
            ["urlopen", "urlretrieve", "requests.", "http.client", "/dev/tcp"].iter().any(|word| lower.contains(word));
        if fetches {
            for url in urls(script).take(8).map(str::to_owned).collect::<Vec<_>>() {
                self.step(ActionKind::Fetch, url);
            }
        }
    }

    /// `-c` or `-e` and the script.
    pub(super) fn interpreter(&mut self, rest: &str) {
        let words = words(rest);
        // `sh -c "…"`, also single quotes, which Windows does not know.
        let Some(at) = words.iter().position(|word| is_switch(&word.text, &["c", "e", "ec", "lc", "Command"])) else {
            return;
        };
        let Some(from) = words.get(at).map(|word| word.end) else { return };
        let line = rest.get(from..).unwrap_or_default().trim();
        let script = match line.strip_prefix('\'') {
            Some(inside) => inside.rfind('\'').and_then(|end| inside.get(..end)).unwrap_or(inside).to_owned(),
            None => words.get(at.saturating_add(1)).map(|word| word.text.clone()).unwrap_or_default(),
        };
        self.layer(Reader::Unix, &script);
    }
}

fn is_base64(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
}
