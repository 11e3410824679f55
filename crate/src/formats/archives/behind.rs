//! An archive behind something that is none: a picture that shows, and a person is told to open it as an archive.
//!
//! Archive programs look for the end of a ZIP, or for the beginning of the others wherever it stands; what shows the
//! picture stops at its own end. A document of Office 97–2003 ends with its last stream.

use memchr::memchr3_iter;

use super::{BEHIND, stub};
use crate::artifact::{Class, Origin};
use crate::error::Result;
use crate::finding::{Evidence, Observation};
use crate::formats::{self, Format};
use crate::scan::{Child, Content, LEFT_OUT, Scan};
use crate::source::Source;

/// What an archive is known by: its bytes, where the one of them stands that other files hardly have, its kind.
type Sign = (&'static [u8], usize, &'static str);

/// What 7z and RAR begin with.
const SEVENZ: Sign = (b"7z\xBC\xAF\x27\x1C\0", 2, "7z");
const RAR4: Sign = (b"Rar!\x1A\x07\0", 4, "rar");
const RAR5: Sign = (b"Rar!\x1A\x07\x01\0", 4, "rar");
const BEGINNINGS: &[Sign] = &[SEVENZ, RAR4, RAR5];

/// These, and what a ZIP ends with.
const SIGNS: &[Sign] = &[SEVENZ, RAR4, RAR5, (b"PK\x05\x06", 3, "zip")];

/// Length of the longest of them.
const LONGEST: usize = 8;

/// Says that an archive stands behind the content of the current artifact, and shows it.
pub(crate) fn look(scan: &mut Scan, format: &Format, source: &Source) -> Result<()> {
    let carries = matches!(format.class, Class::Picture | Class::Media | Class::Font);
    let is_compound = format.id == "ole-object";
    if !(carries || is_compound || matches!(format.id, "pdf" | "rtf")) || !scan.is_offered() {
        return Ok(());
    }
    // The whole again: its offsets may count from the very beginning. The name makes it a ZIP.
    let found = if is_compound {
        // Its end is asked for last: packed, it may be zeros to 500 MB.
        if scan.is_input() || scan.may_look_behind(source.len()) {
            behind_streams(scan, source)?
        } else {
            leave_out(scan, "data behind a document");
            None
        }
    } else if formats::zip::last_archive(source)?.is_some() {
        Some((0, "zip"))
    } else if !carries {
        // A PDF may hold whole archives by the means of the format.
        None
    } else if scan.may_look_behind(source.len()) {
        search(scan, source, BEGINNINGS)?
    } else {
        leave_out(scan, "data behind a picture");
        None
    };
    let Some((at, id)) = found else { return Ok(()) };
    scan.report(Observation::new(&BEHIND, Evidence::quote(id).offset(at)).with("type", format.id));
    let name = format!("behind@{at}.{id}");
    let origin = Origin::Object { path: name.clone() };
    let mut archive = source.slice(at, u64::MAX);
    if is_compound && id == "zip" {
        // The whole would be taken for the document again.
        archive = stub::whole_zip(at, archive)?;
    }
    let content = Content::Bytes { source: archive, crc32: None };
    scan.push(Child { name, origin, size: None, content })
}

/// Says so of the first: of an album with thousands, thousands of findings would hide all others.
fn leave_out(scan: &mut Scan, what: &'static str) {
    if scan.is_first_left_out() {
        let evidence = Evidence::quote(scan.name());
        scan.report(Observation::new(&LEFT_OUT, evidence).with("what", what));
    }
}

/// Where an archive begins that no stream of a compound file holds.
fn behind_streams(scan: &Scan, source: &Source) -> Result<Option<(u64, &'static str)>> {
    /// Bytes behind the streams in which the others must begin.
    const NEAR: u64 = 1 << 20;
    // Where the streams end is asked for only if there is anything at all.
    if source.len() <= NEAR && search(scan, source, SIGNS)?.is_none() {
        return Ok(None);
    }
    let zip = formats::zip::last_archive(source)?;
    let last = zip.map_or(0, |(_, end)| end.saturating_sub(1));
    let outside = formats::cfb::outside(source, &scan.budget, last)?;
    if let Some((start, _)) = zip {
        return Ok(outside.is_foreign.then_some((start, "zip")));
    }
    let found = search(scan, &source.slice(outside.end, NEAR), BEGINNINGS)?;
    Ok(found.map(|(at, id)| (outside.end.saturating_add(at), id)))
}

/// Where the first of these signs stands, and of which kind of archive it is.
fn search(scan: &Scan, source: &Source, signs: &[Sign]) -> Result<Option<(u64, &'static str)>> {
    const CHUNK: usize = 1 << 16;
    let mut at = 0_u64;
    loop {
        let chunk = source.peek(at, CHUNK)?;
        scan.budget.steps((chunk.len() as u64) >> 8)?;
        for rare in memchr3_iter(0xBC, 0x1A, 0x06, &chunk) {
            let found = signs.iter().find_map(|(sign, before, id)| {
                let start = rare.checked_sub(*before)?;
                chunk.get(start..)?.starts_with(sign).then_some((at.saturating_add(start as u64), *id))
            });
            if found.is_some() {
                return Ok(found);
            }
        }
        if chunk.len() < CHUNK {
            return Ok(None);
        }
        // Signs may stand across the seam.
        at = at.saturating_add(CHUNK.saturating_sub(LONGEST) as u64);
    }
}
