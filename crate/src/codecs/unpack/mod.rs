//! How bytes are packed: every method the archives of the world use, by name.
//!
//! The sizes of dictionaries and models are what a stranger declares. What all decoders of a scan hold together is
//! paid for before any of them starts ([`Budget::window`]); one that wants more than there is does not start.

use std::io::{self, Read};
use std::rc::Rc;

use super::feed::{Eaten, Feed};
use super::paged::Broken;
use crate::budget::{Budget, Window};
use crate::error::{Error, LimitKind, Result};
use crate::source::Stream;

mod lz4;
mod lzw;
pub(crate) mod xz;
mod zstd;

/// One step of unpacking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Stored,
    Deflate,
    /// A whole member of a `.gz` with its header and sum.
    Gzip,
    Deflate64,
    Bzip2,
    /// Its properties byte, the size of its dictionary, and how long the result is if an end is not marked.
    Lzma {
        props: u8,
        dictionary: u32,
        len: Option<u64>,
    },
    Lzma2 {
        dictionary: u32,
    },
    Xz,
    Zstd,
    Lz4,
    /// Unix compress.
    Lzw,
    /// PPMd of 7z (variant H).
    Ppmd7 {
        order: u32,
        memory: u32,
    },
    /// PPMd of ZIP (variant I).
    Ppmd8 {
        order: u32,
        memory: u32,
        restore: u8,
    },
    Branches(Machine),
    Delta {
        distance: usize,
    },
}

/// Whose jumps were made absolute so that programs pack better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    X86,
    PowerPc,
    Itanium,
    Arm,
    ArmThumb,
    Arm64,
    Sparc,
    RiscV,
}

/// A decoder under way, with what it holds of the memory of the scan.
pub(crate) struct Decoder {
    reader: Box<dyn Stream>,
    /// Of what it eats: how much, and why that ended.
    eaten: Rc<Eaten>,
    /// What it may still give, if its dictionary is larger than we allow: it only fills as far as there is content.
    left: Option<u64>,
    _window: Window,
}

impl Decoder {
    pub(crate) fn eaten(&self) -> Rc<Eaten> {
        Rc::clone(&self.eaten)
    }
}

impl Read for Decoder {
    /// Decoders tell of errors each in their own way; two things matter: the bytes are wrong, or a limit was reached.
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        let most = self.left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX)).min(buf.len());
        let mut more = [0];
        let room = if most == 0 { &mut more } else { buf.get_mut(..most).unwrap_or_default() };
        let n = self.reader.read(room).map_err(|error| match self.eaten.broken() {
            _ if error.kind() == io::ErrorKind::Interrupted => error,
            Some(broken) => broken.tell(),
            None => told(error).into(),
        })?;
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(n as u64).ok_or(Error::Limit(LimitKind::ArtifactBytes))?;
        }
        Ok(n)
    }
}

fn told(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::OutOfMemory => Error::Limit(LimitKind::ArtifactBytes),
        io::ErrorKind::UnexpectedEof => Error::malformed("end of data", 0),
        _ => match Error::from(error) {
            Error::Io(_) => Error::malformed("compressed data", 0),
            other => other,
        },
    }
}

/// Most bytes of one dictionary: that of `xz -9`, with what else a decoder holds.
const DICTIONARY: u64 = (64 << 20) + (1 << 18);

/// The largest dictionary that `xz` writes, 1.5 GiB. More is no more use for what may be unpacked here, and more than
/// half of what a browser can address.
const LARGEST: u32 = 3 << 29;

/// KiB, as the crates count.
const fn kib(bytes: u64) -> u64 {
    bytes.div_ceil(1024)
}

impl Method {
    /// Whether it fails soon on bytes that were not packed by it.
    pub(crate) const fn notices_damage(self) -> bool {
        matches!(
            self,
            Self::Deflate
                | Self::Deflate64
                | Self::Bzip2
                | Self::Lzma { .. }
                | Self::Lzma2 { .. }
                | Self::Xz
                | Self::Zstd
        )
    }

    /// Starts unpacking. `len` is how long the result is, if that is known: a dictionary is never larger.
    pub(crate) fn start(self, input: impl Read + 'static, len: Option<u64>, budget: &Rc<Budget>) -> Result<Decoder> {
        let mut feed = Feed::new(Box::new(input));
        let eaten = feed.eaten();
        let fail = |error: io::Error| match eaten.broken() {
            Some(broken) => Error::from(Broken::tell(broken)),
            None => told(error),
        };
        let wanted = self.held(&mut feed, len).map_err(&fail)?;
        // LZMA fills its dictionary as it goes; the other methods take what they want at once.
        let grows = matches!(self, Self::Lzma { .. } | Self::Lzma2 { .. } | Self::Xz)
            && (DICTIONARY..=u64::from(LARGEST).saturating_add(1 << 18)).contains(&wanted);
        let window = budget.window(if grows { DICTIONARY } else { wanted })?;
        let reader = self.reader(feed, wanted).map_err(fail)?;
        Ok(Decoder { reader, eaten, left: grows.then_some(DICTIONARY), _window: window })
    }

