//! A script carried out straight through, over known values.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::syntax::{Argument, Block, Command, Expr, Stage, Statement, Suffix, parse};
use super::value::{LIST, Object, Value};
use crate::error::Result;
use crate::languages::ActionKind;
use crate::languages::commands::{Decoder, GAP, LAYER};

/// Carries a script out.
pub(super) fn run(decoder: &mut Decoder<'_>, script: &str) -> Result<()> {
    let mut runner = Runner {
        decoder,
        variables: BTreeMap::new(),
        functions: BTreeMap::new(),
        aliases: BTreeMap::new(),
        depth: 0,
        work: 0,
        layers: 0,
        stopped: false,
    };
    let statements = parse(script);
    runner.statements(&statements)?;
    runner.judge_script(script);
    Ok(())
}

/// Steps one script may take, far more than scripts that unpack themselves need.
const WORK: u64 = 3_000_000;

/// Expressions inside expressions, over all layers of text that is run as a script.
pub(super) const NESTING: usize = 160;

pub(super) struct Runner<'d, 'b> {
    pub(super) decoder: &'d mut Decoder<'b>,
    pub(super) variables: BTreeMap<String, Value>,
    pub(super) functions: BTreeMap<String, Rc<Block>>,
    /// Names given to commands.
    pub(super) aliases: BTreeMap<String, String>,
    pub(super) depth: usize,
    work: u64,
    /// Texts run as scripts inside each other.
    pub(super) layers: u8,
    /// Left a loop or a function.
    stopped: bool,
}

impl Runner<'_, '_> {
    /// Pays for `n` steps; false if the script has taken too many, and everything after it is unknown.
    pub(super) fn pay(&mut self, n: usize) -> Result<bool> {
        let n = (n as u64).saturating_add(1);
        self.decoder.budget.steps(n)?;
        let before = self.work;
        self.work = self.work.saturating_add(n);
        if before <= WORK && self.work > WORK {
            // What comes after this is not known.
            self.decoder.step(ActionKind::Run, GAP);
        }
        Ok(self.work <= WORK)
    }

    // ---- statements ------------------------------------------------------------------------------------------------

    pub(super) fn statements(&mut self, statements: &[Statement]) -> Result<Vec<Value>> {
        let mut output = Vec::new();
        for statement in statements {
            if self.stopped || !self.pay(1)? {
                break;
            }
            self.statement(statement, &mut output)?;
        }
        Ok(output)
    }

    pub(super) fn block(&mut self, block: &Rc<Block>) -> Result<Vec<Value>> {
        if self.depth > NESTING {
            return Ok(vec![Value::Gap]);
        }
        self.depth = self.depth.saturating_add(1);
        let output = self.statements(&block.statements);
        self.depth = self.depth.saturating_sub(1);
        output
    }

    /// Calls a block with arguments.
    pub(super) fn call(&mut self, block: &Rc<Block>, arguments: Vec<Value>) -> Result<Vec<Value>> {
        for (name, value) in block.parameters.iter().zip(&arguments) {
            self.variables.insert(name.clone(), value.clone());
        }
        let before = self.variables.insert("args".into(), Value::list(arguments));
        let output = self.block(block);
        self.stopped = false;
        if let Some(before) = before {
            self.variables.insert("args".into(), before);
        }
        output
    }

    fn condition(&mut self, condition: &[Statement]) -> Result<Option<bool>> {
        Ok(Value::from_output(self.statements(condition)?).truth())
    }

