/**
 * The report as plain text for the help desk: no bytes of the file, invisible
 * characters by name, addresses defanged, one line per fact.
 */
import { knownFile } from "./config.js";
import { defang, defangHost, visible } from "./inert.js";
import { SAYS, toldOf } from "./own.js";
import { fileOf, hashedInside, insideParts, kindOf, nameParts, partsOf } from "./place.js";
import { byGravity } from "./report.js";
import { DETAIL, stepParts } from "./story.js";

/** How many lines of one kind before the text says how many are left. */
const LINES = 20;

/** @param {string} text */
const inline = (text) => visible(defang(text));

/** The same, however long. @param {string} text */
const whole = (text) => visible(defang(text), { whole: true });

/** @param {import("./words.js").Part[]} parts */
const plain = (parts) => parts.map((part) => (part.value ? inline(part.text) : part.text)).join("");

/** What somebody may have done with the file, and its short word here. @type {readonly (readonly [act: string, word: string])[]} */
const SITUATION = [["", "not-opened"], ["opened", "opened"], ["editing", "editing"], ["content", "content"], ["ran", "ran"], ["pasted", "pasted"], ["password", "typed"], ["qr", "qr"]];

/** Longest command that is copied whole; the saved report has them all. */
const COMMAND = 2000;

/**
 * @param {import("./protocol.js").Report} report
 * @param {import("./words.js").Words} words
 * @param {import("./config.js").Config} config
 * @param {string} [at] when it was looked into
 * @param {ReadonlySet<string>} [done] what was ticked in "I already opened it"
 * @returns {string}
 */
export function reportText(report, words, config, at = "", done = new Set()) {
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
  /** Where in the file, to the line: ` [VBA/Module1 8 行目]`. @param {import("./protocol.js").Evidence | undefined} place @param {string[]} [parts] */
  const spot = (place, parts = []) => {
    const path = [...parts, ...place?.path ? [place.path] : []].map(inline).join(" › ");
    const says = [path, place?.line != null && words.page("evidence-line", { n: words.number(place.line) })].filter(Boolean).join(" ");
    return says && ` [${says}]`;
  };
  const partsOfId = (/** @type {number} */ id) => partsOf(artifacts[id] ?? top, report);
  const found = byGravity(report.findings.filter((f) => f.severity !== "none"));
  const finding = (/** @type {import("./protocol.js").Finding} */ f) => {
    const artifact = artifacts[f.artifact] ?? top;
    const values = words.values(f, artifact);
    const says = ["title", "what"].map((part) => plain(words.parts(["finding", f.id, part], values))).join(" ");
    return `- (${words.text(["severity", f.severity])}) [${f.id}] ${where(artifact)}: ${says}${spot(f.evidence[0])}${own([...Object.values(f.values), ...f.evidence.map((e) => e.excerpt)], f.values.host)}`;
  };
  const left = artifacts.filter((a) => ["partial", "locked", "unread"].includes(a.status));
  // What the steps tell whole need not be told again.
  const told = new Set(report.story.map((step) => `${step.artifact} ${step.step} ${step.detail}`));
  const acts = report.actions.filter((act) => [...act.detail].length > DETAIL || !told.has(`${act.artifact} ${act.kind} ${act.detail}`));
  const act = (/** @type {import("./protocol.js").Action} */ act) => {
    const detail = [...act.detail];
    const how = words.page(act.decoded ? "act-decoded" : act.automatic ? "act-automatic" : "act-by-hand");
    return `- ${plain(words.word("action", act.kind))} (${how}) ${where(artifacts[act.artifact] ?? top)}${spot(act.at)}: ${whole(detail.slice(0, COMMAND).join(""))}${detail.length > COMMAND ? "…" : ""}${own([act.detail])}`;
  };
  const how = [...new Set(artifacts.map((a) => a.password).filter((source) => source))].map((source) => words.text(["unlocked", source ?? ""]));
  const skipped = Object.entries(report.checks).filter(([, state]) => state === "not-done" || state === "partly");
  /**
   * Of a long list only the lines that are written are made.
   * @template T
   * @param {string} heading @param {T[]} rows @param {(row: T) => string} say @param {number} [more] left out by the engine
   */
  const some = (heading, rows, say, more = 0) => {
    const left = rows.length - LINES;
    if (rows.length === 0 && more === 0) return [];
    return [line(heading), ...rows.slice(0, LINES).map(say), ...left > 0 ? [line("more", { n: words.number(left) })] : [],
      ...more > 0 ? [words.page("acts-more", { n: words.number(more) })] : []];
  };
  /** @template T @param {string} heading @param {T[]} rows @param {(row: T) => string} say */
  const list = (heading, rows, say) => (rows.length ? some(heading, rows, say) : [`${line(heading)} ${line("nothing")}`]);

  return [
    ...(config.training ? [line("training")] : []),
    line("heading"),
    line("verdict", { verdict: words.text(["verdict", verdict.level, "heading"]), rules: engine.rules, version: engine.version }),
    ...at === "" ? [] : [line("checked", { at })],
    line(verdict.incomplete ? "incomplete" : "complete", numbers),
    line("mail"),
    line("situation", { acts: [{ value: false, text: SITUATION.map(([act, word]) => line(done.has(act) ? "ticked" : "unticked", { act: line(word) })).join(" ") }] }),
    line("file", { name: inline(top.name), size: words.size(top.size) }),
    line("sha256", { sha256: top.sha256 ?? undefined }),
    ...(known === null ? [] : [line("known", { label: inline(known) })]),
    line("type", { type: kindOf(top, report, words) ?? undefined }),
    ...(report.story.length > 0 ? [line("story"), ...report.story.map((step, i) => `${i + 1}. ${plain(stepParts(step, report, words))}${spot(step.at, step.at ? partsOfId(step.artifact) : [])}${own([step.detail])}`)] : []),
    ...list("found", found, finding),
    ...some("acts", acts, act, report.more_actions),
    ...list("unchecked", left, (a) => `- ${where(a)}: ${words.text(["status", a.status])}`),
    ...some("skipped", skipped, ([id, state]) => `- ${plain(words.word("check", id))}: ${words.text(["check-state", state])}`),
    ...some("hashes", hashedInside(report), (a) => `- ${a.sha256} ${where(a)}`),
    ...(how.length > 0 ? [line("opened-with", { how: how.join(words.page("overview-count-and")) })] : []),
    line("password"),
    line("sender"),
    line("footer"),
    "",
  ].join("\n");
}
