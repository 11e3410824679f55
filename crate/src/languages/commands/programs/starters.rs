//! Programs that load what they are given, or start it.

use super::Arguments;
use crate::languages::ActionKind;
use crate::languages::commands::words::{self, switch, unescaped};
use crate::languages::commands::{Decoder, Reader, unquoted, urls};

impl Decoder<'_> {
    pub(super) fn loaders(&mut self, name: &str, arguments: &Arguments<'_>) -> bool {
        match name {
            "rundll32" => self.rundll32(arguments),
            "regsvr32" => {
                if let Some(url) = arguments.url() {
                    self.step(ActionKind::Fetch, url);
                }
                let library = arguments.plain().last().filter(|file| !file.eq_ignore_ascii_case("scrobj.dll"));
                if let Some(library) = library.map(str::to_owned) {
                    self.step(ActionKind::Load, library);
                }
            }
            "msiexec" => {
                if let Some(url) = arguments.url() {
                    self.step(ActionKind::Download, url);
                } else if let Some(library) = arguments.value(&["y", "z"]).or_else(|| {
                    arguments
                        .texts()
                        .find(|w| switch(w).is_some_and(|s| s.starts_with(['y', 'Y', 'z', 'Z'])))
                        .and_then(|w| w.get(2..))
                        .map(str::to_owned)
                }) {
                    self.step(ActionKind::Load, library);
                } else {
                    return false;
                }
            }
            "installutil" | "regasm" | "regsvcs" | "cmstp" | "control" | "msxsl" | "mavinject" | "odbcconf"
            | "xwizard" | "verclsid" => {
                let file = arguments.plain().last().or_else(|| arguments.get(0)).map(str::to_owned);
                match file {
                    Some(file)
                        if name == "control"
                            && !file.to_ascii_lowercase().contains(".cpl")
                            && !file.contains(".dll") => {}
                    Some(file) => {
                        let kind = if name == "mavinject" { ActionKind::Inject } else { ActionKind::Load };
                        if let Some(url) = urls(&file).next() {
                            self.step(ActionKind::Fetch, url);
                        }
                        self.step(kind, file.trim_matches(['{', '}']));
                    }
                    None => {}
                }
            }
            "msbuild" | "csc" | "vbc" | "jsc" | "dotnet" => match arguments.plain().next().map(str::to_owned) {
                Some(file) => self.step(ActionKind::Load, file),
                None => return false,
            },
            _ => return false,
        }
        true
    }

    /// `rundll32 library,entry arguments`; some libraries start what they are given.
    pub(super) fn rundll32(&mut self, arguments: &Arguments<'_>) {
        let rest = arguments.rest.trim();
        let lower = rest.to_ascii_lowercase();
        if let Some(at) =
            ["javascript:", "vbscript:"].iter().find_map(|s| lower.find(s).map(|at| at.saturating_add(s.len())))
        {
            self.layer(Reader::Script, rest.get(at..).unwrap_or_default());
            return;
        }
        let Some(first) = arguments.get(0) else { return };
        let (library, mut entry) = first.split_once(',').unwrap_or((first, ""));
        let mut used = 0;
        if entry.is_empty() {
            used = 1;
            entry = arguments.get(1).unwrap_or_default().trim_start_matches(',');
        }
        let given = arguments.behind(used);
        let (file, entry_lower) = (words::base(library), entry.to_ascii_lowercase());
        let starts = matches!(
            (file.trim_end_matches(".dll"), entry_lower.as_str()),
            ("url", "openurl" | "openurla" | "fileprotocolhandler" | "fileprotocolhandlera")
                | ("shell32", "shellexec_rundll" | "shellexec_rundlla" | "shellexec_rundllw" | "openas_rundll")
                | ("zipfldr", "routethecall")
                | ("pcwutl", "launchapplication")
                | ("ieframe", "openurl")
                | ("mshtml", "printhtml")
                | ("advpack" | "ieadvpack", "registerocx")
        );
        let shows =
            matches!(file.trim_end_matches(".dll"), "user32" | "printui" | "keymgr" | "inetcpl.cpl" | "powrprof")
                || file.trim_end_matches(".dll") == "shell32"
                    && entry_lower.starts_with("control_rundll")
                    && !given.contains(['\\', '/']);
        if starts {
            let given = given.to_owned();
            self.layer(Reader::Program, &given);
        } else if file.starts_with("davclnt") {
            if let Some(url) = arguments.url() {
                self.step(ActionKind::Fetch, url);
            }
        } else if !shows {
            let detail = if entry.is_empty() { library.to_owned() } else { format!("{library},{entry}") };
            if library.starts_with("\\\\") {
                self.step(ActionKind::Fetch, library);
            }
            self.step(ActionKind::Load, detail);
        }
    }

    /// Programs that start another.
    pub(super) fn wrappers(&mut self, name: &str, arguments: &Arguments<'_>) -> bool {
        let command = match name {
            "conhost" => arguments
                .texts()
                .position(|w| !w.starts_with('-') && !w.starts_with("0x"))
                .map(|at| self_and_behind(arguments, at)),
            "forfiles" => arguments.value(&["c"]).map(|command| unescaped(&command, "0x")),
            "pcalua" => arguments
                .value(&["a"])
                .map(|program| format!("{program} {}", arguments.value(&["c"]).unwrap_or_default())),
            "wmic" => {
                if let Some(url) = arguments.url().filter(|_| arguments.rest.to_ascii_lowercase().contains("format")) {
                    self.step(ActionKind::Fetch, url);
                    return true;
                }
                let lower = arguments.rest.to_ascii_lowercase();
                if lower.contains("shadowcopy") && lower.contains("delete") {
                    self.step(ActionKind::Delete, "shadowcopy");
                    return true;
                }
                let at = arguments.position(|word| word.eq_ignore_ascii_case("create"));
                at.filter(|_| arguments.texts().any(|word| word.eq_ignore_ascii_case("call"))).map(|at| {
                    let line = arguments.behind(at);
                    let whole = arguments.get(at.saturating_add(1)).unwrap_or_default();
                    if line.starts_with('"') && !whole.is_empty() { whole.to_owned() } else { unwrapped(line) }
                })
            }
            "ssh" | "scp" | "sftp" => arguments.texts().enumerate().find_map(|(at, word)| {
                let option = word.strip_prefix("-o").unwrap_or(word);
                let option = if option.is_empty() { arguments.get(at.saturating_add(1))? } else { option };
                let (key, command) = option.split_once('=')?;
                matches!(
                    key.trim().to_ascii_lowercase().as_str(),
                    "proxycommand" | "localcommand" | "knownhostscommand"
                )
                .then(|| command.trim_matches('"').to_owned())
            }),
            "explorer" => {
                let target = arguments.rest.trim().trim_start_matches("/root,").trim_matches('"');
                let lower = target.to_ascii_lowercase();
                if urls(target).next().is_some() && !lower.starts_with("\\\\") {
                    self.step(ActionKind::View, target);
                    return true;
                }
                let runs = [
                    ".exe", ".com", ".bat", ".cmd", ".lnk", ".js", ".vbs", ".hta", ".scr", ".msi", ".cpl", ".dll",
                    ".ps1", ".url",
                ];
                if !runs.iter().any(|end| lower.ends_with(end)) {
                    return true;
                }
                Some(target.to_owned())
            }
            "scriptrunner" => arguments.value(&["appvscript"]),
            "bash"
            | "wt"
            | "runas"
            | "hideexec"
            | "nircmd"
            | "psexec"
            | "psexec64"
            | "runonce"
            | "syncappvpublishingserver" => {
                arguments.plain().next().map(|_| arguments.rest.trim().to_owned()).filter(|_| name == "wt")
            }
            "ftp" => {
                return arguments.texts().any(|word| word.to_ascii_lowercase().starts_with("-s:"));
            }
            "at" => {
                let command =
                    arguments.texts().position(|w| !w.contains(':') && !w.starts_with('\\') && switch(w).is_none());
                command.map(|at| {
                    let line = self_and_behind(arguments, at);
                    self.step(ActionKind::Persist, &line);
                    line
                })
            }
            _ => None,
        };
        let Some(command) = command else { return false };
        self.layer(Reader::Program, &command);
        true
    }
}

fn self_and_behind(arguments: &Arguments<'_>, at: usize) -> String {
    arguments.words.get(at).and_then(|word| arguments.rest.get(word.start..)).unwrap_or_default().trim().to_owned()
}

fn unwrapped(line: &str) -> String {
    line.trim().strip_prefix('\'').and_then(|line| line.strip_suffix('\'')).map_or_else(|| line.to_owned(), unquoted)
}
