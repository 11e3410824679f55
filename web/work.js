/**
 * What the page shows while it works: the file, how far it is, how long it will take.
 */
import { shareOf, shareOfParts } from "./estimate.js";
import { visible } from "./inert.js";
import { inert } from "./nodes.js";

/**
 * @typedef {import("./entries.js").Entry} Entry
 * @typedef {import("./words.js").Words} Words
 */

/** Milliseconds between two announcements of the time left. */
const LEFT_PAUSE = 20_000;
let leftSaid = -Infinity;

/** The time left may be said again at once. */
export const sayLeftAnew = () => { leftSaid = -Infinity; };

/** @param {number} seconds @param {Words} words */
const leftText = (seconds, words) => (seconds < 60 ? words.page("working-left", { n: words.number(seconds) })
  : words.page("working-left-minutes", { n: words.number(seconds / 60) }));

/**
 * @param {(id: string) => any} $ the elements of the page
 * @param {Words} words
 * @param {{ entries: Entry[], batch: Entry[], progress: import("./protocol.js").Progress | null, estimate: import("./estimate.js").Estimate }} now
 * @param {(text: string) => void} announce
 */
export function renderWork($, words, { entries, batch, progress, estimate }, announce) {
  const working = entries.find((entry) => entry.state === "working");
  $("work").hidden = !working;
  if (!working) {
    for (const part of ["file", "detail", "left"]) $(`work-${part}`).textContent = "";
    return;
  }
  $("work-file").replaceChildren(...words.parts(["page", "working"], { name: working.file.name })
    .map((part) => (part.value ? inert(part.text) : part.text)));
  $("work-bar").setAttribute("aria-label", words.page("progress"));
  const share = shareOf(batch.map((entry) => ({ size: entry.file.size, share: entry.state === "done" ? 1 : entry === working && progress ? shareOfParts(progress) : 0 })));
  // Without a share to tell, the bar only shows that work goes on.
  if (share > 0) $("work-bar").value = share;
  else $("work-bar").removeAttribute("value");
  const detail = [];
  if (batch.length > 1) detail.push(words.page("working-files", { done: words.number(batch.filter((entry) => entry.state === "done").length), n: words.number(batch.length) }));
  if (progress) detail.push(words.page("working-detail", { done: words.number(progress.artifact), found: words.number(Math.max(progress.found, 1)) }), words.page("working-now", { name: visible(progress.name) }));
  $("work-detail").textContent = detail.join(" — ");
  const left = estimate.at(share, performance.now());
  $("work-left").textContent = left === null ? "" : leftText(left, words);
  // Screen readers hear it when it is known, and then now and again.
  if (left !== null && performance.now() - leftSaid > LEFT_PAUSE) {
    leftSaid = performance.now();
    announce(leftText(left, words));
  }
}
