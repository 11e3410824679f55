//! Encryption of Office documents that are ZIP archives ([MS-OFFCRYPTO] 2.3.4): the package stands encrypted in a
//! compound file, beside a stream that says how.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use super::ciphers::{Aes, BLOCK};
use super::hash::Hash;
use super::utf16;
use crate::budget::Budget;
use crate::codecs::base64;
use crate::error::{Error, LimitKind, Result};
use crate::formats::xml_walk::{attribute, elements};
use crate::source::{ReadAt, Source};

/// How a package is encrypted.
pub(crate) enum Scheme {
    Agile(Box<Agile>),
    Standard(Standard),
}

/// The stream `EncryptionInfo` is never longer than this; with a certificate for each of many readers it has some KB.
const LONGEST: usize = 1 << 20;

/// The specification allows ten million rounds (2.3.4.10); Office writes 100,000. This many take about a second.
const MOST_ROUNDS: u32 = 2_000_000;

/// Rounds of Standard Encryption (2.3.4.7).
const STANDARD_ROUNDS: u32 = 50_000;

impl Scheme {
    /// Reads the stream `EncryptionInfo` (2.3.4.5, 2.3.4.6, 2.3.4.10).
    pub(crate) fn read(info: &Source) -> Result<Self> {
        let bytes = info.peek(0, LONGEST)?;
        match bytes.first_chunk() {
            Some([4, 0, 4, 0]) => Ok(Self::Agile(Box::new(Agile::read(bytes.get(8..).unwrap_or_default())?))),
            Some([2..=4, 0, 2, 0]) => Ok(Self::Standard(Standard::read(bytes.get(4..).unwrap_or_default())?)),
            Some([3 | 4, 0, 3, 0]) => Err(Error::Unsupported("extensible encryption")),
            _ => Err(Error::malformed("EncryptionInfo", 0)),
        }
    }

    /// Rounds of hashing that one password costs.
    pub(crate) fn cost(&self) -> u64 {
        u64::from(match self {
            Self::Agile(agile) => agile.rounds,
            Self::Standard(_) => STANDARD_ROUNDS,
        })
    }

    /// The key of the package; `None` when the password does not fit.
    pub(crate) fn key(&self, password: &str) -> Option<Vec<u8>> {
        match self {
            Self::Agile(agile) => agile.key(password),
            Self::Standard(standard) => standard.key(password),
        }
    }

    /// The package behind its size, decrypted where somebody looks.
    pub(crate) fn package(&self, stream: &Source, key: &[u8], budget: &Rc<Budget>) -> Result<Source> {
        let aes = Aes::new(key).ok_or(Error::malformed("keyBits", 0))?;
        let size = u64::from_le_bytes(stream.array(0, "EncryptedPackage")?);
        let data = stream.slice(8, u64::MAX);
        let len = size.min(data.len());
        let segments = match self {
            Self::Agile(agile) => Some((agile.data.hash, agile.data.salt.clone())),
            Self::Standard(_) => None,
        };
        let last = RefCell::new((u64::MAX, Vec::new()));
        Ok(Source::new(Package { data, len, aes, segments, last, budget: Rc::clone(budget) }))
    }

    /// Whether the package is the one its author locked (2.3.4.14); `None` where nothing says so.
    pub(crate) fn is_intact(&self, stream: &Source, key: &[u8]) -> Result<Option<bool>> {
        match self {
            Self::Agile(agile) => agile.is_intact(stream, key),
            Self::Standard(_) => Ok(None),
        }
    }
}

/// What says how something is encrypted: `keyData` or `encryptedKey`.
struct Cipher {
    hash: Hash,
    salt: Vec<u8>,
    /// Bytes of the key.
    key: usize,
}

impl Cipher {
    fn read(element: &quick_xml::events::BytesStart<'_>) -> Result<Self> {
        let text = |name| attribute(element, name);
        let wrong = |what| Error::malformed(what, 8);
        if text("cipherAlgorithm") != "AES" {
            return Err(Error::Unsupported("cipher"));
        }
        if text("cipherChaining") != "ChainingModeCBC" {
            return Err(Error::Unsupported("cipher mode"));
        }
        let hash = Hash::named(&text("hashAlgorithm")).ok_or(Error::Unsupported("hash"))?;
        if text("blockSize") != "16" {
            return Err(wrong("blockSize"));
        }
        let key = match text("keyBits").as_str() {
            "128" => 16,
            "192" => 24,
            "256" => 32,
            _ => return Err(wrong("keyBits")),
        };
        // `saltSize` says the same once more.
        let salt = base64(&text("saltValue"));
        if salt.is_empty() {
            return Err(wrong("saltValue"));
        }
        Ok(Self { hash, salt, key })
    }

