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

export async function on(button) {
  const box = button.closest("[data-key]");
  const say = (name) => { box.querySelector("[role=status]").textContent = box.dataset[name]; };
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
    const subscription = await subscribe(bytes(box.dataset.key));
    const answer = await fetch("/me/push", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ...subscription.toJSON(), lang: document.documentElement.lang }),
    });
    if (!answer.ok) return say("failed");
    location.reload();
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
