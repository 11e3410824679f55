//! Excel 4.0 macro sheets: a macro language of 1992 that still runs, in cells, and that honest files no longer use.
//!
//! What starts by itself and then starts, fetches or injects something is what ZLoader, Qbot and Emotet sent. A workbook
//! of the nineties starts by itself too, and sets column widths: it hides nothing, and everything it does can be
//! followed. So a macro that starts by itself is stopped when its sheet is hidden or it could not be followed to its end.

use crate::detections::Detection;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::formats::xls::{MacroSheet, Visibility};
use crate::languages::{Action, ActionKind, Behaviour, Language, Place};
use crate::order;
use crate::view::{Reads, View};

pub(crate) const PRESENT: FindingKind = FindingKind::new("xlm.present", Level::Hold, Some("M1"));
pub(crate) const ACTS: FindingKind = FindingKind::new("xlm.acts", Level::Hold, Some("M3"));
/// A button may start it, but honest tools have nothing to hide on such a sheet.
pub(crate) const HIDDEN_ACTS: FindingKind = FindingKind::new("xlm.hidden-acts", Level::Stop, Some("M3"));
pub(crate) const AUTO_RUN_SEEN: FindingKind = FindingKind::new("xlm.auto-run-seen", Level::Hold, Some("M2"));
pub(crate) const AUTO_RUN: FindingKind = FindingKind::new("xlm.auto-run", Level::Stop, Some("M2"));
pub(crate) const AUTO_RUN_ACTS: FindingKind = FindingKind::new("xlm.auto-run-acts", Level::Stop, Some("M3"));

pub(super) const DETECTION: Detection = Detection {
    kinds: &[&PRESENT, &ACTS, &HIDDEN_ACTS, &AUTO_RUN_SEEN, &AUTO_RUN, &AUTO_RUN_ACTS],
    reads: Reads::Macros,
    find,
};

/// Macro sheets whose formulas were not read.
pub(super) const SHEETS: Detection = Detection { kinds: &[], reads: Reads::MacroSheet, find: find_sheet };

fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Macros(behaviour) = view else { return };
    if behaviour.language != Language::Xlm {
        return;
    }
    let mut reached: Vec<&Action> = behaviour.actions.iter().filter(|action| is_grave(action, behaviour)).collect();
    order::sort_by_key(&mut reached, |action| std::cmp::Reverse(action.kind));
    let automatic = behaviour.triggers.iter().find(|trigger| trigger.automatic);
    if let Some((gravest, trigger)) = reached.first().and_then(|a| Some((a, behaviour.triggers.get(a.reached_by?)?))) {
        let with = |evidence: Evidence| {
            let acts = Observation::new(&AUTO_RUN_ACTS, evidence);
            acts.with("trigger", &trigger.name).with("action", gravest.kind.id())
        };
        found.push(with(quote(&trigger.place)));
        found.extend(reached.iter().flat_map(|action| proof(action)).map(with));
    } else if let Some(trigger) = automatic {
        let is_hidden = behaviour.sheets.iter().any(|sheet| sheet.hidden != Visibility::Visible);
        let kind = if is_hidden || behaviour.unknown { &AUTO_RUN } else { &AUTO_RUN_SEEN };
        for sheet in worst_first(behaviour) {
            found.push(of_sheet(kind, sheet, &trigger.place.excerpt));
        }
    } else if let Some(gravest) =
        behaviour.actions.iter().filter(|action| action.kind.is_grave()).max_by_key(|a| a.kind)
    {
        let is_hidden = behaviour.sheets.iter().any(|sheet| sheet.hidden != Visibility::Visible);
        let kind = if is_hidden { &HIDDEN_ACTS } else { &ACTS };
        let with = |evidence: Evidence| Observation::new(kind, evidence).with("action", gravest.kind.id());
        let all = behaviour.actions.iter().filter(|action| action.kind.is_grave());
        found.extend(all.flat_map(proof).map(with));
    } else {
        for sheet in worst_first(behaviour) {
            let formula = behaviour.modules.iter().find(|place| place.path.starts_with(&sheet.path));
            found.push(of_sheet(&PRESENT, sheet, formula.map_or(&sheet.name, |place| &place.excerpt)));
        }
    }
}

fn find_sheet(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::MacroSheet(sheet) = view else { return };
    let kind = if sheet.auto.is_some() { &AUTO_RUN } else { &PRESENT };
    found.push(of_sheet(kind, sheet, sheet.auto.as_deref().unwrap_or(&sheet.name)));
}

/// Sheets, the best hidden one first: the finding's words name the first.
fn worst_first(behaviour: &Behaviour) -> Vec<&MacroSheet> {
    let mut sheets: Vec<&MacroSheet> = behaviour.sheets.iter().collect();
    order::sort_by_key(&mut sheets, |sheet| match sheet.hidden {
        Visibility::VeryHidden => 0,
        Visibility::Hidden => 1,
        Visibility::Visible => 2,
    });
    sheets
}

fn of_sheet(kind: &'static FindingKind, sheet: &MacroSheet, quote: &str) -> Observation {
    let state = match sheet.hidden {
        Visibility::Visible => "visible",
        Visibility::Hidden => "hidden",
        Visibility::VeryHidden => "very-hidden",
    };
    let evidence = Evidence::quote(quote).path(sheet.path.as_str());
    Observation::new(kind, evidence).with("sheet", &sheet.name).with("state", state)
}

