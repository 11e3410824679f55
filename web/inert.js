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
  // Marks piled on one letter would cover the lines above and below it.
  + "|(?<=\\p{M}{4})(?<marks>\\p{M}+)"
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
 * @param {{ lines?: boolean, whole?: boolean }} [how] lines: keep line breaks and tabs (for excerpts), whatever their length;
 *   whole: keep the length
 * @returns {Piece[]}
 */
export function pieces(text, { lines = false, whole = false } = {}) {
  /** @type {Piece[]} */
  const out = [];
  let shown = 0;
  for (const match of text.matchAll(HIDDEN)) {
    const { blanks, marks, escaped, hidden } = match.groups ?? {};
    if (blanks === undefined && marks === undefined && hidden === undefined && escaped === undefined) continue;
    if (lines && (blanks !== undefined || hidden === "\n" || hidden === "\t")) continue;
    if (lines && hidden === "\r" && text[match.index + 1] === "\n") {
      out.push({ text: text.slice(shown, match.index), hidden: false });
      shown = match.index + 1;
      continue;
    }
    out.push({ text: text.slice(shown, match.index), hidden: false });
    const name = escaped !== undefined ? `U+${escaped.toUpperCase().padStart(4, "0")}`
      : blanks !== undefined ? `U+0020×${blanks.length}` : marks !== undefined ? `${codePoint(marks)}…×${[...marks].length}` : codePoint(match[0]);
    out.push({ text: name, hidden: true });
    shown = match.index + match[0].length;
  }
  out.push({ text: text.slice(shown), hidden: false });
  const seen = counted(out.filter((piece) => piece.text !== ""));
  return lines || whole ? seen : cut(seen);
}

/** One hidden character many times over is named once: `U+202E×2000`. @param {Piece[]} pieces */
function counted(pieces) {
  /** @type {Piece[]} */
  const out = [];
  for (let at = 0; at < pieces.length;) {
    const piece = /** @type {Piece} */ (pieces[at]);
    let end = at + 1;
    while (piece.hidden && !piece.text.includes("×") && pieces[end]?.hidden && pieces[end]?.text === piece.text) end++;
    if (end - at > 3) out.push({ text: `${piece.text}×${end - at}`, hidden: true });
    else out.push(...pieces.slice(at, end));
    at = end;
  }
  return out;
}

/** Letters of a name that are shown, and how many of them from its end, where its real kind stands. */
const LONG = 260;
const TAIL = 60;

/**
 * A name of pages would push everything else out of sight: of what is longer, the beginning and the end are shown, and
 * how many letters are left out between them. The saved JSON has all of it.
 * @param {Piece[]} pieces
 * @returns {Piece[]}
 */
function cut(pieces) {
  if (pieces.reduce((sum, { text }) => sum + text.length, 0) <= LONG) return pieces;
  // What stands for a hidden character stays whole.
  const units = pieces.flatMap((piece) => (piece.hidden ? [piece] : [...piece.text].map((letter) => ({ text: letter, hidden: false }))));
  const total = units.reduce((sum, { text, hidden }) => sum + (hidden ? text.length : 1), 0);
  if (total <= LONG) return pieces;
  const fit = (/** @type {Piece[]} */ all, /** @type {number} */ most) => {
    let left = most;
    return all.findIndex(({ text, hidden }) => (left -= hidden ? text.length : 1) < 0);
  };
  const head = units.slice(0, fit(units, LONG - TAIL));
  const tail = units.slice(units.length - fit([...units].reverse(), TAIL));
  return [...joined(head), { text: `…${units.length - head.length - tail.length}…`, hidden: true }, ...joined(tail)];
}

/** @param {Piece[]} units */
function joined(units) {
  /** @type {Piece[]} */
  const out = [];
  for (const unit of units) {
    const last = out.at(-1);
    if (last && !last.hidden && !unit.hidden) last.text += unit.text;
    else out.push({ ...unit });
  }
  return out;
}

/**
 * The same as plain text: hidden characters in brackets, `[U+202E]`.
 * @param {string} text
 * @param {{ lines?: boolean, whole?: boolean }} [how]
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
