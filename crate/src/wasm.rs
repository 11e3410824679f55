//! The engine's face in the browser: the only file that knows JavaScript.
//!
//! Runs in a worker, because files can be read synchronously only there. The dropped file is read in slices, so one of
//! 2 GB never sits in memory.

#![allow(unsafe_code, reason = "wasm-bindgen's generated glue")]
#![allow(unreachable_pub, reason = "JavaScript reaches what no Rust path does")]

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};

use js_sys::{Array, Date, Object, Reflect, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{Hint, Options, Progress, RULES, SCHEMA};

/// Milliseconds between two progress messages.
const PAUSE: f64 = 100.0;

#[wasm_bindgen]
extern "C" {
    /// A dropped file as the worker hands it over: `{ name, size, read(from, to) }`.
    pub type Dropped;
    #[wasm_bindgen(method, getter)]
    fn name(this: &Dropped) -> String;
    #[wasm_bindgen(method, getter)]
    fn size(this: &Dropped) -> f64;
    #[wasm_bindgen(method, catch)]
    fn read(this: &Dropped, from: f64, to: f64) -> Result<Uint8Array, JsValue>;

    /// `{ passwords?: string[], hints?: Came[] }`.
    pub type Given;
    #[wasm_bindgen(method, getter)]
    fn passwords(this: &Given) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn hints(this: &Given) -> JsValue;

    /// What came along: `{ name?: string, text?: string, bytes?: Uint8Array }`.
    type Came;
    #[wasm_bindgen(method, getter)]
    fn name(this: &Came) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn text(this: &Came) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn bytes(this: &Came) -> JsValue;

    /// Who hears of progress: `(artifact, found, name, bytes, size)`, as in [`Progress`].
    pub type Listener;
    #[wasm_bindgen(method, catch, js_name = call)]
    fn tell(
        this: &Listener,
        of: &JsValue,
        artifact: u32,
        found: u32,
        name: &str,
        bytes: f64,
        size: f64,
    ) -> Result<(), JsValue>;
}

/// A dropped file as `Read + Seek`.
struct Slices {
    file: Dropped,
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
        let end = self.position.saturating_add(wanted);
        // A File is never larger than 2^53 bytes, so both numbers are exact.
        let bytes =
            self.file.read(self.position as f64, end as f64).map_err(|error| io::Error::other(thrown(&error)))?;
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

/// Looks into a file; see `Report` for the result, as JSON: the page parses it. Objects made in the worker would be
/// taken apart and put together once more on their way there.
///
/// # Errors
///
/// When the file cannot be read at all, or the options are not
/// `{ passwords?: string[], hints?: { name?: string, text?: string, bytes?: Uint8Array }[] }`.
#[wasm_bindgen]
#[expect(clippy::needless_pass_by_value, reason = "wasm-bindgen passes objects by value")]
pub fn inspect(file: Dropped, options: Given, progress: Listener) -> Result<String, JsValue> {
    let size = file.size();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a File's size is a whole number")]
    let size = size as u64;
    let name = file.name();
    let source = Slices { file, size, position: 0 };
    let told = Cell::new(f64::NEG_INFINITY);
    let tell = move |step: &Progress<'_>| {
        let now = Date::now();
        if now - told.get() >= PAUSE {
            told.set(now);
            let Progress { artifact, found, name, bytes, size } = *step;
            // A listener that throws must not cost the verdict.
            drop(progress.tell(&JsValue::NULL, artifact, found, name, bytes as f64, size as f64));
        }
    };
    let report = crate::inspect(source, &name, &read_options(&options)?, tell).map_err(|error| error.to_string())?;
    serde_json::to_string(&report).map_err(|error| error.to_string().into())
}

/// Fields are asked for by getters: their names would have to be made in JavaScript first, each time.
fn read_options(options: &Given) -> Result<Options, JsValue> {
    if options.is_undefined() || options.is_null() {
        return Ok(Options::default());
    }
    let list = |field: JsValue| {
        if field.is_undefined() { Ok(Vec::new()) } else { field.dyn_into().map(|list: Array| list.to_vec()) }
    };
    let passwords = list(options.passwords())?
        .into_iter()
        .map(|password| password.as_string().ok_or(password))
        .collect::<Result<_, _>>()?;
    let hints = list(options.hints())?
        .into_iter()
        .map(|hint| {
            let came: Came = hint.unchecked_into();
            let name = came.name().as_string().unwrap_or_default();
            // Bytes where the page has a file, text where a person typed or pasted it.
            let bytes = match came.text().as_string() {
                Some(text) => text.into_bytes(),
                None => came.bytes().dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec()).unwrap_or_default(),
            };
            Hint { name, bytes }
        })
        .collect();
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

/// The browser's tables of code pages, for `codecs::encoding`.
pub(crate) mod encodings {
    use std::cell::RefCell;

    use web_sys::{TextDecoder, TextDecoderOptions};

    thread_local! {
        /// Making a decoder costs more than most texts do.
        static DECODERS: RefCell<Vec<((&'static str, bool), TextDecoder)>> = const { RefCell::new(Vec::new()) };
    }

    /// The name of the encoding with this label, in any case.
    pub(crate) fn name(label: &str) -> Option<String> {
        TextDecoder::new_with_label(label).ok().map(|decoder| decoder.encoding())
    }

    /// The text of bytes in the encoding of this name; nothing if it must be strictly right and is not.
    pub(crate) fn decode(name: &'static str, bytes: &[u8], strictly: bool) -> Option<String> {
        let wanted = (name, strictly);
        DECODERS.with_borrow_mut(|decoders| {
            if !decoders.iter().any(|(which, _)| *which == wanted) {
                let options = TextDecoderOptions::new();
                options.set_fatal(strictly);
                decoders.push((wanted, TextDecoder::new_with_label_and_options(name, &options).ok()?));
            }
            let (_, decoder) = decoders.iter().find(|(which, _)| *which == wanted)?;
            decoder.decode_with_u8_array(bytes).ok()
        })
    }
}
