//! Encryption of Office 97–2003 documents ([MS-OFFCRYPTO] 2.3.5 to 2.3.7): streams of records, of which some parts stay
//! clear. What stays clear is the readers' matter; here are the keys.

use std::cell::RefCell;
use std::io;

use super::ciphers::{Rc4, xor};
use super::hash::Hash;
use super::utf16;
use crate::codecs::encoding::{encode_shift_jis, encode_windows_1252};
use crate::error::{Error, Result};
use crate::source::{ReadAt, Source};

/// How a stream is encrypted: an encryption header with its verifier.
#[derive(Debug)]
pub(crate) enum Scheme {
    /// Office Binary Document RC4 Encryption (2.3.6).
    Rc4 { salt: [u8; 16], verifier: [u8; 32] },
    /// Office Binary Document RC4 CryptoAPI Encryption (2.3.5).
    CryptoApi { salt: [u8; 16], verifier: [u8; 36], key: usize },
    /// XOR obfuscation (2.3.7): key and verifier, each as far as the document gives it.
    Xor { key: u16, verifier: u16 },
}

impl Scheme {
    /// Reads an encryption header that starts with its version.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let wrong = || Error::malformed("EncryptionHeader", 0);
        match bytes.first_chunk() {
            Some([1, 0, 1, 0]) => {
                let rest = bytes.get(4..).unwrap_or_default();
                let (salt, rest) = rest.split_first_chunk().ok_or_else(wrong)?;
                Ok(Self::Rc4 { salt: *salt, verifier: *rest.first_chunk().ok_or_else(wrong)? })
            }
            Some([2..=4, 0, 2, 0]) => {
                let number =
                    |at: usize| bytes.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b));
                // Version, flags, size; then flags, size of extra, algorithm, hash, bits of the key (2.3.2).
                let size = usize::try_from(number(8)).unwrap_or(usize::MAX);
                if !matches!(number(20), 0 | 0x6801) {
                    return Err(Error::Unsupported("cipher"));
                }
                let bits = if number(28) == 0 { 40 } else { number(28) };
                let rest = bytes.get(size.saturating_add(16)..).unwrap_or_default();
                let (salt, rest) = rest.split_first_chunk().ok_or_else(wrong)?;
                let (verifier, rest) = rest.split_first_chunk::<16>().ok_or_else(wrong)?;
                let hash: &[u8; 20] = rest.get(4..).and_then(|rest| rest.first_chunk()).ok_or_else(wrong)?;
                let mut both = [0; 36];
                both.iter_mut().zip(verifier.iter().chain(hash)).for_each(|(to, from)| *to = *from);
                let key = usize::try_from(bits / 8).unwrap_or_default();
                if !(5..=16).contains(&key) {
                    return Err(Error::malformed("KeySize", 28));
                }
                Ok(Self::CryptoApi { salt: *salt, verifier: both, key })
            }
            _ => Err(wrong()),
        }
    }

    /// The word of the report.
    pub(crate) const fn id(&self) -> &'static str {
        match self {
            Self::Rc4 { .. } => "rc4",
            Self::CryptoApi { .. } => "rc4-cryptoapi",
            Self::Xor { .. } => "xor",
        }
    }

    /// The key; `None` when the password does not fit.
    pub(crate) fn key(&self, password: &str) -> Option<Key> {
        match self {
            Self::Rc4 { salt, verifier } => {
                let first = Hash::Md5.of(&[&utf16(password)]);
                let piece = [first.get(..5)?, salt].concat();
                let seed = Hash::Md5.of(&[&piece.repeat(16)]).get(..5)?.to_vec();
                let key = Key::Rc4 { seed };
                key.opens(Hash::Md5, verifier).then_some(key)
            }
            Self::CryptoApi { salt, verifier, key } => {
                let seed = Hash::Sha1.of(&[salt, &utf16(password)]);
                let key = Key::CryptoApi { seed, key: *key };
                key.opens(Hash::Sha1, verifier).then_some(key)
            }
            Self::Xor { key, verifier } => single_bytes(password).into_iter().find_map(|password| {
                // Word has been seen to write them in either order.
                let is = (xor_key(&password), xor_verifier(&password));
                (is == (*key, *verifier) || is == (*verifier, *key)).then(|| Key::Xor { array: xor_array(&password) })
            }),
        }
    }
}

/// What decrypts a stream.
#[derive(Clone)]
pub(crate) enum Key {
    Rc4 { seed: Vec<u8> },
    CryptoApi { seed: Vec<u8>, key: usize },
    Xor { array: [u8; 16] },
}

