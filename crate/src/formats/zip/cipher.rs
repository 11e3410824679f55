//! The two ciphers of ZIP that open with a password: PKWARE's traditional one (APPNOTE 6.1) and WinZip's AES
//! (WinZip, "AES Encryption Information", AE-1 and AE-2).

use std::io::{self, Read};
use std::sync::LazyLock;

use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;

use crate::budget::Budget;
use crate::crypto::ciphers::{Aes, BLOCK};
use crate::crypto::hash::Hash;
use crate::error::{Error, Result};
use crate::source::{Source, Stream};

/// Of PBKDF2.
const ROUNDS: u32 = 1000;

/// What they come to: four blocks of the hash make the longest key.
pub(super) const COST: u64 = 4 * ROUNDS as u64;

/// Bytes of the code behind AES data that proves it whole.
const CODE: u64 = 10;

/// What a password gave.
#[derive(Clone)]
pub(super) enum Key {
    Traditional([u32; 3]),
    Aes { block: Aes, authentication: Vec<u8> },
}

impl Key {
    /// Takes the header off data encrypted the traditional way; `None` if its last byte is none of `checks`.
    pub(super) fn traditional(data: &Source, checks: &[u8], password: &[u8]) -> Result<Option<(Self, Source)>> {
        let header: [u8; 12] = data.array(0, "encrypted data")?;
        let mut keys = Keys([0x1234_5678, 0x2345_6789, 0x3456_7890]);
        password.iter().for_each(|byte| keys.update(*byte));
        let last = header.iter().fold(0, |_, byte| keys.decrypt(*byte));
        Ok(checks.contains(&last).then(|| (Self::Traditional(keys.0), data.slice(12, u64::MAX))))
    }

    /// Takes salt, proof and code off data encrypted with AES; `None` if the two bytes of proof do not fit.
    pub(super) fn aes(data: &Source, strength: u8, password: &[u8]) -> Result<Option<(Self, Source)>> {
        let len = match strength {
            1 => 16_usize,
            2 => 24,
            3 => 32,
            _ => return Err(Error::Unsupported("zip-strong-encryption")),
        };
        let salt = data.peek(0, len / 2)?;
        let proof: [u8; 2] = data.array(salt.len() as u64, "encrypted data")?;
        let mut derived = vec![0; len.saturating_mul(2).saturating_add(2)];
        pbkdf2_hmac::<Sha1>(password, &salt, ROUNDS, &mut derived);
        let (key, rest) = derived.split_at_checked(len).unwrap_or_default();
        let (authentication, check) = rest.split_at_checked(len).unwrap_or_default();
        let Some(block) = Aes::new(key).filter(|_| check == proof) else { return Ok(None) };
        let start = (salt.len() as u64).saturating_add(2);
        let body = data.slice(start, data.len().saturating_sub(start).saturating_sub(CODE));
        Ok(Some((Self::Aes { block, authentication: authentication.into() }, body)))
    }

    /// Whether the code behind the data is right: nobody changed it, and the password is the one.
    pub(super) fn authenticates(&self, data: &Source, body: &Source, budget: &Budget) -> Result<bool> {
        let Self::Aes { authentication, .. } = self else { return Ok(false) };
        budget.steps(body.len() >> 6)?;
        let code = data.peek(data.len().saturating_sub(CODE), 10)?;
        Ok(code.len() == 10 && Hash::Sha1.hmac(authentication, body)?.starts_with(&code))
    }

    /// Decrypts from the first byte on.
    pub(super) fn reader(&self, body: Source) -> Box<dyn Stream> {
        match self {
            Self::Traditional(keys) => Box::new(Traditional { body, keys: Keys(*keys) }),
            Self::Aes { block, .. } => {
                Box::new(Counter { body, block: block.clone(), count: 0, stream: [0; BLOCK], used: BLOCK })
            }
        }
    }
}

/// The state of the traditional cipher (6.1.5).
struct Keys([u32; 3]);

/// One step of CRC-32 over a byte: that of the sum, without its inversions.
fn crc_step(crc: u32, byte: u8) -> u32 {
    let [low, ..] = (crc ^ u32::from(byte)).to_le_bytes();
    (crc >> 8) ^ STEPS.get(usize::from(low)).copied().unwrap_or_default()
}

/// What eight bits of CRC-32 come to.
static STEPS: LazyLock<[u32; 256]> = LazyLock::new(|| {
    let mut steps = [0; 256];
    for (step, value) in steps.iter_mut().zip(0_u32..) {
        *step = (0..8).fold(value, |value, _| if value & 1 == 1 { (value >> 1) ^ 0xEDB8_8320 } else { value >> 1 });
    }
    steps
});

impl Keys {
    fn update(&mut self, byte: u8) {
        let Self([a, b, c]) = self;
        *a = crc_step(*a, byte);
        *b = b.wrapping_add(*a & 0xFF).wrapping_mul(134_775_813).wrapping_add(1);
        *c = crc_step(*c, b.to_be_bytes()[0]);
    }

    fn decrypt(&mut self, byte: u8) -> u8 {
        let mix = (self.0[2] | 2) & 0xFFFF;
        let plain = byte ^ mix.wrapping_mul(mix ^ 1).to_le_bytes()[1];
        self.update(plain);
        plain
    }
}

struct Traditional {
    body: Source,
    keys: Keys,
}

impl Read for Traditional {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.body.read(buf)?;
        for byte in buf.get_mut(..n).unwrap_or_default() {
            *byte = self.keys.decrypt(*byte);
        }
        Ok(n)
    }
}

/// AES in counter mode, the counter from 1 on and its lowest byte first.
struct Counter {
    body: Source,
    block: Aes,
    count: u128,
    stream: [u8; BLOCK],
    used: usize,
}

impl Read for Counter {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.body.read(buf)?;
        for byte in buf.get_mut(..n).unwrap_or_default() {
            if self.used >= BLOCK {
                self.count = self.count.wrapping_add(1);
                self.stream = self.count.to_le_bytes();
                self.block.encrypt_block(&mut self.stream);
                self.used = 0;
            }
            *byte ^= self.stream.get(self.used).copied().unwrap_or_default();
            self.used = self.used.saturating_add(1);
        }
        Ok(n)
    }
}
