/**
 * Wires the page together: load, lock, verify, accept files, show results.
 *
 * `lock.js` comes first: importing it removes WebRTC before anything else runs.
 */
import { lock, lockHolds, probeUrl, registerOffline, startWorker } from "./lock.js";
import { renderAdvice } from "./advice.js";
import { defaults, problemsText, raise } from "./config.js";
import { Engine } from "./engine.js";
import { Estimate, shareOf, shareOfParts } from "./estimate.js";
import { isEmbedded, tellHeight } from "./frame.js";
import { FILES, gather } from "./gather.js";
import { visible } from "./inert.js";
import { linkOf } from "./links.js";
import { isSingleFile, loadEngine, loadSamples, loadWords, unpackSamples } from "./load.js";
import { followOffline } from "./offline.js";
import { renderOpened } from "./opened.js";
import { lookHere, newQuiz, renderPractice, samplesOf } from "./practice.js";
import { countRequests, renderPrivacy } from "./privacy.js";
import { LEVELS, unchecked } from "./protocol.js";
import { h, helpdesk, icon, inert, renderReport } from "./report.js";
import { toolsFor } from "./tools.js";
import { chooseLanguage, LANGUAGES, stamp, Words } from "./words.js";

/**
 * @typedef {import("./protocol.js").Report} Report
 * @typedef {import("./protocol.js").Progress} Progress
 * @typedef {import("./protocol.js").Hint} Hint
 * @typedef {{ file: File, path: string, sample: string | null, passwords: string[], hints: Hint[], typed: string, tried: number, at: string, report: Report | null, state: "waiting" | "working" | "done", article: HTMLElement | null, shown: Report | null }} Entry
 *   article shows the report `shown`; at: when it was looked into; typed: the password that was tried last; path: where it lay below a dropped folder; sample: the id of a sample of the practice mode
 * @typedef {"loading" | "ready" | "busy" | "closed"} State loading: files wait, unread, until the lock holds; closed: none is accepted
 */

/** @param {string} id @returns {any} */
const $ = (id) => document.getElementById(id);

/** @type {Words} */ let words;
/** @type {Record<string, import("./words.js").Catalogue>} */ let catalogues;
/** @type {Engine | null} */ let engine = null;
let config = defaults();
/** @type {string[]} */ let configProblems = [];
/** @type {Entry[]} */ let entries = [];
/** @type {string[]} remarks about the last drop */ let remarks = [];
/** @type {Entry | null} the entry that is read, where too many were dropped to show all */ let picked = null;
/** @type {"lock-failed" | "load-failed" | null} */ let closedBy = null;
/** @type {Progress | null} */ let progress = null;
/** The files that are being looked into, one after the other. @type {Entry[]} */ let batch = [];
let estimate = new Estimate();
/** @type {import("./offline.js").Offline} */ let offline = { state: "pending", newer: false };
/** What is ticked in "I already opened it"; forgotten with the page. */
const ticks = { acts: /** @type {Set<import("./opened.js").Act>} */ (new Set()), done: /** @type {Set<string>} */ (new Set()) };
/** @type {string | null} */ let samples = null;
const quiz = newQuiz();
const embedded = isEmbedded();
/** @type {import("./links.js").Link | null} the link that was followed last */ let linked = null;
/** @type {Entry[]} the sample it had looked into */ let linkedSample = [];

/** @param {State} state */
function setState(state) {
  document.documentElement.dataset.state = state;
  render();
}

const state = () => /** @type {State} */ (document.documentElement.dataset.state ?? "loading");

// ---------------------------------------------------------------- showing

/** Says something to screen readers without moving the focus. @param {string} text */
function announce(text) {
  $("status").textContent = text;
}

