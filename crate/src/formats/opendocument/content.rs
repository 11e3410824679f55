//! What the content of a document starts and fetches (\[ODF\] 1.2 part 1: 10.3 events, 14.6 DDE, 10.4 and 10.5 frames).

use quick_xml::events::BytesStart;

use super::scripts::Call;
use crate::budget::Budget;
use crate::codecs::base64;
use crate::error::Result;
use crate::formats::office_xml::dde_formula;
use crate::formats::xml_walk::{Kept, Piece, attribute, walk};

/// Everything a part names that acts, in order.
#[derive(Default)]
pub(super) struct Content {
    /// What is started, and whether nobody has to do anything for it.
    pub(super) calls: Kept<(Call, bool)>,
    /// Kind and target of what is fetched from elsewhere.
    pub(super) links: Kept<(&'static str, String)>,
    pub(super) dde: Kept<(String, String)>,
    pub(super) connections: Kept<(String, bool)>,
    /// Programs that a press, or the pointer passing, starts.
    pub(super) presses: Kept<(String, bool)>,
    /// Modules of Basic that stand in the content: name and source.
    pub(super) modules: Kept<(String, String)>,
    /// Scripts that stand in the content.
    pub(super) scripts: Kept<String>,
    pub(super) binaries: Kept<Vec<u8>>,
    /// What a person reads, a line per paragraph.
    pub(super) text: String,
}

/// Text kept of one part, in bytes.
const TEXT: usize = 1 << 20;

/// What the text being read is.
enum Reading {
    Nothing,
    Module,
    Script,
    Binary,
}

impl Content {
    pub(super) fn read(text: &str, budget: &Budget) -> (Self, Result<()>) {
        let mut content = Self::default();
        let mut module = String::new();
        let mut collected = String::new();
        let mut reading = Reading::Nothing;
        let result = walk(text, budget, |piece| match piece {
            Piece::Start { name, element, .. } => {
                content.element(name, element);
                let before = std::mem::replace(&mut reading, Reading::Nothing);
                reading = match name {
                    "module" => {
                        module = attribute(element, "name");
                        Reading::Nothing
                    }
                    "source-code" => Reading::Module,
                    "binary-data" => Reading::Binary,
                    "script" if attribute(element, "language").to_lowercase().contains("script") => Reading::Script,
                    _ => before,
                };
                if matches!(name, "source-code" | "binary-data" | "script") {
                    collected.clear();
                }
            }
            Piece::Text(text) => {
                if !matches!(reading, Reading::Nothing) {
                    collected.push_str(text);
                } else if content.text.len() < TEXT && !text.trim().is_empty() {
                    content.text.push_str(text);
                }
            }
            Piece::End { name, .. } => {
                if matches!(name, "p" | "h") {
                    content.text.push('\n');
                }
                let is_end = matches!(name, "source-code" | "binary-data" | "script");
                if is_end && !collected.trim().is_empty() {
                    content.keep(&reading, &module, std::mem::take(&mut collected));
                }
                if is_end {
                    reading = Reading::Nothing;
                }
            }
        });
        if !collected.trim().is_empty() {
            content.keep(&reading, &module, collected);
        }
        let full = content.full();
        (content, result.and(full))
    }

    fn full(&self) -> Result<()> {
        let lists = [self.calls.check(), self.links.check(), self.dde.check(), self.connections.check()];
        let lists = lists.into_iter().fold(self.presses.check(), Result::and);
        lists.and(self.modules.check()).and(self.scripts.check()).and(self.binaries.check())
    }

    fn keep(&mut self, reading: &Reading, module: &str, text: String) {
        match reading {
            Reading::Module => self.modules.push((module.to_owned(), text)),
            Reading::Script => self.scripts.push(text),
            Reading::Binary => {
                self.binaries.push(base64::decode(text.as_bytes(), usize::MAX));
            }
            _ => {}
        }
    }

