/**
 * The catalogues: every word of the page, by language and id.
 *
 * Both are loaded before the lock, so switching needs no request. There is no
 * fallback from one language to the other; a missing entry shows its key.
 */

/**
 * @typedef {{ [key: string]: string | Catalogue }} Catalogue
 * @typedef {{ value: boolean, text: string }} Part a piece of a filled sentence; value: it came from outside
 * @typedef {Record<string, string | Part[] | undefined>} Values text from outside, or words of the catalogue
 */

/** Values of findings that are ids, with the catalogue section of the same name. */
export const ID_VALUES = ["action", "limit", "kind", "what", "where", "scheme", "state"];

/** Events that come with opening and with closing, as their names end; all others come in between. */
const OPENING = /(^|_|auto|slideshow)(open|new|exec|startup|begin|addininstall)$/;
const CLOSING = /(^|_|auto|slideshow)(close|beforeclose|exit|quit|terminate|end|addinuninstall)$/;

/** The languages this page ships, in the order of the switch. */
export const LANGUAGES = ["ja", "en"];

/**
 * The language to begin with: `?lang=`, then the configuration, then the browser.
 * @param {string | null} asked
 * @param {string | null} configured
 * @param {readonly string[]} preferred navigator.languages
 */
export function chooseLanguage(asked, configured, preferred) {
  for (const wish of [asked, configured, ...preferred]) {
    const code = wish?.toLowerCase().split("-")[0];
    if (code && LANGUAGES.includes(code)) return code;
  }
  return "en";
}

/**
 * A moment as a report names it, on the clock of this computer: `2026-11-22 17:55:03 +09:00`.
 * @param {Date} date
 */
export function stamp(date) {
  const two = (/** @type {number} */ n) => String(Math.trunc(Math.abs(n))).padStart(2, "0");
  const east = -date.getTimezoneOffset();
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")} ${east < 0 ? "-" : "+"}${two(east / 60)}:${two(east % 60)}`;
}

export class Words {
  /**
   * @param {Catalogue} catalogue
   * @param {string} code
   */
  constructor(catalogue, code) {
    this.catalogue = catalogue;
    this.code = code;
  }

  /**
   * The raw entry, or undefined. Keys hold dots themselves (`vba.auto-run`),
   * so a path is a list.
   * @param {string[]} path
   */
  entry(...path) {
    /** @type {string | Catalogue | undefined} */
    let at = this.catalogue;
    for (const key of path) {
      if (typeof at !== "object" || !Object.hasOwn(at, key)) return undefined;
      at = at[key];
    }
    return typeof at === "string" ? at : undefined;
  }

  /**
   * A sentence in pieces, so that the values can be shown isolated.
   * @param {string[]} path
   * @param {Values} [values]
   * @returns {Part[]}
   */
  parts(path, values = {}) {
    const template = this.entry(...path);
    if (template === undefined) return [{ value: false, text: path.join(".") }];
    return template.split(/(\{\w+\})/).filter(Boolean).flatMap((piece) => {
      if (!/^\{\w+\}$/.test(piece)) return { value: false, text: piece };
      const value = values[piece.slice(1, -1)];
      if (Array.isArray(value)) return value;
      return value ? { value: true, text: value } : { value: false, text: this.text(["page", "not-known"]) };
    });
  }

  /**
   * A sentence as a string.
   * @param {string[]} path
   * @param {Values} [values]
   */
  text(path, values) {
    return this.parts(path, values).map((part) => part.text).join("");
  }

  /** @param {string} key @param {Values} [values] */
  page(key, values) {
    return this.text(["page", key], values);
  }

  /**
   * The display name of a format; a format without a name shows its class.
   * @param {string | null} id
   * @param {string} [kind] the artifact's class
   */
  format(id, kind = "unknown") {
    return (id === null ? undefined : this.entry("format", id)) ?? this.entry("class", kind) ?? this.text(["class", "unknown"]);
  }

  /**
   * The word for an id. An id without a word is called something else of its
   * kind and stands in brackets: a sentence never holds a bare id.
   * @param {string} section
   * @param {string} id in any case, as relationships of documents are written
   * @returns {Part[]}
   */
  word(section, id) {
    const words = this.catalogue[section];
    const key = typeof words === "object" ? Object.keys(words).find((k) => k.toLowerCase() === id.toLowerCase()) : undefined;
    return key === undefined || key === "other" ? this.parts([section, "other"], { id }) : this.parts([section, key]);
  }

  /**
   * When a macro starts, from the name of the procedure Office calls.
   * @param {string} name
   */
  trigger(name) {
    const event = name.toLowerCase();
    const when = OPENING.test(event) ? "open" : CLOSING.test(event) ? "close" : "other";
    return this.parts(["trigger", when], { id: name });
  }

  /**
   * A kind of file; of what could not be read also a part or a way of packing,
   * which may have the name of a format.
   * @param {string} id
   * @param {import("./protocol.js").Finding} finding
   * @param {import("./protocol.js").Artifact} artifact
   * @returns {Part[]}
   */
  #type(id, finding, artifact) {
    if (finding.id === "file.unsupported" && id !== artifact.format && (this.entry("part", id) || !this.entry("format", id))) return this.word("part", id);
    return [{ value: false, text: this.format(id, artifact.class) }];
  }

  /**
   * The values of a finding as words: ids and numbers are put into words,
   * everything else stays what the file said.
   * @param {import("./protocol.js").Finding} finding
   * @param {import("./protocol.js").Artifact} artifact
   * @returns {Values}
   */
  values(finding, artifact) {
    const isNumber = (/** @type {string} */ text) => /^\d{1,15}$/.test(text);
    return Object.fromEntries(Object.entries(finding.values).map(([key, value]) => {
      if (key === "type") return [key, this.#type(value, finding, artifact)];
      if (key === "trigger") return [key, this.trigger(value)];
      if (ID_VALUES.includes(key)) return [key, this.word(key, value)];
      if (key === "size" && isNumber(value)) return [key, [{ value: false, text: this.shortSize(Number(value)) }]];
      if ((key === "ratio" || key === "tried") && isNumber(value)) return [key, [{ value: false, text: this.number(Number(value)) }]];
      return [key, value];
    }));
  }

  /** @param {number} n */
  number(n) {
    return n.toLocaleString(this.code);
  }

  /**
   * A size a person can compare: `130 MB`.
   * @param {number} bytes
   */
  shortSize(bytes) {
    if (bytes < 1024) return this.page("bytes", { n: this.number(bytes) });
    const units = ["KB", "MB", "GB", "TB"];
    const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
    return `${(bytes / 1024 ** power).toLocaleString(this.code, { maximumFractionDigits: 1 })} ${units[power - 1]}`;
  }

  /**
   * The same with the exact count of bytes.
   * @param {number | null} bytes
   */
  size(bytes) {
    if (bytes === null || bytes === undefined) return this.page("not-known");
    const exact = this.page("bytes", { n: this.number(bytes) });
    return bytes < 1024 ? exact : `${this.shortSize(bytes)} (${exact})`;
  }

  /**
   * A date of the rules, `2026-11-22`, written out; anything else stays as it is.
   * @param {string} iso
   */
  date(iso) {
    const date = new Date(`${iso}T00:00:00Z`);
    if (iso === "" || Number.isNaN(date.getTime())) return iso || this.page("not-known");
    return date.toLocaleDateString(this.code, { dateStyle: "long", timeZone: "UTC" });
  }
}
