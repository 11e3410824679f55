//! Text whose code page nobody wrote down.

use super::encoding::SHIFT_JIS;

/// The upper half of code page 437, the code page of the first archive programs (APPNOTE appendix D.1).
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}";

/// A name a person would see: UTF-8 if it reads as such (most programs since 2010), else Shift_JIS if that gives
/// Japanese (Windows Explorer in Japan writes it without saying so), else code page 437.
pub(crate) fn of_unknown_encoding(raw: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(raw) {
        return text.to_owned();
    }
    if let Some(text) = SHIFT_JIS.decode_strictly(raw).filter(|text| is_japanese(text)) {
        return text.into_owned();
    }
    raw.iter().map(|byte| cp437(*byte)).collect()
}

/// Whether text decoded as Shift_JIS makes sense as such. An accented letter of another code page swallows the letter
/// behind it and gives one odd sign between Latin letters, so one sign alone counts only where no Latin letter stands.
fn is_japanese(text: &str) -> bool {
    let sign = |c: char| matches!(c, '\u{3000}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '\u{FF01}'..='\u{FF9F}');
    let stem = text.rsplit_once('.').map_or(text, |(stem, _)| stem);
    let pair = text.chars().zip(text.chars().skip(1)).any(|(a, b)| sign(a) && sign(b));
    pair || (stem.chars().any(sign) && !stem.chars().any(|c| c.is_ascii_alphabetic()))
}

fn cp437(byte: u8) -> char {
    match byte.checked_sub(0x80) {
        None => char::from(byte),
        Some(index) => CP437.chars().nth(usize::from(index)).unwrap_or('\u{FFFD}'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_the_code_page_they_were_written_in() {
        assert_eq!(CP437.chars().count(), 128);
        assert_eq!(of_unknown_encoding(&SHIFT_JIS.encode("請求書①.doc")), "請求書①.doc");
        assert_eq!(of_unknown_encoding(b"M\x81nchen.txt"), "München.txt");
    }
}
