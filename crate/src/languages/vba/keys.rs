//! The codes of keys (`KeyCodeConstants` of [MS-VBAL] 6.1.1, `WdKey` of Word): the codes of letters and digits are those
//! of the characters, and `Chr(vbKeyP)` hides them.

/// The number of a `vbKey…` or `wdKey…` constant, named in lower case.
pub(super) fn code(name: &str) -> Option<u8> {
    let key = name.strip_prefix("vbkey").or_else(|| name.strip_prefix("wdkey"))?;
    if let [character] = key.as_bytes() {
        return character.is_ascii_alphanumeric().then(|| character.to_ascii_uppercase());
    }
    let numbered = |prefixes: &[&str], first: u8, base: u8, most: u8| {
        let digits = prefixes.iter().find_map(|prefix| key.strip_prefix(prefix))?;
        let number = digits.parse::<u8>().ok()?.checked_sub(first).filter(|number| *number <= most)?;
        base.checked_add(number)
    };
    numbered(&["f"], 1, 0x70, 15).or_else(|| numbered(&["numpad", "numeric"], 0, 0x60, 9)).or_else(|| {
        let at = NAMED.binary_search_by_key(&key, |(name, _)| name).ok()?;
        NAMED.get(at).map(|(_, code)| *code)
    })
}

const NAMED: &[(&str, u8)] = &[
    ("add", 0x6B),
    ("back", 0x08),
    ("backspace", 0x08),
    ("cancel", 0x03),
    ("capital", 0x14),
    ("clear", 0x0C),
    ("control", 0x11),
    ("decimal", 0x6E),
    ("delete", 0x2E),
    ("divide", 0x6F),
    ("down", 0x28),
    ("end", 0x23),
    ("escape", 0x1B),
    ("execute", 0x2B),
    ("help", 0x2F),
    ("home", 0x24),
    ("insert", 0x2D),
    ("lbutton", 0x01),
    ("left", 0x25),
    ("mbutton", 0x04),
    ("menu", 0x12),
    ("multiply", 0x6A),
    ("numlock", 0x90),
    ("pagedown", 0x22),
    ("pageup", 0x21),
    ("pause", 0x13),
    ("print", 0x2A),
    ("rbutton", 0x02),
    ("return", 0x0D),
    ("right", 0x27),
    ("scrolllock", 0x91),
    ("select", 0x29),
    ("separator", 0x6C),
    ("shift", 0x10),
    ("snapshot", 0x2C),
    ("space", 0x20),
    ("spacebar", 0x20),
    ("subtract", 0x6D),
    ("tab", 0x09),
    ("up", 0x26),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_their_codes() {
        assert!(NAMED.is_sorted());
        for (name, expected) in [
            ("vbkeyp", Some(80)),
            ("wdkey7", Some(55)),
            ("vbkeyf1", Some(112)),
            ("vbkeyf16", Some(127)),
            ("vbkeyf17", None),
            ("vbkeyf0", None),
            ("vbkeynumpad9", Some(105)),
            ("vbkeynumpad10", None),
            ("vbkeydecimal", Some(46 + 64)),
            ("vbkeyspace", Some(32)),
            ("vbkey", None),
            ("vbkeyé", None),
            ("keyp", None),
        ] {
            assert_eq!(code(name), expected, "{name}");
        }
    }
}
