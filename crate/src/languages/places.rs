//! Places of Windows and Office where a file or a setting does something later, or lowers a guard: one list each for
//! every language that can write there.

/// Whether a file there is started with Windows or with Office.
pub(super) fn starts_later(path: &str) -> bool {
    const FOLDERS: [&str; 10] = [
        "\\programs\\startup",
        "\\xlstart",
        "\\word\\startup",
        "shell:startup",
        "%startup%",
        "%allusersstartup%",
        "%startuppath%",
        // macOS.
        "\\library\\launchagents\\",
        "\\library\\launchdaemons\\",
        "\\startup.localized\\",
    ];
    let path = path.to_lowercase().replace('/', "\\");
    FOLDERS.iter().any(|folder| path.contains(folder))
        || path.ends_with("\\normal.dotm")
        || path.ends_with("\\normal.dot")
}

/// Whether a document that saves itself there is trusted from then on: what stands among the templates starts without
/// a question.
pub(super) fn is_trusted(path: &str) -> bool {
    let path = path.to_lowercase().replace('/', "\\");
    path.contains("\\microsoft\\templates\\") || path.contains("%templates%")
}

/// Whether a file there says where names of the internet lead.
pub(super) fn redirects(path: &str) -> bool {
    path.to_lowercase().replace('/', "\\").ends_with("\\drivers\\etc\\hosts")
}

/// Whether what is deleted there is Windows, its programs, or all of a drive.
pub(super) fn destroys(path: &str) -> bool {
    const PLACES: [&str; 8] = [
        "c:\\windows",
        "c:\\winnt",
        "%windir%",
        "%systemroot%",
        "c:\\program files",
        "%programfiles%",
        "c:\\autoexec.bat",
        "c:\\boot.ini",
    ];
    let keeps = is_what_a_person_keeps(path);
    let path = path.trim().to_lowercase().replace('/', "\\").replace(FOUND, "…");
    let passing = ["\\temp\\", "\\tracing\\", "\\prefetch\\"].iter().any(|folder| path.contains(folder));
    let many = path.contains('*') || !path.contains('…') && !path.rsplit('\\').next().unwrap_or_default().contains('.');
    let parts: Vec<&str> = path.split('\\').collect();
    let is_root = matches!(parts.as_slice(), [drive, files] if drive.ends_with(':') && matches!(*files, "*.*" | "*"));
    let system = PLACES.iter().any(|place| path.starts_with(place));
    let part_of_windows = [".exe", ".dll", ".sys", ".com", ".bat", ".vxd"].iter().any(|ending| path.ends_with(ending))
        && PLACES.iter().take(4).any(|place| path.starts_with(place));
    keeps
        || !passing
            && (is_root
                || system && (many || part_of_windows || path.ends_with("boot.ini") || path.ends_with("autoexec.bat")))
}

/// Stands for each file that is found in a folder. It is too short to tell it from no name at all.
pub(super) const FOUND: &str = "*…";

/// Whether what is deleted or written there is whatever a person keeps: all files, or each that was found, in folders of
/// the person or of a drive, and in those below. Files of one kind that passes (`*.tmp`) are nobody's.
pub(super) fn is_what_a_person_keeps(path: &str) -> bool {
    const ROOTS: [&str; 9] = [
        "%userprofile%",
        "%homepath%",
        "%homedrive%%homepath%",
        "%mydocuments%",
        "%desktop%",
        "%alluserdesktop%",
        "%onedrive%",
        "%public%",
        "%drive%",
    ];
    const FOLDERS: [&str; 9] =
        ["documents", "my documents", "desktop", "pictures", "downloads", "music", "videos", "onedrive", ""];
    const KINDS: [&str; 12] =
        ["", ".*", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".pdf", ".jpg", ".txt", ".zip"];
    let path = path.trim().to_lowercase().replace('/', "\\");
    let parts: Vec<&str> = path.split('\\').collect();
    let Some((file, folders)) = parts.split_last() else { return false };
    let below = match folders {
        [root, below @ ..] if ROOTS.contains(&root.trim_end_matches(':')) => below,
        ["c:", "users", _, below @ ..] => below,
        _ => return false,
    };
    let ending = file.strip_prefix('*').map(|ending| ending.trim_start_matches('…'));
    let of_person = |folder: &&str| folder.starts_with(['…', '*']) || FOLDERS.contains(folder);
    below.iter().all(of_person) && ending.is_some_and(|ending| KINDS.contains(&ending))
}

