//! Headers of RAR 5 and 7.

use super::keys::{Keys, Lock};
use super::{Archive, Entry, File, Method, Role};
use crate::crypto::cbc;
use crate::error::{Error, Result};
use crate::scan::Scan;
use crate::source::Source;

/// Largest header: its length has three bytes of seven bits.
const LARGEST: u64 = 1 << 21;

const FILE: u64 = 2;
const SERVICE: u64 = 3;
const ENCRYPTION: u64 = 4;
const END: u64 = 5;

/// Reads bytes in the order of the format.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn bytes(&mut self, len: u64) -> Option<&'a [u8]> {
        let (these, rest) = self.0.split_at_checked(usize::try_from(len).ok()?)?;
        self.0 = rest;
        Some(these)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (these, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*these)
    }

    /// A number in groups of seven bits, the lowest first.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..70_u32).step_by(7) {
            let [byte] = self.array()?;
            number |= u64::from(byte & 0x7F).unbounded_shl(shift);
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

pub(super) fn read(scan: &mut Scan, source: &Source, keys: &mut Keys, archive: &mut Archive) -> Result<()> {
    let mut at = 8;
    let mut lock: Option<Lock> = None;
    while at < source.len() {
        scan.budget.steps(32)?;
        if archive.files.len() as u64 > u64::from(scan.budget.limits().artifacts) {
            break;
        }
        // Encrypted headers stand behind their own initial vector and are filled up to whole blocks.
        let (header, before) = match &lock {
            None => (source.slice(at, source.len()), 0),
            Some(lock) => {
                let iv = source.array(at, "rar header")?;
                let Some((key, password)) = keys.header5(scan, lock)? else {
                    archive.names_locked = true;
                    break;
                };
                archive.password = Some(password);
                (cbc::decrypted(source.slice(at.saturating_add(16), source.len()), &key, iv), 16)
            }
        };
        let here = at;
        let broken = || Error::malformed("rar header", here);
        let start = header.peek(0, 7)?;
        let mut cursor = Cursor(start.get(4..).unwrap_or_default());
        let size = cursor.number().filter(|size| *size > 0 && *size < LARGEST).ok_or_else(broken)?;
        let skip = start.len().saturating_sub(cursor.0.len());
        let whole = header.peek(0, skip.saturating_add(usize::try_from(size).unwrap_or_default()))?;
        let sum = whole.first_chunk().map(|sum| u32::from_le_bytes(*sum));
        let body = whole.get(skip..).filter(|body| body.len() as u64 == size).ok_or_else(broken)?;
        let mut crc = flate2::Crc::new();
        crc.update(whole.get(4..).unwrap_or_default());
        if sum != Some(crc.sum()) {
            archive.doubt = Some(broken());
        }
        let len = whole.len() as u64;
        let len = if before > 0 { len.next_multiple_of(16) } else { len };
        let data = at.saturating_add(before).saturating_add(len);

        let head = Head::read(body).ok_or_else(broken)?;
        at = data.saturating_add(head.data);
        match head.kind {
            FILE | SERVICE => {
                let mut file = read_file(&head, source.slice(data, head.data), data).ok_or_else(broken)?;
                file.entry.at = data.saturating_sub(len).saturating_sub(before);
                if head.data > source.len().saturating_sub(data) && !file.is_split {
                    archive.end = Some(Error::malformed("rar entry", file.entry.at));
                }
                archive.add(head.kind == SERVICE, file, |_| head.subdata().map(text));
            }
            ENCRYPTION => {
                let mut body = Cursor(head.body);
                let (version, flags) = (body.number().ok_or_else(broken)?, body.number().ok_or_else(broken)?);
                lock = Some(Lock::read5(version, flags, body.0).ok_or(Error::Unsupported("rar-method"))?);
            }
            END => {
                archive.rest = Some(at);
                break;
            }
            _ => {}
        }
    }
    Ok(())
}

impl Archive {
    /// Keeps a file, and what a service header holds that matters: streams beside a file, and the comment.
    pub(super) fn add(&mut self, is_service: bool, mut file: File, stream: impl Fn(&File) -> Option<String>) {
        if is_service {
            match file.entry.path.as_str() {
                "CMT" => file.role = Role::Comment,
                "STM" => {
                    file.role = Role::Stream;
                    let host = self.files.iter().rev().find(|file| file.role == Role::File);
                    let host = host.map_or("", |file| file.entry.path.as_str());
                    file.entry.path = format!("{host}{}", stream(&file).unwrap_or_default());
                    if !file.entry.path.contains(':') {
                        file.entry.path.push(':');
                    }
                }
                _ => return,
            }
        }
        self.files.push(file);
    }
}

