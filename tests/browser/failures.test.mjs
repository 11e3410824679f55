/**
 * When things go wrong the answer is *unchecked*, never *none*, and the next
 * file is inspected as if nothing had happened. A stand-in engine misbehaves
 * on request, by the name of the file.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { catalogue, closeAll, drop, launch, level, open, serve, settled } from "./harness.mjs";

const standIn = `let wasm_bindgen = {
  initSync() {},
  engine: () => ({ version: "0.0.0", rules: "2026-01-01", schema: 1, memory: 0 }),
  inspect: (...given) => JSON.stringify(wasm_bindgen.look(...given)),
  look(file, options, progress) {
    progress(0, 1, file.name, 1, 2);
    switch (file.name) {
      case "trap": throw new WebAssembly.RuntimeError("unreachable");
      case "io": throw "io: NotReadableError";
      case "stack": return (function down() { return down() + 1; })();
      case "nonsense": return { verdict: { level: "none" } };
      case "memory": throw new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded");
      case "hang": for (;;);
      case "late": setTimeout(() => { throw new Error("late"); }); for (let end = Date.now() + 50; Date.now() < end;); throw "late";
    }
    const hinted = options.hints.some(({ name, bytes }) => name.endsWith(".eml") && new TextDecoder().decode(bytes).includes("right"));
    const opened = options.passwords.includes("right") ? "given" : hinted ? "found" : undefined;
    if (file.name === "locked" && !opened) return { schema: 1, engine: { version: "0.0.0", rules: "2026-01-01" }, verdict: { level: "unchecked", incomplete: true, reasons: [] },
      counts: { checked: 0, unchecked: 1 }, advice: ["B1"], findings: [], checks: {}, actions: [], more_actions: 0, story: [],
      artifacts: [{ id: 0, parent: null, name: file.name, origin: { kind: "input" }, format: "zip", class: "archive", size: file.size, sha256: null, status: "locked" }] };
    return { schema: 1, engine: { version: "0.0.0", rules: "2026-01-01" }, verdict: { level: "none", incomplete: false, reasons: [] },
      counts: { checked: 1, unchecked: 0 }, advice: ["B5"], findings: [], checks: {}, actions: [], more_actions: 0, story: [],
      artifacts: [{ id: 0, parent: null, name: file.name, origin: { kind: "input" }, format: "text", class: "text", size: file.size, sha256: null, status: "inspected", password: opened }] };
  },
};`;

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
/** @type {Awaited<ReturnType<typeof serve>>} */ let hasty;
const emptyModule = Buffer.from("0061736d01000000", "hex");
before(async () => {
  const overrides = { "/engine/unopened.js": standIn, "/engine/unopened_bg.wasm": emptyModule };
  site = await serve({ overrides });
  hasty = await serve({ overrides: { ...overrides, "/config.json": '{"time_limit_seconds":1}' } });
  browser = await launch();
});
after(closeAll);

/** @param {any} page */
const finding = (page) => page.locator(".result").first().locator("[data-finding]").first().getAttribute("data-finding");

/** @param {any} page */
async function nextWorks(page) {
  await drop(page, "good", "x");
  await page.waitForFunction(() => document.querySelector(".verdict-file")?.textContent === "good" && document.documentElement.dataset.state === "ready");
  assert.equal(await level(page), "none");
}

for (const name of ["trap", "io", "stack", "nonsense", "memory", "late"]) {
  test(`${name}: unchecked, and the next file works`, async () => {
    const page = await open(browser, `${site.origin}/?lang=en`);
    await drop(page, name, "x");
    await settled(page);
    assert.equal(await level(page), "unchecked");
    assert.equal(await finding(page), "page.engine-failed");
    assert.ok((await page.locator(".badge").innerText()).includes(catalogue("en").page.incomplete));
    await nextWorks(page);
    assert.equal(page.workers().length, 1, "the dead worker is gone");
    await page.context().close();
  });
}

test("time-out: unchecked, and the next file works", async () => {
  const page = await open(browser, `${hasty.origin}/?lang=ja`);
  await drop(page, "hang", "x");
  await settled(page);
  assert.equal(await level(page), "unchecked");
  assert.equal(await finding(page), "page.timed-out");
  await nextWorks(page);
  await page.context().close();
});

