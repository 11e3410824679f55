import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseLanguage, stamp, Words } from "./words.js";

const words = new Words({
  page: { "not-known": "unknown", bytes: "{n} bytes" },
  advice: { X: "Is {type}, not {ext}." },
  format: { zip: "ZIP archive" },
  class: { document: "document", unknown: "unknown type" },
  action: { run: "start" },
  kind: { attachedTemplate: "a template", other: "another part ({id})" },
  part: { zip: "packed in an odd way", other: "a part ({id})" },
  trigger: { open: "opening ({id})", close: "closing ({id})", other: "later ({id})" },
}, "en");

test("asked, then configured, then the browser, then English", () => {
  assert.equal(chooseLanguage("en", "ja", ["ja"]), "en");
  assert.equal(chooseLanguage("xx", "ja", ["en"]), "ja");
  assert.equal(chooseLanguage(null, null, ["fr", "ja-JP"]), "ja");
  assert.equal(chooseLanguage(null, null, []), "en");
});

test("values are parts of their own and are not templates", () => {
  assert.deepEqual(words.parts(["advice", "X"], { type: "{ext}", ext: ".pdf" }), [
    { value: false, text: "Is " }, { value: true, text: "{ext}" }, { value: false, text: ", not " },
    { value: true, text: ".pdf" }, { value: false, text: "." }]);
});

test("a value nobody gave is called unknown, a key nobody wrote is shown", () => {
  assert.equal(words.text(["advice", "X"], { ext: "a" }), "Is unknown, not a.");
  assert.equal(words.text(["finding", "new.thing", "title"]), "finding.new.thing.title");
});

test("keys of every object are not entries", () => {
  assert.equal(words.entry("advice", "constructor"), undefined);
  assert.equal(words.entry("__proto__"), undefined);
});

test("a format without a name shows its class", () => {
  assert.equal(words.format("zip", "archive"), "ZIP archive");
  assert.equal(words.format("new-format", "document"), "document");
  assert.equal(words.format(null, "what"), "unknown type");
});

/** @param {Record<string, string>} values @param {string} [id] @param {string} [format] */
const valuesOf = (values, id = "x", format = "zip") => Object.fromEntries(
  Object.entries(words.values(/** @type {any} */ ({ id, values }), /** @type {any} */ ({ class: "archive", format })))
    .map(([key, value]) => [key, Array.isArray(value) ? value.map((part) => part.text).join("") : { raw: value }]));

test("ids among the values become words, the rest stays", () => {
  assert.deepEqual(valuesOf({ type: "zip", action: "run", kind: "ATTACHEDtemplate", name: "a" }),
    { type: "ZIP archive", action: "start", kind: "a template", name: { raw: "a" } });
});

test("an id without a word keeps to its brackets and stays a value", () => {
  assert.deepEqual(words.word("kind", "unheard-of"),
    [{ value: false, text: "another part (" }, { value: true, text: "unheard-of" }, { value: false, text: ")" }]);
  assert.equal(valuesOf({ kind: "other" }).kind, "another part (other)");
});

test("what could not be read is a part, unless it is the file's own format", () => {
  assert.equal(valuesOf({ type: "zip" }, "file.unsupported", "docx").type, "packed in an odd way");
  assert.equal(valuesOf({ type: "zip" }, "file.unsupported", "zip").type, "ZIP archive");
  assert.equal(valuesOf({ type: "new" }, "file.unsupported", "zip").type, "a part (new)");
});

test("what starts a macro, by the name of its event", () => {
  const when = (/** @type {string} */ trigger) => valuesOf({ trigger }).trigger;
  for (const name of ["Workbook_Open", "AutoOpen", "Auto_Open", "autoexec", "Document_New", "Application_Startup", "SlideShowBegin"]) assert.equal(when(name), `opening (${name})`);
  for (const name of ["Document_Close", "AutoClose", "Workbook_BeforeClose", "AutoExit", "Application_Quit", "OnSlideShowTerminate"]) assert.equal(when(name), `closing (${name})`);
  for (const name of ["InkPicture1_Painted", "Workbook_Activate", "Worksheet_Calculate", "CommandButton1_Click", "Reopen_Friend"]) assert.equal(when(name), `later (${name})`);
});

test("numbers among the values", () => {
  assert.deepEqual(valuesOf({ size: "136314880", ratio: "1103" }), { size: "130 MB", ratio: "1,103" });
});

test("sizes and dates", () => {
  assert.equal(words.size(0), "0 bytes");
  assert.equal(words.size(1536), "1.5 KB (1,536 bytes)");
  assert.equal(words.size(5 * 1024 ** 3), "5 GB (5,368,709,120 bytes)");
  assert.equal(words.size(null), "unknown");
  assert.equal(words.date("2026-11-22"), "November 22, 2026");
  assert.equal(words.date("soon"), "soon");
  assert.equal(words.date(""), "unknown");
});

test("a moment is told to the second, with the distance to UTC", () => {
  const date = Object.assign(new Date(2026, 10, 2, 7, 5, 3), { getTimezoneOffset: () => -540 });
  assert.equal(stamp(date), "2026-11-02 07:05:03 +09:00");
  assert.ok(stamp(Object.assign(new Date(2026, 0, 1), { getTimezoneOffset: () => 210 })).endsWith("-03:30"));
  assert.ok(stamp(Object.assign(new Date(2026, 0, 1), { getTimezoneOffset: () => 0 })).endsWith("+00:00"));
});
