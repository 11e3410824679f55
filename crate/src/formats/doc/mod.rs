//! Word 6 to 2003 documents ([MS-DOC]; Word 6 by "Microsoft Word 6.0 Binary File Format").
//!
//! Macros and objects stand in storages of the compound file and are read there. Here is what the document itself says:
//! the text of all its stories, put together from pieces (2.4.1), with the fields in it; and what its macros can read:
//! variables, bookmarks, paragraphs, the names and descriptions of shapes. Encryption of the text does not hide the
//! macros.

mod fib;
mod pieces;
mod tables;

use crate::error::{Error, Result};
use crate::formats::art;
use crate::formats::cfb::{Cfb, encrypted, unlock_binary};
use crate::languages::fields::Fields;
use crate::languages::surroundings::{Shape, Surroundings};
use crate::scan::Scan;
use crate::source::Source;
use crate::view::{Relationship, Text, View};

use fib::{Fib, Part};
use pieces::Units;

/// Paragraphs kept for macros.
const PARAGRAPHS: usize = 1 << 14;

/// Looks at the document, and at those embedded in it.
pub(crate) fn inspect(scan: &mut Scan, cfb: &Cfb) -> Result<()> {
    let documents: Vec<(usize, Option<usize>)> = cfb
        .streams()
        .filter(|(_, entry)| entry.name.eq_ignore_ascii_case("WordDocument"))
        .map(|(id, entry)| (id, entry.parent))
        .collect();
    for (id, parent) in documents {
        let path = cfb.path(id);
        let table = |name: &str| cfb.child(parent, name).map(|id| cfb.stream(id));
        if let Err(error) = document(scan, &cfb.stream(id), table, &path, parent == Some(0)) {
            scan.note(&error, Some(&path));
        }
    }
    Ok(())
}

fn document(
    scan: &mut Scan,
    stream: &Source,
    table: impl Fn(&str) -> Option<Source>,
    path: &str,
    outer: bool,
) -> Result<()> {
    let (mut fib, mut stream) = (Fib::read(stream, table)?, stream.clone());
    if fib.encrypted {
        match fib.scheme() {
            Ok(scheme) => {
                let Some(key) = unlock_binary(scan, &scheme, path)? else { return Ok(()) };
                (fib, stream) = fib.unlocked(key, &stream)?;
            }
            Err(error) => {
                encrypted(scan, "unknown", path);
                return Err(error);
            }
        }
    }
    let (units, damage) = pieces::text(&stream, &fib, &scan.budget)?;
    if let Some(error) = damage {
        scan.note(&error, Some(path));
    }
    let mut fields = Fields::default();
    let mut around = Surroundings::default();
    let mut start = 0_usize;
    let mut boxes = start..start;
    // What no count covers may still be shown by a more lenient program.
    let rest = units.len();
    for (story, count) in fib.stories().into_iter().chain([rest]).enumerate() {
        let end = start.saturating_add(count);
        if story == fib::TEXT_BOXES {
            boxes = start..end;
        }
        let mut shown = String::new();
        fields.story(path);
        fields.marked(&units.text(start, end), &mut shown);
        let shown = readable(&shown);
        if story == 0 {
            around.paragraphs = shown.split('\n').take(PARAGRAPHS).map(str::to_owned).collect();
        }
        if !shown.trim().is_empty() {
            scan.show(&View::Text(Text { path, text: &shown }));
        }
        start = end;
    }
    let variables = tables::variables(&fib);
    around.variables = kept(scan, path, variables);
    let bookmarks = tables::bookmarks(&fib, |from, to| visible(&units.text(from, to)));
    around.bookmarks = kept(scan, path, bookmarks);
    let shapes = shapes(&fib, &units, boxes.start, &scan.budget);
    around.shapes = kept(scan, path, shapes);
    for shape in around.shapes.iter().filter(|shape| !shape.alternative.is_empty()) {
        scan.show(&View::Text(Text { path, text: &shape.alternative }));
    }
    if outer {
        scan.surround(around);
    }
    let template = tables::template(&fib);
    if let Some(target) = kept(scan, path, template) {
        scan.show(&View::Relationship(Relationship { part: path, kind: "attachedTemplate", target: &target }));
    }
    if fields.is_empty() { Ok(()) } else { scan.show_fields(&fields) }
}

/// A table, or why it could not be read, which is a finding.
fn kept<T: Default>(scan: &mut Scan, path: &str, table: Result<T>) -> T {
    table.unwrap_or_else(|error| {
        scan.note(&error, Some(path));
        T::default()
    })
}

/// Text without the instructions of its fields.
fn visible(text: &str) -> String {
    let mut shown = String::new();
    let mut fields = Fields::default();
    fields.story("");
    fields.marked(text, &mut shown);
    readable(&shown)
}

/// Text as a person sees it: marks of cells, lines and paragraphs as blanks, anchors left out (2.8.25).
fn readable(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\u{7}' => Some('\t'),
            '\u{B}'..='\r' => Some('\n'),
            '\u{1E}' => Some('-'),
            '\t' | '\n' => Some(c),
            c if c.is_control() => None,
            c => Some(c),
        })
        .collect()
}

/// Shapes with their names, descriptions and text boxes (2.9.172, 2.8.32).
fn shapes(fib: &Fib, units: &Units, boxes: usize, budget: &crate::budget::Budget) -> Result<Vec<Shape>> {
    let ends = tables::positions(&fib.part(Part::PlcftxbxTxt)?, 22);
    let text = |number: u32| {
        let at = usize::try_from(number >> 16).ok()?.checked_sub(1)?;
        let (from, to) = (*ends.get(at)?, *ends.get(at.checked_add(1)?)?);
        Some(visible(&units.text(boxes.saturating_add(from), boxes.saturating_add(to))))
    };
    let mut all = art::shapes(&fib.part(Part::DggInfo)?, budget)?;
    for shape in &mut all {
        if let Some(text) = shape.text_id.and_then(text) {
            shape.shape.text = text;
        }
    }
    Ok(all.into_iter().map(|found| found.shape).collect())
}

/// A structure could not be read; where there is nothing better to point to, at the start of the stream.
const fn malformed(what: &'static str) -> Error {
    Error::malformed(what, 0)
}
