//! Rich Text Format (RTF 1.9.1): text with commands, and with objects as hex digits.
//!
//! Word opens a file that starts with `{\rt` as RTF whatever it is called, runs the programs that its objects call for,
//! fetches its template, and is lenient to a degree that attackers live on: nearly anything may stand between the digits of
//! an object. This reader is as lenient (`reader.rs`), in one pass over the file.

mod objects;
mod reader;
mod text;
mod tokens;
mod words;

use std::rc::Rc;

use super::{Format, Probe, Reading};
use crate::artifact::Class;
use crate::error::{Error, LimitKind, Result};
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::languages::fields::Fields;
use crate::scan::{IRREGULAR, Scan};
use crate::source::Source;
use crate::view::{self, View};

use reader::{Document, Reader};
use tokens::Tokens;

/// More fonts than Word has room for corrupt its memory (CVE-2023-21716); documents have a few hundred.
const FONT_TABLE: FindingKind = FindingKind::new("rtf.font-table", Level::Stop, Some("N2"));
/// An object written so that checking programs misread it.
const SCRAMBLED: FindingKind = FindingKind::new("rtf.scrambled-object", Level::Stop, Some("N2"));

pub(super) const KINDS: &[&FindingKind] = &[&FONT_TABLE, &SCRAMBLED];

/// Fonts in a table that no program writes; the overflow needs about 32,700.
const FONTS: u32 = 32_000;
/// What stands between the digits of an object and has no business there. A damaged honest file may have one.
const INTERRUPTIONS: u32 = 4;

pub(super) const FORMATS: &[Format] = &[Format::new("rtf", Class::Document, &["rtf"])
    // Word goes by these four bytes; other programs want more of them, and allow blanks before.
    .probe(|p| p.text_starts(&["{\\rt", "{\\urtf"]) || p.starts_with(b"{\\rt") || starts_late(p))
    .reading(Reading::With(inspect))];

fn starts_late(probe: &Probe<'_>) -> bool {
    let head = probe.head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&probe.head);
    head.trim_ascii_start().starts_with(b"{\\rt")
}

/// Characters of the page shown to the rules at once.
const PAGE: usize = 1 << 18;

fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let budget = Rc::clone(&scan.budget);
    let room = budget.limits().artifact_bytes.saturating_mul(4);
    let mut page = String::new();
    let mut to_page = |text: &str| {
        page.push_str(text);
        if page.len() >= PAGE {
            show_page(scan, &std::mem::take(&mut page));
        }
    };
    let (mut document, result) = Reader::new(Tokens::new(source, &budget), room, &mut to_page).read();
    show_page(scan, &page);
    show(scan, &document);
    let fields = show_fields(scan, &mut document);
    let objects = objects::take_out(scan, document);
    result.and(fields).and(objects)
}

/// Shows what the fields are told to do, once everything they may refer to is known.
fn show_fields(scan: &mut Scan, document: &mut Document) -> Result<()> {
    scan.surround(std::mem::take(&mut document.around));
    let mut fields = Fields::default();
    for field in &document.fields {
        fields.story("\\field");
        // What they show is on the page already.
        fields.marked(field, &mut String::new());
    }
    if fields.is_empty() { Ok(()) } else { scan.show_fields(&fields) }
}

fn show_page(scan: &mut Scan, text: &str) {
    if !text.trim().is_empty() {
        scan.show(&View::Text(view::Text { path: "\\rtf", text }));
    }
}

