//! What the functions of macro sheets do (*Microsoft Excel Macro Functions Reference*).

use std::rc::Rc;

use super::formula::{Binary, Expr, column_letters};
use super::machine::{Flow, Machine, Run, Stop};
use super::text::{Notation, moved, parse};
use super::values::{Area, Datum, GAP, NOT_AVAILABLE, Position, VALUE, typed, whole};
use crate::languages::ActionKind;
use crate::languages::places::starts_later;

/// The longest piece of a command that is worth showing.
const SHOWN: usize = 1 << 13;

impl Machine<'_> {
    /// A text argument with gaps, as the detail of an action.
    fn detail(&mut self, argument: Option<&Datum>, at: Position) -> Run<String> {
        let Some(argument) = argument else { return Ok(GAP.to_string()) };
        let text = self.scalar(argument.clone(), at)?.shown();
        Ok(text.chars().take(SHOWN).collect())
    }

    pub(super) fn shown(&mut self, arguments: &[Datum], i: usize, at: Position) -> Run<Rc<str>> {
        match arguments.get(i) {
            Some(argument) => Ok(self.scalar(argument.clone(), at)?.shown()),
            None => Ok("".into()),
        }
    }

    fn number(&mut self, arguments: &[Datum], i: usize, at: Position) -> Run<Option<f64>> {
        match arguments.get(i) {
            Some(argument) => Ok(self.scalar(argument.clone(), at)?.number()),
            None => Ok(None),
        }
    }

    /// Cells an argument stands for: a reference, or a text that names one.
    pub(super) fn target(&mut self, argument: Option<&Datum>, at: Position) -> Run<Option<Area>> {
        let text = match argument {
            Some(Datum::Area(area)) => return Ok(Some(*area)),
            Some(Datum::Text(text, true)) => Rc::clone(text),
            _ => return Ok(None),
        };
        let text = text.trim().trim_start_matches('=');
        let base = (self.selection.first.row, self.selection.first.column);
        let Ok(expr) = parse(text, Notation::Either, base) else { return Ok(None) };
        let sheet =
            if matches!(expr, Expr::Cell(_) | Expr::Area { .. }) { self.selection.first.sheet } else { at.sheet };
        match self.eval(&expr, Position { sheet, ..at })? {
            Datum::Area(area) => Ok(Some(area)),
            _ => Ok(None),
        }
    }

    /// Lets the macro go on at a target nobody may know.
    fn jump(&mut self, argument: Option<&Datum>, at: Position) -> Run<Option<Position>> {
        let target = self.target(argument, at)?;
        if target.is_none() {
            self.out.lost |= self.passive == 0;
        }
        Ok(target.map(|area| area.first))
    }

    /// The value of a function that only macros have; `None` if it is another function.
    pub(super) fn macro_function(&mut self, name: &str, arguments: &[Datum], at: Position) -> Run<Option<Datum>> {
        if let Some(value) = self.asks(name, arguments, at)? {
            self.assumed = true;
            return Ok(Some(value));
        }
        if self.passive > 0 {
            // A cell that is only computed does nothing.
            return Ok(if ACTS.contains(&name) { Some(Datum::Unknown) } else { None });
        }
        if let Some(value) = self.control(name, arguments, at)? {
            return Ok(Some(value));
        }
        if let Some(value) = self.writes(name, arguments, at)? {
            return Ok(Some(value));
        }
        let value = self.starts(name, arguments, at)?;
        self.assumed |= value.is_some();
        Ok(value)
    }

    /// Where the macro goes on.
    fn control(&mut self, name: &str, arguments: &[Datum], at: Position) -> Run<Option<Datum>> {
        let first = arguments.first();
        Ok(Some(match name {
            "GOTO" => {
                let flow = self.jump(first, at)?.map_or(Flow::Halt, Flow::Goto);
                self.flow = Some(flow);
                Datum::Bool(true)
            }
            "RETURN" => {
                let value = first.cloned().unwrap_or(Datum::Empty);
                self.flow = Some(Flow::Return(value));
                Datum::Bool(true)
            }
            "HALT" | "QUIT" => return Err(Stop::Halt),
            "CLOSE" | "FILE.CLOSE" | "CLOSE.ALL" if !self.elsewhere => return Err(Stop::Halt),
            "NEW" | "NEW.WINDOW" | "ACTIVATE" | "ACTIVATE.NEXT" | "ACTIVATE.PREV" => {
                self.elsewhere = true;
                Datum::Bool(true)
            }
            "RUN" => {
                if let Some(target) = self.target(first, at)? {
                    self.run(target.first, std::collections::VecDeque::new())?
                } else {
                    // A macro of another language or workbook.
                    let detail = self.detail(first, at)?;
                    self.out.lost = true;
                    self.act(ActionKind::Indirect, detail)?;
                    Datum::Unknown
                }
            }
            "ON.TIME" | "ON.WINDOW" | "ON.RECALC" | "ON.KEY" | "ON.ENTRY" | "ON.DATA" | "ON.DOUBLECLICK"
            | "ON.SHEET" | "ERROR" => {
                if let Some(target) = self.target(arguments.get(1), at)?
                    && !self.out.executed.contains(&target.first)
                {
                    self.pending.push_back(target.first);
                }
                Datum::Bool(true)
            }
            "ARGUMENT" => {
                let value = self.frames.last_mut().and_then(std::collections::VecDeque::pop_front);
                let value = value.unwrap_or(Datum::Unknown);
                if let Some(Datum::Area(area)) = arguments.get(2) {
                    self.set_value(area.first, value)?;
                } else if let Some(Datum::Text(name, _)) = first {
                    self.set_name(&name.clone(), value)?;
                }
                Datum::Bool(true)
            }
            "RESULT" | "STEP" | "ECHO" | "DISABLE.INPUT" | "CANCEL.KEY" | "VOLATILE" | "BEEP" | "MESSAGE" | "WAIT"
            | "WINDOW.MINIMIZE" | "WINDOW.MAXIMIZE" | "APP.MINIMIZE" | "HIDE" | "UNHIDE" | "WORKBOOK.HIDE"
            | "WORKBOOK.UNHIDE" | "PROTECT.DOCUMENT" | "CALCULATE.NOW" | "CALCULATION" | "APP.TITLE" => {
                Datum::Bool(true)
            }
            "WORKBOOK.ACTIVATE" | "WORKBOOK.SELECT" => {
                let sheet = self.shown(arguments, 0, at)?;
                if let Some(sheet) = self.index.sheet(sheet.rsplit(']').next().unwrap_or_default()) {
                    self.selection = Area::cell(Position { sheet, row: 1, column: 1 });
                }
                Datum::Bool(true)
            }
            "EVALUATE" => {
                let text = self.shown(arguments, 0, at)?;
                match parse(text.trim_start_matches('='), Notation::Either, (at.row, at.column)) {
                    Ok(expr) => self.eval(&expr, at)?,
                    Err(_) => VALUE,
                }
            }
            _ => return Ok(None),
        }))
    }

    /// What changes cells, names and the selection.
    fn writes(&mut self, name: &str, arguments: &[Datum], at: Position) -> Run<Option<Datum>> {
        let first = arguments.first();
        let done = Datum::Bool(true);
        match name {
            "FORMULA" | "FORMULA.FILL" | "FORMULA.ARRAY" => {
                let value = self.scalar(first.cloned().unwrap_or(Datum::Empty), at)?;
                let target = match arguments.get(1) {
                    None | Some(Datum::Empty) => Some(self.selection),
                    other => self.target(other, at)?,
                };
                self.write(value, target, name == "FORMULA")?;
            }
            "SET.VALUE" => match self.target(first, at)? {
                Some(area) => {
                    let values = self.flatten(arguments.get(1..2).unwrap_or_default())?;
                    let last = values.last().cloned().unwrap_or(Datum::Empty);
                    let single = values.len() <= 1;
                    let cells = self.cells(area)?;
                    for (i, cell) in cells.into_iter().enumerate() {
                        let value = values.get(i).filter(|_| !single).unwrap_or(&last).clone();
                        self.judge(&value);
                        self.set_value(cell, value)?;
                    }
                }
                None => self.out.lost = true,
            },
            "SET.NAME" | "DEFINE.NAME" => {
                let is_defined = name == "DEFINE.NAME";
                let name = self.shown(arguments, 0, at)?;
                match arguments.get(1) {
                    None => self.clear_name(&name),
                    Some(Datum::Text(text, true)) if is_defined && text.starts_with('=') => {
                        let text = Rc::clone(text);
                        let value = match parse(text.trim_start_matches('='), Notation::Either, (at.row, at.column)) {
                            Ok(expr) => self.eval(&expr, at)?,
                            Err(_) => VALUE,
                        };
                        self.set_name(&name, value)?;
                    }
                    Some(value) => self.set_name(&name, value.clone())?,
                }
            }
            "DELETE.NAME" => {
                let name = self.shown(arguments, 0, at)?;
                self.clear_name(&name);
            }
            "SELECT" | "FORMULA.GOTO" => match self.target(first, at)? {
                // Only the active cell moves.
                None if matches!(first, Some(Datum::Empty)) => match self.target(arguments.get(1), at)? {
                    Some(active) => self.selection = active,
                    None => self.out.lost = true,
                },
                Some(area) => {
                    self.selection = match self.target(arguments.get(1), at)? {
                        Some(active) if name == "SELECT" => active,
                        _ => area,
                    };
                }
                None if arguments.is_empty() => {}
                None => self.out.lost = true,
            },
            "COPY" | "CUT" => {
                let from = self.target(first, at)?.unwrap_or(self.selection);
                match self.target(arguments.get(1), at)? {
                    Some(to) => self.paste(from, to)?,
                    None => self.clipboard = Some(from),
                }
            }
            "PASTE" | "PASTE.SPECIAL" | "FILL.DOWN" | "FILL.RIGHT" => {
                let to = match first {
                    Some(Datum::Area(area)) => *area,
                    _ => self.selection,
                };
                let from = if name.starts_with("FILL") { Some(Area::cell(to.first)) } else { self.clipboard };
                if let Some(from) = from {
                    self.paste(from, to)?;
                }
            }
            "CLEAR" | "EDIT.DELETE" => {
                for cell in self.cells(self.selection)? {
                    self.set_value(cell, Datum::Empty)?;
                }
            }
            "WORKBOOK.INSERT" | "INSERT" | "WORKBOOK.COPY" | "WORKBOOK.NAME" => self.out.lost = true,
            _ => return Ok(None),
        }
        Ok(Some(done))
    }

    /// Enters what `FORMULA` is given: a formula if it starts with `=`.
    fn write(&mut self, value: Datum, target: Option<Area>, single: bool) -> Run<()> {
        let Some(area) = target else {
            self.out.lost = true;
            self.judge(&value);
            return Ok(());
        };
        let area = if single { Area::cell(area.first) } else { area };
        let text = match &value {
            Datum::Text(text, known) if text.starts_with('=') => {
                if !known {
                    self.out.lost = true;
                }
                Rc::clone(text)
            }
            Datum::Text(text, true) => {
                self.judge(&value);
                let value = typed(text);
                return self.fill(area, &value);
            }
            _ => {
                // A value nobody knows is what a person types or a clock says, unless it becomes a part of the macro.
                let is_macro = self.book.sheets.get(area.first.sheet).is_some_and(|sheet| sheet.is_macro);
                self.out.lost |= !value.is_known() && (is_macro || matches!(value, Datum::Text(..)));
                return self.fill(area, &value);
            }
        };
        self.step(text.len().saturating_mul(8))?;
        let base = (area.first.row, area.first.column);
        match parse(text.get(1..).unwrap_or_default(), Notation::Either, base) {
            Ok(expr) => {
                self.out.readable = self.out.readable.saturating_add(1);
                for cell in self.cells(area)? {
                    let (rows, columns) = distance(area.first, cell);
                    let formula = Rc::new(if cell == area.first { expr.clone() } else { moved(&expr, rows, columns) });
                    self.step(text.len())?;
                    self.set_formula(cell, &formula)?;
                }
                Ok(())
            }
            Err(_) => {
                // Excel shows an error and goes on; most likely the key was another one.
                self.out.garbled = self.out.garbled.saturating_add(1);
                self.out.lost = true;
                Ok(())
            }
        }
    }

    fn fill(&mut self, area: Area, value: &Datum) -> Run<()> {
        for cell in self.cells(area)? {
            self.set_value(cell, value.clone())?;
        }
        Ok(())
    }

    /// Counts whether a text a macro made looks like one.
    fn judge(&mut self, value: &Datum) {
        if let Datum::Text(text, _) = value {
            let odd = text
                .chars()
                .any(|c| (c.is_control() && !matches!(c, '\r' | '\n' | '\t')) || ('\u{7F}'..='\u{BF}').contains(&c));
            if odd {
                self.out.garbled = self.out.garbled.saturating_add(1);
            }
        }
    }

    fn paste(&mut self, from: Area, to: Area) -> Run<()> {
        let to = Area {
            first: to.first,
            rows: to.rows.max(from.rows).min(1 << 12),
            columns: to.columns.max(from.columns).min(1 << 8),
        };
        for cell in self.cells(to)? {
            let (rows, columns) = (cell.row.saturating_sub(to.first.row), cell.column.saturating_sub(to.first.column));
            let source =
                from.at(rows.checked_rem(from.rows).unwrap_or(0), columns.checked_rem(from.columns).unwrap_or(0));
            self.step(64)?;
            match self.formula(source) {
                Some(formula) => {
                    let (rows, columns) = distance(source, cell);
                    self.set_formula(cell, &Rc::new(moved(&formula, rows, columns)))?;
                }
                None => {
                    let value = self.value(source)?;
                    self.set_value(cell, value)?;
                }
            }
        }
        Ok(())
    }

    /// What reaches out of the workbook.
    fn starts(&mut self, name: &str, arguments: &[Datum], at: Position) -> Run<Option<Datum>> {
        let first = arguments.first();
        Ok(Some(match name {
            "EXEC" => {
                let command = self.detail(first, at)?;
                self.act(ActionKind::Run, command)?;
                Datum::Number(33.0)
            }
            "CALL" => match first.and_then(|first| self.registration(first)) {
                Some(procedure) => self.native(procedure, arguments.get(1..).unwrap_or_default(), at)?,
                None => {
                    let procedure = self.procedure(arguments, at)?;
                    self.native(procedure, arguments.get(3..).unwrap_or_default(), at)?
                }
            },
            "REGISTER" | "REGISTER.ID" => {
                let id = self.procedure(arguments, at)?;
                let name = self.shown(arguments, 3, at)?;
                if name.len() > 1 {
                    self.hold(&Datum::text(&name))?;
                    self.procedures.insert(name.to_lowercase(), id);
                }
                self.loads(id)?;
                self.registration_number(id)
            }
            "UNREGISTER" => Datum::Bool(true),
            // A conversation with a program, which is started if it does not run yet.
            "INITIATE" => {
                let (program, topic) = (self.detail(first, at)?, self.detail(arguments.get(1), at)?);
                self.act(ActionKind::Run, format!("{program}|{topic}"))?;
                Datum::Number(1.0)
            }
            "EXECUTE" => {
                let command = self.detail(arguments.get(1), at)?;
                self.act(ActionKind::Run, command)?;
                Datum::Bool(true)
            }
            "POKE" | "REQUEST" | "TERMINATE" | "APP.ACTIVATE" => Datum::Unknown,
            "FOPEN" => {
                let path = self.shown(arguments, 0, at)?;
                self.files.push(path);
                Datum::Number(f64::from(u32::try_from(self.files.len()).unwrap_or(u32::MAX)))
            }
            "FWRITE" | "FWRITELN" => {
                let file = self.number(arguments, 0, at)?.and_then(whole).and_then(|n| n.checked_sub(1));
                let path = file.and_then(|file| self.files.get(file as usize)).cloned().unwrap_or_else(|| "…".into());
                let kind = if starts_later(&path) { ActionKind::Persist } else { ActionKind::Write };
                self.act(kind, path.to_string())?;
                Datum::Unknown
            }
            "FCLOSE" => Datum::Bool(true),
            "FREAD" | "FREADLN" => Datum::gap(),
            "FSIZE" | "FPOS" => Datum::Unknown,
            "FILE.DELETE" => {
                let path = self.detail(first, at)?;
                self.act(ActionKind::Delete, path)?;
                Datum::Bool(true)
            }
            "SAVE.AS" | "SAVE.COPY.AS" | "EXPORT" => {
                let path = self.detail(first, at)?;
                let kind = if starts_later(&path) { ActionKind::Persist } else { ActionKind::Write };
                self.act(kind, path)?;
                Datum::Bool(true)
            }
            "CREATE.DIRECTORY" => Datum::Bool(true),
            "OPEN" | "OPEN.TEXT" | "OPEN.LINKS" => {
                let path = self.detail(first, at)?;
                let far = ["http:", "https:", "ftp:"].iter().any(|scheme| path.to_lowercase().starts_with(scheme));
                self.act(if far { ActionKind::Download } else { ActionKind::Load }, path)?;
                self.elsewhere = true;
                Datum::Bool(true)
            }
            "INSERT.OBJECT" | "UPDATE.LINK" | "CHANGE.LINK" => {
                let at_file = usize::from(name != "UPDATE.LINK");
                let path = self.detail(arguments.get(at_file), at)?;
                self.act(ActionKind::Load, path)?;
                Datum::Bool(true)
            }
            "SEND.MAIL" | "MAIL.SEND.MAILER" => {
                let to = self.detail(first, at)?;
                self.act(ActionKind::Send, to)?;
                Datum::Bool(true)
            }
            "SEND.KEYS" => {
                let keys = self.detail(first, at)?;
                self.act(ActionKind::Indirect, keys)?;
                Datum::Bool(true)
            }
            "VBA.INSERT.FILE" | "VBA.MAKE.ADDIN" => {
                let path = self.detail(first, at)?;
                self.act(ActionKind::Generate, path)?;
                Datum::Bool(true)
            }
            "ADDIN.MANAGER" => {
                let path = self.detail(arguments.get(1), at)?;
                self.act(ActionKind::Load, path)?;
                Datum::Bool(true)
            }
            "DIRECTORY" => Datum::partial("C:\\Users\\…\\Documents", false),
            _ => return Ok(None),
        }))
    }

    /// What asks about the world around the workbook: answered as on an ordinary desk.
    fn asks(&mut self, name: &str, arguments: &[Datum], at: Position) -> Run<Option<Datum>> {
        let which = |machine: &mut Self| machine.number(arguments, 0, at).map(|n| n.and_then(whole).unwrap_or(0));
        Ok(Some(match name {
            "ALERT" | "APP.MAXIMIZE" | "APP.RESTORE" | "DIALOG.BOX" | "CUSTOM.UNDO" => Datum::Bool(true),
            "GET.WORKSPACE" => match which(self)? {
                1 => Datum::text("Windows (32-bit) NT 10.00"),
                2 => Datum::text("16.0"),
                3 | 16 | 18 | 31 => Datum::Bool(false),
                4..=8 | 19 | 20 | 42 | 43 | 46 => Datum::Bool(true),
                13 => Datum::Number(1440.0),
                14 => Datum::Number(780.0),
                15 => Datum::Number(3.0),
                17 => Datum::Number(1_048_576.0),
                22 => Datum::Number(33.0),
                23 => Datum::partial("C:\\Users\\…\\AppData\\Roaming\\Microsoft\\Excel\\XLSTART", false),
                32 => Datum::text("C:\\Program Files\\Microsoft Office\\root\\Office16"),
                33 => Datum::text("Workbook"),
                37 => Datum::Unknown,
                _ => Datum::Unknown,
            },
            "GET.WINDOW" => match which(self)? {
                2 | 28 => Datum::Number(1.0),
                3 | 4 => Datum::Number(0.0),
                5 => Datum::Number(1016.25),
                6 => Datum::Number(480.0),
                7 | 12 | 21 | 22 => Datum::Bool(false),
                8..=10 | 20 => Datum::Bool(true),
                23 => Datum::Number(3.0),
                24 => Datum::Number(100.0),
                25 => Datum::Bool(true),
                _ => Datum::Unknown,
            },
            "GET.DOCUMENT" => match which(self)? {
                3 => Datum::Number(4.0),
                4..=6 => Datum::Bool(false),
                _ => Datum::Unknown,
            },
            "GET.WORKBOOK" => match which(self)? {
                4 => Datum::Number(f64::from(u32::try_from(self.book.sheets.len()).unwrap_or(u32::MAX))),
                1 => Datum::Array(Rc::new(vec![
                    self.book.sheets.iter().take(256).map(|sheet| Datum::text(&format!("[…]{}", sheet.name))).collect(),
                ])),
                _ => Datum::Unknown,
            },
            "GET.CELL" => {
                let which = which(self)?;
                let cell = match arguments.get(1) {
                    Some(Datum::Area(area)) => area.first,
                    _ => self.selection.first,
                };
                match which {
                    1 => Datum::text(&address(cell, true)),
                    2 => Datum::Number(f64::from(cell.row)),
                    3 => Datum::Number(f64::from(cell.column)),
                    5 => return self.value(cell).map(Some),
                    6 | 41 => match self.formula(cell) {
                        Some(formula) => Datum::text(&format!("={}", &*formula)),
                        None => Datum::text(&self.value(cell)?.shown()),
                    },
                    7 => Datum::text("General"),
                    8 => Datum::Number(1.0),
                    14 => Datum::Bool(true),
                    17 => Datum::Number(15.0),
                    18 => Datum::text("Calibri"),
                    19 => Datum::Number(11.0),
                    20..=23 => Datum::Bool(false),
                    24 => Datum::Number(1.0),
                    38 | 39 => Datum::Number(0.0),
                    48 => Datum::Bool(self.formula(cell).is_some()),
                    50 => Datum::Number(3.0),
                    53 => Datum::text(&self.value(cell)?.shown()),
                    _ => Datum::Unknown,
                }
            }
            "INFO" => match &*self.shown(arguments, 0, at)?.to_lowercase() {
                "osversion" => Datum::text("Windows (32-bit) NT 10.00"),
                "system" => Datum::text("pcdos"),
                "release" => Datum::text("16.0"),
                _ => Datum::Unknown,
            },
            "FILES" | "CALLER" | "INPUT" | "LAST.ERROR" | "WINDOWS" | "DOCUMENTS" | "GET.NOTE" | "GET.OBJECT"
            | "GET.BAR" | "GET.TOOL" | "GET.TOOLBAR" | "GET.MOVIE" | "CELL" => Datum::Unknown,
            _ => return Ok(None),
        }))
    }

    /// Functions that take or give references; `None` if it is another function.
    pub(super) fn reference_function(&mut self, name: &str, arguments: &[Datum], at: Position) -> Run<Option<Datum>> {
        let first = arguments.first();
        Ok(Some(match name {
            "ACTIVE.CELL" => Datum::Area(Area::cell(self.selection.first)),
            "SELECTION" => Datum::Area(self.selection),
            "ROW" | "COLUMN" => {
                let cell = if let Some(Datum::Area(area)) = first { area.first } else { at };
                Datum::Number(f64::from(if name == "ROW" { cell.row } else { cell.column }))
            }
            "ROWS" | "COLUMNS" => {
                let (rows, columns) = match first {
                    Some(Datum::Area(area)) => (area.rows, area.columns),
                    Some(Datum::Array(rows)) => (
                        u32::try_from(rows.len()).unwrap_or(u32::MAX),
                        u32::try_from(rows.first().map_or(0, Vec::len)).unwrap_or(u32::MAX),
                    ),
                    _ => (1, 1),
                };
                Datum::Number(f64::from(if name == "ROWS" { rows } else { columns }))
            }
            "OFFSET" => {
                let Some(Datum::Area(area)) = first.cloned() else { return Ok(Some(VALUE)) };
                let (rows, columns) = (self.number(arguments, 1, at)?, self.number(arguments, 2, at)?);
                let (height, width) = (self.number(arguments, 3, at)?, self.number(arguments, 4, at)?);
                let by = |from: u32, by: Option<f64>| whole(f64::from(from) + by?.trunc()).filter(|to| *to > 0);
                let size = |n: Option<f64>, old: u32| n.and_then(whole).filter(|n| *n > 0).unwrap_or(old);
                let moved = by(area.first.row, rows).zip(by(area.first.column, columns));
                moved.map_or(Datum::Unknown, |(row, column)| {
                    Datum::Area(Area {
                        first: Position { row, column, ..area.first },
                        rows: size(height, area.rows),
                        columns: size(width, area.columns),
                    })
                })
            }
            "INDIRECT" | "TEXTREF" => {
                let text = self.scalar(first.cloned().unwrap_or(Datum::Empty), at)?;
                let Some(text) = text.known() else { return Ok(Some(Datum::Unknown)) };
                let a1 = match arguments.get(1) {
                    None | Some(Datum::Empty) => name == "INDIRECT",
                    Some(a1) => a1.truth() != Some(false),
                };
                let notation = if a1 { Notation::A1 } else { Notation::R1C1 };
                let read = parse(text.trim_start_matches('='), notation, (at.row, at.column))
                    .or_else(|_| parse(text.trim_start_matches('='), Notation::Either, (at.row, at.column)));
                match read {
                    Ok(expr @ (Expr::Cell(_) | Expr::Area { .. } | Expr::Name(_))) => self.eval(&expr, at)?,
                    _ => super::values::REFERENCE,
                }
            }
            "ABSREF" => {
                let (text, base) = (self.shown(arguments, 0, at)?, arguments.get(1));
                let Some(Datum::Area(base)) = base else { return Ok(Some(VALUE)) };
                let base = base.first;
                match parse(&text, Notation::R1C1, (base.row, base.column)) {
                    Ok(expr) => self.eval(&expr, base)?,
                    Err(_) => VALUE,
                }
            }
            "RELREF" => match (first, arguments.get(1)) {
                (Some(Datum::Area(area)), Some(Datum::Area(base))) => {
                    let part = |letter: char, to: u32, from: u32| {
                        let by = i64::from(to).saturating_sub(i64::from(from));
                        if by == 0 { letter.to_string() } else { format!("{letter}[{by}]") }
                    };
                    let row = part('R', area.first.row, base.first.row);
                    Datum::text(&(row + &part('C', area.first.column, base.first.column)))
                }
                _ => VALUE,
            },
            "REFTEXT" => match first {
                Some(Datum::Area(area)) => {
                    let a1 = arguments.get(1).and_then(Datum::truth).unwrap_or(false);
                    let sheet = self.book.sheets.get(area.first.sheet).map_or("", |sheet| sheet.name.as_str());
                    Datum::text(&format!("{sheet}!{}", address(area.first, a1)))
                }
                _ => VALUE,
            },
            "DEREF" => self.scalar(first.cloned().unwrap_or(Datum::Empty), at)?,
            "GET.FORMULA" | "FORMULATEXT" => match first {
                Some(Datum::Area(area)) => match self.formula(area.first) {
                    Some(formula) => Datum::text(&format!("={}", &*formula)),
                    None => Datum::text(&self.value(area.first)?.shown()),
                },
                _ => VALUE,
            },
            "GET.NAME" | "NAMES" | "GET.DEF" => Datum::Unknown,
            "INDEX" => self.index_of(arguments, at)?,
            "MATCH" => self.look(arguments, at, false)?,
            "LOOKUP" | "XLOOKUP" => self.look(arguments, at, true)?,
            "VLOOKUP" | "HLOOKUP" => self.look_along(name == "VLOOKUP", arguments, at)?,
            "TRANSPOSE" => {
                let table = self.table(first, at)?;
                let columns = table.first().map_or(0, Vec::len);
                let column = |i: usize| table.iter().filter_map(|row| row.get(i).cloned()).collect();
                Datum::Array(Rc::new((0..columns).map(column).collect()))
            }
            _ => return Ok(None),
        }))
    }

    /// Rows of values.
    fn table(&mut self, argument: Option<&Datum>, at: Position) -> Run<Vec<Vec<Datum>>> {
        match argument {
            Some(Datum::Area(area)) => {
                let area = Area { rows: area.rows.min(1 << 11), columns: area.columns.min(32), ..*area };
                let mut table = Vec::new();
                for row in 0..area.rows {
                    let mut values = Vec::new();
                    for column in 0..area.columns {
                        values.push(self.value(area.at(row, column))?);
                    }
                    table.push(values);
                }
                Ok(table)
            }
            Some(Datum::Array(rows)) => Ok(rows.to_vec()),
            Some(other) => Ok(vec![vec![self.scalar(other.clone(), at)?]]),
            None => Ok(Vec::new()),
        }
    }

    fn index_of(&mut self, arguments: &[Datum], at: Position) -> Run<Datum> {
        let (row, column) = (self.number(arguments, 1, at)?, self.number(arguments, 2, at)?);
        let (Some(row), column) = (row.and_then(whole), column.and_then(whole).unwrap_or(0)) else {
            return Ok(Datum::Unknown);
        };
        let place = |rows: u32, columns: u32| {
            let (row, column) = if rows == 1 && column == 0 { (1, row) } else { (row, column) };
            let (row, column) = (row.max(1), column.max(1));
            (row <= rows && column <= columns).then(|| (row.saturating_sub(1), column.saturating_sub(1)))
        };
        Ok(match arguments.first() {
            Some(Datum::Area(area)) => {
                let cell = place(area.rows, area.columns).map(|(row, column)| area.at(row, column));
                cell.map_or(super::values::REFERENCE, |cell| Datum::Area(Area::cell(cell)))
            }
            Some(Datum::Array(rows)) => {
                let size = (u32::try_from(rows.len()), u32::try_from(rows.first().map_or(0, Vec::len)));
                let found = match size {
                    (Ok(height), Ok(width)) => place(height, width),
                    _ => None,
                };
                let found = found.and_then(|(row, column)| rows.get(row as usize)?.get(column as usize));
                found.cloned().unwrap_or(super::values::REFERENCE)
            }
            _ => Datum::Unknown,
        })
    }

    /// `MATCH` and `LOOKUP` in a row or column.
    fn look(&mut self, arguments: &[Datum], at: Position, results: bool) -> Run<Datum> {
        let wanted = self.scalar(arguments.first().cloned().unwrap_or(Datum::Empty), at)?;
        let list = self.flatten(arguments.get(1..2).unwrap_or_default())?;
        let exact = !results && self.number(arguments, 2, at)? == Some(0.0);
        let Some(found) = position(&wanted, &list, exact) else {
            return Ok(if wanted.is_known() { NOT_AVAILABLE } else { Datum::Unknown });
        };
        if !results {
            let place = u32::try_from(found).unwrap_or(u32::MAX).saturating_add(1);
            return Ok(Datum::Number(f64::from(place)));
        }
        let values = self.flatten(arguments.get(2..3).unwrap_or_default())?;
        Ok(if values.is_empty() { list.get(found).cloned() } else { values.get(found).cloned() }
            .unwrap_or(NOT_AVAILABLE))
    }

    fn look_along(&mut self, down: bool, arguments: &[Datum], at: Position) -> Run<Datum> {
        let wanted = self.scalar(arguments.first().cloned().unwrap_or(Datum::Empty), at)?;
        let table = self.table(arguments.get(1), at)?;
        let Some(result) = self.number(arguments, 2, at)?.and_then(whole).and_then(|n| n.checked_sub(1)) else {
            return Ok(VALUE);
        };
        let exact = match arguments.get(3) {
            Some(near) => self.scalar(near.clone(), at)?.truth() == Some(false),
            None => false,
        };
        let keys: Vec<Datum> = if down {
            table.iter().filter_map(|row| row.first().cloned()).collect()
        } else {
            table.first().cloned().unwrap_or_default()
        };
        let Some(found) = position(&wanted, &keys, exact) else {
            return Ok(if wanted.is_known() { NOT_AVAILABLE } else { Datum::Unknown });
        };
        let (row, column) = if down { (found, result as usize) } else { (result as usize, found) };
        Ok(table.get(row).and_then(|row| row.get(column)).cloned().unwrap_or(super::values::REFERENCE))
    }
}

