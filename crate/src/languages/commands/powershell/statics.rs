//! Members of types: conversions, files, and objects that are made.

use std::rc::Rc;

use super::operators::format;
use super::run::Runner;
use super::text::text_call;
use super::value::{Encoding, LIST, Object, Value, join};
use crate::error::Result;
use crate::languages::ActionKind;
use crate::languages::commands::{GAP, LAYER};

impl Runner<'_, '_> {
    pub(super) fn static_call(&mut self, kind: &str, name: &str, arguments: &[Value]) -> Result<Value> {
        let kind = kind.strip_prefix("system.").unwrap_or(kind);
        let text = |n: usize| arguments.get(n).map(Value::to_text);
        let first = text(0).unwrap_or_default();
        if name == "new" {
            return self.make(kind, arguments);
        }
        let value = match (kind, name) {
            ("convert", "frombase64string") => {
                super::base64(&first).filter(|_| !first.contains(GAP)).map_or(Value::Gap, Value::bytes)
            }
            ("convert", "tobase64string") => Value::Gap,
            ("convert", "toint32" | "toint16" | "tobyte" | "toint64" | "touint32") => {
                let radix = arguments
                    .get(1)
                    .and_then(Value::to_int)
                    .and_then(|n| u32::try_from(n).ok())
                    .filter(|n| matches!(n, 2 | 8 | 10 | 16));
                let digits = first.trim().trim_start_matches("0x");
                match radix {
                    Some(radix) => i64::from_str_radix(digits, radix).map_or(Value::Gap, Value::Int),
                    None => arguments.first().and_then(Value::to_int).map_or(Value::Gap, Value::Int),
                }
            }
            ("convert", "tochar") => return self.cast("char", arguments.first().cloned().unwrap_or(Value::Null)),
            ("convert", "tostring") => Value::text(&first),
            ("char", "convertfromutf32") => arguments
                .first()
                .and_then(Value::to_int)
                .and_then(|n| u32::try_from(n).ok())
                .and_then(char::from_u32)
                .map_or(Value::Gap, Value::Char),
            ("char", "tostring") => Value::text(&first),
            ("string", "join") => {
                let items: Vec<Value> = match arguments.get(1..) {
                    Some([one]) => one.items(),
                    Some(more) => more.to_vec(),
                    None => Vec::new(),
                };
                Value::text(&join(items.iter().map(Value::to_text), &first))
            }
            ("string", "concat") => {
                Value::text(&join(arguments.iter().flat_map(Value::items).map(|v| v.to_text()), ""))
            }
            ("string", "format") => {
                let values: Vec<Value> = match arguments.get(1..) {
                    Some([Value::List(values)]) => values.as_ref().clone(),
                    Some(more) => more.to_vec(),
                    None => Vec::new(),
                };
                Value::text(&format(&first, &values))
            }
            ("string", "copy") | ("regex", "escape") | ("uri", "unescapedatastring") | ("string", "intern") => {
                Value::text(&first)
            }
            ("regex", "unescape") => Value::text(&first.replace('\\', "")),
            ("array", "reverse") => {
                let mut values = arguments.first().map(Value::items).unwrap_or_default();
                values.reverse();
                Value::list(values)
            }
            ("regex", "replace") => {
                let (pattern, with) = (text(1).unwrap_or_default(), text(2).unwrap_or_default());
                self.replace(&first, &pattern, &with, true)?
            }
            ("regex", "split") => {
                let parts = self.parts(&first, &text(1).unwrap_or_default(), LIST, true)?;
                parts.map_or(Value::Gap, Value::list)
            }
            // `[regex]::Matches($x, '.', 'RightToLeft')` turns text round.
            ("regex", "matches") => {
                let right = text(2).is_some_and(|option| option.to_ascii_lowercase().contains("righttoleft"));
                let Some(mut found) = self.found(&first, &text(1).unwrap_or_default())? else {
                    return Ok(Value::Gap);
                };
                if right {
                    found.reverse();
                }
                Value::list(found)
            }
            ("text.encoding", "getencoding") => {
                Encoding::of(&first).map_or(Value::Gap, |e| Value::Object(Object::Encoding(e)))
            }
            ("scriptblock" | "management.automation.scriptblock", "create") => match super::syntax::parse(&first) {
                statements if !first.contains(GAP) || !statements.is_empty() => {
                    self.decoder.reveal(&first);
                    self.judge_script(&first);
                    Value::Block(Rc::new(super::syntax::Block { parameters: Vec::new(), statements }))
                }
                _ => Value::Gap,
            },
            ("net.webrequest" | "net.httpwebrequest", "create" | "createhttp" | "createdefault") => {
                Value::Object(Object::Request(first.into()))
            }
            (
                "io.file" | "file",
                "writeallbytes" | "writealltext" | "writealllines" | "appendalltext" | "create" | "openwrite",
            ) => {
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
            ("io.path" | "path", "combine") => {
                Value::text(&join(arguments.iter().map(|a| a.to_text().trim_end_matches('\\').to_owned()), "\\"))
            }
            ("io.path" | "path", "gettemppath") => Value::text("%TEMP%\\"),
            ("io.path" | "path", "gettempfilename" | "getrandomfilename") => Value::text("%TEMP%\\…"),
            ("environment", "getfolderpath") => Value::text(&folder(&first)),
            ("environment", "expandenvironmentvariables") => {
                Value::text(&self.decoder.here.environment.expand(&first, '%'))
            }
            ("environment", "getenvironmentvariable") => self.variable(&format!("env:{}", first.to_lowercase())),
            ("environment", "setenvironmentvariable") => Value::Null,
            ("reflection.assembly" | "appdomain", "load" | "loadfile" | "loadfrom" | "unsafeloadfrom") => {
                let origin = match arguments.first() {
                    Some(Value::Object(Object::Fetched(url))) => url.as_ref().to_owned(),
                    Some(Value::Text(text)) => text.as_ref().to_owned(),
                    _ => "Assembly".to_owned(),
                };
                // A library of Windows by its name is no foreign code.
                if !(matches!(arguments.first(), Some(Value::Text(_)))
                    && origin.to_ascii_lowercase().starts_with("system"))
                {
                    self.decoder.step(ActionKind::Inject, format!("Assembly.{name}({origin})"));
                }
                Value::Object(Object::Other("assembly".into()))
            }
            (
                "runtime.interopservices.marshal",
                "copy" | "getdelegateforfunctionpointer" | "writebyte" | "writeint32",
            ) => {
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
            ("math", "abs") => {
                arguments.first().and_then(Value::to_int).map_or(Value::Gap, |n| Value::Int(n.saturating_abs()))
            }
            ("string", _) => text_call(&Value::text(&first), name, arguments.get(1..).unwrap_or_default()),
            _ if matches!(
                name,
                "virtualalloc"
                    | "virtualallocex"
                    | "createthread"
                    | "createremotethread"
                    | "virtualprotect"
                    | "writeprocessmemory"
                    | "rtlmovememory"
                    | "queueuserapc"
                    | "ntcreatethreadex"
                    | "loadlibrary"
            ) =>
            {
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
