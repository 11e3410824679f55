//! VBA projects ([MS-OVBA]): macros as their author wrote them.
//!
//! A storage `VBA` with a stream `dir` holds one stream per module: first a cache that only the same version of Office
//! reads, then the compressed source. Everything that attackers do to hide source from readers and not from Office
//! happens here: odd records in `dir`, damaged compression, modules `dir` does not list, source removed so that only
//! the cache is left (stomping). So what `dir` says is tried first, and then every other stream of the storage is
//! searched for a compressed container.

pub(crate) mod activex;
pub(crate) mod compression;
pub(crate) mod dir;
mod forms;
mod pcode;
mod project;
mod stomping;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use self::compression::{Decompressed, carve, decompress, decompress_padded, padding};
use self::dir::{Dir, Listed};
use self::pcode::{Stomped, decompile, vba3};
use self::project::{Declared, Properties, remote};
use self::stomping::{Look, Office};
use super::cfb::Cfb;
use crate::codecs::encoding::{Encoding, WINDOWS_1252};
use crate::error::{Error, LimitKind, Result};
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::languages::surroundings::Control;
use crate::languages::vba::{self, Module, ModuleKind};
use crate::scan::Scan;

pub(crate) const DAMAGED: FindingKind = FindingKind::new("vba.damaged", Level::Unchecked, None);
pub(crate) const SOURCE_MISSING: FindingKind = FindingKind::new("vba.source-missing", Level::Hold, Some("M1"));

pub(crate) const STOMPED: FindingKind = FindingKind::new("vba.stomped", Level::Hold, Some("M1"));
pub(crate) const HIDDEN_AUTO_RUN: FindingKind = FindingKind::new("vba.hidden-auto-run", Level::Stop, Some("M2"));

/// Honest add-ins lock their code too.
pub(crate) const LOCKED: FindingKind = FindingKind::new("vba.locked-project", Level::None, None);
pub(crate) const UNVIEWABLE: FindingKind = FindingKind::new("vba.unviewable", Level::Hold, Some("M1"));
pub(crate) const REMOTE_REFERENCE: FindingKind = FindingKind::new("vba.remote-reference", Level::Hold, Some("N1"));

pub(crate) const KINDS: &[&FindingKind] =
    &[&DAMAGED, &SOURCE_MISSING, &STOMPED, &HIDDEN_AUTO_RUN, &LOCKED, &UNVIEWABLE, &REMOTE_REFERENCE];

/// A performance cache of this size was made for code: those of modules with nothing but attributes stay below it.
const CACHE_OF_CODE: usize = 2048;

/// Source, and where it stood in its stream.
type Placed = (usize, Vec<u8>);

/// Source of this size may not take the memory that is left for the other modules.
const LARGE: usize = 1 << 20;

/// What stands where the source of a module should.
const NO_SOURCE: &str = "cache without source";

/// Finds every project in a compound file and shows what it does; whether there was any.
pub(crate) fn inspect(scan: &mut Scan, cfb: &Cfb) -> Result<bool> {
    let mut storages = BTreeSet::new();
    let mut streams: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for (id, entry) in cfb.streams() {
        streams.entry(entry.parent).or_default().push(id);
        if entry.name.eq_ignore_ascii_case("dir") || entry.name.eq_ignore_ascii_case("_VBA_PROJECT") {
            storages.insert(entry.parent);
        }
    }
    let mut found = false;
    for storage in storages {
        let streams = streams.get(&storage).map(Vec::as_slice).unwrap_or_default();
        let budget = Rc::clone(&scan.budget);
        let _held = budget.scope();
        if let Some(project) = Project::read(scan, cfb, storage, streams)? {
            found = true;
            project.show(scan)?;
        }
    }
    Ok(found)
}

