//! What is locked, and what opens it.

pub(crate) mod binary;
pub(crate) mod cbc;
pub(crate) mod ciphers;
pub(crate) mod hash;
pub(crate) mod hints;
pub(crate) mod odf;
pub(crate) mod office;
mod passwords;
pub(crate) mod pdf;

pub use passwords::PasswordSource;
pub(crate) use passwords::{Passwords, is_asked_for};

/// A password as Office hashes it.
fn utf16(password: &str) -> Vec<u8> {
    password.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
