//! Where the parts of a document are kept: in a ZIP, or one behind the other in a single XML file.

use super::package::ContentTypes;
use crate::error::Result;
use crate::formats::{flat_opc, zip};
use crate::scan::{Content, Scan};
use crate::source::Source;

/// A package of parts, whatever holds it.
pub(in crate::formats) enum Package<'a> {
    Zip(&'a zip::Package<'a>),
    Flat(&'a flat_opc::Parts),
}

impl Package<'_> {
    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The first part of that name, however it is spelled.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        match self {
            Self::Zip(package) => package.find(name),
            Self::Flat(parts) => parts.find(name),
        }
    }

    /// Index, name and key of every part: twins of a name are each there.
    pub(super) fn parts(&self) -> Box<dyn Iterator<Item = (usize, &str, &str)> + '_> {
        match self {
            Self::Zip(package) => Box::new(package.parts()),
            Self::Flat(parts) => Box::new(parts.parts()),
        }
    }

    /// First bytes of a part.
    pub(super) fn head(&self, index: usize) -> Result<Vec<u8>> {
        match self {
            Self::Zip(package) => package.head(index),
            Self::Flat(parts) => Ok(parts.head(index)),
        }
    }

    /// A part as a reader of the document wants it: its bytes or why not.
    pub(super) fn open(&self, index: usize, scan: &Scan) -> Result<Source> {
        match self {
            Self::Zip(package) => package.open(index, scan),
            Self::Flat(parts) => parts.open(index, &scan.budget),
        }
    }

    /// A part as a child of the document, to be recognised by its content.
    pub(super) fn content(&self, index: usize, scan: &mut Scan) -> Content {
        match self {
            Self::Zip(package) => package.content(index, scan),
            Self::Flat(parts) => match parts.open(index, &scan.budget) {
                Ok(source) => Content::Bytes { source, crc32: None },
                Err(error) => {
                    scan.note(&error, parts.parts().nth(index).map(|(_, name, _)| name));
                    Content::Unread
                }
            },
        }
    }

    /// The content types: a table of their own, or what each part says.
    pub(super) fn types(&self, scan: &mut Scan) -> ContentTypes {
        match self {
            Self::Zip(_) => super::read(scan, self, "[Content_Types].xml", ContentTypes::parse).unwrap_or_default(),
            Self::Flat(parts) => {
                let mut types = ContentTypes::default();
                for (name, content_type) in parts.types() {
                    types.insert(name, content_type);
                }
                types
            }
        }
    }
}
