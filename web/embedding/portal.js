/** The portal of the example: its links change the attributes of the element; it counts the messages it gets. */
const checker = /** @type {HTMLElement} */ (document.querySelector("unopened-checker"));

const show = () => {
  const [, name = "", value = ""] = /^#(\w+)(?:=(.*))?$/.exec(location.hash) ?? [];
  for (const old of ["sample", "opened", "advice", "quiz"]) if (old !== name) checker.removeAttribute(old);
  if (["sample", "opened", "advice", "quiz"].includes(name)) checker.setAttribute(name, value);
};
addEventListener("hashchange", show);
show();

let heard = 0;
addEventListener("message", () => {
  const shown = document.getElementById("heard");
  if (shown) shown.textContent = String(++heard);
});
