//! Is the whole report right? Every fixture's report equals its golden file; `scripts/bless` writes them anew, and a
//! person reads the difference.

use std::cell::RefCell;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::rc::Rc;

use unopened::{Level, Options, Report};

use crate::builders::{self, Fixture};

pub(crate) fn inspect(fixture: &Fixture) -> Report {
    let passwords = fixture.passwords.iter().map(|p| (*p).to_owned()).collect();
    let options = Options { passwords, ..Options::default() };
    unopened::inspect(Cursor::new(fixture.bytes.clone()), fixture.file, &options, |_| ()).unwrap()
}

fn golden(id: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden").join(format!("{id}.json"))
}

#[test]
fn every_report_equals_its_golden() {
    let bless = std::env::var_os("BLESS").is_some();
    let fixtures = builders::all();
    assert!(!fixtures.is_empty());
    let mut wrong = Vec::new();
    for fixture in &fixtures {
        let mut report = serde_json::to_string_pretty(&inspect(fixture)).unwrap();
        report.push('\n');
        let path = golden(fixture.id);
        if bless {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &report).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != report {
            wrong.push(fixture.id);
        }
    }
    assert!(wrong.is_empty(), "reports differ from tests/golden (scripts/bless shows how): {wrong:?}");
}

#[test]
fn no_golden_is_left_over_and_no_id_stands_twice() {
    let mut ids: Vec<String> = builders::all().iter().map(|f| format!("{}.json", f.id)).collect();
    let mut files: Vec<String> = fs::read_dir(golden("x").parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    ids.sort();
    files.sort();
    assert_eq!(ids, files);
}

/// As [`inspect`], with what was told on the way: parts done of those found, bytes done of those known.
fn inspect_telling(fixture: &Fixture) -> (Report, Vec<[u64; 4]>) {
    let passwords = fixture.passwords.iter().map(|p| (*p).to_owned()).collect();
    let options = Options { passwords, ..Options::default() };
    let seen = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&seen);
    let report = unopened::inspect(Cursor::new(fixture.bytes.clone()), fixture.file, &options, move |now| {
        told.borrow_mut().push([now.artifact.into(), now.found.into(), now.bytes, now.size]);
    });
    (report.unwrap(), seen.take())
}

#[test]
fn reports_repeat_and_progress_never_goes_past_what_is_known() {
    let mut within = 0;
    for fixture in builders::all() {
        let json = |report: &Report| serde_json::to_string(report).unwrap();
        let (report, seen) = inspect_telling(&fixture);
        assert_eq!(json(&report), json(&inspect(&fixture)), "{}", fixture.id);
        for pair in seen.windows(2) {
            let ([done, found, bytes, size], now) = (pair[0], pair[1]);
            assert!(now[0] >= done && now[1] >= found && now[3] >= size, "{}: {pair:?}", fixture.id);
            // Within one artifact several things may be locked, and each has its own attempts.
            assert!(now[2] >= bytes || now[0] == done, "{}: {pair:?}", fixture.id);
            within += u32::from(now[0] == done && now[2] > bytes);
        }
        for [done, found, bytes, size] in seen {
            assert!(done < found && bytes <= size, "{}: {bytes} of {size}", fixture.id);
            assert!(found <= report.artifacts.len() as u64, "{}", fixture.id);
        }
    }
    assert!(within > 20, "within one artifact: {within}");
}

#[test]
fn honest_fixtures_are_left_in_peace() {
    for fixture in builders::all().iter().filter(|fixture| fixture.honest) {
        let report = inspect(fixture);
        assert!(report.verdict.level <= Level::Notice, "{}: {:?}", fixture.id, report.verdict);
    }
}
