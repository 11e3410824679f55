//! Conversations with another program (dynamic data exchange): `server|topic!item`.
//!
//! Whoever opens one asks a program for data; if the program does not run, Office offers to start it, and the topic
//! becomes its arguments. Formulas, fields, links and macros all can, so what such a call is, and whether it starts
//! something, is told here for all of them.

/// Longest formula looked at: Excel takes 8,192 characters.
const LONGEST: usize = 8192;

/// The call in a cell of text, written `server|'topic'!item`, if the cell is a formula and holds one.
///
/// What starts a formula in a file of text is `=`, `+`, `-` or `@`, also behind a quote or blanks, and their wide forms
/// where Japanese is written. Notes start with `-` and phone numbers with `+`, so the call must have its whole shape:
/// a name, the mark, a topic in quotes (or one word), `!`, and an item; blanks only where Excel drops them.
pub(crate) fn dde_call(cell: &str) -> Option<String> {
    let cell = cell.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\u{FEFF}' | '\0'));
    let mut chars = cell.chars();
    let first = chars.next()?;
    if !matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') {
        return None;
    }
    let formula: Vec<char> = chars.take(LONGEST).take_while(|c| !matches!(c, '\n' | '\r')).collect();
    let is_spaced = formula.iter().any(|c| c.is_whitespace());
    let mut at = 0_usize;
    while let Some(c) = formula.get(at) {
        if *c == '|'
            && let Some(call) = call_at(&formula, at, is_spaced && !matches!(first, '=' | '＝'))
        {
            return Some(call);
        }
        at = at.saturating_add(1);
    }
    None
}

/// The call whose mark stands at `mark`. `strict`: a note may look like this, so the topic must be quoted.
fn call_at(formula: &[char], mark: usize, strict: bool) -> Option<String> {
    let server = server_before(formula.get(..mark)?)?;
    let mut rest = formula.get(mark.saturating_add(1)..)?.iter().copied().peekable();
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
    let mut topic = String::new();
    if rest.next_if_eq(&'\'').is_some() {
        loop {
            match rest.next()? {
                '\'' if rest.next_if_eq(&'\'').is_some() => topic.push('\''),
                '\'' => break,
                c => topic.push(c),
            }
        }
    } else {
        if strict {
            return None;
        }
        while let Some(c) =
            rest.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '\\' | ':' | '/' | '$' | '~'))
        {
            topic.push(c);
        }
        if topic.is_empty() {
            return None;
        }
    }
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
    rest.next_if_eq(&'!')?;
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
    let quoted = rest.next_if_eq(&'\'').is_some();
    let item: String = rest
        .take(64)
        .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '%') || quoted && *c != '\'')
        .collect();
    (quoted || !item.is_empty()).then(|| format!("{server}|'{}'!{item}", topic.trim()))
}

/// The name of the program before the mark: one word, a word whose letters are parted by blanks, or quoted.
fn server_before(before: &[char]) -> Option<String> {
    let mut back = before.iter().rev().copied().peekable();
    while back.next_if(|c| c.is_whitespace()).is_some() {}
    let mut name: Vec<char> = Vec::new();
    if let Some(quote) = back.next_if(|c| matches!(c, '\'' | '"')) {
        for c in back.by_ref().take(260).take_while(|c| *c != quote) {
            name.push(c);
        }
    } else {
        // Excel drops blanks inside the name as well.
        while let Some(c) = back.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '\\' | ':' | ' ')) {
            if c != ' ' {
                name.push(c);
            }
            if name.len() > 260 {
                return None;
            }
        }
    }
    name.reverse();
    let name: String = name.into_iter().collect();
    name.chars().any(char::is_alphabetic).then_some(name)
}

/// The command line that such a call becomes.
pub(crate) fn command_of(call: &str) -> String {
    let (server, rest) = call.split_once('|').unwrap_or((call, ""));
    let topic = rest.rsplit_once('!').map_or(rest, |(topic, _)| topic).trim_matches('\'');
    // `MSEXCEL|'\..\..\Windows\System32\cmd.exe /c …'`: the topic leads to another program.
    if topic.contains("\\..\\") {
        topic.trim_start_matches(['\\', '.']).to_owned()
    } else {
        format!("{server} {topic}")
    }
}

/// Programs that run what they are told, and programs of the system that nobody asks for data.
#[rustfmt::skip]
const RUNNERS: &[&str] = &[
    "at", "bash", "bitsadmin", "calc", "certreq", "certutil", "cmd", "cmdl32", "cmstp", "command", "conhost", "control",
    "cscript", "csc", "curl", "desktopimgdownldr", "dfsvc", "dnscmd", "esentutl", "expand", "explorer", "extrac32",
    "finger", "forfiles", "ftp", "gpscript", "hh", "ieexec", "iexplore", "infdefaultinstall", "installutil", "java",
    "javaw", "jsc", "makecab", "mavinject", "mmc", "msbuild", "msdt", "mshta", "msiexec", "msohtmed", "mstsc", "netsh",
    "notepad", "odbcconf", "pcalua", "perl", "php", "powershell", "presentationhost", "pwsh", "python", "pythonw", "reg",
    "regasm", "regedit", "regsvcs", "regsvr32", "runas", "rundll32", "runonce", "sc", "schtasks", "scriptrunner", "sh",
    "ssh", "syncappvpublishingserver", "tftp", "wmic", "wscript", "wsl", "xwizard",
];

