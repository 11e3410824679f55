//! The records of a ZIP file, each read by itself and believed by nobody (APPNOTE 6.3.10, 4.3).

use crate::error::{Error, Result};
use crate::source::Source;

pub(super) const LOCAL_FILE_HEADER: &[u8; 4] = b"PK\x03\x04";
pub(super) const CENTRAL_FILE_HEADER: &[u8; 4] = b"PK\x01\x02";
pub(super) const END_OF_CENTRAL_DIRECTORY: &[u8; 4] = b"PK\x05\x06";
const ZIP64_END_OF_CENTRAL_DIRECTORY: &[u8; 4] = b"PK\x06\x06";
const ZIP64_LOCATOR: &[u8; 4] = b"PK\x06\x07";

/// End of central directory record without its comment (4.3.16).
const EOCD: usize = 22;
/// Local file header without name and extra field (4.3.7).
const LOCAL: usize = 30;
/// Central directory header without name, extra field and comment (4.3.12).
const CENTRAL: usize = 46;

/// General purpose bit flag (4.4.4).
pub(super) const ENCRYPTED: u16 = 1;
pub(super) const DATA_DESCRIPTOR: u16 = 1 << 3;
pub(super) const UTF8: u16 = 1 << 11;
/// PKWARE's strong encryption (7).
pub(super) const STRONG: u16 = 1 << 6;
/// The directory is encrypted and the local headers are masked.
pub(super) const MASKED: u16 = 1 << 13;

/// Compression method (4.4.5).
pub(super) const STORED: u16 = 0;
pub(super) const DEFLATED: u16 = 8;
/// WinZip AES: the real method stands in the extra field 0x9901.
pub(super) const AES: u16 = 99;

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let field = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    u16::from_le_bytes(field)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let field = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    u32::from_le_bytes(field)
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let field = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    u64::from_le_bytes(field)
}

/// What a local or central header says about an entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) time: u16,
    pub(super) crc32: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    pub(super) name: Vec<u8>,
    pub(super) extra: Vec<u8>,
    /// Kind and rights of the file, where a Unix program wrote them (4.4.15).
    pub(super) mode: u16,
    /// Offset of the local header as the directory gives it; for a local header, its own.
    pub(super) offset: u64,
}

impl Header {
    /// The fields both headers share stand in the same order, starting at `at`.
    fn shared(bytes: &[u8], at: usize) -> Self {
        let field = |skip: usize| at.saturating_add(skip);
        Self {
            flags: u16_at(bytes, at),
            method: u16_at(bytes, field(2)),
            time: u16_at(bytes, field(4)),
            crc32: u32_at(bytes, field(8)),
            compressed: u32_at(bytes, field(12)).into(),
            size: u32_at(bytes, field(16)).into(),
            ..Self::default()
        }
    }

    /// Replaces 0xFFFF_FFFF by the values of the Zip64 extended information (4.5.3), which holds only those.
    fn zip64(&mut self) {
        let Some(values) = extra_field(&self.extra, 1) else { return };
        let mut at = 0_usize;
        for field in [&mut self.size, &mut self.compressed, &mut self.offset] {
            if *field == u64::from(u32::MAX) && values.len() >= at.saturating_add(8) {
                *field = u64_at(values, at);
                at = at.saturating_add(8);
            }
        }
    }

    pub(super) const fn is_encrypted(&self) -> bool {
        self.flags & ENCRYPTED != 0
    }

    pub(super) const fn is_symbolic_link(&self) -> bool {
        self.mode & 0o17_0000 == 0o12_0000
    }

    /// An empty deflate stream has two bytes; a folder with more than that holds something.
    pub(super) fn is_directory(&self) -> bool {
        (self.name.ends_with(b"/") || self.name.ends_with(b"\\")) && self.size == 0 && self.compressed <= 2
    }
}

/// The value of an extra field (4.5.1).
pub(super) fn extra_field(mut extra: &[u8], id: u16) -> Option<&[u8]> {
    while extra.len() >= 4 {
        let len = usize::from(u16_at(extra, 2));
        let value = extra.get(4..4_usize.saturating_add(len).min(extra.len()))?;
        if u16_at(extra, 0) == id {
            return Some(value);
        }
        extra = extra.get(4_usize.saturating_add(len)..)?;
    }
    None
}

/// A local file header and where its data starts.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) header: Header,
    pub(super) data: u64,
}

pub(super) fn local(source: &Source, at: u64) -> Result<Local> {
    let bytes: [u8; LOCAL] = source.array(at, "local file header")?;
    if !bytes.starts_with(LOCAL_FILE_HEADER) {
        return Err(Error::malformed("local file header", at));
    }
    let (name, extra) = (u16_at(&bytes, 26), u16_at(&bytes, 28));
    let rest = source.peek(at.saturating_add(LOCAL as u64), usize::from(name).saturating_add(usize::from(extra)))?;
    if rest.len() < usize::from(name) {
        return Err(Error::malformed("local file header", at));
    }
    let (name, extra) = rest.split_at(usize::from(name));
    let mut header = Header { name: name.into(), extra: extra.into(), offset: at, ..Header::shared(&bytes, 6) };
    header.zip64();
    header.offset = at;
    Ok(Local { header, data: at.saturating_add(LOCAL as u64).saturating_add(rest.len() as u64) })
}

/// Where a central directory stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// Offset of the end record itself.
    pub(super) at: u64,
    /// First byte of the directory.
    pub(super) directory: u64,
    /// First byte behind the directory.
    pub(super) directory_end: u64,
    /// First of the end records: the Zip64 one, or this.
    pub(super) records: u64,
    /// Entries it claims.
    pub(super) entries: u64,
    /// To be added to the offsets in the directory: bytes somebody put before the archive.
    pub(super) shift: u64,
    /// First byte behind the comment.
    pub(super) end: u64,
    /// The Zip64 record tells of another directory than the plain one.
    pub(super) contradicted: bool,
    /// This is the last piece of an archive split over several files (4.4.19).
    pub(super) split: bool,
}

