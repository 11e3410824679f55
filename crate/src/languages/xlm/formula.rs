//! Formulas as trees: what the tokens of a binary workbook ([MS-XLS] 2.2.2, 2.5.198) and the text of an XML or SYLK one
//! ([ECMA-376] part 1, 18.17) both are.
//!
//! [`Node`] builds trees bottom up and keeps them shallow: what is nested deeper than Excel could have written becomes
//! [`Expr::Unknown`], so that walking and dropping a tree never runs out of stack.

use std::fmt;

/// Deepest nesting of a formula. Excel allows 64 levels of functions.
pub(crate) const DEPTH: u16 = 128;

/// A formula or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Number(f64),
    Text(String),
    Bool(bool),
    /// `BErr` ([MS-XLS] 2.5.10).
    Error(u8),
    /// An argument left out.
    Missing,
    Cell(Reference),
    Area {
        first: Reference,
        last: Reference,
    },
    /// A defined name, of a sheet or of the workbook; or a function that Excel does not know by this name.
    Name(String),
    /// A name or cell of another workbook or an add-in, as text.
    External(String),
    /// A worksheet or macro function by its English name in upper case (`EXEC`, `FORMULA.FILL`); unknown ones as
    /// `FUNC.123` and `CMD.123`.
    Call {
        function: String,
        arguments: Vec<Expr>,
    },
    /// A call of what an expression names: a macro by its name, its first cell or another workbook's function.
    Invoke {
        target: Box<Expr>,
        arguments: Vec<Expr>,
    },
    Unary {
        operator: Unary,
        operand: Box<Expr>,
    },
    Binary {
        operator: Binary,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `a&b&…`: kept flat, because attackers join hundreds of cells. [`Node::binary`] makes it of `Binary::Concat`.
    Join(Vec<Expr>),
    Array(Vec<Vec<Expr>>),
    /// What could not be read, and why.
    Unknown(&'static str),
}

/// A cell. Row and column count from 1 and are absolute; 0 stands for a whole column or row.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    /// Sheet it names; `None` for the sheet of the formula. Several sheets (`Sheet1:Sheet3`) count as the first.
    pub(crate) sheet: Option<String>,
    pub(crate) row: u32,
    pub(crate) column: u32,
    /// Whether it was written without `$`, and so moves when the formula is copied.
    pub(crate) relative_row: bool,
    pub(crate) relative_column: bool,
}

/// An operator on one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Plus,
    Minus,
    Percent,
    Paren,
    /// `@`, and the function `SINGLE`.
    Intersection,
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Concat,
    Lt,
    Le,
    Eq,
    Ge,
    Gt,
    Ne,
    Union,
    Intersect,
    Range,
}

impl Binary {
    const fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Pow => "^",
            Self::Concat => "&",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Eq => "=",
            Self::Ge => ">=",
            Self::Gt => ">",
            Self::Ne => "<>",
            Self::Union => ",",
            Self::Intersect => " ",
            Self::Range => ":",
        }
    }
}

impl Expr {
    /// Roughly the bytes it keeps: a few letters of a formula can be a large tree.
    pub(crate) fn weight(&self) -> usize {
        let all = |list: &[Self]| list.iter().map(Self::weight).fold(0, usize::saturating_add);
        let parts = match self {
            Self::Text(text) | Self::Name(text) | Self::External(text) => text.len(),
            // A list has room for four at least.
            Self::Call { arguments, .. } => all(arguments).saturating_add(size_of::<Self>().saturating_mul(3)),
            Self::Invoke { target, arguments } => all(arguments).saturating_add(target.weight()),
            Self::Unary { operand, .. } => operand.weight(),
            Self::Binary { left, right, .. } => left.weight().saturating_add(right.weight()),
            Self::Join(parts) => all(parts),
            Self::Array(rows) => rows.iter().map(|row| all(row)).fold(0, usize::saturating_add),
            _ => 0,
        };
        parts.saturating_add(size_of::<Self>())
    }
}

/// A tree under construction that knows how deep it is.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    expr: Expr,
    depth: u16,
}

impl Node {
    /// A literal, a reference, a name or anything else without parts.
    pub(crate) const fn leaf(expr: Expr) -> Self {
        Self { expr, depth: 1 }
    }

