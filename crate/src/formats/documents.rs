//! Documents that are neither ZIP nor compound files: PDF, OneNote, PostScript and the old guard.
//!
//! Hardly opened yet: a PDF can act on opening; a notebook can hide files under a picture of a button (`onenote.rs`).

use super::{Format, Probe, Reading};
use crate::artifact::Class;
use crate::detections::types::{NOTEBOOK, RARE};

const fn document(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Document, extensions)
}

pub(super) const FORMATS: &[Format] = &[
    document("one", &["one"])
        .risk(&NOTEBOOK)
        .probe(|p| p.starts_with(b"\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE\xB1\x53\x78\xD0\x29\x96\xD3"))
        .reading(Reading::With(super::onenote::inspect)),
    document("onetoc2", &["onetoc2", "onetoc"])
        .risk(&NOTEBOOK)
        .probe(|p| p.starts_with(b"\xA1\x2F\xFF\x43\xD9\xEF\x76\x4C\x9E\xE2\x10\xEA\x57\x22\x76\x5F")),
    document("eps", &["eps", "epsf", "epsi"])
        .probe(|p| p.starts_with(b"\xC5\xD0\xD3\xC6") || (is_postscript(p) && p.text_holds("epsf-"))),
    document("postscript", &["ps", "prn"]).probe(is_postscript),
    document("wordperfect", &["wpd", "wp5", "wp6"]).probe(|p| p.starts_with(b"\xFFWPC")),
    document("windows-write", &["wri"])
        .probe(|p| (p.starts_with(b"\x31\xBE\0\0") || p.starts_with(b"\x32\xBE\0\0")) && p.has_at(4, b"\0\xAB")),
    document("word-for-dos", &[]).probe(|p| p.starts_with(b"\xDB\xA5\x2D\0") || p.starts_with(b"\x9B\xA5\x21\0")),
    document("lotus-123", &["wk1", "wk2", "wk3", "wk4", "123", "wks"]).probe(|p| {
        p.starts_with(b"\0\0\x02\0\x04\x04") || p.starts_with(b"\0\0\x02\0\x06\x04") || p.starts_with(b"\0\0\x1A\0")
    }),
    document("quattro-pro", &["wb1", "wb2", "wb3"])
        .probe(|p| p.starts_with(b"\0\0\x02\0\x01\x10") || p.starts_with(b"\0\0\x02\0\x02\x10")),
    // A sheet of Excel 2 to 4, or a workbook of later ones, without container; Excel still opens it, macros included.
    document("biff", &["xlm", "xlw", "xlc"])
        .risk(&RARE)
        .probe(is_bare_sheet)
        .reading(Reading::With(super::xls::inspect_stream)),
    document("csv", &["csv", "tsv", "tab"]).named().reading(Reading::With(super::csv::inspect)),
    document("dif", &["dif"]).probe(|p| p.text_starts(&["table\r\n0,1", "table\n0,1"])).reading(Reading::Passive),
    document("fdf", &["fdf", "xfdf"]).probe(|p| p.starts_with(b"%FDF-") || p.root().is_some_and(|r| r.is("xfdf"))),
    document("djvu", &["djvu", "djv"]).probe(|p| p.starts_with(b"AT&TFORM")),
    document("dwg", &["dwg", "dwt"])
        .probe(|p| p.starts_with(b"AC10") || p.starts_with(b"AC1.") || p.starts_with(b"AC2.")),
    document("dxf", &["dxf"])
        .probe(|p| p.starts_with(b"AutoCAD Binary DXF") || (p.extension == "dxf" && p.text_holds("section"))),
    document("docuworks", &["xdw", "xbd", "xct"])
        .probe(|p| matches!(p.extension.as_str(), "xdw" | "xbd" | "xct") && !p.is_text()),
    document("mobi", &["mobi", "azw", "azw3", "prc"]).probe(|p| p.has_at(60, b"BOOKMOBI")),
    document("pdf", &["pdf", "ai"]).probe(is_pdf).reading(Reading::With(super::mht::inspect_pdf)),
];

/// Readers accept the header within the first 1024 bytes. In text it counts only if the name promises a PDF: articles
/// about PDF quote it.
fn is_pdf(p: &Probe<'_>) -> bool {
    let front = p.head.get(..1024).unwrap_or(&p.head);
    p.text_starts(&["%pdf-"])
        || p.starts_with(b"%PDF-")
        || ((p.extension == "pdf" || !p.is_text()) && front.windows(5).any(|five| five == b"%PDF-"))
}

fn is_postscript(p: &Probe<'_>) -> bool {
    p.starts_with(b"%!PS")
        || p.starts_with(b"\x04%!")
        || p.starts_with(b"\x1B%-12345X")
        || (p.extension == "ps" && p.starts_with(b"%!"))
}

/// `BOF` of BIFF2 to BIFF8 ([MS-XLS] 2.4.21 and its forerunners): record, size, version, type.
fn is_bare_sheet(p: &Probe<'_>) -> bool {
    let bof: Option<[u8; 8]> = p.head.first_chunk().copied();
    matches!(
        bof,
        Some([
            0x09,
            0x00 | 0x02 | 0x04 | 0x08,
            4..=32,
            0,
            _,
            0..=6,
            0x05 | 0x06 | 0x10 | 0x20 | 0x40 | 0x00,
            0x00 | 0x01
        ])
    ) && !p.is_text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    #[test]
    fn a_pdf_may_start_late_but_not_in_an_article() {
        let is = |bytes: &[u8], name| is_pdf(&Probe::new(&Source::memory(bytes.to_vec()), name).unwrap());
        assert!(is(b"%PDF-1.7\n", "a"));
        assert!(is(b"\0\0junk%PDF-1.4", "a.bin"));
        assert!(is(b"junk\n%PDF-1.4", "a.pdf"));
        assert!(!is(b"A file that starts with %PDF-1.4 is", "a.txt"));
    }
}
