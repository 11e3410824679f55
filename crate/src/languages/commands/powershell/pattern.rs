//! Patterns: `*` and `?` of `-like`, and .NET's as far as hidden text needs them.

use super::run::Runner;
use super::value::Value;
use crate::error::Result;
use crate::languages::commands::LAYER;
use crate::languages::patterns::{Found, Pattern, replaced};

/// Whether text fits a pattern of `*` and `?`; both in one case. Quadratic at most, and both are short or paid for.
pub(super) fn wild(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().take(256).collect(), text.chars().take(4096).collect());
    let (mut p, mut t) = (0_usize, 0_usize);
    let mut star: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (None, None) => return true,
            (Some('*'), _) => {
                star = Some((p, t));
                p = p.saturating_add(1);
            }
            (Some('?'), Some(_)) => {
                p = p.saturating_add(1);
                t = t.saturating_add(1);
            }
            (Some(a), Some(b)) if a == b => {
                p = p.saturating_add(1);
                t = t.saturating_add(1);
            }
            _ => match star {
                Some((at, from)) if from < text.len() => {
                    star = Some((at, from.saturating_add(1)));
                    p = at.saturating_add(1);
                    t = from.saturating_add(1);
                }
                _ => return false,
            },
        }
    }
}

impl Runner<'_, '_> {
    /// Every match, paid for; `None` if the pattern says more than can be read, or is given up.
    fn matches(&mut self, text: &[char], pattern: &str, exact: bool) -> Result<Option<Vec<Found>>> {
        if text.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let (exact, pattern) = pattern.strip_prefix("(?i)").map_or((exact, pattern), |rest| (false, rest));
        let Some(pattern) = Pattern::new(pattern, !exact, false) else { return Ok(None) };
        let (found, ways) = pattern.all(text, true);
        let paid = self.pay(usize::try_from(ways / 8).unwrap_or(usize::MAX).saturating_add(text.len() / 4))?;
        Ok(found.filter(|_| paid))
    }

    /// `-replace`
    pub(super) fn replace(&mut self, text: &str, pattern: &str, with: &str, exact: bool) -> Result<Value> {
        let (chars, with): (Vec<char>, Vec<char>) = (text.chars().collect(), with.chars().collect());
        let found = self.matches(&chars, pattern, exact)?;
        let made = found.and_then(|found| replaced(&chars, &found, &with, LAYER));
        Ok(made.map_or(Value::Gap, |made| Value::text(&made.into_iter().collect::<String>())))
    }

    /// `-split`: at most so many parts, with what groups of the pattern take between them.
    pub(super) fn parts(&mut self, text: &str, pattern: &str, most: usize, exact: bool) -> Result<Option<Vec<Value>>> {
        let text: Vec<char> = text.chars().collect();
        let Some(found) = self.matches(&text, pattern, exact)? else { return Ok(None) };
        let (mut parts, mut at) = (Vec::new(), 0_usize);
        for (start, end, groups) in found.into_iter().take(most.saturating_sub(1)) {
            parts.push(part(&text, at, start));
            parts.extend(groups.into_iter().flatten().map(|(from, to)| part(&text, from, to)));
            at = end;
        }
        parts.push(part(&text, at, text.len()));
        Ok(Some(parts))
    }

    /// `[regex]::Matches`: the texts that match.
    pub(super) fn found(&mut self, text: &str, pattern: &str) -> Result<Option<Vec<Value>>> {
        let text: Vec<char> = text.chars().collect();
        let found = self.matches(&text, pattern, true)?;
        Ok(found.map(|found| found.into_iter().map(|(from, to, _)| part(&text, from, to)).collect()))
    }
}

fn part(text: &[char], from: usize, to: usize) -> Value {
    Value::text(&text.get(from..to).unwrap_or_default().iter().collect::<String>())
}
