//! What the programs of Windows do with which argument.
//!
//! Attackers like programs that are already there and signed by Microsoft: each of these fetches, unpacks, loads or
//! starts what its arguments name. A program that is not listed starts, and that is all that can be said.

mod settings;
mod starters;

use super::words::{self, Word, is_switch, switch, words};
use super::{Decoder, GAP, LAYER, Reader, file_name, urls};
use crate::error::Result;
use crate::languages::ActionKind;

/// The arguments of a program.
struct Arguments<'a> {
    /// The line behind its name.
    rest: &'a str,
    words: Vec<Word>,
}

impl<'a> Arguments<'a> {
    fn new(rest: &'a str) -> Self {
        Self { rest, words: words(rest) }
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| word.text.as_str())
    }

    fn get(&self, at: usize) -> Option<&str> {
        self.words.get(at).map(|word| word.text.as_str())
    }

    fn has(&self, names: &[&str]) -> bool {
        self.texts().any(|word| is_switch(word, names))
    }

    /// The word behind a switch, or what is joined to it by `:` or `=`.
    fn value(&self, names: &[&str]) -> Option<String> {
        self.words.iter().enumerate().find_map(|(at, word)| {
            let name = switch(&word.text)?;
            if names.iter().any(|n| n.eq_ignore_ascii_case(name)) {
                return self.get(at.saturating_add(1)).map(str::to_owned);
            }
            let (name, value) = name.split_once([':', '='])?;
            names.iter().any(|n| n.eq_ignore_ascii_case(name)).then(|| value.trim_matches('"').to_owned())
        })
    }

    /// The line behind the word at `at`.
    fn behind(&self, at: usize) -> &'a str {
        self.words.get(at).and_then(|word| self.rest.get(word.end..)).unwrap_or_default().trim()
    }

    fn position(&self, is: impl Fn(&str) -> bool) -> Option<usize> {
        self.words.iter().position(|word| is(&word.text))
    }

    fn url(&self) -> Option<&str> {
        self.texts().find_map(|word| urls(word).next())
    }

    /// Words that are no switches.
    fn plain(&self) -> impl Iterator<Item = &str> {
        self.texts().filter(|word| !word.starts_with('-') && (word.starts_with("//") || !word.starts_with('/')))
    }
}

/// Programs that only show, wait or look: nothing to say about them.
const QUIET: [&str; 34] = [
    "notepad",
    "write",
    "wordpad",
    "mspaint",
    "ipconfig",
    "whoami",
    "hostname",
    "ping",
    "timeout",
    "choice",
    "where",
    "tree",
    "tasklist",
    "systeminfo",
    "chcp",
    "more",
    "sort",
    "find",
    "findstr",
    "fc",
    "comp",
    "cls",
    "title",
    "doskey",
    "mode",
    "winver",
    "attrib",
    "cacls",
    "icacls",
    "takeown",
    "quser",
    "nslookup",
    "tracert",
    "arp",
];

/// Browsers: they show what they are given.
const BROWSERS: [&str; 8] = ["iexplore", "msedge", "chrome", "firefox", "opera", "brave", "microsoft-edge", "safari"];

