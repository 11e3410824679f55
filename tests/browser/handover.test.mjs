/**
 * Handing a result over: one A4 page, one HTML file that cannot act, JSON; hosted, from disk and under the recommended
 * headers, without a request, and never with bytes of the file.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
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
    assert.match(await report.locator(".evidence-place").first().textContent(), / .*\d/, "the line stands apart from the name before it");
    assert.match(await report.locator(".identity").textContent(), /\d\d:\d\d:\d\d/);
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

/** An archive that only stores. @param {[string, Buffer][]} files */
function archive(files) {
  const records = files.map(([name, body]) => {
    const head = Buffer.alloc(30), entry = Buffer.alloc(46), title = Buffer.from(name);
    for (const [at, to] of /** @type {const} */ ([[4, head], [6, entry]])) {
      to.writeUInt16LE(20, at);
      to.writeUInt16LE(0x800, at + 2);
      to.writeUInt16LE(33, at + 8);
      to.writeUInt32LE(crc32(body), at + 10);
      to.writeUInt32LE(body.length, at + 14);
      to.writeUInt32LE(body.length, at + 18);
      to.writeUInt16LE(title.length, at + 22);
    }
    head.writeUInt32LE(0x04034b50, 0);
    entry.writeUInt32LE(0x02014b50, 0);
    return { local: Buffer.concat([head, title, body]), entry, title };
  });
  let offset = 0;
  for (const { local, entry } of records) {
    entry.writeUInt32LE(offset, 42);
    offset += local.length;
  }
  const directory = Buffer.concat(records.flatMap(({ entry, title }) => [entry, title]));
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...records.map(({ local }) => local), directory, end]);
}

/** @param {Buffer} bytes */
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc >>> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

const MANY = ["msi-commands", "vba-doc-fetch-and-store", "xlsm-built-download", "commands-encoded", "docm-auto-run", "type-lnk", "xlsx-dde", "zip-locked",
  "rtf-package-script", "odt-auto-run-acts", "type-html-script", "docx-lure-ja", "xlsm-xlm-downloads", "pcode-source-replaced", "name-reversed"];

for (const code of ["ja", "en"]) {
  test(`${code}: a result with many findings, and the contact of an organisation, fits on one A4 page and tells what is left out`, async () => {
    const organisation = await serve({ overrides: { "/config.json": JSON.stringify({ org: { ja: "見本商事", en: "Sample Ltd" },
      helpdesk: { name: { ja: "情報システム室", en: "IT help desk" }, tel: "内線 1234", mail: "help@sample.example", url: "https://portal.sample.example/security", hours: { ja: "平日 9:00〜17:30", en: "Weekdays 9:00 to 17:30" } },
      policy: { ja: "パスワード付き ZIP は受け取りません。取引先には共有サービスの利用をお願いしてください。", en: "We do not accept password-protected ZIP files. Ask partners to use the file sharing service." } }) } });
    const page = await open(browser, `${organisation.origin}/?lang=${code}`);
    await drop(page, "大きな束.zip", archive(MANY.map((id) => {
      const [name = ""] = readdirSync(join(fixtures, "all", id));
      return [`${id}-${name}`, readFileSync(join(fixtures, "all", id, name))];
    })));
    await settled(page);
    assert.equal(await pages(page), 1);
    await page.emulateMedia({ media: "print" });
    const more = await page.locator(".found > .more > summary");
    assert.ok(await more.isVisible(), "how many findings are left out");
    assert.match(await more.innerText(), /\d/);
    const paper = await page.locator(".identity").innerText();
    assert.equal(paper.match(/[0-9a-f]{64}/g)?.length, 4, "the hash of the file and of the gravest inside");
    assert.match(paper, /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d/);
    await screenshot(page, `${code}-paper`);
    await page.context().close();
    await organisation.close();
  });
}

test("the button of one result prints that one of several, at once and without the movement it appears with", async () => {
  const page = await open(browser, `${site.origin}/?lang=ja`, { context: { reducedMotion: "no-preference" } });
  await choose(page, "locked-exe.zip", "clean.docx");
  assert.equal(await pages(page), 2);
  await page.evaluate(() => { globalThis.print = () => {}; });
  await page.locator('.result [data-action="print"]').nth(1).click();
  await page.emulateMedia({ media: "print" });
  assert.deepEqual(await page.locator(".result").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((node) => node.checkVisibility())), [false, true]);
  assert.equal(await page.locator(".result .verdict").nth(1).evaluate((/** @type {any} */ node) => getComputedStyle(node).animationName), "none");
  assert.equal(await pages(page), 1);
  await page.context().close();
});

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
