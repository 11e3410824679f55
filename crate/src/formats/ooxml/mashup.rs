//! Power Query: what the queries of a workbook ask for ([MS-QDEFF]).
//!
//! An item of custom XML holds them in Base64: a version, the size of a package, the package, whose part
//! `Formulas/Section1.m` is their text in the language M. Of that only the addresses count here: a call of a function that
//! reads from a file, a server or the web, and what its first argument says.

use std::collections::HashMap;
use std::rc::Rc;

use crate::budget::Budget;
use crate::codecs::base64;
use crate::error::{Error, LimitKind, Result};
use crate::finding::cut;
use crate::formats::xml_walk::{Piece, decode, walk};
use crate::formats::zip;
use crate::source::Source;

/// Functions of M that read from outside the workbook.
const SOURCES: &[&str] = &[
    "AccessControl.Contents",
    "ActiveDirectory.Domains",
    "AdoDotNet.DataSource",
    "AdoDotNet.Query",
    "AnalysisServices.Database",
    "AnalysisServices.Databases",
    "AzureStorage.BlobContents",
    "AzureStorage.Blobs",
    "AzureStorage.DataLake",
    "AzureStorage.DataLakeContents",
    "AzureStorage.Tables",
    "DB2.Database",
    "Exchange.Contents",
    "File.Contents",
    "Folder.Contents",
    "Folder.Files",
    "Hdfs.Contents",
    "Hdfs.Files",
    "MySQL.Database",
    "OData.Feed",
    "Odbc.DataSource",
    "Odbc.Query",
    "OleDb.DataSource",
    "OleDb.Query",
    "Oracle.Database",
    "PostgreSQL.Database",
    "SharePoint.Contents",
    "SharePoint.Files",
    "SharePoint.Tables",
    "Soda.Feed",
    "Sql.Database",
    "Sql.Databases",
    "Sybase.Database",
    "Teradata.Database",
    "Web.BrowserContents",
    "Web.Contents",
    "Web.Headers",
    "WebAction.Request",
];

/// Sources of one workbook, more say nothing new; and bytes of one that are shown.
const MOST: usize = 64;
const LONGEST: usize = 1024;
/// Names of a query whose texts are remembered.
const NAMES: usize = 4096;
/// Bytes of queries that are read.
const LARGEST: usize = 4 << 20;

/// Whether a part can hold queries, in either encoding.
pub(super) fn can_hold(bytes: &[u8]) -> bool {
    const NAME: &[u8] = b"DataMashup";
    let wide = |window: &[u8]| window.iter().step_by(2).eq(NAME) && window.iter().skip(1).step_by(2).all(|b| *b == 0);
    bytes.windows(NAME.len()).any(|window| window == NAME) || bytes.windows(NAME.len().saturating_mul(2)).any(wide)
}

/// What the queries of a part ask for, as `Web.Contents("https://…")`.
///
/// # Errors
///
/// Damage, and limits: `found` then holds what was read before.
pub(super) fn sources(xml: &[u8], budget: &Rc<Budget>, found: &mut Vec<String>) -> Result<()> {
    let text = decode(xml);
    let (mut inside, mut held) = (false, String::new());
    walk(&text, budget, |piece| match piece {
        Piece::Start { name, .. } => inside = name == "DataMashup",
        Piece::Text(text) if inside => held.push_str(text),
        _ => {}
    })?;
    if held.trim().is_empty() {
        return Ok(());
    }
    budget.steps(held.len() as u64 / 4)?;
    let bytes = base64::decode(held.as_bytes(), usize::MAX);
    let damaged = || Error::malformed("DataMashup", 0);
    let size = bytes.get(4..8).and_then(|size| size.first_chunk().copied()).map(u32::from_le_bytes);
    let size = size.and_then(|size| usize::try_from(size).ok()).ok_or_else(damaged)?;
    let package = bytes.get(8..).map(|rest| rest.get(..size).unwrap_or(rest)).ok_or_else(damaged)?;
    let _held = budget.scope();
    budget.hold(package.len() as u64)?;
    let parts = zip::parts_of(&Source::memory(package.to_vec()), budget, "formulas/").map_err(|error| match error {
        Error::Limit(limit) => Error::Limit(limit),
        _ => damaged(),
    })?;
    for part in parts {
        let code = part.peek(0, LARGEST)?;
        budget.steps(code.len() as u64)?;
        let code = decode(&code);
        budget.hold((code.len() as u64).saturating_mul(4))?;
        read(code.trim_start_matches('\u{FEFF}'), found);
        if part.len() > LARGEST as u64 {
            return Err(Error::Limit(LimitKind::ArtifactBytes));
        }
    }
    Ok(())
}

/// A word of M.
#[derive(Debug, PartialEq)]
enum Token {
    Text(String),
    Name(String),
    Mark(char),
}

/// The words of a query.
fn tokens(code: &str) -> Vec<Token> {
    let chars: Vec<char> = code.chars().collect();
    let (mut tokens, mut at) = (Vec::new(), 0_usize);
    let get = |at: usize| chars.get(at).copied();
    while let Some(c) = get(at) {
        let next = get(at.saturating_add(1));
        match (c, next) {
            ('/', Some('/')) => {
                while get(at).is_some_and(|c| !matches!(c, '\n' | '\r')) {
                    at = at.saturating_add(1);
                }
            }
            ('/', Some('*')) => {
                at = at.saturating_add(2);
                while get(at).is_some() && !(get(at) == Some('*') && get(at.saturating_add(1)) == Some('/')) {
                    at = at.saturating_add(1);
                }
                at = at.saturating_add(2);
            }
            ('"', _) | ('#', Some('"')) => {
                let is_name = c == '#';
                at = at.saturating_add(if is_name { 2 } else { 1 });
                let text = quoted(&chars, &mut at);
                tokens.push(if is_name { Token::Name(text) } else { Token::Text(text) });
            }
            (c, _) if c.is_alphanumeric() || matches!(c, '_' | '#') => {
                let from = at;
                while get(at).is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '#')) {
                    at = at.saturating_add(1);
                }
                tokens.push(Token::Name(chars.get(from..at).unwrap_or_default().iter().collect()));
            }
            (c, _) => {
                if !c.is_whitespace() {
                    tokens.push(Token::Mark(c));
                }
                at = at.saturating_add(1);
            }
        }
    }
    tokens
}

