//! Functions of Windows that macros call, by what they are good for: one list for every language that can call a DLL.

/// What a function of a library is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Starts a program.
    Run,
    /// Installs a package, which may lie on the web.
    Install,
    /// Fetches into a file.
    Download,
    /// Fetches into memory.
    Fetch,
    /// Makes memory executable or starts a thread in it.
    Inject,
    /// Makes memory that can be shared, executable if it is asked to be.
    Map,
    /// Copies memory.
    Copy,
    /// Calls what it is given the address of.
    CallBack,
    Load,
    /// Opens or makes a key of the registry.
    Key,
    /// Writes a value of the registry.
    Setting,
    /// Makes what Windows starts later.
    Service,
    /// Sets a variable of the environment.
    Variable,
    /// Writes a file.
    Write,
    Delete,
}

/// The purpose of a function, by its name without the suffix for ANSI or Unicode; both names lower case.
pub(crate) fn of(function: &str, library: &str) -> Option<Purpose> {
    let runtime = ["libc", "msvcr", "ucrt", "crtdll", "api-ms-win-crt"].iter().any(|part| library.contains(part));
    if runtime && let Some(purpose) = of_runtime(function.trim_start_matches('_')) {
        return Some(purpose);
    }
    let base = function.trim_start_matches('_');
    named(base, library).or_else(|| named(base.strip_suffix(['a', 'w'])?, library))
}

/// The C runtime: `system`, `_wsystem`, `_popen`, `_execl`, `_spawnlp` and their wide forms.
fn of_runtime(base: &str) -> Option<Purpose> {
    let narrow = base.strip_prefix('w').unwrap_or(base);
    let starts = |name: &str| {
        matches!(name, "system" | "popen" | "posix_spawn") || name.starts_with("exec") || name.starts_with("spawn")
    };
    match base {
        "memcpy" | "memset" | "memmove" => Some(Purpose::Copy),
        _ => (starts(base) || starts(narrow)).then_some(Purpose::Run),
    }
}

fn named(base: &str, library: &str) -> Option<Purpose> {
    // Names that libraries of other makers may use too.
    let of = |names: &[&str]| library.is_empty() || names.iter().any(|name| library.contains(name));
    Some(match base {
        "shellexecute"
        | "shellexecuteex"
        | "shellexec_rundll"
        | "winexec"
        | "createprocess"
        | "createprocessinternal"
        | "createprocessasuser"
        | "createprocesswithlogon"
        | "createprocesswithtoken"
        | "ntcreateprocess"
        | "ntcreateprocessex"
        | "ntcreateuserprocess"
        | "zwcreateuserprocess"
        | "rtlcreateuserprocess"
        | "runhtmlapplication"
        | "registerocx"
        | "launchinfsection"
        | "launchinfsectionex"
        | "installhinfsection"
        | "routethecall"
        | "shopenverbapplication"
        | "control_rundll" => Purpose::Run,
        "openurl" | "fileprotocolhandler" if of(&["url", "shdocvw", "ieframe"]) => Purpose::Run,
        "launchapplication" if of(&["pcwutl"]) => Purpose::Run,
        "msiinstallproduct" => Purpose::Install,
        "urldownloadtofile" | "urldownloadtocachefile" | "urlopenblockingstream" | "ftpgetfile" | "dodownload" => {
            Purpose::Download
        }
        "internetopenurl" | "internetreadfile" | "internetconnect" | "httpopenrequest" | "httpsendrequest"
        | "urlopenstream" | "winhttpsendrequest" => Purpose::Fetch,
        "virtualalloc"
        | "virtualalloc2"
        | "virtualallocex"
        | "virtualallocfromapp"
        | "virtualprotect"
        | "virtualprotectex"
        | "virtualprotectfromapp"
        | "createthread"
        | "createremotethread"
        | "createremotethreadex"
        | "createuserthread"
        | "rtlcreateuserthread"
        | "ntcreatethreadex"
        | "zwcreatethreadex"
        | "writeprocessmemory"
        | "ntwritevirtualmemory"
        | "zwwritevirtualmemory"
        | "ntallocatevirtualmemory"
        | "zwallocatevirtualmemory"
        | "ntprotectvirtualmemory"
        | "zwprotectvirtualmemory"
        | "queueuserapc"
        | "ntqueueapcthread"
        | "nttestalert"
        | "setthreadcontext"
        | "ntcreatesection"
        | "zwcreatesection"
        | "ntmapviewofsection"
        | "zwmapviewofsection"
        | "ntunmapviewofsection"
        | "zwunmapviewofsection"
        | "updateprocthreadattribute"
        | "heapcreate"
        | "heapwalk"
        | "createfiber"
        | "createfiberex"
        | "convertthreadtofiber" => Purpose::Inject,
        "createfilemapping" => Purpose::Map,
        "rtlmovememory" | "rtlcopymemory" | "rtlfillmemory" | "copymemory" => Purpose::Copy,
        "callwindowproc"
        | "graystring"
        | "enumwindows"
        | "enumchildwindows"
        | "enumresourcetypes"
        | "createtimerqueuetimer"
        | "certenumsystemstore" => Purpose::CallBack,
        _ if ["enumsystem", "enumdate", "enumtime", "enumcalendar", "enumuilang", "enumlanguage"]
            .iter()
            .any(|start| base.starts_with(start)) =>
        {
            Purpose::CallBack
        }
        "loadlibrary" | "loadlibraryex" | "ldrloaddll" | "loadpackagedlibrary" => Purpose::Load,
        "regcreatekey" | "regcreatekeyex" | "regopenkey" | "regopenkeyex" => Purpose::Key,
        "regsetvalue" | "regsetvalueex" | "regsetkeyvalue" | "shsetvalue" => Purpose::Setting,
        "setenvironmentvariable" => Purpose::Variable,
        "createservice" | "changeserviceconfig" | "netschedulejobadd" => Purpose::Service,
        "copyfile"
        | "movefile"
        | "createdirectory"
        | "shcreatedirectoryex"
        | "makesuredirectorypathexists"
        | "createfile"
        | "writefile"
        | "lwrite" => Purpose::Write,
        "deletefile" | "removedirectory" => Purpose::Delete,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_and_without_the_suffix() {
        assert_eq!(of("urldownloadtofilea", "urlmon"), Some(Purpose::Download));
        assert_eq!(of("shellexecutew", "shell32.dll"), Some(Purpose::Run));
        assert_eq!(of("createprocesswithlogonw", "advapi32"), Some(Purpose::Run));
        assert_eq!(of("virtualalloc", "kernel32"), Some(Purpose::Inject));
        assert_eq!(of("getwindowtexta", "user32"), None);
    }

    #[test]
    fn names_of_the_runtime_only_there() {
        assert_eq!(of("_wsystem", "msvcrt"), Some(Purpose::Run));
        assert_eq!(of("_spawnlp", "ucrtbase.dll"), Some(Purpose::Run));
        assert_eq!(of("popen", "/usr/lib/libc.dylib"), Some(Purpose::Run));
        assert_eq!(of("system", "own.dll"), None);
        assert_eq!(of("openurla", "url"), Some(Purpose::Run));
        assert_eq!(of("openurl", "own.dll"), None);
    }
}
