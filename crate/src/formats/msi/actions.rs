//! What an installer does beside copying files: custom actions (Windows Installer, "Custom Action Types").
//!
//! They start programs, load libraries and run scripts, out of the database, out of the files that are installed, or by
//! a command line, and put that together from properties in the order in which the sequences call them.

use std::collections::{HashMap, HashSet};

use super::RUNS;
use super::database::Database;
use crate::budget::Budget;
use crate::codecs::text;
use crate::error::Result;
use crate::finding::{Evidence, Observation};
use crate::languages::{ActionKind, commands};
use crate::order;
use crate::scan::Scan;
use crate::source::Source;

/// Rows of a table that are looked at. Honest installers have a few hundred actions and properties.
const ROWS: usize = 1 << 14;

/// Longest text put together, in bytes.
const TEXT: usize = 1 << 16;

/// Bytes of a script that are read.
const SCRIPT: usize = 1 << 16;

/// The sequences in the order in which opening the file goes through them.
const SEQUENCES: [&str; 2] = ["InstallUISequence", "InstallExecuteSequence"];

/// Folders that Windows knows, and how they are written elsewhere.
const FOLDERS: [(&str, &str); 16] = [
    ("AppDataFolder", "%APPDATA%\\"),
    ("CommonAppDataFolder", "%ProgramData%\\"),
    ("CommonFiles64Folder", "%CommonProgramFiles%\\"),
    ("CommonFilesFolder", "%CommonProgramFiles%\\"),
    ("DesktopFolder", "%USERPROFILE%\\Desktop\\"),
    ("LocalAppDataFolder", "%LOCALAPPDATA%\\"),
    ("PersonalFolder", "%USERPROFILE%\\Documents\\"),
    ("ProgramFiles64Folder", "%ProgramFiles%\\"),
    ("ProgramFilesFolder", "%ProgramFiles%\\"),
    ("StartupFolder", "%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\"),
    ("System16Folder", "%SystemRoot%\\"),
    ("System64Folder", "%SystemRoot%\\System32\\"),
    ("SystemFolder", "%SystemRoot%\\System32\\"),
    ("TempFolder", "%TEMP%\\"),
    ("WindowsFolder", "%SystemRoot%\\"),
    ("WindowsVolume", "%SystemDrive%\\"),
];

/// Properties that Windows sets, and that nobody knows beforehand.
const SET_BY_WINDOWS: [&str; 8] =
    ["OriginalDatabase", "SourceDir", "SOURCEDIR", "USERNAME", "LogonUser", "ComputerName", "UserSID", "Date"];

/// Libraries that come with the makers of installers start what stands in one of these properties.
const STARTERS: [&str; 6] = [
    "WixQuietExecCmdLine",
    "WixQuietExec64CmdLine",
    "QtExecCmdLine",
    "QtExec64CmdLine",
    "WixSilentExecCmdLine",
    "WixShellExecTarget",
];

struct Custom {
    bits: i64,
    source: String,
    target: String,
}

/// Where a custom action takes its program or script from: bits 4 and 5 of its type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Binary,
    File,
    Directory,
    Property,
}

/// What an installer knows while it runs.
struct State<'a> {
    budget: &'a Budget,
    properties: HashMap<String, String>,
    /// Folders whose place a person chooses.
    folders: HashSet<String>,
    files: &'a HashMap<String, String>,
}

/// Tells what the custom actions do that opening the installer comes to. `binary` gives the stream of that name.
pub(super) fn inspect(
    scan: &mut Scan,
    database: &Database<'_>,
    files: &HashMap<String, String>,
    binary: &dyn Fn(&str) -> Option<Source>,
) -> Result<()> {
    let budget = std::rc::Rc::clone(&scan.budget);
    let mut state = State { budget: &budget, properties: HashMap::new(), folders: HashSet::new(), files };
    for (key, value) in pairs(database, "Property", "Property", "Value")? {
        state.properties.insert(key, value);
    }
    state
        .folders
        .extend(pairs(database, "Directory", "Directory", "Directory_Parent")?.into_iter().map(|(key, _)| key));
    let custom = customs(database)?;
    let mut told = HashSet::new();
    for name in called(database, &custom, &mut state)? {
        let Some(action) = custom.get(&name) else { continue };
        let from = match (action.bits >> 4) & 3 {
            0 => From::Binary,
            1 => From::File,
            2 => From::Directory,
            _ => From::Property,
        };
        let target = state.formatted(&action.target)?;
        let what = action.bits & 7;
        if what == 3 && matches!(from, From::Directory | From::Property) {
            budget.hold(target.len() as u64)?;
            state.properties.insert(action.source.clone(), target);
        } else if told.insert(name.clone()) {
            let (kind, detail, script) = state.does(&name, action, what, from, &target, binary)?;
            let Some(kind) = kind else { continue };
            tell(scan, &name, kind, &detail, script.as_deref())?;
        }
    }
    Ok(())
}

