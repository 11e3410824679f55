//! Roman numerals: `ARABIC` and `ROMAN` ([ECMA-376] part 1, 18.17.7; [MS-XLSX] 2.2.2 for `_xlfn.ARABIC`). Codes of
//! characters hide in them.

use super::values::{Datum, VALUE, from_integer, whole};

/// Excel takes no longer text.
const LONGEST: usize = 255;

/// A numeral as a number, in either case and with a sign; a letter before a greater one subtracts.
pub(super) fn arabic(text: &str) -> Datum {
    let text = text.trim();
    let (text, negative) = text.strip_prefix('-').map_or((text, false), |rest| (rest, true));
    if text.len() > LONGEST {
        return VALUE;
    }
    let mut sum = 0_i64;
    let mut after = 0;
    for letter in text.chars().rev() {
        let worth = match letter.to_ascii_uppercase() {
            'I' => 1,
            'V' => 5,
            'X' => 10,
            'L' => 50,
            'C' => 100,
            'D' => 500,
            'M' => 1000_i64,
            _ => return VALUE,
        };
        sum = if worth < after { sum.saturating_sub(worth) } else { sum.saturating_add(worth) };
        after = worth;
    }
    from_integer(if negative { sum.saturating_neg() } else { sum })
}

/// A number as a numeral, in the classical form; the shorter forms are not known here.
pub(super) fn roman(number: f64, form: Option<&Datum>) -> Datum {
    let classical = match form {
        Some(Datum::Bool(classical)) => *classical,
        Some(form) => form.number() == Some(0.0),
        None => true,
    };
    if !classical {
        return Datum::gap();
    }
    let Some(mut rest) = whole(number).filter(|number| *number < 4000) else { return VALUE };
    let mut text = String::new();
    for (letters, worth) in [
        ("M", 1000),
        ("CM", 900),
        ("D", 500),
        ("CD", 400),
        ("C", 100),
        ("XC", 90),
        ("L", 50),
        ("XL", 40),
        ("X", 10),
        ("IX", 9),
        ("V", 5),
        ("IV", 4),
        ("I", 1_u32),
    ] {
        while let Some(less) = rest.checked_sub(worth) {
            text.push_str(letters);
            rest = less;
        }
    }
    Datum::text(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_are_numbers() {
        for (text, number) in [("MCMXII", 1912.0), (" lxvii ", 67.0), ("-x", -10.0), ("", 0.0), ("XCIX", 99.0)] {
            assert_eq!(arabic(text), Datum::Number(number), "{text}");
        }
        assert_eq!(arabic("XA"), VALUE);
        assert_eq!(arabic(&"M".repeat(256)), VALUE);
        assert_eq!(roman(1994.0, None), Datum::text("MCMXCIV"));
        assert_eq!(roman(499.0, Some(&Datum::Number(4.0))), Datum::gap());
        assert_eq!(roman(4000.0, None), VALUE);
    }
}
