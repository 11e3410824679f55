//! Formulas that start a program: `=cmd|'/c …'!A0`.
//!
//! A formula may ask another program for a value (DDE, a "remote reference"):
//! `server|topic!item`. If the server does not run, Excel offers to start it, and the topic becomes its arguments.
//! Tables as text carry such formulas past every filter for macros, and people press "Yes" to see their table.

use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::languages::ActionKind;
use crate::languages::conversations::command_of;

/// A cell that asks another program.
pub(crate) const FORMULA: FindingKind = FindingKind::new("dde.formula", Level::Stop, Some("N3"));

/// A cell at `path` that holds the conversation `server|topic!item`.
pub(crate) fn found(conversation: &str, path: &str) -> Observation {
    let evidence = Evidence::quote(&format!("={conversation}")).path(path);
    Observation::new(&FORMULA, evidence).with("target", conversation).acts(ActionKind::Run, command_of(conversation))
}
