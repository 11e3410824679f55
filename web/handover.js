/**
 * What leaves the page in the hands of its reader: the report as one HTML file and as JSON, saved to disk.
 *
 * The saved page has no script, needs nothing and forbids itself everything; it is written from the same nodes that
 * the result is made of, through a list of elements and attributes, with every text escaped. No bytes of the file.
 */
import { h } from "./nodes.js";
import { renderReport } from "./report.js";
import { reportText } from "./report-text.js";

/**
 * @typedef {import("./protocol.js").Report} Report
 * @typedef {import("./words.js").Words} Words
 * @typedef {import("./config.js").Config} Config
 */

/** Elements that are written; the content of `a` is written without its link, all other elements are left out whole. */
const ELEMENTS = new Set(["article", "header", "section", "div", "p", "h2", "h3", "h4", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary",
  "span", "strong", "bdi", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "svg", "path", "circle", "rect"]);
const VOID = new Set(["path", "circle", "rect"]);

/** What an attribute that is written may hold; others are left out. @type {Record<string, RegExp>} */
const ATTRIBUTES = {
  class: /^[a-z -]+$/, "data-level": /^[a-z]+$/, "data-severity": /^[a-z]+$/, lang: /^[a-z]*$/, translate: /^no$/, scope: /^col$/, "aria-hidden": /^true$/,
  ...Object.fromEntries(["viewBox", "d", "cx", "cy", "r", "x", "y", "rx", "width", "height", "stroke-dasharray"].map((name) => [name, /^[\w .-]+$/])),
  fill: /^currentColor$/,
};

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * @param {any} node
 * @returns {string}
 */
function written(node) {
  if (node.nodeType === 3) return escaped(node.data);
  if (node.nodeType !== 1) return "";
  const name = node.localName;
  const inside = () => [...node.childNodes].map(written).join("");
  if (name === "a") return inside();
  if (!ELEMENTS.has(name)) return "";
  const attributes = [...node.attributes].filter((a) => ATTRIBUTES[a.name]?.test(a.value)).map((a) => ` ${a.name}="${escaped(a.value)}"`).join("");
  return VOID.has(name) ? `<${name}${attributes}/>` : `<${name}${attributes}>${inside()}</${name}>`;
}

/** The style of the saved page, and the hash by which its policy allows it; a test holds the two together. */
export const STYLE = `body{margin:0 auto;max-width:54rem;padding:1.5rem;color:#1a1a1c;background:#fff;font:1rem/1.7 "Hiragino Sans","BIZ UDPGothic","Yu Gothic UI",Meiryo,"Noto Sans JP","Noto Sans CJK JP",system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.125rem;font-weight:400}h2{margin:.25rem 0;font-size:1.5rem}h3{margin:1.75rem 0 .5rem;font-size:1.125rem}h4{margin:.5rem 0;font-size:1rem}p,ul,ol,dl,dd{margin:.25rem 0}
bdi{white-space:pre-wrap}pre{margin:.25rem 0;padding:.75rem;background:#f5f6f8;border-left:4px solid #767676;font:.875rem/1.6 ui-monospace,Consolas,monospace;white-space:pre-wrap}
.verdict{display:grid;grid-template-columns:auto 1fr;gap:0 1.25rem;padding:1.25rem;border:3px solid #333;border-radius:8px;--cut:#fff}.verdict-stop{border-color:#a90000;color:#a90000}.verdict-hold{border-color:#604b00;color:#604b00}.verdict-unchecked{border-style:dashed}.verdict-none{border-width:1px}
.icon{width:1.25em;height:1.25em;fill:none;vertical-align:middle}.verdict-icon .icon{width:3.5rem;height:3.5rem}.icon-line{stroke:currentColor;stroke-width:2.2;stroke-linecap:round}.icon-cut{fill:#fff}.icon-cut-line{stroke:#fff;stroke-width:2.6;stroke-linecap:round}
.verdict-reason,.finding-severity,.file-name,.contact-name,.known,.training{font-weight:700}.finding{margin:1rem 0}.facts{display:grid;grid-template-columns:9rem 1fr;gap:0 1rem}.facts dt,.note,.file-kind,.file-inside,.file-part{color:#4d4d4d}
.evidence-place>span+span{margin-left:.5rem}.mail-unread{font-weight:700}.contact{margin:1rem 0;padding:1rem 1.25rem;border:1px solid #767676;border-radius:8px}.contact h3{margin-top:0}.verdict-counts span,.tree-row span{margin-right:1rem}.tree{list-style:none;padding-left:1.25rem}.findings{list-style:none;padding:0}summary{padding:.5rem 0;cursor:pointer}
.identity{margin-top:1.75rem;display:grid;grid-template-columns:minmax(6rem,auto) 1fr;gap:0 1rem}p.print-only{display:none}.file-row span+span{margin-left:.5rem}.finding-severity .icon{margin-right:.375rem}
.hidden-character{padding:0 .3em;border:1px solid #a90000;border-radius:3px;color:#a90000;font:700 .8125em ui-monospace,monospace}table{border-collapse:collapse;font-size:.875rem}th,td{padding:.375rem .5rem;border:1px solid #d8d8db;text-align:left;vertical-align:top}code{font:.8125rem ui-monospace,monospace}.table{overflow-x:auto}
@media(max-width:40rem){.facts{grid-template-columns:1fr}.verdict{grid-template-columns:1fr}}@media print{details:not([open],.more){display:none}.story details{display:block}.finding{break-inside:avoid}}`;
export const STYLE_HASH = "sha256-yldV/aSeqicNuH2K30uXL8M+ZmRj7gtR4riOOa21UOs=";

