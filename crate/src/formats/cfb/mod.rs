//! Compound files ([MS-CFB]): the container of Office 97–2003 documents, of mail saved by Outlook, of installers, of
//! encrypted OOXML, and of the VBA projects inside OOXML.
//!
//! What a compound file is, its streams say, and never its name: Word opens a `.doc` that is a workbook by handing it to
//! Excel, so every program's streams are looked at wherever they occur. Attackers break what Office does not check (the
//! FAT, sector counts, trees) so that stricter readers give up; this reader is as lenient as Office and says what it
//! tolerated.

mod allocation;
mod directory;
pub(crate) mod objects;
mod reader;

use self::directory::Entry;
pub(crate) use self::reader::Cfb;

use crate::artifact::{Class, Origin, Status};
use crate::budget::Budget;
use crate::crypto::{binary, is_asked_for, office};
use crate::detections::types::INSTALLER;
use crate::error::{Error, Result};
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::formats::{Format, Probe, Reading, doc, msi, ovba, ppt, properties, xls};
use crate::scan::{Child, Content, IRREGULAR, Scan};
use crate::source::Source;

pub(crate) const ENCRYPTED: FindingKind = FindingKind::new("office.encrypted", Level::Unchecked, Some("E1"));

/// Excel tries a password of its own before it asks, and encrypts with it what only has a protected structure: honest
/// workbooks do this, and so do those who hide from scanners.
pub(crate) const OPENS_WITHOUT_ASKING: FindingKind =
    FindingKind::new("encryption.opens-without-asking", Level::Notice, Some("E4"));
pub(crate) const TAMPERED: FindingKind = FindingKind::new("encryption.tampered", Level::Hold, Some("D1"));
pub(crate) const RIGHTS_MANAGED: FindingKind = FindingKind::new("office.rights-managed", Level::Unchecked, None);

pub(super) const KINDS: &[&FindingKind] = &[&ENCRYPTED, &OPENS_WITHOUT_ASKING, &TAMPERED, &RIGHTS_MANAGED];

const fn document(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Document, extensions).reading(Reading::With(inspect))
}

pub(super) const FORMATS: &[Format] = &[
    document("ole-object", &[]).probe(is_compound_file),
    document("doc", &["doc", "dot", "wbk"]),
    document("xls", &["xls", "xla", "xlt"]),
    document("ppt", &["ppt", "pps", "ppa"]),
    document("office-encrypted", &[]),
    document("vsd", &["vsd", "vst", "vss"]),
    document("pub", &["pub"]),
    document("mpp", &["mpp", "mpt"]),
    document("hwp", &["hwp", "hwt"]),
    document("jtd", &["jtd", "jtt", "jtdc", "jttc"]),
    Format::new("msg", Class::Mail, &["msg", "oft"]).reading(Reading::With(inspect)),
    Format::new("msi", Class::Installer, &["msi", "msp", "mst"]).risk(&INSTALLER).reading(Reading::ByKind),
    Format::new("thumbs-db", Class::Data, &[]).reading(Reading::With(inspect)),
    Format::new("vba-project", Class::Data, &[]).reading(Reading::With(inspect)),
];

fn is_compound_file(probe: &Probe<'_>) -> bool {
    probe.starts_with(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])
        || probe.starts_with(&[0x0E, 0x11, 0xFC, 0x0D, 0xD0, 0xCF, 0x11, 0x0E])
}

/// What stands in a compound file without being of it.
pub(crate) struct Outside {
    /// Whether the byte that was asked for belongs to no stream, or to one that has no reason to hold a file.
    pub(crate) is_foreign: bool,
    /// Where all streams have ended.
    pub(crate) end: u64,
}

/// Tells what is foreign in the compound file `source`; all of it where it cannot be read.
pub(crate) fn outside(source: &Source, budget: &std::rc::Rc<Budget>, at: u64) -> Result<Outside> {
    match Cfb::open(source, budget).and_then(|cfb| Ok((cfb.reach(at)?, cfb))) {
        Ok(((holder, end), cfb)) => {
            let known = holder.and_then(|id| Some((id, cfb.entry(id)?)));
            Ok(Outside { is_foreign: known.is_none_or(|(id, entry)| !objects::holds_file(&cfb, id, entry)), end })
        }
        Err(Error::Malformed { .. }) => Ok(Outside { is_foreign: true, end: 0 }),
        Err(error) => Err(error),
    }
}

