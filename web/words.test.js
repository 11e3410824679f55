import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseLanguage, Words } from "./words.js";

const words = new Words({
  page: { "not-known": "unknown", bytes: "{n} bytes" },
  advice: { X: "Is {type}, not {ext}." },
  format: { zip: "ZIP archive" },
  class: { document: "document", unknown: "unknown type" },
  action: { run: "start" },
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

test("ids among the values become words, the rest stays", () => {
  const finding = /** @type {any} */ ({ values: { type: "zip", action: "run", kind: "unheard-of", name: "a" } });
  assert.deepEqual(words.values(finding, /** @type {any} */ ({ class: "archive" })),
    { type: "ZIP archive", action: "start", kind: "unheard-of", name: "a" });
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
