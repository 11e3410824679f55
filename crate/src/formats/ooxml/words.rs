//! Paragraphs, runs and fields of text documents; text, titles and descriptions of drawings and slides.
//!
//! A field may be spread over runs, paragraphs and the text box between ([ECMA-376] part 1, 17.16.18): its marks are
//! followed in the order of the part, and what stands between the first two is an instruction however it is split.

use quick_xml::events::{BytesStart, Event};

use super::package::attribute;
use super::texts::{Gather, NAMED, pull, with_text};
use crate::error::Result;
use crate::finding::cut;
use crate::languages::surroundings::Shape;

/// Longest text kept of one bookmark or shape, in bytes.
const LONG: usize = 64 << 10;

/// One part under way.
pub(super) struct Words<'g, 'o> {
    gather: &'g mut Gather,
    owner: &'o str,
    /// Key of the part.
    key: &'o str,
    text: String,
    /// Whether what follows is text, not layout.
    listening: bool,
    /// Text boxes that have begun and not ended; of VML, where all text counts.
    boxes: u32,
    vml: u32,
    shape: Option<Shape>,
    /// Id, name and start of the bookmarks that have begun.
    bookmarks: Vec<(String, String, usize)>,
    /// Start of the paragraph under way.
    paragraph: usize,
}

impl<'g, 'o> Words<'g, 'o> {
    /// Text of a part; the rest goes to `gather`.
    pub(super) fn read(
        gather: &'g mut Gather,
        (part, key): (&str, &'o str),
        owner: &'o str,
        xml: &str,
    ) -> (String, Result<()>) {
        gather.fields.story(part);
        let mut words = Self {
            gather,
            owner,
            key,
            text: String::new(),
            listening: false,
            boxes: 0,
            vml: 0,
            shape: None,
            bookmarks: Vec::new(),
            paragraph: 0,
        };
        let result = pull(xml, |event| words.see(event));
        words.shape_ends();
        (words.text, result)
    }

    fn see(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(element) => self.starts(element, false),
            Event::Empty(element) => self.starts(element, true),
            Event::End(element) => self.ends(element.local_name().as_ref()),
            event if self.listening || self.vml > 0 => with_text(event, |text| self.put(text)),
            _ => {}
        }
    }

    fn starts(&mut self, element: &BytesStart<'_>, empty: bool) {
        match element.local_name().as_ref() {
            "t" | "instrText" | "delInstrText" | "text" => self.listening = !empty,
            "tab" | "br" | "cr" => self.put(" "),
            "p" if empty => self.paragraph_ends(),
            "fldChar" => match attribute(element, "fldCharType").as_str() {
                "begin" => self.gather.fields.begin(),
                "separate" => self.gather.fields.separate(),
                "end" => self.gather.fields.end(),
                _ => {}
            },
            "fldSimple" => {
                self.gather.fields.begin();
                self.gather.fields.text(&attribute(element, "instr"));
                self.gather.fields.separate();
                if empty {
                    self.gather.fields.end();
                }
            }
            "docPr" | "cNvPr" => {
                let (name, title) = (attribute(element, "name"), attribute(element, "title"));
                self.shape_starts(name, title, attribute(element, "descr"));
            }
            "shape" | "rect" | "roundrect" | "oval" => {
                let alternative = attribute(element, "alt");
                if !alternative.is_empty() || !self.owner.is_empty() {
                    self.shape_starts(attribute(element, "id"), attribute(element, "title"), alternative);
                }
            }
            "textpath" => {
                let text = attribute(element, "string");
                self.put(&text);
            }
            "txbxContent" | "txBody" | "textbox" if !empty => {
                self.boxes = self.boxes.saturating_add(1);
                self.vml = self.vml.saturating_add(u32::from(element.local_name().as_ref() == "textbox"));
            }
            "bookmarkStart" if self.bookmarks.len() < NAMED => {
                let bookmark = (attribute(element, "id"), attribute(element, "name"), self.text.len());
                self.bookmarks.push(bookmark);
            }
            "control" => {
                let owner = if self.owner.is_empty() { "ThisDocument" } else { self.owner };
                self.gather.place(self.key, owner, element);
            }
            "bookmarkEnd" => self.bookmark_ends(&attribute(element, "id")),
            _ => {}
        }
    }

    fn ends(&mut self, name: &str) {
        match name {
            "t" | "instrText" | "delInstrText" | "text" => self.listening = false,
            "p" | "div" | "si" => self.paragraph_ends(),
            "fldSimple" => self.gather.fields.end(),
            "txbxContent" | "txBody" | "textbox" => {
                self.boxes = self.boxes.saturating_sub(1);
                self.vml = self.vml.saturating_sub(u32::from(name == "textbox"));
            }
            _ => {}
        }
    }

    fn put(&mut self, text: &str) {
        let instruction = self.gather.fields.in_instruction();
        self.gather.fields.text(text);
        if instruction {
            return;
        }
        let text = self.gather.take(text);
        self.text.push_str(text);
        if self.boxes > 0
            && let Some(shape) = self.shape.as_mut().filter(|shape| shape.text.len() < LONG)
        {
            shape.text.push_str(text);
        }
    }

