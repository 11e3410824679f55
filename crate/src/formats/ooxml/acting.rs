//! Parts that act although they hold no macro: data connections, links to other programs, web add-ins, code of .NET,
//! commands on slides, and the procedures that a ribbon or a slide starts.

use std::collections::HashMap;

use super::package::{Relationship, attribute, elements};
use super::{Document, Package, binary, mashup};
use crate::error::{Error, Result};
use crate::formats::xls::strings::Reader;
use crate::formats::xml_walk::{Kept, Piece, all_attributes, decode, is_true, walk};
use crate::languages::surroundings::Surroundings;
use crate::scan::Scan;
use crate::view::{AddIn, Connection, Dde, How, Press, View};

/// What such parts have said so far.
pub(super) struct Acting<'d> {
    document: &'d Document,
    /// Kinds of the parts that relationships lead to.
    linked: HashMap<String, Kind>,
    /// Procedures that start without anybody asking for them.
    starts: Kept<String>,
    /// Connections: part, target, whether it is refreshed when the workbook is opened.
    connections: Kept<(String, String, bool)>,
    /// Whether a table asks for its connection when the workbook is opened.
    refreshes: bool,
    /// What queries ask for, and whether one is asked when the workbook is opened.
    queries: Kept<(String, String)>,
    queries_refresh: bool,
}

impl<'d> Acting<'d> {
    pub(super) fn new(document: &'d Document) -> Self {
        let mut linked = HashMap::new();
        for (relationship, kind) in LINKED {
            let targets = document.targets(|name| name.eq_ignore_ascii_case(relationship));
            linked.extend(targets.into_keys().map(|key| (key, *kind)));
        }
        Self {
            document,
            linked,
            starts: Kept::default(),
            connections: Kept::default(),
            refreshes: false,
            queries: Kept::default(),
            queries_refresh: false,
        }
    }

    /// Whether a relationship leads to a part as to one that can act.
    pub(super) fn is_linked(&self, key: &str) -> bool {
        self.linked.contains_key(key)
    }

