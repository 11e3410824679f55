//! Regular expressions as macros and scripts use them to hide text: those of VBScript.RegExp (\[ECMA-262\] 3rd edition,
//! 15.10) and what .NET's have in common with them, by trying one way after the other, a bounded number of them. What a
//! pattern says that is not here makes its matches unknown.

/// Ways that are tried for one question, whatever the text.
const STEPS: u32 = 20_000;
/// And for each of its characters.
const STEPS_EACH: u32 = 32;
/// Nesting of groups and of their repetitions.
const DEPTH: u32 = 120;
/// Longest pattern, in characters.
const LONGEST: usize = 2000;

#[derive(Debug)]
enum Node {
    Char(char),
    Any,
    /// Ranges, and whether they are what must not stand here.
    Set(Vec<(char, char)>, bool),
    Start,
    End,
    /// `\b`, `\B`
    Edge(bool),
    /// Number of the group, if it keeps what it takes, and its alternatives.
    Group(Option<usize>, Vec<Vec<Item>>),
    Back(usize),
}

#[derive(Debug)]
struct Item {
    node: Node,
    least: usize,
    most: usize,
    lazy: bool,
}

/// A pattern that was read.
#[derive(Debug)]
pub(in crate::languages) struct Pattern {
    ways: Vec<Vec<Item>>,
    groups: usize,
    any_case: bool,
    lines: bool,
}

/// Where a match and its groups start and end.
pub(in crate::languages) type Found = (usize, usize, Vec<Option<(usize, usize)>>);

impl Pattern {
    pub(in crate::languages) fn new(pattern: &str, any_case: bool, lines: bool) -> Option<Self> {
        let chars: Vec<char> = pattern.chars().collect();
        let mut reader = Reader { chars: &chars, at: 0, groups: 0, depth: 0 };
        let ways = reader.ways()?;
        let is_whole = chars.len() <= LONGEST && reader.at == chars.len();
        is_whole.then_some(Self { ways, groups: reader.groups, any_case, lines })
    }

    /// The first match from a place on. `None` when the question is given up.
    fn find(&self, text: &[char], from: usize, left: &mut u32) -> Option<Option<Found>> {
        for start in from..=text.len() {
            let groups = vec![None; self.groups];
            let mut search = Search { pattern: self, text, groups, left: *left, depth: 0, torn: false };
            let end = self.ways.iter().find_map(|way| search.sequence(way, start, None));
            *left = search.left;
            if search.torn || search.left == 0 {
                return None;
            }
            if let Some(end) = end {
                return Some(Some((start, end, search.groups)));
            }
        }
        Some(None)
    }

    /// Every match, or the first, and how many ways were tried. `None` when there are too many.
    pub(in crate::languages) fn all(&self, text: &[char], global: bool) -> (Option<Vec<Found>>, u64) {
        let each = u32::try_from(text.len()).unwrap_or(u32::MAX).saturating_mul(STEPS_EACH);
        let most = STEPS.saturating_add(each);
        let mut left = most;
        let found = self.matches(text, global, &mut left);
        (found, u64::from(most.saturating_sub(left)))
    }

    fn matches(&self, text: &[char], global: bool, left: &mut u32) -> Option<Vec<Found>> {
        let (mut found, mut from) = (Vec::new(), 0_usize);
        while let Some((start, end, groups)) = self.find(text, from, left)? {
            from = if end > start { end } else { end.saturating_add(1) };
            found.push((start, end, groups));
            if !global || from > text.len() {
                break;
            }
        }
        Some(found)
    }
}

/// A text with something else in the place of every match. `None` when too much comes out.
pub(in crate::languages) fn replaced(
    text: &[char],
    found: &[Found],
    with: &[char],
    longest: usize,
) -> Option<Vec<char>> {
    let (mut made, mut at) = (Vec::new(), 0_usize);
    for found in found {
        made.extend_from_slice(text.get(at..found.0).unwrap_or_default());
        replacement(with, text, found, &mut made);
        at = found.1;
        if made.len() > longest {
            return None;
        }
    }
    made.extend_from_slice(text.get(at..).unwrap_or_default());
    Some(made)
}

