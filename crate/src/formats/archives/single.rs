//! One file packed by itself: `.gz`, `.bz2`, `.xz` and the rest, also around a TAR (`.tgz`).
//!
//! How long the content is stands nowhere that could be believed, so it is unpacked once to its end before anybody looks
//! into it; only of a large XZ its index is believed until it is read. Programs go on with what follows a stream if it is another one, and ignore anything else.

use std::cell::Cell;
use std::rc::Rc;

use super::{check_growth, check_rest};
use crate::artifact::Origin;
use crate::budget::Budget;
use crate::codecs::members::{Member, Members};
use crate::codecs::paged::Paged;
use crate::codecs::text;
use crate::codecs::unpack::{Exact, Method, xz};
use crate::error::Result;
use crate::finding::{Evidence, Observation};
use crate::formats::{Format, by_extension, extension};
use crate::scan::{Child, Content, IRREGULAR, Scan};
use crate::source::{Source, Stream};

/// What stands behind an extension when what it packs is known.
const INSIDE: &[(&[&str], &str)] = &[
    (&["tgz", "tbz", "tbz2", "txz", "tlz", "tzst", "taz", "tzo"], "tar"),
    (&["svgz"], "svg"),
    (&["emz"], "emf"),
    (&["wmz"], "wmf"),
];

const GZIP: &[u8] = b"\x1F\x8B";

/// Packs one file: the archive around a TAR, not one more layer.
pub(crate) const FORMATS: &[&str] =
    &["gz", "bz2", "xz", "lzma", "lzip", "zst", "lz4", "compress", "svgz", "packed-metafile"];

pub(super) fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let end = Rc::new(Cell::new(0));
    let start = {
        let (source, budget, end) = (source.clone(), Rc::clone(&scan.budget), Rc::clone(&end));
        move || {
            let budget = Rc::clone(&budget);
            let first = family(&head(&source)?);
            let whole = source.len();
            // Only its like goes on; the last two are known by too little, and have no end to go on from.
            let open = Box::new(move |rest: &Source| {
                let head = head(rest)?;
                let goes_on = rest.len() == whole || (first < 4 && family(&head) == first);
                if goes_on { member(rest, head, &budget) } else { Ok(Member::None) }
            });
            Ok(Box::new(Members::new(source.clone(), open, Rc::clone(&end))) as Box<dyn Stream>)
        }
    };
    // What is read to its end anyway shows its damage so.
    let is_long = |len: &u64| *len > scan.budget.limits().hashed;
    let told =
        if head(source)?.starts_with(b"\xFD7zXZ") { xz::length(source, &scan.budget)?.filter(is_long) } else { None };
    let (content, error) = if let Some(len) = told {
        end.set(source.len());
        let start = move || Ok(Box::new(Exact::new(start()?, len, true)) as Box<dyn Stream>);
        (Paged::source(len, Rc::clone(&scan.budget), Box::new(start)), None)
    } else {
        Paged::measured(source.len(), Rc::clone(&scan.budget), Box::new(start))
    };
    let evidence = Evidence::quote(scan.name());
    check_growth(scan, evidence, source.len(), content.len());
    let name = child_name(scan, source)?;
    let (size, origin) = (Some(content.len()), Origin::Entry { path: name.clone() });
    let content = if content.len() == 0 && error.is_some() {
        Content::Unread
    } else {
        Content::Bytes { source: content, crc32: None }
    };
    scan.push(Child { name, origin, size, content })?;
    match error {
        Some(error) => scan.note(&error, None),
        None => check_rest(scan, source, end.get())?,
    }
    Ok(())
}

fn head(rest: &Source) -> Result<[u8; 14]> {
    let mut head = [0; 14];
    rest.read_at(0, &mut head)?;
    Ok(head)
}

/// Streams of one family follow each other.
const fn family(head: &[u8; 14]) -> u8 {
    match head {
        [0x1F, 0x8B, ..] => 0,
        [b'B', b'Z', b'h', ..] => 1,
        [0xFD, b'7', b'z', b'X', b'Z', ..] | [b'L', b'Z', b'I', b'P', ..] => 2,
        [0x28, 0xB5, 0x2F, 0xFD, ..] | [_, _, 0x4C | 0x4D, 0x18, ..] => 3,
        [0x1F, 0x9D, ..] => 4,
        _ => 5,
    }
}

