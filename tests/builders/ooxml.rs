//! A writer of Office Open XML packages: the tables, and parts that say what they must ([ECMA-376] part 2).

use super::Fixture;
use super::vba::{Module, vba_project};
use super::zip::{Entry, zip};

const RELATIONSHIPS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

/// A package under construction.
pub(crate) struct Package {
    types: String,
    parts: Vec<(String, Vec<u8>)>,
    main: &'static str,
    relationships: String,
}

impl Package {
    pub(crate) fn new(main: &'static str, content_type: &str, body: &str) -> Self {
        let types = format!(
            "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
             <Override PartName=\"/{main}\" ContentType=\"{content_type}\"/>"
        );
        Self {
            types,
            parts: vec![(main.into(), format!("{HEAD}{body}").into_bytes())],
            main,
            relationships: String::new(),
        }
    }

    pub(crate) fn word(macros: bool) -> Self {
        let kind = if macros {
            "application/vnd.ms-word.document.macroEnabled.main+xml"
        } else {
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
        };
        Self::new(
            "word/document.xml",
            kind,
            "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body><w:p><w:r><w:t>議事録</w:t></w:r></w:p></w:body></w:document>",
        )
    }

    pub(crate) fn excel(macros: bool) -> Self {
        let kind = if macros {
            "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
        } else {
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
        };
        Self::workbook(kind, "")
    }

    pub(crate) fn workbook(kind: &str, inside: &str) -> Self {
        Self::new(
            "xl/workbook.xml",
            kind,
            &format!(
                "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"{RELATIONSHIPS}\">{inside}</workbook>"
            ),
        )
    }

    /// A workbook whose main part is records ([MS-XLSB]).
    pub(crate) fn binary_workbook(body: &[u8]) -> Self {
        let mut package = Self::new("xl/workbook.bin", "application/vnd.ms-excel.sheet.binary.macroEnabled.main", "");
        package.parts = vec![("xl/workbook.bin".into(), body.into())];
        package
    }

    pub(crate) fn powerpoint(macros: bool) -> Self {
        let kind = if macros {
            "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"
        } else {
            "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
        };
        Self::new(
            "ppt/presentation.xml",
            kind,
            "<p:presentation xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"/>",
        )
    }

    pub(crate) fn part(mut self, name: &str, content_type: &str, bytes: &[u8]) -> Self {
        self.types.push_str(&format!("<Override PartName=\"/{name}\" ContentType=\"{content_type}\"/>"));
        self.parts.push((name.into(), bytes.into()));
        self
    }

    /// A relationship of the main part.
    pub(crate) fn related(mut self, kind: &str, target: &str, external: bool) -> Self {
        let id = self.relationships.matches("<Relationship ").count() + 1;
        let mode = if external { " TargetMode=\"External\"" } else { "" };
        self.relationships
            .push_str(&format!("<Relationship Id=\"rId{id}\" Type=\"{kind}\" Target=\"{target}\"{mode}/>"));
        self
    }

    pub(crate) fn external(self, kind: &str, target: &str) -> Self {
        self.related(&format!("{RELATIONSHIPS}/{kind}"), target, true)
    }

    /// A macro project under any name.
    pub(crate) fn macros_at(self, name: &str, project: &[u8]) -> Self {
        let target = format!("/{name}");
        self.part(name, "application/vnd.ms-office.vbaProject", project).related(
            "http://schemas.microsoft.com/office/2006/relationships/vbaProject",
            &target,
            false,
        )
    }

    pub(crate) fn macros(self, project: &[u8]) -> Self {
        let folder = self.main.split('/').next().unwrap();
        self.macros_at(&format!("{folder}/vbaProject.bin"), project)
    }

    /// The relationship to a macro project that is kept elsewhere.
    pub(crate) fn related_macros(self) -> Self {
        let kind = "http://schemas.microsoft.com/office/2006/relationships/vbaProject";
        self.related(kind, "vbaProject.bin", false)
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.texts().iter().map(|(name, bytes)| Entry::deflated(name, bytes)).collect()
    }

