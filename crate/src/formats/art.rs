//! Drawings of the binary formats ([MS-ODRAW] 2.2): names, descriptions and WordArt of shapes.

use crate::budget::Budget;
use crate::error::Result;
use crate::languages::surroundings::Shape;

/// A shape, and the number of the text box that shows its text.
pub(crate) struct Found {
    pub(crate) shape: Shape,
    pub(crate) text_id: Option<u32>,
}

/// OfficeArtSpContainer (2.2.14) and the tables of properties (2.2.9 to 2.2.11).
const SHAPE: u16 = 0xF004;
const OPTIONS: &[u16] = &[0xF00B, 0xF121, 0xF122];

const TEXT_CHARS: u16 = 0x0FA0;
const TEXT_BYTES: u16 = 0x0FA8;

const TEXT_ID: u16 = 0x0080;
/// gtextUNICODE (2.3.22.1), wzName and wzDescription (2.3.4.2, 2.3.4.3).
const WORD_ART: u16 = 0x00C0;
const NAME: u16 = 0x0380;
const DESCRIPTION: u16 = 0x0381;

/// Shapes kept.
const MOST: usize = 1 << 14;

/// The shapes in a run of records. Between records may stand what belongs to none: the next one is found behind it.
pub(crate) fn shapes(bytes: &[u8], budget: &Budget) -> Result<Vec<Found>> {
    let mut all: Vec<Found> = Vec::new();
    let mut rest = bytes;
    while let Some([a, b, c, d, e, f, g, h]) = rest.first_chunk::<8>() {
        budget.steps(1)?;
        let (head, kind) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
        let size = usize::try_from(u32::from_le_bytes([*e, *f, *g, *h])).unwrap_or(usize::MAX);
        let body = rest.get(8..).unwrap_or_default();
        let skip = match kind {
            SHAPE if all.len() < MOST => {
                all.push(Found { shape: Shape::default(), text_id: None });
                8
            }
            kind if OPTIONS.contains(&kind) && size <= body.len() => {
                if let Some(found) = all.last_mut() {
                    options(body.get(..size).unwrap_or_default(), usize::from(head >> 4), found);
                }
                size.saturating_add(8)
            }
            // The text of a shape on a slide ([MS-PPT] 2.9.42, 2.9.43).
            TEXT_CHARS | TEXT_BYTES if size <= body.len() => {
                let text = body.get(..size).unwrap_or_default();
                if let Some(found) = all.last_mut().filter(|found| found.shape.text.is_empty()) {
                    found.shape.text = match kind {
                        TEXT_CHARS => wide(text),
                        _ => text.iter().map(|byte| char::from(*byte)).collect(),
                    };
                }
                size.saturating_add(8)
            }
            // Containers are entered, other records passed.
            0xF000..=0xF1FF if head & 0xF == 0xF => 8,
            0xF000..=0xF1FF if size <= body.len() => size.saturating_add(8),
            _ => 1,
        };
        rest = rest.get(skip..).unwrap_or_default();
    }
    all.retain(|Found { shape, text_id }| {
        text_id.is_some() || !shape.name.is_empty() || !shape.alternative.is_empty() || !shape.text.is_empty()
    });
    Ok(all)
}

/// A table of `count` properties, and behind it what does not fit into four bytes.
fn options(table: &[u8], count: usize, found: &mut Found) {
    let Some((fixed, mut complex)) = table.split_at_checked(count.saturating_mul(6)) else { return };
    for [a, b, c, d, e, f] in fixed.as_chunks::<6>().0 {
        let (id, value) = (u16::from_le_bytes([*a, *b]), u32::from_le_bytes([*c, *d, *e, *f]));
        if id & 0x8000 == 0 {
            if id & 0x3FFF == TEXT_ID {
                found.text_id = Some(value);
            }
            continue;
        }
        let size = usize::try_from(value).unwrap_or(usize::MAX).min(complex.len());
        let (data, after) = complex.split_at(size);
        complex = after;
        let to = match id & 0x3FFF {
            WORD_ART => &mut found.shape.text,
            NAME => &mut found.shape.name,
            DESCRIPTION => &mut found.shape.alternative,
            _ => continue,
        };
        *to = wide(data);
    }
}

/// UTF-16 up to its end mark.
pub(crate) fn wide(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).take_while(|unit| *unit != 0);
    char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    #[test]
    fn names_and_descriptions() {
        let wide = |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let (name, description) = (wide("Box"), wide("cmd"));
        let mut table = Vec::new();
        for (id, value) in [
            (TEXT_ID, 0x0001_0000),
            (0x8000 | NAME, name.len() as u32),
            (0xC000 | DESCRIPTION, description.len() as u32),
        ] {
            table.extend(id.to_le_bytes());
            table.extend(u32::to_le_bytes(value));
        }
        table.extend([name, description].concat());
        let record = |head: u16, kind: u16, body: &[u8]| {
            [&head.to_le_bytes()[..], &kind.to_le_bytes(), &(body.len() as u32).to_le_bytes(), body].concat()
        };
        let shape = record(0xF, SHAPE, &record(0x33, 0xF00B, &table));
        let bytes = [record(0xF, 0xF000, &[]), vec![0], record(0xF, 0xF002, &shape)].concat();
        let budget = Budget::new(Limits::default(), |_| ());
        let found = shapes(&bytes, &budget).unwrap();
        assert_eq!((found.len(), found[0].text_id), (1, Some(0x0001_0000)));
        assert_eq!((found[0].shape.name.as_str(), found[0].shape.alternative.as_str()), ("Box", "cmd"));
        for end in 0..bytes.len() {
            shapes(&bytes[..end], &budget).unwrap();
        }
    }
}
