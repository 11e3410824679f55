//! The code of macros as text, with the lines that act marked: for whoever reads closer.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::finding;
use crate::languages::Behaviour;
use crate::order;

/// Bytes of code kept of one scan.
pub(crate) const ALL: usize = 256 << 10;
/// Code up to this size is kept whole; of larger, what stands around the marked lines.
const WHOLE: usize = 48 << 10;
/// Lines kept before and behind a marked one.
const AROUND: u32 = 12;
/// Bytes of one stretch of larger code.
const STRETCH: usize = 16 << 10;
/// Marked lines of one listing.
const MARKS: usize = 200;

/// The code of one module or macro sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// Index of the artifact.
    pub artifact: u32,
    /// Path of the module or sheet inside the artifact.
    pub path: String,
    /// Its lines: hostile text.
    pub stretches: Vec<Stretch>,
    /// Lines that act or start by themselves, ascending.
    pub marked: Vec<u32>,
    /// Whether lines were left out: of code beyond 48 KB those that are not near a marked one are, and of one scan no more
    /// than 256 KB are kept.
    pub cut: bool,
}

/// Lines that follow each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// Number of the first, from 1.
    pub line: u32,
    /// With their ends as they stand: CR LF, CR, LF, or a separator of Unicode.
    pub text: String,
}

/// The places of a behaviour that act or start by themselves.
pub(crate) struct Marks<'a>(BTreeSet<(&'a str, u32)>);

impl<'a> Marks<'a> {
    pub(crate) fn of(behaviour: &'a Behaviour) -> Self {
        let triggers = behaviour.triggers.iter().filter(|trigger| trigger.automatic).map(|trigger| &trigger.place);
        let places = behaviour.actions.iter().map(|action| &action.place).chain(triggers);
        Self(order::set(places.map(|place| (place.path.as_str(), place.line))))
    }

    fn lines_of(&self, path: &str) -> Vec<u32> {
        self.0.range((path, 0)..=(path, u32::MAX)).map(|(_, line)| *line).take(MARKS).collect()
    }

    pub(crate) fn has(&self, path: &str, line: u32) -> bool {
        self.0.contains(&(path, line))
    }
}

/// The listings of a scan.
#[derive(Default)]
pub(crate) struct Listings {
    kept: Vec<Listing>,
    bytes: usize,
    /// Modules and sheets of which nothing was kept.
    more: u32,
}

impl Listings {
    /// Keeps the source of modules: first those with marked lines.
    pub(crate) fn take_modules<'a>(
        &mut self,
        artifact: u32,
        marks: &Marks<'_>,
        modules: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    ) {
        for wanted in [true, false] {
            for (path, text) in modules.clone() {
                let marked = marks.lines_of(path);
                if marked.is_empty() == wanted || text.trim().is_empty() {
                    continue;
                }
                let stretches = if text.len() <= WHOLE { vec![(1, text)] } else { around(text, &marked) };
                self.take(artifact, path, marked, stretches, text.len() > WHOLE);
            }
        }
    }

    /// Keeps code, as far as there is room.
    pub(crate) fn take<'a>(
        &mut self,
        artifact: u32,
        path: &str,
        marked: Vec<u32>,
        stretches: impl IntoIterator<Item = (u32, &'a str)>,
        cut: bool,
    ) {
        let cut = cut || marked.len() >= MARKS;
        let mut listing = Listing { artifact, path: path.to_owned(), stretches: Vec::new(), marked, cut };
        for (line, text) in stretches {
            let kept = finding::cut(text, ALL.saturating_sub(self.bytes));
            listing.cut |= kept.len() < text.len();
            self.bytes = self.bytes.saturating_add(kept.len());
            if !kept.is_empty() {
                listing.stretches.push(Stretch { line, text: kept.to_owned() });
            }
        }
        if !listing.stretches.is_empty() {
            self.kept.push(listing);
        } else if listing.cut {
            self.more = self.more.saturating_add(1);
        }
    }

    /// The listings, and how many were left out altogether.
    pub(crate) fn finish(self) -> (Vec<Listing>, u32) {
        (self.kept, self.more)
    }
}

