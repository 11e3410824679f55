//! AES in CBC mode, decrypted where somebody reads.

use std::io;

use aes::cipher::{Array, BlockCipherDecrypt, KeyInit};
use aes::{Aes128Dec, Aes256Dec};

use crate::source::{ReadAt, Source};

const BLOCK: usize = 16;

/// Blocks decrypted at once.
const BLOCKS: usize = 256;

enum Cipher {
    Aes128(Box<Aes128Dec>),
    Aes256(Box<Aes256Dec>),
}

/// What an encrypted source holds. Every block needs only the one before it, so any place can be read.
struct Cbc {
    source: Source,
    cipher: Cipher,
    iv: [u8; BLOCK],
}

/// The plain bytes of `source`, as far as it has whole blocks.
pub(crate) fn aes128(source: Source, key: &[u8; 16], iv: [u8; 16]) -> Source {
    let cipher = Cipher::Aes128(Box::new(Aes128Dec::new(&Array(*key))));
    Source::new(Cbc { source, cipher, iv })
}

/// As [`aes128`], with a longer key.
pub(crate) fn aes256(source: Source, key: &[u8; 32], iv: [u8; 16]) -> Source {
    let cipher = Cipher::Aes256(Box::new(Aes256Dec::new(&Array(*key))));
    Source::new(Cbc { source, cipher, iv })
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
        for block in bytes.chunks_exact_mut(BLOCK) {
            let Some(block) = block.first_chunk_mut::<BLOCK>() else { break };
            let packed = *block;
            let mut plain = Array(packed);
            match &self.cipher {
                Cipher::Aes128(cipher) => cipher.decrypt_block(&mut plain),
                Cipher::Aes256(cipher) => cipher.decrypt_block(&mut plain),
            }
            for ((to, plain), before) in block.iter_mut().zip(plain).zip(before) {
                *to = plain ^ before;
            }
            before = packed;
        }
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
        let key = hex("2b7e151628aed2a6abf7158809cf4f3c").try_into().unwrap();
        let packed = hex("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2");
        let source = aes128(Source::memory(packed), &key, iv);
        assert_eq!(source.peek(0, 100).unwrap(), plain);
        assert_eq!(source.peek(20, 5).unwrap(), plain[20..25]);
        let key = hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4").try_into().unwrap();
        let packed = hex("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7dff");
        assert_eq!(aes256(Source::memory(packed), &key, iv).peek(0, 100).unwrap(), plain);
    }
}
