// @ts-check
// The parts of a plan, and what can be done to them. Pure: a plan goes in, a new plan comes out.
import { area, away, box, crossing, distance, inside, lengthOf, middle, shift, tidyPoint } from "plan/geometry";

/** @typedef {import("./geometry.js").Point} Point */
/** @typedef {{ko: string, en: string}} Title */
/** One part of a plan as its JSON has it. @typedef {{id: string} & Record<string, any>} Part */
/** @typedef {"zones" | "lines" | "shelves" | "tags" | "readers" | "cameras"} Kind */
/** A plan as its JSON has it. @typedef {{store: string, title: Title, version: number, width_m: number, depth_m: number} & Record<Kind, Part[]>} Plan */
/** @typedef {{kind: Kind, id: string}} Ref */

/** The lists of a plan in the order in which they are drawn and tabbed through. @type {Kind[]} */
export const KINDS = ["cameras", "zones", "shelves", "lines", "tags", "readers"];
/** @type {Record<string, Kind[]>} */
export const LAYERS = {
  all: KINDS, furniture: ["shelves"], zones: ["zones", "lines"], cameras: ["cameras"], devices: ["tags", "readers"],
};
/** @type {Record<Kind, string>} */
const STEM = { zones: "zone", lines: "line", shelves: "shelf", tags: "tag", readers: "reader", cameras: "camera" };

/** @param {Plan} plan @param {Ref | null} ref @returns {Part | undefined} */
export const find = (plan, ref) => (ref ? plan[ref.kind].find((one) => one.id === ref.id) : undefined);

/** A plan in which one part is otherwise. @param {Plan} plan @param {Ref} ref @param {Partial<Part>} fields @returns {Plan} */
export const change = (plan, ref, fields) => ({
  ...plan, [ref.kind]: plan[ref.kind].map((one) => (one.id === ref.id ? { ...one, ...fields } : one)),
});

/** Whether a part's corners can be added to. @param {Kind} kind */
export const isArea = (kind) => kind === "zones" || kind === "shelves" || kind === "cameras";

/** The places that can be moved one by one: a polygon's corners; of a camera also where it hangs and what it looks at.
 * @param {Kind} kind @param {Part} one @returns {Point[]} */
export function corners(kind, one) {
  switch (kind) {
    case "lines": return [one.a, one.b];
    case "tags": case "readers": return [one.at];
    case "cameras": return [...one.sees, one.at, one.look_at];
    default: return one.polygon;
  }
}

/** The same with other places. @param {Kind} kind @param {Part} one @param {Point[]} points @returns {Part} */
function withCorners(kind, one, points) {
  switch (kind) {
    case "lines": return { ...one, a: points[0], b: points[1] };
    case "tags": case "readers": return { ...one, at: points[0] };
    case "cameras": return { ...one, sees: points.slice(0, -2), at: points[points.length - 2], look_at: points[points.length - 1] };
    default: return { ...one, polygon: points };
  }
}

/** How many of the corners belong to a polygon. @param {Kind} kind @param {Part} one */
export const polygonOf = (kind, one) => (kind === "cameras" ? one.sees : isArea(kind) ? one.polygon : []);

/** @param {Plan} plan @param {Ref} ref @param {Point[]} points */
export const place = (plan, ref, points) => {
  const one = find(plan, ref);
  return one ? change(plan, ref, withCorners(ref.kind, one, points)) : plan;
};

/** @param {Plan} plan @param {Ref} ref @param {number | null} corner @param {number} dx @param {number} dy */
export function move(plan, ref, corner, dx, dy) {
  const one = find(plan, ref);
  if (!one) return plan;
  return place(plan, ref, corners(ref.kind, one).map((point, at) => (corner === null || corner === at ? shift(point, dx, dy) : point)));
}

/** A corner more, after corner `at`; the plan itself where the part has no such side. @param {Plan} plan @param {Ref} ref @param {number} at @param {Point} point */
export function insert(plan, ref, at, point) {
  const one = find(plan, ref);
  const polygon = one ? polygonOf(ref.kind, one) : [];
  if (!one || !polygon.length || polygon.length >= 64) return plan;
  const points = corners(ref.kind, one);
  return place(plan, ref, [...points.slice(0, at + 1), tidyPoint(point), ...points.slice(at + 1)]);
}

/** A corner less; the plan itself where three are left. @param {Plan} plan @param {Ref} ref @param {number} at */
export function cut(plan, ref, at) {
  const one = find(plan, ref);
  const polygon = one ? polygonOf(ref.kind, one) : [];
  if (!one || polygon.length <= 3 || at >= polygon.length) return plan;
  return place(plan, ref, corners(ref.kind, one).filter((_, place) => place !== at));
}

