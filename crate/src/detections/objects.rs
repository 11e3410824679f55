//! Objects that call for programs which attackers misuse.
//!
//! An object names its program by a class identifier, and Office starts that program to show it. Attackers name programs
//! with weaknesses nobody repaired (the Equation Editor: CVE-2017-11882, CVE-2018-0802, CVE-2018-0798), programs that
//! fetch and run (the browser's part: CVE-2026-21509; monikers of scripts: CVE-2017-0199, CVE-2017-8570, CVE-2017-8759),
//! or libraries that only make an attack easier. Honest documents hold tables, charts, pictures, files, formulas of the
//! years before 2018, and the buttons and boxes of Office's own forms.

use crate::detections::Detection;
use crate::detections::relationships::{self, Place, is_inside, place};
use crate::finding::{Evidence, FindingKind, Level, Observation};
use crate::formats::ole::Class;
use crate::formats::ole::equation::{EDITORS, Equation};
use crate::formats::ole::link;
use crate::languages::ActionKind;
use crate::view::{Carrier, Object, Reads, Relationship, View};

const EXPLOIT: FindingKind = FindingKind::new("object.exploit-class", Level::Stop, Some("N2"));
const LINK: FindingKind = FindingKind::new("object.link", Level::Stop, Some("N1"));
const CONTROL: FindingKind = FindingKind::new("object.control", Level::Hold, Some("M2"));
const FORMULA: FindingKind = FindingKind::new("object.equation", Level::Notice, None);

pub(super) const DETECTION: Detection =
    Detection { kinds: &[&EXPLOIT, &LINK, &CONTROL, &FORMULA], reads: Reads::Object, find };

/// When a class is reason to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Always,
    /// Honest documents have it as a control; nobody puts it into RTF.
    RichText,
    /// A picture that is nobody's object is not brought up to date by honest programs.
    Updated,
    /// The formula decides.
    Formula,
    /// Part of Office's own forms, or as common on honest sheets.
    Never,
}

/// A class: its identifiers, how its names begin, what to call it (`kind` of the catalogues).
struct Row {
    classes: &'static [Class],
    names: &'static [&'static str],
    kind: &'static str,
    when: When,
}

const fn class(first: u32, second: u16, third: u16, rest: u64) -> Class {
    Class::new(first, second, third, rest.to_be_bytes())
}

