//! VBA projects ([MS-OVBA]): source modules, the `dir` stream, PROJECT. All code here is inert: it is never run, and
//! its addresses do not exist.

use super::cfb::Cfb;

/// What a module is (2.3.1.3).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `Module=`
    Standard,
    /// `Document=`: ThisDocument, ThisWorkbook, a sheet.
    Document,
    /// `Class=`
    Class,
    /// `BaseClass=`: a form.
    Form,
}

/// A module; the attribute lines are added by the writer.
#[derive(Clone)]
pub(crate) struct Module {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) source: String,
}

impl Module {
    pub(crate) fn standard(name: &'static str, source: &str) -> Self {
        Self { name, kind: Kind::Standard, source: source.to_owned() }
    }

    pub(crate) fn document(name: &'static str, source: &str) -> Self {
        Self { name, kind: Kind::Document, source: source.to_owned() }
    }

    pub(crate) fn class(name: &'static str, source: &str) -> Self {
        Self { name, kind: Kind::Class, source: source.to_owned() }
    }

    pub(crate) fn form(name: &'static str, source: &str) -> Self {
        Self { name, kind: Kind::Form, source: source.to_owned() }
    }

    pub(crate) fn text(&self) -> String {
        let base = match self.kind {
            Kind::Standard => "",
            Kind::Document => "Attribute VB_Base = \"0{00020819-0000-0000-C000-000000000046}\"\n",
            Kind::Class => "Attribute VB_Base = \"0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}\"\n",
            Kind::Form => {
                "Attribute VB_Base = \"0{0AAD4BF8-0F3C-4B4A-9A3B-2B6E8B1C0E01}{0AAD4BF8-0F3C-4B4A-9A3B-2B6E8B1C0E02}\"\n"
            }
        };
        let text = format!("Attribute VB_Name = \"{}\"\n{base}{}\n", self.name, self.source);
        text.replace("\r\n", "\n").replace('\n', "\r\n")
    }
}

/// `vbaProject.bin`: a compound file with the project at its root, code page 1252.
pub(crate) fn vba_project(modules: &[Module]) -> Vec<u8> {
    add_project(Cfb::new(), "", 1252, modules).build()
}

/// Adds a project to a compound file, under the storage `at` (`"Macros/"`, `"_VBA_PROJECT_CUR/"`, or nothing).
pub(crate) fn add_project(cfb: Cfb, at: &str, code_page: u16, modules: &[Module]) -> Cfb {
    let mut cfb = cfb
        .stream(&format!("{at}VBA/dir"), compress(&dir(code_page, modules)))
        .stream(&format!("{at}VBA/_VBA_PROJECT"), [0xCC, 0x61, 0xFF, 0xFF, 0, 0, 0])
        .stream(&format!("{at}PROJECT"), encode(&project(modules), code_page));
    for module in modules {
        cfb = cfb.stream(&format!("{at}VBA/{}", module.name), compress(&encode(&module.text(), code_page)));
    }
    cfb
}

/// The source of a module as it stands in its stream, for fixtures that place it themselves.
pub(crate) fn module_stream(module: &Module, cache: usize) -> Vec<u8> {
    let mut stream = vec![0xAA; cache];
    stream.extend(compress(&encode(&module.text(), 1252)));
    stream
}

/// 1252 as far as it is ASCII; 932 for what the Japanese fixtures need.
pub(crate) fn encode(text: &str, code_page: u16) -> Vec<u8> {
    let encoding = if matches!(code_page, 932 | 10001) { encoding_rs::SHIFT_JIS } else { encoding_rs::WINDOWS_1252 };
    encoding.encode(text).0.into_owned()
}

pub(crate) fn project(modules: &[Module]) -> String {
    let mut text = "ID=\"{917DED54-440B-4FD1-A5C1-74ACF261E600}\"\r\n".to_owned();
    for module in modules {
        text += &match module.kind {
            Kind::Standard => format!("Module={}\r\n", module.name),
            Kind::Document => format!("Document={}/&H00000000\r\n", module.name),
            Kind::Class => format!("Class={}\r\n", module.name),
            Kind::Form => format!("BaseClass={}\r\n", module.name),
        };
    }
    text + "Name=\"VBAProject\"\r\nHelpContextID=\"0\"\r\n"
}

