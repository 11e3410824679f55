//! What an archive contains, read three ways: by its directory, by the local headers the directory points to, and by
//! the bytes neither of them accounts for.
//!
//! Programs differ in which reading they trust, and archives are built to show a scanner one content and a person
//! another: two archives one behind the other, entries the directory does not list, headers that contradict each
//! other (CVE-2026-0866). Every reading is kept; every contradiction is a finding.

use std::io::{BufReader, Read};

use flate2::bufread::DeflateDecoder;
use memchr::memchr_iter;

use super::names::{self, part_key};
use super::records::{
    self, DATA_DESCRIPTOR, DEFLATED, END_OF_CENTRAL_DIRECTORY, End, Header, LOCAL_FILE_HEADER, Local,
};
use super::{CONCATENATED, DIRECTORY_DAMAGED, EXTRA_DATA, HEADER_MISMATCH, HIDDEN_ENTRY};
use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};
use crate::finding::{Evidence, Observation};
use crate::formats::archives::check_names;
use crate::order;
use crate::source::Source;

/// Unaccounted bytes up to this length are alignment, data descriptors or line ends of a mail gateway.
const SLACK: u64 = 64;

/// One entry.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) header: Header,
    /// Offset and length of its data; `None` when its local header is missing.
    pub(super) data: Option<(u64, u64)>,
    /// No header gives its CRC.
    pub(super) unverified: bool,
}

impl Entry {
    /// Whether a password stands before its bytes.
    pub(super) const fn is_locked(&self) -> bool {
        self.header.is_encrypted() || self.header.flags & records::MASKED != 0
    }
}

/// Bytes that belong to no entry.
pub(super) struct Gap {
    pub(super) place: &'static str,
    pub(super) at: u64,
    pub(super) len: u64,
}

/// All readings of an archive together.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) entries: Vec<Entry>,
    pub(super) gaps: Vec<Gap>,
    pub(super) found: Vec<Observation>,
    /// Whether a directory was read whole, so that an entry it does not list is hidden, not lost.
    has_directory: bool,
    /// Only the last piece of an archive is here.
    split: bool,
    /// What kept the list from being complete.
    pub(super) error: Option<Error>,
}

/// Reads the archive; fails only when the source does.
pub(super) fn read(source: &Source, budget: &Budget) -> Result<Layout> {
    let mut layout = Layout::default();
    let end = match records::end(source)? {
        Some(end) => Some(end),
        None => last_end(source, budget)?,
    };
    if end.as_ref().is_some_and(|end| end.split) {
        // Offsets count from the first piece; what is here cannot be held against them.
        layout.split = true;
        layout.error = Some(Error::Unsupported("split archive"));
    } else if let Some(end) = &end {
        match layout.read_directory(source, end, budget) {
            Err(limit @ Error::Limit(_)) => layout.error = Some(limit),
            other => other?,
        }
    }
    match layout.read_between(source, end.as_ref(), budget) {
        Err(limit @ Error::Limit(_)) => layout.error = Some(limit),
        other => other?,
    }
    if end.is_none() {
        layout.judge_missing_directory(source);
    }
    layout.check_names();
    Ok(layout)
}

/// Looks for an end record in the whole file: much may have been put behind it.
fn last_end(source: &Source, budget: &Budget) -> Result<Option<End>> {
    let mut last = None;
    let mut from = 0;
    let mut signatures = Signatures::new(source, source.len(), budget);
    while let Some((at, _)) = signatures.next(from, &[END_OF_CENTRAL_DIRECTORY])? {
        last = records::end_at(source, at)?.or(last);
        from = at.saturating_add(4);
    }
    Ok(last)
}

/// Looks for signatures in a range, reading every byte once however many there are.
struct Signatures<'a> {
    source: &'a Source,
    to: u64,
    budget: &'a Budget,
    window: Vec<u8>,
    start: u64,
}

impl<'a> Signatures<'a> {
    const fn new(source: &'a Source, to: u64, budget: &'a Budget) -> Self {
        Self { source, to, budget, window: Vec::new(), start: 0 }
    }

