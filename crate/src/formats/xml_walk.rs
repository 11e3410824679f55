//! XML as a stream of pieces: what the readers of documents share.
//!
//! Names are compared without their prefix: which prefix stands for which namespace is the author's choice, and a
//! reader that follows only the usual ones is easily passed by.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};

use crate::budget::Budget;
use crate::codecs::encoding::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use crate::error::{Error, LimitKind, Result};

/// XML as text, in the encoding its first bytes or its declaration give (XML 1.0 appendix F).
pub(super) fn decode(xml: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(xml) {
        return encoding.decode(xml.get(mark..).unwrap_or_default());
    }
    let encoding = match xml {
        [b'<', 0, ..] => UTF_16LE,
        [0, b'<', ..] => UTF_16BE,
        _ => declared_encoding(xml).unwrap_or(UTF_8),
    };
    encoding.decode(xml)
}

fn declared_encoding(xml: &[u8]) -> Option<Encoding> {
    let head = xml.get(..xml.len().min(200))?;
    let declaration = head.strip_prefix(b"<?xml")?.split(|byte| *byte == b'>').next()?;
    let at = declaration.windows(8).position(|window| window.eq_ignore_ascii_case(b"encoding"))?;
    let label = declaration.get(at..)?.split(|byte| matches!(byte, b'"' | b'\'')).nth(1)?;
    // Bytes that could be read thus far are not UTF-16, whatever the declaration says.
    Encoding::for_label(label).filter(|encoding| *encoding != UTF_16LE && *encoding != UTF_16BE)
}

/// Calls `each` with every start tag, by its name without prefix. A document without the root it must have was not
/// read, whatever it is.
pub(crate) fn elements(xml: &[u8], root: &str, mut each: impl FnMut(&str, &BytesStart<'_>)) -> Result<()> {
    let text = decode(xml);
    let mut rooted = false;
    let mut events = Events::of(&text);
    loop {
        match events.next()? {
            Event::Start(element) | Event::Empty(element) => {
                rooted |= element.local_name().as_ref() == root;
                each(element.local_name().as_ref(), &element);
            }
            Event::Eof if !rooted => return Err(Error::malformed("XML", 0)),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Elements inside one another, of each of which the reader keeps the name. Word writes a few dozen.
const DEPTH: u64 = 1 << 16;

/// The events of a document, as leniently as they can be told apart.
pub(crate) struct Events<'x> {
    reader: Reader<&'x [u8]>,
    open: u64,
}

impl<'x> Events<'x> {
    pub(crate) fn of(text: &'x str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        Self { reader, open: 0 }
    }

    /// The next event; at the end, and ever after, [`Event::Eof`].
    ///
    /// # Errors
    ///
    /// What is no XML, and more elements inside one another than are followed.
    pub(crate) fn next(&mut self) -> Result<Event<'x>> {
        let event = self.reader.read_event().map_err(|_| Error::malformed("XML", self.reader.error_position()))?;
        match event {
            Event::Start(_) => self.open = self.open.saturating_add(1),
            Event::End(_) => self.open = self.open.saturating_sub(1),
            _ => {}
        }
        if self.open > DEPTH { Err(Error::Limit(LimitKind::ArtifactBytes)) } else { Ok(event) }
    }

    /// Where the last event ended in the text.
    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }
}

/// A piece of a document.
pub(crate) enum Piece<'p> {
    Start {
        /// Name without prefix.
        name: &'p str,
        element: &'p BytesStart<'p>,
        /// Where the tag ends in the text.
        end: usize,
    },
    /// Text between tags, or a part of it: references divide it.
    Text(&'p str),
    End {
        name: &'p str,
        /// Where the tag starts in the text; that of an empty element where it ends.
        start: usize,
    },
}

/// Calls `each` with every piece of `text`, in order. Damage is an error; what stood before it has been seen. So is a
/// reference to an entity of the document's own: nobody here follows it, and text may hide behind it.
pub(crate) fn walk(text: &str, budget: &Budget, mut each: impl FnMut(Piece<'_>)) -> Result<()> {
    let mut events = Events::of(text);
    let mut hidden = None;
    loop {
        let start = events.position();
        let event = events.next();
        let end = events.position();
        budget.steps((end.saturating_sub(start) as u64 / 16).saturating_add(1))?;
        match event? {
            Event::Start(element) => each(Piece::Start { name: element.local_name().as_ref(), element: &element, end }),
            Event::Empty(element) => {
                let name = element.local_name();
                each(Piece::Start { name: name.as_ref(), element: &element, end });
                each(Piece::End { name: name.as_ref(), start: end });
            }
            Event::End(element) => each(Piece::End { name: element.local_name().as_ref(), start }),
            Event::Text(text) => each(Piece::Text(&text)),
            Event::CData(text) => each(Piece::Text(&text)),
            Event::GeneralRef(reference) => match resolve(&reference) {
                Some(c) => each(Piece::Text(c.encode_utf8(&mut [0; 4]))),
                None => hidden = hidden.or(Some(start)),
            },
            Event::Eof => {
                // The text was cut off.
                let cut = Some(end).filter(|_| events.open > 0);
                return hidden.or(cut).map_or(Ok(()), |at| Err(Error::malformed("XML", at as u64)));
            }
            _ => {}
        }
    }
}

/// The predefined entities and character references (XML 1.0, 4.1 and 4.6).
pub(crate) fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    match &**reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}

/// Value of an attribute by its name without prefix; empty when there is none.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> String {
    let [value] = attributes(element, [name]);
    value
}