/// Whether a link starts a program: a runner by name, any program by path, or a topic that is a command and no data.
pub(crate) fn runs(service: &str, topic: &str) -> bool {
    let clean = |text: &str| -> String {
        let seen = text.chars().filter(|c| !matches!(c, '^' | '"' | '\'') && !crate::finding::is_invisible(*c));
        seen.collect::<String>().to_lowercase()
    };
    let (service, topic) = (clean(service), clean(topic));
    let file = service.trim().rsplit(['\\', '/']).next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default().trim();
    let is_path = service.contains(['\\', '/']) || file.contains(".exe") || file.contains(".com");
    let told = [".exe", ".cmd", ".bat", ".hta", ".ps1", ".vbs", ".js ", "http:", "https:", "powershell", "mshta"];
    let climbs = topic.contains("..\\") || topic.contains("../");
    let office = matches!(stem, "excel" | "winword" | "soffice" | "msaccess" | "powerpnt" | "outlook");
    RUNNERS.contains(&stem)
        || is_path && !office
        || climbs
        || told.iter().any(|word| topic.contains(word))
        || has_switch(&topic)
}

/// Whether a line that is typed starts a program that starts others: by its name, with a switch, a path or an address.
pub(crate) fn is_command_line(line: &str) -> bool {
    let (program, rest) = line.split_at_checked(line.find([' ', '/']).unwrap_or(line.len())).unwrap_or_default();
    let file = program.trim_matches('"').rsplit(['\\', '/']).next().unwrap_or_default().to_lowercase();
    let stem = file.strip_suffix(".exe").unwrap_or(&file);
    let is_told = matches!(stem, "powershell" | "pwsh" | "mshta") && !rest.trim().is_empty();
    is_told
        || RUNNERS.contains(&stem) && (has_switch(rest) || rest.contains(['\\', '%', '|', '>']) || rest.contains("://"))
}

/// `/c`, `-enc`: a switch stands alone behind a space or at the start, unlike the stroke of `USD/JPY`; a path of an
/// older program (`/home/a`) goes on with another.
fn has_switch(topic: &str) -> bool {
    topic.split_ascii_whitespace().any(|word| {
        let name = word.strip_prefix(['/', '-']).unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.contains('/')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_every_dress_are_found() {
        for (cell, expected) in [
            ("=cmd|' /C calc'!A0", "cmd|'/C calc'!A0"),
            ("\"=cmd|'/c calc'!A0\"", "cmd|'/c calc'!A0"),
            ("@SUM(1+1)*cmd|' /C calc'!A0", "cmd|'/C calc'!A0"),
            ("-2+3+cmd|' /C calc'!D2", "cmd|'/C calc'!D2"),
            ("+thespanishinquisition(cmd|'/c calc.exe'!A", "cmd|'/c calc.exe'!A"),
            ("=10+20+cmd|' /C calc'!A0", "cmd|'/C calc'!A0"),
            ("=AAAA+BBBB-CCCC&\"Hello\"/12345&cmd|'/c calc.exe'!A", "cmd|'/c calc.exe'!A"),
            ("=    C    m D            |        '/ c calc'   !   A", "CmD|'/ c calc'!A"),
            ("=rundll32|'URL.dll,OpenURL calc.exe'!A", "rundll32|'URL.dll,OpenURL calc.exe'!A"),
            (
                "+MSEXCEL|'\\..\\..\\..\\Windows\\System32\\cmd.exe /c calc'!''",
                "MSEXCEL|'\\..\\..\\..\\Windows\\System32\\cmd.exe /c calc'!",
            ),
            ("=DDE|Sheet1!R1C1", "DDE|'Sheet1'!R1C1"),
            ("\t＝cmd|'/c calc'!A0", "cmd|'/c calc'!A0"),
            ("='cmd'|'/c calc'!'A0'", "cmd|'/c calc'!A0"),
        ] {
            assert_eq!(dde_call(cell).as_deref(), Some(expected), "{cell}");
        }
        assert_eq!(command_of("cmd|'/c calc'!A0"), "cmd /c calc");
        assert_eq!(command_of("MSEXCEL|'\\..\\..\\Windows\\cmd.exe /c calc'!"), "Windows\\cmd.exe /c calc");
    }

    #[test]
    fn notes_numbers_and_formulas_are_left_in_peace() {
        for cell in [
            "- a note (see | below)",
            "- Note: a |b! great",
            "- yes | no!",
            "+81-3-0000-0000",
            "-5",
            "@handle | me!",
            "=A1+B1",
            "=SUM(A1:A3)",
            "=Sheet1!A1",
            "='My sheet'!A1",
            "a|b!c",
            "=IF(A1=\"a|b\",1,2)",
            "=\"x | y\"!",
            "- 税込 | 送料別",
            "=",
            "",
        ] {
            assert_eq!(dde_call(cell), None, "{cell}");
        }
    }
}
