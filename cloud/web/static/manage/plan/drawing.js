// @ts-check
// Draws the plan as SVG: keeps an element for each shape, so that focus and pointers stay where they are.
import { placed, within } from "manage/labels";
import { edges, lengthOf, middle, rightOf } from "plan/geometry";
import { KINDS, LAYERS, corners, find, measure, midpoints, polygonOf } from "plan/parts";

/** @typedef {import("./geometry.js").Point} Point */
/** @typedef {import("./parts.js").Kind} Kind */
/** @typedef {import("./parts.js").Part} Part */
/** @typedef {import("./editor.js").State} State */

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name @param {Record<string, string | number>} [attributes] */
export function make(name, attributes = {}) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, name));
  set(element, attributes);
  return element;
}

/** @param {Element} element @param {Record<string, string | number>} attributes */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }
}

/** One element a key, in order; what is no longer there goes. @template T @param {Element} group @param {T[]} items
 * @param {(item: T) => string} key @param {(item: T) => SVGElement} create @param {(element: SVGElement, item: T) => void} update */
function sync(group, items, key, create, update) {
  const old = new Map([...group.children].map((child) => [child.getAttribute("data-key") ?? "", child]));
  const keys = new Set(items.map(key));
  // First, so that nothing that stays is moved: an element that is moved loses the focus.
  for (const [name, gone] of old) if (!keys.has(name)) gone.remove();
  /** @type {Element | null} */
  let last = null;
  for (const item of items) {
    let element = /** @type {SVGElement | undefined} */ (old.get(key(item)));
    if (!element) { element = create(item); element.setAttribute("data-key", key(item)); }
    /** @type {ChildNode | null} */
    const next = last ? last.nextSibling : group.firstChild;
    if (next !== element) group.insertBefore(element, next);
    update(element, item);
    last = element;
  }
}

const points = (/** @type {Point[]} */ polygon) => polygon.map(([x, y]) => `${x},${y}`).join(" ");
const path = (/** @type {Point[]} */ line) => line.map(([x, y], at) => `${at ? "L" : "M"}${x} ${y}`).join("");
const keyOf = (/** @type {{kind: Kind, one: Part}} */ { kind, one }) => `${kind}/${one.id}`;

/** Fills the groups of the SVG with the state. @param {SVGSVGElement} svg @param {State} state @param {(kind: Kind, one: Part) => string} label */
export function draw(svg, state, label) {
  const group = (/** @type {string} */ name) => /** @type {SVGGElement} */ (svg.querySelector(`[data-group="${name}"]`));
  const { plan } = state.doc;
  const pixel = state.perPixel;
  floor(svg, plan.width_m, plan.depth_m);
  backdrop(group("backdrop"), state);
  ghost(group("ghost"), state);
  const shown = KINDS.flatMap((kind) => plan[kind].map((one) => ({ kind, one })));
  sync(group("shapes"), shown, keyOf, ({ kind }) => body(kind), (element, item) => {
    shape(element, item.kind, item.one, state);
    element.setAttribute("aria-label", label(item.kind, item.one));
  });
  sync(group("names"), names(shown, state), keyOf, () => make("text"), (element, { kind, name }) => {
    element.textContent = name.words;
    const [x, y] = name.at;
    set(element, { x, y, "font-size": name.size, class: `name ${kind}${dim(state, kind)}`, transform: name.upright ? `rotate(90 ${x} ${y})` : "" });
  });
  preview(group("preview"), state);
  handles(group("handles"), state);
}

/** @param {SVGSVGElement} svg @param {number} width @param {number} depth */
function floor(svg, width, depth) {
  for (const each of svg.querySelectorAll("[data-floor]")) set(each, { width, height: depth });
}

/** @param {State} state @param {Kind} kind */
const dim = (state, kind) => (LAYERS[state.layer].includes(kind) ? "" : " dim");

/** @typedef {{words: string, at: Point, spots: Point[], long: number, size: number, upright: boolean}} Name */

/** The names of parts, each where it covers neither a device nor another name, as far as there is such a place. What is narrow
 * chooses first. @param {{kind: Kind, one: Part}[]} shown @param {State} state */
function names(shown, state) {
  const px = markSize(state);
  const marks = shown.filter(({ one }) => one.at).map(({ kind, one }) => {
    const wide = { tags: 12, readers: 16, cameras: 20 }[/** @type {"tags"} */ (kind)] * px;
    return { x: one.at[0], y: one.at[1], wide, high: wide };
  });
  const order = ["lines", "shelves", "zones", "cameras"];
  const called = shown.flatMap((item) => {
    const name = named(item.kind, item.one, state);
    return name ? [{ ...item, name }] : [];
  });
  for (const { name } of [...called].sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind))) {
    const high = 1.1 * name.size;
    name.at = placed(name.upright ? { wide: high, high: name.long } : { wide: name.long, high }, name.spots, marks);
  }
  return called;
}

