//! Controls that stand on a document itself ([MS-OFORMS] 2.1.2.1): their class, and the record that forms keep too.

use super::forms::{CLASSES, Record, strings};
use super::read;
use crate::error::Result;
use crate::formats::cfb::Cfb;
use crate::languages::surroundings::Control;
use crate::scan::Scan;

/// CLSIDs of the classes that hold text ([MS-OFORMS] 1.9), and their number in [`CLASSES`].
const CLASS_IDS: &[([u8; 16], u32)] = &[
    (class_id(0xD705_3240, 0xCE69, 0x11CD, 0xA777_00DD_0114_3C57), 17),
    (class_id(0xEAE5_0EB0, 0x4A62, 0x11CE, 0xBED6_00AA_0061_1080), 18),
    (class_id(0x978C_9E23, 0xD4B0, 0x11CE, 0xBF2D_00AA_003F_40D0), 21),
    (class_id(0x8BD2_1D10, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3), 23),
    (class_id(0x8BD2_1D20, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3), 24),
    (class_id(0x8BD2_1D30, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3), 25),
    (class_id(0x8BD2_1D40, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3), 26),
    (class_id(0x8BD2_1D50, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3), 27),
    (class_id(0x8BD2_1D60, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3), 28),
];

/// A CLSID in the byte order of files.
const fn class_id(first: u32, second: u16, third: u16, rest: u64) -> [u8; 16] {
    let ([a, b, c, d], [e, f], [g, h]) = (first.to_le_bytes(), second.to_le_bytes(), third.to_le_bytes());
    let [i, j, k, l, m, n, o, p] = rest.to_be_bytes();
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

/// Whether a class is one that holds text.
pub(crate) fn is_known(class: [u8; 16]) -> bool {
    CLASS_IDS.iter().any(|(id, _)| *id == class)
}

/// A control by its class, and the stream of what it keeps.
pub(crate) fn of_class(class: [u8; 16], contents: &[u8]) -> Control {
    let number = CLASS_IDS.iter().find(|(id, _)| *id == class).map(|(_, number)| *number);
    let class = number.and_then(|number| CLASSES.iter().find(|(known, ..)| *known == number));
    let mut control = Control::default();
    if let Some((_, name, mask, fields)) = class {
        (*name).clone_into(&mut control.class);
        let record = Record::read(contents, 0, usize::from(*mask), fields);
        control.properties.extend(record.into_iter().flat_map(|record| record.texts));
    }
    if control.properties.is_empty() {
        let text = strings(contents).join("\n");
        if !text.is_empty() {
            control.properties.insert("text", text);
        }
    } else if let Some(value) = control.properties.get("value").cloned() {
        control.properties.entry("text").or_insert(value);
    }
    control
}

/// Controls of a Word document: storages of ObjectPool ([MS-DOC] 2.1.10) with their name in `\x03OCXNAME`.
pub(super) fn of_document(scan: &mut Scan, cfb: &Cfb) -> Result<Vec<Control>> {
    let mut found = Vec::new();
    for (id, entry) in cfb.streams() {
        if !entry.name.eq_ignore_ascii_case("\u{3}OCXNAME") {
            continue;
        }
        let (Some(storage), Some(contents)) =
            (entry.parent.and_then(|id| cfb.entry(id)), cfb.child(entry.parent, "contents"))
        else {
            continue;
        };
        let name = read(scan, cfb, id, 0)?;
        let contents = read(scan, cfb, contents, 0)?;
        scan.budget.steps((contents.len() as u64 >> 2).saturating_add(16))?;
        let units = name.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
        let units: Vec<u16> = units.take_while(|unit| *unit != 0).take(255).collect();
        let mut control = of_class(storage.clsid, &contents);
        control.name = String::from_utf16_lossy(&units);
        "ThisDocument".clone_into(&mut control.owner);
        found.push(control);
        if found.len() >= CONTROLS {
            break;
        }
    }
    Ok(found)
}

/// Most controls of a document that are read.
const CONTROLS: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_box_on_a_document() {
        // MorphDataControl (2.2.5): flags, colours, sizes of the texts, size of the control, then the texts.
        let class = class_id(0x8BD2_1D40, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3);
        let bytes = [
            0x00, 0x02, 0x38, 0x00, 0x40, 0x01, 0xC0, 0x80, 0x01, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x01, 0x00,
            0x00, 0x80, 0x09, 0x00, 0x00, 0x80, 0x06, 0x00, 0x00, 0x80, 0x00, 0x08, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00,
        ];
        let control = of_class(class, &[&bytes[..], b"1\0\0\0Send copy\0\0\0Orders\0\0"].concat());
        assert_eq!(control.class, "Forms.CheckBox.1");
        let property = |key| control.properties.get(key).map(String::as_str);
        assert_eq!((property("value"), property("caption")), (Some("1"), Some("Send copy")));
        assert_eq!(property("groupname"), Some("Orders"));
    }
}
