/**
 * The engine as the page sees it: one file in, always one report out.
 *
 * Cancel, time-out, trap, out of memory and nonsense from the worker all end
 * the same way: the worker is terminated, the report says *unchecked* and why,
 * and the next file gets a new worker.
 */
import { isFromWorker, readReport, unchecked } from "./protocol.js";

/**
 * @typedef {import("./protocol.js").Report} Report
 * @typedef {import("./protocol.js").Progress} Progress
 * @typedef {import("./protocol.js").PageFinding} PageFinding
 * @typedef {import("./protocol.js").EngineInfo} EngineInfo
 * @typedef {import("./protocol.js").Options} Options
 * @typedef {{ runId: number, file: File, options: Options,
 *   onProgress: (p: Progress) => void, resolve: (r: Report) => void, timer: any }} Run
 */

/** Bytes of a file that the page reads itself: it does so in half the time its worker takes. */
const SMALL = 1 << 20;

/** How long a new worker may take to prove the lock and start the engine. */
const START_SECONDS = 30;

export class Engine {
  /** @type {Worker | null} */ #worker = null;
  /** @type {Promise<EngineInfo> | null} */ #ready = null;
  /** @type {Run | null} */ #run = null;
  /** @type {any} */ #starting = null;
  #runs = 0;
  /** Whether the worker reads files by itself. */ #reads = true;
  /** @type {EngineInfo} */ #info = { version: "", rules: "" };

  /**
   * @param {object} parts
   * @param {WebAssembly.Module} parts.module
   * @param {() => Worker} parts.startWorker
   * @param {string} parts.probe address the worker tries, to see the lock hold
   * @param {number} parts.seconds time limit of one inspection
   */
  constructor({ module, startWorker, probe, seconds }) {
    this.module = module;
    this.startWorker = startWorker;
    this.probe = probe;
    this.seconds = seconds;
  }

  /** Version and rules date, once a worker has started. */
  get info() { return this.#info; }

  get busy() { return this.#run !== null; }

  /**
   * Starts a worker unless one is there. Rejects if the engine cannot start or
   * the worker is not locked.
   * @returns {Promise<EngineInfo>}
   */
  start() {
    this.#ready ??= new Promise((resolve, reject) => {
      const worker = this.startWorker();
      this.#worker = worker;
      /** @param {string} reason */
      const fail = (reason) => {
        reject(new Error(reason));
        if (this.#worker === worker) this.#lost(reason);
      };
      this.#starting = setTimeout(() => fail("start"), START_SECONDS * 1000);
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        fail(event.message || "error");
      });
      worker.addEventListener("messageerror", () => fail("messageerror"));
      worker.addEventListener("message", ({ data }) => {
        if (this.#worker !== worker) return;
        if (!isFromWorker(data)) fail("protocol");
        else if (data.type === "ready") {
          clearTimeout(this.#starting);
          this.#info = data.engine;
          this.#reads = data.reads;
          resolve(data.engine);
        } else if (data.type === "failed") fail(data.reason);
        else if (data.runId === this.#run?.runId) {
          if (data.type === "progress") this.#run.onProgress(data.progress);
          else {
            const report = readReport(data.report);
            if (report) this.#finish(report);
            else fail("protocol");
          }
        }
      });
      worker.postMessage({ type: "start", module: this.module, probe: this.probe });
    });
    // Callers that only warm the engine up may ignore the promise.
    this.#ready.catch(() => {});
    return this.#ready;
  }

  /**
   * Inspects one file. Never rejects.
   * @param {File} file
   * @param {{ options?: Options, onProgress?: (p: Progress) => void }} [how]
   * @returns {Promise<Report>}
   */
  inspect(file, { options = {}, onProgress = () => {} } = {}) {
    if (this.#run) throw new Error("one run at a time");
    return new Promise((resolve) => {
      const run = { runId: ++this.#runs, file, options, onProgress, resolve,
        timer: setTimeout(() => this.#abort("page.timed-out"), this.seconds * 1000) };
      this.#run = run;
      // What cannot be read here cannot be read there either, and the engine says so in its report.
      const read = () => (this.#reads && file.size > SMALL ? null : file.arrayBuffer().catch(() => null));
      this.start().then(read).then((bytes) => {
        if (this.#run === run) this.#worker?.postMessage({ type: "inspect", runId: run.runId, file, bytes, options }, bytes ? [bytes] : []);
      }).catch((error) => {
        if (this.#run === run) this.#abort("page.engine-failed", error.message);
      });
    });
  }

  /** Ends the current inspection, if there is one, as cancelled. */
  cancel() {
    if (this.#run) this.#abort("page.cancelled");
  }

  /** @param {string} reason */
  #lost(reason) {
    if (this.#run) this.#abort("page.engine-failed", reason);
    else this.#drop();
  }

  /**
   * @param {PageFinding} id
   * @param {string | null} [reason]
   */
  #abort(id, reason = null) {
    this.#drop();
    if (this.#run) this.#finish(unchecked(this.#run.file, id, this.#info, reason));
  }

  #drop() {
    clearTimeout(this.#starting);
    this.#worker?.terminate();
    this.#worker = null;
    this.#ready = null;
  }

  /** @param {Report} report */
  #finish(report) {
    const run = this.#run;
    this.#run = null;
    clearTimeout(run?.timer);
    run?.resolve(report);
  }
}
