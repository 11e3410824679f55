/**
 * WebKitGTK through its own driver (W3C WebDriver), with as much of playwright's ways as the tests for every browser use.
 * Playwright itself drives only a WebKit of its own making, which no distribution has.
 *
 * One window of one session: contexts share everything, and a context that is closed leaves an empty page.
 * Environment: WEBKIT_DRIVER (WebKitWebDriver).
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** What WebDriver calls an element, and keys that are no characters. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
const KEYS = /** @type {Record<string, string>} */ ({ Tab: "\uE004", Enter: "\uE007", Space: " ", Escape: "\uE00C" });

/** @returns {Promise<number>} */
const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    server.close(() => resolve(port));
  });
});

/** A screen nobody sees; resolves to its name. @returns {Promise<{ screen: import("node:child_process").ChildProcess, display: string }>} */
function startScreen() {
  const screen = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], { stdio: ["ignore", "pipe", "ignore"] });
  return new Promise((resolve, reject) => {
    screen.once("error", reject);
    screen.once("exit", () => reject(new Error("Xvfb ended")));
    screen.stdout?.once("data", (text) => resolve({ screen, display: `:${String(text).trim()}` }));
  });
}

/** One element of a page, looked for anew each time. */
class Locator {
  /** @param {Page} page @param {string} css @param {number} [at] */
  constructor(page, css, at = 0) {
    this.page = page;
    this.css = css;
    this.at = at;
  }

  first() { return this.nth(0); }

  /** @param {number} at */
  nth(at) { return new Locator(this.page, this.css, at); }

  /** @param {Function} fn of all elements and an argument @param {any} [argument] */
  evaluateAll(fn, argument) {
    return this.page.run(`(({ css, argument }) => (${fn})([...document.querySelectorAll(css)], argument))`, { css: this.css, argument });
  }

  /** @param {Function} fn of the element and an argument @param {any} [argument] */
  async evaluate(fn, argument) {
    await this.element();
    return this.page.run(`(({ css, at, argument }) => (${fn})(document.querySelectorAll(css)[at], argument))`, { css: this.css, at: this.at, argument });
  }

  count() { return this.evaluateAll((/** @type {Element[]} */ nodes) => nodes.length); }
  innerText() { return this.evaluate((/** @type {HTMLElement} */ node) => node.innerText); }
  allInnerTexts() { return this.evaluateAll((/** @type {HTMLElement[]} */ nodes) => nodes.map((node) => node.innerText)); }
  textContent() { return this.evaluate((/** @type {Element} */ node) => node.textContent); }
  inputValue() { return this.evaluate((/** @type {any} */ node) => node.value); }
  isChecked() { return this.evaluate((/** @type {any} */ node) => node.checked); }
  focus() { return this.evaluate((/** @type {HTMLElement} */ node) => node.focus()); }

  /** @param {string} name */
  getAttribute(name) { return this.evaluate((/** @type {Element} */ node, /** @type {string} */ name) => node.getAttribute(name), name); }

  isVisible() {
    return this.page.evaluate((/** @type {{ css: string, at: number }} */ { css, at }) => document.querySelectorAll(css)[at]?.checkVisibility({ visibilityProperty: true }) ?? false, { css: this.css, at: this.at });
  }

  /** Waits for it. @returns {Promise<string>} its id with the driver */
  async element() {
    for (const patience = Date.now() + 10_000; ;) {
      const found = (await this.page.ask("POST", "/elements", { using: "css selector", value: this.css }))[this.at];
      if (found) return found[ELEMENT];
      if (Date.now() > patience) throw new Error(`no ${this.css} (${this.at})`);
      await sleep(50);
    }
  }

  async click() { await this.page.ask("POST", `/element/${await this.element()}/click`, {}); }
  async check() { if (!await this.isChecked()) await this.click(); }

  /** @param {string} text */
  async type(text) { await this.page.ask("POST", `/element/${await this.element()}/value`, { text }); }

  /** @param {string} text */
  async fill(text) {
    const id = await this.element();
    // The driver takes what lies just below the window for visible, and then refuses it.
    await this.page.ask("POST", "/execute/sync", { script: "arguments[0].scrollIntoView({ block: 'center' });", args: [{ [ELEMENT]: id }] });
    await this.page.ask("POST", `/element/${id}/clear`, {});
    await this.type(text);
  }
}

/** The window of the session. */
class Page {
  /** @param {(method: string, path: string, body?: object) => Promise<any>} ask @param {string} folder for files that a test makes up */
  constructor(ask, folder) {
    this.ask = ask;
    this.folder = folder;
    this.keyboard = {
      /** @param {string} name */
      press: (name) => {
        const value = KEYS[name] ?? name;
        return ask("POST", "/actions", { actions: [{ type: "key", id: "keyboard", actions: [{ type: "keyDown", value }, { type: "keyUp", value }] }] });
      },
    };
  }

  /** The driver tells nothing that happens by itself. */
  on() {}

  context() { return { close: () => this.goto("about:blank") }; }

  /** @param {string} url */
  goto(url) { return this.ask("POST", "/url", { url }); }

