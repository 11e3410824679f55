/**
 * After the lock nothing leaves: every channel a script could use is tried, on
 * the page and in the worker, towards our own server and another one. Each
 * attempt must be refused, and neither server may see it. The same attempts on
 * a page without a policy do arrive, so the test can tell the difference.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { attempt, PAGE_CHANNELS, WORKER_CHANNELS } from "./channels.mjs";
import { catalogue, choose, closeAll, dist, hostingHeaders, launch, level, open, root, serve, singleFileUrl } from "./harness.mjs";

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
/** @type {Awaited<ReturnType<typeof serve>>} */ let other;
before(async () => {
  site = await serve();
  other = await serve();
  browser = await launch();
});
after(closeAll);

const arrived = (/** @type {Awaited<ReturnType<typeof serve>>} */ server) =>
  [...new Set(server.requests.map((request) => request.match(/\/leak-(\w+)/)?.[1]).filter(Boolean))].sort();

test("control: without a policy the same attempts do arrive", async () => {
  const bare = await serve({ overrides: { "/index.html": "<!doctype html><title>bare</title><body>" } });
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${bare.origin}/`);
  await page.evaluate(attempt, { target: bare.origin, channels: PAGE_CHANNELS, patience: 2000 });
  const [fetched] = await Promise.all([
    page.waitForEvent("worker").then((/** @type {any} */ worker) => worker.evaluate(attempt, { target: bare.origin, channels: WORKER_CHANNELS, patience: 2000 })),
    page.evaluate(() => { new Worker(URL.createObjectURL(new Blob(["onmessage = () => {}"]))); }),
  ]);
  assert.ok(fetched);
  const missing = PAGE_CHANNELS.concat("importscripts").filter((channel) => !arrived(bare).includes(channel));
  assert.deepEqual(missing, [], "these attempts would go unnoticed");
  await page.context().close();
});

const forms = { hosted: () => `${site.origin}/?lang=en`, "single file": () => `${singleFileUrl()}?lang=en` };
for (const [form, url] of Object.entries(forms)) {
  for (const whose of ["own", "another"]) {
    test(`${form}: no channel of the page reaches ${whose} server`, async () => {
      const server = whose === "own" ? site : other;
      const page = await open(browser, url());
      const count = server.requests.length;
      const refused = await page.evaluate(attempt, { target: server.origin, channels: PAGE_CHANNELS, patience: 10_000 });
      assert.deepEqual(PAGE_CHANNELS.filter((channel) => !refused.includes(channel)), [], "not refused");
      assert.deepEqual(server.requests.slice(count), [], "arrived");
      await page.context().close();
    });

    test(`${form}: no channel of the worker reaches ${whose} server`, async () => {
      const server = whose === "own" ? site : other;
      const page = await open(browser, url());
      const count = server.requests.length;
      assert.equal(page.workers().length, 1);
      const refused = await page.workers()[0].evaluate(attempt, { target: server.origin, channels: WORKER_CHANNELS, patience: 10_000 });
      assert.deepEqual(WORKER_CHANNELS.filter((channel) => !refused.includes(channel)), [], "not refused");
      assert.deepEqual(server.requests.slice(count), [], "arrived");
      await page.context().close();
    });
  }

  test(`${form}: WebRTC and WebTransport are gone, and strings cannot become code or markup`, async () => {
    const page = await open(browser, url());
    const names = ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport"];
    const gone = (/** @type {string[]} */ names) => names.filter((name) => /** @type {any} */ (globalThis)[name] !== undefined);
    assert.deepEqual(await page.evaluate(gone, names), []);
    assert.deepEqual(await page.workers()[0].evaluate(gone, names), []);
    // In a task of the page's own: code the debugger runs is exempt from the policy.
    const made = await page.evaluate(() => new Promise((resolve) => setTimeout(() => resolve(["innerHTML", "outerHTML"].filter((sink) => {
      const node = document.createElement("div");
      document.createElement("p").append(node);
      try { /** @type {any} */ (node)[sink] = "<b>x</b>"; return true; } catch { return false; }
    }).concat(["eval", "Function", "setTimeout"].filter((sink) => {
      try { /** @type {any} */ (globalThis)[sink]("1"); return true; } catch { return false; }
    }))))));
    assert.deepEqual(made, [], "these still take a string");
    await page.context().close();
  });
}

const webFile = (/** @type {string} */ name) => readFileSync(join(root, "web", name), "utf8");
/** Changes a source so that a test can see the page notice; the change must take. */
function changed(/** @type {string} */ name, /** @type {string} */ from, /** @type {string} */ to) {
  const source = webFile(name);
  assert.ok(source.includes(from), `${name} no longer contains ${from}`);
  return source.replace(from, to);
}

for (const [what, overrides] of /** @type {[string, () => Record<string, string>][]} */ ([
  ["the strict policy does not reach the page", () => ({ "/lock.js": changed("lock.js", "document.head.append(meta);", "") })],
  ["the policy still allows connections", () => ({ "/lock.js": changed("lock.js", "\"connect-src 'none'\"", "\"connect-src 'self'\"") })],
  ["the policy still allows connections, and the host's own policy hides that", () => ({ "/lock.js": changed("lock.js", "\"connect-src 'none'\"", "\"connect-src 'self'\""),
    "/index.html": changed("index.html", "connect-src 'self' blob:", "connect-src 'self'") })],
  ["the page is fooled but the worker is not", () => ({ "/lock.js": changed("lock.js", "document.head.append(meta);", "").replace("if (!await refused(", "if (true) return true;\n  if (!await refused(") })],
])) {
  test(`no file is accepted when ${what}`, async () => {
    const broken = await serve({ overrides: overrides() });
    const page = await open(browser, `${broken.origin}/?lang=en`, { state: "closed" });
    assert.ok((await page.locator("#notices").innerText()).includes(catalogue("en").page["lock-failed"]));
    assert.equal(await page.locator("#drop").isVisible(), false);
    await page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["x"], "a.txt"));
      document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
    });
    assert.equal(await page.locator(".result, #work:visible").count(), 0);
    assert.equal(await page.getAttribute("html", "data-state"), "closed");
    await page.context().close();
  });
}

/** What .htaccess sends for a path. @param {string} path */
function apacheHeaders(path) {
  /** @type {Record<string, string>} */
  const sent = {};
  let applies = true;
  for (const line of webFile("hosting/.htaccess").split("\n")) {
    const files = /^<Files "(.+)">/.exec(line)?.[1];
    const where = /^<If .*m#(.+)#"/.exec(line)?.[1];
    if (files) applies = path.endsWith(`/${files}`);
    else if (where) applies = path.includes(where);
    else if (/^<\/(Files|If)>/.test(line)) applies = true;
    const [, name, value] = /^ *Header always (?:set|unset) (\S+)(?: "(.*)")?$/.exec(line) ?? [];
    if (!name || !applies) continue;
    if (value === undefined) delete sent[name];
    else sent[name] = value;
  }
  return sent;
}

/** What web.config sends for a path. @param {string} path */
function iisHeaders(path) {
  /** @type {Record<string, string>} */
  const sent = {};
  const text = webFile("hosting/web.config");
  const parts = [text.replace(/<location[^]*<\/location>/, ""), ...[...text.matchAll(/<location path="(.+)">([^]*?)<\/location>/g)].filter((m) => path.startsWith(`/unopened/${m[1]}`)).map((m) => m[2] ?? "")];
  for (const part of parts) for (const [, what, name, value] of part.matchAll(/<(add|remove) name="([A-Z][^"]*)"(?: value="([^"]*)")?/g)) {
    if (what === "remove") delete sent[name ?? ""];
    else sent[name ?? ""] = value ?? "";
  }
  return sent;
}

test("every server sends the same policies for the page, the one file, the service worker and the example of a portal", () => {
  const paths = { "/unopened/": "/unopened/index.html", "= /unopened/unopened.html": "/unopened/unopened.html", "= /unopened/sw.js": "/unopened/sw.js", "/unopened/embedding/": "/unopened/embedding/index.html" };
  for (const [location, path] of Object.entries(paths)) for (const headers of [apacheHeaders(path), iisHeaders(path)]) {
    const nginx = hostingHeaders(location);
    assert.equal(headers["Content-Security-Policy"], nginx["Content-Security-Policy"], path);
    // A service worker frames nothing.
    if (!path.endsWith("sw.js")) assert.equal(headers["Cross-Origin-Embedder-Policy"], nginx["Cross-Origin-Embedder-Policy"], path);
  }
});

test("the recommended headers are the same for every server and the page works under them", async () => {
  const hosted = hostingHeaders("/unopened/");
  const single = hostingHeaders("= /unopened/unopened.html");
  const worker = hostingHeaders("= /unopened/sw.js");
  assert.ok(Object.keys(hosted).length >= 8);
  for (const name of ["hosting/.htaccess", "hosting/web.config"]) {
    const text = webFile(name);
    for (const [header, value] of [...Object.entries(hosted), ...Object.entries(single), ...Object.entries(worker)]) {
      assert.ok(text.includes(header) && text.includes(`"${value}"`), `${name}: ${header}`);
    }
  }
  const server = await serve({ overrides: { "/unopened.html": readFileSync(join(dist, "unopened.html")) },
    headers: (path) => (path === "/unopened.html" ? single : path === "/sw.js" ? worker : hosted) });
  for (const path of ["/", "/unopened.html"]) {
    const page = await open(browser, `${server.origin}${path}?lang=en`);
    assert.equal(await page.getAttribute("html", "data-offline"), path === "/" ? "ready" : "none");
    await choose(page, "locked-exe.zip");
    assert.equal(await level(page), "stop", path);
    await page.context().close();
  }
});

test("under the recommended headers even navigation of the single file is refused", async () => {
  const single = hostingHeaders("= /unopened/unopened.html");
  const server = await serve({ overrides: { "/unopened.html": readFileSync(join(dist, "unopened.html")) }, headers: (path) => (path === "/unopened.html" ? single : {}) });
  const page = await open(browser, `${server.origin}/unopened.html?lang=en`);
  await page.evaluate((/** @type {string} */ url) => { location.href = url; }, `${other.origin}/leak-navigation`);
  await page.waitForURL("chrome-error://chromewebdata/");
  assert.ok(!other.requests.includes("/leak-navigation"));
  await page.context().close();
});

test("plain http on an intranet name works the same", async () => {
  const intranet = await launch(["--host-resolver-rules=MAP portal.test 127.0.0.1"]);
  const page = await open(intranet, `http://portal.test:${site.port}/?lang=ja`);
  await choose(page, "locked-exe.zip");
  assert.equal(await level(page), "stop");
  const count = site.requests.length;
  const refused = await page.evaluate(attempt, { target: `http://portal.test:${site.port}`, channels: ["fetch", "beacon", "websocket", "image"], patience: 10_000 });
  assert.equal(refused.length, 4);
  assert.deepEqual(site.requests.slice(count), []);
});

