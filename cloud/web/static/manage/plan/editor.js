// @ts-check
// The editor's state and its acts. What a hand or a key does ends here; what is seen is made from here.
import { area, distance } from "plan/geometry";
import { begin, redo, step, undo } from "plan/history";
import { add, change, copy, corners, cut, empty, find, insert, isArea, measure, midpoints, move, polygonOf, remove } from "plan/parts";
import { neighbours, same } from "plan/pointer";
import { snap } from "plan/snapping";

/** @typedef {import("./geometry.js").Point} Point */
/** @typedef {import("./parts.js").Plan} Plan */
/** @typedef {import("./parts.js").Ref} Ref */
/** @typedef {{image: string, width: number, height: number, x: number, y: number, metres_per_pixel: number, opacity: number}} Backdrop */
/** What undo goes back to. @typedef {{plan: Plan, backdrop: Backdrop | null}} Doc */
/** @typedef {"select" | "zone" | "shelf" | "line" | "tag" | "reader" | "camera" | "measure" | "scale"} Tool */
/** @typedef {{warning: boolean, part: string, id: string, corner: number | null, words: string}} Finding */
/** @typedef {{by: string, at_ms: number, version: number, words: string[]}} Side */
/** @typedef {{number: number, base: number, newest: number, problems: Finding[], changes: string[], theirs: Side | null}} Judged */
/**
 * Everything that the page shows. `pending`: corners placed with a drawing tool; `cursor`: where the next one would go;
 * `cross`: the keyboard moves it; `perPixel`: metres a pixel.
 * @typedef {{
 *   doc: Doc, now: Plan | null, judged: Judged, selected: Ref | null, corner: number | null, tool: Tool, layer: string, snap: boolean, ghost: boolean,
 *   pending: Point[], cursor: Point | null, cross: boolean, rubber: Point[] | null, guides: [Point, Point][], dragging: boolean, perPixel: number,
 *   korean: boolean, words: Record<string, string>, zoneKind: string, goods: {gtin: string, name: string}[], nodes: string[], status: string
 * }} State
 */

/** How many points a tool takes; a polygon takes as many as its owner gives it. @type {Record<Tool, number>} */
const POINTS = { select: 0, zone: Infinity, shelf: Infinity, line: 2, tag: 1, reader: 1, camera: 2, measure: 2, scale: 2 };
/** @type {Partial<Record<Tool, import("./parts.js").Kind>>} */
const MAKES = { zone: "zones", shelf: "shelves", line: "lines", tag: "tags", reader: "readers", camera: "cameras" };
/** @type {Record<string, string>} */
const LAYER_OF = { zones: "zones", lines: "zones", shelves: "furniture", tags: "devices", readers: "devices", cameras: "cameras" };
const SMALLEST = 0.05;

export class Editor {
  /** @param {State} state @param {{changed: () => void, said: (words: string) => void, scaled: (points: Point[]) => void, names: Record<string, import("./parts.js").Title>}} page */
  constructor(state, page) {
    this.state = state;
    this.page = page;
    this.history = begin(state.doc);
    /** @type {import("./viewport.js").Viewport} */
    this.view = /** @type {any} */ (null);
  }

  /** Something is to be seen otherwise. @param {Partial<State>} [fields] */
  update(fields = {}) {
    Object.assign(this.state, fields);
    this.page.changed();
  }

  // -- the document ----------------------------------------------------------------------------------------------

  /** A step that can be undone. @param {Partial<Doc>} fields */
  commit(fields) {
    const doc = { ...this.state.doc, ...fields };
    if (doc.plan === this.history.now.plan && doc.backdrop === this.history.now.backdrop) return;
    this.history = step(this.history, doc);
    this.replace(doc);
  }

  /** Something to look at while it is dragged; not a step. @param {Plan} plan */
  show(plan) {
    this.update({ doc: { ...this.state.doc, plan } });
  }

  /** @param {Doc} doc */
  restore(doc) {
    this.update({ doc, rubber: null, guides: [], pending: POINTS[this.state.tool] === 2 ? [] : this.state.pending });
  }

  /** @param {Doc} doc */
  replace(doc) {
    const kept = find(doc.plan, this.state.selected);
    const corner = kept && this.state.selected && this.state.corner !== null && this.state.corner < corners(this.state.selected.kind, kept).length ? this.state.corner : null;
    this.update({ doc, selected: kept ? this.state.selected : null, corner });
    this.dirty?.();
  }

  /** Called after each step. @type {(() => void) | undefined} */
  dirty;

  /** @param {"undo" | "redo"} which */
  back(which) {
    if (this.state.pending.length && which === "undo") { this.update({ pending: this.state.pending.slice(0, -1) }); return; }
    const before = this.history;
    this.history = which === "undo" ? undo(before) : redo(before);
    if (this.history.now === before.now) { this.page.said(this.state.words[which === "undo" ? "nothing_undo" : "nothing_redo"]); return; }
    this.replace(this.history.now);
    this.page.said(this.state.words[which === "undo" ? "undone" : "redone"]);
  }

