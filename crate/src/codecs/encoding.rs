//! Bytes in a code page: the encodings of the Encoding Standard (<https://encoding.spec.whatwg.org>).
//!
//! UTF-8, UTF-16, windows-1252 and ISO-8859-16, which WebKitGTK lacks, are decoded here. The tables of all others weigh
//! 350 KB, and every browser has them: on wasm32 its `TextDecoder` decodes, elsewhere `encoding_rs`, and both follow the
//! same standard.
//! `tests/encodings.json` holds the two together.

use std::borrow::Cow;

/// An encoding, by its name in the Encoding Standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Encoding(&'static str);

macro_rules! encodings {
    ($($constant:ident = $name:literal,)*) => {
        $(pub(crate) const $constant: Encoding = Encoding($name);)*
        /// Those that code pages, languages and byte order marks stand for.
        const NAMED: &[Encoding] = &[$($constant),*];
    };
}

encodings! {
    BIG5 = "Big5",
    EUC_JP = "EUC-JP",
    EUC_KR = "EUC-KR",
    GBK = "GBK",
    IBM866 = "IBM866",
    ISO_2022_JP = "ISO-2022-JP",
    ISO_8859_2 = "ISO-8859-2",
    ISO_8859_5 = "ISO-8859-5",
    KOI8_R = "KOI8-R",
    KOI8_U = "KOI8-U",
    MACINTOSH = "macintosh",
    SHIFT_JIS = "Shift_JIS",
    UTF_16BE = "UTF-16BE",
    UTF_16LE = "UTF-16LE",
    UTF_8 = "UTF-8",
    WINDOWS_1250 = "windows-1250",
    WINDOWS_1251 = "windows-1251",
    WINDOWS_1252 = "windows-1252",
    WINDOWS_1253 = "windows-1253",
    WINDOWS_1254 = "windows-1254",
    WINDOWS_1255 = "windows-1255",
    WINDOWS_1256 = "windows-1256",
    WINDOWS_1257 = "windows-1257",
    WINDOWS_1258 = "windows-1258",
    WINDOWS_874 = "windows-874",
    X_MAC_CYRILLIC = "x-mac-cyrillic",
}

const ISO_8859_16: Encoding = Encoding("ISO-8859-16");

/// Those that only the declaration of a document can name.
const DECLARED: &[Encoding] = &[
    Encoding("gb18030"),
    Encoding("ISO-8859-3"),
    Encoding("ISO-8859-4"),
    Encoding("ISO-8859-6"),
    Encoding("ISO-8859-7"),
    Encoding("ISO-8859-8"),
    Encoding("ISO-8859-8-I"),
    Encoding("ISO-8859-10"),
    Encoding("ISO-8859-13"),
    Encoding("ISO-8859-14"),
    Encoding("ISO-8859-15"),
    ISO_8859_16,
    Encoding("x-user-defined"),
];

/// A text in windows-1252; what it lacks becomes a question mark, as Windows writes it.
pub(crate) fn encode_windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| (0..=u8::MAX).find(|byte| cp1252(*byte) == c).unwrap_or(b'?')).collect()
}

/// A text in Shift_JIS, as Windows writes it (code page 932); `None` where it has a character that Shift_JIS lacks. The
/// table is the decoder's, turned round: nobody encodes often enough to download another one.
pub(crate) fn encode_shift_jis(text: &str) -> Option<Vec<u8>> {
    if text.is_ascii() {
        return Some(text.as_bytes().to_vec());
    }
    let lead = (0x81..=0x9F_u8).chain(0xE0..=0xFC);
    // Of the characters that have two places, Windows leaves those in rows ED and EE unused.
    let pairs = lead
        .filter(|lead| !matches!(lead, 0xED | 0xEE))
        .flat_map(|lead| (0x40..=0x7E_u8).chain(0x80..=0xFC).map(move |trail| vec![lead, trail]));
    let codes: Vec<Vec<u8>> = (0xA1..=0xDF_u8).map(|single| vec![single]).chain(pairs).collect();
    let table = SHIFT_JIS.decode(&codes.join(&b'\n')).into_owned();
    let mut bytes = Vec::new();
    for character in text.chars() {
        if character.is_ascii() {
            bytes.push(u8::try_from(character).ok()?);
            continue;
        }
        let mut one = [0; 4];
        let one = &*character.encode_utf8(&mut one);
        let (code, _) = codes.iter().zip(table.split('\n')).find(|(_, line)| *line == one)?;
        bytes.extend(code);
    }
    Some(bytes)
}

