//! Members of objects and of types: text, arrays, encodings, streams, and what fetches, loads and starts.

use std::io::Read;
use std::rc::Rc;

use super::operators::{Pattern, format, replace_pattern};
use super::run::Runner;
use super::value::{Encoding, LIST, Object, Value, join};
use crate::error::Result;
use crate::languages::ActionKind;
use crate::languages::commands::{GAP, LAYER, Shell};

impl Runner<'_, '_> {
    // ---- properties ------------------------------------------------------------------------------------------------

    pub(super) fn member(&mut self, value: &Value, name: &str) -> Value {
        let lower = name.to_lowercase();
        match (value, lower.as_str()) {
            (_, "length" | "count" | "longlength") => {
                value.len().map_or(Value::Gap, |n| Value::Int(i64::try_from(n).unwrap_or(i64::MAX)))
            }
            (Value::Hash(entries), _) => entries.get(&lower).cloned().unwrap_or(Value::Null),
            (Value::Object(Object::Named(name, _)), "name") => Value::Text(Rc::clone(name)),
            (Value::Object(Object::Named(_, value)), "value") => value.as_ref().clone(),
            (Value::Object(Object::Command(name)), "name" | "definition") => Value::Text(Rc::clone(name)),
            (Value::Object(Object::Fetched(url) | Object::Request(url)), _) => {
                Value::Object(Object::Fetched(Rc::clone(url)))
            }
            // `[text.encoding]::utf8`
            (Value::Type(kind), _) if kind.ends_with("text.encoding") => {
                Encoding::of(&lower).map_or(Value::Gap, |encoding| Value::Object(Object::Encoding(encoding)))
            }
            (Value::Type(kind), "empty") if kind.ends_with("string") => Value::text(""),
            (Value::Type(kind), "newline") if kind.ends_with("environment") => Value::text("\r\n"),
            (Value::Type(_), "assembly" | "basetype") => value.clone(),
            // `''.Normalize`, `[string].GetMethod` … without a call: its description.
            (Value::Text(text), _) if text.is_empty() && matches!(lower.as_str(), "insert" | "normalize" | "chars" | "substring") => {
                Value::text(match lower.as_str() {
                    "insert" => "string Insert(int startIndex, string value)",
                    "normalize" => "string Normalize(), string Normalize(System.Text.NormalizationForm normalizationForm)",
                    "substring" => "string Substring(int startIndex), string Substring(int startIndex, int length)",
                    _ => "char Chars(int index) {get;}",
                })
            }
            (Value::Object(object), _) => Value::Object(object.clone()),
            (Value::List(values), _) if !values.is_empty() => {
                let values: Vec<Value> = values.iter().take(LIST).map(|value| match value {
                    Value::Hash(entries) => entries.get(&lower).cloned().unwrap_or(Value::Null),
                    Value::Object(Object::Named(name, _)) if lower == "name" => Value::Text(Rc::clone(name)),
                    _ => Value::Gap,
                }).collect();
                Value::from_output(values)
            }
            _ => Value::Gap,
        }
    }

    pub(super) fn set_member(&mut self, object: &Value, member: &str, value: &Value) {
        if let Value::Object(Object::Other(kind)) = object
            && kind.contains("processstartinfo")
            && member == "filename"
        {
            let text = value.to_text();
            self.decoder.layer(Shell::Program, &text);
        }
        // A shortcut that is made: what it starts.
        if let Value::Object(Object::Com(kind)) = object
            && kind.as_ref() == "shortcut"
            && member == "targetpath"
        {
            let text = value.to_text();
            self.decoder.step(ActionKind::Persist, &text);
        }
    }

