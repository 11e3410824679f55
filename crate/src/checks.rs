//! What was checked, what was not, and what did not apply: one row per question that a person may ask.
//!
//! Derived from the artifacts when a report is finished. A row says on which of them the question arises; how far those
//! were looked into says how far it was answered.

use serde::{Serialize, Serializer};

use crate::artifact::{Artifact, Class, Status};

/// How far a question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// On everything it applies to.
    Done,
    /// On some of it.
    Partly,
    /// On nothing of it.
    NotDone,
    /// There was nothing it applies to.
    NotApplicable,
}

/// One row of the table of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Id of the row, as in the catalogues of the page.
    pub id: &'static str,
    /// How far it was done.
    pub state: CheckState,
}

/// How far one artifact answers a question.
type Answer = fn(&Artifact) -> Option<CheckState>;

/// # To add a check
///
/// Add its row here and its words under `check` to every catalogue of `web/messages/`.
const CHECKS: &[(&str, Answer)] = &[
    ("kinds", |artifact| Some(if artifact.class == Class::Unknown { not_done() } else { CheckState::Done })),
    ("locks", |artifact| match artifact.status {
        Status::Locked => Some(not_done()),
        _ => artifact.password.map(|_| CheckState::Done),
    }),
    ("archives", |artifact| of(artifact, &[Class::Archive, Class::DiskImage])),
    ("macros", of_documents),
    ("without-macros", of_documents),
    ("lures", of_documents),
    ("shortcuts", |artifact| of(artifact, &[Class::Shortcut])),
    ("programs", |artifact| of(artifact, &[Class::Program, Class::Script, Class::Installer])),
    ("pdf", |artifact| (artifact.format == Some("pdf")).then(|| read(artifact))),
    ("web", |artifact| of(artifact, &[Class::Web])),
    ("mail", |artifact| of(artifact, &[Class::Mail])),
    // Pictures are told apart from other kinds; nobody looks for codes in them.
    ("codes", |artifact| (artifact.class == Class::Picture).then(not_done)),
];

const fn not_done() -> CheckState {
    CheckState::NotDone
}

const fn read(artifact: &Artifact) -> CheckState {
    match artifact.status {
        Status::Inspected | Status::Passive => CheckState::Done,
        Status::Partial => CheckState::Partly,
        Status::Locked | Status::Unread => CheckState::NotDone,
    }
}

fn of(artifact: &Artifact, classes: &[Class]) -> Option<CheckState> {
    classes.contains(&artifact.class).then(|| read(artifact))
}

fn of_documents(artifact: &Artifact) -> Option<CheckState> {
    of(artifact, &[Class::Document]).filter(|_| artifact.format != Some("pdf"))
}

/// The table, in its fixed order.
pub(crate) fn table(artifacts: &[Artifact]) -> Vec<Check> {
    let row = |(id, answer): &(&'static str, Answer)| {
        let together = |before, state| if before == state { state } else { CheckState::Partly };
        let state = artifacts.iter().filter_map(answer).reduce(together).unwrap_or(CheckState::NotApplicable);
        Check { id, state }
    };
    CHECKS.iter().map(row).collect()
}

/// The state of each check by its id, in the order of the table.
pub(crate) fn by_id<S: Serializer>(checks: &[Check], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(checks.iter().map(|check| (check.id, check.state)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::Origin;

    fn artifact(class: Class, format: Option<&'static str>, status: Status) -> Artifact {
        let (name, origin) = (String::new(), Origin::Input);
        Artifact { id: 0, parent: None, name, origin, format, class, size: None, sha256: None, status, password: None }
    }

    fn state(artifacts: &[Artifact], id: &str) -> CheckState {
        table(artifacts).iter().find(|check| check.id == id).unwrap().state
    }

    #[test]
    fn a_check_is_done_where_everything_it_applies_to_was_read() {
        let read = artifact(Class::Document, Some("docx"), Status::Inspected);
        let zip = artifact(Class::Archive, Some("zip"), Status::Inspected);
        let locked = artifact(Class::Unknown, None, Status::Locked);
        let unread = artifact(Class::Document, Some("hwp"), Status::Unread);
        let all = [zip, read];
        assert_eq!(state(&all, "macros"), CheckState::Done);
        assert_eq!(state(&all, "archives"), CheckState::Done);
        assert_eq!(state(&all, "locks"), CheckState::NotApplicable);
        assert_eq!(state(&all, "kinds"), CheckState::Done);
        let [zip, read] = all;
        let all = [zip, read, locked, unread];
        assert_eq!(state(&all, "macros"), CheckState::Partly);
        assert_eq!(state(&all, "locks"), CheckState::NotDone);
        assert_eq!(state(&all, "kinds"), CheckState::Partly);
    }

    #[test]
    fn what_no_reader_looks_into_is_never_done() {
        let pdf = artifact(Class::Document, Some("pdf"), Status::Unread);
        assert_eq!(state(std::slice::from_ref(&pdf), "pdf"), CheckState::NotDone);
        assert_eq!(state(std::slice::from_ref(&pdf), "macros"), CheckState::NotApplicable);
        let picture = artifact(Class::Picture, Some("png"), Status::Passive);
        assert_eq!(state(&[picture], "codes"), CheckState::NotDone);
    }
}
