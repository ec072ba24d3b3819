// The heat map's picture: a grid of levels (0 to 255) through a table of 256 colours onto one canvas pixel a cell.
// @ts-check

/** Colour stops from little to much, [red, green, blue] at equal steps: yellow to dark red for a light floor. */
const LIGHT = [[255, 226, 96], [254, 196, 66], [253, 160, 48], [250, 116, 36], [233, 62, 30], [193, 16, 36], [128, 0, 38]];
/** Inferno (van der Walt and Smith, CC0), without its first eighth, which a dark floor would swallow. */
const DARK = [[66, 10, 104], [106, 23, 110], [147, 38, 103], [188, 55, 84], [221, 81, 58], [243, 120, 25], [252, 165, 10], [246, 215, 70], [252, 255, 164]];

/**
 * The 256 colours as RGBA bytes. Nothing is clear; opacity rises steeply at first and always, so that the plan stays
 * readable under little and every level has a colour of its own.
 * @param {boolean} dark @returns {Uint8ClampedArray}
 */
export function colours(dark) {
  const stops = dark ? DARK : LIGHT;
  const table = new Uint8ClampedArray(4 * 256);
  for (let level = 1; level < 256; level++) {
    const share = level / 255;
    const place = share * (stops.length - 1);
    const from = Math.min(stops.length - 2, Math.floor(place));
    for (let channel = 0; channel < 3; channel++) {
      const low = stops[from][channel], high = stops[from + 1][channel];
      table[4 * level + channel] = Math.round(low + (high - low) * (place - from));
    }
    table[4 * level + 3] = Math.round(255 * (1 - (1 - share) ** 2));
  }
  return table;
}

/** @param {string} text base64 @returns {Uint8Array} */
export function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/**
 * One pixel a cell; the style sheet stretches the canvas over the floor and the browser smooths it.
 * @param {HTMLCanvasElement} canvas @param {Uint8Array} levels row by row @param {number} columns @param {Uint8ClampedArray} table
 */
export function paint(canvas, levels, columns, table) {
  const rows = levels.length / columns;
  if (canvas.width !== columns || canvas.height !== rows) {
    canvas.width = columns;
    canvas.height = rows;
  }
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return;
  const image = context.createImageData(columns, rows);
  const target = new Uint32Array(image.data.buffer), source = new Uint32Array(table.buffer);
  for (let cell = 0; cell < levels.length; cell++) target[cell] = source[levels[cell]];
  context.putImageData(image, 0, 0);
}

/** The legend: all levels side by side. @param {HTMLCanvasElement} canvas @param {Uint8ClampedArray} table */
export function paintRamp(canvas, table) {
  paint(canvas, Uint8Array.from({ length: 256 }, (_, level) => level), 256, table);
}

/** The five numbers under the legend. @param {number} top @param {string} language @returns {string[]} */
export function ticks(top, language) {
  const write = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
  return [0, 1, 2, 3, 4].map((quarter) => write.format((top * quarter) / 4) + (quarter === 4 ? "+" : ""));
}
