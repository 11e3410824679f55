//! Links to other programs (dynamic data exchange): `=cmd|'/c …'!A0`, `DDEAUTO`, `ddeLink`.
//!
//! Office starts the named program if it is not running and hands it the topic: a way to run a command line without any
//! macro, behind one question about updating links. Honest workbooks ask stock tickers and other workbooks this way, so a
//! link alone is a question to the sender.

use crate::detections::Detection;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::languages::ActionKind;
use crate::view::{Reads, View};

pub(crate) const LINK: FindingKind = FindingKind::new("dde.link", Level::Hold, Some("N3"));
pub(crate) const LINK_RUNS: FindingKind = FindingKind::new("dde.link-runs", Level::Stop, Some("N3"));

pub(super) const DETECTION: Detection = Detection { kinds: &[&LINK, &LINK_RUNS], reads: Reads::Dde, find };

fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Dde(link) = view else { return };
    let kind = if runs(link.service, link.topic) { &LINK_RUNS } else { &LINK };
    let target = format!("{}|{}", link.service.trim(), link.topic.trim());
    let observation = Observation::new(kind, Evidence::quote(&target).path(link.path)).with("target", &target);
    let command = || format!("{} {}", link.service.trim(), link.topic.trim());
    found.push(if kind.id == LINK_RUNS.id { observation.acts(ActionKind::Run, command()) } else { observation });
}

/// Programs that run what they are told, and programs of the system that nobody asks for data.
#[rustfmt::skip]
const RUNNERS: &[&str] = &[
    "at", "bash", "bitsadmin", "calc", "certreq", "certutil", "cmd", "cmdl32", "cmstp", "command", "conhost", "control",
    "cscript", "csc", "curl", "desktopimgdownldr", "dfsvc", "dnscmd", "esentutl", "expand", "explorer", "extrac32",
    "finger", "forfiles", "ftp", "gpscript", "hh", "ieexec", "iexplore", "infdefaultinstall", "installutil", "java",
    "javaw", "jsc", "makecab", "mavinject", "mmc", "msbuild", "msdt", "mshta", "msiexec", "msohtmed", "mstsc", "netsh",
    "notepad", "odbcconf", "pcalua", "perl", "php", "powershell", "presentationhost", "pwsh", "python", "pythonw", "reg",
    "regasm", "regedit", "regsvcs", "regsvr32", "runas", "rundll32", "runonce", "sc", "schtasks", "scriptrunner", "sh",
    "ssh", "syncappvpublishingserver", "tftp", "wmic", "wscript", "wsl", "xwizard",
];

/// Whether a link starts a program: a runner by name, any program by path, or a topic that is a command and no data.
pub(crate) fn runs(service: &str, topic: &str) -> bool {
    let clean = |text: &str| -> String {
        let seen = text.chars().filter(|c| !matches!(c, '^' | '"' | '\'') && !crate::finding::is_invisible(*c));
        seen.collect::<String>().to_lowercase()
    };
    let (service, topic) = (clean(service), clean(topic));
    let file = service.trim().rsplit(['\\', '/']).next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default().trim();
    let is_path = service.contains(['\\', '/']) || file.contains(".exe") || file.contains(".com");
    let told = [".exe", ".cmd", ".bat", ".hta", ".ps1", ".vbs", ".js ", "http:", "https:", "powershell", "mshta"];
    let climbs = topic.contains("..\\") || topic.contains("../");
    let office = matches!(stem, "excel" | "winword" | "soffice" | "msaccess" | "powerpnt" | "outlook");
    RUNNERS.contains(&stem)
        || is_path && !office
        || climbs
        || told.iter().any(|word| topic.contains(word))
        || has_switch(&topic)
}

/// `/c`, `-enc`: a switch stands alone behind a space or at the start, unlike the stroke of `USD/JPY`; a path of an
/// older program (`/home/a`) goes on with another.
fn has_switch(topic: &str) -> bool {
    topic.split_ascii_whitespace().any(|word| {
        let name = word.strip_prefix(['/', '-']).unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.contains('/')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Dde;

    #[test]
    fn a_command_is_stop_and_a_ticker_a_question() {
        let id = |service, topic| {
            let mut found = Vec::new();
            find(&View::Dde(Dde { path: "x", service, topic }), &mut found);
            found[0].kind.id
        };
        for (service, topic) in [
            ("cmd", "/c calc"),
            ("C:\\Windows\\System32\\cmd.exe", ""),
            ("MSEXCEL", "\\..\\..\\..\\Windows\\System32\\cmd.exe /c x"),
            ("c^m^d", "/k x"),
            ("soffice", "http://a.example/x"),
            ("msbuild", "a.xml"),
            ("excel", "\"cmd\" /c x"),
            ("tool", "-encodedcommand x"),
        ] {
            assert_eq!(id(service, topic), "dde.link-runs", "{service}|{topic}");
        }
        for (service, topic) in [
            ("Excel", "[Book1.xlsx]Sheet1"),
            ("BLP", "M"),
            ("soffice", "C:\\data\\a.ods"),
            ("MT4", "BID"),
            ("RSS", "7203.T"),
            ("REUTER", "USD/JPY"),
            ("RSLinx", "PLC-5"),
            ("abc", "volume control"),
        ] {
            assert_eq!(id(service, topic), "dde.link", "{service}|{topic}");
        }
    }
}
