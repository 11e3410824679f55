//! A writer of OpenDocument packages (\[ODF\] part 3), with what acts in them.

use super::Fixture;
use super::zip::{Entry, zip};

const NAMES: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:script=\"urn:oasis:names:tc:opendocument:xmlns:script:1.0\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\" xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\"";

/// Starts a program; what it starts prints a line.
const RUNS: &str = "Sub Go\n  oShell = createUnoService(\"com.sun.star.system.SystemShellExecute\")\n  oShell.execute(\"cmd.exe\", \"/c echo https://updates.invalid/a\", 0)\nEnd Sub\n";

const BRIDGE: &str = "Sub Go\n  Dim bridge, shell\n  bridge = createUnoService(\"com.sun.star.bridge.oleautomation.Factory\")\n  shell = bridge.createInstance(\"WScript.Shell\")\n  shell.Run(\"cmd.exe /c echo https://updates.invalid/a\", 0)\nEnd Sub\n";

fn package(content: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let content =
        format!("<?xml version=\"1.0\"?><office:document-content {NAMES}>{content}</office:document-content>");
    let manifest = "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><manifest:file-entry manifest:full-path=\"/\" manifest:media-type=\"application/vnd.oasis.opendocument.text\"/></manifest:manifest>";
    let mut entries = vec![
        Entry::stored("mimetype", b"application/vnd.oasis.opendocument.text"),
        Entry::deflated("content.xml", content.as_bytes()),
        Entry::deflated("META-INF/manifest.xml", manifest.as_bytes()),
    ];
    entries.extend(parts.iter().map(|(name, bytes)| Entry::deflated(name, bytes)));
    zip(&entries)
}

/// Something the document starts when it has been loaded.
fn on_load(url: &str) -> String {
    format!(
        "<office:scripts><office:event-listeners><script:event-listener script:language=\"ooo:script\" script:event-name=\"dom:load\" xlink:href=\"{url}\"/></office:event-listeners></office:scripts>"
    )
}

fn basic(name: &str, source: &str) -> Vec<u8> {
    let source = source.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    format!("<?xml version=\"1.0\"?>\n<!DOCTYPE script:module PUBLIC \"-//OpenOffice.org//DTD OfficeDocument 1.0//EN\" \"module.dtd\">\n<script:module xmlns:script=\"http://openoffice.org/2000/script\" script:name=\"{name}\" script:language=\"StarBasic\">{source}</script:module>").into_bytes()
}

const GO: &str = "vnd.sun.star.script:Standard.Module1.Go?language=Basic&amp;location=document";
const PYTHON: &str = "vnd.sun.star.script:tools.py$go?language=Python&amp;location=document";
const MODULE: &str = "Basic/Standard/Module1.xml";

/// A content that starts a macro when it has been loaded, and the macro, which starts a program.
pub(crate) fn acting() -> (String, Vec<u8>) {
    let content = on_load(GO);
    let content =
        format!("<?xml version=\"1.0\"?><office:document-content {NAMES}>{content}</office:document-content>");
    (content, basic("Module1", RUNS))
}

