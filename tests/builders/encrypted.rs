//! Writers of encrypted documents: Office ([MS-OFFCRYPTO] 2.3), OpenDocument (\[ODF\] part 2, 4.8), PDF ([ISO 32000-2]
//! 7.6). Salts and keys are not random, so that the fixtures repeat.

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha512};

use super::cfb::Cfb;
use super::vba::{Module, vba_project};
use super::zip::{Entry, deflate, zip};
use super::{Fixture, biff, ooxml, opendocument, tar, xls};

const PASSWORD: &str = "correct horse";
const GIVEN: &[&str] = &["wrong", PASSWORD];
const WRONG: &[&str] = &["wrong"];
const EXCELS_OWN: &str = "VelvetSweatshop";

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let group = three.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for sign in 0..4 {
            let index = (group >> (18 - 6 * sign)) as usize & 63;
            out.push(if sign <= three.len() { char::from(SIGNS[index]) } else { '=' });
        }
    }
    out
}

fn encrypt_block(key: &[u8], block: &mut [u8; 16]) {
    if key.len() == 16 {
        Aes128::new_from_slice(key).unwrap().encrypt_block(block.into());
    } else {
        Aes256::new_from_slice(key).unwrap().encrypt_block(block.into());
    }
}

/// AES in CBC, zeros behind the end.
fn cbc(key: &[u8], iv: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(16), 0);
    let mut before: [u8; 16] = iv[..16].try_into().unwrap();
    for block in bytes.as_chunks_mut::<16>().0 {
        block.iter_mut().zip(before).for_each(|(byte, with)| *byte ^= with);
        encrypt_block(key, block);
        before = *block;
    }
    bytes
}

fn ecb(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(16), 0);
    bytes.as_chunks_mut::<16>().0.iter_mut().for_each(|block| encrypt_block(key, block));
    bytes
}

fn rc4(key: &[u8], bytes: &mut [u8]) {
    let mut state: Vec<u8> = (0..=255).collect();
    let mut j = 0_u8;
    for i in 0..256 {
        j = j.wrapping_add(state[i]).wrapping_add(key[i % key.len()]);
        state.swap(i, usize::from(j));
    }
    let (mut i, mut j) = (0_u8, 0_u8);
    for byte in bytes {
        i = i.wrapping_add(1);
        j = j.wrapping_add(state[usize::from(i)]);
        state.swap(usize::from(i), usize::from(j));
        *byte ^= state[usize::from(state[usize::from(i)].wrapping_add(state[usize::from(j)]))];
    }
}

fn hash<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    parts.iter().fold(D::new(), |hash, part| hash.chain_update(part)).finalize().to_vec()
}

fn hmac<D: Digest>(block: usize, key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut key = key.to_vec();
    key.resize(block, 0);
    let pad = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    hash::<D>(&[&pad(0x5C), &hash::<D>(&[&pad(0x36), bytes])])
}

fn spun<D: Digest>(salt: &[u8], password: &str, rounds: u32) -> Vec<u8> {
    (0..rounds).fold(hash::<D>(&[salt, &utf16(password)]), |state, round| hash::<D>(&[&round.to_le_bytes(), &state]))
}

fn sized(mut bytes: Vec<u8>, len: usize) -> Vec<u8> {
    bytes.resize(len, 0x36);
    bytes
}

/// What Agile Encryption is made of: hash and key of one kind for both of its parts.
#[derive(Clone)]
struct Agile {
    name: &'static str,
    key: usize,
    rounds: u32,
}

const SHA512: Agile = Agile { name: "SHA512", key: 32, rounds: 100 };
const SHA1: Agile = Agile { name: "SHA1", key: 32, rounds: 100 };

