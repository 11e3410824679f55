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

/// What becomes of each ASCII character; 0 is left out.
const ASCII: [u8; 128] = {
    let mut table = [0; 128];
    let mut c = b'!';
    while c < 127 {
        // Indexing by a counter below the length, at compile time.
        #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
        {
            table[c as usize] =
                if matches!(c, b'"' | b'\'' | b'`' | b'[' | b']' | b'(' | b')') { 0 } else { c.to_ascii_lowercase() };
            c += 1;
        }
    }
    table
};

impl Normal {
    pub(super) fn of(original: &str) -> Self {
        let mut normal = Self { text: String::new(), marks: Vec::new() };
        let mut kept = Vec::with_capacity(original.len());
        let mut at = 0_usize;
        while let Some(rest) = original.get(at..).filter(|rest| !rest.is_empty()) {
            // Runs of ASCII, which most text is, byte by byte.
            let run = rest.as_bytes().iter().take(STEP).take_while(|byte| byte.is_ascii()).count();
            if normal.marks.len().saturating_mul(STEP) <= kept.len() {
                normal.marks.push(at);
            }
            if run > 0 {
                let bytes = rest.as_bytes().iter().take(run);
                kept.extend(bytes.filter_map(|byte| ASCII.get(usize::from(*byte)).copied().filter(|byte| *byte != 0)));
                at = at.saturating_add(run);
                continue;
            }
            let Some(c) = rest.chars().next() else { break };
            push(&mut kept, c);
            at = at.saturating_add(c.len_utf8());
        }
        normal.text = String::from_utf8(kept).unwrap_or_default();
        normal
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The original from about a place in the normalised text on.
    pub(super) fn original<'t>(&self, original: &'t str, at: usize) -> &'t str {
        // A mark may stand a run behind its place.
        let from = self.marks.get((at / STEP).saturating_sub(1)).copied().unwrap_or_default();
        original.get(from..).unwrap_or_default()
    }
}

fn push(to: &mut Vec<u8>, c: char) {
    let c = match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c).saturating_sub(0xFEE0)).unwrap_or(c),
        '\u{FF66}'..='\u{FF9D}' => {
            let at = usize::try_from(u32::from(c).saturating_sub(0xFF66)).unwrap_or_default();
            KATAKANA.chars().nth(at).unwrap_or(c)
        }
        '\u{FF9E}' | '\u{3099}' => return voice(to, 1),
        '\u{FF9F}' | '\u{309A}' => return voice(to, 2),
        c => c,
    };
    if matches!(c, '「'..='』' | '【' | '】' | '«' | '»' | '‘'..='‟' | '‹' | '›' | '\u{300}'..='\u{36F}')
        || c.is_whitespace()
        || is_invisible(c)
    {
        return;
    }
    for c in c.to_lowercase() {
        let c = match c {
            'ß' => {
                to.extend(b"ss");
                continue;
            }
            'œ' => {
                to.extend(b"oe");
                continue;
            }
            '\u{300}'..='\u{36F}' => continue,
            'ё' => 'е',
            '\u{C0}'..='\u{17F}' => {
                let at = usize::try_from(u32::from(c).saturating_sub(0xC0)).unwrap_or_default();
                BASE.as_bytes().get(at).copied().filter(|base| *base != b'?').map_or(c, char::from)
            }
            c => c,
        };
        match ASCII.get(usize::try_from(u32::from(c)).unwrap_or(usize::MAX)) {
            Some(0) => {}
            Some(byte) => to.push(*byte),
            None => to.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Voices the last kana: か → が, は → ぱ.
fn voice(to: &mut Vec<u8>, by: u32) {
    // Kana have three bytes.
    let start = to.len().saturating_sub(3);
    let last = to.get(start..).and_then(|bytes| std::str::from_utf8(bytes).ok()).and_then(|text| text.chars().next());
    let voiced = match last {
        Some(last @ ('う' | 'ウ')) if by == 1 => u32::from(last).saturating_add(78),
        Some(last @ '\u{3041}'..='\u{30FE}') => u32::from(last).saturating_add(by),
        _ => return,
    };
    if let Some(c) = char::from_u32(voiced) {
        to.truncate(start);
        to.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
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
        assert!(original.contains("needle") && original.len() < 200, "{original}");
        assert_eq!(normal.original("", 99), "");
    }
}
