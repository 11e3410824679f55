// Measures and prints the tables of scripts/bench: bench.mjs BINARY PYTHON OLETOOLS_RS FIXTURES FILES...
// OLETOOLS_RS is empty when it does not build.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { archives } from "./bench_archives.mjs";
import { inspect, starts } from "./bench_browser.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const [binary, python, oletoolsRs, fixtures, ...folders] = process.argv.slice(2);
const work = join(root, "target/bench");
mkdirSync(work, { recursive: true });

const below = (path) => statSync(path).isDirectory() ? readdirSync(path).sort().flatMap((name) => below(join(path, name))) : [path];
const number = (value, digits = 0) => value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits });
const ms = (value) => value == null ? "–" : `${number(value, value < 10 ? 3 : 0)} ms`;
const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))];
const megabytes = (bytes) => `${number(bytes / 2 ** 20, 1)} MB`;

function table(title, head, rows, note = "") {
  console.log(`\n### ${title}\n\n${note && `${note}\n\n`}| ${head.join(" | ")} |\n| --- |${" ---: |".repeat(head.length - 1)}`);
  for (const row of rows) console.log(`| ${row.join(" | ")} |`);
}

const progress = (text) => console.error(`   ${text}`);

/** Lines of JSON by their `file`. */
const byFile = (text) => new Map(text.split("\n").filter(Boolean).map((line) => JSON.parse(line)).map((record) => [record.file, record]));

// ---------------------------------------------------------------- size and start

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
const sizes = (path) => {
  const bytes = readFileSync(path);
  return [bytes.length, gzipSync(bytes, { level: 9 }).length, brotli(bytes).length];
};

progress("start of the page");
const { hosted, single } = await starts();
// What the page asked for is what is downloaded; /favicon.ico and the like are not ours.
const asked = [...new Set(hosted.requests)].map((path) => path === "/" ? "/index.html" : path);
const parts = asked.map((path) => [path.slice(1), sizes(join(root, "dist/site", path))]);
const total = [0, 1, 2].map((i) => parts.reduce((sum, [, size]) => sum + size[i], 0));
table("Download", ["file", "bytes", "gzip -9", "brotli 11"], [
  ...parts.map(([name, size]) => [name, ...size.map((bytes) => number(bytes))]),
  ["**hosted page, all of it**", ...total.map((bytes) => `**${number(bytes)}**`)],
  ["**unopened.html, the one-file build**", ...sizes(join(root, "dist/unopened.html")).map((bytes) => `**${number(bytes)}**`)],
]);
table("From a cold start until a file can be dropped (median of 5, Chromium)", ["", "time"],
  [["hosted page", ms(hosted.milliseconds)], ["one-file build from disk", ms(single.milliseconds)]]);

// ---------------------------------------------------------------- per file

const files = folders.flatMap(below);
progress(`${files.length} files, native`);
const native = byFile(execFileSync(binary, ["--json", "--time", "--jobs", "1", ...files], { encoding: "utf8", maxBuffer: 1 << 30, stdio: ["ignore", "pipe", "ignore"] }));
const readOnly = byFile(execFileSync(binary, ["--json", "--time", "--no-run", "--jobs", "1", ...files], { encoding: "utf8", maxBuffer: 1 << 30, stdio: ["ignore", "pipe", "ignore"] }));
progress("wasm in Chromium");
const wasm = await inspect(files, { warm: 3, least: 5, most: 51, budget: 100 });
progress("olevba, mraptor and XLMMacroDeobfuscator");
const anchors = byFile(execFileSync(python, [join(root, "scripts/bench_anchors.py")],
  { input: files.join("\n"), encoding: "utf8", maxBuffer: 1 << 30, stdio: ["pipe", "pipe", "ignore"] }));

