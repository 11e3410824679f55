//! The result of a scan: data, no prose. The words live in the catalogues of the page.

use serde::Serialize;

use crate::artifact::Artifact;
use crate::finding::Finding;
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
    /// Keys of the advice, most important first.
    pub advice: Vec<&'static str>,
    /// Everything looked into, parents first; the first is the input.
    pub artifacts: Vec<Artifact>,
    /// Everything found, in the order of the artifacts, gravest first within one.
    pub findings: Vec<Finding>,
}
