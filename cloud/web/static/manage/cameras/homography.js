// From a picture's pixels to the floor's metres: the direct linear transformation with Hartley's normalisation
// (R. Hartley, "In defense of the eight-point algorithm", PAMI 19, 1997; R. Hartley and A. Zisserman, "Multiple View
// Geometry", 2nd ed., algorithm 4.2). A pair is { u, v, x, y }; a matrix is nine numbers, row by row.

export const FEWEST = 4;
export const CHECKED = 6; // pairs from which the error of each is told, and which one is worst

/** The homography of these pairs, [u, v, 1] to [x, y, 1] times w; null where they lie so that there is none. */
export function fit(pairs) {
  if (pairs.length < FEWEST) return null;
  const from = normaliser(pairs.map((pair) => [pair.u, pair.v]));
  const to = normaliser(pairs.map((pair) => [pair.x, pair.y]));
  if (!from || !to) return null;
  const normal = new Float64Array(81);
  for (const pair of pairs) {
    const [u, v] = apply(from, pair.u, pair.v), [x, y] = apply(to, pair.x, pair.y);
    for (const row of [[0, 0, 0, -u, -v, -1, y * u, y * v, y], [u, v, 1, 0, 0, 0, -x * u, -x * v, -x]]) {
      for (let i = 0; i < 9; i++) for (let j = 0; j < 9; j++) normal[9 * i + j] += row[i] * row[j];
    }
  }
  const { vector, gap } = smallest(normal, 9);
  if (gap < 1e-9) return null; // more than one homography fits: the points lie on a line
  const undone = inverse(to);
  const matrix = undone && times(times(undone, vector), from);
  if (!matrix || !matrix.every(Number.isFinite)) return null;
  const sides = pairs.map((pair) => matrix[6] * pair.u + matrix[7] * pair.v + matrix[8]);
  if (!sides.every((w) => w > 0) && !sides.every((w) => w < 0)) return null; // the horizon runs between the points
  return sides[0] < 0 ? matrix.map((value) => -value) : matrix;
}

/** Where [u, v] comes to; null behind the horizon. */
export function apply(matrix, u, v) {
  const w = matrix[6] * u + matrix[7] * v + matrix[8];
  if (!(w > 0)) return null;
  return [(matrix[0] * u + matrix[1] * v + matrix[2]) / w, (matrix[3] * u + matrix[4] * v + matrix[5]) / w];
}

/** The other way round, with w above 0 where it was; null for a matrix that has none. */
export function inverse(m) {
  const c = [
    m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
    m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
    m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3],
  ];
  const determinant = m[0] * c[0] + m[1] * c[3] + m[2] * c[6];
  if (determinant === 0 || !Number.isFinite(1 / determinant)) return null; // of any scale, as a matrix is known up to one
  return c.map((value) => value / determinant);
}

/** How far off each pair is, cm: against the floor fitted to the others. Null where too few or no floor. */
export function heldOut(pairs) {
  return pairs.map((pair, left) => {
    const others = pairs.filter((_, at) => at !== left);
    const matrix = others.length < FEWEST ? null : fit(others);
    const place = matrix && apply(matrix, pair.u, pair.v);
    return place ? 100 * Math.hypot(place[0] - pair.x, place[1] - pair.y) : null;
  });
}

/** The typical error, cm (root mean square), of those that are known; null of none. */
export function typical(errors) {
  const known = errors.filter((error) => error !== null);
  return known.length ? Math.sqrt(known.reduce((sum, error) => sum + error * error, 0) / known.length) : null;
}

/** What an editor tells of its pairs, as the node's code does: each point's error, the worst, and without it. */
export function judge(pairs) {
  const matrix = fit(pairs);
  if (!matrix) return { matrix: null, points: [], error_cm: null, worst: null };
  const errors = pairs.length > FEWEST ? heldOut(pairs) : pairs.map(() => null);
  const points = errors.map((error, at) => ({ number: at + 1, error_cm: error, without_cm: null }));
  if (pairs.length >= CHECKED) {
    // The pair without which the others agree best is the one that agrees least with them.
    const suspects = [...points].sort((a, b) => (b.error_cm ?? Infinity) - (a.error_cm ?? Infinity)).slice(0, 8);
    for (const point of suspects) {
      point.without_cm = typical(heldOut(pairs.filter((_, at) => at !== point.number - 1)));
    }
    const told = suspects.filter((point) => point.without_cm !== null);
    told.sort((a, b) => a.without_cm - b.without_cm);
    return { matrix, points, error_cm: typical(errors), worst: told.length ? told[0].number : null };
  }
  return { matrix, points, error_cm: typical(errors), worst: null };
}

/** Moves points to their middle and scales them to a mean distance of √2; null where they are one point. */
function normaliser(points) {
  const n = points.length;
  const x = points.reduce((sum, point) => sum + point[0], 0) / n;
  const y = points.reduce((sum, point) => sum + point[1], 0) / n;
  const far = points.reduce((sum, point) => sum + Math.hypot(point[0] - x, point[1] - y), 0) / n;
  if (!(far > 1e-9)) return null;
  const scale = Math.SQRT2 / far;
  return [scale, 0, -scale * x, 0, scale, -scale * y, 0, 0, 1];
}

function times(a, b) {
  return Array.from({ length: 9 }, (_, at) => {
    const row = 3 * Math.floor(at / 3), column = at % 3;
    return a[row] * b[column] + a[row + 1] * b[column + 3] + a[row + 2] * b[column + 6];
  });
}

/** The eigenvector of the smallest eigenvalue of a symmetric matrix, by Jacobi's rotations; `gap`: the next value's share. */
function smallest(matrix, n) {
  const a = Float64Array.from(matrix), v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[n * i + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0, on = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) if (i === j) on += a[n * i + j] ** 2; else off += a[n * i + j] ** 2;
    if (off <= 1e-26 * on) break;
    for (let p = 0; p < n - 1; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[n * i + i] - a[n * j + j]);
  const vector = Array.from({ length: n }, (_, i) => v[n * i + order[0]]);
  return { vector, gap: a[n * order[1] + order[1]] / a[n * order[n - 1] + order[n - 1]] };
}

function rotate(a, v, n, p, q) {
  const apq = a[n * p + q];
  if (Math.abs(apq) < 1e-300) return;
  const theta = (a[n * q + q] - a[n * p + p]) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1), s = t * c;
  for (let i = 0; i < n; i++) {
    const ip = a[n * i + p], iq = a[n * i + q];
    a[n * i + p] = c * ip - s * iq;
    a[n * i + q] = s * ip + c * iq;
  }
  for (let i = 0; i < n; i++) {
    const pi = a[n * p + i], qi = a[n * q + i];
    a[n * p + i] = c * pi - s * qi;
    a[n * q + i] = s * pi + c * qi;
    const vp = v[n * i + p], vq = v[n * i + q];
    v[n * i + p] = c * vp - s * vq;
    v[n * i + q] = s * vp + c * vq;
  }
}
