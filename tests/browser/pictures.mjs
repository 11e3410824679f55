/**
 * The pictures of the README: the result for a workbook that fetches and starts a
 * program, by the real engine, down to what happens if it is opened. Not a test; run it when words or style change:
 *
 *   scripts/build && node tests/browser/pictures.mjs
 *
 * Environment as in harness.mjs. Writes web/docs/verdict-<language>.png.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { closeAll, fixtures, launch, open, root, settled, singleFileUrl } from "./harness.mjs";

const folder = join(root, "web/docs");

mkdirSync(folder, { recursive: true });
try {
  const browser = await launch();
  for (const code of ["ja", "en"]) {
    const page = await open(browser, `${singleFileUrl()}?lang=${code}`, { context: { viewport: { width: 1000, height: 900 }, deviceScaleFactor: 1.5 } });
    await page.setInputFiles("#file", { name: "請求書.xlsm", mimeType: "", buffer: readFileSync(join(fixtures, "all/xlsm-built-download/invoice.xlsm")) });
    await settled(page);
    const [top, end] = await Promise.all([page.locator(".result").boundingBox(), page.locator(".story").boundingBox()]);
    const clip = { x: top.x - 12, y: top.y - 12, width: top.width + 24, height: end.y + end.height - top.y + 12 };
    await page.screenshot({ path: join(folder, `verdict-${code}.png`), clip, fullPage: true });
    await page.context().close();
  }
} finally {
  await closeAll();
}
