//! Formulas as tokens in reverse Polish order (Rgce: [MS-XLS] 2.5.198.104, [MS-XLSB] 2.5.98.88), made into trees.
//!
//! One stack machine for all dialects, which differ in widths only: one table says how many bytes follow each token.
//! What Excel would refuse to load still gives a tree where one can be made, and says that it is damaged.

use super::links::Links;
use super::strings::{Reader, wide};
use crate::budget::Budget;
use crate::codecs::encoding::Encoding;
use crate::error::{Error, LimitKind, Result};
use crate::languages::xlm::formula::{Binary, Expr, Node, Unary};
use crate::languages::xlm::functions::{early, function};

/// Generation of the file format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dialect {
    /// Excel 2.
    Biff2,
    /// Excel 3.
    Biff3,
    /// Excel 4.
    Biff4,
    /// Excel 5 and 95.
    Biff5,
    /// Excel 97 to 2003.
    #[default]
    Biff8,
    /// `.xlsb`.
    Biff12,
}

impl Dialect {
    /// Rows and columns of a sheet.
    pub(super) const fn size(self) -> (u32, u32) {
        match self {
            Self::Biff2 | Self::Biff3 | Self::Biff4 | Self::Biff5 => (1 << 14, 1 << 8),
            Self::Biff8 => (1 << 16, 1 << 8),
            Self::Biff12 => (1 << 20, 1 << 14),
        }
    }

    pub(super) const fn widths<T: Copy>(self, biff5: T, biff8: T, biff12: T) -> T {
        match self {
            Self::Biff2 | Self::Biff3 | Self::Biff4 | Self::Biff5 => biff5,
            Self::Biff8 => biff8,
            Self::Biff12 => biff12,
        }
    }
}

/// What formulas refer to by number.
#[derive(Clone)]
pub(crate) struct Context<'a> {
    pub(crate) dialect: Dialect,
    /// Of the texts of Excel 5 and 95.
    pub(crate) encoding: Encoding,
    pub(crate) sheets: &'a [String],
    pub(crate) names: &'a [String],
    pub(crate) links: &'a Links,
    pub(crate) budget: &'a Budget,
    /// Memory that the trees may still take, in bytes: a token of five bytes may stand for a name of 255 letters.
    pub(crate) room: &'a std::cell::Cell<usize>,
}

/// Memory for the cells of one workbook: what there is where formulas are read, and half of it where VBA is to follow.
/// The formulas of the largest honest macro workbook seen take 4 MB.
pub(crate) fn room(budget: &Budget, formulas: bool) -> std::cell::Cell<usize> {
    let room = usize::try_from(budget.room()).unwrap_or(usize::MAX);
    std::cell::Cell::new(if formulas { room } else { room / 2 })
}

/// About what a node of a tree takes.
const NODE: usize = 96;

/// A formula as it stands in a record.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tokens<'a> {
    pub(crate) rgce: &'a [u8],
    /// What did not fit into the tokens: array constants and more (RgbExtra).
    pub(crate) rgcb: &'a [u8],
}

/// A tree, and whether the tokens were what they must be.
#[derive(Debug)]
pub(crate) struct Formula {
    pub(crate) expr: Expr,
    pub(crate) damaged: bool,
}

impl Tokens<'_> {
    /// The cell whose record holds the formula, if this one is only a part of a shared or array formula (PtgExp,
    /// [MS-XLS] 2.5.198.58). Row and column count from 0.
    pub(crate) fn anchor(&self, dialect: Dialect) -> Option<(u32, u32)> {
        let mut reader = Reader::new(self.rgce);
        if reader.u8()? != 0x01 {
            return None;
        }
        if dialect == Dialect::Biff12 {
            return Some((reader.u32()?, Reader::new(self.rgcb).u32()?));
        }
        let row = u32::from(reader.u16()?);
        let column = if dialect == Dialect::Biff2 { u16::from(reader.u8()?) } else { reader.u16()? };
        Some((row, u32::from(column)))
    }

    /// Makes the tree of a formula of the cell `base` (row and column from 0). Fails only when a limit is reached.
    pub(crate) fn tree(&self, context: &Context<'_>, base: (u32, u32)) -> Result<Formula> {
        let mut machine = Machine {
            context,
            base,
            tokens: Reader::new(self.rgce),
            extra: Reader::new(self.rgcb),
            stack: Vec::new(),
            damaged: false,
            link: None,
        };
        let mut broken = false;
        while let Some(token) = machine.tokens.u8() {
            context.budget.steps(1)?;
            broken = machine.step(token)?.is_none();
            if broken {
                break;
            }
        }
        machine.damaged |= broken || machine.stack.len() != 1;
        let expr = machine.stack.pop().map(Node::into_expr);
        // Behind damage the rest of the tokens is unknown; a call made before it is still one.
        let expr = expr.filter(|expr| !broken || matches!(expr, Expr::Call { .. } | Expr::Invoke { .. }));
        Ok(Formula { expr: expr.unwrap_or(Expr::Unknown(DAMAGED)), damaged: machine.damaged })
    }
}

