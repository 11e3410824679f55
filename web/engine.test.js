import assert from "node:assert/strict";
import { test } from "node:test";
import { Engine } from "./engine.js";
import { sampleReport } from "./testing/samples.js";

/** A worker that does what the test tells it. */
class FakeWorker extends EventTarget {
  /** @param {(message: any, worker: FakeWorker) => void} behave */
  constructor(behave) {
    super();
    this.behave = behave;
    this.terminated = false;
  }

  postMessage(/** @type {any} */ message) {
    queueMicrotask(() => { if (!this.terminated) this.behave(message, this); });
  }

  say(/** @type {any} */ data) { this.dispatchEvent(Object.assign(new Event("message"), { data })); }
  terminate() { this.terminated = true; }
}

const ready = { type: "ready", engine: { version: "0.1.0", rules: "2026-11-22" }, reads: true };
const file = /** @type {any} */ ({ name: "a.docx", size: 5, arrayBuffer: async () => new ArrayBuffer(5) });

/** @param {((message: any, worker: FakeWorker) => void)[]} behaviours one per inspection worker */
function engineOf(...behaviours) {
  /** @type {FakeWorker[]} */
  const workers = [];
  const engine = new Engine({ module: /** @type {any} */ ({}), probe: "x", seconds: 0.05, startWorker: () => {
    const behave = behaviours[Math.min(workers.length, behaviours.length - 1)];
    workers.push(new FakeWorker((message, worker) => (message.type === "start" ? worker.say(ready) : behave?.(message, worker))));
    return /** @type {any} */ (workers.at(-1));
  } });
  return { engine, workers };
}

const good = (/** @type {any} */ message, /** @type {FakeWorker} */ worker) => worker.say({ type: "report", runId: message.runId, report: JSON.stringify(sampleReport()) });

test("a report comes through, and the worker stays for the next file", async () => {
  const { engine, workers } = engineOf(good);
  assert.equal((await engine.inspect(file)).verdict.level, "stop");
  assert.equal((await engine.inspect(file)).verdict.level, "stop");
  assert.equal(workers.length, 1);
  assert.equal(engine.info.rules, "2026-11-22");
});

/** @type {Record<string, [(message: any, worker: FakeWorker) => void, string]>} */
const failures = {
  "a trap": [(m, w) => w.say({ type: "failed", runId: m.runId, reason: "RuntimeError: unreachable" }), "page.engine-failed"],
  "an error event": [(m, w) => w.dispatchEvent(new Event("error")), "page.engine-failed"],
  "nonsense": [(m, w) => w.say({ type: "report", runId: m.runId, report: '{"verdict":"none"}' }), "page.engine-failed"],
  "no JSON": [(m, w) => w.say({ type: "report", runId: m.runId, report: "{" }), "page.engine-failed"],
  "silence": [() => {}, "page.timed-out"],
};
for (const [what, [behave, id]] of Object.entries(failures)) {
  test(`${what} ends as unchecked, and the next file gets a new worker`, async () => {
    const { engine, workers } = engineOf(behave, good);
    const report = await engine.inspect(file);
    assert.equal(report.verdict.level, "unchecked");
    assert.deepEqual(report.verdict.reasons, [id]);
    assert.equal(workers[0]?.terminated, true);
    assert.equal((await engine.inspect(file)).verdict.level, "stop");
    assert.equal(workers.length, 2);
  });
}

test("cancelling ends as unchecked", async () => {
  const { engine, workers } = engineOf(() => {});
  const result = engine.inspect(file);
  engine.cancel();
  assert.deepEqual((await result).verdict.reasons, ["page.cancelled"]);
  assert.equal(workers[0]?.terminated, true);
  assert.equal(engine.busy, false);
});

test("one run at a time; progress reaches its own run; a stale answer reaches nobody", async () => {
  /** @type {any[]} */
  const seen = [];
  const { engine } = engineOf((message, worker) => {
    worker.say({ type: "report", runId: message.runId - 1, report: JSON.stringify({ ...sampleReport(), advice: ["STALE"] }) });
    worker.say({ type: "progress", runId: message.runId, progress: { artifact: 1, found: 1, name: "a", bytes: 1, size: 5 } });
    good(message, worker);
  });
  const result = engine.inspect(file, { onProgress: (p) => seen.push(p) });
  assert.throws(() => engine.inspect(file));
  assert.deepEqual((await result).advice, sampleReport().advice);
  assert.equal(seen.length, 1);
});

test("small files are read by the page, and what it cannot read is left to the worker", async () => {
  /** @type {any[]} */
  const asked = [];
  const { engine } = engineOf((message, worker) => {
    asked.push(message.bytes?.byteLength ?? null);
    good(message, worker);
  });
  await engine.inspect(file);
  await engine.inspect(/** @type {any} */ ({ ...file, size: 1 << 21 }));
  await engine.inspect(/** @type {any} */ ({ ...file, arrayBuffer: async () => { throw new Error("NotReadableError"); } }));
  assert.deepEqual(asked, [5, null, null]);
});

test("an engine that cannot start says so", async () => {
  const engine = new Engine({ module: /** @type {any} */ ({}), probe: "x", seconds: 5,
    startWorker: () => /** @type {any} */ (new FakeWorker((_, worker) => worker.say({ type: "failed", runId: null, reason: "lock" }))) });
  await assert.rejects(engine.start(), /lock/);
  assert.deepEqual((await engine.inspect(file)).verdict.reasons, ["page.engine-failed"]);
});
