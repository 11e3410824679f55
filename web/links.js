/**
 * Deep links: what the part of the address behind # leads to. A name that nobody knows leads to the start page.
 */
import { isAdvice } from "./advice.js";
import { actsOf } from "./opened.js";
import { SAMPLES } from "./practice.js";

/**
 * @typedef {{ to: "opened", acts: import("./opened.js").Act[] } | { to: "practice" } | { to: "quiz" }
 *   | { to: "sample", id: string } | { to: "advice", name: string | null }} Link name: null leads to all advice
 */

/**
 * @param {string} hash
 * @param {import("./words.js").Words} words
 * @returns {Link | null}
 */
export function linkOf(hash, words) {
  const acts = actsOf(hash);
  if (acts) return { to: "opened", acts };
  const [, to, name] = /^#(practice|quiz|sample(?==)|advice)(?:=([\w-]*))?$/.exec(hash) ?? [];
  if (to === "sample") return name !== undefined && SAMPLES.includes(name) ? { to, id: name } : null;
  if (to === "advice") return name === undefined || isAdvice(name, words) ? { to, name: name ?? null } : null;
  return (to === "practice" || to === "quiz") && name === undefined ? { to } : null;
}
