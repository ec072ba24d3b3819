// Counting at the door: every press is kept in this browser with its time before it is sent, and until it is taken.
// @ts-check

const box = /** @type {HTMLElement} */ (document.getElementById("counter"));
const said = box.dataset;
const KEY = `aisle-audit-${said.audit}`;
const FIRST_MS = 1000, LONGEST_MS = 20000;

/** @typedef {{ click: string, direction?: "in" | "out", at?: number, back?: true }} Act  `back`: takes that press back; with an empty `click` the last one */

/** @type {Act[]} */
let waiting = kept();
let here = { in: Number(said.in), out: Number(said.out) };
let wait = FIRST_MS, busy = false, closed = false, note = "", ending = false, refused = 0;
/** @type {Act[]} those of this page that stand */
const pressed = waiting.filter((act) => !act.back);
// The store's time, as far as the quickest answer so far told it.
let ahead = Number(said.now) - Date.now(), best = Infinity;

function kept() {
  try { return JSON.parse(localStorage.getItem(KEY) ?? "[]"); } catch { return []; }
}

function keep() {
  try { waiting.length ? localStorage.setItem(KEY, JSON.stringify(waiting)) : localStorage.removeItem(KEY); } catch { /* a full or forbidden store: it waits in memory alone */ }
}

/** @param {"in" | "out"} way */
const shown = (way) => here[way] + waiting.reduce((sum, act) => sum + (act.direction === way ? (act.back ? -1 : 1) : 0), 0);

function show() {
  for (const way of /** @type {const} */ (["in", "out"])) {
    const place = document.getElementById(`count-${way}`);
    if (place) place.textContent = String(Math.max(0, shown(way)));
  }
  const words = note || (waiting.length > 1 || (waiting.length && wait > FIRST_MS) ? (said.waiting ?? "").replace("{n}", String(waiting.length)) : refused ? (said.refused ?? "").replace("{n}", String(refused)) : said.sent ?? "");
  const place = document.getElementById("kept");
  if (place && place.textContent !== words) place.textContent = words;
  place?.classList.toggle("waits", Boolean(note) || waiting.length > 1);
}

/** @param {"in" | "out"} direction */
function press(direction) {
  const at = Math.round(Date.now() + ahead);
  if (closed || at > Number(said.until)) return;
  const click = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const act = { click, direction, at };
  pressed.push(act);
  waiting.push(act);
  const button = document.getElementById(`press-${direction}`);
  button?.classList.remove("hit");
  requestAnimationFrame(() => button?.classList.add("hit"));
  navigator.vibrate?.(15);
  keep(); show(); send();
}

/** Takes the last press back; of a page that was loaded anew only the store knows which one it was. */
function undo() {
  if (closed) return;
  const last = pressed.pop();
  waiting.push({ click: last?.click ?? "", direction: last?.direction, back: true });
  keep(); show(); send();
}

async function send() {
  if (busy || closed) return;
  busy = true;
  while (waiting.length) {
    const act = waiting[0];
    const done = act.back ? await ask("undo", { click: act.click }) : await ask("clicks", { click: act.click, direction: act.direction ?? "", at: String(act.at) });
    if (!done) {
      setTimeout(send, wait);
      wait = Math.min(LONGEST_MS, wait * 2);
      break;
    }
    wait = FIRST_MS;
    waiting.shift();
    keep(); show();
  }
  busy = false;
  show();
  if (ending && !waiting.length) /** @type {HTMLFormElement} */ (document.getElementById("end")).submit();
}

/** Whether the store has answered for good. @param {string} what @param {Record<string, string>} fields */
async function ask(what, fields) {
  const begun = performance.now();
  try {
    const answer = await fetch(`${said.path}/${what}`, { method: "POST", headers: { accept: "application/json" }, body: new URLSearchParams(fields) });
    if (answer.status === 401) { note = said.signin ?? ""; return false; }
    if (answer.status === 403 || answer.status === 404) { note = said.gone ?? ""; closed = true; return false; }
    if (answer.status === 422) { refused += 1; note = ""; return true; }
    if (!answer.ok) return false;
    hear(await answer.json(), begun);
    note = "";
    return true;
  } catch {
    return false;
  }
}

/** @param {{ in: number, out: number, now_ms: number }} told @param {number} begun */
function hear(told, begun) {
  here = { in: told.in, out: told.out };
  const took = performance.now() - begun;
  if (took < best) { best = took; ahead = told.now_ms + took / 2 - Date.now(); }
}

async function begin() {
  const begun = performance.now();
  try {
    const answer = await fetch(`${said.path}/clicks`, { headers: { accept: "application/json" } });
    if (answer.ok) hear(await answer.json(), begun);
  } catch { /* the first press will tell */ }
  show(); send();
}

function tick() {
  const left = Math.max(0, Math.round((Number(said.until) - Date.now() - ahead) / 1000));
  const place = document.getElementById("left");
  if (place) place.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  if (left || closed) return;
  note = said.over ?? ""; show();
  if (!waiting.length) location.reload();
}

/** @type {Record<string, () => void>} */
const KEYS = { i: () => press("in"), ArrowUp: () => press("in"), ArrowRight: () => press("in"), o: () => press("out"), ArrowDown: () => press("out"), ArrowLeft: () => press("out"), u: undo, Backspace: undo };

addEventListener("keydown", (event) => {
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
});
for (const way of /** @type {const} */ (["in", "out"])) {
  const button = /** @type {HTMLButtonElement} */ (document.getElementById(`press-${way}`));
  // A finger's press counts when it lands, not when it lifts; the click that follows it has a detail, a key's has none.
  button.addEventListener("pointerdown", (event) => { if (event.button === 0) press(way); });
  button.addEventListener("click", (event) => { if (event.detail === 0) press(way); });
  button.form?.addEventListener("submit", (event) => event.preventDefault());
}
document.getElementById("undo")?.addEventListener("submit", (event) => { event.preventDefault(); undo(); });
document.getElementById("end")?.addEventListener("submit", (event) => {
  if (!waiting.length) return;
  event.preventDefault();
  ending = true;
  wait = FIRST_MS;
  send();
});
document.getElementById("drop")?.addEventListener("submit", () => { waiting = []; keep(); });
addEventListener("online", () => { wait = FIRST_MS; send(); });
setInterval(tick, 500);
box.dataset.ready = "1";
begin();
