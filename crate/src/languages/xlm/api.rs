//! Procedures of libraries: what `CALL` and `REGISTER` reach.

use std::rc::Rc;

use super::machine::{Machine, Run};
use super::values::{Datum, GAP, Position, whole};
use crate::languages::ActionKind;
use crate::languages::api::{self, Purpose};

/// A registered procedure.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Procedure {
    /// As written.
    module: Rc<str>,
    name: Rc<str>,
    known: bool,
}

/// What `REGISTER` returns for the first procedure; far from numbers macros compute with.
const FIRST: u32 = 0x2F00_0000;

/// Libraries of Windows whose other procedures are not worth a word: they read settings, windows and the clock.
const SYSTEM: &[&str] = &[
    "kernel32",
    "user32",
    "gdi32",
    "advapi32",
    "shell32",
    "ntdll",
    "urlmon",
    "wininet",
    "winmm",
    "ole32",
    "oleaut32",
    "comctl32",
    "comdlg32",
    "msvcrt",
    "version",
    "winspool.drv",
    "odbc32",
    "mpr",
    "ws2_32",
    "winhttp",
    "shlwapi",
    "crypt32",
    "xlcall32",
    "kernel",
    "user",
    "gdi",
    "shell",
    "commdlg",
    "mmsystem",
];

impl Procedure {
    /// The name of the library: lower case, without folder and `.dll`.
    fn library(&self) -> String {
        let file = self.module.rsplit(['\\', '/']).next().unwrap_or_default().trim().to_lowercase();
        file.trim_end_matches(['.', ' ']).trim_end_matches(".dll").trim_end_matches(".exe").to_owned()
    }

    fn kind(&self) -> Option<ActionKind> {
        let library = self.library();
        let library = if library.is_empty() { "?" } else { &library };
        Some(match api::of(&self.name.trim().to_lowercase(), library)? {
            Purpose::Run => ActionKind::Run,
            Purpose::Install | Purpose::Download => ActionKind::Download,
            Purpose::Fetch => ActionKind::Fetch,
            Purpose::Inject | Purpose::Copy | Purpose::CallBack => ActionKind::Inject,
            Purpose::Setting | Purpose::Service => ActionKind::Persist,
            Purpose::Load => ActionKind::Load,
            Purpose::Write => ActionKind::Write,
            Purpose::Delete => ActionKind::Delete,
            Purpose::Map | Purpose::Key | Purpose::Variable => return None,
        })
    }

    /// Whether it belongs to Windows.
    fn is_system(&self) -> bool {
        let folder = self.module.rsplit_once(['\\', '/']).map_or("", |(folder, _)| folder).to_lowercase();
        (folder.is_empty() || folder.contains("system32") || folder.contains("syswow64"))
            && SYSTEM.contains(&self.library().as_str())
    }
}

