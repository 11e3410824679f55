//! Forms of a project ([MS-OFORMS]): what stands in their controls.
//!
//! Attackers keep the text of a command in a caption, a tag or a tip, where no reader of source sees it. A form is a
//! storage beside `VBA`, with its controls in `f` (names, tags, tips) and `o` (captions, values); frames and pages are
//! storages inside it. Where these make no sense, the readable strings of the streams are kept instead.

use std::collections::{BTreeMap, HashMap};

use super::{Project, read};
use crate::error::Result;
use crate::formats::cfb::Cfb;
use crate::languages::surroundings::{Control, MOST};
use crate::scan::Scan;

/// What a bit of a property mask stands for. Values follow the mask in the order of their bits, each aligned to its
/// size; behind them, in the same order, what has no fixed size (2.1.1).
#[derive(Clone, Copy)]
pub(super) enum Field {
    Nothing,
    Data(u8),
    /// Eight bytes behind the values: a size or a position.
    Pair,
    Text(&'static str),
    /// An array of strings (2.4.2.1).
    List(&'static str),
}

use Field::{Data, List, Nothing, Pair, Text};

/// FormPropMask (2.2.10.2).
#[rustfmt::skip]
const FORM: &[Field] = &[
    Nothing, Data(4), Data(4), Data(4), Nothing, Nothing, Data(4), Data(1), Data(1), Data(1), Pair, Pair, Pair,
    Data(4), Nothing, Data(2), Data(1), Data(1), Data(4), Text("caption"), Data(2), Data(2), Data(4), Data(1),
    Nothing, Data(1), Data(4), Data(4),
];
const FORM_BOOLEANS: usize = 6;
const FORM_MOUSE_ICON: usize = 15;
const FORM_FONT: usize = 20;
const FORM_PICTURE: usize = 21;

/// SitePropMask (2.2.10.12.2).
#[rustfmt::skip]
const SITE: &[Field] = &[
    Text("name"), Text("tag"), Data(4), Data(4), Data(4), Data(4), Data(2), Data(2), Pair, Data(2), Nothing,
    Text("controltiptext"), Text("licence"), Text("controlsource"), Text("rowsource"),
];
const SITE_ID: usize = 2;
const SITE_OBJECT_SIZE: usize = 5;
const SITE_CLASS: usize = 7;

/// MorphDataPropMask (2.2.5.2).
#[rustfmt::skip]
const MORPH: &[Field] = &[
    Data(4), Data(4), Data(4), Data(4), Data(1), Data(1), Data(1), Data(1), Pair, Data(2), Data(4), Data(2),
    Data(2), Data(2), Data(2), Data(2), Data(1), Data(1), Data(1), Nothing, Data(1), Data(1), Text("value"),
    Text("caption"), Data(4), Data(4), Data(4), Data(2), Data(2), Data(2), Nothing, Nothing, Text("groupname"),
];

/// CommandButtonPropMask (2.2.1.2).
const COMMAND_BUTTON: &[Field] = &[Data(4), Data(4), Data(4), Text("caption"), Data(4), Pair];

/// LabelPropMask (2.2.4.2).
#[rustfmt::skip]
const LABEL: &[Field] = &[
    Data(4), Data(4), Data(4), Text("caption"), Data(4), Pair, Data(1), Data(4), Data(2), Data(2), Data(2),
    Data(2), Data(2),
];

/// TabStripPropMask (2.2.9.2).
#[rustfmt::skip]
const TAB_STRIP: &[Field] = &[
    Data(4), Data(4), Data(4), Nothing, Pair, List("caption"), Data(1), Nothing, Data(4), Data(4), Nothing,
    Data(4), Data(4), Nothing, Nothing, List("controltiptext"), Nothing, List("value"), Data(4), Nothing,
    Data(4), List("tag"), Data(4), List("accelerator"), Data(2),
];

/// Classes by their number in a site (2.4.3), and how they are stored; what is not text is left out.
pub(super) const CLASSES: &[(u32, &str, u8, &[Field])] = &[
    (7, "Forms.Form.1", 0, &[]),
    (14, "Forms.Frame.1", 0, &[]),
    (57, "Forms.MultiPage.1", 0, &[]),
    (12, "Forms.Image.1", 0, &[]),
    (16, "Forms.SpinButton.1", 0, &[]),
    (47, "Forms.ScrollBar.1", 0, &[]),
    (15, "", 8, MORPH),
    (17, "Forms.CommandButton.1", 4, COMMAND_BUTTON),
    (18, "Forms.TabStrip.1", 4, TAB_STRIP),
    (21, "Forms.Label.1", 4, LABEL),
    (23, "Forms.TextBox.1", 8, MORPH),
    (24, "Forms.ListBox.1", 8, MORPH),
    (25, "Forms.ComboBox.1", 8, MORPH),
    (26, "Forms.CheckBox.1", 8, MORPH),
    (27, "Forms.OptionButton.1", 8, MORPH),
    (28, "Forms.ToggleButton.1", 8, MORPH),
];

/// Most controls of one form that are read. Honest forms have a few hundred.
const CONTROLS: u32 = 1 << 14;

/// Storages inside storages that are read.
const DEPTH: usize = 8;

/// Reads the forms beside the storage `VBA` of a project.
pub(super) fn controls(scan: &mut Scan, cfb: &Cfb, project: &mut Project, storage: Option<usize>) -> Result<()> {
    let Some(parent) = storage.and_then(|id| cfb.entry(id)).map(|entry| entry.parent) else { return Ok(()) };
    let mut left = MOST;
    let (mut captions, mut placed) = (Vec::new(), Vec::new());
    // Which control a storage inside a storage belongs to: its number is in the name of the storage.
    let mut containers: HashMap<(Option<usize>, u32), usize> = HashMap::new();
    for (id, entry) in cfb.streams() {
        let is_frame = entry.name.eq_ignore_ascii_case("\u{3}VBFrame");
        if !is_frame && !entry.name.eq_ignore_ascii_case("f") {
            continue;
        }
        let Some(form) = form_of(cfb, entry.parent, parent) else { continue };
        let bytes = read(scan, cfb, id, 0)?;
        scan.budget.steps((bytes.len() as u64 >> 2).saturating_add(1))?;
        let found = if is_frame {
            vec![(0, frame(&form, &project.encoding.decode(&bytes)))]
        } else {
            let objects = match cfb.child(entry.parent, "o") {
                Some(objects) => read(scan, cfb, objects, 0)?,
                None => Vec::new(),
            };
            scan.budget.steps(objects.len() as u64 >> 2)?;
            let (caption, found) = form_controls(&form, &bytes, &objects).unwrap_or_else(|| {
                project.irregular.push((cfb.path(id), "FormControl"));
                (None, readable(&form, &bytes, &objects))
            });
            captions.extend(caption.map(|caption| (entry.parent, caption)));
            found
        };
        for (number, control) in found {
            let size = control
                .properties
                .values()
                .fold(control.name.len().saturating_add(64), |sum, value| sum.saturating_add(value.len()));
            let Some(rest) = left.checked_sub(size) else {
                scan.note(&crate::error::Error::Limit(crate::error::LimitKind::ArtifactBytes), Some(&cfb.path(id)));
                return Ok(());
            };
            left = rest;
            containers.insert((entry.parent, number), project.controls.len());
            placed.push((entry.parent, project.controls.len()));
            project.controls.push(control);
        }
    }
    let container = |storage: Option<usize>| {
        let entry = storage.and_then(|id| cfb.entry(id))?;
        let number = entry.name.strip_prefix(['i', 'I']).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        containers.get(&(entry.parent, number)).copied()
    };
    // The caption of a frame or page stands in its own storage.
    for (storage, caption) in captions {
        if let Some(control) = container(storage).and_then(|at| project.controls.get_mut(at)) {
            control.properties.insert("caption", caption);
        }
    }
    for (storage, at) in placed {
        let parent = container(storage).and_then(|at| project.controls.get(at)).map(|parent| parent.name.clone());
        if let Some((control, parent)) = project.controls.get_mut(at).zip(parent) {
            control.parent = parent;
        }
    }
    Ok(())
}

/// Name of the form a storage belongs to: that of the storage that stands directly in `parent`.
fn form_of(cfb: &Cfb, mut storage: Option<usize>, parent: Option<usize>) -> Option<String> {
    for _ in 0..DEPTH {
        let entry = cfb.entry(storage?)?;
        if entry.parent == parent {
            return Some(entry.name.clone());
        }
        storage = entry.parent;
    }
    None
}

/// The stream VBFrame ([MS-OVBA] 2.3.5): properties of the form itself as text.
fn frame(form: &str, text: &str) -> Control {
    let mut control = Control { owner: form.to_owned(), name: form.to_owned(), ..Control::default() };
    "Forms.Form.1".clone_into(&mut control.class);
    for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
        let key = match key.trim().to_ascii_lowercase().as_str() {
            "caption" => "caption",
            "tag" => "tag",
            _ => continue,
        };
        let value = value.trim();
        // A comment with the number in hexadecimal may follow.
        let quoted = value.strip_prefix('"').and_then(|rest| rest.rsplit_once('"')).map_or(value, |(text, _)| text);
        control.properties.insert(key, quoted.replace("\"\"", "\""));
    }
    control
}

/// Controls with their numbers.
type Controls = Vec<(u32, Control)>;

/// What is readable in streams that make no sense.
fn readable(form: &str, sites: &[u8], objects: &[u8]) -> Controls {
    let nameless = |text| {
        let properties = BTreeMap::from([("text", text)]);
        (0, Control { owner: form.to_owned(), properties, ..Control::default() })
    };
    [sites, objects].into_iter().flat_map(strings).map(nameless).collect()
}

/// The caption of the form or frame and its controls; `None` where the streams make no sense.
fn form_controls(form: &str, sites: &[u8], objects: &[u8]) -> Option<(Option<String>, Controls)> {
    let mut found = Controls::new();
    let mut at = 0;
    let head = Record::read(sites, at, 4, FORM)?;
    let caption = head.texts.iter().find(|(key, _)| *key == "caption").map(|(_, text)| text.clone());
    at = head.end;
    if head.has(FORM_MOUSE_ICON) {
        at = picture(sites, at)?;
    }
    if head.has(FORM_FONT) {
        at = font(sites, at)?;
    }
    if head.has(FORM_PICTURE) {
        at = picture(sites, at)?;
    }
    // FormSiteData (2.2.10.6): a table of classes unless a flag of the form says that there is none.
    if head.value(FORM_BOOLEANS).unwrap_or(0) & 0x8000 == 0 {
        let count = u16_at(sites, at)?;
        at = at.checked_add(2)?;
        for _ in 0..count {
            at = at.checked_add(4)?.checked_add(usize::from(u16_at(sites, at.checked_add(2)?)?))?;
        }
    }
    let count = u32_at(sites, at)?;
    at = depths(sites, at.checked_add(8)?, count)?;
    let mut object = 0_usize;
    for _ in 0..count.min(CONTROLS) {
        let Some(site) = Record::read(sites, at, 4, SITE) else {
            return if found.is_empty() { None } else { Some((caption, found)) };
        };
        at = site.end;
        let size = usize::try_from(site.value(SITE_OBJECT_SIZE).unwrap_or(0)).ok()?;
        let bytes = objects.get(object..object.saturating_add(size).min(objects.len())).unwrap_or_default();
        object = object.saturating_add(size);
        found.push((site.value(SITE_ID).unwrap_or(0), control(form, site, bytes)));
    }
    Some((caption, found))
}

/// SiteDepthsAndTypes (2.2.10.6), for as many sites as there are: pairs of bytes, or runs of three; then padding.
fn depths(sites: &[u8], start: usize, count: u32) -> Option<usize> {
    let mut at = start;
    let mut left = count;
    while left > 0 {
        let kind = *sites.get(at.checked_add(1)?)?;
        let run = if kind & 0x80 != 0 { u32::from(kind & 0x7F) } else { 1 };
        at = at.checked_add(if kind & 0x80 != 0 { 3 } else { 2 })?;
        left = left.checked_sub(run.max(1))?;
    }
    at.checked_sub(start)?.checked_next_multiple_of(4)?.checked_add(start)
}

fn control(form: &str, site: Record, bytes: &[u8]) -> Control {
    let class = site.value(SITE_CLASS).and_then(|class| CLASSES.iter().find(|(number, ..)| *number == class));
    let mut control = Control { owner: form.to_owned(), ..Control::default() };
    for (key, text) in site.texts {
        match key {
            "name" => control.name = text,
            "licence" => {}
            _ => {
                control.properties.insert(key, text);
            }
        }
    }
    match class {
        Some((_, name, mask, fields)) => {
            (*name).clone_into(&mut control.class);
            if *mask > 0
                && let Some(object) = Record::read(bytes, 0, usize::from(*mask), fields)
            {
                control.properties.extend(object.texts);
            }
        }
        // A control of another maker: whatever can be read of it.
        None => {
            let text = strings(bytes).join("\n");
            if !text.is_empty() {
                control.properties.insert("text", text);
            }
        }
    }
    if let Some(value) = control.properties.get("value").cloned() {
        control.properties.entry("text").or_insert(value);
    }
    control
}

/// A record of properties: version, length, mask, values, texts.
pub(super) struct Record {
    mask: u64,
    /// Bit and value.
    values: Vec<(usize, u32)>,
    pub(super) texts: Vec<(&'static str, String)>,
    end: usize,
}

impl Record {
    pub(super) fn read(bytes: &[u8], start: usize, mask_size: usize, fields: &[Field]) -> Option<Self> {
        let size = usize::from(u16_at(bytes, start.checked_add(2)?)?);
        let body = start.checked_add(4)?;
        let end = body.checked_add(size)?;
        let bytes = bytes.get(..end)?;
        let low = u64::from(u32_at(bytes, body)?);
        let high = if mask_size == 8 { u64::from(u32_at(bytes, body.checked_add(4)?)?) } else { 0 };
        let mut record = Self { mask: high << 32 | low, values: Vec::new(), texts: Vec::new(), end };
        let block = body.checked_add(mask_size)?;
        let mut at = block;
        for (bit, field) in
            fields.iter().enumerate().filter(|(bit, _)| high << 32 >> bit & 1 != 0 || low >> bit & 1 != 0)
        {
            let size = match field {
                Data(size) => usize::from(*size),
                Text(_) | List(_) => 4,
                Nothing | Pair => continue,
            };
            at = at.checked_sub(block)?.checked_next_multiple_of(size)?.checked_add(block)?;
            let value = match size {
                1 => u32::from(*bytes.get(at)?),
                2 => u32::from(u16_at(bytes, at)?),
                _ => u32_at(bytes, at)?,
            };
            record.values.push((bit, value));
            at = at.checked_add(size)?;
        }
        record.extra(bytes, block, at, fields);
        Some(record)
    }

