//! Fonts. A renderer can be attacked by one, but none asks to be opened from a mail.

use super::{Format, Probe, Reading};
use crate::artifact::Class;

const fn font(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Font, extensions).reading(Reading::Passive)
}

pub(super) const FORMATS: &[Format] = &[
    font("otf", &["otf"]).probe(|p| p.starts_with(b"OTTO") && has_tables(p)),
    font("ttf", &["ttf"])
        .probe(|p| (p.starts_with(b"\0\x01\0\0") || p.starts_with(b"true") || p.starts_with(b"typ1")) && has_tables(p)),
    font("ttc", &["ttc", "otc"]).probe(|p| p.starts_with(b"ttcf")),
    font("woff", &["woff"]).probe(|p| p.starts_with(b"wOFF")),
    font("woff2", &["woff2"]).probe(|p| p.starts_with(b"wOF2")),
    font("eot", &["eot", "fntdata"]).probe(|p| {
        p.has_at(34, b"LP")
            && (p.has_at(8, b"\x01\0\x02\0") || p.has_at(8, b"\x02\0\x02\0") || p.has_at(8, b"\0\0\x01\0"))
    }),
    font("type1", &["pfb", "pfa", "pfm"]).probe(|p| {
        (p.starts_with(b"\x80\x01") && p.has_at(6, b"%!"))
            || p.starts_with(b"%!PS-AdobeFont")
            || p.starts_with(b"%!FontType1")
    }),
    // Fonts inside Office files: the first 32 bytes are masked ([ECMA-376] part 4, 2.8.1), the directory after them is not.
    font("odttf", &["odttf", "obfuscated"])
        .probe(|p| p.extension.starts_with("odttf") && is_tag(p, 44) && is_tag(p, 60)),
];

/// The first record of the table directory names a table.
fn has_tables(p: &Probe<'_>) -> bool {
    is_tag(p, 12)
}

fn is_tag(p: &Probe<'_>, at: usize) -> bool {
    p.head
        .get(at..)
        .and_then(<[u8]>::first_chunk::<4>)
        .is_some_and(|tag| tag.iter().all(|b| b.is_ascii_graphic() || *b == b' '))
}
