//! Words that talk a person into switching protection off.
//!
//! Since macros are blocked the document itself must persuade: it claims to be protected, encrypted or made with another
//! version, and that a button will show it (Emotet, Qakbot and most others, 2019 to 2026); later ones ask to copy the
//! file into the Templates folder and open it again, where nothing is blocked (Emotet, November 2022), to tick *Unblock*
//! in its properties, to paste a command into the Run dialog (ClickFix, since 2024), or to scan a code with a phone and
//! sign in there (2023 to 2026).
//!
//! Honest workbooks ask for macros too, and say so: "please enable macros to use this form". That alone is only told.
//! Some only name the buttons, or how to unblock the file: that is a reason to ask. What no honest document does is to
//! give a false reason while it hides what is to be enabled; only that makes a macro beside it reason to stop. Phrases
//! count together where they stand near each other, so a manual of Office that explains each button in its place is left
//! in peace.

mod normal;
mod phrases;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::detections::Detection;
use crate::finding::{EXCERPT, Evidence, FindingKind, Level, Observation};
use crate::order;
use crate::view::{Reads, Text, View};

use normal::Normal;
use phrases::{Family, MACRO_WORDS, families};

const FALSE_REASON: FindingKind = FindingKind::new("lure.false-reason", Level::Hold, Some("M4"));
const ENABLE_CONTENT: FindingKind = FindingKind::new("lure.enable-content", Level::Hold, Some("M4"));
const ENABLE_MACROS: FindingKind = FindingKind::new("lure.enable-macros", Level::None, None);
const COPY: FindingKind = FindingKind::new("lure.copy-to-trusted", Level::Hold, Some("M5"));
const UNBLOCK: FindingKind = FindingKind::new("lure.unblock", Level::Hold, Some("M5"));
const PASTE: FindingKind = FindingKind::new("lure.paste-command", Level::Hold, Some("W3"));
/// Where a code leads is not read, and a phone is outside of what protects the computer.
const SCAN: FindingKind = FindingKind::new("lure.scan-code", Level::Notice, None);
const SCAN_LOGIN: FindingKind = FindingKind::new("lure.scan-code-login", Level::Hold, None);
/// Told by readers: they know how much of a document is text.
const PICTURE_ONLY: FindingKind = FindingKind::new("lure.picture-only", Level::None, None);

pub(super) const DETECTION: Detection = Detection { kinds: KINDS, reads: Reads::Text, find };

/// Told by readers: a document that is one link.
const LINK_ONLY: FindingKind = FindingKind::new("lure.link-only", Level::Notice, None);

const KINDS: &[&FindingKind] = &[
    &FALSE_REASON,
    &ENABLE_CONTENT,
    &ENABLE_MACROS,
    &COPY,
    &UNBLOCK,
    &PASTE,
    &SCAN,
    &SCAN_LOGIN,
    &PICTURE_ONLY,
    &LINK_ONLY,
];

/// The graver finding of the same request, and the one that it makes superfluous.
const INSTEAD: &[(&FindingKind, &FindingKind)] =
    &[(&FALSE_REASON, &ENABLE_CONTENT), (&COPY, &UNBLOCK), (&SCAN_LOGIN, &SCAN)];

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

/// A document that says hardly anything, and leads to one address.
pub(crate) fn link_only(part: &str, target: &str) -> Observation {
    Observation::new(&LINK_ONLY, Evidence::quote(target).path(part)).with("target", target)
}

