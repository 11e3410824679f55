//! One of every kind that acts when opened, and the honest file it could be taken for.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use super::Fixture;

/// A DOS header and a PE header that say what a loader wants to hear, with nothing behind them.
pub(crate) fn program(characteristics: u16, tail: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 0x98];
    bytes[..2].copy_from_slice(b"MZ"); // e_magic
    bytes[0x3C..0x40].copy_from_slice(&0x80_u32.to_le_bytes()); // e_lfanew
    bytes[0x80..0x84].copy_from_slice(b"PE\0\0"); // Signature
    bytes[0x96..0x98].copy_from_slice(&characteristics.to_le_bytes()); // Characteristics
    bytes.extend(tail);
    bytes
}

/// `IMAGE_FILE_EXECUTABLE_IMAGE`, `IMAGE_FILE_DLL`.
pub(crate) const EXECUTABLE: u16 = 0x0002;
const LIBRARY: u16 = 0x2002;

/// A `ShellLinkHeader` ([MS-SHLLINK] 2.1) and nothing it could lead to.
pub(crate) fn shell_link() -> Vec<u8> {
    let mut bytes = 0x4C_u32.to_le_bytes().to_vec(); // HeaderSize
    bytes.extend(b"\x01\x14\x02\0\0\0\0\0\xC0\0\0\0\0\0\0\x46"); // LinkCLSID
    bytes.resize(0x4C, 0);
    bytes.extend(b"\0\0\0\0"); // TerminalBlock
    bytes
}

/// `bytes` at `at` in a file of `len` zeros.
fn placed(len: usize, places: &[(usize, &[u8])]) -> Vec<u8> {
    let mut file = vec![0; len];
    for (at, bytes) in places {
        file[*at..*at + bytes.len()].copy_from_slice(bytes);
    }
    file
}

fn utf_16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar() -> Vec<u8> {
    let mut header =
        placed(1024, &[(0, b"a.txt"), (100, b"0000644\0"), (124, b"00000000000\0"), (257, b"ustar\x0000")]);
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header[..512].iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    [programs(), scripts(), shortcuts(), installers(), disk_images(), archives(), documents(), web(), honest()]
        .into_iter()
        .flatten()
        .collect()
}

fn make(rows: &[(&'static str, &'static str, &[u8])]) -> Vec<Fixture> {
    rows.iter().map(|(id, file, bytes)| Fixture::new(id, file, bytes.to_vec())).collect()
}

fn programs() -> Vec<Fixture> {
    make(&[
        ("type-exe", "setup.exe", &program(EXECUTABLE, b"")),
        ("type-dll", "part.bin", &program(LIBRARY, b"")),
        ("type-xll", "prices.dat", &program(LIBRARY, b"\0xlAutoOpen\0")),
        ("type-scr", "photos.scr", &program(EXECUTABLE, b"")),
        ("type-com-text", "run.com", b"not machine code, but the system would try"),
        ("type-elf", "tool", b"\x7FELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"),
        ("type-mach-o", "tool", b"\xCF\xFA\xED\xFE\x07\0\0\x01\x03\0\0\0"),
        ("type-java-class", "A.class", b"\xCA\xFE\xBA\xBE\0\0\0\x34\0\x01"),
        ("type-wasm", "a.wasm", b"\0asm\x01\0\0\0"),
        // Damaged, so that only the name tells.
        ("type-exe-unknown-bytes", "setup.exe", &[0xA7, 0x00, 0x13, 0xEE, 0x01, 0x99, 0xFF, 0x02]),
    ])
}

