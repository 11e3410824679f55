//! The worklist and its three doors.
//!
//! A format's reader gets a [`Scan`] and may [`push`](Scan::push) what it took out, [`show`](Scan::show) what it saw
//! and [`report`](Scan::report) what only it can see. A queue, not recursion: nesting cannot become stack.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::rc::Rc;

use sha2::{Digest, Sha256};

use crate::Options;
use crate::artifact::{Artifact, Class, Origin, Status};
use crate::budget::{Budget, Stand};
use crate::checks;
use crate::crypto::{PasswordSource, Passwords, hints};
use crate::detections::{self, DETECTIONS};
use crate::error::{Error, LimitKind, Result};
use crate::finding::{EVIDENCE, Evidence, Finding, FindingKind, Level, Observation};
use crate::formats::archives::SINGLE;
use crate::formats::{self, Format, Probe, Reading};
use crate::languages::fields::{Fields, Instruction};
use crate::languages::surroundings::Surroundings;
use crate::languages::{ActionKind, Behaviour, commands};
use crate::listings::{Listings, Marks};
use crate::order;
use crate::report::{Counts, Engine, RULES, Report, SCHEMA};
use crate::source::Source;
use crate::story::{Actions, tell};
use crate::verdict::{advice, judge};
use crate::view::{Field, Named, View};

pub(crate) const EMPTY: FindingKind = FindingKind::new("file.empty", Level::Unchecked, None);
pub(crate) const UNKNOWN: FindingKind = FindingKind::new("file.unknown", Level::Unchecked, Some("F3"));
pub(crate) const UNSUPPORTED: FindingKind = FindingKind::new("file.unsupported", Level::Unchecked, None);
pub(crate) const MALFORMED: FindingKind = FindingKind::new("file.malformed", Level::Unchecked, Some("D1"));
pub(crate) const LIMIT: FindingKind = FindingKind::new("file.limit-reached", Level::Unchecked, Some("Z1"));
pub(crate) const UNREADABLE: FindingKind = FindingKind::new("file.unreadable", Level::Unchecked, None);
/// Something a reader tolerated because the programs that open such files do.
pub(crate) const IRREGULAR: FindingKind = FindingKind::new("file.irregular", Level::None, None);
/// Something nobody would miss was not looked at, because looking would cost more than all else.
pub(crate) const LEFT_OUT: FindingKind = FindingKind::new("file.left-out", Level::None, None);

/// Scripts that are run over what is known.
const SCRIPTS: u32 = 40;

/// The findings of the loop itself.
pub(crate) const KINDS: &[&FindingKind] =
    &[&EMPTY, &UNKNOWN, &UNSUPPORTED, &MALFORMED, &LIMIT, &UNREADABLE, &IRREGULAR, &LEFT_OUT];

/// What was taken out of an artifact.
pub(crate) struct Child {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    /// Size as declared, for what has no content.
    pub(crate) size: Option<u64>,
    pub(crate) content: Content,
}

/// What there is of a child.
pub(crate) enum Content {
    /// Its bytes, and the CRC-32 its container gives for them.
    Bytes { source: Source, crc32: Option<u32> },
    /// It was locked; its bytes, as above, and where the password that opened it came from.
    Unlocked { source: Source, crc32: Option<u32>, password: PasswordSource },
    /// It is encrypted.
    Locked,
    /// It could not be taken out; the reader reports why.
    Unread,
}

struct Job {
    artifact: u32,
    depth: u32,
    source: Source,
    crc32: Option<u32>,
}

/// What is still to be looked into. What was taken out of one artifact comes first, in its order, so that a container
/// and what was decoded of it can be dropped before the next one is opened.
struct Queue<T> {
    waiting: Vec<T>,
    /// Taken out of the current artifact.
    fresh: Vec<T>,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { waiting: Vec::new(), fresh: Vec::new() }
    }
}

impl<T> Queue<T> {
    fn push(&mut self, job: T) {
        self.fresh.push(job);
    }

    fn next(&mut self) -> Option<T> {
        self.waiting.extend(self.fresh.drain(..).rev());
        self.waiting.pop()
    }
}

