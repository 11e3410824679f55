//! Command lines: what a started program would do with what it is given.
//!
//! Macros seldom do the harm themselves: they start `cmd.exe` or PowerShell with a line that was taken apart, quoted,
//! escaped and packed until no word of it can be searched for. Here the line is read as the program would read it, and
//! the line inside it, and the script inside that, each *layer* in its turn.
//!
//! * `words`: how a program sees its arguments.
//! * `cmd`: the language of `cmd.exe`.
//! * `powershell`: the language of PowerShell, straight through, over values that are known.
//! * `programs`: what the programs of Windows do with which argument.
//! * `scripts`, `unix`: scripts given as arguments; only what they name.
//! * `urls`: addresses in any text.
//!
//! What is not known is `…`, as in the evaluators. Layers are queued, never nested; everything is paid for.

mod cmd;
mod files;
mod powershell;
mod programs;
mod scripts;
mod unix;
mod urls;
mod words;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::budget::Budget;
use crate::error::Result;
use crate::finding::cut;
use crate::languages::ActionKind;
use crate::languages::places::starts_later;
use cmd::Environment;
pub(crate) use files::Files;
pub(crate) use urls::urls;

/// One thing a command line would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) kind: ActionKind,
    /// The address, path or decoded command.
    pub(crate) detail: String,
}

/// Stands for what is not known.
const GAP: &str = "…";

/// Layers inside layers.
const DEPTH: u8 = 8;

/// Layers in all, and steps kept.
const MOST: usize = 64;

/// Longest text of one layer, in bytes.
const LAYER: usize = 1 << 16;

/// Longest detail of a step, in bytes.
const DETAIL: usize = 2048;

/// Decodes a command line, beside files that were written before: what else it starts, fetches or writes, in order.
pub(crate) fn decode(command: &str, files: &Files, budget: &Budget) -> Result<Vec<Step>> {
    // Office on a Mac runs AppleScript.
    let reader = if command.contains("do shell script") { Reader::Unix } else { Reader::Program };
    decode_with(reader, command, files, budget)
}

/// The same of a script of Windows (VBScript, JScript).
pub(crate) fn decode_script(script: &str, budget: &Budget) -> Result<Vec<Step>> {
    decode_with(Reader::Script, script, &Files::default(), budget)
}

fn decode_with(shell: Reader, command: &str, files: &Files, budget: &Budget) -> Result<Vec<Step>> {
    let is_long = command.len() > LAYER;
    let command = cut(command, LAYER);
    let mut decoder = Decoder {
        budget,
        out: Vec::new(),
        shown: vec![command.to_owned()],
        files: files.clone(),
        aliases: BTreeMap::new(),
        here: Here { depth: 0, environment: Rc::new(Environment::default()) },
        commands: 0,
    };
    let here = decoder.here.clone();
    // What is not read, like layers beyond their limit, is a step that nobody knows.
    let gap = || Item::Step(Step { kind: ActionKind::Run, detail: GAP.into() });
    let mut waiting: Vec<Item> = is_long.then(gap).into_iter().collect();
    waiting.push(Item::Layer(Layer { shell, text: command.to_owned(), input: None, here }));
    let (mut steps, mut seen, mut layers) = (Vec::new(), BTreeSet::new(), 0_usize);
    while let Some(item) = waiting.pop() {
        match item {
            Item::Step(step) => {
                if !seen.insert((step.kind, step.detail.clone())) {
                    continue;
                }
                if steps.len() >= MOST {
                    steps.push(Step { kind: ActionKind::Run, detail: GAP.into() });
                    break;
                }
                steps.push(step);
            }
            Item::Layer(layer) => {
                layers = layers.saturating_add(1);
                if layers > MOST || layer.here.depth > DEPTH {
                    waiting.push(gap());
                    continue;
                }
                decoder.read(layer)?;
                waiting.extend(decoder.out.drain(..).rev());
            }
        }
    }
    Ok(steps)
}

/// Who reads a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// Windows: a program and its arguments.
    Program,
    Cmd,
    PowerShell,
    /// VBScript or JScript.
    Script,
    /// Any shell or interpreter of other systems.
    Unix,
}