fn scripts() -> Vec<Fixture> {
    make(&[
        ("type-js", "invoice.js", b"// inert\nvar a = 1;\n"),
        ("type-jse", "invoice.txt", b"#@~^AAAAAA==inert"),
        ("type-vbs", "invoice.vbs", b"' inert\nx = 1\n"),
        ("type-wsf", "invoice.wsf", b"<job><script language=\"VBScript\">' inert</script></job>"),
        ("type-hta", "invoice.html", b"<html><head><HTA:APPLICATION ID=\"a\"></head><body>inert</body></html>"),
        ("type-hta-behind-bytes", "invoice.hta", &[&[0x89, b'P', b'N', b'G', 0, 1, 2, 3][..], b"<script>inert</script>"].concat()),
        ("type-powershell", "invoice.ps1", b"# inert\n$a = 1\n"),
        ("type-bat", "invoice.log", b"@ECHO OFF\r\nrem inert\r\n"),
        ("type-python", "tool.txt", b"#!/usr/bin/env python3\n# inert\n"),
        ("type-shell", "install", b"#!/bin/sh\n# inert\n"),
        ("type-reg", "fix.txt", &utf_16("Windows Registry Editor Version 5.00\r\n\r\n; inert\r\n")),
        ("type-msc", "console.xml", b"<?xml version=\"1.0\"?>\n<MMC_ConsoleFile ConsoleVersion=\"3.0\"></MMC_ConsoleFile>"),
        ("type-chm", "manual.chm", b"ITSF\x03\0\0\0\x60\0\0\0"),
        ("type-scpt", "minutes.docx.scpt", b"FasdUAS 1.101.10\x0E\0\0\0"),
        ("type-msbuild", "app.csproj", b"<Project Sdk=\"Microsoft.NET.Sdk\"></Project>"),
        ("type-xslt-script", "style.xsl", b"<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" xmlns:msxsl=\"urn:schemas-microsoft-com:xslt\"><msxsl:script language=\"JScript\">inert</msxsl:script></xsl:stylesheet>"),
    ])
}

fn shortcuts() -> Vec<Fixture> {
    make(&[
        ("type-lnk", "minutes.lnk", &shell_link()),
        ("type-lnk-renamed", "photo.jpg", &shell_link()),
        ("type-url-share", "minutes.url", b"[InternetShortcut]\r\nURL=file://host.invalid/share/a.exe\r\n"),
        ("type-url-working-directory", "minutes.url", b"[InternetShortcut]\r\nURL=https://www.example/\r\nWorkingDirectory=\\\\host.invalid@SSL\\share\r\n"),
        ("type-url-page", "page.url", b"[InternetShortcut]\r\nURL=https://www.example/\r\nIconFile=C:\\icons\\a.ico\r\n"),
        ("type-webloc", "page.webloc", b"<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>URL</key><string>https://www.example/</string></dict></plist>"),
        ("type-library-ms", "shared.library-ms", b"<?xml version=\"1.0\"?><libraryDescription xmlns=\"http://schemas.microsoft.com/windows/2009/library\"><url>\\\\host.invalid\\a</url></libraryDescription>"),
        ("type-search-ms", "found.search-ms", b"<?xml version=\"1.0\"?><persistedQuery version=\"1.0\"></persistedQuery>"),
        ("type-scf", "shared.scf", b"[Shell]\r\nCommand=2\r\nIconFile=\\\\host.invalid\\a.ico\r\n"),
        ("type-desktop-ini-remote", "desktop.ini", b"[.ShellClassInfo]\r\nIconResource=\\\\host.invalid\\a.ico,0\r\n"),
        ("type-theme-remote", "spring.theme", b"[Theme]\r\nDisplayName=x\r\n[Control Panel\\Desktop]\r\nWallpaper=\\\\host.invalid\\a.jpg\r\n"),
        ("type-settingcontent", "a.settingcontent-ms", b"<?xml version=\"1.0\"?><PCSettings></PCSettings>"),
        ("type-rdp", "office.rdp", &utf_16("full address:s:host.invalid\r\nredirectclipboard:i:1\r\n")),
        ("type-iqy", "prices.iqy", b"WEB\r\n1\r\nhttps://host.invalid/a\r\n"),
        ("type-url-behind-picture", "minutes.url", b"/* XPM */\r\n[InternetShortcut]\r\nURL=file://host.invalid/share/a.exe\r\n"),
        ("type-url-behind-sound", "minutes.url", b"ID3\r\n\0\r\n[InternetShortcut]\r\nURL=file://host.invalid/share/a.exe\r\n"),
    ])
}

