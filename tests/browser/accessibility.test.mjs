/**
 * Usable by everyone: axe-core finds nothing in any state, the keyboard
 * reaches everything, targets are large, narrow windows reflow, and paper
 * carries the verdict.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, choose, closeAll, launch, open, screenshot, serve } from "./harness.mjs";

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
before(async () => {
  site = await serve();
  browser = await launch();
});
after(closeAll);

const languages = ["ja", "en"];
const files = ["auto-run.xlsm", "hold.docm", "locked.zip", "locked-exe.zip", "clean.docx"];

/** Opens every details, so that everything is looked at. @param {any} page */
const openAll = (page) => page.evaluate(async () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
});

for (const code of languages) {
  test(`${code}: axe-core finds nothing in any state`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}`);
    await axe(page, "start");
    for (const name of files) {
      await choose(page, name);
      await axe(page, name);
      await openAll(page);
      await axe(page, `${name}, everything open`);
    }
    await choose(page, ...files);
    await axe(page, "several files");
    await page.context().close();
  });

  test(`${code}: at 320 pixels nothing needs sideways scrolling, and every target is 44 pixels high`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}`, { context: { viewport: { width: 320, height: 640 } } });
    for (const name of files) {
      await choose(page, name);
      await openAll(page);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320, name);
      const small = await page.locator("button:visible, summary:visible").evaluateAll((/** @type {any[]} */ nodes) =>
        nodes.filter((node) => node.getBoundingClientRect().height < 44).map((node) => node.textContent));
      assert.deepEqual(small, [], name);
    }
    await screenshot(page, `${code}-320`);
    await page.context().close();
  });
}

test("the keyboard alone: choose, read, copy", async () => {
  const page = await open(browser, `${site.origin}/?lang=en`);
  // Asked for early: the browser has to be told to hand the dialog over.
  const chooser = page.waitForEvent("filechooser");
  const seen = [];
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => document.activeElement?.id || document.activeElement?.className || document.activeElement?.tagName));
    if (seen.at(-1) === "choose") break;
  }
  assert.equal(seen[0], "skip");
  assert.equal(seen.at(-1), "choose");
  await page.keyboard.press("Enter");
  assert.equal((await chooser).isMultiple(), true);
  await choose(page, "locked.zip");
  await page.keyboard.press("Tab");
  assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), "BODY", "the order goes on from the verdict");
  await page.context().close();
});

test("the status line speaks, the verdict is a heading, the language of file names is left open", async () => {
  const page = await open(browser, `${site.origin}/?lang=ja`);
  await choose(page, "locked.zip");
  assert.match(await page.locator('[role="status"]').innerText(), /locked\.zip/);
  assert.equal(await page.locator(".verdict-file bdi").getAttribute("lang"), "");
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("main h1, main h2, main h3")].slice(0, 3).map((n) => n.tagName)), ["H1", "H2", "H3"]);
  await page.context().close();
});

test("what confirms a button does not cover it (WCAG 2.4.11)", async () => {
  for (const viewport of [{ width: 320, height: 480 }, { width: 1280, height: 700 }]) {
    const page = await open(browser, `${site.origin}/?lang=ja`, { context: { viewport } });
    await choose(page, "auto-run.xlsm");
    for (const block of ["start", "end"]) {
      await page.locator('[data-action="save"]').evaluate((/** @type {any} */ node, /** @type {any} */ block) => node.scrollIntoView({ block }), block);
      await page.locator('[data-action="save"]').focus();
      await page.keyboard.press("Enter");
      await page.waitForSelector(".flash");
      const [flash, button] = await page.evaluate(() => [".flash", '[data-action="save"]'].map((selector) => {
        const { top, bottom } = /** @type {Element} */ (document.querySelector(selector)).getBoundingClientRect();
        return { top, bottom };
      }));
      assert.ok(flash.bottom <= button.top || flash.top >= button.bottom, `${viewport.width}, ${block}: ${JSON.stringify([flash, button])}`);
    }
    await page.context().close();
  }
});

test("the five verdicts differ without colour", async () => {
  const page = await open(browser, `${site.origin}/?lang=en`, { context: { forcedColors: "active" } });
  const shapes = new Set();
  for (const name of ["locked-exe.zip", "hold.docm", "locked.zip", "clean.docx"]) {
    await choose(page, name);
    shapes.add(await page.locator(".verdict-icon svg").evaluate((/** @type {any} */ svg) => svg.firstElementChild.outerHTML));
    await screenshot(page, `forced-colors-${name}`);
  }
  assert.equal(shapes.size, 4);
  await page.context().close();
});

for (const code of languages) test(`${code}: paper carries the verdict, the hash and whom to ask, and no buttons`, async () => {
  const page = await open(browser, `${site.origin}/?lang=${code}`);
  await choose(page, "locked-exe.zip");
  await page.emulateMedia({ media: "print" });
  for (const selector of [".verdict h2", ".contact", ".print-only", ".findings"]) assert.ok(await page.locator(selector).first().isVisible(), selector);
  for (const selector of ["button", ".drop", ".privacy", ".languages"]) {
    assert.equal(await page.locator(selector).filter({ visible: true }).count(), 0, selector);
  }
  assert.match(await page.locator(".print-only").innerText(), /[0-9a-f]{64}/);
  await screenshot(page, `${code}-print`);
  await page.context().close();
});