/// Finds the last end of central directory record, as the programs that open ZIP files do.
pub(super) fn end(source: &Source) -> Result<Option<End>> {
    /// Bytes that are passed over together.
    const PIECE: usize = 64;
    let span = source.len().min(u64::from(u16::MAX).saturating_add(EOCD as u64));
    let start = source.len().saturating_sub(span);
    let tail = source.peek(start, usize::try_from(span).unwrap_or_default())?;
    let last = tail.len().saturating_sub(EOCD);
    // Most pieces hold no byte that the record begins with, and that is seen at once.
    let pieces = (0..=last).rev().step_by(PIECE).map(|end| (end.saturating_sub(PIECE.saturating_sub(1)), end));
    let promising = pieces.filter(|(from, end)| tail.get(*from..=*end).is_some_and(|piece| piece.contains(&b'P')));
    for at in promising.flat_map(|(from, end)| (from..=end).rev()) {
        let record = tail.get(at..).unwrap_or_default();
        if record.len() >= EOCD
            && record.starts_with(END_OF_CENTRAL_DIRECTORY)
            && let Some(end) = self::end_at(source, start.saturating_add(at as u64))?
        {
            return Ok(Some(end));
        }
    }
    Ok(None)
}

/// Reads the end record at `at`; `None` when the directory it names cannot stand before it.
pub(super) fn end_at(source: &Source, at: u64) -> Result<Option<End>> {
    let bytes: [u8; EOCD] = source.array(at, "end of central directory record")?;
    let mut entries = u64::from(u16_at(&bytes, 10));
    let mut size = u64::from(u32_at(&bytes, 12));
    let mut offset = u64::from(u32_at(&bytes, 16));
    let mut directory_end = at;
    let mut contradicted = false;
    if let Some((entries64, size64, offset64, at64)) = zip64_end(source, at)? {
        let differs = |plain: u64, most: u64, wide: u64| plain != most && plain != wide;
        contradicted = differs(entries, 0xFFFF, entries64)
            || differs(size, 0xFFFF_FFFF, size64)
            || differs(offset, 0xFFFF_FFFF, offset64);
        (entries, size, offset, directory_end) = (entries64, size64, offset64, at64);
    }
    let split = !matches!(u16_at(&bytes, 4), 0 | 0xFFFF);
    let end = at.saturating_add(EOCD as u64).saturating_add(u16_at(&bytes, 20).into()).min(source.len());
    let records = directory_end;
    let found = |directory: u64, directory_end: u64, shift: u64| {
        Some(End { at, directory, directory_end, records, entries, shift, end, contradicted, split })
    };
    let Some(directory) = records.checked_sub(size) else { return Ok(None) };
    // Some writers leave bytes between the directory and its end record; then the offset is right and no shift is.
    let plain = source.peek(offset, 4)? == CENTRAL_FILE_HEADER;
    let shifted = source.peek(directory, 4)? == CENTRAL_FILE_HEADER;
    Ok(match directory.checked_sub(offset) {
        _ if entries == 0 && size == 0 => found(records, records, 0),
        Some(shift) if shifted => found(directory, records, shift),
        _ if plain && offset < at => found(offset, offset.saturating_add(size).min(records), 0),
        _ if split => found(at, at, 0),
        _ => None,
    })
}

/// The Zip64 end record (4.3.14) through its locator (4.3.15): entries, size, offset of the directory, own offset.
fn zip64_end(source: &Source, eocd: u64) -> Result<Option<(u64, u64, u64, u64)>> {
    let Some(locator) = eocd.checked_sub(20) else { return Ok(None) };
    let bytes: [u8; 20] = source.array(locator, "zip64 end of central directory locator")?;
    if !bytes.starts_with(ZIP64_LOCATOR) {
        return Ok(None);
    }
    // With bytes put before the archive the locator's offset is too small; the record then stands right before it.
    for at in [u64_at(&bytes, 8), locator.saturating_sub(56)] {
        let record = source.peek(at, 56)?;
        if record.len() == 56 && record.starts_with(ZIP64_END_OF_CENTRAL_DIRECTORY) {
            return Ok(Some((u64_at(&record, 32), u64_at(&record, 40), u64_at(&record, 48), at)));
        }
    }
    Ok(None)
}

/// Reads one central header at `at`; with it the offset of the next.
pub(super) fn central(source: &Source, at: u64) -> Result<Option<(Header, u64)>> {
    let bytes = source.peek(at, CENTRAL)?;
    if bytes.len() < CENTRAL || !bytes.starts_with(CENTRAL_FILE_HEADER) {
        return Ok(None);
    }
    let [name, extra, comment] = [28, 30, 32].map(|field| usize::from(u16_at(&bytes, field)));
    let rest = source.peek(at.saturating_add(CENTRAL as u64), name.saturating_add(extra))?;
    let (name, extra) = rest.split_at(name.min(rest.len()));
    let mut header = Header { name: name.into(), extra: extra.into(), ..Header::shared(&bytes, 8) };
    header.offset = u32_at(&bytes, 42).into();
    // Unix and macOS (4.4.2).
    if matches!(bytes.get(5), Some(3 | 19)) {
        header.mode = u16_at(&bytes, 40);
    }
    header.zip64();
    let len = (CENTRAL as u64).saturating_add(rest.len() as u64).saturating_add(comment as u64);
    Ok(Some((header, at.saturating_add(len))))
}
