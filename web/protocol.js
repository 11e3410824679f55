/**
 * The messages between page and worker, the report's shape, and their checks.
 *
 * The worker runs on hostile bytes, so the page believes nothing it has not
 * checked: a message of the wrong shape ends the run as an engine failure.
 */

/**
 * @typedef {"stop" | "hold" | "unchecked" | "notice" | "none"} Level
 * @typedef {"inspected" | "passive" | "partial" | "locked" | "unread"} Status
 * @typedef {"given" | "found" | "default"} PasswordSource
 * @typedef {{ name: string, bytes: Uint8Array }} Hint a text that may hold a password
 * @typedef {{ passwords?: string[], hints?: Hint[] }} Options
 * @typedef {{ version: string, rules: string }} EngineInfo
 * @typedef {{ kind: string, path?: string }} Origin
 * @typedef {{ id: number, parent: number | null, name: string, origin: Origin, format: string | null,
 *   class: string, size: number | null, sha256: string | null, status: Status, password?: PasswordSource }} Artifact
 * @typedef {{ path: string | null, line: number | null, offset: number | null, excerpt: string | null }} Evidence
 * @typedef {{ id: string, severity: Level, artifact: number, advice: string | null,
 *   values: Record<string, string>, evidence: Evidence[], more: number }} Finding
 * @typedef {{ artifact: number, kind: string, detail: string, automatic: boolean, trigger: string | null,
 *   decoded: boolean, at: Evidence }} Action
 * @typedef {{ step: string, artifact: number, detail: string, at?: Evidence }} Step
 * @typedef {"done" | "partly" | "not-done" | "not-applicable"} CheckState
 * @typedef {{ artifact: number, path: string, stretches: { line: number, text: string }[], marked: number[], cut: boolean }} Listing
 * @typedef {{ schema: number, engine: EngineInfo,
 *   verdict: { level: Level, incomplete: boolean, reasons: string[] },
 *   counts: { checked: number, unchecked: number }, checks: Record<string, CheckState>,
 *   advice: string[], artifacts: Artifact[], findings: Finding[],
 *   actions: Action[], more_actions: number, story: Step[], listings?: Listing[], more_listings?: number }} Report
 * @typedef {{ artifact: number, found: number, name: string, bytes?: number, size?: number }} Progress
 *   artifact of found parts are done; bytes of size are read, when the engine can tell
 *
 * @typedef {{ type: "start", module: WebAssembly.Module, probe: string }} Start
 * @typedef {{ type: "inspect", runId: number, file: File, bytes: ArrayBuffer | null, options: Options }} Inspect
 *   bytes: the content, of a small file and for a worker that cannot read files itself
 * @typedef {{ type: "ready", engine: EngineInfo, reads: boolean }} Ready
 * @typedef {{ type: "progress", runId: number, progress: Progress }} ProgressMessage
 * @typedef {{ type: "report", runId: number, report: string }} ReportMessage
 *   report: JSON, for parsing it costs the page less than an object costs both sides on its way
 * @typedef {{ type: "failed", runId: number | null, reason: string }} Failed
 * @typedef {Ready | ProgressMessage | ReportMessage | Failed} FromWorker
 */

/** The report schema this page understands. */
export const SCHEMA = 1;

/** Gravest first. @type {readonly Level[]} */
export const LEVELS = ["stop", "hold", "unchecked", "notice", "none"];

/** @type {readonly Status[]} */
export const STATUSES = ["inspected", "passive", "partial", "locked", "unread"];

/** Where a password that opened something came from. @type {readonly PasswordSource[]} */
export const PASSWORD_SOURCES = ["given", "found", "default"];

/** How far a check was done. @type {readonly CheckState[]} */
export const CHECK_STATES = ["done", "partly", "not-done", "not-applicable"];

/** @param {unknown} x @returns {x is Record<string, unknown>} */
const isObject = (x) => typeof x === "object" && x !== null && !Array.isArray(x);
/** @param {unknown} x @returns {x is string} */
const isString = (x) => typeof x === "string";
/** @param {unknown} x @returns {x is number} */
const isCount = (x) => typeof x === "number" && Number.isFinite(x) && x >= 0;
/** @param {unknown} x @param {(x: unknown) => boolean} check */
const isNullOr = (x, check) => x === null || x === undefined || check(x);
/** @param {unknown} x @param {(x: unknown) => boolean} check @returns {boolean} */
const isListOf = (x, check) => Array.isArray(x) && x.every(check);
/** @param {unknown} x @returns {x is Level} */
const isLevel = (x) => LEVELS.includes(/** @type {Level} */ (x));

/** @param {unknown} x @returns {x is EngineInfo} */
export function isEngineInfo(x) {
  return isObject(x) && isString(x.version) && isString(x.rules);
}

/** @param {unknown} x */
function isEvidence(x) {
  return isObject(x) && isNullOr(x.path, isString) && isNullOr(x.line, isCount)
    && isNullOr(x.offset, isCount) && isNullOr(x.excerpt, isString);
}

