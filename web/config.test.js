import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { defaults, knownFile, problemsText, raise, readConfig } from "./config.js";
import { catalogue, sampleReport } from "./testing/samples.js";
import { Words } from "./words.js";

const shipped = readFileSync(new URL("config.json", import.meta.url), "utf8");
const schema = JSON.parse(readFileSync(new URL("config.schema.json", import.meta.url), "utf8"));

test("the shipped file says what the defaults say", () => {
  assert.deepEqual(readConfig(shipped), { config: defaults(), problems: [] });
});

test("the schema knows exactly the fields the page knows", () => {
  const keys = (/** @type {any} */ value) => Object.keys(value).filter((key) => key !== "$schema").sort();
  assert.deepEqual(keys(schema.properties), keys(defaults()));
  for (const part of /** @type {const} */ (["helpdesk", "strict", "on_infection"])) {
    assert.deepEqual(keys(schema.properties[part].properties), keys(defaults()[part]), part);
  }
});

test("a partial file keeps the other defaults", () => {
  const { config, problems } = readConfig('{"helpdesk":{"tel":"1234","name":{"ja":"窓口"}},"strict":{"any_macro":"stop"}}');
  assert.deepEqual(problems, []);
  assert.equal(config.helpdesk.tel, "1234");
  assert.equal(config.helpdesk.name.ja, "窓口");
  assert.equal(config.helpdesk.name.en, "");
  assert.equal(config.strict.any_macro, "stop");
});

for (const [what, text, field] of /** @type {const} */ ([
  ["no JSON", "{", /^JSON( 1:\d)?$/],
  ["a comma too many", '{\n  "training": true,\n}', /^JSON( 3:1)?$/],
  ["nothing loaded", null, "config.json"],
  ["Shift_JIS read as UTF-8", '{"org":{"ja":"\uFFFD\uFFFD"}}', "UTF-8"],
  ["UTF-16 read as UTF-8", "\uFFFD\uFFFD{\0}\0", "UTF-8"],
  ["a list", "[]", "/"],
  ["an unknown field", '{"helpdsk":{}}', "helpdsk"],
  ["a wrong type", '{"helpdesk":{"tel":1}}', "helpdesk.tel"],
  ["a lowering switch", '{"strict":{"any_encrypted":"none"}}', "strict.any_encrypted"],
  ["a script address", '{"helpdesk":{"url":"javascript:alert(1)"}}', "helpdesk.url"],
  ["a hash that is none", '{"known_files":[{"sha256":"12"}]}', "known_files"],
  ["a label that is no text", `{"known_files":[{"sha256":"${"a".repeat(64)}","label":{"ja":1}}]}`, "known_files"],
  ["a field no known file has", `{"known_files":[{"sha256":"${"a".repeat(64)}","level":"none"}]}`, "known_files"],
  ["own domains that are no list", '{"own_domains":"example.co.jp"}', "own_domains"],
  ["an own domain with a scheme", '{"own_domains":["https://example.co.jp"]}', "own_domains"],
  ["an own domain that is not in xn-- form", '{"own_domains":["例え.jp"]}', "own_domains"],
  ["an own domain in capitals", '{"own_domains":["Example.co.jp"]}', "own_domains"],
  ["an own domain without a dot", '{"own_domains":["localhost"]}', "own_domains"],
  ["a country without a list", '{"country":"XX"}', "country"],
  ["training that is no switch", '{"training":"yes"}', "training"],
  ["a time limit of nothing", '{"time_limit_seconds":0}', "time_limit_seconds"],
  ["a prototype", '{"__proto__":{"x":1}}', "__proto__"],
])) {
  test(`${what}: defaults, and the field is named`, () => {
    const { config, problems } = readConfig(text);
    assert.deepEqual(config, defaults());
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", typeof field === "string" ? new RegExp(`^${field.replaceAll(".", "\\.")}$`) : field);
  });
}

