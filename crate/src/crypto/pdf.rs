//! The standard security handler of PDF ([ISO 32000-2] 7.6.4): whether a password opens a document. Its content is not
//! decrypted.

use super::ciphers::{Aes, Rc4, xor};
use super::hash::Hash;
use crate::codecs::encoding::encode_windows_1252;

/// The entries of an encryption dictionary that a password is checked with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Encryption {
    /// `R`: 2 to 4 with MD5 and RC4, 5 and 6 with SHA-2.
    pub(crate) revision: u32,
    /// `Length`, in bits.
    pub(crate) bits: usize,
    pub(crate) permissions: i32,
    pub(crate) owner: Vec<u8>,
    pub(crate) user: Vec<u8>,
    pub(crate) metadata: bool,
    /// The first string of `ID` in the trailer.
    pub(crate) id: Vec<u8>,
}

/// What fills a short password up (7.6.4.3.2).
const PAD: [u8; 32] = [
    0x28, 0xBF, 0x4E, 0x5E, 0x4E, 0x75, 0x8A, 0x41, 0x64, 0x00, 0x4E, 0x56, 0xFF, 0xFA, 0x01, 0x08, 0x2E, 0x2E, 0x00,
    0xB6, 0xD0, 0x68, 0x3E, 0x80, 0x2F, 0x0C, 0xA9, 0xFE, 0x64, 0x53, 0x69, 0x7A,
];

impl Encryption {
    /// Whether a password opens the document, as its user's or as its owner's.
    pub(crate) fn opens(&self, password: &str) -> bool {
        match self.revision {
            2..=4 => {
                let password = encode_windows_1252(password);
                // Writers disagree on how a short key of an owner is made.
                self.is_user(&password)
                    || [16, self.len()].iter().any(|part| self.is_user(&self.users(&password, *part)))
            }
            5 | 6 => {
                let password = password.as_bytes().get(..password.len().min(127)).unwrap_or_default();
                let is = |entry: &[u8], more: &[u8]| {
                    let (Some(expected), Some(salt)) = (entry.get(..32), entry.get(32..40)) else { return false };
                    self.hash(password, salt, more) == expected
                };
                is(&self.user, &[]) || is(&self.owner, self.user.get(..48).unwrap_or_default())
            }
            _ => false,
        }
    }

    const fn rounds(&self) -> u8 {
        if self.revision >= 3 { 50 } else { 0 }
    }

    /// Bytes of a key.
    fn len(&self) -> usize {
        if self.revision == 2 { 5 } else { (self.bits / 8).clamp(5, 16) }
    }

    /// Whether this is the password of the user: 7.6.4.3.2, 7.6.4.4.4, 7.6.4.4.5.
    fn is_user(&self, password: &[u8]) -> bool {
        let more: &[u8] = if self.revision >= 4 && !self.metadata { &[0xFF; 4] } else { &[] };
        let owner = self.owner.get(..32).unwrap_or(&self.owner);
        let mut key = Hash::Md5.of(&[&padded(password), owner, &self.permissions.to_le_bytes(), &self.id, more]);
        for _ in 0..self.rounds() {
            key = Hash::Md5.of(&[key.get(..self.len()).unwrap_or(&key)]);
        }
        key.truncate(self.len());
        if self.revision == 2 {
            let mut text = PAD;
            Rc4::new(&key).apply(&mut text);
            return self.user.get(..32) == Some(&text);
        }
        let mut text = Hash::Md5.of(&[&PAD, &self.id]);
        (0..20).for_each(|round| turned(&key, round).apply(&mut text));
        self.user.get(..16) == Some(&text)
    }

    /// The user's password, which the owner's opens (7.6.4.4.6); `part` is how much of a hash goes into the next one.
    fn users(&self, owner: &[u8], part: usize) -> Vec<u8> {
        let mut key = Hash::Md5.of(&[&padded(owner)]);
        for _ in 0..self.rounds() {
            key = Hash::Md5.of(&[key.get(..part).unwrap_or(&key)]);
        }
        key.truncate(self.len());
        let mut password = self.owner.get(..32).unwrap_or(&self.owner).to_vec();
        let rounds: &[u8] = if self.revision == 2 {
            &[0]
        } else {
            &[19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
        };
        rounds.iter().for_each(|round| turned(&key, *round).apply(&mut password));
        password
    }

    /// 7.6.4.3.4: SHA-256, and from revision 6 on at least 64 rounds of hashes and AES that depend on each other.
    fn hash(&self, password: &[u8], salt: &[u8], more: &[u8]) -> Vec<u8> {
        let mut hash = Hash::Sha256.of(&[password, salt, more]);
        let mut last = 0_u16;
        let mut round = 0_u16;
        while self.revision >= 6 && (round < 64 || last > round.saturating_sub(32)) && round < 512 {
            let mut text = [password, &hash, more].concat().repeat(64);
            if let (Some(key), Some(iv)) = (hash.get(..16), hash.get(16..).and_then(|rest| rest.first_chunk()))
                && let Some(aes) = Aes::new(key)
            {
                aes.encrypt_chain(iv, &mut text);
            }
            let sum: u32 = text.iter().take(16).map(|byte| u32::from(*byte)).sum();
            hash = match sum % 3 {
                0 => Hash::Sha256,
                1 => Hash::Sha384,
                _ => Hash::Sha512,
            }
            .of(&[&text]);
            last = text.last().copied().map_or(0, u16::from);
            round = round.saturating_add(1);
        }
        hash.truncate(32);
        hash
    }
}

/// RC4 with every byte of the key changed by the number of the round.
fn turned(key: &[u8], round: u8) -> Rc4 {
    Rc4::new(&key.iter().map(|byte| byte ^ round).collect::<Vec<u8>>())
}

fn padded(password: &[u8]) -> [u8; 32] {
    let mut padded = [0; 32];
    xor(&mut padded, &password.iter().chain(&PAD).copied().take(32).collect::<Vec<u8>>());
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let pair = |two: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap();
        text.as_bytes().as_chunks::<2>().0.iter().map(pair).collect()
    }

    /// As another program wrote them.
    #[test]
    fn revisions_5_and_6() {
        let (user_5, owner_5) = (
            "2255f149dc0bdd2d43ecd97daede593dab6036d64eda5588a1e8f64e3c80dfa7656ee32d2cdc33880968ad3444e9ea3e",
            "d0dc03c4e3ce4da095f8cc5cd21012446ab651ef37942f26833a251ffe96abe268859de262d04517d71d8b445dcd2ca3",
        );
        let (user_6, owner_6) = (
            "b5081786d21187956e53205aa5a7f685b300302968a50be0d14b0ff283683e76138746335e8744d6addd17ff4a700bff",
            "471833748854b7d7b16315d5ff09fb7816049c5c7a9b7d502864273b304f1f1725917608215ffb1ed728d647969517eb",
        );
        for (revision, user, owner) in [(5, user_5, owner_5), (6, user_6, owner_6)] {
            let encryption = Encryption { revision, user: hex(user), owner: hex(owner), ..Encryption::default() };
            assert!(encryption.opens("ユーザー") && encryption.opens("owner"), "{revision}");
            assert!(!encryption.opens("") && !encryption.opens("user"), "{revision}");
        }
    }

    #[test]
    fn what_is_cut_short_opens_nothing() {
        for revision in 0..8 {
            let encryption = Encryption { revision, user: vec![1; 7], owner: vec![2; 3], ..Encryption::default() };
            assert!(!encryption.opens("") && !encryption.opens("a"));
        }
    }
}
