// Wires the page to the feed: what stands still comes once, what moves five times a second.
import { PeopleLine, paintBars } from "/page/charts.js";
import { Handset } from "/page/handset.js";
import { Floor } from "/page/plan.js";
import { Counter } from "/page/till.js";
import { WORDS } from "/page/words.js";

const $ = (id) => document.getElementById(id);
const store = await (await fetch("/store.json")).json();
const floor = new Floor($("floor"), store);
const people = new PeopleLine($("line"));
const latencies = [];
let language = localStorage.getItem("language") || (navigator.language.startsWith("en") ? "en" : "ko");
let last = null, flashes = null, watched = null;
const say = () => WORDS[language];
const product = (gtin) => (store.products[gtin] || [gtin, gtin])[language === "ko" ? 0 : 1];

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") made.addEventListener("click", value); else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", body: body && JSON.stringify(body) });
  return answer.ok ? answer.json() : null;
}
const parts = { $, make: element, say, store, post, product };
const handset = new Handset({ ...parts, open: (url) => showPage(url) });
const counter = new Counter(parts);

// A little out of the shelf's edge, towards who stands there, so that the shelf's name stays readable.
function beforeZone(at, id) {
  const zone = store.plan.zones.find((one) => one.id === id);
  if (!zone) return at;
  const [x, y] = floor.middle(zone.polygon), xs = zone.polygon.map((p) => p[0]), ys = zone.polygon.map((p) => p[1]);
  const sideways = at[0] <= Math.min(...xs) || at[0] >= Math.max(...xs);
  return sideways ? [at[0] + 0.14 * Math.sign(x - at[0]), at[1]] : [at[0], at[1] + 0.14 * Math.sign(y - at[1])];
}
const before = (tag) => beforeZone(tag.at, (store.plan.shelves.find((shelf) => shelf.id === tag.shelf) || {}).zone);

// The tags and readers are real buttons over the canvas, so that keyboard and screen reader reach them.
function layButtons() {
  const host = $("plan");
  for (const old of host.querySelectorAll("button")) old.remove();
  const lay = (place, attributes) => {
    const button = element("button", { type: "button", ...attributes });
    button.style.left = `${floor.x(place[0])}px`;
    button.style.top = `${floor.y(place[1])}px`;
    host.append(button);
  };
  const list = [];
  for (const tag of store.plan.tags) {
    const label = say().tagLabel(product(tag.gtin));
    list.push(element("li", {}, element("button", { type: "button", onclick: () => tapTag(tag) }, product(tag.gtin))));
    lay(before(tag), { class: "tag", id: `tag:${tag.id}`, "aria-label": label, title: label, onclick: () => tapTag(tag) });
  }
  for (const reader of store.plan.readers) {
    const label = say().cardLabel(reader.title[language]);
    lay(beforeZone(reader.at, reader.zone), { class: "reader", id: `reader:${reader.id}`, "aria-label": label, title: label, onclick: () => holdCard(reader.id) });
  }
  // A narrow screen's plan is too small to press: there the same tags stand below it by name.
  $("shelf-tags").replaceChildren(...list);
  $("shelf-tags").setAttribute("aria-label", say().tagKey);
}

async function tapTag(tag) {
  if (!store.cloud) { $("below").textContent = say().noCloud; return; }
  const got = await post(`/visitor/tag/${tag.id}`);
  if (!got) return;
  handset.behind = null;
  handset.lock(false);
  handset.behind = `/01/${tag.gtin}?lang=${language}`;
  // A signed link's own order must hold: the language goes behind it.
  showPage(got.url + (got.url.includes("picc=") ? "" : `&lang=${language}`));
  counter.hold(tag.gtin);
  $("below").textContent = `${say().tapped}: ${product(tag.gtin)}`;
  const narrow = matchMedia("(max-width: 820px)").matches, calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (narrow) $("phone").scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
}

// Only the store's own pages are ever shown on the phone, wherever a notification wants to lead.
function showPage(url) {
  const to = new URL(url, store.cloud);
  if (to.origin !== new URL(store.cloud).origin) return;
  $("screen").src = to.href;
  $("screen").title = say().phone;
  $("screen").hidden = false;
  $("asleep").hidden = true;
}