function renderNotices() {
  if (!words) return;
  const values = { helpdesk: helpdesk(words, config) };
  const notices = [];
  if (closedBy) notices.push(h("div", { class: "notice notice-closed" }, icon("hold"),
    h("div", null, h("p", { class: "notice-title" }, words.page(closedBy)), h("p", null, words.page(`${closedBy}-detail`, values)))));
  if (config.training) notices.push(h("div", { class: "notice" }, icon("notice"), h("p", null, words.page("training-on"))));
  if (configProblems.length) notices.push(h("div", { class: "notice" }, icon("notice"), h("p", null, problemsText(configProblems, words))));
  for (const remark of remarks) notices.push(h("div", { class: "notice" }, icon("notice"), h("p", null, words.page(remark, { n: words.number(FILES) }))));
  $("notices").replaceChildren(...notices);
}

/** Made anew only when it changes: somebody may be about to press the button. */
function renderUpdate() {
  const state = offline.newer ? `${words.code} ${entries.length > 0}` : "";
  if (($("update").dataset.state ?? "") === state) return;
  $("update").dataset.state = state;
  $("update").replaceChildren(...(offline.newer ? [h("div", { class: "notice notice-update" }, icon("notice"),
    h("p", null, words.page("update-ready"), entries.length > 0 ? ` ${words.page("update-results")}` : ""),
    h("button", { type: "button", class: "button", "data-action": "update", onclick: () => location.reload() }, words.page("update-load")))] : []));
}

function renderLanguages() {
  $("languages").setAttribute("aria-label", words.page("language"));
  $("languages").replaceChildren(...LANGUAGES.map((code) => h("button", {
    type: "button", class: "language", lang: code, "aria-pressed": String(code === words.code), onclick: () => setLanguage(code),
  }, new Words(/** @type {any} */ (catalogues[code]), code).text(["language", "name"]))));
}

function renderWork() {
  const working = entries.find((entry) => entry.state === "working");
  $("work").hidden = !working;
  if (!working) {
    for (const part of ["file", "detail", "left"]) $(`work-${part}`).textContent = "";
    return;
  }
  $("work-file").replaceChildren(...words.parts(["page", "working"], { name: working.file.name })
    .map((part) => (part.value ? inert(part.text) : part.text)));
  $("work-bar").setAttribute("aria-label", words.page("progress"));
  const share = shareOf(batch.map((entry) => ({ size: entry.file.size, share: entry.state === "done" ? 1 : entry === working && progress ? shareOfParts(progress) : 0 })));
  // Without a share to tell, the bar only shows that work goes on.
  if (share > 0) $("work-bar").value = share;
  else $("work-bar").removeAttribute("value");
  const detail = [];
  if (batch.length > 1) detail.push(words.page("working-files", { done: words.number(batch.filter((entry) => entry.state === "done").length), n: words.number(batch.length) }));
  if (progress) detail.push(words.page("working-detail", { done: words.number(progress.artifact), found: words.number(Math.max(progress.found, 1)) }), words.page("working-now", { name: visible(progress.name) }));
  $("work-detail").textContent = detail.join(" — ");
  const left = estimate.at(share, performance.now());
  $("work-left").textContent = left === null ? "" : leftText(left);
  // Screen readers hear it when it is known, and then now and again.
  if (left !== null && performance.now() - leftSaid > LEFT_PAUSE) {
    leftSaid = performance.now();
    announce(leftText(left));
  }
}

/** Milliseconds between two announcements of the time left. */
const LEFT_PAUSE = 20_000;
let leftSaid = -Infinity;

/** @param {number} seconds */
const leftText = (seconds) => (seconds < 60 ? words.page("working-left", { n: words.number(seconds) })
  : words.page("working-left-minutes", { n: words.number(seconds / 60) }));

/** The configuration as it applies to an entry: samples are always training. @param {Entry} entry */
const configOf = (entry) => (entry.sample === null ? config : { ...config, training: true });

/**
 * Adds what is new. Results that are already there stay untouched, so that the
 * focus and opened details survive the next file.
 */
