// @ts-check
// The questions that the editor asks: a note for a new version, what to do where two changed the same, the scale of a
// drawing, a plan from a file, a floor from nothing.
import { el } from "plan/fields";
import { distance, tidy } from "plan/geometry";
import { Refused } from "plan/drafts";

/** @typedef {import("./editor.js").Editor} Editor */
/** @typedef {import("./drafts.js").Drafts} Drafts */
/** @typedef {import("./drafts.js").Collision} Collision */

/** @param {string} id */
const dialog = (id) => /** @type {HTMLDialogElement} */ (document.getElementById(id));
/** @param {HTMLElement} box @param {string} name */
const part = (box, name) => /** @type {HTMLElement} */ (box.querySelector(`[data-part="${name}"]`));
/** @param {string[]} words */
const items = (words) => words.map((one) => el("li", {}, one));

/** The dialog's form was sent by the button with this value; an empty one is a cancel. @param {HTMLDialogElement} box @returns {Promise<string>} */
function answered(box) {
  box.returnValue = "";
  box.showModal();
  return new Promise((done) => box.addEventListener("close", () => done(box.returnValue), { once: true }));
}

/** Asks for a note and saves. @param {Editor} editor @param {Drafts} drafts */
export async function save(editor, drafts) {
  const { words } = editor.state;
  if (drafts.halted && drafts.collision) { drafts.page.collided(drafts.collision); return; }
  await drafts.put();
  if (drafts.halted || drafts.behind) return;
  const wrong = editor.state.judged.problems.filter((one) => !one.warning);
  if (wrong.length) { editor.page.said(words.still_wrong.replace("{n}", String(wrong.length))); document.getElementById("plan-problems")?.querySelector("button")?.focus(); return; }
  if (!editor.state.judged.changes.length || !editor.state.judged.number) { editor.page.said(words.nothing_changed); return; }
  const box = dialog("plan-save");
  part(box, "changes").replaceChildren(...items(editor.state.judged.changes));
  part(box, "begins").textContent = words.begins.replace("{version}", String(editor.state.judged.newest + 1)).replace("{time}", clock(Date.now()));
  if (await answered(box) !== "save") return;
  const note = /** @type {HTMLInputElement} */ (box.querySelector("input"));
  try {
    const saved = await drafts.save(note.value);
    if (saved) location.assign(`${location.pathname}?${new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(location.search)), saved: String(saved.version) })}`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    editor.page.said(error.message || words.still_wrong.replace("{n}", String(editor.state.judged.problems.filter((one) => !one.warning).length)));
  }
}

/** @param {number} ms */
const clock = (ms) => new Date(ms).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** Two changed the same: says who did what, and asks what is to be. @param {Editor} editor @param {Drafts} drafts @param {Collision} collision
 * @param {(opened: import("./drafts.js").Opened) => void} opened */
export async function collide(editor, drafts, collision, opened) {
  const box = dialog("plan-collision");
  const { words } = editor.state;
  part(box, "words").textContent = collision.words;
  part(box, "mine-name").textContent = words.side_mine;
  part(box, "theirs-name").textContent = collision.kind === "version" ? words.side_theirs.replace("{by}", collision.theirs.by || "–").replace("{version}", String(collision.theirs.version)) : words.side_window;
  part(box, "mine").replaceChildren(...items(collision.mine.words.length ? collision.mine.words : [words.no_change]));
  part(box, "theirs").replaceChildren(...items(collision.theirs.words.length ? collision.theirs.words : [words.no_change]));
  part(box, "both").hidden = collision.kind !== "version";
  const choice = await answered(box);
  if (choice === "mine") await drafts.keepMine(collision, collision.theirs.version);
  else if (choice === "theirs") {
    if (collision.kind === "version") await drafts.drop();
    drafts.behind = false;
    location.reload();
  } else if (choice === "both") {
    try {
      const merged = await drafts.merge();
      opened(merged.opened);
      editor.page.said(merged.clashes.length ? words.merged_but.replace("{what}", merged.clashes.join(", ")) : words.merged);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      editor.page.said(error.message);
      await collide(editor, drafts, collision, opened);
    }
  }
}

/** Two points of the drawing are so far apart: the whole drawing follows. @param {Editor} editor @param {import("./geometry.js").Point[]} points */
export async function scale(editor, points) {
  const drop = editor.state.doc.backdrop;
  const now = distance(points[0], points[1]);
  const box = dialog("plan-scale");
  const input = /** @type {HTMLInputElement} */ (box.querySelector("input"));
  input.value = now.toFixed(2);
  if (await answered(box) !== "scale") return;
  const long = Number(input.value);
  if (!drop || !(long > 0) || !(now > 0)) return;
  const factor = long / now;
  const metres = drop.metres_per_pixel * factor;
  if (!(metres > 0 && metres <= 10)) return;
  // The first of the two points stays where it is.
  const [px, py] = points[0];
  editor.commit({ backdrop: { ...drop, metres_per_pixel: metres, x: tidy(px - (px - drop.x) * factor), y: tidy(py - (py - drop.y) * factor) } });
}

/** A picture beneath the plan, at first as wide as the floor. @param {Editor} editor @param {Drafts} drafts @param {File} file */
export async function image(editor, drafts, file) {
  try {
    const kept = await drafts.image(file);
    editor.commit({ backdrop: { ...kept, x: 0, y: 0, metres_per_pixel: Math.min(10, editor.state.doc.plan.width_m / kept.width), opacity: 0.5 } });
    editor.setTool("scale");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    editor.page.said(`${editor.state.words.image_refused} ${error.message}`);
  }
}

/** A plan's file becomes the draft; what is wrong with it is said by the server as with any draft. @param {Editor} editor @param {File} file */
export async function open(editor, file) {
  const { words } = editor.state;
  try {
    const plan = JSON.parse(await file.text());
    if (!drawable(plan)) throw new SyntaxError(words.no_plan);
    editor.open({ plan, backdrop: editor.state.doc.backdrop });
    editor.view.fit(plan.width_m, plan.depth_m);
    editor.page.said(words.opened);
  } catch (error) {
    editor.page.said(`${words.unreadable} ${error instanceof Error ? error.message : ""}`);
  }
}

/** Whether every shape of it has its places, so that it can be drawn at all. @param {any} plan */
function drawable(plan) {
  const lists = ["zones", "lines", "shelves", "tags", "readers", "cameras"];
  const point = (/** @type {any} */ at) => Array.isArray(at) && at.length === 2 && at.every(Number.isFinite);
  const many = (/** @type {any} */ points) => Array.isArray(points) && points.length > 2 && points.every(point);
  return Number.isFinite(plan?.width_m) && Number.isFinite(plan?.depth_m) && plan.title && lists.every((kind) => Array.isArray(plan[kind])) &&
    [...plan.zones, ...plan.shelves].every((one) => many(one?.polygon)) && plan.lines.every((/** @type {any} */ one) => point(one?.a) && point(one?.b)) &&
    [...plan.tags, ...plan.readers].every((one) => point(one?.at)) && plan.cameras.every((/** @type {any} */ one) => many(one?.sees) && point(one?.at) && point(one?.look_at));
}
