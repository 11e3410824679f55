/**
 * Inside another page: it works there, the page around it learns heights and nothing else, and cannot reach in. And
 * deep links: they lead where they say, in a frame and without one.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, catalogue, choose, closeAll, fixtures, hostingHeaders, launch, level, open, screenshot, serve, settled, singleFileUrl } from "./harness.mjs";

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;

/** Who may frame the page, as an administrator changes it: one line. */
const SELF = "frame-ancestors 'self'";
/** @param {string} [ancestors] */
const hosting = (ancestors = SELF) => (/** @type {string} */ path) => Object.fromEntries(Object.entries(
  hostingHeaders(path === "/unopened.html" ? "= /unopened/unopened.html" : path === "/embed.js" ? "= /unopened/embed.js"
    : path.startsWith("/embedding/") ? "/unopened/embedding/" : "/unopened/"))
  .map(([name, value]) => [name, value.replace(SELF, ancestors)]));
/** No host allows other origins to read its files. */
const closed = (/** @type {ReturnType<typeof hosting>} */ headers) => (/** @type {string} */ path) => ({ "access-control-allow-origin": "https://nobody.example", ...headers(path) });

before(async () => {
  site = await serve({ headers: closed(hosting()) });
  browser = await launch();
});
after(closeAll);

/**
 * Opens a page that embeds the checker, keeping every message it gets, and waits until the checker takes files.
 * @param {string} url
 * @param {object} [context]
 */
async function embedded(url, context = {}) {
  const page = await (await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1280, height: 900 }, ...context })).newPage();
  await page.addInitScript(() => {
    if (parent !== window) return;
    /** @type {any} */ (globalThis).heard = [];
    addEventListener("message", (event) => {
      /** @type {any} */ (globalThis).heard.push(event.data);
      // The frame lies in a closed shadow tree: its messages are the portal's only way to its window.
      if (event.data?.type === "unopened:height") /** @type {any} */ (globalThis).inner ??= event.source;
    });
  });
  await page.goto(url);
  return { page, frame: await frameOf(page) };
}

/** The checker in a page. @param {any} page */
async function frameOf(page) {
  const host = await page.waitForSelector("unopened-checker");
  const isThere = () => page.frames().find((/** @type {any} */ frame) => frame.parentFrame() && /embed=1/.test(frame.url()));
  for (let i = 0; i < 200 && !isThere(); i++) await page.waitForTimeout(25);
  const frame = isThere();
  assert.ok(frame, "the frame is there");
  assert.ok(host);
  await frame.waitForSelector('html[data-state="ready"]:not([data-offline="pending"])', { timeout: 30_000 });
  return frame;
}

/** @param {any} page @returns {Promise<any[]>} */
const heard = (page) => page.evaluate(() => /** @type {any} */ (globalThis).heard);
/** @param {any} page */
const height = (page) => page.locator("unopened-checker").evaluate((/** @type {HTMLElement} */ node) => node.getBoundingClientRect().height);
/** Screenshots show only what fits the window. @param {any} page @param {string} name */
async function picture(page, name) {
  const { width } = page.viewportSize();
  await page.setViewportSize({ width, height: await page.evaluate(() => document.documentElement.scrollHeight) });
  await page.waitForTimeout(100);
  await screenshot(page, name);
  await page.setViewportSize({ width, height: 900 });
}

/** @param {any} frame @param {string} name */
async function drop(frame, name) {
  await frame.setInputFiles("#file", join(fixtures, name));
  await settled(frame);
}

/** Presses something when the frame is as high as what it shows: before, what a pointer is aimed at may still move. @param {any} frame @param {string} selector */
async function press(frame, selector) {
  await frame.waitForFunction(() => document.documentElement.scrollHeight <= innerHeight + 1, null, { timeout: 5000 });
  await frame.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await frame.locator(selector).click();
}

