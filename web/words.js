/**
 * The catalogues: every word of the page, by language and id.
 *
 * Both are loaded before the lock, so switching needs no request. There is no
 * fallback from one language to the other; a missing entry shows its key.
 */

/**
 * @typedef {{ [key: string]: string | Catalogue }} Catalogue
 * @typedef {{ value: boolean, text: string }} Part a piece of a filled sentence; value: it came from outside
 * @typedef {Record<string, string | undefined>} Values
 */

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
    return template.split(/(\{\w+\})/).filter(Boolean).map((piece) => {
      if (!/^\{\w+\}$/.test(piece)) return { value: false, text: piece };
      const value = values[piece.slice(1, -1)];
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
   * The values of a finding as words: ids that have a catalogue section are
   * looked up, everything else stays what the file said.
   * @param {import("./protocol.js").Finding} finding
   * @param {import("./protocol.js").Artifact} artifact
   * @returns {Values}
   */
  values({ values }, artifact) {
    /** @type {Values} */
    const out = { ...values };
    if (values.type !== undefined) out.type = this.format(values.type, artifact.class);
    for (const key of ["action", "limit", "kind", "what", "where"]) {
      const id = values[key];
      if (id !== undefined) out[key] = this.entry(key, id) ?? id;
    }
    if (/^\d{1,15}$/.test(values.size ?? "")) out.size = this.size(Number(values.size));
    return out;
  }

  /** @param {number} n */
  number(n) {
    return n.toLocaleString(this.code);
  }

  /**
   * A size a person can compare, with the exact count of bytes.
   * @param {number | null} bytes
   */
  size(bytes) {
    if (bytes === null || bytes === undefined) return this.page("not-known");
    const exact = this.page("bytes", { n: this.number(bytes) });
    if (bytes < 1024) return exact;
    const units = ["KB", "MB", "GB", "TB"];
    const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
    const shown = (bytes / 1024 ** power).toLocaleString(this.code, { maximumFractionDigits: 1 });
    return `${shown} ${units[power - 1]} (${exact})`;
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