/** Whole macros stay on the page: a file that holds them is hostile to whoever receives it. @param {Report} report @returns {Report} */
function handed(report) {
  const { listings, more_listings, ...rest } = report;
  return rest;
}

/** How many pieces of long lists are saved; what is left out is told, and is in the JSON. */
const PIECES = 6;

/** What is made when it is first opened has to be made now, and what that holds. @param {any} article @param {Words} words */
function complete(article, words) {
  let pieces = 0;
  const all = [...article.querySelectorAll("details")];
  for (const details of all) {
    if (details.left && ++pieces > PIECES) details.replaceWith(h("p", null, words.page("acts-more", { n: words.number(details.left) })));
    else if (details.fill) {
      details.fill();
      all.push(...details.querySelectorAll("details"));
    }
  }
}

/**
 * The whole result as a page of its own, in the language it is read in.
 * @param {Report} report
 * @param {Words} words
 * @param {Config} config
 * @param {string} at when it was looked into
 * @param {ReadonlySet<string>} [done] what was ticked in "I already opened it"
 */
export function reportHtml(report, words, config, at, done) {
  const article = renderReport(handed(report), words, config, [], null, [], at);
  complete(article, words);
  const text = h("section", null, h("h3", null, words.page("report-text")), h("pre", null, reportText(report, words, config, at, done)));
  const policy = `default-src 'none'; style-src '${STYLE_HASH}'; form-action 'none'; base-uri 'none'`;
  return `<!doctype html>
<html lang="${escaped(words.code)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(words.page("report-title"))}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(words.page("report-title"))}</h1>
${written(article)}
${written(text)}
</main>
</body>
</html>
`;
}

/**
 * The report as the engine gave it, and when, for programs; what is invisible in it is written as an escape.
 * @param {Report} report
 * @param {string} at
 */
export function reportJson(report, at) {
  return `${JSON.stringify({ checked_at: at, ...handed(report) }, null, 2).replace(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/gu, (c) =>
    [...Array(c.length).keys()].map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, "0")}`).join(""))}\n`;
}

/** A name for the saved file that takes nothing from the name of the attachment. @param {Report} report @param {"html" | "json"} ending */
export function reportName(report, ending) {
  const hash = report.artifacts[0]?.sha256;
  return `unopened-report${hash && /^[0-9a-f]{64}$/.test(hash) ? `-${hash.slice(0, 12)}` : ""}.${ending}`;
}

/**
 * Hands a text to the browser as a download. The address is a blob: of this page: nothing is requested anywhere.
 * @param {string} name
 * @param {string} text
 */
export function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: name.endsWith(".json") ? "application/json" : "text/html" }));
  const link = h("a", { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
