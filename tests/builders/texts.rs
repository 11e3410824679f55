//! What documents say: fields ([ECMA-376] part 1, 17.16), Word 97 documents with a piece table ([MS-DOC]), and the words
//! that lures are made of. What the fields would start is inert: nothing is updated, and no address exists.

use super::Fixture;
use super::cfb::Cfb;
use super::ooxml::{PNG, Package, SUMS};
use super::vba::{Module, add_project, vba_project};

const WORD: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
const TYPES: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml";

fn word(body: &str) -> Package {
    let document = format!("<w:document {WORD}><w:body>{body}</w:body></w:document>");
    Package::new("word/document.xml", &format!("{TYPES}.document.main+xml"), &document)
}

fn paragraphs(text: &str) -> String {
    text.lines().map(|line| format!("<w:p><w:r><w:t xml:space=\"preserve\">{line}</w:t></w:r></w:p>")).collect()
}

/// A field of runs: `<` begins, `|` separates, `>` ends, and each `~` starts another run.
fn field(marks: &str) -> String {
    let mark = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    let mut out = String::from("<w:p>");
    let mut rest = marks;
    while let Some(at) = rest.find(['<', '|', '>', '~']).or((!rest.is_empty()).then_some(rest.len())) {
        let (text, after) = rest.split_at(at);
        if !text.is_empty() {
            out += &format!(
                "<w:r><w:instrText xml:space=\"preserve\">{}</w:instrText></w:r>",
                text.replace('"', "&quot;")
            );
        }
        match after.chars().next() {
            Some('<') => out += &mark("begin"),
            Some('|') => out += &mark("separate"),
            Some('>') => out += &mark("end"),
            _ => {}
        }
        rest = after.get(1..).unwrap_or_default();
    }
    out + "</w:p>"
}

/// A Word 97 document under construction.
#[derive(Default)]
struct Doc {
    /// Pieces of the main text; those of ASCII are written compressed.
    pieces: Vec<&'static str>,
    variables: Vec<(&'static str, &'static str)>,
    template: &'static str,
    without_pieces: bool,
}

impl Doc {
    fn build(&self) -> Cfb {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let (mut text, mut positions, mut pcds) = (vec![0; 1024], vec![0_u32], Vec::new());
        for piece in &self.pieces {
            let at = text.len() as u32;
            let fc = if piece.is_ascii() { (at * 2) | 0x4000_0000 } else { at };
            text.extend(if piece.is_ascii() { piece.as_bytes().to_vec() } else { wide(piece) });
            positions.push(positions.last().unwrap() + piece.encode_utf16().count() as u32);
            pcds.extend([0, 0]);
            pcds.extend(fc.to_le_bytes());
            pcds.extend([0, 0]);
        }
        let mut plc: Vec<u8> = positions.iter().flat_map(|cp| cp.to_le_bytes()).collect();
        plc.extend(pcds);
        // A property modifier that means nothing, then the table of pieces.
        let mut clx = vec![1, 2, 0, 0, 0, 2];
        clx.extend((plc.len() as u32).to_le_bytes());
        clx.extend(plc);
        let sttb = |strings: &[&str], extra: u16| {
            let mut out = [0xFFFF_u16, strings.len() as u16, extra].map(u16::to_le_bytes).concat();
            for string in strings {
                out.extend((string.encode_utf16().count() as u16).to_le_bytes());
                out.extend(wide(string));
                out.extend(vec![0; usize::from(extra)]);
            }
            out
        };
        let names: Vec<&str> = self.variables.iter().map(|(name, _)| *name).collect();
        let mut user = sttb(&names, 4);
        for (_, value) in &self.variables {
            user.extend((value.encode_utf16().count() as u16).to_le_bytes());
            user.extend(wide(value));
        }
        let assoc = sttb(&["", self.template, "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", ""], 0);

        let mut put = |at: usize, bytes: &[u8]| text[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &[0xEC, 0xA5, 0xC1, 0]); // wIdent, nFib
        put(10, &0x0200_u16.to_le_bytes()); // fWhichTblStm
        put(32, &14_u16.to_le_bytes()); // csw
        put(62, &22_u16.to_le_bytes()); // cslw
        put(0x4C, &positions.last().unwrap().to_le_bytes()); // ccpText
        put(152, &93_u16.to_le_bytes()); // cbRgFcLcb
        let mut table = Vec::new();
        for (number, part) in [(32, assoc), (33, clx), (60, user)] {
            if number == 33 && self.without_pieces {
                continue;
            }
            put(154 + number * 8, &(table.len() as u32).to_le_bytes());
            put(158 + number * 8, &(part.len() as u32).to_le_bytes());
            table.extend(part);
        }
        // Streams of this size do not stand in the mini stream.
        text.resize(text.len().max(4096), 0);
        table.resize(4096, 0);
        Cfb::new().stream("WordDocument", text).stream("1Table", table)
    }
}