/// A scan under way.
pub(crate) struct Scan {
    pub(crate) budget: Rc<Budget>,
    artifacts: Vec<Artifact>,
    queue: Queue<Job>,
    findings: Vec<Finding>,
    /// Where the finding of an artifact and id stands in `findings`.
    index: BTreeMap<(u32, &'static str), usize>,
    /// What the macros of an artifact, and of what was taken out of it, can read.
    surroundings: BTreeMap<u32, Rc<Surroundings>>,
    /// Whose cells take how much memory.
    cells: BTreeMap<u32, u64>,
    actions: Actions,
    listings: Listings,
    /// Folders of archives that hold the source code of programs.
    sources: BTreeMap<u32, Vec<String>>,
    /// What is installed under which name, by the key it has in the cabinets of an installer.
    names: BTreeMap<u32, HashMap<String, String>>,
    passwords: RefCell<Passwords>,
    /// Bytes read to see what stands behind them.
    behind: u64,
    /// What progress is told in: how many artifacts are done, their bytes, and the bytes of all that are to be.
    looked: u32,
    done: u64,
    known: u64,
    /// Whether it was told that something was not read to see what stands behind it.
    left_out: bool,
    /// Bytes read only for their fingerprint.
    hashed: u64,
    /// Scripts that were run over what is known.
    scripts: u32,
    current: u32,
    depth: u32,
}

impl Scan {
    pub(crate) fn run(source: Source, name: &str, options: &Options, budget: Rc<Budget>) -> Report {
        let mut passwords = Passwords::new(&options.passwords, options.limits.guessing, options.limits.trying);
        for hint in &options.hints {
            passwords.learn(hints::in_name(&hint.name).into_iter().chain(hints::in_letter(&hint.bytes, &budget)));
        }
        passwords.learn(hints::in_name(name));
        let passwords = RefCell::new(passwords);
        let mut scan = Self {
            budget,
            artifacts: Vec::new(),
            queue: Queue::default(),
            findings: Vec::new(),
            index: BTreeMap::new(),
            surroundings: BTreeMap::new(),
            cells: BTreeMap::new(),
            actions: Actions::default(),
            listings: Listings::default(),
            sources: BTreeMap::new(),
            names: BTreeMap::new(),
            passwords,
            behind: 0,
            looked: 0,
            done: 0,
            known: 0,
            left_out: false,
            hashed: 0,
            scripts: 0,
            current: 0,
            depth: 0,
        };
        let empty = source.len() == 0;
        let content = Content::Bytes { source, crc32: None };
        scan.add(None, 0, Child { name: name.into(), origin: Origin::Input, size: None, content });
        if empty {
            scan.report(Observation::new(&EMPTY, Evidence::quote(name)));
            scan.set_status(Status::Unread);
        }
        while let Some(job) = scan.queue.next() {
            scan.process(job);
        }
        scan.finish()
    }

    // ---- the doors -------------------------------------------------------------------------------------------------

    /// Queues something taken out of the current artifact. Fails only when a limit is reached.
    pub(crate) fn push(&mut self, child: Child) -> Result<()> {
        if self.artifacts.len() as u64 >= u64::from(self.budget.limits().artifacts) {
            return Err(Error::Limit(LimitKind::Artifacts));
        }
        let depth = self.depth.saturating_add(1);
        self.add(Some(self.current), depth, child);
        Ok(())
    }

    /// Shows something to the rules.
    pub(crate) fn show(&mut self, view: &View<'_>) {
        let mut found = Vec::new();
        for detection in DETECTIONS.iter().filter(|detection| detection.reads == view.reads()) {
            (detection.find)(view, &mut found);
        }
        for observation in found {
            self.report(observation);
        }
    }

