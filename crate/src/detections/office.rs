//! What Office loads, asks or starts without any macro: data connections, add-ins of the web and of .NET, commands on
//! slides.
//!
//! Workbooks that read a database are everyday, so a connection is worth a word and no more, unless it is asked when the
//! workbook is opened and leads to a server on the web or a file share. Code that a document names for loading (VSTO, used
//! with `.vsto` files on attackers' servers since 2022) is none of a document's business.

use super::relationships::is_remote;
use crate::detections::Detection;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::languages::ActionKind;
use crate::view::{AddIn, How, Reads, View};

const CONNECTION: FindingKind = FindingKind::new("office.connection", Level::Notice, Some("N3"));
const CONNECTION_LOADS: FindingKind = FindingKind::new("office.connection-loads", Level::Hold, Some("N3"));
const PRESS: FindingKind = FindingKind::new("office.starts-program", Level::Hold, Some("N3"));
const HOVER: FindingKind = FindingKind::new("office.starts-program-hover", Level::Stop, Some("N3"));
/// Objects that a show activates started programs in 2014 (CVE-2014-4114, CVE-2014-6352).
const ANIMATION: FindingKind = FindingKind::new("office.activates-object", Level::Hold, Some("N3"));
const WEB_ADD_IN: FindingKind = FindingKind::new("office.web-extension", Level::Hold, Some("M6"));
const STORE_ADD_IN: FindingKind = FindingKind::new("office.store-extension", Level::Notice, Some("M6"));
const CODE: FindingKind = FindingKind::new("office.code-add-in", Level::Hold, Some("M6"));
const REMOTE_CODE: FindingKind = FindingKind::new("office.remote-code-add-in", Level::Stop, Some("M6"));

pub(super) const CONNECTIONS: Detection =
    Detection { kinds: &[&CONNECTION, &CONNECTION_LOADS], reads: Reads::Connection, find: connection };
pub(super) const PRESSES: Detection =
    Detection { kinds: &[&PRESS, &HOVER, &ANIMATION], reads: Reads::Press, find: press };
pub(super) const ADD_INS: Detection =
    Detection { kinds: &[&WEB_ADD_IN, &STORE_ADD_IN, &CODE, &REMOTE_CODE], reads: Reads::AddIn, find: add_in };

fn connection(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Connection(connection) = view else { return };
    let target = connection.target.to_lowercase();
    // The address may stand anywhere in a connection string.
    let leads_out = is_remote(connection.target)
        || target.split([';', '=', ' ', '"', '\'']).any(|piece| piece.len() > 3 && is_remote(piece));
    let runs = ["xp_cmdshell", "cmd.exe", "cmd /c", "powershell", "mshta"].iter().any(|word| target.contains(word));
    let kind = if connection.automatic && leads_out || runs { &CONNECTION_LOADS } else { &CONNECTION };
    let evidence = Evidence::quote(connection.target).path(connection.path);
    found.push(Observation::new(kind, evidence).with("target", connection.target));
}

fn press(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Press(press) = view else { return };
    let kind = match press.how {
        How::Press => &PRESS,
        How::Hover => &HOVER,
        How::Animation => &ANIMATION,
    };
    let evidence = Evidence::quote(press.target).path(press.path);
    let observation = Observation::new(kind, evidence).with("target", press.target);
    let waits = press.how == How::Press;
    found.push(if waits { observation } else { observation.acts(ActionKind::Run, press.target) });
}

fn add_in(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::AddIn(add_in) = view else { return };
    let (kind, path, target) = match add_in {
        AddIn::Web { path, reference, waits } => (if *waits { &STORE_ADD_IN } else { &WEB_ADD_IN }, path, reference),
        AddIn::Assembly { path, location } => {
            // `location|id|vstolocal`
            let place = location.split('|').next().unwrap_or_default();
            (if is_remote(place) { &REMOTE_CODE } else { &CODE }, path, location)
        }
    };
    found.push(Observation::new(kind, Evidence::quote(target).path(*path)).with("target", target));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Connection;

    fn id(target: &str, automatic: bool) -> &'static str {
        let mut found = Vec::new();
        connection(&View::Connection(Connection { path: "xl/connections.xml", target, automatic }), &mut found);
        found[0].kind.id
    }

    #[test]
    fn databases_are_everyday() {
        assert_eq!(id("Provider=SQLOLEDB.1;Data Source=SALES01;Initial Catalog=db", true), "office.connection");
        assert_eq!(id("Provider=Microsoft.Mashup.OleDb.1;Data Source=$Workbook$", true), "office.connection");
        assert_eq!(id("https://www.example/rates.html", false), "office.connection");
        assert_eq!(id("C:\\data\\a.csv", true), "office.connection");
    }

    #[test]
    fn what_is_fetched_from_outside_on_opening_is_a_question() {
        for target in
            ["https://www.example/x", "\\\\host.example\\a.csv", "Provider=X;Data Source=\\\\h.example\\a.mdb"]
        {
            assert_eq!(id(target, true), "office.connection-loads", "{target}");
        }
        assert_eq!(id("exec xp_cmdshell 'x'", false), "office.connection-loads");
    }
}
