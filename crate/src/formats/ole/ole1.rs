//! OLE 1.0 objects ([MS-OLEDS] 2.2): what RTF keeps in `\objdata`.

use std::ops::Range;

use super::{take_prefixed, take_u32};

/// EmbeddedObject (2.2.5) or LinkedObject (2.2.6).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ole1 {
    pub(crate) class: String,
    /// File and part of it that a link leads to.
    pub(crate) topic: String,
    pub(crate) item: String,
    pub(crate) linked: bool,
    /// A picture without an object behind it.
    pub(crate) still: bool,
    /// Where the native data stand.
    pub(crate) native: Range<usize>,
    /// Native data as declared reach behind the end.
    pub(crate) short: bool,
}

/// Longest class name; Windows allows 39 characters.
const NAME: usize = 256;

impl Ole1 {
    /// OLEVersion means nothing to Word; FormatID tells what follows (2.2.4).
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.get(4..)?;
        let (linked, still) = match take_u32(&mut rest)? {
            1 => (true, false),
            2 => (false, false),
            0 | 3 | 5 => (false, true),
            _ => return None,
        };
        let nothing = 0..0;
        if still {
            let class = take_prefixed(&mut rest).filter(|class| class.len() <= NAME).unwrap_or_default();
            let (topic, item) = Default::default();
            return Some(Self { class, topic, item, linked, still, native: nothing, short: false });
        }
        let class = take_prefixed(&mut rest).filter(|class| class.len() <= NAME)?;
        let topic = take_prefixed(&mut rest)?;
        let item = take_prefixed(&mut rest)?;
        if linked {
            return Some(Self { class, topic, item, linked, still, native: nothing, short: false });
        }
        let size = usize::try_from(take_u32(&mut rest)?).ok()?;
        let start = bytes.len().checked_sub(rest.len())?;
        let native = start..start.saturating_add(size).min(bytes.len());
        let short = native.len() < size;
        Some(Self { class, topic, item, linked, still, native, short })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixed(text: &str) -> Vec<u8> {
        if text.is_empty() {
            return vec![0; 4];
        }
        [&u32::try_from(text.len() + 1).unwrap().to_le_bytes()[..], text.as_bytes(), b"\0"].concat()
    }

    #[test]
    fn embedded_and_linked_objects() {
        let head = |format: u8| vec![1, 5, 0, 0, format, 0, 0, 0];
        let embedded =
            [head(2), prefixed("Package"), prefixed(""), prefixed(""), vec![3, 0, 0, 0], b"abcdef".to_vec()].concat();
        let object = Ole1::parse(&embedded).unwrap();
        assert_eq!(
            (object.class.as_str(), &embedded[object.native.clone()], object.short),
            ("Package", &b"abc"[..], false)
        );
        let linked = [head(1), prefixed("Word.Document.8"), prefixed("\\\\host\\a.doc"), prefixed("x")].concat();
        let object = Ole1::parse(&linked).unwrap();
        assert_eq!((object.topic.as_str(), object.item.as_str(), object.linked), ("\\\\host\\a.doc", "x", true));
        assert!(Ole1::parse(&head(5)).unwrap().still);
        assert_eq!(Ole1::parse(&head(7)), None);
        assert_eq!(Ole1::parse(&[head(2), vec![0xFF; 8]].concat()), None);
        assert_eq!(Ole1::parse(b""), None);
    }
}
