//! Excel 97–2003 and 5/95 workbooks: BIFF8 and BIFF5 records ([MS-XLS] 2.1.4); [`early`] has those before them.
//!
//! The globals of a workbook name its sheets (BoundSheet8, 2.4.28) and its defined names (Lbl, 2.4.150). A sheet of type
//! "macro" holds Excel 4.0 macros; a defined name `Auto_Open` says where Excel starts them. Attackers lie in what names
//! the sheets, so every substream of the stream is found, named or not, and the substream itself says what it is.
//!
//! Cells are read only where code may ask for them: formulas and values where there is a macro sheet, values where there
//! is a VBA project. Of other workbooks only the words, the names and the links are read, which keeps a workbook of
//! 20 MB cheap.

mod early;
mod globals;
pub(crate) mod links;
mod locked;
mod records;
mod references;
mod sheet;
pub(crate) mod strings;
mod texts;
pub(crate) mod tokens;

use std::collections::HashSet;
use std::rc::Rc;

use self::globals::Globals;
use self::links::Links;
use self::records::{BOF, EOF, Records};
use self::sheet::{NESTED, Need, Sheet, SheetReader};
use self::tokens::{Context, Dialect, Tokens, room};
use crate::artifact::Status;
use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::finding::{Evidence, Observation};
use crate::formats::cfb::Cfb;
use crate::formats::macro_sheets;
use crate::formats::ovba::activex;
use crate::languages::surroundings::{self, Surroundings};
use crate::languages::xlm::{Book, DefinedName, SheetCells, Value};
use crate::order;
use crate::scan::{IRREGULAR, Scan};
use crate::source::Source;
use crate::view::{Connection, Relationship, Text, View};

/// Whether a person can see a sheet: `hsState`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Visibility {
    #[default]
    Visible,
    Hidden,
    /// Not even offered by the program.
    VeryHidden,
}

/// An Excel 4.0 macro sheet.
#[derive(Debug)]
pub(crate) struct MacroSheet {
    /// Stream or part that says so.
    pub(crate) path: String,
    /// Its name on the tab.
    pub(crate) name: String,
    pub(crate) hidden: Visibility,
    /// The defined name that starts it by itself.
    pub(crate) auto: Option<String>,
}

/// Looks into every workbook: that of the file, and those embedded in it.
pub(crate) fn inspect(scan: &mut Scan, cfb: &Cfb) -> Result<()> {
    let named = |name: &str, names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    let mut books: Vec<usize> =
        cfb.streams().filter(|(_, entry)| named(&entry.name, &["workbook", "book"])).map(|(id, _)| id).collect();
    // What macros mean by a sheet is that of the outermost workbook.
    order::sort_by_key(&mut books, |id| cfb.path(*id).matches('/').count());
    // A module may be called so, too ([MS-OVBA] 2.2.5).
    let is_module = |id: usize| {
        let storage = cfb.entry(id).and_then(|entry| entry.parent).filter(|storage| *storage != 0);
        storage.and_then(|id| cfb.entry(id)).is_some_and(|storage| storage.name.eq_ignore_ascii_case("VBA"))
            && version(&cfb.stream(id), 0).is_ok_and(|version| version.is_none())
    };
    books.retain(|id| !is_module(*id));
    let vba = cfb.streams().any(|(_, entry)| named(&entry.name, &["dir", "_VBA_PROJECT"]));
    let mut around = Surroundings::default();
    let loads = pivots_that_load(cfb);
    for id in books {
        let path = cfb.path(id);
        let controls = cfb.child(cfb.entry(id).and_then(|entry| entry.parent), "Ctls").map(|id| cfb.stream(id));
        if let Err(error) = workbook(scan, (&cfb.stream(id), controls), (&path, &loads), vba, &mut around) {
            scan.note(&error, Some(&path));
        }
    }
    if !around.sheets.is_empty() || !around.controls.is_empty() {
        scan.surround(around);
    }
    Ok(())
}

/// Streams of pivot tables that are asked for anew when the workbook is opened: SXDB (2.4.275), `idstm` and
/// `fRefreshOnLoad`.
fn pivots_that_load(cfb: &Cfb) -> Vec<u16> {
    const SX_DB: [u8; 2] = [0xC6, 0];
    let storage = |id: Option<usize>| id.and_then(|id| cfb.entry(id)).map(|entry| entry.name.as_str());
    let caches =
        cfb.streams().filter(|(_, entry)| storage(entry.parent).is_some_and(|n| n.eq_ignore_ascii_case("_SX_DB_CUR")));
    let loads = caches.take(PIVOTS).filter_map(|(id, _)| {
        let head = cfb.stream(id).peek(0, 12).ok().filter(|head| head.starts_with(&SX_DB))?;
        let stream = u16::from_le_bytes([*head.get(8)?, *head.get(9)?]);
        (head.get(10)? & 0x04 != 0).then_some(stream)
    });
    loads.collect()
}