for (const code of ["ja", "en"]) {
  const example = () => `${site.origin}/embedding/${code === "ja" ? "index" : "en"}.html`;

  test(`${code}: the example portal, from a file to the steps and the questions; it hears heights and nothing else`, async () => {
    const { page, frame } = await embedded(example());
    const words = catalogue(code);
    await axe(page, "portal");
    await axe(frame, "frame: start");
    await picture(page, `${code}-embedded`);
    for (const selector of [".brand", ".skip"]) assert.equal(await frame.locator(selector).isVisible(), false, selector);
    for (const selector of [".privacy-state", ".privacy-count", ".languages", "#opened-link", ".site-footer"]) assert.ok(await frame.locator(selector).isVisible(), selector);
    const before = site.requests.length;

    // With real drag events, on the lower edge of the frame.
    await frame.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["x"], "secret-name.txt"));
      for (const type of ["dragenter", "dragover", "drop"]) {
        document.querySelector(".site-footer")?.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
      }
    });
    await settled(frame);
    await drop(frame, "auto-run.xlsm");
    assert.equal(await level(frame), "stop");
    assert.ok(await frame.locator(".result .contact").isVisible());
    await axe(frame, "frame: stop");
    await picture(page, `${code}-embedded-stop`);
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "UNOPENED-CHECKER");
    await press(frame, '.result [data-action="opened"]');
    await press(frame, '.opened-acts input[value="content"]');
    await frame.waitForSelector('.opened-steps li[data-step="disconnect"]');
    await axe(frame, "frame: opened");
    await picture(page, `${code}-embedded-opened`);
    // By the keyboard: the frame may still grow for what the steps added, and move what a pointer is aimed at.
    await frame.locator("#practice > summary").press("Enter");
    await press(frame, '[data-action="quiz-start"]');
    await press(frame, '[data-action="quiz-ask"]');
    await press(frame, '.language[lang="en"]');
    await press(frame, '.language[lang="ja"]');

    const messages = await heard(page);
    assert.ok(messages.length >= 5, `${messages.length}`);
    for (const message of messages) {
      assert.deepEqual(Object.keys(message).sort(), ["height", "type"]);
      assert.equal(message.type, "unopened:height");
      assert.ok(Number.isSafeInteger(message.height) && message.height > 0);
    }
    assert.equal(await frame.locator(".privacy-count").getAttribute("data-count"), "0");
    assert.deepEqual(site.requests.slice(before), []);
    assert.ok(words);
    await page.context().close();
  });

  test(`${code}: at 320 pixels nothing needs sideways scrolling, nor does the frame scroll in the page`, async () => {
    const { page, frame } = await embedded(example(), { viewport: { width: 320, height: 640 } });
    const fits = async (/** @type {string} */ state) => {
      await page.waitForTimeout(200);
      for (const one of [page, frame]) assert.ok(await one.evaluate(() => document.documentElement.scrollWidth <= innerWidth), state);
      await frame.waitForFunction(() => document.documentElement.scrollHeight <= innerHeight + 1, null, { timeout: 5000 })
        .catch(() => assert.fail(`${state}: the frame is as high as what it shows`));
    };
    await fits("start");
    await drop(frame, "auto-run.xlsm");
    await fits("stop");
    const small = await frame.locator("button:visible, summary:visible, #opened-link").evaluateAll((/** @type {any[]} */ nodes) =>
      nodes.filter((node) => node.getBoundingClientRect().height < 44).map((node) => node.textContent));
    assert.deepEqual(small, []);
    await picture(page, `${code}-embedded-stop-320`);
    await press(frame, "#opened > summary");
    await press(frame, '.opened-acts input[value="ran"]');
    await frame.waitForSelector(".opened-steps li");
    await fits("opened");
    await picture(page, `${code}-embedded-opened-320`);
    await page.context().close();
  });

  test(`${code}: the attributes lead to advice, steps, samples and questions; the page around keeps the focus and its history`, async () => {
    const { page, frame } = await embedded(`${example()}#sample=macro`);
    const words = catalogue(code);
    await settled(frame);
    assert.equal(await level(frame), "stop");
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "BODY", "the frame takes no focus unasked");
    await axe(frame, "frame: sample");
    const links = page.locator("#links a");
    const pages = await page.evaluate(() => history.length);
    await links.nth(1).click();
    await frame.waitForSelector('.advice [data-advice="stop"]');
    assert.equal(await frame.locator(".result").count(), 0, "the sample is gone with its link");
    assert.equal(await page.evaluate(() => history.length), pages + 1);
    await axe(frame, "frame: advice");
    await picture(page, `${code}-embedded-advice`);
    await links.nth(2).click();
    await frame.waitForSelector('.opened-steps li[data-step="disconnect"]');
    assert.equal(await frame.locator("#advice").isVisible(), false);
    await links.nth(4).click();
    await frame.waitForSelector("#practice[open]");
    await page.goBack();
    await frame.waitForSelector("#opened[open]");
    assert.equal(await frame.locator("#practice").getAttribute("open"), null);
    await links.nth(0).click();
    await frame.waitForSelector("#opened:not([open])");
    assert.ok(words);
    await page.context().close();
  });
}

