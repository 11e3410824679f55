//! Macros as Office keeps them beside their source: p-code, forms, and the locks of a project. Everything is inert.

use super::Fixture;
use super::cfb::Cfb;
use super::vba::{Module, compress, dir, encode, project};
use super::xls::{document, workbook};

/// `Version` of Office 2013, 32-bit.
const VERSION: u16 = 0xA3;

/// The names that lines use, in the order of the table.
#[derive(Default)]
struct Names(Vec<&'static str>);

impl Names {
    /// The number of a name: behind the words of the language and four of VBA 7.
    fn number(&mut self, name: &'static str) -> u16 {
        let index = self.0.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.0.push(name);
            self.0.len() - 1
        });
        (index as u16 + 0x104) << 1
    }

    /// The stream `_VBA_PROJECT`, with nothing but names.
    fn stream(&self, code_page: u16) -> Vec<u8> {
        let mut out = vec![0xCC, 0x61];
        out.extend(VERSION.to_le_bytes());
        out.resize(0x1E, 0);
        out.extend([0; 4]); // references
        out.extend([0; 6]); // classes, constants, two bytes of unknown use
        out.extend([0xFF; 6]); // three texts
        out.extend([0; 100]);
        out.extend([0; 2 + 6 + 4 + 6]); // modules, and a table of nothing
        let count = self.0.len() as u16;
        out.extend([count, count, 0].iter().flat_map(|n| n.to_le_bytes()));
        out.extend([0; 4]);
        for name in &self.0 {
            let bytes = encode(name, code_page);
            out.extend([bytes.len() as u8, 0]);
            out.extend(bytes);
            out.extend([0; 4]);
        }
        out
    }
}

/// The p-code of a module.
#[derive(Default)]
struct Code {
    lines: Vec<Vec<u8>>,
    records: Vec<u8>,
}

impl Code {
    fn line(&mut self, operations: &[&[u8]]) {
        self.lines.push(operations.concat());
    }

    /// `Sub name()`
    fn sub(&mut self, name: u16) {
        let at = self.records.len() as u32;
        let mut record = vec![0; 64];
        record[..2].copy_from_slice(&0x1000_u16.to_le_bytes());
        record[2..4].copy_from_slice(&name.to_le_bytes());
        record[48..50].fill(0xFF); // no import
        record[58] = 0x90;
        record[61] = 0x02; // public
        self.records.extend(record);
        let operation = [&word(150)[..], &at.to_le_bytes()].concat();
        self.line(&[&operation]);
    }

    fn end_sub(&mut self) {
        self.line(&[&word(111)]);
    }

    /// The cache in front of the source.
    fn cache(&self) -> Vec<u8> {
        let mut out = vec![0; 0x43];
        out[0] = 1;
        out[2] = 3;
        let put = |out: &mut Vec<u8>, at: usize, value: usize| {
            out[at..at + 4].copy_from_slice(&(value as u32).to_le_bytes());
        };
        let records = out.len();
        put(&mut out, 0x11, records - 10);
        out.extend((self.records.len() as u32).to_le_bytes());
        out.extend(&self.records);
        out.resize(out.len().max(0x8A), 0);
        let objects = out.len();
        put(&mut out, 0x05, objects - 0x8A);
        out.extend([0; 4]);
        let lines = out.len();
        put(&mut out, 0x19, lines - 0x3C);
        out.extend([0xFE, 0xCA, 0, 0]);
        out.extend((self.lines.len() as u16).to_le_bytes());
        let mut at = 0;
        for line in &self.lines {
            out.extend([0; 4]);
            out.extend((line.len() as u16).to_le_bytes());
            out.extend([0; 2]);
            out.extend((at as u32).to_le_bytes());
            at += line.len();
        }
        out.extend([0; 10]);
        out.extend(self.lines.concat());
        out
    }
}

fn word(value: u16) -> [u8; 2] {
    value.to_le_bytes()
}