async function holdCard(reader) {
  if (!(await post(`/visitor/card/${reader}`))) $("below").textContent = say().busy;
}

function layReaders() {
  $("readers").replaceChildren(...store.plan.readers.map((reader) => {
    const unplug = element("button", { class: "quiet", type: "button" }, say().unplug);
    unplug.addEventListener("click", async () => {
      const out = unplug.dataset.out === "1";
      if (await post(`/reader/${reader.id}/fault/${out ? "mend" : "unplug"}`)) {
        unplug.dataset.out = out ? "" : "1";
        unplug.textContent = out ? say().unplug : say().plug;
      }
    });
    return element("li", {}, element("i", { class: "light", id: `light:${reader.id}` }), element("span", {}, reader.title[language].replace(/ (reader|리더)$/, "")),
      element("button", { type: "button", onclick: () => holdCard(reader.id) }, say().card), unplug);
  }));
}

// A camera has no title of its own; what it looks over has: its zones, or the door.
function cameraName(camera) {
  const xs = camera.sees.map((p) => p[0]), ys = camera.sees.map((p) => p[1]);
  const within = ([x, y]) => x >= Math.min(...xs) && x <= Math.max(...xs) && y >= Math.min(...ys) && y <= Math.max(...ys);
  const line = store.plan.lines.find((one) => within([(one.a[0] + one.b[0]) / 2, (one.a[1] + one.b[1]) / 2]));
  if (line) return line.title[language];
  const zones = store.plan.zones.filter((zone) => within(floor.middle(zone.polygon))).slice(0, 3);
  return zones.map((zone) => zone.title[language]).join(" · ") || camera.id;
}

function layCameras() {
  $("cams").replaceChildren(...store.plan.cameras.map((camera) => element("button", { type: "button", "aria-pressed": String(watched === camera.id), onclick: () => watch(camera.id) }, cameraName(camera))));
}

function watch(camera) {
  watched = watched === camera ? null : camera;
  layCameras();
  if (!watched) { $("lens").replaceChildren(element("p", {}, say().noCamera)); return; }
  const power = (state) => element("button", { class: "quiet", type: "button", onclick: async () => { await post(`/camera/${camera}/power/${state}`); if (state === "on") { watched = null; watch(camera); } } }, say()[state]);
  $("lens").replaceChildren(element("img", { src: `/camera/${watched}.mjpg?${Date.now()}`, alt: `${say().cameras}: ${cameraName(store.plan.cameras.find((one) => one.id === watched))}`, width: 640, height: 480 }), element("div", { class: "picks" }, power("off"), power("on")));
}

function clock(ms) {
  const s = Math.max(0, ms) / 1000;
  return `${Math.floor(s / 60)}:${(s % 60).toFixed(1).padStart(4, "0")}`;
}

// The feed speaks of things by their ids and of phones in a few fixed words; the page says them as people do.
const TITLED = new Map([...store.plan.readers, ...store.plan.lines].map((one) => [one.id, one.title]));
const TAGGED = new Map(store.plan.tags.map((tag) => [tag.id, tag.gtin]));
function told(what) {
  return what.split(" · ").map((part) => {
    const [first, ...rest] = part.split(" ");
    if (TAGGED.has(first)) return product(TAGGED.get(first));
    const name = TITLED.has(first) ? TITLED.get(first)[language] : say().things[first] || first;
    return [name, ...rest.map((word) => say().things[word] || (word === "200" ? "✓" : word))].join(" ").replace(/₩([\d,]+)/g, (_, n) => say().won(n, ""));
  }).join(" · ");
}

function layLine(line) {
  const who = line.who ? say().shopper(line.who) : say().me;
  const what = told(String(line.what).replace("tap → phone", "tap-to-phone"));
  const took = /tap → phone · (\d+) ms/.exec(line.what);
  if (took) latencies.push(Number(took[1]));
  const item = element("li", { "data-kind": line.kind }, element("time", {}, clock(line.at)), element("b", {}, say().kinds[line.kind] || line.kind), element("span", {}, what || who), ...(what ? [element("span", { class: "who" }, who)] : []));
  $("lines").prepend(item);
  while ($("lines").childElementCount > 60) $("lines").lastChild.remove();
}

