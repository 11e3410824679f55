/**
 * Folders, read as far as the limits below; what is left out is told, never silent.
 *
 * There is no button that chooses a folder: the browser would ask whether to "upload" its files, and nothing is uploaded here.
 */

/** How many files, how many files and folders in all, and how deep. */
export const FILES = 500;
const LISTED = 5_000;
const DEPTH = 20;

/**
 * @typedef {{ isDirectory: boolean, name: string, fullPath: string, file?: (ok: (file: File) => void, no: (error: unknown) => void) => void,
 *   createReader?: () => { readEntries: (ok: (entries: Entry[]) => void, no: (error: unknown) => void) => void } }} Entry FileSystemEntry of the browser
 * @typedef {{ files: { file: File, path: string }[], cut: boolean, unread: number }} Gathered
 *   cut: a limit was reached; unread: files and folders that could not be read
 */

/**
 * Everything below what was dropped, in the order of the names, files of a folder before its folders.
 * @param {Entry[]} dropped
 * @returns {Promise<Gathered>}
 */
export async function gather(dropped) {
  /** @type {Gathered} */
  const gathered = { files: [], cut: false, unread: 0 };
  // A queue, not recursion: nesting cannot become stack.
  const queue = dropped.map((entry) => ({ entry, depth: 0 }));
  let left = LISTED;
  for (let next; (next = queue.shift());) {
    const { entry, depth } = next;
    try {
      if (!entry.isDirectory) {
        if (gathered.files.length >= FILES) return { ...gathered, cut: true };
        const file = await new Promise((resolve, reject) => entry.file?.(resolve, reject));
        gathered.files.push({ file, path: entry.fullPath.replace(/^\//, "") });
      } else if (depth >= DEPTH || left <= 0) gathered.cut = true;
      else {
        const inside = await list(entry, left);
        // The folder itself counts too: one that is empty is not free.
        left -= inside.length + 1;
        if (left < 0) gathered.cut = true;
        queue.unshift(...inside.map((one) => ({ entry: one, depth: depth + 1 })));
      }
    } catch {
      gathered.unread++;
    }
  }
  return gathered;
}

/** What a folder holds, until more than enough is known; the browser gives it in pieces. @param {Entry} folder @param {number} enough */
async function list(folder, enough) {
  const reader = folder.createReader?.();
  /** @type {Entry[]} */
  const inside = [];
  while (reader && inside.length <= enough) {
    const piece = /** @type {Entry[]} */ (await new Promise((resolve, reject) => reader.readEntries(resolve, reject)));
    if (piece.length === 0) break;
    inside.push(...piece);
  }
  const order = (/** @type {Entry} */ a, /** @type {Entry} */ b) => Number(a.isDirectory) - Number(b.isDirectory) || (a.name < b.name ? -1 : 1);
  return inside.slice(0, enough).sort(order);
}