/// LitStr: a count, the bytes, and a byte to make them even.
fn text(text: &str, code_page: u16) -> Vec<u8> {
    let mut bytes = encode(text, code_page);
    let count = bytes.len() as u16;
    if bytes.len() % 2 == 1 {
        bytes.push(0);
    }
    [&word(182)[..], &word(count), &bytes].concat()
}

/// A call as a statement, without the word Call.
fn call(name: u16, arguments: u16) -> Vec<u8> {
    [word(65 | 16 << 10), word(name), word(arguments)].concat()
}

/// A macro that starts a program: `Sub <trigger>() / Shell "<command>", 0`.
fn starts(names: &mut Names, trigger: &'static str, command: &str, code_page: u16) -> Code {
    let mut code = Code::default();
    code.sub(names.number(trigger));
    let (shell, zero) = (names.number("Shell"), [word(172), word(0)].concat());
    code.line(&[&text(command, code_page), &zero, &call(shell, 2)]);
    code.end_sub();
    code
}

/// A project with caches: per module the p-code in front of its source.
fn add(cfb: Cfb, at: &str, code_page: u16, names: &[u8], modules: &[(Module, Vec<u8>)]) -> Cfb {
    let plain: Vec<Module> = modules.iter().map(|(module, _)| module.clone()).collect();
    let mut records = dir(code_page, &plain);
    records[6..10].copy_from_slice(&1_u32.to_le_bytes()); // PROJECTSYSKIND: 32-bit Windows
    let mut from = 0;
    for (_, cache) in modules {
        let mark = [0x31, 0, 4, 0, 0, 0];
        let found = records[from..].windows(6).position(|window| window == mark).unwrap() + from + 6;
        records[found..found + 4].copy_from_slice(&(cache.len() as u32).to_le_bytes());
        from = found;
    }
    let mut cfb = cfb
        .stream(&format!("{at}VBA/dir"), compress(&records))
        .stream(&format!("{at}VBA/_VBA_PROJECT"), names)
        .stream(&format!("{at}PROJECT"), encode(&project(&plain), code_page));
    for (module, cache) in modules {
        let source = compress(&encode(&module.text(), code_page));
        cfb = cfb.stream(&format!("{at}VBA/{}", module.name), [cache.clone(), source].concat());
    }
    cfb
}

/// A document whose only module has this p-code and this source.
fn doc(trigger: &'static str, command: &str, source: &str) -> Vec<u8> {
    let mut names = Names::default();
    let code = starts(&mut names, trigger, command, 1252);
    add(document(0), "Macros/", 1252, &names.stream(1252), &[(Module::document("ThisDocument", source), code.cache())])
        .build()
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let mut all = stomped();
    all.extend(projects());
    all
}

fn stomped() -> Vec<Fixture> {
    let command = "cmd /c echo hello";
    let written = format!("Sub Document_Open()\n    Shell \"{command}\", 0\nEnd Sub\n");
    let harmless = "Sub Greet()\n    MsgBox \"Good morning\"\nEnd Sub\n";
    let other = written.replace("hello", "morning");
    let honest = {
        let mut names = Names::default();
        let mut code = Code::default();
        code.sub(names.number("Greet"));
        let message = names.number("MsgBox");
        code.line(&[&text("Good morning", 1252), &call(message, 1)]);
        code.end_sub();
        add(document(0), "Macros/", 1252, &names.stream(1252), &[(Module::standard("Module1", harmless), code.cache())])
    };
    let unread = {
        let mut names = Names::default();
        names.number("AutoOpen");
        let mut cache = vec![0xAA; 6000];
        cache[2..4].fill(0);
        add(document(0), "Macros/", 1252, &names.stream(1252), &[(Module::standard("Module1", ""), cache)])
    };
    vec![
        Fixture::new("pcode-source-removed", "invoice.doc", doc("Document_Open", command, "")),
        Fixture::new("pcode-source-replaced", "invoice.doc", doc("Document_Open", command, harmless)),
        Fixture::new("pcode-source-changed", "invoice.doc", doc("Document_Open", command, &other)),
        Fixture::new(
            "pcode-source-commented",
            "invoice.doc",
            doc("Document_Open", command, &written.replace('\n', "\n'")),
        ),
        Fixture::new("pcode-unread-auto-run", "invoice.doc", unread.build()),
        Fixture::new("pcode-honest", "letter.doc", honest.build()).honest(),
    ]
}