impl Key {
    /// The cipher of one block (2.3.5.2, 2.3.6.2).
    fn cipher(&self, block: u32) -> Option<Rc4> {
        match self {
            Self::Rc4 { seed } => Some(Rc4::new(&Hash::Md5.of(&[seed, &block.to_le_bytes()]))),
            Self::CryptoApi { seed, key } => {
                let mut hash = Hash::Sha1.of(&[seed, &block.to_le_bytes()]);
                hash.truncate(*key);
                // A key of 40 bits is filled up to 128.
                if *key == 5 {
                    hash.resize(16, 0);
                }
                Some(Rc4::new(&hash))
            }
            Self::Xor { .. } => None,
        }
    }

    /// Whether this key turns a verifier into 16 bytes and their hash.
    fn opens(&self, hash: Hash, verifier: &[u8]) -> bool {
        let mut bytes = verifier.to_vec();
        self.apply(0, &mut bytes);
        let (plain, expected) = bytes.split_at(16.min(bytes.len()));
        hash.of(&[plain]) == expected
    }

    /// Decrypts a block from its start.
    pub(crate) fn apply(&self, block: u32, bytes: &mut [u8]) {
        if let Some(mut cipher) = self.cipher(block) {
            cipher.apply(bytes);
        }
    }

    /// Decrypts a piece of a record of `size` bytes that starts at `at` in its stream (2.3.7.3 and [MS-XLS] 2.2.10).
    pub(crate) fn apply_xor(&self, at: usize, size: usize, bytes: &mut [u8]) {
        if let Self::Xor { array } = self {
            let skip = at.wrapping_add(size) & 15;
            for (byte, with) in bytes.iter_mut().zip(array.iter().cycle().skip(skip)) {
                *byte = (*byte ^ with).rotate_right(5);
            }
        }
    }

    /// Decrypts a stream that is divided into blocks of `block` bytes, but its first `clear` bytes.
    pub(crate) fn stream(self, data: Source, block: u64, clear: u64) -> Source {
        Source::new(Stream { data, key: self, block, clear, last: RefCell::new((u64::MAX, Vec::new())) })
    }
}

/// A stream that is decrypted where somebody looks.
struct Stream {
    data: Source,
    key: Key,
    block: u64,
    clear: u64,
    /// The last block that was decrypted, with its number.
    last: RefCell<(u64, Vec<u8>)>,
}

impl Stream {
    fn decrypted(&self, number: u64) -> io::Result<Vec<u8>> {
        let start = number.saturating_mul(self.block);
        let mut bytes = self.data.peek(start, usize::try_from(self.block).unwrap_or_default())?;
        let keep = usize::try_from(self.clear.saturating_sub(start)).unwrap_or(usize::MAX).min(bytes.len());
        let clear = bytes.get(..keep).unwrap_or_default().to_vec();
        if let Key::Xor { array } = &self.key {
            // Blocks are a multiple of the array. What is zero, or would become so, is left as it is (2.3.7.6).
            for (byte, with) in bytes.iter_mut().zip(array.iter().cycle()) {
                if *byte != 0 && *byte != *with {
                    *byte ^= with;
                }
            }
        } else {
            self.key.apply(u32::try_from(number).unwrap_or(u32::MAX), &mut bytes);
        }
        bytes.get_mut(..keep).unwrap_or_default().copy_from_slice(&clear);
        Ok(bytes)
    }
}

impl ReadAt for Stream {
    fn len(&self) -> u64 {
        self.data.len()
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let (Some(number), Some(skip)) = (at.checked_div(self.block), at.checked_rem(self.block)) else { return Ok(0) };
        let mut last = self.last.borrow_mut();
        if last.0 != number {
            *last = (number, self.decrypted(number)?);
        }
        let from = usize::try_from(skip).ok().and_then(|skip| last.1.get(skip..)).unwrap_or_default();
        let n = from.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), from.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }
}

/// Passwords of XOR obfuscation have bytes instead of letters: at most 15, by two ways that both count (2.3.7.4), and
/// in the code page of the machine, of which the commonest here is tried.
fn single_bytes(password: &str) -> Vec<Vec<u8>> {
    let narrow = |unit: u16| {
        let [low, high] = unit.to_le_bytes();
        if low == 0 { high } else { low }
    };
    let mut all = vec![
        password.encode_utf16().map(narrow).collect::<Vec<u8>>(),
        encode_windows_1252(password),
        encode_shift_jis(password).unwrap_or_default(),
    ];
    all.iter_mut().for_each(|password| password.truncate(15));
    all.dedup();
    all.retain(|password| !password.is_empty());
    all
}

