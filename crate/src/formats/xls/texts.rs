//! The texts that cells share (SST, [MS-XLS] 2.4.265): millions of them in one piece of memory.

/// Texts one behind the other.
#[derive(Debug, Default)]
pub(super) struct Texts {
    all: String,
    /// Where each ends.
    ends: Vec<u32>,
}

impl Texts {
    pub(super) fn push(&mut self, text: &str) {
        // By a quarter, not to twice.
        if self.all.capacity().saturating_sub(self.all.len()) < text.len() {
            self.all.reserve_exact((self.all.len() / 4).max(text.len()));
        }
        if self.ends.len() == self.ends.capacity() {
            self.ends.reserve_exact((self.ends.len() / 4).max(16));
        }
        self.all.push_str(text);
        self.ends.push(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends.get(before).map_or(0, |end| *end as usize));
        self.all.get(start..end)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).filter_map(|index| self.get(index))
    }

    /// Bytes they take.
    pub(super) const fn held(&self) -> usize {
        self.all.len().saturating_add(self.ends.len().saturating_mul(size_of::<u32>()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_their_numbers() {
        let mut texts = Texts::default();
        ["a", "", "\u{3042}b"].into_iter().for_each(|text| texts.push(text));
        assert_eq!([0, 1, 2, 3].map(|index| texts.get(index)), [Some("a"), Some(""), Some("\u{3042}b"), None]);
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["a", "", "\u{3042}b"]);
        assert_eq!(texts.held(), 17);
    }
}
