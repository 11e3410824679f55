//! The language of `cmd.exe`, as far as lines given to it use it.
//!
//! cmd.exe reads a line in phases: `%variables%` are replaced, then quotes, carets and the marks `& | < > ( )` are
//! understood, then loops, `!variables!`, and the command runs. Obfuscation lives in each of them: carets between
//! letters, letters cut out of known variables, a line put together by `set` and `for`. Names of what runs are shown
//! as they are at the end.

mod run;
mod syntax;
mod variables;

use std::rc::Rc;

use super::words::{self, is_blank};
use super::{Decoder, Reader};
use crate::error::Result;
pub(super) use variables::Environment;

impl Decoder<'_> {
    /// The arguments of `cmd.exe`: `/c`, `/k` or `/r` and then the line; without them, the standard input.
    pub(super) fn cmd_arguments(&mut self, rest: &str, input: Option<&str>) {
        let mut at = rest;
        let mut environment = (*self.here.environment).clone();
        loop {
            at = at.trim_start_matches(|c: char| is_blank(c) || matches!(c, ',' | ';' | '='));
            let Some(switch) = at.strip_prefix('/').or_else(|| at.strip_prefix("\"/")) else { break };
            let mut chars = switch.chars();
            match chars.next().map(|c| c.to_ascii_lowercase()) {
                Some('c' | 'k' | 'r') => {
                    let line = chars.as_str();
                    let line = if at.starts_with('"') { line.strip_prefix('"').unwrap_or(line) } else { line };
                    self.layer_in(Reader::Cmd, &outer_quotes(line), input, Some(Rc::new(environment)));
                    return;
                }
                Some(letter) => {
                    let off = chars.as_str().get(..4).is_some_and(|rest| rest.eq_ignore_ascii_case(":off"));
                    environment.delayed |= letter == 'v' && !off;
                    at = chars.as_str().trim_start_matches(|c: char| c.is_alphanumeric() || c == ':');
                }
                None => break,
            }
        }
        if let Some(input) = input {
            self.layer(Reader::Cmd, input);
        }
    }

    /// Reads a line, or the lines of a batch file.
    pub(super) fn cmd(&mut self, line: &str, input: Option<&str>) -> Result<()> {
        let mut session = run::Session::new(self, input);
        for line in line.lines() {
            session.line(line, 0)?;
        }
        Ok(())
    }
}

/// cmd.exe takes one pair of quotes off the whole line, unless they only hold the name of a program.
fn outer_quotes(line: &str) -> String {
    let line = line.trim();
    let Some(inside) = line.strip_prefix('"') else { return line.to_owned() };
    let quotes = line.chars().filter(|c| *c == '"').count();
    let keeps = quotes == 2 && !line.contains(['&', '<', '>', '(', ')', '@', '^', '|']) && {
        let (name, _) = words::program(line);
        let has_blank = name.contains(' ');
        has_blank && (!inside.trim_end().ends_with('"') || name.to_ascii_lowercase().ends_with(".exe"))
    };
    if keeps {
        return line.to_owned();
    }
    match inside.rfind('"') {
        Some(at) => format!(
            "{}{}",
            inside.get(..at).unwrap_or_default(),
            inside.get(at.saturating_add(1)..).unwrap_or_default()
        ),
        None => inside.to_owned(),
    }
}