    /// A call of a function by its English name, in upper case.
    pub(crate) fn call(function: impl Into<String>, arguments: Vec<Self>) -> Self {
        let (arguments, depth) = Self::parts(arguments);
        Self { expr: Expr::Call { function: function.into(), arguments }, depth }.limit()
    }

    /// A call of what `target` names.
    pub(crate) fn invoke(target: Self, arguments: Vec<Self>) -> Self {
        let (arguments, depth) = Self::parts(arguments);
        let depth = depth.max(target.depth.saturating_add(1));
        Self { expr: Expr::Invoke { target: Box::new(target.expr), arguments }, depth }.limit()
    }

    pub(crate) fn unary(operator: Unary, operand: Self) -> Self {
        let depth = operand.depth.saturating_add(1);
        Self { expr: Expr::Unary { operator, operand: Box::new(operand.expr) }, depth }.limit()
    }

    /// `left` and `right` joined; a chain of `&` becomes one flat [`Expr::Join`].
    pub(crate) fn binary(operator: Binary, left: Self, right: Self) -> Self {
        if operator == Binary::Concat {
            if let Expr::Join(mut parts) = left.expr {
                parts.push(right.expr);
                let depth = left.depth.max(right.depth.saturating_add(1));
                return Self { expr: Expr::Join(parts), depth }.limit();
            }
            let depth = left.depth.max(right.depth).saturating_add(1);
            return Self { expr: Expr::Join(vec![left.expr, right.expr]), depth }.limit();
        }
        let depth = left.depth.max(right.depth).saturating_add(1);
        let (left, right) = (Box::new(left.expr), Box::new(right.expr));
        Self { expr: Expr::Binary { operator, left, right }, depth }.limit()
    }

    pub(crate) fn into_expr(self) -> Expr {
        self.expr
    }

    pub(crate) const fn expr(&self) -> &Expr {
        &self.expr
    }

    fn parts(arguments: Vec<Self>) -> (Vec<Expr>, u16) {
        let depth = arguments.iter().map(|argument| argument.depth).max().unwrap_or(0).saturating_add(1);
        (arguments.into_iter().map(|argument| argument.expr).collect(), depth)
    }

    fn limit(self) -> Self {
        if self.depth > DEPTH { Self::leaf(Expr::Unknown("formula-depth")) } else { self }
    }
}

/// The text of a `BErr` ([MS-XLS] 2.5.10).
pub(crate) const fn error_text(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        0x2B => "#GETTING_DATA",
        _ => "#N/A",
    }
}

/// The `BErr` of its text.
pub(crate) fn error_code(text: &str) -> Option<u8> {
    [0x00, 0x07, 0x0F, 0x17, 0x1D, 0x24, 0x2A, 0x2B]
        .into_iter()
        .find(|code| error_text(*code).eq_ignore_ascii_case(text))
}

/// Letters of a column that counts from 1.
pub(crate) fn column_letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    while let Some(below) = rest.checked_sub(1) {
        letters.push(char::from(b'A'.saturating_add(u8::try_from(below % 26).unwrap_or(0))));
        rest = below / 26;
    }
    letters.iter().rev().collect()
}

/// A number as Excel shows it: 15 digits.
pub(crate) fn number_text(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return if number == 0.0 { "0".into() } else { error_text(0x24).into() };
    }
    let magnitude = number.abs().log10().floor();
    if !(-10.0..20.0).contains(&magnitude) {
        let text = format!("{number:.14E}");
        let (mantissa, exponent) = text.split_once('E').unwrap_or((&text, "0"));
        let mantissa =
            if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
        let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
        return format!("{mantissa}E{sign}{digits:0>2}");
    }
    let rounded: f64 = format!("{number:.14E}").parse().unwrap_or(number);
    format!("{rounded}")
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(sheet) = &self.sheet {
            write_sheet(f, sheet)?;
        }
        if self.column != 0 {
            write!(f, "{}{}", if self.relative_column { "" } else { "$" }, column_letters(self.column))?;
        }
        if self.row != 0 {
            write!(f, "{}{}", if self.relative_row { "" } else { "$" }, self.row)?;
        }
        Ok(())
    }
}