pub(crate) fn fixtures() -> Vec<Fixture> {
    let with_macro = |content: &str, source: &str| package(content, &[(MODULE, &basic("Module1", source))]);
    let button = "<office:event-listeners><script:event-listener script:event-name=\"dom:click\" xlink:href=\"vnd.sun.star.script:Standard.Module1.Sum?language=Basic&amp;location=document\"/></office:event-listeners>";
    let sums = "Sub Sum\n  ThisComponent.Sheets(0).getCellByPosition(2, 0).Value = 3\nEnd Sub\n";
    let script = |content: &str, text: &str| package(content, &[("Scripts/python/tools.py", text.as_bytes())]);
    let runs = "import os\n\ndef go(*args):\n    os.system('echo https://updates.invalid/a')\n";
    let counts =
        "def go(*args):\n    doc = XSCRIPTCONTEXT.getDocument()\n    doc.Sheets[0].getCellByPosition(0, 0).Value = 1\n";
    let flat = format!(
        "<?xml version=\"1.0\"?><office:document {NAMES} xmlns:ooo=\"http://openoffice.org/2004/office\" office:mimetype=\"application/vnd.oasis.opendocument.text\"><office:scripts><office:script script:language=\"ooo:Basic\"><ooo:libraries><ooo:library-embedded ooo:name=\"Standard\"><ooo:module ooo:name=\"Module1\"><ooo:source-code>{}</ooo:source-code></ooo:module></ooo:library-embedded></ooo:libraries></office:script></office:scripts>{}</office:document>",
        RUNS.replace('"', "&quot;"),
        on_load(GO)
    );
    let sealed = "<library:library xmlns:library=\"http://openoffice.org/2000/library\" library:name=\"Standard\" library:passwordprotected=\"true\"><library:element library:name=\"Module1\"/></library:library>";
    vec![
        Fixture::new("odt-auto-run-acts", "letter.odt", with_macro(&on_load(GO), RUNS)),
        Fixture::new("odt-auto-run-bridge", "letter.odt", with_macro(&on_load(GO), BRIDGE)),
        Fixture::new("odt-macro-acts", "letter.odt", with_macro("", RUNS)),
        Fixture::new("ods-button", "table.ods", with_macro(button, sums)).honest(),
        Fixture::new(
            "odt-sealed-macro",
            "letter.odt",
            package("", &[("Basic/Standard/script-lb.xml", sealed.as_bytes())]),
        ),
        Fixture::new("fodt-auto-run-acts", "letter.fodt", flat.into_bytes()),
        Fixture::new("odt-python-auto-run-acts", "letter.odt", script(&on_load(PYTHON), runs)),
        Fixture::new("odt-python", "letter.odt", script("", counts)),
        Fixture::new(
            "odt-script-escape",
            "letter.odt",
            package(
                &on_load(
                    "vnd.sun.star.script:../../../program/python/pydoc.py$tempfilepager(1, 'echo')?language=Python&amp;location=share",
                ),
                &[],
            ),
        ),
        Fixture::new(
            "odt-outside-script",
            "letter.odt",
            package(&on_load("vnd.sun.star.script:Tools.Module1.Setup?language=Basic&amp;location=application"), &[]),
        ),
        Fixture::new(
            "odt-remote-frame",
            "letter.odt",
            package("<draw:floating-frame xlink:href=\"https://updates.invalid/a\"/>", &[]),
        ),
        Fixture::new(
            "ods-dde",
            "table.ods",
            package(
                "<table:dde-link><office:dde-source office:dde-application=\"cmd\" office:dde-topic=\"/c echo\" office:dde-item=\"x\"/></table:dde-link>",
                &[],
            ),
        ),
        Fixture::new("odt-without-mimetype", "letter.odt", {
            let content = format!("<office:document-content {NAMES}>{}</office:document-content>", on_load(GO));
            zip(&[Entry::deflated("content.xml", content.as_bytes()), Entry::deflated(MODULE, &basic("Module1", RUNS))])
        }),
        Fixture::new("odt-library-elsewhere", "letter.odt", package("", &[("Basic/script-lc.xml", b"<library:libraries xmlns:library=\"http://openoffice.org/2000/library\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"><library:library library:name=\"Tools\" library:link=\"true\" xlink:href=\"https://updates.invalid/Tools/script.xlb/\"/></library:libraries>")])),
        Fixture::new(
            "odt-honest",
            "letter.odt",
            package(
                "<text:a xlink:href=\"https://www.example/\">link</text:a><draw:image xlink:href=\"Pictures/a.svm\"/>",
                &[
                    ("Pictures/a.svm", b"VCLMTF\x01\0\x31\0\0\0"),
                    ("settings.xml", b"<office:document-settings/>"),
                    ("Configurations2/accelerator/current.xml", b""),
                ],
            ),
        )
        .honest(),
    ]
}
