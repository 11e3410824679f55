/**
 * What a person does: bring a file, read the answer. Hosted and as one file
 * opened from disk, in both languages; and nothing leaves while it happens.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { catalogue, choose, closeAll, dist, drop, launch, level, open, root, serve, settled, singleFileUrl, timeless } from "./harness.mjs";

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
before(async () => {
  site = await serve();
  browser = await launch();
});
after(closeAll);

const forms = { hosted: () => `${site.origin}/`, "single file": singleFileUrl };
const languages = ["ja", "en"];

/**
 * fixture -> the levels that are right, a finding that must be there (one of), and what the verdict card must name,
 * must name as the archive it lies in, and must not name
 * @type {Record<string, { levels: string[], findings?: RegExp, says?: string, inside?: string, hides?: string }>}
 */
const journeys = {
  "auto-run.xlsm": { levels: ["stop", "hold"], findings: /^vba\.auto-run/, hides: "vbaProject.bin" },
  "hold.docm": { levels: ["hold"], findings: /^vba\./ },
  "locked.zip": { levels: ["unchecked"], findings: /^archive\.encrypted$/ },
  "locked-exe.zip": { levels: ["stop"], findings: /^archive\.risky-locked$/, says: "invoice.pdf.exe" },
  "program.zip": { levels: ["stop"], findings: /^type\.program$/, inside: "program.zip" },
  "clean.docx": { levels: ["none"] },
  "damaged.docx": { levels: ["unchecked"], findings: /^file\.|^zip\./ },
  "empty.bin": { levels: ["unchecked"], findings: /^file\.empty$/ },
};

for (const [form, url] of Object.entries(forms)) {
  for (const code of languages) {
    test(`${form}, ${code}: every journey ends with its own answer, and no request is made`, async () => {
      const page = await open(browser, `${url()}?lang=${code}`);
      const words = catalogue(code);
      const before = site.requests.length;
      assert.equal(await page.getAttribute("html", "lang"), code);
      const start = await page.locator("main").innerText();
      assert.ok(start.includes(words.advice.H1) && start.includes(words.advice.H4));
      assert.ok(!start.includes(words.advice.H3), "mails are not looked into yet");
      for (const [name, expected] of Object.entries(journeys)) {
        await choose(page, name);
        const got = await level(page);
        assert.ok(expected.levels.includes(got), `${name}: ${got}`);
        assert.equal(await page.locator(".result h2").innerText(), words.verdict[got].heading);
        assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H2", "the verdict takes the focus");
        const ids = await page.locator("[data-finding]").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((n) => n.dataset.finding));
        if (expected.findings) assert.ok(ids.some((/** @type {string} */ id) => expected.findings?.test(id)), `${name}: ${ids}`);
        else assert.deepEqual(ids, [], name);
        const text = await page.locator(".result").innerText();
        const card = await page.locator(".verdict").innerText();
        if (expected.says) assert.ok(card.includes(expected.says), `${name}: ${card}`);
        if (expected.inside) assert.ok(card.includes(words.page.inside.replace("{trail}", expected.inside)), `${name}: ${card}`);
        if (expected.hides) assert.ok(!card.includes(expected.hides), `${name}: ${card}`);
        if (name.startsWith("locked")) assert.ok(!text.includes(words.class.unknown), `${name}: nobody could know the type`);
        if (got === "unchecked") assert.ok(text.includes(words.page.incomplete), `${name}: says that part was not checked`);
        assert.ok(text.includes("2026"), "the rules' date");
        assert.ok(await page.locator(".actions > ol > li").count() <= 3);
        assert.doesNotMatch(text, /\{\w+\}|\b(finding|advice|status|class|severity)\.[a-z]/);
      }
      assert.deepEqual(site.requests.slice(before), [], "a request was made after loading");
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
  }

  test(`${form}: several files, one after the other, each with its own result`, async () => {
    const page = await open(browser, `${url()}?lang=en`);
    await choose(page, "locked.zip", "clean.docx", "hold.docm");
    const levels = await page.locator(".result").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((n) => n.dataset.level));
    assert.deepEqual(levels, ["hold", "unchecked", "none"], "the gravest comes first, whatever came first");
    const { page: words, severity } = catalogue("en");
    assert.equal(await page.evaluate(() => document.activeElement?.className), "overview-title", "the list of all takes the focus");
    const counts = [["hold", severity.hold], ["unchecked", severity.unchecked], ["none", words["overview-none"]]].map(([, verdict]) => words["overview-count"].replace("{verdict}", verdict).replace("{n}", "1"));
    assert.equal(await page.locator("#overview-counts").innerText(), counts.join(words["overview-count-and"]));
    assert.ok((await page.locator("#status").textContent()).includes(counts[0]));
    await page.locator(".overview button").nth(2).click();
    assert.equal(await page.evaluate(() => document.activeElement === document.querySelectorAll(".result h2")[2]), true);
    // The order stays when the language changes.
    await page.locator('.language[lang="ja"]').click();
    assert.deepEqual(await page.locator(".result").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((n) => n.dataset.level)), levels);
    await page.context().close();
  });

  test(`${form}: drop and paste`, async () => {
    const page = await open(browser, `${url()}?lang=en`);
    await drop(page, "nothing.bin", "");
    await settled(page);
    assert.equal(await level(page), "unchecked");
    await page.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([], "pasted.bin"));
      document.body.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, clipboardData }));
    });
    await page.waitForFunction(() => document.querySelector(".verdict-file")?.textContent === "pasted.bin");
    await page.evaluate(() => window.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: new DataTransfer() })));
    await page.waitForSelector(".notice");
    assert.equal(await page.locator(".notice").innerText(), catalogue("en").page["no-file"]);
    await page.context().close();
  });

  test(`${form}: the language changes at once, results included, without a request`, async () => {
    const page = await open(browser, `${url()}?lang=ja`);
    await choose(page, "locked.zip");
    const before = site.requests.length;
    await page.locator('.language[lang="en"]').click();
    assert.equal(await page.getAttribute("html", "lang"), "en");
    assert.equal(await page.locator(".result h2").innerText(), catalogue("en").verdict.unchecked.heading);
    // A catalogue's word of the other language anywhere would be a leftover; the file's own names may be Japanese.
    const leftover = await page.evaluate(() => {
      const copy = /** @type {HTMLElement} */ (document.body.cloneNode(true));
      copy.querySelectorAll(".inert, .languages, script").forEach((node) => node.remove());
      return copy.textContent?.match(/[\u3040-\u30ff\u4e00-\u9fff]+/g) ?? [];
    });
    assert.deepEqual(leftover, []);
    assert.deepEqual(site.requests.slice(before), []);
    await page.context().close();
  });

  test(`${form}: a hostile name stays text`, async () => {
    const page = await open(browser, `${url()}?lang=en`);
    await drop(page, "a\u202Efdp.<img src=x onerror=document.title='gone'>.exe", "");
    await settled(page);
    assert.equal(await page.locator(".result img").count(), 0);
    assert.ok((await page.locator(".verdict-file").innerText()).includes("U+202E"));
    assert.ok(!(await page.locator(".result").innerText()).includes("\u202E"));
    assert.equal(await page.title(), catalogue("en").page.title);
    assert.equal(await page.locator(".result a").count(), 0);
    await page.context().close();
  });
}

