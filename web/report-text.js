/**
 * The report as plain text for the help desk: no bytes of the file, invisible
 * characters by name, addresses defanged, one line per fact.
 */
import { knownFile } from "./config.js";
import { defang, defangHost, visible } from "./inert.js";
import { SAYS, toldOf } from "./own.js";
import { fileOf, insideParts, kindOf, nameParts, partsOf } from "./place.js";
import { stepParts } from "./story.js";

/** How many lines of one kind before the text says how many are left. */
const LINES = 20;

/** @param {string} text */
const inline = (text) => visible(defang(text));

/** @param {import("./words.js").Part[]} parts */
const plain = (parts) => parts.map((part) => (part.value ? inline(part.text) : part.text)).join("");

/**
 * @param {string[]} lines
 * @returns {string[]}
 */
function capped(lines) {
  return lines.length <= LINES ? lines : [...lines.slice(0, LINES), `… +${lines.length - LINES}`];
}

/**
 * @param {import("./protocol.js").Report} report
 * @param {import("./words.js").Words} words
 * @param {import("./config.js").Config} config
 * @returns {string}
 */
export function reportText(report, words, config) {
  const { artifacts, verdict, counts, engine } = report;
  const top = artifacts[0];
  if (!top) return "";
  /** @param {string} key @param {import("./words.js").Values} [values] */
  const line = (key, values) => words.text(["report", key], values);
  const known = knownFile(top, config, words.code);
  const numbers = { checked: words.number(counts.checked), unchecked: words.number(counts.unchecked) };

  /** What is said of the organisation's own addresses, and of those like them. @param {(string | null)[]} texts @param {string} [host] */
  const own = (texts, host) => toldOf(texts, config.own_domains, [host]).map((told) => ` [${plain(words.parts(["page", SAYS[told.relation]], { host: defangHost(told.host) }))}]`).join("");

  /** The file as its reader knows it, then the part for whoever looks closer. @param {import("./protocol.js").Artifact} artifact */
  const where = (artifact) => {
    const file = fileOf(artifact, report);
    return [plain([...nameParts(file, words), ...insideParts(file, report, words)]), ...partsOf(artifact, report).map(inline)].join(" › ");
  };
  const found = report.findings.filter((f) => f.severity !== "none").map((f) => {
    const artifact = artifacts[f.artifact] ?? top;
    const values = words.values(f, artifact);
    const says = ["title", "what"].map((part) => plain(words.parts(["finding", f.id, part], values))).join(" ");
    return `- [${f.id}] ${where(artifact)}: ${says}${own([...Object.values(f.values), ...f.evidence.map((e) => e.excerpt)], f.values.host)}`;
  });
  const left = artifacts.filter((a) => ["partial", "locked", "unread"].includes(a.status))
    .map((a) => `- ${where(a)}: ${words.text(["status", a.status])}`);
  const list = (/** @type {string} */ heading, /** @type {string[]} */ lines) =>
    lines.length ? [line(heading), ...capped(lines)] : [`${line(heading)} ${line("nothing")}`];

  return [
    ...(config.training ? [line("training")] : []),
    line("heading"),
    line("verdict", { verdict: words.text(["verdict", verdict.level, "heading"]), rules: engine.rules, version: engine.version }),
    line(verdict.incomplete ? "incomplete" : "complete", numbers),
    line("mail"),
    line("situation"),
    line("file", { name: inline(top.name), size: words.size(top.size) }),
    line("sha256", { sha256: top.sha256 ?? undefined }),
    ...(known === null ? [] : [line("known", { label: inline(known) })]),
    line("type", { type: kindOf(top, report, words) ?? undefined }),
    ...(report.story.length > 0 ? [line("story"), ...report.story.map((step, i) => `${i + 1}. ${plain(stepParts(step, report, words))}${own([step.detail])}`)] : []),
    ...list("found", found),
    ...list("unchecked", left),
    line("password"),
    line("sender"),
    line("footer"),
    "",
  ].join("\n");
}