    /// What its decoder holds at most, in bytes.
    fn held(self, feed: &mut Feed, len: Option<u64>) -> io::Result<u64> {
        let longest = len.unwrap_or(u64::MAX);
        let dictionary = |size: u64| size.min(longest).max(1 << 12);
        Ok(match self {
            // What these hold is counted with every decoder (`codecs::paged`).
            Self::Stored | Self::Branches(_) | Self::Delta { .. } | Self::Deflate | Self::Gzip => 0,
            Self::Deflate64 => 320 << 10,
            Self::Lzw => 256 << 10,
            Self::Bzip2 => 3700 << 10,
            Self::Lzma { dictionary: size, .. } => dictionary(size.min(LARGEST).into()).saturating_add(1 << 16),
            Self::Lzma2 { dictionary: size } => dictionary(size.min(LARGEST).into()).saturating_add(3 << 16),
            Self::Xz => xz::dictionary(feed)?.saturating_add(3 << 16),
            Self::Zstd => zstd::window(feed)?.saturating_add(1 << 19),
            Self::Lz4 => lz4::held(feed)?,
            Self::Ppmd7 { memory, .. } | Self::Ppmd8 { memory, .. } => u64::from(memory).saturating_add(1 << 14),
        })
    }

    fn reader(self, feed: Feed, held: u64) -> io::Result<Box<dyn Stream>> {
        use lzma_rust2::filter::{bcj::BcjReader, delta::DeltaReader};
        Ok(match self {
            Self::Stored => Box::new(feed),
            Self::Deflate => Box::new(flate2::bufread::DeflateDecoder::new(feed)),
            Self::Gzip => Box::new(flate2::bufread::GzDecoder::new(feed)),
            Self::Deflate64 => Box::new(deflate64::Deflate64Decoder::with_buffer(feed)),
            Self::Bzip2 => Box::new(bzip2::bufread::BzDecoder::new(feed)),
            Self::Lzma { props, dictionary, len } => Box::new(Lzma::new(feed, props, dictionary.min(LARGEST), len)?),
            Self::Lzma2 { dictionary } => Box::new(lzma_rust2::Lzma2Reader::new(feed, dictionary.min(LARGEST), None)),
            Self::Xz => {
                let most = u32::try_from(kib(held)).unwrap_or(u32::MAX);
                Box::new(lzma_rust2::XzReader::new_mem_limit(feed, false, most))
            }
            Self::Zstd => Box::new(zstd::Frames::new(feed, held)),
            Self::Lz4 => Box::new(lz4::Frame::new(feed)?),
            Self::Lzw => Box::new(lzw::Lzw::new(feed)?),
            Self::Ppmd7 { order, memory } => {
                Box::new(ppmd_rust::Ppmd7Decoder::new(feed, order, memory).map_err(|_| invalid())?)
            }
            Self::Ppmd8 { order, memory, restore } => {
                let decoder = ppmd_rust::Ppmd8Decoder::new(feed, order, memory, restore.into());
                Box::new(decoder.map_err(|_| invalid())?)
            }
            Self::Branches(machine) => Box::new(match machine {
                Machine::X86 => BcjReader::new_x86(feed, 0),
                Machine::PowerPc => BcjReader::new_ppc(feed, 0),
                Machine::Itanium => BcjReader::new_ia64(feed, 0),
                Machine::Arm => BcjReader::new_arm(feed, 0),
                Machine::ArmThumb => BcjReader::new_arm_thumb(feed, 0),
                Machine::Arm64 => BcjReader::new_arm64(feed, 0),
                Machine::Sparc => BcjReader::new_sparc(feed, 0),
                Machine::RiscV => BcjReader::new_riscv(feed, 0),
            }),
            Self::Delta { distance } => Box::new(DeltaReader::new(feed, distance)),
        })
    }
}

/// The four streams into which BCJ2 takes a program apart, put together.
pub(crate) fn branches2(streams: Vec<Box<dyn Stream>>, len: u64) -> Result<Box<dyn Stream>> {
    let reader = lzma_rust2::filter::bcj2::Bcj2Reader::try_new(streams, len).map_err(told)?;
    Ok(Box::new(reader))
}

fn invalid() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// LZMA, which reads ahead: at its end it says what it did not need.
struct Lzma {
    reader: Option<lzma_rust2::LzmaReader<Feed>>,
    eaten: Rc<Eaten>,
}

impl Lzma {
    fn new(feed: Feed, props: u8, dictionary: u32, len: Option<u64>) -> io::Result<Self> {
        let eaten = feed.eaten();
        let len = len.unwrap_or(u64::MAX);
        let reader = lzma_rust2::LzmaReader::new_with_props(feed, len, props, dictionary, None)?;
        Ok(Self { reader: Some(reader), eaten })
    }
}

impl Read for Lzma {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let Some(reader) = &mut self.reader else { return Ok(0) };
        let n = reader.read(buf)?;
        if n == 0 && !buf.is_empty() {
            let rest = self.reader.take().map(|reader| reader.into_parts().1.len());
            self.eaten.give_back(rest.unwrap_or_default());
        }
        Ok(n)
    }
}

/// Ends where the headers say, and fails if there is more: what a program shows then depends on whom it believes.
pub(crate) struct Exact<R> {
    decoder: R,
    left: u64,
    /// Whether less than that is damage too.
    full: bool,
}

impl<R> Exact<R> {
    pub(crate) const fn new(decoder: R, len: u64, full: bool) -> Self {
        Self { decoder, left: len, full }
    }
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buf.len());
        if most == 0 && !buf.is_empty() {
            let more = self.decoder.read(&mut [0])?;
            return if more == 0 { Ok(0) } else { Err(Error::malformed("uncompressed size", 0).into()) };
        }
        let n = self.decoder.read(buf.get_mut(..most).unwrap_or_default())?;
        if n == 0 && most > 0 && self.full {
            return Err(Error::malformed("end of data", 0).into());
        }
        self.left = self.left.saturating_sub(n as u64);
        Ok(n)
    }
}