impl Decoder<'_> {
    /// A program and its arguments.
    pub(super) fn program(&mut self, line: &str, input: Option<&str>) -> Result<()> {
        let line = self.here.environment.expand(line.trim(), '%');
        let (program, rest) = words::program(&line);
        let mut name = words::base(&program);
        if let Some(original) = self.aliases.get(&name) {
            name.clone_from(original);
        }
        let before = self.out.len();
        let arguments = Arguments::new(rest);
        if program.starts_with("\\\\") {
            self.step(ActionKind::Fetch, &program);
        }
        if self.start(&name, &program, &arguments, input) {
            // A shell inside a shell: shown only if what is shown so far does not hold it.
            let only_layers =
                self.out.get(before..).is_some_and(|out| out.iter().all(|i| matches!(i, super::Item::Layer(_))));
            if only_layers && self.here.depth > 0 {
                let layers = self.out.split_off(before);
                self.reveal(&line);
                self.out.extend(layers);
            }
        } else if self.here.depth > 0 {
            self.step(ActionKind::Run, &line);
        } else {
            self.reveal(&line);
        }
        self.written_script(&name, &program, &arguments);
        Ok(())
    }

    /// A script that the line itself wrote before.
    fn written_script(&mut self, name: &str, program: &str, arguments: &Arguments<'_>) {
        let runs = matches!(name, "wscript" | "cscript" | "mshta" | "powershell" | "pwsh" | "cmd" | "explorer" | "ftp");
        let files: Vec<String> = std::iter::once(program)
            .chain(arguments.texts().filter(|_| runs))
            .map(|word| word.rsplit_once("-s:").map_or(word, |(_, file)| file).to_owned())
            .collect();
        for file in files {
            let Some(text) = self.files.take(&file) else { continue };
            // No more is kept.
            if text.len() >= LAYER {
                self.step(ActionKind::Run, GAP);
            }
            let extension = file_name(&file);
            match extension.rsplit_once('.').map_or("", |(_, extension)| extension) {
                "bat" | "cmd" => self.layer(Reader::Cmd, &text),
                "ps1" => self.layer(Reader::PowerShell, &text),
                "vbs" | "js" | "hta" | "wsf" | "jse" | "vbe" => self.layer(Reader::Script, &text),
                // Whatever the file is called: `wscript //e:vbscript a.xml`.
                _ if matches!(name, "wscript" | "cscript" | "mshta") => self.layer(Reader::Script, &text),
                _ if name == "ftp" => {
                    for command in text.lines().filter_map(|line| line.trim().strip_prefix('!')) {
                        self.layer(Reader::Cmd, command);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether the program is known and its arguments say all there is to say.
    fn start(&mut self, name: &str, program: &str, arguments: &Arguments<'_>, input: Option<&str>) -> bool {
        if QUIET.contains(&name) {
            return true;
        }
        if BROWSERS.contains(&name) {
            if let Some(url) = arguments.url() {
                self.step(ActionKind::View, url);
            }
            return true;
        }
        self.shells(name, program, arguments, input)
            || self.fetchers(name, arguments)
            || self.loaders(name, arguments)
            || self.wrappers(name, arguments)
            || self.keepers(name, arguments)
            || self.addresses(program)
    }

    /// What Windows opens by its address.
    fn addresses(&mut self, program: &str) -> bool {
        let lower = program.to_ascii_lowercase();
        if ["http://", "https://", "ftp://"].iter().any(|scheme| lower.starts_with(scheme)) {
            self.step(ActionKind::View, program);
            return true;
        }
        if let Some(script) = ["javascript:", "vbscript:"].iter().find(|scheme| lower.starts_with(*scheme)) {
            self.layer(Reader::Script, program.get(script.len()..).unwrap_or_default());
            return true;
        }
        lower.starts_with("mailto:")
    }

    fn shells(&mut self, name: &str, program: &str, arguments: &Arguments<'_>, input: Option<&str>) -> bool {
        match name {
            "cmd" | "%comspec%" => self.cmd_arguments(arguments.rest, input),
            "powershell" | "pwsh" | "powershell_ise" => self.powershell_arguments(arguments.rest, input),
            "sh" | "bash" | "zsh" | "wsl" | "python" | "python3" | "pythonw" | "py" | "perl" | "ruby" | "node"
            | "osascript" => {
                if !arguments.texts().any(|word| is_switch(word, &["c", "e", "ec", "lc"])) {
                    return false;
                }
                self.interpreter(arguments.rest);
            }
            "curl" | "wget" if !program.is_empty() && arguments.rest.contains('|') => {
                self.layer(Reader::Unix, &format!("{name} {}", arguments.rest));
            }
            "wscript" | "cscript" => {
                if let Some(url) = arguments.url() {
                    self.step(ActionKind::Fetch, url);
                }
                let file = arguments.texts().find(|word| !word.starts_with("//"));
                if let Some(file) = file.filter(|_| self.here.depth > 0) {
                    let file = file.to_owned();
                    self.step(ActionKind::Run, file);
                }
            }
            "mshta" => {
                let argument = arguments.rest.trim().trim_matches('"');
                let lower = argument.to_ascii_lowercase();
                if let Some(script) =
                    ["vbscript:", "javascript:", "about:"].iter().find(|scheme| lower.starts_with(*scheme))
                {
                    self.layer(Reader::Script, argument.get(script.len()..).unwrap_or_default());
                } else if let Some(url) = arguments.url() {
                    self.step(ActionKind::Fetch, url);
                } else {
                    return false;
                }
            }
            _ => return false,
        }
        true
    }

    /// `curl` and `wget`, of Windows and of others.
    pub(super) fn fetcher(&mut self, name: &str, rest: &str) {
        let arguments = Arguments::new(rest);
        let exact = |names: &[&str]| arguments.texts().position(|word| names.contains(&word));
        let next = |at: usize| arguments.get(at.saturating_add(1)).map(str::to_owned);
        let joined = |prefix: &str| {
            arguments.texts().find_map(|word| word.strip_prefix(prefix)).filter(|v| !v.is_empty()).map(str::to_owned)
        };
        let file = if name == "curl" {
            // Short switches may stand together: `-sLo file`.
            let short = arguments.texts().position(|word| {
                word.starts_with('-') && !word.starts_with("--") && word.ends_with('o') && word.len() <= 8
            });
            short.or_else(|| exact(&["--output"])).and_then(next).or_else(|| joined("--output=")).or_else(|| {
                arguments
                    .texts()
                    .find(|word| word.starts_with("-o") && word.len() > 4)
                    .and_then(|w| w.get(2..))
                    .map(str::to_owned)
            })
        } else {
            exact(&["-O", "--output-document"])
                .and_then(next)
                .or_else(|| joined("--output-document="))
                .or_else(|| joined("-O"))
        };
        let remote_name = name == "wget"
            || arguments.texts().any(|word| {
                word == "--remote-name" || word.starts_with('-') && !word.starts_with("--") && word.contains('O')
            });
        let sends = arguments
            .texts()
            .any(|word| matches!(word, "-d" | "-F" | "-T" | "--data" | "--data-binary" | "--form" | "--upload-file"));
        let scheme_less =
            arguments.plain().find(|word| word.contains('.') && word.contains('/') && Some(*word) != file.as_deref());
        let found: Vec<String> = arguments.texts().flat_map(urls).map(str::to_owned).take(8).collect();
        let found = if found.is_empty() { scheme_less.map(str::to_owned).into_iter().collect() } else { found };
        for url in found {
            let printed = file.as_deref().is_some_and(|file| file == "-");
            match &file {
                Some(file) if !printed => self.download(&url, file),
                None if remote_name && !sends => self.download(&url, &file_of(&url)),
                _ if sends => self.step(ActionKind::Send, &url),
                _ => self.step(ActionKind::Fetch, &url),
            }
        }
    }

    fn fetchers(&mut self, name: &str, arguments: &Arguments<'_>) -> bool {
        match name {
            "curl" | "wget" => self.fetcher(name, arguments.rest),
            "certutil" => {
                let decodes =
                    arguments.position(|word| is_switch(word, &["decode", "decodehex", "encode", "encodehex"]));
                if let Some(url) = arguments.url() {
                    let behind = arguments.plain().skip_while(|word| urls(word).next() != Some(url)).nth(1);
                    let file = behind.map_or_else(|| file_of(url), str::to_owned);
                    self.download(url, &file);
                } else if let Some(at) = decodes {
                    let files: Vec<&str> =
                        arguments.texts().skip(at.saturating_add(1)).filter(|w| switch(w).is_none()).collect();
                    let (from, to) = (files.first().copied().unwrap_or(GAP), files.get(1).copied().unwrap_or(GAP));
                    self.written(to);
                    self.decoded(from, to);
                } else {
                    return false;
                }
            }
            "bitsadmin" => {
                let words: Vec<&str> = arguments.texts().collect();
                let mut found = false;
                for pair in words.windows(2) {
                    if let [url, file] = pair
                        && urls(url).next().is_some()
                    {
                        self.download(url, file);
                        found = true;
                    }
                }
                if let Some(at) = arguments.position(|word| is_switch(word, &["setnotifycmdline"])) {
                    let command = arguments.behind(at.saturating_add(1)).to_owned();
                    self.step(ActionKind::Persist, &command);
                    self.layer(Reader::Program, &command);
                    found = true;
                }
                return found
                    || arguments
                        .position(|word| {
                            is_switch(word, &["create", "resume", "complete", "cancel", "reset", "transfer"])
                        })
                        .is_some();
            }
            "finger" | "ieexec" | "presentationhost" | "imewdbld" | "cmdl32" | "desktopimgdownldr" | "certoc"
            | "gfxdownloadwrapper" | "appinstaller" | "squirrel" | "update" | "msohtmed" | "mspub" | "hh" | "nc"
            | "ncat" => {
                let address = arguments.url().map(str::to_owned);
                let address = address.or_else(|| arguments.texts().find(|word| word.contains('@')).map(str::to_owned));
                match address {
                    Some(address) => self.step(ActionKind::Fetch, address),
                    None => return name == "hh",
                }
            }
            "certreq" => match arguments.url() {
                Some(url) => self.step(ActionKind::Send, url),
                None => return false,
            },
            "winget" | "choco" | "pip" | "npm" => return false,
            "expand" | "extrac32" | "esentutl" | "makecab" | "tar" | "diantz" | "print" => {
                let named = arguments.value(&["d", "D", "C"]);
                let file = named.or_else(|| arguments.plain().last().map(str::to_owned)).unwrap_or_else(|| GAP.into());
                if let Some(share) = arguments.texts().find(|word| word.starts_with("\\\\")) {
                    self.download(share, &file);
                } else {
                    self.written(&file);
                }
            }
            _ => return false,
        }
        true
    }

    /// A file of the line itself that is unpacked by it.
    fn decoded(&mut self, from: &str, to: &str) {
        let Some(text) = self.files.get(from) else { return };
        let coded: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
        if let Some(text) = super::powershell::base64(&coded).and_then(|bytes| String::from_utf8(bytes).ok()) {
            self.reveal(&text);
            self.files.replace(to, &text);
        }
    }
}

/// The name under which an address is saved.
fn file_of(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.split_once("://")
        .map_or(path, |(_, rest)| rest)
        .split_once('/')
        .map_or(String::new(), |(_, path)| path.rsplit('/').next().unwrap_or_default().to_owned())
}
