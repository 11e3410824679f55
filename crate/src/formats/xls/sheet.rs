//! The substream of a sheet ([MS-XLS] 2.1.7.20.5 Worksheet, 2.1.7.20.7 Macro Sheet): cells, text boxes, comments, links.

use std::collections::{BTreeMap, HashMap};

use super::globals::{CODE_NAME, says_source};
use super::records::{BOF, BOF_2, BOF_3, BOF_4, Body, EOF, Record, Records};
use super::strings::{Reader, rk, wide};
use super::texts::Texts;
use super::tokens::{Context, Dialect, Tokens};
use crate::codecs::encoding::WINDOWS_1252;
use crate::error::{Error, LimitKind, Result};
use crate::languages::surroundings::Shape;
use crate::languages::xlm::book::{CELL, MOST_CELLS, TEXT};
use crate::languages::xlm::{CellContent, Value};

const LABEL_SST: u16 = 0x00FD;
const LABEL: u16 = 0x0204;
const R_STRING: u16 = 0x00D6;
const NUMBER: u16 = 0x0203;
const RK: u16 = 0x027E;
const MUL_RK: u16 = 0x00BD;
const BOOL_ERR: u16 = 0x0205;
const FORMULA: u16 = 0x0006;
const STRING: u16 = 0x0207;
const SHR_FMLA: u16 = 0x04BC;
const ARRAY: u16 = 0x0221;
const NOTE: u16 = 0x001C;
/// INTEGER of Excel 2, which later ones do not have.
const INTEGER: u16 = 0x0002;
const TXO: u16 = 0x01B6;
const MSO_DRAWING: u16 = 0x00EC;
const OBJ: u16 = 0x005D;
const HLINK: u16 = 0x01B8;
const QSI: u16 = 0x01AD;
const DB_QUERY: u16 = 0x00DC;
const SX_STRING: u16 = 0x00CD;
const EXT_STRING: u16 = 0x0804;

/// How much of a sheet somebody needs. Values and formulas of a workbook without macros mean nothing to anybody here,
/// and they are nearly all of a large workbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// Words a person reads.
    Words,
    /// What cells hold: VBA may ask for it.
    Values,
    /// Excel 4.0 macros may also ask for formulas, and are formulas.
    Formulas,
}

/// What stands on a sheet.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) code_name: String,
    pub(super) cells: BTreeMap<(u32, u32), CellContent>,
    /// There are more cells than are kept.
    pub(super) cut: bool,
    pub(super) shapes: Vec<Shape>,
    /// Texts that are not among the shared ones: of Excel 5, of comments, of formulas.
    pub(super) words: Vec<String>,
    pub(super) hyperlinks: Vec<String>,
    /// What its tables of outside data ask for, and whether they do when the workbook is opened.
    pub(super) queries: Vec<(String, bool)>,
    /// ActiveX controls: name, and place and size of what they keep in the stream of controls.
    pub(super) controls: Vec<(String, u32, u32)>,
    /// Formulas whose tokens are damaged.
    pub(super) damaged: u32,
}

/// Substreams inside one another: a sheet holds charts, and nothing holds more. Every one of them is read on its own,
/// so that thousands without an end must not be read through each other.
pub(super) const NESTED: u32 = 8;

/// Words, shapes and links kept of one sheet.
const MOST: usize = 1 << 16;

/// Where a formula stands that other cells share: row and column, from 0.
type Anchor = (u32, u32);

/// Reads one substream.
pub(super) struct SheetReader<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) texts: &'a Texts,
    pub(super) need: Need,
    pub(super) sheet: Sheet,
    /// Cell of the last formula.
    last: Anchor,
    /// Tokens of shared and array formulas.
    shared: HashMap<Anchor, (Vec<u8>, Vec<u8>)>,
    /// Cells that share one.
    sharing: Vec<(Anchor, Anchor)>,
    /// Name and alternative text of the drawing whose text may follow.
    drawing: Option<Shape>,
    /// Whether the records at hand are those of a table of outside data, and whether it is refreshed on opening.
    query: Option<bool>,
    /// Whether the record at hand is one of Excel 2: its cell has an attribute of three bytes, its counts are one byte.
    narrow: bool,
}

