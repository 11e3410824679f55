//! Does it always come back? Every truncation and every flipped bit of every fixture, within a time that a person
//! would wait.

use std::io::Cursor;
use std::time::{Duration, Instant};

use unopened::{Level, Options, Report};

use crate::builders;

/// Far above what any mutant needs, far below a hang.
const PATIENCE: Duration = Duration::from_secs(20);

/// Positions tried per fixture and kind of damage; small fixtures are walked completely.
const POSITIONS: usize = 1500;

fn look(bytes: Vec<u8>, name: &str) -> Report {
    let started = Instant::now();
    let report = unopened::inspect(Cursor::new(bytes), name, &Options::default(), |_| ()).unwrap();
    assert!(started.elapsed() < PATIENCE, "{name} took {:?}", started.elapsed());
    report
}

/// About [`POSITIONS`] of `0..len`: all of the ends, where the structures stand, and a stride through the middle.
fn positions(len: usize) -> impl Iterator<Item = usize> {
    let dense = POSITIONS / 3;
    let stride = (len.saturating_sub(2 * dense) / dense).max(1);
    (0..len.min(dense)).chain((dense..len.saturating_sub(dense)).step_by(stride)).chain(len.saturating_sub(dense).max(dense)..len)
}

#[test]
fn every_truncation_returns() {
    for fixture in builders::all() {
        for cut in positions(fixture.bytes.len()) {
            look(fixture.bytes[..cut].to_vec(), fixture.file);
        }
    }
}

#[test]
fn every_flipped_bit_returns() {
    for fixture in builders::all() {
        for at in positions(fixture.bytes.len()) {
            let mut bytes = fixture.bytes.clone();
            bytes[at] ^= 1 << (at % 8);
            look(bytes, fixture.file);
        }
    }
}

#[test]
fn empty_and_unknown_input_is_never_none() {
    for bytes in [Vec::new(), vec![0xFF; 3], vec![1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 200, 201]] {
        let report = look(bytes, "data");
        assert_eq!(report.verdict.level, Level::Unchecked);
        assert!(report.verdict.incomplete);
    }
}
