/**
 * Handing a result over: one A4 page, one HTML file that cannot act, JSON; hosted, from disk and under the recommended
 * headers, without a request, and never with bytes of the file.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { axe, catalogue, choose, closeAll, dist, drop, fixtures, hostingHeaders, launch, open, pages, root, screenshot, serve, settled, singleFileUrl } from "./harness.mjs";

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
/** @type {Awaited<ReturnType<typeof serve>>} */ let strict;
before(async () => {
  site = await serve();
  strict = await serve({ overrides: { "/unopened.html": readFileSync(join(dist, "unopened.html")) },
    headers: (path) => hostingHeaders(path === "/unopened.html" ? "= /unopened/unopened.html" : "/unopened/") });
  browser = await launch();
});
after(closeAll);

const forms = { hosted: () => `${site.origin}/`, "single file": singleFileUrl, "hosted, with headers": () => `${strict.origin}/`,
  "single file, hosted, with headers": () => `${strict.origin}/unopened.html` };

/** Clicks and reads what is saved. @param {any} page @param {string} action */
async function saved(page, action) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator(`.result [data-action="${action}"]`).click()]);
  const path = await download.path();
  return { name: download.suggestedFilename(), path, text: readFileSync(path, "utf8") };
}

/** Opens a saved page from disk, with every script and request recorded. @param {string} text */
async function read(text) {
  const path = join(root, "target/saved-report.html");
  writeFileSync(path, text);
  const page = await (await browser.newContext()).newPage();
  /** @type {string[]} */
  const requests = [];
  page.on("request", (/** @type {any} */ request) => requests.push(request.url()));
  /** @type {string[]} */
  const errors = [];
  page.on("console", (/** @type {any} */ message) => errors.push(message.text()));
  await page.goto(pathToFileURL(path).href);
  return Object.assign(page, { requests, errors });
}

for (const [form, url] of Object.entries(forms)) {
  test(`${form}: HTML and JSON are saved, and no request is made`, async () => {
    const page = await open(browser, `${url()}?lang=ja`);
    await choose(page, "locked-exe.zip");
    const before = [site.requests.length, strict.requests.length];
    const html = await saved(page, "save");
    assert.match(html.name, /^unopened-report-[0-9a-f]{12}\.html$/);
    assert.ok(html.text.includes(catalogue("ja").verdict.stop.heading) && html.text.includes("invoice.pdf.exe"));
    await page.locator(".technical summary").click();
    const json = await saved(page, "save-json");
    assert.match(json.name, /^unopened-report-[0-9a-f]{12}\.json$/);
    assert.equal(JSON.parse(json.text).verdict.level, "stop");
    assert.ok((await page.locator(".flash").innerText()).includes(json.name));
    assert.deepEqual([site.requests.length, strict.requests.length], before);
    assert.equal(await page.getAttribute("html", "data-state"), "ready");
    assert.equal(await page.locator(".result").count(), 1, "the page stays");
    await page.context().close();
  });
}

for (const code of ["ja", "en"]) {
  test(`${code}: the saved page reads like the result, in its own style, and passes axe-core`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}`);
    const words = catalogue(code);
    await choose(page, "auto-run.xlsm");
    const { text } = await saved(page, "save");
    const report = await read(text);
    assert.equal(await report.locator("h2").innerText(), words.verdict.stop.heading);
    assert.equal(await report.locator(".finding").count(), await page.locator(".finding").count());
    assert.ok((await report.locator("pre").last().innerText()).startsWith(words.report.heading));
    assert.match(await report.locator(".technical table").first().textContent(), /[0-9a-f]{64}/, "what is made when opened is there");
    assert.equal(await report.evaluate(() => getComputedStyle(document.querySelector(".verdict") ?? document.body).borderTopWidth), "3px", "its style applies");
    assert.deepEqual(report.errors, []);
    assert.equal(report.requests.length, 1);
    assert.equal(await report.locator("script, a, button, form, input, textarea, img, link, iframe, [style], [onclick]").count(), 0);
    await axe(report, "saved report");
    await screenshot(report, `${code}-saved-report`);
    await report.context().close();
    await page.context().close();
  });

  test(`${code}: the usual result fits on one A4 page`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}`);
    for (const name of ["auto-run.xlsm", "hold.docm", "locked.zip", "locked-exe.zip", "clean.docx", "damaged.docx"]) {
      await choose(page, name);
      assert.equal(await pages(page), 1, name);
    }
    await page.context().close();
  });
}

test("a hostile name stays text in everything that is saved", async () => {
  const page = await open(browser, `${site.origin}/?lang=en`);
  await drop(page, "\u202Efdp.</title></pre><script>document.title='gone'</script><img src=x onerror=\"document.title='gone'\">{helpdesk}.exe", "MZ");
  await settled(page);
  const { name, text } = await saved(page, "save");
  assert.match(name, /^unopened-report(-[0-9a-f]{12})?\.html$/);
  assert.doesNotMatch(text, /<script|<img|\u202E|onerror="/);
  const report = await read(text);
  assert.equal(await report.title(), catalogue("en").page["report-title"]);
  assert.ok((await report.locator(".verdict-file").innerText()).includes("U+202E"));
  assert.equal(report.requests.length, 1);
  await page.locator(".technical summary").click();
  const json = await saved(page, "save-json");
  assert.doesNotMatch(json.text, /\u202E/);
  assert.ok(JSON.parse(json.text).artifacts[0].name.startsWith("\u202Efdp"));
  await report.context().close();
  await page.context().close();
});

test("no bytes of the file are handed over", async () => {
  const page = await open(browser, `${site.origin}/?lang=en`);
  const secret = "the quick brown secret that no finding quotes";
  await drop(page, "letter.txt", `${"Hello. ".repeat(40)}${secret}`);
  await settled(page);
  const html = await saved(page, "save");
  await page.locator(".technical summary").click();
  const json = await saved(page, "save-json");
  for (const { text } of [html, json]) {
    assert.ok(!text.includes(secret) && !text.includes(Buffer.from(secret).toString("base64").slice(0, 40)));
  }
  assert.ok(readFileSync(join(fixtures, "auto-run.xlsm")).length > 0);
  await page.context().close();
});