struct Reader<'p> {
    chars: &'p [char],
    at: usize,
    groups: usize,
    depth: u32,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(c)
    }

    fn take(&mut self, wanted: char) -> bool {
        let is = self.peek() == Some(wanted);
        self.at = self.at.saturating_add(usize::from(is));
        is
    }

    fn ways(&mut self) -> Option<Vec<Vec<Item>>> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > 40 {
            return None;
        }
        let mut ways = vec![Vec::new()];
        while let Some(c) = self.peek().filter(|c| *c != ')') {
            if c == '|' {
                self.at = self.at.saturating_add(1);
                ways.push(Vec::new());
                continue;
            }
            let node = self.node()?;
            let (least, most) = self.times()?;
            let lazy = (least, most) != (1, 1) && self.take('?');
            ways.last_mut()?.push(Item { node, least, most, lazy });
        }
        self.depth = self.depth.saturating_sub(1);
        Some(ways)
    }

    fn node(&mut self) -> Option<Node> {
        Some(match self.next()? {
            '.' => Node::Any,
            '^' => Node::Start,
            '$' => Node::End,
            '(' => {
                let keeps = !(self.peek() == Some('?') && self.chars.get(self.at.saturating_add(1)) == Some(&':'));
                if !keeps {
                    self.at = self.at.saturating_add(2);
                } else if self.peek() == Some('?') {
                    return None;
                }
                let number = self.groups;
                self.groups = number.saturating_add(usize::from(keeps));
                let ways = self.ways()?;
                if !self.take(')') {
                    return None;
                }
                Node::Group(keeps.then_some(number), ways)
            }
            '[' => {
                let not = self.take('^');
                let mut ranges = Vec::new();
                loop {
                    let first = match self.next()? {
                        ']' => break,
                        '\\' => match class(self.peek()?) {
                            Some((more, false)) => {
                                self.at = self.at.saturating_add(1);
                                ranges.extend(more);
                                continue;
                            }
                            Some(_) => return None,
                            None => self.escape()?,
                        },
                        c => c,
                    };
                    let is_range = self.peek() == Some('-') && self.chars.get(self.at.saturating_add(1)) != Some(&']');
                    if is_range {
                        self.at = self.at.saturating_add(1);
                        let last = match self.next()? {
                            '\\' => self.escape()?,
                            c => c,
                        };
                        ranges.push((first, last));
                    } else {
                        ranges.push((first, first));
                    }
                }
                Node::Set(ranges, not)
            }
            '\\' => match self.peek()? {
                'b' | 'B' => Node::Edge(self.next()? == 'b'),
                c if class(c).is_some() => {
                    self.at = self.at.saturating_add(1);
                    class(c).map(|(ranges, not)| Node::Set(ranges, not))?
                }
                c @ '1'..='9' => {
                    self.at = self.at.saturating_add(1);
                    Node::Back(usize::try_from(c.to_digit(10)?).ok()?.saturating_sub(1))
                }
                _ => Node::Char(self.escape()?),
            },
            '*' | '+' | '?' | ')' => return None,
            c => Node::Char(c),
        })
    }

    /// What stands behind a backslash as one character.
    fn escape(&mut self) -> Option<char> {
        let hexadecimal = |reader: &mut Self, count: usize| {
            let digits: String = reader.chars.get(reader.at..reader.at.checked_add(count)?)?.iter().collect();
            reader.at = reader.at.saturating_add(count);
            char::from_u32(u32::from_str_radix(&digits, 16).ok()?)
        };
        Some(match self.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\u{C}',
            'v' => '\u{B}',
            'x' => return hexadecimal(self, 2),
            'u' => return hexadecimal(self, 4),
            c if c.is_ascii_alphanumeric() => return None,
            c => c,
        })
    }

    fn number(&mut self) -> Option<usize> {
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at = self.at.saturating_add(1);
        }
        self.chars.get(from..self.at)?.iter().collect::<String>().parse().ok()
    }

    fn times(&mut self) -> Option<(usize, usize)> {
        Some(match self.peek() {
            Some('*') => {
                self.at = self.at.saturating_add(1);
                (0, usize::MAX)
            }
            Some('+') => {
                self.at = self.at.saturating_add(1);
                (1, usize::MAX)
            }
            Some('?') => {
                self.at = self.at.saturating_add(1);
                (0, 1)
            }
            Some('{') => {
                self.at = self.at.saturating_add(1);
                let least = self.number()?;
                let most = match self.take(',') {
                    true if self.peek() == Some('}') => usize::MAX,
                    true => self.number()?,
                    false => least,
                };
                if !self.take('}') {
                    return None;
                }
                (least, most)
            }
            _ => (1, 1),
        })
    }
}

