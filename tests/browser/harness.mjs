/**
 * What every browser test needs: two counting servers, the browsers, the page in
 * its two forms, and ways to hand it a file.
 *
 * Environment: BROWSERS (which to test in), CHROMIUM, FIREFOX, WEBKIT_DRIVER (where they are), DIST (dist folder),
 * FIXTURES (files to drop).
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launchWebKit } from "./webkit.mjs";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const dist = process.env.DIST ?? join(root, "dist");
export const fixtures = process.env.FIXTURES ?? join(root, "target/fixtures");
export const screenshots = join(root, "target/screenshots");
const require = createRequire(join(root, "web/package.json"));
const { chromium, firefox } = require("playwright-core");
const axeSource = () => readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
export const catalogue = (/** @type {string} */ code) => JSON.parse(readFileSync(join(root, "web/messages", `${code}.json`), "utf8"));

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8", ".wasm": "application/wasm" };

/**
 * A static server on a free loopback port that remembers every request.
 * @param {{ folder?: string, overrides?: Record<string, string | Buffer>, missing?: string[], delay?: (path: string) => number, headers?: (path: string) => Record<string, string>, types?: Record<string, string> }} [how]
 */
export async function serve({ folder = join(dist, "site"), overrides = {}, missing = [], delay = () => 0, headers = () => ({}), types = {} } = {}) {
  /** @type {string[]} */
  const requests = [];
  /** @type {string[]} their addresses, with the query */
  const urls = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://host").pathname);
    requests.push(path);
    urls.push(request.url ?? "");
    const name = path === "/" ? "/index.html" : path;
    const file = join(folder, normalize(name));
    const body = missing.includes(name) ? null : overrides[name] ?? (existsSync(file) ? readFileSync(file) : null);
    const type = types[extname(name)] ?? TYPES[/** @type {keyof typeof TYPES} */ (extname(name))] ?? "application/octet-stream";
    response.writeHead(body === null ? 404 : 200, { "content-type": type, "access-control-allow-origin": "*", "cache-control": "no-store", ...headers(path) });
    setTimeout(() => response.end(body ?? ""), delay(path));
  });
  // A WebSocket that gets through is a request like any other.
  server.on("upgrade", (request, socket) => {
    requests.push(`upgrade ${request.url}`);
    socket.destroy();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  running.add(server);
  /** Takes the host away: later connections are refused. */
  const close = async () => {
    running.delete(server);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${port}`, port, requests, urls, overrides, close };
}

/** Browsers and servers that still run. @type {Set<any>} */
const running = new Set();

/** Ends everything the tests of one file started, also after a failure. */
export async function closeAll() {
  for (const thing of running) {
    thing.closeAllConnections?.();
    await thing.close();
  }
  running.clear();
}

/** The browsers to test in; scripts/lib.sh sees that they are there. */
export const browsers = (process.env.BROWSERS ?? "chromium firefox webkit").split(/[\s,]+/).filter(Boolean);

/** How each is started; Firefox is Debian's, by WebDriver BiDi. @type {Record<string, (args: string[]) => Promise<any>>} */
const START = {
  chromium: (args) => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", ...args] }),
  firefox: () => firefox.launch({ channel: "moz-firefox", executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
    firefoxUserPrefs: { "ui.prefersReducedMotion": 1, "network.captive-portal-service.enabled": false, "network.connectivity-service.enabled": false } }),
  webkit: launchWebKit,
};

/** @param {string[]} [args] of Chromium @param {string} [name] one of `browsers` */
export async function launch(args = [], name = "chromium") {
  const browser = await /** @type {Function} */ (START[name])(args);
  running.add(browser);
  return browser;
}

/** The headers of hosting/nginx.conf. @param {string} location */
export function hostingHeaders(location) {
  const config = readFileSync(join(root, "web/hosting/nginx.conf"), "utf8");
  const block = config.slice(config.indexOf(`\nlocation ${location} {`)).split("\n}")[0] ?? "";
  return Object.fromEntries([...block.matchAll(/add_header (\S+) "([^"]*)" always;/g)].map((m) => [m[1], m[2]]));
}

export const singleFileUrl = () => pathToFileURL(join(dist, "unopened.html")).href;

/**
 * Opens the page and waits until it takes files.
 * @param {any} browser
 * @param {string} url
 * @param {{ context?: object, state?: string }} [how]
 */
export async function open(browser, url, { context = {}, state = "ready" } = {}) {
  const page = await (await browser.newContext({ reducedMotion: "reduce", viewport: { width: 1280, height: 900 }, ...context })).newPage();
  /** @type {string[]} */
  const errors = [];
  // Firefox reports what a policy refused as an error too, and the page tries that itself.
  page.on("pageerror", (/** @type {Error} */ error) => { if (!/^(Error: )?Content-Security-Policy: /.test(String(error))) errors.push(String(error)); });
  await page.goto(url);
  await page.waitForSelector(`html[data-state="${state}"]`, { timeout: 30_000 });
  // Installing the service worker makes requests of its own, which tests would count.
  if (state === "ready") await page.waitForSelector('html:not([data-offline="pending"])', { timeout: 30_000 });
  return Object.assign(page, { errors });
}

/** @param {any} page @param {...string} names files of the fixtures folder */
export async function choose(page, ...names) {
  await page.setInputFiles("#file", names.map((name) => join(fixtures, name)));
  await settled(page, names.length);
}

/**
 * Drops a file on the page, with real drag events.
 * @param {any} page
 * @param {string} name
 * @param {Buffer | string} body
 * @param {string} [where] selector of what it is let go on
 */
export async function drop(page, name, body, where = "body") {
  await page.evaluate(([name, base64, where]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    for (const type of ["dragenter", "dragover", "drop"]) {
      /** @type {any} */ (document.querySelector(where)).dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
    }
  }, [name, Buffer.from(body).toString("base64"), where]);
}

/** @param {any} page @param {number} [count] */
export async function settled(page, count = 1) {
  await page.waitForFunction((count) => document.documentElement.dataset.state === "ready"
    && document.querySelectorAll(".result").length === count, count, { timeout: 60_000 });
}

/** @param {any} page */
export const level = (page) => page.locator(".result").first().getAttribute("data-level");

/** Without the time at which a file was looked into. @param {string} text */
export const timeless = (text) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d/g, "");

/** axe-core finds nothing. @param {any} page @param {string} state */
export async function axe(page, state) {
  // The page's policy forbids added scripts, as it should; the debugger may still evaluate.
  await page.evaluate(axeSource());
  const violations = await page.evaluate(async () => {
    const { violations } = await /** @type {any} */ (globalThis).axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
    return violations.map((/** @type {any} */ v) => `${v.id}: ${v.nodes.slice(0, 3).map((/** @type {any} */ n) => n.html.slice(0, 200)).join(" | ")}`);
  });
  assert.deepEqual(violations, [], state);
}

/** How many A4 pages it prints. @param {any} page */
export async function pages(page) {
  const pdf = (await page.pdf({ format: "A4", preferCSSPageSize: true })).toString("latin1");
  return pdf.match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
}

/** @param {any} page @param {string} name */
export async function screenshot(page, name) {
  mkdirSync(screenshots, { recursive: true });
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}