    /// Name and content of every part, tables first.
    pub(crate) fn texts(&self) -> Vec<(String, Vec<u8>)> {
        let wrap = |tag: &str, uri: &str, inside: &str| {
            format!("{HEAD}<{tag} xmlns=\"http://schemas.openxmlformats.org/package/2006/{uri}\">{inside}</{tag}>")
        };
        let root =
            format!("<Relationship Id=\"rId1\" Type=\"{RELATIONSHIPS}/officeDocument\" Target=\"{}\"/>", self.main);
        let (folder, file) = self.main.split_once('/').unwrap();
        let mut parts = vec![
            ("[Content_Types].xml".to_owned(), wrap("Types", "content-types", &self.types).into_bytes()),
            ("_rels/.rels".to_owned(), wrap("Relationships", "relationships", &root).into_bytes()),
        ];
        parts.extend(self.parts.iter().cloned());
        if !self.relationships.is_empty() {
            let relationships = wrap("Relationships", "relationships", &self.relationships);
            parts.push((format!("{folder}/_rels/{file}.rels"), relationships.into_bytes()));
        }
        parts
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        zip(&self.entries())
    }
}

/// A workbook with an Excel 4.0 macro sheet.
fn macro_sheet(names: &str, state: &str) -> Vec<u8> {
    let inside = format!(
        "<sheets><sheet name=\"Macro1\" sheetId=\"1\" state=\"{state}\" r:id=\"rId1\"/></sheets><definedNames>{names}</definedNames>"
    );
    Package::workbook("application/vnd.ms-excel.sheet.macroEnabled.main+xml", &inside)
        .related("http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet", "macrosheets/sheet1.xml", false)
        .part("xl/macrosheets/sheet1.xml", "application/vnd.ms-excel.macrosheet+xml", b"<xm:macrosheet/>")
        .build()
}

pub(crate) const PNG: &[u8] =
    b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1F\x15\xC4\x89\0\0\0\0IEND\xAEB\x60\x82";

/// Starts a program when the workbook opens; what it starts prints a line.
const RUNS: &str = "Private Sub Workbook_Open()\r\n    Fetch\r\nEnd Sub\r\n\r\nSub Fetch()\r\n    \
    CreateObject(\"WScript.Shell\").Run \"cmd.exe /c echo https://updates.invalid/a\", 0\r\nEnd Sub\r\n";

/// Puts a date into a cell when the document opens, as forms do.
const FILLS_IN: &str = "Private Sub Document_Open()\r\n    ' Shell, URLDownloadToFile and PowerShell are only words here.\r\n    \
    ThisDocument.Content.InsertAfter Format(Date, \"yyyy/mm/dd\")\r\nEnd Sub\r\n";

/// Sums two cells when somebody presses a button.
pub(crate) const SUMS: &str =
    "Sub 合計()\r\n    Range(\"C1\").Value = Range(\"A1\").Value + Range(\"B1\").Value\r\nEnd Sub\r\n";