/** Without a part; what referred to it refers to nothing, and a shelf takes its tags along. @param {Plan} plan @param {Ref} ref @returns {Plan} */
export function remove(plan, ref) {
  const less = { ...plan, [ref.kind]: plan[ref.kind].filter((one) => one.id !== ref.id) };
  switch (ref.kind) {
    case "zones": return unref(unref(less, "shelves", "zone", ref.id, null), "readers", "zone", ref.id, null);
    case "cameras": return unref(unref(less, "zones", "camera", ref.id, ""), "lines", "camera", ref.id, "");
    case "shelves": return { ...less, tags: less.tags.filter((one) => one.shelf !== ref.id) };
    default: return less;
  }
}

/** @param {Plan} plan @param {Kind} kind @param {string} field @param {string} was @param {string | null} now @returns {Plan} */
const unref = (plan, kind, field, was, now) => ({
  ...plan, [kind]: plan[kind].map((one) => (one[field] === was ? { ...one, [field]: now } : one)),
});

/** Another id, everywhere. @param {Plan} plan @param {Ref} ref @param {string} id @returns {Plan} */
export function rename(plan, ref, id) {
  const done = change(plan, ref, { id });
  switch (ref.kind) {
    case "zones": return unref(unref(done, "shelves", "zone", ref.id, id), "readers", "zone", ref.id, id);
    case "cameras": return unref(unref(done, "zones", "camera", ref.id, id), "lines", "camera", ref.id, id);
    case "shelves": return unref(done, "tags", "shelf", ref.id, id);
    default: return done;
  }
}

/** @param {Plan} plan @param {Kind} kind */
function freshId(plan, kind) {
  const taken = new Set(plan[kind].map((one) => one.id));
  let number = plan[kind].length + 1;
  while (taken.has(`${STEM[kind]}-${number}`)) number += 1;
  return `${STEM[kind]}-${number}`;
}

/** A new part of a kind where somebody drew it, with the likeliest camera, shelf or zone. @param {Plan} plan @param {Kind} kind
 * @param {Point[]} points @param {{names: Record<string, Title>, nodes: string[], zoneKind: string}} given @returns {{plan: Plan, ref: Ref}} */
export function add(plan, kind, points, given) {
  const id = freshId(plan, kind);
  const number = id.slice(STEM[kind].length + 1);
  const called = given.names[kind === "zones" ? given.zoneKind : kind];
  const title = { ko: `${called.ko} ${number}`, en: `${called.en} ${number}` };
  const one = fresh(plan, kind, points.map(tidyPoint), { id, title, given });
  return { plan: { ...plan, [kind]: [...plan[kind], one] }, ref: { kind, id } };
}

/** @param {Plan} plan @param {Kind} kind @param {Point[]} points @param {{id: string, title: Title, given: {nodes: string[], zoneKind: string}}} with_ @returns {Part} */
function fresh(plan, kind, points, { id, title, given }) {
  const at = middle(points);
  switch (kind) {
    case "zones": return { id, title, kind: given.zoneKind, camera: seer(plan, at), polygon: points };
    case "lines": return { id, title, camera: seer(plan, at), a: points[0], b: points[1] };
    case "shelves": return { id, title, zone: near(plan.zones, "polygon", at, 2)?.id ?? null, polygon: points, height_m: 1.8, products: [] };
    case "tags": {
      const shelf = near(plan.shelves, "polygon", at, Infinity);
      return { id, shelf: shelf?.id ?? "", gtin: shelf?.products[0] ?? "", at: points[0] };
    }
    case "readers": return { id, node: given.nodes[0] ?? "", title, zone: near(plan.zones, "polygon", at, 0.6)?.id ?? null, gtin: null, at: points[0] };
    case "cameras": return {
      id, node: given.nodes[0] ?? "", width: 640, height: 480, at: points[0], height_m: 2.7, look_at: points[1],
      field_of_view_deg: 78, sees: cone(points[0], points[1], 78), pairs: [], masks: [],
    };
  }
}

/** The same part once more, half a metre aside. @param {Plan} plan @param {Ref} ref @returns {{plan: Plan, ref: Ref} | null} */
export function copy(plan, ref) {
  const one = find(plan, ref);
  if (!one) return null;
  const id = freshId(plan, ref.kind), number = id.slice(STEM[ref.kind].length + 1);
  const title = one.title && { title: { ko: `${one.title.ko} ${number}`.slice(-80), en: `${one.title.en} ${number}`.slice(-80) } };
  const more = ref.kind === "cameras" ? { pairs: [], masks: [] } : {};
  const made = { ...one, ...title, ...more, id };
  const moved = withCorners(ref.kind, made, corners(ref.kind, made).map((point) => shift(point, 0.5, 0.5)));
  return { plan: { ...plan, [ref.kind]: [...plan[ref.kind], moved] }, ref: { kind: ref.kind, id } };
}

