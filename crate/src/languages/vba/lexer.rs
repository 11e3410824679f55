//! VBA's lexical grammar ([MS-VBAL] 3): tokens with their lines.
//!
//! Only what the grammar calls code becomes a token: comments, `Rem`, and what a line continuation drags into a comment
//! are gone, and a word inside a string is a string. That is the whole reason for a lexer: the field's tools search
//! words in text and cannot tell `Shell` from `' Shell` or `"Shell"`.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use memchr::{memchr, memchr2, memchr3_iter};

use super::names::{Names, Symbol};
use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::finding::EXCERPT;
use crate::hashed::HashMap;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Name or keyword, without type suffix; of a `[foreign name]` what stands between the brackets.
    Name = 0,
    Number = 1,
    /// String with its quotes.
    Text = 2,
    Date = 3,
    /// Operator or punctuation.
    Mark = 4,
    /// End of a logical line.
    End = 5,
}

/// A piece of the source in eight bytes: projects have millions of them.
#[derive(Clone, Copy, Debug)]
struct Token {
    start: u32,
    /// The [`Kind`] in the upper bits; below it the length, for a parenthesis the index of the other one (its own where
    /// there is none), for a name its length and symbol.
    rest: u32,
}

/// Bits of [`Token::rest`] below the kind.
const BITS: u32 = 29;
/// The kind of a parenthesis, of which there is no length to keep.
const PARENTHESIS: u32 = 6;
const MARK: u32 = Kind::Mark as u32;
/// The kind of a name without its symbol: one that is very long, or has another length in lower case.
const ODD_NAME: u32 = 7;
/// Bits of a name's symbol below its length.
const SYMBOL: u32 = 21;

impl Token {
    fn new(kind: Kind, start: u32, length: u32) -> Self {
        Self { start, rest: (kind as u32) << BITS | length.min(Self::MASK) }
    }

    const MASK: u32 = (1 << BITS) - 1;

    fn parenthesis(start: u32, other: usize) -> Self {
        Self { start, rest: PARENTHESIS << BITS | u32::try_from(other).unwrap_or(Self::MASK).min(Self::MASK) }
    }

    /// A name; with its symbol, if that and the length fit.
    fn name(start: u32, length: u32, symbol: Option<Symbol>) -> Self {
        match symbol.and_then(|symbol| symbol.narrow(SYMBOL)) {
            Some(symbol) if length >> (BITS - SYMBOL) == 0 => Self { start, rest: length << SYMBOL | symbol },
            _ => Self { start, rest: ODD_NAME << BITS | length.min(Self::MASK) },
        }
    }

    const fn kind(self) -> Kind {
        match self.rest >> BITS {
            0 | ODD_NAME => Kind::Name,
            1 => Kind::Number,
            2 => Kind::Text,
            3 => Kind::Date,
            5 => Kind::End,
            _ => Kind::Mark,
        }
    }

    /// The other parenthesis; `None` for anything else.
    const fn pair(self) -> Option<usize> {
        if self.rest >> BITS == PARENTHESIS { Some((self.rest & Self::MASK) as usize) } else { None }
    }

    const fn length(self) -> u32 {
        match self.rest >> BITS {
            0 => self.rest >> SYMBOL,
            PARENTHESIS => 1,
            _ => self.rest & Self::MASK,
        }
    }

    const fn end(self) -> u32 {
        self.start.saturating_add(self.length())
    }

    const fn range(self) -> Range<usize> {
        self.start as usize..self.end() as usize
    }
}

/// What a token costs in memory, with its share of the statements.
const COST: u64 = 12;
/// Tokens that are paid for at once.
const BATCH: usize = 1 << 8;

/// The tokens of a module, without its source.
#[derive(Debug)]
pub(super) struct Tokens {
    tokens: Vec<Token>,
    lines: Vec<u32>,
}

/// What of a project was read before the project is: tokens of modules, by their number, and the names in them.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(super) names: Rc<Names>,
    pub(super) modules: HashMap<usize, Tokens>,
    /// The module that was read last.
    last: Option<Tokens>,
    /// Bytes of source that were read.
    size: usize,
}