/** oletools_rs aborts on some files: what it aborted on is left out, and it starts again behind it. */
function port() {
  const records = new Map();
  let aborted = 0;
  for (let rest = oletoolsRs ? files : []; rest.length > 0;) {
    const { stdout } = spawnSync(oletoolsRs, { input: rest.join("\n"), encoding: "utf8", maxBuffer: 1 << 30, stdio: ["pipe", "pipe", "ignore"] });
    const answers = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    answers.forEach((answer, i) => records.set(rest[i], answer));
    if (answers.length < rest.length) aborted++;
    rest = rest.slice(answers.length + 1);
  }
  return { records, aborted };
}
progress("oletools_rs");
const { records: rust, aborted } = port();

const rows = files.map((file) => {
  const browser = wasm.get(file);
  return { file, bytes: statSync(file).size, level: native.get(file)?.verdict.level,
    native: native.has(file) ? native.get(file).nanoseconds / 1e6 : null,
    unrun: readOnly.has(file) ? readOnly.get(file).nanoseconds / 1e6 : null,
    isDocument: native.get(file)?.artifacts[0].class === "document",
    macros: { olevba: anchors.get(file)?.macros.includes("olevba"), mraptor: anchors.get(file)?.macros.includes("mraptor"), rust: rust.get(file)?.macros },
    macroSheet: native.get(file)?.findings.some(({ id }) => id.startsWith("xlm.")) ?? false,
    xlm: anchors.get(file)?.xlm == null ? null : anchors.get(file).xlm / 1e6,
    wasm: browser?.milliseconds ?? null,
    engine: browser?.engine ?? null,
    olevba: anchors.get(file)?.olevba == null ? null : anchors.get(file).olevba / 1e6,
    mraptor: anchors.get(file)?.mraptor == null ? null : anchors.get(file).mraptor / 1e6,
    rust: rust.get(file) == null ? null : rust.get(file).nanoseconds / 1e6 };
});
const read = (key) => rows.map((row) => row[key]).filter((value) => value !== null);
table("Time per file, warm, file in memory or in the page cache", ["", "files read", "median", "95 %", "slowest", "sum"],
  [["native", "native"], ["native, macros not run", "unrun"], ["wasm in Chromium, the engine with the bytes in memory", "engine"], ["wasm in Chromium, from the drop to the report", "wasm"], ["olevba 0.60.2", "olevba"], ["mraptor 0.60.2", "mraptor"], ["oletools_rs 0.1.0 (mraptor)", "rust"], ["XLMMacroDeobfuscator 0.2.7", "xlm"]]
    .map(([name, key]) => [name, read(key)]).filter(([, values]) => values.length > 0)
    .map(([name, values]) => [name, number(values.length), ms(quantile(values, 0.5)), ms(quantile(values, 0.95)), ms(Math.max(...values)), ms(values.reduce((a, b) => a + b))]));

const ratio = (ours, theirs, among) => {
  const both = among.filter((row) => row[ours] !== null && row[theirs] !== null);
  if (both.length === 0) return ["0", "–", "–", "–"];
  const ratios = both.map((row) => row[theirs] / row[ours]);
  const sum = (key) => both.reduce((total, row) => total + row[key], 0);
  return [number(both.length), `${number(quantile(ratios, 0.5), 1)}×`, `${number(sum(theirs) / sum(ours), 1)}×`, number(ratios.filter((value) => value < 1).length)];
};
const OURS = { native: "native", unrun: "native, macros not run,", engine: "wasm, bytes in memory,", wasm: "wasm, from the drop to the report," };
const faster = (title, among, note) => table(`How many times faster, on ${title}`, ["", "files", "median of ratios", "ratio of sums", "files where slower"],
  ["native", "unrun", "engine", "wasm"].flatMap((ours) => [["olevba", "olevba"], ["mraptor", "mraptor"], ["oletools_rs (mraptor)", "rust"]]
    .map(([name, theirs]) => [`${OURS[ours]} against ${name}`, ...ratio(ours, theirs, among(theirs))])), note);
faster("all files that both read", () => rows);
// The same work on both sides. In an archive, a picture or a locked document the other tool has nothing to analyse.
faster("documents in which both analysed macros", (theirs) => rows.filter((row) => row.isDocument && row.macros[theirs]),
  "Every document, by its content and with nothing around it, in which the other tool itself found macros: for each tool its own set, and none left out.");
