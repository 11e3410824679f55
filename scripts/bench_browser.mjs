// What bench.mjs measures in Chromium: the page's start, and the engine in a worker.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { serve } from "./serve.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { chromium } = createRequire(join(root, "web/package.json"))("playwright-core");
const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/**
 * Loads a page in a new browser each time, and waits until it takes files.
 * @param {string} url
 * @returns {Promise<{ milliseconds: number, requests: string[] }>} the median, and the paths it asked for
 */
async function start(url, loads = 5) {
  const times = [];
  let requests = [];
  for (let i = 0; i < loads; i++) {
    const browser = await launch();
    const page = await browser.newPage();
    requests = [];
    page.on("response", (response) => { if (response.ok() && /^http/.test(response.url())) requests.push(new URL(response.url()).pathname); });
    await page.addInitScript(() => {
      new MutationObserver(() => {
        if (document.documentElement?.dataset.state === "ready") globalThis.readyAt ??= performance.now();
      }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });
    });
    await page.goto(url);
    await page.waitForFunction(() => globalThis.readyAt, null, { timeout: 60_000 });
    times.push(await page.evaluate(() => globalThis.readyAt));
    await browser.close();
  }
  return { milliseconds: median(times), requests };
}

/** The hosted page and the single file from disk. */
export async function starts() {
  const server = await serve();
  const hosted = await start(server.url);
  server.close();
  return { hosted, single: await start(pathToFileURL(join(root, "dist/unopened.html")).href) };
}

/** The worker of the harness: the page's engine, given what the page's own worker gives it. */
const WORKER = `
importScripts("/unopened.js");
const ready = fetch("/unopened_bg.wasm").then((r) => r.arrayBuffer()).then((b) => wasm_bindgen.initSync({ module: new WebAssembly.Module(b) }));
const inMemory = (bytes, name) => ({ name, size: bytes.byteLength, read: (from, to) => new Uint8Array(bytes, from, to - from) });
const onDisk = (file) => ({ name: file.name, size: file.size, read: (from, to) => new Uint8Array(new FileReaderSync().readAsArrayBuffer(file.slice(from, to))) });
onmessage = async ({ data: { file, bytes, runs, options } }) => {
  await ready;
  try {
    const dropped = bytes ? inMemory(bytes, file.name) : onDisk(file);
    if (!runs) {
      postMessage({ report: wasm_bindgen.inspect(dropped, options, () => {}), memory: wasm_bindgen.engine().memory });
      return;
    }
    const times = [];
    for (let total = 0; times.length < runs.least || (times.length < runs.most && total < runs.budget); total += times.at(-1)) {
      const started = performance.now();
      JSON.parse(wasm_bindgen.inspect(dropped, options, () => {}));
      times.push(performance.now() - started);
    }
    postMessage({ times });
  } catch (error) {
    postMessage({ failed: String(error) });
  }
};`;

/**
 * Inspects files in a worker of Chromium, from a file input like the page's: from the drop to the report, the browser's
 * reading included, and, where files are small, the engine alone with the bytes in memory.
 * @param {string[]} paths
 * @param {{ warm: number, least: number, most: number, budget: number, passwords?: string[] }} how runs before the count,
 *   and counted; a new worker for each file when `warm` is 0; passwords to give
 * @returns {Promise<Map<string, { milliseconds: number, engine: number | null, level: string, memory: number } | { failed: string }>>}
 */
export async function inspect(paths, { warm, least, most, budget, passwords = [] }) {
  const files = { "/": ["text/html", "<!doctype html><input type=file>"], "/worker.js": ["text/javascript", WORKER],
    "/unopened.js": ["text/javascript", readFileSync(join(root, "dist/site/engine/unopened.js"))],
    "/unopened_bg.wasm": ["application/wasm", readFileSync(join(root, "dist/site/engine/unopened_bg.wasm"))] };
  const server = createServer((request, response) => {
    const [type, body] = files[request.url] ?? ["text/plain", ""];
    // Cross-origin isolation makes performance.now() as fine as it gets.
    response.writeHead(200, { "Content-Type": type, "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" });
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await launch();
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const results = new Map();
  for (const path of paths) {
    await page.setInputFiles("input", path);
    const result = await page.evaluate(async ({ warm, least, most, budget, passwords }) => {
      const ask = (message, transfer = []) => new Promise((resolve) => {
        globalThis.engine ??= new Worker("/worker.js");
        engine.onmessage = (event) => resolve(event.data);
        engine.onerror = (event) => resolve({ failed: event.message });
        engine.postMessage(message, transfer);
      });
      const file = document.querySelector("input").files[0];
      // web/engine.js does the same.
      const small = file.size <= 1 << 20;
      const drop = async () => {
        const bytes = small ? await file.arrayBuffer() : null;
        return ask({ file, bytes, options: { passwords } }, bytes ? [bytes] : []);
      };
      const renew = () => { globalThis.engine?.terminate(); globalThis.engine = undefined; };
      if (!warm) renew();
      let answer = null;
      const drops = [];
      for (let i = 0, total = 0; i < warm + least || (i < warm + most && total < budget); i++) {
        const started = performance.now();
        answer = await drop();
        if (answer.failed) break;
        if (i >= warm) {
          drops.push(performance.now() - started);
          total += drops.at(-1);
        }
      }
      const alone = small && !answer.failed ? await ask({ file, bytes: await file.arrayBuffer(), runs: { least, most, budget }, options: { passwords } }) : {};
      if (answer.failed) renew();
      return answer.failed ? answer : { drops, engine: alone.times, level: JSON.parse(answer.report).verdict.level, memory: answer.memory };
    }, { warm, least, most, budget, passwords });
    results.set(path, result.failed ? result : { milliseconds: median(result.drops), engine: result.engine ? median(result.engine) : null,
      level: result.level, memory: result.memory });
  }
  await browser.close();
  server.close();
  return results;
}
