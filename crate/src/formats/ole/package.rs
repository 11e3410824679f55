//! Files as objects: `\x01Ole10Native` ([MS-OLEDS] 2.3.6) and what the Packager writes into it.
//!
//! A package has several names: the label under the icon, the path it came from, the path it is written to when
//! somebody opens it, and newer ones repeat all three in UTF-16. They need not agree, and a double click goes by one of
//! the paths, so of names that contradict each other the one of a kind that runs counts.

use super::{ansi, take_u32, wide};
use crate::error::Result;
use crate::formats::{Format, by_extension, extension};
use crate::source::Source;

/// Names and paths of a package fit into this.
const PACKAGE: usize = 16 << 10;
const NAMES: usize = 8 << 10;

/// The file in an OLENativeStream: behind its size, and for careless writers without one.
pub(crate) fn native(stream: &Source) -> Result<Option<(String, Source)>> {
    if stream.len() <= 4 {
        return Ok(None);
    }
    if let Some(file) = file(&stream.slice(4, u64::MAX))? {
        return Ok(Some(file));
    }
    if let Some(file) = file(stream)? {
        return Ok(Some(file));
    }
    // Microsoft Draw: how a metafile is mapped and how large it is, then the metafile ([MS-WMF] 2.3.2.2).
    if stream.peek(10, 6)?.starts_with(b"\x01\0\x09\0\0\x03") {
        return Ok(Some(("Ole10Native.wmf".into(), stream.slice(10, u64::MAX))));
    }
    // Not the Packager's: data of some other OLE1 server, behind its size.
    let size = u64::from(u32::from_le_bytes(stream.array(0, "OLENativeStream")?));
    Ok(Some(("Ole10Native".into(), stream.slice(4, size.max(1)))))
}

/// The file in what the Packager keeps, and the name it is opened by.
pub(crate) fn file(stream: &Source) -> Result<Option<(String, Source)>> {
    let head = stream.peek(0, PACKAGE)?;
    let Some(package) = package(&head) else { return Ok(None) };
    let data = stream.slice(package.data, package.size);
    let behind = stream.peek(package.data.saturating_add(package.size), NAMES)?;
    let names: Vec<String> = wide_names(&behind).into_iter().chain(package.names).collect();
    let acts = |name: &&String| by_extension(&extension(name)).is_some_and(Format::acts);
    let name = names.iter().find(acts).or_else(|| names.first()).map_or("Package", String::as_str);
    Ok(Some((name.to_owned(), data)))
}

struct Package {
    /// File names, the one that most likely counts first.
    names: Vec<String>,
    /// Offset and size of the file.
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
    let temporary = usize::try_from(length).ok().filter(|length| *length < 1024);
    let temporary = match temporary.and_then(|length| rest.split_at_checked(length)) {
        Some((temporary, after)) => {
            rest = after;
            ansi(temporary.split(|byte| *byte == 0).next().unwrap_or_default())
        }
        None => take_string(&mut rest)?,
    };
    let size = take_u32(&mut rest)?;
    let data = bytes.len().checked_sub(rest.len())?;
    let names = [&path, &label, &temporary].map(|path| file_name(path));
    let names = names.into_iter().filter(|name| !name.is_empty()).collect();
    Some(Package { names, data: u64::try_from(data).ok()?, size: u64::from(size) })
}

fn file_name(path: &str) -> String {
    path.rsplit(['\\', '/']).next().unwrap_or_default().trim_matches('\0').to_owned()
}

fn take_string(rest: &mut &[u8]) -> Option<String> {
    let end = rest.iter().position(|byte| *byte == 0)?;
    let (text, after) = rest.split_at_checked(end)?;
    *rest = after.get(1..)?;
    Some(ansi(text))
}

/// Newer packagers repeat temporary path, label and path in UTF-16 behind the file.
fn wide_names(bytes: &[u8]) -> Vec<String> {
    let mut rest = bytes;
    let mut names = Vec::new();
    for _ in 0..3 {
        let count = take_u32(&mut rest).and_then(|count| usize::try_from(count).ok()).filter(|count| *count < 1024);
        let Some((text, after)) = count.and_then(|count| rest.split_at_checked(count.checked_mul(2)?)) else {
            return Vec::new();
        };
        rest = after;
        names.push(file_name(&wide(text, usize::MAX)));
    }
    names.reverse();
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native_stream(label: &[u8], path: &[u8], temporary: &[u8], data: &[u8]) -> Vec<u8> {
        let mut body = vec![2, 0];
        for text in [label, path] {
            body.extend_from_slice(text);
            body.push(0);
        }
        body.extend_from_slice(&[0, 0, 3, 0]);
        body.extend_from_slice(&u32::try_from(temporary.len()).unwrap().to_le_bytes());
        body.extend_from_slice(temporary);
        body.extend_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
        body.extend_from_slice(data);
        [&u32::try_from(body.len()).unwrap().to_le_bytes(), body.as_slice()].concat()
    }

    #[test]
    fn packages_give_their_file_and_name() {
        let bytes = native_stream(b"invoice.pdf", b"C:\\x\\\x90\xBF\x8B\x81.js", b"C:\\t\0", b"var a");
        for bytes in [&bytes[..], &bytes[4..]] {
            let (name, data) = native(&Source::memory(bytes.to_vec())).unwrap().unwrap();
            assert_eq!((name.as_str(), data.peek(0, 9).unwrap()), ("請求.js", b"var a".to_vec()));
        }
    }

    #[test]
    fn of_contradicting_names_the_one_that_runs_counts() {
        let bytes = native_stream(b"a.pdf", b"C:\\a.pdf", b"C:\\t\\a.vbs\0", b"x");
        assert_eq!(native(&Source::memory(bytes)).unwrap().unwrap().0, "a.vbs");
        let bytes = native_stream(b"report", b"C:\\a.pdf", b"C:\\t\\a.pdf\0", b"x");
        assert_eq!(native(&Source::memory(bytes)).unwrap().unwrap().0, "a.pdf");
    }

    #[test]
    fn drawings_behind_their_size() {
        let metafile = b"\x01\0\x09\0\0\x03rest";
        let stream = [&b"\x10\0\0\0\x08\0\x55\x0F\x29\x0C"[..], metafile].concat();
        let (name, data) = native(&Source::memory(stream)).unwrap().unwrap();
        assert_eq!((name.as_str(), data.peek(0, 99).unwrap()), ("Ole10Native.wmf", metafile.to_vec()));
    }

    #[test]
    fn what_is_no_package_is_data() {
        let (name, data) = native(&Source::memory(b"\x03\0\0\0abcdef".to_vec())).unwrap().unwrap();
        assert_eq!((name.as_str(), data.len()), ("Ole10Native", 3));
        assert!(native(&Source::memory(vec![0; 3])).unwrap().is_none());
    }
}