fn write_sheet(f: &mut fmt::Formatter<'_>, sheet: &str) -> fmt::Result {
    let plain = sheet.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
        && !sheet.starts_with(|c: char| c.is_ascii_digit());
    if plain { write!(f, "{sheet}!") } else { write!(f, "'{}'!", sheet.replace('\'', "''")) }
}

fn write_list(f: &mut fmt::Formatter<'_>, list: &[Expr]) -> fmt::Result {
    for (i, expr) in list.iter().enumerate() {
        write!(f, "{}{expr}", if i == 0 { "" } else { "," })?;
    }
    Ok(())
}

/// As Excel writes it, without the leading `=`.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.write_str(&number_text(*number)),
            Self::Text(text) => write!(f, "\"{}\"", text.replace('"', "\"\"")),
            Self::Bool(value) => f.write_str(if *value { "TRUE" } else { "FALSE" }),
            Self::Error(code) => f.write_str(error_text(*code)),
            Self::Missing => Ok(()),
            Self::Cell(cell) => cell.fmt(f),
            Self::Area { first, last } => {
                write!(f, "{first}:")?;
                Reference { sheet: None, ..last.clone() }.fmt(f)
            }
            Self::Name(name) | Self::External(name) => f.write_str(name),
            Self::Call { function, arguments } => {
                write!(f, "{function}(")?;
                write_list(f, arguments)?;
                f.write_str(")")
            }
            Self::Invoke { target, arguments } => {
                write!(f, "{target}(")?;
                write_list(f, arguments)?;
                f.write_str(")")
            }
            Self::Unary { operator, operand } => match operator {
                Unary::Plus => write!(f, "+{operand}"),
                Unary::Minus => write!(f, "-{operand}"),
                Unary::Percent => write!(f, "{operand}%"),
                Unary::Paren => write!(f, "({operand})"),
                Unary::Intersection => write!(f, "@{operand}"),
            },
            Self::Binary { operator, left, right } => write!(f, "{left}{}{right}", operator.text()),
            Self::Join(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    write!(f, "{}{part}", if i == 0 { "" } else { "&" })?;
                }
                Ok(())
            }
            Self::Array(rows) => {
                f.write_str("{")?;
                for (i, row) in rows.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { ";" })?;
                    write_list(f, row)?;
                }
                f.write_str("}")
            }
            Self::Unknown(why) => write!(f, "…{why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_read_as_excel_writes_them() {
        let cell = |row, column| Reference { row, column, ..Reference::default() };
        let text = |text: &str| Node::leaf(Expr::Text(text.into()));
        let join = Node::binary(Binary::Concat, Node::binary(Binary::Concat, text("a\"b"), text("c")), text("d"));
        let call = Node::call("EXEC", vec![join, Node::leaf(Expr::Missing), Node::leaf(Expr::Number(-0.5))]);
        assert_eq!(call.expr().to_string(), "EXEC(\"a\"\"b\"&\"c\"&\"d\",,-0.5)");
        let first = Reference { sheet: Some("Sheet 1".into()), ..cell(3, 28) };
        let last = Reference { relative_row: true, ..cell(4, 703) };
        assert_eq!(Expr::Area { first, last }.to_string(), "'Sheet 1'!$AB$3:$AAA4");
        assert_eq!(number_text(1e21), "1E+21");
        assert_eq!(number_text(0.1 + 0.2), "0.3");
        assert_eq!(number_text(1e-12), "1E-12");
        assert_eq!(number_text(-97.0), "-97");
    }

    #[test]
    fn deep_formulas_are_cut_and_long_ones_are_not() {
        let mut deep = Node::leaf(Expr::Number(1.0));
        for _ in 0..100_000 {
            deep = Node::unary(Unary::Minus, deep);
        }
        assert!(deep.depth <= DEPTH && deep.expr.to_string().contains("formula-depth"));
        let mut long = Node::leaf(Expr::Number(1.0));
        for _ in 0..10_000 {
            long = Node::binary(Binary::Concat, long, Node::leaf(Expr::Number(2.0)));
        }
        assert!(matches!(long.into_expr(), Expr::Join(parts) if parts.len() == 10_001));
    }
}