fn record(id: u16, data: &[u8]) -> Vec<u8> {
    let mut out = id.to_le_bytes().to_vec();
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(data);
    out
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The `dir` stream before compression (2.3.4.2), with offset 0 for every module.
pub(crate) fn dir(code_page: u16, modules: &[Module]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(record(0x0001, &3_u32.to_le_bytes())); // PROJECTSYSKIND: 64-bit Windows
    out.extend(record(0x0002, &0x0409_u32.to_le_bytes())); // PROJECTLCID
    out.extend(record(0x0014, &0x0409_u32.to_le_bytes())); // PROJECTLCIDINVOKE
    out.extend(record(0x0003, &code_page.to_le_bytes())); // PROJECTCODEPAGE
    out.extend(record(0x0004, b"VBAProject")); // PROJECTNAME
    out.extend(record(0x0005, b"")); // PROJECTDOCSTRING
    out.extend(record(0x0040, b""));
    out.extend(record(0x0006, b"")); // PROJECTHELPFILEPATH
    out.extend(record(0x003D, b""));
    out.extend(record(0x0007, &[0; 4])); // PROJECTHELPCONTEXT
    out.extend(record(0x0008, &[0; 4])); // PROJECTLIBFLAGS
    // PROJECTVERSION: its Reserved field says 4, six bytes follow.
    out.extend([0x09, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0]);
    out.extend(record(0x000C, b"")); // PROJECTCONSTANTS
    out.extend(record(0x003C, b""));
    out.extend(record(0x000F, &(modules.len() as u16).to_le_bytes())); // PROJECTMODULES
    out.extend(record(0x0013, &[0xFF, 0xFF])); // PROJECTCOOKIE
    for module in modules {
        let name = encode(module.name, code_page);
        out.extend(record(0x0019, &name)); // MODULENAME
        out.extend(record(0x0047, &utf16(module.name))); // MODULENAMEUNICODE
        out.extend(record(0x001A, &name)); // MODULESTREAMNAME
        out.extend(record(0x0032, &utf16(module.name)));
        out.extend(record(0x001C, b"")); // MODULEDOCSTRING
        out.extend(record(0x0048, b""));
        out.extend(record(0x0031, &0_u32.to_le_bytes())); // MODULEOFFSET
        out.extend(record(0x001E, &[0; 4])); // MODULEHELPCONTEXT
        out.extend(record(0x002C, &[0xFF, 0xFF])); // MODULECOOKIE
        out.extend(record(if module.kind == Kind::Standard { 0x0021 } else { 0x0022 }, b"")); // MODULETYPE
        out.extend(record(0x002B, b"")); // Terminator
    }
    out.extend(record(0x0010, b""));
    out
}

/// A CompressedContainer (2.4.1.1.1) of literal tokens, and of copy tokens for runs of one byte.
pub(crate) fn compress(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x01];
    // Nine encoded bytes carry eight literals, so 3 600 literals stay below the 4 096 bytes a chunk may have; a chunk
    // that is not the last must give 4 096 bytes, which raw chunks do.
    let mut rest = data;
    while rest.len() > 3600 {
        let (chunk, after) = rest.split_at(rest.len().min(4096));
        let mut raw = chunk.to_vec();
        raw.resize(4096, b' ');
        out.extend((0x3000_u16 | 4095).to_le_bytes());
        out.extend(raw);
        rest = after;
    }
    if !rest.is_empty() {
        let mut body = Vec::new();
        for literals in rest.chunks(8) {
            body.push(0); // FlagByte: eight literal tokens
            body.extend(literals);
        }
        out.extend((0xB000_u16 | (body.len() as u16 + 2 - 3)).to_le_bytes());
        out.extend(body);
    }
    out
}
