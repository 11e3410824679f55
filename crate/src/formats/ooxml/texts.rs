//! What the parts of a package say: words for a person, fields that act, and what macros can read.
//!
//! One pass over each part of text. The values of cells count only for macros that are run, and are left alone else:
//! a lure of a workbook stands in its shared strings, its drawings, or at the head of a sheet.

use std::rc::Rc;

use quick_xml::events::Event;

use super::Package;
use super::controls::Placed;
use super::sheets::{self, Book};
use super::words::Words;
use super::{Document, VBA_PROJECT};
use crate::detections::{dde_formula as dde, lures};
use crate::error::{Error, LimitKind, Result};
use crate::finding::{Evidence, Observation, cut};
use crate::formats::macro_sheets;
use crate::formats::office_xml::dde_formula;
use crate::formats::xml_walk::{Events, attribute, decode, resolve};
use crate::hashed::HashSet;
use crate::languages::fields::Fields;
use crate::languages::surroundings::{self, Surroundings};
use crate::scan::{LEFT_OUT, Scan};
use crate::source::Source;
use crate::view::{Text, View};

/// Read of each sheet where nothing depends on its cells.
const SHEET_HEAD: usize = 64 << 10;

/// Sheets of which that much is read.
const SHEET_HEADS: usize = 64;

/// Pictures that can be one instruction: itself, and a logo or two.
const FEW_PICTURES: usize = 3;

/// Properties, variables, shapes and bookmarks kept, of each.
pub(super) const NAMED: usize = 1 << 14;

/// What a part of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Story {
    /// Paragraphs, slides, drawings, comments, notes.
    Words,
    SharedStrings,
    Sheet,
    Settings,
    Properties,
    CustomXml,
}