for (const code of ["ja", "en"]) {
  test(`${code}: what is wrong is told in words: where the JSON breaks off, another encoding, a file that is not there`, () => {
    const words = new Words(catalogue(code), code);
    const { page } = catalogue(code);
    assert.equal(problemsText(readConfig(null).problems, words), page["config-missing"]);
    assert.ok(problemsText(["UTF-8"], words).includes(page["config-utf8"]));
    assert.ok(problemsText(["JSON"], words).includes(page["config-json"]));
    const where = problemsText(["JSON 12:34"], words);
    assert.ok(where.includes("12") && where.includes("34") && !where.includes("{"), where);
    assert.ok(problemsText(["helpdesk.tel", "strict.any_macro"], words).includes("helpdesk.tel, strict.any_macro"));
  });
}

test("switches raise", () => {
  const report = sampleReport();
  report.verdict = { level: "unchecked", incomplete: true, reasons: ["archive.encrypted"] };
  report.advice = ["E1", "B2"];
  const config = defaults();
  config.strict.any_encrypted = "stop";
  const raised = raise(report, config);
  assert.equal(raised.verdict.level, "stop");
  assert.deepEqual(raised.advice, ["B1", "E1", "B2", "B4"]);
  assert.equal(report.verdict.level, "unchecked", "the engine's report stays as it was");
});

/** @param {string} name */
const golden = (name) => JSON.parse(readFileSync(new URL(`../tests/golden/${name}.json`, import.meta.url), "utf8"));

test("the switch for what is encrypted reaches every kind of lock, also where a password opened it", () => {
  const config = defaults();
  config.strict.any_encrypted = "hold";
  for (const name of ["zip-locked", "7z-names-locked", "office-encrypted-agile", "pdf-locked"]) assert.equal(raise(golden(name), config).verdict.level, "hold", name);
  const opened = raise(golden("zip-locked-opened"), config);
  assert.equal(opened.verdict.level, "hold");
  assert.deepEqual(opened.verdict.reasons[0], "page.unlocked");
  assert.equal(opened.findings.at(-1)?.id, "page.unlocked");
  assert.deepEqual(opened.advice.slice(0, 2), ["B1", "B2"]);
  const graver = golden("xlsm-in-locked-zip");
  assert.equal(raise(graver, config), graver, "what is graver already stays as it is");
  assert.equal(raise(golden("zip-locked-opened"), defaults()).verdict.level, "none");
});

test("the switch for macros reaches every kind of them", () => {
  const config = defaults();
  config.strict.any_macro = "stop";
  for (const name of ["vba-honest-japanese", "xlm-sheet", "odt-python"]) assert.equal(raise(golden(name), config).verdict.level, "stop", name);
  assert.equal(raise(golden("docx-honest"), config).verdict.level, "none");
});

test("a known file is known by its bytes, whatever its name or the case of the hash; the verdict stays", () => {
  const { config, problems } = readConfig(JSON.stringify({ known_files: [{ sha256: "AB".repeat(32), label: { ja: "経費精算書" } }, { sha256: "cd".repeat(32) }] }));
  assert.deepEqual(problems, []);
  const report = sampleReport();
  assert.equal(knownFile(report.artifacts[0], config, "ja"), "経費精算書");
  assert.equal(knownFile(report.artifacts[0], config, "en"), "経費精算書", "a label in the other language is better than none");
  assert.equal(knownFile({ ...report.artifacts[0], sha256: "cd".repeat(32) }, config, "en"), "cdcdcdcdcdcd");
  assert.equal(knownFile(report.artifacts[1], config, "ja"), null, "what has no hash is not known");
  assert.equal(raise(report, config), report);
});

test("own domains are taken as they are written", () => {
  const { config, problems } = readConfig('{"own_domains":["example.co.jp","xn--wgv71a.jp"]}');
  assert.deepEqual([config.own_domains, problems], [["example.co.jp", "xn--wgv71a.jp"], []]);
});

test("switches never lower", () => {
  const report = sampleReport();
  assert.equal(raise(report, defaults()), report);
  const config = defaults();
  config.strict.any_macro = "hold";
  assert.equal(raise(report, config).verdict.level, "stop");
});
