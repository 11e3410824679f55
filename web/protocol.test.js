import assert from "node:assert/strict";
import { test } from "node:test";
import { isFromWorker, isReport, readReport, unchecked } from "./protocol.js";
import { sampleReport } from "./testing/samples.js";

test("a whole report passes", () => {
  assert.ok(isReport(sampleReport()));
  const report = JSON.stringify(sampleReport());
  assert.ok(isFromWorker({ type: "report", runId: 1, report }));
  assert.deepEqual(readReport(report), sampleReport());
  assert.equal(readReport(report.slice(1)), null);
  assert.ok(!isFromWorker({ type: "report", runId: 1, report: sampleReport() }));
});

/** @type {Record<string, (r: any) => void>} */
const broken = {
  "another schema": (r) => { r.schema = 2; },
  "an unheard-of level": (r) => { r.verdict.level = "safe"; },
  "no artifact": (r) => { r.artifacts = []; r.findings = []; },
  "an unheard-of status": (r) => { r.artifacts[0].status = "fine"; },
  "a parent after its child": (r) => { r.artifacts[1].parent = 1; },
  "two roots": (r) => { r.artifacts[1].parent = null; },
  "an id out of order": (r) => { r.artifacts[1].id = 5; },
  "a finding on nothing": (r) => { r.findings[0].artifact = 2; },
  "a value that is no string": (r) => { r.findings[0].values.names = { toString: () => "x" }; },
  "evidence that is no text": (r) => { r.findings[1].evidence[0].excerpt = 1; },
  "a negative count": (r) => { r.counts.checked = -1; },
};
for (const [what, breakIt] of Object.entries(broken)) {
  test(`refused: ${what}`, () => {
    const report = sampleReport();
    breakIt(report);
    assert.equal(isReport(report), false);
  });
}

test("other messages are checked too", () => {
  const progress = { artifact: 1, found: 2, name: "a", bytes: 3, size: 4 };
  assert.ok(isFromWorker({ type: "progress", runId: 1, progress }));
  assert.ok(!isFromWorker({ type: "progress", runId: 1, progress: { ...progress, bytes: NaN } }));
  assert.ok(isFromWorker({ type: "ready", engine: { version: "1", rules: "x" }, reads: false }));
  assert.ok(!isFromWorker({ type: "ready", engine: { version: "1", rules: "x" } }));
  assert.ok(!isFromWorker({ type: "failed", runId: 1 }));
  assert.ok(!isFromWorker({ type: "eval" }));
  assert.ok(!isFromWorker(null));
});

test("the page's own answer is a report like any other, and never none", () => {
  const report = unchecked({ name: "a", size: 3 }, "page.timed-out", { version: "", rules: "" }, "x".repeat(1000));
  assert.ok(isReport(report));
  assert.equal(report.verdict.level, "unchecked");
  assert.equal(report.verdict.incomplete, true);
  assert.equal(report.findings[0]?.evidence[0]?.excerpt?.length, 256);
});