    pub(super) fn index(&mut self, value: &Value, index: &Value) -> Value {
        if let Value::Hash(entries) = value {
            return entries.get(&index.to_text().to_lowercase()).cloned().unwrap_or(Value::Null);
        }
        if matches!(value, Value::Object(_) | Value::Gap) {
            return value.clone();
        }
        let len = value.len().and_then(|n| i64::try_from(n).ok());
        let pick = |at: i64| -> Value {
            let Some(len) = len else { return Value::Gap };
            let at = if at < 0 { at.saturating_add(len) } else { at };
            let Ok(at) = usize::try_from(at) else { return Value::Null };
            match value {
                Value::Text(text) if text.is_ascii() => text.as_bytes().get(at).map_or(Value::Null, |b| Value::Char(char::from(*b))),
                Value::Text(text) => text.chars().nth(at).map_or(Value::Null, Value::Char),
                Value::List(values) => values.get(at).cloned().unwrap_or(Value::Null),
                Value::Bytes(bytes) => bytes.get(at).map_or(Value::Null, |byte| Value::Int(i64::from(*byte))),
                other if at == 0 => other.clone(),
                _ => Value::Null,
            }
        };
        match index {
            Value::List(indexes) => Value::list(indexes.iter().take(LIST).map(|index| index.to_int().map_or(Value::Gap, pick)).collect()),
            other => other.to_int().map_or(Value::Gap, pick),
        }
    }

    // ---- calls -----------------------------------------------------------------------------------------------------

    pub(super) fn call_member(&mut self, value: &Value, name: &str, arguments: &[Value]) -> Result<Value> {
        let cost = value.len().unwrap_or(0);
        if !self.pay(cost / 2)? {
            return Ok(Value::Gap);
        }
        if let Some(value) = self.reaches_out(value, name, arguments)? {
            return Ok(value);
        }
        Ok(match value {
            Value::Type(kind) => {
                let kind = Rc::clone(kind);
                self.static_call(&kind, name, arguments)?
            }
            Value::Block(_) if matches!(name, "invoke" | "invokereturnasis" | "getnewclosure") => {
                if name == "getnewclosure" { value.clone() } else { Value::from_output(self.run_text(value)?) }
            }
            Value::Object(Object::Encoding(encoding)) => match name {
                "getstring" => arguments.first().and_then(Value::to_bytes).map_or(Value::Gap, |bytes| Value::text(&encoding.decode(&bytes))),
                "getbytes" => match arguments.first() {
                    Some(text) => Value::bytes(encoding.encode(&text.to_text())),
                    None => Value::Gap,
                },
                "getchars" => arguments.first().and_then(Value::to_bytes).map_or(Value::Gap, |bytes| {
                    Value::list(encoding.decode(&bytes).chars().map(Value::Char).collect())
                }),
                _ => value.clone(),
            },
            Value::Object(Object::Stream(bytes)) => match name {
                "toarray" | "getbuffer" => Value::Bytes(Rc::clone(bytes)),
                "readtoend" | "readline" => Value::text(&guessed(bytes)),
                "copyto" | "close" | "dispose" | "write" | "flush" | "seek" => Value::Null,
                _ => value.clone(),
            },
            // Excel and COM call their members the same way.
            Value::Object(Object::Other(kind)) if kind.contains("executioncontext") && matches!(name, "invokescript" | "newscriptblock") => {
                match arguments.first() {
                    Some(text) => Value::from_output(self.run_text(text)?),
                    None => Value::Gap,
                }
            }
            Value::Object(Object::Other(kind)) if kind.contains("executioncontext") => {
                // `GetCmdlet("Invoke-Expression")`, `ExpandString(…)`
                match (name, arguments.first()) {
                    ("expandstring", Some(text)) => text.clone(),
                    (_, Some(text)) => Value::Object(Object::Command(super::commands::known(&text.to_text()).into())),
                    _ => Value::Gap,
                }
            }
            Value::Object(_) | Value::Hash(_) => value.clone(),
            Value::List(_) | Value::Bytes(_) if matches!(name, "toarray" | "clone" | "getenumerator") => value.clone(),
            _ => text_call(value, name, arguments),
        })
    }

