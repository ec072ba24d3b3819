// @ts-check
// Points, lines and polygons on the floor, in metres. Pure: nothing here knows of a page.

/** @typedef {[number, number]} Point */

/** Closer than a millimetre is the same place. */
export const NEAR = 0.001;

/** To the millimetre, as plans are written. @param {number} value */
export const tidy = (value) => Math.round(value * 1000) / 1000 || 0;
/** @param {Point} p @returns {Point} */
export const tidyPoint = ([x, y]) => [tidy(x), tidy(y)];
/** @param {Point} a @param {Point} b */
export const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
/** @param {Point} p @param {number} dx @param {number} dy @returns {Point} */
export const shift = ([x, y], dx, dy) => tidyPoint([x + dx, y + dy]);

/** A polygon's area in m², whichever way round it goes (Gauss). @param {Point[]} polygon */
export function area(polygon) {
  let twice = 0;
  polygon.forEach(([x, y], at) => {
    const [nx, ny] = polygon[(at + 1) % polygon.length];
    twice += x * ny - nx * y;
  });
  return Math.abs(twice) / 2;
}

/** The length of a line through points. @param {Point[]} points */
export const lengthOf = (points) => points.slice(1).reduce((sum, point, at) => sum + distance(points[at], point), 0);

/** The mean of the corners. @param {Point[]} points @returns {Point} */
export function middle(points) {
  const sum = points.reduce((/** @type {Point} */ s, [x, y]) => [s[0] + x, s[1] + y], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}

/** On which side of a → b the point lies: 1, -1, or 0 on the line. @param {Point} a @param {Point} b @param {Point} c */
export function side(a, b, c) {
  const turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  return Math.abs(turn) <= 1e-6 * Math.max(distance(a, b), NEAR) ? 0 : Math.sign(turn);
}

/** @param {Point} start @param {Point} end @param {Point} point */
const between = (start, end, point) =>
  Math.min(start[0], end[0]) - NEAR <= point[0] && point[0] <= Math.max(start[0], end[0]) + NEAR &&
  Math.min(start[1], end[1]) - NEAR <= point[1] && point[1] <= Math.max(start[1], end[1]) + NEAR;

/** Whether two segments have a point in common. @param {Point} a @param {Point} b @param {Point} c @param {Point} d */
export function touch(a, b, c, d) {
  const sides = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (sides[0] !== sides[1] && sides[2] !== sides[3]) return true;
  return (sides[0] === 0 && between(a, b, c)) || (sides[1] === 0 && between(a, b, d)) ||
    (sides[2] === 0 && between(c, d, a)) || (sides[3] === 0 && between(c, d, b));
}

/** Whether the way start → corner → end goes back along itself. @param {Point} start @param {Point} corner @param {Point} end */
function folds(start, corner, end) {
  const back = (start[0] - corner[0]) * (end[0] - corner[0]) + (start[1] - corner[1]) * (end[1] - corner[1]);
  return back > 0 && side(start, corner, end) === 0;
}

/** The first two sides of a polygon that meet beside their common corner, or null. @param {Point[]} polygon @returns {[number, number] | null} */
export function crossing(polygon) {
  const count = polygon.length;
  const at = (/** @type {number} */ place) => polygon[place % count];
  for (let one = 0; one < count; one += 1) {
    for (let other = one + 1; other < count; other += 1) {
      const meets = (one + 1) % count === other ? folds(at(one), at(one + 1), at(other + 1))
        : (other + 1) % count === one ? folds(at(other), at(other + 1), at(one + 1))
          : touch(at(one), at(one + 1), at(other), at(other + 1));
      if (meets) return [one, other];
    }
  }
  return null;
}

/** Whether a point lies in a polygon (even-odd); its border belongs to it. @param {Point[]} polygon @param {Point} point */
export function inside(polygon, point) {
  let within = false;
  for (let at = 0; at < polygon.length; at += 1) {
    const a = polygon[at], b = polygon[(at + 1) % polygon.length];
    if (side(a, b, point) === 0 && between(a, b, point)) return true;
    if ((a[1] > point[1]) !== (b[1] > point[1]) && point[0] < a[0] + ((point[1] - a[1]) * (b[0] - a[0])) / (b[1] - a[1])) within = !within;
  }
  return within;
}

/** The place on a segment that is nearest to a point. @param {Point} a @param {Point} b @param {Point} point @returns {Point} */
export function nearest(a, b, point) {
  const long = (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2;
  const along = long ? ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / long : 0;
  const held = Math.min(1, Math.max(0, along));
  return [a[0] + held * (b[0] - a[0]), a[1] + held * (b[1] - a[1])];
}

/** How far a point is from a polygon; 0 in it. @param {Point[]} polygon @param {Point} point */
export function away(polygon, point) {
  if (inside(polygon, point)) return 0;
  return Math.min(...edges(polygon).map(([a, b]) => distance(nearest(a, b, point), point)));
}

/** The sides of a polygon. @param {Point[]} polygon @returns {[Point, Point][]} */
export const edges = (polygon) => polygon.map((point, at) => [point, polygon[(at + 1) % polygon.length]]);

/** The four corners between two opposite ones. @param {Point} a @param {Point} b @returns {Point[]} */
export const box = (a, b) => {
  const left = Math.min(a[0], b[0]), right = Math.max(a[0], b[0]), top = Math.min(a[1], b[1]), bottom = Math.max(a[1], b[1]);
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
};

/** The unit vector that points from a line's middle to its right, seen from a to b: into the store.
 * With y downwards the right of a → b is at (-dy, dx). @param {Point} a @param {Point} b @returns {Point} */
export function rightOf(a, b) {
  const long = distance(a, b) || 1;
  return [(a[1] - b[1]) / long, (b[0] - a[0]) / long];
}
