//! Whether the source of a project's modules is what Office runs.
//!
//! Office runs the p-code beside the source if its own version compiled it, and compiles the source anew if not. So
//! both count: where they differ, the p-code is read as source too.

use super::pcode::{Cache, Contents, Names, Stomped, decompile};
use crate::budget::Budget;
use crate::codecs::encoding::Encoding;
use crate::error::Result;
use crate::languages::vba::{Module, Read, Words};

/// What is known of the Office that compiled a project.
pub(super) struct Office {
    names: Names,
    /// As `dir` has it (PROJECTSYSKIND): 64-bit Windows.
    wide: bool,
    encoding: Encoding,
    /// `_VBA_PROJECT` as it stands.
    stream: Vec<u8>,
}

/// What a cache turned out to be.
pub(super) enum Look {
    /// There is no p-code, or it says what the source says.
    Same,
    /// There is something that cannot be read as p-code.
    Unread,
    /// P-code that says something else, and its source.
    Differs(Stomped, String),
}

/// Procedures that Office starts, as long as they are not hidden under another name.
const AUTOMATIC: &[&str] = &[
    "AutoOpen",
    "Auto_Open",
    "AutoExec",
    "AutoClose",
    "Auto_Close",
    "Document_Open",
    "Document_Close",
    "Document_New",
    "Workbook_Open",
    "Workbook_Activate",
    "Workbook_BeforeClose",
];

impl Office {
    /// Reads `_VBA_PROJECT`; `None` where the writer made no caches.
    pub(super) fn read(stream: Vec<u8>, wide: bool, encoding: Encoding) -> Option<Self> {
        let names = Names::read(&stream, |bytes| text(encoding, bytes));
        (!matches!(names.version, 0 | u16::MAX)).then_some(Self { names, wide, encoding, stream })
    }

    /// Compares the cache of a module with its source.
    pub(super) fn look(&self, cache: &[u8], source: &str, read: &mut Read, budget: &Budget) -> Result<Look> {
        let mut best: Option<(usize, u32, Cache<'_>, Stomped)> = None;
        let mut words = None;
        let mut is_read = false;
        // `dir` does not say how the caches of a Macintosh are laid out, and may lie: whichever makes sense counts.
        for wide in [self.wide, !self.wide] {
            let Some(cache) = Cache::open(cache, self.names.version, wide) else { continue };
            budget.steps((cache.lines_length() as u64 >> 2).saturating_add(1))?;
            let contents = Contents::read(&cache, &self.names, |bytes| text(self.encoding, bytes), budget)?;
            let failures = contents.failures;
            if best.as_ref().is_some_and(|(fewest, ..)| *fewest < failures) || failures > cache.lines_filled() / 2 {
                continue;
            }
            is_read = true;
            if contents.lines == 0 {
                return Ok(Look::Same);
            }
            if words.is_none() {
                words = Some(Words::of_module(source, read, budget)?);
            }
            let Some(stomped) = words.as_ref().and_then(|words| contents.compare(words)) else { return Ok(Look::Same) };
            if best.as_ref().is_none_or(|(fewest, missing, ..)| (failures, stomped.missing) < (*fewest, *missing)) {
                best = Some((failures, stomped.missing, cache, stomped));
            }
        }
        let Some((.., cache, stomped)) = best else { return Ok(if is_read { Look::Same } else { Look::Unread }) };
        let code = decompile(&cache, &self.names, |bytes| text(self.encoding, bytes), budget)?;
        // Attributes stand in the source alone: they say which classes exist without being made.
        let attributes = source.lines().filter(|line| line.starts_with("Attribute VB_")).take(ATTRIBUTES);
        Ok(Look::Differs(stomped, attributes.chain([code.as_str()]).collect::<Vec<_>>().join("\n")))
    }

    /// A procedure that starts by itself and that no source names.
    pub(super) fn hidden_trigger(&self, modules: &[Module], budget: &Budget) -> Result<Option<&'static str>> {
        let mut words = Words::default();
        for module in modules {
            words.add_source(&module.source, budget)?;
        }
        budget.steps(self.stream.len() as u64)?;
        let found =
            |name: &str| self.stream.windows(name.len()).any(|bytes| bytes.eq_ignore_ascii_case(name.as_bytes()));
        let named = |name: &str| words.times(&name.to_ascii_lowercase()) > 0;
        Ok(AUTOMATIC.iter().copied().find(|name| found(name) && !named(name)))
    }
}

/// Attributes of a module: ten are specified ([MS-OVBA] 2.3.4.3).
const ATTRIBUTES: usize = 16;

fn text(encoding: Encoding, bytes: &[u8]) -> String {
    encoding.decode(bytes).into_owned()
}
