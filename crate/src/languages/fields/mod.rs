//! Word's field codes ([ECMA-376] part 1, 17.16; [MS-DOC] 2.8.25): a small language of instructions between marks.
//!
//! A field has an instruction and the result that Word last showed for it; both may hold further fields. Word works
//! out the inner ones first, so `{ DDEAUTO { QUOTE 99 109 100 } … }` starts `cmd` although the word stands nowhere.
//! Readers feed the marks and the text between them in the order of the document; [`Fields::resolve`] gives back every
//! instruction with what Word would put into it: character codes, bookmarks set before or elsewhere, sums, comparisons,
//! variables and properties of the document. Where the value depends on more than the document, the shown result stands.

mod formula;
mod tokens;
mod values;

pub(crate) use tokens::{Token, tokens};

use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::finding::cut;
use crate::languages::surroundings::Surroundings;
use crate::order;

/// Fields inside each other. Honest nesting (IF in IF) stays under ten; what stands deeper counts as text of the
/// innermost field.
const DEPTH: usize = 32;

/// Longest instruction, in bytes of UTF-8. Word refuses far shorter ones.
const LONGEST: usize = 64 << 10;

/// Longest value of one field that another may use.
const VALUE: usize = 4 << 10;

/// Kept of all fields of a document, and copied from one into another, in bytes.
const MOST: usize = 8 << 20;

/// What one field costs of [`MOST`] beside its text.
const NODE: usize = 96;

/// Marks in the text of a Word document ([MS-DOC] 2.8.25).
pub(crate) const BEGIN: char = '\u{13}';
pub(crate) const SEPARATE: char = '\u{14}';
pub(crate) const END: char = '\u{15}';

/// The fields of a document, as their marks are met.
#[derive(Default)]
pub(crate) struct Fields {
    nodes: Vec<Node>,
    /// Indices of the fields that have begun and not ended.
    open: Vec<usize>,
    /// Fields that began deeper than [`DEPTH`].
    beyond: usize,
    paths: Vec<String>,
    spent: usize,
    cut: bool,
}

#[derive(Default)]
struct Node {
    path: usize,
    outer: bool,
    instruction: Vec<Piece>,
    result: Vec<Piece>,
    separated: bool,
}

enum Piece {
    Text(String),
    Field(usize),
}

