/**
 * While it works the page says what it looks at, how far it is and how long it
 * will take; and nobody has to wait for the engine to hand it a file.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, catalogue, closeAll, drop, launch, level, open, screenshot, serve, settled } from "./harness.mjs";

/** Works as many seconds as the name of the file says, and tells how far it is; "stuck" stops telling after one. */
const standIn = `let wasm_bindgen = {
  initSync() {},
  engine: () => ({ version: "0.0.0", rules: "2026-01-01", schema: 1, memory: 0 }),
  inspect: (...given) => JSON.stringify(wasm_bindgen.look(...given)),
  look(file, options, progress) {
    const seconds = parseFloat(file.name), start = Date.now();
    for (let told = 0, past = 0; past < seconds * 1000; past = Date.now() - start) {
      if (past - told < 100 || (file.name.includes("stuck") && past > 1000)) continue;
      told = past;
      progress(Math.floor(past / 1000), Math.ceil(seconds), "見積書_" + Math.floor(past / 1000) + ".xlsx", past * 1e6, seconds * 1e9);
    }
    return { schema: 1, engine: { version: "0.0.0", rules: "2026-01-01" }, verdict: { level: "none", incomplete: false, reasons: [] },
      counts: { checked: 1, unchecked: 0 }, advice: ["B5"], findings: [], checks: {}, actions: [], more_actions: 0, story: [],
      artifacts: [{ id: 0, parent: null, name: file.name, origin: { kind: "input" }, format: "text", class: "text", size: file.size, sha256: null, status: "inspected" }] };
  },
};`;
const overrides = { "/engine/unopened.js": standIn, "/engine/unopened_bg.wasm": Buffer.from("0061736d01000000", "hex") };

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
before(async () => {
  site = await serve({ overrides });
  browser = await launch();
});
after(closeAll);

/** Keeps what an element says, each time it says something else. @param {any} page @param {string} selector */
const listen = (page, selector) => page.evaluate((/** @type {string} */ selector) => {
  const heard = /** @type {any} */ (globalThis).heard ??= {};
  const said = heard[selector] = /** @type {string[]} */ ([]);
  const node = /** @type {Element} */ (document.querySelector(selector));
  new MutationObserver(() => { if (node.textContent && node.textContent !== said.at(-1)) said.push(node.textContent); }).observe(node, { childList: true, characterData: true, subtree: true });
}, selector);
const heard = (/** @type {any} */ page, /** @type {string} */ selector) => page.evaluate((/** @type {string} */ selector) => /** @type {any} */ (globalThis).heard[selector], selector);

for (const code of ["ja", "en"]) test(`${code}: after three seconds the time left is told, and falls; screen readers hear it once`, async () => {
  const words = catalogue(code).page;
  const page = await open(browser, `${site.origin}/?lang=${code}`);
  await listen(page, "#work-left");
  await listen(page, "#status");
  await drop(page, "9 seconds.zip", "x");
  await page.waitForTimeout(2000);
  assert.equal(await page.locator("#work-left").textContent(), "", "too early to say");
  await page.waitForFunction(() => document.querySelector("#work-left")?.textContent !== "");
  assert.equal(await page.locator("#work-left").innerText(), words["working-left"].replace("{n}", "10"));
  assert.match(await page.locator("#work-detail").innerText(), /見積書_\d\.xlsx/);
  const share = await page.locator("#work-bar").evaluate((/** @type {HTMLProgressElement} */ bar) => bar.value);
  assert.ok(share > 0.3 && share < 0.7, String(share));
  await axe(page, "at work");
  await screenshot(page, `${code}-progress`);
  await settled(page);
  const left = (/** @type {number} */ n) => words["working-left"].replace("{n}", String(n));
  // What is done in between holds the page up, and the estimate may notice.
  const told = await heard(page, "#work-left");
  assert.deepEqual([told[0], told.at(-1)], [left(10), left(5)]);
  const said = await heard(page, "#status");
  assert.deepEqual(said.map((/** @type {string} */ text) => text.replace(/[「“]?9 seconds\.zip[」”]?/, "…")).map((/** @type {string} */ text) => text === left(10)), [false, true, false]);
  assert.equal(await page.locator("#work").isVisible(), false);
  await page.context().close();
});

