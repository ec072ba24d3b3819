// What the shell adds where there are scripts: a menu closes when its work is done.
// @ts-check

document.documentElement.classList.add("scripts"); // what needs them shows itself

/** @param {Element | null} but */
function closeMenus(but) {
  for (const menu of document.querySelectorAll("details.pick[open]")) if (menu !== but) menu.removeAttribute("open");
}

addEventListener("click", (event) => closeMenus(event.target instanceof Element ? event.target.closest("details.pick") : null));
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.pick[open]");
  closeMenus(null);
  /** @type {HTMLElement | null | undefined} */ (open?.querySelector("summary"))?.focus();
});
