//! Streams one behind the other that are one content: members of a `.gz`, frames of a `.zst`.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::unpack::Decoder;
use crate::error::Result;
use crate::source::Source;

/// Most zeros between two members that are still padding.
const PADDING: usize = 1 << 12;

/// What stands at some place.
pub(crate) enum Member {
    /// A stream, and how many bytes of its own stand behind it.
    Stream(Decoder, u64),
    /// As many bytes without content.
    Skip(u64),
    /// No further member.
    None,
}

/// What says which member stands at the beginning of a source.
pub(crate) type Open = Box<dyn Fn(&Source) -> Result<Member>>;

/// All members as one stream.
pub(crate) struct Members {
    source: Source,
    open: Open,
    at: u64,
    current: Option<(Decoder, u64)>,
    /// First byte behind the last whole member.
    end: Rc<Cell<u64>>,
}

impl Members {
    pub(crate) fn new(source: Source, open: Open, end: Rc<Cell<u64>>) -> Self {
        end.set(0);
        Self { source, open, at: 0, current: None, end }
    }

    /// Goes to the next member; `false` if there is none.
    fn next(&mut self) -> Result<bool> {
        let rest = |at: u64| self.source.slice(at, u64::MAX);
        if self.at >= self.source.len() {
            return Ok(false);
        }
        let mut member = (self.open)(&rest(self.at))?;
        if matches!(member, Member::None) && self.at > 0 {
            let padding = self.source.peek(self.at, PADDING)?.iter().take_while(|byte| **byte == 0).count();
            if padding > 0 {
                let at = self.at.saturating_add(padding as u64);
                member = (self.open)(&rest(at))?;
                if !matches!(member, Member::None) {
                    self.at = at;
                }
            }
        }
        match member {
            Member::Stream(decoder, tail) => self.current = Some((decoder, tail)),
            Member::Skip(n) => self.pass(n.max(1)),
            Member::None => return Ok(false),
        }
        Ok(true)
    }

    fn pass(&mut self, n: u64) {
        self.at = self.at.saturating_add(n).min(self.source.len());
        self.end.set(self.at);
    }
}

impl Read for Members {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some((decoder, tail)) = &mut self.current {
                match decoder.read(buf)? {
                    0 => {
                        // A member takes at least one byte, or this would not end.
                        let n = decoder.eaten().bytes().max(1).saturating_add(*tail);
                        self.current = None;
                        self.pass(n);
                    }
                    n => return Ok(n),
                }
            } else if !self.next()? {
                return Ok(0);
            }
        }
    }
}
