//! Writes every fixture as a file, for the browser tests and the benchmarks: `cargo run --example fixtures -- FOLDER`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, clippy::print_stderr, missing_docs)]

#[path = "builders/mod.rs"]
mod builders;

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: fixtures FOLDER");
        std::process::exit(2);
    };
    let fixtures = builders::all();
    for fixture in &fixtures {
        // Several fixtures share a name that matters to the verdict, so each has a folder.
        // A name that only an archive can give cannot be written here.
        let file = fixture.file.replace(['\0', '/'], "_");
        write(&folder.join("all").join(fixture.id).join(file), &fixture.bytes);
    }
    for (name, id) in JOURNEYS {
        let fixture = fixtures.iter().find(|fixture| fixture.id == *id).unwrap_or_else(|| panic!("no fixture {id}"));
        write(&folder.join(name), &fixture.bytes);
    }
    // What the browser tests need to ask the same question as tests/reports.rs.
    let asked: Vec<_> = fixtures.iter().map(|fixture| (fixture.id, fixture.file, &fixture.passwords)).collect();
    write(&folder.join("fixtures.json"), &serde_json::to_vec(&asked).expect("JSON"));
    println!("{} fixtures in {}", fixtures.len(), folder.display());
}

/// The files that the browser tests drop on the page.
const JOURNEYS: &[(&str, &str)] = &[
    ("auto-run.xlsm", "xlsm-auto-run-acts"),
    ("hold.docm", "docm-auto-run"),
    ("locked.zip", "zip-locked"),
    ("locked-exe.zip", "zip-locked-program"),
    ("clean.docx", "docx-honest"),
    ("damaged.docx", "docx-damaged"),
    ("empty.bin", "empty-file"),
    ("program.zip", "zip-program"),
    ("padded.zip", "zip-padded"),
];

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("cannot make the folder");
    fs::write(path, bytes).expect("cannot write the fixture");
}
