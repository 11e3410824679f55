//! Passwords in what came along: in the mail that carried an attachment, in a text beside it, in its name.
//!
//! In Japan the password of an attachment follows in a second mail; those who attack write it into the first one, or
//! into the name of the archive. Whatever looks like one is tried: a wrong guess costs a moment.

use crate::budget::Budget;
use crate::codecs::base64;
use crate::codecs::encoding::{Encoding, ISO_2022_JP, UTF_8};
use crate::finding::cut;
use crate::formats::{mime, text};

/// Bytes of a letter that are looked at, and the passwords one of them may give.
const LONGEST: usize = 1 << 18;
const MOST: usize = 64;

/// Bytes of a line that are looked at.
const LINE: usize = 2048;

/// Passwords have this many characters.
const SHORTEST_TOKEN: usize = 4;
const LONGEST_TOKEN: usize = 32;

/// Words that announce a password, in lower case.
const WORDS: &[&str] = &[
    "パスワード",
    "ﾊﾟｽﾜｰﾄﾞ",
    "ﾊﾟｽ",
    "パス",
    "解凍キー",
    "解凍",
    "暗証番号",
    "暗号",
    "合言葉",
    "鍵",
    "解压密码",
    "解压",
    "密码",
    "密碼",
    "口令",
    "비밀번호",
    "암호",
    "password",
    "passwort",
    "passwd",
    "passphrase",
    "passcode",
    "passwoord",
    "passord",
    "pass",
    "pwd",
    "pw",
    "kennwort",
    "mot de passe",
    "mdp",
    "contraseña",
    "contrasena",
    "clave",
    "senha",
    "hasło",
    "heslo",
    "lösenord",
    "wachtwoord",
    "salasana",
    "parola",
    "jelszó",
    "пароль",
    "şifre",
    "code",
    "key",
];

/// Whether one of [`WORDS`] may begin with this byte.
const fn may_begin(byte: u8) -> bool {
    matches!(byte, b'c' | b'h' | b'j' | b'k' | b'l' | b'm' | b'p' | b's' | b'w' | 0x80..)
}

/// What stands between the word and the password: signs, and the small words of several languages.
const BETWEEN: &[&str] = &[
    "は",
    "が",
    "：",
    "を",
    "に",
    "の",
    "番号",
    "以下",
    "次",
    "とおり",
    "通り",
    "です",
    "となります",
    "になります",
    "for",
    "the",
    "this",
    "file",
    "zip",
    "archive",
    "attachment",
    "document",
    "is",
    "are",
    "ist",
    "lautet",
    "est",
    "es",
    "to",
    "open",
    "it",
    "protected",
    "как",
    "是",
    "为",
    "為",
];

/// Quotes and brackets, by pairs.
const PAIRS: &[(char, char)] = &[
    ('「', '」'),
    ('『', '』'),
    ('【', '】'),
    ('［', '］'),
    ('〔', '〕'),
    ('〈', '〉'),
    ('《', '》'),
    ('（', '）'),
    ('“', '”'),
    ('‘', '’'),
    ('«', '»'),
    ('„', '“'),
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('[', ']'),
    ('(', ')'),
    ('{', '}'),
    ('<', '>'),
    ('*', '*'),
    ('_', '_'),
];

/// Passwords that a name may hold: `パスワードは1234.txt`, `pass_2026.zip`, `[pw infected]`.
pub(crate) fn in_name(path: &str) -> Vec<String> {
    let mut found = Found::default();
    for part in path.split(['/', '\\']).filter(|part| part.chars().count() < 256) {
        let stem = part.rsplit_once('.').map_or(part, |(stem, _)| stem);
        found.announced(stem, None);
        // What is quoted counts only if it says what it is.
        if found.passwords.len() > MOST {
            break;
        }
    }
    found.passwords
}

/// Passwords that a letter may hold: a mail with its headers, a page, or plain text.
pub(crate) fn in_letter(bytes: &[u8], budget: &Budget) -> Vec<String> {
    let bytes = bytes.get(..bytes.len().min(LONGEST)).unwrap_or_default();
    if budget.steps(bytes.len() as u64).is_err() {
        return Vec::new();
    }
    let mut found = Found::default();
    for text in texts(bytes, budget) {
        found.text(&text);
    }
    found.passwords
}

