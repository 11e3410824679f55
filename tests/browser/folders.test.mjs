/** A dropped folder is looked into file by file; many results are read one at a time; the next drop needs no reload. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, catalogue, choose, closeAll, fixtures, launch, level, open, root, screenshot, serve, settled } from "./harness.mjs";

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
const folder = join(root, "target/folders");
before(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "mail/inner"), { recursive: true });
  mkdirSync(join(folder, "empty"));
  mkdirSync(join(folder, "many"));
  copyFileSync(join(fixtures, "clean.docx"), join(folder, "mail/clean.docx"));
  copyFileSync(join(fixtures, "locked-exe.zip"), join(folder, "mail/inner/locked-exe.zip"));
  for (let i = 0; i < 24; i++) writeFileSync(join(folder, "many", `note-${String(i).padStart(2, "0")}.txt`), "Hello.\n");
  copyFileSync(join(fixtures, "auto-run.xlsm"), join(folder, "many/zz.xlsm"));
  site = await serve();
  browser = await launch();
});
after(closeAll);

/** Drops real files and folders, as the system hands them over. @param {any} page @param {string[]} paths */
async function dropPaths(page, ...paths) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths.map((path) => join(folder, path)), dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) await session.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
}

for (const code of ["ja", "en"]) {
  test(`${code}: a folder with folders, then a file, then an empty folder`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}`);
    const before = site.requests.length;
    await dropPaths(page, "mail");
    await settled(page, 2);
    assert.deepEqual(await page.locator(".overview-name").allInnerTexts(), ["mail/inner/locked-exe.zip", "mail/clean.docx"]);
    assert.deepEqual(await page.locator(".result").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((n) => n.dataset.level)), ["stop", "none"]);
    await choose(page, "hold.docm");
    assert.equal(await level(page), "hold");
    await dropPaths(page, "empty");
    await page.waitForFunction((/** @type {string} */ text) => document.querySelector("#notices")?.textContent === text, catalogue(code).page["folder-empty"]);
    assert.equal(await page.locator(".result").count(), 1, "what was there stays");
    assert.deepEqual(site.requests.slice(before), []);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  test(`${code}: of many files the gravest comes first, and one result is shown at a time`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}`);
    await dropPaths(page, "many");
    await page.waitForFunction(() => document.documentElement.dataset.state === "ready" && document.querySelectorAll(".overview li").length === 25);
    assert.equal(await page.locator(".result").count(), 0);
    assert.equal(await page.evaluate(() => document.activeElement?.className), "overview-title", "the list takes the focus");
    assert.equal(await page.locator(".overview-name").first().innerText(), "many/zz.xlsm");
    assert.match(await page.locator(".overview-counts").innerText(), /1.*24/);
    await axe(page, "many files");
    await screenshot(page, `${code}-many`);
    await page.locator(".overview button").first().click();
    assert.equal(await level(page), "stop");
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H2");
    await page.locator(".overview button").nth(3).click();
    assert.equal(await page.locator(".result").count(), 1);
    assert.equal(await level(page), "none");
    await page.locator(`.language[lang="${code === "ja" ? "en" : "ja"}"]`).click();
    assert.equal(await page.locator(".result").count(), 1);
    await choose(page, "hold.docm");
    assert.equal(await level(page), "hold");
    await page.context().close();
  });
}

test("what is cut or cannot be read is said beside what was checked", async () => {
  const page = await open(browser, `${site.origin}/?lang=en`);
  await page.evaluate(() => {
    const file = (/** @type {string} */ name) => ({ isDirectory: false, name, fullPath: `/d/${name}`, file: (/** @type {any} */ ok, /** @type {any} */ no) => (name === "bad" ? no(new Error("gone")) : ok(new File(["x"], name))) });
    const root = { isDirectory: true, name: "d", fullPath: "/d", createReader: () => {
      let pieces = [[file("good"), file("bad"), deep(25)], []];
      return { readEntries: (/** @type {any} */ ok) => ok(pieces.shift()) };
    } };
    /** @param {number} n @returns {any} */
    function deep(n) {
      return { isDirectory: true, name: "x", fullPath: "/d/x", createReader: () => {
        let pieces = [n > 0 ? [deep(n - 1)] : [], []];
        return { readEntries: (/** @type {any} */ ok) => ok(pieces.shift()) };
      } };
    }
    /** @type {any} */ (DataTransferItem.prototype).webkitGetAsEntry = () => root;
    const transfer = new DataTransfer();
    transfer.items.add(new File(["x"], "d"));
    document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
  });
  await settled(page);
  const words = catalogue("en").page;
  assert.deepEqual(await page.locator("#notices .notice").allInnerTexts(), [words["folder-cut"].replace("{n}", "500"), words["folder-unread"]]);
  assert.equal(await page.locator(".verdict-file").innerText(), "good");
  await page.context().close();
});
