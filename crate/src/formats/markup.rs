//! What is alive in markup: elements and attributes that act when a browser shows the page.
//!
//! Not a parser of HTML: a scan for tags (\[HTML\] 13.2.5) that rather sees one too many than one too few. Attackers
//! rely on scanners and browsers disagreeing about comments, prefixes and entities, so the scan takes the reading
//! that shows more.

use crate::detections::types::WEB_PAGE;
use crate::finding::{Evidence, Observation};
use crate::scan::Scan;

/// Which rules apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Html,
    /// A picture: links have no place in one that is mailed.
    Svg,
    Xml,
}

/// Elements that act or bring in something that does. `foreignObject` puts a page into a drawing.
const ALIVE: &[&str] = &[
    "script",
    "form",
    "iframe",
    "frame",
    "object",
    "embed",
    "applet",
    "portal",
    "foreignobject",
    "handler",
    "listener",
];

/// Reports what is alive; says whether anything was.
pub(super) fn report_active(scan: &mut Scan, text: &str, dialect: Dialect, id: &'static str) -> bool {
    let mut any = false;
    for at in Active::new(text, dialect) {
        any = true;
        let excerpt: String = text.get(at..).unwrap_or_default().chars().take(120).collect();
        let line = text.get(..at).unwrap_or_default().matches('\n').count().saturating_add(1);
        let evidence = Evidence::quote(&excerpt).line(u32::try_from(line).unwrap_or(u32::MAX));
        scan.report(Observation::new(&WEB_PAGE, evidence).with("type", id));
    }
    any
}

/// The first places where something is alive. More than the evidence kept would only cost time.
struct Active<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
    left: usize,
}

impl<'a> Active<'a> {
    const fn new(text: &'a str, dialect: Dialect) -> Self {
        Self { text, at: 0, dialect, left: crate::finding::EVIDENCE }
    }

    /// Behind the construct that starts at `at` with `<`, and whether it is alive.
    fn step(&self, rest: &str) -> (usize, bool) {
        if let Some(inside) = rest.strip_prefix("<!--") {
            return (comment(inside).saturating_add(4), false);
        }
        if let Some(inside) = rest.strip_prefix("<![CDATA[").filter(|_| self.dialect != Dialect::Html) {
            return (inside.find("]]>").unwrap_or(inside.len()).saturating_add(9), false);
        }
        if starts(rest, "<!entity") {
            // An entity that writes tags is a way to write tags that are not there.
            let value = rest.split('>').next().unwrap_or_default().to_ascii_lowercase();
            return (8, ["&#60;", "&#x3c;", "&#38;", "&#x26;"].iter().any(|hidden| value.contains(hidden)));
        }
        if starts(rest, "<?xml-stylesheet") {
            let pi = rest.split('>').next().unwrap_or_default().to_ascii_lowercase();
            return (
                16,
                pi.contains("xsl\"") || pi.contains("xsl'") || pi.contains("data:") || pi.contains("javascript:"),
            );
        }
        match rest.get(1..).filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')) {
            Some(inside) => {
                let tag = Tag::read(inside);
                (tag.len.saturating_add(1), tag.is_alive(self.dialect))
            }
            None => (1, false),
        }
    }
}

impl Iterator for Active<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.left > 0 {
            let open = self.text.get(self.at..)?.find('<')?.saturating_add(self.at);
            let (len, alive) = self.step(self.text.get(open..)?);
            self.at = open.saturating_add(len.max(1));
            while !self.text.is_char_boundary(self.at) {
                self.at = self.at.saturating_add(1);
            }
            if alive {
                self.left = self.left.saturating_sub(1);
                return Some(open);
            }
        }
        None
    }
}

/// Length of a comment's inside with its end; `<!-->` ends at once in a browser.
fn comment(inside: &str) -> usize {
    if inside.starts_with('>') || inside.starts_with("->") {
        return 1;
    }
    let ends = [inside.find("-->").map(|at| at.saturating_add(3)), inside.find("--!>").map(|at| at.saturating_add(4))];
    ends.into_iter().flatten().min().unwrap_or(inside.len())
}

fn starts(text: &str, lower: &str) -> bool {
    text.as_bytes().get(..lower.len()).is_some_and(|start| start.eq_ignore_ascii_case(lower.as_bytes()))
}

/// A start tag without its `<`.
struct Tag {
    name: String,
    /// Names in lower case, values with entities resolved and in lower case.
    attributes: Vec<(String, String)>,
    /// Bytes up to and with `>`.
    len: usize,
}

/// Attributes read of one tag; honest drawings have a few dozen.
const ATTRIBUTES: usize = 512;

impl Tag {
    fn read(inside: &str) -> Self {
        let end_of_name = |c: char| c.is_whitespace() || matches!(c, '/' | '>' | '=');
        let name = inside.split(end_of_name).next().unwrap_or_default();
        let mut rest = inside.get(name.len()..).unwrap_or_default();
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/' || c == '=');
            if rest.is_empty() || rest.starts_with('>') || attributes.len() >= ATTRIBUTES {
                break;
            }
            let key = rest.split(end_of_name).next().unwrap_or_default();
            rest = rest.get(key.len()..).unwrap_or_default();
            let (value, after) = match rest.trim_start().strip_prefix('=').map(str::trim_start) {
                Some(value) => Self::value(value),
                None => ("", rest),
            };
            rest = after;
            attributes.push((local(key), resolve(value)));
        }
        let close = rest.find('>').map_or(rest.len(), |at| at.saturating_add(1));
        let len = inside.len().saturating_sub(rest.len()).saturating_add(close);
        Self { name: local(name), attributes, len }
    }

    fn value(text: &str) -> (&str, &str) {
        for quote in ['"', '\''] {
            if let Some(inside) = text.strip_prefix(quote) {
                return inside.split_once(quote).unwrap_or((inside, ""));
            }
        }
        let end = text.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(text.len());
        text.split_at_checked(end).unwrap_or((text, ""))
    }

    fn is_alive(&self, dialect: Dialect) -> bool {
        let refresh =
            || self.name == "meta" && self.attributes.iter().any(|(k, v)| k == "http-equiv" && v == "refresh");
        let link = || {
            let leads_out = |(k, v): &(String, String)| k == "href" && (v.starts_with("http") || v.starts_with("//"));
            dialect == Dialect::Svg && self.name == "a" && self.attributes.iter().any(leads_out)
        };
        ALIVE.contains(&self.name.as_str())
            || refresh()
            || link()
            || self.attributes.iter().any(|(name, value)| acts(name, value))
    }
}

