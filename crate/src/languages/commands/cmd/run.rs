//! Commands carried out, as far as they only move text: `set`, `echo`, `for`, `if`, `call`. All others are looked at.

use std::rc::Rc;

use super::syntax::{Body, Node, parse};
use super::variables::{Environment, number};
use super::words::{self, is_switch, words};
use crate::error::Result;
use crate::languages::ActionKind;
use crate::languages::commands::{COMMANDS, Decoder, GAP, LAYER, Reader, cut, file_name, unquoted};

/// One `cmd.exe`.
pub(super) struct Session<'d, 'b> {
    decoder: &'d mut Decoder<'b>,
    environment: Environment,
    input: Option<String>,
    /// Variables of the loops around.
    loops: Vec<(char, String)>,
}

/// `call` inside `call`, loops inside loops.
const NESTING: u8 = 24;

impl<'d, 'b> Session<'d, 'b> {
    pub(super) fn new(decoder: &'d mut Decoder<'b>, input: Option<&str>) -> Self {
        let environment = (*decoder.here.environment).clone();
        Self { decoder, environment, input: input.map(str::to_owned), loops: Vec::new() }
    }

    /// A line as it is typed: variables first, then everything else.
    pub(super) fn line(&mut self, line: &str, depth: u8) -> Result<()> {
        let line = self.environment.expand(line, '%');
        self.list(&parse(&line), depth).map(|_| ())
    }

    /// Commands one after the other; gives what they print, as far as all of it is known.
    fn list(&mut self, nodes: &[Node], depth: u8) -> Result<Option<String>> {
        let mut printed = Some(String::new());
        let mut input = self.input.clone();
        for node in nodes {
            let output = self.node(node, input.as_deref(), depth)?;
            if node.piped {
                input = Some(output.unwrap_or_else(|| GAP.into()));
                continue;
            }
            input.clone_from(&self.input);
            match (output, &mut printed) {
                (Some(text), Some(all)) if all.len().saturating_add(text.len()) <= LAYER => all.push_str(&text),
                (Some(text), _) if text.is_empty() => {}
                _ => printed = None,
            }
        }
        Ok(printed)
    }

    fn node(&mut self, node: &Node, input: Option<&str>, depth: u8) -> Result<Option<String>> {
        self.decoder.commands = self.decoder.commands.saturating_add(1);
        if self.decoder.commands > COMMANDS || depth > NESTING {
            // What comes after this is not known.
            self.decoder.step(ActionKind::Run, GAP);
            return Ok(None);
        }
        let inner = depth.saturating_add(1);
        let read = node.reads.as_deref().map(|file| self.content(file));
        let input = match &read {
            Some(content) => content.as_deref(),
            None => input,
        };
        let output = match &node.body {
            Body::Simple(text) => {
                let text = self.resolved(text);
                self.decoder.budget.steps((text.len() as u64).saturating_add(8))?;
                // Long lines in loops count for as much as they cost.
                self.decoder.commands = self.decoder.commands.saturating_add(text.len() / 128);
                self.simple(&text, input, inner)?
            }
            Body::Group(nodes) => self.list(nodes, inner)?,
            Body::For { options, variable, set, body } => self.repeat(options, *variable, set, body, inner)?,
            Body::If { condition, then, otherwise } => match self.holds(condition) {
                Some(true) => self.list(then, inner)?,
                Some(false) => self.list(otherwise, inner)?,
                None => {
                    self.list(then, inner)?;
                    self.list(otherwise, inner)?;
                    None
                }
            },
        };
        if node.writes.is_empty() {
            return Ok(output);
        }
        for file in &node.writes {
            let file = self.resolved(file);
            self.write(&file, output.as_deref().unwrap_or(GAP));
        }
        Ok(Some(String::new()))
    }

    /// With the variables of loops, of the line so far, and the delayed ones.
    fn resolved(&self, text: &str) -> String {
        let text = self.with_loops(text);
        let text = self.environment.expand(&text, '%');
        if text.contains('!') { self.environment.expand(&text, '!') } else { text }
    }

