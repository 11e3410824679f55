/**
 * The page as people set it up for themselves: enlarged four times, with larger or wider letters, without motion, in the
 * system's colours; on small and large windows, in every state, in both languages. And every target can be hit.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, catalogue, choose, closeAll, launch, level, open, root, serve, settled } from "./harness.mjs";

/** @type {any} */ let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */ let site;
before(async () => {
  site = await serve({ overrides: { "/config.json": JSON.stringify({ org: { ja: "見本商事株式会社", en: "Sample Ltd" },
    helpdesk: { name: { ja: "情報システム室", en: "IT desk" }, tel: "内線 1234", mail: "desk@sample.example", hours: { ja: "平日 9–17 時", en: "9 to 5" } } }) } });
  browser = await launch();
});
after(closeAll);

/** @param {any} page */
const openAll = (page) => page.evaluate(async () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  await new Promise((resolve) => setTimeout(resolve, 100));
});

/** What leads to each state, one after the other on one page. @type {Record<string, (page: any) => Promise<unknown>>} */
const STATES = {
  start: async () => {},
  "everything open": openAll,
  question: (page) => page.locator('[data-action="quiz-start"]').click(),
  explanation: (page) => page.locator('[data-action="quiz-open"]').click(),
  steps: async (page) => {
    for (const act of ["content", "password", "odd-mail"]) await page.locator(`.opened-acts input[value="${act}"]`).check();
    await openAll(page);
  },
  stop: (page) => choose(page, "auto-run.xlsm"),
  "stop, everything open": openAll,
  locked: (page) => choose(page, "locked.zip"),
  "wrong password": async (page) => {
    await page.evaluate(() => { /** @type {any} */ (document.querySelector(".result")).dataset.old = "true"; });
    await page.fill(".password textarea", "1234");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => !document.querySelector("[data-old]"));
    await settled(page);
  },
  "report to copy by hand": async (page) => {
    await page.evaluate(() => { Object.defineProperty(navigator, "clipboard", { value: undefined }); document.execCommand = () => false; });
    await page.locator('[data-action="copy"]').click();
    await page.waitForSelector(".report-text:not([hidden])");
  },
  several: (page) => choose(page, "locked-exe.zip", "clean.docx", "hold.docm"),
};

/** Leads a page through all states and looks at each. @param {any} page @param {(state: string) => Promise<unknown>} look */
async function everyState(page, look) {
  for (const [state, lead] of Object.entries(STATES)) {
    await lead(page);
    await look(state);
  }
}

/** What is wider than the window, or wider or higher than the box that cuts it off. @param {any} page */
const cut = (page) => page.evaluate(() => {
  const found = document.documentElement.scrollWidth > document.documentElement.clientWidth ? [`the page: ${document.documentElement.scrollWidth}`] : [];
  for (const node of document.querySelectorAll("body *")) {
    // A table of two dimensions may be scrolled (WCAG 1.4.10); the other is for screen readers alone.
    if (!node.checkVisibility() || node.closest("svg, .table, .visually-hidden, progress")) continue;
    const style = getComputedStyle(node);
    const name = `${node.localName}.${node.className}: ${node.textContent?.slice(0, 40)}`;
    const box = node.getBoundingClientRect();
    if (node.id !== "skip" && !node.classList.contains("skip") && (box.right > innerWidth + 1 || box.left < -1)) found.push(`outside: ${name}`);
    const clips = (/** @type {string} */ value) => value !== "visible";
    if (node.localName === "textarea") continue;
    if (clips(style.overflowX) && node.scrollWidth > node.clientWidth + 1 || clips(style.overflowY) && node.scrollHeight > node.clientHeight + 1) found.push(`cut: ${name}`);
  }
  return found;
});

/** Texts with less contrast than 4.5 to what is behind them; axe-core leaves out those of which it is not sure. @param {any} page */
const faint = (page) => page.evaluate(() => {
  /** @param {string} color */
  const parts = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  /** @param {string} color */
  const luminance = (color) => parts(color).slice(0, 3).map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, i) => sum + value * ([0.2126, 0.7152, 0.0722][i] ?? 0), 0);
  /** @param {Element | null} node @returns {string} */
  const behind = (node) => {
    const color = node ? getComputedStyle(node).backgroundColor : "rgb(255, 255, 255)";
    return node === null || (parts(color)[3] ?? 1) === 1 ? color : behind(node.parentElement);
  };
  return [...document.querySelectorAll("body *")].flatMap((node) => {
    const own = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent?.trim());
    if (!own || !node.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || node.matches(":disabled, .visually-hidden, option")) return [];
    const [light, dark] = [luminance(getComputedStyle(node).color), luminance(behind(node))].sort((a, b) => b - a);
    const contrast = ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
    return contrast >= 4.5 ? [] : [`${contrast.toFixed(2)}: ${node.localName}.${node.className}: ${node.textContent?.slice(0, 40)}`];
  });
});

