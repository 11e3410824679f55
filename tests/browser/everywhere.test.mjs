/**
 * Every journey in every browser, hosted and as one file opened from disk, in both languages: bring files, read the
 * answer, give a password, hand over, practise, and the steps for people who have already opened it. The words are the
 * same in all browsers, nothing leaves, and the keyboard is enough.
 *
 * Only what every driver can do is used here; what one alone can (printing, dropped folders, saved files, emulated media)
 * is tested in Chromium by the files beside this one.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { attempt, PAGE_CHANNELS, WORKER_CHANNELS } from "./channels.mjs";
import { axe, browsers, catalogue, choose, closeAll, dist, drop, fixtures, launch, level, open, root, screenshot, serve, settled, singleFileUrl, timeless } from "./harness.mjs";

/** A browser asks by itself, and with nothing but the address, whether its service worker is the newest. @param {string[]} paths */
const byThePage = (paths) => paths.filter((path) => path !== "/sw.js");

const LANGUAGES = ["ja", "en"];
const FILES = /** @type {Record<string, string>} */ ({ "auto-run.xlsm": "stop", "hold.docm": "hold", "locked.zip": "unchecked", "locked-exe.zip": "stop",
  "program.zip": "stop", "clean.docx": "none", "damaged.docx": "unchecked", "empty.bin": "unchecked", "padded.zip": "hold" });
const SAMPLES = /** @type {Record<string, string>} */ ({ macro: "stop", letter: "none", password: "stop", shortcut: "stop", picture: "stop", parts: "notice", page: "hold", template: "stop", locked: "unchecked", lure: "hold", notebook: "stop", code: "hold" });
const LOCKED = join("all", "xlsm-in-locked-zip", "invoice.zip");

/** What the page said in the first browser, word by word. @type {Map<string, string>} */
const said = new Map();

/** @param {string} key @param {string} text */
function sameEverywhere(key, text) {
  const plain = timeless(text).replace(/\s+/g, " ");
  if (!said.has(key)) said.set(key, plain);
  assert.equal(plain, said.get(key), `${key}: not what ${browsers[0]} said`);
}

/** @param {any} page */
const focused = (page) => page.evaluate(() => document.activeElement?.textContent);

/** Opens every details, so that everything is looked at. @param {any} page */
const openAll = (page) => page.evaluate(async () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  await new Promise((resolve) => setTimeout(resolve, 100));
});

/** How far the page is wider than its window. @param {any} page */
const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