impl<'a> SheetReader<'a> {
    pub(super) fn new(context: &'a Context<'a>, texts: &'a Texts, need: Need) -> Self {
        Self {
            context,
            texts,
            need,
            sheet: Sheet::default(),
            last: (0, 0),
            shared: HashMap::new(),
            sharing: Vec::new(),
            drawing: None,
            query: None,
            narrow: false,
        }
    }

    /// Reads from the BOF to the EOF that belongs to it. What was read before an error stays.
    pub(super) fn read(&mut self, records: &mut Records<'_>) -> Result<()> {
        let mut depth = 0_u32;
        while let Some(record) = records.next()? {
            match record.id {
                BOF | BOF_2 | BOF_3 | BOF_4 => depth = depth.saturating_add(1),
                EOF => depth = depth.saturating_sub(1),
                _ if depth == 1 => self.take(records, record)?,
                _ => {}
            }
            if depth == 0 || depth > NESTED {
                break;
            }
        }
        self.end_drawing();
        self.share()
    }

    /// What a record of Excel 2 to 4 is called since Excel 5; the upper byte of the old numbers is the version.
    fn kind(&mut self, id: u16) -> u16 {
        self.narrow = false;
        if self.context.dialect >= Dialect::Biff5 {
            return id;
        }
        let kind = match id {
            INTEGER => INTEGER,
            0x0003 => NUMBER,
            0x0004 => LABEL,
            0x0005 => BOOL_ERR,
            0x0006 | 0x0206 | 0x0406 => FORMULA,
            0x0007 => STRING,
            0x0021 => ARRAY,
            // What these numbers are today they were not then.
            LABEL_SST | R_STRING | MUL_RK | SHR_FMLA | TXO | MSO_DRAWING | OBJ | HLINK | CODE_NAME | QSI | DB_QUERY
            | SX_STRING | EXT_STRING => return 0,
            id => return id,
        };
        self.narrow = id < 0x0100;
        kind
    }

    fn take(&mut self, records: &mut Records<'_>, record: Record) -> Result<()> {
        let id = self.kind(record.id);
        match id {
            TXO | MSO_DRAWING => {
                let body = records.whole(record)?;
                if id == TXO {
                    self.text_box(&body)
                } else {
                    self.drawing(&body.bytes)
                };
            }
            OBJ if self.need > Need::Words => {
                let body = records.whole(record)?;
                let name = self.drawing.as_ref().map(|shape| shape.name.clone()).filter(|name| !name.is_empty());
                if let Some((name, (at, size))) = name.zip(control(&body.bytes))
                    && self.sheet.controls.len() < MOST_CONTROLS
                {
                    self.sheet.controls.push((name, at, size));
                }
            }
            // Qsi (2.4.208): `fAutoRefresh`. DbQuery (2.4.92) and the texts behind it: a command, an address, a connection.
            QSI => self.query = Some(records.body(record)?.first().is_some_and(|flags| flags & 0x20 != 0)),
            DB_QUERY => self.query = Some(self.query.unwrap_or(false)),
            SX_STRING | EXT_STRING => {
                let body = records.whole(record)?;
                let mut reader = Reader::with_seams(&body.bytes, &body.seams);
                let start = if id == EXT_STRING { reader.skip(4) } else { Some(()) };
                let text = start.and_then(|()| self.text(&mut reader)).filter(|text| says_source(text));
                if let (Some(automatic), Some(text)) = (self.query, text)
                    && self.sheet.queries.len() < MOST_QUERIES
                {
                    self.sheet.queries.push((text, automatic));
                }
            }
            HLINK => {
                let body = records.whole(record)?;
                if self.sheet.hyperlinks.len() < MOST {
                    self.sheet.hyperlinks.extend(hyperlink(&body.bytes));
                }
            }
            CODE_NAME => {
                if let Some(name) = Reader::new(records.body(record)?).unicode() {
                    self.sheet.code_name = name;
                }
            }
            LABEL | R_STRING => {
                let body = records.whole(record)?;
                self.label(&body)?;
            }
            STRING => {
                let body = records.whole(record)?;
                if let Some(text) = self.text(&mut Reader::with_seams(&body.bytes, &body.seams)) {
                    self.word(&text);
                    self.set(self.last, Value::Text(text))?;
                }
            }
            // In BIFF8 the text of a comment is that of a text box.
            NOTE if self.context.dialect <= Dialect::Biff5 => {
                let mut reader = Reader::new(records.body(record)?);
                if let Some(text) = reader.skip(4).and_then(|()| self.text(&mut reader)) {
                    self.word(&text);
                }
            }
            FORMULA => {
                // A text that follows belongs to this cell.
                let body = records.body(record)?;
                let mut reader = Reader::new(body);
                if let Some(at) = self.cell(&mut reader) {
                    self.last = at;
                }
                if self.need > Need::Words {
                    self.formula(&mut reader)?;
                }
            }
            LABEL_SST | NUMBER | RK | MUL_RK | BOOL_ERR | INTEGER if self.need > Need::Words => {
                let body = records.body(record)?;
                self.constant(id, body)?;
            }
            SHR_FMLA | ARRAY if self.need == Need::Formulas => {
                let body = records.whole(record)?;
                self.shared(id, &body.bytes);
            }
            _ => {}
        }
        Ok(())
    }