    /// `%i`, `%%i`, and with modifiers `%~i`, `%~nxi`.
    fn with_loops(&self, text: &str) -> String {
        if self.loops.is_empty() || !text.contains('%') {
            return text.to_owned();
        }
        let mut out = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '%' || out.len() > LAYER {
                out.push(c);
                continue;
            }
            let mut ahead = chars.clone();
            if ahead.peek() == Some(&'%') {
                ahead.next();
            }
            let modified = ahead.next_if_eq(&'~').is_some();
            let mut name = ahead.next();
            if modified {
                while let Some(letter) = name.filter(|c| "fdpnxsatzFDPNXSATZ".contains(*c)) {
                    match ahead.peek() {
                        Some(c) if c.is_ascii_alphabetic() => name = ahead.next(),
                        _ => {
                            name = Some(letter);
                            break;
                        }
                    }
                }
            }
            match self.loops.iter().rev().find(|(variable, _)| Some(*variable) == name) {
                Some((_, value)) => {
                    out.push_str(if modified { value.trim_matches('"') } else { value });
                    chars = ahead;
                }
                None => out.push(c),
            }
        }
        out
    }

    // ---- files -----------------------------------------------------------------------------------------------------

    fn content(&self, file: &str) -> Option<String> {
        self.decoder.files.get(&self.resolved(file)).map(|text| text.to_string())
    }

    fn write(&mut self, file: &str, text: &str) {
        self.decoder.written(file);
        self.decoder.files.append(file, text);
    }

    // ---- commands --------------------------------------------------------------------------------------------------

    /// One command with everything resolved. Gives what it prints, if that is known.
    fn simple(&mut self, text: &str, input: Option<&str>, depth: u8) -> Result<Option<String>> {
        let (program, rest) = words::program(text);
        let name = words::base(&program);
        // `echo.`, `echo(`, `echo:`, `cd\`, `set"x=1"`.
        let built_in = name.split(['.', ':', '(', '"', '\\', '+', '[', ']']).next().unwrap_or_default();
        let behind = text.trim_start().get(built_in.len()..).unwrap_or_default();
        let nothing = Ok(Some(String::new()));
        match built_in {
            "echo" => {
                let said = behind.strip_prefix([' ', '\t', '.', ':', '(', ',', ';', '=', '/', '+']).unwrap_or(behind);
                return Ok(Some(format!("{said}\r\n")));
            }
            "set" => return Ok(self.set(behind, input)),
            "call" if depth < NESTING => {
                let line = self.environment.expand(behind, '%');
                let name = file_name(&words::program(&line).0);
                if !line.trim_start().starts_with(':') || !name.is_empty() {
                    self.list(&parse(&line), depth)?;
                }
                return Ok(None);
            }
            "type" if !rest.trim().is_empty() => {
                let file = unquoted(rest);
                if file.starts_with("\\\\") {
                    self.decoder.step(ActionKind::Fetch, &file);
                }
                return Ok(self.content(&file));
            }
            "findstr" | "find" => return Ok(self.filter(&name, rest, input)),
            "assoc" => return Ok(associations(rest)),
            "more" | "sort" | "clip" => return Ok(input.map(str::to_owned)),
            "start" => {
                self.launch(rest);
                return nothing;
            }
            "copy" | "xcopy" | "move" | "ren" | "rename" | "robocopy" | "replace" | "mklink" => {
                self.copy(built_in, rest);
                return nothing;
            }
            "del" | "erase" | "rd" | "rmdir" => {
                let of = words(rest).into_iter().map(|word| word.text).filter(|word| words::switch(word).is_none());
                for file in of.take(8).collect::<Vec<_>>() {
                    self.decoder.step(ActionKind::Delete, file);
                }
                return nothing;
            }
            "setlocal" => {
                self.environment.delayed |= behind.to_ascii_lowercase().contains("enabledelayedexpansion");
                return Ok(None);
            }
            "" | "rem" | "cd" | "chdir" | "md" | "mkdir" | "cls" | "color" | "title" | "ver" | "vol" | "prompt"
            | "pushd" | "popd" | "endlocal" | "shift" | "exit" | "goto" | "pause" | "path" | "verify" | "date"
            | "time" | "break" | "dir" | "ftype" | "chcp" | "timeout" | "else" => return Ok(None),
            _ => {}
        }
        let environment = Rc::new(self.environment.clone());
        self.decoder.layer_in(Reader::Program, text, input, Some(environment));
        Ok(None)
    }

    /// `set name=value`, `/a` for numbers, `/p` for what is read.
    fn set(&mut self, rest: &str, input: Option<&str>) -> Option<String> {
        let rest = rest.trim_start();
        let lower = rest.get(..2).unwrap_or_default().to_ascii_lowercase();
        let behind = rest.get(2..).unwrap_or_default();
        if lower == "/a" {
            let mut last = None;
            for assignment in behind.split(',') {
                let assignment: String = assignment.chars().filter(|c| *c != '"').collect();
                let (name, value) = assignment.split_once('=').unwrap_or(("", &assignment));
                let (name, operator) = match name.trim().strip_suffix(['+', '-', '*', '/', '%']) {
                    Some(plain) => (plain.trim(), name.trim().chars().next_back()),
                    None => (name.trim(), None),
                };
                let mut value = self.calculate(value);
                if let (Some(operator), Some(right)) = (operator, value) {
                    value = self.environment.get(name).and_then(number).and_then(|left| apply(operator, left, right));
                }
                last = value;
                if !name.is_empty() {
                    self.environment.set(name, &value.map_or_else(|| GAP.into(), |value| value.to_string()));
                }
            }
            return last.map(|value| value.to_string());
        }
        let (rest, asks) = if lower == "/p" { (behind.trim_start(), true) } else { (rest, false) };
        let rest = match rest.strip_prefix('"') {
            Some(inside) => inside.rfind('"').and_then(|at| inside.get(..at)).unwrap_or(inside),
            None => rest,
        };
        let Some((name, value)) = rest.split_once('=') else { return Some(self.environment.list(rest)) };
        if asks {
            let read = input.and_then(|input| input.lines().next()).unwrap_or(GAP).to_owned();
            if !name.is_empty() {
                self.environment.set(name, &read);
            }
            // `set /p =text` prints without the end of a line.
            return Some(value.to_owned());
        }
        self.environment.set(name, value);
        Some(String::new())
    }

    /// Numbers of `set /a`, from left to right without brackets: enough for indexes.
    fn calculate(&self, expression: &str) -> Option<i64> {
        let mut total: Option<i64> = None;
        let mut operator = '+';
        let mut rest = expression.trim();
        while !rest.is_empty() {
            let end = rest.char_indices().skip(1).find(|(_, c)| "+-*/%".contains(*c)).map_or(rest.len(), |(at, _)| at);
            let operand = rest.get(..end)?.trim();
            let value =
                number(operand).or_else(|| self.environment.get(operand.trim_matches(['!', '%'])).and_then(number))?;
            total = Some(match total {
                None => value,
                Some(left) => apply(operator, left, value)?,
            });
            operator = rest.get(end..)?.chars().next().unwrap_or('+');
            rest = rest.get(end.saturating_add(1)..).unwrap_or_default().trim();
        }
        total
    }

    fn filter(&self, name: &str, rest: &str, input: Option<&str>) -> Option<String> {
        let words = words(rest);
        let mut plain = words.iter().map(|word| word.text.as_str()).filter(|word| words::switch(word).is_none());
        let wanted = words
            .iter()
            .find_map(|word| {
                let lower = word.text.to_ascii_lowercase();
                lower.strip_prefix("/c:").map(|_| word.text.get(3..).unwrap_or_default().to_owned())
            })
            .or_else(|| plain.next().map(str::to_owned))?;
        let text = match input {
            Some(input) => input.to_owned(),
            None => self.content(plain.next()?)?,
        };
        let inverse = words.iter().any(|word| is_switch(&word.text, &["v"]));
        let wanted = wanted.trim_matches(['^', '$', '"']).to_ascii_lowercase();
        // `find` and `findstr` without /c: any of the words.
        let wanted: Vec<&str> = if name == "find" { vec![wanted.as_str()] } else { wanted.split(' ').collect() };
        let holds = |line: &str| {
            let line = line.to_ascii_lowercase();
            wanted.iter().any(|word| line.contains(word))
        };
        Some(text.lines().filter(|line| holds(line) != inverse).flat_map(|line| [line, "\r\n"]).collect())
    }

    /// `start ["title"] [switches] program arguments`.
    fn launch(&mut self, rest: &str) {
        let mut rest = rest.trim_start();
        loop {
            if let Some(inside) = rest.strip_prefix('"') {
                let (title, behind) = inside.split_once('"').unwrap_or((inside, ""));
                if behind.trim().is_empty() {
                    // A title alone opens a window only; an address or path in quotes is one, too.
                    return;
                }
                // The first text in quotes is the title; `start "" "C:\a b.exe"`.
                rest = behind.trim_start();
                if title.contains(['\\', '.']) && !behind.starts_with(' ') {
                    return;
                }
                break;
            }
            let Some(switch) = rest.strip_prefix('/') else { break };
            let (name, behind) = switch.split_once(words::is_blank).unwrap_or((switch, ""));
            let takes = matches!(name.to_ascii_lowercase().as_str(), "d" | "affinity" | "node" | "machine");
            rest = behind.trim_start();
            if takes {
                rest = words(rest).first().and_then(|word| rest.get(word.end..)).unwrap_or_default().trim_start();
            }
        }
        while let Some(switch) = rest.strip_prefix('/') {
            let (_, behind) = switch.split_once(words::is_blank).unwrap_or((switch, ""));
            rest = behind.trim_start();
        }
        let environment = Rc::new(self.environment.clone());
        self.decoder.layer_in(Reader::Program, rest, None, Some(environment));
    }

    /// Copies: the new file, and under which name a program of Windows goes from now on.
    fn copy(&mut self, how: &str, rest: &str) {
        let words: Vec<String> = words(rest)
            .into_iter()
            .map(|word| word.text)
            .filter(|word| !word.starts_with('/') && word != "+" && !word.is_empty())
            .collect();
        let (Some(first), Some(last)) = (words.first(), words.get(1..).and_then(<[String]>::last)) else { return };
        let (from, to) = if how == "mklink" { (last, first) } else { (first, last) };
        let source = words::base(from);
        self.decoder.copied(&source, to);
        if first.starts_with("\\\\") && how != "mklink" {
            self.decoder.download(first, to);
        } else if !matches!(how, "ren" | "rename") {
            self.decoder.written(to);
        }
        if let Some(content) = self.decoder.files.get(from) {
            self.decoder.files.replace(to, &content);
        }
    }

    // ---- conditions and loops --------------------------------------------------------------------------------------

    /// Whether a condition holds, if that can be told.
    fn holds(&self, condition: &str) -> Option<bool> {
        let condition = self.resolved(condition);
        let mut rest = condition.trim();
        let (mut not, mut blind) = (false, false);
        loop {
            let lower = rest.to_ascii_lowercase();
            if lower.starts_with("not ") {
                not = !not;
                rest = rest.get(4..)?.trim_start();
            } else if lower.starts_with("/i ") {
                blind = true;
                rest = rest.get(3..)?.trim_start();
            } else {
                break;
            }
        }
        if rest.contains(GAP) || rest.contains('%') {
            return None;
        }
        let fold = |text: &str| if blind { text.trim().to_lowercase() } else { text.trim().to_owned() };
        let holds = if let Some((left, right)) = rest.split_once("==") {
            fold(left) == fold(right)
        } else {
            let words: Vec<&str> = rest.split_whitespace().collect();
            match words.as_slice() {
                [first, name] if first.eq_ignore_ascii_case("defined") => self.environment.get(name).is_some(),
                [left, operator, right] => {
                    let order = match (number(left), number(right)) {
                        (Some(left), Some(right)) => left.cmp(&right),
                        _ => fold(left).cmp(&fold(right)),
                    };
                    match operator.to_ascii_lowercase().as_str() {
                        "equ" => order.is_eq(),
                        "neq" => order.is_ne(),
                        "lss" => order.is_lt(),
                        "leq" => order.is_le(),
                        "gtr" => order.is_gt(),
                        "geq" => order.is_ge(),
                        _ => return None,
                    }
                }
                _ => return None,
            }
        };
        Some(holds != not)
    }

    /// `for`: every value in its turn.
    fn repeat(&mut self, options: &str, variable: char, set: &str, body: &[Node], depth: u8) -> Result<Option<String>> {
        let set = self.resolved(set);
        let lower = options.trim().to_ascii_lowercase();
        let rounds: Vec<Vec<String>> = if lower.starts_with("/f") {
            self.lines_of(options.trim().get(2..).unwrap_or_default(), &set, depth)?
        } else if lower.starts_with("/l") {
            let numbers: Vec<i64> = set.split([',', ' ', ';']).filter(|n| !n.is_empty()).filter_map(number).collect();
            match numbers.as_slice() {
                [from, step, to] if *step != 0 => (0..)
                    .map(|n: i64| from.saturating_add(step.saturating_mul(n)))
                    .take_while(|n| if *step > 0 { n <= to } else { n >= to })
                    .take(COMMANDS)
                    .map(|n| vec![n.to_string()])
                    .collect(),
                _ => Vec::new(),
            }
        } else {
            let wild = set.contains(['*', '?']) || lower.starts_with("/r") || lower.starts_with("/d");
            let known = set.split([' ', '\t', ',', ';', '=', '\r', '\n']).filter(|value| !value.is_empty());
            known
                .map(|value| vec![if wild && value.contains(['*', '?']) { GAP.into() } else { value.to_owned() }])
                .collect()
        };
        let (mut printed, before) = (Some(String::new()), self.loops.len());
        for values in rounds {
            if self.decoder.commands > COMMANDS {
                return Ok(None);
            }
            // The tokens of a line go into the letters that follow.
            for (name, value) in (variable..=char::MAX).zip(values) {
                self.loops.push((name, value));
            }
            let output = self.list(body, depth);
            self.loops.truncate(before);
            match (output?, &mut printed) {
                (Some(text), Some(all)) if all.len().saturating_add(text.len()) <= LAYER => all.push_str(&text),
                _ => printed = None,
            }
        }
        Ok(printed)
    }

    /// The tokens of the lines that `for /f` reads.
    fn lines_of(&mut self, options: &str, set: &str, depth: u8) -> Result<Vec<Vec<String>>> {
        let options = options.trim().trim_matches('"');
        let lower = options.to_ascii_lowercase();
        let back = lower.contains("usebackq");
        let set = set.trim();
        let (open, inside) = match set.chars().next() {
            Some(c @ ('\'' | '"' | '`')) => (c, set.strip_prefix(c).map_or(set, |s| s.strip_suffix(c).unwrap_or(s))),
            _ => (' ', set),
        };
        let text = match (open, back) {
            ('\'', false) | ('`', true) => {
                let line = self.environment.expand(inside, '%');
                self.list(&parse(&line), depth)?
            }
            ('"', false) | ('\'', true) => Some(inside.to_owned()),
            _ => self.content(inside),
        };
        let Some(text) = text else { return Ok(vec![vec![GAP.to_owned()]]) };
        let delimiters = lower.find("delims=").map(|at| {
            let rest = options.get(at.saturating_add(7)..).unwrap_or_default();
            // A blank is a delimiter only at the end of the options.
            if rest.contains(' ') && rest.trim_end() != rest {
                rest
            } else {
                rest.split(' ').next().unwrap_or_default()
            }
        });
        let delimiters = delimiters.unwrap_or(" \t");
        let tokens = lower.find("tokens=").and_then(|at| lower.get(at.saturating_add(7)..));
        let tokens = tokens.and_then(|rest| rest.split(' ').next()).unwrap_or("1");
        let skip = lower.find("skip=").and_then(|at| lower.get(at.saturating_add(5)..));
        let skip = skip.and_then(|rest| rest.split(' ').next()).and_then(|n| n.parse().ok()).unwrap_or(0);
        let lines = text.lines().skip(skip).filter(|line| !line.trim().is_empty()).take(COMMANDS);
        Ok(lines.map(|line| pick(line, delimiters, tokens)).filter(|tokens| !tokens.is_empty()).collect())
    }
}