/** The camera that sees a place best. @param {Plan} plan @param {Point} at */
function seer(plan, at) {
  const seeing = plan.cameras.filter((one) => inside(one.sees, at));
  return [...seeing, ...plan.cameras].sort((one, other) => away(one.sees, at) - away(other.sees, at))[0]?.id ?? "";
}

/** @param {Part[]} parts @param {string} field @param {Point} at @param {number} most */
function near(parts, field, at, most) {
  const found = parts.map((one) => ({ one, far: away(one[field], at) })).filter(({ far }) => far <= most).sort((a, b) => a.far - b.far);
  return found[0]?.one;
}

/** What a camera might see: from half a metre before it to beyond what it looks at. @param {Point} at @param {Point} to @param {number} degrees @returns {Point[]} */
function cone(at, to, degrees) {
  const far = Math.max(distance(at, to), 0.5);
  const [dx, dy] = [(to[0] - at[0]) / far, (to[1] - at[1]) / far];
  const wide = Math.tan((degrees * Math.PI) / 360);
  const corner = (/** @type {number} */ along, /** @type {number} */ aside) =>
    tidyPoint([at[0] + along * dx - aside * dy, at[1] + along * dy + aside * dx]);
  const [first, last] = [0.25 * far, 1.5 * far];
  return [corner(first, -first * wide), corner(last, -last * wide), corner(last, last * wide), corner(first, first * wide)];
}

/** The part under a place: what is small and lies above first. @param {Plan} plan @param {Kind[]} kinds @param {Point} point @param {number} radius metres @returns {Ref | null} */
export function hit(plan, kinds, point, radius) {
  /** @type {{ref: Ref, rank: number}[]} */
  const found = [];
  for (const kind of kinds) {
    for (const one of plan[kind]) {
      const rank = rankOf(kind, one, point, radius);
      if (rank !== null) found.push({ ref: { kind, id: one.id }, rank });
    }
  }
  return found.sort((a, b) => a.rank - b.rank)[0]?.ref ?? null;
}

/** Lower is nearer to the hand; null is not hit. @param {Kind} kind @param {Part} one @param {Point} point @param {number} radius */
function rankOf(kind, one, point, radius) {
  switch (kind) {
    case "tags": case "readers": return distance(one.at, point) <= radius ? distance(one.at, point) : null;
    case "lines": return away([one.a, one.b], point) <= radius ? 10 + away([one.a, one.b], point) : null;
    case "cameras":
      if (distance(one.at, point) <= radius) return distance(one.at, point);
      return inside(one.sees, point) ? 1e6 + area(one.sees) : null;
    default: return inside(one.polygon, point) ? 100 + area(one.polygon) : null;
  }
}

/** Which corner of a part lies under a place: the nearest within `radius`. @param {Point[]} points @param {Point} point @param {number} radius */
export function hitCorner(points, point, radius) {
  let best = -1, least = radius;
  points.forEach((at, index) => {
    const far = distance(at, point);
    if (far <= least) { best = index; least = far; }
  });
  return best < 0 ? null : best;
}

/** The middles of a polygon's sides. @param {Point[]} polygon @returns {Point[]} */
export const midpoints = (polygon) => polygon.map((point, at) => middle([point, polygon[(at + 1) % polygon.length]]));

/** What a part measures. @param {Kind} kind @param {Part} one @returns {{area?: number, length?: number, at?: Point, crossed: boolean}} */
export function measure(kind, one) {
  const polygon = polygonOf(kind, one);
  if (polygon.length) return { area: area(polygon), crossed: crossing(polygon) !== null };
  if (kind === "lines") return { length: lengthOf([one.a, one.b]), crossed: false };
  return { at: one.at, crossed: false };
}

/** All that another shape may snap to, but for one part's own. @param {Plan} plan @param {Ref | null} but @returns {{corners: Point[], edges: [Point, Point][]}} */
export function surroundings(plan, but) {
  const floor = box([0, 0], [plan.width_m, plan.depth_m]);
  const polygons = [floor];
  for (const kind of /** @type {Kind[]} */ (["zones", "shelves"])) {
    for (const one of plan[kind]) if (but?.kind !== kind || but.id !== one.id) polygons.push(one.polygon);
  }
  const lines = plan.lines.filter((one) => but?.kind !== "lines" || but.id !== one.id);
  return {
    corners: [...polygons.flat(), ...lines.flatMap((one) => [one.a, one.b])],
    edges: [...polygons.flatMap((polygon) => polygon.map((point, at) => /** @type {[Point, Point]} */ ([point, polygon[(at + 1) % polygon.length]]))),
      ...lines.map((one) => /** @type {[Point, Point]} */ ([one.a, one.b]))],
  };
}

/** A floor with nothing on it. @param {string} store @param {Title} title @param {number} width @param {number} depth @returns {Plan} */
export const empty = (store, title, width, depth) => ({
  store, title, version: 1, width_m: width, depth_m: depth, zones: [], lines: [], shelves: [], tags: [], readers: [], cameras: [],
});
