/**
 * The place where somebody gives the password of what is locked, or the mail that holds it.
 */
import { h } from "./nodes.js";

/**
 * @typedef {import("./protocol.js").Report} Report
 * @typedef {import("./words.js").Words} Words
 * @typedef {{ tried: number, typed: string, use: (text: string, letters: File[]) => void }} Unlock
 */

/** Forms that were made, so that each may have a name of its own. */
let forms = 0;

/**
 * A place for the password of what is locked, or for the mail that gives it. Shown as it is typed: hiding it
 * protects nobody here and makes mistakes more likely.
 * @param {Words} words
 * @param {Unlock} unlock
 */
function passwordForm(words, { tried, typed, use }) {
  // A frame in a sandbox may not be allowed to submit forms; this one never needs to.
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (input.value.trim() !== "") use(input.value, []);
  };
  const wrong = `password-wrong-${++forms}`;
  const input = h("textarea", { rows: "1", autocomplete: "off", autocapitalize: "none", spellcheck: "false", id: "password", ...tried > 0 ? { "aria-invalid": "true", "aria-describedby": wrong } : {},
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) send(event);
    } }, typed);
  const letter = h("input", { type: "file", accept: ".eml,.msg,.txt,.html,.htm", hidden: true, tabindex: "-1", "aria-hidden": "true",
    onchange: () => { if (letter.files.length > 0) use("", [...letter.files]); } });
  return h("form", { class: "password", onsubmit: send },
    h("h3", null, words.page("password-heading")),
    tried > 0 && h("p", { class: "password-wrong", id: wrong }, words.page("password-wrong")),
    h("p", { class: "note" }, words.page("password-note")),
    h("div", { class: "password-row" },
      h("label", null, h("span", null, words.page("password-label")), input),
      h("button", { type: "submit", class: "button", onclick: send }, words.page("password-use"))),
    h("details", null,
      h("summary", null, words.page("password-where")),
      h("p", null, words.page("password-where-text"))),
    h("div", { class: "password-row" },
      h("p", { class: "note" }, words.page("password-mail-note")),
      h("button", { type: "button", class: "button quiet", onclick: () => letter.click() }, words.page("password-mail")),
      letter),
    h("p", { class: "note" }, words.page("password-none")));
}

/**
 * The place for the password stands close to the top: to give it is the one thing that gets people on.
 * @param {Report} report
 * @param {Words} words
 * @param {Unlock | null} unlock
 */
export function unlocking(report, words, unlock) {
  if (unlock === null || !report.artifacts.some((a) => a.status === "locked")) return null;
  return h("section", { class: "unlock" }, passwordForm(words, unlock));
}