const TABLE: &[Row] = &[
    Row { classes: EDITORS, names: &["equation.1", "equation.2", "equation.3"], kind: "equation", when: When::Formula },
    // Shell.Explorer.1, the file types of the browser, scriptlets as controls, help pages.
    Row {
        classes: &[
            class(0xEAB2_2AC3, 0x30C1, 0x11CF, 0xA7EB_0000_C05B_AE0B),
            class(0x2533_6920, 0x03F9, 0x11CF, 0x8FD0_00AA_0068_6F13),
            class(0x3050_F3D9, 0x98B5, 0x11CF, 0xBB82_00AA_00BD_CE0B),
            class(0x3050_F4D8, 0x98B5, 0x11CF, 0xBB82_00AA_00BD_CE0B),
            class(0xAE24_FDAE, 0x03C6, 0x11D1, 0x8B76_0080_C744_F389),
            class(0x41B2_3C28, 0x488E, 0x4E5C, 0xACE2_BB0B_BABE_99E8),
            class(0xADB8_80A6, 0xD8FF, 0x11CF, 0x9377_00AA_003B_7A11),
            class(0xC08A_FD90, 0xF2A1, 0x11D1, 0x8455_00A0_C91F_3880),
        ],
        names: &["shell.explorer.1", "htmlfile", "mhtmlfile", "htafile", "scriptbridge.", "internet.hhctrl", "hhctrl."],
        kind: "browser-part",
        when: When::Always,
    },
    Row {
        classes: &[class(0x8856_F961, 0x340A, 0x11D0, 0xA96B_00C0_4FD7_05A2)],
        names: &["shell.explorer"],
        kind: "browser-part",
        when: When::RichText,
    },
    Row {
        classes: &[link::SCRIPT, link::SCRIPTLET, link::NEW, link::SOAP, Class::office(0x31A)],
        names: &["script", "scriptletfile", "soap"],
        kind: "script-moniker",
        when: When::Always,
    },
    Row {
        classes: &[
            class(0x72C2_4DD5, 0xD70A, 0x438B, 0x8A42_9842_4B88_AFB8),
            class(0xF935_DC22, 0x1CF0, 0x11D0, 0xADB9_00C0_4FD5_8A0B),
            class(0x0D43_FE01, 0xF093, 0x11CF, 0x8940_00A0_C905_4228),
            class(0x0E59_F1D5, 0x1FBE, 0x11D0, 0x8FF2_00A0_D100_38BC),
            class(0xB54F_3741, 0x5B07, 0x11CF, 0xA4B0_00AA_004A_55E8),
            class(0xF414_C260, 0x6AC0, 0x11CF, 0xB6D1_00AA_00BB_BB58),
        ],
        names: &["wscript.shell", "shell.application", "scriptcontrol", "vbsfile", "jsfile"],
        kind: "script-program",
        when: When::Always,
    },
    // Loaded for what they bring into memory, or for a library of the same name beside the document (CVE-2015-6128,
    // CVE-2016-0015, CVE-2016-0042, CVE-2015-1770, CVE-2015-1642, CVE-2021-27058).
    Row {
        classes: &[
            class(0xA08A_033D, 0x1A75, 0x4AB6, 0xA166_EAD0_2F54_7959),
            class(0x0574_1520, 0xC4EB, 0x440A, 0xAC3F_9643_BBC9_F847),
            class(0x3018_609E, 0xCDBC, 0x47E8, 0xA255_809D_46BA_A319),
            class(0xE8CC_4CBE, 0xFDFF, 0x11D0, 0xB865_00A0_C908_1C1D),
            class(0xE8CC_4CBF, 0xFDFF, 0x11D0, 0xB865_00A0_C908_1C1D),
            class(0x394C_052E, 0xB830, 0x11D0, 0x9A86_00C0_4FD8_DBF7),
            class(0x9757_97FC, 0x4E2A, 0x11D0, 0xB702_00C0_4FD8_DBF7),
            class(0x14CE_31DC, 0xABC2, 0x484C, 0xB061_CF34_16AE_D8FF),
            class(0xD93C_E8B5, 0x3BF8, 0x462C, 0xA03F_DED2_7300_78BA),
            class(0xECAB_AFC9, 0x7F19, 0x11D2, 0x978E_0000_F875_7E2A),
            class(0x4315_D437, 0x5B8C, 0x11D0, 0xBD3B_00A0_C911_CE86),
            class(0x44F9_A03B, 0xA3EC, 0x4F3B, 0x9364_08E0_007F_21DF),
            class(0xCDDB_CC7C, 0xBE18, 0x4A58, 0x9CBF_D62A_0122_72CE),
            class(0x33BD_73C2, 0x7BB4, 0x48F4, 0x8DBC_82B8_B313_AE16),
            class(0x3BA5_9FA5, 0x41BF, 0x4820, 0x98E4_0464_5A80_6698),
            class(0x799E_D9EA, 0xFB5E, 0x11D1, 0xB7D6_00C0_4FC2_AAE2),
            class(0x1461_A561, 0x24E8, 0x4BA3, 0x8D4A_FFEE_F980_556B),
            class(0x6AD4_AE40, 0x2FF1, 0x4D88, 0xB27A_F76F_C7B4_0440),
            class(0x23CE_100B, 0x1390, 0x49D6, 0xBA00_F17D_3AEE_149C),
            class(0x8627_E73B, 0xB5AA, 0x4643, 0xA3B0_570E_DA17_E3E7),
            class(0xCCD0_68CD, 0x1260, 0x4AEA, 0xB040_A879_74EB_3AEF),
            class(0xCDF1_C8AA, 0x2D25, 0x43C7, 0x8AFE_01F7_3A3C_66DA),
            class(0xD50F_ED35, 0x0A08, 0x4B17, 0xB3E0_A8DD_0EDE_375D),
            class(0xECF4_4975, 0x786E, 0x462F, 0xB02A_CBCC_B1A2_C4A2),
            class(0xF959_DBBB, 0x3867, 0x41F2, 0x8E5F_3B8B_EFAA_81B3),
            class(0x9C38_ED61, 0xD565, 0x4728, 0xAEEE_C809_52F0_ECDE),
            class(0x2913_1539, 0x2EED, 0x1069, 0xBF5D_00DD_0111_86B7),
        ],
        names: &["otkloadr.", "msdaora", "control.tasksymbol", "osf.sandbox", "umoutlookaddin.", "bcsaddin."],
        kind: "loaded-library",
        when: When::Always,
    },
    // CVE-2025-21298.
    Row { classes: &[], names: &["staticdib", "staticmetafile"], kind: "static-picture", when: When::Updated },
    // Lists, trees and tabs of Visual Basic (CVE-2012-0158, CVE-2012-1856, CVE-2013-3906, CVE-2014-1761): thousands of
    // honest workbooks have them.
    Row {
        classes: &[
            class(0xBDD1_F04B, 0x858B, 0x11D1, 0xB16A_00C0_F028_3628),
            class(0x996B_F5E0, 0x8044, 0x4650, 0xADEB_0B01_3914_E99C),
            class(0xC741_90B6, 0x8589, 0x11D1, 0xB16A_00C0_F028_3628),
            class(0x9181_DC5F, 0xE07D, 0x418A, 0xACA6_8EEA_1ECB_8E9E),
            class(0x1EFB_6596, 0x857C, 0x11D1, 0xB16A_00C0_F028_3628),
            class(0x6683_3FE6, 0x8583, 0x11D1, 0xB16A_00C0_F028_3628),
            class(0xDD9D_A666, 0x8594, 0x11D1, 0xB16A_00C0_F028_3628),
            class(0x2C24_7F23, 0x8591, 0x11D1, 0xB16A_00C0_F028_3628),
            class(0x3505_3A22, 0x8589, 0x11D1, 0xB16A_00C0_F028_3628),
            class(0x8E38_67A3, 0x8586, 0x11D1, 0xB16A_00C0_F028_3628),
        ],
        names: &["mscomctllib.", "comctllib.", "mscomctl2."],
        kind: "old-control",
        when: When::RichText,
    },
    Row {
        classes: &[
            class(0xD27C_DB6E, 0xAE6D, 0x11CF, 0x96B8_4445_5354_0000),
            class(0xD27C_DB70, 0xAE6D, 0x11CF, 0x96B8_4445_5354_0000),
        ],
        names: &["shockwaveflash."],
        kind: "flash",
        when: When::RichText,
    },
    // Forms 2.0: text box, list box, combo box, check box, option button, toggle button; button, label, picture, scroll
    // bar, spin button, frame, pages, tabs, the form.
    Row {
        classes: &[
            class(0x8BD2_1D10, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3),
            class(0x8BD2_1D20, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3),
            class(0x8BD2_1D30, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3),
            class(0x8BD2_1D40, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3),
            class(0x8BD2_1D50, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3),
            class(0x8BD2_1D60, 0xEC42, 0x11CE, 0x9E0D_00AA_0060_02F3),
            class(0xD705_3240, 0xCE69, 0x11CD, 0xA777_00DD_0114_3C57),
            class(0x978C_9E23, 0xD4B0, 0x11CE, 0xBF2D_00AA_003F_40D0),
            class(0x4C59_9241, 0x6926, 0x101B, 0x9992_0000_0B65_C6F9),
            class(0xDFD1_81E0, 0x5E2F, 0x11CE, 0xA449_00AA_004A_803D),
            class(0x7917_6FB0, 0xB7F2, 0x11CE, 0x97EF_00AA_006D_2776),
            class(0x6E18_2020, 0xF460, 0x11CE, 0x9BCD_00AA_0060_8E01),
            class(0x46E3_1370, 0x3F7A, 0x11CE, 0xBED6_00AA_0061_1080),
            class(0xEAE5_0EB0, 0x4A62, 0x11CE, 0xBED6_00AA_0061_1080),
            class(0xC62A_69F0, 0x16DC, 0x11CE, 0x9E98_00AA_0057_4A4F),
        ],
        names: &["forms."],
        kind: "control",
        when: When::Never,
    },
];