/// Bytes of source whose tokens are kept for later, and names: each module has a list as long as these.
const KEPT: usize = 1 << 20;
const NAMED: usize = 1 << 13;

impl Read {
    /// Whether the tokens of a module may be kept as well. What is large is read again.
    pub(super) fn has_room(&self, source: &str, budget: &Budget) -> bool {
        let fits = self.size.saturating_add(source.len()) <= KEPT && self.names.len() < NAMED;
        fits && budget.room() > budget.limits().memory / 2
    }

    /// Keeps what a module consists of until [`Read::keep`] says which it is.
    pub(super) fn take(&mut self, code: Code<'_>) {
        self.size = self.size.saturating_add(code.source.len());
        self.last = Some(Tokens { tokens: code.tokens, lines: code.lines });
    }

    /// The module that was read last, if one was, has this number in the project; or is none of it.
    pub(crate) fn keep(&mut self, number: usize, is_module: bool) {
        let last = self.last.take().filter(|_| is_module);
        self.modules.extend(last.map(|tokens| (number, tokens)));
    }
}

/// A module's tokens over its source.
pub(super) struct Code<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    /// The line at the start of every [`BLOCK`] of the source.
    lines: Vec<u32>,
    /// The names of the project.
    names: Rc<Names>,
}

/// Longest literal: its length is kept in two bytes where VBA compiles it.
const LITERAL: usize = 1 << 16;

/// Bytes of source between two places whose line is kept.
const BLOCK: usize = 1 << 10;

/// Line breaks that start in a part of the source.
fn breaks(source: &str, part: Range<usize>) -> usize {
    let bytes = source.as_bytes();
    let ends = |at: &usize| {
        let at = part.start.saturating_add(*at);
        match bytes.get(at..).unwrap_or_default() {
            [b'\r', next, ..] => *next != b'\n',
            [0xE2, next @ ..] => at.saturating_add(2) < part.end && matches!(next, [0x80, 0xA8 | 0xA9, ..]),
            _ => true,
        }
    };
    memchr3_iter(b'\n', b'\r', 0xE2, bytes.get(part.clone()).unwrap_or_default()).filter(ends).count()
}

