//! Encryption of OpenDocument packages (\[ODF\] part 2 of version 1.3, 3.4 and 4.8): each part packed, then encrypted with
//! a key of its own, and the manifest says how.

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use blowfish::Blowfish;
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;

use super::ciphers::{Aes, BLOCK, xor};
use super::hash::Hash;
use crate::codecs::base64;
use crate::error::{Error, LimitKind, Result};

/// How one part is encrypted, as the manifest says it: names and values of its attributes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Encryption {
    /// `manifest:size`: the part before it was packed.
    pub(crate) size: u64,
    pub(crate) checksum_type: String,
    pub(crate) checksum: String,
    pub(crate) algorithm: String,
    pub(crate) iv: String,
    pub(crate) derivation: String,
    pub(crate) key_size: String,
    pub(crate) iterations: String,
    pub(crate) salt: String,
    pub(crate) start: String,
}

enum Cipher {
    Blowfish,
    Aes,
}

/// The same, understood.
pub(crate) struct Lock {
    cipher: Cipher,
    iv: Vec<u8>,
    salt: Vec<u8>,
    rounds: u32,
    key: usize,
    start: Hash,
    checksum: (Hash, usize, Vec<u8>),
}

/// LibreOffice has 100,000 rounds, OpenOffice had 1,024.
const MOST_ROUNDS: u32 = 2_000_000;

impl Encryption {
    pub(crate) fn lock(&self) -> Result<Lock> {
        let wrong = || Error::malformed("encryption-data", 0);
        let cipher = match last(&self.algorithm).as_str() {
            "aes256-cbc" | "aes192-cbc" | "aes128-cbc" => Cipher::Aes,
            "blowfish cfb" | "blowfish" => Cipher::Blowfish,
            _ => return Err(Error::Unsupported("cipher")),
        };
        if last(&self.derivation) != "pbkdf2" {
            return Err(Error::Unsupported("key derivation"));
        }
        let rounds: u32 = self.iterations.trim().parse().map_err(|_| wrong())?;
        if rounds > MOST_ROUNDS {
            return Err(Error::Limit(LimitKind::Guessing));
        }
        let key = if self.key_size.is_empty() { 16 } else { self.key_size.trim().parse().map_err(|_| wrong())? };
        let start = match last(&self.start).as_str() {
            "" | "sha1" => Hash::Sha1,
            "sha256" => Hash::Sha256,
            _ => return Err(Error::Unsupported("hash")),
        };
        let (hash, len) = match last(&self.checksum_type).as_str() {
            "sha1/1k" | "sha1-1k" => (Hash::Sha1, 1024),
            "sha256-1k" | "sha256/1k" => (Hash::Sha256, 1024),
            "sha1" => (Hash::Sha1, usize::MAX),
            "sha256" => (Hash::Sha256, usize::MAX),
            _ => return Err(Error::Unsupported("hash")),
        };
        let bytes = |text: &str| base64::decode(text.as_bytes(), 1 << 12);
        let (iv, salt) = (bytes(&self.iv), bytes(&self.salt));
        let lock = Lock { cipher, iv, salt, rounds, key, start, checksum: (hash, len, bytes(&self.checksum)) };
        let fits = match lock.cipher {
            Cipher::Aes => matches!(key, 16 | 24 | 32) && lock.iv.len() == BLOCK,
            Cipher::Blowfish => (4..=56).contains(&key) && lock.iv.len() == 8,
        };
        if fits && rounds > 0 { Ok(lock) } else { Err(wrong()) }
    }
}

/// What stands last in a name that is an address, in lower case.
fn last(name: &str) -> String {
    name.rsplit(['#', ':']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

impl Lock {
    /// Rounds of hashing that one password costs.
    pub(crate) fn cost(&self) -> u64 {
        // A key longer than a hash takes them once for each part; a round is two hashes.
        let parts = if self.key > 20 { 2 } else { 1 };
        u64::from(self.rounds).saturating_mul(2).saturating_mul(parts)
    }

    /// The packed part; `None` when the password does not fit.
    pub(crate) fn open(&self, password: &str, locked: &[u8]) -> Option<Vec<u8>> {
        let start = self.start.of(&[password.as_bytes()]);
        let mut key = vec![0; self.key];
        pbkdf2_hmac::<Sha1>(&start, &self.salt, self.rounds, &mut key);
        let (hash, len, expected) = &self.checksum;
        let fits = |plain: &[u8]| hash.of(&[plain.get(..*len).unwrap_or(plain)]) == *expected;
        // The first bytes tell whether the rest is worth the work; where there are fewer, the padding counts.
        let head = locked.get(..len.saturating_add(BLOCK)).unwrap_or(locked);
        if head.len() < locked.len() && !fits(&self.decrypt(&key, head)?) {
            return None;
        }
        let mut plain = self.decrypt(&key, locked)?;
        if let Cipher::Aes = self.cipher {
            let padding = usize::from(*plain.last()?);
            plain.truncate(plain.len().checked_sub(padding).filter(|_| padding <= BLOCK)?);
        }
        fits(&plain).then_some(plain)
    }

    fn decrypt(&self, key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = bytes.to_vec();
        match self.cipher {
            Cipher::Aes => Aes::new(key)?.decrypt_chain(self.iv.first_chunk()?, &mut bytes),
            Cipher::Blowfish => {
                let cipher: Blowfish = Blowfish::new_from_slice(key).ok()?;
                let mut before: [u8; 8] = *self.iv.first_chunk()?;
                for block in bytes.chunks_mut(8) {
                    cipher.encrypt_block((&mut before).into());
                    let mut next = [0; 8];
                    next.iter_mut().zip(block.iter()).for_each(|(to, from)| *to = *from);
                    xor(block, &before);
                    before = next;
                }
            }
        }
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        text.as_bytes()
            .as_chunks::<2>()
            .0
            .iter()
            .map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap())
            .collect()
    }

    fn old() -> Encryption {
        Encryption {
            size: 30,
            checksum_type: "SHA1/1K".into(),
            checksum: "0Hdha2/deBlb0rMNq8u2+hgFYUE=".into(),
            algorithm: "Blowfish CFB".into(),
            iv: "BgYGBgYGBgY=".into(),
            derivation: "PBKDF2".into(),
            iterations: "1024".into(),
            salt: "BQUFBQUFBQUFBQUFBQUFBQ==".into(),
            ..Encryption::default()
        }
    }

    /// As another program encrypted it.
    #[test]
    fn parts_of_old_documents() {
        let locked = hex("bb5637b36d486edd6f1380114d7ca1ec958b1fc73c0b0c189d1410ee4a98");
        let lock = old().lock().unwrap();
        assert_eq!(lock.open("old password", &locked).unwrap(), b"a part of OpenOffice 2, packed");
        assert!(lock.open("another", &locked).is_none());
    }

    #[test]
    fn lies_are_no_locks() {
        let told = |change: fn(&mut Encryption)| {
            let mut encryption = old();
            change(&mut encryption);
            encryption.lock().err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(told(|e| e.iterations = "9000000".into()).contains("guessing"));
        assert!(told(|e| e.iterations = "0".into()).contains("malformed"));
        assert!(told(|e| e.key_size = "100000".into()).contains("malformed"));
        assert!(told(|e| e.iv = String::new()).contains("malformed"));
        assert!(told(|e| e.derivation = "urn:x:argon2id".into()).contains("key derivation"));
    }
}
