//! Pages packed as a mail ([RFC 2557]): what Word, Excel and browsers save as "single file".
//!
//! Word opens one under the name `.doc` and runs the macros that `editdata.mso` in it holds. It also does so when other
//! bytes stand in front: a file that starts like a PDF and goes on as such a page is shown as a harmless PDF by those who
//! look at its first bytes (JPCERT/CC, "MalDoc in PDF", August 2023).

use super::mime::{self, ACTIVE_MIME};
use super::{Format, Probe, Reading, extension};
use crate::artifact::{Class, Origin, Status};
use crate::codecs::encoding::{Encoding, UTF_8};
use crate::detections::types::WEB_PAGE;
use crate::error::{Error, LimitKind, Result};
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::scan::{Child, Content, Scan, UNSUPPORTED};
use crate::source::Source;
use crate::view::{Relationship, View};

pub(crate) const PDF_IS_MHT: FindingKind = FindingKind::new("file.pdf-that-is-mht", Level::Stop, Some("M3"));

pub(super) const KINDS: &[&FindingKind] = &[&PDF_IS_MHT];

pub(super) const FORMATS: &[Format] = &[Format::new("mht", Class::Web, &["mht", "mhtml", "mhtm"])
    .probe(|p| is_mime_page(p) || p.is_text_named(&["mht", "mhtml", "mhtm"]))
    .risk(&WEB_PAGE)
    .reading(Reading::With(inspect))];

/// Names under which Word and Excel open such a page as a document.
const OFFICE: &[&str] = &["doc", "dot", "docm", "docx", "rtf", "wbk", "wiz", "xls", "xlt", "ppt", "pps"];

/// How far a page is looked for in what bears the name of a document.
const FAR: usize = 1 << 16;

fn is_mime_page(p: &Probe<'_>) -> bool {
    let head = p.text().unwrap_or_default().to_ascii_lowercase();
    if OFFICE.contains(&p.extension.as_str()) && p.is_text() && p.root().is_none() {
        let text = p.source.peek(0, FAR).unwrap_or_default().to_ascii_lowercase();
        return has_line(&text, b"mime-version:") && has_line(&text, b"content-");
    }
    let mail = ["\nreceived:", "\nto:", "\nmessage-id:", "\nreturn-path:"].iter().any(|field| head.contains(field));
    let headers = head.split("\n\n").next().and_then(|h| h.split("\r\n\r\n").next()).unwrap_or_default();
    headers.contains("mime-version:")
        && (headers.contains("multipart/related") || head.contains("content-location:"))
        && (headers.contains("snapshot-content-location:") || !mail)
        && !headers.starts_with("received:")
        && !headers.starts_with("return-path:")
}

/// Whether a line starts with this, white space aside. It is given in lower case.
fn has_line(text: &[u8], start: &[u8]) -> bool {
    text.split(|byte| matches!(byte, b'\n' | b'\r')).any(|line| line.trim_ascii_start().starts_with(start))
}

fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let (bytes, error) = scan.budget.read_source(source.clone());
    let text = decoded(bytes);
    let found = unpack(scan, &text)?;
    if !found {
        scan.note(&Error::malformed("MIME part", 0), None);
    }
    error.map_or(Ok(()), Err)
}

/// UTF-16 as the text it is; everything else as it stands.
fn decoded(bytes: Vec<u8>) -> Vec<u8> {
    match Encoding::for_bom(&bytes) {
        Some((encoding, mark)) if encoding != UTF_8 => {
            encoding.decode(bytes.get(mark..).unwrap_or_default()).into_owned().into_bytes()
        }
        _ => bytes,
    }
}

/// Takes every part out; whether there was any.
fn unpack(scan: &mut Scan, bytes: &[u8]) -> Result<bool> {
    let budget = std::rc::Rc::clone(&scan.budget);
    let (parts, result) = mime::parts(bytes, &budget);
    let mut seen_macros = false;
    for part in &parts {
        let content = part.content(&budget)?;
        seen_macros |= content.starts_with(b"ActiveMime");
        if part.media_type().contains("html") || content.starts_with(b"<") {
            links(scan, &content, &part.name());
        }
        let name = part.name();
        let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let file = if file.is_empty() { format!("part@{}", part.at) } else { file.to_owned() };
        let path = if name.is_empty() { format!("part@{}", part.at) } else { name };
        let content = Content::Bytes { source: Source::memory(content), crc32: None };
        scan.push(Child { name: file, origin: Origin::Part { path }, size: None, content })?;
    }
    // Word is more lenient still: a project whose part nobody could find is taken from where it begins.
    if !seen_macros && let Some(at) = find(bytes, ACTIVE_MIME) {
        let run = bytes.get(at..).unwrap_or_default();
        let end = run.windows(2).position(|pair| pair == b"--").unwrap_or(run.len());
        let content = crate::codecs::base64::decode(run.get(..end).unwrap_or_default(), usize::MAX);
        budget.expand(content.len() as u64)?;
        let path = format!("ActiveMime@{at}");
        let content = Content::Bytes { source: Source::memory(content), crc32: None };
        scan.push(Child { name: "editdata.mso".into(), origin: Origin::Part { path }, size: None, content })?;
        seen_macros = true;
    }
    result.map(|()| seen_macros || !parts.is_empty())
}

