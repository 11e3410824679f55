//! Ciphers without opinion: AES in the modes that documents use, and RC4.

use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};

/// Bytes of a block of AES.
pub(crate) const BLOCK: usize = 16;

/// AES with a key of any of its three lengths.
#[derive(Clone)]
pub(crate) enum Aes {
    Short(Box<Aes128>),
    Middle(Box<Aes192>),
    Long(Box<Aes256>),
}

impl Aes {
    /// `None` when there is no AES with a key of this length.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        Some(match key.len() {
            16 => Self::Short(Box::new(Aes128::new_from_slice(key).ok()?)),
            24 => Self::Middle(Box::new(Aes192::new_from_slice(key).ok()?)),
            32 => Self::Long(Box::new(Aes256::new_from_slice(key).ok()?)),
            _ => return None,
        })
    }

    /// Decrypts every whole block by itself (ECB); what is left over at the end stays as it is.
    pub(crate) fn decrypt_blocks(&self, bytes: &mut [u8]) {
        let (blocks, _) = Array::slice_as_chunks_mut(bytes);
        match self {
            Self::Short(aes) => aes.decrypt_blocks(blocks),
            Self::Middle(aes) => aes.decrypt_blocks(blocks),
            Self::Long(aes) => aes.decrypt_blocks(blocks),
        }
    }

    /// Decrypts whole blocks, each added to the one before it (CBC).
    pub(crate) fn decrypt_chain(&self, iv: &[u8; BLOCK], bytes: &mut [u8]) {
        let before: Vec<u8> = iv.iter().chain(bytes.iter()).copied().collect();
        self.decrypt_blocks(bytes);
        let whole = bytes.len().saturating_sub(bytes.len() % BLOCK);
        xor(bytes.get_mut(..whole).unwrap_or_default(), &before);
    }

    /// Encrypts whole blocks, each added to the one before it (CBC): hashing of PDF 2.0 needs it.
    pub(crate) fn encrypt_chain(&self, iv: &[u8; BLOCK], bytes: &mut [u8]) {
        let mut before = *iv;
        for block in bytes.as_chunks_mut::<BLOCK>().0 {
            xor(block, &before);
            self.encrypt_block(block);
            before = *block;
        }
    }

    /// Encrypts one block.
    pub(crate) fn encrypt_block(&self, block: &mut [u8; BLOCK]) {
        let block: &mut Array<u8, _> = block.into();
        match self {
            Self::Short(aes) => aes.encrypt_block(block),
            Self::Middle(aes) => aes.encrypt_block(block),
            Self::Long(aes) => aes.encrypt_block(block),
        }
    }
}

/// Adds `with` to `bytes`, as far as both go.
pub(crate) fn xor(bytes: &mut [u8], with: &[u8]) {
    for (byte, with) in bytes.iter_mut().zip(with) {
        *byte ^= with;
    }
}

/// RC4: a stream of bytes to add.
pub(crate) struct Rc4 {
    state: [u8; 256],
    i: u8,
    j: u8,
}

impl Rc4 {
    /// An empty key is none at all: its stream is that of a key of one zero.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut state = [0; 256];
        state.iter_mut().zip(0_u8..=255).for_each(|(cell, at)| *cell = at);
        let key = if key.is_empty() { &[0] } else { key };
        let mut rc4 = Self { state, i: 0, j: 0 };
        for (at, byte) in (0_u8..=255).zip(key.iter().cycle()) {
            rc4.j = rc4.j.wrapping_add(rc4.cell(at)).wrapping_add(*byte);
            rc4.state.swap(usize::from(at), usize::from(rc4.j));
        }
        rc4.j = 0;
        rc4
    }

    fn cell(&self, at: u8) -> u8 {
        self.state.get(usize::from(at)).copied().unwrap_or_default()
    }

    /// Encrypts or decrypts, which is the same.
    pub(crate) fn apply(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.i = self.i.wrapping_add(1);
            self.j = self.j.wrapping_add(self.cell(self.i));
            self.state.swap(usize::from(self.i), usize::from(self.j));
            *byte ^= self.cell(self.cell(self.i).wrapping_add(self.cell(self.j)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rc4_of_the_books() {
        let mut text = *b"Plaintext";
        Rc4::new(b"Key").apply(&mut text);
        assert_eq!(text, [0xBB, 0xF3, 0x16, 0xE8, 0xD9, 0x40, 0xAF, 0x0A, 0xD3]);
    }

    #[test]
    fn chains_turn_back() {
        for key in [&[1; 16][..], &[2; 24], &[3; 32]] {
            let aes = Aes::new(key).unwrap();
            let mut bytes = *b"a text of three blocks, which is forty-eight!!!!";
            aes.encrypt_chain(&[9; 16], &mut bytes);
            aes.decrypt_chain(&[9; 16], &mut bytes);
            assert_eq!(&bytes, b"a text of three blocks, which is forty-eight!!!!");
        }
        assert!(Aes::new(&[0; 20]).is_none());
    }
}
