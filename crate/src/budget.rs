//! What a scan may spend.
//!
//! [`Limits`] is what the caller allows; [`Budget`] is what is left, one per scan, shared by all nesting, so that ten
//! bombs inside each other cost no more than one. Steps, not seconds: the same file gives the same report on every
//! machine. The page keeps the clock.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};

use crate::codecs::paged::Cache;
use crate::error::{Error, LimitKind, Result};

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
    /// Findings in all.
    pub findings: u32,
    /// Artifacts larger than this get no SHA-256 (hashing is the dearest step in a browser).
    pub hashed: u64,
    /// Bytes of decoders and decoded pages kept in memory by all nesting together; the rest is decoded again when needed.
    pub resident: u64,
    /// Rounds of hashing spent on passwords that nobody gave. An attempt at a modern Office document costs 100,000.
    pub guessing: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 12,
            artifacts: 20_000,
            expanded: 3 << 30,
            artifact_bytes: 24 << 20,
            steps: 200_000_000,
            findings: 2_000,
            hashed: 128 << 20,
            resident: 16 << 20,
            guessing: 5_000_000,
        }
    }
}

/// Where a scan stands.
#[derive(Debug)]
pub struct Progress<'a> {
    /// Index of the artifact being looked into.
    pub artifact: u32,
    /// Artifacts known so far.
    pub found: u32,
    /// Name of the artifact: hostile text.
    pub name: &'a str,
    /// Bytes decoded so far, over the whole scan.
    pub expanded: u64,
}

type Listener = dyn Fn(&Progress<'_>);

/// Bytes decoded between two calls of the listener.
const TICK: u64 = 16 << 20;

/// What is left of the [`Limits`].
pub(crate) struct Budget {
    limits: Limits,
    expanded: Cell<u64>,
    steps: Cell<u64>,
    cache: RefCell<Cache>,
    listener: Box<Listener>,
    now: RefCell<(u32, u32, String)>,
    told: Cell<u64>,
}

impl Budget {
    pub(crate) fn new(limits: Limits, listener: impl Fn(&Progress<'_>) + 'static) -> Self {
        Self {
            expanded: Cell::new(limits.expanded),
            steps: Cell::new(limits.steps),
            cache: RefCell::new(Cache::new(limits.resident)),
            listener: Box::new(listener),
            now: RefCell::default(),
            told: Cell::new(0),
            limits,
        }
    }

    /// Tells the listener which artifact is next.
    pub(crate) fn report_progress(&self, artifact: u32, found: usize, name: &str) {
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        *self.now.borrow_mut() = (artifact, found, name.to_owned());
        self.tell();
    }

    /// Calls the listener again: what goes on takes long and decodes nothing.
    pub(crate) fn tell(&self) {
        let (artifact, found, name) = &*self.now.borrow();
        let expanded = self.limits.expanded.saturating_sub(self.expanded.get());
        self.told.set(expanded);
        (self.listener)(&Progress { artifact: *artifact, found: *found, name, expanded });
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
        if self.limits.expanded.saturating_sub(self.expanded.get()) >= self.told.get().saturating_add(TICK) {
            self.tell();
        }
        spent
    }

    fn spend(left: &Cell<u64>, n: u64, kind: LimitKind) -> Result<()> {
        let rest = left.get().checked_sub(n);
        left.set(rest.unwrap_or(0));
        rest.map(|_| ()).ok_or(Error::Limit(kind))
    }

    /// What all decoders together keep in memory; see [`Limits::resident`].
    pub(crate) const fn cache(&self) -> &RefCell<Cache> {
        &self.cache
    }

    /// Reads to the end, but never more than [`Limits::artifact_bytes`]: a declared size is evidence, not a capacity.
    pub(crate) fn read_to_vec(&self, reader: impl Read) -> Result<Vec<u8>> {
        let allowed = self.limits.artifact_bytes;
        let mut bytes = Vec::new();
        reader.take(allowed.saturating_add(1)).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).is_ok_and(|n| n > allowed) {
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
        Ok(bytes)
    }

    /// As [`Self::read_to_vec`], but damage in the middle keeps what came before it: the bytes and the error.
    pub(crate) fn read_as_far_as_possible(&self, mut reader: impl Read) -> (Vec<u8>, Option<Error>) {
        let mut bytes = Vec::new();
        let allowed = usize::try_from(self.limits.artifact_bytes).unwrap_or(usize::MAX);
        let mut chunk = [0; 4096];
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => return (bytes, None),
                Ok(n) if bytes.len().saturating_add(n) > allowed => {
                    return (bytes, Some(Error::Limit(LimitKind::ArtifactBytes)));
                }
                Ok(n) => bytes.extend_from_slice(chunk.get(..n).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (bytes, Some(error.into())),
            }
        }
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
    fn an_endless_reader_ends() {
        let budget = Budget::new(Limits { artifact_bytes: 10, ..Limits::default() }, |_| ());
        assert!(matches!(budget.read_to_vec(io::repeat(0)), Err(Error::Limit(LimitKind::ArtifactBytes))));
        assert_eq!(budget.read_to_vec(io::repeat(7).take(10)).unwrap(), [7; 10]);
    }
}
