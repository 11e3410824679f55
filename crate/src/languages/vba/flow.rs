//! Which assignment a place sees: the blocks of a procedure ([MS-VBAL] 5.4.2).
//!
//! Attackers put texts together line by line (`s = s & "x"`), so the order of lines counts; and a condition between two
//! lines must not let the harmless branch speak for the other. What is not certain stays unknown.

use std::ops::Range;

use super::lexer::{Code, Kind};
use super::outline::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Procedure,
    /// From `Then`, `Else` or `Case` to the next of them or the end.
    Branch,
    /// A branch of an If on one line, which ends with it, at this token.
    Line(usize),
    Loop,
}

#[derive(Debug)]
struct Block {
    parent: usize,
    sort: Sort,
    start: usize,
    end: usize,
}

/// Enclosing blocks that are looked at.
const DEPTH: usize = 64;

/// The blocks of one procedure, over token indices.
#[derive(Debug, Default)]
pub(super) struct Flow {
    blocks: Vec<Block>,
    /// Start of every statement, and its block.
    places: Vec<(usize, usize)>,
    labels: Vec<usize>,
    /// `GoTo` can lead anywhere.
    jumps: bool,
}

impl Flow {
    pub(super) fn read(code: &Code<'_>, statements: &[Span]) -> Self {
        let all = Block { parent: 0, sort: Sort::Procedure, start: 0, end: usize::MAX };
        let mut flow = Self { blocks: vec![all], places: Vec::new(), labels: Vec::new(), jumps: false };
        let (mut open, mut line, mut before) = (0, 0, statements.first().map_or(0, |first| first.range().start));
        for statement in statements {
            let statement = &statement.range();
            let at = statement.start;
            while let Some(end) = flow.ended(open, at) {
                open = flow.close(open, end);
            }
            if (before..at).any(|at| code.is(at, "else")) {
                open = flow.next_branch(open, at);
            }
            before = statement.end;
            if code.is(at, "elseif") || code.is(at, "case") {
                open = flow.next_branch(open, at);
            }
            flow.places.push((at, open));
            open = flow.follow(code, statement, open, &mut line);
        }
        flow
    }

    /// The innermost block behind a statement.
    fn follow(&mut self, code: &Code<'_>, statement: &Range<usize>, open: usize, line: &mut usize) -> usize {
        let (at, next) = (statement.start, statement.start.saturating_add(1));
        match code.name(at) {
            "if" => {
                if *line <= statement.end {
                    *line = (statement.end..code.len()).find(|at| code.kind(*at) == Kind::End).unwrap_or(code.len());
                }
                let ends_line = statement.end.saturating_add(1) >= *line;
                self.open(open, if ends_line { Sort::Branch } else { Sort::Line(*line) }, statement.end)
            }
            "select" => self.open(open, Sort::Branch, statement.end),
            "for" | "do" | "while" => self.open(open, Sort::Loop, statement.end),
            "next" | "loop" | "wend" if self.sort(open) == Some(Sort::Loop) => self.close(open, at),
            "end" if (code.is(next, "if") || code.is(next, "select")) && self.sort(open) == Some(Sort::Branch) => {
                self.close(open, at)
            }
            "goto" | "gosub" => {
                self.jumps = true;
                open
            }
            "on" if !code.is(next, "error") => {
                self.jumps = true;
                open
            }
            name => {
                if !name.is_empty() && next == statement.end && code.is_mark(next, ":") {
                    self.labels.push(at);
                }
                open
            }
        }
    }

    /// Where the line of a one-line If ended, if that was before `at`.
    fn ended(&self, block: usize, at: usize) -> Option<usize> {
        match self.sort(block) {
            Some(Sort::Line(end)) if end <= at => Some(end),
            _ => None,
        }
    }

    fn sort(&self, block: usize) -> Option<Sort> {
        self.blocks.get(block).map(|block| block.sort)
    }

    fn open(&mut self, parent: usize, sort: Sort, start: usize) -> usize {
        self.blocks.push(Block { parent, sort, start, end: usize::MAX });
        self.blocks.len().saturating_sub(1)
    }

    fn close(&mut self, block: usize, end: usize) -> usize {
        self.blocks.get_mut(block).map_or(0, |block| {
            block.end = end;
            block.parent
        })
    }

    fn next_branch(&mut self, block: usize, at: usize) -> usize {
        match self.sort(block) {
            Some(sort @ (Sort::Branch | Sort::Line(_))) => {
                let parent = self.close(block, at);
                self.open(parent, sort, at)
            }
            _ => block,
        }
    }

    fn at(&self, token: usize) -> usize {
        let after = self.places.partition_point(|(start, _)| *start <= token);
        after.checked_sub(1).and_then(|i| self.places.get(i)).map_or(0, |(_, block)| *block)
    }

    /// Whether an assignment at `from` is what `to` sees for certain, when the next one stands at `next`.
    pub(super) fn is_certain(&self, from: usize, to: usize, next: usize) -> bool {
        let label = self.labels.partition_point(|label| *label < from);
        let labelled = self.labels.get(label).is_some_and(|label| *label < to);
        let block = self.blocks.get(self.at(from));
        !self.jumps
            && !labelled
            && block.is_some_and(|block| block.sort == Sort::Procedure || to < block.end)
            && !self.comes_back(Some(from), to, next)
    }

    /// Whether `to` stands in a loop, begun after `from`, that leads back to it from the assignment at `next`.
    pub(super) fn comes_back(&self, from: Option<usize>, to: usize, next: usize) -> bool {
        let mut block = self.at(to);
        for _ in 0..DEPTH {
            let Some(here) = self.blocks.get(block).filter(|here| here.sort != Sort::Procedure) else { return false };
            let holds = from.is_some_and(|from| here.start <= from && from < here.end);
            if here.sort == Sort::Loop && !holds && next < here.end {
                return true;
            }
            block = here.parent;
        }
        true
    }
}
