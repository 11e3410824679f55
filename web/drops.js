/**
 * Files that are dropped or pasted anywhere on the page: one let go beside the area must not be opened by the browser.
 */

/**
 * @param {(transfer: DataTransfer | null, where?: EventTarget | null) => void} take
 * @param {() => boolean} isClosed
 */
export function listenForDrops(take, isClosed) {
  let depth = 0;
  const mark = () => { document.documentElement.dataset.dragging = String(depth > 0); };
  window.addEventListener("dragenter", (event) => { event.preventDefault(); depth++; mark(); });
  window.addEventListener("dragleave", () => { depth = Math.max(0, depth - 1); mark(); });
  window.addEventListener("dragover", (event) => {
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = isClosed() ? "none" : "copy";
  });
  window.addEventListener("drop", (event) => { event.preventDefault(); depth = 0; mark(); take(event.dataTransfer, event.target); });
  window.addEventListener("paste", (event) => { if (!(event.target instanceof HTMLTextAreaElement)) take(event.clipboardData); });
}
