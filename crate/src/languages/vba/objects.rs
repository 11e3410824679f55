//! Automation objects and DLL functions by what they are good for.
//!
//! A ProgID is not an action: honest macros make `Scripting.FileSystemObject` and `ADODB.Connection` every day. It says
//! what a later `.Run` or `.Open` means.

use super::outline::Import;
use crate::languages::api;
pub(super) use crate::languages::api::Purpose as Use;
use crate::languages::conversations::{dde_call, runs};
use crate::languages::places;

/// What an object can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::languages) enum Object {
    /// WScript.Shell: `.Run`, `.Exec`, `.RegWrite`.
    Shell,
    /// Shell.Application and the shell windows that lead to it: `.ShellExecute`.
    Explorer,
    /// The WMI service.
    Wmi,
    /// Win32_Process, Win32_ProcessStartup: `.Create`.
    Process,
    /// XMLHTTP, WinHttp.
    Http,
    /// InternetExplorer.Application.
    Browser,
    /// ADODB.Stream.
    Stream,
    /// Scripting.FileSystemObject.
    Files,
    /// Interpreters: ScriptControl, htmlfile.
    Script,
    /// MMC20.Application.
    Console,
    /// Formatters of .NET, whose objects run what they are read from.
    Formatter,
    /// Schedule.Service.
    Scheduler,
    /// Outlook, CDO.
    Mail,
    /// Known, and none of these.
    Other,
    /// Made from a name that cannot be told.
    Hidden,
}

impl Object {
    /// The word by which machines know what they have made.
    pub(in crate::languages) const fn class(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Explorer => "explorer",
            Self::Wmi => "wmi",
            Self::Process => "process",
            Self::Http => "http",
            Self::Browser => "browser",
            Self::Stream => "stream",
            Self::Files => "files",
            Self::Script => "script",
            Self::Console => "console",
            Self::Scheduler => "scheduler",
            Self::Formatter => "formatter",
            Self::Mail => "mail",
            Self::Other => "other",
            Self::Hidden => "hidden",
        }
    }
}

/// The objects that an expression can be; none where nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Objects(u16);

impl Objects {
    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn has(self, object: Object) -> bool {
        self.0 & (1 << object as u16) != 0
    }

    pub(super) fn has_any(self, objects: &[Object]) -> bool {
        objects.iter().any(|object| self.has(*object))
    }
}

impl From<Object> for Objects {
    fn from(object: Object) -> Self {
        Self(1 << object as u16)
    }
}

/// CLSIDs under which `GetObject("new:…")` reaches the same objects without their names.
const CLSIDS: &[(&str, Object)] = &[
    ("72c24dd5-d70a-438b-8a42-98424b88afb8", Object::Shell),
    ("f935dc22-1cf0-11d0-adb9-00c04fd58a0b", Object::Shell),
    ("13709620-c279-11ce-a49e-444553540000", Object::Explorer),
    ("c08afd90-f2a1-11d1-8455-00a0c91f3880", Object::Explorer),
    ("9ba05972-f6a8-11cf-a442-00a0c90a8f39", Object::Explorer),
    ("49b2791a-b1ae-4c90-9b8e-e860ba07f889", Object::Console),
    ("0e59f1d5-1fbe-11d0-8ff2-00a0d10038bc", Object::Script),
    ("0d43fe01-f093-11cf-8940-00a0c9054228", Object::Files),
    ("0f87369f-a4e5-4cfc-bd3e-73e6154572dd", Object::Scheduler),
    ("0002df01-0000-0000-c000-000000000046", Object::Browser),
    // The clipboard (MSForms.DataObject), Excel, Word, Scripting.Dictionary.
    ("1c3b4210-f441-11ce-b9ea-00aa006b1a69", Object::Other),
    ("00024500-0000-0000-c000-000000000046", Object::Other),
    ("000209ff-0000-0000-c000-000000000046", Object::Other),
    ("ee09b103-97e0-11cf-978f-00a02463e06f", Object::Other),
    ("00000566-0000-0010-8000-00aa006d2ea4", Object::Stream),
];

