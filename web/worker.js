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
  const barred = ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel", "RTCIceTransport", "WebTransport", "caches"];
  for (const name of barred) {
    Object.defineProperty(self, name, { value: undefined, writable: false, configurable: false });
  }

  /** @typedef {{ initSync(o: { module: WebAssembly.Module }): unknown, engine(): unknown, inspect(file: { name: string, size: number, read(from: number, to: number): Uint8Array }, options: object, progress: (artifact: number, found: number, name: string, bytes: number, size: number) => void): string }} Glue */
  // @ts-ignore: defined by the glue in front of this text
  const engine = /** @type {Glue} */ (wasm_bindgen);

  let started = false;

  /** Whether this worker can read files itself: WebKit cannot when the page comes from file://. */
  function readsFiles() {
    try {
      return new (/** @type {any} */ (self).FileReaderSync)().readAsArrayBuffer(new Blob(["x"])).byteLength === 1;
    } catch {
      return false;
    }
  }

  /** A file that the engine reads slice by slice. */
  class Dropped {
    /** @param {File} file */
    constructor(file) {
      this.file = file;
      this.name = file.name;
      this.size = file.size;
    }

    /** @param {number} from @param {number} to */
    read(from, to) {
      // A slice of the whole would cost the browser as much again as a small file.
      const part = from === 0 && to === this.size ? this.file : this.file.slice(from, to);
      return new Uint8Array(new (/** @type {any} */ (self).FileReaderSync)().readAsArrayBuffer(part));
    }
  }

  /** A file whose bytes the page has read. */
  class Bytes {
    /** @param {ArrayBuffer} buffer @param {string} name */
    constructor(buffer, name) {
      this.buffer = buffer;
      this.name = name;
      this.size = buffer.byteLength;
    }

    /** @param {number} from @param {number} to */
    read(from, to) {
      return new Uint8Array(this.buffer, from, to - from);
    }
  }

  /** @param {unknown} error */
  const reasonOf = (error) => error instanceof Error ? `${error.name}: ${error.message}` : String(error);

  /** @param {string} url */
  const refused = (url) => fetch(url, { cache: "no-store", credentials: "omit" }).then(() => false, () => true);

  /**
   * Whether this worker inherited the lock; lock.js says why a blob: URL tells.
   * Not every browser reports violations inside workers, so refusals must do.
   * @param {string} probe
   */
  async function lockHolds(probe) {
    return await refused(URL.createObjectURL(new Blob(["probe"]))) && refused(probe);
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
        self.postMessage({ type: "ready", engine: engine.engine(), reads: readsFiles() });
      } catch (error) {
        self.postMessage({ type: "failed", runId: null, reason: reasonOf(error) });
      }
    } else if (message?.type === "inspect" && Number.isInteger(message.runId) && message.file instanceof File) {
      const { runId, bytes } = message;
      const file = bytes instanceof ArrayBuffer ? new Bytes(bytes, message.file.name) : new Dropped(message.file);
      try {
        const report = engine.inspect(file, message.options, (artifact, found, name, bytes, size) => {
          self.postMessage({ type: "progress", runId, progress: { artifact, found, name, bytes, size } });
        });
        self.postMessage({ type: "report", runId, report });
      } catch (error) {
        self.postMessage({ type: "failed", runId, reason: reasonOf(error) });
      }
    }
  });
})();
