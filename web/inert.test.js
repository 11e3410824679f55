import assert from "node:assert/strict";
import { test } from "node:test";
import { defang, pieces, visible } from "./inert.js";

test("bidi, zero-width and control characters show their code points", () => {
  assert.equal(visible("a\u202Egpj.exe"), "a[U+202E]gpj.exe");
  assert.equal(visible("a\u200Bb\u00ADc\u0000d\uFEFF"), "a[U+200B]b[U+00AD]c[U+0000]d[U+FEFF]");
  assert.equal(visible("x\u{E0041}\u3164\u115F"), "x[U+E0041][U+3164][U+115F]");
  assert.equal(visible("lone \uD800!"), "lone [U+D800]!");
});

test("what the engine escaped looks the same as what the page escapes", () => {
  assert.equal(visible("note\\u{202e}fdp.txt"), "note[U+202E]fdp.txt");
  assert.equal(visible("C:\\users\\u{x}"), "C:\\users\\u{x}");
});

test("padding is counted, ordinary blanks stay", () => {
  assert.equal(visible(`a.pdf${" ".repeat(80)}.exe`), "a.pdf[U+0020×80].exe");
  assert.equal(visible("請求書 2026　年 a"), "請求書 2026　年 a");
});

test("honest variation selectors stay, chains of them do not", () => {
  assert.equal(visible("葛\u{E0100}城"), "葛\u{E0100}城");
  assert.equal(visible("❤\uFE0F"), "❤\uFE0F");
  assert.equal(visible("a\u{E0100}"), "a[U+E0100]");
  assert.equal(visible("葛\u{E0100}\u{E0101}"), "葛[U+E0100][U+E0101]");
});

test("marks piled on a letter are counted, those that languages need stay", () => {
  assert.equal(visible(`a${"\u0301\u0302".repeat(50)}.exe`), "a\u0301\u0302\u0301\u0302[U+0301…×96].exe");
  for (const name of ["ệ".normalize("NFD"), "שָׁ֑", "ที่นี่", "पृष्ठ्भूमि"]) assert.equal(visible(name), name);
});

test("one hidden character many times over is named once", () => {
  assert.equal(visible(`a${"\u202E".repeat(2000)}fdp.exe`), "a[U+202E×2000]fdp.exe");
  assert.equal(visible("a\u200B\u200B\u200Cb"), "a[U+200B][U+200B][U+200C]b");
});

test("of a name of pages the beginning and the end are shown, of an excerpt everything", () => {
  const long = `${"a".repeat(60_000)}.pdf.exe`;
  assert.equal(visible(long), `${"a".repeat(200)}[…59748…]${"a".repeat(52)}.pdf.exe`);
  for (const how of [{ lines: true }, { whole: true }]) assert.equal(visible(long, how), long);
  const mixed = visible("\u200B\u200C".repeat(5000) + ".exe");
  assert.ok(mixed.length < 400 && mixed.endsWith(".exe"), mixed);
  assert.equal(visible("請".repeat(260)), "請".repeat(260));
  assert.equal(visible("😀".repeat(260)), "😀".repeat(260));
});

test("excerpts keep their lines, names do not", () => {
  assert.equal(visible("a\r\nb\tc", { lines: true }), "a\nb\tc");
  assert.equal(visible("a\r\nb"), "a[U+000D][U+000A]b");
  assert.equal(visible("a\rb", { lines: true }), "a[U+000D]b");
});

test("pieces lose nothing that can be seen", () => {
  assert.deepEqual(pieces("a\u202Eb"), [{ text: "a", hidden: false }, { text: "U+202E", hidden: true }, { text: "b", hidden: false }]);
  assert.deepEqual(pieces(""), []);
});

test("addresses no longer look like links", () => {
  assert.equal(defang("https://a.example.com/x.y"), "hxxps://a[.]example[.]com/x.y");
  assert.equal(defang("HTTP://user@a.example"), "hxxp://user[@]a[.]example");
  assert.equal(defang("ftp://a.example/b"), "ftp[:]//a[.]example/b");
  assert.equal(defang("\\\\files.example.com\\share\\a.xll"), "\\\\files[.]example[.]com\\share\\a.xll");
  assert.equal(defang("see www.example.com now"), "see www[.]example[.]com now");
  assert.equal(defang("mailto:a@b.example"), "mailto[:]a@b.example");
  assert.equal(defang("file://a.example/b"), "file[:]//a[.]example/b");
});

test("what is no address stays as it is", () => {
  for (const text of ["請求書.xlsx", "C:\\Users\\a.txt", "xl/vbaProject.bin", "a: b // c", "Range(\"A1\").Value"]) assert.equal(defang(text), text);
});