/// The object of a ProgID, or of a moniker for GetObject; `None` for a CLSID nobody here knows.
pub(in crate::languages) fn of_name(name: &str) -> Option<Object> {
    // The system reads a name up to the first NUL.
    let name = name.split('\0').next().unwrap_or_default().trim().to_lowercase();
    if let Some((_, clsid)) = name.split_once("new:").or_else(|| name.split_once("clsid:")) {
        let clsid = clsid.trim_matches(['{', '}', ' ']);
        return match CLSIDS.iter().find(|(known, _)| *known == clsid) {
            Some((_, object)) => Some(*object),
            // `new:` also takes a ProgID.
            None if clsid.contains('.') => of_name(clsid),
            None => None,
        };
    }
    if name.starts_with("winmgmts") {
        return Some(if name.contains("win32_process") { Object::Process } else { Object::Wmi });
    }
    let family = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some(match family {
        "wscript.shell" | "iwshruntimelibrary.wshshell" | "wshshell" | "iwshshell" | "iwshruntimelibrary.iwshshell" => {
            Object::Shell
        }
        "shell.application" | "shell32.shell" | "shell" | "shell.explorer" | "ishelldispatch" => Object::Explorer,
        "wbemscripting.swbemlocator" | "swbemlocator" | "wbemscripting.swbemservices" | "swbemservices" => Object::Wmi,
        "internetexplorer.application" | "shdocvw.internetexplorer" | "internetexplorer" => Object::Browser,
        "adodb.stream" => Object::Stream,
        "scripting.filesystemobject" | "filesystemobject" => Object::Files,
        "scriptcontrol" | "msscriptcontrol.scriptcontrol" | "htmlfile" => Object::Script,
        "mmc20.application" | "mmc" => Object::Console,
        "schedule.service" => Object::Scheduler,
        "system.runtime.serialization.formatters.binary.binaryformatter"
        | "system.runtime.serialization.formatters.soap.soapformatter"
        | "system.runtime.serialization.netdatacontractserializer" => Object::Formatter,
        // OpenOffice and LibreOffice: services of UNO.
        "com.sun.star.system.systemshellexecute" | "com.sun.star.system.simplesystemmail" => Object::Explorer,
        "com.sun.star.ucb.simplefileaccess" => Object::Files,
        "outlook.application" | "cdo.message" | "lotus.notessession" | "notes.notessession" => Object::Mail,
        _ if family.contains("xmlhttp") || family.contains("winhttprequest") => Object::Http,
        _ => Object::Other,
    })
}

/// Whether what GetObject is given is a file.
pub(in crate::languages) fn is_harmless_moniker(moniker: &str) -> bool {
    moniker.contains(['\\', '/'])
        && !["winmgmts", "script:", "new:", "clsid:"].iter().any(|prefix| moniker.contains(prefix))
}

/// Whether imports of one name are all ShellExecute, whose arguments have their places.
pub(super) fn open_by_shell(imports: &[Import]) -> bool {
    imports.iter().all(|import| matches!(import.function.as_str(), "shellexecute" | "shellexecutea" | "shellexecutew"))
}

/// What a function of a DLL is imported for; writing and deleting by such functions is not looked at. Injection is
/// [`Use::Copy`] and [`Use::CallBack`] only beside [`Use::Inject`], or with an address that is no `AddressOf`.
pub(super) fn of_function(function: &str, library: &str) -> Option<Use> {
    api::of(function, library).filter(|purpose| !matches!(purpose, Use::Write | Use::Delete))
}

/// Whether a library is named like a file of another kind, which no library that is installed is.
pub(super) fn is_odd_library(library: &str) -> bool {
    const ENDINGS: [&str; 14] =
        ["dll", "ocx", "drv", "exe", "xll", "wll", "cpl", "tlb", "olb", "dylib", "so", "framework", "bundle", "ax"];
    let file = library.rsplit(['\\', '/']).next().unwrap_or_default().trim_end_matches(['.', ' ']);
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.trim());
    ending.is_some_and(|ending| {
        !ending.is_empty() && !ENDINGS.contains(&ending) && ending.chars().all(|c| c.is_ascii_alphabetic())
    })
}

