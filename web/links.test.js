/** Deep links: every text and sample has one, and what is none leads to the start page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { renderAdvice } from "./advice.js";
import { defaults } from "./config.js";
import { linkOf } from "./links.js";
import { SAMPLES } from "./practice.js";
import { LEVELS } from "./protocol.js";
import { catalogue, fakeDocument } from "./testing/samples.js";
import { Words } from "./words.js";

fakeDocument();
const words = Object.fromEntries(["ja", "en"].map((code) => [code, new Words(catalogue(code), code)]));
const names = [...LEVELS, "before", "it", "org", ...Object.keys(catalogue("en").advice)];
const en = /** @type {Words} */ (words.en);

test("what leads somewhere", () => {
  assert.deepEqual(linkOf("#opened=content,ran", en), { to: "opened", acts: ["content", "ran"] });
  assert.deepEqual(linkOf("#practice", en), { to: "practice" });
  assert.deepEqual(linkOf("#quiz", en), { to: "quiz" });
  for (const id of SAMPLES) assert.deepEqual(linkOf(`#sample=${id}`, en), { to: "sample", id });
  assert.deepEqual(linkOf("#advice", en), { to: "advice", name: null });
  for (const name of names) assert.deepEqual(linkOf(`#advice=${name}`, en), { to: "advice", name });
});

for (const hash of ["", "#", "#x", "#sample", "#sample=", "#sample=x", "#sample=__proto__", "#advice=", "#advice=x", "#advice=toString", "#advice=stop,hold", "#quiz=1", "#practice=x", "#main", "#advice=<b>"]) {
  test(`${hash || "nothing"} leads to the start page`, () => assert.equal(linkOf(hash, en), null));
}

for (const [code, of] of Object.entries(words)) {
  test(`${code}: every advice text stands behind its own link and in the list of all`, () => {
    const advice = /** @type {Record<string, string>} */ (/** @type {any} */ (of.catalogue).advice);
    const filled = (/** @type {string} */ text) => text.replaceAll("{helpdesk}", of.page("helpdesk")).replace(/\{\w+\}/g, "…");
    const render = (/** @type {string | null} */ name) => /** @type {any} */ (renderAdvice(of, defaults(), name));
    const all = render(null);
    const targets = all.byClass("advice-link").map((/** @type {any} */ a) => a.attributes.href);
    assert.deepEqual([...targets].sort(), names.map((name) => `#advice=${name}`).sort());
    for (const [id, text] of Object.entries(advice)) {
      assert.ok(render(id).textContent.includes(filled(text)), id);
      assert.ok(all.textContent.includes(filled(text)), id);
    }
    for (const level of LEVELS) {
      const one = render(level).textContent;
      for (const part of ["heading", "line"]) assert.ok(one.includes(of.text(["verdict", level, part])), `${level} ${part}`);
      assert.ok(one.includes(of.page("advice-note")), "not to be taken for a result");
      assert.equal(render(level).byClass("verdict").length, 0);
    }
    for (const [name, list] of [["it", "it"], ["org", "org"]]) {
      for (const text of Object.values(/** @type {any} */ (of.catalogue).opened[/** @type {string} */ (list)])) assert.ok(render(/** @type {string} */ (name)).textContent.includes(filled(/** @type {string} */ (text))), name);
    }
    for (const id of ["H1", "H2", "H3", "H4"]) assert.ok(render("before").textContent.includes(advice[id]), id);
  });
}
