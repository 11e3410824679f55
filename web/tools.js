/**
 * The buttons beside a result: copy, save, print; and the short words that confirm them.
 */
import { reportHtml, reportJson, reportName, save } from "./handover.js";
import { h } from "./nodes.js";
import { reportText } from "./report-text.js";

/**
 * @typedef {import("./protocol.js").Report} Report
 * @typedef {import("./words.js").Words} Words
 * @typedef {import("./config.js").Config} Config
 * @typedef {object} Page what the page does for them
 * @property {boolean} embedded
 * @property {(text: string) => void} announce
 * @property {() => void} print
 * @property {() => void} choose
 * @property {() => void} opened
 * @property {ReadonlySet<string>} done what was ticked in "I already opened it"
 */

/**
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 * @param {string} at when it was looked into
 * @param {Page} page
 * @returns {{ tools: HTMLElement[], expert: HTMLElement[] }} expert: for those who read closer
 */
export function toolsFor(report, words, config, at, page) {
  const button = (/** @type {string} */ action, /** @type {string} */ text, /** @type {() => void} */ onclick, main = false) =>
    h("button", { type: "button", class: main ? "button button-main" : "button", "data-action": action, onclick }, text);
  const confirm = (/** @type {string} */ text) => {
    page.announce(text);
    flash(text, page.embedded);
  };
  const keep = (/** @type {"html" | "json"} */ ending, /** @type {string} */ text) => {
    const name = reportName(report, ending);
    save(name, text);
    confirm(words.page("saved", { name }));
  };
  const fallback = h("textarea", { class: "report-text", readonly: true, hidden: true, rows: "12", "aria-label": words.page("copy") });
  const copy = async () => {
    const text = reportText(report, words, config, at, page.done);
    try {
      await navigator.clipboard.writeText(text);
      confirm(words.page("copied"));
    } catch {
      // No clipboard on plain http, in frames, or without permission.
      fallback.hidden = false;
      fallback.value = text;
      fallback.select();
      confirm(words.page(document.execCommand("copy") ? "copied" : "copy-failed"));
    }
  };
  return {
    tools: [
      button("copy", words.page("copy"), copy, true),
      button("save", words.page("save"), () => keep("html", reportHtml(report, words, config, at, page.done))),
      button("print", words.page("print"), page.print),
      button("again", words.page("again"), page.choose),
      button("opened", words.page("opened"), page.opened),
      fallback,
    ],
    expert: [button("save-json", words.page("save-json"), () => keep("json", reportJson(report, at)))],
  };
}

/** @type {any} */ let timer = null;

/** A short confirmation for the eye; screen readers get it from the status line. @param {string} text @param {boolean} embedded */
function flash(text, embedded) {
  document.querySelector(".flash")?.remove();
  // A frame is as high as the page in it, so that its lower edge may be far out of sight: there it stands beside the button.
  const beside = embedded && document.activeElement?.closest(".tools, .technical-tools");
  // It must not cover the button that was pressed, which has the focus.
  const low = (document.activeElement?.getBoundingClientRect().top ?? 0) > innerHeight / 2;
  (beside || document.body).append(h("p", { class: low ? "flash flash-high" : "flash", "aria-hidden": "true" }, text));
  clearTimeout(timer);
  timer = setTimeout(() => document.querySelector(".flash")?.remove(), 4000);
}
