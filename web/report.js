/**
 * Report and catalogue in, nodes out. Pure: no state, no network, no clock.
 */
import { knownFile } from "./config.js";
import { defangHost } from "./inert.js";
import { h, icon, inert, sentence, shown } from "./nodes.js";
import { SAYS, toldOf } from "./own.js";
import { unlocking } from "./password.js";
import { fileOf, findingsOf, hashedInside, insideParts, kindOf, nameParts, partsOf } from "./place.js";
import { LEVELS } from "./protocol.js";
import { stepParts } from "./story.js";

/**
 * @typedef {import("./protocol.js").Report} Report
 * @typedef {import("./protocol.js").Finding} Finding
 * @typedef {import("./protocol.js").Artifact} Artifact
 * @typedef {import("./protocol.js").Evidence} Evidence
 * @typedef {import("./protocol.js").Action} Action
 * @typedef {import("./protocol.js").Step} Step
 * @typedef {import("./protocol.js").Listing} Listing
 * @typedef {import("./words.js").Words} Words
 * @typedef {import("./words.js").Values} Values
 * @typedef {import("./config.js").Config} Config
 * @typedef {import("./nodes.js").Child} Child
 * @typedef {import("./password.js").Unlock} Unlock
 */

/** How many findings and tree rows are shown before "more". */
const FOUND_FIRST = 5;
const TREE_FIRST = 40;
const ACTIONS_FIRST = 3;

/** How many rows one "more" adds: a file may have tens of thousands, and each takes time and room. */
const PIECE = 200;

/** How many hashes of files inside, and files that were not looked into, are printed. */
const PRINTED = 3;

/**
 * What is to be said of addresses in texts from the file: the organisation's own, or only like them.
 * @param {readonly (string | null | undefined)[]} texts
 * @param {Words} words
 * @param {Config} config
 * @param {readonly (string | undefined)[]} [hosts] texts that are a host alone
 * @returns {Node[]}
 */
const ownNotes = (texts, words, config, hosts) => toldOf(texts, config.own_domains, hosts).map(({ host, relation }) =>
  h("p", { class: "own-address", "data-relation": relation }, sentence(words, ["page", SAYS[relation]], { host: defangHost(host) })));

/**
 * @param {Words} words
 * @param {Config} config
 */
export function helpdesk(words, config) {
  return config.helpdesk.name[/** @type {"ja" | "en"} */ (words.code)] || words.page("helpdesk");
}

/**
 * @param {Words} words
 * @param {Config} config
 */
export function orgOf(words, config) {
  return config.org[/** @type {"ja" | "en"} */ (words.code)] || words.page("this-org");
}

/**
 * A number to call, as a link if it begins the text: what stands behind it, "(内線 119)" or "ext. 119", is no part of it.
 * @param {string} tel
 */
