//! Scripts of Windows that its Script Encoder made unreadable (`.jse`, `.vbe`, `JScript.Encode`, `VBScript.Encode`).
//!
//! A block is `#@~^`, a length, the text, a sum, `^#~@`; both numbers are eight letters of base64. Every letter of ASCII
//! stands for another one by one of three tables, which its position picks; `@` and a mark stand for what pages and
//! lines end with. Around blocks there may be anything. Attackers hide commands behind it from whoever only searches.

use std::borrow::Cow;

use crate::codecs::base64;

/// How a block starts and ends.
const START: &str = "#@~^";
const END: &str = "^#~@";
/// Letters of a number.
const NUMBER: usize = 8;
/// What the letters from the blank to 7F stand for, by the table that is picked.
const TABLES: [&[u8; 96]; 3] = [
    b".GzVBj/&IA42[vrC89pEhqO\tbD#u<~>^@wJa]\"KoN;LPg*}tT+-,0nkf5%!dMRc?{x)(sY3\x7FmUS|:_eFX1ilZH'\\=$y7`Q 6",
    b"-uR`q^I\\b})6 |z\x7Fkc3+hQfv1dTC<:>~@E,*t'7DyY/o&rj9{?8wgSG4x]0#Z[lHUpi.L!$NP\tVs5aKX;W\"mM%(FJ2A=_OBe",
    b"20!)[83=X:5e9\\VsfNEkbYx^}Jmq<`>S@B'Hru17MR\"TjGd- \x7F.L]~loytC&v%$+(#A4\t*D?w;UiacPgQIOFh|6pnz/_KZ,W",
];
/// What a tab stands for.
const TAB: [u8; 3] = *b"Wn{";
/// Which table is picked, over and over.
const PICKED: &[u8; 64] = b"0120121221210212021200122102122100212120200120210212001220012021";

/// A script, decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// A block has no end, or is not as long as it says, or its sum is another one.
    pub(crate) is_damaged: bool,
}

/// Decodes the blocks of a script; `None` where it has none.
pub(crate) fn decode(script: &str) -> Option<Decoded> {
    script.contains(START).then(|| {
        let mut decoded = Decoded { text: String::with_capacity(script.len()), is_damaged: false };
        let mut rest = script;
        while let Some((before, block)) = rest.split_once(START) {
            decoded.text.push_str(before);
            rest = decoded.block(block);
        }
        decoded.text.push_str(rest);
        decoded
    })
}

/// A script with its blocks decoded.
pub(crate) fn plain(script: &str) -> Cow<'_, str> {
    decode(script).map_or(Cow::Borrowed(script), |decoded| Cow::Owned(decoded.text))
}

impl Decoded {
    /// Decodes a block from behind its start, and gives what follows it.
    fn block<'s>(&mut self, text: &'s str) -> &'s str {
        let length = number(text);
        let body = length.and_then(|_| text.get(NUMBER..)).unwrap_or(text);
        let (mut letters, mut from) = (0_usize, 0);
        let end = body.match_indices(END).find_map(|(mark, _)| {
            let at = mark.checked_sub(NUMBER)?;
            letters = letters.saturating_add(body.get(from..at)?.chars().count());
            from = at;
            let sum = number(body.get(at..)?)?;
            let rest = body.get(mark.saturating_add(END.len())..)?;
            let fits = length.and_then(|length| usize::try_from(length).ok()) == Some(letters);
            // The last letter of what looks like an end may stand for something with the next one.
            (fits || !rest.starts_with(['&', '#', '!', '*', '$'])).then_some((at, sum, fits, rest))
        });
        let Some((at, sum, fits, rest)) = end else {
            self.is_damaged = true;
            self.letters(body);
            return "";
        };
        let coded = body.get(..at).unwrap_or_default();
        let found = self.letters(coded);
        // Of other letters the length and the sum count bytes in a code page that is not told.
        self.is_damaged |= coded.is_ascii() && !(fits && sum == found);
        rest
    }

    /// Decodes letters and gives their sum.
    fn letters(&mut self, coded: &str) -> u32 {
        let mut sum = 0_u32;
        let mut picked = PICKED.iter().cycle().map(|table| usize::from(table & 3));
        let mut letters = coded.chars().peekable();
        while let Some(letter) = letters.next() {
            let table = if letter.is_ascii() { picked.next().unwrap_or_default() } else { 0 };
            let stands_for = |at: usize| TABLES.get(table).and_then(|table| table.get(at)).copied().map(char::from);
            let plain = match letter {
                '@' => {
                    let marks = [('&', '\n'), ('#', '\r'), ('!', '<'), ('*', '>'), ('$', '@')];
                    let mark = marks.into_iter().find(|(mark, _)| letters.next_if_eq(mark).is_some());
                    self.is_damaged |= mark.is_none();
                    mark.map(|(_, plain)| plain)
                }
                '\t' => TAB.get(table).copied().map(char::from),
                letter => usize::try_from(u32::from(letter)).ok().and_then(|at| stands_for(at.checked_sub(32)?)),
            };
            let plain = plain.unwrap_or(letter);
            sum = sum.wrapping_add(u32::from(plain));
            self.text.push(plain);
        }
        sum
    }
}