    fn statement(&mut self, statement: &Statement, output: &mut Vec<Value>) -> Result<()> {
        match statement {
            Statement::Pipeline(stages) => {
                let values = self.pipeline(stages)?;
                keep(output, values);
            }
            Statement::Assign(target, operator, value) => {
                let mut values = Vec::new();
                self.deeper(|runner| runner.statement(value, &mut values))?;
                self.assign(target, operator, Value::from_output(values))?;
            }
            Statement::If(branches, otherwise) => {
                for (condition, block) in branches {
                    match self.condition(condition)? {
                        Some(true) => {
                            let values = self.block(block)?;
                            keep(output, values);
                            return Ok(());
                        }
                        Some(false) => {}
                        None => {
                            let values = self.block(block)?;
                            keep(output, values);
                            self.stopped = false;
                        }
                    }
                }
                if let Some(block) = otherwise {
                    let values = self.block(block)?;
                    keep(output, values);
                }
            }
            Statement::ForEach(name, set, block) => {
                let set = Value::from_output(self.statements(set)?);
                for item in set.items().into_iter().take(LIST) {
                    if !self.pay(1)? {
                        break;
                    }
                    self.variables.insert(name.clone(), item);
                    let values = self.block(block)?;
                    keep(output, values);
                    if std::mem::take(&mut self.stopped) {
                        break;
                    }
                }
            }
            Statement::For(first, condition, next, block) => {
                self.statements(first)?;
                self.looped(condition, next, block, false, output)?;
            }
            Statement::While(condition, block, body_first) => {
                self.looped(condition, &[], block, *body_first, output)?
            }
            Statement::Switch(value, cases) => {
                let value = Value::from_output(self.statements(value)?);
                for (case, block) in cases {
                    let case = self.eval(case)?;
                    let matches = case.to_text().eq_ignore_ascii_case(&value.to_text());
                    if matches || value.truth().is_none() || case.to_text().eq_ignore_ascii_case("default") {
                        self.variables.insert("_".into(), value.clone());
                        let values = self.block(block)?;
                        keep(output, values);
                        self.stopped = false;
                        if matches {
                            break;
                        }
                    }
                }
            }
            Statement::Function(name, block) => {
                if self.functions.len() < 256 {
                    self.functions.insert(name.clone(), Rc::clone(block));
                }
            }
            Statement::Return(value) => {
                let values = self.statements(value)?;
                keep(output, values);
                self.stopped = true;
            }
            Statement::Blocks(blocks) => {
                for block in blocks {
                    let values = self.block(block)?;
                    keep(output, values);
                    // What fails is not known: a `break` behind a download must not hide the next one.
                    self.stopped = false;
                }
            }
            Statement::Break => self.stopped = true,
        }
        Ok(())
    }

    fn looped(
        &mut self,
        condition: &[Statement],
        next: &[Statement],
        block: &Rc<Block>,
        body_first: bool,
        output: &mut Vec<Value>,
    ) -> Result<()> {
        let mut first = body_first;
        loop {
            let holds = if std::mem::take(&mut first) || condition.is_empty() {
                Some(true)
            } else {
                self.condition(condition)?
            };
            if holds == Some(false) || !self.pay(1)? {
                return Ok(());
            }
            let values = self.block(block)?;
            keep(output, values);
            // A loop whose end is not known is gone through once; so is one without end that waits or asks again.
            if std::mem::take(&mut self.stopped) || holds.is_none() || condition.is_empty() || is_endless(condition) {
                return Ok(());
            }
            self.statements(next)?;
        }
    }

    fn deeper<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth = self.depth.saturating_add(1);
        let result = act(self);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    // ---- pipelines -------------------------------------------------------------------------------------------------

    fn pipeline(&mut self, stages: &[Stage]) -> Result<Vec<Value>> {
        let mut input: Option<Vec<Value>> = None;
        for stage in stages {
            let output = match stage {
                Stage::Value(expr) => {
                    // A step of a counter gives nothing.
                    let steps =
                        matches!(expr, Expr::Suffixed(_, suffixes) if matches!(suffixes.last(), Some(Suffix::Step(_))));
                    let value = self.eval(expr)?;
                    if steps { Vec::new() } else { self.spread(value, stages.len() > 1) }
                }
                Stage::Command(command) => self.command(command, input.take())?,
            };
            input = Some(output);
        }
        Ok(input.unwrap_or_default())
    }

    /// In a pipeline the values of a list come one by one.
    fn spread(&self, value: Value, in_pipeline: bool) -> Vec<Value> {
        match value {
            Value::List(values) if in_pipeline => values.iter().take(LIST).cloned().collect(),
            Value::Bytes(_) if in_pipeline => value.items(),
            Value::Null => Vec::new(),
            other => vec![other],
        }
    }

