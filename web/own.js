/**
 * Addresses that a file names, compared with the organisation's own: which are its own, and which only look so.
 *
 * Text in, words out: an address never becomes a URL, and nothing here changes a verdict. Names in `xn--` form are
 * compared as they are written.
 */

/**
 * @typedef {"own" | "alike"} Relation alike: it resembles one of the organisation's names and belongs to none
 * @typedef {{ host: string, relation: Relation }} Told
 */

/** The words for each, in the section `page`. */
export const SAYS = { own: "address-own", alike: "address-alike" };

/** What a domain in the configuration looks like: lower case, Japanese names in `xn--` form. */
export const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** What stands between `//` and the path, what is behind `\\`, a bare `www.` name, and the part of a mail address behind `@`. */
const AUTHORITY = /\b[a-z][a-z0-9+.-]{1,20}:(?:\/\/|\\\\)([^\s/"'<>]+)|(?<![\\\w])\\\\([^\s/\\"'<>]+)|\b(www\.[^\s/\\"'<>]+)|[\w.+-]@([\p{L}\p{N}.-]+)/giu;

/** More addresses than this are not looked for in one text, nor more letters of one. */
const ADDRESSES = 200;
const LETTERS = 253;

/** Names shorter than this are one letter away from too many others. */
const NAME = 5;

/** Letters that are read as others. Accents fall before this table is asked. */
const LOOKS = new Map(Object.entries({ 0: "o", 1: "l", i: "l", "|": "l", 3: "e", 5: "s", ı: "l",
  а: "a", в: "b", с: "c", ԁ: "d", е: "e", ё: "e", һ: "h", і: "l", ї: "l", ј: "j", к: "k", ӏ: "l", м: "m", н: "h", о: "o", р: "p", ѕ: "s", т: "t", у: "y", х: "x", ԝ: "w",
  α: "a", ε: "e", ι: "l", κ: "k", ν: "v", ο: "o", ρ: "p", τ: "t", υ: "u", χ: "x" }));

/** How a name looks to somebody who reads quickly. @param {string} text */
const looks = (text) => [...text.normalize("NFKD").replace(/\p{M}/gu, "")].map((c) => LOOKS.get(c) ?? c).join("").replaceAll("rn", "m").replaceAll("vv", "w");

/**
 * Whether one letter was changed, added or left out, or two neighbours swapped.
 * @param {string} a
 * @param {string} b
 */
function isOneOff(a, b) {
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let from = 0;
  while (from < a.length && a[from] === b[from]) from++;
  let [endA, endB] = [a.length, b.length];
  while (endA > from && endB > from && a[endA - 1] === b[endB - 1]) [endA, endB] = [endA - 1, endB - 1];
  const [inA, inB] = [a.slice(from, endA), b.slice(from, endB)];
  return inA.length <= 1 && inB.length <= 1 || inA.length === 2 && inA === [...inB].reverse().join("");
}

/**
 * @param {string} host lower case
 * @param {string} domain
 */
function isAlike(host, domain) {
  const labels = host.split(".");
  const own = domain.split(".");
  const [name = ""] = own;
  const hyphened = own.join("-");
  // The whole name, anywhere but at the end: example.co.jp.elsewhere, example.co.jp-login.elsewhere, example-co-jp.elsewhere.
  if (`.${host}`.includes(`.${domain}.`) || `.${host}`.includes(`.${domain}-`) || `-${host}.`.includes(`-${domain}.`)) return true;
  if (labels.some((label) => `-${label}-`.includes(`-${hyphened}-`))) return true;
  // The name itself with words tied to it: example-login.elsewhere.
  if (name.length >= NAME && labels.some((label) => label !== name && `-${label}-`.includes(`-${name}-`))) return true;
  // Read quickly, or one letter off; with a dot more or less, the ends to compare have a label more or less.
  return [own.length - 1, own.length, own.length + 1].some((n) => {
    const end = labels.slice(-n).join(".");
    return n > 1 && (looks(end) === looks(domain) || name.length >= NAME && isOneOff(end, domain));
  });
}

/**
 * @param {string} host
 * @param {readonly string[]} domains
 * @returns {Relation | null}
 */
export function relationOf(host, domains) {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (domains.some((domain) => name === domain || name.endsWith(`.${domain}`))) return "own";
  return domains.some((domain) => isAlike(name, domain)) ? "alike" : null;
}

/**
 * The authority of an address. Where programs would disagree about its host (`own.example\@elsewhere`), or where its
 * name stands in front of another host (`own.example@elsewhere`), it is never called the organisation's own.
 * @param {string} authority
 * @param {readonly string[]} domains
 * @returns {Told | null}
 */
function tell(authority, domains) {
  const [, clear = "", rest = ""] = /^([^\\?#]*)(.*)$/s.exec(authority) ?? [];
  const hosts = (rest.includes("@") ? authority : clear).split(/[@\\?#]/).map((part) => part.replace(/:\d*$/, "").replace(/[),.;\]]+$/, ""));
  const relations = hosts.map((host) => relationOf(host, domains));
  if (!rest.includes("@") && relations.at(-1) === "own") return { host: hosts.at(-1) ?? "", relation: "own" };
  return relations.some(Boolean) ? { host: hosts.length > 1 ? authority : hosts[0] ?? "", relation: "alike" } : null;
}

/**
 * What is to be said of the addresses in texts from a file, each host once.
 * @param {readonly (string | null | undefined)[]} texts
 * @param {readonly string[]} domains
 * @param {readonly (string | null | undefined)[]} [hosts] texts that are a host alone
 * @returns {Told[]}
 */
export function toldOf(texts, domains, hosts = []) {
  if (domains.length === 0) return [];
  const authorities = texts.flatMap((text) => [...(text ?? "").matchAll(AUTHORITY)].slice(0, ADDRESSES).map((m) => (m[2] ? m[2].split("@")[0] : m.slice(1).find(Boolean))));
  /** @type {Map<string, Told>} */
  const told = new Map();
  for (const authority of [...authorities, ...hosts]) {
    const one = authority && tell(authority.slice(0, LETTERS), domains);
    if (one) told.set(one.host.toLowerCase(), one);
  }
  return [...told.values()];
}