function renderResults() {
  const done = entries.filter((entry) => entry.report && (!isMany() || entry === picked));
  $("results").hidden = done.length === 0 && entries.length < 2;
  $("results").setAttribute("aria-label", words.page("results"));
  renderOverview();
  for (const entry of entries) {
    if (!entry.article || !isMany() || entry === picked) continue;
    entry.article.remove();
    entry.article = null;
  }
  for (const entry of done) {
    if (entry.article && entry.shown === entry.report) continue;
    const report = /** @type {Report} */ (entry.report);
    const { tools, expert } = toolsFor(report, words, configOf(entry), entry.at, { embedded, announce, print: () => printOnly(""), choose: () => $("file").click(), opened: () => showOpened() });
    const article = renderReport(report, words, configOf(entry), tools, { tried: entry.tried, typed: entry.typed, use: (text, letters) => unlock(entry, text, letters) }, expert, entry.at);
    if (entry.sample !== null) article.querySelector(".verdict")?.after(lookHere(entry.sample, words));
    if (entry.article) entry.article.replaceWith(article);
    else $("result-list").append(article);
    entry.article = article;
    entry.shown = report;
  }
}

/** More results than this are shown one at a time, chosen from the list. */
const MANY = 20;
const isMany = () => entries.length > MANY;

let overviewAt = 0;

/** The list of all files; of many, the gravest come first, and it is made anew only now and then while work goes on. */
function renderOverview() {
  const working = entries.some((entry) => entry.state !== "done");
  if (isMany() && working && performance.now() - overviewAt < 500) return;
  overviewAt = performance.now();
  const title = words.page("overview", { n: words.number(entries.length) });
  const rank = (/** @type {Entry} */ entry) => (entry.report ? LEVELS.indexOf(entry.report.verdict.level) : LEVELS.length);
  const sorted = isMany() ? [...entries].sort((a, b) => rank(a) - rank(b)) : entries;
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.row : undefined;
  $("overview").hidden = entries.length < 2;
  $("overview").setAttribute("aria-label", title);
  $("overview").replaceChildren(h("p", { class: "overview-title", tabindex: "-1" }, title),
    isMany() ? h("p", { class: "overview-counts" }, countsText()) : "",
    h("ol", null, sorted.map((entry) => h("li", null, overviewRow(entry)))));
  if (focused !== undefined) $("overview").querySelector(`[data-row="${Number(focused)}"]`)?.focus();
}

/** How many files got which verdict. */
function countsText() {
  return LEVELS.map((level) => ({ level, n: entries.filter((entry) => entry.report?.verdict.level === level).length })).filter(({ n }) => n > 0)
    .map(({ level, n }) => words.page("overview-count", { verdict: level === "none" ? words.page("overview-none") : words.text(["severity", level]), n: words.number(n) })).join(words.page("overview-count-and"));
}

/** @param {Entry} entry */
function pick(entry) {
  picked = entry;
  if (isMany()) renderResults();
  headingOf(entry)?.focus();
}

/** @param {Entry} entry */
const headingOf = (entry) => entry.article?.querySelector("h2");

/** Forgets the nodes of all results; the next render makes them anew. */
function clearResults() {
  for (const entry of entries) entry.article = null;
  $("result-list").replaceChildren();
}

/** @param {Entry} entry */
function overviewRow(entry) {
  const name = h("span", { class: "overview-name" }, inert(entry.path));
  if (!entry.report) return h("span", { class: "overview-row" }, name, h("span", null, words.page(entry.state === "working" ? "overview-working" : "overview-waiting")));
  const { level } = entry.report.verdict;
  return h("button", { type: "button", class: "overview-row", "data-row": entries.indexOf(entry), onclick: () => pick(entry) },
    name, h("span", { class: "overview-verdict" }, icon(level), words.text(["verdict", level, "heading"])));
}

/** Made once per language: the page renders often, and what somebody is reading must stay. */
function renderOpenedSection() {
  const opened = $("opened");
  if (opened.lang === words.code) return;
  opened.lang = words.code;
  opened.hidden = false;
  opened.replaceChildren(h("summary", null, words.page("opened")), renderOpened(words, config, ticks, {
    onPlan: (steps) => announce(words.page("opened-ready", { n: words.number(steps) })),
    print: () => printOnly("opened"),
  }));
}