/// Reports one action and what it comes to.
fn tell(scan: &mut Scan, name: &str, kind: ActionKind, detail: &str, script: Option<&str>) -> Result<()> {
    let observation = || {
        let evidence = Evidence::quote(detail).path(format!("CustomAction/{name}"));
        Observation::new(&RUNS, evidence).with("name", name)
    };
    scan.report(observation().acts(kind, detail));
    let steps = script.map_or(Ok(Vec::new()), |script| commands::decode_script(script, &scan.budget))?;
    steps.into_iter().for_each(|step| scan.report(observation().acts(step.kind, step.detail)));
    Ok(())
}

/// Two columns of a table.
fn pairs(database: &Database<'_>, table: &str, key: &str, value: &str) -> Result<Vec<(String, String)>> {
    let Some(table) = database.table(table)? else { return Ok(Vec::new()) };
    let rows = 0..table.rows().min(ROWS);
    rows.map(|row| Ok((database.text(&table, row, key)?, database.text(&table, row, value)?))).collect()
}

fn customs(database: &Database<'_>) -> Result<HashMap<String, Custom>> {
    let mut custom = HashMap::new();
    let Some(table) = database.table("CustomAction")? else { return Ok(custom) };
    for row in 0..table.rows().min(ROWS) {
        let action = Custom {
            bits: table.number(row, "Type").unwrap_or_default(),
            source: database.text(&table, row, "Source")?,
            target: database.text(&table, row, "Target")?,
        };
        custom.insert(database.text(&table, row, "Action")?, action);
    }
    Ok(custom)
}

/// The actions in the order in which they are called: by the sequences, and by the buttons of the dialogues between.
fn called(database: &Database<'_>, custom: &HashMap<String, Custom>, state: &mut State<'_>) -> Result<Vec<String>> {
    let mut called = Vec::new();
    let mut sequences = 0_usize;
    for name in SEQUENCES {
        if let Some(table) = database.table(name)? {
            sequences = sequences.saturating_add(1);
            let mut steps = Vec::new();
            for row in 0..table.rows().min(ROWS) {
                if let Some(number) = table.number(row, "Sequence") {
                    steps.push((number, database.text(&table, row, "Action")?));
                }
            }
            order::sort_by_key(&mut steps, |(number, _)| *number);
            called.extend(steps.into_iter().map(|(_, name)| name));
        }
        if name == SEQUENCES[0] {
            for (event, argument) in pairs(database, "ControlEvent", "Event", "Argument")? {
                if let Some(property) = event.strip_prefix('[').and_then(|event| event.strip_suffix(']')) {
                    let value = state.formatted(&argument)?;
                    state.properties.entry(property.to_owned()).or_insert(value);
                } else if event.eq_ignore_ascii_case("DoAction") {
                    called.push(argument);
                }
            }
        }
    }
    if sequences == 0 {
        // Nobody can say which are called.
        called.extend(custom.keys().cloned());
        order::sort(&mut called);
    }
    Ok(called)
}