/// Whether a function of Windows is named by a number that changes with every version of Windows: what no program that
/// shall work does.
pub(super) fn is_numbered(function: &str, library: &str) -> bool {
    let system =
        ["kernel32", "kernelbase", "ntdll", "amsi"].iter().any(|name| library.trim_end_matches(".dll") == *name);
    system && function.strip_prefix('#').is_some_and(|number| number.parse::<u16>().is_ok())
}

/// Programs that only show what they are given. Explorer is none of them: it starts programs too.
pub(super) fn is_viewer(command: &str) -> bool {
    let command = command.trim().trim_start_matches(['"', '\'']);
    let program = command.split(['"', '\'', ' ', ',']).next().unwrap_or_default();
    let program = program.rsplit(['\\', '/']).next().unwrap_or_default().to_lowercase();
    let stem = program.strip_suffix(".exe").unwrap_or(&program);
    // Help is a page that may hold scripts: that of a program beside it, and none from elsewhere.
    let is_help = stem == "hh" && program != stem && !command.contains("://") && !command.contains("\\\\");
    (is_help || matches!(stem, "notepad" | "mspaint" | "wordpad" | "charmap"))
        && !command.contains(['&', '|', '>', '<'])
}

/// What only shows something, whatever else the project does: a viewer, a document of data, a page, a folder.
pub(super) fn only_shows(command: &str) -> bool {
    let lower = command.trim().to_lowercase();
    // The verbs of ShellExecute.
    let path = ["open ", "print "].iter().find_map(|verb| lower.strip_prefix(verb)).unwrap_or(&lower);
    is_viewer(command)
        || is_document(path)
        || whole_path(path).is_some_and(is_folder)
        || is_page(path) && !is_program(path)
        || shows_page(&lower)
        || shows_folder(&lower)
}

/// A command that is one path and nothing else: no part that nobody knows, no blank that quotes do not hold together.
/// It may then be no program with its arguments.
fn whole_path(command: &str) -> Option<&str> {
    let inside = command.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let path = inside.unwrap_or(command);
    let starts = path.get(1..3).is_some_and(|colon| matches!(colon, ":\\" | ":/"))
        || path.starts_with("\\\\")
        || path.starts_with('%');
    let is_one = (inside.is_some() || !path.contains(' '))
        && !path.contains(['"', '…', '|', '<', '>', '^', '*', '&', '\n', '\r', '\0'])
        && path.get(2..).is_some_and(|rest| !rest.contains(':'));
    (starts && is_one).then_some(path)
}

/// The path of a file that holds only data: what ShellExecute and Run hand to the program that shows it.
fn is_document(command: &str) -> bool {
    // Excel asks what the cells of a table ask for.
    let is_table = |path: &str| [".csv", ".tsv"].iter().any(|ending| path.ends_with(ending));
    whole_path(command).is_some_and(|path| is_data_file(path) && !is_table(path))
}

/// The path of what can only be a folder: by its end, or a folder by its name alone.
fn is_folder(path: &str) -> bool {
    const FOLDERS: [&str; 6] = ["%documentpath%", "%desktop%", "%mydocuments%", "%temp%", "%cd%", "%pickedfolder%"];
    let share = path.strip_prefix("\\\\");
    path.ends_with('\\')
        || FOLDERS.contains(&path)
        || share.is_some_and(|share| share.split('\\').count() <= 2 && !share.contains(['@', '.']))
}

