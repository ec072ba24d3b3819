// Moving and zooming the plan by pointer, by two fingers, by wheel, keys and buttons. The heat's scale never follows it.
// @ts-check
import { placed, within } from "manage/labels";
import { byId, given } from "manage/words";

const MOST = 8, STEP = 1.5, DRAG_PX = 5;

export class Zoom {
  /** @param {() => void} changed called after each change and each new size */
  constructor(changed) {
    this.changed = changed;
    this.plan = byId("plan");
    this.svg = /** @type {SVGSVGElement} */ (this.plan.querySelector("svg"));
    const margin = Number(this.svg.dataset.margin);
    this.whole = { x: -margin, y: -margin, width: given.width + 2 * margin, height: given.depth + 2 * margin };
    this.at = { ...this.whole };
    /** @type {Map<number, {x: number, y: number}>} */
    this.fingers = new Map();
    this.moved = 0;
    this.pixel = 0;
    this.listen();
    new ResizeObserver(() => this.apply()).observe(this.svg);
  }

  get factor() {
    return this.whole.width / this.at.width;
  }

  listen() {
    const { plan } = this;
    plan.addEventListener("pointerdown", (event) => this.down(event));
    plan.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, (event) => this.fingers.delete(/** @type {PointerEvent} */ (event).pointerId));
    plan.addEventListener("click", (event) => { if (this.moved > DRAG_PX) { event.preventDefault(); event.stopPropagation(); } }, true);
    plan.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    plan.addEventListener("dblclick", (event) => { if (event.target instanceof Element && !event.target.closest("button")) this.by(STEP, event.clientX, event.clientY); });
    plan.addEventListener("keydown", (event) => this.key(event));
    byId("zoom-in").addEventListener("click", () => this.by(STEP));
    byId("zoom-out").addEventListener("click", () => this.by(1 / STEP));
    byId("zoom-all").addEventListener("click", () => this.all());
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.target instanceof Element && event.target.closest("button, .lost")) return;
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.fingers.size === 1) this.moved = 0;
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers.set(event.pointerId, now);
    this.moved += Math.hypot(now.x - before.x, now.y - before.y);
    if (other) {
      const grown = Math.hypot(now.x - other.x, now.y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      this.by(grown, (now.x + other.x) / 2, (now.y + other.y) / 2);
    } else if (this.factor > 1 && this.moved > DRAG_PX) {
      this.plan.setPointerCapture(event.pointerId);
      const metre = this.svg.getScreenCTM()?.a ?? 1;
      this.pan((before.x - now.x) / metre, (before.y - now.y) / metre);
    }
  }

  /** Only with the control key, as browsers send a pinch: a plain wheel belongs to the page. @param {WheelEvent} event */
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.by(Math.exp(-event.deltaY / 200), event.clientX, event.clientY);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = this.at.width / 10;
    const acts = /** @type {Record<string, () => void>} */ ({
      "+": () => this.by(STEP), "=": () => this.by(STEP), "-": () => this.by(1 / STEP), 0: () => this.all(),
      ArrowLeft: () => this.pan(-far, 0), ArrowRight: () => this.pan(far, 0), ArrowUp: () => this.pan(0, -far), ArrowDown: () => this.pan(0, far),
    });
    if (!acts[event.key] || (event.key.startsWith("Arrow") && this.factor <= 1)) return;
    event.preventDefault();
    acts[event.key]();
  }

  all() {
    this.at = { ...this.whole };
    this.apply();
  }

  /** Zooms about a point of the screen, the plan's middle without one. @param {number} times @param {number} [clientX] @param {number} [clientY] */
  by(times, clientX, clientY) {
    const factor = Math.min(MOST, Math.max(1, this.factor * times));
    const metre = this.svg.getScreenCTM();
    const known = metre && clientX !== undefined && clientY !== undefined;
    const x = known ? (clientX - metre.e) / metre.a : this.at.x + this.at.width / 2;
    const y = known ? (clientY - metre.f) / metre.d : this.at.y + this.at.height / 2;
    const share = this.whole.width / factor / this.at.width;
    this.at = { x: x - (x - this.at.x) * share, y: y - (y - this.at.y) * share, width: this.at.width * share, height: this.at.height * share };
    this.pan(0, 0);
  }

  /** @param {number} dx metres @param {number} dy */
  pan(dx, dy) {
    const { at, whole } = this;
    at.x = Math.min(whole.x + whole.width - at.width, Math.max(whole.x, at.x + dx));
    at.y = Math.min(whole.y + whole.height - at.height, Math.max(whole.y, at.y + dy));
    this.apply();
  }

  /** Shows what is asked for, with words and dots as large as ever on the screen. */
  apply() {
    const { at, svg } = this;
    svg.setAttribute("viewBox", `${at.x} ${at.y} ${at.width} ${at.height}`);
    const pixel = 1 / (svg.getScreenCTM()?.a || 1), rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    svg.style.setProperty("--px", `${pixel * rem}px`);
    this.plan.classList.toggle("zoomed", this.factor > 1.001);
    if (pixel !== this.pixel) this.name(pixel, pixel * rem);
    this.pixel = pixel;
    this.changed();
  }

  /** Shelves' names where there is room, beside tags and readers rather than over them. @param {number} pixel @param {number} size of a letter, in metres for each of its pixels */
  name(pixel, size) {
    const { svg } = this;
    /** @type {import("./../labels.js").Box[]} */
    const taken = [...svg.querySelectorAll(".marks > *, .zone-names text")].map((mark) => {
      const box = /** @type {SVGGraphicsElement} */ (mark).getBBox();
      const at = /** @type {SVGGraphicsElement} */ (mark).transform.baseVal.consolidate()?.matrix;
      const turned = mark.tagName === "text" && at;
      return turned ? { x: Number(mark.getAttribute("x")), y: Number(mark.getAttribute("y")) + box.width / 2, wide: box.height, high: box.width }
        : { x: box.x + box.width / 2 + (at?.e ?? 0), y: box.y + box.height / 2 + (at?.f ?? 0), wide: box.width, high: box.height };
    });
    for (const name of /** @type {NodeListOf<SVGElement>} */ (svg.querySelectorAll(".shelf-names text"))) {
      const words = name.textContent ?? "", upright = name.dataset.upright === "1";
      const room = Number(name.dataset.room), height = Number(name.dataset.height);
      const long = words.length * (/[가-힣]/.test(words) ? 12 : 7) * size, high = 12 * size;
      const tight = long > room || high > height;
      name.classList.toggle("tight", tight);
      if (tight) continue;
      const box = upright ? { wide: high, high: long } : { wide: long, high };
      const area = { x: Number(name.dataset.x), y: Number(name.dataset.y), ...(upright ? { wide: height, high: room } : { wide: room, high: height }) };
      const [x, y] = placed(box, within(area, upright ? { wide: 1.2 * high, high: long + high } : { wide: long + high, high: 1.2 * high }), taken);
      name.setAttribute("x", x.toFixed(3));
      name.setAttribute("y", y.toFixed(3));
      if (upright) name.setAttribute("transform", `rotate(90 ${x.toFixed(3)} ${y.toFixed(3)})`);
    }
  }
}
