//! Archives that show one thing and do another, and the honest ones that look alike.

use super::zip::{self, Entry};
use super::{Fixture, ooxml, tar, xls};

/// The kind of a symbolic link, as Unix programs write it.
const LINK: u16 = 0o120_777;

/// The smallest picture a browser shows.
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\xFF\xFF\xFF\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

const TEXT: &[u8] = b"Thank you for your order. It will be sent on Friday.\r\n";

/// What a 7z begins with.
const SEVENZ: &[u8] = b"7z\xBC\xAF\x27\x1C\0\x04";

/// A header of cpio in the portable form, with its file (\[POSIX\] pax, cpio interchange format).
fn cpio(name: &str, mode: u32, body: &[u8]) -> Vec<u8> {
    let head = format!("070707{0:06o}{0:06o}{mode:06o}{0:06o}{0:06o}{1:06o}{0:06o}{0:011o}", 0, 1);
    let sizes = format!("{:06o}{:011o}", name.len() + 1, body.len());
    [head.as_bytes(), sizes.as_bytes(), name.as_bytes(), b"\0", body].concat()
}

fn cpio_archive(files: &[Vec<u8>]) -> Vec<u8> {
    [files.concat(), cpio("TRAILER!!!", 0, b"")].concat()
}

/// One file as `arj -m1` packs it: a sentence, twenty times.
fn arj_packed() -> Vec<u8> {
    const PACKED: &[u8] = b"\x00\x2A\x4B\x6E\x69\xBF\xF4\x06\x57\x5E\x01\xFC\x01\x56\x02\x30\xC3\x8C\x4B\x92\xDA\x1C\
        \x88\x2C\xF1\x4E\x1C\x00\x08\x3E\xEE\x90\x21\x37\x10\x5A\x28\x51\xED\x58\xB5\x87\xCD\x61\x12\xE0\xB9\x89\
        \xF0\x65\x79\x5E\x57\xFD\x60";
    let text = "Just a text that says the same thing again. ".repeat(20);
    let header = |kind: u8, method: u8, packed: &[u8], text: &[u8], name: &str| {
        let mut body = vec![30, 11, 1, 0, 0, method, kind, 0, 0, 0, 0, 0];
        body.extend((packed.len() as u32).to_le_bytes());
        body.extend((text.len() as u32).to_le_bytes());
        body.extend(zip::crc32(text).to_le_bytes());
        body.extend([0; 6]);
        body.extend(name.as_bytes());
        body.extend([0, 0]);
        let start = [&[0x60, 0xEA][..], &(body.len() as u16).to_le_bytes()].concat();
        [start, body.clone(), zip::crc32(&body).to_le_bytes().to_vec(), vec![0, 0], packed.to_vec()].concat()
    };
    let files = [header(2, 0, b"", b"", "docs.arj"), header(0, 1, PACKED, text.as_bytes(), "again.txt")];
    [&files.concat()[..], &[0x60, 0xEA, 0, 0]].concat()
}

