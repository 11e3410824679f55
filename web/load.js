/**
 * Everything the page needs, fetched once before the lock: from the host, or
 * from the data blocks of the single file.
 */
import { readConfig } from "./config.js";
import { LANGUAGES } from "./words.js";

/**
 * @typedef {object} Parts
 * @property {ReturnType<typeof readConfig>} configuration
 * @property {Record<string, import("./words.js").Catalogue>} catalogues
 */

const embedded = (/** @type {string} */ id) => document.getElementById(id)?.textContent ?? null;

/** The single file carries the engine in itself. */
export const isSingleFile = () => document.getElementById("engine") !== null;

/**
 * @param {string} path
 * @returns {Promise<Response>}
 */
async function get(path) {
  const response = await fetch(path, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

/** @param {string} path */
const getText = async (path) => (await get(path)).text();

/**
 * The words and the configuration, enough to talk to the person.
 * @returns {Promise<Parts>}
 */
export async function loadWords() {
  const single = isSingleFile();
  const config = single ? Promise.resolve(embedded("config")?.trim() ?? null) : getText("config.json").catch(() => null);
  const messages = LANGUAGES.map(async (code) =>
    /** @type {const} */ ([code, JSON.parse(single ? embedded(`messages-${code}`) ?? "" : await getText(`messages/${code}.json`))]));
  return { configuration: readConfig(await config), catalogues: Object.fromEntries(await Promise.all(messages)) };
}

/**
 * The samples of the practice mode, packed; null where the host has none.
 * @returns {Promise<string | null>}
 */
export async function loadSamples() {
  return isSingleFile() ? embedded("samples") : getText("samples.json").catch(() => null);
}

/** Unpacks them when somebody wants to try one. @param {string} packed @returns {Promise<unknown>} */
export async function unpackSamples(packed) {
  return JSON.parse(new TextDecoder().decode(await inflate(JSON.parse(packed))));
}

/** @param {string} base64 deflated bytes */
async function inflate(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

/**
 * Compiles while downloading; hosts that serve another MIME type get the same
 * result a little later.
 * @param {Response} response
 */
async function compile(response) {
  return response.headers.get("content-type")?.startsWith("application/wasm")
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/**
 * The compiled engine and the source of its worker.
 * @returns {Promise<{ module: WebAssembly.Module, workerSource: string }>}
 */
export async function loadEngine() {
  if (isSingleFile()) {
    const module = await WebAssembly.compile(await inflate((embedded("engine") ?? "").trim()));
    return { module, workerSource: JSON.parse(embedded("worker") ?? '""') };
  }
  const [module, glue, worker] = await Promise.all([
    get("engine/unopened_bg.wasm").then(compile), getText("engine/unopened.js"), getText("worker.js"),
  ]);
  return { module, workerSource: `${glue}\n${worker}` };
}
