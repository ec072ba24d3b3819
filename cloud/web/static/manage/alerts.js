// The page of alerts reads its list anew, and lets this browser tell of alerts where its owner wants that.
// @ts-check

const EVERY_MS = 15000;
const box = /** @type {HTMLElement | null} */ (document.getElementById("push"));
const SCOPE = "/manage/";

async function look() {
  if (document.hidden) return;
  const answer = await fetch(location.pathname + location.search, { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer) return;
  if (answer.redirected) return location.reload();
  if (!answer.ok) return;
  const now = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("alarm");
  const old = document.getElementById("alarm");
  if (!now || !old || now.isEqualNode(old)) return;
  const held = document.activeElement?.closest("form")?.getAttribute("action");
  old.replaceWith(document.adoptNode(now));
  if (held) /** @type {HTMLElement | null} */ (document.querySelector(`#alarm form[action="${held}"] button`))?.focus();
}

/** @param {string} text */
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

/** @param {string} name */
function say(name) {
  const place = box?.querySelector("[role=status]");
  if (place) place.textContent = box?.dataset[name] ?? "";
}

/** A registration of its own: a shopper's subscription in this browser is another one. @param {Uint8Array} key */
async function subscribed(key) {
  const registration = await navigator.serviceWorker.register("/sw.js", { scope: SCOPE });
  await active(registration);
  const had = await registration.pushManager.getSubscription();
  if (had) {
    const of = new Uint8Array(had.options.applicationServerKey ?? []);
    if (of.length === key.length && of.every((each, place) => each === key[place])) return had;
    await had.unsubscribe();
  }
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: /** @type {BufferSource} */ (key) });
}

/** @param {ServiceWorkerRegistration} registration @returns {Promise<void>} */
function active(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (registration.active || !worker) return Promise.resolve();
  return new Promise((done) => worker.addEventListener("statechange", () => { if (worker.state === "activated") done(); }));
}

/** @param {HTMLButtonElement} button */
async function on(button) {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return say("never");
  button.disabled = true;
  try {
    if ((await Notification.requestPermission()) !== "granted") return say("denied");
    const given = (await subscribed(bytes(box?.dataset.key ?? ""))).toJSON();
    const answer = await fetch("/manage/alerts/push", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...given, lang: document.documentElement.lang }),
    });
    say(answer.ok ? "on" : "failed");
  } catch {
    say("failed");
  } finally {
    button.disabled = false;
  }
}

const button = /** @type {HTMLButtonElement | null} */ (document.getElementById("push-on"));
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => on(button));
}
document.getElementById("push-off")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  try {
    const registration = await navigator.serviceWorker?.getRegistration(SCOPE);
    await (await registration?.pushManager.getSubscription())?.unsubscribe();
  } finally {
    form.submit();
  }
});
setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);
