//! Compound files ([MS-CFB]): a writer for version 3, small and correct; damage is done to its output by the fixtures.

use std::collections::BTreeMap;

const SECTOR: usize = 512;
const MINI: usize = 64;
const CUTOFF: usize = 4096;
const FREESECT: u32 = 0xFFFF_FFFF;
const ENDOFCHAIN: u32 = 0xFFFF_FFFE;
const FATSECT: u32 = 0xFFFF_FFFD;
const DIFSECT: u32 = 0xFFFF_FFFC;
const NOSTREAM: u32 = 0xFFFF_FFFF;

/// Collects streams, then writes them.
#[derive(Clone, Default)]
pub(crate) struct Cfb {
    clsid: [u8; 16],
    streams: Vec<(String, Vec<u8>)>,
}

struct Entry {
    name: String,
    kind: u8,
    children: Vec<usize>,
    data: Vec<u8>,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
}

impl Cfb {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// CLSID of the root entry, in the byte order of the file.
    pub(crate) fn clsid(mut self, clsid: [u8; 16]) -> Self {
        self.clsid = clsid;
        self
    }

    /// Adds a stream; `path` uses `/`, storages on the way come into being.
    pub(crate) fn stream(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.streams.push((path.to_owned(), bytes.into()));
        self
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        let mut entries = self.entries();
        let mut sectors = Sectors::default();
        let mut mini = Vec::new();
        let mut mini_fat: Vec<u32> = Vec::new();
        for entry in entries.iter_mut().filter(|entry| entry.kind == 2) {
            if entry.data.is_empty() {
                entry.start = ENDOFCHAIN;
            } else if entry.data.len() < CUTOFF {
                entry.start = mini_fat.len() as u32;
                let count = entry.data.len().div_ceil(MINI);
                for i in 1..=count {
                    mini_fat.push(if i == count { ENDOFCHAIN } else { mini_fat.len() as u32 + 1 });
                }
                mini.extend_from_slice(&entry.data);
                mini.resize(mini.len().next_multiple_of(MINI), 0);
            } else {
                entry.start = sectors.add(&entry.data);
            }
        }
        entries[0].start = if mini.is_empty() { ENDOFCHAIN } else { sectors.add(&mini) };
        entries[0].data = mini;
        let mini_fat_bytes: Vec<u8> = mini_fat.iter().flat_map(|n| n.to_le_bytes()).collect();
        let mini_start = if mini_fat.is_empty() { ENDOFCHAIN } else { sectors.add_filled(&mini_fat_bytes, 0xFF) };
        let directory = self.directory(&entries);
        let directory_start = sectors.add(&directory);
        let mini_sectors = mini_fat_bytes.len().div_ceil(SECTOR) as u32;
        sectors.finish(directory_start, mini_start, mini_sectors)
    }

    fn entries(&self) -> Vec<Entry> {
        let new = |name: &str, kind| Entry {
            name: name.to_owned(),
            kind,
            children: Vec::new(),
            data: Vec::new(),
            left: NOSTREAM,
            right: NOSTREAM,
            child: NOSTREAM,
            start: 0,
        };
        let mut entries = vec![new("Root Entry", 5)];
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for (path, data) in &self.streams {
            let (mut parent, mut walked) = (0, String::new());
            let names: Vec<&str> = path.split('/').collect();
            for (i, name) in names.iter().enumerate() {
                walked = format!("{walked}/{name}");
                let last = i + 1 == names.len();
                parent = *known.entry(walked.clone()).or_insert_with(|| {
                    entries.push(new(name, if last { 2 } else { 1 }));
                    let id = entries.len() - 1;
                    entries[parent].children.push(id);
                    id
                });
            }
            entries[parent].data.clone_from(data);
        }
        for id in 0..entries.len() {
            let mut children = entries[id].children.clone();
            // (2.6.4): shorter names first, then by upper-case code units.
            children.sort_by_key(|&c| {
                let name: Vec<u16> = entries[c].name.to_uppercase().encode_utf16().collect();
                (name.len(), name)
            });
            entries[id].child = balance(&mut entries, &children);
        }
        entries
    }

