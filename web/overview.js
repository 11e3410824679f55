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
  const rank = (/** @type {Entry} */ entry) => (entry.report ? LEVELS.indexOf(entry.report.verdict.level) : LEVELS.length);
  const sorted = isMany(entries) ? [...entries].sort((a, b) => rank(a) - rank(b)) : entries;
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.row : undefined;
  box.hidden = entries.length < 2;
  box.setAttribute("aria-label", title);
  box.replaceChildren(h("p", { class: "overview-title", tabindex: "-1" }, title),
    isMany(entries) ? h("p", { class: "overview-counts" }, countsText(entries, words)) : "",
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
