//! The bytes of an RTF file as tokens (RTF 1.9.1, "Basic Entities"), one after the other and each byte once.
//!
//! As Word reads them: a control word and its number together have at most 253 characters, and what follows is text; the
//! two characters behind `\'` belong to it whatever they are; a negative length of `\bin` is none.

use std::rc::Rc;

use crate::budget::Budget;
use crate::error::Result;
use crate::source::Source;

/// Longest control word with its number.
const LONGEST: usize = 253;
/// Longest control word that means something.
const NAME: usize = 32;
/// Bytes read at once.
const CHUNK: usize = 1 << 16;
/// Bytes that count as one step: most tokens are one byte.
const STEP: u64 = 16;

/// A control word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    name: [u8; NAME],
    length: usize,
    pub(super) number: Option<i64>,
}

impl Word {
    /// Its letters; those of a word that means nothing are cut.
    pub(super) fn name(&self) -> &[u8] {
        self.name.get(..self.length).unwrap_or(&self.name)
    }

    /// The number as an unsigned one, where it is.
    pub(super) fn index(&self) -> u32 {
        self.number.and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Token {
    Open,
    Close,
    Word(Word),
    /// `\` and one character.
    Symbol(u8),
    /// `\'hh`; `None` if these are no hex digits.
    Hex(Option<u8>),
    /// `\bin`: so many bytes follow that are no tokens.
    Binary(u64),
    Byte(u8),
}

/// Reads tokens.
pub(super) struct Tokens {
    source: Source,
    budget: Rc<Budget>,
    chunk: Vec<u8>,
    /// Next byte in the chunk.
    next: usize,
    /// Where the chunk starts in the file.
    start: u64,
}

impl Tokens {
    pub(super) fn new(source: &Source, budget: &Rc<Budget>) -> Self {
        Self { source: source.clone(), budget: Rc::clone(budget), chunk: Vec::new(), next: 0, start: 0 }
    }

    /// Offset of the next byte.
    pub(super) fn position(&self) -> u64 {
        self.start.saturating_add(self.next as u64)
    }

    fn peek(&mut self) -> Result<Option<u8>> {
        if self.next >= self.chunk.len() {
            self.start = self.position();
            self.chunk = self.source.peek(self.start, CHUNK)?;
            self.next = 0;
            let read = self.chunk.len() as u64;
            self.budget.steps(read.div_ceil(STEP))?;
        }
        Ok(self.chunk.get(self.next).copied())
    }

    fn take(&mut self) -> Result<Option<u8>> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.next = self.next.saturating_add(1);
        }
        Ok(byte)
    }

    /// The next token; `None` at the end.
    pub(super) fn token(&mut self) -> Result<Option<Token>> {
        Ok(match self.take()? {
            None => None,
            Some(b'{') => Some(Token::Open),
            Some(b'}') => Some(Token::Close),
            Some(b'\\') => self.control()?,
            Some(byte) => Some(Token::Byte(byte)),
        })
    }

    fn control(&mut self) -> Result<Option<Token>> {
        match self.peek()? {
            None => Ok(None),
            Some(letter) if letter.is_ascii_alphabetic() => self.word().map(Some),
            Some(b'\'') => {
                self.take()?;
                let [high, low] = [self.take()?, self.take()?].map(|byte| byte.and_then(nibble));
                Ok(Some(Token::Hex(high.zip(low).map(|(high, low)| (high << 4) | low))))
            }
            Some(symbol) => {
                self.take()?;
                Ok(Some(Token::Symbol(symbol)))
            }
        }
    }

    fn word(&mut self) -> Result<Token> {
        let mut word = Word { name: [0; NAME], length: 0, number: None };
        let mut read = 0_usize;
        while read < LONGEST
            && let Some(letter) = self.peek()?.filter(u8::is_ascii_alphabetic)
        {
            self.take()?;
            read = read.saturating_add(1);
            if let Some(place) = word.name.get_mut(word.length) {
                *place = letter;
                word.length = word.length.saturating_add(1);
            }
        }
        let negative = read < LONGEST && self.peek()? == Some(b'-');
        if negative {
            self.take()?;
            read = read.saturating_add(1);
        }
        while read < LONGEST
            && let Some(digit) = self.peek()?.filter(u8::is_ascii_digit)
        {
            self.take()?;
            read = read.saturating_add(1);
            let digit = i64::from(digit.saturating_sub(b'0'));
            word.number = Some(word.number.unwrap_or(0).saturating_mul(10).saturating_add(digit));
        }
        if negative {
            word.number = word.number.map(i64::saturating_neg);
        }
        // One blank ends the word and belongs to it.
        if self.peek()? == Some(b' ') {
            self.take()?;
        }
        if word.name() == b"bin" {
            return Ok(Token::Binary(word.number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0)));
        }
        Ok(Token::Word(word))
    }

    /// Gives the next `count` bytes, as far as there are any, in pieces.
    pub(super) fn bytes(&mut self, count: u64, mut to: impl FnMut(&[u8])) -> Result<()> {
        let mut left = count;
        while left > 0 && self.peek()?.is_some() {
            let rest = self.chunk.get(self.next..).unwrap_or_default();
            let piece = rest.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(rest);
            to(piece);
            left = left.saturating_sub(piece.len() as u64);
            self.next = self.next.saturating_add(piece.len());
        }
        Ok(())
    }

    /// Passes over `count` bytes without reading them.
    pub(super) fn skip(&mut self, count: u64) {
        self.start = self.position().saturating_add(count);
        self.chunk.clear();
        self.next = 0;
    }

    /// Bytes that are left.
    pub(super) fn left(&self) -> u64 {
        self.source.len().saturating_sub(self.position())
    }
}

/// The value of a hex digit.
pub(super) const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.saturating_sub(b'0')),
        b'a'..=b'f' => Some(digit.saturating_sub(b'a').saturating_add(10)),
        b'A'..=b'F' => Some(digit.saturating_sub(b'A').saturating_add(10)),
        _ => None,
    }
}
