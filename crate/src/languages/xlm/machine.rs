//! Carries macros out, cell by cell down a column, without touching anything: what would be started, fetched or written
//! is noted with its arguments as far as they are known.
//!
//! One [`Machine`] is one run. Where a condition depends on what nobody can know (the screen, the clock, whether a
//! download worked), it follows the way that goes on, and remembers the fork, so that another run can take the other one.

mod eval;

use std::collections::{BTreeSet, VecDeque};
use std::ops::Deref;
use std::rc::Rc;

pub(super) use eval::calculate;
use eval::{bare, is_volatile};

use super::api::Procedure;
use super::book::Book;
use super::clock::Clock;
use super::formula::{Expr, Reference};
use super::index::Index;
use super::values::{Area, Datum, Position, REFERENCE};
use crate::budget::Budget;
use crate::error::Error;
use crate::hashed::{HashMap, HashSet};
use crate::languages::ActionKind;

/// Nesting of expressions and called macros together.
const DEPTH: u32 = 160;
/// Bytes of texts that one run writes into cells and names.
const MOST_BYTES: usize = 16 << 20;
/// Forks remembered in one run.
const MOST_FORKS: usize = 1 << 12;
/// A question that nobody here can answer is answered the same way that often.
const PATIENCE: u16 = 32;
/// Letters kept of a formula that does something.
const EXCERPT: usize = 1 << 11;
/// Cells that one function reads or writes.
const MOST_CELLS: u32 = 1 << 16;

/// Why a run ends early.
pub(super) enum Stop {
    /// The macro ended itself, or did more than is followed.
    Halt,
    /// The scan has spent what it may spend.
    Limit(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Limit(error)
    }
}

pub(super) type Run<T> = Result<T, Stop>;

/// Where a macro goes on, when not in the next cell.
pub(super) enum Flow {
    Goto(Position),
    /// Another macro is called, and then the cell below is next.
    Call(Position, VecDeque<Datum>),
    Return(Datum),
    Halt,
}

/// Something a macro did.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Act {
    pub(super) kind: ActionKind,
    pub(super) detail: String,
    pub(super) at: Position,
    /// The formula, as it stood.
    pub(super) excerpt: String,
}

/// What came out of a run.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) acts: Vec<Act>,
    pub(super) executed: HashSet<Position>,
    /// Conditions that could have gone the other way, and how they went.
    pub(super) forks: Vec<((Position, u16), bool)>,
    /// Something could not be followed: a target nobody knows, a formula nobody could read.
    pub(super) lost: bool,
    /// More steps than are followed.
    pub(super) capped: bool,
    /// Formulas written that can be read, and those that cannot.
    pub(super) readable: u32,
    pub(super) garbled: u32,
    /// The clock, with what was asked of it.
    pub(super) clock: Clock,
}

/// A formula of the workbook or one that a macro wrote.
#[derive(Clone)]
pub(super) enum Formula<'b> {
    Saved(&'b Expr),
    Written(Rc<Expr>),
}

impl Deref for Formula<'_> {
    type Target = Expr;

    fn deref(&self) -> &Expr {
        match self {
            Self::Saved(expr) => expr,
            Self::Written(expr) => expr,
        }
    }
}

/// A loop under way.
struct Loop {
    start: Position,
    kind: Turn,
}

enum Turn {
    While,
    For { name: String, last: f64, step: f64 },
    Cells { name: String, area: Area, next: u32 },
}

