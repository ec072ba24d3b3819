// @ts-check
// What fingers, pens and mice do on the plan. One finger or button acts with the tool; two fingers zoom and pan, and
// whatever the first of them had begun is taken back: no gesture of two fingers ever adds or moves a point.
import { box, distance } from "plan/geometry";
import { LAYERS, corners, find, hit, hitCorner, insert, midpoints, move, place, polygonOf, surroundings } from "plan/parts";
import { snap, snapAll } from "plan/snapping";

/** @typedef {import("./geometry.js").Point} Point */
/** @typedef {import("./editor.js").Editor} Editor */
/** @typedef {{x: number, y: number}} Spot */

/** How far a finger or a mouse may tremble before a press is a drag, in pixels. */
const TREMBLE = { mouse: 4, pen: 6, touch: 10 };
/** How near a hand must come to a handle: touch has 44 px across. */
const REACH = { mouse: 11, pen: 14, touch: 22 };
const SNAP = 10;

export class Pointers {
  /** @param {SVGSVGElement} svg @param {Editor} editor */
  constructor(svg, editor) {
    this.svg = svg;
    this.editor = editor;
    /** @type {Map<number, Spot>} */
    this.down = new Map();
    /** What one pointer is doing. @type {{start: Spot, from: Point, kind: "mouse" | "pen" | "touch", moved: boolean, act: null | "corner" | "part" | "pan" | "rubber" | "line" | "point", corner: number | null,
     *   found: import("./parts.js").Ref | null, before: import("./editor.js").Doc, chosen: {selected: import("./parts.js").Ref | null, corner: number | null}} | null} */
    this.press = null;
    /** Two fingers have been here since all were away. */
    this.pinching = false;
    this.space = false;
    svg.addEventListener("pointerdown", (event) => this.pressed(event));
    svg.addEventListener("pointermove", (event) => this.dragged(event));
    svg.addEventListener("pointerup", (event) => this.released(event));
    svg.addEventListener("pointercancel", (event) => this.cancelled(event));
    svg.addEventListener("pointerleave", () => { if (!this.down.size) this.editor.hover(null); });
    svg.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    svg.addEventListener("contextmenu", (event) => event.preventDefault());
    svg.addEventListener("dblclick", () => { if (this.editor.drawing()) this.editor.finish(); });
  }

