import assert from "node:assert/strict";
import { test } from "node:test";
import { FILES, gather } from "./gather.js";

/** @param {string} path @returns {any} */
const file = (path) => ({ isDirectory: false, name: path.split("/").at(-1), fullPath: path, file: (/** @type {any} */ ok) => ok(new File(["x"], path.split("/").at(-1) ?? "")) });
/** A folder that gives its entries two at a time. @param {string} path @param {any[]} inside @returns {any} */
const folder = (path, inside) => ({ isDirectory: true, name: path.split("/").at(-1), fullPath: path, createReader: () => {
  let at = 0;
  return { readEntries: (/** @type {any} */ ok) => ok(inside.slice(at, at += 2)) };
} });
const paths = (/** @type {any} */ gathered) => gathered.files.map((/** @type {any} */ one) => one.path);

test("files of a folder come before its folders, each in the order of names", async () => {
  const gathered = await gather([folder("/mail", [folder("/mail/b", [file("/mail/b/x")]), file("/mail/z"), file("/mail/a"), folder("/mail/a2", [])]), file("/single")]);
  assert.deepEqual(paths(gathered), ["mail/a", "mail/z", "mail/b/x", "single"]);
  assert.equal(gathered.cut, false);
  assert.equal(gathered.unread, 0);
});

test("what cannot be read is counted, and the rest is kept", async () => {
  const broken = { ...file("/d/broken"), file: (/** @type {any} */ _, /** @type {any} */ no) => no(new Error("gone")) };
  const locked = { ...folder("/d/locked", []), createReader: () => ({ readEntries: (/** @type {any} */ _, /** @type {any} */ no) => no(new Error("denied")) }) };
  const gathered = await gather([folder("/d", [broken, locked, file("/d/good")])]);
  assert.deepEqual([paths(gathered), gathered.unread, gathered.cut], [["d/good"], 2, false]);
});

test("too many files, too deep and too wide are cut, and it is told", async () => {
  const many = await gather([folder("/m", Array.from({ length: FILES + 1 }, (_, i) => file(`/m/${i}`)))]);
  assert.deepEqual([many.files.length, many.cut], [FILES, true]);
  assert.equal((await gather([folder("/m", Array.from({ length: FILES }, (_, i) => file(`/m/${i}`)))])).cut, false, "just as many as allowed");
  let deep = folder("/x", [file("/end")]);
  for (let i = 0; i < 1_000; i++) deep = folder("/x", [deep]);
  assert.deepEqual([(await gather([deep])).files.length, (await gather([deep])).cut], [0, true]);
  const loop = folder("/loop", []);
  loop.createReader = () => ({ readEntries: (/** @type {any} */ ok) => ok([loop]) });
  assert.equal((await gather([loop])).cut, true, "a reader that never ends");
  const wide = await gather([folder("/w", Array.from({ length: 6_000 }, (_, i) => folder(`/w/${i}`, [])))]);
  assert.equal(wide.cut, true, "folders count too");
});