/// Looks into a workbook, or a sheet, without a compound file around it. Excel opens it all the same.
pub(crate) fn inspect_stream(scan: &mut Scan, source: &Source) -> Result<()> {
    if version(source, 0)?.is_none() && early::dialect(source)?.is_none() {
        scan.set_status(Status::Unread);
        return Err(Error::Unsupported("biff"));
    }
    workbook(scan, (source, None), ("Workbook", &[]), false, &mut Surroundings::default())
}

/// Pivot tables of one file whose settings are read.
const PIVOTS: usize = 4096;
/// Controls of one workbook, and bytes of one that are read.
const MOST_CONTROLS: usize = 4096;
const LARGEST_CONTROL: usize = 1 << 20;

/// A substream that holds a sheet.
struct Substream {
    name: String,
    hidden: Visibility,
    at: u64,
    is_macro: bool,
}

/// BOF kinds ([MS-XLS] 2.4.21).
const GLOBALS: u16 = 0x0005;
const WORKSHEET: u16 = 0x0010;
const MACRO_SHEET: u16 = 0x0040;

/// Reads the globals, then every sheet as far as somebody needs it, and shows both. Beside the stream there may be one
/// of controls ([MS-XLS] 2.1.7.3), and streams of pivot tables that load by themselves.
fn workbook(
    scan: &mut Scan,
    (stream, controls): (&Source, Option<Source>),
    (path, loads): (&str, &[u16]),
    vba: bool,
    around: &mut Surroundings,
) -> Result<()> {
    if early::dialect(stream)?.is_some() {
        return early::workbook(scan, stream, path);
    }
    let budget = Rc::clone(&scan.budget);
    let mut survey = Survey::default();
    let mut surveyed = survey.read(stream, &budget);
    let decrypted = match survey.globals.encryption.take() {
        Some((at, scheme)) => locked::open(scan, stream, path, (at, scheme))?,
        None => None,
    };
    // Without a password nothing behind FilePass is clear but what the sheets are.
    let is_locked = survey.is_locked && decrypted.is_none();
    if let Some(decrypted) = &decrypted {
        survey = Survey::default();
        surveyed = survey.read(decrypted, &budget);
    }
    let stream = decrypted.as_ref().unwrap_or(stream);
    survey.is_locked = is_locked;
    let substreams = survey.substreams(stream)?;
    let Survey { globals, irregular, .. } = survey;
    let names: Vec<String> = globals.names.iter().map(|name| name.name.clone()).collect();
    let has_macros = substreams.iter().any(|substream| substream.is_macro);
    let linked = globals.links.books.iter().flat_map(|link| &link.names);
    let fetches = names.iter().chain(linked).any(|name| macro_sheets::fetches(name));
    let need = match has_macros || fetches {
        true => Need::Formulas,
        false if vba => Need::Values,
        false => Need::Words,
    };
    let tabs: Vec<String> = globals.sheets.iter().map(|sheet| sheet.name.clone()).collect();
    let _held = budget.scope();
    budget.hold(globals.texts.held() as u64)?;
    let room = room(&budget, need == Need::Formulas);
    let context = Context {
        dialect: globals.dialect,
        encoding: globals.encoding,
        sheets: &tabs,
        names: &names,
        links: &globals.links,
        budget: &budget,
        room: &room,
    };
    let book = Book { path: path.to_owned(), ..Book::default() };
    let mut all = Workbook { path, book, words: Words::default(), controls };
    for (what, at) in globals.damaged.iter().chain(&irregular) {
        all.irregular(scan, what, *at);
    }
    let auto = names.iter().find(|name| is_auto(name));
    all.words.show(scan, path, tabs.iter().map(String::as_str));
    all.words.show(scan, path, globals.texts.iter());
    globals.links.show(scan, path);
    let refreshes = globals.pivots.iter().any(|stream| loads.contains(stream));
    for (target, automatic) in &globals.connections {
        scan.show(&View::Connection(Connection { path, target, automatic: *automatic || refreshes }));
    }
    let mut result = surveyed;
    for substream in substreams {
        if is_locked {
            if substream.is_macro {
                let (name, hidden) = (substream.name.clone(), substream.hidden);
                let sheet = MacroSheet { path: path.to_owned(), name, hidden, auto: auto.cloned() };
                scan.show(&View::MacroSheet(&sheet));
            }
            continue;
        }
        let own = own_links(stream, substream.at, &globals, &budget);
        own.show(scan, path);
        let context = Context { links: if own.books.is_empty() { context.links } else { &own }, ..context.clone() };
        let mut reader = SheetReader::new(&context, &globals.texts, need);
        let read = reader.read(&mut Records::new(stream, &budget, substream.at));
        all.sheet(scan, substream, reader.sheet, need, vba.then_some(&mut *around));
        match read {
            Err(error @ Error::Malformed { .. }) => scan.note(&error, Some(path)),
            read => result = result.and(read),
        }
    }
    let _ = budget.hold(budget.room().saturating_sub(room.get() as u64));
    if need > Need::Words && !is_locked {
        result = result.and(all.names(scan, &globals, &context, around));
        if has_macros {
            result = result.and(macro_sheets::show_macros(scan, &all.book));
        }
    }
    if fetches {
        for sheet in &all.book.sheets {
            macro_sheets::show_fetching(scan, path, &sheet.cells);
        }
    }
    result
}