    /// Decrypts something whose initialisation vector is made of the salt (2.3.4.12), and of what it is for if that is
    /// given.
    fn decrypt(&self, key: &[u8], purpose: Option<&[u8]>, bytes: &[u8]) -> Option<Vec<u8>> {
        let iv = match purpose {
            Some(purpose) => sized(self.hash.of(&[&self.salt, purpose]), BLOCK),
            None => sized(self.salt.clone(), BLOCK),
        };
        let mut bytes = bytes.to_vec();
        Aes::new(key)?.decrypt_chain(iv.first_chunk()?, &mut bytes);
        Some(bytes)
    }
}

/// Agile Encryption (2.3.4.10), with the one way to its key that a password opens.
pub(crate) struct Agile {
    data: Cipher,
    integrity: Option<[Vec<u8>; 2]>,
    lock: Cipher,
    rounds: u32,
    verifier: Vec<u8>,
    verifier_hash: Vec<u8>,
    value: Vec<u8>,
}

/// What a key is derived for (2.3.4.13, 2.3.4.14).
const VERIFIER: [u8; 8] = [0xFE, 0xA7, 0xD2, 0x76, 0x3B, 0x4B, 0x9E, 0x79];
const VERIFIER_HASH: [u8; 8] = [0xD7, 0xAA, 0x0F, 0x6D, 0x30, 0x61, 0x34, 0x4E];
const VALUE: [u8; 8] = [0x14, 0x6E, 0x0B, 0xE7, 0xAB, 0xAC, 0xD0, 0xD6];
const HMAC_KEY: [u8; 8] = [0x5F, 0xB2, 0xAD, 0x01, 0x0C, 0xB9, 0xE1, 0xF6];
const HMAC_VALUE: [u8; 8] = [0xA0, 0x67, 0x7F, 0x02, 0xB2, 0x2C, 0x84, 0x33];

impl Agile {
    fn read(xml: &[u8]) -> Result<Self> {
        let (mut data, mut integrity, mut lock) = (None, None, None);
        elements(xml, "encryption", |name, element| match name {
            "keyData" if data.is_none() => data = Some(Cipher::read(element)),
            "dataIntegrity" => {
                let value = |name| base64(&attribute(element, name));
                integrity = Some([value("encryptedHmacKey"), value("encryptedHmacValue")]);
            }
            // That of a certificate has no rounds.
            "encryptedKey" if lock.is_none() && !attribute(element, "spinCount").is_empty() => {
                let value = |name| base64(&attribute(element, name));
                lock = Some(Cipher::read(element).map(|cipher| {
                    let parts =
                        ["encryptedVerifierHashInput", "encryptedVerifierHashValue", "encryptedKeyValue"].map(value);
                    (cipher, attribute(element, "spinCount"), parts)
                }));
            }
            _ => {}
        })?;
        let data = data.ok_or(Error::malformed("keyData", 8))??;
        let (lock, rounds, [verifier, verifier_hash, value]) = lock.ok_or(Error::Unsupported("certificate lock"))??;
        let rounds = rounds.trim().parse().map_err(|_| Error::malformed("spinCount", 8))?;
        if rounds > MOST_ROUNDS {
            return Err(Error::Limit(LimitKind::Guessing));
        }
        Ok(Self { data, integrity, lock, rounds, verifier, verifier_hash, value })
    }

    fn key(&self, password: &str) -> Option<Vec<u8>> {
        let lock = &self.lock;
        let spun = lock.hash.rounds(&[&lock.salt, &utf16(password)], self.rounds);
        let open =
            |purpose: &[u8], bytes: &[u8]| lock.decrypt(&sized(lock.hash.of(&[&spun, purpose]), lock.key), None, bytes);
        let verifier = open(&VERIFIER, &self.verifier)?;
        let expected = open(&VERIFIER_HASH, &self.verifier_hash)?;
        // The verifier is as long as the salt; it may have been filled up to whole blocks.
        let fits = |len: usize| {
            let hash = lock.hash.of(&[verifier.get(..len).unwrap_or(&verifier)]);
            !expected.is_empty() && expected.len() >= hash.len() && expected.starts_with(&hash)
        };
        if !fits(lock.salt.len()) && !fits(verifier.len()) {
            return None;
        }
        let mut key = open(&VALUE, &self.value)?;
        key.truncate(self.data.key);
        (key.len() == self.data.key).then_some(key)
    }

    fn is_intact(&self, stream: &Source, key: &[u8]) -> Result<Option<bool>> {
        let Some([hmac_key, hmac_value]) = &self.integrity else { return Ok(None) };
        let open = |purpose: &[u8], bytes: &[u8]| self.data.decrypt(key, Some(purpose), bytes).unwrap_or_default();
        let (hmac_key, expected) = (open(&HMAC_KEY, hmac_key), open(&HMAC_VALUE, hmac_value));
        let len = self.data.hash.of(&[]).len();
        let hmac = self.data.hash.hmac(hmac_key.get(..len).unwrap_or(&hmac_key), stream)?;
        Ok(Some(expected.starts_with(&hmac)))
    }
}

