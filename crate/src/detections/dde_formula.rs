//! Formulas that talk to another program (dynamic data exchange): `=cmd|'/c …'!A0`.
//!
//! Excel asks once and then starts the program with these words. Tables of prices from a trading program work the same
//! way, on the machine where that program is installed; nobody mails them.

use crate::finding::{Evidence, FindingKind, Level, Observation};

pub(crate) const FORMULA: FindingKind = FindingKind::new("dde.formula", Level::Stop, Some("N3"));

/// A cell at `path` that holds the conversation `server|topic!item`.
pub(crate) fn found(conversation: &str, path: &str) -> Observation {
    let evidence = Evidence::quote(&format!("={conversation}")).path(path);
    Observation::new(&FORMULA, evidence).with("target", conversation)
}