/// Supporting links of a single sheet, which only Excel 5 has.
fn own_links(stream: &Source, at: u64, globals: &Globals, budget: &Budget) -> Links {
    let mut own = Globals { dialect: globals.dialect, encoding: globals.encoding, ..Globals::default() };
    if globals.dialect == Dialect::Biff5 {
        let mut records = Records::new(stream, budget, at);
        let mut depth = 0_u32;
        while let Ok(Some(record)) = records.next() {
            depth = depth.saturating_add(u32::from(record.id == BOF));
            if record.id == EOF || depth > NESTED || own.take_link(&mut records, record).is_err() {
                break;
            }
        }
    }
    own.links
}

/// What was read of a workbook.
struct Workbook<'p> {
    path: &'p str,
    book: Book,
    words: Words,
    /// The stream of controls.
    controls: Option<Source>,
}

impl Workbook<'_> {
    /// Excel is lenient here, or what was lost does not matter to what was read.
    fn irregular(&self, scan: &mut Scan, what: &'static str, at: u64) {
        let evidence = Evidence::quote(what).path(self.path).offset(at);
        scan.report(Observation::new(&IRREGULAR, evidence).with("what", what));
    }

    fn sheet(
        &mut self,
        scan: &mut Scan,
        substream: Substream,
        mut sheet: Sheet,
        need: Need,
        around: Option<&mut Surroundings>,
    ) {
        let place = format!("{}/{}", self.path, substream.name);
        let shapes = sheet.shapes.iter().flat_map(|shape| [&shape.text, &shape.alternative]);
        self.words.show(scan, &place, sheet.words.iter().chain(shapes).map(String::as_str));
        for target in &sheet.hyperlinks {
            scan.show(&View::Relationship(Relationship { part: &place, kind: "hyperlink", target }));
        }
        for (target, automatic) in &sheet.queries {
            scan.show(&View::Connection(Connection { path: &place, target, automatic: *automatic }));
        }
        if sheet.damaged > 0 {
            self.irregular(scan, "formula tokens", substream.at);
            self.book.unread.push("formula-tokens");
        }
        if let Some(around) = around {
            let owner = if sheet.code_name.is_empty() { &substream.name } else { &sheet.code_name };
            self.read_controls(scan, std::mem::take(&mut sheet.controls), owner, around);
            let owned = |shape| surroundings::Shape { owner: substream.name.clone(), ..shape };
            around.shapes.extend(std::mem::take(&mut sheet.shapes).into_iter().map(owned));
            let mut cells = std::mem::take(&mut sheet.cells);
            let values = match need {
                Need::Formulas => {
                    order::map(cells.iter().filter_map(|(at, cell)| Some((*at, value(cell.value.clone()?)?))))
                }
                _ => {
                    let cells = std::mem::take(&mut cells).into_iter();
                    order::map(cells.filter_map(|(at, cell)| Some((at, value(cell.value?)?))))
                }
            };
            around.sheets.push(surroundings::Sheet {
                name: substream.name.clone(),
                code_name: std::mem::take(&mut sheet.code_name),
                cells: values,
                cut: sheet.cut,
            });
            sheet.cells = cells;
        }
        if need == Need::Formulas {
            self.book.sheets.push(SheetCells {
                name: substream.name,
                path: self.path.to_owned(),
                is_macro: substream.is_macro,
                hidden: substream.hidden,
                cells: sheet.cells,
            });
        }
    }

    /// What ActiveX controls of a sheet hold ([MS-OFORMS]): each its class, then its own record.
    fn read_controls(&self, scan: &mut Scan, placed: Vec<(String, u32, u32)>, owner: &str, around: &mut Surroundings) {
        let Some(stream) = &self.controls else { return };
        for (name, at, size) in placed {
            let size = usize::try_from(size).unwrap_or(usize::MAX).min(LARGEST_CONTROL);
            let Ok(bytes) = stream.peek(u64::from(at), size) else { continue };
            let Some((class, contents)) = bytes.split_first_chunk::<16>() else { continue };
            let paid = scan.budget.steps((contents.len() as u64 >> 2).saturating_add(16));
            if paid.is_err() || around.controls.len() >= MOST_CONTROLS {
                return;
            }
            let mut control = activex::of_class(*class, contents);
            (control.owner, control.name) = (owner.to_owned(), name);
            let held: usize = control.properties.values().map(String::len).sum();
            if scan.budget.hold(held as u64).is_err() {
                return;
            }
            around.controls.push(control);
        }
    }

    /// Formulas of the defined names. Cells they count from are those of the first row and column.
    fn names(
        &mut self,
        scan: &mut Scan,
        globals: &Globals,
        context: &Context<'_>,
        around: &mut Surroundings,
    ) -> Result<()> {
        globals.functions.iter().for_each(|name| around.call(name));
        for name in &globals.names {
            let tokens = Tokens { rgce: &name.rgce, rgcb: &name.rgcb };
            let refers_to = if name.rgce.is_empty() { None } else { Some(tokens.tree(context, (0, 0))?) };
            if refers_to.as_ref().is_some_and(|formula| formula.damaged) && is_auto(&name.name) {
                self.irregular(scan, "formula tokens", 0);
                self.book.unread.push("formula-tokens");
            }
            let refers_to = refers_to.map(|formula| formula.expr);
            around.names.push((name.name.clone(), refers_to.as_ref().map(ToString::to_string).unwrap_or_default()));
            self.book.names.push(DefinedName { name: name.name.clone(), sheet: name.sheet, refers_to });
        }
        Ok(())
    }
}

