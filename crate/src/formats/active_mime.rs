//! ActiveMime (`.mso`): where Word and Excel keep a macro project or objects when they save a page or XML.
//!
//! The format is documented nowhere. Behind `ActiveMime` and a header of varying length stands a zlib stream
//! ([RFC 1950]) that inflates to a compound file; the header says where, and is not to be believed.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::{Format, Reading};
use crate::artifact::{Class, Origin};
use crate::error::{Error, Result};
use crate::scan::{Child, Content, Scan};
use crate::source::Source;

pub(super) const FORMATS: &[Format] =
    &[Format::new("active-mime", Class::Data, &[]).probe(|p| p.starts_with(MAGIC)).reading(Reading::With(inspect))];

const MAGIC: &[u8] = b"ActiveMime";

/// How far the compressed stream is looked for; it starts at 0x32 (Word) or 0x22A (Excel) in all files seen.
const FAR: usize = 1 << 14;

/// Places that are tried to the end of a few bytes.
const TRIES: usize = 256;

fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let head = source.peek(0, FAR)?;
    let mut first = None;
    let mut compound = None;
    for at in starts(&head) {
        scan.budget.steps(64)?;
        let Some(start) = begins(source, at) else { continue };
        if start.starts_with(b"\xD0\xCF\x11\xE0") {
            compound = Some(at);
            break;
        }
        first = first.or(Some(at));
    }
    let Some(at) = compound.or(first) else { return Err(Error::malformed("ActiveMime", 0)) };
    let stream = source.slice(at, source.len());
    let (bytes, error) = scan.budget.read_as_far_as_possible(ZlibDecoder::new(stream));
    scan.budget.expand(bytes.len() as u64)?;
    let path = format!("ActiveMime@{at}");
    let content = Content::Bytes { source: Source::memory(bytes), crc32: None };
    scan.push(Child { name: "oledata".into(), origin: Origin::Part { path }, size: None, content })?;
    error.map_or(Ok(()), Err)
}

/// Where a zlib stream may start: where the header says, and at every header of zlib ([RFC 1950] 2.2).
fn starts(head: &[u8]) -> Vec<u64> {
    let said = head.get(0x1E..0x20).and_then(|bytes| bytes.first_chunk()).map(|bytes| u16::from_le_bytes(*bytes));
    let said = said.map(|offset| u64::from(offset).saturating_add(46));
    let is_header = |pair: &[u8]| {
        matches!(*pair, [method, flags]
            if method & 15 == 8 && method >> 4 <= 7 && u16::from_be_bytes([method, flags]).is_multiple_of(31))
    };
    let found = head.windows(2).enumerate().skip(12).filter(|(_, pair)| is_header(pair)).map(|(at, _)| at as u64);
    said.into_iter().chain([0x32, 0x22A]).chain(found.take(TRIES)).collect()
}

/// The first bytes that a zlib stream at `at` gives.
fn begins(source: &Source, at: u64) -> Option<[u8; 8]> {
    let mut start = [0; 8];
    let compressed = source.slice(at, 1 << 12);
    ZlibDecoder::new(compressed).read_exact(&mut start).ok()?;
    Some(start)
}
