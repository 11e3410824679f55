/**
 * Nodes of the page: elements, the signs of the verdicts, text from a file.
 *
 * Every node is made by `h()`, which only ever sets text and attributes;
 * nothing from a file can become markup, style, link or script.
 */
import { defang, pieces } from "./inert.js";

/**
 * @typedef {import("./protocol.js").Level} Level
 * @typedef {import("./words.js").Words} Words
 * @typedef {import("./words.js").Values} Values
 * @typedef {import("./words.js").Part} Part
 * @typedef {Node | string | null | undefined | false} Child
 */

const SVG = new Set(["svg", "path", "circle", "rect"]);

/**
 * One element. Attributes that begin with `on` take a function.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | ((event: any) => void)> | null} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {any}
 */
export function h(tag, attributes, ...children) {
  const element = SVG.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") {
      if (!name.startsWith("on")) throw new TypeError(name);
      element.addEventListener(name.slice(2), value);
    } else if (name.startsWith("on")) throw new TypeError(name);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    if (typeof child === "string") {
      const text = document.createTextNode("");
      text.textContent = child;
      element.append(text);
    } else element.append(child);
  }
  return element;
}

/** The shape of each verdict; the word beside it says the same. */
const ICONS = {
  stop: [["path", { d: "M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9z", fill: "currentColor" }],
    ["rect", { x: 6, y: 10.4, width: 12, height: 3.2, rx: 0.6, class: "icon-cut" }]],
  hold: [["path", { d: "M12 2.5 22.8 21.5H1.2z", fill: "currentColor" }],
    ["path", { d: "M12 9v6", class: "icon-cut-line" }], ["circle", { cx: 12, cy: 18.2, r: 1.3, class: "icon-cut" }]],
  unchecked: [["rect", { x: 2.5, y: 2.5, width: 19, height: 19, rx: 2, class: "icon-line", "stroke-dasharray": "3.4 2.6" }],
    ["path", { d: "M9.2 9.4a2.9 2.9 0 1 1 4.4 2.5c-1 .6-1.6 1.1-1.6 2.3", class: "icon-line" }],
    ["circle", { cx: 12, cy: 17.2, r: 1.2, fill: "currentColor" }]],
  notice: [["circle", { cx: 12, cy: 12, r: 10, fill: "currentColor" }],
    ["path", { d: "M12 11v6", class: "icon-cut-line" }], ["circle", { cx: 12, cy: 7.4, r: 1.4, class: "icon-cut" }]],
  none: [["circle", { cx: 10.5, cy: 10.5, r: 7, class: "icon-line" }], ["path", { d: "m15.8 15.8 5.7 5.7", class: "icon-line" }]],
};

/**
 * @param {Level} level
 * @returns {any}
 */
export function icon(level) {
  return h("svg", { class: `icon icon-${level}`, viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    ICONS[level].map(([tag, attributes]) => h(/** @type {string} */ (tag), /** @type {any} */ (attributes))));
}

/**
 * Text from a file: isolated from the direction of the text around it, what is
 * invisible in it made visible, addresses defanged. It belongs to no language.
 * @param {string} text
 * @param {{ lines?: boolean }} [how]
 */
export function inert(text, how) {
  return h("bdi", { class: "inert", lang: "", translate: "no" },
    pieces(defang(text), how).map((piece) => (piece.hidden ? h("span", { class: "hidden-character" }, piece.text) : piece.text)));
}

/**
 * Words as they are, what came from outside inert.
 * @param {Part[]} parts
 * @returns {Child[]}
 */
export const shown = (parts) => parts.map((part) => (part.value ? inert(part.text) : part.text));

/**
 * A sentence of the catalogue whose values stay inert.
 * @param {Words} words
 * @param {string[]} path
 * @param {Values} [values]
 */
export const sentence = (words, path, values) => shown(words.parts(path, values));
