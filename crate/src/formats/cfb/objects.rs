//! What documents carry inside: objects ([MS-OLEDS] 2.3), packages, and whole documents in storages.
//!
//! `\x01Ole10Native` is where the Packager keeps a file of any kind with the name a double click opens it by; scripts
//! and programs ride in it. Storages of Word's ObjectPool or Excel's `MBD…` hold documents, OOXML as a `Package` stream.

use super::{Cfb, Entry};
use crate::artifact::Origin;
use crate::error::Result;
use crate::scan::{Child, Content, Scan};
use crate::source::Source;

/// Streams that hold a document as it is, beside the storage's own bookkeeping.
const CONTENT: &[&str] = &["package", "contents", "embeddedodf", "content"];

/// First bytes of what is worth looking into on its own; a control keeps its settings in a stream of the same name.
const MAGIC: &[&[u8]] = &[b"PK\x03\x04", b"\xD0\xCF\x11\xE0", b"%PDF", b"{\\rt", b"MZ"];

pub(super) fn inspect(scan: &mut Scan<'_>, cfb: &Cfb) -> Result<()> {
    for (id, entry) in cfb.streams() {
        let path = cfb.path(id);
        let child = if is_native(entry) {
            native(&cfb.stream(id))?
        } else if CONTENT.contains(&entry.name.to_lowercase().as_str()) && entry.parent != Some(0)
            || entry.name == "Package"
        {
            let stream = cfb.stream(id);
            let head = stream.peek(0, 8)?;
            MAGIC.iter().any(|magic| head.starts_with(magic)).then(|| (entry.name.clone(), stream))
        } else {
            None
        };
        if let Some((name, source)) = child {
            // Many entries can share one chain of sectors; each child is read as if it were alone.
            scan.budget.expand(source.len())?;
            let content = Content::Bytes { source, crc32: None };
            scan.push(Child { name, origin: Origin::Object { path }, size: None, content })?;
        }
    }
    Ok(())
}

fn is_native(entry: &Entry) -> bool {
    entry.name.trim_start_matches('\u{1}').eq_ignore_ascii_case("Ole10Native")
}

/// OLENativeStream ([MS-OLEDS] 2.3.6), and what the Packager writes into it: name, path, a temporary path, the file.
fn native(stream: &Source) -> Result<Option<(String, Source)>> {
    if stream.len() <= 4 {
        return Ok(None);
    }
    let head = stream.peek(4, PACKAGE)?;
    if let Some(package) = package(&head) {
        let data = stream.slice(package.data.saturating_add(4), package.size);
        let names = stream.peek(package.data.saturating_add(4).saturating_add(package.size), NAMES)?;
        let name = wide_name(&names).unwrap_or(package.name);
        return Ok(Some((name, data)));
    }
    // Not the Packager's: data of some other OLE1 server, behind its size.
    let size = u64::from(u32::from_le_bytes(stream.array(0, "OLENativeStream")?));
    Ok(Some(("Ole10Native".into(), stream.slice(4, size.max(1)))))
}

/// Names and paths of a package fit into this.
const PACKAGE: usize = 16 << 10;
const NAMES: usize = 8 << 10;

struct Package {
    name: String,
    /// Offset of the file in the native data.
    data: u64,
    size: u64,
}

fn package(bytes: &[u8]) -> Option<Package> {
    let mut rest = bytes.strip_prefix(&[2, 0])?;
    let label = take_string(&mut rest)?;
    let path = take_string(&mut rest)?;
    let (_, after) = rest.split_first_chunk::<4>()?;
    rest = after;
    let length = take_u32(&mut rest)?;
    // The temporary path; damaged lengths occur, and then the terminator decides.
    let temporary = usize::try_from(length).ok().and_then(|length| rest.get(length..));
    rest = match temporary {
        Some(after) if length < 1024 => after,
        _ => {
            take_string(&mut rest)?;
            rest
        }
    };
    let size = take_u32(&mut rest)?;
    let data = bytes.len().checked_sub(rest.len())?;
    let file = |path: &str| path.rsplit(['\\', '/']).next().unwrap_or_default().to_owned();
    // A double click opens the file by the name of its path; the label is what the icon shows.
    let name =
        [file(&path), file(&label)].into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| "Package".into());
    Some(Package { name, data: u64::try_from(data).ok()?, size: u64::from(size) })
}

fn take_string(rest: &mut &[u8]) -> Option<String> {
    let end = rest.iter().position(|byte| *byte == 0)?;
    let (text, after) = rest.split_at_checked(end)?;
    *rest = after.get(1..)?;
    Some(ansi(text))
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    let (number, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_le_bytes(*number))
}

/// Names have the code page of the machine that made them, which nothing tells: UTF-8 and Shift_JIS show by their
/// structure, and the rest reads as Western.
fn ansi(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    encoding_rs::SHIFT_JIS
        .decode_without_bom_handling_and_without_replacement(bytes)
        .unwrap_or_else(|| encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0)
        .into_owned()
}

/// Newer packagers repeat temporary path, label and path in UTF-16 behind the file.
fn wide_name(bytes: &[u8]) -> Option<String> {
    let mut rest = bytes;
    let mut name = None;
    for _ in 0..3 {
        let count = usize::try_from(take_u32(&mut rest)?).ok().filter(|count| *count < 1024)?;
        let (text, after) = rest.split_at_checked(count.checked_mul(2)?)?;
        rest = after;
        let units: Vec<u16> = text.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b)).collect();
        name = Some(String::from_utf16_lossy(&units));
    }
    let name = name?;
    let file = name.rsplit(['\\', '/']).next().unwrap_or_default().trim_matches('\0').to_owned();
    Some(file).filter(|file| !file.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native_stream(label: &[u8], path: &[u8], data: &[u8]) -> Vec<u8> {
        let mut body = vec![2, 0];
        for text in [label, path] {
            body.extend_from_slice(text);
            body.push(0);
        }
        body.extend_from_slice(&[0, 0, 3, 0, 5, 0, 0, 0]);
        body.extend_from_slice(b"C:\\t\0");
        body.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
        body.extend_from_slice(data);
        [&u32::try_from(body.len()).unwrap().to_le_bytes(), body.as_slice()].concat()
    }

    #[test]
    fn packages_give_their_file_and_name() {
        let stream = Source::memory(native_stream(b"invoice.pdf", b"C:\\x\\\x90\xBF\x8B\x81.js", b"var a"));
        let (name, data) = native(&stream).unwrap().unwrap();
        assert_eq!((name.as_str(), data.peek(0, 9).unwrap()), ("請求.js", b"var a".to_vec()));
    }

    #[test]
    fn what_is_no_package_is_data() {
        let (name, data) = native(&Source::memory(b"\x03\0\0\0abcdef".to_vec())).unwrap().unwrap();
        assert_eq!((name.as_str(), data.len()), ("Ole10Native", 3));
        assert!(native(&Source::memory(vec![0; 3])).unwrap().is_none());
    }
}
