//! PBKDF2 ([RFC 8018] 5.2) over HMAC ([RFC 2104]) with SHA-1 or SHA-256.
//!
//! A password costs thousands of rounds, each of two blocks of the hash. They are hashed as they are: what a hash of any
//! length does around a block takes as long as the block.

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// One block of the hash on its state.
type Compress<const N: usize> = fn(&mut [u32; N], &[[u8; BLOCK]]);

const BLOCK: usize = 64;

/// HMAC with a key.
pub(crate) struct Mac<const N: usize> {
    compress: Compress<N>,
    /// After the key with one pad and with the other.
    inner: [u32; N],
    outer: [u32; N],
}

impl Mac<5> {
    pub(crate) fn sha1(key: &[u8]) -> Self {
        const START: [u32; 5] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
        let short = (key.len() > BLOCK).then(|| Sha1::digest(key));
        Self::new(sha1::block_api::compress, START, short.as_deref().unwrap_or(key))
    }
}

impl Mac<8> {
    pub(crate) fn sha256(key: &[u8]) -> Self {
        const START: [u32; 8] =
            [0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19];
        let short = (key.len() > BLOCK).then(|| Sha256::digest(key));
        Self::new(sha2::block_api::compress256, START, short.as_deref().unwrap_or(key))
    }
}

impl<const N: usize> Mac<N> {
    fn new(compress: Compress<N>, start: [u32; N], key: &[u8]) -> Self {
        let padded = |with: u8| {
            let mut block = [with; BLOCK];
            block.iter_mut().zip(key).for_each(|(to, from)| *to ^= from);
            let mut state = start;
            compress(&mut state, &[block]);
            state
        };
        Self { compress, inner: padded(0x36), outer: padded(0x5C) }
    }

    /// The sum of a message.
    pub(crate) fn of(&self, message: &[u8]) -> [u32; N] {
        let bits = (message.len() as u64).saturating_add(BLOCK as u64).saturating_mul(8);
        let mut padded = message.to_vec();
        padded.push(0x80);
        while padded.len() % BLOCK != BLOCK - 8 {
            padded.push(0);
        }
        padded.extend(bits.to_be_bytes());
        let mut state = self.inner;
        (self.compress)(&mut state, padded.as_chunks::<BLOCK>().0);
        self.close(&state)
    }

    /// The sum of a sum.
    pub(crate) fn again(&self, sum: &[u32; N]) -> [u32; N] {
        let mut state = self.inner;
        (self.compress)(&mut state, &[last_block(sum)]);
        self.close(&state)
    }

    fn close(&self, inner: &[u32; N]) -> [u32; N] {
        let mut state = self.outer;
        (self.compress)(&mut state, &[last_block(inner)]);
        state
    }

    /// Fills `key` with what a password comes to; the password is the key of this.
    pub(crate) fn derive(&self, salt: &[u8], rounds: u32, key: &mut [u8]) {
        for (part, number) in key.chunks_mut(N.saturating_mul(4)).zip(1_u32..) {
            let mut last = self.of(&[salt, &number.to_be_bytes()].concat());
            let mut sum = last;
            for _ in 1..rounds {
                last = self.again(&last);
                mix(&mut sum, &last);
            }
            part.iter_mut().zip(sum.iter().flat_map(|word| word.to_be_bytes())).for_each(|(to, byte)| *to = byte);
        }
    }
}

/// Adds one sum to another.
pub(crate) fn mix<const N: usize>(sum: &mut [u32; N], other: &[u32; N]) {
    sum.iter_mut().zip(other).for_each(|(to, word)| *to ^= word);
}

/// A sum behind the block of the key, with what ends a message.
fn last_block<const N: usize>(sum: &[u32; N]) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let (words, rest) = block.as_chunks_mut::<4>();
    debug_assert!(rest.is_empty());
    words.iter_mut().zip(sum).for_each(|(to, word)| *to = word.to_be_bytes());
    let bits = u32::try_from(BLOCK.saturating_add(N.saturating_mul(4)).saturating_mul(8)).unwrap_or_default();
    if let Some(end) = words.get_mut(N) {
        *end = [0x80, 0, 0, 0];
    }
    if let Some(length) = words.last_mut() {
        *length = bits.to_be_bytes();
    }
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn keys_of_rfc_6070_and_7914() {
        let mut key = [0; 20];
        Mac::sha1(b"password").derive(b"salt", 4096, &mut key);
        assert_eq!(hex(&key), "4b007901b765489abead49d926f721d065a429c1");
        let mut key = [0; 25];
        Mac::sha1(b"passwordPASSWORDpassword").derive(b"saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096, &mut key);
        assert_eq!(hex(&key), "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038");
        let mut key = [0; 64];
        Mac::sha256(b"passwd").derive(b"salt", 1, &mut key);
        assert_eq!(hex(&key[..16]), "55ac046e56e3089fec1691c22544b605");
    }

    #[test]
    fn messages_and_keys_of_any_length() {
        // [RFC 4231] 4.7
        let sum = Mac::sha256(&[0xAA; 131]).of(b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(sum[0], 0x60E4_3159);
        // [RFC 4231] 4.4: a message of 50 bytes.
        assert_eq!(Mac::sha256(&[0xAA; 20]).of(&[0xDD; 50])[0], 0x773E_A91E);
    }
}
