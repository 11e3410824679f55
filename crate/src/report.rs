//! The result of a scan: data, no prose. The words live in the catalogues of the page.

use serde::Serialize;

use crate::artifact::Artifact;
use crate::checks::{self, Check};
use crate::finding::{Evidence, Finding};
use crate::languages::ActionKind;
use crate::listings::Listing;
use crate::verdict::Verdict;

/// Version of the report's shape; it grows when a field changes its meaning or goes.
pub const SCHEMA: u32 = 1;

/// Date of the rule set.
pub const RULES: &str = "2026-11-22";

/// Who made the report.
#[derive(Clone, Debug, Serialize)]
pub struct Engine {
    /// Version of the engine.
    pub version: &'static str,
    /// Date of its rules.
    pub rules: &'static str,
}

/// How much was looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Artifacts that were looked into completely.
    pub checked: u32,
    /// Artifacts that were not, or not completely.
    pub unchecked: u32,
}

/// One thing that opening a file, or a macro in it, would do.
#[derive(Clone, Debug, Serialize)]
pub struct Action {
    /// Index of the artifact.
    pub artifact: u32,
    /// `run`, `download`, `write`, `load`, `inject`, `persist`, `weaken`, `send`, `delete` or `hidden`.
    pub kind: &'static str,
    /// The same, finer.
    #[serde(skip)]
    pub(crate) grade: ActionKind,
    /// Command line, address, path or name, `…` for what is not known: hostile text of at most 2 KB, invisible
    /// characters escaped.
    pub detail: String,
    /// Whether it happens without anybody starting the macro.
    pub automatic: bool,
    /// The procedure the program calls by itself and from which it is reached; `None` where no macro is needed.
    pub trigger: Option<String>,
    /// Where that procedure stands.
    #[serde(skip)]
    pub(crate) trigger_at: Option<Evidence>,
    /// Whether it was decoded out of the command line before it.
    pub decoded: bool,
    /// Where it says so.
    pub at: Evidence,
}

/// A step of the story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// `open`, `inside`, `start`, or the kind of an action.
    pub step: &'static str,
    /// Index of the artifact it happens in.
    pub artifact: u32,
    /// Name of the procedure that starts, or detail of the action: hostile text.
    pub detail: String,
    /// Where it says so; `None` where the step is the file itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Evidence>,
}

/// Everything a scan found. The same bytes, name, options and limits give the same report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// See [`SCHEMA`].
    pub schema: u32,
    /// Who made it.
    pub engine: Engine,
    /// The answer.
    pub verdict: Verdict,
    /// How much was looked into.
    pub counts: Counts,
    /// What was checked, what was not, and what did not apply.
    #[serde(serialize_with = "checks::by_id")]
    pub checks: Vec<Check>,
    /// Keys of the advice, most important first.
    pub advice: Vec<&'static str>,
    /// Everything looked into, parents first; the first is the input.
    pub artifacts: Vec<Artifact>,
    /// Everything found, in the order of the artifacts, gravest first within one.
    pub findings: Vec<Finding>,
    /// What it would do, in the order of the artifacts and, within one, of the code: the gravest 128.
    pub actions: Vec<Action>,
    /// Further actions that were not kept.
    pub more_actions: u32,
    /// The chain from opening the input to the gravest action that starts by itself; empty if nothing does.
    pub story: Vec<Step>,
    /// The code of macros, as far as it is kept for whoever reads closer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listings: Vec<Listing>,
    /// Modules and macro sheets of which nothing was kept.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_listings: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(n: &u32) -> bool {
    *n == 0
}