/** A part's name where there is room for it: along its longer side. @param {Kind} kind @param {Part} one @param {State} state @returns {Name | null} */
function named(kind, one, state) {
  const px = state.perPixel, size = (kind === "shelves" ? 12 : kind === "cameras" ? 11.5 : 12.5) * px;
  if (kind === "cameras" && px > 0.026 && state.selected?.id !== one.id) return null;
  if (!one.polygon && kind !== "lines" && kind !== "cameras") return null;
  const words = kind === "cameras" ? one.id : state.korean ? one.title.ko : one.title.en;
  const long = [...words].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e80 ? 1 : 0.56), 0) * size;
  const name = (/** @type {Point[]} */ spots, upright = false) => ({ words, at: spots[0], spots, long, size, upright });
  if (kind === "cameras") return name(around(one.at, 19 * px, 14 * px + long / 2));
  if (kind === "lines") return name([beside(one, 36 * px + long / 2, 36 * px + size / 2)]);
  const polygon = /** @type {Point[]} */ (one.polygon);
  const xs = polygon.map(([x]) => x), ys = polygon.map(([, y]) => y);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const wide = right - left, high = bottom - top;
  const upright = long > wide && high > wide;
  if (long > 1.1 * Math.max(wide, high) || Math.min(wide, high) < 0.8 * size) return null;
  const area = { x: (left + right) / 2, y: (top + bottom) / 2, wide, high };
  return name(within(area, upright ? { wide: 1.2 * size, high: long + 0.5 * size } : { wide: long + 0.5 * size, high: 1.2 * size }), upright);
}

/** Below, above, to the right and to the left. @param {Point} at @param {number} down @param {number} aside @returns {Point[]} */
const around = ([x, y], down, aside) => [[x, y + down], [x, y - down], [x + aside, y], [x - aside, y]];

/** @param {Kind} kind */
function body(kind) {
  const group = make("g", { class: `part ${kind}`, role: "button" });
  const inner = {
    zones: ["polygon"], shelves: ["polygon"], cameras: ["polygon", "path", "path"], lines: ["path", "path"], tags: ["rect"], readers: ["circle", "path"],
  }[kind];
  group.append(...inner.map((name) => make(name)));
  return group;
}

/** Devices are drawn at a size for eyes, on a small screen at most at one that leaves the floor to be seen. @param {State} state */
const markSize = (state) => Math.min(state.perPixel, 0.024);

/** @param {SVGElement} element @param {Kind} kind @param {Part} one @param {State} state */
function shape(element, kind, one, state) {
  const chosen = state.selected?.kind === kind && state.selected.id === one.id;
  const wrong = state.judged.problems.find((problem) => problem.part === kind && problem.id === one.id);
  const crossed = measure(kind, one).crossed;
  const classes = ["part", kind, one.kind ?? "", dim(state, kind).trim(), chosen ? "chosen" : "", crossed || (wrong && !wrong.warning) ? "wrong" : wrong ? "doubtful" : ""];
  set(element, { class: classes.filter(Boolean).join(" "), "aria-pressed": String(chosen), "data-kind": kind, "data-id": one.id, tabindex: -1 });
  const [first, second, third] = element.children;
  const pixel = markSize(state);
  switch (kind) {
    case "zones": case "shelves": set(first, { points: points(one.polygon) }); break;
    case "cameras":
      set(first, { points: points(one.sees) });
      set(second, { d: path([one.at, one.look_at]), class: "gaze" });
      set(third, { d: lens(pixel), class: "lens", transform: `translate(${one.at[0]} ${one.at[1]}) rotate(${(Math.atan2(one.look_at[1] - one.at[1], one.look_at[0] - one.at[0]) * 180) / Math.PI})` });
      break;
    case "lines": {
      const at = middle([one.a, one.b]), to = rightOf(one.a, one.b);
      set(first, { d: path([one.a, one.b]), class: "door" });
      set(second, { d: arrow(at, to, pixel), class: "inwards" });
      break;
    }
    case "tags": set(first, { x: one.at[0] - 6 * pixel, y: one.at[1] - 6 * pixel, width: 12 * pixel, height: 12 * pixel, rx: 2.5 * pixel }); break;
    case "readers":
      set(first, { cx: one.at[0], cy: one.at[1], r: 8 * pixel });
      set(second, { d: `M${one.at[0] - 2.5 * pixel} ${one.at[1] - 3 * pixel}a${4 * pixel} ${4 * pixel} 0 0 1 0 ${6 * pixel}M${one.at[0] + pixel} ${one.at[1] - 5 * pixel}a${6.5 * pixel} ${6.5 * pixel} 0 0 1 0 ${10 * pixel}` });
      break;
  }
}

const lens = (/** @type {number} */ px) => `M${-9 * px} ${-7 * px}h${13 * px}v${14 * px}h${-13 * px}zM${4 * px} 0l${7 * px} ${-5 * px}v${10 * px}z`;

/** @param {Point} at @param {Point} to @param {number} px */
function arrow(at, to, px) {
  const tip = [at[0] + 26 * px * to[0], at[1] + 26 * px * to[1]];
  const wing = (/** @type {number} */ aside) => `${tip[0] - 8 * px * to[0] - aside * px * to[1]} ${tip[1] - 8 * px * to[1] + aside * px * to[0]}`;
  return `M${at[0]} ${at[1]}L${tip[0]} ${tip[1]}M${wing(6)}L${tip[0]} ${tip[1]}L${wing(-6)}`;
}