/// Functions that do something: a cell that is only computed knows nothing of them.
const ACTS: &[&str] = &[
    "CALL",
    "EXEC",
    "REGISTER",
    "REGISTER.ID",
    "FORMULA",
    "FORMULA.FILL",
    "FORMULA.ARRAY",
    "SET.VALUE",
    "SET.NAME",
    "DEFINE.NAME",
    "GOTO",
    "RETURN",
    "HALT",
    "RUN",
    "FOPEN",
    "FREAD",
    "FREADLN",
    "FWRITE",
    "FWRITELN",
    "FSIZE",
    "CLOSE",
    "INITIATE",
    "EXECUTE",
    "DIRECTORY",
    "EVALUATE",
    "ARGUMENT",
];

fn distance(from: Position, to: Position) -> (i64, i64) {
    let by = |to: u32, from: u32| i64::from(to).saturating_sub(i64::from(from));
    (by(to.row, from.row), by(to.column, from.column))
}

fn address(cell: Position, a1: bool) -> String {
    if a1 { format!("${}${}", column_letters(cell.column), cell.row) } else { format!("R{}C{}", cell.row, cell.column) }
}

/// Place of a value in a list: the same one, or where the list is sorted the last one not after it.
fn position(wanted: &Datum, list: &[Datum], exact: bool) -> Option<usize> {
    let is = |operator: Binary, item: &Datum| {
        let same_kind = match (wanted, item) {
            (Datum::Text(..), Datum::Text(..)) | (Datum::Bool(_), Datum::Bool(_)) => true,
            (Datum::Text(..) | Datum::Bool(_), _) | (_, Datum::Text(..) | Datum::Bool(_) | Datum::Empty) => false,
            _ => true,
        };
        same_kind && super::machine::calculate(operator, item, wanted) == Datum::Bool(true)
    };
    let same = list.iter().position(|item| is(Binary::Eq, item));
    if exact || same.is_some() { same } else { list.iter().rposition(|item| is(Binary::Le, item)) }
}
