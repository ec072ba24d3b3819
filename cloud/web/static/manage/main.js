// The living page: one stream of what happens, figures and heat fetched anew when they have changed.
// @ts-check
import { Floor } from "manage/floor";
import { refresh } from "manage/parts";

const FIGURES_MS = 2500, HEAT_MS = 4000, ANYWAY_MS = 15000, QUIET_MS = 5000;

/** Runs a task soon after it was asked for, never twice within `gap` ms, never twice at once. */
class Paced {
  /** @param {() => Promise<boolean>} task @param {number} gap */
  constructor(task, gap) {
    this.task = task;
    this.gap = gap;
    this.last = -Infinity;
    this.wanted = true;
    this.running = false;
  }

  /** @param {number} now */
  async tick(now) {
    const due = this.wanted ? this.gap : ANYWAY_MS;
    if (this.running || document.hidden || now - this.last < due) return;
    this.running = true;
    this.wanted = false;
    this.last = now;
    try {
      if (!(await this.task())) location.reload();
    } finally {
      this.running = false;
    }
  }
}

const floor = new Floor();
const figures = new Paced(refresh, FIGURES_MS);
const heat = new Paced(() => floor.load(), HEAT_MS);
figures.last = performance.now(); // the server has just made them

const pill = /** @type {HTMLElement} */ (document.getElementById("live"));
const words = /** @type {HTMLElement} */ (document.getElementById("live-text"));
let seen = -Infinity, lag = 0;

const stream = new EventSource(floor.plan.dataset.stream ?? "");
stream.addEventListener("people", (event) => {
  const told = JSON.parse(/** @type {MessageEvent} */ (event).data);
  floor.stand(told.people);
  seen = performance.now();
  lag = told.lag_ms;
});
stream.addEventListener("tap", (event) => floor.ripple(JSON.parse(/** @type {MessageEvent} */ (event).data).reader));
stream.addEventListener("changed", () => {
  figures.wanted = true;
  heat.wanted = true;
});

/** @param {number} now */
function age(now) {
  const past = now - seen + lag;
  const state = stream.readyState !== EventSource.OPEN ? "lost" : past > QUIET_MS ? "quiet" : "live";
  pill.dataset.state = state;
  words.textContent = state === "live" ? `${pill.dataset.live} · ${(pill.dataset.ago ?? "{s}").replace("{s}", (past / 1000).toFixed(1))}` : pill.dataset[state] ?? "";
  if (state !== "live") floor.stand([]);
}

setInterval(() => {
  const now = performance.now();
  age(now);
  figures.tick(now);
  heat.tick(now);
}, 500);
heat.tick(performance.now());
floor.draw();