test("cancel: the bar and the button are there while it runs; what waits is not inspected either", async () => {
  const page = await open(browser, `${site.origin}/?lang=en`);
  await drop(page, "hang", "x");
  await page.waitForSelector("#work:visible progress");
  await drop(page, "waiting", "x");
  await page.waitForSelector("#overview:visible");
  await page.waitForFunction(() => (/** @type {HTMLProgressElement} */ (document.querySelector("#work-bar"))).value === 0.25);
  assert.ok((await page.locator("#status").innerText()).includes("hang"));
  await page.locator("#cancel").click();
  await settled(page, 2);
  const ids = await page.locator(".result").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((n) => [n.dataset.level, n.querySelector("[data-finding]").dataset.finding].join()));
  assert.deepEqual(ids, ["unchecked,page.cancelled", "unchecked,page.cancelled"]);
  assert.equal(await page.locator("#work").isVisible(), false);
  const focused = () => page.evaluate(() => document.activeElement?.className);
  assert.equal(await focused(), "overview-title", "the button is gone, the focus is not lost");
  await nextWorks(page);
  // Also where a result is already there.
  await page.setInputFiles("#file", ["good", "hang"].map((name) => ({ name, mimeType: "", buffer: Buffer.from("x") })));
  await page.waitForSelector("#work:visible");
  await page.waitForFunction(() => document.querySelectorAll(".result").length === 1 && document.querySelector("#work-file")?.textContent?.includes("hang"));
  await page.locator("#cancel").focus();
  await page.keyboard.press("Enter");
  await settled(page, 2);
  assert.equal(await focused(), "overview-title");
  assert.deepEqual(await page.locator(".result").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((n) => n.dataset.level)), ["unchecked", "none"]);
  await page.context().close();
});

test("the engine is missing: the page says so and takes no file", async () => {
  const server = await serve({ overrides: { "/engine/unopened_bg.wasm": "not wasm" } });
  const page = await open(browser, `${server.origin}/?lang=ja`, { state: "closed" });
  assert.ok((await page.locator("#notices").innerText()).includes(catalogue("ja").page["load-failed"]));
  assert.equal(await page.locator("#drop").isVisible(), false);
  await page.context().close();
});

test("a wrong MIME type for wasm costs nothing but streaming", async () => {
  const server = await serve({ types: { ".wasm": "application/octet-stream" }, overrides: { "/engine/unopened.js": standIn, "/engine/unopened_bg.wasm": emptyModule } });
  const page = await open(browser, `${server.origin}/?lang=en`);
  await nextWorks(page);
  await page.context().close();
});

test("an invalid configuration: defaults, with a notice that names the field", async () => {
  const server = await serve({ overrides: { "/config.json": '{"helpdesk":{"tel":5}}' } });
  const page = await open(browser, `${server.origin}/?lang=en`);
  assert.match(await page.locator("#notices").innerText(), /helpdesk\.tel/);
  await page.context().close();
});

test("the configuration is shown, as text", async () => {
  const server = await serve({ overrides: { "/engine/unopened.js": standIn, "/engine/unopened_bg.wasm": emptyModule,
    "/config.json": JSON.stringify({ org: { ja: "見本<b>商事</b>", en: "Sample" }, language: "ja", helpdesk: { name: { ja: "情報システム室", en: "IT desk" }, tel: "内線 1234" } }) } });
  const page = await open(browser, `${server.origin}/`, { context: { locale: "en-US" } });
  assert.equal(await page.getAttribute("html", "lang"), "ja", "the configuration comes before the browser");
  assert.equal(await page.locator("#org").innerText(), "見本<b>商事</b>");
  await drop(page, "trap", "x");
  await settled(page);
  const contact = await page.locator(".result .contact").innerText();
  assert.ok(contact.includes("情報システム室") && contact.includes("内線 1234"));
  await page.context().close();
});

test("a password opens what is locked, in place; a wrong one leaves it unchecked", async () => {
  const page = await open(browser, `${site.origin}/?lang=ja`);
  await drop(page, "good", "x");
  await settled(page);
  await page.setInputFiles("#file", [{ name: "locked", mimeType: "", buffer: Buffer.from("x") }, { name: "good", mimeType: "", buffer: Buffer.from("x") }]);
  await settled(page, 2);
  const levels = () => page.locator(".result").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((n) => n.dataset.level));
  /** @param {string} password */
  const tryPassword = async (password) => {
    await page.locator(".result").first().evaluate((/** @type {any} */ node) => { node.dataset.old = "true"; });
    await page.fill(".password textarea", password);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelectorAll(".result").length === 2 && !document.querySelector(".result[data-old]") && document.documentElement.dataset.state === "ready");
  };
  await tryPassword("wrong");
  assert.deepEqual(await levels(), ["unchecked", "none"]);
  assert.equal(await page.locator(".password-wrong").innerText(), catalogue("ja").page["password-wrong"]);
  // To be mended where it was typed, with the message in sight.
  assert.equal(await page.evaluate(() => /** @type {any} */ (document.activeElement).value), "wrong");
  assert.ok(await page.locator(".password-wrong").evaluate((/** @type {any} */ node) => node.getBoundingClientRect().top >= 0));
  assert.ok((await page.locator("#status").textContent()).includes(catalogue("ja").page["password-wrong"]));
  // As a Japanese keyboard gives it.
  await tryPassword("ｒｉｇｈｔ");
  assert.deepEqual(await levels(), ["none", "none"]);
  assert.equal(await page.evaluate(() => document.activeElement === document.querySelector(".result h2")), true);
  assert.equal(await page.locator(".password").count(), 0);
  await page.context().close();
});

