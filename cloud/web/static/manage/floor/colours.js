// Values as colours: tables of 256 colours with their opacity, and a grid of bytes through one onto a canvas.
// @ts-check

/** @typedef {[number, number, number]} Colour */
/** @typedef {{dark: boolean, scheme: string, max: number, signed: boolean}} Wanted `max`: the byte of the domain's top */

/** From little to much at equal steps. For a light floor: yellow to a dark red. @type {Colour[]} */
const WARM = [[255, 226, 96], [254, 196, 66], [253, 160, 48], [250, 116, 36], [233, 62, 30], [193, 16, 36], [128, 0, 38]];
/** Inferno (van der Walt and Smith, CC0), without its first eighth, which a dark floor would swallow. @type {Colour[]} */
const INFERNO = [[66, 10, 104], [106, 23, 110], [147, 38, 103], [188, 55, 84], [221, 81, 58], [243, 120, 25], [252, 165, 10], [246, 215, 70], [252, 255, 164]];
/** Cividis (Nuñez, Anderton and Renslow, 2018): one order of lightness for every eye. @type {Colour[]} */
const CIVIDIS = [[0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115], [138, 134, 120], [165, 156, 116], [195, 179, 105], [225, 204, 85], [254, 232, 56]];
/** Less and more, from little to much (after Brewer's PuOr, Apache-2.0): orange and purple part in every kind of sight. */
const PARTS = {
  light: { less: /** @type {Colour[]} */ ([[253, 204, 138], [241, 163, 64], [205, 110, 20], [150, 72, 6], [110, 50, 8]]), more: /** @type {Colour[]} */ ([[200, 196, 225], [153, 142, 195], [115, 90, 168], [84, 39, 136], [45, 0, 75]]) },
  dark: { less: /** @type {Colour[]} */ ([[110, 62, 18], [160, 92, 24], [214, 130, 40], [247, 172, 84], [255, 214, 160]]), more: /** @type {Colour[]} */ ([[70, 52, 110], [104, 84, 160], [142, 124, 200], [182, 168, 228], [224, 214, 252]]) },
};

/** @param {Wanted} wanted @returns {Colour[]} */
function stopsOf({ dark, scheme }) {
  if (scheme === "cividis") return dark ? CIVIDIS : [...CIVIDIS].reverse();
  return dark ? INFERNO : WARM;
}

/** The colour at a share of the way, 0 to 1. @param {Colour[]} stops @param {number} share @returns {Colour} */
function between(stops, share) {
  const place = share * (stops.length - 1), from = Math.min(stops.length - 2, Math.floor(place)), on = place - from;
  return /** @type {Colour} */ (stops[from].map((low, channel) => Math.round(low + (stops[from + 1][channel] - low) * on)));
}

/**
 * The 256 colours as RGBA bytes. Nothing is clear; opacity rises steeply at first and always, so that the plan stays
 * readable under little and every level has a colour of its own. Bytes above `max` are marks, and clear.
 * A signed table has nothing at 128, less below it and more above.
 * @param {Wanted} wanted @returns {Uint8ClampedArray}
 */
export function colours(wanted) {
  const table = new Uint8ClampedArray(4 * 256);
  const parts = PARTS[wanted.dark ? "dark" : "light"], one = stopsOf(wanted);
  for (let level = 0; level < 256; level++) {
    const share = wanted.signed ? Math.min(1, Math.abs(level - 128) / 127) : level <= wanted.max ? level / wanted.max : 0;
    if (!share) continue;
    const stops = wanted.signed ? (level < 128 ? parts.less : parts.more) : one;
    table.set(between(stops, share), 4 * level);
    table[4 * level + 3] = Math.round(255 * (1 - (1 - share) ** 3));
  }
  return table;
}

/** @type {WeakMap<HTMLCanvasElement, {context: CanvasRenderingContext2D, image: ImageData, words: Uint32Array}>} */
const kept = new WeakMap();

/** @param {HTMLCanvasElement} canvas @param {number} columns @param {number} rows */
function surface(canvas, columns, rows) {
  const known = kept.get(canvas);
  if (known && known.image.width === columns && known.image.height === rows) return known;
  canvas.width = columns;
  canvas.height = rows;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(columns, rows);
  const made = { context, image, words: new Uint32Array(image.data.buffer) };
  kept.set(canvas, made);
  return made;
}

/**
 * One pixel a cell; the style sheet stretches the canvas over the floor and the browser smooths it.
 * @param {HTMLCanvasElement} canvas @param {Uint8Array} levels row by row @param {number} columns @param {Uint8ClampedArray} table
 */
export function paint(canvas, levels, columns, table) {
  const { context, image, words } = surface(canvas, columns, levels.length / columns);
  const source = new Uint32Array(table.buffer);
  for (let cell = 0; cell < levels.length; cell++) words[cell] = source[levels[cell]];
  context.putImageData(image, 0, 0);
}

/** The legend: all levels side by side. @param {HTMLCanvasElement} canvas @param {Wanted} wanted */
export function paintRamp(canvas, wanted) {
  const first = wanted.signed ? 1 : 0, last = wanted.signed ? 255 : wanted.max;
  const levels = Uint8Array.from({ length: 256 }, (_, place) => first + Math.round(((last - first) * place) / 255));
  paint(canvas, levels, 256, colours(wanted));
}

/** The five numbers under the legend; the last stands for all beyond. @param {number} top @param {boolean} signed @param {string} language @returns {string[]} */
export function ticks(top, signed, language) {
  const write = new Intl.NumberFormat(language, { maximumSignificantDigits: 3, signDisplay: signed ? "exceptZero" : "auto" });
  const shares = signed ? [-1, -0.5, 0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1];
  return shares.map((share) => write.format(top * share) + (!signed && share === 1 ? "+" : ""));
}