/// A document whose last sectors hold `bytes`: those of its stream `Package`, or of none, whatever the FAT says.
fn ends_with(bytes: &[u8], is_stream: bool) -> Vec<u8> {
    let size = bytes.len().next_multiple_of(512);
    let mut file = xls::document(0).stream("Object/Package", vec![0; bytes.len()]).build();
    let first = file.len() / 512 - 1;
    let fat = (u32::from_le_bytes(file[76..80].try_into().unwrap()) as usize + 1) * 512;
    for sector in first..first + size / 512 {
        let next = if sector + 1 == first + size / 512 { 0xFFFF_FFFE } else { sector as u32 + 1 };
        file[fat + sector * 4..][..4].copy_from_slice(&next.to_le_bytes());
    }
    let name: Vec<u8> = "Package".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let entry = file.windows(name.len()).position(|window| window == name).unwrap();
    if is_stream {
        file[entry + 116..][..4].copy_from_slice(&(first as u32).to_le_bytes());
    }
    // The end of the archive stands at the end of the file.
    file.extend(bytes);
    file
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let document = ooxml::acting_workbook();
    let deflated = zip::deflate(&document);
    let zipped = zip::zip(&[Entry::deflated("book.xlsm", &document)]);
    let large = zip::zip(&[Entry::stored("minutes.txt", &TEXT.repeat(90))]);
    let letter = tar::archive(&[tar::entry("readme.txt", b'0', "", TEXT)]);
    vec![
        // A book may hold no workbook; who unpacks it finds it.
        Fixture::new(
            "epub-and-workbook",
            "book.zip",
            zip::zip(&[Entry::stored("mimetype", b"application/epub+zip"), Entry::deflated("book.xlsm", &document)]),
        ),
        // A document that opens, and an archive behind its streams.
        Fixture::new("doc-and-zip", "letter.doc", [xls::document(0).build(), zipped.clone()].concat()),
        Fixture::new("doc-and-zip-in-sectors", "letter.doc", ends_with(&large, false)),
        Fixture::new("doc-and-7z", "letter.doc", [xls::document(0).build(), vec![0; 600], SEVENZ.to_vec()].concat()),
        Fixture::new("doc-package-at-the-end", "letter.doc", ends_with(&large, true)).honest(),
        // A picture that shows, and an archive that 7-Zip finds.
        Fixture::new("gif-and-zip", "photo.gif", [GIF, &zipped].concat()),
        Fixture::new(
            "zip-of-gif-and-zip",
            "photos.zip",
            zip::zip(&[Entry::stored("photo.gif", &[GIF, &zipped].concat())]),
        ),
        Fixture::new("gif-honest", "photo.gif", [GIF, b"PK\x03\x04 and PK\x05\x06 are no archive"].concat()).honest(),
        Fixture::new("arj-packed", "docs.arj", arj_packed()),
        Fixture::new("tar-and-zip", "docs.tar", [&letter[..], &zipped].concat()),
        Fixture::new(
            "zip-through-link",
            "backup.zip",
            zip::zip(&[Entry::stored("out", b"../../Startup").unix(LINK), Entry::deflated("OUT/readme.txt", TEXT)]),
        ),
        Fixture::new(
            "zip-link-script",
            "backup.zip",
            // Explorer knows no links: it writes a script.
            zip::zip(&[Entry::stored("run.js", b"WScript.Echo(1)").unix(LINK)]),
        ),
        Fixture::new(
            "zip-honest-links",
            "source.zip",
            zip::zip(&[
                Entry::deflated("lib/readme.txt", TEXT),
                Entry::stored("lib/latest", b"readme.txt").unix(LINK),
                Entry::stored("etc", b"/etc").unix(LINK),
            ]),
        )
        .honest(),
        Fixture::new(
            "zip-stored-lie-same-size",
            "docs.zip",
            zip::zip(&[Entry::stored("book.xlsm", &deflated).packed(
                zip::STORED,
                deflated.len() as u32,
                zip::crc32(&document),
            )]),
        ),
        Fixture::new(
            "cpio-honest",
            "docs.cpio",
            cpio_archive(&[cpio(".", 0o040_755, b""), cpio("./readme.txt", 0o100_644, TEXT)]),
        )
        .honest(),
        Fixture::new(
            "cpio-and-zip",
            "docs.cpio",
            [cpio_archive(&[cpio("readme.txt", 0o100_644, TEXT)]), zipped].concat(),
        ),
        Fixture::new(
            "source-honest",
            "source.zip",
            zip::zip(&[
                Entry::deflated("src/pages.rs", b"fn is_app(p: &str) -> bool { p.contains(\"<hta:application\") }\n"),
                Entry::deflated("src/remote.rs", b"const KEY: &str = \"full address:s:\";\n"),
                Entry::deflated("doc/queries.txt", b"The type of such a page is text/x-ms-odc.\r\n"),
            ]),
        )
        .honest(),
    ]
}
