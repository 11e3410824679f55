//! Members of objects and of types: text, arrays, encodings, streams, and what fetches, loads and starts.

use std::io::Read;
use std::rc::Rc;

use super::run::Runner;
use super::text::text_call;
use super::value::{Encoding, LIST, Object, Value};
use crate::error::Result;
use crate::languages::ActionKind;
use crate::languages::commands::{GAP, LAYER, Reader};

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
            (Value::Text(text), _)
                if text.is_empty() && matches!(lower.as_str(), "insert" | "normalize" | "chars" | "substring") =>
            {
                Value::text(match lower.as_str() {
                    "insert" => "string Insert(int startIndex, string value)",
                    "normalize" => {
                        "string Normalize(), string Normalize(System.Text.NormalizationForm normalizationForm)"
                    }
                    "substring" => "string Substring(int startIndex), string Substring(int startIndex, int length)",
                    _ => "char Chars(int index) {get;}",
                })
            }
            (Value::Object(object), _) => Value::Object(object.clone()),
            (Value::List(values), _) if !values.is_empty() => {
                let values: Vec<Value> = values
                    .iter()
                    .take(LIST)
                    .map(|value| match value {
                        Value::Hash(entries) => entries.get(&lower).cloned().unwrap_or(Value::Null),
                        Value::Object(Object::Named(name, _)) if lower == "name" => Value::Text(Rc::clone(name)),
                        _ => Value::Gap,
                    })
                    .collect();
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
            self.decoder.layer(Reader::Program, &text);
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
                Value::Text(text) if text.is_ascii() => {
                    text.as_bytes().get(at).map_or(Value::Null, |b| Value::Char(char::from(*b)))
                }
                Value::Text(text) => text.chars().nth(at).map_or(Value::Null, Value::Char),
                Value::List(values) => values.get(at).cloned().unwrap_or(Value::Null),
                Value::Bytes(bytes) => bytes.get(at).map_or(Value::Null, |byte| Value::Int(i64::from(*byte))),
                other if at == 0 => other.clone(),
                _ => Value::Null,
            }
        };
        match index {
            Value::List(indexes) => {
                Value::list(indexes.iter().take(LIST).map(|index| index.to_int().map_or(Value::Gap, pick)).collect())
            }
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
                "getstring" => arguments
                    .first()
                    .and_then(Value::to_bytes)
                    .map_or(Value::Gap, |bytes| Value::text(&encoding.decode(&bytes))),
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
            Value::Object(Object::Other(kind))
                if kind.contains("executioncontext") && matches!(name, "invokescript" | "newscriptblock") =>
            {
                match arguments.first() {
                    Some(text) => Value::from_output(self.run_text(text)?),
                    None => Value::Gap,
                }
            }
            Value::Object(Object::Other(kind)) if kind.contains("executioncontext") => {
                // `GetCmdlet("Invoke-Expression")`, `ExpandString(…)`
                match (name, arguments.first()) {
                    ("expandstring", Some(text)) => text.clone(),
                    (_, Some(text)) => Value::Object(Object::Command(super::names::known(&text.to_text()).into())),
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
            (
                Value::Object(Object::WebClient) | Value::Gap,
                "downloadstring"
                | "downloaddata"
                | "downloadstringasync"
                | "downloadstringtaskasync"
                | "downloaddataasync"
                | "openread"
                | "getstringasync"
                | "getbytearrayasync"
                | "getasync",
            ) => {
                self.decoder.step(ActionKind::Fetch, &first);
                fetched(&first)
            }
            (
                Value::Object(Object::WebClient) | Value::Gap | Value::Object(Object::Other(_)),
                "downloadfile" | "downloadfileasync" | "downloadfiletaskasync",
            ) => {
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
                self.decoder.layer(Reader::Program, &first);
                Ok(Some(Value::Gap))
            }
            (Value::Object(Object::Com(_)), "shellexecute") => {
                let line = format!("{first} {}", text(1).unwrap_or_default());
                self.decoder.layer(Reader::Program, line.trim());
                Ok(Some(Value::Gap))
            }
            (Value::Object(Object::Com(_)), "createshortcut") => {
                Ok(Some(Value::Object(Object::Com("shortcut".into()))))
            }
            (Value::Object(Object::Com(_)), "regwrite") => {
                if crate::languages::places::starts_from_registry(&first) {
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
                self.decoder.layer(Reader::Program, line.trim());
                Ok(Some(Value::Gap))
            }
            _ => Ok(None),
        }
    }

    /// Unpacks, at most as much as a layer may hold; damage keeps what came before.
    pub(super) fn inflate(&mut self, bytes: &[u8], gzip: bool) -> Result<Vec<u8>> {
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
        self.decoder.files.replace(file, content);
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
    if bytes.len() >= 4 && zeros.saturating_mul(4) > bytes.len() {
        super::utf_16(bytes)
    } else {
        Encoding::Utf8.decode(bytes)
    }
}

fn is_amsi(text: &str) -> bool {
    let text = text.to_lowercase();
    ["amsi", "etwprovider", "psetwlogprovider", "cachedgrouppolicysettings"].iter().any(|word| text.contains(word))
}