/// What windows-1252 has at 0x80 to 0x9F; above, it is Latin-1.
const CP1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

/// What ISO-8859-16 has from 0xA0 on.
const LATIN10: [char; 96] = [
    '\u{A0}', 'Ą', 'ą', 'Ł', '€', '„', 'Š', '§', 'š', '©', 'Ș', '«', 'Ź', '\u{AD}', 'ź', 'Ż', '°', '±', 'Č', 'ł', 'Ž',
    '”', '¶', '·', 'ž', 'č', 'ș', '»', 'Œ', 'œ', 'Ÿ', 'ż', 'À', 'Á', 'Â', 'Ă', 'Ä', 'Ć', 'Æ', 'Ç', 'È', 'É', 'Ê', 'Ë',
    'Ì', 'Í', 'Î', 'Ï', 'Đ', 'Ń', 'Ò', 'Ó', 'Ô', 'Ő', 'Ö', 'Ś', 'Ű', 'Ù', 'Ú', 'Û', 'Ü', 'Ę', 'Ț', 'ß', 'à', 'á', 'â',
    'ă', 'ä', 'ć', 'æ', 'ç', 'è', 'é', 'ê', 'ë', 'ì', 'í', 'î', 'ï', 'đ', 'ń', 'ò', 'ó', 'ô', 'ő', 'ö', 'ś', 'ű', 'ù',
    'ú', 'û', 'ü', 'ę', 'ț', 'ÿ',
];

impl Encoding {
    /// The encoding of a Windows or Macintosh code page; Western where there is none.
    pub(crate) const fn of_code_page(code_page: u16) -> Self {
        match code_page {
            874 => WINDOWS_874,
            932 | 10001 => SHIFT_JIS,
            936 | 10008 | 54936 => GBK,
            949 | 10003 | 1361 => EUC_KR,
            950 | 10002 => BIG5,
            866 => IBM866,
            1250 => WINDOWS_1250,
            1251 => WINDOWS_1251,
            1253 | 10006 => WINDOWS_1253,
            1254 => WINDOWS_1254,
            1255 | 10005 => WINDOWS_1255,
            1256 | 10004 => WINDOWS_1256,
            1257 => WINDOWS_1257,
            1258 => WINDOWS_1258,
            // Turkish, Icelandic, Romanian and Central European Macintosh differ from this in a few letters.
            10000 | 10010 | 10029 | 10079 | 10081 => MACINTOSH,
            10007 | 10017 => X_MAC_CYRILLIC,
            20866 => KOI8_R,
            21866 => KOI8_U,
            20932 | 51932 => EUC_JP,
            50220..=50222 => ISO_2022_JP,
            28592 => ISO_8859_2,
            28595 => ISO_8859_5,
            65001 => UTF_8,
            _ => WINDOWS_1252,
        }
    }

    /// The encoding that a document declares by one of the standard's labels.
    pub(crate) fn for_label(label: &[u8]) -> Option<Self> {
        let label = std::str::from_utf8(label).ok()?;
        let name = tables::name(label).unwrap_or_else(|| label.trim_ascii().to_owned());
        NAMED.iter().chain(DECLARED).copied().find(|encoding| encoding.0.eq_ignore_ascii_case(&name))
    }

    /// The encoding of a byte order mark, and the bytes of the mark.
    pub(crate) const fn for_bom(bytes: &[u8]) -> Option<(Self, usize)> {
        match bytes {
            [0xEF, 0xBB, 0xBF, ..] => Some((UTF_8, 3)),
            [0xFF, 0xFE, ..] => Some((UTF_16LE, 2)),
            [0xFE, 0xFF, ..] => Some((UTF_16BE, 2)),
            _ => None,
        }
    }