    fn command(&mut self, command: &Command, input: Option<Vec<Value>>) -> Result<Vec<Value>> {
        if self.depth > NESTING {
            return Ok(vec![Value::Gap]);
        }
        self.depth = self.depth.saturating_add(1);
        let result = self.command_inner(command, input);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    fn command_inner(&mut self, command: &Command, input: Option<Vec<Value>>) -> Result<Vec<Value>> {
        let name = self.eval(&command.name)?;
        let mut given = Given { named: Vec::new(), plain: Vec::new(), line: String::new() };
        let mut name_waits: Option<String> = None;
        for argument in &command.arguments {
            match argument {
                Argument::Name(switch, value) => {
                    given.line.push_str(" -");
                    given.line.push_str(switch);
                    let switch = switch.to_lowercase();
                    if let Some(waits) = name_waits.take() {
                        given.named.push((waits, Value::Bool(true)));
                    }
                    match value {
                        Some(value) => {
                            let value = self.eval(value)?;
                            given.named.push((switch, value));
                        }
                        None => name_waits = Some(switch),
                    }
                }
                Argument::Value(expr) => {
                    let value = self.eval(expr)?;
                    let text = value.to_text();
                    if given.line.len() < LAYER {
                        given.line.push(' ');
                        let quote = text.contains(' ') && !text.contains('"');
                        given.line.push_str(&if quote { format!("\"{text}\"") } else { text });
                    }
                    match name_waits.take() {
                        Some(switch) if !super::names::is_flag(&switch) => given.named.push((switch, value)),
                        Some(switch) => {
                            given.named.push((switch, Value::Bool(true)));
                            given.plain.push(value);
                        }
                        None => given.plain.push(value),
                    }
                }
            }
        }
        if let Some(waits) = name_waits {
            given.named.push((waits, Value::Bool(true)));
        }
        let mut writes = Vec::new();
        for file in &command.writes {
            writes.push(self.eval(file)?.to_text());
        }
        let output = self.invoke(name, given, input)?;
        for file in &writes {
            let text = super::value::join(output.iter().map(Value::to_text), "\r\n");
            self.write_file(file, &text);
        }
        Ok(if writes.is_empty() { output } else { Vec::new() })
    }

    /// Runs text as a script, here and now.
    pub(super) fn run_text(&mut self, value: &Value) -> Result<Vec<Value>> {
        match value {
            Value::Block(block) => self.call(block, Vec::new()),
            Value::Object(Object::Fetched(url) | Object::Request(url)) => {
                let url = Rc::clone(url);
                self.decoder.step(ActionKind::Run, url.as_ref());
                Ok(vec![Value::Gap])
            }
            other => {
                let text = match other {
                    Value::List(values) => super::value::join(values.iter().map(Value::to_text), "\n"),
                    other => other.to_text(),
                };
                if text.trim().is_empty() {
                    return Ok(Vec::new());
                }
                if self.layers >= crate::languages::commands::DEPTH || !self.pay(text.len())? {
                    self.decoder.step(ActionKind::Run, GAP);
                    return Ok(vec![Value::Gap]);
                }
                self.decoder.reveal(&text);
                self.layers = self.layers.saturating_add(1);
                let output = self.deeper(|runner| runner.statements(&parse(&text)));
                self.layers = self.layers.saturating_sub(1);
                self.judge_script(&text);
                output
            }
        }
    }
}

/// Adds what a statement gave.
fn keep(output: &mut Vec<Value>, values: Vec<Value>) {
    output.extend(values.into_iter().take(LIST.saturating_sub(output.len())));
}

fn is_endless(condition: &[Statement]) -> bool {
    match condition {
        [Statement::Pipeline(stages)] => match stages.as_slice() {
            [Stage::Value(Expr::Variable(name))] => name == "true",
            [Stage::Value(Expr::Number(_))] => true,
            _ => false,
        },
        _ => false,
    }
}

/// What a command is given.
pub(super) struct Given {
    /// By lower-case name, without the dash.
    pub(super) named: Vec<(String, Value)>,
    pub(super) plain: Vec<Value>,
    /// As it would be written for a program.
    pub(super) line: String,
}

impl Given {
    /// The value of a parameter, which may be shortened.
    pub(super) fn named(&self, names: &[&str]) -> Option<&Value> {
        let is = |given: &str| names.iter().any(|name| *name == given || given.len() > 1 && name.starts_with(given));
        self.named.iter().find(|(given, _)| is(given)).map(|(_, value)| value)
    }

    /// The value of a parameter, or of the argument at this place.
    pub(super) fn get(&self, names: &[&str], place: usize) -> Option<&Value> {
        self.named(names).or_else(|| self.plain.get(place))
    }

    pub(super) fn text(&self, names: &[&str], place: usize) -> Option<String> {
        self.get(names, place).map(Value::to_text)
    }
}
