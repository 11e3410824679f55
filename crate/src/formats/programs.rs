//! Programs: machine code and byte code that runs when opened.
//!
//! The oldest attachment of all, still the payload of most archives, and often dressed as a document by its icon and
//! name. A Windows program is the same bytes whether it is called `.exe`, `.scr` or `.com`; the ids differ because the
//! person must be told which of the disguises it is.

use super::{Format, Probe, Reading, archives};
use crate::artifact::Class;
use crate::detections::types::{PROGRAM, RARE};

const fn program(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Program, extensions).risk(&PROGRAM).reading(Reading::ByKind)
}

pub(super) const FORMATS: &[Format] = &[
    program("xll", &["xll", "wll"]).probe(is_excel_add_in),
    program("cpl", &["cpl"]).probe(|p| is_library(p) && p.extension == "cpl"),
    program("scr", &["scr"]).probe(|p| is_dos(p) && p.extension == "scr").reading(Reading::With(archives::behind_stub)),
    program("pif", &["pif"]).probe(|p| (is_dos(p) && p.extension == "pif") || p.has_at(0x171, b"MICROSOFT PIFEX\0")),
    program("dll", &["dll", "ocx", "sys", "drv", "ax", "mui", "pyd", "efi", "vxd", "acm", "tsp"]).probe(is_library),
    program("exe", &["exe", "sfx"]).probe(is_dos).reading(Reading::With(archives::behind_stub)),
    // The harmless file every virus scanner knows is a program of text; only its start is spelled here.
    program("com", &["com"]).named().probe(|p| p.starts_with(b"X5O!P%@AP[4")),
    program("elf", &["elf", "so", "axf", "ko", "appimage"]).probe(|p| p.starts_with(b"\x7FELF")),
    program("java-class", &["class"]).probe(|p| p.starts_with(b"\xCA\xFE\xBA\xBE") && !is_fat(p)),
    program("mach-o", &["dylib", "macho", "bundle"]).probe(is_mach_o),
    program("dex", &["dex"]).probe(|p| p.starts_with(b"dex\n03")),
    program("python-compiled", &["pyc", "pyo"])
        .probe(|p| matches!(p.extension.as_str(), "pyc" | "pyo") && p.has_at(2, b"\r\n") && !p.is_text()),
    // Runs only inside a page, but nobody mails it alone.
    Format::new("wasm", Class::Program, &["wasm"]).risk(&RARE).probe(|p| p.starts_with(b"\0asm")),
    Format::new("swf", Class::Program, &["swf"])
        .risk(&RARE)
        .probe(|p| [b"FWS", b"CWS", b"ZWS"].iter().any(|magic| p.starts_with(*magic)) && !p.is_text()),
];

/// `IMAGE_FILE_HEADER.Characteristics`: the image is a DLL.
const IMAGE_FILE_DLL: u16 = 0x2000;

/// A DOS header; nearly every Windows program still starts with one.
fn is_dos(p: &Probe<'_>) -> bool {
    (p.starts_with(b"MZ") || p.starts_with(b"ZM")) && (pe_header(p).is_some() || !p.is_text())
}

/// Where the PE signature stands (`e_lfanew`).
fn pe_header(p: &Probe<'_>) -> Option<u64> {
    let at = u64::from(u32::from_le_bytes(p.source.array(0x3C, "e_lfanew").ok()?));
    (p.starts_with(b"MZ") && p.has_at(at, b"PE\0\0")).then_some(at)
}

fn is_library(p: &Probe<'_>) -> bool {
    pe_header(p)
        .and_then(|at| p.source.array(at.saturating_add(22), "Characteristics").ok())
        .is_some_and(|bytes| u16::from_le_bytes(bytes) & IMAGE_FILE_DLL != 0)
}

/// A library Excel runs on opening: it exports `xlAutoOpen`.
fn is_excel_add_in(p: &Probe<'_>) -> bool {
    const EXPORT: &[u8] = b"xlAutoOpen";
    is_library(p)
        && (matches!(p.extension.as_str(), "xll" | "wll")
            || p.source.peek(0, 1 << 20).is_ok_and(|image| image.windows(EXPORT.len()).any(|w| w == EXPORT)))
}

/// Several architectures in one file. The magic is also that of Java classes, whose version is 45 or more.
fn is_fat(p: &Probe<'_>) -> bool {
    p.source.array(4, "nfat_arch").is_ok_and(|bytes| (1..40).contains(&u32::from_be_bytes(bytes)))
}

fn is_mach_o(p: &Probe<'_>) -> bool {
    let thin: [&[u8]; 4] = [b"\xFE\xED\xFA\xCE", b"\xFE\xED\xFA\xCF", b"\xCE\xFA\xED\xFE", b"\xCF\xFA\xED\xFE"];
    thin.iter().any(|magic| p.starts_with(magic)) || (p.starts_with(b"\xCA\xFE\xBA\xBE") && is_fat(p))
}
