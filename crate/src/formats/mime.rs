//! Messages in parts ([RFC 2045], [RFC 2046]), as leniently as the programs that open them.
//!
//! Attackers break what Word does not need: boundaries that are never declared or end early, headers in odd case,
//! nesting, text in front. So one pass over the lines finds every part: a part starts behind a line that is a declared
//! boundary, or that looks like one because a header of MIME follows it.

use crate::budget::Budget;
use crate::codecs::base64;
use crate::error::{Error, LimitKind, Result};

/// Parts of one message. A page saved with its pictures has a few hundred.
const MOST: usize = 4096;

/// Boundaries that are remembered, and the longest header kept.
const BOUNDARIES: usize = 64;
const HEADER: usize = 4096;

/// One part that is no container of parts.
#[derive(Debug)]
pub(crate) struct Part<'a> {
    /// Names in lower case, values unfolded.
    headers: Vec<(String, String)>,
    pub(super) body: &'a [u8],
    /// Where the body stands in the message.
    pub(super) at: usize,
}

impl Part<'_> {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The media type in lower case, without parameters.
    pub(crate) fn media_type(&self) -> String {
        self.header("content-type").split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// What the part is called: where it stood, or the name it is to be saved under.
    pub(super) fn name(&self) -> String {
        let location = self.header("content-location").trim().trim_matches(['"', '<', '>']);
        if !location.is_empty() {
            return location.to_owned();
        }
        let named = parameter(self.header("content-disposition"), "filename");
        let named = named.or_else(|| parameter(self.header("content-type"), "name"));
        named.unwrap_or_else(|| self.header("content-id").trim_matches(['<', '>', ' ']).to_owned())
    }

    /// The content without its transfer encoding ([RFC 2045] 6). Some programs decode base64 that nobody declared.
    pub(crate) fn content(&self, budget: &Budget) -> Result<Vec<u8>> {
        budget.steps(self.body.len() as u64 / 16)?;
        let encoding = self.header("content-transfer-encoding").to_ascii_lowercase();
        let start = self.body.trim_ascii_start();
        let bytes = if encoding.contains("base64") || start.starts_with(ACTIVE_MIME) {
            base64::decode(self.body, usize::MAX)
        } else if encoding.contains("quoted-printable") {
            quoted_printable(self.body)
        } else {
            self.body.to_vec()
        };
        budget.expand(bytes.len() as u64)?;
        Ok(bytes)
    }
}

/// `ActiveMime` as base64 begins like this.
pub(super) const ACTIVE_MIME: &[u8] = b"QWN0aXZlTWlt";

/// All parts of a message.
pub(crate) fn parts<'a>(bytes: &'a [u8], budget: &Budget) -> (Vec<Part<'a>>, Result<()>) {
    let mut found: Vec<Part<'a>> = Vec::new();
    let mut boundaries: Vec<Vec<u8>> = Vec::new();
    let mut lines = Lines { bytes, at: 0 };
    // The message itself starts with headers; so does whatever follows a boundary.
    let mut open = headers(&mut lines, &mut boundaries);
    let mut begin = lines.at;
    // Behind a boundary a part may have no headers at all; what stands before the first one is no part.
    let mut bare = false;
    while let Some((at, line)) = lines.next() {
        if let Err(limit) = budget.steps(1) {
            return (found, Err(limit));
        }
        let declared = is_declared(line, &boundaries);
        if declared.is_none() && !(line.starts_with(b"--") && header_follows(bytes.get(lines.at..).unwrap_or_default()))
        {
            // A message may start late: behind a page of a PDF, or behind blank lines.
            if found.is_empty() && open.is_empty() && starts_header(line) {
                let behind = std::mem::replace(&mut lines.at, at);
                open = headers(&mut lines, &mut boundaries);
                // What begins like a header and is none is passed over.
                lines.at = lines.at.max(behind);
                begin = lines.at;
            }
            continue;
        }
        close(&mut found, std::mem::take(&mut open), bytes, begin..at, bare);
        bare = declared == Some(false);
        if found.len() >= MOST {
            return (found, Err(Error::Limit(LimitKind::Artifacts)));
        }
        open = headers(&mut lines, &mut boundaries);
        begin = lines.at;
    }
    close(&mut found, open, bytes, begin..bytes.len(), bare);
    (found, Ok(()))
}

/// Keeps a part unless it is a container or what stands between parts.
fn close<'a>(
    found: &mut Vec<Part<'a>>,
    headers: Vec<(String, String)>,
    bytes: &'a [u8],
    range: std::ops::Range<usize>,
    bare: bool,
) {
    let at = range.start;
    let part = Part { headers, body: bytes.get(range).unwrap_or_default(), at };
    let container = part.media_type().starts_with("multipart/") && !holds_base64(part.body);
    let is_part = !part.headers.is_empty() || bare && !part.body.trim_ascii().is_empty();
    if is_part && !container {
        found.push(part);
    }
}

/// Whether the text before the first boundary of a container is no text.
fn holds_base64(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(ACTIVE_MIME)
}

/// Whether a line is a declared boundary, and if so, whether it is the last one.
fn is_declared(line: &[u8], boundaries: &[Vec<u8>]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.trim_ascii_end();
    boundaries.iter().find_map(|boundary| match rest.strip_prefix(boundary.as_slice())? {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    })
}

