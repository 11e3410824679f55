//! Office Open XML: Word, Excel, PowerPoint and Visio since 2007 ([ECMA-376]; [MS-OFFMACRO2] for the macro types).
//!
//! Read by its own tables: the main part decides what the document is, content types and relationships decide where
//! macros and embedded objects stand. Parts that are neither text nor declared as something known are taken out and
//! looked into, whatever they are called.

use std::collections::{HashMap, HashSet};

use crate::artifact::{Class, Origin};
use crate::error::{Error, LimitKind, Result};
use crate::formats::ole;
use crate::formats::xls::{MacroSheet, Visibility};
use crate::formats::{Format, Reading};
use crate::scan::{Child, Content, Scan};
use crate::view::{self, Carrier, View};

mod acting;
mod binary;
mod controls;
mod macro_book;
mod mashup;
mod package;
mod parts;
mod sheets;
mod texts;
mod words;

use acting::Acting;
use package::{ContentTypes, Relationship};
pub(in crate::formats) use parts::Package;

const ADD_IN: &crate::finding::FindingKind = &crate::detections::types::ADD_IN;

const fn document(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Document, extensions).reading(Reading::ByKind)
}

pub(super) const FORMATS: &[Format] = &[
    document("docx", &["docx"]),
    document("docm", &["docm"]),
    document("dotx", &["dotx"]),
    document("dotm", &["dotm"]),
    document("xlsx", &["xlsx"]),
    document("xlsm", &["xlsm"]),
    document("xltx", &["xltx"]),
    document("xltm", &["xltm"]),
    document("xlsb", &["xlsb"]),
    document("xlam", &["xlam"]).risk(ADD_IN),
    document("pptx", &["pptx"]),
    document("pptm", &["pptm"]),
    document("ppsx", &["ppsx"]),
    document("ppsm", &["ppsm"]),
    document("potx", &["potx"]),
    document("potm", &["potm"]),
    document("ppam", &["ppam"]).risk(ADD_IN),
    document("vsdx", &["vsdx", "vssx", "vstx"]),
    document("vsdm", &["vsdm", "vssm", "vstm"]),
    document("xps", &["xps", "oxps"]),
    document("ooxml", &["sldx", "sldm", "thmx"]),
];

