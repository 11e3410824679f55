/** The steps for people who have already opened the file: the right ones, once, in the right order. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { defaults } from "./config.js";
import { ACTS, actsOf, plan, renderOpened } from "./opened.js";
import { catalogue, fakeDocument } from "./testing/samples.js";
import { Words } from "./words.js";

before(fakeDocument);

/** @param {...any} acts */
const steps = (...acts) => plan(new Set(acts), defaults()).steps;

test("every act alone gives steps, and every set of two gives each step once", () => {
  assert.deepEqual(steps(), []);
  for (const one of ACTS) {
    assert.ok(steps(one).length >= 3, one);
    for (const two of ACTS) {
      const merged = steps(one, two);
      assert.deepEqual(merged, [...new Set(merged)]);
    }
  }
});

test("whatever may be running: first the network, then the power, then the phone", () => {
  for (const act of ["content", "ran", "pasted", "notified"]) {
    for (const other of ACTS) assert.deepEqual(steps(act, other).slice(0, 3), ["disconnect", "power", "call"], `${act}, ${other}`);
  }
});

test("only opened: closed and told, nothing disconnected; a graver act takes its place", () => {
  assert.deepEqual(steps("opened"), ["close", "acts", "tell-opened", "keep"]);
  assert.ok(!steps("opened", "ran").includes("close"), "a screen that helps the help desk stays");
  assert.ok(!steps("opened", "password").includes("tell-opened"), "clicked nothing would be wrong");
});

test("a typed password is changed at once, from another computer if this one may be watched", () => {
  assert.ok(steps("password").includes("change"));
  assert.deepEqual(steps("password", "content").filter((id) => id.startsWith("change")), ["change-elsewhere"]);
  assert.ok(steps("password", "content").indexOf("change-elsewhere") > steps("password", "content").indexOf("call"));
  assert.deepEqual(steps("qr", "password").filter((id) => id.startsWith("change")), ["change"]);
});

test("mail in my name has two causes, and says so; those who clean up get their list", () => {
  const { steps: ids, facts, expert } = plan(new Set(["odd-mail"]), defaults());
  assert.deepEqual(ids, ["tell-odd", "odd-file", "odd-sent"]);
  assert.deepEqual(facts, ["two-causes", "not-enough"]);
  assert.equal(expert, true);
  assert.equal(plan(new Set(["opened"]), defaults()).expert, false);
});

test("an organisation that investigates at once may leave the network on", () => {
  const config = defaults();
  config.on_infection.disconnect = false;
  assert.deepEqual(plan(new Set(["ran"]), config).steps.slice(0, 2), ["power-only", "call"]);
});

test("deep links", () => {
  assert.equal(actsOf(""), null);
  assert.equal(actsOf("#open"), null);
  assert.deepEqual(actsOf("#opened"), []);
  assert.deepEqual(actsOf("#opened=password,content"), ["content", "password"]);
  assert.deepEqual(actsOf("#opened=toString,<b>"), null);
  assert.deepEqual(actsOf("#opened=nothing,ran"), ["ran"]);
});

for (const code of ["ja", "en"]) {
  test(`${code}: every step and fact has its words, and the contact comes first`, () => {
    const words = new Words(catalogue(code), code);
    for (const disconnect of [true, false]) {
      for (const act of [...ACTS, null]) {
        const config = defaults();
        config.on_infection.disconnect = disconnect;
        config.helpdesk.tel = "1234";
        /** @type {any} */
        const node = renderOpened(words, config, { acts: new Set(act ? [act] : ACTS), done: new Set() });
        assert.doesNotMatch(node.textContent, /(opened|page)\.[a-z-]+|\{\w+\}/);
        assert.equal(node.children[0].attributes.class, "contact");
        assert.ok(node.children[0].textContent.includes("1234"));
      }
    }
  });
}

test("no word is written that no step asks for", () => {
  const known = catalogue("en").opened;
  assert.deepEqual(Object.keys(known.act), [...ACTS]);
  const used = new Set([...ACTS.flatMap((one) => ACTS.flatMap((two) => [defaults(), { ...defaults(), on_infection: { disconnect: false } }]
    .flatMap((config) => plan(new Set([one, two]), config).steps)))]);
  assert.deepEqual(Object.keys(known.step).filter((id) => !used.has(id)), []);
});

test("public desks of the country, or of none; Japan's where the page speaks Japanese", () => {
  const shown = (/** @type {string} */ code, /** @type {any} */ country) => {
    /** @type {any} */
    const node = renderOpened(new Words(catalogue(code), code), { ...defaults(), country }, { acts: new Set(), done: new Set() });
    assert.doesNotMatch(node.textContent, /desk\.[A-Z]/);
    return node.byClass("desks")[0]?.textContent ?? "";
  };
  assert.match(shown("ja", null), /#9110/);
  assert.equal(shown("en", null), "");
  assert.equal(shown("ja", "none"), "");
  assert.match(shown("en", "UK"), /phishing\.gov\.uk/);
  assert.match(shown("ja", "US"), /ic3/);
  assert.deepEqual(Object.keys(catalogue("en").desk.JP).length, 4);
});

test("who was only told of odd mail tells what was said, not what was done", () => {
  const told = (/** @type {any[]} */ ...acts) => steps(...acts).filter((id) => id.startsWith("tell") || id === "call");
  assert.deepEqual(told("odd-mail"), ["tell-odd"]);
  for (const act of /** @type {const} */ (["opened", "editing", "password", "qr"])) assert.deepEqual(told("odd-mail", act), ["tell"], act);
  assert.deepEqual(told("odd-mail", "content"), ["call"]);
});