/// Whether an attribute runs something or leads out of the browser.
fn acts(name: &str, value: &str) -> bool {
    let handler =
        name.strip_prefix("on").is_some_and(|event| event.len() > 2 && event.chars().all(|c| c.is_ascii_alphabetic()));
    let address =
        ["href", "src", "action", "formaction", "data", "to", "from", "values", "xlink:href", "background", "poster"];
    if handler || name == "srcdoc" {
        return !value.is_empty();
    }
    if !address.contains(&name) {
        return false;
    }
    let dull =
        ["data:image/png", "data:image/jpeg", "data:image/jpg", "data:image/gif", "data:image/webp", "data:image/bmp"];
    ["javascript:", "vbscript:", "livescript:", "file:", "\\\\", "search-ms:", "search:", "ms-", "mhtml:", "shell:"]
        .iter()
        .any(|scheme| value.starts_with(scheme))
        || (value.starts_with("data:")
            && !dull.iter().any(|kind| value.starts_with(kind))
            && !value.starts_with("data:font/")
            && !value.starts_with("data:application/font")
            && !value.starts_with("data:application/x-font")
            && !value.starts_with("data:text/css"))
}

/// A name without its prefix, in lower case.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase()
}

/// The start of a value as a browser compares it: entities resolved, white space and controls gone, lower case.
fn resolve(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        let (c, len) = entity(rest).unwrap_or((c, c.len_utf8()));
        if !c.is_whitespace() && !c.is_control() {
            out.extend(c.to_lowercase());
        }
        if out.len() > 64 {
            break;
        }
        rest = rest.get(len..).unwrap_or_default();
    }
    out
}

/// A character reference at the start of `text`, and its length (\[HTML\] 13.2.5.72, without the long list).
fn entity(text: &str) -> Option<(char, usize)> {
    let inside = text.strip_prefix('&')?;
    if let Some(number) = inside.strip_prefix('#') {
        let (digits, radix, before) = match number.strip_prefix(['x', 'X']) {
            Some(hex) => (hex, 16, 3_usize),
            None => (number, 10, 2),
        };
        let len = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        let c = u32::from_str_radix(digits.get(..len)?, radix).ok().and_then(char::from_u32)?;
        let semicolon = usize::from(digits.get(len..)?.starts_with(';'));
        return Some((c, before.saturating_add(len).saturating_add(semicolon)));
    }
    [("colon;", ':'), ("Tab;", '\t'), ("NewLine;", '\n'), ("amp;", '&'), ("sol;", '/'), ("bsol;", '\\')]
        .iter()
        .find(|(name, _)| inside.starts_with(name))
        .map(|(name, c)| (*c, name.len().saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alive(text: &str, dialect: Dialect) -> usize {
        Active::new(text, dialect).count()
    }

    #[test]
    fn what_acts_is_seen() {
        for text in [
            "<script>1</script>",
            "<p><SVG:Script/>",
            "<img src=x onerror=alert(1)>",
            "<svg/onload=alert(1)>",
            "<a href=' java&#x73;cript&colon;x'>",
            "<a href=\"JaVa\nscript:x\">",
            "<meta HTTP-EQUIV='Refresh' content='0;url=x'>",
            "<!--><script>",
            "<!-- --!><iframe src=x>",
            "<![CDATA[><form>]]>",
            "<a href='search-ms:query=x'>",
            "<a href='&#92;\\host.invalid\\x'>",
            "<object data='data:text/html;base64,AAAA'>",
            "<あ><script>",
        ] {
            assert_eq!(alive(text, Dialect::Html), 1, "{text}");
        }
    }

    #[test]
    fn what_only_shows_is_not() {
        for text in [
            "<p onward='x'>once upon a &lt;script&gt;</p>",
            "<!-- <script> -->",
            "<img src='data:image/png;base64,AAAA' alt='onload=x'>",
            "<a href='https://portal.example/'>link</a>",
            "a < b > c",
            "<p title='<script>'>",
            "<style>@media x { a > b }</style>",
        ] {
            let expected = usize::from(text.contains("onward"));
            assert_eq!(alive(text, Dialect::Html), expected, "{text}");
        }
    }

    #[test]
    fn a_drawing_may_not_lead_out_and_may_hold_pictures() {
        assert_eq!(alive("<svg><a xlink:href='https://x.example/'><rect/></a></svg>", Dialect::Svg), 1);
        assert_eq!(alive("<svg><image xlink:href='data:image/png;base64,AA'/><use href='#a'/></svg>", Dialect::Svg), 0);
        assert_eq!(alive("<!DOCTYPE svg [<!ENTITY x '&#60;script>'>]>", Dialect::Svg), 1);
        assert_eq!(alive("<!DOCTYPE svg [<!ENTITY ns_svg 'http://www.w3.org/2000/svg'>]>", Dialect::Svg), 0);
    }
}