fn header_follows(after: &[u8]) -> bool {
    Lines { bytes: after, at: 0 }.next().is_some_and(|(_, line)| starts_header(line))
}

/// `Content-…:` or `MIME-Version:`.
fn starts_header(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let name = line.split(|byte| *byte == b':').next().filter(|name| name.len() < line.len() && name.len() < 64);
    name.is_some_and(|name| {
        let name = name.trim_ascii().to_ascii_lowercase();
        name == b"mime-version" || name.starts_with(b"content-") && !name.contains(&b' ')
    })
}

/// Reads headers up to the first blank line or the first line that is none.
fn headers(lines: &mut Lines<'_>, boundaries: &mut Vec<Vec<u8>>) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    loop {
        let before = lines.at;
        let Some((_, line)) = lines.next() else { break };
        if line.trim_ascii().is_empty() {
            if headers.is_empty() && before != lines.at && before == 0 {
                continue;
            }
            break;
        }
        let text = String::from_utf8_lossy(line.get(..line.len().min(HEADER)).unwrap_or_default()).into_owned();
        if text.starts_with([' ', '\t'])
            && let Some((_, value)) = headers.last_mut()
        {
            if value.len() < HEADER {
                value.push(' ');
                value.push_str(text.trim());
            }
            continue;
        }
        match text.split_once(':') {
            Some((name, value)) if !name.trim().contains(char::is_whitespace) && name.len() < 64 => {
                if headers.len() < 64 {
                    headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
                }
            }
            _ => {
                lines.at = before;
                break;
            }
        }
    }
    let declared = headers.iter().filter(|(name, _)| name == "content-type");
    for boundary in declared.filter_map(|(_, value)| parameter(value, "boundary")) {
        if boundaries.len() < BOUNDARIES && !boundary.is_empty() {
            boundaries.push(boundary.into_bytes());
        }
    }
    headers
}

/// A parameter of a header's value ([RFC 2045] 5.1).
pub(crate) fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        let key = key.trim().trim_end_matches('*');
        key.eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// Quoted-printable ([RFC 2045] 6.7); what is no escape stays as it is.
pub(crate) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'=' {
            out.push(*byte);
            continue;
        }
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(value) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(value);
            rest = after.get(2..).unwrap_or_default();
        } else if let Some(after) = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n")) {
            rest = after;
        } else {
            out.push(b'=');
        }
    }
    out
}

/// Lines without their end, each with where it starts.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let end = rest.iter().position(|byte| *byte == b'\n' || *byte == b'\r').unwrap_or(rest.len());
        let crlf = rest.get(end..).is_some_and(|after| after.starts_with(b"\r\n"));
        self.at = start.saturating_add(end).saturating_add(1).saturating_add(usize::from(crlf));
        Some((start, rest.get(..end)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn read(text: &str) -> Vec<(String, String)> {
        let budget = Budget::new(Limits::default(), |_| ());
        let (parts, result) = parts(text.as_bytes(), &budget);
        result.unwrap();
        parts
            .iter()
            .map(|part| (part.name(), String::from_utf8_lossy(&part.content(&budget).unwrap()).trim().to_owned()))
            .collect()
    }

    #[test]
    fn parts_with_their_encodings() {
        let text = "MIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary=\"b\"\r\n\r\nwords\r\n--b\r\n\
            content-TYPE: text/html\r\nContent-Location: file:///C:/a.htm\r\nContent-Transfer-Encoding: quoted-printable\
            \r\n\r\n<p>=3D=\r\n2</p>\r\n--b\r\nContent-Type: application/x-mso; name=\"e.mso\"\r\n\
            CONTENT-TRANSFER-ENCODING:base64\r\n\r\nQUJD\r\nREVG\r\n--b--\r\n";
        let expected = [("file:///C:/a.htm", "<p>=2</p>"), ("e.mso", "ABCDEF")];
        assert_eq!(read(text), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn broken_boundaries_hide_nothing() {
        for text in [
            "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=never\n\n--other\nContent-Location: x\nContent-Transfer-Encoding: base64\n\nQUJD\n",
            "junk\n\nmore junk\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Location: x\nContent-Transfer-Encoding: Base64\n\nQUJD\n--a--\n",
            "\nMIME-Version: 1.0\nContent-Type: application/x-mso\nContent-Location: x\nContent-Transfer-Encoding: base64\n\nQUJD",
        ] {
            assert_eq!(read(text), [("x".to_owned(), "ABC".to_owned())], "{text}");
        }
    }

    #[test]
    fn a_line_that_only_begins_like_a_boundary_cuts_nothing() {
        let text = "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Location: x\n\none\n--bc\ntwo\n--b\n\nbare\n--b--\nepilogue\n";
        let expected = [("x", "one\n--bc\ntwo"), ("", "bare")];
        assert_eq!(read(text), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn dashes_in_text_divide_nothing() {
        let text = "MIME-Version: 1.0\nContent-Type: text/plain\n\nDear all,\n-- \nregards\n---- line ----\nend";
        assert_eq!(read(text).len(), 1);
    }

    #[test]
    fn what_begins_like_a_header_and_is_none_is_passed_over() {
        let budget = Budget::new(Limits { steps: 100, ..Limits::default() }, |_| ());
        let (found, result) = parts(b"\nContent-\tType: x\nMIME-Version: 1.0\n\nwords\n", &budget);
        result.unwrap();
        assert_eq!(found.len(), 1);
    }
}