/// A browser and one address, without switches: what a macro shows its pages with.
fn shows_page(command: &str) -> bool {
    const BROWSERS: [&str; 5] = ["msedge.exe", "chrome.exe", "firefox.exe", "iexplore.exe", "iexplore"];
    let (program, rest) = match command.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or_default(),
        None => match command.find(".exe ").and_then(|at| command.split_at_checked(at.saturating_add(4))) {
            Some(found) => found,
            None => command.split_once(' ').unwrap_or_default(),
        },
    };
    let name = program.rsplit(['\\', '/']).next().unwrap_or_default();
    let rest = rest.trim();
    let page = ["-url ", "-new-window ", "--new-window "].iter().find_map(|switch| rest.strip_prefix(switch));
    let page = page.unwrap_or(rest).trim_matches('"');
    BROWSERS.contains(&name) && is_page(page) && !is_program(page) && !page.contains(['"', ' ', '…', '|', '\n'])
}

/// `explorer.exe` with what can only be a folder, or with a file that is only pointed at.
fn shows_folder(command: &str) -> bool {
    let Some(rest) = explored(command) else { return false };
    let path = rest.trim_matches(['"', ' ']);
    path.strip_prefix("/select,").is_some_and(|path| !path.contains(" /"))
        || is_data_file(path)
            && !path.contains(['"', ',', '|', '/'])
            && !path.ends_with(".csv")
            && !path.ends_with(".tsv")
        || !path.contains(['"', ',', '|'])
            && (path.ends_with('\\') || is_folder(path) && !path.contains('…'))
            && !path.contains("://")
            && !path.starts_with('/')
}

/// What `explorer.exe` is given.
fn explored(command: &str) -> Option<&str> {
    ["explorer.exe", "c:\\windows\\explorer.exe", "%windir%\\explorer.exe", "explorer"]
        .iter()
        .find_map(|program| command.strip_prefix(program))
        .filter(|rest| rest.starts_with([' ', '"']))
}

/// `explorer.exe` with a folder: what honest macros show their results with. With a file from elsewhere it is a way to
/// start programs, so the caller asks whether the project could have put one there.
pub(super) fn is_folder_window(command: &str) -> bool {
    let command = command.trim().trim_start_matches(['"', '\'']).to_lowercase();
    let rest = command
        .strip_prefix("explorer.exe")
        .or_else(|| command.strip_prefix("c:\\windows\\explorer.exe"))
        .or_else(|| command.strip_prefix("explorer"));
    rest.is_some_and(|rest| {
        let rest = rest.trim_matches(['"', '\'', ' ']);
        (rest.is_empty() || command.contains(['"', ' ', '\''])) && !rest.contains("://") && !is_program(rest)
    })
}

/// Addresses that the person's own browser or mail program shows.
pub(super) fn is_page(address: &str) -> bool {
    let starts = |scheme: &str| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    ["http://", "https://", "mailto:"].into_iter().any(starts)
}