/// `InitialCode` and `XorMatrix` of 2.3.7.2.
const INITIAL: [u16; 15] = [
    0xE1F0, 0x1D0F, 0xCC9C, 0x84C0, 0x110C, 0x0E10, 0xF1CE, 0x313E, 0x1872, 0xE139, 0xD40F, 0x84F9, 0x280C, 0xA96A,
    0x4EC3,
];
const MATRIX: [u16; 105] = [
    0xAEFC, 0x4DD9, 0x9BB2, 0x2745, 0x4E8A, 0x9D14, 0x2A09, 0x7B61, 0xF6C2, 0xFDA5, 0xEB6B, 0xC6F7, 0x9DCF, 0x2BBF,
    0x4563, 0x8AC6, 0x05AD, 0x0B5A, 0x16B4, 0x2D68, 0x5AD0, 0x0375, 0x06EA, 0x0DD4, 0x1BA8, 0x3750, 0x6EA0, 0xDD40,
    0xD849, 0xA0B3, 0x5147, 0xA28E, 0x553D, 0xAA7A, 0x44D5, 0x6F45, 0xDE8A, 0xAD35, 0x4A4B, 0x9496, 0x390D, 0x721A,
    0xEB23, 0xC667, 0x9CEF, 0x29FF, 0x53FE, 0xA7FC, 0x5FD9, 0x47D3, 0x8FA6, 0x0F6D, 0x1EDA, 0x3DB4, 0x7B68, 0xF6D0,
    0xB861, 0x60E3, 0xC1C6, 0x93AD, 0x377B, 0x6EF6, 0xDDEC, 0x45A0, 0x8B40, 0x06A1, 0x0D42, 0x1A84, 0x3508, 0x6A10,
    0xAA51, 0x4483, 0x8906, 0x022D, 0x045A, 0x08B4, 0x1168, 0x76B4, 0xED68, 0xCAF1, 0x85C3, 0x1BA7, 0x374E, 0x6E9C,
    0x3730, 0x6E60, 0xDCC0, 0xA9A1, 0x4363, 0x86C6, 0x1DAD, 0x3331, 0x6662, 0xCCC4, 0x89A9, 0x0373, 0x06E6, 0x0DCC,
    0x1021, 0x2042, 0x4084, 0x8108, 0x1231, 0x2462, 0x48C4,
];
const PAD: [u8; 15] = [0xBB, 0xFF, 0xFF, 0xBA, 0xFF, 0xFF, 0xB9, 0x80, 0, 0xBE, 0x0F, 0, 0xBF, 0x0F, 0];

/// `CreateXorKey_Method1` (2.3.7.2): every bit of the last fifteen letters takes its part of the matrix.
fn xor_key(password: &[u8]) -> u16 {
    let initial = password.len().checked_sub(1).and_then(|at| INITIAL.get(at)).copied().unwrap_or_default();
    let bits = password.iter().rev().flat_map(|letter| (0..7).map(move |bit| letter & (0x40 >> bit) != 0));
    bits.zip(MATRIX.iter().rev()).filter(|(set, _)| *set).fold(initial, |key, (_, part)| key ^ part)
}

/// `CreatePasswordVerifier_Method1` (2.3.7.1).
fn xor_verifier(password: &[u8]) -> u16 {
    let length = u8::try_from(password.len()).unwrap_or_default();
    let all = password.iter().rev().chain(std::iter::once(&length));
    let turned = |value: u16| ((value << 1) & 0x7FFF) | (value >> 14 & 1);
    all.fold(0, |value, letter| turned(value) ^ u16::from(*letter)) ^ 0xCE4B
}

/// `CreateXorArray_Method1` (2.3.7.2), which gives the same as that of method 2: the letters, filled up, with the bytes
/// of the key in turn.
fn xor_array(password: &[u8]) -> [u8; 16] {
    let mut array = [0; 16];
    array.iter_mut().zip(password.iter().chain(&PAD)).for_each(|(to, from)| *to = *from);
    xor(&mut array, &xor_key(password).to_le_bytes().repeat(8));
    array.map(|byte| byte.rotate_right(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifiers_of_xor() {
        // The password that Excel tries by itself, as workbooks hold it.
        assert_eq!(xor_verifier(b"VelvetSweatshop"), 0x9A0A);
    }

    #[test]
    fn a_header_that_ends_early_is_no_header() {
        for bytes in [&[][..], &[1, 0, 1, 0, 5], &[2, 0, 2, 0], &[9; 80]] {
            assert!(Scheme::read(bytes).is_err());
        }
    }
}
