//! Patterns: `*` and `?` of `-like`, and the little of .NET's patterns that hidden text needs.

use super::value::{LIST, join};

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

/// A pattern of `-replace` and `-split`, as far as scripts that only hide text use them: alternatives of characters,
/// escapes and sets, each of which stands once. Anything else makes the result unknown.
pub(super) struct Pattern {
    alternatives: Vec<Vec<Piece>>,
    exact: bool,
}

enum Piece {
    Char(char),
    Set(Vec<char>, bool),
    Any,
    Digit,
    Blank,
}

impl Pattern {
    pub(super) fn new(pattern: &str, exact: bool) -> Option<Self> {
        let mut alternatives = vec![Vec::new()];
        let mut exact = exact;
        let mut pattern = pattern;
        if let Some(rest) = pattern.strip_prefix("(?i)") {
            (exact, pattern) = (false, rest);
        }
        // One group around everything does not matter.
        if let Some(inside) =
            pattern.strip_prefix('(').and_then(|p| p.strip_suffix(')')).filter(|p| !p.contains(['(', ')']))
        {
            pattern = inside.strip_prefix("?:").unwrap_or(inside);
        }
        let mut chars = pattern.chars().peekable();
        while let Some(c) = chars.next() {
            let piece = match c {
                '|' => {
                    alternatives.push(Vec::new());
                    continue;
                }
                '\\' => match chars.next()? {
                    'd' => Piece::Digit,
                    's' => Piece::Blank,
                    'n' => Piece::Char('\n'),
                    'r' => Piece::Char('\r'),
                    't' => Piece::Char('\t'),
                    'x' => {
                        let hex: String = chars.by_ref().take(2).collect();
                        Piece::Char(char::from(u8::from_str_radix(&hex, 16).ok()?))
                    }
                    c if c.is_ascii_alphanumeric() => return None,
                    c => Piece::Char(c),
                },
                '.' => Piece::Any,
                '[' => {
                    let negative = chars.next_if_eq(&'^').is_some();
                    let mut set = Vec::new();
                    loop {
                        match chars.next()? {
                            ']' if !set.is_empty() => break,
                            '\\' => set.push(chars.next()?),
                            '-' if !set.is_empty() && chars.peek().is_some_and(|c| *c != ']') => {
                                let (from, to) = (*set.last()?, chars.next()?);
                                if u32::from(to).saturating_sub(u32::from(from)) > 256 {
                                    return None;
                                }
                                set.extend(from..=to);
                            }
                            c => set.push(c),
                        }
                    }
                    Piece::Set(set, negative)
                }
                '*' | '+' | '?' | '{' | '(' | ')' | '^' | '$' => return None,
                c => Piece::Char(c),
            };
            alternatives.last_mut()?.push(piece);
        }
        (alternatives.len() <= 64 && alternatives.iter().all(|pieces| pieces.len() <= 256))
            .then_some(Self { alternatives, exact })
    }

    /// How many characters match at the start of `text`.
    fn at(&self, text: &[char]) -> Option<usize> {
        self.alternatives.iter().find_map(|pieces| {
            let fits = pieces.len() <= text.len()
                && pieces.iter().zip(text).all(|(piece, c)| {
                    let same = |a: &char| a == c || !self.exact && a.to_lowercase().eq(c.to_lowercase());
                    match piece {
                        Piece::Char(a) => same(a),
                        Piece::Set(set, negative) => set.iter().any(same) != *negative,
                        Piece::Any => *c != '\n',
                        Piece::Digit => c.is_ascii_digit(),
                        Piece::Blank => c.is_whitespace(),
                    }
                });
            (fits && !pieces.is_empty()).then_some(pieces.len())
        })
    }

    pub(super) fn split(&self, text: &str, most: usize) -> Vec<String> {
        let chars: Vec<char> = text.chars().collect();
        // An empty pattern parts every character.
        if self.alternatives.iter().all(Vec::is_empty) {
            return std::iter::once(String::new())
                .chain(chars.iter().map(char::to_string))
                .chain(std::iter::once(String::new()))
                .collect();
        }
        let (mut parts, mut part, mut at) = (Vec::new(), String::new(), 0_usize);
        while let Some(rest) = chars.get(at..).filter(|rest| !rest.is_empty()) {
            match self.at(rest) {
                Some(n) if parts.len().saturating_add(1) < most => {
                    parts.push(std::mem::take(&mut part));
                    at = at.saturating_add(n);
                }
                _ => {
                    part.extend(rest.first());
                    at = at.saturating_add(1);
                }
            }
        }
        parts.push(part);
        parts
    }
}

/// `-replace`: `None` if the pattern says more than can be read.
pub(super) fn replace_pattern(text: &str, pattern: &str, with: &str, exact: bool) -> Option<String> {
    if pattern.is_empty() {
        return Some(text.to_owned());
    }
    let pattern = Pattern::new(pattern, exact)?;
    let with = with.replace("$$", "$");
    Some(join(pattern.split(text, LIST).into_iter(), &with))
}
