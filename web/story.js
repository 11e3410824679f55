/**
 * The steps of a report's story in words.
 */
import { fileOf, nameParts } from "./place.js";

/** Longest detail of one step; the whole of it stands among the actions. */
export const DETAIL = 240;

/**
 * @param {import("./protocol.js").Step} step
 * @param {import("./protocol.js").Report} report
 * @param {import("./words.js").Words} words
 * @returns {import("./words.js").Part[]}
 */
export function stepParts(step, report, words) {
  const artifact = report.artifacts[step.artifact];
  const letters = [...step.detail];
  const detail = letters.length > DETAIL ? `${letters.slice(0, DETAIL).join("")}…` : step.detail;
  const known = words.entry("story", step.step) === undefined ? "other" : step.step;
  return words.parts(["story", known], {
    name: artifact && nameParts(fileOf(artifact, report), words),
    trigger: words.trigger(step.detail),
    detail,
  });
}
