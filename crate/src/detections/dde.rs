//! Links to other programs (dynamic data exchange): `=cmd|'/c …'!A0`, `DDEAUTO`, `ddeLink`.
//!
//! Office starts the named program if it is not running and hands it the topic: a way to run a command line without any
//! macro, behind one question about updating links. Honest workbooks ask stock tickers and other workbooks this way, so a
//! link alone is a question to the sender.

use crate::detections::Detection;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::languages::ActionKind;
use crate::languages::conversations::runs;
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
