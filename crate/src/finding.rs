//! One observation on one artifact, with its evidence.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::languages::ActionKind;

/// The state a finding asks for, mildest first; also the levels of the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Nothing on the checklist.
    None,
    /// Something to check first.
    Notice,
    /// Could not be looked into.
    Unchecked,
    /// Not before it has been checked with the sender.
    Hold,
    /// Do not open.
    Stop,
}

/// What can be found: a row of the catalogue. The id never changes once released.
#[derive(Debug)]
pub struct FindingKind {
    /// `area.condition`.
    pub id: &'static str,
    /// The state it asks for.
    pub severity: Level,
    /// Key of the advice that goes with it.
    pub advice: Option<&'static str>,
}

impl FindingKind {
    pub(crate) const fn new(id: &'static str, severity: Level, advice: Option<&'static str>) -> Self {
        Self { id, severity, advice }
    }
}

/// Where and what: the proof of a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Part, stream or entry inside the artifact.
    pub path: Option<String>,
    /// Line in that text, from 1.
    pub line: Option<u32>,
    /// Offset in the artifact, in bytes.
    pub offset: Option<u64>,
    /// What stands there: at most 256 bytes, invisible characters escaped.
    pub excerpt: String,
}

/// Longest excerpt, in bytes of UTF-8.
pub const EXCERPT: usize = 256;

impl Evidence {
    /// Evidence that quotes `text`.
    pub(crate) fn quote(text: &str) -> Self {
        Self { excerpt: excerpt(text), ..Self::default() }
    }

    pub(crate) fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    pub(crate) const fn line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) const fn offset(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }
}

/// One observation on one artifact.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// See [`FindingKind::id`].
    pub id: &'static str,
    /// The state it asks for.
    pub severity: Level,
    /// Index of the artifact.
    pub artifact: u32,
    /// Key of the advice that goes with it.
    pub advice: Option<&'static str>,
    /// Values of the message's placeholders: hostile text.
    pub values: BTreeMap<&'static str, String>,
    /// The proof; at most [`EVIDENCE`] pieces.
    pub evidence: Vec<Evidence>,
    /// Further pieces that were not kept.
    pub more: u32,
}

/// Most pieces of evidence kept for one finding on one artifact.
pub const EVIDENCE: usize = 8;

/// A finding on its way to the report.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(crate) kind: &'static FindingKind,
    pub(crate) values: BTreeMap<&'static str, String>,
    pub(crate) evidence: Evidence,
    /// What opening the artifact does by itself.
    pub(crate) act: Option<(ActionKind, String)>,
}

impl Observation {
    pub(crate) const fn new(kind: &'static FindingKind, evidence: Evidence) -> Self {
        Self { kind, values: BTreeMap::new(), evidence, act: None }
    }

    /// Says what opening the artifact does by itself, with its command line or address.
    pub(crate) fn acts(mut self, kind: ActionKind, detail: impl Into<String>) -> Self {
        self.act = Some((kind, detail.into()));
        self
    }

    /// Sets a placeholder's value.
    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.values.insert(name, excerpt(value.as_ref()));
        self
    }
}

/// Whether a character would be invisible or would rearrange the text around it.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}'
        | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// At most [`EXCERPT`] bytes of `text`, with invisible characters as `\u{202E}`.
pub(crate) fn excerpt(text: &str) -> String {
    excerpt_of(text, EXCERPT)
}

/// At most `most` bytes of `text`, with invisible characters as `\u{202E}`.
pub(crate) fn excerpt_of(text: &str, most: usize) -> String {
    let text = text.trim();
    if text.len() <= most && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().min(most));
    for c in text.chars() {
        let mark = out.len();
        if is_invisible(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
        if out.len() > most {
            out.truncate(mark);
            break;
        }
    }
    out
}

/// At most `most` bytes of `text`, cut between characters.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short_and_visible() {
        assert_eq!(excerpt(" a\u{202E}b\n "), "a\\u{202e}b");
        let long = excerpt(&"あ".repeat(300));
        assert!(long.len() <= EXCERPT && long.chars().all(|c| c == 'あ'));
        let escapes = excerpt(&"\u{202E}".repeat(300));
        assert!(escapes.len() <= EXCERPT && escapes.ends_with('}'));
    }
}
