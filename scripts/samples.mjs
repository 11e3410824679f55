// The samples of the page's practice mode: inert files out of tests/builders, and what is built from them here.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";

/**
 * A ZIP with stored entries; names in UTF-8.
 * @param {[name: string, bytes: Buffer][]} entries
 */
function zip(entries) {
  const u16 = (...values) => Buffer.from(Uint16Array.from(values).buffer);
  const u32 = (...values) => Buffer.from(Uint32Array.from(values).buffer);
  const locals = [];
  const central = [];
  let offset = 0;
  for (const [name, bytes] of entries) {
    const title = Buffer.from(name);
    // Version 2.0, UTF-8 names, stored, 1980-01-01: the same bytes at every build.
    const common = Buffer.concat([u16(20, 0x0800, 0, 0, 0x21), u32(crc32(bytes), bytes.length, bytes.length), u16(title.length, 0)]);
    const local = Buffer.concat([u32(0x0403_4B50), common, title, bytes]);
    central.push(Buffer.concat([u32(0x0201_4B50), u16(20), common, u16(0, 0, 0), u32(0, offset), title]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  return Buffer.concat([...locals, directory, u32(0x0605_4B50), u16(0, 0, entries.length, entries.length), u32(directory.length, offset), u16(0)]);
}

const MAIL = `お世話になっております。
請求書をお送りします。パスワード: 2025

Please find the invoice attached. Password: 2025
`;

/**
 * Every sample, in the order in which the page shows them; the ids have words in messages/*.json.
 * @param {string} fixtures the folder that the example `fixtures` wrote
 * @returns {{ id: string, files: { name: string, bytes: Buffer }[] }[]}
 */
export function samples(fixtures) {
  const fixture = (/** @type {string} */ id) => {
    const folder = join(fixtures, "all", id);
    const name = readdirSync(folder)[0] ?? "";
    return { name, bytes: readFileSync(join(folder, name)) };
  };
  return [
    { id: "macro", files: [fixture("xlsm-auto-run-acts")] },
    { id: "letter", files: [fixture("docx-honest")] },
    { id: "password", files: [fixture("xlsm-in-locked-zip"), { name: "mail.txt", bytes: Buffer.from(MAIL) }] },
    { id: "shortcut", files: [{ name: "minutes.zip", bytes: zip([["minutes.pdf.lnk", fixture("type-lnk").bytes]]) }] },
    { id: "picture", files: [fixture("name-program-as-picture")] },
    { id: "parts", files: [fixture("vba-honest-japanese")] },
    { id: "page", files: [fixture("type-html-script")] },
    { id: "template", files: [fixture("docx-remote-template")] },
    { id: "locked", files: [{ ...fixture("zip-locked"), name: "documents.zip" }] },
    { id: "lure", files: [fixture("docx-lure-ja")] },
    { id: "notebook", files: [fixture("one-program")] },
    { id: "code", files: [fixture("docx-scan-code-login")] },
  ];
}

/**
 * As the page loads them: packed, so that no program that looks through files for attachments takes the page for one.
 * @param {string} fixtures
 */
export function packedSamples(fixtures) {
  const list = samples(fixtures).map(({ id, files }) => ({ id, files: files.map(({ name, bytes }) => ({ name, base64: bytes.toString("base64") })) }));
  return JSON.stringify(deflateSync(JSON.stringify(list), { level: 9 }).toString("base64"));
}