/// A number in eight letters of base64, the last two of which say nothing.
fn number(text: &str) -> Option<u32> {
    let letters = text.get(..NUMBER).filter(|letters| letters.ends_with("=="))?;
    let bytes = base64::decode(letters.as_bytes(), 4);
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Encodes a text of ASCII, as the encoder would.
    pub(crate) fn encoded(plain: &str) -> String {
        let number = |n: u32| {
            let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            let bits = u64::from(u32::from_be_bytes(n.to_le_bytes())) << 4;
            let digits: String = (0..6).map(|at| char::from(letters[(bits >> (30 - 6 * at)) as usize & 63])).collect();
            digits + "=="
        };
        let mut coded = String::new();
        for (at, letter) in plain.bytes().enumerate() {
            let table = usize::from(PICKED[at % 64] & 3);
            match b"\n\r<>@".iter().position(|mark| *mark == letter) {
                Some(mark) => coded.extend(['@', char::from(b"&#!*$"[mark])]),
                None if letter == TAB[table] => coded.push('\t'),
                None => {
                    let found = TABLES[table].iter().position(|plain| *plain == letter);
                    coded.push(found.map_or(char::from(letter), |found| char::from(found as u8 + 32)));
                }
            }
        }
        let sum = plain.bytes().map(u32::from).sum();
        format!("{START}{}{coded}{}{END}", number(coded.len() as u32), number(sum))
    }

    #[test]
    fn what_the_encoder_of_windows_made_is_read() {
        // As documentation of decoders gives it.
        let script = "#@~^DgAAAA==\\ko$K6,JC\x7FV^GJqAQAAA==^#~@";
        assert_eq!(decode(script), Some(Decoded { text: "MsgBox \"Hello\"".into(), is_damaged: false }));
    }

    #[test]
    fn blocks_are_decoded_wherever_they_stand() {
        let all: String = (32..127).map(char::from).chain("\t\r\n<>@ twice\r\n".chars()).collect();
        let two = format!("// a\r\n{}\r\nplain();{}// b", encoded(&all), encoded(&all.repeat(3)));
        let expected = format!("// a\r\n{all}\r\nplain();{}// b", all.repeat(3));
        assert_eq!(decode(&two), Some(Decoded { text: expected, is_damaged: false }));
        assert_eq!(decode("x = '#@~'"), None);
        assert!(matches!(plain("x"), Cow::Borrowed("x")));
    }

    #[test]
    fn damage_is_told_and_the_rest_read() {
        let script = encoded("WScript.Echo('a' + \"b\");\n// and so on");
        let text = "WScript.Echo('a' + \"b\");\n// and so on";
        for damaged in [
            // Another length, another sum, no end, no length.
            script.replacen("==", "==\x01", 1).replacen("==\x01", "==", 0),
            script.replacen('A', "B", 1),
            script.replace("==^#~@", "=^#~@"),
            script.replace("^#~@", ""),
            script.replacen("==", "", 1),
        ] {
            let found = decode(&damaged).unwrap();
            assert!(found.is_damaged, "{damaged}: {found:?}");
        }
        let found = decode(&script.replace("^#~@", "")).unwrap();
        assert!(found.text.starts_with(text), "{found:?}");
        // What looks like an end inside is none.
        let inner = decode(&format!("{START}DQAAAA==AAAAAA==^#~@&AAAAAA==^#~@ x")).unwrap();
        assert!(inner.is_damaged && inner.text.ends_with(" x") && !inner.text.contains('&'), "{inner:?}");
    }

    #[test]
    fn letters_of_other_scripts_stay_as_they_are() {
        let script = encoded("x = 'ab'").replacen("==", "==あ", 1);
        let found = decode(&script).unwrap();
        assert_eq!(found, Decoded { text: "あx = 'ab'".into(), is_damaged: false });
    }

    #[test]
    fn many_starts_cost_little() {
        let text = format!("{START}////Pw==").repeat(20_000);
        assert!(decode(&text).unwrap().is_damaged);
        let text = format!("{START}////Pw==xAAAAAA==^#~@").repeat(20_000);
        assert!(decode(&text).unwrap().is_damaged);
    }
}
