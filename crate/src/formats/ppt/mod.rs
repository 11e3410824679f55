//! PowerPoint 97–2003 presentations: a stream of records ([MS-PPT] 2.1.2).
//!
//! Unlike Word and Excel, PowerPoint keeps its VBA project, its OLE objects and its controls as compressed compound files
//! inside records of one stream, where a reader that only lists storages sees nothing.

mod locked;
mod slides;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::rc::Rc;

use crate::artifact::Origin;
use crate::codecs::paged::Paged;
use crate::error::{Error, Result};
use crate::formats::cfb::Cfb;
use crate::scan::{Child, Content, Scan};
use crate::source::{Source, Stream};

/// RT_ExternalOleObjectStg (2.13.24): VbaProjectStg (2.10.40), ExOleObjStg (2.10.34), ExControlStg (2.10.37).
const EXTERNAL_OLE_OBJECT_STG: u16 = 0x1011;
const USER_EDIT_ATOM: u16 = 0x0FF5;
const PERSIST_DIRECTORY_ATOM: u16 = 0x1772;
const CRYPT_SESSION_10_CONTAINER: u16 = 0x2F14;
/// `headerToken` of a CurrentUserAtom whose document is encrypted (2.3.2).
const ENCRYPTED_TOKEN: [u8; 4] = [0xDF, 0xC4, 0xD1, 0xF3];

const STREAM: &str = "PowerPoint Document";

/// Takes the storages out of the document stream.
pub(crate) fn inspect(scan: &mut Scan, cfb: &Cfb) -> Result<()> {
    let Some(mut stream) = cfb.root_stream(STREAM) else { return Ok(()) };
    let mut walk = Walk::new(&stream);
    walk.everything(scan, cfb)?;
    let mut is_locked = walk.encrypted;
    if is_locked && let Some(plain) = locked::open(scan, &stream, walk.objects, walk.session)? {
        stream = plain;
        is_locked = false;
    }
    // Once more where it was decrypted; of what stays locked the offsets of storages may still be clear.
    walk = Walk::new(&stream);
    walk.everything(scan, cfb)?;
    if !is_locked && let Err(error) = slides::inspect(scan, &stream) {
        scan.note(&error, Some(STREAM));
    }
    let storages = std::mem::take(&mut walk.storages);
    for (index, at) in storages.into_iter().enumerate() {
        if let Err(error) = take_out(scan, &stream, at, index) {
            scan.note(&error, Some(STREAM));
        }
    }
    Ok(())
}

struct Walk<'s> {
    stream: &'s Source,
    /// Offsets of the storages' records.
    storages: BTreeSet<u64>,
    /// Where each persist object stands, with its number, as every edit says.
    objects: BTreeMap<u64, u32>,
    /// Where the CryptSession10Container stands.
    session: Option<u64>,
    encrypted: bool,
}

/// RecordHeader (2.3.1).
struct Header {
    /// recVer says that further records stand inside.
    container: bool,
    instance: u16,
    kind: u16,
    len: u64,
}

fn header(stream: &Source, at: u64) -> Option<Header> {
    let [a, b, c, d, e, f, g, h] = stream.array::<8>(at, "RecordHeader").ok()?;
    Some(Header {
        container: a & 0xF == 0xF,
        instance: u16::from_le_bytes([a, b]) >> 4,
        kind: u16::from_le_bytes([c, d]),
        len: u64::from(u32::from_le_bytes([e, f, g, h])),
    })
}

impl<'s> Walk<'s> {
    const fn new(stream: &'s Source) -> Self {
        Self { stream, storages: BTreeSet::new(), objects: BTreeMap::new(), session: None, encrypted: false }
    }

    fn everything(&mut self, scan: &Scan, cfb: &Cfb) -> Result<()> {
        self.records(scan)?;
        if let Some(user) = cfb.root_stream("Current User") {
            self.encrypted |= user.peek(12, 4)? == ENCRYPTED_TOKEN;
            let current = user.peek(16, 4)?.first_chunk().map(|b| u32::from_le_bytes(*b));
            self.edits(scan, current)?;
        }
        self.encrypted |= cfb.root_stream("EncryptedSummary").is_some();
        Ok(())
    }

