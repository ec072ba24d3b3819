// The plan: heat under it, people on it, taps as ripples, and what the pointer is over.
// @ts-check
import { bytes, colours, paint, paintRamp, ticks } from "manage/heat";

const UNSEEN = 255, WITHHELD = 254;
const SVG = "http://www.w3.org/2000/svg";

/** @typedef {{columns: number, rows: number, cell_m: number, top: number, levels: string, seen: string, watching: string[], withheld: string[]}} Picture */

export class Floor {
  constructor() {
    this.plan = /** @type {HTMLElement} */ (document.getElementById("plan"));
    this.canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("heat"));
    this.people = /** @type {SVGGElement} */ (/** @type {unknown} */ (document.getElementById("people")));
    this.reading = /** @type {HTMLElement} */ (document.getElementById("reading"));
    this.note = /** @type {HTMLElement} */ (document.getElementById("heat-note"));
    /** @type {(Picture & {cells: Uint8Array, shares: Uint8Array}) | null} */
    this.picture = null;
    this.plan.addEventListener("pointermove", (event) => this.read(event));
    this.plan.addEventListener("pointerleave", () => { this.reading.hidden = true; });
    this.drawing = /** @type {SVGSVGElement} */ (this.plan.querySelector("svg"));
    new ResizeObserver(() => this.fit()).observe(this.drawing);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  get dark() {
    const theme = document.documentElement.dataset.theme;
    return theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  }

  /** Fetches the period's picture. Returns false where the session is over. */
  async load() {
    let answer;
    try {
      answer = await fetch(this.plan.dataset.heat ?? "", { headers: { accept: "application/json" } });
    } catch {
      return this.say("failed");
    }
    if (answer.status === 401) return false;
    if (!answer.ok) return this.say("failed");
    const picture = /** @type {Picture} */ (await answer.json());
    this.picture = { ...picture, cells: bytes(picture.levels), shares: bytes(picture.seen) };
    this.draw();
    return this.say(picture.withheld.length && !picture.watching.length ? "few" : null);
  }

  /** @param {"few" | "failed" | null} what */
  say(what) {
    this.note.hidden = what === null;
    if (what) this.note.textContent = this.note.dataset[what] ?? "";
    return true;
  }

  draw() {
    const table = colours(this.dark);
    paintRamp(/** @type {HTMLCanvasElement} */ (document.getElementById("ramp")), table);
    const picture = this.picture;
    if (!picture) return;
    paint(this.canvas, picture.cells, picture.columns, table);
    this.fit();
    const marks = document.querySelectorAll("#ticks li");
    ticks(picture.top, document.documentElement.lang).forEach((text, place) => { marks[place].textContent = text; });
    this.hatch(picture.watching);
  }

  /** Lays the heat under the drawing's floor, wherever the drawing has put it. */
  fit() {
    const picture = this.picture, metre = this.drawing.getScreenCTM();
    if (!picture || !metre) return;
    const plan = this.plan.getBoundingClientRect();
    Object.assign(this.canvas.style, {
      left: `${metre.e - plan.left - this.plan.clientLeft}px`,
      top: `${metre.f - plan.top - this.plan.clientTop}px`,
      width: `${picture.columns * picture.cell_m * metre.a}px`,
      height: `${picture.rows * picture.cell_m * metre.d}px`,
    });
  }

  /** Takes the views of the watching cameras out of the hatch. @param {string[]} watching */
  hatch(watching) {
    const views = [...document.querySelectorAll(".views > polygon")].filter((view) => watching.includes(view.getAttribute("data-camera") ?? ""));
    document.getElementById("seen")?.replaceChildren(...views.map((view) => {
      const copy = document.createElementNS(SVG, "polygon");
      copy.setAttribute("points", view.getAttribute("points") ?? "");
      copy.setAttribute("fill", "#000");
      return copy;
    }));
  }

  /** The people of this moment; a dot has no memory. @param {[number, number][]} places */
  stand(places) {
    while (this.people.childElementCount < places.length) {
      const dot = document.createElementNS(SVG, "circle");
      dot.setAttribute("r", "0.14");
      this.people.append(dot);
    }
    while (this.people.childElementCount > places.length) this.people.lastElementChild?.remove();
    places.forEach(([x, y], place) => {
      this.people.children[place].setAttribute("cx", String(x));
      this.people.children[place].setAttribute("cy", String(y));
    });
  }

  /** A tap at a reader, as a ripple. @param {string} reader */
  ripple(reader) {
    const wave = document.querySelector(`#reader-${CSS.escape(reader)} .wave`);
    if (!wave) return;
    wave.classList.remove("now");
    wave.getBoundingClientRect(); // starts the ripple anew
    wave.classList.add("now");
  }

  /** What the cell under the pointer says. @param {PointerEvent} event */
  read(event) {
    const picture = this.picture;
    if (!picture) return;
    const box = this.canvas.getBoundingClientRect();
    const x = Math.floor(((event.clientX - box.left) / box.width) * picture.columns);
    const y = Math.floor(((event.clientY - box.top) / box.height) * picture.rows);
    this.reading.hidden = x < 0 || y < 0 || x >= picture.columns || y >= picture.rows;
    if (this.reading.hidden) return;
    const cell = y * picture.columns + x, words = this.plan.dataset;
    const share = picture.shares[cell], level = picture.cells[cell];
    const value = `${level === 255 ? "≥ " : ""}${Intl.NumberFormat(document.documentElement.lang, { maximumSignificantDigits: 3 }).format((level / 255) * picture.top)} ${words.unit}`;
    this.reading.textContent = share === UNSEEN ? words.unseen ?? "" : share === WITHHELD ? words.few ?? "" : `${value} · ${words.seen} ${share}%`;
    const plan = this.plan.getBoundingClientRect();
    this.reading.style.left = `${event.clientX - plan.left}px`;
    this.reading.style.top = `${event.clientY - plan.top}px`;
    this.reading.classList.toggle("leftwards", event.clientX - plan.left > plan.width / 2);
  }
}