/// One instruction, resolved.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// Part or story it stands in.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Fields {
    /// Says where the fields stand that follow. Fields do not reach from one story into another.
    pub(crate) fn story(&mut self, path: &str) {
        self.open.clear();
        self.beyond = 0;
        if self.paths.last().is_none_or(|last| last != path) {
            self.paths.push(path.to_owned());
        }
    }

    /// Whether nothing began so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Whether text that follows belongs to an instruction, not to the page.
    pub(crate) fn in_instruction(&self) -> bool {
        self.innermost().is_some_and(|node| !node.separated)
    }

    pub(crate) fn begin(&mut self) {
        if self.open.len() >= DEPTH {
            self.beyond = self.beyond.saturating_add(1);
            return;
        }
        self.spent = self.spent.saturating_add(NODE);
        if self.spent > MOST {
            self.cut = true;
            self.beyond = self.beyond.saturating_add(1);
            return;
        }
        let (index, outer) = (self.nodes.len(), self.open.is_empty());
        if let Some(node) = self.open.last().and_then(|at| self.nodes.get_mut(*at)) {
            if node.separated { &mut node.result } else { &mut node.instruction }.push(Piece::Field(index));
        }
        self.open.push(index);
        self.nodes.push(Node { path: self.paths.len().saturating_sub(1), outer, ..Node::default() });
    }

    pub(crate) fn separate(&mut self) {
        if self.beyond == 0
            && let Some(node) = self.open.last().and_then(|at| self.nodes.get_mut(*at))
        {
            node.separated = true;
        }
    }

    pub(crate) fn end(&mut self) {
        if self.beyond > 0 {
            self.beyond = self.beyond.saturating_sub(1);
        } else {
            self.open.pop();
        }
    }

    /// Text between two marks; outside of fields it is not kept.
    pub(crate) fn text(&mut self, text: &str) {
        let room = MOST.saturating_sub(self.spent);
        let Some(node) = self.open.last().and_then(|at| self.nodes.get_mut(*at)) else { return };
        let (pieces, longest) =
            if node.separated { (&mut node.result, VALUE) } else { (&mut node.instruction, LONGEST) };
        if !matches!(pieces.last(), Some(Piece::Text(_))) {
            pieces.push(Piece::Text(String::new()));
        }
        let Some(Piece::Text(kept)) = pieces.last_mut() else { return };
        let before = kept.len();
        let whole = append(kept, text, longest.min(before.saturating_add(room)));
        self.spent = self.spent.saturating_add(kept.len().saturating_sub(before));
        // Results are only a help; an instruction that is not all there could hide something.
        self.cut |= !whole && !node.separated;
    }

    /// Text that holds the marks of [MS-DOC] itself: [`BEGIN`], [`SEPARATE`], [`END`]. What of it a person sees is added
    /// to `shown`.
    pub(crate) fn marked(&mut self, text: &str, shown: &mut String) {
        for piece in text.split_inclusive([BEGIN, SEPARATE, END]) {
            let (text, mark) = match piece.char_indices().next_back() {
                Some((at, mark @ (BEGIN | SEPARATE | END))) => (piece.get(..at).unwrap_or_default(), Some(mark)),
                _ => (piece, None),
            };
            if !text.is_empty() {
                if !self.in_instruction() {
                    shown.push_str(text);
                }
                self.text(text);
            }
            match mark {
                Some(BEGIN) => self.begin(),
                Some(SEPARATE) => self.separate(),
                Some(_) => self.end(),
                None => {}
            }
        }
    }

    fn innermost(&self) -> Option<&Node> {
        self.open.last().and_then(|at| self.nodes.get(*at))
    }

    /// Every instruction with what Word would put into it, outer fields before what is inside them. A limit comes back
    /// beside what was resolved before it.
    pub(crate) fn resolve(&self, around: &Surroundings, budget: &Budget) -> (Vec<Instruction>, Result<()>) {
        let mut out = Vec::new();
        let mut known = values::Known::new(around);
        // A bookmark may be set behind the field that shows it: Word updates fields again and again.
        let mut result = self.pass(&mut known, budget, &mut |_, _| ());
        if result.is_ok() {
            result = self.pass(&mut known, budget, &mut |at, text| out.push((at, text)));
        }
        order::sort_by_key(&mut out, |(at, _)| *at);
        let instructions = out.into_iter().filter_map(|(at, text)| {
            let path = self.nodes.get(at).and_then(|node| self.paths.get(node.path)).cloned().unwrap_or_default();
            (!text.is_empty()).then_some(Instruction { path, text })
        });
        let cut = if self.cut { Err(Error::Limit(LimitKind::ArtifactBytes)) } else { Ok(()) };
        (instructions.collect(), result.and(cut))
    }

    fn pass(&self, known: &mut values::Known<'_>, budget: &Budget, tell: &mut dyn FnMut(usize, String)) -> Result<()> {
        for (at, _) in self.nodes.iter().enumerate().filter(|(_, node)| node.outer) {
            self.value(at, known, budget, tell)?;
        }
        Ok(())
    }

    /// What a field shows. As deep as fields nest, which [`DEPTH`] bounds.
    fn value(
        &self,
        at: usize,
        known: &mut values::Known<'_>,
        budget: &Budget,
        tell: &mut dyn FnMut(usize, String),
    ) -> Result<String> {
        let Some(node) = self.nodes.get(at) else { return Ok(String::new()) };
        let instruction = self.joined(&node.instruction, LONGEST, known, budget, tell)?;
        let shown = self.joined(&node.result, VALUE, known, budget, tell)?;
        budget.steps(1_u64.saturating_add(instruction.len() as u64 >> 4))?;
        let instruction = instruction.trim();
        let mut value = values::value(instruction, known).unwrap_or(shown);
        known.spent = known.spent.saturating_add(value.len().min(VALUE));
        if known.spent > MOST.saturating_mul(2) {
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
        if value.len() > VALUE {
            value.truncate(cut(&value, VALUE).len());
        }
        tell(at, instruction.to_owned());
        Ok(value)
    }

    fn joined(
        &self,
        pieces: &[Piece],
        longest: usize,
        known: &mut values::Known<'_>,
        budget: &Budget,
        tell: &mut dyn FnMut(usize, String),
    ) -> Result<String> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(piece) => append(&mut text, piece, longest),
                Piece::Field(at) => {
                    let value = self.value(*at, known, budget, tell)?;
                    budget.steps(value.len() as u64 >> 4)?;
                    append(&mut text, &value, longest)
                }
            };
        }
        Ok(text)
    }
}