/// The tokens of a line that `tokens=` asks for: `1,3`, `2-4`, `1*`.
fn pick(line: &str, delimiters: &str, wanted: &str) -> Vec<String> {
    let mut tokens: Vec<(usize, &str)> = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches(|c| delimiters.contains(c));
        if rest.is_empty() || tokens.len() >= 64 {
            break;
        }
        let end = rest.find(|c| delimiters.contains(c)).unwrap_or(rest.len());
        tokens.push((line.len().saturating_sub(rest.len()), rest.get(..end).unwrap_or_default()));
        rest = rest.get(end..).unwrap_or_default();
    }
    let mut out = Vec::new();
    let mut last = 0_usize;
    for part in wanted.split(',') {
        let (part, star) = part.strip_suffix('*').map_or((part, false), |part| (part, true));
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(from), Ok(to)) = (from.trim().parse::<usize>(), to.trim().parse::<usize>()) {
            for n in from.max(1)..=to.min(26) {
                out.push(tokens.get(n.saturating_sub(1)).map_or(String::new(), |(_, token)| (*token).to_owned()));
                last = n;
            }
        }
        if star {
            out.push(tokens.get(last).and_then(|(at, _)| line.get(*at..)).unwrap_or_default().to_owned());
        }
    }
    if out.iter().all(String::is_empty) { Vec::new() } else { out }
}

