//! Word 6 to 2003 documents: the file information block ([MS-DOC] 2.5.1).
//!
//! Macros and objects stand in storages of the compound file and are read there. The block says whether the text is
//! encrypted, which does not hide the macros.

use crate::error::Result;
use crate::formats::cfb::{Cfb, encrypted};
use crate::scan::Scan;

/// Looks at the block of the document.
pub(crate) fn inspect(scan: &mut Scan<'_>, cfb: &Cfb) -> Result<()> {
    let Some(stream) = cfb.root_stream("WordDocument") else { return Ok(()) };
    let base = stream.peek(0, 32)?;
    let u16_at = |at: usize| base.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b));
    // FibBase (2.5.2): fEncrypted, fWhichTblStm and fObfuscated are bits 8, 9 and 15 of the flags at 10.
    let (version, flags) = (u16_at(2), u16_at(10));
    if flags & 0x0100 == 0 {
        return Ok(());
    }
    let table = if flags & 0x0200 == 0 { "0Table" } else { "1Table" };
    let header = match cfb.root_stream(table) {
        Some(stream) => stream.peek(0, 4)?,
        None => Vec::new(),
    };
    // The table stream starts with the encryption header ([MS-OFFCRYPTO] 2.3.5.1, 2.3.6.1); Word 95 knew only XOR.
    let scheme = match header.as_slice() {
        _ if flags & 0x8000 != 0 || version < 0x00C1 => "xor",
        [1, 0, 1, 0] => "rc4",
        [2..=4, 0, 2, 0] => "rc4-cryptoapi",
        _ => "unknown",
    };
    encrypted(scan, scheme, "WordDocument");
    Ok(())
}
