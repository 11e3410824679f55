//! Excel 4.0 macro sheets: a macro language of 1992 that still runs, in cells, and that honest files no longer use.

use crate::detections::Detection;
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::formats::xls::Visibility;
use crate::view::{Reads, View};

pub(crate) const PRESENT: FindingKind = FindingKind::new("xlm.present", Level::Hold, Some("M3"));
pub(crate) const AUTO_RUN: FindingKind = FindingKind::new("xlm.auto-run", Level::Stop, Some("M3"));

pub(super) const DETECTION: Detection = Detection { kinds: &[&PRESENT, &AUTO_RUN], reads: Reads::MacroSheet, find };

fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::MacroSheet(sheet) = view else { return };
    let kind = if sheet.auto.is_some() { &AUTO_RUN } else { &PRESENT };
    let quote = sheet.auto.as_deref().unwrap_or(&sheet.name);
    let evidence = Evidence::quote(quote).path(sheet.path.as_str());
    let state = match sheet.hidden {
        Visibility::Visible => "visible",
        Visibility::Hidden => "hidden",
        Visibility::VeryHidden => "very-hidden",
    };
    found.push(Observation::new(kind, evidence).with("sheet", &sheet.name).with("state", state));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::xls::MacroSheet;

    fn id(auto: Option<&str>) -> &'static str {
        let sheet = MacroSheet {
            path: "Workbook".into(),
            name: "Macro1".into(),
            hidden: Visibility::VeryHidden,
            auto: auto.map(str::to_owned),
        };
        let mut found = Vec::new();
        find(&View::MacroSheet(&sheet), &mut found);
        found[0].kind.id
    }

    #[test]
    fn a_sheet_is_hold_and_one_that_starts_is_stop() {
        assert_eq!(id(None), "xlm.present");
        assert_eq!(id(Some("Auto_Open")), "xlm.auto-run");
    }
}