fn installers() -> Vec<Fixture> {
    make(&[
        ("type-pkg", "app.pkg", b"xar!\0\x1C\0\x01"),
        ("type-deb", "app.deb", b"!<arch>\ndebian-binary   0           0     0     100644  4         `\n2.0\n"),
        ("type-appinstaller", "viewer.xml", b"<?xml version=\"1.0\"?><AppInstaller Uri=\"https://host.invalid/\" xmlns=\"http://schemas.microsoft.com/appx/appinstaller/2018\"></AppInstaller>"),
        ("type-clickonce", "viewer.application", b"<?xml version=\"1.0\"?><asmv1:assembly xmlns:asmv1=\"urn:schemas-microsoft-com:asm.v1\"><deployment install=\"false\"><deploymentProvider codebase=\"https://host.invalid/\"/></deployment></asmv1:assembly>"),
        ("type-mobileconfig", "wifi.mobileconfig", b"<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>PayloadContent</key><array/><key>PayloadType</key><string>Configuration</string></dict></plist>"),
    ])
}

fn disk_images() -> Vec<Fixture> {
    make(&[
        ("type-iso", "scan.iso", &placed(0x8800, &[(0x8001, b"CD001")])),
        ("type-iso-renamed", "scan.pdf", &placed(0x8800, &[(0x8001, b"CD001")])),
        ("type-udf", "scan.img", &placed(0x9800, &[(0x8001, b"BEA01"), (0x8801, b"NSR03")])),
        ("type-vhd", "scan.bin", &placed(4096, &[(510, b"\x55\xAA"), (4096 - 512, b"conectix")])),
        ("type-vhdx", "scan.vhdx", b"vhdxfile\0\0"),
        ("type-dmg", "scan.dmg", &placed(4096, &[(0, b"\x78\xDA\x63"), (4096 - 512, b"koly")])),
        ("type-fat", "scan.img", &placed(1024, &[(0x36, b"FAT12   "), (510, b"\x55\xAA")])),
    ])
}