pub(super) struct Machine<'b> {
    pub(super) book: &'b Book,
    pub(super) index: &'b Index,
    budget: &'b Budget,
    /// Values that cells got.
    values: HashMap<Position, Datum>,
    /// Formulas that cells got; `None` where one was overwritten with a value.
    formulas: HashMap<Position, Option<Rc<Expr>>>,
    /// Sheet, column and row of the formulas that cells got.
    columns: BTreeSet<(usize, u32, u32)>,
    /// Cells computed when somebody asked; forgotten when a cell changes.
    computed: HashMap<Position, Datum>,
    computing: HashSet<Position>,
    /// Names that were given a value, in lower case.
    names: HashMap<String, Datum>,
    /// Names of registered procedures, in lower case.
    pub(super) procedures: HashMap<String, usize>,
    pub(super) registered: Vec<Procedure>,
    pub(super) files: Vec<Rc<str>>,
    pub(super) selection: Area,
    pub(super) clipboard: Option<Area>,
    /// Whether another window may be the active one.
    pub(super) elsewhere: bool,
    /// Macros to be started later.
    pub(super) pending: VecDeque<Position>,
    /// Arguments of the macros being called.
    pub(super) frames: Vec<VecDeque<Datum>>,
    pub(super) flow: Option<Flow>,
    pub(super) current: Position,
    /// How often each fork was come to whose condition is not known.
    asked: HashMap<(Position, u16), u16>,
    /// Cells whose value is only assumed.
    doubtful: HashSet<Position>,
    /// Whether what is being evaluated depends on something assumed.
    pub(super) assumed: bool,
    /// Inside a cell that is computed, not carried out.
    pub(super) passive: u32,
    depth: u32,
    most: u32,
    steps: u32,
    held: usize,
    choices: Vec<bool>,
    ordinal: u16,
    pub(super) out: Outcome,
}

