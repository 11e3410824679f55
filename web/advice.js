/**
 * The advice by itself, for links from elsewhere: `#advice` and `#advice=<name>`. General words; nothing here looks like
 * the result for a file.
 */
import { h, icon } from "./nodes.js";
import { contact, helpdesk } from "./report.js";
import { LEVELS } from "./protocol.js";

/**
 * @typedef {import("./words.js").Words} Words
 * @typedef {import("./config.js").Config} Config
 */

/** What each verdict comes with, as the engine gives it. */
const WITH = { stop: ["B1", "B4", "B2", "B3"], hold: ["B1", "B2", "B3"], unchecked: ["B1", "B2", "B3"], notice: ["B2", "B3"], none: ["B5"] };

/** Lists by the section `opened` of the catalogue: their names, and the words above them. */
const LISTS = { it: "opened-it", org: "opened-org" };

/** Sentences for before a file is dropped begin with H, those for all files with B. */
const BEFORE = /^H/;
const GENERAL = /^B/;

/** @param {Words} words @param {...string} section */
const keysOf = (words, ...section) => Object.keys(section.reduce((/** @type {any} */ at, key) => at?.[key] ?? {}, words.catalogue));

/**
 * Whether there is advice of this name: a verdict, a list, or one sentence.
 * @param {string} name
 * @param {Words} words
 */
export const isAdvice = (name, words) => LEVELS.some((level) => level === name) || name === "before" || Object.hasOwn(LISTS, name) || keysOf(words, "advice").includes(name);

/**
 * @param {Words} words
 * @param {Config} config
 * @param {string | null} name null: all
 * @returns {HTMLElement}
 */
export function renderAdvice(words, config, name) {
  // What only a file could tell stays open.
  const open = [{ value: false, text: "…" }];
  const values = { helpdesk: helpdesk(words, config), names: open, risky: open, host: open, type: open, ext: open };
  /** The way to one text, for whoever writes a link to it. @param {string} of */
  const link = (of) => name === null && h("a", { class: "advice-link", href: `#advice=${of}` }, `#advice=${of}`);
  const sentence = (/** @type {string} */ id) => words.text(["advice", id], values);
  const list = (/** @type {string[]} */ ids) => h("ul", null, ids.map((id) => h("li", { "data-advice": id }, sentence(id), " ", link(id))));
  const ids = keysOf(words, "advice");

  /** @type {[name: string, render: () => any][]} */
  const parts = [
    ...LEVELS.map((level) => /** @type {[string, () => any]} */ ([level, () => h("section", { "data-advice": level },
      h("h3", null, icon(level), words.page("advice-verdict", { verdict: [{ value: false, text: words.text(["verdict", level, "heading"]) }] })),
      h("p", null, words.text(["verdict", level, "line"]), " ", link(level)),
      h("ul", null, WITH[level].map((id) => h("li", null, sentence(id)))))])),
    ["before", () => h("section", { "data-advice": "before" },
      h("h3", null, words.page("before"), " ", link("before")), list(ids.filter((id) => BEFORE.test(id))))],
    ...Object.entries(LISTS).map(([key, title]) => /** @type {[string, () => any]} */ ([key, () => h("section", { "data-advice": key },
      h("h3", null, words.page(title), " ", link(key)),
      h("ol", null, keysOf(words, "opened", key).map((n) => h("li", null, words.text(["opened", key, n], values)))),
      key === "it" && h("p", null, words.text(["opened", "fact", "emocheck"])))])),
  ];
  const chosen = name === null ? parts : parts.filter(([key]) => key === name);
  const single = name !== null && chosen.length === 0;
  return h("div", { class: "advice" },
    h("h2", { tabindex: "-1" }, words.page("advice")),
    h("p", { class: "note" }, words.page("advice-note")),
    single && h("p", { class: "advice-one", "data-advice": name }, sentence(name)),
    chosen.map(([, render]) => render()),
    name === null && h("section", null,
      h("h3", null, words.page("advice-other")),
      list(ids.filter((id) => GENERAL.test(id))),
      list(ids.filter((id) => !BEFORE.test(id) && !GENERAL.test(id)))),
    contact(words, config),
    h("p", { class: "advice-ways" },
      name !== null && h("a", { href: "#advice" }, words.page("advice-all")),
      h("a", { href: "#" }, words.page("advice-close"))));
}
