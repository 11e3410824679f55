//! A writer of TAR archives (\[POSIX\] pax Interchange Format).

use super::{Fixture, ooxml};

/// One header with its body, filled up to whole blocks.
pub(crate) fn entry(name: &str, kind: u8, link: &str, body: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, "0000644\0");
    put(124, &format!("{:011o}\0", body.len()));
    put(148, "        ");
    put(156, &char::from(kind).to_string());
    put(157, link);
    put(257, "ustar\0");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.extend(body);
    header.resize(header.len().next_multiple_of(512), 0);
    header
}

/// What names the next entry, however long and in whatever script (POSIX `path`).
fn named(path: &str) -> Vec<u8> {
    let mut len = path.len() + " path=\n".len();
    len += (len + 2).to_string().len();
    entry("PaxHeaders/0", b'x', "", format!("{len} path={path}\n").as_bytes())
}

pub(crate) fn archive(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), vec![0; 1024]].concat()
}

/// A programmer's project, and what else is in its archive.
fn source_code(more: &[&str]) -> Vec<u8> {
    let mut entries =
        vec![entry("app-1.0/package.json", b'0', "", b"{}"), entry("app-1.0/gradlew.bat", b'0', "", b"@rem")];
    entries.extend((0..9).map(|n| entry(&format!("app-1.0/src/{n}.js"), b'0', "", b"export const a = 1;\n")));
    entries.extend(more.iter().map(|name| entry(name, b'0', "", b"export const a = 1;\n")));
    archive(&entries)
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let document = ooxml::acting_workbook();
    let cut = archive(&[entry("readme.txt", b'0', "", b"hello"), entry("scan.xlsm", b'0', "", &document)]);
    vec![
        Fixture::new("tar-source-code", "app-1.0.tar", source_code(&[])),
        Fixture::new("tar-source-code-program", "app-1.0.tar", source_code(&["app-1.0/notes.pdf.js", "readme.js"])),
        Fixture::new(
            "tar-document",
            "docs.tar",
            archive(&[
                entry("docs/", b'5', "", b""),
                entry("docs/readme.txt", b'0', "", b"hello"),
                named("docs/請求書.xlsm"),
                entry("docs/x", b'0', "", &document),
            ]),
        ),
        Fixture::new(
            "tar-through-link",
            "backup.tar",
            archive(&[entry("out", b'2', "../../Startup", b""), entry("out/readme.txt", b'0', "", b"hello")]),
        ),
        Fixture::new("tar-cut", "docs.tar", cut[..cut.len() - 3000].to_vec()),
        Fixture::new(
            "tar-honest-links",
            "source.tar",
            archive(&[
                entry("bin/sh", b'2', "/bin/busybox", b""),
                entry("lib/a", b'2', "../share/a", b""),
                entry("share/a", b'0', "", b"text"),
            ]),
        )
        .honest(),
    ]
}
