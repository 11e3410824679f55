//! Values of a script, as far as they are known.

use std::rc::Rc;

/// Stands for what is not known inside a text.
pub(super) const GAP: u16 = 0x2026;

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Not known.
    Unknown,
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<Vec<u16>>),
    /// Its place among the objects of the machine.
    Object(usize),
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Rc::new(text.encode_utf16().collect()))
    }

    pub(super) fn units(units: &[u16]) -> Self {
        Self::Text(Rc::new(units.to_vec()))
    }

    pub(super) fn count(n: usize) -> Self {
        Self::Number(f64::from(u32::try_from(n).unwrap_or(u32::MAX)))
    }

    /// Whether a condition holds, where that is known.
    pub(super) fn holds(&self) -> Option<bool> {
        Some(match self {
            Self::Unknown => return None,
            Self::Undefined | Self::Null => false,
            Self::Bool(value) => *value,
            Self::Number(n) => *n != 0.0 && !n.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Object(_) => true,
        })
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Unknown | Self::Object(_) => None,
            Self::Undefined => Some(f64::NAN),
            Self::Null => Some(0.0),
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Number(n) => Some(*n),
            Self::Text(text) if text.contains(&GAP) => None,
            Self::Text(text) => {
                let text = String::from_utf16_lossy(text);
                let text = text.trim();
                Some(match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                    Some(hex) => u32::from_str_radix(hex, 16).map_or(f64::NAN, f64::from),
                    None if text.is_empty() => 0.0,
                    None => text.parse().unwrap_or(f64::NAN),
                })
            }
        }
    }

    pub(super) fn index(&self) -> Option<usize> {
        let n = self.number().filter(|n| *n >= 0.0 && *n < 4e9)?;
        usize::try_from(whole(n)).ok()
    }
}

/// A number without its fraction; what is no number is 0.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
pub(super) const fn whole(n: f64) -> i64 {
    n as i64
}

/// A number as the operators of bits take it (9.5): the lowest 32 bits.
pub(super) fn bits(n: f64) -> u32 {
    const SIZE: f64 = 4_294_967_296.0;
    if !n.is_finite() {
        return 0;
    }
    u32::try_from(whole(n.trunc().rem_euclid(SIZE))).unwrap_or(0)
}

pub(super) fn shown(n: f64) -> String {
    if n.is_nan() {
        "NaN".into()
    } else if n.is_infinite() {
        if n > 0.0 { "Infinity".into() } else { "-Infinity".into() }
    } else if n == 0.0 {
        "0".into()
    } else {
        n.to_string()
    }
}

pub(super) fn in_radix(n: f64, radix: u32) -> String {
    let mut rest = whole(n).unsigned_abs();
    let mut digits = Vec::new();
    let radix = radix.clamp(2, 36);
    loop {
        let digit = u32::try_from(rest.checked_rem(u64::from(radix)).unwrap_or(0)).unwrap_or(0);
        digits.push(char::from_digit(digit, radix).unwrap_or('0'));
        rest = rest.checked_div(u64::from(radix)).unwrap_or(0);
        if rest == 0 {
            break;
        }
    }
    if n < 0.0 {
        digits.push('-');
    }
    digits.iter().rev().collect()
}
