// The people of this moment as dots with short trails, and taps as ripples. Nobody has a name or a memory here.
// @ts-check
import { within } from "manage/data";
import { byId } from "manage/words";

const SVG = "http://www.w3.org/2000/svg";
/** A dot is taken for the same as before within this distance, metres; farther, and it is somebody new. */
const STEP_M = 0.9;
/** Places that a trail remembers: three seconds at five a second. */
const TRAIL = 15;

/** @typedef {{x: number, y: number, trail: number[][], dot: SVGCircleElement, line: SVGPolylineElement}} One */

export class Crowd {
  constructor() {
    this.dots = byId("people");
    this.lines = byId("trails");
    /** @type {One[]} */
    this.people = [];
    /** When a reader was last tapped, ms of the page's clock. @type {Map<string, number>} */
    this.taps = new Map();
  }

  /** Everybody's places, in centimetres: x, y, x, y… @param {number[]} cm */
  stand(cm) {
    const left = [...this.people];
    /** @type {One[]} */
    const now = [];
    for (let place = 0; place < cm.length; place += 2) {
      const x = cm[place] / 100, y = cm[place + 1] / 100;
      const near = nearest(left, x, y);
      const one = near >= 0 ? left.splice(near, 1)[0] : this.come(x, y);
      one.x = x;
      one.y = y;
      one.trail.push([x, y]);
      if (one.trail.length > TRAIL) one.trail.shift();
      now.push(one);
    }
    for (const gone of left) {
      gone.dot.remove();
      gone.line.remove();
    }
    this.people = now;
    this.draw();
  }

  draw() {
    for (const one of this.people) {
      one.dot.style.transform = `translate(${one.x}px, ${one.y}px)`;
      one.line.setAttribute("points", one.trail.map(([x, y]) => `${x},${y}`).join(" "));
    }
  }

  /** @param {number} x @param {number} y @returns {One} */
  come(x, y) {
    const dot = document.createElementNS(SVG, "circle"), line = document.createElementNS(SVG, "polyline");
    dot.style.transform = `translate(${x}px, ${y}px)`;
    this.lines.append(line);
    this.dots.append(dot);
    return { x, y, trail: [], dot, line };
  }

  /** @param {string} reader */
  tap(reader) {
    this.taps.set(reader, performance.now());
    const wave = document.querySelector(`#reader-${CSS.escape(reader)} .wave`);
    if (!wave) return;
    wave.classList.remove("now");
    wave.getBoundingClientRect(); // starts the ripple anew
    wave.classList.add("now");
  }

  /** How many stand in a polygon. @param {number[][]} points */
  within(points) {
    return this.people.filter((one) => within(one.x, one.y, points)).length;
  }
}

/** @param {One[]} people @param {number} x @param {number} y @returns {number} */
function nearest(people, x, y) {
  let best = -1, least = STEP_M ** 2;
  people.forEach((one, place) => {
    const far = (one.x - x) ** 2 + (one.y - y) ** 2;
    if (far < least) { least = far; best = place; }
  });
  return best;
}
