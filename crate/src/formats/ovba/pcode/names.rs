//! The stream `_VBA_PROJECT`: the version of Office that compiled the caches, and the names they use by number.
//!
//! [MS-OVBA] 2.3.4.1 documents the version and says that the rest depends on the implementation. The layout below is
//! what Office 97 to 365 write; it is read in the order of the file because nothing says where the names start.

use super::bytes::{Bytes, Cursor};

/// A table of names.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// `Version`: 0xFFFF where the writer made no caches.
    pub(crate) version: u16,
    list: Vec<String>,
    /// Whether the table was read to its end.
    pub(crate) complete: bool,
}

/// `Version` below which it is VBA 3, and from which VBA 6 and VBA 7 count (0x94 stands in documents of the previews of
/// Office 2010).
const VBA5: u16 = 0x20;
const VBA6: u16 = 0x6B;
const VBA7: u16 = 0x94;

/// Which compiler wrote a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compiler {
    pub(super) version: u16,
    /// 64-bit Office.
    pub(super) wide: bool,
}

impl Compiler {
    /// Excel 5 and 95.
    pub(super) const VBA3: Self = Self { version: 4, wide: false };

    pub(super) const fn is_vba3(self) -> bool {
        self.version < VBA5
    }

    pub(super) const fn is_vba5(self) -> bool {
        self.version < VBA6
    }

    pub(super) const fn is_vba7(self) -> bool {
        self.version >= VBA7
    }
}

impl Names {
    /// Reads the stream; `decode` turns bytes of the project's code page into text.
    pub(crate) fn read(stream: &[u8], decode: impl Fn(&[u8]) -> String) -> Self {
        let little = Bytes { all: stream, big: false };
        let (Some(0x61CC), Some(version)) = (little.u16(0), little.u16(2)) else { return Self::default() };
        let big = little.u16(5) == Some(0x000E);
        let mut names = Self { version, list: Vec::new(), complete: false };
        if version != u16::MAX {
            let mut cursor = Cursor::new(Bytes { all: stream, big }, 0x1E);
            names.complete = names.table(&mut cursor, decode).is_some();
        }
        names
    }

    #[cfg(test)]
    pub(super) fn of(list: &[&str]) -> Self {
        Self { version: 0xA3, list: list.iter().map(|name| (*name).to_owned()).collect(), complete: true }
    }

    fn table(&mut self, cursor: &mut Cursor<'_>, decode: impl Fn(&[u8]) -> String) -> Option<()> {
        let version = self.version;
        let odd = matches!(version, 0x60 | 0x62 | 0x63);
        references(cursor, (version >= 0x5B && !odd) || version == 0x4E)?;
        // Classes and forms; conditional constants; then three texts of the project.
        cursor.skip_counted(2)?;
        cursor.skip_counted(4)?;
        cursor.skip(2);
        for _ in 0..3 {
            cursor.skip_optional()?;
        }
        cursor.skip(100);
        let wide = (version >= 0x59 && !odd) || version == 0x4E;
        let narrow = (version <= 0x59 && version != 0x4E) || (0x60..VBA6).contains(&version);
        modules(cursor, version, wide, narrow)?;
        cursor.skip(6);
        cursor.skip_long()?;
        cursor.skip(6);
        let (most, all, fewer) = (cursor.u16()?, cursor.u16()?, cursor.u16()?);
        cursor.skip(4);
        let unused = i32::from(all).checked_add(i32::from(fewer))?.checked_sub(i32::from(most))?;
        for _ in 0..unused {
            cursor.skip(4);
            let (kind, length) = kind_and_length(cursor)?;
            cursor.skip(length.saturating_add(if kind > 0x7F { 6 } else { 0 }));
        }
        for _ in 0..most.checked_sub(fewer)? {
            let (mut kind, mut length) = kind_and_length(cursor)?;
            let keyword = kind == 0 && length == 0;
            if keyword {
                cursor.skip(2);
                (kind, length) = kind_and_length(cursor)?;
            }
            if kind & 0x80 != 0 {
                cursor.skip(6);
            }
            self.list.push(decode(cursor.take(length)?));
            if !keyword {
                cursor.skip(4);
            }
        }
        Some(())
    }

    /// Names of VBA 3, in the order of their entries.
    pub(super) const fn vba3(list: Vec<String>) -> Self {
        Self { version: Compiler::VBA3.version, list, complete: true }
    }

    /// The name behind a number in p-code: half of it counts the words of the language first, then those of the table.
    pub(crate) fn get(&self, number: u16, compiler: Compiler) -> Option<&str> {
        if compiler.is_vba3() {
            return self.list.get(super::vba3::index(number)).map(String::as_str).filter(|name| !name.is_empty());
        }
        let index = usize::from(number >> 1);
        if let Some(own) = index.checked_sub(0x100) {
            let reserved = match (compiler.is_vba7(), compiler.wide) {
                (false, _) => 0,
                (true, false) => 4,
                (true, true) => 7,
            };
            return self.list.get(own.checked_sub(reserved)?).map(String::as_str).filter(|name| !name.is_empty());
        }
        word(index, compiler)
    }
}

fn kind_and_length(cursor: &mut Cursor<'_>) -> Option<(u8, usize)> {
    let [high, low] = cursor.u16()?.to_be_bytes();
    Some((high, usize::from(low)))
}