    /// Members that fetch, load, start or weaken.
    fn reaches_out(&mut self, value: &Value, name: &str, arguments: &[Value]) -> Result<Option<Value>> {
        let text = |n: usize| arguments.get(n).map(Value::to_text);
        let first = text(0).unwrap_or_else(|| GAP.into());
        let fetched = |url: &str| Ok(Some(Value::Object(Object::Fetched(url.into()))));
        match (value, name) {
            (Value::Object(Object::WebClient) | Value::Gap, "downloadstring" | "downloaddata" | "downloadstringasync" | "downloadstringtaskasync" | "downloaddataasync" | "openread" | "getstringasync" | "getbytearrayasync" | "getasync") => {
                self.decoder.step(ActionKind::Fetch, &first);
                fetched(&first)
            }
            (Value::Object(Object::WebClient) | Value::Gap | Value::Object(Object::Other(_)), "downloadfile" | "downloadfileasync" | "downloadfiletaskasync") => {
                self.decoder.download(&first, &text(1).unwrap_or_default());
                Ok(Some(Value::Null))
            }
            (Value::Object(Object::WebClient), "uploadstring" | "uploaddata" | "uploadfile" | "uploadvalues") => {
                self.decoder.step(ActionKind::Send, &first);
                fetched(&first)
            }
            (Value::Object(Object::Com(kind)), "open") if kind.contains("http") => {
                let url = text(1).unwrap_or_else(|| GAP.into());
                self.decoder.step(ActionKind::Fetch, &url);
                Ok(Some(Value::Null))
            }
            (Value::Object(Object::Com(kind)), "run" | "exec") if kind.contains("shell") => {
                self.decoder.layer(Shell::Program, &first);
                Ok(Some(Value::Gap))
            }
            (Value::Object(Object::Com(_)), "shellexecute") => {
                let line = format!("{first} {}", text(1).unwrap_or_default());
                self.decoder.layer(Shell::Program, line.trim());
                Ok(Some(Value::Gap))
            }
            (Value::Object(Object::Com(_)), "createshortcut") => Ok(Some(Value::Object(Object::Com("shortcut".into())))),
            (Value::Object(Object::Com(_)), "regwrite") => {
                if crate::languages::commands::starts_from_registry(&first) {
                    self.decoder.step(ActionKind::Persist, format!("{first} → {}", text(1).unwrap_or_default()));
                }
                Ok(Some(Value::Null))
            }
            (Value::Object(Object::Request(url)), "getresponse" | "getresponsestream" | "getrequeststream") => {
                let url = Rc::clone(url);
                self.decoder.step(ActionKind::Fetch, url.as_ref());
                fetched(&url)
            }
            (Value::Object(Object::Fetched(_)), "savetofile" | "saveas") => {
                self.decoder.written(&first);
                Ok(Some(Value::Null))
            }
            (Value::Object(Object::Fetched(url)), _) => {
                let url = Rc::clone(url);
                fetched(&url)
            }
            // `[Ref].Assembly.GetType('…AmsiUtils')`
            (Value::Type(_) | Value::Object(_) | Value::Gap, "gettype" | "getfield") if is_amsi(&first) => {
                self.decoder.step(ActionKind::Weaken, &first);
                Ok(Some(Value::Object(Object::Other("amsi".into()))))
            }
            (_, "start") if matches!(value, Value::Type(kind) if kind.ends_with("diagnostics.process")) => {
                let line = format!("{first} {}", text(1).unwrap_or_default());
                self.decoder.layer(Shell::Program, line.trim());
                Ok(Some(Value::Gap))
            }
            _ => Ok(None),
        }
    }