  /** @param {PointerEvent} event */
  pressed(event) {
    if (event.button > 1) return;
    this.svg.setPointerCapture(event.pointerId);
    this.down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.down.size > 1) { this.takeBack(); this.pinching = true; return; }
    if (this.pinching) return;
    const kind = /** @type {"mouse" | "pen" | "touch"} */ (event.pointerType in TREMBLE ? event.pointerType : "mouse");
    const from = this.editor.view.toFloor(event.clientX, event.clientY);
    const { doc, selected, corner } = this.editor.state;
    this.press = { start: { x: event.clientX, y: event.clientY }, from, kind, moved: false, act: null, corner: null, found: null, before: doc, chosen: { selected, corner } };
    if (event.button === 1 || this.space) this.press.act = "pan";
    else if (this.editor.state.tool === "select") this.grasp(from, REACH[kind] * this.editor.view.perPixel);
  }

  /** What lies under the hand: a corner of what is chosen, a side's middle, a part, or the floor. A finger moves only what is
   * chosen already: else it moves the view. @param {Point} at @param {number} reach */
  grasp(at, reach) {
    const { editor, press } = this;
    if (!press) return;
    const { selected, doc, layer } = editor.state;
    const one = find(doc.plan, selected);
    if (one && selected) {
      const corner = hitCorner(corners(selected.kind, one), at, reach);
      if (corner !== null) { Object.assign(press, { act: "corner", corner }); editor.pick(selected, corner); return; }
      const half = hitCorner(midpoints(polygonOf(selected.kind, one)), at, reach * 0.7);
      if (half !== null) { Object.assign(press, { act: "corner", corner: -1 - half }); return; }
    }
    const found = hit(doc.plan, LAYERS[layer], at, reach * 0.7);
    const same = found?.kind === selected?.kind && found?.id === selected?.id;
    press.found = found;
    press.act = found && (same || press.kind !== "touch") ? "part" : "pan";
    if (press.act === "part") editor.pick(found, null);
  }

  /** @param {PointerEvent} event */
  dragged(event) {
    const { editor, press } = this;
    const last = this.down.get(event.pointerId);
    if (!last) {
      if (event.pointerType !== "touch") editor.hover(this.snapped(event, null), event.altKey);
      return;
    }
    const now = { x: event.clientX, y: event.clientY };
    if (this.pinching) { this.pinch(event.pointerId, last, now); return; }
    this.down.set(event.pointerId, now);
    if (!press) return;
    if (!press.moved && Math.hypot(now.x - press.start.x, now.y - press.start.y) < TREMBLE[press.kind]) return;
    if (!press.moved) { press.moved = true; this.begun(press); }
    this.follow(event, press, last, now);
  }

  /** The press is a drag. @param {NonNullable<Pointers["press"]>} press */
  begun(press) {
    const { editor } = this;
    const { tool, selected, pending } = editor.state;
    if (tool !== "select" && !press.act) press.act = pending.length ? "pan" : ["zone", "shelf"].includes(tool) ? "rubber" : ["tag", "reader"].includes(tool) ? "point" : "line";
    if (press.act === "corner" && press.corner !== null && press.corner < 0 && selected) {
      const side = -1 - press.corner;
      editor.show(insert(editor.state.doc.plan, selected, side, press.from));
      press.corner = side + 1;
      editor.pick(selected, press.corner);
    }
    editor.state.dragging = press.act === "corner" || press.act === "part";
  }

  /** @param {PointerEvent} event @param {NonNullable<Pointers["press"]>} press @param {Spot} last @param {Spot} now */
  follow(event, press, last, now) {
    const { editor } = this;
    const { selected } = editor.state;
    const px = editor.view.perPixel;
    switch (press.act) {
      case "pan": editor.view.pan((last.x - now.x) * px, (last.y - now.y) * px); break;
      case "corner": if (selected && press.corner !== null) this.dragCorner(event, selected, press.corner); break;
      case "part": if (selected) this.dragPart(event, selected, press); break;
      case "rubber": editor.rubber(box(this.snapPoint(press.from, event.altKey), this.snapped(event, null).point)); break;
      case "point": editor.hover(this.snapped(event, null)); break;
      case "line": editor.line(this.snapPoint(press.from, event.altKey), this.snapped(event, null).point); break;
    }
  }

  /** @param {PointerEvent} event @param {import("./parts.js").Ref} ref @param {number} corner */
  dragCorner(event, ref, corner) {
    const { plan } = this.editor.state.doc;
    const one = find(plan, ref);
    if (!one) return;
    const to = this.snapped(event, { ref, corner });
    this.editor.state.guides = to.guides;
    this.editor.show(place(plan, ref, corners(ref.kind, one).map((at, number) => (number === corner ? to.point : at))));
  }

  /** @param {PointerEvent} event @param {import("./parts.js").Ref} ref @param {NonNullable<Pointers["press"]>} press */
  dragPart(event, ref, press) {
    const { editor } = this;
    const at = editor.view.toFloor(event.clientX, event.clientY);
    const moved = move(press.before.plan, ref, null, at[0] - press.from[0], at[1] - press.from[1]);
    const one = find(moved, ref);
    if (!one) return;
    const by = snapAll(corners(ref.kind, one), this.near(event.altKey, ref));
    editor.show(move(moved, ref, null, by.dx, by.dy));
  }

  /** @param {PointerEvent} event */
  released(event) {
    const had = this.down.delete(event.pointerId);
    const { press, editor } = this;
    if (this.pinching) { if (!this.down.size) this.pinching = false; return; }
    this.press = null;
    if (!had || !press) return;
    editor.state.guides = [];
    editor.state.dragging = false;
    if (press.moved) editor.dropped(press.act, press.before);
    else if (press.found) editor.pick(press.found, null);
    else if (press.act !== "pan" || editor.state.tool === "select") editor.clicked(press.act, this.snapped(event, null).point, press.corner);
  }

  /** @param {PointerEvent} event */
  cancelled(event) {
    this.down.delete(event.pointerId);
    this.takeBack();
    if (!this.down.size) this.pinching = false;
  }

  /** As if the finger had never come down. */
  takeBack() {
    const { press, editor } = this;
    this.press = null;
    editor.state.guides = [];
    editor.state.dragging = false;
    if (!press) return;
    editor.pick(press.chosen.selected, press.chosen.corner);
    if (press.moved && press.act !== "pan") editor.restore(press.before);
  }

  /** Two fingers: the floor between them stays between them. @param {number} id @param {Spot} last @param {Spot} now */
  pinch(id, last, now) {
    const other = [...this.down].find(([key]) => key !== id)?.[1];
    this.down.set(id, now);
    if (!other) return;
    const { view } = this.editor;
    const far = (/** @type {Spot} */ spot) => Math.max(20, Math.hypot(spot.x - other.x, spot.y - other.y));
    const px = view.perPixel;
    view.pan(((last.x - now.x) / 2) * px, ((last.y - now.y) / 2) * px);
    view.zoom(far(now) / far(last), view.toFloor((now.x + other.x) / 2, (now.y + other.y) / 2));
  }

  /** @param {WheelEvent} event */
  wheeled(event) {
    if (!event.ctrlKey && !event.metaKey) return; // a plain wheel scrolls the page
    event.preventDefault();
    this.editor.view.zoom(Math.exp(-event.deltaY / 300), this.editor.view.toFloor(event.clientX, event.clientY));
  }

  /** @param {boolean} alt @param {import("./parts.js").Ref | null} but @returns {import("./snapping.js").Near} */
  near(alt, but) {
    const { state, view } = this.editor;
    return { on: state.snap && !alt, radius: SNAP * view.perPixel, grid: 0.05, ...surroundings(state.doc.plan, but) };
  }

  /** @param {Point} point @param {boolean} alt */
  snapPoint(point, alt) {
    return snap(point, this.near(alt, null)).point;
  }

  /** Where the pointer's place snaps to. @param {PointerEvent} event @param {{ref: import("./parts.js").Ref, corner: number} | null} own */
  snapped(event, own) {
    const point = this.editor.view.toFloor(event.clientX, event.clientY);
    return this.editor.snapTo(point, event.altKey, own, this.near(event.altKey, own?.ref ?? null));
  }
}

/** The neighbours of a corner, nearest first: what right angles are made with. @param {Point[]} points @param {number} corner @param {boolean} closed */
export function neighbours(points, corner, closed) {
  const count = points.length;
  const at = (/** @type {number} */ place) => (closed ? points[(place + count) % count] : points[place]);
  const some = (/** @type {(Point | undefined)[]} */ list) => /** @type {Point[]} */ (list.filter(Boolean));
  return { before: some([at(corner - 1), at(corner - 2)]), after: some([at(corner + 1), at(corner + 2)]) };
}

/** Whether two places are one for a hand. @param {Point} a @param {Point} b @param {number} reach */
export const same = (a, b, reach) => distance(a, b) <= reach;
