//! What would happen, in order: from opening the file to the gravest thing that starts by itself.
//!
//! Derived from the artifacts and their actions when a report is finished; nothing is stored that they do not say.

use crate::artifact::{Artifact, Origin};
use crate::finding::{Evidence, excerpt_of};
use crate::languages::{ActionKind, Behaviour, Place};
use crate::order;
use crate::report::{Action, Step};

/// Actions kept of one scan. A dropper has under 20; honest tools of many macros have hundreds, which are of interest
/// only to whoever reads the source.
const ACTIONS: usize = 128;
/// Actions kept of the macros of one document.
pub(crate) const OF_ONE: usize = 48;
/// Actions told in the story.
const TOLD: usize = 6;
/// Longest detail, in bytes of UTF-8: a decoded script is read by its beginning.
const DETAIL: usize = 2048;

/// The actions of a scan, gravest kept, and how many were not.
#[derive(Default)]
pub(crate) struct Actions {
    kept: Vec<Action>,
    more: u32,
}

impl Actions {
    /// Keeps what the macros of `artifact` do: the gravest, in their order.
    pub(crate) fn take(&mut self, artifact: u32, behaviour: &Behaviour) {
        let mut order: Vec<usize> = (0..behaviour.actions.len()).collect();
        let grade = |at: &usize| {
            behaviour.actions.get(*at).map(|action| (action.reached_by.is_none(), std::cmp::Reverse(action.kind)))
        };
        order::sort_by_key(&mut order, grade);
        let room = ACTIONS.saturating_sub(self.kept.len()).min(OF_ONE);
        self.more = self.more.saturating_add(u32::try_from(order.len().saturating_sub(room)).unwrap_or(u32::MAX));
        order.truncate(room);
        order::sort(&mut order);
        for action in order.into_iter().filter_map(|at| behaviour.actions.get(at)) {
            let trigger = action.reached_by.and_then(|trigger| behaviour.triggers.get(trigger));
            self.kept.push(Action {
                artifact,
                kind: action.kind.id(),
                grade: action.kind,
                detail: excerpt_of(&action.detail, DETAIL),
                automatic: action.reached_by.is_some(),
                trigger: trigger.map(|trigger| excerpt_of(&trigger.name, DETAIL)),
                trigger_at: trigger.map(|trigger| evidence(&trigger.place)),
                decoded: action.decoded_from.is_some(),
                at: evidence(&action.place),
            });
        }
    }

    /// Keeps one thing that opening `artifact` does without any macro.
    pub(crate) fn take_one(&mut self, artifact: u32, kind: ActionKind, detail: &str, decoded: bool, at: Evidence) {
        if self.kept.len() >= ACTIONS {
            self.more = self.more.saturating_add(1);
            return;
        }
        let detail = excerpt_of(detail, DETAIL);
        if !self.kept.iter().any(|a| a.artifact == artifact && a.grade == kind && a.detail == detail) {
            let (kind, grade) = (kind.id(), kind);
            let (trigger, trigger_at) = (None, None);
            self.kept.push(Action { artifact, kind, grade, detail, automatic: true, trigger, trigger_at, decoded, at });
        }
    }

    /// The actions in the order of the artifacts, and how many were left out.
    pub(crate) fn finish(mut self) -> (Vec<Action>, u32) {
        order::sort_by_key(&mut self.kept, |action| action.artifact);
        (self.kept, self.more)
    }
}

fn evidence(place: &Place) -> Evidence {
    Evidence::quote(&place.excerpt).path(place.path.as_str()).line(place.line)
}

