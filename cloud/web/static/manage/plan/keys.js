// @ts-check
// The plan by the keyboard alone: Tab goes from shape to shape and through the corners of the chosen one, arrows move
// by a centimetre, Shift by ten, Control by a metre; while drawing they move a cursor and Enter places a corner.
import { KINDS, LAYERS, corners, find } from "plan/parts";

/** @typedef {import("./editor.js").Editor} Editor */

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** By the key's place: with a Korean keyboard the same key types a Korean letter. @type {Record<string, import("./editor.js").Tool>} */
const TOOLS = { KeyV: "select", KeyZ: "zone", KeyS: "shelf", KeyL: "line", KeyT: "tag", KeyR: "reader", KeyC: "camera", KeyM: "measure" };

export class Keys {
  /** @param {SVGSVGElement} svg @param {Editor} editor @param {{flush: () => void, toPanel: () => void, held: (space: boolean) => void}} page */
  constructor(svg, editor, page) {
    this.svg = svg;
    this.editor = editor;
    this.page = page;
    svg.addEventListener("keydown", (event) => this.pressed(event));
    svg.addEventListener("keyup", (event) => { if (event.key === " ") page.held(false); });
    svg.addEventListener("focusin", (event) => this.focused(event));
    document.addEventListener("keydown", (event) => this.anywhere(event));
  }

  /** What Tab goes through, in order. @returns {{ref: import("./parts.js").Ref, corner: number | null}[]} */
  stops() {
    const { doc, layer, selected, tool } = this.editor.state;
    if (tool !== "select") return [];
    return KINDS.filter((kind) => LAYERS[layer].includes(kind)).flatMap((kind) => doc.plan[kind].flatMap((one) => {
      const ref = { kind, id: one.id };
      const own = selected?.kind === kind && selected.id === one.id ? corners(kind, one) : [];
      return [{ ref, corner: null }, ...(own.length > 1 ? own.map((_, corner) => ({ ref, corner })) : [])];
    }));
  }

  /** @param {import("./parts.js").Ref} ref @param {number | null} corner */
  focus(ref, corner) {
    this.page.flush();
    const name = corner === null ? `[data-group="shapes"] > [data-key="${ref.kind}/${ref.id}"]` : `[data-group="handles"] > [data-key="c${corner}"]`;
    /** @type {SVGElement | null} */ (this.svg.querySelector(name))?.focus({ preventScroll: true });
  }

  /** A reader or a click brought the focus to a shape or a corner: it is chosen. @param {FocusEvent} event */
  focused(event) {
    const at = /** @type {Element} */ (event.target);
    const { selected } = this.editor.state;
    const corner = at.closest("[data-corner]")?.getAttribute("data-corner");
    const part = at.closest("[data-kind]");
    if (corner && selected) this.editor.pick(selected, Number(corner));
    else if (part) this.editor.pick({ kind: /** @type {import("./parts.js").Kind} */ (part.getAttribute("data-kind")), id: part.getAttribute("data-id") ?? "" }, null);
  }

  /** Tab inside the plan; at its ends the browser goes on. @param {KeyboardEvent} event */
  tab(event) {
    const stops = this.stops();
    if (!stops.length) return;
    const { selected, corner } = this.editor.state;
    const here = event.target === this.svg ? -1
      : stops.findIndex((stop) => stop.ref.kind === selected?.kind && stop.ref.id === selected.id && stop.corner === corner);
    const next = here + (event.shiftKey ? -1 : 1);
    if (event.target === this.svg && event.shiftKey) return;
    if (next >= stops.length) { this.leavePlan(); return; }
    event.preventDefault();
    if (next < 0) { this.svg.focus(); return; }
    this.editor.pick(stops[next].ref, stops[next].corner);
    this.focus(stops[next].ref, stops[next].corner);
  }

  /** Nothing of the plan is in the browser's own order, so that it goes to what follows the plan. */
  leavePlan() {
    this.page.flush();
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const { editor } = this;
    const arrow = ARROWS[event.key];
    if (event.key === "Tab") this.tab(event);
    else if (arrow) { event.preventDefault(); this.arrow(arrow, event); }
    else if (event.key === "Enter") { event.preventDefault(); this.enter(); }
    else if (event.key === "Escape") { editor.leave(); this.refocus(); }
    else if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); this.erase(); }
    else if (event.key === "Insert" && editor.state.corner !== null) { editor.insertAfter(editor.state.corner); this.refocus(); }
    else if (event.key === " ") { event.preventDefault(); this.page.held(true); }
    else if (!event.ctrlKey && !event.metaKey && !event.altKey) this.letter(event);
  }

  /** @param {KeyboardEvent} event */
  letter(event) {
    const tool = TOOLS[event.code];
    const { view, state } = this.editor;
    if (tool) { this.editor.setTool(tool); this.svg.focus(); }
    else if (event.key === "+" || event.key === "=") view.zoom(1.25);
    else if (event.key === "-") view.zoom(0.8);
    else if (event.key === "0") view.fit(state.doc.plan.width_m, state.doc.plan.depth_m);
    else return;
    event.preventDefault();
  }

  /** @param {[number, number]} arrow @param {KeyboardEvent} event */
  arrow([x, y], event) {
    const { editor } = this;
    const by = event.ctrlKey || event.metaKey ? 1 : event.shiftKey ? 0.1 : 0.01;
    if (editor.drawing()) editor.steer(x * by, y * by);
    else if (editor.state.selected) editor.nudge(x * by, y * by);
    else editor.view.pan((x * editor.view.box.width) / 10, (y * editor.view.box.height) / 10);
  }

  enter() {
    const { editor } = this;
    const { cursor, tool } = editor.state;
    if (tool !== "select") {
      if (cursor) editor.put(cursor);
      else editor.steer(0, 0);
    } else if (editor.state.selected) this.page.toPanel();
  }

  erase() {
    const { editor } = this;
    const stops = this.stops();
    const { selected, corner } = editor.state;
    const here = stops.findIndex((stop) => stop.ref.id === selected?.id && stop.ref.kind === selected.kind && stop.corner === null);
    editor.erase();
    if (corner === null && selected && !editor.drawing()) {
      const next = this.stops()[Math.max(0, here - 1)];
      if (next) { editor.pick(next.ref, null); this.focus(next.ref, null); } else this.svg.focus();
    } else this.refocus();
  }

  /** The focus follows what is chosen. */
  refocus() {
    const { selected, corner, doc } = this.editor.state;
    if (selected && find(doc.plan, selected)) this.focus(selected, corner);
    else this.svg.focus({ preventScroll: true });
  }

  /** Undo and redo, wherever the focus is but in a field that has its own. @param {KeyboardEvent} event */
  anywhere(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.code;
    if (key === "KeyD" && this.svg.contains(document.activeElement) && this.editor.state.selected) { event.preventDefault(); this.editor.copy(); return; }
    if (key !== "KeyZ" && key !== "KeyY") return;
    const at = /** @type {Element} */ (event.target);
    if (at.closest("input:not([type=checkbox]):not([type=range]), textarea, dialog")) return;
    event.preventDefault();
    this.editor.back(key === "KeyY" || event.shiftKey ? "redo" : "undo");
    if (this.svg.contains(document.activeElement) || document.activeElement === document.body) this.refocus();
  }
}