    fn static_call(&mut self, kind: &str, name: &str, arguments: &[Value]) -> Result<Value> {
        let kind = kind.strip_prefix("system.").unwrap_or(kind);
        let text = |n: usize| arguments.get(n).map(Value::to_text);
        let first = text(0).unwrap_or_default();
        if name == "new" {
            return self.make(kind, arguments);
        }
        let value = match (kind, name) {
            ("convert", "frombase64string") => super::base64(&first).filter(|_| !first.contains(GAP)).map_or(Value::Gap, Value::bytes),
            ("convert", "tobase64string") => Value::Gap,
            ("convert", "toint32" | "toint16" | "tobyte" | "toint64" | "touint32") => {
                let radix = arguments.get(1).and_then(Value::to_int).and_then(|n| u32::try_from(n).ok()).filter(|n| matches!(n, 2 | 8 | 10 | 16));
                let digits = first.trim().trim_start_matches("0x");
                match radix {
                    Some(radix) => i64::from_str_radix(digits, radix).map_or(Value::Gap, Value::Int),
                    None => arguments.first().and_then(Value::to_int).map_or(Value::Gap, Value::Int),
                }
            }
            ("convert", "tochar") => return self.cast("char", arguments.first().cloned().unwrap_or(Value::Null)),
            ("convert", "tostring") => Value::text(&first),
            ("char", "convertfromutf32") => arguments.first().and_then(Value::to_int).and_then(|n| u32::try_from(n).ok()).and_then(char::from_u32).map_or(Value::Gap, Value::Char),
            ("char", "tostring") => Value::text(&first),
            ("string", "join") => {
                let items: Vec<Value> = match arguments.get(1..) {
                    Some([one]) => one.items(),
                    Some(more) => more.to_vec(),
                    None => Vec::new(),
                };
                Value::text(&join(items.iter().map(Value::to_text), &first))
            }
            ("string", "concat") => Value::text(&join(arguments.iter().flat_map(Value::items).map(|v| v.to_text()), "")),
            ("string", "format") => {
                let values: Vec<Value> = match arguments.get(1..) {
                    Some([Value::List(values)]) => values.as_ref().clone(),
                    Some(more) => more.to_vec(),
                    None => Vec::new(),
                };
                Value::text(&format(&first, &values))
            }
            ("string", "copy") | ("regex", "escape") | ("uri", "unescapedatastring") | ("string", "intern") => Value::text(&first),
            ("regex", "unescape") => Value::text(&first.replace('\\', "")),
            ("array", "reverse") => {
                let mut values = arguments.first().map(Value::items).unwrap_or_default();
                values.reverse();
                Value::list(values)
            }
            ("regex", "replace") => {
                let (pattern, with) = (text(1).unwrap_or_default(), text(2).unwrap_or_default());
                self.pay(first.len())?;
                replace_pattern(&first, &pattern, &with, true).map_or(Value::Gap, |text| Value::text(&text))
            }
            ("regex", "split") => {
                self.pay(first.len())?;
                match Pattern::new(&text(1).unwrap_or_default(), true) {
                    Some(pattern) => Value::list(pattern.split(&first, LIST).iter().map(|text| Value::text(text)).collect()),
                    None => Value::Gap,
                }
            }
            // `[regex]::Matches($x, '.', 'RightToLeft')` turns text round.
            ("regex", "matches") if matches!(text(1).as_deref(), Some("." | "(.)" | "[\\s\\S]")) => {
                let right = text(2).is_some_and(|option| option.to_ascii_lowercase().contains("righttoleft"));
                let chars = first.chars().map(|c| Value::text(&c.to_string()));
                Value::list(if right { chars.rev().collect() } else { chars.collect() })
            }
            ("text.encoding", "getencoding") => Encoding::of(&first).map_or(Value::Gap, |e| Value::Object(Object::Encoding(e))),
            ("scriptblock" | "management.automation.scriptblock", "create") => match super::syntax::parse(&first) {
                statements if !first.contains(GAP) || !statements.is_empty() => {
                    self.decoder.reveal(&first);
                    self.judge_script(&first);
                    Value::Block(Rc::new(super::syntax::Block { parameters: Vec::new(), statements }))
                }
                _ => Value::Gap,
            },
            ("net.webrequest" | "net.httpwebrequest", "create" | "createhttp" | "createdefault") => Value::Object(Object::Request(first.into())),
            ("io.file" | "file", "writeallbytes" | "writealltext" | "writealllines" | "appendalltext" | "create" | "openwrite") => {
                let content = arguments.get(1).map(Value::to_text).unwrap_or_default();
                self.write_file(&first, &content);
                Value::Null
            }
            ("io.file" | "file", "copy" | "move") => {
                let to = text(1).unwrap_or_default();
                self.decoder.written(&to);
                Value::Null
            }
            ("io.file" | "file", "delete") => {
                self.decoder.step(ActionKind::Delete, &first);
                Value::Null
            }
            ("io.path" | "path", "combine") => Value::text(&join(arguments.iter().map(|a| a.to_text().trim_end_matches('\\').to_owned()), "\\")),
            ("io.path" | "path", "gettemppath") => Value::text("%TEMP%\\"),
            ("io.path" | "path", "gettempfilename" | "getrandomfilename") => Value::text("%TEMP%\\…"),
            ("environment", "getfolderpath") => Value::text(&folder(&first)),
            ("environment", "expandenvironmentvariables") => Value::text(&self.decoder.here.environment.expand(&first, '%')),
            ("environment", "getenvironmentvariable") => self.variable(&format!("env:{}", first.to_lowercase())),
            ("environment", "setenvironmentvariable") => Value::Null,
            ("reflection.assembly" | "appdomain", "load" | "loadfile" | "loadfrom" | "unsafeloadfrom") => {
                let origin = match arguments.first() {
                    Some(Value::Object(Object::Fetched(url))) => url.as_ref().to_owned(),
                    Some(Value::Text(text)) => text.as_ref().to_owned(),
                    _ => "Assembly".to_owned(),
                };
                // A library of Windows by its name is no foreign code.
                if !(matches!(arguments.first(), Some(Value::Text(_))) && origin.to_ascii_lowercase().starts_with("system")) {
                    self.decoder.step(ActionKind::Inject, format!("Assembly.{name}({origin})"));
                }
                Value::Object(Object::Other("assembly".into()))
            }
            ("runtime.interopservices.marshal", "copy" | "getdelegateforfunctionpointer" | "writebyte" | "writeint32") => {
                self.decoder.step(ActionKind::Inject, format!("Marshal.{name}"));
                Value::Gap
            }
            ("activator", "createinstance") => match arguments.first() {
                Some(Value::Type(kind)) => {
                    let kind = Rc::clone(kind);
                    return self.make(&kind, &[]);
                }
                Some(other) => other.clone(),
                None => Value::Gap,
            },
            ("type", "gettypefromprogid") => Value::Object(Object::Com(first.to_lowercase().into())),
            ("type", "gettype") | ("type", "gettypefromclsid") => Value::Type(first.to_lowercase().into()),
            ("math", "abs") => arguments.first().and_then(Value::to_int).map_or(Value::Gap, |n| Value::Int(n.saturating_abs())),
            ("string", _) => text_call(&Value::text(&first), name, arguments.get(1..).unwrap_or_default()),
            _ if matches!(name, "virtualalloc" | "virtualallocex" | "createthread" | "createremotethread" | "virtualprotect" | "writeprocessmemory" | "rtlmovememory" | "queueuserapc" | "ntcreatethreadex" | "loadlibrary") => {
                self.decoder.step(ActionKind::Inject, name);
                Value::Gap
            }
            _ if name == "getstring" || name == "getbytes" => match Encoding::of(kind) {
                Some(encoding) => return self.call_member(&Value::Object(Object::Encoding(encoding)), name, arguments),
                None => Value::Gap,
            },
            _ => Value::Gap,
        };
        Ok(value)
    }

