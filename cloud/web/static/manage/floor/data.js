// The floor's data as they come over the wire (cloud/web/manage/floor says how), made ready to be drawn.
// @ts-check

export const UNSEEN = 255, WITHHELD = 254, SAME = 253;

/**
 * A grid to draw. `levels`: a byte a cell, `max` of them is `top`; signed grids have 0 at 128. `marks` are the shares
 * seen in percent, or one of the marks above; without them the marks stand among the levels.
 * @typedef {{columns: number, rows: number, cell_m: number, top: number, unit: string, levels: Uint8Array, marks: Uint8Array | null, max: number, signed: boolean}} Field
 */

/**
 * A day: `cells` has the frames one after the other, `entries` who entered in each.
 * @typedef {{date: string, unit: string, from_ms: number, frame_ms: number, frames: number, until: number, closed: boolean, columns: number, rows: number, cell_m: number, top: number, entries: Uint16Array, cells: Uint8Array}} Day
 */

/** @param {string} text base64 @returns {Uint8Array} */
export function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** A picture of a period, or of the difference to another. @param {any} told @param {boolean} compared @returns {Field | null} */
export function picture(told, compared) {
  const one = compared ? told.compare : told;
  if (!one) return null;
  const { columns, rows, cell_m } = told;
  return { columns, rows, cell_m, top: one.top, unit: one.unit, levels: bytes(one.levels), marks: bytes(one.seen), max: 255, signed: compared };
}

/** @param {ArrayBuffer} buffer @returns {Day} @throws {Error} where this is no day of frames */
export function day(buffer) {
  const view = new DataView(buffer);
  if (view.getUint32(0, false) !== 0x41494631) throw new Error("not a day of frames: it must begin with AIF1");
  const length = view.getUint32(4, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  let at = 8 + length;
  const entries = new Uint16Array(head.frames);
  for (let frame = 0; frame < head.frames; frame++, at += 2) entries[frame] = view.getUint16(at, true);
  at += head.frames * head.cameras.length;
  const size = head.columns * head.rows, cells = new Uint8Array(buffer, at, head.frames * size);
  if (cells.length !== head.frames * size) throw new Error("the day of frames is cut short");
  for (let cell = size; cell < cells.length; cell++) cells[cell] = cells[cell - size] + cells[cell];
  return { ...head, entries, cells };
}

/** One frame of a day. @param {Day} it @param {number} frame @returns {Field} */
export function frameOf(it, frame) {
  const size = it.columns * it.rows, place = Math.max(0, Math.min(it.frames - 1, frame));
  return { columns: it.columns, rows: it.rows, cell_m: it.cell_m, top: it.top, unit: it.unit, levels: it.cells.subarray(place * size, (place + 1) * size), marks: null, max: 253, signed: false };
}

/** The grid of this moment. @param {any} told @returns {Field} */
export function grid(told) {
  return { columns: told.columns, rows: told.rows, cell_m: told.cell_m, top: told.top, unit: told.unit, levels: bytes(told.cells), marks: null, max: 253, signed: false };
}

/** Adds what changed: runs of (cells to skip, count, that many bytes to add modulo 256). @param {Uint8Array} cells @param {Uint8Array} delta */
export function apply(cells, delta) {
  let at = 0, cell = 0;
  const varint = () => {
    let value = 0, shift = 0, byte = 0;
    do {
      byte = delta[at++];
      value += (byte & 127) * 2 ** shift;
      shift += 7;
    } while (byte & 128);
    return value;
  };
  while (at < delta.length) {
    cell += varint();
    for (let left = varint(); left > 0; left--, cell++) cells[cell] = cells[cell] + delta[at++];
  }
}

/** UNSEEN, WITHHELD, SAME, or 0 where there is a value. @param {Field} field @param {number} cell */
export function markOf(field, cell) {
  const byte = field.marks ? field.marks[cell] : field.levels[cell];
  if (byte === UNSEEN || byte === WITHHELD) return byte;
  return field.signed && byte === SAME ? SAME : 0;
}

/** @param {Field} field @param {number} cell in the field's unit */
export function valueOf(field, cell) {
  return field.signed ? ((field.levels[cell] - 128) / 127) * field.top : (field.levels[cell] / field.max) * field.top;
}

/** The cells under a polygon, by their middles. @param {Field} field @param {number[][]} points @returns {number[]} */
export function cellsIn(field, points) {
  const found = [];
  for (let cell = 0; cell < field.columns * field.rows; cell++) {
    const x = ((cell % field.columns) + 0.5) * field.cell_m, y = (Math.floor(cell / field.columns) + 0.5) * field.cell_m;
    if (within(x, y, points)) found.push(cell);
  }
  return found;
}

/** @param {number} x @param {number} y @param {number[][]} points */
export function within(x, y, points) {
  let odd = false;
  points.forEach(([ax, ay], place) => {
    const [bx, by] = points[(place + 1) % points.length];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  });
  return odd;
}