fn show(scan: &mut Scan, document: &Document) {
    if document.fonts > FONTS {
        scan.report(Observation::new(&FONT_TABLE, Evidence::quote("\\fonttbl").path("\\fonttbl")));
    }
    for (kind, target) in &document.paths {
        let part = match *kind {
            "attachedTemplate" => "\\template",
            "subDocument" => "\\file",
            "image" => "\\sv",
            _ => "\\mailmerge",
        };
        scan.show(&View::Relationship(view::Relationship { part, kind, target }));
    }
    let irregular =
        [(!document.regular, "RTF header", 0), (document.short.is_some(), "\\bin", document.short.unwrap_or(0))];
    for (_, what, at) in irregular.into_iter().filter(|(holds, ..)| *holds) {
        scan.report(Observation::new(&IRREGULAR, Evidence::quote(what).offset(at)).with("what", what));
    }
    if document.open > 0 {
        scan.note(&Error::malformed("RTF group", 0), None);
    }
    for data in document.data.iter().filter(|data| data.interruptions >= INTERRUPTIONS) {
        let class = data.object.and_then(|at| document.objects.get(at)).map_or("", |object| &object.class);
        let quote = if class.is_empty() { "\\objdata" } else { class };
        scan.report(Observation::new(&SCRAMBLED, Evidence::quote(quote).path("\\objdata").offset(data.at)));
    }
    for (_, kind) in [(document.cut, LimitKind::ArtifactBytes), (document.deep, LimitKind::Depth)]
        .into_iter()
        .filter(|(holds, _)| *holds)
    {
        scan.note(&Error::Limit(kind), None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Budget, Limits};

    fn read(rtf: &[u8]) -> (Document, String) {
        let budget = Rc::new(Budget::new(Limits::default(), |_| ()));
        let mut page = String::new();
        let mut to_page = |text: &str| page.push_str(text);
        let tokens = Tokens::new(&Source::memory(rtf.to_vec()), &budget);
        let (document, result) = Reader::new(tokens, 1 << 24, &mut to_page).read();
        result.unwrap();
        (document, page)
    }

    fn data(rtf: &[u8]) -> Vec<Vec<u8>> {
        read(rtf).0.data.into_iter().map(|data| data.bytes.bytes).collect()
    }

    #[test]
    fn text_in_the_code_pages_of_its_fonts() {
        let rtf = b"{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0 Arial;}{\\f1\\fcharset128 MS Gothic;}}\
            {\\info{\\title Secret}}\\f1\\'93\\'fa\\'96{\\b\\'7b} \\f0 caf\\'e9\\par\\u26085 ?{\\uc2\\u-10179\\'3f\\'3f\\u-8704 ab}c\\{\\}}";
        let (document, page) = read(rtf);
        assert_eq!(page, "日本 café\n日😀c{}");
        assert!(document.regular && document.fonts == 2 && document.open == 0);
    }

    #[test]
    fn fields_with_their_marks() {
        let field = |rtf: &str| read(format!("{{\\rtf1 {rtf} text}}").as_bytes()).0.fields;
        let simple = "{\\field{\\*\\fldinst { HYPERLINK \"https://a.example/\" }}{\\fldrslt {here}}}";
        assert_eq!(field(simple), ["\u{13} HYPERLINK \"https://a.example/\" \u{14}here\u{15}"]);
        let split =
            "{\\field{\\*\\fldinst D{\\*\\bkmkstart x}DE}{\\*\\fldinst {\\b AU}\\'54O c:\\\\\\\\a}{\\fldrslt r}}";
        assert_eq!(field(split), ["\u{13}DDEAUTO c:\\\\a\u{14}r\u{15}"]);
        let nested = "{\\field{\\*\\fldinst DDE {\\field{\\*\\fldinst QUOTE 99}{\\fldrslt x}} y}{\\fldrslt r}}";
        assert_eq!(field(nested), ["\u{13}DDE \u{13}QUOTE 99\u{14}x\u{15} y\u{14}r\u{15}"]);
        assert_eq!(field("{\\*\\fldinst DDE a}"), ["\u{13}DDE a\u{15}"]);
        assert!(field("{\\field x}").is_empty());
    }

    #[test]
    fn what_fields_may_refer_to() {
        let (document, _) = read(
            b"{\\rtf1{\\info{\\title T}{\\doccomm cmd}}{\\*\\docvar {a}{b c}}{\\*\\bkmkstart x}in{\\b side}{\\*\\bkmkend x}out}",
        );
        let owned = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(document.around.properties, owned(&[("Title", "T"), ("Comments", "cmd")]));
        assert_eq!(document.around.variables, owned(&[("a", "b c")]));
        assert_eq!(document.around.bookmarks, owned(&[("x", "inside")]));
    }

    #[test]
    fn paths_that_are_opened_with_the_document() {
        let (document, _) = read(b"{\\rt{\\*\\template \\\\\\\\host.example\\\\t.dot\\u109 m}{\\sp{\\sn pibName}{\\sv http://h.example/a}}{\\sp{\\sn x}{\\sv y}}}");
        let expected =
            [("attachedTemplate", "\\\\host.example\\t.dotm".to_owned()), ("image", "http://h.example/a".to_owned())];
        assert_eq!(document.paths, expected);
        assert!(!document.regular);
    }

    #[test]
    fn what_may_stand_between_the_digits_of_an_object() {
        let object = |digits: &str| data(format!("{{\\rtf{{\\object\\objemb{{\\*\\objdata {digits}}}}}}}").as_bytes());
        assert_eq!(object("0105 00\r\n0\t0 02"), [[1, 5, 0, 0, 2]]);
        assert_eq!(object("01zz05xy0{0}{}0{\\b 0}02"), [[1, 5, 0, 0, 2]]);
        assert_eq!(object("01{\\*\\junk 4141}05{\\*\\title 41}00{\\xe41}0002"), [[1, 5, 0, 0, 2]]);
        assert_eq!(object("01\\foo12345 05\\bar-1 0000\\*02"), [[1, 5, 0, 0, 2]]);
        assert_eq!(object("015\\'4105\\'zz0000\\'7d02"), [[1, 5, 0, 0, 2]]);
        assert_eq!(object("01\\bin3 \x05}{00"), [[1, 5, b'}', b'{', 0]]);
        assert_eq!(object("01\\bin-3 05"), [[1, 5]]);
        // Behind 253 characters a control word has ended, and letters are digits again.
        assert_eq!(object(&format!("01\\{}05", "a".repeat(257))), [[1, 0xAA, 0xAA, 5]]);
        assert_eq!(object(&format!("01\\a{}05", "1".repeat(252))), [[1, 5]]);
    }

    #[test]
    fn digits_that_are_kept_both_ways() {
        let (document, _) = read(b"{\\rt{\\object{\\*\\objdata 01{\\*\\junk 02}03}}}");
        assert_eq!(document.data[0].bytes.bytes, [1, 3]);
        assert_eq!(document.data[0].every.as_ref().unwrap().bytes, [1, 2, 3]);
        assert!(document.data[0].interruptions > 0);
    }

    #[test]
    fn objects_and_what_is_said_of_them() {
        let (document, _) = read(b"{\\rt{\\object\\objautlink{\\*\\objclass Word.Document.8}{\\*\\objdata 01}\\objupdate}{\\object{\\*\\objdata 02}}");
        let said: Vec<_> = document.objects.iter().map(|object| (object.class.as_str(), object.updates)).collect();
        assert_eq!(said, [("Word.Document.8", true), ("", false)]);
        assert_eq!(document.data.iter().map(|data| data.object).collect::<Vec<_>>(), [Some(0), Some(1)]);
        assert_eq!(document.open, 0);
        assert_eq!(read(b"{\\rt1{a}b").0.open, 1);
        assert_eq!(read(b"{\\rt1{{a}").0.open, 2);
    }

    #[test]
    fn what_attackers_repeat_costs_little() {
        let braces = [b"{\\rt".to_vec(), b"{\\b ".repeat(200_000), b"}".repeat(200_000)].concat();
        let budget = Rc::new(Budget::new(Limits::default(), |_| ()));
        let mut nowhere = |_: &str| ();
        let tokens = Tokens::new(&Source::memory(braces), &budget);
        let (document, result) = Reader::new(tokens, 1 << 24, &mut nowhere).read();
        assert!(result.is_ok() && document.deep);
        let escapes = [&b"{\\rt{\\object{\\*\\objdata 01"[..], &b"\\'a1".repeat(500_000), b"05}}}"].concat();
        assert_eq!(data(&escapes), [[1, 5]]);
        let groups = [&b"{\\rt{\\object{\\*\\objdata 01"[..], &b"{\\*\\a 1}".repeat(300_000), b"05}}}"].concat();
        assert_eq!(data(&groups), [[1, 5]]);
    }
}
