//! What a workbook refers to outside its own sheets ([MS-XLS] 2.2.9 Supporting Links; [MS-XLSB] 2.2.7.4).

use crate::scan::Scan;
use crate::view::{Dde, Relationship, View};

/// A supporting link: where a reference that names no sheet of this workbook leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// This workbook.
    Own,
    /// The sheet of the formula.
    SameSheet,
    /// Functions of add-ins.
    AddIn,
    /// Another workbook, by its path or address, and its sheets.
    Workbook {
        path: String,
        sheets: Vec<String>,
    },
    /// A conversation with a program (DDE), or an object linked from a file (OLE): server or class, and topic or file.
    Conversation {
        server: String,
        topic: String,
    },
    Unknown,
}

/// A supporting link and the names it defines.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub(crate) target: Target,
    /// Items of a conversation, names of a workbook, functions of an add-in.
    pub(crate) names: Vec<String>,
    /// Whether its names are objects linked from a file: `fOleLink`.
    pub(crate) ole: bool,
    /// Tokens of its names, where they stand for cells: Excel 3 and 4 write references to other sheets so.
    pub(crate) cells: Vec<Vec<u8>>,
}

impl Book {
    pub(crate) const fn new(target: Target) -> Self {
        Self { target, names: Vec::new(), ole: false, cells: Vec::new() }
    }
}

/// XTI ([MS-XLS] 2.5.360): a supporting link and the first of its sheets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SheetReference {
    pub(crate) book: usize,
    /// -1 for a deleted sheet, -2 for the workbook itself.
    pub(crate) first: i32,
}

/// Everything references lead to.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pub(crate) books: Vec<Book>,
    pub(crate) sheets: Vec<SheetReference>,
}

/// Supporting links and names kept. A workbook with a link to each of a thousand others is known.
pub(crate) const MOST: usize = 1 << 16;

impl Links {
    fn target(&self, book: usize) -> Option<&Target> {
        self.books.get(book).map(|book| &book.target)
    }

    pub(crate) fn is_own(&self, book: usize) -> bool {
        matches!(self.target(book), Some(Target::Own | Target::SameSheet))
    }

    pub(crate) fn is_same_sheet(&self, book: usize) -> bool {
        matches!(self.target(book), Some(Target::SameSheet))
    }

    /// A sheet of another workbook, as a formula writes it.
    pub(super) fn sheet(&self, book: usize, sheet: i32) -> String {
        match self.target(book) {
            Some(Target::Workbook { path, sheets }) => {
                let (folder, file) = path.rfind(['\\', '/']).map_or(("", path.as_str()), |at| {
                    path.split_at_checked(at.saturating_add(1)).unwrap_or(("", path))
                });
                let sheet = usize::try_from(sheet).ok().and_then(|at| sheets.get(at)).map_or("", String::as_str);
                format!("'{folder}[{file}]{}'", sheet.replace('\'', "''"))
            }
            Some(Target::Conversation { server, topic }) => format!("{server}|'{topic}'"),
            _ => "#REF!".into(),
        }
    }

    /// A name that a supporting link defines, by its number from 0, as a formula writes it.
    pub(super) fn name(&self, book: usize, name: Option<usize>) -> String {
        let Some(link) = self.books.get(book) else { return "#REF!".into() };
        let name = name.and_then(|name| link.names.get(name)).map_or("#REF!", String::as_str);
        match &link.target {
            Target::Workbook { path, .. } => format!("'{path}'!{name}"),
            Target::Conversation { server, topic } => format!("{server}|'{topic}'!{name}"),
            _ => name.to_owned(),
        }
    }

    /// Shows what leads out of the workbook. In a package the files it leads to are relationships and shown as such.
    pub(crate) fn show(&self, scan: &mut Scan, path: &str) {
        for book in &self.books {
            match &book.target {
                Target::Workbook { path: target, .. } if !target.is_empty() => {
                    scan.show(&View::Relationship(Relationship { part: path, kind: "externalLink", target }));
                }
                Target::Conversation { topic, .. } if book.ole => {
                    scan.show(&View::Relationship(Relationship { part: path, kind: "oleObject", target: topic }));
                }
                _ => {}
            }
        }
        self.show_conversations(scan, path);
    }

    /// Shows the programs that the workbook asks for data.
    pub(crate) fn show_conversations(&self, scan: &mut Scan, path: &str) {
        for book in self.books.iter().filter(|book| !book.ole) {
            let Target::Conversation { server, topic } = &book.target else { continue };
            scan.show(&View::Dde(Dde { path, service: server, topic }));
        }
    }
}

/// VirtualPath ([MS-XLS] 2.5.277) as a person writes it.
pub(super) fn virtual_path(path: &str) -> String {
    let Some(encoded) = path.strip_prefix('\u{1}') else { return path.to_owned() };
    let mut out = String::new();
    let mut rest = encoded.chars();
    while let Some(c) = rest.next() {
        match c {
            '\u{1}' => match rest.next() {
                Some('@') => out.push_str("\\\\"),
                Some(drive) => {
                    out.push(drive);
                    out.push_str(":\\");
                }
                None => {}
            },
            '\u{2}' | '\u{3}' => out.push('\\'),
            '\u{4}' => out.push_str("..\\"),
            // An address, behind the count of its letters.
            '\u{5}' => {
                rest.next();
            }
            // The folders Excel starts from, and that of its library.
            '\u{6}'..='\u{8}' => {}
            c => out.push(c),
        }
    }
    out
}

/// What the path of a supporting link leads to.
pub(super) fn target(path: &str, sheets: Vec<String>) -> Target {
    match path {
        "" | "\0" => Target::SameSheet,
        // A link nobody uses.
        " " => Target::Unknown,
        _ => match path.split_once('\u{3}').filter(|_| !path.starts_with('\u{1}')) {
            Some((server, topic)) => Target::Conversation { server: server.into(), topic: topic.into() },
            None => Target::Workbook { path: virtual_path(path), sheets },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_as_a_person_writes_them() {
        for (encoded, path) in [
            ("\u{1}\u{1}Cdir\u{3}book.xls", "C:\\dir\\book.xls"),
            ("\u{1}\u{1}@server\u{3}share\u{3}book.xls", "\\\\server\\share\\book.xls"),
            ("\u{1}book.xls", "book.xls"),
            ("\u{1}\u{4}book.xls", "..\\book.xls"),
            ("\u{1}\u{5}\u{15}http://a.example/b.xls", "http://a.example/b.xls"),
            ("book.xls", "book.xls"),
        ] {
            assert_eq!(virtual_path(encoded), path);
        }
        let conversation = Target::Conversation { server: "cmd".into(), topic: "/c echo".into() };
        assert_eq!(target("cmd\u{3}/c echo", Vec::new()), conversation);
        assert!(matches!(target("\u{1}\u{1}Ca\u{3}b.xls", Vec::new()), Target::Workbook { .. }));
        assert_eq!(target("\0", Vec::new()), Target::SameSheet);
    }
}