for (const headers of ["with the recommended headers", "without headers"]) test(`on the portal's own host, ${headers}, the frame lives in a sandbox: nothing of the portal reaches in, nothing of it out`, async () => {
  const { origin } = headers === "without headers" ? await serve() : site;
  const { page, frame } = await embedded(`${origin}/embedding/index.html`);
  await drop(frame, "auto-run.xlsm");
  assert.equal(new URL(frame.url()).pathname, "/unopened.html");
  assert.equal(await frame.evaluate(() => origin), "null");
  for (const [what, reach] of /** @type {[string, () => unknown][]} */ ([
    ["document", () => /** @type {any} */ (globalThis).inner.document.title],
    ["function", () => /** @type {any} */ (globalThis).inner.fetch("/")],
    ["element", () => /** @type {any} */ (document.querySelector("unopened-checker")).shadowRoot.innerHTML],
  ])) await assert.rejects(page.evaluate(reach), what === "element" ? /null/ : /SecurityError/, what);
  for (const [what, reach] of /** @type {[string, () => unknown][]} */ ([
    ["document", () => parent.document.title], ["storage", () => localStorage.length], ["cookies", () => document.cookie],
  ])) await assert.rejects(frame.evaluate(reach), /SecurityError/, what);
  // The portal cannot be led away.
  await frame.evaluate(() => { try { /** @type {any} */ (top).location.href = "about:blank"; } catch { /* refused */ } });
  await page.waitForTimeout(300);
  assert.equal(new URL(page.url()).pathname, "/embedding/index.html");
  assert.equal(await level(frame), "stop");
  await page.context().close();
});

