//! Parts that are encrypted (\[ODF\] part 2, 4.8): the manifest says which, and how.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::xml_walk::{Piece, attribute, decode, walk};
use super::super::zip::{Package, part_key};
use crate::crypto::odf::Encryption;
use crate::error::{Error, LimitKind, Result};
use crate::formats::cfb::encrypted;
use crate::scan::Scan;
use crate::source::Source;

/// The encrypted parts of a package.
#[derive(Default)]
pub(super) struct Locked {
    parts: BTreeMap<String, Encryption>,
    /// One part did not open: the others have the same password.
    closed: bool,
}

/// One part, as it can be read.
pub(super) enum Part {
    /// It never was encrypted.
    Clear,
    Open(Source),
    Closed,
}

const MANIFEST: &str = "META-INF/manifest.xml";

impl Locked {
    /// Reads the manifest.
    pub(super) fn read(scan: &mut Scan, package: &Package<'_>) -> Result<Self> {
        let mut locked = Self::default();
        let Some(index) = package.find(MANIFEST) else { return Ok(locked) };
        let source = package.open(index, scan)?;
        let (bytes, error) = scan.budget.read_source(source);
        let text = decode(&bytes);
        let budget = Rc::clone(&scan.budget);
        let (mut path, mut size) = (String::new(), 0);
        let result = walk(&text, &budget, |piece| {
            let Piece::Start { name, element, .. } = piece else { return };
            let value = |name| attribute(element, name);
            if name == "file-entry" {
                path = part_key(&value("full-path"));
                size = value("size").parse().unwrap_or_default();
            } else if name == "encryption-data" {
                let data = Encryption {
                    size,
                    checksum_type: value("checksum-type"),
                    checksum: value("checksum"),
                    ..Encryption::default()
                };
                locked.parts.insert(path.clone(), data);
            } else if let Some(data) = locked.parts.get_mut(&path) {
                match name {
                    "algorithm" => {
                        data.algorithm = value("algorithm-name");
                        data.iv = value("initialisation-vector");
                    }
                    "key-derivation" => {
                        data.derivation = value("key-derivation-name");
                        data.key_size = value("key-size");
                        data.iterations = value("iteration-count");
                        data.salt = value("salt");
                    }
                    "start-key-generation" => data.start = value("start-key-generation-name"),
                    _ => {}
                }
            }
        });
        if let Err(error) = error.map_or(result, Err) {
            scan.note(&error, Some(MANIFEST));
        }
        Ok(locked)
    }

    /// Opens a part, if it is locked, with the first password that fits.
    pub(super) fn part(&mut self, scan: &mut Scan, package: &Package<'_>, (index, key): (usize, &str)) -> Part {
        let Some(encryption) = self.parts.get(key) else { return Part::Clear };
        if self.closed {
            return Part::Closed;
        }
        match open(scan, package, index, encryption) {
            Ok(Some(source)) => Part::Open(source),
            Ok(None) => {
                self.closed = true;
                encrypted(scan, "odf", key);
                Part::Closed
            }
            // What is too large says nothing about the others.
            Err(error @ Error::Limit(LimitKind::ArtifactBytes)) => {
                scan.note(&error, Some(key));
                Part::Closed
            }
            Err(error) => {
                self.closed = true;
                scan.note(&error, Some(key));
                encrypted(scan, "odf", key);
                Part::Closed
            }
        }
    }
}

fn open(scan: &mut Scan, package: &Package<'_>, index: usize, encryption: &Encryption) -> Result<Option<Source>> {
    let lock = encryption.lock()?;
    let bytes = scan.budget.read_to_vec(package.open(index, scan)?)?;
    scan.budget.expand(bytes.len() as u64)?;
    let Some((plain, password)) = scan.unlock(lock.cost(), |password| Ok(lock.open(password, &bytes)))? else {
        return Ok(None);
    };
    scan.set_password(password);
    Ok(Some(Package::inflate(Source::memory(plain), encryption.size, scan)))
}