impl State<'_> {
    /// What an action does: its kind, its command line, and the script it consists of.
    fn does(
        &self,
        name: &str,
        action: &Custom,
        what: i64,
        from: From,
        target: &str,
        binary: &dyn Fn(&str) -> Option<Source>,
    ) -> Result<(Option<ActionKind>, String, Option<String>)> {
        let source = match from {
            From::Binary | From::Directory => action.source.as_str(),
            From::File => self.files.get(&action.source).unwrap_or(&action.source),
            From::Property => self.properties.get(&action.source).map_or("", String::as_str),
        };
        Ok(match (what, from) {
            // A folder to start it in.
            (2, From::Directory) => (Some(ActionKind::Run), target.to_owned(), None),
            (2, _) => (Some(ActionKind::Run), format!("{source} {target}"), None),
            (5 | 6, From::Directory) => (Some(ActionKind::Run), target.to_owned(), Some(target.to_owned())),
            (5 | 6, From::Property) => (Some(ActionKind::Run), source.to_owned(), Some(source.to_owned())),
            (5 | 6, _) => {
                let script = binary(source).filter(|_| from == From::Binary).map(|stream| stream.peek(0, SCRIPT));
                let script = script.transpose()?.map(|bytes| text::of_unknown_encoding(&bytes));
                let language = if what == 5 { "JScript" } else { "VBScript" };
                (Some(ActionKind::Run), format!("{source} ({language}) {target}"), script)
            }
            (7, _) => (Some(ActionKind::Run), format!("msiexec /i {source} {target}"), None),
            (1, _) => {
                let entry = target.to_ascii_lowercase();
                let starts = ["quietexec", "silentexec", "shellexec", "qtexec"].iter().any(|word| entry.contains(word));
                let known = STARTERS.iter().filter(|_| starts);
                let data = [name].iter().chain(known).find_map(|name| self.properties.get(*name));
                match data {
                    Some(data) if starts => (Some(ActionKind::Run), data.clone(), None),
                    Some(data) => (Some(ActionKind::Load), format!("{source}, {target}: {data}"), None),
                    None => (Some(ActionKind::Load), format!("{source}, {target}"), None),
                }
            }
            _ => (None, String::new(), None),
        })
    }

    /// Text with what its brackets stand for ("Formatted"). Braces hold what goes when a property in them is empty.
    fn formatted(&self, text: &str) -> Result<String> {
        let mut out = String::new();
        // Which bracket, where, whether a property stood in it, and whether one of them was empty.
        let mut open: Vec<(char, usize, bool, bool)> = Vec::new();
        self.budget.steps(text.len() as u64 / 4)?;
        let mut letters = text.chars().peekable();
        while let Some(c) = letters.next() {
            if out.len() > TEXT {
                break;
            }
            match (c, open.last().copied()) {
                // A letter as it is: `[\\x]`.
                ('[', _) if letters.next_if_eq(&'\\').is_some() => {
                    out.extend(letters.next());
                    letters.next_if_eq(&']');
                }
                ('[' | '{', _) => {
                    open.push((c, out.len(), false, false));
                    out.push(c);
                }
                (']', Some(('[', start, ..))) => {
                    open.pop();
                    let name = out.split_off(start);
                    let value = self.value(name.get(1..).unwrap_or_default());
                    if let Some((_, _, holds, misses)) = open.last_mut() {
                        *holds = true;
                        *misses |= value.is_empty();
                    }
                    out.push_str(&value);
                }
                ('}', Some(('{', start, holds, misses))) => {
                    open.pop();
                    self.budget.steps(out.len().saturating_sub(start) as u64 / 8)?;
                    let inner = out.split_off(start);
                    if !holds {
                        out.push_str(&inner);
                        out.push('}');
                    } else if !misses {
                        out.push_str(inner.get(1..).unwrap_or_default());
                    }
                }
                _ => out.push(c),
            }
        }
        self.budget.steps(out.len() as u64 / 4)?;
        Ok(out)
    }

    /// What one pair of brackets stands for.
    fn value(&self, name: &str) -> String {
        let mut letters = name.chars();
        match letters.next() {
            Some('~') => String::new(),
            Some('%') => format!("%{}%", letters.as_str()),
            Some('#' | '!') => self.files.get(letters.as_str()).cloned().unwrap_or_else(|| format!("[{name}]")),
            Some('$') | None => format!("[{name}]"),
            _ => {
                if let Some(value) = self.properties.get(name) {
                    return value.clone();
                }
                let folder = FOLDERS.iter().find(|(folder, _)| *folder == name).map(|(_, path)| (*path).to_owned());
                let unknown = || self.folders.contains(name) || SET_BY_WINDOWS.contains(&name);
                folder.or_else(|| unknown().then(|| format!("[{name}]"))).unwrap_or_default()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    #[test]
    fn brackets_stand_for_properties_and_folders() {
        let budget = Budget::new(Limits::default(), |_| ());
        let files = HashMap::from([("f1".to_owned(), "a.exe".to_owned())]);
        let properties = [("P", "power"), ("Q", "shell"), ("R", "Q")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let folders = HashSet::from(["INSTALLDIR".to_owned()]);
        let state = State { budget: &budget, properties: properties.into(), folders, files: &files };
        for (text, expected) in [
            ("[P][Q] -x", "powershell -x"),
            ("[P][none][[R]]", "powershell"),
            ("[SystemFolder]cmd.exe", "%SystemRoot%\\System32\\cmd.exe"),
            ("[INSTALLDIR]a {b[none]}{c[Q]}{d}", "[INSTALLDIR]a cshell{d}"),
            ("[\\[]x[\\]] [#f1] [%TEMP] a]b[c", "[x] a.exe %TEMP% a]b[c"),
            ("{[P]", "{power"),
        ] {
            assert_eq!(state.formatted(text).unwrap(), expected, "{text}");
        }
    }
}