/** Made once per language, like the steps; samples can be tried while the page takes files. */
function renderPracticeSection() {
  const practice = $("practice");
  practice.hidden = samples === null || state() === "loading" || state() === "closed";
  for (const button of practice.querySelectorAll("[data-sample]")) button.disabled = state() !== "ready";
  if (practice.hidden || practice.lang === words.code) return;
  practice.lang = words.code;
  practice.replaceChildren(h("summary", null, words.page("practice")),
    renderPractice(words, quiz, { tryOut, announce, print: () => printOnly("practice") }));
}

/** Looks into a sample as into any file. @param {string} id @param {boolean} [focus] */
async function tryOut(id, focus = true) {
  if (samples === null || state() !== "ready") return;
  const sample = samplesOf(await unpackSamples(samples).catch(() => null)).find((one) => one.id === id);
  if (!sample) say("practice-missing");
  else if (state() === "ready") accept(sample.files, sample, focus);
}

/** Advice that a link asks for; made once per language and link. */
function renderAdviceSection() {
  const advice = $("advice");
  advice.hidden = linked?.to !== "advice";
  const shown = linked?.to === "advice" ? `${words.code} ${linked.name ?? ""}` : "";
  if (advice.dataset.shown === shown) return;
  advice.dataset.shown = shown;
  advice.replaceChildren(...linked?.to === "advice" ? [renderAdvice(words, config, linked.name)] : []);
}

/** Shows the steps for people who have already opened the file. @param {import("./opened.js").Act[]} [acts] what is known to have happened */
function showOpened(acts = []) {
  if (!words) return;
  const opened = $("opened");
  for (const act of acts) ticks.acts.add(act);
  if (acts.length > 0) {
    opened.lang = "";
    renderOpenedSection();
  }
  opened.open = true;
  if (mayLead()) lead(opened, opened.querySelector("summary"));
}

/** @param {HTMLElement} part @param {HTMLElement | null} target of the focus */
function lead(part, target) {
  part.scrollIntoView();
  target?.focus();
}

/** A frame leads nobody away from the page around it who has not come in. */
const mayLead = () => !embedded || document.hasFocus();

/** Follows a link such as `#opened` or `#sample=macro` in the address, and takes back what the one before it opened. */
async function followLink() {
  if (!words) return;
  const link = linkOf(location.hash, words);
  // The way past the header leads nowhere else.
  if (location.hash === "#main") return;
  if (linked) {
    if (linked.to === "opened") $("opened").open = false;
    else if (linked.to !== "advice") $("practice").open = false;
    if (linkedSample.length > 0 && entries === linkedSample && state() === "ready") {
      entries = [];
      clearResults();
    }
  }
  const before = linked;
  linked = link;
  linkedSample = [];
  render();
  const focus = mayLead();
  if (link?.to === "opened") showOpened(link.acts);
  else if (before?.to === "advice" && !link && focus) $("main").focus();
  else if (link?.to === "advice" && focus) lead($("advice"), $("advice").querySelector("h2"));
  else if (link && link.to !== "advice" && !$("practice").hidden) {
    $("practice").open = true;
    const isOwnShown = entries.some((entry) => entry.sample === null) && !entries.some((entry) => entry.sample !== null);
    // Results for somebody's own files are not thrown away for a link.
    if (link.to === "sample" && !isOwnShown) {
      await tryOut(link.id, focus);
      if (linked === link) linkedSample = entries;
    } else if (focus) lead($("practice"), $("practice").querySelector(link.to === "sample" ? `[data-sample="${link.id}"]` : link.to === "quiz" ? ".quiz button" : "summary"));
  }
}

/** Prints one part of the page; without a part, what is there: the results, or else the steps. @param {"opened" | "practice" | ""} part */
function printOnly(part) {
  document.documentElement.dataset.print = part;
  window.print();
}