    /// First place of one of the signatures in `from..to`.
    fn next(&mut self, mut from: u64, signatures: &[&[u8; 4]]) -> Result<Option<(u64, [u8; 4])>> {
        const CHUNK: usize = 1 << 16;
        loop {
            let skip = from.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
            let rest = skip.and_then(|skip| self.window.get(skip..)).unwrap_or_default();
            let is_one = |at: &usize| {
                rest.get(*at..).is_some_and(|rest| signatures.iter().any(|signature| rest.starts_with(*signature)))
            };
            // All of them begin with the same letter.
            let hit = memchr_iter(LOCAL_FILE_HEADER[0], rest).find(is_one);
            self.budget.steps((hit.unwrap_or(rest.len()) as u64).div_euclid(16).saturating_add(1))?;
            if let Some(hit) = hit {
                let found = rest.get(hit..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
                return Ok(Some((from.saturating_add(hit as u64), found)));
            }
            // Signatures may stand across the seam.
            from = from.saturating_add(rest.len().saturating_sub(3) as u64);
            let left = self.to.saturating_sub(from);
            let read = self.start.saturating_add(self.window.len() as u64);
            if left < 4 || (!rest.is_empty() && read >= self.to) {
                return Ok(None);
            }
            self.window = self.source.peek(from, usize::try_from(left).unwrap_or(CHUNK).min(CHUNK))?;
            self.start = from;
            if self.window.len() < 4 {
                return Ok(None);
            }
        }
    }
}

impl Layout {
    fn read_directory(&mut self, source: &Source, end: &End, budget: &Budget) -> Result<()> {
        self.has_directory = true;
        if end.contradicted {
            let evidence = Evidence::quote("zip64").offset(end.records);
            self.found.push(Observation::new(&HEADER_MISMATCH, evidence).with("what", "directory"));
        }
        let mut at = end.directory;
        let mut count = 0_u64;
        while at < end.directory_end {
            let Some((mut header, next)) = records::central(source, at)? else { break };
            budget.steps(16)?;
            count = count.saturating_add(1);
            header.offset = header.offset.saturating_add(end.shift);
            self.add(source, header, at)?;
            if self.entries.len() as u64 > u64::from(budget.limits().artifacts) {
                return Err(Error::Limit(LimitKind::Artifacts));
            }
            at = next;
        }
        // The count field wraps at 65,536 in archives of writers that do not know Zip64.
        if count & 0xFFFF != end.entries & 0xFFFF {
            let text = format!("{} entries claimed, {count} found", end.entries);
            self.has_directory = false;
            self.found.push(Observation::new(&DIRECTORY_DAMAGED, Evidence::quote(&text).offset(at)));
        }
        Ok(())
    }

    /// No directory at all. A download that broke off ends inside an entry: plain damage. When every entry is whole,
    /// Word and the archive programs offer to repair the file and open it, and somebody may have counted on that.
    fn judge_missing_directory(&mut self, source: &Source) {
        let whole = self.entries.iter().all(|entry| entry.data.is_some_and(|(_, len)| len == entry.header.compressed));
        let end = self.entries.iter().filter_map(|entry| entry.data).map(|(at, len)| at.saturating_add(len)).max();
        // What follows the last entry is (a part of) a directory, or an entry that broke off.
        let cut = end.is_none_or(|end| source.peek(end, 4).map_or(true, |next| next.starts_with(LOCAL_FILE_HEADER)));
        if whole && !cut {
            let evidence = Evidence::quote("no usable central directory").offset(source.len());
            self.found.push(Observation::new(&DIRECTORY_DAMAGED, evidence));
        } else {
            self.error.get_or_insert(Error::malformed("central directory", source.len()));
        }
    }

    /// Adds an entry of the directory and holds it against its local header.
    fn add(&mut self, source: &Source, header: Header, at: u64) -> Result<()> {
        let name = names::decode(&header);
        let data = match records::local(source, header.offset) {
            Ok(local) => {
                self.compare(&header, &local, &name);
                Some((local.data, header.compressed.min(source.len().saturating_sub(local.data))))
            }
            Err(Error::Malformed { .. }) => {
                self.found.push(Observation::new(&DIRECTORY_DAMAGED, Evidence::quote(&name).offset(at)));
                None
            }
            Err(other) => return Err(other),
        };
        self.entries.push(Entry { name, header, data, unverified: false });
        Ok(())
    }

