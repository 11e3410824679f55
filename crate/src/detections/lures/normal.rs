//! One spelling for what people read as the same words.

use crate::finding::is_invisible;

/// Text in lower case, without blanks, invisible characters, quotation marks and accents; full width and half width as
/// the other is usual.
pub(super) struct Normal {
    text: String,
    /// Where in the original every [`STEP`]th byte of `text` stood.
    marks: Vec<usize>,
}

const STEP: usize = 32;

impl Normal {
    pub(super) fn of(original: &str) -> Self {
        let mut normal = Self { text: String::with_capacity(original.len()), marks: Vec::new() };
        for (at, c) in original.char_indices() {
            if normal.text.len() >= normal.marks.len().saturating_mul(STEP) {
                normal.marks.push(at);
            }
            if c.is_ascii() {
                if !c.is_ascii_control() && !matches!(c, ' ' | '"' | '\'' | '`' | '[' | ']' | '(' | ')') {
                    normal.text.push(c.to_ascii_lowercase());
                }
            } else {
                normal.push(c);
            }
        }
        normal
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The original from about a place in the normalised text on.
    pub(super) fn original<'t>(&self, original: &'t str, at: usize) -> &'t str {
        let from = self.marks.get(at / STEP).copied().unwrap_or_default();
        original.get(from..).unwrap_or_default()
    }

    fn push(&mut self, c: char) {
        let c = match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c).saturating_sub(0xFEE0)).unwrap_or(c),
            '\u{FF66}'..='\u{FF9D}' => {
                let at = usize::try_from(u32::from(c).saturating_sub(0xFF66)).unwrap_or_default();
                KATAKANA.chars().nth(at).unwrap_or(c)
            }
            '\u{FF9E}' | '\u{3099}' => return self.voice(1),
            '\u{FF9F}' | '\u{309A}' => return self.voice(2),
            c => c,
        };
        if matches!(c, '「'..='』' | '【' | '】' | '«' | '»' | '‘'..='‟' | '‹' | '›' | '\u{300}'..='\u{36F}')
            || c.is_whitespace()
            || is_invisible(c)
        {
            return;
        }
        for c in c.to_lowercase() {
            match c {
                'ß' => self.text.push_str("ss"),
                'œ' => self.text.push_str("oe"),
                'ё' => self.text.push('е'),
                '\u{300}'..='\u{36F}' | '"' | '\'' => {}
                '\u{C0}'..='\u{17F}' => {
                    let at = usize::try_from(u32::from(c).saturating_sub(0xC0)).unwrap_or_default();
                    let base = BASE.as_bytes().get(at).copied().filter(|base| *base != b'?');
                    self.text.push(base.map_or(c, char::from));
                }
                c => self.text.push(c),
            }
        }
    }

    /// Voices the last kana: か → が, は → ぱ.
    fn voice(&mut self, by: u32) {
        let Some(last) = self.text.pop() else { return };
        let voiced = match last {
            'う' | 'ウ' if by == 1 => u32::from(last).saturating_add(78),
            _ => u32::from(last).saturating_add(by),
        };
        self.text.push(char::from_u32(voiced).unwrap_or(last));
    }
}

/// U+FF66 to U+FF9D in full width.
const KATAKANA: &str =
    "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";

/// Letters of U+00C0 to U+017F without their accents; `?` has none.
const BASE: &str = "aaaaaa?ceeeeiiiidnooooo?ouuuuy??aaaaaa?ceeeeiiiidnooooo?ouuuuy?yaaaaaaccccccccddddeeeeeeeeeegggg\
    gggghhhhiiiiiiiiii??jjkk?llllllllllnnnnnn???oooooo??rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling() {
        for (text, expected) in [
            ("Enable\u{A0}Content", "enablecontent"),
            ("Ｅｎａｂｌｅ　「Content」", "enablecontent"),
            ("E\u{200B}N\u{AD}A\u{FEFF}BLE", "enable"),
            ("ｺﾝﾃﾝﾂ ﾊﾟﾌﾞ", "コンテンツパブ"),
            ("früher WŁĄCZ zawartość Édition", "fruherwlaczzawartoscedition"),
            ("e\u{301}dition", "edition"),
            ("защищён", "защищен"),
            ("Größe", "grosse"),
        ] {
            assert_eq!(Normal::of(text).text(), expected);
        }
        assert_eq!(BASE.len(), 0x17F - 0xC0 + 1);
        assert_eq!(KATAKANA.chars().count(), 0xFF9D - 0xFF66 + 1);
    }

    #[test]
    fn places_lead_back() {
        let text = format!("{}needle", "あ い\n".repeat(50));
        let normal = Normal::of(&text);
        let at = normal.text().find("needle").unwrap();
        let original = normal.original(&text, at);
        assert!(original.contains("needle") && original.len() < 80, "{original}");
        assert_eq!(normal.original("", 99), "");
    }
}
