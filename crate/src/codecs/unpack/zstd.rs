//! Zstandard frames ([RFC 8878] 3.1.1).

use std::io::{self, Read};

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::codecs::feed::Feed;
use crate::error::{Error, LimitKind};

const MAGIC: &[u8] = b"\x28\xB5\x2F\xFD";

/// Bytes the decoder keeps of what it has made.
pub(super) fn window(feed: &mut Feed) -> io::Result<u64> {
    // What is not understood here fails in the decoder.
    Ok(read(feed.ahead(64)?).unwrap_or_default())
}

/// Bytes of a frame without content ([RFC 8878] 3.1.2), if this is one.
fn skippable(bytes: &[u8]) -> Option<u64> {
    match bytes {
        [0x50..=0x5F, 0x2A, 0x4D, 0x18, a, b, c, d, ..] => {
            Some(u64::from(u32::from_le_bytes([*a, *b, *c, *d])).saturating_add(8))
        }
        _ => None,
    }
}

fn read(mut bytes: &[u8]) -> Option<u64> {
    while let Some(len) = skippable(bytes) {
        bytes = bytes.get(usize::try_from(len).ok()?..)?;
    }
    let descriptor = *bytes.get(4)?;
    let single = descriptor & 0x20 != 0;
    if !single {
        let window = u64::from(*bytes.get(5)?);
        let base = 1_u64 << (window >> 3).saturating_add(10);
        return Some(base.saturating_add((base / 8).saturating_mul(window & 7)));
    }
    let dictionary = [0_usize, 1, 2, 4].get(usize::from(descriptor & 3)).copied()?;
    let len = [1_usize, 2, 4, 8].get(usize::from(descriptor >> 6)).copied()?;
    let at = dictionary.saturating_add(5);
    let field = bytes.get(at..at.saturating_add(len))?;
    let size = field.iter().rev().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    Some(if len == 2 { size.saturating_add(256) } else { size })
}

/// All frames, one behind the other, as one content.
pub(super) struct Frames {
    feed: Option<Feed>,
    current: Option<Frame>,
    most: u64,
    /// Frames that may still follow: each starts a decoder anew, even if it holds nothing.
    left: u32,
}

/// Most frames of one stream; programs write one for every few MB.
const FRAMES: u32 = 1 << 16;

type Frame = StreamingDecoder<Feed, FrameDecoder>;

impl Frames {
    pub(super) const fn new(feed: Feed, held: u64) -> Self {
        Self { feed: Some(feed), current: None, most: held, left: FRAMES }
    }
}

impl Read for Frames {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.current {
                let n = frame.read(buf)?;
                if n > 0 || buf.is_empty() {
                    return Ok(n);
                }
                self.feed = self.current.take().map(StreamingDecoder::into_inner);
            }
            let Some(feed) = &mut self.feed else { return Ok(0) };
            let head = feed.ahead(8)?;
            if let Some(len) = skippable(head) {
                io::copy(&mut feed.take(len), &mut io::sink())?;
            } else if head.starts_with(MAGIC) {
                self.left = self.left.checked_sub(1).ok_or(Error::Limit(LimitKind::Steps))?;
                let Some(feed) = self.feed.take() else { return Ok(0) };
                let frame = StreamingDecoder::new_with_max_window_size(feed, self.most);
                self.current = Some(frame.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?);
            } else {
                return Ok(0);
            }
        }
    }
}
