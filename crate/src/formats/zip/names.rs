//! Names of entries: bytes in a code page nobody wrote down (APPNOTE 4.4.4 bit 11, 4.6.9, appendix D).

use super::records::{Header, UTF8, extra_field, u32_at};
use crate::codecs::text;
use crate::formats::archives::escapes;
use crate::formats::{self, Format};

/// The name a person would see.
///
/// The flag says UTF-8, or the Unicode path field does; else nobody wrote down what it is.
pub(super) fn decode(header: &Header) -> String {
    let raw = &header.name;
    if let Some(unicode) = unicode_path(header) {
        return unicode;
    }
    if header.flags & UTF8 != 0 || raw.is_ascii() {
        return String::from_utf8_lossy(raw).into_owned();
    }
    text::of_unknown_encoding(raw)
}

/// Info-ZIP Unicode Path Extra Field (4.6.9), valid only while its CRC fits the plain name.
fn unicode_path(header: &Header) -> Option<String> {
    let field = extra_field(&header.extra, 0x7075)?;
    let mut crc = flate2::Crc::new();
    crc.update(&header.name);
    if field.first() != Some(&1) || u32_at(field, 1) != crc.sum() {
        return None;
    }
    String::from_utf8(field.get(5..)?.to_vec()).ok()
}

/// Whether one of plain name and Unicode path is of a kind that acts, or leads out of the folder, and the other is not:
/// programs go by either.
/// Honest writers fill the plain name with substitutes for what it cannot hold, never in the extension.
pub(super) fn contradicts(header: &Header) -> bool {
    unicode_path(header).is_some_and(|unicode| {
        let plain = decode(&Header { extra: Vec::new(), ..header.clone() });
        let acts = |name| formats::by_extension(&formats::extension(name)).is_some_and(Format::acts);
        acts(&plain) != acts(&unicode) || escapes(&plain) != escapes(&unicode)
    })
}

/// What a part is found by in a package: without case, leading slash and percent-encoding ([ECMA-376] part 2, 6.2.2).
pub(in crate::formats) fn part_key(name: &str) -> String {
    let name = name.trim().trim_start_matches(['/', '\\']);
    if name.bytes().all(|byte| byte.is_ascii() && !matches!(byte, b'%' | b'\\')) {
        return name.to_ascii_lowercase();
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| byte == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(decoded) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(decoded);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(if byte == b'\\' { b'/' } else { byte });
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codecs::encoding::SHIFT_JIS;

    fn name(raw: &[u8], flags: u16) -> String {
        decode(&Header { name: raw.into(), flags, ..Header::default() })
    }

    #[test]
    fn names_are_read_in_the_code_page_they_were_written_in() {
        assert_eq!(name("請求書.doc".as_bytes(), UTF8), "請求書.doc");
        assert_eq!(name("請求書.doc".as_bytes(), 0), "請求書.doc");
        assert_eq!(name(&SHIFT_JIS.encode("請求書①.doc"), 0), "請求書①.doc");
        assert_eq!(name(&SHIFT_JIS.encode("図1.png"), 0), "図1.png");
        assert_eq!(name(b"M\x81nchen.txt", 0), "München.txt");
        assert_eq!(name(b"sch\x94nes.txt", 0), "schönes.txt");
    }

    #[test]
    fn the_unicode_path_counts_only_while_it_belongs_to_the_name() {
        let mut crc = flate2::Crc::new();
        crc.update(b"a.txt");
        let mut extra = vec![0x75, 0x70, 8, 0, 1];
        extra.extend(crc.sum().to_le_bytes());
        extra.extend("あ".as_bytes());
        let header = Header { name: b"a.txt".into(), extra, ..Header::default() };
        assert_eq!(decode(&header), "あ");
        assert_eq!(decode(&Header { name: b"b.txt".into(), ..header }), "b.txt");
    }

    #[test]
    fn parts_are_found_however_they_are_written() {
        for name in ["/Word/Lo%67o.xml", "word\\logo.XML", " word/logo.xml"] {
            assert_eq!(part_key(name), "word/logo.xml");
        }
        assert_eq!(part_key("a%zz%4"), "a%zz%4");
    }
}
