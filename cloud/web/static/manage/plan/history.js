// @ts-check
// What was before, and what was before that: a hundred steps. Pure.

const DEPTH = 100;

/** @template T @typedef {{past: T[], now: T, future: T[]}} History */

/** @template T @param {T} now @returns {History<T>} */
export const begin = (now) => ({ past: [], now, future: [] });

/** A new step; what was undone before it is gone. @template T @param {History<T>} history @param {T} now @returns {History<T>} */
export const step = ({ past, now: before }, now) => ({ past: [...past, before].slice(-DEPTH), now, future: [] });

/** @template T @param {History<T>} history @returns {History<T>} */
export function undo({ past, now, future }) {
  if (!past.length) return { past, now, future };
  return { past: past.slice(0, -1), now: past[past.length - 1], future: [now, ...future] };
}

/** @template T @param {History<T>} history @returns {History<T>} */
export function redo({ past, now, future }) {
  if (!future.length) return { past, now, future };
  return { past: [...past, now], now: future[0], future: future.slice(1) };
}