fn archives() -> Vec<Fixture> {
    make(&[
        ("type-7z", "reports.7z", b"7z\xBC\xAF\x27\x1C\0\x04"),
        ("type-rar-named-tar", "reports.tar", b"Rar!\x1A\x07\x01\0\x33\x92"),
        ("type-tar", "reports.tar", &tar()),
        ("type-lzh", "reports.lzh", b"\x24\x70-lh5-\x10\0\0\0\x10\0\0\0"),
        ("type-cab", "reports.cab", b"MSCF\0\0\0\0\x2C\0\0\0"),
        ("type-svgz", "logo.svgz", &gzip(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>")),
    ])
}

fn documents() -> Vec<Fixture> {
    make(&[
        ("type-pdf", "report.pdf", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n<<>>\nendobj\n"),
        ("type-rtf", "report.rtf", b"{\\rt1 report}"),
        ("type-one", "minutes.one", b"\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE\xB1\x53\x78\xD0\x29\x96\xD3"),
        ("type-access", "books.accdb", b"\0\x01\0\0Standard ACE DB\0"),
        ("type-slk", "prices.slk", b"ID;PWXL;N;E\r\nC;Y1;X1;K1\r\nE\r\n"),
        ("type-csv-dde", "prices.csv", b"name,price\r\n\"=cmd|'/C rem inert'!A0\",1\r\n"),
        ("type-csv-formula", "prices.csv", b"name,price\r\nsum,=SUM(A1:A2)\r\n"),
        ("type-word-2003-xml", "report.xml", b"<?xml version=\"1.0\"?><?mso-application progid=\"Word.Document\"?><w:wordDocument xmlns:w=\"http://schemas.microsoft.com/office/word/2003/wordml\"/>"),
        ("type-text-as-doc", "report.doc", &[&b"\r\n".repeat(3000)[..], b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n"].concat()),
        ("type-text-as-xls-dde", "prices.xls", b"name\tprice\r\n=cmd|'/C rem inert'!A0\t1\r\n"),
        ("type-word-2003-xml-padded", "report.xml", &[&b"<?xml version=\"1.0\"?><!--"[..], &b"x".repeat(300_000), b"--><?mso-application progid='Word.Document'?><a/>"].concat()),
        ("type-eml", "message.eml", b"From: a@sender.example\r\nTo: b@receiver.example\r\nSubject: report\r\n\r\nhello\r\n"),
    ])
}

const SVG: &str = "xmlns=\"http://www.w3.org/2000/svg\"";

fn web() -> Vec<Fixture> {
    make(&[
        ("type-html-script", "invoice.html", b"<!DOCTYPE html><html><body><script>inert</script></body></html>"),
        ("type-html-plain", "page.html", b"<!DOCTYPE html><html><body><p>Hello</p></body></html>"),
        ("type-svg-script", "logo.svg", format!("<svg {SVG} onload=\"inert()\"><rect/></svg>").as_bytes()),
        ("type-svg-link", "logo.svg", format!("<svg {SVG}><a href=\"https://host.invalid/\"><rect/></a></svg>").as_bytes()),
        ("type-svg-entity", "logo.svg", format!("<!DOCTYPE svg [<!ENTITY a \"&#60;script>inert&#60;/script>\">]><svg {SVG}>&a;</svg>").as_bytes()),
        ("type-xml-page", "data.xml", b"<?xml version=\"1.0\"?><data><x:script xmlns:x=\"http://www.w3.org/1999/xhtml\">inert</x:script></data>"),
        ("type-mht", "page.mht", b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"b\"\r\n\r\n--b\r\nContent-Location: https://www.example/\r\n\r\n<p>x</p>\r\n--b--\r\n"),
    ])
}

/// What could be taken for one of the above.
fn honest() -> Vec<Fixture> {
    let rows: [(&'static str, &'static str, Vec<u8>); 16] = [
        ("honest-text", "readme.txt", b"MZ was here. #!not a script. <script> is a tag. %PDF-1.4 is a header.\r\n".to_vec()),
        ("honest-text-cp932", "readme.txt", encoding_rs::SHIFT_JIS.encode("請求書の件、承知しました。\r\n").0.into_owned()),
        ("honest-text-padded", "list.txt", [b" ".repeat(5000).as_slice(), b"end of the list\r\n"].concat()),
        ("honest-png", "photo.png", b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xAE\x42\x60\x82".to_vec()),
        ("honest-png-named-jpg", "photo.jpg", b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR".to_vec()),
        ("honest-svg", "logo.svg", format!("<?xml version=\"1.0\"?><!-- <script> --><svg {SVG}><style>a{{}}</style><image href=\"data:image/png;base64,AAAA\"/><path d=\"M0 0\"/></svg>").into_bytes()),
        ("honest-csv", "prices.csv", "品名,電話,備考\r\nりんご,+81-3-0000-0000,- 税込 | 送料別\r\n,-5,=\r\n".into()),
        ("honest-xml", "data.xml", b"<?xml version=\"1.0\"?><script><line>a play</line></script>".to_vec()),
        ("honest-json", "data.json", b"{\"a\": [1, 2]}".to_vec()),
        ("honest-desktop-ini", "desktop.ini", utf_16("[.ShellClassInfo]\r\nIconResource=C:\\WINDOWS\\System32\\SHELL32.dll,4\r\n")),
        ("honest-mac-companion", "._setup.pdf", b"\0\x05\x16\x07\0\x02\0\0Mac OS X        \0\x02\0\0\0\x09".to_vec()),
        ("honest-ds-store", ".DS_Store", b"\0\0\0\x01Bud1\0\0\x10\0".to_vec()),
        ("honest-source", "module.bas", b"Attribute VB_Name = \"Module1\"\r\nSub A()\r\nEnd Sub\r\n".to_vec()),
        ("honest-gif", "photo.gif", b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;".to_vec()),
        ("honest-xpm", "icon.xpm", b"/* XPM */\nstatic char *icon[] = {\"1 1 1 1\", \"a c #000000\", \"a\"};\n".to_vec()),
        ("honest-font", "corporate.ttf", b"\0\x01\0\0\0\x0A\0\x80\0\x03\0\x20OS/2\0\0\0\0".to_vec()),
    ];
    rows.into_iter().map(|(id, file, bytes)| Fixture::new(id, file, bytes).honest()).collect()
}