    /// Looks at a part of text if it is of a kind that can act.
    pub(super) fn look(&mut self, scan: &mut Scan, package: &Package<'_>, part: (usize, &str, &str)) -> Result<()> {
        let (index, name, key) = part;
        let content_type = self.document.types.of_key(name, key);
        let linked = self.linked.get(key).copied();
        let Some(kind) = linked.or_else(|| Kind::of(content_type, key)) else { return Ok(()) };
        let source = match package.open(index, scan) {
            Ok(source) => source,
            Err(error) => {
                scan.note(&error, Some(name));
                return Ok(());
            }
        };
        let (bytes, error) = scan.budget.read_source(source);
        scan.budget.steps(bytes.len() as u64 / 64)?;
        if error.is_none() && bytes.trim_ascii().is_empty() {
            return Ok(());
        }
        let result = match kind {
            Kind::Connections if is_binary(&bytes) => self.binary_connections(scan, name, &bytes),
            // Links of binary workbooks are read with the workbook.
            Kind::ExternalLink if is_binary(&bytes) => Ok(()),
            // BrtBeginQSI ([MS-XLSB] 2.1.7.42): `fAutoRefresh`, as in a Qsi of [MS-XLS] 2.4.208.
            Kind::QueryTable if is_binary(&bytes) => binary::records(&bytes, &scan.budget, |kind, value| {
                self.refreshes |= kind == 447 && value.first().is_some_and(|flags| flags & 0x20 != 0);
                Ok(())
            }),
            Kind::Pivot => self.pivot(scan, &bytes),
            Kind::Connections => self.connections(name, &bytes),
            Kind::QueryTable => elements(&bytes, "queryTable", |_, element| {
                self.refreshes |= is_true(element, "refreshOnLoad");
            }),
            Kind::ExternalLink => external_link(scan, name, &bytes),
            Kind::WebExtension => web_extension(scan, name, &bytes),
            Kind::Properties => assembly(scan, name, &bytes),
            Kind::Ribbon => self.ribbon(&bytes),
            Kind::Slide => self.slide(scan, (name, key), &bytes),
            Kind::Settings => self.mail_merge(name, &bytes),
            Kind::Sheet => shape_sheet(scan, name, &bytes),
            Kind::Custom => self.queries(scan, name, &bytes),
        };
        match error.map_or(result, Err) {
            Err(Error::Limit(limit)) => Err(Error::Limit(limit)),
            Err(error) => {
                scan.note(&error, Some(name));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Shows what is known once every part has been seen.
    pub(super) fn show(self, scan: &mut Scan) -> Result<()> {
        let full = self.connections.check().and(self.starts.check()).and(self.queries.check());
        for (path, target) in self.queries.iter() {
            let automatic = self.queries_refresh || self.refreshes;
            scan.show(&View::Connection(Connection { path, target, automatic }));
        }
        for (path, target, automatic) in self.connections.iter() {
            scan.show(&View::Connection(Connection { path, target, automatic: *automatic || self.refreshes }));
        }
        if !self.starts.is_empty() {
            scan.surround(Surroundings { starts: self.starts.into_iter().collect(), ..Surroundings::default() });
        }
        full
    }

    fn connect(&mut self, part: &str, target: String, automatic: bool) {
        if !target.trim().is_empty() {
            self.connections.push((part.to_owned(), target, automatic));
        }
    }

    fn start(&mut self, callback: &str) {
        // `Book.xlsm!Module.Procedure`
        let name = callback.rsplit(['!', '.']).next().unwrap_or_default().trim();
        if !name.is_empty() {
            self.starts.push(name.to_owned());
        }
    }

    /// Connections of a workbook ([ECMA-376] part 1, 18.13): database, text file, web page.
    fn connections(&mut self, name: &str, xml: &[u8]) -> Result<()> {
        let mut automatic = false;
        elements(xml, "connections", |element_name, element| match element_name {
            "connection" => {
                automatic = is_true(element, "refreshOnLoad");
                self.connect(name, attribute(element, "sourceFile"), automatic);
                if is_true(element, "onlyUseConnectionFile") {
                    self.connect(name, attribute(element, "odcFile"), automatic);
                }
            }
            "dbPr" => {
                let command = [attribute(element, "connection"), attribute(element, "command")].join(" ");
                self.queries_refresh |= automatic && is_query(&command);
                self.connect(name, command, automatic);
            }
            "webPr" => self.connect(name, attribute(element, "url"), automatic),
            "textPr" => self.connect(name, attribute(element, "sourceFile"), automatic),
            // A feed of data ([MS-XLSX] 2.6): its address is its connection; a file of connections; a cube on this disk.
            "dataFeedPr" | "oledbPr" | "olapPr" => {
                let command = [attribute(element, "connection"), attribute(element, "localConnection")]
                    .join(" ")
                    .trim()
                    .to_owned();
                self.connect(name, command, automatic);
            }
            _ => {}
        })
    }

    /// What a pivot table shows: of another source it may be asked for at once. [ECMA-376] part 1, 18.10.1.67;
    /// BrtBeginPivotCacheDef ([MS-XLSB] 2.4.168) and what stands behind it.
    fn pivot(&mut self, scan: &Scan, bytes: &[u8]) -> Result<()> {
        const BEGIN: u32 = 179;
        const SOURCE: u32 = 185;
        let (mut loads, mut external) = (false, false);
        let result = if is_binary(bytes) {
            binary::records(bytes, &scan.budget, |kind, value| {
                loads |= kind == BEGIN && value.get(3).is_some_and(|flags| flags & 0x04 != 0);
                external |= kind == SOURCE && value.first() == Some(&1);
                Ok(())
            })
        } else {
            elements(bytes, "pivotCacheDefinition", |name, element| {
                loads |= name == "pivotCacheDefinition" && is_true(element, "refreshOnLoad");
                external |= name == "cacheSource" && attribute(element, "type") == "external";
            })
        };
        self.refreshes |= loads && external;
        result
    }

    /// Connections of a binary workbook ([MS-XLSB] 2.1.7.24): their strings, wherever in the records they stand.
    fn binary_connections(&mut self, scan: &Scan, name: &str, bytes: &[u8]) -> Result<()> {
        // BrtBeginExtConnection (2.4.80): `fRefreshOnLoad`.
        const BEGIN_CONNECTION: u32 = 201;
        let mut automatic = false;
        binary::records(bytes, &scan.budget, |kind, mut value| {
            if kind == BEGIN_CONNECTION {
                automatic = value.get(6).is_some_and(|flags| flags & 0x20 != 0);
            }
            scan.budget.steps(value.len() as u64)?;
            while !value.is_empty() {
                let mut reader = Reader::new(value);
                let text = binary::text(&mut reader).filter(|text| {
                    (6..4096).contains(&text.len()) && !text.contains(|c: char| c.is_control() || c == '\u{FFFD}')
                });
                value = match text {
                    Some(text) => {
                        if text.contains(['=', '\\', '/']) {
                            self.queries_refresh |= automatic && is_query(&text);
                            self.connect(name, text, automatic);
                        }
                        reader.rest()
                    }
                    None => value.get(1..).unwrap_or_default(),
                };
            }
            Ok(())
        })
    }

    /// Queries of Power Query, in an item of custom XML.
    fn queries(&mut self, scan: &Scan, name: &str, xml: &[u8]) -> Result<()> {
        scan.budget.steps(xml.len() as u64 / 16)?;
        if mashup::can_hold(xml) {
            let mut found = Vec::new();
            let result = mashup::sources(xml, &scan.budget, &mut found);
            for source in found {
                self.queries.push((name.to_owned(), source));
            }
            return result;
        }
        Ok(())
    }

    /// Data for a mail merge ([ECMA-376] part 1, 17.14.20): asked for as soon as the letter is opened.
    fn mail_merge(&mut self, name: &str, xml: &[u8]) -> Result<()> {
        let mut merges = false;
        elements(xml, "settings", |element_name, element| {
            merges |= element_name == "mailMerge";
            if merges && matches!(element_name, "connectString" | "query") {
                self.connect(name, attribute(element, "val"), true);
            }
        })
    }

    /// Parts of the screen ([MS-CUSTOMUI]): `onLoad`, `loadImage` and everything that asks how a button looks call
    /// procedures as soon as the document is shown.
    fn ribbon(&mut self, xml: &[u8]) -> Result<()> {
        let mut starts = Vec::new();
        let result = elements(xml, "customUI", |_, element| {
            for (name, value) in all_attributes(element) {
                let name = name.to_ascii_lowercase();
                if matches!(name.as_str(), "onload" | "loadimage") || name.starts_with("get") {
                    starts.push(value);
                }
            }
        });
        starts.iter().for_each(|start| self.start(start));
        result
    }

    /// Commands on a slide ([ECMA-376] part 1, 21.1.2.3.5; the actions are [MS-PPT] 2.10.27 in words).
    fn slide(&mut self, scan: &mut Scan, (name, key): (&str, &str), xml: &[u8]) -> Result<()> {
        let text = decode(xml);
        let lower = text.to_ascii_lowercase();
        if !lower.contains("ppaction:") && !lower.contains("verb") {
            return Ok(());
        }
        let mut found: Kept<(bool, String, String)> = Kept::default();
        let mut verb = None;
        let budget = std::rc::Rc::clone(&scan.budget);
        let result = walk(&text, &budget, |piece| {
            let Piece::Start { name, element, .. } = piece else { return };
            match name {
                "hlinkClick" | "hlinkMouseOver" | "hlinkHover" => {
                    found.push((name != "hlinkClick", attribute(element, "action"), attribute(element, "id")));
                }
                // An animation that activates an object ([ECMA-376] part 1, 19.5.17).
                "cmd" if attribute(element, "type") == "verb" => verb = Some(attribute(element, "cmd")),
                _ => {}
            }
        });
        if let Some(verb) = verb {
            scan.show(&View::Press(Press { path: name, target: &verb, how: How::Animation }));
        }
        let result = result.and(found.check());
        for (hover, action, id) in found {
            let action = action.trim();
            let lower = action.to_ascii_lowercase();
            if lower.starts_with("ppaction://program") {
                let target = self.target(key, &id).map_or(action, |relationship| relationship.target.as_str());
                let how = if hover { How::Hover } else { How::Press };
                scan.show(&View::Press(Press { path: name, target, how }));
            } else if let Some(at) = lower.strip_prefix("ppaction://macro").and_then(|rest| rest.find("name="))
                && hover
            {
                let from = at.saturating_add("ppaction://macro".len()).saturating_add("name=".len());
                let name = action.get(from..).unwrap_or_default();
                self.start(name.split('&').next().unwrap_or_default());
            }
        }
        result
    }

    /// The relationship of a part by its id.
    fn target(&self, key: &str, id: &str) -> Option<&'d Relationship> {
        let (folder, file) = key.rsplit_once('/').unwrap_or(("", key));
        let rels = format!("{folder}/_rels/{file}.rels");
        let rels = rels.trim_start_matches('/');
        let of_part = self.document.relationships.iter().filter(|(part, _)| part == rels);
        of_part.flat_map(|(_, all)| all).find(|relationship| relationship.id == id)
    }
}

/// Kinds of parts that can act.
#[derive(Clone, Copy)]
enum Kind {
    Connections,
    QueryTable,
    /// What a pivot table shows.
    Pivot,
    ExternalLink,
    WebExtension,
    /// Document properties that anybody may add.
    Properties,
    Ribbon,
    Slide,
    Settings,
    /// A page of Visio: cells whose formulas act.
    Sheet,
    /// Custom XML, which may hold queries.
    Custom,
}

/// Relationships that lead to them, whatever the part is called.
const LINKED: &[(&str, Kind)] = &[
    ("extensibility", Kind::Ribbon),
    ("connections", Kind::Connections),
    ("queryTable", Kind::QueryTable),
    ("pivotCacheDefinition", Kind::Pivot),
    ("externalLink", Kind::ExternalLink),
    ("webextension", Kind::WebExtension),
    ("custom-properties", Kind::Properties),
    ("slide", Kind::Slide),
    ("customXml", Kind::Custom),
];

impl Kind {
    /// By the content type, and where it says nothing, by the usual path.
    fn of(content_type: &str, key: &str) -> Option<Self> {
        let kind = content_type.rsplit(['.', '/']).next().unwrap_or_default();
        Some(match kind {
            "connections+xml" => Self::Connections,
            "querytable+xml" => Self::QueryTable,
            "pivotcachedefinition+xml" => Self::Pivot,
            "externallink+xml" => Self::ExternalLink,
            "webextension+xml" | "webextensiontaskpanes+xml" => Self::WebExtension,
            "custom-properties+xml" => Self::Properties,
            "settings+xml" if key.ends_with("settings.xml") => Self::Settings,
            "slide+xml" | "slidelayout+xml" | "slidemaster+xml" | "notesslide+xml" => Self::Slide,
            "page+xml" | "master+xml" if key.starts_with("visio/") => Self::Sheet,
            _ if key.ends_with("connections.xml") => Self::Connections,
            _ if key.starts_with("customxml/item") && !key.contains("props") => Self::Custom,
            _ if key.starts_with("customui/") => Self::Ribbon,
            _ if key == "docprops/custom.xml" => Self::Properties,
            _ if key.contains("webextension") => Self::WebExtension,
            _ => return None,
        })
    }
}

/// A link of a workbook to another program ([ECMA-376] part 1, 18.14.4).
fn external_link(scan: &mut Scan, name: &str, bytes: &[u8]) -> Result<()> {
    let mut links = Kept::default();
    let result = elements(bytes, "externalLink", |element_name, element| {
        if element_name == "ddeLink" {
            links.push((attribute(element, "ddeService"), attribute(element, "ddeTopic")));
        }
    });
    for (service, topic) in links.iter() {
        scan.show(&View::Dde(Dde { path: name, service, topic }));
    }
    result.and(links.check())
}

/// Whether a connection asks a query of the workbook itself.
fn is_query(command: &str) -> bool {
    command.to_ascii_lowercase().contains("microsoft.mashup")
}

/// Whether a part is records of a binary workbook and no XML.
fn is_binary(bytes: &[u8]) -> bool {
    !super::is_xml(bytes)
}

/// Formulas of Visio's cells that start something when a shape is pressed or moved ([MS-VSDX] 2.5.4).
fn shape_sheet(scan: &mut Scan, name: &str, xml: &[u8]) -> Result<()> {
    let text = decode(xml);
    let mut found = Kept::default();
    if !["RUNADDON", "OPENFILE"].iter().any(|function| text.to_ascii_uppercase().contains(function)) {
        return Ok(());
    }
    let budget = std::rc::Rc::clone(&scan.budget);
    let result = walk(&text, &budget, |piece| {
        if let Piece::Start { name: "Cell", element, .. } = piece {
            let formula = attribute(element, "F");
            if starts_program(&formula) {
                found.push(formula);
            }
        }
    });
    for formula in found.iter() {
        scan.show(&View::Press(Press { path: name, target: formula, how: How::Press }));
    }
    result.and(found.check())
}

/// Visio's own shapes run its own add-ons, by name and with the number of a command.
fn starts_program(formula: &str) -> bool {
    let formula = formula.to_ascii_uppercase().replace("\"/CMD=", "\"");
    let acts = ["RUNADDON(", "RUNADDONWARGS(", "OPENFILE("].iter().any(|function| formula.contains(function));
    acts && (formula.contains(['\\', '/', ':']) || formula.contains(".EXE"))
}

/// A web add-in ([MS-OWEXML] 2.2): a page from a store or a server that is shown beside the document.
fn web_extension(scan: &mut Scan, name: &str, xml: &[u8]) -> Result<()> {
    let mut references = Kept::default();
    let mut shows = false;
    let text = decode(xml);
    let budget = std::rc::Rc::clone(&scan.budget);
    let result = walk(&text, &budget, |piece| match piece {
        Piece::Start { name: "reference", element, .. } => {
            let reference = [attribute(element, "id"), attribute(element, "store")].join(" ");
            references.push((reference, attribute(element, "storeType").eq_ignore_ascii_case("omex")));
        }
        Piece::Start { name: "property", element, .. } => {
            let shown = attribute(element, "name").eq_ignore_ascii_case("Office.AutoShowTaskpaneWithDocument");
            shows |= shown && attribute(element, "value").to_ascii_lowercase().contains("true");
        }
        _ => {}
    });
    for (reference, of_store) in references.iter().filter(|(reference, _)| !reference.trim().is_empty()) {
        scan.show(&View::AddIn(AddIn::Web { path: name, reference, waits: *of_store && !shows }));
    }
    result.and(references.check())
}

/// `_AssemblyLocation` among the custom properties ([ECMA-376] part 1, 22.3): Office loads code for .NET from there.
fn assembly(scan: &mut Scan, name: &str, xml: &[u8]) -> Result<()> {
    let text = decode(xml);
    let mut is_location = false;
    let mut location = String::new();
    let budget = std::rc::Rc::clone(&scan.budget);
    let result = walk(&text, &budget, |piece| match piece {
        Piece::Start { name: "property", element, .. } => {
            is_location = attribute(element, "name").trim().eq_ignore_ascii_case("_AssemblyLocation");
        }
        Piece::Text(text) if is_location => location.push_str(text),
        _ => {}
    });
    if !location.trim().is_empty() {
        scan.show(&View::AddIn(AddIn::Assembly { path: name, location: location.trim() }));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_visio_run_its_own_add_ons() {
        assert!(!starts_program("RUNADDONWARGS(\"CFF14\",\"/cmd=20001\")") && !starts_program("RUNADDON(\"CFF14\")"));
        assert!(starts_program("RUNADDONWARGS(\"C:\\a\",\"/cmd=1\")") && starts_program("RUNADDON(\"calc.exe\")"));
        assert!(starts_program("RUNADDONWARGS(\"a\",\"/cmd=//host/a\")"));
    }

    #[test]
    fn kinds_by_content_type_and_by_path() {
        let is = |content_type: &str, key: &str| Kind::of(content_type, key).is_some();
        assert!(is("application/vnd.openxmlformats-officedocument.spreadsheetml.connections+xml", "xl/a.xml"));
        assert!(is("application/xml", "customui/customui14.xml") && is("", "docprops/custom.xml"));
        assert!(is("application/vnd.openxmlformats-officedocument.presentationml.slide+xml", "ppt/slides/slide1.xml"));
        assert!(!is("application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", "word/a.xml"));
        assert!(!is("application/vnd.openxmlformats-officedocument.theme+xml", "xl/theme/theme1.xml"));
    }
}
