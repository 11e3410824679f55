/**
 * The pictures of the README: the verdict on a real workbook by the real
 * engine, cropped to the card. Not a test; run it when words or style change:
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
    const page = await open(browser, `${singleFileUrl()}?lang=${code}`, { context: { deviceScaleFactor: 2 } });
    await page.setInputFiles("#file", { name: "請求書.xlsm", mimeType: "", buffer: readFileSync(join(fixtures, "auto-run.xlsm")) });
    await settled(page);
    await page.locator(".verdict").screenshot({ path: join(folder, `verdict-${code}.png`) });
    await page.context().close();
  }
} finally {
  await closeAll();
}