    fn element(&mut self, name: &str, element: &BytesStart<'_>) {
        let href = attribute(element, "href");
        match name {
            "event-listener" | "event" => return self.event(element, &href),
            "dde-connection-decl" | "dde-source" => {
                self.dde(attribute(element, "dde-application"), attribute(element, "dde-topic"));
            }
            "connection-resource" | "database-source-sql" | "auto-reload" if !href.trim().is_empty() => {
                if name == "auto-reload" {
                    self.link("frame", &href);
                } else {
                    self.connections.push((href.clone(), false));
                }
            }
            _ => {}
        }
        let formula = attribute(element, "formula");
        if !formula.is_empty() {
            self.formula(&formula);
        }
        if !href.trim().is_empty() {
            if let Some(call) = Call::read(&href) {
                self.call(call, false);
            } else if let Some(kind) = kind_of_link(name, element) {
                self.link(kind, &href);
            }
        }
    }

    /// An event and what it starts. In presentations an event can also start a program or play a sound.
    fn event(&mut self, element: &BytesStart<'_>, href: &str) {
        let automatic = is_automatic(&attribute(element, "event-name"));
        let action = attribute(element, "action").to_lowercase();
        let name = attribute(element, "macro-name");
        if let Some(call) = Call::read(href).or_else(|| Call::read(&name)) {
            self.call(call, automatic);
        } else if let Some(call) = Call::macro_name(&name, &attribute(element, "library")) {
            self.call(call, automatic);
        } else if action == "execute" {
            self.presses.push((href.to_owned(), automatic));
        } else if !href.is_empty() && action != "show" {
            self.link("hyperlink", href);
        }
    }

    fn call(&mut self, call: Call, automatic: bool) {
        self.calls.push((call, automatic));
    }

    fn link(&mut self, kind: &'static str, target: &str) {
        let target = target.trim();
        // What stands in the package itself.
        let inside = target.starts_with('#')
            || target.starts_with("./")
            || ["Pictures/", "Object ", "ObjectReplacements/", "media/"]
                .iter()
                .any(|folder| target.starts_with(folder));
        if !inside && !target.is_empty() {
            self.links.push((kind, target.to_owned()));
        }
    }

    fn dde(&mut self, service: String, topic: String) {
        if !(service.is_empty() && topic.is_empty()) {
            self.dde.push((service, topic));
        }
    }

