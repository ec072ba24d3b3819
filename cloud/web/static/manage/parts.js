// Puts the server's newest words in the place of the old ones, part by part, where they differ.
// @ts-check

const FOCUSABLE = "a, button, input, [tabindex]";

/**
 * Fetches the page's parts for the same address. Returns false where the session is over.
 * @returns {Promise<boolean>}
 */
export async function refresh() {
  let answer;
  try {
    answer = await fetch(`/manage/parts${location.search}`, { headers: { accept: "text/html" } });
  } catch {
    return true;
  }
  if (answer.status === 401) return false;
  if (!answer.ok) return true;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const old = document.getElementById(part.id);
    if (old && old.innerHTML !== part.innerHTML) swap(old, part);
  }
  return true;
}

/** Keeps the keyboard's place, and how far a table was scrolled. @param {HTMLElement} old @param {Element} part */
function swap(old, part) {
  const place = [...old.querySelectorAll(FOCUSABLE)].indexOf(/** @type {Element} */ (document.activeElement));
  const scrolled = old.querySelector(".scroll")?.scrollLeft ?? 0;
  old.replaceChildren(...[...part.childNodes].map((node) => document.adoptNode(node)));
  const table = old.querySelector(".scroll");
  if (table) table.scrollLeft = scrolled;
  if (place >= 0) /** @type {HTMLElement | undefined} */ (old.querySelectorAll(FOCUSABLE)[place])?.focus({ preventScroll: true });
}
