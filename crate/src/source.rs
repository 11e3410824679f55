//! Bytes that are read only where somebody looks.
//!
//! A [`Source`] is a cheap handle (`clone` shares) on anything with random access: the dropped file, a slice of it,
//! an inflated entry, a chain of sectors, memory. It is `Read + Seek`, so decoders take it as it is. Nobody copies a
//! whole file: attackers pad documents to 500 MB inside a 0.6 MB archive, and people drop 2 GB disk images.

use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use crate::error::{Error, Result};

/// Random access to bytes of known length.
pub(crate) trait ReadAt {
    /// Length in bytes.
    fn len(&self) -> u64;
    /// Reads at `at`; fewer bytes than asked only where the data ends or a block does; 0 only at the end.
    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize>;
}

/// Bytes in order, to be boxed. Of what stands behind a `dyn Read`, all its methods are compiled, 2 KB for every decoder,
/// and one is called.
pub(crate) trait Stream {
    /// As [`Read::read`].
    fn next(&mut self, buf: &mut [u8]) -> io::Result<usize>;
}

impl<R: Read> Stream for R {
    fn next(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.read(buf)
    }
}

impl Read for dyn Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.next(buf)
    }
}

/// A shared handle on bytes, with its own position.
#[derive(Clone)]
pub(crate) struct Source {
    data: Rc<dyn ReadAt>,
    start: u64,
    len: u64,
    position: u64,
}

impl Source {
    pub(crate) fn new(data: impl ReadAt + 'static) -> Self {
        let len = data.len();
        Self { data: Rc::new(data), start: 0, len, position: 0 }
    }

    pub(crate) fn memory(bytes: Vec<u8>) -> Self {
        Self::new(Memory(bytes))
    }

    /// Length in bytes.
    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// The part from `at` of at most `len` bytes, cut at the end of this source.
    pub(crate) fn slice(&self, at: u64, len: u64) -> Self {
        let at = at.min(self.len);
        let len = len.min(self.len.saturating_sub(at));
        Self { data: Rc::clone(&self.data), start: self.start.saturating_add(at), len, position: 0 }
    }

    /// Fills `buf` from `at` as far as there are bytes.
    pub(crate) fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        let wanted = buf.len().min(left);
        let mut done = 0_usize;
        while let Some(rest) = buf.get_mut(done..wanted).filter(|rest| !rest.is_empty()) {
            let offset = self.start.saturating_add(at).saturating_add(done as u64);
            match self.data.read_at(offset, rest)? {
                0 => break,
                n => done = done.saturating_add(n.min(rest.len())),
            }
        }
        Ok(done)
    }

    /// Up to `n` bytes from `at`.
    pub(crate) fn peek(&self, at: u64, n: usize) -> io::Result<Vec<u8>> {
        let left = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; n.min(left)];
        let read = self.read_at(at, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    /// Whether what produces these bytes agrees that they end here. A decoder that has more, or broke, says so.
    pub(crate) fn verify_end(&self) -> io::Result<()> {
        if self.start == 0 && self.len == self.data.len() {
            self.data.read_at(self.len, &mut [0])?;
        }
        Ok(())
    }

    /// Exactly `N` bytes from `at`; `what` names the structure they belong to.
    pub(crate) fn array<const N: usize>(&self, at: u64, what: &'static str) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        if self.read_at(at, &mut bytes)? < N {
            return Err(Error::malformed(what, at));
        }
        Ok(bytes)
    }
}

impl Read for Source {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.read_at(self.position, buf)?;
        self.position = self.position.saturating_add(n as u64);
        Ok(n)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

struct Memory(Vec<u8>);

impl ReadAt for Memory {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(at).ok().and_then(|at| self.0.get(at..)).unwrap_or_default();
        let n = from.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), from.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }
}

/// So many zeros.
pub(crate) struct Zeros(pub(crate) u64);

impl ReadAt for Zeros {
    fn len(&self) -> u64 {
        self.0
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let n = usize::try_from(self.0.saturating_sub(at)).unwrap_or(usize::MAX).min(buf.len());
        buf.get_mut(..n).unwrap_or_default().fill(0);
        Ok(n)
    }
}

/// Several sources one behind the other.
pub(crate) struct Chain {
    parts: Vec<(u64, Source)>,
    len: u64,
}

