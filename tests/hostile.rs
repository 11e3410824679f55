//! Does it always come back? Every truncation and every flipped bit of every fixture, within a time that a person
//! would wait.

use std::io::Cursor;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use unopened::{Level, Limits, Options, Report};

use crate::builders;
use crate::builders::giants;
use crate::builders::zip::{Entry, padded, zip};

/// Far above what any mutant needs, far below a hang.
const PATIENCE: Duration = Duration::from_secs(20);

/// Positions tried per fixture and kind of damage; small fixtures are walked completely.
const POSITIONS: usize = 600;

fn look(bytes: Vec<u8>, name: &str) -> Report {
    look_within(bytes, name, Limits::default().expanded)
}

fn look_within(bytes: Vec<u8>, name: &str, expanded: u64) -> Report {
    // Enough guesses for what the builders lock; those for a real document cost a tenth of a second, each time.
    let limits = Limits { guessing: 20_000, expanded, ..Limits::default() };
    unopened::inspect(Cursor::new(bytes), name, &Options { limits, ..Options::default() }, |_| ()).unwrap()
}

/// As [`look`], within [`PATIENCE`]. Padding is decoded as far as any parser gets: damage to a hundred bytes of zeros
/// must not cost hours.
fn look_in_time(bytes: Vec<u8>, name: &str, what: &str) -> Report {
    let started = Instant::now();
    let report = look_within(bytes, name, 48 << 20);
    assert!(started.elapsed() < PATIENCE, "{name}, {what}: {:?}", started.elapsed());
    report
}

/// About [`POSITIONS`] of `0..len`: all of the ends, where the structures stand, and a stride through the middle.
fn positions(len: usize) -> impl Iterator<Item = usize> {
    let dense = POSITIONS / 3;
    let stride = (len.saturating_sub(2 * dense) / dense).max(1);
    let tail = len.saturating_sub(dense).max(dense.min(len));
    (0..len.min(dense)).chain((dense..tail).step_by(stride)).chain(tail..len)
}

/// Applies some damage at every position of every fixture, on all processors.
fn damage_everything(damage: impl Fn(&[u8], usize) -> Vec<u8> + Sync) {
    let fixtures = builders::all();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(fixture) = fixtures.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for at in positions(fixture.bytes.len()) {
                        look_in_time(damage(&fixture.bytes, at), fixture.file, &format!("{} at {at}", fixture.id));
                    }
                }
            });
        }
    });
}

#[test]
fn every_truncation_returns() {
    damage_everything(|bytes, at| bytes[..at].to_vec());
}

#[test]
fn every_flipped_bit_returns() {
    damage_everything(|bytes, at| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1 << (at % 8);
        bytes
    });
}

#[test]
fn empty_and_unknown_input_is_never_none() {
    for bytes in [Vec::new(), vec![0xFF; 3], vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 200, 201]] {
        let report = look(bytes, "data");
        assert_eq!(report.verdict.level, Level::Unchecked);
        assert!(report.verdict.incomplete);
    }
}

/// Looks with some limits lowered; the values of the limits that were reached.
fn limits_reached(bytes: Vec<u8>, limits: Limits) -> Vec<String> {
    let options = Options { limits, ..Options::default() };
    let report = unopened::inspect(Cursor::new(bytes), "a.zip", &options, |_| ()).unwrap();
    let reached: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.id == "file.limit-reached")
        .map(|finding| finding.values["limit"].clone())
        .collect();
    assert!(reached.is_empty() || report.verdict.incomplete);
    reached
}

#[test]
fn every_limit_that_is_hit_is_said() {
    let text = || Entry::deflated("a.txt", &[b'x'; 9000]);
    let many: Vec<Entry> = (0..50).map(|i| Entry::stored(&format!("{i}.txt"), b"x")).collect();
    let nested = (0..9).fold(zip(&[text()]), |inner, _| zip(&[Entry::stored("b.zip", &inner)]));
    let odd: Vec<Entry> = (0..50).map(|i| Entry::stored(&format!("{i}.qqq"), &[0xF7, 0, 1])).collect();
    let default = Limits::default;
    assert_eq!(limits_reached(zip(&many), Limits { artifacts: 10, ..default() }), ["artifacts"]);
    assert_eq!(limits_reached(nested, Limits { depth: 3, ..default() }), ["depth"]);
    assert_eq!(limits_reached(zip(&[text()]), Limits { expanded: 4000, ..default() }), ["expanded"]);
    assert_eq!(limits_reached(zip(&many), Limits { steps: 20, ..default() }), ["steps"]);
    assert!(limits_reached(zip(&odd), Limits { findings: 5, ..default() }).contains(&"findings".to_owned()));
    assert!(limits_reached(zip(&many), default()).is_empty());
}