    /// `DDE("server"; "topic"; …)` and `WEBSERVICE("http…")` (\[OpenFormula\] 6.11.3).
    fn formula(&mut self, formula: &str) {
        let upper = formula.to_ascii_uppercase();
        for (function, is_dde) in [("DDE(", true), ("WEBSERVICE(", false)] {
            for (at, _) in upper.match_indices(function).take(16) {
                let inside = formula.get(at.saturating_add(function.len())..).unwrap_or_default();
                let mut strings = inside.split('"').skip(1).step_by(2);
                let first = strings.next().unwrap_or_default();
                if is_dde {
                    self.dde(first.to_owned(), strings.next().unwrap_or_default().to_owned());
                } else {
                    self.link("connection", first);
                }
            }
        }
        // In formulas of OpenDocument `|` divides the rows of a table; Excel's have a prefix of their own.
        if upper.starts_with("MSOXL:")
            && let Some((service, topic)) = dde_formula(formula)
        {
            self.dde(service, topic);
        }
    }
}

/// What an element brings in by its link.
fn kind_of_link(name: &str, element: &BytesStart<'_>) -> Option<&'static str> {
    Some(match name {
        "object" | "object-ole" => "oleObject",
        "applet" => "control",
        "plugin" => {
            let media = attribute(element, "mime-type").to_lowercase();
            let plays = media.is_empty() || ["vnd.sun.star.media", "video", "audio"].iter().any(|m| media.contains(m));
            if plays { "media" } else { "control" }
        }
        "floating-frame" => "frame",
        "section-source" | "template" => "section",
        "table-source" | "cell-range-source" => "externalLink",
        "image" | "fill-image" | "background-image" | "list-level-style-image" => "image",
        "sound" => "audio",
        "font-face-uri" => "font",
        "a" | "form" | "button" => "hyperlink",
        _ => return None,
    })
}

/// Whether an event comes with showing the document, or with the pointer passing; the rest a person does on purpose.
fn is_automatic(event: &str) -> bool {
    const BY_HAND: &[&str] = &[
        "click",
        "dblclick",
        "change",
        "textchange",
        "itemstatechange",
        "keydown",
        "keyup",
        "keypress",
        "mousedown",
        "mouseup",
        "select",
        "selectionchanged",
        "performaction",
        "actionperformed",
        "approveaction",
        "approvereset",
        "approveupdate",
        "reset",
        "submit",
        "approvesubmit",
        "beforeupdate",
        "afterupdate",
        "print",
        "adjust",
        "doubleclick",
        "rightclick",
        "contentchanged",
    ];
    let name = event.rsplit(':').next().unwrap_or_default();
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase();
    let name = name.strip_prefix("on").filter(|name| !name.is_empty()).unwrap_or(&name);
    let saves = ["save", "copyto", "mailmerge", "fieldmerge", "storage"].iter().any(|start| name.starts_with(start));
    !saves && !BY_HAND.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn all<T>(kept: Kept<T>) -> Vec<T> {
        kept.into_iter().collect()
    }

    fn read(xml: &str) -> Content {
        let budget = Budget::new(Limits::default(), |_| ());
        let (content, result) = Content::read(xml, &budget);
        result.unwrap();
        content
    }

    #[test]
    fn events_that_come_by_themselves() {
        for event in ["dom:load", "office:start-app", "on-load", "dom:mouseover", "office:view-created", "OnFocus"] {
            assert!(is_automatic(event), "{event}");
        }
        for event in ["dom:click", "office:save-as-done", "form:performaction", "on-click", "office:print"] {
            assert!(!is_automatic(event), "{event}");
        }
    }

    #[test]
    fn what_content_starts_and_fetches() {
        let content = read(
            r##"<o><script:event-listener script:event-name="dom:load" xlink:href="vnd.sun.star.script:S.M.Go?language=Basic&amp;location=document"/>
            <presentation:event-listener script:event-name="dom:mouseover" presentation:action="execute" xlink:href="../a.exe"/>
            <presentation:event-listener script:event-name="dom:click" presentation:action="show" xlink:href="#page2"/>
            <draw:floating-frame xlink:href="http://a.example/"/><draw:image xlink:href="Pictures/1.png"/>
            <text:a xlink:href="macro:///S.M.Other"/><office:dde-source office:dde-application="cmd" office:dde-topic="/c x"/>
            <table:table-cell table:formula="of:=DDE(&quot;soffice&quot;;&quot;a.ods&quot;;&quot;A1&quot;)"/>
            <table:table-cell table:formula="of:=SUM({1;2|3;4})"/><ooo:module ooo:name="M"><ooo:source-code>Sub Go
End Sub</ooo:source-code></ooo:module><office:binary-data>QUJ
D</office:binary-data></o>"##,
        );
        let calls: Vec<_> = content.calls.iter().map(|(call, automatic)| (call.procedure(), *automatic)).collect();
        assert_eq!(calls, [("Go", true), ("Other", false)]);
        assert_eq!(all(content.presses), [("../a.exe".to_owned(), true)]);
        assert_eq!(all(content.links), [("frame", "http://a.example/".to_owned())]);
        assert_eq!(all(content.dde), [("cmd".into(), "/c x".into()), ("soffice".into(), "a.ods".into())]);
        assert_eq!(all(content.modules), [("M".to_owned(), "Sub Go\nEnd Sub".to_owned())]);
        assert_eq!(all(content.binaries), [b"ABC"]);
    }
}
