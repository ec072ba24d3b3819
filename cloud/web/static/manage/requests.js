// The staff's inbox reads itself anew whenever a request moved, sounds if it was asked to, and goes by the arrow keys.
// @ts-check

const KEY = "aisle-requests-sound";
const box = /** @type {HTMLElement} */ (document.getElementById("inbox"));
const sound = /** @type {HTMLButtonElement} */ (document.getElementById("sound"));
/** @type {AudioContext | null} */
let audio = null;

/** Two soft tones, about as loud as speech. */
function ring() {
  if (sound.getAttribute("aria-pressed") !== "true") return;
  audio ??= new AudioContext();
  for (const [place, hertz] of [660, 880].entries()) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const from = audio.currentTime + 0.18 * place;
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(0.15, from + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, from + 0.35);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + 0.4);
  }
}

/** @param {boolean} on */
function hear(on) {
  sound.setAttribute("aria-pressed", String(on));
  sound.textContent = (on ? sound.dataset.on : sound.dataset.off) ?? "";
}

/** The page as it is now; null where it is being left, or the connection is away: the stream tells again then. */
async function fresh() {
  try {
    const answer = await fetch(location.pathname + location.search, { headers: { accept: "text/html" } });
    return answer.redirected || !answer.ok ? "" : await answer.text();
  } catch {
    return null;
  }
}

async function look() {
  const text = await fresh();
  if (text === null) return;
  if (text === "") return location.reload();
  const page = new DOMParser().parseFromString(text, "text/html");
  const now = page.getElementById("inbox");
  if (!now) return location.reload();
  const more = Number(now.dataset.waiting) > Number(box.dataset.waiting);
  const held = /** @type {HTMLElement | null} */ (document.activeElement?.closest(".request"))?.dataset.id;
  const open = box.querySelector("details")?.open;
  box.replaceChildren(...now.childNodes);
  box.dataset.waiting = now.dataset.waiting;
  document.title = page.title;
  for (const mark of document.querySelectorAll('.rail a[href^="/manage/requests"]')) {
    const count = page.querySelector('.rail a[href^="/manage/requests"] .count-mark');
    mark.querySelector(".count-mark")?.remove();
    if (count) mark.append(count.cloneNode(true));
  }
  const over = box.querySelector("details");
  if (over && open) over.open = true;
  if (held) button(box.querySelector(`.request[data-id="${held}"]`))?.focus();
  if (more) ring();
}

/** @param {Element | null} request @returns {HTMLElement | null | undefined} */
const button = (request) => request?.querySelector("button.main");

box.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (event.target instanceof HTMLSelectElement) return;
  const rows = [...box.querySelectorAll(".request:has(button.main)")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[at < 0 ? 0 : at + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  button(next)?.focus();
});

// Off until somebody turns it on here; a browser lets a page sound only after a touch, which the button is.
sound.hidden = false;
hear(localStorage.getItem(KEY) === "on");
sound.addEventListener("click", () => {
  const on = sound.getAttribute("aria-pressed") !== "true";
  localStorage.setItem(KEY, on ? "on" : "off");
  hear(on);
  ring();
});

const stream = new EventSource("/manage/requests/live");
stream.addEventListener("moved", look);
stream.addEventListener("resync", look);
addEventListener("pagehide", () => stream.close());
