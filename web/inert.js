/**
 * Text that comes from a file, made inert: what is invisible becomes visible,
 * what a mail program or chat would turn into a link no longer looks like one.
 */

/**
 * Invisible, reordering, control and private-use characters, odd spaces, lone
 * surrogates, and runs of blanks long enough to push a file's ending out of sight.
 * Two honest uses stay as they are: an emoji's variation selector and the one
 * that chooses the shape of a kanji.
 */
const HIDDEN = new RegExp(
  "(?<=\\p{Extended_Pictographic})\\uFE0F|(?<=\\p{Script=Han})[\\u{E0100}-\\u{E01EF}](?![\\u{E0100}-\\u{E01EF}])"
  + "|(?<blanks>[ \\u3000]{4,})"
  // How the engine writes what it escaped in evidence and values.
  + "|\\\\u\\{(?<escaped>[0-9a-fA-F]{1,6})\\}"
  + "|(?<hidden>[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}\\p{Cn}\\p{Zl}\\p{Zp}"
  + "\\u00A0\\u1680\\u2000-\\u200A\\u202F\\u205F"
  + "\\u034F\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u2800\\u3164\\uFFA0\\uFE00-\\uFE0F\\u{E0100}-\\u{E01EF}])",
  "gu",
);

/** @param {string} character */
function codePoint(character) {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/**
 * @typedef {{ text: string, hidden: boolean }} Piece
 *
 * Splits text into what can be shown and the names of what cannot be seen.
 * @param {string} text
 * @param {{ lines?: boolean }} [how] lines: keep line breaks and tabs (for excerpts)
 * @returns {Piece[]}
 */
export function pieces(text, { lines = false } = {}) {
  /** @type {Piece[]} */
  const out = [];
  let shown = 0;
  for (const match of text.matchAll(HIDDEN)) {
    const { blanks, escaped, hidden } = match.groups ?? {};
    if (blanks === undefined && hidden === undefined && escaped === undefined) continue;
    if (lines && (blanks !== undefined || hidden === "\n" || hidden === "\t")) continue;
    if (lines && hidden === "\r" && text[match.index + 1] === "\n") {
      out.push({ text: text.slice(shown, match.index), hidden: false });
      shown = match.index + 1;
      continue;
    }
    out.push({ text: text.slice(shown, match.index), hidden: false });
    const name = escaped !== undefined ? `U+${escaped.toUpperCase().padStart(4, "0")}`
      : blanks !== undefined ? `U+0020×${blanks.length}` : codePoint(match[0]);
    out.push({ text: name, hidden: true });
    shown = match.index + match[0].length;
  }
  out.push({ text: text.slice(shown), hidden: false });
  return out.filter((piece) => piece.text !== "");
}

/**
 * The same as plain text: hidden characters in brackets, `[U+202E]`.
 * @param {string} text
 * @param {{ lines?: boolean }} [how]
 */
export function visible(text, how) {
  return pieces(text, how).map((piece) => (piece.hidden ? `[${piece.text}]` : piece.text)).join("");
}

/** A scheme with an authority, a UNC path, or the bare `www.` that mail programs link. */
const ADDRESS = /\b(?<scheme>[a-z][a-z0-9+.-]{1,20}):(?<slashes>\/\/|\\\\)(?<host>[^\s/\\"'<>]+)|(?<unc>(?<![\\\w])\\\\(?<server>[^\s/\\"'<>]+))|\b(?<www>www\.[^\s/\\"'<>]+)|(?<mailto>\bmailto:)/giu;

/** @param {string} host */
export const defangHost = (host) => host.replaceAll(".", "[.]").replaceAll("@", "[@]");

/**
 * `https://example.com/a` becomes `hxxps://example[.]com/a`, for every scheme.
 * @param {string} text
 */
export function defang(text) {
  return text.replace(ADDRESS, (whole, ...rest) => {
    const g = rest.at(-1);
    if (g.www) return defangHost(g.www);
    if (g.mailto) return "mailto[:]";
    if (g.unc) return `\\\\${defangHost(g.server)}`;
    const scheme = g.scheme.replace(/^http/i, "hxxp");
    return `${scheme}${scheme === g.scheme ? "[:]" : ":"}${g.slashes}${defangHost(g.host)}`;
  });
}
