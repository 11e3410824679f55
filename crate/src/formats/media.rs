//! Sound and film. Players read them and nothing else; lists of what to play lead elsewhere and are not looked into.

use super::{Format, Probe, Reading};
use crate::artifact::Class;

const fn media(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Media, extensions).reading(Reading::Passive)
}

pub(super) const FORMATS: &[Format] = &[
    media("mp4", &["mp4", "m4a", "m4v", "m4b", "m4p", "3gp", "3g2", "mov", "qt", "f4v"]).probe(|p| {
        p.has_at(4, b"ftyp")
            || [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"]
                .iter()
                .any(|kind| p.has_at(4, *kind) && p.starts_with(b"\0"))
    }),
    media("matroska", &["mkv", "webm", "mka", "mks"]).probe(|p| p.starts_with(b"\x1A\x45\xDF\xA3")),
    media("avi", &["avi", "divx"]).probe(|p| p.starts_with(b"RIFF") && p.has_at(8, b"AVI ")),
    media("wav", &["wav", "wave", "bwf"])
        .probe(|p| (p.starts_with(b"RIFF") || p.starts_with(b"RF64")) && p.has_at(8, b"WAVE")),
    media("midi", &["mid", "midi", "kar", "rmi"])
        .probe(|p| p.starts_with(b"MThd") || (p.starts_with(b"RIFF") && p.has_at(8, b"RMID"))),
    media("asf", &["wmv", "wma", "asf", "wm"]).probe(|p| p.starts_with(b"\x30\x26\xB2\x75\x8E\x66\xCF\x11")),
    media("flv", &["flv"]).probe(|p| p.starts_with(b"FLV\x01")),
    media("mpeg", &["mpg", "mpeg", "vob", "m2v", "m2ts", "mts"]).probe(|p| {
        p.starts_with(b"\0\0\x01\xBA")
            || p.starts_with(b"\0\0\x01\xB3")
            || [0, 4].iter().any(|at| [0, 188, 376].iter().all(|n| p.head.get(at + n) == Some(&0x47)))
    }),
    media("ogg", &["ogg", "oga", "ogv", "ogx", "opus", "spx"]).probe(|p| p.starts_with(b"OggS")),
    media("flac", &["flac"]).probe(|p| p.starts_with(b"fLaC")),
    media("aiff", &["aif", "aiff", "aifc"])
        .probe(|p| p.starts_with(b"FORM") && (p.has_at(8, b"AIFF") || p.has_at(8, b"AIFC"))),
    media("amr", &["amr", "awb"]).probe(|p| p.starts_with(b"#!AMR")),
    media("au", &["au", "snd"]).probe(|p| p.starts_with(b".snd\0")),
    media("caf", &["caf"]).probe(|p| p.starts_with(b"caff\0")),
    media("realmedia", &["rm", "rmvb", "ra"]).probe(|p| p.starts_with(b".RMF") || p.starts_with(b".ra\xFD")),
    media("aac", &["aac", "adts"]).probe(|p| p.starts_with(b"ADIF") || (is_sync(p, 0) && !p.is_text())),
    media("mp3", &["mp3", "mp2", "mpga"]).probe(|p| {
        p.starts_with(b"ID3") && !p.is_text() || ([2, 4, 6].iter().any(|layer| is_sync(p, *layer)) && !p.is_text())
    }),
    Format::new("playlist", Class::Media, &["m3u", "m3u8", "pls", "asx", "wax", "wvx", "wpl", "xspf", "cue"])
        .named()
        .probe(|p| p.text_starts(&["#extm3u", "[playlist]", "<asx", "<?wpl"])),
];

/// A frame header of MPEG audio whose layer bits are `layer` (0 is AAC), with a valid rate.
fn is_sync(p: &Probe<'_>, layer: u8) -> bool {
    let Some([0xFF, kind, rate, ..]) = p.head.first_chunk::<4>() else { return false };
    let version = kind & 0x18 != 0x08;
    if layer == 0 {
        return kind & 0xF6 == 0xF0 && (rate >> 2) & 0x0F < 13;
    }
    kind & 0xE0 == 0xE0
        && kind & 0x06 == layer
        && version
        && rate >> 4 != 0x0F
        && rate >> 4 != 0
        && (rate >> 2) & 3 != 3
}