/// What all headers have.
struct Head<'a> {
    kind: u64,
    flags: u64,
    data: u64,
    /// What the kind of header tells, and the extra area.
    body: &'a [u8],
    extra: &'a [u8],
}

impl<'a> Head<'a> {
    fn read(header: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor(header);
        let kind = cursor.number()?;
        let flags = cursor.number()?;
        let extra = if flags & 1 != 0 { cursor.number()? } else { 0 };
        let data = if flags & 2 != 0 { cursor.number()? } else { 0 };
        let body = cursor.0.len().checked_sub(usize::try_from(extra).ok()?)?;
        let (body, extra) = cursor.0.split_at_checked(body)?;
        Some(Self { kind, flags, data, body, extra })
    }

    /// Records of the extra area; what does not fit ends them.
    fn records(&self) -> impl Iterator<Item = (u64, &'a [u8])> {
        let mut cursor = Cursor(self.extra);
        std::iter::from_fn(move || {
            let size = cursor.number()?;
            let mut record = Cursor(cursor.bytes(size)?);
            Some((record.number()?, record.0))
        })
    }

    /// What belongs to a service. Old versions counted it one byte short, at the end of the header.
    fn subdata(&self) -> Option<&'a [u8]> {
        let (_, found) = self.records().find(|(kind, _)| *kind == 7)?;
        let end = self.extra.len();
        let begin = self.extra.windows(found.len().max(1)).rposition(|window| window == found)?;
        let left = end.checked_sub(begin.checked_add(found.len())?)?;
        if left == 1 { self.extra.get(begin..) } else { Some(found) }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn read_file(head: &Head<'_>, data: Source, at: u64) -> Option<File> {
    let mut cursor = Cursor(head.body);
    let flags = cursor.number()?;
    let size = cursor.number()?;
    let _attributes = cursor.number()?;
    if flags & 2 != 0 {
        cursor.array::<4>()?;
    }
    let crc32 = if flags & 4 != 0 { Some(u32::from_le_bytes(cursor.array()?)) } else { None };
    let packing = cursor.number()?;
    let _system = cursor.number()?;
    let len = cursor.number()?;
    let path = text(cursor.bytes(len)?);

    let is_split = head.flags & 0x18 != 0;
    let mut file = File {
        entry: Entry { path, at, size: Some(size), packed: Some(head.data), is_folder: flags & 1 != 0, link: None },
        data,
        method: method(packing, flags & 8 != 0),
        is_solid: packing & 0x40 != 0,
        is_split,
        crc32: crc32.filter(|_| !is_split),
        lock: None,
        same_as: None,
        role: Role::File,
    };
    if flags & 8 != 0 {
        file.entry.size = file.entry.packed;
    }
    for (kind, record) in head.records() {
        let mut cursor = Cursor(record);
        match kind {
            1 => {
                let (version, flags) = (cursor.number(), cursor.number());
                file.lock = version.zip(flags).and_then(|(version, flags)| Lock::read5(version, flags, cursor.0));
                // The sum of what is encrypted may depend on the password: it is no CRC of the content.
                if file.lock.as_ref().is_none_or(Lock::hides_sum) {
                    file.crc32 = None;
                }
                if file.lock.is_none() {
                    file.method = Method::Other("rar-method");
                }
            }
            5 => {
                let (Some(kind), Some(_flags), Some(len)) = (cursor.number(), cursor.number(), cursor.number()) else {
                    continue;
                };
                let target = text(cursor.bytes(len).unwrap_or(cursor.0));
                if kind <= 3 { file.entry.link = Some(target) } else { file.same_as = Some(target) }
            }
            _ => {}
        }
    }
    Some(file)
}

fn method(packing: u64, is_size_unknown: bool) -> Method {
    let power = u32::try_from((packing >> 10) & 31).unwrap_or_default();
    let base = (128_u64 << 10).unbounded_shl(power);
    match (packing & 63, (packing >> 7) & 7) {
        (_, 0) => Method::Stored,
        _ if is_size_unknown => Method::Other("rar-method"),
        (0, 1..=5) => Method::Rar5 { window: base, long_distances: false },
        (1, 1..=5) => {
            let more = (base >> 5).saturating_mul((packing >> 15) & 31);
            Method::Rar5 { window: base.saturating_add(more), long_distances: (packing >> 20) & 1 == 0 }
        }
        _ => Method::Other("rar-method"),
    }
}
