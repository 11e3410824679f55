/**
 * Files that are made to hide the answer by their mere size: names of pages, letters piled with marks, thousands of
 * findings, folders in folders. The verdict stays in sight, the page stays quick, and the paper stays one.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { crc32 } from "node:zlib";
import { catalogue, closeAll, drop, launch, level, open, pages, serve, settled } from "./harness.mjs";

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
before(async () => {
  site = await serve();
  browser = await launch();
});
after(closeAll);

const PROGRAM = Buffer.concat([Buffer.from("MZ"), Buffer.alloc(62)]);

/** A ZIP of stored files. @param {[name: string, body: Buffer][]} files */
function zip(files) {
  /** @type {Buffer[]} */ const bodies = [];
  /** @type {Buffer[]} */ const list = [];
  let at = 0;
  for (const [name, body] of files) {
    const letters = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x0403_4b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(0x800, 6); // the name is UTF-8
    local.writeUInt32LE(crc32(body), 14);
    local.writeUInt32LE(body.length, 18);
    local.writeUInt32LE(body.length, 22);
    local.writeUInt16LE(letters.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x0201_4b50, 0);
    central.writeUInt16LE(20, 4);
    local.copy(central, 6, 4, 30);
    central.writeUInt32LE(at, 42);
    bodies.push(local, letters, body);
    list.push(central, letters);
    at += local.length + letters.length + body.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(Buffer.concat(list).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, ...list, end]);
}

/** @param {any} page */
const sizes = (page) => page.evaluate(() => {
  const box = (/** @type {string} */ selector) => document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect();
  return { wide: document.documentElement.scrollWidth - document.documentElement.clientWidth, verdict: box(".verdict").height,
    heading: box(".verdict h2").bottom - box(".verdict").top, nodes: document.querySelectorAll("*").length };
});

const NAMES = /** @type {[string, string][]} */ ([
  ["60,000 letters", `${"a".repeat(60_000)}.pdf.exe`],
  ["2,000 marks that turn letters round", `invoice${"\u202E".repeat(2000)}fdp.exe`],
  ["5,000 invisible letters, no two alike in a row", `invoice${"\u200B\u200C".repeat(2500)}.exe`],
  ["a letter with 2,000 marks on it", `e${"\u0301\u0302".repeat(1000)}.exe`],
  ["markup", `${"<img src=x onerror=document.title=1>".repeat(100)}.exe`],
]);

for (const width of [320, 1280]) {
  test(`${width} pixels: a name cannot push the verdict out of sight, nor more than one sheet onto the printer`, async () => {
    const page = await open(browser, `${site.origin}/?lang=ja`, { context: { viewport: { width, height: 640 } } });
    for (const [what, name] of NAMES) {
      // Systems allow 255 letters; a File may have any name, and so may what lies in an archive.
      for (const [file, body] of /** @type {[string, Buffer][]} */ ([[name, PROGRAM], ["a.zip", zip([[name.slice(0, 60_000), PROGRAM], [`${`${"folder".repeat(30)}/`.repeat(50)}x.exe`, PROGRAM]])]])) {
        await page.evaluate(() => { for (const old of document.querySelectorAll(".result")) old.className = "old"; });
        await drop(page, file, body);
        await page.waitForFunction(() => document.querySelector(".result") && document.documentElement.dataset.state === "ready");
        assert.equal(await level(page), "stop", what);
        const { wide, verdict, heading } = await sizes(page);
        assert.ok(wide <= 0, `${what}: ${wide} pixels too wide`);
        assert.ok(heading < 600, `${what}: the verdict ends ${heading} pixels below its edge`);
        assert.ok(verdict < 1300, `${what}: the verdict is ${verdict} pixels high`);
        if (width > 1000 && file === "a.zip") assert.ok(await pages(page) <= 2, what);
      }
    }
    assert.equal(await page.locator("img").count(), 0);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
}

test("ten thousand disguised programs: the answer comes at once, and what is asked for comes in pieces", async () => {
  const page = await open(browser, `${site.origin}/?lang=en`);
  const body = zip(Array.from({ length: 10_000 }, (_, i) => [`folder${i % 100}/invoice${i}.pdf.exe`, PROGRAM]));
  const started = performance.now();
  await drop(page, "many.zip", body);
  await settled(page);
  // It took forty seconds when all of it was made at once.
  assert.ok(performance.now() - started < 15_000, `${performance.now() - started} ms`);
  assert.ok((await sizes(page)).nodes < 3000);
  assert.equal(await pages(page), 1);
  const found = page.locator(".found");
  await found.locator("> .more > summary").click();
  const shows = (/** @type {number} */ n) => page.waitForFunction((/** @type {number} */ n) => document.querySelectorAll(".found .finding").length === n, n);
  await shows(205);
  await found.locator(".more .more > summary").click();
  await shows(405);

  // The saved page is bounded too, and says so.
  const html = await page.evaluate(async () => {
    /** @type {Blob[]} */ const made = [];
    URL.createObjectURL = (/** @type {any} */ blob) => { made.push(blob); return "blob:x"; };
    HTMLAnchorElement.prototype.click = () => {};
    /** @type {HTMLElement} */ (document.querySelector('[data-action="save"]')).click();
    return made[0]?.text();
  });
  assert.ok(html.length < 4_000_000, `${html.length} letters`);
  assert.match(html, new RegExp(catalogue("en").page["acts-more"].replace("{n}", "[\\d,]+").replace(".", "\\.")));
  await page.context().close();
});

test("twelve archives in one another: every name can be read at 320 pixels", async () => {
  const page = await open(browser, `${site.origin}/?lang=ja`, { context: { viewport: { width: 320, height: 640 } } });
  let body = Buffer.from("a letter");
  for (let i = 0; i < 12; i++) body = zip([["document.zip", body]]);
  await drop(page, "document.zip", body);
  await settled(page);
  const widths = await page.locator(".tree-row").evaluateAll((/** @type {HTMLElement[]} */ rows) => rows.map((row) => row.clientWidth));
  assert.ok(widths.length > 8);
  assert.ok(Math.min(...widths) >= 110, String(widths));
  await page.context().close();
});

test("more files than it takes, without a folder: as many as it says, and the rest is told", async () => {
  const page = await open(browser, `${site.origin}/?lang=en`);
  await page.evaluate(() => {
    const transfer = new DataTransfer();
    for (let i = 0; i < 600; i++) transfer.items.add(new File([`text ${i}`], `${i}.txt`));
    document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
  });
  await page.waitForSelector(".overview li");
  assert.equal(await page.locator(".overview li").count(), 500);
  assert.equal(await page.locator("#notices").innerText(), catalogue("en").page["folder-cut"].replace("{n}", "500"));
  await page.locator("#cancel").click();
  await page.waitForSelector('html[data-state="ready"]');
  await page.context().close();
});
