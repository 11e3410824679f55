/**
 * What the page says about its own connections: closed, and how many requests the browser has noted since.
 */
import { h } from "./nodes.js";

/** @typedef {import("./words.js").Words} Words */

/** Requests of this page that the browser has noted since it was locked: none, or something is wrong. */
let requests = 0;

/** Counts from now on. The browser keeps this list itself; what the page makes in its own memory (blob:, data:) is no request. @param {() => void} changed */
export function countRequests(changed) {
  // WebKit notes the script of the service worker late: what began before the lock is not counted.
  const since = performance.now();
  new PerformanceObserver((list) => {
    const seen = list.getEntries().filter((entry) => entry.startTime >= since && /^(https?|wss?|ftp|file):/.test(entry.name)).length;
    if (seen === 0) return;
    requests += seen;
    changed();
  }).observe({ type: "resource" });
}

/**
 * Made once per language: somebody may be reading how to check it.
 * @param {any} box
 * @param {Words} words
 * @param {boolean} locked
 */
export function renderPrivacy(box, words, locked) {
  const promise = () => h("p", { class: "privacy-files", "data-advice": "H4" }, words.text(["advice", "H4"]));
  if (!locked) return box.replaceChildren(promise(), h("p", { class: "privacy-state" }, words.page("privacy-pending")));
  if (box.lang !== words.code) {
    box.lang = words.code;
    box.replaceChildren(promise(),
      h("p", { class: "privacy-state" },
        h("svg", { viewBox: "0 0 24 24", class: "privacy-icon", "aria-hidden": "true", focusable: "false" },
          h("rect", { x: 4, y: 10.5, width: 16, height: 11, rx: 2 }),
          h("path", { d: "M7.5 10.5V7a4.5 4.5 0 0 1 9 0v3.5" })),
        h("strong", null, words.page("privacy-locked")),
        h("span", null, words.page("privacy-locked-detail")),
        h("span", { class: "privacy-count" })),
      h("details", null, h("summary", null, words.page("privacy-proof")),
        h("ul", null, h("li", null, words.page("privacy-proof-1")), h("li", null, words.page("privacy-proof-2")), h("li", null, words.page("privacy-proof-3")))));
  }
  const shown = box.querySelector(".privacy-count");
  shown.textContent = words.page("privacy-count", { n: words.number(requests) });
  shown.dataset.count = requests;
}