test("what stops telling is told no time", async () => {
  const page = await open(browser, `${site.origin}/?lang=en`);
  await listen(page, "#work-left");
  await drop(page, "6 stuck", "x");
  await settled(page);
  assert.deepEqual(await heard(page, "#work-left"), []);
  await page.context().close();
});

test("many files: how many are done, and the time for all of them", async () => {
  const page = await open(browser, `${site.origin}/?lang=en`);
  await page.setInputFiles("#file", Array.from({ length: 12 }, (_, i) => ({ name: `0.8 ${i}`, mimeType: "", buffer: Buffer.from("x") })));
  await page.waitForFunction(() => document.querySelector("#work-left")?.textContent !== "");
  assert.match(await page.locator("#work-left").innerText(), /^About (10|20) seconds left$/);
  assert.match(await page.locator("#work-detail").innerText(), /^[345678] of 12 files done/);
  await axe(page, "many at work");
  await page.locator("#cancel").click();
  await settled(page, 12);
  await page.context().close();
});

/** The page while the engine is still on its way. @param {Awaited<ReturnType<typeof serve>>} server @param {string} [path] */
async function early(server, path = "/?lang=en") {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  await page.goto(server.origin + path, { waitUntil: "commit" });
  await page.waitForSelector("#drop:visible");
  assert.equal(await page.getAttribute("html", "data-state"), "loading");
  return page;
}

const late = (/** @type {number} */ ms) => (/** @type {string} */ path) => (path.endsWith(".wasm") ? ms : 0);

for (const code of ["ja", "en"]) test(`${code}: a file that comes before the engine waits, unread, and is looked into when the lock holds`, async () => {
  const server = await serve({ delay: late(6000) });
  const page = await early(server, `/?lang=${code}`);
  const words = catalogue(code).page;
  assert.equal(await page.locator("#privacy .privacy-state").innerText(), words["privacy-pending"]);
  await page.evaluate(() => {
    for (const name of ["arrayBuffer", "slice", "stream", "text"]) {
      const read = /** @type {any} */ (Blob.prototype)[name];
      /** @type {any} */ (Blob.prototype)[name] = function (/** @type {any[]} */ ...args) {
        if (this instanceof File) /** @type {any} */ (globalThis).readIn ??= document.querySelectorAll("meta[http-equiv]").length;
        return read.apply(this, args);
      };
    }
  });
  await drop(page, "early.txt", "hello");
  assert.equal(await page.locator("#notices").innerText(), words.early);
  await axe(page, "a file waits");
  await screenshot(page, `${code}-early`);
  await page.locator("#languages button").first().click();
  await page.locator("#choose").isEnabled();
  await page.setInputFiles("#file", [{ name: "chosen.txt", mimeType: "", buffer: Buffer.from("x") }]);
  assert.equal(await page.getAttribute("html", "data-state"), "loading");
  await settled(page, 2);
  assert.equal(await page.locator("#notices").innerText(), "");
  assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).readIn), 2, "read only under the second policy");
  assert.equal(await page.locator(".result").first().getAttribute("data-level").then((/** @type {string} */ l) => ["none", "notice"].includes(l)), true);
  await page.context().close();
});

test("a file that is let go before there are words is not opened by the browser, and is looked into", async () => {
  const server = await serve({ delay: (path) => (path.startsWith("/messages/") ? 3000 : 0) });
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${server.origin}/?lang=en`, { waitUntil: "load" });
  assert.equal(await page.locator("#boot").isVisible(), true);
  const prevented = await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["hello"], "a.txt"));
    return ["dragover", "drop"].map((type) => !document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer })));
  });
  assert.deepEqual(prevented, [true, true]);
  await settled(page);
  await page.context().close();
});

test("the engine does not come: what waited is not looked into, and the page says so", async () => {
  const server = await serve({ overrides: { "/engine/unopened_bg.wasm": "not wasm" }, delay: late(3000) });
  const page = await early(server);
  await drop(page, "early.txt", "hello");
  await page.waitForSelector('html[data-state="closed"]');
  assert.ok((await page.locator("#notices").innerText()).includes(catalogue("en").page["load-failed"]));
  assert.ok(!(await page.locator("#notices").innerText()).includes(catalogue("en").page.early));
  assert.equal(await page.locator(".result, #work:visible").count(), 0);
  await page.context().close();
});