/// Whether a path or address ends like something that runs.
pub(super) fn is_program(path: &str) -> bool {
    const ENDINGS: [&str; 31] = [
        ".exe",
        ".js",
        ".jse",
        ".vbs",
        ".vbe",
        ".hta",
        ".bat",
        ".cmd",
        ".ps1",
        ".lnk",
        ".scr",
        ".dll",
        ".wsf",
        ".wsh",
        ".msi",
        ".msp",
        ".msix",
        ".appinstaller",
        ".application",
        ".cpl",
        ".pif",
        ".msc",
        ".chm",
        ".jar",
        ".sct",
        ".xll",
        ".iso",
        ".img",
        ".vhd",
        ".url",
        ".library-ms",
    ];
    let path = path.trim().trim_end_matches(['"', '\'']).to_lowercase();
    let path = match path.split_once("://") {
        // Of an address what stands before the query; a host alone is none, whatever it ends with.
        Some((_, rest)) => {
            rest.split(['?', '#']).next().and_then(|rest| rest.split_once('/')).map_or("", |(_, path)| path)
        }
        None => path.as_str(),
    };
    ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// Whether a path ends like a file that holds only data: nothing starts with it, whoever opens it.
pub(crate) fn is_data_file(path: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        ".txt", ".csv", ".tsv", ".log", ".json", ".ini", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".pdf", ".xlsx",
        ".md",
    ];
    let path = path.to_lowercase();
    ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// Whether code that is loaded from there comes from the web.
pub(super) fn is_on_web(path: &str) -> bool {
    let path = path.trim().trim_start_matches('\'').to_lowercase();
    let host = path.strip_prefix("\\\\").and_then(|rest| rest.split('\\').next());
    path.starts_with("http://")
        || path.starts_with("https://")
        || host.is_some_and(|host| host.contains('@') || is_outside(host))
}

/// Whether a host is an address of the internet; those of a company's own network are not.
fn is_outside(host: &str) -> bool {
    let address = host.parse::<std::net::Ipv4Addr>();
    address.is_ok_and(|address| !address.is_private() && !address.is_loopback() && !address.is_link_local())
}

/// Whether a document that is opened from there brings macros from the web: an add-in or template, or one that may hold
/// macros where `lowered` says that they start without a question. What stands in a company's own network is its own.
pub(super) fn brings_macros(path: &str, lowered: bool) -> bool {
    const ADD_INS: [&str; 9] = [".xlam", ".xla", ".xll", ".wll", ".ppam", ".ppa", ".dotm", ".xltm", ".potm"];
    const MACROS: [&str; 4] = [".xlsm", ".xlsb", ".docm", ".pptm"];
    let lower = path.trim().trim_matches('"').to_lowercase();
    let file = lower.split(['?', '#']).next().unwrap_or_default();
    let ends = |endings: &[&str]| endings.iter().any(|ending| file.ends_with(ending));
    is_on_web(&lower) && !places::is_inside(&lower) && (lowered || ends(&ADD_INS) || ends(&MACROS))
}

/// Whether a link is handed to a part of Windows that has run what links gave it.
pub(super) fn is_handler(address: &str) -> bool {
    const HANDLERS: [&str; 7] =
        ["ms-msdt:", "search-ms:", "search:", "ms-officecmd:", "ms-appinstaller:", "javascript:", "vbscript:"];
    let address = address.trim().to_lowercase();
    HANDLERS.iter().any(|scheme| address.starts_with(scheme))
}

/// Whether a browser that is sent there starts it: a page with the rights of a program, a shortcut, a script of its own.
pub(super) fn is_started_by_browser(address: &str) -> bool {
    let local = !address.contains("://") || address.trim().to_lowercase().starts_with("file:");
    is_handler(address) || local && is_program(address)
}

/// Whether a command is one file that Windows would only start as a program, whatever its name ends with: `Shell` and
/// its like know no documents.
pub(super) fn is_disguised(command: &str) -> bool {
    is_document(&command.trim().to_lowercase())
}

/// Whether a text that a database is asked for, or that Access is told, calls Shell or its like of SQL Server.
pub(super) fn asks_for_shell(text: &str) -> bool {
    let text = text.to_lowercase();
    if text.contains("xp_cmdshell") {
        return true;
    }
    let in_word = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    text.match_indices("shell").any(|(at, word)| {
        let behind = text.get(at.saturating_add(word.len())..).unwrap_or_default();
        behind.trim_start().starts_with('(') && !text.get(..at).is_some_and(in_word)
    })
}

/// Whether the code of a field asks a program that the question starts: `DDEAUTO c:\\\\a\\\\cmd.exe "/c x"`.
fn is_starting_field(code: &str) -> bool {
    let mut words = code.trim().splitn(3, ' ');
    let is_dde = words.next().is_some_and(|word| ["dde", "ddeauto"].iter().any(|dde| word.eq_ignore_ascii_case(dde)));
    let program = words.next().unwrap_or_default().replace("\\\\", "\\");
    is_dde && runs(program.trim_matches('"'), words.next().unwrap_or_default().trim_matches('"'))
}

/// Whether a ProgID names a program of Office up to the number of its version: `Excel.Application.…`.
pub(super) fn is_office(name: &str) -> bool {
    const PROGRAMS: [&str; 5] = ["excel", "word", "powerpoint", "access", "outlook"];
    let program = name.trim().strip_suffix(".application.…");
    program.is_some_and(|program| PROGRAMS.contains(&program))
}

/// Whether a text among the arguments of ShellExecute or `popen` is no more than what to do with the file.
pub(super) fn is_verb(text: &str) -> bool {
    ["open", "edit", "find", "print", "explore", "r", "w"].iter().any(|verb| text.trim().eq_ignore_ascii_case(verb))
}

/// Whether a type library stands where only programs are installed.
pub(super) fn is_installed(path: &str) -> bool {
    let path = path.trim().to_lowercase();
    ["c:\\program files\\", "c:\\program files (x86)\\", "c:\\windows\\system32\\", "c:\\windows\\syswow64\\"]
        .iter()
        .any(|folder| path.starts_with(folder))
        && !path.contains(['…', '/'])
        && !path.contains("..")
}

/// Whether the text of a formula calls what only macro sheets can: programs, functions of DLLs; or asks a program that
/// the question starts.
pub(super) fn is_starting_formula(formula: &str) -> bool {
    let formula = formula.trim_start();
    if is_starting_field(formula) {
        return true;
    }
    if !formula.starts_with(['=', '+', '-', '@']) {
        return false;
    }
    let text: String = formula.to_lowercase().split_whitespace().collect();
    let calls = ["exec(", "call(", "register(", "register.id("].iter().any(|function| {
        let is_word = |at: usize| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
        };
        text.match_indices(function).any(|(at, _)| is_word(at))
    });
    let asks = dde_call(formula).is_some_and(|call| {
        let (program, topic) = call.split_once('|').unwrap_or_default();
        runs(program, topic.rsplit_once('!').map_or(topic, |(topic, _)| topic))
    });
    calls || asks
}