function dial(tel) {
  const number = /^[+#*]?[\d\s().‐‑–-]+/.exec(tel.normalize("NFKC").trim())?.[0].replace(/^(\+.*)\(0\)/, "$1").replace(/[^\d+#*]/g, "") ?? "";
  return number.length > 2 ? h("a", { href: `tel:${number}` }, tel) : tel;
}

/**
 * The contact, in the same place on every result.
 * @param {Words} words
 * @param {Config} config
 */
export function contact(words, config) {
  const language = /** @type {"ja" | "en"} */ (words.code);
  const { helpdesk: desk, policy } = config;
  const row = (/** @type {string} */ key, /** @type {Child} */ value) => value && [h("dt", null, words.page(key)), h("dd", null, value)];
  const rows = [
    row("contact-tel", desk.tel && dial(desk.tel)),
    row("contact-mail", desk.mail),
    row("contact-url", desk.url && h("a", { href: desk.url, target: "_blank", rel: "noopener noreferrer" }, desk.url)),
    row("contact-hours", desk.hours[language]),
  ].filter((r) => r !== "" && r !== null).flat();
  return h("section", { class: "contact" },
    h("h3", null, words.page("contact")),
    h("p", { class: "contact-name" }, desk.name[language] || words.page("contact-none")),
    rows.length > 0 && h("dl", null, /** @type {Child[]} */ (rows)),
    policy[language] && [h("h4", null, words.page("policy")), h("p", { class: "policy" }, policy[language])]);
}

/**
 * The values an advice sentence needs come from the gravest finding that asks for it.
 * @param {string} id
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 * @returns {Values}
 */
export function adviceValues(id, report, words, config) {
  const finding = report.findings.find((f) => f.advice === id);
  const artifact = finding && report.artifacts[finding.artifact];
  return {
    // Findings about names tell the name alone; the file's own kind completes the sentence.
    ...(artifact?.format ? { type: [{ value: false, text: words.format(artifact.format, artifact.class) }] } : {}),
    ...(finding && artifact ? words.values(finding, artifact) : {}),
    helpdesk: helpdesk(words, config),
  };
}

/** @param {string} id @param {Report} report @param {Words} words @param {Config} config */
function adviceNotes(id, report, words, config) {
  const host = report.findings.find((f) => f.advice === id)?.values.host;
  return ownNotes([], words, config, [words.entry("advice", id)?.includes("{host}") ? host : undefined]);
}

/** Somebody dropped the mail, and nobody looked into its attachments. @param {Report} report */
const isUnreadMail = ({ artifacts: [top] }) => top?.class === "mail" && ["unread", "partial"].includes(top.status);

/**
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 */
function actions(report, words, config) {
  const items = report.advice.map((id) => h("li", { "data-advice": id },
    sentence(words, ["advice", id], adviceValues(id, report, words, config)),
    adviceNotes(id, report, words, config)));
  const rest = items.slice(ACTIONS_FIRST);
  return h("section", { class: "actions" },
    h("h3", null, words.page("actions")),
    isUnreadMail(report) && h("p", { class: "mail-unread" }, words.page("mail-unread")),
    h("ol", null, items.slice(0, ACTIONS_FIRST)),
    rest.length > 0 && h("details", { class: "more" },
      h("summary", null, words.page("more", { n: words.number(rest.length) })),
      h("ul", null, rest)));
}

/**
 * A file row: what it is called, what it lies in, what it is.
 * @param {Artifact} artifact
 * @param {Report} report
 * @param {Words} words
 * @param {{ inside?: boolean }} [how] inside: name what it lies in, where the row stands outside the tree
 */
function fileRow(artifact, report, words, { inside = false } = {}) {
  const file = inside ? fileOf(artifact, report) : artifact;
  const kind = kindOf(file, report, words);
  const trail = inside ? insideParts(file, report, words) : [];
  return h("span", { class: "file-row" },
    h("span", { class: "file-name" }, shown(nameParts(file, words))),
    trail.length > 0 && h("span", { class: "file-inside" }, shown(trail)),
    kind && h("span", { class: "file-kind" }, kind));
}

/**
 * The way to a place inside a file: `xl/vbaProject.bin › VBA/ThisWorkbook`.
 * @param {string[]} path
 */
const way = (path) => h("span", null, path.flatMap((step, i) => (i === 0 ? [inert(step)] : [" › ", inert(step)])));

/**
 * @param {Evidence} evidence
 * @param {string[]} parts the parts of the file it stands in
 * @param {Words} words
 * @param {Config} config
 */
function evidenceItem(evidence, parts, words, config) {
  const path = evidence.path ? [...parts, evidence.path] : parts;
  const place = [
    path.length > 0 && way(path),
    evidence.line != null && h("span", null, words.page("evidence-line", { n: words.number(evidence.line) })),
    evidence.offset != null && h("span", null, words.page("evidence-offset", { n: words.number(evidence.offset) })),
  ].filter(Boolean);
  return h("li", null,
    // The blank keeps "Module1" and "2" apart where this is copied, or read without the style of the page.
    place.length > 0 && h("p", { class: "evidence-place" }, place.flatMap((one, i) => (i === 0 ? [one] : [" ", one]))),
    evidence.excerpt && h("pre", { tabindex: "0" }, inert(evidence.excerpt, { lines: true })),
    ownNotes([evidence.excerpt], words, config));
}

/**
 * One finding. What the file itself says stays behind a deliberate step.
 * @param {Finding} finding
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 */
function findingItem(finding, report, words, config) {
  const artifact = /** @type {Artifact} */ (report.artifacts[finding.artifact]);
  const values = words.values(finding, artifact);
  const parts = partsOf(artifact, report);
  const none = { path: null, line: null, offset: null, excerpt: null };
  const evidence = finding.evidence.length === 0 && parts.length > 0 ? [none] : finding.evidence;
  const says = (/** @type {string} */ part) => sentence(words, ["finding", finding.id, part], values);
  return h("li", { class: "finding", "data-finding": finding.id, "data-severity": finding.severity },
    h("p", { class: "finding-severity" }, icon(finding.severity), words.text(["severity", finding.severity])),
    h("div", { class: "finding-body" },
      h("h4", null, says("title")),
      h("p", null, says("what")),
      ownNotes(Object.values(finding.values), words, config, [finding.values.host]),
      h("dl", { class: "facts" },
        h("dt", null, words.page("in-file")), h("dd", null, fileRow(artifact, report, words, { inside: true })),
        h("dt", null, words.page("why")), h("dd", null, says("why")),
        h("dt", null, words.page("normal")), h("dd", null, says("normal"))),
      evidence.length > 0 && h("details", { class: "evidence" },
        h("summary", null, words.page("evidence")),
        h("p", { class: "note" }, words.page("evidence-note")),
        h("ul", null, evidence.map((e) => evidenceItem(e, parts, words, config))),
        finding.more > 0 && h("p", null, words.page("evidence-more", { n: words.number(finding.more) })))));
}

/**
 * What stands behind one step: the place in the code, or what the file is.
 * @param {Step} step
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 */
function stepEvidence(step, report, words, config) {
  const artifact = /** @type {Artifact} */ (report.artifacts[step.artifact]);
  if (step.at) {
    return h("ul", { class: "evidence-list" }, evidenceItem(step.at, partsOf(artifact, report), words, config));
  }
  const found = byGravity(findingsOf(artifact, report).filter((f) => f.severity !== "none")).slice(0, FOUND_FIRST);
  const row = (/** @type {string} */ key, /** @type {Child} */ value) => [h("dt", null, words.page(key)), h("dd", null, value)];
  return h("dl", { class: "facts" },
    row("kind", kindOf(artifact, report, words) ?? "—"),
    row("size", words.size(artifact.size)),
    artifact.sha256 && row("sha256", h("code", null, artifact.sha256)),
    found.length > 0 && row("found", h("ul", null,
      found.map((f) => h("li", null, sentence(words, ["finding", f.id, "title"], words.values(f, artifact)))))));
}

/**
 * What would happen, as a chain; nothing where nothing starts by itself.
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 */
function story(report, words, config) {
  if (report.story.length === 0) return null;
  const item = (/** @type {Step} */ step) => h("li", { "data-step": step.step },
    h("details", null,
      h("summary", null, shown(stepParts(step, report, words))),
      stepEvidence(step, report, words, config)),
    ownNotes([step.detail], words, config));
  return h("section", { class: "story" },
    h("h3", null, words.page("story")),
    h("ol", null, report.story.map(item)),
    h("p", { class: "note" }, words.page("story-note")));
}

/**
 * Everything the code can do, for whoever reads closer.
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 */
function doings(report, words, config) {
  if (report.actions.length === 0) return null;
  const item = (/** @type {Action} */ action) => {
    const artifact = /** @type {Artifact} */ (report.artifacts[action.artifact]);
    return h("li", { "data-action": action.kind },
      h("p", null, words.word("action", action.kind).map((part) => part.text).join(""), " — ",
        words.page(action.decoded ? "act-decoded" : action.automatic ? "act-automatic" : "act-by-hand")),
      action.detail && h("pre", { tabindex: "0" }, inert(action.detail, { lines: true })),
      ownNotes([action.detail], words, config),
      !action.decoded && h("ul", { class: "evidence-list" }, evidenceItem(action.at, partsOf(artifact, report), words, config)));
  };
  return later("doings", words.page("acts", { n: words.number(report.actions.length) }), () => [
    h("p", { class: "note" }, words.page("evidence-note")),
    h("ol", null, report.actions.map(item)),
    report.more_actions > 0 && h("p", null, words.page("acts-more", { n: words.number(report.more_actions) })),
  ]);
}

/** Gravest first; the engine's order within one severity stays. @param {Finding[]} findings */
export function byGravity(findings) {
  return [...findings].sort((a, b) => LEVELS.indexOf(a.severity) - LEVELS.indexOf(b.severity));
}

/**
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 */
function found(report, words, config) {
  const all = byGravity(report.findings.filter((f) => f.severity !== "none"));
  const list = (/** @type {Finding[]} */ some) => h("ul", { class: "findings" }, some.map((f) => findingItem(f, report, words, config)));
  return h("section", { class: "found" },
    h("h3", null, words.page("found")),
    all.length === 0 && h("p", null, words.page("found-none")),
    list(all.slice(0, FOUND_FIRST)),
    more(all.slice(FOUND_FIRST), "found-more", words, list),
    doings(report, words, config));
}

/**
 * @param {Artifact} artifact
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 * @param {Child} [children]
 */
function treeItem(artifact, report, words, config, children) {
  const known = artifact.id === 0 ? null : knownFile(artifact, config, words.code);
  return h("li", { "data-status": artifact.status },
    h("div", { class: "tree-row" },
      fileRow(artifact, report, words),
      known !== null && h("span", { class: "known-part" }, sentence(words, ["page", "known-part"], { label: known })),
      artifact.password && h("span", { class: "unlocked" }, words.text(["unlocked", artifact.password])),
      h("span", { class: `status status-${artifact.status}` }, words.text(["status", artifact.status]))),
    children);
}

/**
 * The tree of what was taken apart. Parents come before their children.
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 */
function looked(report, words, config) {
  const shown = report.artifacts.slice(0, TREE_FIRST);
  /** @type {Map<number | null, Artifact[]>} */
  const children = new Map();
  for (const artifact of shown) children.set(artifact.parent ?? null, [...(children.get(artifact.parent ?? null) ?? []), artifact]);
  // Nesting is bounded by the engine's depth limit and by TREE_FIRST.
  /** @param {number | null} parent @returns {any} */
  const branch = (parent) => {
    const list = children.get(parent);
    return list && h("ul", { class: "tree" }, list.map((a) => treeItem(a, report, words, config, branch(a.id))));
  };
  return h("section", { class: "looked" },
    h("h3", null, words.page("looked")),
    branch(null),
    more(report.artifacts.slice(TREE_FIRST), "looked-more", words, (some) => h("ul", { class: "tree" }, some.map((a) => treeItem(a, report, words, config)))));
}

/**
 * Details whose content is made when first opened: a report may list thousands of parts.
 * @param {string} name class
 * @param {Child} summary
 * @param {() => Child | Child[]} content
 */
function later(name, summary, content) {
  let made = false;
  const details = h("details", { class: name, ontoggle: () => { if (details.open) details.fill(); } }, h("summary", null, summary));
  details.fill = () => {
    if (made) return;
    made = true;
    for (const node of [content()].flat()) if (node) details.append(node);
  };
  return details;
}

/**
 * The rest of a list, piece by piece as it is asked for.
 * @template T
 * @param {T[]} rest
 * @param {string} key the words that say how many there are
 * @param {Words} words
 * @param {(some: T[]) => Child} make
 * @returns {Child}
 */
function more(rest, key, words, make) {
  if (rest.length === 0) return null;
  const details = later("more", words.page(key, { n: words.number(rest.length) }), () => [make(rest.slice(0, PIECE)), more(rest.slice(PIECE), "looked-more", words, make)]);
  details.left = rest.length;
  return details;
}

/**
 * @param {Report} report
 * @param {Words} words
 */
function notLooked(report, words) {
  const parts = report.artifacts.filter((a) => ["partial", "locked", "unread"].includes(a.status));
  if (parts.length === 0) return null;
  /** What the engine says of it; why in general where it says nothing. @param {Artifact} a */
  const why = (a) => {
    const finding = findingsOf(a, report).find((f) => f.severity === "unchecked");
    return finding ? sentence(words, ["finding", finding.id, "title"], words.values(finding, a)) : words.text(["status-why", a.status]);
  };
  const item = (/** @type {Artifact} */ a) => h("li", null, fileRow(a, report, words, { inside: true }),
    partsOf(a, report).length > 0 && h("span", { class: "file-part" }, way(partsOf(a, report))),
    h("span", { class: "why" }, why(a)));
  return h("section", { class: "not-looked" },
    h("h3", null, words.page("not-looked")),
    h("ul", null, parts.slice(0, TREE_FIRST).map(item)),
    parts.length > PRINTED && h("p", { class: "print-only" }, words.text(["report", "more"], { n: words.number(parts.length - PRINTED) })),
    more(parts.slice(TREE_FIRST), "looked-more", words, (some) => h("ul", null, some.map(item))));
}

/**
 * Every question that is asked of a file, and how far it was answered.
 * @param {Report} report
 * @param {Words} words
 */
function checks(report, words) {
  const rows = Object.entries(report.checks);
  if (rows.length === 0) return null;
  const head = (/** @type {string} */ key) => h("th", { scope: "col" }, words.page(key));
  return later("checks", words.page("checks"), () => [
    h("p", { class: "note" }, words.page("checks-note")),
    h("div", { class: "table", tabindex: "0", role: "region", "aria-label": words.page("checks") },
      h("table", null,
        h("thead", null, h("tr", null, head("check"), head("state"))),
        h("tbody", null, rows.map(([id, state]) => h("tr", { "data-check": id, "data-state": state },
          h("td", null, words.word("check", id).map((part) => part.text).join("")),
          h("td", { class: `check-${state}` }, words.text(["check-state", state]))))))),
  ]);
}

/** How lines of code end. */
const LINE_END = /(?<=\r\n|\r(?!\n)|[\n\u2028\u2029])/u;

/**
 * The code of macros with its numbers; lines that act are marked by a sign, not by colour alone.
 * @param {Report} report
 * @param {Words} words
 */
function listings(report, words) {
  const all = report.listings ?? [];
  const more = report.more_listings ?? 0;
  if (all.length + more === 0) return null;
  const code = (/** @type {Listing} */ { stretches, marked }) => stretches.map(({ line, text }) => {
    const width = String(line + text.length).length;
    return h("pre", { tabindex: "0", class: "code" }, text.split(LINE_END).filter((one, i) => i === 0 || one !== "").map((one, i) => {
      const acts = marked.includes(line + i);
      const number = `${acts ? "▶" : " "}${String(line + i).padStart(Math.min(width, 6))}  `;
      return h(acts ? "mark" : "span", null, number, inert(one.replace(/[\r\n\u2028\u2029]+$/u, ""), { lines: true }), "\n");
    }));
  });
  return later("listings", words.page("listings", { n: words.number(all.length + more) }), () => [
    h("p", { class: "note" }, words.page("listings-note")),
    all.map((listing) => {
      const artifact = /** @type {Artifact} */ (report.artifacts[listing.artifact]);
      return later("listing", way([...partsOf(artifact, report), listing.path]), () => [
        listing.cut && h("p", { class: "note" }, words.page("listings-cut")),
        ...code(listing),
      ]);
    }),
    more > 0 && h("p", { class: "note" }, words.page("acts-more", { n: words.number(more) })),
  ].flat());
}

/**
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 * @param {Child[]} tools
 */
function technical(report, words, config, tools) {
  const oddities = report.findings.filter((f) => f.severity === "none");
  const head = (/** @type {string} */ key) => h("th", { scope: "col" }, words.page(key));
  const table = (/** @type {Artifact[]} */ some) => h("div", { class: "table", tabindex: "0", role: "region", "aria-label": words.page("technical") },
    h("table", null,
      h("thead", null, h("tr", null, head("name"), head("kind"), head("size"), head("sha256"), head("status"))),
      h("tbody", null, some.map((a) => h("tr", null,
        h("td", null, a.origin.path ? inert(a.origin.path) : shown(nameParts(a, words))),
        h("td", null, kindOf(a, report, words) ?? "—"),
        h("td", { class: "number" }, words.size(a.size)),
        h("td", null, a.sha256 ? h("code", null, a.sha256) : "—"),
        h("td", null, words.text(["status", a.status])))))));
  const odd = (/** @type {Finding[]} */ some) => h("ul", { class: "findings" }, some.map((f) => findingItem(f, report, words, config)));
  return later("technical", words.page("technical"), () => [
    h("p", null, words.page("footer-version", { version: report.engine.version || words.page("not-known"), date: words.date(report.engine.rules) })),
    table(report.artifacts.slice(0, PIECE)),
    more(report.artifacts.slice(PIECE), "looked-more", words, table),
    tools.length > 0 && h("div", { class: "technical-tools" }, tools),
    listings(report, words),
    oddities.length > 0 && h("h4", null, words.page("technical-findings")),
    oddities.length > 0 && odd(oddities.slice(0, PIECE)),
    more(oddities.slice(PIECE), "looked-more", words, odd),
  ]);
}

/**
 * The sentence of the gravest reason, so that the card says what is special about this file.
 * @param {Report} report
 * @param {Words} words
 * @param {string} id
 */
function reason(report, words, id) {
  const finding = report.verdict.reasons.map((id) => report.findings.find((f) => f.id === id)).find(Boolean);
  const artifact = finding && report.artifacts[finding.artifact];
  if (!finding || !artifact) return null;
  const file = fileOf(artifact, report);
  return h("p", { class: "verdict-reason", id },
    file.id !== 0 && [h("span", { class: "verdict-inner" }, shown([...nameParts(file, words), ...insideParts(file, report, words)])), " "],
    sentence(words, ["finding", finding.id, "title"], words.values(finding, artifact)));
}

/**
 * What the paper has to name exactly: the file, the gravest that lies in it, the time.
 * @param {Report} report
 * @param {Words} words
 * @param {string} at
 */
function identity(report, words, at) {
  const top = /** @type {Artifact} */ (report.artifacts[0]);
  const row = (/** @type {Child | Child[]} */ name, /** @type {Child | Child[]} */ value) => [h("dt", null, name), h("dd", null, value)];
  return h("dl", { class: "print-only identity" },
    row(words.page("name"), shown(nameParts(top, words))),
    row(words.page("size"), words.size(top.size)),
    row(words.page("sha256"), top.sha256 ?? words.page("not-known")),
    hashedInside(report).slice(0, PRINTED).map((a) => row(shown(nameParts(a, words)), a.sha256)).flat(),
    at !== "" && row(words.page("checked-at"), at));
}

/** Results that were made, so that each may have a name of its own. */
let made = 0;

/**
 * The whole result of one file.
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 * @param {Child[]} [tools] buttons of the page
 * @param {Unlock | null} [unlock] tries a password on what is locked
 * @param {Child[]} [expert] buttons beside the technical details
 * @param {string} [at] when it was looked into
 * @returns {HTMLElement}
 */
export function renderReport(report, words, config, tools = [], unlock = null, expert = [], at = "") {
  const { level, incomplete } = report.verdict;
  const top = /** @type {Artifact} */ (report.artifacts[0]);
  const known = knownFile(top, config, words.code);
  const name = `result-${++made}`;
  const why = reason(report, words, `${name}-why`);
  return h("article", { class: "result", "data-level": level, "aria-labelledby": name },
    h("header", { class: `verdict verdict-${level}` },
      h("div", { class: "verdict-icon" }, icon(level)),
      h("div", { class: "verdict-words" },
        config.training && h("p", { class: "training" }, words.page("training")),
        h("p", { class: "verdict-file", id: name }, shown(nameParts(top, words))),
        // Who comes to the heading hears the file and the reason with it.
        h("h2", { tabindex: "-1", "aria-describedby": why ? `${name} ${name}-why` : name }, words.text(["verdict", level, "heading"])),
        h("p", { class: "verdict-line" }, words.text(["verdict", level, "line"])),
        why,
        known !== null && h("p", { class: "known" }, sentence(words, ["page", "known"], { label: known, org: orgOf(words, config) })),
        incomplete && h("p", { class: "badge" }, icon("unchecked"), words.page("incomplete")),
        h("p", { class: "verdict-counts" },
          h("span", null, words.page("counts", { checked: words.number(report.counts.checked), unchecked: words.number(report.counts.unchecked) })),
          h("span", null, words.page("rules", { date: words.date(report.engine.rules) }))))),
    h("div", { class: "beside" }, actions(report, words, config), contact(words, config)),
    unlocking(report, words, unlock),
    h("div", { class: "tools" }, tools),
    story(report, words, config),
    found(report, words, config),
    notLooked(report, words),
    looked(report, words, config),
    identity(report, words, at),
    checks(report, words),
    technical(report, words, config, expert));
}
