/**
 * The page inside another page (`?embed=1`): it tells that page how high it is, and nothing else. Messages to it go
 * unheard.
 */

/** Whether the page was asked to leave out what the page around it has itself. */
export const isEmbedded = () => new URLSearchParams(location.search).has("embed");

/** Tells the height now and whenever it changes. */
export function tellHeight() {
  if (parent === window) return;
  let told = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height === told) return;
    told = height;
    // To whoever frames the page: it cannot know them, and a height is all they get.
    parent.postMessage({ type: "unopened:height", height }, "*");
  }).observe(document.body);
}
