//! The engine's face in the browser: the only file that knows JavaScript.
//!
//! Runs in a worker, because [`FileReaderSync`] exists only there. The dropped `File` is read in slices, so a file of
//! 2 GB never sits in memory.

#![allow(unsafe_code, reason = "wasm-bindgen's generated glue")]
#![allow(unreachable_pub, reason = "JavaScript reaches what no Rust path does")]

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};

use js_sys::{Date, Function, Object, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use web_sys::{File, FileReaderSync};

use crate::{Hint, Options, Progress, RULES, SCHEMA};

/// Milliseconds between two progress messages.
const PAUSE: f64 = 100.0;

/// A dropped file as `Read + Seek`.
struct Slices {
    file: File,
    reader: FileReaderSync,
    size: u64,
    position: u64,
}

/// What JavaScript threw, as text.
fn thrown(error: &JsValue) -> String {
    let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    name.or_else(|| error.as_string()).unwrap_or_else(|| "error".into())
}

impl Read for Slices {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let left = self.size.saturating_sub(self.position);
        let wanted = u64::try_from(buf.len()).unwrap_or(u64::MAX).min(left);
        if wanted == 0 {
            return Ok(0);
        }
        let failed = |error: JsValue| io::Error::other(thrown(&error));
        let end = self.position.saturating_add(wanted);
        // A File is never larger than 2^53 bytes, so both numbers are exact.
        let blob = self.file.slice_with_f64_and_f64(self.position as f64, end as f64).map_err(failed)?;
        let bytes = Uint8Array::new(&self.reader.read_as_array_buffer(&blob).map_err(failed)?.into());
        let read = usize::try_from(bytes.length()).unwrap_or_default();
        let into = buf.get_mut(..read).ok_or(io::ErrorKind::InvalidData)?;
        bytes.copy_to(into);
        self.position = self.position.saturating_add(read as u64);
        Ok(read)
    }
}

impl Seek for Slices {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[derive(Serialize)]
struct Step<'a> {
    artifact: u32,
    found: u32,
    name: &'a str,
    expanded: u64,
}

/// Looks into a file; see `Report` for the result.
///
/// # Errors
///
/// When the file cannot be read at all, or the options are not
/// `{ passwords?: string[], hints?: { name?: string, text?: string, bytes?: Uint8Array }[] }`.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen passes objects by value")]
pub fn inspect(file: File, options: JsValue, progress: Function) -> Result<JsValue, JsValue> {
    let size = file.size();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a File's size is a whole number")]
    let size = size as u64;
    let name = file.name();
    let source = Slices { file, reader: FileReaderSync::new()?, size, position: 0 };
    let told = Cell::new(f64::NEG_INFINITY);
    let tell = move |step: &Progress<'_>| {
        let now = Date::now();
        if now - told.get() >= PAUSE {
            told.set(now);
            let step = Step { artifact: step.artifact, found: step.found, name: step.name, expanded: step.expanded };
            if let Ok(step) = serialize(&step) {
                // A listener that throws must not cost the verdict.
                drop(progress.call1(&JsValue::NULL, &step));
            }
        }
    };
    let report = crate::inspect(source, &name, &read_options(&options)?, tell).map_err(|error| error.to_string())?;
    serialize(&report)
}

fn serialize(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(JsValue::from)
}

fn read_options(options: &JsValue) -> Result<Options, JsValue> {
    if options.is_undefined() || options.is_null() {
        return Ok(Options::default());
    }
    let list = Reflect::get(options, &"passwords".into())?;
    let passwords = if list.is_undefined() { Vec::new() } else { serde_wasm_bindgen::from_value(list)? };
    let list = Reflect::get(options, &"hints".into())?;
    let mut hints = Vec::new();
    if !list.is_undefined() {
        for hint in js_sys::Array::from(&list).iter() {
            let field = |name: &str| Reflect::get(&hint, &name.into());
            let name = field("name")?.as_string().unwrap_or_default();
            // Bytes where the page has a file, text where a person typed or pasted it.
            let bytes = match field("text")?.as_string() {
                Some(text) => text.into_bytes(),
                None => field("bytes")?.dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec()).unwrap_or_default(),
            };
            hints.push(Hint { name, bytes });
        }
    }
    Ok(Options { passwords, hints, ..Options::default() })
}

/// Version, rules, report schema, and the bytes of memory the engine holds now.
///
/// # Errors
///
/// Never in practice: only if objects cannot be made.
#[wasm_bindgen]
pub fn engine() -> Result<JsValue, JsValue> {
    let object = Object::new();
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let bytes = Reflect::get(&memory.buffer(), &"byteLength".into())?;
    for (key, value) in [
        ("version", JsValue::from(env!("CARGO_PKG_VERSION"))),
        ("rules", JsValue::from(RULES)),
        ("schema", JsValue::from(SCHEMA)),
        ("memory", bytes),
    ] {
        Reflect::set(&object, &key.into(), &value)?;
    }
    Ok(object.into())
}