/// Projects of other languages, with forms and with locks.
fn projects() -> Vec<Fixture> {
    let japanese = |code_page: u16| {
        let mut names = Names::default();
        let mut code = Code::default();
        code.sub(names.number("集計"));
        let message = names.number("MsgBox");
        code.line(&[&text("合計を表示します", code_page), &call(message, 1)]);
        code.end_sub();
        let module = Module::standard("標準モジュール", "Sub 集計()\n    MsgBox \"合計を表示します\"\nEnd Sub\n");
        let book = workbook(&[super::xls::bound_sheet("Sheet1", 0, 0)]);
        add(book, "_VBA_PROJECT_CUR/", code_page, &names.stream(code_page), &[(module, code.cache())]).build()
    };
    let add_in = [Module::standard("Tools", "Function Twice(x)\n    Twice = x * 2\nEnd Function\n")];
    let with = |lines: &str, modules: &[Module]| {
        let text = project(modules) + lines;
        let book = workbook(&[super::xls::bound_sheet("Sheet1", 0, 0)]);
        super::vba::add_project(book, "_VBA_PROJECT_CUR/", 1252, modules)
            .stream("_VBA_PROJECT_CUR/PROJECT", text)
            .build()
    };
    let locked = format!(
        "CMG=\"{}\"\r\nDPB=\"{}\"\r\nGC=\"{}\"\r\n",
        encrypt(&[7, 0, 0, 0]),
        encrypt(&[0xFF; 29]),
        encrypt(&[0])
    );
    let remote = {
        let path = b"*\\A\\\\files.example\\share\\tools.xlam";
        let mut records = dir(1252, &add_in);
        let mut reference = vec![0x0E, 0];
        reference.extend((path.len() as u32 + 4 + 4 + 6).to_le_bytes());
        reference.extend((path.len() as u32).to_le_bytes());
        reference.extend(path);
        reference.extend([0; 4 + 6]);
        let modules = records.windows(6).position(|window| window == [0x0F, 0, 2, 0, 0, 0]).unwrap();
        records.splice(modules..modules, reference);
        let book = workbook(&[super::xls::bound_sheet("Sheet1", 0, 0)]);
        super::vba::add_project(book, "_VBA_PROJECT_CUR/", 1252, &add_in)
            .stream("_VBA_PROJECT_CUR/VBA/dir", compress(&records))
            .build()
    };
    let hidden = {
        let modules = [add_in[0].clone(), Module::standard("Other", "Sub Other()\nEnd Sub\n")];
        let book = workbook(&[super::xls::bound_sheet("Sheet1", 0, 0)]);
        super::vba::add_project(book, "_VBA_PROJECT_CUR/", 1252, &modules)
            .stream("_VBA_PROJECT_CUR/PROJECT", project(&add_in))
            .build()
    };
    vec![
        Fixture::new("pcode-honest-japanese-cp932", "集計.xls", japanese(932)).honest(),
        Fixture::new("pcode-honest-japanese-cp10001", "集計.xls", japanese(10001)).honest(),
        Fixture::new("vba-locked-project", "tools.xls", with(&locked, &add_in)).honest(),
        Fixture::new("vba-unviewable", "tools.xls", with("DPx=\"0E0CD1ECDFF4E7F5E7F5E7\"\r\n", &add_in)),
        Fixture::new("vba-unviewable-empty", "tools.xls", with("CMG=\"\"\r\nDPB=\"\"\r\nGC=\"\"\r\n", &add_in)),
        Fixture::new("vba-hidden-module", "tools.xls", hidden),
        Fixture::new("vba-remote-reference", "tools.xls", remote),
        Fixture::new(
            "vba3-macros",
            "old.xls",
            workbook(&[super::xls::bound_sheet("Sheet1", 0, 0)])
                .stream("_VBA_PROJECT/dir", vec![0xCC, 0x61, 4, 0, 0, 0])
                .stream("_VBA_PROJECT/24bb04edb", vec![1, 8, 1, 0])
                .build(),
        ),
        Fixture::new("vba-form-caption", "order.xls", form(false)),
        Fixture::new("vba-form-damaged", "order.xls", form(true)),
    ]
}

