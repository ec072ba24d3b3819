// The page's one stream: where people are, taps, the grid of this moment, and that figures have changed.
// @ts-check
import { apply, bytes, grid } from "manage/data";
import { byId } from "manage/words";

const QUIET_MS = 5000, AGE_MS = 500;

/** @typedef {{people(cm: number[]): void, tap(reader: string): void, changed(): void, grid(field: import("./data.js").Field): void}} Hears */

export class Stream {
  /** @param {Hears} hears */
  constructor(hears) {
    this.hears = hears;
    /** @type {EventSource | null} */
    this.source = null;
    this.metric = "";
    /** @type {import("./data.js").Field | null} */
    this.field = null;
    this.seq = -1;
    this.seen = -Infinity;
    this.lag = 0;
    this.pill = byId("live");
    this.words = byId("live-text");
    setInterval(() => this.age(), AGE_MS);
    addEventListener("pagehide", () => this.source?.close());
    addEventListener("pageshow", (event) => { if (event.persisted) this.open(this.metric); });
  }

  /** Listens anew; without a metric there is no grid. @param {string} metric */
  open(metric) {
    this.source?.close();
    this.metric = metric;
    this.field = null;
    this.seq = -1;
    const source = new EventSource(metric ? `/manage/live?grid=${metric}` : "/manage/live");
    this.source = source;
    /** @param {string} kind @param {(told: any) => void} act */
    const on = (kind, act) => source.addEventListener(kind, (event) => act(JSON.parse(/** @type {MessageEvent} */ (event).data)));
    on("people", (told) => {
      this.seen = performance.now();
      this.lag = told.lag_ms;
      this.hears.people(told.cm);
    });
    on("tap", (told) => this.hears.tap(told.reader));
    on("changed", () => this.hears.changed());
    on("grid", (told) => {
      this.seq = told.seq;
      this.field = grid(told);
      this.hears.grid(this.field);
    });
    on("delta", (told) => this.delta(told));
    on("resync", () => this.open(this.metric));
  }

  /** @param {{seq: number, cells: string}} told */
  delta(told) {
    if (!this.field || told.seq !== this.seq + 1) return this.open(this.metric);
    this.seq = told.seq;
    apply(this.field.levels, bytes(told.cells));
    this.hears.grid(this.field);
  }

  age() {
    const past = performance.now() - this.seen + this.lag;
    const state = this.source?.readyState !== EventSource.OPEN ? "lost" : past > QUIET_MS ? "quiet" : "live";
    const words = this.pill.dataset;
    this.pill.dataset.state = state;
    this.words.textContent = state === "live" ? `${words.live} · ${(words.ago ?? "{s}").replace("{s}", (past / 1000).toFixed(1))}` : words[state] ?? "";
    if (state !== "live") this.hears.people([]);
  }
}
