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

use crate::artifact::{Class, Status};
use crate::detections::types::INSTALLER;
use crate::error::{Error, Result};
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::formats::{Format, Probe, Reading, doc, ovba, ppt, properties, xls};
use crate::scan::{IRREGULAR, Scan};
use crate::source::Source;

pub(crate) const ENCRYPTED: FindingKind = FindingKind::new("office.encrypted", Level::Unchecked, Some("E1"));

pub(super) const KINDS: &[&FindingKind] = &[&ENCRYPTED];

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
        return Ok(());
    }
    // Beside the encrypted package there may be a document that only says so.
    if cfb.child(Some(0), "EncryptedPackage").is_some() || kind == "office-encrypted" {
        encryption_info(scan, cfb)?;
    }
    properties::inspect(scan, cfb);
    doc::inspect(scan, cfb)?;
    ppt::inspect(scan, cfb)?;
    xls::inspect(scan, cfb)?;
    ovba::inspect(scan, cfb)?;
    objects::inspect(scan, cfb)?;
    // Of these only macros and embedded objects are read. A compound file of no known program is common inside a
    // document, where that document's program shows it; by itself nobody can say what opening it does.
    let unknown = kind == "ole-object" && scan.is_offered();
    if unknown || matches!(kind, "msg" | "hwp" | "jtd" | "vsd" | "mpp") {
        scan.note(&Error::Unsupported(kind), None);
    }
    Ok(())
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

/// \EncryptionInfo ([MS-OFFCRYPTO] 2.3.4.5, 2.3.4.6, 2.3.4.10): its version names the scheme.
fn encryption_info(scan: &mut Scan, cfb: &Cfb) -> Result<()> {
    let version = match cfb.root_stream("EncryptionInfo") {
        Some(stream) => stream.peek(0, 4)?,
        None => Vec::new(),
    };
    let scheme = match version.as_slice() {
        [4, 0, 4, 0] => "agile",
        [2..=4, 0, 2, 0] => "standard",
        [3 | 4, 0, 3, 0] => "extensible",
        [1, 0, 1, 0] => "rc4",
        // Rights management has a data space transform and no EncryptionInfo.
        _ if cfb.root_stream("EncryptionInfo").is_none() => "rights-management",
        _ => "unknown",
    };
    encrypted(scan, scheme, "EncryptionInfo");
    Ok(())
}

/// Says that the current document is encrypted.
pub(crate) fn encrypted(scan: &mut Scan, scheme: &'static str, path: &str) {
    let evidence = Evidence::quote(scheme).path(path);
    scan.report(Observation::new(&ENCRYPTED, evidence).with("scheme", scheme));
    scan.set_status(Status::Locked);
}
