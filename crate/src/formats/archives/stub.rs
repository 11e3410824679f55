//! An archive behind a program: what unpacks itself.
//!
//! The program stays what it is, something that runs when opened; what it would unpack is shown beside that.

use crate::artifact::Origin;
use crate::error::Result;
use crate::scan::{Child, Content, Scan};
use crate::source::{Chain, Source, Zeros};

/// How far behind the program an archive may begin: 7-Zip's settings stand between.
const NEAR: usize = 1 << 16;

const SEVENZ: &[u8] = b"7z\xBC\xAF\x27\x1C";
const RAR: &[u8] = b"Rar!\x1A\x07";
const ZIP: &[u8] = b"PK\x03\x04";

/// Pushes the archive behind the program that is `source`, if there is one.
pub(in crate::formats) fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let Some((start, end)) = overlay(source)? else { return Ok(()) };
    let rest = source.slice(start, end.saturating_sub(start));
    let head = rest.peek(0, NEAR)?;
    let found = [(SEVENZ, "7z"), (RAR, "rar"), (ZIP, "zip")].into_iter().filter_map(|(magic, id)| {
        let at = head.windows(magic.len()).position(|window| window == magic)?;
        Some((at as u64, id))
    });
    let Some((at, id)) = found.min() else { return Ok(()) };
    let at = start.saturating_add(at);
    let mut archive = source.slice(at, end.saturating_sub(at));
    if id == "zip" {
        archive = whole_zip(at, archive)?;
    }
    let name = format!("overlay@{at}.{id}");
    let origin = Origin::Object { path: name.clone() };
    scan.push(Child { name, origin, size: None, content: Content::Bytes { source: archive, crc32: None } })
}

/// The ZIP that begins at `at`, with nothing before it where its offsets count from the beginning of the file.
pub(super) fn whole_zip(at: u64, archive: Source) -> Result<Source> {
    Ok(match crate::formats::zip::has_end(&archive)? {
        true => archive,
        false => Source::new(Chain::new([Source::new(Zeros(at)), archive])),
    })
}

/// What stands behind the last section of a PE image, up to its signature (\[PE\] section table, attribute certificate
/// table).
fn overlay(source: &Source) -> Result<Option<(u64, u64)>> {
    const SECTION: u64 = 40;
    const CERTIFICATES: u64 = 4;
    let u16_at = |at: u64| source.array(at, "PE header").map(|bytes| u64::from(u16::from_le_bytes(bytes)));
    let u32_at = |at: u64| source.array(at, "PE header").map(|bytes| u64::from(u32::from_le_bytes(bytes)));
    if source.peek(0, 2)? != b"MZ" || source.len() < 0x40 {
        return Ok(None);
    }
    let pe = u32_at(0x3C)?;
    if source.peek(pe, 4)? != b"PE\0\0" {
        return Ok(None);
    }
    let optional = pe.saturating_add(24);
    let (Ok(sections), Ok(optional_len)) = (u16_at(pe.saturating_add(6)), u16_at(pe.saturating_add(20))) else {
        return Ok(None);
    };
    let table = optional.saturating_add(optional_len);
    let mut end = 0;
    for index in 0..sections {
        let section = table.saturating_add(index.saturating_mul(SECTION));
        let (Ok(size), Ok(at)) = (u32_at(section.saturating_add(16)), u32_at(section.saturating_add(20))) else {
            break;
        };
        end = end.max(at.saturating_add(size));
    }
    // The directories stand behind fields that are wider in 64-bit programs.
    let directories = if u16_at(optional).is_ok_and(|magic| magic == 0x20B) { 112 } else { 96 };
    let certificates = optional.saturating_add(directories).saturating_add(CERTIFICATES.saturating_mul(8));
    let signature = u32_at(certificates).ok().filter(|at| (end..source.len()).contains(at) && *at > 0);
    Ok((end > 0 && end < source.len()).then(|| (end, signature.unwrap_or(source.len()))))
}