/// Which stream begins here.
fn member(rest: &Source, head: [u8; 14], budget: &Rc<Budget>) -> Result<Member> {
    // Each starts a decoder anew, even if it holds nothing.
    budget.steps(64)?;
    let stream = |method: Method, at: u64, tail: u64| {
        let decoder = method.start(rest.slice(at, u64::MAX), None, budget)?;
        Ok(Member::Stream(decoder, tail.saturating_add(at)))
    };
    match head {
        [0x1F, 0x8B, ..] => stream(Method::Gzip, 0, 0),
        [b'B', b'Z', b'h', ..] => stream(Method::Bzip2, 0, 0),
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => stream(Method::Xz, 0, 0),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => stream(Method::Zstd, 0, 0),
        [4, 0x22, 0x4D, 0x18, ..] | [2, 0x21, 0x4C, 0x18, ..] => stream(Method::Lz4, 0, 0),
        [0x50..=0x5F, 0x2A, 0x4D, 0x18, a, b, c, d, ..] => {
            Ok(Member::Skip(u64::from(u32::from_le_bytes([a, b, c, d])).saturating_add(8)))
        }
        [0x1F, 0x9D, ..] => stream(Method::Lzw, 0, 0),
        // Behind the content: its CRC, its length and that of the member (lzip manual, file format).
        [b'L', b'Z', b'I', b'P', 0 | 1, size, ..] => {
            let whole = 1_u32 << (size & 0x1F).min(29);
            let dictionary = whole.saturating_sub((whole / 16).saturating_mul(u32::from(size >> 5)));
            stream(Method::Lzma { props: 93, dictionary, len: None }, 6, if head[4] == 0 { 12 } else { 20 })
        }
        // (LZMA specification, the .lzma file format)
        [props, a, b, c, d, l0, l1, l2, l3, l4, l5, l6, l7, 0] => {
            let len = u64::from_le_bytes([l0, l1, l2, l3, l4, l5, l6, l7]);
            let len = (len != u64::MAX).then_some(len);
            if props >= 225 || len.is_some_and(|len| len >> 48 != 0) {
                return Ok(Member::None);
            }
            stream(Method::Lzma { props, dictionary: u32::from_le_bytes([a, b, c, d]), len }, 13, 0)
        }
        _ => Ok(Member::None),
    }
}

/// What the content is called: programs go by the name in the header or by that of the file, and the two may differ.
fn child_name(scan: &mut Scan, source: &Source) -> Result<String> {
    let own = without_extension(scan.name());
    let Some(told) = told_name(source)?.filter(|told| !told.is_empty() && *told != own) else { return Ok(own) };
    let evidence = Evidence::quote(&format!("{own} / {told}"));
    scan.report(Observation::new(&IRREGULAR, evidence).with("what", "name in the header"));
    let acts = |name: &str| by_extension(&extension(name)).is_some_and(Format::acts);
    Ok(if acts(&own) && !acts(&told) { own } else { told })
}

fn without_extension(name: &str) -> String {
    let last = extension(name);
    let inside = INSIDE.iter().find(|(extensions, _)| extensions.contains(&last.as_str())).map(|(_, inside)| *inside);
    let packs = by_extension(&last).is_some_and(|format| FORMATS.contains(&format.id));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    match inside {
        Some(inside) => format!("{stem}.{inside}"),
        None if packs && !stem.is_empty() => stem.to_owned(),
        None => name.to_owned(),
    }
}

/// The name in the header of a `.gz` ([RFC 1952] 2.3), without folders.
fn told_name(source: &Source) -> Result<Option<String>> {
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    let head = source.peek(0, 1 << 10)?;
    let flags = head.get(3).copied().unwrap_or_default();
    if !head.starts_with(GZIP) || flags & NAME == 0 {
        return Ok(None);
    }
    let mut at = 10_u64;
    if flags & EXTRA != 0 {
        let len = u16::from_le_bytes(source.array(at, "gzip header")?);
        at = at.saturating_add(2).saturating_add(len.into());
    }
    let field = source.peek(at, 1 << 10)?;
    let raw = field.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = text::of_unknown_encoding(raw);
    Ok(Some(name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_packs_them() {
        for (name, expected) in [
            ("a.txt.gz", "a.txt"),
            ("a.tgz", "a.tar"),
            ("drawing.svgz", "drawing.svg"),
            ("a.Z", "a"),
            (".gz", ".gz"),
            ("a.bin", "a.bin"),
        ] {
            assert_eq!(without_extension(name), expected);
        }
    }
}
