//! One thing to look into: the input, or something taken out of it.

use serde::Serialize;

use crate::crypto::PasswordSource;

/// What sort of thing a format is, for the person and for the tree of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the words are the documentation")]
pub enum Class {
    Archive,
    Document,
    Program,
    Script,
    Shortcut,
    Installer,
    DiskImage,
    Web,
    Mail,
    Picture,
    Media,
    Font,
    Text,
    Data,
    Unknown,
}

/// How far an artifact was looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Looked into completely, or its kind alone answers the question (a program is a program).
    Inspected,
    /// A kind that holds nothing that could start; only its kind was checked.
    Passive,
    /// Some of it could not be read.
    Partial,
    /// Encrypted.
    Locked,
    /// Unknown, unsupported, damaged, or past a limit.
    Unread,
}

impl Status {
    /// Whether nothing was left out.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        matches!(self, Self::Inspected | Self::Passive)
    }
}

/// The way in: where an artifact stood in its parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Origin {
    /// What the caller gave.
    Input,
    /// An entry of an archive.
    Entry {
        /// The name as the archive gives it: hostile text, never a path of this machine.
        path: String,
    },
    /// A part or stream of a document.
    Part {
        /// Its name inside the document.
        path: String,
    },
    /// An object embedded in a document, or data standing where the format has no place for it.
    Object {
        /// Where it stood.
        path: String,
    },
}

/// One thing that was looked into, or could not be. The report's list is flat, parents first.
#[derive(Clone, Debug, Serialize)]
pub struct Artifact {
    /// Index in the report's list.
    pub id: u32,
    /// The artifact it was taken out of.
    pub parent: Option<u32>,
    /// Its own name: hostile text.
    pub name: String,
    /// The way in.
    pub origin: Origin,
    /// Id of its format, by content; `None` if unknown.
    pub format: Option<&'static str>,
    /// What sort of thing that is.
    pub class: Class,
    /// Size in bytes, as measured; for what could not be opened, as declared.
    pub size: Option<u64>,
    /// SHA-256 in lower-case hex; `None` where it was locked, passive, or larger than the limit.
    pub sha256: Option<String>,
    /// How far it was looked into.
    pub status: Status,
    /// Where the password that opened it came from, if it was locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordSource>,
}
