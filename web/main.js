/**
 * Wires the page together: load, lock, verify, accept files, show results.
 *
 * `lock.js` comes first: importing it removes WebRTC before anything else runs.
 */
import { lock, lockHolds, probeUrl, registerOffline, startWorker } from "./lock.js";
import { renderAdvice } from "./advice.js";
import { defaults, problemsText, raise } from "./config.js";
import { listenForDrops } from "./drops.js";
import { Engine } from "./engine.js";
import { again, entryOf, hint, isLetter, isLocked, lettersBeside, takeTyped } from "./entries.js";
import { Estimate } from "./estimate.js";
import { isEmbedded, tellHeight } from "./frame.js";
import { FILES, gather } from "./gather.js";
import { visible } from "./inert.js";
import { linkOf } from "./links.js";
import { isSingleFile, loadEngine, loadSamples, loadWords, unpackSamples } from "./load.js";
import { followOffline, renderUpdate } from "./offline.js";
import { renderOpened } from "./opened.js";
import { countsText, gravestFirst, isMany, renderOverview } from "./overview.js";
import { lookHere, newQuiz, renderPractice, samplesOf } from "./practice.js";
import { countRequests, renderPrivacy } from "./privacy.js";
import { unchecked } from "./protocol.js";
import { h, icon } from "./nodes.js";
import { helpdesk, renderReport } from "./report.js";
import { toolsFor } from "./tools.js";
import { chooseLanguage, LANGUAGES, stamp, Words } from "./words.js";
import { renderWork, sayLeftAnew } from "./work.js";

/**
 * @typedef {import("./protocol.js").Report} Report
 * @typedef {import("./protocol.js").Progress} Progress
 * @typedef {import("./entries.js").Entry} Entry
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
let cancelled = false;
/** Passwords that were typed and opened something: tried on every other file that is locked, forgotten with the page. @type {Set<string>} */
const given = new Set();
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
  // Made anew only when it changes: screen readers say what is put here, whatever they are doing.
  const now = [...$("notices").children];
  if (now.length !== notices.length || notices.some((notice, i) => notice.textContent !== now[i].textContent)) $("notices").replaceChildren(...notices);
}

function renderLanguages() {
  $("languages").setAttribute("aria-label", words.page("language"));
  $("languages").replaceChildren(...LANGUAGES.map((code) => h("button", {
    type: "button", class: "language", lang: code, "aria-pressed": String(code === words.code), onclick: () => setLanguage(code),
  }, new Words(/** @type {any} */ (catalogues[code]), code).text(["language", "name"]))));
}

/** Where the work stands. */
const renderNow = () => renderWork($, words, { entries, batch, progress, estimate }, announce);

/** The configuration as it applies to an entry: samples are always training. @param {Entry} entry */
const configOf = (entry) => (entry.sample === null ? config : { ...config, training: true });

/**
 * Adds what is new. Results that are already there stay untouched, so that the
 * focus and opened details survive the next file.
 */
function renderResults() {
  const done = entries.filter((entry) => entry.report && (!isMany(entries) || entry === picked));
  $("results").hidden = done.length === 0 && entries.length < 2;
  $("results").setAttribute("aria-label", words.page("results"));
  renderOverview($("overview"), entries, words, pick);
  for (const entry of entries) {
    if (!entry.article || !isMany(entries) || entry === picked) continue;
    entry.article.remove();
    entry.article = null;
  }
  for (const entry of done) {
    if (entry.article && entry.shown === entry.report) continue;
    const report = /** @type {Report} */ (entry.report);
    /** @type {HTMLElement} */ let article;
    const { tools, expert } = toolsFor(report, words, configOf(entry), entry.at, { embedded, announce, print: () => printOnly("one", article), choose: () => $("file").click(), opened: () => showOpened(), done: ticks.acts });
    article = renderReport(report, words, configOf(entry), tools, { tried: entry.tried, typed: entry.typed, use: (text, letters) => unlock(entry, text, letters) }, expert, entry.at);
    if (entry.sample !== null) article.querySelector(".verdict")?.after(lookHere(entry.sample, words));
    if (entry.article) entry.article.replaceWith(article);
    else $("result-list").append(article);
    entry.article = article;
    entry.shown = report;
  }
}

/** @param {Entry} entry */
function pick(entry) {
  picked = entry;
  if (isMany(entries)) renderResults();
  headingOf(entry)?.focus();
}

/** The gravest result is the first to be seen. */
function showGravestFirst() {
  entries.splice(0, entries.length, ...gravestFirst(entries));
  for (const { article } of entries) if (article) $("result-list").append(article);
  renderOverview($("overview"), entries, words, pick);
}

/** @param {Entry} entry */
const headingOf = (entry) => entry.article?.querySelector("h2");

/** Forgets the nodes of all results; the next render makes them anew. */
function clearResults() {
  for (const entry of entries) entry.article = null;
  $("result-list").replaceChildren();
}

