// @ts-check
// Which piece of the floor is on the screen: fit, zoom about a place, pan; and the way from pixels to metres.
import { make } from "plan/drawing";

/** @typedef {import("./geometry.js").Point} Point */
/** @typedef {{x: number, y: number, width: number, height: number}} Box */

const MARGIN = 0.6;
const CLOSEST = 1; // metres across the screen

export class Viewport {
  /** @param {SVGSVGElement} svg @param {() => void} moved */
  constructor(svg, moved) {
    this.svg = svg;
    this.moved = moved;
    /** @type {Box} */
    this.whole = { x: -MARGIN, y: -MARGIN, width: 10, height: 10 };
    /** @type {Box} */
    this.box = this.whole;
    new ResizeObserver(() => this.show(this.box)).observe(svg);
  }

  /** The whole floor. @param {number} width @param {number} depth */
  fit(width, depth) {
    this.whole = { x: -MARGIN, y: -MARGIN, width: width + 2 * MARGIN, height: depth + 2 * MARGIN };
    this.svg.style.aspectRatio = `${this.whole.width} / ${this.whole.height}`;
    this.show(this.whole);
  }

  /** @param {Box} box */
  show(box) {
    this.box = box;
    this.svg.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
    this.moved();
  }

  /** Metres a pixel of the screen. */
  get perPixel() {
    const scale = this.svg.getScreenCTM()?.a;
    return scale ? 1 / scale : this.box.width / Math.max(1, this.svg.clientWidth);
  }

  /** @param {number} clientX @param {number} clientY @returns {Point} */
  toFloor(clientX, clientY) {
    const matrix = this.svg.getScreenCTM();
    if (!matrix) return [0, 0];
    const at = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse());
    return [at.x, at.y];
  }

  /** Closer by a factor, with the place `about` staying where it is. @param {number} factor @param {Point} [about] */
  zoom(factor, about) {
    const { x, y, width, height } = this.box;
    const held = Math.min(2 * this.whole.width, Math.max(CLOSEST, width / factor));
    const real = width / held;
    const [ax, ay] = about ?? [x + width / 2, y + height / 2];
    this.show({ x: ax - (ax - x) / real, y: ay - (ay - y) / real, width: held, height: height / real });
  }

  /** @param {number} dx metres @param {number} dy */
  pan(dx, dy) {
    const { width, height } = this.box;
    const hold = (/** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ high) => Math.min(Math.max(value, Math.min(low, high)), Math.max(low, high));
    const x = hold(this.box.x + dx, this.whole.x - width / 2, this.whole.x + this.whole.width - width / 2);
    const y = hold(this.box.y + dy, this.whole.y - height / 2, this.whole.y + this.whole.height - height / 2);
    this.show({ x, y, width, height });
  }

  /** Brings a place onto the screen. @param {Point} at */
  reveal([x, y]) {
    const box = this.box;
    if (x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height) return;
    this.show({ ...box, x: x - box.width / 2, y: y - box.height / 2 });
  }
}

/** The grid of a metre, as one path. @param {Element} group @param {number} width @param {number} depth */
export function rule(group, width, depth) {
  const lines = [];
  for (let x = 1; x < width; x += 1) lines.push(`M${x} 0V${depth}`);
  for (let y = 1; y < depth; y += 1) lines.push(`M0 ${y}H${width}`);
  group.replaceChildren(make("path", { d: lines.join("") || "M0 0" }));
}