/// Why a tree has a hole.
pub(super) const DAMAGED: &str = "formula-tokens";

pub(super) struct Machine<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) base: (u32, u32),
    pub(super) tokens: Reader<'a>,
    extra: Reader<'a>,
    stack: Vec<Node>,
    pub(super) damaged: bool,
    /// Number, from 0, of the supporting link that the references up to PtgEndSheet lead through (Excel 2 to 4).
    pub(super) link: Option<usize>,
}

impl Machine<'_> {
    /// Carries out one token; `None` when it is unknown or cut off.
    fn step(&mut self, token: u8) -> Result<Option<()>> {
        // Bits 5 and 6 are the class of an operand (PtgDataType); the tokens below them have none.
        let kind = if token >= 0x20 { (token & 0x1F) | 0x20 } else { token };
        if token & 0x80 != 0 {
            return Ok(None);
        }
        self.spend(NODE)?;
        let dialect = self.context.dialect;
        Ok(match kind {
            0x1A | 0x1B if dialect < Dialect::Biff5 => self.link(kind == 0x1A),
            0x38 if dialect < Dialect::Biff4 => self.command(),
            0x03..=0x11 => self.binary(kind),
            0x12..=0x15 => self.unary(kind),
            0x00..=0x1F => return self.literal(kind),
            0x20 => self.array()?,
            0x21 | 0x22 => self.call(kind == 0x22),
            0x23 | 0x39 => return self.name(kind == 0x39),
            0x24..=0x2D => self.reference(kind),
            // PtgMemAreaN and PtgMemNoMemN of Excel 5: the tokens they cover follow.
            0x2E | 0x2F => self.tokens.skip(if dialect == Dialect::Biff2 { 1 } else { 2 }),
            0x3A..=0x3D => return self.reference_3d(kind),
            _ => None,
        })
    }

    pub(super) fn spend(&self, bytes: usize) -> Result<()> {
        let room = self.context.room.get().checked_sub(bytes);
        self.context.room.set(room.unwrap_or(0));
        room.map(|_| ()).ok_or(Error::Limit(LimitKind::ArtifactBytes))
    }

    pub(super) fn push(&mut self, expr: Expr) -> Option<()> {
        self.stack.push(Node::leaf(expr));
        Some(())
    }

    /// An operand; a missing one is damage.
    fn pop(&mut self) -> Node {
        self.stack.pop().unwrap_or_else(|| {
            self.damaged = true;
            Node::leaf(Expr::Unknown(DAMAGED))
        })
    }

    fn binary(&mut self, kind: u8) -> Option<()> {
        let operators = [
            Binary::Add,
            Binary::Sub,
            Binary::Mul,
            Binary::Div,
            Binary::Pow,
            Binary::Concat,
            Binary::Lt,
            Binary::Le,
            Binary::Eq,
            Binary::Ge,
            Binary::Gt,
            Binary::Ne,
            Binary::Intersect,
            Binary::Union,
            Binary::Range,
        ];
        let operator = *operators.get(usize::from(kind.checked_sub(3)?))?;
        let (right, left) = (self.pop(), self.pop());
        self.stack.push(Node::binary(operator, left, right));
        Some(())
    }

    fn unary(&mut self, kind: u8) -> Option<()> {
        let operator = match kind {
            0x12 => Unary::Plus,
            0x13 => Unary::Minus,
            0x14 => Unary::Percent,
            _ => Unary::Paren,
        };
        let operand = self.pop();
        self.stack.push(Node::unary(operator, operand));
        Some(())
    }

    fn literal(&mut self, kind: u8) -> Result<Option<()>> {
        let expr = match kind {
            0x16 => Some(Expr::Missing),
            0x17 => {
                let text = self.text();
                self.spend(text.as_ref().map_or(0, String::len))?;
                text.map(Expr::Text)
            }
            // PtgTbl: a cell of a data table.
            0x02 => {
                let size = self.context.dialect.widths(4, 4, 8);
                self.tokens.skip(size.min(self.tokens.left()));
                Some(Expr::Call { function: "TABLE".into(), arguments: Vec::new() })
            }
            0x18 => self.extended(),
            0x19 => return Ok(self.attribute()),
            0x1C => self.tokens.u8().map(Expr::Error),
            0x1D => self.tokens.u8().map(|value| Expr::Bool(value != 0)),
            0x1E => self.tokens.u16().map(|value| Expr::Number(f64::from(value))),
            0x1F => self.tokens.f64().map(Expr::Number),
            _ => None,
        };
        Ok(expr.and_then(|expr| self.push(expr)))
    }

    /// PtgStr ([MS-XLS] 2.5.198.89, [MS-XLSB] 2.5.98.86).
    fn text(&mut self) -> Option<String> {
        match self.context.dialect {
            Dialect::Biff12 => {
                let count = usize::from(self.tokens.u16()?);
                Some(wide(self.tokens.take(count.checked_mul(2)?)?))
            }
            Dialect::Biff8 => self.tokens.short_unicode(),
            _ => self.tokens.short_bytes(self.context.encoding),
        }
    }

    /// Labels used as names (PtgElf*, 2.5.198.46 ff.), calculated items, and columns of tables (PtgList, [MS-XLSB]
    /// 2.5.98.57).
    fn extended(&mut self) -> Option<Expr> {
        let size = match self.tokens.u8()? {
            0x19 if self.context.dialect == Dialect::Biff12 => 12,
            0x01..=0x19 | 0x1D => 4,
            _ => return None,
        };
        self.tokens.skip(size)?;
        Some(Expr::Name("…".into()))
    }

    /// PtgAttr*: hints for calculation and spaces; only a sum means something (2.5.198.35 ff.).
    fn attribute(&mut self) -> Option<()> {
        let flags = self.tokens.u8()?;
        let (value, width) = match self.context.dialect {
            Dialect::Biff2 => (u16::from(self.tokens.u8()?), 1),
            _ => (self.tokens.u16()?, 2),
        };
        if flags & 0x04 != 0 {
            return self.tokens.skip(usize::from(value).checked_add(1)?.checked_mul(width)?);
        }
        if flags & 0x10 != 0 {
            let argument = self.pop();
            self.stack.push(Node::call("SUM", vec![argument]));
        }
        Some(())
    }

    /// PtgArray, whose values stand behind the tokens (PtgExtraArray: [MS-XLS] 2.5.198.59, [MS-XLSB] 2.5.98.41).
    fn array(&mut self) -> Result<Option<()>> {
        let dialect = self.context.dialect;
        let size = match dialect {
            Dialect::Biff12 => self.extra.u32().zip(self.extra.u32()),
            // Up to Excel 95 a count, where 256 columns are written as none.
            Dialect::Biff2 | Dialect::Biff3 | Dialect::Biff4 | Dialect::Biff5 => {
                let columns = self.extra.u8().map(|columns| if columns == 0 { 256 } else { u32::from(columns) });
                columns.and_then(|columns| Some((u32::from(self.extra.u16()?), columns)))
            }
            Dialect::Biff8 => {
                let (columns, rows) = (self.extra.u8(), self.extra.u16());
                rows.zip(columns)
                    .map(|(rows, columns)| (u32::from(rows).saturating_add(1), u32::from(columns).saturating_add(1)))
            }
        };
        let unused = if dialect == Dialect::Biff2 { 6 } else { dialect.widths(7, 7, 14) };
        let Some(((rows, columns), ())) = size.zip(self.tokens.skip(unused)) else { return Ok(None) };
        let mut values = Vec::new();
        for _ in 0..rows {
            self.context.budget.steps(1)?;
            let mut row = Vec::new();
            for _ in 0..columns {
                let Some(value) = self.value() else { return Ok(None) };
                self.context.budget.steps(1)?;
                self.spend(NODE.saturating_add(if let Expr::Text(text) = &value { text.len() } else { 0 }))?;
                row.push(value);
            }
            values.push(row);
        }
        Ok(self.push(Expr::Array(values)))
    }

    /// SerAr ([MS-XLS] 2.5.245, [MS-XLSB] 2.5.98.93).
    fn value(&mut self) -> Option<Expr> {
        let kind = self.extra.u8()?;
        if self.context.dialect == Dialect::Biff12 {
            return Some(match kind {
                0 => Expr::Number(self.extra.f64()?),
                1 => {
                    let count = usize::from(self.extra.u16()?);
                    Expr::Text(wide(self.extra.take(count.checked_mul(2)?)?))
                }
                2 => Expr::Bool(self.extra.u8()? != 0),
                4 => Expr::Error(*self.extra.take(4)?.first()?),
                _ => return None,
            });
        }
        Some(match kind {
            0 => {
                self.extra.skip(8)?;
                Expr::Missing
            }
            1 => Expr::Number(self.extra.f64()?),
            2 if self.context.dialect <= Dialect::Biff5 => Expr::Text(self.extra.short_bytes(self.context.encoding)?),
            2 => Expr::Text(self.extra.unicode()?),
            4 => Expr::Bool(*self.extra.take(8)?.first()? != 0),
            0x10 => Expr::Error(*self.extra.take(8)?.first()?),
            _ => return None,
        })
    }

    /// PtgFunc and PtgFuncVar (2.5.198.62, 2.5.198.63).
    fn call(&mut self, variable: bool) -> Option<()> {
        let count = if variable { Some(usize::from(self.tokens.u8()? & 0x7F)) } else { None };
        let number =
            if self.context.dialect < Dialect::Biff4 { u16::from(self.tokens.u8()?) } else { self.tokens.u16()? };
        let (command, number) = (variable && number & 0x8000 != 0, number & if variable { 0x7FFF } else { 0xFFFF });
        let known = function(number, command);
        let count = match (count, known) {
            (Some(count), _) => count,
            (None, Some((_, Some(count)))) => usize::from(count),
            (None, _) if self.context.dialect < Dialect::Biff5 => usize::from(early(number)?),
            (None, _) => return None,
        };
        self.called(number, command, known.map(|(name, _)| name), count)
    }

    /// PtgFuncCE of Excel 2 and 3: a command of a macro sheet.
    fn command(&mut self) -> Option<()> {
        let (count, number) = (usize::from(self.tokens.u8()? & 0x7F), u16::from(self.tokens.u8()?));
        self.called(number, true, function(number, true).map(|(name, _)| name), count)
    }

    fn called(&mut self, number: u16, command: bool, known: Option<&'static str>, count: usize) -> Option<()> {
        let from = self.stack.len().checked_sub(count);
        self.damaged |= from.is_none();
        let mut arguments = self.stack.split_off(from.unwrap_or(0));
        // Ftab 0x00FF: the first argument says what is called.
        if number == 0x00FF && !command && !arguments.is_empty() {
            let target = arguments.remove(0);
            self.stack.push(match future(target.expr()) {
                Some(name) => Node::call(name, arguments),
                None => Node::invoke(target, arguments),
            });
            return Some(());
        }
        let name = known.map_or_else(|| format!("{}.{number}", if command { "CMD" } else { "FUNC" }), str::to_owned);
        self.stack.push(Node::call(name, arguments));
        Some(())
    }
}

/// Functions newer than the format stand under a name with this prefix, as if they were an add-in's.
fn future(target: &Expr) -> Option<String> {
    let (Expr::Name(name) | Expr::External(name)) = target else { return None };
    let rest = name.get(..6).filter(|prefix| prefix.eq_ignore_ascii_case("_xlfn.")).and_then(|_| name.get(6..))?;
    let rest = rest.strip_prefix("_xlws.").unwrap_or(rest);
    Some(rest.to_uppercase())
}
