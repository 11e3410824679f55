/**
 * Follows the service worker (sw.js) from the page: whether the page works
 * without a network, and whether a newer version waits to be loaded. Where the
 * browser has none (plain http, file://, private windows) nothing changes.
 */
import { h, icon } from "./nodes.js";

/**
 * @typedef {object} Offline
 * @property {"pending" | "none" | "ready"} state ready: everything the page needs is stored
 * @property {boolean} newer a version newer than this page is stored
 */

/**
 * Call it before the lock, which takes away what it needs.
 * @param {(() => Promise<ServiceWorkerRegistration>) | null} register null: not to be tried
 * @param {(offline: Offline) => void} tell called whenever something changes
 */
export async function followOffline(register, tell) {
  /** @type {Offline} */
  let last = { state: "pending", newer: false };
  const say = (/** @type {Partial<Offline>} */ change) => {
    last = { ...last, ...change };
    tell(last);
  };
  say({});
  try {
    const stores = caches;
    // Only a page that came from the store can be older than it.
    const stored = navigator.serviceWorker.controller !== null;
    if (!register) return say({ state: "none" });
    const registration = await register();
    const settle = async () => {
      // A worker may have been there before this page could listen; the names in sw.js tell when it stored its files.
      const names = stored && registration.waiting ? await stores.keys() : [];
      const prefix = `unopened ${registration.scope} files `;
      if (names.some((name) => name.startsWith(prefix) && Number(name.slice(prefix.length)) > performance.timeOrigin)) say({ newer: true });
      // The files have to be there, not just the worker.
      if (registration.active && await stores.match(new URL("index.html", location.href).href)) say({ state: "ready" });
      else if (!registration.installing && !registration.waiting) say({ state: "none" });
    };
    const watch = () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => {
        if (stored && worker.state === "installed") say({ newer: true });
        settle().catch(() => {});
      });
    };
    registration.addEventListener("updatefound", watch);
    watch();
    await settle();
  } catch {
    say({ state: "none" });
  }
}

/**
 * Offers to reload. Made anew only when it changes: somebody may be about to press the button.
 * @param {HTMLElement} box
 * @param {import("./words.js").Words} words
 * @param {Offline} offline
 * @param {boolean} hasResults
 */
export function renderUpdate(box, words, { newer }, hasResults) {
  const state = newer ? `${words.code} ${hasResults}` : "";
  if ((box.dataset.state ?? "") === state) return;
  box.dataset.state = state;
  box.replaceChildren(...(newer ? [h("div", { class: "notice notice-update" }, icon("notice"),
    h("p", null, words.page("update-ready"), hasResults ? ` ${words.page("update-results")}` : ""),
    h("button", { type: "button", class: "button", "data-action": "update", onclick: () => location.reload() }, words.page("update-load")))] : []));
}