    /// The text; what the encoding does not allow becomes U+FFFD. A byte order mark is a character like any other.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        if let Some(text) = self.plain(bytes) {
            return text.into();
        }
        match self {
            UTF_8 => String::from_utf8_lossy(bytes),
            UTF_16LE | UTF_16BE => self.utf16(bytes, true).unwrap_or_default().into(),
            WINDOWS_1252 => bytes.iter().map(|byte| cp1252(*byte)).collect::<String>().into(),
            ISO_8859_16 => bytes.iter().map(|byte| latin10(*byte)).collect::<String>().into(),
            Self(name) => match tables::decode(name, bytes, false) {
                Some(text) => text.into(),
                // A browser that lacks an encoding still shows all that is ASCII.
                None => String::from_utf8_lossy(bytes),
            },
        }
    }

    /// The bytes of a text, for tests.
    #[cfg(test)]
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        encoding_rs::Encoding::for_label(self.0.as_bytes()).unwrap().encode(text).0.into_owned()
    }

    /// The text, if the encoding allows every byte.
    pub(crate) fn decode_strictly(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        if let Some(text) = self.plain(bytes) {
            return Some(text.into());
        }
        match self {
            UTF_8 => std::str::from_utf8(bytes).ok().map(Cow::from),
            UTF_16LE | UTF_16BE => self.utf16(bytes, false).map(Cow::from),
            WINDOWS_1252 | ISO_8859_16 => Some(self.decode(bytes)),
            Self(name) => tables::decode(name, bytes, true).map(Cow::from),
        }
    }

    /// ASCII is the same in every encoding, those with wide units and with escapes aside.
    fn plain(self, bytes: &[u8]) -> Option<&str> {
        let is_plain = match self {
            UTF_16LE | UTF_16BE => bytes.is_empty(),
            ISO_2022_JP => bytes.iter().all(|byte| byte.is_ascii() && !matches!(byte, 0x0E | 0x0F | 0x1B)),
            _ => bytes.is_ascii(),
        };
        std::str::from_utf8(bytes).ok().filter(|_| is_plain)
    }

    fn utf16(self, bytes: &[u8], lenient: bool) -> Option<String> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let unit = if self == UTF_16LE { u16::from_le_bytes } else { u16::from_be_bytes };
        let mut text = String::with_capacity(bytes.len());
        for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
            match character {
                Ok(character) => text.push(character),
                Err(_) if lenient => text.push(char::REPLACEMENT_CHARACTER),
                Err(_) => return None,
            }
        }
        match rest {
            [] => {}
            // A half unit behind a half pair is one error with it.
            _ if lenient && ends_in_half_pair(pairs, unit) => {}
            _ if lenient => text.push(char::REPLACEMENT_CHARACTER),
            _ => return None,
        }
        Some(text)
    }
}

fn ends_in_half_pair(pairs: &[[u8; 2]], unit: fn([u8; 2]) -> u16) -> bool {
    pairs.last().is_some_and(|pair| (0xD800..0xDC00).contains(&unit(*pair)))
}

