//! Encrypted presentations ([MS-PPT] 2.3.7): every persist object has a key of its own, made of its number; what says
//! where the objects stand is clear.

use std::collections::BTreeMap;

use super::{CRYPT_SESSION_10_CONTAINER, PERSIST_DIRECTORY_ATOM, STREAM, USER_EDIT_ATOM, header};
use crate::crypto::binary::Scheme;
use crate::error::{Error, Result};
use crate::formats::cfb::{encrypted, unlock_binary};
use crate::scan::Scan;
use crate::source::Source;

/// The stream as it was before somebody locked it, if a password opens it. `objects` gives the number of what stands at
/// an offset, `session` is where the encryption header stands.
pub(super) fn open(
    scan: &mut Scan,
    stream: &Source,
    objects: BTreeMap<u64, u32>,
    session: Option<u64>,
) -> Result<Option<Source>> {
    let header_bytes = session.map_or_else(|| Ok(Vec::new()), |at| stream.peek(at.saturating_add(8), 1 << 12))?;
    let scheme = match Scheme::read(&header_bytes) {
        Ok(scheme) => scheme,
        Err(_) => {
            scan.note(&Error::malformed("CryptSession10Container", session.unwrap_or(0)), Some(STREAM));
            encrypted(scan, "unknown", STREAM);
            return Ok(None);
        }
    };
    let Some(key) = unlock_binary(scan, &scheme, STREAM)? else { return Ok(None) };
    let mut bytes = scan.budget.read_to_vec(stream.clone())?;
    scan.budget.expand(bytes.len() as u64)?;
    // Objects do not overlap; where somebody says so, the first counts.
    let mut free = 0_usize;
    for (at, number) in objects {
        scan.budget.steps(64)?;
        let Ok(at) = usize::try_from(at) else { continue };
        let is_clear = header(stream, at as u64).is_none_or(|header| {
            matches!(header.kind, CRYPT_SESSION_10_CONTAINER | USER_EDIT_ATOM | PERSIST_DIRECTORY_ATOM)
        });
        if at < free || is_clear {
            continue;
        }
        let Some(object) = bytes.get_mut(at..) else { continue };
        // Its length stands in its own header.
        let mut head: [u8; 8] = object.first_chunk().copied().unwrap_or_default();
        key.apply(number, &mut head);
        let [.., a, b, c, d] = head;
        let len = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX).saturating_add(8);
        if len > object.len() {
            scan.note(&Error::malformed("RecordHeader", at as u64), Some(STREAM));
        }
        let len = len.min(object.len());
        scan.budget.steps(len as u64 >> 4)?;
        key.apply(number, object.get_mut(..len).unwrap_or_default());
        free = at.saturating_add(len);
    }
    Ok(Some(Source::memory(bytes)))
}
