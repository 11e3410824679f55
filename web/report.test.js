import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { before, test } from "node:test";
import { defaults } from "./config.js";
import { isReport } from "./protocol.js";
import { alreadyOpened, h, renderReport } from "./report.js";
import { reportText } from "./report-text.js";
import { catalogue, fakeDocument, sampleReport } from "./testing/samples.js";
import { Words } from "./words.js";

before(fakeDocument);

const languages = ["ja", "en"];
const wordsOf = (/** @type {string} */ code) => new Words(catalogue(code), code);
/** @returns {any} */
const render = (/** @type {any} */ report, code = "ja", config = defaults()) => renderReport(report, wordsOf(code), config);

test("h sets text, never markup; a handler must be a function and only a handler may be one", () => {
  const node = h("p", { title: "<b>" }, "<script>alert(1)</script>");
  assert.equal(node.textContent, "<script>alert(1)</script>");
  assert.equal(node.byTag("script").length, 0);
  assert.throws(() => h("p", { onclick: "alert(1)" }));
  assert.throws(() => h("p", { title: () => {} }));
});

for (const code of languages) {
  test(`${code}: verdict first, in its exact words`, () => {
    const article = render(sampleReport(), code);
    const { heading, line } = catalogue(code).verdict.stop;
    assert.equal(article.byTag("h2")[0].textContent, heading);
    assert.ok(article.byClass("verdict-line")[0].textContent === line);
    assert.equal(article.byClass("badge").length, 1, "incomplete is shown beside a stop");
    assert.match(article.byClass("verdict-counts")[0].textContent, /5.*1/);
  });

  test(`${code}: every word comes from the catalogue`, () => {
    const report = sampleReport();
    for (const id of Object.keys(catalogue(code).finding)) {
      report.findings.push({ id, severity: "notice", artifact: 1, advice: null, values: {}, evidence: [], more: 0 });
    }
    const text = render(report, code).textContent + alreadyOpened(wordsOf(code), defaults()).textContent + reportText(report, wordsOf(code));
    // The copied report names the ids of findings, in brackets, for the help desk.
    const missing = text.replace(/\[[a-z.-]+\]/g, "").match(/(page|finding|advice|verdict|status|status-why|class|severity|report|opened)\.[a-z-]+|\{\w+\}/g);
    assert.deepEqual(missing, null);
  });
}

/** Reports of the engine itself, from its own tests. */
const goldens = new URL("../tests/golden/", import.meta.url);
test("every report the engine makes is accepted and has all its words, in both languages", () => {
  const names = readdirSync(goldens).filter((name) => name.endsWith(".json"));
  assert.ok(names.length > 30);
  for (const name of names) {
    const report = JSON.parse(readFileSync(new URL(name, goldens), "utf8"));
    assert.ok(isReport(report), name);
    for (const code of languages) {
      const words = wordsOf(code);
      for (const finding of report.findings) {
        for (const part of ["title", "what", "why", "normal"]) {
          assert.ok(words.entry("finding", finding.id, part), `${name}: ${finding.id}`);
          for (const [, key] of words.entry("finding", finding.id, part)?.matchAll(/\{(\w+)\}/g) ?? []) assert.ok(finding.values[key ?? ""] !== undefined, `${name}: ${finding.id} gives no ${key}`);
        }
      }
      for (const id of report.advice) assert.ok(words.entry("advice", id), `${name}: advice ${id}`);
      for (const artifact of report.artifacts) if (artifact.format) assert.ok(words.entry("format", artifact.format), `${name}: format ${artifact.format}`);
      assert.ok(render(report, code).textContent.length > 100);
    }
  }
});

test("at most three actions come first", () => {
  const article = render(sampleReport());
  const actions = article.byClass("actions")[0];
  assert.deepEqual(actions.byTag("ol")[0].children.map((/** @type {any} */ li) => li.attributes["data-advice"]), ["B1", "M3", "E1"]);
  assert.deepEqual(actions.byTag("ul")[0].children.map((/** @type {any} */ li) => li.attributes["data-advice"]), ["B2", "B4"]);
});

test("the gravest finding comes first; remarks without weight only in the details", () => {
  const ids = render(sampleReport()).byClass("finding").map((/** @type {any} */ li) => li.attributes["data-finding"]);
  assert.deepEqual(ids, ["vba.auto-run-acts", "zip.encrypted"]);
});

test("names and excerpts are isolated, visible and never links", () => {
  const article = render(sampleReport());
  assert.ok(article.byClass("verdict-file")[0].textContent.includes("U+202E"));
  assert.ok(article.byClass("verdict-file")[0].byTag("bdi").length === 1);
  assert.ok(article.byTag("pre")[0].textContent.includes("hxxps://evil[.]example/a"));
  assert.equal(article.byTag("a").length, 0);
  assert.equal(article.byTag("img").length, 0);
  assert.ok(!article.textContent.includes("\u202E"));
  for (const details of article.byTag("details")) assert.equal(details.attributes.open, undefined, "contents take a deliberate step");
});

test("the technical table is made when it is opened, once", () => {
  const details = render(sampleReport()).byClass("technical")[0];
  assert.equal(details.byTag("table").length, 0);
  details.open = true;
  details.listeners.toggle();
  details.listeners.toggle();
  assert.equal(details.byTag("table").length, 1);
  assert.ok(details.textContent.includes("ab".repeat(32)));
});

test("thousands of parts do not become thousands of rows at once", () => {
  const report = sampleReport();
  for (let id = 2; id < 5000; id++) report.artifacts.push({ ...report.artifacts[1], id, parent: id - 1 });
  assert.ok(render(report).all.length < 2000);
});

test("advice takes its values from the finding that asks for it, and the contact from the configuration", () => {
  const report = sampleReport();
  report.advice = ["F2", "B4"];
  report.findings = [{ id: "name.extension-mismatch", severity: "hold", artifact: 0, advice: "F2", values: { ext: ".pdf", type: "no-such-format" }, evidence: [], more: 0 }];
  const config = defaults();
  config.helpdesk.name.en = "Desk <b>7</b>";
  config.helpdesk.tel = "+81 3-0000-0000";
  const article = render(report, "en", config);
  const text = article.byClass("actions")[0].textContent;
  assert.ok(text.includes("Its name says .pdf, but the content is archive."));
  assert.ok(text.includes("tell Desk <b>7</b>"));
  assert.equal(article.byTag("a")[0].attributes.href, "tel:+81300000000");
});

test("an organisation may leave out disconnecting", () => {
  const words = wordsOf("en");
  const config = defaults();
  assert.match(alreadyOpened(words, config).textContent, /unplug/);
  config.on_infection.disconnect = false;
  assert.doesNotMatch(alreadyOpened(words, config).textContent, /unplug/);
});

for (const code of languages) {
  test(`${code}: the copied report is inert and complete`, () => {
    const text = reportText(sampleReport(), wordsOf(code));
    for (const part of ["[U+202E]", "ab".repeat(32), "[vba.auto-run-acts]", "2026-11-22", catalogue(code).verdict.stop.heading]) {
      assert.ok(text.includes(part), part);
    }
    assert.ok(!text.includes("\u202E"));
    assert.ok(!/https?:\/\//.test(text));
    assert.ok(!text.includes("Shell"), "no bytes of the file");
  });
}
