//! Plain text, and what depends on telling text from bytes.
//!
//! Text starts nothing: the program that opens it shows it. What makes text dangerous on Windows is its name, so the
//! scripts have their own rows (`scripts.rs`) and come first. What is text at the front and bytes at the end is not
//! text: archives are read from their end, and a few lines in front are a cheap disguise. Nor is text passive whose name
//! sends it to a program that looks for more in it.

use super::{Format, HEAD, Probe, Reading};
use crate::artifact::{Class, Status};
use crate::codecs::encoding::{EUC_JP, Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use crate::error::Result;
use crate::finding::{Evidence, Observation};
use crate::scan::{Scan, UNKNOWN};
use crate::source::Source;

pub(super) const FORMATS: &[Format] = &[
    Format::new(
        "source-code",
        Class::Text,
        &[
            "c", "h", "cc", "cpp", "cxx", "hpp", "java", "kt", "go", "rs", "swift", "cs", "vb", "vba", "bas", "cls",
            "frm", "sql", "css", "scss", "less", "ts", "tsx", "jsx", "vue", "php", "r", "m", "f90", "cob", "pas",
            "asm", "s", "tex", "bib", "sln", "cmake", "mk", "gradle", "toml", "yaml", "yml", "proto", "diff", "patch",
            "dtd",
        ],
    )
    .named()
    .reading(Reading::Passive),
    Format::new(
        "text",
        Class::Text,
        &[
            "txt",
            "text",
            "log",
            "md",
            "rst",
            "adoc",
            "ini",
            "cfg",
            "conf",
            "properties",
            "env",
            "lst",
            "nfo",
            "me",
            "srt",
            "vtt",
            "ass",
            "po",
            "mtree",
        ],
    )
    .probe(|p| p.is_text())
    .reading(Reading::With(inspect)),
];

/// Text is shown as it is only if the program that opens it expects text. Word and Excel look for pages, mails and XML
/// behind any amount of padding, so text in the name of another kind is not what it seems until they have looked.
fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let probe = Probe::new(source, scan.name())?;
    let claimed = super::by_extension(&probe.extension);
    let is_shown = match claimed {
        Some(claimed) if claimed.class == Class::Text || claimed.acts() => true,
        Some(claimed) => is_text_kind(claimed) && !probe.is_root_out_of_reach(),
        None => probe.extension.is_empty() || !probe.is_root_out_of_reach(),
    };
    if is_shown {
        scan.set_status(Status::Passive);
        return Ok(());
    }
    // Nothing of what else Word and Excel look for can be behind it.
    let plain = claimed.is_some_and(|claimed| matches!(claimed.id, "doc" | "xls")) && is_plain(scan, source)?;
    if !plain {
        scan.report(Observation::new(&UNKNOWN, Evidence::quote(scan.name())));
    }
    let table = claimed.is_some_and(|claimed| matches!(claimed.id, "xls" | "biff"));
    let result = if table { super::csv::inspect(scan, source) } else { Ok(()) };
    scan.set_status(if plain { Status::Inspected } else { Status::Unread });
    result
}

/// Text without a word of markup to its end, and short enough to be sure.
fn is_plain(scan: &Scan, source: &Source) -> Result<bool> {
    let (text, error) = super::xml::read_text(&scan.budget, source);
    scan.budget.steps(text.len() as u64)?;
    let has = |mark: &[u8]| text.as_bytes().windows(mark.len()).any(|bytes| bytes.eq_ignore_ascii_case(mark));
    Ok(error.is_none() && !text.contains(['<', '\0']) && !has(b"mime-version") && !has(b"{\\rt"))
}

/// Kinds that are often or always text. Excel opens dBASE files, and by their content.
fn is_text_kind(claimed: &Format) -> bool {
    match claimed.class {
        Class::Script => true,
        Class::Data => claimed.id != "dbase",
        _ => matches!(claimed.id, "csv" | "pgp"),
    }
}

/// Decodes the front of a file, or says that it is no text. The last character may be cut.
pub(crate) fn decode(head: &[u8]) -> Option<String> {
    let text = match Encoding::for_bom(head) {
        Some((encoding, skip)) => decode_as(encoding, head.get(skip..).unwrap_or_default(), true)?,
        None => match utf_16_without_mark(head) {
            Some(encoding) => decode_as(encoding, head, true)?,
            None => decode_bytes(head)?,
        },
    };
    (!text.is_empty() && !text.contains(is_binary)).then_some(text)
}

fn decode_bytes(head: &[u8]) -> Option<String> {
    if head.iter().any(|byte| is_binary(char::from(*byte)) && byte.is_ascii()) {
        return None;
    }
    if let Some(text) = [UTF_8, SHIFT_JIS, EUC_JP].into_iter().find_map(|encoding| decode_as(encoding, head, false)) {
        return Some(text);
    }
    // The single-byte code pages of Europe: nothing about them can be invalid, so the mixture decides.
    let high = head.iter().filter(|byte| !byte.is_ascii()).count();
    let latin = high.saturating_mul(5) <= head.len().saturating_mul(2);
    let other = head.len() >= 64 && head.iter().all(|byte| !(0x80..0xA0).contains(byte));
    (latin || other).then(|| WINDOWS_1252.decode(head).into_owned())
}