test("a worker that cannot read files gets the bytes from the page, with the same result", async () => {
  const worker = readFileSync(join(root, "web/worker.js"), "utf8");
  const server = await serve({ overrides: { "/worker.js": `self.FileReaderSync = class { readAsArrayBuffer() { throw new Error("NotReadableError"); } };\n${worker}` } });
  const texts = [];
  for (const origin of [site.origin, server.origin]) {
    const page = await open(browser, `${origin}/?lang=en`);
    await choose(page, "padded.zip"); // the page reads smaller files in any case
    texts.push(timeless(await page.locator(".result").evaluate((/** @type {any} */ node) => node.textContent)));
    await page.context().close();
  }
  assert.equal(texts[1], texts[0]);
  assert.ok(!texts[0].includes(catalogue("en").finding["file.unreadable"].title));
});

test("the report is copied as plain text", async () => {
  const page = await open(browser, `${site.origin}/?lang=ja`, { context: { permissions: ["clipboard-read", "clipboard-write"] } });
  await choose(page, "locked-exe.zip");
  await page.locator('[data-action="copy"]').click();
  await page.waitForSelector(".flash");
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, /^【不審な添付ファイルの報告】/);
  assert.ok(text.includes("locked-exe.zip") && text.includes("invoice.pdf.exe"));
  assert.match(text, /SHA-256：[0-9a-f]{64}/);
  await page.context().close();
});

test("without clipboard access the report can still be copied by hand", async () => {
  const page = await open(browser, `${site.origin}/?lang=en`);
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await choose(page, "clean.docx");
  await page.locator('[data-action="copy"]').click();
  await page.waitForSelector(".report-text:not([hidden])");
  assert.match(await page.inputValue(".report-text"), /^\[Report of a suspicious attachment\]/);
  await page.context().close();
});

test("nothing but the page is shipped", () => {
  const names = readdirSync(join(dist, "site")).filter((name) => !/\.(html|css|js)$|^config(\.schema)?\.json$/.test(name));
  assert.deepEqual(names.sort(), ["embedding", "engine", "hosting", "messages", "samples.json"]);
});