/// Looks into a compound file of any kind.
fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let budget = std::rc::Rc::clone(&scan.budget);
    let cfb = Cfb::open(source, &budget)?;
    let result = look(scan, &cfb);
    for (what, at) in cfb.irregularities() {
        let evidence = Evidence::quote(what).offset(at);
        scan.report(Observation::new(&IRREGULAR, evidence).with("what", what));
    }
    for (what, at) in cfb.losses() {
        scan.note(&Error::malformed(what, at), None);
    }
    result
}

fn look(scan: &mut Scan, cfb: &Cfb) -> Result<()> {
    let kind = classify(cfb);
    scan.set_format(kind);
    if kind == "msi" {
        return msi::inspect(scan, cfb);
    }
    if is_rights_managed(cfb) {
        scan.report(Observation::new(&RIGHTS_MANAGED, Evidence::quote("DRMContent")));
        scan.set_status(Status::Locked);
    }
    // Beside the encrypted package there may be a document that only says so.
    let is_locked = cfb.child(Some(0), PACKAGE).is_some() || kind == "office-encrypted";
    let read = if is_locked { encryption_info(scan, cfb) } else { Ok(()) };
    properties::inspect(scan, cfb);
    // What cannot be read keeps nothing else from being looked at, least of all the macros.
    let read = read
        .and(doc::inspect(scan, cfb))
        .and(ppt::inspect(scan, cfb))
        .and(xls::inspect(scan, cfb))
        .and(ovba::inspect(scan, cfb))
        .and(objects::inspect(scan, cfb));
    // Of these only macros and embedded objects are read. A compound file of no known program is common inside a
    // document, where that document's program shows it; by itself nobody can say what opening it does.
    let unknown = kind == "ole-object" && scan.is_offered();
    if unknown || matches!(kind, "msg" | "hwp" | "jtd" | "vsd" | "mpp") {
        scan.note(&Error::Unsupported(kind), None);
    }
    read
}