fn apply(operator: char, left: i64, right: i64) -> Option<i64> {
    match operator {
        '+' => left.checked_add(right),
        '-' => left.checked_sub(right),
        '*' => left.checked_mul(right),
        '/' => left.checked_div(right),
        '%' => left.checked_rem(right),
        _ => None,
    }
}

/// What `assoc` prints for the extensions whose letters are borrowed.
fn associations(rest: &str) -> Option<String> {
    let all = [
        (".cdxml", "Microsoft.PowerShellCmdletDefinitionXML.1"),
        (".ps1", "Microsoft.PowerShellScript.1"),
        (".ps1xml", "Microsoft.PowerShellXMLData.1"),
        (".psd1", "Microsoft.PowerShellData.1"),
        (".psm1", "Microsoft.PowerShellModule.1"),
        (".cmd", "cmdfile"),
        (".bat", "batfile"),
    ];
    let wanted = rest.trim().to_ascii_lowercase();
    let lines = all.iter().filter(|(extension, _)| wanted.is_empty() || *extension == wanted);
    Some(lines.map(|(extension, class)| format!("{extension}={class}\r\n")).collect())
}

impl Decoder<'_> {
    /// Remembers under which name a known program goes from now on.
    pub(super) fn copied(&mut self, source: &str, to: &str) {
        let target = words::base(to);
        if self.aliases.len() < 64 && target != source && !target.is_empty() {
            let original = self.aliases.get(source).cloned().unwrap_or_else(|| cut(source, 64).to_owned());
            self.aliases.insert(target, original);
        }
    }
}