function flash(now) {
  for (const [place, count] of Object.entries(now)) {
    if (flashes && flashes[place] !== count) {
      const spot = [...store.plan.tags, ...store.plan.readers].find((one) => one.id === place);
      if (spot) floor.ring(spot.at);
      const button = $(`tag:${place}`) || $(`reader:${place}`);
      if (button) { button.classList.remove("hit"); void button.offsetWidth; button.classList.add("hit"); }
    }
  }
  flashes = now;
}

function show(frame) {
  last = frame;
  $("clock").textContent = clock(frame.at);
  $("inside").textContent = frame.numbers.inside;
  $("phase").textContent = say()[frame.phase];
  $("phase").className = `chip ${frame.phase}`;
  $("start").hidden = frame.phase !== "waiting";
  flash(frame.flashes);
  for (const line of frame.lines) layLine(line);
  for (const notice of frame.notices) handset.notify(notice, frame.at);
  for (const [name, [light, busy]] of Object.entries(frame.readers)) {
    $(`light:${name}`)?.classList.toggle("lit", light);
    $(`reader:${name}`)?.classList.toggle("lit", light);
    $(`reader:${name}`)?.classList.toggle("busy", busy);
  }
  paintBars($("bars"), store.plan.zones, frame.zones, say(), language);
  people.add(frame.people.filter((p) => p[1] >= 0).length, frame.seen ? frame.seen.length : null);
  const median = latencies.length ? `${[...latencies].sort((a, b) => a - b)[latencies.length >> 1]} ms` : "–";
  const n = frame.numbers;
  $("numbers").replaceChildren(...[["in", n.in], ["out", n.out], ["taps", n.taps], ["opened", n.opened], ["sales", n.sales], ["coupons", n.coupons], ["pushes", n.pushes], ["latency", median]]
    .map(([key, value]) => element("p", {}, element("span", {}, say()[key]), element("b", {}, String(value)))));
}

// Between two frames people glide on, so that five a second look like sixty.
let from = new Map(), to = new Map(), came = 0;
function take(frame) {
  from = new Map(frame.people.map((p) => [p[0], gliding(p[0]) || p]));
  to = new Map(frame.people.map((p) => [p[0], p]));
  came = performance.now();
  show(frame);
}
function gliding(number) {
  const a = from.get(number), b = to.get(number);
  if (!a || !b) return b;
  const share = Math.min(1, (performance.now() - came) / 210);
  return [number, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share, ...b.slice(3)];
}
function draw() {
  requestAnimationFrame(draw);
  if (last) floor.paint([...to.keys()].map(gliding), last.seen);
}

function speak() {
  document.documentElement.lang = language;
  document.title = say().title;
  for (const spot of document.querySelectorAll("[data-say]")) spot.textContent = say()[spot.dataset.say];
  $("scenario").textContent = store.scenario[language];
  $("seed").textContent = store.seed;
  $("speed").textContent = `${store.speed}×`;
  $("language").textContent = language === "ko" ? "English" : "한국어";
  $("language").lang = language === "ko" ? "en" : "ko";
  people.name(say().ago, say().now);
  floor.paintStill(language);
  layButtons();
  layReaders();
  layCameras();
  handset.speak();
  counter.speak();
}

$("language").addEventListener("click", () => {
  language = language === "ko" ? "en" : "ko";
  localStorage.setItem("language", language);
  $("lines").replaceChildren();
  speak();
});
$("start").addEventListener("click", () => post("/start"));
new ResizeObserver(() => { floor.paintStill(language); layButtons(); }).observe($("plan"));
matchMedia("(prefers-color-scheme:dark)").addEventListener("change", () => floor.paintStill(language));
speak();
const feed = new EventSource("/feed");
feed.onmessage = (message) => take(JSON.parse(message.data));
feed.onerror = () => { $("phase").textContent = say().lost; $("phase").className = "chip lost"; };
requestAnimationFrame(draw);
