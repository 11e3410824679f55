/**
 * A file that was dropped, from then until its result; and the passwords that are tried on it.
 */

/**
 * @typedef {import("./protocol.js").Report} Report
 * @typedef {import("./protocol.js").Hint} Hint
 * @typedef {object} Entry
 * @property {File} file
 * @property {string} path where it lay below a dropped folder
 * @property {string | null} sample the id of a sample of the practice mode
 * @property {string[]} passwords
 * @property {Hint[]} hints
 * @property {string} typed what was tried last
 * @property {number} tried how often a password was given
 * @property {Report | null} report
 * @property {string} at when it was looked into
 * @property {"waiting" | "working" | "done"} state
 * @property {HTMLElement | null} article shows the report `shown`
 * @property {Report | null} shown
 */

/** @param {File} file @param {string} path @param {string | null} sample @returns {Entry} */
export const entryOf = (file, path, sample) => ({ file, path, sample, passwords: [], hints: [], typed: "", tried: 0, report: null, at: "", state: "waiting", article: null, shown: null });

/** @param {Entry} entry */
export const isLocked = (entry) => entry.report?.artifacts.some((artifact) => artifact.status === "locked") ?? false;

/** Lets an entry wait for another look. @param {Entry} entry */
export const again = (entry) => Object.assign(entry, { report: null, state: "waiting", tried: entry.tried + 1 });

/**
 * Takes what somebody typed: a password, or the mail that gives it.
 * @param {Entry} entry
 * @param {string} text
 */
export function takeTyped(entry, text) {
  entry.typed = text;
  const typed = text.trim();
  if (typed === "") return;
  // Spaces at the ends were mostly copied along; a few passwords have them.
  // Full-width letters and digits are what a Japanese keyboard gives, and hardly ever what is meant.
  if (!typed.includes("\n")) entry.passwords.push(...new Set([typed, text, typed.normalize("NFKC")]));
  if (/\s/u.test(typed)) entry.hints.push({ name: "", bytes: new TextEncoder().encode(typed) });
}

/** What may hold the password of an attachment, and how much of it is read. */
const LETTER = /\.(eml|msg|txt|text|html?|mht|mhtml)$/i;
const LETTER_BYTES = 4 << 20;

/** How many letters are read for each file. */
const LETTERS = 20;

/** @param {Entry} entry */
export const isLetter = (entry) => LETTER.test(entry.file.name);

/** @param {File} file @returns {Promise<Hint>} */
export async function hint(file) {
  return { name: file.name, bytes: new Uint8Array(await file.slice(0, LETTER_BYTES).arrayBuffer()) };
}

/** Letters that were read: all files of one drop ask for the same. @type {WeakMap<File, Promise<Hint>>} */
const known = new WeakMap();

/** @param {File} file */
function letter(file) {
  const read = known.get(file) ?? hint(file);
  known.set(file, read);
  return read;
}

/**
 * The mails and texts that were dropped together with a file. One that cannot be read is told in its own result.
 * @param {Entry} entry
 * @param {Entry[]} entries
 */
export async function lettersBeside(entry, entries) {
  const others = entries.filter((other) => other !== entry && isLetter(other)).slice(0, LETTERS);
  const read = await Promise.allSettled(others.map((other) => letter(other.file)));
  return read.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}
