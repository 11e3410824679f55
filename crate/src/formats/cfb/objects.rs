//! What documents carry inside: objects ([MS-OLEDS] 2.3), packages, and whole documents in storages.
//!
//! `\x01Ole10Native` is where the Packager keeps a file of any kind with the name a double click opens it by; scripts
//! and programs ride in it. Storages of Word's ObjectPool or Excel's `MBD…` hold documents, OOXML as a `Package` stream.
//! A storage names the program that its object calls for by a class identifier, and in `\x01CompObj` once more.

use super::directory::EntryKind;
use super::{Cfb, Entry};
use crate::artifact::Origin;
use crate::error::{Error, Result};
use crate::formats::ole::equation::{self, EDITORS};
use crate::formats::ole::link::{Moniker, monikers};
use crate::formats::ole::{Class, MAGIC, package, take_prefixed, take_u32};
use crate::scan::{Child, Content, Scan};
use crate::view::{self, Carrier, Object, View};

/// Streams that hold a document as it is, beside the storage's own bookkeeping.
const CONTENT: &[&str] = &["package", "contents", "embeddedodf", "content"];

/// Streams that only an ActiveX control in Word has ([MS-DOC] 2.1.4).
const CONTROL: &[&str] = &["\u{3}OCXNAME", "\u{3}OCXDATA"];

/// Bytes of the streams that describe an object. Honest ones have a few hundred.
const LINK: usize = 16 << 10;
const COMP_OBJ: usize = 1 << 10;
const EQUATION: usize = 64 << 10;

pub(super) fn inspect(scan: &mut Scan, cfb: &Cfb) -> Result<()> {
    for (id, entry) in cfb.entries() {
        let result = if entry.kind == EntryKind::Stream {
            take_out(scan, cfb, id, entry)
        } else {
            describe(scan, cfb, id, entry)
        };
        match result {
            // What one stream lost does not hide the next.
            Err(error @ (Error::Malformed { .. } | Error::Unsupported(_))) => scan.note(&error, Some(&cfb.path(id))),
            result => result?,
        }
    }
    Ok(())
}

/// A stream that holds a file becomes a child.
fn take_out(scan: &mut Scan, cfb: &Cfb, id: usize, entry: &Entry) -> Result<()> {
    let storage = entry.parent.and_then(|parent| cfb.entry(parent));
    let child = if is_native(entry) && storage.is_some_and(is_formula) {
        None
    } else if is_native(entry) {
        package::native(&cfb.stream(id))?
    } else if CONTENT.contains(&entry.name.to_lowercase().as_str()) && entry.parent != Some(0)
        || entry.name == "Package"
    {
        let stream = cfb.stream(id);
        let head = stream.peek(0, 8)?;
        MAGIC.iter().any(|magic| head.starts_with(magic)).then(|| (entry.name.clone(), stream))
    } else {
        None
    };
    if let Some((name, source)) = child {
        // Many entries can share one chain of sectors; each child is read as if it were alone.
        scan.budget.expand(source.len())?;
        let content = Content::Bytes { source, crc32: None };
        scan.push(Child { name, origin: Origin::Object { path: cfb.path(id) }, size: None, content })?;
    }
    Ok(())
}

/// Whether a stream is known to hold a file, or is one.
pub(super) fn holds_file(cfb: &Cfb, id: usize, entry: &Entry) -> bool {
    let is_known = is_native(entry) || CONTENT.contains(&entry.name.to_lowercase().as_str());
    // Small streams share one; what stands there is not told apart.
    is_known || entry.kind == EntryKind::Root || cfb.stream(id).peek(0, 4).is_ok_and(|head| head == b"PK\x03\x04")
}

/// Whether a storage calls for the old Equation Editor.
fn is_formula(storage: &Entry) -> bool {
    EDITORS.contains(&Class(storage.clsid))
}

fn is_native(entry: &Entry) -> bool {
    entry.name.trim_start_matches('\u{1}').eq_ignore_ascii_case("Ole10Native")
}