test("messages to the frame change nothing; messages to the page count only as heights of its own frame", async () => {
  const { page, frame } = await embedded(`${site.origin}/embedding/en.html`);
  await drop(frame, "auto-run.xlsm");
  await page.waitForTimeout(300);
  const requests = site.requests.length;
  const shown = () => frame.evaluate(() => document.documentElement.outerHTML);
  const before = await shown();
  await frame.evaluate(() => addEventListener("message", () => { /** @type {any} */ (globalThis).arrived = (/** @type {any} */ (globalThis).arrived ?? 0) + 1; }));
  await page.evaluate(() => {
    const messages = ["", null, 1, { type: "unopened:height", height: 1 }, { type: "start" }, { type: "inspect", runId: 1 }, { type: "report", report: {} },
      { type: "failed", reason: "lock" }, new File(["x"], "x.txt"), [{ type: "lang", lang: "ja" }], { hash: "#opened" }];
    for (const message of messages) /** @type {any} */ (globalThis).inner.postMessage(message, "*");
  });
  await page.waitForTimeout(300);
  assert.equal(await frame.evaluate(() => /** @type {any} */ (globalThis).arrived), 11, "they arrive, and nobody listens");
  assert.equal(await shown(), before);
  assert.equal(site.requests.length, requests);

  const was = await height(page);
  const after = async () => {
    await page.waitForTimeout(100);
    return height(page);
  };
  // From the page itself and from a stranger's frame.
  await page.evaluate(() => {
    postMessage({ type: "unopened:height", height: 333 }, "*");
    const stranger = document.createElement("iframe");
    document.body.append(stranger);
    stranger.contentWindow?.eval("parent.postMessage({ type: 'unopened:height', height: 333 }, '*')");
  }).catch(() => {});
  assert.equal(await after(), was);
  for (const message of [{ type: "height", height: 333 }, { type: "unopened:height" }, { type: "unopened:height", height: "333" }, { type: "unopened:height", height: NaN },
    { type: "unopened:height", height: Infinity }, null, "unopened:height", 333]) {
    await frame.evaluate((/** @type {any} */ message) => parent.postMessage(message, "*"), message);
    assert.equal(await after(), was, JSON.stringify(message));
  }
  for (const [asked, given] of [[1e9, 30_000], [-5, 160], [700, 700]]) {
    await frame.evaluate((/** @type {number} */ height) => parent.postMessage({ type: "unopened:height", height }, "*"), asked);
    assert.equal(Math.round(await after() - 2), given, "two pixels are the portal's border");
  }
  await page.context().close();
});

test("a stranger's frame is not heard even where the portal has no policy", async () => {
  const portal = await serve({ overrides: { "/embedding/index.html": `<!doctype html><title>x</title><script src="../embed.js"></script><unopened-checker></unopened-checker>
    <iframe srcdoc="stranger"></iframe>` } });
  const { page } = await embedded(`${portal.origin}/embedding/index.html`);
  await page.waitForTimeout(300);
  const was = await height(page);
  await page.frames().find((/** @type {any} */ frame) => frame.url() === "about:srcdoc").evaluate(() => parent.postMessage({ type: "unopened:height", height: 333 }, "*"));
  await page.waitForFunction(() => /** @type {any} */ (globalThis).heard.some((/** @type {any} */ m) => m.height === 333));
  await page.waitForTimeout(100);
  assert.equal(await height(page), was);
  await page.context().close();
});

