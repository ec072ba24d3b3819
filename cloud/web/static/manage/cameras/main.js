// The page of one camera: a still beside the plan, pairs of points on both, and what they are worth.

import { CHECKED, FEWEST, judge } from "cameras/homography";
import { Surface } from "cameras/pins";
import { ask, order, take } from "cameras/still";
import { draw } from "cameras/warp";

const data = JSON.parse(document.getElementById("camera-data").textContent);
const w = JSON.parse(document.getElementById("camera-words").textContent);
const get = (id) => document.getElementById(id);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const LENS = 8; // times as large
const ASK_AFTER_MS = 250;
const TOLD_CM = 0.5; // a smaller error is no error

const floor = { width: data.floor[0], depth: data.floor[1] };
const state = {
  pairs: data.pairs.map(([u, v, x, y]) => ({ u, v, x, y })),
  size: { width: data.width, height: data.height },
  bitmap: null, source: null, adding: false, current: -1, own: judge([]), node: null, asked: 0,
};

const still = new Surface(get("still-box"), {
  step: 1,
  name: (number, [u, v]) => fill(w.in_still, { number, u: Math.round(u), v: Math.round(v) }),
  moved: (index, u, v, done) => change(index, { u: round(u, 1), v: round(v, 1) }, done),
  chosen: (index) => choose(index, "still"),
  removed: remove,
});
const plan = new Surface(get("floor-box"), {
  step: 0.01,
  name: (number, [x, y]) => fill(w.in_plan, { number, x: x.toFixed(2), y: y.toFixed(2) }),
  moved: (index, x, y, done) => change(index, { x: round(x, 2), y: round(y, 2) }, done),
  chosen: (index) => choose(index, "plan"),
  removed: remove,
});
still.size = state.size;
plan.size = { width: floor.width, height: floor.depth };

function round(value, digits) {
  return Number(value.toFixed(digits));
}

function whole() {
  return state.pairs.filter((pair) => pair.u !== null && pair.x !== null);
}

function change(index, what, done) {
  Object.assign(state.pairs[index], what);
  state.node = null;
  reckon();
  if (done) askSoon();
  lens(index);
}

function remove(index) {
  state.pairs.splice(index, 1);
  state.node = null;
  state.current = Math.min(state.current, state.pairs.length - 1);
  reckon();
  askSoon();
  say(fill(w.removed, { number: index + 1 }));
  (still.pins[state.current] ?? get("add")).focus();
}

/** A new pair in the middle of both, for the keyboard; the first of its pins has the focus. */
function add() {
  state.pairs.push({ u: round(state.size.width / 2, 1), v: round(state.size.height / 2, 1), x: round(floor.width / 2, 2), y: round(floor.depth / 2, 2) });
  state.node = null;
  reckon();
  askSoon();
  still.focus(state.pairs.length - 1);
}

function setAdding(on) {
  state.adding = on;
  if (!on) state.pairs = state.pairs.filter((pair) => pair.u !== null && pair.x !== null);
  for (const button of document.querySelectorAll("[data-mode]")) {
    button.setAttribute("aria-pressed", String((button.dataset.mode === "add") === on));
  }
  document.body.classList.toggle("adding", on);
  hint();
  reckon();
}

/** In the mode that adds, a click gives the open pair its place on that side; in the other one it does nothing. */
function clicked(side, event) {
  if (!state.adding) return;
  const [a, b] = (side === "still" ? still : plan).at(event);
  let pair = state.pairs.find((one) => one.u === null || one.x === null);
  if (!pair) state.pairs.push((pair = { u: null, v: null, x: null, y: null }));
  if (side === "still") Object.assign(pair, { u: round(a, 1), v: round(b, 1) });
  else Object.assign(pair, { x: round(a, 2), y: round(b, 2) });
  state.current = state.pairs.indexOf(pair);
  state.node = null;
  reckon();
  hint();
  if (pair.u !== null && pair.x !== null) askSoon();
}

function hint() {
  const open = state.pairs.find((one) => one.u === null || one.x === null);
  get("hint").textContent = !state.adding ? "" : !open ? w.hint_still_or_plan : open.u === null ? w.hint_still : w.hint_plan;
}

function choose(index, side) {
  state.current = index;
  paint();
  lens(index, side);
}