  title() { return this.ask("GET", "/title"); }

  /** @param {string} css */
  locator(css) { return new Locator(this, css); }

  /** @param {string} fn the text of a function of an argument @param {any} argument */
  async run(fn, argument) {
    const answer = await this.ask("POST", "/execute/async", { args: [argument], script: `
      const [argument, done] = arguments;
      Promise.resolve().then(() => (${fn})(argument)).then((value) => done({ value }), (error) => done({ error: String(error) }));` });
    if (answer.error) throw new Error(answer.error);
    return answer.value;
  }

  /** @param {Function | string} what a function, or a script @param {any} [argument] */
  evaluate(what, argument = null) {
    return typeof what === "string" ? this.ask("POST", "/execute/sync", { script: what, args: [] }) : this.run(String(what), argument);
  }

  /** @param {Function} fn @param {any} [argument] @param {{ timeout?: number }} [how] */
  async waitForFunction(fn, argument, { timeout = 30_000 } = {}) {
    for (const patience = Date.now() + timeout; ;) {
      if (await this.evaluate(fn, argument)) return;
      if (Date.now() > patience) throw new Error(`waited in vain for ${fn}`);
      await sleep(50);
    }
  }

  /** @param {string} css @param {{ timeout?: number }} [how] */
  waitForSelector(css, how) {
    return this.waitForFunction((/** @type {string} */ css) => document.querySelector(css) !== null, css, how);
  }

  /** @param {string} css @param {string | { name: string, buffer: Buffer } | (string | { name: string, buffer: Buffer })[]} files */
  async setInputFiles(css, files) {
    const paths = [files].flat().map((file) => {
      if (typeof file === "string") return file;
      const path = join(mkdtempSync(join(this.folder, "file-")), file.name);
      writeFileSync(path, file.buffer);
      return path;
    });
    await this.locator(css).type(paths.join("\n"));
  }

  /** @param {string} css @param {string} name */
  getAttribute(css, name) { return this.locator(css).getAttribute(name); }

  /** @param {string} css @param {string} text */
  fill(css, text) { return this.locator(css).fill(text); }

  /** @param {string} css */
  inputValue(css) { return this.locator(css).inputValue(); }

  /** @param {{ path: string }} where */
  async screenshot({ path }) { writeFileSync(path, Buffer.from(await this.ask("GET", "/screenshot"), "base64")); }
}

/** Starts a screen, the driver and the browser; all three end with `close()`. */
export async function launchWebKit() {
  const folder = mkdtempSync(join(tmpdir(), "unopened-webkit-"));
  const { screen, display } = await startScreen();
  const port = await freePort();
  const driver = spawn(process.env.WEBKIT_DRIVER ?? "WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], {
    stdio: "ignore",
    detached: true,
    env: { ...process.env, DISPLAY: display, GDK_BACKEND: "x11", HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, XDG_DATA_HOME: folder,
      // Neither a graphics card nor the rights to make a sandbox can be taken for granted where tests run.
      LIBGL_ALWAYS_SOFTWARE: "1", WEBKIT_DISABLE_DMABUF_RENDERER: "1", WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", NO_AT_BRIDGE: "1" },
  });
  /** @type {unknown} */
  let failure = null;
  driver.once("error", (error) => { failure = error; });

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  const call = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body), signal: AbortSignal.timeout(120_000) });
    const { value } = await response.json();
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  const kill = () => {
    if (driver.pid) try { process.kill(-driver.pid); } catch { /* it has ended */ }
    screen.removeAllListeners("exit");
    screen.kill();
  };
  // Neither ends with us, whatever ends us.
  process.once("exit", kill);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  const end = async () => {
    kill();
    process.removeListener("exit", kill);
    await sleep(200);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    for (const patience = Date.now() + 20_000; ;) {
      if (await call("GET", "/status").catch(() => null)) break;
      if (failure || Date.now() > patience) throw new Error(`WebKitWebDriver does not start: ${failure ?? "no answer"}`);
      await sleep(100);
    }
    const { sessionId, capabilities } = await call("POST", "/session", { capabilities: { alwaysMatch: {} } });
    /** @param {string} method @param {string} path @param {object} [body] */
    const ask = (method, path, body) => call(method, `/session/${sessionId}${path}`, body);
    await ask("POST", "/timeouts", { script: 90_000, pageLoad: 60_000, implicit: 0 });
    const page = new Page(ask, folder);
    return {
      version: () => capabilities.browserVersion,
      /** @param {{ viewport?: { width: number, height: number } }} [how] the window is made to fit; it has a least width, near 450 pixels */
      newContext: async ({ viewport = { width: 1280, height: 900 } } = {}) => {
        const [width, height] = await page.evaluate(() => [outerWidth - innerWidth, outerHeight - innerHeight]);
        await ask("POST", "/window/rect", { x: 0, y: 0, width: viewport.width + Math.max(0, width), height: viewport.height + Math.max(0, height) });
        return { newPage: async () => page };
      },
      close: async () => {
        await ask("DELETE", "").catch(() => {});
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