impl Chain {
    pub(crate) fn new(sources: impl IntoIterator<Item = Source>) -> Self {
        let mut len = 0_u64;
        let mut parts = Vec::new();
        for source in sources {
            let start = len;
            len = len.saturating_add(source.len());
            parts.push((start, source));
        }
        Self { parts, len }
    }
}

impl ReadAt for Chain {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let next = self.parts.partition_point(|(start, source)| start.saturating_add(source.len()) <= at);
        self.parts.get(next).map_or(Ok(0), |(start, source)| source.read_at(at.saturating_sub(*start), buf))
    }
}

/// The dropped file: any `Read + Seek` behind a small cache of large blocks.
///
/// A read costs about 1 ms in a browser whatever its size, so blocks are large (1 MiB) and few (4, least recently
/// used goes first).
pub(crate) struct Input<R> {
    len: u64,
    inner: RefCell<Blocks<R>>,
}

struct Blocks<R> {
    reader: R,
    /// Most recently used last.
    cached: Vec<(u64, Vec<u8>)>,
}

const BLOCK: u64 = 1 << 20;
const BLOCKS: usize = 4;

impl<R: Read + Seek> Input<R> {
    pub(crate) fn new(mut reader: R) -> io::Result<Self> {
        let len = reader.seek(SeekFrom::End(0))?;
        Ok(Self { len, inner: RefCell::new(Blocks { reader, cached: Vec::with_capacity(BLOCKS) }) })
    }
}

impl<R: Read + Seek> Blocks<R> {
    fn load(&mut self, index: u64, len: u64) -> io::Result<&[u8]> {
        if let Some(found) = self.cached.iter().position(|(i, _)| *i == index) {
            self.cached.get_mut(found..).unwrap_or_default().rotate_left(1);
        } else {
            let start = index.saturating_mul(BLOCK);
            let wanted = len.saturating_sub(start).min(BLOCK);
            let mut block = if self.cached.len() == BLOCKS { self.cached.remove(0).1 } else { Vec::new() };
            block.resize(usize::try_from(wanted).unwrap_or_default(), 0);
            self.reader.seek(SeekFrom::Start(start))?;
            self.reader.read_exact(&mut block)?;
            self.cached.push((index, block));
        }
        Ok(self.cached.last().map_or(&[], |(_, block)| block))
    }
}

impl<R: Read + Seek> ReadAt for Input<R> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        if at >= self.len {
            return Ok(0);
        }
        let mut inner = self.inner.borrow_mut();
        let block = inner.load(at / BLOCK, self.len)?;
        let from = usize::try_from(at % BLOCK).ok().and_then(|skip| block.get(skip..)).unwrap_or_default();
        let n = from.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), from.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(len: u32) -> Vec<u8> {
        (0..len).map(|i| u8::try_from(i % 251).unwrap()).collect()
    }

    #[test]
    fn input_reads_across_blocks_and_evicts() {
        let bytes = pattern(7 * (1 << 20) + 17);
        let source = Source::new(Input::new(io::Cursor::new(bytes.clone())).unwrap());
        for at in [0, (1 << 20) - 3, 6 << 20, 5, (7 << 20) + 10] {
            let got = source.peek(at, 9).unwrap();
            let at = usize::try_from(at).unwrap();
            assert_eq!(got, bytes[at..bytes.len().min(at + 9)]);
        }
        assert!(source.peek(1 << 40, 4).unwrap().is_empty());
    }

    #[test]
    fn slices_never_reach_outside() {
        let source = Source::memory(pattern(100)).slice(90, 50);
        assert_eq!(source.len(), 10);
        assert_eq!(source.peek(8, 10).unwrap(), [98, 99]);
        assert_eq!(source.slice(20, 5).len(), 0);
        assert!(matches!(source.array::<4>(8, "Test"), Err(Error::Malformed { what: "Test", at: 8 })));
    }

    #[test]
    fn chains_read_over_their_seams() {
        let parts = [b"ab".to_vec(), Vec::new(), b"cde".to_vec()].map(Source::memory);
        let mut text = String::new();
        Source::new(Chain::new(parts)).read_to_string(&mut text).unwrap();
        assert_eq!(text, "abcde");
    }
}