/// Which families make a finding together, how near in bytes of normalised text, and whether the word "macro" between
/// or around them makes it an honest request.
const RULES: &[Rule] = {
    use Family::{
        Account, Content, Copy, Editing, Macros, Paste, Protected, Reason, Reopen, Robot, Run, Scan, Target, Unblock,
        View,
    };
    &[
        rule(&FALSE_REASON, &[Content, Robot], 1500),
        rule(&FALSE_REASON, &[Editing, Robot], 1500),
        rule(&FALSE_REASON, &[Macros, Robot], 600),
        rule(&FALSE_REASON, &[Content, Reason], 1500).unless_macros(),
        rule(&FALSE_REASON, &[Editing, Reason], 1500).unless_macros(),
        rule(&FALSE_REASON, &[Content, Editing, Protected], 400).unless_macros(),
        rule(&FALSE_REASON, &[Content, Protected, View], 400).unless_macros(),
        rule(&FALSE_REASON, &[Editing, Protected, View], 400).unless_macros(),
        // Honest authors write like this too.
        rule(&ENABLE_CONTENT, &[Content, Reason], 1500),
        rule(&ENABLE_CONTENT, &[Editing, Reason], 1500),
        rule(&ENABLE_CONTENT, &[Macros, Reason], 600),
        rule(&ENABLE_CONTENT, &[Content, Protected], 600).unless_macros(),
        rule(&ENABLE_CONTENT, &[Editing, Protected], 600).unless_macros(),
        rule(&ENABLE_CONTENT, &[Content, View], 400).unless_macros(),
        rule(&ENABLE_CONTENT, &[Editing, View], 400).unless_macros(),
        rule(&ENABLE_CONTENT, &[Content, Editing], 600).unless_macros(),
        rule(&COPY, &[Target, Copy, Reopen], 1500).unless_macros(),
        rule(&UNBLOCK, &[Target, Copy, Reopen], 1500),
        rule(&UNBLOCK, &[Unblock, Family::Properties], 300).unless_macros(),
        rule(&PASTE, &[Run, Paste], 600),
        rule(&PASTE, &[Robot, Paste], 600),
        rule(&PASTE, &[Robot, Run], 600),
        rule(&SCAN_LOGIN, &[Scan, Account], 240),
        rule(&SCAN, &[Scan], 240),
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
    let mut macro_words = MacroWords { hay, places: None };
    families().each(hay, |family, place| {
        if matches!(family, Family::Content | Family::Editing | Family::Macros) {
            asked.get_or_insert(place.start);
        }
        last.insert(family, place.clone());
        for rule in RULES.iter().filter(|rule| rule.families.contains(&family)) {
            if fired.contains(&rule.kind.id) {
                continue;
            }
            let places = || rule.families.iter().filter_map(|family| last.get(family));
            let (Some(from), Some(to)) = (places().map(|p| p.start).min(), places().map(|p| p.end).max()) else {
                continue;
            };
            if places().count() < rule.families.len()
                || to.saturating_sub(from) > rule.within
                || rule.unless_macros && macro_words.near(from..to)
            {
                continue;
            }
            fired.push(rule.kind.id);
            found.push(Observation::new(rule.kind, quote(normal.original(text, from), path)));
        }
    });
    for (graver, lesser) in INSTEAD {
        if fired.contains(&graver.id) {
            found.retain(|observation| observation.kind.id != lesser.id);
        }
    }
    let is_told = [&FALSE_REASON, &ENABLE_CONTENT].iter().any(|kind| fired.contains(&kind.id));
    if let Some(at) = asked.filter(|_| !is_told) {
        found.push(Observation::new(&ENABLE_MACROS, quote(normal.original(text, at), path)));
    }
}

/// The words as evidence, on one line.
fn quote(text: &str, path: &str) -> Evidence {
    let line: String = text.chars().take(EXCERPT).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    Evidence::quote(&line).path(path)
}

/// Where honest requests say what they ask for; looked up only where it matters.
struct MacroWords<'h> {
    hay: &'h str,
    places: Option<Vec<usize>>,
}

