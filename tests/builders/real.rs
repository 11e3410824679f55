//! Files made by real programs: `tests/real`, with the commands that made them in `tests/real/make`.

use super::Fixture;

/// LibreOffice's password, and that of the archives and of msoffcrypto-tool.
const PASSWORDS: &[&str] = &["correct horse", "paper lantern"];

macro_rules! real {
    ($id:literal, $file:literal) => {
        Fixture::new(concat!("real-", $id), $file, include_bytes!(concat!("../real/", $file)).to_vec())
    };
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    [honest(), macros(), programs(), locked(), rare()].into_iter().flatten().collect()
}

fn honest() -> Vec<Fixture> {
    let fixtures = vec![
        real!("letter-doc", "letter.doc"),
        real!("letter-docx", "letter.docx"),
        real!("letter-link-docx", "letter-link.docx"),
        real!("letter-table-inside-doc", "letter-table-inside.doc"),
        real!("letter-table-inside-docx", "letter-table-inside.docx"),
        real!("letter-odt", "letter.odt"),
        real!("table-ods", "table.ods"),
        real!("slides-odp", "slides.odp"),
        real!("table-xls", "table.xls"),
        real!("table-xlsx", "table.xlsx"),
        real!("slides-ppt", "slides.ppt"),
        real!("slides-pptx", "slides.pptx"),
        real!("letter-2003-xml", "letter-2003.xml"),
        real!("macro-odt", "macro.odt"),
        real!("macro-docm", "macro.docm"),
        real!("macro-xls", "macro.xls"),
        real!("macro-xlsm", "macro.xlsm"),
        real!("infozip-stored", "infozip-stored.zip"),
        real!("infozip-deflated", "infozip-deflated.zip"),
        real!("infozip-japanese", "infozip-japanese.zip"),
        real!("infozip-nested", "infozip-nested.zip"),
        real!("infozip-streamed", "infozip-streamed.zip"),
        real!("infozip-zip64", "infozip-zip64.zip"),
        real!("7zip-deflated", "7zip-deflated.zip"),
        real!("7zip-japanese", "7zip-japanese.zip"),
        real!("python-comment", "python-comment.zip"),
        real!("python-empty", "python-empty.zip"),
        real!("python-japanese-cp932", "python-japanese-cp932.zip"),
        real!("python-japanese-utf8", "python-japanese-utf8.zip"),
        real!("python-macos", "python-macos.zip"),
    ];
    fixtures.into_iter().map(Fixture::honest).collect()
}

fn macros() -> Vec<Fixture> {
    vec![
        real!("macro-auto-run-fodt", "macro-auto-run.fodt"),
        real!("macro-auto-run-odt", "macro-auto-run.odt"),
        real!("macro-auto-run-docm", "macro-auto-run.docm"),
        real!("macro-auto-run-xls", "macro-auto-run.xls"),
        real!("macro-auto-run-xlsm", "macro-auto-run.xlsm"),
    ]
}

fn programs() -> Vec<Fixture> {
    vec![
        real!("infozip-program", "infozip-program.zip"),
        real!("infozip-zipcrypto-program", "infozip-zipcrypto-program.zip"),
        real!("7zip-aes256-program", "7zip-aes256-program.zip"),
        real!("7zip-aes256-program-opened", "7zip-aes256-program.zip").passwords(PASSWORDS),
    ]
}

/// Each as it comes, and with its password.
fn locked() -> Vec<Fixture> {
    vec![
        real!("infozip-zipcrypto", "infozip-zipcrypto.zip"),
        real!("infozip-zipcrypto-opened", "infozip-zipcrypto.zip").passwords(PASSWORDS),
        real!("infozip-zipcrypto-streamed-opened", "infozip-zipcrypto-streamed.zip").passwords(PASSWORDS),
        real!("infozip-zipcrypto-infected", "infozip-zipcrypto-infected.zip"),
        real!("7zip-zipcrypto", "7zip-zipcrypto.zip"),
        real!("7zip-zipcrypto-opened", "7zip-zipcrypto.zip").passwords(PASSWORDS),
        real!("7zip-aes256", "7zip-aes256.zip"),
        real!("7zip-aes256-opened", "7zip-aes256.zip").passwords(PASSWORDS),
        real!("7zip-locked-7z", "7zip-locked.7z"),
        real!("py7zr-names-locked-7z", "py7zr-names-locked.7z"),
        real!("py7zr-names-locked-7z-opened", "py7zr-names-locked.7z").passwords(PASSWORDS),
        real!("letter-password-doc", "letter-password.doc"),
        real!("letter-password-doc-opened", "letter-password.doc").passwords(PASSWORDS),
        real!("letter-password-docx", "letter-password.docx"),
        real!("letter-password-docx-opened", "letter-password.docx").passwords(PASSWORDS),
        real!("letter-agile-docx", "letter-agile.docx"),
        real!("letter-agile-docx-opened", "letter-agile.docx").passwords(PASSWORDS),
        real!("letter-password-odt", "letter-password.odt"),
        real!("letter-password-odt-opened", "letter-password.odt").passwords(PASSWORDS),
        real!("table-password-xls", "table-password.xls"),
        real!("table-password-xls-opened", "table-password.xls").passwords(PASSWORDS),
        real!("table-password-xlsx", "table-password.xlsx"),
        real!("table-password-xlsx-opened", "table-password.xlsx").passwords(PASSWORDS),
        real!("table-velvetsweatshop-xls", "table-velvetsweatshop.xls"),
        real!("table-velvetsweatshop-xlsx", "table-velvetsweatshop.xlsx"),
    ]
}

/// What is recognised but not read, or only in part.
fn rare() -> Vec<Fixture> {
    vec![
        real!("letter-rtf", "letter.rtf"),
        real!("7zip-bzip2", "7zip-bzip2.zip"),
        real!("7zip-deflate64", "7zip-deflate64.zip"),
        real!("7zip-lzma", "7zip-lzma.zip"),
        real!("7zip-ppmd", "7zip-ppmd.zip"),
        real!("7zip-7z", "7zip.7z"),
        real!("infozip-split-last", "infozip-split-last.zip"),
        real!("tar", "tar.tar"),
        real!("tar-gz", "tar.tar.gz"),
        real!("gzip", "gzip.txt.gz"),
        real!("installer-msi", "installer.msi"),
        real!("wim-xpress", "wim-xpress.wim"),
        real!("wim-lzx", "wim-lzx.wim"),
    ]
}