    /// XLUnicodeString, or its forerunner.
    fn text(&self, reader: &mut Reader<'_>) -> Option<String> {
        if self.context.dialect == Dialect::Biff8 {
            return reader.unicode();
        }
        let count = usize::from(if self.narrow { u16::from(reader.u8()?) } else { reader.u16()? });
        let bytes = reader.take(count.min(reader.left()))?;
        Some(self.context.encoding.decode(bytes).into_owned())
    }

    fn word(&mut self, text: &str) {
        if self.sheet.words.len() < MOST {
            self.sheet.words.push(text.to_owned());
        }
    }

    /// The content of a cell, to be filled in.
    fn content(&mut self, at: Anchor, takes: usize) -> Result<&mut CellContent> {
        let at = (at.0.saturating_add(1), at.1.saturating_add(1));
        let new = if self.sheet.cells.contains_key(&at) { 0 } else { CELL };
        let room = self.context.room.get().checked_sub(takes.saturating_add(new));
        self.context.room.set(room.unwrap_or(0));
        if room.is_none() || self.sheet.cells.len() >= MOST_CELLS {
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
        Ok(self.sheet.cells.entry(at).or_default())
    }

    fn set(&mut self, at: Anchor, value: Value) -> Result<()> {
        if self.need > Need::Words {
            let takes = if let Value::Text(text) = &value { text.len().saturating_add(TEXT) } else { 0 };
            let kept = self.content(at, takes).map(|cell| cell.value = Some(value));
            if kept.is_err() && self.need == Need::Values {
                // What VBA may ask for is unknown then, not missing.
                self.sheet.cut = true;
            } else {
                kept?;
            }
        }
        Ok(())
    }

    fn label(&mut self, body: &Body) -> Result<()> {
        let mut reader = Reader::with_seams(&body.bytes, &body.seams);
        let at = self.cell(&mut reader);
        if let Some((at, text)) = at.zip(self.text(&mut reader)) {
            self.word(&text);
            self.set(at, Value::Text(text))?;
        }
        Ok(())
    }

    /// LabelSst (2.4.149), Number (2.4.180), RK (2.4.220), MulRk (2.4.175), BoolErr (2.4.24).
    fn constant(&mut self, id: u16, body: &[u8]) -> Result<()> {
        let mut reader = Reader::new(body);
        if id == MUL_RK {
            let (Some(row), Some(first)) = (reader.u16(), reader.u16()) else { return Ok(()) };
            let mut column = u32::from(first);
            while let Some(number) = reader.skip(2).and_then(|()| reader.u32()) {
                self.set((u32::from(row), column), Value::Number(rk(number)))?;
                column = column.saturating_add(1);
            }
            return Ok(());
        }
        let Some(at) = self.cell(&mut reader) else { return Ok(()) };
        let value = match id {
            LABEL_SST => reader
                .u32()
                .and_then(|index| self.texts.get(usize::try_from(index).ok()?))
                .map(|text| Value::Text(text.to_owned())),
            NUMBER => reader.f64().map(Value::Number),
            RK => reader.u32().map(|number| Value::Number(rk(number))),
            INTEGER => reader.u16().map(|number| Value::Number(f64::from(number))),
            _ => reader.u8().zip(reader.u8()).map(|(value, is_error)| match is_error {
                0 => Value::Bool(value != 0),
                _ => Value::Error(value),
            }),
        };
        value.map_or(Ok(()), |value| self.set(at, value))
    }

    /// Formula (2.4.127) behind its cell: the value (FormulaValue, 2.5.133), flags, tokens.
    fn formula(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        let at = self.last;
        let Some(value) = reader.take(8).and_then(|value| value.first_chunk::<8>()) else { return Ok(()) };
        let value = match *value {
            [1, _, value, _, _, _, 0xFF, 0xFF] => Some(Value::Bool(value != 0)),
            [2, _, value, _, _, _, 0xFF, 0xFF] => Some(Value::Error(value)),
            // A text follows in a record of its own; an empty one does not.
            [0 | 3, _, _, _, _, _, 0xFF, 0xFF] => Some(Value::Text(String::new())),
            number => Some(Value::Number(f64::from_le_bytes(number))),
        };
        if let Some(value) = value {
            self.set(at, value)?;
        }
        if self.need < Need::Formulas {
            return Ok(());
        }
        let tokens = reader.skip(self.options()).and_then(|()| self.tokens(reader)).unwrap_or_default();
        if let Some(anchor) = tokens.anchor(self.context.dialect) {
            self.content(at, 32)?;
            self.sharing.push((at, anchor));
            return Ok(());
        }
        self.tree(at, tokens)
    }

    /// Cell (2.5.13): row, column, and the format, which is passed over.
    fn cell(&self, reader: &mut Reader<'_>) -> Option<Anchor> {
        let at = (u32::from(reader.u16()?), u32::from(reader.u16()?));
        reader.skip(if self.narrow { 3 } else { 2 })?;
        Some(at)
    }

    /// Bytes of flags in front of the size of the tokens; since Excel 5 further ones stand behind them.
    fn options(&self) -> usize {
        match self.narrow {
            true => 1,
            false if self.context.dialect < Dialect::Biff5 => 2,
            false => 6,
        }
    }

    /// The size of the tokens, the tokens, and what belongs to them.
    fn tokens<'b>(&self, reader: &mut Reader<'b>) -> Option<Tokens<'b>> {
        let size = usize::from(if self.narrow { u16::from(reader.u8()?) } else { reader.u16()? });
        let rgce = reader.take(size.min(reader.left()))?;
        Some(Tokens { rgce, rgcb: reader.rest() })
    }

    fn tree(&mut self, at: Anchor, tokens: Tokens<'_>) -> Result<()> {
        let formula = tokens.tree(self.context, at)?;
        self.sheet.damaged = self.sheet.damaged.saturating_add(u32::from(formula.damaged));
        self.content(at, 0)?.formula = Some(Box::new(formula.expr));
        Ok(())
    }

    /// ShrFmla (2.4.277) and Array (2.4.4): the cells, some bytes of other use, the tokens.
    fn shared(&mut self, id: u16, bytes: &[u8]) {
        let mut reader = Reader::new(bytes);
        let Some(first) = reader.u16().and_then(|row| reader.skip(2).map(|()| row)).zip(reader.u8()) else { return };
        let skipped = reader.skip(if id == ARRAY { self.options().saturating_add(1) } else { 3 });
        let Some(tokens) = skipped.and_then(|()| self.tokens(&mut reader)) else { return };
        let tokens = (tokens.rgce.to_vec(), tokens.rgcb.to_vec());
        if self.shared.len() < MOST {
            // It follows the formula of its first cell, whatever it says of its cells.
            self.shared.entry((u32::from(first.0), u32::from(first.1))).or_insert_with(|| tokens.clone());
            self.shared.insert(self.last, tokens);
        }
    }

    /// Gives every cell the formula it shares.
    fn share(&mut self) -> Result<()> {
        let shared = std::mem::take(&mut self.shared);
        for (at, anchor) in std::mem::take(&mut self.sharing) {
            self.context.budget.steps(1)?;
            let tokens = shared.get(&anchor).map(|(rgce, rgcb)| Tokens { rgce, rgcb }).unwrap_or_default();
            self.tree(at, tokens)?;
        }
        Ok(())
    }

    /// MsoDrawing (2.4.170): shapes as [MS-ODRAW] records. Containers are stepped into; of a shape's properties
    /// (OfficeArtFOPT, [MS-ODRAW] 2.2.9) the name and the alternative text count.
    fn drawing(&mut self, bytes: &[u8]) {
        let mut reader = Reader::new(bytes);
        while let Some((version, (kind, size))) = reader.u16().zip(reader.u16().zip(reader.u32())) {
            // OfficeArtSpContainer: a new shape.
            if kind == 0xF004 {
                self.end_drawing();
                self.drawing = Some(Shape::default());
            }
            if version & 0x000F == 0x000F {
                continue;
            }
            let size = usize::try_from(size).unwrap_or(usize::MAX).min(reader.left());
            let Some(body) = reader.take(size) else { break };
            if kind == 0xF00B
                && let Some(shape) = &mut self.drawing
            {
                properties(body, usize::from(version >> 4), shape);
            }
        }
    }

    /// TxO (2.4.329): the text stands in the CONTINUE records.
    fn text_box(&mut self, body: &Body) {
        let mut reader = Reader::with_seams(&body.bytes, &body.seams);
        let count = reader.skip(10).and_then(|()| reader.u16());
        let start = body.seams.first().and_then(|seam| reader.seek(*seam));
        let text = count.zip(start).and_then(|(count, ())| reader.run(usize::from(count), 0));
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.drawing.get_or_insert_default().text = text;
        }
        self.end_drawing();
    }

    fn end_drawing(&mut self) {
        let shape = self.drawing.take().filter(|shape| *shape != Shape::default());
        if self.sheet.shapes.len() < MOST {
            self.sheet.shapes.extend(shape);
        }
    }
}

