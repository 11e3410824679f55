//! What slides say, and what starts when they are pressed or passed over ([MS-PPT] 2.6, 2.9).

use std::collections::BTreeMap;

use super::{STREAM, header};
use crate::error::Result;
use crate::formats::art::{self, wide};
use crate::languages::surroundings::{MOST, Surroundings};
use crate::scan::Scan;
use crate::source::Source;
use crate::view::{How, Press, Relationship, Text, View};

const SLIDE: u16 = 0x03EE;
const DRAWING: u16 = 0x040C;
const TEXT_CHARS_ATOM: u16 = 0x0FA0;
const TEXT_BYTES_ATOM: u16 = 0x0FA8;
const C_STRING: u16 = 0x0FBA;
const EX_HYPERLINK_ATOM: u16 = 0x0FD3;
const EX_HYPERLINK: u16 = 0x0FD7;
const INTERACTIVE_INFO: u16 = 0x0FF2;
const INTERACTIVE_INFO_ATOM: u16 = 0x0FF3;

/// Longest drawing and longest text read, in bytes.
const LONG: usize = 1 << 20;

/// Actions and links kept.
const ACTIONS: usize = 1 << 12;

/// InteractiveInfoActionEnum (2.13.13).
const RUN_PROGRAM: u8 = 2;
const HYPERLINK: u8 = 4;

struct Action {
    hover: bool,
    kind: u8,
    link: u32,
    /// Name of a program or macro.
    name: String,
}

/// Walks over all records, entering every container.
pub(super) fn inspect(scan: &mut Scan, stream: &Source) -> Result<()> {
    let mut around = Surroundings::default();
    let mut text = String::new();
    let mut links: BTreeMap<u32, String> = BTreeMap::new();
    let (mut link, mut slide, mut actions) = (None, 0_u32, Vec::<Action>::new());
    // Where the container of the last action ends: its name stands inside.
    let mut action_end = 0_u64;
    let mut at = 0_u64;
    while let Some(header) = header(stream, at) {
        scan.budget.steps(2)?;
        let body = at.saturating_add(8);
        let len = usize::try_from(header.len).unwrap_or(usize::MAX);
        match header.kind {
            SLIDE => slide = slide.saturating_add(1),
            DRAWING if around.shapes.len() < ACTIONS => {
                let bytes = stream.peek(body, len.min(LONG))?;
                for mut found in art::shapes(&bytes, &scan.budget)? {
                    found.shape.owner = format!("Slide{slide}");
                    around.shapes.push(found.shape);
                }
            }
            TEXT_CHARS_ATOM | TEXT_BYTES_ATOM if text.len() < MOST => {
                let bytes = stream.peek(body, len.min(LONG))?;
                scan.budget.steps(bytes.len() as u64 >> 4)?;
                if header.kind == TEXT_CHARS_ATOM {
                    text.push_str(&wide(&bytes));
                } else {
                    // The low bytes of UTF-16.
                    text.extend(bytes.iter().map(|byte| char::from(*byte)));
                }
                text.push('\n');
            }
            EX_HYPERLINK => link = None,
            EX_HYPERLINK_ATOM => link = stream.peek(body, 4)?.first_chunk().map(|id| u32::from_le_bytes(*id)),
            INTERACTIVE_INFO => action_end = body.saturating_add(header.len),
            INTERACTIVE_INFO_ATOM if actions.len() < ACTIONS => {
                let atom = stream.peek(body, 16)?;
                let link = atom.get(4..).and_then(|id| id.first_chunk()).map_or(0, |id| u32::from_le_bytes(*id));
                // The container around it says which event it is for.
                let hover = self::header(stream, at.saturating_sub(8))
                    .is_some_and(|outer| outer.kind == INTERACTIVE_INFO && outer.instance == 1);
                let kind = atom.get(8).copied().unwrap_or_default();
                actions.push(Action { hover, kind, link, name: String::new() });
            }
            C_STRING => {
                let bytes = stream.peek(body, len.min(1 << 12))?;
                match (actions.last_mut().filter(|_| at < action_end), link) {
                    (Some(action), _) => action.name = wide(&bytes),
                    // targetAtom has the instance 1 (2.10.16).
                    (None, Some(id)) if header.instance == 1 && links.len() < ACTIONS => {
                        links.insert(id, wide(&bytes));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        at = if header.container { body } else { body.saturating_add(header.len) };
    }
    if !text.trim().is_empty() {
        scan.show(&View::Text(Text { path: STREAM, text: &text.replace(['\r', '\u{B}'], "\n") }));
    }
    for shape in around.shapes.iter().filter(|shape| !shape.alternative.is_empty()) {
        scan.show(&View::Text(Text { path: STREAM, text: &shape.alternative }));
    }
    for action in &actions {
        match action.kind {
            RUN_PROGRAM if !action.name.is_empty() => {
                let how = if action.hover { How::Hover } else { How::Press };
                scan.show(&View::Press(Press { path: STREAM, target: &action.name, how }));
            }
            HYPERLINK => {
                if let Some(target) = links.get(&action.link) {
                    scan.show(&View::Relationship(Relationship { part: STREAM, kind: "hyperlink", target }));
                }
            }
            _ => {}
        }
    }
    scan.surround(around);
    Ok(())
}
