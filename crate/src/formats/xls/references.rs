//! The tokens that refer to cells, areas and names ([MS-XLS] 2.5.198.76 ff., [MS-XLSB] 2.5.98.64 ff.).

use super::links::Target;
use super::strings::Reader;
use super::tokens::{DAMAGED, Dialect, Machine};
use crate::error::Result;
use crate::languages::xlm::formula::{Expr, Reference};

/// `BErr` of a reference that leads nowhere.
const REF: u8 = 0x17;

impl Machine<'_> {
    /// PtgName and PtgNameX (2.5.198.76, 2.5.198.77).
    pub(super) fn name(&mut self, external: bool) -> Result<Option<()>> {
        let expr = if external { self.external_name() } else { self.own_name() };
        if let Some(Expr::Name(text) | Expr::External(text)) = &expr {
            self.spend(text.len())?;
        }
        Ok(expr.and_then(|expr| self.push(expr)))
    }

    fn own_name(&mut self) -> Option<Expr> {
        let index = match self.context.dialect {
            Dialect::Biff8 | Dialect::Biff12 => self.tokens.u32()?,
            old => {
                let index = self.tokens.u16()?;
                self.tokens.skip(match old {
                    Dialect::Biff2 => 5,
                    Dialect::Biff3 | Dialect::Biff4 => 8,
                    _ => 12,
                })?;
                u32::from(index)
            }
        };
        match self.link {
            Some(book) => Some(self.linked_name(book, usize::try_from(index).ok()?.checked_sub(1)?)),
            None => Some(self.defined(index)),
        }
    }

    /// PtgSheet and PtgEndSheet of Excel 2 to 4: references between them lead through a supporting link.
    pub(super) fn link(&mut self, start: bool) -> Option<()> {
        let (before, behind, end) = if self.context.dialect == Dialect::Biff2 { (4, 1, 3) } else { (6, 2, 4) };
        if !start {
            self.link = None;
            return self.tokens.skip(end);
        }
        self.tokens.skip(before)?;
        self.link = usize::from(self.tokens.u16()?).checked_sub(1);
        self.tokens.skip(behind)
    }

    /// A name that a supporting link of Excel 2 to 4 defines; some stand for the cells their own tokens say.
    fn linked_name(&mut self, book: usize, name: usize) -> Expr {
        let links = self.context.links;
        let cells = links.books.get(book).and_then(|link| link.cells.get(name)).map_or(&[][..], Vec::as_slice);
        let tokens = std::mem::replace(&mut self.tokens, Reader::new(cells));
        let cells = match self.tokens.u8().map(|token| token & 0x1F) {
            Some(0x04) => self.cell(false).map(|cell| (cell, None)),
            Some(0x05) => self.area(false).map(|(first, last)| (first, Some(last))),
            _ => None,
        };
        self.tokens = tokens;
        match (cells, self.linked_place(book)) {
            (Some((first, None)), place) => place.cell(first),
            (Some((first, Some(last))), place) => place.area(first, last),
            (None, _) => Expr::External(links.name(book, Some(name))),
        }
    }

    /// Where a supporting link of Excel 2 to 4 leads.
    fn linked_place(&self, book: usize) -> Place {
        let links = self.context.links;
        match links.books.get(book).map(|book| &book.target) {
            Some(Target::Own | Target::SameSheet) => Place::Here,
            Some(Target::Workbook { path, sheets }) if path.is_empty() => {
                sheets.first().map_or(Place::Deleted, |sheet| Place::Own(sheet.clone()))
            }
            Some(_) => Place::External(links.sheet(book, 0)),
            None => Place::Deleted,
        }
    }

    /// A defined name by its number from 1.
    fn defined(&mut self, index: u32) -> Expr {
        let at = usize::try_from(index).ok().and_then(|index| index.checked_sub(1));
        at.and_then(|at| self.context.names.get(at)).map_or_else(
            || {
                self.damaged = true;
                Expr::Unknown(DAMAGED)
            },
            |name| Expr::Name(name.clone()),
        )
    }

    fn external_name(&mut self) -> Option<Expr> {
        let links = self.context.links;
        let (book, index) = match self.context.dialect {
            Dialect::Biff2 | Dialect::Biff3 | Dialect::Biff4 | Dialect::Biff5 => {
                let sheet = self.tokens.i16()?;
                self.tokens.skip(8)?;
                let index = self.tokens.u16()?;
                self.tokens.skip(12)?;
                (u16::try_from(sheet).ok().and_then(|sheet| sheet.checked_sub(1)).map(usize::from), u32::from(index))
            }
            _ => {
                let sheet = self.tokens.u16()?;
                let index = self.tokens.u32()?;
                let Some(reference) = links.sheets.get(usize::from(sheet)) else {
                    self.damaged = true;
                    return Some(Expr::Unknown(DAMAGED));
                };
                (Some(reference.book), index)
            }
        };
        match book {
            Some(book) if !links.is_own(book) => {
                let at = usize::try_from(index).ok().and_then(|index| index.checked_sub(1));
                Some(Expr::External(links.name(book, at)))
            }
            _ => Some(self.defined(index)),
        }
    }

    /// References on the sheet of the formula, and the tokens that only announce how many follow.
    pub(super) fn reference(&mut self, kind: u8) -> Option<()> {
        let dialect = self.context.dialect;
        match kind {
            0x24 | 0x2C => {
                let reference = self.cell(kind == 0x2C)?;
                let place = self.link.map_or(Place::Here, |book| self.linked_place(book));
                self.push(place.cell(reference))
            }
            0x25 | 0x2D => {
                let (first, last) = self.area(kind == 0x2D)?;
                let place = self.link.map_or(Place::Here, |book| self.linked_place(book));
                self.push(place.area(first, last))
            }
            // PtgMemArea, PtgMemErr, PtgMemNoMem, PtgMemFunc: the tokens they cover follow.
            0x26..=0x28 => self.tokens.skip(if dialect == Dialect::Biff2 { 4 } else { 6 }),
            0x29 => self.tokens.skip(if dialect == Dialect::Biff2 { 1 } else { 2 }),
            0x2A | 0x2B => {
                let size = if kind == 0x2A { dialect.widths(3, 4, 6) } else { dialect.widths(6, 8, 12) };
                self.tokens.skip(size)?;
                self.push(Expr::Error(REF))
            }
            _ => None,
        }
    }

    /// PtgRef3d, PtgArea3d and those to what was deleted (2.5.198.85 ff.).
    pub(super) fn reference_3d(&mut self, kind: u8) -> Result<Option<()>> {
        let Some(place) = self.place() else { return Ok(None) };
        let dialect = self.context.dialect;
        let expr = match kind {
            0x3A => self.cell(false).map(|cell| place.cell(cell)),
            0x3B => self.area(false).map(|(first, last)| place.area(first, last)),
            0x3C => self.tokens.skip(dialect.widths(3, 4, 6)).map(|()| Expr::Error(REF)),
            _ => self.tokens.skip(dialect.widths(6, 8, 12)).map(|()| Expr::Error(REF)),
        };
        if let Place::Own(text) | Place::External(text) = &place {
            self.spend(text.len())?;
        }
        Ok(expr.and_then(|expr| self.push(expr)))
    }

    /// The sheet of a 3-D reference.
    fn place(&mut self) -> Option<Place> {
        let links = self.context.links;
        let (book, first) = if self.context.dialect <= Dialect::Biff5 {
            let sheet = self.tokens.i16()?;
            self.tokens.skip(8)?;
            let first = self.tokens.u16()?;
            self.tokens.skip(2)?;
            let book = u16::try_from(sheet).ok().and_then(|sheet| sheet.checked_sub(1)).map(usize::from);
            (book, if first == u16::MAX { -1 } else { i32::from(first) })
        } else {
            let reference = links.sheets.get(usize::from(self.tokens.u16()?));
            self.damaged |= reference.is_none();
            (reference.map(|sheet| sheet.book), reference.map_or(-1, |sheet| sheet.first))
        };
        Some(match book {
            Some(book) if !links.is_own(book) => Place::External(links.sheet(book, first)),
            // The sheet of the formula itself.
            Some(book) if links.is_same_sheet(book) => Place::Here,
            _ => match usize::try_from(first).ok().and_then(|at| self.context.sheets.get(at)) {
                Some(name) => Place::Own(name.clone()),
                None if first == -2 => Place::Here,
                None => Place::Deleted,
            },
        })
    }

    /// RgceLoc and RgceLocRel ([MS-XLS] 2.5.198.109, 2.5.198.111).
    fn cell(&mut self, offsets: bool) -> Option<Reference> {
        let (row, column, flags) = match self.context.dialect {
            Dialect::Biff2 | Dialect::Biff3 | Dialect::Biff4 | Dialect::Biff5 => {
                let (row, column) = (self.tokens.u16()?, self.tokens.u8()?);
                (u32::from(row & 0x3FFF), u32::from(column), row)
            }
            Dialect::Biff8 => {
                let (row, column) = (self.tokens.u16()?, self.tokens.u16()?);
                (u32::from(row), u32::from(column & 0x3FFF), column)
            }
            Dialect::Biff12 => {
                let (row, column) = (self.tokens.u32()?, self.tokens.u16()?);
                (row, u32::from(column & 0x3FFF), column)
            }
        };
        Some(self.located(row, column, flags, offsets))
    }

    fn area(&mut self, offsets: bool) -> Option<(Reference, Reference)> {
        let tokens = &mut self.tokens;
        let (rows, columns, flags) = match self.context.dialect {
            Dialect::Biff2 | Dialect::Biff3 | Dialect::Biff4 | Dialect::Biff5 => {
                let rows = [tokens.u16()?, tokens.u16()?];
                let columns = [tokens.u8()?, tokens.u8()?];
                (rows.map(|row| u32::from(row & 0x3FFF)), columns.map(u32::from), rows)
            }
            Dialect::Biff8 => {
                let rows = [tokens.u16()?, tokens.u16()?];
                let columns = [tokens.u16()?, tokens.u16()?];
                (rows.map(u32::from), columns.map(|column| u32::from(column & 0x3FFF)), columns)
            }
            Dialect::Biff12 => {
                let rows = [tokens.u32()?, tokens.u32()?];
                let columns = [tokens.u16()?, tokens.u16()?];
                (rows, columns.map(|column| u32::from(column & 0x3FFF)), columns)
            }
        };
        let mut first = self.located(rows[0], columns[0], flags[0], offsets);
        let mut last = self.located(rows[1], columns[1], flags[1], offsets);
        let (height, width) = self.context.dialect.size();
        if first.row == 1 && last.row == height {
            (first.row, last.row) = (0, 0);
        } else if first.column == 1 && last.column == width {
            (first.column, last.column) = (0, 0);
        }
        Some((first, last))
    }

    /// Offsets wrap around the edges of the sheet, as Excel's do.
    fn located(&self, row: u32, column: u32, flags: u16, offsets: bool) -> Reference {
        let (height, width) = self.context.dialect.size();
        let (relative_row, relative_column) = (flags & 0x8000 != 0, flags & 0x4000 != 0);
        let at = |value: u32, base: u32, size: u32, moved: bool| {
            let value = if moved { value.wrapping_add(base) } else { value };
            value.checked_rem(size).unwrap_or(0).saturating_add(1)
        };
        Reference {
            sheet: None,
            row: at(row, self.base.0, height, offsets && relative_row),
            column: at(column, self.base.1, width, offsets && relative_column),
            relative_row,
            relative_column,
        }
    }
}

/// Where a 3-D reference leads.
enum Place {
    Here,
    Own(String),
    External(String),
    Deleted,
}

impl Place {
    fn cell(&self, cell: Reference) -> Expr {
        match self {
            Self::Here => Expr::Cell(cell),
            Self::Own(sheet) => Expr::Cell(Reference { sheet: Some(sheet.clone()), ..cell }),
            Self::External(sheet) => Expr::External(format!("{sheet}!{cell}")),
            Self::Deleted => Expr::Error(REF),
        }
    }

    fn area(&self, first: Reference, last: Reference) -> Expr {
        match self {
            Self::Here => Expr::Area { first, last },
            Self::Own(sheet) => Expr::Area { first: Reference { sheet: Some(sheet.clone()), ..first }, last },
            Self::External(sheet) => Expr::External(format!("{sheet}!{}", Expr::Area { first, last })),
            Self::Deleted => Expr::Error(REF),
        }
    }
}
