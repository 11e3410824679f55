/**
 * "I already opened it": there from the start, without a file and even without an engine; usable by keyboard, on paper
 * and by everyone.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, catalogue, choose, closeAll, launch, open, pages, screenshot, serve } from "./harness.mjs";

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
before(async () => {
  site = await serve();
  browser = await launch();
});
after(closeAll);

/** @param {any} page */
const steps = (page) => page.locator(".opened-steps li").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((n) => n.dataset.step));

for (const code of ["ja", "en"]) {
  test(`${code}: from the header, by keyboard, to the steps; the language switch keeps what is ticked`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}`);
    const words = catalogue(code);
    await axe(page, "start");
    await page.locator("#opened-link").focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "SUMMARY");
    assert.deepEqual(await steps(page), []);
    await page.locator('.opened-acts input[value="content"]').focus();
    await page.keyboard.press("Space");
    assert.equal(await page.evaluate(() => (/** @type {HTMLInputElement} */ (document.activeElement)).value), "content", "the focus stays");
    assert.match(await page.locator("#status").innerText(), /\d/);
    await page.locator('.opened-acts input[value="password"]').check();
    const shown = await steps(page);
    assert.deepEqual(shown.slice(0, 4), ["disconnect", "power", "call", "change-elsewhere"]);
    await page.locator(".opened-steps input").first().check();
    await axe(page, "steps");
    await page.locator(".opened-expert summary").click();
    await axe(page, "steps for IT");
    await screenshot(page, `${code}-opened`);
    const other = code === "ja" ? "en" : "ja";
    await page.locator(`.language[lang="${other}"]`).click();
    assert.deepEqual(await steps(page), shown);
    assert.equal(await page.locator(".opened-steps input").first().isChecked(), true);
    assert.equal(await page.locator(".opened-steps li").first().innerText(), catalogue(other).opened.step.disconnect);
    assert.ok(words);
    await page.context().close();
  });

  test(`${code}: all steps at once fit on one A4 page, with the contact and without the rest of the page`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}#opened=content,ran,password,qr,odd-mail,notified`);
    await page.evaluate(() => { globalThis.print = () => {}; });
    await page.locator('[data-action="print-opened"]').click();
    await page.emulateMedia({ media: "print" });
    for (const selector of ["#opened > summary", ".opened .contact", ".opened-steps"]) assert.ok(await page.locator(selector).isVisible(), selector);
    for (const selector of ["button", ".drop", ".languages", ".results", "#opened-link"]) assert.equal(await page.locator(selector).filter({ visible: true }).count(), 0, selector);
    assert.equal(await page.locator(".opened-acts .tick:visible").count(), 6, "only what was ticked");
    await screenshot(page, `${code}-opened-print`);
    assert.equal(await pages(page), 1);
    await page.context().close();
  });

  test(`${code}: at 320 pixels and at four times the size nothing needs sideways scrolling`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}#opened=content,password,odd-mail`, { context: { viewport: { width: 320, height: 640 } } });
    await page.locator(".opened-expert summary").click();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320);
    const small = await page.locator("button:visible, summary:visible, label.tick:visible, #opened-link").evaluateAll((/** @type {any[]} */ nodes) =>
      nodes.filter((node) => node.getBoundingClientRect().height < 44).map((node) => node.textContent));
    assert.deepEqual(small, []);
    await screenshot(page, `${code}-opened-320`);
    await page.context().close();
  });
}

test("a deep link ticks and opens; a result does not close it, and leads to it", async () => {
  const page = await open(browser, `${site.origin}/?lang=en#opened=ran`);
  assert.equal(await page.locator("#opened").getAttribute("open"), "");
  assert.equal((await steps(page))[0], "disconnect");
  await choose(page, "clean.docx");
  assert.equal((await steps(page))[0], "disconnect");
  await page.evaluate(() => { (/** @type {any} */ (document.getElementById("opened"))).open = false; });
  await page.locator('.result [data-action="opened"]').click();
  assert.equal(await page.evaluate(() => document.activeElement?.parentElement?.id), "opened");
  // Nobody has to tell it twice: it stands in the report.
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: { writeText: async (/** @type {string} */ text) => { document.title = text; } } }));
  await page.locator('.result [data-action="copy"]').click();
  const { report } = catalogue("en");
  await page.waitForFunction((/** @type {string} */ text) => document.title.includes(text), report.ticked.replace("{act}", report.ran));
  await page.evaluate(() => { location.hash = "#opened=qr"; });
  await page.waitForSelector('.opened-steps li[data-step="prompts"]');
  await page.context().close();
});

test("the printed result is without these steps", async () => {
  const page = await open(browser, `${site.origin}/?lang=en#opened=ran`);
  await choose(page, "clean.docx");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("#opened").isVisible(), false);
  assert.equal(await page.locator(".result").isVisible(), true);
  await page.context().close();
});

test("it works when the page takes no files", async () => {
  const server = await serve({ overrides: { "/engine/unopened_bg.wasm": "not wasm" } });
  const page = await open(browser, `${server.origin}/?lang=ja#opened=pasted`, { state: "closed" });
  assert.equal((await steps(page))[0], "disconnect");
  await page.context().close();
});

test("forced colours: boxes and numbers stay visible", async () => {
  const page = await open(browser, `${site.origin}/?lang=ja#opened=content`, { context: { forcedColors: "active" } });
  await screenshot(page, "ja-opened-forced-colors");
  assert.ok(await page.locator(".opened-steps input").first().isVisible());
  await page.context().close();
});
