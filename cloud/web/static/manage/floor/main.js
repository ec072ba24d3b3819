// The floor's page: what its address asks for is fetched and drawn, and kept as new as the store's figures are.
// @ts-check
import { Crowd } from "manage/crowd";
import { day, frameOf, picture } from "manage/data";
import { Picture } from "manage/picture";
import { Reading } from "manage/reading";
import { Scrubber } from "manage/scrubber";
import { Stream } from "manage/stream";
import { byId, given, say } from "manage/words";
import { Zoom } from "manage/zoom";

const FIGURES_MS = 2500, HEAT_MS = 4000, DAY_MS = 60_000, ANYWAY_MS = 15_000, PATIENCE_MS = 350, REST_MS = 300;
const OWN = ["mode", "metric", "scheme", "at"];
const floor = byId("floor"), refresh = byId("refresh");

/** Runs a task soon after it was asked for, never twice within `gap` ms, never twice at once. */
class Paced {
  /** @param {() => Promise<void>} task @param {number} gap */
  constructor(task, gap) {
    this.task = task;
    this.gap = gap;
    this.last = -Infinity;
    this.wanted = true;
    this.running = false;
  }

  /** @param {number} now */
  async tick(now) {
    const due = this.wanted ? this.gap : Math.max(this.gap, ANYWAY_MS);
    if (this.running || document.hidden || now - this.last < due) return;
    this.running = true;
    this.wanted = false;
    this.last = now;
    try {
      await this.task();
    } finally {
      this.running = false;
    }
  }
}

const heat = new Picture(), crowd = new Crowd();
const reading = new Reading(crowd, () => ({ field: heat.field, unit: unit(), live: given.mode === "live", window: windowSaid() }));
const zoom = new Zoom(() => lay());
const scrubber = new Scrubber((place) => replay(place));
let asked = 0, streamed = false;

const stream = new Stream({
  people: (cm) => { crowd.stand(cm); reading.refresh(); },
  tap: (reader) => crowd.tap(reader),
  changed: () => { figures.wanted = picturing.wanted = true; },
  grid: (field) => { if (given.mode === "live") { streamed = true; show(field); } },
});

function unit() {
  const written = given.words.units[given.metric];
  return given.mode === "compare" ? `${written} ${say("perHour")}` : written;
}

function windowSaid() {
  if (given.mode === "live") return say("quarter");
  if (given.mode === "replay") return `${given.date} ${scrubber.text?.textContent ?? ""}`;
  return given.mode === "compare" ? `${given.words.period} − ${given.words.compared}` : given.words.period;
}

/** @param {import("./data.js").Field | null} field */
function show(field) {
  heat.show(field);
  lay();
  legend();
  reading.refresh();
}

function legend() {
  byId("legend-name").textContent = given.words.metrics[given.metric];
  byId("legend-unit").textContent = unit();
  byId("legend-window").textContent = given.mode === "replay" ? `${given.date}, ${say("fives")}` : windowSaid();
}

function lay() {
  const metre = zoom?.svg.getScreenCTM(), plan = zoom?.plan.getBoundingClientRect();
  if (!metre || !plan) return;
  heat.fit(metre, plan, zoom.plan.clientLeft);
  for (const mark of document.querySelectorAll(".lost")) {
    const one = /** @type {HTMLElement} */ (mark), half = one.offsetWidth / 2 + 6;
    const left = Number(one.dataset.x) * metre.a + metre.e - plan.left, inside = Math.max(half, Math.min(plan.width - half, left));
    Object.assign(one.style, { left: `${Math.abs(left - inside) < half ? inside : left}px`, top: `${Number(one.dataset.y) * metre.d + metre.f - plan.top}px` });
  }
}

/** Says why there is no picture; nothing where there is one. @param {string} [words] @param {string} [state] */
function veil(words = "", state = "") {
  byId("veil").hidden = !words;
  byId("veil").dataset.state = state;
  byId("veil-text").textContent = words;
}

/** @param {string} path @param {Record<string, string>} words @returns {Promise<Response | null>} null where it did not come */
async function ask(path, words) {
  try {
    const answer = await fetch(`${path}?${new URLSearchParams(words)}`);
    if (answer.status === 401) location.reload();
    return answer.ok || answer.status === 404 ? answer : null;
  } catch {
    return null;
  }
}

/** Fetches what the mode shows and draws it, unless another was asked for meanwhile. */
async function load() {
  if (given.mode === "live" && streamed) return;
  if (given.mode === "replay" && scrubber.day?.closed) return; // nothing more will come of that day
  const turn = ++asked, { mode, metric } = given;
  const waiting = setTimeout(() => veil(say("loading"), "loading"), heat.field ? 4 * PATIENCE_MS : PATIENCE_MS);
  const words = mode === "replay" ? { metric, date: given.date } : { metric, period: mode === "live" ? "15m" : given.period, ...(mode === "compare" ? { compare: given.compare === "none" ? "weekday" : given.compare } : {}) };
  const answer = await ask(mode === "replay" ? "/v1/insight/day" : "/v1/insight/heat", words);
  clearTimeout(waiting);
  if (turn !== asked || (mode === "live" && streamed)) return;
  if (!answer) return veil(say("failed"), "failed");
  if (answer.status === 404) { show(null); return veil(say("nothing"), "empty"); }
  if (mode === "replay") {
    scrubber.day = day(await answer.arrayBuffer());
    scrubber.write();
    veil();
    return replay(scrubber.place);
  }
  const told = await answer.json();
  show(picture(told, mode === "compare"));
  note(told);
}

