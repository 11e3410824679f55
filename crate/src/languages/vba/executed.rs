//! What running a project adds to what reading it showed.
//!
//! Reading finds every call site; running says with what it is called. So a site that was run takes the details that
//! running saw, in the order in which things happen, and a site that was not run stays as it was read. What reading
//! called hidden (an object made from a name that cannot be told) is dropped only where every run of that line made
//! something known and harmless, and everything was run.

use std::collections::{BTreeMap, BTreeSet};

use super::ModuleKind;
use super::actions::{MOST, Walked};
use super::eval::{Event, Machine, Outcome, Topic};
use super::outline::Outline;
use super::triggers::{self, Start};
use crate::budget::Budget;
use crate::error::Result;
use crate::languages::surroundings::{Control, Surroundings};
use crate::languages::{Action, ActionKind, Behaviour, Place};
use crate::order;

/// Procedures nobody starts by himself that are run to tell more about what they do.
const OTHERS: usize = 200;

/// Runs what Office calls, and what is left if it hides something, and joins that with what was read.
pub(super) fn run(
    outline: &Outline<'_>,
    around: &Surroundings,
    controls: &[Control],
    budget: &Budget,
    walked: &Walked,
    behaviour: &mut Behaviour,
) -> Result<()> {
    let others = behaviour.actions.iter().any(|action| action.reached_by.is_none() && is_open(action));
    let starts = walked.starts.as_slice();
    if starts.is_empty() && !others || budget.limits().evaluation == 0 {
        return Ok(());
    }
    let mut machine = Machine::new(outline, around, controls, budget);
    let mut first: Vec<(usize, Option<usize>)> = starts.iter().map(|(id, trigger)| (*id, Some(*trigger))).collect();
    let waits = |trigger: Option<usize>| {
        trigger.and_then(|trigger| behaviour.triggers.get(trigger)).is_some_and(|trigger| !trigger.automatic)
    };
    order::sort_by_key(&mut first, |(id, trigger)| {
        let kind = outline.unit(*id).map(|unit| unit.kind);
        (waits(*trigger), !matches!(kind, Some(ModuleKind::Document | ModuleKind::Class)))
    });
    let mut result = machine.start(&first);
    if others && result.is_ok() {
        result = machine.start_others(&rest(outline, starts));
    }
    join(outline, machine.finish(), &walked.sites, behaviour);
    result
}

/// Whether running could say more about an action.
fn is_open(action: &Action) -> bool {
    use ActionKind::{Delete, Destroy, Send, Spread, View};
    let grave = !matches!(action.kind, Delete | Destroy | Send | Spread | View);
    grave && (action.detail.contains('…') || action.kind == ActionKind::Indirect)
}

/// What only a person starts: event handlers, then public procedures without parameters.
fn rest(outline: &Outline<'_>, starts: &[(usize, usize)]) -> Vec<usize> {
    let started = order::set(starts.iter().map(|(id, _)| *id));
    let by_hand = |id: &usize| {
        outline.procedures.get(*id).zip(outline.unit(*id)).is_some_and(|(procedure, unit)| {
            matches!(
                triggers::start(&procedure.name, &unit.name, unit.kind),
                Some(Start::ByHand | Start::InUse | Start::Command)
            )
        })
    };
    let ids = || (0..outline.procedures.len()).filter(|id| !started.contains(id));
    let public = |id: &usize| {
        outline.procedures.get(*id).is_some_and(|procedure| procedure.parameters.is_empty()) && !by_hand(id)
    };
    ids().filter(by_hand).chain(ids().filter(public)).take(OTHERS).collect()
}

/// Kinds that one call site can turn out to be.
fn family(kind: ActionKind) -> u8 {
    match kind {
        ActionKind::Run | ActionKind::View => 0,
        ActionKind::Write | ActionKind::Persist | ActionKind::Download => 1,
        ActionKind::Hidden | ActionKind::Indirect => 2,
        ActionKind::Weaken => 3,
        ActionKind::Fetch => 4,
        ActionKind::Load => 5,
        ActionKind::Inject => 6,
        ActionKind::Send | ActionKind::Spread => 7,
        ActionKind::Delete | ActionKind::Destroy => 8,
        ActionKind::Generate => 9,
        ActionKind::Spy => 10,
    }
}

fn join(outline: &Outline<'_>, outcome: Outcome, places: &[(usize, usize)], behaviour: &mut Behaviour) {
    let read = std::mem::take(&mut behaviour.actions);
    // What was read, by site.
    let mut sites: BTreeMap<(usize, usize, u8), Vec<usize>> = BTreeMap::new();
    for (index, (action, (module, at))) in read.iter().zip(places).enumerate() {
        sites.entry((*module, *at, family(action.kind))).or_default().push(index);
    }
    let mut replaced: BTreeSet<usize> = BTreeSet::new();
    let mut done: Vec<Action> = Vec::new();
    for event in &outcome.events {
        let line = outline.units.get(event.module).map_or(0, |unit| unit.code.line(event.at));
        let found = sites.get(&(event.module, event.at, family(event.kind))).map(Vec::as_slice).unwrap_or_default();
        let same_kind = found.iter().filter_map(|index| read.get(*index));
        let reached = same_kind.clone().find_map(|action| action.reached_by);
        // Reading weighs a start that only shows something against everything else the project does.
        let read_kind = found.first().and_then(|index| read.get(*index)).map(|action| action.kind);
        let in_doubt =
            read_kind == Some(ActionKind::Run) && event.kind == ActionKind::View && (outcome.cut || !event.known);
        let adds = match found {
            [] => event.certain,
            _ => !in_doubt && tells_more(event, same_kind),
        };
        if !adds || done.len() >= MOST {
            continue;
        }
        let kind = match (read_kind, event.kind) {
            (Some(read), _) if !event.certain => read,
            (Some(ActionKind::Hidden), ActionKind::Indirect) => ActionKind::Hidden,
            (_, kind) => kind,
        };
        replaced.extend(found);
        done.push(Action {
            kind,
            detail: event.detail.clone(),
            place: place(outline, event, line),
            reached_by: event.trigger.or(reached),
            decoded_from: None,
        });
    }
    let harmless = |index: usize, action: &Action| {
        let topic = match action.kind {
            ActionKind::Hidden => Topic::Creation,
            ActionKind::Indirect => Topic::ByName,
            _ => return false,
        };
        let module = places.get(index).map_or(usize::MAX, |(module, _)| *module);
        !outcome.cut && outcome.harmless.get(&(module, action.place.line, topic)) == Some(&true)
    };
    let rest =
        read.into_iter().enumerate().filter(|(index, action)| !replaced.contains(index) && !harmless(*index, action));
    done.extend(rest.map(|(_, action)| action));
    behaviour.actions = done;
    behaviour.files = outcome.files;
    behaviour.exhausted = outcome.exhausted;
}

/// Whether an event says more than what was read at its site.
fn tells_more<'r>(event: &Event, mut read: impl Iterator<Item = &'r Action>) -> bool {
    let told = |text: &str| text.chars().filter(|c| *c != '…').count();
    let open = event.detail.contains('…');
    !open || read.all(|action| action.detail.contains('…') && told(&event.detail) >= told(&action.detail))
}

fn place(outline: &Outline<'_>, event: &Event, line: u32) -> Place {
    outline.units.get(event.module).map_or_else(
        || Place { path: String::new(), line, excerpt: String::new() },
        |unit| Place { path: unit.path.to_owned(), line, excerpt: unit.code.line_text(event.at).to_owned() },
    )
}