/// References to libraries; with `wide`, in UTF-16.
fn references(cursor: &mut Cursor<'_>, wide: bool) -> Option<()> {
    let count = cursor.u16()?;
    cursor.skip(2);
    for _ in 0..count {
        let length = usize::from(cursor.u16()?);
        let least = if wide { 5 } else { 3 };
        if length == 0 {
            cursor.skip(6);
        } else {
            let kind = cursor.bytes.u8(cursor.at.saturating_add(least).saturating_sub(1));
            cursor.skip(length);
            if length >= least && matches!(kind, Some(b'C' | b'D')) {
                cursor.skip_counted(1)?;
            }
        }
        cursor.skip(10);
        if cursor.u16()? != 0 {
            cursor.skip_counted(1)?;
            let length = usize::from(cursor.u16()?);
            cursor.skip(if length == 0 { 30 } else { length.saturating_add(32) });
        }
    }
    Some(())
}

/// Descriptions of the modules.
fn modules(cursor: &mut Cursor<'_>, version: u16, wide: bool, narrow: bool) -> Option<()> {
    for _ in 0..cursor.u16()? {
        let mut length = usize::from(cursor.u16()?);
        if wide {
            cursor.skip(length);
        }
        if narrow {
            if length != 0 {
                length = usize::from(cursor.u16()?);
            }
            cursor.skip(length);
        }
        cursor.skip_counted(1)?;
        cursor.skip_optional()?;
        cursor.skip(2);
        if version >= VBA6 {
            cursor.skip_optional()?;
        }
        cursor.skip_optional()?;
        cursor.skip(if version == 0x51 { 2 } else { 6 });
        cursor.skip_counted(8)?;
        cursor.skip(11);
    }
    Some(())
}

/// A word of the language by its place in the compiler's list, which grew by a few words with each version.
fn word(index: usize, compiler: Compiler) -> Option<&'static str> {
    let mut index = index;
    if compiler.is_vba7() {
        match index {
            0xE9 => return Some("PtrSafe"),
            0xEA.. => index = index.saturating_sub(1),
            _ => {}
        }
    }
    if !compiler.is_vba5() && index >= 0xC3 {
        index = index.saturating_sub(1);
    }
    WORDS.split(' ').nth(index).filter(|word| !matches!(*word, "?"))
}

/// The words in the order of the compiler; `?` where it has none that a person can write. They are seldom asked for.
const WORDS: &str = "\
    ? ? Abs Access AddressOf Alias And Any Append Array As Assert B Base BF Binary Boolean ByRef Byte ByVal Call \
    Case CBool CByte CCur CDate CDec CDbl CDecl ChDir CInt Circle CLng Close Compare Const CSng CStr CurDir \
    CurDir$ CVar CVDate CVErr Currency Database Date Date$ Debug Decimal Declare DefBool DefByte DefCur DefDate \
    DefDec DefDbl DefInt DefLng DefObj DefSng DefStr DefVar Dim Dir Dir$ Do DoEvents Double Each Else ElseIf Empty \
    End EndIf Enum Eqv Erase Error Error$ Event WithEvents Explicit F False Fix For Format Format$ FreeFile Friend \
    Function Get Global Go GoSub Goto If Imp Implements In Input Input$ InputB InputB InStr InputB$ Int InStrB Is \
    Integer Left Len LenB Len Lib Let Line Like Load Local Lock Long Loop LSet Me Mid Mid$ MidB MidB$ Mod \
    Module Name New Next Not Nothing Null Object On Open Option Optional Or Output ParamArray Preserve Print \
    Private Property PSet Public Put RaiseEvent Random Randomize Read ReDim Rem Resume Return RGB RSet Scale Seek \
    Select Set Sgn Shared Single Spc Static Step Stop StrComp String String$ Sub Tab Text Then To True Type TypeOf \
    UBound Unload Unlock Unknown Until Variant WEnd While Width With Write Xor #Const #Else #ElseIf #End #If \
    Attribute VB_Base VB_Control VB_Creatable VB_Customizable VB_Description VB_Exposed VB_Ext_Key VB_HelpID \
    VB_Invoke_Func VB_Invoke_Property VB_Invoke_PropertyPut VB_Invoke_PropertyPutRef VB_MemberFlags VB_Name \
    VB_PredecraredID VB_ProcData VB_TemplateDerived VB_VarDescription VB_VarHelpID VB_VarMemberFlags \
    VB_VarProcData VB_UserMemID VB_VarUserMemID VB_GlobalNameSpace ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? ? \
    ? ? ? ? ?";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_language() {
        let vba = |version| Compiler { version, wide: false };
        assert_eq!(word(2, vba(0xA3)), Some("Abs"));
        assert_eq!(word(0x2D, vba(0xA3)), Some("Date"));
        assert_eq!(word(0xE9, vba(0xA3)), Some("PtrSafe"));
        assert_eq!(word(1, vba(0xA3)), None);
        assert_eq!(word(0xFFF, vba(0xA3)), None);
        let names = Names::of(&["Excel", "VBA"]);
        let own = |number, version| names.get(number, vba(version));
        assert_eq!((own(0x202, 0x88), own(0x20A, 0x94), own(0x20A, 0x97)), (Some("VBA"), Some("VBA"), Some("VBA")));
    }

    #[test]
    fn a_table_of_nothing_and_of_lies() {
        let decode = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(Names::read(&[0xCC, 0x61, 0xFF, 0xFF, 0, 0, 0], decode).version, u16::MAX);
        assert_eq!(Names::read(b"", decode).version, 0);
        for seed in 0..200_u32 {
            let mut state = seed;
            let mut noise = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            let mut stream = vec![0xCC, 0x61, 0xB2, 0, 0];
            stream.extend((0..2000).map(|_| noise() & if seed % 2 == 0 { 3 } else { 0xFF }));
            let _ = Names::read(&stream, decode);
        }
    }
}
