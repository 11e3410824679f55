//! AES in CBC mode, decrypted where somebody reads.

use std::io;

use super::ciphers::{Aes, BLOCK};
use crate::source::{ReadAt, Source};

/// Blocks decrypted at once.
const BLOCKS: usize = 256;

/// What an encrypted source holds. Every block needs only the one before it, so any place can be read.
struct Cbc {
    source: Source,
    cipher: Aes,
    iv: [u8; BLOCK],
}

/// The plain bytes of `source`, as far as it has whole blocks; nothing where AES has no such key.
pub(crate) fn decrypted(source: Source, key: &[u8], iv: [u8; BLOCK]) -> Source {
    match Aes::new(key) {
        Some(cipher) => Source::new(Cbc { source, cipher, iv }),
        None => Source::memory(Vec::new()),
    }
}

impl ReadAt for Cbc {
    fn len(&self) -> u64 {
        self.source.len() & !15
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let first = at & !15;
        let skip = usize::try_from(at & 15).unwrap_or_default();
        let wanted = buf.len().saturating_add(skip).div_ceil(BLOCK).min(BLOCKS).saturating_mul(BLOCK);
        let mut before = self.iv;
        if let Some(last) = first.checked_sub(BLOCK as u64) {
            self.source.read_at(last, &mut before)?;
        }
        let mut bytes = self.source.peek(first, wanted)?;
        bytes.truncate(bytes.len() & !15);
        self.cipher.decrypt_chain(&before, &mut bytes);
        let plain = bytes.get(skip..).unwrap_or_default();
        let n = plain.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), plain.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST SP 800-38A, F.2.1 and F.2.5.
    #[test]
    fn the_vectors_of_the_standard() {
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
        };
        let iv: [u8; 16] = (0..16).collect::<Vec<u8>>().try_into().unwrap();
        let plain = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
        let key = hex("2b7e151628aed2a6abf7158809cf4f3c");
        let packed = hex("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2");
        let source = decrypted(Source::memory(packed), &key, iv);
        assert_eq!(source.peek(0, 100).unwrap(), plain);
        assert_eq!(source.peek(20, 5).unwrap(), plain[20..25]);
        let key = hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
        let packed = hex("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7dff");
        assert_eq!(decrypted(Source::memory(packed), &key, iv).peek(0, 100).unwrap(), plain);
    }
}
