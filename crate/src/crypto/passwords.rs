//! Which passwords to try, in which order, and at what cost.
//!
//! What a person typed comes first; then what opened something before in the same scan, because the layers of an
//! attachment mostly share one password; then what is known to everybody. The report says where a password came from,
//! never which one it was.

use std::collections::HashSet;

use serde::Serialize;

use crate::error::Result;

/// Where the password that opened something came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordSource {
    /// The person gave it.
    Given,
    /// Everybody knows it: programs try it without asking, or it is a habit of the trade.
    Default,
}

/// Passwords that programs try by themselves or that people of the trade agree on: Excel's own, with which a protected
/// workbook opens without asking; none at all; and what malware researchers use when they send samples.
const DEFAULTS: &[&str] = &["VelvetSweatshop", "", "infected"];

/// One password to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) text: String,
    pub(crate) source: PasswordSource,
}

/// All passwords of a scan, the most promising first.
#[derive(Debug, Default)]
pub(crate) struct Passwords {
    candidates: Vec<Candidate>,
    /// Work left for passwords that nobody gave; see [`crate::Limits::guessing`].
    work: u64,
}

impl Passwords {
    pub(crate) fn new(given: &[String], work: u64) -> Self {
        let mut seen = HashSet::new();
        let given = given.iter().map(|text| Candidate { text: text.clone(), source: PasswordSource::Given });
        let defaults =
            DEFAULTS.iter().map(|text| Candidate { text: (*text).to_owned(), source: PasswordSource::Default });
        let candidates = given.chain(defaults).filter(|candidate| seen.insert(candidate.text.clone())).collect();
        Self { candidates, work }
    }

    /// Tries one after the other. `cost` is the work of one attempt in rounds of its hash; what the person gave is
    /// always tried, the rest while there is work left.
    ///
    /// # Errors
    ///
    /// Those of `attempt`, which says `None` where a password does not fit.
    pub(crate) fn open<T>(
        &mut self,
        cost: u64,
        mut attempt: impl FnMut(&str) -> Result<Option<T>>,
    ) -> Result<Option<(T, PasswordSource)>> {
        for at in 0..self.candidates.len() {
            let Some(candidate) = self.candidates.get(at) else { break };
            if candidate.source != PasswordSource::Given {
                let Some(left) = self.work.checked_sub(cost) else { continue };
                self.work = left;
            }
            if let Some(opened) = attempt(&candidate.text)? {
                let source = candidate.source;
                self.candidates.get_mut(..=at).unwrap_or_default().rotate_right(1);
                return Ok(Some((opened, source)));
            }
        }
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
        let mut passwords = Passwords::new(&["a".into(), "b".into(), "a".into()], 100);
        assert_eq!(tried(&mut passwords, 1, "b"), (vec!["a".into(), "b".into()], Some(PasswordSource::Given)));
        assert_eq!(tried(&mut passwords, 1, "b"), (vec!["b".into()], Some(PasswordSource::Given)));
        let (all, opened) = tried(&mut passwords, 1, "infected");
        assert_eq!((all.len(), opened), (5, Some(PasswordSource::Default)));
    }

    #[test]
    fn guessing_is_paid_for_and_what_was_given_is_always_tried() {
        let mut passwords = Passwords::new(&["a".into()], 100);
        assert_eq!(tried(&mut passwords, 60, "x").0, ["a", "VelvetSweatshop"]);
        assert_eq!(tried(&mut passwords, 60, "x").0, ["a"]);
    }
}