/// Appends with runs of blanks and control characters as one space, so that padding does not use up the room; whether
/// everything found room.
fn append(to: &mut String, text: &str, longest: usize) -> bool {
    for c in text.chars() {
        let c = if c.is_whitespace() || c.is_control() { ' ' } else { c };
        if c == ' ' && to.ends_with(' ') {
            continue;
        }
        if to.len() >= longest {
            return false;
        }
        to.push(c);
    }
    true
}

#[cfg(test)]
pub(crate) fn instructions(marked: &str) -> Vec<String> {
    // Tests write `{ … | … }` for the marks.
    let text: String = marked
        .chars()
        .map(|c| match c {
            '{' => BEGIN,
            '|' => SEPARATE,
            '}' => END,
            c => c,
        })
        .collect();
    let mut fields = Fields::default();
    fields.story("body");
    fields.marked(&text, &mut String::new());
    let budget = Budget::new(crate::budget::Limits::default(), |_| ());
    let (found, result) = fields.resolve(&Surroundings::default(), &budget);
    result.unwrap();
    found.into_iter().map(|instruction| instruction.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outer(marked: &str) -> String {
        instructions(marked).into_iter().next().unwrap_or_default()
    }

    #[test]
    fn plain_fields_and_their_order() {
        assert_eq!(instructions("a { PAGE | 3 } b { DATE }"), ["PAGE", "DATE"]);
        assert_eq!(instructions("{ TOC \\o | { HYPERLINK \"a\" | b } }"), ["TOC \\o", "HYPERLINK \"a\""]);
        // Neither separated nor ended.
        assert_eq!(instructions("{ DDEAUTO cmd"), ["DDEAUTO cmd"]);
        assert_eq!(instructions("} | a {PAGE}"), ["PAGE"]);
    }

    #[test]
    fn inner_fields_are_worked_out() {
        assert_eq!(outer("{ DDE { QUOTE 99 109 100 | x } \"/c a\" }"), "DDE cmd \"/c a\"");
        assert_eq!(outer("{ DDE { QUOTE { = 90 + 9 } 0x6d 100 } x }"), "DDE cmd x");
        assert_eq!(outer("{ DDE { QUOTE \"cm\" \"d\" \\* MERGEFORMAT } x }"), "DDE cmd x");
        assert_eq!(outer("{ { IF 1 = 1 \"DDE\" \"PAGE\" | PAGE } cmd }"), "DDE cmd");
        assert_eq!(outer("{ DDE { MERGEFIELD a | cmd } }"), "DDE cmd");
        assert_eq!(outer("{ QUOTE { SYMBOL 99 } }"), "QUOTE c");
    }

    #[test]
    fn bookmarks_are_known_wherever_they_are_set() {
        let later = instructions("{ DDEAUTO { REF a } { b } }{ SET a \"cmd\" }{ SET b { REF a } }");
        assert_eq!(later[0], "DDEAUTO cmd cmd");
        assert_eq!(instructions("{ SET a \"x\" }{ SET A { QUOTE 121 } }{ DDE { a } }").last().unwrap(), "a");
        assert!(instructions("{ SET A { QUOTE 121 } }{ DDE { a } }").contains(&"DDE y".to_owned()));
    }

    #[test]
    fn the_document_gives_values() {
        let around = Surroundings {
            variables: vec![("v".into(), "cmd".into())],
            properties: vec![("Comments".into(), "/c a".into())],
            ..Surroundings::default()
        };
        let mut fields = Fields::default();
        fields.story("body");
        fields.marked(
            "\u{13}DDE \u{13}DOCVARIABLE \"V\"\u{15} \u{13}DOCPROPERTY comments\u{15} \u{13} COMMENTS \u{15}\u{15}",
            &mut String::new(),
        );
        let budget = Budget::new(crate::budget::Limits::default(), |_| ());
        assert_eq!(fields.resolve(&around, &budget).0[0].text, "DDE cmd /c a /c a");
    }

    #[test]
    fn nesting_and_growth_are_bounded() {
        let deep = format!("{}DDE cmd{}", "{".repeat(100_000), "}".repeat(100_000));
        assert!(instructions(&deep).iter().any(|text| text.contains("DDE cmd")));
        let mut bomb = "{ SET a \"xxxxxxxxxxxxxxxx\" }".to_owned();
        for i in 0..200 {
            bomb += &format!("{{ SET a \"{}\" }}", "{ REF a }".repeat(8 + i % 2));
        }
        assert!(instructions(&bomb).iter().all(|text| text.len() <= LONGEST));
        let padded = format!("{{ DDE {} cmd }}", " ".repeat(1 << 20));
        assert_eq!(outer(&padded), "DDE cmd");
    }
}
