//! Times oletools_rs file by file: reads paths, writes for each a line with the median in nanoseconds and whether it
//! found macros, or null where it fails. scripts/bench builds it.

use std::io::{self, BufRead, Write};
use std::time::Instant;

use oletools_rs::{MRaptorResult, MacroRaptor};

fn median(bytes: &[u8]) -> Option<(u128, bool)> {
    std::panic::catch_unwind(|| {
        let (result, _) = MacroRaptor::scan_file(bytes).ok()?;
        let begun = Instant::now();
        let mut times = Vec::new();
        while times.len() < 5 || (times.len() < 101 && begun.elapsed().as_millis() < 50) {
            let started = Instant::now();
            let _ = std::hint::black_box(MacroRaptor::scan_file(bytes));
            times.push(started.elapsed().as_nanos());
        }
        times.sort_unstable();
        Some((*times.get(times.len() / 2)?, result != MRaptorResult::NoMacro))
    })
    .ok()
    .flatten()
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for path in io::stdin().lock().lines() {
        let path = path?;
        match median(&std::fs::read(&path)?) {
            Some((nanoseconds, macros)) => writeln!(out, r#"{{"nanoseconds":{nanoseconds},"macros":{macros}}}"#)?,
            None => writeln!(out, "null")?,
        }
        out.flush()?;
    }
    Ok(())
}
