//! The records of a sheet part ([MS-XLSB] 2.1.7.62 Worksheet, 2.1.7.32 Macro Sheet).

use std::collections::{BTreeMap, HashMap};

use super::{records, text, tokens};
use crate::error::{Error, LimitKind, Result};
use crate::formats::xls::links::MOST;
use crate::formats::xls::strings::{Reader, rk};
use crate::formats::xls::tokens::{Context, Dialect, Tokens};
use crate::languages::xlm::book::{CELL, MOST_CELLS, TEXT};
use crate::languages::xlm::{CellContent, Value};

const ROW_HDR: u32 = 0;
const CELL_BLANK: u32 = 1;
const CELL_RK: u32 = 2;
const CELL_ERROR: u32 = 3;
const CELL_BOOL: u32 = 4;
const CELL_REAL: u32 = 5;
const CELL_ST: u32 = 6;
const CELL_ISST: u32 = 7;
const FMLA_STRING: u32 = 8;
const FMLA_NUM: u32 = 9;
const FMLA_BOOL: u32 = 10;
const FMLA_ERROR: u32 = 11;
const SHORT_BLANK: u32 = 12;
const SHORT_ISST: u32 = 18;
const CELL_R_STRING: u32 = 62;
const WS_PROP: u32 = 147;
const ARR_FMLA: u32 = 426;
const SHR_FMLA: u32 = 427;

