//! Properties of a document in a compound file ([MS-OLEPS] 2.20 to 2.25, [MS-OSHARED] 2.3.3.2): its author, its
//! comments, what somebody wrote into the custom ones. Macros read them by name.

use std::collections::BTreeMap;

use crate::codecs::encoding::{Encoding, UTF_16LE};
use crate::error::Error;
use crate::formats::cfb::Cfb;
use crate::languages::surroundings::Surroundings;
use crate::scan::Scan;

/// Longest stream read, in bytes.
const LONGEST: usize = 8 << 20;

/// Properties of one set.
const MOST: usize = 1 << 12;

/// Streams, and by which names code knows their numbers. In the second set of the second stream each has its own.
const SETS: &[(&str, &[(u32, &str)])] = &[
    (
        "\u{5}SummaryInformation",
        &[
            (2, "Title"),
            (3, "Subject"),
            (4, "Author"),
            (5, "Keywords"),
            (6, "Comments"),
            (7, "Template"),
            (8, "Last Author"),
            (9, "Revision Number"),
            (18, "Application Name"),
        ],
    ),
    (
        "\u{5}DocumentSummaryInformation",
        &[
            (2, "Category"),
            (3, "Format"),
            (14, "Manager"),
            (15, "Company"),
            (26, "Content type"),
            (27, "Content status"),
            (28, "Language"),
        ],
    ),
];

/// Reads both streams. A set that does not follow the specification gives what it gives: only macros could use it.
pub(crate) fn inspect(scan: &mut Scan, cfb: &Cfb) {
    let mut properties = Vec::new();
    for (name, names) in SETS {
        let Some(stream) = cfb.root_stream(name) else { continue };
        let bytes = stream.peek(0, LONGEST).map_err(Error::from);
        match bytes.and_then(|bytes| scan.budget.steps(bytes.len() as u64 >> 4).map(|()| bytes)) {
            Ok(bytes) => read(&bytes, names, &mut properties),
            Err(error) => scan.note(&error, Some(name)),
        }
    }
    if !properties.is_empty() {
        scan.surround(Surroundings { properties, ..Surroundings::default() });
    }
}

/// PropertySetStream (2.21): the place of one or two sets.
fn read(stream: &[u8], names: &[(u32, &str)], to: &mut Vec<(String, String)>) {
    let mut spent = 0_usize;
    for at in [44_usize, 64].iter().take(usize::try_from(u32_at(stream, 24)).unwrap_or_default()) {
        let start = usize::try_from(u32_at(stream, *at)).unwrap_or(usize::MAX);
        let set = stream.get(start..).unwrap_or_default();
        let count = usize::try_from(u32_at(set, 4)).unwrap_or_default().min(MOST);
        let places: Vec<(u32, usize)> = set
            .get(8..)
            .unwrap_or_default()
            .as_chunks::<8>()
            .0
            .iter()
            .take(count)
            .map(|place| (u32_at(place, 0), usize::try_from(u32_at(place, 4)).unwrap_or(usize::MAX)))
            .collect();
        let value = |id: u32| places.iter().find(|(i, _)| *i == id).and_then(|(_, at)| set.get(*at..));
        // Property 1 is the code page, property 0 the dictionary (2.18.1, 2.17).
        let page = value(1).map_or(1252, |value| u16_at(value, 4));
        let own = value(0).map(|dictionary| self::dictionary(dictionary, page)).unwrap_or_default();
        for (id, at) in &places {
            let known = names.iter().find(|(number, _)| number == id).map(|(_, name)| (*name).to_owned());
            let Some(name) = own.get(id).cloned().or_else(|| known.filter(|_| own.is_empty())) else { continue };
            // Many properties may share one long value.
            if let Some(text) = set.get(*at..).and_then(|value| typed(value, page)).filter(|_| spent < LONGEST) {
                spent = spent.saturating_add(text.len());
                to.push((name, text));
            }
        }
    }
}

/// Names of the properties of a set that has its own.
fn dictionary(bytes: &[u8], page: u16) -> BTreeMap<u32, String> {
    let mut names = BTreeMap::new();
    let mut rest = bytes.get(4..).unwrap_or_default();
    for _ in 0..usize::try_from(u32_at(bytes, 0)).unwrap_or_default().min(MOST) {
        let id = u32_at(rest, 0);
        let length = usize::try_from(u32_at(rest, 4)).unwrap_or(usize::MAX);
        // In characters where the code page is UTF-16, and padded to four bytes.
        let size = if page == UTF_16 { length.saturating_mul(2) } else { length };
        let padded = if page == UTF_16 { size.saturating_add(3) & !3 } else { size };
        let Some(name) = rest.get(8..).and_then(|name| name.get(..size)) else { break };
        names.insert(id, text(name, page));
        rest = rest.get(padded.saturating_add(8)..).unwrap_or_default();
    }
    names
}

const UTF_16: u16 = 1200;

/// TypedPropertyValue (2.15): text, numbers and truth.
fn typed(value: &[u8], page: u16) -> Option<String> {
    let body = value.get(4..)?;
    let length = || usize::try_from(u32_at(body, 0)).ok();
    Some(match u16_at(value, 0) {
        // VT_LPSTR, VT_BSTR: a size in bytes.
        0x1E | 0x08 => text(body.get(4..)?.get(..length()?)?, page),
        // VT_LPWSTR: a length in characters.
        0x1F => text(body.get(4..)?.get(..length()?.checked_mul(2)?)?, UTF_16),
        0x02 => i16::from_le_bytes(*body.first_chunk()?).to_string(),
        0x03 | 0x16 => i32::from_le_bytes(*body.first_chunk()?).to_string(),
        0x05 => f64::from_le_bytes(*body.first_chunk()?).to_string(),
        0x0B => if u16_at(body, 0) == 0 { "False" } else { "True" }.to_owned(),
        _ => return None,
    })
}

/// Text of a code page, up to its end mark.
fn text(bytes: &[u8], page: u16) -> String {
    let encoding = if page == UTF_16 { UTF_16LE } else { Encoding::of_code_page(page) };
    let text = encoding.decode(bytes);
    text.split('\0').next().unwrap_or_default().to_owned()
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b))
}