impl Machine<'_> {
    /// The procedure that the number `REGISTER` returned stands for.
    pub(super) fn registration(&mut self, value: &Datum) -> Option<usize> {
        let number = match value {
            Datum::Area(area) => self.value(area.first).ok()?.number(),
            Datum::Number(number) => Some(*number),
            _ => None,
        };
        let id = whole(number?)?.checked_sub(FIRST)? as usize;
        self.registered.get(id).map(|_| id)
    }

    pub(super) fn registration_number(&self, id: usize) -> Datum {
        Datum::Number(f64::from(FIRST.saturating_add(u32::try_from(id).unwrap_or(0))))
    }

    /// Registers the procedure that arguments name: library, name, types.
    pub(super) fn procedure(&mut self, arguments: &[Datum], at: Position) -> Run<usize> {
        let mut part = |i: usize| -> Run<Datum> {
            match arguments.get(i) {
                Some(argument) => self.scalar(argument.clone(), at),
                None => Ok(Datum::Empty),
            }
        };
        let (module, name) = (part(0)?, part(1)?);
        let known = module.is_known() && name.is_known();
        let procedure = Procedure { module: module.shown(), name: name.shown(), known };
        if let Some(id) = self.registered.iter().position(|other| *other == procedure) {
            return Ok(id);
        }
        if self.registered.len() < 1 << 10 {
            self.hold(&module)?;
            self.hold(&name)?;
            self.registered.push(procedure);
        }
        Ok(self.registered.len().saturating_sub(1))
    }

    /// What loading the library of a procedure does: a library that is not of Windows is a program.
    pub(super) fn loads(&mut self, id: usize) -> Run<()> {
        let Some(procedure) = self.registered.get(id).cloned() else { return Ok(()) };
        if procedure.known && !procedure.is_system() {
            self.act(ActionKind::Run, format!("{},{}", procedure.module, procedure.name))?;
        }
        Ok(())
    }

    /// Calls a procedure: notes what it does, and answers as if it had gone well.
    pub(super) fn native(&mut self, id: usize, arguments: &[Datum], at: Position) -> Run<Datum> {
        self.assumed = true;
        let Some(procedure) = self.registered.get(id).cloned() else { return Ok(Datum::Unknown) };
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.scalar(argument.clone(), at)?);
        }
        let shown = |i: usize| values.get(i).map_or_else(|| GAP.to_string(), |value| value.shown().to_string());
        let name = format!("{}!{}", procedure.module, procedure.name);
        let Some(kind) = procedure.kind() else {
            if !procedure.known {
                self.act(ActionKind::Hidden, name)?;
            } else if !procedure.is_system() {
                self.act(ActionKind::Run, format!("{},{}", procedure.module, procedure.name))?;
            }
            return Ok(Datum::Unknown);
        };
        let lower = procedure.name.to_lowercase();
        let detail = match kind {
            ActionKind::Download if lower.starts_with("urldownloadtofile") => format!("{} → {}", shown(1), shown(2)),
            ActionKind::Download => address(&values).unwrap_or(name),
            ActionKind::Fetch => address(&values).unwrap_or(name),
            ActionKind::Run => command(&lower, &values),
            ActionKind::Inject => name,
            ActionKind::Write if lower.starts_with("copyfile") || lower.starts_with("movefile") => {
                format!("{} → {}", shown(0), shown(1))
            }
            _ => shown(0),
        };
        self.act(kind, detail)?;
        Ok(match kind {
            // S_OK
            ActionKind::Download => Datum::Number(0.0),
            ActionKind::Run => Datum::Number(42.0),
            ActionKind::Inject => Datum::Number(f64::from(0x0500_0000)),
            ActionKind::Persist => Datum::Number(0.0),
            ActionKind::Write | ActionKind::Delete => Datum::Number(1.0),
            _ => Datum::Unknown,
        })
    }
}

/// The command line among the arguments.
fn command(procedure: &str, values: &[Datum]) -> String {
    let shown = |i: usize| match values.get(i) {
        Some(Datum::Text(text, _)) => text.to_string(),
        Some(Datum::Unknown) => GAP.to_string(),
        _ => String::new(),
    };
    let parts = match procedure {
        // hwnd, operation, file, parameters, directory, show
        p if p.starts_with("shellexecute") => [shown(2), shown(3)],
        p if p.starts_with("createprocess") => [shown(0), shown(1)],
        _ => {
            let mut texts = values.iter().filter(|value| matches!(value, Datum::Text(text, _) if !text.is_empty()));
            [texts.next().map(|text| text.shown().to_string()).unwrap_or_default(), String::new()]
        }
    };
    let joined = parts.join(" ").trim().to_owned();
    if joined.is_empty() { GAP.to_string() } else { joined }
}

/// The first argument that looks like an address.
fn address(values: &[Datum]) -> Option<String> {
    let texts = || values.iter().filter_map(|value| if let Datum::Text(text, _) = value { Some(text) } else { None });
    texts()
        .find(|text| text.contains("://"))
        .or_else(|| texts().max_by_key(|text| text.len()))
        .filter(|text| !text.is_empty())
        .map(ToString::to_string)
}
