//! Installers: files that put software or settings on a machine.
//!
//! They ask before they act, with a window that looks official whoever made them; the publisher's name in it is
//! whatever the maker wrote. (MSI is a compound file and MSIX a ZIP: see there.)

use super::{Format, Probe, Reading, archives};
use crate::artifact::Class;
use crate::detections::types::INSTALLER;

const fn installer(id: &'static str, extensions: &'static [&'static str]) -> Format {
    Format::new(id, Class::Installer, extensions).risk(&INSTALLER).reading(Reading::ByKind)
}

pub(super) const FORMATS: &[Format] = &[
    installer("macos-package", &["pkg", "mpkg", "xar"]).probe(|p| p.starts_with(b"xar!")),
    installer("deb", &["deb", "udeb"])
        .probe(|p| p.starts_with(b"!<arch>\ndebian"))
        .reading(Reading::With(archives::unix::ar)),
    installer("rpm", &["rpm"]).probe(|p| p.starts_with(b"\xED\xAB\xEE\xDB")),
    installer("browser-extension", &["crx", "xpi"]).probe(|p| p.starts_with(b"Cr24")),
    installer("windows-update", &["msu"])
        .probe(|p| is_cabinet_named(p, &["msu"]))
        .reading(Reading::With(archives::cab::inspect)),
    installer("diagnostic-cabinet", &["diagcab", "diagcfg", "diagpkg"])
        .probe(|p| is_cabinet_named(p, &["diagcab"]))
        .reading(Reading::With(archives::cab::inspect)),
    installer("appinstaller", &["appinstaller"]).named().probe(|p| p.root().is_some_and(|r| r.is("appinstaller"))),
    // ClickOnce: the manifest names a server and a program on it. Programs carry manifests too, without deployment.
    installer("clickonce", &["application", "vsto", "xbap"]).named().probe(|p| {
        p.root().is_some_and(|r| r.is("assembly"))
            && (p.text_holds("<deployment ") || p.text_holds("deploymentprovider") || p.text_holds(":deployment "))
    }),
    installer("appref-ms", &["appref-ms"]).named(),
    // Settings that a double click puts in force: connections, proxies, mail profiles, printers with their drivers.
    installer("setup-settings", &["ins", "isp", "prf", "osd", "ops", "ppkg", "webpnp", "printerexport", "msdeploy"])
        .named(),
    installer("gadget", &["gadget"]).named(),
    installer("flatpak", &["flatpak", "flatpakref", "flatpakrepo"]).named(),
    installer("jnlp", &["jnlp"]).named().probe(|p| p.root().is_some_and(|r| r.is("jnlp"))),
    installer("mobileconfig", &["mobileconfig"]).named().probe(|p| {
        (p.root().is_some_and(|r| r.is("plist")) && p.text_holds("payloadtype") && p.text_holds("payloadcontent"))
            || (p.extension == "mobileconfig" && p.starts_with(b"\x30"))
    }),
];

fn is_cabinet_named(p: &Probe<'_>, extensions: &[&str]) -> bool {
    p.starts_with(b"MSCF") && extensions.contains(&p.extension.as_str())
}
