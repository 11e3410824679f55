/**
 * What an organisation sets: names, contact, policy text, strictness.
 *
 * Only plain data, shown as text. An invalid file never stops the page: the
 * defaults apply and a notice says so.
 */
import { DOMAIN } from "./own.js";

/**
 * @typedef {{ ja: string, en: string }} Bilingual
 * @typedef {object} Config
 * @property {"ja" | "en" | null} language first language; null asks the browser
 * @property {Bilingual} org
 * @property {{ name: Bilingual, tel: string, mail: string, url: string, hours: Bilingual }} helpdesk
 * @property {Bilingual} policy one paragraph of the organisation's own rules
 * @property {{ any_macro: "notice" | "hold" | "stop", any_encrypted: "unchecked" | "hold" | "stop", rare_format: "hold" | "stop" }} strict
 * @property {{ sha256: string, label?: Partial<Bilingual> }[]} known_files files the organisation has looked at itself; told beside the verdict, which stays
 * @property {string[]} own_domains the organisation's own names: said beside addresses that belong to them or resemble them
 * @property {{ disconnect: boolean }} on_infection
 * @property {"JP" | "UK" | "US" | "none" | null} country whose public desks are named; null: Japan's, where the page speaks Japanese
 * @property {boolean} training a drill: results and reports say so
 * @property {number} time_limit_seconds
 */

/** @returns {Config} */
export const defaults = () => ({
  language: null,
  org: { ja: "", en: "" },
  helpdesk: { name: { ja: "", en: "" }, tel: "", mail: "", url: "", hours: { ja: "", en: "" } },
  policy: { ja: "", en: "" },
  strict: { any_macro: "notice", any_encrypted: "unchecked", rare_format: "hold" },
  known_files: [],
  own_domains: [],
  on_infection: { disconnect: true },
  country: null,
  training: false,
  time_limit_seconds: 120,
});

/** @param {unknown} v */
const isObject = (v) => typeof v === "object" && v !== null && !Array.isArray(v);

/** @param {any} v */
const isKnownFile = (v) => isObject(v) && Object.keys(v).every((key) => key === "sha256" || key === "label")
  && typeof v.sha256 === "string" && /^[0-9a-fA-F]{64}$/.test(v.sha256)
  && (v.label === undefined || isObject(v.label) && Object.entries(v.label).every(([key, text]) => (key === "ja" || key === "en") && typeof text === "string"));

