/**
 * Files that are dropped or pasted anywhere on the page: one let go beside the area must not be opened by the browser.
 */

/** @param {DragEvent} event */
const isFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;

/**
 * @param {(transfer: DataTransfer | null, where?: EventTarget | null) => void} take
 * @param {() => boolean} isClosed
 */
export function listenForDrops(take, isClosed) {
  let depth = 0;
  /** Words that are dragged into a field, such as a password out of a mail, belong there. @param {DragEvent} event */
  const isForField = (event) => event.target instanceof HTMLTextAreaElement && !isFiles(event);
  const mark = () => { document.documentElement.dataset.dragging = String(depth > 0); };
  window.addEventListener("dragenter", (event) => {
    if (isForField(event)) return;
    event.preventDefault();
    if (!isFiles(event)) return;
    depth++;
    mark();
  });
  window.addEventListener("dragleave", () => { depth = Math.max(0, depth - 1); mark(); });
  window.addEventListener("dragover", (event) => {
    if (isForField(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = isClosed() ? "none" : "copy";
  });
  window.addEventListener("drop", (event) => { if (isForField(event)) return; event.preventDefault(); depth = 0; mark(); take(event.dataTransfer, event.target); });
  window.addEventListener("paste", (event) => { if (!(event.target instanceof HTMLTextAreaElement)) take(event.clipboardData); });
}
