/** Practice: every sample gets the verdict its words speak of; the quiz is usable by everyone and leaves nothing behind. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, catalogue, choose, closeAll, launch, level, open, pages, screenshot, serve, settled, singleFileUrl } from "./harness.mjs";

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
before(async () => {
  site = await serve();
  browser = await launch();
});
after(closeAll);

const LEVELS = { macro: "stop", letter: "none", password: "stop", shortcut: "stop", picture: "stop", parts: "notice", page: "hold", template: "stop", locked: "unchecked", lure: "hold", notebook: "stop", code: "hold" };
const forms = { hosted: () => `${site.origin}/`, "single file": singleFileUrl };

for (const [form, url] of Object.entries(forms)) {
  for (const code of ["ja", "en"]) {
    test(`${form}, ${code}: every sample is looked into, is marked as training and says what to notice; no request is made`, async () => {
      const page = await open(browser, `${url()}?lang=${code}`);
      const words = catalogue(code);
      assert.deepEqual(Object.keys(LEVELS), Object.keys(words.sample));
      const before = site.requests.length;
      await page.locator("#practice > summary").click();
      for (const [id, expected] of Object.entries(LEVELS)) {
        await page.locator(`.practice-list [data-sample="${id}"]`).click();
        await page.waitForFunction((/** @type {string} */ text) => document.querySelector(".look-here p")?.textContent === text, words.sample[id].notice);
        await settled(page, id === "password" ? 2 : 1);
        assert.equal(await level(page), expected, id);
        assert.ok((await page.locator(".training").first().innerText()).includes(words.page.training));
        assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H2");
      }
      assert.deepEqual(site.requests.slice(before), []);
      // The next file is no sample.
      await choose(page, "clean.docx");
      assert.equal(await page.locator(".training, .look-here").count(), 0);
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
  }
}

for (const code of ["ja", "en"]) {
  test(`${code}: ten questions by keyboard, a slip on one page, axe-core finds nothing; the language switch keeps the place`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}`);
    const words = catalogue(code);
    const focus = () => page.evaluate(() => document.activeElement?.textContent);
    await page.locator("#practice > summary").click();
    await axe(page, "practice");
    await page.locator('[data-action="quiz-start"]').focus();
    await page.keyboard.press("Enter");
    await screenshot(page, `${code}-quiz`);
    for (const [i, id] of Object.keys(LEVELS).slice(0, 10).entries()) {
      assert.equal(await focus(), words.page["quiz-title"].replace("{n}", String(i + 1)).replace("{of}", "10"));
      assert.ok((await page.locator(".quiz").innerText()).includes(words.sample[id].situation));
      assert.ok(!(await page.locator(".quiz").innerText()).includes(words.sample[id].notice), "the answer comes after the question");
      // Asks every time: right eight times, careful twice.
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      assert.equal(await focus(), ["letter", "parts"].includes(id) ? words.page["quiz-careful"] : words.page["quiz-right"]);
      assert.ok((await page.locator(".quiz").innerText()).includes(words.sample[id].notice));
      if (i === 0) {
        await axe(page, "explanation");
        await screenshot(page, `${code}-quiz-explained`);
        const other = code === "ja" ? "en" : "ja";
        await page.locator(`.language[lang="${other}"]`).click();
        assert.ok((await page.locator(".quiz").innerText()).includes(catalogue(other).sample[id].notice));
        await page.locator(`.language[lang="${code}"]`).click();
        await page.locator(".quiz h3").focus();
      }
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
    }
    assert.equal(await focus(), words.page["quiz-result"].replace("{n}", "8").replace("{of}", "10"));
    const slip = await page.locator(".quiz-slip").textContent();
    assert.deepEqual([slip.split(words.page["quiz-slip-careful"]).length - 1, slip.includes(words.page["quiz-slip-again"])], [2, false], "who is careful is not told to look again");
    await axe(page, "slip");
    await page.evaluate(() => { globalThis.print = () => {}; });
    await page.locator('[data-action="print-slip"]').click();
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator(".quiz-slip").isVisible(), true);
    assert.equal(await page.locator(".practice-list:visible, button:visible, .drop:visible, #opened:visible").count(), 0);
    assert.equal(await pages(page), 1);
    await screenshot(page, `${code}-quiz-print`);
    await page.emulateMedia({ media: null });
    await page.locator('[data-action="quiz-again"]').click();
    await page.locator('[data-action="quiz-open"]').click();
    assert.equal(await focus(), words.page["quiz-wrong"]);
    assert.deepEqual(await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]), [[], [], ""]);
    await page.context().close();
  });

  test(`${code}: practice at 320 pixels`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}`, { context: { viewport: { width: 320, height: 640 } } });
    await page.locator("#practice > summary").click();
    await page.locator('[data-action="quiz-start"]').click();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320);
    const small = await page.locator("#practice button:visible").evaluateAll((/** @type {any[]} */ nodes) => nodes.filter((node) => node.getBoundingClientRect().height < 44).map((node) => node.textContent));
    assert.deepEqual(small, []);
    await page.context().close();
  });
}

test("a host that deleted the samples shows no practice", async () => {
  const server = await serve({ missing: ["/samples.json"] });
  const page = await open(browser, `${server.origin}/?lang=ja`);
  assert.equal(await page.locator("#practice").isVisible(), false);
  await page.context().close();
});

test("samples that are none are said to be missing", async () => {
  const server = await serve({ overrides: { "/samples.json": "<!doctype html>" } });
  const page = await open(browser, `${server.origin}/?lang=en`);
  await page.locator("#practice > summary").click();
  await page.locator(".practice-list button").first().click();
  await page.waitForSelector("#notices .notice");
  assert.equal(await page.locator("#notices").innerText(), catalogue("en").page["practice-missing"]);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});
