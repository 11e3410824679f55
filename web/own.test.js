/** Whose address it is: the organisation's own, one that only looks so, or anybody's. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { defaults } from "./config.js";
import { DOMAIN, relationOf, toldOf } from "./own.js";
import { renderReport } from "./report.js";
import { reportText } from "./report-text.js";
import { catalogue, fakeDocument, sampleReport } from "./testing/samples.js";
import { Words } from "./words.js";

fakeDocument();

const OWN = ["example.co.jp", "sample.jp", "xn--p8j9a0d9c9a.example"];

for (const [relation, hosts] of /** @type {[import("./own.js").Relation | null, string[]][]} */ ([
  ["own", ["example.co.jp", "EXAMPLE.CO.JP", "example.co.jp.", "www.example.co.jp", "a.b.example.co.jp", "xn--p8j9a0d9c9a.example", "www.XN--P8J9A0D9C9A.example"]],
  ["alike", [
    "example.co.jp.elsewhere.example", "www.example.co.jp.evil.test", "example.co.jp-login.evil.test", "login-example.co.jp", // the whole name inside another
    "example-co-jp.evil.test", "www-example-co-jp.evil.test", "example-co.jp", "example-login.evil.test", "my-example.evil.test", // hyphens
    "examp1e.co.jp", "exarnple.co.jp", "еxample.co.jp", "ехаmple.co.jp", "éxample.co.jp", "ｅxample.co.jp", "www.examp1e.co.jp", // read quickly
    "exampl.co.jp", "exxample.co.jp", "exmaple.co.jp", "ezample.co.jp", "example.co.jo", "example.c.jp", "exam.ple.co.jp", "example.cojp", // one letter off
    "samp1e.jp", "sample.jp.evil.test", "xn--p8j9a0d9c9b.example",
  ]],
  [null, ["elsewhere.example", "co.jp", "jp", "", "example.com", "contoso.co.jp", "examples-of.evil.test", "notexample.co.jp.evil", "xn--exmple-cua.co.jp", "127.0.0.1", "simple.jp.test"]],
])) {
  for (const host of hosts) test(`${host || "nothing"} is ${relation ?? "anybody's"}`, () => assert.equal(relationOf(host, OWN), relation));
}

test("a short name is one letter away from too many others; only what reads the same resembles it", () => {
  assert.equal(relationOf("acd.co.jp", ["abc.co.jp"]), null);
  assert.equal(relationOf("my-abc.test", ["abc.co.jp"]), null);
  assert.equal(relationOf("lb1.jp", ["ibl.jp"]), "alike");
  assert.equal(relationOf("login-abc.co.jp", ["abc.co.jp"]), "alike");
});

for (const [text, host, relation] of /** @type {[string, string, string][]} */ ([
  ["see https://www.example.co.jp:8443/a?b", "www.example.co.jp", "own"],
  ["(http://example.co.jp)", "example.co.jp", "own"],
  ["https://example.co.jp?x=1", "example.co.jp", "own"],
  ["\\\\fs01.example.co.jp\\share", "fs01.example.co.jp", "own"],
  ["\\\\example.co.jp@SSL@8443\\dav", "example.co.jp", "own"],
  ["www.example.co.jp", "www.example.co.jp", "own"],
  ["mailto:desk@example.co.jp", "example.co.jp", "own"],
  ["https://user:pw@example.co.jp/", "example.co.jp", "own"],
  ["https://example.co.jp@evil.test/", "example.co.jp@evil.test", "alike"],
  ["https://example.co.jp:443@evil.test/", "example.co.jp:443@evil.test", "alike"],
  ["https://evil.test\\@example.co.jp/", "evil.test\\@example.co.jp", "alike"],
  ["https://example.co.jp#@evil.test/", "example.co.jp#@evil.test", "alike"],
  ["ftp://examp1e.co.jp/x", "examp1e.co.jp", "alike"],
])) {
  test(`${text}: ${host} is ${relation}`, () => assert.deepEqual(toldOf([text], OWN), [{ host, relation }]));
}

test("each host once; nothing without domains; words that are no address say nothing", () => {
  assert.equal(toldOf(["https://example.co.jp/a https://EXAMPLE.co.jp/b", "https://example.co.jp/c"], OWN).length, 1);
  assert.deepEqual(toldOf(["https://example.co.jp/"], []), []);
  assert.deepEqual(toldOf(["example.co.jp", null, undefined, "x@"], OWN), []);
  assert.deepEqual(toldOf([], OWN, ["example.co.jp", undefined]), [{ host: "example.co.jp", relation: "own" }]);
});

test("long and hostile texts come back at once", () => {
  const started = performance.now();
  toldOf(["https://".repeat(20_000), `https://${"a.".repeat(50_000)}`, "@".repeat(100_000), `\\\\${"a".repeat(100_000)}`, "http://exampl.co.jp ".repeat(10_000)], OWN);
  assert.ok(performance.now() - started < 2000);
});

test("the schema allows what the page allows", () => {
  const schema = JSON.parse(readFileSync(new URL("config.schema.json", import.meta.url), "utf8"));
  assert.equal(schema.properties.own_domains.items.pattern, DOMAIN.source);
});

for (const code of ["ja", "en"]) {
  test(`${code}: it is said beside findings, story and actions and in the text; the verdict stays`, () => {
    const words = new Words(catalogue(code), code);
    const report = sampleReport();
    const config = { ...defaults(), own_domains: ["evil.example"] };
    report.story[4].detail = "https://evil.example.attacker.test/b";
    report.findings[1].values.target = "https://evi1.example/";
    const article = /** @type {any} */ (renderReport(report, words, config));
    const notes = (/** @type {string} */ relation) => article.byClass("own-address").filter((/** @type {any} */ n) => n.attributes["data-relation"] === relation).map((/** @type {any} */ n) => n.textContent);
    const says = (/** @type {string} */ key, /** @type {string} */ host) => words.page(key, { host });
    for (const note of [says("address-alike", "evil[.]example[.]attacker[.]test"), says("address-alike", "evi1[.]example")]) assert.ok(notes("alike").includes(note), note);
    assert.ok(notes("own").includes(says("address-own", "evil[.]example")));
    assert.equal(article.attributes["data-level"], "stop");
    const text = reportText(report, words, config);
    for (const key of ["address-own", "address-alike"]) assert.ok(text.includes(words.page(key, { host: "X" }).split("X")[1] ?? "?"), key);
    assert.equal(/** @type {any} */ (renderReport(report, words, defaults())).byClass("own-address").length, 0);
    assert.ok(!text.includes("evil.example.attacker.test"), "never as an address that can be clicked");
  });
}
