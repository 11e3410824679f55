//! Programs that change what starts later and what protects.

use super::Arguments;
use crate::languages::ActionKind;
use crate::languages::commands::words::words;
use crate::languages::commands::{Decoder, GAP, Reader, urls};
use crate::languages::places::{starts_from_registry, weakens};

impl Decoder<'_> {
    /// Programs that change what starts later and what protects.
    pub(super) fn keepers(&mut self, name: &str, arguments: &Arguments<'_>) -> bool {
        let lower = arguments.rest.to_ascii_lowercase();
        let rest = arguments.rest.trim();
        match name {
            "reg" => {
                let verb = arguments.get(0).unwrap_or_default().to_ascii_lowercase();
                let key = arguments.get(1).unwrap_or_default();
                let data = arguments.value(&["d"]).unwrap_or_default();
                let value = arguments.value(&["v"]).unwrap_or_default();
                let place = format!("{key}\\{value}");
                match verb.as_str() {
                    "add" | "copy" | "restore" if weakens(&place) => {
                        self.step(ActionKind::Weaken, format!("{place} → {data}"))
                    }
                    "add" | "copy" | "restore" if starts_from_registry(&place) => {
                        self.step(ActionKind::Persist, format!("{place} → {data}"));
                        self.layer(Reader::Program, &data);
                    }
                    "add" => self.step(ActionKind::Write, place.trim_end_matches('\\')),
                    "import" => self.step(ActionKind::Write, key),
                    "delete" if weakens(&place) => self.step(ActionKind::Weaken, place),
                    "delete" => self.step(ActionKind::Delete, key),
                    "save" => self.step(ActionKind::Write, arguments.get(2).unwrap_or(GAP)),
                    _ => {}
                }
            }
            "regedit" => self.step(ActionKind::Write, rest),
            "schtasks" => {
                if arguments.has(&["create", "change"]) {
                    let command =
                        arguments.value(&["tr"]).or_else(|| arguments.value(&["xml"])).unwrap_or_else(|| GAP.into());
                    self.step(ActionKind::Persist, &command);
                    self.layer(Reader::Program, &command.replace('\'', "\""));
                }
            }
            "sc" => match arguments
                .texts()
                .find(|w| matches!(w.to_ascii_lowercase().as_str(), "create" | "config" | "stop" | "delete" | "start"))
            {
                Some(verb) if verb.eq_ignore_ascii_case("create") || lower.contains("binpath") => {
                    let at = lower.find("binpath").and_then(|at| {
                        lower.get(at..).and_then(|t| t.find('=')).map(|n| at.saturating_add(n).saturating_add(1))
                    });
                    let command = at
                        .and_then(|at| words(arguments.rest.get(at..)?).into_iter().next())
                        .map_or_else(|| rest.to_owned(), |w| w.text);
                    self.step(ActionKind::Persist, &command);
                    self.layer(Reader::Program, &command);
                }
                Some(_) if is_protection(&lower) => self.step(ActionKind::Weaken, format!("{name} {rest}")),
                _ => {}
            },
            "net" | "net1" if lower.contains("stop") && is_protection(&lower) => {
                self.step(ActionKind::Weaken, format!("{name} {rest}"))
            }
            "net" | "net1" if lower.contains("/add") => self.step(ActionKind::Persist, format!("{name} {rest}")),
            "net" | "net1" => {
                let found: Vec<String> = urls(rest).map(str::to_owned).take(2).collect();
                for url in found {
                    self.step(ActionKind::Fetch, url);
                }
            }
            "netsh" if lower.contains("firewall") => self.step(ActionKind::Weaken, format!("{name} {rest}")),
            "taskkill" | "pskill" if is_protection(&lower) => self.step(ActionKind::Weaken, format!("{name} {rest}")),
            "taskkill" | "netsh" | "shutdown" | "wusa" => {}
            "mpcmdrun" if lower.contains("removedefinitions") => {
                self.step(ActionKind::Weaken, format!("{name} {rest}"))
            }
            "mpcmdrun" => match arguments.url() {
                Some(url) => self.step(ActionKind::Download, url),
                None => return false,
            },
            "vssadmin" | "wbadmin" | "diskshadow" if lower.contains("delete") => {
                self.step(ActionKind::Delete, format!("{name} {rest}"))
            }
            "bcdedit" | "fltmc" => self.step(ActionKind::Weaken, format!("{name} {rest}")),
            "wevtutil" if lower.contains("cl") => self.step(ActionKind::Delete, format!("{name} {rest}")),
            _ => return false,
        }
        true
    }
}

/// Services and programs that protect.
fn is_protection(lower: &str) -> bool {
    [
        "windefend",
        "mpssvc",
        "wscsvc",
        "securityhealth",
        "msmpeng",
        "sense",
        "wdnissvc",
        "mpsvc",
        "wuauserv",
        "sharedaccess",
    ]
    .iter()
    .any(|name| lower.contains(name))
}
