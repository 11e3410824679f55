import assert from "node:assert/strict";
import { test } from "node:test";
import { again, entryOf, lettersBeside, takeTyped } from "./entries.js";

const text = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);
const entry = (name = "a.zip", body = "x") => entryOf(new File([body], name), name, null);

test("a password is tried as it is, without the blanks copied along, and with full-width letters as plain ones", () => {
  const one = entry();
  takeTyped(one, " ２０２６－ａｂ ");
  assert.deepEqual(one.passwords, ["２０２６－ａｂ", " ２０２６－ａｂ ", "2026-ab"]);
  assert.equal(one.typed, " ２０２６－ａｂ ");
  assert.deepEqual(one.hints, []);
  const plain = entry();
  takeTyped(plain, "20261120");
  assert.deepEqual(plain.passwords, ["20261120"]);
});

test("the text of a mail is no password but may hold one; nothing is nothing", () => {
  const one = entry();
  takeTyped(one, "パスワード：\n20261120");
  assert.deepEqual(one.passwords, []);
  assert.deepEqual(one.hints.map((hint) => text(hint.bytes)), ["パスワード：\n20261120"]);
  takeTyped(one, "  ");
  assert.equal(one.passwords.length + one.hints.length, 1);
});

test("mails and texts beside a file are read, not itself and nothing else, and not too many", async () => {
  const locked = entry("a.zip");
  const others = [entry("b.eml", "one"), entry("c.TXT", "two"), entry("d.docx", "three"), ...Array.from({ length: 30 }, (_, i) => entry(`${i}.txt`))];
  const read = await lettersBeside(locked, [locked, ...others]);
  assert.deepEqual(read.slice(0, 2).map((hint) => [hint.name, text(hint.bytes)]), [["b.eml", "one"], ["c.TXT", "two"]]);
  assert.equal(read.length, 20);
  assert.equal((await lettersBeside(others[0] ?? locked, [locked, ...others.slice(0, 1)])).length, 0);
});

test("another look forgets the report and counts", () => {
  const one = Object.assign(entry(), { report: {}, state: "done" });
  assert.deepEqual([again(one).report, one.state, one.tried], [null, "waiting", 1]);
});