for (const name of browsers) describe(name, () => {
  /** @type {any} */ let browser;
  /** @type {Awaited<ReturnType<typeof serve>>} */ let site;
  before(async () => {
    site = await serve();
    browser = await launch([], name);
  });
  after(closeAll);

  // What practice.test.mjs, opened.test.mjs and lock.test.mjs do in Chromium need not be done there twice.
  const elsewhere = name === "chromium";
  const forms = { hosted: () => `${site.origin}/`, "single file": singleFileUrl };
  for (const [form, url] of Object.entries(forms)) {
    for (const code of LANGUAGES) {
      const words = catalogue(code);
      const key = (/** @type {string} */ what) => `${code}, ${what}`;

      test(`${form}, ${code}: files of every kind get their answers, and no request is made`, async () => {
        const page = await open(browser, `${url()}?lang=${code}`);
        const asked = site.requests.length;
        assert.equal(await page.getAttribute("html", "lang"), code);
        sameEverywhere(key("start"), await page.locator("main").textContent());
        if (form === "hosted") await axe(page, "start");
        for (const [file, expected] of Object.entries(FILES)) {
          await choose(page, file);
          assert.equal(await level(page), expected, file);
          assert.equal(await page.locator(".result h2").innerText(), words.verdict[expected].heading);
          assert.equal(await focused(page), words.verdict[expected].heading, "the verdict takes the focus");
          const announced = await page.locator("#status").textContent();
          assert.ok(announced.includes(file) && announced.includes(words.verdict[expected].heading), `announced: ${announced}`);
          if (file === "auto-run.xlsm") assert.ok(await page.locator(".story li").count() >= 2, "the story");
          await openAll(page);
          sameEverywhere(key(file), await page.locator(".result").textContent());
          if (form === "hosted" && file === "auto-run.xlsm") {
            await axe(page, file);
            // WebKitGTK's driver sometimes waits for a picture for ever.
            if (name !== "webkit") await screenshot(page, `${name}-${code}-${file}`);
          }
        }
        await choose(page, "locked.zip", "clean.docx", "hold.docm");
        assert.deepEqual(await page.locator(".result").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((n) => n.dataset.level)), ["hold", "unchecked", "none"]);
        assert.equal(await page.evaluate(() => document.activeElement?.className), "overview-title");
        assert.deepEqual(byThePage(site.requests.slice(asked)), []);
        assert.equal(await page.getAttribute(".privacy-count", "data-count"), "0");
        assert.deepEqual(page.errors, []);
        await page.context().close();
      });

      test(`${form}, ${code}: a password, first wrong; the language switch; what is handed over`, async () => {
        const page = await open(browser, `${url()}?lang=${code}`);
        const other = code === "ja" ? "en" : "ja";
        await choose(page, LOCKED);
        assert.equal(await level(page), "unchecked");
        /** @param {string} password */
        const give = async (password) => {
          await page.evaluate(() => { /** @type {any} */ (document.querySelector(".result")).dataset.old = "true"; });
          await page.fill(".password textarea", password);
          await page.keyboard.press("Enter");
          await page.waitForFunction(() => document.querySelector(".result") && !document.querySelector("[data-old]") && document.documentElement.dataset.state === "ready");
        };
        await give("1111");
        assert.equal(await level(page), "unchecked");
        assert.equal(await page.locator(".password-wrong").innerText(), words.page["password-wrong"]);
        await give("2025");
        assert.equal(await level(page), "stop");
        assert.ok((await page.locator(".result").innerText()).includes(words.verdict.stop.heading));
        await page.locator(`.language[lang="${other}"]`).click();
        assert.equal(await page.locator(".result h2").innerText(), catalogue(other).verdict.stop.heading);
        assert.equal(await page.evaluate(() => (/** @type {HTMLElement} */ (document.activeElement)).lang), other, "the focus stays on the switch");
        await page.locator(`.language[lang="${code}"]`).click();

        // Saved files are out of the reach of some drivers: what the page makes is kept on its way to the browser.
        await page.evaluate(() => {
          const made = /** @type {any} */ (globalThis).made = /** @type {any[]} */ ([]);
          const create = URL.createObjectURL;
          URL.createObjectURL = (/** @type {any} */ blob) => { made.push(blob); return create(blob); };
          HTMLAnchorElement.prototype.click = function () { made.push(this.download); };
          Object.defineProperty(navigator, "clipboard", { value: undefined });
        });
        await page.locator('.result [data-action="save"]').click();
        const [html, fileName] = await page.evaluate(async () => [await /** @type {any} */ (globalThis).made[0].text(), /** @type {any} */ (globalThis).made[1]]);
        assert.match(fileName, /^unopened-report-[0-9a-f]{12}\.html$/);
        sameEverywhere(key("saved page"), html);
        await page.locator('.result [data-action="copy"]').click();
        // Without a clipboard the old way is tried, and the text is there to be copied by hand.
        await page.waitForFunction(() => document.querySelector(".report-text:not([hidden])"));
        const text = await page.locator(".report-text").inputValue();
        assert.ok(text.startsWith(words.report.heading));
        sameEverywhere(key("report"), text.replace(/\d{4}[-年/].*/g, ""));
        assert.deepEqual(page.errors, []);
        await page.context().close();

        const folder = join(root, "target/everywhere");
        mkdirSync(folder, { recursive: true });
        const path = join(folder, `${name}-${code}.html`);
        writeFileSync(path, html);
        const saved = await (await browser.newContext()).newPage();
        await saved.goto(pathToFileURL(path).href);
        assert.equal(await saved.locator("h2").first().innerText(), words.verdict.stop.heading);
        assert.equal(await saved.evaluate(() => getComputedStyle(document.querySelector(".verdict") ?? document.body).borderTopWidth), "3px", "its style applies");
        await saved.context().close();
      });

      if (!elsewhere) test(`${form}, ${code}: practice, ten questions by keyboard, and the steps for people who have opened it`, async () => {
        const page = await open(browser, `${url()}?lang=${code}`);
        const asked = site.requests.length;
        await page.locator("#practice > summary").click();
        for (const [id, expected] of Object.entries(SAMPLES)) {
          await page.locator(`.practice-list [data-sample="${id}"]`).click();
          await page.waitForFunction((/** @type {string} */ text) => document.querySelector(".look-here p")?.textContent === text, words.sample[id].notice);
          await settled(page, id === "password" ? 2 : 1);
          assert.equal(await level(page), expected, id);
        }
        await page.locator('[data-action="quiz-start"]').focus();
        await page.keyboard.press("Enter");
        for (const [i, id] of Object.keys(SAMPLES).slice(0, 10).entries()) {
          assert.equal(await focused(page), words.page["quiz-title"].replace("{n}", String(i + 1)).replace("{of}", "10"));
          await page.keyboard.press("Tab");
          await page.keyboard.press("Tab");
          await page.keyboard.press("Enter");
          assert.equal(await focused(page), ["letter", "parts"].includes(id) ? words.page["quiz-careful"] : words.page["quiz-right"]);
          await page.keyboard.press("Tab");
          await page.keyboard.press("Enter");
        }
        assert.equal(await focused(page), words.page["quiz-result"].replace("{n}", "8").replace("{of}", "10"));

        await page.locator("#opened-link").click();
        assert.equal(await page.getAttribute("#opened", "open"), "");
        await page.locator('.opened-acts input[value="content"]').focus();
        await page.keyboard.press("Space");
        await page.locator('.opened-acts input[value="password"]').check();
        const steps = () => page.locator(".opened-steps li").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((n) => n.dataset.step));
        assert.deepEqual((await steps()).slice(0, 4), ["disconnect", "power", "call", "change-elsewhere"]);
        sameEverywhere(key("steps"), await page.locator(".opened-steps").textContent());
        if (form === "hosted") await axe(page, "practice and steps");
        assert.deepEqual(byThePage(site.requests.slice(asked)), []);
        assert.deepEqual(page.errors, []);
        await page.context().close();
      });
    }

    test(`${form}: what is dropped or pasted is looked into; a hostile name stays text`, async () => {
      const page = await open(browser, `${url()}?lang=en`);
      await drop(page, "a\u202Efdp.<img src=x onerror=document.title='gone'>.exe", "MZ");
      await settled(page);
      assert.equal(await level(page), "stop");
      assert.ok((await page.locator(".verdict-file").innerText()).includes("U+202E"));
      assert.equal(await page.locator(".result img, .result a").count(), 0);
      assert.equal(await page.title(), catalogue("en").page.title);
      await page.evaluate(() => {
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([], "pasted.bin"));
        // Not every browser lets a script fill a ClipboardEvent.
        document.body.dispatchEvent(Object.defineProperty(new Event("paste", { bubbles: true }), "clipboardData", { value: clipboardData }));
      });
      await page.waitForFunction(() => document.querySelector(".verdict-file")?.textContent === "pasted.bin");
      await page.context().close();
    });

    test(`${form}: the keyboard alone reaches every control, in order, and is never held`, async () => {
      const page = await open(browser, `${url()}?lang=en`);
      const at = () => page.evaluate(() => {
        const node = document.activeElement;
        return node === null || node === document.body || node === document.documentElement ? "" : node.id || node.getAttribute("data-action") || `${node.localName} ${node.textContent?.slice(0, 40)}`;
      });
      // The dialog itself belongs to the system: that it is asked for is what can be seen.
      await page.evaluate(() => document.getElementById("file")?.addEventListener("click", (event) => { event.preventDefault(); document.title = "asked"; }));
      const seen = [];
      do {
        await page.keyboard.press("Tab");
        seen.push(await at());
      } while (seen.at(-1) !== "choose" && seen.length < 15);
      assert.match(seen[0] ?? "", /^a Skip/);
      assert.equal(seen.at(-1), "choose");
      assert.deepEqual(seen.slice(1, -1).map((name) => name.split(" ")[0]), ["opened-link", "button", "button"]);
      await page.keyboard.press("Enter");
      assert.equal(await page.title(), "asked");
      await choose(page, LOCKED);
      const visible = await page.evaluate(() => {
        const heading = document.querySelector(".result h2");
        return [...document.querySelectorAll(".result :is(button, summary, textarea, a[href], input), #drop :is(button, summary), main > details > summary")]
          .filter((node) => node.checkVisibility({ visibilityProperty: true }) && heading && heading.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING)
          .map((node) => node.id || node.getAttribute("data-action") || `${node.localName} ${node.textContent?.slice(0, 40)}`);
      });
      const reached = [];
      while (reached.length < visible.length) {
        await page.keyboard.press("Tab");
        reached.push(await at());
      }
      assert.deepEqual(reached, visible);
      assert.ok(visible.length > 8);
      // And a details opens and closes.
      await page.locator(".technical summary").focus();
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => (/** @type {any} */ (document.querySelector(".technical"))).open), true);
      await page.keyboard.press("Space");
      assert.equal(await page.evaluate(() => (/** @type {any} */ (document.querySelector(".technical"))).open), false);
      await page.context().close();
    });

    if (!elsewhere) test(`${form}: after the lock nothing leaves the page`, async () => {
      const page = await open(browser, `${url()}?lang=en`);
      const other = await serve();
      for (const server of [site, other]) {
        const asked = server.requests.length;
        const refused = await page.evaluate(attempt, { target: server.origin, channels: PAGE_CHANNELS, patience: 1500 });
        for (const channel of ["fetch", "keepalive", "xhr", "websocket", "eventsource", "worker"]) assert.ok(refused.includes(channel), `${channel} was not refused`);
        assert.deepEqual(byThePage(server.requests.slice(asked)), []);
      }
      const left = (/** @type {string[]} */ names) => names.filter((name) => /** @type {any} */ (globalThis)[name] !== undefined);
      assert.deepEqual(await page.evaluate(left, ["RTCPeerConnection", "webkitRTCPeerConnection", "mozRTCPeerConnection", "WebTransport"]), []);
      await page.context().close();
    });
  }

  test("narrow windows reflow", async () => {
    // WebKit's window has a least width; 320 pixels are tried in the others.
    const page = await open(browser, `${forms.hosted()}?lang=ja#opened=content,password`, { context: { viewport: { width: 320, height: 640 } } });
    assert.ok(await overflow(page) <= 0, "start");
    for (const file of ["auto-run.xlsm", "locked.zip"]) {
      await choose(page, file);
      await openAll(page);
      assert.ok(await overflow(page) <= 0, file);
    }
    await page.context().close();
  });

  /** The worker, made to try every way out as soon as it starts. @param {string} target */
  const leaking = (target) => `self.addEventListener("message", () => { (${attempt})(${JSON.stringify({ target, channels: WORKER_CHANNELS, patience: 1500 })}); }, { once: true });\n`;

  if (!elsewhere) test("after the lock nothing leaves the worker, hosted and from disk", async () => {
    const target = await serve();
    const worker = leaking(target.origin) + readFileSync(join(dist, "site/worker.js"), "utf8");
    const html = readFileSync(join(dist, "unopened.html"), "utf8");
    const block = /(<script type="application\/json" id="worker">)([^]*?)(<\/script>)/;
    const path = join(root, "target/everywhere", `${name}-leaking.html`);
    mkdirSync(join(root, "target/everywhere"), { recursive: true });
    assert.match(html, block);
    writeFileSync(path, html.replace(block, (_, head, source, tail) => head + JSON.stringify(leaking(target.origin) + JSON.parse(source)).replaceAll("<", "\\u003c") + tail));
    const hosted = await serve({ overrides: { "/worker.js": worker } });
    for (const address of [`${hosted.origin}/?lang=en`, pathToFileURL(path).href]) {
      const page = await open(browser, address);
      await new Promise((resolve) => setTimeout(resolve, 1000));
      assert.deepEqual(target.requests, [], address);
      await page.context().close();
    }
  });

  if (!elsewhere) test("control: without the lock the same attempts do arrive, from page and worker", async () => {
    const target = await serve();
    const bare = await serve({ overrides: { "/index.html": "<!doctype html><title>bare</title><body>",
      "/worker.js": leaking(target.origin) } });
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${bare.origin}/`);
    await page.evaluate(attempt, { target: bare.origin, channels: PAGE_CHANNELS, patience: 1500 });
    // WebKit does not prefetch.
    for (const channel of PAGE_CHANNELS.filter((channel) => name !== "webkit" || channel !== "prefetch")) assert.ok(bare.requests.some((path) => path.includes(`/leak-${channel}`)), `${channel} would go unnoticed`);
    await page.evaluate(() => { const worker = new Worker("/worker.js"); worker.postMessage(""); Object.assign(globalThis, { worker }); });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    for (const channel of ["fetch", "xhr", "websocket", "eventsource", "importscripts"]) assert.ok(target.requests.some((path) => path.includes(`/leak-${channel}`)), `${channel} of the worker would go unnoticed`);
    await page.context().close();
  });
});
