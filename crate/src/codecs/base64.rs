//! Base64 ([RFC 4648] 4) as lenient as the programs that open documents: line breaks, blanks and stray signs are
//! skipped, padding may be missing, and what follows a finished group goes on.

/// Decodes every sign of the alphabet in `text`; at most `most` bytes come out.
pub(crate) fn decode(text: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity((text.len() / 4).saturating_mul(3).min(most));
    let (mut group, mut signs) = (0_u32, 0_u8);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                flush(&mut out, group, signs);
                (group, signs) = (0, 0);
                continue;
            }
            _ => continue,
        };
        group = (group << 6) | u32::from(value);
        signs = signs.wrapping_add(1);
        if signs == 4 {
            flush(&mut out, group, 4);
            (group, signs) = (0, 0);
            if out.len() >= most {
                out.truncate(most);
                return out;
            }
        }
    }
    flush(&mut out, group, signs);
    out.truncate(most);
    out
}

/// The bytes of a group of `signs` signs.
fn flush(out: &mut Vec<u8>, group: u32, signs: u8) {
    let [_, a, b, c] = match signs {
        2 => group << 12,
        3 => group << 6,
        4 => group,
        _ => return,
    }
    .to_be_bytes();
    out.extend([a, b, c].iter().take(usize::from(signs.saturating_sub(1))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_no_sign_is_skipped() {
        assert_eq!(decode(b"QWN0\r\n aXZl\tTWltZQAA", 99), b"ActiveMime\0\0");
        assert_eq!(decode(b"QQ==QUI=QUJD", 99), b"AABABC");
        assert_eq!(decode(b"QUJDRA", 99), b"ABCD");
        assert_eq!(decode(b"QUJDRUZH", 4), b"ABCE");
        assert!(decode(b"!\xFFA", 99).is_empty());
    }
}
