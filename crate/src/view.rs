//! What a format shows to the rules.
//!
//! Rules read views, never container bytes: a macro is the same whether it stood in a workbook, in a ZIP or in a mail.

use crate::formats::Format;
use crate::formats::ole::Class;
use crate::formats::ole::equation::Equation;
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

/// Where a document takes data from.
#[derive(Debug)]
pub(crate) struct Connection<'a> {
    /// Part it stands in.
    pub(crate) path: &'a str,
    /// Connection string, address or file.
    pub(crate) target: &'a str,
    /// Whether it is asked when the document is opened.
    pub(crate) automatic: bool,
}

/// An object on a page that starts something by itself: a program when it is pressed or passed over.
#[derive(Debug)]
pub(crate) struct Press<'a> {
    pub(crate) path: &'a str,
    /// The program.
    pub(crate) target: &'a str,
    pub(crate) how: How,
}

/// What it takes to start something on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Press,
    /// The pointer passing over it.
    Hover,
    /// An animation activates an embedded object.
    Animation,
}

/// A program that the document asks Office to load beside it.
#[derive(Debug)]
pub(crate) enum AddIn<'a> {
    /// A web page in a pane of its own: its identity in a store.
    Web {
        path: &'a str,
        reference: &'a str,
        /// Whether it comes from the public store and is not shown before somebody asks for it.
        waits: bool,
    },
    /// Code for .NET: where it is loaded from.
    Assembly { path: &'a str, location: &'a str },
}

/// Words a person would read.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    /// Part or stream it stands in.
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
}

/// One field of a text document: an instruction that the program carries out when it updates its fields.
#[derive(Debug)]
pub(crate) struct Field<'a> {
    /// Part or stream it stands in.
    pub(crate) path: &'a str,
    /// Keyword, arguments and switches, with what inner fields put into them ([`crate::languages::fields`]).
    pub(crate) instruction: &'a str,
}

/// What stands around an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// A document of Word, Excel or PowerPoint, or none.
    Document,
    /// RTF, which honest people use for text and attackers for objects.
    RichText,
}

/// An object, and the program it calls for ([MS-OLEDS]).
#[derive(Debug)]
pub(crate) struct Object<'a> {
    /// Storage or stream it stands in.
    pub(crate) path: &'a str,
    pub(crate) class: Option<Class>,
    /// ProgID, OLE1 class or the program's own name; empty if there is none.
    pub(crate) name: &'a str,
    pub(crate) carrier: Carrier,
    /// Whether it is a control (ActiveX).
    pub(crate) control: bool,
    /// What its formula is, if it holds one.
    pub(crate) formula: Option<Equation>,
    /// Whether it is brought up to date, and so brought to life, without a click.
    pub(crate) updates: bool,
    /// Where it is brought up to date from, when that needs no click.
    pub(crate) fetches: Option<&'a str>,
}

impl<'a> Object<'a> {
    /// An object of which nothing is known but its place.
    pub(crate) const fn at(path: &'a str, carrier: Carrier) -> Self {
        Self { path, class: None, name: "", carrier, control: false, formula: None, updates: false, fetches: None }
    }
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
    /// Whether it stands among the files of a program's source, in an archive of them.
    pub(crate) in_source: bool,
}

/// One thing a format shows.
#[derive(Debug)]
pub(crate) enum View<'a> {
    Named(Named<'a>),
    Macros(&'a Behaviour),
    MacroSheet(&'a MacroSheet),
    Relationship(Relationship<'a>),
    Object(Object<'a>),
    Dde(Dde<'a>),
    Connection(Connection<'a>),
    Press(Press<'a>),
    AddIn(AddIn<'a>),
    Text(Text<'a>),
    Field(Field<'a>),
}

/// Which views a detection reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    Named,
    Macros,
    MacroSheet,
    Relationship,
    Object,
    Dde,
    Connection,
    Press,
    AddIn,
    Text,
    Field,
}

impl View<'_> {
    pub(crate) const fn reads(&self) -> Reads {
        match self {
            Self::Named(_) => Reads::Named,
            Self::Macros(_) => Reads::Macros,
            Self::MacroSheet(_) => Reads::MacroSheet,
            Self::Relationship(_) => Reads::Relationship,
            Self::Object(_) => Reads::Object,
            Self::Dde(_) => Reads::Dde,
            Self::Connection(_) => Reads::Connection,
            Self::Press(_) => Reads::Press,
            Self::AddIn(_) => Reads::AddIn,
            Self::Text(_) => Reads::Text,
            Self::Field(_) => Reads::Field,
        }
    }
}