/// The character of one byte of windows-1252.
pub(crate) fn cp1252(byte: u8) -> char {
    match byte {
        0x80..=0x9F => CP1252.get(usize::from(byte & 0x1F)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    }
}

/// The character of one byte of ISO-8859-16.
fn latin10(byte: u8) -> char {
    byte.checked_sub(0xA0).and_then(|at| LATIN10.get(usize::from(at)).copied()).unwrap_or(char::from(byte))
}

/// The tables of the browser.
#[cfg(target_arch = "wasm32")]
use crate::wasm::encodings as tables;

/// Our own tables.
#[cfg(not(target_arch = "wasm32"))]
mod tables {
    use encoding_rs::Encoding;

    /// The name of the encoding with this label, in any case.
    pub(super) fn name(label: &str) -> Option<String> {
        Encoding::for_label_no_replacement(label.as_bytes()).map(|encoding| encoding.name().to_owned())
    }

    /// The text of bytes in the encoding of this name; nothing if it must be strictly right and is not.
    pub(super) fn decode(name: &str, bytes: &[u8], strictly: bool) -> Option<String> {
        let encoding = Encoding::for_label_no_replacement(name.as_bytes())?;
        let (text, damaged) = encoding.decode_without_bom_handling(bytes);
        (!strictly || !damaged).then(|| text.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shift_jis_is_written_as_windows_writes_it() {
        for text in ["秘密2026", "ﾊﾟｽﾜｰﾄﾞ", "①№∵￢纊"] {
            assert_eq!(encode_shift_jis(text), Some(SHIFT_JIS.encode(text)), "{text}");
        }
        assert_eq!(encode_shift_jis("é"), None);
        assert_eq!(encode_windows_1252("aé€あ"), b"a\xE9\x80?");
    }

    /// `[name, bytes in hex, text, whether every byte is allowed]`. Two things that Chromium 156 does otherwise are not
    /// in it: four signs of Big5 with two characters each, and an escape of ISO-2022-JP that is cut in the middle.
    type Case = (String, String, String, bool);

    fn table() -> Vec<Case> {
        serde_json::from_str(include_str!("../../../tests/encodings.json")).unwrap()
    }

    fn hex(digits: &str) -> Vec<u8> {
        digits
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn the_table_that_browsers_are_held_to() {
        let cases = table();
        for encoding in NAMED.iter().chain(DECLARED) {
            assert!(cases.iter().any(|(name, ..)| name == encoding.0), "{encoding:?} is not in the table");
        }
        for (name, bytes, text, allowed) in cases {
            let encoding = Encoding::for_label(name.as_bytes()).unwrap();
            assert_eq!(encoding.0, name);
            let bytes = hex(&bytes);
            assert_eq!(encoding.decode(&bytes), text, "{name} {bytes:x?}");
            assert_eq!(encoding.decode_strictly(&bytes).as_deref(), allowed.then_some(&*text), "{name} {bytes:x?}");
        }
    }

    #[test]
    fn what_is_decoded_here_is_what_the_standard_says() {
        let mut bytes = vec![0, 0];
        for encoding in [UTF_8, UTF_16LE, UTF_16BE, WINDOWS_1252, ISO_8859_16, ISO_2022_JP] {
            for value in 0..=u16::MAX {
                for tail in [&b""[..], b"A", b"\xDC", b"\xDC\x00", b"\x00\xDC", b"\xD8\xD8\xD8"] {
                    bytes.truncate(0);
                    bytes.extend(value.to_be_bytes());
                    bytes.extend(tail);
                    let text = tables::decode(encoding.0, &bytes, false).unwrap();
                    assert_eq!(encoding.decode(&bytes), text, "{encoding:?} {bytes:x?}");
                    let strict = tables::decode(encoding.0, &bytes, true);
                    assert_eq!(
                        encoding.decode_strictly(&bytes).as_deref(),
                        strict.as_deref(),
                        "{encoding:?} {bytes:x?}"
                    );
                }
            }
        }
    }

    #[test]
    fn labels_and_marks() {
        for (label, encoding) in [
            (" Shift-JIS\n", SHIFT_JIS),
            ("LATIN1", WINDOWS_1252),
            ("x-sjis", SHIFT_JIS),
            ("utf-8", UTF_8),
            ("iso-8859-16 ", ISO_8859_16),
        ] {
            assert_eq!(Encoding::for_label(label.as_bytes()), Some(encoding));
        }
        for label in ["", "ebcdic", "hz-gb-2312", "utf-7", "replacement"] {
            assert_eq!(Encoding::for_label(label.as_bytes()), None, "{label}");
        }
        assert_eq!(Encoding::for_bom(b"\xEF\xBB\xBFa"), Some((UTF_8, 3)));
        assert_eq!(Encoding::for_bom(b"\xFF"), None);
        assert_eq!(UTF_8.decode(b"\xEF\xBB\xBFa"), "\u{FEFF}a");
    }
}