    /// Shows what macros do, with what their command lines hold; `list` keeps their code.
    pub(crate) fn show_macros(
        &mut self,
        mut behaviour: Behaviour,
        list: impl FnOnce(&mut Listings, u32, &Marks<'_>),
    ) -> Result<()> {
        let decoded = behaviour.decode_commands(&self.budget);
        self.actions.take(self.current, &behaviour);
        list(&mut self.listings, self.current, &Marks::of(&behaviour));
        self.show(&View::Macros(&behaviour));
        decoded
    }

    /// Shows what the fields of a document are told to do.
    pub(crate) fn show_fields(&mut self, fields: &Fields) -> Result<()> {
        let (instructions, result) = fields.resolve(&self.surroundings(), &self.budget);
        for Instruction { path, text } in &instructions {
            self.show(&View::Field(Field { path, instruction: text }));
        }
        result
    }

    /// Records a finding on the current artifact.
    pub(crate) fn report(&mut self, observation: Observation) {
        self.report_on(self.current, observation);
    }

    /// Opens what is locked with the first password that fits; see [`Passwords::open`].
    pub(crate) fn unlock<T>(
        &self,
        cost: u64,
        mut attempt: impl FnMut(&str) -> Result<Option<T>>,
    ) -> Result<Option<(T, PasswordSource)>> {
        let all = self.passwords.borrow().affordable(cost);
        let mut at = 0_u64;
        self.passwords.borrow_mut().open(cost, |password| {
            // A round of hashing takes as long as several steps.
            self.budget.steps(cost.saturating_mul(2))?;
            if cost > 10_000 {
                self.budget.report_attempt(at, all);
            }
            at = at.saturating_add(1);
            attempt(password)
        })
    }

    /// How many passwords were tried on what was locked last.
    pub(crate) fn tried(&self) -> u32 {
        self.passwords.borrow().tried()
    }

    /// Keeps the passwords that a name may hold.
    pub(crate) fn learn_name(&self, name: &str) {
        self.passwords.borrow_mut().learn(hints::in_name(name));
    }

    /// Keeps the passwords that a text may hold.
    pub(crate) fn learn_text(&self, bytes: &[u8]) {
        self.passwords.borrow_mut().learn(hints::in_letter(bytes, &self.budget));
    }

    // ---- what readers say about the current artifact ---------------------------------------------------------------

    /// A container's reader knows better than its first bytes: a ZIP turns out to be a `.docx`.
    pub(crate) fn set_format(&mut self, id: &'static str) {
        if let (Some(format), Some(artifact)) = (formats::by_id(id), self.artifacts.get_mut(self.current as usize)) {
            artifact.format = Some(format.id);
            artifact.class = format.class;
        }
    }

    /// The current artifact was locked as a whole; where the password that opened it came from.
    pub(crate) fn set_password(&mut self, source: PasswordSource) {
        if let Some(artifact) = self.artifacts.get_mut(self.current as usize) {
            artifact.password.get_or_insert(source);
        }
    }

    /// Worsens how far the current artifact was looked into; never improves it.
    pub(crate) fn set_status(&mut self, status: Status) {
        if let Some(artifact) = self.artifacts.get_mut(self.current as usize)
            && artifact.status.is_complete()
        {
            artifact.status = status;
        }
    }

    /// Turns a reader's error into a finding and marks the current artifact as not completely read. What was read
    /// before it stays.
    pub(crate) fn note(&mut self, error: &Error, path: Option<&str>) {
        let observation = match error {
            Error::Malformed { what, at } => {
                Observation::new(&MALFORMED, Evidence::quote(what).offset(*at)).with("what", what)
            }
            Error::Unsupported(what) => Observation::new(&UNSUPPORTED, Evidence::quote(what)).with("type", what),
            Error::Limit(kind) => Observation::new(&LIMIT, Evidence::quote(kind.id())).with("limit", kind.id()),
            Error::Io(error) => Observation::new(&UNREADABLE, Evidence::quote(&error.to_string())),
        };
        let evidence = match path {
            Some(path) => observation.evidence.clone().path(path),
            None => observation.evidence.clone(),
        };
        self.report(Observation { evidence, ..observation });
        self.set_status(Status::Partial);
    }

    /// Says what the macros of the current artifact, and of what is taken out of it, can read, beside what was said.
    pub(crate) fn surround(&mut self, mut surroundings: Surroundings) {
        let held = surroundings.held() as u64;
        if self.budget.hold(held).is_err() {
            // What is not kept is not known.
            surroundings.sheets.iter_mut().for_each(|sheet| {
                sheet.cells.clear();
            });
        } else {
            let all = self.cells.entry(self.current).or_default();
            *all = all.saturating_add(held);
        }
        Rc::make_mut(self.surroundings.entry(self.current).or_default()).extend(surroundings);
    }

    /// What the macros of the current artifact can read: what was said of it or of the nearest artifact around it.
    pub(crate) fn surroundings(&self) -> Rc<Surroundings> {
        let mut artifact = Some(self.current);
        while let Some(id) = artifact {
            if let Some(found) = self.surroundings.get(&id) {
                return Rc::clone(found);
            }
            artifact = self.artifacts.get(id as usize).and_then(|artifact| artifact.parent);
        }
        Rc::default()
    }

    /// Says in which folders of the current archive the source code of a program lies; each ends with its slash.
    pub(crate) fn hold_source(&mut self, folders: Vec<String>) {
        self.sources.insert(self.current, folders);
    }

    /// Says by which names a person gets what stands under keys in archives inside the current artifact.
    pub(crate) fn name_inside(&mut self, names: HashMap<String, String>) {
        let held = names.iter().fold(0, |sum: usize, (key, name)| {
            sum.saturating_add(key.len()).saturating_add(name.len()).saturating_add(96)
        }) as u64;
        // What is not kept goes by its key.
        if self.budget.hold(held).is_ok() {
            let all = self.cells.entry(self.current).or_default();
            *all = all.saturating_add(held);
            self.names.insert(self.current, names);
        }
    }

    /// The name that belongs to a key in the current archive; see [`Self::name_inside`].
    pub(crate) fn name_of(&self, key: &str) -> Option<&str> {
        let parent = self.artifacts.get(self.current as usize)?.parent?;
        self.names.get(&parent)?.get(key).map(String::as_str)
    }

    /// Name of the current artifact.
    pub(crate) fn name(&self) -> &str {
        self.artifacts.get(self.current as usize).map_or("", |artifact| &artifact.name)
    }

    /// Whether a person can open the current artifact by itself: the input, or an entry of an archive.
    pub(crate) fn is_offered(&self) -> bool {
        let artifact = self.artifacts.get(self.current as usize);
        artifact.is_some_and(|artifact| matches!(artifact.origin, Origin::Input | Origin::Entry { .. }))
    }

    /// Whether nothing was left out before of what stands behind.
    pub(crate) const fn is_first_left_out(&mut self) -> bool {
        !std::mem::replace(&mut self.left_out, true)
    }

    /// Whether the current artifact is what was given.
    pub(crate) const fn is_input(&self) -> bool {
        self.current == 0
    }

    /// Whether so many bytes are read only to see what stands behind them. What was given is; of what archives hold, the
    /// first so many: reading every photo of an album would cost more than all else.
    pub(crate) fn may_look_behind(&mut self, len: u64) -> bool {
        if self.current == 0 {
            return len <= self.budget.limits().hashed;
        }
        let left = BEHIND.checked_sub(self.behind).and_then(|left| left.checked_sub(len));
        if left.is_some() {
            self.behind = self.behind.saturating_add(len);
        }
        left.is_some()
    }

    /// Whether the current artifact was taken out of one of this format.
    pub(crate) fn is_in(&self, format: &str) -> bool {
        let parent = self.artifacts.get(self.current as usize).and_then(|artifact| artifact.parent);
        parent.and_then(|id| self.artifacts.get(id as usize)).is_some_and(|parent| parent.format == Some(format))
    }

    /// Whether the current artifact was taken out of an archive, other than one that packs a single file: a `.tar.gz`
    /// is one archive.
    pub(crate) fn is_nested_archive(&self) -> bool {
        let get = |id: u32| self.artifacts.get(id as usize);
        let mut parent = get(self.current).and_then(|artifact| artifact.parent).and_then(get);
        while let Some(around) = parent.filter(|parent| parent.format.is_some_and(|id| SINGLE.contains(&id))) {
            parent = around.parent.and_then(get);
        }
        parent.is_some_and(|parent| parent.class == Class::Archive)
    }

    // ---- the loop --------------------------------------------------------------------------------------------------

    fn add(&mut self, parent: Option<u32>, depth: u32, child: Child) {
        let id = u32::try_from(self.artifacts.len()).unwrap_or(u32::MAX);
        let (status, size, job, password) = match child.content {
            Content::Bytes { source, crc32 } => {
                (Status::Inspected, Some(source.len()), Some(Job { artifact: id, depth, source, crc32 }), None)
            }
            Content::Unlocked { source, crc32, password } => (
                Status::Inspected,
                Some(source.len()),
                Some(Job { artifact: id, depth, source, crc32 }),
                Some(password),
            ),
            Content::Locked => (Status::Locked, child.size, None, None),
            Content::Unread => (Status::Unread, child.size, None, None),
        };
        self.artifacts.push(Artifact {
            id,
            parent,
            name: child.name,
            origin: child.origin,
            format: None,
            class: Class::Unknown,
            size,
            sha256: None,
            status,
            password,
        });
        if job.as_ref().is_none_or(|_| depth > self.budget.limits().depth) {
            self.looked = self.looked.saturating_add(1);
        }
        match job {
            Some(job) if depth <= self.budget.limits().depth => {
                self.known = self.known.saturating_add(job.source.len());
                self.queue.push(job);
            }
            Some(_) => self.within(id, |scan| {
                scan.note(&Error::Limit(LimitKind::Depth), None);
                scan.show_name(None);
            }),
            None => self.within(id, |scan| scan.show_name(None)),
        }
    }

    fn within(&mut self, artifact: u32, act: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.current, artifact);
        act(self);
        self.current = before;
    }