impl Agile {
    /// Both streams: EncryptionInfo and EncryptedPackage (2.3.4.10 to 2.3.4.15).
    fn streams<D: Digest>(&self, package: &[u8], password: &str) -> (String, Vec<u8>) {
        let len = <D as Digest>::output_size();
        let (data_salt, lock_salt) = ([0x11; 16], [0x22; 16]);
        let secret = vec![0x5A; self.key];
        let mut stream = (package.len() as u64).to_le_bytes().to_vec();
        for (number, segment) in (0_u32..).zip(package.chunks(4096)) {
            stream.extend(cbc(&secret, &hash::<D>(&[&data_salt, &number.to_le_bytes()]), segment));
        }
        let spun = spun::<D>(&lock_salt, password, self.rounds);
        let lock = |purpose: u64, bytes: &[u8]| {
            let key = sized(hash::<D>(&[&spun, &purpose.to_be_bytes()]), self.key);
            base64(&cbc(&key, &lock_salt, bytes))
        };
        let integrity = |purpose: u64, bytes: &[u8]| {
            base64(&cbc(&secret, &hash::<D>(&[&data_salt, &purpose.to_be_bytes()]), bytes))
        };
        let hmac_key = vec![0x77; len];
        let hmac = hmac::<D>(if len > 32 { 128 } else { 64 }, &hmac_key, &stream);
        let verifier = [0x33; 16];
        let how = format!(
            "saltSize=\"16\" blockSize=\"16\" keyBits=\"{}\" hashSize=\"{len}\" cipherAlgorithm=\"AES\" cipherChaining=\"ChainingModeCBC\" hashAlgorithm=\"{}\"",
            self.key * 8,
            self.name
        );
        let info = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><encryption xmlns=\"http://schemas.microsoft.com/office/2006/encryption\" xmlns:p=\"http://schemas.microsoft.com/office/2006/keyEncryptor/password\"><keyData {how} saltValue=\"{}\"/><dataIntegrity encryptedHmacKey=\"{}\" encryptedHmacValue=\"{}\"/><keyEncryptors><keyEncryptor uri=\"http://schemas.microsoft.com/office/2006/keyEncryptor/password\"><p:encryptedKey spinCount=\"{}\" {how} saltValue=\"{}\" encryptedVerifierHashInput=\"{}\" encryptedVerifierHashValue=\"{}\" encryptedKeyValue=\"{}\"/></keyEncryptor></keyEncryptors></encryption>",
            base64(&data_salt),
            integrity(0x5FB2_AD01_0CB9_E1F6, &hmac_key),
            integrity(0xA067_7F02_B22C_8433, &hmac),
            self.rounds,
            base64(&lock_salt),
            lock(0xFEA7_D276_3B4B_9E79, &verifier),
            lock(0xD7AA_0F6D_3061_344E, &hash::<D>(&[&verifier])),
            lock(0x146E_0BE7_ABAC_D0D6, &secret),
        );
        (info, stream)
    }

    fn lock<D: Digest>(&self, package: &[u8], password: &str) -> Vec<u8> {
        let (info, stream) = self.streams::<D>(package, password);
        agile(&info, stream)
    }
}

fn agile(info: &str, stream: Vec<u8>) -> Vec<u8> {
    let info = [&[4, 0, 4, 0, 0x40, 0, 0, 0], info.as_bytes()].concat();
    Cfb::new().stream("EncryptionInfo", info).stream("EncryptedPackage", stream).build()
}

/// Standard Encryption (2.3.4.5 to 2.3.4.9), AES-128.
fn standard(package: &[u8], password: &str) -> Vec<u8> {
    let salt = [0x44; 16];
    let last = hash::<Sha1>(&[&spun::<Sha1>(&salt, password, 50_000), &[0; 4]]);
    let mut block = [0x36; 64];
    block.iter_mut().zip(last).for_each(|(byte, with)| *byte ^= with);
    let key = &hash::<Sha1>(&[&block])[..16];
    let verifier = [0x55; 16];
    let mut header: Vec<u8> =
        [0x24_u32, 0, 0x660E, 0x8004, 128, 0x18, 0, 0].iter().flat_map(|n| n.to_le_bytes()).collect();
    header.extend(utf16("Microsoft Enhanced RSA and AES Cryptographic Provider\0"));
    let mut info = vec![3, 0, 2, 0, 0x24, 0, 0, 0];
    info.extend((header.len() as u32).to_le_bytes());
    info.extend(header);
    info.extend(16_u32.to_le_bytes());
    info.extend(salt);
    info.extend(ecb(key, &verifier));
    info.extend(20_u32.to_le_bytes());
    info.extend(ecb(key, &hash::<Sha1>(&[&verifier])));
    let mut stream = (package.len() as u64).to_le_bytes().to_vec();
    stream.extend(ecb(key, package));
    Cfb::new().stream("EncryptionInfo", info).stream("EncryptedPackage", stream).build()
}

/// How a document of 97–2003 is encrypted: its header, and what it makes of a block.
struct Binary {
    header: Vec<u8>,
    seed: Vec<u8>,
    /// Bytes of the key for RC4 CryptoAPI.
    key: Option<usize>,
}

