//! Words of JScript (\[ECMA-262\] 3rd edition, 7).

use std::rc::Rc;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(Rc<str>),
    Number(f64),
    Text(Rc<Vec<u16>>),
    /// A pattern and its flags.
    Pattern(Rc<str>, Rc<str>),
    Mark(&'static str),
}

/// A token, and whether a new line stands before it.
pub(super) type Placed = (Token, bool);

/// Marks, the longest first.
const MARKS: [&str; 48] = [
    ">>>=", "===", "!==", ">>>", "<<=", ">>=", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=",
    "%=", "&=", "|=", "^=", "<<", ">>", "{", "}", "(", ")", "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%", "&",
    "|", "^", "!", "~", "?", ":", "=", ".",
];

/// Splits a script; `None` where it is none.
pub(super) fn tokens(script: &str) -> Option<Vec<Placed>> {
    let mut list: Vec<Placed> = Vec::new();
    let (mut rest, mut line) = (script.trim_start_matches('\u{FEFF}'), false);
    while let Some(c) = rest.chars().next() {
        if matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}') {
            line = true;
            rest = behind(rest, c.len_utf8());
        } else if c.is_whitespace() || c == '\0' {
            rest = behind(rest, c.len_utf8());
        } else if rest.starts_with("//") || rest.starts_with("<!--") || line && rest.starts_with("-->") {
            rest = behind(rest, rest.find(['\n', '\r']).unwrap_or(rest.len()));
        } else if let Some(inside) = rest.strip_prefix("/*@cc_on") {
            // Conditional compilation: what stands in the comment is code.
            rest = inside;
        } else if let Some(inside) = rest.strip_prefix("@*/").or_else(|| rest.strip_prefix("@cc_on")) {
            rest = inside;
        } else if let Some(inside) = rest.strip_prefix("/*") {
            let end = inside.find("*/")?;
            line |= behind(rest, 0).get(..end).is_some_and(|comment| comment.contains('\n'));
            rest = behind(inside, end.checked_add(2)?);
        } else {
            let (token, after) = token(rest, c, list.last().map(|(token, _)| token))?;
            list.push((token, line));
            (rest, line) = (after, false);
        }
    }
    Some(list)
}

fn behind(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

fn token<'a>(rest: &'a str, c: char, before: Option<&Token>) -> Option<(Token, &'a str)> {
    if c == '"' || c == '\'' || c == '`' {
        return text(rest, c);
    }
    if c.is_ascii_digit() || c == '.' && behind(rest, 1).starts_with(|c: char| c.is_ascii_digit()) {
        return number(rest);
    }
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    if in_name(c) || c == '\\' {
        let end = rest.find(|c: char| !in_name(c) && c != '\\').unwrap_or(rest.len());
        let name = rest.get(..end)?;
        // `\u0065val` is a name too.
        let name = if name.contains('\\') { String::from_utf16(&unescaped(name)).ok()? } else { name.to_owned() };
        return Some((Token::Name(name.into()), behind(rest, end)));
    }
    if c == '/' && starts_pattern(before) {
        return pattern(rest);
    }
    let mark = MARKS.iter().find(|mark| rest.starts_with(**mark))?;
    Some((Token::Mark(mark), behind(rest, mark.len())))
}

/// Whether a slash starts a pattern: where no value stands before it.
fn starts_pattern(before: Option<&Token>) -> bool {
    match before {
        None => true,
        Some(Token::Mark(mark)) => !matches!(*mark, ")" | "]" | "}" | "++" | "--"),
        Some(Token::Name(name)) => matches!(&**name, "return" | "typeof" | "case" | "in" | "else" | "void" | "delete"),
        Some(_) => false,
    }
}

fn pattern(rest: &str) -> Option<(Token, &str)> {
    let (mut escaped, mut set) = (false, false);
    let end = behind(rest, 1).char_indices().find_map(|(at, c)| {
        let ends = c == '/' && !escaped && !set;
        set = match c {
            '[' if !escaped => true,
            ']' if !escaped => false,
            _ => set,
        };
        escaped = c == '\\' && !escaped;
        (ends || c == '\n').then_some((at, c))
    });
    let (end, _) = end.filter(|(_, c)| *c == '/')?;
    let source = rest.get(1..end.checked_add(1)?)?;
    let after = behind(rest, end.checked_add(2)?);
    let flags = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
    Some((Token::Pattern(source.into(), after.get(..flags)?.into()), behind(after, flags)))
}

fn number(rest: &str) -> Option<(Token, &str)> {
    if let Some(hex) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        let end = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
        let value = u32::from_str_radix(hex.get(..end)?, 16).ok()?;
        return Some((Token::Number(f64::from(value)), behind(hex, end)));
    }
    let mut end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let exponent = behind(rest, end).strip_prefix(['e', 'E']);
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let length = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        end = rest.len().checked_sub(digits.len())?.checked_add(length)?;
    }
    let text = rest.get(..end)?;
    let is_octal = text.len() > 1 && text.starts_with('0') && text.chars().all(|c| ('0'..'8').contains(&c));
    let value = if is_octal { f64::from(u32::from_str_radix(text, 8).ok()?) } else { text.parse().ok()? };
    Some((Token::Number(value), behind(rest, end)))
}

fn text(rest: &str, quote: char) -> Option<(Token, &str)> {
    let mut escaped = false;
    let end = behind(rest, 1).char_indices().find_map(|(at, c)| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })?;
    let inside = rest.get(1..end.checked_add(1)?)?;
    let units = if quote == '`' && inside.contains("${") {
        // What is put in between is not read.
        let mut pieces = inside.split("${");
        let first = pieces.next().unwrap_or_default().to_owned();
        unescaped(&pieces.fold(first, |text, piece| text + "…" + piece.split_once('}').map_or("", |(_, rest)| rest)))
    } else {
        unescaped(inside)
    };
    Some((Token::Text(Rc::new(units)), behind(rest, end.checked_add(2)?)))
}

fn unescaped(text: &str) -> Vec<u16> {
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = behind(rest, c.len_utf8());
        let mut unit = [0; 2];
        let Some(next) = rest.chars().next().filter(|_| c == '\\') else {
            units.extend_from_slice(c.encode_utf16(&mut unit));
            continue;
        };
        let digits = |from: usize, count: usize| {
            rest.get(from..from.saturating_add(count)).and_then(|hex| u16::from_str_radix(hex, 16).ok())
        };
        let octal = rest.find(|c: char| !('0'..'8').contains(&c)).unwrap_or(rest.len()).min(3);
        let (value, length) = match next {
            'n' => (Some(10), 1),
            'r' => (Some(13), 1),
            't' => (Some(9), 1),
            'b' => (Some(8), 1),
            'v' => (Some(11), 1),
            'f' => (Some(12), 1),
            'x' if digits(1, 2).is_some() => (digits(1, 2), 3),
            'u' if digits(1, 4).is_some() => (digits(1, 4), 5),
            '0'..='7' => (rest.get(..octal).and_then(|digits| u16::from_str_radix(digits, 8).ok()), octal),
            '\n' => (None, 1),
            '\r' => (None, if rest.starts_with("\r\n") { 2 } else { 1 }),
            other => {
                units.extend_from_slice(other.encode_utf16(&mut unit));
                (None, other.len_utf8())
            }
        };
        units.extend(value);
        rest = behind(rest, length);
    }
    units
}
