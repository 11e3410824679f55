//! `unopened`: the engine as a command, for administrators, CI, corpora and benchmarks.

use std::fs::File;
use std::io::{self, BufWriter, Cursor, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lexopt::prelude::*;
use rayon::prelude::*;
use serde::Serialize;
use unopened::{Hint, Level, Options, Report};

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HELP: &str = "\
unopened - looks into suspicious attachments without opening them

Usage: unopened [OPTIONS] FILE...

A folder stands for every file below it.

Options:
  -p, --password P  a password to try on what is locked (may be repeated)
      --no-run      read macros without running them over known values (quicker, tells less)
      --hint FILE   a mail or text that came along and may name the password (may be repeated)
      --json        one report per line as JSON (default: one short line per file)
      --time        with --json: add \"nanoseconds\", the median of repeated looks at the file in memory
      --jobs N      files looked into at the same time (default: all processors)
  -h, --help        this text
  -V, --version     version and date of the rules

Exit status: 0 all files were read, 1 some could not be, 2 wrong usage.
";

struct Arguments {
    files: Vec<PathBuf>,
    json: bool,
    time: bool,
    jobs: usize,
    options: Options,
}

fn main() -> ExitCode {
    match parse() {
        Ok(Some(arguments)) => run(&arguments),
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("{error}\nTry 'unopened --help'."));
            ExitCode::from(2)
        }
    }
}

fn complain(text: &str) {
    // Nothing sensible is left to do when even standard error is closed.
    drop(writeln!(io::stderr(), "unopened: {text}"));
}

fn parse() -> Result<Option<Arguments>, lexopt::Error> {
    let mut arguments = Arguments { files: Vec::new(), json: false, time: false, jobs: 0, options: Options::default() };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('p') | Long("password") => arguments.options.passwords.push(parser.value()?.string()?),
            Long("no-run") => arguments.options.limits.evaluation = 0,
            Long("hint") => {
                let path = PathBuf::from(parser.value()?);
                let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                arguments.options.hints.push(Hint { name, bytes });
            }
            Long("json") => arguments.json = true,
            Long("time") => arguments.time = true,
            Long("jobs") => arguments.jobs = parser.value()?.parse()?,
            Short('h') | Long("help") => {
                drop(io::stdout().write_all(HELP.as_bytes()));
                return Ok(None);
            }
            Short('V') | Long("version") => {
                drop(writeln!(io::stdout(), "unopened {} (rules of {})", env!("CARGO_PKG_VERSION"), unopened::RULES));
                return Ok(None);
            }
            Value(file) => arguments.files.push(file.into()),
            other => return Err(other.unexpected()),
        }
    }
    if arguments.files.is_empty() {
        return Err("no files given".into());
    }
    if arguments.time && !arguments.json {
        return Err("--time goes with --json".into());
    }
    Ok(Some(arguments))
}

/// Every file below the given paths, in a stable order. Links are not followed: they may lead in circles.
fn expand(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut todo: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    while let Some(path) = todo.pop() {
        let given = paths.contains(&path);
        let folder = if given { path.is_dir() } else { path.symlink_metadata().is_ok_and(|meta| meta.is_dir()) };
        if !folder {
            files.push(path);
            continue;
        }
        let mut inside: Vec<PathBuf> = path.read_dir().into_iter().flatten().flatten().map(|e| e.path()).collect();
        inside.sort();
        todo.extend(inside.into_iter().rev());
    }
    files
}

fn run(arguments: &Arguments) -> ExitCode {
    // 0 lets rayon choose; the pool can be built only once, and this is the only place that does.
    drop(rayon::ThreadPoolBuilder::new().num_threads(arguments.jobs).build_global());
    let files = expand(&arguments.files);
    let bar = progress_bar(files.len() as u64);
    let failed = Mutex::new(0_u32);
    let mut out = BufWriter::new(io::stdout().lock());
    // In batches, so that lines come in the order of the files and memory stays bounded.
    for batch in files.chunks(256) {
        let lines: Vec<_> = batch
            .par_iter()
            .map(|path| {
                let line = look(path, arguments);
                bar.inc(1);
                line.unwrap_or_else(|error| {
                    bar.suspend(|| complain(&format!("{}: {error}", path.display())));
                    if let Ok(mut failed) = failed.lock() {
                        *failed = failed.saturating_add(1);
                    }
                    String::new()
                })
            })
            .collect();
        if lines.iter().filter(|line| !line.is_empty()).try_for_each(|line| writeln!(out, "{line}")).is_err() {
            return ExitCode::from(1); // the reader of our output has gone
        }
    }
    bar.finish_and_clear();
    let written = out.flush().is_ok();
    ExitCode::from(u8::from(!written || failed.lock().is_ok_and(|failed| *failed > 0)))
}

fn progress_bar(files: u64) -> ProgressBar {
    let quiet = files < 8 || !io::stderr().is_terminal();
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(Some(files), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} files, {eta} left") {
        bar.set_style(style);
    }
    bar
}

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nanoseconds: Option<u64>,
    #[serde(flatten)]
    report: &'a Report,
}

fn look(path: &Path, arguments: &Arguments) -> io::Result<String> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let report = unopened::inspect(File::open(path)?, &name, &arguments.options, |_| ())?;
    let unreadable = report.findings.iter().find(|finding| finding.id == "file.unreadable" && finding.artifact == 0);
    if let Some(reason) = unreadable.and_then(|finding| finding.evidence.first()) {
        return Err(io::Error::other(reason.excerpt.clone()));
    }
    let file = path.to_string_lossy();
    if !arguments.json {
        return Ok(short(&file, &report));
    }
    let nanoseconds = if arguments.time { Some(time(path, &name, &arguments.options)?) } else { None };
    Ok(serde_json::to_string(&Line { file: &file, nanoseconds, report: &report })?)
}

/// Median of 5 to 101 looks, over at least about 50 ms: one look at a small document takes less than the clock's noise.
fn time(path: &Path, name: &str, options: &Options) -> io::Result<u64> {
    let bytes = std::fs::read(path)?;
    let mut times = Vec::new();
    let begun = Instant::now();
    while times.len() < 5 || (times.len() < 101 && begun.elapsed().as_millis() < 50) {
        let reader = Cursor::new(bytes.clone());
        let started = Instant::now();
        unopened::inspect(reader, name, options, |_| ())?;
        times.push(u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

/// One line a person can read: level, completeness, file, reasons.
fn short(file: &str, report: &Report) -> String {
    let level = match report.verdict.level {
        Level::Stop => "stop",
        Level::Hold => "hold",
        Level::Unchecked => "unchecked",
        Level::Notice => "notice",
        Level::None => "none",
    };
    let mark = if report.verdict.incomplete { "*" } else { " " };
    // Names of files are not ours either: a terminal must not act on what is in them.
    format!("{level:<9}{mark} {}  {}", file.escape_debug(), report.verdict.reasons.join(" "))
}
