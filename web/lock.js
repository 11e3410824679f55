/**
 * The privacy lock: after it, the browser itself refuses every connection.
 *
 * The page loads under `connect-src 'self' blob:`, because it has to fetch the
 * engine and the words. Then the strict policy below is added. Policies only
 * ever add up, so nothing on the page can take it back. A worker made from a
 * blob: URL afterwards inherits it.
 *
 * A `<meta>` policy does not reach WebRTC in every browser. Importing this
 * module removes its constructors, so it has to be the first import.
 */

/** What holds once the page is locked. Hashes and 'self' are gone: nothing more is to be loaded. */
export const STRICT_POLICY = [
  "default-src 'none'",
  "connect-src 'none'",
  "form-action 'none'",
  "base-uri 'none'",
  "script-src 'wasm-unsafe-eval'",
  "worker-src blob:",
  "style-src 'none'",
  "img-src data:",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
  "webrtc 'block'",
].join("; ");

/** Constructors that reach the network outside Content Security Policy in at least one browser. */
export const BARRED = [
  "RTCPeerConnection",
  "webkitRTCPeerConnection",
  "mozRTCPeerConnection",
  "RTCDataChannel",
  "RTCIceTransport",
  "WebTransport",
];

/**
 * Takes the barred constructors away for good.
 * @param {object} scope
 */
export function bar(scope) {
  for (const name of BARRED) take(scope, name);
}

/** @param {object} scope @param {string} name */
function take(scope, name) {
  Object.defineProperty(scope, name, { value: undefined, writable: false, configurable: false });
}

bar(globalThis);

/** Addresses of this page's own workers, blob URLs and sw.js; the Trusted Types policy passes no others. */
const ownUrls = new Set();

/**
 * Made before the lock, because the lock allows no new policy; without Trusted
 * Types (older browsers) the URL is used as it is.
 * @type {{ createScriptURL(url: string): any } | null}
 */
const workerUrls = Reflect.get(globalThis, "trustedTypes")?.createPolicy("unopened-worker", {
  /** @param {string} url */
  createScriptURL(url) {
    if (!ownUrls.has(url)) throw new TypeError("not a worker of this page");
    return url;
  },
}) ?? null;

/**
 * A worker from source text. Call it only after `lock()`: it inherits the
 * policy that holds at this moment.
 * @param {string} source
 * @returns {Worker}
 */
export function startWorker(source) {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  ownUrls.add(url);
  try {
    return new Worker(workerUrls ? workerUrls.createScriptURL(url) : url, { name: "engine" });
  } finally {
    ownUrls.delete(url);
    // The worker has its own reference by the time its script runs; revoking
    // at once makes some browsers fail to load it.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}

/**
 * Has the browser install the service worker, which keeps the page usable
 * without a network. Call it before `lock()`, which refuses it. The worker has
 * the policy its own host gives it, not this page's; sw.js says why it is no
 * way out.
 * @returns {Promise<ServiceWorkerRegistration>}
 */
export async function registerOffline() {
  const url = new URL("sw.js", location.href).href;
  ownUrls.add(url);
  try {
    return await navigator.serviceWorker.register(workerUrls ? workerUrls.createScriptURL(url) : url, { updateViaCache: "none" });
  } finally {
    ownUrls.delete(url);
  }
}

/**
 * Adds the strict policy to this document, and takes away what could store
 * something for the next visit or have the browser ask for sw.js.
 */
export function lock() {
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = STRICT_POLICY;
  document.head.append(meta);
  take(globalThis, "caches");
  take(Navigator.prototype, "serviceWorker");
}

/**
 * An address for the probe. On a host it is the page's own origin, the only
 * one that was open before the lock; from file:// a name that cannot exist.
 * @param {string} pageUrl
 */
export function probeUrl(pageUrl) {
  return /^https?:/.test(pageUrl)
    ? new URL("lock-probe", pageUrl).href
    : "https://lock-probe.invalid/";
}

/** @param {string} url */
const refused = (url) => fetch(url, { cache: "no-store", credentials: "omit" }).then(() => false, () => true);

/**
 * Whether the lock holds. First a blob: URL is tried, which the policy for
 * loading allows and the strict one does not: it tells the two apart without
 * any network. Only then a request, and the browser must not just fail it but
 * name the strict policy as the reason.
 * @param {string} url
 * @param {number} [patience] milliseconds to wait for the browser's word
 * @returns {Promise<boolean>}
 */
export async function lockHolds(url, patience = 3000) {
  if (!await refused(URL.createObjectURL(new Blob(["probe"])))) return false;
  /** @type {(held: boolean) => void} */
  let answer = () => {};
  const named = new Promise((resolve) => { answer = resolve; });
  /** @param {SecurityPolicyViolationEvent} event */
  const onViolation = (event) => {
    if (event.disposition === "enforce" && event.effectiveDirective === "connect-src"
      && event.blockedURI.startsWith(new URL(url).origin) && event.originalPolicy.includes("connect-src 'none'")) answer(true);
  };
  document.addEventListener("securitypolicyviolation", onViolation);
  const timer = setTimeout(() => answer(false), patience);
  try {
    return await refused(url) && await named === true;
  } finally {
    clearTimeout(timer);
    document.removeEventListener("securitypolicyviolation", onViolation);
  }
}
