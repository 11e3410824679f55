//! Values of a script, as far as they are known.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::syntax::Block;
use crate::languages::commands::{GAP, LAYER, cut};

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Not known.
    Gap,
    Null,
    Bool(bool),
    Int(i64),
    Char(char),
    Text(Rc<str>),
    Bytes(Rc<Vec<u8>>),
    List(Rc<Vec<Value>>),
    Hash(Rc<BTreeMap<String, Value>>),
    Block(Rc<Block>),
    Type(Rc<str>),
    Object(Object),
}

/// Objects that matter.
#[derive(Clone, Debug)]
pub(super) enum Object {
    WebClient,
    /// A request that was made for an address.
    Request(Rc<str>),
    /// What an address gave.
    Fetched(Rc<str>),
    /// Bytes that are read one after the other.
    Stream(Rc<Vec<u8>>),
    Encoding(Encoding),
    /// `WScript.Shell`, `Shell.Application`, `WScript.Network` …, by lower-case name.
    Com(Rc<str>),
    /// A command, by its name.
    Command(Rc<str>),
    /// A named value, as `Get-Variable` gives it.
    Named(Rc<str>, Rc<Value>),
    /// Anything else, by its type.
    Other(Rc<str>),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Encoding {
    Single,
    Utf8,
    Utf16,
    Utf16Be,
}

/// Most values in a list.
pub(super) const LIST: usize = 1 << 16;

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(cut(text, LAYER).into())
    }

    pub(super) fn list(values: Vec<Self>) -> Self {
        Self::List(Rc::new(values))
    }

    pub(super) fn bytes(bytes: Vec<u8>) -> Self {
        Self::Bytes(Rc::new(bytes))
    }

    /// What a pipeline gives: nothing, the one value, or all.
    pub(super) fn from_output(mut values: Vec<Self>) -> Self {
        match values.len() {
            0 => Self::Null,
            1 => values.pop().unwrap_or(Self::Null),
            _ => Self::list(values),
        }
    }

    /// As text; `…` for what is not known.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Gap | Self::Block(_) => GAP.into(),
            Self::Null => String::new(),
            Self::Bool(value) => if *value { "True" } else { "False" }.into(),
            Self::Int(value) => value.to_string(),
            Self::Char(c) => c.to_string(),
            Self::Text(text) => text.as_ref().to_owned(),
            Self::Bytes(bytes) => join(bytes.iter().map(u8::to_string), " "),
            Self::List(values) => join(values.iter().map(Self::to_text), " "),
            Self::Hash(_) => "System.Collections.Hashtable".into(),
            Self::Type(name) => name.as_ref().to_owned(),
            Self::Object(Object::Command(name)) => name.as_ref().to_owned(),
            Self::Object(Object::Fetched(_) | Object::Request(_)) => GAP.into(),
            Self::Object(_) => GAP.into(),
        }
    }

    pub(super) fn to_int(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Char(c) => Some(i64::from(u32::from(*c))),
            Self::Bool(value) => Some(i64::from(*value)),
            Self::Null => Some(0),
            Self::Text(text) => parse_int(text),
            _ => None,
        }
    }

    /// Whether it counts as true, if that is known.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Gap | Self::Object(Object::Fetched(_)) => None,
            Self::Null => Some(false),
            Self::Bool(value) => Some(*value),
            Self::Int(value) => Some(*value != 0),
            Self::Text(text) if text.contains(GAP) => None,
            Self::Text(text) => Some(!text.is_empty()),
            Self::List(values) => Some(!values.is_empty()),
            Self::Bytes(bytes) => Some(!bytes.is_empty()),
            _ => Some(true),
        }
    }

    /// The values of a list; of anything else, itself.
    pub(super) fn items(&self) -> Vec<Self> {
        match self {
            Self::List(values) => values.as_ref().clone(),
            Self::Bytes(bytes) => bytes.iter().map(|byte| Self::Int(i64::from(*byte))).collect(),
            Self::Null => Vec::new(),
            other => vec![other.clone()],
        }
    }

    /// As bytes: an array of numbers, or what stands for one.
    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) | Self::Object(Object::Stream(bytes)) => Some(bytes.as_ref().clone()),
            Self::List(values) if values.len() == 1 => values.first()?.to_bytes(),
            Self::List(values) => values.iter().map(|value| u8::try_from(value.to_int()? & 0xFF).ok()).collect(),
            Self::Int(value) => Some(vec![u8::try_from(*value).ok()?]),
            _ => None,
        }
    }

    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Self::Text(text) if text.contains(GAP) => None,
            Self::Text(text) => Some(text.chars().count()),
            Self::List(values) => Some(values.len()),
            Self::Bytes(bytes) => Some(bytes.len()),
            Self::Null => Some(0),
            Self::Hash(entries) => Some(entries.len()),
            Self::Int(_) | Self::Char(_) | Self::Bool(_) => Some(1),
            _ => None,
        }
    }
}

/// A number as the language reads it from text.
pub(super) fn parse_int(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None if text.is_empty() => Some(0),
        None => text.parse().ok(),
    }
}

/// Joins, but no longer than a layer may be.
pub(super) fn join(texts: impl Iterator<Item = String>, separator: &str) -> String {
    let mut out = String::new();
    for (n, text) in texts.enumerate() {
        if n > 0 {
            out.push_str(separator);
        }
        out.push_str(&text);
        if out.len() > LAYER {
            return cut(&out, LAYER).to_owned();
        }
    }
    out
}

impl Encoding {
    /// The encoding that a property or a name means.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        Some(match name.rsplit(['.', ':']).next().unwrap_or_default().trim_end_matches("encoding") {
            "utf8" | "utf-8" | "utf7" | "65001" => Self::Utf8,
            "unicode" | "utf-16" | "utf-16le" | "utf16" | "1200" => Self::Utf16,
            "bigendianunicode" | "utf-16be" | "1201" => Self::Utf16Be,
            "ascii" | "default" | "us-ascii" | "latin1" | "iso-8859-1" | "1252" | "28591" | "20127" | "437" => {
                Self::Single
            }
            _ => return None,
        })
    }

    pub(super) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Single => bytes.iter().map(|byte| char::from(*byte)).collect(),
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Self::Utf16 => super::utf_16(bytes),
            Self::Utf16Be => {
                let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
                String::from_utf16_lossy(&units)
            }
        }
    }

    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Single => text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }
}
