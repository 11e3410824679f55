//! Deliveries that need a hand: codes to scan, documents that are one link, files on a page of a notebook, names that a
//! shell runs, libraries that a macro puts down and loads; and the honest files beside them. All inert.

use super::Fixture;
use super::ooxml::{PNG, Package};
use super::types::{EXECUTABLE, program};
use super::vba::{Module, vba_project};
use super::zip::{Entry, zip};

const WORD: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";

fn letter(text: &str) -> Package {
    let paragraph = |line: &str| format!("<w:p><w:r><w:t xml:space=\"preserve\">{line}</w:t></w:r></w:p>");
    let body: String = text.lines().map(paragraph).collect();
    let kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
    Package::new("word/document.xml", kind, &format!("<w:document {WORD}><w:body>{body}</w:body></w:document>"))
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A section of OneNote as far as it is read: the stored files ([MS-ONESTORE] 2.6.13), the list that says where they are
/// (2.5.22), and the objects that name them (2.5.27).
fn notebook(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = b"\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE\xB1\x53\x78\xD0\x29\x96\xD3".to_vec();
    bytes.resize(1024, 0);
    let mut places = Vec::new();
    for (_, content) in files {
        places.push(bytes.len() as u32);
        bytes.extend(b"\xE7\x16\xE3\xBD\x65\x26\x11\x45\xA4\xC4\x8D\x4D\x0B\x7A\x9E\xAC");
        bytes.extend((content.len() as u64).to_le_bytes());
        bytes.extend([0; 12]);
        bytes.extend(*content);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(b"\x22\xA7\xFB\x71\x79\x0F\x0B\x4A\xBB\x13\x89\x92\x56\x42\x6B\x24");
    }
    for ((number, (extension, content)), place) in (1_u8..).zip(files).zip(places) {
        // Two fields of four bytes: 1 for the place, 0 for the length.
        bytes.extend((0x94_u32 | 28 << 10 | 1 << 23 | 1 << 27 | 1 << 31).to_le_bytes());
        bytes.extend(place.to_le_bytes());
        bytes.extend((content.len() as u32).to_le_bytes());
        bytes.extend([number, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        let name = format!("<ifndf>{{040302{number:02X}-0605-0807-090A-0B0C0D0E0F10}}");
        for text in [name.as_str(), extension] {
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend(wide(text));
        }
    }
    bytes
}

fn workbook(open: &str, module: &str) -> Vec<u8> {
    let open = format!("Private Sub Workbook_Open()\n{open}End Sub\n");
    let project =
        [Module::document("ThisWorkbook", &open), Module::document("Sheet1", ""), Module::standard("Module1", module)];
    Package::excel(true).macros(&vba_project(&project)).build()
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let plain = "品名\t数量\r\n用紙\t3\r\n鉛筆\t-5\r\n";
    let ordinary = "先日はお忙しいところ、弊社までお越しいただき、ありがとうございました。\n\
                    お話しした資料は下のページにあります。ご不明な点は、いつでもお問い合わせください。";
    vec![
        Fixture::new(
            "docx-scan-code-login",
            "notice.docx",
            letter("Your multi-factor authentication expires today.\nScan the QR code to keep your account.")
                .part("word/media/image1.png", "image/png", PNG)
                .build(),
        ),
        Fixture::new(
            "docx-scan-code",
            "ご案内.docx",
            letter("懇親会のご案内\n下の QR コードを読み取ってお申し込みください。").build(),
        )
        .honest(),
        Fixture::new(
            "docx-link-only",
            "shared.docx",
            letter("You have a shared document.\nVIEW DOCUMENT")
                .external("hyperlink", "https://a.example/view")
                .build(),
        )
        .honest(),
        Fixture::new(
            "docx-honest-letter-with-link",
            "お礼.docx",
            letter(ordinary).external("hyperlink", "https://www.example/").build(),
        )
        .honest(),
        Fixture::new(
            "docx-link-to-program",
            "invoice.docx",
            letter(ordinary).external("hyperlink", "https://a.example/d/Invoice.exe?id=1").build(),
        )
        .honest(),
        Fixture::new("one-script", "invoice.one", notebook(&[(".hta", b"<html><script>var a</script></html>")])),
        Fixture::new("one-program", "invoice.one", notebook(&[(".png", PNG), (".png", &program(EXECUTABLE, b""))])),
        Fixture::new("one-document", "notes.one", notebook(&[(".png", PNG), (".txt", b"an ordinary note\r\n")])),
        Fixture::new(
            "name-shell-command",
            "files.zip",
            zip(&[Entry::stored("report.pdf`{echo,cmVtIGluZXJ0}|{base64,-d}|bash`", b"x")]),
        ),
        Fixture::new("text-named-xls", "export.xls", plain.into()).honest(),
        Fixture::new("text-named-doc", "memo.doc", b"An ordinary note.\r\n".to_vec()).honest(),
        Fixture::new(
            "xlsm-drops-library",
            "order.xlsm",
            workbook(
                "FileCopy ThisWorkbook.Path & \"\\x.dat\", \"C:\\ProgramData\\x.ocx\"\nGo\n",
                "Declare PtrSafe Function Go Lib \"C:\\ProgramData\\x.ocx\" () As Long\n",
            ),
        ),
        Fixture::new(
            "xlsm-vendor-library",
            "keihi.xlsm",
            workbook(
                "Application.RegisterXLL \"C:\\Program Files\\Vendor\\tool.xll\"\nStart\n",
                "Declare PtrSafe Function Start Lib \"C:\\Program Files\\Vendor\\api.dll\" () As Long\n",
            ),
        ),
    ]
}