/// Decodes if the encoding allows these bytes; `lenient` tolerates a few wrong ones.
fn decode_as(encoding: Encoding, bytes: &[u8], lenient: bool) -> Option<String> {
    // A character takes at most four bytes: without the last three the cut one is gone.
    for cut in 0..4_usize.min(bytes.len().max(1)) {
        let kept = bytes.get(..bytes.len().saturating_sub(cut)).unwrap_or_default();
        if let Some(text) = encoding.decode_strictly(kept) {
            return Some(text.into_owned());
        }
    }
    let text = encoding.decode(bytes);
    let wrong = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    (lenient && wrong.saturating_mul(50) < text.len()).then(|| text.into_owned())
}

/// UTF-16 that starts without its mark: every second byte of Latin text is zero.
fn utf_16_without_mark(head: &[u8]) -> Option<Encoding> {
    let pairs = head.as_chunks::<2>().0;
    if !head.contains(&0) {
        return None;
    }
    // Of ten pairs, two may be something else. The head of a program is given up after its first bytes.
    let most = pairs.len().saturating_mul(2) / 10;
    let is_text = |zero: usize| {
        let mut odd = 0_usize;
        pairs.len() >= 4
            && pairs.iter().all(|[even, uneven]| {
                let (high, low) = if zero == 0 { (even, uneven) } else { (uneven, even) };
                odd =
                    odd.saturating_add(usize::from(*high != 0 || !matches!(low, b'\t' | b'\n' | b'\r' | b' '..=b'~')));
                odd <= most
            })
    };
    [(1, UTF_16LE), (0, UTF_16BE)].into_iter().find(|(zero, _)| is_text(*zero)).map(|(_, encoding)| encoding)
}

/// Controls that no text holds. Escape (ISO-2022-JP, terminals), form feed and DOS end-of-file do occur.
const fn is_binary(c: char) -> bool {
    matches!(c, '\0'..='\x06' | '\x0E'..='\x19' | '\x1C'..='\x1F')
}

impl Probe<'_> {
    /// The front of the file as text; `None` if it is not text.
    pub(crate) fn text(&self) -> Option<&str> {
        self.text.get_or_init(|| decode(&self.head).filter(|_| self.ends_as_text())).as_deref()
    }

    pub(crate) fn is_text(&self) -> bool {
        self.text().is_some()
    }

    /// Whether text with one of these extensions.
    pub(super) fn is_text_named(&self, extensions: &[&str]) -> bool {
        extensions.contains(&self.extension.as_str()) && self.is_text()
    }

    /// Whether text that starts with one of these, white space and case aside. They are given in lower case.
    pub(super) fn text_starts(&self, starts: &[&str]) -> bool {
        self.text().is_some_and(|text| {
            let text = text.trim_start().as_bytes();
            starts.iter().any(|start| text.get(..start.len()).is_some_and(|t| t.eq_ignore_ascii_case(start.as_bytes())))
        })
    }

    /// Whether one of the first lines is this, white space and case aside. It is given in lower case.
    pub(super) fn has_line(&self, line: &str) -> bool {
        self.text().is_some_and(|text| text.lines().any(|l| l.trim().eq_ignore_ascii_case(line)))
    }

    /// Whether one of the first lines starts with this, white space and case aside. It is given in lower case.
    pub(super) fn has_line_starting(&self, start: &str) -> bool {
        self.text().is_some_and(|text| {
            text.lines().any(|line| {
                line.trim().as_bytes().get(..start.len()).is_some_and(|t| t.eq_ignore_ascii_case(start.as_bytes()))
            })
        })
    }

    /// Whether the front holds this, case aside. It is given in lower case.
    pub(super) fn text_holds(&self, needle: &str) -> bool {
        self.text().is_some_and(|text| text.to_ascii_lowercase().contains(needle))
    }

    fn ends_as_text(&self) -> bool {
        let wide = Encoding::for_bom(&self.head).is_some_and(|(encoding, _)| encoding != UTF_8)
            || utf_16_without_mark(&self.head).is_some();
        if wide || self.source.len() <= HEAD as u64 {
            return true;
        }
        let at = self.source.len().saturating_sub(TAIL as u64);
        self.source
            .peek(at, TAIL)
            .is_ok_and(|tail| !tail.iter().any(|byte| byte.is_ascii() && is_binary(char::from(*byte))))
    }
}

/// Bytes of the end that must be text too: more than the largest end record of a ZIP without its comment.
const TAIL: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    fn is_text(bytes: &[u8]) -> bool {
        let source = Source::memory(bytes.to_vec());
        Probe::new(&source, "x").unwrap().is_text()
    }

    #[test]
    fn text_of_every_code_page_is_text() {
        let ja = "請求書をお送りします。ご確認ください。\r\n";
        assert!(is_text(ja.as_bytes()));
        assert!(is_text(&SHIFT_JIS.encode(ja)));
        assert!(is_text(&EUC_JP.encode(ja)));
        assert!(is_text(b"\x1B$B@A5a=q\x1B(B\n"));
        assert!(is_text(&WINDOWS_1252.encode("Grüße aus Köln, bitte prüfen")));
        let wide: Vec<u8> = "\u{FEFF}full address:s:x".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(is_text(&wide) && is_text(&wide[2..]));
    }

    #[test]
    fn a_cut_character_does_not_make_it_bytes() {
        let long = "あ".repeat(3000);
        assert!(is_text(long.as_bytes()) && is_text(&SHIFT_JIS.encode(&long)));
    }

    #[test]
    fn bytes_are_no_text() {
        assert!(!is_text(&[0xFF; 3]));
        assert!(!is_text(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 200, 201]));
        assert!(!is_text(b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR"));
        let mut archive_behind_text = vec![b'a'; 6000];
        archive_behind_text.extend(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        assert!(!is_text(&archive_behind_text));
    }
}