/// What stands around the marked lines of a text.
fn around<'a>(text: &'a str, marked: &[u32]) -> Vec<(u32, &'a str)> {
    let mut stretches: Vec<(u32, std::ops::Range<usize>)> = Vec::new();
    let mut marked = marked.iter().copied().peekable();
    let mut goes_on = false;
    for (n, line) in (1_u32..).zip(lines(text)) {
        while marked.next_if(|mark| mark.saturating_add(AROUND) < n).is_some() {}
        let Some(mark) = marked.peek() else { break };
        let is_near = mark.saturating_sub(AROUND) <= n;
        match stretches.last_mut().filter(|_| goes_on) {
            Some((_, stretch)) if is_near => stretch.end = line.end,
            _ if is_near => stretches.push((n, line)),
            _ => {}
        }
        goes_on = is_near;
    }
    let cut =
        |(n, stretch): (u32, std::ops::Range<usize>)| (n, finding::cut(text.get(stretch).unwrap_or_default(), STRETCH));
    stretches.into_iter().map(cut).collect()
}

/// Where the lines of a text stand, with their ends, as VBA counts them.
fn lines(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = text.get(from..).filter(|rest| !rest.is_empty())?;
        let end = rest.find(['\r', '\n', '\u{2028}', '\u{2029}']).map_or(rest.len(), |at| {
            let tail = rest.get(at..).unwrap_or_default();
            let end = if tail.starts_with("\r\n") { 2 } else { tail.chars().next().map_or(0, char::len_utf8) };
            at.saturating_add(end)
        });
        let line = from..from.saturating_add(end);
        from = line.end;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::{Action, ActionKind, Place};

    fn marked_at(path: &str, lines: &[u32]) -> Behaviour {
        let act = |line: &u32| Action {
            kind: ActionKind::Run,
            detail: String::new(),
            place: Place { path: path.into(), line: *line, excerpt: String::new() },
            reached_by: None,
            decoded_from: None,
        };
        Behaviour { actions: lines.iter().map(act).collect(), ..Behaviour::default() }
    }

    fn list(behaviour: &Behaviour, modules: &[(&str, &str)]) -> Vec<Listing> {
        let mut listings = Listings::default();
        listings.take_modules(3, &Marks::of(behaviour), modules.iter().copied());
        let (kept, more) = listings.finish();
        let told = modules.iter().filter(|(_, text)| !text.trim().is_empty()).count();
        assert_eq!(kept.len() + more as usize, told, "nothing is left out in silence");
        kept
    }

    #[test]
    fn marked_modules_come_first() {
        let listings = list(&marked_at("b", &[3]), &[("a", "x = 1"), ("b", "Sub a()\r\rShell b\n"), ("c", " \n")]);
        let told: Vec<_> = listings.iter().map(|l| (l.artifact, l.path.as_str(), l.marked.as_slice(), l.cut)).collect();
        assert_eq!(told, [(3, "b", &[3][..], false), (3, "a", &[], false)]);
        assert_eq!(listings[0].stretches, [Stretch { line: 1, text: "Sub a()\r\rShell b\n".into() }]);
    }

    #[test]
    fn lines_end_as_the_lexer_ends_them() {
        let text = "a\r\nb\rc\n\nd\u{2028}e";
        let told: Vec<&str> = lines(text).map(|line| &text[line]).collect();
        assert_eq!(told, ["a\r\n", "b\r", "c\n", "\n", "d\u{2028}", "e"]);
    }

    #[test]
    fn of_large_code_what_stands_around_marked_lines_is_kept() {
        let text = "a = a + 1\n".repeat(WHOLE);
        let listings = list(&marked_at("b", &[20_000, 20_010, 40_000]), &[("a", &text), ("b", &text)]);
        let [listing] = listings.as_slice() else { panic!("{}", listings.len()) };
        assert!(listing.cut);
        let told: Vec<_> = listing.stretches.iter().map(|s| (s.line, s.text.lines().count())).collect();
        assert_eq!(told, [(19_988, 35), (39_988, 25)]);
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let text = "a".repeat(WHOLE);
        let long = "a".repeat(WHOLE + 1);
        let modules: Vec<_> = (0..40).map(|_| ("a", text.as_str())).collect();
        let listings = list(&Behaviour::default(), &modules);
        let bytes: usize = listings.iter().flat_map(|listing| &listing.stretches).map(|s| s.text.len()).sum();
        assert_eq!(bytes, ALL);
        assert_eq!(listings.iter().filter(|listing| listing.cut).count(), 1);
        let listings = list(&marked_at("a", &[1]), &[("a", &long)]);
        assert_eq!(listings[0].stretches[0].text.len(), STRETCH);
        assert!(listings[0].cut);
    }
}
