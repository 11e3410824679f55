/** The ways out that a script could try, on the page and in the worker. */

export const PAGE_CHANNELS = ["fetch", "keepalive", "xhr", "beacon", "websocket", "eventsource", "image", "script", "style", "frame", "form",
  "font", "video", "import", "worker", "object", "prefetch", "serviceworker"];
export const WORKER_CHANNELS = ["fetch", "xhr", "websocket", "eventsource", "importscripts", "import", "worker"];

/**
 * Runs in the page or the worker: tries each channel towards `target` and
 * returns the channels that were refused, by an exception or by a violation
 * event. Waits for both kinds, at most `patience`.
 */
export async function attempt(/** @type {{ target: string, channels: string[], patience: number }} */ { target, channels, patience }) {
  /** @type {Set<string>} */
  const refused = new Set();
  /** @type {() => void} */
  let check = () => {};
  const complete = new Promise((resolve) => {
    check = () => { if (channels.every((channel) => refused.has(channel))) resolve(true); };
    setTimeout(() => resolve(false), patience);
  });
  const violated = (/** @type {any} */ event) => {
    const channel = channels.find((name) => event.blockedURI.includes(`/leak-${name}`))
      // Chromium reports only the origin for some directives.
      ?? ({ "form-action": "form", "frame-src": "frame" })[/** @type {"form-action"} */ (event.effectiveDirective)];
    if (channel) refused.add(channel);
    check();
  };
  (typeof document === "undefined" ? self : document).addEventListener("securitypolicyviolation", violated);
  const url = (/** @type {string} */ channel) => `${target}/leak-${channel}`;
  const element = (/** @type {string} */ tag, /** @type {Record<string, string>} */ attributes) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    document.body.append(node);
    return /** @type {any} */ (node);
  };
  /** @type {Record<string, () => unknown>} */
  const tries = {
    fetch: () => fetch(url("fetch"), { mode: "no-cors" }).catch(() => {}),
    keepalive: () => fetch(url("keepalive"), { mode: "no-cors", keepalive: true, method: "POST", body: "x" }).catch(() => {}),
    xhr: () => { const x = new XMLHttpRequest(); x.open("GET", url("xhr")); x.send(); },
    beacon: () => navigator.sendBeacon(url("beacon"), "x"),
    websocket: () => new WebSocket(url("websocket").replace("http", "ws")),
    eventsource: () => new EventSource(url("eventsource")),
    image: () => { new Image().src = url("image"); },
    script: () => element("script", { src: url("script") }),
    style: () => element("link", { rel: "stylesheet", href: url("style") }),
    frame: () => element("iframe", { src: url("frame") }),
    form: () => {
      element("iframe", { name: "sink" });
      element("form", { action: url("form"), method: "post", target: "sink" }).submit();
    },
    font: () => new FontFace("leak", `url(${url("font")})`).load().catch(() => {}),
    video: () => element("video", { src: url("video") }),
    import: () => import(url("import")).catch(() => {}),
    worker: () => new Worker(url("worker")),
    serviceworker: () => { navigator.serviceWorker.register(url("serviceworker")).catch(() => {}); },
    object: () => element("object", { data: url("object") }),
    prefetch: () => element("link", { rel: "prefetch", href: url("prefetch") }),
    importscripts: () => /** @type {any} */ (self).importScripts(url("importscripts")),
  };
  for (const channel of channels) {
    try {
      tries[channel]?.();
    } catch {
      refused.add(channel);
    }
  }
  check();
  await complete;
  (typeof document === "undefined" ? self : document).removeEventListener("securitypolicyviolation", violated);
  return [...refused].sort();
}
