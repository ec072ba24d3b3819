// The day under the plan: a slider over its entrances, from frame to frame by hand, by keys, or by itself.
// @ts-check
import { byId, given, say, time } from "manage/words";

const FRAME_MS = 300_000;
/** Frames a second while it plays. */
const PACE = 12;

export class Scrubber {
  /** @param {(place: number) => void} moved a place is a twelfth of an hour since the day's beginning */
  constructor(moved) {
    this.moved = moved;
    this.timer = 0;
    this.kept = 0;
    this.frame = 0;
    /** @type {import("./data.js").Day | null} */
    this.day = null;
    this.bind();
  }

  /** The page's parts are made anew as figures change; so are these. */
  bind() {
    const input = /** @type {HTMLInputElement} */ (byId("at"));
    const before = this.kept;
    if (this.input && given.mode === "replay") input.value = String(before);
    if (this.input === input) return;
    this.input = input;
    this.text = byId("at-text");
    this.button = byId("play");
    input.addEventListener("input", () => this.ask());
    this.button.addEventListener("click", () => (this.timer ? this.stop() : this.play()));
    this.write();
  }

  get place() {
    return Number(this.input?.value ?? 0);
  }

  /** @param {number} place */
  set(place) {
    if (!this.input) return;
    this.input.value = String(place);
    this.write();
  }

  /** Draws once a frame of the screen, however often the slider moves. */
  ask() {
    if (!this.frame) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.write();
        this.moved(this.place);
      });
    }
  }

  play() {
    if (!this.input) return;
    const last = this.last();
    if (this.place >= last) this.input.value = this.input.min;
    this.timer = setInterval(() => {
      if (this.place >= this.last() || document.hidden) return this.stop();
      if (this.input) this.input.value = String(this.place + 1);
      this.ask();
    }, 1000 / PACE);
    this.ask();
    this.face();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.face();
  }

  /** The last place that has begun. */
  last() {
    const end = Number(this.input?.max ?? 0);
    return this.day ? Math.min(end, Math.ceil((this.day.until * this.day.frame_ms) / FRAME_MS) - 1) : end;
  }

  /** @param {import("./data.js").Day} day @param {number} place @returns {number} the frame of a day at a place of the slider */
  frameAt(day, place) {
    return Math.floor((place * FRAME_MS) / day.frame_ms);
  }

  face() {
    const word = say(this.timer ? "pause" : "play");
    this.button?.setAttribute("aria-pressed", String(Boolean(this.timer)));
    this.button?.setAttribute("title", word);
    const use = this.button?.querySelector("use"), label = this.button?.querySelector(".hidden");
    use?.setAttribute("href", (use.getAttribute("href") ?? "").replace(/#.*/, this.timer ? "#pause" : "#play"));
    if (label) label.textContent = word;
  }

  write() {
    if (!this.input || !this.text) return;
    this.kept = this.place;
    const { place, day } = this, from = given.dayMs + place * FRAME_MS;
    const said = say("frame", { from: time(from), to: time(from + FRAME_MS) });
    this.input.setAttribute("aria-valuetext", said);
    this.text.textContent = said;
    const low = Number(this.input.min), share = (place - low) / Math.max(1, Number(this.input.max) - low);
    this.text.style.left = `${100 * share}%`;
    this.text.style.transform = `translateX(${-100 * share}%)`;
    this.text.hidden = given.mode !== "replay";
    this.input.toggleAttribute("data-loaded", Boolean(day));
  }
}