    fn directory(&self, entries: &[Entry]) -> Vec<u8> {
        let mut out = Vec::new();
        for (id, entry) in entries.iter().enumerate() {
            let mut name: Vec<u8> = entry.name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let length = name.len() as u16 + 2;
            name.resize(64, 0);
            out.extend(name);
            out.extend(length.to_le_bytes()); // Directory Entry Name Length
            out.push(entry.kind); // Object Type
            out.push(1); // Color Flag: black
            out.extend([entry.left, entry.right, entry.child].iter().flat_map(|n| n.to_le_bytes()));
            out.extend(if id == 0 { self.clsid } else { [0; 16] });
            out.extend([0; 4 + 8 + 8]); // State Bits, Creation Time, Modified Time
            out.extend(entry.start.to_le_bytes());
            out.extend((entry.data.len() as u64).to_le_bytes());
        }
        while out.len() % SECTOR != 0 {
            let mut unused = [0_u8; 128];
            unused[68..80].fill(0xFF);
            out.extend(unused);
        }
        out
    }
}

fn balance(entries: &mut [Entry], sorted: &[usize]) -> u32 {
    if sorted.is_empty() {
        return NOSTREAM;
    }
    let middle = sorted.len() / 2;
    entries[sorted[middle]].left = balance(entries, &sorted[..middle]);
    entries[sorted[middle]].right = balance(entries, &sorted[middle + 1..]);
    sorted[middle] as u32
}

#[derive(Default)]
struct Sectors {
    bytes: Vec<u8>,
    fat: Vec<u32>,
}

impl Sectors {
    fn add(&mut self, data: &[u8]) -> u32 {
        self.add_filled(data, 0)
    }

    fn add_filled(&mut self, data: &[u8], fill: u8) -> u32 {
        let start = self.fat.len() as u32;
        let count = data.len().div_ceil(SECTOR);
        for i in 1..=count {
            self.fat.push(if i == count { ENDOFCHAIN } else { self.fat.len() as u32 + 1 });
        }
        self.bytes.extend_from_slice(data);
        self.bytes.resize(self.fat.len() * SECTOR, fill);
        start
    }

    fn finish(mut self, directory: u32, mini_fat: u32, mini_fat_sectors: u32) -> Vec<u8> {
        let content = self.fat.len();
        let (mut fat_sectors, mut difat_sectors) = (1, 0);
        while (content + fat_sectors + difat_sectors).div_ceil(SECTOR / 4) > fat_sectors
            || fat_sectors.saturating_sub(109).div_ceil(SECTOR / 4 - 1) > difat_sectors
        {
            fat_sectors = (content + fat_sectors + difat_sectors).div_ceil(SECTOR / 4);
            difat_sectors = fat_sectors.saturating_sub(109).div_ceil(SECTOR / 4 - 1);
        }
        self.fat.extend(std::iter::repeat_n(FATSECT, fat_sectors));
        let difat_start = self.fat.len() as u32;
        self.fat.extend(std::iter::repeat_n(DIFSECT, difat_sectors));
        self.fat.resize(fat_sectors * (SECTOR / 4), FREESECT);
        let locations: Vec<u32> = (content as u32..).take(fat_sectors).collect();

        let mut out = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
        out.extend([0; 16]); // Header CLSID
        for n in [0x003E_u16, 3, 0xFFFE, 9, 6, 0, 0, 0] {
            out.extend(n.to_le_bytes()); // Minor, Major, Byte Order, Sector Shift, Mini Sector Shift, Reserved
        }
        let first_difat = if difat_sectors == 0 { ENDOFCHAIN } else { difat_start };
        let numbers = [
            0,                    // Number of Directory Sectors
            fat_sectors as u32,   // Number of FAT Sectors
            directory,            // First Directory Sector Location
            0,                    // Transaction Signature Number
            CUTOFF as u32,        // Mini Stream Cutoff Size
            mini_fat,             // First Mini FAT Sector Location
            mini_fat_sectors,     // Number of Mini FAT Sectors
            first_difat,          // First DIFAT Sector Location
            difat_sectors as u32, // Number of DIFAT Sectors
        ];
        out.extend(numbers.iter().flat_map(|n: &u32| n.to_le_bytes()));
        let difat = |i: usize| locations.get(i).copied().unwrap_or(FREESECT).to_le_bytes();
        out.extend((0..109).flat_map(difat));
        out.extend(self.bytes);
        out.extend(self.fat.iter().flat_map(|n| n.to_le_bytes()));
        for sector in 0..difat_sectors {
            out.extend((0..127).flat_map(|i| difat(109 + sector * 127 + i)));
            let next = if sector + 1 == difat_sectors { ENDOFCHAIN } else { difat_start + sector as u32 + 1 };
            out.extend(next.to_le_bytes());
        }
        out
    }
}