fn base64(text: &str) -> Vec<u8> {
    base64::decode(text.as_bytes(), 1 << 16)
}

/// Cut, or filled up as 2.3.4.12 says.
fn sized(mut bytes: Vec<u8>, len: usize) -> Vec<u8> {
    bytes.resize(len, 0x36);
    bytes
}

/// Standard Encryption (2.3.4.5): AES block by block, SHA-1.
pub(crate) struct Standard {
    /// Bytes of the key.
    key: usize,
    salt: Vec<u8>,
    verifier: Vec<u8>,
    verifier_hash: Vec<u8>,
}

impl Standard {
    /// Behind the version: flags, size of the EncryptionHeader (2.3.2), the header, the EncryptionVerifier (2.3.3).
    fn read(bytes: &[u8]) -> Result<Self> {
        let number = |at: usize| bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b));
        let header = usize::try_from(number(4)).unwrap_or(usize::MAX);
        let (flags, algorithm, hash, bits) = (number(8), number(16), number(20), number(24));
        let key = match (algorithm, bits) {
            // The flags fCryptoAPI and fAES stand for the algorithm where it is zero.
            (0x660E, _) | (0, 0 | 128) if flags & 0x20 != 0 || algorithm != 0 => 16,
            (0x660F, _) | (0, 192) => 24,
            (0x6610, _) | (0, 256) => 32,
            _ => return Err(Error::Unsupported("cipher")),
        };
        if !matches!(hash, 0 | 0x8004) {
            return Err(Error::Unsupported("hash"));
        }
        let verifier = bytes.get(header.saturating_add(8)..).ok_or(Error::malformed("EncryptionHeader", 8))?;
        let part = |at: usize, len: usize| {
            let part = verifier.get(at..at.saturating_add(len)).map(<[u8]>::to_vec);
            part.ok_or(Error::malformed("EncryptionVerifier", 8))
        };
        Ok(Self { key, salt: part(4, 16)?, verifier: part(20, 16)?, verifier_hash: part(40, 32)? })
    }

    fn key(&self, password: &str) -> Option<Vec<u8>> {
        let spun = Hash::Sha1.rounds(&[&self.salt, &utf16(password)], STANDARD_ROUNDS);
        let last = Hash::Sha1.of(&[&spun, &[0; 4]]);
        let half = |with: u8| {
            let mut block = [with; 64];
            super::ciphers::xor(&mut block, &last);
            Hash::Sha1.of(&[&block])
        };
        let mut key = [half(0x36), half(0x5C)].concat();
        key.truncate(self.key);
        let aes = Aes::new(&key)?;
        let (mut verifier, mut expected) = (self.verifier.clone(), self.verifier_hash.clone());
        aes.decrypt_blocks(&mut verifier);
        aes.decrypt_blocks(&mut expected);
        expected.starts_with(&Hash::Sha1.of(&[&verifier])).then_some(key)
    }
}

/// Bytes decrypted at once: the segments of Agile Encryption (2.3.4.15).
const SEGMENT: u64 = 4096;

/// A package that is decrypted where somebody looks.
struct Package {
    data: Source,
    len: u64,
    aes: Aes,
    /// Hash and salt that give each segment its initialisation vector; none in Standard Encryption.
    segments: Option<(Hash, Vec<u8>)>,
    /// The last segment that was decrypted, with its number.
    last: RefCell<(u64, Vec<u8>)>,
    budget: Rc<Budget>,
}

impl Package {
    fn segment(&self, number: u64) -> io::Result<Vec<u8>> {
        let mut bytes = self.data.peek(number.saturating_mul(SEGMENT), usize::try_from(SEGMENT).unwrap_or_default())?;
        self.budget.expand(bytes.len() as u64)?;
        // Some writers leave out the end of the last block.
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        match &self.segments {
            Some((hash, salt)) => {
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                let iv = sized(hash.of(&[salt, &number.to_le_bytes()]), BLOCK);
                self.aes.decrypt_chain(iv.first_chunk().unwrap_or(&[0; BLOCK]), &mut bytes);
            }
            None => self.aes.decrypt_blocks(&mut bytes),
        }
        Ok(bytes)
    }
}

impl ReadAt for Package {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let Some(left) = self.len.checked_sub(at).filter(|left| *left > 0) else { return Ok(0) };
        let number = at.div_euclid(SEGMENT);
        let mut last = self.last.borrow_mut();
        if last.0 != number {
            *last = (number, self.segment(number)?);
        }
        let from = usize::try_from(at.rem_euclid(SEGMENT)).ok().and_then(|skip| last.1.get(skip..)).unwrap_or_default();
        let n = from.len().min(buf.len()).min(usize::try_from(left).unwrap_or(usize::MAX));
        if let (Some(to), Some(from)) = (buf.get_mut(..n), from.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }
}