/// A text up to its closing quote: `""` is one, `#(lf)` and `#(0041)` stand for characters.
fn quoted(chars: &[char], at: &mut usize) -> String {
    let mut text = String::new();
    while let Some(c) = chars.get(*at).copied() {
        let next = chars.get(at.saturating_add(1)).copied();
        *at = at.saturating_add(1);
        match (c, next) {
            ('"', Some('"')) => {
                text.push('"');
                *at = at.saturating_add(1);
            }
            ('"', _) => break,
            ('#', Some('(')) => {
                let rest = chars.get(at.saturating_add(1)..).unwrap_or_default();
                let Some(end) = rest.iter().take(64).position(|c| *c == ')') else {
                    text.push('#');
                    continue;
                };
                for name in rest.get(..end).unwrap_or_default().iter().collect::<String>().split(',') {
                    match name.trim() {
                        "lf" => text.push('\n'),
                        "cr" => text.push('\r'),
                        "tab" => text.push('\t'),
                        "#" => text.push('#'),
                        code => text.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32)),
                    }
                }
                *at = at.saturating_add(end).saturating_add(2);
            }
            (c, _) => text.push(c),
        }
    }
    text
}

/// Adds what a query asks for.
fn read(code: &str, found: &mut Vec<String>) {
    let tokens = tokens(code);
    let mut known: HashMap<&str, String> = HashMap::new();
    let pairs = || tokens.iter().zip(tokens.iter().skip(1)).enumerate();
    for (at, pair) in pairs() {
        if let (Token::Name(name), Token::Mark('=')) = pair
            && known.len() < NAMES
            && let (text, true) = joined(&tokens, at.saturating_add(2), &known)
        {
            known.insert(name, text);
        }
    }
    for (at, pair) in pairs() {
        let (Token::Name(name), Token::Mark('(')) = pair else { continue };
        let Some(function) = SOURCES.iter().find(|function| function.eq_ignore_ascii_case(name)) else { continue };
        let (text, _) = joined(&tokens, at.saturating_add(2), &known);
        let source = format!("{function}(\"{text}\")");
        if found.len() < MOST && !found.contains(&source) {
            found.push(source);
        }
    }
}

/// The text that starts at a token, joined with `&`, as far as it is not too long, and whether all of it is known.
fn joined(tokens: &[Token], at: usize, known: &HashMap<&str, String>) -> (String, bool) {
    let (mut text, mut at, mut whole) = (String::new(), at, true);
    loop {
        let piece = match tokens.get(at) {
            Some(Token::Text(piece)) => Some(piece),
            Some(Token::Name(name)) => known.get(name.as_str()),
            _ => None,
        };
        let Some(piece) = piece else {
            text.push('…');
            return (text, false);
        };
        let room = LONGEST.saturating_sub(text.len());
        if piece.len() > room {
            text.push_str(cut(piece, room));
            text.push('…');
            return (text, false);
        }
        text.push_str(piece);
        match tokens.get(at.saturating_add(1)) {
            Some(Token::Mark('&')) => at = at.saturating_add(2),
            // A name with something behind it is a call or a field.
            Some(Token::Mark('(' | '{' | '[')) => whole = false,
            _ => return (text, whole),
        }
        if !whole {
            return (format!("{text}…"), false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> Vec<String> {
        let mut found = Vec::new();
        read(code, &mut found);
        found
    }

    #[test]
    fn sources_of_queries() {
        let code = "section Section1;\n// Web.Contents(\"no\")\nshared Base = \"https://a.exam\" & \"ple/\" meta [X=1];\n\
            shared Q = let S = Json.Document(Web.Contents(Base & \"x\"\"y\", [Query=[a=\"1\"]])) in S;\n\
            shared #\"R 1\" = Csv.Document(File.Contents(\"C:\\data#(0020)1.csv\"),[Delimiter=\",\"]);\n\
            /* Sql.Database(\"no\") */ shared T = Sql.Database(Server, \"db\"), U = Excel.CurrentWorkbook();";
        assert_eq!(
            of(code),
            ["Web.Contents(\"https://a.example/x\"y\")", "File.Contents(\"C:\\data 1.csv\")", "Sql.Database(\"…\")",]
        );
        assert_eq!(of("shared X = \"Web.Contents(\"\"https://a.example/\"\")\""), Vec::<String>::new());
        assert_eq!(of("x = web.contents(\"https://\" & Text.From(y))"), ["Web.Contents(\"https://…\")"]);
    }

    #[test]
    fn long_texts_are_not_copied_from_name_to_name() {
        let long = "x".repeat(1 << 20);
        let names = "b = a, ".repeat(100_000);
        let code = format!("a = \"{long}\", {names} q = Web.Contents(b), r = File.Contents(\"{long}\")");
        assert_eq!(of(&code), ["Web.Contents(\"…\")".to_owned(), format!("File.Contents(\"{}…\")", &long[..LONGEST])]);
    }

    #[test]
    fn a_part_is_recognised_in_either_encoding() {
        let wide: Vec<u8> = "<DataMashup>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(can_hold(b"<x:DataMashup/>") && can_hold(&wide) && !can_hold(b"<DataMash up/>"));
    }
}
