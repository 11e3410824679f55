//! What is locked, and its keys (RAR 5.0 technical note, "File encryption record"; RAR 3 by its public descriptions).

use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::crypto::{PasswordSource, cbc};
use crate::error::{Error, Result};
use crate::scan::Scan;
use crate::source::Source;

/// How something is locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// AES-256, PBKDF2 with 2^`power` rounds.
    Rar5 { salt: [u8; 16], power: u8, iv: [u8; 16], check: Option<[u8; 8]>, hides_sum: bool },
    /// AES-128, SHA-1 over and over.
    Rar3 { salt: [u8; 8] },
    /// Ciphers before RAR 2.9.
    Old,
}

/// Rounds of RAR 3.
const ROUNDS: u32 = 0x4_0000;

/// More rounds than 2^24 no program accepts.
const MOST: u8 = 24;

impl Lock {
    /// The record of a file, or the body of the header that locks all others, which has no initial vector.
    pub(super) fn read5(version: u64, flags: u64, record: &[u8]) -> Option<Self> {
        if version != 0 {
            return None;
        }
        let (power, rest) = record.split_first()?;
        let (salt, rest) = rest.split_first_chunk::<16>()?;
        // With or without an initial vector, and with or without eight bytes and their sum.
        let has_check = flags & 1 != 0;
        let has_iv = rest.len() >= 16;
        let (iv, rest) = if has_iv { rest.split_first_chunk::<16>()? } else { (&[0; 16], rest) };
        let check = rest.split_first_chunk::<8>().filter(|(check, sum)| {
            has_check && **check != [0; 8] && Sha256::digest(check).first_chunk::<4>() == sum.first_chunk()
        });
        let check = check.map(|(check, _)| *check);
        let hides_sum = flags & 2 != 0;
        (*power <= MOST).then_some(Self::Rar5 { salt: *salt, power: *power, iv: *iv, check, hides_sum })
    }

    /// Whether the sum of the content depends on the password.
    pub(super) const fn hides_sum(&self) -> bool {
        matches!(self, Self::Rar5 { hides_sum: true, .. })
    }

    /// What the same password gives the same key for.
    fn salt(&self) -> (&[u8], u8) {
        match self {
            Self::Rar5 { salt, power, .. } => (salt, *power),
            Self::Rar3 { salt } => (salt, 0),
            Self::Old => (&[], 0),
        }
    }

    /// A round of PBKDF2 is two hashes.
    const fn rounds(&self) -> u64 {
        match self {
            Self::Rar5 { power, .. } => 2_u64.unbounded_shl(*power as u32),
            Self::Rar3 { .. } | Self::Old => ROUNDS as u64,
        }
    }
}

#[derive(Clone)]
enum Key {
    Aes256([u8; 32]),
    Aes128([u8; 16], [u8; 16]),
}

/// Keys found so far, by salt and rounds; `None` where no password fits.
#[derive(Default)]
pub(super) struct Keys(Vec<(Vec<u8>, u8, Option<Known>)>);

type Known = (Key, PasswordSource);

/// Most salts remembered: an archive has one or, when it was added to, a few.
const SALTS: usize = 64;

impl Keys {
    /// What `source` holds, if a password fits; `fits` says so of the plain bytes where the lock itself does not.
    pub(super) fn open(
        &mut self,
        scan: &mut Scan,
        lock: &Lock,
        source: &Source,
        fits: impl Fn(&Scan, &Source) -> Result<bool>,
    ) -> Result<Option<(Source, PasswordSource)>> {
        let (salt, power) = lock.salt();
        if let Some((.., known)) = self.0.iter().find(|(s, p, _)| s == salt && *p == power) {
            return Ok(known.as_ref().map(|(key, password)| (decrypt(lock, key, source), *password)));
        }
        if *lock == Lock::Old {
            return Err(Error::Unsupported("rar-method"));
        }
        let scan: &Scan = scan;
        let found = scan.unlock(lock.rounds(), |password| {
            let (key, check) = derive(lock, password);
            let fits = match (lock, check) {
                (Lock::Rar5 { check: Some(told), .. }, Some(check)) => *told == check,
                _ => fits(scan, &decrypt(lock, &key, source))?,
            };
            Ok(fits.then_some(key))
        })?;
        if self.0.len() < SALTS {
            self.0.push((salt.to_vec(), power, found.clone()));
        }
        Ok(found.map(|(key, password)| (decrypt(lock, &key, source), password)))
    }

