//! Text that is not the page alone: paths, names and values, fields between their marks.

use super::{BETWEEN, OBJECTS, OPEN_BOOKMARKS, Reader, To, VALUE};
use crate::languages::fields::{BEGIN, END, SEPARATE};
use crate::languages::surroundings::Surroundings;

/// Kept of fields, in bytes of UTF-8; and of one path.
const FIELDS: usize = 8 << 20;
const PATH: usize = 4 << 10;

impl Reader<'_> {
    pub(super) fn finish_collecting(&mut self, to: To) {
        let text = std::mem::take(&mut self.collected);
        match to {
            To::Class => {
                if let Some(object) = self.object() {
                    text.trim().clone_into(&mut object.class);
                }
            }
            To::Path(kind) => self.path(kind, &text),
            To::Property(name) => self.remember(|around| &mut around.properties, name.to_owned(), text),
            To::Variable => {
                if let Some((name, value)) = text.split_once(BETWEEN) {
                    let value = value.trim_end_matches(BETWEEN).to_owned();
                    self.remember(|around| &mut around.variables, name.trim().to_owned(), value);
                }
            }
            To::BookmarkStart if self.open_bookmarks.len() < OPEN_BOOKMARKS => {
                self.open_bookmarks.push((text.trim().to_owned(), String::new()));
            }
            To::BookmarkEnd => {
                let at = self.open_bookmarks.iter().rposition(|(name, _)| name == text.trim());
                if let Some((name, value)) = at.map(|at| self.open_bookmarks.remove(at)) {
                    self.remember(|around| &mut around.bookmarks, name, value);
                }
            }
            To::DrawingName => self.property = text,
            // Pictures of drawings that stand outside: `pibName`, `fillBlipName`, `lineFillBlipName`.
            To::DrawingValue if self.property.ends_with("Name") && is_picture(&self.property) => {
                self.path("image", &text);
            }
            _ => {}
        }
    }

    fn remember(
        &mut self,
        list: impl FnOnce(&mut Surroundings) -> &mut Vec<(String, String)>,
        name: String,
        value: String,
    ) {
        let list = list(&mut self.document.around);
        if list.len() < OBJECTS {
            list.push((name, value));
        } else {
            self.document.cut = true;
        }
    }

    fn path(&mut self, kind: &'static str, text: &str) {
        let text = text.trim().trim_end_matches(';');
        if text.is_empty() {
            return;
        }
        if self.document.paths.len() < OBJECTS {
            self.document.paths.push((kind, text.to_owned()));
        } else {
            self.document.cut = true;
        }
    }

    /// Sends what was decoded to where the current group's text goes.
    pub(super) fn flush(&mut self) {
        let text = self.decoder.take();
        if text.is_empty() {
            return;
        }
        match self.current.to {
            To::Page => {
                (self.page)(&text);
                for (_, value) in &mut self.open_bookmarks {
                    let room = VALUE.saturating_sub(value.len());
                    value.extend(text.chars().take(room));
                }
                if self.open_fields > 0 {
                    self.field_text(&text);
                }
            }
            To::Instruction => self.field_text(&text),
            To::Aside | To::Fonts | To::Data(_) => {}
            _ => {
                let room = PATH.saturating_sub(self.collected.len());
                self.collected.extend(text.chars().take(room));
            }
        }
    }

    pub(super) fn field_text(&mut self, text: &str) {
        self.spent = self.spent.saturating_add(text.len());
        if self.spent > FIELDS {
            self.document.cut = true;
        } else {
            self.field.extend(text.chars().filter(|c| !matches!(*c, BEGIN | SEPARATE | END)));
        }
    }

    pub(super) fn mark(&mut self, mark: char) {
        self.flush();
        self.spent = self.spent.saturating_add(1);
        if self.spent <= FIELDS {
            self.field.push(mark);
        }
    }

    pub(super) fn finish_field(&mut self) {
        let field = std::mem::take(&mut self.field);
        if !field.is_empty() {
            self.spent = self.spent.saturating_add(32);
            self.document.fields.push(field);
        }
    }
}

fn is_picture(property: &str) -> bool {
    property.starts_with("pib") || property.contains("Blip")
}