/** Everything on the page, in the current language. */
function render() {
  if (!words) return;
  const language = /** @type {"ja" | "en"} */ (words.code);
  document.documentElement.lang = language;
  document.title = words.page("title");
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = words.page(/** @type {HTMLElement} */ (node).dataset.text ?? "");
  for (const node of document.querySelectorAll("#before [data-advice]")) node.textContent = words.text(["advice", /** @type {HTMLElement} */ (node).dataset.advice ?? ""]);
  $("org").hidden = config.org[language] === "";
  $("org").textContent = config.org[language];
  $("boot").hidden = true;
  $("boot").replaceChildren();
  $("drop").hidden = state() === "closed";
  $("main").dataset.results = String(entries.length > 0);
  renderAdviceSection();
  renderOpenedSection();
  renderPracticeSection();
  $("version").textContent = engine?.info.version
    ? words.page("footer-version", { version: engine.info.version, date: words.date(engine.info.rules) }) : "";
  $("offline").textContent = offline.state === "ready" ? words.page("offline-ready") : "";
  renderLanguages();
  renderNotices();
  renderUpdate();
  renderPrivacy($("privacy"), words, state() !== "loading");
  renderWork();
  renderResults();
}

/** @param {string} code */
function setLanguage(code) {
  words = new Words(/** @type {any} */ (catalogues[code]), code);
  clearResults();
  announce("");
  render();
  $("languages").querySelector('[aria-pressed="true"]')?.focus();
}

// ---------------------------------------------------------------- inspecting

/**
 * @param {Iterable<File | { file: File, path: string }>} files
 * @param {import("./practice.js").Sample | null} [sample]
 * @param {boolean} [focus] whether the result takes the focus
 */
function accept(files, sample = null, focus = true) {
  const added = [...files].map((one) => (one instanceof File ? { file: one, path: one.name } : one)).map(({ file, path }, i) => /** @type {Entry} */ ({ file, path, sample: i === 0 && sample ? sample.id : null, passwords: [], hints: [], typed: "", tried: 0, at: "", report: null, state: "waiting", article: null, shown: null }));
  if (added.length === 0) return;
  remarks = state() === "loading" ? ["early"] : [];
  if (state() === "busy" || state() === "loading") {
    entries.push(...added);
    batch.push(...added);
    render();
  } else if (state() === "ready") {
    clearResults();
    // A mail that comes behind what is locked may hold the password: both are looked into, the locked file again.
    const locked = entries.filter((entry) => entry.report?.artifacts.some((a) => a.status === "locked"));
    const letters = sample === null && added.every((entry) => LETTER.test(entry.file.name));
    entries = locked.length > 0 && letters ? [...locked.map(again), ...added] : added;
    run(focus);
  }
}

/** Inspects what waits, one after the other; the first result of a batch takes the focus. @param {boolean} [focus] */
async function run(focus = true) {
  if (!engine) return;
  batch = entries.filter((entry) => entry.state === "waiting");
  estimate = new Estimate();
  leftSaid = -Infinity;
  setState("busy");
  // The estimate grows old also while the engine says nothing.
  const clock = setInterval(renderWork, 1000);
  let first = focus;
  for (let entry; (entry = entries.find((e) => e.state === "waiting"));) {
    entry.state = "working";
    progress = null;
    render();
    if (!isMany()) announce(words.page("working", { name: visible(entry.file.name) }));
    if (first) $("work").scrollIntoView({ block: "nearest" });
    const options = { passwords: entry.passwords, hints: [...await lettersBeside(entry), ...entry.hints] };
    const report = await engine.inspect(entry.file, { options, onProgress: (p) => { progress = p; renderWork(); } });
    entry.report = raise(report, config);
    entry.at = stamp(new Date());
    entry.state = "done";
    render();
    const wrong = entry.article?.querySelector(".password-wrong");
    if (!isMany()) announce(words.page("done", { name: visible(entry.file.name), verdict: words.text(["verdict", entry.report.verdict.level, "heading"]) }) + (wrong ? ` ${words.page("password-wrong")}` : ""));
    // After a wrong password it can be mended where it was typed.
    if (first && !isMany()) (wrong ? /** @type {any} */ (entry.article?.querySelector("#password")) : headingOf(entry))?.focus();
    first = false;
  }
  clearInterval(clock);
  setState("ready");
  if (isMany()) {
    announce(`${words.page("overview", { n: words.number(entries.length) })} ${countsText()}`);
    $("overview").querySelector(".overview-title")?.focus();
  }
  // A cancelled or crashed worker is gone; the next file should not wait for a new one.
  engine.start();
}

