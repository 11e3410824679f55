//! Looks into a suspicious attachment without opening it.
//!
//! [`inspect`] takes anything that is `Read + Seek` and a name, and returns a [`Report`]: what is inside, what starts
//! by itself, what is locked, what could not be looked into, and one [`Verdict`].
//!
//! # How it is built
//!
//! ```text
//! bytes ─▶ Source ─▶ Artifact ─▶ Format::inspect ─┬▶ child Artifacts (queued, never recursed)
//!                                                 └▶ Views ─▶ Detections ─▶ Findings ─▶ judge ─▶ Verdict ─▶ Report
//! ```
//!
//! * A *source* is random access to bytes that are read only where somebody looks (`source.rs`); decoders are sources
//!   too (`codecs/`).
//! * A *format* (`formats/`, one row in `FORMATS`) recognises bytes, takes children out of them and shows *views*.
//! * A *language* (`languages/`) says what code would do.
//! * A *detection* (`detections/`, one row in `DETECTIONS`) reads views, never bytes, and reports *findings* with
//!   evidence.
//! * [`judge`] weighs, and nothing else does. The *story* (`story.rs`) is told from the actions at the end.
//!
//! Everything a scan spends comes out of one `Budget`, so hostile nesting cannot multiply cost. The engine knows no
//! files, clock, threads, locale or prose; what must be told in words is an id here and a sentence in the page's
//! catalogues.
//!
//! # Promises
//!
//! It always returns: no panic on any input, no loop without a budget. A limit that was hit, a part that was locked
//! or damaged, a format that is not read: each is a finding, and the verdict is then never [`Level::None`].

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        clippy::arithmetic_side_effects
    )
)]

mod artifact;
mod budget;
mod checks;
mod codecs;
mod crypto;
mod detections;
mod error;
mod finding;
mod formats;
mod hashed;
mod languages;
mod listings;
mod order;
mod report;
mod scan;
mod source;
mod story;
mod verdict;
mod view;
#[cfg(target_arch = "wasm32")]
mod wasm;

use std::io::{self, Read, Seek};
use std::rc::Rc;

pub use artifact::{Artifact, Class, Origin, Status};
pub use budget::{Limits, Progress};
pub use checks::{Check, CheckState};
pub use crypto::PasswordSource;
pub use error::{Error, LimitKind};
pub use finding::{EVIDENCE, EXCERPT, Evidence, Finding, FindingKind, Level};
pub use listings::{Listing, Stretch};
pub use report::{Action, Counts, Engine, RULES, Report, SCHEMA, Step};
pub use verdict::{Verdict, advice, judge};

/// What the caller may choose.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Passwords to try on what is locked. They never appear in the report.
    pub passwords: Vec<String>,
    /// What came along and may name the password: the mail, a letter, a name. None of it appears in the report.
    pub hints: Vec<Hint>,
    /// What the scan may spend.
    pub limits: Limits,
}

/// Something that came along with what is looked into.
#[derive(Clone, Debug, Default)]
pub struct Hint {
    /// Its name, if it has one.
    pub name: String,
    /// A mail, a web page or plain text, in any encoding.
    pub bytes: Vec<u8>,
}

/// Looks into `reader`, which a person knows as `name`.
///
/// `progress` is called before each artifact and now and then while much is decoded.
///
/// # Errors
///
/// Only when the length of the input cannot be told. Everything else, an unreadable disk included, is a finding.
pub fn inspect<R: Read + Seek + 'static>(
    reader: R,
    name: &str,
    options: &Options,
    progress: impl Fn(&Progress<'_>) + 'static,
) -> io::Result<Report> {
    let input = source::Input::new(reader)?;
    let budget = Rc::new(budget::Budget::new(options.limits.clone(), progress));
    Ok(scan::Scan::run(source::Source::new(input), name, options, budget))
}

/// Every finding this engine can make.
pub fn catalogue() -> impl Iterator<Item = &'static FindingKind> {
    scan::KINDS.iter().chain(formats::kinds()).chain(detections::kinds()).copied()
}

/// Ids of every format this engine recognises.
pub fn formats() -> impl Iterator<Item = &'static str> {
    formats::all().map(|format| format.id)
}