const SALT: [u8; 16] = [0x66; 16];

impl Binary {
    /// Office Binary Document RC4 Encryption (2.3.6).
    fn rc4(password: &str) -> Self {
        let first = &hash::<Md5>(&[&utf16(password)])[..5];
        let seed = hash::<Md5>(&[&[first, &SALT].concat().repeat(16)])[..5].to_vec();
        let mut binary = Self { header: vec![1, 0, 1, 0], seed, key: None };
        let verifier = binary.verifier::<Md5>();
        binary.header.extend([&SALT[..], &verifier].concat());
        binary
    }

    /// Office Binary Document RC4 CryptoAPI Encryption (2.3.5).
    fn crypto_api(password: &str, bits: u32) -> Self {
        let seed = hash::<Sha1>(&[&SALT, &utf16(password)]);
        let mut binary = Self { header: vec![2, 0, 2, 0, 4, 0, 0, 0], seed, key: Some(bits as usize / 8) };
        let mut header: Vec<u8> =
            [4_u32, 0, 0x6801, 0x8004, bits, 1, 0, 0].iter().flat_map(|n| n.to_le_bytes()).collect();
        header.extend(utf16("Microsoft Enhanced Cryptographic Provider v1.0\0"));
        binary.header.extend((header.len() as u32).to_le_bytes());
        binary.header.extend(header);
        binary.header.extend(16_u32.to_le_bytes());
        binary.header.extend(SALT);
        let verifier = binary.verifier::<Sha1>();
        binary.header.extend(&verifier[..16]);
        binary.header.extend(20_u32.to_le_bytes());
        binary.header.extend(&verifier[16..]);
        binary
    }

    fn verifier<D: Digest>(&self) -> Vec<u8> {
        let mut both = [vec![0x33; 16], hash::<D>(&[&[0x33; 16]])].concat();
        self.apply(0, &mut both);
        both
    }

    fn apply(&self, block: u32, bytes: &mut [u8]) {
        let block = block.to_le_bytes();
        let mut key = match self.key {
            None => hash::<Md5>(&[&self.seed, &block]),
            Some(len) => hash::<Sha1>(&[&self.seed, &block])[..len].to_vec(),
        };
        if key.len() == 5 {
            key.resize(16, 0);
        }
        rc4(&key, bytes);
    }

    /// A stream in blocks.
    fn stream(&self, plain: &[u8], block: usize) -> Vec<u8> {
        let mut bytes = plain.to_vec();
        (0_u32..).zip(bytes.chunks_mut(block)).for_each(|(number, bytes)| self.apply(number, bytes));
        bytes
    }
}

/// A workbook behind FilePass ([MS-XLS] 2.2.10, 2.4.117). `body` gives the encrypted body of a record by its place.
fn locked_book(plain: &[u8], file_pass: &[u8], body: impl Fn(&[u8], usize, usize) -> Vec<u8>) -> Vec<u8> {
    let first = 4 + usize::from(u16::from_le_bytes([plain[2], plain[3]]));
    let mut pass = vec![0x2F, 0, file_pass.len() as u8, 0];
    pass.extend(file_pass);
    let mut all = [&plain[..first], &pass, &plain[first..]].concat();
    let mut at = first + pass.len();
    while let Some([id0, id1, size0, size1]) = all.get(at..).and_then(|bytes| bytes.first_chunk()).copied() {
        let (id, size) = (u16::from_le_bytes([id0, id1]), usize::from(u16::from_le_bytes([size0, size1])));
        let from = at + 4;
        let Some(end) = Some(from + size).filter(|end| *end <= all.len()) else { break };
        let clear = match id {
            0x0809 => end,
            // Sheets now stand further back.
            0x0085 => {
                let place = u32::from_le_bytes(all[from..from + 4].try_into().unwrap()) + pass.len() as u32;
                all[from..from + 4].copy_from_slice(&place.to_le_bytes());
                from + 4
            }
            _ => from,
        };
        let locked = body(&all[clear..end], clear, size);
        all[clear..end].copy_from_slice(&locked);
        at = end;
    }
    Cfb::new()
        .clsid([0x20, 8, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46])
        .stream("Workbook", all)
        .stream("\u{5}SummaryInformation", vec![0xFE, 0xFF, 0, 0])
        .build()
}

