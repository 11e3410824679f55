//! What ActiveX controls hold ([MS-OE376] 2.3; [MS-OFORMS]): code reads the text of a box that nobody sees.
//!
//! A sheet, document or slide names its controls and leads to a part for each, which tells the class and either holds
//! the settings itself or leads to a stream of them, behind the class again.

use super::macro_book::part;
use super::package::{attribute, elements};
use super::texts::Gather;
use super::{Document, Package};
use crate::error::Result;
use crate::formats::ole::Class;
use crate::formats::ovba::activex;
use crate::languages::surroundings::Control;
use crate::scan::Scan;

/// Most controls of a document that are read.
const MOST: usize = 4096;

/// A control as the page it stands on names it.
pub(super) struct Placed {
    /// Key of the part, and id of the relationship.
    page: String,
    id: String,
    owner: String,
    name: String,
}

/// Properties whose texts code reads, as a bag of them spells them.
const KEPT: &[&str] = &["caption", "text", "value", "tag", "groupname", "controltiptext"];

impl Gather {
    /// Remembers a control of the page that is read.
    pub(super) fn place(&mut self, page: &str, owner: &str, element: &quick_xml::events::BytesStart<'_>) {
        let (id, name) = (attribute(element, "id"), attribute(element, "name"));
        let size = page.len().saturating_add(owner.len()).saturating_add(name.len()).saturating_add(64);
        if self.macros && !id.is_empty() && !name.is_empty() && self.placed.len() < MOST && self.pay(size) {
            self.placed.push(Placed { page: page.to_owned(), id, owner: owner.to_owned(), name });
        }
    }

    /// Reads the controls that were placed.
    pub(super) fn controls(&mut self, scan: &mut Scan, package: &Package<'_>, document: &Document) -> Result<()> {
        let placed = std::mem::take(&mut self.placed);
        let mut page: (String, Vec<(String, String, String)>) = Default::default();
        for placed in placed {
            if page.0 != placed.page {
                page = (placed.page.clone(), document.related(&placed.page));
            }
            scan.budget.steps((page.1.len() as u64 >> 2).saturating_add(16))?;
            // Word and Excel name a control once for each way to show it.
            let is_same = |control: &Control| control.name == placed.name && control.owner == placed.owner;
            // Buttons of the forms of old lead elsewhere.
            let is_own =
                |(id, kind, _): &&(String, String, String)| *id == placed.id && kind.eq_ignore_ascii_case("control");
            let Some((.., key)) = page.1.iter().find(is_own) else { continue };
            if self.around.controls.iter().rev().take(4).any(is_same) {
                continue;
            }
            let Some((class, mut control)) = part(scan, package, key, description) else { continue };
            let data = document
                .related(key)
                .into_iter()
                .find(|(_, kind, _)| kind.eq_ignore_ascii_case("activeXControlBinary"));
            let data = data.and_then(|(.., key)| part(scan, package, &key, |bytes| (bytes.to_vec(), Ok(()))));
            if let Some(data) = data {
                scan.budget.steps(data.len() as u64 >> 2)?;
                let (inside, contents) = data.split_at_checked(16).unwrap_or_default();
                let class = inside.try_into().ok().filter(|inside| activex::is_known(*inside)).or(class);
                let read = activex::of_class(class.unwrap_or_default(), contents);
                control.class = read.class;
                for (name, value) in read.properties {
                    control.properties.entry(name).or_insert(value);
                }
            }
            (control.owner, control.name) = (placed.owner, placed.name);
            let size: usize = control.properties.values().map(String::len).sum();
            if !self.pay(size) {
                break;
            }
            self.around.controls.push(control);
        }
        Ok(())
    }
}

/// The class of a control, and what its part says of it: `<ax:ocxPr ax:name="Caption" ax:value="…"/>`.
fn description(xml: &[u8]) -> ((Option<[u8; 16]>, Control), Result<()>) {
    let (mut class, mut control) = (None, Control::default());
    let result = elements(xml, "ocx", |name, element| match name {
        "ocx" => class = Class::parse(&attribute(element, "classid")).map(|class| class.0),
        "ocxPr" => {
            let name = attribute(element, "name").to_lowercase();
            if let Some(kept) = KEPT.iter().find(|kept| **kept == name) {
                control.properties.insert(kept, attribute(element, "value"));
            }
        }
        _ => {}
    });
    ((class, control), result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bag_of_properties() {
        let xml = "<ax:ocx xmlns:ax=\"http://schemas.microsoft.com/office/2006/activeX\" \
                   ax:classid=\"{8BD21D10-EC42-11CE-9E0D-00AA006002F3}\" ax:persistence=\"persistPropertyBag\">\
                   <ax:ocxPr ax:name=\"Value\" ax:value=\"a &amp; b\"/><ax:ocxPr ax:name=\"Size\" ax:value=\"1;2\"/></ax:ocx>";
        let ((class, control), result) = description(xml.as_bytes());
        result.unwrap();
        assert!(class.is_some_and(activex::is_known));
        assert_eq!(control.properties.get("value").map(String::as_str), Some("a & b"));
        assert_eq!(control.properties.len(), 1);
    }
}
