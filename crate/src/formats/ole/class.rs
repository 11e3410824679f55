//! Class identifiers ([MS-DTYP] 2.3.4.2): which program an object calls for.

use std::fmt;

/// A class identifier in the byte order of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Class(pub(crate) [u8; 16]);

impl Class {
    /// As it is written: the first three groups are numbers, the rest bytes.
    pub(crate) const fn new(first: u32, second: u16, third: u16, rest: [u8; 8]) -> Self {
        let ([a, b, c, d], [e, f], [g, h]) = (first.to_le_bytes(), second.to_le_bytes(), third.to_le_bytes());
        let [i, j, k, l, m, n, o, p] = rest;
        Self([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }

    /// Classes of OLE and Office: `xxxxxxxx-0000-0000-C000-000000000046`.
    pub(crate) const fn office(first: u32) -> Self {
        Self::new(first, 0, 0, [0xC0, 0, 0, 0, 0, 0, 0, 0x46])
    }

    pub(crate) fn is_null(self) -> bool {
        self.0 == [0; 16]
    }

    /// Reads `{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}`, braces aside.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut digits = text.trim().bytes().filter(|byte| !matches!(byte, b'{' | b'}' | b'-'));
        let mut bytes = [0_u8; 16];
        for byte in &mut bytes {
            let mut digit = || char::from(digits.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            *byte = (digit()? << 4) | digit()?;
        }
        let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
        let numbers = (u32::from_be_bytes([a, b, c, d]), u16::from_be_bytes([e, f]), u16::from_be_bytes([g, h]));
        Some(Self::new(numbers.0, numbers.1, numbers.2, rest))
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g, h, i, j, k, rest @ ..] = self.0;
        let first = u32::from_le_bytes([a, b, c, d]);
        write!(f, "{first:08X}-{:04X}-{:04X}-", u16::from_le_bytes([e, g]), u16::from_le_bytes([h, i]))?;
        write!(f, "{:04X}-", u16::from_be_bytes([j, k]))?;
        rest.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_read_as_they_are_written() {
        let text = "EAB22AC3-30C1-11CF-A7EB-0000C05BAE0B";
        let class = Class::parse(&format!("{{{}}}", text.to_lowercase())).unwrap();
        assert_eq!(class, Class::new(0xEAB2_2AC3, 0x30C1, 0x11CF, [0xA7, 0xEB, 0, 0, 0xC0, 0x5B, 0xAE, 0x0B]));
        assert_eq!(class.to_string(), text);
        assert_eq!(Class::parse("EAB22AC3-30C1"), None);
        assert_eq!(Class::office(0x0002_CE02).to_string(), "0002CE02-0000-0000-C000-000000000046");
    }
}