fn rc4_book(plain: &[u8], binary: &Binary) -> Vec<u8> {
    let file_pass = [&[1, 0], &binary.header[..]].concat();
    locked_book(plain, &file_pass, |bytes, at, _| {
        let mut all = vec![0; at];
        all.extend(bytes);
        binary.stream(&all, 1024)[at..].to_vec()
    })
}

/// XOR obfuscation with the key of `VelvetSweatshop` (2.3.7.2), worked out once by another program.
fn xor_book(plain: &[u8]) -> Vec<u8> {
    let (key, verifier) = (0xB359_u16, 0x9A0A_u16);
    let array: Vec<u8> = EXCELS_OWN
        .bytes()
        .chain([0xBB])
        .zip(key.to_le_bytes().into_iter().cycle())
        .map(|(byte, with)| (byte ^ with).rotate_right(1))
        .collect();
    let file_pass = [[0, 0], key.to_le_bytes(), verifier.to_le_bytes()].concat();
    locked_book(plain, &file_pass, |bytes, at, size| {
        let crypt = |(i, byte): (usize, &u8)| byte.rotate_left(5) ^ array[(at + size + i) % 16];
        bytes.iter().enumerate().map(crypt).collect()
    })
}

/// A document of Word, its three streams encrypted ([MS-DOC] 2.2.6).
fn rc4_document(text: &str, binary: &Binary) -> Vec<u8> {
    // The text stands in one piece behind the FIB; Clx and text are all there is.
    let units = utf16(text);
    let mut stream = vec![0; 1536];
    stream[..12].copy_from_slice(&[0xEC, 0xA5, 0xC1, 0, 0, 0, 0x11, 4, 0, 0, 0, 0x03]);
    stream[14..18].copy_from_slice(&(binary.header.len() as u32).to_le_bytes());
    stream[32..34].copy_from_slice(&14_u16.to_le_bytes());
    stream[62..64].copy_from_slice(&22_u16.to_le_bytes());
    stream[0x4C..0x50].copy_from_slice(&(text.encode_utf16().count() as u32).to_le_bytes());
    stream[152..154].copy_from_slice(&93_u16.to_le_bytes());
    let header = binary.header.len() as u32;
    stream[154 + 33 * 8..][..8].copy_from_slice(&[header.to_le_bytes(), 21_u32.to_le_bytes()].concat());
    stream[1024..][..units.len()].copy_from_slice(&units);
    let mut table = binary.header.clone();
    table.extend([2, 16, 0, 0, 0]);
    table.extend([0, text.encode_utf16().count() as u32].iter().flat_map(|n| n.to_le_bytes()));
    table.extend([&[0, 0][..], &1024_u32.to_le_bytes(), &[0, 0]].concat());
    let mut locked = binary.stream(&stream, 512);
    locked[..68].copy_from_slice(&stream[..68]);
    let mut locked_table = binary.stream(&table, 512);
    locked_table[..binary.header.len()].copy_from_slice(&binary.header);
    locked.resize(4096, 0);
    Cfb::new()
        .clsid([6, 9, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46])
        .stream("WordDocument", locked)
        .stream("1Table", locked_table)
        .build()
}

/// A presentation whose persist objects are encrypted ([MS-PPT] 2.3.7): a storage with macros, and the header.
fn locked_presentation(storage: &[u8], binary: &Binary) -> Vec<u8> {
    let record = |ver: u16, kind: u16, body: &[u8]| {
        [&ver.to_le_bytes()[..], &kind.to_le_bytes(), &(body.len() as u32).to_le_bytes(), body].concat()
    };
    let mut object = record(0, 0x1011, storage);
    binary.apply(1, &mut object);
    let session = record(0x000F, 0x2F14, &binary.header);
    let session_at = object.len() as u32;
    let directory_at = session_at + session.len() as u32;
    let runs = [2 << 20 | 1, 0_u32, session_at].iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
    let directory = record(0, 0x1772, &runs);
    let edit_at = directory_at + directory.len() as u32;
    let edit =
        [0, 0x0300_0009, 0, directory_at, 1, 2, 0, 2].iter().flat_map(|n: &u32| n.to_le_bytes()).collect::<Vec<u8>>();
    let stream = [object, session, directory, record(0, 0x0FF5, &edit)].concat();
    let mut user = vec![0x14, 0, 0, 0, 0xDF, 0xC4, 0xD1, 0xF3];
    user.extend(edit_at.to_le_bytes());
    user.resize(24, 0);
    Cfb::new()
        .clsid([0x10, 0x8D, 0x81, 0x64, 0x9B, 0x4F, 0xCF, 0x11, 0x86, 0xEA, 0, 0xAA, 0, 0xB9, 0x29, 0xE8])
        .stream("PowerPoint Document", stream)
        .stream("Current User", record(0, 0x0FF6, &user))
        .build()
}

