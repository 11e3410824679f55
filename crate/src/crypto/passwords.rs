//! Which passwords to try, in which order, and at what cost.
//!
//! What a person typed comes first; then what opened something before in the same scan, because the layers of an
//! attachment mostly share one password; then what programs try by themselves; then what stands in the words that came
//! along; then the habits of the trade. The report says where a password came from, never which one it was.

use serde::Serialize;

use crate::error::Result;
use crate::hashed::HashSet;

/// Where the password that opened something came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordSource {
    /// The person gave it.
    Given,
    /// It stood in what came along: in the mail, in a text beside it, in a name.
    Found,
    /// Everybody knows it: programs try it without asking, or it is a habit of the trade.
    Default,
}

/// What programs try by themselves before they ask: Excel's own, with which a workbook whose structure is protected is
/// encrypted; that of PowerPoint; none at all.
const OWN: &[&str] = &["VelvetSweatshop", "/01Hannes Ruescher/01", ""];

/// What those who send samples to each other agree on, and what comes to mind first.
const TRADE: &[&str] = &["infected", "malware", "virus", "password"];

/// Passwords found in what came along that are kept.
const MOST_FOUND: usize = 200;

/// Rounds of hashing from which on an attempt is dear.
const DEAR: u64 = 1000;

/// Dear things in a row that nothing opened, after which only what opened something else is tried.
const VAIN: u32 = 32;

/// Whether a program asks before it opens what has this password.
pub(crate) fn is_asked_for(password: &str) -> bool {
    !OWN.contains(&password)
}

/// One password to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) text: String,
    pub(crate) source: PasswordSource,
    /// It opened something in this scan.
    fits: bool,
}

/// All passwords of a scan, the most promising first.
#[derive(Debug, Default)]
pub(crate) struct Passwords {
    candidates: Vec<Candidate>,
    seen: HashSet<String>,
    /// Where what is found next belongs, and how many were.
    next: usize,
    found: usize,
    /// Work left for passwords that nobody gave; see [`crate::Limits::guessing`].
    work: u64,
    /// The same for those that somebody gave or that fitted before, and do not fit; see [`crate::Limits::trying`].
    patience: u64,
    /// Things in a row that none opened, of those that are dear to try.
    in_vain: u32,
    /// Whether one of those was not tried any more.
    gave_up: bool,
    /// How many were tried on what was locked last.
    tried: u32,
}

impl Passwords {
    pub(crate) fn new(given: &[String], work: u64, patience: u64) -> Self {
        let mut all = Self { work, patience, ..Self::default() };
        let given = given.iter().map(|text| (text.as_str(), PasswordSource::Given));
        let default = |text: &&'static str| (*text, PasswordSource::Default);
        for (text, source) in given.chain(OWN.iter().map(default)) {
            all.add(text, source, all.candidates.len());
        }
        all.next = all.candidates.len();
        for (text, source) in TRADE.iter().map(default) {
            all.add(text, source, all.candidates.len());
        }
        all
    }

    fn add(&mut self, text: &str, source: PasswordSource, at: usize) -> bool {
        let is_new = self.seen.insert(text.to_owned());
        if is_new {
            let at = at.min(self.candidates.len());
            self.candidates.insert(at, Candidate { text: text.to_owned(), source, fits: false });
        }
        is_new
    }

    /// Keeps what was found in words that came along, the most promising first.
    pub(crate) fn learn(&mut self, found: impl IntoIterator<Item = String>) {
        for text in found {
            if self.found >= MOST_FOUND {
                break;
            }
            if self.add(&text, PasswordSource::Found, self.next) {
                self.next = self.next.saturating_add(1);
                self.found = self.found.saturating_add(1);
            }
        }
    }

    /// How many passwords were tried on what was locked last.
    pub(crate) const fn tried(&self) -> u32 {
        self.tried
    }

    /// Whether something stayed locked on which not everything was tried that somebody gave.
    pub(crate) const fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// How many there is work left for, at this cost of one.
    pub(crate) fn affordable(&self, cost: u64) -> u64 {
        let is_known = |candidate: &&Candidate| candidate.source == PasswordSource::Given || candidate.fits;
        let known = self.candidates.iter().filter(is_known).count() as u64;
        let others = (self.candidates.len() as u64).saturating_sub(known);
        let enough = |work: u64| work.checked_div(cost).unwrap_or(u64::MAX);
        known.min(enough(self.patience)).saturating_add(others.min(enough(self.work)))
    }

