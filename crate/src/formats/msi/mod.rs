//! Installers for Windows (`.msi`): a database in a compound file.
//!
//! Whoever opens one is asked by a window that looks official, and then its custom actions run any program, library or
//! script, mostly with all rights. That it installs is the finding; what is read here tells what it would run, and hands
//! on what it carries: programs and scripts in the table `Binary`, and the cabinets with its files.

use std::collections::HashMap;

use super::cfb::Cfb;
use crate::artifact::Origin;
use crate::error::{Error, Result};
use crate::finding::{FindingKind, Level, cut};
use crate::scan::{Child, Content, Scan};

mod actions;
mod database;

use database::{Database, stream_name};

/// Beside copying files, it runs something.
pub(super) const RUNS: FindingKind = FindingKind::new("installer.runs", Level::Hold, Some("X1"));

pub(super) const KINDS: &[&FindingKind] = &[&RUNS];

/// Names of files that are kept, so that what is in cabinets can be told by them.
const FILES: usize = 20_000;

/// Longest of them and of the keys they stand under, in bytes.
const NAME: usize = 260;
const KEY: usize = 80;

/// Looks into the installer that `cfb` is.
pub(super) fn inspect(scan: &mut Scan, cfb: &Cfb) -> Result<()> {
    // Package, not transform or patch: those change the database of another.
    if cfb.clsid().first() != Some(&0x84) {
        scan.note(&Error::Unsupported("installer-transform"), None);
    } else {
        let mut files = HashMap::new();
        let result = read(scan, cfb, &mut files);
        scan.name_inside(files);
        if let Err(error) = result {
            scan.note(&error, None);
        }
    }
    push(scan, cfb)
}

fn read(scan: &mut Scan, cfb: &Cfb, files: &mut HashMap<String, String>) -> Result<()> {
    let budget = std::rc::Rc::clone(&scan.budget);
    let _held = budget.scope();
    let database = Database::open(cfb, &budget)?;
    name_files(&database, files)?;
    let streams: HashMap<String, usize> = cfb.streams().map(|(id, entry)| (stream_name(&entry.name).0, id)).collect();
    budget.hold((streams.len() as u64).saturating_mul(96))?;
    let binary = |name: &str| streams.get(&format!("Binary.{name}")).map(|id| cfb.stream(*id));
    actions::inspect(scan, &database, files, &binary)
}

/// The table `File`: what is installed under which name. In a cabinet it stands under its key.
fn name_files(database: &Database<'_>, files: &mut HashMap<String, String>) -> Result<()> {
    let Some(table) = database.table("File")? else { return Ok(()) };
    for row in 0..table.rows().min(FILES) {
        let name = database.text(&table, row, "FileName")?;
        // The short one of DOS, and the one a person sees.
        let name = name.rsplit('|').next().unwrap_or_default();
        let key = database.text(&table, row, "File")?;
        files.insert(cut(&key, KEY).to_owned(), cut(name, NAME).to_owned());
    }
    Ok(())
}

/// Hands on every stream that is no table: cabinets, and what the tables `Binary` and `Icon` hold.
fn push(scan: &mut Scan, cfb: &Cfb) -> Result<()> {
    for (id, entry) in cfb.streams() {
        let (name, is_table) = stream_name(&entry.name);
        if is_table || name.starts_with('\u{5}') || entry.size == 0 {
            continue;
        }
        let source = cfb.stream(id);
        // Many entries can share one chain of sectors; each child is read as if it were alone.
        scan.budget.expand(source.len())?;
        let shown = name.strip_prefix("Binary.").unwrap_or(&name).to_owned();
        let content = Content::Bytes { source, crc32: None };
        scan.push(Child { name: shown, origin: Origin::Object { path: name }, size: None, content })?;
    }
    Ok(())
}