  /** Another plan altogether, as one step. @param {Doc} doc */
  open(doc) {
    this.update({ selected: null, corner: null, pending: [] });
    this.commit(doc);
  }

  /** A plan from nothing. @param {string} store @param {import("./parts.js").Title} title @param {number} width @param {number} depth */
  start(store, title, width, depth) {
    this.history = begin({ plan: empty(store, title, width, depth), backdrop: null });
    this.replace(this.history.now);
  }

  // -- choosing --------------------------------------------------------------------------------------------------

  /** @param {Ref | null} ref @param {number | null} corner */
  pick(ref, corner = null) {
    const { selected } = this.state;
    if (selected?.kind === ref?.kind && selected?.id === ref?.id && this.state.corner === corner) return;
    this.update({ selected: ref, corner });
  }

  /** Shows a part from a list, whatever layer and tool were chosen. @param {Ref} ref @param {number | null} corner */
  reveal(ref, corner) {
    const one = find(this.state.doc.plan, ref);
    if (!one) return;
    const layer = this.state.layer === "all" || this.state.layer === LAYER_OF[ref.kind] ? this.state.layer : "all";
    this.setTool("select");
    this.update({ layer, selected: ref, corner });
    this.view.reveal(corners(ref.kind, one)[corner ?? 0]);
  }

  /** @param {Tool} tool */
  setTool(tool) {
    const layer = MAKES[tool] && this.state.layer !== "all" ? LAYER_OF[MAKES[tool]] : this.state.layer;
    const kept = tool === "select" ? { selected: this.state.selected, corner: this.state.corner } : { selected: null, corner: null };
    this.update({ tool, layer, pending: [], cursor: null, cross: false, rubber: null, guides: [], ...kept });
    this.page.said(this.state.words[`hint_${tool}`] ?? "");
  }

  drawing() {
    return this.state.tool !== "select";
  }

  // -- drawing ---------------------------------------------------------------------------------------------------

  /** Where a place snaps to; a corner of a shape makes right angles with its neighbours. @param {Point} point @param {boolean} alt
   * @param {{ref: Ref, corner: number} | null} own @param {import("./snapping.js").Near} near */
  snapTo(point, alt, own, near) {
    const one = own && find(this.state.doc.plan, own.ref);
    if (own && one) {
      const polygon = polygonOf(own.ref.kind, one);
      const inPolygon = own.corner < polygon.length;
      const points = inPolygon && isArea(own.ref.kind) ? polygon : corners(own.ref.kind, one);
      return snap(point, { ...near, ...(inPolygon || own.ref.kind === "lines" ? neighbours(points, own.corner, inPolygon) : {}) });
    }
    const { pending } = this.state;
    const first = pending.length > 2 && isArea(MAKES[this.state.tool] ?? "tags") ? [pending[0]] : [];
    return snap(point, { ...near, corners: [...first, ...near.corners], before: pending.slice(-2).reverse(), after: first });
  }

  /** The pointer hovers. @param {import("./snapping.js").Snapped | null} to @param {boolean} [alt] */
  hover(to, alt) {
    if (!this.drawing() || this.state.cross) return;
    this.update({ cursor: to?.point ?? null, guides: alt ? [] : to?.guides ?? [] });
  }

  /** @param {Point[]} rubber */
  rubber(rubber) {
    this.update({ rubber });
  }

  /** @param {Point} from @param {Point} to */
  line(from, to) {
    this.update({ pending: [from], cursor: to, cross: false });
  }

  /** One more corner, or the last. @param {Point} point */
  put(point) {
    const { tool, pending } = this.state;
    const reach = 8 * this.state.perPixel;
    if (POINTS[tool] === Infinity && pending.length > 2 && same(pending[0], point, reach)) { this.finish(); return; }
    if (pending.length && same(pending[pending.length - 1], point, 0.01)) {
      if (POINTS[tool] === Infinity && pending.length > 2) this.finish();
      return;
    }
    const placed = /** @type {Point[]} */ ([...pending, point]);
    this.update({ pending: placed });
    if (placed.length >= POINTS[tool]) this.finish();
    else this.page.said(this.state.words.placed.replace("{n}", String(placed.length)).replace("{x}", point[0].toFixed(2)).replace("{y}", point[1].toFixed(2)));
  }

  /** What was drawn becomes a part. */
  finish() {
    const { tool, pending } = this.state;
    const needed = POINTS[tool] === Infinity ? 3 : POINTS[tool];
    if (pending.length < needed) { this.page.said(this.state.words.too_few.replace("{n}", String(needed))); return; }
    if (tool === "scale") { this.update({ pending: [] }); this.page.scaled(pending); this.setTool("select"); return; }
    if (tool === "measure") { this.page.said(`${distance(pending[0], pending[1]).toFixed(2)} m`); this.update({ cursor: null, cross: false }); return; }
    this.make(pending);
  }

  /** @param {Point[]} points */
  make(points) {
    const kind = MAKES[this.state.tool];
    if (!kind) return;
    const made = add(this.state.doc.plan, kind, points, { names: this.page.names, nodes: this.state.nodes, zoneKind: this.state.zoneKind });
    this.setTool("select");
    this.commit({ plan: made.plan });
    this.update({ selected: made.ref, corner: null });
    this.page.said(this.state.words.added.replace("{id}", made.ref.id));
    this.made?.();
  }