/// OfficeArtRGFOPTE ([MS-ODRAW] 2.3.1): entries of six bytes, then the long values in the same order.
fn properties(body: &[u8], count: usize, shape: &mut Shape) {
    let Some((entries, mut values)) = count.checked_mul(6).and_then(|size| body.split_at_checked(size)) else { return };
    for entry in entries.as_chunks::<6>().0 {
        let [id0, id1, size @ ..] = *entry;
        let id = u16::from_le_bytes([id0, id1]);
        if id & 0x8000 == 0 {
            continue;
        }
        let size = usize::try_from(u32::from_le_bytes(size)).unwrap_or(usize::MAX);
        let Some((value, rest)) = values.split_at_checked(size) else { return };
        values = rest;
        let text = || wide(value).trim_end_matches('\0').to_owned();
        match id & 0x3FFF {
            0x0380 => shape.name = text(),
            0x0381 => shape.alternative = text(),
            _ => {}
        }
    }
}

/// Texts of the queries of one sheet.
const MOST_QUERIES: usize = 256;

/// Controls of one sheet.
const MOST_CONTROLS: usize = 4096;

/// Place and size in the stream of controls of what an Obj (2.4.181) keeps there: FtPioGrbit says that it does
/// (`fPrstm`), FtPictFmla (2.5.150) where.
fn control(bytes: &[u8]) -> Option<(u32, u32)> {
    let (mut reader, mut persists) = (Reader::new(bytes), false);
    // FtCmo, FtCf, FtPioGrbit and what else there is: a number, a size, a body.
    loop {
        let (kind, size) = (reader.u16()?, usize::from(reader.u16()?));
        if kind == 0x0009 {
            let formula = usize::from(reader.u16()?);
            reader.skip(formula)?;
            let place = (reader.u32()?, reader.u32()?);
            return persists.then_some(place);
        }
        let body = reader.take(size)?;
        persists |= kind == 0x0008 && body.first().is_some_and(|flags| flags & 0x20 != 0);
        if kind == 0 {
            return None;
        }
    }
}