/** Adds a style sheet as a browser's extension would: the page's own policy does not hold for it. @param {any} page @param {string} css */
const restyle = (page, css) => page.evaluate((/** @type {string} */ css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
}, css);

const SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }";

for (const code of ["ja", "en"]) {
  test(`${code}: at 400 % nothing is cut, nothing needs sideways scrolling, and the verdict is in sight`, async () => {
    // A window of 1280 × 900 pixels, enlarged four times.
    const page = await open(browser, `${site.origin}/?lang=${code}`, { context: { viewport: { width: 320, height: 225 }, deviceScaleFactor: 4 } });
    await everyState(page, async (state) => {
      assert.deepEqual(await cut(page), [], state);
      if (!["stop", "locked"].includes(state)) return;
      const [top, bottom] = await page.locator(".result h2").evaluate((/** @type {any} */ node) => [node.getBoundingClientRect().top, node.getBoundingClientRect().bottom]);
      assert.ok(top >= 0 && bottom <= 225, `${state}: the heading is at ${top} to ${bottom}`);
    });
    await page.context().close();
  });

  for (const width of [320, 1280]) test(`${code}, ${width} pixels: wider letters and lines (WCAG 1.4.12) and letters twice as large (1.4.4) fit`, async () => {
    for (const css of [SPACING, "html { font-size: 200%; }"]) {
      // Letters are enlarged in a window that is large enough; a narrow one is what the test above tries.
      const viewport = { width: css === SPACING ? width : width * 2, height: 900 };
      const page = await open(browser, `${site.origin}/?lang=${code}`, { context: { viewport } });
      await restyle(page, css);
      await everyState(page, async (state) => assert.deepEqual(await cut(page), [], `${css}, ${state}`));
      await page.context().close();
    }
  });

  for (const viewport of [{ width: 320, height: 640 }, { width: 1280, height: 900 }]) {
    test(`${code}, ${viewport.width} pixels: every target is at least 44 pixels wide and high, in every state`, async () => {
      const page = await open(browser, `${site.origin}/?lang=${code}`, { context: { viewport } });
      await everyState(page, async (state) => {
        const small = await page.evaluate(() => [...document.querySelectorAll("a[href], button, summary, input, textarea, select, [tabindex='0']")].flatMap((node) => {
          // A tick box is hit by its label as well; the link to skip the header shows when it has the focus.
          const target = node.closest("label.tick") ?? node;
          const { width, height } = target.getBoundingClientRect();
          return !node.checkVisibility() || width >= 44 && height >= 44 ? [] : [`${target.localName}.${target.className}: ${target.textContent?.slice(0, 40)}: ${width} × ${height}`];
        }));
        assert.deepEqual(small, [], state);
      });
      await page.context().close();
    });
  }

  test(`${code}: axe-core finds nothing in any state, and every text has a contrast of 4.5`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}`, { context: { viewport: { width: 390, height: 844 } } });
    await everyState(page, async (state) => {
      await axe(page, state);
      assert.deepEqual(await faint(page), [], state);
    });
    await page.context().close();
  });

  test(`${code}: axe-core finds nothing while a file is looked into, and when the page takes none`, async () => {
    const worker = readFileSync(join(root, "web/worker.js"), "utf8");
    const endless = worker.replace("const { runId, bytes } = message;", '$& self.postMessage({ type: "progress", runId, progress: { artifact: 1, found: 3, name: "a.txt", bytes: 1, size: 10 } }); return;');
    assert.notEqual(endless, worker);
    const busy = await serve({ overrides: { "/worker.js": endless } });
    const page = await open(browser, `${busy.origin}/?lang=${code}`);
    await page.setInputFiles("#file", [{ name: "a.zip", mimeType: "", buffer: Buffer.from("x") }]);
    await page.waitForFunction(() => document.querySelector("#work-detail")?.textContent?.includes("a.txt"));
    assert.ok((await page.locator("#status").textContent()).includes("a.zip"), "announced");
    await axe(page, "busy");
    await page.locator("#cancel").click();
    await settled(page);
    assert.equal(await level(page), "unchecked");
    await axe(page, "cancelled");
    await page.context().close();
    for (const [what, overrides] of Object.entries({ "no engine": { "/engine/unopened_bg.wasm": "none" },
      "no lock": { "/lock.js": readFileSync(join(root, "web/lock.js"), "utf8").replace("document.head.append(meta);", "") } })) {
      const broken = await serve({ overrides });
      const page = await open(browser, `${broken.origin}/?lang=${code}`, { state: "closed" });
      assert.equal(await page.locator('[role="alert"] .notice-title').count(), 1, "an alert tells it");
      await axe(page, what);
      await page.context().close();
    }
  });

  test(`${code}: in forced colours the verdict is told by words, shape and border, and what can be pressed has a border`, async () => {
    const page = await open(browser, `${site.origin}/?lang=${code}`, { context: { forcedColors: "active" } });
    const words = catalogue(code);
    const borders = new Set();
    for (const [file, verdict] of Object.entries({ "locked-exe.zip": "stop", "hold.docm": "hold", "locked.zip": "unchecked", "clean.docx": "none" })) {
      await choose(page, file);
      assert.equal(await page.locator(".verdict h2").innerText(), words.verdict[verdict].heading);
      const card = await page.locator(".verdict").evaluate((/** @type {any} */ node) => {
        const { borderTopWidth, borderTopStyle, backgroundColor, color, borderTopColor } = getComputedStyle(node);
        return { border: `${borderTopWidth} ${borderTopStyle}`, backgroundColor, color, borderTopColor };
      });
      assert.doesNotMatch(card.border, /^0|none/, verdict);
      assert.notEqual(card.color, card.backgroundColor);
      assert.notEqual(card.borderTopColor, card.backgroundColor);
      borders.add(card.border);
      assert.ok(await page.locator(".verdict-icon svg").first().isVisible());
      const flat = await page.evaluate(() => [...document.querySelectorAll("button.button")].filter((node) => node.checkVisibility())
        .filter((node) => { const { borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(node); return borderTopWidth === "0px" || borderTopColor === backgroundColor; }).map((node) => node.textContent));
      assert.deepEqual(flat, []);
    }
    assert.ok(borders.size >= 3, [...borders].join(", "));
    // The language in use is told by more than colour.
    const line = (/** @type {string} */ pressed) => page.locator(`.language[aria-pressed="${pressed}"]`).first().evaluate((/** @type {any} */ node) => { const s = getComputedStyle(node); return `${s.borderBottomColor} ${s.fontWeight}`; });
    assert.notEqual(await line("true"), await line("false"));
    await page.keyboard.press("Tab");
    assert.notEqual(await page.evaluate(() => getComputedStyle(/** @type {Element} */ (document.activeElement)).outlineStyle), "none", "the focus is seen");
    await axe(page, "forced colours");
    await page.context().close();
  });
}

for (const [reducedMotion, expected] of /** @type {const} */ ([["reduce", false], ["no-preference", true]])) {
  test(`motion, ${reducedMotion}: ${expected ? "the verdict appears gently" : "nothing moves"}`, async () => {
    const page = await open(browser, `${site.origin}/?lang=en`, { context: { reducedMotion } });
    await page.evaluate(() => {
      const moved = /** @type {any} */ (globalThis).moved = /** @type {string[]} */ ([]);
      for (const type of ["animationstart", "transitionrun"]) document.addEventListener(type, (event) => moved.push(`${type} ${/** @type {Element} */ (event.target).className}`));
    });
    await page.locator("#choose").hover();
    await page.evaluate(() => { document.documentElement.dataset.dragging = "true"; });
    await page.waitForTimeout(50);
    await page.evaluate(() => { document.documentElement.dataset.dragging = "false"; });
    await choose(page, "auto-run.xlsm");
    await page.waitForTimeout(300);
    const moved = await page.evaluate(() => /** @type {any} */ (globalThis).moved);
    assert.equal(moved.length > 0, expected, moved.join(", "));
    await page.context().close();
  });
}

test("a phone is not told of a Ctrl key or a right button", async () => {
  const hints = [".drop-paste", '.before [data-advice="H2"]'];
  for (const [hasTouch, shown] of /** @type {const} */ ([[false, true], [true, false]])) {
    const page = await open(browser, `${site.origin}/?lang=ja`, { context: { viewport: { width: 390, height: 844 }, hasTouch, isMobile: hasTouch } });
    for (const hint of hints) assert.equal(await page.locator(hint).isVisible(), shown, hint);
    await page.context().close();
  }
});