impl MacroWords<'_> {
    /// Whether the word stands in or around a place.
    fn near(&mut self, place: Range<usize>) -> bool {
        let hay = self.hay;
        let places = self.places.get_or_insert_with(|| {
            let mut all: Vec<usize> =
                MACRO_WORDS.iter().flat_map(|word| hay.match_indices(word).map(|(at, _)| at)).collect();
            order::sort(&mut all);
            all
        });
        let next = places.partition_point(|at| *at < place.start.saturating_sub(AROUND));
        places.get(next).is_some_and(|at| *at < place.end.saturating_add(AROUND))
    }
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
            "この文書は以前のバージョンの Microsoft Office で作成されました。表示するには「編集を有効にする」をクリックし、「コンテンツの有効化」をクリックしてください。",
            "このファイルは暗号化されています。ｺﾝﾃﾝﾂの有効化を押してください。",
            "Dieses Dokument wurde in einer früheren Version von Microsoft Office erstellt. Klicken Sie auf „Inhalt aktivieren“.",
            "Ce document est protégé. Cliquez sur « Activer la modification », puis « Activer le contenu ».",
            "Este documento está protegido. Haga clic en Habilitar edición y luego Habilitar contenido.",
            "Il documento è protetto. Fare clic su Abilita modifica e poi su Abilita contenuto.",
            "Este documento está protegido. Clique em Habilitar Edição e em Habilitar Conteúdo.",
            "Dit document is beveiligd. Klik op Bewerken inschakelen en Inhoud inschakelen.",
            "Ten dokument jest chroniony. Kliknij „Włącz edycję”, a następnie „Włącz zawartość”.",
            "Документ защищён. Нажмите «Разрешить редактирование», затем «Включить содержимое».",
            "Документ захищено. Натисніть «Увімкнути редагування», потім «Увімкнути вміст».",
            "此文档受保护。请点击“启用编辑”，然后点击“启用内容”。",
            "此文件受保護。請按「啟用編輯」，再按「啟用內容」。",
            "이 문서가 보호되어 있습니다. 편집 사용을 누르고 콘텐츠 사용을 누르세요.",
            "I'm not a robot. Enable macros to continue.",
            "Document created with Windows 11 Alpha. Enable Content",
            "This presentation is protected. To view the content, click Enable Content.",
            "We can't open the document. Enable Content to repair it.",
            "This document was edited in Word for Android. To load it, please Enable Content",
            "この文書を開くことができません。新しいバージョンの Office で作成されています。「コンテンツの有効化」を押してください。",
            "文字が正しく表示されない場合は、コンテンツの有効化をクリックしてください。",
            "このファイルはスマートフォンで作成されました。コンテンツの有効化を押してください。",
            "Dieses Dokument wurde mit einer neueren Version von Word erstellt. Klicken Sie auf Inhalt aktivieren.",
            "Die Datei wurde auf einem Android-Gerät erstellt. Klicken Sie auf Inhalte aktivieren.",
            "Ce fichier a été créé sur un appareil mobile. Veuillez activer le contenu.",
            "Este archivo fue creado en un dispositivo móvil. Habilite el contenido.",
        ] {
            assert_eq!(ids(text), ["lure.false-reason"], "{text}");
        }
    }

    #[test]
    fn what_honest_authors_may_write_is_reason_to_ask() {
        for text in [
            "To view the content you must Enable Content",
            "Um den Inhalt anzuzeigen, klicken Sie auf \"Bearbeitung aktivieren\" und dann auf \"Inhalt aktivieren\".",
            "「編集を有効にする」をクリックし、続けて「コンテンツの有効化」をクリックしてください。",
            "保護ビューが表示された場合は「編集を有効にする」をクリックしてください。その後「コンテンツの有効化」をクリックします。",
            "このファイルは保護されています。開いたら「コンテンツの有効化」をクリックしてください。",
            "入力画面を表示するには、「コンテンツの有効化」をクリックしてください。",
            "このツールは Excel 2003 以前のバージョンで作成されたものです。マクロを有効にしてください。",
            "If the file opens in Protected View, click Enable Editing, then click Enable Content.",
            "1. Save to your desktop. 2. Click Enable Editing. 3. Click Enable Content. 4. Fill in the yellow cells.",
            "This document is protected so only the fields can be edited. Click Enable Editing to fill in the form.",
            "This form was created in an earlier version of Excel. Click Enable Content so that its macros run.",
            "This workbook was created in a previous version. Click Enable Content to refresh its data connections.",
            "Klicken Sie auf „Bearbeitung aktivieren“ und anschließend auf „Inhalt aktivieren“.",
            "Cliquez sur « Activer la modification » puis sur « Activer le contenu ».",
            "Haga clic en Habilitar edición y después en Habilitar contenido.",
        ] {
            assert_eq!(ids(text), ["lure.enable-content"], "{text}");
        }
        assert_eq!(ids("Right-click the file, choose Properties, tick Unblock and press OK."), ["lure.unblock"]);
        assert_eq!(
            ids("ファイルを右クリックし、プロパティで「許可する」にチェックを入れてください。"),
            ["lure.unblock"]
        );
        assert_eq!(
            ids("To use the macros, copy it to C:\\Users\\a\\Excel\\XLSTART and open Excel again: reopen the file."),
            ["lure.unblock"]
        );
        // What Microsoft's own page on blocked macros says.
        assert!(ids("Macros are blocked? Right-click the file, Properties, Unblock, OK.").is_empty());
        assert!(ids("Um das Dokument anzupassen, klicken Sie auf Einfügen.").is_empty());
        assert_eq!(ids("Um das Dokument anzupassen, klicken Sie auf Bearbeitung aktivieren."), ["lure.enable-macros"]);
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
            "Copy the file to the following folder and run it again: C:\\Program Files\\Microsoft Office (x86)\\Templates",
            "ファイルを次のフォルダーにコピーして、再度開いてください：C:\\Program Files\\Microsoft Office\\root\\Templates",
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
            "To view it: 1. Press Windows Button + R 2. Press CTRL + V 3. Press Enter",
            "Press Windows + X, choose Terminal (Admin) and paste the code.",
            "Open File Explorer and select the address bar (CTRL + L). Paste the file path and press Enter.",
        ] {
            assert_eq!(ids(text), ["lure.paste-command"], "{text}");
        }
        assert!(ids("Win+R opens the Run dialog.").is_empty());
        assert!(ids("Copy with Ctrl+C and paste with Ctrl+V.").is_empty());
    }

    #[test]
    fn codes_to_scan() {
        for text in [
            "Your multi-factor authentication expires today. Scan the QR code with your phone to keep your account.",
            "スマートフォンで QR コードを読み取り、アカウントにログインしてください。",
            "Scannen Sie den QR-Code, um Ihr Passwort zu behalten.",
        ] {
            assert_eq!(ids(text), ["lure.scan-code-login"], "{text}");
        }
        for text in ["下の QR コードを読み取ってお申し込みください。", "Scan the QR code to see the menu."]
        {
            assert_eq!(ids(text), ["lure.scan-code"], "{text}");
        }
        let far = format!("Log in to the portal. {} Scan the QR code to see the map.", "It rains. ".repeat(40));
        assert_eq!(ids(&far), ["lure.scan-code"]);
        assert!(ids("受付で QR コードをご提示ください。 Log in with your password.").is_empty());
    }

    #[test]
    fn few_words() {
        assert_eq!(count_words("two words."), 2);
        assert_eq!(count_words("日本語の文"), 2);
        assert_eq!(count_words(&"x ".repeat(1000)), FEW_WORDS);
    }
}
