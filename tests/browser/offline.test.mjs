/**
 * Without a network the page works as with one; a newer version announces
 * itself and never mixes with an older one; and the service worker that does
 * all this is no way out.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, catalogue, choose, closeAll, dist, drop, launch, level, open, screenshot, serve, settled } from "./harness.mjs";

/** @type {any} */ let browser;
before(async () => { browser = await launch(); });
after(closeAll);

const words = catalogue("en").page;
const file = (/** @type {string} */ name) => readFileSync(join(dist, "site", name), "utf8");
const sha256 = (/** @type {string | Buffer} */ data) => createHash("sha256").update(data).digest("base64");

/** The files of a version in which some differ, and its service worker. @param {Record<string, string>} changes */
function version(changes) {
  let worker = file("sw.js");
  for (const [name, text] of Object.entries(changes)) {
    const hash = sha256(readFileSync(join(dist, "site", name)));
    assert.ok(worker.includes(hash), name);
    worker = worker.replace(hash, sha256(text));
  }
  return { ...Object.fromEntries(Object.entries(changes).map(([name, text]) => [`/${name}`, text])), "/sw.js": worker };
}

/** A version that says which it is, in its page, its script and its words. @param {string} name */
function named(name) {
  const messages = JSON.parse(file("messages/en.json"));
  return version({
    "index.html": file("index.html").replace("<html lang=\"ja\">", `<html lang="ja" data-page="${name}">`),
    "report-text.js": `${file("report-text.js")}\ndocument.documentElement.dataset.script = ${JSON.stringify(name)};\n`,
    "messages/en.json": JSON.stringify({ ...messages, page: { ...messages.page, tagline: `Version ${name}` } }),
  });
}

/** What the parts of the page say about their version. @param {any} page */
const parts = (page) => page.evaluate(() => [document.documentElement.dataset.page, document.documentElement.dataset.script, document.querySelector("h1")?.textContent]);
const allOf = (/** @type {string} */ name) => [name, name, `Version ${name}`];

const offlineReady = (/** @type {any} */ page) => page.waitForSelector('html[data-offline="ready"]', { timeout: 20_000 });

/** @param {any} page */
async function reload(page) {
  await page.reload();
  await page.waitForSelector('html[data-state="ready"]', { timeout: 30_000 });
}