/// What stands in the cells of a sheet.
pub(super) struct Sheet<'a> {
    context: &'a Context<'a>,
    texts: &'a [String],
    formulas: bool,
    pub(super) code_name: String,
    pub(super) cells: BTreeMap<(u32, u32), CellContent>,
    /// There are more cells than are kept.
    pub(super) cut: bool,
    pub(super) damaged: bool,
    row: u32,
    /// Of the next cell, if it does not say it.
    column: u32,
    last: (u32, u32),
    shared: HashMap<(u32, u32), (Vec<u8>, Vec<u8>)>,
    sharing: Vec<((u32, u32), (u32, u32))>,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(context: &'a Context<'a>, texts: &'a [String], formulas: bool) -> Self {
        Self {
            context,
            texts,
            formulas,
            code_name: String::new(),
            cut: false,
            cells: BTreeMap::new(),
            damaged: false,
            row: 0,
            column: 0,
            last: (0, 0),
            shared: HashMap::new(),
            sharing: Vec::new(),
        }
    }

    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<()> {
        let budget = self.context.budget;
        let result = records(bytes, budget, |kind, value| {
            let mut value = Reader::new(value);
            self.take(kind, &mut value).unwrap_or(Ok(()))
        });
        let shared = std::mem::take(&mut self.shared);
        for (at, anchor) in std::mem::take(&mut self.sharing) {
            budget.steps(1)?;
            let tokens = shared.get(&anchor).map(|(rgce, rgcb)| Tokens { rgce, rgcb }).unwrap_or_default();
            self.tree(at, tokens)?;
        }
        result
    }

    /// Takes what a record says; `None` when it is cut off.
    fn take(&mut self, kind: u32, value: &mut Reader<'_>) -> Option<Result<()>> {
        let kind = match kind {
            // Short forms of 1 to 7 stand in the next column and do not say so.
            SHORT_BLANK..=SHORT_ISST => kind.saturating_sub(SHORT_BLANK).saturating_add(CELL_BLANK),
            CELL_BLANK..=FMLA_ERROR | CELL_R_STRING => {
                self.column = value.u32()?;
                kind
            }
            kind => kind,
        };
        match kind {
            ROW_HDR => {
                self.row = value.u32()?;
                self.column = 0;
            }
            CELL_BLANK => self.column = self.column.saturating_add(1),
            WS_PROP => {
                value.skip(19)?;
                self.code_name = text(value)?;
            }
            CELL_RK..=CELL_ISST | FMLA_STRING..=FMLA_ERROR | CELL_R_STRING => {
                let at = (self.row, self.column);
                self.column = self.column.saturating_add(1);
                value.skip(4)?;
                let content = match kind {
                    CELL_RK => Value::Number(rk(value.u32()?)),
                    CELL_ERROR | FMLA_ERROR => Value::Error(value.u8()?),
                    CELL_BOOL | FMLA_BOOL => Value::Bool(value.u8()? != 0),
                    CELL_REAL | FMLA_NUM => Value::Number(value.f64()?),
                    CELL_ST | FMLA_STRING => Value::Text(text(value)?),
                    CELL_ISST => Value::Text(self.texts.get(usize::try_from(value.u32()?).ok()?)?.clone()),
                    _ => {
                        value.skip(1)?;
                        Value::Text(text(value)?)
                    }
                };
                if let Err(limit) = self.set(at, content) {
                    return Some(Err(limit));
                }
                if self.formulas && (FMLA_STRING..=FMLA_ERROR).contains(&kind) {
                    self.last = at;
                    value.skip(2)?;
                    return Some(self.formula(at, tokens(value).unwrap_or_default()));
                }
            }
            SHR_FMLA | ARR_FMLA if self.formulas => {
                value.skip(if kind == SHR_FMLA { 16 } else { 17 })?;
                let tokens = tokens(value)?;
                if self.shared.len() < MOST {
                    self.shared.insert(self.last, (tokens.rgce.to_vec(), tokens.rgcb.to_vec()));
                }
            }
            _ => {}
        }
        Some(Ok(()))
    }

    fn content(&mut self, at: (u32, u32), takes: usize) -> Result<&mut CellContent> {
        let at = (at.0.saturating_add(1), at.1.saturating_add(1));
        let new = if self.cells.contains_key(&at) { 0 } else { CELL };
        let room = self.context.room.get().checked_sub(takes.saturating_add(new));
        self.context.room.set(room.unwrap_or(0));
        if room.is_none() || self.cells.len() >= MOST_CELLS {
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
        Ok(self.cells.entry(at).or_default())
    }

    fn set(&mut self, at: (u32, u32), value: Value) -> Result<()> {
        let takes = if let Value::Text(text) = &value { text.len().saturating_add(TEXT) } else { 0 };
        let kept = self.content(at, takes).map(|cell| cell.value = Some(value));
        if kept.is_err() && !self.formulas {
            // What VBA may ask for is unknown then, not missing.
            self.cut = true;
            return Ok(());
        }
        kept
    }

    fn formula(&mut self, at: (u32, u32), tokens: Tokens<'_>) -> Result<()> {
        match tokens.anchor(Dialect::Biff12) {
            Some(anchor) => {
                self.sharing.push((at, anchor));
                Ok(())
            }
            None => self.tree(at, tokens),
        }
    }

    fn tree(&mut self, at: (u32, u32), tokens: Tokens<'_>) -> Result<()> {
        let formula = tokens.tree(self.context, at)?;
        self.damaged |= formula.damaged;
        self.content(at, 0)?.formula = Some(Box::new(formula.expr));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell as Slot;

    use super::*;
    use crate::budget::{Budget, Limits};
    use crate::formats::xls::links::Links;

    #[test]
    fn cells_of_long_and_short_records() {
        let budget = Budget::new(Limits::default(), |_| ());
        let (texts, room, links) = (["shared".to_owned()], Slot::new(1 << 20), Links::default());
        let context = Context {
            dialect: Dialect::Biff12,
            encoding: crate::codecs::encoding::UTF_8,
            sheets: &[],
            names: &[],
            links: &links,
            budget: &budget,
            room: &room,
        };
        let mut sheet = Sheet::new(&context, &texts, true);
        let mut take = |kind: u32, value: &[u8]| sheet.take(kind, &mut Reader::new(value)).unwrap().unwrap();
        take(ROW_HDR, &[4, 0, 0, 0]);
        take(CELL_BLANK, &[1, 0, 0, 0, 0, 0, 0, 0]);
        // In the third column, because the blank one stands in the second.
        take(SHORT_ISST, &[0, 0, 0, 0, 0, 0, 0, 0]);
        take(13, &[0, 0, 0, 0, 0x0E, 0, 0, 0]);
        take(CELL_BOOL, &[7, 0, 0, 0, 0, 0, 0, 0, 1]);
        take(FMLA_NUM, &[&[8, 0, 0, 0, 0, 0, 0, 0][..], &[0; 10], &[3, 0, 0, 0, 0x1E, 5, 0, 0, 0, 0, 0]].concat());
        let cells: Vec<String> = sheet
            .cells
            .iter()
            .map(|(at, cell)| {
                let formula = cell.formula.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("{},{} {:?} {formula}", at.0, at.1, cell.value.as_ref().unwrap())
            })
            .collect();
        assert_eq!(cells, ["5,3 Text(\"shared\") ", "5,4 Number(3.0) ", "5,8 Bool(true) ", "5,9 Number(0.0) 5"]);
    }
}
