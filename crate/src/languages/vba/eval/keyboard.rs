//! Keys that a macro presses in the person's place: the statement `SendKeys` and the methods of that name. What is typed
//! into the box "Run" or a console starts programs like a command line does.

use super::machine::Machine;
use super::value::Value;
use crate::languages::{ActionKind, conversations};

/// Longest line that is kept, in bytes.
const LINE: usize = 8192;

impl Machine<'_, '_> {
    pub(super) fn type_keys(&mut self, keys: &Value) -> Value {
        self.spend(keys.weight() >> 4);
        let typed = characters(&keys.shown().unwrap_or_else(|| "…".into()));
        let mut line = std::mem::take(&mut self.typed);
        for part in typed.split_inclusive('\n') {
            if line.len().saturating_add(part.len()) <= LINE {
                line.push_str(part);
            }
            if part.ends_with('\n') {
                let command = std::mem::take(&mut line);
                if conversations::is_command_line(command.trim()) {
                    self.act(ActionKind::Run, &Value::text(command.trim()), true);
                }
            }
        }
        self.typed = line;
        Value::Empty
    }
}

/// The characters that keys write: `~` and `{ENTER}` end a line, `{x}` and `{x 3}` are the character itself, other names
/// in braces write none, and Ctrl (`^`) or Alt (`%`) with what follows goes elsewhere, so a new line starts.
fn characters(keys: &str) -> String {
    let mut typed = String::new();
    let mut rest = keys.chars();
    while let Some(c) = rest.next() {
        match c {
            '~' => typed.push('\n'),
            '+' | '(' | ')' => {}
            '^' | '%' => {
                if rest.next() == Some('{') {
                    rest.by_ref().take_while(|c| *c != '}').for_each(drop);
                }
                typed.push('\n');
            }
            '{' => {
                // The first character may be the closing brace itself.
                let first = rest.next();
                let more: String = rest.by_ref().take_while(|c| *c != '}').collect();
                let name: String = first.into_iter().chain(more.chars()).collect();
                let (key, count) = name.split_once(' ').unwrap_or((&name, "1"));
                let mut letters = key.chars();
                match (letters.next(), letters.next()) {
                    (Some(letter), None) => {
                        let times = count.trim().parse::<usize>().unwrap_or(1).min(64);
                        typed.extend(std::iter::repeat_n(letter, times));
                    }
                    _ if key.eq_ignore_ascii_case("enter") => typed.push('\n'),
                    _ => {}
                }
            }
            c => typed.push(c),
        }
    }
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation_of_keys() {
        assert_eq!(characters("^{ESC}cmd{ENTER}"), "\ncmd\n");
        assert_eq!(characters("a{+}b{(}c{)}{{}x{}}~"), "a+b(c){x}\n");
        assert_eq!(characters("{x 3}{TAB}%{F11}+abc"), "xxx\nabc");
    }
}