/** Waits for something on the test's side. @param {() => boolean} done */
async function until(done) {
  for (let i = 0; i < 200 && !done(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(done());
}

test("the host is gone: the page loads, whatever its query, and looks into a file", async () => {
  const site = await serve();
  const page = await open(browser, `${site.origin}/?lang=en`);
  await offlineReady(page);
  assert.equal(await page.locator("#offline").innerText(), words["offline-ready"]);
  await site.close();
  for (const [path, code] of [["/?lang=en", "en"], ["/index.html?lang=ja#opened", "ja"], ["/?x=1&lang=en", "en"]]) {
    await page.goto("about:blank");
    await page.goto(site.origin + path);
    await page.waitForSelector('html[data-state="ready"]', { timeout: 30_000 });
    assert.equal(await page.getAttribute("html", "lang"), code, path);
    await choose(page, "locked-exe.zip");
    assert.equal(await level(page), "stop", path);
    assert.equal(await page.locator(".privacy-count").getAttribute("data-count"), "0");
    assert.equal(await page.locator("#notices").innerText(), "");
  }
  assert.equal(await page.locator("#practice").isVisible(), true, "the samples are there too");
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test("every part comes from the store; only the configuration and the worker itself are asked for", async () => {
  const site = await serve();
  const page = await open(browser, `${site.origin}/?lang=en`);
  await offlineReady(page);
  const count = site.requests.length;
  await reload(page);
  // The browser looks for a newer worker a moment after the page has loaded.
  await until(() => site.requests.slice(count).includes("/sw.js"));
  assert.deepEqual(site.requests.slice(count).sort(), ["/config.json", "/sw.js"]);
  await page.context().close();
});

test("a newer version announces itself, waits to be asked, and comes whole", async () => {
  const site = await serve({ overrides: named("one") });
  const page = await open(browser, `${site.origin}/?lang=en`);
  await offlineReady(page);
  await reload(page);
  assert.deepEqual(await parts(page), allOf("one"));
  assert.equal(await page.locator("#update").innerText(), "");
  await choose(page, "clean.docx");

  Object.assign(site.overrides, named("two"));
  await page.reload();
  await page.waitForSelector('html[data-state="ready"]');
  assert.deepEqual(await parts(page), allOf("one"), "what is stored comes first");
  await drop(page, "a.txt", "hello");
  await settled(page);
  await page.waitForSelector("#update button");
  assert.equal(await page.locator("#update p").innerText(), `${words["update-ready"]} ${words["update-results"]}`);
  assert.equal(await page.locator(".result").count(), 1, "the result stays");
  assert.deepEqual(await parts(page), allOf("one"));
  assert.equal(await page.locator(".privacy-count").getAttribute("data-count"), "0");
  await axe(page, "a newer version, with a result");

  await Promise.all([page.waitForNavigation(), page.locator("#update button").click()]);
  await page.waitForSelector('html[data-state="ready"]');
  assert.deepEqual(await parts(page), allOf("two"));
  await page.waitForTimeout(1500);
  assert.equal(await page.locator("#update").innerText(), "", "it is the newest");

  // And the newest is what is left without a network, also for another tab.
  await site.close();
  const other = await page.context().newPage();
  await other.goto(`${site.origin}/?lang=en`);
  await other.waitForSelector('html[data-state="ready"]');
  assert.deepEqual(await parts(other), allOf("two"));
  await page.context().close();
});

for (const code of ["ja", "en"]) test(`${code}: the notice, as it looks`, async () => {
  const site = await serve();
  const page = await open(browser, `${site.origin}/?lang=${code}`);
  await offlineReady(page);
  Object.assign(site.overrides, named("two"));
  await reload(page);
  await page.waitForSelector("#update button");
  await axe(page, "a newer version");
  await screenshot(page, `${code}-update`);
  await choose(page, "auto-run.xlsm");
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320);
  await screenshot(page, `${code}-update-320`);
  await page.context().close();
});

test("a version of which a part is missing or another is not stored, and the old one goes on", async () => {
  const site = await serve({ overrides: named("one") });
  const page = await open(browser, `${site.origin}/?lang=en`);
  await offlineReady(page);
  const two = named("two");
  // A host in the middle of an update: the worker is new, one of the files is not.
  Object.assign(site.overrides, { ...two, "/messages/en.json": named("one")["/messages/en.json"] });
  const count = site.requests.length;
  await reload(page);
  await until(() => site.requests.slice(count).includes("/report-text.js"));
  await page.waitForTimeout(1000);
  assert.equal(await page.locator("#update").innerText(), "");
  await reload(page);
  assert.deepEqual(await parts(page), allOf("one"));
  // Then the rest arrives.
  Object.assign(site.overrides, two);
  await reload(page);
  await page.waitForSelector("#update button");
  await reload(page);
  assert.deepEqual(await parts(page), allOf("two"));
  await page.context().close();
});

test("administrators edit the configuration: the next load has it; a host that is slow or gone is not waited for", async () => {
  let delay = 0;
  const site = await serve({ overrides: { "/config.json": JSON.stringify({ org: { ja: "", en: "First" } }) }, delay: (path) => (path === "/config.json" ? delay : 0) });
  const org = (/** @type {any} */ page) => page.locator("#org").innerText();
  const page = await open(browser, `${site.origin}/?lang=en`);
  await offlineReady(page);
  site.overrides["/config.json"] = JSON.stringify({ org: { ja: "", en: "Second" } });
  await reload(page);
  assert.equal(await org(page), "Second");
  // Slow: the stored one for now, the new one the next time.
  site.overrides["/config.json"] = JSON.stringify({ org: { ja: "", en: "Third" } });
  delay = 4000;
  const started = performance.now();
  await reload(page);
  assert.ok(performance.now() - started < 3900);
  assert.equal(await org(page), "Second");
  await page.waitForTimeout(3500);
  await site.close();
  await reload(page);
  assert.equal(await org(page), "Third");
  await page.context().close();
});

test("a host without samples, and one that changed a file: works as before, and promises only what holds", async () => {
  const without = await serve({ missing: ["/samples.json"] });
  const page = await open(browser, `${without.origin}/?lang=en`);
  await offlineReady(page);
  await without.close();
  await reload(page);
  await page.context().close();

  const changed = await serve({ overrides: { "/style.css": `${file("style.css")}\n/* ours */` } });
  const other = await open(browser, `${changed.origin}/?lang=en`);
  assert.equal(await other.getAttribute("html", "data-offline"), "none");
  assert.equal(await other.locator("#offline").innerText(), "");
  await drop(other, "a.txt", "hello");
  await settled(other);
  await other.context().close();
});

test("plain http on another name: no service worker, nothing said, works as before", async () => {
  const site = await serve();
  const intranet = await launch(["--host-resolver-rules=MAP portal.test 127.0.0.1"]);
  const page = await open(intranet, `http://portal.test:${site.port}/?lang=en`);
  assert.equal(await page.getAttribute("html", "data-offline"), "none");
  assert.equal(await page.locator("#offline").innerText(), "");
  assert.ok(!site.requests.includes("/sw.js"));
  await drop(page, "a.txt", "hello");
  await settled(page);
});

test("the lock comes before the service worker: no request of page or engine reaches it", async () => {
  const spy = "self.seen = []; self.addEventListener('fetch', (event) => self.seen.push(event.request.url));\n";
  const site = await serve({ overrides: { "/sw.js": spy + file("sw.js") } });
  const page = await open(browser, `${site.origin}/?lang=en`);
  await offlineReady(page);
  await reload(page);
  const worker = page.context().serviceWorkers()[0];
  const seen = () => worker.evaluate(() => /** @type {any} */ (self).seen.map((/** @type {string} */ url) => new URL(url).pathname));
  assert.ok((await seen()).includes("/engine/unopened_bg.wasm"), "it answers what is loaded");
  assert.ok(!(await seen()).includes("/lock-probe"), "it does not hear of what the lock tries");
  const count = (await seen()).length;
  const attempt = async () => {
    const results = await Promise.allSettled([fetch("/style.css"), fetch("/config.json?secret"), fetch("https://elsewhere.example/"),
      ...typeof document === "undefined" ? [] : [import("/main.js?secret"), new Promise((resolve, reject) => { Object.assign(new Image(), { onload: resolve, onerror: reject, src: "/secret.png" }); })]]);
    return results.filter(({ status }) => status === "fulfilled").length;
  };
  const requests = site.requests.length;
  // In a task of the page's own: what the debugger runs is exempt from parts of the policy.
  assert.equal(await page.evaluate(attempt), 0);
  assert.equal(await page.workers()[0].evaluate((/** @type {string} */ origin) => Promise.allSettled([fetch(`${origin}/style.css`), fetch(`${origin}/config.json?secret`)])
    .then((all) => all.filter(({ status }) => status === "fulfilled").length), site.origin), 0);
  assert.equal((await seen()).length, count);
  assert.deepEqual(site.requests.slice(requests).filter((path) => path !== "/sw.js"), []);
  await page.context().close();
});

test("what the lock takes away: stores, and the way to service workers, on the page and in its worker", async () => {
  const site = await serve();
  const page = await open(browser, `${site.origin}/?lang=en`);
  assert.deepEqual(await page.evaluate(() => [typeof caches, typeof navigator.serviceWorker]), ["undefined", "undefined"]);
  assert.equal(await page.workers()[0].evaluate(() => typeof caches), "undefined");
  await page.context().close();
});

test("without the lock the service worker itself passes nothing on: no query, no other file, no other method", async () => {
  // A page of the same address that locks nothing and is answered by the worker.
  const bare = version({ "index.html": "<!doctype html><html data-state=ready><title>bare</title>" });
  const site = await serve({ overrides: bare });
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${site.origin}/`);
  await page.evaluate(async () => {
    await navigator.serviceWorker.register("/sw.js");
    await navigator.serviceWorker.ready;
  });
  await page.goto(`${site.origin}/?secret=query`);
  const count = site.requests.length;
  const statuses = await page.evaluate(() => Promise.all(["/config.json?secret", "/main.js?secret", "/secret.txt", "/hosting/nginx.conf?secret"]
    .map((path) => fetch(path, { headers: { "x-secret": "1" } }).then(({ status }) => status))));
  assert.deepEqual(statuses, [200, 200, 404, 404]);
  await until(() => site.requests.length > count);
  assert.deepEqual([...new Set(site.urls.slice(count))].filter((url) => url !== "/sw.js"), ["/config.json"]);
  await page.context().close();
});

test("the worker listens to nothing but what it needs, and names no address of others", () => {
  const source = file("sw.js");
  assert.deepEqual([...source.matchAll(/addEventListener\("(\w+)"/g)].map((m) => m[1]).sort(), ["activate", "fetch", "install"]);
  assert.doesNotMatch(source, /\bon(message|push|sync|fetch)\b|importScripts|BroadcastChannel|postMessage|https?:/);
  // Every request it makes is to a path of its own, never the one it was given.
  for (const [, argument] of source.matchAll(/\bfetch\(([^,)]+)/g)) assert.match(String(argument), /^(address\(path|url)$/);
});