impl<'a> Code<'a> {
    /// The text it was read from.
    pub(super) const fn source(&self) -> &'a str {
        self.source
    }

    /// Reads a module but for the parts `without` (ascending), and adds its names to `names`; when its tokens take too
    /// much memory, also the limit. The names are given to it when all modules are read.
    pub(super) fn read(
        source: &'a str,
        without: &[Range<u32>],
        names: &mut Names,
        budget: &Budget,
    ) -> (Self, Result<()>) {
        let named = names.held();
        let mut lexer = Lexer::new(source, Some(names));
        lexer.tokens.reserve_exact((source.len() / 8).clamp(16, 1 << 12));
        let mut without = without.iter();
        let mut skip = without.next();
        let mut paid = 0;
        let mut result = Ok(());
        while result.is_ok() {
            while let Some(part) = skip.filter(|part| lexer.at >= part.start as usize) {
                lexer.skip(part.end as usize);
                skip = without.next();
            }
            if !lexer.step() {
                break;
            }
            if lexer.tokens.len() >= paid {
                paid = paid.saturating_add(BATCH);
                // What the tokens say takes memory too; the names are the first of it.
                result = budget.hold_sparing((BATCH as u64).saturating_mul(COST), 3);
                let fresh = lexer.named().saturating_sub(named);
                if budget.room() < fresh.saturating_add(budget.limits().memory / 4) {
                    result = Err(Error::Limit(LimitKind::ArtifactBytes));
                }
            }
        }
        lexer.push(Kind::End, source.len());
        lexer.mark_lines(source.len().saturating_add(1));
        let (tokens, lines) = (lexer.tokens, lexer.lines);
        let result = result
            .and(budget.hold(names.held().saturating_sub(named)))
            .and_then(|()| budget.steps((source.len() as u64 / 4).saturating_add(names.take_work())));
        (Self { source, tokens, lines, names: Rc::default() }, result)
    }

    /// The code of a module that was read before.
    pub(super) fn of(source: &'a str, Tokens { tokens, lines }: Tokens) -> Self {
        Self { source, tokens, lines, names: Rc::default() }
    }

    /// The names that all modules of a project share.
    pub(super) fn share(&mut self, names: &Rc<Names>) {
        self.names = Rc::clone(names);
    }

    /// The names of the project.
    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn kind(&self, at: usize) -> Kind {
        self.tokens.get(at).map_or(Kind::End, |token| token.kind())
    }

    pub(super) fn text(&self, at: usize) -> &'a str {
        self.tokens.get(at).and_then(|token| self.source.get(token.range())).unwrap_or_default()
    }

    /// A name; [`Symbol::EMPTY`] for anything else.
    pub(super) fn symbol(&self, at: usize) -> Symbol {
        match self.tokens.get(at) {
            Some(token) if token.rest >> BITS == 0 => Symbol::of(token.rest & ((1 << SYMBOL) - 1)),
            Some(token) if token.rest >> BITS == ODD_NAME => {
                self.names.find(&self.text(at).to_lowercase()).unwrap_or(Symbol::EMPTY)
            }
            _ => Symbol::EMPTY,
        }
    }

    /// A name in lower case; empty for anything else.
    pub(super) fn name(&self, at: usize) -> &str {
        self.names.get(self.symbol(at))
    }

    /// Whether a name equals `word`, without case.
    pub(super) fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| {
            token.kind() == Kind::Name
                && token.length() as usize == word.len()
                && self.bytes(*token).eq_ignore_ascii_case(word.as_bytes())
        })
    }

    pub(super) fn is_mark(&self, at: usize, mark: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| {
            token.kind() == Kind::Mark && token.length() as usize == mark.len() && self.bytes(*token) == mark.as_bytes()
        })
    }

    /// Whether a token is one of these operators of one sign.
    pub(super) fn is_any_mark(&self, at: usize, marks: &[u8]) -> bool {
        self.tokens.get(at).is_some_and(|token| {
            matches!(token.rest >> BITS, MARK | PARENTHESIS)
                && token.length() == 1
                && self.source.as_bytes().get(token.start as usize).is_some_and(|byte| marks.contains(byte))
        })
    }

    fn bytes(&self, token: Token) -> &'a [u8] {
        self.source.as_bytes().get(token.range()).unwrap_or_default()
    }

    /// Whether a statement ends here, with the token: at the end of a line, a colon, `Then` and `Else`.
    pub(super) fn ends_statement(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return true };
        match (token.rest >> BITS, token.length()) {
            (0 | ODD_NAME, 4) => [b"then", b"else"].iter().any(|word| self.bytes(*token).eq_ignore_ascii_case(*word)),
            (MARK, 1) => self.bytes(*token) == b":",
            (kind, _) => kind == Kind::End as u32,
        }
    }

    /// The string a literal stands for; nothing for one that no program could hold.
    pub(super) fn string(&self, at: usize) -> Option<String> {
        self.literal(at).map(Cow::into_owned)
    }

    /// As [`Code::string`]; only what holds a quote is copied.
    pub(super) fn literal(&self, at: usize) -> Option<Cow<'a, str>> {
        if self.kind(at) != Kind::Text {
            return None;
        }
        let text = self.text(at);
        if text.len() > LITERAL {
            return None;
        }
        let inner = text.strip_prefix(['"', '\u{201C}', '\u{201D}'])?;
        let inner = inner.strip_suffix(['"', '\u{201C}', '\u{201D}']).unwrap_or(inner);
        Some(if memchr(b'"', inner.as_bytes()).is_some() { inner.replace("\"\"", "\"").into() } else { inner.into() })
    }

    /// The other parenthesis.
    pub(super) fn pair(&self, at: usize) -> Option<usize> {
        self.tokens.get(at)?.pair().filter(|other| *other != at)
    }

    /// Whether a token stands directly behind the one before it; the line break of a continuation does not part them.
    pub(super) fn is_joined(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
        let Some((before, token)) = before.zip(self.tokens.get(at)) else { return false };
        let between = self.source.get(before.end() as usize..token.start as usize).unwrap_or_default();
        !between.contains([' ', '\t']) || between.contains(['\r', '\n', '\u{2028}', '\u{2029}'])
    }

    /// The character directly behind a token: a type suffix, which belongs to none.
    pub(super) fn behind(&self, at: usize) -> Option<char> {
        self.tokens
            .get(at)
            .and_then(|token| self.source.get(token.end() as usize..))
            .and_then(|rest| rest.chars().next())
    }

    /// Whether a name stood between brackets.
    pub(super) fn is_foreign(&self, at: usize) -> bool {
        let start = self.tokens.get(at).map_or(0, |token| token.start as usize);
        let before = start.checked_sub(1).and_then(|before| self.source.as_bytes().get(before));
        self.kind(at) == Kind::Name && before == Some(&b'[')
    }

    /// The physical line of a token, from 1.
    pub(super) fn line(&self, at: usize) -> u32 {
        let Some(start) = self.tokens.get(at).map(|token| token.start as usize) else { return 0 };
        let block = start.div_euclid(BLOCK);
        let line = self.lines.get(block).copied().unwrap_or(1);
        let before = breaks(self.source, block.saturating_mul(BLOCK)..start);
        line.saturating_add(u32::try_from(before).unwrap_or(u32::MAX))
    }

    /// The next place at or before `at` where a character starts.
    fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.source.len());
        while !self.source.is_char_boundary(at) {
            at = at.saturating_sub(1);
        }
        at
    }

    /// The physical line of a token, as a person reads it; of a very long one what stands around the token.
    pub(super) fn line_text(&self, at: usize) -> &'a str {
        let token = self.tokens.get(at).map_or(0, |token| token.start as usize);
        let near = self.boundary(token.saturating_sub(EXCERPT / 2));
        let before = self.source.get(near..token).unwrap_or_default();
        let start = before.rfind(['\r', '\n']).map(|at| near.saturating_add(at).saturating_add(1));
        let (start, far) = (start.unwrap_or(near), start.is_none() && near > 0);
        let from = self.boundary(if far { token.saturating_sub(EXCERPT / 4) } else { start });
        let to = self.boundary(from.saturating_add(2 * EXCERPT));
        let rest = self.source.get(from..to).unwrap_or_default();
        rest.split(['\r', '\n']).next().unwrap_or_default()
    }
}

