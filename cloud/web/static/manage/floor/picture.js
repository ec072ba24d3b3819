// The picture under the plan: the heat, the hatch where nothing was measured, and the legend that explains both.
// @ts-check
import { colours, paint, paintRamp, ticks } from "manage/colours";
import { UNSEEN, WITHHELD, markOf } from "manage/data";
import { byId } from "manage/words";

/** @typedef {import("./data.js").Field} Field */

export class Picture {
  constructor() {
    this.canvas = /** @type {HTMLCanvasElement} */ (byId("heat"));
    this.ramp = /** @type {HTMLCanvasElement} */ (byId("ramp"));
    this.scheme = "usual";
    /** @type {Field | null} */
    this.field = null;
    this.look = "";
    this.masks = "";
    /** @type {Uint8ClampedArray} */
    this.table = new Uint8ClampedArray(1024);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  get dark() {
    const theme = document.documentElement.dataset.theme;
    return theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  }

  /** @param {Field | null} field */
  show(field) {
    this.field = field;
    this.draw();
  }

  draw() {
    const field = this.field;
    this.canvas.hidden = !field;
    if (!field) return;
    const wanted = { dark: this.dark, scheme: this.scheme, max: field.max, signed: field.signed };
    const look = JSON.stringify([wanted, field.top]);
    if (look !== this.look) {
      this.look = look;
      this.table = colours(wanted);
      paintRamp(this.ramp, wanted);
      const marks = document.querySelectorAll("#ticks li");
      ticks(field.top, field.signed, document.documentElement.lang).forEach((text, place) => { marks[place].textContent = text; });
    }
    paint(this.canvas, field.levels, field.columns, this.table);
    this.mask(field);
  }

  /** Draws the marks, where they are others than those drawn. @param {Field} field */
  mask(field) {
    let unseen = 0, few = 0;
    const from = field.marks ?? field.levels, count = from.length;
    for (let cell = 0; cell < count; cell++) {
      const mark = from[cell];
      if (mark < WITHHELD) continue;
      if (mark === UNSEEN) unseen = (Math.imul(unseen, 31) + cell + 1) | 0;
      else few = (Math.imul(few, 31) + cell + 1) | 0;
    }
    const masks = `${field.columns} ${field.cell_m} ${unseen} ${few}`;
    if (masks === this.masks) return;
    this.masks = masks;
    byId("unseen-views").setAttribute("visibility", "hidden");
    byId("unseen-cells").setAttribute("d", path(field, UNSEEN));
    byId("withheld-cells").setAttribute("d", path(field, WITHHELD));
    const key = document.querySelector(".only-few");
    if (key instanceof HTMLElement) key.hidden = !few;
  }

  /** Lays the heat under the drawing's floor, wherever that is. @param {DOMMatrix} metre @param {DOMRect} plan @param {number} border */
  fit(metre, plan, border) {
    const field = this.field;
    if (!field) return;
    Object.assign(this.canvas.style, {
      left: `${metre.e - plan.left - border}px`,
      top: `${metre.f - plan.top - border}px`,
      width: `${field.columns * field.cell_m * metre.a}px`,
      height: `${field.rows * field.cell_m * metre.d}px`,
    });
  }
}

/** The cells with a mark as one path, a rectangle for each run in a row. @param {Field} field @param {number} wanted */
function path(field, wanted) {
  const { columns, rows, cell_m } = field;
  let drawn = "";
  for (let row = 0; row < rows; row++) {
    for (let from = 0; from < columns; from++) {
      if (markOf(field, row * columns + from) !== wanted) continue;
      let until = from;
      while (until < columns && markOf(field, row * columns + until) === wanted) until++;
      drawn += `M${from * cell_m} ${row * cell_m}h${(until - from) * cell_m}v${cell_m}h${(from - until) * cell_m}z`;
      from = until;
    }
  }
  return drawn;
}