/// An OpenDocument whose parts are encrypted as LibreOffice does it (AES-256), with a few rounds only.
fn locked_opendocument(content: &str, module: &[u8], algorithm: &str) -> Vec<u8> {
    let mut manifest = "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><manifest:file-entry manifest:full-path=\"/\" manifest:media-type=\"application/vnd.oasis.opendocument.text\"/>".to_owned();
    let mut entries = vec![Entry::stored("mimetype", b"application/vnd.oasis.opendocument.text")];
    for (salt, (name, bytes)) in
        (1_u8..).zip([("content.xml", content.as_bytes()), ("Basic/Standard/Module1.xml", module)])
    {
        let packed = deflate(bytes);
        let start = hash::<sha2::Sha256>(&[PASSWORD.as_bytes()]);
        let mut key = [0; 32];
        pbkdf2::pbkdf2_hmac::<Sha1>(&start, &[salt; 16], 100, &mut key);
        let mut padded = packed.clone();
        padded.resize((packed.len() + 1).next_multiple_of(16), 0);
        let padding = padded.len() - packed.len();
        *padded.last_mut().unwrap() = padding as u8;
        entries.push(Entry::stored(name, &cbc(&key, &[7; 16], &padded)));
        let checksum = base64(&hash::<sha2::Sha256>(&[&packed[..packed.len().min(1024)]]));
        manifest.push_str(&format!("<manifest:file-entry manifest:full-path=\"{name}\" manifest:media-type=\"text/xml\" manifest:size=\"{}\"><manifest:encryption-data manifest:checksum-type=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#sha256-1k\" manifest:checksum=\"{checksum}\"><manifest:algorithm manifest:algorithm-name=\"{algorithm}\" manifest:initialisation-vector=\"{}\"/><manifest:key-derivation manifest:key-derivation-name=\"PBKDF2\" manifest:key-size=\"32\" manifest:iteration-count=\"100\" manifest:salt=\"{}\"/><manifest:start-key-generation manifest:start-key-generation-name=\"http://www.w3.org/2000/09/xmldsig#sha256\" manifest:key-size=\"32\"/></manifest:encryption-data></manifest:file-entry>", bytes.len(), base64(&[7; 16]), base64(&[salt; 16])));
    }
    entries.push(Entry::deflated("META-INF/manifest.xml", format!("{manifest}</manifest:manifest>").as_bytes()));
    zip(&entries)
}

const AES_256: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";

/// A PDF with the standard security handler of revision 2 or 3 ([ISO 32000-2] 7.6.4.3, 7.6.4.4) and a user's password.
fn pdf(user: &str, revision: u32) -> Vec<u8> {
    const PAD: &[u8; 32] = b"\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A";
    let padded: Vec<u8> = user.bytes().chain(PAD.iter().copied()).take(32).collect();
    let (owner, id) = ([0x4F; 32], [0xAB; 16]);
    let permissions = -1340_i32;
    let len = if revision == 2 { 5 } else { 16 };
    let mut key = hash::<Md5>(&[&padded, &owner, &permissions.to_le_bytes(), &id]);
    for _ in 0..if revision == 2 { 0 } else { 50 } {
        key = hash::<Md5>(&[&key[..len]]);
    }
    let mut check = if revision == 2 { PAD.to_vec() } else { hash::<Md5>(&[PAD, &id]) };
    for round in 0..if revision == 2 { 1 } else { 20_u8 } {
        let key: Vec<u8> = key[..len].iter().map(|byte| byte ^ round).collect();
        rc4(&key, &mut check);
    }
    check.resize(32, 0);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    format!(
        "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n5 0 obj\n<</Filter/Standard/V {}/R {revision}/Length {}/P {permissions}/O<{}>/U<{}>>>\nendobj\ntrailer\n<</Size 6/Root 1 0 R/Encrypt 5 0 R/ID[<{}><{}>]>>\nstartxref\n0\n%%EOF\n",
        revision - 1,
        len * 8,
        hex(&owner),
        hex(&check),
        hex(&id),
        hex(&id)
    )
    .into_bytes()
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    [packages(), hostile(), binaries(), others(), hints()].into_iter().flatten().collect()
}

