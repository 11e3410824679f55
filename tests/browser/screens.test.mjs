/**
 * How the page looks in its main states, on a phone and on a desktop, in both languages: small pictures that Chromium
 * made are compared with those in `screens/`, which `scripts/bless` writes anew and a person looks at.
 *
 * How letters are smoothed depends on the machine; averages over squares of six pixels hardly do, and still show another
 * colour or border, a line more, a word elsewhere. Whatever differs is left in target/screens, in full size too.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readPng, writePng } from "./png.mjs";
import { choose, closeAll, launch, open, root, serve } from "./harness.mjs";

const DEVICES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

/** What leads to each state, one after the other on one page. @type {Record<string, (page: any) => Promise<unknown>>} */
const STATES = {
  start: async () => {},
  stop: (page) => choose(page, "auto-run.xlsm"),
  hold: (page) => choose(page, "hold.docm"),
  notice: (page) => choose(page, "all/vba-honest-japanese/" + readdirSync(join(process.env.FIXTURES ?? join(root, "target/fixtures"), "all/vba-honest-japanese"))[0]),
  none: (page) => choose(page, "clean.docx"),
  locked: (page) => choose(page, "locked.zip"),
  several: (page) => choose(page, "locked-exe.zip", "clean.docx"),
  opened: async (page) => {
    await page.reload();
    await page.waitForSelector('html[data-state="ready"]');
    await page.locator("#opened-link").click();
    await page.locator('.opened-acts input[value="content"]').check();
    await page.locator('.opened-acts input[value="password"]').check();
  },
  quiz: async (page) => {
    await page.reload();
    await page.waitForSelector('html[data-state="ready"]');
    await page.locator("#practice > summary").click();
    await page.locator('[data-action="quiz-start"]').click();
    await page.locator('[data-action="quiz-ask"]').click();
  },
};

/** Pixels per side of a square, and levels of each colour that are kept. */
const SQUARE = 6;
const LEVELS = 32;

/** A square differs if one of its colours does, by this much, from all squares around the same place. */
const DIFFERENT = 40;
/** Of ten thousand squares so many may differ: letters are smoothed by other rules on other machines. */
const ALLOWED = 25;
/** As many rows of squares may be more or less, on pages of several hundred: lines are as high as their letters. */
const ROWS = 3;

const references = join(root, "tests/browser/screens");
const results = join(root, "target/screens");

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
/** @type {any} */ let table;
before(async () => {
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  if (process.env.BLESS) rmSync(references, { recursive: true, force: true });
  mkdirSync(references, { recursive: true });
  site = await serve();
  browser = await launch();
  // A page without a policy, where pictures can be taken apart.
  table = await (await browser.newContext()).newPage();
});
after(closeAll);

/**
 * The averages of squares.
 * @param {Buffer} png
 * @returns {Promise<import("./png.mjs").Picture>}
 */
async function small(png) {
  const { width, height, base64 } = await table.evaluate(async ([base64, square, levels]) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const line = image.width;
    const width = Math.floor(line / square), height = Math.floor(image.height / square);
    const rgb = new Uint8Array(width * height * 3);
    const step = 255 / (levels - 1);
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++) {
      let sum = 0;
      for (let v = 0; v < square; v++) for (let u = 0; u < square; u++) sum += data[((y * square + v) * line + x * square + u) * 4 + c];
      rgb[(y * width + x) * 3 + c] = Math.round(Math.round(sum / square ** 2 / step) * step);
    }
    return { width, height, base64: btoa(Array.from(rgb, (byte) => String.fromCharCode(byte)).join("")) };
  }, [png.toString("base64"), SQUARE, LEVELS]);
  return { width, height, rgb: Buffer.from(base64, "base64") };
}

/**
 * The squares of one picture that have no like in the other, two steps up or down and one aside: less than half a line.
 * @param {import("./png.mjs").Picture} a @param {import("./png.mjs").Picture} b
 */
function differing(a, b) {
  let count = 0;
  for (let y = 0; y < Math.min(a.height, b.height); y++) for (let x = 0; x < Math.min(a.width, b.width); x++) {
    let least = 255;
    for (let v = -2; v <= 2; v++) for (let u = -1; u <= 1; u++) {
      if (y + v < 0 || y + v >= b.height || x + u < 0 || x + u >= b.width) continue;
      let most = 0;
      for (let c = 0; c < 3; c++) most = Math.max(most, Math.abs((a.rgb[(y * a.width + x) * 3 + c] ?? 0) - (b.rgb[((y + v) * b.width + x + u) * 3 + c] ?? 0)));
      least = Math.min(least, most);
    }
    if (least > DIFFERENT) count++;
  }
  return count;
}

/** In what a picture is another one; empty if it is the same. @param {import("./png.mjs").Picture} now @param {import("./png.mjs").Picture} then */
function compare(now, then) {
  if (now.width !== then.width || Math.abs(now.height - then.height) > ROWS) return `${now.width} × ${now.height} squares instead of ${then.width} × ${then.height}`;
  const share = (differing(now, then) + differing(then, now)) / 2 / (now.width * now.height) * 10_000;
  return share > ALLOWED ? `${Math.round(share)} of 10,000 squares differ` : "";
}

/** @param {any} page */
async function shoot(page) {
  await page.evaluate(() => {
    // The date of the rules changes with them.
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = texts.nextNode());) node.textContent = node.textContent?.replace(/20\d\d年\d+月\d+日|[A-Z][a-z]+ \d+, 20\d\d/g, "2000") ?? "";
    scrollTo(0, 0);
  });
  return page.screenshot({ fullPage: true, animations: "disabled", caret: "hide" });
}

for (const code of ["ja", "en"]) for (const [device, viewport] of Object.entries(DEVICES)) {
  test(`${code}, ${device}: every main state looks as it did`, async () => {
    const wrong = [];
    const page = await open(browser, `${site.origin}/?lang=${code}`, { context: { viewport } });
    for (const [state, lead] of Object.entries(STATES)) {
      await lead(page);
      const png = await shoot(page);
      const name = `${code}-${device}-${state}.png`;
      const now = await small(png);
      const reference = join(references, name);
      if (process.env.BLESS) writeFileSync(reference, writePng(now));
      const difference = existsSync(reference) ? compare(now, readPng(readFileSync(reference))) : "there is no picture to compare with";
      if (difference === "") continue;
      wrong.push(`${name}: ${difference}`);
      writeFileSync(join(results, name), png);
      writeFileSync(join(results, `small-${name}`), writePng(now));
    }
    await page.context().close();
    assert.deepEqual(wrong, [], "look into target/screens; scripts/bless takes them as right");
  });
}

for (const [what, style] of Object.entries({ colour: ".verdict { background: #00118f !important; }", size: ".verdict h2 { font-size: 2.5rem; }", gone: ".actions { visibility: hidden; }" })) {
  test(`control: another ${what} is noticed`, async () => {
    const css = `${readFileSync(join(root, "web/style.css"), "utf8")}\n${style}`;
    const changed = await serve({ overrides: { "/style.css": css } });
    const page = await open(browser, `${changed.origin}/?lang=ja`, { context: { viewport: DEVICES.phone } });
    await choose(page, "auto-run.xlsm");
    assert.notEqual(compare(await small(await shoot(page)), readPng(readFileSync(join(references, "ja-phone-stop.png")))), "");
    await page.context().close();
  });
}

test("the pictures weigh little", () => {
  const total = readdirSync(references).reduce((sum, name) => sum + readFileSync(join(references, name)).length, 0);
  assert.ok(total < 1_500_000, `${total} bytes`);
});