    /// `New-Object type(arguments)`, `[type]::new(arguments)`.
    pub(super) fn make(&mut self, kind: &str, arguments: &[Value]) -> Result<Value> {
        let kind = kind.to_lowercase();
        let kind = kind.strip_prefix("system.").unwrap_or(&kind);
        let first = arguments.first();
        Ok(match kind {
            "net.webclient" | "net.http.httpclient" => Value::Object(Object::WebClient),
            "io.memorystream" => {
                let bytes = first.and_then(Value::to_bytes);
                match (bytes, arguments.is_empty()) {
                    (Some(bytes), _) => Value::Object(Object::Stream(Rc::new(bytes))),
                    (None, true) => Value::Object(Object::Stream(Rc::default())),
                    (None, false) => first.cloned().unwrap_or(Value::Gap),
                }
            }
            "io.compression.deflatestream" | "io.compression.gzipstream" => match first {
                Some(Value::Object(Object::Stream(bytes))) => {
                    let inflated = self.inflate(bytes, kind.ends_with("gzipstream"))?;
                    Value::Object(Object::Stream(Rc::new(inflated)))
                }
                other => other.cloned().unwrap_or(Value::Gap),
            },
            "io.streamreader" => match (first, arguments.get(1)) {
                (Some(Value::Object(Object::Stream(bytes))), Some(Value::Object(Object::Encoding(encoding)))) => {
                    Value::Object(Object::Stream(Rc::new(encoding.decode(bytes).into_bytes())))
                }
                (other, _) => other.cloned().unwrap_or(Value::Gap),
            },
            "io.bufferedstream" => first.cloned().unwrap_or(Value::Gap),
            "string" => match first {
                Some(Value::Char(c)) => {
                    let n = arguments.get(1).and_then(Value::to_int).and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
                    Value::text(&c.to_string().repeat(n.min(LAYER / 4)))
                }
                Some(other) => Value::text(&join(other.items().iter().map(Value::to_text), "")),
                None => Value::text(""),
            },
            "byte[]" | "object[]" | "char[]" | "int[]" => {
                let n = first.and_then(Value::to_int).and_then(|n| usize::try_from(n).ok()).unwrap_or(0).min(LIST);
                if kind == "byte[]" { Value::bytes(vec![0; n]) } else { Value::list(vec![Value::Null; n]) }
            }
            "text.utf8encoding" | "text.asciiencoding" | "text.unicodeencoding" => {
                Encoding::of(kind).map_or(Value::Gap, |e| Value::Object(Object::Encoding(e)))
            }
            "uri" => Value::text(&first.map(Value::to_text).unwrap_or_default()),
            other => Value::Object(Object::Other(other.into())),
        })
    }

