// A web server for this machine only, with the headers that web/hosting/ recommends.
//
//   node scripts/serve.mjs [FOLDER] [PORT]
//
// FOLDER is what scripts/build made, dist/site.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".wasm": "application/wasm",
};

/** The headers of one `location` in the nginx example, so that what is recommended is what is tested. */
function headersOf(location) {
  const config = readFileSync(join(root, "web/hosting/nginx.conf"), "utf8");
  const block = config.split(/^\s*location\s+/m).find((text) => text.startsWith(`${location} {`));
  if (!block) throw new Error(`web/hosting/nginx.conf has no location ${location}`);
  return Object.fromEntries([...block.matchAll(/^\s*add_header\s+(\S+)\s+"([^"]*)"/gm)].map(([, name, value]) => [name, value]));
}

/**
 * Serves a built page.
 * @param {string} [folder] the site
 * @param {number} [port] 0 takes a free one
 * @returns {Promise<{ url: string, close(): void }>}
 */
export async function serve(folder = join(root, "dist/site"), port = 0) {
  const page = headersOf("/unopened/");
  const [singleFile, embed, serviceWorker] = ["unopened.html", "embed.js", "sw.js"].map((name) => headersOf(`= /unopened/${name}`));
  const example = headersOf("/unopened/embedding/");
  const own = { "/unopened.html": singleFile, "/embed.js": embed, "/sw.js": serviceWorker };
  const headers = (path) => own[path] ?? (path.startsWith("/embedding/") ? example : page);
  const server = createServer(async (request, response) => {
    try {
      const path = normalize(decodeURIComponent(new URL(request.url, "http://x").pathname)).replace(/\/$/, "/index.html");
      const body = await readFile(join(folder, path));
      response.writeHead(200, { ...headers(path), "Content-Type": TYPES[extname(path)] ?? "application/octet-stream" });
      response.end(request.method === "HEAD" ? undefined : body);
    } catch {
      response.writeHead(404, { ...page, "Content-Type": "text/plain" });
      response.end("not found\n");
    }
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => { server.close(); server.closeAllConnections(); } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve(process.argv[2], Number(process.argv[3] ?? 8080)).catch((error) => {
    console.error(`serve: ${error.message}`);
    process.exit(1);
  });
  console.log(`${url}  (Ctrl+C ends it)`);
}