/// A stream of properties ([MS-OLEPS] 2.21): one set of numbered texts, and if there are names a second with its own.
fn property_stream(own: &[(u32, &str)], named: &[(&str, &str)]) -> Vec<u8> {
    let text = |value: &str| {
        let mut out = vec![0x1E, 0, 0, 0];
        out.extend((value.len() as u32 + 1).to_le_bytes());
        out.extend(value.as_bytes());
        out.resize((out.len() + 4) & !3, 0);
        out
    };
    let set = |properties: Vec<(u32, Vec<u8>)>| {
        let mut places = (properties.len() as u32).to_le_bytes().to_vec();
        let mut values = Vec::new();
        for (id, value) in &properties {
            places.extend(id.to_le_bytes());
            places.extend((8 + 8 * properties.len() as u32 + values.len() as u32).to_le_bytes());
            values.extend(value);
        }
        let size = (4 + places.len() + values.len()) as u32;
        [size.to_le_bytes().to_vec(), places, values].concat()
    };
    let page = || (1, vec![2, 0, 0, 0, 0xE4, 4, 0, 0]);
    let first = set(std::iter::once(page()).chain(own.iter().map(|(id, value)| (*id, text(value)))).collect());
    let mut dictionary = (named.len() as u32).to_le_bytes().to_vec();
    for (id, (name, _)) in (2_u32..).zip(named) {
        dictionary.extend(id.to_le_bytes());
        dictionary.extend((name.len() as u32 + 1).to_le_bytes());
        dictionary.extend(name.as_bytes());
        dictionary.push(0);
    }
    let values = (2_u32..).zip(named).map(|(id, (_, value))| (id, text(value)));
    let second = set([(0, dictionary), page()].into_iter().chain(values).collect());
    let mut out = vec![0xFE, 0xFF, 0, 0, 0, 0, 0, 0];
    out.resize(24, 0);
    out.extend(2_u32.to_le_bytes());
    for at in [68_u32, 68 + first.len() as u32] {
        out.extend([0; 16]);
        out.extend(at.to_le_bytes());
    }
    [out, first, second].concat()
}

/// A slide with some text and a shape that starts a program when the pointer passes ([MS-PPT] 2.6.9, 2.9.42).
fn slides(text: &str) -> Vec<u8> {
    let record = |head: u16, kind: u16, body: &[u8]| {
        [&head.to_le_bytes()[..], &kind.to_le_bytes(), &(body.len() as u32).to_le_bytes(), body].concat()
    };
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mut atom = vec![0; 16];
    atom[8] = 2; // II_RunProgramAction
    let info = [record(0, 0x0FF3, &atom), record(0x20, 0x0FBA, &wide("C:\\a\\program.exe"))].concat();
    let slide = [record(0, 0x0FA0, &wide(text)), record(0x1F, 0x0FF2, &info)].concat();
    let mut stream = record(0xF, 0x03EE, &slide);
    stream.resize(stream.len().max(4096), 0);
    Cfb::new().stream("PowerPoint Document", stream).build()
}

const PROTECTED: &str = "This document was created in an earlier version of Microsoft Office Word.\n\
    To view this content, please click &quot;Enable Editing&quot; on the yellow bar and then &quot;Enable Content&quot;.";
const PROTECTED_JA: &str = "この文書は保護されています。\n表示するには「編集を有効にする」をクリックし、次に「コンテンツの有効化」をクリックしてください。";
const PROTECTED_DE: &str = "Dieses Dokument wurde in einer früheren Version von Microsoft Office Word erstellt.\nKlicken Sie auf „Inhalt aktivieren“.";
const TEMPLATES: &str = "RELAUNCH REQUIRED. In accordance with the requirements of your security policy you need to copy the file to \
    the following folder and run it again: C:\\Program Files\\Microsoft Office\\root\\Templates";
