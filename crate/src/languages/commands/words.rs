//! How a program of Windows sees its command line: words, quotes, backslashes before quotes.

/// A word and where the text behind it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Offset in the line, in bytes, at which the word starts and behind its end.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Splits as `CommandLineToArgvW` does: quotes hold blanks, `\"` is a quote, `""` inside quotes is one too.
pub(super) fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut chars = line.char_indices().peekable();
    while let Some((start, first)) = chars.peek().copied() {
        if is_blank(first) {
            chars.next();
            continue;
        }
        let mut text = String::new();
        let mut quoted = false;
        let mut end = line.len();
        while let Some((at, c)) = chars.peek().copied() {
            if is_blank(c) && !quoted {
                end = at;
                break;
            }
            chars.next();
            match c {
                '\\' => {
                    let mut slashes = 1_usize;
                    while chars.next_if(|(_, c)| *c == '\\').is_some() {
                        slashes = slashes.saturating_add(1);
                    }
                    if chars.peek().is_some_and(|(_, c)| *c == '"') {
                        text.extend(std::iter::repeat_n('\\', slashes / 2));
                        if slashes % 2 == 1 {
                            text.push('"');
                            chars.next();
                        }
                    } else {
                        text.extend(std::iter::repeat_n('\\', slashes));
                    }
                }
                '"' if quoted && chars.peek().is_some_and(|(_, c)| *c == '"') => {
                    chars.next();
                    text.push('"');
                }
                '"' => quoted = !quoted,
                c => text.push(c),
            }
        }
        words.push(Word { text, start, end });
    }
    words
}

/// Text in which two hex digits behind `mark` stand for an ASCII character: `%22` of addresses, `0x22` of `forfiles`.
pub(super) fn unescaped(text: &str, mark: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(mark) {
        out.push_str(before);
        match after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(u8::is_ascii) {
            Some(byte) => {
                out.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push_str(mark);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The program of a command line, as Windows and cmd.exe find it, and the rest of the line.
pub(super) fn program(line: &str) -> (String, &str) {
    let line = line.trim_start_matches(|c: char| is_blank(c) || matches!(c, ',' | ';' | '=' | '@'));
    let mut name = String::new();
    let mut quoted = false;
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            // `cmd/c`: a switch may follow the name at once.
            c if !quoted && (is_blank(c) || matches!(c, ',' | ';' | '=' | '(' | '<' | '>')) => {
                return (name, line.get(at..).unwrap_or_default());
            }
            '/' if !quoted && !name.contains([':', '/', '.']) && !name.is_empty() => {
                return (name, line.get(at..).unwrap_or_default());
            }
            c => name.push(c),
        }
    }
    (name, "")
}

/// The name a program goes by: no folder, no extension of a program, lower case.
pub(super) fn base(program: &str) -> String {
    let name = super::file_name(program);
    [".exe", ".com"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name).trim_end_matches('.').to_owned()
}

pub(super) const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{A0}' | '\n' | '\r')
}

/// Whether a word is a switch with this name: `-x`, `/x`, any case, any dash.
pub(super) fn is_switch(word: &str, names: &[&str]) -> bool {
    switch(word).is_some_and(|name| names.iter().any(|n| n.eq_ignore_ascii_case(name)))
}

/// The name of a switch.
pub(super) fn switch(word: &str) -> Option<&str> {
    word.strip_prefix(['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_a_program_gets() {
        let of = |line| words(line).into_iter().map(|word| word.text).collect::<Vec<_>>();
        assert_eq!(of(r#"a "b c" d\"e "f\\" "#), ["a", "b c", "d\"e", "f\\"]);
        assert_eq!(of(r#""C:\a b\c.exe" /x:"1 2""#), [r"C:\a b\c.exe", "/x:1 2"]);
        assert_eq!(program("cmd/c dir").0, "cmd");
        assert_eq!(program("  \"C:\\a b\\c.exe\" x"), ("C:\\a b\\c.exe".into(), " x"));
        assert_eq!(base("C:\\Windows\\System32\\CMD.EXE"), "cmd");
    }
}