    /// Unpacks, at most as much as a layer may hold; damage keeps what came before.
    fn inflate(&mut self, bytes: &[u8], gzip: bool) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let body = if gzip { gzip_body(bytes) } else { bytes };
        let limit = LAYER.saturating_mul(2) as u64;
        let _ = flate2::read::DeflateDecoder::new(body).take(limit).read_to_end(&mut out);
        self.decoder.budget.expand(out.len() as u64)?;
        self.pay(out.len() / 4)?;
        Ok(out)
    }

    pub(super) fn write_file(&mut self, file: &str, content: &str) {
        self.decoder.written(file);
        let name = crate::languages::commands::file_name(file);
        if content.len() <= LAYER && self.decoder.files.len() < 64 {
            self.decoder.files.insert(name, content.to_owned());
        }
    }
}

/// Behind the header of a gzip member (RFC 1952, 2.3).
fn gzip_body(bytes: &[u8]) -> &[u8] {
    let flags = bytes.get(3).copied().unwrap_or(0);
    let mut at = 10_usize;
    if flags & 4 != 0 {
        let length = bytes.get(at..).and_then(|rest| rest.first_chunk::<2>()).map_or(0, |n| u16::from_le_bytes(*n));
        at = at.saturating_add(2).saturating_add(usize::from(length));
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let rest = bytes.get(at..).unwrap_or_default();
            at = at.saturating_add(rest.iter().position(|byte| *byte == 0).unwrap_or(0)).saturating_add(1);
        }
    }
    if flags & 2 != 0 {
        at = at.saturating_add(2);
    }
    bytes.get(at..).unwrap_or_default()
}

/// Text in UTF-8, or in UTF-16 if every second byte says so.
fn guessed(bytes: &[u8]) -> String {
    let zeros = bytes.iter().skip(1).step_by(2).filter(|byte| **byte == 0).count();
    if bytes.len() >= 4 && zeros.saturating_mul(4) > bytes.len() { super::utf_16(bytes) } else { Encoding::Utf8.decode(bytes) }
}

fn is_amsi(text: &str) -> bool {
    let text = text.to_lowercase();
    ["amsi", "etwprovider", "psetwlogprovider", "cachedgrouppolicysettings"].iter().any(|word| text.contains(word))
}

/// Places of `Environment.SpecialFolder`.
fn folder(name: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "applicationdata" | "26" => "%APPDATA%".into(),
        "localapplicationdata" | "28" => "%LOCALAPPDATA%".into(),
        "commonapplicationdata" | "35" => "C:\\ProgramData".into(),
        "startup" | "7" => "%APPDATA%\\Microsoft\\Windows\\Start Menu\\Programs\\Startup".into(),
        "desktop" | "desktopdirectory" | "0" | "16" => "%USERPROFILE%\\Desktop".into(),
        "system" | "37" => "C:\\WINDOWS\\system32".into(),
        "windows" | "36" => "C:\\WINDOWS".into(),
        "userprofile" | "40" => "%USERPROFILE%".into(),
        _ => GAP.into(),
    }
}

