//! Are words and ids in step? Every finding, format and advice key has its words in every language, and every finding
//! fires in some fixture.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::builders;
use crate::reports::inspect;

fn catalogues() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/messages");
    let mut all: Vec<(String, Value)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.display().to_string(), serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap()))
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(all.len() >= 2);
    all
}

fn keys(catalogue: &Value, section: &str) -> BTreeSet<String> {
    catalogue[section].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_finding_has_its_words() {
    for (path, catalogue) in catalogues() {
        let words = keys(&catalogue, "finding");
        let advice = keys(&catalogue, "advice");
        for kind in unopened::catalogue() {
            assert!(words.contains(kind.id), "{path}: no words for {}", kind.id);
            assert!(kind.advice.is_none_or(|key| advice.contains(key)), "{path}: no advice {:?}", kind.advice);
            for key in ["title", "what", "why", "normal"] {
                let text = catalogue["finding"][kind.id][key].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "{path}: {} has no {key}", kind.id);
            }
        }
    }
}

#[test]
fn no_words_are_left_over() {
    let kinds: BTreeSet<String> = unopened::catalogue().map(|kind| kind.id.to_owned()).collect();
    for (path, catalogue) in catalogues() {
        // Findings of the page itself: the engine was stopped before it could say anything.
        let words: BTreeSet<String> =
            keys(&catalogue, "finding").into_iter().filter(|id| !id.starts_with("page.")).collect();
        assert_eq!(words, kinds, "{path}");
    }
}

#[test]
fn every_format_has_its_name_and_no_name_is_left_over() {
    let formats: BTreeSet<String> = unopened::formats().map(str::to_owned).collect();
    assert_eq!(formats.len(), unopened::formats().count(), "a format id stands twice");
    for (path, catalogue) in catalogues() {
        assert_eq!(keys(&catalogue, "format"), formats, "{path}");
    }
}

#[test]
fn every_finding_fires_in_some_fixture_and_none_twice_in_the_catalogue() {
    let kinds: Vec<&str> = unopened::catalogue().map(|kind| kind.id).collect();
    let distinct: BTreeSet<&str> = kinds.iter().copied().collect();
    assert_eq!(kinds.len(), distinct.len(), "a finding id stands twice");
    let fired: BTreeSet<&str> =
        builders::all().iter().flat_map(|fixture| inspect(fixture).findings).map(|finding| finding.id).collect();
    let silent: Vec<_> = distinct.difference(&fired).filter(|id| !NEED_MORE_THAN_BYTES.contains(id)).collect();
    assert!(silent.is_empty(), "no fixture fires {silent:?}");
}

/// Fire only when the medium fails, or after so many steps that every damaged copy of a fixture would cost a second;
/// tested where they are made.
const NEED_MORE_THAN_BYTES: &[&str] = &["file.unreadable", "vba.not-followed"];
