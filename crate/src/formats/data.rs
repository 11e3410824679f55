//! Data of programs: databases, settings, records. Some are honest company in archives (what a Mac puts into every
//! ZIP), some are opened by a program that runs what is inside (Access).

use super::{Format, Probe, Reading};
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
    data("office-owner", &[]).probe(is_owner_file).reading(Reading::Passive),
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

/// Who has a document open: what Office keeps beside it as `~$name`, and what archives of whole folders bring along. The
/// name of the person behind its length, in a fixed room in the code page of the system, and again in UTF-16. Excel and
/// PowerPoint fill with blanks; Word writes whatever stood in memory, so there the extension must be one of its own.
fn is_owner_file(p: &Probe<'_>) -> bool {
    let word = ["doc", "dot", "rtf", "odt"].iter().any(|extension| p.extension.starts_with(extension));
    let room = match p.source.len() {
        162 if word => 54,
        165 if !word => 55,
        _ => return false,
    };
    let Some((narrow, wide)) = p.head.split_at_checked(room) else { return false };
    let Some((length, narrow)) = narrow.split_first() else { return false };
    let Some((narrow, fill)) = narrow.split_at_checked(usize::from(*length)) else { return false };
    let Some(([low, 0], wide)) = wide.split_first_chunk::<2>() else { return false };
    let units: Vec<u16> = wide.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    let Some((name, rest)) = units.split_at_checked(usize::from(*low)) else { return false };
    let is_name = |unit: u16| unit >= 0x20 && !b"=|@<>\"".iter().any(|mark| u16::from(*mark) == unit);
    let same = !narrow.is_ascii() || narrow.iter().map(|byte| u16::from(*byte)).eq(name.iter().copied());
    let filled = word || fill.iter().all(|byte| *byte == b' ') && rest.iter().all(|unit| *unit == 0x20);
    !narrow.is_empty() && same && filled && name.iter().all(|unit| is_name(*unit)) && name.len() <= narrow.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn is_owner(name: &str, bytes: Vec<u8>) -> bool {
        is_owner_file(&Probe::new(&Source::memory(bytes), name).unwrap())
    }

    fn owner(narrow: &[u8], wide: &str, room: usize, fill: u8) -> Vec<u8> {
        let mut bytes = vec![u8::try_from(narrow.len()).unwrap()];
        bytes.extend_from_slice(narrow);
        bytes.resize(room, fill);
        bytes.extend_from_slice(&u16::try_from(wide.encode_utf16().count()).unwrap().to_le_bytes());
        bytes.extend(wide.encode_utf16().flat_map(u16::to_le_bytes));
        while bytes.len() < room + 110 {
            bytes.extend_from_slice(&[fill, 0]);
        }
        bytes.truncate(if room == 55 { 165 } else { 162 });
        bytes
    }

    #[test]
    fn files_beside_open_documents() {
        assert!(is_owner("~$a.xlsx", owner(b"Taro", "Taro", 55, b' ')));
        assert!(is_owner("~$a.pptx", owner(b"\x8ER\x93c", "山田", 55, b' ')));
        assert!(is_owner("~$a.docx", owner(b"Taro", "Taro", 54, 0)));
        // What a program would read as something else.
        assert!(!is_owner("a.csv", owner(b"=cmd|' /C", "=cmd|' /C", 55, b' ')));
        assert!(!is_owner("a.xls", owner(b"Taro", "Jiro", 55, b' ')));
        assert!(!is_owner("a.xls", owner(b"Taro", "Taro", 55, b'\n')));
        assert!(!is_owner("a.csv", owner(b"Taro", "Taro", 54, 0)));
    }
}