fn macro_fixtures() -> Vec<Fixture> {
    let runs = vba_project(&[Module::document("ThisWorkbook", RUNS), Module::document("Sheet1", "")]);
    let fills_in = vba_project(&[Module::document("ThisDocument", FILLS_IN)]);
    let help = vba_project(&[Module::standard(
        "Help",
        "Sub Help()\nPages.Show \"https://www.example/help?topic=\", ActiveCell.Value\nEnd Sub\n",
    )]);
    let sums = vba_project(&[Module::standard("Module1", SUMS)]);
    // Office asks the tables, not the path, where the macros are.
    let elsewhere = Package::excel(true).macros_at("xl/media/theme.xml", &runs).build();
    let workbook = || Package::excel(true).macros(&runs);
    let extra_part =
        workbook().part("xl/junk.bin", "application/octet-stream", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1junk").build();
    vec![
        Fixture::new("xlsm-auto-run-acts", "請求書.xlsm", workbook().build()),
        Fixture::new("xlsm-macros-elsewhere", "book.xlsm", elsewhere),
        Fixture::new("xlsm-junk-part", "book.xlsm", extra_part),
        Fixture::new(
            "xlsm-in-locked-zip",
            "invoice.zip",
            zip(&[Entry::deflated("請求書.xlsm", &workbook().build()).zip_crypto(b"2025")]),
        )
        .passwords(&["2025"]),
        Fixture::new("docm-auto-run", "report.docm", Package::word(true).macros(&fills_in).build()),
        Fixture::new("xlsm-addresses", "help.xlsm", Package::excel(true).macros(&help).build()).honest(),
        Fixture::new("xlsm-button", "sums.xlsm", Package::excel(true).macros(&sums).build()).honest(),
        Fixture::new(
            "xlam-add-in",
            "tools.xlam",
            Package::workbook("application/vnd.ms-excel.addin.macroEnabled.main+xml", "").macros(&sums).build(),
        ),
        Fixture::new(
            "docm-signed",
            "sums.docm",
            Package::word(true)
                .macros(&sums)
                .part("word/vbaProjectSignature.bin", "application/vnd.ms-office.vbaProjectSignature", &[0x30; 64])
                .part("word/model3d1.glb", "model/gltf.binary", b"glTF\x02\0\0\0\x14\0\0\0\0\0\0\0JSON")
                .build(),
        )
        .honest(),
        Fixture::new(
            "xlsm-control",
            "sums.xlsm",
            Package::excel(true)
                .macros(&sums)
                .part("xl/activeX/activeX1.xml", "application/vnd.ms-office.activeX+xml", CONTROL)
                .part("xl/activeX/activeX1.bin", "application/vnd.ms-office.activeX", &CONTROL_DATA)
                .build(),
        )
        .honest(),
        Fixture::new("pptm-button", "sums.pptm", Package::powerpoint(true).macros(&sums).build()).honest(),
    ]
}

/// A button of Office's own forms (Forms.CommandButton.1), as Excel writes it.
const CONTROL: &[u8] = br#"<ax:ocx ax:classid="{D7053240-CE69-11CD-A777-00DD01143C57}" ax:persistence="persistStreamInit" r:id="rId1" xmlns:ax="http://schemas.microsoft.com/office/2006/activeX" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>"#;

/// Its class and the first fields of its CommandButtonControl ([MS-OFORMS] 2.2.1).
const CONTROL_DATA: [u8; 24] = [
    0x40, 0x32, 0x05, 0xD7, 0x69, 0xCE, 0xCD, 0x11, 0xA7, 0x77, 0x00, 0xDD, 0x01, 0x14, 0x3C, 0x57, 0x00, 0x02, 0x04,
    0x00, 0x00, 0x00, 0x00, 0x00,
];

/// A workbook that fetches and starts a program when it is opened: what archives hide.
pub(crate) fn acting_workbook() -> Vec<u8> {
    Package::excel(true).macros(&vba_project(&[Module::document("ThisWorkbook", RUNS)])).build()
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let template = |target: &str| Package::word(false).external("attachedTemplate", target).build();
    let damaged = {
        let mut bytes = Package::word(false).part("word/media/image1.png", "image/png", PNG).build();
        bytes.truncate(bytes.len() / 2);
        bytes
    };
    let junk_before = [b"junk that Word skips ".as_slice(), &Package::word(false).build()].concat();
    let broken_types = {
        let mut entries = Package::word(false).entries();
        entries[0] = Entry::deflated("[Content_Types].xml", b"<Types><Default Extension='xml'");
        zip(&entries)
    };
    let mut fixtures = vec![
        Fixture::new(
            "docx-honest",
            "minutes.docx",
            Package::word(false)
                .part("word/media/image1.png", "image/png", PNG)
                .external("hyperlink", "https://www.example/")
                .build(),
        )
        .honest(),
        Fixture::new(
            "xlsx-honest",
            "book.xlsx",
            Package::excel(false)
                .part(
                    "xl/printerSettings/printerSettings1.bin",
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings",
                    &[7; 90],
                )
                .build(),
        )
        .honest(),
        Fixture::new("pptx-honest", "slides.pptx", Package::powerpoint(false).build()).honest(),
        Fixture::new("docx-local-template", "letter.docx", template("file:///C:\\Users\\a\\Templates\\Normal.dotm"))
            .honest(),
        Fixture::new("docx-remote-template", "letter.docx", template("https://templates.invalid/t.dotm")),
        Fixture::new(
            "xlsx-file-server-link",
            "book.xlsx",
            Package::excel(false)
                .external("externalLinkPath", "file:///\\\\server.example\\share\\prices.xlsx")
                .build(),
        ),
        Fixture::new("docx-damaged", "minutes.docx", damaged),
        Fixture::new("docx-broken-types", "minutes.docx", broken_types),
        Fixture::new("docx-junk-before", "minutes.docx", junk_before),
        Fixture::new(
            "docx-program-inside",
            "minutes.docx",
            Package::word(false)
                .part("word/media/image1.png", "image/png", b"MZ\x90\0 an inert stub, not a program\0\0\0\0\0\0")
                .build(),
        ),
        Fixture::new("xlsm-macro-sheet", "book.xlsm", macro_sheet("", "visible")),
        Fixture::new(
            "xlsm-macro-sheet-auto",
            "book.xlsm",
            macro_sheet("<definedName name=\"_xlnm.Auto_Open\" hidden=\"1\">Macro1!$A$1</definedName>", "veryHidden"),
        ),
    ];
    fixtures.extend(macro_fixtures());
    fixtures
}
