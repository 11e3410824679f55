//! Addresses in any text.

/// Every address in `text`: `http`, `https`, `ftp`, and what Windows reaches like a folder (`\\host\…`,
/// `\\host@SSL\…`). It ends where no address goes on; the dot or comma of the sentence around it is left out.
pub(crate) fn urls(text: &str) -> impl Iterator<Item = &str> {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            if let Some(len) = address(rest, before) {
                at = at.saturating_add(len);
                return rest.get(..len);
            }
            at = at.saturating_add(rest.chars().next().map_or(1, char::len_utf8));
        }
        None
    })
}

/// Longest address, in bytes: what browsers take. It also keeps the scanner linear.
const LONGEST: usize = 2083;

/// Length of the address at the start of `rest`.
fn address(rest: &str, before: Option<char>) -> Option<usize> {
    let bytes = rest.as_bytes();
    let scheme = match bytes.first()? {
        b'h' | b'H' | b'f' | b'F' => ["https://", "http://", "ftp://"]
            .iter()
            .find(|scheme| {
                bytes.get(..scheme.len()).is_some_and(|front| front.eq_ignore_ascii_case(scheme.as_bytes()))
            })?
            .len(),
        b'\\'
            if bytes.get(1) == Some(&b'\\')
                && !before.is_some_and(|c| c.is_alphanumeric() || c == ':' || c == '\\') =>
        {
            2
        }
        _ => return None,
    };
    let is_end = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '"' | '\'' | '<' | '>' | '`' | '|' | '^' | '{' | '}' | '[' | ']')
    };
    let body = super::cut(rest.get(scheme..)?, LONGEST);
    let len = body.find(is_end).unwrap_or(body.len());
    let mut body = body.get(..len)?;
    // A bracket of the code around it; one of its own has its partner.
    if !body.contains('(') {
        body = body.split(')').next().unwrap_or_default();
    }
    body = before_the_next(body).trim_end_matches(['.', ',', ';', '!']);
    let host = body.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let is_host = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '@' | '…' | '%' | '$' | '~'));
    let is_share = body.len() > host.len() && host.len() > 1 && host.chars().any(char::is_alphanumeric);
    (is_host && (scheme > 2 || is_share)).then(|| scheme.saturating_add(body.len()))
}

/// Lists of addresses hold any mark between them. An address inside an address follows `=` or `/`.
fn before_the_next(body: &str) -> &str {
    let lower = body.to_ascii_lowercase();
    let next = lower.match_indices("http").find(|(at, _)| {
        let behind = lower.get(at.saturating_add(4)..).unwrap_or_default();
        let before = lower.get(..*at).and_then(|before| before.chars().next_back());
        (behind.starts_with("://") || behind.starts_with("s://"))
            && before.is_some_and(|c| !c.is_alphanumeric() && !matches!(c, '=' | '/' | ':'))
    });
    match next.and_then(|(at, _)| body.get(..at)) {
        Some(first) => first.trim_end_matches(|c: char| !c.is_alphanumeric() && c != '/' && c != '…'),
        None => body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_where_they_end() {
        let of = |text| urls(text).collect::<Vec<_>>();
        assert_eq!(
            of("see http://a.example/x?y=1, and (HTTPS://b.example/z)."),
            ["http://a.example/x?y=1", "HTTPS://b.example/z"]
        );
        assert_eq!(
            of("'ftp://f.example/a';\\\\host.example@SSL\\DavWWWRoot\\x.dll,Entry"),
            ["ftp://f.example/a", "\\\\host.example@SSL\\DavWWWRoot\\x.dll,Entry"]
        );
        assert_eq!(of("http://a.example/1@http://b.example/2*"), ["http://a.example/1", "http://b.example/2*"]);
        assert_eq!(of("http://a.example/?u=http://b.example/"), ["http://a.example/?u=http://b.example/"]);
        assert_eq!(of("http:// C:\\\\a\\b \\\\n http"), Vec::<&str>::new());
        assert_eq!(of("あhttp://a.example/…/x\u{3000}http://b.example"), ["http://a.example/…/x", "http://b.example"]);
    }
}
