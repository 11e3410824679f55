//! Addresses of scripts, and what scripts other than Basic reach for.

/// What an event or a link starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// As written.
    pub(super) url: String,
    /// Decoded: `Standard.Module1.Main`, `file.py$run`.
    path: String,
    /// Lower case: `basic`, `python` …
    language: String,
    /// Whether the script is the document's own.
    pub(super) in_document: bool,
}

impl Call {
    /// `vnd.sun.star.script:Library.Module.Procedure?language=Basic&location=document`, or the `macro:` of old:
    /// `macro:///Library.Module.Procedure(…)` for the program's own, `macro://./…` and `macro://document/…` for others.
    pub(super) fn read(url: &str) -> Option<Self> {
        let trimmed = url.trim();
        let lower = trimmed.to_ascii_lowercase();
        if lower.starts_with("vnd.sun.star.script:") {
            let rest = trimmed.get("vnd.sun.star.script:".len()..)?;
            let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
            let parameter = |name: &str| {
                let all = query.split(['&', ';']).filter_map(|pair| pair.split_once('='));
                let mut named = all.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
                named.next().map(|(_, value)| decode(value).trim().to_lowercase()).unwrap_or_default()
            };
            let location = parameter("location");
            return Some(Self {
                url: trimmed.to_owned(),
                path: decode(path),
                language: parameter("language"),
                in_document: location.starts_with("document") || location.starts_with("vnd.sun.star.tdoc"),
            });
        }
        let rest =
            lower.strip_prefix("macro:").and_then(|rest| trimmed.get(trimmed.len().saturating_sub(rest.len())..))?;
        let rest = decode(rest);
        let host = rest.strip_prefix("//").and_then(|rest| rest.split_once('/'));
        let (host, path) = host.unwrap_or(("", rest.as_str()));
        Some(Self {
            url: trimmed.to_owned(),
            path: path.split('(').next().unwrap_or_default().trim_matches('/').to_owned(),
            language: "basic".into(),
            // `macro:///` means the program's own libraries; a document's author who writes it means either.
            in_document: host != "application",
        })
    }

    /// `Library.Module.Procedure` as events of the old form give it.
    pub(super) fn macro_name(name: &str, library: &str) -> Option<Self> {
        let name = name.trim();
        (!name.is_empty()).then(|| {
            let in_document = !library.eq_ignore_ascii_case("application") && !name.starts_with("application:");
            let path = name.rsplit(':').next().unwrap_or_default().to_owned();
            Self { url: name.to_owned(), path, language: "basic".into(), in_document }
        })
    }

    pub(super) fn is_basic(&self) -> bool {
        matches!(self.language.as_str(), "basic" | "" | "starbasic")
    }