/** Lets an entry wait for another look. @param {Entry} entry */
function again(entry) {
  return Object.assign(entry, { report: null, state: "waiting", tried: entry.tried + 1 });
}

/** What may hold the password of an attachment, and how much of it is read. */
const LETTER = /\.(eml|msg|txt|text|html?|mht|mhtml)$/i;
const LETTER_BYTES = 4 << 20;

/** How many letters are read for each file. */
const LETTERS = 20;

/** @param {File} file @returns {Promise<Hint>} */
async function hint(file) {
  return { name: file.name, bytes: new Uint8Array(await file.slice(0, LETTER_BYTES).arrayBuffer()) };
}

/**
 * The mails and texts that were dropped together with a file. One that cannot be read is told in its own result.
 * @param {Entry} entry
 */
async function lettersBeside(entry) {
  const others = entries.filter((other) => other !== entry && LETTER.test(other.file.name)).slice(0, LETTERS);
  const read = await Promise.allSettled(others.map((other) => hint(other.file)));
  return read.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

/**
 * Inspects a file again with what the person typed, pasted or dropped; its new result takes the place of the old.
 * @param {Entry} entry
 * @param {string} text a password, or the mail that gives it
 * @param {File[]} letters
 */
async function unlock(entry, text, letters) {
  if (state() !== "ready") return;
  const typed = text.trim();
  entry.typed = text;
  if (typed !== "") {
    // Spaces at the ends were mostly copied along; a few passwords have them.
    // Full-width letters and digits are what a Japanese keyboard gives, and hardly ever what is meant.
    if (!typed.includes("\n")) entry.passwords.push(...new Set([typed, text, typed.normalize("NFKC")]));
    if (/\s/u.test(typed)) entry.hints.push({ name: "", bytes: new TextEncoder().encode(typed) });
  }
  for (const letter of letters) {
    try {
      entry.hints.push(await hint(letter));
    } catch {
      return say("unreadable");
    }
  }
  if (state() !== "ready") return;
  again(entry);
  run();
}

/** Ends the current inspection and everything that waits behind it. */
function cancel() {
  for (const entry of entries) {
    if (entry.state !== "waiting") continue;
    entry.state = "done";
    entry.report = unchecked(entry.file, "page.cancelled", engine?.info ?? { version: "", rules: "" });
    entry.at = stamp(new Date());
  }
  engine?.cancel();
}

/** @param {string} key */
function say(key) {
  remarks = [key];
  renderNotices();
}

/**
 * @param {DataTransfer | null} transfer
 * @param {EventTarget | null} [where] what lies on the box for a password is read for one
 */
function take(transfer, where = null) {
  if (state() === "closed") return;
  const box = where instanceof Element ? where.closest(".password") : null;
  const entry = box && entries.find((entry) => entry.article?.contains(box));
  if (entry && transfer?.files.length) return void unlock(entry, "", [...transfer.files]);
  const items = [...(transfer?.items ?? [])].filter((item) => item.kind === "file");
  // To be asked for before anything else: the browser forgets what was dropped when this task ends.
  const dropped = items.map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry !== null && entry !== undefined);
  if (dropped.some((entry) => entry.isDirectory)) return void takeFolders(/** @type {any} */ (dropped));
  const files = [...(transfer?.files ?? [])];
  if (files.length === 0) return say("no-file");
  accept(files);
}

