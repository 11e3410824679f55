//! P-code written by hand: statements back to source, and lines that lie.

use super::bytes::Bytes;
use super::cache::Cache;
use super::compare::Difference;
use super::names::{Compiler, Names};
use super::{Contents, decompile};
use crate::budget::{Budget, Limits};
use crate::languages::vba::Words;

const NAMES: &[&str] =
    &["i", "text", "Items", "Shell", "Go", "Cells", "Value", "Failed", "²¾°ê¤u§@ªí1", "«ü©w¤u§@ªí", "§r°£¤u§@ªí"];

fn word(value: u16) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

/// The number of a name in VBA 7, 32-bit.
fn name(name: &str) -> Vec<u8> {
    let index = NAMES.iter().position(|known| *known == name).unwrap();
    word((u16::try_from(index).unwrap() + 0x104) << 1)
}

fn load(variable: &str) -> Vec<u8> {
    [word(32), name(variable)].concat()
}

fn number(value: u16) -> Vec<u8> {
    [word(172), word(value)].concat()
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(text.len().next_multiple_of(2), 0);
    [word(182), word(u16::try_from(text.len()).unwrap()), bytes].concat()
}

fn with_cache<T>(lines: &[Vec<Vec<u8>>], read: impl FnOnce(&Cache<'_>, &Names, &Budget) -> T) -> T {
    let mut stream = Vec::new();
    let mut places = Vec::new();
    for line in lines {
        let line = line.concat();
        places.push((stream.len(), line.len()));
        stream.extend(line);
    }
    let bytes = Bytes { all: &stream, big: false };
    let none = Bytes::default();
    let compiler = Compiler { version: 0xA3, wide: false };
    let cache =
        Cache { stream: bytes, compiler, imports: none, records: none, objects: none, objects_end: 0, lines: places };
    read(&cache, &Names::of(NAMES), &Budget::new(Limits::default(), |_| ()))
}

fn decode(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn source(lines: &[Vec<Vec<u8>>]) -> String {
    with_cache(lines, |cache, names, budget| decompile(cache, names, decode, budget).unwrap())
}

#[test]
fn statements() {
    let store = |variable: &str| [word(39), name(variable)].concat();
    for (line, expected) in [
        (vec![load("i"), number(1), word(5), word(156)], "If i = 1 Then"),
        (
            vec![load("i"), number(1), word(5), word(155), word(71), load("i"), store("text"), word(106)],
            "If i = 1 Then text = i",
        ),
        (vec![load("i"), number(0), number(9), word(146)], "For i = 0 To 9"),
        (vec![load("i"), load("Items"), word(147)], "For Each i In Items"),
        (vec![load("text"), text("say \"a\""), word(17), store("text")], "text = text & \"say \"\"a\"\"\""),
        (vec![text("x"), number(0), [word(65 | (16 << 10)), name("Shell"), word(2)].concat()], "Shell \"x\", 0"),
        (vec![text("x"), [word(65), name("Shell"), word(1)].concat()], "Call Shell(\"x\")"),
        (
            vec![
                number(1),
                [word(36), name("Cells"), word(1)].concat(),
                [word(33), name("Value")].concat(),
                store("i"),
            ],
            "i = Cells(1).Value",
        ),
        (vec![[word((204 - 3) | (1 << 10)), name("Failed")].concat()], "On Error Resume Next"),
        (vec![[word(204 - 3), name("Failed")].concat()], "On Error GoTo Failed"),
        (vec![[word(163), name("Failed")].concat()], "Failed:"),
        (
            vec![text("a.txt"), number(1), word(30), word(171), [word(207 - 3), word(2)].concat()],
            "Open \"a.txt\" For Output As #1",
        ),
        (vec![number(1), word(30), word(213 - 3), text("a"), word(217 - 3)], "Print #1, \"a\""),
        (vec![number(1), word(75), number(2), number(5), word(76), word(84)], "Case 1, 2 To 5"),
        (vec![[word(227 - 3), word(0), word(2), b" x".to_vec()].concat()], "' x"),
        (
            vec![
                [word(70), word(0)].concat(),
                load("i"),
                store("text"),
                [word(70), word(0)].concat(),
                load("i"),
                store("i"),
            ],
            "text = i: i = i",
        ),
    ] {
        assert_eq!(source(&[line]), format!("{expected}\n"));
    }
}

#[test]
fn lines_that_lie_end_and_keep_what_came_before() {
    // A string longer than its line, an operation that does not exist, operands that were never pushed.
    assert_eq!(source(&[vec![load("i"), word(182), word(900), b"ab".to_vec()]]), "i\n");
    assert_eq!(source(&[vec![load("i"), word(1023)]]), "i\n");
    assert_eq!(source(&[vec![word(17), word(146)]]), "For  =  To  & \n");
    assert_eq!(source(&[vec![[word(36), name("Go"), word(0xFFFF)].concat()]]), "Go()\n");
}

#[test]
fn differences() {
    let lines = [
        vec![text("cmd /c one"), [word(65 | (16 << 10)), name("Shell"), word(1)].concat()],
        vec![load("Items"), [word(39), name("text")].concat()],
    ];
    let differs = |source: &str| {
        with_cache(&lines, |cache, names, budget| {
            let contents = Contents::read(cache, names, decode, budget).unwrap();
            let mut words = Words::default();
            words.add_source(source, budget).unwrap();
            contents.compare(&words).map(|stomped| stomped.difference)
        })
    };
    assert_eq!(differs("Shell \"cmd /c one\"\ntext = Items"), None);
    // Other spellings of the same.
    assert_eq!(differs("[shell] _\n  \"cmd /c one\" ' x\nTEXT$ = items"), None);
    assert_eq!(differs("Attribute VB_Name = \"x\"\n' Shell \"cmd /c one\""), Some(Difference::Removed));
    assert_eq!(differs("MsgBox \"good morning\""), Some(Difference::Replaced));
    assert_eq!(differs("Shell \"cmd /c two\"\ntext = Items"), Some(Difference::Changed));
}

#[test]
fn names_of_another_code_page_are_the_same_names() {
    // Chinese names, read as Western ones: signs that no name holds there, and letters whose case was changed.
    let named = |name: &'static str| vec![load(name), [word(39), self::name("text")].concat()];
    let lines = [named("²¾°ê¤u§@ªí1"), named("«ü©w¤u§@ªí"), named("§r°£¤u§@ªí")];
    let differs = |source: &str| {
        with_cache(&lines, |cache, names, budget| {
            let contents = Contents::read(cache, names, decode, budget).unwrap();
            let mut words = Words::default();
            words.add_source(source, budget).unwrap();
            contents.compare(&words).map(|stomped| stomped.difference)
        })
    };
    let source = "text = ²¾°Ê¤u§@ªí1\ntext = «ü©w¤u§@ªí\ntext = §R°£¤u§@ªí";
    assert_eq!(differs(source), None);
    assert_eq!(differs(&source.replace('ª', "º")), Some(Difference::Replaced));
}

#[test]
fn noise_is_no_cache() {
    for seed in 0..300_u32 {
        let mut state = seed;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let mut stream: Vec<u8> = (0..1500).map(|_| noise() & if seed % 2 == 0 { 7 } else { 0xFF }).collect();
        stream[2..4].fill(0);
        stream[0x19..0x1D].copy_from_slice(&0x100_u32.to_le_bytes());
        stream[0x13C..0x13E].copy_from_slice(&[0xFE, 0xCA]);
        let budget = Budget::new(Limits::default(), |_| ());
        for wide in [false, true] {
            if let Some(cache) = Cache::open(&stream, 0xA3, wide) {
                let names = Names::of(NAMES);
                Contents::read(&cache, &names, decode, &budget).unwrap();
                decompile(&cache, &names, decode, &budget).unwrap();
            }
        }
    }
}