    /// What follows the values; what is cut is kept as far as it goes.
    fn extra(&mut self, bytes: &[u8], block: usize, at: usize, fields: &[Field]) -> Option<()> {
        let aligned = |at: usize| at.checked_sub(block)?.checked_next_multiple_of(4)?.checked_add(block);
        let mut at = aligned(at)?;
        for (bit, field) in fields.iter().enumerate().filter(|(bit, _)| self.mask >> bit & 1 != 0) {
            match field {
                Pair => at = at.checked_add(8)?,
                Text(key) => {
                    let count = self.value(bit)?;
                    let length = usize::try_from(count & 0x7FFF_FFFF).ok()?;
                    let end = at.checked_add(length)?.min(bytes.len());
                    self.texts.push((key, decode(bytes.get(at..end)?, count)));
                    at = aligned(at.checked_add(length)?)?;
                }
                List(key) => {
                    let length = usize::try_from(self.value(bit)?).ok()?;
                    let end = at.checked_add(length)?;
                    self.texts.push((key, list(bytes.get(at..end.min(bytes.len()))?).join("\n")));
                    at = aligned(end)?;
                }
                Nothing | Data(_) => {}
            }
        }
        Some(())
    }

    const fn has(&self, bit: usize) -> bool {
        self.mask >> bit & 1 != 0
    }