table("How many times faster, on workbooks with Excel 4.0 macros that both read", ["", "files", "median of ratios", "ratio of sums", "files where slower"],
  ["native", "engine", "wasm"].map((ours) => [`${OURS[ours]} against XLMMacroDeobfuscator`, ...ratio(ours, "xlm", rows.filter((row) => row.macroSheet))]));
if (!oletoolsRs) console.log("\noletools_rs 0.1.0 did not build here.");
else if (aborted) console.log(`\noletools_rs 0.1.0 aborted on ${aborted} of ${files.length} files.`);
const broken = [...wasm].filter(([, result]) => "failed" in result);
for (const [file, { failed }] of broken) console.log(`\nwasm failed on ${file}: ${failed}`);

writeFileSync(join(work, "files.md"), ["| file | bytes | level | native | wasm, bytes in memory | wasm, from the drop | olevba | mraptor | oletools_rs |", "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
  ...rows.map((row) => `| ${relative(root, row.file)} | ${number(row.bytes)} | ${row.level} | ${["native", "engine", "wasm", "olevba", "mraptor", "rust"].map((key) => ms(row[key])).join(" | ")} |`), ""].join("\n"));
console.log(`\nEach file: ${relative(root, join(work, "files.md"))}`);

// ---------------------------------------------------------------- large and ordinary

progress("500 MB");
const having = (extension, most) => below(join(fixtures, "all")).find((path) => path.endsWith(extension)
  && native.get(path)?.findings.some(({ id }) => id === "vba.auto-run-acts") && native.get(path).artifacts.length <= most);
const doc = having(".doc", 1);
const docm = having(".docm", 2) ?? join(root, "tests/real/macro-auto-run.docm");
if (doc) {
  execFileSync(python, [join(root, "scripts/bench_padded.py"), work, doc, docm]);
  const zip = join(work, "padded.zip");
  const plain = join(work, "padded.doc");
  const once = (file) => byFile(execFileSync(binary, ["--json", "--time", file], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })).get(file);
  const browser = await inspect([zip, plain], { warm: 0, least: 5, most: 5, budget: 0 });
  const measured = spawnSync(python, ["-c", "import resource, sys; sys.path.insert(0, 'scripts'); import anchors, time; s = time.perf_counter(); anchors.run_olevba(sys.argv[1]); print((time.perf_counter() - s) * 1e3, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)", plain], { cwd: root, encoding: "utf8" });
  const [time, memory] = measured.stdout.trim().split(" ").map(Number);
  table("A .doc with macros and zeros to 500 MB", ["", "verdict", "time", "memory"], [
    ...[[zip, `inside a ZIP of ${megabytes(statSync(zip).size)}`], [plain, "as it is"]].flatMap(([file, name]) => [
      [`${name}, native`, once(file).verdict.level, ms(once(file).nanoseconds / 1e6), "–"],
      [`${name}, wasm in Chromium`, browser.get(file).level ?? "failed", ms(browser.get(file).milliseconds), browser.get(file).memory ? `${megabytes(browser.get(file).memory)} of wasm` : "–"]]),
    ["as it is, olevba", "–", ms(time), `${megabytes(memory)} resident`],
  ]);
  const ordinary = join(work, "100k.docm");
  const warm = (await inspect([ordinary], { warm: 20, least: 101, most: 101, budget: 0 })).get(ordinary);
  table("An ordinary .docm of 100 KB", ["", "time"], [["native", ms(once(ordinary).nanoseconds / 1e6)], ["wasm in Chromium, warm, bytes in memory", ms(warm.engine)], ["wasm in Chromium, warm, from the drop to the report", ms(warm.milliseconds)]]);
  await archives(binary, python, fixtures, join(work, "archives"));
} else {
  console.log("\nNo .doc with macros among the fixtures: the tests of large files and archives were left out.");
}
console.log(`\n${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, Node.js ${process.versions.node}, ${execFileSync(process.env.CHROMIUM ?? "chromium", ["--version"], { encoding: "utf8" }).trim()}`);