  /** Called after a part was made. @type {(() => void) | undefined} */
  made;

  // -- what hands and keys do ------------------------------------------------------------------------------------

  /** A press without a drag. @param {string | null} act @param {Point} point @param {number | null} corner */
  clicked(act, point, corner) {
    if (this.drawing()) {
      if (this.state.tool === "measure" && this.state.pending.length >= 2) this.update({ pending: [] });
      this.update({ cross: false });
      this.put(point);
    } else if (act === "corner" && corner !== null && corner < 0) this.insertAfter(-1 - corner);
    else if (act === "pan") this.pick(null);
  }

  /** A drag ended. @param {string | null} act @param {Doc} before */
  dropped(act, before) {
    const { rubber, cursor, pending } = this.state;
    this.update({ rubber: null });
    if (act === "corner" || act === "part") {
      const after = this.state.doc;
      this.state.doc = before;
      this.commit(after);
    } else if (act === "rubber" && rubber && area(rubber) >= SMALLEST) this.make(rubber);
    else if (act === "point" && cursor) this.put(cursor);
    else if (act === "line") {
      if (cursor && distance(pending[0], cursor) >= SMALLEST) this.put(cursor);
      else this.update({ pending: [], cursor: null });
    }
  }

  /** A corner in the middle of a side. @param {number} at */
  insertAfter(at) {
    const { selected, doc } = this.state;
    const one = find(doc.plan, selected);
    const polygon = one && selected ? polygonOf(selected.kind, one) : [];
    if (!selected || at >= polygon.length) return;
    this.commit({ plan: insert(doc.plan, selected, at, midpoints(polygon)[at]) });
    this.update({ corner: at + 1 });
    this.page.said(this.state.words.corner_added);
  }

  /** The arrow keys: the chosen corner or part, by metres. @param {number} dx @param {number} dy */
  nudge(dx, dy) {
    const { selected, corner, doc } = this.state;
    if (!selected) return;
    this.commit({ plan: move(doc.plan, selected, corner, dx, dy) });
    const one = find(this.state.doc.plan, selected);
    if (!one) return;
    const [x, y] = corners(selected.kind, one)[corner ?? 0];
    this.page.said(`${x.toFixed(2)}, ${y.toFixed(2)} m`);
  }

  /** The keyboard's own cursor while drawing. @param {number} dx @param {number} dy */
  steer(dx, dy) {
    const { x, y, width, height } = this.view.box;
    const { cursor, pending } = this.state;
    const round = (/** @type {number} */ value) => Math.round(value * 20) / 20;
    const from = cursor ?? pending[pending.length - 1] ?? /** @type {Point} */ ([round(x + width / 2), round(y + height / 2)]);
    const to = /** @type {Point} */ ([Math.round((from[0] + dx) * 1000) / 1000, Math.round((from[1] + dy) * 1000) / 1000]);
    this.update({ cursor: to, cross: true, guides: [] });
    this.view.reveal(to);
    this.page.said(`${to[0].toFixed(2)}, ${to[1].toFixed(2)} m`);
  }

  /** Delete: a corner, else the part; while drawing, the last corner. */
  erase() {
    const { selected, corner, doc, pending } = this.state;
    if (this.drawing()) { this.update({ pending: pending.slice(0, -1) }); return; }
    if (!selected) return;
    if (corner !== null && isArea(selected.kind)) {
      const less = cut(doc.plan, selected, corner);
      if (less === doc.plan) { this.page.said(this.state.words.three_left); return; }
      this.commit({ plan: less });
      this.update({ corner: Math.max(0, corner - 1) });
      this.page.said(this.state.words.corner_gone);
      return;
    }
    this.commit({ plan: remove(doc.plan, selected) });
    this.page.said(this.state.words.removed.replace("{id}", selected.id));
  }

  /** Escape: one thing less each time. */
  leave() {
    const { pending, corner, selected, tool } = this.state;
    if (pending.length) this.update({ pending: [], cursor: null, cross: false });
    else if (tool !== "select") this.setTool("select");
    else if (corner !== null) this.update({ corner: null });
    else if (selected) this.pick(null);
  }

  /** The chosen part once more. */
  copy() {
    const { selected, doc } = this.state;
    const made = selected && copy(doc.plan, selected);
    if (!made) return;
    this.commit({ plan: made.plan });
    this.update({ selected: made.ref, corner: null });
    this.page.said(this.state.words.added.replace("{id}", made.ref.id));
    this.made?.();
  }

  /** @param {Partial<import("./parts.js").Part>} fields */
  alter(fields) {
    const { selected, doc } = this.state;
    if (selected) this.commit({ plan: change(doc.plan, selected, fields) });
  }

  /** What is chosen measures. */
  get measured() {
    const { selected, doc } = this.state;
    const one = find(doc.plan, selected);
    return one && selected ? measure(selected.kind, one) : null;
  }
}
