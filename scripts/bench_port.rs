//! Times oletools_rs file by file: reads paths, writes for each a line with the median in nanoseconds, or null where
//! it fails. scripts/bench builds it.

use std::io::{self, BufRead, Write};
use std::time::Instant;

use oletools_rs::MacroRaptor;

fn median(bytes: &[u8]) -> Option<u128> {
    std::panic::catch_unwind(|| {
        MacroRaptor::scan_file(bytes).ok()?;
        let begun = Instant::now();
        let mut times = Vec::new();
        while times.len() < 5 || (times.len() < 101 && begun.elapsed().as_millis() < 50) {
            let started = Instant::now();
            let _ = std::hint::black_box(MacroRaptor::scan_file(bytes));
            times.push(started.elapsed().as_nanos());
        }
        times.sort_unstable();
        times.get(times.len() / 2).copied()
    })
    .ok()
    .flatten()
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for path in io::stdin().lock().lines() {
        let path = path?;
        let time = median(&std::fs::read(&path)?).map_or("null".into(), |time| time.to_string());
        writeln!(out, "{time}")?;
        out.flush()?;
    }
    Ok(())
}
