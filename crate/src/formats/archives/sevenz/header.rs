//! The list of a 7z archive (7zFormat.txt of the LZMA SDK).
//!
//! Numbers in it are what a stranger wrote: nothing is reserved by them, and every turn of a loop takes a byte or is
//! paid for.

use crate::budget::Budget;
use crate::error::{Error, LimitKind, Result};

/// Ids of properties.
const END: u64 = 0;
const HEADER: u64 = 1;
const ARCHIVE_PROPERTIES: u64 = 2;
const ADDITIONAL_STREAMS: u64 = 3;
const MAIN_STREAMS: u64 = 4;
const FILES: u64 = 5;
const PACK_INFO: u64 = 6;
const UNPACK_INFO: u64 = 7;
const SUB_STREAMS: u64 = 8;
const SIZE: u64 = 9;
const CRC: u64 = 10;
const FOLDER: u64 = 11;
const UNPACK_SIZES: u64 = 12;
const STREAM_COUNTS: u64 = 13;
const EMPTY_STREAM: u64 = 14;
const EMPTY_FILE: u64 = 15;
const ANTI: u64 = 16;
const NAMES: u64 = 17;
const ATTRIBUTES: u64 = 21;
const ENCODED_HEADER: u64 = 23;

/// Most coders of a folder; 7-Zip itself reads 64, and writes five at most.
const CODERS: u64 = 32;

/// One step of unpacking.
#[derive(Clone, Debug, Default)]
pub(super) struct Coder {
    pub(super) id: u64,
    pub(super) properties: Vec<u8>,
    pub(super) inputs: u64,
    pub(super) size: u64,
}

/// Files that are packed together, and how.
#[derive(Clone, Debug, Default)]
pub(super) struct Folder {
    pub(super) coders: Vec<Coder>,
    /// Which input takes the result of which coder.
    pub(super) pairs: Vec<(u64, u64)>,
    /// Which inputs take packed bytes, in their order.
    pub(super) packed: Vec<u64>,
    pub(super) crc: Option<u32>,
}

impl Folder {
    /// The coder whose result nobody takes.
    pub(super) fn main(&self) -> Option<usize> {
        (0..self.coders.len()).find(|at| !self.pairs.iter().any(|(_, out)| *out == *at as u64))
    }

    pub(super) fn size(&self) -> u64 {
        self.main().and_then(|at| self.coders.get(at)).map_or(0, |coder| coder.size)
    }
}

/// A file in the result of a folder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) folder: usize,
    pub(super) at: u64,
    pub(super) size: u64,
    pub(super) crc: Option<u32>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Streams {
    /// Where packed bytes begin, behind the first header, and the length of each stream.
    pub(super) at: u64,
    pub(super) packed: Vec<u64>,
    pub(super) folders: Vec<Folder>,
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) part: Option<Part>,
    pub(super) is_folder: bool,
    /// To be deleted when the archive is unpacked over older files.
    pub(super) is_anti: bool,
    pub(super) attributes: u32,
}

pub(super) enum Header {
    Plain(Streams, Vec<File>),
    /// The list itself is packed, or locked, in these streams.
    Encoded(Streams),
}