fn packages() -> Vec<Fixture> {
    let acting = ooxml::acting_workbook();
    let honest = ooxml::Package::word(false).build();
    let sha512 = |package: &[u8], password| SHA512.lock::<Sha512>(package, password);
    let changed = {
        let (info, mut stream) = SHA512.streams::<Sha512>(&honest, PASSWORD);
        stream.extend([0; 16]);
        agile(&info, stream)
    };
    vec![
        Fixture::new("agile-honest", "議事録.docx", sha512(&honest, PASSWORD)),
        Fixture::new("agile-honest-opened", "議事録.docx", sha512(&honest, PASSWORD)).passwords(GIVEN).honest(),
        Fixture::new("agile-honest-wrong-password", "議事録.docx", sha512(&honest, PASSWORD)).passwords(WRONG),
        Fixture::new("agile-acting", "請求書.xlsm", sha512(&acting, PASSWORD)),
        Fixture::new("agile-acting-opened", "請求書.xlsm", sha512(&acting, PASSWORD)).passwords(GIVEN),
        Fixture::new("agile-opens-without-asking", "請求書.xlsm", sha512(&acting, EXCELS_OWN)),
        // The hash gives fewer bytes than the key needs.
        Fixture::new("agile-sha1-opened", "請求書.xlsm", SHA1.lock::<Sha1>(&acting, PASSWORD)).passwords(GIVEN),
        Fixture::new("agile-changed-afterwards", "議事録.docx", changed).passwords(GIVEN),
        Fixture::new("standard-acting", "請求書.xlsm", standard(&acting, PASSWORD)),
        Fixture::new("standard-acting-opened", "請求書.xlsm", standard(&acting, PASSWORD)).passwords(GIVEN),
        Fixture::new("standard-wrong-password", "請求書.xlsm", standard(&acting, PASSWORD)).passwords(WRONG),
        Fixture::new(
            "rights-managed-docx",
            "社外秘.docx",
            Cfb::new()
                .stream("\u{6}DataSpaces/DataSpaceInfo/DRMEncryptedDataSpace", vec![8, 0, 0, 0, 1, 0, 0, 0])
                .stream("EncryptedPackage", vec![0x9A; 4096])
                .build(),
        ),
        Fixture::new(
            "rights-managed-doc",
            "社外秘.doc",
            xls::document(0).stream("\u{9}DRMContent", vec![0x9A; 4096]).build(),
        ),
    ]
}

/// What lies about how it is encrypted.
fn hostile() -> Vec<Fixture> {
    let (info, stream) = SHA512.streams::<Sha512>(&ooxml::acting_workbook(), PASSWORD);
    let told = |from: &str, to: &str| agile(&info.replace(from, to), stream.clone());
    let fixture = |id, bytes| Fixture::new(id, "order.xlsx", bytes).passwords(GIVEN);
    vec![
        fixture("agile-ten-million-rounds", told("spinCount=\"100\"", "spinCount=\"10000000\"")),
        fixture("agile-salt-size-lies", told("saltSize=\"16\"", "saltSize=\"65536\"")),
        fixture("agile-key-of-no-bits", told("keyBits=\"256\"", "keyBits=\"0\"")),
        fixture("agile-huge-blocks", told("blockSize=\"16\"", "blockSize=\"4294967295\"")),
        fixture("agile-broken-xml", told("<dataIntegrity", "<dataIntegrity <")),
        fixture("agile-other-cipher", told("cipherAlgorithm=\"AES\"", "cipherAlgorithm=\"RC2\"")),
        fixture(
            "agile-no-package",
            Cfb::new().stream("EncryptionInfo", [&[4, 0, 4, 0, 0x40, 0, 0, 0], info.as_bytes()].concat()).build(),
        ),
        fixture(
            "extensible",
            Cfb::new()
                .stream("EncryptionInfo", vec![4, 0, 3, 0, 0, 0, 0, 0])
                .stream("EncryptedPackage", stream)
                .build(),
        ),
    ]
}

