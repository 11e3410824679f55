//! Words that talk a person into switching protection off.
//!
//! Since macros are blocked the document itself must persuade: it claims to be protected, encrypted or made with another
//! version, and that a button will show it (Emotet, Qakbot and most others, 2019 to 2026); later ones ask to copy the
//! file into the Templates folder and open it again, where nothing is blocked (Emotet, November 2022), to tick *Unblock*
//! in its properties, or to paste a command into the Run dialog (ClickFix, since 2024).
//!
//! Honest workbooks ask for macros too, and say so: "please enable macros to use this form". That alone is only told.
//! What no honest document does is to give a false reason, or to hide what is to be enabled. Phrases count together where
//! they stand near each other, so a manual of Office that explains each button in its place is left in peace.

mod normal;
mod phrases;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::detections::Detection;
use crate::finding::{EXCERPT, Evidence, FindingKind, Level, Observation, cut};
use crate::view::{Reads, Text, View};

use normal::Normal;
use phrases::{Family, MACRO_WORDS, families};

const ENABLE_CONTENT: FindingKind = FindingKind::new("lure.enable-content", Level::Hold, Some("M4"));
const ENABLE_MACROS: FindingKind = FindingKind::new("lure.enable-macros", Level::None, None);
const COPY: FindingKind = FindingKind::new("lure.copy-to-trusted", Level::Hold, Some("M5"));
const PASTE: FindingKind = FindingKind::new("lure.paste-command", Level::Hold, Some("W3"));
/// Told by readers: they know how much of a document is text.
const PICTURE_ONLY: FindingKind = FindingKind::new("lure.picture-only", Level::None, None);

pub(super) const DETECTION: Detection =
    Detection { kinds: &[&ENABLE_CONTENT, &ENABLE_MACROS, &COPY, &PASTE, &PICTURE_ONLY], reads: Reads::Text, find };

/// A document with fewer words than this says nothing.
pub(crate) const FEW_WORDS: usize = 20;

/// Words of a text; where a script has no spaces, two characters count as one. Counts no further than [`FEW_WORDS`].
pub(crate) fn count_words(text: &str) -> usize {
    let (mut words, mut ideographs, mut inside) = (0_usize, 0_usize, false);
    for c in text.chars() {
        let ideograph = matches!(c, '\u{3040}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}');
        ideographs = ideographs.saturating_add(usize::from(ideograph));
        let letter = !ideograph && c.is_alphanumeric();
        words = words.saturating_add(usize::from(letter && !inside));
        inside = letter;
        if words.saturating_add(ideographs >> 1) >= FEW_WORDS {
            return FEW_WORDS;
        }
    }
    words.saturating_add(ideographs >> 1)
}

/// A document with macros that shows nothing but pictures.
pub(crate) fn picture_only(picture: &str, pictures: usize) -> Observation {
    Observation::new(&PICTURE_ONLY, Evidence::quote(picture).path(picture)).with("pictures", pictures.to_string())
}

/// Which families make a finding together, how near in bytes of normalised text, and whether the word "macro" between
/// or around them makes it an honest request.
const RULES: &[Rule] = {
    use Family::{Content, Copy, Editing, Macros, Paste, Protected, Reason, Reopen, Robot, Run, Target, Unblock, View};
    &[
        rule(&ENABLE_CONTENT, &[Content, Reason], 1500),
        rule(&ENABLE_CONTENT, &[Editing, Reason], 1500),
        rule(&ENABLE_CONTENT, &[Macros, Reason], 600),
        rule(&ENABLE_CONTENT, &[Content, Robot], 1500),
        rule(&ENABLE_CONTENT, &[Editing, Robot], 1500),
        rule(&ENABLE_CONTENT, &[Macros, Robot], 600),
        rule(&ENABLE_CONTENT, &[Content, Protected], 600).unless_macros(),
        rule(&ENABLE_CONTENT, &[Editing, Protected], 600).unless_macros(),
        rule(&ENABLE_CONTENT, &[Content, View], 400).unless_macros(),
        rule(&ENABLE_CONTENT, &[Editing, View], 400).unless_macros(),
        rule(&ENABLE_CONTENT, &[Content, Editing], 600).unless_macros(),
        rule(&COPY, &[Target, Copy, Reopen], 1500),
        rule(&COPY, &[Unblock, Family::Properties], 300),
        rule(&PASTE, &[Run, Paste], 600),
        rule(&PASTE, &[Robot, Paste], 600),
        rule(&PASTE, &[Robot, Run], 600),
    ]
};