const CAPTCHA: &str =
    "私はロボットではありません\nWindows キー + R を押し、Ctrl + V で貼り付けて Enter を押してください。";

/// A manual that explains buttons where honest people must press them.
const MANUAL: &str = "集計ツールの使い方\nこのブックはマクロを使用しています。\n保護ビューで開いたときは「編集を有効にする」をクリックし、続いて\
    「コンテンツの有効化」をクリックして、マクロを使える状態にしてください。\nIf a yellow bar appears, click Enable Editing and Enable Content so that the macros can run.";

fn shared_strings(text: &str) -> Vec<u8> {
    let items: String = text.lines().map(|line| format!("<si><t>{line}</t></si>")).collect();
    format!("<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">{items}</sst>").into_bytes()
}

fn excel(macros: bool, text: &str) -> Package {
    let package = Package::excel(macros).part(
        "xl/sharedStrings.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml",
        &shared_strings(text),
    );
    if macros { package.macros(&vba_project(&[Module::standard("Module1", SUMS)])) } else { package }
}

/// A workbook with `text` on its cover sheet, whose macro starts by itself and only clears a field.
fn starting(text: &str) -> Vec<u8> {
    let clears = "Private Sub Workbook_Open()\n    Sheet1.Range(\"B2\").ClearContents\nEnd Sub\n";
    let project = vba_project(&[Module::document("ThisWorkbook", clears), Module::document("Sheet1", "")]);
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml";
    Package::excel(true).part("xl/sharedStrings.xml", kind, &shared_strings(text)).macros(&project).build()
}

/// What the cover sheets of in-house workbooks say.
const COVER_JA: &str = "保護ビューが表示された場合は「編集を有効にする」をクリックしてください。\n\
    続いて「コンテンツの有効化」をクリックすると、入力画面が開きます。";
const UNBLOCK_JA: &str =
    "ブロックされた場合は、ファイルを右クリックし、プロパティの「許可する」にチェックを入れてください。";

fn fields() -> Vec<Fixture> {
    let part = |name: &str, kind: &str, root: &str, body: &str| {
        let xml = format!("<w:{root} {WORD}>{body}</w:{root}>");
        word(&paragraphs("議事録")).part(name, &format!("{TYPES}.{kind}+xml"), xml.as_bytes()).build()
    };
    let simple =
        "<w:p><w:fldSimple w:instr=\"DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe &quot;/k echo a&quot;\"/></w:p>";
    let split = field("<DD~E~AU~TO < QUOTE 99 109 < = 90 + 10 |100>|x> \"/c ~echo a\" |Error!>");
    let set = field("<SET c \"cmd /c echo a\">") + &field("<DDE < REF c > x>");
    let letter = field("<MERGEFIELD 宛名|«宛名»>") + &field("<TOC \\o \"1-3\" \\h|<HYPERLINK \\l \"_Toc1\"|1>>");
    let letter = letter + &field("<HYPERLINK \"https://www.example/\"|www>") + &field("<PAGE|1>");
    let docx = |body: &str| word(body).build();
    vec![
        Fixture::new("docx-dde", "invoice.docx", docx(simple)),
        Fixture::new("docx-dde-split", "invoice.docx", docx(&split)),
        Fixture::new("docx-dde-in-header", "invoice.docx", part("word/header1.xml", "header", "hdr", simple)),
        Fixture::new(
            "docx-dde-in-footnote",
            "invoice.docx",
            part("word/footnotes.xml", "footnotes", "footnotes", &set),
        ),
        Fixture::new(
            "docx-dde-link",
            "table.docx",
            docx(&field("<DDEAUTO Excel.Sheet.8 \"C:\\\\data\\\\book.xls\" \"Sheet1!R1C1:R2C2\" \\r|1>")),
        ),
        Fixture::new(
            "docx-field-remote",
            "chapter.docx",
            docx(&field("<INCLUDETEXT \"https://texts.invalid/chapter.docx\"|text>")),
        ),
        Fixture::new(
            "docx-field-picture",
            "news.docx",
            docx(&field("<INCLUDEPICTURE \"https://www.example/logo.png\" \\* MERGEFORMATINET|logo>")),
        )
        .honest(),
        Fixture::new("docx-honest-fields", "letter.docx", docx(&letter)).honest(),
        Fixture::new(
            "doc-dde",
            "invoice.doc",
            Doc {
                pieces: vec![
                    "Invoice \r\u{13} DDE",
                    "AUTO \u{13} QUOTE 99 109 100 \u{14}x\u{15} “/c ",
                    "echo a\" \u{14}Error!\u{15}\r",
                ],
                ..Doc::default()
            }
            .build()
            .build(),
        ),
        Fixture::new(
            "doc-remote-template",
            "letter.doc",
            Doc { pieces: vec!["Dear all,\r"], template: "https://templates.invalid/t.dot", ..Doc::default() }
                .build()
                .build(),
        ),
        Fixture::new(
            "doc-honest-fields",
            "letter.doc",
            Doc {
                pieces: vec![
                    "議事録\r",
                    "\u{13} PAGE \u{14}1\u{15} \u{13} HYPERLINK \"https://www.example/\" \u{14}www\u{15}\r",
                ],
                template: "C:\\Program Files\\Microsoft Office\\Templates\\Letter.dot",
                ..Doc::default()
            }
            .build()
            .build(),
        )
        .honest(),
        Fixture::new(
            "doc-dde-in-properties",
            "invoice.doc",
            Doc {
                pieces: vec!["\u{13} DDE \u{13} COMMENTS \u{15} \u{13} DOCPROPERTY rest \u{15} \u{14}x\u{15}\r"],
                ..Doc::default()
            }
            .build()
            .stream("\u{5}SummaryInformation", property_stream(&[(6, "cmd")], &[]))
            .stream("\u{5}DocumentSummaryInformation", property_stream(&[], &[("rest", "/c echo a")]))
            .build(),
        ),
        Fixture::new(
            "doc-damaged-text",
            "letter.doc",
            Doc { pieces: vec!["Dear all,\r"], without_pieces: true, ..Doc::default() }.build().build(),
        ),
        Fixture::new(
            "doc-variables",
            "report.doc",
            add_project(
                Doc { pieces: vec!["Report\r"], variables: vec![("c", "cmd /c echo a")], ..Doc::default() }.build(),
                "Macros/",
                1252,
                &[Module::document(
                    "ThisDocument",
                    "Sub Document_Open()\nShell ThisDocument.Variables(\"c\")\nEnd Sub\n",
                )],
            )
            .build(),
        ),
    ]
}

fn lures() -> Vec<Fixture> {
    let docx = |text: &str| word(&paragraphs(text)).build();
    let picture = Package::word(true)
        .part("word/media/image1.png", "image/png", PNG)
        .macros(&vba_project(&[Module::standard("Module1", "Sub Total()\nEnd Sub\n")]));
    vec![
        Fixture::new("docx-lure-en", "invoice.docx", docx(PROTECTED)),
        Fixture::new("docx-lure-ja", "請求書.docx", docx(PROTECTED_JA)),
        Fixture::new("docx-lure-de", "rechnung.docx", docx(PROTECTED_DE)),
        Fixture::new("xlsm-lure", "invoice.xlsm", excel(true, PROTECTED).build()),
        Fixture::new("xlsm-lured", "invoice.xlsm", starting(PROTECTED)),
        Fixture::new("xlsm-cover-sheet", "keihi.xlsm", starting(COVER_JA)),
        Fixture::new("xlsm-unblock", "keihi.xlsm", starting(UNBLOCK_JA)),
        Fixture::new("xlsx-lure-copy", "invoice.xlsx", excel(false, TEMPLATES).build()),
        Fixture::new("ppt-lure", "slides.ppt", slides(&PROTECTED.replace("&quot;", "\""))),
        Fixture::new("docx-lure-paste", "form.docx", docx(CAPTCHA)),
        Fixture::new("docm-picture-only", "card.docm", picture.build()).honest(),
        Fixture::new("docx-honest-manual", "manual.docx", docx(MANUAL)).honest(),
        Fixture::new("xlsm-honest-request", "sums.xlsm", excel(true, "マクロを有効にしてください。\n合計").build())
            .honest(),
    ]
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    fields().into_iter().chain(lures()).collect()
}