/// Shows every token of a part of the source, and where it stands, without keeping any.
pub(super) fn each(source: &str, part: Range<usize>, mut take: impl FnMut(Kind, &str, Range<u32>)) {
    let mut lexer = Lexer::new(source, None);
    let mut known = 0;
    lexer.at = part.start;
    loop {
        let more = lexer.at < part.end && lexer.step();
        // The last one may still say that a statement starts behind it.
        for token in lexer.tokens.iter().skip(known) {
            let text = source.get(token.start as usize..token.end() as usize).unwrap_or_default();
            take(token.kind(), text, token.start..token.end());
        }
        let last = lexer.tokens.pop();
        lexer.tokens.clear();
        lexer.tokens.extend(last);
        lexer.open.clear();
        known = lexer.tokens.len();
        if !more {
            return;
        }
    }
}

struct Lexer<'a, 'n> {
    source: &'a str,
    /// Where names are kept, if they are.
    names: Option<&'n mut Names>,
    at: usize,
    line: u32,
    tokens: Vec<Token>,
    lines: Vec<u32>,
    /// Parentheses of this logical line that are open.
    open: Vec<usize>,
    /// Whether the logical line has a token yet.
    code_on_line: bool,
}

impl<'a, 'n> Lexer<'a, 'n> {
    fn new(source: &'a str, names: Option<&'n mut Names>) -> Self {
        let (tokens, lines, open) = (Vec::new(), Vec::new(), Vec::new());
        Self { source, names, at: 0, line: 1, tokens, lines, open, code_on_line: false }
    }

    /// Bytes that all names take.
    fn named(&self) -> u64 {
        self.names.as_ref().map_or(0, |names| names.held())
    }