    /// All records of the top level, one behind the other: what no directory lists is found too.
    fn records(&mut self, scan: &Scan) -> Result<()> {
        let mut at = 0_u64;
        while let Some(header) = header(self.stream, at) {
            scan.budget.steps(1)?;
            self.see(scan, at, &header)?;
            at = at.saturating_add(8).saturating_add(header.len);
        }
        Ok(())
    }

    fn see(&mut self, scan: &Scan, at: u64, header: &Header) -> Result<()> {
        match header.kind {
            EXTERNAL_OLE_OBJECT_STG => {
                self.storages.insert(at);
            }
            CRYPT_SESSION_10_CONTAINER => self.session(at),
            PERSIST_DIRECTORY_ATOM => self.directory(scan, at, header)?,
            _ => {}
        }
        Ok(())
    }

    fn session(&mut self, at: u64) {
        self.encrypted = true;
        self.session.get_or_insert(at);
    }

    /// PersistDirectoryAtom (2.3.4): runs of offsets; the offsets may lie where the walk over records does not come.
    fn directory(&mut self, scan: &Scan, at: u64, header: &Header) -> Result<()> {
        let body = self.stream.slice(at.saturating_add(8), header.len);
        let bytes = scan.budget.read_to_vec(body)?;
        let mut numbers = bytes.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b));
        while let Some(entry) = numbers.next() {
            let mut number = entry & 0x000F_FFFF;
            for offset in numbers.by_ref().take(usize::try_from(entry >> 20).unwrap_or(0)) {
                scan.budget.steps(1)?;
                let at = u64::from(offset);
                // Twelve bits count the offsets of a run, the others number them (2.3.5).
                self.objects.entry(at).or_insert(number);
                number = number.saturating_add(1);
                match self::header(self.stream, at) {
                    Some(header) if header.kind == EXTERNAL_OLE_OBJECT_STG => {
                        self.storages.insert(at);
                    }
                    Some(header) if header.kind == CRYPT_SESSION_10_CONTAINER => self.session(at),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The chain of edits (2.3.3), newest first.
    fn edits(&mut self, scan: &Scan, current: Option<u32>) -> Result<()> {
        let mut visited = BTreeSet::new();
        let mut next = current.unwrap_or(0);
        while next != 0 && visited.insert(next) {
            scan.budget.steps(1)?;
            let at = u64::from(next);
            let Some(edit) = header(self.stream, at).filter(|header| header.kind == USER_EDIT_ATOM) else { break };
            let fields = self.stream.peek(at.saturating_add(8), 32)?;
            let field =
                |at: usize| fields.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b));
            let directory = u64::from(field(12));
            if let Some(header) = header(self.stream, directory).filter(|header| header.kind == PERSIST_DIRECTORY_ATOM)
            {
                self.directory(scan, directory, &header)?;
            }
            // encryptSessionPersistIdRef is there only when the document is encrypted.
            self.encrypted |= edit.len >= 0x20 && field(28) != 0;
            next = field(8);
        }
        Ok(())
    }
}

/// A storage becomes a child; `rh.recInstance` says whether it is compressed.
fn take_out(scan: &mut Scan, stream: &Source, at: u64, index: usize) -> Result<()> {
    let Some(header) = header(stream, at) else { return Ok(()) };
    let body = stream.slice(at.saturating_add(8), header.len);
    if body.len() < header.len {
        scan.note(&Error::malformed("ExternalOleObjectStg", at), Some(STREAM));
    }
    let plain = body.peek(0, 4)? == [0xD0, 0xCF, 0x11, 0xE0];
    let source = if header.instance == 0 || plain {
        // Records that overlap would be read once each.
        scan.budget.expand(body.len())?;
        body
    } else {
        let size = u64::from(u32::from_le_bytes(body.array(0, "decompressedSize")?));
        let compressed = body.slice(4, header.len);
        // Some writers leave out the checksum behind the data, and PowerPoint does not miss it.
        let start = move || -> Result<Box<dyn Stream>> {
            Ok(Box::new(flate2::read::ZlibDecoder::new(compressed.clone()).take(size)))
        };
        Paged::source(size, Rc::clone(&scan.budget), Box::new(start))
    };
    let name = format!("ExternalOleObjectStg {index}");
    let origin = Origin::Part { path: format!("{STREAM}/{name}") };
    scan.push(Child { name, origin, size: None, content: Content::Bytes { source, crc32: None } })
}