/** @param {unknown} x @returns {x is Artifact} */
function isArtifact(x) {
  return isObject(x) && isCount(x.id) && isNullOr(x.parent, isCount) && isString(x.name)
    && isObject(x.origin) && isString(x.origin.kind) && isNullOr(x.origin.path, isString)
    && isNullOr(x.format, isString) && isString(x.class) && isNullOr(x.size, isCount)
    && isNullOr(x.sha256, isString) && STATUSES.includes(/** @type {Status} */ (x.status))
    && isNullOr(x.password, (source) => PASSWORD_SOURCES.includes(/** @type {PasswordSource} */ (source)));
}

/** @param {unknown} x @returns {x is Finding} */
function isFinding(x) {
  return isObject(x) && isString(x.id) && isLevel(x.severity) && isCount(x.artifact)
    && isNullOr(x.advice, isString) && isObject(x.values) && Object.values(x.values).every(isString)
    && isListOf(x.evidence, isEvidence) && isCount(x.more);
}

/** @param {unknown} x @returns {x is Action} */
function isAction(x) {
  return isObject(x) && isCount(x.artifact) && isString(x.kind) && isString(x.detail) && typeof x.automatic === "boolean"
    && isNullOr(x.trigger, isString) && typeof x.decoded === "boolean" && isEvidence(x.at);
}

/** @param {unknown} x @returns {x is Step} */
function isStep(x) {
  return isObject(x) && isString(x.step) && isCount(x.artifact) && isString(x.detail) && (x.at === undefined || isEvidence(x.at));
}

/** @param {unknown} x @returns {x is Listing} */
function isListing(x) {
  return isObject(x) && isCount(x.artifact) && isString(x.path) && typeof x.cut === "boolean" && isListOf(x.marked, isCount)
    && isListOf(x.stretches, (one) => isObject(one) && isCount(one.line) && isString(one.text));
}

/**
 * A whole report: every field of its type, everything told on an artifact that
 * exists, every parent before its children (so the tree cannot loop).
 * @param {unknown} x
 * @returns {x is Report}
 */
export function isReport(x) {
  if (!isObject(x) || x.schema !== SCHEMA || !isEngineInfo(x.engine)) return false;
  if (!isObject(x.verdict) || !isLevel(x.verdict.level) || typeof x.verdict.incomplete !== "boolean"
    || !isListOf(x.verdict.reasons, isString)) return false;
  if (!isObject(x.counts) || !isCount(x.counts.checked) || !isCount(x.counts.unchecked)) return false;
  if (!isListOf(x.advice, isString) || !isListOf(x.artifacts, isArtifact) || !isListOf(x.findings, isFinding)
    || !isListOf(x.actions, isAction) || !isCount(x.more_actions) || !isListOf(x.story, isStep)
    || !isObject(x.checks) || !Object.values(x.checks).every((state) => CHECK_STATES.includes(/** @type {CheckState} */ (state)))
    || (x.listings !== undefined && !isListOf(x.listings, isListing)) || !isNullOr(x.more_listings, isCount)) return false;
  const { artifacts, findings, actions, story, listings = [] } = /** @type {Report} */ (/** @type {unknown} */ (x));
  return artifacts.length > 0
    && artifacts.every((a, i) => a.id === i && (i === 0 ? a.parent == null : a.parent != null && a.parent < i))
    && [findings, actions, story, listings].every((list) => list.every((one) => one.artifact < artifacts.length));
}

/**
 * @param {string} json
 * @returns {Report | null} nothing if it is none
 */
export function readReport(json) {
  try {
    const report = JSON.parse(json);
    return isReport(report) ? report : null;
  } catch {
    return null;
  }
}

/** @param {unknown} x @returns {x is Progress} */
function isProgress(x) {
  return isObject(x) && isCount(x.artifact) && isCount(x.found) && isString(x.name)
    && isNullOr(x.bytes, isCount) && isNullOr(x.size, isCount);
}

/**
 * @param {unknown} x what arrived from the worker
 * @returns {x is FromWorker}
 */
export function isFromWorker(x) {
  if (!isObject(x)) return false;
  switch (x.type) {
    case "ready": return isEngineInfo(x.engine) && typeof x.reads === "boolean";
    case "progress": return isCount(x.runId) && isProgress(x.progress);
    case "report": return isCount(x.runId) && isString(x.report);
    case "failed": return isNullOr(x.runId, isCount) && isString(x.reason);
    default: return false;
  }
}

/** Why the page had to answer by itself. @typedef {"page.engine-failed" | "page.timed-out" | "page.cancelled"} PageFinding */

/**
 * The honest answer when the engine gave none: unchecked, never none.
 * @param {{ name: string, size: number }} file
 * @param {PageFinding} id
 * @param {EngineInfo} engine
 * @param {string | null} reason what the engine said last, shown as evidence
 * @returns {Report}
 */
export function unchecked(file, id, engine, reason = null) {
  return {
    schema: SCHEMA,
    engine,
    verdict: { level: "unchecked", incomplete: true, reasons: [id] },
    counts: { checked: 0, unchecked: 1 },
    checks: {},
    advice: ["B1", "B2", "B3"],
    artifacts: [{ id: 0, parent: null, name: file.name, origin: { kind: "input" }, format: null,
      class: "unknown", size: file.size, sha256: null, status: "unread" }],
    findings: [{ id, severity: "unchecked", artifact: 0, advice: null, values: {},
      evidence: reason === null ? [] : [{ path: null, line: null, offset: null, excerpt: reason.slice(0, 256) }], more: 0 }],
    actions: [],
    more_actions: 0,
    story: [],
  };
}
