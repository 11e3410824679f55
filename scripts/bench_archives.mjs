// What bench.mjs measures of archives: how fast they are unpacked, padded documents in them, a large image, passwords,
// and archives built to exhaust. By itself: bench_archives.mjs BINARY PYTHON FIXTURES FOLDER [NAME...], where names choose
// among the files.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "./bench_browser.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const number = (value, digits = 0) => value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits });
const seconds = (value) => value == null ? "–" : `${number(value, value < 10 ? 2 : 1)} s`;
const megabytes = (bytes) => bytes == null ? "–" : `${number(bytes / 2 ** 20, 1)} MB`;
const rate = (bytes, time) => time == null ? "–" : `${number(bytes / 1e6 / time)} MB/s`;

/** Prints a table row by row, each when it is measured: one after the other, so that none disturbs the next. */
async function table(title, head, items, row) {
  if (items.length === 0) return;
  console.log(`\n### ${title}\n\n| ${head.join(" | ")} |\n| --- |${" ---: |".repeat(head.length - 1)}`);
  for (const item of items) console.log(`| ${(await row(item)).join(" | ")} |`);
}

/**
 * Writes the files, prints the tables, and removes the files again if all were measured.
 * @param {string} binary the native command
 * @param {string} python
 * @param {string} fixtures folder of the fixtures
 * @param {string} work where the files are put
 * @param {string[]} names only files whose name holds one of these; all if there are none
 */
export async function archives(binary, python, fixtures, work, names = []) {
  [binary, fixtures, work] = [binary, fixtures, work].map((path) => resolve(path));
  const started = performance.now();
  const progress = (text) => console.error(`   archives, ${seconds((performance.now() - started) / 1e3)}: ${text}`);
  const chosen = (file) => names.length === 0 || names.some((name) => basename(file).includes(name));
  const fixture = (id) => readdirSync(join(fixtures, "all", id)).map((name) => join(fixtures, "all", id, name));
  const script = join(root, "scripts/bench_archives.py");
  const bombs = join(work, "bombs");
  progress("writing the files");
  execFileSync(python, [script, "make", work, ...fixture("vba-doc-weaken")], { stdio: ["ignore", "ignore", "inherit"] });
  execFileSync(python, [join(root, "scripts/bench_bombs.py"), bombs], { stdio: ["ignore", "ignore", "inherit"] });

  const here = (name) => join(work, name);
  const run = (...command) => JSON.parse(execFileSync(python, [script, "run", ...command], { encoding: "utf8", maxBuffer: 1 << 30 }));
  const native = (file, passwords = []) => {
    const done = run(binary, "--json", "--jobs", "1", ...passwords.flatMap((password) => ["-p", password]), file);
    return { ...done, report: JSON.parse(done.out.split("\n")[0]) };
  };
  const once = { warm: 0, least: 1, most: 1, budget: 0 };
  const wasm = async (file, passwords = []) => (await inspect([file], { ...once, passwords })).get(file);
  const opened = (tool, ...arguments_) => {
    if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) return null;
    const done = run(tool, ...arguments_);
    return done.status === 0 ? done.seconds : null;
  };
  const missing = new Set();
  const there = (files) => files.filter(chosen).filter((file) => existsSync(file) || !missing.add(basename(file)));

  const size = statSync(here("text.txt")).size;
  await table(`Unpacking ${number(size / 1e6)} MB of text (ours: the whole look, with SHA-256, CRC-32 and the search in the text)`,
    ["", "native", "wasm in Chromium", "7zz t", "unzip -t / xz -t"], there(["text.zip", "text.7z", "text.txt.xz"].map(here)), async (file) => {
      progress(basename(file));
      const [ours, theirs] = [native(file), await wasm(file)];
      const other = file.endsWith(".zip") ? opened("unzip", "-tq", file) : file.endsWith(".xz") ? opened("xz", "-t", "-T1", file) : null;
      return [basename(file), rate(size, ours.seconds), theirs.failed ?? rate(size, theirs.milliseconds / 1e3),
        rate(size, opened("7zz", "t", "-mmt=1", file)), rate(size, other)];
    });

  const line = (secret) => async (file) => {
    progress(basename(file));
    const [ours, theirs] = [native(file, secret), await wasm(file, secret)];
    const limits = ours.report.findings.filter(({ id }) => id === "file.limit-reached").map(({ values }) => values.limit);
    return [basename(file), megabytes(statSync(file).size), theirs.failed ?? theirs.level, [...new Set(limits)].join(", ") || "–",
      seconds(ours.seconds), megabytes(ours.memory), theirs.failed ? "–" : seconds(theirs.milliseconds / 1e3), megabytes(theirs.memory)];
  };
  const head = ["", "size", "verdict", "limits reached", "native", "resident", "wasm, from the drop", "wasm memory"];
  const padded = ["padded.zip", "padded-aes.zip", "padded-zipcrypto.zip", "padded.7z", "padded-locked.7z", "padded.doc.gz", "padded.doc.xz", "padded.doc.zst"];
  await table("A .doc with macros and zeros to 500 MB, packed (passwords given)", head, there(padded.map(here)), line(["secret"]));
  await table("An image of 2 GB with a document with macros", head, there([here("large.iso")]), line([]));

  const tries = 20;
  const wrong = Array.from({ length: tries }, (_, n) => `not this ${n}`);
  await table("Passwords tried in a second", ["", "rounds of hashing", "native", "wasm in Chromium"],
    [["letter-agile.docx", join(root, "tests/real/letter-agile.docx"), "100,000 × SHA-512"], ["7z", here("one.7z"), "524,288 × SHA-256"],
      ["RAR 5", here("one.rar"), "32,768 × HMAC-SHA-256"]].filter(([, file]) => chosen(file)), async ([name, file, rounds]) => {
      progress(name);
      const [none, some] = [native(file), native(file, wrong)];
      const [before, after] = [await wasm(file), await wasm(file, wrong)];
      return [name, rounds, number(tries / (some.seconds - none.seconds), 1), number(tries / (after.milliseconds - before.milliseconds) * 1e3, 1)];
    });

  const built = [...fixture("gz-quine"), ...fixture("zip-quine"), ...readdirSync(bombs).sort().map((name) => join(bombs, name))];
  await table("Archives built to exhaust (locked ones with three wrong passwords)", head, there(built),
    (file) => line(basename(file).startsWith("locked") ? ["wrong", "wronger", "wrongest"] : [])(file));
  progress("done");
  if (names.length === 0) rmSync(work, { recursive: true });
  if (missing.size > 0) console.log(`\nLeft out, because a tool to make them is missing: ${[...missing].join(", ")}.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [binary, python, fixtures, work, ...names] = process.argv.slice(2);
  await archives(binary, python, fixtures, work, names);
}