pub(super) fn read(bytes: &[u8], budget: &Budget) -> Result<Header> {
    let mut reader = Reader { bytes, len: bytes.len(), budget };
    match reader.number()? {
        ENCODED_HEADER => Ok(Header::Encoded(reader.streams()?)),
        HEADER => reader.header(),
        _ => Err(reader.malformed()),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    len: usize,
    budget: &'a Budget,
}

impl<'a> Reader<'a> {
    const fn malformed(&self) -> Error {
        Error::malformed("7z header", self.len.saturating_sub(self.bytes.len()) as u64)
    }

    fn take(&mut self, n: u64) -> Result<&'a [u8]> {
        self.budget.steps(1)?;
        let n = usize::try_from(n).map_err(|_| self.malformed())?;
        let (taken, rest) = self.bytes.split_at_checked(n).ok_or_else(|| self.malformed())?;
        self.bytes = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    fn u32(&mut self) -> Result<u32> {
        let bytes = self.take(4)?.first_chunk().copied().unwrap_or_default();
        Ok(u32::from_le_bytes(bytes))
    }

    /// The ones that lead the first byte say how many bytes follow; what is left of it stands above them.
    fn number(&mut self) -> Result<u64> {
        let first = self.byte()?;
        let more = first.leading_ones();
        let low = self.take(more.into())?;
        let low = low.iter().rev().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        let high = u64::from(first & 0x7F_u8.checked_shr(more).unwrap_or_default());
        Ok(low | high.checked_shl(more.saturating_mul(8)).unwrap_or_default())
    }

    fn bits(&mut self, n: usize) -> Result<Vec<bool>> {
        self.budget.steps(n as u64)?;
        let bytes = self.take((n as u64).div_ceil(8))?;
        let bits = bytes.iter().flat_map(|byte| (0..8).rev().map(move |shift| (byte >> shift) & 1 == 1));
        Ok(bits.take(n).collect())
    }

    /// Bits, unless one byte says that all are set.
    fn optional_bits(&mut self, n: usize) -> Result<Vec<bool>> {
        if self.byte()? != 0 { Ok(vec![true; n]) } else { self.bits(n) }
    }

    fn sums(&mut self, n: usize) -> Result<Vec<Option<u32>>> {
        let defined = self.optional_bits(n)?;
        defined.into_iter().map(|is| is.then(|| self.u32()).transpose()).collect()
    }

    /// A number of things, of which there cannot be more than the scan may look at.
    fn count(&mut self) -> Result<usize> {
        let n = self.number()?;
        if n > u64::from(self.budget.limits().artifacts) {
            return Err(if n > self.len as u64 { self.malformed() } else { Error::Limit(LimitKind::Artifacts) });
        }
        // A few bytes ask for work on all of them.
        self.budget.steps(n)?;
        usize::try_from(n).map_err(|_| self.malformed())
    }

    fn header(&mut self) -> Result<Header> {
        let mut streams = Streams::default();
        let mut files = Vec::new();
        loop {
            match self.number()? {
                END => return Ok(Header::Plain(streams, files)),
                ARCHIVE_PROPERTIES => {
                    while self.number()? != END {
                        let len = self.number()?;
                        self.take(len)?;
                    }
                }
                ADDITIONAL_STREAMS => {
                    self.streams()?;
                }
                MAIN_STREAMS => streams = self.streams()?,
                FILES => files = self.files(&streams)?,
                _ => return Err(self.malformed()),
            }
        }
    }

    fn streams(&mut self) -> Result<Streams> {
        let mut streams = Streams::default();
        let mut has_parts = false;
        loop {
            match self.number()? {
                END => break,
                PACK_INFO => self.pack_info(&mut streams)?,
                UNPACK_INFO => streams.folders = self.unpack_info()?,
                SUB_STREAMS => {
                    streams.parts = self.sub_streams(&streams.folders)?;
                    has_parts = true;
                }
                _ => return Err(self.malformed()),
            }
        }
        if !has_parts {
            let whole = |(folder, f): (usize, &Folder)| Part { folder, at: 0, size: f.size(), crc: f.crc };
            streams.parts = streams.folders.iter().enumerate().map(whole).collect();
        }
        Ok(streams)
    }

    fn pack_info(&mut self, streams: &mut Streams) -> Result<()> {
        streams.at = self.number()?;
        let n = self.count()?;
        loop {
            match self.number()? {
                END => return Ok(()),
                SIZE => streams.packed = (0..n).map(|_| self.number()).collect::<Result<_>>()?,
                CRC => {
                    self.sums(n)?;
                }
                _ => return Err(self.malformed()),
            }
        }
    }

    fn unpack_info(&mut self) -> Result<Vec<Folder>> {
        if self.number()? != FOLDER {
            return Err(self.malformed());
        }
        let n = self.count()?;
        // The folders could stand in a stream of their own; nobody writes that.
        if self.byte()? != 0 {
            return Err(Error::Unsupported("7z-method"));
        }
        let mut folders = (0..n).map(|_| self.folder()).collect::<Result<Vec<_>>>()?;
        loop {
            match self.number()? {
                END => return Ok(folders),
                UNPACK_SIZES => {
                    for coder in folders.iter_mut().flat_map(|folder| &mut folder.coders) {
                        coder.size = self.number()?;
                    }
                }
                CRC => {
                    let sums = self.sums(n)?;
                    folders.iter_mut().zip(sums).for_each(|(folder, crc)| folder.crc = crc);
                }
                _ => return Err(self.malformed()),
            }
        }
    }

    fn folder(&mut self) -> Result<Folder> {
        let n = self.number()?;
        if n == 0 || n > CODERS {
            return Err(self.malformed());
        }
        let mut folder = Folder::default();
        let mut inputs = 0_u64;
        for _ in 0..n {
            let flags = self.byte()?;
            let id = self.take(u64::from(flags & 15))?;
            let mut coder = Coder { inputs: 1, ..Coder::default() };
            coder.id = id.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
            if flags & 0x10 != 0 {
                coder.inputs = self.number()?;
                if coder.inputs > CODERS || self.number()? != 1 {
                    return Err(Error::Unsupported("7z-method"));
                }
            }
            if flags & 0x20 != 0 {
                let len = self.number()?;
                coder.properties = self.take(len)?.to_vec();
            }
            if flags & 0x80 != 0 {
                return Err(Error::Unsupported("7z-method"));
            }
            inputs = inputs.saturating_add(coder.inputs);
            folder.coders.push(coder);
        }
        for _ in 1..n {
            let pair = (self.number()?, self.number()?);
            folder.pairs.push(pair);
        }
        let packed = inputs.checked_sub(n.saturating_sub(1)).ok_or_else(|| self.malformed())?;
        folder.packed = if packed == 1 {
            (0..inputs).find(|at| !folder.pairs.iter().any(|(taken, _)| taken == at)).into_iter().collect()
        } else {
            (0..packed).map(|_| self.number()).collect::<Result<_>>()?
        };
        Ok(folder)
    }

    fn sub_streams(&mut self, folders: &[Folder]) -> Result<Vec<Part>> {
        let mut counts = vec![1; folders.len()];
        let mut kind = self.number()?;
        if kind == STREAM_COUNTS {
            counts = (0..folders.len()).map(|_| self.count()).collect::<Result<_>>()?;
            kind = self.number()?;
        }
        let total = counts.iter().fold(0_usize, |sum, n| sum.saturating_add(*n));
        if total as u64 > u64::from(self.budget.limits().artifacts) {
            return Err(Error::Limit(LimitKind::Artifacts));
        }
        let mut parts = Vec::new();
        for (folder, (f, n)) in folders.iter().zip(&counts).enumerate() {
            let mut at = 0_u64;
            for index in 1..=*n {
                let left = f.size().saturating_sub(at);
                // The last one takes what is left.
                let size = if index == *n || kind != SIZE { left } else { self.number()? };
                let crc = f.crc.filter(|_| *n == 1);
                parts.push(Part { folder, at, size: size.min(left), crc });
                at = at.saturating_add(size);
            }
        }
        if kind == SIZE {
            kind = self.number()?;
        }
        while kind != END {
            if kind != CRC {
                return Err(self.malformed());
            }
            // Only those that are not known from their folder.
            self.budget.steps(parts.len() as u64)?;
            let unknown: Vec<&mut Part> = parts.iter_mut().filter(|part| part.crc.is_none()).collect();
            let sums = self.sums(unknown.len())?;
            unknown.into_iter().zip(sums).for_each(|(part, crc)| part.crc = crc);
            kind = self.number()?;
        }
        Ok(parts)
    }

    fn files(&mut self, streams: &Streams) -> Result<Vec<File>> {
        let n = self.count()?;
        let mut files = vec![File::default(); n];
        let mut is_empty = vec![false; n];
        let (mut is_file, mut is_anti, mut empty) = (Vec::new(), Vec::new(), 0);
        loop {
            let kind = self.number()?;
            if kind == END {
                break;
            }
            let len = self.number()?;
            let bytes = self.take(len)?;
            let mut inner = Reader { bytes, len: bytes.len(), budget: self.budget };
            match kind {
                EMPTY_STREAM => {
                    is_empty = inner.bits(n)?;
                    empty = is_empty.iter().filter(|is| **is).count();
                }
                EMPTY_FILE => is_file = inner.bits(empty)?,
                ANTI => is_anti = inner.bits(empty)?,
                NAMES => inner.names(&mut files)?,
                ATTRIBUTES => inner.attributes(&mut files)?,
                // Times, and what fills up.
                _ => {}
            }
        }
        let mut parts = streams.parts.iter();
        let mut empty = 0_usize;
        for (file, is_empty) in files.iter_mut().zip(is_empty) {
            if is_empty {
                file.is_folder = !is_file.get(empty).copied().unwrap_or_default();
                file.is_anti = is_anti.get(empty).copied().unwrap_or_default();
                empty = empty.saturating_add(1);
            } else {
                file.part = parts.next().copied();
            }
        }
        Ok(files)
    }

    fn names(&mut self, files: &mut [File]) -> Result<()> {
        self.budget.steps(files.len() as u64)?;
        if self.byte()? != 0 {
            return Err(Error::Unsupported("7z-method"));
        }
        let units: Vec<u16> = self.bytes.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        self.budget.steps(units.len() as u64)?;
        for (file, name) in files.iter_mut().zip(units.split(|unit| *unit == 0)) {
            file.name = String::from_utf16_lossy(name);
        }
        Ok(())
    }

    fn attributes(&mut self, files: &mut [File]) -> Result<()> {
        self.budget.steps(files.len() as u64)?;
        let defined = self.optional_bits(files.len())?;
        if self.byte()? != 0 {
            return Ok(());
        }
        for (file, is) in files.iter_mut().zip(defined) {
            if is {
                file.attributes = self.u32()?;
            }
        }
        Ok(())
    }
}