/// `\d`, `\W` and the like: ranges, and whether they are what must not stand there.
fn class(c: char) -> Option<(Vec<(char, char)>, bool)> {
    let ranges: &[(char, char)] = match c.to_ascii_lowercase() {
        'd' => &[('0', '9')],
        'w' => &[('A', 'Z'), ('a', 'z'), ('0', '9'), ('_', '_')],
        's' => &[('\t', '\r'), (' ', ' '), ('\u{A0}', '\u{A0}')],
        _ => return None,
    };
    Some((ranges.to_vec(), c.is_ascii_uppercase()))
}

struct Search<'t> {
    pattern: &'t Pattern,
    text: &'t [char],
    groups: Vec<Option<(usize, usize)>>,
    left: u32,
    depth: u32,
    torn: bool,
}

/// What follows behind one round of a group.
struct Then<'s> {
    item: &'s Item,
    rounds: usize,
    start: usize,
    rest: &'s [Item],
    next: Option<&'s Then<'s>>,
}

impl Search<'_> {
    fn sequence(&mut self, items: &[Item], at: usize, next: Option<&Then<'_>>) -> Option<usize> {
        self.left = self.left.saturating_sub(1);
        self.torn |= self.depth >= DEPTH;
        if self.left == 0 || self.torn {
            return None;
        }
        let Some((item, rest)) = items.split_first() else {
            return match next {
                None => Some(at),
                Some(then) => self.round(then, at),
            };
        };
        self.depth = self.depth.saturating_add(1);
        let end = self.item(item, rest, at, next);
        self.depth = self.depth.saturating_sub(1);
        end
    }

    fn item(&mut self, item: &Item, rest: &[Item], at: usize, next: Option<&Then<'_>>) -> Option<usize> {
        match &item.node {
            Node::Group(..) => return self.group(item, 0, at, rest, next),
            Node::Start | Node::End | Node::Edge(_) => {
                return if self.holds(&item.node, at) { self.sequence(rest, at, next) } else { None };
            }
            Node::Back(group) => {
                let (from, to) = self.groups.get(*group).copied().flatten().unwrap_or((0, 0));
                let taken = self.text.get(from..to)?;
                let fits = self.text.get(at..).is_some_and(|text| text.starts_with(taken));
                return if fits { self.sequence(rest, at.saturating_add(taken.len()), next) } else { None };
            }
            _ => {}
        }
        let fitting = self.text.get(at..)?.iter().take(item.most).take_while(|c| self.fits(&item.node, **c)).count();
        self.left = self.left.saturating_sub(u32::try_from(fitting / 8).unwrap_or(u32::MAX));
        if fitting < item.least {
            return None;
        }
        let mut go = |count: usize| self.sequence(rest, at.saturating_add(count), next);
        match item.lazy {
            true => (item.least..=fitting).find_map(&mut go),
            false => (item.least..=fitting).rev().find_map(&mut go),
        }
    }

    fn group(
        &mut self,
        item: &Item,
        rounds: usize,
        at: usize,
        rest: &[Item],
        next: Option<&Then<'_>>,
    ) -> Option<usize> {
        let Node::Group(_, ways) = &item.node else { return None };
        if item.lazy
            && rounds >= item.least
            && let Some(end) = self.sequence(rest, at, next)
        {
            return Some(end);
        }
        if rounds < item.most {
            let then = Then { item, rounds: rounds.saturating_add(1), start: at, rest, next };
            if let Some(end) = ways.iter().find_map(|way| self.sequence(way, at, Some(&then))) {
                return Some(end);
            }
        }
        if !item.lazy && rounds >= item.least { self.sequence(rest, at, next) } else { None }
    }

    /// A round of a group ends here.
    fn round(&mut self, then: &Then<'_>, at: usize) -> Option<usize> {
        let Node::Group(number, _) = &then.item.node else { return None };
        if at == then.start && then.rounds > then.item.least.max(1) {
            return None;
        }
        let slot = number.and_then(|number| self.groups.get_mut(number));
        let before = slot.map(|slot| slot.replace((then.start, at)));
        self.depth = self.depth.saturating_add(1);
        let end = self.group(then.item, then.rounds, at, then.rest, then.next);
        self.depth = self.depth.saturating_sub(1);
        if end.is_none()
            && let (Some(before), Some(slot)) = (before, number.and_then(|number| self.groups.get_mut(number)))
        {
            *slot = before;
        }
        end
    }

    fn fits(&self, node: &Node, c: char) -> bool {
        let cases = |c: char| [c, c.to_ascii_lowercase(), c.to_ascii_uppercase()];
        let any = |test: &dyn Fn(char) -> bool| {
            if self.pattern.any_case { cases(c).into_iter().any(test) } else { test(c) }
        };
        match node {
            Node::Char(wanted) => any(&|c| c == *wanted),
            Node::Any => c != '\n',
            Node::Set(ranges, not) => any(&|c| ranges.iter().any(|(from, to)| (*from..=*to).contains(&c))) != *not,
            _ => false,
        }
    }

    fn holds(&self, node: &Node, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|at| self.text.get(at)).copied();
        let here = self.text.get(at).copied();
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        match node {
            Node::Start => before.is_none() || self.pattern.lines && before == Some('\n'),
            Node::End => here.is_none() || self.pattern.lines && matches!(here, Some('\n' | '\r')),
            Node::Edge(wanted) => (is_word(before) != is_word(here)) == *wanted,
            _ => false,
        }
    }
}