    /// Tries one after the other. `cost` is the work of one attempt in rounds of its hash. What the person gave and what
    /// opened something before costs nothing where it fits; every other attempt is made while there is work left for it:
    /// thousands of entries may each have a lock of their own.
    ///
    /// # Errors
    ///
    /// Those of `attempt`, which says `None` where a password does not fit.
    pub(crate) fn open<T>(
        &mut self,
        cost: u64,
        mut attempt: impl FnMut(&str) -> Result<Option<T>>,
    ) -> Result<Option<(T, PasswordSource)>> {
        self.tried = 0;
        let cost = cost.max(1);
        let mut skipped = false;
        // Each may have a password of its own, but what opens none of so many opens the next hardly ever.
        let is_vain = cost >= DEAR && self.in_vain >= VAIN;
        for at in 0..self.candidates.len() {
            let Some(candidate) = self.candidates.get(at) else { break };
            let is_known = candidate.source == PasswordSource::Given || candidate.fits;
            if is_vain && !candidate.fits {
                skipped |= is_known;
                continue;
            }
            let left = if is_known { &mut self.patience } else { &mut self.work };
            let Some(rest) = left.checked_sub(cost) else {
                skipped |= is_known;
                continue;
            };
            *left = rest;
            self.tried = self.tried.saturating_add(1);
            if let Some(opened) = attempt(&candidate.text)? {
                let source = candidate.source;
                self.in_vain = 0;
                if is_known {
                    self.patience = self.patience.saturating_add(cost);
                }
                if let Some(candidate) = self.candidates.get_mut(at) {
                    candidate.fits = true;
                }
                self.candidates.get_mut(..=at).unwrap_or_default().rotate_right(1);
                if at >= self.next {
                    self.next = self.next.saturating_add(1);
                }
                return Ok(Some((opened, source)));
            }
        }
        if cost >= DEAR {
            self.in_vain = self.in_vain.saturating_add(1);
        }
        self.gave_up |= skipped;
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(passwords: &mut Passwords, cost: u64, fits: &str) -> (Vec<String>, Option<PasswordSource>) {
        let mut tried = Vec::new();
        let opened = passwords.open(cost, |text| {
            tried.push(text.to_owned());
            Ok((text == fits).then_some(()))
        });
        (tried, opened.unwrap().map(|((), source)| source))
    }

    #[test]
    fn what_opened_before_is_tried_first() {
        let mut passwords = Passwords::new(&["a".into(), "b".into(), "a".into()], 100, 100);
        assert_eq!(tried(&mut passwords, 1, "b"), (vec!["a".into(), "b".into()], Some(PasswordSource::Given)));
        assert_eq!(tried(&mut passwords, 1, "b"), (vec!["b".into()], Some(PasswordSource::Given)));
        let (all, opened) = tried(&mut passwords, 1, "infected");
        assert_eq!((all.len(), opened), (6, Some(PasswordSource::Default)));
    }

    #[test]
    fn what_is_found_stands_behind_what_programs_try_and_before_the_habits() {
        let mut passwords = Passwords::new(&["a".into()], 1000, 100);
        passwords.learn(["x".into(), "a".into(), "y".into()]);
        passwords.learn(["z".into()]);
        let (all, _) = tried(&mut passwords, 1, "infected");
        assert_eq!(all, ["a", "VelvetSweatshop", "/01Hannes Ruescher/01", "", "x", "y", "z", "infected"]);
        assert_eq!(passwords.tried(), 8);
        passwords.learn((0..1000).map(|n| n.to_string()));
        assert!(tried(&mut passwords, 0, "").0.len() < 10 && tried(&mut passwords, 0, "none").0.len() < 220);
    }

    #[test]
    fn what_opened_nothing_for_long_is_not_tried_on_what_is_dear() {
        let mut passwords = Passwords::new(&["a".into(), "b".into()], 0, 1 << 40);
        assert!(tried(&mut passwords, DEAR, "b").1.is_some());
        for _ in 0..VAIN {
            assert_eq!(tried(&mut passwords, DEAR, "x").0, ["b", "a"]);
        }
        assert!(!passwords.gave_up());
        assert_eq!(tried(&mut passwords, DEAR, "x").0, ["b"]);
        assert!(passwords.gave_up());
        assert_eq!(tried(&mut passwords, 1, "x").0, ["b", "a"]);
        assert!(tried(&mut passwords, DEAR, "b").1.is_some());
        assert_eq!(tried(&mut passwords, DEAR, "x").0, ["b", "a"]);
    }

    #[test]
    fn guessing_is_paid_for_and_what_fits_costs_nothing() {
        let mut passwords = Passwords::new(&["a".into()], 100, 120);
        assert_eq!(tried(&mut passwords, 60, "x").0, ["a", "VelvetSweatshop"]);
        for _ in 0..9 {
            assert!(tried(&mut passwords, 60, "a").1.is_some());
        }
        assert_eq!(tried(&mut passwords, 60, "x").0, ["a"]);
        assert!(!passwords.gave_up());
        assert!(tried(&mut passwords, 60, "x").0.is_empty() && passwords.gave_up());
        let mut passwords = Passwords::new(&[], 100, 100);
        // The parts of one document cost as much each.
        for _ in 0..9 {
            assert!(tried(&mut passwords, 60, "VelvetSweatshop").1.is_some());
        }
    }
}
