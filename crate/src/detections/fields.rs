//! Fields of text documents that start programs or fetch from outside.
//!
//! `DDEAUTO` makes Word start the program it names when its fields are updated, with two questions between
//! (CVE-2017-8759 mails and their followers, since October 2017); the command hides in nested fields, bookmarks and
//! character codes, which [`crate::languages::fields`] has resolved. Other fields fetch: `INCLUDETEXT` and `LINK` bring
//! content from a server, and even a picture from a file server (`INCLUDEPICTURE \\host\…`) hands over the name and the
//! hashed password of whoever opens the document. Page numbers, dates, tables of contents and mail merge do nothing.

use crate::detections::Detection;
use crate::detections::relationships::{self, Place, place};
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::languages::ActionKind;
use crate::languages::fields::{Token, tokens};
use crate::view::{Field, Reads, Relationship, View};

const DDE: FindingKind = FindingKind::new("dde.field", Level::Stop, Some("N3"));
/// The way Word 6 to 97 linked a table: to a running Excel.
const DDE_LINK: FindingKind = FindingKind::new("field.dde-link", Level::Hold, Some("N3"));
const REMOTE: FindingKind = FindingKind::new("field.remote", Level::Hold, Some("N1"));
const PICTURE: FindingKind = FindingKind::new("field.remote-picture", Level::Notice, Some("L1"));

pub(super) const DETECTION: Detection =
    Detection { kinds: &[&DDE, &DDE_LINK, &REMOTE, &PICTURE], reads: Reads::Field, find };

fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Field(field) = view else { return };
    let all = tokens(field.instruction);
    let Some((keyword, arguments)) = all.split_first() else { return };
    match keyword.text.to_uppercase().as_str() {
        "DDE" | "DDEAUTO" => dde(field, arguments, found),
        // HYPERLINK waits for a click, as a relationship does; PRINT, MACROBUTTON and the rest stay in the document.
        "HYPERLINK" => {
            if let Some(target) = target(arguments) {
                let relationship = Relationship { part: field.path, kind: "hyperlink", target: &target.text };
                relationships::find(&View::Relationship(relationship), found);
            }
        }
        keyword @ ("INCLUDETEXT" | "INCLUDEPICTURE" | "INCLUDE" | "IMPORT" | "LINK" | "RD" | "DATABASE") => {
            fetches(field, keyword, arguments, found);
        }
        _ => {}
    }
}

/// `DDE application topic item`.
fn dde(field: &Field<'_>, arguments: &[Token], found: &mut Vec<Observation>) {
    let words: Vec<&str> = arguments.iter().map(|token| token.text.as_str()).collect();
    let command = words.join(" ");
    if command.trim().is_empty() {
        return;
    }
    let kind = if is_office_link(&words) { &DDE_LINK } else { &DDE };
    let evidence = Evidence::quote(field.instruction).path(field.path);
    let observation = Observation::new(kind, evidence).with("command", &command);
    found.push(if kind.id == DDE.id { observation.acts(ActionKind::Run, command) } else { observation });
}

/// A link to a document of this machine in a program of Office: named without a path, asked for a place, not told to do
/// something.
fn is_office_link(words: &[&str]) -> bool {
    const SERVERS: &[&str] = &["excel", "winword", "word", "msaccess", "powerpnt", "msproject", "soffice"];
    let Some((server, rest)) = words.split_first() else { return false };
    let server = server.to_lowercase();
    let program = server.split('.').next().unwrap_or_default();
    let is_server = SERVERS.contains(&program) && !server.contains(['\\', '/', ':']) && !server.ends_with(".exe");
    let Some((topic, _)) = rest.split_first() else { return false };
    let acts = |word: &&str| {
        let word = word.to_lowercase();
        word.contains(['(', '|', '&', '=']) || word.contains("..") || word.contains(".exe")
    };
    is_server && place(topic) == Place::Local && !rest.iter().any(acts)
}

/// The address or path: the first argument that is no switch, and for links the one behind the class.
fn target(arguments: &[Token]) -> Option<&Token> {
    arguments.iter().find(|token| !token.is_switch())
}

fn fetches(field: &Field<'_>, keyword: &str, arguments: &[Token], found: &mut Vec<Observation>) {
    // Arguments have no fixed place, and a path without quotation marks is as good: the gravest counts.
    let remote = |token: &&Token| place(&token.text) != Place::Local || connects(&token.text);
    let Some(target) = arguments.iter().filter(remote).max_by_key(|token| place(&token.text) == Place::Handler) else {
        return;
    };
    let place = place(&target.text);
    if place == Place::Handler {
        let relationship = Relationship { part: field.path, kind: "oleObject", target: &target.text };
        relationships::find(&View::Relationship(relationship), found);
        return;
    }
    let is_picture = matches!(keyword, "INCLUDEPICTURE" | "IMPORT") && place == Place::Web;
    let kind = if is_picture { &PICTURE } else { &REMOTE };
    let evidence = Evidence::quote(field.instruction).path(field.path);
    found.push(Observation::new(kind, evidence).with("field", keyword).with("target", &target.text));
}