/// A project as far as it could be read.
struct Project {
    path: String,
    modules: Vec<Module>,
    /// Modules without source: name and what stands there instead.
    missing: Vec<(String, &'static str)>,
    /// Modules whose source is not what their p-code says: name, stream, difference.
    stomped: Vec<(String, String, Stomped)>,
    /// A procedure that starts by itself, of which nothing but the name is left.
    hidden: Option<&'static str>,
    /// What could not be read.
    damaged: Vec<(String, &'static str)>,
    irregular: Vec<(String, &'static str)>,
    /// Whether `dir` was readable.
    has_dir: bool,
    encoding: Encoding,
    controls: Vec<Control>,
}

impl Project {
    /// Reads the project in `storage`; `None` where there is only something that shares the name of a stream.
    fn read(scan: &mut Scan, cfb: &Cfb, storage: Option<usize>, streams: &[usize]) -> Result<Option<Self>> {
        let path = storage.map(|id| cfb.path(id)).unwrap_or_default();
        let mut project = Self {
            path,
            modules: Vec::new(),
            missing: Vec::new(),
            stomped: Vec::new(),
            hidden: None,
            damaged: Vec::new(),
            irregular: Vec::new(),
            has_dir: false,
            encoding: WINDOWS_1252,
            controls: Vec::new(),
        };
        let dir = project.dir(scan, cfb, storage, streams)?;
        if !project.modules.is_empty() {
            return Ok(Some(project));
        }
        let encoding = dir.as_ref().map_or(WINDOWS_1252, |dir| dir.encoding);
        project.encoding = encoding;
        let properties = project.properties(scan, cfb, storage, encoding)?;
        let office = match cfb.child(storage, "_VBA_PROJECT") {
            Some(id) => Office::read(read(scan, cfb, id, 0)?, dir.as_ref().is_some_and(|dir| dir.wide), encoding),
            None => None,
        };
        let mut read = BTreeSet::new();
        let listed = dir.as_ref().map(|dir| dir.modules.as_slice()).unwrap_or_default();
        for (listed, stream) in sources(listed, |name| cfb.child(storage, name)) {
            let kind = kind(listed, &properties.modules);
            match stream {
                Some(id) => {
                    read.insert(id);
                    project.module(scan, cfb, id, Some(listed), kind, office.as_ref())?;
                }
                None => project.missing.push((listed.name.clone(), "no stream")),
            }
        }
        // Modules the directory does not list, or all of them where it could not be read.
        for id in streams.iter().copied() {
            let name = cfb.entry(id).map(|entry| entry.name.to_lowercase()).unwrap_or_default();
            if !read.contains(&id) && name != "dir" && name != "_vba_project" && !name.starts_with("__srp_") {
                let kind = properties.modules.get(&name).copied();
                project.module(scan, cfb, id, None, module_kind(kind, false), office.as_ref())?;
            }
        }
        let any = !project.modules.is_empty() || !project.missing.is_empty() || project.has_dir;
        let named = storage.and_then(|id| cfb.entry(id)).is_some_and(|entry| entry.name.eq_ignore_ascii_case("VBA"));
        if !any && !named {
            return Ok(None);
        }
        // Of a module whose stream is gone nothing can run; of one whose p-code cannot be told, anything.
        let unread = project.missing.iter().any(|(_, what)| *what == NO_SOURCE)
            || project.stomped.iter().any(|(.., stomped)| !stomped.names_known);
        if let Some(office) = office.as_ref().filter(|_| unread) {
            project.hidden = office.hidden_trigger(&project.modules, &scan.budget)?;
        }
        project.note_protection(scan, properties, dir.as_ref());
        forms::controls(scan, cfb, &mut project, storage)?;
        project.controls.extend(activex::of_document(scan, cfb)?);
        if !project.has_dir && project.modules.is_empty() {
            project.damaged.push((project.path.clone(), "dir Stream"));
        }
        Ok(Some(project))
    }

    fn dir(&mut self, scan: &mut Scan, cfb: &Cfb, storage: Option<usize>, streams: &[usize]) -> Result<Option<Dir>> {
        let Some(id) = cfb.child(storage, "dir") else { return Ok(None) };
        let bytes = read(scan, cfb, id, 0)?;
        if bytes.starts_with(&[0xCC, 0x61]) {
            let others: Vec<usize> = streams.iter().copied().filter(|stream| *stream != id).collect();
            if !self.vba3(scan, cfb, &bytes, &others)? {
                scan.note(&Error::Unsupported("vba3-macros"), Some(&cfb.path(id)));
            }
            return Ok(None);
        }
        let Some(decompressed) = decompress(&bytes, &scan.budget)? else { return Ok(None) };
        let dir = Dir::parse(&decompressed.bytes);
        if dir.irregular || decompressed.irregular {
            self.irregular.push((cfb.path(id), "dir Stream"));
        }
        self.has_dir = true;
        Ok(Some(dir))
    }

    /// Modules of Excel 5 and 95, which kept p-code alone; whether all of it could be read.
    fn vba3(&mut self, scan: &mut Scan, cfb: &Cfb, dir: &[u8], streams: &[usize]) -> Result<bool> {
        scan.budget.steps(dir.len() as u64)?;
        let encoding = vba3::encoding(dir);
        let text = |bytes: &[u8]| encoding.decode(bytes).into_owned();
        let Some(names) = vba3::names(dir, text) else { return Ok(false) };
        let mut complete = true;
        for id in streams.iter().copied() {
            let budget = Rc::clone(&scan.budget);
            let bytes = read(scan, cfb, id, 0)?;
            budget.steps(bytes.len() as u64)?;
            let Some(cache) = vba3::open(&bytes) else {
                complete = false;
                continue;
            };
            complete &= cache.failures() == 0 && !vba3::has_parameters(&cache);
            let source = decompile(&cache, &names, text, &budget)?;
            budget.hold(source.len() as u64)?;
            let name = cfb.entry(id).map(|entry| entry.name.clone()).unwrap_or_default();
            let path = format!("{} (p-code)", cfb.path(id));
            self.modules.push(Module { name, path, kind: ModuleKind::Standard, source });
        }
        Ok(complete && !streams.is_empty())
    }

    /// What PROJECT, beside the storage, says about the modules.
    fn properties(&self, scan: &mut Scan, cfb: &Cfb, storage: Option<usize>, encoding: Encoding) -> Result<Properties> {
        let parent = storage.and_then(|id| cfb.entry(id)).and_then(|entry| entry.parent);
        let Some(id) = cfb.child(parent, "PROJECT").or_else(|| cfb.child(storage, "PROJECT")) else {
            return Ok(Properties::default());
        };
        let bytes = read(scan, cfb, id, 0)?;
        Ok(Properties::parse(&encoding.decode(&bytes)))
    }

    /// Reads one module from where `dir` says its source starts, or from where one is found.
    fn module(
        &mut self,
        scan: &mut Scan,
        cfb: &Cfb,
        id: usize,
        listed: Option<&Listed>,
        kind: ModuleKind,
        office: Option<&Office>,
    ) -> Result<()> {
        let path = cfb.path(id);
        let budget = Rc::clone(&scan.budget);
        let held = budget.scope();
        let (source, bytes) = self.source(scan, cfb, id, listed.map(|listed| listed.offset))?;
        let name = listed.map_or_else(|| cfb.entry(id).map(|e| e.name.clone()).unwrap_or_default(), |l| l.name.clone());
        let has_source = source.is_some();
        let (start, text) = match source {
            Some((start, source)) => (start, decode(self.encoding, source)),
            None => (bytes.len(), String::new()),
        };
        drop(held);
        let large = text.len() > LARGE;
        let room =
            budget.room().saturating_sub(if large { budget.limits().memory / 3 } else { budget.limits().memory / 4 });
        if text.len() as u64 > room || budget.hold(text.len() as u64).is_err() {
            scan.note(&Error::Limit(LimitKind::ArtifactBytes), Some(&path));
            return Ok(());
        }
        let cache = bytes.get(..start).unwrap_or(&bytes);
        let look = match office {
            Some(office) if listed.is_some() || has_source => office.look(cache, &text, &scan.budget)?,
            _ => Look::Unread,
        };
        match look {
            Look::Differs(stomped, source) => {
                let path = format!("{path} (p-code)");
                self.stomped.push((name.clone(), path.clone(), stomped));
                self.modules.push(Module { name: name.clone(), path, kind, source });
            }
            Look::Unread if cache.len() >= CACHE_OF_CODE && listed.is_some() && !has_code(&text) => {
                self.missing.push((name.clone(), NO_SOURCE));
            }
            Look::Unread if cache.len() >= CACHE_OF_CODE && office.is_some() => {
                self.irregular.push((path.clone(), "PerformanceCache"));
            }
            _ if !has_source && listed.is_some() => self.damaged.push((path.clone(), "ModuleStream")),
            _ => {}
        }
        if has_source {
            self.modules.push(Module { name, path, kind, source: text });
        }
        Ok(())
    }

    /// The source of a module and where it stood: at the offset `dir` gives, and if that leads to something else, at the
    /// last place in the stream that looks like source. Also what stands before it in the stream.
    fn source(
        &mut self,
        scan: &mut Scan,
        cfb: &Cfb,
        id: usize,
        offset: Option<u32>,
    ) -> Result<(Option<Placed>, Vec<u8>)> {
        let budget = Rc::clone(&scan.budget);
        let mut source = None;
        if let Some(offset) = offset {
            // A cache padded beyond what is kept in memory does not hide what stands behind it.
            let held = budget.scope();
            let container = read(scan, cfb, id, u64::from(offset))?;
            // Decoded pages make room for it, and for what comes out of it.
            let _ = budget.hold(budget.room().min((container.len() as u64).saturating_mul(2)));
            let decompressed = decompress(&container, &budget)?;
            source = decompressed.map(|decompressed| (usize::try_from(offset).unwrap_or(usize::MAX), decompressed));
            drop(held);
        }
        // Source starts with its attributes (2.3.4.3); an offset that leads elsewhere may still be all there is.
        let is_likely =
            |out: &Decompressed| out.bytes.get(..8).is_some_and(|head| head.eq_ignore_ascii_case(b"Attribut"));
        let found = source.as_ref().is_some_and(|(_, out)| is_likely(out));
        let before = source.as_ref().filter(|_| found).map(|(start, _)| *start as u64);
        let bytes = read_part(scan, cfb, id, 0, before.unwrap_or(u64::MAX))?;
        if !found {
            budget.steps(bytes.len() as u64 >> 3)?;
            let padding = padding(&bytes, &budget)?;
            for start in carve(&bytes) {
                let found = decompress_padded(bytes.get(start..).unwrap_or_default(), padding, &budget)?;
                if let Some(found) = found.filter(is_likely) {
                    source = Some((start, found));
                    break;
                }
            }
        }
        let source = source.map(|(start, out)| {
            if out.irregular {
                self.irregular.push((cfb.path(id), "CompressedContainer"));
            }
            if out.cut {
                scan.note(&Error::Limit(LimitKind::ArtifactBytes), Some(&cfb.path(id)));
            }
            (start, out.bytes)
        });
        Ok((source, bytes))
    }

    /// Reports how the project is locked, what of that is damaged, and what it refers to on other machines.
    fn note_protection(&self, scan: &mut Scan, properties: Properties, dir: Option<&Dir>) {
        let parent = self.path.rsplit_once('/').map(|(parent, _)| format!("{parent}/PROJECT"));
        let path = parent.unwrap_or_else(|| "PROJECT".to_owned());
        for what in properties.locks {
            scan.report(Observation::new(&LOCKED, Evidence::quote(what).path(path.as_str())).with("what", what));
        }
        for (what, line) in properties.damage {
            scan.report(Observation::new(&UNVIEWABLE, Evidence::quote(&line).path(path.as_str())).with("what", what));
        }
        // A module that PROJECT leaves out runs, and the editor does not show it. Names of other scripts are spelled in
        // a code page of their own, so they only count where there are fewer names than modules.
        let listed = dir.map(|dir| dir.modules.as_slice()).unwrap_or_default();
        let fewer = properties.modules.len() < listed.len();
        for module in listed.iter().filter(|_| !properties.modules.is_empty()) {
            let is_listed = properties.modules.contains_key(&module.name.to_lowercase());
            if !is_listed && (fewer || module.name.is_ascii()) {
                let evidence = Evidence::quote(&module.name).path(path.as_str());
                scan.report(Observation::new(&UNVIEWABLE, evidence).with("what", "module hidden in the editor"));
            }
        }
        for target in dir.iter().flat_map(|dir| &dir.references).filter_map(|reference| remote(reference)) {
            let evidence = Evidence::quote(target).path(format!("{}/dir", self.path));
            scan.report(Observation::new(&REMOTE_REFERENCE, evidence).with("target", target));
        }
    }

    fn show(self, scan: &mut Scan) -> Result<()> {
        for (path, what) in &self.irregular {
            let evidence = Evidence::quote(what).path(path);
            scan.report(Observation::new(&crate::scan::IRREGULAR, evidence).with("what", what));
        }
        for (path, what) in &self.damaged {
            let evidence = Evidence::quote(what).path(path);
            scan.report(Observation::new(&DAMAGED, evidence).with("what", what));
            scan.set_status(crate::artifact::Status::Partial);
        }
        for (module, what) in &self.missing {
            let evidence = Evidence::quote(what).path(format!("{}/{module}", self.path));
            scan.report(Observation::new(&SOURCE_MISSING, evidence).with("module", module));
        }
        for (module, path, stomped) in &self.stomped {
            let what = stomped.difference.id();
            let report = |scan: &mut Scan, excerpt: &str| {
                let evidence = Evidence::quote(excerpt).path(path);
                scan.report(Observation::new(&STOMPED, evidence).with("module", module).with("what", what));
            };
            stomped.texts.iter().for_each(|text| report(scan, &format!("\"{text}\"")));
            if !stomped.names.is_empty() || stomped.texts.is_empty() {
                report(scan, &stomped.names.join(", "));
            }
        }
        if let Some(trigger) = self.hidden {
            let evidence = Evidence::quote(trigger).path(format!("{}/_VBA_PROJECT", self.path));
            scan.report(Observation::new(&HIDDEN_AUTO_RUN, evidence).with("trigger", trigger));
        }
        let project = vba::Project { modules: self.modules, controls: self.controls, ..vba::Project::default() };
        let (behaviour, result) = vba::analyse(&project, &scan.surroundings(), &scan.budget);
        scan.show_macros(behaviour, |to, artifact, marks| project.list(to, artifact, marks)).and(result)
    }
}

/// Source in UTF-8; what is ASCII is not copied.
fn decode(encoding: Encoding, source: Vec<u8>) -> String {
    match encoding.decode(&source) {
        Cow::Owned(text) => text,
        Cow::Borrowed(_) => String::from_utf8(source).unwrap_or_default(),
    }
}

/// Whether a module has anything besides its attributes.
fn has_code(source: &str) -> bool {
    source
        .split(['\r', '\n', '\0'])
        .map(str::trim)
        .any(|line| !line.is_empty() && !line.get(..9).is_some_and(|word| word.eq_ignore_ascii_case("attribute")))
}

/// Where the source of each listed module stands, each place once. Several modules may share a stream, each at its own
/// MODULEOFFSET (2.3.4.2.3.2.5).
fn sources(modules: &[Listed], child: impl Fn(&str) -> Option<usize>) -> Vec<(&Listed, Option<usize>)> {
    let mut seen = BTreeSet::new();
    let stream =
        |listed: &Listed| [&listed.stream, &listed.stream_mbcs, &listed.name].into_iter().find_map(|name| child(name));
    modules
        .iter()
        .map(|listed| (listed, stream(listed)))
        .filter(|(listed, stream)| stream.is_none_or(|id| seen.insert((id, listed.offset))))
        .collect()
}

/// A stream from `at` on, as far as one structure may be kept in memory; more is a finding, and what there is counts.
fn read(scan: &mut Scan, cfb: &Cfb, id: usize, at: u64) -> Result<Vec<u8>> {
    read_part(scan, cfb, id, at, u64::MAX)
}

/// As [`read`], up to `count` bytes.
fn read_part(scan: &mut Scan, cfb: &Cfb, id: usize, at: u64, count: u64) -> Result<Vec<u8>> {
    let stream = cfb.stream(id);
    let (bytes, error) = scan.budget.read_source(stream.slice(at, stream.len().min(count)));
    // Many entries of a directory can share one chain of sectors.
    scan.budget.steps(bytes.len() as u64 >> 4)?;
    match error {
        Some(error @ Error::Limit(LimitKind::ArtifactBytes)) => scan.note(&error, Some(&cfb.path(id))),
        Some(error @ Error::Limit(_)) => return Err(error),
        _ => {}
    }
    Ok(bytes)
}

/// The kind of a module by `dir` and PROJECT. They disagree only in files made by hand, and then the kind that has
/// events wins: a handler that Office might call is never overlooked.
fn kind(listed: &Listed, declared: &BTreeMap<String, Declared>) -> ModuleKind {
    module_kind(declared.get(&listed.name.to_lowercase()).copied(), listed.procedural)
}

const fn module_kind(declared: Option<Declared>, procedural: bool) -> ModuleKind {
    match (declared, procedural) {
        (Some(Declared::Document), _) | (None | Some(Declared::Standard), false) => ModuleKind::Document,
        (Some(Declared::Class), _) => ModuleKind::Class,
        (Some(Declared::Designer), _) => ModuleKind::Form,
        (Some(Declared::Standard) | None, true) => ModuleKind::Standard,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_may_share_a_stream() {
        let listed = |name: &str, offset| Listed { name: name.into(), stream: "S".into(), offset, ..Listed::default() };
        let modules = [listed("A", 0), listed("B", 700), listed("C", 700), listed("D", 9)];
        let found = sources(&modules, |name| (name == "S").then_some(4));
        let names: Vec<_> = found.iter().map(|(listed, stream)| (listed.name.as_str(), *stream)).collect();
        assert_eq!(names, [("A", Some(4)), ("B", Some(4)), ("D", Some(4))]);
        assert_eq!(sources(&modules, |_| None).len(), 4);
    }
}
