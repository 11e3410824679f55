import assert from "node:assert/strict";
import { test } from "node:test";
import { Estimate, shareOf, shareOfParts } from "./estimate.js";

/** What is told at each tenth of a second, while `share` says what is done after so many seconds. @param {(seconds: number) => number} share @param {number} until */
function told(share, until) {
  const estimate = new Estimate();
  return Array.from({ length: until * 10 + 1 }, (_, i) => estimate.at(share(i / 10), i * 100));
}

test("nothing in the first three seconds, then what is left at a steady pace, in steps that only fall", () => {
  const seen = told((s) => s / 40, 40);
  assert.ok(seen.slice(0, 30).every((value) => value === null));
  const steps = seen.slice(30, -1);
  assert.deepEqual([...new Set(steps)], [45, 30, 20, 10, 5]);
  // It never promises less than it takes, and not much more.
  steps.forEach((value, i) => {
    const left = 40 - (30 + i) / 10;
    assert.ok(value !== null && value >= left - 1e-6 && value <= Math.max(left * 2, 5.1), `${left}: ${value}`);
  });
  assert.equal(seen.at(-1), null, "done");
});

test("minutes are rounded up to minutes", () => {
  assert.equal(told((s) => s / 200, 10).at(-1), 240);
  assert.equal(told((s) => s / 100, 10).at(-1), 120);
});

test("nothing while it stands still, while it goes by jerks, or while hardly anything is done", () => {
  assert.ok(told((s) => Math.min(s, 2) / 10, 30).slice(45).every((value) => value === null), "it stopped after two seconds");
  assert.ok(told((s) => (s < 20 ? 0.1 : 0.1 + (s - 20) / 100), 22).every((value) => value === null), "one jump");
  assert.ok(told((s) => s / 10_000, 100).every((value) => value === null), "less than a fiftieth");
  assert.ok(told((s) => (s / 10) ** 4, 9).slice(30).every((value) => value === null), "faster and faster");
});

test("more work turns up: three seconds of silence, then anew", () => {
  const seen = told((s) => (s < 10 ? s / 20 : 0.1 + (s - 10) / 50), 20);
  assert.equal(seen[90], 20);
  assert.ok(seen.slice(100, 130).every((value) => value === null));
  assert.equal(seen[150], 45);
});

test("a little slower is not told at once, much slower is", () => {
  const seen = told((s) => (s < 10 ? s / 30 : 1 / 3 + (s - 10) / 34), 20);
  const steps = seen.slice(31).filter((value) => value !== null);
  assert.ok(steps.every((value, i) => i === 0 || value <= /** @type {number} */ (steps[i - 1])), String(steps));
  const slow = told((s) => (s < 6 ? s / 20 : 0.3 + (s - 6) / 32), 14);
  assert.ok(Math.max(...slow.slice(120).map(Number)) >= 20, String(slow.slice(100)));
});

test("a moment in which the machine was busy changes nothing", () => {
  // For one second nothing arrives, then everything at once.
  const seen = told((s) => (s > 8 && s < 9 ? 8 : s) / 20, 19).slice(31).map(Number);
  assert.ok(seen.every((value, i) => i === 0 || value <= /** @type {number} */ (seen[i - 1])), String(seen));
});

test("a pace that changed long ago is forgotten", () => {
  assert.equal(told((s) => (s < 20 ? s / 40 : 0.5 + (s - 20) / 120), 44).at(-1), 45);
});

test("of several files each counts by its size, and a little by itself", () => {
  assert.equal(shareOf([]), 0);
  assert.equal(shareOf([{ size: 0, share: 1 }, { size: 0, share: 0 }]), 0.5);
  assert.ok(shareOf([{ size: 1e9, share: 0 }, { size: 10, share: 1 }]) < 0.001);
  assert.equal(shareOf([{ size: 5, share: 1 }, { size: 7, share: 1 }]), 1);
});

test("of one file the bytes count, and each part by itself; without bytes the parts alone", () => {
  const name = "";
  assert.equal(shareOfParts({ artifact: 0, found: 1, name, bytes: 1, size: 2 }), 0.5);
  assert.equal(shareOfParts({ artifact: 1, found: 5, name }), 0.25);
  assert.equal(shareOfParts({ artifact: 0, found: 1, name }), 0);
  assert.equal(shareOfParts({ artifact: 0, found: 0, name }), 0);
  assert.ok(shareOfParts({ artifact: 1, found: 4000, name, bytes: 1e8, size: 4e8 }) < 0.1);
  assert.equal(shareOfParts({ artifact: 9, found: 3, name, bytes: 9, size: 3 }), 1);
});
