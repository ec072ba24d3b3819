// The visitor's phone: its notifications, its lock screen, and its answer to a page that asks for push.
const SHOWN_MS = 9000, FRESH_MS = 4000;

export class Handset {
  // `make` builds elements, `say` gives the words, `store` is where the phone is; `post` sends JSON to the simulator.
  constructor({ $, make, say, store, post, open }) {
    Object.assign(this, { $, make, say, store, post, open });
    this.notices = [];
    this.behind = null; // what to open when the screen is unlocked: never a signed link, which holds once
    $("lock").addEventListener("click", () => this.lock(this.$("locked").hidden));
    $("unlock").addEventListener("click", () => this.lock(false));
    addEventListener("message", (event) => this.asked(event));
    setInterval(() => this.clock(), 1000);
  }

  // A page in the frame wants push. The browser's own question cannot come there, so the phone asks it itself.
  asked(event) {
    const { data, source, origin, ports } = event;
    if (origin !== this.store.cloud || source !== this.$("screen").contentWindow) return;
    if (!data || data.type !== "aisle-push-subscribe" || typeof data.key !== "string" || !ports[0]) return;
    const answer = (given) => {
      this.$("asking").hidden = true;
      ports[0].postMessage(given);
      this.$("screen").focus();
    };
    this.$("asking-words").textContent = this.say().asks;
    this.$("asking").hidden = false;
    this.$("deny").onclick = () => answer(null);
    this.$("allow").onclick = async () => answer(await this.post("/visitor/push", { key: data.key }));
    this.$("allow").focus();
  }

  // One notification; an old one, told again after a reload, goes to the lock screen alone.
  notify(notice, now) {
    this.notices.unshift(notice);
    this.notices.length = Math.min(this.notices.length, 12);
    if (this.$("locked").hidden && now - notice.at < FRESH_MS) this.banner(notice);
    this.speak();
  }

  banner(notice) {
    const item = this.item(notice);
    this.$("banners").prepend(item);
    while (this.$("banners").childElementCount > 2) this.$("banners").lastChild.remove();
    setTimeout(() => item.remove(), SHOWN_MS);
  }

  item(notice) {
    const go = () => { this.behind = notice.navigate; this.lock(false); this.$("banners").replaceChildren(); this.open(notice.navigate); };
    const name = this.store.plan.title[this.language()];
    return this.make("li", {}, this.make("button", { type: "button", onclick: go },
      this.make("i", {}), this.make("span", { class: "from" }, this.make("b", {}, name), this.make("time", {}, this.when(notice))),
      this.make("strong", {}, notice.title), this.make("span", { class: "words" }, notice.body)));
  }

  when(notice) {
    return notice.wall ? new Date(notice.wall).toLocaleTimeString(this.language(), { hour: "2-digit", minute: "2-digit" }) : "";
  }

  language() { return document.documentElement.lang; }

  // A phone in a pocket keeps no page alive: what comes then comes as a notification or waits for the next look.
  lock(on) {
    const screen = this.$("screen"), was = !this.$("locked").hidden;
    if (on && !was && !screen.hidden) screen.src = "about:blank";
    if (!on && was && this.behind) this.open(this.behind);
    this.$("locked").hidden = !on;
    this.$("lock").setAttribute("aria-pressed", String(on));
    this.$("banners").replaceChildren();
    this.speak();
    if (on) this.$("unlock").focus();
  }

  clock() {
    const now = new Date();
    this.$("lock-time").textContent = now.toLocaleTimeString(this.language(), { hour: "2-digit", minute: "2-digit", hour12: false });
    this.$("lock-day").textContent = now.toLocaleDateString(this.language(), { month: "long", day: "numeric", weekday: "long" });
  }

  speak() {
    const waiting = this.notices.length;
    this.$("lock").textContent = this.$("locked").hidden ? this.say().lock(waiting) : this.say().unlock;
    this.$("shade").replaceChildren(...(waiting ? this.notices.map((notice) => this.item(notice)) : [this.make("li", { class: "quiet" }, this.say().noNotices)]));
    this.clock();
  }
}
