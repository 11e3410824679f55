//! Data of programs: databases, settings, records. Some are honest company in archives (what a Mac puts into every
//! ZIP), some are opened by a program that runs what is inside (Access).

use super::{Format, Reading};
use crate::artifact::Class;
use crate::detections::types::RARE;

const fn data(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Data, extensions)
}

pub(super) const FORMATS: &[Format] = &[
    // Access runs the macro AutoExec and any module; only the mark of the internet holds it back.
    Format::new(
        "access",
        Class::Document,
        &["mdb", "accdb", "mde", "accde", "accdr", "accda", "accdt", "mda", "mdw", "adp", "ade", "mdt", "mdz", "mdn"],
    )
    .risk(&RARE)
    .probe(|p| p.has_at(4, b"Standard Jet DB\0") || p.has_at(4, b"Standard ACE DB\0")),
    data("sqlite", &["sqlite", "sqlite3", "db3", "gpkg"]).probe(|p| p.starts_with(b"SQLite format 3\0")),
    data("registry-hive", &["hiv", "hive"]).probe(|p| p.starts_with(b"regf")),
    data("event-log", &["evtx", "evt"]).probe(|p| p.starts_with(b"ElfFile\0") || p.has_at(4, b"LfLe")),
    data("memory-dump", &["dmp", "mdmp"])
        .probe(|p| p.starts_with(b"MDMP") || p.starts_with(b"PAGEDU64") || p.starts_with(b"PAGEDUMP")),
    data("plist", &["plist", "strings"]).probe(|p| p.starts_with(b"bplist00")).reading(Reading::Passive),
    data("ds-store", &["ds_store"]).probe(|p| p.starts_with(b"\0\0\0\x01Bud1")).reading(Reading::Passive),
    data("apple-double", &[]).probe(|p| p.starts_with(b"\0\x05\x16\x07")).reading(Reading::Passive),
    // Its sibling holds the whole file, not only what a Mac adds.
    Format::new("apple-single", Class::Archive, &[]).probe(|p| p.starts_with(b"\0\x05\x16\0")),
    data("torrent", &["torrent"]).probe(|p| {
        p.starts_with(b"d8:announce") || p.starts_with(b"d7:comment") || p.starts_with(b"d13:announce-list")
    }),
    data("pcap", &["pcap", "pcapng", "cap"]).probe(|p| {
        [b"\xD4\xC3\xB2\xA1", b"\xA1\xB2\xC3\xD4", b"\x4D\x3C\xB2\xA1", b"\x0A\x0D\x0D\x0A"]
            .iter()
            .any(|magic| p.starts_with(*magic))
            && !p.is_text()
    }),
    data("parquet", &["parquet"]).probe(|p| p.starts_with(b"PAR1")),
    data("hdf5", &["h5", "hdf5", "he5", "hdf", "mat"])
        .probe(|p| p.starts_with(b"\x89HDF\r\n\x1A\n") || p.starts_with(b"MATLAB 5.0 MAT-file")),
    data("numpy", &["npy"]).probe(|p| p.starts_with(b"\x93NUMPY")),
    data("dbase", &["dbf"]).probe(|p| {
        p.extension == "dbf"
            && matches!(
                p.head.get(..4),
                Some([0x02 | 0x03 | 0x30 | 0x31 | 0x43 | 0x83 | 0x8B | 0xF5, _, 1..=12, 1..=31])
            )
    }),
    data("warc", &["warc"]).probe(|p| p.starts_with(b"WARC/")),
    data("json", &["json", "jsonl", "geojson", "ipynb", "har", "webmanifest", "map"]).named().reading(Reading::Passive),
];