/** Made once per language: the page renders often, and what somebody is reading must stay. */
function renderOpenedSection() {
  const opened = $("opened");
  if (opened.lang === words.code) return;
  opened.lang = words.code;
  opened.hidden = false;
  opened.replaceChildren(h("summary", null, h("h2", null, words.page("opened"))), renderOpened(words, config, ticks, {
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
  practice.replaceChildren(h("summary", null, h("h2", null, words.page("practice"))),
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

/** Prints one part of the page, or one result of several. @param {"opened" | "practice" | "one"} part @param {HTMLElement | null} [article] */
function printOnly(part, article = null) {
  for (const one of document.querySelectorAll(".result")) one.classList.toggle("print-this", one === article);
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
  renderUpdate($("update"), words, offline, entries.length > 0);
  renderPrivacy($("privacy"), words, state() !== "loading");
  renderNow();
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
  const all = [...files];
  const added = all.slice(0, FILES).map((one) => (one instanceof File ? { file: one, path: one.name } : one)).map(({ file, path }, i) => entryOf(file, path, i === 0 && sample ? sample.id : null));
  if (added.length === 0) return;
  remarks = [...state() === "loading" ? ["early"] : [], ...all.length > FILES ? ["folder-cut"] : []];
  if (state() === "busy" || state() === "loading") {
    entries.push(...added);
    batch.push(...added);
    render();
  } else if (state() === "ready") {
    clearResults();
    // A mail that comes behind what is locked may hold the password: both are looked into, the locked file again.
    const locked = entries.filter(isLocked);
    const letters = sample === null && added.every(isLetter);
    entries = locked.length > 0 && letters ? [...locked.map(again), ...added] : added;
    run(focus);
  }
}

/** Inspects what waits, one after the other; its result takes the focus, of several their list. @param {boolean} [focus] */
async function run(focus = true) {
  if (!engine) return;
  batch = entries.filter((entry) => entry.state === "waiting");
  estimate = new Estimate();
  cancelled = false;
  sayLeftAnew();
  setState("busy");
  // The estimate grows old also while the engine says nothing.
  const clock = setInterval(renderNow, 1000);
  let first = focus;
  for (let entry; (entry = entries.find((e) => e.state === "waiting"));) {
    entry.state = "working";
    progress = null;
    render();
    if (!isMany(entries)) announce(words.page("working", { name: visible(entry.file.name) }));
    if (first) $("work").scrollIntoView({ block: "nearest" });
    const options = { passwords: [...new Set([...entry.passwords, ...given])], hints: [...await lettersBeside(entry, entries), ...entry.hints] };
    const report = await engine.inspect(entry.file, { options, onProgress: (p) => { progress = p; renderNow(); } });
    entry.report = raise(report, config);
    entry.at = stamp(new Date());
    entry.state = "done";
    render();
    const wrong = entry.article?.querySelector(".password-wrong");
    if (!isMany(entries)) announce(words.page("done", { name: visible(entry.file.name), verdict: words.text(["verdict", entry.report.verdict.level, "heading"]) }) + (wrong ? ` ${words.page("password-wrong")}` : ""));
    // After a wrong password it can be mended where it was typed.
    if (first && batch.length === 1) (wrong ? /** @type {any} */ (entry.article?.querySelector("#password")) : headingOf(entry))?.focus();
    first = false;
  }
  clearInterval(clock);
  setState("ready");
  if (batch.length > 1) {
    // Who reads a result already is left alone.
    const reads = !isMany(entries) && document.activeElement?.closest(".result");
    if (!reads) showGravestFirst();
    announce(`${words.page("overview", { n: words.number(entries.length) })} ${countsText(entries, words)}`);
    if (!reads && (focus || cancelled)) $("overview").querySelector(".overview-title")?.focus();
  }
  // A cancelled or crashed worker is gone; the next file should not wait for a new one.
  engine.start();
}

/**
 * Inspects a file again with what the person typed, pasted or dropped; its new result takes the place of the old.
 * @param {Entry} entry
 * @param {string} text a password, or the mail that gives it
 * @param {File[]} letters
 */
async function unlock(entry, text, letters) {
  if (state() !== "ready") return;
  takeTyped(entry, text);
  for (const letter of letters) {
    try {
      entry.hints.push(await hint(letter));
    } catch {
      return say("unreadable");
    }
  }
  if (state() !== "ready") return;
  again(entry);
  await run();
  // What opened one file may open the others that came with it.
  if (text === "" || entry.report === null || isLocked(entry)) return;
  for (const password of entry.passwords) given.add(password);
  const others = entries.filter((other) => other !== entry && isLocked(other));
  if (others.length === 0 || state() !== "ready") return;
  for (const other of others) Object.assign(other, { report: null, state: "waiting" });
  run(false);
}

/** Ends the current inspection and everything that waits behind it. */
function cancel() {
  cancelled = true;
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
  $("notices").replaceChildren();
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
  listenForDrops(take, () => state() === "closed");
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