test("a password is typed once: it opens all files that it fits, those that come later too", async () => {
  const page = await open(browser, `${site.origin}/?lang=ja`);
  const file = (/** @type {string} */ name) => ({ name, mimeType: "", buffer: Buffer.from("x") });
  const levels = () => page.locator(".result").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((n) => n.dataset.level));
  await page.setInputFiles("#file", [file("locked"), file("locked"), file("good")]);
  await settled(page, 3);
  assert.deepEqual(await levels(), ["unchecked", "unchecked", "none"]);
  const type = (/** @type {string} */ password) => page.locator(".password textarea").first().fill(password).then(() => page.keyboard.press("Enter"));
  await type("wrong");
  await page.waitForSelector(".password-wrong");
  await settled(page, 3);
  assert.equal(await page.locator(".password-wrong").count(), 1, "a password that opens nothing is not tried elsewhere");
  await page.locator(".password textarea").first().focus();
  await type("right");
  await page.waitForFunction(() => document.querySelectorAll(".result .unlocked").length === 2 && document.documentElement.dataset.state === "ready");
  assert.deepEqual(await levels(), ["none", "none", "none"]);
  assert.equal(await page.evaluate(() => document.activeElement === document.querySelector(".result h2")), true, "the focus stays with the file it was typed for");
  await page.setInputFiles("#file", [file("locked")]);
  await settled(page, 1);
  assert.equal(await page.locator(".unlocked").innerText(), catalogue("ja").unlocked.given);
  await page.context().close();
});

test("words can be dragged into the field for the password; elsewhere they are no file, and nothing says that they are", async () => {
  const page = await open(browser, `${site.origin}/?lang=ja`);
  await drop(page, "locked", "x");
  await settled(page);
  const drag = (/** @type {string} */ where) => page.evaluate((/** @type {string} */ where) => {
    const transfer = new DataTransfer();
    transfer.setData("text/plain", "right");
    return ["dragenter", "dragover", "drop"].map((type) => {
      const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer });
      document.querySelector(where)?.dispatchEvent(event);
      return [event.defaultPrevented, document.documentElement.dataset.dragging].join(" ");
    });
  }, where);
  assert.deepEqual((await drag(".password textarea")).map((/** @type {string} */ one) => one.split(" ")[0]), ["false", "false", "false"], "the browser puts them there");
  assert.equal(await page.locator("#notices").innerText(), "");
  assert.ok((await drag(".result h2")).every((/** @type {string} */ one) => one.startsWith("true") && !one.endsWith("true")));
  assert.ok((await page.locator("#notices").innerText()).includes(catalogue("ja").page["no-file"]));
  await page.context().close();
});

test("a mail that comes with or behind what is locked may hold the password", async () => {
  const page = await open(browser, `${site.origin}/?lang=ja`);
  const locked = { name: "locked", mimeType: "", buffer: Buffer.from("x") };
  const mail = { name: "letter.eml", mimeType: "", buffer: Buffer.from("the word is: right") };
  const opened = () => page.locator(".result .unlocked").first().innerText();
  const levels = () => page.locator(".result").evaluateAll((/** @type {any[]} */ nodes) => nodes.map((n) => n.dataset.level));
  // Together.
  await page.setInputFiles("#file", [locked, mail]);
  await settled(page, 2);
  assert.deepEqual(await levels(), ["none", "none"]);
  assert.equal(await opened(), catalogue("ja").unlocked.found);
  // Behind it, anywhere on the page.
  await page.setInputFiles("#file", [locked]);
  await settled(page, 1);
  assert.deepEqual(await levels(), ["unchecked"]);
  await page.setInputFiles("#file", [mail]);
  await settled(page, 2);
  assert.deepEqual(await levels(), ["none", "none"]);
  // Chosen in the box itself: it is not looked into, only read for the password.
  await page.setInputFiles("#file", [locked]);
  await settled(page, 1);
  await page.setInputFiles(".password input[type=file]", [mail]);
  await page.waitForFunction(() => document.querySelector(".result .unlocked") && document.documentElement.dataset.state === "ready");
  assert.deepEqual(await levels(), ["none"]);
  // Dropped on the box: the same, and nothing else is dragged over the page any more.
  await page.setInputFiles("#file", [locked]);
  await page.waitForFunction(() => document.querySelector(".password") && document.documentElement.dataset.state === "ready");
  await drop(page, "letter.eml", "the word is: right", ".password textarea");
  await page.waitForFunction(() => document.querySelector(".result .unlocked") && document.documentElement.dataset.state === "ready");
  assert.deepEqual(await levels(), ["none"]);
  assert.equal(await page.getAttribute("html", "data-dragging"), "false");
  await page.context().close();
});