    /// What the local header says against the directory. When a data descriptor follows, its sizes and CRC mean nothing:
    /// mostly zero, but Info-ZIP keeps the time there that its encryption checks passwords against.
    fn compare(&mut self, central: &Header, local: &Local, name: &str) {
        let here = &local.header;
        let streamed = here.flags & DATA_DESCRIPTOR != 0;
        let differs = |a: u64, b: u64| a != b && !streamed;
        let slashes = |name: &str| name.replace('\\', "/");
        let mut wrong = |what: &'static str, detail: String| {
            let evidence = Evidence::quote(&detail).path(name).offset(here.offset);
            self.found.push(Observation::new(&HEADER_MISMATCH, evidence).with("what", what));
        };
        if here.name != central.name {
            let local_name = names::decode(here);
            if slashes(&local_name) != slashes(name) {
                wrong("name", format!("{name} / {local_name}"));
            }
        }
        if names::contradicts(central) || names::contradicts(here) {
            wrong("name", format!("{} / {name}", String::from_utf8_lossy(&central.name)));
        }
        if here.method != central.method {
            wrong("method", format!("{} / {}", central.method, here.method));
        }
        if here.is_encrypted() != central.is_encrypted() {
            wrong("encryption", format!("{:#06x} / {:#06x}", central.flags, here.flags));
        }
        if differs(central.compressed, here.compressed) {
            wrong("size", format!("{} / {}", central.compressed, here.compressed));
        }
        if differs(central.size, here.size) {
            wrong("size", format!("{} / {}", central.size, here.size));
        }
        if differs(central.crc32.into(), here.crc32.into()) && here.flags & records::MASKED == 0 {
            wrong("crc", format!("{:08x} / {:08x}", central.crc32, here.crc32));
        }
    }

    /// Looks at what the directory does not account for.
    fn read_between(&mut self, source: &Source, end: Option<&End>, budget: &Budget) -> Result<()> {
        let mut ranges: Vec<(u64, u64)> = self
            .entries
            .iter()
            .filter_map(|entry| entry.data.map(|(data, len)| (entry.header.offset, data.saturating_add(len))))
            .collect();
        order::sort(&mut ranges);
        let (body_end, tail) = end.map_or((source.len(), source.len()), |end| (end.directory, end.end));
        let mut at = 0;
        for (start, stop) in ranges {
            if start < at {
                let evidence = Evidence::quote("entries overlap").offset(start);
                self.found.push(Observation::new(&HEADER_MISMATCH, evidence).with("what", "overlap"));
            } else {
                self.look_at_gap(source, at, start, "between", budget)?;
            }
            at = at.max(stop);
        }
        self.look_at_gap(source, at, body_end, "between", budget)?;
        if let Some(end) = end {
            self.look_at_gap(source, end.directory_end, end.records, "between", budget)?;
        }
        self.look_at_gap(source, tail, source.len(), "after", budget)
    }

    fn look_at_gap(&mut self, source: &Source, from: u64, to: u64, place: &'static str, budget: &Budget) -> Result<()> {
        let mut from = from;
        let mut first = from;
        // A data descriptor (4.3.9) and the padding of signed packages are no place to hide anything.
        let mut signatures = Signatures::new(source, to, budget);
        while let Some((at, signature)) = signatures.next(from, &[LOCAL_FILE_HEADER, END_OF_CENTRAL_DIRECTORY])? {
            from = at.saturating_add(4);
            if &signature == END_OF_CENTRAL_DIRECTORY {
                if let Some(end) = records::end_at(source, at)?.filter(|end| end.entries > 0 && end.directory >= first)
                {
                    self.found.push(Observation::new(&CONCATENATED, Evidence::quote("second directory").offset(at)));
                    from = end.end;
                    first = end.end;
                }
            } else if let Some(stop) = self.add_hidden(source, at, to, budget)? {
                self.note_gap(source, first, at, place, budget)?;
                from = stop;
                first = stop;
            }
            if self.entries.len() as u64 > u64::from(budget.limits().artifacts) {
                self.error = Some(Error::Limit(LimitKind::Artifacts));
                return Ok(());
            }
        }
        self.note_gap(source, first, to, place, budget)
    }

