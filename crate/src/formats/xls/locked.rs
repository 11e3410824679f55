//! Encrypted workbooks ([MS-XLS] 2.2.10): every record behind FilePass, but the heads of all and the bodies of a few.

use std::collections::BTreeSet;

use super::globals::{BOUND_SHEET, FILE_PASS};
use super::records::BOF;
use crate::budget::Budget;
use crate::crypto::binary::{Key, Scheme};
use crate::error::Result;
use crate::formats::cfb::{encrypted, unlock_binary};
use crate::scan::Scan;
use crate::source::Source;

/// Records whose bodies stay clear: UsrExcl, FileLock, InterfaceHdr, RRDInfo, RRDHead, FilePass and every BOF.
const CLEAR: &[u16] = &[0x0194, 0x0195, 0x00E1, 0x0196, 0x0138, FILE_PASS, BOF, 0x0409, 0x0209, 0x0009];

/// Bytes that have one key (2.2.10).
const BLOCK: usize = 1024;

/// The workbook as it was before somebody locked it, if a password opens it; `file_pass` is where FilePass stands and
/// what it says.
pub(super) fn open(
    scan: &mut Scan,
    stream: &Source,
    path: &str,
    file_pass: (u64, Result<Scheme>),
) -> Result<Option<Source>> {
    let (at, scheme) = file_pass;
    let scheme = match scheme {
        Ok(scheme) => scheme,
        Err(error) => {
            scan.note(&error, Some(path));
            encrypted(scan, "unknown", path);
            return Ok(None);
        }
    };
    let Some(key) = unlock_binary(scan, &scheme, path)? else { return Ok(None) };
    // Whole, because what stays clear is only known behind all that stands before it.
    let locked = scan.budget.read_to_vec(stream.clone())?;
    scan.budget.expand(locked.len() as u64)?;
    let from = usize::try_from(at).unwrap_or(usize::MAX);
    Ok(Some(Source::memory(decrypt(locked, from, &key, &scan.budget)?)))
}

/// Decrypts what stands behind FilePass.
fn decrypt(locked: Vec<u8>, file_pass: usize, key: &Key, budget: &Budget) -> Result<Vec<u8>> {
    let mut plain = locked.clone();
    for (block, bytes) in (0_u32..).zip(plain.chunks_mut(BLOCK)) {
        budget.steps(16)?;
        key.apply(block, bytes);
    }
    restore(&mut plain, &locked, 0..file_pass);
    let mut walk = Walk {
        locked: &locked,
        plain: &mut plain,
        key,
        seen: vec![0; (locked.len() / 8).saturating_add(1)],
        sheets: BTreeSet::new(),
    };
    walk.records(file_pass, budget)?;
    // Excel finds a sheet where the globals say it is, whatever stands before it.
    for at in std::mem::take(&mut walk.sheets) {
        walk.records(at, budget)?;
    }
    // FilePass itself is gone.
    restore(&mut plain, &[0xFF, 0xFF], file_pass..file_pass.saturating_add(2));
    Ok(plain)
}

/// Puts clear bytes where they belong.
fn restore(plain: &mut [u8], clear: &[u8], range: std::ops::Range<usize>) {
    let range = range.start..range.end.min(plain.len());
    let clear = if clear.len() >= range.end { clear.get(range.clone()) } else { clear.get(..range.len()) };
    if let (Some(to), Some(from)) = (plain.get_mut(range), clear) {
        to.copy_from_slice(from);
    }
}

struct Walk<'w> {
    locked: &'w [u8],
    plain: &'w mut [u8],
    key: &'w Key,
    /// A bit for every record that has been seen.
    seen: Vec<u8>,
    /// Where the globals say that sheets start.
    sheets: BTreeSet<usize>,
}

impl Walk<'_> {
    /// Goes from record to record, up to one that has been seen.
    fn records(&mut self, from: usize, budget: &Budget) -> Result<()> {
        let mut at = from;
        loop {
            budget.steps(1)?;
            let head = self.locked.get(at..).and_then(|bytes| bytes.first_chunk());
            let Some([id0, id1, size0, size1]) = head.copied() else { return Ok(()) };
            if !self.see(at) {
                return Ok(());
            }
            let (id, size) = (u16::from_le_bytes([id0, id1]), usize::from(u16::from_le_bytes([size0, size1])));
            let body = at.saturating_add(4);
            let end = body.saturating_add(size);
            if end > self.locked.len() {
                // What is no record may be followed by a sheet all the same.
                let rest = self.locked.get(body..).unwrap_or_default();
                budget.steps(rest.len() as u64 >> 4)?;
                let next = rest.windows(6).position(|bytes| matches!(bytes, [0x09, 0x08, 8..=16, 0, 0, 5 | 6]));
                let Some(next) = next else { return Ok(()) };
                at = body.saturating_add(next);
                continue;
            }
            let clear = match id {
                id if CLEAR.contains(&id) => end,
                // The place of a sheet stays clear.
                BOUND_SHEET => body.saturating_add(4).min(end),
                _ => body,
            };
            if id == BOUND_SHEET
                && let Some(place) = self.locked.get(body..).and_then(|bytes| bytes.first_chunk())
                && self.sheets.len() < 1 << 14
            {
                self.sheets.insert(usize::try_from(u32::from_le_bytes(*place)).unwrap_or(usize::MAX));
            }
            restore(self.plain, self.locked, at..clear);
            self.key.apply_xor(clear, size, self.plain.get_mut(clear..end).unwrap_or_default());
            at = end;
        }
    }

    /// Whether a record is new.
    fn see(&mut self, at: usize) -> bool {
        let bit = 1_u8 << (at % 8);
        let Some(cell) = self.seen.get_mut(at / 8) else { return false };
        let is_new = *cell & bit == 0;
        *cell |= bit;
        is_new
    }
}