    fn paragraph_ends(&mut self) {
        if self.gather.fields.in_instruction() {
            self.gather.fields.text(" ");
        }
        if self.gather.macros
            && self.boxes == 0
            && self.owner.is_empty()
            && self.gather.around.paragraphs.len() < NAMED
            && let Some(paragraph) = self.text.get(self.paragraph..)
        {
            self.gather.around.paragraphs.push(paragraph.trim_end().to_owned());
        }
        self.text.push('\n');
        if self.boxes == 0 {
            self.paragraph = self.text.len();
        }
    }

    /// Titles and descriptions are read to people and searched like text.
    fn shape_starts(&mut self, name: String, title: String, alternative: String) {
        self.shape_ends();
        for text in [&title, &alternative] {
            if !text.is_empty() {
                let text = self.gather.take(text);
                self.text.push_str(text);
                self.text.push('\n');
            }
        }
        self.shape = Some(Shape { owner: self.owner.to_owned(), name, title, alternative, text: String::new() });
    }

    fn shape_ends(&mut self) {
        if let Some(shape) = self.shape.take()
            && self.gather.macros
            && self.gather.around.shapes.len() < NAMED
        {
            self.gather.around.shapes.push(shape);
        }
    }

    /// Bookmarks may overlap; each end names its start, most often the newest.
    fn bookmark_ends(&mut self, id: &str) {
        let recent = self.bookmarks.len().saturating_sub(64);
        let at = self.bookmarks.iter().skip(recent).rposition(|(open, ..)| open == id);
        let Some(at) = at.and_then(|at| at.checked_add(recent)) else { return };
        let (_, name, start) = self.bookmarks.remove(at);
        if let Some(text) = self.text.get(start..).map(|text| cut(text, LONG)).filter(|text| !text.is_empty())
            && self.gather.around.bookmarks.len() < NAMED
        {
            let text = self.gather.take(text).to_owned();
            self.gather.around.bookmarks.push((name, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Budget, Limits};

    fn read(xml: &str) -> (String, Gather) {
        let mut gather = Gather::with_macros();
        let (text, result) = Words::read(&mut gather, ("word/document.xml", "word/document.xml"), "", xml);
        result.unwrap();
        (text, gather)
    }

    fn instructions(gather: &Gather) -> Vec<String> {
        let budget = Budget::new(Limits::default(), |_| ());
        let (found, result) = gather.fields.resolve(&gather.around, &budget);
        result.unwrap();
        found.into_iter().map(|instruction| instruction.text).collect()
    }

    #[test]
    fn split_runs_are_one_instruction() {
        let xml = "<w:p><w:r><w:t>a</w:t></w:r><w:r><w:fldChar w:fldCharType='begin'/></w:r>\
            <w:r><w:instrText>DD</w:instrText></w:r><w:r><w:instrText>EAU</w:instrText></w:r></w:p>\
            <w:p><w:r><w:delInstrText xml:space='preserve'>TO c</w:delInstrText></w:r><w:r><w:instrText>md &quot;/c a&quot;</w:instrText></w:r>\
            <w:r><w:fldChar w:fldCharType='separate'/><w:t>shown</w:t><w:fldChar w:fldCharType='end'/></w:r></w:p>";
        let (text, gather) = read(xml);
        assert_eq!(text, "a\nshown\n");
        assert_eq!(instructions(&gather), ["DDEAU TO cmd \"/c a\""]);
        let (_, gather) = read("<w:fldSimple w:instr='DDE cmd x'><w:r><w:t>y</w:t></w:r></w:fldSimple>");
        assert_eq!(instructions(&gather), ["DDE cmd x"]);
    }

    #[test]
    fn bookmarked_text_is_a_value() {
        let xml = "<w:p><w:bookmarkStart w:id='0' w:name='k'/><w:r><w:t>cmd</w:t></w:r><w:bookmarkEnd w:id='0'/></w:p>\
            <w:p><w:r><w:fldChar w:fldCharType='begin'/><w:instrText> DDE </w:instrText></w:r>\
            <w:fldSimple w:instr='REF k'/><w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>";
        let (_, gather) = read(xml);
        assert_eq!(instructions(&gather), ["DDE cmd", "REF k"]);
        assert_eq!(gather.around.paragraphs, ["cmd", ""]);
    }

    #[test]
    fn drawings_say_things_too() {
        let xml = "<wp:docPr id='1' name='Box 1' descr='alt words'/><wps:txbx><w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r>\
            </w:p></w:txbxContent></wps:txbx><v:shape id='s' alt='vml'><v:textbox><div>plain <font>text</font></div></v:textbox></v:shape>";
        let (text, gather) = read(xml);
        assert_eq!(text, "alt words\nin a box\nvml\nplain text\n");
        let shapes: Vec<_> = gather.around.shapes.iter().map(|s| (&*s.name, &*s.alternative, &*s.text)).collect();
        assert_eq!(shapes, [("Box 1", "alt words", "in a box"), ("s", "vml", "plain text")]);
    }
}