    /// Passes over source up to `end`.
    fn skip(&mut self, end: usize) {
        let mut next = self.lines.len().saturating_mul(BLOCK);
        while next < end {
            self.count_to(next);
            self.lines.push(self.line);
            next = next.saturating_add(BLOCK);
        }
        self.count_to(end);
    }

    fn count_to(&mut self, end: usize) {
        if self.at < end {
            let lines = u32::try_from(breaks(self.source, self.at..end)).unwrap_or(u32::MAX);
            self.line = self.line.saturating_add(lines);
            self.at = end;
        }
    }

    /// Keeps the line of every block that starts before `end`.
    fn mark_lines(&mut self, end: usize) {
        while self.lines.len().saturating_mul(BLOCK) < end {
            self.lines.push(self.line);
        }
    }

    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// The next character.
    fn first(&self) -> Option<char> {
        match self.source.as_bytes().get(self.at) {
            Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
            _ => self.rest().chars().next(),
        }
    }

    fn peek(&self, skip: usize) -> Option<char> {
        self.rest().chars().nth(skip)
    }

    /// Ends a token at byte `end` and goes there.
    fn push(&mut self, kind: Kind, end: usize) {
        if let (Ok(start), Ok(to)) = (u32::try_from(self.at), u32::try_from(end)) {
            let here = self.tokens.len();
            let mut token = Token::new(kind, start, to.saturating_sub(start));
            match (kind, self.source.as_bytes().get(self.at)) {
                (Kind::Name, _) => token = self.named_token(start, to),
                // A parenthesis never spans logical lines.
                (Kind::End, _) => self.open.clear(),
                (Kind::Mark, Some(b'(')) => {
                    token = Token::parenthesis(start, here);
                    self.open.push(here);
                }
                (Kind::Mark, Some(b')')) => {
                    let from = self.open.pop();
                    token = Token::parenthesis(start, from.unwrap_or(here));
                    if let Some(slot) = from.and_then(|from| self.tokens.get_mut(from)) {
                        *slot = Token::parenthesis(slot.start, here);
                    }
                }
                _ => {}
            }
            // By a quarter, not to twice: there may be millions.
            if here == self.tokens.capacity() {
                self.tokens.reserve_exact((here / 4).max(64));
            }
            self.tokens.push(token);
        }
        self.code_on_line = kind != Kind::End;
        self.at = end;
    }

    fn named_token(&mut self, start: u32, end: u32) -> Token {
        let length = end.saturating_sub(start);
        let text = self.source.get(start as usize..end as usize).unwrap_or_default();
        let symbol = self.names.as_mut().and_then(|names| {
            let symbol = names.symbol(text);
            (text.is_ascii() || names.get(symbol).len() == text.len()).then_some(symbol)
        });
        Token::name(start, length, symbol)
    }

    /// The first of these bytes from `from` on, or the end: all of them ASCII.
    fn until(&self, from: usize, stops: impl Fn(u8) -> bool) -> usize {
        let rest = self.source.as_bytes().get(from..).unwrap_or_default();
        from.saturating_add(rest.iter().position(|byte| stops(*byte)).unwrap_or(rest.len()))
    }

    /// Length in bytes of what `matches` accepts from `from` on.
    fn while_at(&self, from: usize, matches: impl Fn(char) -> bool) -> usize {
        let rest = self.source.get(from..).unwrap_or_default();
        from.saturating_add(rest.find(|c| !matches(c)).unwrap_or(rest.len()))
    }

