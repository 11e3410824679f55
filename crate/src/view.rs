//! What a format shows to the rules.
//!
//! Rules read views, never container bytes: a macro is the same whether it stood in a workbook, in a ZIP or in a mail.

use crate::formats::Format;
use crate::formats::xls::MacroSheet;
use crate::languages::Behaviour;

/// A relationship of an OOXML package that leaves the package ([ECMA-376] part 2, 9.3).
#[derive(Debug)]
pub(crate) struct Relationship<'a> {
    /// The part that holds it.
    pub(crate) part: &'a str,
    /// Last segment of its type: `attachedTemplate`, `oleObject`, `hyperlink` …
    pub(crate) kind: &'a str,
    /// Where it leads.
    pub(crate) target: &'a str,
}

/// A link to another program (dynamic data exchange): a server, and what it is asked for.
#[derive(Debug)]
pub(crate) struct Dde<'a> {
    /// Part or stream it stands in.
    pub(crate) path: &'a str,
    pub(crate) service: &'a str,
    pub(crate) topic: &'a str,
}

/// Words a person would read.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    /// Part or stream it stands in.
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
}

/// The name of an artifact beside its kind.
#[derive(Debug)]
pub(crate) struct Named<'a> {
    /// As the parent gives it.
    pub(crate) name: &'a str,
    /// Its format by content; `None` when unknown or not readable.
    pub(crate) format: Option<&'static Format>,
    /// The format its extension claims.
    pub(crate) claimed: Option<&'static Format>,
    /// Whether its content is encrypted, so that the name is all there is.
    pub(crate) locked: bool,
    /// Whether the name is what a person would open it by (the input, an archive entry, an attached object), and not
    /// just the place of a part inside a document.
    pub(crate) offered: bool,
}

/// One thing a format shows.
#[derive(Debug)]
pub(crate) enum View<'a> {
    Named(Named<'a>),
    Macros(&'a Behaviour),
    MacroSheet(&'a MacroSheet),
    Relationship(Relationship<'a>),
    Dde(Dde<'a>),
    Text(Text<'a>),
}

/// Which views a detection reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    Named,
    Macros,
    MacroSheet,
    Relationship,
    Dde,
    Text,
}

impl View<'_> {
    pub(crate) const fn reads(&self) -> Reads {
        match self {
            Self::Named(_) => Reads::Named,
            Self::Macros(_) => Reads::Macros,
            Self::MacroSheet(_) => Reads::MacroSheet,
            Self::Relationship(_) => Reads::Relationship,
            Self::Dde(_) => Reads::Dde,
            Self::Text(_) => Reads::Text,
        }
    }
}
