/**
 * The list of all files that were dropped, with how each came out.
 */
import { LEVELS } from "./protocol.js";
import { h, icon, inert } from "./nodes.js";

/**
 * @typedef {import("./entries.js").Entry} Entry
 * @typedef {import("./words.js").Words} Words
 */

/** More results than this are shown one at a time, chosen from the list. */
const MANY = 20;

/** @param {Entry[]} entries */
export const isMany = (entries) => entries.length > MANY;

let madeAt = 0;

/** @param {Entry} entry */
const rank = (entry) => (entry.report ? LEVELS.indexOf(entry.report.verdict.level) : LEVELS.length);

/** What waits comes last; files of one verdict keep their order. @param {Entry[]} entries */
export const gravestFirst = (entries) => [...entries].sort((a, b) => rank(a) - rank(b));

/**
 * Of many, the gravest come first, and the list is made anew only now and then while work goes on.
 * @param {HTMLElement} box
 * @param {Entry[]} entries
 * @param {Words} words
 * @param {(entry: Entry) => void} pick
 */
export function renderOverview(box, entries, words, pick) {
  const working = entries.some((entry) => entry.state !== "done");
  if (isMany(entries) && working && performance.now() - madeAt < 500) return;
  madeAt = performance.now();
  const title = words.page("overview", { n: words.number(entries.length) });
  const sorted = isMany(entries) ? gravestFirst(entries) : entries;
  // What somebody reads, or is about to press, stays as long as it is true.
  const state = JSON.stringify([words.code, sorted.map((entry) => [entry.path, entry.state, entry.report?.verdict.level])]);
  if (box.dataset.state === state) return;
  box.dataset.state = state;
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.row : undefined;
  box.hidden = entries.length < 2;
  box.setAttribute("aria-label", title);
  if (box.hidden) return box.replaceChildren();
  // Read aloud as one: how many, and how they came out.
  box.replaceChildren(h("h2", { class: "overview-title", tabindex: "-1", "aria-describedby": "overview-counts" }, title),
    h("p", { class: "overview-counts", id: "overview-counts" }, countsText(entries, words)),
    h("ol", null, sorted.map((entry) => h("li", null, row(entry, entries.indexOf(entry), words, pick)))));
  if (focused !== undefined) /** @type {HTMLElement | null} */ (box.querySelector(`[data-row="${Number(focused)}"]`))?.focus();
}

/** How many files got which verdict. @param {Entry[]} entries @param {Words} words */
export function countsText(entries, words) {
  return LEVELS.map((level) => ({ level, n: entries.filter((entry) => entry.report?.verdict.level === level).length })).filter(({ n }) => n > 0)
    .map(({ level, n }) => words.page("overview-count", { verdict: level === "none" ? words.page("overview-none") : words.text(["severity", level]), n: words.number(n) })).join(words.page("overview-count-and"));
}

/** @param {Entry} entry @param {number} at @param {Words} words @param {(entry: Entry) => void} pick */
function row(entry, at, words, pick) {
  const name = h("span", { class: "overview-name" }, inert(entry.path));
  if (!entry.report) return h("span", { class: "overview-row" }, name, h("span", null, words.page(entry.state === "working" ? "overview-working" : "overview-waiting")));
  const { level } = entry.report.verdict;
  return h("button", { type: "button", class: "overview-row", "data-row": at, onclick: () => pick(entry) },
    name, h("span", { class: "overview-verdict" }, icon(level), words.text(["verdict", level, "heading"])));
}
