// A table of days as a long line: uPlot draws what the table says, and the table stays for those who want its numbers.
// @ts-check

/** @typedef {{new (options: object, data: (number | null)[][], target: HTMLElement): {setSize(size: object): void, destroy(): void}}} Plot */

const HEIGHT = 170, DAY_S = 86_400;

/** @param {HTMLTableElement} table its first column are days in the `datetime` of a time element, the others data-value */
function read(table) {
  const rows = [...table.tBodies[0].rows];
  const days = rows.map((row) => Date.parse(row.querySelector("time")?.dateTime ?? "") / 1000);
  const columns = [...table.tHead?.rows[0].cells ?? []].slice(1).map((_, place) => rows.map((row) => {
    const value = row.cells[place + 1]?.dataset.value;
    return value ? Number(value) : null;
  }));
  return [days, ...columns];
}

/** @param {HTMLTableElement} table */
function draw(table) {
  const look = getComputedStyle(document.documentElement), colour = (/** @type {string} */ name) => look.getPropertyValue(name).trim();
  const names = [...table.tHead?.rows[0].cells ?? []].map((cell) => cell.textContent ?? "");
  const target = document.createElement("div"), Plot = /** @type {Plot} */ (/** @type {any} */ (window).uPlot);
  target.className = "series";
  target.setAttribute("aria-hidden", "true"); // the table says the same in words
  table.closest("details")?.before(target);
  const write = new Intl.DateTimeFormat(document.documentElement.lang, { month: "numeric", day: "numeric", timeZone: "UTC" });
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  // A day that is not over is no fall of the line: it stands alone, like a day between two gaps.
  const data = read(table), last = data[0].length - 1, running = table.tBodies[0].rows[last].hasAttribute("data-running");
  /** @param {number} series @param {number} at whether a line leads from the day before to this one */
  const joined = (series, at) => [at - 1, at].every((day) => (data[series][day] ?? null) !== null) && !(running && at === last);
  const line = (/** @type {string} */ stroke) => ({
    stroke,
    points: { show: false, size: 8, fill: stroke, filter: (/** @type {unknown} */ _, /** @type {number} */ series) =>
      data[0].map((_, at) => at).filter((at) => data[series][at] !== null && !joined(series, at) && !joined(series, at + 1)) },
    gaps: (/** @type {{valToPos(day: number | null, scale: "x", canvas: true): number}} */ plot, /** @type {unknown[]} */ ...[, , , found]) =>
      running ? [.../** @type {number[][]} */ (found), data[0].slice(-2).map((day) => plot.valToPos(day, "x", true))] : found,
  });
  const options = () => ({
    width: target.clientWidth, height: HEIGHT, tzDate: (/** @type {number} */ at) => new Date(at * 1000),
    cursor: { y: false, drag: { x: false } },
    series: [
      { label: names[0], value: (/** @type {unknown} */ _, /** @type {number | null} */ at) => (at === null ? "–" : write.format(at * 1000)) },
      { label: names[1], ...line(colour("--green")), width: 2, fill: colour("--green-soft") },
      ...names.slice(2).map((label) => ({ label, ...line(colour("--then-line")), width: 1.5, dash: [4, 3] })),
    ],
    scales: { y: { range: (/** @type {unknown} */ _, /** @type {number} */ __, /** @type {number} */ most) => [0, Math.max(5, most * 1.08)] } },
    axes: [{ ...axis, incrs: [1, 2, 7, 14, 28, 91].map((count) => count * DAY_S), values: (/** @type {unknown} */ _, /** @type {number[]} */ marks) => marks.map((at) => write.format(at * 1000)) }, { ...axis, size: 44 }],
  });
  const plot = new Plot(options(), data, target);
  new ResizeObserver(() => plot.setSize({ width: target.clientWidth, height: HEIGHT })).observe(target);
}

for (const table of document.querySelectorAll("table[data-series]")) draw(/** @type {HTMLTableElement} */ (table));