/// Whether a key is that of what looks at scripts and programs before they start.
pub(super) fn is_guard(key: &str) -> bool {
    let key = key.to_lowercase().replace('/', "\\");
    ["\\amsi\\providers", "\\windows defender"].iter().any(|guard| key.contains(guard))
}

/// Variables of the environment with which .NET is told to load a library, or to tell nobody what it does.
pub(super) fn of_environment(name: &str) -> Option<Effect> {
    match name.trim().to_lowercase().as_str() {
        "cor_profiler"
        | "cor_profiler_path"
        | "coreclr_profiler_path"
        | "dotnet_startup_hooks"
        | "userinitmprlogonscript"
        | "appdomain_manager_asm" => Some(Effect::Starts),
        "complus_etwenabled" | "__psdisablelockdown" | "__pslockdownpolicy" => Some(Effect::Weakens),
        _ => None,
    }
}

/// What a setting does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Starts,
    Weakens,
}

/// What a value of the registry does.
pub(super) fn of_registry(key: &str) -> Option<Effect> {
    if weakens(key) { Some(Effect::Weakens) } else { starts_from_registry(key).then_some(Effect::Starts) }
}

/// Keys and values of the registry from which something is started later, or in the place of something else.
pub(super) fn starts_from_registry(key: &str) -> bool {
    const KEYS: [&str; 27] = [
        "\\currentversion\\run",
        "\\policies\\explorer\\run",
        "\\winlogon",
        "image file execution options",
        "\\shell\\open\\command",
        "\\shell\\runas\\command",
        "\\inprocserver32",
        "\\localserver32",
        "userinitmprlogonscript",
        "appinit_dlls",
        "\\active setup\\installed components",
        "\\currentversion\\windows\\load",
        "\\delegateexecute",
        "\\office test\\special\\perf",
        "\\classes\\ms-settings\\",
        "\\classes\\mscfile\\",
        "\\scriptleturl",
        "\\treatas",
        "\\excel\\options\\open",
        "\\control panel\\desktop\\scrnsave.exe",
        "\\outlook\\webview\\",
        "\\command processor\\autorun",
        "\\appcertdlls",
        "\\user shell folders\\",
        "\\environment\\cor_profiler",
        "globaldotname",
        "\\browser helper objects\\",
    ];
    let key = key.to_lowercase().replace('/', "\\");
    KEYS.iter().any(|place| key.contains(place))
}

/// Settings that stand between a document or a program and the person.
pub(super) fn weakens(key: &str) -> bool {
    const SETTINGS: [&str; 26] = [
        "accessvbom",
        "vbawarnings",
        "\\security\\level",
        "\\security\\trusted locations",
        "protectedview",
        "blockcontentexecutionfrominternet",
        "disableinternetfilesinpv",
        "disableattachmentsinpv",
        "disableunsafelocationsinpv",
        "windows defender",
        "disableantispyware",
        "disablerealtimemonitoring",
        "enablelua",
        "amsienable",
        "consentpromptbehavioradmin",
        "smartscreen",
        "allowdde",
        "macroruntimescanscope",
        "\\internet settings\\autoconfigurl",
        "enablemacrovirusprotection",
        "\\microsoft excel\\options6",
        "\\disabletaskmgr",
        "\\disableregistrytools",
        "\\disablecmd",
        "\\firewallpolicy\\",
        "\\environment\\complus_etwenabled",
    ];
    let key = key.to_lowercase();
    SETTINGS.iter().any(|setting| key.contains(setting)) || key.ends_with("\\security")
}

/// Endings of names that no public server has ([RFC 6762] appendix G, [RFC 8375], and what was never delegated).
const INSIDE: &[&str] = &[".local", ".lan", ".internal", ".intranet", ".corp", ".home.arpa", ".localdomain"];