/// The texts of a mail, or the text as a whole.
fn texts(bytes: &[u8], budget: &Budget) -> Vec<String> {
    let (parts, _) = mime::parts(bytes, budget);
    let mut all = Vec::from_iter(subject(bytes));
    for part in parts.iter().take(16) {
        let kind = part.media_type();
        let Ok(content) = part.content(budget) else { break };
        let text = decode(&content, mime::parameter(part.header("content-type"), "charset").as_deref());
        if kind == "text/html" {
            all.push(without_tags(&text));
        } else if kind.is_empty() || kind.starts_with("text/") {
            all.push(text);
        }
    }
    if parts.iter().all(|part| part.media_type().is_empty()) {
        let text = decode(bytes, None);
        let is_page = text.trim_start().starts_with('<');
        all.push(if is_page { without_tags(&text) } else { text });
    }
    all
}

fn decode(bytes: &[u8], charset: Option<&str>) -> String {
    let declared = charset.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    // Mail in Japan is written in ISO-2022-JP, and files saved from it do not say so.
    let escaped = bytes.windows(3).any(|three| matches!(three, b"\x1B$B" | b"\x1B$@"));
    let encoding = declared.filter(|encoding| *encoding != UTF_8 || std::str::from_utf8(bytes).is_ok());
    match encoding.or(escaped.then_some(ISO_2022_JP)) {
        Some(encoding) => encoding.decode(bytes).into_owned(),
        None => text::decode(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// What a mail is about, by its headers.
fn subject(mail: &[u8]) -> Option<String> {
    let head = decode(mail.get(..mail.len().min(1 << 14))?, None);
    let mut lines = head.lines().take_while(|line| !line.trim().is_empty());
    let is_subject = |line: &&str| line.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("subject:"));
    let mut subject = lines.find(is_subject)?.get(8..)?.trim().to_owned();
    for more in lines.take_while(|line| line.starts_with([' ', '\t'])) {
        subject.push(' ');
        subject.push_str(more.trim());
    }
    Some(encoded_words(&subject))
}

/// A header with its encoded words ([RFC 2047]) decoded; blanks between two of them are nothing.
fn encoded_words(header: &str) -> String {
    let (mut out, mut rest, mut was_word) = (String::new(), header, false);
    while let Some((before, after)) = rest.split_once("=?") {
        let mut fields = after.splitn(3, '?');
        let (charset, kind, tail) = (fields.next(), fields.next(), fields.next());
        let Some((text, next)) = tail.and_then(|tail| tail.split_once("?=")) else { break };
        let bytes = match kind {
            Some("B" | "b") => base64::decode(text.as_bytes(), text.len()),
            _ => mime::quoted_printable(text.replace('_', " ").as_bytes()),
        };
        if !(was_word && before.trim().is_empty()) {
            out.push_str(before);
        }
        out.push_str(&decode(&bytes, charset));
        (rest, was_word) = (next, true);
    }
    out.push_str(rest);
    out
}

/// A page as text: tags end lines, entities stand for what they name.
fn without_tags(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(text);
        let end = tag.find('>').map_or(tag.len(), |end| end.saturating_add(1));
        let inside = tag.get(1..end).unwrap_or_default().trim_start_matches('/').to_ascii_lowercase();
        // Tags of letters divide no word.
        let is_inline =
            ["b>", "b ", "i>", "i ", "u>", "u ", "span", "font", "strong", "em>", "em ", "a ", "a>", "code"]
                .iter()
                .any(|tag| inside.starts_with(tag));
        if !is_inline {
            out.push('\n');
        }
        rest = tag.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    for (entity, sign) in
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        out = out.replace(entity, sign);
    }
    out
}

/// What was found so far, in order.
#[derive(Default)]
struct Found {
    passwords: Vec<String>,
}

impl Found {
    fn text(&mut self, text: &str) {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(4096).collect();
        for (at, line) in lines.iter().enumerate() {
            self.announced(line, lines.get(at.saturating_add(1)).copied());
        }
        for line in &lines {
            if line.chars().count() <= LONGEST_TOKEN && is_token(line) {
                self.keep(line);
            }
        }
        for line in &lines {
            self.quoted(cut(line, LINE));
        }
    }

    /// What follows a word that announces a password.
    fn announced(&mut self, line: &str, next: Option<&str>) {
        let line = narrow(cut(line, LINE));
        let lower = line.to_lowercase();
        // The password keeps its case, so it is taken from the line as it stands.
        let shown = if lower.len() == line.len() { line.as_str() } else { lower.as_str() };
        let mut from = 0_usize;
        for (at, byte) in lower.bytes().enumerate().filter(|(_, byte)| may_begin(*byte)) {
            if at < from {
                continue;
            }
            let start = lower.as_bytes().get(at..).unwrap_or_default();
            let begins = |word: &&&str| word.bytes().next() == Some(byte) && start.starts_with(word.as_bytes());
            let ends = WORDS.iter().filter(begins).map(|word| at.saturating_add(word.len()));
            // The longest that stands alone.
            let Some(end) = ends.filter(|end| is_word(&lower, at, *end)).max() else { continue };
            if self.passwords.len() >= MOST {
                break;
            }
            from = end;
            let rest = skip_between(shown.get(end..).unwrap_or_default());
            if rest.is_empty() {
                next.into_iter().for_each(|next| self.start(cut(next, LINE)));
            } else {
                self.start(rest);
            }
        }
    }

    /// The password at the start of a text: what is quoted, or the signs of a password, or all up to a blank.
    fn start(&mut self, text: &str) {
        let text = text.trim_start();
        if let Some((_, close)) = PAIRS.iter().find(|(open, _)| text.starts_with(*open))
            && let Some(inside) = text.chars().next().and_then(|open| text.get(open.len_utf8()..))
            && let Some(end) = inside.find(*close).filter(|end| *end > 0)
        {
            self.keep(skip_between(inside.get(..end).unwrap_or_default()));
        }
        let narrow = narrow(text);
        let ascii: String = narrow.chars().take_while(char::is_ascii_graphic).collect();
        if !ascii.is_empty() {
            self.keep(&ascii);
            self.keep(ascii.trim_end_matches(|c: char| ".,;:!?)]}>\"'".contains(c)));
            self.keep(ascii.split(['_', '-', ')', ']']).next().unwrap_or_default());
        } else {
            let word: String =
                text.chars().take_while(|c| !c.is_whitespace() && !"。、」』】（）".contains(*c)).collect();
            self.keep(&word);
        }
    }

    fn quoted(&mut self, line: &str) {
        for (open, close) in PAIRS.iter().filter(|(open, _)| !matches!(open, '<' | '_' | '*')) {
            for (at, _) in line.match_indices(*open).take(8) {
                let inside = line.get(at.saturating_add(open.len_utf8())..).unwrap_or_default();
                let Some(inside) = inside.find(*close).and_then(|end| inside.get(..end)) else { continue };
                if is_token(inside) {
                    self.keep(inside);
                }
            }
        }
    }

    /// Keeps a password, and as it is if its wide letters were meant to be narrow.
    fn keep(&mut self, password: &str) {
        let password = password.trim();
        let count = password.chars().count();
        if !(1..=64).contains(&count) || self.passwords.len() >= MOST {
            return;
        }
        for password in [narrow(password), password.to_owned()] {
            if !self.passwords.contains(&password) {
                self.passwords.push(password);
            }
        }
    }
}

/// One piece of the length of a password, with letters or digits of its own.
fn is_token(text: &str) -> bool {
    let count = text.chars().count();
    (SHORTEST_TOKEN..=LONGEST_TOKEN).contains(&count)
        && !text.chars().any(char::is_whitespace)
        && text.chars().any(char::is_alphanumeric)
        && !text.contains("://")
}

/// A letter of a script that parts its words.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() && u32::from(c) < 0x0500
}