/// MathType, whose formulas its own program reads.
const MATHTYPE: Class = Class::office(0x0002_CE03);

fn row(object: &Object<'_>) -> Option<&'static Row> {
    let name = object.name.trim().to_lowercase();
    let by_name = |row: &&Row| !name.is_empty() && row.names.iter().any(|start| is_name(&name, start));
    let by_class = object.class.and_then(|class| TABLE.iter().find(|row| row.classes.contains(&class)));
    by_class.or_else(|| TABLE.iter().find(by_name))
}

/// Names that end in a dot, or have a version of their own, stand for all that begin so.
fn is_name(name: &str, start: &str) -> bool {
    match name.strip_prefix(start) {
        Some(rest) => rest.is_empty() || start.ends_with('.') || rest.starts_with('.'),
        None => false,
    }
}

fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Object(object) = view else { return };
    if let Some(target) = object.fetches.filter(|target| place(target) != Place::Local) {
        if is_inside(target) {
            let link = Relationship { part: object.path, kind: "oleObject", target };
            relationships::find(&View::Relationship(link), found);
        } else {
            let evidence = Evidence::quote(target).path(object.path);
            found.push(Observation::new(&LINK, evidence).with("target", target).acts(ActionKind::Fetch, target));
        }
    }
    let row = row(object);
    let (kind, finding) = match (row, formula(object, row)) {
        (_, Some(finding)) => ("equation", finding),
        (Some(row), None) if is_exploit(row.when, object) => (row.kind, &EXPLOIT),
        (Some(Row { kind: kind @ ("flash" | "browser-part"), .. }), None) => (*kind, &CONTROL),
        (Some(_), None) => return,
        (None, None) if object.control && object.class.is_some() => ("control", &CONTROL),
        (None, None) => return,
    };
    let name = name(object);
    let evidence = Evidence::quote(&name).path(object.path);
    found.push(Observation::new(finding, evidence).with("kind", kind).with("name", name));
}

