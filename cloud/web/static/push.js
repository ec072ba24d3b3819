// Notifications on this phone, loaded only when the shopper presses: the browser's own question comes after ours.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const same = (a, b) => a && a.length === b.length && a.every((each, i) => each === b[i]);

async function subscribe(key) {
  await navigator.serviceWorker.register("/sw.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  const had = await pushManager.getSubscription();
  if (had) {
    // One that was made for another key of the store would never be heard.
    if (same(new Uint8Array(had.options.applicationServerKey || []), key)) return had;
    await had.unsubscribe();
  }
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

// In a frame no browser asks. Where the store plays with a push service on its own machine, who shows the frame asks.
function framed(box) {
  const channel = new MessageChannel();
  const answer = new Promise((done) => { channel.port1.onmessage = (event) => done(event.data); });
  parent.postMessage({ type: "aisle-push-subscribe", key: box.dataset.key }, box.dataset.sandbox, [channel.port2]);
  return answer;
}

async function tell(subscription, say) {
  const answer = await fetch("/me/push", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...subscription, lang: document.documentElement.lang }),
  });
  if (!answer.ok) return say("failed");
  location.reload();
}

export async function on(button) {
  const box = button.closest("[data-key]");
  const say = (name) => { box.querySelector("[role=status]").textContent = box.dataset[name]; };
  if (box.dataset.sandbox && parent !== window) {
    const given = await framed(box);
    return given ? tell(given, say) : say("denied");
  }
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    if (navigator.standalone !== false) return say("never");
    // Safari on a phone: only a web app on the Home Screen may.
    const link = Object.assign(document.createElement("link"), { rel: "manifest", href: "/manifest.webmanifest" });
    document.head.append(link);
    return say("install");
  }
  button.disabled = true;
  try {
    if ((await Notification.requestPermission()) !== "granted") return say("denied");
    await tell((await subscribe(bytes(box.dataset.key))).toJSON(), say);
  } catch {
    say("failed");
  } finally {
    button.disabled = false;
  }
}

export async function off(form) {
  try {
    const registration = await navigator.serviceWorker.getRegistration("/");
    await (await registration?.pushManager.getSubscription())?.unsubscribe();
  } finally {
    form.submit();
  }
}
