/**
 * "I already opened it": what was done in, one ordered list of steps out.
 *
 * Works in every state of the page, without a file and without the engine.
 * Nothing is kept: neither what was ticked nor what was done.
 */
import { h } from "./nodes.js";
import { contact, helpdesk } from "./report.js";

/**
 * @typedef {import("./words.js").Words} Words
 * @typedef {import("./config.js").Config} Config
 * @typedef {typeof ACTS[number]} Act
 */

/** What somebody may have done, mildest first; also the names that `#opened=content,password` takes. */
export const ACTS = /** @type {const} */ (["opened", "editing", "content", "ran", "pasted", "password", "qr", "odd-mail", "notified"]);

/** After these something may be running on the computer. */
const RUNNING = ["content", "ran", "pasted", "notified"];

/**
 * The steps in the order in which they count. A step stands once, however many of the acts ask for it.
 * `when` gets whether something may run, and whether one of the given acts was ticked.
 * @type {readonly [id: string, when: (is: { running: boolean, any: (...acts: Act[]) => boolean, disconnect: boolean }) => boolean][]}
 */
const STEPS = [
  ["disconnect", ({ running, disconnect }) => running && disconnect],
  ["power", ({ running, disconnect }) => running && disconnect],
  ["power-only", ({ running, disconnect }) => running && !disconnect],
  ["close", ({ running, any }) => !running && any("opened", "editing")],
  ["acts", ({ running, any }) => !running && any("opened", "editing")],
  ["call", ({ running }) => running],
  ["tell-opened", ({ running, any }) => !running && any("opened") && !any("editing", "password", "qr", "odd-mail")],
  ["tell-odd", ({ running, any }) => !running && any("odd-mail") && !any("opened", "editing", "password", "qr")],
  ["tell", ({ running, any }) => !running && (any("editing", "password", "qr") || any("odd-mail") && any("opened"))],
  ["change", ({ running, any }) => !running && any("password")],
  ["change-elsewhere", ({ running, any }) => running && any("password")],
  ["change-scanned", ({ any }) => any("qr") && !any("password")],
  ["prompts", ({ any }) => any("password", "qr")],
  ["card", ({ any }) => any("password", "qr")],
  ["note", ({ running, any }) => running || any("editing", "password", "qr")],
  ["keep", ({ any }) => any("opened", "editing", "content", "ran", "pasted", "password", "qr", "notified")],
  ["notice", ({ any }) => any("notified")],
  ["odd-file", ({ any }) => any("odd-mail")],
  ["odd-sent", ({ any }) => any("odd-mail")],
  ["passwords", ({ running }) => running],
];

/** What to know beside the steps. @type {typeof STEPS} */
const FACTS = [
  ["editing", ({ running, any }) => !running && any("editing")],
  ["no-sign", ({ running }) => running],
  ["two-causes", ({ any }) => any("odd-mail")],
  ["not-enough", ({ any }) => any("odd-mail")],
];

/** How many public desks are named, by country. @type {Record<string, number>} */
const DESKS = { JP: 4, UK: 2, US: 2 };

/** How many steps the list for those who clean up has, and the one for the organisation. */
const IT_STEPS = 9;
const ORG_STEPS = 4;

/**
 * The plan for what was ticked.
 * @param {ReadonlySet<Act>} acts
 * @param {Config} config
 * @returns {{ steps: string[], facts: string[], expert: boolean }} expert: the list for IT staff belongs to it
 */
export function plan(acts, config) {
  const any = (/** @type {Act[]} */ ...wanted) => wanted.some((act) => acts.has(act));
  const running = RUNNING.some((act) => acts.has(/** @type {Act} */ (act)));
  const is = { running, any, disconnect: config.on_infection.disconnect };
  const chosen = (/** @type {typeof STEPS} */ table) => table.filter(([, when]) => when(is)).map(([id]) => id);
  return { steps: chosen(STEPS), facts: chosen(FACTS), expert: running || any("odd-mail") };
}

/**
 * What a deep link asks for: `#opened`, or `#opened=content,password`. Names that nobody knows are left out.
 * @param {string} hash
 * @returns {Act[] | null} null: not this link
 */
export function actsOf(hash) {
  const match = /^#opened(?:=([a-z,-]*))?$/.exec(hash);
  if (!match) return null;
  const asked = (match[1] ?? "").split(",");
  return ACTS.filter((act) => asked.includes(act));
}

/**
 * The questions and, below, the steps; both change in place, so that the focus stays.
 * @param {Words} words
 * @param {Config} config
 * @param {{ acts: Set<Act>, done: Set<string> }} ticks kept by the page while it changes its language
 * @param {{ onPlan?: (steps: number) => void, print?: () => void }} [page]
 * @returns {HTMLElement}
 */
export function renderOpened(words, config, ticks, { onPlan = () => {}, print = () => {} } = {}) {
  const values = { helpdesk: helpdesk(words, config) };
  const says = (/** @type {string} */ kind, /** @type {string} */ id) => words.text(["opened", kind, id], values);
  const list = (/** @type {string} */ kind, /** @type {number} */ count) =>
    h("ol", null, Array.from({ length: count }, (_, i) => h("li", null, says(kind, String(i + 1)))));

  /** @param {string} text @param {Set<any>} set @param {string} id @param {() => void} [changed] */
  const tick = (text, set, id, changed) => {
    const box = h("input", { type: "checkbox", checked: set.has(id), value: id, onchange: () => {
      if (box.checked) set.add(id);
      else set.delete(id);
      changed?.();
    } });
    return h("label", { class: "tick" }, box, h("span", null, text));
  };

  const steps = h("div", { class: "opened-plan" });
  const show = () => {
    const { steps: ids, facts, expert } = plan(ticks.acts, config);
    steps.replaceChildren(...[
      ids.length > 0 && h("h3", null, words.page("opened-steps")),
      ids.length > 0 && h("ol", { class: "opened-steps" }, ids.map((id) => h("li", { "data-step": id }, tick(says("step", id), ticks.done, id)))),
      facts.length > 0 && h("ul", { class: "opened-facts" }, facts.map((id) => h("li", null, says("fact", id)))),
      ids.length > 0 && h("p", null, says("fact", "blame")),
      ids.length > 0 && h("button", { type: "button", class: "button", "data-action": "print-opened", onclick: print }, words.page("print")),
      expert && h("details", { class: "opened-expert" },
        h("summary", null, words.page("opened-it")),
        list("it", IT_STEPS),
        h("p", null, says("fact", "emocheck")),
        h("h4", null, words.page("opened-org")),
        list("org", ORG_STEPS)),
    ].filter(Boolean));
  };
  show();
  const country = config.country ?? (words.code === "ja" ? "JP" : "none");
  const desks = DESKS[country] ?? 0;
  return h("div", { class: "opened" },
    contact(words, config),
    h("p", null, says("fact", "intro")),
    h("fieldset", { class: "opened-acts" },
      h("legend", null, words.page("opened-ask")),
      h("p", { class: "note" }, words.page("opened-ask-note")),
      ACTS.map((act) => tick(says("act", act), ticks.acts, act, () => {
        show();
        onPlan(plan(ticks.acts, config).steps.length);
      }))),
    steps,
    desks > 0 && h("section", { class: "desks" },
      h("h3", null, words.page("desks")),
      h("ul", null, Array.from({ length: desks }, (_, i) => h("li", null, words.text(["desk", country, String(i + 1)])))),
      h("p", { class: "note" }, words.page("desks-note"))));
}
