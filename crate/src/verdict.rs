//! From findings to one answer: the only place that weighs.

use serde::Serialize;

use crate::artifact::Artifact;
use crate::finding::{Finding, Level};
use crate::order;

/// The answer. It never says "safe": `None` means that nothing on the checklist was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The gravest level any finding asks for; at least `Unchecked` when something was not looked into.
    pub level: Level,
    /// Whether something was not looked into; stands beside every level and is never hidden by it.
    pub incomplete: bool,
    /// Ids of the findings that ask for more than nothing, gravest first, without repeats.
    pub reasons: Vec<&'static str>,
}

/// Weighs findings and the state of the artifacts.
#[must_use]
pub fn judge(artifacts: &[Artifact], findings: &[Finding]) -> Verdict {
    let incomplete = artifacts.iter().any(|artifact| !artifact.status.is_complete())
        || findings.iter().any(|finding| finding.severity == Level::Unchecked);
    let floor = if incomplete { Level::Unchecked } else { Level::None };
    let level = findings.iter().map(|finding| finding.severity).max().unwrap_or(Level::None).max(floor);
    let mut asking: Vec<_> = findings.iter().filter(|finding| finding.severity > Level::None).collect();
    order::sort_by_key(&mut asking, |finding| std::cmp::Reverse(finding.severity));
    let mut reasons = Vec::new();
    for finding in asking {
        if !reasons.contains(&finding.id) {
            reasons.push(finding.id);
        }
    }
    Verdict { level, incomplete, reasons }
}

/// Keys of the advice for a verdict, most important first: what to do, why, whom to ask.
#[must_use]
pub fn advice(verdict: &Verdict, findings: &[Finding]) -> Vec<&'static str> {
    let mut keys: Vec<&'static str> = Vec::new();
    let mut add = |key: &'static str| {
        if !keys.contains(&key) {
            keys.push(key);
        }
    };
    let reasons = verdict.reasons.iter().filter_map(|reason| findings.iter().find(|finding| finding.id == *reason));
    let mut why = reasons.filter_map(|finding| finding.advice);
    // The page shows the first three at once: the act, the gravest reason, whom to ask.
    if verdict.level >= Level::Unchecked {
        add("B1");
    }
    why.next().into_iter().for_each(&mut add);
    match verdict.level {
        Level::Stop => add("B4"),
        Level::None => add("B5"),
        _ => add("B2"),
    }
    why.for_each(&mut add);
    if verdict.level > Level::None {
        ["B2", "B3"].into_iter().for_each(add);
    }
    keys
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::artifact::{Class, Origin, Status};

    fn artifact(status: Status) -> Artifact {
        Artifact {
            id: 0,
            parent: None,
            name: "a".into(),
            origin: Origin::Input,
            format: None,
            class: Class::Unknown,
            size: None,
            sha256: None,
            status,
            password: None,
        }
    }

    fn finding(id: &'static str, severity: Level, advice: Option<&'static str>) -> Finding {
        Finding { id, severity, artifact: 0, advice, values: BTreeMap::new(), evidence: Vec::new(), more: 0 }
    }

    #[test]
    fn the_gravest_finding_decides_and_incomplete_stands_beside_it() {
        let findings = [finding("a.notice", Level::Notice, None), finding("b.stop", Level::Stop, None)];
        let verdict = judge(&[artifact(Status::Locked)], &findings);
        assert_eq!(verdict, Verdict { level: Level::Stop, incomplete: true, reasons: vec!["b.stop", "a.notice"] });
    }

    #[test]
    fn what_was_not_read_is_never_none() {
        for status in [Status::Partial, Status::Locked, Status::Unread] {
            let verdict = judge(&[artifact(status)], &[]);
            assert_eq!((verdict.level, verdict.incomplete), (Level::Unchecked, true));
        }
        for status in [Status::Inspected, Status::Passive] {
            let verdict = judge(&[artifact(status)], &[]);
            assert_eq!((verdict.level, verdict.incomplete), (Level::None, false));
        }
    }

    #[test]
    fn informational_findings_are_no_reasons() {
        let verdict = judge(&[artifact(Status::Inspected)], &[finding("x.info", Level::None, None)]);
        assert!(verdict.reasons.is_empty() && verdict.level == Level::None);
    }

    #[test]
    fn advice_starts_with_the_act_and_never_repeats() {
        let findings = [
            finding("a", Level::Stop, Some("M3")),
            finding("b", Level::Stop, Some("M3")),
            finding("c", Level::Hold, Some("F1")),
        ];
        let verdict = judge(&[artifact(Status::Inspected)], &findings);
        assert_eq!(advice(&verdict, &findings), ["B1", "M3", "B4", "F1", "B2", "B3"]);
    }
}
