/*
 * The engine's worker. Classic script: the page puts the wasm-bindgen glue
 * (which defines `wasm_bindgen`) in front of this text and starts the whole as
 * one blob: URL after the lock, so that the worker inherits the strict policy.
 *
 * Messages: protocol.js. One inspection at a time; a trap poisons the wasm
 * instance, so after `failed` the page terminates this worker.
 */
(() => {
  "use strict";

  // Workers have their own globals; see lock.js.
  const barred = ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel", "RTCIceTransport", "WebTransport"];
  for (const name of barred) {
    Object.defineProperty(self, name, { value: undefined, writable: false, configurable: false });
  }

  /** @typedef {{ initSync(o: { module: WebAssembly.Module }): unknown, engine(): unknown, inspect(file: File, options: object, progress: (p: unknown) => void): unknown }} Glue */
  // @ts-ignore: defined by the glue in front of this text
  const engine = /** @type {Glue} */ (wasm_bindgen);

  let started = false;

  /** @param {unknown} error */
  const reasonOf = (error) => error instanceof Error ? `${error.name}: ${error.message}` : String(error);

  /** @param {string} url */
  function lockHolds(url) {
    return new Promise((resolve) => {
      self.addEventListener("securitypolicyviolation", (event) => {
        const violation = /** @type {SecurityPolicyViolationEvent} */ (event);
        if (violation.effectiveDirective === "connect-src"
          && violation.originalPolicy.includes("connect-src 'none'")) resolve(true);
      });
      fetch(url, { cache: "no-store", credentials: "omit" }).then(() => resolve(false), () => {});
      setTimeout(() => resolve(false), 3000);
    });
  }

  self.addEventListener("message", async (event) => {
    const message = event.data;
    if (message?.type === "start" && !started) {
      started = true;
      try {
        if (!await lockHolds(message.probe)) {
          self.postMessage({ type: "failed", runId: null, reason: "lock" });
          return;
        }
        engine.initSync({ module: message.module });
        self.postMessage({ type: "ready", engine: engine.engine() });
      } catch (error) {
        self.postMessage({ type: "failed", runId: null, reason: reasonOf(error) });
      }
    } else if (message?.type === "inspect" && Number.isInteger(message.runId) && message.file instanceof File) {
      const { runId } = message;
      try {
        const report = engine.inspect(message.file, message.options, (progress) => {
          self.postMessage({ type: "progress", runId, progress });
        });
        self.postMessage({ type: "report", runId, report });
      } catch (error) {
        self.postMessage({ type: "failed", runId, reason: reasonOf(error) });
      }
    }
  });
})();
