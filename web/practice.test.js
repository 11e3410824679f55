import assert from "node:assert/strict";
import { test } from "node:test";
import { SAMPLES, samplesOf } from "./practice.js";
import { catalogue } from "./testing/samples.js";

test("every sample has its words, and no others have", () => {
  for (const code of ["ja", "en"]) {
    const words = catalogue(code).sample;
    assert.deepEqual(Object.keys(words), SAMPLES);
    for (const id of SAMPLES) assert.deepEqual(Object.keys(words[id]), ["title", "situation", "notice"], id);
  }
});

test("what is loaded becomes files; what is not a list of samples becomes none", async () => {
  const [sample] = samplesOf([{ id: "macro", files: [{ name: "a.txt", base64: "aGVsbG8=" }] }, { id: "nobody", files: [] }]);
  assert.equal(sample?.id, "macro");
  assert.equal(await sample?.files[0]?.text(), "hello");
  assert.deepEqual(samplesOf(null), []);
  assert.deepEqual(samplesOf([null, { id: "macro" }, 5]), []);
});
