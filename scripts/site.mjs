// Puts the page together: dist/site/ for a host, dist/unopened.html for a
// double-click, dist/SHA256SUMS for whoever checks what they were given.
//
//   node scripts/site.mjs [--engine <folder>] [--fixtures <folder>] [--out <folder>]
//
// The engine folder holds what wasm-bindgen and wasm-opt made: unopened.js and
// unopened_bg.wasm. The fixtures folder is what the example of that name wrote;
// the practice samples come out of it. Same input, same bytes out.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";

import { packedSamples } from "./samples.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const web = join(root, "web");
const esbuild = createRequire(join(web, "package.json"))("esbuild");

/** @param {string} name @param {string} fallback */
const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? join(root, fallback) : process.argv[at + 1];
};
const engineFolder = option("engine", "target/engine");
const fixturesFolder = option("fixtures", "target/fixtures");
const out = option("out", "dist");

const read = (...path) => readFileSync(join(...path), "utf8");
const sha256 = (data, encoding) => createHash("sha256").update(data).digest(encoding);

/** Replaces exactly one occurrence; a template that changed must not pass unnoticed. */
function replaceOnce(text, pattern, replacement) {
  const parts = text.split(pattern);
  if (parts.length !== 2) throw new Error(`template: ${pattern} occurs ${parts.length - 1} times`);
  return parts.join(replacement);
}

/** Data that cannot end the element it stands in. */
const dataBlock = (id, type, text) => `<script type="${type}" id="${id}">${text.replaceAll("<", "\\u003c")}</script>`;

/** What the host serves: every file as it is in web/, and the engine. */
function writeSite(folder) {
  const shipped = readdirSync(web).filter((name) =>
    /\.(html|css|js)$/.test(name) && !name.endsWith(".test.js") || /^config(\.schema)?\.json$/.test(name));
  for (const name of [...shipped, "messages", "hosting", "embedding"]) {
    cpSync(join(web, name), join(folder, name), { recursive: true });
  }
  writeFileSync(join(folder, "samples.json"), samples);
  mkdirSync(join(folder, "engine"));
  for (const name of ["unopened.js", "unopened_bg.wasm"]) cpSync(join(engineFolder, name), join(folder, "engine", name));
  writeFileSync(join(folder, "sw.js"), serviceWorker(folder));
}

/** Every file that the page loads, with its hash: another version is another service worker. */
function serviceWorker(folder) {
  const files = filesBelow(folder).map((path) => [relative(folder, path).replaceAll("\\", "/"), path])
    .filter(([name]) => name !== "sw.js" && !/^(hosting\/|embedding\/|embed\.js$|config(\.schema)?\.json$)/.test(name))
    .map(([name, path]) => [name, sha256(readFileSync(path), "base64")]);
  return replaceOnce(read(web, "sw.js"), "const FILES = {};", `const FILES = ${JSON.stringify(Object.fromEntries(files))};`);
}

/** The same page in one file, under the strict policy from its first byte. */
function singleFile() {
  const script = esbuild.buildSync({
    entryPoints: [join(web, "main.js")],
    bundle: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    write: false,
    legalComments: "none",
    absWorkingDir: web,
  }).outputFiles[0].text.replaceAll("</script", "<\\/script");
  const style = read(web, "style.css");
  const compact = (...path) => JSON.stringify(JSON.parse(read(web, ...path)));
  const policy = [
    "default-src 'none'", "connect-src 'none'", "form-action 'none'", "base-uri 'none'",
    `script-src 'wasm-unsafe-eval' 'sha256-${sha256(script, "base64")}'`,
    "worker-src blob:",
    `style-src 'sha256-${sha256(style, "base64")}'`,
    "img-src data:", "require-trusted-types-for 'script'", "trusted-types unopened-worker", "webrtc 'block'",
  ].join("; ");
  // Near the top and line by line, for whoever changes it with an editor: no hash counts it, and no build is needed.
  const settings = `<!-- The settings of your organisation: README.md, "Configuration". Save this file as UTF-8. -->\n${dataBlock("config", "application/json", `\n${read(web, "config.json")}`)}`;
  const blocks = [
    dataBlock("messages-ja", "application/json", compact("messages", "ja.json")),
    dataBlock("messages-en", "application/json", compact("messages", "en.json")),
    dataBlock("samples", "application/json", samples),
    dataBlock("worker", "application/json", JSON.stringify(`${read(engineFolder, "unopened.js")}\n${read(web, "worker.js")}`)),
    dataBlock("engine", "application/octet-stream", deflateSync(readFileSync(join(engineFolder, "unopened_bg.wasm")), { level: 9 }).toString("base64")),
  ];

  let html = read(web, "index.html");
  html = html.replace(/\n\s*<!--[^]*?-->/, "");
  html = html.replace(/(<meta http-equiv="Content-Security-Policy" content=")[^"]*/, (_, head) => head + policy);
  html = replaceOnce(html, '<link rel="stylesheet" href="style.css">', `${settings}\n<style>${style}</style>`);
  html = replaceOnce(html, /\n\s*<script type="module" src="main.js"><\/script>/, "");
  html = replaceOnce(html, "</body>", `${blocks.join("\n")}\n<script>${script}</script>\n</body>`);
  return html;
}

/** Every file below a folder, in one order everywhere. */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)])
    .sort();
}

if (!existsSync(join(engineFolder, "unopened_bg.wasm"))) {
  console.error(`no engine in ${engineFolder}: run scripts/build`);
  process.exit(1);
}
if (!existsSync(join(fixturesFolder, "all"))) {
  console.error(`no fixtures in ${fixturesFolder}: run scripts/build`);
  process.exit(1);
}
const samples = packedSamples(fixturesFolder);
rmSync(join(out, "site"), { recursive: true, force: true });
mkdirSync(join(out, "site"), { recursive: true });
writeSite(join(out, "site"));
// Beside the page too: in a sandbox, as embed.js needs one on its own host, only the one file works.
for (const folder of [out, join(out, "site")]) writeFileSync(join(folder, "unopened.html"), singleFile());
const shipped = [...filesBelow(join(out, "site")), join(out, "unopened.html")];
writeFileSync(join(out, "SHA256SUMS"), shipped.map((path) =>
  `${sha256(readFileSync(path), "hex")}  ${relative(out, path).replaceAll("\\", "/")}\n`).join(""));
