/*
 * Keeps the page usable without a network: the service worker.
 *
 * It stores the files of one version, all or none, and answers the page from
 * them. It is no way out: it listens to no messages, and the only addresses it
 * ever asks for are the fixed ones below, made from its own scope. Nothing of
 * a request that it answers goes on, no query, no header, no body. Pages it
 * has answered get everything else refused.
 *
 * Files of two versions never meet: a page gets its parts from where it came
 * from itself. The next page comes from the newest version that is complete,
 * whichever worker is in charge, so that reloading is all it takes to change.
 */
(() => {
  "use strict";

  /** The files of this version and their SHA-256; scripts/site.mjs writes them here. @type {Record<string, string>} */
  const FILES = {};

  /** A host may go without these. */
  const OPTIONAL = ["samples.json"];

  /** How long the configuration, which administrators edit, may take before the stored one does. */
  const PATIENCE = 1500;

  const worker = /** @type {any} */ (self);
  /** @type {string} */ const scope = worker.registration.scope;
  const address = (/** @type {string} */ path) => new URL(path, scope).href;
  const VERSIONS = `unopened ${scope} files `;
  const SETTINGS = `unopened ${scope} settings`;

  /**
   * The store from which each page came. A browser that ends this worker in the moment a page takes to load loses it:
   * then the host answers the rest, as it does without a worker.
   * @type {Map<string, Cache>}
   */
  const served = new Map();

  /** @param {string} path @param {string} [integrity] */
  async function get(path, integrity = "") {
    const response = await fetch(address(path), { cache: "no-cache", credentials: "same-origin", integrity });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    // Made anew, because a page must not be answered with a response that was redirected.
    return new Response(response.body, { headers: response.headers });
  }

  /** A file exactly as it was built; null if the host chose to go without it. @param {string} path */
  async function part(path) {
    try {
      return await get(path, `sha256-${FILES[path]}`);
    } catch (error) {
      if (OPTIONAL.includes(path) && (await fetch(address(path), { cache: "no-cache", credentials: "same-origin" })).status === 404) return null;
      throw error;
    }
  }

  /** Stores this version under a name of its own, with the time, which offline.js reads. The page comes last: with it the store is complete. */
  async function install() {
    if (!("resultingClientId" in worker.FetchEvent.prototype)) throw new Error("pages cannot be told apart");
    const parts = await Promise.all(Object.keys(FILES).map(async (path) => ({ path, response: await part(path) })));
    const name = VERSIONS + Date.now();
    const cache = await caches.open(name);
    const put = (/** @type {boolean} */ last) => Promise.all(parts.filter(({ path }) => (path === "index.html") === last)
      .map(({ path, response }) => response && cache.put(address(path), response)));
    try {
      await put(false);
      await put(true);
      if (!await caches.has(name)) throw new Error("tidied away");
    } catch (error) {
      await caches.delete(name);
      throw error;
    }
    await settings().catch(() => {});
  }

  /** Names of complete stores, the newest first. */
  async function versions() {
    const names = (await caches.keys()).filter((name) => name.startsWith(VERSIONS)).reverse();
    const complete = await Promise.all(names.map(async (name) => (await caches.open(name)).match(address("index.html"))));
    return names.filter((_, i) => complete[i]);
  }

  /** No page of an older worker is left: its files go, and what an interrupted installation left behind. */
  async function tidy() {
    const [newest] = await versions();
    const names = (await caches.keys()).filter((name) => name.startsWith(VERSIONS) && name !== newest);
    await Promise.all(names.map((name) => caches.delete(name)));
  }

  /** @param {any} event @param {string} path */
  async function page(event, path) {
    const [newest] = await versions();
    const cache = newest && await caches.open(newest);
    const response = cache && await cache.match(address(path));
    // The browser may have thrown the files away; then the host answers, and what the page loads is left alone.
    if (!response) return get(path);
    served.set(event.resultingClientId, cache);
    return response;
  }

  /** The configuration from the host; the stored one if that fails or takes long. @param {(work: Promise<unknown>) => void} [lasting] */
  async function settings(lasting = () => {}) {
    const store = await caches.open(SETTINGS);
    const url = address("config.json");
    const known = await store.match(url);
    const fresh = fetch(url, { cache: "no-cache", credentials: "same-origin", redirect: "error" }).then(async (response) => {
      if (response.status >= 500) throw new Error(`config.json: ${response.status}`);
      await (response.ok ? store.put(url, response.clone()) : store.delete(url));
      return response;
    });
    lasting(fresh.catch(() => {}));
    if (!known) return fresh;
    return Promise.race([fresh.catch(() => known), new Promise((resolve) => { setTimeout(() => resolve(known), PATIENCE); })]);
  }

  worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(install()));
  worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(tidy()));
  worker.addEventListener("fetch", (/** @type {any} */ event) => {
    const { request } = event;
    if (request.method !== "GET" || !request.url.startsWith(scope)) return;
    const path = new URL(request.url).pathname.slice(new URL(scope).pathname.length) || "index.html";
    if (request.mode === "navigate") {
      if (event.resultingClientId && path.endsWith(".html") && Object.hasOwn(FILES, path)) event.respondWith(page(event, path));
      return;
    }
    const cache = served.get(event.clientId);
    if (!cache) return;
    if (path === "config.json") event.respondWith(settings((work) => event.waitUntil(work)));
    else event.respondWith(cache.match(address(path)).then((response) => response ?? new Response(null, { status: 404 })));
  });
})();
