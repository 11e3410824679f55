//! What it means: the table of rules.
//!
//! # To add a detection
//!
//! 1. Write `detections/foo.rs` with its `FindingKind`s, `pub(super) const DETECTION: Detection`, a doc that says who
//!    does this and how, and a `#[test]` with one case that fires and one lookalike that must not.
//! 2. Add `mod foo;` and its row in [`DETECTIONS`].
//! 3. Add each finding id to every catalogue of `web/messages/`, with its "when this can be normal" sentence, and a
//!    fixture that fires it to `tests/builders`.

use crate::finding::{FindingKind, Observation};
use crate::view::{Reads, View};

pub(crate) mod dde;
pub(crate) mod dde_formula;
mod fields;
pub(crate) mod lures;
mod names;
mod objects;
mod office;
mod relationships;
pub(crate) mod together;
pub(crate) mod types;
mod vba;
mod xlm;

/// One rule.
pub(crate) struct Detection {
    /// What it may report.
    pub(crate) kinds: &'static [&'static FindingKind],
    /// The views it reads.
    pub(crate) reads: Reads,
    /// Looks at one view.
    pub(crate) find: fn(&View<'_>, &mut Vec<Observation>),
}

/// All rules.
pub(crate) const DETECTIONS: &[Detection] = &[
    relationships::DETECTION,
    fields::DETECTION,
    lures::DETECTION,
    objects::DETECTION,
    dde::DETECTION,
    office::CONNECTIONS,
    office::PRESSES,
    office::ADD_INS,
    types::DETECTION,
    names::DETECTION,
    vba::DETECTION,
    xlm::DETECTION,
    xlm::SHEETS,
];

pub(crate) fn kinds() -> impl Iterator<Item = &'static &'static FindingKind> {
    DETECTIONS.iter().flat_map(|detection| detection.kinds).chain(together::KINDS)
}
