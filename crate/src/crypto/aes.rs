//! AES with a key of any of its three lengths, one block at a time.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};

/// Bytes of a block.
pub(crate) const BLOCK: usize = 16;

/// A key, ready for use.
#[derive(Clone)]
pub(crate) enum Block {
    Short(Box<Aes128>),
    Middle(Box<Aes192>),
    Long(Box<Aes256>),
}

impl Block {
    /// `None` if there is no AES with keys of this length.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Aes128::new_from_slice(key).ok().map(|key| Self::Short(key.into())),
            24 => Aes192::new_from_slice(key).ok().map(|key| Self::Middle(key.into())),
            32 => Aes256::new_from_slice(key).ok().map(|key| Self::Long(key.into())),
            _ => None,
        }
    }

    pub(crate) fn encrypt(&self, block: &mut [u8; BLOCK]) {
        match self {
            Self::Short(key) => key.encrypt_block(block.into()),
            Self::Middle(key) => key.encrypt_block(block.into()),
            Self::Long(key) => key.encrypt_block(block.into()),
        }
    }

    pub(crate) fn decrypt(&self, block: &mut [u8; BLOCK]) {
        match self {
            Self::Short(key) => key.decrypt_block(block.into()),
            Self::Middle(key) => key.decrypt_block(block.into()),
            Self::Long(key) => key.decrypt_block(block.into()),
        }
    }
}
