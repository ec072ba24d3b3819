// What the pointer or the keyboard is on, in words: a zone with its people, its last tap and its value, or one cell.
// @ts-check
import { SAME, UNSEEN, WITHHELD, cellsIn, markOf, valueOf } from "manage/data";
import { byId, given, number, say } from "manage/words";

/** @typedef {import("./data.js").Field} Field */
/** A tap is told for this long. */
const TAP_MS = 30_000;

export class Reading {
  /** @param {import("./crowd.js").Crowd} crowd @param {() => {field: Field | null, unit: string, live: boolean, window: string}} now */
  constructor(crowd, now) {
    this.crowd = crowd;
    this.now = now;
    this.plan = byId("plan");
    this.svg = /** @type {SVGSVGElement} */ (this.plan.querySelector("svg"));
    this.box = byId("reading");
    /** @type {{zone: string} | {x: number, y: number} | null} */
    this.at = null;
    /** @type {Map<string, {field: Field | null, cells: number[]}>} */
    this.cells = new Map();
    this.plan.addEventListener("pointermove", (event) => this.point(event));
    this.plan.addEventListener("pointerleave", () => this.leave());
    this.plan.addEventListener("focusin", (event) => {
      const zone = event.target instanceof Element && event.target.closest("a[data-zone]");
      if (zone) this.tell({ zone: zone.getAttribute("data-zone") ?? "" });
    });
    this.plan.addEventListener("focusout", () => this.leave());
    this.plan.addEventListener("keydown", (event) => { if (event.key === "Escape") this.leave(); });
  }

  leave() {
    this.at = null;
    this.box.hidden = true;
  }

  /** @param {PointerEvent} event */
  point(event) {
    const zone = event.target instanceof Element ? event.target.closest("a[data-zone]")?.getAttribute("data-zone") : null;
    const metre = this.svg.getScreenCTM();
    if (zone) this.tell({ zone });
    else if (metre) this.tell({ x: (event.clientX - metre.e) / metre.a, y: (event.clientY - metre.f) / metre.d });
  }

  /** @param {{zone: string} | {x: number, y: number}} at */
  tell(at) {
    this.at = at;
    this.refresh();
  }

  /** Tells the same place anew, as figures move on. */
  refresh() {
    const { at } = this;
    if (!at) return;
    const zone = "zone" in at ? given.zones.find((one) => one.id === at.zone) : null;
    const lines = zone ? this.ofZone(zone) : "x" in at ? this.ofCell(at.x, at.y) : [];
    this.box.hidden = !lines.length;
    if (!lines.length) return;
    const said = lines.map((text, place) => Object.assign(document.createElement(place || !zone ? "span" : "b"), { textContent: text }));
    if (said.map((one) => one.textContent).join("\n") !== [...this.box.children].map((one) => one.textContent).join("\n")) this.box.replaceChildren(...said);
    const xs = zone?.points.map(([x]) => x) ?? [], ys = zone?.points.map(([, y]) => y) ?? [];
    this.place(zone ? (Math.min(...xs) + Math.max(...xs)) / 2 : "x" in at ? at.x : 0, zone ? Math.min(...ys) : "y" in at ? at.y : 0);
  }

  /** @param {import("./words.js").Zone} zone @returns {string[]} */
  ofZone(zone) {
    const { field, unit, live, window } = this.now();
    const now = performance.now();
    const tapped = given.readers.find((one) => one.zone === zone.id && now - (this.crowd.taps.get(one.id) ?? -Infinity) < TAP_MS);
    const here = live ? say("peopleNow", { n: this.crowd.within(zone.points) }) : "";
    const value = field ? this.mean(field, zone, unit) : "";
    return [
      zone.title,
      ...(tapped?.good ? [say("tapped", { what: tapped.good })] : []),
      [here, value && `${window}: ${value}`].filter(Boolean).join(" · "),
    ].filter(Boolean);
  }

  /** @param {Field} field @param {import("./words.js").Zone} zone @param {string} unit */
  mean(field, zone, unit) {
    let known = this.cells.get(zone.id);
    if (known?.field?.columns !== field.columns || known.field.cell_m !== field.cell_m) {
      known = { field, cells: cellsIn(field, zone.points) };
      this.cells.set(zone.id, known);
    }
    const all = known.cells.map((cell) => markOf(field, cell));
    const shown = known.cells.filter((_, place) => all[place] === 0);
    if (!shown.length) return all.every((mark) => mark === UNSEEN) ? say("unseen") : all.includes(SAME) ? say("same") : say("few");
    const sum = shown.reduce((total, cell) => total + valueOf(field, cell), 0);
    const value = `${number(sum / shown.length, field.signed)} ${unit}`;
    if (!field.signed) return say("mean", { value });
    return say("zoneCompare", { value, share: Math.round((100 * shown.length) / known.cells.length) });
  }

  /** @param {number} x metres @param {number} y @returns {string[]} */
  ofCell(x, y) {
    const { field, unit } = this.now();
    if (!field) return [];
    const column = Math.floor(x / field.cell_m), row = Math.floor(y / field.cell_m);
    if (column < 0 || row < 0 || column >= field.columns || row >= field.rows) return [];
    const cell = row * field.columns + column, mark = markOf(field, cell);
    if (mark) return [say(mark === UNSEEN ? "unseen" : mark === WITHHELD ? "few" : "same")];
    const most = !field.signed && field.levels[cell] === field.max;
    const seen = field.marks ? ` · ${say("seen", { share: field.marks[cell] })}` : "";
    return [`${most ? "≥ " : ""}${number(valueOf(field, cell), field.signed)} ${unit}${seen}`];
  }

  /** @param {number} x metres @param {number} y */
  place(x, y) {
    const metre = this.svg.getScreenCTM(), plan = this.plan.getBoundingClientRect();
    if (!metre) return;
    const left = x * metre.a + metre.e - plan.left, top = y * metre.d + metre.f - plan.top;
    const { offsetWidth: width, offsetHeight: height } = this.box;
    this.box.style.left = `${Math.max(4, Math.min(plan.width - width - 6, left - width / 2))}px`;
    this.box.style.top = `${top - height - 12 > 0 ? top - height - 12 : Math.min(plan.height - height - 6, top + 18)}px`;
  }
}