/// Where a layer stands: how deep, and which variables it inherits.
#[derive(Clone)]
struct Here {
    depth: u8,
    environment: Rc<Environment>,
}

struct Layer {
    shell: Reader,
    text: String,
    /// What it reads from its standard input.
    input: Option<String>,
    here: Here,
}

enum Item {
    Step(Step),
    Layer(Layer),
}

/// A command line being decoded.
struct Decoder<'b> {
    budget: &'b Budget,
    /// What the current layer does.
    out: Vec<Item>,
    /// What the report already shows.
    shown: Vec<String>,
    /// What was written before the line, and by it.
    files: Files,
    /// Copies of known programs, by lower-case name.
    aliases: BTreeMap<String, String>,
    here: Here,
    /// Commands run so far, over all layers.
    commands: usize,
}

/// Commands run in all: loops included.
const COMMANDS: usize = 4096;

impl Decoder<'_> {
    fn read(&mut self, layer: Layer) -> Result<()> {
        self.budget.steps((layer.text.len() as u64).saturating_add(16))?;
        self.here = layer.here;
        match layer.shell {
            Reader::Program => self.program(&layer.text, layer.input.as_deref()),
            Reader::Cmd => self.cmd(&layer.text, layer.input.as_deref()),
            Reader::PowerShell => self.powershell(&layer.text),
            Reader::Script => self.script(&layer.text),
            Reader::Unix => {
                self.unix(&layer.text);
                Ok(())
            }
        }
    }

    /// One thing the current layer does.
    fn step(&mut self, kind: ActionKind, detail: impl AsRef<str>) {
        if self.out.len() < MOST.saturating_mul(4) {
            let detail = cut(detail.as_ref().trim(), DETAIL).to_owned();
            if kind == ActionKind::Run {
                self.shown.push(detail.clone());
            }
            self.out.push(Item::Step(Step { kind, detail }));
        }
    }

    /// A file that comes into being; in some folders one that is started later.
    fn written(&mut self, path: &str) {
        let path = unquoted(path);
        if !matches!(path.to_ascii_lowercase().as_str(), "" | "nul" | "con" | "$null" | "/dev/null") {
            self.step(if starts_later(&path) { ActionKind::Persist } else { ActionKind::Write }, path);
        }
    }

    /// Fetches into a file.
    fn download(&mut self, url: &str, file: &str) {
        let arrow = if file.is_empty() { url.to_owned() } else { format!("{url} → {}", unquoted(file)) };
        self.step(ActionKind::Download, arrow);
        if starts_later(file) {
            self.step(ActionKind::Persist, file);
        }
    }

    /// A layer inside the current one.
    fn layer(&mut self, shell: Reader, text: &str) {
        self.layer_in(shell, text, None, None);
    }

    fn layer_in(&mut self, shell: Reader, text: &str, input: Option<&str>, environment: Option<Rc<Environment>>) {
        if text.trim().is_empty() && input.is_none() || self.out.len() >= MOST.saturating_mul(4) {
            return;
        }
        let here = Here {
            depth: self.here.depth.saturating_add(1),
            environment: environment.unwrap_or_else(|| Rc::clone(&self.here.environment)),
        };
        if text.len() > LAYER {
            self.step(ActionKind::Run, GAP);
        }
        let input = input.map(|input| cut(input, LAYER).to_owned());
        self.out.push(Item::Layer(Layer { shell, text: cut(text, LAYER).to_owned(), input, here }));
    }

    /// A decoded text, unless what is shown already holds it.
    fn reveal(&mut self, text: &str) {
        let text = cut(text.trim(), DETAIL);
        if !text.is_empty() && !self.shown.iter().any(|shown| shown.contains(text)) {
            self.step(ActionKind::Run, text);
        }
    }
}

/// Without the quotes around and inside it.
fn unquoted(text: &str) -> String {
    text.trim().trim_matches('\'').chars().filter(|c| *c != '"').collect()
}

/// The name of a file: behind the last separator, lower case.
fn file_name(path: &str) -> String {
    path.rsplit(['\\', '/']).next().unwrap_or_default().trim_matches(['"', '\'', ' ']).to_lowercase()
}