/// Whether a server is one of a company's own network: its name has no dot, or ends as no public name does. Attackers
/// outside have no such names; templates and tables of companies stand there. So they do at addresses of SharePoint that
/// ask for a sign-in; links for everyone have another form. The target is lower case.
pub(crate) fn is_inside(target: &str) -> bool {
    let target = target.replace('\\', "/");
    let rest = target.trim_start_matches("url:");
    let rest = rest.trim_start_matches("file:").trim_start_matches("smb:").trim_start_matches('/');
    let rest = rest.strip_prefix("?/unc/").unwrap_or(rest);
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme @ ("http" | "https"), rest)) => (scheme, rest.trim_start_matches('/')),
        _ => ("", rest),
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    // `server@port` is WebDAV, `user@server` hides the server; numbers are addresses in another dress.
    let is_name = host.starts_with(|c: char| c.is_ascii_alphabetic())
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '$'));
    let is_shared = path.starts_with(':') || path.contains('?') || path.contains("_layouts");
    is_name
        && (!host.contains('.')
            || INSIDE.iter().any(|end| host.ends_with(end))
            || scheme == "https" && host.ends_with(".sharepoint.com") && !is_shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_whose_files_start_later() {
        assert!(starts_later("%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\u.vbs"));
        assert!(starts_later("%StartupPath%\\a.xla") && starts_later("…/Microsoft/Excel/XLSTART/a.xlam"));
        assert!(starts_later("%APPDATA%\\Microsoft\\Templates\\Normal.dotm"));
        assert!(starts_later("~/Library/LaunchAgents/com.x.plist") && !starts_later("~/Library/Fonts/a.ttf"));
        assert!(!starts_later("C:\\Startup\\plan.xls") && !starts_later("%APPDATA%\\Microsoft\\AddIns\\a.xlam"));
    }

    #[test]
    fn what_a_person_keeps() {
        for path in [
            "%USERPROFILE%\\Documents\\*.*",
            "%MyDocuments%/*…",
            "C:\\Users\\…\\Desktop\\*.docx",
            "%Drive%:\\\\*…\\*…",
            "%HOMEDRIVE%%HOMEPATH%\\Pictures\\…\\*….*",
        ] {
            assert!(is_what_a_person_keeps(path) && destroys(path), "{path}");
        }
        for path in [
            "%USERPROFILE%\\Documents\\a.docx",
            "%USERPROFILE%\\Documents\\…",
            "%USERPROFILE%\\Documents\\Reports\\*.*",
            "%USERPROFILE%\\AppData\\Local\\Temp\\*.*",
            "%TEMP%\\*…",
            "D:\\out\\*.pdf",
            "*.*",
            "%USERPROFILE%\\Desktop\\*.tmp",
            "*…",
        ] {
            assert!(!is_what_a_person_keeps(path), "{path}");
        }
    }

    #[test]
    fn keys_that_start_and_settings_that_guard() {
        assert!(starts_from_registry("HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\RunOnce\\a"));
        assert!(starts_from_registry("HKCU/Software/Classes/CLSID/{0}/InprocServer32/"));
        assert!(!starts_from_registry("HKCU\\Software\\Own\\Run") && !starts_from_registry("HKCR\\.own\\ShellNew"));
        assert!(weakens("HKCU\\Software\\Microsoft\\Office\\16.0\\Word\\Security\\VBAWarnings"));
        assert!(weakens(
            "HKCU\\Software\\Microsoft\\Office\\16.0\\Excel\\Security\\Trusted Locations\\Location9\\Path"
        ));
        assert!(!weakens("HKCU\\Software\\Own\\Security\\Name") && !weakens("HKCU\\Software\\Own\\Level"));
    }

    #[test]
    fn what_nobody_should_delete() {
        for path in [
            "C:\\WINDOWS\\*.*",
            "c:\\windows\\system32\\hal.dll",
            "C:\\*.*",
            "%WINDIR%/system32/*.dll",
            "C:\\Program Files",
        ] {
            assert!(destroys(path), "{path}");
        }
        for path in [
            "C:\\Windows\\Temp\\*.*",
            "%TEMP%\\*.*",
            "C:\\Data\\*.*",
            "C:\\Program Files\\Own\\a.log",
            "…",
            "C:\\a.txt",
        ] {
            assert!(!destroys(path), "{path}");
        }
    }

    #[test]
    fn what_settings_do() {
        assert_eq!(of_environment("COMPlus_ETWEnabled"), Some(Effect::Weakens));
        assert_eq!(of_environment("COR_PROFILER_PATH"), Some(Effect::Starts));
        assert_eq!(of_environment("PATH"), None);
        assert_eq!(of_registry("HKCU\\Software\\Microsoft\\Office\\16.0\\Excel\\Options\\OPEN1"), Some(Effect::Starts));
        assert_eq!(
            of_registry("HKCU\\Software\\Microsoft\\Office\\16.0\\Word\\Security\\AllowDDE"),
            Some(Effect::Weakens)
        );
        assert_eq!(of_registry("HKCU\\Software\\Microsoft\\Office\\16.0\\Excel\\Options\\Font"), None);
        assert!(redirects("C:/Windows/System32/drivers/etc/hosts") && !redirects("C:\\hosts"));
        assert!(is_trusted("%appdata%\\Microsoft\\Templates\\a.dotm") && !is_trusted("C:\\Templates\\a.dotm"));
    }
}
