// @ts-check
// Wires the editor: the server's draft, the SVG, the hands, the keys, the panel.
import { collide, image, open, save, scale } from "plan/dialogs";
import { Drafts } from "plan/drafts";
import { draw } from "plan/drawing";
import { Editor } from "plan/editor";
import { el } from "plan/fields";
import { Keys } from "plan/keys";
import * as lists from "plan/lists";
import { Panel } from "plan/panel";
import { measure } from "plan/parts";
import { Pointers } from "plan/pointer";
import { Viewport, rule } from "plan/viewport";

const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const read = (/** @type {string} */ id) => JSON.parse(at(id).textContent ?? "{}");
const room = at("plan-room");
const svg = /** @type {SVGSVGElement} */ (/** @type {unknown} */ (at("plan-svg")));
const words = read("plan-words");
const lang = new URLSearchParams(location.search).get("lang");

const drafts = new Drafts(lang ? `?lang=${encodeURIComponent(lang)}` : "", {
  doc: () => editor.state.doc,
  judged: (judged) => editor.update({ judged }),
  status: (status) => editor.update({ status }),
  collided: (collision) => void collide(editor, drafts, collision, take),
});

const blank = { number: 0, base: 0, newest: 0, problems: [], changes: [], theirs: null };
const editor = new Editor({
  doc: { plan: /** @type {any} */ (null), backdrop: null }, now: null, judged: blank, selected: null, corner: null, tool: "select", layer: "all", snap: true, ghost: false,
  pending: [], cursor: null, cross: false, rubber: null, guides: [], dragging: false, perPixel: 0.01,
  korean: document.documentElement.lang === "ko", words, zoneKind: "shelf", goods: [], nodes: [], status: "",
}, {
  changed: later,
  said: (said) => { const box = at("plan-said"); box.textContent = box.textContent === said ? `${said}\u200a` : said; },
  scaled: (points) => void scale(editor, points),
  names: read("plan-names"),
});
const panel = new Panel(at("plan-panel"), editor, { toPlan: () => keys.refocus() });
const keys = new Keys(svg, editor, { flush: render, toPanel: () => { render(); panel.focus(); }, held: (space) => { pointers.space = space; } });
editor.view = new Viewport(svg, later);
const pointers = new Pointers(svg, editor);
editor.dirty = () => drafts.soon();
editor.made = () => { render(); keys.refocus(); };

let waiting = false;
let ruled = "";
function later() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { if (waiting) render(); });
}

function render() {
  waiting = false;
  const { state } = editor;
  if (!state.doc.plan) return;
  state.perPixel = editor.view.perPixel;
  const { width_m, depth_m } = state.doc.plan;
  if (ruled !== `${width_m} ${depth_m}`) {
    ruled = `${width_m} ${depth_m}`;
    rule(/** @type {Element} */ (svg.querySelector('[data-group="grid"]')), width_m, depth_m);
  }
  draw(svg, state, label);
  panel.fill();
  lists.status(editor);
  lists.buttons(editor, room);
  lists.hint(editor);
}

/** What a reader says of a shape. @param {import("./parts.js").Kind} kind @param {import("./parts.js").Part} one */
function label(kind, one) {
  const size = measure(kind, one);
  const called = one.title ? (editor.state.korean ? one.title.ko : one.title.en) : one.id;
  const amount = size.area !== undefined ? `${size.area.toFixed(2)} m²` : size.length !== undefined ? `${size.length.toFixed(2)} m` : `${one.at[0].toFixed(2)}, ${one.at[1].toFixed(2)} m`;
  return `${words[`part_${kind}`]} ${called}, ${amount}${kind === "zones" ? `, ${words[`kind_${one.kind}`] ?? one.kind}` : ""}`;
}

let judgedBefore = /** @type {unknown} */ (null);
/** The lists change with the server's word alone. */
function listed() {
  if (editor.state.judged === judgedBefore) return;
  judgedBefore = editor.state.judged;
  lists.problems(editor, () => { render(); keys.refocus(); });
  lists.changes(editor);
}
const changed = editor.page.changed;
editor.page.changed = () => { changed(); listed(); };