/// Actions that no workbook should do when it is opened. Fetching counts beside what could store or start it.
fn is_grave(action: &Action, behaviour: &Behaviour) -> bool {
    let stores = |other: &Action| {
        other.reached_by.is_some() && matches!(other.kind, ActionKind::Write | ActionKind::Load | ActionKind::Indirect)
    };
    action.reached_by.is_some()
        && (action.kind.is_grave() || action.kind == ActionKind::Fetch && behaviour.actions.iter().any(stores))
}

/// What an action is given, where its formula does not say so, and the formula.
fn proof(action: &Action) -> Vec<Evidence> {
    let told = action.detail.trim_matches(['…', ' ']);
    let is_shown = |part: &str| action.place.excerpt.contains(&part.replace('"', "\"\""));
    let shown = told.len() < 3 || told.split(" → ").all(is_shown);
    let resolved = (!shown).then(|| quote(&Place { excerpt: action.detail.clone(), ..action.place.clone() }));
    resolved.into_iter().chain([quote(&action.place)]).collect()
}

/// A cell is known by its path; the line of it would only confuse.
fn quote(place: &Place) -> Evidence {
    Evidence::quote(&place.excerpt).path(place.path.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Budget, Limits};
    use crate::languages::xlm::{analyse, tests::book};

    fn ids(cells: &[(&str, &str)], names: &[(&str, &str)], hidden: Visibility) -> Vec<&'static str> {
        let budget = Budget::new(Limits::default(), |_| ());
        let mut book = book(cells, names);
        book.sheets.iter_mut().for_each(|sheet| sheet.hidden = hidden);
        let (behaviour, result) = analyse(&book, &budget);
        result.unwrap();
        let mut found = Vec::new();
        find(&View::Macros(&behaviour), &mut found);
        let mut ids: Vec<_> = found.iter().map(|observation| observation.kind.id).collect();
        ids.dedup();
        ids
    }

    const AUTO: &[(&str, &str)] = &[("Auto_Open", "M!$A$1")];

    #[test]
    fn a_macro_that_starts_by_itself_and_runs_a_program_is_stop() {
        let cells = [("A1", "=EXEC(\"calc\")"), ("A2", "=RETURN()")];
        assert_eq!(ids(&cells, AUTO, Visibility::Visible), ["xlm.auto-run-acts"]);
        assert_eq!(ids(&cells, &[], Visibility::Visible), ["xlm.acts"]);
        assert_eq!(ids(&cells, &[], Visibility::Hidden), ["xlm.hidden-acts"]);
    }

    #[test]
    fn a_workbook_of_the_nineties_is_hold() {
        let cells = [
            ("A1", "=ECHO(FALSE)"),
            ("A2", "=WORKBOOK.ACTIVATE(\"Sheet1\")"),
            ("A3", "=SELECT(\"R1C1\")"),
            ("A4", "=FORMAT.NUMBER(\"0.00\")"),
            ("A5", "=COLUMN.WIDTH(12)"),
            ("A6", "=ALERT(\"Welcome\",2)"),
            ("A7", "=RETURN()"),
            ("Sheet1!A1", "Total"),
        ];
        assert_eq!(ids(&cells, AUTO, Visibility::Visible), ["xlm.auto-run-seen"]);
        assert_eq!(ids(&cells, AUTO, Visibility::VeryHidden), ["xlm.auto-run"]);
        assert_eq!(ids(&cells, &[], Visibility::Hidden), ["xlm.present"]);
    }

    #[test]
    fn a_macro_that_asks_until_the_answer_will_do_is_hold() {
        let cells = [
            ("A1", "=INPUT(\"Name?\",2)"),
            ("A2", "=IF(A1=\"\",GOTO(A1),)"),
            ("A3", "=FORMULA(A1,Sheet1!B1)"),
            ("A4", "=RETURN()"),
            ("Sheet1!A1", "Name"),
        ];
        assert_eq!(ids(&cells, AUTO, Visibility::Visible), ["xlm.auto-run-seen"]);
        let cells = [cells[0], cells[1], ("A3", "=EXEC(\"cmd /c echo inert\")"), cells[3]];
        assert_eq!(ids(&cells, AUTO, Visibility::Visible), ["xlm.auto-run-acts"]);
    }

    #[test]
    fn a_kept_value_that_lies_is_computed_anew() {
        let cells = [("A1", "=FORMULA(Sheet1!A1,A2)"), ("A3", "=HALT()"), ("Sheet1!A1", "=CHAR(61)&\"EXEC(1)\"")];
        assert_eq!(ids(&cells, AUTO, Visibility::Visible), ["xlm.auto-run-acts"]);
    }

    #[test]
    fn what_cannot_be_followed_is_stop() {
        let cells = [("A1", "=RUN(\"Book2.xls!Macro\")"), ("A2", "=RETURN()")];
        assert_eq!(ids(&cells, AUTO, Visibility::Visible), ["xlm.auto-run"]);
    }

    #[test]
    fn a_worksheet_is_nothing() {
        assert!(ids(&[("Sheet1!A1", "=SUM(A2:A3)")], &[], Visibility::Visible).is_empty());
    }

    #[test]
    fn sheets_without_formulas_are_judged_by_their_names() {
        let id = |auto: Option<&str>| {
            let (path, name) = ("Workbook".to_owned(), "Macro1".to_owned());
            let sheet = MacroSheet { path, name, hidden: Visibility::VeryHidden, auto: auto.map(str::to_owned) };
            let mut found = Vec::new();
            find_sheet(&View::MacroSheet(&sheet), &mut found);
            found[0].kind.id
        };
        assert_eq!(id(None), "xlm.present");
        assert_eq!(id(Some("Auto_Open")), "xlm.auto-run");
    }
}