    /// The procedure of a macro in Basic.
    pub(super) fn procedure(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// The file of a script, lower case: of `folder|file.py$run` the file, of `library.file.js` what follows the first
    /// dot.
    pub(super) fn file(&self) -> String {
        let path = self.path.split('$').next().unwrap_or_default();
        let file = path.rsplit(['|', '/', '\\']).next().unwrap_or_default();
        let file = file.to_lowercase();
        match file.split_once('.') {
            Some((_, rest)) if rest.contains('.') => rest.to_owned(),
            _ => file,
        }
    }

    /// Whether it leaves the folder of scripts, or is one of the program's own that run what they are given.
    pub(super) fn escapes(&self) -> bool {
        const RUNNERS: &[&str] =
            &["librelogo", "pydoc", "tempfilepager", "subprocess", "os.py", "pty.py", "webbrowser"];
        let path = self.path.to_lowercase();
        path.contains("..") || path.contains("://") || RUNNERS.iter().any(|name| path.contains(name))
    }
}

/// Undoes percent escapes, twice: one may hide another.
fn decode(text: &str) -> String {
    let once = |text: &str| {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((&byte, after)) = rest.split_first() {
            let hex = after.get(..2).filter(|_| byte == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
            rest = match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                Some(decoded) => {
                    bytes.push(decoded);
                    after.get(2..).unwrap_or_default()
                }
                None => {
                    bytes.push(byte);
                    after
                }
            };
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    once(&once(text))
}

/// Names that start programs, fetch, load code or make code of text, in Python, BeanShell, JavaScript and Java.
const NAMES: &[&str] = &[
    "subprocess",
    "popen",
    "startfile",
    "urlopen",
    "urlretrieve",
    "urllib",
    "urllib2",
    "requests",
    "socket",
    "ctypes",
    "exec",
    "eval",
    "__import__",
    "import_module",
    "shutil",
    "ftplib",
    "smtplib",
    "pty",
    "winreg",
    "getruntime",
    "processbuilder",
    "urlclassloader",
    "openstream",
    "openconnection",
    "activexobject",
    "scriptenginemanager",
    "runtime",
];

/// Names that do so only of a module: `os.system`, `os.execv`.
const OF_OS: &[&str] = &["system", "popen", "startfile", "exec", "spawn", "posix_spawn"];

/// Services that do so, named in strings.
const SERVICES: &[&str] = &["systemshellexecute", "oleautomation", "simplefileaccess", "wscript.shell"];

/// The first line of a script that acts, and its text; comments do not count.
pub(super) fn acts(text: &str) -> Option<(u32, String)> {
    let found = text.lines().enumerate().find(|(_, line)| line_acts(line))?;
    let line = u32::try_from(found.0.saturating_add(1)).unwrap_or(u32::MAX);
    Some((line, found.1.trim().chars().take(200).collect()))
}

fn line_acts(line: &str) -> bool {
    let mut before = String::new();
    let mut name = String::new();
    let mut quote = None;
    let mut string = String::new();
    let mut previous = ' ';
    for c in line.chars().chain(['\n']) {
        match quote {
            Some(open) => {
                if c == open || c == '\n' {
                    let lower = string.to_lowercase();
                    if SERVICES.iter().any(|service| lower.contains(service)) {
                        return true;
                    }
                    quote = None;
                    string.clear();
                } else {
                    string.push(c);
                }
            }
            None if c.is_alphanumeric() || c == '_' => name.extend(c.to_lowercase()),
            None => {
                let of_os = before == "os" && OF_OS.iter().any(|act| name.starts_with(act));
                if NAMES.contains(&name.as_str()) || of_os {
                    return true;
                }
                if !name.is_empty() {
                    before = std::mem::take(&mut name);
                }
                match c {
                    '#' => return false,
                    '/' if previous == '/' => return false,
                    '"' | '\'' => quote = Some(c),
                    '.' | ' ' | '\t' => {}
                    _ => before.clear(),
                }
            }
        }
        previous = c;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_scripts() {
        let call = |url: &str| Call::read(url).unwrap();
        let basic = call("vnd.sun.star.script:Standard.Module1.Main?language=Basic&location=document");
        assert!(basic.in_document && basic.is_basic() && !basic.escapes());
        assert_eq!(basic.procedure(), "Main");
        let python = call("vnd.sun.star.script:a.py$run?language=Python&location=document");
        assert_eq!((python.file().as_str(), python.is_basic()), ("a.py", false));
        let pydoc =
            "vnd.sun.star.script:%2E./../program/python/pydoc.py$tempfilepager(1)?language=Python&location=share";
        assert!(call(pydoc).escapes() && !call(pydoc).in_document);
        assert_eq!(call("macro:///Standard.Module1.Main(\"x\")").procedure(), "Main");
        assert!(Call::read("https://www.example/").is_none());
    }

    #[test]
    fn what_a_script_reaches_for() {
        for line in [
            "    os.system('x')",
            "import subprocess",
            "smgr.createInstance(\"com.sun.star.system.SystemShellExecute\")",
            "Runtime.getRuntime().exec(\"x\");",
            "from urllib.request import urlopen",
            "os . popen(x)",
        ] {
            assert!(line_acts(line), "{line}");
        }
        for line in [
            "# os.system('x')",
            "// eval(x)",
            "doc.CurrentController.Frame.system",
            "print('subprocess')",
            "cell.String = 'a'",
        ] {
            assert!(!line_acts(line), "{line}");
        }
    }
}
