/** The words: both languages say the same things, and neither says what it must not. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { catalogue } from "./testing/samples.js";
import { LANGUAGES } from "./words.js";

/** @param {any} node @param {string} [path] @returns {[string, string][]} */
const flat = (node, path = "") => Object.entries(node).flatMap(([key, value]) =>
  typeof value === "string" ? [[`${path}/${key}`, value]] : flat(value, `${path}/${key}`));

const all = Object.fromEntries(LANGUAGES.map((code) => [code, new Map(flat(catalogue(code)))]));
const placeholders = (/** @type {string | undefined} */ text) => [...new Set((text ?? "").match(/\{[^}]*\}?/g))].sort();

test("one file per language the page offers", () => {
  assert.deepEqual(readdirSync(new URL("messages/", import.meta.url)).sort(), LANGUAGES.map((code) => `${code}.json`).sort());
});

for (const code of LANGUAGES) {
  const entries = all[code] ?? new Map();
  test(`${code}: the same keys and placeholders as the first language`, () => {
    const first = all[LANGUAGES[0] ?? ""] ?? new Map();
    assert.deepEqual([...entries.keys()], [...first.keys()]);
    for (const [key, text] of entries) assert.deepEqual(placeholders(text), placeholders(first.get(key)), key);
  });

  test(`${code}: plain text, nothing empty, placeholders well formed`, () => {
    for (const [key, text] of entries) {
      assert.ok(text.trim() !== "", key);
      assert.doesNotMatch(text, /[<>]|&\w+;/, key);
      for (const placeholder of placeholders(text)) assert.match(placeholder, /^\{[a-z0-9_]+\}$/, key);
    }
  });

  test(`${code}: no verdict of harmlessness, no family name, no score`, () => {
    const forbidden = /安全です|安心|問題ありません|(?<!ス)クリーン|ウイルスはありません|感染していません|ウイルスです|\bsafe\b|\bclean\b|\bOK\b|virus-free|\btrusted\b|\bpassed\b|is a virus|Emotet|\d\s*%/i;
    // The one sentence in which the word stands is the warning itself.
    const allowed = "Part of it was not checked. That does not mean it is safe.";
    // EmoCheck is a tool of Japanese guidance and named by it; nothing is said about a file.
    const tool = ["/opened/fact/emocheck", "/opened/it/4"];
    for (const [key, text] of entries) if (text !== allowed && !tool.includes(key)) assert.doesNotMatch(text, forbidden, key);
  });

  test(`${code}: every finding has its four sentences`, () => {
    for (const [id, entry] of Object.entries(catalogue(code).finding)) {
      assert.match(id, /^[a-z]+\.[a-z-]+$/);
      assert.deepEqual(Object.keys(/** @type {any} */ (entry)), ["title", "what", "why", "normal"], id);
    }
  });
}

test("ja: sentences stay short", () => {
  // The longest fixed sentence of the advice has 62 characters; whatever is written anew keeps below.
  for (const [key, text] of all.ja ?? []) {
    if (key.startsWith("/report/")) continue; // a form to fill in
    for (const sentence of text.split(/(?<=。)/)) assert.ok(sentence.length <= 62, `${key}: ${sentence.length}: ${sentence}`);
  }
});

test("en: sentences stay short", () => {
  for (const [key, text] of all.en ?? []) {
    if (key.startsWith("/report/")) continue; // a form to fill in
    for (const sentence of text.split(/(?<=[.!?])\s+/)) assert.ok(sentence.split(/\s+/).length <= 25, `${key}: ${sentence}`);
  }
});

test("every word the page asks for exists", () => {
  const sources = readdirSync(new URL(".", import.meta.url)).filter((name) => /^[a-z-]+\.(js|html)$/.test(name))
    .map((name) => readFileSync(new URL(name, import.meta.url), "utf8")).join("\n");
  const used = [...sources.matchAll(/\.page\("([\w-]+)"|data-text="([\w-]+)"|\bhead\("([\w-]+)"\)|\brow\("([\w-]+)"|say\("([\w-]+)"\)/g)].map((m) => m.slice(1).find(Boolean));
  assert.ok(used.length > 40);
  for (const key of used) assert.ok(all.en?.has(`/page/${key}`), key);
  const idle = Object.keys(catalogue("en").page).filter((key) => !sources.includes(`"${key}"`) && !/^(lock|load)-failed/.test(key));
  assert.deepEqual(idle, [], "written, but never asked for");
});
