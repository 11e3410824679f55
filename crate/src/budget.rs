//! What a scan may spend.
//!
//! [`Limits`] is what the caller allows; [`Budget`] is what is left, one per scan, shared by all nesting, so that ten
//! bombs inside each other cost no more than one. Steps, not seconds: the same file gives the same report on every
//! machine. The page keeps the clock.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};
use std::rc::Rc;

use crate::codecs::paged::Cache;
use crate::error::{Error, LimitKind, Result};
use crate::source::Source;

/// What the caller allows.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Artifacts inside artifacts. Honest mail: a mail in a mail, a ZIP, a document, an embedded workbook: 5.
    pub depth: u32,
    /// Artifacts in all. Honest archives of photos or source code: a few thousand.
    pub artifacts: u32,
    /// Bytes that decoders may produce in all. Honest archives: a few hundred MB.
    pub expanded: u64,
    /// Bytes read into memory for one structure. The largest honest VBA project seen is under 20 MB.
    pub artifact_bytes: u64,
    /// Steps of readers and evaluators. An honest 20 MB workbook costs under 10 million.
    pub steps: u64,
    /// Steps of the evaluator of VBA, per project. With 0 macros are read and followed, but not run over known values:
    /// quicker, and with less to tell of what they would do.
    pub evaluation: u64,
    /// Findings in all.
    pub findings: u32,
    /// Artifacts larger than this get no SHA-256 (hashing is the dearest step in a browser).
    pub hashed: u64,
    /// Bytes of decoders and decoded pages kept in memory by all nesting together; the rest is decoded again when needed.
    pub resident: u64,
    /// Bytes that all decoders of a scan may hold to look back at: dictionaries and models. `xz -9` wants 64 MiB.
    pub windows: u64,
    /// Rounds of hashing spent on passwords that nobody gave. An attempt at a modern Office document costs 100,000.
    pub guessing: u64,
    /// Rounds of hashing spent on passwords that somebody gave and that do not fit. An attempt at a 7z costs 524,288, one
    /// at a RAR 65,536 or 262,144.
    pub trying: u64,
    /// Bytes of everything kept of one artifact at a time: its source, tokens, trees, cells, texts, and the decoded pages
    /// above. The whole engine stays under 64 MiB with it, whatever the file is. The largest honest project of macros
    /// needs a quarter of it.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 12,
            artifacts: 20_000,
            expanded: 3 << 30,
            artifact_bytes: 24 << 20,
            steps: 200_000_000,
            evaluation: 1_500_000,
            findings: 2_000,
            hashed: 128 << 20,
            resident: 16 << 20,
            windows: 80 << 20,
            guessing: 5_000_000,
            trying: 20_000_000,
            memory: 35 << 20,
        }
    }
}

/// Where a scan stands.
#[derive(Debug)]
pub struct Progress<'a> {
    /// Artifacts that are done.
    pub artifact: u32,
    /// Artifacts known so far.
    pub found: u32,
    /// Name of the artifact: hostile text.
    pub name: &'a str,
    /// Bytes of the artifacts that were looked into, and of this one as far as it is known.
    pub bytes: u64,
    /// Bytes of all artifacts known so far, as they are declared.
    pub size: u64,
}

/// Where a scan stands, between two calls of the listener.
#[derive(Default)]
pub(crate) struct Stand {
    /// Artifacts before this one, and known ones, with it.
    pub(crate) artifact: u32,
    pub(crate) found: u32,
    pub(crate) name: String,
    /// Bytes of the artifacts before this one.
    pub(crate) done: u64,
    /// Bytes of this one.
    pub(crate) size: u64,
    /// Bytes of all.
    pub(crate) known: u64,
}

type Listener = dyn Fn(&Progress<'_>);

/// Bytes decoded between two calls of the listener.
const TICK: u64 = 16 << 20;

/// What a decoder holds, until it is dropped.
pub(crate) struct Window {
    bytes: u64,
    held: Rc<Cell<u64>>,
}

/// A decoder with what it holds.
pub(crate) struct Paid<R> {
    pub(crate) reader: R,
    pub(crate) _window: Window,
}

impl<R: Read> Read for Paid<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buf)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.held.set(self.held.get().saturating_sub(self.bytes));
    }
}

/// What is left of the [`Limits`].
pub(crate) struct Budget {
    limits: Limits,
    expanded: Cell<u64>,
    /// Of these, what is withheld; see [`Budget::spare`].
    withheld: Cell<u64>,
    steps: Cell<u64>,
    held: Cell<u64>,
    cache: RefCell<Cache>,
    /// Held by decoders; see [`Limits::windows`].
    windows: Rc<Cell<u64>>,
    listener: Box<Listener>,
    now: RefCell<Stand>,
    /// Bytes decoded when the current artifact was taken up.
    since: Cell<u64>,
    /// Which password of how many is tried on it.
    attempt: Cell<(u64, u64)>,
    told: Cell<u64>,
}

