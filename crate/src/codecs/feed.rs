//! What a decoder eats, with a count of how much of it.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use super::paged::Broken;
use crate::source::Stream;

/// Most bytes read ahead.
const AHEAD: usize = 1 << 14;

/// Bytes in order, for one decoder.
pub(crate) struct Feed {
    reader: Box<dyn Stream>,
    buffer: Vec<u8>,
    from: usize,
    to: usize,
    eaten: Rc<Eaten>,
}

/// What is known of a [`Feed`] that a decoder has taken away.
#[derive(Default)]
pub(crate) struct Eaten {
    /// Bytes the decoder took.
    bytes: Cell<u64>,
    /// Why there were no more: decoders tell of it in words of their own.
    broken: Cell<Option<Broken>>,
}

impl Eaten {
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    pub(super) fn broken(&self) -> Option<Broken> {
        self.broken.get()
    }

    /// The decoder says that it did not need the last bytes it took.
    pub(super) fn give_back(&self, n: usize) {
        self.bytes.set(self.bytes.get().saturating_sub(n as u64));
    }
}

impl Feed {
    pub(crate) fn new(reader: Box<dyn Stream>) -> Self {
        Self { reader, buffer: Vec::new(), from: 0, to: 0, eaten: Rc::default() }
    }

    /// The next bytes without taking them: `n`, or fewer where that is all.
    pub(super) fn ahead(&mut self, n: usize) -> io::Result<&[u8]> {
        while self.to.saturating_sub(self.from) < n.min(AHEAD) {
            let rest: Vec<u8> = self.buffer.get(self.from..self.to).unwrap_or_default().to_vec();
            (self.from, self.to) = (0, 0);
            let more = self.fill_buf()?.to_vec();
            self.buffer = [&rest[..], &more].concat();
            self.to = self.buffer.len();
            if more.is_empty() {
                break;
            }
        }
        Ok(self.buffer.get(self.from..self.to).unwrap_or_default())
    }

    pub(crate) fn eaten(&self) -> Rc<Eaten> {
        Rc::clone(&self.eaten)
    }
}

impl BufRead for Feed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.from >= self.to {
            self.buffer.resize(AHEAD, 0);
            self.from = 0;
            self.to = match self.reader.read(&mut self.buffer) {
                Ok(n) => n.min(AHEAD),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                Err(error) => {
                    self.to = 0;
                    let broken = Broken::remember(error);
                    self.eaten.broken.set(Some(broken));
                    return Err(broken.tell());
                }
            };
        }
        Ok(self.buffer.get(self.from..self.to).unwrap_or_default())
    }

    fn consume(&mut self, n: usize) {
        let n = n.min(self.to.saturating_sub(self.from));
        self.from = self.from.saturating_add(n);
        self.eaten.bytes.set(self.eaten.bytes.get().saturating_add(n as u64));
    }
}

impl Read for Feed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let n = bytes.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), bytes.get(..n)) {
            to.copy_from_slice(from);
        }
        self.consume(n);
        Ok(n)
    }
}
