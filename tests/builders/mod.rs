//! Fixtures as code: small writers that use the specifications' field names. Everything here is inert; addresses end
//! in `.example` or `.invalid`.
//!
//! To add fixtures: a file here with `pub(crate) fn fixtures() -> Vec<Fixture>`, and its row in [`all`].

#![allow(dead_code, reason = "the writers are shared by the tests and by the fixture exporter")]

pub(crate) mod attacks;
pub(crate) mod biff;
pub(crate) mod cfb;
pub(crate) mod commands;
pub(crate) mod deliveries;
pub(crate) mod disk_images;
pub(crate) mod early;
pub(crate) mod encrypted;
pub(crate) mod everyday;
pub(crate) mod giants;
pub(crate) mod msi;
pub(crate) mod names;
pub(crate) mod old_archives;
pub(crate) mod ooxml;
pub(crate) mod opendocument;
pub(crate) mod packed;
pub(crate) mod pcode;
pub(crate) mod queries;
pub(crate) mod rar;
pub(crate) mod real;
pub(crate) mod rtf;
pub(crate) mod scripts;
pub(crate) mod spies;
mod tar;
pub(crate) mod texts;
pub(crate) mod tricks;
pub(crate) mod types;
pub(crate) mod vba;
pub(crate) mod vba3;
mod vba_eval;
pub(crate) mod wrapped;
pub(crate) mod xlm;
pub(crate) mod xls;
pub(crate) mod xlsb;
pub(crate) mod zip;

/// One input with its golden report `tests/golden/<id>.json`.
pub(crate) struct Fixture {
    /// Kebab-case; also the golden's name.
    pub(crate) id: &'static str,
    /// The name a person would see.
    pub(crate) file: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// Passwords given with it.
    pub(crate) passwords: &'static [&'static str],
    /// An honest file: no finding above its `notice` may fire, and never the same id as in a hostile lookalike.
    pub(crate) honest: bool,
}

impl Fixture {
    pub(crate) fn new(id: &'static str, file: &'static str, bytes: Vec<u8>) -> Self {
        Self { id, file, bytes, passwords: &[], honest: false }
    }

    pub(crate) fn honest(mut self) -> Self {
        self.honest = true;
        self
    }

    pub(crate) fn passwords(mut self, passwords: &'static [&'static str]) -> Self {
        self.passwords = passwords;
        self
    }
}

/// Every fixture.
pub(crate) fn all() -> Vec<Fixture> {
    [
        zip::fixtures(),
        packed::fixtures(),
        ooxml::fixtures(),
        real::fixtures(),
        types::fixtures(),
        names::fixtures(),
        xls::fixtures(),
        tar::fixtures(),
        rar::fixtures(),
        old_archives::fixtures(),
        rtf::fixtures(),
        wrapped::fixtures(),
        opendocument::fixtures(),
        commands::fixtures(),
        pcode::fixtures(),
        biff::fixtures(),
        early::fixtures(),
        queries::fixtures(),
        xlm::fixtures(),
        texts::fixtures(),
        vba_eval::fixtures(),
        disk_images::fixtures(),
        encrypted::fixtures(),
        everyday::fixtures(),
        giants::fixtures(),
        msi::fixtures(),
        attacks::fixtures(),
        tricks::fixtures(),
        deliveries::fixtures(),
        vba3::fixtures(),
        scripts::fixtures(),
        spies::fixtures(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