/// Values of attributes by their names without prefix, of each the first; empty where there is none.
pub(crate) fn attributes<const N: usize>(element: &BytesStart<'_>, names: [&str; N]) -> [String; N] {
    let mut values = [const { None }; N];
    for attribute in element.attributes().with_checks(false).flatten() {
        let name = attribute.key.local_name();
        let found = names.iter().zip(&mut values).find(|(wanted, value)| **wanted == name.as_ref() && value.is_none());
        if let Some((_, value)) = found {
            *value = Some(text_of(&attribute));
        }
    }
    values.map(Option::unwrap_or_default)
}

fn text_of(attribute: &Attribute<'_>) -> String {
    match attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0) {
        Ok(value) => value.into_owned(),
        Err(_) => attribute.value.clone().into_owned(),
    }
}

/// Names without prefix, and values, of all attributes.
pub(super) fn all_attributes<'e>(element: &'e BytesStart<'_>) -> impl Iterator<Item = (String, String)> + 'e {
    let mut all = element.attributes();
    all.with_checks(false);
    all.flatten().map(|attribute| (attribute.key.local_name().as_ref().to_owned(), text_of(&attribute)))
}

/// Things of one kind that a document names, as many as are kept of one; being full is a limit that was hit.
pub(super) struct Kept<T> {
    items: Vec<T>,
    full: bool,
}

/// Honest documents name a few hundred links at most, spreadsheets of links a few thousand.
const MOST: usize = 10_000;

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { items: Vec::new(), full: false }
    }
}

impl<T> Kept<T> {
    pub(super) fn push(&mut self, item: T) {
        if self.items.len() < MOST {
            self.items.push(item);
        } else {
            self.full = true;
        }
    }

    pub(super) fn last_mut(&mut self) -> Option<&mut T> {
        self.items.last_mut()
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.items.iter_mut()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The limit, if it was hit.
    pub(super) fn check(&self) -> Result<()> {
        if self.full { Err(Error::Limit(LimitKind::ArtifactBytes)) } else { Ok(()) }
    }
}

impl<T> IntoIterator for Kept<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

/// Whether an attribute says yes.
pub(super) fn is_true(element: &BytesStart<'_>, name: &str) -> bool {
    matches!(attribute(element, name).trim().to_ascii_lowercase().as_str(), "1" | "true" | "on" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn text(xml: &str) -> (String, bool) {
        let mut out = String::new();
        let budget = Budget::new(Limits::default(), |_| ());
        let result = walk(xml, &budget, |piece| match piece {
            Piece::Start { name, .. } => out.push_str(&format!("<{name}>")),
            Piece::Text(text) => out.push_str(text),
            Piece::End { name, .. } => out.push_str(&format!("</{name}>")),
        });
        (out, result.is_ok())
    }

    #[test]
    fn references_sections_and_empty_elements() {
        let (seen, whole) = text("<a:b x='1'>1 &lt; &#50;<![CDATA[<3>]]><c/></a:b>");
        assert_eq!((seen.as_str(), whole), ("<b>1 < 2<3><c></c></b>", true));
    }

    #[test]
    fn elements_inside_one_another_are_bounded() {
        let deep = "<a>".repeat(DEPTH as usize + 1);
        let mut events = Events::of(&deep);
        let last = std::iter::repeat_with(|| events.next()).find(|event| !matches!(event, Ok(Event::Start(_))));
        assert!(matches!(last, Some(Err(Error::Limit(_)))));
    }

    #[test]
    fn what_hides_behind_an_entity_is_said() {
        assert_eq!(text("<a>x&own;y</a>"), ("<a>xy</a>".to_owned(), false));
        assert!(!text("<a><b x='").1 && !text("<a><b></b>").1);
    }
}
