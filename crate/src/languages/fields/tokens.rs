//! The words of an instruction: a keyword, arguments, switches ([ECMA-376] part 1, 17.16.1).

use crate::finding::is_invisible;

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Without its quotation marks, `\\` as one backslash where all backslashes are doubled.
    pub(crate) text: String,
    pub(crate) quoted: bool,
}

impl Token {
    /// Whether it is a switch: a backslash and one character, outside of quotation marks.
    pub(crate) fn is_switch(&self) -> bool {
        let mut chars = self.text.chars();
        !self.quoted && chars.next() == Some('\\') && chars.nth(1).is_none()
    }

    /// A switch that takes what follows it: formats of text, numbers and dates.
    pub(crate) fn is_format(&self) -> bool {
        !self.quoted && matches!(self.text.as_str(), "\\*" | "\\#" | "\\@")
    }
}

/// Word takes typographic quotation marks too.
const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '‟' | '＂')
}

/// The words of an instruction. Word does not see characters without a shape, and neither does a reader.
pub(crate) fn tokens(instruction: &str) -> Vec<Token> {
    let mut all = Vec::new();
    let mut current: Option<Token> = None;
    let mut inside = false;
    let mut chars = instruction.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if inside && chars.peek().is_some_and(|next| is_quote(*next)) => {
                if let (Some(token), Some(next)) = (&mut current, chars.next()) {
                    token.text.push(next);
                }
            }
            c if is_quote(c) => {
                // `cm"d"` is one word; a mark behind a finished one starts the next.
                if inside || current.as_ref().is_some_and(|token| token.quoted) {
                    all.extend(current.take());
                }
                inside = !inside;
                if inside {
                    current.get_or_insert_with(|| Token { text: String::new(), quoted: true });
                }
            }
            c if c.is_whitespace() && !inside => all.extend(current.take()),
            c if is_invisible(c) => {}
            c => current.get_or_insert_with(|| Token { text: String::new(), quoted: inside }).text.push(c),
        }
    }
    all.extend(current);
    for token in &mut all {
        token.text = unescape(std::mem::take(&mut token.text));
    }
    all
}

/// Paths are written with doubled backslashes. One that is not doubled shows that they are meant as they stand.
fn unescape(text: String) -> String {
    let mut rest = text.as_str();
    let mut doubled = false;
    while let Some(at) = rest.find('\\') {
        rest = rest.get(at..).unwrap_or_default();
        let run = rest.len().saturating_sub(rest.trim_start_matches('\\').len());
        if run % 2 == 1 {
            return text;
        }
        doubled = true;
        rest = rest.get(run..).unwrap_or_default();
    }
    if doubled { text.replace("\\\\", "\\") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_an_instruction() {
        let words = |text: &str| tokens(text).into_iter().map(|token| token.text).collect::<Vec<_>>();
        assert_eq!(words(" DDE  cmd \"/c a b\" "), ["DDE", "cmd", "/c a b"]);
        assert_eq!(words("\"DDEAUTO\" “c:\\\\a b”\"x\""), ["DDEAUTO", "c:\\a b", "x"]);
        assert_eq!(words("LINK a \\f 0 \\a"), ["LINK", "a", "\\f", "0", "\\a"]);
        assert_eq!(words("INCLUDETEXT \\\\\\\\host\\\\x"), ["INCLUDETEXT", "\\\\host\\x"]);
        assert_eq!(words("INCLUDETEXT \"\\\\host\\x\""), ["INCLUDETEXT", "\\\\host\\x"]);
        assert_eq!(words("D\u{200B}DE \"say \\\"a\\\"\""), ["DDE", "say \"a\""]);
        assert!(tokens("a \\h").pop().unwrap().is_switch());
        assert!(tokens("").is_empty());
    }
}
