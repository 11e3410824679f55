//! Findings that mean more side by side in one file than each alone.
//!
//! A macro that starts by itself is what many honest workbooks have, and their cover sheets say which buttons to press. A
//! text that gives a false reason to let the macro start is what droppers have: the pretext is there because the macro is
//! not for the person.

use std::collections::BTreeMap;

use crate::artifact::{Artifact, Origin};
use crate::finding::{Finding, FindingKind, Level, Observation};

pub(crate) const LURED: FindingKind = FindingKind::new("macro.lured", Level::Stop, Some("M4"));

/// The findings of this table.
pub(crate) const KINDS: &[&FindingKind] = &[&LURED];

/// One of `texts` and one of `macros` in the same file.
struct Together {
    texts: &'static [&'static str],
    macros: &'static [&'static str],
    kind: &'static FindingKind,
}

const TOGETHER: &[Together] = &[
    Together {
        texts: &["lure.false-reason", "lure.paste-command"],
        macros: &["vba.auto-run", "vba.auto-run-acts", "xlm.present", "xlm.acts", "xlm.auto-run", "xlm.auto-run-acts"],
        kind: &LURED,
    },
    // From a trusted folder everything starts without a question, whatever the macro looks like.
    Together {
        texts: &["lure.copy-to-trusted"],
        macros: &[
            "vba.present",
            "vba.acts",
            "vba.auto-run",
            "vba.auto-run-acts",
            "xlm.present",
            "xlm.acts",
            "xlm.auto-run",
            "xlm.auto-run-acts",
        ],
        kind: &LURED,
    },
];

/// What the findings of one file say together; on the artifact a person opens.
pub(crate) fn find(artifacts: &[Artifact], findings: &[Finding]) -> Vec<(u32, Observation)> {
    let mut files: BTreeMap<u32, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        files.entry(file(artifacts, finding.artifact)).or_default().push(finding);
    }
    let mut found = Vec::new();
    for (file, findings) in files {
        let any = |ids: &[&str]| findings.iter().find(|finding| ids.contains(&finding.id));
        for together in TOGETHER {
            let (Some(text), Some(code)) = (any(together.texts), any(together.macros)) else { continue };
            for evidence in text.evidence.iter().take(2).chain(code.evidence.iter().take(2)) {
                found.push((file, Observation::new(together.kind, evidence.clone())));
            }
        }
    }
    found
}

/// The artifact a person opens to get at this one.
fn file(artifacts: &[Artifact], mut id: u32) -> u32 {
    while let Some(artifact) = artifacts.get(id as usize) {
        match (&artifact.origin, artifact.parent) {
            (Origin::Input | Origin::Entry { .. }, _) | (_, None) => break,
            (_, Some(parent)) => id = parent,
        }
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{Class, Status};

    fn ids(texts: &[(&'static str, u32)]) -> Vec<(u32, &'static str)> {
        let origins = [
            Origin::Input,
            Origin::Entry { path: "a.docm".into() },
            Origin::Part { path: "vbaProject.bin".into() },
            Origin::Entry { path: "b.docx".into() },
        ];
        let parents = [None, Some(0), Some(1), Some(0)];
        let artifacts: Vec<Artifact> = (0..4)
            .map(|id| Artifact {
                id,
                parent: parents[id as usize],
                name: String::new(),
                origin: origins[id as usize].clone(),
                format: None,
                class: Class::Unknown,
                size: None,
                sha256: None,
                status: Status::Inspected,
                password: None,
            })
            .collect();
        let findings: Vec<Finding> = texts
            .iter()
            .map(|(id, artifact)| Finding {
                id,
                severity: Level::Hold,
                artifact: *artifact,
                advice: None,
                values: BTreeMap::new(),
                evidence: vec![crate::finding::Evidence::quote(id)],
                more: 0,
            })
            .collect();
        let mut found: Vec<_> = find(&artifacts, &findings).iter().map(|(at, o)| (*at, o.kind.id)).collect();
        found.dedup();
        found
    }

    #[test]
    fn a_lure_and_a_macro_of_one_file_are_stop() {
        assert_eq!(ids(&[("lure.false-reason", 1), ("vba.auto-run", 2)]), [(1, "macro.lured")]);
        assert_eq!(ids(&[("lure.copy-to-trusted", 1), ("vba.present", 2)]), [(1, "macro.lured")]);
    }

    #[test]
    fn a_lure_elsewhere_and_a_request_alone_are_not() {
        assert!(ids(&[("lure.false-reason", 3), ("vba.auto-run", 2)]).is_empty());
        assert!(ids(&[("lure.enable-content", 1), ("vba.auto-run", 2)]).is_empty());
        assert!(ids(&[("lure.unblock", 1), ("vba.auto-run", 2)]).is_empty());
        assert!(ids(&[("lure.enable-macros", 1), ("vba.auto-run", 2)]).is_empty());
        assert!(ids(&[("lure.false-reason", 1), ("vba.present", 2)]).is_empty());
    }

    #[test]
    fn every_id_of_the_table_exists() {
        for id in TOGETHER.iter().flat_map(|together| together.texts.iter().chain(together.macros)) {
            assert!(crate::catalogue().any(|kind| kind.id == *id), "{id}");
        }
    }
}
