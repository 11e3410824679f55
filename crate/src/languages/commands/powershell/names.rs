//! Names of commands, short and full, and of variables that patterns find.

use super::pattern::wild;

/// Switches without a value.
pub(super) fn is_flag(name: &str) -> bool {
    const FLAGS: [&str; 26] = [
        "usebasicparsing",
        "useb",
        "force",
        "recurse",
        "passthru",
        "wait",
        "nonewwindow",
        "asstring",
        "raw",
        "verbose",
        "noprofile",
        "nop",
        "noexit",
        "noninteractive",
        "noni",
        "sta",
        "hidden",
        "append",
        "nonewline",
        "asjob",
        "asplaintext",
        "usedefaultcredentials",
        "nologo",
        "confirm",
        "whatif",
        "stream",
    ];
    FLAGS.contains(&name)
}

/// Short names.
const ALIASES: [(&str, &str); 54] = [
    ("%", "foreach-object"),
    ("foreach", "foreach-object"),
    ("?", "where-object"),
    ("where", "where-object"),
    ("iex", "invoke-expression"),
    ("icm", "invoke-command"),
    ("ii", "invoke-item"),
    ("iwr", "invoke-webrequest"),
    ("curl", "invoke-webrequest"),
    ("wget", "invoke-webrequest"),
    ("irm", "invoke-restmethod"),
    ("iwmi", "invoke-wmimethod"),
    ("saps", "start-process"),
    ("start", "start-process"),
    ("sajb", "start-job"),
    ("sal", "set-alias"),
    ("nal", "new-alias"),
    ("sv", "set-variable"),
    ("set", "set-variable"),
    ("nv", "new-variable"),
    ("gv", "get-variable"),
    ("variable", "get-variable"),
    ("gcm", "get-command"),
    ("command", "get-command"),
    ("gal", "get-alias"),
    ("alias", "get-alias"),
    ("gi", "get-item"),
    ("item", "get-item"),
    ("gci", "get-childitem"),
    ("dir", "get-childitem"),
    ("ls", "get-childitem"),
    ("childitem", "get-childitem"),
    ("si", "set-item"),
    ("sp", "set-itemproperty"),
    ("gp", "get-itemproperty"),
    ("ni", "new-item"),
    ("sc", "set-content"),
    ("ac", "add-content"),
    ("gc", "get-content"),
    ("cat", "get-content"),
    ("type", "get-content"),
    ("tee", "tee-object"),
    ("echo", "write-output"),
    ("write", "write-output"),
    ("select", "select-object"),
    ("sort", "sort-object"),
    ("cp", "copy-item"),
    ("copy", "copy-item"),
    ("cpi", "copy-item"),
    ("mv", "move-item"),
    ("move", "move-item"),
    ("rm", "remove-item"),
    ("del", "remove-item"),
    ("ri", "remove-item"),
];

/// Full names that patterns are matched against.
const NAMES: [&str; 24] = [
    "Invoke-Expression",
    "Invoke-WebRequest",
    "Invoke-RestMethod",
    "Invoke-Command",
    "Invoke-Item",
    "New-Object",
    "Start-Process",
    "Start-BitsTransfer",
    "Get-Variable",
    "Get-Command",
    "Get-Item",
    "Get-ChildItem",
    "Get-Content",
    "Set-Variable",
    "Set-Item",
    "Set-Content",
    "Add-Type",
    "Add-MpPreference",
    "Set-MpPreference",
    "Write-Output",
    "ForEach-Object",
    "Out-File",
    "New-ItemProperty",
    "Set-ItemProperty",
];

/// Variables that patterns are matched against.
pub(super) const VARIABLES: [&str; 10] = [
    "MaximumDriveCount",
    "MaximumAliasCount",
    "MaximumVariableCount",
    "VerbosePreference",
    "ErrorActionPreference",
    "ExecutionContext",
    "PSHome",
    "ShellId",
    "WarningPreference",
    "Home",
];

/// The full name of a command: by its short name, or by a pattern.
pub(super) fn known(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    let lower = lower.strip_prefix("microsoft.powershell.utility\\").unwrap_or(&lower);
    if lower.contains(['*', '?']) && lower.len() > 1 {
        let names =
            NAMES.iter().map(|name| name.to_lowercase()).chain(ALIASES.iter().map(|(short, _)| (*short).to_owned()));
        if let Some(name) = names.into_iter().find(|name| wild(lower, name)) {
            return known(&name);
        }
    }
    ALIASES.iter().find(|(short, _)| *short == lower).map_or_else(|| lower.to_owned(), |(_, full)| (*full).to_owned())
}
