// @ts-check
// Where a point goes that somebody drags near something: corners first, then right angles, edges, the grid. Pure.
import { NEAR, distance, nearest, tidyPoint } from "plan/geometry";

/** @typedef {import("./geometry.js").Point} Point */
/** What a point may snap to: `radius` in metres; `before` and `after` are its neighbours in its own shape.
 * @typedef {{on: boolean, radius: number, grid: number, corners: Point[], edges: [Point, Point][], before?: Point[], after?: Point[]}} Near */
/** Where it went, why, and lines that show it. @typedef {{point: Point, kind: "free" | "corner" | "angle" | "edge" | "grid", guides: [Point, Point][]}} Snapped */

/** @param {Point} point @param {number} grid @returns {Point} */
const onGrid = ([x, y], grid) => tidyPoint([Math.round(x / grid) * grid, Math.round(y / grid) * grid]);

/** @param {Point} point @param {Near} near @returns {Snapped} */
export function snap(point, near) {
  if (!near.on) return { point: tidyPoint(point), kind: "free", guides: [] };
  const corner = closest(near.corners.map((at) => at), point, near.radius);
  if (corner) return { point: tidyPoint(corner), kind: "corner", guides: [] };
  const angle = squared(point, near);
  if (angle) return angle;
  const edge = closest(near.edges.map(([a, b]) => nearest(a, b, point)), point, near.radius);
  if (edge) return { point: tidyPoint(edge), kind: "edge", guides: [] };
  return { point: onGrid(point, near.grid), kind: "grid", guides: [] };
}

/** @param {Point[]} places @param {Point} point @param {number} radius @returns {Point | null} */
function closest(places, point, radius) {
  let best = null, least = radius;
  for (const place of places) {
    const far = distance(place, point);
    if (far <= least) { best = place; least = far; }
  }
  return best;
}

/** Rays from the neighbours along which the shape has a right angle, or a side that runs as the walls do.
 * @param {Near} near @returns {{from: Point, along: Point}[]} */
function rays(near) {
  const found = [];
  for (const [from, beyond] of [near.before ?? [], near.after ?? []]) {
    if (!from) continue;
    found.push({ from, along: /** @type {Point} */ ([1, 0]) }, { from, along: /** @type {Point} */ ([0, 1]) });
    const long = beyond ? distance(from, beyond) : 0;
    if (beyond && long > NEAR) found.push({ from, along: /** @type {Point} */ ([(from[1] - beyond[1]) / long, (beyond[0] - from[0]) / long]) });
  }
  return found;
}

/** @param {Point} point @param {Near} near @returns {Snapped | null} */
function squared(point, near) {
  const close = rays(near).map((ray) => ({ ray, foot: foot(ray, point) }))
    .filter(({ ray, foot: at }) => distance(at, point) <= near.radius && distance(at, ray.from) > NEAR)
    .sort((one, other) => distance(one.foot, point) - distance(other.foot, point));
  if (!close.length) return null;
  const [first] = close;
  for (const second of close.slice(1)) {
    const met = meet(first.ray, second.ray);
    if (met && distance(met, point) <= 1.5 * near.radius) {
      return { point: tidyPoint(met), kind: "angle", guides: [[first.ray.from, met], [second.ray.from, met]] };
    }
  }
  const at = steps(first.ray, first.foot, near.grid);
  return { point: at, kind: "angle", guides: [[first.ray.from, at]] };
}

/** @param {{from: Point, along: Point}} ray @param {Point} point @returns {Point} */
function foot({ from, along }, point) {
  const far = (point[0] - from[0]) * along[0] + (point[1] - from[1]) * along[1];
  return [from[0] + far * along[0], from[1] + far * along[1]];
}

/** Along the ray in whole steps of the grid: a side of 1.25 m, not of 1.2473. @param {{from: Point, along: Point}} ray @param {Point} point @param {number} grid @returns {Point} */
function steps({ from, along }, point, grid) {
  const far = (point[0] - from[0]) * along[0] + (point[1] - from[1]) * along[1];
  const whole = Math.round(far / grid) * grid;
  return tidyPoint([from[0] + whole * along[0], from[1] + whole * along[1]]);
}

/** @param {{from: Point, along: Point}} one @param {{from: Point, along: Point}} other @returns {Point | null} */
function meet(one, other) {
  const cross = one.along[0] * other.along[1] - one.along[1] * other.along[0];
  if (Math.abs(cross) < 1e-6) return null;
  const far = ((other.from[0] - one.from[0]) * other.along[1] - (other.from[1] - one.from[1]) * other.along[0]) / cross;
  return [one.from[0] + far * one.along[0], one.from[1] + far * one.along[1]];
}

/** By how much a whole shape is moved so that one of its corners snaps; else its first corner goes to the grid.
 * @param {Point[]} points the shape where it is dragged to @param {Near} near @returns {{dx: number, dy: number, guides: [Point, Point][]}} */
export function snapAll(points, near) {
  if (!near.on || !points.length) return { dx: 0, dy: 0, guides: [] };
  let best = null, least = Infinity;
  for (const point of points) {
    const to = snap(point, { ...near, before: undefined, after: undefined });
    const far = distance(point, to.point);
    const rank = to.kind === "corner" ? far : to.kind === "edge" ? far + near.radius : Infinity;
    if (rank < least) { best = { from: point, to: to.point }; least = rank; }
  }
  best ??= { from: points[0], to: onGrid(points[0], near.grid) };
  return { dx: best.to[0] - best.from[0], dy: best.to[1] - best.from[1], guides: [] };
}