    fn process(&mut self, job: Job) {
        self.current = job.artifact;
        self.depth = job.depth;
        self.let_go();
        let size = job.source.len();
        self.budget.report_progress(Stand {
            artifact: self.looked,
            found: u32::try_from(self.artifacts.len()).unwrap_or(u32::MAX),
            name: self.name().to_owned(),
            done: self.done,
            size,
            known: self.known,
        });
        self.looked = self.looked.saturating_add(1);
        self.done = self.done.saturating_add(size);
        let format = match self.recognise(&job.source) {
            Ok(format) => format,
            Err(error) => {
                self.note(&error, None);
                self.show_name(None);
                return;
            }
        };
        if let Some(format) = format {
            self.set_format(format.id);
            self.read(format, &job.source);
            if let Err(error) = formats::archives::look_behind(self, format, &job.source) {
                self.note(&error, None);
            }
        } else if job.source.len() == 0 {
            self.set_status(Status::Passive);
        } else {
            self.set_status(Status::Unread);
            self.report(Observation::new(&UNKNOWN, Evidence::quote(self.name())));
        }
        let format = self.artifacts.get(self.current as usize).and_then(|artifact| artifact.format);
        self.show_name(format.and_then(formats::by_id));
        if let Err(error) = self.fingerprint(&job) {
            self.note(&error, None);
        }
    }