/// Content type of the main part, lower case, and what it makes the document.
const MAIN_PARTS: &[(&str, &str)] = &[
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", "docx"),
    ("application/vnd.ms-word.document.macroenabled.main+xml", "docm"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml", "dotx"),
    ("application/vnd.ms-word.template.macroenabledtemplate.main+xml", "dotm"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "xlsx"),
    ("application/vnd.ms-excel.sheet.macroenabled.main+xml", "xlsm"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml", "xltx"),
    ("application/vnd.ms-excel.template.macroenabled.main+xml", "xltm"),
    ("application/vnd.ms-excel.sheet.binary.macroenabled.main", "xlsb"),
    ("application/vnd.ms-excel.addin.macroenabled.main+xml", "xlam"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml", "pptx"),
    ("application/vnd.ms-powerpoint.presentation.macroenabled.main+xml", "pptm"),
    ("application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml", "ppsx"),
    ("application/vnd.ms-powerpoint.slideshow.macroenabled.main+xml", "ppsm"),
    ("application/vnd.openxmlformats-officedocument.presentationml.template.main+xml", "potx"),
    ("application/vnd.ms-powerpoint.template.macroenabled.main+xml", "potm"),
    ("application/vnd.ms-powerpoint.addin.macroenabled.main+xml", "ppam"),
    ("application/vnd.ms-visio.drawing.main+xml", "vsdx"),
    ("application/vnd.ms-visio.stencil.main+xml", "vsdx"),
    ("application/vnd.ms-visio.template.main+xml", "vsdx"),
    ("application/vnd.ms-visio.drawing.macroenabled.main+xml", "vsdm"),
    ("application/vnd.ms-visio.stencil.macroenabled.main+xml", "vsdm"),
    ("application/vnd.ms-visio.template.macroenabled.main+xml", "vsdm"),
    ("application/vnd.ms-package.xps-fixeddocumentsequence+xml", "xps"),
];

/// Where main parts usually stand; asked only when the tables are too damaged to say.
const USUAL_PARTS: &[(&str, &str)] = &[
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "xlsx"),
    ("xl/workbook.bin", "xlsb"),
    ("ppt/presentation.xml", "pptx"),
];

/// Relationships kept in memory. A workbook with a thousand sheets and pictures on each has under 10,000.
const MOST_RELATIONSHIPS: usize = 1 << 17;

/// Kinds of relationships that lead to something a person can open or Office merges in.
const OBJECTS: &[&str] =
    &["oleObject", "package", "aFChunk", "control", "activeXControlBinary", "subDocument", "frame"];

const CONTROL: &str = "application/vnd.ms-office.activeX+xml";
const CONTROL_DATA: &str = "application/vnd.ms-office.activex";
const VBA_PROJECT: &str = "application/vnd.ms-office.vbaproject";

/// What is to be done with a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Text and tables whose meaning is known, holding no code.
    Known,
    /// The macro project.
    Macros,
    MacroSheet,
    /// An embedded object or file.
    Object,
    /// Pictures, or parts nobody declares: taken out and recognised by content.
    Other,
}

fn role(content_type: &str, part: &str) -> Role {
    match content_type {
        VBA_PROJECT => Role::Macros,
        t if t.starts_with("application/vnd.ms-excel.") && t.contains("macrosheet") => Role::MacroSheet,
        "application/vnd.openxmlformats-officedocument.oleobject" | "application/vnd.ms-office.activex" => Role::Object,
        t if t.ends_with("+xml") || t.ends_with("/xml") => Role::Known,
        t if t.starts_with("application/vnd.ms-excel.") && !t.ends_with(".12") => Role::Known,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.printersettings"
        | "application/vnd.openxmlformats-officedocument.wordprocessingml.printersettings"
        | "application/vnd.openxmlformats-officedocument.presentationml.printersettings"
        | "application/vnd.openxmlformats-officedocument.obfuscatedfont"
        | "application/x-fontdata"
        | "application/vnd.ms-word.attachedtoolbars"
        | "application/vnd.ms-office.legacydiagramtext"
        | "application/vnd.ms-office.legacydoctextinfo"
        | "application/vnd.ms-office.vbaprojectsignature"
        | "application/vnd.ms-office.vbaprojectsignatureagile"
        | "application/vnd.ms-office.vbaprojectsignaturev3"
        | "application/vnd.openxmlformats-officedocument.vmldrawing" => Role::Known,
        _ if part.contains("embeddings/") => Role::Object,
        _ => Role::Other,
    }
}

/// Reads a package; the caller has seen its `[Content_Types].xml`.
pub(super) fn inspect(scan: &mut Scan, package: &Package<'_>) -> Result<()> {
    let document = Document::open(scan, package);
    if let Package::Zip(archive) = package {
        scan.set_format(document.format.unwrap_or("ooxml"));
        if document.format.is_none() {
            if let Some(other) = archive.special() {
                scan.set_format(other);
                return Ok(());
            }
            // A package of some other program: what is in it is looked at as in any archive.
            return super::zip::list(scan, archive);
        }
    }
    for (part, relationship) in document.external() {
        let (kind, target) = (relationship.kind.as_str(), relationship.target.as_str());
        scan.show(&View::Relationship(view::Relationship { part, kind, target }));
    }
    let read = texts::inspect(scan, package, &document);
    document.look_at_parts(scan, package).and(read)
}

struct Document {
    format: Option<&'static str>,
    types: ContentTypes,
    /// Name of each relationship part, with its relationships.
    relationships: Vec<(String, Vec<Relationship>)>,
}

impl Document {
    fn open(scan: &mut Scan, package: &Package<'_>) -> Self {
        let types = package.types(scan);
        let mut relationships = Vec::new();
        let mut count = 0_usize;
        for (index, name, key) in package.parts().filter(|(_, _, key)| key.ends_with(".rels")) {
            if let Some(all) = read_part(scan, package, (index, name), package::relationships) {
                count = count.saturating_add(all.len());
                relationships.push((key.to_owned(), all));
            }
            if count > MOST_RELATIONSHIPS {
                scan.note(&Error::Limit(LimitKind::ArtifactBytes), Some(name));
                break;
            }
        }
        let mut document = Self { format: None, types, relationships };
        document.format = document.main_part(package);
        document
    }

    /// The root relationship decides; where it is missing or leads nowhere, any part with a main content type does.
    fn main_part(&self, package: &Package<'_>) -> Option<&'static str> {
        let by_type = |part: &str| {
            let content_type = self.types.of(part);
            MAIN_PARTS.iter().find(|(main, _)| *main == content_type).map(|(_, format)| *format)
        };
        let root = self.relationships.iter().filter(|(part, _)| part == "_rels/.rels").flat_map(|(_, all)| all);
        root.filter(|relationship| relationship.kind.eq_ignore_ascii_case("officeDocument"))
            .find_map(|relationship| by_type(&package::resolve("", &relationship.target)))
            .or_else(|| package.parts().find_map(|(_, name, _)| by_type(name)))
            .or_else(|| USUAL_PARTS.iter().find(|(part, _)| package.has(part)).map(|(_, format)| *format))
    }

    fn external(&self) -> impl Iterator<Item = (&str, &Relationship)> {
        self.relationships
            .iter()
            .flat_map(|(part, all)| all.iter().map(move |relationship| (part.as_str(), relationship)))
            .filter(|(_, relationship)| relationship.external)
    }

    /// Parts that internal relationships of one kind lead to, with the relationship's id.
    fn targets(&self, is_kind: impl Fn(&str) -> bool) -> HashMap<String, &str> {
        let mut targets = HashMap::new();
        for (rels, all) in &self.relationships {
            let mut folder = None;
            for relationship in all.iter().filter(|relationship| !relationship.external && is_kind(&relationship.kind))
            {
                let folder = *folder.get_or_insert_with(|| package::folder_of_relationships(rels));
                targets.insert(package::resolve(folder, &relationship.target), relationship.id.as_str());
            }
        }
        targets
    }

    fn look_at_parts(&self, scan: &mut Scan, package: &Package<'_>) -> Result<()> {
        let projects = self.targets(|kind| kind.eq_ignore_ascii_case("vbaProject"));
        let macro_sheets = self.targets(|kind| kind.to_lowercase().contains("macrosheet"));
        let objects = self.targets(|kind| OBJECTS.iter().any(|object| kind.eq_ignore_ascii_case(object)));
        // One part that cannot be read keeps no other from being looked at, least of all the macros.
        let mut result = Ok(());
        let binary = binary::inspect(self, scan, package).unwrap_or_else(|error| {
            result = Err(error);
            HashSet::default()
        });
        let mut acting = Acting::new(self);
        let mut macro_parts = Vec::new();
        for (index, name, key) in package.parts() {
            if key.ends_with('/') || key.ends_with(".rels") || key == "[content_types].xml" {
                continue;
            }
            if key.starts_with("[trash]/") && is_filler(scan, package, index) {
                continue;
            }
            let content_type = self.types.of_key(name, key);
            if content_type.eq_ignore_ascii_case(CONTROL) || (key.contains("activex/") && key.ends_with(".xml")) {
                show_control(scan, package, index, name);
            }
            let role = match role(content_type, key) {
                _ if projects.contains_key(key) => Role::Macros,
                _ if macro_sheets.contains_key(key) => Role::MacroSheet,
                _ if objects.contains_key(key) => Role::Object,
                // Whatever it is called, Office reads it as what the relationship says.
                Role::Other if acting.is_linked(key) && package.head(index).is_ok_and(|head| is_xml(&head)) => {
                    Role::Known
                }
                Role::Known if !holds_what_it_says(scan, package, index, name, key) => Role::Other,
                role => role,
            };
            match role {
                Role::Known => result = result.and(acting.look(scan, package, (index, name, key))),
                Role::MacroSheet if binary.contains(key) => {}
                Role::MacroSheet if !package.has("xl/workbook.bin") => macro_parts.push(key.to_owned()),
                // A part of records that no sheet of the workbook leads to.
                Role::MacroSheet => {
                    let (path, hidden) = (name.to_owned(), Visibility::Visible);
                    let sheet = MacroSheet { path: path.clone(), name: path, hidden, auto: None };
                    scan.show(&View::MacroSheet(&sheet));
                    scan.note(&Error::Unsupported("xlm-formulas"), Some(name));
                }
                Role::Object if content_type == CONTROL_DATA && show_control_data(scan, package, index, name) => {}
                Role::Macros | Role::Object | Role::Other => {
                    result = result.and(take_out(scan, package, index, name, role));
                }
            }
        }
        if !macro_parts.is_empty() {
            result = result.and(macro_book::inspect(self, scan, package, &macro_parts));
        }
        result.and(acting.show(scan))
    }
}

/// Whether nothing stands in a part that Office left where another one was: four bytes of its own, then zeros.
fn is_filler(scan: &mut Scan, package: &Package<'_>, index: usize) -> bool {
    // Damage is told where the part itself is looked at.
    let Ok(part) = package.open(index, scan) else { return false };
    let whole = usize::try_from(part.len()).ok().filter(|len| *len <= FILLER);
    let bytes = whole.and_then(|len| part.peek(0, len).ok());
    bytes.is_some_and(|bytes| {
        let zeros = bytes.strip_prefix(&[0xFF; 4]).unwrap_or(&bytes);
        zeros.iter().all(|byte| *byte == 0)
    })
}

/// Bytes of a part that may be filler.
const FILLER: usize = 1 << 16;

/// Whether a part declared as text and tables can be one. The declaration is the attacker's: a program may stand
/// there, to be taken out by whoever opens the document as the archive it also is.
fn holds_what_it_says(scan: &mut Scan, package: &Package<'_>, index: usize, name: &str, key: &str) -> bool {
    let extension = key.rsplit_once('.').map_or("", |(_, extension)| extension);
    let usual = matches!(extension, "xml" | "vml");
    if !usual && crate::formats::by_extension(extension).is_some_and(Format::acts) {
        return false;
    }
    match package.head(index) {
        // Tables of a binary workbook and printer settings have no signature.
        Ok(head) if usual || head.starts_with(b"MZ") || head.starts_with(b"\xD0\xCF\x11\xE0") => is_xml(&head),
        Ok(_) => true,
        Err(error) => {
            scan.note(&error, Some(name));
            true
        }
    }
}

fn is_xml(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).trim_ascii_start();
    text.is_empty()
        || text.starts_with(b"<")
        || [&b"\xFF\xFE"[..], b"\xFE\xFF", b"\0<"].iter().any(|mark| head.starts_with(mark))
}

/// Shows the class of a control: `ax:ocx` names it in its first element ([MS-OE376] 2.3, Embedded Control Persistence).
fn show_control(scan: &mut Scan, package: &Package<'_>, index: usize, name: &str) {
    // Damage is told where the part itself is looked at.
    let Ok(head) = package.open(index, scan).and_then(|part| Ok(part.peek(0, crate::formats::HEAD)?)) else { return };
    let head = String::from_utf8_lossy(&head);
    let class =
        head.split_once("classid=").and_then(|(_, class)| ole::Class::parse(class.trim_start_matches(['"', '\''])));
    if class.is_some() {
        let object = view::Object { class, control: true, ..view::Object::at(name, Carrier::Document) };
        scan.show(&View::Object(object));
    }
}

/// Shows the class of a control whose settings are a stream of its own making, behind its class ([MS-OE376] 2.3); whether
/// it is one, and not a compound file or a file of another kind.
fn show_control_data(scan: &mut Scan, package: &Package<'_>, index: usize, name: &str) -> bool {
    let Ok(head) = package.head(index) else { return false };
    let Some(class) = head.first_chunk().map(|bytes| ole::Class(*bytes)) else { return false };
    if ole::MAGIC.iter().any(|magic| head.starts_with(magic)) {
        return false;
    }
    let object = view::Object { class: Some(class), control: true, ..view::Object::at(name, Carrier::Document) };
    scan.show(&View::Object(object));
    true
}

/// Takes a part out, to be recognised by its content.
fn take_out(scan: &mut Scan, package: &Package<'_>, index: usize, name: &str, role: Role) -> Result<()> {
    let content = package.content(index, scan);
    if role == Role::Other && matches!(&content, Content::Bytes { source, .. } if source.len() == 0) {
        return Ok(());
    }
    let path = name.to_owned();
    let origin = if role == Role::Object { Origin::Object { path } } else { Origin::Part { path } };
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    scan.push(Child { name: file, origin, size: None, content })
}

/// Reads a part of text by its name.
fn read<T>(
    scan: &mut Scan,
    package: &Package<'_>,
    name: &str,
    parse: impl FnOnce(&[u8]) -> (T, Result<()>),
) -> Option<T> {
    read_part(scan, package, (package.find(name)?, name), parse)
}

/// Reads a part of text; damage is a finding, and what stood before it counts.
fn read_part<T>(
    scan: &mut Scan,
    package: &Package<'_>,
    part: (usize, &str),
    parse: impl FnOnce(&[u8]) -> (T, Result<()>),
) -> Option<T> {
    let (value, result) = parse_part(scan, package, part.0, parse);
    if let Err(error) = result {
        scan.note(&error, Some(part.1));
    }
    value
}

/// Parses what could be read of a part.
fn parse_part<T>(
    scan: &mut Scan,
    package: &Package<'_>,
    index: usize,
    parse: impl FnOnce(&[u8]) -> (T, Result<()>),
) -> (Option<T>, Result<()>) {
    let source = package.open(index, scan);
    match source.map(|source| scan.budget.read_source(source)) {
        Ok((bytes, error)) => {
            let (value, result) = parse(&bytes);
            (Some(value), error.map_or(result, Err))
        }
        Err(error) => (None, Err(error)),
    }
}