struct Rule {
    kind: &'static FindingKind,
    families: &'static [Family],
    within: usize,
    unless_macros: bool,
}

const fn rule(kind: &'static FindingKind, families: &'static [Family], within: usize) -> Rule {
    Rule { kind, families, within, unless_macros: false }
}

impl Rule {
    const fn unless_macros(mut self) -> Self {
        self.unless_macros = true;
        self
    }
}

/// Looked at on both sides for the word "macro", in bytes of normalised text.
const AROUND: usize = 240;

fn find(view: &View<'_>, found: &mut Vec<Observation>) {
    let View::Text(Text { path, text }) = view else { return };
    let normal = Normal::of(text);
    let hay = normal.text();
    let mut last: BTreeMap<Family, Range<usize>> = BTreeMap::new();
    let mut fired: Vec<&'static str> = Vec::new();
    let mut asked: Option<usize> = None;
    families().each(hay, |family, place| {
        if matches!(family, Family::Content | Family::Editing | Family::Macros) {
            asked.get_or_insert(place.start);
        }
        last.insert(family, place.clone());
        for rule in RULES.iter().filter(|rule| rule.families.contains(&family)) {
            let places = || rule.families.iter().filter_map(|family| last.get(family));
            let (Some(from), Some(to)) = (places().map(|p| p.start).min(), places().map(|p| p.end).max()) else {
                continue;
            };
            if places().count() < rule.families.len()
                || to.saturating_sub(from) > rule.within
                || fired.contains(&rule.kind.id)
                || rule.unless_macros && says_macro(hay, from..to)
            {
                continue;
            }
            fired.push(rule.kind.id);
            found.push(Observation::new(rule.kind, quote(normal.original(text, from), path)));
        }
    });
    if let Some(at) = asked.filter(|_| !fired.contains(&ENABLE_CONTENT.id)) {
        found.push(Observation::new(&ENABLE_MACROS, quote(normal.original(text, at), path)));
    }
}

/// The words as evidence, on one line.
fn quote(text: &str, path: &str) -> Evidence {
    let line: String = text.chars().take(EXCERPT).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    Evidence::quote(&line).path(path)
}

