/**
 * How long the work will still take, said only when that is known: after a few
 * seconds, and while the work goes on as fast as it did before. A number that
 * jumps about helps nobody, so what is told comes in rough steps.
 */

/** Nothing is told earlier. */
const LEAST = 3000;

/** How far back the pace is looked at. */
const WINDOW = 15_000;

/** The rate of its later half must be within this factor of the rate of all of it. */
const STEADY = 1.7;

/** What is told: seconds, rounded up to one of these. */
const STEPS = [5, 10, 20, 30, 45, 60];

/** @param {number} seconds */
function rough(seconds) {
  return STEPS.find((step) => seconds <= step) ?? Math.ceil(seconds / 60) * 60;
}

/** A longer time, or none, is told only when that has held for so long: the machine may just have been busy. */
const PATIENCE = 2000;

export class Estimate {
  /** @type {{ at: number, share: number }[]} */ #seen = [];
  /** @type {number | null} */ #told = null;
  /** When what is told was last right. */ #right = 0;

  /**
   * @param {number} share what is done of all, 0 to 1
   * @param {number} at now, in milliseconds
   * @returns {number | null} seconds left in a rough step; null while they are not known
   */
  at(share, at) {
    const last = this.#seen.at(-1);
    // More work was found than was known: what was learnt about the pace no longer holds.
    const anew = last !== undefined && share < last.share;
    this.#seen = anew ? [] : this.#seen.filter((one) => at - one.at <= WINDOW);
    this.#seen.push({ at, share });
    const seconds = this.#left(at, share);
    const next = seconds === null ? null : rough(seconds);
    const holds = this.#told !== null && next !== null && next <= this.#told;
    if (holds || this.#told === null || anew || share >= 1 || at - this.#right > PATIENCE) {
      this.#told = next;
      this.#right = at;
    }
    return this.#told;
  }

  /** @param {number} at @param {number} share */
  #left(at, share) {
    const first = this.#seen[0];
    if (!first || at - first.at < LEAST || share >= 1) return null;
    const middle = this.#seen.filter((one) => one.at <= (first.at + at) / 2).at(-1) ?? first;
    const whole = (share - first.share) / (at - first.at);
    const later = (share - middle.share) / (at - middle.at);
    if (share - first.share < 0.02 || later <= 0 || later > whole * STEADY || whole > later * STEADY) return null;
    return (1 - share) / later / 1000;
  }
}

/** What a file or a part of one takes however small it is, in bytes. */
const EACH = 256 << 10;

/**
 * What is done of several files: each counts by its size.
 * @param {{ size: number, share: number }[]} files share: what is done of each, 0 to 1
 */
export function shareOf(files) {
  const weight = (/** @type {{ size: number }} */ { size }) => size + EACH;
  const all = files.reduce((sum, file) => sum + weight(file), 0);
  return all === 0 ? 0 : files.reduce((sum, file) => sum + weight(file) * file.share, 0) / all;
}

/**
 * What is done of one file: its parts count like files.
 * @param {import("./protocol.js").Progress} progress
 */
export function shareOfParts({ artifact, found, bytes = 0, size = 0 }) {
  const all = size + EACH * Math.max(found - 1, 0);
  return all === 0 ? 0 : Math.min((bytes + EACH * artifact) / all, 1);
}