    fn step(&mut self) -> bool {
        if self.source.as_bytes().get(self.at).is_some_and(u8::is_ascii_alphabetic) {
            self.name();
            return true;
        }
        let Some(c) = self.first() else { return false };
        let next = self.at.saturating_add(c.len_utf8());
        match c {
            '\r' | '\n' | '\u{2028}' | '\u{2029}' => {
                if self.code_on_line {
                    self.push(Kind::End, self.at);
                }
                self.newline();
            }
            ' ' => self.at = self.until(next, |byte| byte != b' '),
            '\t' | '\u{A0}' | '\u{3000}' | '\u{FEFF}' | '\0' | '\u{19}' => self.at = next,
            '_' if self.continues() => {}
            '\'' => self.comment(),
            '"' | '\u{201C}' | '\u{201D}' => self.string(next),
            '[' => self.foreign(),
            '#' => self.hash(next),
            '&' if self.radix() => {}
            '0'..='9' => self.number(),
            '.' if self.peek(1).is_some_and(|c| c.is_ascii_digit()) && !self.after_operand() => self.number(),
            _ if is_name_start(c) => self.name(),
            _ => self.mark(next),
        }
        true
    }

    fn newline(&mut self) {
        let skip = match self.source.as_bytes().get(self.at..).unwrap_or_default() {
            [b'\r', b'\n', ..] => 2,
            _ => self.first().map_or(1, char::len_utf8),
        };
        self.at = self.at.saturating_add(skip);
        self.mark_lines(self.at);
        self.line = self.line.saturating_add(1);
    }

    /// A line continuation (3.2.2): a blank, `_`, blanks, the end of the line.
    fn continues(&mut self) -> bool {
        let blank_before = self.at == 0
            || self.source.get(..self.at).and_then(|s| s.chars().next_back()).is_some_and(|c| c.is_whitespace());
        let end = self.while_at(self.at.saturating_add(1), |c| matches!(c, ' ' | '\t'));
        let ends_line = self.source.get(end..).is_some_and(|rest| rest.is_empty() || rest.starts_with(['\r', '\n']));
        if !blank_before || !ends_line {
            return false;
        }
        self.at = end;
        if self.peek(0).is_some() {
            self.newline();
        }
        true
    }

    /// To the end of the line; a continuation at that end drags the next line in.
    fn comment(&mut self) {
        loop {
            let rest = self.source.as_bytes().get(self.at..).unwrap_or_default();
            self.at = self.at.saturating_add(memchr2(b'\r', b'\n', rest).unwrap_or(rest.len()));
            let line = self.source.as_bytes().get(..self.at).unwrap_or_default();
            let end = line.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(0);
            let line = line.get(..=end).unwrap_or_default();
            let continued = matches!(line, [.., b' ' | b'\t', b'_']);
            if !continued || self.peek(0).is_none() {
                return;
            }
            self.newline();
        }
    }

    /// A string literal (3.3.4) ends at a quote that is not doubled, or with the line.
    fn string(&mut self, mut at: usize) {
        // Quotes that an editor bent close only what another of them opened: between straight ones they are text.
        let bent = self.peek(0) != Some('"');
        loop {
            at = if bent {
                self.while_at(at, |c| !matches!(c, '"' | '\r' | '\n' | '\u{201C}' | '\u{201D}'))
            } else {
                self.until(at, |byte| matches!(byte, b'"' | b'\r' | b'\n'))
            };
            let rest = self.source.get(at..).unwrap_or_default();
            if rest.starts_with("\"\"") {
                at = at.saturating_add(2);
                continue;
            }
            let quote = rest.chars().next().filter(|c| !matches!(c, '\r' | '\n')).map_or(0, char::len_utf8);
            self.push(Kind::Text, at.saturating_add(quote));
            return;
        }
    }

    /// A FOREIGN-NAME `[x]` (3.3.5.3).
    fn foreign(&mut self) {
        let open = self.at.saturating_add(1);
        let close = self.while_at(open, |c| !matches!(c, ']' | '\r' | '\n'));
        self.at = open;
        self.push(Kind::Name, close);
        if self.peek(0) == Some(']') {
            self.at = close.saturating_add(1);
        }
    }