/** What the page itself reckons, at once. */
function reckon() {
  state.own = judge(whole());
  paint();
}

let timer = 0, running = null;

/** The node's own code, a moment after the last change; what it says replaces what the page reckoned. */
function askSoon() {
  clearTimeout(timer);
  running?.abort();
  if (whole().length < FEWEST) return;
  timer = setTimeout(async () => {
    running = new AbortController();
    const mine = ++state.asked, pairs = whole();
    get("judge").textContent = w.asking;
    try {
      const told = await ask(data.camera, state.size, pairs, running.signal);
      if (mine !== state.asked) return;
      state.node = told;
    } catch (error) {
      if (error.name === "AbortError") return;
      state.node = { calibration: null, reason: error.message };
    }
    paint();
  }, ASK_AFTER_MS);
}

function verdict() {
  const told = state.node?.calibration;
  if (told?.state === "fitted") return { ...told, by: "node" };
  return { ...state.own, by: "page", refusal: told?.refusal ?? null, warnings: [] };
}

function paint() {
  const told = verdict(), pairs = state.pairs;
  // Only whole pairs are reckoned: what is open has no error.
  let next = 0;
  const numbers = pairs.map((pair) => (pair.u !== null && pair.x !== null ? next++ : null));
  const named = told.points?.find((point) => point.number === told.worst && point.error_cm >= TOLD_CM)?.number;
  const worst = numbers.findIndex((number) => number !== null && number + 1 === named);
  still.show(pairs.map((pair) => (pair.u === null ? null : [pair.u, pair.v])), worst, state.current);
  plan.show(pairs.map((pair) => (pair.x === null ? null : [pair.x, pair.y])), worst, state.current);
  table(told, numbers, worst);
  const how = told.by === "node" && told.warp
    ? { matrix: told.warp.matrix.flat(), strength: told.warp.strength, centre: told.warp.centre, unit: told.warp.unit }
    : state.own.matrix && { matrix: state.own.matrix, strength: 0 };
  requestAnimationFrame(() => draw(get("warp"), state.source, how, state.size, floor));
  summary(told);
}

function summary(told) {
  const pairs = whole().length, points = told.points ?? [];
  const worst = points.find((point) => point.number === told.worst);
  const by = told.by === "node" ? w.by_node : state.node ? fill(w.by_page, { reason: state.node.reason ?? w.silent }) : w.by_page_yet;
  get("judge").textContent = pairs < FEWEST ? fill(w.fewer, { left: FEWEST - pairs }) : by;
  get("refusal").hidden = !(told.refusal || (pairs >= FEWEST && !told.points?.length));
  get("refusal").textContent = told.refusal ?? w.no_floor;
  get("typical").textContent = told.error_cm == null ? "–" : fill(w.cm, { cm: told.error_cm.toFixed(1) });
  const shown = worst && worst.error_cm != null && worst.without_cm != null && worst.error_cm >= TOLD_CM && pairs >= CHECKED;
  get("worst").hidden = !shown;
  if (shown) get("worst").textContent = fill(w.worst, { number: worst.number, cm: worst.error_cm.toFixed(1), without: worst.without_cm.toFixed(1) });
  get("warnings").replaceChildren(...(told.warnings ?? []).map((text) => Object.assign(document.createElement("li"), { textContent: text, lang: "en" })));
  get("error-cm").value = told.by === "page" && told.error_cm != null ? told.error_cm.toFixed(2) : "";
  const errors = points.map((point) => point.error_cm).filter((error) => error != null);
  get("worst-cm").value = told.by === "page" && errors.length ? Math.max(...errors).toFixed(2) : "";
  get("save").disabled = pairs < FEWEST;
}

function table(told, numbers, worst) {
  const body = get("pairs"), rows = [...body.rows];
  rows.slice(state.pairs.length).forEach((row) => row.remove());
  state.pairs.forEach((pair, at) => {
    const row = rows[at] ?? body.appendChild(get("pair-row").content.firstElementChild.cloneNode(true));
    if (!row.dataset.live) wire(row);
    row.cells[0].textContent = String(at + 1);
    for (const name of ["u", "v", "x", "y"]) {
      const input = row.querySelector(`[name=${name}]`);
      input.setAttribute("aria-label", `${at + 1}: ${w[name]}`);
      if (document.activeElement !== input) input.value = pair[name] ?? "";
    }
    const point = numbers[at] === null ? null : (told.points ?? [])[numbers[at]];
    const error = point?.error_cm;
    row.querySelector("[data-part=error]").textContent = error == null || whole().length < CHECKED ? "–" : fill(w.cm, { cm: error.toFixed(1) });
    row.classList.toggle("worst", at === worst && error != null);
  });
}