/// The kind of a compound file, by what the program that opens it looks for.
fn classify(cfb: &Cfb) -> &'static str {
    let has = |name: &str| cfb.child(Some(0), name).is_some();
    let clsid = cfb.clsid();
    let first = u32::from_le_bytes([clsid[0], clsid[1], clsid[2], clsid[3]]);
    let microsoft = clsid.get(4..).is_some_and(|rest| rest == [0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]);
    // Windows Installer goes by the CLSID: database, transform, patch.
    if microsoft && matches!(first, 0x000C_1084 | 0x000C_1082 | 0x000C_1086) {
        return "msi";
    }
    let by_stream: &[(&str, &str)] = &[
        ("EncryptedPackage", "office-encrypted"),
        ("WordDocument", "doc"),
        ("Workbook", "xls"),
        ("Book", "xls"),
        ("PowerPoint Document", "ppt"),
        ("PP40", "ppt"),
        ("PP97_DUALSTORAGE", "ppt"),
        ("EncryptionInfo", "office-encrypted"),
        ("__properties_version1.0", "msg"),
        ("__nameid_version1.0", "msg"),
        ("VisioDocument", "vsd"),
        ("Quill", "pub"),
        ("BodyText", "hwp"),
        ("DocumentText", "jtd"),
        ("DocumentViewStyles", "jtd"),
        ("Catalog", "thumbs-db"),
        ("VBA", "vba-project"),
    ];
    if let Some((_, kind)) = by_stream.iter().find(|(stream, _)| has(stream)) {
        return kind;
    }
    // Windows Vista and later name each picture by its size and a hash.
    let is_thumbnail = |name: &str| {
        name.split_once('_').is_some_and(|(size, hash)| {
            !size.is_empty()
                && size.bytes().all(|byte| byte.is_ascii_digit())
                && hash.len() == 16
                && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    let mut streams = cfb.streams().peekable();
    if streams.peek().is_some() && streams.all(|(_, entry)| entry.parent == Some(0) && is_thumbnail(&entry.name)) {
        return "thumbs-db";
    }
    match first {
        0x0002_0906 | 0x0002_0900 if microsoft => "doc",
        0x0002_0820 | 0x0002_0810 if microsoft => "xls",
        0x64818D10 => "ppt",
        0x0002_0D0B | 0x0006_F046 if microsoft => "msg",
        0x0002_1A13 | 0x0002_1A14 if microsoft => "vsd",
        0x0002_1201 => "pub",
        0x74B78F3A => "mpp",
        _ => "ole-object",
    }
}

/// The name under which the stream stands that holds what is encrypted ([MS-OFFCRYPTO] 2.3.4.4).
const PACKAGE: &str = "EncryptedPackage";

/// \EncryptionInfo ([MS-OFFCRYPTO] 2.3.4.5, 2.3.4.6, 2.3.4.10): its version names the scheme. What a password opens is
/// looked at as the document it is.
fn encryption_info(scan: &mut Scan, cfb: &Cfb) -> Result<()> {
    let Some(info) = cfb.root_stream("EncryptionInfo") else {
        // Rights management, which has been told, has no such stream.
        if !is_rights_managed(cfb) {
            encrypted(scan, "unknown", PACKAGE);
        }
        return Ok(());
    };
    let scheme = match info.peek(0, 4)?.as_slice() {
        [4, 0, 4, 0] => "agile",
        [2..=4, 0, 2, 0] => "standard",
        [3 | 4, 0, 3, 0] => "extensible",
        [1, 0, 1, 0] => "rc4",
        _ => "unknown",
    };
    let stream = cfb.root_stream(PACKAGE).unwrap_or_else(|| Source::memory(Vec::new()));
    let opened = unlock_package(scan, &info, &stream);
    if !matches!(opened, Ok(true)) {
        encrypted(scan, scheme, "EncryptionInfo");
    }
    opened.map(drop)
}

/// Hands on the package that the first fitting password opens; whether there was one.
fn unlock_package(scan: &mut Scan, info: &Source, stream: &Source) -> Result<bool> {
    let scheme = office::Scheme::read(info)?;
    let budget = std::rc::Rc::clone(&scan.budget);
    let opened =
        scan.unlock(scheme.cost(), |password| Ok(scheme.key(password).map(|key| (key, is_asked_for(password)))))?;
    let Some(((key, asked), password)) = opened else { return Ok(false) };
    let source = scheme.package(stream, &key, &budget)?;
    if !asked {
        opens_without_asking(scan, PACKAGE);
    }
    // A package that somebody changed afterwards is opened by some programs and refused by others.
    if stream.len() <= budget.limits().hashed && scheme.is_intact(stream, &key)? == Some(false) {
        let evidence = Evidence::quote("dataIntegrity").path("EncryptionInfo");
        scan.report(Observation::new(&TAMPERED, evidence));
    }
    let name = scan.name().to_owned();
    let content = Content::Unlocked { source, crc32: None, password };
    scan.push(Child { name, origin: Origin::Part { path: PACKAGE.into() }, size: None, content })?;
    Ok(true)
}

/// Rights management ([MS-OFFCRYPTO] 2.2): a server decides who may read, and no password helps.
fn is_rights_managed(cfb: &Cfb) -> bool {
    cfb.entries().any(|(_, entry)| {
        ["\u{9}DRMContent", "\u{9}DRMViewerContent", "DRMEncryptedDataSpace", "DRMEncryptedTransform"]
            .iter()
            .any(|name| entry.name.eq_ignore_ascii_case(name))
    })
}

/// Says that the current document is encrypted, and that no password opened it.
pub(crate) fn encrypted(scan: &mut Scan, scheme: &'static str, path: &str) {
    let evidence = Evidence::quote(scheme).path(path);
    let tried = scan.tried().to_string();
    scan.report(Observation::new(&ENCRYPTED, evidence).with("scheme", scheme).with("tried", tried));
    scan.set_status(Status::Locked);
}

/// Says that the program opens what is encrypted without asking for a password.
pub(crate) fn opens_without_asking(scan: &mut Scan, path: &str) {
    let evidence = Evidence::quote(path).path(path);
    scan.report(Observation::new(&OPENS_WITHOUT_ASKING, evidence));
}

/// Opens a document of 97–2003 with the first password that fits, and says so; `None` after it was told that none does.
pub(crate) fn unlock_binary(scan: &mut Scan, scheme: &binary::Scheme, path: &str) -> Result<Option<binary::Key>> {
    let opened = scan.unlock(1, |password| Ok(scheme.key(password).map(|key| (key, is_asked_for(password)))))?;
    let Some(((key, asked), password)) = opened else {
        encrypted(scan, scheme.id(), path);
        return Ok(None);
    };
    if !asked {
        opens_without_asking(scan, path);
    }
    scan.set_password(password);
    Ok(Some(key))
}