    fn value(&self, bit: usize) -> Option<u32> {
        self.values.iter().find(|(found, _)| *found == bit).map(|(_, value)| *value)
    }
}

/// A string: with the upper bit of its count (2.4.14.2), one byte for each character below 256.
fn decode(bytes: &[u8], count: u32) -> String {
    if count & 0x8000_0000 != 0 {
        return bytes.iter().map(|byte| char::from(*byte)).collect();
    }
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    String::from_utf16_lossy(&units)
}

/// ArrayString: counts and strings by turns.
fn list(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0_usize;
    while let Some(count) = u32_at(bytes, at) {
        let length = usize::try_from(count & 0x7FFF_FFFF).unwrap_or(usize::MAX);
        let from = at.saturating_add(4);
        let end = from.saturating_add(length);
        let Some(text) = bytes.get(from..end) else { break };
        found.push(decode(text, count));
        at = end.checked_next_multiple_of(4).unwrap_or(usize::MAX);
    }
    found
}

/// GuidAndPicture (2.4.8).
fn picture(bytes: &[u8], at: usize) -> Option<usize> {
    let size = usize::try_from(u32_at(bytes, at.checked_add(20)?)?).ok()?;
    at.checked_add(24)?.checked_add(size)
}

/// GuidAndFont (2.4.7): a StdFont or TextProps.
fn font(bytes: &[u8], at: usize) -> Option<usize> {
    let body = at.checked_add(16)?;
    if u32_at(bytes, at)? == 0x0BE3_5203 {
        let face = usize::from(*bytes.get(body.checked_add(10)?)?);
        return body.checked_add(11)?.checked_add(face);
    }
    body.checked_add(4)?.checked_add(usize::from(u16_at(bytes, body.checked_add(2)?)?))
}

/// Fewest characters of a string that was not meant to be one.
const LEAST: usize = 4;
/// Most strings kept of one stream.
const STRINGS: usize = 512;

/// What is readable: runs of letters of one byte, or of two of which the second is zero.
pub(super) fn strings(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut text = String::new();
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        if first.is_ascii_graphic() || *first == b' ' {
            text.push(char::from(*first));
            rest = if after.first() == Some(&0) { after.get(1..).unwrap_or_default() } else { after };
            continue;
        }
        if text.len() >= LEAST {
            found.push(std::mem::take(&mut text));
            if found.len() >= STRINGS {
                return found;
            }
        }
        text.clear();
        rest = after;
    }
    if text.len() >= LEAST {
        found.push(text);
    }
    found
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_of_a_form() {
        let text = "VERSION 5.00\r\nBegin {0} Form1 \r\n   Caption         =   \"a \"\"b\"\" = c\"\r\n   Tag = \"t\" 'x\r\nEnd\r\n";
        let control = frame("Form1", text);
        assert_eq!((control.owner.as_str(), control.name.as_str()), ("Form1", "Form1"));
        assert_eq!(
            control.properties,
            BTreeMap::from([("caption", "a \"b\" = c".to_owned()), ("tag", "t".to_owned())])
        );
    }

    #[test]
    fn strings_of_both_widths() {
        assert_eq!(strings(b"\x01cmd /c\0\0\x02ab\x03h\0e\0l\0l\0o\0\x04"), ["cmd /c", "hello"]);
        assert_eq!(decode(b"\x42\x30", 2), "あ");
        assert_eq!(decode(b"ab", 0x8000_0002), "ab");
        let array = [&0x8000_0003_u32.to_le_bytes()[..], b"one\0", &4_u32.to_le_bytes(), b"\x42\x30\x44\x30"].concat();
        assert_eq!(list(&array), ["one", "あい"]);
    }

    #[test]
    fn noise_is_no_form() {
        for seed in 0..200_u32 {
            let mut state = seed;
            let mut noise = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            let bytes: Vec<u8> = (0..600).map(|_| noise() & if seed % 2 == 0 { 3 } else { 0xFF }).collect();
            let _ = form_controls("F", &bytes, &bytes);
            let _ = readable("F", &bytes, &bytes);
        }
    }
}
