// @ts-check
// What stands beside the plan: what is wrong, what changed, whether it is kept, and which buttons can be pressed.
import { button, el } from "plan/fields";
import { find } from "plan/parts";

/** @typedef {import("./editor.js").Editor} Editor */

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {Editor} editor @param {() => void} shown */
export function problems(editor, shown) {
  const { judged, words } = editor.state;
  const wrong = judged.problems.filter((one) => !one.warning).length;
  const head = at("plan-problems-count");
  head.textContent = judged.problems.length ? String(judged.problems.length) : "";
  head.className = `pill ${wrong ? "bad" : "warn"}`;
  head.hidden = !judged.problems.length;
  at("plan-problems").replaceChildren(...judged.problems.map((one) => {
    const ref = { kind: /** @type {import("./parts.js").Kind} */ (one.part), id: one.id };
    const known = one.part && find(editor.state.doc.plan, ref);
    const show = () => { editor.reveal(ref, one.corner); shown(); };
    const words = known ? button(one.words, show, "link") : el("span", {}, one.words);
    return el("li", { class: one.warning ? "doubtful" : "wrong" }, words);
  }));
  if (!judged.problems.length) at("plan-problems").append(el("li", { class: "fine" }, words.no_problem));
}

/** @param {Editor} editor */
export function changes(editor) {
  const { judged, words } = editor.state;
  at("plan-changes").replaceChildren(...judged.changes.map((one) => el("li", {}, one)));
  at("plan-changes-box").hidden = !judged.changes.length;
  at("plan-unsaved").textContent = judged.number ? words.unsaved.replace("{n}", String(judged.changes.length)) : words.as_saved;
}

/** @param {Editor} editor */
export function status(editor) {
  const box = at("plan-status");
  const { status: word, words } = editor.state;
  box.textContent = words[`status_${word}`] ?? "";
  box.dataset.state = word;
}

/** Which buttons are pressed and which can be. @param {Editor} editor @param {HTMLElement} room */
export function buttons(editor, room) {
  const { tool, layer, snap, ghost, pending, judged, now } = editor.state;
  const press = (/** @type {string} */ selector, /** @type {(value: string) => boolean} */ on, /** @type {string} */ field) => {
    for (const each of room.querySelectorAll(selector)) each.setAttribute("aria-pressed", String(on(/** @type {HTMLElement} */ (each).dataset[field] ?? "")));
  };
  press("[data-tool]", (value) => value === tool, "tool");
  press("[data-layer]", (value) => value === layer, "layer");
  press("[data-act=snap]", () => snap, "act");
  press("[data-act=ghost]", () => ghost, "act");
  const able = (/** @type {string} */ act, /** @type {boolean} */ can) => {
    // Not `disabled`: the keyboard would lose its place, and a reader would not say why.
    for (const each of room.querySelectorAll(`[data-act="${act}"]`)) each.setAttribute("aria-disabled", String(!can));
  };
  able("undo", editor.history.past.length > 0 || pending.length > 0);
  able("redo", editor.history.future.length > 0);
  able("ghost", now !== null);
  able("save", judged.number > 0 && judged.changes.length > 0 && !judged.problems.some((one) => !one.warning));
  at("plan-drawing").hidden = !editor.drawing();
  able("finish", pending.length >= 3);
  able("unplace", pending.length > 0);
}

/** What the drawing tool waits for, above the plan. @param {Editor} editor */
export function hint(editor) {
  const { tool, words, pending } = editor.state;
  const measured = tool === "measure" && pending.length === 2;
  at("plan-hint").textContent = measured ? `${Math.hypot(pending[0][0] - pending[1][0], pending[0][1] - pending[1][1]).toFixed(2)} m` : words[`hint_${tool}`];
}