for (const [form, url] of Object.entries(forms)) test(`${form}: the count of requests stays at zero`, async () => {
  const page = await open(browser, url());
  const count = () => page.locator(".privacy-count").getAttribute("data-count");
  await choose(page, "locked-exe.zip", "clean.docx");
  assert.equal(await count(), "0");
  assert.ok((await page.locator(".privacy-count").innerText()).includes("0"));
  // How to check it stays open while the page works.
  await page.locator(".privacy summary").click();
  await choose(page, "clean.docx");
  assert.equal(await page.locator(".privacy details").getAttribute("open"), "");
  await page.context().close();
});

test("the count sees what gets out", async () => {
  const leaky = await serve({ overrides: { "/lock.js": changed("lock.js", "document.head.append(meta);", "").replace("if (!await refused(URL.createObjectURL(new Blob([\"probe\"])))) return false;", "return true;"),
    "/worker.js": changed("worker.js", "if (!await lockHolds(message.probe)) {", "if (false) {") } });
  const page = await open(browser, `${leaky.origin}/?lang=en`);
  // The browser notes a request when its answer has been read.
  await page.evaluate(() => fetch("config.json").then((response) => response.text()));
  await page.waitForSelector('.privacy-count:not([data-count="0"])', { timeout: 5000 });
  await page.context().close();
});