    /// `#` opens a date literal (3.3.3), a directive, or marks a file number.
    fn hash(&mut self, next: usize) {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | ':' | ' ' | ',' | '.');
        let close = self.while_at(next, is_part);
        let body = self.source.get(next..close).unwrap_or_default();
        let closes = self.source.get(close..).is_some_and(|rest| rest.starts_with('#'));
        let dated = body.starts_with(|c: char| c.is_ascii_alphanumeric()) && body.contains(['/', '-', ':']);
        if closes && dated && body.len() < 40 {
            self.push(Kind::Date, close.saturating_add(1));
        } else {
            self.push(Kind::Mark, next);
        }
    }

    /// `&H1F`, `&O17`.
    fn radix(&mut self) -> bool {
        let radix = self.peek(1).map(|c| c.to_ascii_lowercase());
        let digit = self.peek(2).is_some_and(|c| c.is_ascii_hexdigit());
        if !matches!(radix, Some('h' | 'o')) || !digit {
            return false;
        }
        let end = self.while_at(self.at.saturating_add(2), |c| c.is_ascii_hexdigit());
        let suffix = usize::from(self.source.get(end..).is_some_and(|rest| rest.starts_with(['&', '%', '^'])));
        self.push(Kind::Number, end);
        self.at = end.saturating_add(suffix);
        true
    }

    fn number(&mut self) {
        let mut end = self.while_at(self.at, |c| c.is_ascii_digit() || c == '.');
        let rest = self.source.get(end..).unwrap_or_default();
        if rest.starts_with(['e', 'E', 'd', 'D']) {
            let sign = rest.get(1..).is_some_and(|rest| rest.starts_with(['+', '-']));
            let digits = end.saturating_add(if sign { 2 } else { 1 });
            if self.source.get(digits..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
                end = self.while_at(digits, |c| c.is_ascii_digit());
            }
        }
        let rest = self.source.get(end..).unwrap_or_default();
        // `1&` is a Long; `1 & "a"` has a blank before the operator, so the suffix is never an operator.
        let suffix = usize::from(rest.starts_with(['%', '&', '^', '!', '#', '@']));
        self.push(Kind::Number, end);
        self.at = end.saturating_add(suffix);
    }

    fn name(&mut self) {
        let mut end = self.until(self.at, |byte| !IN_NAMES.get(usize::from(byte)).is_some_and(|is| *is));
        if self.source.as_bytes().get(end).is_some_and(|byte| !byte.is_ascii()) {
            end = self.while_at(end, is_name_part);
        }
        let word = self.source.get(self.at..end).unwrap_or_default();
        if word.eq_ignore_ascii_case("rem") && self.at_statement_start() {
            self.comment();
            return;
        }
        self.push(Kind::Name, end);
        self.at = end.saturating_add(self.suffix(end));
    }

    /// A type suffix (3.3.5.3). `&` and `!` are operators when something follows at once.
    fn suffix(&self, at: usize) -> usize {
        if self.source.as_bytes().get(at).is_none_or(|byte| matches!(byte, b' ' | b'.' | b'(' | b')' | b',' | b'\r')) {
            return 0;
        }
        let mut rest = self.source.get(at..).unwrap_or_default().chars();
        let follows = |c: Option<char>| c.is_some_and(|c| is_name_part(c) || matches!(c, '"' | '['));
        match rest.next() {
            Some('$' | '%' | '@' | '#' | '^') => 1,
            Some('&' | '!') if !follows(rest.next()) => 1,
            _ => 0,
        }
    }

    fn at_statement_start(&self) -> bool {
        self.tokens.last().is_none_or(|last| {
            let text = self.source.get(last.start as usize..last.end() as usize).unwrap_or_default();
            last.kind() == Kind::End
                || text == ":"
                || text.eq_ignore_ascii_case("then")
                || text.eq_ignore_ascii_case("else")
        })
    }

    /// Whether a `.` here belongs to what stands before it.
    fn after_operand(&self) -> bool {
        let before = self.source.get(..self.at).and_then(|s| s.chars().next_back());
        before.is_some_and(|c| is_name_part(c) || matches!(c, ')' | ']'))
    }

    fn mark(&mut self, next: usize) {
        let two = matches!(
            self.source.as_bytes().get(self.at..).unwrap_or_default(),
            [b'<', b'=' | b'>', ..] | [b'>' | b':', b'=', ..]
        );
        self.push(Kind::Mark, if two { self.at.saturating_add(2) } else { next });
    }
}

