//! Unpacking a folder: its coders, each fed by others or by packed bytes.

use std::collections::HashMap;
use std::io::{self, Read};
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::header::{Coder, Folder};
use crate::budget::Budget;
use crate::codecs::paged::Paged;
use crate::codecs::unpack::{Exact, Machine, Method, branches2, xz};
use crate::crypto::ciphers::{Aes, BLOCK};
use crate::error::{Error, LimitKind, Result};
use crate::source::{Source, Stream};

const AES: u64 = 0x06F1_0701;
const BRANCHES2: u64 = 0x0303_011B;

/// Rounds of hashing that 7-Zip itself does not go beyond, as a power of two.
const MOST_ROUNDS: u8 = 24;

/// Keys by salt, rounds and password: deriving one is what makes a password dear.
#[derive(Default)]
pub(super) struct Keys(HashMap<(Vec<u8>, u8, String), [u8; 32]>);

/// A folder and where its packed bytes stand.
#[derive(Clone)]
pub(super) struct Packed {
    pub(super) folder: Folder,
    pub(super) streams: Vec<Source>,
}

impl Packed {
    /// The properties of the coder that needs a password, if there is one.
    pub(super) fn lock(&self) -> Option<&[u8]> {
        self.folder.coders.iter().find(|coder| coder.id == AES).map(|coder| coder.properties.as_slice())
    }

    /// Whether it unpacks by a method that fails soon on bytes that were not packed by it.
    pub(super) fn notices_damage(&self) -> bool {
        self.folder
            .coders
            .iter()
            .any(|coder| matches!(method(coder), Ok(Step::Unpack(method)) if method.notices_damage()))
    }

    /// Rounds of hashing one password costs.
    pub(super) fn cost(&self) -> u64 {
        let power = self.lock().and_then(|properties| properties.first()).map_or(0, |first| first & 0x3F);
        if power == UNHASHED { 1 } else { 1 << power }
    }

    /// The key to this folder; `None` if it needs none.
    pub(super) fn key(&self, password: &str, keys: &mut Keys) -> Result<Option<[u8; 32]>> {
        let Some(lock) = self.lock().map(Lock::read).transpose()? else { return Ok(None) };
        let known = (lock.salt, lock.power, password.to_owned());
        if let Some(key) = keys.0.get(&known) {
            return Ok(Some(*key));
        }
        let key = derive(&known.0, known.1, password);
        keys.0.insert(known, key);
        Ok(Some(key))
    }

    /// Its content, unpacked as far as somebody reads.
    pub(super) fn source(self, key: Option<[u8; 32]>, budget: &Rc<Budget>) -> Result<Source> {
        let main = self.folder.main().ok_or_else(|| Error::malformed("7z header", 0))?;
        for coder in &self.folder.coders {
            method(coder)?;
        }
        let (len, inner) = (self.folder.size(), Rc::clone(budget));
        let start = move || {
            let reader = self.open(main, key.as_ref(), &inner, self.folder.coders.len())?;
            Ok(Box::new(Exact::new(reader, len, true)) as Box<dyn Stream>)
        };
        Ok(Paged::source(len, Rc::clone(budget), Box::new(start)))
    }

    /// The result of one coder. `depth` is more than the coders there are: they may stand in a circle.
    fn open(&self, at: usize, key: Option<&[u8; 32]>, budget: &Rc<Budget>, depth: usize) -> Result<Box<dyn Stream>> {
        let malformed = || Error::malformed("7z header", 0);
        let coder = self.folder.coders.get(at).ok_or_else(malformed)?;
        let depth = depth.checked_sub(1).ok_or_else(malformed)?;
        let before = self.folder.coders.get(..at).unwrap_or_default();
        let first = before.iter().fold(0_u64, |sum, coder| sum.saturating_add(coder.inputs));
        let mut inputs = Vec::new();
        for input in first..first.saturating_add(coder.inputs) {
            let taken = self.folder.pairs.iter().find(|(to, _)| *to == input);
            inputs.push(if let Some((_, from)) = taken {
                self.open(usize::try_from(*from).map_err(|_| malformed())?, key, budget, depth)?
            } else {
                let stream = self.folder.packed.iter().position(|packed| *packed == input);
                let stream = stream.and_then(|stream| self.streams.get(stream)).ok_or_else(malformed)?;
                Box::new(stream.clone())
            });
        }
        match method(coder)? {
            Step::Branches2 => branches2(inputs, coder.size),
            Step::Unlock => {
                let lock = Lock::read(&coder.properties)?;
                let block = key.and_then(|key| Aes::new(key)).ok_or_else(malformed)?;
                let input = inputs.pop().ok_or_else(malformed)?;
                let chain = Chain { input, block, last: lock.start, out: Vec::new(), from: 0 };
                Ok(Box::new(chain.take(coder.size)))
            }
            Step::Unpack(method) => {
                let input = inputs.pop().ok_or_else(malformed)?;
                // PPMd of 7z does not mark its end: only the size tells where it is.
                let unmarked = matches!(method, Method::Ppmd7 { .. });
                let most = if unmarked { coder.size } else { u64::MAX };
                Ok(Box::new(method.start(input, Some(coder.size), budget)?.take(most)))
            }
        }
    }
}

enum Step {
    Unpack(Method),
    Unlock,
    Branches2,
}