    /// An entry that the directory does not list: returns where it ends, or `None` if this is no local header.
    fn add_hidden(&mut self, source: &Source, at: u64, to: u64, budget: &Budget) -> Result<Option<u64>> {
        let Ok(local) = records::local(source, at) else { return Ok(None) };
        let mut header = local.header;
        let mut unverified = false;
        let plausible = !header.name.is_empty() && header.name.len() <= 1024 && header.name.iter().all(|b| *b >= 0x20);
        if !plausible || local.data > to {
            return Ok(None);
        }
        if header.flags & DATA_DESCRIPTOR != 0 && header.compressed == 0 && header.method == DEFLATED {
            (header.compressed, header.size) =
                measure(&source.slice(local.data, to.saturating_sub(local.data)), budget)?;
            unverified = true;
        }
        let len = header.compressed.min(to.saturating_sub(local.data));
        let name = names::decode(&header);
        if self.has_directory {
            let evidence = Evidence::quote(&name).offset(at);
            self.found.push(Observation::new(&HIDDEN_ENTRY, evidence).with("name", &name));
        }
        self.entries.push(Entry { name, header, data: Some((local.data, len)), unverified });
        Ok(Some(local.data.saturating_add(len)))
    }

    fn note_gap(&mut self, source: &Source, from: u64, to: u64, place: &'static str, budget: &Budget) -> Result<()> {
        let len = to.saturating_sub(from);
        let place = if from == 0 { "before" } else { place };
        // Nothing honest stands before the first entry but the marker of a once split archive.
        if len <= if place == "before" { 4 } else { SLACK } {
            return Ok(());
        }
        // Without a directory nobody can say what belongs nowhere.
        let harmless = (!self.has_directory && place != "before")
            || self.entries.is_empty()
            || self.split
            || is_zero(&source.slice(from, len), budget)?
            || (place == "after" && is_mail_text(&source.slice(from, len))?)
            || source.slice(from, len).peek(len.saturating_sub(16), 16)? == b"APK Sig Block 42";
        if !harmless {
            let text = format!("{len} bytes");
            self.found.push(Observation::new(&EXTRA_DATA, Evidence::quote(&text).offset(from)).with("where", place));
            self.gaps.push(Gap { place, at: from, len });
        }
        Ok(())
    }

    /// Names that mislead an extractor or a person.
    fn check_names(&mut self) {
        let is_package = self.entries.iter().any(|entry| part_key(&entry.name) == "[content_types].xml");
        let names: Vec<_> = self
            .entries
            .iter()
            .map(|entry| (entry.name.as_str(), entry.header.offset, entry.header.is_directory()))
            .collect();
        // Office finds a part under any spelling; elsewhere names that differ in case are two files.
        let key = |name: &str| if is_package { part_key(name) } else { name.replace('\\', "/") };
        self.found.extend(check_names(&names, key));
    }
}

/// Whether what stands behind an archive is nothing: alignment, padding, or what a mail program left.
pub(in crate::formats) fn is_padding(rest: &Source, budget: &Budget) -> Result<bool> {
    Ok(rest.len() <= SLACK || is_mail_text(rest)? || is_zero(rest, budget)?)
}

/// Zeros to the end: what stands behind some of them is hidden all the same.
fn is_zero(rest: &Source, budget: &Budget) -> Result<bool> {
    let mut chunk = vec![0; usize::try_from(rest.len()).unwrap_or(usize::MAX).min(1 << 16)];
    let mut at = 0;
    loop {
        let n = rest.read_at(at, &mut chunk)?;
        budget.steps((n as u64) >> 8)?;
        match chunk.get(..n) {
            None | Some([]) => return Ok(true),
            Some(bytes) if bytes.iter().any(|byte| *byte != 0) => return Ok(false),
            Some(_) => at = at.saturating_add(n as u64),
        }
    }
}

/// A boundary or signature that a mail program left behind the attachment.
fn is_mail_text(rest: &Source) -> Result<bool> {
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t');
    Ok(rest.len() <= 1024 && rest.peek(0, 1024)?.iter().all(is_text))
}

/// Compressed and uncompressed length of a deflate stream nobody wrote the length of.
fn measure(source: &Source, budget: &Budget) -> Result<(u64, u64)> {
    let mut decoder = DeflateDecoder::new(BufReader::with_capacity(1 << 16, source.clone()));
    let mut chunk = vec![0; 1 << 16];
    loop {
        match decoder.read(&mut chunk) {
            Ok(0) | Err(_) => return Ok((decoder.total_in(), decoder.total_out())),
            Ok(n) => budget.expand(n as u64)?,
        }
    }
}
