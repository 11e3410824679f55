//! The one error type of the engine.
//!
//! Three things can stop a reader: the file is not what its specification says (`Malformed`), the file is fine but
//! this engine cannot read it (`Unsupported`), or the scan has spent what it may spend (`Limit`). They are kept apart
//! because the person is told different things. Inside a reader use `?`; only the scan loop turns an error into a
//! finding, so everything read before the error stays.

use std::{fmt, io};

/// What a scan may run out of. The names are part of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Nesting of artifacts.
    Depth,
    /// Number of artifacts.
    Artifacts,
    /// Bytes produced by decoders, over the whole scan.
    Expanded,
    /// Bytes held in memory at once for one structure.
    ArtifactBytes,
    /// Steps of readers and evaluators.
    Steps,
    /// Number of findings.
    Findings,
    /// Rounds of hashing for passwords.
    Guessing,
}

impl LimitKind {
    /// The word used in the report.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Depth => "depth",
            Self::Artifacts => "artifacts",
            Self::Expanded => "expanded",
            Self::ArtifactBytes => "artifact-bytes",
            Self::Steps => "steps",
            Self::Findings => "findings",
            Self::Guessing => "guessing",
        }
    }
}

/// Why a reader stopped.
#[derive(Debug)]
pub enum Error {
    /// The bytes do not follow the specification.
    Malformed {
        /// The specification's name of the structure.
        what: &'static str,
        /// Offset in the artifact, in bytes.
        at: u64,
    },
    /// Well-formed as far as we can tell, but not something this engine reads.
    Unsupported(&'static str),
    /// The scan's allowance is spent.
    Limit(LimitKind),
    /// The source itself could not be read (a removed disk, a revoked file handle).
    Io(io::Error),
}

/// The result of a reader.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A malformed structure at an offset.
    pub(crate) const fn malformed(what: &'static str, at: u64) -> Self {
        Self::Malformed { what, at }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { what, at } => write!(f, "malformed {what} at byte {at}"),
            Self::Unsupported(what) => write!(f, "unsupported {what}"),
            Self::Limit(kind) => write!(f, "limit reached: {}", kind.id()),
            Self::Io(error) => write!(f, "cannot read: {error}"),
        }
    }
}

impl std::error::Error for Error {}

/// Decoders are `Read`s, so their errors travel as `io::Error`; the original comes out again here.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        let kind = error.kind();
        match error.downcast::<Self>() {
            Ok(inner) => inner,
            Err(_) if kind == io::ErrorKind::UnexpectedEof => Self::malformed("end of data", 0),
            Err(_) if matches!(kind, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
                Self::malformed("compressed data", 0)
            }
            Err(error) => Self::Io(error),
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error,
            other => Self::other(other),
        }
    }
}