fn binaries() -> Vec<Fixture> {
    let book = biff::acting_stream();
    let storage = vba_project(&[Module::standard(
        "Module1",
        "Sub Auto_Open()\n    Shell \"cmd.exe /c echo hello\", 0\nEnd Sub\n",
    )]);
    let words = "Please enable content: this document is protected.\r";
    let weak = || Binary::rc4(PASSWORD);
    let strong = || Binary::crypto_api(PASSWORD, 128);
    vec![
        Fixture::new("xls-rc4-acting", "order.xls", rc4_book(&book, &weak())),
        Fixture::new("xls-rc4-acting-opened", "order.xls", rc4_book(&book, &weak())).passwords(GIVEN),
        Fixture::new("xls-rc4-wrong-password", "order.xls", rc4_book(&book, &weak())).passwords(WRONG),
        Fixture::new("xls-cryptoapi-acting-opened", "order.xls", rc4_book(&book, &strong())).passwords(GIVEN),
        Fixture::new("xls-cryptoapi-40-acting-opened", "order.xls", rc4_book(&book, &Binary::crypto_api(PASSWORD, 40)))
            .passwords(GIVEN),
        Fixture::new(
            "xls-opens-without-asking-acting",
            "order.xls",
            rc4_book(&book, &Binary::crypto_api(EXCELS_OWN, 128)),
        ),
        Fixture::new(
            "xls-opens-without-asking",
            "申請書.xls",
            rc4_book(&biff::honest_stream(), &Binary::rc4(EXCELS_OWN)),
        )
        .honest(),
        Fixture::new("xls-xor-opens-without-asking-acting", "order.xls", xor_book(&book)),
        Fixture::new("doc-rc4", "letter.doc", rc4_document(words, &weak())),
        Fixture::new("doc-rc4-opened", "letter.doc", rc4_document(words, &weak())).passwords(GIVEN),
        Fixture::new("doc-cryptoapi-opened", "letter.doc", rc4_document(words, &strong())).passwords(GIVEN),
        Fixture::new("doc-cryptoapi-wrong-password", "letter.doc", rc4_document(words, &strong())).passwords(WRONG),
        Fixture::new("ppt-cryptoapi-acting", "slides.ppt", locked_presentation(&storage, &strong())),
        Fixture::new("ppt-cryptoapi-acting-opened", "slides.ppt", locked_presentation(&storage, &strong()))
            .passwords(GIVEN),
        Fixture::new(
            "ppt-opens-without-asking",
            "slides.ppt",
            locked_presentation(&storage, &Binary::crypto_api("/01Hannes Ruescher/01", 128)),
        ),
    ]
}

fn others() -> Vec<Fixture> {
    let (content, module) = opendocument::acting();
    let odt = |algorithm| locked_opendocument(&content, &module, algorithm);
    vec![
        Fixture::new("odt-locked-acting", "letter.odt", odt(AES_256)),
        Fixture::new("odt-locked-acting-opened", "letter.odt", odt(AES_256)).passwords(GIVEN),
        Fixture::new("odt-locked-wrong-password", "letter.odt", odt(AES_256)).passwords(WRONG),
        Fixture::new("odt-other-cipher", "letter.odt", odt("http://www.w3.org/2009/xmlenc11#aes256-gcm"))
            .passwords(GIVEN),
        Fixture::new("pdf-locked", "請求書.pdf", pdf(PASSWORD, 3)),
        Fixture::new("pdf-locked-opened", "請求書.pdf", pdf(PASSWORD, 2)).passwords(GIVEN),
        Fixture::new("pdf-locked-wrong-password", "請求書.pdf", pdf(PASSWORD, 2)).passwords(WRONG),
        Fixture::new("pdf-restricted", "申込書.pdf", pdf("", 3)),
    ]
}

/// The password stands beside what it opens, or in a name.
fn hints() -> Vec<Fixture> {
    let document = |password| SHA512.lock::<Sha512>(&ooxml::acting_workbook(), password);
    let letter =
        encoding_rs::SHIFT_JIS.encode("いつもお世話になっております。\r\n添付のパスワードは「Ppap-2024」です。\r\n").0;
    vec![
        Fixture::new(
            "password-in-a-letter-beside",
            "docs.zip",
            zip(&[
                Entry::stored("請求書.xlsm", &document("Ppap-2024")),
                Entry::deflated("読んでください.txt", &letter),
            ]),
        ),
        Fixture::new(
            "password-in-a-name-beside",
            "docs.tar",
            tar::archive(&[
                tar::entry("order.xlsm", b'0', "", &document("9876")),
                tar::entry("password_9876.txt", b'0', "", b""),
            ]),
        ),
        Fixture::new("password-in-its-own-name", "order [pw s3same].xlsm", document("s3same")),
    ]
}