/// What `$1`, `$&` and `$$` of a replacement stand for.
fn replacement(with: &[char], text: &[char], found: &Found, out: &mut Vec<char>) {
    let (start, end, groups) = found;
    let mut at = 0_usize;
    while let Some(c) = with.get(at) {
        at = at.saturating_add(1);
        let next = with.get(at).copied().filter(|_| *c == '$');
        let group = |digit: char| digit.to_digit(10).and_then(|n| groups.get((n as usize).checked_sub(1)?));
        let taken = match next {
            Some('$') => Some(&['$'][..]),
            Some('&') => text.get(*start..*end),
            Some(digit) if digit.is_ascii_digit() => {
                group(digit).map(|group| group.and_then(|(from, to)| text.get(from..to)).unwrap_or_default())
            }
            _ => None,
        };
        match taken {
            Some(taken) => {
                out.extend_from_slice(taken);
                at = at.saturating_add(1);
            }
            None => out.push(*c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(pattern: &str, text: &str) -> Option<Vec<String>> {
        let chars: Vec<char> = text.chars().collect();
        let found = Pattern::new(pattern, false, false).unwrap().all(&chars, false).0.unwrap();
        let part = |from: usize, to: usize| chars[from..to].iter().collect::<String>();
        found.into_iter().next().map(|(start, end, groups)| {
            let groups = groups.into_iter().map(|group| group.map_or(String::new(), |(from, to)| part(from, to)));
            std::iter::once(part(start, end)).chain(groups).collect()
        })
    }

    #[test]
    fn patterns_find_what_they_say() {
        for (pattern, text, expected) in [
            ("a+b", "xaab", &["aab"][..]),
            ("(\\w+)@(\\w+)", "to me@here now", &["me@here", "me", "here"]),
            ("(a|ab)(c|bcd)(d*)", "abcd", &["abcd", "a", "bcd", ""]),
            ("<.+?>", "<a><b>", &["<a>"]),
            ("(ab)*c", "ababc", &["ababc", "ab"]),
            ("^\\d{2,3}$", "123", &["123"]),
            ("(.)\\1", "abccd", &["cc", "c"]),
            ("[^a-c\\d]+", "a1xyb", &["xy"]),
            ("\\bend\\b", "bend end", &["end"]),
            ("(?:x)?y", "y", &["y"]),
            ("(a*)*b", "aab", &["aab", "aa"]),
        ] {
            let expected: Vec<String> = expected.iter().map(|part| (*part).to_owned()).collect();
            assert_eq!(first(pattern, text), Some(expected), "{pattern}");
        }
        assert_eq!(first("x", "abc"), None);
        for torn in ["(", "a**", "[", "(?=a)", "\\q", "a{2", "*"] {
            assert!(Pattern::new(torn, false, false).is_none(), "{torn}");
        }
    }

    #[test]
    fn patterns_with_too_many_ways_are_given_up() {
        let text: Vec<char> = "a".repeat(40).chars().collect();
        assert!(Pattern::new("(a|a)*(a|a)*(a|a)*b", false, false).unwrap().all(&text, true).0.is_none());
        let long: Vec<char> = "a".repeat(100_000).chars().collect();
        assert!(Pattern::new("(ab|a)*c", false, false).unwrap().all(&long, true).0.is_none());
        assert!(Pattern::new("[a-z]+", false, false).unwrap().all(&long, true).0.is_some());
    }
}