/// Hyperlink of an HLink (2.4.140; [MS-OSHARED] 2.3.7.1): where it leads.
fn hyperlink(bytes: &[u8]) -> Option<String> {
    let mut reader = Reader::new(bytes);
    reader.skip(28)?;
    let flags = reader.u32()?;
    let string = |reader: &mut Reader<'_>| {
        let count = usize::try_from(reader.u32()?).ok()?.checked_mul(2)?;
        Some(wide(reader.take(count)?).trim_end_matches('\0').to_owned())
    };
    // hlstmfHasDisplayName, hlstmfHasFrameName
    for flag in [0x10, 0x80] {
        if flags & flag != 0 {
            string(&mut reader)?;
        }
    }
    if flags & 0x01 == 0 {
        return None;
    }
    if flags & 0x0100 != 0 {
        return string(&mut reader);
    }
    let class = reader.take(16)?;
    let count = usize::try_from(reader.u32()?).ok();
    match class {
        // URLMoniker (2.3.7.6)
        [0xE0, 0xC9, 0xEA, 0x79, ..] => {
            let address = wide(reader.take(count?.min(reader.left()))?);
            Some(address.split('\0').next().unwrap_or_default().to_owned())
        }
        // FileMoniker (2.3.7.8): a count of parents before the path.
        [0x03, 0x03, 0, 0, ..] => {
            let mut reader = Reader::new(reader.rest());
            reader.skip(2)?;
            let path = reader.rest().split(|byte| *byte == 0).next()?;
            Some(WINDOWS_1252.decode(path).into_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_of_a_shape() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let (name, alternative) = (utf16("Box 1\0"), utf16("cmd\0"));
        let entry = |id: u16, size: u32| [&id.to_le_bytes()[..], &size.to_le_bytes()].concat();
        let body = [
            entry(0x00BF, 9),
            entry(0x8380, u32::try_from(name.len()).unwrap()),
            entry(0x8381, u32::try_from(alternative.len()).unwrap()),
            name,
            alternative,
        ]
        .concat();
        let mut shape = Shape::default();
        properties(&body, 3, &mut shape);
        assert_eq!((shape.name.as_str(), shape.alternative.as_str()), ("Box 1", "cmd"));
    }

    #[test]
    fn hyperlinks_lead_somewhere() {
        let mut bytes = vec![0; 24];
        bytes.extend([2, 0, 0, 0, 3, 0, 0, 0]);
        bytes.extend([0xE0, 0xC9, 0xEA, 0x79, 0xF9, 0xBA, 0xCE, 0x11, 0x8C, 0x82, 0, 0xAA, 0, 0x4B, 0xA9, 0x0B]);
        let address: Vec<u8> = "https://a.example/\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.extend(u32::try_from(address.len()).unwrap().to_le_bytes());
        bytes.extend(address);
        assert_eq!(hyperlink(&bytes).as_deref(), Some("https://a.example/"));
        assert_eq!(hyperlink(&bytes[..40]), None);
    }
}
