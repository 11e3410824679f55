//! Places of Windows and Office where a file or a setting does something later, or lowers a guard: one list each for
//! every language that can write there.

/// Whether a file there is started with Windows or with Office.
pub(super) fn starts_later(path: &str) -> bool {
    const FOLDERS: [&str; 7] = [
        "\\programs\\startup",
        "\\xlstart",
        "\\word\\startup",
        "shell:startup",
        "%startup%",
        "%allusersstartup%",
        "%startuppath%",
    ];
    let path = path.to_lowercase().replace('/', "\\");
    FOLDERS.iter().any(|folder| path.contains(folder))
}

/// Keys and values of the registry from which something is started later, or in the place of something else.
pub(super) fn starts_from_registry(key: &str) -> bool {
    const KEYS: [&str; 16] = [
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
    ];
    let key = key.to_lowercase().replace('/', "\\");
    KEYS.iter().any(|place| key.contains(place))
}

/// Settings that stand between a document or a program and the person.
pub(super) fn weakens(key: &str) -> bool {
    const SETTINGS: [&str; 16] = [
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
    ];
    let key = key.to_lowercase();
    SETTINGS.iter().any(|setting| key.contains(setting)) || key.ends_with("\\security")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_whose_files_start_later() {
        assert!(starts_later("%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup\\u.vbs"));
        assert!(starts_later("%StartupPath%\\a.xla") && starts_later("…/Microsoft/Excel/XLSTART/a.xlam"));
        assert!(!starts_later("C:\\Startup\\plan.xls") && !starts_later("%APPDATA%\\Microsoft\\AddIns\\a.xlam"));
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
}