impl Budget {
    pub(crate) fn new(limits: Limits, listener: impl Fn(&Progress<'_>) + 'static) -> Self {
        Self {
            expanded: Cell::new(limits.expanded),
            withheld: Cell::new(0),
            steps: Cell::new(limits.steps),
            held: Cell::new(0),
            cache: RefCell::new(Cache::new(limits.resident)),
            windows: Rc::default(),
            listener: Box::new(listener),
            now: RefCell::default(),
            since: Cell::new(0),
            attempt: Cell::new((0, 1)),
            told: Cell::new(0),
            limits,
        }
    }

    /// Tells the listener which artifact is next.
    pub(crate) fn report_progress(&self, now: Stand) {
        *self.now.borrow_mut() = now;
        self.since.set(self.decoded());
        self.attempt.set((0, 1));
        self.tell();
    }

    /// Tells the listener which password is tried: that takes long and decodes nothing.
    pub(crate) fn report_attempt(&self, at: u64, of: u64) {
        self.attempt.set((at.min(of), of.max(1)));
        self.tell();
    }

    const fn decoded(&self) -> u64 {
        self.limits.expanded.saturating_sub(self.expanded.get())
    }

    fn tell(&self) {
        let now = self.now.borrow();
        let decoded = self.decoded();
        self.told.set(decoded);
        let (at, of) = self.attempt.get();
        // Reading twice decodes twice, so no more than all of it.
        let read = decoded.saturating_sub(self.since.get()).min(now.size);
        let tried = now.size.checked_div(of).unwrap_or(0).saturating_mul(at);
        let bytes = now.done.saturating_add(read.max(tried));
        let Stand { artifact, found, known, .. } = *now;
        (self.listener)(&Progress { artifact, found, name: &now.name, bytes, size: known });
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Spends `n` steps of a loop over hostile input.
    pub(crate) fn steps(&self, n: u64) -> Result<()> {
        Self::spend(&self.steps, n, LimitKind::Steps)
    }

    /// Spends `n` bytes produced by a decoder.
    pub(crate) fn expand(&self, n: u64) -> Result<()> {
        let spent = Self::spend(&self.expanded, n, LimitKind::Expanded);
        if self.decoded() >= self.told.get().saturating_add(TICK) {
            self.tell();
        }
        if spent.is_ok() && self.expanded.get() < self.withheld.get() {
            return Err(Error::Limit(LimitKind::Expanded));
        }
        spent
    }

    /// Something grows as only padding does: from here on, a sixth of the whole must be enough.
    pub(crate) fn spare(&self) {
        if self.withheld.get() == 0 {
            self.withheld.set(self.expanded.get().saturating_sub(self.limits.expanded / 6));
        }
    }

    fn spend(left: &Cell<u64>, n: u64, kind: LimitKind) -> Result<()> {
        let rest = left.get().checked_sub(n);
        left.set(rest.unwrap_or(0));
        rest.map(|_| ()).ok_or(Error::Limit(kind))
    }

    /// Everything [held](Self::hold) from here on is let go when this is dropped.
    pub(crate) const fn scope(&self) -> Held<'_> {
        Held { budget: self, before: self.held.get() }
    }

    /// Counts `n` bytes that are kept until the [scope](Self::scope) ends. Decoded pages make room for them.
    pub(crate) fn hold(&self, n: u64) -> Result<()> {
        let held = self.held.get().saturating_add(n);
        if held > self.limits.memory {
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
        self.held.set(held);
        let pages = self.limits.memory.saturating_sub(held).min(self.limits.resident);
        let gone = self.cache.borrow_mut().shrink(pages);
        drop(gone);
        Ok(())
    }

    /// As [`Self::hold`], but leaves so many eighths of the memory to what is read later.
    pub(crate) fn hold_sparing(&self, n: u64, eighths: u64) -> Result<()> {
        let spare = (self.limits.memory / 8).saturating_mul(eighths);
        if self.room() < n.saturating_add(spare) {
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
        self.hold(n)
    }

    /// Lets everything go but `n` bytes.
    pub(crate) fn hold_only(&self, n: u64) {
        self.held.set(n);
    }

    /// Bytes that may still be [held](Self::hold).
    pub(crate) const fn room(&self) -> u64 {
        self.limits.memory.saturating_sub(self.held.get())
    }

    /// What all decoders together keep in memory; see [`Limits::resident`].
    pub(crate) const fn cache(&self) -> &RefCell<Cache> {
        &self.cache
    }

    /// Room for a decoder to look back into. Decoders that wait for the next read make room; if that is not enough, a
    /// limit is reached.
    pub(crate) fn window(&self, bytes: u64) -> Result<Window> {
        while self.windows.get().saturating_add(bytes) > self.limits.windows {
            let gone = self.cache.borrow_mut().take_decoder();
            if gone.is_none() || bytes > self.limits.windows {
                return Err(Error::Limit(LimitKind::ArtifactBytes));
            }
        }
        self.windows.set(self.windows.get().saturating_add(bytes));
        Ok(Window { bytes, held: Rc::clone(&self.windows) })
    }

    /// Reads to the end, but never more than [`Limits::artifact_bytes`]: a declared size is evidence, not a capacity.
    pub(crate) fn read_to_vec(&self, reader: impl Read) -> Result<Vec<u8>> {
        match self.read_as_far_as_possible(reader) {
            (_, Some(error)) => Err(error),
            (bytes, None) => Ok(bytes),
        }
    }

    /// As [`Self::read_to_vec`], but damage in the middle keeps what came before it: the bytes and the error.
    pub(crate) fn read_as_far_as_possible(&self, reader: impl Read) -> (Vec<u8>, Option<Error>) {
        self.read_into(Vec::new(), reader)
    }

    /// As [`Self::read_as_far_as_possible`], in one piece of memory where the source has the length it says.
    pub(crate) fn read_source(&self, source: Source) -> (Vec<u8>, Option<Error>) {
        let length = usize::try_from(source.len().min(self.limits.artifact_bytes)).unwrap_or(0);
        self.read_into(Vec::with_capacity(length), source)
    }

    fn read_into(&self, mut bytes: Vec<u8>, mut reader: impl Read) -> (Vec<u8>, Option<Error>) {
        /// Room made at once, at least.
        const LEAST: usize = 8192;
        let allowed = usize::try_from(self.limits.artifact_bytes).unwrap_or(usize::MAX);
        // What the room at the end holds is asked for in few calls; whether there is more, in a small one.
        let mut few = [0; 512];
        loop {
            let filled = bytes.len();
            let room = bytes.capacity().saturating_sub(filled).min(1 << 16);
            let read = if room < few.len() {
                reader.read(&mut few)
            } else {
                bytes.resize(filled.saturating_add(room), 0);
                let read = reader.read(bytes.get_mut(filled..).unwrap_or_default());
                bytes.truncate(filled.saturating_add(read.as_ref().map_or(0, |n| *n)));
                read
            };
            match read {
                Ok(0) => return (bytes, None),
                Ok(n) if room < few.len() => {
                    let left = allowed.saturating_sub(filled);
                    // By a quarter, not to twice: it may be as large as anything that is kept.
                    if room < n.min(left) {
                        bytes.reserve_exact((filled / 4).max(LEAST).min(left));
                    }
                    bytes.extend_from_slice(few.get(..n.min(left)).unwrap_or_default());
                    if left < n {
                        return (bytes, Some(Error::Limit(LimitKind::ArtifactBytes)));
                    }
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (bytes, Some(error.into())),
            }
            if bytes.len() > allowed {
                bytes.truncate(allowed);
                return (bytes, Some(Error::Limit(LimitKind::ArtifactBytes)));
            }
        }
    }
}

/// What a part of a scan keeps; see [`Budget::scope`].
#[must_use]
pub(crate) struct Held<'b> {
    budget: &'b Budget,
    before: u64,
}

impl Held<'_> {
    /// Leaves the end to the scope around this one.
    pub(crate) fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.budget.held.set(self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_spent_once_for_all() {
        let budget = Budget::new(Limits { steps: 3, ..Limits::default() }, |_| ());
        assert!(budget.steps(2).is_ok());
        assert!(matches!(budget.steps(2), Err(Error::Limit(LimitKind::Steps))));
        assert!(matches!(budget.steps(1), Err(Error::Limit(LimitKind::Steps))));
    }

    #[test]
    fn what_is_held_is_let_go_with_its_scope() {
        let budget = Budget::new(Limits { memory: 10, ..Limits::default() }, |_| ());
        budget.hold(4).unwrap();
        {
            let _held = budget.scope();
            budget.hold(6).unwrap();
            assert!(matches!(budget.hold(1), Err(Error::Limit(LimitKind::ArtifactBytes))));
        }
        budget.hold(6).unwrap();
        assert!(budget.hold(1).is_err());
    }

    #[test]
    fn what_grows_as_padding_does_gets_a_sixth() {
        let budget = Budget::new(Limits { expanded: 600, ..Limits::default() }, |_| ());
        budget.expand(100).unwrap();
        budget.spare();
        budget.expand(90).unwrap();
        budget.spare();
        assert!(budget.expand(10).is_ok());
        assert!(matches!(budget.expand(1), Err(Error::Limit(LimitKind::Expanded))));
    }

    #[test]
    fn an_endless_reader_ends() {
        let budget = Budget::new(Limits { artifact_bytes: 10, ..Limits::default() }, |_| ());
        assert!(matches!(budget.read_to_vec(io::repeat(0)), Err(Error::Limit(LimitKind::ArtifactBytes))));
        assert_eq!(budget.read_to_vec(io::repeat(7).take(10)).unwrap(), [7; 10]);
    }
}
