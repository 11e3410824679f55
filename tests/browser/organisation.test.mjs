/** What an organisation sets is shown where it helps: known files, drills, public desks; and it lowers nothing. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { axe, catalogue, choose, closeAll, dist, fixtures, launch, level, open, pages, screenshot, serve } from "./harness.mjs";

/** @type {any} */ let browser;
before(async () => { browser = await launch(); });
after(closeAll);

const sha256 = (/** @type {string} */ name) => createHash("sha256").update(readFileSync(join(fixtures, name))).digest("hex");

for (const code of ["ja", "en"]) {
  test(`${code}: a drill and a known file are told, on the page, on paper and in the report; the verdict stays`, async () => {
    const words = catalogue(code);
    const site = await serve({ overrides: { "/config.json": JSON.stringify({ training: true, country: "US",
      org: { ja: "見本商事", en: "Sample Ltd" }, helpdesk: { name: { ja: "情報システム室", en: "IT desk" }, tel: "内線 1234", mail: "desk@sample.example", hours: { ja: "平日 9–17 時", en: "9 to 5" } },
      policy: { ja: "添付ファイルは、開く前にこのページで確かめてください。", en: "Check attachments on this page before you open them." },
      known_files: [{ sha256: sha256("auto-run.xlsm"), label: { ja: "経費精算書", en: "Expense form" } }] }) } });
    const page = await open(browser, `${site.origin}/?lang=${code}#opened`);
    assert.ok((await page.locator("#notices").innerText()).includes(words.page["training-on"]));
    assert.ok((await page.locator(".desks").innerText()).includes(words.desk.US["1"]));
    await choose(page, "auto-run.xlsm");
    assert.equal(await level(page), "stop");
    const card = await page.locator(".verdict").innerText();
    for (const part of [words.page.training, code === "ja" ? "経費精算書" : "Expense form", code === "ja" ? "見本商事" : "Sample Ltd"]) assert.ok(card.includes(part), part);
    await axe(page, "known file, drill");
    await screenshot(page, `${code}-organisation`);
    assert.equal(await pages(page), 1);
    await choose(page, "hold.docm");
    assert.equal(await page.locator(".known").count(), 0);
    await page.context().close();
  });
}

for (const code of ["ja", "en"]) {
  test(`${code}: beside an address stands whether it is the organisation's own or only resembles it; the verdict stays`, async () => {
    const words = catalogue(code);
    const file = join("all", "docx-remote-template", readdirSync(join(fixtures, "all", "docx-remote-template"))[0] ?? "");
    for (const [domain, key] of [["templates.invalid", "address-own"], ["temp1ates.invalid", "address-alike"], ["elsewhere.invalid", null]]) {
      const site = await serve({ overrides: { "/config.json": JSON.stringify({ own_domains: [domain] }) } });
      const page = await open(browser, `${site.origin}/?lang=${code}`);
      await choose(page, file);
      assert.equal(await level(page), "stop");
      const notes = await page.locator(".own-address:visible").allInnerTexts();
      if (key === null) assert.deepEqual(notes, []);
      else {
        assert.ok(notes.length >= 2, "beside the finding and in the story");
        for (const note of notes) assert.equal(note, words.page[key].replace("{host}", "templates[.]invalid"));
        await page.locator(".evidence > summary").first().click();
        await axe(page, key);
        await screenshot(page, `${code}-${key}`);
      }
      await page.context().close();
    }
  });
}

test("what the page says of itself is said once, not again with every file", async () => {
  const server = await serve({ overrides: { "/config.json": '{"training": true, "no-such-field": 1}' } });
  const page = await open(browser, `${server.origin}/?lang=ja`);
  await page.evaluate(() => new MutationObserver((changes) => { /** @type {any} */ (globalThis).said = ((/** @type {any} */ (globalThis)).said ?? 0) + changes.length; })
    .observe(/** @type {Node} */ (document.querySelector("#notices")), { childList: true, subtree: true, characterData: true }));
  await choose(page, "clean.docx", "hold.docm");
  assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).said), undefined);
  // What a person does is answered every time.
  for (let time = 1; time <= 2; time++) {
    await page.evaluate(() => document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: new DataTransfer() })));
    assert.ok((await page.locator("#notices").innerText()).includes(catalogue("ja").page["no-file"]));
    const said = await page.evaluate(() => { const { said } = /** @type {any} */ (globalThis); /** @type {any} */ (globalThis).said = 0; return said; });
    assert.ok(said > 0);
  }
  await page.context().close();
});

test("a broken file: the defaults, and a notice", async () => {
  const site = await serve({ overrides: { "/config.json": '{"known_files":[{"sha256":"x"}],"training":true}' } });
  const page = await open(browser, `${site.origin}/?lang=en`);
  const notices = await page.locator("#notices").innerText();
  assert.match(notices, /known_files/);
  assert.ok(!notices.includes(catalogue("en").page["training-on"]), "no half of a broken file is used");
  await page.context().close();
});

test("the one file takes the organisation's settings from an editor, with the line ends and the mark of Windows; a slip is told by its line", async () => {
  const built = readFileSync(join(dist, "unopened.html"), "utf8");
  const path = join(mkdtempSync(join(tmpdir(), "unopened-")), "unopened.html");
  /** @param {[string, string]} change @param {string} shows */
  const edited = async ([from, to], shows) => {
    const text = built.replace(from, to);
    assert.notEqual(text, built);
    writeFileSync(path, `\uFEFF${text.replaceAll("\n", "\r\n")}`);
    const page = await open(browser, `${pathToFileURL(path).href}?lang=ja#opened`);
    assert.ok((await page.locator("main").innerText()).includes(shows), shows);
    await page.context().close();
  };
  await edited(['"tel": ""', '"tel": "内線 1234"'], "内線 1234");
  await edited(['"training": false,', '"training": false'], catalogue("ja").page["config-line"].replace("{line}", "19").replace("{column}", "3"));
});
