//! Objects of an RTF file: what stands behind their OLE1 header ([MS-OLEDS] 2.2) becomes a child.
//!
//! Word finds an object whatever its header says of itself, so where the header makes no sense the bytes are searched for
//! the start of a compound file or a package.

use super::reader::{Data, Document, Object};
use crate::artifact::Origin;
use crate::budget::Budget;
use crate::error::{Error, Result};
use crate::formats::cfb::{Cfb, objects::links};
use crate::formats::ole::equation::{self, Equation};
use crate::formats::ole::link::{Moniker, monikers};
use crate::formats::ole::ole1::Ole1;
use crate::formats::ole::{MAGIC, package};
use crate::scan::{Child, Content, Scan};
use crate::source::Source;
use crate::view::{self, Carrier, View};
use std::rc::Rc;

/// Starts that are searched for where no header leads to them: compound files (two of them old), packages, RTF.
const SEARCHED: &[&[u8]] =
    &[b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"\x0E\x11\xFC\x0D\xD0\xCF\x11\x0E", b"PK\x03\x04", b"{\\rtf"];
/// Bytes of an object searched for monikers.
const LINK: usize = 64 << 10;
/// Children taken out of one object by searching.
const FOUND: usize = 8;

/// Shows every object and takes out what is in it.
pub(super) fn take_out(scan: &mut Scan, document: Document) -> Result<()> {
    for (number, data) in document.data.into_iter().enumerate() {
        let object = data.object.and_then(|at| document.objects.get(at)).cloned().unwrap_or_default();
        let path = format!("\\objdata {}", number.saturating_add(1));
        one(scan, &path, &object, data)?;
    }
    Ok(())
}

fn one(scan: &mut Scan, path: &str, object: &Object, data: Data) -> Result<()> {
    let at = data.at;
    let bytes = choose(&scan.budget, data)?;
    if bytes.is_empty() {
        return Ok(());
    }
    let Some(ole1) = Ole1::parse(&bytes) else {
        show_class(scan, path, &object.class, &bytes);
        show_monikers(scan, path, &bytes, object.updates)?;
        if !search(scan, path, &object.class, bytes)? {
            scan.note(&Error::malformed("ObjectHeader", at), Some(path));
        }
        return Ok(());
    };
    let class = if ole1.class.is_empty() { &object.class } else { &ole1.class };
    if object.updates {
        let updated = view::Object { name: class, updates: true, ..view::Object::at(path, Carrier::RichText) };
        scan.show(&View::Object(updated));
    }
    if ole1.still {
        search(scan, path, class, bytes)?;
        return Ok(());
    }
    if ole1.linked {
        show_class(scan, path, class, &[]);
        if !ole1.topic.is_empty() {
            show_target(scan, path, &ole1.topic, object.updates);
        }
        return Ok(());
    }
    if ole1.short {
        scan.note(&Error::malformed("NativeData", at), Some(path));
    }
    let native = bytes.get(ole1.native.clone()).unwrap_or_default();
    show_class(scan, path, class, native);
    if object.class != *class {
        show_class(scan, path, &object.class, native);
    }
    if native.is_empty() {
        return Ok(());
    }
    let known = MAGIC.iter().any(|magic| native.starts_with(magic));
    let is_read = native.starts_with(b"\xD0\xCF\x11\xE0") && open(scan, native).is_ok();
    if !is_read {
        show_monikers(scan, path, native, object.updates)?;
    }
    let searched = if known { Vec::new() } else { starts(&bytes) };
    let (start, length) = (ole1.native.start as u64, native.len() as u64);
    let source = Source::memory(bytes);
    let native = source.slice(start, length);
    if object.updates && is_read {
        // Damage is found again, and told, when the child is looked into.
        let targets = Cfb::open(&native, &Rc::clone(&scan.budget)).and_then(|cfb| links(&cfb)).unwrap_or_default();
        for target in targets {
            show_fetched(scan, path, &target);
        }
    }
    if let Some((name, file)) = package::file(&native)? {
        return push(scan, path, name, file);
    }
    if !searched.is_empty() {
        return pieces(scan, path, class, &source, &searched);
    }
    if !known && (is_formula(class) || is_still(class)) {
        return Ok(());
    }
    push(scan, path, name_of(class), native)
}

/// The bytes as the specification has them, unless only those with every digit are an object.
fn choose(budget: &Budget, data: Data) -> Result<Vec<u8>> {
    let bytes = data.bytes.bytes;
    let Some(every) = data.every.map(|every| every.bytes) else { return Ok(bytes) };
    budget.steps((bytes.len() as u64).saturating_add(every.len() as u64) / 8)?;
    let rank = |bytes: &[u8]| {
        let holds = |ole1: &Ole1| bytes.get(ole1.native.clone()).is_some_and(|native| !native.is_empty());
        match Ole1::parse(bytes) {
            Some(ole1) if !ole1.short && (ole1.linked || holds(&ole1)) => 3,
            _ if !starts(bytes).is_empty() => 2,
            Some(_) => 1,
            None => 0,
        }
    };
    Ok(if rank(&every) > rank(&bytes) { every } else { bytes })
}

