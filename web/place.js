/**
 * Where a finding is, in the words of the person who got the file: which
 * document, in which archive. Parts a document is made of are nobody's files.
 */
import { LEVELS } from "./protocol.js";

/**
 * @typedef {import("./protocol.js").Artifact} Artifact
 * @typedef {import("./protocol.js").Report} Report
 * @typedef {import("./protocol.js").Finding} Finding
 * @typedef {import("./words.js").Part} Part
 * @typedef {import("./words.js").Words} Words
 */

/** How many containers and folders are named before the outer ones are left out. */
const TRAIL = 3;

/** What the engine calls data that stands before, between or after the entries of an archive. */
const GAP = /^(before|between|after)@\d+$/;

/**
 * @param {string} text
 * @param {boolean} value
 * @returns {Part}
 */
const part = (text, value) => ({ text, value });

/**
 * @param {Artifact} artifact
 * @param {Report} report
 */
const parentOf = (artifact, report) => (artifact.parent == null ? undefined : report.artifacts[artifact.parent]);

/**
 * The file a person can see: the artifact, or the document it is a part of.
 * @param {Artifact} artifact
 * @param {Report} report
 * @returns {Artifact}
 */
export function fileOf(artifact, report) {
  let file = artifact;
  for (let parent; file.origin.kind === "part" && (parent = parentOf(file, report));) file = parent;
  return file;
}

/**
 * The paths of the parts between the file and the artifact, outermost first.
 * @param {Artifact} artifact
 * @param {Report} report
 * @returns {string[]}
 */
export function partsOf(artifact, report) {
  const parts = [];
  for (let at = artifact, parent; at.origin.kind === "part" && (parent = parentOf(at, report)); at = parent) parts.unshift(at.origin.path || at.name);
  return parts;
}

/**
 * What a file is called.
 * @param {Artifact} artifact
 * @param {Words} words
 * @returns {Part[]}
 */
export function nameParts(artifact, words) {
  const gap = artifact.origin.kind === "object" ? GAP.exec(artifact.name)?.[1] : undefined;
  if (gap) return words.parts(["page", "gap"], { where: words.word("where", gap) });
  return [part(artifact.name || artifact.origin.path || "—", true)];
}

/**
 * What a file lies in: archives and folders, `invoice.zip › a`; nothing for the file that was dropped.
 * @param {Artifact} file
 * @param {Report} report
 * @param {Words} words
 * @returns {Part[]}
 */
export function insideParts(file, report, words) {
  /** @type {Part[][]} */
  const trail = [];
  for (let at = file, parent = parentOf(at, report); parent; at = fileOf(parent, report), parent = parentOf(at, report)) {
    const folder = at.origin.kind === "entry" ? /^(.*)[/\\]/s.exec(at.origin.path ?? "")?.[1] : "";
    if (folder) trail.unshift([part(folder, true)]);
    trail.unshift(nameParts(fileOf(parent, report), words));
  }
  if (trail.length === 0) return [];
  const shown = trail.length > TRAIL ? [[part("…", false)], ...trail.slice(-TRAIL)] : trail;
  return words.parts(["page", "inside"], { trail: shown.flatMap((step, i) => (i === 0 ? step : [part(" › ", false), ...step])) });
}

/**
 * The files inside that have a hash, the gravest first: whole files, and parts of documents that something was found in.
 * @param {Report} report
 * @returns {Artifact[]}
 */
export function hashedInside(report) {
  /** @type {Map<number, number>} */
  const gravity = new Map();
  for (const { artifact: id, severity } of report.findings) {
    const artifact = report.artifacts[id];
    if (!artifact) continue;
    // What is found in a part is found in its document, too.
    for (const one of [artifact.id, fileOf(artifact, report).id]) gravity.set(one, Math.min(gravity.get(one) ?? LEVELS.length, LEVELS.indexOf(severity)));
  }
  const rank = (/** @type {Artifact} */ a) => gravity.get(a.id) ?? LEVELS.length;
  const odd = LEVELS.indexOf("none");
  return report.artifacts.filter((a) => a.id !== 0 && a.sha256 && (a.origin.kind !== "part" || rank(a) < odd)).sort((a, b) => rank(a) - rank(b));
}

/** The findings of each artifact, once per report: lists of thousands ask for them row by row. @type {WeakMap<readonly Finding[], Map<number, Finding[]>>} */
const byArtifact = new WeakMap();

/**
 * @param {Artifact} artifact
 * @param {Report} report
 * @returns {readonly Finding[]}
 */
export function findingsOf(artifact, { findings }) {
  let index = byArtifact.get(findings);
  if (!index) {
    index = new Map();
    for (const finding of findings) {
      const list = index.get(finding.artifact);
      if (list) list.push(finding);
      else index.set(finding.artifact, [finding]);
    }
    byArtifact.set(findings, index);
  }
  return index.get(artifact.id) ?? [];
}

/**
 * What kind of file it is. "Unknown" is said of what the engine looked at;
 * of what nobody could look at only what its name claims is known, if the
 * engine judged that, and otherwise nothing.
 * @param {Artifact} artifact
 * @param {Report} report
 * @param {Words} words
 * @returns {string | null}
 */
export function kindOf(artifact, report, words) {
  const findings = findingsOf(artifact, report);
  const isSeen = !["locked", "unread"].includes(artifact.status) || findings.some((f) => f.id === "file.unknown");
  if (isSeen || artifact.format !== null || artifact.class !== "unknown") return words.format(artifact.format, artifact.class);
  const claimed = findings.find((f) => f.values.type !== undefined)?.values.type;
  const known = claimed !== undefined && words.entry("format", claimed);
  return known ? words.page("claims", { type: [part(known, false)] }) : null;
}