/// Whether a word of letters stands alone: `pass`, but not `passport`.
fn is_word(lower: &str, at: usize, end: usize) -> bool {
    let word = lower.get(at..end).unwrap_or_default();
    let before = lower.get(..at).and_then(|text| text.chars().next_back());
    let after = lower.get(end..).and_then(|text| text.chars().next());
    !word.starts_with(is_letter) || !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
}

/// Passes over signs and small words.
fn skip_between(text: &str) -> &str {
    let mut rest = text;
    loop {
        let signs = rest.trim_start_matches(|c: char| c.is_whitespace() || ":：=＝-－_~→⇒、。・,;".contains(c));
        let word = BETWEEN.iter().find(|word| {
            let Some(after) = signs.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word)) else {
                return false;
            };
            // A small word of letters must end there.
            let next = signs.get(after.len()..).and_then(|rest| rest.chars().next());
            !word.is_ascii() || !next.is_some_and(|c| c.is_alphanumeric())
        });
        let next = word.and_then(|word| signs.get(word.len()..)).unwrap_or(signs);
        if next.len() == rest.len() {
            return rest;
        }
        rest = next;
    }
}

/// Wide letters, digits and signs as narrow ones.
fn narrow(text: &str) -> String {
    let narrow = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    };
    text.chars().map(narrow).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn letter(bytes: &[u8]) -> Vec<String> {
        in_letter(bytes, &Budget::new(Limits::default(), |_| ()))
    }

    #[test]
    fn no_word_is_passed_over() {
        for word in WORDS {
            assert!(word.bytes().next().is_some_and(may_begin), "{word}");
        }
    }

    #[test]
    fn sentences_of_many_languages() {
        for (text, password) in [
            ("添付ファイルのパスワードは「ab12CD」です。", "ab12CD"),
            ("解凍パスワード：Ppap-2024", "Ppap-2024"),
            ("パスワードは 20261122 です", "20261122"),
            ("ﾊﾟｽﾜｰﾄﾞ:x9y8", "x9y8"),
            ("ＰＷ：ＡＢＣ１２３", "ABC123"),
            ("パスワードは次の通りです。\r\n\r\n  Zk7#q!\r\n\r\n以上", "Zk7#q!"),
            ("The password for the archive is: infected99.", "infected99"),
            ("Das Kennwort lautet \"Straße7\"", "Straße7"),
            ("mot de passe : abc", "abc"),
            ("Contraseña: 4321", "4321"),
            ("解压密码是 hello", "hello"),
            ("Password to open it - S3cret", "S3cret"),
            ("暗号（7777）", "7777"),
            ("Hello\r\n\r\nQw8rtz\r\n\r\nbye bye now", "Qw8rtz"),
        ] {
            assert!(letter(text.as_bytes()).contains(&password.to_owned()), "{text}: {:?}", letter(text.as_bytes()));
        }
        assert_eq!(letter("パスワードは「ab12CD」です。".as_bytes())[0], "ab12CD");
    }

    #[test]
    fn names() {
        for (name, password) in [
            ("パスワードは1234.txt", "1234"),
            ("pass_2026.zip", "2026"),
            ("sample [pw infected].zip", "infected"),
            ("invoice (Password-77ab).zip", "77ab"),
        ] {
            assert!(in_name(name).contains(&password.to_owned()), "{name}: {:?}", in_name(name));
        }
        assert!(in_name("passport_scan.pdf").is_empty() && in_name("請求書.xlsx").is_empty());
    }

    #[test]
    fn mails_in_their_encodings() {
        let body = crate::codecs::encoding::SHIFT_JIS.encode("パスワードは sjis77 です");
        assert!(letter(&body).contains(&"sjis77".to_owned()));
        let escaped = b"\x1B$B%Q%9%o!<%I$O\x1B(B iso2022 \x1B$B$G$9\x1B(B".to_vec();
        assert!(letter(&escaped).contains(&"iso2022".to_owned()));
        let head = b"From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
            Content-Type: text/plain; charset=ISO-2022-JP\r\nContent-Transfer-Encoding: 7bit\r\n\r\n";
        assert!(letter(&[&head[..], &escaped].concat()).contains(&"iso2022".to_owned()));
        // 請求書 パスワード sub99
        let subject = "Subject: =?utf-8?B?6KuL5rGC5pu4IOODkeOCuQ==?=\r\n =?UTF-8?b?44Ov44O844OJIHN1Yjk5?=\r\n\
            MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
            Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
        assert!(letter(subject.as_bytes()).contains(&"sub99".to_owned()), "{:?}", letter(subject.as_bytes()));
        let mail = "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\
            Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
            PHA+UGFzc3dvcmQ6IDxiPmI2NGI2NDwvYj48L3A+\r\n--b--\r\n";
        assert!(letter(mail.as_bytes()).contains(&"b64b64".to_owned()));
        let quoted = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
            Content-Transfer-Encoding: quoted-printable\r\n\r\nPassword=3A qp=\r\n1234\r\n";
        assert!(letter(quoted.as_bytes()).contains(&"qp1234".to_owned()));
    }

    #[test]
    fn not_without_bounds() {
        let text = "password: a1b2\n".repeat(40_000);
        assert!(letter(text.as_bytes()).len() < 10);
        let text: String = (0..10_000).map(|n| format!("pw: x{n}\n")).collect();
        assert!(letter(text.as_bytes()).len() <= MOST + 1);
    }
}