/** Beyond the arrow's tip. @param {Part} one @param {number} aside @param {number} below @returns {Point} */
function beside(one, aside, below) {
  const at = middle([one.a, one.b]), to = rightOf(one.a, one.b);
  return [at[0] + aside * to[0], at[1] + below * to[1]];
}

/** @param {SVGGElement} group @param {State} state */
function backdrop(group, state) {
  const drop = state.doc.backdrop;
  sync(group, drop ? [drop] : [], (one) => one.image, (one) => make("image", { href: `/manage/plan/image/${one.image}`, preserveAspectRatio: "none" }), (element, one) => {
    set(element, { x: one.x, y: one.y, width: one.width * one.metres_per_pixel, height: one.height * one.metres_per_pixel, opacity: one.opacity });
  });
}

/** The plan that is valid now, beneath the draft. @param {SVGGElement} group @param {State} state */
function ghost(group, state) {
  const now = state.ghost ? state.now : null;
  const areas = now ? [...now.zones, ...now.shelves].map((one) => ({ key: `a/${one.id}`, d: `${path(one.polygon)}Z` })) : [];
  const lines = now ? now.lines.map((one) => ({ key: `l/${one.id}`, d: path([one.a, one.b]) })) : [];
  sync(group, [...areas, ...lines], (one) => one.key, () => make("path"), (element, one) => set(element, { d: one.d }));
}

/** What is being drawn, measured, or snapped to. @param {SVGGElement} group @param {State} state */
function preview(group, state) {
  const px = state.perPixel;
  const drawn = state.pending.length ? [...state.pending, ...(state.cursor ? [state.cursor] : [])] : [];
  /** @type {{key: string, name: string, attributes: Record<string, string | number>, text?: string}[]} */
  const items = [];
  if (drawn.length > 1) items.push({ key: "line", name: "path", attributes: { d: path(drawn), class: `pending ${state.tool}` } });
  if (state.rubber) items.push({ key: "rubber", name: "polygon", attributes: { points: points(state.rubber), class: "pending area" } });
  state.pending.forEach((at, number) => items.push({ key: `p${number}`, name: "circle", attributes: { cx: at[0], cy: at[1], r: 5 * px, class: "placed" } }));
  state.guides.forEach((line, number) => items.push({ key: `g${number}`, name: "path", attributes: { d: path(line), class: "guide" } }));
  if (state.cursor && state.cross) {
    const [x, y] = state.cursor, long = 14 * px;
    items.push({ key: "cross", name: "path", attributes: { d: `M${x - long} ${y}h${2 * long}M${x} ${y - long}v${2 * long}`, class: "cross" } });
  }
  const sides = state.rubber ? edges(state.rubber).slice(0, 2) : drawn.length > 1 ? [drawn.slice(-2)] : [];
  sides.forEach((side, number) => items.push({
    key: `m${number}`, name: "text", text: `${lengthOf(side).toFixed(2)} m`,
    attributes: { x: middle(side)[0], y: middle(side)[1] - 10 * px, "font-size": 13 * px, class: "amount" },
  }));
  sync(group, items, (one) => one.key, (one) => make(one.name), (element, one) => {
    set(element, one.attributes);
    if (one.text) element.textContent = one.text;
  });
}

/** Where the chosen part can be taken by hand: its corners, and between them where one can be added. @param {SVGGElement} group @param {State} state */
function handles(group, state) {
  const { selected, doc, perPixel: px } = state;
  const one = find(doc.plan, selected);
  const free = state.tool === "select" && selected && one;
  const kind = selected?.kind ?? "zones";
  const ends = free ? corners(kind, one).map((at, number) => ({ at, number, middle: false })) : [];
  const halves = free && !state.dragging ? midpoints(polygonOf(kind, one)).map((at, number) => ({ at, number, middle: true })) : [];
  sync(group, [...halves, ...ends], ({ number, middle: half }) => `${half ? "m" : "c"}${number}`, ({ middle: half }) => {
    const handle = make("g", half ? { class: "half", "aria-hidden": "true" } : { class: "corner", role: "button" });
    handle.append(make("circle", { class: "reach" }), make("circle", { class: "dot" }), ...(half ? [make("path")] : []));
    return handle;
  }, (handle, { at, number, middle: half }) => {
    set(handle, { transform: `translate(${at[0]} ${at[1]})`, "data-corner": number });
    set(handle.children[0], { r: 22 * px });
    set(handle.children[1], { r: (half ? 6 : 7.5) * px });
    if (half) set(handle.children[2], { d: `M${-3.5 * px} 0H${3.5 * px}M0 ${-3.5 * px}V${3.5 * px}` });
    else {
      handle.classList.toggle("chosen", state.corner === number);
      set(handle, { tabindex: -1, "aria-label": state.words.corner.replace("{n}", String(number + 1)).replace("{x}", at[0].toFixed(2)).replace("{y}", at[1].toFixed(2)) });
    }
  });
}