impl<'b> Machine<'b> {
    /// A machine that takes the first forks as `choices` say.
    /// It takes `steps` at most.
    pub(super) fn new(
        (book, index, budget): (&'b Book, &'b Index, &'b Budget),
        clock: Clock,
        choices: Vec<bool>,
        steps: u32,
    ) -> Self {
        let start = Position { sheet: index.active, row: 1, column: 1 };
        Self {
            book,
            index,
            budget,
            values: HashMap::default(),
            formulas: HashMap::default(),
            columns: BTreeSet::new(),
            computed: HashMap::default(),
            asked: HashMap::default(),
            computing: HashSet::default(),
            names: HashMap::default(),
            procedures: HashMap::default(),
            registered: Vec::new(),
            files: Vec::new(),
            selection: Area::cell(start),
            clipboard: None,
            elsewhere: false,
            pending: VecDeque::new(),
            frames: Vec::new(),
            flow: None,
            current: start,
            doubtful: HashSet::default(),
            assumed: false,
            passive: 0,
            depth: 0,
            most: steps,
            steps,
            held: 0,
            choices,
            ordinal: 0,
            out: Outcome { clock, ..Outcome::default() },
        }
    }

    /// Carries out the macro at `start` and what it asks to be started later.
    pub(super) fn start(&mut self, start: Position) -> Result<(), Error> {
        self.pending.push_back(start);
        let mut started = 0_u32;
        while let Some(next) = self.pending.pop_front().filter(|_| started < 64) {
            started = started.saturating_add(1);
            self.depth = 0;
            self.flow = None;
            match self.run(next, VecDeque::new()) {
                Ok(_) | Err(Stop::Halt) => {}
                Err(Stop::Limit(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Steps of this run so far.
    pub(super) const fn spent(&self) -> u32 {
        self.most.saturating_sub(self.steps)
    }

    /// Spends a step and some for the length of a text.
    pub(super) fn step(&mut self, bytes: usize) -> Run<()> {
        let cost = u32::try_from(bytes / 64).unwrap_or(u32::MAX).saturating_add(1);
        self.budget.steps(u64::from(cost))?;
        match self.steps.checked_sub(cost) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => {
                self.out.capped = true;
                Err(Stop::Halt)
            }
        }
    }

    // ---- cells -----------------------------------------------------------------------------------------------------

    pub(super) fn formula(&self, at: Position) -> Option<Formula<'b>> {
        if let Some(written) = self.formulas.get(&at) {
            return written.clone().map(Formula::Written);
        }
        let cell = self.book.sheets.get(at.sheet)?.cells.get(&(at.row, at.column))?;
        cell.formula.as_deref().map(Formula::Saved)
    }

    /// The next cell at or below `at` that holds a formula.
    fn next_formula(&mut self, at: Position) -> Run<Option<(Position, Formula<'b>)>> {
        let mut at = at;
        loop {
            self.step(0)?;
            let saved = self.index.next(at);
            let written = self.columns.range((at.sheet, at.column, at.row)..).next().copied();
            let written = written.filter(|(sheet, column, _)| (*sheet, *column) == (at.sheet, at.column));
            let Some(row) = [saved, written.map(|(.., row)| row)].into_iter().flatten().min() else { return Ok(None) };
            at.row = row;
            if let Some(formula) = self.formula(at) {
                return Ok(Some((at, formula)));
            }
            at.row = row.saturating_add(1);
        }
    }

    pub(super) fn value(&mut self, at: Position) -> Run<Datum> {
        self.step(0)?;
        self.assumed |= self.doubtful.contains(&at);
        if let Some(value) = self.values.get(&at) {
            return Ok(value.clone());
        }
        if let Some(written) = self.formulas.get(&at) {
            return match written.clone() {
                Some(formula) => self.compute(at, &formula),
                None => Ok(Datum::Empty),
            };
        }
        let book = self.book;
        let Some(sheet) = book.sheets.get(at.sheet) else { return Ok(REFERENCE) };
        let Some(cell) = sheet.cells.get(&(at.row, at.column)) else { return Ok(Datum::Empty) };
        let value = cell.value.as_ref().map(Datum::from);
        match (&cell.formula, value) {
            // Worksheets are computed again when a cell has changed, and when a file says that it is of an older Excel:
            // a kept value may lie. Where nothing has changed, an error is more likely a function that is not known here.
            (Some(formula), Some(value)) if !sheet.is_macro => {
                let is_changed = !self.values.is_empty() || is_volatile(formula);
                let fresh = self.compute(at, formula)?;
                let counts = fresh.is_known() && (is_changed || !matches!(fresh, Datum::Error(_)));
                Ok(if counts { fresh } else { value })
            }
            (_, Some(value)) => Ok(value),
            (Some(formula), None) => self.compute(at, formula),
            (None, None) => Ok(Datum::Empty),
        }
    }

    fn compute(&mut self, at: Position, formula: &Expr) -> Run<Datum> {
        if let Some(value) = self.computed.get(&at) {
            return Ok(value.clone());
        }
        if !self.computing.insert(at) {
            return Ok(Datum::Number(0.0));
        }
        self.passive = self.passive.saturating_add(1);
        let value = self.eval(formula, at).and_then(|value| self.scalar(value, at));
        self.passive = self.passive.saturating_sub(1);
        self.computing.remove(&at);
        let value = value?;
        self.hold(&value)?;
        self.computed.insert(at, value.clone());
        Ok(value)
    }

    /// Counts a value that is kept.
    pub(super) fn hold(&mut self, value: &Datum) -> Run<()> {
        let len = if let Datum::Text(text, _) = value { text.len() } else { 0 };
        self.keep(len)
    }

    /// Counts bytes that are kept.
    fn keep(&mut self, len: usize) -> Run<()> {
        self.held = self.held.saturating_add(len).saturating_add(64);
        if self.held > MOST_BYTES {
            self.out.capped = true;
            return Err(Stop::Halt);
        }
        self.step(len)
    }

    /// Gives a cell a value.
    pub(super) fn set_value(&mut self, at: Position, value: Datum) -> Run<()> {
        self.hold(&value)?;
        self.computed.clear();
        if self.formula(at).is_some() {
            self.formulas.insert(at, None);
        }
        self.mark(at);
        self.values.insert(at, value);
        Ok(())
    }

    /// Gives a cell a formula.
    pub(super) fn set_formula(&mut self, at: Position, formula: &Rc<Expr>) -> Run<()> {
        self.keep(formula.weight())?;
        self.computed.clear();
        self.values.remove(&at);
        self.formulas.insert(at, Some(Rc::clone(formula)));
        self.columns.insert((at.sheet, at.column, at.row));
        self.mark(at);
        Ok(())
    }

    fn mark(&mut self, at: Position) {
        if self.assumed {
            self.doubtful.insert(at);
        } else {
            self.doubtful.remove(&at);
        }
    }

    /// Cells of an area that exist, in the order of rows.
    pub(super) fn cells(&mut self, area: Area) -> Run<Vec<Position>> {
        let size = area.rows.saturating_mul(area.columns);
        if size <= 1 << 12 {
            self.step((size as usize).saturating_mul(16))?;
            let columns = area.columns;
            return Ok((0..area.rows).flat_map(|row| (0..columns).map(move |column| area.at(row, column))).collect());
        }
        let last = area.at(area.rows.saturating_sub(1), area.columns.saturating_sub(1));
        let inside = |at: &Position| {
            at.sheet == last.sheet
                && (area.first.row..=last.row).contains(&at.row)
                && (area.first.column..=last.column).contains(&at.column)
        };
        let mut cells = BTreeSet::new();
        if let Some(sheet) = self.book.sheets.get(area.first.sheet) {
            let rows = sheet.cells.range((area.first.row, 0)..=(last.row, u32::MAX));
            for ((row, column), _) in rows.take(MOST_CELLS as usize) {
                cells.insert(Position { sheet: area.first.sheet, row: *row, column: *column });
            }
        }
        cells.extend(self.values.keys().chain(self.formulas.keys()).filter(|at| inside(at)));
        cells.retain(inside);
        self.step(cells.len().saturating_mul(64))?;
        Ok(cells.into_iter().collect())
    }

    // ---- names -----------------------------------------------------------------------------------------------------

    pub(super) fn set_name(&mut self, name: &str, value: Datum) -> Run<()> {
        self.hold(&value)?;
        self.hold(&Datum::text(name))?;
        self.computed.clear();
        self.names.insert(name.to_lowercase(), value);
        Ok(())
    }

    pub(super) fn clear_name(&mut self, name: &str) {
        self.names.remove(&name.to_lowercase());
    }

    /// What a name stands for; `None` if nobody defined it.
    pub(super) fn name(&mut self, name: &str, at: Position) -> Run<Option<Datum>> {
        self.step(name.len())?;
        let lower = name.to_lowercase();
        let local = lower.rsplit_once('!').map_or(lower.as_str(), |(_, local)| local);
        if let Some(value) = self.names.get(local) {
            return Ok(Some(value.clone()));
        }
        let Some(defined) = self.index.name(&lower, at.sheet).and_then(|id| self.book.names.get(id)) else {
            return Ok(None);
        };
        let Some(expr) = &defined.refers_to else { return Ok(Some(Datum::Unknown)) };
        let home = Position { sheet: defined.sheet.unwrap_or(at.sheet), row: at.row, column: at.column };
        self.eval(expr, home).map(Some)
    }

    pub(super) fn area(&self, first: &Reference, last: &Reference, at: Position) -> Option<Area> {
        let sheet = match &first.sheet {
            Some(name) => self.index.sheet(name)?,
            None => at.sheet,
        };
        let span = |a: u32, b: u32, most: u32| match (a.min(b), a.max(b)) {
            (0, _) => (1, most),
            (low, high) => (low, high.saturating_sub(low).saturating_add(1)),
        };
        let (row, rows) = span(first.row, last.row, 1 << 20);
        let (column, columns) = span(first.column, last.column, 1 << 14);
        Some(Area { first: Position { sheet, row, column }, rows, columns })
    }

    // ---- carrying out ----------------------------------------------------------------------------------------------

    /// Carries out the macro at `start` until it returns.
    pub(super) fn run(&mut self, start: Position, arguments: VecDeque<Datum>) -> Run<Datum> {
        if self.depth > DEPTH / 2 {
            self.out.capped = true;
            return Err(Stop::Halt);
        }
        self.depth = self.depth.saturating_add(8);
        let (before, ordinal, flow) = (self.current, self.ordinal, self.flow.take());
        let frames = self.frames.len();
        self.frames.push(arguments);
        let result = self.go(start);
        self.frames.truncate(frames);
        (self.current, self.ordinal, self.flow) = (before, ordinal, flow);
        self.depth = self.depth.saturating_sub(8);
        result
    }

    fn go(&mut self, start: Position) -> Run<Datum> {
        let mut loops = Vec::new();
        // The cells that called, with their loops: chains of calls may be long.
        let mut callers: Vec<(Position, Vec<Loop>)> = Vec::new();
        let mut next = start;
        loop {
            let flow = match self.next_formula(next)? {
                Some((at, formula)) => {
                    self.current = at;
                    self.ordinal = 0;
                    self.out.executed.insert(at);
                    next = Position { row: at.row.saturating_add(1), ..at };
                    self.execute(at, &formula, &mut loops)?
                }
                None => Some(Flow::Return(Datum::Empty)),
            };
            match flow {
                None => {}
                Some(Flow::Goto(to)) => next = to,
                Some(Flow::Call(to, arguments)) => {
                    self.hold(&Datum::Empty)?;
                    callers.push((self.current, std::mem::take(&mut loops)));
                    self.frames.push(arguments);
                    next = to;
                }
                Some(Flow::Return(value)) => {
                    let Some((caller, outer)) = callers.pop() else { return Ok(value) };
                    self.frames.pop();
                    loops = outer;
                    let value = self.scalar(value, caller)?;
                    self.result(caller, value)?;
                    next = Position { row: caller.row.saturating_add(1), ..caller };
                }
                Some(Flow::Halt) => return Err(Stop::Halt),
            }
        }
    }

    fn execute(&mut self, at: Position, formula: &Expr, loops: &mut Vec<Loop>) -> Run<Option<Flow>> {
        if let Expr::Call { function, arguments } = bare(formula)
            && let Some(flow) = self.block(at, function, arguments, loops)?
        {
            return Ok(flow);
        }
        self.assumed = false;
        let mut expr = bare(formula);
        // Of a condition that is a whole formula, the branch is the formula.
        while let Expr::Call { function, arguments } = expr
            && function == "IF"
        {
            self.step(0)?;
            match self.branch(arguments, at)? {
                Ok(branch) => expr = bare(branch),
                Err(value) => {
                    self.result(at, value)?;
                    return Ok(None);
                }
            }
        }
        if let Some(call) = self.calls(expr, at)? {
            return Ok(Some(call));
        }
        let value = self.eval(expr, at)?;
        let value = self.scalar(value, at)?;
        self.result(at, value)?;
        Ok(self.flow.take())
    }

    /// A formula that does nothing but call a macro.
    fn calls(&mut self, expr: &Expr, at: Position) -> Run<Option<Flow>> {
        let (target, arguments) = match expr {
            Expr::Call { function, arguments } if function == "RUN" => (arguments.first(), [].as_slice()),
            Expr::Invoke { target, arguments } => (Some(target.as_ref()), arguments.as_slice()),
            _ => return Ok(None),
        };
        let target = match target {
            Some(Expr::Name(name)) if self.procedures.contains_key(&name.to_lowercase()) => return Ok(None),
            Some(target @ (Expr::Cell(_) | Expr::Area { .. } | Expr::Name(_))) => self.eval(target, at)?,
            _ => return Ok(None),
        };
        let Datum::Area(area) = target else { return Ok(None) };
        let mut values = VecDeque::with_capacity(arguments.len());
        for argument in arguments {
            values.push_back(self.eval(argument, at)?);
        }
        Ok(Some(Flow::Call(area.first, values)))
    }

    /// What a cell was worth that was carried out.
    fn result(&mut self, at: Position, value: Datum) -> Run<()> {
        self.hold(&value)?;
        self.mark(at);
        self.computed.clear();
        self.values.insert(at, value);
        Ok(())
    }

    /// Statements that span cells: loops and block conditions. `None` if this is none of them.
    #[expect(clippy::option_option, reason = "no statement of this kind, or one that goes on below or elsewhere")]
    fn block(
        &mut self,
        at: Position,
        function: &str,
        arguments: &[Expr],
        loops: &mut Vec<Loop>,
    ) -> Run<Option<Option<Flow>>> {
        let below = |at: Position| Some(Flow::Goto(Position { row: at.row.saturating_add(1), ..at }));
        let flow = match function {
            "IF" if arguments.len() == 1 => {
                if self.condition(arguments.first(), at, true)? {
                    None
                } else {
                    self.otherwise(at)?
                }
            }
            // The end of a branch that was taken.
            "ELSE" | "ELSE.IF" => self.skip(at, "IF", &["END.IF"])?.and_then(|(end, _)| below(end)),
            "END.IF" => None,
            "WHILE" => {
                // A loop that waits for something is gone through once.
                let again = loops.iter().any(|turn| turn.start == at);
                let known = self.condition(arguments.first(), at, !again)?;
                loops.retain(|turn| turn.start != at);
                if known {
                    loops.push(Loop { start: at, kind: Turn::While });
                    None
                } else {
                    self.skip(at, "LOOP", &["NEXT"])?.and_then(|(end, _)| below(end))
                }
            }
            "FOR" => {
                let values = self.scalars(arguments, at)?;
                let number = |i: usize| values.get(i).and_then(Datum::number);
                let name = values.first().map(Datum::shown).unwrap_or_default();
                let (first, last) = (number(1).unwrap_or(1.0), number(2).unwrap_or(1.0));
                let step = number(3).unwrap_or(1.0);
                self.set_name(&name, Datum::Number(first))?;
                if (step >= 0.0 && first <= last) || (step < 0.0 && first >= last) {
                    loops.push(Loop { start: at, kind: Turn::For { name: name.to_string(), last, step } });
                    None
                } else {
                    self.skip(at, "LOOP", &["NEXT"])?.and_then(|(end, _)| below(end))
                }
            }
            "FOR.CELL" => {
                let name = match arguments.first() {
                    Some(name) => self.eval(name, at)?.shown(),
                    None => "".into(),
                };
                let area = match arguments.get(1) {
                    Some(Expr::Missing) | None => self.selection,
                    Some(area) => match self.eval(area, at)? {
                        Datum::Area(area) => area,
                        _ => self.selection,
                    },
                };
                self.set_name(&name, Datum::Area(Area::cell(area.first)))?;
                loops.push(Loop { start: at, kind: Turn::Cells { name: name.to_string(), area, next: 1 } });
                None
            }
            "NEXT" => self.turn(loops)?,
            "BREAK" => {
                loops.pop();
                self.skip(at, "LOOP", &["NEXT"])?.and_then(|(end, _)| below(end))
            }
            _ => return Ok(None),
        };
        Ok(Some(flow))
    }

    /// The end of a loop.
    fn turn(&mut self, loops: &mut Vec<Loop>) -> Run<Option<Flow>> {
        let Some(turn) = loops.last_mut() else { return Ok(None) };
        let start = turn.start;
        let (name, value) = match &mut turn.kind {
            Turn::While => return Ok(Some(Flow::Goto(start))),
            Turn::For { name, last, step } => {
                let (name, last, step) = (name.clone(), *last, *step);
                let value = self.name(&name, start)?.and_then(|value| value.number()).unwrap_or(last) + step;
                let goes_on = (step >= 0.0 && value <= last) || (step < 0.0 && value >= last);
                (name, goes_on.then_some(Datum::Number(value)))
            }
            Turn::Cells { name, area, next } => {
                let (row, column) = (next.checked_div(area.columns), next.checked_rem(area.columns));
                *next = next.saturating_add(1);
                let cell =
                    row.zip(column).filter(|(row, _)| *row < area.rows).map(|(row, column)| area.at(row, column));
                (name.clone(), cell.map(|cell| Datum::Area(Area::cell(cell))))
            }
        };
        match value {
            Some(value) => {
                self.set_name(&name, value)?;
                Ok(Some(Flow::Goto(Position { row: start.row.saturating_add(1), ..start })))
            }
            None => {
                loops.pop();
                Ok(None)
            }
        }
    }

    /// The branch of a block whose condition is false.
    fn otherwise(&mut self, at: Position) -> Run<Option<Flow>> {
        let mut from = at;
        while let Some((end, formula)) = self.skip(from, "IF", &["ELSE", "ELSE.IF", "END.IF"])? {
            if let Expr::Call { function, arguments } = bare(&formula)
                && function == "ELSE.IF"
                && !self.condition(arguments.first(), end, true)?
            {
                from = end;
                continue;
            }
            return Ok(Some(Flow::Goto(Position { row: end.row.saturating_add(1), ..end })));
        }
        Ok(Some(Flow::Return(Datum::Empty)))
    }

    /// The cell below `at` that ends or divides the block which starts there; blocks inside it are passed over.
    fn skip(&mut self, at: Position, block: &str, ends: &[&str]) -> Run<Option<(Position, Formula<'b>)>> {
        let mut depth = 0_u32;
        let mut next = Position { row: at.row.saturating_add(1), ..at };
        while let Some((at, formula)) = self.next_formula(next)? {
            if let Expr::Call { function, arguments } = bare(&formula) {
                let (opens, closes) = match (block, function.as_str()) {
                    ("IF", "IF") => (arguments.len() == 1, false),
                    ("LOOP", "WHILE" | "FOR" | "FOR.CELL") => (true, false),
                    ("IF", "END.IF") | ("LOOP", "NEXT") => (false, true),
                    _ => (false, false),
                };
                if depth == 0 && ends.contains(&function.as_str()) {
                    return Ok(Some((at, formula)));
                }
                depth = if opens { depth.saturating_add(1) } else { depth.saturating_sub(u32::from(closes)) };
            }
            next = Position { row: at.row.saturating_add(1), ..at };
        }
        Ok(None)
    }

    /// Whether a condition holds; `prefer` where nobody knows.
    fn condition(&mut self, expr: Option<&Expr>, at: Position, prefer: bool) -> Run<bool> {
        let before = std::mem::take(&mut self.assumed);
        let value = match expr {
            Some(expr) => {
                let value = self.eval(expr, at)?;
                self.scalar(value, at)?
            }
            None => Datum::Empty,
        };
        let assumed = self.assumed;
        self.assumed |= before;
        Ok(self.decide(value.truth(), assumed, prefer))
    }

    /// Decides a condition: as it is if that is sure, as this run was told otherwise.
    pub(super) fn decide(&mut self, truth: Option<bool>, assumed: bool, prefer: bool) -> bool {
        if let Some(truth) = truth.filter(|_| !assumed || self.passive > 0) {
            return truth;
        }
        let told = self.choices.get(self.out.forks.len()).copied();
        let again = self.asked.entry((self.current, self.ordinal)).or_default();
        *again = again.saturating_add(1);
        // A macro that asks a person until the answer will do.
        let prefer = if *again > PATIENCE && self.passive == 0 { !prefer } else { prefer };
        let choice = told.unwrap_or(truth.unwrap_or(prefer));
        if self.passive == 0 && self.out.forks.len() < MOST_FORKS {
            self.out.forks.push(((self.current, self.ordinal), choice));
            self.ordinal = self.ordinal.saturating_add(1);
        }
        choice
    }

    /// Notes something the macro does.
    pub(super) fn act(&mut self, kind: ActionKind, detail: String) -> Run<()> {
        if self.passive > 0 {
            return Ok(());
        }
        self.step(detail.len())?;
        let excerpt = self.formula(self.current).map(|formula| format!("={}", &*formula)).unwrap_or_default();
        self.step(excerpt.len())?;
        let excerpt = excerpt.chars().take(EXCERPT).collect();
        let act = Act { kind, detail, at: self.current, excerpt };
        // A loop does the same again.
        if self.out.acts.len() < 1 << 10 && !self.out.acts.contains(&act) {
            self.out.acts.push(act);
        }
        Ok(())
    }
}