/// What a cell offers to VBA.
pub(crate) fn value(value: Value) -> Option<surroundings::Cell> {
    match value {
        Value::Number(number) => Some(surroundings::Cell::Number(number)),
        Value::Text(text) => Some(surroundings::Cell::Text(text)),
        Value::Bool(value) => Some(surroundings::Cell::Bool(value)),
        Value::Error(_) => None,
    }
}

/// Shows words to the rules, a limited amount: they only say what a person would be told to do.
#[derive(Default)]
pub(crate) struct Words {
    shown: usize,
}

/// Bytes of words shown at once, and of one workbook.
const AT_ONCE: usize = 1 << 20;
const IN_ALL: usize = 8 << 20;

impl Words {
    pub(crate) fn show<'t>(&mut self, scan: &mut Scan, path: &str, texts: impl Iterator<Item = &'t str>) {
        let mut text = String::new();
        for next in texts.filter(|text| !text.is_empty()) {
            if text.len().saturating_add(next.len()) >= AT_ONCE {
                scan.show(&View::Text(Text { path, text: &text }));
                text.clear();
            }
            if self.shown >= IN_ALL {
                break;
            }
            self.shown = self.shown.saturating_add(next.len()).saturating_add(1);
            text.push_str(next);
            text.push('\n');
        }
        if !text.is_empty() {
            scan.show(&View::Text(Text { path, text: &text }));
        }
    }
}

/// A first walk over the stream: the globals, and where sheets start.
#[derive(Default)]
struct Survey {
    globals: Globals,
    /// Offset, kind and depth of every BOF but those of the globals.
    starts: Vec<(u64, u16, u32)>,
    /// What stands behind FilePass cannot be read.
    is_locked: bool,
    irregular: Vec<(&'static str, u64)>,
}

/// Substreams of one workbook. Excel has been seen with 2,000 sheets and a chart on each.
const MOST_SUBSTREAMS: usize = 1 << 14;

impl Survey {
    fn irregular(&mut self, what: &'static str, at: u64) {
        self.irregular.push((what, at));
    }