function wire(row) {
  row.dataset.live = "1";
  const index = () => [...row.parentElement.rows].indexOf(row);
  row.addEventListener("input", (event) => {
    const value = event.target.valueAsNumber;
    if (Number.isFinite(value)) change(index(), { [event.target.name]: value }, true);
  });
  row.addEventListener("focusin", () => { state.current = index(); });
  row.querySelector("[data-act=remove]").addEventListener("click", () => remove(index()));
}

/** What lies round a point of the still, enlarged. */
function lens(index) {
  const canvas = get("lens"), pair = state.pairs[index];
  canvas.hidden = !state.bitmap || !pair || pair.u === null;
  if (canvas.hidden) return;
  canvas.classList.toggle("aside", pair.u > state.size.width / 2 && pair.v > state.size.height / 2);
  const context = canvas.getContext("2d"), side = canvas.width / LENS;
  const u = (pair.u / state.size.width) * state.bitmap.width, v = (pair.v / state.size.height) * state.bitmap.height;
  context.imageSmoothingEnabled = false;
  context.fillStyle = "#000";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(state.bitmap, u - side / 2, v - side / 2, side, side, 0, 0, canvas.width, canvas.height);
  context.strokeStyle = "#fff";
  context.lineWidth = 3;
  for (const colour of ["#fff", "#000"]) {
    context.strokeStyle = colour;
    context.beginPath();
    context.moveTo(canvas.width / 2, 0);
    context.lineTo(canvas.width / 2, canvas.height);
    context.moveTo(0, canvas.height / 2);
    context.lineTo(canvas.width, canvas.height / 2);
    context.stroke();
    context.lineWidth = 1;
  }
}

function say(text) {
  get("said").textContent = text;
}

async function fetchStill(nonce) {
  const button = get("take");
  button.disabled = true;
  get("still-state").className = "state-loading";
  get("still-state").hidden = false;
  get("still-state").textContent = w.waiting;
  try {
    show(await take(data.camera, nonce ?? (await order(data.camera))));
    get("still-state").hidden = true;
    say(w.shown);
  } catch (error) {
    get("still-state").className = "state-failed";
    get("still-state").textContent = fill(w.failed, { reason: error.message });
    say(get("still-state").textContent);
  }
  button.disabled = false;
  button.textContent = w.again;
}

function show(bitmap) {
  state.bitmap = bitmap;
  const canvas = get("still");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  state.source = context.getImageData(0, 0, bitmap.width, bitmap.height);
  canvas.hidden = false;
  const shape = bitmap.width / bitmap.height;
  if (Math.abs(shape / (state.size.width / state.size.height) - 1) > 0.01) {
    // The camera sends another shape than it was calibrated with: its old pairs say nothing of these pictures.
    state.size = { width: bitmap.width, height: bitmap.height };
    still.size = state.size;
    get("width").value = bitmap.width;
    get("height").value = bitmap.height;
    state.pairs = [];
    say(w.reshaped);
  }
  reckon();
}

get("still-box").addEventListener("click", (event) => clicked("still", event));
get("floor-box").addEventListener("click", (event) => clicked("plan", event));
get("add").addEventListener("click", add);
get("order").addEventListener("submit", (event) => {
  event.preventDefault();
  fetchStill(null);
});
for (const button of document.querySelectorAll("[data-mode]")) {
  button.addEventListener("click", () => setAdding(button.dataset.mode === "add"));
}
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.adding) setAdding(false);
});
get("form").addEventListener("submit", () => {
  state.pairs = whole();
  paint();
});
document.body.classList.add("scripted");
get("pairs").replaceChildren();
reckon();
askSoon();
if (get("still-box").dataset.still) {
  history.replaceState(null, "", location.href.replace(/([?&])still=[0-9a-f]*&?/, "$1"));
  fetchStill(get("still-box").dataset.still);
}
