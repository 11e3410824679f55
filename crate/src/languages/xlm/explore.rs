//! Runs macros again and again: from everything that starts by itself, along the other way of every fork, and on the
//! day on which their texts make sense.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use super::book::Book;
use super::clock::Clock;
use super::formula::Expr;
use super::index::Index;
use super::machine::{Act, Machine, Outcome, Run, Stop};
use super::values::{Area, Datum, Position};
use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::hashed::HashSet;

/// Runs from one trigger. An honest macro asks some dozen things.
const MOST_RUNS: usize = 512;
/// Expressions evaluated for one workbook.
const MOST_STEPS: u32 = 4_000_000;

/// Expressions evaluated in one run. The longest decoding loop seen takes 60,000.
const RUN: u32 = 400_000;
/// As [`RUN`], of a macro that nothing starts: menus and dialogs wait for ever.
const GLANCE: u32 = 20_000;

/// What came out of many runs.
pub(super) struct Explorer<'b> {
    book: &'b Book,
    index: &'b Index,
    budget: &'b Budget,
    left: u32,
    /// What was done, and from which trigger.
    pub(super) acts: Vec<(Act, Option<usize>)>,
    pub(super) executed: HashSet<Position>,
    /// Something that a trigger starts could not be followed.
    pub(super) lost: bool,
    pub(super) capped: bool,
}

impl<'b> Explorer<'b> {
    pub(super) fn new(book: &'b Book, index: &'b Index, budget: &'b Budget) -> Self {
        Self {
            book,
            index,
            budget,
            left: MOST_STEPS,
            acts: Vec::new(),
            executed: HashSet::default(),
            lost: false,
            capped: false,
        }
    }

    fn run(&mut self, start: Position, clock: Clock, choices: Vec<bool>, steps: u32) -> Result<Outcome> {
        let steps = steps.min(self.left);
        let mut machine = Machine::new((self.book, self.index, self.budget), clock, choices, steps);
        let result = machine.start(start);
        self.left = self.left.saturating_sub(machine.spent());
        self.capped |= self.left == 0;
        result.map(|()| machine.out)
    }

    /// The first cell of what a name refers to.
    pub(super) fn target(&self, expr: &Expr, sheet: Option<usize>) -> Result<Option<Position>> {
        let mut machine = Machine::new((self.book, self.index, self.budget), Clock::default(), Vec::new(), GLANCE);
        machine.passive = 1;
        let at = Position { sheet: sheet.unwrap_or(self.index.active), row: 1, column: 1 };
        let target: Run<Option<Area>> = machine.eval(expr, at).and_then(|value| match value {
            Datum::Area(area) => Ok(Some(area)),
            other => machine.target(Some(&other), at),
        });
        match target {
            Ok(area) => Ok(area.map(|area| area.first)),
            Err(Stop::Halt) => Ok(None),
            Err(Stop::Limit(error)) => Err(error),
        }
    }

    /// Follows what starts by itself at a cell, along every way.
    pub(super) fn follow(&mut self, start: Position, trigger: usize) -> Result<()> {
        let (clock, first) = self.day(start)?;
        let mut taken = HashSet::default();
        let mut waiting = VecDeque::new();
        self.keep(&first, Some(trigger));
        other_ways(&first, 0, &mut taken, &mut waiting);
        let mut runs = 1_usize;
        while let Some(choices) = waiting.pop_front() {
            if runs >= MOST_RUNS || self.left == 0 {
                self.capped = true;
                break;
            }
            runs = runs.saturating_add(1);
            let known = choices.len();
            let outcome = self.run(start, clock, choices, RUN)?;
            self.keep(&outcome, Some(trigger));
            other_ways(&outcome, known, &mut taken, &mut waiting);
        }
        // What cannot be followed on a way that is only taken for completeness does not count.
        self.lost |= first.lost;
        self.capped |= first.capped;
        Ok(())
    }

    /// The run on the day on which most of what the macro writes can be read.
    fn day(&mut self, start: Position) -> Result<(Clock, Outcome)> {
        let mut best = self.run(start, Clock::default(), Vec::new(), RUN)?;
        let mut clock = Clock::default();
        type Asked = fn(&Clock) -> bool;
        type Set = fn(&mut Clock, i64);
        let parts: [(Asked, Set, RangeInclusive<i64>); 4] = [
            (|clock| clock.asked.day, |clock, value| clock.day = value, 1..=31),
            (|clock| clock.asked.month, |clock, value| clock.month = value, 1..=12),
            (|clock| clock.asked.hour, |clock, value| clock.hour = value, 0..=23),
            (|clock| clock.asked.year, |clock, value| clock.year = value, 2018..=2026),
        ];
        for (asked, set, range) in parts {
            if !asked(&best.clock) {
                continue;
            }
            let from = clock;
            for value in range {
                let mut other = from;
                set(&mut other, value);
                if other == clock || self.left == 0 {
                    continue;
                }
                let outcome = self.run(start, other, Vec::new(), RUN)?;
                if sense(&outcome) > sense(&best) {
                    (clock, best) = (other, outcome);
                }
            }
        }
        Ok((clock, best))
    }

    /// Carries out a macro that nothing starts, for what it would do.
    pub(super) fn glance(&mut self, start: Position) -> Result<()> {
        if self.left == 0 {
            return Err(Error::Limit(LimitKind::Steps));
        }
        let outcome = self.run(start, Clock::default(), Vec::new(), GLANCE)?;
        self.keep(&outcome, None);
        Ok(())
    }

    fn keep(&mut self, outcome: &Outcome, trigger: Option<usize>) {
        self.executed.extend(outcome.executed.iter().copied());
        for act in &outcome.acts {
            let again = |(other, _): &&(Act, Option<usize>)| {
                (other.kind, &other.detail, other.at) == (act.kind, &act.detail, act.at)
            };
            if self.acts.len() < 1 << 10 && !self.acts.iter().any(|other| again(&other)) {
                self.acts.push((act.clone(), trigger));
            }
        }
    }
}

/// Ways that branch off a run behind the forks it was told, one for each fork that was not yet taken that way.
fn other_ways(
    outcome: &Outcome,
    told: usize,
    taken: &mut HashSet<((Position, u16), bool)>,
    waiting: &mut VecDeque<Vec<bool>>,
) {
    taken.extend(outcome.forks.iter().copied());
    for (i, (fork, choice)) in outcome.forks.iter().enumerate().skip(told) {
        // One more than are run says that there were too many.
        if waiting.len() <= MOST_RUNS && taken.insert((*fork, !choice)) {
            let mut way: Vec<bool> = outcome.forks.iter().take(i).map(|(_, choice)| *choice).collect();
            way.push(!choice);
            waiting.push_back(way);
        }
    }
}

/// How much sense a run makes.
fn sense(outcome: &Outcome) -> i64 {
    let acts = outcome.acts.iter().filter(|act| act.detail.chars().all(|c| !c.is_control())).count();
    let good = i64::from(outcome.readable).saturating_mul(4);
    let bad = i64::from(outcome.garbled).saturating_mul(2);
    good.saturating_sub(bad).saturating_add(i64::try_from(acts).unwrap_or(0).saturating_mul(8))
}
