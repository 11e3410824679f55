//! Mail and what travels with it: messages, calendars, cards, signatures, mail stores. Recognised, not opened yet.
//!
//! A message in a message is how people report suspicious mail, and how attackers carry an attachment past filters
//! that look one level deep.

use super::{Format, Probe};
use crate::artifact::Class;

const fn mail(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Mail, extensions)
}

pub(super) const FORMATS: &[Format] = &[
    mail("tnef", &["tnef"]).probe(|p| p.starts_with(b"\x78\x9F\x3E\x22")),
    mail("pst", &["pst", "ost", "pab"]).probe(|p| p.starts_with(b"!BDN") && !p.is_text()),
    mail("dbx", &["dbx"]).probe(|p| p.starts_with(b"\xCF\xAD\x12\xFE")),
    Format::new("certificate", Class::Data, &["cer", "crt", "der", "pem", "p7b", "p12", "pfx", "csr", "crl", "spc"])
        .probe(is_certificate),
    mail("p7m", &["p7m", "p7s", "p7c", "p7z"]).probe(is_pkcs7),
    mail("pgp", &["pgp", "gpg", "asc"]).probe(|p| {
        // What is only signed, a signature and a key are text that anybody can read.
        p.text_starts(&["-----begin pgp message", "-----begin pgp private"])
            || (matches!(p.extension.as_str(), "pgp" | "gpg") && p.head.first().is_some_and(|b| *b >= 0x80))
    }),
    mail("ics", &["ics", "ifb", "vcs", "ical"]).probe(|p| p.text_starts(&["begin:vcalendar"])),
    mail("vcf", &["vcf", "vcard"]).probe(|p| p.text_starts(&["begin:vcard"])),
    mail("mbox", &["mbox", "mbx"]).probe(is_mbox),
    mail("eml", &["eml", "emlx", "mime"]).named().probe(is_message),
];

/// `ContentInfo` with one of the types of PKCS #7 ([RFC 5652] 3), or its textual wrapping.
fn is_pkcs7(p: &Probe<'_>) -> bool {
    let front = p.head.get(..64).unwrap_or(&p.head);
    let types = b"\x2A\x86\x48\x86\xF7\x0D\x01\x07";
    (p.starts_with(b"\x30") && front.windows(types.len()).take(16).any(|w| w == types))
        || p.text_starts(&["-----begin pkcs7"])
}

fn is_certificate(p: &Probe<'_>) -> bool {
    let der = matches!(p.extension.as_str(), "cer" | "crt" | "der" | "p7b" | "p12" | "pfx" | "csr" | "crl" | "spc");
    let armoured = [
        "-----begin certificate",
        "-----begin x509",
        "-----begin rsa",
        "-----begin ec ",
        "-----begin private",
        "-----begin public",
        "-----begin encrypted private",
        "-----begin openssh",
        "-----begin new certificate",
    ];
    (der && p.starts_with(b"\x30") && p.head.get(1).is_some_and(|len| *len >= 0x80))
        || p.text_starts(&armoured)
        || (p.text_starts(&["bag attributes", "certificate:\n"]) && p.text_holds("-----begin"))
}

/// Messages that each start with `From sender date`. A single one saved with that line is a message.
fn is_mbox(p: &Probe<'_>) -> bool {
    p.text().is_some_and(|text| {
        let several =
            matches!(p.extension.as_str(), "mbox" | "mbx") || text.contains("\nFrom ") && p.extension != "eml";
        text.starts_with("From ") && several && fields(text) >= 2
    })
}

fn is_message(p: &Probe<'_>) -> bool {
    p.extension == "eml"
        || p.text().is_some_and(|text| {
            // Apple Mail writes the length of the message into the first line.
            let counted = p.extension == "emlx" && text.starts_with(|c: char| c.is_ascii_digit());
            fields(if counted { text.split_once('\n').map_or("", |(_, rest)| rest) } else { text }) >= 2
        })
}

/// How many of the first lines are fields of a message ([RFC 5322] 3.6); 0 as soon as one is no field at all.
fn fields(text: &str) -> usize {
    const FIELDS: &[&str] = &[
        "received",
        "return-path",
        "delivered-to",
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "reply-to",
        "sender",
        "dkim-signature",
        "arc-seal",
        "authentication-results",
        "received-spf",
        "in-reply-to",
        "references",
        "x-mailer",
        "thread-topic",
        "envelope-to",
        "list-unsubscribe",
        "resent-from",
        "x-originating-ip",
        "x-mozilla-status",
        "x-unsent",
        "x-received",
        "importance",
        "x-priority",
        "content-disposition",
        "newsgroups",
        "organization",
        "comments",
    ];
    let mut found = 0_usize;
    for line in text.trim_start_matches(['\r', '\n', ' ']).lines().take(60) {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t', '>']) || line.starts_with("From ") {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { break };
        let name = name.trim_end();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_graphic()) {
            break;
        }
        let name = name.to_ascii_lowercase();
        if FIELDS.contains(&name.as_str()) {
            found = found.saturating_add(1);
        } else if found == 0 && !name.starts_with("x-") && !name.contains('-') {
            // "Note: …" begins a letter, not a message.
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_from_letters() {
        assert!(fields("From: a@b.example\r\nTo: c@d.example\r\n\r\nhello") >= 2);
        assert!(fields("X-Spam: no\nReceived: from x\n\tby y\nSubject: hi\n") >= 2);
        assert_eq!(fields("Note: buy milk\nTo: do\nFrom: me\n"), 0);
        assert_eq!(fields("Dear all,\nTo: x"), 0);
        assert_eq!(fields("Subject: only one line\n\n"), 1);
    }
}