/// Data Encryption (2.4.3.2) with the seed 0: no ignored bytes, and the key of a project whose id sums up to 0.
fn encrypt(data: &[u8]) -> String {
    let mut plain = 0_u8;
    let (mut before, mut last) = (2_u8, 0_u8);
    let mut out = vec![0, 2, 0];
    let length = (data.len() as u32).to_le_bytes();
    for byte in length.iter().chain(data) {
        let encrypted = byte ^ before.wrapping_add(plain);
        (before, last, plain) = (last, encrypted, *byte);
        out.push(encrypted);
    }
    out.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A workbook whose macro starts what the caption of a label says ([MS-OFORMS]).
fn form(damaged: bool) -> Vec<u8> {
    let modules = [
        Module::document("ThisWorkbook", "Private Sub Workbook_Open()\n    Shell UserForm1.Label1.Caption\nEnd Sub\n"),
        Module::form("UserForm1", ""),
    ];
    let caption = "cmd /c echo hello";
    // LabelControl (2.2.4.1): mask with fCaption and fSize; the caption counts one byte for each letter.
    let mut label = vec![0, 2];
    let body = [
        &0x28_u32.to_le_bytes()[..],
        &(0x8000_0000 | caption.len() as u32).to_le_bytes(),
        &padded(caption.as_bytes()),
        &[0; 8],
    ]
    .concat();
    label.extend((body.len() as u16).to_le_bytes());
    label.extend(body);
    // FormControl (2.2.10.1) without properties but for fBooleanProperties: no table of classes.
    let mut sites = vec![0, 4];
    sites.extend(8_u16.to_le_bytes());
    sites.extend(0x40_u32.to_le_bytes());
    sites.extend(0x8000_u32.to_le_bytes());
    // OleSiteConcreteControl: fName, fTag, fID, fObjectStreamSize, fTabIndex, fClsidCacheIndex, fPosition, fControlTipText.
    let (name, tag, tip) = ("Label1", "first", "second");
    let count = |text: &str| (0x8000_0000 | text.len() as u32).to_le_bytes();
    let site = [
        &0x09E7_u32.to_le_bytes()[..],
        &count(name),
        &count(tag),
        &1_u32.to_le_bytes(),
        &(label.len() as u32).to_le_bytes(),
        &1_u16.to_le_bytes(),
        &21_u16.to_le_bytes(),
        &count(tip),
        &padded(name.as_bytes()),
        &padded(tag.as_bytes()),
        &[0; 8],
        &padded(tip.as_bytes()),
    ]
    .concat();
    sites.extend(1_u32.to_le_bytes());
    sites.extend((site.len() as u32 + 4 + 4).to_le_bytes());
    sites.extend([0, 1, 0, 0]); // depth, type, padding
    sites.extend([0, 0]);
    sites.extend((site.len() as u16).to_le_bytes());
    sites.extend(site);
    if damaged {
        sites[2..4].fill(0xFF);
    }
    let book = workbook(&[super::xls::bound_sheet("Sheet1", 0, 0)]);
    let at = "_VBA_PROJECT_CUR/";
    super::vba::add_project(book, at, 1252, &modules)
        .stream(&format!("{at}UserForm1/f"), sites)
        .stream(&format!("{at}UserForm1/o"), label)
        .stream(
            &format!("{at}UserForm1/\u{3}VBFrame"),
            "VERSION 5.00\r\nBegin {0} UserForm1 \r\n   Caption = \"Order\"\r\nEnd\r\n",
        )
        .build()
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.resize(bytes.len().next_multiple_of(4), 0);
    out
}