    /// Lets go what is kept for macros of other artifacts than the current one and those around it.
    fn let_go(&mut self) {
        let mut around = Vec::new();
        let mut artifact = Some(self.current);
        while let Some(id) = artifact {
            around.push(id);
            artifact = self.artifacts.get(id as usize).and_then(|artifact| artifact.parent);
        }
        self.surroundings.retain(|id, _| around.contains(id));
        self.cells.retain(|id, _| around.contains(id));
        self.names.retain(|id, _| around.contains(id));
        self.budget.hold_only(self.cells.values().fold(0, |all, held| all.saturating_add(*held)));
    }

    fn recognise(&self, source: &Source) -> Result<Option<&'static Format>> {
        Ok(formats::recognise(&Probe::new(source, self.name())?))
    }

    fn read(&mut self, format: &'static Format, source: &Source) {
        match format.reading {
            Reading::Passive => self.set_status(Status::Passive),
            Reading::ByKind => {}
            Reading::Unsupported => {
                self.set_status(Status::Unread);
                self.report(Observation::new(&UNSUPPORTED, Evidence::quote(self.name())).with("type", format.id));
            }
            Reading::With(inspect) => {
                if let Err(error) = inspect(self, source) {
                    self.note(&error, None);
                }
            }
        }
    }

    fn show_name(&mut self, format: Option<&'static Format>) {
        let Some(artifact) = self.artifacts.get(self.current as usize) else { return };
        let name = artifact.name.clone();
        self.show(&View::Named(Named {
            name: &name,
            format,
            claimed: formats::by_extension(&formats::extension(&name)),
            locked: self.artifacts.get(self.current as usize).is_some_and(|a| a.status == Status::Locked),
            offered: self
                .artifacts
                .get(self.current as usize)
                .is_some_and(|a| !matches!(a.origin, Origin::Part { .. })),
            in_source: self.is_in_source(),
        }));
    }