/** @param {import("./gather.js").Entry[]} dropped */
async function takeFolders(dropped) {
  say("folder-reading");
  if (words) announce(words.page("folder-reading"));
  const { files, cut, unread } = await gather(dropped);
  if (state() === "closed") return;
  const left = [...cut ? ["folder-cut"] : [], ...unread > 0 ? ["folder-unread"] : []];
  if (files.length === 0) remarks = left.length > 0 ? left : ["folder-empty"];
  else {
    accept(files);
    remarks.push(...left);
  }
  renderNotices();
}

function listen() {
  let depth = 0;
  const mark = () => { document.documentElement.dataset.dragging = String(depth > 0); };
  // The whole page takes the drop: a file let go beside the area must not be opened by the browser.
  window.addEventListener("dragenter", (event) => { event.preventDefault(); depth++; mark(); });
  window.addEventListener("dragleave", () => { depth = Math.max(0, depth - 1); mark(); });
  window.addEventListener("dragover", (event) => {
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = state() === "closed" ? "none" : "copy";
  });
  window.addEventListener("drop", (event) => { event.preventDefault(); depth = 0; mark(); take(event.dataTransfer, event.target); });
  window.addEventListener("paste", (event) => { if (!(event.target instanceof HTMLTextAreaElement)) take(event.clipboardData); });
  $("choose").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", () => {
    const files = [...$("file").files];
    $("file").value = "";
    accept(files);
  });
  $("cancel").addEventListener("click", cancel);
  $("opened-link").addEventListener("click", (/** @type {Event} */ event) => { event.preventDefault(); showOpened(); });
  window.addEventListener("hashchange", followLink);
  // The menu of the browser prints the steps when they are all there is to print.
  window.addEventListener("beforeprint", () => {
    if (document.querySelector(".result")) return;
    if ($("opened").open) document.documentElement.dataset.print = "opened";
    else if (linked?.to === "advice") document.documentElement.dataset.print = "advice";
  });
  window.addEventListener("afterprint", () => { document.documentElement.dataset.print = ""; });
}

// ---------------------------------------------------------------- starting

/** @param {"lock-failed" | "load-failed"} why @param {unknown} [error] */
function close(why, error) {
  if (error) console.error(error);
  closedBy = why;
  entries = [];
  remarks = [];
  setState("closed");
}

async function start() {
  document.documentElement.dataset.state = "loading";
  listen();
  if (embedded) {
    document.documentElement.dataset.embed = "";
    tellHeight();
  }
  const parts = await loadWords();
  ({ catalogues } = parts);
  ({ config, problems: configProblems } = parts.configuration);
  const code = chooseLanguage(new URLSearchParams(location.search).get("lang"), config.language, navigator.languages);
  words = new Words(/** @type {any} */ (catalogues[code]), code);
  render();
  // When the browser has done what it does for a # itself: it would take the focus again.
  if (document.readyState === "complete") followLink();
  else window.addEventListener("load", followLink, { once: true });

  let loaded;
  try {
    [loaded, samples] = await Promise.all([loadEngine(), loadSamples()]);
  } catch (error) {
    return close("load-failed", error);
  }
  followOffline(isSingleFile() ? null : registerOffline, (now) => {
    offline = now;
    document.documentElement.dataset.offline = now.state;
    render();
  });
  lock();
  const probe = probeUrl(location.href);
  if (!await lockHolds(probe)) return close("lock-failed");
  engine = new Engine({ module: loaded.module, startWorker: () => startWorker(loaded.workerSource), probe, seconds: config.time_limit_seconds });
  try {
    await engine.start();
  } catch (error) {
    return close(error instanceof Error && error.message === "lock" ? "lock-failed" : "load-failed", error);
  }
  countRequests(() => renderPrivacy($("privacy"), words, true));
  setState("ready");
  if (entries.length > 0) {
    remarks = remarks.filter((remark) => remark !== "early");
    run();
  } else if (linked && linked.to !== "opened" && linked.to !== "advice") {
    // What links to samples and questions lead to is only there now.
    followLink();
  }
}

// Without words nothing can be said but what index.html says itself.
start().catch((error) => console.error(error));