/// The shortest chain from opening the input to the gravest action that needs nobody; empty if there is none.
pub(crate) fn tell(artifacts: &[Artifact], actions: &[Action]) -> Vec<Step> {
    let automatic = || actions.iter().filter(|action| action.automatic && action.grade != ActionKind::Indirect);
    let gravest = automatic().map(|action| action.grade).max();
    let Some(worst) = automatic().find(|action| Some(action.grade) == gravest) else { return Vec::new() };
    let step = |step: &'static str, artifact: u32, detail: &str, at: Option<&Evidence>| {
        let (detail, at) = (detail.to_owned(), at.cloned());
        Step { step, artifact, detail, at }
    };
    let mut story = Vec::new();
    let mut at = Some(worst.artifact);
    while let Some(artifact) = at.and_then(|id| artifacts.get(id as usize)) {
        match artifact.origin {
            Origin::Input => story.push(step("open", artifact.id, "", None)),
            Origin::Entry { .. } | Origin::Object { .. } => story.push(step("inside", artifact.id, "", None)),
            Origin::Part { .. } => {}
        }
        at = artifact.parent;
    }
    story.reverse();
    if let Some(trigger) = &worst.trigger {
        story.push(step("start", worst.artifact, trigger, worst.trigger_at.as_ref()));
    }
    let mut told: Vec<&Action> = Vec::new();
    for action in automatic().filter(|a| a.artifact == worst.artifact && a.trigger == worst.trigger) {
        if !told.iter().any(|earlier| earlier.kind == action.kind && earlier.detail == action.detail) {
            told.push(action);
        }
    }
    while told.len() > TOLD {
        // The mildest goes first, the last of equals.
        let mildest = told.iter().enumerate().min_by_key(|(at, a)| (a.grade, std::cmp::Reverse(*at)));
        let Some((at, _)) = mildest else { break };
        told.remove(at);
    }
    story.extend(told.into_iter().map(|action| step(action.kind, action.artifact, &action.detail, Some(&action.at))));
    story
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{Class, Status};

    fn artifact(id: u32, parent: Option<u32>, origin: Origin) -> Artifact {
        let name = format!("a{id}");
        let (format, size, sha256) = (None, None, None);
        Artifact {
            id,
            parent,
            name,
            origin,
            format,
            class: Class::Unknown,
            size,
            sha256,
            status: Status::Inspected,
            password: None,
        }
    }

    fn action(artifact: u32, kind: ActionKind, detail: &str, trigger: Option<&str>) -> Action {
        let (automatic, decoded, at) = (trigger.is_some(), false, Evidence::default());
        let (trigger, detail) = (trigger.map(str::to_owned), detail.to_owned());
        let trigger_at = trigger.as_deref().map(Evidence::quote);
        Action { artifact, kind: kind.id(), grade: kind, detail, automatic, trigger, trigger_at, decoded, at }
    }

    #[test]
    fn a_story_leads_through_what_a_person_opens() {
        let entry = Origin::Entry { path: "b".into() };
        let part = Origin::Part { path: "c".into() };
        let artifacts = [artifact(0, None, Origin::Input), artifact(1, Some(0), entry), artifact(2, Some(1), part)];
        let actions = [
            action(2, ActionKind::Delete, "x", Some("AutoOpen")),
            action(2, ActionKind::Run, "by hand", None),
            action(2, ActionKind::Download, "http://a.example/", Some("AutoOpen")),
            action(2, ActionKind::Run, "a.exe", Some("AutoOpen")),
            action(2, ActionKind::Run, "a.exe", Some("AutoOpen")),
        ];
        let story = tell(&artifacts, &actions);
        let told: Vec<_> = story.iter().map(|s| (s.step, s.artifact, s.detail.as_str())).collect();
        let expected = [
            ("open", 0, ""),
            ("inside", 1, ""),
            ("start", 2, "AutoOpen"),
            ("delete", 2, "x"),
            ("download", 2, "http://a.example/"),
            ("run", 2, "a.exe"),
        ];
        assert_eq!(told, expected);
        let places: Vec<bool> = story.iter().map(|step| step.at.is_some()).collect();
        assert_eq!(places, [false, false, true, true, true, true]);
    }

    #[test]
    fn what_a_person_must_start_is_no_story() {
        let artifacts = [artifact(0, None, Origin::Input)];
        assert!(tell(&artifacts, &[action(0, ActionKind::Run, "a.exe", None)]).is_empty());
        assert!(tell(&artifacts, &[action(0, ActionKind::Indirect, "…", Some("AutoOpen"))]).is_empty());
    }

    #[test]
    fn long_stories_keep_the_gravest() {
        let artifacts = [artifact(0, None, Origin::Input)];
        let mut actions: Vec<_> =
            (0..9).map(|n| action(0, ActionKind::Write, &format!("{n}"), Some("AutoOpen"))).collect();
        actions.push(action(0, ActionKind::Run, "a.exe", Some("AutoOpen")));
        let story = tell(&artifacts, &actions);
        assert_eq!(story.len(), 2 + TOLD);
        assert_eq!(story.last().map(|step| step.step), Some("run"));
    }
}
