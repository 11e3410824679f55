//! Text of an RTF file: bytes in the code page of their font, and `\uN` (RTF 1.9.1, "Unicode RTF", "Font Table").

use std::collections::BTreeMap;

use crate::codecs::encoding::{Encoding, WINDOWS_1252};

/// Fonts whose code page is remembered. Documents with more are attacks.
const FONTS: usize = 1 << 15;

/// Code pages of fonts, and bytes that wait to be decoded: a character may have two of them.
pub(super) struct Decoder {
    standard: Encoding,
    fonts: BTreeMap<u32, Encoding>,
    current: Encoding,
    waiting: Vec<u8>,
    /// First half of a character that `\uN` gives in two.
    high: Option<u16>,
    out: String,
}

/// Bytes decoded at once.
const WAITING: usize = 1 << 12;

impl Decoder {
    pub(super) fn new() -> Self {
        Self {
            standard: WINDOWS_1252,
            fonts: BTreeMap::new(),
            current: WINDOWS_1252,
            waiting: Vec::new(),
            high: None,
            out: String::new(),
        }
    }

    /// `\ansicpgN`.
    pub(super) fn code_page(&mut self, code_page: u32) {
        self.standard = u16::try_from(code_page).map_or(WINDOWS_1252, Encoding::of_code_page);
        self.current = self.standard;
    }

    /// `\cpgN` of a font.
    pub(super) fn font_code_page(&mut self, font: u32, code_page: u32) {
        self.define(font, u16::try_from(code_page).ok());
    }

    /// `\fcharsetN` of a font.
    pub(super) fn font_charset(&mut self, font: u32, charset: u32) {
        let code_page = match charset {
            77 => 10000,
            78 | 128 => 932,
            79 | 129 => 949,
            80 | 134 => 936,
            81 | 136 => 950,
            161 => 1253,
            162 => 1254,
            163 => 1258,
            177 => 1255,
            178 => 1256,
            186 => 1257,
            204 => 1251,
            222 => 874,
            238 => 1250,
            0 | 2 => 1252,
            _ => return,
        };
        self.define(font, Some(code_page));
    }

    fn define(&mut self, font: u32, code_page: Option<u16>) {
        if self.fonts.len() < FONTS
            && let Some(code_page) = code_page
        {
            self.fonts.insert(font, Encoding::of_code_page(code_page));
        }
    }

    /// Decodes what follows by this font.
    pub(super) fn use_font(&mut self, font: Option<u32>) {
        let wanted = font.and_then(|font| self.fonts.get(&font).copied()).unwrap_or(self.standard);
        if wanted != self.current {
            self.decode();
            self.current = wanted;
        }
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.high = None;
        self.waiting.push(byte);
        // A character is not cut in two: they have at most two bytes, and the second is never a line feed.
        let most = if byte.is_ascii_whitespace() { WAITING } else { 16 * WAITING };
        if self.waiting.len() >= most {
            self.decode();
        }
    }

    pub(super) fn character(&mut self, c: char) {
        self.decode();
        self.out.push(c);
    }

    /// `\uN`: a UTF-16 unit, written as a signed number.
    pub(super) fn unit(&mut self, number: i64) {
        self.decode();
        let unit = number.rem_euclid(0x1_0000);
        let Ok(unit) = u16::try_from(unit) else { return };
        let high = self.high.take();
        if (0xD800..0xDC00).contains(&unit) {
            self.high = Some(unit);
            return;
        }
        self.out.extend(char::decode_utf16(high.into_iter().chain([unit])).filter_map(Result::ok));
    }

    fn decode(&mut self) {
        if !self.waiting.is_empty() {
            self.out.push_str(&self.current.decode(&self.waiting));
            self.waiting.clear();
        }
    }

    /// What was decoded since the last call.
    pub(super) fn take(&mut self) -> String {
        self.decode();
        std::mem::take(&mut self.out)
    }

    /// Whether so much has come together that it should be taken.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len().saturating_add(self.out.len()) >= 4 * WAITING
    }
}