test("on another host: refused until its administrator allows it by one line; then index.html works with all it offers", async () => {
  /** @param {string} checker */
  const portalOf = (checker) => serve({ overrides: { "/index.html": `<!doctype html><html lang="en"><title>Portal</title><h1>Portal</h1><p>Text</p>
    <script src="${checker}/embed.js" defer></script><unopened-checker></unopened-checker>` } });
  const refusing = await portalOf(site.origin);
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${refusing.origin}/`);
  await page.waitForTimeout(1500);
  assert.ok(site.requests.includes("/embed.js"));
  assert.ok(page.frames().every((/** @type {any} */ frame) => !frame.parentFrame() || frame.url().startsWith("chrome-error:")), "not framed");
  await page.context().close();

  /** @type {ReturnType<typeof hosting>} */
  let headers = closed(hosting());
  const checker = await serve({ headers: (path) => headers(path) });
  const portal = await portalOf(checker.origin);
  headers = closed(hosting(`frame-ancestors 'self' ${portal.origin}`));
  const { page: allowed, frame } = await embedded(`${portal.origin}/`, { acceptDownloads: true });
  assert.equal(new URL(frame.url()).pathname, "/index.html");
  assert.equal(await frame.getAttribute("html", "lang"), "en", "the language of the page around it");
  const before = [checker.requests.length, portal.requests.length];
  await assert.rejects(allowed.evaluate(() => /** @type {any} */ (globalThis).inner.document.title), /SecurityError/, "the origins are apart");
  await choose(frame, "auto-run.xlsm");
  assert.equal(await level(frame), "stop");
  const download = allowed.waitForEvent("download");
  await frame.locator('[data-action="save"]').click();
  assert.match((await download).suggestedFilename(), /^unopened-report/);
  assert.ok(await frame.locator(".tools .flash").isVisible(), "said beside the button");
  await frame.locator('[data-action="copy"]').click();
  await frame.waitForFunction((/** @type {string} */ text) => document.querySelector(".flash")?.textContent === text, catalogue("en").page.copied);
  await frame.evaluate(() => { globalThis.print = () => { document.documentElement.dataset.printed = ""; }; });
  await frame.locator('[data-action="print"]').click();
  await frame.waitForSelector("html[data-printed]");
  assert.equal(await frame.locator(".privacy-count").getAttribute("data-count"), "0");
  assert.deepEqual([checker.requests.length, portal.requests.length], before);
  await allowed.context().close();
});

test("a password can be tried in the sandbox, by button and by key", async () => {
  const { page, frame } = await embedded(`${site.origin}/embedding/en.html`);
  for (const tryIt of [() => frame.locator('.password button[type="submit"]').click(), () => frame.locator("#password").press("Enter")]) {
    await drop(frame, join("all", "zip-locked", "invoice.zip"));
    assert.equal(await frame.locator(".password-wrong").count(), 0);
    await frame.fill("#password", "wrong");
    await tryIt();
    await frame.waitForSelector(".password-wrong");
  }
  await page.context().close();
});

test("an address that is none of a web server is not framed", async () => {
  const portal = await serve({ overrides: { "/index.html": `<!doctype html><title>x</title><script src="/embed.js"></script>
    <unopened-checker src="javascript:document.title='ran'"></unopened-checker><unopened-checker src="data:text/html,x"></unopened-checker><unopened-checker src="https://:"></unopened-checker>` } });
  /** @type {string[]} */
  const errors = [];
  const page = await (await browser.newContext()).newPage();
  page.on("pageerror", (/** @type {Error} */ error) => errors.push(String(error)));
  await page.goto(`${portal.origin}/`);
  await page.waitForTimeout(300);
  assert.deepEqual(errors, []);
  assert.equal(await page.title(), "x");
  assert.deepEqual(page.frames().slice(1).map((/** @type {any} */ frame) => frame.url()).filter((/** @type {string} */ url) => url !== "" && url !== "about:blank"), []);
  await page.context().close();
});

const LEVELS = { macro: "stop", letter: "none", password: "stop", shortcut: "stop", picture: "stop", parts: "notice", page: "hold", template: "stop", locked: "unchecked", lure: "hold", notebook: "stop", code: "hold" };
const forms = { hosted: () => `${site.origin}/`, "single file": singleFileUrl };
for (const [form, url] of Object.entries(forms)) {
  test(`${form}: every sample has its link`, async () => {
    assert.deepEqual(Object.keys(LEVELS), Object.keys(catalogue("en").sample));
    const page = await open(browser, `${url()}?lang=en#sample=macro`);
    for (const [id, expected] of Object.entries(LEVELS)) {
      await page.evaluate((/** @type {string} */ hash) => { location.hash = hash; }, `sample=${id}`);
      await page.waitForFunction((/** @type {string} */ text) => document.querySelector(".look-here p")?.textContent === text, catalogue("en").sample[id].notice);
      await settled(page, id === "password" ? 2 : 1);
      assert.equal(await level(page), expected, id);
    }
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  test(`${form}: every advice has its link; back leads back, and what nobody knows to the start page`, async () => {
    const page = await open(browser, `${url()}?lang=ja#advice`);
    const words = catalogue("ja");
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H2");
    assert.equal(await page.locator(".advice h2").innerText(), words.page.advice);
    await axe(page, "all advice");
    const names = await page.locator(".advice-link").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((node) => node.getAttribute("href").slice("#advice=".length)));
    assert.ok(names.length >= 50, `${names.length}`);
    for (const name of names) {
      await page.evaluate((/** @type {string} */ hash) => { location.hash = hash; }, `advice=${name}`);
      await page.waitForFunction((/** @type {string} */ name) => document.querySelector(".advice [data-advice]")?.getAttribute("data-advice") === name, name);
      assert.equal(await page.locator(".advice [data-advice]").first().isVisible(), true, name);
    }
    await page.goBack();
    await page.waitForFunction((/** @type {string | undefined} */ name) => document.querySelector(".advice [data-advice]")?.getAttribute("data-advice") === name, names.at(-2));
    await page.locator('.advice-ways a[href="#advice"]').click();
    await page.waitForSelector(".advice-link");
    await page.locator('.advice-ways a[href="#"]').click();
    await page.waitForSelector("#advice", { state: "hidden" });
    for (const hash of ["advice=nothing", "sample=nothing", "nothing", "sample=%3Cimg%20src=x%3E"]) {
      await page.evaluate((/** @type {string} */ hash) => { location.hash = hash; }, hash);
      await page.waitForTimeout(50);
      assert.equal(await page.locator("#advice:visible, .result, #opened[open], #practice[open], .notice").count(), 0, hash);
      assert.ok(await page.locator("#drop").isVisible());
    }
    await page.evaluate(() => { location.hash = "#quiz"; });
    await page.waitForSelector("#practice[open]");
    assert.equal(await page.evaluate(() => /** @type {any} */ (document.activeElement)?.dataset.action), "quiz-start");
    await page.goBack();
    await page.waitForSelector("#practice:not([open])");
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
}

test("links given at the start wait for the engine; without samples they lead to the start page", async () => {
  const page = await open(browser, `${site.origin}/?lang=en#quiz`);
  await page.waitForSelector("#practice[open]");
  await page.context().close();
  const bare = await serve({ missing: ["/samples.json"] });
  const without = await open(browser, `${bare.origin}/?lang=en#sample=macro`);
  assert.equal(await without.locator("#practice:visible, .result, .notice").count(), 0);
  await without.context().close();
});

test("a link does not throw away the results for somebody's own files", async () => {
  const page = await open(browser, `${site.origin}/?lang=en`);
  await choose(page, "auto-run.xlsm");
  await page.evaluate(() => { location.hash = "#sample=letter"; });
  await page.waitForSelector("#practice[open]");
  await page.waitForTimeout(300);
  assert.equal(await level(page), "stop");
  assert.equal(await page.evaluate(() => /** @type {any} */ (document.activeElement)?.dataset.sample), "letter");
  await page.evaluate(() => { location.hash = "#advice=stop"; });
  await page.waitForSelector(".advice");
  await page.evaluate(() => { location.hash = ""; });
  await page.waitForSelector("#advice", { state: "hidden" });
  assert.equal(await level(page), "stop");
  await page.context().close();
});

test("the way past the header keeps what a link opened", async () => {
  const page = await open(browser, `${site.origin}/?lang=en#advice=M3`);
  await page.locator(".skip").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.hash === "#main");
  assert.ok(await page.locator(".advice").isVisible());
  await page.context().close();
});

test("the page by itself tells nobody anything, framed or not, unless it was asked to", async () => {
  const portal = await serve({ overrides: { "/portal.html": '<!doctype html><title>x</title><script>globalThis.heard = []; addEventListener("message", (e) => heard.push(e.data))</script><iframe src="/index.html?lang=en"></iframe>' } });
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${portal.origin}/portal.html`);
  const frame = page.frames()[1];
  await frame.waitForSelector('html[data-state="ready"]');
  await drop(frame, "auto-run.xlsm");
  assert.deepEqual(await heard(page), []);
  await page.context().close();
});
