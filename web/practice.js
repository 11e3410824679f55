/**
 * Practice: inert samples that the engine looks into like any file, and ten questions about them. The samples live in
 * memory only; what is answered is forgotten with the page.
 */
import { h } from "./nodes.js";

/**
 * @typedef {import("./words.js").Words} Words
 * @typedef {{ id: string, files: File[] }} Sample
 * @typedef {{ at: number, answers: boolean[] }} Quiz answers: whether each was answered as advised; at: the question, -1 before the first
 */

/** Ids of the samples, in the order of the page; scripts/samples.mjs builds them. */
export const SAMPLES = ["macro", "letter", "password", "shortcut", "picture", "parts", "page", "template", "locked", "lure", "notebook", "code"];

/** The ones that the ten questions are about. */
const ASKED = SAMPLES.slice(0, 10);

/** The ones that nothing speaks against, in the situation of their question. */
const OPENED = ["letter", "parts"];

/** @returns {Quiz} */
export const newQuiz = () => ({ at: -1, answers: [] });

/**
 * What the page was given, as files. Believes nothing it has not checked.
 * @param {unknown} list
 * @returns {Sample[]}
 */
export function samplesOf(list) {
  if (!Array.isArray(list)) return [];
  return SAMPLES.flatMap((id) => {
    const { files } = list.find((one) => one?.id === id) ?? {};
    if (!Array.isArray(files)) return [];
    return [{ id, files: files.map(({ name, base64 }) => new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name)) }];
  });
}

/**
 * The sentence that stands beside the result of a sample.
 * @param {string} id
 * @param {Words} words
 */
export function lookHere(id, words) {
  return h("section", { class: "look-here" }, h("h3", null, words.page("look-here")), h("p", null, words.text(["sample", id, "notice"])));
}

/**
 * @param {Words} words
 * @param {Quiz} quiz kept by the page while it changes its language
 * @param {{ tryOut: (id: string) => void, announce: (text: string) => void, print: () => void }} page
 * @returns {HTMLElement}
 */
export function renderPractice(words, quiz, { tryOut, announce, print }) {
  const tryButton = (/** @type {string} */ id, /** @type {boolean} */ isNamed = false) =>
    h("button", { type: "button", class: "button", "data-sample": id, onclick: () => tryOut(id), "aria-label": isNamed ? `${words.page("practice-try")}: ${words.text(["sample", id, "title"])}` : null }, words.page("practice-try"));
  const button = (/** @type {string} */ action, /** @type {() => void} */ onclick, main = false) =>
    h("button", { type: "button", class: main ? "button button-main" : "button", "data-action": action, onclick }, words.page(action));

  const box = h("div", { class: "quiz" });
  /** @param {any[]} nodes @param {boolean} [focus] */
  const show = (nodes, focus) => {
    box.replaceChildren(...nodes);
    if (focus) box.querySelector('[tabindex="-1"]')?.focus();
  };
  const heading = (/** @type {string} */ text) => h("h3", { tabindex: "-1" }, text);
  const title = (/** @type {number} */ at) => words.page("quiz-title", { n: words.number(at + 1), of: words.number(ASKED.length) });

  /** @param {boolean} [focus] */
  const question = (focus) => {
    const id = /** @type {string} */ (ASKED[quiz.at]);
    show([heading(title(quiz.at)), h("p", { class: "quiz-situation" }, words.text(["sample", id, "situation"])),
      h("div", { class: "quiz-buttons" }, button("quiz-open", () => answer(true)), button("quiz-ask", () => answer(false)))], focus);
  };
  /** @param {boolean} opens */
  const answer = (opens) => {
    const id = /** @type {string} */ (ASKED[quiz.at]);
    quiz.answers[quiz.at] = opens === OPENED.includes(id);
    explain(true);
  };
  /** @param {boolean} [focus] */
  const explain = (focus) => {
    const id = /** @type {string} */ (ASKED[quiz.at]);
    const verdict = words.page(quiz.answers[quiz.at] ? "quiz-right" : OPENED.includes(id) ? "quiz-careful" : "quiz-wrong");
    const last = quiz.at === ASKED.length - 1;
    show([heading(verdict), h("p", { class: "quiz-situation" }, words.text(["sample", id, "situation"])), h("p", null, words.text(["sample", id, "notice"])),
      h("div", { class: "quiz-buttons" }, button(last ? "quiz-end" : "quiz-next", () => {
        quiz.at++;
        step(true);
      }, true), tryButton(id))], focus);
    if (focus) announce(verdict);
  };
  /** @param {boolean} [focus] */
  const slip = (focus) => {
    const right = quiz.answers.filter(Boolean).length;
    show([heading(words.page("quiz-result", { n: words.number(right), of: words.number(ASKED.length) })),
      h("p", { class: "note" }, words.page("quiz-private")),
      h("ol", { class: "quiz-slip" }, ASKED.map((id, i) => h("li", null, h("strong", null, words.text(["sample", id, "title"])), " — ",
        words.page(quiz.answers[i] ? "quiz-slip-right" : OPENED.includes(id) ? "quiz-slip-careful" : "quiz-slip-again")))),
      h("p", { class: "quiz-name" }, words.page("quiz-name")),
      h("div", { class: "quiz-buttons" }, h("button", { type: "button", class: "button", "data-action": "print-slip", onclick: print }, words.page("print")),
        button("quiz-again", () => {
          Object.assign(quiz, { at: 0, answers: [] });
          step(true);
        }))], focus);
  };
  /** @param {boolean} [focus] */
  const step = (focus) => {
    if (quiz.at < 0) {
      show([h("h3", null, words.page("quiz")), h("p", null, words.page("quiz-intro")), button("quiz-start", () => {
        quiz.at = 0;
        step(true);
      })]);
    } else if (quiz.at >= ASKED.length) slip(focus);
    else if (quiz.answers[quiz.at] !== undefined) explain(focus);
    else question(focus);
  };
  step();

  return h("div", { class: "practice" },
    h("p", null, words.page("practice-intro")),
    h("ul", { class: "practice-list" }, SAMPLES.map((id) => h("li", null, h("span", null, words.text(["sample", id, "title"])), tryButton(id, true)))),
    box);
}