/// What a page of Word names outside itself: its template, and the macros it was edited with.
fn links(scan: &mut Scan, content: &[u8], part: &str) {
    let html = super::text::decode(content).unwrap_or_else(|| String::from_utf8_lossy(content).into_owned());
    let lower = html.to_ascii_lowercase();
    for (mark, kind) in [("attachedtemplate", "attachedTemplate"), ("edit-time-data", "vbaProject")] {
        for (at, _) in lower.match_indices(mark).take(8) {
            // The tag around it.
            let from = lower.get(..at).and_then(|before| before.rfind('<')).unwrap_or(at);
            let tag = html.get(from..).and_then(|tag| tag.split('>').next()).unwrap_or_default();
            if let Some(target) = href(tag) {
                scan.show(&View::Relationship(Relationship { part, kind, target: &target }));
            }
        }
    }
}

/// Value of `href` in a tag.
fn href(tag: &str) -> Option<String> {
    let at = find(tag.to_ascii_lowercase().as_bytes(), b"href")?;
    let value = tag.get(at.saturating_add(4)..)?.trim_start().strip_prefix('=')?.trim_start();
    let end = match value.chars().next()? {
        quote @ ('"' | '\'') => return value.get(1..)?.split(quote).next().map(str::to_owned),
        _ => value.find(|c: char| c.is_whitespace()).unwrap_or(value.len()),
    };
    value.get(..end).map(str::to_owned)
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = 0_usize;
    loop {
        let rest = bytes.get(at..)?;
        at = at.saturating_add(rest.iter().position(|byte| *byte == first)?);
        if bytes.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        at = at.saturating_add(1);
    }
}

/// A PDF is not read yet, but what Word would see in it is.
pub(super) fn inspect_pdf(scan: &mut Scan, source: &Source) -> Result<()> {
    let (bytes, error) = scan.budget.read_source(source.clone());
    scan.budget.steps(bytes.len() as u64 / 32)?;
    if let Some(at) = page_in(&bytes, &extension(scan.name())) {
        let line = bytes.get(at..at.saturating_add(120)).or_else(|| bytes.get(at..)).unwrap_or_default();
        let line = String::from_utf8_lossy(line.split(|byte| *byte == b'\n').next().unwrap_or_default()).into_owned();
        scan.report(Observation::new(&PDF_IS_MHT, Evidence::quote(&line).offset(at as u64)));
        unpack(scan, bytes.get(at..).unwrap_or_default())?;
    }
    // A large one is not read to its end; that it is not read at all as a PDF is said below.
    if let Some(error) = error.filter(|error| !matches!(error, Error::Limit(LimitKind::ArtifactBytes))) {
        scan.note(&error, None);
    }
    if let Err(error) = super::pdf::encryption(scan, source, &bytes) {
        scan.note(&error, None);
    }
    scan.report(Observation::new(&UNSUPPORTED, Evidence::quote(scan.name())).with("type", "pdf"));
    scan.set_status(Status::Unread);
    Ok(())
}

/// Where a page packed as a mail begins. A PDF may honestly carry a mail; so it counts only under a name that Word opens,
/// or with what only Word writes.
fn page_in(bytes: &[u8], extension: &str) -> Option<usize> {
    let lower = bytes.to_ascii_lowercase();
    let at = find(&lower, b"mime-version")?;
    let rest = lower.get(at..)?;
    let has = |needle: &[u8]| find(rest, needle).is_some();
    if !has(b"content-type") && !has(b"content-location") {
        return None;
    }
    let of_word = find(bytes, ACTIVE_MIME).is_some() || has(b"edit-time-data") || has(b"application/x-mso");
    (OFFICE.contains(&extension) || of_word).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdf_with_a_page_behind_it() {
        let page = "%PDF-1.7\n1 0 obj\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=a\n";
        assert!(page_in(page.as_bytes(), "doc").is_some());
        assert!(page_in(page.as_bytes(), "pdf").is_none());
        assert!(page_in(format!("{page}<link rel=Edit-Time-Data href=a.mso>").as_bytes(), "pdf").is_some());
        assert!(page_in(b"%PDF-1.7\n(Dear all, mime-version is a header)", "doc").is_none());
    }

    #[test]
    fn targets_of_tags() {
        assert_eq!(href("<link rel=Edit-Time-Data HREF = \"a b.mso\"").as_deref(), Some("a b.mso"));
        assert_eq!(href("<link rel=Edit-Time-Data\nhref=//h/a.mso /").as_deref(), Some("//h/a.mso"));
        assert_eq!(href("<link>"), None);
    }
}
