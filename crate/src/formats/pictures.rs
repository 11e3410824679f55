//! Pictures, and pictures only: nothing in them starts by itself. (An SVG is a page: see `web.rs`.)

use super::{Format, Probe, Reading};
use crate::artifact::Class;

const fn picture(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Picture, extensions).reading(Reading::Passive)
}

pub(super) const FORMATS: &[Format] = &[
    picture("png", &["png", "apng"]).probe(|p| p.starts_with(b"\x89PNG\r\n\x1A\n")),
    picture("jpeg", &["jpg", "jpeg", "jpe", "jfif"]).probe(|p| p.starts_with(b"\xFF\xD8\xFF")),
    picture("gif", &["gif"]).probe(is_gif),
    picture("bmp", &["bmp", "dib", "rle"]).probe(is_bitmap),
    picture("tiff", &["tif", "tiff", "dng", "nef", "cr2", "arw", "pef", "srw"]).probe(|p| {
        p.starts_with(b"II*\0") || p.starts_with(b"MM\0*") || p.starts_with(b"II+\0") || p.starts_with(b"MM\0+")
    }),
    picture("webp", &["webp"]).probe(|p| p.starts_with(b"RIFF") && p.has_at(8, b"WEBP")),
    picture("ani", &["ani"]).probe(|p| p.starts_with(b"RIFF") && p.has_at(8, b"ACON")),
    picture("ico", &["ico"]).probe(|p| p.starts_with(b"\0\0\x01\0") && is_icon(p)),
    picture("cur", &["cur"]).probe(|p| p.starts_with(b"\0\0\x02\0") && is_icon(p)),
    picture("glb", &["glb"]).probe(|p| p.starts_with(b"glTF") && p.has_at(5, &[0; 3])),
    picture("heic", &["heic", "heif", "hif", "avci"])
        .probe(|p| is_brand(p, &[b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"])),
    picture("avif", &["avif"]).probe(|p| is_brand(p, &[b"avif", b"avis"])),
    picture("cr3", &["cr3"]).probe(|p| is_brand(p, &[b"crx "])),
    picture("jp2", &["jp2", "jpf", "jpx", "j2k", "j2c", "jpc"])
        .probe(|p| p.starts_with(b"\0\0\0\x0CjP  \r\n\x87\n") || p.starts_with(b"\xFF\x4F\xFF\x51")),
    picture("jxl", &["jxl"]).probe(|p| p.starts_with(b"\xFF\x0A") || p.starts_with(b"\0\0\0\x0CJXL \r\n\x87\n")),
    // JPEG XR ([ITU-T T.832] A.2), which Office keeps beside pictures with effects.
    picture("jpeg-xr", &["wdp", "jxr", "hdp"]).probe(|p| p.starts_with(b"II\xBC\0") || p.starts_with(b"II\xBC\x01")),
    picture("psd", &["psd", "psb"]).probe(|p| p.starts_with(b"8BPS")),
    picture("emf", &["emf"]).probe(|p| p.starts_with(b"\x01\0\0\0") && p.has_at(40, b" EMF")),
    picture("wmf", &["wmf", "apm"]).probe(|p| {
        p.starts_with(b"\xD7\xCD\xC6\x9A")
            || p.starts_with(b"\x01\0\x09\0\0\x03")
            || p.starts_with(b"\x02\0\x09\0\0\x03")
            || p.starts_with(b"\x01\0\x09\0\0\x01")
    }),
    // What LibreOffice draws in place of an object.
    picture("svm", &["svm"]).probe(|p| p.starts_with(b"VCLMTF")),
    picture("xcf", &["xcf"]).probe(|p| p.starts_with(b"gimp xcf ")),
    picture("icns", &["icns"]).probe(|p| p.starts_with(b"icns") && !p.is_text()),
    picture("pcx", &["pcx"])
        .probe(|p| matches!(p.head.get(..3), Some([0x0A, 0 | 2..=5, 0 | 1])) && p.head.len() >= 128),
    picture("dds", &["dds"]).probe(|p| p.starts_with(b"DDS \x7C\0\0\0")),
    picture("exr", &["exr"]).probe(|p| p.starts_with(b"\x76\x2F\x31\x01")),
    picture("netpbm", &["pbm", "pgm", "ppm", "pnm", "pam"]).probe(|p| {
        matches!(p.head.get(..3), Some([b'P', b'1'..=b'7', b'\n' | b'\r' | b' ' | b'\t']))
            && p.head.get(3).is_some_and(|b| b.is_ascii_digit() || matches!(b, b'#' | b'W'))
    }),
    // The two signatures at the end of the header are the version operator.
    picture("pict", &["pict", "pct"])
        .probe(|p| p.has_at(522, b"\0\x11\x02\xFF\x0C\0") || (p.has_at(10, b"\0\x11\x02\xFF\x0C\0") && !p.is_text())),
    picture("camera-raw", &["raf", "orf", "rw2", "x3f"]).probe(|p| {
        p.starts_with(b"FUJIFILMCCD-RAW") || p.starts_with(b"IIRO") || p.starts_with(b"IIU\0") || p.starts_with(b"FOVb")
    }),
    picture("dicom", &["dcm", "dicom"]).probe(|p| p.has_at(128, b"DICM")),
    picture("xpm", &["xpm", "xbm"]).probe(|p| {
        (p.text_starts(&["/* xpm */"]) && p.text_holds("static char"))
            || (p.text_starts(&["! xpm2"]) && p.is_text_named(&["xpm"]))
            || p.is_text_named(&["xpm", "xbm"])
    }),
];

/// A header, a logical screen descriptor, its colours, and the start of a first block (\[GIF89a\] 17 to 19). Six letters
/// alone are a cheap disguise.
fn is_gif(p: &Probe<'_>) -> bool {
    let Some(header) = p.head.first_chunk::<13>() else { return false };
    let [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', width @ .., _, _] = header else { return false };
    let [width_low, width_high, height_low, height_high, flags] = *width;
    let plausible = |low, high| u16::from_le_bytes([low, high]) <= LARGEST_GIF;
    let colours =
        if flags & 0x80 == 0 { 0 } else { 3_usize.checked_shl(u32::from(flags & 7).saturating_add(1)).unwrap_or(0) };
    plausible(width_low, width_high)
        && plausible(height_low, height_high)
        && p.head.get(colours.saturating_add(13)).is_none_or(|block| matches!(block, b'!' | b',' | b';' | 0))
}

/// Larger animations exist nowhere, and two letters as a number are nearly always larger.
const LARGEST_GIF: u16 = 18_000;

/// `BITMAPFILEHEADER` followed by an info header of a known size.
fn is_bitmap(p: &Probe<'_>) -> bool {
    p.starts_with(b"BM") && matches!(p.head.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

/// An icon directory: a count, and a first entry whose reserved byte is zero.
fn is_icon(p: &Probe<'_>) -> bool {
    matches!(p.head.get(4..6), Some([1..=64, 0])) && p.head.get(9) == Some(&0) && p.head.len() >= 22
}

/// A file of boxes ([ISO/IEC 14496-12] 4.3) with one of these major brands.
pub(super) fn is_brand(p: &Probe<'_>, brands: &[&[u8; 4]]) -> bool {
    p.has_at(4, b"ftyp") && p.head.get(8..12).is_some_and(|major| brands.iter().any(|brand| *brand == major))
}