    /// Whether the current script is to be run over what is known: source code of programs starts nothing. What a script
    /// is is a finding by itself, so of many the first ones will do.
    pub(crate) fn runs_script(&mut self) -> Result<bool> {
        if self.is_in_source() || self.budget.limits().evaluation == 0 {
            return Ok(false);
        }
        self.scripts = self.scripts.saturating_add(1);
        if self.scripts > SCRIPTS { Err(Error::Limit(LimitKind::Steps)) } else { Ok(true) }
    }

    /// Keeps a script as it was decoded, for the report.
    pub(crate) fn list_script(&mut self, path: &str, text: &str) {
        let none = Behaviour::default();
        self.listings.take_modules(self.current, &Marks::of(&none), std::iter::once((path, text)));
    }

    /// Whether the current artifact lies in one of the folders that were said to hold source code.
    fn is_in_source(&self) -> bool {
        let Some(artifact) = self.artifacts.get(self.current as usize) else { return false };
        let Origin::Entry { path } = &artifact.origin else { return false };
        let folders = artifact.parent.and_then(|parent| self.sources.get(&parent));
        folders.is_some_and(|folders| folders.iter().any(|folder| path.starts_with(folder.as_str())))
    }

    /// SHA-256 and CRC-32 in one pass. Large passive artifacts are left out: nobody asks for the fingerprint of a photo,
    /// and reading them only for that would cost more than everything else.
    fn fingerprint(&mut self, job: &Job) -> Result<()> {
        let Some(artifact) = self.artifacts.get_mut(job.artifact as usize) else { return Ok(()) };
        let passive = artifact.status == Status::Passive && artifact.parent.is_some();
        let most = if passive { PASSIVE } else { self.budget.limits().hashed };
        let all = self.hashed.saturating_add(job.source.len());
        if job.source.len() > most || (job.crc32.is_none() && all > HASHED) {
            return Ok(());
        }
        self.hashed = all;
        let (mut sha256, mut crc32) = (Sha256::new(), flate2::Crc::new());
        let mut reader = job.source.clone();
        let mut chunk = vec![0; CHUNK.min(usize::try_from(job.source.len()).unwrap_or(CHUNK)).max(1)];
        loop {
            let n = reader.read(&mut chunk)?;
            let read = chunk.get(..n).unwrap_or_default();
            if read.is_empty() {
                break;
            }
            sha256.update(read);
            if job.crc32.is_some() {
                crc32.update(read);
            }
        }
        job.source.verify_end()?;
        artifact.sha256 = Some(sha256.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            for nibble in [byte >> 4, byte & 15] {
                hex.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
            hex
        }));
        if job.crc32.is_some_and(|declared| declared != crc32.sum()) {
            let name = artifact.name.clone();
            self.report(Observation::new(&formats::archives::CRC_MISMATCH, Evidence::quote(&name)).with("name", &name));
        }
        Ok(())
    }

    fn report_on(&mut self, artifact: u32, observation: Observation) {
        let Observation { kind, values, evidence, act } = observation;
        if let Some((kind, detail)) = act {
            self.act(artifact, kind, &detail, &evidence);
        }
        if let Some(finding) = self.index.get(&(artifact, kind.id)).and_then(|at| self.findings.get_mut(*at)) {
            if finding.evidence.contains(&evidence) {
                return;
            }
            if finding.evidence.len() < EVIDENCE {
                finding.evidence.push(evidence);
            } else {
                finding.more = finding.more.saturating_add(1);
            }
            return;
        }
        let full = self.findings.len() as u64 >= u64::from(self.budget.limits().findings);
        if full && kind.severity < Level::Stop && kind.id != LIMIT.id {
            if !self.index.contains_key(&(0, LIMIT.id)) {
                let kind = LimitKind::Findings.id();
                self.report_on(0, Observation::new(&LIMIT, Evidence::quote(kind)).with("limit", kind));
            }
            return;
        }
        self.index.insert((artifact, kind.id), self.findings.len());
        self.findings.push(Finding {
            id: kind.id,
            severity: kind.severity,
            artifact,
            advice: kind.advice,
            values,
            evidence: vec![evidence],
            more: 0,
        });
    }

    /// Keeps what opening an artifact does without a macro, and what its command line holds.
    fn act(&mut self, artifact: u32, kind: ActionKind, detail: &str, evidence: &Evidence) {
        self.actions.take_one(artifact, kind, detail, false, evidence.clone());
        if kind == ActionKind::Run {
            match commands::decode(detail, &commands::Files::default(), &self.budget) {
                Ok(steps) => steps
                    .iter()
                    .for_each(|step| self.actions.take_one(artifact, step.kind, &step.detail, true, evidence.clone())),
                Err(error) => self.note(&error, None),
            }
        }
    }

    fn finish(mut self) -> Report {
        if self.passwords.borrow().gave_up() {
            let kind = LimitKind::Guessing.id();
            self.report_on(0, Observation::new(&LIMIT, Evidence::quote(kind)).with("limit", kind));
        }
        for (artifact, observation) in detections::together::find(&self.artifacts, &self.findings) {
            self.report_on(artifact, observation);
        }
        order::sort_by_key(&mut self.findings, |finding| {
            (finding.artifact, std::cmp::Reverse(finding.severity), finding.id)
        });
        let verdict = judge(&self.artifacts, &self.findings);
        let checked = self.artifacts.iter().filter(|artifact| artifact.status.is_complete()).count();
        let unchecked = self.artifacts.len().saturating_sub(checked);
        let (actions, more_actions) = self.actions.finish();
        let (listings, more_listings) = self.listings.finish();
        Report {
            schema: SCHEMA,
            engine: Engine { version: env!("CARGO_PKG_VERSION"), rules: RULES },
            advice: advice(&verdict, &self.findings),
            verdict,
            counts: Counts {
                checked: u32::try_from(checked).unwrap_or(u32::MAX),
                unchecked: u32::try_from(unchecked).unwrap_or(u32::MAX),
            },
            checks: checks::table(&self.artifacts),
            story: tell(&self.artifacts, &actions),
            listings,
            more_listings,
            artifacts: self.artifacts,
            findings: self.findings,
            actions,
            more_actions,
        }
    }
}

const CHUNK: usize = 1 << 16;

/// Passive artifacts up to this size are read to their end.
const PASSIVE: u64 = 1 << 16;

/// Bytes that are read for fingerprints in all, save where a sum is to be checked too.
const HASHED: u64 = 1 << 30;

/// Bytes of pictures and the like in archives that are read to see what stands behind them.
const BEHIND: u64 = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_out_of_an_artifact_comes_before_its_siblings() {
        let mut queue = Queue::default();
        queue.push("a");
        let mut order = Vec::new();
        while let Some(job) = queue.next() {
            order.push(job);
            let children: &[&str] = match job {
                "a" => &["a1", "a2", "a3"],
                "a1" => &["a11", "a12"],
                "a3" => &["a31"],
                _ => &[],
            };
            children.iter().for_each(|child| queue.push(child));
        }
        assert_eq!(order, ["a", "a1", "a11", "a12", "a2", "a3", "a31"]);
    }
}