    fn read(&mut self, stream: &Source, budget: &Budget) -> Result<()> {
        let mut records = Records::new(stream, budget, 0);
        let (mut depth, mut in_globals, mut had_globals, mut any) = (0_u32, false, false, false);
        let mut result = if version(stream, 0)?.is_some() { Ok(()) } else { Err(Error::malformed("BOF", 0)) };
        loop {
            if depth == 0 && version(stream, records.at())?.is_none() && !records.find_bof(0)? {
                break;
            }
            let record = match records.next() {
                Ok(Some(record)) => record,
                Ok(None) => break,
                // A false BOF among junk must not hide a true one behind it.
                Err(error @ Error::Malformed { .. }) => {
                    result = result.and(Err(error));
                    depth = 0;
                    if records.find_bof(1)? {
                        continue;
                    }
                    break;
                }
                Err(error) => return Err(error),
            };
            match record.id {
                BOF => {
                    let (version, kind) = version(stream, record.at)?.unwrap_or_default();
                    if !any {
                        any = true;
                        self.globals.dialect = if version == 0x0500 { Dialect::Biff5 } else { Dialect::Biff8 };
                    }
                    // A BOF inside the globals does not end them; others behind them mean nothing.
                    if depth == 0 {
                        in_globals = kind == GLOBALS && !had_globals;
                        had_globals |= in_globals;
                    }
                    depth = depth.saturating_add(1);
                    if kind != GLOBALS {
                        self.starts.push((record.at, kind, depth));
                    }
                    if self.starts.len() > MOST_SUBSTREAMS {
                        return Err(Error::Limit(LimitKind::ArtifactBytes));
                    }
                }
                EOF => depth = depth.saturating_sub(1),
                _ if in_globals && depth > 0 => {
                    match self.globals.take(&mut records, record) {
                        // What is too large is left out; what comes behind it counts.
                        Err(Error::Limit(LimitKind::ArtifactBytes)) => {
                            result = result.and(Err(Error::Limit(LimitKind::ArtifactBytes)));
                        }
                        taken => taken?,
                    }
                    if self.globals.encryption.is_some() {
                        self.is_locked = true;
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        if depth > 0 {
            self.irregular("end of the BIFF stream", records.at());
        }
        result
    }

    /// The sheets the globals name, and those they do not.
    fn substreams(&mut self, stream: &Source) -> Result<Vec<Substream>> {
        let mut all = Vec::new();
        let sheets = std::mem::take(&mut self.globals.sheets);
        let named: HashSet<u64> = sheets.iter().map(|sheet| sheet.at).collect();
        for sheet in &sheets {
            let kind = version(stream, sheet.at)?.map(|(_, kind)| kind).filter(|_| !self.is_locked);
            let is_macro = sheet.kind == 1 || kind == Some(MACRO_SHEET);
            // Modules of Excel 5 have no kind of their own here.
            let expected = matches!((sheet.kind, kind), (1, Some(MACRO_SHEET)) | (0, Some(WORKSHEET)) | (2..=6, _));
            if !expected && !self.is_locked {
                self.irregular("BoundSheet8", sheet.at);
            }
            all.push(Substream { name: sheet.name.clone(), hidden: sheet.hidden, at: sheet.at, is_macro });
        }
        for (at, kind, depth) in std::mem::take(&mut self.starts) {
            let is_sheet = matches!(kind, WORKSHEET | MACRO_SHEET) || (depth == 1 && kind != GLOBALS);
            if is_sheet && !named.contains(&at) {
                if !sheets.is_empty() {
                    self.irregular("substream without BoundSheet8", at);
                }
                let name = format!("#{}", all.len().saturating_add(1));
                all.push(Substream { name, hidden: Visibility::VeryHidden, at, is_macro: kind == MACRO_SHEET });
            }
        }
        self.globals.sheets = sheets;
        Ok(all)
    }
}

/// Version and kind of the BOF at an offset, if there is one.
fn version(stream: &Source, at: u64) -> Result<Option<(u16, u16)>> {
    let head = stream.peek(at, 8)?;
    Ok(match *head {
        [0x09, 0x08, _, _, v0, v1, k0, k1] => Some((u16::from_le_bytes([v0, v1]), u16::from_le_bytes([k0, k1]))),
        _ => None,
    })
}

/// Excel starts every name that begins like this (`Auto_Open_1` too), in any case, and passes over NULs inside it.
pub(crate) fn is_auto(name: &str) -> bool {
    let name = name.replace('\0', "").to_lowercase();
    let name = name.trim_start_matches("_xlnm.");
    ["auto_open", "auto_close", "auto_activate", "auto_deactivate"].iter().any(|auto| name.starts_with(auto))
}

#[cfg(test)]
mod tests;
