//! The kinds of archives other than ZIP.
//!
//! Formats that hardly anybody mails any more are sent because few scanners open them while the unpackers people have
//! installed do. Archives of the Unix world (`.tar.gz`) are daily bread among engineers and no sign of anything.

use crate::artifact::Class;
use crate::detections::types::{NOTEBOOK, RARE, WEB_PAGE};
use crate::formats::{Format, Probe, Reading};

const fn archive(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Archive, extensions)
}

/// One file packed by itself.
const SINGLE: Reading = Reading::With(super::single::inspect);

const fn rare(id: &'static str, extensions: &'static [&'static str]) -> Format {
    archive(id, extensions).risk(&RARE)
}

pub(in crate::formats) const FORMATS: &[Format] = &[
    archive("7z", &["7z"])
        .probe(|p| p.starts_with(b"7z\xBC\xAF\x27\x1C"))
        .reading(Reading::With(super::sevenz::inspect)),
    archive("rar", &["rar", "rev"])
        .probe(|p| p.starts_with(b"Rar!\x1A\x07\0") || p.starts_with(b"Rar!\x1A\x07\x01\0") || p.starts_with(b"RE~^"))
        .reading(Reading::With(super::rar::inspect)),
    // A drawing packed so that scanners do not see its script.
    Format::new("svgz", Class::Web, &["svgz"])
        .risk(&WEB_PAGE)
        .probe(|p| p.starts_with(GZIP) && p.extension == "svgz")
        .reading(SINGLE),
    Format::new("packed-metafile", Class::Picture, &["emz", "wmz"])
        .probe(|p| p.starts_with(GZIP) && matches!(p.extension.as_str(), "emz" | "wmz"))
        .reading(SINGLE),
    archive("gz", &["gz", "tgz"]).probe(|p| p.starts_with(GZIP)).reading(SINGLE),
    archive("bz2", &["bz2", "tbz", "tbz2"])
        .probe(|p| p.starts_with(b"BZh") && (p.has_at(4, b"1AY&SY") || p.has_at(4, b"\x17\x72\x45\x38\x50\x90")))
        .reading(SINGLE),
    archive("xz", &["xz", "txz"]).probe(|p| p.starts_with(b"\xFD7zXZ\0")).reading(SINGLE),
    archive("lzma", &["lzma", "tlz"])
        .probe(|p| p.starts_with(b"\x5D\0\0") && matches!(p.head.get(12), Some(0 | 0xFF)))
        .reading(SINGLE),
    archive("lzip", &["lz"]).probe(|p| p.starts_with(b"LZIP\x01") || p.starts_with(b"LZIP\0")).reading(SINGLE),
    archive("zst", &["zst", "tzst"])
        .probe(|p| p.starts_with(b"\x28\xB5\x2F\xFD") || is_skippable(p, b"\x28\xB5\x2F\xFD"))
        .reading(SINGLE),
    archive("lz4", &["lz4"])
        .probe(|p| {
            p.starts_with(b"\x04\x22\x4D\x18")
                || p.starts_with(b"\x02\x21\x4C\x18")
                || is_skippable(p, b"\x04\x22\x4D\x18")
        })
        .reading(SINGLE),
    archive("compress", &["z", "taz"]).probe(|p| p.starts_with(b"\x1F\x9D")).reading(SINGLE),
    archive("lzop", &["lzo", "tzo"]).probe(|p| p.starts_with(b"\x89LZO\0\r\n\x1A\n")),
    archive("tar", &["tar", "pax", "gtar", "ustar"]).probe(is_tar).reading(Reading::With(super::tar::inspect)),
    archive("cpio", &["cpio"])
        .probe(|p| {
            p.starts_with(b"070701")
                || p.starts_with(b"070702")
                || p.starts_with(b"070707")
                || p.starts_with(b"070727")
                || ((p.starts_with(b"\xC7\x71") || p.starts_with(b"\x71\xC7")) && !p.is_text())
        })
        .reading(Reading::With(super::unix::cpio)),
    archive("ar", &["ar", "a", "lib"])
        .probe(|p| p.starts_with(b"!<arch>\n") || p.starts_with(b"!<thin>\n"))
        .reading(Reading::With(super::unix::ar)),
    // A notebook packed by OneNote is a cabinet.
    Format::new("onepkg", Class::Document, &["onepkg"])
        .risk(&NOTEBOOK)
        .probe(|p| p.starts_with(b"MSCF") && p.extension == "onepkg")
        .reading(Reading::With(super::cab::inspect)),
    rare("cab", &["cab", "themepack", "deskthemepack"])
        .probe(|p| p.starts_with(b"MSCF\0\0\0\0") || p.starts_with(b"ISc("))
        .reading(Reading::With(super::cab::inspect)),
    rare("szdd", &[])
        .probe(|p| p.starts_with(b"SZDD\x88\xF0\x27\x33") || p.starts_with(b"KWAJ\x88\xF0\x27\xD1"))
        .reading(Reading::With(super::encoded::szdd)),
    rare("lzh", &["lzh", "lha", "lzs"]).probe(is_lzh).reading(Reading::With(super::lzh::inspect)),
    rare("arj", &["arj"])
        .probe(|p| p.starts_with(b"\x60\xEA") && p.head.get(10).is_some_and(|kind| *kind == 2))
        .reading(Reading::With(super::arj::arj)),
    rare("ace", &["ace"]).probe(|p| p.has_at(7, b"**ACE**")).reading(Reading::With(super::arj::ace)),
    rare("zpaq", &["zpaq"]).probe(|p| p.starts_with(b"7kSt") || p.starts_with(b"zPQ\x01") || p.starts_with(b"zPQ\x02")),
    rare("zoo", &["zoo"]).probe(|p| p.has_at(20, b"\xDC\xA7\xC4\xFD")),
    rare("arc", &["arc"]).probe(|p| {
        p.extension == "arc" && p.starts_with(b"\x1A") && p.head.get(1).is_some_and(|m| (1..=20).contains(m))
    }),
    rare("alz", &["alz"]).probe(|p| p.starts_with(b"ALZ\x01")),
    rare("egg", &["egg"]).probe(|p| p.starts_with(b"EGGA")),
    rare("stuffit", &["sit", "sitx", "sea"])
        .probe(|p| p.starts_with(b"StuffIt") || (p.starts_with(b"SIT!") && p.has_at(10, b"rLau"))),
    rare("binhex", &["hqx"]).probe(|p| p.text_holds("(this file must be converted with binhex")),
    rare("uue", &["uue", "uu", "xxe"]).probe(is_uuencoded).reading(Reading::With(super::encoded::uue)),
];

const GZIP: &[u8] = b"\x1F\x8B";

/// Frames of other content before the first real one are part of both formats.
fn is_skippable(p: &Probe<'_>, magic: &[u8]) -> bool {
    let head: Option<[u8; 8]> = p.head.first_chunk().copied();
    head.is_some_and(|[kind, rest @ .., a, b, c, d]| {
        let next = u64::from(u32::from_le_bytes([a, b, c, d])).saturating_add(8);
        (0x50..=0x5F).contains(&kind) && rest == [0x2A, 0x4D, 0x18] && p.has_at(next, magic)
    })
}

/// The first header's sum is right (\[POSIX\] pax): also archives older than `ustar` and with an invalid magic.
fn is_tar(p: &Probe<'_>) -> bool {
    let Some(header) = p.head.get(..512) else { return false };
    let octal = header.get(148..156).unwrap_or_default();
    let digits: String =
        octal.iter().map(|b| char::from(*b)).skip_while(|c| *c == ' ').take_while(|c| c.is_digit(8)).collect();
    let blank = |(at, byte): (usize, &u8)| if (148..156).contains(&at) { 32 } else { u64::from(*byte) };
    let sum: u64 = header.iter().enumerate().map(blank).sum();
    u64::from_str_radix(&digits, 8).is_ok_and(|declared| declared == sum && declared > 256)
        || (header.get(257..262) == Some(b"ustar") && !p.is_text())
}

/// `-lh5-` and its relatives at offset 2.
fn is_lzh(p: &Probe<'_>) -> bool {
    p.head.get(2..7).is_some_and(
        |id| matches!(id, [b'-', b'l' | b'p', b'h' | b'z' | b'm', method, b'-'] if method.is_ascii_alphanumeric()),
    )
}

/// `begin 644 name`, then lines whose first character is their length.
fn is_uuencoded(p: &Probe<'_>) -> bool {
    let Some(text) = p.text() else { return false };
    let mut lines = text.lines().skip_while(|line| line.trim().is_empty());
    let begin = lines.next().unwrap_or_default();
    let mode = begin.strip_prefix("begin ").or_else(|| begin.strip_prefix("begin-base64 ")).unwrap_or_default();
    let is_mode =
        mode.split(' ').next().is_some_and(|m| (3..=4).contains(&m.len()) && m.chars().all(|c| c.is_digit(8)));
    is_mode && mode.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn tar() -> Vec<u8> {
        let mut header = vec![0; 1024];
        header[..5].copy_from_slice(b"a.txt");
        header[148..156].copy_from_slice(b"        ");
        let sum: u32 = header[..512].iter().map(|b| u32::from(*b)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        header
    }

    #[test]
    fn a_tar_of_any_age_is_known_by_its_sum() {
        let mut bytes = tar();
        assert!(is_tar(&Probe::new(&Source::memory(bytes.clone()), "a").unwrap()));
        bytes[0] ^= 1;
        assert!(!is_tar(&Probe::new(&Source::memory(bytes), "a").unwrap()));
        assert!(!is_tar(&Probe::new(&Source::memory(vec![0; 1024]), "a").unwrap()));
    }
}
