// Where names stand on a plan, so that they cover neither marks nor one another. Pure: lengths in metres, nothing of a page.
// @ts-check

/** A box by its middle. @typedef {{x: number, y: number, wide: number, high: number}} Box */
/** @typedef {[number, number]} Spot */

/** The area that two boxes share. @param {Box} one @param {Box} other */
export function shared(one, other) {
  const wide = (one.wide + other.wide) / 2 - Math.abs(one.x - other.x), high = (one.high + other.high) / 2 - Math.abs(one.y - other.y);
  return wide > 0 && high > 0 ? wide * high : 0;
}

/** The first of the spots at which a name of that size covers nothing, or the one at which it covers least; what it covers from
 * then on is taken. @param {{wide: number, high: number}} size @param {Spot[]} spots one at least @param {Box[]} taken @returns {Spot} */
export function placed(size, spots, taken) {
  let best = spots[0], least = Infinity;
  for (const spot of spots) {
    const box = { x: spot[0], y: spot[1], ...size };
    const covered = taken.reduce((sum, other) => sum + shared(box, other), 0);
    if (covered < least - 1e-6) { best = spot; least = covered; }
    if (least <= 1e-6) break;
  }
  taken.push({ x: best[0], y: best[1], ...size });
  return best;
}

/** Spots for a name within an area, its middle first, then by steps to its sides. @param {Box} area @param {{wide: number, high: number}} size @returns {Spot[]} */
export function within(area, size) {
  const across = Math.max(0, area.wide - size.wide) / 2, down = Math.max(0, area.high - size.high) / 2;
  const steps = [0, -0.5, 0.5, -1, 1];
  return steps.flatMap((y) => steps.map((x) => /** @type {Spot} */ ([area.x + x * across, area.y + y * down])));
}