#[test]
fn only_macros_need_the_end_of_a_long_table() {
    let project = builders::vba::vba_project(&[builders::vba::Module::standard("M", "Sub a()\nEnd Sub\n")]);
    let small = Limits { artifact_bytes: 1 << 14, ..Limits::default() };
    let table = |has_macro_sheet| builders::xlsb::long_table(1000, &project, has_macro_sheet);
    assert!(limits_reached(table(false), small.clone()).is_empty());
    assert_eq!(limits_reached(table(true), small), ["artifact-bytes"]);
    // Neither a table nor what follows it hides the macros.
    let narrow = Limits { memory: 1 << 17, ..Limits::default() };
    let long = || builders::xlsb::long_table(4000, &project, false);
    assert!(limits_reached(long(), narrow.clone()).is_empty());
    let options = Options { limits: narrow, ..Options::default() };
    let report = unopened::inspect(Cursor::new(long()), "a.xlsb", &options, |_| ()).unwrap();
    assert!(report.findings.iter().any(|finding| finding.id == "vba.present"));
}

#[test]
fn bombs_end_within_the_limits() {
    // 512 MiB of zeros a layer, five entries sharing one stream of data, an archive that claims more than there is.
    let zeros = padded("a.bin", b"x", 1 << 29);
    let layered = zip(&[Entry::stored("a.zip", &zeros), Entry::stored("b.zip", &zeros)]);
    let report = look(layered, "a.zip");
    assert!(report.verdict.level >= Level::Hold, "{:?}", report.verdict);
    let many: Vec<Entry> = (0..60_000).map(|i| Entry::stored(&i.to_string(), b"")).collect();
    let report = look(zip(&many), "a.zip");
    assert!(report.verdict.incomplete);
    assert!(report.artifacts.len() <= 20_001);
}

#[test]
fn a_reader_that_fails_is_unchecked() {
    struct Fails(Cursor<Vec<u8>>);
    impl std::io::Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    impl std::io::Seek for Fails {
        fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
            self.0.seek(to)
        }
    }
    let report = unopened::inspect(Fails(Cursor::new(vec![0; 100])), "a.doc", &Options::default(), |_| ()).unwrap();
    assert_eq!(report.verdict.level, Level::Unchecked);
    assert_eq!(report.verdict.reasons, ["file.unreadable"]);
}

/// The limits that were reached in a file, within [`PATIENCE`].
fn limits_of(bytes: Vec<u8>, name: &str) -> Vec<String> {
    let report = look_in_time(bytes, name, "as it is");
    assert!(report.verdict.incomplete && report.verdict.level >= Level::Unchecked, "{name}: {:?}", report.verdict);
    let limits = report.findings.iter().filter(|finding| finding.id == "file.limit-reached");
    limits.map(|finding| finding.values["limit"].clone()).collect()
}

#[test]
fn sixteen_archives_in_each_of_sixteen() {
    assert!(limits_of(giants::fans(16, 5), "a.zip").contains(&"artifacts".to_owned()));
}

#[test]
fn text_beyond_what_is_read_may_hide_something() {
    assert_eq!(limits_of(giants::far_behind_text(), "letter.docx"), ["artifact-bytes"]);
}

#[test]
fn a_wrong_password_is_not_tried_for_ever() {
    // AES-256 (APPNOTE 7, WinZip): a salt of its own for every entry.
    let field = [1, 0x99, 7, 0, 2, 0, b'A', b'E', 3, 0, 0];
    let entry = |n: u32| {
        let data: Vec<u8> =
            (0..60_u32).map(|at| n.wrapping_mul(2_654_435_761).to_le_bytes()[at as usize % 4]).collect();
        Entry::stored(&format!("{n}.doc"), &data).packed(99, 32, 0).flags(1).extra(field.to_vec())
    };
    let entries: Vec<Entry> = (0..300).map(entry).collect();
    let limits = Limits { trying: 400_000, guessing: 0, ..Limits::default() };
    let reached = |passwords: &[&str], limits: Limits| {
        let passwords = passwords.iter().map(|password| (*password).to_owned()).collect();
        let options = Options { passwords, limits, ..Options::default() };
        let report = unopened::inspect(Cursor::new(zip(&entries)), "a.zip", &options, |_| ()).unwrap();
        assert_eq!((report.artifacts.len(), report.verdict.level), (301, Level::Unchecked));
        report.findings.iter().any(|finding| finding.values.get("limit").is_some_and(|limit| limit == "guessing"))
    };
    assert!(reached(&["wrong"], limits.clone()));
    assert!(!reached(&[], limits));
}
