//! Virtual hard disks (Microsoft's "Virtual Hard Disk Image Format Specification", 2006).
//!
//! A fixed one is the disk with a footer behind it. A dynamic one has a copy of the footer in front and a table that
//! says where each block of the disk stands, if it was ever written.

use std::io;

use super::volume::be;
use crate::error::{Error, Result};
use crate::source::{ReadAt, Source};

const SECTOR: u64 = 512;
const UNUSED: u64 = 0xFFFF_FFFF;

/// The disk inside.
pub(super) fn open(source: &Source) -> Result<Source> {
    let footer = [512, 511, source.len()]
        .into_iter()
        .filter_map(|back| source.len().checked_sub(back))
        .map(|at| source.peek(at, 511).map(|bytes| (at, bytes)))
        .find(|footer| footer.as_ref().is_ok_and(|(_, bytes)| bytes.starts_with(b"conectix")));
    let Some(Ok((at, footer))) = footer else { return Err(Error::malformed("Hard Disk Footer", 0)) };
    match be(&footer, 60, 4) {
        2 => Ok(source.slice(0, if at == 0 { source.len() } else { at })),
        3 => dynamic(source, &footer),
        4 => Err(Error::Unsupported("differencing disk")),
        _ => Err(Error::malformed("Hard Disk Footer", at)),
    }
}

fn dynamic(source: &Source, footer: &[u8]) -> Result<Source> {
    let at = be(footer, 16, 8);
    let header: [u8; 36] = source.array(at, "Dynamic Disk Header")?;
    let block = be(&header, 32, 4);
    if !header.starts_with(b"cxsparse") || !block.is_power_of_two() || block < SECTOR {
        return Err(Error::malformed("Dynamic Disk Header", at));
    }
    let entries = be(&header, 28, 4);
    let bitmap = block.div_ceil(SECTOR).div_ceil(8).next_multiple_of(SECTOR);
    let len = be(footer, 48, 8).min(entries.saturating_mul(block));
    Ok(Source::new(Dynamic { file: source.clone(), table: be(&header, 16, 8), block, bitmap, len }))
}

struct Dynamic {
    file: Source,
    /// Where the block allocation table stands.
    table: u64,
    block: u64,
    /// Every block begins with a map of the sectors in use.
    bitmap: u64,
    len: u64,
}

impl ReadAt for Dynamic {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, buf: &mut [u8]) -> io::Result<usize> {
        let (index, skip, buf) = super::within_block(at, self.block, self.len, buf);
        let n = buf.len();
        let entry: [u8; 4] =
            self.file.array(self.table.saturating_add(index.saturating_mul(4)), "Block Allocation Table")?;
        match be(&entry, 0, 4) {
            UNUSED => buf.fill(0),
            sector => {
                let place = sector.saturating_mul(SECTOR).saturating_add(self.bitmap).saturating_add(skip);
                if self.file.read_at(place, buf)? < n {
                    return Err(Error::malformed("Block Allocation Table", place).into());
                }
            }
        }
        Ok(n)
    }
}