/// Shows what a storage says of the object in it.
fn describe(scan: &mut Scan, cfb: &Cfb, storage: usize, entry: &Entry) -> Result<()> {
    let small = |name: &str, most: usize| -> Result<Option<Vec<u8>>> {
        let Some(id) = cfb.child(Some(storage), name) else { return Ok(None) };
        let bytes = cfb.stream(id).peek(0, most)?;
        scan.budget.steps(bytes.len() as u64)?;
        Ok(Some(bytes))
    };
    let comp_obj = small("\u{1}CompObj", COMP_OBJ)?.map(|bytes| comp_obj(&bytes)).unwrap_or_default();
    let mut formula = small("Equation Native", EQUATION)?.map(|bytes| equation::judge(&bytes));
    if formula.is_none() && is_formula(entry) {
        let native = small("\u{1}Ole10Native", EQUATION)?;
        formula = native.map(|bytes| equation::judge(bytes.get(4..).unwrap_or_default()));
    }
    let link = small("\u{1}Ole", LINK)?.unwrap_or_default();
    let control = CONTROL.iter().any(|name| cfb.child(Some(storage), name).is_some());
    let path = cfb.path(storage);
    let path = if path.is_empty() { entry.name.clone() } else { path };
    let carrier = if scan.is_in("rtf") { Carrier::RichText } else { Carrier::Document };
    let own = Some(Class(entry.clsid)).filter(|class| !class.is_null());
    let second = comp_obj.class.filter(|class| Some(*class) != own);
    let name = comp_obj.program.as_str();
    let object = |class| Object { class, name, control, formula, ..Object::at(&path, carrier) };
    for class in [own, second].into_iter().flatten() {
        scan.show(&View::Object(object(Some(class))));
    }
    if own.is_none() && second.is_none() && (formula.is_some() || control || !name.is_empty()) {
        scan.show(&View::Object(object(None)));
    }
    show_link(scan, &path, carrier, &link);
    Ok(())
}

/// Shows where the monikers of a `\x01Ole` stream lead.
fn show_link(scan: &mut Scan, path: &str, carrier: Carrier, stream: &[u8]) {
    for moniker in monikers(stream) {
        match moniker {
            Moniker::Target(target) => {
                let link = view::Relationship { part: path, kind: "oleObject", target: &target };
                scan.show(&View::Relationship(link));
            }
            Moniker::Other(class) => {
                scan.show(&View::Object(Object { class: Some(class), ..Object::at(path, carrier) }));
            }
        }
    }
}

/// Where the links of a compound file lead, for those who know when they are followed.
pub(crate) fn links(cfb: &Cfb) -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for (id, _) in cfb.streams().filter(|(_, entry)| entry.name.eq_ignore_ascii_case("\u{1}Ole")).take(16) {
        let stream = cfb.stream(id).peek(0, LINK)?;
        targets.extend(monikers(&stream).into_iter().filter_map(|moniker| match moniker {
            Moniker::Target(target) => Some(target),
            Moniker::Other(_) => None,
        }));
    }
    Ok(targets)
}

/// CompObjStream ([MS-OLEDS] 2.3.8).
#[derive(Debug, Default, PartialEq, Eq)]
struct CompObj {
    class: Option<Class>,
    /// Its ProgID, or else the name the program gives itself.
    program: String,
}

fn comp_obj(bytes: &[u8]) -> CompObj {
    let class = bytes.get(12..28).and_then(|class| class.first_chunk()).map(|class| Class(*class));
    let mut rest = bytes.get(28..).unwrap_or_default();
    let user = take_prefixed(&mut rest).unwrap_or_default();
    // AnsiClipboardFormat: none, a number, or a name.
    let mut format = rest;
    match take_u32(&mut format) {
        Some(0) => rest = format,
        Some(0xFFFF_FFFE | 0xFFFF_FFFF) => rest = format.get(4..).unwrap_or_default(),
        _ => drop(take_prefixed(&mut rest)),
    }
    let program = take_prefixed(&mut rest).filter(|name| !name.is_empty()).unwrap_or(user);
    CompObj { class: class.filter(|class| !class.is_null()), program }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_say_which_program_they_call_for() {
        let class = Class::office(0x0002_CE02);
        let text =
            |text: &str| [&u32::try_from(text.len() + 1).unwrap().to_le_bytes()[..], text.as_bytes(), b"\0"].concat();
        let front = [&[1, 0, 0xFE, 0xFF][..], &[0; 8], &class.0].concat();
        let whole = [front.clone(), text("Microsoft Equation 3.0"), text("DS Equation"), text("Equation.3")].concat();
        assert_eq!(comp_obj(&whole), CompObj { class: Some(class), program: "Equation.3".into() });
        let short = [front, text("Microsoft Equation 3.0"), vec![0; 4]].concat();
        assert_eq!(comp_obj(&short).program, "Microsoft Equation 3.0");
        assert_eq!(comp_obj(b"x"), CompObj::default());
    }
}
