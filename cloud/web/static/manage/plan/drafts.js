// @ts-check
// The draft on the server: kept after each pause of the hand, judged there, and saved as a version from there.

/** @typedef {import("./editor.js").Doc} Doc */
/** @typedef {import("./editor.js").Judged} Judged */
/** @typedef {import("./editor.js").Side} Side */
/** @typedef {{kind: "draft" | "version", words: string, number: number, mine: Side, theirs: Side}} Collision */
/** @typedef {{judged: Judged, plan: import("./parts.js").Plan | null, backdrop: import("./editor.js").Backdrop | null,
 *   now: import("./parts.js").Plan | null, goods: {gtin: string, name: string}[], nodes: string[], store: string}} Opened */

const PAUSE_MS = 400;
const PATH = "/manage/plan/draft";

/** What the server did not take, with its own words. */
export class Refused extends Error {
  /** @param {number} status @param {string} words */
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

export class Drafts {
  /** @param {string} query the page's own, for its language @param {{doc: () => Doc, judged: (judged: Judged) => void, status: (word: string) => void, collided: (collision: Collision) => void}} page */
  constructor(query, page) {
    this.query = query;
    this.page = page;
    this.number = 0;
    this.base = 0;
    this.timer = 0;
    /** Changes that the server does not have. */
    this.behind = false;
    /** @type {Promise<void> | null} */
    this.flying = null;
    this.halted = false;
    /** The collision that is not settled. @type {Collision | null} */
    this.collision = null;
    addEventListener("beforeunload", (event) => { if (this.behind) event.preventDefault(); });
  }

  /** @returns {Promise<Opened>} */
  async load() {
    const opened = await this.ask("GET", PATH);
    this.number = opened.judged.number;
    this.base = opened.judged.base;
    return opened;
  }

  /** Keeps the draft soon. */
  soon() {
    this.behind = true;
    this.page.status(this.halted ? "collided" : "editing");
    clearTimeout(this.timer);
    if (!this.halted) this.timer = setTimeout(() => void this.put(), PAUSE_MS);
  }

  /** Keeps the draft now; waits for what is under way. @returns {Promise<void>} */
  async put() {
    clearTimeout(this.timer);
    await this.flying;
    if (!this.behind || this.halted) return;
    this.flying = this.send().finally(() => { this.flying = null; });
    await this.flying;
  }

  async send() {
    this.behind = false;
    this.page.status("keeping");
    const { plan, backdrop } = this.page.doc();
    try {
      const judged = await this.ask("PUT", PATH, { base: this.base, plan, backdrop }, { "if-match": `"${this.number}"` });
      this.number = judged.number;
      this.page.status("kept");
      this.page.judged(judged);
    } catch (error) {
      this.behind = true;
      this.failed(error);
    }
  }

  /** @param {unknown} error */
  failed(error) {
    if (error instanceof Collided) { this.halted = true; this.collision = error.collision; this.page.status("collided"); this.page.collided(error.collision); }
    else if (error instanceof Refused && error.status === 401) location.reload();
    else if (error instanceof Refused && error.status < 500) this.page.status("refused"); // the next change may be taken
    else {
      this.page.status("failed");
      this.timer = setTimeout(() => void this.put(), 5000);
    }
  }

  /** A new version. Raises Refused with what is wrong. @param {string} note @returns {Promise<{version: number} | null>} */
  async save(note) {
    await this.put();
    if (this.behind || this.halted) return null;
    try {
      return await this.ask("POST", "/manage/plan/save", { number: this.number, note });
    } catch (error) {
      if (!(error instanceof Collided)) throw error;
      this.failed(error);
      return null;
    }
  }

  /** After a collision: mine counts, over what they did. @param {Collision} collision @param {number} newest */
  async keepMine(collision, newest) {
    this.halted = false;
    this.behind = true;
    if (collision.kind === "version") this.base = newest;
    else this.number = collision.number;
    await this.put();
  }

  /** After a collision: both sides' changes in one draft. @returns {Promise<{opened: Opened, clashes: string[]}>} */
  async merge() {
    const merged = await this.ask("POST", `${PATH}/merge`, { number: this.number });
    if (!merged.opened) throw new Refused(422, merged.problems.filter((/** @type {any} */ one) => !one.warning).map((/** @type {any} */ one) => one.words).join(" · "));
    this.number = merged.opened.judged.number;
    this.base = merged.opened.judged.base;
    this.halted = false;
    this.behind = false;
    return merged;
  }

  async drop() {
    clearTimeout(this.timer);
    await this.flying;
    this.behind = false;
    await this.ask("DELETE", PATH);
  }

  /** @param {Blob} file @returns {Promise<{image: string, width: number, height: number}>} */
  async image(file) {
    const answer = await fetch("/manage/plan/image", { method: "POST", body: file, headers: { "content-type": "application/octet-stream" } });
    if (!answer.ok) throw new Refused(answer.status, (await answer.text()).trim());
    return answer.json();
  }

  /** @param {string} method @param {string} path @param {object} [body] @param {Record<string, string>} [headers] @returns {Promise<any>} */
  async ask(method, path, body, headers = {}) {
    const options = body ? { body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } } : {};
    const answer = await fetch(path + this.query, { method, ...options });
    if (answer.status === 409) throw new Collided(await answer.json());
    if (answer.status === 422 && path.endsWith("/save")) {
      const judged = await answer.json();
      this.page.judged(judged);
      throw new Refused(422, "");
    }
    if (!answer.ok) throw new Refused(answer.status, (await answer.text()).trim());
    return answer.status === 204 ? null : answer.json();
  }
}

class Collided extends Error {
  /** @param {Collision} collision */
  constructor(collision) {
    super(collision.words);
    this.collision = collision;
  }
}
