//! The groups of an RTF file, in one pass.
//!
//! What is collected: the text of the page, fields with their instructions, paths that are opened with the document,
//! the bytes of objects, and how many fonts there are. A group costs a few bytes, so that twenty thousand braces are
//! nothing; groups deeper than [`DEPTH`] count as part of the one around them.
//!
//! Objects are hex digits, and Word takes whatever stands between them for nothing: blanks, letters, control words,
//! groups. Which of those groups it passes over together with their digits depends on words that attackers choose to
//! be misread, so where that is not certain the digits are kept both ways ([`Data::every`]).

mod collect;
mod digits;

pub(super) use digits::{Data, Hex};

use super::text::Decoder;
use super::tokens::{Token, Tokens, Word};
use super::words::{Destination, destination};
use crate::error::Result;
use crate::languages::fields::{BEGIN, END, SEPARATE};
use crate::languages::surroundings::Surroundings;

/// Groups inside each other that are told apart.
const DEPTH: usize = 1 << 16;
/// Braces that may be missing at the end of a whole file.
const FORGOTTEN: usize = 1;
/// Objects told apart; an honest document has a few hundred.
const OBJECTS: usize = 1 << 12;

/// What fields may refer to: longest value, and bookmarks that overlap.
const VALUE: usize = 4 << 10;
const OPEN_BOOKMARKS: usize = 16;
/// Stands between the groups of a document variable.
const BETWEEN: char = '\u{1}';

/// What an RTF file holds.
#[derive(Default)]
pub(super) struct Document {
    /// Number behind `\rt` or `\rtf`.
    pub(super) regular: bool,
    pub(super) fonts: u32,
    pub(super) objects: Vec<Object>,
    /// Bytes of objects, each with the object it stands in.
    pub(super) data: Vec<Data>,
    /// Paths with the kind of relationship and the control word.
    pub(super) paths: Vec<(&'static str, String)>,
    /// What fields may refer to.
    pub(super) around: Surroundings,
    /// Every field with what is inside it, between its marks ([MS-DOC] 2.8.25).
    pub(super) fields: Vec<String>,
    /// Whether something was left out because there was too much of it.
    pub(super) cut: bool,
    /// Whether groups stand deeper inside each other than are told apart.
    pub(super) deep: bool,
    /// Groups that were not closed.
    pub(super) open: usize,
    /// `\bin` that reaches behind the end of the file.
    pub(super) short: Option<u64>,
}

/// What control words say of an `\object`.
#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    /// `\objclass`.
    pub(super) class: String,
    /// `\objupdate`: brought up to date before it is shown, without a click.
    pub(super) updates: bool,
}