/** What the picture of a period has to say beside itself. @param {any} told */
function note(told) {
  if (given.mode === "compare" && (!told.compare || told.compare.basis === "none")) return veil(say("noCompare"), "empty");
  if (told.withheld.length && !told.watching.length) return veil(say("fewAll"), "empty");
  veil();
  const line = byId("legend-note");
  line.textContent = given.mode === "compare" ? say("shown", { shown: told.compare.shown, compared: told.compare.compared, chance: Math.round(told.compare.by_chance) }) : told.elsewhere ? say("elsewhere", { n: told.elsewhere }) : "";
  line.hidden = !line.textContent;
}

let keeping = 0;

/** Draws one frame and no more; the address follows once the slider rests. @param {number} place of the slider */
function replay(place) {
  if (given.mode !== "replay") return turnTo({ mode: "replay" });
  if (!scrubber.day) return;
  const first = heat.field?.levels.length !== scrubber.day.columns * scrubber.day.rows;
  heat.show(frameOf(scrubber.day, scrubber.frameAt(scrubber.day, place)));
  if (first) {
    lay();
    legend();
  }
  reading.refresh();
  clearTimeout(keeping);
  keeping = setTimeout(() => keep(false), REST_MS);
}

/** @param {Record<string, string>} change @param {boolean} [remember] */
function turnTo(change, remember = true) {
  Object.assign(given, change);
  if (given.mode !== "replay") scrubber.stop();
  if (change.metric || change.date) scrubber.day = null;
  streamed = false;
  byId("legend-note").hidden = true;
  face();
  keep(remember);
  if (change.metric || change.mode) stream.open(given.mode === "live" ? given.metric : "");
  if (given.mode === "replay" && scrubber.day) return replay(scrubber.place);
  picturing.last = performance.now();
  load();
}

/** Sets the switches as the state is. */
function face() {
  for (const name of ["mode", "metric", "scheme"]) floor.setAttribute(`data-${name}`, String(/** @type {any} */ (given)[name]));
  for (const link of document.querySelectorAll("#modes a, #metrics a")) {
    const { mode, metric } = /** @type {HTMLElement} */ (link).dataset;
    if ((mode ?? metric) === (mode ? given.mode : given.metric)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (given.scheme === "cividis") byId("scheme").setAttribute("aria-current", "true");
  else byId("scheme").removeAttribute("aria-current");
  heat.scheme = given.scheme;
  scrubber.write();
  legend();
  /** @type {HTMLInputElement} */ (byId("refit-metric")).value = given.metric;
  /** @type {HTMLInputElement} */ (byId("refit-period")).value = given.mode === "live" ? "15m" : given.period;
}

/** Writes the state into the address, and into all links that stay on this page. @param {boolean} remember */
function keep(remember) {
  const minutes = scrubber.place * 5, at = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  /** @type {Record<string, string>} */
  const words = { mode: given.mode === given.usual.mode ? "" : given.mode, metric: given.metric === given.usual.metric ? "" : given.metric, scheme: given.scheme === "usual" ? "" : given.scheme, at: given.mode === "replay" ? at : "" };
  /** @param {URL} url @param {string[]} names */
  const written = (url, names = OWN) => {
    for (const name of names) words[name] ? url.searchParams.set(name, words[name]) : url.searchParams.delete(name);
    return url.pathname + url.search;
  };
  const here = written(new URL(location.href));
  if (here !== location.pathname + location.search) history[remember ? "pushState" : "replaceState"](null, "", here);
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".bar a[href], .side a[href], .zone-shapes a[href]"))) {
    const href = new URL(link.getAttribute("href") ?? "", location.href);
    if (href.pathname === location.pathname) link.setAttribute("href", written(href));
  }
  refresh.setAttribute("hx-get", `/manage/parts${location.search}`);
  /** @type {HTMLInputElement} */ (byId("refit-next")).value = here;
}

const figures = new Paced(async () => { refresh.dispatchEvent(new CustomEvent("aisle:figures")); }, FIGURES_MS);
const picturing = new Paced(load, given.mode === "replay" ? DAY_MS : HEAT_MS);

for (const [box, name] of [["modes", "mode"], ["metrics", "metric"]]) {
  byId(box).addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    turnTo({ [name]: link.dataset[name] ?? "" });
  });
}
byId("scheme").addEventListener("click", (event) => {
  event.preventDefault();
  given.scheme = given.scheme === "cividis" ? "usual" : "cividis";
  face();
  keep(false);
  heat.draw();
});
addEventListener("popstate", () => {
  const words = new URLSearchParams(location.search);
  turnTo({ mode: words.get("mode") ?? given.usual.mode, metric: words.get("metric") ?? given.usual.metric }, false);
});
document.addEventListener("htmx:after:request", (event) => {
  const answer = /** @type {CustomEvent} */ (event).detail?.ctx?.response;
  if (answer?.status === 401) location.reload();
  const version = answer?.headers?.get("x-aisle-version");
  if (version && version !== byId("live").dataset.version) location.reload();
});
document.addEventListener("htmx:after:swap", () => { scrubber.bind(); keep(false); lay(); });

const begun = new URLSearchParams(location.search).get("at")?.match(/^(\d\d):(\d\d)$/);
if (begun) scrubber.set(Number(begun[1]) * 12 + Math.floor(Number(begun[2]) / 5));
figures.last = performance.now(); // the server has just made them
face();
keep(false);
stream.open(given.mode === "live" ? given.metric : "");
setInterval(() => {
  picturing.gap = given.mode === "replay" ? DAY_MS : HEAT_MS;
  figures.tick(performance.now());
  picturing.tick(performance.now());
}, 500);
picturing.tick(performance.now());

if (document.documentElement.classList.contains("wall") && "wakeLock" in navigator) {
  const stay = () => { if (!document.hidden) navigator.wakeLock.request("screen").catch(() => {}); };
  document.addEventListener("visibilitychange", stay);
  stay();
}