/// Members of text.
fn text_call(value: &Value, name: &str, arguments: &[Value]) -> Value {
    let own = value.to_text();
    let text = |n: usize| arguments.get(n).map(Value::to_text).unwrap_or_default();
    let number = |n: usize| arguments.get(n).and_then(Value::to_int).and_then(|n| usize::try_from(n).ok());
    if matches!(value, Value::Gap) {
        return Value::Gap;
    }
    let chars = || own.chars();
    match name {
        "replace" => {
            let (old, new) = (text(0), text(1));
            if old.is_empty() { Value::text(&own) } else { Value::text(&join(own.split(&old).map(str::to_owned), &new)) }
        }
        "substring" => match (number(0), arguments.len()) {
            (Some(from), 1) => Value::text(&chars().skip(from).collect::<String>()),
            (Some(from), _) => Value::text(&chars().skip(from).take(number(1).unwrap_or(0)).collect::<String>()),
            _ => Value::Gap,
        },
        "remove" => match number(0) {
            Some(from) => {
                let kept = number(1).map_or(usize::MAX, |n| from.saturating_add(n));
                Value::text(&chars().enumerate().filter(|(n, _)| *n < from || *n >= kept).map(|(_, c)| c).collect::<String>())
            }
            None => Value::Gap,
        },
        "insert" => match number(0) {
            Some(at) => Value::text(&chars().take(at).chain(text(1).chars()).chain(chars().skip(at)).collect::<String>()),
            None => Value::Gap,
        },
        "split" => {
            let separators = match arguments.first() {
                Some(Value::List(values)) => values.iter().map(Value::to_text).collect::<Vec<_>>(),
                Some(Value::Char(c)) => vec![c.to_string()],
                // .NET Framework takes every character of the text for a separator.
                Some(other) => other.to_text().chars().map(|c| c.to_string()).collect(),
                None => vec![" ".to_owned()],
            };
            let drops = arguments.get(1).is_some_and(|option| option.to_int() == Some(1) || option.to_text().to_lowercase().contains("removeempty"));
            let single: Option<Vec<char>> = separators.iter().map(|s| { let mut c = s.chars(); c.next().filter(|_| c.next().is_none()) }).collect();
            let parts: Vec<String> = match single {
                Some(separators) => own.split(separators.as_slice()).map(str::to_owned).collect(),
                None => own.split(separators.first().map(String::as_str).unwrap_or_default()).map(str::to_owned).collect(),
            };
            Value::list(parts.iter().filter(|part| !drops || !part.is_empty()).take(LIST).map(|part| Value::text(part)).collect())
        }
        "tochararray" => Value::list(chars().map(Value::Char).collect()),
        "tolower" | "tolowerinvariant" => Value::text(&own.to_lowercase()),
        "toupper" | "toupperinvariant" => Value::text(&own.to_uppercase()),
        "trim" | "trimstart" | "trimend" => {
            let set: Vec<char> = match arguments.first() {
                Some(set) => set.items().iter().map(Value::to_text).collect::<String>().chars().collect(),
                None => vec![' ', '\t', '\r', '\n'],
            };
            let set = set.as_slice();
            Value::text(match name {
                "trim" => own.trim_matches(set),
                "trimstart" => own.trim_start_matches(set),
                _ => own.trim_end_matches(set),
            })
        }
        "tostring" => match (value, arguments.first()) {
            (Value::Int(n), Some(shape)) if shape.to_text().to_lowercase().starts_with('x') => Value::text(&format(&format!("{{0:{}}}", shape.to_text()), &[Value::Int(*n)])),
            _ => Value::text(&own),
        },
        "normalize" | "clone" | "trimnull" => Value::text(&own),
        "padleft" | "padright" => {
            let pad = number(0).unwrap_or(0).min(LAYER / 4).saturating_sub(chars().count());
            let with = text(1).chars().next().unwrap_or(' ');
            let pad: String = std::iter::repeat_n(with, pad).collect();
            Value::text(&if name == "padleft" { format!("{pad}{own}") } else { format!("{own}{pad}") })
        }
        "indexof" | "lastindexof" => {
            let wanted = text(0);
            let found = if name == "indexof" { own.find(&wanted) } else { own.rfind(&wanted) };
            let count = found.and_then(|at| own.get(..at)).map(|before| before.chars().count());
            Value::Int(count.and_then(|n| i64::try_from(n).ok()).unwrap_or(-1))
        }
        "contains" => Value::Bool(own.contains(&text(0))),
        "startswith" => Value::Bool(own.starts_with(&text(0))),
        "endswith" => Value::Bool(own.ends_with(&text(0))),
        "equals" => Value::Bool(own == text(0)),
        "chars" | "get_chars" => number(0).and_then(|n| chars().nth(n)).map_or(Value::Gap, Value::Char),
        "get_length" => Value::Int(i64::try_from(chars().count()).unwrap_or(0)),
        "invoke" => Value::Gap,
        _ => Value::Gap,
    }
}
