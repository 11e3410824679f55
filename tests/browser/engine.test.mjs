/**
 * The engine as compiled for browsers, in each of them: every fixture's report is the one that the native engine gives,
 * and the browser's own decoder reads code pages as the native one does.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { browsers, closeAll, fixtures, launch, root, serve } from "./harness.mjs";

/** What web/worker.js gives the engine when the page has read the file. */
const WORKER = `
importScripts("/engine/unopened.js");
const ready = fetch("/engine/unopened_bg.wasm").then((r) => r.arrayBuffer()).then((b) => wasm_bindgen.initSync({ module: new WebAssembly.Module(b) }));
onmessage = async ({ data: { id, name, passwords } }) => {
  await ready;
  const bytes = await (await fetch("/fixture/" + id)).arrayBuffer();
  try {
    postMessage(JSON.parse(wasm_bindgen.inspect({ name, size: bytes.byteLength, read: (from, to) => new Uint8Array(bytes, from, to - from) }, { passwords }, () => {})));
  } catch (error) {
    postMessage(String(error));
  }
};`;

/** @type {[id: string, name: string, passwords: string[]][]} */
const all = JSON.parse(readFileSync(join(fixtures, "fixtures.json"), "utf8"));
const folder = (/** @type {string} */ id) => join(fixtures, "all", id);
const bodies = Object.fromEntries(all.map(([id]) => [`/fixture/${id}`, readFileSync(join(folder(id), readdirSync(folder(id))[0] ?? ""))]));

/** How many reports are asked for at once: drivers take their time for each question. */
const BATCH = 50;

for (const browser of browsers) describe(browser, () => {
  /** @type {any} */ let page;
  before(async () => {
    const { origin } = await serve({ overrides: { "/blank.html": "<!doctype html>", "/test-worker.js": WORKER, ...bodies } });
    page = await (await (await launch([], browser)).newContext()).newPage();
    await page.goto(`${origin}/blank.html`);
    await page.evaluate(() => { Object.assign(globalThis, { worker: new Worker("/test-worker.js") }); });
  });
  after(closeAll);

  test("every fixture's report equals its golden file", async () => {
    const wrong = [];
    for (let from = 0; from < all.length; from += BATCH) {
      const some = all.slice(from, from + BATCH);
      const reports = JSON.parse(await page.evaluate(async (/** @type {typeof all} */ some) => {
        const { worker } = /** @type {any} */ (globalThis);
        const reports = [];
        for (const [id, name, passwords] of some) {
          reports.push(await new Promise((resolve) => {
            worker.onmessage = (/** @type {MessageEvent} */ event) => resolve(event.data);
            worker.postMessage({ id, name, passwords });
          }));
        }
        return JSON.stringify(reports);
      }, some));
      for (const [i, [id]] of some.entries()) {
        try {
          assert.deepEqual(reports[i], JSON.parse(readFileSync(join(root, "tests/golden", `${id}.json`), "utf8")));
        } catch {
          wrong.push(id);
        }
      }
    }
    assert.ok(all.length > 500);
    assert.deepEqual(wrong, []);
  });

  test("the browser decodes code pages as the native engine does", async () => {
    // The other column of codecs::encoding's own test; UTF, windows-1252 and ISO-8859-16 are decoded there in both.
    const table = JSON.parse(readFileSync(join(root, "tests/encodings.json"), "utf8"))
      .filter(([name]) => !/^(UTF|windows-1252|ISO-8859-16)/.test(name));
    const wrong = await page.evaluate((/** @type {[string, string, string, boolean][]} */ table) => table.filter(([name, hex, text, allowed]) => {
      const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
      let strictly = true;
      try {
        new TextDecoder(name, { fatal: true }).decode(bytes);
      } catch {
        strictly = false;
      }
      return new TextDecoder(name).decode(bytes) !== text || strictly !== allowed;
    }), table);
    assert.ok(table.length > 500);
    assert.deepEqual(wrong, []);
  });
});