/// What a coder does (Methods.txt of the LZMA SDK).
fn method(coder: &Coder) -> Result<Step> {
    let properties = coder.properties.as_slice();
    let wrong = || Error::malformed("7z header", 0);
    let wants = if coder.id == BRANCHES2 { 4 } else { 1 };
    if coder.inputs != wants {
        return Err(wrong());
    }
    Ok(Step::Unpack(match coder.id {
        0 => Method::Stored,
        3 => Method::Delta { distance: usize::from(properties.first().copied().unwrap_or_default()).saturating_add(1) },
        4 | 0x0303_0103 => Method::Branches(Machine::X86),
        5 | 0x0303_0205 => Method::Branches(Machine::PowerPc),
        6 | 0x0303_0401 => Method::Branches(Machine::Itanium),
        7 | 0x0303_0501 => Method::Branches(Machine::Arm),
        8 | 0x0303_0701 => Method::Branches(Machine::ArmThumb),
        9 | 0x0303_0805 => Method::Branches(Machine::Sparc),
        0x0A => Method::Branches(Machine::Arm64),
        0x0B => Method::Branches(Machine::RiscV),
        0x21 => {
            let dictionary = properties.first().copied().and_then(xz::dictionary_size).ok_or_else(wrong)?;
            Method::Lzma2 { dictionary }
        }
        0x03_0101 => {
            let [props, size @ ..] = properties.first_chunk::<5>().ok_or_else(wrong)?;
            Method::Lzma { props: *props, dictionary: u32::from_le_bytes(*size), len: Some(coder.size) }
        }
        0x03_0401 => {
            let [order, memory @ ..] = properties.first_chunk::<5>().ok_or_else(wrong)?;
            Method::Ppmd7 { order: u32::from(*order), memory: u32::from_le_bytes(*memory) }
        }
        0x04_0108 => Method::Deflate,
        0x04_0109 => Method::Deflate64,
        0x04_0202 => Method::Bzip2,
        0x04F7_1101 => Method::Zstd,
        BRANCHES2 => return Ok(Step::Branches2),
        AES => return Ok(Step::Unlock),
        _ => return Err(Error::Unsupported("7z-method")),
    }))
}

/// What stands with the coder that needs a password.
struct Lock {
    power: u8,
    salt: Vec<u8>,
    start: [u8; BLOCK],
}

impl Lock {
    fn read(properties: &[u8]) -> Result<Self> {
        let wrong = || Error::malformed("7z header", 0);
        let (first, rest) = properties.split_first().ok_or_else(wrong)?;
        let mut lock = Self { power: first & 0x3F, salt: Vec::new(), start: [0; BLOCK] };
        if lock.power > MOST_ROUNDS && lock.power != 0x3F {
            return Err(Error::Limit(LimitKind::Steps));
        }
        if first & 0xC0 != 0 {
            let (second, rest) = rest.split_first().ok_or_else(wrong)?;
            let salt = usize::from(first >> 7).saturating_add(usize::from(second >> 4));
            let start = usize::from((first >> 6) & 1).saturating_add(usize::from(second & 15));
            let (salt, rest) = rest.split_at_checked(salt).ok_or_else(wrong)?;
            lock.salt = salt.to_vec();
            let start = rest.get(..start).ok_or_else(wrong)?;
            lock.start.iter_mut().zip(start).for_each(|(to, from)| *to = *from);
        }
        Ok(lock)
    }
}

/// The power that means: salt and password are the key as they are.
const UNHASHED: u8 = 0x3F;

/// The salt, the password and a counter, hashed as often as the archive says.
fn derive(salt: &[u8], power: u8, password: &str) -> [u8; 32] {
    let mut round: Vec<u8> = salt.to_vec();
    round.extend(password.encode_utf16().flat_map(u16::to_le_bytes));
    if power == UNHASHED {
        round.resize(32, 0);
        return round.first_chunk().copied().unwrap_or_default();
    }
    let rounds = 1_u64 << power;
    // Many rounds at once: hashing a few bytes at a time costs more than hashing them.
    const TOGETHER: u64 = 64;
    let mut hash = Sha256::new();
    let mut bytes = Vec::new();
    for count in 0..rounds {
        bytes.extend_from_slice(&round);
        bytes.extend_from_slice(&count.to_le_bytes());
        if count % TOGETHER == TOGETHER - 1 {
            hash.update(&bytes);
            bytes.clear();
        }
    }
    hash.update(&bytes);
    hash.finalize().into()
}

/// AES with each block mixed into the next (CBC).
struct Chain {
    input: Box<dyn Stream>,
    block: Aes,
    last: [u8; BLOCK],
    out: Vec<u8>,
    from: usize,
}

impl Read for Chain {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.from >= self.out.len() {
            self.out.clear();
            self.from = 0;
            self.input.by_ref().take(1 << 14).read_to_end(&mut self.out)?;
            let whole = self.out.as_chunks::<BLOCK>().0.len().saturating_mul(BLOCK);
            self.out.truncate(whole);
            if let Some(last) = self.out.last_chunk().copied() {
                self.block.decrypt_chain(&self.last, &mut self.out);
                self.last = last;
            }
        }
        let rest = self.out.get(self.from..).unwrap_or_default();
        let n = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        self.from = self.from.saturating_add(n);
        Ok(n)
    }
}