/// Where something starts that is worth looking into.
fn starts(bytes: &[u8]) -> Vec<usize> {
    let is_start =
        |at: &usize| bytes.get(*at..).is_some_and(|rest| SEARCHED.iter().any(|start| rest.starts_with(start)));
    let first = |byte: &u8| matches!(byte, 0xD0 | 0x0E | b'P' | b'{');
    bytes.iter().enumerate().filter(|(_, byte)| first(byte)).map(|(at, _)| at).filter(is_start).take(FOUND).collect()
}

/// Takes out whatever starts somewhere in the bytes; whether there was anything.
fn search(scan: &mut Scan, path: &str, class: &str, bytes: Vec<u8>) -> Result<bool> {
    scan.budget.steps(bytes.len() as u64 / 8)?;
    let starts = starts(&bytes);
    pieces(scan, path, class, &Source::memory(bytes), &starts)?;
    Ok(!starts.is_empty())
}

/// Each piece reaches to the end: what it is, its own reader knows.
fn pieces(scan: &mut Scan, path: &str, class: &str, source: &Source, starts: &[usize]) -> Result<()> {
    for start in starts {
        let piece = source.slice(*start as u64, u64::MAX);
        // A package has many such starts inside it.
        let last = piece.peek(0, 2)? == b"PK";
        push(scan, path, name_of(class), piece)?;
        if last {
            break;
        }
    }
    Ok(())
}

fn push(scan: &mut Scan, path: &str, name: String, source: Source) -> Result<()> {
    scan.budget.expand(source.len())?;
    let content = Content::Bytes { source, crc32: None };
    scan.push(Child { name, origin: Origin::Object { path: path.to_owned() }, size: None, content })
}

fn name_of(class: &str) -> String {
    if class.trim().is_empty() { "object".to_owned() } else { class.to_owned() }
}

/// Pictures that were objects once: their native data have no file around them.
fn is_still(class: &str) -> bool {
    class.eq_ignore_ascii_case("StaticDib") || class.eq_ignore_ascii_case("StaticMetafile")
}

/// Formulas of the old Equation Editor; those of MathType call themselves `Equation.DSMT4`.
fn is_formula(class: &str) -> bool {
    let class = class.trim().to_lowercase();
    class.starts_with("equation") && !class.starts_with("equation.dsmt")
}

/// Shows the class an object names, with the formula that stands in its native data as it is. A formula in a compound file
/// is found when that is looked into, unless it is too damaged for that.
fn show_class(scan: &mut Scan, path: &str, class: &str, native: &[u8]) {
    if class.is_empty() {
        return;
    }
    let formula = if !is_formula(class) || native.is_empty() {
        None
    } else if MAGIC.iter().any(|magic| native.starts_with(magic)) {
        open(scan, native).is_err().then_some(Equation::Damaged)
    } else {
        Some(equation::judge(native))
    };
    scan.show(&View::Object(view::Object { name: class, formula, ..view::Object::at(path, Carrier::RichText) }));
}

fn open(scan: &Scan, bytes: &[u8]) -> Result<Cfb> {
    Cfb::open(&Source::memory(bytes.to_vec()), &Rc::clone(&scan.budget))
}

/// Shows what a link leads to whose compound file is too damaged to be read.
fn show_monikers(scan: &mut Scan, path: &str, bytes: &[u8], updates: bool) -> Result<()> {
    let bytes = bytes.get(..LINK).unwrap_or(bytes);
    scan.budget.steps(bytes.len() as u64)?;
    for moniker in monikers(bytes) {
        match moniker {
            Moniker::Target(target) => show_target(scan, path, &target, updates),
            Moniker::Other(class) => {
                let object = view::Object { class: Some(class), ..view::Object::at(path, Carrier::RichText) };
                scan.show(&View::Object(object));
            }
        }
    }
    Ok(())
}

fn show_target(scan: &mut Scan, path: &str, target: &str, updates: bool) {
    scan.show(&View::Relationship(view::Relationship { part: path, kind: "oleObject", target }));
    if updates {
        show_fetched(scan, path, target);
    }
}

fn show_fetched(scan: &mut Scan, path: &str, target: &str) {
    let object = view::Object { fetches: Some(target), ..view::Object::at(path, Carrier::RichText) };
    scan.show(&View::Object(object));
}