fn is_exploit(when: When, object: &Object<'_>) -> bool {
    match when {
        When::Always => true,
        When::RichText => object.carrier == Carrier::RichText,
        When::Updated => object.updates,
        When::Formula | When::Never => false,
    }
}

/// What the formula of an object is reason for. A storage that calls for the editor and holds no formula does not come
/// from the editor.
fn formula(object: &Object<'_>, row: Option<&Row>) -> Option<&'static FindingKind> {
    let is_editor = row.is_some_and(|row| row.when == When::Formula);
    let called = is_editor && object.class.is_some();
    match object.formula {
        Some(Equation::Overflow) => Some(&EXPLOIT),
        Some(Equation::Damaged) if object.class != Some(MATHTYPE) => Some(&EXPLOIT),
        None if called && object.carrier == Carrier::RichText => Some(&EXPLOIT),
        Some(Equation::Sound) => Some(&FORMULA),
        None if called => Some(&FORMULA),
        _ => None,
    }
}

/// As people can look it up.
fn name(object: &Object<'_>) -> String {
    match (object.class, object.name.trim()) {
        (Some(class), "") => format!("{{{class}}}"),
        (Some(class), name) => format!("{name} {{{class}}}"),
        (None, "") => object.path.to_owned(),
        (None, name) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fires(object: Object<'_>) -> Option<&'static str> {
        let mut found = Vec::new();
        find(&View::Object(object), &mut found);
        found.first().map(|observation| observation.kind.id)
    }

    const HERE: Object<'static> = Object::at("ObjectPool/_1", Carrier::Document);
    const RTF: Object<'static> = Object::at("\\objdata 1", Carrier::RichText);

    #[test]
    fn classes_that_attackers_misuse() {
        for class in ["{EAB22AC3-30C1-11CF-A7EB-0000C05BAE0B}", "{06290BD3-48AA-11D2-8432-006008C3FBFC}"] {
            assert_eq!(fires(Object { class: Class::parse(class), ..HERE }), Some("object.exploit-class"), "{class}");
        }
        for name in [
            "Shell.Explorer.1",
            "htmlfile",
            "OTKLOADR.WRAssembly.1",
            "MSComctlLib.ListViewCtrl.2",
            "ShockwaveFlash.ShockwaveFlash.9",
        ] {
            assert_eq!(fires(Object { name, ..RTF }), Some("object.exploit-class"), "{name}");
        }
        let editor = Some(Class::office(0x0002_CE02));
        assert_eq!(
            fires(Object { class: editor, formula: Some(Equation::Overflow), ..HERE }),
            Some("object.exploit-class")
        );
        assert_eq!(fires(Object { class: editor, ..RTF }), Some("object.exploit-class"));
        assert_eq!(fires(Object { name: "StaticDib", updates: true, ..RTF }), Some("object.exploit-class"));
    }

    #[test]
    fn links_that_update_themselves() {
        assert_eq!(fires(Object { fetches: Some("https://host.example/a"), ..RTF }), Some("object.link"));
        assert_eq!(fires(Object { fetches: Some("\\\\host.example\\a\\b.doc"), ..RTF }), Some("object.link"));
        assert_eq!(fires(Object { fetches: Some("C:\\data\\a.xls"), ..RTF }), None);
        assert_eq!(fires(Object { fetches: Some("\\\\fileserver\\a.xls"), ..RTF }), Some("ooxml.external-link"));
    }

    #[test]
    fn controls_of_other_makers() {
        let other = Class::parse("D27CDB6E-AE6D-11CF-96B8-444553540000");
        assert_eq!(fires(Object { class: other, ..HERE }), Some("object.control"));
        let unknown = Class::parse("12345678-1234-1234-1234-123456789ABC");
        assert_eq!(fires(Object { class: unknown, control: true, ..HERE }), Some("object.control"));
        assert_eq!(fires(Object { class: unknown, ..HERE }), None);
    }

    #[test]
    fn lookalikes_that_are_everyday() {
        let editor = Some(Class::office(0x0002_CE02));
        for carrier in [Carrier::Document, Carrier::RichText] {
            let here = |object| Object { carrier, ..object };
            let sound = Object { class: editor, formula: Some(Equation::Sound), ..HERE };
            assert_eq!(fires(here(sound)), Some("object.equation"));
            assert_eq!(fires(here(Object { class: Some(MATHTYPE), formula: Some(Equation::Newer), ..HERE })), None);
            assert_eq!(fires(here(Object { name: "Equation.DSMT4", ..HERE })), None);
            assert_eq!(fires(here(Object { class: Some(MATHTYPE), name: "Equation.DSMT4", ..HERE })), None);
            for name in
                ["Excel.Sheet.8", "Package", "Word.Document.12", "PBrush", "OLE2Link", "Forms.TextBox.1", "Scripture"]
            {
                assert_eq!(fires(here(Object { name, ..HERE })), None, "{name}");
            }
            let button = Class::parse("D7053240-CE69-11CD-A777-00DD01143C57");
            assert_eq!(fires(here(Object { class: button, control: true, ..HERE })), None);
        }
        assert_eq!(fires(Object { name: "MSComctlLib.ListViewCtrl.2", control: true, ..HERE }), None);
    }
}