fn story(content_type: &str, key: &str) -> Option<Story> {
    // The tables of a binary workbook have the same names without the suffix.
    let (kind, is_xml) = match content_type.strip_suffix("+xml") {
        Some(kind) => (kind.strip_suffix(".main").unwrap_or(kind), true),
        None => (content_type, content_type.ends_with("/xml") || content_type.ends_with("vmldrawing")),
    };
    if !is_xml && !content_type.is_empty() {
        return None;
    }
    Some(match kind.rsplit(['.', '/', '-']).next().unwrap_or_default() {
        "sharedstrings" => Story::SharedStrings,
        "worksheet" | "dialogsheet" => Story::Sheet,
        "settings" => Story::Settings,
        "properties" if !key.starts_with("customxml/") => Story::Properties,
        "vmldrawing" | "header" | "footer" | "footnotes" | "endnotes" | "comments" | "glossary" | "drawing"
        | "slide" | "notesslide" | "slidelayout" | "slidemaster" | "diagramdata" | "threadedcomments" => Story::Words,
        "document" | "template" | "macroenabled" | "macroenabledtemplate" if content_type.contains("word") => {
            Story::Words
        }
        "xml" if key.starts_with("customxml/item") && !key.contains("props") => Story::CustomXml,
        // Nobody declares it: its usual place.
        "" | "xml" => match key {
            "word/document.xml" => Story::Words,
            "xl/sharedstrings.xml" => Story::SharedStrings,
            key if ["ppt/slides/slide", "word/header", "word/footer"].iter().any(|usual| key.starts_with(usual)) => {
                Story::Words
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// Reads every part of text of a document.
pub(super) fn inspect(scan: &mut Scan, package: &Package<'_>, document: &Document) -> Result<()> {
    let macros = package.parts().any(|(_, name, key)| document.types.of_key(name, key) == VBA_PROJECT)
        || !document.targets(|kind| kind.eq_ignore_ascii_case("vbaProject")).is_empty();
    let mut gather = Gather { macros, left: surroundings::MOST, ..Gather::default() };
    let book = if macros { sheets::book(scan, package, document, &mut gather) } else { Book::default() };
    let (mut sheets, mut strings, mut pictures) = (Vec::new(), Vec::new(), Vec::new());
    for (index, name, key) in package.parts() {
        let content_type = document.types.of_key(name, key);
        if content_type.starts_with("image/") && pictures.len() <= FEW_PICTURES {
            pictures.push(name);
        }
        let Some(story) = story(content_type, key) else { continue };
        match story {
            Story::Sheet => sheets.push((index, name, key)),
            Story::CustomXml if !macros => {}
            _ => {
                let Some(bytes) = open(scan, package, (index, name), None, matches!(story, Story::SharedStrings))
                else {
                    continue;
                };
                let xml = decode(&bytes);
                scan.budget.steps(xml.len() as u64 >> 4)?;
                let xml = if content_type.ends_with("vmldrawing") { without_marks(&xml).into() } else { xml };
                let (text, result) = match story {
                    Story::SharedStrings => sheets::strings(&mut gather, &mut strings, &xml),
                    Story::Settings => (String::new(), gather.settings(&xml)),
                    Story::Properties => (String::new(), gather.properties(&xml)),
                    Story::CustomXml => {
                        let xml = gather.take(&xml).to_owned();
                        gather.around.custom_xml.push(xml);
                        (String::new(), Ok(()))
                    }
                    Story::Words | Story::Sheet => {
                        let owner = book.owner(key).unwrap_or_else(|| slide(key));
                        Words::read(&mut gather, (name, key), owner, &xml)
                    }
                };
                if let Err(error) = result {
                    scan.note(&error, Some(name));
                }
                gather.show(scan, name, &text);
            }
        }
    }
    let are_read = macros && scan.budget.limits().evaluation > 0;
    let head = (!are_read).then_some(SHEET_HEAD);
    for (index, name, key) in sheets.into_iter().take(if are_read { usize::MAX } else { SHEET_HEADS }) {
        if !gather.has_room() {
            break;
        }
        let Some(bytes) = open(scan, package, (index, name), head, true) else { continue };
        let xml = decode(&bytes);
        scan.budget.steps(xml.len() as u64 >> 4)?;
        let text = sheets::sheet(&mut gather, &strings, key, book.tab(key), &xml);
        let cells = gather.around.sheets.last().map_or(0, |sheet| sheet.cells.len());
        gather.words = gather.words.saturating_add(cells);
        for formula in std::mem::take(&mut gather.fetching) {
            match dde_formula(&formula) {
                Some((service, topic)) => scan.report(dde::found(&format!("{service}|'{topic}'"), name)),
                None => macro_sheets::show_fetch(scan, name, &formula),
            }
        }
        gather.show(scan, name, &text);
    }
    // What binary workbooks and drawings of Visio say is not read here.
    let is_read = document.format.is_some_and(|format| !matches!(format, "xlsb" | "vsdx" | "vsdm" | "xps"));
    if let Some(picture) = pictures.first()
        && macros
        && is_read
        && pictures.len() <= FEW_PICTURES
        && gather.words < lures::FEW_WORDS
    {
        scan.report(lures::picture_only(picture, pictures.len()));
    }
    // A title alone asks for nothing; a picture alone may.
    if is_read && gather.words < lures::FEW_WORDS && !matches!(gather.words, 1 | 2) {
        let is_web = |target: &str| {
            let start = target.get(..4).unwrap_or_default();
            start.eq_ignore_ascii_case("http")
        };
        let mut links = document.external().filter(|(_, link)| link.kind == "hyperlink" && is_web(&link.target));
        if let Some((part, first)) = links.next()
            && links.all(|(_, other)| other.target == first.target)
        {
            scan.report(lures::link_only(part, &first.target));
        }
    }
    let controls = gather.controls(scan, package, document);
    scan.surround(gather.around);
    controls?;
    if gather.fields.is_empty() { Ok(()) } else { scan.show_fields(&gather.fields) }
}

/// Drawings in VML without the marks that PowerPoint divides them by, which are no XML: `<![if gte mso 9]>`.
fn without_marks(xml: &str) -> String {
    let mut kept = String::new();
    let mut rest = xml;
    while let Some((before, after)) = rest.split_once("<![") {
        let end = after.bytes().take(64).position(|byte| byte == b'>').and_then(|end| after.split_at_checked(end));
        let is_mark = after.starts_with("if ") || after.starts_with("endif");
        kept.push_str(before);
        match end.filter(|_| is_mark) {
            Some((_, after)) => rest = after.strip_prefix('>').unwrap_or(after),
            None => {
                kept.push_str("<![");
                rest = after;
            }
        }
    }
    kept.push_str(rest);
    kept
}

/// `ppt/slides/slide3.xml` → `slide3`.
fn slide(key: &str) -> &str {
    key.strip_prefix("ppt/slides/").and_then(|file| file.strip_suffix(".xml")).unwrap_or_default()
}

/// Tells why a part was not wholly read. Tables that are too long for memory hold numbers, and their first million
/// counts; text of that size hides something.
pub(super) fn note_part(scan: &mut Scan, error: &Error, name: &str, is_table: bool) {
    if is_table && matches!(error, Error::Limit(LimitKind::ArtifactBytes)) {
        let evidence = Evidence::quote("table").path(name);
        scan.report(Observation::new(&LEFT_OUT, evidence).with("what", "end of a long table"));
    } else {
        scan.note(error, Some(name));
    }
}

/// The bytes of a part, or only its head; damage is a finding, and what stood before it counts. A table may be longer
/// than what is read of it.
pub(super) fn open(
    scan: &mut Scan,
    package: &Package<'_>,
    (index, name): (usize, &str),
    head: Option<usize>,
    is_table: bool,
) -> Option<Vec<u8>> {
    let budget = Rc::clone(&scan.budget);
    let read = |source: Source| match head.map(|head| source.peek(0, head)) {
        Some(Ok(bytes)) => (bytes, None),
        Some(Err(error)) => (Vec::new(), Some(error.into())),
        None => budget.read_source(source),
    };
    match package.open(index, scan).map(read) {
        Ok((bytes, error)) => {
            if let Some(error) = error {
                note_part(scan, &error, name, is_table);
            }
            Some(bytes)
        }
        Err(error) => {
            scan.note(&error, Some(name));
            None
        }
    }
}

/// What has been gathered of a package.
#[derive(Default)]
pub(super) struct Gather {
    pub(super) macros: bool,
    pub(super) fields: Fields,
    pub(super) around: Surroundings,
    /// Formulas of the sheet under way that fetch something.
    pub(super) fetching: Vec<String>,
    /// Names of functions that formulas call, as written.
    pub(super) functions: HashSet<String>,
    /// Controls that pages name.
    pub(super) placed: Vec<Placed>,
    /// Bytes of text that may still be kept.
    left: usize,
    /// Words a person would read, as far as it matters whether they are few.
    words: usize,
}

impl Gather {
    fn show(&mut self, scan: &mut Scan, path: &str, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        if self.words < lures::FEW_WORDS {
            self.words = self.words.saturating_add(lures::count_words(text));
        }
        scan.show(&View::Text(Text { path, text }));
    }

    /// As much of `text` as may still be kept.
    pub(super) fn take<'t>(&mut self, text: &'t str) -> &'t str {
        let text = cut(text, self.left);
        self.left = self.left.saturating_sub(text.len());
        text
    }

    /// Whether more may be kept.
    pub(super) const fn has_room(&self) -> bool {
        self.left > 0
    }

    /// Pays for what is kept beside texts; whether there was room.
    pub(super) fn pay(&mut self, bytes: usize) -> bool {
        let room = self.left >= bytes;
        self.left = self.left.saturating_sub(bytes);
        room
    }

    /// Variables of a text document (part 1, 17.15.1.30).
    fn settings(&mut self, xml: &str) -> Result<()> {
        pull(xml, |event| {
            if let Event::Start(element) | Event::Empty(element) = event
                && element.local_name().as_ref() == "docVar"
                && self.around.variables.len() < NAMED
            {
                let (name, value) = (attribute(element, "name"), attribute(element, "val"));
                let value = self.take(&value).to_owned();
                self.around.variables.push((name, value));
            }
        })
    }

    /// Core, extended and custom properties (part 1, 22.2, 22.3; part 2, 8), by the names that code uses.
    fn properties(&mut self, xml: &str) -> Result<()> {
        let mut current: Option<(String, String)> = None;
        pull(xml, |event| match event {
            Event::Start(element) => {
                let name = match element.local_name().as_ref() {
                    "property" => attribute(element, "name"),
                    tag => built_in(tag).unwrap_or_default().to_owned(),
                };
                if !name.is_empty() && current.is_none() {
                    current = Some((name, String::new()));
                }
            }
            Event::End(element) => {
                let local = element.local_name();
                if (local.as_ref() == "property" || built_in(local.as_ref()).is_some())
                    && let Some(property) = current.take()
                    && self.around.properties.len() < NAMED
                {
                    self.around.properties.push(property);
                }
            }
            event => {
                if let Some((_, value)) = &mut current {
                    with_text(event, |text| value.push_str(self.take(text)));
                }
            }
        })
    }
}

/// The name code uses for an element of the properties' parts.
fn built_in(element: &str) -> Option<&'static str> {
    Some(match element {
        "title" => "Title",
        "subject" => "Subject",
        "creator" => "Author",
        "keywords" => "Keywords",
        "description" => "Comments",
        "lastModifiedBy" => "Last Author",
        "category" => "Category",
        "contentStatus" => "Content status",
        "Manager" => "Manager",
        "Company" => "Company",
        "HyperlinkBase" => "Hyperlink base",
        "Template" => "Template",
        "Application" => "Application Name",
        _ => return None,
    })
}

/// Calls `see` with every event; what follows damage is not read.
pub(super) fn pull<'x>(xml: &'x str, mut see: impl FnMut(&Event<'x>)) -> Result<()> {
    pull_while(xml, |event| {
        see(event);
        true
    })
}

/// The same, as long as `see` asks for more.
pub(super) fn pull_while<'x>(xml: &'x str, mut see: impl FnMut(&Event<'x>) -> bool) -> Result<()> {
    let mut events = Events::of(xml);
    loop {
        match events.next()? {
            Event::Eof => return Ok(()),
            event if see(&event) => {}
            _ => return Ok(()),
        }
    }
}

/// Calls `each` with what an event says as text: characters, references, CDATA.
pub(super) fn with_text(event: &Event<'_>, mut each: impl FnMut(&str)) {
    match event {
        Event::Text(text) => each(text),
        Event::CData(text) => each(text),
        Event::GeneralRef(reference) => {
            if let Some(c) = resolve(reference) {
                each(c.encode_utf8(&mut [0; 4]));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
impl Gather {
    pub(super) fn with_macros() -> Self {
        Self { macros: true, left: 1 << 20, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_vml_are_passed_over() {
        let vml = "<xml><v:shape><![if gte mso 9]><v:imagedata/>\r\n<![endif]></v:shape><![CDATA[a]]></xml>";
        let read = |text: &str| -> Result<()> {
            let mut events = Events::of(text);
            while !matches!(events.next()?, Event::Eof) {}
            Ok(())
        };
        assert!(read(vml).is_err() && read(&without_marks(vml)).is_ok());
        assert!(without_marks(vml).ends_with("<![CDATA[a]]></xml>") && without_marks("a<![if b") == "a<![if b");
    }

    #[test]
    fn parts_by_their_types() {
        let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.";
        let excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.";
        let is = |content_type: String, expected| assert_eq!(story(&content_type, "a/b.xml"), expected);
        is(format!("{word}document.main+xml"), Some(Story::Words));
        is(format!("{word}template.main+xml"), Some(Story::Words));
        is("application/vnd.ms-word.document.macroenabled.main+xml".into(), Some(Story::Words));
        is("application/vnd.ms-word.template.macroenabledtemplate.main+xml".into(), Some(Story::Words));
        is(format!("{word}footnotes+xml"), Some(Story::Words));
        is(format!("{word}document.glossary+xml"), Some(Story::Words));
        is(format!("{word}settings+xml"), Some(Story::Settings));
        is(format!("{word}styles+xml"), None);
        is(format!("{excel}sharedstrings+xml"), Some(Story::SharedStrings));
        is(format!("{excel}worksheet+xml"), Some(Story::Sheet));
        is(format!("{excel}sheet.main+xml"), None);
        is("application/vnd.openxmlformats-officedocument.vmldrawing".into(), Some(Story::Words));
        is("application/vnd.openxmlformats-package.core-properties+xml".into(), Some(Story::Properties));
        assert_eq!(story("application/xml", "customxml/item1.xml"), Some(Story::CustomXml));
        assert_eq!(story("application/xml", "word/document.xml"), Some(Story::Words));
        assert_eq!(story("image/png", "word/media/image1.png"), None);
        assert_eq!(story("application/vnd.ms-excel.sharedstrings", "xl/sharedstrings.bin"), None);
    }

    #[test]
    fn properties_and_variables_by_their_names() {
        let mut gather = Gather::with_macros();
        gather
            .properties("<cp:coreProperties><dc:title>a &amp; b</dc:title><dc:description>cmd</dc:description></cp:coreProperties>")
            .unwrap();
        gather
            .properties("<Properties><property pid='2' name='x'><vt:lpwstr>y</vt:lpwstr></property></Properties>")
            .unwrap();
        gather.settings("<w:settings><w:docVars><w:docVar w:name='v' w:val='1'/></w:docVars></w:settings>").unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(gather.around.properties, [pair("Title", "a & b"), pair("Comments", "cmd"), pair("x", "y")]);
        assert_eq!(gather.around.variables, [pair("v", "1")]);
    }
}