/// ASCII that names are made of.
const IN_NAMES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    let mut rest: &mut [bool] = &mut table;
    while let Some((slot, after)) = rest.split_first_mut() {
        *slot = byte.is_ascii_alphanumeric() || byte == b'_';
        byte = byte.wrapping_add(1);
        rest = after;
    }
    table
};

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphanumeric()) || is_cjk_sign(c)
}

pub(super) fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || is_cjk_sign(c)
}

/// Signs that names of double-byte code pages may hold (3.3.5.1): `ー`, `々`, voiced marks, full-width forms.
const fn is_cjk_sign(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3099}'..='\u{309E}' | '\u{30FB}'..='\u{30FE}' | '\u{FF3F}' | '\u{FF65}'..='\u{FF9F}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn words(source: &str) -> Vec<String> {
        let budget = Budget::new(Limits::default(), |_| ());
        let (code, result) = Code::read(source, &[], &mut Names::default(), &budget);
        result.unwrap();
        (0..code.len()).filter(|at| code.kind(*at) != Kind::End).map(|at| code.text(at).to_owned()).collect()
    }

    #[test]
    fn comments_are_no_code() {
        assert_eq!(words("a ' Shell \"x\"\nRem Shell y\nb: Rem z\nRemark = 1"), ["a", "b", ":", "Remark", "=", "1"]);
        assert_eq!(words("' drags the next line in _\r\nShell \"cmd\"\r\nc"), ["c"]);
    }

    #[test]
    fn lines_continue() {
        assert_eq!(words("Shell _\r\n  \"a\"\r\nb_\r\nc _ d"), ["Shell", "\"a\"", "b_", "c", "_", "d"]);
    }

    #[test]
    fn suffixes_numbers_dates_and_foreign_names() {
        assert_eq!(words("x$ = y& & \"q\"\"\" & z&\"t\""), ["x", "=", "y", "&", "\"q\"\"\"", "&", "z", "&", "\"t\""]);
        assert_eq!(words("&H1F& 12.5E-3# .5 a.b"), ["&H1F", "12.5E-3", ".5", "a", ".", "b"]);
        assert_eq!(words("#1/2/2020# Open f As #1, #2"), ["#1/2/2020#", "Open", "f", "As", "#", "1", ",", "#", "2"]);
        assert_eq!(words("[Shell] rs!Field x := 1"), ["Shell", "rs", "!", "Field", "x", ":=", "1"]);
    }

    #[test]
    fn japanese_names_are_names() {
        assert_eq!(words("Sub 自動処理()\nCall サーバー"), ["Sub", "自動処理", "(", ")", "Call", "サーバー"]);
    }

    #[test]
    fn names_have_no_case_whatever_their_length() {
        let budget = Budget::new(Limits::default(), |_| ());
        let mut names = Names::default();
        let long = "L".repeat(300);
        // The sign for Kelvin is longer than the letter it stands for.
        let source = format!("Shell SHELL \u{212A}ill kill [\u{212A}] k {long} {}", long.to_lowercase());
        let (mut code, _) = Code::read(&source, &[], &mut names, &budget);
        code.share(&Rc::new(names));
        for at in [0, 2, 4, 6] {
            assert_eq!((code.symbol(at), code.name(at)), (code.symbol(at + 1), code.name(at + 1)));
            assert_eq!(code.name(at), code.text(at).to_lowercase());
        }
        assert!(code.is(0, "shell") && !code.is(2, "kill") && code.is(3, "kill") && !code.is(0, "shel"));
        assert_eq!(code.symbol(8), Symbol::EMPTY);
    }

    #[test]
    fn lines_and_parentheses() {
        let budget = Budget::new(Limits::default(), |_| ());
        let (code, _) = Code::read("a\r\nb (c(d))\r\n(", &[], &mut Names::default(), &budget);
        let open = (0..code.len()).find(|at| code.text(*at) == "(").unwrap();
        assert_eq!(code.text(code.pair(open).unwrap()), ")");
        assert_eq!((code.line(open), code.line_text(open)), (2, "b (c(d))"));
        assert_eq!(code.pair(code.len() - 2), None);
    }
}