/// Whether a script for an interpreter only reads what it is given: the functions with which honest macros read JSON.
pub(super) fn is_harmless_script(script: &str) -> bool {
    const REACHES_OUT: [&str; 8] = ["activex", "object(", "eval", "wscript", "execute", "new ", "script", "import"];
    let script = script.trim().to_lowercase();
    script.starts_with("function") && !REACHES_OUT.iter().any(|word| script.contains(word))
}

/// Whether a library is named by a place, and not that of installed programs: what no part of Windows needs.
pub(super) fn is_library_elsewhere(library: &str) -> bool {
    library.contains(['\\', '/']) && !is_installed(library)
}

/// Whether a path is in a folder where programs keep what they soon delete, or where anybody may write.
pub(crate) fn is_passing(path: &str) -> bool {
    let path = path.trim().to_lowercase().replace('/', "\\");
    ["%temp%", "%tmp%", "%public%"].iter().any(|folder| path.starts_with(folder))
        || ["\\local\\temp\\", "\\windows\\temp\\", "\\users\\public\\"].iter().any(|folder| path.contains(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_versions_and_monikers() {
        assert_eq!(of_name("WScript.Shell.1"), Some(Object::Shell));
        assert_eq!(of_name("MSXML2.ServerXMLHTTP.6.0"), Some(Object::Http));
        assert_eq!(of_name("winmgmts:\\\\.\\root\\cimv2:Win32_Process"), Some(Object::Process));
        assert_eq!(of_name("new:{72C24DD5-D70A-438B-8A42-98424B88AFB8}"), Some(Object::Shell));
        assert_eq!(of_name("new:{00000000-0000-0000-0000-000000000001}"), None);
        assert_eq!(of_name("ADODB.Connection"), Some(Object::Other));
    }

    #[test]
    fn functions_by_number() {
        assert!(is_numbered("#963", "kernel32.dll") && is_numbered("#4", "amsi"));
        assert!(!is_numbered("#61", "shell32") && !is_numbered("sleep", "kernel32"));
        assert!(is_odd_library("document1.asd") && is_odd_library("c:\\a\\x.png"));
        assert!(
            !is_odd_library("kernel32")
                && !is_odd_library("user32.dll")
                && !is_odd_library("tool.v2")
                && !is_odd_library("libc.dylib")
        );
    }

    #[test]
    fn documents_that_bring_macros() {
        for path in ["http://a.example/x.xlsm", "https://a.example/x.xlam?y=1", "\\\\a.example@SSL\\s\\x.ppam"] {
            assert!(brings_macros(path, false), "{path}");
        }
        assert!(brings_macros("http://a.example/x", true) && brings_macros("\\\\198.51.100.9\\s\\x.xlam", false));
        let honest = [
            "https://own.sharepoint.com/sites/a/x.xlsm",
            "http://intranet/x.xlam",
            "\\\\server\\s\\x.xlam",
            "\\\\192.168.0.4\\s\\x.xlsm",
            "https://a.example/x.csv",
            "https://a.example/x.xlsx",
        ];
        for path in honest {
            assert!(!brings_macros(path, false), "{path}");
        }
        assert!(!brings_macros("C:\\a\\x.xlsm", true));
    }

    #[test]
    fn formulas_that_start_something() {
        for formula in [
            "=EXEC(\"calc\")",
            "=IF(TRUE, CALL (\"k\",\"f\"))",
            "=REGISTER(\"urlmon\")",
            "=cmd|'/c calc'!A1",
            "=MSEXCEL|'\\..\\..\\Windows\\System32\\cmd.exe /c calc'!''",
        ] {
            assert!(is_starting_formula(formula), "{formula}");
        }
        for formula in
            ["=SUM(A1)", "=RECALL(A1)", "EXEC(1)", "=RSS|'7203.T'!現在値", "=IF(A1=\"|\",Sheet1!A1)", "cmd|x!y"]
        {
            assert!(!is_starting_formula(formula), "{formula}");
        }
    }

    #[test]
    fn files_of_data() {
        assert!(is_data_file("…\\LOG.TXT") && is_data_file("a.csv"));
        assert!(
            !is_data_file("a.csv…") && !is_data_file("a.txt:b.exe") && !is_data_file("…") && !is_data_file("a.xlsm")
        );
    }

    #[test]
    fn scripts_that_read_json() {
        assert!(is_harmless_script("function get(o, k) { return o[k]; }"));
        assert!(!is_harmless_script("function f() { return new ActiveXObject('WScript.Shell'); }"));
        assert!(!is_harmless_script("f()"));
    }

    #[test]
    fn viewers_show_and_explorer_shows_folders() {
        assert!(
            is_viewer("hh.exe C:\\tool\\help.chm") && !is_viewer("hh.exe http://a.example/x.chm") && !is_viewer("hh x")
        );
        assert!(is_viewer("notepad.exe C:\\a.txt") && !is_viewer("notepad.exe a & calc") && !is_viewer("powershell"));
        assert!(is_folder_window("explorer.exe C:\\out") && is_folder_window("explorer.exe …"));
        assert!(
            is_program("http://a.example/x.EXE?id=1")
                && is_program("C:\\a.hta")
                && !is_program("https://a.example/x.pdf")
        );
        assert!(!is_program("http://run.exe") && !is_program("https://a.example/?f=a.exe"));
        assert!(!is_folder_window("explorer.exe C:\\out\\a.exe") && !is_folder_window("cmd /c explorer"));
        let shows = [
            "Explorer.exe /select, …\\…",
            "Explorer.exe …\\….log",
            "explorer.exe \"C:\\Users\\a\\…\\\"",
            "chrome.exe -url https://a.example/users/1/",
        ];
        assert!(shows.into_iter().all(only_shows));
        let starts = [
            "explorer.exe …",
            "explorer.exe C:\\a.exe,….log",
            "explorer.exe …\\a.csv",
            "explorer.exe \\\\host\\a.exe /x.log",
            "chrome.exe -url https://a.example/x.exe",
            "chrome.exe --renderer-cmd-prefix=calc -url https://a.example/",
        ];
        assert!(!starts.into_iter().any(only_shows));
    }
}