    /// The key of the headers.
    pub(super) fn header5(&mut self, scan: &mut Scan, lock: &Lock) -> Result<Option<([u8; 32], PasswordSource)>> {
        self.open(scan, lock, &Source::memory(Vec::new()), |_, _| Ok(false))?;
        let (salt, power) = lock.salt();
        let known = self.0.iter().find(|(s, p, _)| s == salt && *p == power);
        Ok(known.and_then(|(.., key)| match key {
            Some((Key::Aes256(key), password)) => Some((*key, *password)),
            _ => None,
        }))
    }
}

fn decrypt(lock: &Lock, key: &Key, source: &Source) -> Source {
    match (lock, key) {
        (Lock::Rar5 { iv, .. }, Key::Aes256(key)) => cbc::decrypted(source.clone(), key, *iv),
        (_, Key::Aes128(key, iv)) => cbc::decrypted(source.clone(), key, *iv),
        _ => Source::memory(Vec::new()),
    }
}

fn derive(lock: &Lock, password: &str) -> (Key, Option<[u8; 8]>) {
    match lock {
        Lock::Rar5 { salt, power, .. } => {
            let (key, check) = derive5(password, salt, *power);
            (Key::Aes256(key), Some(check))
        }
        Lock::Rar3 { salt } => {
            let (key, iv) = derive3(password, salt);
            (Key::Aes128(key, iv), None)
        }
        Lock::Old => (Key::Aes128([0; 16], [0; 16]), None),
    }
}

/// PBKDF2 with HMAC-SHA-256; sixteen and thirty-two rounds on it gives what sums and passwords are checked with.
pub(super) fn derive5(password: &str, salt: &[u8; 16], power: u8) -> ([u8; 32], [u8; 8]) {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(password.as_bytes()) else { return Default::default() };
    let round = |bytes: &[u8]| -> [u8; 32] { mac.clone().chain_update(bytes).finalize().into_bytes().into() };
    let mut last = round(&[salt.as_slice(), &1_u32.to_be_bytes()].concat());
    let mut sum = last;
    let mut go_on = |rounds: u32| {
        for _ in 0..rounds {
            last = round(&last);
            sum.iter_mut().zip(last).for_each(|(sum, byte)| *sum ^= byte);
        }
        sum
    };
    let key = go_on(1_u32.unbounded_shl(u32::from(power)).saturating_sub(1));
    let folded = go_on(32);
    let mut check = [0; 8];
    for eight in folded.chunks_exact(8) {
        check.iter_mut().zip(eight).for_each(|(sum, byte)| *sum ^= byte);
    }
    (key, check)
}

/// SHA-1 of password, salt and counter, 262,144 times in one go; snapshots on the way give the initial vector.
pub(super) fn derive3(password: &str, salt: &[u8; 8]) -> ([u8; 16], [u8; 16]) {
    let mut seed: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
    seed.extend(salt);
    let mut sha1 = Sha1::new();
    let mut iv = [0; 16];
    let mut at = iv.iter_mut();
    for round in 0..ROUNDS {
        let [a, b, c, _] = round.to_le_bytes();
        sha1.update(&seed);
        sha1.update([a, b, c]);
        if round & (ROUNDS / 16).saturating_sub(1) == 0
            && let (Some(byte), Some(last)) = (at.next(), sha1.clone().finalize().last())
        {
            *byte = *last;
        }
    }
    let mut key = [0; 16];
    for (to, word) in key.chunks_exact_mut(4).zip(sha1.finalize().chunks_exact(4)) {
        to.iter_mut().zip(word.iter().rev()).for_each(|(to, byte)| *to = *byte);
    }
    (key, iv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salt_that_was_tried_is_not_tried_again() {
        let lock = Lock::Rar3 { salt: [1; 8] };
        assert_eq!(lock.rounds(), 262_144);
        assert_eq!(derive5("a", &[0; 16], 0).0.len(), 32);
    }
}