/** What the fields that are not plain text allow. @type {Record<string, (value: unknown) => boolean>} */
const ALLOWED = {
  language: (v) => v === null || v === "ja" || v === "en",
  "strict.any_macro": (v) => v === "notice" || v === "hold" || v === "stop",
  "strict.any_encrypted": (v) => v === "unchecked" || v === "hold" || v === "stop",
  "strict.rare_format": (v) => v === "hold" || v === "stop",
  time_limit_seconds: (v) => typeof v === "number" && Number.isFinite(v) && v >= 1 && v <= 3600,
  known_files: (v) => Array.isArray(v) && v.length <= 10_000 && v.every(isKnownFile),
  own_domains: (v) => Array.isArray(v) && v.length <= 100 && v.every((name) => typeof name === "string" && DOMAIN.test(name)),
  country: (v) => v === null || v === "JP" || v === "UK" || v === "US" || v === "none",
  "helpdesk.url": (v) => v === "" || (typeof v === "string" && /^https?:\/\//.test(v)),
};

/**
 * Merges one level, naming every field that is unknown or of the wrong type.
 * @param {any} target
 * @param {unknown} source
 * @param {string} path
 * @param {string[]} problems
 */
function merge(target, source, path, problems) {
  if (!isObject(source)) {
    problems.push(path || "/");
    return;
  }
  for (const [key, value] of Object.entries(/** @type {object} */ (source))) {
    const where = path ? `${path}.${key}` : key;
    if (path === "" && key === "$schema") continue;
    if (!Object.hasOwn(target, key)) problems.push(where);
    else if (ALLOWED[where]) {
      if (ALLOWED[where](value)) target[key] = value;
      else problems.push(where);
    } else if (typeof target[key] === "object") merge(target[key], value, where, problems);
    else if (typeof value === typeof target[key]) target[key] = value;
    else problems.push(where);
  }
}

/**
 * @param {string | null} text the JSON, or null when it could not be loaded
 * @returns {{ config: Config, problems: string[] }} problems: fields that are wrong, or `config.json` for a file that is not
 *   there, `UTF-8` for another encoding, `JSON 3:14` for what is no JSON from line 3 on; then all defaults apply
 */
export function readConfig(text) {
  if (text === null) return { config: defaults(), problems: ["config.json"] };
  const config = defaults();
  /** @type {string[]} */
  const problems = [];
  // What an editor saved in Shift_JIS or UTF-16 would show as rubbish in the place of the contact.
  if (/[\uFFFD\0]/.test(text)) problems.push("UTF-8");
  else {
    try {
      merge(config, JSON.parse(text), "", problems);
    } catch (error) {
      // Chromium and Firefox say where.
      const [, line, column] = /line (\d+) column (\d+)/.exec(String(error)) ?? [];
      problems.push(line ? `JSON ${line}:${column}` : "JSON");
    }
  }
  return { config: problems.length ? defaults() : config, problems };
}

/**
 * What the administrator is told, in words.
 * @param {string[]} problems of `readConfig`, at least one
 * @param {import("./words.js").Words} words
 */
export function problemsText(problems, words) {
  if (problems.includes("config.json")) return words.page("config-missing");
  const fields = problems.map((problem) => {
    const [, line, column] = /^JSON (\d+):(\d+)$/.exec(problem) ?? [];
    if (line) return words.page("config-line", { line, column });
    return problem === "JSON" ? words.page("config-json") : problem === "UTF-8" ? words.page("config-utf8") : problem;
  });
  return words.page("config-invalid", { fields: fields.join(", ") });
}

/**
 * What the organisation calls a file it knows, or null. Only the bytes count, never the name.
 * @param {import("./protocol.js").Artifact} artifact
 * @param {Config} config
 * @param {string} language
 */
export function knownFile(artifact, config, language) {
  const sha256 = artifact.sha256?.toLowerCase();
  const known = sha256 && config.known_files.find((file) => file.sha256.toLowerCase() === sha256);
  return known ? known.label?.[/** @type {"ja" | "en"} */ (language)] || known.label?.ja || known.label?.en || sha256.slice(0, 12) : null;
}

const GRAVITY = ["none", "notice", "unchecked", "hold", "stop"];

/** Which findings each switch raises. @type {Record<keyof Config["strict"], RegExp>} */
const RAISES = {
  any_macro: /^(vba|xlm|macro)\.|^odf\.(outside-)?script/,
  any_encrypted: /\.((names-)?encrypted|risky-locked)$|^encryption\./,
  rare_format: /^type\.rare$/,
};

/**
 * What a switch is about, if the report has it. What opened with a password is no finding of the engine: where the
 * organisation asks for more than to say what stays locked, the page says it.
 * @param {string} name
 * @param {import("./protocol.js").Report} report
 * @param {Config["strict"][keyof Config["strict"]]} severity
 * @returns {import("./protocol.js").Finding | undefined}
 */
function raising(name, report, severity) {
  const finding = report.findings.find((f) => RAISES[/** @type {keyof Config["strict"]} */ (name)].test(f.id));
  const unlocked = name === "any_encrypted" && severity !== "unchecked" ? report.artifacts.find((a) => a.password) : undefined;
  return finding ?? (unlocked && { id: "page.unlocked", severity, artifact: unlocked.id, advice: null, values: {}, evidence: [], more: 0 });
}

/**
 * An organisation may only raise a verdict, never lower it.
 * @param {import("./protocol.js").Report} report
 * @param {Config} config
 * @returns {import("./protocol.js").Report}
 */
export function raise(report, config) {
  let { level } = report.verdict;
  const reasons = [...report.verdict.reasons];
  const findings = [...report.findings];
  for (const [name, wanted] of Object.entries(config.strict)) {
    const finding = raising(name, report, wanted);
    if (!finding || GRAVITY.indexOf(wanted) <= GRAVITY.indexOf(level)) continue;
    level = wanted;
    reasons.unshift(finding.id);
    if (!findings.includes(finding)) findings.push(finding);
  }
  if (level === report.verdict.level) return report;
  const advice = ["B1", ...report.advice.filter((id) => id !== "B1" && id !== "B5")];
  if (level === "stop" && !advice.includes("B4")) advice.push("B4");
  if (!advice.includes("B2")) advice.push("B2");
  return { ...report, advice, findings, verdict: { ...report.verdict, level, reasons: [...new Set(reasons)] } };
}