/// Where text goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    Page,
    Aside,
    Fonts,
    Instruction,
    Class,
    Path(&'static str),
    DrawingName,
    DrawingValue,
    Property(&'static str),
    Variable,
    BookmarkStart,
    BookmarkEnd,
    Data(usize),
}

#[derive(Clone, Copy)]
struct Group {
    to: To,
    /// Object data that this group may or may not belong to.
    around: Option<usize>,
    font: Option<u32>,
    /// Characters behind `\uN` that stand for it in old readers.
    substitutes: u8,
    /// Nothing but `\*` came since the brace.
    fresh: bool,
    star: bool,
    /// What ends together with the group.
    field: Field,
    object: bool,
    collects: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    No,
    /// `\field`, its instruction not met yet.
    Ready,
    Begun,
}

/// Takes text of the page as it comes.
pub(super) type Page<'a> = dyn FnMut(&str) + 'a;

pub(super) struct Reader<'a> {
    tokens: Tokens,
    page: &'a mut Page<'a>,
    document: Document,
    groups: Vec<Group>,
    current: Group,
    /// Groups deeper than [`DEPTH`].
    beyond: u64,
    /// Whether the last thing read closed a group.
    closed: bool,
    decoder: Decoder,
    /// Characters still to be passed over behind `\uN`.
    skip: u8,
    /// Font being defined.
    font: u32,
    /// Objects whose groups are open.
    open_objects: Vec<usize>,
    open_fields: usize,
    field: String,
    spent: usize,
    /// Text being collected, and the name of the property before it.
    collected: String,
    property: String,
    open_bookmarks: Vec<(String, String)>,
    /// Bytes of objects that may still be kept.
    room: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(tokens: Tokens, room: u64, page: &'a mut Page<'a>) -> Self {
        Self {
            tokens,
            page,
            document: Document::default(),
            groups: Vec::new(),
            current: Group {
                to: To::Page,
                around: None,
                font: None,
                substitutes: 1,
                fresh: false,
                star: false,
                field: Field::No,
                object: false,
                collects: false,
            },
            beyond: 0,
            closed: false,
            decoder: Decoder::new(),
            skip: 0,
            font: 0,
            open_objects: Vec::new(),
            open_fields: 0,
            field: String::new(),
            spent: 0,
            collected: String::new(),
            property: String::new(),
            open_bookmarks: Vec::new(),
            room,
        }
    }

    /// Reads to the end. What was read before an error is kept.
    pub(super) fn read(mut self) -> (Document, Result<()>) {
        let result = self.run();
        // Some programs forget the last brace: what ends in braces was not cut.
        let cut = !self.closed || self.groups.len() > FORGOTTEN;
        self.document.open = if cut { self.groups.len() } else { 0 };
        while !self.groups.is_empty() {
            self.close();
        }
        self.flush();
        self.finish_field();
        (self.document, result)
    }

    fn run(&mut self) -> Result<()> {
        while let Some(token) = self.tokens.token()? {
            if !matches!(token, Token::Byte(b'\r' | b'\n' | b' ' | 0)) {
                self.closed = matches!(token, Token::Close);
            }
            match token {
                Token::Open => self.open(),
                Token::Close => self.close(),
                Token::Word(word) => self.word(&word),
                Token::Symbol(symbol) => self.symbol(symbol),
                Token::Hex(byte) => self.escaped(byte),
                Token::Binary(count) => self.binary(count)?,
                Token::Byte(byte) => self.byte(byte),
            }
        }
        Ok(())
    }

    // ---- groups ----------------------------------------------------------------------------------------------------

    fn open(&mut self) {
        self.skip = 0;
        self.interrupt();
        if self.groups.len() >= DEPTH {
            self.beyond = self.beyond.saturating_add(1);
            self.document.deep = true;
            return;
        }
        self.groups.push(self.current);
        self.current =
            Group { fresh: true, star: false, field: Field::No, object: false, collects: false, ..self.current };
    }

    fn close(&mut self) {
        self.skip = 0;
        if self.beyond > 0 {
            self.beyond = self.beyond.saturating_sub(1);
            return;
        }
        let Some(outer) = self.groups.pop() else { return };
        if self.current.to == To::Variable && !self.current.collects {
            self.flush();
            self.collected.push(BETWEEN);
        }
        if outer.to != self.current.to || self.current.collects {
            self.flush();
        }
        if self.current.collects {
            self.finish_collecting(self.current.to);
        }
        if self.current.field == Field::Begun {
            self.mark(END);
            self.open_fields = self.open_fields.saturating_sub(1);
            if self.open_fields == 0 {
                self.finish_field();
            }
        }
        if self.current.object {
            self.open_objects.pop();
        }
        self.current = outer;
        self.decoder.use_font(self.current.font);
    }

    fn send(&mut self, to: To) {
        self.flush();
        if self.current.collects {
            self.finish_collecting(self.current.to);
            self.current.collects = false;
        }
        if let To::Data(index) = self.current.to {
            self.current.around = Some(index);
            self.keep_every(index);
        }
        self.current.to = to;
    }

    fn collect(&mut self, to: To) {
        self.send(to);
        self.collected.clear();
        self.current.collects = true;
    }

    // ---- control words ---------------------------------------------------------------------------------------------

    fn word(&mut self, word: &Word) {
        let name = word.name();
        self.interrupt();
        if self.skip > 0 {
            self.skip = self.skip.saturating_sub(1);
        }
        let Group { fresh, star, .. } = self.current;
        (self.current.fresh, self.current.star) = (false, false);
        if let Some(destination) = destination(name) {
            return self.destination(destination);
        }
        if fresh && star {
            return self.send(To::Aside);
        }
        if self.current.to == To::Fonts {
            match name {
                b"f" => {
                    self.font = word.index();
                    self.document.fonts = self.document.fonts.saturating_add(1);
                }
                b"fcharset" => self.decoder.font_charset(self.font, word.index()),
                b"cpg" => self.decoder.font_code_page(self.font, word.index()),
                _ => {}
            }
            return;
        }
        match name {
            b"f" => self.use_font(Some(word.index())),
            b"plain" => self.use_font(None),
            b"u" => {
                self.decoder.unit(word.number.unwrap_or(0));
                self.skip = self.current.substitutes;
            }
            b"uc" => self.current.substitutes = u8::try_from(word.index()).unwrap_or(u8::MAX),
            b"ansicpg" => self.decoder.code_page(word.index()),
            b"mac" => self.decoder.code_page(10000),
            b"rtf" => self.document.regular |= word.number.is_some(),
            b"objupdate" => {
                if let Some(object) = self.object() {
                    object.updates = true;
                }
            }
            b"par" | b"line" | b"sect" | b"page" | b"row" => self.decoder.character('\n'),
            b"tab" | b"cell" | b"nestcell" => self.decoder.character('\t'),
            b"lquote" => self.decoder.character('\u{2018}'),
            b"rquote" => self.decoder.character('\u{2019}'),
            b"ldblquote" => self.decoder.character('\u{201C}'),
            b"rdblquote" => self.decoder.character('\u{201D}'),
            b"emdash" => self.decoder.character('\u{2014}'),
            b"endash" => self.decoder.character('\u{2013}'),
            _ => {}
        }
    }

    fn destination(&mut self, destination: Destination) {
        match destination {
            Destination::Page => self.send(To::Page),
            Destination::Aside => self.send(To::Aside),
            Destination::Fonts => self.send(To::Fonts),
            Destination::ObjectClass => self.collect(To::Class),
            Destination::Path(kind) => self.collect(To::Path(kind)),
            Destination::Property(name) => self.collect(To::Property(name)),
            Destination::Variable => self.collect(To::Variable),
            Destination::BookmarkStart => self.collect(To::BookmarkStart),
            Destination::BookmarkEnd => self.collect(To::BookmarkEnd),
            Destination::DrawingName => self.collect(To::DrawingName),
            Destination::DrawingValue => self.collect(To::DrawingValue),
            Destination::Field => {
                self.send(To::Page);
                if self.current.field == Field::No {
                    self.current.field = Field::Ready;
                }
            }
            Destination::Instruction => {
                self.send(To::Instruction);
                self.begin_field();
            }
            Destination::Result => {
                self.send(To::Page);
                if self.open_fields > 0 {
                    self.mark(SEPARATE);
                }
            }
            Destination::Object => {
                self.send(To::Page);
                if self.document.objects.len() < OBJECTS {
                    self.open_objects.push(self.document.objects.len());
                    self.document.objects.push(Object::default());
                    self.current.object = true;
                } else {
                    self.document.cut = true;
                }
            }
            Destination::ObjectData => {
                self.send(To::Aside);
                if self.document.data.len() < OBJECTS {
                    self.current.to = To::Data(self.document.data.len());
                    self.document.data.push(Data {
                        object: self.open_objects.last().copied(),
                        at: self.tokens.position(),
                        bytes: Hex::default(),
                        every: None,
                        interruptions: 0,
                    });
                } else {
                    self.document.cut = true;
                }
            }
        }
    }

    /// A field begins with its instruction, and ends with the `\field` around it; instructions may come in several
    /// groups, and without any field around them.
    fn begin_field(&mut self) {
        let outer = self.groups.last_mut().filter(|group| group.field != Field::No);
        let group = outer.unwrap_or(&mut self.current);
        if group.field == Field::Begun {
            return;
        }
        group.field = Field::Begun;
        self.open_fields = self.open_fields.saturating_add(1);
        self.mark(BEGIN);
    }

    fn object(&mut self) -> Option<&mut Object> {
        let index = *self.open_objects.last()?;
        self.document.objects.get_mut(index)
    }

    fn use_font(&mut self, font: Option<u32>) {
        self.current.font = font;
        self.decoder.use_font(font);
    }

    // ---- text ------------------------------------------------------------------------------------------------------

    fn symbol(&mut self, symbol: u8) {
        if symbol == b'*' {
            self.current.star |= self.current.fresh;
            return;
        }
        self.interrupt();
        self.current.fresh = false;
        match symbol {
            b'\\' | b'{' | b'}' => self.text(symbol),
            b'~' => self.decoder.character('\u{A0}'),
            b'_' => self.text(b'-'),
            b'\r' | b'\n' => self.decoder.character('\n'),
            b'\t' => self.decoder.character('\t'),
            _ => {}
        }
    }

    fn escaped(&mut self, byte: Option<u8>) {
        self.current.fresh = false;
        if let To::Data(index) = self.current.to {
            self.interrupt();
            // Word drops the digit that waits for its other half.
            if self.document.data.get(index).is_some_and(|data| data.bytes.half.is_some()) {
                self.keep_every(index);
                if let Some(data) = self.document.data.get_mut(index) {
                    data.bytes.half = None;
                }
            }
            return;
        }
        if let Some(byte) = byte {
            self.text(byte);
        }
    }

    fn byte(&mut self, byte: u8) {
        match self.current.to {
            To::Data(index) => return self.digit(index, byte),
            _ if self.current.around.is_some() => self.uncertain_digit(byte),
            _ => {}
        }
        if !matches!(byte, b'\r' | b'\n' | 0) {
            self.current.fresh &= byte == b' ';
            self.text(byte);
        }
    }

    fn text(&mut self, byte: u8) {
        if matches!(self.current.to, To::Aside | To::Fonts | To::Data(_)) {
            return;
        }
        if self.skip > 0 {
            self.skip = self.skip.saturating_sub(1);
            return;
        }
        self.decoder.byte(byte);
        if self.decoder.is_full() {
            self.flush();
        }
    }
}