/// Connection strings of DATABASE: `…;DATA SOURCE=\\host\x;…`, `…;DBQ=http://…`.
fn connects(text: &str) -> bool {
    let values = text.split(';').filter_map(|part| part.split_once('='));
    values.into_iter().any(|(_, value)| place(value.trim_matches(['"', '\'', ' '])) != Place::Local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::languages::fields::instructions;

    fn fires(instruction: &str) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        find(&View::Field(Field { path: "word/document.xml", instruction }), &mut found);
        let value = |o: &Observation| o.values.get("command").or_else(|| o.values.get("target")).cloned();
        found.iter().map(|o| (o.kind.id, value(o).unwrap_or_default())).collect()
    }

    #[test]
    fn programs_that_fields_start() {
        for (instruction, command) in [
            ("DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe \"/k a.exe\"", "c:\\windows\\system32\\cmd.exe /k a.exe"),
            ("dde cmd", "cmd"),
            ("\"DDE\" cmd \"/c a\"", "cmd /c a"),
            (
                "DDEAUTO \"C:\\\\Programs\\\\MSWord\\\\..\\\\..\\\\cmd.exe\" x",
                "C:\\Programs\\MSWord\\..\\..\\cmd.exe x",
            ),
            ("DDE excel \"..\\\\..\\\\cmd.exe\" x", "excel ..\\..\\cmd.exe x"),
            ("DDE Excel https://a.invalid/x.csv R1C1", "Excel https://a.invalid/x.csv R1C1"),
            ("DDE Excel System \"[EXEC(a)]\"", "Excel System [EXEC(a)]"),
        ] {
            assert_eq!(fires(instruction), [("dde.field", command.to_owned())], "{instruction}");
        }
        let nested = instructions("{ SET p \"{ QUOTE 112 111 119 } \" }{ DDEAUTO { QUOTE 99 109 100 } { REF p } }");
        assert!(nested.iter().any(|text| fires(text) == [("dde.field", "cmd pow".to_owned())]), "{nested:?}");
    }

    #[test]
    fn what_fields_fetch() {
        for (instruction, id) in [
            ("INCLUDETEXT \"https://a.invalid/t.docx\"", "field.remote"),
            ("INCLUDEPICTURE \"\\\\\\\\host.invalid\\\\a\\\\b.png\" \\d", "field.remote"),
            ("INCLUDEPICTURE \"file://host.invalid/b.png\"", "field.remote"),
            ("INCLUDEPICTURE \"https://a.example/logo.png\" \\* MERGEFORMATINET", "field.remote-picture"),
            ("LINK Word.Document.8 \"http://a.invalid/x.rtf\" \"\" \\a \\f 0", "field.remote"),
            ("RD \\\\\\\\host.invalid\\\\a.doc", "field.remote"),
            ("DATABASE \\d \"a.mdb\" \\c \"DSN=x;DBQ=\\\\host.invalid\\a.mdb;\"", "field.remote"),
            ("LINK htmlfile \"mhtml:http://a.invalid/x.html!x-usc:http://a.invalid/\"", "ooxml.external-content"),
            ("HYPERLINK \"search-ms:query=a&crumb=location:\\\\\\\\host.invalid\\\\a\"", "ooxml.external-content"),
            ("DDE Excel [Book1.xls]Sheet1 R1C1", "field.dde-link"),
            ("DDEAUTO Excel.Sheet.8 \"C:\\\\data\\\\book.xls\" \"Sheet1!R1C1:R2C2\" \\r", "field.dde-link"),
        ] {
            assert_eq!(fires(instruction).iter().map(|(id, _)| *id).collect::<Vec<_>>(), [id], "{instruction}");
        }
    }

    #[test]
    fn everyday_fields() {
        for instruction in [
            "PAGE \\* MERGEFORMAT",
            "TOC \\o \"1-3\" \\h \\z \\u",
            "MERGEFIELD 宛名",
            "HYPERLINK \"https://www.example/\" \\l \"top\"",
            "HYPERLINK \\l \"_Toc1\"",
            "HYPERLINK \"javascript:toggleToc()\"",
            "INCLUDEPICTURE \"C:\\\\pictures\\\\a.png\" \\* MERGEFORMAT",
            "LINK Excel.Sheet.12 \"D:\\\\data\\\\book.xlsx\" \"Sheet1!R1C1\" \\a \\f 0",
            "MACROBUTTON DoIt [Click here]",
            "DDE",
            "EMBED Word.Picture.8",
            "",
        ] {
            assert!(fires(instruction).is_empty(), "{instruction}");
        }
    }
}