fn says_macro(hay: &str, place: Range<usize>) -> bool {
    let from = cut(hay, place.start.saturating_sub(AROUND)).len();
    let around = hay.get(from..).unwrap_or_default();
    let around = cut(around, place.end.saturating_sub(from).saturating_add(AROUND));
    MACRO_WORDS.iter().any(|word| around.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        find(&View::Text(Text { path: "word/document.xml", text }), &mut found);
        found.iter().map(|observation| observation.kind.id).collect()
    }

    #[test]
    fn false_reasons_in_every_language() {
        for text in [
            "This document was created in an earlier version of Microsoft Office Word. To view this content, please click \
             “Enable Editing” on the top yellow bar, and then click “Enable Content”.",
            "THIS DOCUMENT IS PROTECTED. 1 Open the document in Microsoft Office. 2 Press ENABLE EDITING. 3 Press ENABLE CONTENT.",
            "Document created in online version of Microsoft Office. Click Enable Content",
            "E n a b l e\u{200B} C\u{AD}ontent to decrypt this document",
            "Ｅｎａｂｌｅ　Ｃｏｎｔｅｎｔ to see: the file is encrypted",
            "To view the content you must Enable Content",
            "この文書は以前のバージョンの Microsoft Office で作成されました。表示するには「編集を有効にする」をクリックし、「コンテンツの有効化」をクリックしてください。",
            "このファイルは保護されています。ｺﾝﾃﾝﾂの有効化を押してください。",
            "Dieses Dokument wurde in einer früheren Version von Microsoft Office erstellt. Klicken Sie auf „Inhalt aktivieren“.",
            "Um den Inhalt anzuzeigen, klicken Sie auf \"Bearbeitung aktivieren\" und dann auf \"Inhalt aktivieren\".",
            "Ce document est protégé. Cliquez sur « Activer la modification », puis « Activer le contenu ».",
            "Este documento está protegido. Haga clic en Habilitar edición y luego Habilitar contenido.",
            "Il documento è protetto. Fare clic su Abilita modifica e poi su Abilita contenuto.",
            "Este documento está protegido. Clique em Habilitar Edição e em Habilitar Conteúdo.",
            "Dit document is beveiligd. Klik op Bewerken inschakelen en Inhoud inschakelen.",
            "Ten dokument jest chroniony. Kliknij „Włącz edycję”, a następnie „Włącz zawartość”.",
            "Документ защищён. Нажмите «Разрешить редактирование», затем «Включить содержимое».",
            "Документ захищено. Натисніть «Увімкнути вміст».",
            "此文档受保护。请点击“启用编辑”，然后点击“启用内容”。",
            "此文件受保護。請按「啟用編輯」，再按「啟用內容」。",
            "이 문서가 보호되어 있습니다. 편집 사용을 누르고 콘텐츠 사용을 누르세요.",
            "I'm not a robot. Enable macros to continue.",
        ] {
            assert_eq!(ids(text), ["lure.enable-content"], "{text}");
        }
    }

    #[test]
    fn honest_requests_are_only_told() {
        for text in [
            "Please enable macros to use this workbook.",
            "マクロを有効にしてください。",
            "このブックはマクロを使用しています。「コンテンツの有効化」ボタンを押してマクロを有効にしてください。",
            "保護ビューの場合は「編集を有効にする」、続いて「コンテンツの有効化」をクリックし、マクロを使える状態にします。",
            "If a yellow bar appears, click Enable Editing and Enable Content so that the macros can run.",
            "Macros must be enabled to view this workbook. Enable macros and open it again.",
            "Bitte Makros aktivieren, um das Formular zu benutzen.",
        ] {
            assert_eq!(ids(text), ["lure.enable-macros"], "{text}");
        }
        let manual = format!(
            "Protected View: click Enable Editing to leave it.{}Files created in an earlier version of Word open in \
             compatibility mode.{}Enable Content starts macros.",
            "Other chapters follow here. ".repeat(100),
            "Other chapters follow here. ".repeat(100),
        );
        assert_eq!(ids(&manual), ["lure.enable-macros"]);
        assert!(ids("This document is protected. The content is encrypted. 議事録").is_empty());
    }

    #[test]
    fn folders_that_are_trusted() {
        for text in [
            "RELAUNCH REQUIRED In accordance with the requirements of your security policy, to display the contents of the \
             document, you need to copy the file to the following folder and run it again: for Microsoft Office 2013 x32 \
             and earlier - C:\\Program Files (x86)\\Microsoft Office\\Templates",
            "ファイルを次のフォルダーにコピーして、再度開いてください：C:\\Program Files\\Microsoft Office\\root\\Templates",
            "Right-click the file, choose Properties, tick Unblock and press OK.",
            "ファイルを右クリックし、プロパティで「許可する」にチェックを入れてください。",
        ] {
            assert_eq!(ids(text), ["lure.copy-to-trusted"], "{text}");
        }
        assert!(
            ids("Copy letter.dotx to C:\\Users\\a\\AppData\\Roaming\\Microsoft\\Templates and restart Word.")
                .is_empty()
        );
    }

    #[test]
    fn commands_to_paste() {
        for text in [
            "Press Win + R, then Ctrl + V and Enter",
            "私はロボットではありません。Windows キー + R を押し、貼り付けてください。",
            "Verify you are human: press Windows Key + R",
        ] {
            assert_eq!(ids(text), ["lure.paste-command"], "{text}");
        }
        assert!(ids("Win+R opens the Run dialog.").is_empty());
        assert!(ids("Copy with Ctrl+C and paste with Ctrl+V.").is_empty());
    }

    #[test]
    fn few_words() {
        assert_eq!(count_words("two words."), 2);
        assert_eq!(count_words("日本語の文"), 2);
        assert_eq!(count_words(&"x ".repeat(1000)), FEW_WORDS);
    }
}