/** The server's draft, whatever was here before. @param {import("./drafts.js").Opened} opened */
function take(opened) {
  if (!opened.plan) return;
  const doc = { plan: opened.plan, backdrop: opened.backdrop };
  editor.history = { past: [], now: doc, future: [] };
  editor.update({ doc, now: opened.now, judged: opened.judged, goods: opened.goods, nodes: opened.nodes, selected: null, corner: null, status: opened.judged.number ? "kept" : "" });
  at("goods").replaceChildren(...opened.goods.map((good) => el("option", { value: good.gtin }, good.name)));
  shown();
}

function shown() {
  const { plan } = editor.state.doc;
  at("plan-waiting").hidden = true;
  room.dataset.state = "open";
  at("plan-start").hidden = true;
  editor.view.fit(plan.width_m, plan.depth_m);
  render();
}

/** @type {Record<string, () => void>} */
const ACTS = {
  undo: () => editor.back("undo"),
  redo: () => editor.back("redo"),
  snap: () => { editor.update({ snap: !editor.state.snap }); editor.page.said(editor.state.snap ? words.snap_on : words.snap_off); },
  ghost: () => editor.update({ ghost: !editor.state.ghost && editor.state.now !== null }),
  closer: () => editor.view.zoom(1.25),
  farther: () => editor.view.zoom(0.8),
  fit: () => editor.view.fit(editor.state.doc.plan.width_m, editor.state.doc.plan.depth_m),
  finish: () => editor.finish(),
  unplace: () => editor.erase(),
  leave: () => { editor.update({ pending: [] }); editor.setTool("select"); },
  image: () => at("plan-image").click(),
  open: () => at("plan-file").click(),
  save: () => void save(editor, drafts),
  drop: () => void drafts.drop().then(() => location.reload()),
};
document.addEventListener("click", (event) => {
  const control = /** @type {Element} */ (event.target).closest?.("[data-act], [data-tool], [data-layer]");
  if (!(control instanceof HTMLElement)) return;
  const { act, tool, layer } = control.dataset;
  if (act === "close") control.closest("dialog")?.close("");
  else if (act) ACTS[act]?.();
  else if (tool) { editor.setTool(/** @type {import("./editor.js").Tool} */ (tool)); if (event.detail === 0) { render(); svg.focus({ preventScroll: true }); } }
  else if (layer) editor.update({ layer, selected: null, corner: null });
});
/** @param {string} id @param {(file: File) => Promise<void>} act */
const chosen = (id, act) => at(id).addEventListener("change", (event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  const file = input.files?.[0];
  input.value = "";
  if (file) void act(file);
});
chosen("plan-image", (file) => image(editor, drafts, file));
chosen("plan-file", (file) => open(editor, file));
// The browser would focus the uppermost shape; what was taken is focused instead.
svg.addEventListener("mousedown", (event) => { event.preventDefault(); render(); keys.refocus(); });
at("plan-start").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const title = { ko: String(form.get("ko")).trim(), en: String(form.get("en")).trim() };
  editor.start(room.dataset.store ?? "", title, Number(form.get("width")), Number(form.get("depth")));
  shown();
});

try {
  const opened = await drafts.load();
  if (opened.plan) take(opened);
  else { at("plan-waiting").hidden = true; at("plan-start").hidden = false; editor.update({ goods: opened.goods, nodes: opened.nodes }); }
  if (opened.judged.theirs && opened.judged.number) {
    const mine = { by: "", at_ms: 0, version: opened.judged.base, words: opened.judged.changes };
    void collide(editor, drafts, { kind: "version", words: words.began_before, number: opened.judged.number, mine, theirs: opened.judged.theirs }, take);
  }
} catch (error) {
  at("plan-waiting").hidden = true;
  at("plan-failed").hidden = false;
  console.warn(error);
}
