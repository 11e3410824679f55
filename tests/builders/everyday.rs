//! What offices and programs leave in honest files: parts and companions that nobody thinks of.

use super::Fixture;
use super::cfb::Cfb;
use super::ooxml::{PNG, Package, SUMS};
use super::vba::{Module, vba_project};

pub(crate) fn fixtures() -> Vec<Fixture> {
    let clear = "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nContact: mailto:desk@company.example\r\n\
                 -----BEGIN PGP SIGNATURE-----\r\n\r\niQEz\r\n-----END PGP SIGNATURE-----\r\n";
    let sheet = vba_project(&[Module::document("Workbook", ""), Module::standard("Module1", SUMS)]);
    let picture = "application/vnd.ms-photo";
    let leftovers = Package::excel(false)
        .part("[trash]/0000.dat", "application/octet-stream", &[&[0xFF; 4][..], &[0; 180]].concat())
        .part("xl/media/hdphoto1.wdp", picture, b"II\xBC\x01\x08\0\0\0\x0B\0\x01\xBC\x01\0\x10\0")
        .part("customUI/customUI14.xml", "application/xml", b"\n");
    let diagram = "application/vnd.ms-office.legacyDiagramText";
    let slides = Package::powerpoint(false)
        .part("ppt/drawings/legacyDiagramText1.bin", diagram, b"\x0F\0\x22\x10\xA4\0\0\0")
        .part(
            "ppt/legacyDocTextInfo.bin",
            "application/vnd.ms-office.legacyDocTextInfo",
            b"\x0F\0\x23\x10\x1C\x01\0\0",
        );
    let thumbnails = Cfb::new().stream("256_1914d03cb5d53462", PNG).stream("96_7029d76acbc627b9", PNG);
    // What does not hold what it should is looked at.
    let trash = Package::excel(false).part("[trash]/0000.dat", "application/octet-stream", b"MZ\x90\0rest");
    vec![
        Fixture::new("honest-owner-file", "~$予算.xlsx", owner_file("Taro Yamada")).honest(),
        Fixture::new("honest-signed-text", "security.txt", clear.into()).honest(),
        Fixture::new("honest-module-called-workbook", "sums.xlsm", Package::excel(true).macros(&sheet).build())
            .honest(),
        Fixture::new("honest-leftovers", "book.xlsx", leftovers.build()).honest(),
        Fixture::new("honest-legacy-diagrams", "slides.pptx", slides.build()).honest(),
        Fixture::new("honest-thumbs-db", "Thumbs.db", thumbnails.build()).honest(),
        Fixture::new("xlsx-program-in-trash", "book.xlsx", trash.build()),
    ]
}

/// What Excel keeps beside a workbook that somebody has open.
fn owner_file(name: &str) -> Vec<u8> {
    let mut bytes = vec![name.len() as u8];
    bytes.extend_from_slice(name.as_bytes());
    bytes.resize(55, b' ');
    bytes.extend_from_slice(&(name.len() as u16).to_le_bytes());
    bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
    while bytes.len() < 165 {
        bytes.extend_from_slice(b" \0");
    }
    bytes.truncate(165);
    bytes
}
