//! Conversations with other programs (DDE) that a document asks for when its links are updated.
//!
//! A cell `=cmd|'/c …'!A0` makes Excel start `cmd.exe`, after two questions that people are used to answer with yes
//! (2017 until today, in `.xls`, `.xlsx`, `.csv`, `.slk`). The same mechanism brings prices and measurements into honest
//! workbooks: then the server is a program that only tells numbers, and the topic names what is asked for.

use crate::detections::Detection;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::view::{Reads, View};

const COMMAND: FindingKind = FindingKind::new("dde.command", Level::Stop, Some("M3"));
const LINK: FindingKind = FindingKind::new("dde.link", Level::Hold, Some("N1"));

pub(super) const DETECTION: Detection = Detection { kinds: &[&COMMAND, &LINK], reads: Reads::Dde, find };

/// Servers that start whatever the topic says, or are programs of the system that nobody asks for data.
const PROGRAMS: &[&str] = &[
    "at",
    "bash",
    "bitsadmin",
    "calc",
    "certreq",
    "certutil",
    "cmd",
    "cmdl32",
    "cmstp",
    "conhost",
    "control",
    "cscript",
    "csc",
    "curl",
    "desktopimgdownldr",
    "dfsvc",
    "dnscmd",
    "esentutl",
    "expand",
    "explorer",
    "extrac32",
    "finger",
    "forfiles",
    "ftp",
    "gpscript",
    "hh",
    "ieexec",
    "iexplore",
    "infdefaultinstall",
    "installutil",
    "java",
    "javaw",
    "jsc",
    "makecab",
    "mavinject",
    "mmc",
    "msbuild",
    "msdt",
    "mshta",
    "msiexec",
    "msohtmed",
    "mstsc",
    "netsh",
    "notepad",
    "odbcconf",
    "pcalua",
    "perl",
    "php",
    "powershell",
    "pwsh",
    "presentationhost",
    "python",
    "pythonw",
    "reg",
    "regasm",
    "regedit",
    "regsvcs",
    "regsvr32",
    "rundll32",
    "runas",
    "runonce",
    "sc",
    "schtasks",
    "scriptrunner",
    "ssh",
    "syncappvpublishingserver",
    "tftp",
    "wmic",
    "wscript",
    "wsl",
    "xwizard",
];

fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Dde(link) = view else { return };
    let written = format!("{}|'{}'!{}", link.server, link.topic, link.item);
    let kind = if starts_a_program(link.server, link.topic) { &COMMAND } else { &LINK };
    let evidence = Evidence::quote(&written).path(link.path);
    found.push(Observation::new(kind, evidence).with("kind", "dde").with("target", &written));
}

/// Whether the server is a program of the system, or what it is asked for is a command and no data.
fn starts_a_program(server: &str, topic: &str) -> bool {
    let (server, topic) = (clean(server), clean(topic));
    let file = server.rsplit(['\\', '/']).next().unwrap_or_default();
    let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
    if PROGRAMS.contains(&stem) || matches!(extension, "exe" | "com" | "cmd" | "bat" | "pif" | "scr") || file != server
    {
        return true;
    }
    // Office programs are honest servers of documents; from their folder a path leads to every other program.
    topic.contains("..\\") || topic.contains("../") || has_switch(&topic) || names_a_program(&topic)
}

/// As Windows reads it: without case, quotes, carets and invisible letters.
fn clean(text: &str) -> String {
    let letters = text.chars().filter(|c| !crate::finding::is_invisible(*c) && !matches!(c, '"' | '\'' | '^'));
    letters.collect::<String>().trim().to_lowercase()
}

/// `/c`, `-enc`: a switch stands alone behind a space or at the start, unlike the stroke of `USD/JPY`.
fn has_switch(topic: &str) -> bool {
    topic.split_ascii_whitespace().any(|word| {
        let name = word.strip_prefix(['/', '-']).unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_alphabetic())
    })
}

/// A word of the topic that is a program: `…\cmd.exe`, `powershell`.
fn names_a_program(topic: &str) -> bool {
    topic.split(|c: char| c.is_whitespace() || matches!(c, '\\' | '/' | ';' | '&' | '|' | '(' | ')' | ',')).any(
        |word| {
            let (stem, extension) = word.rsplit_once('.').unwrap_or((word, ""));
            let known = stem.len() > 3 || stem == "cmd";
            matches!(extension, "exe" | "bat" | "cmd" | "ps1" | "vbs" | "js" | "hta" | "scr")
                || (extension.is_empty()
                    && known
                    && PROGRAMS.contains(&stem)
                    && !matches!(stem, "control" | "explorer" | "expand"))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Dde;

    fn id(server: &str, topic: &str) -> &'static str {
        let mut found = Vec::new();
        find(&View::Dde(Dde { path: "Workbook", server, topic, item: "A1" }), &mut found);
        found[0].kind.id
    }

    #[test]
    fn commands() {
        for (server, topic) in [
            ("cmd", "/c echo"),
            ("CMD.EXE", " /k x"),
            ("C:\\Windows\\System32\\cmd.exe", "/c x"),
            ("MSEXCEL", "\\..\\..\\..\\Windows\\System32\\cmd.exe /c x"),
            ("MSEXCEL", "..\\..\\x"),
            ("excel", "\"cmd\" x"),
            ("po^wershell", "-e x"),
            ("tool", "-encodedcommand x"),
            ("rundll32", "a.dll,b"),
        ] {
            assert_eq!(id(server, topic), "dde.command", "{server} {topic}");
        }
    }

    #[test]
    fn data() {
        for (server, topic) in [
            ("RSS", "7203.T"),
            ("MT4", "BID"),
            ("Excel", "[Book.xls]Sheet1"),
            ("excel", "C:\\data\\Book.xls"),
            ("WINWORD", "C:\\data\\letter.doc"),
            ("blp", "m"),
            ("REUTER", "USD/JPY"),
            ("view", "Tagname"),
            ("RSLinx", "PLC-5"),
            ("abc", "volume control"),
        ] {
            assert_eq!(id(server, topic), "dde.link", "{server} {topic}");
        }
    }
}
