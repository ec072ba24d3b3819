// What the server gives the page's scripts to work with: the state in the address, shapes, and words in its language.
// @ts-check

/**
 * @typedef {{id: string, title: string, points: number[][]}} Zone
 * @typedef {{id: string, zone: string, good: string}} Reader
 * @typedef {{width: number, depth: number, mode: string, metric: string, scheme: string, usual: {mode: string, metric: string}, period: string, compare: string, date: string, today: boolean, dayMs: number, firstHour: number, lastHour: number, timezone: string, korean: boolean, zones: Zone[], readers: Reader[], words: Record<string, any>}} Given
 */

/** @type {Given} */
export const given = JSON.parse(document.getElementById("floor-data")?.textContent ?? "{}");
const language = document.documentElement.lang;

/** A sentence of the page's; numbers stand in it as the language writes them. @param {string} name @param {Record<string, string | number>} [values] */
export function say(name, values = {}) {
  return Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, typeof value === "number" ? value.toLocaleString(language) : value), String(given.words[name] ?? ""));
}

const plain = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
const withSign = new Intl.NumberFormat(language, { maximumSignificantDigits: 3, signDisplay: "exceptZero" });

/** @param {number} value @param {boolean} [signed] */
export function number(value, signed = false) {
  return (signed ? withSign : plain).format(value);
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: given.timezone });

/** A moment by the store's clock, as 18:30. @param {number} ms */
export function time(ms) {
  return clock.format(ms);
}

/** @template {Element} [T=HTMLElement] @param {string} id @returns {T} */
export function byId(id) {
  return /** @type {T} */ (/** @type {unknown} */ (document.getElementById(id)));
}
