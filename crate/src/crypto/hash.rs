//! Hashes as documents name them, and hashing in rounds.

use hmac::digest::block_api::BlockSizeUser;
use hmac::{KeyInit, Mac, SimpleHmac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::error::Result;
use crate::source::Source;

/// A hash function that a document can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// By its name in an `EncryptionInfo` stream ([MS-OFFCRYPTO] 2.3.4.10), with or without hyphen.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_uppercase().replace('-', "").as_str() {
            "MD5" => Self::Md5,
            "SHA1" => Self::Sha1,
            "SHA256" => Self::Sha256,
            "SHA384" => Self::Sha384,
            "SHA512" => Self::Sha512,
            _ => return None,
        })
    }

    /// The hash of several pieces, one behind the other.
    pub(crate) fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        self.rounds(parts, 0)
    }

    /// The hash of several pieces, hashed again `rounds` times with the number of the round in front
    /// ([MS-OFFCRYPTO] 2.3.4.7, 2.3.4.11).
    pub(crate) fn rounds(self, parts: &[&[u8]], rounds: u32) -> Vec<u8> {
        match self {
            Self::Md5 => spin::<Md5>(parts, rounds),
            Self::Sha1 => spin::<Sha1>(parts, rounds),
            Self::Sha256 => spin::<Sha256>(parts, rounds),
            Self::Sha384 => spin::<Sha384>(parts, rounds),
            Self::Sha512 => spin::<Sha512>(parts, rounds),
        }
    }

    /// HMAC ([RFC 2104]) of all bytes of a source.
    pub(crate) fn hmac(self, key: &[u8], source: &Source) -> Result<Vec<u8>> {
        match self {
            Self::Md5 => hmac::<Md5>(key, source),
            Self::Sha1 => hmac::<Sha1>(key, source),
            Self::Sha256 => hmac::<Sha256>(key, source),
            Self::Sha384 => hmac::<Sha384>(key, source),
            Self::Sha512 => hmac::<Sha512>(key, source),
        }
    }
}

fn spin<D: Digest>(parts: &[&[u8]], rounds: u32) -> Vec<u8> {
    let mut first = D::new();
    parts.iter().for_each(|part| first.update(part));
    let mut state = first.finalize();
    for round in 0..rounds {
        state = D::new().chain_update(round.to_le_bytes()).chain_update(&state).finalize();
    }
    state.to_vec()
}

fn hmac<D: Digest + BlockSizeUser>(key: &[u8], source: &Source) -> Result<Vec<u8>> {
    let Ok(mut mac) = SimpleHmac::<D>::new_from_slice(key) else { return Ok(Vec::new()) };
    let mut chunk = vec![0; 1 << 16];
    let mut at = 0_u64;
    loop {
        let read = source.read_at(at, &mut chunk)?;
        if read == 0 {
            break;
        }
        mac.update(chunk.get(..read).unwrap_or_default());
        at = at.saturating_add(read as u64);
    }
    Ok(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_of_rfc_2202_and_4231() {
        let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let source = Source::memory(b"what do ya want for nothing?".to_vec());
        assert_eq!(hex(Hash::Sha1.hmac(b"Jefe", &source).unwrap()), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        assert!(hex(Hash::Sha512.hmac(b"Jefe", &source).unwrap()).starts_with("164b7a7bfcf819e2e395fbe73b56e0a3"));
    }
}
