//! Files that commands and macros write, so that what is started out of them can be read.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{LAYER, cut, file_name};

/// Files that are remembered.
const MOST: usize = 64;

/// What was written, by the file's name in lower case: folders are often known in part only. At most 64 files of 64 KiB.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(BTreeMap<String, Rc<String>>);

impl Files {
    pub(super) fn get(&self, path: &str) -> Option<Rc<String>> {
        self.0.get(&file_name(path)).cloned()
    }

    /// What is started is read once.
    pub(super) fn take(&mut self, path: &str) -> Option<Rc<String>> {
        self.0.remove(&file_name(path))
    }

    pub(crate) fn append(&mut self, path: &str, text: &str) {
        if let Some(content) = self.entry(path) {
            let room = LAYER.saturating_sub(content.len());
            Rc::make_mut(content).push_str(cut(text, room));
        }
    }

    pub(crate) fn replace(&mut self, path: &str, text: &str) {
        if let Some(content) = self.entry(path) {
            *content = Rc::new(cut(text, LAYER).to_owned());
        }
    }

    /// What another script wrote.
    pub(crate) fn extend(&mut self, others: Self) {
        for (name, text) in others.0 {
            self.replace(&name, &text);
        }
    }

    fn entry(&mut self, path: &str) -> Option<&mut Rc<String>> {
        let name = file_name(path);
        (self.0.len() < MOST || self.0.contains_key(&name)).then(|| self.0.entry(name).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_name_and_bounded() {
        let mut files = Files::default();
        files.append("%TEMP%\\A.vbs", "x");
        files.append("…/a.VBS", "y");
        assert_eq!(files.get("a.vbs").as_deref().map(String::as_str), Some("xy"));
        files.append("a.vbs", &"z".repeat(LAYER));
        assert_eq!(files.take("a.vbs").map(|text| text.len()), Some(LAYER));
        assert!(files.get("a.vbs").is_none());
        (0..=MOST).for_each(|at| files.replace(&format!("{at}.txt"), ""));
        assert!(files.get("0.txt").is_some() && files.get(&format!("{MOST}.txt")).is_none());
    }
}
